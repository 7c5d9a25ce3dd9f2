;;; cells-test.el --- Values that the module keeps  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-cells)

(defun cells-test--of (&rest values)
  "Return cells that have VALUES."
  (let ((cells (smbcmp-cells-make)))
    (smbcmp-cells-add cells (vconcat values))
    cells))

(defun cells-test--all (cells)
  "Return all values of CELLS, a list."
  (append (smbcmp-cells-copy cells 0 (smbcmp-cells-length cells)) nil))

(defconst cells-test--atoms
  (list nil t 0 1 -1 most-positive-fixnum most-negative-fixnum
        (1+ most-positive-fixnum) (1- most-negative-fixnum) (1- (expt 2 63)) (- (expt 2 63))
        0.0 -0.0 0.0e+NaN -0.0e+NaN 1.0e+INF -1.0e+INF 1.7976931348623157e308 5e-324 (/ 1.0 3)
        1700000000.1234567
        "" (string-to-multibyte "") "abc" (string-to-multibyte "abc") "a\0b"
        "\377\200\303\251" "é" "日本\0語" "𝄞" (make-string 100000 ?ß))
  "Numbers and strings that the module keeps.")

(defconst cells-test--objects
  (list (expt 2 63) (1- (- (expt 2 63))) (expt 10 40) 'symbol :keyword 'ñ '(1 . "x") '(1 (2))
        [:kind :frame] (string-to-multibyte "\377x") (string-to-multibyte "\303\251")
        (string #x110000) (string #xd800) (make-bool-vector 3 t))
  "Values that are kept as objects; so are strings that UTF-8 can't say.")

(defun cells-test--same-p (a b)
  "Return non-nil if A and B are the same to the last bit."
  (and (equal a b) (eq (type-of a) (type-of b))
       (or (not (stringp a)) (eq (multibyte-string-p a) (multibyte-string-p b)))))

(ert-deftest cells-test-values-come-back-as-they-are ()
  "Whatever is put into cells is what they have then."
  (let* ((values (append cells-test--atoms cells-test--objects))
         (cells (apply #'cells-test--of values)))
    (should (= (length values) (smbcmp-cells-length cells)))
    (cl-loop for value in values for back in (cells-test--all cells) for at from 0
             do (should (cells-test--same-p value back))
             do (should (cells-test--same-p value (smbcmp-cells-ref cells at))))
    (dolist (object cells-test--objects)
      (should (memq object (append (smbcmp-cells-objects cells) nil))))
    (should (= (length cells-test--objects)
               (hash-table-count (smbcmp-cells-numbers cells))))))

(ert-deftest cells-test-strings-are-new-and-plain ()
  "A string is another one each time, without properties; objects are the same."
  (let ((cells (cells-test--of (propertize "abc" 'face 'bold) "abc" '(1 2) (list 1 2))))
    (should-not (eq (smbcmp-cells-ref cells 0) (smbcmp-cells-ref cells 0)))
    (should-not (text-properties-at 0 (smbcmp-cells-ref cells 0)))
    (aset (smbcmp-cells-ref cells 0) 0 ?x)
    (should (equal '("abc" "abc" (1 2) (1 2)) (cells-test--all cells)))
    (should (eq (smbcmp-cells-ref cells 2) (smbcmp-cells-ref cells 3)))))

(ert-deftest cells-test-objects-have-numbers ()
  "What is equal has one number, and that leads back to it."
  (let* ((cells (smbcmp-cells-make))
         (numbers (cl-loop for i below 1000
                           collect (smbcmp-cells-share cells (format "%d" (% i 100))))))
    (should (equal numbers (cl-loop for i below 1000 collect (% i 100))))
    (should (equal "42" (smbcmp-cells-object cells 42)))
    (should (eq (smbcmp-cells-object cells 42) (smbcmp-cells-object cells 42)))))

(ert-deftest cells-test-they-grow ()
  "Many values may be added, and are where it was said that they are."
  (let ((cells (smbcmp-cells-make)) (count 0))
    (dotimes (i 3000)
      (let ((values (make-vector (% i 7) (format "%d" (% i 50)))))
        (should (= count (smbcmp-cells-add cells values)))
        (cl-incf count (length values))))
    (garbage-collect)
    (should (= count (smbcmp-cells-length cells)))
    (should (equal (cells-test--all cells)
                   (cl-loop for i below 3000
                            append (make-list (% i 7) (format "%d" (% i 50))))))))

(ert-deftest cells-test-some-are-picked ()
  "Copies and picks have what is where they are told; picks live on by themselves."
  (let ((cells (apply #'cells-test--of
                      (cl-loop for i below 30 append (list i (format "%d" i) (list i))))))
    (should (equal [0 "10" (20)] (smbcmp-cells-copy cells 0 3 31)))
    (should (equal [] (smbcmp-cells-copy cells 95 0 6)))
    (should (equal ["29" (29)] (smbcmp-cells-copy cells 88 2)))
    (let ((some (smbcmp-cells-pick cells [87 0 88] 2)))
      (setq cells nil)
      (garbage-collect)
      (should (equal '(29 "29" 0 "0" "29" (29)) (cells-test--all some)))
      (smbcmp-cells-add some ["0" "new" 7])
      (should (equal '("0" "new" 7) (nthcdr 6 (cells-test--all some)))))))

(ert-deftest cells-test-wrong-places-are-errors ()
  "Nothing beyond the cells is looked at, and what is no cells isn't either."
  (let ((cells (cells-test--of 1 2 3)))
    (dolist (at (list -1 3 most-positive-fixnum most-negative-fixnum))
      (should-error (smbcmp-cells-ref cells at) :type 'args-out-of-range)
      (should-error (smbcmp-cells-copy cells at 1) :type 'args-out-of-range)
      (should-error (smbcmp-cells-pick cells (vector 0 at) 1) :type 'args-out-of-range))
    (dolist (range (list '(0 4) '(3 1) '(-1 0) '(1 -1) '(0 2 3) '(0 2 0) '(0 2 -1)
                         (list 0 2 most-positive-fixnum) (list 1 most-positive-fixnum 1)))
      (should-error (apply #'smbcmp-cells-copy cells range) :type 'args-out-of-range))
    (should-error (smbcmp-cells-pick cells [1] 3) :type 'args-out-of-range)
    (should-error (smbcmp-cells-pick cells [1] -1) :type 'args-out-of-range)
    (should-error (smbcmp-cells-pick cells '(1) 1) :type 'wrong-type-argument)
    (should-error (smbcmp-cells-ref cells 1.0) :type 'wrong-type-argument)
    (should-error (smbcmp-cells-add cells '(1)) :type 'wrong-type-argument)
    (dolist (other '([] [nil] nil 3 "cells"))
      (should-error (smbcmp-cells-ref other 0))
      (should-error (smbcmp-cells-length other))
      (should-error (smbcmp-cells-add other [1])))
    ;; Of what cannot be added nothing is.
    (should-error (smbcmp-cells-add (smbcmp-cells-pick cells [0] 1) [1 (2)]))
    (cl-letf (((symbol-function 'smbcmp-cells-share) (lambda (&rest _) (error "No"))))
      (should-error (smbcmp-cells-add cells [4 5 (6)])))
    (should (equal '(1 2 3) (cells-test--all cells)))))

(provide 'cells-test)
;;; cells-test.el ends here
