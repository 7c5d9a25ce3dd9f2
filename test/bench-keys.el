;;; bench-keys.el --- How long Emacs is deaf after a key  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Lists of the length of the big recording: 120,000 packets, 60,000
;; requests, 60,000 exchanges.  Keys are typed, and what they block is the
;; time until the next redisplay is done, or the worst time afterwards that
;; a timer is late, whichever is longer.  What a key starts in the
;; background is waited for.

;;; Code:

(require 'bench)
(require 'smblog-mode)

(defconst smbcmp-bench-keys--most 0.1
  "Seconds that a key may block.")

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

(defun smbcmp-bench-keys--rows (where idle keys)
  "Print a row for each of KEYS, typed in this buffer, WHERE.
IDLE is a function that tells whether all is done that a key began."
  (let ((buffer (current-buffer)))
    (dolist (key keys)
      (pcase-let ((`(,key . ,after) (if (consp key) key (list key))))
        (smbcmp-bench-row (format "%s: %s" where key)
                          (smbcmp-bench-keys--type key idle)
                          :below smbcmp-bench-keys--most)
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

(defun smbcmp-bench-keys--table ()
  "Print the table."
  (smbcmp-bench-keys--packets)
  (smbcmp-bench-keys--requests)
  (smbcmp-bench-keys--exchanges))

(smbcmp-bench-define "How long a key blocks" #'smbcmp-bench-keys--table)

(provide 'bench-keys)
;;; bench-keys.el ends here
