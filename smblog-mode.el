;;; smblog-mode.el --- Read Samba's debug logs at any size  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers

;; Author: The smbcmp developers
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: comm, tools
;; URL: https://github.com/smbcmp/smbcmp.el
;; SPDX-License-Identifier: GPL-3.0-or-later

;; This program is free software; you can redistribute it and/or modify
;; it under the terms of the GNU General Public License as published by
;; the Free Software Foundation, either version 3 of the License, or
;; (at your option) any later version.

;; This program is distributed in the hope that it will be useful,
;; but WITHOUT ANY WARRANTY; without even the implied warranty of
;; MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
;; GNU General Public License for more details.

;; You should have received a copy of the GNU General Public License
;; along with this program.  If not, see <https://www.gnu.org/licenses/>.

;;; Commentary:

;; Samba at debug level 10 writes more than a gigabyte a minute.  This mode
;; shows such a log at once: threads of the module index the file, and the
;; buffer holds the few hundred messages around what is looked at.
;;
;;   C-x C-f log.smbd        any file whose first lines are a Samba log's
;;   M-x smblog-find-file    any other, pipes, and what journalctl exports
;;   M-x smblog-command      what a shell command prints, while it prints
;;
;; No capture and no libwireshark is needed.

;;; Code:

(eval-and-compile
  ;; In a checkout the other files are in lisp/; installed, all files are together.
  (let* ((top (file-name-directory (or (bound-and-true-p byte-compile-current-file)
                                       load-file-name
                                       buffer-file-name
                                       default-directory)))
         (lisp (expand-file-name "lisp" top)))
    (when (file-exists-p (expand-file-name "smbcmp-compiled.el" lisp))
      (add-to-list 'load-path (directory-file-name top))
      ;; Who has the sources in `load-path' already wants them.
      (unless (member lisp (mapcar (lambda (directory)
                                     (directory-file-name (expand-file-name (or directory "."))))
                                   load-path))
        (push lisp load-path)
        (require 'smbcmp-compiled)
        (with-no-warnings (smbcmp-compiled-prefer))))))

(defgroup smblog nil
  "Read Samba's debug logs."
  :group 'tools
  :group 'comm
  :prefix "smblog-")

(require 'easymenu)
(require 'smbcmp-mode)
(require 'smblog-buffer)
(require 'smblog-chart)
(require 'smblog-errors)
(require 'smblog-explain)
(require 'smblog-file)
(require 'smblog-flow)
(require 'smblog)
(require 'smblog-move)
(require 'smblog-place)
(require 'smblog-requests)
(require 'smblog-search)
(require 'smblog-select)

;; Not before they are needed: reading a log takes no capture.
(autoload 'smblog-debug "smblog-debug"
  "Show commands for gdb that stop where the message at point was logged." t)
(autoload 'smblog-link-capture "smblog-frames"
  "Link this log to the capture FILE of the same run, in the background." t)
(autoload 'smblog-align-clocks "smblog-clock"
  "Align the clocks of this log's files by what they have in common." t)
(autoload 'smblog-shift-clock "smblog-clock"
  "Shift the times of FILE, one of this log's, by SECONDS." t)
(autoload 'smblog-offer-capture "smblog-frames")
(autoload 'smblog-requests-show-frame "smblog-frames"
  "Show the frame of this request in the packet list, and its details." t)
(autoload 'smblog-show-frame "smblog-frames"
  "Show the frame of the request at point in the packet list, and its details." t)
(autoload 'smblog-toggle-follow-frames "smblog-frames"
  "Toggle whether a log and its linked packet list follow each other." t)

(defun smblog-mode--offer-soon ()
  "When Emacs is idle, tell of the capture that lies beside this log."
  (unless noninteractive
    (run-with-idle-timer 1 nil #'smblog-offer-capture (current-buffer))))

(add-hook 'smblog-mode-hook #'smblog-mode--offer-soon)

;;;; Keys

(defvar smblog-mode-map
  (let ((map (make-sparse-keymap)))
    (pcase-dolist
        (`(,key . ,command)
         '(("n" . smblog-next) ("p" . smblog-previous)
           ("N" . smblog-next-same-process) ("P" . smblog-previous-same-process)
           ("]" . smblog-next-request) ("[" . smblog-previous-request)
           ("}" . smblog-next-gap) ("{" . smblog-previous-gap)
           ("j" . smblog-goto) ("l" . smblog-back)
           ("+" . smblog-more) ("-" . smblog-less)
           ("L" . smblog-set-level)
           ("f" . smblog-filter-menu) ("/" . smblog-edit-filter) ("\\" . smblog-unfilter)
           ("R" . smblog-only-request) ("m" . smblog-mark) ("b" . smblog-between)
           ("TAB" . smblog-toggle) ("<backtab>" . smblog-toggle-all)
           ("D" . smblog-toggle-dumps) ("G" . smblog-debug)
           ("h" . smblog-highlight) ("t" . smblog-cycle-time)
           ("r" . smblog-list-requests) ("e" . smblog-list-errors)
           ("c" . smblog-show-flow) ("v" . smblog-chart) ("S" . smblog-occur)
           ("RET" . smblog-source) ("s" . smblog-source) ("." . smblog-show-message)
           ("o" . smblog-show-frame) ("O" . smblog-toggle-follow-frames)
           ("w" . smblog-copy) ("A" . smblog-toggle-tail) ("q" . quit-window)
           ("?" . smbcmp-help-menu)))
      (define-key map (kbd key) command))
    (define-key map "F" smblog-select-map)
    (define-key map [remap beginning-of-buffer] #'smblog-first)
    (define-key map [remap end-of-buffer] #'smblog-last)
    (define-key map [remap goto-line] #'smblog-goto)
    (define-key map [remap narrow-to-defun] #'smblog-only-request)
    (define-key map [remap widen] #'smblog-unfilter)
    (define-key map [remap occur] #'smblog-occur)
    (define-key map [remap display-local-help] #'smblog-explain)
    (define-key map [remap write-file] #'smblog-write)
    map)
  "Keymap of `smblog-mode'.")

(easy-menu-define smblog-menu smblog-mode-map
  "Menu of `smblog-mode'."
  '("Log"
    ["Source line" smblog-source]
    ["Commands for gdb" smblog-debug]
    ["Whole message" smblog-show-message]
    ["Copy message" smblog-copy]
    ["Fold or unfold" smblog-toggle]
    ["Fold or unfold all" smblog-toggle-all]
    ["Fold or unfold all dumps" smblog-toggle-dumps]
    ["Highlight regexp..." smblog-highlight]
    ["Next time format" smblog-cycle-time]
    ["Explain status or command" smblog-explain]
    ("Go"
     ["Next message" smblog-next]
     ["Previous message" smblog-previous]
     ["Next of this process" smblog-next-same-process]
     ["Previous of this process" smblog-previous-same-process]
     ["Next request" smblog-next-request]
     ["Previous request" smblog-previous-request]
     ["Next gap in time" smblog-next-gap]
     ["Previous gap in time" smblog-previous-gap]
     ["To message or time..." smblog-goto]
     ["Back" smblog-back])
    ("Filter"
     ["Filter..." smblog-edit-filter]
     ["Toggle filter" smblog-unfilter
      :enable (or smblog-filter smblog-narrow-last)]
     ["More levels" smblog-more :enable (smblog-filter-level smblog-filter)]
     ["Fewer levels" smblog-less]
     ["Up to level..." smblog-set-level]
     ["Only this request" smblog-only-request]
     ["Mark message" smblog-mark]
     ["Only from mark to here" smblog-between]
     ["By file or function..." smblog-filter-menu]
     ["By process..." smblog-filter-pid]
     ["By class..." smblog-filter-class]
     ["By function..." smblog-filter-function]
     ["By source file..." smblog-filter-file]
     ["By time..." smblog-filter-time]
     ["By text..." smblog-filter-text]
     ["By regexp..." smblog-filter-regexp]
     ["By requests..." smblog-filter-request]
     ["By session..." smblog-filter-session]
     ["By user..." smblog-filter-user]
     ["By share..." smblog-filter-share]
     ["By client..." smblog-filter-client]
     ["Negate filter" smblog-filter-not :enable smblog-filter]
     ["Save filter..." smblog-filter-save-as :enable smblog-filter]
     ["Saved filter..." smblog-filter-apply])
    ("Capture"
     ["Go to frame" smblog-show-frame]
     ["Packet list follows the log" smblog-toggle-follow-frames
      :style toggle :selected (bound-and-true-p smblog-follow-frames)]
     ["Link to a capture..." smblog-link-capture])
    ("Show"
     ["Requests" smblog-list-requests]
     ["Errors" smblog-list-errors]
     ["Matches in the whole log..." smblog-occur]
     ["Call flow" smblog-show-flow]
     ["Chart" smblog-chart])
    ("File"
     ["Follow as it grows" smblog-toggle-tail :style toggle :selected (bound-and-true-p auto-revert-mode)]
     ["Reload" revert-buffer]
     ["Align clocks of several files" smblog-align-clocks :enable (consp smblog-buffer-source)]
     ["Shift the clock of a file..." smblog-shift-clock :enable (consp smblog-buffer-source)]
     ["Write shown messages..." smblog-write])))

;;;; Mode

;;;###autoload
(define-derived-mode smblog-mode smbcmp-mode "Log"
  "Major mode for Samba's debug logs.

The buffer shows the messages around point; more come as you move.
\\<smblog-mode-map>\\[smblog-more] and \\[smblog-less] change the level, \
\\[smblog-edit-filter] filters, \\[smblog-unfilter] shows all again, \
\\[smblog-list-requests] lists the
requests, \\[smblog-only-request] leaves only the messages of this one, \
\\[smblog-source] shows the source line.

\\{smblog-mode-map}"
  :syntax-table smblog-message-syntax-table
  (smblog-buffer-setup))

;;;###autoload
(defun smblog-find-file (file &optional another)
  "Show FILE, a Samba log of any name, in `smblog-mode'.
It may be compressed, a pipe, or what journalctl writes with -o export, -o
json --all or one of the short formats.  If it is a directory, a name with
wildcards or, from Lisp, a list of files, these are shown as one log, in
the order of time.

With prefix argument ANOTHER, show it in a buffer of its own even if another
shows it: all windows of one buffer are at about the same place of the log."
  (interactive (list (read-file-name "Samba log: ") current-prefix-arg))
  (let ((found (smblog-files file)))
    (switch-to-buffer (cond ((listp found) (smblog-buffer-of-files found))
                            (another (smblog-buffer-another found))
                            (t (smblog-buffer-of-file found))))))

;;;###autoload
(defun smblog-find-directory (directory)
  "Show all logs in DIRECTORY as one, in the order of time."
  (interactive "DDirectory of Samba logs: ")
  (smblog-find-file directory))

(declare-function dired-get-marked-files "dired")

;;;###autoload
(defun smblog-dired-open-marked ()
  "Show the files that are marked in Dired as one log, in the order of time."
  (interactive)
  (smblog-find-file (dired-get-marked-files)))

;;;###autoload
(defun smblog-command (command)
  "Show what the shell command COMMAND prints as a Samba log, while it prints.
For example: journalctl -o export -fu smbd."
  (interactive (list (read-shell-command "Show the log printed by: ")))
  (switch-to-buffer (smblog-buffer-of-command command)))

(unless noninteractive (smbcmp-mode-claim-commands))

(provide 'smblog-mode)
;;; smblog-mode.el ends here
