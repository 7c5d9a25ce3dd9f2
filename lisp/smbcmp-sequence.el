;;; smbcmp-sequence.el --- Exchanges as a sequence diagram  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Clients and servers as columns, exchanges as arrows: drawn where Emacs
;; can, else as text, and written to a file for a bug report.  Of two
;; captures, what both have goes over the whole width, once, and what
;; differs is split: A on the left, B on the right.
;;
;; Both forms are made of one picture: lanes, a list of (NAME . X) with X
;; from 0 to 1, and rows, each either a text or up to two arrows.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'easymenu)
(require 'seq)
(require 'svg)
(require 'smbcmp-compare)
(require 'smbcmp-compare-report)
(require 'smbcmp-escape)
(require 'smbcmp-holders)
(require 'smbcmp-mode)
(require 'smbcmp-views)
(require 'smblog-pair)

(defcustom smbcmp-sequence-limit 150
  "How many rows a sequence diagram has at most."
  :type 'natnum
  :group 'smbcmp)

(defcustom smbcmp-sequence-context 2
  "How many exchanges that are the same are shown before and after a divergence."
  :type 'natnum
  :group 'smbcmp)

(defcustom smbcmp-sequence-clients 4
  "How many clients have columns of their own; others share the last one."
  :type 'natnum
  :group 'smbcmp)

;;;; State

(defvar-local smbcmp-sequence--picture nil
  "The picture that is shown, a plist (:title :lanes :rows).")

;;;; Arrows

(defun smbcmp-sequence--note (exchange count)
  "Return what came of EXCHANGE, a plist, that comes COUNT times."
  (concat (if (> count 1) (format " ×%d" count) "")
          (pcase (plist-get exchange :status)
            ((or 'nil "STATUS_SUCCESS") "")
            (status (concat "  " status)))
          (cond ((not (plist-get exchange :response))
                 (if (plist-get exchange :request) "  no response" ""))
                ((plist-get exchange :duration)
                 (concat "  " (smbcmp-holders-seconds (plist-get exchange :duration))))
                (t ""))))

(defun smbcmp-sequence--label (arrow room)
  "Return what is written at ARROW, in ROOM characters.
What came of it is more worth than all of a long path, and than how long
it took."
  (let* ((label (smbcmp-escape (plist-get arrow :label) t))
         (note (cl-loop for needed in '(24 12)
                        thereis (cl-find-if (lambda (note)
                                              (<= (min needed (length label))
                                                  (- room (length note))))
                                            (smbcmp-sequence--notes (plist-get arrow :note))))))
    (if note
        (concat (truncate-string-to-width label (- room (length note)) nil nil t) note)
      (truncate-string-to-width (concat label (plist-get arrow :note)) (max 1 room)
                                nil nil t))))

(defun smbcmp-sequence--notes (note)
  "Return NOTE and what may stand for it where there is less room: a list."
  (let ((untimed (replace-regexp-in-string " +[0-9.]+ m?s\\'" "" note)))
    (list note untimed (replace-regexp-in-string "\\bSTATUS_" "" untimed))))

(defun smbcmp-sequence--frames (exchange)
  "Return the frames of EXCHANGE, a plist, as people write them."
  (smbcmp-compare-report-frames (cons (car (plist-get exchange :request))
                                      (car (plist-get exchange :response)))))

(defun smbcmp-sequence--failed-p (exchange)
  "Return non-nil if EXCHANGE, a plist, did not do what was asked for."
  (not (member (plist-get exchange :status)
               '(nil "STATUS_SUCCESS" "STATUS_MORE_PROCESSING_REQUIRED"))))

(cl-defun smbcmp-sequence--arrow (exchange from to &key (side 0) (count 1) kind)
  "Return the arrow of EXCHANGE between the lanes FROM and TO, numbers.
SIDE is the number of its capture, COUNT how often it comes, KIND that of
its divergence, or `same', or nil."
  (let ((asked (plist-get exchange :request)))
    ;; What the server sends unasked goes the other way.
    (list :from (if asked from to) :to (if asked to from)
          :label (replace-regexp-in-string "[\n\r\t]" " " (plist-get exchange :label))
          :note (smbcmp-sequence--note exchange count)
          :frames (smbcmp-sequence--frames exchange)
          :frame (car (or asked (plist-get exchange :response)))
          :side side :kind kind
          :failed (smbcmp-sequence--failed-p exchange))))

;;;; One capture

(defun smbcmp-sequence--alike-p (one other)
  "Return non-nil if the exchanges ONE and OTHER make the same arrow."
  (cl-every (lambda (key) (equal (plist-get one key) (plist-get other key)))
            '(:label :status :client :server)))

(defun smbcmp-sequence--collector ()
  "Return a function that collects exchanges as runs, what repeats being one.
Called with an exchange, it takes that in; called with nil, it returns
\(RUNS . MORE), the first `smbcmp-sequence-limit' runs, each (EXCHANGE . COUNT),
and how many more there are."
  (let ((runs nil) (run nil) (count 0))
    (lambda (exchange)
      (cond
       ((null exchange)
        (cons (reverse runs) (max 0 (- count smbcmp-sequence-limit))))
       ((and run (smbcmp-sequence--alike-p exchange (car run)))
        (cl-incf (cdr run))
        ;; The slowest stands for all.
        (when (> (or (plist-get exchange :duration) 0)
                 (or (plist-get (car run) :duration) 0))
          (setcar run exchange)))
       (t
        (setq run (cons exchange 1))
        (when (<= (cl-incf count) smbcmp-sequence-limit) (push run runs)))))))

(defun smbcmp-sequence--lanes (clients servers)
  "Return lanes for CLIENTS and SERVERS, names, from the left to the right."
  (let* ((names (append clients servers)) (last (max 1 (1- (length names)))))
    (cl-loop for name in names for i from 0
             collect (cons name (/ i (float last))))))

(defun smbcmp-sequence--process (exchange links)
  "Return the process id of the server that handled EXCHANGE, by LINKS, or nil."
  (when-let* ((frame (car (plist-get exchange :request)))
              (number (car (smblog-links-of-frame links frame)))
              (request (smblog-links-request links number)))
    (and (not (plist-get request :client)) (plist-get request :pid))))

(defun smbcmp-sequence--with-process (exchange links)
  "Return EXCHANGE with the server's process in place of its address.
LINKS, an `smblog-links' or nil, says which request in the log it is; if
it does not have it, the address stays."
  (let ((pid (and links (smbcmp-sequence--process exchange links))))
    (if pid (plist-put (copy-sequence exchange) :server (format "smbd %d" pid))
      exchange)))

(defun smbcmp-sequence--gathering (capture filter links done)
  "Return steps that call DONE with the picture of CAPTURE.
With FILTER, a display filter, only of exchanges of which it selects a
frame.  With LINKS, of the server's log, its processes have columns."
  (let ((wanted (and filter (make-hash-table)))
        (collect (smbcmp-sequence--collector)))
    (append
     (and filter
          (list (smbcmp-views-asking
                 (list capture) "filter" (list :filter filter)
                 (lambda (parts)
                   (dolist (part (car parts))
                     (dolist (frame part) (puthash frame t wanted)))))))
     (smbcmp-views-exchanging
      capture
      (lambda (exchange)
        (when (or (null wanted)
                  (gethash (car (plist-get exchange :request)) wanted)
                  (gethash (car (plist-get exchange :response)) wanted))
          (funcall collect (smbcmp-sequence--with-process exchange links)))))
     (list (lambda ()
             (pcase-let ((`(,runs . ,more) (funcall collect nil)))
               (funcall done (smbcmp-sequence--of-runs capture runs more)))
             nil)))))

(defun smbcmp-sequence--ends (runs key)
  "Return the values of KEY that exchanges of RUNS have, each once, in order."
  (delete-dups (mapcar (lambda (run) (plist-get (car run) key)) runs)))

(defun smbcmp-sequence--of-runs (capture runs more)
  "Return the picture of RUNS of CAPTURE, of which MORE are left out."
  (let* ((all (smbcmp-sequence--ends runs :client))
         (clients (if (> (length all) smbcmp-sequence-clients)
                      (append (seq-take all (1- smbcmp-sequence-clients))
                              (list "other clients"))
                    all))
         (servers (smbcmp-sequence--ends runs :server)))
    (list :title (smbcmp-compare-report-file capture)
          :lanes (smbcmp-sequence--lanes clients servers)
          :rows
          (append
           (cl-loop for (exchange . count) in runs
                    for from = (or (cl-position (plist-get exchange :client) clients
                                                :test #'equal)
                                   (1- (length clients)))
                    for to = (+ (length clients)
                                (cl-position (plist-get exchange :server) servers
                                             :test #'equal))
                    collect (list :arrows
                                  (list (smbcmp-sequence--arrow exchange from to
                                                                :count count))))
           (and (> more 0)
                (list (list :text (format "... and %d more; filter the packet list, or raise \
`smbcmp-sequence-limit'"
                                          more))))))))

;;;; Two captures

(defun smbcmp-sequence--row (comparison row)
  "Return (KIND A B) of ROW, a number, of COMPARISON.
KIND is nil if nothing diverges there; A and B are exchanges or nil."
  (pcase-let* ((`(,a ,b ,number ,_) (smbcmp-comparison-row comparison row)))
    (list (and number (smbcmp-divergence-kind (aref (smbcmp-comparison-found comparison) number)))
          (and a (smbcmp-comparison-exchange comparison 'a a))
          (and b (smbcmp-comparison-exchange comparison 'b b)))))

(defun smbcmp-sequence--near (comparison)
  "Return a vector of flags, t for those rows of COMPARISON to be shown.
These are the divergences, and what is around them."
  (let* ((count (smbcmp-comparison-row-count comparison))
         (near (make-bool-vector count nil)))
    (cl-loop for divergence across (smbcmp-comparison-found comparison)
             for row = (smbcmp-divergence-row divergence)
             when row
             do (cl-loop for i from (max 0 (- row smbcmp-sequence-context))
                         to (min (1- count) (+ row smbcmp-sequence-context))
                         do (aset near i t)))
    near))

(defun smbcmp-sequence--arrows-of-row (row)
  "Return the arrows of ROW, of `smbcmp-sequence--row'.
Lanes 0 and 1 are those of A, 2 and 3 those of B."
  (pcase-let ((`(,kind ,a ,b) row))
    (if (and a b (null kind))
        (list (smbcmp-sequence--arrow a 0 3 :kind 'same))
      (delq nil (list (and a (smbcmp-sequence--arrow a 0 1 :kind (or kind 'only-a)))
                      (and b (smbcmp-sequence--arrow b 2 3 :side 1
                                                     :kind (or kind 'only-b))))))))

(defun smbcmp-sequence--fold-text (count)
  "Say that COUNT exchanges that are the same are left out."
  (format "%s that %s the same" (smbcmp-compare-report-plural count "exchange")
          (if (= count 1) "is" "are")))

(defun smbcmp-sequence--of-comparison (comparison)
  "Return the picture of COMPARISON."
  (let* ((near (smbcmp-sequence--near comparison))
         (count (length near)) (row 0) (rows nil) (shown 0))
    (while (and (< row count) (< shown smbcmp-sequence-limit))
      (let ((same (bool-vector-count-consecutive near nil row)))
        (if (> same 0)
            (progn (push (list :text (smbcmp-sequence--fold-text same)) rows)
                   (setq row (+ row same)))
          (push (list :arrows (smbcmp-sequence--arrows-of-row
                               (smbcmp-sequence--row comparison row)))
                rows)
          (cl-incf row)))
      (cl-incf shown))
    (when (< row count)
      (push (list :text (format "... and %d more" (- count row))) rows))
    (list :title (format "A %s, B %s" (smbcmp-compare-report-file (smbcmp-comparison-a comparison))
                         (smbcmp-compare-report-file (smbcmp-comparison-b comparison)))
          :lanes '(("client A" . 0.0) ("server A" . 0.47) ("client B" . 0.53) ("server B" . 1.0))
          :rows (nreverse rows))))

;;;; As text

(defun smbcmp-sequence--face (arrow)
  "Return the face of ARROW."
  (pcase (plist-get arrow :kind)
    ('same 'smbcmp-compare-report-dim)
    ('nil (if (plist-get arrow :failed) 'smbcmp-compare-report-status 'default))
    (kind (smbcmp-compare-report-face kind))))

(defconst smbcmp-sequence--margin 13
  "Columns on both sides of the lanes, for frames.")

(defun smbcmp-sequence--column (picture lane width)
  "Return the column of LANE, a number, of PICTURE in WIDTH columns."
  (+ smbcmp-sequence--margin
     (round (* (cdr (nth lane (plist-get picture :lanes)))
               (- width (* 2 smbcmp-sequence--margin) 1)))))

(defun smbcmp-sequence--put (line column string)
  "Put STRING into LINE, a string, at COLUMN, as far as there is room."
  (let ((end (min (length line) (+ column (length string)))))
    (if (or (< column 0) (>= column end)) line
      (concat (substring line 0 column) (substring string 0 (- end column))
              (substring line end)))))

(defun smbcmp-sequence--blank (picture width)
  "Return a line of PICTURE, WIDTH columns, with nothing but the lanes."
  (let ((line (make-string width ?\s)))
    (dotimes (lane (length (plist-get picture :lanes)))
      (aset line (smbcmp-sequence--column picture lane width)
            (if (char-displayable-p ?│) ?│ ?|)))
    line))

(defun smbcmp-sequence--draw-arrow (line picture arrow width)
  "Return LINE of PICTURE, WIDTH columns, with ARROW drawn on it."
  (let* ((from (smbcmp-sequence--column picture (plist-get arrow :from) width))
         (to (smbcmp-sequence--column picture (plist-get arrow :to) width))
         (left (min from to)) (right (max from to))
         (unicode (char-displayable-p ?─))
         (dash (cond ((not unicode) ?-) ((eq 'same (plist-get arrow :kind)) ?═) (t ?─)))
         (label (concat " " (smbcmp-sequence--label arrow (- right left 7)) " "))
         (shaft (smbcmp-sequence--put (make-string (- right left 1) dash) 2 label))
         (drawn (concat (if (< to from) (if unicode "◀" "<") "")
                        (substring shaft (if (< to from) 1 0) (if (< to from) nil -1))
                        (if (< to from) "" (if unicode "▶" ">")))))
    (setq drawn (propertize drawn 'face (smbcmp-sequence--face arrow)
                            'smbcmp-sequence-arrow arrow 'mouse-face 'highlight))
    (setq line (smbcmp-sequence--put line (1+ left) drawn))
    (let ((frames (plist-get arrow :frames)))
      (if (zerop (plist-get arrow :side))
          (smbcmp-sequence--put line (max 0 (- smbcmp-sequence--margin 2 (length frames)))
                                (propertize frames 'face 'smbcmp-compare-report-dim))
        (smbcmp-sequence--put line (- width smbcmp-sequence--margin -1)
                              (propertize frames 'face 'smbcmp-compare-report-dim))))))

(defun smbcmp-sequence--anchor (name)
  "Return what of NAME, a lane's, is over the lane: `start', `middle' or `end'.
Lanes in the middle of two captures are close to each other."
  (cond ((string-suffix-p "server A" name) 'end)
        ((string-suffix-p "client B" name) 'start)
        (t 'middle)))

(defun smbcmp-sequence--titles (picture width)
  "Return the line with the names of the lanes of PICTURE, WIDTH columns."
  (let ((line (make-string width ?\s)))
    (cl-loop for (name . _) in (plist-get picture :lanes) for lane from 0
             for column = (smbcmp-sequence--column picture lane width)
             do (setq line (smbcmp-sequence--put
                            line (max 0 (min (- width (length name))
                                             (- column (pcase (smbcmp-sequence--anchor name)
                                                         ('start 0)
                                                         ('end (1- (length name)))
                                                         (_ (/ (length name) 2))))))
                            (propertize name 'face 'bold))))
    line))

(defun smbcmp-sequence-text (picture width)
  "Return PICTURE as text, lines of WIDTH columns."
  (concat
   (propertize (plist-get picture :title) 'face 'bold) "\n\n"
   (string-trim-right (smbcmp-sequence--titles picture width)) "\n"
   (mapconcat
    (lambda (row)
      (let ((line (smbcmp-sequence--blank picture width)))
        (if (plist-get row :text)
            (let ((text (concat " " (plist-get row :text) " ")))
              (setq line (smbcmp-sequence--put line (max 0 (/ (- width (length text)) 2))
                                               (propertize text 'face
                                                           'smbcmp-compare-report-dim))))
          (dolist (arrow (plist-get row :arrows))
            (setq line (smbcmp-sequence--draw-arrow line picture arrow width))))
        (concat (string-trim-right line) "\n")))
    (plist-get picture :rows) "")))

;;;; As a drawing

(defconst smbcmp-sequence--paper
  '((background . "#ffffff") (default . "#000000") (smbcmp-compare-report-dim . "#666666")
    (smbcmp-compare-report-status . "#c00000") (smbcmp-compare-report-other . "#a05000")
    (smbcmp-compare-report-a . "#a02040") (smbcmp-compare-report-b . "#106010"))
  "Colours of a picture that goes elsewhere than on the screen.")

(defun smbcmp-sequence--screen ()
  "Return the colours that faces have on the screen, as `smbcmp-sequence--paper'."
  (cons (cons 'background (smbcmp-mode-colour 'default t))
        (cl-loop for (face . _) in (cdr smbcmp-sequence--paper)
                 collect (cons face (smbcmp-mode-colour
                                     ;; Diff faces may have but a background, which no
                                     ;; line can have.
                                     (cond ((face-foreground face nil t) face)
                                           ((eq face 'smbcmp-compare-report-a)
                                            'font-lock-keyword-face)
                                           ((eq face 'smbcmp-compare-report-b)
                                            'font-lock-string-face)
                                           (t 'default)))))))

(defconst smbcmp-sequence--row-height 20
  "Height of a row of a drawing, in pixels.")

(defun smbcmp-sequence--svg-arrow (svg arrow x y colour room)
  "Draw ARROW on SVG at height Y in COLOUR.
X is a function from lanes to places, ROOM how many letters fit between."
  (let* ((from (funcall x (plist-get arrow :from))) (to (funcall x (plist-get arrow :to)))
         (tip (if (< from to) -7 7)))
    (svg-line svg from y to y :stroke colour
              :stroke-width (if (eq 'same (plist-get arrow :kind)) 1 1.5))
    (svg-polygon svg (list (cons to y) (cons (+ to tip) (- y 4)) (cons (+ to tip) (+ y 4)))
                 :fill colour)
    (svg-text svg (smbcmp-sequence--label arrow room)
              :x (+ 8 (min from to)) :y (- y 4) :fill colour
              :font-family "monospace" :font-size 11)))

(defun smbcmp-sequence-svg (picture width &optional colours)
  "Return PICTURE as an SVG, WIDTH pixels wide.
COLOURS are as `smbcmp-sequence--paper', the default."
  (let* ((colours (or colours smbcmp-sequence--paper))
         (rows (plist-get picture :rows))
         (top 46) (margin 90)
         (height (+ top 14 (* smbcmp-sequence--row-height (length rows))))
         (svg (svg-create width height))
         (x (lambda (lane) (+ margin (* (cdr (nth lane (plist-get picture :lanes)))
                                        (- width (* 2 margin))))))
         (dim (alist-get 'smbcmp-compare-report-dim colours)))
    (svg-rectangle svg 0 0 width height :fill (alist-get 'background colours))
    (svg-text svg (plist-get picture :title) :x 10 :y 16 :font-family "monospace"
              :font-size 12 :font-weight "bold" :fill (alist-get 'default colours))
    (cl-loop for (name . _) in (plist-get picture :lanes) for lane from 0
             do (svg-text svg name :x (funcall x lane) :y (- top 10) :text-anchor
                          (symbol-name (smbcmp-sequence--anchor name))
                          :font-family "monospace" :font-size 11
                          :fill (alist-get 'default colours))
             do (svg-line svg (funcall x lane) (- top 4) (funcall x lane) (- height 6)
                          :stroke dim :stroke-dasharray "2,3"))
    (cl-loop for row in rows for n from 1
             for y = (+ top (* n smbcmp-sequence--row-height))
             do (if (plist-get row :text)
                    (svg-text svg (plist-get row :text) :x (/ width 2) :y y
                              :text-anchor "middle" :font-style "italic" :font-size 11
                              :font-family "monospace" :fill dim)
                  (dolist (arrow (plist-get row :arrows))
                    (let ((span (abs (- (funcall x (plist-get arrow :to))
                                        (funcall x (plist-get arrow :from))))))
                      (smbcmp-sequence--svg-arrow
                       svg arrow x y (or (alist-get (smbcmp-sequence--face arrow) colours)
                                         (alist-get 'default colours))
                       (max 1 (floor (- span 16) 6.7))))
                    (svg-text svg (plist-get arrow :frames)
                              :x (if (zerop (plist-get arrow :side)) (- margin 8)
                                   (- width margin -8))
                              :text-anchor (if (zerop (plist-get arrow :side)) "end" "start")
                              :y (+ y 3) :fill dim :font-family "monospace" :font-size 10))))
    svg))

;;;; Buffer

(defun smbcmp-sequence--print ()
  "Show the diagram of the captures of this buffer."
  (when (and (cdr smbcmp-views-lists) (not smbcmp-views-comparison))
    (user-error "These captures are not compared yet"))
  (let* ((capture (car (smbcmp-views-captures)))
         (list (car smbcmp-views-lists))
         (comparison smbcmp-views-comparison)
         (show (lambda (picture)
                 (setq smbcmp-sequence--picture picture)
                 (smbcmp-sequence--show))))
    (apply #'smbcmp-views-do "Drawing exchanges"
           (if comparison
               (list (lambda ()
                       (funcall show (smbcmp-sequence--of-comparison comparison))
                       nil))
             (smbcmp-sequence--gathering
              capture (buffer-local-value 'smbcmp-list-filter-string list)
              (smblog-pair-fresh-links list) show)))))

(defun smbcmp-sequence--show ()
  "Show the picture there is, as wide as the window."
  (let ((inhibit-read-only t) (window (or (get-buffer-window) (selected-window))))
    (erase-buffer)
    (if (and (display-images-p) (image-type-available-p 'svg))
        (smbcmp-sequence--insert-drawn
         (max 600 (- (window-body-width window t) 10)))
      (insert (smbcmp-sequence-text smbcmp-sequence--picture
                                    (max 70 (- (window-body-width window) 1)))))
    (set-buffer-modified-p nil)
    (goto-char (point-min))
    (smbcmp-sequence-next)))

(defun smbcmp-sequence--insert-drawn (width)
  "Insert the drawing, WIDTH pixels wide, a slice for each row."
  (let* ((svg (smbcmp-sequence-svg smbcmp-sequence--picture width (smbcmp-sequence--screen)))
         (image (svg-image svg))
         (height smbcmp-sequence--row-height) (top (+ 46 (/ height 4))))
    (insert-image image "[diagram]" nil (list 0 0 width top))
    (insert "\n")
    (cl-loop for row in (plist-get smbcmp-sequence--picture :rows) for n from 0
             for start = (point)
             do (insert-image image "[row]" nil
                              (list 0 (+ top (* n height)) width height))
             do (insert "\n")
             do (put-text-property start (point) 'smbcmp-sequence-arrow
                                   (car (plist-get row :arrows))))))

;;;; Commands

(defun smbcmp-sequence--at-point ()
  "Return the arrow at point, or the first in this line, or nil."
  (or (get-text-property (point) 'smbcmp-sequence-arrow)
      (let ((next (next-single-property-change (line-beginning-position)
                                               'smbcmp-sequence-arrow
                                               nil (line-end-position))))
        (and next (< next (line-end-position))
             (get-text-property next 'smbcmp-sequence-arrow)))))

(defun smbcmp-sequence-open ()
  "Show the frame of this arrow in its packet list."
  (interactive)
  (let ((arrow (or (smbcmp-sequence--at-point) (user-error "No exchange here"))))
    (smbcmp-views-goto-frame (nth (plist-get arrow :side) smbcmp-views-lists)
                             (plist-get arrow :frame))))

(defun smbcmp-sequence-open-by-click (event)
  "Show the frame of the arrow that was clicked: EVENT."
  (interactive "e")
  (mouse-set-point event)
  (smbcmp-sequence-open))

(defun smbcmp-sequence-next (&optional count)
  "Go to the next row with an exchange, or COUNT rows on."
  (interactive "p")
  (let ((step (if (< (or count 1) 0) -1 1)) (start (point)))
    (dotimes (_ (abs (or count 1)))
      (forward-line step)
      (while (not (or (smbcmp-sequence--at-point) (if (> step 0) (eobp) (bobp))))
        (forward-line step)))
    (if (smbcmp-sequence--at-point)
        (goto-char (or (text-property-not-all (line-beginning-position) (line-end-position)
                                              'smbcmp-sequence-arrow nil)
                       (point)))
      (goto-char start))))

(defun smbcmp-sequence-previous (&optional count)
  "Go to the previous row with an exchange, or COUNT rows back."
  (interactive "p")
  (smbcmp-sequence-next (- (or count 1))))

(defun smbcmp-sequence-write (file)
  "Write the diagram to FILE: an SVG if its name says so, else text."
  (interactive "FWrite diagram to file (.svg, else text): ")
  (let ((picture smbcmp-sequence--picture) (coding-system-for-write 'utf-8))
    (with-temp-file file
      (if (string-match-p "\\.svg\\'" file)
          (progn (insert "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
                 (svg-print (smbcmp-sequence-svg picture 1100)))
        (insert (substring-no-properties (smbcmp-sequence-text picture 120))))))
  (message "Wrote %s" (smbcmp-escape-file file)))

(defun smbcmp-sequence-revert (&rest _)
  "Make the diagram again, as wide as the window is now."
  (smbcmp-with-user-errors (smbcmp-sequence--print)))

(defvar smbcmp-sequence-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-sequence-next)
    (define-key map "p" #'smbcmp-sequence-previous)
    (define-key map (kbd "RET") #'smbcmp-sequence-open)
    (define-key map [mouse-1] #'smbcmp-sequence-open-by-click)
    (define-key map (kbd "C-x C-w") #'smbcmp-sequence-write)
    map)
  "Keymap of `smbcmp-sequence-mode'.")

(easy-menu-define smbcmp-sequence-menu smbcmp-sequence-mode-map
  "Menu of `smbcmp-sequence-mode'."
  '("Sequence"
    ["Go to frame" smbcmp-sequence-open]
    ["Next exchange" smbcmp-sequence-next]
    ["Previous exchange" smbcmp-sequence-previous]
    ["Write to a file..." smbcmp-sequence-write]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-sequence-mode smbcmp-mode "Sequence"
  "Major mode for exchanges as a sequence diagram.

Numbers at the margins are frames.  Of two captures, double lines are what
both have, what differs is A's on the left and B's on the right.  Of one,
the packet list's filter says what is shown, and if the server's log is
linked, its processes have columns.

\\{smbcmp-sequence-mode-map}"
  (setq-local revert-buffer-function #'smbcmp-sequence-revert)
  (smbcmp-mode-show-row))

;;;###autoload
(defun smbcmp-sequence ()
  "Show the exchanges of this capture, or of both compared, as a diagram."
  (interactive)
  (smbcmp-views-show "sequence" #'smbcmp-sequence-mode #'smbcmp-sequence--print))

(provide 'smbcmp-sequence)
;;; smbcmp-sequence.el ends here
