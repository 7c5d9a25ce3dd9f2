;;; smbcmp-latency-chart.el --- Response times at a glance  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; How response times are spread, on a logarithmic scale, and how long
;; responses took in the course of time, with the divergences marked: of
;; one capture, or of two one above the other.  Drawn where Emacs can, a
;; slice of the drawing for each column, else with blocks; either way a
;; column leads to its frames.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'subr-x)
(require 'svg)
(require 'smbcmp-latency)
(require 'smbcmp-latency-view)
(require 'smbcmp-latency-wait)
(require 'smbcmp-compare-report)
(require 'smbcmp-holders)
(require 'smbcmp-mode)
(require 'smbcmp-views)

(defface smbcmp-latency-chart-a '((t :inherit font-lock-keyword-face))
  "Face for the response times of a capture, or of capture A."
  :group 'smbcmp-latency)

(defface smbcmp-latency-chart-b '((t :inherit font-lock-string-face))
  "Face for the response times of capture B."
  :group 'smbcmp-latency)

(defface smbcmp-latency-chart-mark '((t :inherit error))
  "Face for where divergences are."
  :group 'smbcmp-latency)

;;;; Columns

(defconst smbcmp-latency-chart--per-decade 8
  "How many columns of the distribution a factor of ten has.")

(defun smbcmp-latency-chart--log (nanoseconds)
  "Return the logarithm to base ten of NANOSECONDS in microseconds, 0 at least."
  (max 0 (log (/ (max 1 nanoseconds) 1e3) 10)))

(defun smbcmp-latency-chart--bucket (sample)
  "Return the column of the distribution that SAMPLE is in."
  (floor (* smbcmp-latency-chart--per-decade
            (smbcmp-latency-chart--log (smbcmp-sample-duration sample)))))

(defun smbcmp-latency-chart--spread (sides)
  "Return the distribution of SIDES, lists of samples: (FIRST . COLUMNS).
COLUMNS are vectors of lists of samples, one for each side; FIRST is the
number of the first bucket."
  (let* ((tables (mapcar #'smbcmp-latency-chart--buckets sides))
         (all (cl-mapcan #'hash-table-keys tables))
         (first (apply #'min all)) (count (1+ (- (apply #'max all) first))))
    (cons first
          (mapcar (lambda (table)
                    (let ((columns (make-vector count nil)))
                      (maphash (lambda (bucket samples)
                                 (aset columns (- bucket first) samples))
                               table)
                      columns))
                  tables))))

(defun smbcmp-latency-chart--buckets (samples)
  "Return a hash table from buckets to those of SAMPLES that are in them."
  (let ((table (make-hash-table)))
    (dolist (sample samples)
      (push sample (gethash (smbcmp-latency-chart--bucket sample) table)))
    table))

(defun smbcmp-latency-chart--begin (samples)
  "Return the time at which the first request of SAMPLES was sent."
  (apply #'min (mapcar #'smbcmp-latency-wait-begin samples)))

(defun smbcmp-latency-chart--course (sides count)
  "Return SIDES, lists of samples, over time in COUNT columns: (SPAN . COLUMNS).
Each begins at its own first request; SPAN is what all take, nanoseconds."
  (let ((span (apply #'max 1 (mapcar (lambda (samples)
                                       (if (null samples) 1
                                         (- (apply #'max (mapcar #'smbcmp-sample-time samples))
                                            (smbcmp-latency-chart--begin samples))))
                                     sides))))
    (cons span
          (mapcar (lambda (samples)
                    (let ((columns (make-vector count nil))
                          (begin (and samples (smbcmp-latency-chart--begin samples))))
                      (dolist (sample samples columns)
                        (push sample
                              (aref columns
                                    (min (1- count)
                                         (/ (* count (- (smbcmp-latency-wait-begin sample)
                                                        begin))
                                            span)))))))
                  sides))))

(defun smbcmp-latency-chart--share (columns)
  "Return the heights, from 0 to 1, of COLUMNS of a distribution."
  (let ((most (float (cl-reduce #'max (mapcar #'length columns) :initial-value 1))))
    (vconcat (mapcar (lambda (samples) (/ (length samples) most)) columns))))

(defun smbcmp-latency-chart--longest (columns least most)
  "Return the heights of COLUMNS over time: the longest of each.
The scale is logarithmic, from LEAST to MOST, nanoseconds."
  (let* ((bottom (smbcmp-latency-chart--log least))
         (range (max 0.1 (- (smbcmp-latency-chart--log most) bottom))))
    (vconcat (mapcar (lambda (samples)
                       (if (null samples) 0.0
                         ;; The least is seen as well.
                         (max 0.03
                              (/ (- (smbcmp-latency-chart--log
                                     (apply #'max (mapcar #'smbcmp-sample-duration samples)))
                                    bottom)
                                 range))))
                     columns))))

;;;; Drawing

(defun smbcmp-latency-chart--help (_window object position)
  "Say what the samples at POSITION of OBJECT, a buffer, are, for `help-echo'."
  (let ((samples (cdr (get-text-property position 'smbcmp-latency-samples object))))
    (format "%d, %s at most" (length samples)
            (smbcmp-holders-seconds
             (/ (apply #'max (mapcar #'smbcmp-sample-duration samples)) 1e9)))))

(defun smbcmp-latency-chart--cell (string samples side)
  "Return STRING, part of the column of SAMPLES of SIDE, 0 or 1."
  (propertize string 'smbcmp-latency-samples (and samples (cons side samples))
              'help-echo (and samples #'smbcmp-latency-chart--help)
              'mouse-face (and samples 'highlight)))

(defun smbcmp-latency-chart--insert-blocks (heights columns side face)
  "Insert HEIGHTS of COLUMNS of SIDE as blocks in FACE."
  (cl-loop for row from 4 downto 0
           do (insert "  ")
           (cl-loop for height across heights for samples across columns
                    for eighths = (ceiling (* 40 height))
                    for here = (max 0 (min 8 (- eighths (* 8 row))))
                    do (insert (smbcmp-latency-chart--cell
                                (propertize (string (aref " ▁▂▃▄▅▆▇█" here)) 'face face)
                                samples side)))
           (insert "\n")))

(defconst smbcmp-latency-chart--height 80
  "Height of a drawn chart, in pixels.")

(defun smbcmp-latency-chart--insert-drawn (heights columns side face)
  "Insert HEIGHTS of COLUMNS of SIDE as a drawing in the colour of FACE."
  (let* ((width (frame-char-width)) (tall smbcmp-latency-chart--height)
         (svg (svg-create (* width (length heights)) tall))
         (colour (smbcmp-mode-colour face)))
    (svg-line svg 0 (- tall 0.5) (* width (length heights)) (- tall 0.5)
              :stroke (smbcmp-mode-colour 'shadow))
    (cl-loop for height across heights for i from 0
             for bar = (* (- tall 2) height)
             do (svg-rectangle svg (* width i) (- tall bar) (1- width) bar :fill colour))
    (let ((image (svg-image svg :ascent 'center)))
      (insert "  ")
      (cl-loop for samples across columns for i from 0
               for start = (point)
               do (insert-image image "▄" nil (list (* width i) 0 width tall))
               do (add-text-properties start (point)
                                       (list 'smbcmp-latency-samples
                                             (and samples (cons side samples))
                                             'help-echo (and samples #'smbcmp-latency-chart--help))))
      (insert "\n"))))

(defun smbcmp-latency-chart--insert (heights columns side)
  "Insert HEIGHTS of COLUMNS of SIDE, 0 or 1."
  (funcall (if (display-images-p) #'smbcmp-latency-chart--insert-drawn
             #'smbcmp-latency-chart--insert-blocks)
           heights columns side
           (if (zerop side) 'smbcmp-latency-chart-a 'smbcmp-latency-chart-b)))

;;;; Scales

(defun smbcmp-latency-chart--decades (first count)
  "Return the scale below COUNT columns of a distribution from bucket FIRST on."
  (let ((line (make-string (+ count 12) ?\s)))
    (cl-loop for i below count
             for bucket = (+ first i)
             when (zerop (% bucket smbcmp-latency-chart--per-decade))
             do (let* ((microseconds (expt 10 (/ bucket smbcmp-latency-chart--per-decade)))
                       (text (concat "└" (cond ((< microseconds 1000)
                                                (format "%d µs" microseconds))
                                               ((< microseconds 1000000)
                                                (format "%d ms" (/ microseconds 1000)))
                                               (t (format "%d s" (/ microseconds 1000000)))))))
                  (cl-loop for char across text for at from i
                           when (< at (length line)) do (aset line at char))))
    (concat "  " (string-trim-right line) "\n")))

(defun smbcmp-latency-chart--marks (side begin span count)
  "Return a line that marks the divergences of SIDE, 0 or 1, below COUNT columns.
BEGIN and SPAN, nanoseconds, are those of the columns."
  (let ((line (make-string count ?\s)) (key (if (zerop side) 'a 'b)))
    (dolist (divergence (and smbcmp-views-comparison
                             (smbcmp-comparison-divergences smbcmp-views-comparison)))
      (let* ((exchange (funcall (if (zerop side) #'car #'cdr)
                                (plist-get divergence :exchanges)))
             (time (and exchange (plist-get (smbcmp-comparison-exchange
                                             smbcmp-views-comparison key exchange)
                                            :time))))
        (when time
          (aset line (max 0 (min (1- count)
                                 (floor (* count (- (* 1e9 time) begin)) span)))
                (if (char-displayable-p ?▲) ?▲ ?^)))))
    (if (string-blank-p line) ""
      (concat "  " (propertize (string-trim-right line) 'face 'smbcmp-latency-chart-mark)
              "\n"))))

;;;; Buffer

(defun smbcmp-latency-chart--name (side)
  "Return what SIDE, 0 or 1, is called."
  (let ((file (smbcmp-compare-report-file (nth side (smbcmp-views-captures)))))
    (if (cdr smbcmp-views-lists) (format "%s %s" (if (zerop side) "A" "B") file) file)))

(defun smbcmp-latency-chart--insert-spread (sides)
  "Insert the distribution of SIDES, lists of samples."
  (pcase-let ((`(,first . ,columns) (smbcmp-latency-chart--spread sides)))
    (insert (propertize "How many responses took how long\n\n" 'face 'bold))
    (cl-loop for of-side in columns for side from 0
             do (insert (smbcmp-latency-chart--name side)
                        (format ": %d responses\n" (length (nth side sides))))
             do (smbcmp-latency-chart--insert (smbcmp-latency-chart--share of-side)
                                              of-side side)
             do (insert (smbcmp-latency-chart--decades first (length of-side)) "\n"))))

(defun smbcmp-latency-chart--insert-course (sides)
  "Insert the longest response times of SIDES, lists of samples, over time."
  (pcase-let* ((`(,span . ,columns) (smbcmp-latency-chart--course
                                     sides (max 20 (- (window-body-width) 4))))
               (all (mapcar #'smbcmp-sample-duration (apply #'append sides)))
               (least (apply #'min all)) (most (apply #'max all)))
    (insert (propertize "The longest response time in the course of time\n\n" 'face 'bold))
    (cl-loop
     for of-side in columns for side from 0 for samples in sides
     do (insert (smbcmp-latency-chart--name side)
                (format ": a column is %s; from %s, at the bottom, to %s\n"
                        (smbcmp-holders-seconds (/ span (length of-side) 1e9))
                        (smbcmp-holders-seconds (/ least 1e9))
                        (smbcmp-holders-seconds (/ most 1e9))))
     do (smbcmp-latency-chart--insert (smbcmp-latency-chart--longest of-side least most)
                                      of-side side)
     do (when samples
          (insert (smbcmp-latency-chart--marks side (smbcmp-latency-chart--begin samples)
                                               span (length of-side))))
     do (insert "\n"))))

(defun smbcmp-latency-chart--print ()
  "Draw the charts of the captures of this buffer."
  (let ((captures (smbcmp-views-captures)) sides)
    (smbcmp-views-do
     "Taking response times"
     (smbcmp-latency-collecting captures)
     (lambda ()
       (setq sides (mapcar #'smbcmp-latency-samples captures))
       (let ((inhibit-read-only t))
         (erase-buffer)
         (if (null (apply #'append sides))
             (insert "No response times here.\n")
           (smbcmp-latency-chart--insert-spread sides)))
       nil)
     (lambda ()
       (let ((inhibit-read-only t))
         (goto-char (point-max))
         (when (apply #'append sides) (smbcmp-latency-chart--insert-course sides)))
       (set-buffer-modified-p nil)
       (goto-char (point-min))
       nil))))

(defun smbcmp-latency-chart-frames ()
  "List the frames of the column at point, the slowest first."
  (interactive)
  (pcase (get-text-property (point) 'smbcmp-latency-samples)
    (`(,side . ,samples)
     (smbcmp-latency-show-frames
      "column" (append (make-list side nil) (list samples))))
    (_ (user-error "No response here; go to a column"))))

(defun smbcmp-latency-chart-click (event)
  "List the frames of the column that was clicked: EVENT."
  (interactive "e")
  (mouse-set-point event)
  (smbcmp-latency-chart-frames))

(defvar smbcmp-latency-chart-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'smbcmp-latency-chart-frames)
    (define-key map [mouse-1] #'smbcmp-latency-chart-click)
    map)
  "Keymap of `smbcmp-latency-chart-mode'.")

(easy-menu-define smbcmp-latency-chart-menu smbcmp-latency-chart-mode-map
  "Menu of `smbcmp-latency-chart-mode'."
  '("Chart"
    ["Frames of this column" smbcmp-latency-chart-frames]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-latency-chart-mode smbcmp-mode "Chart"
  "Major mode for charts of response times.

Both scales of time are logarithmic.  \\<smbcmp-latency-chart-mode-map>\
\\[smbcmp-latency-chart-frames] on a column, or a click, lists its
frames.  Marks below are divergences.

\\{smbcmp-latency-chart-mode-map}"
  (setq-local revert-buffer-function
              (lambda (&rest _) (smbcmp-with-user-errors (smbcmp-latency-chart--print)))))

;;;###autoload
(defun smbcmp-latency-chart ()
  "Show how response times are spread, and how they were in the course of time.
Of a comparison, both captures are one above the other."
  (interactive)
  (smbcmp-views-show "response times" #'smbcmp-latency-chart-mode
                     #'smbcmp-latency-chart--print))

(provide 'smbcmp-latency-chart)
;;; smbcmp-latency-chart.el ends here
