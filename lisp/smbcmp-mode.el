;;; smbcmp-mode.el --- What smbcmp's buffers have in common  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The mode that all of smbcmp's buffers derive from.

;;; Code:

(require 'help-mode)

(defun smbcmp-help ()
  "Show what this buffer is for and its keys."
  (interactive)
  (let ((mode major-mode)
        (buffer (current-buffer)))
    (with-help-window (help-buffer)
      (princ (with-current-buffer buffer
               (substitute-command-keys (documentation mode t)))))))

(defvar smbcmp-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "?" #'smbcmp-help)
    (define-key map "h" #'smbcmp-help)
    map)
  "Keymap of `smbcmp-mode'.")

(define-derived-mode smbcmp-mode special-mode "smbcmp"
  "Parent of the major modes of smbcmp's buffers."
  (setq truncate-lines t)
  (buffer-disable-undo))

(provide 'smbcmp-mode)
;;; smbcmp-mode.el ends here
