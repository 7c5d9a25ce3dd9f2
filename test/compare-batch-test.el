;;; compare-batch-test.el --- Where two captures diverge, for scripts  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `smbcmp-batch-diff': what it prints and how it exits.

;;; Code:

(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun compare-batch-test--run (&rest arguments)
  "Return (STATUS . OUTPUT) of `smbcmp-batch-diff' with ARGUMENTS."
  (with-temp-buffer
    (cons (apply #'call-process (expand-file-name invocation-name invocation-directory)
                 nil '(t t) nil "-Q" "--batch" "-L" smbcmp--root "-l" "smbcmp"
                 "-f" "smbcmp-batch-diff" arguments)
          (buffer-string))))

(ert-deftest compare-batch-test-exits-as-diff-does ()
  "Scripts and git bisect get 0, 1 and 2, and a report to read."
  (pcase-let ((`(,status . ,output) (compare-batch-test--run
                                     (smbcmp-test-data "good")
                                     (smbcmp-test-data "good-again"))))
    (should (= 0 status))
    (should (string-match-p "no significant differences" output)))
  (pcase-let ((`(,status . ,output) (compare-batch-test--run
                                     (smbcmp-test-data "good")
                                     (smbcmp-test-data "readonly"))))
    (should (= 1 status))
    (should (string-match-p "^ +34/35 +34/35  status +CREATE new: STATUS_SUCCESS / \
STATUS_ACCESS_DENIED$" output)))
  (pcase-let ((`(,status . ,output) (compare-batch-test--run
                                     (smbcmp-test-data "good") "/no/such.pcap")))
    (should (= 2 status))
    (should (string-match-p "^smbcmp: /no/such.pcap: no such file$" output))
    (should-not (string-match-p "Debugger\\|backtrace" output)))
  (should (equal '(1 . "") (compare-batch-test--run "--quiet" (smbcmp-test-data "good")
                                                     (smbcmp-test-data "readonly"))))
  (pcase-dolist (`(,problem . ,arguments)
                 '(("diff takes two captures") ("diff takes two captures" "--")
                   ("No such option: --fast" "--fast" "B")
                   ("--keys needs a value" "B" "--keys")
                   ("--slower needs a number" "B" "--slower" "x")
                   ("--slower needs a number" "B" "--slower" "2x")))
    (pcase-let ((`(,status . ,output) (apply #'compare-batch-test--run
                                             (smbcmp-test-data "good") arguments)))
      (should (= 129 status))
      (should (string-match-p (concat "^smbcmp: " problem) output))))
  (let ((file (make-temp-file "smbcmp-compare" nil ".pcapng")))
    (unwind-protect
        (progn
          (call-process "tshark" nil nil nil "-r" (smbcmp-test-data "good") "-Y" "!smb2"
                        "-w" file)
          (should (= 2 (car (compare-batch-test--run file file)))))
      (delete-file file))))

(ert-deftest compare-batch-test-does-not-vouch-for-what-it-can-not-read ()
  "Encrypted messages without a key are not called the same."
  (let ((file (smbcmp-test-data "enc-smb311")))
    (pcase-let ((`(,status . ,output) (compare-batch-test--run file file)))
      (should (= 2 status))
      (should (string-match-p "^3 exchanges are the same; no significant differences .* could be decrypted" output))
      (should (string-match-p "^Messages are encrypted, no key available" output)))
    (pcase-let ((`(,status . ,output)
                 (compare-batch-test--run
                  "--keys" (smbcmp-test-data "enc-smb311" "log.smbd.gz") file file)))
      (should (= 0 status))
      (should (string-match-p "^53 exchanges are the same; no significant differences\\."
                              output)))))

(ert-deftest compare-batch-test-can-overlook-time ()
  "A machine that was slow is no regression where nobody asks for time."
  (let ((file (make-temp-file "smbcmp-compare" nil ".pcapng"))
        (good (smbcmp-test-data "good")))
    (unwind-protect
        (progn
          (rewrite-write (rewrite-delay (rewrite-read good) 49 500000000) file)
          (pcase-dolist (`(,expected . ,arguments)
                         '((1) (0 "--slower" "never") (0 "--slower" "1e6")
                           (1 "--slower" "2.5")))
            (should (= expected (car (apply #'compare-batch-test--run
                                            (append arguments (list good file))))))))
      (delete-file file))))

(provide 'compare-batch-test)
;;; compare-batch-test.el ends here
