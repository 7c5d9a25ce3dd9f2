;;; smbcmp-list-mark.el --- Marks in the packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Frames are marked to be compared, in one packet list or in two.  A mark
;; is a frame of a buffer; the overlay that shows it is made again whenever
;; rows are.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-list-frame-at-point "smbcmp-list-move")
(autoload 'smbcmp-list-need-frame "smbcmp-list-move")
(autoload 'smbcmp-list-next "smbcmp-list-move"
  "Go to the next row that is shown, or COUNT rows on." t)
(autoload 'smbcmp-diff-view-frames "smbcmp-diff-view")

(defvar smbcmp-list-capture)

(defface smbcmp-list-mark '((t :inherit smbcmp-mode-warning))
  "Face for the mark in the margin of marked frames."
  :group 'smbcmp-list)

(defvar smbcmp-list-marks nil
  "Marked frames of all packet lists, a list of (BUFFER . FRAME), newest first.")

(defun smbcmp-list-mark--live ()
  "Return the marks whose packet lists are alive."
  (setq smbcmp-list-marks (cl-remove-if-not (lambda (mark) (buffer-live-p (car mark)))
                                            smbcmp-list-marks)))

;;;; Showing

(defun smbcmp-list-mark--show (row)
  "Show that ROW is marked."
  (let ((overlay (make-overlay (smbcmp-list-rows-start row) (smbcmp-list-rows-start (1+ row)))))
    (overlay-put overlay 'smbcmp-mark t)
    (overlay-put overlay 'evaporate t)
    (overlay-put overlay 'before-string
                 (propertize "*" 'display
                             `((margin left-margin)
                               ,(propertize "*" 'face 'smbcmp-list-mark))))
    (overlay-put overlay 'face 'bold)))

(defun smbcmp-list-mark-rows (from to)
  "Show the marks of the rows FROM to TO, less the last, which are new."
  (pcase-dolist (`(,buffer . ,frame) smbcmp-list-marks)
    (when (eq buffer (current-buffer))
      (let ((row (smbcmp-list-rows-of-frame frame)))
        (when (and row (<= from row) (< row to))
          (smbcmp-list-mark--show row))))))

(defun smbcmp-list-mark-count ()
  "Return how many frames of this packet list are marked."
  (cl-count (current-buffer) smbcmp-list-marks :key #'car))

;;;; Commands

(defun smbcmp-list-mark (&optional unmark)
  "Mark the frame at point, or unmark it if UNMARK, and move to the next."
  (interactive "P")
  (let* ((frame (smbcmp-list-need-frame))
         (mark (cons (current-buffer) frame)))
    (setq smbcmp-list-marks (remove mark (smbcmp-list-mark--live)))
    (remove-overlays (line-beginning-position) (line-beginning-position 2)
                     'smbcmp-mark t)
    (unless unmark
      (push mark smbcmp-list-marks)
      (smbcmp-list-mark--show (smbcmp-list-rows-of-frame frame)))
    (condition-case nil
        (smbcmp-list-next)
      ;; On the last row there is nowhere to go.
      (user-error nil))
    (force-mode-line-update)))

(defun smbcmp-list-unmark ()
  "Unmark the frame at point, and move to the next."
  (interactive)
  (smbcmp-list-mark t))

(defun smbcmp-list-unmark-all ()
  "Remove all marks, also in other packet lists."
  (interactive)
  (let ((marks (smbcmp-list-mark--live)))
    (dolist (buffer (delete-dups (mapcar #'car marks)))
      (with-current-buffer buffer
        (remove-overlays (point-min) (point-max) 'smbcmp-mark t)))
    (setq smbcmp-list-marks nil)
    (force-mode-line-update t)
    (message "%d frame%s unmarked" (length marks) (if (= 1 (length marks)) "" "s"))))

(defun smbcmp-list-compare ()
  "Compare two frames: the two marked last, or the marked one and this one."
  (interactive)
  (let* ((here (cons (current-buffer) (smbcmp-list-need-frame)))
         (pair (pcase (smbcmp-list-mark--live)
                 (`(,b ,a . ,_) (list a b))
                 (`(,a) (if (equal a here)
                            (user-error "Mark another frame or move to one")
                          (list a here)))
                 (_ (user-error "Mark one or two frames first (m)")))))
    (require 'smbcmp-diff-view)
    (pcase-let ((`((,buffer-a . ,frame-a) (,buffer-b . ,frame-b)) pair))
      (smbcmp-diff-view-frames (buffer-local-value 'smbcmp-list-capture buffer-a) frame-a
                               (buffer-local-value 'smbcmp-list-capture buffer-b) frame-b))))

(provide 'smbcmp-list-mark)
;;; smbcmp-list-mark.el ends here
