;;; smbcmp-module.el --- Load and build the native part  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The native part is three files: the module Emacs loads, the worker it
;; starts for each capture, and the engine library of the embedded host.
;; They are built on first use, after asking, in a `compilation-mode'
;; buffer.  Each says which version it is of; one of another version is
;; never loaded or started, but built anew.

;;; Code:

(require 'cl-lib)

(declare-function smbcmp--module-encode "smbcmp-module.so" (serial verb arguments))

;;;; Errors

(define-error 'smbcmp-error "smbcmp error")
(define-error 'smbcmp-file-error "Cannot read capture" '(smbcmp-error file-error))
(define-error 'smbcmp-filter-error "Wrong display filter" 'smbcmp-error)
(define-error 'smbcmp-frame-error "No such frame" 'smbcmp-error)
(define-error 'smbcmp-worker-error "The worker failed" 'smbcmp-error)
(define-error 'smbcmp-module-error "The native part failed" 'smbcmp-error)

(defun smbcmp-error-message (err)
  "Return what to tell the user of ERR, (CONDITION MESSAGE ...).
Messages of smbcmp's conditions are whole sentences about a thing they
name; others are as `error-message-string' has them."
  (if (and (memq 'smbcmp-error (get (car err) 'error-conditions))
           (stringp (cadr err)))
      (cadr err)
    (error-message-string err)))

(defmacro smbcmp-with-user-errors (&rest body)
  "Do BODY, of a command; what smbcmp can't do is the user's to know.
An `smbcmp-error' becomes a `user-error' with the same message."
  (declare (indent 0) (debug t))
  `(condition-case err
       (progn ,@body)
     (smbcmp-error (user-error "%s" (smbcmp-error-message err)))))

;;;; Where things are

(defconst smbcmp-version "0.1.0"
  "The version of smbcmp; the native part must be of the same.")

(defconst smbcmp--lisp-directory
  (file-name-directory (or load-file-name buffer-file-name default-directory))
  "The directory of this file and its siblings.")

(defconst smbcmp--root
  (let ((here smbcmp--lisp-directory))
    ;; In a checkout Lisp is in lisp/, in an installed package beside
    ;; the Makefile.
    (if (file-exists-p (expand-file-name "Makefile" here))
        here
      (file-name-directory (directory-file-name here))))
  "The directory that holds the Makefile and the native part's sources.")

(defcustom smbcmp-module-directory nil
  "Directory of the native part's built files.
If nil, the directory `build' of the package."
  :type '(choice (const :tag "build/ in the package" nil) directory)
  :group 'smbcmp)

(defun smbcmp--native-file (name)
  "Return the file NAME of the native part."
  (expand-file-name name (or smbcmp-module-directory
                             (expand-file-name "build" smbcmp--root))))

;;;; State of the native part

(defun smbcmp-module--file-version (file)
  "Return the version that module FILE says it is of, or nil."
  (when (file-readable-p file)
    (with-temp-buffer
      (set-buffer-multibyte nil)
      (insert-file-contents-literally file)
      (when (search-forward "smbcmp-module-version " nil t)
        (buffer-substring (point) (progn (skip-chars-forward "^\n\0") (point)))))))

(defun smbcmp-module--problem ()
  "Return why the native part can't be used, a string, or nil if it can."
  (let* ((module (smbcmp--native-file (concat "smbcmp-module" module-file-suffix)))
         (worker (smbcmp--native-file "smbcmp-worker"))
         (version (smbcmp-module--file-version module)))
    (cond
     ((not (file-exists-p module)) "smbcmp's native part is not built yet")
     ((not (equal version smbcmp-version))
      (format "smbcmp's native part is of version %s, this is %s"
              (or version "unknown") smbcmp-version))
     ((not (file-executable-p worker))
      (format "smbcmp's worker %s is missing" worker)))))

;;;; Build

(defun smbcmp-module--build-command ()
  "Return the shell command that builds the native part."
  (format "make -C %s native EMACS=%s"
          (shell-quote-argument (directory-file-name smbcmp--root))
          (shell-quote-argument (expand-file-name invocation-name
                                                  invocation-directory))))

(declare-function compilation-start "compile" (command &optional mode name-function))

;;;###autoload
(defun smbcmp-module-build ()
  "Build the native part in a `compilation-mode' buffer; wait for the end.
Signal `smbcmp-module-error' if the build fails: the buffer says why."
  (interactive)
  (require 'compile)
  (let* ((buffer (compilation-start (smbcmp-module--build-command) nil
                                    (lambda (_mode) "*smbcmp build*")))
         (process (get-buffer-process buffer)))
    (while (process-live-p process)
      (accept-process-output process 0.1)
      (unless noninteractive (redisplay)))
    (unless (zerop (process-exit-status process))
      (signal 'smbcmp-module-error
              (list (format "The build failed; see buffer %s" (buffer-name buffer)))))
    (message "smbcmp's native part is built")))

(defun smbcmp-module--offer-build (problem)
  "Say PROBLEM and offer to build; signal `smbcmp-module-error' if refused."
  (if (and (not noninteractive)
           (y-or-n-p (format "%s.  Build it now? " problem)))
      (smbcmp-module-build)
    (signal 'smbcmp-module-error
            (list (format "%s; run: %s" problem (smbcmp-module--build-command))))))

;;;###autoload
(defun smbcmp-module-load ()
  "Make sure that the native part is loaded; offer to build it if need be.
Signal `smbcmp-module-error' if it can't be."
  (unless (featurep 'smbcmp-module-native)
    (unless module-file-suffix
      (signal 'smbcmp-module-error
              '("This Emacs was built without support for dynamic modules")))
    (let ((problem (smbcmp-module--problem)))
      (when problem
        (smbcmp-module--offer-build problem)
        (when (setq problem (smbcmp-module--problem))
          (signal 'smbcmp-module-error (list problem)))))
    (condition-case err
        (module-load (smbcmp--native-file (concat "smbcmp-module" module-file-suffix)))
      (module-open-failed
       (signal 'smbcmp-module-error
               (list (format "The native part does not load: %S" (cdr err))))))))

(provide 'smbcmp-module)
;;; smbcmp-module.el ends here
