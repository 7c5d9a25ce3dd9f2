;;; smbcmp-list-sort.el --- Titles of the packet list, and sorting by them  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The header line has the titles of the columns and tells by which the
;; rows are sorted.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-list-need-capture "smbcmp-list-move")
(autoload 'smbcmp-list-refresh "smbcmp-list-load")

(defvar smbcmp-list-capture)

(defvar-local smbcmp-list-sort-order nil
  "If rows are sorted by a column, (COLUMN . REVERSE), else nil.")

(defvar-local smbcmp-list-sort-again nil
  "What `smbcmp-list-sort-order' was when the worker died, while it was sorting.")

;;;; Titles

(defface smbcmp-list-header '((t :inherit header-line))
  "Face for the column titles."
  :group 'smbcmp-list)

(defvar smbcmp-list-header-map
  (let ((map (make-sparse-keymap)))
    (define-key map [header-line mouse-1] #'smbcmp-list-sort-by-click)
    map)
  "Keymap of the column titles.")

(defun smbcmp-list-header ()
  "Return the header line: column titles, where the columns are."
  (let ((titles (smbcmp-list-rows-titles
                 (smbcmp-capture-columns smbcmp-list-capture) (car smbcmp-list-sort-order)
                 (cond ((not (char-displayable-p ?▲)) (if (cdr smbcmp-list-sort-order) ?v ?^))
                       ((cdr smbcmp-list-sort-order) ?▼)
                       (t ?▲)))))
    (concat (propertize " " 'display
                        `(space :align-to ,(if (bound-and-true-p display-line-numbers)
                                               (line-number-display-width 'columns)
                                             0)))
            (or smbcmp-list-rows-prefix "")
            (propertize (substring titles (min (length titles) (window-hscroll)))
                        'face 'smbcmp-list-header
                        'mouse-face 'highlight
                        'help-echo "mouse-1: sort by this column"
                        'keymap smbcmp-list-header-map))))

;;;; Sorting

(defun smbcmp-list-sort-by-click (event)
  "Sort by the column whose title was clicked: EVENT."
  (interactive "e")
  (let* ((position (event-start event))
         (string (posn-string position)))
    (with-current-buffer (window-buffer (posn-window position))
      (smbcmp-list-sort (or (get-text-property (cdr string) 'smbcmp-title (car string))
                            (user-error "No title here"))))))

(defun smbcmp-list-sort (title)
  "Sort the rows by the column called TITLE, the other way round the next time.
Frame numbers give back the rows' own order."
  (interactive
   (list (completing-read "Sort by: " (mapcar #'car (smbcmp-capture-columns
                                                     smbcmp-list-capture))
                          nil t)))
  (smbcmp-list-need-capture)
  (smbcmp-with-user-errors (smbcmp-capture-mend smbcmp-list-capture))
  (unless (eq (smbcmp-capture-state smbcmp-list-capture) 'loaded)
    (user-error "The capture is still loading"))
  (let* ((columns (smbcmp-capture-columns smbcmp-list-capture))
         (column (cl-position title columns :key #'car :test #'equal))
         (reverse (equal smbcmp-list-sort-order (cons column nil))))
    (setq smbcmp-list-sort-order
          ;; Upwards by number is no order of their own.
          (unless (and (not reverse) (equal (nth 1 (nth column columns)) "%m"))
            (cons column reverse))
          smbcmp-list-sort-again nil)
    (smbcmp-with-user-errors (smbcmp-list-refresh))))

(provide 'smbcmp-list-sort)
;;; smbcmp-list-sort.el ends here
