;;; smbcmp-compare-fields.el --- The fields that make exchanges differ  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Trees are asked for only of the divergences, of both captures at once;
;; the module says which of their fields differ and matter.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-capture)
(require 'smbcmp-compare-label)
(require 'smbcmp-comparison)

(declare-function smbcmp--module-compare-fields "smbcmp-module.so"
                  (comparing n tree-a index-a tree-b index-b))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

;;;; Asking both captures at once

(defun smbcmp-compare-wait (requests pending problem)
  "Wait for REQUESTS, a list of (CAPTURE . REQUEST).
PENDING is a function that returns nil when they are done with, PROBLEM
one that returns nil or an error, (CONDITION . DATA), which is signaled.
The requests are abandoned if it comes to that, or the user quits."
  (unwind-protect
      ;; PDU summaries are much garbage: collecting it each time that some came took
      ;; Emacs as long as all else it does.
      (let ((gc-cons-threshold (max gc-cons-threshold (* 16 1024 1024)))
            (captures (delete-dups (mapcar #'car requests))))
        (while (and (funcall pending) (not (funcall problem)))
          (smbcmp-compare-fields-pump captures)))
    (pcase-dolist (`(,capture . ,request) requests)
      (smbcmp-host-abandon capture request)))
  (when-let* ((found (funcall problem)))
    (signal (car found) (cdr found))))

(defun smbcmp-compare-fields-pump (captures)
  "Wait a little for the hosts of CAPTURES, less than `smbcmp-host-pump' does."
  (let ((busy (seq-filter #'smbcmp-host-busy-p captures))
        (read-process-output-max (max read-process-output-max (* 1024 1024))))
    (dolist (capture busy)
      (cond ((eq (smbcmp-capture-host capture) 'embedded) (smbcmp-host-pump capture))
            ((not (process-live-p (smbcmp-capture-process capture)))
             (smbcmp-host-worker-died capture))))
    ;; All workers' output is waited for at once, also of those that load.
    (when (cl-find 'worker captures :key #'smbcmp-capture-host)
      (accept-process-output nil 0.02))))

;;;; Trees and fields

(defun smbcmp-compare-fields--parts (exchange)
  "Return the PDUs of EXCHANGE, a plist, in the order they are compared."
  (append (mapcar (lambda (key) (plist-get exchange key)) '(:request :interim :response))
          (plist-get exchange :further)))

(defun smbcmp-compare-fields--batch ()
  "Return how many divergences' trees are asked for at once.
Users go on typing while they are looked at."
  (if noninteractive 64 8))

(defun smbcmp-compare-look-up (comparison divergences)
  "Look up the fields of those of COMPARISON's DIVERGENCES that need it."
  (let ((pending (seq-filter #'smbcmp-divergence-pending divergences)))
    (when pending (smbcmp-compare-fields--look-up-batch comparison pending))))

(defun smbcmp-compare-fields-step (next take)
  "Return a step, as of smbcmp-steps.el, that asks for trees and uses them.
NEXT is called until it returns nil, for what is asked for next, a
`smbcmp-compare-fields-asked'; TAKE is called with that when it has all."
  (let (asked)
    (lambda ()
      (cond ((null asked) (and (setq asked (funcall next)) 'wait))
            ((not (smbcmp-compare-fields-ready-p asked)) 'wait)
            (t (funcall take asked)
               (smbcmp-compare-fields-release asked)
               (setq asked nil)
               t)))))

(defun smbcmp-compare-fields-looking-up (comparison divergences &optional took)
  "Return a step that looks up the fields of some DIVERGENCES of COMPARISON.
DIVERGENCES is a function; what it returns, a list, is done bit by bit.
TOOK is called with each bit; if it returns nil, that is enough."
  (let ((begun nil) left bit)
    (smbcmp-compare-fields-step
     (lambda ()
       (unless begun (setq begun t left (funcall divergences)))
       (when (setq bit (seq-take left (smbcmp-compare-fields--batch)))
         (setq left (nthcdr (length bit) left))
         (smbcmp-compare-fields-ask comparison (seq-filter #'smbcmp-divergence-pending bit))))
     (lambda (asked)
       (smbcmp-compare-fields-take comparison asked)
       (unless (or (null took) (funcall took bit)) (setq left nil))))))

;; What is said of bytes that differ behind labels that do not.
(defun smbcmp-compare-fields--label (label)
  "Return LABEL as a string; it is as `smbcmp--module-compare-fields' has it."
  (pcase label
    (`[,name ,offset ,bytes ,more]
     (format "%s at byte %d: %s%s" name offset (if (string-empty-p bytes) "the end" bytes)
             (if more "…" "")))
    (_ label)))

(defun smbcmp-compare-fields-differing (comparison n asked a b)
  "Return what `smbcmp--module-compare-fields' does for divergence N of COMPARISON.
That is for the PDUs A and B, whose trees ASKED has; N is nil for what
differs of the environment.  All labels are strings."
  (let ((trees (smbcmp-compare-fields-asked-trees asked)))
    (mapcar (lambda (difference) (mapcar #'smbcmp-compare-fields--label difference))
            (smbcmp--module-compare-fields
             (smbcmp-comparison-native comparison) n
             (gethash (cons 'a (car a)) trees) (cdr a)
             (gethash (cons 'b (car b)) trees) (cdr b)))))

(defun smbcmp-compare-fields--look-up-batch (comparison divergences)
  "Look up the fields of DIVERGENCES of COMPARISON."
  (let ((asked (smbcmp-compare-fields-ask comparison divergences)))
    (unwind-protect
        (progn
          (smbcmp-compare-fields--await asked)
          (smbcmp-compare-fields-take comparison asked))
      (smbcmp-compare-fields-release asked))))

(cl-defstruct (smbcmp-compare-fields-asked (:copier nil))
  "Trees that captures were asked for, to look up fields."
  (parts nil :documentation "For each of DIVERGENCES the pairs of PDUs it is about.")
  (divergences nil :documentation "What is looked up.")
  (trees (make-hash-table :test 'equal) :documentation "From (SIDE . FRAME) to trees.")
  (requests nil :documentation "List of (CAPTURE . REQUEST).")
  (problem nil :documentation "The error that a capture replied, or nil."))

(defun smbcmp-compare-fields-ask-pairs (comparison pairs)
  "Ask for the trees of PAIRS of PDUs of COMPARISON; return as the next."
  (smbcmp-compare-fields--request comparison pairs
                                  (make-smbcmp-compare-fields-asked :parts (list pairs))))

(defun smbcmp-compare-fields-ask (comparison divergences)
  "Ask for what it takes to look up the fields of DIVERGENCES of COMPARISON.
Return a `smbcmp-compare-fields-asked'; see `smbcmp-compare-fields-take'."
  (let ((parts (mapcar (lambda (d)
                         (smbcmp-compare-both-parts comparison (smbcmp-divergence-exchange-a d)
                                                    (smbcmp-divergence-exchange-b d)))
                       divergences)))
    (smbcmp-compare-fields--request comparison (apply #'append parts)
                                    (make-smbcmp-compare-fields-asked
                                     :parts parts :divergences divergences))))

(defun smbcmp-compare-fields--answered-p (asked)
  "Return non-nil if all trees of ASKED are there."
  (= (hash-table-count (smbcmp-compare-fields-asked-trees asked))
     (length (smbcmp-compare-fields-asked-requests asked))))

(defun smbcmp-compare-fields--await (asked)
  "Wait for the trees of ASKED."
  (smbcmp-compare-wait (smbcmp-compare-fields-asked-requests asked)
                       (lambda () (not (smbcmp-compare-fields--answered-p asked)))
                       (lambda () (smbcmp-compare-fields-asked-problem asked))))

(defun smbcmp-compare-fields-ready-p (asked)
  "Return non-nil if all trees of ASKED are there, without waiting.
Signal the error that a capture replied."
  (dolist (capture (delete-dups (mapcar #'car (smbcmp-compare-fields-asked-requests asked))))
    (when (eq (smbcmp-capture-host capture) 'embedded) (smbcmp-host-pump capture)))
  (or (and (smbcmp-compare-fields-asked-problem asked)
           (smbcmp-compare-fields--await asked))
      (smbcmp-compare-fields--answered-p asked)))

(defun smbcmp-compare-fields-take (comparison asked)
  "Note the fields of COMPARISON's divergences for which ASKED has the trees."
  (cl-loop
   for divergence in (smbcmp-compare-fields-asked-divergences asked)
   for pairs in (smbcmp-compare-fields-asked-parts asked)
   do (let ((parts (cl-loop for (a . b) in pairs
                            collect (smbcmp-compare-fields-differing
                                     comparison (smbcmp-divergence-number divergence)
                                     asked a b))))
        (setf (smbcmp-divergence-lead divergence) (length (seq-find #'identity parts))
              (smbcmp-divergence-fields divergence) (mapcar (lambda (field) (seq-take field 3))
                                                            (apply #'append parts))
              (smbcmp-divergence-mask divergence) (smbcmp-compare-label-mask
                                                   divergence (apply #'append parts))
              (smbcmp-divergence-pending divergence) nil))
   (smbcmp-compare-relabel comparison divergence)))

(defun smbcmp-compare-fields-release (asked)
  "Free the trees of ASKED."
  (maphash (lambda (_ tree) (smbcmp--module-release tree))
           (smbcmp-compare-fields-asked-trees asked)))

(defun smbcmp-compare-both-parts (comparison a b)
  "Return the pairs of PDUs of the exchanges A and B, numbers, of COMPARISON."
  (cl-loop for part-a in (smbcmp-compare-fields--parts
                          (smbcmp-comparison-exchange comparison 'a a))
           for part-b in (smbcmp-compare-fields--parts
                          (smbcmp-comparison-exchange comparison 'b b))
           when (and part-a part-b) collect (cons part-a part-b)))

(defun smbcmp-compare-fields--request (comparison pairs asked)
  "Ask for the trees of PAIRS of PDUs of COMPARISON, for ASKED; return that."
  (let (keys)
    (pcase-dolist (`((,frame-a . ,_) . (,frame-b . ,_)) pairs)
      (cl-pushnew (cons 'a frame-a) keys :test #'equal)
      (cl-pushnew (cons 'b frame-b) keys :test #'equal))
    (dolist (key keys asked)
      (let ((capture (if (eq (car key) 'a) (smbcmp-comparison-a comparison)
                       (smbcmp-comparison-b comparison))))
        (push (cons capture
                    (smbcmp-host-request
                     capture "tree" (list :frame (cdr key))
                     (lambda (kind value)
                       (if (eq kind 'error)
                           (setf (smbcmp-compare-fields-asked-problem asked)
                                 (cons (car value) (cadr value)))
                         (puthash key value (smbcmp-compare-fields-asked-trees asked))))
                     t))
              (smbcmp-compare-fields-asked-requests asked))))))

(defun smbcmp-compare-say (comparison divergence a b)
  "Have DIVERGENCE of COMPARISON, which is returned, say what it is.
A and B are its exchanges, plists or nil."
  ;; The weight first: it is part of what is said.
  (setf (smbcmp-divergence-weight divergence) (smbcmp-compare-label-weight divergence a b)
        (smbcmp-divergence-label divergence) (smbcmp-compare-label divergence a b))
  (smbcmp-comparison-share comparison divergence))

(defun smbcmp-compare-relabel (comparison divergence)
  "Say again what DIVERGENCE of COMPARISON is, now that its fields are known."
  (smbcmp-compare-say
   comparison divergence
   (smbcmp-comparison-exchange comparison 'a (smbcmp-divergence-exchange-a divergence))
   (smbcmp-comparison-exchange comparison 'b (smbcmp-divergence-exchange-b divergence))))

(defun smbcmp-comparison-fields (comparison n)
  "Return the fields of divergence N, from 0, of COMPARISON.
That is its :fields, looked up now if it wasn't yet; see
`smbcmp-compare-fields-limit'."
  (let ((divergence (aref (smbcmp-comparison-found comparison) n)))
    (smbcmp-compare-look-up comparison (list divergence))
    (smbcmp-divergence-fields divergence)))

(provide 'smbcmp-compare-fields)
;;; smbcmp-compare-fields.el ends here
