;;; smblog-scan.el --- Look at all requests of a log, bit by bit  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A log may have a million requests.  As Lisp data they would take seconds
;; to make, and every garbage collection from then on would look at them.  So
;; they stay in the index: some around the one asked for last are held, and
;; who wants to look at all of them does so in the background, some at a
;; time, while the user goes on.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-steps)
(require 'subr-x)

(declare-function smblog--module-requests "smbcmp-module.so"
                  (log &optional from count mid))

(defvar smblog-scan-step 0.02
  "Seconds that a step in the background takes at most.")

(defvar smblog-scan-at-once noninteractive
  "Non-nil to look at all at once; a script waits for nothing else.")

(defconst smblog-scan-few 2000
  "Requests that are looked at at once.")

(defconst smblog-scan--page 32
  "Requests that are asked for at a time, for one.")

(defconst smblog-scan--batch 200
  "Requests that are looked at without a look at the clock.")

(defvar-local smblog-scan--held nil
  "(LOG FROM . VECTOR): the requests from number FROM on that are held.")

(defvar-local smblog-scan--running nil
  "Scans that are under way: an alist from kinds, symbols, to their timers.")

;;;; One

(defun smblog-scan-forget ()
  "Hold no requests: those of the log may be others."
  (setq smblog-scan--held nil))

(defun smblog-scan-nth (log number &optional alone)
  "Return request NUMBER of LOG, a plist as of `smblog-requests'.
With ALONE, those around it are not what is asked for next, and not made."
  (pcase smblog-scan--held
    ((and `(,(pred (eq log)) ,from . ,requests)
          (guard (<= from number (+ from (length requests) -1))))
     (aref requests (- number from)))
    ((guard alone) (car (smblog--module-requests log number 1)))
    (_ (let ((from (- number (% number smblog-scan--page))))
         (setq smblog-scan--held
               (cl-list* log from
                         (vconcat (smblog--module-requests log from smblog-scan--page)))))
       (aref (cddr smblog-scan--held) (% number smblog-scan--page)))))

;;;; All

(defun smblog-scan-start (kind log count look done)
  "Have the function LOOK called with each of the first COUNT requests of LOG.
Then DONE is, without arguments; it returns steps that are done after it.
All are called in this buffer, at once if there are few requests, else in
the background.  Another scan of the same KIND, a symbol, is stopped."
  (smblog-scan-stop kind)
  (let ((steps (list (smblog-scan--looking log count look) (smbcmp-steps-several done))))
    (if (or smblog-scan-at-once (<= count smblog-scan-few))
        (smbcmp-steps-run steps)
      (smblog-scan--later (current-buffer) kind steps 0.01))))

(defun smblog-scan--looking (log count look)
  "Return a step that calls LOOK with each of the first COUNT requests of LOG."
  (let ((from 0))
    (lambda ()
      (mapc look (smblog--module-requests log from (min smblog-scan--batch (- count from))))
      (setq from (+ from smblog-scan--batch))
      (< from count))))

(defun smblog-scan--later (buffer kind steps seconds)
  "Go on in SECONDS with STEPS, of the scan of KIND, in BUFFER."
  (push (cons kind (run-with-timer seconds nil #'smblog-scan--go-on buffer kind steps))
        smblog-scan--running))

(defun smblog-scan--go-on (buffer kind steps)
  "Do some of STEPS, of the scan of KIND, in BUFFER."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq smblog-scan--running (assq-delete-all kind smblog-scan--running))
      (if-let* ((seconds (smbcmp-steps-postponed)))
          (smblog-scan--later buffer kind steps seconds)
        (unless (smbcmp-steps-collect)
          (setq steps (smblog-scan--slice steps))
          (smbcmp-steps-pause))
        (when steps (smblog-scan--later buffer kind steps 0.01))
        (force-mode-line-update)))))

(defun smblog-scan--slice (steps)
  "Do some of STEPS; return those that are left."
  (let ((end (+ (float-time) smblog-scan-step))
        (gc-cons-threshold (max gc-cons-threshold smbcmp-steps-garbage)))
    (while (progn
             (unless (funcall (car steps)) (pop steps))
             (and steps (< (float-time) end) (not (input-pending-p))))))
  steps)

(defun smblog-scan-stop (&optional kind)
  "Stop the scan of KIND of this buffer; all of them for nil."
  (pcase-dolist (`(,other . ,timer) smblog-scan--running)
    (when (memq kind (list nil other)) (cancel-timer timer)))
  (setq smblog-scan--running (and kind (assq-delete-all kind smblog-scan--running))))

(defun smblog-scan-busy-p (kind)
  "Return non-nil if a scan of KIND of this buffer is under way."
  (and (assq kind smblog-scan--running) t))

(defun smblog-scan-setup ()
  "Have the scans of this buffer end with it."
  (add-hook 'kill-buffer-hook #'smblog-scan-stop nil t)
  (add-hook 'change-major-mode-hook #'smblog-scan-stop nil t))

(provide 'smblog-scan)
;;; smblog-scan.el ends here
