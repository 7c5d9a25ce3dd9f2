;;; load-test.el --- Emacs goes on while a capture loads  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A capture of some ten thousand frames, made of a recorded one, and a
;; timer that must keep ticking while it loads, is filtered and sorted.
;; How long the longest pause may be is not measured here, on whatever
;; machine this is; that there is no standstill is.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Helpers

(defvar load-test-copies 20 "How often the recorded capture is in the large one.")

(defmacro load-test-with-large (file &rest body)
  "Bind FILE to the name of a large capture during BODY."
  (declare (indent 1) (debug (symbolp body)))
  `(bad-input-with-directory directory
     (let ((,file (concat directory "large.pcapng")) (inhibit-message t))
       (apply #'call-process "mergecap" nil nil nil "-a" "-w" ,file
              (make-list load-test-copies (smbcmp-test-data "t-lock")))
       ,@body)))

(defmacro load-test-with-large-list (&rest body)
  "Do BODY in the packet list of a large capture that begins to load."
  (declare (indent 0) (debug t))
  `(load-test-with-large file
     (let ((buffer (find-file-noselect file)))
       (unwind-protect (with-current-buffer buffer ,@body)
         (kill-buffer buffer)))))

(defun load-test-ticks (function)
  "Call FUNCTION; return how often a timer ticked, and the CPU time between.
The value is (TICKS . SECONDS), SECONDS the most that Emacs itself
worked between two ticks, whoever else has the machine."
  (let* ((work (lambda () (float-time (get-internal-run-time))))
         (ticks 0) (most 0) (last (funcall work))
         (note (lambda ()
                 (cl-incf ticks)
                 (setq most (max most (- (funcall work) last))
                       last (funcall work))))
         (timer (run-with-timer 0.02 0.02 note)))
    (unwind-protect (funcall function)
      (cancel-timer timer))
    (funcall note)
    (cons ticks most)))

(defun load-test-check-alive (function)
  "Check that a timer ticks while FUNCTION runs and Emacs never stands still."
  (pcase-let ((`(,ticks . ,most) (load-test-ticks function)))
    (should (> ticks 5))
    ;; Of work on one thing; all of it at once takes longer.
    (should (< most 0.5))))

(defun load-test-frames ()
  "Return the frames of the rows in this buffer, in their order, by their text."
  (save-excursion
    (goto-char (point-min))
    (let (frames)
      (while (not (eobp))
        (skip-chars-forward " ")
        (push (string-to-number (buffer-substring (point) (line-end-position))) frames)
        (forward-line 1))
      (nreverse frames))))

;;;; Loading

(ert-deftest load-test-emacs-goes-on-while-loading ()
  "Timers run, rows come and the mode line counts while a capture loads."
  (load-test-with-large-list
    (let* ((seen nil) (told nil)
           (look (lambda (&rest _)
                   (cl-pushnew smbcmp-list-rows--count seen)
                   (when (string-match "loading [0-9]+%" (smbcmp-list--mode-line))
                     (cl-pushnew (match-string 0 (smbcmp-list--mode-line)) told
                                 :test #'equal)))))
      ;; Whenever rows came, since several parts may come between two looks.
      (advice-add 'smbcmp-list-load--insert :after look)
      (unwind-protect
          (load-test-check-alive
           (lambda ()
             (bad-input-wait (lambda () (funcall look) smbcmp-list-complete))))
        (advice-remove 'smbcmp-list-load--insert look))
      ;; Not all at once at the end.
      (should (> (length seen) 2))
      (should told)
      (should (equal (number-sequence 1 (* load-test-copies 2026)) (load-test-frames))))))

(ert-deftest load-test-quit-keeps-what-is-there ()
  "C-g ends loading; the frames so far are a whole capture."
  (load-test-with-large-list
    (bad-input-wait (lambda () (> smbcmp-list-rows--count 0)))
    (should (eq 'loading (smbcmp-capture-state smbcmp-list-capture)))
    (smbcmp-list-keyboard-quit)
    (bad-input-wait (lambda () (and smbcmp-list-complete
                                    (eq 'loaded (smbcmp-capture-state smbcmp-list-capture)))))
    (let ((count (smbcmp-frame-count smbcmp-list-capture)))
      (should (< 0 count (* load-test-copies 2026)))
      (should (equal (number-sequence 1 count) (load-test-frames)))
      (should (string-match-p "stopped" (smbcmp-capture-damage smbcmp-list-capture)))
      (should (smbcmp-frame-tree smbcmp-list-capture count))
      (should (smbcmp-frames smbcmp-list-capture "smb2.cmd == 10"))
      (bad-input-says 'user-error (list (format "no frame %d" (1+ count)))
        (smbcmp-list-jump (1+ count))))
    ;; Read again, all are there.
    (revert-buffer t t)
    (bad-input-settle (current-buffer))
    (should (= (* load-test-copies 2026) (smbcmp-frame-count smbcmp-list-capture)))))

(defun load-test-quit-at (state buffer)
  "Quit in BUFFER, a packet list, as soon as its capture is in STATE."
  (let* ((capture (buffer-local-value 'smbcmp-list-capture buffer))
         (quit nil)
         (look (lambda (_)
                 (when (and (not quit) (eq state (smbcmp-capture-state capture)))
                   (setq quit t)
                   (with-current-buffer buffer
                     ;; What the command loop does with a quit; in batch
                     ;; mode it ends Emacs.
                     (cl-letf (((symbol-function 'command-error-default-function) #'ignore))
                       (funcall command-error-function '(quit) "" nil)))))))
    (funcall look nil)
    ;; A state may last shorter than one looks away.
    (setf (smbcmp-capture-hooks capture)
          (append (smbcmp-capture-hooks capture) (list look)))
    (bad-input-wait (lambda () quit))))

(ert-deftest load-test-quit-in-the-middle-of-rows ()
  "C-g that comes while Emacs inserts rows, or before there are any, stops, too."
  (dolist (state '(opening loading))
    (load-test-with-large-list
      (load-test-quit-at state (current-buffer))
      (bad-input-wait (lambda () (and smbcmp-list-complete
                                      (eq 'loaded (smbcmp-capture-state
                                                   smbcmp-list-capture)))))
      (should (equal "loading was stopped" (smbcmp-capture-damage smbcmp-list-capture)))
      (should (< (smbcmp-frame-count smbcmp-list-capture) (* load-test-copies 2026)))
      (should (= (smbcmp-frame-count smbcmp-list-capture)
                 (count-lines (point-min) (point-max)))))))

(ert-deftest load-test-kill-buffer-ends-the-worker ()
  "Killing the buffer in the middle of loading ends the worker at once."
  (smbcmp-close (smbcmp-open (smbcmp-test-data "good")))
  (let ((processes (process-list)) pid)
    (load-test-with-large-list
      (bad-input-wait (lambda () (> smbcmp-list-rows--count 0)))
      (setq pid (smbcmp-worker-pid smbcmp-list-capture)))
    (bad-input-wait (lambda () (not (file-exists-p (format "/proc/%d" pid)))))
    (should (equal processes (process-list)))))

(ert-deftest load-test-quit-while-waiting ()
  "C-g gets one out of `smbcmp-open', and nothing is left behind."
  (load-test-with-large file
    (smbcmp-close (smbcmp-open (smbcmp-test-data "good")))
    (let ((processes (process-list)) (quit nil))
      (run-with-timer 0.02 nil (lambda () (setq quit-flag t)))
      (condition-case nil (smbcmp-open file) (quit (setq quit t)))
      (should quit)
      (should (equal processes (process-list))))))

;;;; What comes faster than it is taken

(defun load-test-takes (process)
  "Take what PROCESS sends as from a worker; return (BYTES ALL MOST).
ALL is how often something was taken, MOST how often between two timers."
  (let ((bytes 0) (all 0) (takes 0) (most 0)
        (timer (run-with-timer 0 0.001 #'ignore)))
    (timer-set-function timer (lambda () (setq most (max most takes) takes 0)))
    (unwind-protect
        (cl-letf (((symbol-function 'smbcmp--worker-take)
                   (lambda (_ string)
                     (cl-incf bytes (length string))
                     (cl-incf all)
                     (cl-incf takes)
                     ;; So long that there is always more to read.
                     (let ((end (+ (float-time) 0.01)))
                       (while (< (float-time) end))))))
          (bad-input-wait (lambda ()
                            (not (or (accept-process-output nil 0.01)
                                     (process-live-p process))))))
      (cancel-timer timer))
    (list bytes all (max most takes))))

(ert-deftest load-test-much-does-not-come-at-once ()
  "Timers run between the pieces of what a worker sends faster than it is taken."
  (let ((process (make-process :name "much" :coding 'binary :connection-type 'pipe
                               :command '("head" "-c" "16000000" "/dev/zero")
                               :filter #'smbcmp--worker-filter)))
    (pcase-let ((`(,bytes ,all ,most) (load-test-takes process)))
      (should (= bytes 16000000))
      (should (< most (/ all 3))))))

;;;; With all rows there

(ert-deftest load-test-emacs-goes-on-while-filtering ()
  "Timers run while a filter goes through all frames, and it selects what it should."
  (load-test-with-large-list
    (bad-input-settle buffer)
    (load-test-check-alive
     (lambda ()
       (smbcmp-list-filter "smb2.cmd == 10")
       (bad-input-wait (lambda () (not smbcmp-list-filter-request)))))
    (should (= smbcmp-list-filter-matches
               (length (smbcmp-frames smbcmp-list-capture "smb2.cmd == 10"))))))

(defun load-test-check-sorted (title key less)
  "Sort by the column TITLE and check the order: LESS of KEY of a cell."
  (let* ((columns (smbcmp-capture-columns smbcmp-list-capture))
         (column (cl-position title columns :key #'car :test #'equal))
         (count (smbcmp-frame-count smbcmp-list-capture))
         (cells (vconcat (mapcar (lambda (row) (funcall key (nth column row)))
                                 (smbcmp-rows smbcmp-list-capture
                                              (number-sequence 1 count)))))
         (frames (number-sequence 1 count)))
    (cl-flet ((order (down)
                (cl-stable-sort (copy-sequence frames)
                                (lambda (a b) (funcall less (aref cells (1- (if down b a)))
                                                       (aref cells (1- (if down a b))))))))
      (smbcmp-list-jump 77)
      (dolist (down '(nil t))
        (load-test-check-alive
         (lambda ()
           (smbcmp-list-sort title)
           (bad-input-wait (lambda () smbcmp-list-complete))
           (accept-process-output nil 0.2)))
        (should (equal (order down) (load-test-frames)))
        (should (= 77 (smbcmp-list-frame-at-point)))))))

(ert-deftest load-test-emacs-goes-on-while-sorting ()
  "Timers run while rows are sorted, by number or text, up and down, stably."
  (let ((load-test-copies 4)) (load-test-sort-large)))

(defun load-test-sort-large ()
  "Sort a large capture in several ways."
  (load-test-with-large-list
    (bad-input-settle buffer)
    (load-test-check-sorted "Info" #'identity #'string<)
    (load-test-check-sorted "Length" #'string-to-number #'<)
    ;; Sorted rows are filtered as others are.
    (smbcmp-list-filter "frame.number < 200 && smb2.cmd == 10")
    (bad-input-wait (lambda () (not smbcmp-list-filter-request)))
    (let ((shown nil))
      (save-excursion
        (goto-char (point-min))
        (while (not (eobp))
          (unless (invisible-p (point)) (push (smbcmp-list-frame-at-point) shown))
          (forward-line 1)))
      (should (equal (sort shown #'<)
                     (smbcmp-frames smbcmp-list-capture
                                    "frame.number < 200 && smb2.cmd == 10"))))
    ;; Numbers upwards are the rows' own order.
    (smbcmp-list-unfilter)
    (smbcmp-list-sort "No.")
    (bad-input-wait (lambda () smbcmp-list-complete))
    (should (equal (number-sequence 1 (* load-test-copies 2026)) (load-test-frames)))))

(provide 'load-test)
;;; load-test.el ends here
