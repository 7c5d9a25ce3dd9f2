;;; bench-keys.el --- How long Emacs is deaf after a key  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Lists of the length of the big recording: 120,000 packets, 60,000
;; requests, 60,000 exchanges; and 10,000 divergences, as bench-worse.py
;; makes them.  Every key of these buffers is typed.  What it blocks is the
;; time until the next redisplay is done, or the worst time afterwards that
;; a timer is late, whichever is longer.  What a key starts in the
;; background is waited for.  All is done several times; medians are told.

;;; Code:

(require 'bench)
(require 'smblog-mode)

(defconst smbcmp-bench-keys--most 0.1
  "Seconds that a key may block.")

(defvar smbcmp-bench-keys--runs 3
  "How often each key is typed.")

(defconst smbcmp-bench-keys--tables
  '((packets
     "M->" "M-<" "n" "p" "M-> p" "M-< C-s CREATE RET" "M-> C-r CREATE RET" "C-v" "M-v"
     "RET" "RET TAB" "b" "r" "m" "u" "m n n m U" "T" "T" "t" "t" "F" "F" "O" "O" "? C-g" "h"
     "w w" "w n" "w v" "w f" "w #" "j 90000 RET"
     "/ smb2.cmd RET" "M->" "M-<" "\\" "\\" "f a" "f A" "f o" "/ C-SPC C-a C-w RET"
     ("f f" . "/ C-SPC C-a C-w RET") ("f n" . "/ C-SPC C-a C-w RET") ("f x" . "/ C-SPC C-a C-w RET")
     ("f p" . "/ C-SPC C-a C-w RET") ("f s" . "/ C-SPC C-a C-w RET") ("f c" . "/ C-SPC C-a C-w RET")
     ("f e" . "/ C-SPC C-a C-w RET")
     "S Info RET" "M->" "S Info RET" "S No. RET" "M->" "g"
     ("j 100 RET m j 120 RET m =" . "U") "v t" "v f" "v s" "v h" "v c" "v e" "v n" "v d" "v r")
    (log
     "M->" "M-<" "n" "p" "N" "P" "]" "[" "}" "{" "j 1000000 RET" "M->" "M-<" "C-v" "M-v"
     "C-s CREATE RET" "C-r CREATE RET" "M-> C-r CREATE RET" "TAB" "<backtab>" "<backtab>" "D" "D"
     "+" "-" "L 3 RET" "\\" "\\" "\\" "/ level<=2 RET" "\\" "h CREATE RET" "t" "t" "m" "b" "\\"
     "j 500000 RET" "R" "\\" "F p" "\\" "F c" "\\" "F f" "\\" "F i" "\\" "F r" "\\" "F e" "\\"
     "F x CREATE RET" "\\" "F X CRE.TE RET" "\\" "l" "w" "s" "c" "v" "G" "e" "S CREATE RET" "? C-g"
     "A" "A" "." "g" "r")
    (requests
     "n" "p" "C-v" "M-v" "g" "C-s CREATE RET" "M-> C-r CREATE RET" "g" "M->" "p" "M-<"
     "/ CREATE RET" "M->" "/ RET" "S status RET" "S duration RET" "S path RET" "S RET"
     "RET" "SPC" "w" "c" "R" "F" "F" "h" "? C-g" "g")
    (comparison
     "n" "p" "M->" "M-<" "C-v" "M-v" "C-s CREATE RET" "M-< n TAB" "TAB" "^" "<backtab>" "<backtab>"
     "+" "M-> p" "+" "+" "n" "f kind:status RET" "\\" "\\" "w" "C-u w" "? C-g" "h"
     "/ smb2.cmd==5 RET" "/ C-SPC C-a C-w RET" "F smb2.nt_status RET" "F C-SPC C-a C-w RET" "i" "i"
     "g" "v t" "v f" "v s" "v h" "v c" "v e" "v n" "v r" "o" "RET")
    (exchanges
     "n" "p" "N" "P" "M-n" "M-p" "C-v" "M-v" "M->" "M-<" "C-s CLOSE RET" "M->" "C-r CREATE RET"
     "t" "t" "t" "E" "o" "RET" "m" "M-< N N" "x" "U" "=" "U" "h" "? C-g" "g"))
  "The keys of each buffer, as `kbd' takes them, all but those that leave it.
Instead of KEYS, (KEYS . AFTER) for what is typed afterwards, unmeasured.")

(defvar smbcmp-bench-keys--blocks nil
  "What was measured in each run, the last first: alists (WHAT . SECONDS).
A key that is typed several times in a run is told apart by spaces.")

(defvar smbcmp-bench-keys--begin nil
  "When the command under way began.")

(defvar smbcmp-bench-keys--longest nil
  "Seconds that the longest command took that was typed.")

(defun smbcmp-bench-keys--next ()
  "Notice that a command ends, in a minibuffer perhaps, and another begins."
  (let ((now (float-time)))
    (setq smbcmp-bench-keys--longest (max smbcmp-bench-keys--longest
                                          (- now smbcmp-bench-keys--begin))
          smbcmp-bench-keys--begin now)))

(defun smbcmp-bench-keys--type (keys idle)
  "Type KEYS, as `kbd' takes them; wait until IDLE; return the worst block."
  (garbage-collect)
  (setq smbcmp-bench-keys--longest 0
        smbcmp-bench-keys--begin (float-time))
  (add-hook 'pre-command-hook #'smbcmp-bench-keys--next)
  (condition-case err
      (execute-kbd-macro (kbd keys))
    ;; A command may have nothing to do.
    ((user-error beginning-of-buffer end-of-buffer) (message "%s" (error-message-string err))))
  (remove-hook 'pre-command-hook #'smbcmp-bench-keys--next)
  (smbcmp-bench-keys--redisplay)
  (smbcmp-bench-keys--next)
  (set-buffer (window-buffer))
  (let ((settled (+ (float-time) 0.3)))
    (max smbcmp-bench-keys--longest
         (smbcmp-bench-watch (lambda () (and (> (float-time) settled) (funcall idle)))))))

(defun smbcmp-bench-keys--redisplay ()
  "Display what a command did, as the command loop does it: before any timer runs."
  (let ((timers timer-list))
    (setq timer-list nil)
    (redisplay t)
    (setq timer-list (sort (append timer-list timers) #'timer--time-less-p))))

(defun smbcmp-bench-keys--note (what seconds)
  "Note that WHAT, typed in this run, blocked for SECONDS."
  (while (assoc what (car smbcmp-bench-keys--blocks)) (setq what (concat what " ")))
  (push (cons what seconds) (car smbcmp-bench-keys--blocks)))

(defun smbcmp-bench-keys--rows (where idle)
  "Type each key of WHERE in this buffer, and note how long it blocks.
IDLE is a function that tells whether all is done that a key began."
  (let ((buffer (current-buffer)))
    (dolist (key (alist-get where smbcmp-bench-keys--tables))
      (pcase-let ((`(,key . ,after) (if (consp key) key (list key))))
        (smbcmp-bench-keys--note (format "%s: %s" where key)
                                 (smbcmp-bench-keys--type key idle))
        (smbcmp-bench-keys--back buffer)
        (when after (smbcmp-bench-keys--type after idle))))))

(defun smbcmp-bench-keys--back (buffer)
  "Have BUFFER be the only one that is shown."
  (unless (and (eq buffer (window-buffer)) (one-window-p))
    (switch-to-buffer buffer)
    (delete-other-windows)
    (redisplay t))
  (set-buffer buffer))

(defun smbcmp-bench-keys--list-idle-p ()
  "Return non-nil if nothing goes on in the packet lists."
  (cl-every (lambda (buffer)
              (with-current-buffer buffer
                (or (not (or (smbcmp-views-busy-p) (derived-mode-p 'smbcmp-list-mode)))
                    (and smbcmp-list-complete (null smbcmp-list-filter-request)
                         (not (smbcmp-host-busy-p smbcmp-list-capture))))))
            (buffer-list)))

(defun smbcmp-bench-keys--packets ()
  "Measure the keys of the packet list."
  (find-file (smbcmp-bench-file "capture.pcapng"))
  (smbcmp-bench-watch #'smbcmp-bench-keys--list-idle-p)
  (smbcmp-bench-keys--rows 'packets #'smbcmp-bench-keys--list-idle-p))

(defun smbcmp-bench-keys--log-idle-p ()
  "Return non-nil if no list of messages is being made."
  (cl-notany (lambda (buffer)
               (let ((work (buffer-local-value 'smblog-hits--work buffer)))
                 (and work (smbcmp-steps-going-p work))))
             (buffer-list)))

(defun smbcmp-bench-keys--requests-idle-p ()
  "Return non-nil if all rows of this list of requests are written, and sorted."
  (and (smbcmp-fill-complete-p)
       (not (or (smblog-scan-busy-p 'rows) (smblog-scan-busy-p 'fences)))))

(defun smbcmp-bench-keys--log ()
  "Measure the keys of a log and its list of requests."
  (find-file (smbcmp-bench-file "log.smbd"))
  (smbcmp-bench-watch (lambda () (and (smblog-indexed-p) (smblog-view-done-p))))
  (delete-other-windows)
  (smbcmp-bench-keys--rows 'log #'smbcmp-bench-keys--log-idle-p)
  (goto-char (point-min))
  (execute-kbd-macro (kbd "r"))
  (smbcmp-bench-keys--back (window-buffer))
  (smbcmp-bench-keys--rows 'requests #'smbcmp-bench-keys--requests-idle-p))

(defun smbcmp-bench-keys--comparison-idle-p ()
  "Return non-nil if nothing is compared or listed, or asked of a capture."
  (and (smbcmp-bench-keys--list-idle-p)
       (cl-every (lambda (buffer)
                   (with-current-buffer buffer
                     (and (smbcmp-fill-complete-p) (null smbcmp-compare-background-state))))
                 (buffer-list))))

(defun smbcmp-bench-keys--worse (directory)
  "Make a capture in DIRECTORY that differs from the recording in many places."
  (let ((pcap (expand-file-name "capture.pcap" directory))
        (worse (expand-file-name "worse.pcap" directory))
        (test (file-name-directory (locate-library "bench"))))
    (call-process "editcap" nil nil nil "-F" "pcap" (smbcmp-bench-file "capture.pcapng") pcap)
    (call-process "python3" nil nil nil (expand-file-name "bench-worse.py" test) worse pcap)
    worse))

(defun smbcmp-bench-keys--exchanges ()
  "Measure the keys of a comparison and its exchange lists."
  (let* ((directory (make-temp-file "smbcmp-bench" t))
         (smbcmp-compare-pins-file (expand-file-name "pins.eld" directory)))
    (smbcmp-diff (smbcmp-bench-file "capture.pcapng") (smbcmp-bench-keys--worse directory))
    (smbcmp-bench-watch (lambda () (and smbcmp-compare-view-comparison
                                        (null smbcmp-compare-background-state))))
    (smbcmp-bench-keys--rows 'comparison #'smbcmp-bench-keys--comparison-idle-p)
    (goto-char (point-min))
    (execute-kbd-macro (kbd "n RET"))
    (smbcmp-bench-keys--back (window-buffer))
    (smbcmp-bench-keys--rows 'exchanges #'smbcmp-bench-keys--comparison-idle-p)
    (delete-directory directory t)))

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
        '(smbcmp-bench-keys--packets smbcmp-bench-keys--log smbcmp-bench-keys--exchanges)))

(smbcmp-bench-define "How long a key blocks" #'smbcmp-bench-keys--table)

(provide 'bench-keys)
;;; bench-keys.el ends here
