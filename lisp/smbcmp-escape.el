;;; smbcmp-escape.el --- Show control characters as escapes  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Names of files, captures and logs are written by strangers.  A control
;; character in them is obeyed by a terminal, a bidirectional mark makes
;; what is beside it read otherwise than it is.  What is data keeps them;
;; what is shown has escapes in their place: "\x1b", "\u202e".

;;; Code:

(defconst smbcmp-escape-characters
  "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
  "Characters that are shown as escapes: controls and bidirectional marks.
As in a regexp, between brackets.  Tabs and newlines are not among them.")

(defun smbcmp-escape--one (match)
  "Return the escape for MATCH, a string of one character, with its properties."
  (let ((character (aref match 0)))
    (apply #'propertize (format (if (< character 256) "\\x%02x" "\\u%04x") character)
           (text-properties-at 0 match))))

(defun smbcmp-escape (text &optional line)
  "Return TEXT, a string, with escapes for what a terminal might obey.
Its text properties stay.  If LINE is non-nil, so do tabs and newlines
become escapes: TEXT is to be but a part of a line."
  (let ((regexp (concat "[" smbcmp-escape-characters (if line "\t\n" "") "]")))
    (if (string-match-p regexp text)
        (replace-regexp-in-string regexp #'smbcmp-escape--one text t t)
      text)))

(defun smbcmp-escape-json (json)
  "Return JSON, a text of that, with all that a terminal might obey escaped."
  (replace-regexp-in-string (concat "[" smbcmp-escape-characters "]")
                            (lambda (match) (format "\\u%04x" (aref match 0))) json t t))

(defun smbcmp-escape-message (format &rest args)
  "Show the message FORMAT with ARGS, strings among them with escapes."
  (message "%s" (apply #'format format
                       (mapcar (lambda (arg) (if (stringp arg) (smbcmp-escape arg) arg))
                               args))))

(defun smbcmp-escape-file (file)
  "Return the name of FILE as it is shown: short, on one line, with escapes."
  (smbcmp-escape (abbreviate-file-name file) t))

(defun smbcmp-escape-base (file)
  "Return the name of FILE without its directory, as it is shown."
  (smbcmp-escape (file-name-nondirectory file) t))

(defun smbcmp-escape-region (start end)
  "Put escapes in place of control characters from START to END, if any.
Text properties stay, and point, where it was."
  (let ((end (copy-marker end t)) (inhibit-read-only t)
        (regexp (concat "[" smbcmp-escape-characters "]")))
    (save-excursion
      (goto-char start)
      (with-silent-modifications
        (while (re-search-forward regexp end t)
          (let ((escape (smbcmp-escape--one (match-string 0))))
            (delete-region (match-beginning 0) (match-end 0))
            (insert escape)))))
    (set-marker end nil)))

(defun smbcmp-escape-buffer-name ()
  "Have the name of this buffer, which is a file's, be one that can be shown.
Buffers that belong to this one are named after it."
  (let ((name (smbcmp-escape (buffer-name) t)))
    (unless (equal name (buffer-name))
      (rename-buffer name t))))

(provide 'smbcmp-escape)
;;; smbcmp-escape.el ends here
