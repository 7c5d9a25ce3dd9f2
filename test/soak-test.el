;;; soak-test.el --- Bad input and killed workers do no harm  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The first cases of each kind of the campaign in soak.el; `make soak' runs more.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'soak)

(defun soak-test--run (kind count &rest expected)
  "Run COUNT cases of KIND: nothing goes wrong, and each of EXPECTED happens."
  (let* ((soak--bad nil)
         (sums (soak-campaign kind count)))
    (should-not soak--bad)
    (dolist (what expected)
      (should (> (alist-get what sums 0) 0)))))

(ert-deftest soak-test-damaged-captures ()
  "Damaged captures open or say why not; nothing else is lost."
  :tags '(slow)
  (soak-test--run 'capture 12 'opened))

(ert-deftest soak-test-damaged-logs ()
  "So do damaged logs."
  (soak-test--run 'log 12 'opened))

(ert-deftest soak-test-killed-workers ()
  "However a session is disturbed by workers that die, it ends as it would have."
  (soak-test--run 'kill 8 'killed))

(ert-deftest soak-test-what-goes-wrong-is-counted ()
  "A campaign notices an Emacs that ends, one that is busy, and what is left over."
  (cl-letf (((symbol-function 'soak--broken)
             (lambda (_directory)
               (let ((end (+ 2.1 (float-time (get-internal-run-time)))))
                 (while (< (float-time (get-internal-run-time)) end))))))
    (should (equal '(blocked) (mapcar #'car (soak-case 'broken 0)))))
  (cl-letf (((symbol-function 'soak--broken)
             (lambda (_directory) (soak--try (lambda () (car 1))))))
    (let ((inhibit-message t))
      (should (equal '(other-error) (mapcar #'car (soak-case 'broken 0))))))
  ;; No such kind: the Emacs that is to run it ends.
  (let ((soak--bad nil))
    (should (equal 1 (alist-get 'lost (soak-campaign 'nothing 1))))
    (should soak--bad)))

(provide 'soak-test)
;;; soak-test.el ends here
