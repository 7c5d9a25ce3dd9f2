;;; smblog-test.el --- A log's index has what grep and awk find  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The index of every recorded log against what grep and awk count in it.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Tools

(defun smblog-test-logs ()
  "Return the recorded logs, compressed."
  (file-expand-wildcards (expand-file-name "data/*/log.*.gz" smbcmp-test-directory)))

(defmacro smblog-test-with (bindings &rest body)
  "Open logs as BINDINGS, (LOG FILE), say, run BODY, and close them."
  (declare (indent 1) (debug (((symbolp form)) body)))
  `(let ((,(car bindings) (smblog-open ,(cadr bindings))))
     (unwind-protect (progn ,@body)
       (smblog-close ,(car bindings)))))

(defun smblog-test-shell (file command)
  "Return what shell COMMAND prints, FILE unpacked on its standard input."
  (with-temp-buffer
    (let ((coding-system-for-read 'binary)
          (process-environment (cons "LC_ALL=C" process-environment)))
      (call-process "sh" nil t nil "-c"
                    (format "gzip -dc %s | %s" (shell-quote-argument file) command)))
    (buffer-string)))

(defun smblog-test-count (file regexp)
  "Return how many lines of FILE match REGEXP, by grep."
  (string-to-number (smblog-test-shell file (format "grep -a -c %s || true"
                                                    (shell-quote-argument regexp)))))

;;;; Counts

(ert-deftest smblog-counts-are-greps ()
  "A message, a request or a status of a log would be lost."
  (dolist (file (smblog-test-logs))
    (smblog-test-with (log file)
      (let ((requests (smblog-requests log)))
        (should (equal (list file (smblog-message-count log) (length requests)
                             (cl-count-if (lambda (r) (plist-get r :status)) requests))
                       (list file
                             (smblog-test-count file "^\\[20")
                             (smblog-test-count file "smbd_smb2_request_dispatch: opcode")
                             (smblog-test-count file "smbd_smb2_request_done_ex: .*status\\["))))))))

(provide 'smblog-test)
;;; smblog-test.el ends here
