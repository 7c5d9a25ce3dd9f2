;;; run-test.el --- A test that fails is never lost  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(defvar smbcmp-test-directory)

(defconst run-test--tests
  '((ert-deftest x-good () (message "said by good"))
    (ert-deftest x-bad () (message "said by bad") (should (equal 1 2)))
    (ert-deftest x-skipped () (skip-unless nil))
    (ert-deftest x-throughs () (let ((debug-on-error nil)) (error "This comes through")))
    (ert-deftest x-dies () (message "said by dies") (signal-process (emacs-pid) 'SIGABRT))
    (ert-deftest x-leaves () (kill-emacs 0))
    (ert-deftest x-hangs () (while t (sleep-for 1))))
  "Tests that end in each of the ways there are.")

(defun run-test--run (jobs selector)
  "Run those of `run-test--tests' that match SELECTOR in JOBS Emacsen.
Return (STATUS OUTPUT)."
  (let ((directory (file-name-as-directory (make-temp-file "smbcmp-run" t)))
        (process-environment (cons (format "JOBS=%d" jobs) process-environment))
        (default-directory smbcmp--root))
    (unwind-protect
        (with-temp-buffer
          (copy-file (expand-file-name "run.el" smbcmp-test-directory) directory)
          (write-region (format "%S" `(progn ,@run-test--tests (provide 'x-test)))
                        nil (concat directory "x-test.el") nil 'silent)
          (list (call-process
                 (expand-file-name invocation-name invocation-directory) nil t nil
                 "-Q" "--batch" "-L" "." "-L" "lisp" "-l" (concat directory "run.el")
                 "--eval" (format "(setq smbcmp-test--limit 10 smbcmp-test--times-file %S)"
                                  (concat directory "times"))
                 "-f" "smbcmp-test-run" selector)
                (buffer-string)))
      (delete-directory directory t))))

(ert-deftest run-test-all-ends-are-counted ()
  "A test fails that fails, ends its Emacs or hangs; what was said is beside it."
  (dolist (jobs '(1 3))
    (pcase-let ((`(,status ,output) (run-test--run jobs "^x-")))
      (should (eql 1 status))
      (should (string-suffix-p "1 skipped\n1 passed, 5 failed\n" output))
      (dolist (name '("bad" "dies" "leaves" "hangs"))
        (should (string-match-p (format "^FAILED  x-%s" name) output)))
      (should (string-match-p "^said by dies\n\\(?:.*\n\\)*?FAILED  x-dies.*\n +Emacs ended: signal 6" output))
      (should (string-match-p "^said by bad\nFAILED  x-bad" output))
      (should (string-match-p "^FAILED  x-throughs.*\n +(error \"This comes through\")" output))
      (should (string-match-p "^said by good\nok      x-good" output))
      (should (string-match-p "^No end within 10 seconds\\.\n+FAILED  x-hangs" output)))))

(ert-deftest run-test-status-is-success-only-with-tests ()
  "A run in which all pass succeeds; one of no tests does not."
  (should (equal '(0 "1 passed, 0 failed")
                 (pcase-let ((`(,status ,output) (run-test--run 2 "^x-good")))
                   (list status (car (last (split-string output "\n" t)))))))
  (should (eql 1 (car (run-test--run 2 "^y-")))))

(provide 'run-test)
;;; run-test.el ends here
