;;; smblog-buffer.el --- A buffer that shows a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What opens a log in a buffer, tells how far it is indexed, notices that
;; the file grew, and closes it.

;;; Code:

(require 'cl-lib)
(require 'hl-line)
(require 'smbcmp-escape)
(require 'smbcmp-mode)
(require 'smblog-file)
(require 'smblog)
(require 'smblog-label)
(require 'smblog-move)
(require 'smblog-narrow)
(require 'smblog-place)
(require 'smblog-request)
(require 'smblog-view)

(declare-function smblog--module-progress "smbcmp-module.so" (log))
(declare-function smblog--module-problem "smbcmp-module.so" (log))
(declare-function smblog--module-refresh "smbcmp-module.so" (log))
(declare-function smblog--module-preamble "smbcmp-module.so" (log limit))
(autoload 'smblog-mode "smblog-mode"
  "Major mode for Samba's debug logs." t)
(defvar smblog-errors-view)

;;;; State

(defvar-local smblog-buffer-source nil
  "File that the log is read from, if it isn't the one the buffer visits.")

(defvar-local smblog-buffer--temporary nil
  "Temporary file that is to be deleted with the buffer, or nil.")

(defvar-local smblog-buffer--process nil
  "Process that writes into the temporary file, a pipe, or nil.")

(defvar-local smblog-buffer--problem nil
  "What went wrong with reading this log, a string, or nil.")

(defvar-local smblog-buffer--timer nil
  "Timer that follows indexing and views, or nil when all is known.")

(defvar-local smblog-buffer--following nil
  "Windows whose point was at the end when the file grew, and t for the buffer.")

(defvar-local smblog-buffer--sizes nil
  "What the files of this log of several were like when it was read last.")

(defvar smblog-buffer--opening nil
  "Plist of what the buffer being made is of: :source :temporary :process.")

(defvar smblog-buffer--temporaries nil
  "Temporary files that are to be deleted when Emacs is left.")

;;;; Making buffers

(defun smblog-buffer--file ()
  "Return the name of the file that the log of this buffer is read from."
  (or smblog-buffer-source buffer-file-name))

(defun smblog-buffer-of-file (file)
  "Return a buffer that shows the Samba log FILE.
Signal `smbcmp-file-error' if it can't be read."
  (setq file (expand-file-name file))
  (smblog-buffer--check file)
  (let ((buffer (find-buffer-visiting file)))
    (if (and buffer (eq (buffer-local-value 'major-mode buffer) 'smblog-mode))
        buffer
      (with-current-buffer (create-file-buffer file)
        (setq buffer-file-name file
              buffer-file-truename (abbreviate-file-name (file-truename file))
              default-directory (file-name-directory file))
        (set-visited-file-modtime)
        (smblog-mode)
        (current-buffer)))))

(defun smblog-buffer-of-files (files)
  "Return a new buffer that shows FILES, a list of logs, as one."
  (mapc #'smblog-buffer--check files)
  (with-current-buffer (generate-new-buffer
                        (format "*logs: %s*"
                                (smbcmp-escape-file (file-name-directory (car files)))))
    (setq default-directory (file-name-directory (car files)))
    (let ((smblog-buffer--opening (list :source files)))
      (smblog-mode))
    (current-buffer)))

(defun smblog-buffer-another (file)
  "Return a new buffer that shows the Samba log FILE, which others may show, too."
  (setq file (expand-file-name file))
  (smblog-buffer--check file)
  (with-current-buffer (generate-new-buffer (smbcmp-escape-base file))
    (setq default-directory (file-name-directory file))
    (let ((smblog-buffer--opening (list :source file)))
      (smblog-mode))
    (current-buffer)))

(defun smblog-buffer--check (file)
  "Tell the user if FILE can't be a log."
  (cond ((not (file-exists-p file)) (user-error "No such file: %s" (smbcmp-escape-file file)))
        ((file-directory-p file) (user-error "%s is a directory" (smbcmp-escape-file file)))
        ((not (file-readable-p file)) (user-error "%s is not readable" (smbcmp-escape-file file)))))

(defun smblog-buffer--temporary-file ()
  "Return the name of a new file, deleted with its buffer or Emacs."
  (let ((file (make-temp-file "smblog-")))
    (push file smblog-buffer--temporaries)
    file))

(defun smblog-buffer--delete-temporaries ()
  "Delete the temporary files there are."
  (dolist (file smblog-buffer--temporaries)
    (when (file-exists-p file) (delete-file file))))

(add-hook 'kill-emacs-hook #'smblog-buffer--delete-temporaries)

(defun smblog-buffer--forget-temporary ()
  "Delete the temporary file of this buffer, and stop what writes it."
  (when (process-live-p smblog-buffer--process)
    (delete-process smblog-buffer--process))
  (when smblog-buffer--temporary
    (setq smblog-buffer--temporaries
          (delete smblog-buffer--temporary smblog-buffer--temporaries))
    (when (file-exists-p smblog-buffer--temporary)
      (delete-file smblog-buffer--temporary))
    (setq smblog-buffer--temporary nil)))

(defun smblog-buffer--pipe ()
  "Return the name of a new pipe, deleted with its buffer or Emacs."
  (let ((file (make-temp-name (expand-file-name "smblog-" temporary-file-directory))))
    (unless (eql 0 (call-process "mkfifo" nil nil nil "-m" "600" file))
      (user-error "No pipe can be made in %s" temporary-file-directory))
    (push file smblog-buffer--temporaries)
    file))

(defun smblog-buffer-of-command (command)
  "Return a buffer that shows what the shell command COMMAND prints as a log."
  (let* ((pipe (smblog-buffer--pipe))
         ;; The outer shell opens the pipe even if COMMAND is nonsense.
         (process (start-process "smblog" nil "sh" "-c" "exec >\"$1\"; exec \"$2\" -c \"$3\""
                                 "sh" pipe shell-file-name command)))
    (set-process-query-on-exit-flag process nil)
    (with-current-buffer (generate-new-buffer (format "*log: %s*" (smbcmp-escape command t)))
      (let ((smblog-buffer--opening
             (list :source pipe :temporary pipe :process process)))
        (smblog-mode))
      (current-buffer))))

(defun smblog-buffer--spool-text ()
  "Return a temporary file that holds the text of this buffer."
  (let ((file (smblog-buffer--temporary-file))
        (coding-system-for-write
         (if enable-multibyte-characters 'utf-8-emacs-unix 'no-conversion)))
    (write-region nil nil file nil 'silent)
    file))

(defun smblog-buffer--spool-remote (file)
  "Return a temporary file that holds FILE of another host."
  (let ((copy (smblog-buffer--temporary-file)))
    (smbcmp-escape-message "Copying %s..." file)
    (copy-file file copy t)
    copy))

;;;; Opening and closing

(defun smblog-buffer--find-source ()
  "Set where the log of this buffer comes from."
  (cond
   (smblog-buffer--opening
    (setq smblog-buffer-source (plist-get smblog-buffer--opening :source)
          smblog-buffer--temporary (plist-get smblog-buffer--opening :temporary)
          smblog-buffer--process (plist-get smblog-buffer--opening :process)))
   ((null buffer-file-name)
    (setq smblog-buffer--temporary (smblog-buffer--spool-text)
          smblog-buffer-source smblog-buffer--temporary))
   ((file-remote-p buffer-file-name)
    (setq smblog-buffer--temporary (smblog-buffer--spool-remote buffer-file-name)
          smblog-buffer-source smblog-buffer--temporary))))

(defun smblog-buffer--open ()
  "Open the log of this buffer and show what is indexed by now."
  (condition-case err
      (progn
        (setq smblog-log (smblog-start (smblog-buffer--file))
              smblog-buffer--problem nil)
        (smblog-buffer--await 0.06)
        (smblog-start-timer)
        (smblog-view-refresh (list 0 0 0 nil)))
    (smbcmp-error
     (let ((inhibit-read-only t))
       (with-silent-modifications
         (erase-buffer)
         (insert (propertize (smbcmp-error-message err) 'face 'error) "\n"
                 (substitute-command-keys "\\<smblog-mode-map>Type \\[revert-buffer] to \
try again, \\[quit-window] to quit.\n"))))
     (message "%s" (smbcmp-error-message err)))))

(defun smblog-buffer--await (seconds)
  "Wait up to SECONDS until a screenful is indexed."
  (let ((limit (+ (float-time) seconds)))
    (while (and (pcase-let ((`(,_ ,_ ,messages ,done) (smblog--module-progress smblog-log)))
                  (and (not done) (< messages smblog-view-chunk)))
                (< (float-time) limit))
      (sleep-for 0.002))))

(defun smblog-buffer--close ()
  "Close the log of this buffer."
  (when (timerp smblog-buffer--timer) (cancel-timer smblog-buffer--timer))
  (setq smblog-buffer--timer nil
        smblog-view nil)
  (when smblog-log
    (smblog-close smblog-log)
    (setq smblog-log nil))
  (smblog-buffer--forget-temporary))

;;;; Following the index

(defvar smblog-indexed-hook nil
  "Hook run in the buffer of a log that was indexed to its end.")

(defun smblog-start-timer ()
  "Follow what threads find out about the log of this buffer."
  (unless smblog-buffer--timer
    (setq smblog-buffer--timer
          (run-with-timer 0.1 0.1 #'smblog-buffer--tick (current-buffer)))))

(defun smblog-buffer--tick (buffer)
  "Show in BUFFER what is known by now; end the timer when that is all."
  (if (not (buffer-live-p buffer))
      (cancel-timer timer-event-last)
    (with-current-buffer buffer
      (when smblog-log
        (smblog-buffer--adopt)
        (when (and (smblog-indexed-p) (smblog-view-done-p))
          (when (timerp smblog-buffer--timer) (cancel-timer smblog-buffer--timer))
          (smblog-buffer--reanchor)
          (setq smblog-buffer--timer nil
                smblog-buffer--following nil)
          (smblog-buffer--tell-problem)
          (run-hooks 'smblog-indexed-hook))
        (force-mode-line-update)))))

(defun smblog-indexed-p ()
  "Return non-nil if the log of this buffer is indexed to its end."
  (nth 3 (smblog--module-progress smblog-log)))

(defvar-local smblog-buffer--anchors nil
  "Messages shown before files of several grew: the last one and that of point.
Each is (NUMBER . PLACE), by `smblog-place-in-file'.")

(defun smblog-buffer--remember ()
  "Remember which messages are shown of a log of several files, before it grows."
  (setq smblog-buffer--anchors
        (and (consp smblog-buffer-source) (< smblog-view-first smblog-view-last)
             (mapcar (lambda (number) (cons number (smblog-place-in-file number)))
                     (list (smblog-view-number (1- smblog-view-last))
                           (or (smblog-message-at-point) 0))))))

(defun smblog-buffer--reanchor ()
  "Show messages again if they got other numbers when files of several grew.
That is where what is new in one belongs before what was there of another."
  (pcase smblog-buffer--anchors
    (`((,last . ,place) (,number . ,here))
     (setq smblog-buffer--anchors nil)
     (unless (equal place (smblog-place-in-file last))
       (smblog-view-refresh (cons (or (smblog-place-number here number) 0)
                                  (cdr (smblog-view-where))))))))

(defun smblog-buffer-keep-place (function)
  "Call FUNCTION, which gives messages of several files other numbers.
Then show them again, with point on its message."
  (smblog-buffer--remember)
  (funcall function)
  (smblog-await smblog-log)
  (smblog-buffer--await-view 1.0)
  (pcase smblog-buffer--anchors
    (`(,_ (,number . ,here))
     (setq smblog-buffer--anchors nil)
     (smblog-view-refresh (cons (or (smblog-place-number here number) 0)
                                (cdr (smblog-view-where)))))))

(defun smblog-buffer--adopt ()
  "Show what is new in the view if that comes into sight."
  (cond
   ;; Several files are put together again.
   ((and (consp smblog-buffer-source) (< (smblog-view-count) smblog-view-last)
         (not (smblog-indexed-p))))
   ((> (smblog-view-count) 0)
    (if (= smblog-view-first smblog-view-last)
        (smblog-view-refresh (list 0 0 0 nil))
      (smblog-view-renew)
      (when (or smblog-buffer--following
                (get-buffer-window nil t))
        (smblog-buffer--extend))))
   ((and (smblog-indexed-p) (smblog-view-done-p) (= (buffer-size) 0))
    (smblog-view-refresh (list 0 0 0 nil))))
  (smblog-narrow-tick))

(defun smblog-buffer--extend ()
  "Have messages below what windows show; follow the end if they were there."
  (dolist (window (get-buffer-window-list nil nil t))
    (smblog-view-fill window))
  (when (and smblog-buffer--following (< smblog-view-last (smblog-view-count)))
    (smblog-view-show (1- (smblog-view-count))))
  (when smblog-buffer--following
    (let ((end (point-max)))
      (when (memq t smblog-buffer--following) (goto-char end))
      (dolist (window smblog-buffer--following)
        (when (and (windowp window) (eq (window-buffer window) (current-buffer)))
          (set-window-point window end)
          (with-selected-window window (recenter -1)))))))

(defun smblog-buffer--tell-problem ()
  "Tell if not all of the log could be read."
  (setq smblog-buffer--problem (smblog--module-problem smblog-log))
  (when smblog-buffer--problem
    (message "%s: %s%s" (buffer-name) smblog-buffer--problem
             (if (smblog-buffer--limited-p)
                 (substitute-command-keys "; \\<smblog-mode-map>\\[revert-buffer] reads the rest")
               ""))))

(defun smblog-buffer--limited-p ()
  "Return non-nil if not all was unpacked because of `smblog-unpack-limit'."
  (and smblog-buffer--problem (string-match-p " are unpacked\\'" smblog-buffer--problem)))

(defun smblog-buffer--unpack-all ()
  "Ask whether to unpack all of this log; do so and return non-nil, or return nil."
  (when (and (smblog-buffer--limited-p)
             (y-or-n-p (format "%s.  Unpack all into %s? " smblog-buffer--problem
                               (or smblog-temporary-directory temporary-file-directory))))
    (let ((smblog-unpack-limit nil)) (smblog-buffer--reopen))
    t))

;;;; Growing files

(defun smblog-buffer--at-end ()
  "Return windows whose point is at the end, and t if the buffer's is."
  (and (= smblog-view-last (smblog-view-count))
       (append (and (eobp) '(t))
               (cl-remove-if-not (lambda (window) (= (window-point window) (point-max)))
                                 (get-buffer-window-list nil nil t)))))

(defun smblog-revert (&optional _ignore-auto noconfirm)
  "Take notice that the file has grown, or read it again if it was replaced.
Place, folding and filter stay; at the end of the log, point stays at the end.
If not all of it was unpacked, ask whether to, unless NOCONFIRM."
  (unless (and smblog-log (not noconfirm) (smblog-buffer--unpack-all))
    (smblog-buffer--refresh)))

(defun smblog-buffer--refresh ()
  "Take notice that the file has grown, or read it again if it was replaced."
  (let ((following (and smblog-log (smblog-buffer--at-end))))
    (when buffer-file-name
      (smblog-buffer--check buffer-file-name)
      (set-visited-file-modtime))
    (when (and smblog-log (consp smblog-buffer-source))
      (setq smblog-buffer--sizes (smblog-buffer--sizes))
      (smblog-buffer--remember))
    (pcase (if (and smblog-log (not (and buffer-file-name (file-remote-p buffer-file-name))))
               (smblog--module-refresh smblog-log)
             'replaced)
      ('replaced (smblog-buffer--reopen))
      ('grown (setq smblog-buffer--following following)
              (smblog-buffer--await-view 0.05)
              (smblog-buffer--adopt)
              (smblog-start-timer)))))

(defun smblog-buffer--await-view (seconds)
  "Wait up to SECONDS until index and view are complete."
  (let ((limit (+ (float-time) seconds)))
    (while (and (not (and (smblog-indexed-p) (smblog-view-done-p)))
                (< (float-time) limit))
      (sleep-for 0.002))))

(defun smblog-buffer--reopen ()
  "Open the file again: it isn't the one that was read."
  (let ((where (smblog-view-where))
        (filter smblog-filter))
    (when smblog-log (smblog-close smblog-log))
    (when (and buffer-file-name (file-remote-p buffer-file-name))
      (smblog-buffer--forget-temporary)
      (smblog-buffer--find-source))
    (setq smblog-view nil
          smblog-filter nil
          smblog-errors-view nil)
    (smblog-buffer--open)
    (when smblog-log
      (setq smblog-narrow-wanted where)
      (if filter
          (smblog-set-filter filter)
        (smblog-buffer--await-view 0.2)
        (setq smblog-narrow-wanted nil)
        (smblog-view-refresh where)))))

(defun smblog-toggle-tail ()
  "Follow the file as it grows, or no longer.
With point at the end of the log, it stays there."
  (interactive)
  (auto-revert-mode 'toggle)
  (message (if (bound-and-true-p auto-revert-mode)
               "Following the file"
             "No longer following the file")))

(defvar auto-revert-mode)

(defun smblog-buffer--sizes ()
  "Return what the files of this log of several are like: sizes and times."
  (mapcar (lambda (file)
            (let ((attributes (file-attributes file)))
              (list (file-attribute-size attributes)
                    (file-attribute-modification-time attributes))))
          smblog-buffer-source))

(defun smblog-buffer--stale-p (&optional _noconfirm)
  "Return non-nil if a file of this log of several has changed.
For `buffer-stale-function', which `auto-revert-mode' asks where no file is
visited."
  (and (consp smblog-buffer-source) smblog-log
       (not (equal smblog-buffer--sizes (smblog-buffer--sizes)))))

;;;; What the mode line and an empty view say

(defun smblog-buffer--mode-line ()
  "Return what the mode line says of the log."
  (if (not smblog-log)
      (propertize " closed" 'face 'error)
    (pcase-let ((`(,bytes ,total ,messages ,done) (smblog--module-progress smblog-log)))
      (concat
       " "
       (if smblog-filter
           (format "%s%s/" (smblog-narrow-number (smblog-view-count))
                   (if (smblog-view-done-p) "" "…"))
         "")
       (smblog-narrow-number messages)
       (if smblog-filter
           (concat " [" (replace-regexp-in-string "%" "%%" (smblog-filter-print smblog-filter))
                   "]")
         "")
       (cond (done "")
             ((> total 0) (format " indexing %d%%%%" (/ (* 100 bytes) total)))
             (t (format " reading %d MB" (/ bytes 1000000))))
       (if smblog-buffer--problem
           (propertize " incomplete" 'face 'error 'help-echo smblog-buffer--problem)
         "")
       (if (process-live-p smblog-buffer--process) " running" "")))))

(defun smblog-buffer--position ()
  "Return where in the view point is, for the mode line."
  (let ((number (and smblog-log (smblog-message-at-point)))
        (count (if smblog-log (smblog-view-count) 0)))
    (if (and number (> count 0))
        (format "%d%%%% #%d" (/ (* 100 (smblog-view-place number)) (max 1 (1- count))) number)
      "")))

(defun smblog-buffer--empty ()
  "Return what to show when the view has no messages."
  (cond
   ((not (and (smblog-indexed-p) (smblog-view-done-p))) "")
   (smblog-filter
    (format "None of %s messages match the filter %s\n%s\n"
            (smblog-narrow-number (smblog-message-count smblog-log))
            (smblog-filter-print smblog-filter)
            (substitute-command-keys
             "\\<smblog-mode-map>Type \\[smblog-edit-filter] to change it, \
\\[smblog-unfilter] to show all messages.")))
   (t (let ((text (smblog--module-preamble smblog-log smblog-message-limit))
            (total (car (smblog--module-progress smblog-log))))
        (if (string-match-p "\\`[ \n\t\r]*\\'" text)
            (if-let* ((problem (smblog--module-problem smblog-log)))
                (format "Nothing of the log could be read.  %s\n" problem)
              "The log is empty\n")
          (format "No Samba debug header in this file; %s:\n\n%s"
                  (if (> total smblog-message-limit)
                      (format "the first of its %s bytes" (smblog-narrow-number total))
                    "its text")
                  text))))))

;;;; Setting up

(defun smblog-buffer--refuse-save ()
  "Refuse to write what is shown over the log."
  (user-error "Logs are read-only; %s is unchanged" (smblog-buffer--file)))

(defun smblog-buffer-setup ()
  "Make this buffer one that shows a log, and open it."
  (smbcmp-module-load t)
  (smblog-buffer--find-source)
  (auto-save-mode -1)
  (smbcmp-escape-buffer-name)
  (let ((inhibit-read-only t))
    (with-silent-modifications (erase-buffer)))
  (set-buffer-multibyte t)
  (smblog-view-setup)
  (when (consp smblog-buffer-source) (smblog-label-setup smblog-buffer-source))
  (smblog-place-setup)
  (setq-local hl-line-face 'smbcmp-mode-row)
  (smbcmp-mode-show-row)
  (setq mode-line-process '(:eval (smblog-buffer--mode-line))
        mode-line-position '(:eval (smblog-buffer--position))
        buffer-read-only t)
  (when (consp smblog-buffer-source)
    (setq smblog-buffer--sizes (smblog-buffer--sizes)))
  (setq-local revert-buffer-function #'smblog-revert
              buffer-stale-function #'smblog-buffer--stale-p
              smblog-view-empty-function #'smblog-buffer--empty
              write-contents-functions '(smblog-buffer--refuse-save))
  (add-hook 'kill-buffer-hook #'smblog-buffer--close nil t)
  (add-hook 'change-major-mode-hook #'smblog-buffer--close nil t)
  (smblog-buffer--open))

(provide 'smblog-buffer)
;;; smblog-buffer.el ends here
