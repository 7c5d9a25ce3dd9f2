;;; settings-test.el --- The user's Wireshark configuration  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Columns, profiles, preferences, name resolution and colour rules of the
;; user's own Wireshark configuration, as the tshark that is installed has
;; them with the same configuration.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function parity--psml "parity-test" (file arguments))
(declare-function parity--tshark "parity-test" (&rest arguments))

(defconst settings-test--columns
  "gui.column.format: \"Nr\", \"%%m\", \"Cmd\", \"%%Cus:smb2.cmd:0:R\", \"%s\", \"%%i\"\n"
  "Preference for columns, one of them of a field.")

(defmacro settings-test--with-configuration (&rest body)
  "Do BODY with a Wireshark configuration that has the profile \"odd\"."
  (declare (indent 0))
  `(let* ((directory (make-temp-file "smbcmp-ws" t))
          (odd (expand-file-name "profiles/odd" directory))
          (process-environment (cons (concat "WIRESHARK_CONFIG_DIR=" directory)
                                     process-environment)))
     (make-directory odd t)
     (settings-test--write directory "preferences"
                           (format settings-test--columns "What"))
     (settings-test--write odd "preferences"
                           (format settings-test--columns "Information")
                           "nameres.network_name: TRUE\n"
                           "tcp.relative_sequence_numbers: FALSE\n")
     (settings-test--write odd "hosts" "127.0.0.1 fileserver\n")
     (settings-test--write odd "colorfilters"
                           "@Refused@smb2.nt_status == 0xc0000022@[65535,0,0][0,0,0]\n"
                           "@Rest of SMB2@smb2@[0,65535,0][0,0,0]\n")
     (unwind-protect (progn ,@body)
       (delete-directory directory t))))

(defun settings-test--write (directory name &rest lines)
  "Write LINES to file NAME in DIRECTORY."
  (with-temp-file (expand-file-name name directory)
    (mapc #'insert lines)))

(defun settings-test--rows (&rest options)
  "Return titles and rows of a capture opened with OPTIONS."
  (let ((capture (apply #'smbcmp-open (smbcmp-test-data "readonly") options)))
    (unwind-protect
        (cons (mapcar #'car (smbcmp-capture-columns capture))
              (smbcmp-rows capture (smbcmp-frames capture)))
      (smbcmp-close capture))))

(ert-deftest settings-test-columns-are-the-users ()
  "The columns of the user's preferences are those of the packet list."
  (settings-test--with-configuration
    (pcase-let ((`(,titles . ,rows) (settings-test--rows)))
      (should (equal '("Nr" "Cmd" "What") titles))
      (should (equal (parity--psml (smbcmp-test-data "readonly") nil) rows)))))

(ert-deftest settings-test-a-profile-overrides ()
  "`:profile' brings its columns, preferences and host names."
  (settings-test--with-configuration
    (pcase-let ((`(,titles . ,rows) (settings-test--rows :profile "odd")))
      (should (equal '("Nr" "Cmd" "Information") titles))
      (should (equal (parity--psml (smbcmp-test-data "readonly") '("-C" "odd")) rows)))
    (let ((capture (smbcmp-open (smbcmp-test-data "readonly") :profile "odd")))
      (should (equal '((1 "fileserver"))
                     (smbcmp-fields capture '(frame.number ip.dst_host)
                                    "frame.number == 1")))
      (smbcmp-close capture))))

(ert-deftest settings-test-preferences-override ()
  "`:preferences' and `smbcmp-preferences' count like tshark's -o."
  (settings-test--with-configuration
    (let ((file (smbcmp-test-data "readonly"))
          (off '("tcp.relative_sequence_numbers" . "FALSE")))
      (should-not (equal (settings-test--rows)
                         (settings-test--rows :preferences (list off))))
      (should (equal (parity--psml file '("-o" "tcp.relative_sequence_numbers:FALSE"))
                     (cdr (settings-test--rows :preferences (list off)))))
      (let ((smbcmp-preferences (list off)))
        (should (equal (parity--psml file nil)
                       (cdr (settings-test--rows
                             :preferences '(("tcp.relative_sequence_numbers" . "TRUE"))))))))))

(ert-deftest settings-test-colour-rules-are-the-users ()
  "Rows have the colour rules that tshark's --color finds."
  (settings-test--with-configuration
    (dolist (profile '("odd" "Default"))
      (let* ((file (smbcmp-test-data "readonly"))
             (capture (smbcmp-open file :profile profile)))
        (pcase-let ((`(,colours ,rules)
                     (smbcmp-capture-call capture "colours"
                                   (list :frames (smbcmp-frames capture)))))
          (smbcmp-close capture)
          (should (> (length rules) 1))
          (should (equal (split-string
                          (parity--tshark "-C" profile "-r" file "--color" "-T" "fields"
                                          "-e" "frame.number" "-e" "frame.coloring_rule.name")
                          "\n" t "\t")
                         (mapcar (lambda (colour)
                                   (string-trim (format "%d\t%s" (car colour)
                                                        (or (cadr (assq (cadr colour) rules))
                                                            ""))))
                                 colours))))))))

(ert-deftest settings-test-wrong-settings-are-told ()
  "An unknown profile or preference is an error that names it."
  (pcase-dolist (`(,options ,words)
                 '(((:profile "no such profile") "\"no such profile\"")
                   ((:preferences (("smb2.no_such_thing" . "1"))) "smb2.no_such_thing")
                   ((:preferences (("uat" . "smb2_seskey_list:c0ffee")))
                    "uat:smb2_seskey_list")))
    (let ((err (should-error (apply #'smbcmp-open (smbcmp-test-data "good") options)
                             :type 'smbcmp-error)))
      (should (string-match-p (regexp-quote words) (smbcmp-error-message err)))
      ;; The value may be a key.
      (should-not (string-match-p "c0ffee" (smbcmp-error-message err))))))

(provide 'settings-test)
;;; settings-test.el ends here
