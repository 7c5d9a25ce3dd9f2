;;; smbcmp-compare-environment.el --- What differs between the peers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Another server has other capabilities, another user another name: that
;; is no divergence, but the first thing to know of two captures.  Rules of
;; the kind `environment' say which fields tell it; names that go together
;; are told by the module.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-compare)

(declare-function smbcmp--module-compare-environment "smbcmp-module.so" (comparing))

(defconst smbcmp-compare-environment-limit 200
  "How many exchanges are looked at for what differs of the environment.")

(defun smbcmp-compare-environment--split (label)
  "Return (NAME . VALUE) of LABEL, a field's line; VALUE nil if it has none."
  (let ((label (smbcmp-compare-label-plain label)))
    (if (string-match "\\`\\(\\[?[^:]+\\):[ ]+" label)
        (cons (match-string 1 label) (string-trim (substring label (match-end 0))))
      (cons label nil))))

(defun smbcmp-compare-environment--row (difference frame-a frame-b)
  "Return the plist for DIFFERENCE, of frames FRAME-A and FRAME-B.
DIFFERENCE is as `smbcmp-compare-fields-differing' has it."
  (pcase-let* ((`(,chosen ,_ ,label-a ,label-b . ,_) difference)
               (a (and label-a (smbcmp-compare-environment--split label-a)))
               (b (and label-b (smbcmp-compare-environment--split label-b)))
               (name (car (or a b)))
               (one-sided (not (and a b))))
    ;; What only one side has is called as what it is, and has what was chosen.
    (cl-flet ((value (side)
                (cond ((null side) nil)
                      ((and one-sided (not (string-empty-p chosen))) chosen)
                      (t (or (cdr side) (car side))))))
      (list :name (if (and one-sided (not (string-empty-p chosen)) (cdr (or a b)))
                      (string-trim (cdr (or a b)))
                    name)
            :a (value a) :b (value b) :frame-a frame-a :frame-b frame-b))))

(defun smbcmp-compare-environment--differing (comparison asked)
  "Return the rows for the trees of COMPARISON that ASKED has."
  (cl-loop for (a . b) in (car (smbcmp-compare-fields-asked-parts asked))
           append (mapcar (lambda (difference)
                            (smbcmp-compare-environment--row difference (car a) (car b)))
                          (smbcmp-compare-fields-differing comparison nil asked a b))))

(defun smbcmp-compare-environment--frame (comparison side exchange)
  "Return a frame of EXCHANGE, a number, of SIDE of COMPARISON."
  (let ((plist (smbcmp-comparison-exchange comparison side exchange)))
    (car (or (plist-get plist :request) (plist-get plist :response)))))

(defun smbcmp-compare-environment--name (comparison renamed)
  "Return the row for RENAMED of COMPARISON, as the module has it."
  (pcase-let ((`(,rule ,a ,b ,exchange-a ,exchange-b) renamed))
    (list :name (concat (upcase (substring rule 0 1)) (substring rule 1)) :a a :b b
          :frame-a (smbcmp-compare-environment--frame comparison 'a exchange-a)
          :frame-b (smbcmp-compare-environment--frame comparison 'b exchange-b))))

(defun smbcmp-compare-environment--packed (comparison pair)
  "Return the row that says which of PAIR, exchanges of COMPARISON, is compressed."
  (pcase-let ((`(,a ,b) (cl-mapcar (lambda (side n)
                                     (smbcmp-comparison-exchange comparison side n))
                                   '(a b) pair)))
    (cl-flet ((state (exchange) (if (plist-get exchange :compressed) "yes" "no"))
              (frame (exchange) (car (or (plist-get exchange :response)
                                         (plist-get exchange :request)))))
      (list :name "Compressed" :a (state a) :b (state b)
            :frame-a (frame a) :frame-b (frame b)))))

(defun smbcmp-compare-environment--once (rows)
  "Return ROWS, each thing once."
  (let ((seen (make-hash-table :test 'equal)))
    (seq-filter
     (lambda (row)
       (let ((key (list (plist-get row :name) (plist-get row :a) (plist-get row :b))))
         (unless (gethash key seen) (puthash key t seen))))
     rows)))

(defun smbcmp-compare-environment-finding (comparison)
  "Return steps that have COMPARISON say what differs of its environment.
That is a list of plists (:name :a :b :frame-a :frame-b), names that go
together last."
  (pcase-let* ((`(,pairs ,names ,packed) (smbcmp--module-compare-environment
                                          (smbcmp-comparison-native comparison)))
               (pairs (seq-take pairs smbcmp-compare-environment-limit))
               (rows nil))
    (list
     (smbcmp-compare-fields-step
      (lambda ()
        (and pairs (smbcmp-compare-fields-ask-pairs
                    comparison (apply #'smbcmp-compare-both-parts comparison
                                      (seq-take (pop pairs) 2)))))
      (lambda (asked)
        (push (smbcmp-compare-environment--differing comparison asked) rows)))
     (lambda ()
       (setf (smbcmp-comparison-environment comparison)
             (smbcmp-compare-environment--once
              (append (and packed (list (smbcmp-compare-environment--packed comparison packed)))
                      (apply #'append (nreverse rows))
                      (mapcar (lambda (renamed)
                                (smbcmp-compare-environment--name comparison renamed))
                              names))))
       nil))))

(provide 'smbcmp-compare-environment)
;;; smbcmp-compare-environment.el ends here
