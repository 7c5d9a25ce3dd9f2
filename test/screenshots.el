;;; screenshots.el --- Take pictures of all buffers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For test/screenshots.sh.  A scene is what a user does: files, keys.

;;; Code:

(require 'cl-lib)
(require 'smbcmp)
(require 'smblog-mode)

(declare-function org-edit-special "org" (&optional arg))
(declare-function smbcmp-bisect-log "smbcmp-bisect-log" (script &optional directory))
(declare-function smbcmp-diff-many "smbcmp-many-view" (goods files &optional keys))
(declare-function smbcmp-diff-points "smbcmp-points-view" (file-a file-b))
(declare-function smbcmp-open-case "smbcmp-case-view" (source))
(defvar org-confirm-babel-evaluate)
(defvar smbcmp-case-memory-directory)

(defun smbcmp-screenshots--data (name)
  "Return the file NAME of the recorded data."
  (expand-file-name name (expand-file-name "test/data" smbcmp--root)))

(defun smbcmp-screenshots--capture (folder)
  "Return the capture in FOLDER of the recorded data."
  (smbcmp-screenshots--data (concat folder "/capture.pcapng")))

(defun smbcmp-screenshots--keys (keys)
  "Type KEYS and let the screen come to rest."
  (execute-kbd-macro (kbd keys))
  (smbcmp-screenshots--rest))

(defun smbcmp-screenshots--rest ()
  "Wait until what is shown has not changed for half a second; at most for ten."
  (let ((quiet 0) (left 100) shown)
    (while (and (< quiet 5) (> (cl-decf left) 0))
      (sit-for 0.1)
      (let ((now (mapcar (lambda (window)
                           (let ((buffer (window-buffer window)))
                             (list buffer (buffer-chars-modified-tick buffer)
                                   (window-point window))))
                         (window-list))))
        (setq quiet (if (equal now shown) (1+ quiet) 0)
              shown now)))))

;;;; What is opened

(defun smbcmp-screenshots--visit (name)
  "Visit the file NAME of the recorded data, all of it."
  (find-file (smbcmp-screenshots--data name))
  (when (bound-and-true-p smbcmp-list-capture)
    (smbcmp-capture-await-loaded smbcmp-list-capture)))

(defun smbcmp-screenshots--diff (&optional a b)
  "Compare the captures in the folders A and B, with a window of their own."
  (smbcmp-diff (smbcmp-screenshots--capture (or a "good"))
               (smbcmp-screenshots--capture (or b "readonly")))
  (while (not (and (bound-and-true-p smbcmp-compare-view-comparison)
                   (null (bound-and-true-p smbcmp-compare-background-state))))
    (sit-for 0.1))
  (delete-other-windows))

(defun smbcmp-screenshots--conflict ()
  "Compare with a capture in which another client holds the file."
  (smbcmp-screenshots--diff "good" "contended"))

(defun smbcmp-screenshots--points ()
  "Show one run at two points; both are the same here."
  (let ((capture (smbcmp-screenshots--capture "good")))
    (smbcmp-diff-points capture capture)))

(defun smbcmp-screenshots--many ()
  "Compare many captures with two good ones."
  (smbcmp-diff-many (mapcar #'smbcmp-screenshots--capture '("good" "good-again"))
                    (mapcar #'smbcmp-screenshots--capture
                            '("readonly" "denied" "forbidden" "held" "smb21")))
  ;; Each is an Emacs of its own.
  (while (bound-and-true-p smbcmp-many-view--many) (sit-for 0.1)))

(defun smbcmp-screenshots--case ()
  "Open a case, and remember nothing of it."
  (setq smbcmp-case-memory-directory nil)
  (smbcmp-open-case (smbcmp-screenshots--data "contended")))

(defun smbcmp-screenshots--bisect ()
  "Show the log of a bisection, that of the manual."
  (let ((script (expand-file-name "bisect.sh" (make-temp-file "smbcmp" t))))
    (write-region "\
7c1f2aa skip: it does not build
0b22b51 bad: 20/21 20/21 status TREE CONNECT \\\\127.0.0.1\\share: \
STATUS_SUCCESS / STATUS_BAD_NETWORK_NAME
91d0c36 good: no divergence
" nil (concat script ".log"))
    (smbcmp-bisect-log script)))

(defun smbcmp-screenshots--several ()
  "Show several logs as one."
  (smblog-find-file (mapcar #'smbcmp-screenshots--data
                            '("krb5-gcm128/log.smbclient.gz" "krb5-gcm128/log.smbd.gz"))))

(defun smbcmp-screenshots--org ()
  "Have a block of Org select frames, in a session."
  (setq org-confirm-babel-evaluate nil)
  (require 'ob-smbcmp)
  (switch-to-buffer "case.org")
  (insert (format "#+begin_src smbcmp :session case :capture %s
  # What failed when it was made.
  smb2.nt_status >= 0xc0000000 && frame.number in {30..50}
#+end_src\n" (smbcmp-screenshots--capture "readonly")))
  (goto-char (point-min))
  (org-mode))

;;;; Scenes

(defconst smbcmp-screenshots--manual '(comparison exchanges logs packets log)
  "The scenes of which the manual has pictures.")

(defconst smbcmp-screenshots--scenes
  (let ((capture "readonly/capture.pcapng") (log "readonly/log.smbd.gz")
        (diff #'smbcmp-screenshots--diff))
    `((comparison ,diff "n")
      (exchanges ,diff "n RET")
      (logs ,diff "n L")
      (packets ,capture "M-g g 35 RET RET")
      (log ,log "r")
      (conflict smbcmp-screenshots--conflict "n n")
      (all-differences ,diff "i" "n n")
      (ediff ,diff "n RET" "E" "n")
      (marks ,capture "M-g g 34 RET m n n m n")
      (diff ,capture "M-g g 35 RET m n n m =" "C-x o C-x o n")
      (linked ,capture "M-g g 35 RET l")
      (detail ,capture "M-g g 35 RET RET" "C-x 1 <backtab>" "M-< n n n n")
      (bytes ,capture "M-g g 35 RET RET" "n n n n b")
      (latency ,diff "v t" "n")
      (latency-frames ,diff "v t" "n RET")
      (latency-chart ,diff "v c" "C-n C-n C-n C-n C-n")
      (files "contended/capture.pcapng" "v f" "n n n")
      (sequence ,diff "v s" "n n")
      (points smbcmp-screenshots--points "n n")
      (conversations "concurrent/capture.pcapng" "v n" "n")
      (expert "protocols/nfs4-good.pcapng" "v e" "TAB n")
      (stream ,capture "M-g g 35 RET v d" "n n")
      (rules ,diff "v r" "n t n")
      (many smbcmp-screenshots--many "n n")
      (case smbcmp-screenshots--case "n n")
      (bisect smbcmp-screenshots--bisect "p p")
      (log-errors ,log "e" "n n")
      (log-search ,log "S ACCESS_DENIED RET" "C-x o n")
      (log-marks ,log "M-g n m h smb2 RET N N TAB")
      (log-requests ,log "r" "n n n C-x 1")
      (log-flow ,log "r" "n n n n n n c" "n n")
      (log-chart ,log "v" "C-n")
      (log-several smbcmp-screenshots--several "j 40 RET")
      (log-message ,log "M-g n .")
      (log-debug ,log "M-g n G")
      (log-filter ,log "/ level<=5 SPC function=smb2 TAB")
      (filter ,capture "/ smb2.cmd SPC == SPC TAB")
      (filter-wrong ,capture "/ smb2.cmd SPC == SPC bad")
      (filter-edit smbcmp-screenshots--org "C-n C-c '")
      (org smbcmp-screenshots--org "C-n C-c C-c" "C-c C-v C-z")
      (menu ,diff "?")
      (log-menu ,log "?")
      (help ,diff "h")))
  "A scene is (NAME OPEN KEYS...): what is opened, and what is typed then.
OPEN is the name of recorded data or a function.  The screen comes to rest
before each of KEYS.")

(defun smbcmp-screenshots--fail (error &rest _)
  "Say ERROR on the terminal, and exit."
  (send-string-to-terminal (error-message-string error))
  (sit-for 1)
  (kill-emacs 1))

(defun smbcmp-screenshots-take ()
  "Take a picture of a scene: its name and the picture's are on the command line.
Emacs exits with 1, and says why on the terminal, if that failed."
  (pcase-let ((`(,open . ,keys) (cdr (assq (intern (pop command-line-args-left))
                                           smbcmp-screenshots--scenes)))
              (picture (pop command-line-args-left)))
    (setq inhibit-startup-screen t
          default-directory smbcmp--root
          ;; No branch of a checkout in the mode line.
          vc-handled-backends nil
          use-dialog-box nil
          command-error-function #'smbcmp-screenshots--fail)
    (menu-bar-mode -1)
    (condition-case err
        (progn (if (stringp open) (smbcmp-screenshots--visit open)
                 (funcall open))
               (smbcmp-screenshots--rest)
               (mapc #'smbcmp-screenshots--keys (butlast keys))
               ;; Where they lead into the minibuffer, that stays open.
               (setq unread-command-events (listify-key-sequence (kbd (car (last keys)))))
               (run-with-idle-timer 0.3 nil #'smbcmp-screenshots--take picture))
      (error (smbcmp-screenshots--fail err)))))

(defun smbcmp-screenshots--take (picture)
  "Take PICTURE, a file, once the screen is at rest, and exit."
  (smbcmp-screenshots--rest)
  (redisplay t)
  (sit-for 0.3)
  (kill-emacs (call-process "import" nil nil nil "-window" "root" "-colors" "64" picture)))

(defun smbcmp-screenshots-list ()
  "Print the names of the scenes that the environment's SCENES says.
These are the manual's, all, or some by their names."
  (dolist (scene (pcase (getenv "SCENES")
                   ((or 'nil "" "manual") smbcmp-screenshots--manual)
                   ("all" (mapcar #'car smbcmp-screenshots--scenes))
                   (some (split-string some))))
    (princ (format "%s\n" scene))))

(provide 'screenshots)
;;; screenshots.el ends here
