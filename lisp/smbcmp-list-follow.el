;;; smbcmp-list-follow.el --- The frame selected, and what follows it  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Tells who wants to know that point came to another frame; the details and
;; the bytes of that frame, in buffers that belong to the packet list.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-list-filter)
(require 'smbcmp-list-move)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-detail-show "smbcmp-detail")
(autoload 'smbcmp-bytes-show "smbcmp-bytes")

(defcustom smbcmp-list-follow t
  "If non-nil, a details buffer that is shown follows the packet list."
  :type 'boolean
  :group 'smbcmp-list)

;;;; The frame selected

(defvar-local smbcmp-list-selected nil
  "The frame that `smbcmp-list-selection-hook' was told of last.")

(defvar smbcmp-list-selection-hook nil
  "Hook run in a packet list when point came to another frame.
Functions get the frame's number.  Run a little later than the command
that moved, so that a held key does not run it for every row.")

(defvar-local smbcmp-list-follow-timer nil
  "Timer that runs `smbcmp-list-selection-hook'.")

(defun smbcmp-list-follow-post-command ()
  "Keep point on a row that is shown, and tell of another frame there, soon."
  (when (and (or (eobp) (invisible-p (point)))
             (> (smbcmp-list-rows-count) 0))
    (goto-char (smbcmp-list-filter-shown-near (point))))
  (let ((frame (smbcmp-list-frame-at-point)))
    (unless (eq frame smbcmp-list-selected)
      (setq smbcmp-list-selected frame)
      (when (timerp smbcmp-list-follow-timer) (cancel-timer smbcmp-list-follow-timer))
      (setq smbcmp-list-follow-timer
            (run-with-timer 0.03 nil #'smbcmp-list-follow-announce (current-buffer))))))

(defun smbcmp-list-follow-announce (buffer)
  "Run `smbcmp-list-selection-hook' for the frame selected in BUFFER."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq smbcmp-list-follow-timer nil)
      (when smbcmp-list-selected
        (run-hook-with-args 'smbcmp-list-selection-hook smbcmp-list-selected)))))

;;;; Buffers that belong to a packet list

(defvar-local smbcmp-list-follow--buffers nil
  "Buffers that show parts of this one's frames, an alist by kind, a string.")

(defun smbcmp-list-follow-buffer (kind)
  "Return the buffer of KIND, a string, that belongs to this list, or nil."
  (let ((buffer (cdr (assoc kind smbcmp-list-follow--buffers))))
    (and (buffer-live-p buffer) buffer)))

(defun smbcmp-list-companion (list-buffer kind &optional mode)
  "Return the buffer of KIND, a string, that belongs to LIST-BUFFER.
If there is none, make one in MODE, a function, or return nil without MODE.
Its name tells that of LIST-BUFFER, which changes when another capture
has the same."
  (with-current-buffer list-buffer
    (let ((name (format "*smbcmp %s: %s*" kind (buffer-name)))
          (buffer (smbcmp-list-follow-buffer kind)))
      (when (and mode (not buffer))
        (setq buffer (generate-new-buffer name))
        (push (cons kind buffer) smbcmp-list-follow--buffers)
        (with-current-buffer buffer (funcall mode)))
      (unless (or (not buffer) (string-prefix-p name (buffer-name buffer)))
        (with-current-buffer buffer (rename-buffer name t)))
      buffer)))

;;;; Details and bytes

(defun smbcmp-list-details ()
  "Show the details of the frame at point, and go there."
  (interactive)
  (require 'smbcmp-detail)
  (smbcmp-list-need-capture)
  (smbcmp-detail-show (current-buffer) (smbcmp-list-need-frame) t))

(defun smbcmp-list-details-by-click (event)
  "Show the details of the frame that was clicked: EVENT."
  (interactive "e")
  (mouse-set-point event)
  (smbcmp-list-details))

(defun smbcmp-list-bytes ()
  "Show the bytes of the frame at point."
  (interactive)
  (require 'smbcmp-bytes)
  (smbcmp-list-need-capture)
  (smbcmp-bytes-show (current-buffer) (smbcmp-list-need-frame)))

(defun smbcmp-list-toggle-follow ()
  "Let the details follow the packet list, or no longer."
  (interactive)
  (setq smbcmp-list-follow (not smbcmp-list-follow))
  (message "Details %s the packet list" (if smbcmp-list-follow "follow" "do not follow")))

(defun smbcmp-list-follow--show (frame)
  "Have the details that are shown follow to FRAME."
  (when smbcmp-list-follow
    (dolist (show '(("details" smbcmp-detail-show) ("bytes" smbcmp-bytes-show)))
      (pcase-let* ((`(,kind ,function) show)
                   (buffer (smbcmp-list-follow-buffer kind)))
        (when (and buffer (get-buffer-window buffer 'visible))
          (funcall function (current-buffer) frame))))))

(add-hook 'smbcmp-list-selection-hook #'smbcmp-list-follow--show)

(defun smbcmp-list-quit ()
  "Bury the packet list and the windows that follow it."
  (interactive)
  (dolist (buffer (list (smbcmp-list-follow-buffer "details") (smbcmp-list-follow-buffer "bytes")))
    (let ((window (and buffer (get-buffer-window buffer))))
      (when window (quit-window nil window))))
  (quit-window))

(provide 'smbcmp-list-follow)
;;; smbcmp-list-follow.el ends here
