;;; smbcmp-list-move.el --- Go about in the packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Which frame is at point, and the ways to others: by row, by number, by
;; bookmark, by `imenu'.

;;; Code:

(require 'hl-line)
(require 'smbcmp-capture)
(require 'smbcmp-list-filter)
(require 'smbcmp-list-rows)

(autoload 'smbcmp-list-buffer "smbcmp-list")
(autoload 'smbcmp-list-complaint "smbcmp-list-load")

(defvar desktop-buffer-mode-handlers)
(defvar smbcmp-list-capture)
(defvar smbcmp-list-complete)
(defvar smbcmp-list-wanted)

;;;; Frames and rows

(defun smbcmp-list-frame-at-point ()
  "Return the number of the frame at point, or nil."
  (let ((row (smbcmp-list-rows-at (point))))
    (and row (smbcmp-list-rows-frame row))))

(defun smbcmp-list-need-capture ()
  "Signal a `user-error' that says what is wrong if the capture has failed."
  (when (eq (smbcmp-capture-state smbcmp-list-capture) 'failed)
    (user-error "%s; %s" (smbcmp-list-complaint)
                (substitute-command-keys
                 "\\<smbcmp-list-mode-map>\\[revert-buffer] reads the file again"))))

(defun smbcmp-list-need-frame ()
  "Return the number of the frame at point, or signal an error."
  (or (smbcmp-list-frame-at-point) (user-error "No frame here")))

(defun smbcmp-list-goto-frame (frame)
  "Go to the row of FRAME; return non-nil if it is there and not hidden.
If the row isn't loaded yet, go there as soon as it is."
  (let* ((row (smbcmp-list-rows-of-frame frame))
         (position (and row (smbcmp-list-rows-start row))))
    (cond
     ((null position)
      (unless smbcmp-list-complete (setq smbcmp-list-wanted frame))
      nil)
     ((invisible-p position) nil)
     (t (goto-char position)
        (dolist (window (get-buffer-window-list nil nil t))
          (set-window-point window position))
        (hl-line-highlight)
        t))))

(defun smbcmp-list-jump (frame)
  "Go to FRAME, a number, which the prefix argument gives or the user."
  (interactive (list (if current-prefix-arg
                         (prefix-numeric-value current-prefix-arg)
                       (read-number "Frame: " (smbcmp-list-frame-at-point)))))
  (let ((last (smbcmp-capture-last-frame smbcmp-list-capture)))
    (unless (and (<= 1 frame)
                 (or (<= frame last)
                     (memq (smbcmp-capture-state smbcmp-list-capture)
                           '(opening loading dying dead))))
      (user-error "%s: %s" (buffer-name) (smbcmp-capture-no-frame smbcmp-list-capture frame))))
  (push-mark nil t)
  (unless (smbcmp-list-goto-frame frame)
    (message "%s"
             (cond (smbcmp-list-wanted
                    (format "Frame %d is not loaded yet; going there when it is" frame))
                   ((smbcmp-list-rows-of-frame frame) (smbcmp-list-hidden-message frame))
                   (t (smbcmp-capture-no-frame smbcmp-list-capture frame))))))

(defun smbcmp-list-hidden-message (frame)
  "Return what to say when FRAME is hidden by the filter."
  (substitute-command-keys
   (format "Frame %d is hidden by the filter %s; \\<smbcmp-list-mode-map>\
\\[smbcmp-list-toggle-filter] shows all" frame smbcmp-list-filter-string)))

(defun smbcmp-list-next (&optional count)
  "Go to the next row that is shown, or COUNT rows on."
  (interactive "p")
  (let ((forward (> (or count 1) 0)))
    (dotimes (_ (abs (or count 1)))
      (goto-char
       (or (if forward
               (smbcmp-list-filter-shown-from (line-beginning-position 2))
             (smbcmp-list-filter-shown-before (line-beginning-position)))
           (user-error (if forward "End of list" "Beginning of list")))))))

(defun smbcmp-list-previous (&optional count)
  "Go to the previous row that is shown, or COUNT rows back."
  (interactive "p")
  (smbcmp-list-next (- (or count 1))))

(defun smbcmp-list-first ()
  "Go to the first row that is shown."
  (interactive)
  (push-mark)
  (goto-char (smbcmp-list-filter-shown-near (point-min))))

(defun smbcmp-list-last ()
  "Go to the last row that is shown."
  (interactive)
  (push-mark)
  (goto-char (smbcmp-list-filter-shown-near (point-max))))

;;;; Bookmarks, imenu

(declare-function bookmark-make-record-default "bookmark" (&optional no-file no-context posn))

(defun smbcmp-list-bookmark-record (&optional frame)
  "Return a bookmark record for FRAME, by default the one at point."
  (unless frame (setq frame (smbcmp-list-need-frame)))
  `(,(format "%s frame %d" (buffer-name) frame)
    ,@(bookmark-make-record-default nil t (point))
    (frame . ,frame)
    (filter . ,smbcmp-list-filter-string)
    (handler . smbcmp-list-bookmark-jump)))

;;;###autoload
(defun smbcmp-list-bookmark-jump (bookmark)
  "Go to the frame that BOOKMARK, a record, is of."
  (set-buffer (smbcmp-list-buffer (cdr (assq 'filename (cdr bookmark)))))
  (let ((filter (cdr (assq 'filter (cdr bookmark)))))
    (unless (equal filter smbcmp-list-filter-string)
      (smbcmp-list-filter (or filter ""))))
  (smbcmp-list-goto-frame (cdr (assq 'frame (cdr bookmark)))))

;;;; Desktop

(defun smbcmp-list-desktop-save (_directory)
  "Return what desktop.el is to keep of this packet list."
  (list (cons 'frame (smbcmp-list-frame-at-point))
        (cons 'filter smbcmp-list-filter-string)))

;;;###autoload
(defun smbcmp-list-desktop-restore (file _name state)
  "Show the packet list of FILE as desktop.el kept it: STATE; return the buffer."
  (when (and (stringp file) (file-readable-p file))
    (with-current-buffer (smbcmp-list-buffer file)
      (when (alist-get 'filter state)
        (smbcmp-list-filter (alist-get 'filter state)))
      (when (alist-get 'frame state)
        (smbcmp-list-goto-frame (alist-get 'frame state)))
      (current-buffer))))

;;;###autoload
(add-to-list 'desktop-buffer-mode-handlers
             '(smbcmp-list-mode . smbcmp-list-desktop-restore))

(defun smbcmp-list-imenu ()
  "Return an index of the rows that are shown."
  (let (index)
    (save-excursion
      (goto-char (point-min))
      (while (not (eobp))
        (if (invisible-p (point))
            (goto-char (next-single-char-property-change (point) 'invisible))
          (push (cons (buffer-substring-no-properties (point) (line-end-position))
                      (point))
                index)
          (forward-line 1))))
    (nreverse index)))

(provide 'smbcmp-list-move)
;;; smbcmp-list-move.el ends here
