;;; smbcmp-latency-frames.el --- The frames behind a response time  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a line of `smbcmp-latency' counts, frame by frame, the slowest first.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'seq)
(require 'tabulated-list)
(require 'smbcmp-latency)
(require 'smbcmp-mode)
(require 'smbcmp-views)

(defgroup smbcmp-latency nil
  "Response times."
  :group 'smbcmp)

(defcustom smbcmp-latency-frames-limit 1000
  "How many frames behind a line of the table are listed, the slowest."
  :type 'natnum)

(defun smbcmp-latency-sorter (value)
  "Return a predicate that sorts entries by VALUE, a function of a row."
  (lambda (a b) (< (or (funcall value (car a)) -1e99) (or (funcall value (car b)) -1e99))))

(defvar-local smbcmp-latency-frames--what nil
  "What the list of frames is of, a string.")

(defun smbcmp-latency-frames--slowest (sides)
  "Return the slowest samples of SIDES, a list of (SIDE . SAMPLE), each alone."
  (seq-take (sort (cl-loop for samples in sides for side from 0
                           append (mapcar (lambda (sample) (cons side sample))
                                          (smbcmp-latency-apart
                                           (smbcmp-latency-slowest
                                            samples smbcmp-latency-frames-limit
                                            (smbcmp-latency-sorted samples)))))
                  (lambda (a b) (> (smbcmp-sample-duration (cdr a))
                                   (smbcmp-sample-duration (cdr b)))))
            smbcmp-latency-frames-limit))

(defun smbcmp-latency-show-frames (name sides all)
  "List the frames of SIDES, samples of each capture, the slowest first.
NAME is what they are of; ALL is how many there are, if SIDES are not all."
  (let* ((slowest (smbcmp-latency-frames--slowest sides))
         (lists smbcmp-views-lists)
         (captures (smbcmp-views-captures))
         (buffer (get-buffer-create
                  (format "*frames: %s*" (mapconcat #'buffer-name lists " - ")))))
    (with-current-buffer buffer
      (smbcmp-latency-frames-mode)
      (setq smbcmp-views-lists lists
            smbcmp-latency-frames--what
            (if (> all (length slowest))
                (format "%s: the slowest %d of %d" name (length slowest) all)
              name)
            tabulated-list-entries
            (smbcmp-with-user-errors (smbcmp-latency-frames--entries slowest captures)))
      (tabulated-list-init-header)
      (tabulated-list-print))
    (pop-to-buffer buffer)
    (goto-char (point-min))))

(defun smbcmp-latency-frames--entries (slowest captures)
  "Return entries for SLOWEST, a list of (SIDE . SAMPLE) of CAPTURES."
  (let ((infos (cl-loop
                for capture in captures for side from 0
                for frames = (delete-dups
                              (cl-loop for (of . sample) in slowest
                                       when (eql of side)
                                       collect (smbcmp-sample-frame sample)))
                collect (cl-mapcar #'cons frames
                                   (smbcmp-rows capture frames '("%t" "%i"))))))
    (mapcar (pcase-lambda ((and place `(,side . ,sample)))
              (pcase-let ((`(,time ,info) (cdr (assq (smbcmp-sample-frame sample)
                                                     (nth side infos)))))
                (list place
                      (vector (format "%.3f" (/ (smbcmp-sample-duration sample) 1e6))
                              (concat (and (cdr captures) (if (zerop side) "A " "B "))
                                      (number-to-string (smbcmp-sample-frame sample)))
                              (or time "") (or (smbcmp-sample-client sample) "")
                              (or info "")))))
            slowest)))

(defun smbcmp-latency-frames-goto ()
  "Show this frame in its packet list."
  (interactive)
  (pcase (tabulated-list-get-id)
    (`(,side . ,sample)
     (smbcmp-views-goto-frame (nth side smbcmp-views-lists) (smbcmp-sample-frame sample)))
    (_ (user-error "No frame here"))))

(defun smbcmp-latency-frames-filter ()
  "Have the packet list show only the frames listed here."
  (interactive)
  (pcase (tabulated-list-get-id)
    (`(,side . ,_)
     (smbcmp-views-filter-frames
      (nth side smbcmp-views-lists)
      (cl-loop for ((of . sample)) in tabulated-list-entries
               when (eql of side) collect (smbcmp-sample-frame sample))))
    (_ (user-error "No frame here"))))

(defvar smbcmp-latency-frames-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap smbcmp-mode-map tabulated-list-mode-map))
    (define-key map (kbd "RET") #'smbcmp-latency-frames-goto)
    (define-key map "/" #'smbcmp-latency-frames-filter)
    map)
  "Keymap of `smbcmp-latency-frames-mode'.")

(easy-menu-define smbcmp-latency-frames-menu smbcmp-latency-frames-mode-map
  "Menu of `smbcmp-latency-frames-mode'."
  '("Frames"
    ["Go to the frame" smbcmp-latency-frames-goto]
    ["Only these in the packet list" smbcmp-latency-frames-filter]
    ["Sort by column" tabulated-list-sort]))

(define-derived-mode smbcmp-latency-frames-mode tabulated-list-mode "Frames"
  "Major mode for the frames behind a line of `smbcmp-latency'.

\\{smbcmp-latency-frames-mode-map}"
  (setq tabulated-list-format
        (vector (list "ms" 11 (smbcmp-latency-sorter
                               (lambda (place) (smbcmp-sample-duration (cdr place))))
                      :right-align t)
                (list "frame" 9 (smbcmp-latency-sorter
                                 (lambda (place) (smbcmp-sample-frame (cdr place))))
                      :right-align t)
                '("time" 14 t) '("client" 22 t) '("info" 0 nil))
        tabulated-list-sort-key (cons "ms" t)
        mode-line-process '(" " smbcmp-latency-frames--what))
  (smbcmp-mode-show-row))

(provide 'smbcmp-latency-frames)
;;; smbcmp-latency-frames.el ends here
