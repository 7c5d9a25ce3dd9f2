;;; smbcmp-list-filter.el --- Display filters on the packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A display filter hides the rows of frames that don't pass it.  They
;; stay in the buffer, hidden by the text property `invisible' with a
;; value of each filter's own: another filter, or none, shows them again
;; without touching them.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smbcmp-filter)
(require 'smbcmp-rows)

(defvar smbcmp-list-capture)

;;;; State

(defvar-local smbcmp-list-filter-string nil
  "The display filter in effect, or nil.")

(defvar-local smbcmp-list-filter-matches 0
  "Number of frames that pass the filter, those known so far.")

(defvar-local smbcmp-list-filter-request nil
  "The request that tells what frames pass the filter, or nil.")

(defvar-local smbcmp-list-filter--hidden nil
  "Value of the property `invisible' of rows that the filter hides.")

(defvar-local smbcmp-list-filter--last 0
  "The last frame known to pass the filter.")

(defvar-local smbcmp-list-filter--passing nil
  "Frames that pass, newest first, while rows are sorted.")

;;;; Commands

(defun smbcmp-list-filter (filter)
  "Show only the rows of frames that pass the display filter FILTER.
An empty one shows all."
  (interactive (list (smbcmp-read-filter "Display filter: "
                                         smbcmp-list-filter-string)))
  (smbcmp-list-filter-stop)
  (setq filter (string-trim filter))
  (setq smbcmp-list-filter-string (and (not (string-empty-p filter)) filter))
  (if smbcmp-list-filter-string
      (smbcmp-with-user-errors (smbcmp-list-filter-start))
    (smbcmp-list-filter--show-all)))

(defun smbcmp-list-unfilter ()
  "Show the rows of all frames."
  (interactive)
  (smbcmp-list-filter ""))

;;;; Asking

(defun smbcmp-list-filter-stop ()
  "Stop asking what frames pass the filter."
  (when smbcmp-list-filter-request
    (smbcmp--abandon smbcmp-list-capture smbcmp-list-filter-request)
    (setq smbcmp-list-filter-request nil)))

(defun smbcmp-list-filter-start ()
  "Ask what frames pass the filter, and hide the others as that is told."
  (smbcmp-list-filter-stop)
  (let ((buffer (current-buffer)))
    (setq smbcmp-list-filter-matches 0
          smbcmp-list-filter--last 0
          smbcmp-list-filter--passing nil
          smbcmp-list-filter--hidden (make-symbol "filter")
          buffer-invisibility-spec (list smbcmp-list-filter--hidden)
          smbcmp-list-filter-request
          (smbcmp--request
           smbcmp-list-capture "filter" (list :filter smbcmp-list-filter-string)
           (lambda (kind value)
             (when (buffer-live-p buffer)
               (with-current-buffer buffer
                 (smbcmp-list-filter--take kind value))))))
    (force-mode-line-update)))

(defun smbcmp-list-filter--take (kind value)
  "Take the reply to the question what frames pass: KIND and VALUE."
  (pcase kind
    ((or 'part 'result)
     (cl-incf smbcmp-list-filter-matches (length value))
     (if smbcmp-rows--order
         (smbcmp-list-filter--hide-sorted value (eq kind 'result))
       (smbcmp-list-filter--hide value (eq kind 'result)))
     (when (eq kind 'result)
       (setq smbcmp-list-filter-request nil)
       (smbcmp-list-filter--leave-hidden)))
    ('error
     (setq smbcmp-list-filter-request nil)
     ;; After a worker's death the next one is asked again.
     (unless (eq (car value) 'smbcmp-worker-error)
       (setq smbcmp-list-filter-string nil)
       (smbcmp-list-filter--show-all)
       (message "%s" (smbcmp-error-message (cons (car value) (cadr value)))))))
  (force-mode-line-update))

;;;; Hiding

(defun smbcmp-list-filter--show-all ()
  "Show all rows again."
  (setq smbcmp-list-filter--hidden nil
        buffer-invisibility-spec nil)
  (jit-lock-refontify)
  (force-mode-line-update))

(defun smbcmp-list-filter--hide-rows (from to)
  "Hide the rows FROM to TO, less the last."
  (when (< from to)
    (put-text-property (smbcmp-rows-start from) (smbcmp-rows-start to)
                       'invisible smbcmp-list-filter--hidden)))

(defun smbcmp-list-filter--hide (matches last)
  "Hide the rows up to the last of MATCHES, frames that pass, but not theirs.
LAST says that no more will come: the rows after it are hidden, too."
  (with-silent-modifications
    (dolist (frame matches)
      ;; Rows are in the order of frames, row 0 that of frame 1.
      (smbcmp-list-filter--hide-rows smbcmp-list-filter--last (1- frame))
      (setq smbcmp-list-filter--last frame))
    (when last
      (smbcmp-list-filter--hide-rows smbcmp-list-filter--last smbcmp-rows--count))))

(defun smbcmp-list-filter--hide-sorted (matches last)
  "Collect MATCHES, frames that pass; hide the other rows if these are the LAST."
  (setq smbcmp-list-filter--passing (nconc (reverse matches) smbcmp-list-filter--passing))
  (when last
    (let ((passes (make-bool-vector smbcmp-rows--count nil))
          (next 0))
      (dolist (frame smbcmp-list-filter--passing)
        (aset passes (smbcmp-rows-of-frame frame) t))
      (with-silent-modifications
        (dotimes (row smbcmp-rows--count)
          (when (aref passes row)
            (smbcmp-list-filter--hide-rows next row)
            (setq next (1+ row))))
        (smbcmp-list-filter--hide-rows next smbcmp-rows--count)))))

(defun smbcmp-list-filter--leave-hidden ()
  "Go from a hidden row to the nearest that is shown, in all windows."
  (dolist (window (or (get-buffer-window-list nil nil t) '(nil)))
    (let* ((point (if window (window-point window) (point)))
           (next (and (invisible-p point)
                      (next-single-property-change point 'invisible nil (point-max))))
           (there (cond ((null next) nil)
                        ((< next (point-max)) next)
                        (t (previous-single-property-change point 'invisible
                                                            nil (point-min))))))
      (when there
        (when (= next (point-max))
          (setq there (smbcmp-rows-start (max 0 (1- (or (smbcmp-rows-at there) 0))))))
        (if window (set-window-point window there) (goto-char there)))))
  (jit-lock-refontify))

(provide 'smbcmp-list-filter)
;;; smbcmp-list-filter.el ends here
