;;; smbcmp-keys.el --- SMB session keys  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Session keys, from whatever they are found in: logs of Samba's server
;; and clients with `debug encryption = yes', kernel logs, smbinfo's
;; output, tables, keytabs.  What a dump's lines look like is in
;; `smbcmp-keys-dumps'.
;;
;; A log may have gigabytes.  It is grep that reads it, where the log
;; lies, and only lines near a session id come into Emacs: never into a
;; file.
;;
;; Keys are secrets.  They are kept sealed, in the value of an uninterned
;; symbol, which prints as its name wherever something that holds it is
;; printed: in backtraces, `describe-variable', saved desktops.  Messages
;; tell session ids, lines and lengths, never a key.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-module)

;;;; Sealed keys

(defun smbcmp-keys-seal (keys)
  "Return KEYS, a list as of `smbcmp-read-keys', as an object that hides them.
An object that is sealed already is returned as it is."
  (if (and keys (symbolp keys))
      keys
    (let ((sealed (make-symbol "keys")))
      (set sealed keys)
      sealed)))

(defun smbcmp-keys-unseal (sealed)
  "Return the keys in SEALED, or SEALED itself if it is a list."
  (if (and sealed (symbolp sealed)) (symbol-value sealed) sealed))

;;;; What a key is

(defconst smbcmp-keys--fields
  '((:session "session id" 8)
    (:key "session key" 16 32)
    (:server-in "ServerIn key" 16 32)
    (:server-out "ServerOut key" 16 32))
  "Parts of a key: (FIELD NAME LENGTH...), the lengths in bytes.")

(defun smbcmp-keys-part-problem (field hex)
  "Return what is wrong with HEX, the FIELD of a key, or nil."
  (pcase-let ((`(,name . ,lengths) (cdr (assq field smbcmp-keys--fields))))
    (cond ((not (stringp hex)) (format "the %s is no string" name))
          ((not (string-match-p "\\`[0-9A-Fa-f]*\\'" hex))
           (format "the %s is not hexadecimal" name))
          ((not (memql (/ (length hex) 2.0) (mapcar #'float lengths)))
           (format "the %s has %s hexadecimal digits, not %s" name (length hex)
                   (mapconcat (lambda (n) (number-to-string (* 2 n))) lengths " or "))))))

(defun smbcmp-keys-problem (key)
  "Return what is wrong with KEY, a plist, or nil."
  (or (cl-loop for (field) in smbcmp-keys--fields
               for hex = (plist-get key field)
               thereis (and (or hex (eq field :session))
                            (smbcmp-keys-part-problem field hex)))
      (and (not (plist-get key :key))
           (not (and (plist-get key :server-in) (plist-get key :server-out)))
           (format "no key for session %s"
                   (smbcmp-keys-session-name (plist-get key :session))))))

(defun smbcmp-keys-check (keys)
  "Signal `smbcmp-error' if one of KEYS is malformed."
  (cl-loop for key in keys
           for n from 1
           for problem = (if (listp key)
                             (and (not (plist-get key :keytab)) (smbcmp-keys-problem key))
                           "it is no property list")
           when problem do (signal 'smbcmp-error (list (format "Key %d: %s" n problem)))))

(defun smbcmp-keys-session-name (session)
  "Return SESSION, hexadecimal as on the wire, as Wireshark shows it."
  (concat "0x" (downcase (smbcmp-keys--reverse session))))

(defun smbcmp-keys--reverse (hex)
  "Return HEX with its bytes in the opposite order."
  (mapconcat #'identity (nreverse (seq-partition hex 2)) ""))

(defun smbcmp-keys-session-wire (number)
  "Return session id NUMBER, as field smb2.sesid has it, as on the wire."
  (smbcmp-keys--reverse (format "%016X" number)))

;;;; What Wireshark takes

(defun smbcmp-keys-records (keys)
  "Return KEYS, sealed or not, as records of Wireshark's smb2_seskey_list.
For each session Wireshark takes the first, so that the last of KEYS
comes first."
  (let (records)
    (dolist (key (smbcmp-keys-unseal keys) records)
      (unless (plist-get key :keytab)
        (push (smbcmp-keys--record key) records)))))

(defun smbcmp-keys--record (key)
  "Return KEY as a record of Wireshark's smb2_seskey_list."
  (let ((session-key (plist-get key :key))
        (server-in (plist-get key :server-in))
        (server-out (plist-get key :server-out)))
    (mapconcat (lambda (hex) (or hex "\"\""))
               (list (plist-get key :session)
                     ;; Wireshark knows 16 bytes of it, which will do for
                     ;; 128-bit ciphers (MS-SMB2 3.3.5.5.3).  For others
                     ;; it would rather derive wrong keys from these than
                     ;; take the right ones.
                     (and session-key
                          (not (and server-in server-out (= (length server-in) 64)))
                          (substring session-key 0 32))
                     ;; The server-to-client key comes first: ServerOut,
                     ;; from the server's point of view.
                     server-out server-in)
               ",")))

(defun smbcmp-keys-keytab-p (keys)
  "Return non-nil if there is a keytab among KEYS, sealed or not."
  (cl-some (lambda (key) (plist-get key :keytab)) (smbcmp-keys-unseal keys)))

(defun smbcmp-keys-preferences (keys)
  "Return the Wireshark preferences that the keytabs in KEYS ask for."
  (cl-loop for key in (smbcmp-keys-unseal keys)
           for keytab = (plist-get key :keytab)
           when keytab
           append (list "kerberos.decrypt:TRUE"
                        (concat "kerberos.file:" (file-local-name keytab)))))

;;;; Several sources

(defun smbcmp-keys--same-p (a b)
  "Return non-nil if keys A and B agree in all that both have."
  (cl-loop for field in '(:keytab :session :key :server-in :server-out)
           for hex-a = (plist-get a field)
           for hex-b = (plist-get b field)
           always (cond ((null hex-a) (or (null hex-b) (memq field '(:key :server-in :server-out))))
                        ((null hex-b) (memq field '(:key :server-in :server-out)))
                        (t (eq t (compare-strings hex-a nil nil hex-b nil nil
                                                  (not (eq field :keytab))))))))

(defun smbcmp-keys-merge (old new)
  "Return (KEYS . DUPLICATES): the keys OLD and NEW, less those there twice.
DUPLICATES is the number of the latter.  A key that has a part which its
duplicate lacks completes it.  Keys that differ for the same session all
stay, the one that was given last at the end: it counts."
  (let ((known (make-hash-table :test 'equal))
        (duplicates 0)
        keys)
    (dolist (key (append old new))
      (let* ((id (or (plist-get key :keytab) (upcase (plist-get key :session))))
             (twin (cl-find-if (lambda (other) (smbcmp-keys--same-p key other))
                               (gethash id known))))
        (if (null twin)
            (push (car (push (copy-sequence key) keys)) (gethash id known))
          (cl-incf duplicates)
          (when (cdr (gethash id known))
            (setq keys (cons twin (delq twin keys))))
          (cl-loop for (field hex) on key by #'cddr
                   unless (plist-get twin field)
                   do (nconc twin (list field hex))))))
    (cons (nreverse keys) duplicates)))

(provide 'smbcmp-keys)
;;; smbcmp-keys.el ends here
