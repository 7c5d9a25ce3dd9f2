;;; smbcmp-log-text.el --- Log messages as text to compare  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The messages that two servers logged for a request each, as text in which
;; whatever differs in any two runs is masked: times, process ids, pointers,
;; other ids, dumps.  Servers of different builds log from other lines and
;; functions; then these are left out.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog)

;;;; Masks

(defcustom smbcmp-compare-logs-masks
  '(;; Source files are named from where Samba was built.
    ("\\(?:\\.\\./\\)+\\([a-z0-9_/]+\\.c\\b\\)" . "\\1")
    ;; SMB1's dump of a message: its ids and parameter words.
    ("\\(\\bsmb_[putm]id=\\)[0-9]+" . "\\1[id]")
    ("^\\([ \t]*smb_vwv\\)\\[ *[0-9]+\\]=.*\\(?:\n[ \t]*smb_vwv\\[ *[0-9]+\\]=.*\\)*"
     . "\\1[dump]")
    ;; A dump, however long; keys are among them.
    ("^\\([ \t]*[A-Za-z ]*\\)\\[[0-9A-F]\\{4,\\}\\] [0-9A-F][0-9A-F] .*\
\\(?:\n[ \t]*\\[[0-9A-F]\\{4,\\}\\] [0-9A-F][0-9A-F] .*\\)*" . "\\1[dump]")
    ("\\b\\(?:Mon\\|Tue\\|Wed\\|Thu\\|Fri\\|Sat\\|Sun\\),? +[A-Z][a-z]\\{2\\} +[0-9]+ \
[0-9:]\\{8\\}\\(?:\\.[0-9]+\\)? [0-9]\\{4,6\\}\\(?: [A-Z]\\{3,5\\}\\)?\\(?:\\.[0-9]+\\)?"
     . "[time]")
    ("\\b[A-Z][a-z][a-z], +[0-9]+ [A-Z][a-z][a-z] [0-9]\\{4\\} [0-9:.]\\{8,\\}\\(?: [A-Z]\\{3,5\\}\\)?"
     . "[time]")
    ("[0-9]\\{4\\}[-/][0-9][0-9][-/][0-9][0-9][ T][0-9:.]\\{8,\\}\\(?:Z\\|[-+][0-9:]+\\)?"
     . "[time]")
    ("NTTIME([1-9][0-9]*)" . "NTTIME([time])")
    ("\\(\\btv_u?sec = \\)[0-9a-f]+" . "\\1[time]")
    ("\\b[0-9]+\\(?:\\.[0-9]+\\)? ?\\(?:[mu]?s\\|µs\\|[mu]?secs?\\|seconds\\)\\b"
     . "[duration]")
    ("\\(\"duration\": \\)[0-9]+" . "\\1[duration]")
    ("\\b[0-9a-fA-F]\\{8\\}\\(?:-[0-9a-fA-F]\\{4\\}\\)\\{3\\}-[0-9a-fA-F]\\{12\\}" . "[guid]")
    ;; The domain of an account is the machine's, made when Samba was set up.
    ("S-1-5-21\\(?:-[0-9]+\\)\\{3\\}" . "S-1-5-21-[domain]")
    ("\\(ipv[46]:[0-9a-fA-F.:]+\\):[0-9]+\\b" . "\\1:[port]")
    ("\\(\\b[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+\\):[0-9]+\\b" . "\\1:[port]")
    ("\\(\\bport[ =]+\\)[0-9]+\\b" . "\\1[port]")
    ;; What is called an id, a key, a hash, however short.
    ("\\(\\(?:\\b\\|_\\)\\(?:id\\|[mptv]id\\|vuid\\|key\\|hash\\|fnum\\|epoch\\|seqnum\\|\
position\\|gen\\|inode\\)\\(?: *[:=] *\\| ?[[(] ?\\| \\)'?\\)\
\\(?:0x\\)?[0-9a-fA-F]+\\b\\(?::[0-9a-fA-F]+\\)*\\(?:/[0-9]+\\)?\\(?: (-?[0-9]+)\\)?"
     . "\\1[id]")
    ("\\(\\b\\(?:notifyd ?= ?\\|[Ss]ending message to \\)\\)[0-9]+" . "\\1[pid]")
    ("\\(\\bfiles structure \\)[1-9][0-9]+" . "\\1[id]")
    ("\\(\\b\\(?:fd ?=? ?\\|posix_fcntl_[a-z]+ \\)\\)[0-9]+" . "\\1[fd]")
    ("\\(\\b\\(?:cUnitAvail\\|[dc]?free\\) ?= ?\\)[0-9]+" . "\\1[space]")
    ("\\b0x0*[1-9a-fA-F][0-9a-fA-F]\\{7,\\}\\b\\(?: (-?[0-9]+)\\)?" . "[id]")
    ("\\b[0-9a-fA-F]+:[0-9a-fA-F]+:[0-9a-fA-F]+\\b\\(?:/[0-9]+\\)?" . "[id]")
    ("\\b[0-9]\\{9,\\}\\b" . "[id]")
    ("\\b[0-9a-fA-F]\\{16,\\}\\b" . "[bytes]"))
  "What is masked before the logs of two runs are compared.
An alist of regexps and what is put in their place, as `replace-match'
takes it.  The process's own id is masked, too."
  :type '(alist :key-type regexp :value-type string)
  :group 'smbcmp-compare)

(defun smbcmp-log-text--whole (name)
  "Return a regexp for NAME, a string, where it is no part of a longer word."
  (concat (if (string-match-p "\\`\\w" name) "\\b" "") (regexp-quote name)
          (if (string-match-p "\\w\\'" name) "\\b" "")))

(defun smbcmp-log-text--mask (pid &optional names)
  "Mask in this buffer, of the process PID, what differs in any two runs.
NAMES are strings that the other server has other ones for."
  (let ((case-fold-search nil))
    (pcase-dolist (`(,regexp . ,mask)
                   (append (mapcar (lambda (name) (cons (smbcmp-log-text--whole name) "[name]")) names)
                           (and pid `((,(format "\\b%d\\b" pid) . "[pid]")
                                      (,(format "\\b0x0*%x\\b" pid) . "[pid]")))
                           smbcmp-compare-logs-masks))
      (goto-char (point-min))
      (while (re-search-forward regexp nil t)
        (replace-match mask t)))))

(defun smbcmp-compare-logs-mask (text pid &optional names)
  "Return TEXT, of the process PID, with what differs in any two runs masked.
So are NAMES, strings."
  (with-temp-buffer
    (insert text)
    (smbcmp-log-text--mask pid names)
    (buffer-string)))

;;;; Texts

(defun smbcmp-log-text-file (message)
  "Return the source file of MESSAGE, a plist, from the top of Samba's sources."
  (replace-regexp-in-string "\\`\\(?:\\.\\./\\)+" "" (or (plist-get message :file) "?")))

(defun smbcmp-log-text-same-build-p (a b)
  "Return non-nil if messages A and B, lists of plists, may be of the same sources.
Functions that both have then log from the same lines."
  (let ((lines (make-hash-table :test #'equal)) (common 0) (same 0))
    (dolist (message a)
      (push (plist-get message :line) (gethash (plist-get message :function) lines)))
    (dolist (message b)
      (when-let* ((there (gethash (plist-get message :function) lines)))
        (cl-incf common)
        (when (memql (plist-get message :line) there) (cl-incf same))))
    (>= (* 2 same) common)))

(defconst smbcmp-log-text--function "\\`[ \t\n]*\\(?:[a-zA-Z_][a-zA-Z0-9_]*: +\\)*"
  "Regexp for the names of functions that begin many a message.")

(defconst smbcmp-log-text--source "\\(?:\\.\\./\\)*\\b[a-z0-9_/]+\\.c:[0-9]+"
  "Regexp for a place in Samba's sources that a message names.")

(defun smbcmp-log-text-without-function (text)
  "Return TEXT without the names of functions that it begins with."
  (replace-regexp-in-string smbcmp-log-text--function "" text))

(defun smbcmp-log-text--body (message same)
  "Return the text of MESSAGE, a plist, without the names of functions unless SAME."
  (let ((text (string-trim-right (or (plist-get message :text) ""))))
    (if same (replace-regexp-in-string "\\` \\{0,2\\}" "  " text)
      (concat "  " (replace-regexp-in-string
                    smbcmp-log-text--source "[source]"
                    (smbcmp-log-text-without-function text))))))

(defun smbcmp-log-text-where (message &optional line)
  "Return the function and the source file of MESSAGE, a plist.
With LINE, and the number of the line."
  (concat (or (plist-get message :function) "?") "  " (smbcmp-log-text-file message)
          (if (and line (plist-get message :line))
              (format ":%s" (plist-get message :line))
            "")))

(defun smbcmp-log-text (messages same &optional names)
  "Return MESSAGES, plists of `smblog-message', as a list of texts to compare.
What differs in any two runs is masked, and so are NAMES, strings that
the other server has other ones for.  With SAME, the messages that
they are compared with are of the same build, and each begins with a line
with the function and line of the source; else that is left out,
and so are the names of functions in the text."
  (mapcar (lambda (text) (if (string-suffix-p "\n" text) text (concat text "\n")))
          (smbcmp-log-text--masked
           (mapcar (lambda (message)
                     (cons (plist-get message :pid)
                           (concat (if same (concat (smbcmp-log-text-where message t) "\n") "")
                                   (smbcmp-log-text--body message same))))
                   messages)
           names)))

(defun smbcmp-log-text--masked (texts names)
  "Return TEXTS, an alist of processes and texts, as a list of masked ones.
All of a process are masked at once: they are many.  NAMES are masked, too."
  (let ((masked (make-hash-table)))
    (pcase-dolist (`(,pid . ,text) texts)
      (push text (gethash pid masked)))
    (maphash (lambda (pid texts)
               (with-temp-buffer
                 ;; No mask reaches over this.
                 (insert (mapconcat (lambda (text) (subst-char-in-string ?\0 ?\s text))
                                    (nreverse texts) "\n\0\n"))
                 (smbcmp-log-text--mask pid names)
                 (puthash pid (split-string (buffer-string) "\n\0\n") masked)))
             (copy-hash-table masked))
    (mapcar (lambda (text) (pop (gethash (car text) masked))) texts)))

(provide 'smbcmp-log-text)
;;; smbcmp-log-text.el ends here
