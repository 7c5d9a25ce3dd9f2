;;; smblog-move.el --- Move in a log, fold, copy  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Commands on the messages of a log buffer that change neither its filter
;; nor anything outside of it.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-escape)
(require 'smblog)
(require 'smblog-narrow)
(require 'smblog-source)
(require 'smblog-view)

(declare-function smblog--module-text "smbcmp-module.so" (log from to))
(declare-function smblog--module-gaps "smbcmp-module.so" (log seconds))
(autoload 'smblog-indexed-p "smblog-buffer")
(autoload 'smblog-export "smblog-export")

(defun smblog-move--here ()
  "Return the number of the message at point, or tell the user that there is none."
  (or (smblog-message-at-point) (user-error "No message here")))

;;;; By message

(defun smblog-next (&optional count)
  "Go to the next message, or COUNT on."
  (interactive "p")
  (let* ((count (or count 1))
         (place (smblog-view-place (smblog-move--here)))
         (next (+ place count)))
    (cond ((< next 0) (smblog-view-goto (smblog-view-number 0))
           (user-error "First message"))
          ((>= next (smblog-view-count)) (user-error "Last message"))
          (t (smblog-view-goto (smblog-view-number next))))))

(defun smblog-previous (&optional count)
  "Go to the beginning of this message; from there to the previous.
With COUNT, go so many messages back."
  (interactive "p")
  (let* ((count (or count 1))
         (number (smblog-move--here))
         (inside (> (point) (or (smblog-view-position number) (point-max)))))
    (smblog-next (- (if (and inside (> count 0)) (1- count) count)))))

(defun smblog-next-same-process (&optional count)
  "Go to the next message of this message's process, or COUNT on."
  (interactive "p")
  (let* ((number (smblog-move--here))
         (pid (plist-get (smblog-message smblog-log number) :pid))
         (place (smblog-view-place number))
         (step (if (< (or count 1) 0) -1 1)))
    (dotimes (_ (abs (or count 1)))
      (setq place (+ place step))
      (while (and (< -1 place (smblog-view-count))
                  (not (eql pid (plist-get (smblog-message smblog-log
                                                           (smblog-view-number place))
                                           :pid))))
        (setq place (+ place step))))
    (unless (< -1 place (smblog-view-count))
      (user-error "No %s message of process %s" (if (< step 0) "earlier" "later") pid))
    (smblog-view-goto (smblog-view-number place))))

(defun smblog-previous-same-process (&optional count)
  "Go to the previous message of this message's process, or COUNT back."
  (interactive "p")
  (smblog-next-same-process (- (or count 1))))

(defun smblog-first (&optional tenths)
  "Go to the first message, or behind TENTHS tenths of all."
  (interactive "P")
  (smblog-view-push-jump)
  (push-mark nil t)
  (when (> (smblog-view-count) 0)
    (smblog-view-goto
     (smblog-view-number
      (if (and tenths (not (consp tenths)))
          (min (1- (smblog-view-count))
               (/ (* (smblog-view-count) (prefix-numeric-value tenths)) 10))
        0))))
  (unless tenths (goto-char (point-min))))

(defun smblog-last (&optional tenths)
  "Go to the end of the last message, or before TENTHS tenths of all."
  (interactive "P")
  (smblog-view-push-jump)
  (push-mark nil t)
  (smblog-move--await)
  (let ((count (smblog-view-count)))
    (when (> count 0)
      (smblog-view-goto
       (smblog-view-number
        (if (and tenths (not (consp tenths)))
            (max 0 (- count 1 (/ (* count (prefix-numeric-value tenths)) 10)))
          (1- count)))))
    (unless tenths
      (goto-char (point-max))
      (when (eq (window-buffer) (current-buffer)) (recenter -1)))))

(defun smblog-move--await ()
  "Wait until all messages of the view are known; \\[keyboard-quit] ends it."
  (let ((reporter nil))
    (while (not (and (smblog-indexed-p) (smblog-view-done-p)))
      (unless reporter
        (setq reporter (make-progress-reporter "Indexing the log..." nil nil nil 1 0.3)))
      (progress-reporter-update reporter)
      (sleep-for 0.02))
    (when reporter (progress-reporter-done reporter))))

(defun smblog-back ()
  "Go back to the message that was jumped from last."
  (interactive)
  (let ((number (pop smblog-view-jumps)))
    (unless number (user-error "Nowhere to go back to"))
    (unless (smblog-view-goto number)
      (message "Message #%d is hidden by the filter" number))))

;;;; By time and number

(defun smblog-move-message-from (time)
  "Return the number of the first message of the log at or after TIME."
  (let ((low 0) (high (smblog-message-count smblog-log)))
    (while (< low high)
      (let* ((middle (/ (+ low high) 2))
             (there (plist-get (smblog-message smblog-log middle) :time)))
        (if (and there (< there time)) (setq low (1+ middle)) (setq high middle))))
    low))

(defun smblog-goto (where)
  "Go to WHERE: a message's number or a time, [DATE ]HH:MM[:SS[.FRACTION]].
A prefix argument is the number."
  (interactive
   (list (if current-prefix-arg
             (number-to-string (prefix-numeric-value current-prefix-arg))
           (read-string "Go to message number or time: " nil nil
                        (let ((number (smblog-message-at-point)))
                          (and number (number-to-string number)))))))
  (let* ((count (smblog-message-count smblog-log))
         (number
          (if (string-match-p "\\`#?[0-9]+\\'" where)
              (string-to-number (string-trim-left where "#"))
            (condition-case err
                (smblog-move-message-from
                 (smblog-narrow-parse-time
                  where (plist-get (smblog-message smblog-log (smblog-move--here)) :time)))
              (smblog-filter-error (user-error "%s" (cadr err)))))))
    (unless (< -1 number count)
      (user-error "No such message: the log has %d, numbered from 0" count))
    (push-mark nil t)
    (unless (smblog-goto-message number)
      (message "Message #%d is hidden by the filter; showing the next one" number))))

(defun smblog-next-gap (&optional count)
  "Go to the next message that comes long after the one before, or COUNT on.
How long is said by `smblog-gap'."
  (interactive "p")
  (unless smblog-gap (user-error "Gaps are not marked: customize smblog-gap"))
  (let* ((count (or count 1))
         (step (if (< count 0) -1 1))
         (place (smblog-view-place (smblog-move--here))))
    (dotimes (_ (abs count))
      (setq place (or (if smblog-view
                          (smblog-move--gap-in-view place step)
                        (smblog-move--gap-in-log place step))
                      (user-error "No %s gap of %s s" (if (< step 0) "earlier" "later")
                                  smblog-gap))))
    (smblog-view-push-jump)
    (smblog-view-goto (smblog-view-number place))))

(defun smblog-move--gap-in-log (number step)
  "Return the message after the next gap from NUMBER on, by STEP, or nil."
  (let ((after (mapcar #'car (smblog--module-gaps smblog-log (float smblog-gap)))))
    (if (> step 0)
        (cl-find-if (lambda (other) (> other number)) after)
      (car (last (cl-remove-if-not (lambda (other) (< other number)) after))))))

(defun smblog-move--gap-in-view (place step)
  "Return the place after the next gap in the view from PLACE on, by STEP, or nil."
  (let ((reporter (make-progress-reporter "Looking for a gap..." nil nil nil 1 0.5))
        (count (smblog-view-count))
        (found nil))
    (while (and (not found) (< 0 (setq place (+ place step)) count))
      (progress-reporter-update reporter)
      (when (smblog-move--gap-p place) (setq found place)))
    found))

(defun smblog-move--gap-p (place)
  "Return non-nil if the message at PLACE comes long after the one before."
  (let ((time (smblog-view-time place))
        (before (smblog-view-time (1- place))))
    (and time before (>= (abs (- time before)) smblog-gap))))

(defun smblog-previous-gap (&optional count)
  "Go to the previous message that comes long after the one before, or COUNT back."
  (interactive "p")
  (smblog-next-gap (- (or count 1))))

;;;; Folding

(defun smblog-toggle ()
  "Fold or unfold the dump at point, or else the message.
If the region is active, do so with all messages in it."
  (interactive)
  (cond
   ((use-region-p)
    (let ((from (smblog-message-at-point (region-beginning)))
          (to (smblog-message-at-point (1- (region-end)))))
      (deactivate-mark)
      (cl-loop for place from (smblog-view-place from) to (smblog-view-place to)
               do (smblog-move-toggle-message (smblog-view-number place)))))
   ((get-text-property (point) 'smblog-dump) (smblog-move--toggle-dump))
   (t (smblog-move-toggle-message (smblog-move--here)))))

(defun smblog-move--flip (key table)
  "Have KEY in the hash TABLE if it isn't, else not."
  (if (gethash key table) (remhash key table) (puthash key t table)))

(defun smblog-move-toggle-message (number)
  "Fold or unfold message NUMBER."
  (smblog-move--flip number smblog-view-exceptions)
  (smblog-view-replace number))

(defun smblog-move--toggle-dump ()
  "Fold or unfold the dump at point."
  (let ((dump (get-text-property (point) 'smblog-dump))
        (line (count-lines (smblog-view-position (smblog-move--here))
                           (line-beginning-position))))
    (smblog-move--flip dump smblog-view-open-dumps)
    (smblog-view-replace (car dump))
    (forward-line line)))

(defun smblog-toggle-all ()
  "Show a line a message, or whole messages again."
  (interactive)
  (setq smblog-view-folded (not smblog-view-folded))
  (clrhash smblog-view-exceptions)
  (smblog-view-refresh))

(defun smblog-toggle-dumps ()
  "Show all hexdumps and dumps of structures, or only where they begin."
  (interactive)
  (setq smblog-view-fold-dumps (not smblog-view-fold-dumps))
  (clrhash smblog-view-open-dumps)
  (smblog-view-refresh)
  (message "Dumps are %s" (if smblog-view-fold-dumps "folded" "shown")))

;;;; Looks

(defun smblog-cycle-time ()
  "Show times as time of day, as seconds since the message before, with the date."
  (interactive)
  (setq-local smblog-time-format (pcase smblog-time-format
                                   ('time 'delta) ('delta 'date) (_ 'time)))
  (smblog-view-refresh)
  (message "Time format: %s" (pcase smblog-time-format
                            ('time "times of day") ('date "dates and times")
                            (_ "seconds since the message before"))))

(defun smblog-highlight (regexp)
  "Highlight what matches REGEXP, or no longer if it is already.
With an empty one, highlight nothing."
  (interactive
   (list (completing-read
          (if smblog-message-highlights
              "Highlight regexp (one of these: no longer; empty: none): "
            "Highlight regexp: ")
          smblog-message-highlights nil nil nil 'regexp-history
          nil)))
  (setq smblog-message-highlights
        (cond ((equal regexp "") nil)
              ((member regexp smblog-message-highlights)
               (remove regexp smblog-message-highlights))
              (t (string-match-p regexp "")
                 (append smblog-message-highlights (list regexp)))))
  (jit-lock-refontify))

;;;; Whole messages

(defun smblog-source ()
  "Show the source line that logged the message at point."
  (interactive)
  (let* ((number (smblog-move--here))
         (message (smblog-message smblog-log number)))
    (smblog-source-show (plist-get message :file) (or (plist-get message :line) 1)
                        (or (plist-get message :function) "")
                        (or (plist-get message :text) ""))))

(defun smblog-show-message ()
  "Show the message at point as it is in the file, in another window."
  (interactive)
  (let* ((number (smblog-move--here))
         (text (smblog--module-text smblog-log number (1+ number)))
         (name (buffer-name)))
    (with-current-buffer (get-buffer-create "*log message*")
      (let ((inhibit-read-only t))
        (erase-buffer)
        (insert (smbcmp-escape text))
        (goto-char (point-min)))
      (special-mode)
      (setq header-line-format (format "Message #%d of %s" number name))
      (display-buffer (current-buffer)))))

(defun smblog-copy ()
  "Copy the message at point, or those in the region, as they are in the file."
  (interactive)
  (let* ((region (use-region-p))
         (from (if region (smblog-message-at-point (region-beginning))
                 (smblog-move--here)))
         (to (if region (smblog-message-at-point (1- (region-end))) from))
         (first (smblog-view-place from))
         (last (smblog-view-place to)))
    (kill-new (mapconcat (lambda (place)
                           (let ((number (smblog-view-number place)))
                             (smblog--module-text smblog-log number (1+ number))))
                         (number-sequence first last) ""))
    (deactivate-mark)
    (message "Copied %d message%s" (- (1+ last) first) (if (= first last) "" "s"))))

(defun smblog-write (file &optional anonymize)
  "Write all messages that pass the filter to FILE, as they are in the log.
With a prefix argument, ANONYMIZE: replace names and addresses as
`smbcmp-export-frames' does, so that both go together; see `smblog-export'."
  (interactive (list (read-file-name "Write messages to file: ") current-prefix-arg))
  (when (and (file-exists-p file)
             (not (y-or-n-p (format "Overwrite %s? " (smbcmp-escape-file file)))))
    (user-error "Nothing written"))
  (smblog-move--await)
  (pcase-let ((`(,count ,dumps)
               (smbcmp-with-user-errors
                 (smblog-export smblog-log
                                (cl-loop for place below (smblog-view-count)
                                         collect (smblog-view-number place))
                                file :anonymize anonymize))))
    (smbcmp-escape-message "Wrote %s messages to %s%s" (smblog-narrow-number count) file
             (if (> dumps 0) (format "; %d lines of dumps are blanked" dumps) ""))))

(provide 'smblog-move)
;;; smblog-move.el ends here
