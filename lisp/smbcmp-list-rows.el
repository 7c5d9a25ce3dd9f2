;;; smbcmp-list-rows.el --- Rows of a packet list in a buffer  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The text of a packet list, a line a frame, and where in it each frame
;; is.  Rows are plain text: no property, no overlay, so that a million of
;; them cost little more than their characters.  Where they begin is in a
;; vector; what frame is at point is found in it by bisection.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)

(declare-function smbcmp--module-rows-text "smbcmp-module.so" (value widths))
(declare-function smbcmp--module-rows-widths "smbcmp-module.so" (value rows))
(declare-function smbcmp--module-rows-frames "smbcmp-module.so" (value))

;;;; State

(defvar-local smbcmp-list-rows--starts []
  "Vector of the positions where rows begin.
The first `smbcmp-list-rows--count' of them count.")

(defvar-local smbcmp-list-rows--count 0
  "Number of rows.")

(defvar-local smbcmp-list-rows-order nil
  "Vector of the frames of the rows, of which `smbcmp-list-rows--count' count.
nil means that these are 1, 2, 3 and so on.")

(defvar-local smbcmp-list-rows-places nil
  "If rows are sorted, a vector of the rows of frames 1, 2, 3 and so on.
Nil in it stands for a row that is not there yet.")

(defvar-local smbcmp-list-rows-prefix nil
  "Title of what is shown before rows, as wide as that, or nil for nothing.")

(defvar-local smbcmp-list-rows-widths nil
  "Widths of the columns, as `smbcmp--module-rows-text' takes them.")

;;;; Where frames are

(defun smbcmp-list-rows-count ()
  "Return the number of rows."
  smbcmp-list-rows--count)

(defun smbcmp-list-rows-start (row)
  "Return the position where ROW, a number from 0, begins; the end if beyond."
  (if (< row smbcmp-list-rows--count) (aref smbcmp-list-rows--starts row) (point-max)))

(defun smbcmp-list-rows-at (position)
  "Return the number of the row at POSITION, or nil if none is there."
  (when (and (> smbcmp-list-rows--count 0) (< position (point-max)))
    (let ((low 0) (high smbcmp-list-rows--count))
      (while (< (1+ low) high)
        (let ((middle (/ (+ low high) 2)))
          (if (<= (aref smbcmp-list-rows--starts middle) position)
              (setq low middle)
            (setq high middle))))
      low)))

(defun smbcmp-list-rows-frame (row)
  "Return the frame of ROW."
  (if smbcmp-list-rows-order (aref smbcmp-list-rows-order row) (1+ row)))

(defun smbcmp-list-rows-of-frame (frame)
  "Return the row of FRAME, or nil if it isn't there."
  (cond (smbcmp-list-rows-places
         (and (<= 1 frame (length smbcmp-list-rows-places))
              (aref smbcmp-list-rows-places (1- frame))))
        (smbcmp-list-rows-order
         (let ((row (smbcmp-list-rows-near frame)))
           (and row (= frame (aref smbcmp-list-rows-order row)) row)))
        (t (and (<= 1 frame smbcmp-list-rows--count) (1- frame)))))

(defun smbcmp-list-rows-near (frame)
  "Return the row of FRAME or, if it isn't there, of the last one before it.
If there is none before it, the first row; nil if there are no rows, or
if they are sorted by a column."
  (when (and (> smbcmp-list-rows--count 0) (not smbcmp-list-rows-places))
    (let ((low 0) (high smbcmp-list-rows--count))
      (while (< (1+ low) high)
        (let ((middle (/ (+ low high) 2)))
          (if (<= (smbcmp-list-rows-frame middle) frame)
              (setq low middle)
            (setq high middle))))
      low)))

;;;; Inserting

(defun smbcmp-list-rows-erase (&optional sorted gaps)
  "Remove all rows.
Those to come are sorted if SORTED, the number of the last frame, is
non-nil; else numbers of frames are left out if GAPS is."
  (with-silent-modifications
    (let ((inhibit-read-only t)) (erase-buffer)))
  (setq smbcmp-list-rows--starts []
        smbcmp-list-rows--count 0
        smbcmp-list-rows-order (cond (sorted (make-vector sorted nil))
                                     (gaps (make-vector 4096 nil)))
        smbcmp-list-rows-places (and sorted (make-vector sorted nil))))

(defun smbcmp-list-rows--reserve (count)
  "Make room for COUNT rows."
  (when (zerop (length smbcmp-list-rows--starts))
    (setq smbcmp-list-rows--starts (make-vector 4096 0)))
  (while (> count (length smbcmp-list-rows--starts))
    ;; What the second half holds does not matter: this doubles at least cost.
    (setq smbcmp-list-rows--starts (vconcat smbcmp-list-rows--starts smbcmp-list-rows--starts)))
  (while (and smbcmp-list-rows-order (> count (length smbcmp-list-rows-order)))
    (setq smbcmp-list-rows-order (vconcat smbcmp-list-rows-order smbcmp-list-rows-order))))

(defun smbcmp-list-rows-insert (value columns size)
  "Append the rows in VALUE, a reply's.
COLUMNS, as in `smbcmp-capture', and SIZE, of the file, help to choose
widths when these are the first.  Return the number of the first of them."
  (unless smbcmp-list-rows-widths
    (setq smbcmp-list-rows-widths
          (smbcmp-list-rows--choose-widths
           columns (smbcmp--module-rows-widths value 500) size)))
  (pcase-let* ((`(,text ,lengths) (smbcmp--module-rows-text value smbcmp-list-rows-widths))
               (first smbcmp-list-rows--count)
               (row first)
               (start (point-max)))
    (smbcmp-list-rows--reserve (+ row (length lengths)))
    (when smbcmp-list-rows-order
      (cl-loop for frame across (smbcmp--module-rows-frames value)
               for place from row
               do (aset smbcmp-list-rows-order place frame)
               (when smbcmp-list-rows-places
                 (aset smbcmp-list-rows-places (1- frame) place))))
    (with-silent-modifications
      (let ((inhibit-read-only t))
        (save-excursion
          (goto-char start)
          (insert text))))
    (cl-loop for length across lengths
             do (aset smbcmp-list-rows--starts row start)
             (setq start (+ start length)
                   row (1+ row)))
    (setq smbcmp-list-rows--count row)
    first))

;;;; Columns

(defun smbcmp-list-rows-number-column-p (column)
  "Return non-nil if COLUMN, (TITLE FORMAT WIDTH), is of numbers."
  (member (nth 1 column) '("%m" "%L" "%t" "%Rt" "%Gt" "%Tt" "%B")))

(defun smbcmp-list-rows--choose-widths (columns widths size)
  "Choose widths for COLUMNS by their titles, their WIDTHS and the file's SIZE."
  (cl-loop
   for (column . more) on columns
   for widest in widths
   for width = (max (string-width (car column)) widest)
   collect (cond ((not more) 0)
                 ((equal (nth 1 column) "%m")
                  ;; What frame numbers will come: frames are seldom shorter.
                  (- (max width (length (number-to-string (/ (or size 0) 150))))))
                 ((smbcmp-list-rows-number-column-p column) (- (min 40 width)))
                 (t (min 40 width)))))

(defun smbcmp-list-rows-pad (string width)
  "Pad STRING to WIDTH, on the left if that is negative."
  (let ((padding (make-string (max 0 (- (abs width) (string-width string))) ?\s)))
    (if (< width 0) (concat padding string) (concat string padding))))

(defun smbcmp-list-rows-titles (columns sorted sign)
  "Return the titles of COLUMNS as a line that fits the rows.
SIGN, a character, follows that of the column number SORTED, if any."
  (cl-loop for column in columns
           for width in smbcmp-list-rows-widths
           for i from 0
           concat (propertize (concat (smbcmp-list-rows-pad (car column) width)
                                      (if (eql i sorted) (string sign) " "))
                              'smbcmp-title (car column))))

(provide 'smbcmp-list-rows)
;;; smbcmp-list-rows.el ends here
