;;; smbcmp-compare-preliminary.el --- What a comparison under way comes to so far  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Of captures of millions of frames something can be said within seconds:
;; what is there of both is compared, and what will hardly be undone by what
;; is still to come is told.  Trees are not asked for: both workers have
;; enough to do.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-compare)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-run)

(declare-function smbcmp--module-compare-alike "smbcmp-module.so" (comparing side n))
(declare-function smbcmp--module-compare-so-far "smbcmp-module.so" (comparing rules))

(defcustom smbcmp-compare-preliminary '(2 8 30 120)
  "Seconds after which a comparison under way shows what it comes to so far.
It does so in its buffer, until the verdict is there.  nil means not to."
  :type '(repeat number)
  :group 'smbcmp-compare)

(defconst smbcmp-compare-preliminary--tail 20000
  "How many rows at the end are looked at for what may still find a partner.")

(defun smbcmp-compare-preliminary--open (comparison)
  "Return a table of the rows of COMPARISON that may still find a partner.
One side alone has them, and nothing in their connections that both have
comes after them."
  (let* ((open (make-hash-table))
         (paired (make-hash-table))
         (rows (smbcmp-comparison-row-count comparison)))
    (cl-loop for row from (1- rows) downto (max 0 (- rows smbcmp-compare-preliminary--tail))
             do (pcase-let ((`(,a ,b ,_ ,connections) (smbcmp-compare-row comparison row)))
                  (cond ((and a b) (puthash connections t paired))
                        ((not (gethash connections paired)) (puthash row t open)))))
    open))

(defun smbcmp-compare-preliminary--unique-p (comparison divergence)
  "Return non-nil if one side of COMPARISON has DIVERGENCE's exchange just once.
Of what comes again and again, any could be the one without a partner."
  (pcase-let ((`(,a . ,b) (smbcmp-divergence-exchanges divergence)))
    (eql 1 (smbcmp--module-compare-alike (smbcmp-comparison-native comparison)
                                         (null a) (or a b)))))

(defun smbcmp-compare-preliminary--stands-p (comparison divergence open)
  "Return non-nil if DIVERGENCE of COMPARISON will hardly be undone by what comes.
OPEN is a table of rows, see `smbcmp-compare-preliminary--open'."
  (pcase-let ((`(,request-a . ,response-a) (smbcmp-divergence-a divergence))
              (`(,request-b . ,response-b) (smbcmp-divergence-b divergence)))
    (and (not (smbcmp-divergence-fold divergence))
         (not (eq 'capture (smbcmp-divergence-weight divergence)))
         (pcase (smbcmp-divergence-kind divergence)
           ((or 'only-a 'only-b)
            (and (not (gethash (smbcmp-divergence-row divergence) open))
                 (smbcmp-compare-preliminary--unique-p comparison divergence)))
           ;; The other response may be under way.
           ((or 'status 'identifier)
            (and request-a request-b (eq (null response-a) (null response-b))))))))

(defun smbcmp-compare-preliminary (comparison &rest plist)
  "Return what COMPARISON, which is being collected, comes to so far.
That is another comparison, of what is there of both captures, with the
divergences that stand; PLIST is as in `smbcmp-diff-captures'.
Return nil if there is nothing of one."
  (let ((so-far (copy-sequence comparison)))
    (setf (smbcmp-comparison-native so-far) (smbcmp--module-compare-so-far
                                             (smbcmp-comparison-native comparison)
                                             (smbcmp-comparison-rules comparison))
          (smbcmp-comparison-preliminary so-far) t)
    (apply #'smbcmp-compare-judge so-far plist)
    (let ((open (smbcmp-compare-preliminary--open so-far)))
      (setf (smbcmp-comparison-found so-far)
            (cl-remove-if-not
             (lambda (divergence)
               (smbcmp-compare-preliminary--stands-p so-far divergence open))
             (smbcmp-comparison-found so-far))))
    (smbcmp-steps-run (smbcmp-compare-run-numbering so-far))
    (pcase-let ((`(,a . ,b) (smbcmp-comparison-counts so-far)))
      (and (> a 0) (> b 0) so-far))))

(defun smbcmp-compare-preliminary--lead (title divergence)
  "Return a line that begins with TITLE and says what DIVERGENCE is.
RET on it goes to its frames."
  (propertize (smbcmp-compare-report-lead title divergence)
              'smbcmp-environment (list :frame-a (car (smbcmp-divergence-a divergence))
                                        :frame-b (car (smbcmp-divergence-b divergence)))))

(defun smbcmp-compare-preliminary-text (comparison)
  "Return lines that say what COMPARISON, a preliminary one, comes to."
  (pcase-let* ((`(,a . ,b) (smbcmp-comparison-counts comparison))
               (`(,first ,status) (smbcmp-compare-report-leads comparison)))
    (concat (smbcmp-compare-report-sides comparison)
            (propertize (format "Preliminary: of the first %s of A and %d of B %d are the same.\n"
                                (smbcmp-compare-report-plural a "exchange") b
                                (smbcmp-comparison-same comparison))
                        'face 'smbcmp-compare-report-title)
            (if first (smbcmp-compare-preliminary--lead "First" first)
              "No other status and no missing exchange so far.\n")
            (if (or (null status) (eq status first)) ""
              (smbcmp-compare-preliminary--lead "First status" status))
            (propertize "The rest is being compared; you can keep working.\n"
                        'face 'smbcmp-compare-report-dim))))

(provide 'smbcmp-compare-preliminary)
;;; smbcmp-compare-preliminary.el ends here
