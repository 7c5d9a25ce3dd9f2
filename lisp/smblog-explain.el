;;; smblog-explain.el --- What codes in a log mean  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; NT status codes and commands of SMB, by name or number, as
;; libwireshark's tables have them.  A table is asked for once; where there
;; is no libwireshark, it is said that there is none.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)

(autoload 'smbcmp-describe-field "smbcmp-capture")
(autoload 'smbcmp-section "smbcmp-sections")
(autoload 'smbcmp-sections-string "smbcmp-sections")

;;;; Tables

(defvar smblog-explain--tables (make-hash-table :test #'equal)
  "Values of fields, a list of (NUMBER NAME), by filter name.
A string instead of a list says why there is none.")

(defun smblog-explain--table (field)
  "Return the values that Wireshark has for FIELD, a list of (NUMBER NAME).
Return a string that says why, if it has none to give."
  (or (gethash field smblog-explain--tables)
      (puthash field
               (condition-case err
                   (let* ((smbcmp-module-for-logs nil)
                          (problem (smbcmp-module-problem)))
                     ;; Whoever looks at a log need not be asked to build.
                     (when problem (signal 'smbcmp-module-error (list problem)))
                     (require 'smbcmp-capture)
                     (mapcar (lambda (value)
                               (list (string-to-number (car value)) (cadr value)))
                             (nth 4 (smbcmp-describe-field field))))
                 (smbcmp-error
                  (format "Names need libwireshark: %s" (smbcmp-error-message err))))
               smblog-explain--tables)))

(defun smblog-explain--letters (name)
  "Return the letters and digits of NAME, in lower case."
  (downcase (replace-regexp-in-string "[^[:alnum:]]" "" name)))

(defun smblog-explain--find (table name)
  "Return the (NUMBER NAME) of TABLE that NAME means, or nil.
Samba shortens words: with no entry of that name it is the one that has
all of NAME's letters in their order, if there is but one."
  (let* ((letters (smblog-explain--letters name))
         (regexp (mapconcat #'char-to-string letters ".*")))
    (or (cl-find letters table :test #'equal
                 :key (lambda (entry) (smblog-explain--letters (cadr entry))))
        (let ((like (cl-remove-if-not
                     (lambda (entry)
                       (string-match-p regexp (smblog-explain--letters (cadr entry))))
                     table)))
          (and (null (cdr like)) (car like))))))

;;;; Kinds of codes

(defun smblog-explain--section (field value)
  "Return \", SECTION\" for the section that defines VALUE of FIELD, or \"\"."
  (let ((section (smbcmp-section (intern field) value)))
    (if section (concat ", " (smbcmp-sections-string section)) "")))

(defun smblog-explain--severity (number)
  "Return what kind of status NUMBER is, as [MS-ERREF] section 2.3 has it."
  (aref ["success" "information" "warning" "error"] (logand 3 (ash number -30))))

(defun smblog-explain--status-name (name)
  "Explain the status called NAME, without \"NT_\"."
  (let ((table (smblog-explain--table "smb2.nt_status")))
    (if (stringp table)
        table
      (pcase (cl-find (if (equal name "STATUS_OK") "STATUS_SUCCESS" name)
                      table :test #'equal :key #'cadr)
        (`(,number ,full) (format "%s is 0x%08x (%s)%s" full number
                                  (smblog-explain--severity number)
                                  (smblog-explain--section "smb2.nt_status" number)))
        (_ (format "%s is unknown to Wireshark" name))))))

(defun smblog-explain--status-number (hex)
  "Explain the status with the number HEX; nil if it is none."
  (let* ((table (smblog-explain--table "smb2.nt_status"))
         (number (string-to-number hex 16))
         (entry (and (listp table) (assq number table))))
    (and entry (format "0x%08x is %s (%s)%s" number (cadr entry)
                       (smblog-explain--severity number)
                       (smblog-explain--section "smb2.nt_status" number)))))

(defun smblog-explain--command (field protocol name)
  "Explain the command NAME of PROTOCOL, whose commands are FIELD's values."
  (let ((table (smblog-explain--table field)))
    (if (stringp table)
        table
      (pcase (smblog-explain--find table name)
        (`(,number ,full) (format "%s: %s command %d, %s == %d%s" full protocol number
                                  field number (smblog-explain--section field number)))))))

(defconst smblog-explain--kinds
  '(("\\b\\(?:NT_\\)?\\(STATUS_[A-Z0-9_]+\\)\\b" . smblog-explain--status-name)
    ("\\b0x\\([4-9a-fA-F][0-9a-fA-F]\\{7\\}\\)\\b" . smblog-explain--status-number)
    ("\\_<SMB2_OP_\\([A-Z_]+\\)\\_>"
     . (lambda (name) (smblog-explain--command "smb2.cmd" "SMB2" name)))
    ("switch message SMB\\([a-zA-Z0-9]+\\)"
     . (lambda (name) (smblog-explain--command "smb.cmd" "SMB1" name))))
  "What is explained: (REGEXP . FUNCTION).
FUNCTION gets the text of group 1 and returns what to say, or nil.  An equals
sign is no part of a word, but of a symbol.")

;;;; Commands

(defun smblog-explain-string (string position)
  "Return what the code at POSITION of STRING, a line, means, or nil."
  (let ((case-fold-search nil))
    (cl-loop for (regexp . function) in smblog-explain--kinds
             for start = 0
             for found = (cl-loop while (string-match regexp string start)
                                  when (<= (match-beginning 0) position (match-end 0))
                                  return (match-string 1 string)
                                  do (setq start (match-end 0)))
             for answer = (and found (funcall function found))
             when answer return answer)))

(defun smblog-explain--here ()
  "Return what the code at point means, or nil."
  (smblog-explain-string
   (buffer-substring-no-properties (line-beginning-position) (line-end-position))
   (- (point) (line-beginning-position))))

(defun smblog-explain ()
  "Say what the code at point means: a status or a command."
  (interactive)
  (message "%s" (or (smblog-explain--here) "No status or command here")))

(defun smblog-explain-eldoc (&rest _)
  "Return what the code at point means, or which request the message belongs to.
For `eldoc-documentation-functions'."
  (let ((answer (while-no-input (or (smblog-explain--here)
                                    (smblog-explain--request)))))
    (and (stringp answer) answer)))

(defun smblog-explain--request ()
  "Return the title of the request that the message at point belongs to, or nil."
  (let ((request (smblog-request-at-point)))
    (and request (smblog-request-title request))))

(defun smblog-explain-status (hex)
  "Return the name of the status with the number HEX, \"0xc0000034\".
It is short: \"OBJECT_NAME_NOT_FOUND\".  Return HEX if there is no
libwireshark to ask."
  (let* ((table (smblog-explain--table "smb2.nt_status"))
         (entry (and (listp table) (assq (string-to-number (substring hex 2) 16) table))))
    (if entry (string-remove-prefix "STATUS_" (cadr entry)) hex)))

(defun smblog-explain-command (opcode)
  "Return the name of OPCODE, \"SMB1 0x73\": \"Session Setup AndX\".
Return OPCODE if there is no libwireshark to ask."
  (let* ((table (smblog-explain--table "smb.cmd"))
         (number (string-to-number (string-remove-prefix "SMB1 0x" opcode) 16)))
    (or (and (listp table) (cadr (assq number table))) opcode)))

(autoload 'smblog-request-at-point "smblog-request")
(autoload 'smblog-request-title "smblog-request")

(provide 'smblog-explain)
;;; smblog-explain.el ends here
