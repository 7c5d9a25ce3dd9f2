;;; smbcmp-pair.el --- Two captures side by side  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Two packet lists side by side and, below them, what differs between the
;; frames selected in them.  The lists move in step, so many frames apart
;; as they were when last moved by themselves, or each alone.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-diff-view)
(require 'smbcmp-list)

;;;; State

(cl-defstruct (smbcmp-pair (:constructor smbcmp-pair--make) (:copier nil))
  "Two packet lists that are compared."
  a b
  (step t :documentation "Non-nil if they move in step.")
  (offset 0 :documentation "Frame in b less frame in a, while in step."))

(defvar-local smbcmp-pair nil
  "The pair that this packet list is one of, or nil.")

(defun smbcmp-pair--live-p (pair)
  "Return non-nil if both packet lists of PAIR are there."
  (and (buffer-live-p (smbcmp-pair-a pair)) (buffer-live-p (smbcmp-pair-b pair))))

(defun smbcmp-pair--frame (buffer)
  "Return the frame selected in the packet list BUFFER, or nil."
  (with-current-buffer buffer (smbcmp-list-frame-at-point)))

;;;; Moving

(defun smbcmp-pair--follow (frame)
  "Have the other packet list follow this one to FRAME, and show the diff.
For `smbcmp-list-selection-hook'."
  (when (and smbcmp-pair (smbcmp-pair--live-p smbcmp-pair))
    (let* ((pair smbcmp-pair)
           (in-a (eq (current-buffer) (smbcmp-pair-a pair)))
           (other (if in-a (smbcmp-pair-b pair) (smbcmp-pair-a pair)))
           (offset (smbcmp-pair-offset pair)))
      (when (smbcmp-pair-step pair)
        (smbcmp-pair--go other (+ frame (if in-a offset (- offset)))))
      (smbcmp-pair--show pair))))

(defun smbcmp-pair--go (buffer frame)
  "Go in the packet list BUFFER to FRAME, or as near as there is one."
  (with-current-buffer buffer
    (let ((count (smbcmp-frame-count smbcmp-list-capture)))
      (when (> count 0)
        (smbcmp-list-goto-frame (max 1 (min frame count)))
        ;; It moved, but not by its user.
        (setq smbcmp-list--selected (smbcmp-list-frame-at-point))))))

(defun smbcmp-pair--show (pair)
  "Show what differs between the frames selected in PAIR."
  (let ((frame-a (smbcmp-pair--frame (smbcmp-pair-a pair)))
        (frame-b (smbcmp-pair--frame (smbcmp-pair-b pair))))
    (when (and frame-a frame-b (get-buffer-window (smbcmp-diff-view-buffer) t))
      (with-current-buffer (smbcmp-diff-view-buffer)
        (smbcmp-diff-view--set
         (buffer-local-value 'smbcmp-list-capture (smbcmp-pair-a pair)) frame-a
         (buffer-local-value 'smbcmp-list-capture (smbcmp-pair-b pair)) frame-b)))))

(add-hook 'smbcmp-list-selection-hook #'smbcmp-pair--follow)

(defun smbcmp-pair-toggle-step ()
  "Have the two packet lists move in step from now on, or each alone.
In step they stay as many frames apart as they are now."
  (interactive)
  (unless (and smbcmp-pair (smbcmp-pair--live-p smbcmp-pair))
    (user-error "This packet list is not compared with another"))
  (let ((pair smbcmp-pair))
    (setf (smbcmp-pair-step pair) (not (smbcmp-pair-step pair)))
    (setf (smbcmp-pair-offset pair)
          (- (or (smbcmp-pair--frame (smbcmp-pair-b pair)) 1)
             (or (smbcmp-pair--frame (smbcmp-pair-a pair)) 1)))
    (message (if (smbcmp-pair-step pair) "In step, B %+d" "Each alone")
             (smbcmp-pair-offset pair))))

(define-key smbcmp-list-mode-map "s" #'smbcmp-pair-toggle-step)

;;;; Showing

(defun smbcmp-pair--parse (name)
  "Return (FILE . FRAME) for NAME, \"FILE\" or \"FILE:NUMBER\"."
  (if (and (not (file-exists-p name))
           (string-match "\\`\\(.+\\):\\([0-9]+\\)\\'" name))
      (cons (match-string 1 name) (string-to-number (match-string 2 name)))
    (cons name nil)))

(defun smbcmp-pair--windows (pair)
  "Show the packet lists of PAIR side by side, and the diff below."
  (delete-other-windows)
  (switch-to-buffer (smbcmp-pair-a pair))
  (let* ((below (split-window-below (floor (* 0.45 (window-height)))))
         (right (split-window-right)))
    (set-window-buffer right (smbcmp-pair-b pair))
    (set-window-buffer below (smbcmp-diff-view-buffer))))

(defun smbcmp-pair--open (a b)
  "Return the pair of packet lists for A and B, each (FILE . FRAME)."
  (let* ((same (file-equal-p (car a) (car b)))
         (pair (smbcmp-pair--make
                :a (smbcmp-list-buffer (car a))
                :b (smbcmp-list-buffer (car b) same)
                :offset (- (or (cdr b) (cdr a) 1) (or (cdr a) 1)))))
    (dolist (side (list (cons (smbcmp-pair-a pair) (or (cdr a) 1))
                        (cons (smbcmp-pair-b pair) (or (cdr b) (cdr a) 1))))
      (with-current-buffer (car side)
        (setq smbcmp-pair pair)
        (smbcmp-list-goto-frame (cdr side))))
    pair))

;;;###autoload
(defun smbcmp-diff (file-a file-b)
  "Compare the captures FILE-A and FILE-B side by side.
Below the two packet lists is what differs between the frames selected
in them; they move in step until \\<smbcmp-list-mode-map>\\[smbcmp-pair-toggle-step].
A name with a number behind a colon, FILE:34, begins with that frame."
  (interactive
   (let ((a (read-file-name "Capture A (FILE or FILE:FRAME): ")))
     (list a (read-file-name (format "Compare %s with capture B: "
                                     (file-name-nondirectory a))))))
  (condition-case err
      (let ((pair (smbcmp-pair--open (smbcmp-pair--parse (expand-file-name file-a))
                                     (smbcmp-pair--parse (expand-file-name file-b)))))
        (smbcmp-pair--windows pair)
        (dolist (buffer (list (smbcmp-pair-a pair) (smbcmp-pair-b pair)))
          (push (lambda (_capture)
                  (when (smbcmp-pair--live-p pair) (smbcmp-pair--loaded pair)))
                (smbcmp-capture-hooks (buffer-local-value 'smbcmp-list-capture buffer))))
        (smbcmp-pair--loaded pair))
    (smbcmp-error (user-error "%s" (smbcmp-error-message err)))))

(defun smbcmp-pair--loaded (pair)
  "Show the diff of PAIR once the frames to begin with are there."
  (unless (with-current-buffer (smbcmp-diff-view-buffer)
            (equal (list (nth 0 smbcmp-diff-view-sides) (nth 2 smbcmp-diff-view-sides))
                   (mapcar (lambda (buffer)
                             (buffer-local-value 'smbcmp-list-capture buffer))
                           (list (smbcmp-pair-a pair) (smbcmp-pair-b pair)))))
    (run-with-timer 0.1 nil (lambda ()
                              (when (smbcmp-pair--live-p pair)
                                (smbcmp-pair--show pair))))))

(provide 'smbcmp-pair)
;;; smbcmp-pair.el ends here
