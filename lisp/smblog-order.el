;;; smblog-order.el --- Requests of a log in another order  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What requests are sorted by is gathered from one after the other, in
;; between much that is garbage at once.  Conses and floats that are kept
;; among that make Emacs take long to free the rest; so it is gathered in
;; vectors, as integers where that can be.  To sort takes several steps.

;;; Code:

(require 'cl-lib)

;;;; Numbers

(cl-defstruct (smblog-order-numbers (:constructor smblog-order-numbers-make) (:copier nil))
  "Numbers, as they come."
  (count 0)
  (all (make-vector 16 0) :documentation "A vector; the first COUNT elements count."))

(defun smblog-order-add (numbers number)
  "Add NUMBER to NUMBERS, a `smblog-order-numbers'."
  (let ((count (smblog-order-numbers-count numbers)))
    (when (= count (length (smblog-order-numbers-all numbers)))
      (cl-callf vconcat (smblog-order-numbers-all numbers) (make-vector count 0)))
    (aset (smblog-order-numbers-all numbers) count number)
    (setf (smblog-order-numbers-count numbers) (1+ count))))

(defun smblog-order-some (numbers most)
  "Return NUMBERS, about MOST of them if they are more, in a list."
  (let* ((count (smblog-order-numbers-count numbers))
         (step (max 1 (/ (1- (+ count most)) most))))
    (cl-loop for i from 0 below count by step
             collect (aref (smblog-order-numbers-all numbers) i))))

;;;; Keys

(cl-defstruct (smblog-order (:constructor smblog-order--make) (:copier nil))
  "What requests are sorted by."
  (keys nil :documentation "A vector of keys by requests' numbers, `out' of those left out.")
  (scale nil :documentation "What numbers are multiplied by, once there is one."))

(defun smblog-order-make (count)
  "Return an order of COUNT requests, all of which are left out so far."
  (smblog-order--make :keys (make-vector count 'out)))

(defun smblog-order-note (order number key)
  "Have the request with NUMBER be in ORDER by KEY, a number, a string, or nil."
  (when (and (numberp key) (null (smblog-order-scale order)))
    ;; Of floats, seconds, a billionth is enough.
    (setf (smblog-order-scale order) (if (floatp key) 1000000000 1)))
  (aset (smblog-order-keys order) number
        (if (not (numberp key)) key
          (let ((scaled (* key (smblog-order-scale order))))
            (if (and (floatp scaled) (< (abs scaled) most-positive-fixnum)) (round scaled)
              scaled)))))

(defun smblog-order--ranks (keys)
  "Return a hash table from the strings among KEYS to their places, sorted."
  (let ((table (make-hash-table :test #'equal)) (strings nil))
    (cl-loop for key across keys
             when (and (stringp key) (not (gethash key table)))
             do (push key strings)
             and do (puthash key t table))
    (cl-loop for string in (sort strings #'string<) for i from 0
             do (puthash string i table))
    table))

(defun smblog-order-sorting (order reverse done)
  "Return steps that call DONE with the numbers of the requests in ORDER, a vector.
The other way round if REVERSE; those without a key are last."
  (let ((keys (smblog-order-keys order)) ranks with without)
    (list
     (lambda () (ignore (setq ranks (smblog-order--ranks keys))))
     (lambda ()
       (cl-loop for number from (1- (length keys)) downto 0
                for key = (aref keys number)
                for value = (if (stringp key) (gethash key ranks) key)
                do (cond ((null value) (push number without))
                         ((not (eq value 'out))
                          (push (cons (if reverse (- value) value) number) with)))))
     ;; Two subrs: nothing of Lisp is called for each of a million comparisons.
     (lambda () (ignore (setq with (sort with #'car-less-than-car))))
     (lambda () (ignore (funcall done (vconcat (mapcar #'cdr with) without)))))))

(provide 'smblog-order)
;;; smblog-order.el ends here
