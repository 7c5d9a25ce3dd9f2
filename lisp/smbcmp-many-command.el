;;; smbcmp-many-command.el --- Many captures on the command line  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; "smbcmp diff GOOD BAD BAD..." and "smbcmp group": what is printed is text,
;; or a line of JSON for each comparison, which other machines may make.

;;; Code:

(require 'cl-lib)
(require 'json)
(require 'subr-x)
(require 'smbcmp-many)

(defun smbcmp-many-command-jobs (string)
  "Return the number of jobs that STRING says."
  (if (string-match-p "\\`[1-9][0-9]*\\'" string) (string-to-number string)
    (error "--jobs takes a number, not %s" string)))

(defun smbcmp-many-command--print (grouped options)
  "Print GROUPED as OPTIONS say; return the exit status."
  (unless (plist-get options :quiet)
    (princ (if (equal "json" (plist-get options :format))
               (concat (smbcmp-escape-json (smbcmp-many-command--json grouped)) "\n")
             (smbcmp-escape (smbcmp-many-report grouped)))))
  (smbcmp-many-status grouped))

(defun smbcmp-many-command--json (grouped)
  "Return GROUPED as a line of JSON."
  (let ((json-null nil))
    (json-encode
     `((runs . ,(plist-get grouped :runs))
       (common . ,(vconcat (plist-get grouped :common)))
       (groups . ,(vconcat (mapcar (lambda (group)
                                     `((first . ,(car group)) (count . ,(length (cdr group)))
                                       (files . ,(vconcat (cdr group)))))
                                   (plist-get grouped :groups))))
       (failed . ,(vconcat (mapcar (pcase-lambda (`(,file . ,why))
                                     `((file . ,file) (error . ,why)))
                                   (plist-get grouped :failed))))))))

(defun smbcmp-many-command-diff (options passed files)
  "Compare the first of FILES with each of the others by OPTIONS.
PASSED are the options for each comparison, as typed.  Print lines of
JSON as they come, or groups at the end; return the exit status."
  (let* ((json (equal "json" (plist-get options :format)))
         (goods (plist-get options :good))
         (results nil)
         (many (smbcmp-many-start
                (car files) (append goods (cdr files)) passed
                (or (plist-get options :jobs) (smbcmp-many-default-jobs))
                (lambda (line)
                  (push (smbcmp-many-read line) results)
                  (when (and json (not (plist-get options :quiet)))
                    (smbcmp-module-print-line line)))
                #'ignore)))
    (smbcmp-many-wait many)
    (let ((grouped (smbcmp-many-group results goods)))
      (if json (smbcmp-many-status grouped)
        (smbcmp-many-command--print grouped options)))))

(defun smbcmp-many-command--lines (file)
  "Return the lines of FILE, or of standard input if that is \"-\"."
  (if (equal file "-")
      (let (lines)
        (condition-case nil
            (while t (push (read-string "") lines))
          (error nil))
        (nreverse lines))
    (with-temp-buffer
      (let ((coding-system-for-read 'utf-8))
        (insert-file-contents file))
      (split-string (buffer-string) "\n" t))))

(defun smbcmp-many-command--results (files goods)
  "Return the comparisons in FILES, lines of JSON; each of GOODS must be one."
  (let ((results (cl-loop for file in (or files '("-"))
                          append (mapcar #'smbcmp-many-read
                                         (remove "" (mapcar #'string-trim
                                                            (smbcmp-many-command--lines file)))))))
    (dolist (good goods results)
      (unless (cl-some (lambda (result) (smbcmp-many-good-p result (list good))) results)
        (signal 'smbcmp-error (list (format "%s: none of these comparisons is with it" good)))))))

(defun smbcmp-many-command-group (options files)
  "Group comparisons by OPTIONS, lines of JSON in FILES or on standard input.
Print the groups; return the exit status."
  (let ((goods (plist-get options :good)))
    (smbcmp-many-command--print
     (smbcmp-many-group (smbcmp-many-command--results files goods) goods) options)))

(provide 'smbcmp-many-command)
;;; smbcmp-many-command.el ends here
