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
(require 'seq)
(require 'subr-x)
(require 'svg)
(require 'smbcmp-latency)
(require 'smbcmp-latency-view)
(require 'smbcmp-latency-wait)
(require 'smbcmp-compare-report)
(require 'smbcmp-holders)
(require 'smbcmp-mode)
(require 'smbcmp-steps)
(require 'smbcmp-views)

(defface smbcmp-latency-chart-a '((t :inherit smbcmp-mode-first))
  "Face for the response times of a capture, or of capture A."
  :group 'smbcmp-latency)

(defface smbcmp-latency-chart-b '((t :inherit smbcmp-mode-second))
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

(defun smbcmp-latency-chart--bucket (samples at)
  "Return the column of the distribution that the sample AT, in SAMPLES, is in."
  (floor (* smbcmp-latency-chart--per-decade
            (smbcmp-latency-chart--log (smbcmp-sample-duration samples at)))))

(cl-defstruct (smbcmp-latency-chart-column (:constructor smbcmp-latency-chart-column-make)
                                           (:copier nil))
  "Responses that are drawn as one.
Which ones they are is found out when that is asked for: lists of them
would have to be looked at whenever garbage is collected."
  (side nil :documentation "The number of the capture, 0 or 1.")
  (count 0 :documentation "How many they are.")
  (longest 0 :documentation "The longest duration among them, nanoseconds.")
  (has nil :documentation "Function of samples and a place that tells whether one is there."))

(defun smbcmp-latency-chart--count (column duration)
  "Have a sample of DURATION be one of COLUMN."
  (cl-incf (smbcmp-latency-chart-column-count column))
  (cl-callf max (smbcmp-latency-chart-column-longest column) duration))

(cl-defstruct (smbcmp-latency-chart-side (:constructor smbcmp-latency-chart-side-make)
                                         (:copier nil))
  "What is drawn of a capture."
  (number 0 :documentation "The number of the capture, 0 or 1.")
  samples
  (buckets (make-hash-table) :documentation "Columns of the distribution by number.")
  (begin most-positive-fixnum :documentation "When the first request was, nanoseconds.")
  (end 0 :documentation "When the last response was.")
  (least most-positive-fixnum :documentation "The shortest duration, nanoseconds.")
  (most 0 :documentation "The longest.")
  (columns nil :documentation "Columns over time, a vector; nil where nothing is.")
  (marked nil :documentation "The numbers of those with divergences."))

(defun smbcmp-latency-chart--add (side at)
  "Have SIDE know the sample AT, in its own."
  (let* ((samples (smbcmp-latency-chart-side-samples side))
         (duration (smbcmp-sample-duration samples at))
         (bucket (smbcmp-latency-chart--bucket samples at))
         (buckets (smbcmp-latency-chart-side-buckets side)))
    (smbcmp-latency-chart--count
     (or (gethash bucket buckets)
         (puthash bucket
                  (smbcmp-latency-chart-column-make
                   :side (smbcmp-latency-chart-side-number side)
                   :has (lambda (samples at)
                          (= bucket (smbcmp-latency-chart--bucket samples at))))
                  buckets))
     duration)
    (cl-callf min (smbcmp-latency-chart-side-begin side) (smbcmp-latency-wait-begin samples at))
    (cl-callf max (smbcmp-latency-chart-side-end side) (smbcmp-sample-time samples at))
    (cl-callf min (smbcmp-latency-chart-side-least side) duration)
    (cl-callf max (smbcmp-latency-chart-side-most side) duration)))

(defun smbcmp-latency-chart--spread (sides)
  "Return the distribution of SIDES: (FIRST . COLUMNS).
COLUMNS are vectors of columns, nil where nothing is, one for each side;
FIRST is the number of the first bucket."
  (let* ((tables (mapcar #'smbcmp-latency-chart-side-buckets sides))
         (all (cl-mapcan #'hash-table-keys tables))
         (first (apply #'min all)) (count (1+ (- (apply #'max all) first))))
    (cons first
          (mapcar (lambda (table)
                    (let ((columns (make-vector count nil)))
                      (maphash (lambda (bucket column)
                                 (aset columns (- bucket first) column))
                               table)
                      columns))
                  tables))))

(defun smbcmp-latency-chart--span (sides)
  "Return what all SIDES take, each from its own first request, nanoseconds."
  (apply #'max 1 (mapcar (lambda (side)
                           (- (smbcmp-latency-chart-side-end side)
                              (smbcmp-latency-chart-side-begin side)))
                         sides)))

(defun smbcmp-latency-chart--column (side time span)
  "Return the number of the column of SIDE at TIME; all take SPAN, nanoseconds."
  (let ((count (length (smbcmp-latency-chart-side-columns side))))
    (max 0 (min (1- count)
                (floor (* count (- time (smbcmp-latency-chart-side-begin side))) span)))))

(defun smbcmp-latency-chart--place (side at span)
  "Put the sample AT, of SIDE, into its column there over time; all take SPAN."
  (cl-flet ((place (samples at) (smbcmp-latency-chart--column
                                 side (smbcmp-latency-wait-begin samples at) span)))
    (let* ((samples (smbcmp-latency-chart-side-samples side))
           (n (place samples at)) (columns (smbcmp-latency-chart-side-columns side)))
      (smbcmp-latency-chart--count
       (or (aref columns n)
           (aset columns n (smbcmp-latency-chart-column-make
                            :side (smbcmp-latency-chart-side-number side)
                            :has (lambda (samples at) (= n (place samples at))))))
       (smbcmp-sample-duration samples at)))))

(defun smbcmp-latency-chart--size (column)
  "Return how many responses are in COLUMN, which may be nil."
  (if column (smbcmp-latency-chart-column-count column) 0))

(defun smbcmp-latency-chart--share (columns)
  "Return the heights, from 0 to 1, of COLUMNS of a distribution."
  (let* ((sizes (mapcar #'smbcmp-latency-chart--size columns))
         (most (float (apply #'max 1 sizes))))
    (vconcat (mapcar (lambda (size) (/ size most)) sizes))))

(defun smbcmp-latency-chart--longest (side least most)
  "Return the heights of the columns of SIDE over time: the longest of each.
The scale is logarithmic, from LEAST to MOST, nanoseconds."
  (let* ((bottom (smbcmp-latency-chart--log least))
         (range (max 0.1 (- (smbcmp-latency-chart--log most) bottom))))
    (cl-map 'vector (lambda (column)
                      (if (null column) 0.0
                        ;; The least is seen as well.
                        (max 0.03 (/ (- (smbcmp-latency-chart--log
                                         (smbcmp-latency-chart-column-longest column))
                                        bottom)
                                     range))))
            (smbcmp-latency-chart-side-columns side))))

;;;; Drawing

(defun smbcmp-latency-chart--help (_window object position)
  "Say what the column at POSITION of OBJECT, a buffer, is, for `help-echo'."
  (let ((column (get-text-property position 'smbcmp-latency-column object)))
    (format "%d, %s at most" (smbcmp-latency-chart-column-count column)
            (smbcmp-holders-seconds (/ (smbcmp-latency-chart-column-longest column) 1e9)))))

(defun smbcmp-latency-chart--cell (string column)
  "Return STRING, part of COLUMN, or of none for nil."
  (propertize string 'smbcmp-latency-column column
              'help-echo (and column #'smbcmp-latency-chart--help)
              'mouse-face (and column 'highlight)))

(defun smbcmp-latency-chart--insert-blocks (heights columns face)
  "Insert HEIGHTS of COLUMNS as blocks in FACE."
  (cl-loop for row from 4 downto 0
           do (insert "  ")
           (cl-loop for height across heights for column across columns
                    for eighths = (ceiling (* 40 height))
                    for here = (max 0 (min 8 (- eighths (* 8 row))))
                    do (insert (smbcmp-latency-chart--cell
                                (propertize (string (aref " ▁▂▃▄▅▆▇█" here)) 'face face)
                                column)))
           (insert "\n")))

(defconst smbcmp-latency-chart--height 80
  "Height of a drawn chart, in pixels.")

(defun smbcmp-latency-chart--insert-drawn (heights columns face)
  "Insert HEIGHTS of COLUMNS as a drawing in the colour of FACE."
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
      (cl-loop for column across columns for i from 0
               for start = (point)
               do (insert-image image "▄" nil (list (* width i) 0 width tall))
               do (add-text-properties start (point)
                                       (list 'smbcmp-latency-column column
                                             'help-echo (and column #'smbcmp-latency-chart--help))))
      (insert "\n"))))

(defun smbcmp-latency-chart--insert (heights columns side)
  "Insert HEIGHTS of COLUMNS of SIDE, 0 or 1."
  (funcall (if (display-images-p) #'smbcmp-latency-chart--insert-drawn
             #'smbcmp-latency-chart--insert-blocks)
           heights columns
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

(defun smbcmp-latency-chart--mark (side key divergence span)
  "Mark where DIVERGENCE is on SIDE, KEY of the comparison; all take SPAN."
  (let* ((exchange (if (eq key 'a) (smbcmp-divergence-exchange-a divergence)
                     (smbcmp-divergence-exchange-b divergence)))
         (time (and exchange (plist-get (smbcmp-comparison-exchange
                                         smbcmp-views-comparison key exchange)
                                        :time))))
    (when time
      (cl-pushnew (smbcmp-latency-chart--column side (* 1e9 time) span)
                  (smbcmp-latency-chart-side-marked side)))))

(defun smbcmp-latency-chart--marks (side)
  "Return a line that marks the divergences of SIDE below its columns."
  (let ((line (make-string (length (smbcmp-latency-chart-side-columns side)) ?\s)))
    (dolist (column (smbcmp-latency-chart-side-marked side))
      (aset line column (if (char-displayable-p ?▲) ?▲ ?^)))
    (if (string-blank-p line) ""
      (concat "  " (propertize (string-trim-right line) 'face 'smbcmp-latency-chart-mark)
              "\n"))))

;;;; Buffer

(defun smbcmp-latency-chart--name (side)
  "Return what SIDE, 0 or 1, is called."
  (let ((file (smbcmp-compare-report-file (nth side (smbcmp-views-captures)))))
    (if (cdr smbcmp-views-lists) (format "%s %s" (if (zerop side) "A" "B") file) file)))

(defun smbcmp-latency-chart--insert-spread (sides)
  "Insert the distribution of SIDES."
  (pcase-let ((`(,first . ,columns) (smbcmp-latency-chart--spread sides)))
    (insert (propertize "How many responses took how long\n\n" 'face 'bold))
    (cl-loop for of-side in columns for side in sides for n from 0
             do (insert (smbcmp-latency-chart--name n)
                        (format ": %d responses\n"
                                (smbcmp-latency-count
                                 (smbcmp-latency-chart-side-samples side))))
             do (smbcmp-latency-chart--insert (smbcmp-latency-chart--share of-side)
                                              of-side n)
             do (insert (smbcmp-latency-chart--decades first (length of-side)) "\n"))))

(defun smbcmp-latency-chart--insert-course (sides)
  "Insert the longest response times of SIDES over time."
  (let ((span (smbcmp-latency-chart--span sides))
        (least (apply #'min (mapcar #'smbcmp-latency-chart-side-least sides)))
        (most (apply #'max (mapcar #'smbcmp-latency-chart-side-most sides))))
    (insert (propertize "The longest response time in the course of time\n\n" 'face 'bold))
    (cl-loop
     for side in sides for n from 0
     for columns = (smbcmp-latency-chart-side-columns side)
     do (insert (smbcmp-latency-chart--name n)
                (format ": a column is %s; from %s, at the bottom, to %s\n"
                        (smbcmp-holders-seconds (/ span (length columns) 1e9))
                        (smbcmp-holders-seconds (/ least 1e9))
                        (smbcmp-holders-seconds (/ most 1e9))))
     do (smbcmp-latency-chart--insert (smbcmp-latency-chart--longest side least most) columns n)
     do (insert (smbcmp-latency-chart--marks side) "\n"))))

(defun smbcmp-latency-chart--any-p (side)
  "Return non-nil if SIDE has any samples."
  (> (smbcmp-latency-count (smbcmp-latency-chart-side-samples side)) 0))

(defun smbcmp-latency-chart--spreading (sides)
  "Return steps that draw the distribution of SIDES."
  (append
   (mapcar (lambda (side)
             (smbcmp-latency-each (lambda () (smbcmp-latency-chart-side-samples side))
                                  (lambda (at) (smbcmp-latency-chart--add side at))))
           sides)
   (list (lambda ()
           (let ((inhibit-read-only t))
             (erase-buffer)
             (smbcmp-latency-chart--insert-spread sides))
           nil))))

(defun smbcmp-latency-chart--coursing (sides)
  "Return steps that draw SIDES, whose extremes are known, over time."
  (let ((span (smbcmp-latency-chart--span sides))
        (count (max 20 (- (window-body-width) 4))))
    (append
     (cl-loop
      for side in sides for key in '(a b)
      append
      (let ((side side) (key key))
        (setf (smbcmp-latency-chart-side-columns side) (make-vector count nil))
        (list (smbcmp-latency-each
               (lambda () (smbcmp-latency-chart-side-samples side))
               (lambda (at) (smbcmp-latency-chart--place side at span)))
              (smbcmp-steps-each
               (lambda () (and smbcmp-views-comparison (smbcmp-latency-chart--any-p side)
                               (append (smbcmp-comparison-found smbcmp-views-comparison) nil)))
               (lambda (divergence) (smbcmp-latency-chart--mark side key divergence span))))))
     (list (lambda ()
             (let ((inhibit-read-only t))
               (goto-char (point-max))
               (smbcmp-latency-chart--insert-course sides))
             (set-buffer-modified-p nil)
             (goto-char (point-min))
             nil)))))

(defun smbcmp-latency-chart--print ()
  "Draw the charts of the captures of this buffer."
  (let* ((captures (smbcmp-views-captures)) sides
         (step (lambda (make)
                 (smbcmp-steps-several
                  (lambda ()
                    (and (cl-some #'smbcmp-latency-chart--any-p sides)
                         (funcall make sides)))))))
    (smbcmp-views-do
     "Taking response times"
     (smbcmp-latency-collecting captures)
     (lambda ()
       (setq sides (cl-loop for capture in captures for number from 0
                            collect (smbcmp-latency-chart-side-make
                                     :number number :samples (smbcmp-latency-samples capture))))
       (unless (cl-some #'smbcmp-latency-chart--any-p sides)
         (let ((inhibit-read-only t))
           (erase-buffer)
           (insert "No response times here.\n")
           (set-buffer-modified-p nil)))
       nil)
     (funcall step #'smbcmp-latency-chart--spreading)
     (funcall step #'smbcmp-latency-chart--coursing))))

(defun smbcmp-latency-chart-frames ()
  "List the frames of the column at point, the slowest first."
  (interactive)
  (let ((column (or (get-text-property (point) 'smbcmp-latency-column)
                    (user-error "No response here; go to a column"))))
    (smbcmp-latency-show-frames "column" (smbcmp-latency-chart--samples column)
                                (smbcmp-latency-chart-column-count column))))

(defun smbcmp-latency-chart--samples (column)
  "Return the samples of COLUMN of this chart, a list of those of each capture."
  (cl-loop for capture in (smbcmp-views-captures) for side from 0
           collect (and (= side (smbcmp-latency-chart-column-side column))
                        (smbcmp-latency-filter (smbcmp-latency-samples capture)
                                               (smbcmp-latency-chart-column-has column)))))

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
