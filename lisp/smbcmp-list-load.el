;;; smbcmp-list-load.el --- Load a capture into a packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Opens the capture that a packet list visits, takes its rows as they come,
;; goes on after a worker's death, and reads all again.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smbcmp-list-colour)
(require 'smbcmp-list-filter)
(require 'smbcmp-list-follow)
(require 'smbcmp-list-keys)
(require 'smbcmp-list-mark)
(require 'smbcmp-list-move)
(require 'smbcmp-list-rows)
(require 'smbcmp-list-sort)
(require 'smbcmp-list-time)
(require 'smbcmp-mode)

(defface smbcmp-list-problem '((t :inherit error))
  "Face for what is wrong with a capture."
  :group 'smbcmp-list)

;;;; State

(defvar-local smbcmp-list-capture nil
  "The capture this packet list shows.")

(defvar-local smbcmp-list-opened-with nil
  "Arguments for `smbcmp-open' besides the file and :async.")

(defvar-local smbcmp-list-load-stream nil
  "The request that rows come from, or nil when all are there.")

(defvar-local smbcmp-list-load--stale nil
  "Non-nil if the rows shown were asked for again.")

(defvar-local smbcmp-list-complete nil
  "Non-nil when the rows of all frames are there.")

(defvar-local smbcmp-list-load-generation 0
  "The capture's generation that the rows are of.")

(defvar-local smbcmp-list-wanted nil
  "Frame to go to once its row is there, or nil.")

(defvar-local smbcmp-list-load--line nil
  "Line of its window that the wanted frame is to come to, or nil.")

(defvar-local smbcmp-list-load--told nil
  "Non-nil when the host knows how this buffer wants times.")

(defvar smbcmp-list-load-options nil
  "Arguments for `smbcmp-open' of the packet list being made.")

;;;; Opening

(defun smbcmp-list-load-ask-options ()
  "If this buffer visits a large capture, ask what to open of it.
Return keyword arguments for `smbcmp-open'.  A buffer that shows nothing
must not be left behind."
  (condition-case nil
      (when-let* ((only (and buffer-file-name (smbcmp-only-ask buffer-file-name))))
        (list :only only))
    (quit (set-buffer-modified-p nil)
          (kill-buffer)
          (keyboard-quit))))

(defun smbcmp-list-load-open ()
  "Open the capture that this buffer visits, in the background."
  (let ((buffer (current-buffer)))
    (setq smbcmp-list-capture
          (condition-case err
              (apply #'smbcmp-open buffer-file-name :async t smbcmp-list-opened-with)
            ;; A handle that tells what is wrong, like any that fails later.
            (smbcmp-error (smbcmp-handle-make :file buffer-file-name :state 'failed
                                              :error (list (car err) (cdr err))))))
    ;; What rows there will be is known now.
    (when (smbcmp-capture-only smbcmp-list-capture) (smbcmp-list-load--erase))
    (push (lambda (capture)
            (when (buffer-live-p buffer)
              (with-current-buffer buffer (smbcmp-list-load--changed capture))))
          (smbcmp-capture-hooks smbcmp-list-capture))
    (smbcmp-list-load--changed smbcmp-list-capture)))

(defun smbcmp-list-load--changed (capture)
  "Take notice of the state of CAPTURE, which this buffer shows."
  (when (eq capture smbcmp-list-capture)
    (pcase (smbcmp-capture-state capture)
      ('opening (setq smbcmp-list-load--told nil))
      ('loading (smbcmp-list-load--begin))
      ('loaded (smbcmp-list-load--sort-again)
               (smbcmp-list-load--tell-damage)
               ;; Who asked while there was no worker gets an answer now.
               (when (> (smbcmp-capture-deaths capture) 0)
                 (smbcmp-list-follow-announce (current-buffer))))
      ('dead (smbcmp-list-load--revive))
      ('failed (smbcmp-list-load--tell-failure)))
    (force-mode-line-update)))

(defun smbcmp-list-load--begin ()
  "Ask a capture that has begun to load for what is to be shown."
  (unless (eql smbcmp-list-load-generation (smbcmp-capture-generation smbcmp-list-capture))
    (setq smbcmp-list-load-generation (smbcmp-capture-generation smbcmp-list-capture))
    (smbcmp-list-load--forget))
  (unless smbcmp-list-load--told
    (setq smbcmp-list-load--told t)
    (smbcmp-list-time-apply)
    (smbcmp-list-filter-resume))
  (unless (or smbcmp-list-load-stream smbcmp-list-complete)
    (smbcmp-list-load-stream)))

(defun smbcmp-list-load--revive ()
  "Go on after the death of the worker: what is on the screen stays."
  (message "%s; reloading" (smbcmp-list-complaint))
  (setq smbcmp-list-load-stream nil)
  (smbcmp-list-load--drop-stale)
  (cond ((not smbcmp-list-sort-order)
         ;; The rows go on where they were.
         (setq smbcmp-list-complete nil))
        ((not smbcmp-list-complete)
         ;; Rows are sorted when the capture is loaded again.
         (setq smbcmp-list-sort-again smbcmp-list-sort-order
               smbcmp-list-sort-order nil)
         (smbcmp-list-load--erase)))
  (smbcmp-host-revive smbcmp-list-capture))

(defun smbcmp-list-complaint ()
  "Return what went wrong with this capture last."
  (let ((error (smbcmp-capture-error smbcmp-list-capture)))
    (smbcmp-error-message (cons (car error) (cadr error)))))

(defun smbcmp-list-load--tell-failure ()
  "Show why the capture can't be shown."
  (setq smbcmp-list-load-stream nil)
  (when (= (point-min) (point-max))
    (with-silent-modifications
      (let ((inhibit-read-only t))
        (insert (propertize (smbcmp-list-complaint) 'face 'smbcmp-list-problem) "\n"
                (substitute-command-keys
                 "\\<smbcmp-list-mode-map>Type \\[revert-buffer] to try again, \
\\[smbcmp-list-quit] to quit.\n")))))
  (message "%s" (smbcmp-list-complaint)))

(defun smbcmp-list-load--tell-damage ()
  "Say if the capture can't be read to its end, or Wireshark complained."
  (let ((damage (smbcmp-capture-damage smbcmp-list-capture)))
    (when damage
      (message "%s: %s; %d frames before that are shown"
               (buffer-name) damage (smbcmp-frame-count smbcmp-list-capture)))
    (when (smbcmp-capture-notices smbcmp-list-capture)
      (message "Wireshark: %s" (smbcmp-capture-notices smbcmp-list-capture)))))

;;;; Rows

(defun smbcmp-list-load--erase ()
  "Remove all rows."
  (smbcmp-list-rows-erase (and smbcmp-list-sort-order
                               (smbcmp-capture-last-frame smbcmp-list-capture))
                          (and smbcmp-list-capture (smbcmp-capture-only smbcmp-list-capture)))
  (setq smbcmp-list-complete nil
        smbcmp-list-load--stale nil))

(defun smbcmp-list-load-stream ()
  "Ask for the rows of all frames that are not there yet."
  (let ((buffer (current-buffer)))
    (setq smbcmp-list-load-stream
          (smbcmp-host-request
           smbcmp-list-capture "rows"
           (if smbcmp-list-sort-order
               (list :sort (car smbcmp-list-sort-order) :reverse (cdr smbcmp-list-sort-order))
             (list :first (if smbcmp-list-load--stale 1 (1+ (smbcmp-list-load--last-frame)))))
           (lambda (kind value)
             (when (buffer-live-p buffer)
               (with-current-buffer buffer
                 (smbcmp-list-load--take-rows kind value))))
           t))))

(defun smbcmp-list-grow ()
  "Show what was added to the capture of this buffer, which grows.
Who looks at the last row goes on to what is the last one then."
  (unless (or smbcmp-list-load-stream smbcmp-list-sort-order)
    (setq smbcmp-list-complete nil)
    (smbcmp-list-load-stream)
    (smbcmp-list-filter-grow)))

(defun smbcmp-list-load--sort-again ()
  "Sort rows again whose sorting a worker's death stopped, once all are there."
  (when (and smbcmp-list-sort-again smbcmp-list-complete
             (eq 'loaded (smbcmp-capture-state smbcmp-list-capture)))
    (setq smbcmp-list-sort-order smbcmp-list-sort-again
          smbcmp-list-sort-again nil)
    (smbcmp-list-load--erase)
    (smbcmp-list-load-stream)))

(defun smbcmp-list-load--last-frame ()
  "Return the frame of the last row, 0 if there is none."
  (let ((count (smbcmp-list-rows-count)))
    (if (zerop count) 0 (smbcmp-list-rows-frame (1- count)))))

(defun smbcmp-list-load--take-rows (kind value)
  "Take the reply to the stream of rows, KIND and VALUE."
  (pcase kind
    ((or 'part 'result)
     (smbcmp-list-load--insert value)
     (when (eq kind 'result)
       (setq smbcmp-list-load-stream nil
             smbcmp-list-complete t)
       (smbcmp-list-load--sort-again)
       (smbcmp-list-go-to-wanted)
       (smbcmp-list-load--give-up-wanted)
       (when (> smbcmp-list-load-generation 0)
         ;; What is shown of the frame is of the last generation.
         (setq smbcmp-list-selected (smbcmp-list-frame-at-point))
         (smbcmp-list-follow-announce (current-buffer)))
       ;; That looks at all frames.
       (unless (smbcmp-capture-grows smbcmp-list-capture) (smbcmp-list-keys-look))
       (force-mode-line-update)))
    ('error (setq smbcmp-list-load-stream nil)
            (smbcmp-list-load--drop-stale))))

(defun smbcmp-list-load--insert (value)
  "Append the rows in VALUE, a reply's."
  (smbcmp-list-load--drop-stale)
  (let ((at-start (and (= (point) (point-min)) (not smbcmp-list-wanted)))
        (windows (and (smbcmp-capture-grows smbcmp-list-capture)
                      (smbcmp-list-load--windows-at-end)))
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

(defun smbcmp-list-load--windows-at-end ()
  "Return the windows whose point is on the last row, and t for the buffer's own."
  (let* ((count (smbcmp-list-rows-count))
         (last (smbcmp-list-filter-shown-near (smbcmp-list-rows-start (max 0 (1- count))))))
    (and (> count 1)
         (append (and (>= (point) last) '(t))
                 (cl-remove-if-not (lambda (window) (>= (window-point window) last))
                                   (get-buffer-window-list nil nil t))))))

;;;; The frame that is wanted

(defun smbcmp-list-go-to-wanted ()
  "Go to the frame that is wanted, if its row is there by now."
  (when (and smbcmp-list-wanted (smbcmp-list-rows-of-frame smbcmp-list-wanted))
    (let ((frame (prog1 smbcmp-list-wanted (setq smbcmp-list-wanted nil))))
      (smbcmp-list-goto-frame frame)
      ;; No command has moved point, so no one would hear of it.
      (unless (eq frame smbcmp-list-selected)
        (setq smbcmp-list-selected (smbcmp-list-frame-at-point))
        (smbcmp-list-follow-announce (current-buffer))))
    (when-let* ((line (prog1 smbcmp-list-load--line (setq smbcmp-list-load--line nil)))
                (window (get-buffer-window nil t)))
      (with-selected-window window (recenter line)))))

(defun smbcmp-list-load--give-up-wanted ()
  "Say so if the frame that is wanted is not among all those there are."
  (when smbcmp-list-wanted
    (message "%s: %s" (buffer-name)
             (smbcmp-capture-no-frame smbcmp-list-capture
                                      (prog1 smbcmp-list-wanted (setq smbcmp-list-wanted nil))))))

(defun smbcmp-list-want-here ()
  "Have point on the frame and line where it is, once rows are there again."
  (let ((window (get-buffer-window nil t)))
    (setq smbcmp-list-wanted (or (smbcmp-list-frame-at-point) smbcmp-list-wanted)
          smbcmp-list-load--line (and window (not noninteractive)
                                 (cdr (posn-actual-col-row
                                       (posn-at-point (window-point window) window)))))))

;;;; Again

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
  (smbcmp-list-load--erase)
  (smbcmp-list-filter-forget)
  (setq smbcmp-list-load-stream nil
        smbcmp-list-filter-request nil
        smbcmp-list-colour-faces nil
        smbcmp-list-rows-widths nil)
  (smbcmp-list-load-open))

(defun smbcmp-list-load--forget ()
  "Forget rows and what passes the filter: all is dissected again."
  (smbcmp-list-want-here)
  (when smbcmp-list-load-stream
    (smbcmp-host-abandon smbcmp-list-capture smbcmp-list-load-stream)
    (setq smbcmp-list-load-stream nil))
  (smbcmp-list-filter-stop)
  (smbcmp-list-filter-forget)
  (smbcmp-list-load--erase)
  (smbcmp-list-filter-resume))

(defun smbcmp-list-refresh ()
  "Get the rows again from the host; frame, filter, order and marks stay.
Those that are shown stay until the first new ones are there."
  (smbcmp-capture-mend smbcmp-list-capture)
  (when smbcmp-list-load-stream
    (smbcmp-host-abandon smbcmp-list-capture smbcmp-list-load-stream))
  (setq smbcmp-list-complete nil
        smbcmp-list-load--stale t)
  (smbcmp-list-load-stream))

(defun smbcmp-list-load--drop-stale ()
  "Remove rows that were asked for again, now that new ones are there."
  (when smbcmp-list-load--stale
    (smbcmp-list-want-here)
    (smbcmp-list-load--erase)))

(provide 'smbcmp-list-load)
;;; smbcmp-list-load.el ends here
