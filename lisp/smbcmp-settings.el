;;; smbcmp-settings.el --- Settings of servers and clients  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What smb.conf, "testparm -s", "smbstatus --json" and the Linux client's
;; DebugData say of how the peers are set up, as an alist of names and
;; values, and what differs between two of them.

;;; Code:

(require 'cl-lib)
(require 'json)
(require 'seq)
(require 'subr-x)

(defconst smbcmp-settings--limit 4000000
  "How many bytes of a file are looked at.")

(defconst smbcmp-settings--kinds
  '(("smb.conf" "^[ \t]*\\[global\\][ \t\r]*$" smbcmp-settings--parse-conf)
    ("smbstatus" "\\`[ \t\r\n]*{" smbcmp-settings--parse-status)
    ("DebugData" "^Display Internal CIFS Data Structures for Debugging" smbcmp-settings--parse-debug-data))
  "What is known of each kind of file: (NAME REGEXP PARSER).
REGEXP is somewhere in such a file; PARSER is called in a buffer with it,
and returns an alist of names and values, strings, or nil if it is none.")

;;;; Files

(defun smbcmp-settings-of-file (file)
  "Return (KIND . SETTINGS) of FILE, or nil if it has none.
KIND is a string, SETTINGS an alist of names and values, strings."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8))
      (insert-file-contents file nil 0 smbcmp-settings--limit))
    (cl-loop for (name regexp parser) in smbcmp-settings--kinds
             for settings = (progn (goto-char (point-min))
                                   (and (let ((case-fold-search t))
                                          (re-search-forward regexp nil t))
                                        (funcall parser)))
             when settings return (cons name settings))))

(defun smbcmp-settings--parse-conf ()
  "Return the parameters of the smb.conf in this buffer.
Names are as smb.conf(5) takes them: blanks and case do not matter."
  (let ((section "global") settings)
    (goto-char (point-min))
    (while (not (eobp))
      (cond
       ((looking-at "[ \t]*[#;]"))
       ((looking-at "[ \t]*\\[\\([^]\n]+\\)\\]")
        (setq section (match-string 1)))
       ((looking-at "[ \t]*\\([^=\n]+?\\)[ \t]*=[ \t]*\\(\\(?:.*\\\\\n\\)*.*?\\)[ \t\r]*$")
        (push (cons (format "[%s] %s" section
                            (downcase (replace-regexp-in-string "[ \t]+" " " (match-string 1))))
                    (replace-regexp-in-string "\\\\\n[ \t]*" "" (match-string 2)))
              settings)
        (goto-char (match-end 0))))
      (forward-line))
    (nreverse settings)))

(defconst smbcmp-settings--status-names
  '(version session_dialect encryption signing cipher degree smb_conf)
  "What of \"smbstatus --json\" is a setting, not a number of the run.")

(defun smbcmp-settings--parse-status ()
  "Return the settings in the output of \"smbstatus --json\" in this buffer."
  (goto-char (point-min))
  (let ((data (condition-case nil
                  (let ((json-object-type 'alist) (json-array-type 'list)) (json-read))
                (error nil)))
        settings)
    (cl-labels ((walk (name value)
                  (if (and (consp value) (consp (car value)))
                      (pcase-dolist (`(,key . ,below) value)
                        (when (or (memq key smbcmp-settings--status-names)
                                  (consp below))
                          (walk (if (memq key smbcmp-settings--status-names)
                                    (concat name " " (symbol-name key))
                                  name)
                                below)))
                    (unless (consp value) (push (cons name (format "%s" value)) settings)))))
      (when (and (listp data) (or (assq 'sessions data) (assq 'tcons data)))
        (pcase-dolist (`(,kind . ,value) data)
          (unless (memq kind '(open_files timestamp))
            (walk (format "smbstatus %s" kind) value)))))
    (smbcmp-settings--joined (nreverse settings))))

(defconst smbcmp-settings--debug-data-regexp
  "\\(CIFS Version\\|Features\\|CIFSMaxBufSize\\|Dialect\\|SecMode\\|Capabilities\
\\|Server capabilities\\|Share Capabilities\\|Share Flags\\|Maximal Access\\|Security type\
\\|Compression\\|RDMA\\)\\(?:: *\\| +\\)\\([^ \t\r\n][^\t\r\n]*?\\)[ \t\r]*\
\\(?:[\t\n]\\|  \\|\\'\\| [A-Z][A-Za-z ]*: \\)"
  "Regexp for what in DebugData is a setting: its name and value.")

(defun smbcmp-settings--parse-debug-data ()
  "Return the settings in DebugData, which is somewhere in this buffer."
  (let (settings)
    (goto-char (point-min))
    (re-search-forward "^Display Internal CIFS")
    (while (re-search-forward smbcmp-settings--debug-data-regexp nil t)
      (push (cons (concat "DebugData " (match-string 1)) (match-string 2)) settings)
      (goto-char (match-end 2)))
    (smbcmp-settings--joined (nreverse settings))))

(defun smbcmp-settings--joined (settings)
  "Return SETTINGS with each name once, its values joined, each once."
  (let (joined)
    (pcase-dolist (`(,name . ,value) settings)
      (let ((known (assoc name joined)))
        (cond ((null known) (push (list name value) joined))
              ((not (member value (cdr known))) (nconc known (list value))))))
    (mapcar (pcase-lambda (`(,name . ,values)) (cons name (string-join values ", ")))
            (nreverse joined))))

;;;; Comparing

(defconst smbcmp-settings--booleans
  '(("true" . "yes") ("1" . "yes") ("false" . "no") ("0" . "no"))
  "Ways to say yes and no in smb.conf, and the usual ones.")

(defun smbcmp-settings--same-p (a b)
  "Return non-nil if the values A and B, strings, mean the same."
  (cl-flet ((plain (value)
              (let ((value (downcase (string-trim value))))
                (or (cdr (assoc value smbcmp-settings--booleans)) value))))
    (equal (plain a) (plain b))))

(defun smbcmp-settings-diff (a b)
  "Return what differs between the settings A and B, alists.
That is a list of plists (:name :a :b), strings, nil where one has none,
as `smbcmp-comparison-environment' has them."
  (append
   (cl-loop for (name . value) in a
            for other = (cdr (assoc name b))
            unless (and other (smbcmp-settings--same-p value other))
            collect (list :name name :a value :b other))
   (cl-loop for (name . value) in b
            unless (assoc name a)
            collect (list :name name :a nil :b value))))

(provide 'smbcmp-settings)
;;; smbcmp-settings.el ends here
