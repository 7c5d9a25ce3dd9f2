;;; smblog-view.el --- A window on a view of a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A view is the messages of a log that pass a filter, in their order.  It
;; may have millions; the buffer holds some hundred around what is looked
;; at.  Before a window comes near an end of them more are inserted there,
;; and taken away far from all windows, so that it feels like one buffer.
;;
;; Places in a view are counted from 0 and called places here; numbers are
;; those of messages in the log, counted from 0, too.

;;; Code:

(require 'cl-lib)
(require 'smblog)
(require 'smblog-message)

(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-preamble "smbcmp-module.so" (log limit))
(declare-function smblog--module-render "smbcmp-module.so"
                  (log view from count options))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-position "smbcmp-module.so" (view number))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))

;;;; State

(defvar-local smblog-log nil
  "The log that this buffer shows.")

(defvar-local smblog-view nil
  "The module's view of the log, or nil for all of it.")

(defvar-local smblog-view-first 0
  "Place of the first message in the buffer.")

(defvar-local smblog-view-last 0
  "Place after that of the last message in the buffer.")

(defvar-local smblog-view--open nil
  "The log's last message as it was inserted, (NUMBER . END), or nil.
END is where in the file its text ended then: it may go on.")

(defvar-local smblog-view-folded nil
  "Non-nil if messages are folded but for those in `smblog-view-exceptions'.")

(defvar-local smblog-view-exceptions nil
  "Hash table of the numbers of messages that differ from `smblog-view-folded'.")

(defvar-local smblog-view-fold-dumps t
  "Non-nil if dumps are folded but for those in `smblog-view-open-dumps'.")

(defvar-local smblog-view-open-dumps nil
  "Hash table of the dumps that differ from `smblog-view-fold-dumps'.")

(defvar-local smblog-view--request nil
  "The request whose messages are highlighted, or nil.")

(defvar-local smblog-view-marked nil
  "Number of the message that is marked, or nil.")

(defvar-local smblog-view-jumps nil
  "Numbers of messages that were jumped from, the last first.")

(defconst smblog-view-chunk 200
  "Messages that are inserted at a time.")

(defconst smblog-view--keep 3000
  "Messages in the buffer from which on those far from windows are removed.")

;;;; The view

(defun smblog-view-count ()
  "Return the number of messages of the view, those known so far."
  (if smblog-view
      (nth 2 (smblog--module-view-progress smblog-view))
    (smblog-message-count smblog-log)))

(defun smblog-view-number (place)
  "Return the number of the message at PLACE."
  (if smblog-view (smblog--module-view-nth smblog-view place) place))

(defun smblog-view-place (number)
  "Return the place of message NUMBER, or of the next one that is in the view.
It is the view's length if there is none."
  (if smblog-view
      (smblog--module-view-position smblog-view number)
    (min number (smblog-message-count smblog-log))))

;;;; Folding

(defun smblog-view-folded-p (number)
  "Return non-nil if message NUMBER is folded."
  (if (gethash number smblog-view-exceptions)
      (not smblog-view-folded)
    smblog-view-folded))

(defun smblog-view--dump-open ()
  "Return a function of a dump, (NUMBER . START), that says if it is not folded."
  (let ((fold smblog-view-fold-dumps) (open smblog-view-open-dumps))
    (lambda (dump) (if (gethash dump open) fold (not fold)))))

;;;; Inserting

(defun smblog-view-time (place)
  "Return the time of the message at PLACE, or nil."
  (plist-get (smblog--module-message smblog-log (smblog-view-number place)) :time))

(defun smblog-view--preamble ()
  "Return what the log has before its first message, as it is shown.
That is what the program that printed it says of it."
  (let ((text (if smblog-view "" (smblog--module-preamble smblog-log smblog-message-limit))))
    (if (string-match-p "\\`[ \n\t\r]*\\'" text)
        ""
      (propertize (concat "── before the first header ──\n"
                          (string-trim-right text "\n+") "\n")
                  'smblog-note t 'smblog-message 0))))

(defun smblog-view--lost-p (message)
  "Return non-nil if the header of MESSAGE, which had a time, can't be read again."
  (and (plist-get message :time) (null (plist-get message :when))))

(defun smblog-view-text (from to)
  "Return the text of the messages at places FROM to TO, less the last."
  (pcase-let* ((before (and (> from 0) (smblog-view-time (1- from))))
               (`(,text . ,rendered)
                (smblog--module-render smblog-log smblog-view from (- to from)
                                       (list :header "" :body t
                                             :limit smblog-message-limit)))
               (open (smblog-view--dump-open))
               (parts (and (= from 0) (list (smblog-view--preamble)))))
    (cl-loop for (number _ body end _ more) across rendered
             for message = (smblog--module-message smblog-log number)
             for lost = (smblog-view--lost-p message)
             do (push (smblog-message-render
                       number
                       (nconc (list :text (if lost "(no longer in the file: it was cut)"
                                            (substring text body end))
                                    :more more)
                              message)
                       before (smblog-view-folded-p number) open)
                      parts)
             (setq before (or (plist-get message :time) before)))
    (apply #'concat (nreverse parts))))

(defun smblog-view--insert (position from to)
  "Insert at POSITION the messages at places FROM to TO, less the last.
What windows show stays where it is."
  (let* ((text (smblog-view-text from to))
         (windows (cl-loop for window in (get-buffer-window-list nil nil t)
                           when (and (= position (point-min))
                                     (= (window-start window) position)
                                     (> (point-max) position))
                           collect (cons window (= (window-point window) position))))
         (inhibit-read-only t))
    (with-silent-modifications
      ;; Above what is there point stays on its message; into an empty buffer
      ;; it stays at the top.
      (let ((here (copy-marker (point) (and (= position (point-min))
                                            (> (point-max) position)))))
        (goto-char position)
        (insert text)
        (goto-char here)
        (set-marker here nil)))
    (pcase-dolist (`(,window . ,at-point) windows)
      (set-window-start window (+ position (length text)) t)
      (when at-point (set-window-point window (+ position (length text)))))))

(defun smblog-view--delete (start end)
  "Remove the text from START to END."
  (let ((inhibit-read-only t))
    (with-silent-modifications (delete-region start end))))

(defun smblog-view-down (count)
  "Insert up to COUNT messages below; return how many."
  (let ((to (min (smblog-view-count) (+ smblog-view-last count))))
    (when (> to smblog-view-last)
      (let ((number (smblog-view-number (1- to))))
        (when (= number (1- (smblog-message-count smblog-log)))
          (setq smblog-view--open
                (cons number (plist-get (smblog--module-message smblog-log number) :end)))))
      (smblog-view--insert (point-max) smblog-view-last to)
      (prog1 (- to smblog-view-last)
        (setq smblog-view-last to)))))

(defun smblog-view--up (count)
  "Insert up to COUNT messages above; return how many."
  (let ((from (max 0 (- smblog-view-first count))))
    (when (< from smblog-view-first)
      (smblog-view--insert (point-min) from smblog-view-first)
      (prog1 (- smblog-view-first from)
        (setq smblog-view-first from)))))

(defconst smblog-view-garbage (* 16 1024 1024)
  "Bytes that may be used before garbage is collected while messages are shown.")

(defun smblog-view--margin (window)
  "Return how many messages there are to be above and below what WINDOW shows."
  (+ 20 (* 2 (window-body-height window))))

(defun smblog-view--around ()
  "Return how many messages are inserted above and below one that is gone to.
Wherever it is on the screen, no more are needed then."
  (let ((window (get-buffer-window)))
    (if window (+ (smblog-view--margin window) (window-body-height window))
      (/ smblog-view-chunk 2))))

(defun smblog-view-show (place)
  "Show messages around PLACE, which must be one of the view, and go there."
  (setq place (max 0 (min place (1- (smblog-view-count)))))
  (smblog-view--delete (point-min) (point-max))
  (let ((around (smblog-view--around))
        (gc-cons-threshold (max gc-cons-threshold smblog-view-garbage)))
    (setq smblog-view-first (max 0 (- place around))
          smblog-view-last smblog-view-first)
    (smblog-view-down (- (+ place around) smblog-view-first)))
  (goto-char (if (< smblog-view-first smblog-view-last)
                 (smblog-view-position (smblog-view-number place))
               (point-min)))
  (dolist (window (get-buffer-window-list nil nil t))
    (set-window-point window (point))))

;;;; Where messages are in the buffer

(defun smblog-message-at-point (&optional position)
  "Return the number of the message at POSITION, by default point, or nil.
At the end of the buffer it is the last one."
  (let ((position (or position (point))))
    (or (get-text-property (min position (point-max)) 'smblog-message)
        (and (> position (point-min))
             (get-text-property (1- position) 'smblog-message)))))

(defun smblog-view-position (number)
  "Return where the header of message NUMBER begins in the buffer, or nil."
  (let ((start (text-property-any (point-min) (point-max) 'smblog-message number)))
    (and start (text-property-not-all start (point-max) 'smblog-head nil))))

(defun smblog-view-bounds (number)
  "Return (START . END) of message NUMBER in the buffer, or nil."
  (let ((start (text-property-any (point-min) (point-max) 'smblog-message number)))
    (and start (cons start (or (text-property-not-all start (point-max)
                                                      'smblog-message number)
                               (point-max))))))

(defun smblog-view--place-at (position)
  "Return the place of the message at POSITION."
  (let ((number (smblog-message-at-point position)))
    (if number (smblog-view-place number) 0)))

;;;; Keeping it filled

(defun smblog-view-fill (&optional window)
  "Have enough messages around what WINDOW, the selected one by default, shows."
  (let ((height (window-body-height window))
        (margin (smblog-view--margin window)))
    (unless (= (smblog-view-count) 0)
      (let ((top (smblog-view--place-at (min (window-start window) (window-point window))))
            (bottom (smblog-view--place-at (window-point window))))
        (when (and (< (- top smblog-view-first) margin) (> smblog-view-first 0))
          (smblog-view--up margin))
        (when (< (- smblog-view-last (max bottom (+ top height))) margin)
          (smblog-view-down margin))))))

(defun smblog-view--trim ()
  "Remove messages far from all windows if there are many."
  (when (> (- smblog-view-last smblog-view-first) smblog-view--keep)
    (let* ((windows (get-buffer-window-list nil nil t))
           (places (cons (smblog-view--place-at (point))
                         (cl-loop for window in windows
                                  collect (smblog-view--place-at (window-start window))
                                  collect (smblog-view--place-at (window-point window)))))
           (room (/ smblog-view--keep 3))
           (from (max smblog-view-first (- (apply #'min places) room)))
           (to (min smblog-view-last (+ (apply #'max places) room))))
      (when (> from smblog-view-first)
        (smblog-view--delete (point-min)
                             (car (smblog-view-bounds (smblog-view-number from))))
        (setq smblog-view-first from))
      (when (< to smblog-view-last)
        (smblog-view--delete (car (smblog-view-bounds (smblog-view-number to)))
                             (point-max))
        (setq smblog-view-last to)))))

(defun smblog-view--post-command ()
  "Have messages around point, but few elsewhere."
  (when (and smblog-log (not (bound-and-true-p isearch-mode)))
    (smblog-view-fill)
    (smblog-view--trim)))

(defun smblog-view--scrolled (window _start)
  "Have messages around what WINDOW shows.  For `window-scroll-functions'."
  (with-current-buffer (window-buffer window)
    (when (and smblog-log (not (eq window (selected-window))))
      (smblog-view--down-soon window))))

(defun smblog-view--down-soon (window)
  "Fill around WINDOW once redisplay is over."
  (run-with-timer 0 nil
                  (lambda ()
                    (when (window-live-p window)
                      (with-current-buffer (window-buffer window)
                        (when smblog-log (smblog-view-fill window)))))))

;;;; Showing again

(defun smblog-view-where (&optional number)
  "Return where point is, for `smblog-view-refresh': in message NUMBER, or its own.
The value is (NUMBER LINE COLUMN ROW): lines from the message's header,
and the row in the window."
  (let* ((here (smblog-message-at-point))
         (number (or number here 0))
         (head (and (eql number here) (smblog-view-position number)))
         (window (get-buffer-window)))
    (list number
          (if (and head (>= (point) head))
              (count-lines head (line-beginning-position))
            0)
          (current-column)
          (and window (eq window (selected-window)) (>= (point) (window-start))
               (count-screen-lines (window-start) (line-beginning-position))))))

(defun smblog-view--row (row)
  "Return ROW, or one further down if below point too little is left for it.
What is above would be out of sight, and the window empty below."
  (let* ((height (window-body-height))
         (below (count-screen-lines (line-beginning-position)
                                    (save-excursion (forward-line height) (point)))))
    (max 0 (min (1- height) (max row (- height below))))))

(defun smblog-view-refresh (&optional where)
  "Render messages again around WHERE, of `smblog-view-where', by default point.
Point stays in its message, and that on its row of the window, unless the
window would not be filled."
  (pcase-let ((`(,number ,line ,column ,row) (or where (smblog-view-where)))
              (window (get-buffer-window)))
    (if (= (smblog-view-count) 0)
        (smblog-view--show-nothing)
      (smblog-view-show (smblog-view-place number))
      (when (eql (smblog-message-at-point) number)
        (let ((end (cdr (smblog-view-bounds number))))
          (forward-line line)
          (when (>= (point) end) (goto-char end) (forward-line -1))
          (move-to-column column)))
      (when window
        (set-window-point window (point))
        (with-selected-window window
          (smblog-view-fill)
          (recenter (and row (smblog-view--row row))))))))

(defun smblog-view-clear ()
  "Remove all messages from the buffer, because the view is another."
  (smblog-view--delete (point-min) (point-max))
  (setq smblog-view-first 0
        smblog-view-last 0))

(defun smblog-view--show-nothing ()
  "Tell that the view has no messages."
  (smblog-view-clear)
  (let ((inhibit-read-only t))
    (with-silent-modifications
      (insert (propertize (smblog-view-empty-text) 'smblog-note t)))
    (goto-char (point-min))
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point)))))

(defvar smblog-view-empty-function nil
  "Function that returns what to show when the view has no messages.")

(defun smblog-view-empty-text ()
  "Return what to show when the view has no messages."
  (if smblog-view-empty-function
      (funcall smblog-view-empty-function)
    "No messages\n"))

(defun smblog-view-replace (number)
  "Render message NUMBER again, if it is in the buffer; go to its header."
  (let ((bounds (smblog-view-bounds number))
        (place (smblog-view-place number))
        (inhibit-read-only t))
    (when bounds
      (with-silent-modifications
        (goto-char (car bounds))
        (delete-region (car bounds) (cdr bounds))
        (insert (smblog-view-text place (1+ place)))
        (goto-char (smblog-view-position number))))))

(defun smblog-view-renew ()
  "Render again the message that was the log's last one if its text went on.
Point and windows stay where they are, at the end at the end."
  (pcase-let* ((`(,number . ,end) smblog-view--open)
               (now (and number (plist-get (smblog--module-message smblog-log number) :end)))
               (start (and now (> now end) (car (smblog-view-bounds number)))))
    (when start
      (setq smblog-view--open (cons number now))
      (let* ((last (point-max))
             (keep (lambda (position) (and (/= position last) position)))
             (point (funcall keep (point)))
             (windows (mapcar (lambda (window)
                                (cons window (funcall keep (window-point window))))
                              (get-buffer-window-list nil nil t))))
        (smblog-view-replace number)
        (goto-char (or point (point-max)))
        (pcase-dolist (`(,window . ,position) windows)
          (set-window-point window (or position (point-max))))))))

(defun smblog-view-unfold (number)
  "Unfold message NUMBER, which is in the buffer, and go to its header."
  (when (smblog-view-folded-p number)
    (if (gethash number smblog-view-exceptions)
        (remhash number smblog-view-exceptions)
      (puthash number t smblog-view-exceptions))
    (smblog-view-replace number)))

;;;; Moving

(defun smblog-view-goto (number)
  "Go to message NUMBER, or to the next one of the view.
Return non-nil if it is NUMBER itself."
  (let* ((gc-cons-threshold (max gc-cons-threshold smblog-view-garbage))
         (place (min (smblog-view-place number) (1- (smblog-view-count))))
         (found (and (>= place 0) (smblog-view-number place))))
    (when found
      (if (and (<= smblog-view-first place) (< place smblog-view-last))
          (goto-char (smblog-view-position found))
        (smblog-view-show place))
      (let ((window (get-buffer-window)))
        (when window
          (set-window-point window (point))
          (with-selected-window window
            (smblog-view-fill)
            (unless (pos-visible-in-window-p) (recenter)))))
      (eql found number))))

(defun smblog-view-push-jump ()
  "Remember the message at point, for `smblog-back'."
  (let ((number (smblog-message-at-point)))
    (unless (eql number (car smblog-view-jumps))
      (push number smblog-view-jumps)
      (when (nthcdr 100 smblog-view-jumps)
        (setcdr (nthcdr 99 smblog-view-jumps) nil)))))

(defun smblog-goto-message (number)
  "Go to message NUMBER, counted from 0, or to the next one that is shown.
Return non-nil if it is NUMBER itself."
  (smblog-view-push-jump)
  (smblog-view-goto number))

(defun smblog-view-highlight (request)
  "Highlight the messages of REQUEST, a plist as `smblog-requests' has them.
nil ends it."
  (setq smblog-view--request request)
  (jit-lock-refontify))

;;;; Faces

(defun smblog-view--fontify (start end)
  "Put faces on the text from START to END.  For `jit-lock-register'."
  (save-excursion
    (save-match-data
      (smblog-message-fontify start end #'smblog-view--fontify-message))))

(defun smblog-view--fontify-message (start end)
  "Put on START to END, of a message, the faces of marks and requests."
  (let ((number (get-text-property start 'smblog-message))
        (request smblog-view--request))
    (when number
      (when (eql number smblog-view-marked)
        (add-face-text-property start end 'smblog-mark t))
      (when (and request
                 (<= (plist-get request :begin) number
                     (or (plist-get request :end) most-positive-fixnum))
                 (eql (plist-get request :pid) (get-text-property start 'smblog-pid)))
        (add-face-text-property start end 'smblog-request-here t)))))

(defface smblog-request-here
  '((((min-colors 88) (background dark)) :background "#1b331b" :extend t)
    (((min-colors 88)) :background "#e2f3e2" :extend t)
    (t :weight bold))
  "Face for the messages of the request that was gone to."
  :group 'smblog-view)

(defun smblog-view-setup ()
  "Make this buffer a window on a view."
  (setq smblog-view-folded smblog-fold
        smblog-view-exceptions (make-hash-table)
        smblog-view-open-dumps (make-hash-table :test #'equal))
  (setq buffer-invisibility-spec '((smblog-dump . t)))
  (add-hook 'post-command-hook #'smblog-view--post-command nil t)
  (add-hook 'window-scroll-functions #'smblog-view--scrolled nil t)
  (jit-lock-register #'smblog-view--fontify))

(provide 'smblog-view)
;;; smblog-view.el ends here
