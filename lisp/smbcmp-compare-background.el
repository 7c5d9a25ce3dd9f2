;;; smbcmp-compare-background.el --- Compare two captures while the user goes on  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A comparison's buffer asks both captures for their PDU summaries,
;; compares when they are there and shows what came of it.  If that takes
;; long, it shows what came of those that are there.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-compare)
(require 'smbcmp-compare-captures)
(require 'smbcmp-compare-preliminary)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-run)
(require 'smbcmp-compare-summary)
(require 'smbcmp-steps)

(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(autoload 'smbcmp-views-stop "smbcmp-views")

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

(defvar-local smbcmp-compare-background--work nil
  "What is being collected, or nil.")

(defvar-local smbcmp-compare-background--run nil
  "What is done once all is collected: (COMPARISON . WORK), or nil.
WORK is of `smbcmp-steps-begin'.")

(defvar-local smbcmp-compare-background-preliminary nil
  "What is shown of a comparison under way, lines, or nil.")

(defvar-local smbcmp-compare-background--hook nil
  "Function in the hooks of captures that has this buffer notice their end.")

(defvar-local smbcmp-compare-background--timer nil
  "Timer that tries again, or nil.")

(defvar-local smbcmp-compare-background-tell nil
  "What to tell when the comparison under way is shown, or nil.")

;;;; Comparing

(defun smbcmp-compare-view-start (&optional loaded)
  "Compare the captures of this buffer, in the background.
They are summed up while they are loaded, if that can be; not before they
are if LOADED is non-nil."
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
     ((and (not loaded) (smbcmp-compare-early-p captures))
      (smbcmp-compare-background--summarize captures t))
     (t (smbcmp-compare-background--start-later loaded)))))

(defun smbcmp-compare-background--start-later (loaded)
  "Try `smbcmp-compare-view-start' again soon; LOADED is as there."
  (smbcmp-compare-background-stop)
  (smbcmp-compare-background--say "loading")
  (setq smbcmp-compare-background--timer
        (run-with-timer 0.05 nil
                        (lambda (buffer)
                          (when (buffer-live-p buffer)
                            (with-current-buffer buffer
                              (smbcmp-compare-view-start loaded))))
                        (current-buffer))))

(cl-defstruct (smbcmp-compare-background--work
               (:constructor smbcmp-compare-background--work-make) (:copier nil))
  "PDU summaries that are being collected for a comparison."
  (comparison nil :documentation "What they are for.")
  (captures nil :documentation "Both captures, a list.")
  (generations nil :documentation "What was known of their dissection to begin with.")
  (begin (float-time) :documentation "When that began.")
  (due (copy-sequence smbcmp-compare-preliminary)
       :documentation "When what came so far is to be shown, in seconds from then.")
  (early nil :documentation "Non-nil if they are summed up while they are loaded.")
  (frames (make-vector 2 0) :documentation "How many frames of each are summed up.")
  (ends (make-vector 2 nil) :documentation "For each t or an error when it has ended."))

(defun smbcmp-compare-background--summarize (captures &optional early)
  "Ask both CAPTURES, a list, for PDU summaries; compare when they are there.
EARLY says that some are being loaded: if that fails, try again when they are."
  (let* ((rules (smbcmp-rules-for-module (if smbcmp-compare-view-every nil (smbcmp-rules))))
         (comparing (smbcmp--module-compare-new rules))
         (protocols (smbcmp-protocols-names smbcmp-compare-protocols))
         (work (smbcmp-compare-background--work-make
                :comparison (smbcmp-compare-make :a (car captures) :b (cadr captures)
                                                 :rules rules
                                                 :filters smbcmp-compare-view-filters
                                                 :protocols protocols :native comparing)
                :captures captures :early early
                :generations (mapcar #'smbcmp-capture-generation captures)))
         (buffer (current-buffer)))
    (setq smbcmp-compare-background--work work)
    (smbcmp-compare-background--say "comparing")
    (mapc #'smbcmp-compare-background--watch captures)
    (cl-loop
     for capture in captures for i from 0
     do (let ((i i))
          (push (cons capture
                      (smbcmp-compare-summarize
                       capture comparing (= i 1) rules protocols
                       (lambda (state)
                         (when (buffer-live-p buffer)
                           (with-current-buffer buffer
                             (smbcmp-compare-background--took work i state))))))
                smbcmp-compare-background-requests)))))

(defun smbcmp-compare-background--watch (capture)
  "Compare again if CAPTURE is closed while it is asked: it won't answer."
  (unless smbcmp-compare-background--hook
    (let ((buffer (current-buffer)))
      (setq smbcmp-compare-background--hook
            (lambda (capture)
              (when (and (eq 'closed (smbcmp-capture-state capture)) (buffer-live-p buffer))
                (with-current-buffer buffer
                  (when (assq capture smbcmp-compare-background-requests)
                    (smbcmp-compare-background--start-later nil))))))))
  (cl-pushnew smbcmp-compare-background--hook (smbcmp-capture-hooks capture)))

(defun smbcmp-compare-background--took (work i state)
  "Take notice of what came for WORK of capture I, 0 or 1.
STATE is as `smbcmp-compare-summarize' has it."
  (let ((ends (smbcmp-compare-background--work-ends work))
        (frames (smbcmp-compare-background--work-frames work))
        (captures (smbcmp-compare-background--work-captures work)))
    (if (numberp (car-safe state))
        (aset frames i (car state))
      (aset ends i (or state t)))
    (cond
     ;; It may fail so while not all frames are known.
     ((and (smbcmp-compare-background--work-early work) (symbolp (car-safe state)) state)
      (smbcmp-compare-background--start-later t))
     ;; They are dissected in another way by now.
     ((not (equal (smbcmp-compare-background--work-generations work)
                  (mapcar #'smbcmp-capture-generation captures)))
      (smbcmp-compare-background--start-later nil))
     ((cl-find-if #'consp ends)
      (smbcmp-compare-background-stop)
      (smbcmp-compare-background-fail (cl-find-if #'consp ends)))
     ((cl-every #'identity ends)
      (setq smbcmp-compare-background-requests nil
            smbcmp-compare-background--work nil)
      (smbcmp-compare-background--finish (smbcmp-compare-background--work-comparison work)))
     (t (smbcmp-compare-background--say
         (format "comparing %d%%%%" (smbcmp-compare-percent captures frames)))
        (smbcmp-compare-background--note-due work)))))

(defun smbcmp-compare-background--note-due (work)
  "Have what came of WORK so far be shown if that is due.
It isn't if the buffer has another verdict."
  (let ((due (car (smbcmp-compare-background--work-due work))))
    (when (and due (null smbcmp-compare-view-comparison)
               ;; What passes a filter is known at the end.
               (null smbcmp-compare-view-filters)
               (> (float-time) (+ due (smbcmp-compare-background--work-begin work))))
      (pop (smbcmp-compare-background--work-due work))
      (run-with-timer 0 nil #'smbcmp-compare-background--hint (current-buffer) work))))

(defun smbcmp-compare-background--hint (buffer work)
  "Show in BUFFER what came of WORK so far, unless the user types: then soon."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (when (eq work smbcmp-compare-background--work)
        (condition-case nil
            (let* ((inhibit-quit nil)
                   (so-far (while-no-input
                             (or (smbcmp-compare-preliminary
                                  (smbcmp-compare-background--work-comparison work)
                                  :pins smbcmp-compare-view-pins)
                                 'nothing))))
              (if (smbcmp-comparison-p so-far)
                  (progn
                    (setq smbcmp-compare-background-preliminary
                          (smbcmp-compare-preliminary-text so-far))
                    (smbcmp-compare-background--say smbcmp-compare-background-state))
                (push 0 (smbcmp-compare-background--work-due work))))
          ;; The verdict will tell.
          (smbcmp-error (setf (smbcmp-compare-background--work-due work) nil))
          (quit (smbcmp-compare-background-stop)
                (smbcmp-compare-background-fail '(smbcmp-error ("Comparison stopped")))))))))

(defun smbcmp-compare-background--finish (comparison)
  "Compare what COMPARISON has, and show it, in the background after a moment."
  (setq smbcmp-compare-background--run
        (cons comparison
              (smbcmp-steps-begin
               (append (smbcmp-compare-run-steps comparison :pins smbcmp-compare-view-pins)
                       (list (lambda () (smbcmp-compare-background--note comparison) nil)
                             (smbcmp-steps-several
                              (lambda () (smbcmp-compare-background--preparing comparison)))
                             (lambda () (smbcmp-compare-summary-text comparison) nil)
                             (lambda () (smbcmp-compare-summary-parts comparison) nil)
                             (lambda () (smbcmp-compare-summary-nodes comparison) nil)
                             (lambda () (smbcmp-compare-background--done comparison) nil)
                             (lambda () (smbcmp-compare-background--tell) nil)))
               #'smbcmp-compare-background--failed))))

(defun smbcmp-compare-background--preparing (comparison)
  "Return steps that find what explains divergences of COMPARISON."
  (mapcan (lambda (function) (funcall function comparison))
          smbcmp-compare-report-prepare-functions))

(defun smbcmp-compare-background--failed (err)
  "Say why the captures could not be compared: ERR, an error, or (quit)."
  (smbcmp-compare-background-stop)
  (if (eq 'quit (car err))
      (message "Comparison stopped; type g to try again")
    (smbcmp-compare-background-fail err)))

(defun smbcmp-compare-background--note (comparison)
  "Add what differs between the settings of the peers to COMPARISON."
  (setf (smbcmp-comparison-environment comparison)
        (append smbcmp-compare-view-settings (smbcmp-comparison-environment comparison))))

(defun smbcmp-compare-background--done (comparison)
  "Show COMPARISON, which was run."
  (setq smbcmp-compare-view-comparison comparison
        smbcmp-compare-background-preliminary nil)
  (smbcmp-compare-captures-note)
  (smbcmp-compare-summary-show))

(defvar smbcmp-compare-view-hook nil
  "Hook run in a comparison's buffer when it shows something new.")

(defun smbcmp-compare-background-show ()
  "Show the comparison, and tell what it is if that was promised."
  (smbcmp-compare-summary-show)
  (smbcmp-compare-background--tell))

(defun smbcmp-compare-background--tell ()
  "Have others show the comparison that is shown now, and tell what was promised."
  (setq smbcmp-compare-background-state nil
        smbcmp-compare-background-preliminary nil
        smbcmp-compare-background--run nil)
  (smbcmp-steps-note-busy (current-buffer) nil)
  (force-mode-line-update)
  (run-hooks 'smbcmp-compare-view-hook)
  (when smbcmp-compare-background-tell
    (message "%s" smbcmp-compare-background-tell)
    (setq smbcmp-compare-background-tell nil)))

(defun smbcmp-compare-view-rerun ()
  "Compare again what was collected, with the pins that are in effect now."
  (when smbcmp-compare-view-comparison
    ;; Another object: the old one stays as it is where it is still shown.
    (smbcmp-compare-background-stop)
    (smbcmp-compare-background--say "comparing")
    (smbcmp-compare-background--finish
     (smbcmp-compare-run-again smbcmp-compare-view-comparison))))

(defun smbcmp-compare-background-stop ()
  "Stop what goes on."
  (pcase-dolist (`(,capture . ,request) smbcmp-compare-background-requests)
    (smbcmp-host-abandon capture request))
  (when smbcmp-compare-background--timer
    (cancel-timer smbcmp-compare-background--timer))
  (when smbcmp-compare-background--run
    (smbcmp-compare-run-stop (car smbcmp-compare-background--run))
    (smbcmp-steps-end (cdr smbcmp-compare-background--run)))
  ;; What explains divergences may be asked for.
  (when (featurep 'smbcmp-views) (smbcmp-views-stop))
  (setq smbcmp-compare-background--timer nil
        smbcmp-compare-background--run nil
        smbcmp-compare-background--work nil
        smbcmp-compare-background-preliminary nil
        smbcmp-compare-background-requests nil
        smbcmp-compare-background-state nil)
  (smbcmp-steps-note-busy (current-buffer) nil))

;;;; What is under way

(defun smbcmp-compare-background--say (state)
  "Show STATE in the mode line, and in the buffer if it has nothing else."
  (setq smbcmp-compare-background-state state)
  (smbcmp-steps-note-busy (current-buffer) t)
  (when (or (= (point-min) (point-max))
            (get-text-property (point-min) 'smbcmp-state-only))
    (smbcmp-compare-background--write
     (or smbcmp-compare-background-preliminary
         (propertize (format "%s both captures; you can keep working.\n"
                             (if (equal state "loading") "Loading" "Comparing"))
                     'face 'smbcmp-compare-report-dim))))
  (force-mode-line-update))

(defun smbcmp-compare-background--write (text)
  "Have TEXT, of what is under way, be all of this buffer; point stays in its line."
  (unless (equal text (get-text-property (point-min) 'smbcmp-state-only))
    (let ((inhibit-read-only t)
          (line (line-number-at-pos)))
      (erase-buffer)
      (insert (propertize text 'smbcmp-state-only text))
      (smbcmp-escape-region (point-min) (point-max))
      (set-buffer-modified-p nil)
      (goto-char (point-min))
      (forward-line (1- line))
      (dolist (window (get-buffer-window-list nil nil t))
        (set-window-point window (point))))))

(defun smbcmp-compare-background-fail (error)
  "Show that the captures can't be compared, for ERROR."
  (setq smbcmp-compare-background-state nil)
  (smbcmp-steps-note-busy (current-buffer) nil)
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
