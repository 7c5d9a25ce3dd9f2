;;; smbcmp-steps.el --- Long work, a little at a time  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What takes long is done in steps in the background, for a moment each
;; time, so that Emacs does what the user types in between.  Who began it
;; may wait a little: what is done soon is then there at once.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defvar smbcmp-steps-slice 0.02
  "Seconds after which Emacs does what else there is.")

(defconst smbcmp-steps-garbage (* 48 1024 1024)
  "Bytes that are used up in a slice without collecting garbage.")

(defvar smbcmp-steps-patience (unless noninteractive 0.03)
  "Seconds that a command waits for what it began.
Nil is until all is done: in batch, where nobody does anything meanwhile.")

;;;; Garbage

(defconst smbcmp-steps-busy-garbage (* 16 1024 1024)
  "Bytes that may be used before garbage is collected while something goes on.
What captures reply is garbage at once; with the default, most of the time
would go into collecting it.  Of conses there may be fewer, see
`smbcmp-steps-most-conses'.")

(defvar smbcmp-steps--busy nil
  "What goes on: buffers, what `smbcmp-steps-begin' returned, and `command'.")

(defvar smbcmp-steps--threshold nil
  "What `gc-cons-threshold' was and what was made of it, or nil if nothing was.")

(defun smbcmp-steps--busy-p (what)
  "Return non-nil if WHAT, of `smbcmp-steps--busy', may still go on."
  (cond ((eq what 'command))
        ((bufferp what) (buffer-live-p what))
        (t (smbcmp-steps-going-p what))))

(defun smbcmp-steps-note-busy (what busy)
  "Note that WHAT goes on, or if BUSY is nil that it ended.
It is a buffer, work or `command'."
  (setq smbcmp-steps--busy (cl-remove-if-not #'smbcmp-steps--busy-p
                                             (remq what smbcmp-steps--busy)))
  (when busy (push what smbcmp-steps--busy))
  ;; Not what it is in here: some of what goes on binds it.
  (let* ((now (default-toplevel-value 'gc-cons-threshold))
         (outer (if (eql now (cdr smbcmp-steps--threshold)) (car smbcmp-steps--threshold)
                  ;; The user, or a package, may have set it meanwhile.
                  now))
         (inner (cond ((memq 'command smbcmp-steps--busy) smbcmp-steps-garbage)
                      (smbcmp-steps--busy smbcmp-steps-busy-garbage)
                      (t 0))))
    (setq smbcmp-steps--threshold (and (< outer inner) (cons outer inner)))
    (unless (= now (max outer inner))
      (set-default-toplevel-value 'gc-cons-threshold (max outer inner)))))

(defconst smbcmp-steps-most-conses 150000
  "Conses that may be used up before garbage is collected between slices.
To free a million takes Emacs longer than to look at all that is kept, with
the square of how many there are: for each 16 kB that become free it goes
through all that are free already (lisp_align_free, in its alloc.c).")

(defvar smbcmp-steps--collected '(-1 0 0)
  "List (COUNT BYTES CONSES): `gcs-done', what was used up when it was first seen.")

(defun smbcmp-steps--used ()
  "Return (BYTES CONSES): what was used up since a collection was first seen."
  (pcase-let* ((`(,conses ,floats ,cells ,_ ,characters . ,_) (memory-use-counts))
               (bytes (+ (* 16 conses) (* 8 floats) (* 8 cells) characters)))
    (unless (eql gcs-done (car smbcmp-steps--collected))
      (setq smbcmp-steps--collected (list gcs-done bytes conses)))
    (cl-mapcar #'- (list bytes conses) (cdr smbcmp-steps--collected))))

(defun smbcmp-steps--most-garbage ()
  "Return how many bytes may be used before garbage is collected between slices.
That is without regard to a command, which may use more, as what it began
goes on when it is done."
  (if smbcmp-steps--threshold (max (car smbcmp-steps--threshold) smbcmp-steps-busy-garbage)
    gc-cons-threshold))

(defun smbcmp-steps--much-garbage-p ()
  "Return non-nil if a slice might collect garbage."
  (pcase-let ((`(,bytes ,conses) (smbcmp-steps--used)))
    (or (> bytes (* 0.8 (smbcmp-steps--most-garbage)))
        ;; Who has Emacs collect rarely wants just that.
        (and smbcmp-steps--threshold (> conses smbcmp-steps-most-conses)))))

(defun smbcmp-steps-collect ()
  "Collect garbage if otherwise a slice might; return non-nil if that was done.
Between slices it takes its own time, not theirs on top."
  (when (smbcmp-steps--much-garbage-p)
    (garbage-collect)
    (smbcmp-steps-pause)
    t))

(defvar smbcmp-steps--idle nil
  "The timer that collects the garbage of commands, or nil.")

(defconst smbcmp-steps-idle 0.5
  "Seconds that Emacs is idle until garbage of commands is collected.")

(defun smbcmp-steps-note-command ()
  "Have the garbage of this command be collected when Emacs is idle.
A key in a long list makes several times what may be used up before a
collection, and each goes through all that is kept of a large capture:
that took longer than the command.  For `pre-command-hook'."
  (unless (or noninteractive smbcmp-steps--idle)
    (smbcmp-steps--used) ; what was used up before is not this command's
    (smbcmp-steps-note-busy 'command t)
    (setq smbcmp-steps--idle
          (run-with-idle-timer smbcmp-steps-idle nil #'smbcmp-steps--collect-idle))))

(defun smbcmp-steps--collect-idle ()
  "Collect the garbage of commands, if there is much."
  (setq smbcmp-steps--idle nil)
  (smbcmp-steps-note-busy 'command nil)
  (smbcmp-steps-collect))

;;;; Turns

(defvar smbcmp-steps--pause 0.0
  "Until when Emacs does what else there is.")

(defun smbcmp-steps-pause ()
  "Note that a slice, of whatever, ends.
Timers that are due run one after the other, before Emacs looks what the
user has typed: together, slices of several things would be a long one."
  (setq smbcmp-steps--pause (+ (float-time) 0.002)))

(defvar smbcmp-steps--typed nil
  "When it was first seen that input waits, or nil if none does.")

(defun smbcmp-steps--input-first-p ()
  "Return non-nil if input waits that Emacs will soon read.
If it doesn't, a command may be waiting for what is done in slices."
  (setq smbcmp-steps--typed (and (input-pending-p) (or smbcmp-steps--typed (float-time))))
  (and smbcmp-steps--typed (< (float-time) (+ smbcmp-steps--typed 0.1))))

(defun smbcmp-steps-postponed ()
  "Return in how many seconds a slice may be done, or nil for now.
Not right after another; and not before what was typed, which Emacs reads
once no timer is due any more."
  (cond ((smbcmp-steps--input-first-p) 0.02)
        ((< (float-time) smbcmp-steps--pause) 0.003)))

;;;; Work

(defun smbcmp-steps-begin (steps failed)
  "Do STEPS in this buffer, in the background, one after the other.
Each is a function that is called until it returns nil; if it returns
`wait', there is nothing to do for a moment.  FAILED is called with the
error if one signals one, or with (quit).  Return a list, for the other
functions here."
  (let ((work (cons failed steps)))
    (smbcmp-steps-note-busy work t)
    (smbcmp-steps--later work 0)
    work))

(defun smbcmp-steps-going-p (work)
  "Return non-nil if something is left of WORK, of `smbcmp-steps-begin'."
  (and (cdr work) t))

(defun smbcmp-steps-end (work)
  "Do nothing more of WORK, of `smbcmp-steps-begin'."
  (when work
    (setcdr work nil)
    (smbcmp-steps-note-busy work nil)))

(defun smbcmp-steps--later (work seconds)
  "Go on with WORK in this buffer in SECONDS."
  (run-with-timer seconds nil #'smbcmp-steps--go (current-buffer) work))

(defvar smbcmp-steps--end nil
  "When a command that waits goes on, or nil.")

(defun smbcmp-steps--go (buffer work)
  "Do some of WORK in BUFFER."
  (cond
   ((null (cdr work)))
   ((not (buffer-live-p buffer)) (smbcmp-steps-end work))
   (t
    (with-current-buffer buffer
      (if-let* ((seconds (smbcmp-steps-postponed)))
          (smbcmp-steps--later work seconds)
        (smbcmp-steps--take-turn work))))))

(defun smbcmp-steps--take-turn (work)
  "Do some of WORK in this buffer, or what is to be done before."
  (cond
   ;; A collection is nothing that a command waits for.
   ((and smbcmp-steps--end (or (> (float-time) smbcmp-steps--end)
                               (smbcmp-steps--much-garbage-p)))
    (setq smbcmp-steps--end 0)
    (smbcmp-steps--later work 0.005))
   ((smbcmp-steps-collect) (smbcmp-steps--later work 0.005))
   (t (smbcmp-steps--slice work))))

(defun smbcmp-steps--slice (work)
  "Do some of WORK in this buffer."
  (let ((until (min (+ (float-time) smbcmp-steps-slice)
                    (or smbcmp-steps--end 1.0e+INF)))
        (gc-cons-threshold (max gc-cons-threshold smbcmp-steps-garbage))
        (inhibit-quit nil))
    (condition-case err
        (while (let ((more (funcall (cadr work))))
                 (unless more (pop (cdr work)))
                 (and (cdr work) (not (eq more 'wait)) (< (float-time) until))))
      ((error quit)
       (smbcmp-steps-end work)
       (funcall (car work) err))))
  (smbcmp-steps-pause)
  ;; Here garbage may be collected; a timer begun before would run right after it.
  (if (cdr work) (smbcmp-steps--later work 0.005)
    (smbcmp-steps-note-busy work nil)))

(defun smbcmp-steps-wait (work)
  "Wait for WORK as long as `smbcmp-steps-patience' says; return t if it is done.
The user may quit; then WORK ends."
  (let ((smbcmp-steps--end (and smbcmp-steps-patience
                                (+ (float-time) smbcmp-steps-patience)))
        done)
    (unwind-protect
        (progn
          (while (and (smbcmp-steps-going-p work)
                      (or (null smbcmp-steps--end) (< (float-time) smbcmp-steps--end)))
            (accept-process-output nil 0.005))
          (setq done t))
      (unless done (smbcmp-steps-end work)))
    (not (smbcmp-steps-going-p work))))

(defvar smbcmp-steps-at-once 16
  "How many things are done without looking for what else there is to do.")

(defun smbcmp-steps-each (things function)
  "Return a step that calls FUNCTION with one thing after the other.
THINGS is a function that returns the list of them when the step begins."
  (let ((begun nil) (left nil))
    (lambda ()
      (unless begun (setq begun t left (funcall things)))
      (cl-loop repeat smbcmp-steps-at-once while left do (funcall function (pop left)))
      (and left t))))

(defun smbcmp-steps-across (vector function)
  "Return a step that calls FUNCTION with one element of VECTOR after the other.
It gets their places, too.  VECTOR is a function that returns it when the
step begins."
  (let ((elements nil) (place 0))
    (lambda ()
      (unless elements (setq elements (funcall vector)))
      (cl-loop repeat smbcmp-steps-at-once while (< place (length elements))
               do (funcall function (aref elements place) place) (cl-incf place))
      (< place (length elements)))))

(defun smbcmp-steps-several (steps)
  "Return a step that does what STEPS, a function, returns when it begins.
That are steps themselves."
  (let ((begun nil) (left nil))
    (lambda ()
      (unless begun (setq begun t left (funcall steps)))
      (let ((more (and left (funcall (car left)))))
        (unless more (pop left))
        (or more (and left t))))))

(defun smbcmp-steps-run (steps)
  "Do STEPS, as `smbcmp-steps-begin' has them, at once; none may have to wait."
  (dolist (step steps) (while (funcall step))))

(provide 'smbcmp-steps)
;;; smbcmp-steps.el ends here
