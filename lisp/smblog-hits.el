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
(require 'hl-line)
(require 'smbcmp-mode)
(require 'smblog)
(require 'smblog-message)
(require 'smblog-narrow)
(require 'smblog-view)

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

(defun smblog-hits--print ()
  "List the messages of the log that there are."
  (let* ((log (buffer-local-value 'smblog-log smblog-hits-buffer))
         (view (smblog--module-view log smblog-hits--filter))
         (count (smblog-hits-wait view))
         (shown (min count smblog-hits-limit))
         (inhibit-read-only t)
         (gc-cons-threshold (max gc-cons-threshold 50000000))
         (reporter (make-progress-reporter "Listing messages..." 0 shown nil nil 0.3))
         (place 0))
    (erase-buffer)
    (while (< place shown)
      (pcase-let ((`(,text . ,rendered)
                   (smblog--module-render log view place (min 500 (- shown place))
                                          '(:header "" :body t :limit 8192))))
        (cl-loop for (number _ body end) across rendered
                 do (insert (smblog-hits--line log number (substring text body end))))
        (setq place (+ place 500))
        (progress-reporter-update reporter (min place shown))))
    (progress-reporter-done reporter)
    (smblog--module-view-free view)
    (setq smblog-hits--count count)
    (when (< shown count)
      (insert (propertize (format "Only the first %s of %s are listed; \
customize smblog-hits-limit for more.\n"
                                  (smblog-narrow-number shown)
                                  (smblog-narrow-number count))
                          'smblog-note t)))
    (set-buffer-modified-p nil)
    (goto-char (point-min))))

(defun smblog-hits-show (buffer-name what filter regexp &optional highlight)
  "List in BUFFER-NAME the messages of this log that FILTER, the index', leaves.
WHAT says what they are; lines that match REGEXP are shown, and what
does in them is highlighted if HIGHLIGHT is non-nil.  Return the window
that shows the list, or nil if there is nothing to list."
  (let ((log-buffer (current-buffer)) (number (smblog-message-at-point)))
    (with-current-buffer (get-buffer-create buffer-name)
      (smblog-hits-mode)
      (setq smblog-hits-buffer log-buffer
            smblog-hits--filter filter
            smblog-hits--what what
            smblog-hits--regexp regexp
            smblog-message-highlights (and highlight (list regexp))
            next-error-last-buffer (current-buffer))
      (smblog-message-share-pids log-buffer)
      (smblog-hits--print)
      (if (= smblog-hits--count 0)
          (progn (kill-buffer)
                 (message "No %s" what)
                 nil)
        (smblog-hits--go-near number)
        (message "%s %s" (smblog-narrow-number smblog-hits--count) what)
        (display-buffer (current-buffer)
                        '((display-buffer-reuse-window display-buffer-below-selected)
                          (window-height . 0.4)))))))

(defun smblog-hits--go-near (number)
  "Go to the last message listed that is not after NUMBER, if there is one."
  (let ((place (point-min)) (next (point-min)))
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
    (smblog-hits--print)
    (smblog-hits--go-near number)))

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
        (when (fboundp 'pulse-momentary-highlight-one-line)
          (pulse-momentary-highlight-one-line (point))))
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
    (define-key map [mouse-2] #'smblog-hits-goto)
    map)
  "Keymap of `smblog-hits-mode'.")

(easy-menu-define smblog-hits-menu smblog-hits-mode-map
  "Menu of `smblog-hits-mode'."
  '("Messages"
    ["Next, shown in the log" smblog-hits-next]
    ["Previous, shown in the log" smblog-hits-previous]
    ["Go to the log" smblog-hits-goto]
    ["Refresh" revert-buffer]))

(define-derived-mode smblog-hits-mode smbcmp-mode "Messages"
  "Major mode for lists of messages of a Samba log.

\\<smblog-hits-mode-map>\\[smblog-hits-next] and \\[smblog-hits-previous] show \
the next and previous in the log, as \\[next-error] does from anywhere.

\\{smblog-hits-mode-map}"
  :syntax-table smblog-message-syntax-table
  (setq header-line-format
        '(:eval (concat " " (smblog-narrow-number smblog-hits--count) " "
                        smblog-hits--what)))
  (setq-local revert-buffer-function #'smblog-hits-revert
              next-error-function #'smblog-hits-next-error)
  (jit-lock-register (lambda (start end)
                       (save-excursion
                         (save-match-data (smblog-message-fontify start end)))))
  (hl-line-mode 1))

(provide 'smblog-hits)
;;; smblog-hits.el ends here
