;;; smbcmp-views.el --- Other ways to look at captures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What the tables and pictures of one capture or of two have in common:
;; which captures they are of, asking both workers at once, in the
;; background, and the way back to the frames.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-capture)
(require 'smbcmp-compare)
(require 'smbcmp-list)
(require 'smbcmp-mode)
(require 'smbcmp-steps)

(declare-function smbcmp--module-compare-begin "smbcmp-module.so"
                  (comparing slower delay pins rename names connects))
(declare-function smbcmp--module-compare-ended "smbcmp-module.so" (comparing milliseconds))
(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

(autoload 'smbcmp-latency "smbcmp-latency-view"
  "Show where the time went: response times of this capture, or of both compared." t)
(autoload 'smbcmp-compare-view-lists "smbcmp-compare-captures")
(defvar smbcmp-compare-view-comparison)
(defvar smbcmp-compare-lists-view)
(defvar smbcmp-detail-list)
(defvar smblog-requests-buffer)
(defvar smblog-pair)
(autoload 'smblog-pair-list-buffer "smblog-pair")

;;;; Which captures

(defvar-local smbcmp-views-lists nil
  "The packet lists, one or two, of the captures that this buffer is of.")

(defvar-local smbcmp-views-comparison nil
  "The `smbcmp-comparison' that this buffer is of, or nil.")

(defun smbcmp-views--find ()
  "Return (LISTS . COMPARISON) of this buffer, or nil if it is of no capture.
LISTS are packet lists, one, or two where captures are compared."
  (cond
   (smbcmp-views-lists (cons smbcmp-views-lists smbcmp-views-comparison))
   ((derived-mode-p 'smbcmp-list-mode) (list (list (current-buffer))))
   ((derived-mode-p 'smbcmp-compare-mode)
    (pcase-let ((`(,a . ,b) (smbcmp-compare-view-lists)))
      (cons (list a b) smbcmp-compare-view-comparison)))
   ((buffer-live-p (bound-and-true-p smbcmp-compare-lists-view))
    (with-current-buffer smbcmp-compare-lists-view (smbcmp-views--find)))
   ((buffer-live-p (bound-and-true-p smbcmp-detail-list))
    (list (list smbcmp-detail-list)))
   ((buffer-live-p (bound-and-true-p smblog-requests-buffer))
    (with-current-buffer smblog-requests-buffer (smbcmp-views--find)))
   ((bound-and-true-p smblog-pair) (list (list (smblog-pair-list-buffer smblog-pair))))))

(defun smbcmp-views-find-lists ()
  "Return the packet lists of the captures of this buffer, one or two."
  (car (smbcmp-views--find)))

(defvar-local smbcmp-views--shown nil
  "What `smbcmp-views--state' was when this buffer was filled.")

(defvar-local smbcmp-views--work nil
  "What fills this buffer, or filled it: (WORK . STATE), or nil.
WORK is of `smbcmp-steps-begin', STATE what `smbcmp-views--state' was.")

(defun smbcmp-views--state ()
  "Return a list of what tells whether the captures of this buffer are as before.
Its first element is the comparison."
  (cons smbcmp-views-comparison
        (mapcar (lambda (list)
                  (and (buffer-live-p list)
                       (smbcmp-handle-stamp (buffer-local-value 'smbcmp-list-capture list))))
                smbcmp-views-lists)))

(defun smbcmp-views--fresh-p ()
  "Return non-nil if this buffer was filled and its captures are as they were."
  (and smbcmp-views--shown
       (smbcmp-views--same-p smbcmp-views--shown)))

(defun smbcmp-views--same-p (state)
  "Return non-nil if the captures of this buffer are as they were in STATE."
  (and (eq (car state) smbcmp-views-comparison)
       (not (memq nil (cdr state)))
       (equal (cdr state) (cdr (smbcmp-views--state)))))

(defun smbcmp-views-busy-p ()
  "Return non-nil if this buffer is being filled in the background."
  (and smbcmp-views--work (smbcmp-steps-going-p (car smbcmp-views--work))))

(defun smbcmp-views-show (kind mode print &optional keep)
  "Show KIND, a string, of the captures of this buffer, in a buffer of its own.
If it is of none, ask for one.  MODE is that buffer's, a function, and
PRINT is called there; with KEEP, not if it was for the same captures and
they are as they were."
  (pcase-let* ((`(,lists . ,comparison)
                (or (smbcmp-views--find)
                    (list (list (smbcmp-list-buffer (read-file-name "Capture: " nil nil t))))))
               (buffer (get-buffer-create
                        (format "*%s: %s*" kind (mapconcat #'buffer-name lists " - ")))))
    (with-current-buffer buffer
      ;; One of that name may be of captures that were closed since.
      (unless (and (eq major-mode mode) (equal lists smbcmp-views-lists))
        (let ((inhibit-read-only t)) (erase-buffer))
        (funcall mode))
      (setq smbcmp-views-lists lists
            smbcmp-views-comparison comparison))
    (pop-to-buffer-same-window buffer)
    (unless (and keep (or (smbcmp-views--fresh-p)
                          (and (smbcmp-views-busy-p)
                               (smbcmp-views--same-p (cdr smbcmp-views--work)))))
      (condition-case nil
          (smbcmp-with-user-errors (funcall print))
        (quit (smbcmp-views--stopped '(quit)))))))

(defun smbcmp-views-captures ()
  "Return the captures of this buffer, one or two.
Signal an error if one is no longer open."
  (mapcar (lambda (list)
            (unless (buffer-live-p list)
              (user-error "The packet list of this capture was killed"))
            (buffer-local-value 'smbcmp-list-capture list))
          smbcmp-views-lists))

;;;; Filling a buffer in the background

(defvar-local smbcmp-views--requests nil
  "Requests under way for this buffer, a list of (CAPTURE . REQUEST).")

(defun smbcmp-views-stop ()
  "Do nothing more in the background to fill this buffer."
  (smbcmp-steps-end (car smbcmp-views--work))
  (pcase-dolist (`(,capture . ,request) smbcmp-views--requests)
    (unless (memq (smbcmp-capture-state capture) '(failed closed))
      (smbcmp-host-abandon capture request)))
  (setq smbcmp-views--requests nil))

(defun smbcmp-views-do (what &rest steps)
  "Fill this buffer by STEPS, as `smbcmp-steps-begin' has them, in the background.
WHAT says for the user what is being done.  What is done soon is there
when this returns; the error of a step is signaled until then."
  (smbcmp-views-stop)
  (add-hook 'kill-buffer-hook #'smbcmp-views-stop nil t)
  (let* ((waiting t) problem
         (work (smbcmp-steps-begin
                (append (delq nil steps)
                        (list (lambda ()
                                (setq smbcmp-views--shown (smbcmp-views--state)
                                      smbcmp-views--requests nil))))
                (lambda (err)
                  (if waiting (setq problem err) (smbcmp-views--stopped err))))))
    (setq smbcmp-views--shown nil
          smbcmp-views--work (cons work (smbcmp-views--state)))
    (unless (condition-case err
                (smbcmp-steps-wait work)
              (quit (smbcmp-views-stop)
                    (signal (car err) (cdr err))))
      (smbcmp-views--note
       (concat what (substitute-command-keys
                     "; you can keep working, \\[keyboard-quit] stops it."))))
    (setq waiting nil)
    (when problem
      (smbcmp-views-stop)
      (signal (car problem) (cdr problem)))))

(defun smbcmp-views--note (text)
  "Have TEXT stand in this buffer as long as there is nothing else, or tell it."
  (let ((inhibit-read-only t))
    (cond ((not (or (= (point-min) (point-max))
                    (get-text-property (point-min) 'smbcmp-views-note)))
           (message "%s" text))
          (t (erase-buffer)
             (insert (propertize (concat text "\n") 'smbcmp-views-note t))
             (set-buffer-modified-p nil)
             (goto-char (point-min))))))

(defun smbcmp-views--stopped (err)
  "Say why nothing more is done to fill this buffer: ERR, an error, or (quit)."
  (smbcmp-views-stop)
  (smbcmp-views--note
   (if (eq 'quit (car err))
       (substitute-command-keys
        "Stopped; type \\<smbcmp-mode-map>\\[revert-buffer] to begin again.")
     (smbcmp-error-message err))))

(defun smbcmp-views-keyboard-quit ()
  "Stop filling this buffer."
  (interactive)
  (smbcmp-views--stopped '(quit)))

;; What is typed between two slices is no quit for the work in the background.
(define-key smbcmp-mode-map [remap keyboard-quit]
  '(menu-item "" smbcmp-views-keyboard-quit
              :filter (lambda (command) (and (smbcmp-views-busy-p) command))))

;;;; Asking captures

(defun smbcmp-views-ready-p (capture)
  "Return non-nil if CAPTURE is loaded and can be asked; nil if it will be."
  (if (memq (smbcmp-capture-state capture) '(opening loading))
      (ignore (smbcmp-host-notice-death capture))
    (smbcmp-capture-ensure-live capture)
    (smbcmp-capture-await-loaded capture)
    t))

(defun smbcmp-views-asking (captures verb arguments done &optional take)
  "Return a step that asks each of CAPTURES for VERB with ARGUMENTS, all at once.
DONE is called with what they reply, a list of parts for each.  With
TAKE, a function, the parts are what that returns, called with the
capture and a value for functions of the module."
  (let* ((parts (make-vector (length captures) nil)) (waiting nil) problem)
    (lambda ()
      (cond
       (problem (signal (car problem) (cdr problem)))
       (waiting (if (> waiting 0) 'wait
                  (ignore (funcall done (mapcar #'nreverse (append parts nil))))))
       ((not (cl-every #'smbcmp-views-ready-p captures)) 'wait)
       (t
        (setq waiting (length captures))
        (cl-loop
         for capture in captures for i from 0
         do (let ((i i) (capture capture))
              (smbcmp-views--ask
               capture verb arguments
               (lambda (kind value)
                 (pcase kind
                   ('progress)
                   ('error (setq problem (cons (car value) (cadr value))))
                   (_ (condition-case err
                          (push (if take (smbcmp-views--take take capture kind value) value)
                                (aref parts i))
                        (quit (setq problem err)))
                      (when (eq kind 'result) (cl-decf waiting)))))
               (and take t))))
        'wait)))))

(defun smbcmp-views--ask (capture &rest arguments)
  "Call `smbcmp-host-request' with CAPTURE and ARGUMENTS, for this buffer."
  (push (cons capture (apply #'smbcmp-host-request capture arguments))
        smbcmp-views--requests))

(defun smbcmp-views--take (take capture kind value)
  "Return what TAKE makes of VALUE, raw, of CAPTURE.  The user may quit.
KIND is that of the reply; a result is released, as nobody else does it."
  (unwind-protect (let ((inhibit-quit nil)) (funcall take capture value))
    (when (eq kind 'result) (smbcmp--module-release value))))

(defvar smbcmp-views--exchanges-at-once 32
  "How many exchanges are made without looking for what else there is to do.")

(defun smbcmp-views-exchanging (capture take)
  "Return steps that call TAKE with each exchange of CAPTURE.
They are as `smbcmp-exchanges' has them."
  (let* ((rules (smbcmp-rules-for-module (smbcmp-rules)))
         (comparing (smbcmp--module-compare-new rules))
         (number 0) (count 0) asked state nth)
    (list
     (lambda ()
       (cond ((consp state) (signal (car state) (cdr state)))
             (state nil)
             (asked 'wait)
             ((not (smbcmp-views-ready-p capture)) 'wait)
             (t (setq asked t)
                (push (cons capture
                            (smbcmp-compare-summarize
                             capture comparing nil rules '("SMB")
                             (lambda (new)
                               (unless (numberp (car-safe new)) (setq state (or new t))))))
                      smbcmp-views--requests)
                'wait)))
     (lambda () (ignore (smbcmp--module-compare-begin comparing 0.0 0 nil nil nil nil)))
     (lambda () (if (smbcmp--module-compare-ended comparing 0) nil 'wait))
     (lambda ()
       (pcase-let ((`(,all . ,function) (smbcmp-compare-exchanges-of capture comparing)))
         (setq count all nth function))
       nil)
     (lambda ()
       (let ((end (min count (+ number smbcmp-views--exchanges-at-once))))
         (while (< number end)
           (funcall take (funcall nth number))
           (cl-incf number))
         (< number count))))))

;;;; To the frames

(defun smbcmp-views-goto-frame (list frame)
  "Show FRAME in LIST, a packet list; all frames if the filter there hides it."
  (unless (buffer-live-p list)
    (user-error "The packet list of this capture was killed"))
  (pop-to-buffer list '((display-buffer-reuse-window display-buffer-use-some-window)))
  (unless (or (smbcmp-list-goto-frame frame) (not smbcmp-list-complete))
    (smbcmp-list-unfilter)
    (smbcmp-list-goto-frame frame)))

(defun smbcmp-views-filter-frames (list frames)
  "Have LIST, a packet list, show only FRAMES, numbers."
  (unless (buffer-live-p list)
    (user-error "The packet list of this capture was killed"))
  (pop-to-buffer list '((display-buffer-reuse-window display-buffer-use-some-window)))
  (smbcmp-list-filter
   (format "frame.number in {%s}"
           (smbcmp-capture-set
            (mapcar #'number-to-string (sort (delete-dups (copy-sequence frames)) #'<))))))

(provide 'smbcmp-views)
;;; smbcmp-views.el ends here
