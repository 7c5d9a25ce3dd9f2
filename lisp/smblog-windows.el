;;; smblog-windows.el --- Where lists of a log are shown  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Lists come below the log.  Where there is little room one takes the place of
;; another, so that none is a few lines high.

;;; Code:

(defconst smblog-windows--modes
  '(smblog-requests-mode smblog-hits-mode smblog-flow-mode smblog-chart-mode)
  "Modes of the lists of a log.")

(defconst smblog-windows--least 7
  "Lines of a window that a list is shown in, at least.")

(defun smblog-windows-action (share &optional beside)
  "Return how to display a list below this window: an action of `display-buffer'.
SHARE is how much of the frame's height it takes.  With BESIDE, it is
shown to the right."
  (let ((small (< (frame-height) (* 5 smblog-windows--least)))
        (low (< (window-total-height) (* 2 smblog-windows--least))))
    `((display-buffer-reuse-window
       ,@(and small '(display-buffer-reuse-mode-window))
       ,@(and low (not beside) '(display-buffer-use-some-window))
       ,(if beside 'display-buffer-in-direction 'display-buffer-below-selected))
      (direction . right)
      (mode . ,smblog-windows--modes)
      (inhibit-same-window . ,low)
      (window-height . ,(max smblog-windows--least (round (* share (frame-height))))))))

(provide 'smblog-windows)
;;; smblog-windows.el ends here
