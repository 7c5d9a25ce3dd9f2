;;; messages-test.el --- Messages that the module puts together  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What becomes of the cells of a reply by columns that Lisp gives.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp--module-messages "smbcmp-module.so" (columns size value))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))
(declare-function smbcmp-test-data "run" (folder &optional file))

(ert-deftest messages-test-columns-that-are-none-are-errors ()
  "Columns that cannot be and values that are none are told, by their names."
  (let* ((capture (smbcmp-open (smbcmp-test-data "held")))
         (value (smbcmp-capture-call-loaded capture "fields"
                                            '(:fields ("smb2.cmd") :filter "smb2.cmd == 6")
                                            #'ignore t)))
    (unwind-protect
        (cl-flet ((messages (columns size) (smbcmp--module-messages columns size value)))
          (let ((message (aref (messages [2 0 nil] 3) 0)))
            (should (equal '(3 6) (list (length message) (aref message 2)))))
          ;; An incomplete one is none.
          (should (vectorp (messages [2 0 nil 2 1] 3)))
          (pcase-dolist (`(,columns ,size . ,error)
                         '(([] 3) ([1 0 nil] 3) ([3 0 nil] 3) ([2 4 nil] 3) ([2 -1 nil] 3)
                           ([-1 0 nil] 3) ([2 0 nil] -5) ([2 0 nil] 0)
                           ([1000 0 nil] 100000000000)
                           ([a 0 nil] 3 . wrong-type-argument)
                           ([2 1.5 nil] 3 . wrong-type-argument)
                           ((2 0 nil) 3 . wrong-type-argument)
                           ([2 0 nil] nil . wrong-type-argument)))
            (should (eq (or error 'smbcmp-module-error)
                        (car (should-error (messages columns size))))))
          (should-error (smbcmp--module-messages [2 0 nil] 3 nil)))
      (smbcmp--module-release value)
      (smbcmp-close capture))))

(provide 'messages-test)
;;; messages-test.el ends here
