;;; smbcmp-anonymize-map.el --- What stands for a name, an address, a SID  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Captures and logs of one case are anonymized by one map, so that what
;; goes together still does.  A word becomes another one of the same length,
;; letters of the same case and script, digits; what is neither stays, since
;; it is often the bug.  What becomes of what is found by hashing with a
;; seed, which is the map's: without the map nobody can try names.
;;
;; A map is of this Emacs, or in a file: a capture and then its log, or the
;; captures of two hosts.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)

;; Defines `smbcmp-file-error'.
(require 'smbcmp-module)

(defcustom smbcmp-anonymize-kept
  '("ipc" "admin" "print" "pipe" "mailslot" "browse" "netlogon" "sysvol" "lanman"
    "srvsvc" "wkssvc" "lsarpc" "lsass" "samr" "spoolss" "winreg" "svcctl" "atsvc"
    "eventlog" "ntsvcs" "epmapper" "drsuapi" "initshutdown" "mdssvc" "fsrvp"
    "cifs" "host" "ldap" "krbtgt" "dns" "http" "rpc"
    "nt" "authority" "system" "anonymous" "logon" "everyone" "authenticated" "users"
    "data" "null" "ntlmssp" "ntfs" "localhost" "workgroup" "builtin")
  "Words that stand for no one, and that dissectors need, in lower case."
  :type '(repeat string)
  :group 'smbcmp)

(cl-defstruct (smbcmp-anonymize-map (:constructor smbcmp-anonymize-map--make) (:copier nil))
  "What is replaced by what."
  (seed (smbcmp-anonymize-map--random) :documentation "What is hashed with all else.")
  (words (make-hash-table :test #'equal) :documentation "By word, in lower case.")
  (taken (make-hash-table :test #'equal) :documentation "Replacements in use.")
  (addresses (make-hash-table :test #'equal) :documentation "By bytes."))

(defun smbcmp-anonymize-map--random ()
  "Return a seed that nobody can guess."
  ;; Takes the system's entropy.
  (random t)
  (secure-hash 'sha256 (format "%s" (cl-loop repeat 8 collect (random)))))

(defvar smbcmp-anonymize-map--here nil
  "The map of what is anonymized without a file for it.")

(defun smbcmp-anonymize-map-hash (map what)
  "Return 32 bytes that follow from WHAT, a string, by MAP alone."
  (secure-hash 'sha256 (concat (smbcmp-anonymize-map-seed map)
                               (encode-coding-string what 'utf-8-emacs))
               nil nil t))

;;;; Words

(defun smbcmp-anonymize-map--alike (char)
  "Return the letters near CHAR, a lower case one that is not ASCII, of its kind.
These have its script, and are as long as it in UTF-8 and UTF-16."
  (let ((script (aref char-script-table char))
        (category (get-char-code-property char 'general-category)))
    (cl-loop for other from (logand char -32) to (logior char 31)
             when (and (eq script (aref char-script-table other))
                       (eq category (get-char-code-property other 'general-category))
                       (eq other (downcase other))
                       (eq (eq char (upcase char)) (eq other (upcase other))))
             collect other)))

(defun smbcmp-anonymize-map--letter (char random)
  "Return what CHAR, in lower case, becomes with the number RANDOM."
  (cond ((<= ?a char ?z) (+ ?a (% (+ random (- char ?a)) 26)))
        ((<= ?0 char ?9) (+ ?0 (% (+ random (- char ?0)) 10)))
        ;; Latin letters with an accent are special characters, which stay.
        ((and (> char 127) (< char #x3fff80)
              (not (eq 'latin (aref char-script-table char)))
              (memq (get-char-code-property char 'general-category) '(Ll Lo)))
         (let ((alike (smbcmp-anonymize-map--alike char)))
           (if alike (nth (% random (length alike)) alike) char)))
        (t char)))

(defun smbcmp-anonymize-map--other (map word try)
  "Return what WORD, in lower case, may become by MAP at the TRYth try."
  (let ((hash (smbcmp-anonymize-map-hash map (format "%d:%s" try word))) (i -1))
    (apply #'string
           (mapcar (lambda (c)
                     (setq i (1+ i))
                     (smbcmp-anonymize-map--letter c (+ (aref hash (% i 32)) (* 7 i))))
                   word))))

(defun smbcmp-anonymize-map--special-p (word)
  "Return non-nil if WORD, in lower case, has nothing that is replaced."
  (cl-every (lambda (c) (eq c (smbcmp-anonymize-map--letter c 1))) word))

(defun smbcmp-anonymize-map-word (map word)
  "Return what WORD becomes, by MAP; letters keep their case."
  (let* ((key (downcase word))
         (words (smbcmp-anonymize-map-words map))
         (taken (smbcmp-anonymize-map-taken map))
         (other (or (gethash key words)
                    (and (or (member key smbcmp-anonymize-kept)
                             (smbcmp-anonymize-map--special-p key))
                         key)
                    (cl-loop for try from 0 below 1000
                             for other = (smbcmp-anonymize-map--other map key try)
                             unless (or (gethash other taken) (equal other key)) return other
                             ;; Of one letter there are few others.
                             finally return other))))
    (puthash key other words)
    (puthash other t taken)
    (if (/= (length key) (length word)) other
      (apply #'string
             (cl-mapcar (lambda (c o) (if (eq c (downcase c)) o (upcase o))) word other)))))

(defun smbcmp-anonymize-map-text (map string)
  "Return STRING with its words replaced by MAP."
  (let ((case-fold-search nil))
    ;; The loopback address is no one's.
    (replace-regexp-in-string
     "\\_<127\\.0\\.0\\.1\\_>\\|[A-Za-z0-9]+\\|[^[:ascii:]]+"
     (lambda (word)
       (if (string-match-p "\\." word) word
         (smbcmp-anonymize-map-word map word)))
     string t t)))

;;;; Bytes

(defun smbcmp-anonymize-map-payload (map bytes)
  "Return other BYTES of the same length, the same for the same by MAP; zeros stay."
  (if (string-match-p "\\`\0*\\'" bytes) bytes
    (let ((n (length bytes)) (part (secure-hash 'sha256 (concat (smbcmp-anonymize-map-seed map)
                                                                bytes)
                                                nil nil t))
          parts (have 0))
      (while (< have n)
        (push part parts)
        (setq have (+ have 32) part (secure-hash 'sha256 part nil nil t)))
      (substring (apply #'concat (nreverse parts)) 0 n))))

(defun smbcmp-anonymize-map-address (map bytes)
  "Return what the address BYTES, of 4, 6 or 16, becomes by MAP.
Loopback, broadcast and what is all zeros are no one's."
  (if (or (string-match-p "\\`\\(?:\0*\\|\377*\\|\0\\{15\\}\1\\)\\'" bytes)
          (and (= 4 (length bytes)) (= 127 (aref bytes 0))))
      bytes
    (let ((known (smbcmp-anonymize-map-addresses map)))
      (or (gethash bytes known)
          (let* ((n (1+ (hash-table-count known)))
                 (low (unibyte-string (logand (ash n -8) 255) (logand n 255))))
            (puthash bytes
                     (pcase (length bytes)
                       (4 (concat (unibyte-string 10 0) low))
                       (6 (concat (unibyte-string 2 0 0 0) low))
                       (_ (concat (unibyte-string #x20 #x01 #x0d #xb8) (make-string 10 0) low)))
                     known))))))

(defun smbcmp-anonymize-map-sid (map bytes)
  "Return BYTES, of a SID, with the domain of S-1-5-21 replaced by MAP.
MS-DTYP 2.4.2.2."
  (if (not (and (>= (length bytes) 24) (equal (substring bytes 8 12) "\x15\0\0\0"))) bytes
    (concat (substring bytes 0 12)
            (substring (secure-hash 'sha256 (concat (smbcmp-anonymize-map-seed map)
                                                    (substring bytes 12 24))
                                    nil nil t)
                       0 12)
            (substring bytes 24))))

;;;; Files

(defconst smbcmp-anonymize-map--title
  "What stood in a capture or log, and what stands for it in an export.\nSeed: "
  "How a file with a map begins.")

(defun smbcmp-anonymize-map--bytes (string)
  "Return the bytes that STRING, \"0a:ff\", names."
  (apply #'unibyte-string (mapcar (lambda (byte) (string-to-number byte 16))
                                  (split-string string ":"))))

(defun smbcmp-anonymize-map--read (file)
  "Return the map in FILE; signal `smbcmp-file-error' if it has none."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8)) (insert-file-contents file))
    (unless (looking-at (concat (regexp-quote smbcmp-anonymize-map--title)
                                "\\([0-9a-f]\\{64\\}\\)\n\n"))
      (signal 'smbcmp-file-error (list (format "%s is not a map written by an export" file))))
    (let ((map (smbcmp-anonymize-map--make :seed (match-string 1))))
      (goto-char (match-end 0))
      (while (re-search-forward "^\\(.+\\)\t\\(.+\\)$" nil t)
        (let ((from (match-string 1)) (to (match-string 2)))
          (if (string-match-p ":" from)
              (puthash (smbcmp-anonymize-map--bytes from) (smbcmp-anonymize-map--bytes to)
                       (smbcmp-anonymize-map-addresses map))
            (puthash from to (smbcmp-anonymize-map-words map))
            (puthash to t (smbcmp-anonymize-map-taken map)))))
      map)))

(defun smbcmp-anonymize-map-check (plist)
  "Signal `smbcmp-error' if PLIST, of an export, has a :map without :anonymize."
  (when (and (plist-get plist :map) (not (plist-get plist :anonymize)))
    (signal 'smbcmp-error (list "A map is for what is anonymized"))))

(defun smbcmp-anonymize-map-for (file)
  "Return the map to go by: that of FILE, which may be a new one, or this Emacs'.
FILE is a file name or nil.  Signal `smbcmp-file-error' if it has something
else in it."
  (cond ((null file) (or smbcmp-anonymize-map--here
                         (setq smbcmp-anonymize-map--here (smbcmp-anonymize-map--make))))
        ((and (file-exists-p file)
              (< 0 (file-attribute-size (file-attributes file))))
         (smbcmp-anonymize-map--read file))
        (t (smbcmp-anonymize-map--make))))

(defun smbcmp-anonymize-map-write (map file)
  "Write to FILE, for its owner's eyes, what MAP replaces by what."
  (let ((hex (lambda (bytes) (mapconcat (lambda (b) (format "%02x" b)) bytes ":")))
        (coding-system-for-write 'utf-8))
    (unless (file-exists-p file)
      (with-file-modes #o600 (write-region "" nil file nil 'silent)))
    (set-file-modes file #o600)
    (with-temp-file file
      (insert smbcmp-anonymize-map--title (smbcmp-anonymize-map-seed map) "\n\n")
      (maphash (lambda (word other)
                 (unless (equal word other) (insert word "\t" other "\n")))
               (smbcmp-anonymize-map-words map))
      (maphash (lambda (address other)
                 (insert (funcall hex address) "\t" (funcall hex other) "\n"))
               (smbcmp-anonymize-map-addresses map)))))

(provide 'smbcmp-anonymize-map)
;;; smbcmp-anonymize-map.el ends here
