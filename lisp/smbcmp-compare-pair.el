;;; smbcmp-compare-pair.el --- Two captures side by side  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Two packet lists side by side and, below them, what differs between the
;; frames selected in them.  The lists move in step, so many frames apart
;; as they were when last moved by themselves, or each alone.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-diff-view)
(require 'smbcmp-ediff)
(require 'smbcmp-list)
(require 'smbcmp-windows)

;;;; State

(cl-defstruct (smbcmp-compare-pair (:constructor smbcmp-compare-pair--make) (:copier nil))
  "Two packet lists that are compared."
  a b
  (step t :documentation "Non-nil if they move in step.")
  (offset 0 :documentation "Frame in b less frame in a, while in step.")
  (first nil :documentation "Frames to begin with: ((LIST . FRAME) (LIST . FRAME)).")
  (rules nil :documentation "Rules for these frames, as `smbcmp-diff-view-set' has them.")
  (problem nil :documentation "Why one of these can't be shown, or nil."))

(defvar-local smbcmp-compare-pair nil
  "The pair that this packet list is one of, or nil.")

(defun smbcmp-compare-pair--live-p (pair)
  "Return non-nil if both packet lists of PAIR are there."
  (and (buffer-live-p (smbcmp-compare-pair-a pair)) (buffer-live-p (smbcmp-compare-pair-b pair))))

(defun smbcmp-compare-pair--frame (buffer)
  "Return the frame selected in the packet list BUFFER, or nil.
It is nil, too, while the list waits for the frame it is to be at."
  (with-current-buffer buffer
    (and (not smbcmp-list-wanted) (smbcmp-list-frame-at-point))))

;;;; Moving

(defun smbcmp-compare-pair--follow (frame)
  "Have the other packet list follow this one to FRAME, and show the diff.
For `smbcmp-list-selection-hook'."
  (when (and smbcmp-compare-pair (smbcmp-compare-pair--live-p smbcmp-compare-pair))
    (let* ((pair smbcmp-compare-pair)
           (in-a (eq (current-buffer) (smbcmp-compare-pair-a pair)))
           (other (if in-a (smbcmp-compare-pair-b pair) (smbcmp-compare-pair-a pair)))
           (offset (smbcmp-compare-pair-offset pair)))
      (when (smbcmp-compare-pair-step pair)
        (smbcmp-compare-pair--go other (+ frame (if in-a offset (- offset)))))
      (smbcmp-compare-pair--show pair))))

(defun smbcmp-compare-pair--go (buffer frame)
  "Go in the packet list BUFFER to FRAME, or as near as there is one.
If it waits for the frame it is to be at, leave it to that."
  (with-current-buffer buffer
    (let ((row (and smbcmp-list-complete (smbcmp-list-rows-near frame)))
          (last (smbcmp-capture-last-frame smbcmp-list-capture)))
      (when (and (> last 0) (not smbcmp-list-wanted))
        (smbcmp-list-goto-frame (if row (smbcmp-list-rows-frame row) (max 1 (min frame last))))
        ;; It moved, but not by its user.
        (setq smbcmp-list-selected (smbcmp-list-frame-at-point))))))

(defun smbcmp-compare-pair--show (pair)
  "Show what differs between the frames selected in PAIR."
  (let ((frame-a (smbcmp-compare-pair--frame (smbcmp-compare-pair-a pair)))
        (frame-b (smbcmp-compare-pair--frame (smbcmp-compare-pair-b pair))))
    (when (and frame-a frame-b (get-buffer-window (smbcmp-diff-view-buffer) t))
      (with-current-buffer (smbcmp-diff-view-buffer)
        (smbcmp-diff-view-set
         (buffer-local-value 'smbcmp-list-capture (smbcmp-compare-pair-a pair)) frame-a
         (buffer-local-value 'smbcmp-list-capture (smbcmp-compare-pair-b pair)) frame-b
         (and (equal (list frame-a frame-b) (mapcar #'cdr (smbcmp-compare-pair-first pair)))
              (smbcmp-compare-pair-rules pair)))))))

(add-hook 'smbcmp-list-selection-hook #'smbcmp-compare-pair--follow)

(defun smbcmp-compare-pair--take-offset (pair)
  "Let the lists of PAIR stay as many frames apart as they are now."
  (setf (smbcmp-compare-pair-offset pair)
        (- (or (smbcmp-compare-pair--frame (smbcmp-compare-pair-b pair)) 1)
           (or (smbcmp-compare-pair--frame (smbcmp-compare-pair-a pair)) 1))))

(defun smbcmp-compare-pair-toggle-step ()
  "Have the two packet lists move in step from now on, or each alone.
In step they stay as many frames apart as they are now."
  (interactive)
  (unless (and smbcmp-compare-pair (smbcmp-compare-pair--live-p smbcmp-compare-pair))
    (user-error "This packet list is not compared with another"))
  (let ((pair smbcmp-compare-pair))
    (setf (smbcmp-compare-pair-step pair) (not (smbcmp-compare-pair-step pair)))
    (smbcmp-compare-pair--take-offset pair)
    (message (if (smbcmp-compare-pair-step pair) "In step, B %+d" "Each alone")
             (smbcmp-compare-pair-offset pair))))

(defun smbcmp-compare-pair-quit ()
  "Restore the windows from before this comparison."
  (interactive)
  (unless (and smbcmp-compare-pair (smbcmp-windows-restore smbcmp-compare-pair))
    (smbcmp-list-quit)))

(defvar smbcmp-compare-pair-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "s" #'smbcmp-compare-pair-toggle-step)
    (define-key map "E" #'smbcmp-ediff-frames)
    (define-key map "q" #'smbcmp-compare-pair-quit)
    map)
  "Keymap of `smbcmp-compare-pair-mode'.")

(define-minor-mode smbcmp-compare-pair-mode
  "Minor mode of packet lists that are compared with another.

\\{smbcmp-compare-pair-mode-map}"
  :lighter (:eval (if (smbcmp-compare-pair-step smbcmp-compare-pair) " step" " apart"))
  :keymap smbcmp-compare-pair-mode-map)

;;;; Showing

(defun smbcmp-compare-pair-parse (name)
  "Return (FILE . FRAME) for NAME, \"FILE\" or \"FILE:NUMBER\"."
  (if (and (not (file-exists-p name))
           (string-match "\\`\\(\\(?:.\\|\n\\)+\\):\\([0-9]+\\)\\'" name))
      (cons (match-string 1 name) (string-to-number (match-string 2 name)))
    (cons name nil)))

(defun smbcmp-compare-pair--windows (pair)
  "Show the packet lists of PAIR side by side, and the diff below."
  (let ((windows (current-window-configuration)))
    (smbcmp-windows-arrange (smbcmp-compare-pair-a pair) (smbcmp-compare-pair-b pair)
                            (smbcmp-diff-view-buffer) 0.45)
    (smbcmp-windows-save pair windows
                         (lambda (shown) (or (eq shown (smbcmp-compare-pair-a pair))
                                             (eq shown (smbcmp-compare-pair-b pair)))))))

;; Both lists of a pair show the same capture when two of its frames are
;; compared: the second one is a buffer, and a worker, of its own.
(defun smbcmp-compare-pair--other-buffer (file a)
  "Return a packet list of FILE in a buffer other than A."
  (or (cl-find-if (lambda (buffer)
                    (with-current-buffer buffer
                      (and (not (eq buffer a)) (derived-mode-p 'smbcmp-list-mode)
                           (file-equal-p buffer-file-name file))))
                  (buffer-list))
      (smbcmp-list-buffer file t)))

(defun smbcmp-compare-pair-buffers (file-a file-b)
  "Return packet lists of the captures FILE-A and FILE-B, (A . B).
They are two even if the files are one.
Signal `smbcmp-file-error' if a file can't be a capture."
  (let ((a (smbcmp-list-buffer file-a)))
    (cons a (if (file-equal-p file-a file-b)
                (smbcmp-compare-pair--other-buffer file-b a)
              (smbcmp-list-buffer file-b)))))

(defun smbcmp-compare-pair--begin (lists frame-a frame-b rules)
  "Return the pair of LISTS, packet lists (A . B), at FRAME-A and FRAME-B.
RULES are for these, see `smbcmp-compare-pair-show'."
  (let* ((first `((,(car lists) . ,frame-a) (,(cdr lists) . ,frame-b)))
         (pair (smbcmp-compare-pair--make :a (car lists) :b (cdr lists) :first first
                                          :rules rules
                                  :offset (- frame-b frame-a))))
    ;; What it shows is of other frames.
    (with-current-buffer (smbcmp-diff-view-buffer) (smbcmp-diff-view-clear))
    (pcase-dolist (`(,buffer . ,frame) first)
      (with-current-buffer buffer
        (setq smbcmp-compare-pair pair)
        (smbcmp-compare-pair-mode 1)
        (smbcmp-list-goto-frame frame)))
    pair))

(defun smbcmp-compare-pair--find-problem (pair)
  "Say which of the frames that PAIR begins with isn't there; nil if none."
  (cl-loop for (buffer . frame) in (smbcmp-compare-pair-first pair)
           for capture = (buffer-local-value 'smbcmp-list-capture buffer)
           when (and (eq (smbcmp-capture-state capture) 'loaded)
                     (not (<= 1 frame (smbcmp-capture-last-frame capture))))
           return (smbcmp-handle-about capture (smbcmp-capture-no-frame capture frame))))

(defun smbcmp-compare-pair--show-when-loaded (pair)
  "Show the diff of PAIR, now and when the frames to begin with are there."
  (dolist (buffer (list (smbcmp-compare-pair-a pair) (smbcmp-compare-pair-b pair)))
    (push (lambda (_capture)
            ;; Unless another comparison has begun by now.
            (when (and (smbcmp-compare-pair--live-p pair)
                       (eq pair (buffer-local-value 'smbcmp-compare-pair buffer)))
              (smbcmp-compare-pair--loaded pair)))
          (smbcmp-capture-hooks (buffer-local-value 'smbcmp-list-capture buffer))))
  (smbcmp-compare-pair--loaded pair))

(defun smbcmp-compare-pair-show (lists &optional frame-a frame-b rules)
  "Show LISTS, packet lists (A . B), side by side, at FRAME-A and FRAME-B.
Below them is what differs between the frames selected in them, by RULES,
as `smbcmp-diff-view-set' has them, as long as they are these."
  (let ((pair (smbcmp-compare-pair--begin lists (or frame-a 1) (or frame-b frame-a 1)
                                          rules)))
    (smbcmp-compare-pair--windows pair)
    (smbcmp-compare-pair--show-when-loaded pair)))

(defun smbcmp-compare-pair--loaded (pair)
  "Show the diff of PAIR once the frames to begin with are there."
  (cond
   ;; From then on it is the user who selects frames.
   ((smbcmp-compare-pair-problem pair))
   ((setf (smbcmp-compare-pair-problem pair) (smbcmp-compare-pair--find-problem pair))
    (smbcmp-compare-pair--tell-problem pair))
   ((not (smbcmp-compare-pair--shown-p pair))
    (run-with-timer 0.1 nil (lambda ()
                              (when (and (smbcmp-compare-pair--live-p pair)
                                         (not (smbcmp-compare-pair-problem pair)))
                                (smbcmp-compare-pair--show pair)))))))

(defun smbcmp-compare-pair--tell-problem (pair)
  "Tell why PAIR can't begin with the frames it was to begin with."
  (dolist (buffer (list (smbcmp-compare-pair-a pair) (smbcmp-compare-pair-b pair)))
    (with-current-buffer buffer (setq smbcmp-list-wanted nil)))
  (smbcmp-compare-pair--take-offset pair)
  (with-current-buffer (smbcmp-diff-view-buffer)
    (smbcmp-diff-view-clear (smbcmp-compare-pair-problem pair)))
  (message "%s" (smbcmp-compare-pair-problem pair)))

(defun smbcmp-compare-pair--shown-p (pair)
  "Return non-nil if the diff shows frames of PAIR."
  (with-current-buffer (smbcmp-diff-view-buffer)
    (equal (list (nth 0 smbcmp-diff-view-sides) (nth 2 smbcmp-diff-view-sides))
           (mapcar (lambda (buffer) (buffer-local-value 'smbcmp-list-capture buffer))
                   (list (smbcmp-compare-pair-a pair) (smbcmp-compare-pair-b pair))))))

(provide 'smbcmp-compare-pair)
;;; smbcmp-compare-pair.el ends here
