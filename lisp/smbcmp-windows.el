;;; smbcmp-windows.el --- Windows as they were before  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What arranges windows of its own remembers those that were there before,
;; and brings them back when its user quits.  Once none of its buffers is
;; shown any more they are forgotten: who comes back later, by another way,
;; shall not find the windows of long ago.

;;; Code:

(require 'cl-lib)

(defvar smbcmp-windows--saved nil
  "Alist of owners, any objects, and (CONFIGURATION . OWN-P).
OWN-P is a function of a buffer: non-nil if it is one of the owner's.")

(defun smbcmp-windows-save (owner configuration own-p)
  "Remember CONFIGURATION, the windows before OWNER showed its own.
OWN-P is a function of a buffer that returns non-nil for OWNER's, of
which one has to be shown by now.  What is remembered already is older,
and stays."
  (unless (assq owner smbcmp-windows--saved)
    (push (cl-list* owner configuration own-p) smbcmp-windows--saved)
    (add-hook 'buffer-list-update-hook #'smbcmp-windows--forget)))

(defun smbcmp-windows--forget ()
  "Forget the windows that were before what is no longer shown."
  (setq smbcmp-windows--saved
        (cl-delete-if-not
         (pcase-lambda (`(,_ ,_ . ,own-p))
           (get-window-with-predicate (lambda (window) (funcall own-p (window-buffer window)))
                                      nil t))
         smbcmp-windows--saved))
  (unless smbcmp-windows--saved
    (remove-hook 'buffer-list-update-hook #'smbcmp-windows--forget)))

(defun smbcmp-windows-restore (owner)
  "Bring back the windows before OWNER showed its own.
Return nil if none are remembered."
  (let ((saved (cdr (assq owner smbcmp-windows--saved))))
    (setq smbcmp-windows--saved (assq-delete-all owner smbcmp-windows--saved))
    (when saved
      (set-window-configuration (car saved))
      t)))

(defun smbcmp-windows-arrange (a b below share)
  "Show A and B side by side, and BELOW below them, all of them buffers.
SHARE is the share of the height that A and B get.  A frame may be too
small for B, or for BELOW, which are not shown then."
  (delete-other-windows)
  ;; Points are where they are to be, not where they were when A was shown last.
  (let ((switch-to-buffer-preserve-window-point nil)) (switch-to-buffer a))
  (let ((lower (ignore-errors (split-window-below (floor (* share (window-height))))))
        (right (ignore-errors (split-window-right))))
    (when right (set-window-buffer right b))
    (when lower (set-window-buffer lower below))))

(provide 'smbcmp-windows)
;;; smbcmp-windows.el ends here
