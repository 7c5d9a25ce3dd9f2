;;; lint.el --- Checks of the Lisp sources  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For test/lint.sh.  Each function checks the files on the command line
;; and exits, with status 1 if there is something to say.

;;; Code:

(require 'bytecomp)
(require 'checkdoc)
(require 'package)

(defvar package-lint-main-file)
(declare-function package-lint-buffer "package-lint" (&optional buffer))

(defvar smbcmp-module-directory)
(declare-function smbcmp-module-load "smbcmp-module" (&optional logs))

(defun smbcmp-lint-compile ()
  "Byte-compile the files, tests; warnings are errors.
The native part's functions are known, and those of rooms that are
loaded when needed."
  (require 'smbcmp-module)
  (setq smbcmp-module-directory (expand-file-name "build/lint-gcc"))
  (smbcmp-module-load)
  (dolist (room (directory-files "lisp" nil "\\`sm.*\\.el\\'"))
    (require (intern (file-name-base room))))
  (let* ((wrong nil)
         (compiled (make-temp-file "smbcmp" nil ".elc"))
         (byte-compile-error-on-warn t)
         (byte-compile-dest-file-function (lambda (_file) compiled)))
    (dolist (file command-line-args-left)
      (unless (byte-compile-file file) (setq wrong t)))
    (when (file-exists-p compiled) (delete-file compiled))
    (kill-emacs (if wrong 1 0))))

(defun smbcmp-lint-checkdoc ()
  "Check the documentation strings and comments of the files."
  (let* ((wrong nil)
         ;; It takes every verb for one that should be imperative.
         (checkdoc-verb-check-experimental-flag nil)
         ;; The command is written so.
         (checkdoc-proper-noun-regexp
          (regexp-opt (remove "emacs" checkdoc-proper-noun-list) 'symbols))
         (checkdoc-create-error-function
          (lambda (text start _end &optional _unfixable)
            (setq wrong t)
            (message "%s:%d: %s" (file-relative-name buffer-file-name)
                     (line-number-at-pos start) text)
            nil)))
    (dolist (file command-line-args-left)
      (with-current-buffer (find-file-noselect file)
        (checkdoc-current-buffer t)))
    (kill-emacs (if wrong 1 0))))

(defconst smbcmp-lint-babel
  "[\"`]org-babel-\\(?:[a-z-]+:smbcmp\\|smbcmp-initiate-session\\)[\"']"
  "Regexp for names that Babel makes of the language's; package-lint knows few.")

(defun smbcmp-lint-package ()
  "Check the files as those of one package, which has two faces."
  (package-initialize)
  (require 'package-lint)
  (let ((wrong nil))
    (dolist (file command-line-args-left)
      (with-current-buffer (find-file-noselect file)
        (setq package-lint-main-file
              (expand-file-name (if (string-match-p "\\`smblog" (file-name-nondirectory file))
                                    "smblog-mode.el"
                                  "smbcmp.el")
                                (locate-dominating-file file "Makefile")))
        (pcase-dolist (`(,line ,column ,type ,text) (package-lint-buffer))
          (unless (string-match-p smbcmp-lint-babel text)
            (setq wrong t)
            (message "%s:%d:%d: %s: %s" file line column type text)))))
    (kill-emacs (if wrong 1 0))))

(provide 'lint)
;;; lint.el ends here
