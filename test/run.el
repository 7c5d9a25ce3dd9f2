;;; run.el --- Run all tests  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Loads every test/*-test.el and runs the tests, those that match the
;; regexp on the command line if there is one.  The last line it prints is
;; "N passed, N failed".

;;; Code:

(require 'cl-lib)
(require 'ert)
(setq load-prefer-newer t
      ;; A checkout without git installed would not do.
      vc-handled-backends nil)
;; Tests have homes of their own: "~/smbcmp/" would be elsewhere there.
(setq default-directory (expand-file-name default-directory))
(require 'smbcmp)

(defconst smbcmp-test-directory (file-name-directory (or load-file-name buffer-file-name))
  "Where the tests and their data are.")

(defun smbcmp-test-data (folder &optional file)
  "Return FILE, the capture by default, of FOLDER of the recorded data."
  (expand-file-name (or file "capture.pcapng")
                    (expand-file-name (concat "data/" folder) smbcmp-test-directory)))

(defun smbcmp-test--report (event &rest args)
  "Print what EVENT of ERT, with ARGS, tells of a test."
  (when (eq event 'test-ended)
    (pcase-let* ((`(,_stats ,test ,result) args)
                 (kind (cond ((ert-test-passed-p result) "ok")
                             ((ert-test-skipped-p result) "skipped")
                             (t "FAILED"))))
      (message "%-8s%s (%.1f s)" kind (ert-test-name test) (ert-test-result-duration result))
      (when (ert-test-result-with-condition-p result)
        (message "        %s" (truncate-string-to-width
                               (format "%S" (ert-test-result-with-condition-condition result))
                               2000))))))

(defun smbcmp-test-run ()
  "Run the tests and exit."
  (let ((selector (if command-line-args-left (pop command-line-args-left) t))
        (message-log-max nil))
    (dolist (file (directory-files smbcmp-test-directory t "-test\\.el\\'"))
      ;; Some need others; Emacs 30 takes no test twice.
      (require (intern (file-name-base file)) file))
    (smbcmp-module-load)
    (let* ((stats (ert-run-tests selector #'smbcmp-test--report))
           (passed (ert-stats-completed-expected stats))
           (failed (ert-stats-completed-unexpected stats))
           (skipped (ert-stats-skipped stats)))
      (unless (zerop skipped) (message "%d skipped" skipped))
      (message "%d passed, %d failed" passed failed)
      (kill-emacs (if (and (zerop failed) (> passed 0)) 0 1)))))

(provide 'run)
;;; run.el ends here
