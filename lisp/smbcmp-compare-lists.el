;;; smbcmp-compare-lists.el --- Exchanges of two captures, aligned  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The exchanges of both captures of a comparison, a line each, side by
;; side: what goes together is on the same line, where one side has
;; nothing is a gap.  Both lists have the same number of lines and scroll
;; together.  Below them is what differs between the two messages.
;; The lines are written when they are needed, see smbcmp-fill.el.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'easymenu)
(require 'hl-line)
(require 'subr-x)
(require 'smbcmp-compare)
(require 'smbcmp-fill)
(require 'smbcmp-compare-view)
(require 'smbcmp-detail)
(require 'smbcmp-diff-view)
(require 'smbcmp-ediff)
(require 'smbcmp-mode)
(require 'smbcmp-compare-pins)
(require 'smbcmp-compare-report)
(require 'smbcmp-windows)

(autoload 'smbcmp-sections-command-help "smbcmp-sections"
  "Say which sections define the command and status of what is at point." t)
(autoload 'smbcmp-compare-logs "smbcmp-compare-logs"
  "Show what the servers' logs say of the two exchanges at point, in Ediff." t)

;;;; State

(defvar-local smbcmp-compare-lists-view nil
  "The comparison's buffer that this list belongs to.")

(defvar-local smbcmp-compare-lists-side nil
  "The side this list shows, `a' or `b'.")

(defvar-local smbcmp-compare-lists--comparison nil
  "The comparison this list shows.")

(defvar-local smbcmp-compare-lists--mark nil
  "The exchange that is marked to be pinned, a number, or nil.")

(defvar-local smbcmp-compare-lists--shown nil
  "The row whose messages are shown below.")

(defvar smbcmp-compare-lists--part nil
  "What is shown of exchanges: `request', `response', or nil for what differs.")

;;;; Rows

(defun smbcmp-compare-lists--name (view side)
  "Return the name of the buffer for the exchanges of SIDE, `a' or `b', of VIEW."
  (format "*smbcmp %s: %s*" (upcase (symbol-name side))
          (with-current-buffer view (smbcmp-compare-captures-name side))))

(defun smbcmp-compare-lists-buffer (view side)
  "Return the buffer for the exchanges of SIDE, `a' or `b', of VIEW.
VIEW is a comparison's buffer; the list is made if need be."
  (let ((comparison (buffer-local-value 'smbcmp-compare-view-comparison view)))
    (with-current-buffer (get-buffer-create (smbcmp-compare-lists--name view side))
      (unless (derived-mode-p 'smbcmp-compare-list-mode) (smbcmp-compare-list-mode))
      (setq smbcmp-compare-lists-view view
            smbcmp-compare-lists-side side)
      (unless (and (eq comparison smbcmp-compare-lists--comparison)
                   (smbcmp-fill-live-p))
        (smbcmp-compare-lists--fill comparison side))
      (current-buffer))))

(defun smbcmp-compare-lists--fill (comparison side)
  "Fill this buffer with the exchanges of SIDE of COMPARISON."
  (let ((divergences (smbcmp-comparison-found comparison))
        (begin (smbcmp-compare-lists--begin comparison side))
        (place (format "%%%ds %%10s  " (+ 2 (smbcmp-compare-report-width comparison)))))
    (remove-overlays (point-min) (point-max) 'smbcmp-mark t)
    (setq smbcmp-compare-lists--comparison comparison
          smbcmp-compare-lists--mark nil)
    (smbcmp-fill-start
     (smbcmp-comparison-row-count comparison)
     (lambda (row dressed)
       (pcase-let* ((`(,a ,b ,number ,_) (smbcmp-comparison-row comparison row))
                    (n (if (eq side 'a) a b))
                    (parts (smbcmp-compare-lists--parts
                            (and n (smbcmp-compare-exchange comparison side n))
                            begin place)))
         (if dressed
             (propertize (smbcmp-compare-lists--dress
                          parts (and number (aref divergences number)))
                         'smbcmp-row row 'smbcmp-exchange n)
           (apply #'concat parts)))))))

(defun smbcmp-compare-lists--begin (comparison side)
  "Return the time of the first exchange of SIDE of COMPARISON, or nil."
  (cl-loop for row below (smbcmp-comparison-row-count comparison)
           for n = (nth (if (eq side 'a) 0 1) (smbcmp-comparison-row comparison row))
           when n return (plist-get (smbcmp-comparison-exchange comparison side n) :time)))

(defun smbcmp-compare-lists--parts (exchange begin place)
  "Return the parts of the line of EXCHANGE in a capture that began at BEGIN.
EXCHANGE is as the module has it, or nil where there is none.  The parts
are strings: where it is, with PLACE as the format of frames and time,
what it is, its status and how long it took."
  (if (null exchange) (list (format place "" "~") "" "" "")
    (seq-let (request response _ _ command path words status time duration _ _ _ opaque)
        exchange
      (let ((label (smbcmp-compare-exchange-label command path words)))
        (list (format place
                      (smbcmp-compare-report-frames (cons (car request) (car response)))
                      (format "%.6f" (- time begin)))
              ;; A row is a line, whatever is in a name.
              (if (string-match-p "\n" label) (subst-char-in-string ?\n ?\s label) label)
              (if (member status '(nil "STATUS_SUCCESS")) "" (concat "  " status))
              (cond (duration (concat "  " (smbcmp-compare-label-seconds duration)))
                    ((or response opaque) "")
                    (t "  no response")))))))

(defun smbcmp-compare-lists--dress (parts divergence)
  "Return PARTS of a line as one string with faces.
DIVERGENCE is that of the row, or nil."
  (pcase-let ((`(,place ,label ,status ,duration) parts)
              (face (and divergence (smbcmp-compare-report-face (smbcmp-divergence-kind divergence)))))
    (concat (if (string= label "") (propertize place 'face 'smbcmp-compare-report-dim) place)
            (if face (propertize label 'face face) label)
            (propertize status 'face (or face 'smbcmp-compare-report-dim))
            (propertize duration 'face 'smbcmp-compare-report-dim))))

(defun smbcmp-compare-lists-row ()
  "Return the row at point, or nil."
  (smbcmp-fill-row))

(defun smbcmp-compare-lists--other ()
  "Return the list of the other side, if it shows the same comparison, or nil."
  (when (buffer-live-p smbcmp-compare-lists-view)
    (let ((other (get-buffer (smbcmp-compare-lists--name
                              smbcmp-compare-lists-view
                              (if (eq smbcmp-compare-lists-side 'a) 'b 'a)))))
      (and other
           (eq smbcmp-compare-lists--comparison
               (buffer-local-value 'smbcmp-compare-lists--comparison other))
           other))))

(defun smbcmp-compare-lists--others ()
  "Return the list of the other side as a list of buffers."
  (let ((other (smbcmp-compare-lists--other)))
    (and other (list other))))

;;;; Scrolling together

(defun smbcmp-compare-lists--go (buffer row)
  "Go to ROW in BUFFER, a list, and in its windows; the number of rows is its end."
  (with-current-buffer buffer
    (when (<= row (smbcmp-comparison-row-count smbcmp-compare-lists--comparison))
      (goto-char (smbcmp-fill-position row))
      (dolist (window (get-buffer-window-list nil nil t))
        (set-window-point window (point)))
      (hl-line-highlight))))

(defun smbcmp-compare-lists--scroll (window start)
  "Have the other list's window begin with the row at START, as WINDOW does.
For `window-scroll-functions'."
  (with-current-buffer (window-buffer window)
    (let* ((row (smbcmp-fill-row start))
           (other (smbcmp-compare-lists--other))
           (other-window (and other (get-buffer-window other))))
      (when (and row other-window)
        (let ((position (with-current-buffer other (smbcmp-fill-position row))))
          (unless (= position (window-start other-window))
            (set-window-start other-window position t)))))))

(defvar smbcmp-compare-lists--timer nil
  "Timer that shows the messages of the row at point.")

(defun smbcmp-compare-lists--post-command ()
  "Have the other list follow, and show the messages of the row at point."
  (when smbcmp-compare-lists--comparison
    (let* ((end (smbcmp-comparison-row-count smbcmp-compare-lists--comparison))
           ;; Behind the last one, the other list shows its end, too.
           (row (or (smbcmp-compare-lists-row) end)))
      (unless (eql row smbcmp-compare-lists--shown)
        (setq smbcmp-compare-lists--shown row)
        (when-let* ((other (smbcmp-compare-lists--other)))
          (smbcmp-compare-lists--go other row)
          (with-current-buffer other (setq smbcmp-compare-lists--shown row)))
        (when (timerp smbcmp-compare-lists--timer) (cancel-timer smbcmp-compare-lists--timer))
        (when (< row end)
          (setq smbcmp-compare-lists--timer
                (run-with-timer 0.03 nil #'smbcmp-compare-lists--show-row
                                smbcmp-compare-lists-view row)))))))

;;;; The messages below

(defun smbcmp-compare-lists--show-row (view row)
  "Show below the lists what ROW of VIEW, a comparison's buffer, has in it."
  (when (buffer-live-p view)
    (with-current-buffer view
      (pcase-let* ((comparison smbcmp-compare-view-comparison)
                   (`(,a ,b ,number ,_) (smbcmp-comparison-row comparison row))
                   (divergence (and number
                                    (aref (smbcmp-comparison-found comparison) number)))
                   (x (and a (smbcmp-comparison-exchange comparison 'a a)))
                   (y (and b (smbcmp-comparison-exchange comparison 'b b))))
        (if (and x y)
            (smbcmp-compare-lists--show-pair view x y divergence)
          (smbcmp-compare-lists--show-one (if x 'a 'b) (or x y)))))))

(defun smbcmp-compare-lists--frame (exchange part)
  "Return the frame of PART, `request' or `response', of EXCHANGE, a plist."
  (let ((frames (smbcmp-compare-frames exchange)))
    (if (eq part 'request)
        (or (car frames) (cdr frames))
      (or (cdr frames) (car frames)))))

(defun smbcmp-compare-lists--part (divergence)
  "Return the part of exchanges to look at for DIVERGENCE, which may be nil."
  (or smbcmp-compare-lists--part
      (if divergence (smbcmp-divergence-part divergence) 'response)))

(defun smbcmp-compare-lists--below (buffer)
  "Show BUFFER in the window below the lists, if there is one."
  (let ((window (or (get-buffer-window (smbcmp-diff-view-buffer))
                    (cl-find-if (lambda (window)
                                  (with-current-buffer (window-buffer window)
                                    (derived-mode-p 'smbcmp-detail-mode)))
                                (window-list)))))
    (when (and window (not (eq buffer (window-buffer window))))
      (set-window-buffer window buffer))))

(defun smbcmp-compare-lists--show-pair (_view x y divergence)
  "Show what differs between exchanges X and Y, plists, for DIVERGENCE."
  (let ((part (smbcmp-compare-lists--part divergence))
        (rules (smbcmp-compare-view-rules divergence))
        (captures (list (smbcmp-compare-view-capture 'a) (smbcmp-compare-view-capture 'b))))
    (smbcmp-compare-lists--below (smbcmp-diff-view-buffer))
    (with-current-buffer (smbcmp-diff-view-buffer)
      (smbcmp-diff-view-set (car captures) (smbcmp-compare-lists--frame x part)
                            (cadr captures) (smbcmp-compare-lists--frame y part)
                            rules))))

(defun smbcmp-compare-lists--show-one (side exchange)
  "Show the message of EXCHANGE, a plist, which only SIDE has."
  (let ((list-buffer (smbcmp-compare-view-list side)))
    (smbcmp-compare-view-capture side)
    (smbcmp-compare-lists--below
     (smbcmp-detail-show list-buffer
                         (smbcmp-compare-lists--frame
                          exchange (or smbcmp-compare-lists--part 'request))))))

;;;; Showing

(defun smbcmp-compare-lists-show (view row)
  "Show ROW of VIEW, a comparison's buffer, in both lists, the messages below."
  (let ((a (smbcmp-compare-lists-buffer view 'a))
        (b (smbcmp-compare-lists-buffer view 'b)))
    (unless (and (get-buffer-window a) (get-buffer-window b))
      (smbcmp-windows-arrange a b (smbcmp-diff-view-buffer) 0.4))
    (select-window (or (get-buffer-window
                        (if (car (smbcmp-comparison-row
                                  (buffer-local-value 'smbcmp-compare-view-comparison view)
                                  row))
                            a b))
                       (get-buffer-window a)))
    (dolist (buffer (list a b))
      (with-current-buffer buffer (setq smbcmp-compare-lists--shown row))
      (smbcmp-compare-lists--go buffer row)
      (when (get-buffer-window buffer)
        (with-selected-window (get-buffer-window buffer)
          (recenter)
          (smbcmp-fill-window (selected-window)))))
    (smbcmp-compare-lists--scroll (selected-window) (window-start))
    (smbcmp-compare-lists--show-row view row)
    (with-current-buffer view
      (let ((position (smbcmp-compare-view-find row)))
        (when position (goto-char position))))))

(defun smbcmp-compare-lists--refresh (view)
  "Show again the lists of VIEW that are shown, after it compared again."
  (when (cl-some (lambda (buffer)
                   (and (eq view (buffer-local-value 'smbcmp-compare-lists-view buffer))
                        (get-buffer-window buffer t)))
                 (buffer-list))
    (let* ((a (smbcmp-compare-lists-buffer view 'a))
           (rows (smbcmp-comparison-row-count
                  (buffer-local-value 'smbcmp-compare-view-comparison view)))
           (row (or (buffer-local-value 'smbcmp-compare-lists--shown a) 0)))
      (smbcmp-compare-lists-buffer view 'b)
      (when (> rows 0)
        (smbcmp-compare-lists-show view (min row (1- rows)))))))

(defun smbcmp-compare-lists--refresh-current ()
  "Refresh the lists of the comparison in the current buffer."
  (smbcmp-compare-lists--refresh (current-buffer)))

(add-hook 'smbcmp-compare-view-hook #'smbcmp-compare-lists--refresh-current)

;;;; Commands

(defun smbcmp-compare-lists-next-divergence (&optional count)
  "Go to the next divergence, or COUNT divergences on."
  (interactive "p")
  (let ((rows (sort (delete-dups
                     (mapcar #'smbcmp-divergence-row
                             (smbcmp-comparison-found smbcmp-compare-lists--comparison)))
                    #'<))
        (row (or (smbcmp-compare-lists-row) 0))
        (view smbcmp-compare-lists-view))
    (dotimes (_ (abs (or count 1)))
      (setq row (or (if (< (or count 1) 0)
                        (cl-find-if (lambda (r) (< r row)) rows :from-end t)
                      (cl-find-if (lambda (r) (> r row)) rows))
                    (user-error (if (< (or count 1) 0) "No earlier divergences"
                                  "No more divergences")))))
    (smbcmp-compare-lists-show view row)))

(defun smbcmp-compare-lists-previous-divergence (&optional count)
  "Go to the previous divergence, or COUNT divergences back."
  (interactive "p")
  (smbcmp-compare-lists-next-divergence (- (or count 1))))

(defun smbcmp-compare-lists-next-error (count &optional reset)
  "Go to the divergence COUNT further on; RESET: from the first.
For `next-error-function'."
  (with-current-buffer smbcmp-compare-lists-view
    (smbcmp-compare-view-next-error count reset)))

(defun smbcmp-compare-lists-toggle-part ()
  "Show the requests of exchanges, their responses, or whichever differs."
  (interactive)
  (setq smbcmp-compare-lists--part
        (pcase smbcmp-compare-lists--part ('nil 'request) ('request 'response)))
  (smbcmp-compare-lists--show-row smbcmp-compare-lists-view
                                  (or (smbcmp-compare-lists-row) 0))
  (message "%s" (pcase smbcmp-compare-lists--part
                  ('request "Showing requests") ('response "Showing responses")
                  (_ "Showing whichever differs"))))

(defun smbcmp-compare-lists-packets ()
  "Show the packet lists side by side, at what differs in the row at point."
  (interactive)
  (pcase-let* ((comparison smbcmp-compare-lists--comparison)
               (`(,a ,b ,number ,_) (smbcmp-comparison-row
                                     comparison (or (smbcmp-compare-lists-row) 0))))
    (cl-flet ((request (side n)
                       (and n (smbcmp-compare-lists--frame
                               (smbcmp-comparison-exchange comparison side n) 'request))))
      (smbcmp-compare-view-show-packets
       smbcmp-compare-lists-view
       (and number (aref (smbcmp-comparison-found comparison) number))
       (request 'a a) (request 'b b)))))

(defun smbcmp-compare-lists-quit ()
  "Go back to the summary of the comparison."
  (interactive)
  (let ((view smbcmp-compare-lists-view))
    (delete-other-windows)
    (if (buffer-live-p view) (switch-to-buffer view) (quit-window))))

;;;; Pins

(defun smbcmp-compare-lists--exchange ()
  "Return the number of the exchange at point, or signal an error."
  (let ((row (smbcmp-compare-lists-row)))
    (or (and row (nth (if (eq smbcmp-compare-lists-side 'a) 0 1)
                      (smbcmp-comparison-row smbcmp-compare-lists--comparison row)))
        (user-error "No exchange on this side"))))

(defun smbcmp-compare-lists--pdu (side n)
  "Return the PDU that begins exchange N of SIDE: (FRAME . INDEX)."
  (let ((exchange (smbcmp-comparison-exchange smbcmp-compare-lists--comparison side n)))
    (or (plist-get exchange :request) (plist-get exchange :response)
        (plist-get exchange :interim))))

(defun smbcmp-compare-lists-mark ()
  "Mark the exchange at point, to be pinned to one of the other side."
  (interactive)
  (let ((n (smbcmp-compare-lists--exchange)))
    (setq smbcmp-compare-lists--mark n)
    (remove-overlays (point-min) (point-max) 'smbcmp-mark t)
    (let ((overlay (make-overlay (line-beginning-position) (line-beginning-position 2))))
      (overlay-put overlay 'smbcmp-mark t)
      (overlay-put overlay 'face 'smbcmp-list-mark))
    (message "Marked; mark one on the other side and type = to pair them")))

(defun smbcmp-compare-lists-pin ()
  "Pin the two exchanges together that are marked, one of each side.
Without a mark on a side, that of the row at point."
  (interactive)
  (let* ((row (smbcmp-comparison-row smbcmp-compare-lists--comparison
                                     (or (smbcmp-compare-lists-row) 0)))
         (lists (list (smbcmp-compare-lists-buffer smbcmp-compare-lists-view 'a)
                      (smbcmp-compare-lists-buffer smbcmp-compare-lists-view 'b)))
         (numbers (cl-loop for buffer in lists for n in row
                           collect (or (buffer-local-value 'smbcmp-compare-lists--mark buffer)
                                       n
                                       (user-error "Mark an exchange on each side first (m)")))))
    (smbcmp-compare-lists--add-pin
     (list t (smbcmp-compare-lists--pdu 'a (car numbers))
           (smbcmp-compare-lists--pdu 'b (cadr numbers))))))

(defun smbcmp-compare-lists-split ()
  "Keep the two exchanges of the row at point apart."
  (interactive)
  (pcase-let ((`(,a ,b . ,_) (smbcmp-comparison-row smbcmp-compare-lists--comparison
                                                    (or (smbcmp-compare-lists-row) 0))))
    (unless (and a b) (user-error "Only one side has an exchange here"))
    (smbcmp-compare-lists--add-pin
     (list nil (smbcmp-compare-lists--pdu 'a a) (smbcmp-compare-lists--pdu 'b b)))))

(defun smbcmp-compare-lists-unpin ()
  "Take back all pins of these two captures."
  (interactive)
  (unless (buffer-local-value 'smbcmp-compare-view-pins smbcmp-compare-lists-view)
    (user-error "No pins"))
  (smbcmp-compare-lists--set-pins nil))

(defun smbcmp-compare-lists--add-pin (pin)
  "Add PIN to those in effect, in place of others of its exchanges."
  (pcase-let ((`(,together ,a ,b) pin))
    (smbcmp-compare-lists--set-pins
     (cons pin (cl-remove-if (pcase-lambda (`(,other ,x ,y))
                               (if (and together other)
                                   (or (equal a x) (equal b y))
                                 (and (equal a x) (equal b y))))
                             (buffer-local-value 'smbcmp-compare-view-pins
                                                 smbcmp-compare-lists-view))))))

(defun smbcmp-compare-lists--set-pins (pins)
  "Have PINS in effect, and remember them for these two files."
  (with-current-buffer smbcmp-compare-lists-view
    (setq smbcmp-compare-view-pins pins)
    (smbcmp-compare-pins-write (smbcmp-capture-file (smbcmp-compare-view-capture 'a))
                       (smbcmp-capture-file (smbcmp-compare-view-capture 'b))
                       pins)
    (smbcmp-compare-view-rerun))
  (message "%s" (if pins (format "%s, saved for these files"
                                 (smbcmp-compare-report-plural (length pins) "pin"))
                  "Pins removed")))

;;;; Mode

(defvar smbcmp-compare-list-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'next-line)
    (define-key map "p" #'previous-line)
    (define-key map "N" #'smbcmp-compare-lists-next-divergence)
    (define-key map "P" #'smbcmp-compare-lists-previous-divergence)
    (define-key map (kbd "M-n") #'smbcmp-compare-lists-next-divergence)
    (define-key map (kbd "M-p") #'smbcmp-compare-lists-previous-divergence)
    (define-key map (kbd "RET") #'smbcmp-compare-lists-packets)
    (define-key map "o" #'smbcmp-compare-lists-packets)
    (define-key map "R" #'smbcmp-replay)
    (define-key map "t" #'smbcmp-compare-lists-toggle-part)
    (define-key map "E" #'smbcmp-ediff-frames)
    (define-key map "L" #'smbcmp-compare-logs)
    (define-key map "m" #'smbcmp-compare-lists-mark)
    (define-key map "=" #'smbcmp-compare-lists-pin)
    (define-key map "x" #'smbcmp-compare-lists-split)
    (define-key map "U" #'smbcmp-compare-lists-unpin)
    (define-key map [remap write-file] #'smbcmp-export-exchange)
    (define-key map [remap display-local-help] #'smbcmp-sections-command-help)
    (define-key map "q" #'smbcmp-compare-lists-quit)
    map)
  "Keymap of `smbcmp-compare-list-mode'.")

(easy-menu-define smbcmp-compare-list-menu smbcmp-compare-list-mode-map
  "Menu of `smbcmp-compare-list-mode'."
  '("Exchanges"
    ["Next divergence" smbcmp-compare-lists-next-divergence]
    ["Previous divergence" smbcmp-compare-lists-previous-divergence]
    ["Cycle request and response" smbcmp-compare-lists-toggle-part]
    ["Both frames in Ediff" smbcmp-ediff-frames]
    ["Compare the servers' logs" smbcmp-compare-logs]
    ["Packet lists side by side" smbcmp-compare-lists-packets]
    "--"
    ["Mark exchange" smbcmp-compare-lists-mark]
    ["Pair marked exchanges" smbcmp-compare-lists-pin]
    ["Don't pair" smbcmp-compare-lists-split]
    ["Remove all pins" smbcmp-compare-lists-unpin]
    "--"
    ["Write exchange to a file..." smbcmp-export-exchange]
    ["Replay script up to here..." smbcmp-replay]
    "--"
    ["Back to the summary" smbcmp-compare-lists-quit]))

(defun smbcmp-compare-lists--header ()
  "Return the header line: which capture, and where point is in it."
  (let* ((comparison smbcmp-compare-lists--comparison)
         (names (mapcar #'smbcmp-compare-report-file (list (smbcmp-comparison-a comparison)
                                                   (smbcmp-comparison-b comparison))))
         ;; Both strips are of the same width, or they could not be compared.
         (room (apply #'max (mapcar #'length names)))
         (a (eq smbcmp-compare-lists-side 'a))
         (title (concat " " (propertize (if a "A" "B")
                                        'face (list (if a 'smbcmp-compare-report-a
                                                      'smbcmp-compare-report-b)
                                                    'default))
                        " " (truncate-string-to-width (if a (car names) (cadr names))
                                                      room nil ?\s) "  ")))
    (concat title
            (smbcmp-compare-view-strip comparison (smbcmp-compare-lists-row)
                                       (- (/ (frame-width) 2) (length title) 2)))))

(define-derived-mode smbcmp-compare-list-mode smbcmp-mode "Exchanges"
  "Major mode for the exchanges of one of two captures that are compared.

Each line has the frames of request and response, the seconds since the
first exchange, what it is, and how long it took.  What goes together is
on the same line of both lists; ~ is where this side has nothing.  If
two exchanges are on one line that do not belong together, or the
reverse, say so with \\[smbcmp-compare-lists-split] and \\[smbcmp-compare-lists-pin].

\\{smbcmp-compare-list-mode-map}"
  (setq header-line-format '(:eval (smbcmp-compare-lists--header)))
  (setq-local next-error-function #'smbcmp-compare-lists-next-error
              revert-buffer-function
              (lambda (&rest _)
                (with-current-buffer smbcmp-compare-lists-view
                  (smbcmp-compare-view-revert))))
  (add-hook 'window-scroll-functions #'smbcmp-compare-lists--scroll nil t)
  (setq smbcmp-fill-buffers-function #'smbcmp-compare-lists--others)
  (add-hook 'post-command-hook #'smbcmp-compare-lists--post-command nil t)
  (smbcmp-fill-setup)
  (smbcmp-mode-show-row))

(provide 'smbcmp-compare-lists)
;;; smbcmp-compare-lists.el ends here
