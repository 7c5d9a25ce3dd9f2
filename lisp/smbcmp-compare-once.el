;;; smbcmp-compare-once.el --- Session-wide differences  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Another dialect sets another bit in each header: then every exchange
;; differs, and all in the same way.  What changes in most exchanges from
;; one value to one other is shown where it comes first, and by rules made
;; for the occasion ignored from there on, so that what else differs can
;; be seen.  Such a rule is about these two values of one field only.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-compare)

(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))

(defconst smbcmp-compare-once--least 8
  "How many exchanges must differ for something to go through all.")

(defconst smbcmp-compare-once--sample 40
  "How many exchanges are looked at to find it.")

(defun smbcmp-compare-once--candidates (comparison)
  "Return the divergences of COMPARISON that may differ in the same way.
nil unless that is half of what is paired."
  (let* ((divergences (smbcmp-comparison-found comparison))
         (found (seq-filter (lambda (d) (memq (smbcmp-divergence-kind d)
                                              '(request response status)))
                            divergences))
         (paired (+ (smbcmp-comparison-same comparison)
                    (seq-count (lambda (d) (and (smbcmp-divergence-exchange-a d)
                                                (smbcmp-divergence-exchange-b d)))
                               divergences))))
    (and (>= (length found) smbcmp-compare-once--least)
         (>= (* 2 (length found)) paired)
         found)))

(defun smbcmp-compare-once--changes (divergences)
  "Return what most of DIVERGENCES, whose fields are known, have in common.
It is a list of (FIELD LABEL-A LABEL-B)."
  (let ((counts (make-hash-table :test 'equal)) changes)
    (dolist (divergence divergences)
      (dolist (change (seq-uniq (smbcmp-divergence-fields divergence)))
        (cl-incf (gethash change counts 0))))
    (maphash (lambda (change count)
               (when (>= (* 5 count) (* 3 (length divergences)))
                 (push change changes)))
             counts)
    changes))

(defun smbcmp-compare-once-finding (comparison done)
  "Return steps that find the changes that go through all of COMPARISON.
DONE is called with them and where they begin, a list of (DIVERGENCE
CHANGE...), if there are any."
  (when-let* ((candidates (smbcmp-compare-once--candidates comparison)))
    (let* ((step (max 1 (/ (length candidates) smbcmp-compare-once--sample)))
           (sample (cl-loop for tail on candidates by (lambda (l) (nthcdr step l))
                            collect (car tail)))
           changes begins)
      (list (smbcmp-compare-fields-looking-up comparison (lambda () sample))
            (lambda () (ignore (setq changes (smbcmp-compare-once--changes sample))))
            (smbcmp-compare-fields-looking-up
             comparison
             (lambda () (and changes candidates))
             (lambda (divergences)
               (dolist (divergence divergences changes)
                 (let ((here (seq-intersection (seq-uniq (smbcmp-divergence-fields divergence))
                                               changes)))
                   (when here
                     (push (cons divergence here) begins)
                     (setq changes (seq-difference changes here)))))))
            (lambda () (ignore (when begins (funcall done (nreverse begins)))))))))

(defun smbcmp-compare-once--quote (string)
  "Return a Perl-compatible regexp that matches STRING only."
  (replace-regexp-in-string "[^[:alnum:]]" "\\\\\\&" string))

(defun smbcmp-compare-once--name (change)
  "Return what the rule is called that ignores CHANGE."
  (format "session-wide: %s" (car change)))

(defun smbcmp-compare-once--rule (change)
  "Return the rule that ignores CHANGE, as module and workers take it."
  (pcase-let ((`(,field . ,labels) change))
    (list (smbcmp-compare-once--name change) "volatile" "field" (symbol-name field)
          (format "^(%s)$" (mapconcat #'smbcmp-compare-once--quote (delq nil labels) "|"))
          "" "")))

(defun smbcmp-compare-once-collecting (comparison begins)
  "Return a step that sums up the captures of COMPARISON again.
It is by rules that ignore what BEGINS has, a list of (DIVERGENCE CHANGE...)."
  (let* ((rules (append (smbcmp-comparison-rules comparison)
                        (mapcan #'smbcmp-compare-once--rule
                                (apply #'append (mapcar #'cdr begins)))))
         (comparing (smbcmp--module-compare-new rules))
         (waiting nil) problem)
    (lambda ()
      (cond
       (problem (signal (car problem) (cdr problem)))
       ((null waiting)
        (setq waiting 2)
        (cl-loop
         for capture in (list (smbcmp-comparison-a comparison) (smbcmp-comparison-b comparison))
         for side in '(nil t)
         do (push (cons capture
                        (smbcmp-compare-summarize
                         capture comparing side rules (smbcmp-comparison-protocols comparison)
                         (lambda (state)
                           (cond ((null state) (cl-decf waiting))
                                 ((symbolp (car state)) (setq problem state))))))
                  (smbcmp-comparison-requests comparison)))
        'wait)
       ((> waiting 0) 'wait)
       (t (setf (smbcmp-comparison-native comparison) comparing
                (smbcmp-comparison-once comparison) begins)
          nil)))))

(defun smbcmp-compare-once-insert (comparison)
  "Put what is session-wide in its place among the divergences of COMPARISON."
  (pcase-dolist (`(,first . ,changes) (smbcmp-comparison-once comparison))
    (let ((known (seq-find (lambda (d) (equal (smbcmp-divergence-exchanges d)
                                              (smbcmp-divergence-exchanges first)))
                           (smbcmp-comparison-found comparison)))
          (times (apply #'+ (mapcar (lambda (change)
                                      (alist-get (smbcmp-compare-once--name change)
                                                 (smbcmp-comparison-ignored comparison)
                                                 0 nil #'equal))
                                    changes))))
      (if known
          (progn
            (smbcmp-compare-look-up comparison (list known))
            (setf (smbcmp-divergence-fields known)
                  (append (smbcmp-divergence-fields known) changes)
                  (smbcmp-divergence-times known) times)
            (smbcmp-compare-relabel comparison known))
        (smbcmp-compare-once--add comparison first changes times)))))

(defun smbcmp-compare-once--add (comparison first changes times)
  "Make FIRST, with CHANGES only, a divergence of COMPARISON; it comes TIMES."
  (let* ((exchanges (smbcmp-divergence-exchanges first))
         (row (cl-loop for row below (smbcmp-comparison-row-count comparison)
                       when (pcase-let ((`(,a ,b . ,_) (smbcmp-compare-row comparison row)))
                              (equal exchanges (cons a b)))
                       return row))
         (divergence (copy-smbcmp-divergence first)))
    (when (eq 'status (smbcmp-divergence-kind divergence))
      (setf (smbcmp-divergence-kind divergence) 'response))
    (setf (smbcmp-divergence-fields divergence) changes
          (smbcmp-divergence-row divergence) row
          (smbcmp-divergence-cause divergence) nil
          (smbcmp-divergence-number divergence) nil
          (smbcmp-divergence-pending divergence) nil
          (smbcmp-divergence-times divergence) times)
    ;; Pins may have parted the two.
    (when row
      (setf (smbcmp-comparison-found comparison)
            (cl-merge 'vector (vector divergence) (smbcmp-comparison-found comparison)
                      #'< :key #'smbcmp-divergence-row))
      (cl-decf (smbcmp-comparison-same comparison))
      (smbcmp-compare-relabel comparison divergence))))

(provide 'smbcmp-compare-once)
;;; smbcmp-compare-once.el ends here
