;;; sniffer-test.el --- What the one that recorded did is no behaviour  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Captures are damaged as sniffers do it, by Wireshark's tools, and compared with what
;; they were: nothing of that leads a verdict.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-compare-report)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun sniffer-test--run (program &rest arguments)
  "Run PROGRAM with ARGUMENTS."
  (should (eql 0 (apply #'call-process program nil nil nil arguments))))

(defun sniffer-test--check (file function &optional name)
  "Compare FILE with what FUNCTION makes of it, given both names.
Nothing but what was not captured may differ, either way round; NAME says
what was done."
  (let ((damaged (make-temp-file "smbcmp" nil ".pcapng")) (smbcmp-user-rules nil))
    (unwind-protect
        (let (captures)
          (funcall function file damaged)
          (setq captures (list (smbcmp-open file) (smbcmp-open damaged)))
          (unwind-protect
              (dolist (pair (list captures (reverse captures)))
                (let ((comparison (apply #'smbcmp-diff-captures pair)))
                  (ert-info ((format "%s of %s" name file))
                    (should-not (cl-remove 'capture (smbcmp-comparison-divergences comparison)
                                           :key (lambda (d) (plist-get d :weight))))
                    (should-not (smbcmp-compare-report-first comparison))
                    (should (= 2 (smbcmp-compare-report-status comparison))))))
            (mapc #'smbcmp-close captures)))
      (delete-file damaged))))

(defun sniffer-test--frames (&rest frames)
  "Return a function that leaves FRAMES, numbers, out."
  (lambda (file damaged)
    (apply #'sniffer-test--run "editcap" file damaged (mapcar #'number-to-string frames))))

(ert-deftest sniffer-test-one-direction ()
  "Requests alone, or responses alone, say nothing of how a connection came and went."
  (skip-unless (executable-find "tshark"))
  (dolist (folder '("good" "smb1" "concurrent"))
    (dolist (filter '("tcp.dstport == 445" "tcp.srcport == 445"))
      (sniffer-test--check (smbcmp-test-data folder)
                           (lambda (file damaged)
                             (sniffer-test--run "tshark" "-r" file "-Y" filter "-w" damaged))
                           filter))))

(ert-deftest sniffer-test-cut-off ()
  "What answers a request that was cut off can't be dissected, nor can the rest of a
compound."
  (skip-unless (executable-find "editcap"))
  (let ((kernel (make-temp-file "smbcmp" nil ".pcapng")))
    (unwind-protect
        (progn
          (with-temp-file kernel
            (set-buffer-multibyte nil)
            (insert-file-contents-literally
             (smbcmp-test-data "cifs-kernel" "6.1/capture.pcapng.gz"))
            (zlib-decompress-region (point-min) (point-max)))
          (dolist (file (list (smbcmp-test-data "good") (smbcmp-test-data "smb1") kernel))
            (dolist (length '("128" "200"))
              (sniffer-test--check file
                                   (lambda (file damaged)
                                     (sniffer-test--run "editcap" "-s" length file damaged))
                                   length))))
      (delete-file kernel))))

(ert-deftest sniffer-test-lost ()
  "What is left where segments are missing is of nothing known, and waits for nobody."
  (skip-unless (executable-find "editcap"))
  ;; A response, that of a CREATE, some, and the client's FIN.
  (dolist (frames '((9) (45) (35 45 61) (7 23 45 60 80 112)))
    (sniffer-test--check (smbcmp-test-data "good") (apply #'sniffer-test--frames frames)
                         frames)))

(ert-deftest sniffer-test-an-unanswered-connection-is-told ()
  "That nobody answers at all is behaviour."
  (skip-unless (executable-find "tshark"))
  (let ((silent (make-temp-file "smbcmp" nil ".pcapng")) (smbcmp-user-rules nil))
    (unwind-protect
        (progn
          (sniffer-test--run "editcap" "-r" (smbcmp-test-data "good") silent "1")
          (let ((captures (list (smbcmp-open (smbcmp-test-data "good")) (smbcmp-open silent))))
            (unwind-protect
                (should (equal "TCP connect port 445: accepted / no response"
                               (plist-get (car (smbcmp-comparison-divergences
                                                (apply #'smbcmp-diff-captures captures)))
                                          :label)))
              (mapc #'smbcmp-close captures))))
      (delete-file silent))))

(provide 'sniffer-test)
;;; sniffer-test.el ends here
