;;; smbcmp-command-line.el --- Options of the command smbcmp  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Which options there are, what is made of a command line, and how a wrong
;; one is told.  What the commands do is in smbcmp-command.el.

;;; Code:

(require 'smbcmp-capture)
(require 'smbcmp-compare-report)
(require 'smbcmp-comparison)
(require 'smbcmp-decode-as)
(require 'smbcmp-protocols)

;; What not every command needs would make all of them start later.
(autoload 'smbcmp-export-command-number "smbcmp-export-command")
(autoload 'smbcmp-many-command-jobs "smbcmp-many-command")
(autoload 'smbcmp-read-keys "smbcmp-keys-read")

(define-error 'smbcmp-command-usage "Wrong usage" 'smbcmp-error)

(defun smbcmp-command-usage (format &rest args)
  "Signal that the command line is wrong; FORMAT and ARGS say how."
  (signal 'smbcmp-command-usage (list (apply #'format format args))))

(defun smbcmp-command--words (string)
  "Return the words of STRING, which commas separate."
  (split-string string "," t "[ \t]+"))

(defun smbcmp-command--choice (string choices)
  "Return STRING, which must be one of CHOICES."
  (or (car (member string choices))
      (smbcmp-command-usage "%s: choose one of %s" string (string-join choices ", "))))

(defun smbcmp-command--rule (string)
  "Return the rule that STRING, of --ignore, stands for, in a list."
  (list (if (string-prefix-p "(" string)
            (let ((rule (car (read-from-string string))))
              (if (plist-get rule :kind) rule (append (list :kind 'volatile) rule)))
          (let* ((parts (split-string string "="))
                 (name (car parts)) (value (string-join (cdr parts) "=")))
            (append '(:kind volatile)
                    (cond ((null (cdr parts)) (list :field name))
                          ((equal name "REGEXP") (list :regexp value))
                          ((equal name "PROTOCOL") (list :protocol value))
                          (t (list :field name :value value))))))))

(defconst smbcmp-command-options
  `(("--help" :help nil nil "print this, and exit")
    ("--keys" :keys "FILE" smbcmp-read-keys "session keys: a log, a table or a keytab; may be repeated")
    ("--slower" :slower "FACTOR" smbcmp-compare-report-factor
     "how many times slower an exchange must be to count; \"never\" ignores time")
    ("--filter" :filter "FILTER" identity "compare exchanges that pass this display filter alone")
    ("--filter-a" :filter-a "FILTER" identity "the same for A alone")
    ("--filter-b" :filter-b "FILTER" identity "the same for B alone")
    ("--fields" :fields "LIST" smbcmp-command--words
     "compare these fields alone: smb2.nt_status,smb.access.*")
    ("--protocols" :protocols "LIST" smbcmp-protocols-names
     "compare these protocols alone: smb,kerberos,dns,ldap,dcerpc,nfs")
    ("--decode-as" :decode-as "RULE" ,(lambda (string) (list (smbcmp-decode-as-parse string)))
     "dissect as tshark's -d does, for example tcp.port==12445,nbss; may be repeated")
    ("--capture-filter" :capture-filter "FILTER" identity
     "open only frames that pass this filter of libpcap's: tcp port 445")
    ("--good" :good "CAPTURE" list
     "another good one, whose differences from A don't count; may be repeated")
    ("--jobs" :jobs "N" smbcmp-many-command-jobs
     "with several B: how many are compared at a time")
    ("--format" :format "FORMAT"
     ,(lambda (string) (smbcmp-command--choice string '("text" "json" "junit")))
     "text, json or, of diff of two captures, junit")
    ("--quiet" :quiet nil nil "print nothing; the exit status tells")
    ("--first" :first nil nil "print the first divergence alone")
    ("--only" :only "KIND,..." smbcmp-comparison-read-kinds
     ,(concat "count these divergences alone: " (string-join smbcmp-comparison-kinds ", ")))
    ("--expect" :expect "LABEL: STATUS" identity
     "good if this exchange has this status in B: 0 good, 1 bad, 125 if it is not in B")
    ("--bisect" :bisect nil nil "exit with 125, not 2, if it can't be told")
    ("--columns" :columns "TITLE,..." smbcmp-command--words
     "columns of the packet list: titles, formats such as %t, fields")
    ("--ignore" :ignore "RULE" smbcmp-command--rule
     "ignore FIELD, PROTOCOL=NAME, REGEXP=REGEXP or FIELD=REGEXP; may be repeated")
    ("--anonymize" :anonymize nil nil "replace names, addresses and payload")
    ("--map" :map "FILE" identity
     "with --anonymize: what was replaced by what, for capture and log the same file")
    ("--only-these" :only-these nil nil "leave out what else is needed to read them")
    ("--until" :until "FRAME" smbcmp-export-command-number "go no further than this frame")
    ("--output" :output "FILE" identity "write to FILE instead; a script becomes executable")
    ("--requests" :requests nil nil "print requests, not messages"))
  "What is known of each option: (NAME KEY VALUE READER DOC).
KEY is its property, VALUE what its value is called, nil if it takes none;
READER makes the property of the value.")

(defun smbcmp-command--read (reader value)
  "Return what READER makes of VALUE, an option's."
  (condition-case err
      (funcall reader value)
    (smbcmp-error (signal (car err) (cdr err)))
    (error (smbcmp-command-usage "%s" (error-message-string err)))))

(defun smbcmp-command-parse (names args)
  "Return (OPTIONS . REST) of ARGS, which may have the options NAMES."
  (let (options rest)
    (while args
      (let* ((arg (pop args))
             (inline (and (string-match "\\`\\(--[a-z-]+\\)=\\(\\(?:.\\|\n\\)*\\)\\'" arg)
                          (match-string 2 arg)))
             (name (if inline (match-string 1 arg) arg)))
        (cond
         ((equal arg "--") (setq rest (append (reverse args) rest) args nil))
         ((not (string-prefix-p "--" arg)) (push arg rest))
         ((not (member name (cons "--help" names)))
          (smbcmp-command-usage "No such option: %s" name))
         (t (pcase-let ((`(,_ ,key ,value ,reader) (assoc name smbcmp-command-options)))
              (when (and inline (not value))
                (smbcmp-command-usage "%s takes no value" name))
              (let ((given (and value (or inline (pop args)
                                          (smbcmp-command-usage "%s needs a value" name)))))
                (setq options
                      (plist-put options key
                                 (cond ((not value) t)
                                       ((memq key '(:keys :decode-as :good :ignore))
                                        (append (plist-get options key)
                                                (smbcmp-command--read reader given)))
                                       (t (smbcmp-command--read reader given)))))))))))
    (cons options (nreverse rest))))

;;;; Help

(defun smbcmp-command-print-row (width what doc)
  "Print WHAT, WIDTH columns wide, and DOC beside it, within 80 columns."
  (let ((first t))
    (dolist (line (split-string (with-temp-buffer
                                  (insert doc)
                                  (let ((fill-column (- 76 width)) (sentence-end-double-space nil))
                                    (fill-region (point-min) (point-max)))
                                  (buffer-string))
                                "\n"))
      (princ (format (format "  %%-%ds %%s\n" width) (if first what "") line))
      (setq first nil))))

(defun smbcmp-command-print-options (names)
  "Print what the options NAMES do, and --help."
  (dolist (name (append names '("--help")))
    (pcase-let ((`(,_ ,_ ,value ,_ ,doc) (assoc name smbcmp-command-options)))
      (smbcmp-command-print-row 24 (concat name (and value (concat " " value))) doc))))

(provide 'smbcmp-command-line)
;;; smbcmp-command-line.el ends here
