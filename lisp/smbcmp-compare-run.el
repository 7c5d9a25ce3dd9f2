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

(declare-function smbcmp--module-compare-again "smbcmp-module.so" (comparing))
(declare-function smbcmp--module-compare-begin "smbcmp-module.so"
                  (comparing slower delay pins rename names connects))
(declare-function smbcmp--module-compare-ended "smbcmp-module.so" (comparing milliseconds))
(declare-function smbcmp--module-compare-result "smbcmp-module.so" (comparing))

(defconst smbcmp-compare-run--batch 8
  "How many divergences' trees are asked for at once.")

(defconst smbcmp-compare-run--many 1000
  "How many divergences are made in a step.")

(defun smbcmp-compare-run (comparison &rest plist)
  "Compare what COMPARISON has; PLIST is as in `smbcmp-diff-captures'.
May be called again, with other pins."
  (apply #'smbcmp-compare-judge comparison plist)
  (smbcmp-compare-run--once comparison plist)
  (smbcmp-compare-look-up comparison (smbcmp-compare-run--looked-up comparison))
  (smbcmp-compare-run--conclude comparison))

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
  (let ((count 0) (known 0) made pending asked)
    (list (lambda ()
            (apply #'smbcmp--module-compare-begin (smbcmp-compare-arguments comparison plist))
            nil)
          (lambda ()
            (and (not (smbcmp--module-compare-ended (smbcmp-comparison-native comparison) 0))
                 'wait))
          (lambda () (setq count (smbcmp-compare-take comparison plist)) nil)
          (lambda ()
            (let ((next (min count (+ known smbcmp-compare-run--many))))
              (push (smbcmp-compare-divergences comparison known next) made)
              (< (setq known next) count)))
          (lambda ()
            (setf (smbcmp-comparison-found comparison) (apply #'vconcat (nreverse made)))
            (smbcmp-compare-run--once comparison plist)
            (setq pending (seq-filter #'smbcmp-divergence-pending
                                      (smbcmp-compare-run--looked-up comparison)))
            nil)
          (lambda ()
            (cond ((and asked (smbcmp-compare-fields-ready-p asked))
                   (smbcmp-compare-fields-take comparison asked)
                   (smbcmp-compare-fields-release asked)
                   (setq asked nil)
                   t)
                  (asked 'wait)
                  (pending
                   (setq asked (smbcmp-compare-fields-ask
                                comparison (seq-take pending smbcmp-compare-run--batch))
                         pending (nthcdr smbcmp-compare-run--batch pending))
                   'wait)))
          (lambda () (smbcmp-compare-run--conclude comparison) nil))))

(defun smbcmp-compare-run--once (comparison plist)
  "Find what goes through all of COMPARISON, if that was not done yet.
PLIST is as in `smbcmp-diff-captures'."
  (when (and (smbcmp-comparison-rules comparison) (not (smbcmp-comparison-once comparison)))
    (when-let* ((begins (smbcmp-compare-once-find comparison)))
      (smbcmp-compare-once-again comparison begins plist))))

(defun smbcmp-compare-run--looked-up (comparison)
  "Return the divergences of COMPARISON whose fields are looked up."
  (append (seq-take (smbcmp-comparison-found comparison) smbcmp-compare-fields-limit) nil))

(defun smbcmp-compare-run--conclude (comparison)
  "Do what remains to be done once COMPARISON's fields are looked up."
  (smbcmp-compare-once-insert comparison)
  (setf (smbcmp-comparison-environment comparison) (smbcmp-compare-environment comparison))
  (smbcmp-compare-run--say-why comparison)
  (smbcmp-compare-run--weigh-grants comparison)
  (smbcmp-compare-run-number comparison)
  (smbcmp-compare-run--group-alike comparison))

(defun smbcmp-compare-run--weigh-grants (comparison)
  "Let what a tree grants be a value in COMPARISON unless something was denied.
Then it is behaviour: the other follows from it, perhaps."
  (let ((divergences (smbcmp-comparison-found comparison)))
    (unless (seq-some (lambda (divergence)
                        (and (eq 'status (smbcmp-divergence-kind divergence))
                             (string-match-p "DENIED\\|PROTECTED\\|PRIVILEGE\\|denied"
                                             (smbcmp-divergence-label divergence))))
                      divergences)
      (cl-loop
       for divergence across divergences
       when (and (eq 'response (smbcmp-divergence-kind divergence))
                 (string-prefix-p "TREE CONNECT" (smbcmp-divergence-label divergence))
                 (seq-every-p (lambda (change)
                                (string-prefix-p "smb.access" (symbol-name (car change))))
                              (smbcmp-divergence-fields divergence)))
       do (setf (smbcmp-divergence-weight divergence) 'value)))))

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

(defun smbcmp-compare-run--group-alike (comparison)
  "Group divergences of COMPARISON in which the same changes come again.
They get the first one as their cause: a file of another name, say, or one
that has other bytes."
  (let ((first (make-hash-table :test 'equal)))
    (cl-loop
     for divergence across (smbcmp-comparison-found comparison) for place from 0
     for changes = (and (memq (smbcmp-divergence-kind divergence) '(request response))
                        (not (smbcmp-divergence-cause divergence))
                        (smbcmp-compare-run--changes comparison divergence))
     for known = (and changes (gethash changes first))
     do (cond (known (setf (smbcmp-divergence-cause divergence) known))
              (changes (puthash changes place first))))))

(defun smbcmp-compare-run-number (comparison)
  "Note where the divergences of COMPARISON are, and let causes point there."
  (let ((of-number (make-vector (aref (smbcmp--module-compare-result
                                       (smbcmp-comparison-native comparison))
                                      1)
                                nil))
        (of-row (make-hash-table)))
    (cl-loop for divergence across (smbcmp-comparison-found comparison) for place from 0
             for number = (smbcmp-divergence-number divergence)
             do (if number
                    (aset of-number number place)
                  (puthash (smbcmp-divergence-row divergence) place of-row)))
    (cl-loop for divergence across (smbcmp-comparison-found comparison)
             for cause = (smbcmp-divergence-cause divergence)
             when cause do (setf (smbcmp-divergence-cause divergence) (aref of-number cause)))
    (setf (smbcmp-comparison-numbers comparison) (cons of-number of-row))))

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
