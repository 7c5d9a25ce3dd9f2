;;; twins-test.el --- Kinds of traffic, each recorded twice  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What somebody did twice is the same; where it failed, that is told first.  The
;; captures are of record-twins.sh.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-compare-report)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun twins-test--compare (a b function)
  "Call FUNCTION with what comparing A and B of the recorded data comes to."
  (let* ((smbcmp-user-rules nil)
         (captures (mapcar (lambda (name)
                             (smbcmp-open (smbcmp-test-data "twins" (concat name ".pcapng.gz"))))
                           (list a b))))
    (unwind-protect
        (funcall function (apply #'smbcmp-diff-captures captures))
      (mapc #'smbcmp-close captures))))

(defun twins-test--first (a b)
  "Return (LABEL WEIGHT) of what differs first between A and B."
  (twins-test--compare
   a b (lambda (comparison)
         (let ((first (smbcmp-compare-report-first comparison)))
           (list (plist-get first :label) (plist-get first :weight))))))

(defconst twins-test--kinds
  '("nbt" "nt1" "nt1-raw" "rpc" "sealed" "print" "anonymous" "dfs" "impacket"
    "impacket-server" "rclone" "krb5" "torture" "winbind")
  "What was recorded twice.")

(ert-deftest twins-test-the-same ()
  "Whatever client, server and sign-in: what was done twice is the same."
  (dolist (kind twins-test--kinds)
    (twins-test--compare
     (concat kind "-1") (concat kind "-2")
     (lambda (comparison)
       (ert-info (kind :prefix "Kind: ")
         (should-not (smbcmp-comparison-divergences comparison))
         (should (> (smbcmp-comparison-same comparison) 5))
         (should (= 0 (smbcmp-compare-report-status comparison))))))))

(ert-deftest twins-test-what-failed-is-first ()
  "What came of it, be it by SMB or by a remote procedure, is told first."
  (pcase-dolist
      (`(,kind . ,label)
       '(("nt1-raw" . "SESSION SETUP ANDX: STATUS_SUCCESS / STATUS_LOGON_FAILURE")
         ("rpc" . "IOCTL lsarpc FSCTL_PIPE_TRANSCEIVE lsa_LookupNames: \
STATUS_SUCCESS / STATUS_NONE_MAPPED")
         ("print" . "IOCTL spoolss FSCTL_PIPE_TRANSCEIVE OpenPrinter: \
Success / Invalid printer name")
         ("krb5" . "CREATE hello.txt: STATUS_SUCCESS / STATUS_ACCESS_DENIED")))
    (should (equal (list label 'behaviour)
                   (twins-test--first (concat kind "-1") (concat kind "-bad"))))))

(provide 'twins-test)
;;; twins-test.el ends here
