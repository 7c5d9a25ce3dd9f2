;;; smbcmp-list-cell.el --- Cells of the packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What point is on in a packet list: the column, what the row has in it,
;; and the display filter that Wireshark makes of that.  All of it can be
;; copied.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smbcmp-escape)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-list-need-frame "smbcmp-list-move")

(defvar smbcmp-list-capture)

;;;; Cells

(defun smbcmp-list-cell-at-point ()
  "Return (FRAME COLUMN TEXT) of the cell at point, COLUMN from 0."
  (let* ((frame (smbcmp-list-need-frame))
         (cells (car (smbcmp-rows smbcmp-list-capture (list frame))))
         (place (- (point) (line-beginning-position)))
         (column 0)
         (end 0))
    (cl-loop for (cell . more) on cells
             for width in smbcmp-list-rows-widths
             do (setq end (+ end 1 (length (smbcmp-list-rows-pad (smbcmp-escape cell t) width))))
             while (and more (<= end place))
             do (cl-incf column))
    (list frame column (nth column cells))))

(defun smbcmp-list-cell-filter ()
  "Return the display filter that selects frames with what is at point.
Wireshark makes it.  Signal `smbcmp-filter-error' if no field is behind
the column."
  (pcase-let ((`(,frame ,column ,_) (smbcmp-list-cell-at-point)))
    (smbcmp-capture-call smbcmp-list-capture "cell" (list :frame frame :column column))))

;;;; Copying

(defun smbcmp-list-cell--copy (string)
  "Copy STRING, and say so."
  (kill-new string)
  (message "Copied: %s" string))

(defun smbcmp-list-copy-row ()
  "Copy the row at point."
  (interactive)
  (smbcmp-list-need-frame)
  (smbcmp-list-cell--copy (string-trim (buffer-substring-no-properties
                                        (line-beginning-position) (line-end-position)))))

(defun smbcmp-list-copy-number ()
  "Copy the number of the frame at point."
  (interactive)
  (smbcmp-list-cell--copy (number-to-string (smbcmp-list-need-frame))))

(defun smbcmp-list-copy-value ()
  "Copy what the column at point has."
  (interactive)
  (smbcmp-list-cell--copy (nth 2 (smbcmp-list-cell-at-point))))

(defun smbcmp-list-copy-filter ()
  "Copy the display filter that selects frames with what the column at point has."
  (interactive)
  (smbcmp-list-cell--copy (smbcmp-with-user-errors (smbcmp-list-cell-filter))))

(defun smbcmp-list-copy-field ()
  "Copy the field behind the column at point, or else the column's title."
  (interactive)
  (let ((column (nth (nth 1 (smbcmp-list-cell-at-point))
                     (smbcmp-capture-columns smbcmp-list-capture))))
    (smbcmp-list-cell--copy
     (condition-case nil
         ;; "ip.src == 10.0.0.1": Wireshark tells the field in no other way.
         (car (split-string (smbcmp-list-cell-filter) " "))
       (smbcmp-filter-error (car column))))))

(defvar smbcmp-list-copy-map
  (let ((map (make-sparse-keymap)))
    (define-key map "w" #'smbcmp-list-copy-row)
    (define-key map "n" #'smbcmp-list-copy-field)
    (define-key map "v" #'smbcmp-list-copy-value)
    (define-key map "f" #'smbcmp-list-copy-filter)
    (define-key map "#" #'smbcmp-list-copy-number)
    map)
  "Keys to copy things from a packet list.")

(provide 'smbcmp-list-cell)
;;; smbcmp-list-cell.el ends here
