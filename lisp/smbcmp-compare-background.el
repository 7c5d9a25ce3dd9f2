;;; smbcmp-compare-background.el --- Compare two captures while the user goes on  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A comparison's buffer asks both captures for their PDU summaries,
;; compares when they are there and shows what came of it.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-compare)
(require 'smbcmp-compare-captures)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-summary)

(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))

;;;; State

(defvar-local smbcmp-compare-view-pins nil
  "The pins in effect, see `smbcmp-diff-captures'.")

(defvar-local smbcmp-compare-view-filters nil
  "Display filters that exchanges must pass, (A . B), each a string or nil.")

(defvar-local smbcmp-compare-view-settings nil
  "What differs between the settings of the peers, see `smbcmp-settings-diff'.")

(defvar-local smbcmp-compare-view-every nil
  "Non-nil to compare without rules, so that everything is shown.")

(defvar-local smbcmp-compare-background-state nil
  "What goes on: nil, or a string for the mode line.")

(defvar-local smbcmp-compare-background-requests nil
  "Requests under way, a list of (CAPTURE . REQUEST).")

(defvar-local smbcmp-compare-background-tell nil
  "What to tell when the comparison under way is shown, or nil.")

;;;; Comparing

(defun smbcmp-compare-view-start ()
  "Compare the captures of this buffer, in the background."
  (smbcmp-compare-background-stop)
  (let* ((captures (mapcar (lambda (side)
                             (buffer-local-value 'smbcmp-list-capture
                                                 (smbcmp-compare-view-list side)))
                           '(a b)))
         (failed (cl-find-if (lambda (capture)
                               (memq (smbcmp-capture-state capture) '(failed closed)))
                             captures)))
    (cond
     (failed (smbcmp-compare-background-fail (or (smbcmp-capture-error failed)
                                            (list 'smbcmp-error '("It is closed")))))
     ((cl-every (lambda (capture) (eq 'loaded (smbcmp-capture-state capture))) captures)
      (smbcmp-compare-background--summarize captures))
     (t (smbcmp-compare-background--say "loading")
        (smbcmp-compare-background--start-later)))))

(defun smbcmp-compare-background--start-later ()
  "Try `smbcmp-compare-view-start' again soon."
  (run-with-timer 0.05 nil
                  (lambda (buffer)
                    (when (buffer-live-p buffer)
                      (with-current-buffer buffer
                        (when smbcmp-compare-background-state
                          (smbcmp-compare-view-start)))))
                  (current-buffer)))

(defun smbcmp-compare-background--summarize (captures)
  "Ask both CAPTURES, a list, for PDU summaries; compare when they are there."
  (let* ((rules (smbcmp-rules-for-module (if smbcmp-compare-view-every nil (smbcmp-rules))))
         (comparing (smbcmp--module-compare-new rules))
         (comparison (smbcmp-compare-make :a (car captures) :b (cadr captures)
                                          :rules rules
                                          :filters smbcmp-compare-view-filters
                                          :protocols (smbcmp-protocols-names
                                                      smbcmp-compare-protocols)
                                          :native comparing))
         (done (make-vector 2 nil))
         (progress (make-vector 2 0))
         (buffer (current-buffer)))
    (smbcmp-compare-background--say "comparing")
    (cl-loop
     for capture in captures for i from 0
     do (let ((i i))
          (push (cons capture
                      (smbcmp-compare-summarize
                       capture comparing (= i 1) rules (smbcmp-comparison-protocols comparison)
                       (lambda (state)
                         (cond
                          ((numberp (car-safe state)) (aset progress i (car state)))
                          (state (aset done i state))
                          (t (aset done i t)))
                         (when (buffer-live-p buffer)
                           (with-current-buffer buffer
                             (smbcmp-compare-background--took comparison done progress))))))
                smbcmp-compare-background-requests)))))

(defun smbcmp-compare-background--took (comparison done progress)
  "Take notice of what came for COMPARISON.
DONE and PROGRESS are vectors with an element for each capture: t or an
error when all came of it; and how many frames."
  (let ((problem (cl-find-if #'consp done))
        (total (+ (smbcmp-frame-count (smbcmp-comparison-a comparison))
                  (smbcmp-frame-count (smbcmp-comparison-b comparison)))))
    (cond
     (problem (smbcmp-compare-background-stop)
              (smbcmp-compare-background-fail problem))
     ((cl-every #'identity done)
      (setq smbcmp-compare-background-requests nil)
      (smbcmp-compare-background--finish comparison))
     (t (smbcmp-compare-background--say
         (format "comparing %d%%%%" (/ (* 100 (+ (aref progress 0) (aref progress 1)))
                                       (max 1 total))))))))

(defun smbcmp-compare-background--finish (comparison)
  "Compare what COMPARISON collected, and show it."
  (condition-case err
      (progn
        (smbcmp-compare-run comparison :pins smbcmp-compare-view-pins)
        (setf (smbcmp-comparison-environment comparison)
              (append smbcmp-compare-view-settings (smbcmp-comparison-environment comparison)))
        (setq smbcmp-compare-view-comparison comparison)
        (smbcmp-compare-captures-note)
        (smbcmp-compare-background-show))
    (smbcmp-error (smbcmp-compare-background-fail err))
    (quit (setq smbcmp-compare-background-state nil)
          (message "Comparison stopped; type g to try again"))))

(defvar smbcmp-compare-view-hook nil
  "Hook run in a comparison's buffer when it shows something new.")

(defun smbcmp-compare-background-show ()
  "Show the comparison, and tell what it is if that was promised."
  (setq smbcmp-compare-background-state nil)
  (smbcmp-compare-summary-render)
  (run-hooks 'smbcmp-compare-view-hook)
  (when smbcmp-compare-background-tell
    (message "%s" smbcmp-compare-background-tell)
    (setq smbcmp-compare-background-tell nil)))

(defun smbcmp-compare-view-rerun ()
  "Compare again what was collected, with the pins that are in effect now."
  (when smbcmp-compare-view-comparison
    ;; Another object, by which those who show it know that it is new.
    (smbcmp-compare-background--finish (copy-sequence smbcmp-compare-view-comparison))))

(defun smbcmp-compare-background-stop ()
  "Stop what goes on."
  (pcase-dolist (`(,capture . ,request) smbcmp-compare-background-requests)
    (smbcmp-host-abandon capture request))
  (setq smbcmp-compare-background-requests nil
        smbcmp-compare-background-state nil))

;;;; What is under way

(defun smbcmp-compare-background--say (state)
  "Show STATE in the mode line, and in the buffer if it has nothing else."
  (setq smbcmp-compare-background-state state)
  (when (or (= (point-min) (point-max))
            (get-text-property (point-min) 'smbcmp-state-only))
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert (propertize (format "%s both captures; you can keep working.\n"
                                  (if (equal state "loading") "Loading" "Comparing"))
                          'face 'smbcmp-compare-report-dim 'smbcmp-state-only t))
      (set-buffer-modified-p nil)))
  (force-mode-line-update))

(defun smbcmp-compare-background-fail (error)
  "Show that the captures can't be compared, for ERROR."
  (setq smbcmp-compare-background-state nil)
  (let ((inhibit-read-only t)
        (message (smbcmp-error-message (cons (car error) (if (listp (cadr error)) (cadr error)
                                                           (cdr error))))))
    (erase-buffer)
    (insert (propertize message 'face 'error)
            (substitute-command-keys
             "\n\nType \\<smbcmp-compare-mode-map>\\[revert-buffer] to try again, \
\\[smbcmp-compare-view-quit] to quit.\n"))
    (set-buffer-modified-p nil)
    (goto-char (point-min))
    (message "%s" message)))

(provide 'smbcmp-compare-background)
;;; smbcmp-compare-background.el ends here
