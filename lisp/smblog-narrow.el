;;; smblog-narrow.el --- Filter what is shown of a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Commands that set the filter of a log buffer, and what turns a filter
;; into what the index takes.  A filter's messages are found by the log's
;; threads; what is known of them is shown at once.

;;; Code:

(require 'cl-lib)
(require 'parse-time)
(require 'subr-x)
(require 'smblog-filter)
(require 'smblog)
(require 'smblog-message)
(require 'smblog-regexp)
(require 'smblog-request)
(require 'smblog-view)

(autoload 'smblog-start-timer "smblog-buffer")
(declare-function smblog--module-facts "smbcmp-module.so" (log))
(declare-function smblog--module-pids "smbcmp-module.so" (log))
(declare-function smblog--module-requests "smbcmp-module.so"
                  (log &optional from count mid))
(declare-function smblog--module-rest "smbcmp-module.so" (log seconds))
(declare-function smblog--module-sites "smbcmp-module.so" (log))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))


;;;; State

(defvar-local smblog-filter nil
  "The filter in effect, data as smblog-filter.el has it; nil shows all.")

(defvar-local smblog-narrow-last nil
  "The filter before all messages were shown.")

(defvar-local smblog-narrow-wanted nil
  "Where to go once the view is known so far, of `smblog-view-where', or nil.")

(defvar-local smblog-narrow--shown nil
  "Number of the message at point while another is wanted.")

;;;; What the index takes

(defun smblog-narrow--range (operator value)
  "Return (FROM . TO) for OPERATOR and VALUE, \"FROM..TO\" or a number.
Either is nil if it is open."
  (let* ((dots (string-match "\\.\\." value))
         (from (substring value 0 dots))
         (to (if dots (substring value (+ dots 2)) value))
         (number (lambda (text) (and (not (equal text "")) (string-to-number text)))))
    (cons (and (not (eq operator '<=)) (funcall number from))
          (and (not (eq operator '>=)) (funcall number to)))))

(defun smblog-narrow--level (operator value)
  "Return the index' filter for levels by OPERATOR and VALUE."
  (pcase-let ((`(,from . ,to) (smblog-narrow--range operator value)))
    (append '(and)
            (and from (list (list 'level '>= from)))
            (and to (list (list 'level '<= to))))))

(defun smblog-narrow-parse-time (text day)
  "Return the seconds since the epoch of TEXT, a time as typed.
DAY, a time, is the day of a time without a date; if that is a time since
booting, TEXT is one in seconds.  Signal `smblog-filter-error' if TEXT is
none."
  (let ((case-fold-search t))
    (cond
     ((and (numberp day) (smblog-boot-time-p day)
           (string-match-p "\\` *[0-9]+\\(?:\\.[0-9]+\\)?\\'" text))
      (string-to-number text))
     ((not (string-match
            "\\`\\(?:\\([0-9]\\{4\\}[-/][0-9]+[-/][0-9]+\\)[ T]\\)?\
\\([0-9]\\{1,2\\}:[0-9]\\{2\\}\\(?::[0-9]\\{2\\}\\)?\\)\\(\\.[0-9]+\\)?\\'" text))
      (signal 'smblog-filter-error
              (list (format "%s is not a time: [YYYY-MM-DD ]HH:MM[:SS[.FRACTION]]" text) 0)))
     (t
      (let* ((clock (match-string 2 text))
             (fraction (string-to-number (concat "0" (or (match-string 3 text) ""))))
             (date (if (match-string 1 text)
                       (replace-regexp-in-string "/" "-" (match-string 1 text))
                     (format-time-string "%Y-%m-%d" day (smblog-message-zone))))
             (decoded (parse-time-string
                       (format "%s %s" date
                               (if (= (length (split-string clock ":")) 2)
                                   (concat clock ":00") clock)))))
        (+ fraction
           (float-time (encode-time (append (seq-take decoded 6)
                                            (list nil -1 (smblog-message-zone)))))))))))

(defun smblog-narrow--time (operator value log)
  "Return the index' filter for times by OPERATOR and VALUE in LOG."
  (let* ((day (or (and (> (smblog-message-count log) 0)
                       (plist-get (smblog-message log (or (smblog-message-at-point) 0))
                                  :time))
                  (current-time)))
         (parse (lambda (text)
                  (and (not (equal text "")) (smblog-narrow-parse-time text day))))
         (dots (string-match "\\.\\." value)))
    (pcase operator
      ('<= (list 'time nil (funcall parse value)))
      ('>= (list 'time (funcall parse value) nil))
      ((guard dots) (list 'time (funcall parse (substring value 0 dots))
                          (funcall parse (substring value (+ dots 2)))))
      (_ (let ((time (funcall parse value)))
           (list 'time time (+ time (if (string-match "\\.\\([0-9]+\\)\\'" value)
                                        (expt 10.0 (- (length (match-string 1 value))))
                                      1.0))))))))

(defun smblog-narrow-by-request (request)
  "Return the index' filter for the messages of REQUEST.
Of winbindd's, those of its children are among them: all have its trace id."
  (let ((pid (or (plist-get request :pid) 0)) (begin (plist-get request :begin)))
    (cond
     ((and (equal (plist-get request :program) "winbindd") (plist-get request :session))
      (list 'traceid (plist-get request :session)))
     ((plist-get request :mid)
      (list 'request pid (plist-get request :mid) begin))
     (t (list 'process pid begin (or (plist-get request :end) begin))))))

(defun smblog-narrow--requests (value)
  "Return the index' filter for requests of this log that VALUE means.
VALUE is a mid, PID/MID or PID/MID/MESSAGE, or part of a command or status."
  (if (string-match "\\`\\([0-9]+\\)/\\([0-9]+\\)\\(?:/\\([0-9]+\\)\\)?\\'" value)
      (append (list 'request (string-to-number (match-string 1 value))
                    (string-to-number (match-string 2 value)))
              (and (match-string 3 value) (list (string-to-number (match-string 3 value)))))
    (cons 'or
          (if (string-match-p "\\`[0-9]+\\'" value)
              (mapcar #'smblog-narrow-by-request
                      (smblog--module-requests smblog-log nil nil (string-to-number value)))
            (let ((regexp (regexp-quote value)) (case-fold-search t))
              (smblog-request-map
               (lambda (request)
                 (when (smblog-narrow--request-matches-p request regexp)
                   (smblog-narrow-by-request request)))))))))

(defun smblog-narrow--request-matches-p (request regexp)
  "Return non-nil if the command or status of REQUEST matches REGEXP."
  (cl-some (lambda (text) (and text (string-match-p regexp text)))
           (list (plist-get request :opcode) (plist-get request :status)
                 (smblog-request-command request) (smblog-request-status request))))

(defun smblog-narrow--value (key operator value log)
  "Return the index' filter for KEY, OPERATOR and one VALUE in LOG."
  (pcase key
    ('level (smblog-narrow--level operator value))
    ('message (pcase-let ((`(,from . ,to) (smblog-narrow--range operator value)))
                (list 'number (or from 0) (or to most-positive-fixnum))))
    ((or 'pid 'traceid) (list key (string-to-number value)))
    ('depth (pcase-let ((`(,from . ,to) (smblog-narrow--range operator value)))
              (list 'depth (or from 0) (or to most-positive-fixnum))))
    ((or 'class 'file 'function 'source) (list key value))
    ('time (smblog-narrow--time operator value log))
    ('text (append (if (eq operator '~)
                       (list 'regexp (smblog-regexp-perl (smblog-regexp-bars value)))
                     (list 'text value))
                   (and (smblog-narrow--fold-p value) '(fold))))
    ('request (smblog-narrow--requests value))
    (_ (list key value))))

(defun smblog-narrow--fold-p (text)
  "Return t if case does not matter in TEXT: it is all in lower case."
  (let ((case-fold-search nil))
    (not (string-match-p "[[:upper:]]" text))))

(defun smblog-narrow-resolve (filter log)
  "Return what the index takes for FILTER, data, in LOG.
Signal `smblog-filter-error' or `invalid-regexp' if that can't be."
  (pcase (smblog-filter-expand filter)
    ('nil nil)
    (`(,(and kind (or 'and 'or 'not)) . ,parts)
     (cons kind (mapcar (lambda (part) (smblog-narrow-resolve part log)) parts)))
    (`(,key ,operator . ,values)
     (let ((parts (mapcar (lambda (value) (smblog-narrow--value key operator value log))
                          values)))
       (if (cdr parts) (cons 'or parts) (car parts))))))

;;;; Setting it

(defun smblog-narrow-error-message (err)
  "Return what to tell the user of ERR, signalled for a filter."
  (pcase err
    (`(smblog-filter-error ,message . ,_) message)
    (_ (smbcmp-error-message err))))

(defun smblog-set-filter (filter)
  "Show only the messages that pass FILTER, data; nil shows all.
Point stays at its message, or the next that passes."
  (let ((gc-cons-threshold (max gc-cons-threshold smblog-view-garbage))
        (where (or smblog-narrow-wanted (smblog-view-where)))
        (native (condition-case err
                    (smblog-narrow-resolve filter smblog-log)
                  ((smblog-filter-error invalid-regexp)
                   (user-error "%s" (smblog-narrow-error-message err))))))
    (when (and smblog-filter (null filter))
      (setq smblog-narrow-last smblog-filter))
    (setq smblog-view (and native (smblog--module-view smblog-log native))
          smblog-filter filter
          smblog-narrow-wanted where)
    ;; What isearch fails to find may be hidden.
    (setq-local isearch-message-prefix-add (and native "filtered "))
    (smblog-view-clear)
    (smblog-narrow--settle 0.02)
    (force-mode-line-update)))

(defun smblog-narrow--scanned-p (number)
  "Return non-nil if it is known which messages up to NUMBER are in the view."
  (or (null smblog-view)
      (pcase-let ((`(,scanned ,_ ,_ ,done) (smblog--module-view-progress smblog-view)))
        (or done (> scanned number)))))

(defconst smblog-narrow--rest 0.06
  "Seconds for which threads rest while what is known so far is shown.
They would have all processors, and showing it take twice as long.")

(defun smblog-narrow--settle (seconds)
  "Show the view around the wanted message, waiting up to SECONDS for it.
If it isn't known so far by then, show what is."
  (let ((limit (+ (float-time) seconds)) (where smblog-narrow-wanted))
    (while (and (not (smblog-narrow--scanned-p (car where))) (< (float-time) limit))
      (sleep-for 0.005))
    (when (smblog-narrow--scanned-p (car where))
      (setq smblog-narrow-wanted nil))
    (unless (smblog-view-done-p)
      (smblog--module-rest smblog-log smblog-narrow--rest)
      (smblog-start-timer))
    (smblog-view-refresh where)
    (setq smblog-narrow--shown (smblog-message-at-point))
    (when (and (smblog-view-done-p) smblog-filter)
      (smblog-narrow--tell))))

(defun smblog-view-done-p ()
  "Return non-nil if all messages of the view are known."
  (or (null smblog-view) (nth 3 (smblog--module-view-progress smblog-view))))

(defun smblog-narrow-tick ()
  "Take notice that more of the view is known; for the log's timer.
Point goes where it was to be, unless it was moved meanwhile."
  (when (and smblog-narrow-wanted (smblog-narrow--scanned-p (car smblog-narrow-wanted)))
    (let ((where smblog-narrow-wanted))
      (setq smblog-narrow-wanted nil)
      (when (eql smblog-narrow--shown (smblog-message-at-point))
        (smblog-view-refresh where)))))

(defun smblog-narrow--tell ()
  "Tell how many messages the filter leaves."
  (message "%s of %s messages: %s"
           (smblog-narrow-number (smblog-view-count))
           (smblog-narrow-number (smblog-message-count smblog-log))
           (smblog-filter-print smblog-filter)))

(defun smblog-narrow-number (number)
  "Return NUMBER with commas between thousands."
  (let ((text (number-to-string number)))
    (while (string-match "\\`\\([0-9]+\\)\\([0-9]\\{3\\}\\)" text)
      (setq text (replace-match "\\1,\\2" t nil text)))
    text))

;;;; Reading a filter

(defvar smblog-filter-history nil
  "History of filters.")

(defvar smblog-narrow-buffer nil
  "The log buffer that a filter is read for.")

(defvar smblog-narrow--preview nil
  "Timer that tells how many messages the filter in the minibuffer leaves.")

(defvar-local smblog-narrow--overlay nil
  "Overlay behind the filter in the minibuffer.")

(defun smblog-narrow-completions (key)
  "Return what values KEY, a string, may have in the log that is filtered."
  (with-current-buffer smblog-narrow-buffer
    (pcase key
      ("pid" (mapcar (lambda (pid) (number-to-string (car pid)))
                     (smblog--module-pids smblog-log)))
      ("class" (smblog-narrow--sites #'car))
      ("file" (mapcar #'file-name-nondirectory (smblog-narrow--sites #'cadr)))
      ("function" (smblog-narrow--sites #'caddr))
      ("request" (smblog-narrow--commands))
      ((or "client" "session" "user" "share")
       (delete-dups (cl-loop for (kind value) in (smblog--module-facts smblog-log)
                             when (equal key (symbol-name kind)) collect value))))))

(defun smblog-narrow--commands ()
  "Return the commands that this log's requests have."
  (let ((known (make-hash-table :test #'equal)))
    (smblog-request-map (lambda (request)
                          (puthash (smblog-request-command request) t known)
                          nil))
    (hash-table-keys known)))

(defun smblog-narrow--sites (part)
  "Return the PART of all (CLASS FILE FUNCTION) that this log's messages have."
  (delete-dups (delq nil (mapcar part (smblog--module-sites smblog-log)))))

(defun smblog-narrow-completion-at-point ()
  "Complete a key, a value or a saved filter at point in the minibuffer."
  (let* ((end (point))
         (start (save-excursion (skip-chars-backward "^ \t\n,()=~<>@!") (point)))
         (before (buffer-substring-no-properties (minibuffer-prompt-end) start)))
    (cond
     ((string-suffix-p "@" before)
      (list start end (mapcar #'car smblog-filters)
            :annotation-function
            (lambda (name) (concat "  " (cdr (assoc name smblog-filters))))))
     ((string-match "\\([a-z]+\\)\\(?:[<>]=\\|==?\\|~\\)\\(?:[^ \t\n()]*,\\)?\\'" before)
      (let ((key (smblog-filter-key (match-string 1 before) 0)))
        (list start end (smblog-narrow-completions (symbol-name key)))))
     (t (list start end
              (cl-loop for (key) in smblog-filter-keys
                       append (mapcar (lambda (operator) (format "%s%s" key operator))
                                      (smblog-filter-operators (intern key))))
              :exclusive 'no
              :annotation-function
              (lambda (term)
                (concat "  " (cadr (assoc (replace-regexp-in-string "[^a-z]+\\'" "" term)
                                          smblog-filter-keys)))))))))

(defun smblog-narrow--show (text face)
  "Show TEXT in FACE behind the filter in the minibuffer."
  (unless smblog-narrow--overlay
    (setq smblog-narrow--overlay (make-overlay (point-max) (point-max) nil t t)))
  (move-overlay smblog-narrow--overlay (point-max) (point-max))
  (overlay-put smblog-narrow--overlay 'after-string
               (and text (propertize (format " [%s]" text) 'face face 'cursor t))))

(defun smblog-narrow--count (buffer view)
  "Show in the minibuffer BUFFER how many messages VIEW has, until it is done."
  (when (and (buffer-live-p buffer) (eq buffer (window-buffer (minibuffer-window))))
    (with-current-buffer buffer
      (pcase-let ((`(,_ ,_ ,count ,done) (smblog--module-view-progress view)))
        (smblog-narrow--show (format "%s%s messages" (smblog-narrow-number count)
                                     (if done "" "..."))
                             (if done 'smbcmp-mode-success 'smbcmp-mode-dim))
        (unless done
          (setq smblog-narrow--preview
                (run-with-timer 0.1 nil #'smblog-narrow--count buffer view)))))))

(defun smblog-narrow--check (buffer)
  "Tell of the filter in the minibuffer BUFFER if it is right, and what it leaves."
  (when (and (buffer-live-p buffer) (eq buffer (window-buffer (minibuffer-window))))
    (with-current-buffer buffer
      (let ((text (minibuffer-contents-no-properties)))
        (condition-case err
            (let ((native (with-current-buffer smblog-narrow-buffer
                            (smblog-narrow-resolve (smblog-filter-parse text) smblog-log))))
              (if native
                  (smblog-narrow--count
                   buffer (smblog--module-view
                           (buffer-local-value 'smblog-log smblog-narrow-buffer) native))
                (smblog-narrow--show nil nil)))
          ((smbcmp-error invalid-regexp)
           (smblog-narrow--show (smblog-narrow-error-message err) 'error)))))))

(defun smblog-narrow--check-soon (&rest _)
  "Check the filter in the minibuffer when typing pauses."
  (when (timerp smblog-narrow--preview) (cancel-timer smblog-narrow--preview))
  (setq smblog-narrow--preview
        (run-with-idle-timer 0.2 nil #'smblog-narrow--check (current-buffer))))

(defvar smblog-narrow-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map minibuffer-local-map)
    (define-key map (kbd "TAB") #'completion-at-point)
    (define-key map (kbd "RET") #'smblog-narrow-exit)
    map)
  "Keymap for reading a filter.")

(defun smblog-narrow-exit ()
  "Take the filter in the minibuffer if it is right."
  (interactive)
  (condition-case err
      (progn (smblog-filter-expand (smblog-filter-parse (minibuffer-contents-no-properties)))
             (exit-minibuffer))
    (smblog-filter-error
     (pcase-let ((`(,_ ,message ,position) err))
       (goto-char (min (point-max) (+ (minibuffer-prompt-end) (or position 0))))
       (minibuffer-message "%s" message)))))

(defun smblog-read-filter (prompt &optional initial)
  "Read a filter with PROMPT, beginning with INITIAL, data; return data."
  (setq smblog-narrow-buffer (current-buffer))
  (minibuffer-with-setup-hook
      (lambda ()
        (add-hook 'completion-at-point-functions #'smblog-narrow-completion-at-point nil t)
        (add-hook 'after-change-functions #'smblog-narrow--check-soon nil t)
        (smblog-narrow--check-soon))
    (smblog-filter-parse
     (read-from-minibuffer prompt (and initial (concat (smblog-filter-print initial) " "))
                           smblog-narrow-map nil 'smblog-filter-history))))

(provide 'smblog-narrow)
;;; smblog-narrow.el ends here
