;;; smblog-clock.el --- Clocks of the files of a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Where a client's log, a trace and a server's log tell of the same requests, by
;; message id and command, the times they give for these tell how far their
;; clocks are apart.  Ids repeat: connections count from 0, so what counts is
;; that many requests agree, and chance does not.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-escape)
(require 'smblog)
(require 'smblog-buffer)

(defconst smblog-clock--spread 0.5
  "Seconds by which requests may disagree on how far clocks are apart.")

(defconst smblog-clock--enough 3
  "Requests that must agree, at least; they must be half of those compared, too.")

(defun smblog-clock--times (log)
  "Return when requests of the files of LOG begin: (FILE . TIMES).
TIMES is a hash table of (MID . COMMAND) to a time, or to `several'."
  (let (files)
    (dolist (request (smblog-requests log))
      (let ((time (plist-get request :start)) (mid (plist-get request :mid))
            (key (cons (plist-get request :mid) (plist-get request :opcode))))
        (when (and time mid (cdr key)
                   (not (equal (plist-get request :program) "winbindd")))
          (let* ((file (plist-get (smblog--module-message log (plist-get request :begin))
                                  :source))
                 (times (or (cdr (assoc file files))
                            (cdar (push (cons file (make-hash-table :test #'equal)) files)))))
            (puthash key (if (gethash key times) 'several time) times)))))
    files))

(defun smblog-clock--agreed (deltas)
  "Return what most of DELTAS, numbers, agree on, their median, or nil."
  (let* ((sorted (sort (copy-sequence deltas) #'<))
         (all (vconcat sorted)) (n (length all)) (end 0) (best 0) (from 0))
    (dotimes (start n)
      (while (and (< end n) (<= (- (aref all end) (aref all start)) smblog-clock--spread))
        (setq end (1+ end)))
      (when (> (- end start) best)
        (setq best (- end start) from start)))
    (and (>= best smblog-clock--enough) (>= (* 2 best) n)
         (aref all (+ from (/ best 2))))))

(defun smblog-clock--behind (times others)
  "Return by how many seconds the clock of TIMES is behind that of OTHERS, or nil.
Both are hash tables of `smblog-clock--times'."
  (let (deltas)
    (maphash (lambda (key time)
               (let ((other (gethash key others)))
                 (when (and (numberp time) (numberp other))
                   (push (- other time) deltas))))
             times)
    (smblog-clock--agreed deltas)))

;;;###autoload
(defun smblog-clock-shifts (log)
  "Return how the clocks of the files of LOG differ, an alist (FILE . SECONDS).
SECONDS are for `smblog-shift': with these, all have the clock of one
file, a server's if there is one.  Files are left out of which nothing is
known, as are those whose clock is right, to a tenth of a second.
What tells is the requests that a client's log or a trace of its kernel
and a server's log have in common."
  (smblog-await log)
  (let* ((sources (smblog-sources log))
         (source (lambda (file) (cl-find file sources :test #'equal
                                         :key (lambda (source) (plist-get source :file)))))
         (form (lambda (file) (plist-get (funcall source file) :form)))
         (all (sort (smblog-clock--times log)
                    (lambda (a b)
                      ;; A server's is what others go by, then dates.
                      (cl-flet ((rank (file)
                                  (+ (if (member (funcall form file) '("samba" "ksmbd")) 2 0)
                                     (if (smblog-boot-time-p
                                          (plist-get (funcall source file) :first))
                                         0 1))))
                        (> (rank (car a)) (rank (car b)))))))
         (known (list (cons (caar all) 0))) shifts)
    (pcase-dolist (`(,file . ,times) (cdr all))
      (let ((behind (cl-loop for (other . shift) in known
                             ;; Requests of two logs alike are of different clients.
                             for found = (and (not (equal (funcall form file)
                                                          (funcall form other)))
                                              (smblog-clock--behind
                                               times (cdr (assoc other all))))
                             when found return (+ found shift))))
        (when behind
          (setq known (append known (list (cons file behind))))
          (when (> (abs behind) 0.1)
            (push (cons file (+ behind (or (plist-get (funcall source file) :shift) 0)))
                  shifts)))))
    (nreverse shifts)))

;;;###autoload
(defun smblog-align-clocks ()
  "Have the files of this log go by one clock, by the requests they share.
See `smblog-clock-shifts'; `smblog-shift' sets what can't be found so."
  (interactive)
  (unless (and (derived-mode-p 'smblog-mode) (consp smblog-buffer-source))
    (user-error "This is no log of several files"))
  (let ((shifts (smblog-clock-shifts smblog-log)))
    (unless shifts
      (user-error "No requests of a client and a server tell that clocks differ"))
    (smblog-buffer-keep-place
     (lambda ()
       (pcase-dolist (`(,file . ,seconds) shifts)
         (smblog-shift smblog-log file seconds))))
    (message "%s" (mapconcat (pcase-lambda (`(,file . ,seconds))
                               (format "%s: %+.3f s" (smbcmp-escape-base file) seconds))
                             shifts ", "))))

(declare-function smblog--module-message "smbcmp-module.so" (log n))

(provide 'smblog-clock)
;;; smblog-clock.el ends here
