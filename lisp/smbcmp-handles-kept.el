;;; smbcmp-handles-kept.el --- What is kept of handles  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The handles of a capture are found once, and kept: packed, as there may
;; be tens of thousands, each with what was done with it.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-handle)

(defconst smbcmp-handles-garbage (* 128 1024 1024)
  "Bytes that are made at once without collecting garbage in between.")

(defconst smbcmp-handles--keys
  '(:events :path :share :session :connection :request :open :close :ended :reconnects
    :continued :access :share-access :disposition :options :oplock :lease :status :time
    :duration :id :stream :tree :by-path)
  "Keys of a handle, a plist, `:events' first.")

(defvar smbcmp-handles--pairs (make-hash-table :test 'equal)
  "Pairs of oplock levels, of which there are few, each the same object always.")

(defun smbcmp-handles-pack (handle)
  "Return HANDLE, a plist, as a vector.
So are handles kept: plists have a cons for each key and each value, of
each event, too, and garbage collection goes from each to the next.  No
cons of HANDLE is kept that all have: each would hold the memory around it."
  (let* ((events (plist-get handle :events))
         (packed (make-vector (length smbcmp-handles--keys) nil))
         (packed-events (make-vector (length events) nil)))
    (cl-loop for key in smbcmp-handles--keys for i from 0
             for value = (plist-get handle key)
             do (aset packed i (pcase key
                                 (:events packed-events)
                                 (:oplock (or (gethash value smbcmp-handles--pairs)
                                              (puthash value value smbcmp-handles--pairs)))
                                 (_ value))))
    (cl-loop for event in events for i from 0
             do (aset packed-events i (vconcat event)))
    packed))

(defun smbcmp-handles-unpack (packed)
  "Return the handle, a plist, that `smbcmp-handles-pack' has made PACKED of."
  (let ((values (append packed nil)))
    (cl-list* (car smbcmp-handles--keys)
              (mapcar (lambda (event) (append event nil)) (car values))
              (cl-mapcan #'list (cdr smbcmp-handles--keys) (cdr values)))))

(defvar smbcmp-handles--known (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP PACKED), PACKED being a list of handles and paths.")

(defun smbcmp-handles-known (capture)
  "Return (PACKED) if the handles of CAPTURE are known, nil if not.
PACKED is a list, each for `smbcmp-handles-unpack'.  Paths are among them,
with :by-path t: what SMB1 did with a path that nobody opened; the frames
are the first request's."
  (pcase (gethash capture smbcmp-handles--known)
    (`(,(pred (equal (smbcmp-handle-stamp capture))) . ,known) known)))

(defvar smbcmp-handles--unpacked (make-hash-table :test 'eq :weakness 'value)
  "From packed lists to the lists of handles without paths, while they are used.")

(defun smbcmp-handles-keep (capture packed)
  "Note that the handles of CAPTURE are those in PACKED, a list, and paths."
  (puthash capture (list (smbcmp-handle-stamp capture) packed) smbcmp-handles--known))

(defun smbcmp-handles-kept (capture)
  "Return the handles of CAPTURE, which are known, a list of plists.
It is the same list for as long as anyone uses it."
  (let ((gc-cons-threshold (max gc-cons-threshold smbcmp-handles-garbage))
        (packed (car (smbcmp-handles-known capture))))
    (or (gethash packed smbcmp-handles--unpacked)
        (puthash packed
                 (cl-delete-if (lambda (handle) (plist-get handle :by-path))
                               (mapcar #'smbcmp-handles-unpack packed))
                 smbcmp-handles--unpacked))))

(provide 'smbcmp-handles-kept)
;;; smbcmp-handles-kept.el ends here
