;;; smbcmp-list-time.el --- How the packet list shows times  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Time formats and time references are the host's to apply: it makes the
;; rows' times when it is asked for rows.

;;; Code:

(require 'smbcmp-capture)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-list-refresh "smbcmp-list-load")
(autoload 'smbcmp-list-need-frame "smbcmp-list-move")

(defvar smbcmp-list-capture)

(defconst smbcmp-list-time--all
  '("relative" "absolute" "absolute-with-date" "delta" "delta-displayed" "epoch" "utc"
    "utc-with-date")
  "Time formats, as in Wireshark's menu View > Time Display Format.")

(defcustom smbcmp-list-time-formats '("relative" "absolute-with-date" "delta" "epoch")
  "Time formats that \\<smbcmp-list-mode-map>\\[smbcmp-list-cycle-time] goes through.
Packet lists begin with the first."
  :type `(repeat (choice ,@(mapcar (lambda (format) (list 'const format))
                                   smbcmp-list-time--all)))
  :group 'smbcmp-list)

(defvar-local smbcmp-list-time--format nil
  "How times are shown, nil for the first of `smbcmp-list-time-formats'.")

(defvar-local smbcmp-list-time--references nil
  "Frames that are time references, ascending.")

(defun smbcmp-list-time--current ()
  "Return how times are shown."
  (or smbcmp-list-time--format (car smbcmp-list-time-formats) "relative"))

(defun smbcmp-list-time-apply ()
  "Have the host show times as this buffer wants them, in rows asked for later."
  (smbcmp-host-request smbcmp-list-capture "time"
                       (list :format (smbcmp-list-time--current)
                             :references smbcmp-list-time--references)
                       #'ignore))

(defun smbcmp-list-time--show ()
  "Show times as this buffer wants them."
  (smbcmp-with-user-errors
    (smbcmp-capture-ensure-live smbcmp-list-capture)
    (smbcmp-list-time-apply)
    ;; Times of another format have another width.
    (setq smbcmp-list-rows-widths nil)
    (smbcmp-list-refresh)))

(defun smbcmp-list-cycle-time (&optional choose)
  "Show times in the next of `smbcmp-list-time-formats'.
With CHOOSE, the prefix argument, ask for the format."
  (interactive "P")
  (setq smbcmp-list-time--format
        (if choose
            (completing-read "Time format: " smbcmp-list-time--all nil t)
          (or (cadr (member (smbcmp-list-time--current) smbcmp-list-time-formats))
              (car smbcmp-list-time-formats))))
  (smbcmp-list-time--show)
  (message "Time format: %s" (smbcmp-list-time--current)))

(defun smbcmp-list-toggle-reference ()
  "Toggle whether times count from the frame at point."
  (interactive)
  (let ((frame (smbcmp-list-need-frame)))
    (setq smbcmp-list-time--references
          (if (memq frame smbcmp-list-time--references)
              (remq frame smbcmp-list-time--references)
            (sort (cons frame smbcmp-list-time--references) #'<)))
    (smbcmp-list-time--show)
    (message "Frame %d is %s time reference" frame
             (if (memq frame smbcmp-list-time--references) "a" "no"))))

(provide 'smbcmp-list-time)
;;; smbcmp-list-time.el ends here
