;;; hostile.el --- Read logs of any bytes, in an Emacs of its own  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What hostile-test.el has another Emacs do, since it may not survive it:
;; read each log that is named on the command line in every way there is.
;; The last line says how many strings it got.

;;; Code:

(require 'cl-lib)
(require 'smblog-mode)

(defvar hostile-strings 0 "Number of strings checked.")

(defun hostile-check (object)
  "Check all strings in OBJECT: each must be what its characters make."
  (cond ((stringp object)
         (cl-incf hostile-strings)
         (unless (= (string-bytes object)
                    (if (multibyte-string-p object)
                        (cl-loop for char across object sum (string-bytes (char-to-string char)))
                      (length object)))
           (error "A string that is none"))
         (format "%S" object))
        ((consp object)
         (while (consp object) (hostile-check (pop object)))
         (hostile-check object))
        ((vectorp object) (mapc #'hostile-check object))))

(defun hostile-read (file)
  "Read the log FILE by all functions of the API and the module."
  (let* ((log (smblog-open file))
         (end (smblog-message-count log)))
    (dolist (function '(smblog--module-facts smblog--module-sites smblog--module-pids
                        smblog--module-problem smblog-requests))
      (hostile-check (funcall function log)))
    (hostile-check (smblog--module-preamble log 100000))
    (hostile-check (smblog--module-text log 0 end))
    (hostile-check (smblog--module-render log nil 0 end
                                          '(:body t :header "%T %t %2l %p %F %f:%n %s %c %N")))
    (dotimes (n end)
      (hostile-check (smblog-message log n))
      (hostile-check (smblog--module-message log n))
      (hostile-check (smblog--module-body log n)))
    (smblog-close log)))

(defun hostile-visit (file)
  "Visit the log FILE, and show all of it."
  (let ((buffer (find-file-noselect file)))
    (switch-to-buffer buffer)
    (unless (derived-mode-p 'smblog-mode) (smblog-mode))
    (while (not (and (smblog-indexed-p) (smblog-view-done-p)))
      (accept-process-output nil 0.01))
    (accept-process-output nil 0.1)
    (goto-char (point-min))
    (while (not (eobp))
      (redisplay t)
      (forward-line 20))
    (hostile-check (buffer-string))
    (kill-buffer buffer)))

(defun hostile-run ()
  "Read and visit the logs on the command line.
The first argument is where to say so."
  (setq debug-on-error nil
        inhibit-message (not noninteractive))
  (let ((report (pop command-line-args-left)))
    (condition-case err
        (while command-line-args-left
          (let ((file (pop command-line-args-left)))
            (hostile-read file)
            (hostile-visit file)))
      (error (write-region (format "%S\n" err) nil report t 'silent)))
    (write-region (format "%d strings\n" hostile-strings) nil report t 'silent)
    (kill-emacs 0)))

(provide 'hostile)
;;; hostile.el ends here
