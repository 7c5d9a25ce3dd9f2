;;; smbcmp-list.el --- The packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A buffer that visits a capture and shows a line a frame: the user's
;; Wireshark columns.  Rows come in while the capture loads, see
;; smbcmp-list-load.el.  What the rows are as text is in smbcmp-list-rows.el;
;; colours, filters, marks, times and what is copied have files of their own,
;; smbcmp-list-*.el.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'hl-line)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-escape)
(require 'smbcmp-mode)
(require 'smbcmp-list-about)
(require 'smbcmp-list-cell)
(require 'smbcmp-list-colour)
(require 'smbcmp-list-filter)
(require 'smbcmp-list-follow)
(require 'smbcmp-list-keys)
(require 'smbcmp-list-load)
(require 'smbcmp-list-mark)
(require 'smbcmp-list-move)
(require 'smbcmp-list-sort)
(require 'smbcmp-list-time)
(require 'smbcmp-list-rows)

(defvar bookmark-make-record-function)  ; before Emacs 28 only with bookmark.el
(defvar global-auto-revert-ignore-buffer)  ; ... and autorevert.el

(autoload 'smbcmp-sections-command-help "smbcmp-sections"
  "Say which sections define the command and status of what is at point." t)
(autoload 'smbcmp-export-frames "smbcmp-export"
  "Write the frames of this packet list to FILE, with what they need to be read." t)
(autoload 'smbcmp-link-log "smbcmp-log"
  "Link this packet list to the log FILE of the server, in the background." t)
(autoload 'smbcmp-show-log "smbcmp-log"
  "Show the log's messages of the exchange at point, only them." t)
(autoload 'smblog-toggle-follow-frames "smblog-frames"
  "Toggle whether a log and its linked packet list follow each other." t)
(autoload 'smbcmp-replay "smbcmp-replay"
  "Write a script that sends requests again to FILE, and visit it." t)

;;;; Customization and faces

(defgroup smbcmp-list nil
  "The packet list."
  :group 'smbcmp)

(defface smbcmp-list-current
  ;; Backgrounds that no colour rule has, and foregrounds that are readable on
  ;; them: those of a rule need not be.  With few colours rules have none.
  '((((min-colors 88) (background light))
     :background "#87afff" :foreground "black" :extend t)
    (((min-colors 88) (background dark))
     :background "#005fd7" :foreground "white" :extend t)
    (t :inherit highlight :weight normal :extend t))
  "Face for the row at point.")

;;;; Opening

(defun smbcmp-list-buffer (file &optional new options)
  "Return a buffer that shows the packet list of the capture FILE.
A buffer that does already is taken unless NEW is non-nil.  OPTIONS are
keyword arguments of `smbcmp-open'.  The capture loads in the background.
Signal `smbcmp-file-error' if FILE can't be a capture."
  (setq file (expand-file-name file))
  (smbcmp-module-load)
  (smbcmp-capture-check-file file)
  (let ((buffer (and (not new) (find-buffer-visiting file))))
    (if (and buffer (eq (buffer-local-value 'major-mode buffer) 'smbcmp-list-mode))
        buffer
      (with-current-buffer (create-file-buffer file)
        (setq buffer-file-name file
              buffer-file-truename (abbreviate-file-name (file-truename file))
              default-directory (file-name-directory file))
        (set-visited-file-modtime)
        (let ((smbcmp-list-load-options options))
          (smbcmp-list-mode))
        (current-buffer)))))

;;;###autoload
(defun smbcmp-find-file (file &optional options)
  "Open the capture FILE and show its packet list.
With a prefix argument, ask what is to be opened of it: a filter in
libpcap's language and a range of time; and whether the other files of
its ring buffer go with it.  OPTIONS are keyword arguments of
`smbcmp-open'."
  (interactive (let ((file (read-file-name "Capture: " nil nil t)))
                 (list file (and current-prefix-arg (smbcmp-only-read-options file)))))
  (smbcmp-with-user-errors
    (switch-to-buffer (smbcmp-list-buffer file (and options t) options))))

;;;; Stopping

(defun smbcmp-list-keyboard-quit ()
  "Stop loading the capture, or else do what `keyboard-quit' does.
The frames loaded so far stay.  A frame whose dissection does not end is
given up."
  (interactive)
  (unless (smbcmp-list--stop) (keyboard-quit)))

(defun smbcmp-list--stop ()
  "Have the host stop what it does for this buffer.
Return non-nil if that was loading."
  (let ((loading (memq (smbcmp-capture-state smbcmp-list-capture) '(opening loading))))
    (when (smbcmp-host-busy-p smbcmp-list-capture)
      (when loading
        (message "Stopping...")
        (smbcmp-host-request smbcmp-list-capture "stop" nil #'ignore))
      (smbcmp-host-interrupt smbcmp-list-capture))
    loading))

(defun smbcmp-list--command-error (data context caller)
  "Do what is usual with DATA, an error; if it is a quit, stop loading, too.
A \\[keyboard-quit] typed while Emacs inserts rows is no command but a
quit.  CONTEXT and CALLER are as for `command-error-function'."
  (when (eq (car data) 'quit) (smbcmp-list--stop))
  (command-error-default-function data context caller))

;;;; Mode

(defvar smbcmp-list-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-list-next)
    (define-key map "p" #'smbcmp-list-previous)
    (define-key map [remap next-line] #'smbcmp-list-next)
    (define-key map [remap previous-line] #'smbcmp-list-previous)
    (define-key map [remap beginning-of-buffer] #'smbcmp-list-first)
    (define-key map [remap end-of-buffer] #'smbcmp-list-last)
    (define-key map [mouse-2] #'smbcmp-list-details-by-click)
    (define-key map [double-mouse-1] #'smbcmp-list-details-by-click)
    (define-key map (kbd "RET") #'smbcmp-list-details)
    (define-key map "b" #'smbcmp-list-bytes)
    (define-key map "/" #'smbcmp-list-filter)
    (define-key map "\\" #'smbcmp-list-toggle-filter)
    (define-key map "r" #'smbcmp-list-other-end)
    (define-key map "j" #'smbcmp-list-jump)
    (define-key map "m" #'smbcmp-list-mark)
    (define-key map "u" #'smbcmp-list-unmark)
    (define-key map "U" #'smbcmp-list-unmark-all)
    (define-key map "=" #'smbcmp-list-compare)
    (define-key map "f" smbcmp-list-filter-map)
    (define-key map "w" smbcmp-list-copy-map)
    (define-key map "S" #'smbcmp-list-sort)
    (define-key map "t" #'smbcmp-list-cycle-time)
    (define-key map "T" #'smbcmp-list-toggle-reference)
    (define-key map "F" #'smbcmp-list-toggle-follow)
    (define-key map "k" #'smbcmp-add-keys)
    (define-key map "D" #'smbcmp-list-decode-as)
    (define-key map "l" #'smbcmp-show-log)
    (define-key map "o" #'smbcmp-show-log)
    (define-key map "L" #'smblog-toggle-follow-frames)
    (define-key map "O" #'smblog-toggle-follow-frames)
    (define-key map "R" #'smbcmp-replay)
    (define-key map "q" #'smbcmp-list-quit)
    (define-key map [remap write-file] #'smbcmp-export-frames)
    (define-key map [remap display-local-help] #'smbcmp-sections-command-help)
    (define-key map [remap keyboard-quit] #'smbcmp-list-keyboard-quit)
    map)
  "Keymap of `smbcmp-list-mode'.")

(easy-menu-define smbcmp-list-menu smbcmp-list-mode-map
  "Menu of `smbcmp-list-mode'."
  '("Packets"
    ["Next packet" smbcmp-list-next]
    ["Previous packet" smbcmp-list-previous]
    ["Go to frame..." smbcmp-list-jump]
    ["Response or request" smbcmp-list-other-end]
    "--"
    ["Details" smbcmp-list-details]
    ["Bytes" smbcmp-list-bytes]
    ["Details follow the list" smbcmp-list-toggle-follow
     :style toggle :selected smbcmp-list-follow]
    "--"
    ["Display filter..." smbcmp-list-filter]
    ["Toggle filter" smbcmp-list-toggle-filter]
    ("Filter by what this is about"
     ["Exchange" smbcmp-list-filter-exchange]
     ["File" smbcmp-list-filter-file]
     ["Session" smbcmp-list-filter-session]
     ["Connection" smbcmp-list-filter-connection]
     ["Expert information..." smbcmp-list-filter-expert])
    ("Filter by the column here"
     ["Selected" smbcmp-list-filter-selected]
     ["Not selected" smbcmp-list-filter-not]
     ["...and selected" smbcmp-list-filter-and]
     ["...and not selected" smbcmp-list-filter-and-not]
     ["...or selected" smbcmp-list-filter-or])
    "--"
    ["Messages of the server's log" smbcmp-show-log]
    ["Log follows this list" smblog-toggle-follow-frames
     :style toggle :selected (bound-and-true-p smblog-follow-frames)]
    ["Link to a log..." smbcmp-link-log]
    "--"
    ["Decode as..." smbcmp-list-decode-as]
    ["Decrypt..." smbcmp-add-keys]
    ["Save keys for Wireshark..." smbcmp-save-keys
     :enable (smbcmp-keys-unseal (smbcmp-capture-keys smbcmp-list-capture))]
    "--"
    ["Mark" smbcmp-list-mark]
    ["Unmark" smbcmp-list-unmark]
    ["Unmark all" smbcmp-list-unmark-all]
    ["Compare marked frames" smbcmp-list-compare]
    "--"
    ["Response times" smbcmp-latency]
    ["Chart of response times" smbcmp-latency-chart]
    ["Files and handles" smbcmp-files]
    ["Who held this file" smbcmp-holder]
    ["Sequence diagram" smbcmp-sequence]
    ["Expert information" smbcmp-expert]
    ["Conversations" smbcmp-conversations]
    ["Follow stream" smbcmp-follow-stream]
    "--"
    ["Sort by column..." smbcmp-list-sort]
    ["Next time format" smbcmp-list-cycle-time]
    ["Set time reference" smbcmp-list-toggle-reference]
    "--"
    ("Copy"
     ["Row" smbcmp-list-copy-row]
     ["Frame number" smbcmp-list-copy-number]
     ["Field of the column here" smbcmp-list-copy-field]
     ["Value of the column here" smbcmp-list-copy-value]
     ["Filter for the value here" smbcmp-list-copy-filter])
    "--"
    ["Write frames to a file..." smbcmp-export-frames]
    ["Replay script..." smbcmp-replay]
    ["Reload" revert-buffer]
    ["Quit" smbcmp-list-quit]))

(defun smbcmp-list--mode-line ()
  "Return what the mode line says of the capture."
  (let ((capture smbcmp-list-capture))
    (concat
     (pcase (smbcmp-capture-state capture)
       ('opening " opening")
       ('loading (pcase (smbcmp-capture-progress capture)
                   (`(,done . ,(and total (pred cl-plusp)))
                    (format " loading %d%%%%" (/ (* 100 done) total)))
                   (_ " loading")))
       ('loaded (if smbcmp-list-load-stream
                    (format " %d%%%%" (/ (* 100 (smbcmp-list-rows-count))
                                         (max 1 (smbcmp-frame-count capture))))
                  ""))
       (state (propertize (format " %s" state) 'face 'smbcmp-list-problem)))
     (if smbcmp-list-filter-string
         (format " %s%d/%d [%s]" (if smbcmp-list-filter-request "…" "")
                 smbcmp-list-filter-matches (smbcmp-frame-count capture)
                 (replace-regexp-in-string "%" "%%" smbcmp-list-filter-string))
       (format " %d frames" (smbcmp-frame-count capture)))
     (let ((marks (smbcmp-list-mark-count)))
       (if (zerop marks) "" (format " %d marked" marks)))
     (smbcmp-list-keys-mode-line)
     (if (smbcmp-capture-damage capture)
         (propertize " cut short" 'face 'smbcmp-list-problem
                     'help-echo (smbcmp-capture-damage capture))
       ""))))

(defun smbcmp-list--refuse-save ()
  "Refuse to write the packet list over the capture."
  (user-error "Packet lists are read-only; %s is unchanged"
              (smbcmp-escape-file buffer-file-name)))

(defun smbcmp-list--close ()
  "Close the capture of this buffer and what shows parts of it."
  (when smbcmp-list-capture
    (smbcmp-close smbcmp-list-capture))
  (dolist (kind '("details" "bytes"))
    (when-let* ((buffer (smbcmp-list-follow-buffer kind)))
      (kill-buffer buffer))))

;;;###autoload
(define-derived-mode smbcmp-list-mode smbcmp-mode "Packets"
  "Major mode for the packet list of a capture.

Columns, colours and name resolution are those of your Wireshark
configuration.  Type \\[smbcmp-list-details] for the field tree of a frame,
\\[smbcmp-list-filter] for a display filter, \\[smbcmp-list-mark] to mark frames
and \\[smbcmp-list-compare] to compare them.

\\{smbcmp-list-mode-map}"
  (with-silent-modifications
    (let ((inhibit-read-only t)) (erase-buffer)))
  (auto-save-mode -1)
  (smbcmp-escape-buffer-name)
  (setq buffer-invisibility-spec nil
        left-margin-width 1
        smbcmp-list-opened-with (smbcmp-list-keys-seal-options
                                 (or smbcmp-list-load-options
                                     (smbcmp-list-load-ask-options)))
        header-line-format '(:eval (smbcmp-list-header))
        mode-line-process '(:eval (smbcmp-list--mode-line)))
  (setq-local hl-line-face 'smbcmp-list-current
              search-invisible nil
              revert-buffer-function #'smbcmp-list-revert
              command-error-function #'smbcmp-list--command-error
              bookmark-make-record-function #'smbcmp-list-bookmark-record
              desktop-save-buffer #'smbcmp-list-desktop-save
              imenu-create-index-function #'smbcmp-list-imenu
              write-contents-functions '(smbcmp-list--refuse-save)
              hl-line-range-function nil
              smbcmp-list-filter-maker #'smbcmp-list-about-cell-filter
              ;; Reading a capture again while it grows is the user's call.
              global-auto-revert-ignore-buffer t)
  ;; Before hl-line's, which looks where point is.
  (add-hook 'post-command-hook #'smbcmp-list-follow-post-command -50 t)
  (add-hook 'kill-buffer-hook #'smbcmp-list--close nil t)
  (smbcmp-list-colour-setup)
  (smbcmp-mode-show-row)
  (when buffer-file-name
    (smbcmp-module-load)
    (smbcmp-list-load-open)))

(provide 'smbcmp-list)
;;; smbcmp-list.el ends here
