;;; smbcmp-cells.el --- Many values that garbage collection need not look at  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Emacs looks at all that is kept whenever it collects garbage, and does
;; nothing else meanwhile.  Of what is known of a large capture there may be
;; millions of values: those kept in cells are in the module, out of its sight.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-module)

(declare-function smbcmp--module-cells-add "smbcmp-module.so" (cells values))
(declare-function smbcmp--module-cells-copy "smbcmp-module.so" (cells from count &optional step))
(declare-function smbcmp--module-cells-length "smbcmp-module.so" (cells))
(declare-function smbcmp--module-cells-pick "smbcmp-module.so" (cells places size))
(declare-function smbcmp--module-cells-ref "smbcmp-module.so" (cells at))
(declare-function smbcmp--module-cells-store "smbcmp-module.so" ())

;; The module knows what is in the first two slots.
(cl-defstruct (smbcmp-cells (:type vector) (:constructor smbcmp-cells-make) (:copier nil))
  "Values, one after the other: more may be added, none is changed.
Numbers and strings are kept by the module, each string once, without
properties; whoever asks for one gets a new string.  What else there is
is kept as objects: that has to be little."
  (store (progn (smbcmp-module-load) (smbcmp--module-cells-store))
         :documentation "What the module keeps.")
  (objects (make-vector 8 nil) :documentation "Objects, by number.")
  (numbers (make-hash-table :test 'equal)
           :documentation "From objects to their numbers; nil if there will be no more."))

(defun smbcmp-cells-share (cells object)
  "Return the number of OBJECT, or of what is `equal' to it, among those of CELLS."
  (let ((numbers (smbcmp-cells-numbers cells)))
    (or (gethash object numbers)
        (let ((number (hash-table-count numbers)))
          (when (= number (length (smbcmp-cells-objects cells)))
            (cl-callf vconcat (smbcmp-cells-objects cells) (make-vector number nil)))
          (aset (smbcmp-cells-objects cells) number object)
          (puthash object number numbers)))))

(defsubst smbcmp-cells-object (cells number)
  "Return the object of CELLS that `smbcmp-cells-share' has NUMBER for.
It is the same one always."
  (aref (smbcmp-cells-objects cells) number))

(defalias 'smbcmp-cells-add #'smbcmp--module-cells-add
  "Add all VALUES, a vector, to CELLS; return the place of the first one.
Places are from 0 on.

\(fn CELLS VALUES)")

(defalias 'smbcmp-cells-length #'smbcmp--module-cells-length
  "Return how many values CELLS have.

\(fn CELLS)")

(defalias 'smbcmp-cells-ref #'smbcmp--module-cells-ref
  "Return the value of CELLS that is AT a place.

\(fn CELLS AT)")

(defalias 'smbcmp-cells-copy #'smbcmp--module-cells-copy
  "Return COUNT values of CELLS, a vector: those at FROM, FROM + STEP, ...
STEP is 1 by default.

\(fn CELLS FROM COUNT &optional STEP)")

(defun smbcmp-cells-pick (cells places size)
  "Return cells that have some of CELLS: SIZE of them from each of PLACES on.
PLACES is a vector.  No object can be added to them."
  (smbcmp-cells-make :store (smbcmp--module-cells-pick cells places size)
                     :objects (smbcmp-cells-objects cells) :numbers nil))

(provide 'smbcmp-cells)
;;; smbcmp-cells.el ends here
