;;; smblog-label.el --- Which of several files a message is in  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Where several files are shown as one log, each line has a short label of
;; its file to the left.  The label is a `line-prefix', no text of the buffer:
;; neither search nor copying sees it.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defcustom smblog-label-width 16
  "Columns that the label of a file takes at most."
  :type 'integer
  :group 'smblog-view)

(defface smblog-label-1 '((t :inherit smbcmp-mode-first))
  "Face for the labels of the first file, the fifth and so on."
  :group 'smblog-view)
(defface smblog-label-2 '((t :inherit smbcmp-mode-second))
  "Face for the labels of the second file, the sixth and so on."
  :group 'smblog-view)
(defface smblog-label-3
  '((((class color) (min-colors 16)) :inherit font-lock-type-face)
    ;; That is a pale green.
    (((class color) (background light)) :weight bold)
    (t :inherit font-lock-type-face))
  "Face for the labels of the third file, the seventh and so on."
  :group 'smblog-view)
(defface smblog-label-4 '((t :inherit font-lock-constant-face))
  "Face for the labels of the fourth file, the eighth and so on."
  :group 'smblog-view)

(defvar-local smblog-label-table nil
  "Hash table of the files of this log to their labels; nil if it is one file.
Buffers that show the same log share it.")

(defun smblog-label--parts (file)
  "Return what a label of FILE may be made of, the last part first.
Of \"/n1/log.wb-DOM.old.gz\" that is (\"wb-DOM.old\" \"n1\")."
  (let* ((parts (nreverse (split-string file "/" t)))
         (name (replace-regexp-in-string "\\.\\(?:gz\\|xz\\|zst\\|bz2\\|lz4\\)\\'" ""
                                         (or (car parts) file)))
         (short (string-remove-prefix "log." name)))
    (cons (if (equal short "") name short) (cdr parts))))

(defun smblog-label-names (files)
  "Return the labels of FILES, absolute names: as short as tells them apart."
  (let* ((parts (mapcar #'smblog-label--parts files))
         (name (lambda (parts count)
                 (string-join (reverse (seq-take parts count)) "/")))
         (most (apply #'max 1 (mapcar #'length parts))))
    (mapcar (lambda (own)
              (cl-loop for count from 1 to most
                       for label = (funcall name own count)
                       when (or (= count most)
                                (= 1 (cl-count label parts :test #'equal
                                               :key (lambda (other)
                                                      (funcall name other count)))))
                       return label))
            parts)))

(defun smblog-label-setup (files)
  "Have messages in this buffer labelled with which of FILES they are in."
  (when (cdr files)
    (let* ((files (mapcar #'expand-file-name files))
           (labels (mapcar (lambda (label)
                             (truncate-string-to-width label smblog-label-width nil nil "…"))
                           (smblog-label-names files)))
           (width (apply #'max (mapcar #'string-width labels))))
      (setq smblog-label-table (make-hash-table :test #'equal))
      (cl-loop for file in files for label in labels for i from 0
               for face = (intern (format "smblog-label-%d" (1+ (mod i 4))))
               do (puthash file (propertize
                                 (concat label (make-string (- width (string-width label)) ?\s)
                                         " ")
                                 'face face)
                           smblog-label-table)))))

(defun smblog-label (file)
  "Return the label of FILE in this log, or nil if that is its only file."
  (and smblog-label-table file (gethash file smblog-label-table)))

(defun smblog-label-put (text head file)
  "Label TEXT, a message of FILE, whose header begins at HEAD; return it."
  (let ((label (smblog-label file)))
    (when label
      (let ((blank (make-string (string-width label) ?\s))
            (end (or (string-match "\n" text head) (length text))))
        (add-text-properties 0 (length text) (list 'line-prefix blank 'wrap-prefix blank) text)
        (add-text-properties head end (list 'line-prefix label 'help-echo file) text)))
    text))

(provide 'smblog-label)
;;; smblog-label.el ends here
