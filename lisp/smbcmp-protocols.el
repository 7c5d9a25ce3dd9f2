;;; smbcmp-protocols.el --- What is compared beside SMB  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What breaks SMB is as often a ticket, a name or a directory.  Which
;; protocols are compared, and which of their fields tell what a message
;; is, says a table, smbcmp-protocols.eld; yours comes on top.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)

(defcustom smbcmp-user-protocols nil
  "Your protocols to be compared, property lists.
Those of smbcmp-protocols.eld are in this form and described there.  One
of yours takes the place of the one there that has its :name."
  :type '(repeat (plist :options ((:name string) (:node string)
                                  (:operation (repeat string)) (:object (repeat string))
                                  (:outcome (repeat string)) (:id (repeat string))
                                  (:response (repeat string)) (:response-is regexp)
                                  (:part regexp) (:success string) (:label string)
                                  (:rewrite (alist :key-type regexp :value-type string))
                                  (:denied (repeat string)) (:denied-is regexp)
                                  (:encrypted (repeat string))
                                  (:per-server (const t)) (:anybody (const t)))))
  :group 'smbcmp-compare)

(defcustom smbcmp-compare-protocols nil
  "Names of the protocols that are compared, or nil for all.
\"SMB\" is one, \"TCP\" another: connections that do not come about.  The
others are those of `smbcmp-protocols'."
  :type '(choice (const :tag "All" nil) (repeat string))
  :group 'smbcmp-compare)

(defvar smbcmp-protocols--shipped nil
  "The shipped protocols, once read.")

(defun smbcmp-protocols ()
  "Return the protocols that can be compared beside SMB, property lists.
These are `smbcmp-user-protocols' and those of smbcmp-protocols.eld.
Signal `smbcmp-file-error' if that is not there."
  (let ((file (expand-file-name "smbcmp-protocols.eld" smbcmp-module-lisp-directory)))
    (unless smbcmp-protocols--shipped
      (unless (file-readable-p file)
        (signal 'smbcmp-file-error (list (format "%s: no such file" file))))
      (setq smbcmp-protocols--shipped
            (with-temp-buffer
              (insert-file-contents file)
              (read (current-buffer)))))
    (append smbcmp-user-protocols
            (cl-remove-if (lambda (protocol)
                            (cl-find (plist-get protocol :name) smbcmp-user-protocols
                                     :key (lambda (mine) (plist-get mine :name))
                                     :test #'equal))
                          smbcmp-protocols--shipped))))

(defconst smbcmp-protocols--aliases
  '(("KERBEROS" . "KRB5") ("SMB1" . "SMB") ("SMB2" . "SMB") ("SMB3" . "SMB") ("NFS" . "RPC"))
  "Other names of protocols.")

(defun smbcmp-protocols-names (names)
  "Return NAMES as the table has them, whatever their case.
They are a list of strings and symbols, or a string with commas between
names; nil stands for all.  Signal `smbcmp-error' for one that is not known."
  (let ((known (cl-list* "SMB" "TCP" (mapcar (lambda (p) (plist-get p :name)) (smbcmp-protocols)))))
    (mapcar (lambda (name)
              (let ((name (upcase (format "%s" name))))
                (setq name (or (cdr (assoc name smbcmp-protocols--aliases)) name))
                (or (cl-find name known :test #'equal :key #'upcase)
                    (signal 'smbcmp-error
                            (list (format "There is no protocol %s; there are %s" name
                                          (string-join known ", ")))))))
            (if (stringp names) (split-string names "[ ,]+" t) names))))

(defun smbcmp-protocols-for-module (names)
  "Return what workers are told of the protocols NAMES, a flat list of strings.
NAMES is as `smbcmp-protocols-names' takes it."
  (let ((names (smbcmp-protocols-names names)))
    (append
     (and names (not (member "SMB" names)) (list "SMB" "without-smb" ""))
     (cl-loop for protocol in (smbcmp-protocols)
              when (or (null names) (member (plist-get protocol :name) names))
              append (smbcmp-protocols--strings protocol)))))

(defun smbcmp-protocols--strings (protocol)
  "Return PROTOCOL as strings, three at a time: its name, a key, a value."
  (let ((name (plist-get protocol :name)) (node (plist-get protocol :node)))
    (unless (and (stringp name) (stringp node))
      (signal 'smbcmp-error
              (list (format "A protocol needs a :name and a :node: %S" protocol))))
    (append
     (list name "node" node)
     (cl-loop for (key value) on protocol by #'cddr
              append (pcase key
                       ((or :name :node) nil)
                       (:rewrite (cl-loop for (regexp . to) in value
                                          append (list name "rewrite" regexp name "to" to)))
                       ((guard (eq value t)) (list name (substring (symbol-name key) 1) ""))
                       (_ (cl-loop for one in (if (listp value) value (list value))
                                   append (list name (substring (symbol-name key) 1) one))))))))

(provide 'smbcmp-protocols)
;;; smbcmp-protocols.el ends here
