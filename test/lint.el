;;; lint.el --- Checks of the Lisp sources  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For test/lint.sh.  Each function checks the files on the command line
;; and exits, with status 1 if there is something to say.

;;; Code:

(require 'bytecomp)
(require 'check-declare)
(require 'checkdoc)
(require 'cl-lib)
(require 'package)

(defvar package-lint-main-file)
(declare-function package-lint-buffer "package-lint" (&optional buffer))

(defvar smbcmp-module-directory)
(declare-function smbcmp-module-load "smbcmp-module" (&optional logs))

(defun smbcmp-lint-compile ()
  "Byte-compile the files, tests; warnings are errors.
The native part's functions are known, and those of files that are
loaded when needed."
  (require 'smbcmp-module)
  (setq smbcmp-module-directory (expand-file-name "build/lint-gcc"))
  (smbcmp-module-load)
  (dolist (file (directory-files "lisp" nil "\\`sm.*\\.el\\'"))
    (require (intern (file-name-base file))))
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

;;;; What files know of one another

(defconst smbcmp-lint-data
  '(smbcmp-module smbcmp-escape smbcmp-handle smbcmp-worker smbcmp-host smbcmp-capture
    smbcmp-file smbcmp-keys smbcmp-keys-read smbcmp-decode-as smbcmp-only smbcmp-many
    smbcmp-settings smbcmp-case-file smbcmp-points smbcmp-protocols smbcmp-rules smbcmp-diff
    smbcmp-comparison smbcmp-divergence smbcmp-compare smbcmp-compare-environment smbcmp-compare-fields
    smbcmp-compare-label smbcmp-compare-once smbcmp-compare-pins
    smbcmp-compare-report smbcmp-compare-run smbcmp-compiled smbcmp-cells smbcmp-handles smbcmp-handles-kept
    smbcmp-latency smbcmp-steps smbcmp-tap smblog smblog-file smblog-filter smblog-link smblog-regexp)
  "Files of data: scripts need them, and they need no file that shows something.")

(defun smbcmp-lint--forms (file)
  "Return all symbols and conses of FILE, the Lisp in it, in a list.
Also those within other conses."
  (let (found)
    (with-temp-buffer
      (insert-file-contents file)
      (cl-labels ((walk (form)
                    (cond ((consp form)
                           (push form found)
                           (while (consp form) (walk (pop form)))
                           (when form (walk form)))
                          ((vectorp form) (mapc #'walk form))
                          ((symbolp form) (push form found)))))
        (condition-case nil
            (while t (walk (read (current-buffer))))
          (end-of-file nil))))
    found))

(defun smbcmp-lint--own (feature)
  "Return FEATURE, a symbol or the name of one, as a symbol if it is the package's."
  (let ((name (format "%s" feature)))
    (and (string-match-p "\\`\\(?:ob-\\)?sm\\(?:bcmp\\|blog\\)" name) (intern name))))

(defun smbcmp-lint--defined (forms)
  "Return the private symbols that FORMS, of a file, define."
  (cl-loop for form in forms
           append (pcase form
                    (`(,(or 'defvar 'defvar-local) ,name ,_ . ,_) (list name))
                    (`(,(or :constructor :predicate :copier) ,name . ,_) (list name))
                    (`(cl-defstruct (,name . ,_) . ,slots)
                     (cons name (mapcar (lambda (slot)
                                          (intern (format "%s-%s" name (or (car-safe slot) slot))))
                                        (cons 'p slots))))
                    (`(cl-defstruct ,(and (pred symbolp) name) . ,slots)
                     (cons name (mapcar (lambda (slot)
                                          (intern (format "%s-%s" name (or (car-safe slot) slot))))
                                        (cons 'p slots))))
                    (`(defvar ,_) nil)
                    (`(,(and (pred symbolp) head) ,(or `',name (and (pred symbolp) name)) . ,_)
                     (and (string-match-p "\\`\\(?:cl-\\)?def" (symbol-name head))
                          (list name))))))

(defun smbcmp-lint--private-p (symbol)
  "Return non-nil if SYMBOL is one of a file's own, and not the native part's."
  (string-match-p "\\`sm\\(?:bcmp\\|blog\\)[^ ]*--\\(?:[^m]\\|m[^o]\\|mo[^d]\\)"
                  (symbol-name symbol)))

(defun smbcmp-lint-files ()
  "Check what the files need of one another.
A symbol with two dashes is used in the file that defines it alone; files
of data need none that show something; what is in another file of the
package is loaded, not only declared."
  (let ((wrong nil))
    (cl-flet ((complain (file format &rest args)
                (setq wrong t)
                (message "%s: %s" file (apply #'format format args))))
      (dolist (file command-line-args-left)
        (let* ((forms (smbcmp-lint--forms file))
               (defined (smbcmp-lint--defined forms))
               (data (memq (intern (file-name-base file)) smbcmp-lint-data)))
          (dolist (symbol (delete-dups (cl-remove-if-not #'symbolp forms)))
            (when (and (smbcmp-lint--private-p symbol) (not (memq symbol defined)))
              (complain file "%s is another file's" symbol)))
          (dolist (form forms)
            (pcase form
              ((or `(require ',feature . ,_) `(autoload ',_ ,(and (pred stringp) feature) . ,_))
               (when (and data (smbcmp-lint--own feature)
                          (not (memq (smbcmp-lint--own feature) smbcmp-lint-data)))
                 (complain file "is data and needs %s, which is not" feature)))
              (`(declare-function ,name ,(and (pred stringp) feature) . ,_)
               (when (and (smbcmp-lint--own feature) (not (string-suffix-p ".so" feature)))
                 (complain file "%s of %s is declared, and not loaded" name feature)))
              (`(setf (plist-get . ,_) . ,_)
               (complain file "plist-get is no place in Emacs 27: write plist-put"))
              (`(,(or 'if-let 'when-let 'and-let) . ,_)
               (complain file "%s is obsolete in Emacs 31: write %s*"
                         (car form) (car form))))))))
    (kill-emacs (if wrong 1 0))))

(defun smbcmp-lint-declarations ()
  "Check that what is declared of Emacs' files is there."
  (let ((wrong nil))
    (dolist (file command-line-args-left)
      ;; The native part's functions are in no file of Lisp.
      (pcase-dolist (`(,library . ,problems) (check-declare-file (expand-file-name file)))
        (unless (string-match-p "smbcmp-module\\.so" (format "%S" library))
          (setq wrong t)
          (message "%s: %S: %S" file library problems))))
    (kill-emacs (if wrong 1 0))))

(provide 'lint)
;;; lint.el ends here
