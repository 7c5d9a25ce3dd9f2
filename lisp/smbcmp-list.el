;;; smbcmp-list.el --- The packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A buffer that visits a capture and shows a line a frame: the user's
;; Wireshark columns.  Rows come in while the capture loads.  What the
;; rows are as text is in smbcmp-list-rows.el; colours, filters, marks, times
;; and what is copied have files of their own, smbcmp-list-*.el.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'hl-line)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-mode)
(require 'smbcmp-list-about)
(require 'smbcmp-list-cell)
(require 'smbcmp-list-colour)
(require 'smbcmp-list-filter)
(require 'smbcmp-list-keys)
(require 'smbcmp-list-mark)
(require 'smbcmp-list-move)
(require 'smbcmp-list-sort)
(require 'smbcmp-list-time)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-sections-command-help "smbcmp-sections" nil t)
(autoload 'smbcmp-detail-show "smbcmp-detail")
(autoload 'smbcmp-export-frames "smbcmp-export" nil t)
(autoload 'smbcmp-link-log "smbcmp-log" nil t)
(autoload 'smbcmp-show-log "smbcmp-log" nil t)
(autoload 'smblog-toggle-follow-frames "smblog-frames" nil t)
(autoload 'smbcmp-bytes-show "smbcmp-bytes")

;;;; Customization and faces

(defgroup smbcmp-list nil
  "The packet list."
  :group 'smbcmp)

(defcustom smbcmp-list-follow t
  "If non-nil, a details buffer that is shown follows the packet list."
  :type 'boolean)

(defface smbcmp-list-current
  ;; Backgrounds that no colour rule has, and foregrounds that are readable on
  ;; them: those of a rule need not be.  With few colours rules have none.
  '((((min-colors 88) (background light))
     :background "#87afff" :foreground "black" :extend t)
    (((min-colors 88) (background dark))
     :background "#005fd7" :foreground "white" :extend t)
    (t :inherit highlight :extend t))
  "Face for the row at point.")

(defface smbcmp-list-problem '((t :inherit error))
  "Face for what is wrong with a capture.")

;;;; State

(defvar-local smbcmp-list-capture nil
  "The capture this packet list shows.")

(defvar-local smbcmp-list-opened-with nil
  "Arguments for `smbcmp-open' besides the file and :async.")

(defvar-local smbcmp-list--stream nil
  "The request that rows come from, or nil when all are there.")

(defvar-local smbcmp-list-complete nil
  "Non-nil when the rows of all frames are there.")

(defvar-local smbcmp-list--generation 0
  "The capture's generation that the rows are of.")

(defvar-local smbcmp-list-wanted nil
  "Frame to go to once its row is there, or nil.")

(defvar-local smbcmp-list--line nil
  "Line of its window that the wanted frame is to come to, or nil.")

(defvar-local smbcmp-list--told nil
  "Non-nil when the host knows how this buffer wants times.")

(defvar-local smbcmp-list--companions nil
  "Buffers that show parts of this one's frames, an alist by kind, a string.")

(defvar-local smbcmp-list--timer nil
  "Timer that runs `smbcmp-list-selection-hook'.")

(defvar smbcmp-list--opening-options nil
  "Arguments for `smbcmp-open' of the packet list being made.")

(defvar-local smbcmp-list-selected nil
  "The frame that `smbcmp-list-selection-hook' was told of last.")

(defvar smbcmp-list-selection-hook nil
  "Hook run in a packet list when point came to another frame.
Functions get the frame's number.  Run a little later than the command
that moved, so that a held key does not run it for every row.")

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
        (let ((smbcmp-list--opening-options options))
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

(defun smbcmp-list--ask-options ()
  "If this buffer visits a large capture, ask what to open of it.
Return keyword arguments for `smbcmp-open'.  A buffer that shows nothing
must not be left behind."
  (condition-case nil
      (when-let* ((only (and buffer-file-name (smbcmp-only-ask buffer-file-name))))
        (list :only only))
    (quit (set-buffer-modified-p nil)
          (kill-buffer)
          (keyboard-quit))))

(defun smbcmp-list--open ()
  "Open the capture that this buffer visits, in the background."
  (let ((buffer (current-buffer)))
    (setq smbcmp-list-capture
          (condition-case err
              (apply #'smbcmp-open buffer-file-name :async t smbcmp-list-opened-with)
            ;; A handle that tells what is wrong, like any that fails later.
            (smbcmp-error (smbcmp-handle-make :file buffer-file-name :state 'failed
                                              :error (list (car err) (cdr err))))))
    ;; What rows there will be is known now.
    (when (smbcmp-capture-only smbcmp-list-capture) (smbcmp-list--erase))
    (push (lambda (capture)
            (when (buffer-live-p buffer)
              (with-current-buffer buffer (smbcmp-list--changed capture))))
          (smbcmp-capture-hooks smbcmp-list-capture))
    (smbcmp-list--changed smbcmp-list-capture)))

(defun smbcmp-list--changed (capture)
  "Take notice of the state of CAPTURE, which this buffer shows."
  (when (eq capture smbcmp-list-capture)
    (pcase (smbcmp-capture-state capture)
      ('opening (setq smbcmp-list--told nil))
      ('loading (smbcmp-list--begin))
      ('loaded (smbcmp-list--sort-again)
               (smbcmp-list--tell-damage)
               ;; Who asked while there was no worker gets an answer now.
               (when (> (smbcmp-capture-deaths capture) 0)
                 (smbcmp-list--announce (current-buffer))))
      ('dead (smbcmp-list--revive))
      ('failed (smbcmp-list--tell-failure)))
    (force-mode-line-update)))

(defun smbcmp-list--begin ()
  "Ask a capture that has begun to load for what is to be shown."
  (unless (eql smbcmp-list--generation (smbcmp-capture-generation smbcmp-list-capture))
    (setq smbcmp-list--generation (smbcmp-capture-generation smbcmp-list-capture))
    (smbcmp-list--forget))
  (unless smbcmp-list--told
    (setq smbcmp-list--told t)
    (smbcmp-list-time-apply)
    (smbcmp-list-filter-resume))
  (unless (or smbcmp-list--stream smbcmp-list-complete)
    (smbcmp-list--stream)))

(defun smbcmp-list--revive ()
  "Go on after the death of the worker: what is on the screen stays."
  (message "%s; reloading" (smbcmp-list-complaint))
  (setq smbcmp-list--stream nil)
  (cond ((not smbcmp-list-sort-order)
         ;; The rows go on where they were.
         (setq smbcmp-list-complete nil))
        ((not smbcmp-list-complete)
         ;; Rows are sorted when the capture is loaded again.
         (setq smbcmp-list-sort-again smbcmp-list-sort-order
               smbcmp-list-sort-order nil)
         (smbcmp-list--erase)))
  (smbcmp-host-revive smbcmp-list-capture))

(defun smbcmp-list-complaint ()
  "Return what went wrong with this capture last."
  (let ((error (smbcmp-capture-error smbcmp-list-capture)))
    (smbcmp-error-message (cons (car error) (cadr error)))))

(defun smbcmp-list--tell-failure ()
  "Show why the capture can't be shown."
  (setq smbcmp-list--stream nil)
  (when (= (point-min) (point-max))
    (with-silent-modifications
      (let ((inhibit-read-only t))
        (insert (propertize (smbcmp-list-complaint) 'face 'smbcmp-list-problem) "\n"
                (substitute-command-keys
                 "\\<smbcmp-list-mode-map>Type \\[revert-buffer] to try again, \
\\[smbcmp-list-quit] to quit.\n")))))
  (message "%s" (smbcmp-list-complaint)))

(defun smbcmp-list--tell-damage ()
  "Say if the capture can't be read to its end, or Wireshark complained."
  (let ((damage (smbcmp-capture-damage smbcmp-list-capture)))
    (when damage
      (message "%s: %s; %d frames before that are shown"
               (buffer-name) damage (smbcmp-frame-count smbcmp-list-capture)))
    (when (smbcmp-capture-notices smbcmp-list-capture)
      (message "Wireshark: %s" (smbcmp-capture-notices smbcmp-list-capture)))))

;;;; Rows

(defun smbcmp-list--erase ()
  "Remove all rows."
  (smbcmp-list-rows-erase (and smbcmp-list-sort-order
                               (smbcmp-capture-last-frame smbcmp-list-capture))
                          (and smbcmp-list-capture (smbcmp-capture-only smbcmp-list-capture)))
  (setq smbcmp-list-complete nil))

(defun smbcmp-list--stream ()
  "Ask for the rows of all frames that are not there yet."
  (let ((buffer (current-buffer)))
    (setq smbcmp-list--stream
          (smbcmp-host-request
           smbcmp-list-capture "rows"
           (if smbcmp-list-sort-order
               (list :sort (car smbcmp-list-sort-order) :reverse (cdr smbcmp-list-sort-order))
             (list :first (1+ (smbcmp-list--last-frame))))
           (lambda (kind value)
             (when (buffer-live-p buffer)
               (with-current-buffer buffer
                 (smbcmp-list--take-rows kind value))))
           t))))

(defun smbcmp-list-grow ()
  "Show what was added to the capture of this buffer, which grows.
Who looks at the last row goes on to what is the last one then."
  (unless (or smbcmp-list--stream smbcmp-list-sort-order)
    (setq smbcmp-list-complete nil)
    (smbcmp-list--stream)
    (smbcmp-list-filter-grow)))

(defun smbcmp-list--sort-again ()
  "Sort rows again whose sorting a worker's death stopped, once all are there."
  (when (and smbcmp-list-sort-again smbcmp-list-complete
             (eq 'loaded (smbcmp-capture-state smbcmp-list-capture)))
    (setq smbcmp-list-sort-order smbcmp-list-sort-again
          smbcmp-list-sort-again nil)
    (smbcmp-list--erase)
    (smbcmp-list--stream)))

(defun smbcmp-list--last-frame ()
  "Return the frame of the last row, 0 if there is none."
  (let ((count (smbcmp-list-rows-count)))
    (if (zerop count) 0 (smbcmp-list-rows-frame (1- count)))))

(defun smbcmp-list--take-rows (kind value)
  "Take the reply to the stream of rows, KIND and VALUE."
  (pcase kind
    ((or 'part 'result)
     (smbcmp-list--insert value)
     (when (eq kind 'result)
       (setq smbcmp-list--stream nil
             smbcmp-list-complete t)
       (smbcmp-list--sort-again)
       (smbcmp-list-go-to-wanted)
       (smbcmp-list--give-up-wanted)
       (when (> smbcmp-list--generation 0)
         ;; What is shown of the frame is of the last generation.
         (setq smbcmp-list-selected (smbcmp-list-frame-at-point))
         (smbcmp-list--announce (current-buffer)))
       ;; That looks at all frames.
       (unless (smbcmp-capture-grows smbcmp-list-capture) (smbcmp-list-keys-look))
       (force-mode-line-update)))
    ('error (setq smbcmp-list--stream nil))))

(defun smbcmp-list--insert (value)
  "Append the rows in VALUE, a reply's."
  (let ((at-start (and (= (point) (point-min)) (not smbcmp-list-wanted)))
        (windows (and (smbcmp-capture-grows smbcmp-list-capture)
                      (smbcmp-list--windows-at-end)))
        (first (smbcmp-list-rows-insert value (smbcmp-capture-columns smbcmp-list-capture)
                                        (smbcmp-capture-size smbcmp-list-capture))))
    (smbcmp-list-filter-hide first (smbcmp-list-rows-count))
    (smbcmp-list-mark-rows first (smbcmp-list-rows-count))
    (when at-start (goto-char (point-min)))
    (dolist (window windows)
      (let ((last (smbcmp-list-filter-shown-near
                   (smbcmp-list-rows-start (1- (smbcmp-list-rows-count))))))
        (if (windowp window) (set-window-point window last) (goto-char last))))
    (smbcmp-list-go-to-wanted)))

(defun smbcmp-list--windows-at-end ()
  "Return the windows whose point is on the last row, and t for the buffer's own."
  (let* ((count (smbcmp-list-rows-count))
         (last (smbcmp-list-filter-shown-near (smbcmp-list-rows-start (max 0 (1- count))))))
    (and (> count 1)
         (append (and (>= (point) last) '(t))
                 (cl-remove-if-not (lambda (window) (>= (window-point window) last))
                                   (get-buffer-window-list nil nil t))))))

(defun smbcmp-list-go-to-wanted ()
  "Go to the frame that is wanted, if its row is there by now."
  (when (and smbcmp-list-wanted (smbcmp-list-rows-of-frame smbcmp-list-wanted))
    (let ((frame (prog1 smbcmp-list-wanted (setq smbcmp-list-wanted nil))))
      (smbcmp-list-goto-frame frame)
      ;; No command has moved point, so no one would hear of it.
      (unless (eq frame smbcmp-list-selected)
        (setq smbcmp-list-selected (smbcmp-list-frame-at-point))
        (smbcmp-list--announce (current-buffer))))
    (when-let* ((line (prog1 smbcmp-list--line (setq smbcmp-list--line nil)))
                (window (get-buffer-window nil t)))
      (with-selected-window window (recenter line)))))

(defun smbcmp-list--give-up-wanted ()
  "Say so if the frame that is wanted is not among all those there are."
  (when smbcmp-list-wanted
    (message "%s: %s" (buffer-name)
             (smbcmp-capture-no-frame smbcmp-list-capture
                                      (prog1 smbcmp-list-wanted (setq smbcmp-list-wanted nil))))))

(defun smbcmp-list-want-here ()
  "Have point on the frame and line where it is, once rows are there again."
  (let ((window (get-buffer-window nil t)))
    (setq smbcmp-list-wanted (or (smbcmp-list-frame-at-point) smbcmp-list-wanted)
          smbcmp-list--line (and window (not noninteractive)
                                 (cdr (posn-actual-col-row
                                       (posn-at-point (window-point window) window)))))))

;;;; The frame selected

(defun smbcmp-list--post-command ()
  "Keep point on a row that is shown, and tell of another frame there, soon."
  (when (and (or (eobp) (invisible-p (point)))
             (> (smbcmp-list-rows-count) 0))
    (goto-char (smbcmp-list-filter-shown-near (point))))
  (let ((frame (smbcmp-list-frame-at-point)))
    (unless (eq frame smbcmp-list-selected)
      (setq smbcmp-list-selected frame)
      (when (timerp smbcmp-list--timer) (cancel-timer smbcmp-list--timer))
      (setq smbcmp-list--timer
            (run-with-timer 0.03 nil #'smbcmp-list--announce (current-buffer))))))

(defun smbcmp-list--announce (buffer)
  "Run `smbcmp-list-selection-hook' for the frame selected in BUFFER."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq smbcmp-list--timer nil)
      (when smbcmp-list-selected
        (run-hook-with-args 'smbcmp-list-selection-hook smbcmp-list-selected)))))

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

(defun smbcmp-list-quit ()
  "Bury the packet list and the windows that follow it."
  (interactive)
  (dolist (buffer (list (smbcmp-list--companion "details") (smbcmp-list--companion "bytes")))
    (let ((window (and buffer (get-buffer-window buffer))))
      (when window (quit-window nil window))))
  (quit-window))

(defun smbcmp-list--companion (kind)
  "Return the buffer of KIND, a string, that belongs to this list, or nil."
  (let ((buffer (cdr (assoc kind smbcmp-list--companions))))
    (and (buffer-live-p buffer) buffer)))

(defun smbcmp-list-companion (list-buffer kind &optional mode)
  "Return the buffer of KIND, a string, that belongs to LIST-BUFFER.
If there is none, make one in MODE, a function, or return nil without MODE.
Its name tells that of LIST-BUFFER, which changes when another capture
has the same."
  (with-current-buffer list-buffer
    (let ((name (format "*smbcmp %s: %s*" kind (buffer-name)))
          (buffer (smbcmp-list--companion kind)))
      (when (and mode (not buffer))
        (setq buffer (generate-new-buffer name))
        (push (cons kind buffer) smbcmp-list--companions)
        (with-current-buffer buffer (funcall mode)))
      (unless (or (not buffer) (string-prefix-p name (buffer-name buffer)))
        (with-current-buffer buffer (rename-buffer name t)))
      buffer)))

;;;; Reverting

(defun smbcmp-list-options (capture options)
  "Return OPTIONS, with which CAPTURE was opened, with what it has got since."
  (plist-put (plist-put (copy-sequence options) :ignore (smbcmp-capture-ignored capture))
             :keys (smbcmp-capture-keys capture)))

(defun smbcmp-list-revert (&rest _)
  "Open the capture again: a file that grew or was replaced is read again."
  (smbcmp-with-user-errors (smbcmp-capture-check-file buffer-file-name))
  (smbcmp-list-want-here)
  (setq smbcmp-list-opened-with
        (smbcmp-list-options smbcmp-list-capture smbcmp-list-opened-with))
  (smbcmp-close smbcmp-list-capture)
  (set-visited-file-modtime)
  (setq smbcmp-list-sort-order nil
        smbcmp-list-sort-again nil)
  (smbcmp-list--erase)
  (smbcmp-list-filter-forget)
  (setq smbcmp-list--stream nil
        smbcmp-list-filter-request nil
        smbcmp-list-colour-faces nil
        smbcmp-list-rows-widths nil)
  (smbcmp-list--open))

(defun smbcmp-list--forget ()
  "Forget rows and what passes the filter: all is dissected again."
  (smbcmp-list-want-here)
  (when smbcmp-list--stream
    (smbcmp-host-abandon smbcmp-list-capture smbcmp-list--stream)
    (setq smbcmp-list--stream nil))
  (smbcmp-list-filter-stop)
  (smbcmp-list-filter-forget)
  (smbcmp-list--erase)
  (smbcmp-list-filter-resume))

(defun smbcmp-list-refresh ()
  "Get the rows again from the host; frame, filter, order and marks stay."
  (smbcmp-capture-mend smbcmp-list-capture)
  (smbcmp-list-want-here)
  (when smbcmp-list--stream
    (smbcmp-host-abandon smbcmp-list-capture smbcmp-list--stream))
  (smbcmp-list--erase)
  (smbcmp-list--stream)
  ;; What comes at once shall not flicker, nor leave the next key no row.
  (let ((end (+ (float-time) 0.3)))
    (while (and smbcmp-list--stream (< (float-time) end))
      (accept-process-output nil 0.02))))

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
    (define-key map "L" #'smblog-toggle-follow-frames)
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
    ["Show all, or filtered again" smbcmp-list-toggle-filter]
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
    ["Who held the file of this frame" smbcmp-holder]
    ["Sequence diagram" smbcmp-sequence]
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
       ('loaded (if smbcmp-list--stream
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
  (user-error "Packet lists are read-only; %s is unchanged" buffer-file-name))

(defun smbcmp-list--close ()
  "Close the capture of this buffer and what shows parts of it."
  (when smbcmp-list-capture
    (smbcmp-close smbcmp-list-capture))
  (dolist (kind '("details" "bytes"))
    (when-let* ((buffer (smbcmp-list--companion kind)))
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
  (setq buffer-invisibility-spec nil
        left-margin-width 1
        smbcmp-list-opened-with (smbcmp-list-keys-seal-options
                                 (or smbcmp-list--opening-options
                                     (smbcmp-list--ask-options)))
        header-line-format '(:eval (smbcmp-list-header))
        mode-line-process '(:eval (smbcmp-list--mode-line)))
  (setq-local hl-line-face 'smbcmp-list-current
              search-invisible nil
              revert-buffer-function #'smbcmp-list-revert
              command-error-function #'smbcmp-list--command-error
              bookmark-make-record-function #'smbcmp-list-bookmark-record
              imenu-create-index-function #'smbcmp-list-imenu
              write-contents-functions '(smbcmp-list--refuse-save)
              hl-line-range-function nil
              smbcmp-list-filter-maker #'smbcmp-list-about-cell-filter
              ;; Reading a capture again while it grows is the user's call.
              global-auto-revert-ignore-buffer t)
  ;; Before hl-line's, which looks where point is.
  (add-hook 'post-command-hook #'smbcmp-list--post-command -50 t)
  (add-hook 'kill-buffer-hook #'smbcmp-list--close nil t)
  (smbcmp-list-colour-setup)
  (hl-line-mode 1)
  (when buffer-file-name
    (smbcmp-module-load)
    (smbcmp-list--open)))

(defun smbcmp-list--follow (frame)
  "Have the details that are shown follow to FRAME."
  (when smbcmp-list-follow
    (dolist (show '(("details" smbcmp-detail-show) ("bytes" smbcmp-bytes-show)))
      (pcase-let* ((`(,kind ,function) show)
                   (buffer (smbcmp-list--companion kind)))
        (when (and buffer (get-buffer-window buffer 'visible))
          (funcall function (current-buffer) frame))))))

(add-hook 'smbcmp-list-selection-hook #'smbcmp-list--follow)

(provide 'smbcmp-list)
;;; smbcmp-list.el ends here
