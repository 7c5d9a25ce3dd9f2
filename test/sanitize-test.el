;;; sanitize-test.el --- The native part under the sanitizers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Module, worker and engine are built once more with ASan and UBSan, into
;; build/asan; an Emacs that has the former's library preloaded runs tests
;; with them.  Leaks are not looked for: Emacs and libwireshark keep much
;; to the end.  (The programs of unit-test.el are looked through for them.)

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(defvar smbcmp-test--end)
(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst sanitize-test--native
  '("build/asan/smbcmp-module.so" "build/asan/smbcmp-worker" "build/asan/smbcmp-launch"
    "build/asan/untranslated.so")
  "What is tested, and what has to be preloaded for it beside ASan's library.")

(defun sanitize-test--library ()
  "Return the file of ASan's library, or nil."
  (let ((file (string-trim (shell-command-to-string
                            (format "%s -print-file-name=libasan.so"
                                    (or (getenv "CC") "cc"))))))
    ;; It is but a name where there is none.
    (and (file-name-absolute-p file) file)))

(defconst sanitize-test--setup
  '(progn
     (setq smbcmp-module-directory (expand-file-name "build/asan" smbcmp--root)
           max-lisp-eval-depth 3000 max-specpdl-size 6000
           ;; Address space is what ASan takes most of.
           smbcmp-worker-memory-limit nil)
     ;; The worker has it of its own, other programs may not bear it.
     (setenv "LD_PRELOAD")
     ;; A worker that ends is replaced; what it said must not be lost.
     (advice-add 'smbcmp--worker-said :before
                 (lambda (_pipe string)
                   (when (string-match-p "Sanitizer\\|runtime error" string)
                     (message "%s" string))))
     ;; When it collects garbage, Emacs 28 keeps a copy of its stack if that has
     ;; less than 16,000 bytes; ASan says what it thinks of that.
     (defun sanitize-test-deep (function levels)
       (if (zerop levels)
           (funcall function)
         (list (sanitize-test-deep function (1- levels))))))
  "What an Emacs has to do before it loads the native part.")

(defun sanitize-test--emacs (input &rest arguments)
  "Run an Emacs with ARGUMENTS and the sanitized native part.
Return what it prints; INPUT is what it can read.  Fail if a sanitizer
has something to say."
  (let ((process-environment
         (append (list (format "LD_PRELOAD=%s %s" (sanitize-test--library)
                               (expand-file-name "build/asan/untranslated.so" smbcmp--root))
                       "ASAN_OPTIONS=detect_leaks=0" "UBSAN_OPTIONS=print_stacktrace=1")
                 process-environment))
        (default-directory smbcmp--root))
    (with-temp-buffer
      (insert input)
      (let ((status (apply #'call-process-region (point-min) (point-max)
                           (expand-file-name invocation-name invocation-directory)
                           t t nil "-Q" "--batch" "-L" "." "-L" "lisp" "-L" "test"
                           "-l" "test/run.el" "--eval" (format "%S" sanitize-test--setup)
                           arguments)))
        ;; What comes behind a NUL is not printed.
        (subst-char-in-region (point-min) (point-max) ?\0 ?\s)
        (goto-char (point-min))
        (when (or (re-search-forward "Sanitizer\\|runtime error" nil 'end)
                  (not (eql 0 status)))
          (ert-fail (list status (buffer-substring (max (point-min) (- (point) 300))
                                                   (min (point-max) (+ (point) 1500))))))
        (buffer-string)))))

(defun sanitize-test--run (selector)
  "Run the tests that match SELECTOR with the sanitized native part."
  (let* ((names (mapcar #'ert-test-name (ert-select-tests selector t)))
         (output (sanitize-test--emacs (mapconcat (lambda (name) (format "%s\n" name)) names "")
                                       "--eval"
                                       "(sanitize-test-deep #'smbcmp-test-serve 150)"))
         (case-fold-search nil) (failed nil) (ended 0))
    (dolist (line (split-string output "\n"))
      ;; What was printed before may not have ended its line.
      (when (string-match-p (substring smbcmp-test--end 1) line) (cl-incf ended))
      (when (string-match "FAILED .*" line) (push (match-string 0 line) failed)))
    (should-not failed)
    (should (= ended (length names)))))

;;;; What is run

(defmacro sanitize-test--define (name doc selector)
  "Define the test NAME with docstring DOC: to run the tests that match SELECTOR."
  (declare (indent 1))
  `(ert-deftest ,name ()
     ,doc
     :tags (cons 'slow sanitize-test--native)
     (skip-unless (sanitize-test--library))
     (sanitize-test--run ,selector)))

(sanitize-test--define sanitize-test-logs
  "Nothing that is done with logs makes the module step out of bounds."
  '(and "^smblog-" (not "frames-test\\|where-libwireshark-is-not")))

(sanitize-test--define sanitize-test-comparing
  "Neither does what compares captures."
  '(and "^\\(?:compare\\|diff\\|compare-view\\|pair\\)-test"
        (not "every-edit\\|mirrors\\|batch\\|itself\\|other-protocols")))

(sanitize-test--define sanitize-test-browsing
  "Neither module nor worker does so while captures are looked at."
  '(and "^\\(?:list\\|detail\\|bytes\\|filter\\|settings\\|keys\\|keys-read\\|only\\|cells\\)-test\\|^capturing-test-a-"
        ;; Many openings of what others open as well.
        (not "as-tshark\\|tcpdump")))

(sanitize-test--define sanitize-test-bad-input
  "Or while they have to do with bad files, killed workers and such as lie."
  '(and "^\\(?:bad-input\\|liar\\|worker\\)-test" (not "memory\\|build\\|no-permission")))

;;;; The engine inside Emacs

(ert-deftest sanitize-test-embedded ()
  "Nor does the engine inside Emacs, whatever it is asked for."
  :tags (append '(slow "build/asan/smbcmp-engine.so") sanitize-test--native)
  (skip-unless (sanitize-test--library))
  (dolist (folder '("good" "smb1" "enc-smb311"))
    (let ((output
           (sanitize-test--emacs
            "" "-l" "smbcmp" "--eval"
            (format "%S"
                    `(sanitize-test-deep
                      (lambda ()
                        (let* ((capture (smbcmp-open ,(smbcmp-test-data folder) :host 'embedded))
                               (frames (smbcmp-frames capture)))
                          (dolist (frame frames)
                            (smbcmp-frame-tree capture frame)
                            (smbcmp-frame-bytes capture frame))
                          (smbcmp-rows capture frames)
                          (smbcmp-fields capture '("smb2.cmd" "frame.time" "smb2.filename") "smb2")
                          (smbcmp-latencies capture)
                          (smbcmp-handles capture)
                          (should-error (smbcmp-frames capture "smb2.cmd ==")
                                        :type 'smbcmp-filter-error)
                          (should-error (smbcmp-frame-tree capture 99999)
                                        :type 'smbcmp-frame-error)
                          (smbcmp-add-keys capture '((:session "0000000000000001"
                                                      :key "00112233445566778899aabbccddeeff")))
                          (smbcmp-frame-tree capture 1)
                          (smbcmp-close capture)
                          (message "%d frames" (length frames))))
                      150)))))
      (should (string-match "^\\([0-9]+\\) frames" output))
      (should (> (string-to-number (match-string 1 output)) 50)))))

(provide 'sanitize-test)
;;; sanitize-test.el ends here
