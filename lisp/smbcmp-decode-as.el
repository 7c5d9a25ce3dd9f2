;;; smbcmp-decode-as.el --- Dissect ports as what they carry  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; SMB on a port of its own is not dissected as such unless one says so.
;; That is Wireshark's "Decode As", tshark's -d: a dissector table, a value
;; and a protocol; remembered for the file.

;;; Code:

(require 'cl-lib)
(require 'seq)

(defcustom smbcmp-decode-as-file (locate-user-emacs-file "smbcmp-decode-as.eld")
  "File in which it is remembered how captures are to be decoded."
  :type 'file
  :group 'smbcmp)

(defun smbcmp-decode-as-parse (string)
  "Return (TABLE VALUE PROTOCOL) of STRING, as in tshark's -d.
For example \"tcp.port==12445,nbss\".  Signal an error if it is none."
  (unless (string-match "\\`\\([a-z0-9_.]+\\)==\\([^,]+\\),\\([a-z0-9_.-]+\\)\\'" string)
    (error "Not like tcp.port==12445,nbss: %s" string))
  (let ((value (match-string 2 string)))
    (list (match-string 1 string)
          (if (string-match-p "\\`[0-9]+\\'" value) (string-to-number value) value)
          (match-string 3 string))))

(defun smbcmp-decode-as-strings (entries)
  "Return ENTRIES, a list of (TABLE VALUE PROTOCOL), as the engine takes them."
  (mapcar (pcase-lambda (`(,table ,value ,protocol))
            (unless (and (stringp table) (stringp protocol)
                         (or (natnump value) (stringp value)))
              (signal 'wrong-type-argument (list 'smbcmp-decode-as table value protocol)))
            (format "decode_as:%s,%s,%s" table value protocol))
          (delete-dups entries)))

(defun smbcmp-decode-as--remembered ()
  "Return what is remembered: an alist of file names and lists of entries."
  (when (file-readable-p smbcmp-decode-as-file)
    (with-temp-buffer
      (insert-file-contents smbcmp-decode-as-file)
      (condition-case nil (read (current-buffer)) ((end-of-file invalid-read-syntax) nil)))))

(defun smbcmp-decode-as-of-file (file)
  "Return what is remembered of FILE, a list of (TABLE VALUE PROTOCOL)."
  (let ((remembered (smbcmp-decode-as--remembered)))
    (and (listp remembered)
         (seq-filter (lambda (entry) (pcase entry (`(,(pred stringp) ,_ ,(pred stringp)) t)))
                     (alist-get (abbreviate-file-name (expand-file-name file)) remembered
                                nil nil #'equal)))))

(defun smbcmp-decode-as-remember (file entry)
  "Remember of FILE that ENTRY, (TABLE VALUE PROTOCOL), says how to decode it."
  (let* ((name (abbreviate-file-name (expand-file-name file)))
         (remembered (smbcmp-decode-as--remembered))
         (known (alist-get name remembered nil nil #'equal)))
    (setf (alist-get name remembered nil nil #'equal) (cl-adjoin entry known :test #'equal))
    (with-temp-file smbcmp-decode-as-file
      (let ((print-length nil) (print-level nil))
        (prin1 remembered (current-buffer))))))

(provide 'smbcmp-decode-as)
;;; smbcmp-decode-as.el ends here
