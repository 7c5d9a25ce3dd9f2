;;; smblog-chart.el --- A log at a glance  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; How many messages there are of each level, and messages, requests and
;; failed requests over time: drawn where Emacs can, else with blocks.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-mode)
(require 'smblog)
(require 'smblog-message)
(require 'smblog-narrow)
(require 'smblog-request)
(require 'smblog-select)
(require 'smblog-view)
(require 'svg)

(declare-function smblog--module-histogram "smbcmp-module.so" (log buckets))
(autoload 'smblog-move-message-from "smblog-move")

(defface smblog-chart-messages '((t :inherit smbcmp-mode-first))
  "Face for the number of messages."
  :group 'smblog-view)

(defface smblog-chart-requests '((t :inherit smbcmp-mode-success))
  "Face for the number of requests."
  :group 'smblog-view)

(defface smblog-chart-failed '((t :inherit error))
  "Face for the number of requests that failed."
  :group 'smblog-view)

(defvar-local smblog-chart--buffer nil
  "The log buffer that this chart is of.")

(defvar-local smblog-chart--data nil
  "What is drawn, a property list as the module has it.")

(defconst smblog-chart--rows
  '((:messages "messages" smblog-chart-messages)
    (:requests "requests" smblog-chart-requests)
    (:failed "failed requests" smblog-chart-failed))
  "What is drawn over time: (KEY TITLE FACE).")

;;;; Levels

(defun smblog-chart--insert-levels (width)
  "Insert how many messages there are of each level, in bars of up to WIDTH."
  (let* ((levels (cl-sort (copy-sequence (plist-get smblog-chart--data :levels)) #'<
                          :key (lambda (level) (or (car level) -1))))
         (most (apply #'max 1 (mapcar #'cdr levels))))
    (insert "Messages by level\n\n")
    (pcase-dolist (`(,level . ,count) levels)
      (let ((start (point)))
        (insert (propertize (format "%5s" (or level "none"))
                            'face (smblog-message-level-face level))
                (format " %12s " (smblog-narrow-number count))
                (propertize (smblog-chart--bar (/ (* width count) (float most)))
                            'face 'smblog-chart-messages)
                "\n")
        (put-text-property start (point) 'smblog-level level)))))

(defun smblog-chart--bar (length)
  "Return a horizontal bar of LENGTH characters, a float."
  (let* ((eighths (round (* 8 length))) (full (/ eighths 8)) (rest (% eighths 8)))
    (concat (make-string full ?█)
            (if (zerop rest) "" (string (aref "▏▎▍▌▋▊▉" (1- rest)))))))

;;;; Time, as text

(defun smblog-chart--time (column columns)
  "Return the time at COLUMN of COLUMNS."
  (let ((from (plist-get smblog-chart--data :from))
        (to (plist-get smblog-chart--data :to)))
    (+ from (/ (* column (- to from)) (float columns)))))

(defun smblog-chart--insert-blocks (values height face)
  "Insert VALUES, a vector, as columns of HEIGHT lines in FACE."
  (let* ((most (cl-reduce #'max values :initial-value 1)) (columns (length values)))
    (cl-loop for row from (1- height) downto 0
             do (insert "  ")
             (cl-loop for value across values for column from 0
                      for eighths = (if (zerop value) 0
                                      (max 1 (round (* 8.0 height value) most)))
                      for here = (max 0 (min 8 (- eighths (* 8 row))))
                      do (insert (propertize (string (aref " ▁▂▃▄▅▆▇█" here))
                                             'face face
                                             'smblog-time (smblog-chart--time column columns)
                                             'help-echo (smblog-narrow-number value))))
             (insert "\n"))))

;;;; Time, drawn

(defun smblog-chart--svg (values height face)
  "Return an SVG image of VALUES, a vector, HEIGHT pixels high.
FACE gives the colour."
  (let* ((columns (length values)) (width (* 4 columns))
         (most (float (cl-reduce #'max values :initial-value 1)))
         (svg (svg-create width height))
         (colour (smbcmp-mode-colour face)))
    (svg-line svg 0 (- height 0.5) width (- height 0.5)
              :stroke (smbcmp-mode-colour 'shadow))
    (cl-loop for value across values for column from 0
             for bar = (if (zerop value) 0 (max 1 (* (- height 2) (/ value most))))
             do (svg-rectangle svg (* 4 column) (- height bar) 3 bar :fill colour))
    (svg-image svg :ascent 'center)))

(defun smblog-chart--insert-drawn (values face)
  "Insert VALUES, a vector, as a drawing in the colour of FACE."
  (insert "  ")
  (insert-image (smblog-chart--svg values 90 face) "[chart]")
  (put-text-property (1- (point)) (point) 'smblog-columns (length values))
  (put-text-property (- (point) (length "[chart]")) (point) 'smblog-columns
                     (length values))
  (insert "\n"))

(defun smblog-chart-click (event)
  "Go in the log to the time that was clicked: EVENT."
  (interactive "e")
  (let* ((position (event-start event))
         (columns (get-text-property (posn-point position) 'smblog-columns)))
    (if columns
        (smblog-chart--goto (smblog-chart--time (/ (car (posn-object-x-y position)) 4.0)
                                                columns))
      (goto-char (posn-point position))
      (smblog-chart-goto))))

;;;; Buffer

(defun smblog-chart--insert-axis (columns)
  "Insert the first and last time below COLUMNS columns."
  (let* ((from (smblog-message-time-string (plist-get smblog-chart--data :from)))
         (to (smblog-message-time-string (plist-get smblog-chart--data :to)))
         (width (if (display-images-p)
                    (round (* 4.0 columns) (frame-char-width))
                  columns)))
    (insert "  " (propertize from 'face 'smblog-time)
            (make-string (max 1 (- width (length from) (length to))) ?\s)
            (propertize to 'face 'smblog-time) "\n\n")))

(defun smblog-chart--columns ()
  "Return how many columns fit in the window."
  (let ((width (max 20 (- (window-body-width) 4))))
    (if (display-images-p) (/ (* width (frame-char-width)) 4) width)))

(defun smblog-chart--print ()
  "Draw the chart of the log."
  (let* ((log (buffer-local-value 'smblog-log smblog-chart--buffer))
         (columns (smblog-chart--columns))
         (inhibit-read-only t))
    (setq smblog-chart--data (smblog--module-histogram log columns))
    (erase-buffer)
    (smblog-chart--insert-levels (max 10 (- (window-body-width) 22)))
    (insert "\n")
    (if (null (plist-get smblog-chart--data :from))
        (insert "The messages have no times.\n")
      (pcase-dolist (`(,key ,title ,face) smblog-chart--rows)
        (let* ((values (plist-get smblog-chart--data key))
               (sum (cl-reduce #'+ values))
               (column (/ (- (plist-get smblog-chart--data :to)
                             (plist-get smblog-chart--data :from))
                          (float columns))))
          (insert (format "%s %s; a column is %s, the highest %s\n"
                          (smblog-narrow-number sum) title
                          (if (< column 1) (smblog-request-time column)
                            (smblog-message-seconds column))
                          (smblog-narrow-number (cl-reduce #'max values :initial-value 0))))
          (if (display-images-p)
              (smblog-chart--insert-drawn values face)
            (smblog-chart--insert-blocks values (if (eq key :messages) 6 4) face))
          (smblog-chart--insert-axis columns))))
    (set-buffer-modified-p nil)
    (goto-char (point-min))))

(defun smblog-chart--goto (time)
  "Go in the log to TIME."
  (pop-to-buffer smblog-chart--buffer)
  (smblog-goto-message (smblog-move-message-from time)))

(defun smblog-chart-goto ()
  "Go in the log to the time of this column, or show it up to this line's level."
  (interactive)
  (let ((time (get-text-property (point) 'smblog-time))
        (level (get-text-property (point) 'smblog-level)))
    (cond (time (smblog-chart--goto time))
          (level (pop-to-buffer smblog-chart--buffer)
                 (smblog-set-level level))
          (t (user-error "No column here")))))

(defvar smblog-chart-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'smblog-chart-goto)
    (define-key map [mouse-1] #'smblog-chart-click)
    map)
  "Keymap of `smblog-chart-mode'.")

(easy-menu-define smblog-chart-menu smblog-chart-mode-map
  "Menu of `smblog-chart-mode'."
  '("Chart"
    ["This time or level in the log" smblog-chart-goto]
    ["Refresh" revert-buffer]))

(define-derived-mode smblog-chart-mode smbcmp-mode "Chart"
  "Major mode for the chart of a Samba log.

\\<smblog-chart-mode-map>\\[smblog-chart-goto] on a column, or a click, goes to \
its time in the log, on a level to
the messages up to that level.

\\{smblog-chart-mode-map}"
  (setq-local revert-buffer-function (lambda (&rest _) (smblog-chart--print))))

(defun smblog-chart ()
  "Show how the messages and requests of this log are spread over levels and time."
  (interactive)
  (let ((log-buffer (current-buffer))
        (buffer (get-buffer-create (format "*chart: %s*" (buffer-name)))))
    (with-current-buffer buffer
      (smblog-chart-mode)
      (setq smblog-chart--buffer log-buffer))
    (pop-to-buffer buffer)
    (smblog-chart--print)))

(provide 'smblog-chart)
;;; smblog-chart.el ends here
