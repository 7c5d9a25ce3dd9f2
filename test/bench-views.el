;;; bench-views.el --- Response times and files on screen, beside tshark  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; How long the tables of a capture that is loaded take to be on the screen,
;; the first time and again, beside tshark's own statistics of it.

;;; Code:

(require 'bench)
(require 'smbcmp-views)

(defconst smbcmp-bench-views--file (smbcmp-bench-file "capture.pcapng"))

(defun smbcmp-bench-views--shown (command)
  "Return the seconds until COMMAND shows its table, the first time and again."
  (find-file smbcmp-bench-views--file)
  (let ((list (current-buffer)))
    (smbcmp-bench-watch (lambda () smbcmp-list-complete))
    (cl-flet ((seconds () (smbcmp-bench-time
                           (with-current-buffer list (funcall command))
                           (redisplay t))))
      (let* ((first (seconds))
             (again (progn (bury-buffer) (seconds))))
        (kill-buffer)
        (kill-buffer list)
        (list first again)))))

(defun smbcmp-bench-views--measure (what command at-most)
  "Measure COMMAND, which shows WHAT; AT-MOST is what it may take of tshark."
  (let* ((again nil)
         (medians (smbcmp-bench-medians
                   smbcmp-bench-runs
                   (lambda ()
                     (pcase-let ((`(,first ,second) (smbcmp-bench-views--shown command)))
                       (push second again)
                       first))
                   (lambda () (smbcmp-bench-process "tshark" "-r" smbcmp-bench-views--file
                                                    "-q" "-z" "smb2,srt")))))
    (smbcmp-bench-row what (car medians) :peer "tshark -z smb2,srt" :theirs (cadr medians)
                      :at-most at-most)
    (smbcmp-bench-row (concat what ", again") (smbcmp-bench-median again) :below 0.1)))

(smbcmp-bench-define
 "Views of a loaded capture"
 (lambda ()
   (smbcmp-bench-views--measure "response times" #'smbcmp-latency 1.0)
   (smbcmp-bench-views--measure "files and handles" #'smbcmp-files 1.5)))

(provide 'bench-views)
;;; bench-views.el ends here
