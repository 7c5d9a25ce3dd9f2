;;; screenshots.el --- Take the manual's pictures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For test/screenshots.sh.  A scene is what a user does: files, keys.

;;; Code:

(require 'cl-lib)
(require 'smbcmp)
(require 'smblog-mode)

(defun smbcmp-screenshots--data (name)
  "Return the file NAME of the recorded data."
  (expand-file-name name (expand-file-name "test/data" smbcmp--root)))

(defun smbcmp-screenshots--keys (keys)
  "Type KEYS and let the screen come to rest."
  (execute-kbd-macro (kbd keys))
  (smbcmp-screenshots--rest))

(defun smbcmp-screenshots--rest ()
  "Wait until what is shown has not changed for a second; at most for ten."
  (let ((quiet 0) (left 100) shown)
    (while (and (< quiet 10) (> (cl-decf left) 0))
      (sit-for 0.1)
      (let ((now (mapcar (lambda (window)
                           (let ((buffer (window-buffer window)))
                             (list buffer (buffer-chars-modified-tick buffer)
                                   (window-point window))))
                         (window-list))))
        (setq quiet (if (equal now shown) (1+ quiet) 0)
              shown now)))))

(defun smbcmp-screenshots--diff ()
  "Compare the two sample captures, with a window of their own."
  (smbcmp-diff (smbcmp-screenshots--data "good/capture.pcapng")
               (smbcmp-screenshots--data "readonly/capture.pcapng"))
  (while (not (and (bound-and-true-p smbcmp-compare-view-comparison)
                   (null (bound-and-true-p smbcmp-compare-background-state))))
    (sit-for 0.1))
  (smbcmp-screenshots--rest)
  (delete-other-windows))

(defconst smbcmp-screenshots--scenes
  `((comparison
     ,(lambda () (smbcmp-screenshots--diff)
        (smbcmp-screenshots--keys "n")))
    (exchanges
     ,(lambda () (smbcmp-screenshots--diff)
        (smbcmp-screenshots--keys "n RET")))
    (logs
     ,(lambda () (smbcmp-screenshots--diff)
        (smbcmp-screenshots--keys "n L")))
    (packets
     ,(lambda ()
        (find-file (smbcmp-screenshots--data "readonly/capture.pcapng"))
        (smbcmp-screenshots--rest)
        (smbcmp-screenshots--keys "M-g g 35 RET RET")))
    (log
     ,(lambda ()
        (find-file (smbcmp-screenshots--data "readonly/log.smbd.gz"))
        (smbcmp-screenshots--rest)
        (smbcmp-screenshots--keys "r"))))
  "A scene is (NAME FUNCTION): FUNCTION does what a user does.")

(defun smbcmp-screenshots-take ()
  "Take a picture of a scene: its name and the picture's are on the command line.
Emacs exits with 1, and says why on the terminal, if that failed."
  (let ((scene (intern (pop command-line-args-left)))
        (picture (pop command-line-args-left))
        (default-directory smbcmp--root))
    (setq inhibit-startup-screen t
          ;; No branch of a checkout in the mode line.
          vc-handled-backends nil
          use-dialog-box nil)
    (menu-bar-mode -1)
    (condition-case err
        (progn (funcall (cadr (assq scene smbcmp-screenshots--scenes)))
               (redisplay t)
               (sit-for 0.3)
               (kill-emacs (call-process "import" nil nil nil "-window" "root"
                                        "-colors" "64" picture)))
      (error (send-string-to-terminal (format "%s: %s" scene (error-message-string err)))
             (sit-for 1)
             (kill-emacs 1)))))

(defun smbcmp-screenshots-list ()
  "Print the names of the scenes."
  (mapc (lambda (scene) (princ (format "%s\n" (car scene)))) smbcmp-screenshots--scenes))

(provide 'screenshots)
;;; screenshots.el ends here
