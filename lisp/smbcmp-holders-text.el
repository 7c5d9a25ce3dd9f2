;;; smbcmp-holders-text.el --- Handles in words  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What access, share mode, lease and oplock a handle has, in the words and
;; letters of MS-SMB2 and of libwireshark.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)

(defvar smbcmp-holders-text--names nil
  "Alist from fields to alists of their numbers and names.")

(defun smbcmp-holders-name (field number)
  "Return what libwireshark calls NUMBER, a value of FIELD, in short."
  (let ((names (or (alist-get field smbcmp-holders-text--names)
                   (setf (alist-get field smbcmp-holders-text--names)
                         (mapcar (pcase-lambda (`(,value ,name))
                                   (cons (string-to-number value)
                                         (replace-regexp-in-string " (.*" "" name)))
                                 (nth 4 (smbcmp-describe-field field)))))))
    (or (alist-get number names) (format (if (integerp number) "0x%x" "%s") number))))

(defun smbcmp-holders-share-access (mask)
  "Return the share access MASK in letters, \"RW-\" for reading and writing."
  (if (null mask) "?"
    (concat (if (zerop (logand 1 mask)) "-" "R") (if (zerop (logand 2 mask)) "-" "W")
            (if (zerop (logand 4 mask)) "-" "D"))))

(defun smbcmp-holders-lease-state (state)
  "Return the lease STATE, a number, in letters: R, W and H."
  (if (memql state '(nil 0)) "none"
    (concat (if (zerop (logand 1 state)) "" "R") (if (zerop (logand 4 state)) "" "W")
            (if (zerop (logand 2 state)) "" "H"))))

(defconst smbcmp-holders-share-modes
  '((#x90000021 1 "FILE_SHARE_READ" "read")
    (#x50000006 2 "FILE_SHARE_WRITE" "write")
    (#x10010000 4 "FILE_SHARE_DELETE" "delete"))
  "What access needs which share mode of others: (ACCESS MODE NAME WORD).
The generic accesses are among it, MAXIMUM_ALLOWED is not.")

(defun smbcmp-holders-access (mask)
  "Return the access MASK in words."
  (cond ((null mask) "?")
        ((/= 0 (logand mask #x02000000)) "maximum allowed")
        (t (or (mapconcat #'identity
                          (or (cl-loop for (access _ _ word) in smbcmp-holders-share-modes
                                       when (/= 0 (logand mask access)) collect word)
                              '("attributes"))
                          ", ")))))

(defun smbcmp-holders-path (handle)
  "Return the path of HANDLE in words."
  (pcase (plist-get handle :path)
    ('nil "(opened before the capture began)")
    ("" "\\")
    (path path)))

(defun smbcmp-holders-since (handle)
  "Say since when HANDLE is open."
  (if (plist-get handle :open)
      (format "since frame %d" (plist-get handle :open))
    "since before the capture began"))

(defun smbcmp-holders-caching (handle)
  "Return what HANDLE was granted to cache, \"batch oplock\" or the like, or nil."
  (let ((lease (plist-get handle :lease)) (level (cdr (plist-get handle :oplock))))
    (cond ((and lease (not (memql (plist-get lease :granted) '(nil 0))))
           (concat (smbcmp-holders-lease-state (plist-get lease :granted)) " lease"))
          ((memql level '(nil 0 #xff)) nil)
          (t (downcase (smbcmp-holders-name "smb2.create.oplock" level))))))

(defun smbcmp-holders-seconds (seconds)
  "Return SECONDS in words."
  (if (< seconds 1) (format "%.3f ms" (* 1000 seconds)) (format "%.3f s" seconds)))

(provide 'smbcmp-holders-text)
;;; smbcmp-holders-text.el ends here
