;;; smbcmp-views.el --- Other ways to look at captures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What the tables and pictures of one capture or of two have in common:
;; which captures they are of, asking both workers at once, and the way
;; back to the frames.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-capture)
(require 'smbcmp-compare)
(require 'smbcmp-list)

(declare-function smbcmp--module-release "smbcmp-module.so" (value))

(autoload 'smbcmp-latency "smbcmp-latency-view" nil t)
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
       (eq (car smbcmp-views--shown) smbcmp-views-comparison)
       (not (memq nil (cdr smbcmp-views--shown)))
       (equal (cdr smbcmp-views--shown) (cdr (smbcmp-views--state)))))

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
    (condition-case nil
        (unless (and keep (smbcmp-views--fresh-p))
          (smbcmp-with-user-errors (funcall print))
          (setq smbcmp-views--shown (smbcmp-views--state)))
      (quit
       (when (= (point-min) (point-max))
         (let ((inhibit-read-only t))
           (insert (substitute-command-keys
                    "Stopped; type \\<smbcmp-mode-map>\\[revert-buffer] to begin again.\n"))))
       (message "Stopped")))))

(defun smbcmp-views-captures ()
  "Return the captures of this buffer, one or two.
Signal an error if one is no longer open."
  (mapcar (lambda (list)
            (unless (buffer-live-p list)
              (user-error "The packet list of this capture was killed"))
            (buffer-local-value 'smbcmp-list-capture list))
          smbcmp-views-lists))

;;;; Asking

(defun smbcmp-views-ask (captures verb arguments what &optional take)
  "Ask each of CAPTURES for VERB with ARGUMENTS, all at the same time.
Return what they reply, a list of parts for each.  WHAT says for the
user what is being done.  With TAKE, a function, the parts are what that
returns, called with the capture and a value for functions of the module.
Signal the error that one replies; `C-g' quits."
  (dolist (capture captures)
    (smbcmp-capture-ensure-live capture)
    (smbcmp-capture-await-loaded capture))
  (let* ((n (length captures))
         (parts (make-vector n nil))
         (waiting n)
         (progress (make-vector n 0))
         (total (max 1 (apply #'+ (mapcar #'smbcmp-frame-count captures))))
         (begin (float-time))
         problem reporter)
    (smbcmp-compare-wait
     (cl-loop for capture in captures for i from 0
              collect
              ;; Of this turn: the loop's own are others by the time of a reply.
              (let ((i i) (capture capture))
                (cons capture
                      (smbcmp-host-request
                       capture verb arguments
                       (lambda (kind value)
                         (pcase kind
                           ('progress (aset progress i (car value)))
                           ('error (setq problem (cons (car value) (cadr value))))
                           (_ (push (if take (smbcmp-views--take take capture kind value)
                                      value)
                                    (aref parts i))
                              (when (eq kind 'result) (cl-decf waiting)))))
                       (and take t)))))
     (lambda ()
       (if reporter
           (progress-reporter-update reporter (seq-reduce #'+ progress 0))
         (when (> (float-time) (+ begin 0.5))
           (setq reporter (make-progress-reporter (concat what "...") 0 total))))
       (> waiting 0))
     (lambda () problem))
    (mapcar #'nreverse (append parts nil))))

(defvar-local smbcmp-views--requests nil
  "Requests under way for this buffer, a list of (CAPTURE . REQUEST).")

(defun smbcmp-views-ask-later (verb arguments what done)
  "Ask the captures of this buffer for VERB with ARGUMENTS; do not wait.
DONE is called here with what they reply, as `smbcmp-views-ask' has it.
WHAT says for the user what is being done, in a buffer with nothing else."
  (smbcmp-views-stop)
  (add-hook 'kill-buffer-hook #'smbcmp-views-stop nil t)
  (let* ((captures (smbcmp-views-captures))
         (parts (make-vector (length captures) nil))
         (waiting (length captures))
         (buffer (current-buffer)))
    (when (= (point-min) (point-max))
      (let ((inhibit-read-only t))
        (insert what "; you can keep working.\n")
        (goto-char (point-min))))
    (cl-loop
     for capture in captures for i from 0
     do (smbcmp-capture-ensure-live capture)
     (let ((i i))
       (push (cons capture
                   (smbcmp-host-request
                    capture verb arguments
                    (lambda (kind value)
                      (when (buffer-live-p buffer)
                        (with-current-buffer buffer
                          (pcase kind
                            ('progress)
                            ('error (smbcmp-views-stop)
                                    (message "%s" (smbcmp-error-message
                                                   (cons (car value) (cadr value)))))
                            (_ (push value (aref parts i))
                               (when (eq kind 'result) (cl-decf waiting))
                               (when (zerop waiting)
                                 (setq smbcmp-views--requests nil)
                                 (funcall done (mapcar #'nreverse (append parts nil)))))))))))
             smbcmp-views--requests)))))

(defun smbcmp-views-stop ()
  "Stop asking for this buffer."
  (pcase-dolist (`(,capture . ,request) smbcmp-views--requests)
    (smbcmp-host-abandon capture request))
  (setq smbcmp-views--requests nil))

(defun smbcmp-views--take (take capture kind value)
  "Return what TAKE makes of VALUE, raw, of CAPTURE; nil if the user quits.
KIND is that of the reply; a result is released, as nobody else does it."
  (unwind-protect (with-local-quit (funcall take capture value))
    (when (eq kind 'result) (smbcmp--module-release value))))

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
