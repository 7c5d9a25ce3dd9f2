;;; sections-test.el --- What is seen can be looked up  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; tshark says what the tests' captures have in them.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'seq)
(require 'browse)
(require 'compare-view-test)
(require 'smbcmp)
(require 'smbcmp-detail)
(require 'smbcmp-sections)

(defvar smbcmp-test-directory)
(defvar smbcmp-detail-tree)
(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst sections-test-fields
  '(smb2.cmd smb2.tag smb2.negotiate_context.type smb2.ioctl.function smb2.file_info.infolevel
    smb2.fs_info.infolevel smb2.find.infolevel smb2.sec_info.infolevel smb2.class
    smb2.nt_status ntlmssp.messagetype smb.cmd)
  "Fields whose values are to be found in the table.")

(defun sections-test--values ()
  "Return (FIELD . VALUE) of all that tshark finds in the tests' captures."
  (let ((all (make-temp-file "sections" nil ".pcapng")))
    (unwind-protect
        (with-temp-buffer
          (should (eq 0 (apply #'call-process "mergecap" nil nil nil "-a" "-w" all
                               (directory-files-recursively
                                (expand-file-name "data" smbcmp-test-directory) "\\.pcap"))))
          (apply #'call-process "tshark" nil '(t nil) nil "-r" all "-Y" "smb2 || smb"
                 "-T" "fields" "-E" "aggregator=;"
                 (cl-mapcan (lambda (field) (list "-e" (symbol-name field)))
                            sections-test-fields))
          (delete-dups
           (cl-loop for line in (split-string (buffer-string) "\n" t)
                    append (cl-loop for field in sections-test-fields
                                    for values in (split-string line "\t")
                                    append (mapcar (lambda (value) (cons field value))
                                                   (split-string values ";" t))))))
      (delete-file all))))

(ert-deftest sections-test-has-what-captures-have ()
  (let ((values (sections-test--values)))
    (should (> (length values) 100))
    (pcase-dolist (`(,field . ,value) values)
      (let ((key (cond ((string-prefix-p "0x" value) (string-to-number (substring value 2) 16))
                       ((string-match-p "\\`[0-9]+\\'" value) (string-to-number value))
                       (t value))))
        ;; 255 is what follows the last AndX command: none; and what is no command at all.
        (unless (equal key 255)
          (unless (and (smbcmp-section field key) (smbcmp-section field key t))
            (ert-fail (list "no section" field value))))))))

(ert-deftest sections-test-is-well-formed ()
  (dolist (field sections-test-fields)
    (pcase-dolist (`(,_ . ,sections) (smbcmp-sections--rows field))
      (should (memq (length sections) '(1 2)))
      (pcase-dolist (`(,specification ,number ,title) sections)
        (should (string-match-p "\\`\\(MS-[A-Z0-9]+\\|SMB3 POSIX Extensions\\)\\'" specification))
        (should (string-match-p "\\`\\([0-9]+\\(\\.[0-9]+\\)+\\)?\\'" number))
        (should (> (length title) 3))))))

(ert-deftest sections-test-of-a-field ()
  (let ((capture (smbcmp-open (smbcmp-test-data "readonly"))))
    (cl-flet ((section (frame field)
                (let* ((tree (smbcmp-frame-tree capture frame))
                       (node (car (dom-by-tag tree field))))
                  (should node)
                  (seq-take (smbcmp-sections-of-node node tree) 2))))
      ;; Frames 34 and 35, says tshark, are a CREATE and its response, an error.
      (should (equal '("MS-SMB2" "2.2.13") (section 34 'smb2.cmd)))
      (should (equal '("MS-SMB2" "2.2.14") (section 35 'smb2.cmd)))
      (should (equal '("MS-SMB2" "2.2.13") (section 34 'smb2.create.disposition)))
      (should (equal '("MS-SMB2" "2.2.1.2") (section 34 'smb2.msg_id)))
      (should (equal '("MS-ERREF" "2.3.1") (section 35 'smb2.nt_status)))
      (let ((find (car (smbcmp-frames capture "smb2.cmd == 14 && smb2.find.infolevel == 37"))))
        (should (equal '("MS-FSCC" "2.4.22") (section find 'smb2.find.infolevel))))
      (let ((auth (car (smbcmp-frames capture "ntlmssp.messagetype == 3"))))
        (should (equal '("MS-NLMP" "2.2.1.3") (section auth 'ntlmssp.auth.username)))))
    (smbcmp-close capture)))

(ert-deftest sections-test-keys-say-it ()
  (let ((capture (smbcmp-open (smbcmp-test-data "readonly"))) said)
    (with-temp-buffer
      (setq-local smbcmp-detail-tree (smbcmp-frame-tree capture 34))
      (insert (propertize "Disposition" 'smbcmp-node
                          (car (dom-by-tag smbcmp-detail-tree 'smb2.create.disposition))))
      (cl-letf (((symbol-function 'smbcmp-detail-describe) (lambda (_) "a field"))
                ((symbol-function 'message)
                 (lambda (format &rest args) (setq said (apply #'format format args)))))
        (call-interactively (lookup-key smbcmp-detail-mode-map [remap display-local-help]))
        (should (equal said "a field\nMS-SMB2 2.2.13 SMB2 CREATE Request"))
        (call-interactively (lookup-key smbcmp-detail-mode-map "ws"))
        (should (equal (current-kill 0) "MS-SMB2 2.2.13 SMB2 CREATE Request"))))
    (smbcmp-close capture)))

(defun sections-test--said (keys)
  "Return what C-h . says after KEYS were typed."
  (let (said)
    (browse-keys keys)
    (cl-letf (((symbol-function 'message)
               (lambda (format &rest args)
                 (when format (setq said (apply #'format format args))))))
      (call-interactively (key-binding (kbd "C-h ."))))
    said))

(ert-deftest sections-test-of-a-packet ()
  ;; tshark says: 34 is a CREATE, 35 its response, an error.
  (browse-with-list (smbcmp-test-data "readonly")
    (should (equal "MS-SMB2 2.2.13 SMB2 CREATE Request" (sections-test--said "C-u 3 4 j")))
    (should (string-match-p "\\`MS-SMB2 2\\.2\\.14 .*\nMS-ERREF 2\\.3\\.1 "
                            (sections-test--said "C-u 3 5 j")))))

(ert-deftest sections-test-of-a-divergence ()
  (compare-view-test--with "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "CREATE new: STATUS_SUCCESS / ")
    (re-search-forward "CREATE new: STATUS_SUCCESS / ")
    (let ((said (sections-test--said "C-a")))
      (dolist (number '("2\\.2\\.13" "2\\.2\\.14" "2\\.3\\.1"))
        (should (string-match-p number said))))))

(provide 'sections-test)
;;; sections-test.el ends here
