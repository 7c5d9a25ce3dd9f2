;;; smblog-errors.el --- Errors in a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Messages that tell of an error: NT_STATUS_ codes that are not OK,
;; panics, internal errors and backtraces; of the kernel's client, its
;; smb3_..._err events, what it tells its user ("CIFS: VFS: ...") and the
;; statuses it got.  `next-error' goes to the next one; a list shows them all.

;;; Code:

(require 'cl-lib)
(require 'smblog)
(require 'smblog-hits)
(require 'smblog-view)

(defcustom smblog-errors-ignored
  '("NT_STATUS_MORE_PROCESSING_REQUIRED" "NT_STATUS_NO_MORE_FILES" "STATUS_NO_MORE_FILES"
    "NT_STATUS_PENDING" "NT_STATUS_END_OF_FILE")
  "Statuses that are not taken for errors: healthy servers say them all the time.
Events of the kernel's client have no names: for those a number such as
\"0xc0000034\" can be here, unless it is one of the default ones."
  :type '(repeat string)
  :group 'smblog)

(defconst smblog-errors--regexp
  "NT_STATUS_[A-Z0-9_]+\\|PANIC\\|INTERNAL ERROR\\|BACKTRACE\\|\\_<smb3_[a-z0-9_]+_err:\
\\|VFS: \\|Status code returned 0x"
  "Regexp for what tells of an error in the lines of one.")

(defvar-local smblog-errors-view nil
  "View of the errors of this log.")

(defun smblog-errors-filter ()
  "Return the index' filter for messages that tell of errors."
  (cons 'error smblog-errors-ignored))

(defun smblog-list-errors ()
  "List the messages of the whole log that tell of errors."
  (interactive)
  (smblog-hits-show (format "*errors: %s*" (buffer-name)) "errors"
                    (smblog-errors-filter)
                    smblog-errors--regexp))

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
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-position "smbcmp-module.so" (view number))

(provide 'smblog-errors)
;;; smblog-errors.el ends here
