;;; smbcmp-compare-run.el --- Compare what was collected  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What is done once both captures are summed up, all at once for scripts,
;; or bit by bit, the module's part in a thread of its own, for users, who
;; go on typing meanwhile.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-compare)
(require 'smbcmp-compare-environment)
(require 'smbcmp-compare-once)
(require 'smbcmp-steps)

(declare-function smbcmp--module-compare-again "smbcmp-module.so" (comparing))
(declare-function smbcmp--module-compare-begin "smbcmp-module.so"
                  (comparing slower delay pins rename names connects))
(declare-function smbcmp--module-compare-ended "smbcmp-module.so" (comparing milliseconds))
(declare-function smbcmp--module-compare-keep "smbcmp-module.so" (comparing side frames))
(declare-function smbcmp--module-compare-result "smbcmp-module.so" (comparing))
(declare-function smbcmp--module-compare-stop "smbcmp-module.so" (comparing))

(defconst smbcmp-compare-run--many 100
  "How many divergences are made in a step.")

(defvar smbcmp-compare-run--patience 0
  "Milliseconds that the module is waited for at once.")

(defun smbcmp-compare-run (comparison &rest plist)
  "Compare what COMPARISON has; PLIST is as in `smbcmp-diff-captures'.
May be called again, with other pins."
  (let ((smbcmp-compare-run--patience 20)
        ;; What captures reply is much garbage.
        (gc-cons-threshold (max gc-cons-threshold (* 16 1024 1024))))
    (unwind-protect
        (dolist (step (apply #'smbcmp-compare-run-steps comparison plist))
          (while (let ((more (funcall step)))
                   (when (eq more 'wait)
                     (smbcmp-compare-fields-pump (list (smbcmp-comparison-a comparison)
                                                       (smbcmp-comparison-b comparison))))
                   more)))
      (smbcmp-compare-run-stop comparison))))

(defun smbcmp-compare-run-stop (comparison)
  "Stop what goes on to compare what COMPARISON has."
  (smbcmp--module-compare-stop (smbcmp-comparison-native comparison))
  (pcase-dolist (`(,capture . ,request) (smbcmp-comparison-requests comparison))
    (unless (memq (smbcmp-capture-state capture) '(failed closed))
      (smbcmp-host-abandon capture request)))
  (setf (smbcmp-comparison-requests comparison) nil))

(defun smbcmp-compare-run-again (comparison)
  "Return a comparison that is as COMPARISON, which stays, to be run again."
  (let ((again (copy-sequence comparison)))
    (setf (smbcmp-comparison-native again) (smbcmp--module-compare-again
                                            (smbcmp-comparison-native comparison))
          (smbcmp-comparison-kept again) (smbcmp-comparison-native again))
    again))

(defun smbcmp-compare-run-steps (comparison &rest plist)
  "Return functions that do together what `smbcmp-compare-run' does.
COMPARISON and PLIST are as there.  Each takes little time; it is to be
called until it returns nil, and then the next.  If it returns `wait', it
has nothing to do for a moment."
  (append
   (smbcmp-compare-run--judging comparison plist)
   (list (smbcmp-steps-several (lambda () (smbcmp-compare-run--once comparison plist)))
         (smbcmp-compare-fields-looking-up
          comparison (lambda () (smbcmp-compare-run--looked-up comparison)))
         (lambda () (ignore (smbcmp-compare-once-insert comparison)))
         (smbcmp-steps-several (lambda () (smbcmp-compare-environment-finding comparison)))
         (lambda () (ignore (smbcmp-compare-run--say-why comparison))))
   (smbcmp-compare-run--weighing-grants comparison)
   (smbcmp-compare-run-numbering comparison)
   (list (smbcmp-compare-run--grouping-alike comparison))))

(defun smbcmp-compare-run--judging (comparison plist)
  "Return steps that have the module compare what COMPARISON has.
PLIST is as in `smbcmp-diff-captures'."
  (let ((count 0) (known 0) made)
    (list (smbcmp-compare-run--keeping comparison 'a)
          (smbcmp-compare-run--keeping comparison 'b)
          (lambda ()
            (setf (smbcmp-comparison-kept comparison) (smbcmp-comparison-native comparison))
            (apply #'smbcmp--module-compare-begin (smbcmp-compare-arguments comparison plist))
            nil)
          (lambda ()
            (and (not (smbcmp--module-compare-ended (smbcmp-comparison-native comparison)
                                                    smbcmp-compare-run--patience))
                 (if (zerop smbcmp-compare-run--patience) 'wait t)))
          (lambda () (ignore (setq count (smbcmp-compare-take comparison plist))))
          (lambda ()
            (let ((next (min count (+ known smbcmp-compare-run--many))))
              (push (smbcmp-compare-divergences comparison known next) made)
              (< (setq known next) count)))
          (lambda ()
            (setf (smbcmp-comparison-found comparison) (apply #'vconcat (nreverse made)))
            nil))))

(defun smbcmp-compare-run--keeping (comparison side)
  "Return a step that has the module leave out what the filter of SIDE does.
SIDE is `a' or `b', of COMPARISON."
  (pcase-let ((`(,of ,capture)
               (if (eq side 'a) (list #'car (smbcmp-comparison-a comparison))
                 (list #'cdr (smbcmp-comparison-b comparison))))
              (asked nil) (parts nil) (ended nil) (problem nil))
    (lambda ()
      (let ((filter (funcall of (smbcmp-comparison-filters comparison)))
            (native (smbcmp-comparison-native comparison)))
        (cond
         (problem (apply #'signal problem))
         (ended (ignore (smbcmp--module-compare-keep native (eq side 'b)
                                                     (apply #'nconc (nreverse parts)))))
         (asked 'wait)
         ((or (null filter) (string-empty-p (string-trim filter))
              (eq native (smbcmp-comparison-kept comparison)))
          nil)
         ;; Before, it would tell of those frames alone that are there.
         ((memq (smbcmp-capture-state capture) '(opening loading)) 'wait)
         (t
          (setq asked t)
          (push (cons capture
                      (smbcmp-host-request
                       capture "filter" (list :filter filter)
                       (lambda (kind value)
                         (pcase kind
                           ('error (setq problem value))
                           ('part (push value parts))
                           ('result (push value parts) (setq ended t))))))
                (smbcmp-comparison-requests comparison))
          'wait))))))

(defun smbcmp-compare-run--once (comparison plist)
  "Return steps that compare again without what goes through all of COMPARISON.
nil if that was done.  PLIST is as in `smbcmp-diff-captures'."
  (when (and (smbcmp-comparison-rules comparison) (not (smbcmp-comparison-once comparison)))
    (let (begins)
      (append
       (smbcmp-compare-once-finding comparison (lambda (found) (setq begins found)))
       (list (smbcmp-steps-several
              (lambda ()
                (and begins
                     (cons (smbcmp-compare-once-collecting comparison begins)
                           (smbcmp-compare-run--judging comparison plist))))))))))

(defun smbcmp-compare-run--looked-up (comparison)
  "Return the divergences of COMPARISON whose fields are looked up."
  (append (seq-take (smbcmp-comparison-found comparison) smbcmp-compare-fields-limit) nil))

(defun smbcmp-compare-run--denied-p (divergence)
  "Return non-nil if something was denied in DIVERGENCE."
  (and (eq 'status (smbcmp-divergence-kind divergence))
       (string-match-p "DENIED\\|PROTECTED\\|PRIVILEGE\\|denied"
                       (smbcmp-divergence-label divergence))))

(defun smbcmp-compare-run--grants-p (divergence)
  "Return non-nil if all that differs in DIVERGENCE is what a tree grants."
  (and (eq 'response (smbcmp-divergence-kind divergence))
       (string-prefix-p "TREE CONNECT" (smbcmp-divergence-label divergence))
       (seq-every-p (lambda (change) (string-prefix-p "smb.access" (symbol-name (car change))))
                    (smbcmp-divergence-fields divergence))))

(defun smbcmp-compare-run--weighing-grants (comparison)
  "Return steps that weigh what trees grant in COMPARISON.
It is a value unless something was denied: then it is behaviour, of which
the other follows, perhaps."
  (let (denied grants)
    (list (smbcmp-steps-across
           (lambda () (smbcmp-comparison-found comparison))
           (lambda (divergence _place)
             (cond ((smbcmp-compare-run--denied-p divergence) (setq denied t))
                   ((smbcmp-compare-run--grants-p divergence) (push divergence grants)))))
          (lambda ()
            (unless denied
              (dolist (divergence grants) (setf (smbcmp-divergence-weight divergence) 'value)))))))

(defun smbcmp-compare-run--content-p (field)
  "Return non-nil if FIELD, a symbol, is bytes, or how many there are."
  (>= (smbcmp-compare-label-rank field) 8))

(defun smbcmp-compare-run--changes (comparison divergence)
  "Return what DIVERGENCE of COMPARISON has in common with others, or nil.
That is how its fields change, or, if these are but bytes of a file, its path."
  (when-let* ((fields (smbcmp-divergence-fields divergence))
              (a (smbcmp-divergence-exchange-a divergence)))
    (or (and (seq-every-p (lambda (change) (smbcmp-compare-run--content-p (car change))) fields)
             (let ((path (plist-get (smbcmp-comparison-exchange comparison 'a a) :path)))
               ;; Where it is not said what file it is, that is no one's.
               (and path (not (string-empty-p path)) (list 'content path))))
        (seq-uniq fields))))

(defun smbcmp-compare-run--grouping-alike (comparison)
  "Return a step that groups divergences of COMPARISON with the same changes.
They get the first one as their cause: a file of another name, say, or one
that has other bytes."
  (let ((first (make-hash-table :test 'equal)))
    (smbcmp-steps-across
     (lambda () (smbcmp-comparison-found comparison))
     (lambda (divergence place)
       (let* ((changes (and (memq (smbcmp-divergence-kind divergence) '(request response))
                            (not (smbcmp-divergence-cause divergence))
                            (smbcmp-compare-run--changes comparison divergence)))
              (known (and changes (gethash changes first))))
         (cond (known (setf (smbcmp-divergence-cause divergence) known))
               (changes (puthash changes place first))))))))

(defun smbcmp-compare-run-numbering (comparison)
  "Return steps that note where the divergences of COMPARISON are.
Causes, which have the module's numbers, point there then."
  (let ((of-number []) (of-row (make-hash-table)))
    (list (lambda ()
            ;; Of what the module has by now: it may have compared again.
            (setq of-number (make-vector (aref (smbcmp--module-compare-result
                                                (smbcmp-comparison-native comparison))
                                               1)
                                         nil))
            nil)
          (smbcmp-steps-across
           (lambda () (smbcmp-comparison-found comparison))
           (lambda (divergence place)
             (let ((number (smbcmp-divergence-number divergence)))
               (if number (aset of-number number place)
                 (puthash (smbcmp-divergence-row divergence) place of-row)))))
          (smbcmp-steps-across
           (lambda () (smbcmp-comparison-found comparison))
           (lambda (divergence _place)
             (let ((cause (smbcmp-divergence-cause divergence)))
               (when cause
                 (setf (smbcmp-divergence-cause divergence) (aref of-number cause))))))
          (lambda () (ignore (setf (smbcmp-comparison-numbers comparison)
                                   (cons of-number of-row)))))))

(defconst smbcmp-compare-run--limits
  '(("READ ANDX" . "Max Buffer Size") ("WRITE ANDX" . "Max Buffer Size")
    ("READ" . "Max Read Size") ("WRITE" . "Max Write Size") ("FIND" . "Max Transaction Size"))
  "What limits the size of requests in the environment, by their command's name.")

(defun smbcmp-compare-run--say-why (comparison)
  "Say why exchanges of COMPARISON come in other pieces, if its environment tells."
  (let ((names (mapcar (lambda (row) (plist-get row :name))
                       (smbcmp-comparison-environment comparison))))
    (cl-loop
     for divergence across (smbcmp-comparison-found comparison)
     when (smbcmp-divergence-pieces divergence)
     do (let* ((label (smbcmp-divergence-label divergence))
               (limit (cl-find-if (lambda (limit) (string-prefix-p (car limit) label))
                                  smbcmp-compare-run--limits)))
          (when (member (cdr limit) names)
            (setf (smbcmp-divergence-label divergence)
                  (format "%s (%s)" label (cdr limit))))))))

(provide 'smbcmp-compare-run)
;;; smbcmp-compare-run.el ends here
