;;; log-sides-test.el --- What two servers logged for one request  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Logs are real ones of smbd, one of them with a message more, as Samba 4.17
;; writes it.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-log-sides)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun log-sides-test--call (folders edit function)
  "Compare the recordings in FOLDERS, A's and B's; call FUNCTION with the sides.
It gets A, B and the label of each pair of exchanges.  EDIT is called in a
buffer with the text of B's log."
  (let* ((captures (mapcar (lambda (folder)
                             (smbcmp-open (smbcmp-test-data folder "capture.pcapng")))
                           folders))
         (files (mapcar (lambda (folder)
                          (let ((file (make-temp-file "smbcmp-sides" nil ".smbd")))
                            (with-temp-buffer
                              (set-buffer-multibyte nil)
                              (call-process "gzip" nil t nil "-dc"
                                            (smbcmp-test-data folder "log.smbd.gz"))
                              (when (eq folder (cadr folders)) (funcall edit))
                              (let ((coding-system-for-write 'no-conversion))
                                (write-region nil nil file nil 'silent)))
                            file))
                        folders))
         (logs (mapcar #'smblog-open files)))
    (unwind-protect
        (let ((links (cl-mapcar #'smblog-link-both logs captures))
              (comparison (apply #'smbcmp-diff-captures captures)))
          (dotimes (row (smbcmp-comparison-row-count comparison))
            (pcase-let ((`(,a ,b . ,_) (smbcmp-comparison-row comparison row)))
              (when (and a b)
                (let ((a (smbcmp-comparison-exchange comparison 'a a))
                      (b (smbcmp-comparison-exchange comparison 'b b)))
                  (funcall function (smbcmp-log-side-of (car links) a)
                           (smbcmp-log-side-of (cadr links) b)
                           (plist-get a :label)))))))
      (mapc #'smblog-close logs)
      (mapc #'smbcmp-close captures)
      (mapc #'delete-file files))))

(ert-deftest log-sides-test-a-setting-explains-what-no-message-does ()
  "Settings that only one server has are told after failures, before all else.
Where a server keeps its files is none, and two runs differ in none."
  (let ((compared 0))
    (log-sides-test--call
     '("good" "good-again") #'ignore
     (lambda (a b _label)
       (cl-incf compared)
       (should-not (smbcmp-log-side-candidates a b nil))))
    (should (= 53 compared)))
  (let (seen)
    (log-sides-test--call
     '("good" "readonly") #'ignore
     (lambda (a b label)
       (when (member label '("CREATE new" "TREE CONNECT \\\\127.0.0.1\\share" "NEGOTIATE PROTOCOL"))
         (let* ((found (smbcmp-log-side-candidates a b nil))
                (settings (cl-remove-if-not
                           (lambda (one) (eq 'setting (plist-get one :kind))) found)))
           (push label seen)
           (should (equal '("[share] read only = yes" "[share] read only = no")
                          (mapcar (lambda (one) (plist-get one :line)) settings)))
           (should (eq b (plist-get (car settings) :side)))
           (should (string-match-p "read only = yes"
                                   (plist-get (plist-get (car settings) :message) :text)))
           (dolist (before (seq-take found (seq-position found (car settings))))
             (should (eq 'failure (plist-get before :kind))))))))
    (should (equal '("CREATE new" "NEGOTIATE PROTOCOL" "TREE CONNECT \\\\127.0.0.1\\share")
                   (sort seen #'string<)))))

(ert-deftest log-sides-test-what-was-logged-between-two-requests ()
  "What the process was told before a request, of which no message tells, leads."
  (let (told)
    (log-sides-test--call
     '("good" "good-again")
     (lambda ()
       (goto-char (point-min))
       (re-search-forward "opcode\\[SMB2_OP_CREATE\\] mid = 268\n")
       (re-search-backward "^\\[.*(smbd_smb2_io_handler)\n")
       (let ((header (replace-regexp-in-string
                      " [^ ]+$" " ../../source3/smbd/conn_idle.c:117(conn_force_tdis)\n"
                      (buffer-substring (point) (line-end-position)))))
         (insert header "  conn_force_tdis: Forcing close of share 'share' (wire_id=0xd6c46248)\n")))
     (lambda (a b label)
       (let ((first (car (smbcmp-log-side-candidates a b nil))))
         (when first (push (list label (plist-get first :kind) (plist-get first :line)) told)))))
    (should (equal '(("CREATE new" failure
                      "conn_force_tdis: Forcing close of share 'share' (wire_id=[id])"))
                   told))))

(provide 'log-sides-test)
;;; log-sides-test.el ends here
