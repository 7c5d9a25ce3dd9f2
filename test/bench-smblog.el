;;; bench-smblog.el --- A log of gigabytes, beside grep and wc  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; All read the log from the page cache.  The peers run in the C locale,
;; where they are fastest.  If SMBCMP_BENCH_OLD_SMBLOG is the file of the
;; first smblog-mode (github.com/aaptel/smblog-mode), it is measured too, on
;; the log's first 100 MB, which takes it some minutes.

;;; Code:

(require 'bench)
(require 'smblog-mode)

(declare-function smblog--module-wait "smbcmp-module.so" (log seconds))

(defconst smbcmp-bench-smblog--file (smbcmp-bench-file "log.smbd"))

(defun smbcmp-bench-smblog--peer (program &rest args)
  "Return the seconds that PROGRAM takes with ARGS and the log.
It writes to a buffer: grep looks no further than the first match if its
output goes nowhere."
  (let ((process-environment (cons "LC_ALL=C" process-environment)))
    (with-temp-buffer
      (smbcmp-bench-time
       (apply #'call-process program nil t nil
              (append args (list smbcmp-bench-smblog--file)))))))

(defun smbcmp-bench-smblog--grep ()
  "Return the seconds in which grep counts the messages."
  (smbcmp-bench-smblog--peer "grep" "-c" "^\\[20"))

(defun smbcmp-bench-smblog--resident ()
  "Return Emacs' resident memory in bytes, garbage collected before."
  (garbage-collect)
  (car (smbcmp-bench-memory (emacs-pid))))

;;;; The index by itself

(defun smbcmp-bench-smblog--index (&optional files)
  "Return the seconds to index the log, or FILES."
  (let* ((log nil)
         (seconds (smbcmp-bench-time
                   (setq log (smblog-start (or files smbcmp-bench-smblog--file)))
                   (while (not (smblog--module-wait log 1.0))))))
    (smblog-close log)
    seconds))

(defun smbcmp-bench-smblog--check (log requests)
  "Signal an error unless LOG and its REQUESTS are as many as grep counts."
  (cl-flet ((count (regexp)
              (string-to-number
               (shell-command-to-string
                (format "LC_ALL=C grep -c '%s' %s" regexp
                        (shell-quote-argument smbcmp-bench-smblog--file))))))
    (cl-loop for (what ours theirs)
             in `(("messages" ,(smblog-message-count log) ,(count "^\\[20"))
                  ("requests" ,(length requests)
                   ,(count "smbd_smb2_request_dispatch: opcode"))
                  ("statuses" ,(cl-count-if (lambda (r) (plist-get r :status)) requests)
                   ,(count "smbd_smb2_request_done_ex: mid")))
             unless (= ours theirs)
             do (error "%d %s, grep counts %d" ours what theirs))))

(defun smbcmp-bench-smblog--memory ()
  "Print what the log and all of its requests take of Emacs' memory."
  (let* ((before (smbcmp-bench-smblog--resident))
         (log (smblog-open smbcmp-bench-smblog--file))
         (requests nil)
         (seconds (smbcmp-bench-time (setq requests (smblog-requests log))))
         (size (file-attribute-size (file-attributes smbcmp-bench-smblog--file))))
    (smbcmp-bench-row "Emacs' memory with all requests listed"
                      (- (smbcmp-bench-smblog--resident) before)
                      :unit 'MB :peer "the log" :theirs size :at-most 0.25)
    (smbcmp-bench-row (format "all %d requests as Lisp data" (length requests)) seconds)
    (smbcmp-bench-smblog--check log requests)
    (smblog-close log)))

;;;; The same log in twelve files

(defconst smbcmp-bench-smblog--split "
/^\\[20/ { if (held) print line > f; line = $0; held = 1; next }
held { if ($0 ~ /smbd_smb2_request_dispatch: opcode/) k++
  f = directory \"/log.\" int (k % 36 / 3); sub (/pid=[0-9]+/, \"pid=\" 1000 + k % 36, line)
  print line > f; held = 0 }
{ print > f }"
  "Program of awk: each request is of the next of 36 processes, three to a file.")

(defun smbcmp-bench-smblog--parts ()
  "Return the log cut into twelve files, made anew if they are not there."
  (let ((directory (concat smbcmp-bench-smblog--file ".parts")))
    (unless (file-directory-p directory)
      (make-directory directory)
      (smbcmp-bench-smblog--peer "awk" "-v" (concat "directory=" directory)
                                 smbcmp-bench-smblog--split))
    (directory-files directory t "\\`log\\.")))

(defun smbcmp-bench-smblog--several (parts)
  "Print what PARTS, the log in several files, take beside the log in one."
  (let* ((size (file-attribute-size (file-attributes smbcmp-bench-smblog--file)))
         (before (smbcmp-bench-smblog--resident))
         (log (smblog-open parts)))
    (smbcmp-bench-row "Emacs' memory with twelve files as one log"
                      (- (smbcmp-bench-smblog--resident) before)
                      :unit 'MB :peer "the log" :theirs size :at-most 0.3)
    (smblog-close log))
  (pcase-let ((`(,several ,one ,first)
               (smbcmp-bench-medians
                smbcmp-bench-runs
                (lambda () (smbcmp-bench-smblog--index parts))
                #'smbcmp-bench-smblog--index
                (lambda ()
                  (prog1 (smbcmp-bench-time (smblog-find-file parts) (redisplay t))
                    (kill-buffer))))))
    (smbcmp-bench-row "complete index of twelve files as one log" several
                      :peer "the log in one file" :theirs one :at-most 1.3)
    (smbcmp-bench-row "first screen of them" first :below 0.3)))

;;;; The mode

(defun smbcmp-bench-smblog--visit ()
  "Visit the log; return (FIRST BLOCK): the first screen and the worst block."
  (let* ((first (smbcmp-bench-time
                 (find-file smbcmp-bench-smblog--file)
                 (redisplay t)))
         (block (smbcmp-bench-watch #'smblog-indexed-p)))
    (kill-buffer)
    (list first block)))

(defun smbcmp-bench-smblog--filter (filter)
  "Filter the log shown by FILTER, a string; return (FIRST COMPLETE)."
  (goto-char (point-min))
  (let* ((start (float-time))
         (wanted (smblog-filter-parse filter))
         first)
    (smblog-set-filter wanted)
    (redisplay t)
    (while (not (smblog-view-done-p))
      (when (and (not first) (> (smblog-view-count) 50))
        (redisplay t)
        (setq first (- (float-time) start)))
      (accept-process-output nil 0.005))
    (let ((complete (- (float-time) start)))
      (smblog-set-filter nil)
      (list (or first complete) complete))))

(defun smbcmp-bench-smblog--filters ()
  "Print what filters take of the whole log."
  (find-file smbcmp-bench-smblog--file)
  (smbcmp-bench-watch #'smblog-indexed-p)
  (dolist (filter '("level<=3" "text=NT_STATUS_OBJECT_NAME_NOT_FOUND"
                    "text=smbd_smb2_create_send"))
    (let (last)
      (pcase-let ((`(,first ,complete ,grep)
                   (smbcmp-bench-medians
                    smbcmp-bench-runs
                    (lambda () (car (setq last (smbcmp-bench-smblog--filter filter))))
                    (lambda () (cadr last))
                    #'smbcmp-bench-smblog--grep)))
        (smbcmp-bench-row (concat filter ", first screen") first :below 0.2)
        (smbcmp-bench-row (concat filter ", all") complete :peer "grep -c '^\\[20'"
                          :theirs grep :at-most 1.0))))
  (kill-buffer))

;;;; The first smblog-mode

(defun smbcmp-bench-smblog--old (file cut)
  "Return (OPEN LEVEL): the seconds the old mode in FILE takes for the log CUT."
  (with-temp-buffer
    (call-process (expand-file-name invocation-name invocation-directory) nil '(t nil) nil
                  "-Q" "--batch" "-l" file "--eval"
                  (format "(let ((start (float-time)))
  (smblog-open %S)
  (princ (format \"(%%f \" (- (float-time) start)))
  (setq start (float-time))
  (smblog-dec-level)
  (princ (format \"%%f)\" (- (float-time) start))))" cut))
    (goto-char (point-min))
    (read (current-buffer))))

(defun smbcmp-bench-smblog--ours (cut)
  "Return (OPEN LEVEL): the seconds we take for the log CUT, to the last message."
  (let ((open (smbcmp-bench-time
               (find-file cut)
               (redisplay t)
               (smbcmp-bench-watch #'smblog-indexed-p)))
        (level (cadr (smbcmp-bench-smblog--filter "level<=9"))))
    (kill-buffer)
    (list open level)))

(defun smbcmp-bench-smblog--compare-old (file)
  "Print how the old mode in FILE does with the log's first 100 MB."
  (let ((cut (make-temp-file "log.smbd."))
        (coding-system-for-write 'binary)
        (coding-system-for-read 'binary))
    (unwind-protect
        (progn
          (with-temp-buffer
            (set-buffer-multibyte nil)
            (insert-file-contents-literally smbcmp-bench-smblog--file nil 0 100000000)
            (write-region nil nil cut nil 'quiet))
          (cl-mapc (lambda (what ours theirs)
                     (smbcmp-bench-row what ours :peer "the old smblog-mode" :theirs theirs
                                       :at-least 200))
                   '("open 100 MB, to the last message" "change the level")
                   (smbcmp-bench-smblog--ours cut)
                   (smbcmp-bench-smblog--old file cut)))
      (delete-file cut))))

;;;; The table

(defun smbcmp-bench-smblog--table ()
  "Print the table."
  (smbcmp-bench-smblog--several (smbcmp-bench-smblog--parts))
  (smbcmp-bench-smblog--memory)
  (pcase-let ((`(,index ,grep ,wc)
               (smbcmp-bench-medians smbcmp-bench-runs #'smbcmp-bench-smblog--index
                                     #'smbcmp-bench-smblog--grep
                                     (lambda () (smbcmp-bench-smblog--peer "wc" "-l")))))
    (smbcmp-bench-row "complete index" index :peer "grep -c '^\\[20'" :theirs grep
                      :at-most 1.0)
    (smbcmp-bench-row "complete index" index :peer "wc -l" :theirs wc :at-most 2.0))
  (let (last)
    (pcase-let ((`(,first ,block)
                 (smbcmp-bench-medians
                  smbcmp-bench-runs
                  (lambda () (car (setq last (smbcmp-bench-smblog--visit))))
                  (lambda () (cadr last)))))
      (smbcmp-bench-row "first screen" first :below 0.3)
      (smbcmp-bench-row "worst block of redisplay while it is indexed" block :below 0.1)))
  (smbcmp-bench-smblog--filters)
  (let ((old (getenv "SMBCMP_BENCH_OLD_SMBLOG")))
    (when old (smbcmp-bench-smblog--compare-old old))))

(smbcmp-bench-define "A level-10 log of smbd" #'smbcmp-bench-smblog--table)

(provide 'bench-smblog)
;;; bench-smblog.el ends here
