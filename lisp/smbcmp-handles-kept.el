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
`smbcmp-handles-keys'; some are as they are kept.  Its events, the last one
first, are plists, or what `smbcmp-handles-pack-plist' has made of them."
  `(vector ,@(mapcar (lambda (key)
                       (let ((value (plist-get values key)))
                         (if (and value (memq key '(:time :duration :oplock)))
                             `(smbcmp-handles--pack-value ,key ,value)
                           value)))
                     smbcmp-handles-keys)))

(defmacro smbcmp-handles-slot (handle key)
  "Return what HANDLE, a vector, has for KEY, a keyword; it can be set."
  `(aref ,handle ,(cl-position key smbcmp-handles-keys)))

;;;; Packing

(cl-defstruct (smbcmp-handles-packed (:constructor smbcmp-handles-packed-make) (:copier nil))
  "Handles, packed.
So are they kept: plists have a cons for each key and each value, of each
event, too, and garbage collection goes from each to the next.  Here it
has one vector to look at, of which most elements are numbers."
  (places nil :documentation "Where each handle begins in the cells, a list.")
  (cells (make-vector 1024 nil) :documentation "All that is known of them.
Of each handle that is the number of its events, the values of the other
`smbcmp-handles-keys', its lease, if it has one, and its events.  Of
these it is a vector of keys, all alike the same one, and the values.")
  (used 0 :documentation "How many cells are used."))

(defvar smbcmp-handles--shared (make-hash-table :test 'equal)
  "Pairs of oplock levels and vectors of keys, of which there are few.
Each is the same object always.")

(defun smbcmp-handles--share (value)
  "Return the one object that all which are equal to VALUE are kept as."
  (or (gethash value smbcmp-handles--shared)
      (puthash value value smbcmp-handles--shared)))

(defconst smbcmp-handles--second (expt 2.0 28)
  "What a second is kept as.
By a power of two, no bit is lost of times since July 1970: a float has 53.")

(defun smbcmp-handles--pack-value (key value)
  "Return VALUE, that of KEY, as it is kept.
Floats of times are integers, if that loses nothing: they are no objects."
  (pcase key
    ((or :time :duration :after)
     (let ((number (and (floatp value) (< (abs value) 4e9)
                        (truncate (* value smbcmp-handles--second)))))
       (if (and number (eql value (/ number smbcmp-handles--second))) number value)))
    (:oplock (smbcmp-handles--share value))
    (:lease (and value t))
    (_ value)))

(defun smbcmp-handles--unpack-value (key value)
  "Return what `smbcmp-handles--pack-value' has made VALUE, that of KEY, of."
  (if (and (integerp value) (memq key '(:time :duration :after)))
      (/ value smbcmp-handles--second)
    value))

(defun smbcmp-handles--add-cell (packed value)
  "Add VALUE to the cells of PACKED."
  (let ((used (smbcmp-handles-packed-used packed)))
    (when (= used (length (smbcmp-handles-packed-cells packed)))
      (cl-callf vconcat (smbcmp-handles-packed-cells packed) (make-vector used nil)))
    (aset (smbcmp-handles-packed-cells packed) used value)
    (setf (smbcmp-handles-packed-used packed) (1+ used))))

(defun smbcmp-handles-pack-plist (plist)
  "Return PLIST, an event or a lease, as a vector: its keys, a vector, and values."
  (vconcat (list (smbcmp-handles--share
                  (vconcat (cl-loop for key in plist by #'cddr collect key))))
           (cl-loop for (key value) on plist by #'cddr
                    collect (smbcmp-handles--pack-value key value))))

(defun smbcmp-handles--add-plist (packed plist)
  "Add PLIST, or what `smbcmp-handles-pack-plist' has made of one, to PACKED."
  (cl-loop for cell across (if (consp plist) (smbcmp-handles-pack-plist plist) plist)
           do (smbcmp-handles--add-cell packed cell)))

(defun smbcmp-handles-pack (packed handle)
  "Add HANDLE, of `smbcmp-handles-make', to PACKED as the first one there.
No cons of HANDLE is kept that all have: each would hold the memory around it."
  (push (smbcmp-handles-packed-used packed) (smbcmp-handles-packed-places packed))
  (let ((events (smbcmp-handles-slot handle :events))
        (lease (smbcmp-handles-slot handle :lease)))
    (smbcmp-handles--add-cell packed (length events))
    (cl-loop for key in (cdr smbcmp-handles-keys) for i from 1
             do (smbcmp-handles--add-cell
                 packed (smbcmp-handles--pack-value key (aref handle i))))
    (when lease (smbcmp-handles--add-plist packed lease))
    (dolist (event events) (smbcmp-handles--add-plist packed event))))

(defun smbcmp-handles--next (cells at)
  "Return where in CELLS ends what `smbcmp-handles--add-plist' put AT."
  (+ at 1 (length (aref cells at))))

(defun smbcmp-handles--unpack-plist (cells at)
  "Return the plist that `smbcmp-handles--add-plist' put into CELLS, AT there."
  (cl-loop for key across (aref cells at) for i from (1+ at)
           collect key
           collect (smbcmp-handles--unpack-value key (aref cells i))))

(defun smbcmp-handles-unpack (packed place)
  "Return the handle at PLACE of PACKED, a plist."
  (let* ((cells (smbcmp-handles-packed-cells packed))
         (at (+ place (length smbcmp-handles-keys)))
         (handle (cl-loop for key in (cdr smbcmp-handles-keys) for i from (1+ place)
                          collect key
                          collect (smbcmp-handles--unpack-value key (aref cells i)))))
    (when (plist-get handle :lease)
      (plist-put handle :lease (smbcmp-handles--unpack-plist cells at))
      (setq at (smbcmp-handles--next cells at)))
    (cl-list* :events
              (cl-loop repeat (aref cells place)
                       collect (smbcmp-handles--unpack-plist cells at)
                       do (setq at (smbcmp-handles--next cells at)))
              handle)))

(defun smbcmp-handles-unpack-all (packed)
  "Return all handles of PACKED, a list of plists."
  (mapcar (lambda (place) (smbcmp-handles-unpack packed place))
          (smbcmp-handles-packed-places packed)))

(defun smbcmp-handles-opened-p (handle)
  "Return non-nil if HANDLE, a plist, was opened, in the capture or before it."
  (member (plist-get handle :status) '("STATUS_SUCCESS" nil)))

;;;; A look at what is packed

(defmacro smbcmp-handles-value (packed place key)
  "Return what the handle at PLACE of PACKED has for KEY, a keyword.
That is not `:events' or `:lease'."
  `(smbcmp-handles--unpack-value
    ,key (aref (smbcmp-handles-packed-cells ,packed)
               (+ ,place ,(cl-position key smbcmp-handles-keys)))))

(defun smbcmp-handles-look (packed place function)
  "Call FUNCTION with kind and status of all events of a handle.
It is the one at PLACE of PACKED."
  (let* ((cells (smbcmp-handles-packed-cells packed))
         (at (+ place (length smbcmp-handles-keys))))
    (when (smbcmp-handles-value packed place :lease)
      (setq at (smbcmp-handles--next cells at)))
    (dotimes (_ (aref cells place))
      (let* ((keys (aref cells at))
             (kind (cl-position :kind keys)) (status (cl-position :status keys)))
        (funcall function (aref cells (+ at 1 kind)) (and status (aref cells (+ at 1 status))))
        (setq at (smbcmp-handles--next cells at))))))

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
  ;; What it has more than it needs was to grow.
  (setf (smbcmp-handles-packed-cells packed)
        (cl-subseq (smbcmp-handles-packed-cells packed) 0 (smbcmp-handles-packed-used packed)))
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
