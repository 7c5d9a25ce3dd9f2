;;; smblog-hits.el --- Messages of a log in a list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a search or the list of errors found: a line a message, a
;; `next-error' buffer.  The messages are those of a view of their own, so
;; that a filter on the log hides none.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-mode)
(require 'smbcmp-steps)
(require 'smblog)
(require 'smblog-message)
(require 'smblog-narrow)
(require 'smblog-view)
(require 'smblog-windows)

(defcustom smblog-hits-limit 10000
  "Messages that a list of search results or errors shows at most."
  :type 'integer
  :group 'smblog)

;;;; State

(defvar-local smblog-hits-buffer nil
  "The log buffer whose messages are listed.")

(defvar-local smblog-hits--filter nil
  "What the index filters by for this list.")

(defvar-local smblog-hits--regexp nil
  "Regexp of what is highlighted in the list, or nil.")

(defvar-local smblog-hits--what ""
  "What is listed, for the header line.")

(defvar-local smblog-hits--count 0
  "Number of messages there are, also those that are not listed.")

(defvar-local smblog-hits--kind nil
  "Function of a message, a plist with :text, that returns its kind, or nil.
With it a kind is listed once, by its first message; see `smblog-hits-toggle'.")

(defvar-local smblog-hits--kinds nil
  "What is listed by kind: (KIND NUMBER...), in the order of the first message.")

(defvar-local smblog-hits--open nil
  "The kinds of which all messages are listed.")

(defvar-local smblog-hits--view nil
  "The view of what is listed while that is found and listed, or nil.")

(defvar-local smblog-hits--work nil
  "What lists the messages in the background, of `smbcmp-steps-begin', or nil.")

(defvar-local smblog-hits--done 0
  "How many messages were looked at.")

;;;; Views

(defun smblog-hits-wait (view &optional limit)
  "Wait until all messages of VIEW are known; return how many there are.
With LIMIT, until there are so many.  \\[keyboard-quit] ends it."
  (let (reporter)
    (cl-loop
     (pcase-let ((`(,scanned ,total ,count ,done) (smblog--module-view-progress view)))
       (when (or done (and limit (>= count limit)))
         (when reporter (progress-reporter-done reporter))
         (cl-return count))
       (unless reporter
         (setq reporter (make-progress-reporter "Searching the log..." 0 100 nil nil 0.3)))
       (progress-reporter-update reporter (/ (* 100 scanned) (max 1 total)))
       (sleep-for 0.005)))))

(defun smblog-hits-all (log regexp)
  "Return the numbers of LOG's messages that match REGEXP, Perl's."
  (let* ((view (smblog--module-view log (list 'regexp regexp)))
         (count (smblog-hits-wait view)))
    (prog1 (cl-loop for i below count collect (smblog--module-view-nth view i))
      (smblog--module-view-free view))))

(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view i))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))
(declare-function smblog--module-body "smbcmp-module.so" (log n))
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-render "smbcmp-module.so"
                  (log view from count options))

;;;; Listing

(defun smblog-hits--line (log number text)
  "Return the line for message NUMBER of LOG, the body of which is TEXT."
  (let* ((message (nconc (list :text text) (smblog--module-message log number)))
         (smblog-gap nil)
         (line (smblog-message-render number message (plist-get message :time) t
                                      #'ignore)))
    (smblog-hits--show-match line text)))

(defun smblog-hits--show-match (line text)
  "Return LINE with the line of TEXT that matches, if LINE doesn't itself."
  (if (or (null smblog-hits--regexp)
          (string-match-p smblog-hits--regexp line)
          (not (string-match (concat "^.*?\\(?:" smblog-hits--regexp "\\).*$") text)))
      line
    (concat line (apply #'propertize
                        (concat (make-string 26 ?\s)
                                (string-trim-left (match-string 0 text)) "\n")
                        (text-properties-at 0 line)))))

(defconst smblog-hits--batch 100
  "How many messages are looked at without looking for what else there is to do.")

(defun smblog-hits--each (log view count function)
  "Call FUNCTION with number and text of some of COUNT messages of VIEW of LOG.
These are those from `smblog-hits--done' on.  Return non-nil if some are left."
  (let ((some (min smblog-hits--batch (- count smblog-hits--done))))
    (when (> some 0)
      (pcase-let ((`(,text . ,rendered)
                   (smblog--module-render log view smblog-hits--done some
                                          '(:header "" :body t :limit 8192))))
        (cl-loop for (number _ body end) across rendered
                 do (funcall function number (substring text body end))))
      (cl-incf smblog-hits--done some))
    (< smblog-hits--done count)))

(defun smblog-hits--stop (&rest _)
  "Find and list nothing more."
  (smbcmp-steps-end smblog-hits--work)
  (when smblog-hits--view (smblog--module-view-free smblog-hits--view))
  (setq smblog-hits--view nil))

(defun smblog-hits--list (done)
  "List the messages of the log that there are, in the background.
DONE is called when all are listed.  Return non-nil if that was soon."
  (smblog-hits--stop)
  (let ((log (buffer-local-value 'smblog-log smblog-hits-buffer))
        (inhibit-read-only t))
    (erase-buffer)
    (setq smblog-hits--view (smblog--module-view log smblog-hits--filter)
          smblog-hits--count 0
          smblog-hits--done 0
          smblog-hits--kinds nil
          smblog-hits--work
          (smbcmp-steps-begin
           `(smblog-hits--find
             ,@(if smblog-hits--kind (smblog-hits--listing-kinds log)
                 (smblog-hits--listing-all log))
             ,(lambda ()
                (smblog-hits--stop)
                (set-buffer-modified-p nil)
                (when (= smblog-hits--count 0)
                  (let ((inhibit-read-only t)) (insert "No " smblog-hits--what ".\n")))
                (ignore (funcall done))))
           (lambda (err)
             (smblog-hits--stop)
             (message "%s" (if (eq 'quit (car err)) "Stopped; type g to begin again"
                             (error-message-string err))))))
    (smbcmp-steps-wait smblog-hits--work)))

(defun smblog-hits--find ()
  "Take notice of what the index has found; return `wait' until that is all."
  (pcase-let ((`(,_ ,_ ,count ,done) (smblog--module-view-progress smblog-hits--view)))
    (setq smblog-hits--count count)
    (force-mode-line-update)
    (if done nil 'wait)))

(defun smblog-hits--progress ()
  "Return how far finding and listing is, from 0 to 100; nil if all is listed."
  (when (and smblog-hits--view (smbcmp-steps-going-p smblog-hits--work))
    (pcase-let ((`(,scanned ,total ,count ,done)
                 (smblog--module-view-progress smblog-hits--view)))
      (if done (+ 50 (/ (* 50 smblog-hits--done) (max 1 count)))
        (/ (* 50 scanned) (max 1 total))))))

(defun smblog-hits--listing-all (log)
  "Return steps that list the messages of LOG that were found, a line for each."
  (list (lambda ()
          (let ((inhibit-read-only t))
            (save-excursion
              (goto-char (point-max))
              (smblog-hits--each log smblog-hits--view
                                 (min smblog-hits--count smblog-hits-limit)
                                 (lambda (number text)
                                   (insert (smblog-hits--line log number text)))))))
        (lambda ()
          (let ((inhibit-read-only t))
            (when (< smblog-hits-limit smblog-hits--count)
              (save-excursion
                (goto-char (point-max))
                (insert (propertize (format "Only the first %s of %s are listed; \
customize smblog-hits-limit for more.\n"
                                            (smblog-narrow-number smblog-hits-limit)
                                            (smblog-narrow-number smblog-hits--count))
                                    'smblog-note t)))))
          nil)))

;;;; By kind

(defun smblog-hits--listing-kinds (log)
  "Return steps that put the messages of LOG that were found together by kind."
  (let ((kinds (make-hash-table :test #'equal)) (kind smblog-hits--kind) order)
    (list (lambda ()
            (smblog-hits--each
             log smblog-hits--view smblog-hits--count
             (lambda (number text)
               (let ((key (funcall kind (nconc (list :text text)
                                               (smblog--module-message log number)))))
                 (unless (gethash key kinds) (push key order))
                 (push number (gethash key kinds))))))
          (lambda ()
            (setq smblog-hits--kinds
                  (mapcar (lambda (key) (cons key (nreverse (gethash key kinds))))
                          (nreverse order)))
            (ignore (smblog-hits--print-kinds))))))

(defun smblog-hits--print-kinds ()
  "List the kinds of messages, and the messages of those that are open."
  (let* ((log (buffer-local-value 'smblog-log smblog-hits-buffer))
         (width (cl-loop for (_ . numbers) in smblog-hits--kinds
                         maximize (1+ (length (number-to-string (length numbers))))))
         (inhibit-read-only t))
    (erase-buffer)
    (cl-loop for (kind . numbers) in smblog-hits--kinds
             for count = (length numbers)
             for open = (and (cdr numbers) (member kind smblog-hits--open))
             do (smblog-hits--insert log (car numbers) kind
                                     (if (cdr numbers) (format "×%d" count) "") width)
             (when open
               (dolist (number (seq-take (cdr numbers) smblog-hits-limit))
                 (smblog-hits--insert log number kind "" width))))
    (set-buffer-modified-p nil)
    (goto-char (point-min))))

(defun smblog-hits--insert (log number kind mark width)
  "Insert the line of message NUMBER of LOG, of KIND, behind MARK.
WIDTH is that of all marks."
  (let* ((text (smblog--module-body log number))
         (line (smblog-hits--line log number (substring text 0 (min 8192 (length text))))))
    (insert (apply #'propertize (concat (format (format "%%-%ds " width) mark) line)
                   'smblog-hits-kind (list kind) (text-properties-at 0 line)))))

(defun smblog-hits-toggle ()
  "List all messages of this line's kind, or the first one only."
  (interactive)
  (let ((kind (get-text-property (point) 'smblog-hits-kind))
        (number (get-text-property (point) 'smblog-message)))
    (unless kind (user-error "No messages are put together here"))
    (unless (cddr (assoc (car kind) smblog-hits--kinds))
      (user-error "There is one message of this kind"))
    (setq smblog-hits--open (if (member (car kind) smblog-hits--open)
                                (delete (car kind) smblog-hits--open)
                              (cons (car kind) smblog-hits--open)))
    (smblog-hits--print-kinds)
    (smblog-hits--go-to
     (if (member (car kind) smblog-hits--open) number
       (cadr (assoc (car kind) smblog-hits--kinds))))))

(defun smblog-hits-toggle-all ()
  "List all messages of all kinds, or the first one of each only."
  (interactive)
  (unless smblog-hits--kinds (user-error "No messages are put together here"))
  (let ((number (get-text-property (point) 'smblog-message)))
    (setq smblog-hits--open (unless smblog-hits--open (mapcar #'car smblog-hits--kinds)))
    (smblog-hits--print-kinds)
    (smblog-hits--go-to number)))

(defun smblog-hits--go-to (number)
  "Go to message NUMBER, or to the first of its kind if it is not listed."
  (let* ((kind (cl-find-if (lambda (kind) (memql number (cdr kind))) smblog-hits--kinds))
         (place (or (text-property-any (point-min) (point-max) 'smblog-message number)
                    (and kind (text-property-any (point-min) (point-max) 'smblog-message
                                                 (cadr kind))))))
    (when place (goto-char place))
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point)))))

;;;; Showing

(defun smblog-hits-show (buffer-name what filter regexp &optional highlight kind)
  "List in BUFFER-NAME the messages of this log that FILTER, the index', leaves.
WHAT says what they are; lines that match REGEXP are shown, and what
does in them is highlighted if HIGHLIGHT is non-nil.  KIND is a function
of a message, a plist with :text; with it a line stands for all messages
for which it returns the same.  Return the window that shows the list, or
nil if there is nothing to list."
  (let ((log-buffer (current-buffer)) (number (smblog-message-at-point)))
    (with-current-buffer (get-buffer-create buffer-name)
      (smblog-hits-mode)
      (setq smblog-hits-buffer log-buffer
            smblog-hits--filter filter
            smblog-hits--what what
            smblog-hits--regexp regexp
            smblog-hits--kind kind
            smblog-message-highlights (and highlight (list regexp))
            next-error-last-buffer (current-buffer))
      (smblog-message-share log-buffer)
      (let ((soon (smblog-hits--list (lambda () (smblog-hits--listed number)))))
        (if (and soon (= smblog-hits--count 0))
            (ignore (kill-buffer))
          (display-buffer (current-buffer) (smblog-windows-action 0.4)))))))

(defun smblog-hits--listed (number)
  "Say what is listed, and go near message NUMBER unless the user moved on."
  (when (bobp)
    (smblog-hits--go-near number)
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point))))
  (message "%s" (if (= smblog-hits--count 0) (concat "No " smblog-hits--what)
                  (smblog-hits--title))))

(defun smblog-hits--title ()
  "Return what is listed, and how much of it there is."
  (concat (smblog-narrow-number smblog-hits--count) " " smblog-hits--what
          (if (smblog-hits--progress)
              (format ", searching %d%%; you can keep working" (smblog-hits--progress))
            "")
          (if smblog-hits--kinds
              (format ", %s" (if (cdr smblog-hits--kinds)
                                 (format "%d kinds" (length smblog-hits--kinds))
                               "all of one kind"))
            "")))

(defun smblog-hits--go-near (number)
  "Go to the last message listed that is not after NUMBER, if there is one."
  (let ((place (point-min)) (next (point-min)))
    ;; Kinds are in the order of their first messages, other lists in that of all.
    (while (and next (<= (or (get-text-property next 'smblog-message)
                             most-positive-fixnum)
                         (or number 0)))
      (setq place next
            next (next-single-property-change next 'smblog-message)))
    (goto-char place)))

(defun smblog-hits-revert (&rest _)
  "List the messages again."
  (let ((number (get-text-property (point) 'smblog-message)))
    (unless (buffer-live-p smblog-hits-buffer)
      (user-error "The log of these messages is no longer open"))
    (smblog-hits--list (lambda ()
                         (if smblog-hits--kinds (smblog-hits--go-to number)
                           (smblog-hits--go-near number))))))

;;;; Moving

(defun smblog-hits--display (select)
  "Show the message of this line in its log, and go there if SELECT."
  (let ((number (or (get-text-property (point) 'smblog-message)
                    (user-error "No message here"))))
    (unless (buffer-live-p smblog-hits-buffer)
      (user-error "The log of these messages is no longer open"))
    (let* ((buffer smblog-hits-buffer)
           (window (or (get-buffer-window buffer)
                       (display-buffer buffer '(nil (inhibit-same-window . t))))))
      (with-selected-window window
        (unless (smblog-goto-message number)
          (message "Message #%d is hidden by the filter; showing the next one" number))
        (smbcmp-mode-flash-row))
      (when select (select-window window)))))

(defun smblog-hits-goto ()
  "Go to the message of this line in its log."
  (interactive)
  (smblog-hits--display t))

(defun smblog-hits-next (&optional count)
  "Go to the next message listed, or COUNT on, and show it in its log."
  (interactive "p")
  (let ((step (if (< (or count 1) 0) -1 1)))
    (dotimes (_ (abs (or count 1)))
      (let* ((here (get-text-property (point) 'smblog-message)) (start (point)))
        (while (and (zerop (forward-line step))
                    (not (eobp))
                    (eq here (get-text-property (point) 'smblog-message))))
        (unless (get-text-property (point) 'smblog-message)
          (goto-char start)
          (user-error (if (< step 0) "First of the list" "Last of the list")))
        (when (< step 0)
          (goto-char (or (previous-single-property-change (1+ (point)) 'smblog-message)
                         (point-min)))))))
  (smblog-hits--display nil))

(defun smblog-hits-previous (&optional count)
  "Go to the previous message listed, or COUNT back, and show it in its log."
  (interactive "p")
  (smblog-hits-next (- (or count 1))))

(defvar-local smblog-hits--begun nil
  "Non-nil once `next-error' went to a message of this list.")

(defun smblog-hits-next-error (count reset)
  "Go to the COUNTth next message listed; with RESET, from the first.
For `next-error-function'."
  (when (or reset (not smblog-hits--begun))
    (unless (and smblog-hits--begun (not reset))
      (when reset (goto-char (point-min)))
      (setq count (1- count)
            smblog-hits--begun t)))
  (let ((window (get-buffer-window)))
    (if (zerop count)
        (smblog-hits--display nil)
      (smblog-hits-next count))
    (when window (set-window-point window (point))))
  (pop-to-buffer smblog-hits-buffer))

;;;; Mode

(defvar smblog-hits-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smblog-hits-next)
    (define-key map "p" #'smblog-hits-previous)
    (define-key map (kbd "RET") #'smblog-hits-goto)
    (define-key map (kbd "TAB") #'smblog-hits-toggle)
    (define-key map (kbd "<backtab>") #'smblog-hits-toggle-all)
    map)
  "Keymap of `smblog-hits-mode'.")

(easy-menu-define smblog-hits-menu smblog-hits-mode-map
  "Menu of `smblog-hits-mode'."
  '("Messages"
    ["Next, shown in the log" smblog-hits-next]
    ["Previous, shown in the log" smblog-hits-previous]
    ["Go to the log" smblog-hits-goto]
    ["Fold or unfold this kind" smblog-hits-toggle :enable smblog-hits--kinds]
    ["Fold or unfold all kinds" smblog-hits-toggle-all :enable smblog-hits--kinds]
    ["Refresh" revert-buffer]))

(define-derived-mode smblog-hits-mode smbcmp-mode "Messages"
  "Major mode for lists of messages of a Samba log.

\\<smblog-hits-mode-map>\\[smblog-hits-next] and \\[smblog-hits-previous] show \
the next and previous in the log, as \\[next-error] does from anywhere.
Where ×N stands before a line, it is the first of N of its kind;
\\[smblog-hits-toggle] lists them all.

\\{smblog-hits-mode-map}"
  :syntax-table smblog-message-syntax-table
  (setq header-line-format
        '(:eval (concat " " (replace-regexp-in-string "%" "%%" (smblog-hits--title)))))
  (setq-local revert-buffer-function #'smblog-hits-revert
              next-error-function #'smblog-hits-next-error)
  (add-hook 'kill-buffer-hook #'smblog-hits--stop nil t)
  (add-hook 'change-major-mode-hook #'smblog-hits--stop nil t)
  (jit-lock-register (lambda (start end)
                       (save-excursion
                         (save-match-data (smblog-message-fontify start end)))))
  (smbcmp-mode-show-row))

(provide 'smblog-hits)
;;; smblog-hits.el ends here
