;;; smbcmp-handles-kept.el --- What is kept of handles  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The handles of a capture are found once, and kept: packed, as there may
;; be tens of thousands, each with what was done with it.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-cells)
(require 'smbcmp-handle)
(require 'smbcmp-steps)

(defconst smbcmp-handles-garbage (* 128 1024 1024)
  "Bytes that are made at once without collecting garbage in between.")

(eval-and-compile
  (defconst smbcmp-handles-keys
    '(:events :path :share :session :connection :request :open :close :ended :reconnects
      :continued :access :share-access :disposition :options :oplock :lease :status :time
      :duration :id :stream :tree :by-path)
    "Keys of a handle, a plist, `:events' first."))

;;;; Putting together

(defmacro smbcmp-handles-make (&rest values)
  "Return a handle with VALUES, keys and values; others are nil.
As it is put together, a handle is a vector of the values of
`smbcmp-handles-keys'.  Its events, the last one first, are plists, or
places of what `smbcmp-handles-pack-plist' has made of them."
  `(vector ,@(mapcar (lambda (key) (plist-get values key)) smbcmp-handles-keys)))

(defmacro smbcmp-handles-slot (handle key)
  "Return what HANDLE, a vector, has for KEY, a keyword; it can be set."
  `(aref ,handle ,(cl-position key smbcmp-handles-keys)))

;;;; Packing

(cl-defstruct (smbcmp-handles-packed (:constructor smbcmp-handles-packed-make) (:copier nil))
  "Handles, packed.
So are they kept: plists have a cons for each key and each value, of each
event, too, and garbage collection goes from each to the next."
  (cells (smbcmp-cells-make) :documentation "All that is known of them, cells.
Of each handle that is the number of its events, the values of the other
`smbcmp-handles-keys', the place of its lease, if it has one, and those of
its events.  Of these it is a vector of keys, and the values.")
  (places (smbcmp-cells-make)
          :documentation "Where each handle is, cells, the last one first."))

(eval-and-compile
  (defconst smbcmp-handles--names '(:share :connection :status)
    "Keys whose values are strings of which there are few."))

(defun smbcmp-handles--pack-value (packed key value)
  "Return VALUE, that of KEY, as a cell of PACKED has it."
  (cond ((null value) nil)
        ((memq key smbcmp-handles--names)
         (smbcmp-cells-share (smbcmp-handles-packed-cells packed) value))
        ((eq key :lease) t)
        (t value)))

(defun smbcmp-handles--unpack-value (packed key value)
  "Return what `smbcmp-handles--pack-value' has made VALUE, in PACKED, of.
It is that of KEY."
  (if (and value (memq key smbcmp-handles--names))
      (smbcmp-cells-object (smbcmp-handles-packed-cells packed) value)
    value))

(defun smbcmp-handles-pack-plist (packed plist)
  "Add PLIST, an event or a lease, to PACKED; return its place there."
  (let* ((count (/ (length plist) 2))
         (keys (make-vector count nil)) (values (make-vector (1+ count) keys)))
    (cl-loop for (key value) on plist by #'cddr for i from 0
             do (aset keys i key)
             do (aset values (1+ i) (smbcmp-handles--pack-value packed key value)))
    (smbcmp-cells-add (smbcmp-handles-packed-cells packed) values)))

(defun smbcmp-handles-pack (packed handle)
  "Add HANDLE, of `smbcmp-handles-make', to PACKED, before those that are there."
  (let* ((lease (smbcmp-handles-slot handle :lease))
         (lists (mapcar (lambda (list)
                          (if (consp list) (smbcmp-handles-pack-plist packed list) list))
                        (append (and lease (list lease)) (smbcmp-handles-slot handle :events))))
         (values (vconcat handle lists)))
    (cl-loop for key in smbcmp-handles-keys for i from 0
             do (aset values i (smbcmp-handles--pack-value packed key (aref handle i))))
    (aset values 0 (length (smbcmp-handles-slot handle :events)))
    (smbcmp-cells-add (smbcmp-handles-packed-places packed)
                      (vector (smbcmp-cells-add (smbcmp-handles-packed-cells packed) values)))))

(defun smbcmp-handles--unpack-plist (packed at)
  "Return the plist that `smbcmp-handles-pack-plist' added to PACKED, AT a place."
  (let* ((cells (smbcmp-handles-packed-cells packed)) (keys (smbcmp-cells-ref cells at)))
    (cl-loop for key across keys
             for value across (smbcmp-cells-copy cells (1+ at) (length keys))
             collect key
             collect (smbcmp-handles--unpack-value packed key value))))

(defun smbcmp-handles-unpack (packed place)
  "Return the handle at PLACE of PACKED, a plist."
  (let* ((cells (smbcmp-handles-packed-cells packed))
         (size (length smbcmp-handles-keys))
         (values (smbcmp-cells-copy cells place size))
         (handle (cl-loop for key in smbcmp-handles-keys for value across values
                          collect key
                          collect (smbcmp-handles--unpack-value packed key value)))
         (lease (plist-get handle :lease))
         (lists (mapcar (lambda (at) (smbcmp-handles--unpack-plist packed at))
                        (smbcmp-cells-copy cells (+ place size)
                                           (+ (aref values 0) (if lease 1 0))))))
    (when lease (plist-put handle :lease (pop lists)))
    (plist-put handle :events lists)))

(defun smbcmp-handles-each (packed function)
  "Return a step that calls FUNCTION with the place of each handle of PACKED."
  (let* ((places (smbcmp-handles-packed-places packed)) (left (smbcmp-cells-length places)))
    (lambda ()
      (cl-loop repeat smbcmp-steps-at-once while (> left 0)
               do (funcall function (smbcmp-cells-ref places (cl-decf left))))
      (> left 0))))

(defun smbcmp-handles-unpack-all (packed)
  "Return all handles of PACKED, a list of plists."
  (let (handles)
    (smbcmp-steps-run
     (list (smbcmp-handles-each
            packed (lambda (place) (push (smbcmp-handles-unpack packed place) handles)))))
    (nreverse handles)))

(defun smbcmp-handles-opened-p (handle)
  "Return non-nil if HANDLE, a plist, was opened, in the capture or before it."
  (member (plist-get handle :status) '("STATUS_SUCCESS" nil)))

;;;; A look at what is packed

(defmacro smbcmp-handles-value (packed place key)
  "Return what the handle at PLACE of PACKED has for KEY, a keyword.
That is not `:events' or `:lease'."
  `(smbcmp-handles--unpack-value
    ,packed ,key (smbcmp-cells-ref (smbcmp-handles-packed-cells ,packed)
                                   (+ ,place ,(cl-position key smbcmp-handles-keys)))))

(defun smbcmp-handles-look (packed place function)
  "Call FUNCTION with kind and status of all events of a handle.
It is the one at PLACE of PACKED."
  (let* ((cells (smbcmp-handles-packed-cells packed))
         (at (+ place (length smbcmp-handles-keys)
                (if (smbcmp-handles-value packed place :lease) 1 0))))
    (dotimes (i (smbcmp-cells-ref cells place))
      (let* ((event (smbcmp-cells-ref cells (+ at i)))
             (keys (smbcmp-cells-ref cells event)))
        (cl-flet ((value (key)
                    (let ((i (cl-position key keys)))
                      (and i (smbcmp-handles--unpack-value
                              packed key (smbcmp-cells-ref cells (+ event 1 i)))))))
          (funcall function (value :kind) (value :status)))))))

;;;; Keeping

(defvar smbcmp-handles--known (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP PACKED), of `smbcmp-handles-packed', and paths.")

(defun smbcmp-handles-known (capture)
  "Return (PACKED) if the handles of CAPTURE are known, nil if not.
PACKED is of `smbcmp-handles-packed'.  Paths are among them, with
:by-path t: what SMB1 did with a path that nobody opened; the frames are
the first request's."
  (pcase (gethash capture smbcmp-handles--known)
    (`(,(pred (equal (smbcmp-handle-stamp capture))) . ,known) known)))

(defvar smbcmp-handles--unpacked (make-hash-table :test 'eq :weakness 'value)
  "From what is packed to the lists of handles without paths, while they are used.")

(defun smbcmp-handles-keep (capture packed)
  "Note that the handles of CAPTURE are those in PACKED, and paths."
  (puthash capture (list (smbcmp-handle-stamp capture) packed) smbcmp-handles--known))

(defun smbcmp-handles-kept (capture)
  "Return the handles of CAPTURE, which are known, a list of plists.
It is the same list for as long as anyone uses it."
  (let ((gc-cons-threshold (max gc-cons-threshold smbcmp-handles-garbage))
        (packed (car (smbcmp-handles-known capture))))
    (or (gethash packed smbcmp-handles--unpacked)
        (puthash packed
                 (cl-delete-if (lambda (handle) (plist-get handle :by-path))
                               (smbcmp-handles-unpack-all packed))
                 smbcmp-handles--unpacked))))

(provide 'smbcmp-handles-kept)
;;; smbcmp-handles-kept.el ends here
