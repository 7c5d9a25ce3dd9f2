;;; bench-link.el --- Linking a log to a capture, beside loading both  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What it costs to tie each request of a big log to its frames.  There is
;; no peer: nothing else does it.  The measure is what must be waited for
;; anyway, the loading of both files, in the same run.

;;; Code:

(require 'bench)
(require 'smblog-link)

(defconst smbcmp-bench-link--capture (smbcmp-bench-file "capture.pcapng"))
(defconst smbcmp-bench-link--log (smbcmp-bench-file "log.smbd"))

(defun smbcmp-bench-link--once ()
  "Load both and link them; return (LOAD LINK STALL LINKS), times in seconds.
STALL is for how long Emacs can do nothing else when a buffer is linked:
the capture's fields come from its worker meanwhile."
  (let* (capture log links collected
         (load (+ (smbcmp-bench-time
                   (setq capture (smbcmp-open smbcmp-bench-link--capture)))
                  (smbcmp-bench-time (setq log (smblog-open smbcmp-bench-link--log)))))
         (ask (smbcmp-bench-time
               (setq collected (smblog-link--collect capture))))
         (stall (smbcmp-bench-time
                 (setq links (smblog-link-finish log capture collected)))))
    (smbcmp-close capture)
    (smblog-close log)
    (list load (+ ask stall) stall links)))

(defun smbcmp-bench-link--table ()
  "Print the table."
  (let* ((runs (cl-loop repeat 3 collect (smbcmp-bench-link--once)))
         (median (lambda (n) (smbcmp-bench-median (mapcar (lambda (run) (nth n run)) runs)))))
    (smbcmp-bench-print "%s" (smblog-links-summary (nth 3 (car runs))))
    (smbcmp-bench-row "link all requests" (funcall median 1) :peer "loading both"
                      :theirs (funcall median 0) :at-most 1.5)
    (smbcmp-bench-row "of that Emacs stands still" (funcall median 2))))

(smbcmp-bench-define "Links" #'smbcmp-bench-link--table)

(provide 'bench-link)
;;; bench-link.el ends here
