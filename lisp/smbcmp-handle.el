;;; smbcmp-handle.el --- What is known of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The handle that `smbcmp-open' returns: what Emacs knows of a capture
;; without asking its host, and what became of its file meanwhile.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

;;;; The handle

(cl-defstruct (smbcmp-capture (:constructor smbcmp-handle-make) (:copier nil)
                              (:predicate smbcmp--capture-p))
  "A capture.  All slots but those in the manual are private.
`state' is one of `opening', `loading', `loaded', `dead' (the worker
died; the next request revives it), `failed' (`error' says why) and
`closed'."
  (file nil :documentation "Absolute file name.")
  (more nil :documentation "Names of further files that are read with it as one.")
  (only nil :documentation "What of it is opened, see `smbcmp-only-arguments'; nil is all.")
  (host 'worker)
  profile preferences
  (keys nil :documentation "Sealed; see smbcmp-keys.el.")
  (ignored nil :documentation "Frames that are not dissected: numbers, (FROM) for all from one on.")
  (grows nil :documentation "Non-nil if more is being written, see `smbcmp-host-grow'.")
  (state 'opening)
  (error nil :documentation "Condition and data of what went wrong last.")
  (frame-count 0)
  (last-frame 0 :documentation "Number of the last frame; beyond their count if not all are open.")
  (progress nil :documentation "(DONE . TOTAL) bytes while loading.")
  (damage nil :documentation "Why the capture can't be read to its end, or nil.")
  file-type size
  (identity nil :documentation "What `smbcmp-handle-file-identity' was of the file opened.")
  (columns nil :documentation "List of (TITLE FORMAT WIDTH).")
  notices
  (hooks nil :documentation "Functions called with the capture on each change.")
  process
  (serial 0)
  (requests (make-hash-table))
  (interrupted nil :documentation "Non-nil if the worker was asked to give up a frame.")
  (generation 0 :documentation "How often all frames were dissected again.")
  (loaded-once nil :documentation "Non-nil if a worker has loaded it to the end.")
  (deaths 0)
  (memory-deaths 0 :documentation "How many of these ran out of memory."))

(defun smbcmp-capture-p (object)
  "Return t if OBJECT is a capture, open or closed, as `smbcmp-open' returns it."
  (smbcmp--capture-p object))

(defun smbcmp-frame-count (capture)
  "Return the number of frames of CAPTURE, those loaded so far.
If not all that are in the file were opened, numbers of frames have gaps;
see `smbcmp-frames'."
  (smbcmp-capture-frame-count capture))

(defun smbcmp-handle-stamp (capture)
  "Return what is `equal' as long as CAPTURE, loaded, has the same frames.
They are others when it grows and when it is dissected again."
  (list (smbcmp-capture-generation capture) (smbcmp-capture-frame-count capture)
        (smbcmp-capture-ignored capture)))

(defun smbcmp-handle-ignored-p (capture frame)
  "Return non-nil if FRAME of CAPTURE is not dissected."
  (cl-some (lambda (ignored)
             (if (consp ignored) (>= frame (car ignored)) (= frame ignored)))
           (smbcmp-capture-ignored capture)))

(defun smbcmp-handle-changed (capture state)
  "Put CAPTURE in STATE and tell whoever wants to know."
  (setf (smbcmp-capture-state capture) state)
  (dolist (hook (smbcmp-capture-hooks capture))
    (funcall hook capture)))

;;;; The file

(defun smbcmp-handle-file-identity (file)
  "Return what tells whether FILE is still the same: (INODE SIZE TIME), or nil."
  (when-let* ((attributes (ignore-errors (file-attributes file))))
    (list (file-attribute-inode-number attributes)
          (file-attribute-size attributes)
          (file-attribute-modification-time attributes))))

(defun smbcmp-handle-file-change (capture)
  "Return what happened to CAPTURE's file since it was opened, or nil.
`deleted', `replaced' (or rewritten) or `grown'."
  (when (smbcmp-capture-identity capture)
    (pcase-let ((`(,inode ,size ,time) (smbcmp-capture-identity capture)))
      (pcase (smbcmp-handle-file-identity (smbcmp-capture-file capture))
        ('nil 'deleted)
        (`(,(pred (equal inode)) ,new-size ,new-time)
         (cond ((> new-size size) 'grown)
               ((or (/= new-size size) (not (time-equal-p time new-time))) 'replaced)))
        (_ 'replaced)))))

(defun smbcmp-handle-file-change-text (capture)
  "Say what happened to CAPTURE's file since it was opened; \"\" if nothing."
  (pcase (smbcmp-handle-file-change capture)
    ('deleted "the file was deleted after it was opened")
    ('replaced "the file was replaced after it was opened; open it again")
    ('grown "the file has grown since it was opened")
    (_ "")))

(defun smbcmp-handle-about (capture &rest messages)
  "Return MESSAGES, those not empty, as one that names the file of CAPTURE."
  (concat (if (smbcmp-capture-file capture)
              (concat (smbcmp-capture-file capture) ": ")
            "")
          (string-join (remove "" messages) "; ")))

(provide 'smbcmp-handle)
;;; smbcmp-handle.el ends here
