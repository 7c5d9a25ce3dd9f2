;;; bench.el --- Measure smbcmp beside its peers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What the rooms test/bench-*.el have in common.  A room names its table
;; with `smbcmp-bench-define' and prints its rows, one for each thing
;; measured, with `smbcmp-bench-row'.  bench.sh runs each room in an Emacs
;; of its own, in a terminal, and shows the tables.
;;
;; Ours and the peer's are taken in turns (`smbcmp-bench-medians'), so that
;; whatever else the machine does hits both.

;;; Code:

(require 'cl-lib)
(require 'smbcmp)

(defvar smbcmp-bench-runs 5
  "How often a thing that takes seconds is measured.")

(defconst smbcmp-bench-data (getenv "SMBCMP_BENCH_DATA")
  "Directory of the recorded data.")

(defvar smbcmp-bench--table nil
  "The room's (TITLE . FUNCTION).")

(defun smbcmp-bench-file (name)
  "Return the absolute name of the recorded file NAME."
  (expand-file-name name smbcmp-bench-data))

(defun smbcmp-bench-define (title function)
  "Have FUNCTION print the rows of the table TITLE when the room is run."
  (setq smbcmp-bench--table (cons title function)))

;;;; Output

(defun smbcmp-bench-print (format &rest args)
  "Print FORMAT with ARGS to the table, a line."
  (let ((inhibit-message t) (coding-system-for-write 'utf-8))
    (write-region (concat (apply #'format format args) "\n") nil
                  (getenv "SMBCMP_BENCH_TABLE") t 'quiet)))

(defun smbcmp-bench-number (value unit)
  "Return VALUE as a string in UNIT: `s', `MB', `B' or `count'."
  (pcase unit
    ((guard (null value)) "-")
    ('s (cond ((< value 0.001) (format "%.0f µs" (* value 1e6)))
              ((< value 1) (format "%.1f ms" (* value 1e3)))
              (t (format "%.2f s" value))))
    ('MB (format "%.0f MB" (/ value 1e6)))
    ('B (format "%.0f B" value))
    (_ (format "%d" value))))

(defconst smbcmp-bench--format "%-46s %10s   %-22s %10s %9s  %s")

(cl-defun smbcmp-bench-row (what ours &key (unit 's) peer theirs at-most at-least below)
  "Print a row: WHAT took us OURS, and PEER, a string, took it THEIRS.
UNIT is as in `smbcmp-bench-number'.  AT-MOST is the most that OURS may
be of THEIRS; AT-LEAST how many times OURS must go into THEIRS; BELOW the
most that OURS may be by itself."
  (let* ((ratio (and theirs (/ (float ours) theirs)))
         (speedup (and at-least (/ 1 ratio))))
    (smbcmp-bench-print
     smbcmp-bench--format what (smbcmp-bench-number ours unit) (or peer "")
     (smbcmp-bench-number theirs unit)
     (cond (speedup (format "1/%.0f" speedup))
           (ratio (format "%.2f" ratio))
           (t "-"))
     (cond (at-most (smbcmp-bench--verdict (<= ratio at-most) (format "≤ %.2f" at-most)))
           (at-least (smbcmp-bench--verdict (>= speedup at-least) (format "≤ 1/%d" at-least)))
           (below (smbcmp-bench--verdict (<= ours below)
                                         (concat "≤ " (smbcmp-bench-number below unit))))
           (t "")))))

(defun smbcmp-bench--verdict (met bar)
  "Say whether BAR is MET."
  (format "%-3s wanted %s" (if met "ok" "NO") bar))

(defun smbcmp-bench-run ()
  "Run the room loaded and exit."
  (setq inhibit-startup-screen t
        debug-on-error nil)
  (let ((status 1))
    (condition-case err
        (progn
          (setq smbcmp-module-directory (getenv "SMBCMP_BENCH_BUILD"))
          (smbcmp-module-load)
          (smbcmp-bench-print "\n%s" (car smbcmp-bench--table))
          (smbcmp-bench-print smbcmp-bench--format
                              "" "smbcmp" "peer" "" "ratio" "")
          (funcall (cdr smbcmp-bench--table))
          (setq status 0))
      ((error quit) (smbcmp-bench-print "FAILED: %S" err)))
    (kill-emacs status)))

;;;; Measuring

(defun smbcmp-bench-median (numbers)
  "Return the median of NUMBERS, a list."
  (let ((sorted (sort (copy-sequence numbers) #'<))
        (n (length numbers)))
    (if (cl-oddp n)
        (nth (/ n 2) sorted)
      (/ (+ (nth (/ n 2) sorted) (nth (1- (/ n 2)) sorted)) 2.0))))

(defmacro smbcmp-bench-time (&rest body)
  "Return the seconds that BODY takes, garbage collected before."
  `(progn
     (garbage-collect)
     (let ((start (float-time)))
       ,@body
       (- (float-time) start))))

(defun smbcmp-bench-medians (runs &rest functions)
  "Call each of FUNCTIONS, one after the other, RUNS times; return the medians.
They take no argument and return what they measured."
  (let ((results (cl-loop repeat runs
                          collect (mapcar #'funcall functions))))
    (apply #'cl-mapcar (lambda (&rest column) (smbcmp-bench-median column)) results)))

(defun smbcmp-bench-process (program &rest args)
  "Return the seconds that PROGRAM takes with ARGS, its output thrown away."
  (smbcmp-bench-time
   (let ((status (apply #'call-process program nil nil nil args)))
     (unless (eql status 0)
       (error "%s %s: status %s" program (string-join args " ") status)))))

(defun smbcmp-bench-version (program &rest args)
  "Return the first line that PROGRAM says when called with ARGS."
  (with-temp-buffer
    (apply #'call-process program nil t nil args)
    (goto-char (point-min))
    (if (re-search-forward "^\\(?:TShark\\|Sharkd\\|GNU Emacs\\).*?\\([0-9]+\\(?:\\.[0-9]+\\)+\\)"
                           nil t)
        (match-string 1)
      (string-trim (buffer-string)))))

(defun smbcmp-bench-memory (pid)
  "Return the resident memory of process PID now and at most, bytes in a cons."
  (with-temp-buffer
    (insert-file-contents (format "/proc/%d/status" pid))
    (cl-flet ((value (name)
                (goto-char (point-min))
                (re-search-forward (concat "^" name ":\\s-*\\([0-9]+\\)"))
                (* 1024 (string-to-number (match-string 1)))))
      (cons (value "VmRSS") (value "VmHWM")))))

(defun smbcmp-bench-shared-memory (pids)
  "Return the resident memory of the processes PIDS together, in bytes.
What they share, such as the pages of libwireshark's code, counts once."
  (apply #'+ (mapcar (lambda (pid)
                       (with-temp-buffer
                         (insert-file-contents (format "/proc/%d/smaps_rollup" pid))
                         (re-search-forward "^Pss:\\s-*\\([0-9]+\\)")
                         (* 1024 (string-to-number (match-string 1)))))
                     pids)))

(defun smbcmp-bench-watch (until)
  "Let Emacs run until the function UNTIL is true; return the worst block.
This is by how much a timer of 20 ms was late."
  (let* ((worst 0.0)
         (last (float-time))
         (timer (run-with-timer 0.02 0.02
                                (lambda ()
                                  (let ((now (float-time)))
                                    (setq worst (max worst (- now last 0.02))
                                          last now))))))
    (unwind-protect
        (while (not (funcall until))
          ;; Not `sit-for': it does nothing when there is input, and a
          ;; terminal sends some by itself.
          (accept-process-output nil 0.02)
          (redisplay))
      (cancel-timer timer))
    ;; What blocks to the very end.
    (max worst (- (float-time) last 0.02))))

(defun smbcmp-bench-sample (count n)
  "Return N numbers of 1 to COUNT, spread, the same ones each time."
  (cl-loop for i from 0 below n
           ;; Odd strides, so that not only requests or only responses are met.
           collect (1+ (mod (+ (/ (* i count) n) (* 7 i)) count))))

(provide 'bench)
;;; bench.el ends here
