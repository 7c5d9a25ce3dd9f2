;;; export-test.el --- What is written is whole, readable, and tells no names  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; tshark reads what was written.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-anonymize)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun export-test-tshark (file &rest args)
  "Return the lines that tshark prints for FILE and ARGS."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8))
      (apply #'call-process "tshark" nil '(t nil) nil "-2" "-r" file args))
    (split-string (browse-tshark-plain (buffer-string)) "\n" t)))

(defmacro export-test-with (bindings &rest body)
  "Open a capture, make a name for a file, and do BODY.
BINDINGS are ((CAPTURE FOLDER) FILE)."
  (declare (indent 1) (debug t))
  (pcase-let ((`((,capture ,folder) ,file) bindings))
    `(let ((,capture (smbcmp-open (smbcmp-test-data ,folder)))
           (,file (make-temp-file "smbcmp-export" nil ".pcapng"))
           (inhibit-message t))
       (unwind-protect (progn ,@body)
         (smbcmp-close ,capture)
         (when (file-exists-p ,file) (delete-file ,file))))))

(ert-deftest export-test-frames-and-their-numbers ()
  (export-test-with ((capture "readonly") file)
    (should (equal '(34 35 90) (smbcmp-export capture '(90 34 35 34) file)))
    (should (equal (export-test-tshark file "-T" "fields" "-e" "frame.comment")
                   '("Frame 34 of capture.pcapng" "Frame 35 of capture.pcapng"
                     "Frame 90 of capture.pcapng")))
    (should (equal (export-test-tshark file "-T" "fields" "-e" "frame.time_epoch" "-e" "smb2.msg_id")
                   (export-test-tshark (smbcmp-test-data "readonly")
                                       "-Y"
                                       "frame.number == 34 || frame.number == 35 || frame.number == 90"
                                       "-T" "fields" "-e" "frame.time_epoch" "-e" "smb2.msg_id")))))

(ert-deftest export-test-closure-has-what-is-needed ()
  ;; A READ's response of good: the file's name comes from its CREATE, the share's from
  ;; its TREE CONNECT, the user from the SESSION SETUP; tshark shows them all.
  (export-test-with ((capture "good") file)
    (let* ((read (car (smbcmp-frames capture "smb2.cmd == 8 && smb2.flags.response == 1")))
           (frames (smbcmp-export capture (list read) file :closure t))
           (fields '("-T" "fields" "-e" "smb2.filename" "-e" "smb2.tree" "-e" "smb2.acct")))
      (should (< (length frames) 20))
      (should (equal (apply #'export-test-tshark file
                            "-Y" "smb2.cmd == 8 && smb2.flags.response == 1" fields)
                     (apply #'export-test-tshark (smbcmp-test-data "good")
                            "-Y" (format "frame.number == %d" read) fields)))
      ;; SYN, SYN and ACK; both halves of negotiation, session setups, tree connect, open, read.
      (should (= 2 (length (export-test-tshark file "-Y" "tcp.flags.syn == 1"))))
      (dolist (command '(0 1 3 5 8))
        (should (cl-evenp (length (export-test-tshark file "-Y"
                                                      (format "smb2.cmd == %d" command)))))))))

(ert-deftest export-test-many-ranges ()
  ;; Every other frame of more than editcap takes at once.
  (export-test-with ((capture "t-lock") file)
    (let ((frames (cl-loop for frame from 1 to (smbcmp-frame-count capture) by 2
                           collect frame)))
      (should (> (length frames) 512))
      (smbcmp-export capture frames file)
      (should (equal (export-test-tshark file "-T" "fields" "-e" "frame.comment")
                     (mapcar (lambda (frame) (format "Frame %d of capture.pcapng" frame))
                             frames))))))

(ert-deftest export-test-wrong-frames-and-files ()
  (export-test-with ((capture "readonly") file)
    (should-error (smbcmp-export capture nil file) :type 'smbcmp-frame-error)
    (should-error (smbcmp-export capture '(0) file) :type 'smbcmp-frame-error)
    (should-error (smbcmp-export capture '(103) file) :type 'smbcmp-frame-error)
    (should-error (smbcmp-export capture '(1) (smbcmp-capture-file capture))
                  :type 'smbcmp-file-error)
    (should-error (smbcmp-export capture '(1) "/nonexistent/directory/x.pcapng")
                  :type 'smbcmp-error)
    ;; Who gives a map expects other names.
    (should-error (smbcmp-export capture '(1) file :map (concat file ".map"))
                  :type 'smbcmp-error)))

(defun export-test-holds-p (file string)
  "Return non-nil if FILE has STRING in it, in any case, as UTF-8 or UTF-16."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents-literally file)
    (let ((case-fold-search t))
      (cl-some (lambda (coding)
                 (goto-char (point-min))
                 (search-forward (encode-coding-string string coding) nil t))
               '(utf-8 utf-16le)))))

(ert-deftest export-test-anonymous-tells-no-names ()
  (dolist (folder '("readonly" "smb21" "t-lookupnames"))
    (export-test-with ((capture folder) file)
      (let ((original (smbcmp-test-data folder)) (map (concat file ".map")) (left 0))
        (smbcmp-export capture (smbcmp-frames capture) file :anonymize t :map map)
        ;; The same protocols in each frame, nothing malformed.
        (should (equal (export-test-tshark file "-T" "fields" "-e" "frame.protocols")
                       (export-test-tshark original "-T" "fields" "-e" "frame.protocols")))
        (should-not (export-test-tshark file "-Y" "_ws.malformed"))
        (should (equal (export-test-tshark file "-T" "fields" "-e" "smb2.cmd" "-e" "smb2.nt_status")
                       (export-test-tshark original "-T" "fields"
                                           "-e" "smb2.cmd" "-e" "smb2.nt_status")))
        ;; Names that tshark finds in the original.
        (dolist (name (delete-dups
                       (append
                        (cl-mapcan (lambda (field)
                                     (export-test-tshark original "-Y" field
                                                         "-T" "fields" "-e" field))
                                   (list "ntlmssp.auth.username" "ntlmssp.auth.domain"
                                         "ntlmssp.auth.hostname"))
                        (and (equal folder "readonly") (list "hello" "readme" "missing")))))
          (when (and (> (length name) 3) (not (equal name "NULL")))
            (cl-incf left)
            (should (export-test-holds-p original name))
            (should-not (export-test-holds-p file name))
            (with-temp-buffer
              (insert-file-contents map)
              (should (search-forward (concat "\n" (downcase name) "\t") nil t)))))
        (should (> left 1))
        (should (= #o600 (file-modes map)))
        (delete-file map)))))

(ert-deftest export-test-anonymous-names-are-consistent ()
  (export-test-with ((capture "readonly") file)
    (smbcmp-export capture (smbcmp-frames capture) file :anonymize t)
    (cl-flet ((names (file)
                (export-test-tshark file "-Y" "smb2.cmd == 5" "-T" "fields" "-e" "smb2.filename")))
      (let ((pairs (cl-mapcar #'cons (names (smbcmp-test-data "readonly")) (names file))))
        (dolist (pair pairs)
          (should (= (length (car pair)) (length (cdr pair))))
          ;; Letters for letters; what is none of either stays.
          (should (equal (replace-regexp-in-string "[a-z]" "x" (car pair))
                         (replace-regexp-in-string "[a-z]" "x" (cdr pair))))
          (dolist (other pairs)
            (should (eq (equal (car pair) (car other)) (equal (cdr pair) (cdr other))))))))))

(ert-deftest export-test-anonymous-names-of-other-scripts ()
  "No letter of a name stays, but special characters; UTF-16 without a zero is UTF-16."
  (let ((map (smbcmp-anonymize-map-for nil)))
    (pcase-dolist (`(,name ,regexp)
                   '(("\u0444\u0430\u0439\u043b.txt" "\\`[\u0430-\u045f]\\{4\\}\\.[a-z]\\{3\\}\\'")
                     ("\u0424\u0430\u0439\u043b" "\\`[\u0400-\u042f][\u0430-\u045f]\\{3\\}\\'")
                     ("\u6587\u4ef6" "\\`[\u4e00-\u9fff]\\{2\\}\\'")
                     ("Gr\u00fc\u00dfe" "\\`[A-Z][a-z]\u00fc\u00df[a-z]\\'")))
      (dolist (coding '(utf-16le utf-8))
        (let* ((bytes (encode-coding-string name coding))
               (new (smbcmp-anonymize--string map name bytes))
               (text (decode-coding-string new coding))
               (case-fold-search nil))
          (should (= (length bytes) (length new)))
          (should (string-match-p regexp text))
          (should-not (equal name text))))
      (should (equal (smbcmp-anonymize-map-text map name) (smbcmp-anonymize-map-text map name))))
    (should (equal (smbcmp-anonymize-map-text map "\u0444\u0430\u0439\u043b")
                   (downcase (smbcmp-anonymize-map-text map "\u0424\u0410\u0419\u041b"))))))

(ert-deftest export-test-a-map-goes-on ()
  "Two captures by one map have the same names; without it nobody can try names."
  (export-test-with ((capture "readonly") file)
    (let ((map (concat file ".map")) (frames (smbcmp-frames capture "smb2.filename == \"new\"")))
      (cl-flet ((name (map)
                  (smbcmp-export capture frames file :anonymize t :map map)
                  (export-test-tshark file "-T" "fields" "-e" "smb2.filename")))
        (let ((first (name map)))
          (should (equal first (name map)))
          (delete-file map)
          (should-not (equal first (name map)))
          ;; A file with something else in it is left alone.
          (write-region "mine" nil map nil 'silent)
          (should-error (name map) :type 'smbcmp-file-error)
          (delete-file map))))))

(ert-deftest export-test-what-is-encrypted-is-refused ()
  (export-test-with ((capture "enc-smb311") file)
    (let ((err (should-error (smbcmp-export capture (smbcmp-frames capture) file :anonymize t)
                             :type 'smbcmp-error)))
      (should (string-match-p "\\`Frame [0-9]+ can't be anonymized: it is encrypted" (cadr err))))
    (should-not (file-exists-p file))))

(provide 'export-test)
;;; export-test.el ends here
