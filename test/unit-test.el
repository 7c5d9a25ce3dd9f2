;;; unit-test.el --- The C code that knows neither Emacs nor libwireshark  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Finds the C programs beside it and makes tests of them:
;;
;;   NAME-test.c   uses GLib's test framework; each of its tests is one here,
;;                 run under ASan and UBSan, and all together once more under
;;                 valgrind and under ThreadSanitizer
;;   NAME-fuzz.c   a libFuzzer target, run for `unit-test-fuzz-seconds'; bytes
;;                 that once broke something, in data/fuzz/NAME/, come first
;;
;; The Makefile knows how each is built.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(defvar unit-test-fuzz-seconds (or (getenv "FUZZ_SECONDS") "10")
  "How long each fuzzer runs, a string.")

(defconst unit-test--directory (expand-file-name "test" smbcmp--root)
  "Where the sources are.")

(defun unit-test--call (program &rest arguments)
  "Run PROGRAM with ARGUMENTS in the package's directory; return its output.
Fail with the output unless its status is 0."
  (with-temp-buffer
    (let* ((default-directory smbcmp--root)
           ;; Under make, what its flags are is no matter of these.
           (process-environment
            (append '("MAKEFLAGS" "MAKELEVEL" "MFLAGS"
                      "G_SLICE=always-malloc" "ASAN_OPTIONS=abort_on_error=0"
                      "UBSAN_OPTIONS=print_stacktrace=1")
                    process-environment))
           (status (apply #'call-process (if (string-match-p "/" program) (expand-file-name program) program)
                        nil t nil arguments)))
      (unless (eql status 0)
        (ert-fail (list (cons program arguments) status (buffer-string))))
      (buffer-string))))

(defun unit-test--program (kind name)
  "Return the file of program NAME, built as KIND says.
As a tag of a test it is what has to be made before; see run.el."
  (format "build/%s/%s" kind name))

(defun unit-test--paths (source)
  "Return the paths of the tests that C file SOURCE has, in order."
  (with-temp-buffer
    (insert-file-contents source)
    (cl-loop while (re-search-forward "[({] *\"\\(/[a-z0-9/-]+\\)\"," nil t)
             collect (match-string 1))))

(defun unit-test--listed (program)
  "Return the paths of the tests that PROGRAM says it has, sorted.
They are comments where GLib speaks TAP, as it does since 2.82."
  (sort (cl-loop for line in (split-string (unit-test--call program "-l") "\n")
                 when (string-match "\\`\\(?:# \\)?\\(/.*\\)" line)
                 collect (match-string 1 line))
        #'string<))

(defmacro unit-test--define (name doc tags &rest body)
  "Define the test called NAME, a string, with docstring DOC, TAGS and BODY."
  (declare (indent 3))
  `(let ((symbol (intern ,name)))
     (ert-set-test symbol (make-ert-test :name symbol :documentation ,doc :tags ,tags
                                         :body (lambda () ,@body)))))

(dolist (source (directory-files unit-test--directory t "-test\\.c\\'"))
  (let* ((name (file-name-base source))
         (paths (unit-test--paths source))
         (asan (unit-test--program "asan" name))
         (plain (unit-test--program "plain" name))
         (tsan (unit-test--program "tsan" name)))
    (dolist (path paths)
      (unit-test--define (concat "unit-" name path) "A test of the C code." (list asan)
        (should (string-match-p "^ok 1 " (unit-test--call asan "--tap" "-p" path)))))
    (unit-test--define (concat "unit-" name "-valgrind")
        "All of them once more, without a leak or an error that valgrind sees."
        (list asan plain 'slow)
      (should (equal (unit-test--listed asan) (sort (copy-sequence paths) #'string<)))
      (unit-test--call "valgrind" "-q" "--error-exitcode=9" "--leak-check=full"
                       "--errors-for-leak-kinds=definite" "--suppressions=test/valgrind.supp"
                       plain))
    (unit-test--define (concat "unit-" name "-threads")
        "All of them, without a race between threads." (list tsan)
      (unit-test--call tsan))))

(dolist (source (directory-files unit-test--directory t "-fuzz\\.c\\'"))
  (let* ((name (file-name-base source))
         (program (unit-test--program "fuzz" name))
         (corpus (concat program "-corpus"))
         (seeds (concat "test/data/fuzz/" (string-remove-suffix "-fuzz" name))))
    (unit-test--define (concat "unit-" name)
        "No bytes make the C code step out of bounds." (list program)
      (make-directory (expand-file-name corpus smbcmp--root) t)
      (apply #'unit-test--call program
             (concat "-max_total_time=" unit-test-fuzz-seconds)
             "-timeout=5" "-rss_limit_mb=2048" "-verbosity=0" "-print_final_stats=1"
             (concat "-artifact_prefix=" program "-")
             corpus (and (file-directory-p (expand-file-name seeds smbcmp--root))
                         (list seeds))))))

(provide 'unit-test)
;;; unit-test.el ends here
