;;; compare-test.el --- Where two captures diverge  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Whole captures compared.  What must differ comes from tshark's PDML and
;; fields, or is what the recorded scenarios say.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function parity--key "parity-test" ())

(defun compare-test--open (folder)
  "Open the recorded capture in FOLDER, decrypted if it is encrypted."
  (smbcmp-open (smbcmp-test-data folder)
               :keys (and (equal folder "enc-smb311") (list (parity--key)))))

(defun compare-test--call (a b function &rest plist)
  "Call FUNCTION with the comparison of A and B, folders or files.
PLIST is as in `smbcmp-diff-captures'."
  (let* ((open (lambda (name) (if (file-name-absolute-p name)
                                  (smbcmp-open name)
                                (compare-test--open name))))
         (cap-a (funcall open a))
         (cap-b (funcall open b)))
    (unwind-protect
        (funcall function (apply #'smbcmp-diff-captures cap-a cap-b plist))
      (smbcmp-close cap-a)
      (smbcmp-close cap-b))))

(defun compare-test--summary (comparison)
  "Return (KIND LABEL A B CAUSE) for each divergence of COMPARISON."
  (mapcar (lambda (d) (mapcar (lambda (key) (plist-get d key))
                              '(:kind :label :a :b :cause)))
          (smbcmp-comparison-divergences comparison)))

;;;; The recorded scenarios

(defun compare-test--pdml-values (folder)
  "Return the fields of SMB's layer in the capture in FOLDER, by PDML.
They are a list of (NAME . VALUE) in the order of the tree."
  (let ((smb nil) values)
    (with-temp-buffer
      (let ((coding-system-for-read 'utf-8-unix))
        (call-process "tshark" nil '(t nil) nil "-2" "-r" (smbcmp-test-data folder)
                      "-T" "pdml"))
      (goto-char (point-min))
      (while (re-search-forward "^\\( *\\)<\\(?:proto\\|field\\) name=\"\\([^\"]*\\)\"\\(.*\\)$"
                                nil t)
        (let ((depth (length (match-string 1))) (name (match-string 2))
              (rest (match-string 3)))
          (when (<= depth 2) (setq smb (member name '("smb" "smb2"))))
          (when (and smb (not (string-empty-p name)) (string-match " show=\"\\([^\"]*\\)\"" rest))
            (push (cons name (match-string 1 rest)) values)))))
    (nreverse values)))

(defun compare-test--pdml-differences (a b)
  "Return the fields of SMB's layer that differ between captures A and B.
They are names, one for each value, in PDML; the captures have the same
fields."
  (let ((values-a (compare-test--pdml-values a))
        (values-b (compare-test--pdml-values b)))
    (should (equal (mapcar #'car values-a) (mapcar #'car values-b)))
    (cl-loop for (name . value-a) in values-a
             for (_ . value-b) in values-b
             unless (equal value-a value-b) collect name)))

(ert-deftest compare-test-two-runs-of-one-case-do-not-diverge ()
  "What differs in any two runs is no divergence, and none of it is lost."
  (compare-test--call
   "good" "good-again"
   (lambda (comparison)
     (should-not (smbcmp-comparison-divergences comparison))
     (should (= (smbcmp-comparison-same comparison) 53))
     (let ((ignored (smbcmp-comparison-ignored comparison)))
       (should (= (apply #'+ (mapcar #'cdr ignored))
                  (length (compare-test--pdml-differences "good" "good-again"))
                  443))
       (should (= (alist-get "session id" ignored nil nil #'equal) 103))
       (should (= (alist-get "tree id" ignored nil nil #'equal) 98))
       (should (= (alist-get "file id" ignored nil nil #'equal) 44))
       (should (= (alist-get "file index" ignored nil nil #'equal) 9))))))

(ert-deftest compare-test-a-read-only-share ()
  "What fails on a share that is read only is told, with what follows from it."
  (compare-test--call
   "good" "readonly"
   (lambda (comparison)
     (should
      (equal
       (seq-filter (lambda (d) (not (eq (car d) 'response)))
                   (compare-test--summary comparison))
       '((status "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED" (34 . 35) (34 . 35) nil)
         (only-a "CLOSE new: only in A" (36 . 37) nil 1)
         (status "CREATE new\\up.bin: STATUS_SUCCESS / STATUS_OBJECT_PATH_NOT_FOUND"
                 (38 . 39) (36 . 37) 1)
         (only-a "WRITE new\\up.bin: only in A" (40 . 41) nil 3)
         (only-a "CLOSE new\\up.bin: only in A" (42 . 43) nil 3)
         (status "CREATE hello.txt: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                 (52 . 53) (46 . 47) nil)
         (only-a "SETINFO hello.txt FILE_INFO SMB2_FILE_RENAME_INFO: only in A"
                 (54 . 55) nil 6)
         (only-a "CLOSE hello.txt: only in A" (56 . 57) nil 6)
         (status "CREATE docs\\readme.txt: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                 (64 . 65) (54 . 55) nil)
         (only-a "CLOSE docs\\readme.txt: only in A" (66 . 67) nil 9))))
     ;; What the share grants, and that a file was not deleted.
     (should (equal (mapcar (lambda (d) (list (plist-get d :a) (plist-get d :b)))
                            (seq-filter (lambda (d) (eq (plist-get d :kind) 'response))
                                        (smbcmp-comparison-divergences comparison)))
                    '(((18 . 19) (18 . 19)) ((98 . 99) (86 . 87)))))
     (should (= (smbcmp-comparison-same comparison) 41)))))

(provide 'compare-test)
;;; compare-test.el ends here
