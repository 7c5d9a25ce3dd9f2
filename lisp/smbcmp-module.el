;;; smbcmp-module.el --- Load and build the native part  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The native part is three files: the module Emacs loads, the worker it
;; starts for each capture, and the engine library of the embedded host.
;; They are built on first use, after asking, in a `compilation-mode' buffer,
;; and with them a checkout's Lisp is compiled.  Each says which version it is
;; of; one of another version is never loaded or started, but built again.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-compiled)
(require 'smbcmp-escape)

(declare-function smbcmp--module-encode "smbcmp-module.so" (serial verb arguments))
(declare-function smbcmp--module-print "smbcmp-module.so" (string))

;;;; Errors

(define-error 'smbcmp-error "smbcmp error")
(define-error 'smbcmp-file-error "Cannot read capture" '(smbcmp-error file-error))
(define-error 'smbcmp-filter-error "Invalid display filter" 'smbcmp-error)
(define-error 'smbcmp-frame-error "No such frame" 'smbcmp-error)
(define-error 'smbcmp-worker-error "The worker failed" 'smbcmp-error)
(define-error 'smbcmp-module-error "The native part failed" 'smbcmp-error)

(defun smbcmp-error-message (err)
  "Return what to tell the user of ERR, (CONDITION MESSAGE ...).
Messages of smbcmp's conditions are whole sentences about a thing they
name; others are as `error-message-string' has them."
  (if (and (memq 'smbcmp-error (get (car err) 'error-conditions))
           (stringp (cadr err)))
      (smbcmp-escape (cadr err))
    (smbcmp-escape (error-message-string err))))

(defmacro smbcmp-with-user-errors (&rest body)
  "Do BODY, of a command; what smbcmp can't do is the user's to know.
An `smbcmp-error' becomes a `user-error' with the same message."
  (declare (indent 0) (debug t))
  `(condition-case err
       (progn ,@body)
     (smbcmp-error (user-error "%s" (smbcmp-error-message err)))))

;;;; What the native part says

(defconst smbcmp-module-problems
  '(("not-utf-8" . "The %s is not valid UTF-8")
    ("no-capture" . "no capture is open")
    ("worker-version" . "the worker is of version %s, smbcmp is %s")
    ("no-filter-of-field" . "no display filter can be made of this field")
    ("no-filter-of-column" . "no display filter can be made of this column")
    ("other-messages" . "frame %s had other messages before all frames were known")
    ("no-request" . "no such request: %s")
    ("no-column"
     . "\"%s\" is neither a column of your Wireshark configuration, a \
column format nor a field")
    ("no-tap" . "Wireshark has no such statistics of \"%s\"")
    ("no-field" . "\"%s\" is not a field Wireshark knows")
    ("frame-gone" . "frame %s can't be read: it is no longer in the ring buffer")
    ("frame-unreadable" . "frame %s can't be read: %s")
    ("no-key-table" . "this Wireshark has no table of SMB session keys")
    ("libwireshark" . "libwireshark does not start: %s")
    ("decode-as" . "decode as %s: no such table, or protocol in it")
    ("preference" . "preference %s: %s")
    ("no-profile" . "Wireshark has no configuration profile \"%s\"")
    ("no-link-layer" . "libpcap has no filters for the link layer %s")
    ("not-growing" . "the capture was not opened as one that grows")
    ("frame-not-loaded" . "frame %s is not loaded yet; %s are")
    ("frame-not-opened" . "frame %s is not among the %s that were opened")
    ("no-frame" . "there is no frame %s; the capture has %s")
    ("argument" . "the request %s takes %s of type %s, not %s")
    ("arguments" . "the request %s takes no more than %s")
    ("no-time-zone" . "There is no time zone %s")
    ("cannot-open" . "Cannot open %s: %s")
    ("cannot-unpack" . "Cannot open %s: %s, which unpacks it, is not installed")
    ("copying" . "Copying %s into %s: %s")
    ("reading" . "Reading %s: %s")
    ("not-unpacked" . "%s is not whole: the program that unpacks it failed")
    ("not-whole" . "%s is not whole: %s")
    ("limited" . "Only the first %s of %s are unpacked")
    ("not-a-file" . "%s names no file")
    ("no-rule-word" . "\"%s\" is no %s of rules")
    ("rules" . "there are more than %s rules")
    ("rule" . "Rule %s: %s")
    ("no-message" . "No message %s: the log has %s")
    ("not-trees" . "not field trees")
    ("malformed" . "malformed message")
    ("too-long" . "message of %s bytes")
    ("not-rows" . "not rows of a packet list")
    ("cannot-print" . "Cannot print: %s")
    ("not-cells" . "Not the values of fields")
    ("closed" . "This %s is closed")
    ("reply-type" . "A reply has a value of type %s")
    ("bad-text" . "not valid UTF-8: %s")
    ("argument-kind" . "a request's argument must be a string, an integer, a list or t")
    ("not-run" . "This comparison was not run")
    ("not-summary" . "This is no summary of a capture, or one too large to compare")
    ("no-number" . "There is no number %s")
    ("no-exchange" . "There is no exchange %s")
    ("not-pdus" . "These are no trees of such PDUs")
    ("no-function" . "The engine has no %s: %s")
    ("engine" . "The engine does not load: %s")
    ("no-engine" . "The embedded engine is not started")
    ("filter-number" . "The filter `%s' lacks a number")
    ("filter-strings" . "The filter `%s' takes strings")
    ("filter-level" . "The filter `level' takes <=, <, =, >=, > or /= and a number")
    ("filter-error" . "The filter `error' takes kinds of errors and statuses")
    ("no-filter" . "There is no filter `%s'")
    ("filter-kind" . "A filter is a list that begins with its kind"))
  "What went wrong in the native part: alist of names and words, formats.")

(defun smbcmp-module-problem-text (text)
  "Return what TEXT, from the native part, says in words.
If it begins with a unit separator it is the name of a problem and what goes
into its words, with such a character before each; else it is words already."
  (if (not (string-prefix-p "\037" text))
      text
    (let* ((parts (split-string (substring text 1) "\037"))
           (words (alist-get (pop parts) smbcmp-module-problems "unknown problem" nil #'equal))
           (count (1- (length (split-string words "%s")))))
      (apply #'format words
             ;; The last one may be anything, another problem too.
             (append (cl-subseq parts 0 (max 0 (min (1- count) (length parts))))
                     (and (> count 0)
                          (list (smbcmp-module-problem-text
                                 (mapconcat #'identity (nthcdr (1- count) parts) "\037")))))))))

(defun smbcmp-module-print-line (line)
  "Print LINE, a string, and a newline.
On the standard output of a script that is done at once, so that several may
print to one file at the same time; Emacs by itself writes it in pieces."
  (if (and noninteractive (eq t standard-output) (fboundp 'smbcmp--module-print))
      (smbcmp--module-print (concat line "\n"))
    (princ line)
    (terpri)))

;;;; Where things are

(defconst smbcmp-version "0.1.0"
  "The version of smbcmp; the native part must be of the same.")

(defconst smbcmp-module-lisp-directory smbcmp-compiled-sources
  "The directory of this file's source and its siblings.")

(defconst smbcmp--root
  (let* ((here (directory-file-name smbcmp-module-lisp-directory))
         (above (file-name-directory here)))
    ;; In a checkout Lisp is in lisp/, in an installed package all files are
    ;; together.
    (if (and (equal (file-name-nondirectory here) "lisp")
             (file-exists-p (expand-file-name "Makefile" above)))
        above
      smbcmp-module-lisp-directory))
  "The directory of the package: where the native part is, or is built.")

(defcustom smbcmp-module-directory nil
  "Directory of the native part's built files.
If nil, the directory `build' of the package or, if nothing can be written
there, `smbcmp/build' in the user's Emacs directory."
  :type '(choice (const :tag "build/ in the package" nil) directory)
  :risky t
  :group 'smbcmp)

(defun smbcmp-module--directory ()
  "Return the directory of the native part's built files."
  (let ((own (expand-file-name "build" smbcmp--root)))
    (cond (smbcmp-module-directory (expand-file-name smbcmp-module-directory))
          ((or (file-directory-p own) (file-writable-p smbcmp--root)) own)
          (t (expand-file-name (locate-user-emacs-file "smbcmp/build"))))))

(defun smbcmp-module-native-file (name)
  "Return the file NAME of the native part."
  (expand-file-name name (smbcmp-module--directory)))

;;;; State of the native part

(defvar smbcmp--module-version nil
  "Version of the native part that this Emacs has loaded, or nil.
The module sets it.")

(defvar smbcmp-module--loaded nil
  "Name and modification time of the module that was loaded.")

(defvar smbcmp-module-for-logs nil
  "Non-nil while only what logs need of the native part is looked at.
After the module is loaded, non-nil if only that was looked at.")

(defun smbcmp-module--files ()
  "Return the files of the native part that are used: module and worker.
Logs need only the module, and no libwireshark."
  (cons (smbcmp-module-native-file (concat "smbcmp-module" module-file-suffix))
        (unless smbcmp-module-for-logs
          (list (smbcmp-module-native-file "smbcmp-worker")))))

(defun smbcmp-module--file-version (file)
  "Return the version that FILE of the native part says it is of, or nil."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents-literally file)
    (when (search-forward "smbcmp-native-version " nil t)
      (buffer-substring (point) (progn (skip-chars-forward "^\n\0") (point))))))

(defun smbcmp-module-file-problem (file)
  "Return why FILE of the native part can't be used, a string, or nil."
  (if (file-readable-p file)
      (let ((version (smbcmp-module--file-version file)))
        (unless (equal version smbcmp-version)
          (format "%s is of version %s, smbcmp is %s" (abbreviate-file-name file)
                  (or version "unknown") smbcmp-version)))
    (format "%s is missing" (abbreviate-file-name file))))

(defun smbcmp-module--stale-p ()
  "Return non-nil if sources of the native part were changed since it was built."
  (let ((sources (expand-file-name "module" smbcmp--root)))
    (when (file-directory-p sources)
      (cl-flet ((newest (files)
                  (cl-reduce (lambda (a b) (if (file-newer-than-file-p a b) a b)) files)))
        (file-newer-than-file-p (newest (directory-files-recursively sources "\\.[ch]\\'"))
                                ;; Each is made of some of the sources.
                                (newest (cons (smbcmp-module-native-file "smbcmp-launch")
                                              (smbcmp-module--files))))))))

(defun smbcmp-module-problem ()
  "Return why the native part can't be used, a string, or nil if it can."
  (let ((files (smbcmp-module--files)))
    (cond ((cl-notany #'file-exists-p files) "smbcmp's native part is not built yet")
          ((cl-some #'smbcmp-module-file-problem files))
          ((smbcmp-module--stale-p)
           "smbcmp's native part is older than its sources"))))

;;;; Build

(defun smbcmp-module--processors ()
  "Return how many processors there are."
  (max 1 (string-to-number
          (with-temp-buffer
            (ignore-errors (call-process "getconf" nil t nil "_NPROCESSORS_ONLN"))
            (buffer-string)))))

(defcustom smbcmp-module-offer-to-compile t
  "Non-nil if a checkout whose Lisp is not compiled offers to do that.
It is offered with the first capture or log that is opened, once a session.
Compiled Lisp is faster."
  :type 'boolean
  :group 'smbcmp)

(defun smbcmp-module--compile-p ()
  "Return non-nil if this Emacs runs sources whose Lisp can be compiled."
  (let ((build (smbcmp-module--directory)))
    (and (eq smbcmp-compiled-state 'sources)
         (equal build (expand-file-name "build" smbcmp--root))
         (file-writable-p build))))

(defun smbcmp-module--build-command (&optional target)
  "Return the shell command that builds TARGET, by default the native part.
Signal `smbcmp-module-error' if its sources are not there."
  (unless (file-exists-p (expand-file-name "Makefile" smbcmp--root))
    (signal 'smbcmp-module-error
            (list (format "%s has no sources to build from; install smbcmp again"
                          (abbreviate-file-name smbcmp--root)))))
  (mapconcat #'shell-quote-argument
             `("make" ,(format "-j%d" (smbcmp-module--processors))
               "-C" ,(directory-file-name smbcmp--root)
               ,(or target (if smbcmp-module-for-logs "logs" "native"))
               ,(concat "EMACS=" (expand-file-name invocation-name invocation-directory))
               ,@(unless (equal (smbcmp-module--directory)
                                (expand-file-name "build" smbcmp--root))
                   (list (concat "BUILD=" (smbcmp-module--directory)))))
             " "))

(declare-function compilation-start "compile")
(defvar compilation-scroll-output)

(defun smbcmp-module--complaint (buffer)
  "Return the line of BUFFER, a failed build's, that says why it failed."
  (with-current-buffer buffer
    (save-excursion
      (goto-char (point-min))
      (if (re-search-forward "smbcmp: \\(.*?\\)\\(?:\\.  Stop\\.\\)?$\\|^.*error: \\(.*\\)$" nil t)
          (or (match-string 1) (match-string 2))
        "make failed"))))

(defun smbcmp-module--run-build (&optional target)
  "Build TARGET, by default the native part, in a `compilation-mode' buffer.
Wait for the end; signal `smbcmp-module-error' if the build fails."
  (require 'compile)
  (let* ((default-directory smbcmp--root)
         (errors next-error-last-buffer)
         ;; How far it is stands in the last lines.
         (compilation-scroll-output (or compilation-scroll-output t))
         (buffer (compilation-start (smbcmp-module--build-command target) nil
                                    (lambda (_mode) "*smbcmp build*")))
         (process (get-buffer-process buffer)))
    (while (process-live-p process)
      (accept-process-output process 0.1)
      (unless noninteractive (redisplay)))
    ;; That it ended may be known before what it said last.
    (while (accept-process-output process 0.1))
    (unless (zerop (process-exit-status process))
      (signal 'smbcmp-module-error
              (list (format "The build failed: %s; see buffer %s"
                            (smbcmp-module--complaint buffer) (buffer-name buffer)))))
    ;; A build without errors is nothing for `next-error' to go through.
    (setq next-error-last-buffer errors)))

(defun smbcmp-module--compile ()
  "Compile the Lisp of the checkout and load it; return what to tell.
If that can't be done its sources do as well."
  (condition-case err
      (progn
        (smbcmp-module--run-build "lisp")
        (if (smbcmp-compiled-load) "its Lisp is compiled and loaded"
          (format "its Lisp %s" (smbcmp-compiled-problem))))
    (smbcmp-module-error (format "its Lisp is not compiled: %s" (cadr err)))))

;;;###autoload
(defun smbcmp-module-build ()
  "Build the native part in a `compilation-mode' buffer; wait for the end.
In a checkout, compile its Lisp, too.
Signal `smbcmp-module-error' if the build fails; the buffer says more."
  (interactive)
  (smbcmp-module--run-build)
  (message "%s%s" (smbcmp-module--built)
           (if (smbcmp-module--compile-p) (concat "; " (smbcmp-module--compile)) "")))

(defun smbcmp-module--built ()
  "Return what to tell after a build."
  (cond ((null smbcmp--module-version) "smbcmp's native part is built")
        ((equal smbcmp-module--loaded (smbcmp-module--identity))
         "smbcmp's native part is built; captures opened from now on use it")
        (t "smbcmp's native part is built, but this Emacs keeps the module it \
loaded before: restart Emacs")))

(defun smbcmp-module--identity ()
  "Return what tells the module file from any built before it."
  (let ((file (car (smbcmp-module--files))))
    (list file (file-attribute-modification-time (file-attributes file)))))

(defun smbcmp-module--ask-p ()
  "Return non-nil if there is somebody to be asked."
  (not (or noninteractive
           ;; A daemon that starts has no frame yet.
           (equal "initial_terminal" (terminal-name)))))

(defvar smbcmp-module--offered-to-compile nil
  "Non-nil if it was offered to compile Lisp in this session.")

(defun smbcmp-module--offer-to-compile ()
  "If what is compiled of a checkout can't be loaded, offer to compile it, once."
  (let ((problem (smbcmp-compiled-problem)))
    (when (and problem smbcmp-module-offer-to-compile (not smbcmp-module--offered-to-compile)
               (smbcmp-module--compile-p) (smbcmp-module--ask-p))
      (setq smbcmp-module--offered-to-compile t)
      (when (y-or-n-p (format "The Lisp of this checkout of smbcmp %s.  Compile it now? "
                              problem))
        (message "smbcmp: %s" (smbcmp-module--compile))))))

(defun smbcmp-module--offer-build (problem)
  "Say PROBLEM and offer to build; signal `smbcmp-module-error' if refused."
  (if (and (smbcmp-module--ask-p)
           (y-or-n-p (format "%s.  Build it now? " problem)))
      (smbcmp-module-build)
    (signal 'smbcmp-module-error
            (list (format "%s; run: %s" problem (smbcmp-module--build-command))))))

;;;; Load

(defun smbcmp-module--load-file ()
  "Load the module, which is there and of the right version."
  (let ((identity (smbcmp-module--identity)))
    (condition-case err
        (module-load (car identity))
      (module-open-failed
       (signal 'smbcmp-module-error
               (list (format "The native part does not load: %s" (car (last err)))))))
    (setq smbcmp-module--loaded identity)))

;;;###autoload
(defun smbcmp-module-load (&optional logs)
  "Make sure that the native part is loaded; offer to build it if need be.
With LOGS, only what is needed to read logs must be there.
One of another version, or older than its sources, is never loaded.
Signal `smbcmp-module-error' if there is none."
  (unless (and (equal smbcmp--module-version smbcmp-version)
               (or logs (not smbcmp-module-for-logs)))
    (smbcmp-module--prepare logs)
    (setq smbcmp-module-for-logs logs)))

(defun smbcmp-module--prepare (logs)
  "Check the native part, for LOGS or all, and load it if that isn't done."
  (let ((smbcmp-module-for-logs logs))
    (unless (member smbcmp--module-version (list nil smbcmp-version))
      (signal 'smbcmp-module-error
              (list (format "This Emacs has loaded smbcmp's native part of version %s, \
smbcmp is %s now: restart Emacs"
                            smbcmp--module-version smbcmp-version))))
    (unless module-file-suffix
      (signal 'smbcmp-module-error
              '("This Emacs was built without support for dynamic modules")))
    (let ((problem (smbcmp-module-problem)))
      (when problem
        (smbcmp-module--offer-build problem)
        (when (setq problem (smbcmp-module-problem))
          (signal 'smbcmp-module-error (list problem)))))
    (unless smbcmp--module-version
      (smbcmp-module--load-file))
    (smbcmp-module--offer-to-compile)))

(provide 'smbcmp-module)
;;; smbcmp-module.el ends here
