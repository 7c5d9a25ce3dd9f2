;;; smbcmp-rules.el --- Which differences matter  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Two runs of one case never have the same bytes.  Rules say which fields
;; are volatile or mere identifiers.  The shipped ones are data, in
;; smbcmp-rules.eld; the user's come after them and are saved by Custom.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-module)

;;;; Customization

(defconst smbcmp-rules-kinds
  '(meaningful volatile identifier size name host time environment peer)
  "What a rule may say that fields are, see smbcmp-rules.eld.")

(defcustom smbcmp-user-rules nil
  "Your rules on which differences matter; they come after the shipped ones.
Each is a property list (:kind KIND HOW PATTERN ...):

 :kind  What may differ in such fields, one of `smbcmp-rules-kinds':
        `volatile' ones may as they like, `identifier' ones if each stands
        for the same thing throughout, `meaningful' ones may not, whatever
        other rules say.  The manual tells of the others.
 HOW    one of `:field' (a filter name), `:protocol' (the first part
        of filter names), `:type' (a type of fields) and `:regexp' (a
        Perl-compatible one for filter names), and the PATTERN.
 :value optionally, a regexp for the field's line.
 :name  optionally, what the rule is called.

The last rule that matches a field decides, for what is below it, too."
  :type `(repeat (plist :options ((:kind (choice ,@(mapcar (lambda (kind) `(const ,kind))
                                                           smbcmp-rules-kinds)))
                                  (:field string) (:protocol string)
                                  (:type string) (:regexp string)
                                  (:generated (const t))
                                  (:value string) (:command string)
                                  (:name string))))
  :group 'smbcmp)

(defcustom smbcmp-rules-off nil
  "Rules that are switched off, shipped or yours, property lists.
\\[smbcmp-list-rules] lists all rules."
  :type '(repeat (plist :value-type sexp))
  :group 'smbcmp)

(defvar smbcmp-rules-changed-hook nil
  "Hook run after a command changed `smbcmp-user-rules'.")

;;;; Rules

(defun smbcmp-rules--file ()
  "Return the file of the shipped rules."
  (let ((beside (expand-file-name "smbcmp-rules.eld" smbcmp-module-lisp-directory)))
    (if (file-readable-p beside)
        beside
      (signal 'smbcmp-file-error (list (format "%s: no such file" beside))))))

(defvar smbcmp-rules--shipped nil
  "The shipped rules, once read.")

(defun smbcmp-rules-shipped ()
  "Return the rules that come with smbcmp, property lists."
  (or smbcmp-rules--shipped
      (setq smbcmp-rules--shipped
            (with-temp-buffer
              (insert-file-contents (smbcmp-rules--file))
              (read (current-buffer))))))

(defvar smbcmp-rules-fields nil
  "Filter names of the fields that alone are compared, nil for all.
\"smb2.create.*\" stands for all that begin so.")

(defun smbcmp-rules--for-fields (fields)
  "Return rules by which differences in FIELDS alone matter, nil for nil.
FIELDS is as in `smbcmp-rules-fields'."
  (and fields
       (cons '(:name "other fields" :kind volatile :regexp ".")
             (mapcar (lambda (field)
                       (if (string-suffix-p "*" field)
                           (list :kind 'meaningful :name field
                                 :regexp (concat "^" (regexp-quote (substring field 0 -1))))
                         (list :kind 'meaningful :field field)))
                     fields))))

(defun smbcmp-rules ()
  "Return all rules in effect, the shipped ones and `smbcmp-user-rules'.
They are property lists; see there.  Those of `smbcmp-rules-off' are left out."
  (append (cl-remove-if (lambda (rule) (member rule smbcmp-rules-off))
                        (append (smbcmp-rules-shipped) smbcmp-user-rules))
          (smbcmp-rules--for-fields smbcmp-rules-fields)))

(defun smbcmp-rules--how (rule)
  "Return the condition of RULE as (HOW PATTERN), strings.
Signal `smbcmp-error' if it has none."
  (or (cl-loop for how in '(:field :protocol :regexp :type)
               for pattern = (plist-get rule how)
               when (stringp pattern)
               return (list (substring (symbol-name how) 1) pattern))
      (and (plist-get rule :generated) (list "generated" "generated"))
      (signal 'smbcmp-error
              (list (format "A rule needs :field, :protocol, :type, :regexp or :generated: %S"
                            rule)))))

(defun smbcmp-rules-name (rule)
  "Return what RULE is called."
  (or (plist-get rule :name) (cadr (smbcmp-rules--how rule))))

(defun smbcmp-rules-for-module (rules)
  "Return RULES as module and workers take them: a flat list of strings.
Signal `smbcmp-error' for one that is malformed."
  (mapcan (lambda (rule)
            (pcase-let ((`(,how ,pattern) (smbcmp-rules--how rule)))
              (unless (memq (plist-get rule :kind) smbcmp-rules-kinds)
                (signal 'smbcmp-error (list (format "A rule needs a :kind: %S" rule))))
              (list (smbcmp-rules-name rule)
                    (symbol-name (plist-get rule :kind))
                    how pattern
                    (or (plist-get rule :value) "")
                    (or (plist-get rule :command) "")
                    ;; With :type alone it is the pattern already.
                    (if (equal how "type") "" (or (plist-get rule :type) "")))))
          rules))

;;;; The user's rules

(defun smbcmp-rules-toggle (field ignored)
  "Make differences of FIELD, a filter name, not matter, or matter if IGNORED.
A rule of the user's that says the contrary is taken back first.  Return
a message that tells what was done."
  (let* ((kind (if ignored 'meaningful 'volatile))
         (contrary (cl-find-if (lambda (rule)
                                 (and (equal (plist-get rule :field) field)
                                      (not (eq (plist-get rule :kind) kind))))
                               smbcmp-user-rules)))
    (setq smbcmp-user-rules
          (if contrary
              (remove contrary smbcmp-user-rules)
            (append smbcmp-user-rules (list (list :kind kind :field field)))))
    (run-hooks 'smbcmp-rules-changed-hook)
    (format "Differences of %s %s" field
            (if ignored "matter" "are ignored"))))

(defun smbcmp-rules-save ()
  "Save your rules for future sessions."
  (interactive)
  (customize-save-variable 'smbcmp-user-rules smbcmp-user-rules)
  (customize-save-variable 'smbcmp-rules-off smbcmp-rules-off)
  (message (if (= 1 (length smbcmp-user-rules)) "Saved %d rule" "Saved %d rules")
           (length smbcmp-user-rules)))

(provide 'smbcmp-rules)
;;; smbcmp-rules.el ends here
