;;; smblog-errors.el --- Errors in a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Messages that tell of an error: that something failed, not that a status
;; is among what a dump shows.  What those are is known by the native part,
;; see module/log/error.c.  `next-error' goes to the next one; a list shows
;; them all.

;;; Code:

(require 'cl-lib)
(require 'smblog)
(require 'smblog-hits)
(require 'smblog-view)

(defcustom smblog-errors-kinds '(level status panic kernel logon connection)
  "Kinds of errors that are listed, a list of these symbols:

  level       what Samba logs at level 0, DBG_ERR, but what every start prints
  status      requests and operations that end with a status that is a failure
  panic       panics, signals, backtraces
  kernel      errors of the kernel's client and server, oopses, warnings
  logon       failed logons
  connection  connections that were denied"
  :type '(set (const :tag "Level 0" level) (const :tag "Statuses" status)
              (const :tag "Panics" panic) (const :tag "The kernel's" kernel)
              (const :tag "Failed logons" logon)
              (const :tag "Denied connections" connection))
  :group 'smblog)

(defcustom smblog-errors-ignored nil
  "Statuses that are not taken for errors, besides those that never are.
These tell that there is no more, or that more is to come.  Each is a
name such as \"NT_STATUS_OBJECT_NAME_NOT_FOUND\" or, as the kernel's
client has it, a number such as \"0xc0000034\"."
  :type '(repeat string)
  :group 'smblog)

(defconst smblog-errors--regexp
  "NT_STATUS_[A-Z0-9_]+\\|PANIC\\|INTERNAL ERROR\\|BACKTRACE\\|\\_<smb3_[a-z0-9_]+_err:\
\\|VFS: \\|Status code returned 0x\\|BUG: \\|Oops\\|WARNING: \\|denied\\|[Ff]ailed"
  "Regexp for what tells of an error in the lines of one.")

(defvar-local smblog-errors-view nil
  "View of the errors of this log.")

(defun smblog-errors-filter ()
  "Return the index' filter for messages that tell of errors."
  ;; Without kinds, all of them are meant.
  (if smblog-errors-kinds
      (cons 'error (append smblog-errors-kinds smblog-errors-ignored))
    '(or)))

;;;###autoload
(defun smblog-errors (log)
  "Return the numbers of the messages of LOG that tell of an error, in order.
LOG is a value of `smblog-open'.  What counts is what the options
`smblog-errors-kinds' and `smblog-errors-ignored' say;
`smblog-list-errors' lists the same."
  (let ((view (smblog--module-view log (smblog-errors-filter))))
    (unwind-protect
        (let ((count (smblog-hits-wait view)))
          (cl-loop for place below count collect (smblog--module-view-nth view place)))
      (smblog--module-view-free view))))

(defconst smblog-errors--status-regexp
  "\\_<\\(?:\\(?:NT_\\)?STATUS_[A-Z0-9_]+\\|WERR_[A-Z0-9_]+\\)\\|\\_<status=0x[0-9a-f]+\
\\|returned 0x[0-9a-f]+\\|\\_<rc ?= ?-[0-9]+"
  "Regexp for a status; errors that tell of others are of other kinds.")

(defconst smblog-errors--value-regexp
  "\"[^\"\n]*\"\\|'[^'\n]*'\\|\\_<\\(?:0x\\)?[0-9a-f]*[0-9][0-9a-f]*\\_>"
  "Regexp for what differs between messages of a kind that have no source line.")

(defun smblog-errors--statuses (text)
  "Return the statuses that TEXT tells of that are failures."
  (let ((case-fold-search nil) (start 0) found)
    (while (string-match smblog-errors--status-regexp text start)
      (setq start (match-end 0))
      (let ((status (match-string 0 text)))
        (unless (string-match-p "STATUS_\\(?:OK\\|SUCCESS\\)\\'" status)
          (push status found))))
    found))

(defun smblog-errors-kind (message)
  "Return the kind of MESSAGE, a plist with :text, that tells of an error.
Messages of a kind come from the same place of the sources, with the same
statuses.  Where the place is not told, they have the same words."
  (let* ((text (plist-get message :text))
         (first (substring text 0 (string-match "\n" text))))
    (cons (smblog-errors--statuses text)
          (if (plist-get message :line)
              (list (plist-get message :file) (plist-get message :line)
                    (plist-get message :function))
            (list (plist-get message :function)
                  (replace-regexp-in-string smblog-errors--value-regexp "N" first t t))))))

(defun smblog-list-errors ()
  "List the messages of the whole log that tell of errors, and go there.
A kind is listed once, with how many there are; \\<smblog-hits-mode-map>\
\\[smblog-hits-toggle] lists all of them."
  (interactive)
  (let ((window (smblog-hits-show (format "*errors: %s*" (buffer-name)) "errors"
                                  (smblog-errors-filter)
                                  smblog-errors--regexp nil #'smblog-errors-kind)))
    (when window (select-window window))))

(defun smblog-errors-next (count reset)
  "Go to the COUNTth message from here that tells of an error.
With RESET, from the beginning.  For `next-error-function'."
  (unless smblog-errors-view
    (setq smblog-errors-view (smblog--module-view smblog-log (smblog-errors-filter))))
  (smblog-hits-wait smblog-errors-view)
  (let* ((number (if reset 0 (or (smblog-message-at-point) 0)))
         (place (smblog--module-view-position smblog-errors-view number))
         (here (and (not reset)
                    (eql number (smblog--module-view-nth smblog-errors-view place))))
         (next (+ place count (if (and (> count 0) (not here)) -1 0)))
         (found (and (>= next 0) (smblog--module-view-nth smblog-errors-view next))))
    (unless found (user-error "No %s error" (if (< count 0) "earlier" "more")))
    (smblog-view-push-jump)
    (if (smblog-view-goto found)
        (smblog-errors--show found)
      (message "The error, message #%d, is hidden by the filter" found))))

(defun smblog-errors--show (number)
  "Unfold message NUMBER if its first line does not tell of the error."
  (let ((case-fold-search nil))
    (unless (save-excursion
              (re-search-forward smblog-errors--regexp (line-end-position) t))
      (smblog-view-unfold number))))

(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-position "smbcmp-module.so" (view number))

(provide 'smblog-errors)
;;; smblog-errors.el ends here
