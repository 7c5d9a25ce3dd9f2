;;; bench-keys.el --- How long Emacs is deaf after a key  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Lists of the length of the big recording: 120,000 packets, 60,000
;; requests, 60,000 exchanges.  Keys are typed, and what they block is the
;; time until the next redisplay is done, or the worst time afterwards that
;; a timer is late, whichever is longer.  What a key starts in the
;; background is waited for.  All is done several times; medians are told.

;;; Code:

(require 'bench)
(require 'smblog-mode)

(defconst smbcmp-bench-keys--most 0.1
  "Seconds that a key may block.")

(defconst smbcmp-bench-keys--runs 3
  "How often each key is typed.")

(defvar smbcmp-bench-keys--blocks nil
  "What was measured in each run, the last first: alists (WHAT . SECONDS).
A key that is typed several times in a run is told apart by spaces.")

(defun smbcmp-bench-keys--type (keys idle)
  "Type KEYS, as `kbd' takes them; wait until IDLE; return the worst block."
  (garbage-collect)
  (let* ((start (float-time))
         (typed (progn (execute-kbd-macro (kbd keys))
                       (redisplay t)
                       (- (float-time) start)))
         (settled (+ (float-time) 0.3)))
    (set-buffer (window-buffer))
    (max typed (smbcmp-bench-watch (lambda () (and (> (float-time) settled)
                                                   (funcall idle)))))))

(defun smbcmp-bench-keys--note (what seconds)
  "Note that WHAT, typed in this run, blocked for SECONDS."
  (while (assoc what (car smbcmp-bench-keys--blocks)) (setq what (concat what " ")))
  (push (cons what seconds) (car smbcmp-bench-keys--blocks)))

(defun smbcmp-bench-keys--rows (where idle keys)
  "Type each of KEYS in this buffer, WHERE, and note how long it blocks.
IDLE is a function that tells whether all is done that a key began."
  (let ((buffer (current-buffer)))
    (dolist (key keys)
      (pcase-let ((`(,key . ,after) (if (consp key) key (list key))))
        (smbcmp-bench-keys--note (format "%s: %s" where key)
                                 (smbcmp-bench-keys--type key idle))
        (when after (smbcmp-bench-keys--type (car after) idle))
        (unless (eq buffer (current-buffer))
          (switch-to-buffer buffer)
          (delete-other-windows)
          (redisplay t))))))

(defun smbcmp-bench-keys--list-idle-p ()
  "Return non-nil if nothing goes on in the packet lists."
  (cl-every (lambda (buffer)
              (with-current-buffer buffer
                (or (not (derived-mode-p 'smbcmp-list-mode))
                    (and smbcmp-list-complete (null smbcmp-list-filter-request)
                         (not (smbcmp-host-busy-p smbcmp-list-capture))))))
            (buffer-list)))

(defun smbcmp-bench-keys--packets ()
  "Measure the keys of the packet list."
  (find-file (smbcmp-bench-file "capture.pcapng"))
  (smbcmp-bench-watch #'smbcmp-bench-keys--list-idle-p)
  (smbcmp-bench-keys--rows
   "packets" #'smbcmp-bench-keys--list-idle-p
   '("M->" "M-<" "n" "M-> p" "M-< C-s hello RET" "M-> C-r hello RET" "C-v" "RET" "RET TAB" "b"
     "/ smb2.cmd RET" "M->" "M-<" "\\" "\\" "/ C-a C-k RET" "f x" "/ C-a C-k RET" "f c" "/ C-a C-k RET"
     "j 90000 RET" "r" "m" "U" "t" "S Info RET" "M->" "S Info RET" "S No. RET" "M->"
     "g" "v e" "v n" "v d"))
  (kill-buffer))

(defun smbcmp-bench-keys--requests ()
  "Measure the keys of the request list."
  (find-file (smbcmp-bench-file "log.smbd"))
  (smbcmp-bench-watch (lambda () (and (smblog-indexed-p) (smblog-view-done-p))))
  (delete-other-windows)
  (smbcmp-bench-keys--rows
   "log" #'always
   '("M->" "M-<" "n" "r"))
  (execute-kbd-macro (kbd "r"))
  (set-buffer (window-buffer))
  (smbcmp-bench-keys--rows
   "requests" (lambda () (smbcmp-fill-complete-p))
   '("n" "g" "C-s CREATE RET" "M-> C-r CREATE RET" "g" "M->" "p" "M-<" "/ CREATE RET" "M->" "/ RET"
     "S status RET" "S duration RET" "S path RET" "S RET" "RET" "SPC" "w" "g"))
  (switch-to-buffer (find-buffer-visiting (smbcmp-bench-file "log.smbd")))
  (kill-buffer))

(defun smbcmp-bench-keys--exchanges ()
  "Measure the keys of a comparison and its exchange lists."
  (smbcmp-diff (smbcmp-bench-file "capture.pcapng") (smbcmp-bench-file "again/capture.pcapng"))
  (smbcmp-bench-watch (lambda () (and smbcmp-compare-view-comparison
                                      (null smbcmp-compare-background-state))))
  (let ((idle (lambda () (cl-every (lambda (buffer)
                                     (with-current-buffer buffer (smbcmp-fill-complete-p)))
                                   (buffer-list)))))
    (smbcmp-bench-keys--rows "comparison" idle
                             '("n" "p" "M->" "M-<" "C-s CREATE RET" "M-< n TAB" "+" "n" "RET"))
    (execute-kbd-macro (kbd "RET"))
    (set-buffer (window-buffer))
    (smbcmp-bench-keys--rows "exchanges" idle
                             '("n" "p" "N" "P" "M->" "M-<" "C-s CLOSE RET" "M->" "C-r CREATE RET"
                               "t" "m" "x" "U"))))

(defun smbcmp-bench-keys--medians (function)
  "Print a row for each key that FUNCTION types: the median of several runs."
  (setq smbcmp-bench-keys--blocks nil)
  (dotimes (_ smbcmp-bench-keys--runs)
    (push nil smbcmp-bench-keys--blocks)
    (funcall function)
    (smbcmp-bench-keys--close))
  (dolist (what (mapcar #'car (reverse (car smbcmp-bench-keys--blocks))))
    (smbcmp-bench-row what
                      (smbcmp-bench-median
                       (mapcar (lambda (run) (cdr (assoc what run))) smbcmp-bench-keys--blocks))
                      :below smbcmp-bench-keys--most)))

(defun smbcmp-bench-keys--close ()
  "Kill what a run has opened."
  (delete-other-windows)
  (dolist (buffer (buffer-list))
    (when (and (buffer-live-p buffer)
               (string-match-p "\\`smb" (symbol-name (buffer-local-value 'major-mode buffer))))
      (with-current-buffer buffer (set-buffer-modified-p nil))
      (kill-buffer buffer))))

(defun smbcmp-bench-keys--table ()
  "Print the table."
  (mapc #'smbcmp-bench-keys--medians
        '(smbcmp-bench-keys--packets smbcmp-bench-keys--requests
          smbcmp-bench-keys--exchanges)))

(smbcmp-bench-define "How long a key blocks" #'smbcmp-bench-keys--table)

(provide 'bench-keys)
;;; bench-keys.el ends here
