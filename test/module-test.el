;;; module-test.el --- The native part: built on first use, never a stale one  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(defvar smbcmp-test-no-native-compilation)
(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst module-test--emacs (expand-file-name invocation-name invocation-directory)
  "This Emacs' program.")

(defmacro module-test--in-directory (variable &rest body)
  "Run BODY with VARIABLE a new directory for the native part."
  (declare (indent 1))
  `(let ((,variable (file-name-as-directory (make-temp-file "smbcmp-native" t))))
     (unwind-protect (progn ,@body)
       (delete-directory ,variable t))))

(defun module-test--native (directory &rest changes)
  "Copy the native part to DIRECTORY, with CHANGES made in its files.
CHANGES are lists (FILE FROM TO), strings of one length; TO nil leaves
FILE out."
  (dolist (name '("smbcmp-module.so" "smbcmp-worker" "smbcmp-engine.so"))
    (let ((file (expand-file-name name directory))
          (changes (cl-remove name changes :key #'car :test-not #'equal)))
      (copy-file (smbcmp-module-native-file name) file)
      (pcase-dolist (`(,_ ,from ,to) changes)
        (if (not to)
            (delete-file file)
          (let ((coding-system-for-read 'binary) (coding-system-for-write 'binary)
                (inhibit-message t))
            (with-temp-file file
              (set-buffer-multibyte nil)
              (insert-file-contents-literally file)
              (should (search-forward from nil t))
              (replace-match to t t))))))))

(defmacro module-test--unloaded (&rest body)
  "Run BODY as if this Emacs had loaded no module, and could not load one."
  `(let ((smbcmp--module-version nil))
     (cl-letf (((symbol-function 'module-load)
                (lambda (file) (ert-fail (list "This was loaded" file)))))
       ,@body)))

(defun module-test--refusal (directory)
  "Return why the native part in DIRECTORY is not loaded, which must be so."
  (let ((smbcmp-module-directory directory))
    (module-test--unloaded
     (cadr (should-error (smbcmp-module-load) :type 'smbcmp-module-error)))))

;;;; What is never loaded

(defconst module-test--mark (concat "smbcmp-native-version " smbcmp-version)
  "What files of this version have in them.")

(ert-deftest module-test-one-version ()
  "The package, its Lisp and its native part are of one version."
  (should (equal smbcmp-version
                 (with-temp-buffer
                   (insert-file-contents (expand-file-name "smbcmp.el" smbcmp--root))
                   (re-search-forward "^;; Version: \\(.*\\)$")
                   (match-string 1))))
  (should (equal smbcmp-version smbcmp--module-version))
  (dolist (name '("smbcmp-module.so" "smbcmp-worker" "smbcmp-engine.so"))
    (should (equal smbcmp-version
                   (smbcmp-module--file-version (smbcmp-module-native-file name)))))
  (should (equal (format "smbcmp-worker %s\n" smbcmp-version)
                 (with-temp-buffer
                   (call-process (smbcmp-module-native-file "smbcmp-worker") nil t nil
                                 "--version")
                   (buffer-string)))))

(ert-deftest module-test-whole-native-part-is-accepted ()
  "A native part of this version is no problem."
  (module-test--in-directory directory
    (module-test--native directory)
    (let ((smbcmp-module-directory directory))
      (should-not (smbcmp-module-problem)))))

(ert-deftest module-test-unbuilt ()
  "Without a native part, the message tells how to build it."
  (module-test--in-directory directory
    (should (string-match-p "not built yet; run: make -j[0-9]+ -C .* native"
                            (module-test--refusal directory)))))

(ert-deftest module-test-stale-files-are-not-used ()
  "A module or worker of another version is named, with both versions."
  (dolist (name '("smbcmp-module.so" "smbcmp-worker"))
    (module-test--in-directory directory
      (module-test--native
       directory (list name module-test--mark
                       (replace-regexp-in-string "[0-9]" "9" module-test--mark)))
      (should (string-match-p
               (concat (regexp-quote name) " is of version 9\\.9\\.9, smbcmp is "
                       (regexp-quote smbcmp-version))
               (module-test--refusal directory))))))

(ert-deftest module-test-foreign-file-is-not-used ()
  "A file of no version at all is not loaded."
  (module-test--in-directory directory
    (module-test--native directory '("smbcmp-module.so" "" nil))
    (with-temp-file (expand-file-name "smbcmp-module.so" directory) (insert "\177ELF"))
    (should (string-match-p "smbcmp-module.so is of version unknown"
                            (module-test--refusal directory)))))

(ert-deftest module-test-missing-worker ()
  "A worker that is not there is named."
  (module-test--in-directory directory
    (module-test--native directory '("smbcmp-worker" "" nil))
    (should (string-match-p "smbcmp-worker is missing" (module-test--refusal directory)))))

(ert-deftest module-test-older-than-sources ()
  "After a pull that changed sources, what was built before is not loaded."
  (module-test--in-directory directory
    (module-test--native directory)
    (dolist (file (directory-files directory t "smbcmp"))
      (set-file-times file '(0 0)))
    (should (string-match-p "older than its sources" (module-test--refusal directory)))))

(ert-deftest module-test-other-version-loaded-before ()
  "An upgrade within a session that has loaded the old module says to restart."
  (let ((smbcmp--module-version "0.0.1"))
    (should (string-match-p "has loaded .* 0\\.0\\.1, .*restart Emacs"
                            (cadr (should-error (smbcmp-module-load)
                                                :type 'smbcmp-module-error))))))

(ert-deftest module-test-worker-of-another-version-is-told ()
  "A worker of another version, on another host say, does not open captures."
  (let ((smbcmp-version "9.9.9"))
    (cl-letf (((symbol-function 'smbcmp-module-load) #'ignore))
      (let ((message (cadr (should-error (smbcmp-open (smbcmp-test-data "good"))
                                         :type 'smbcmp-worker-error))))
        (should (string-match-p "worker is of version .*smbcmp is 9\\.9\\.9" message))))))

(ert-deftest module-test-worker-without-its-library ()
  "After an upgrade of Wireshark, what is missing and what to do is told."
  (module-test--in-directory directory
    (module-test--native directory '("smbcmp-worker" "libwireshark.so" "libwireshork.so"))
    (let* ((smbcmp-module-directory directory)
           (message (cadr (should-error (smbcmp-open (smbcmp-test-data "good"))
                                        :type 'smbcmp-worker-error))))
      (should (string-match-p "the worker does not start: .*libwireshork\\.so" message))
      (should (string-match-p "M-x smbcmp-module-build" message)))))

;;;; Building

(ert-deftest module-test-failing-build-says-why ()
  "A build that fails names the packages to install and keeps its buffer."
  (module-test--in-directory directory
    (let* ((smbcmp-module-directory directory)
           (process-environment (cons "PKG_CONFIG_LIBDIR=/nonexistent" process-environment))
           (message (cadr (should-error (smbcmp-module-build)
                                        :type 'smbcmp-module-error))))
      (should (string-match-p "\\`The build failed: packages are missing; .*wireshark"
                              message))
      (should (string-match-p "see buffer \\*smbcmp build\\*\\'" message))
      (with-current-buffer "*smbcmp build*"
        (should (derived-mode-p 'compilation-mode))
        (should (string-match-p "packages are missing" (buffer-string)))
        ;; What `next-error' goes through is another test's affair.
        (kill-buffer)))))

(ert-deftest module-test-no-sources ()
  "Where there is nothing to build from, that is told."
  (module-test--in-directory directory
    (let ((smbcmp--root directory))
      (should (string-match-p "no sources"
                              (cadr (should-error (smbcmp-module-build)
                                                  :type 'smbcmp-module-error)))))))

(defun module-test--in-terminal (form answer)
  "Evaluate FORM in an Emacs in a terminal and ANSWER its question.
Return (SCREEN RESULT): what it sent to the terminal, and the Lisp
object that FORM wrote to the file that the environment calls RESULT."
  (let* ((result (make-temp-file "smbcmp-result"))
         (screen "")
         (process-environment (append (list "TERM=xterm" (concat "RESULT=" result)
                                            "CFLAGS=-O0")
                                      process-environment))
         (process (make-process
                   :name "emacs in a terminal" :connection-type 'pty :noquery t
                   :command (list module-test--emacs "-nw" "-Q"
                                  "--eval" smbcmp-test-no-native-compilation
                                  "-L" smbcmp--root
                                  "-l" "smbcmp" "--eval" (format "%S" form))
                   :filter (lambda (process output)
                             (setq screen (concat screen output))
                             (when (and answer (string-match-p "\\(Build\\|Compile\\) it now" screen))
                               (process-send-string process answer)
                               (setq answer nil))))))
    (set-process-window-size process 40 120)
    (with-timeout (120 (delete-process process))
      (while (process-live-p process) (accept-process-output process 0.2)))
    (prog1 (list screen (with-temp-buffer
                          (insert-file-contents result)
                          (and (> (buffer-size) 0) (read (current-buffer)))))
      (delete-file result))))

(ert-deftest module-test-first-use-asks-and-builds ()
  "On first use Emacs asks, builds in a buffer that is shown, and goes on."
  (module-test--in-directory directory
    (pcase-let*
        ((form `(unwind-protect
                    (progn
                      (setq smbcmp-module-directory ,directory)
                      (let* ((capture (smbcmp-open ,(smbcmp-test-data "good")))
                             (buffer (get-buffer "*smbcmp build*"))
                             (window (get-buffer-window buffer)))
                        (write-region
                         (format "%S" (list (smbcmp-frame-count capture)
                                            (buffer-local-value 'major-mode buffer)
                                            ;; The last lines are seen.
                                            (and window
                                                 (= (window-point window)
                                                    (1+ (buffer-size buffer))))
                                            (eq next-error-last-buffer buffer)))
                         nil (getenv "RESULT"))))
                  (kill-emacs)))
         (`(,screen ,result) (module-test--in-terminal form "y")))
      (should (string-match-p "not built yet\\.  Build it now\\?" screen))
      (should (equal result '(114 compilation-mode t nil)))
      ;; The next Emacs finds it built.
      (let ((smbcmp-module-directory directory))
        (should-not (smbcmp-module-problem))
        ;; This one has loaded another.
        (should (string-match-p "restart Emacs" (smbcmp-module--built)))))))

(ert-deftest module-test-refused-build-is-no-loop ()
  "Whoever says no is asked once and told how to build by hand."
  (module-test--in-directory directory
    (pcase-let ((`(,_ ,result)
                 (module-test--in-terminal
                  `(progn
                     (setq smbcmp-module-directory ,directory)
                     (write-region
                      (format "%S" (condition-case err
                                       (smbcmp-open ,(smbcmp-test-data "good"))
                                     (smbcmp-module-error (cadr err))))
                      nil (getenv "RESULT"))
                     (kill-emacs))
                  "n")))
      (should (string-match-p "not built yet; run: make" result))
      (should-not (directory-files directory nil "smbcmp")))))

;;;; The Lisp of a checkout

(defun module-test--checkout (directory)
  "Copy this checkout to DIRECTORY, and what is built of its native part.
All keep their dates, so that make finds the native part up to date."
  (let* ((default-directory smbcmp--root)
         (floors (mapcar (lambda (floor) (concat "build/" floor))
                         (cl-remove-if-not
                          (lambda (name) (file-directory-p (concat "module/" name)))
                          (directory-files "module" nil "\\`[a-z]"))))
         (build (expand-file-name "build" directory)))
    (make-directory build)
    (should (eql 0 (call-process "cp" nil nil nil "-a" "smbcmp.el" "smblog-mode.el" "lisp"
                                 "module" "Makefile" directory)))
    (should (eql 0 (apply #'call-process "cp" nil nil nil "-a"
                          (append (file-expand-wildcards "build/smbcmp-*[a-z]")
                                  (file-expand-wildcards "build/wireshark-*")
                                  floors (list build)))))))

(defun module-test--opened (directory answer)
  "Open a capture twice with the checkout DIRECTORY and ANSWER a question.
Return what an Emacs in a terminal says of it: how often it asked, how many
frames there are, whether the function that opened them is compiled now, and
whence Lisp is loaded that is loaded later."
  (let ((smbcmp--root directory))
    (cadr (module-test--in-terminal
           `(let ((asked 0) (data ,(smbcmp-test-data "good")))
              (advice-add 'y-or-n-p :before (lambda (&rest _) (setq asked (1+ asked))))
              (smbcmp-open data)
              (let ((frames (smbcmp-frame-count (smbcmp-open data))))
                (write-region (format "%S" (list asked frames
                                                 (byte-code-function-p
                                                  (symbol-function 'smbcmp-open))
                                                 (locate-library "smblog-mode")))
                              nil (getenv "RESULT")))
              (kill-emacs))
           answer))))

(defun module-test--loads (directory &optional more)
  "Return which smbcmp-capture.el an Emacs loads with DIRECTORY in `load-path'.
MORE is a further one that an init file adds."
  (with-temp-buffer
    (call-process module-test--emacs nil '(t nil) nil "-Q" "--batch" "-L" directory
                  "--eval" (format "(when %S (push %S load-path))" more more)
                  "-l" "smbcmp" "--eval" "(princ (symbol-file 'smbcmp-open 'defun))")
    (buffer-string)))

(ert-deftest module-test-checkout-compiles-and-goes-on ()
  "A checkout offers to compile its Lisp; what is compiled is loaded at once.
The next Emacs loads it, but nothing that is older than a source or of
another version of Emacs."
  (module-test--in-directory root
    (module-test--checkout root)
    (let ((elc (concat root "build/elc/"))
          (link (concat (directory-file-name root) "-link")))
      ;; In a directory that is known by a link as well.
      (make-symbolic-link (directory-file-name root) link)
      (unwind-protect
          (should (equal (list 1 114 t (concat elc "smblog-mode.elc"))
                         (module-test--opened link "y")))
        (delete-file link))
      (should (equal (list 0 114 t (concat elc "smblog-mode.elc"))
                     (module-test--opened root "n")))
      (let ((source (concat root "lisp/smbcmp-capture.el"))
            (compiled (concat elc "lisp/smbcmp-capture.elc"))
            (version (with-temp-buffer (insert-file-contents (concat elc ".done"))
                                       (buffer-string))))
        ;; No source.
        (write-region "()" nil (concat root ".dir-locals.el") nil 'silent)
        (set-file-times (concat root ".dir-locals.el") (time-add nil 10))
        (should (equal compiled (module-test--loads root)))
        ;; By the directory of the sources its user wants those.
        (should (equal source (module-test--loads root (concat root "lisp"))))
        (should (equal source (module-test--loads root (concat root "lisp/"))))
        (write-region "26.1" nil (concat elc ".done") nil 'silent)
        (should (equal source (module-test--loads root)))
        (write-region version nil (concat elc ".done") nil 'silent)
        (should (equal compiled (module-test--loads root)))
        (set-file-times (concat root "lisp/smbcmp-bytes.el") (time-add nil 10))
        (should (equal source (module-test--loads root)))))))

(ert-deftest module-test-what-is-not-compiled-is-no-obstacle ()
  "Whoever does not want Lisp compiled, or can't, is asked once and goes on."
  (module-test--in-directory root
    (module-test--checkout root)
    (should (equal (list 1 114 nil (concat root "smblog-mode.el"))
                   (module-test--opened root "n")))
    (write-region "(" nil (concat root "lisp/smbcmp-broken.el") nil 'silent)
    (should (equal (list 1 114 nil (concat root "smblog-mode.el"))
                   (module-test--opened root "y")))))

(defconst module-test--added "-\\(hook\\|functions\\|mode-alist\\)\\'"
  "Matches variables that files add to.")

(ert-deftest module-test-loading-again-adds-nothing ()
  "What was loaded from sources may be loaded compiled: hooks stay as they are."
  (module-test--in-directory root
    (module-test--checkout root)
    (let ((form `(cl-flet ((hooks () (let (all)
                                       (mapatoms
                                        (lambda (symbol)
                                          (when (and (boundp symbol) (consp (symbol-value symbol))
                                                     (string-match-p ,module-test--added
                                                                     (symbol-name symbol)))
                                            (push (cons symbol (length (symbol-value symbol)))
                                                  all))))
                                       all)))
                   (require 'smbcmp)
                   (let ((before (hooks)))
                     (call-process "make" nil nil nil "-C" ,root "lisp"
                                   ,(concat "EMACS=" module-test--emacs))
                     (message "%S" (list (smbcmp-compiled-load)
                                         (cl-set-difference (hooks) before :test #'equal)))))))
      (with-temp-buffer
        (call-process module-test--emacs nil t nil "-Q" "--batch" "-L" root
                      "-l" "cl-lib" "--eval" (format "%S" form))
        (should (equal "(t nil)\n" (buffer-string)))))))

(ert-deftest module-test-wrong-objects ()
  "A function of the module that is given an object of another kind says so."
  (smbcmp-module-load)
  (let ((input (smbcmp--module-input))
        (process (make-pipe-process :name "x" :noquery t)))
    (unwind-protect
        (mapatoms
         (lambda (symbol)
           (when (and (string-match-p "\\`\\(?:smbcmp\\|smblog\\)--module-" (symbol-name symbol))
                      (fboundp symbol)
                      ;; These begin with an object.
                      (string-match-p "(fn \\(?:LOG\\|VIEW\\|VALUE\\|COMPARING\\|LINKS\\|INPUT\\)\\_>"
                                      (or (documentation symbol) "")))
             (dolist (wrong (list nil "x" 7 process (smblog--module-link-capture)
                                  (if (eq symbol 'smbcmp--module-feed) [1] input)))
               (let* ((arity (func-arity symbol))
                      (arguments (cons wrong (make-list (1- (car arity)) 0))))
                 (unless (and (eq symbol 'smblog--module-view-free) (null wrong))
                   (should (equal (cons symbol 'wrong-type-argument)
                                  (cons symbol (car (should-error
                                                     (apply symbol arguments))))))))))))
      (delete-process process))))

(defun module-test--problems ()
  "Return what C says went wrong by name: an alist of names and numbers of values."
  (let (problems)
    (dolist (file (file-expand-wildcards (expand-file-name "module/*/*.c" smbcmp--root)))
      (with-temp-buffer
        (insert-file-contents file)
        (while (re-search-forward "PROBLEM[ \n]+\"\\([a-z0-9-]+\\)\"" nil t)
          (let ((name (match-string 1)) (values 0))
            (while (looking-at "\\(?:[ \n]\\|PRIu64\\|G_GINT64_FORMAT\\|\"%[a-z]*\"?\\)*PROBLEM")
              (setq values (1+ values))
              (goto-char (match-end 0)))
            (push (cons name values) problems)))))
    problems))

(ert-deftest module-test-problems-have-words ()
  "Whatever the native part says by name has words, and room for all that goes in."
  (let ((problems (module-test--problems)))
    (should (> (length problems) 50))
    (pcase-dolist (`(,name . ,values) problems)
      (let ((words (cdr (assoc name smbcmp-module-problems))))
        (should (equal (list name values)
                       (list name (and words (1- (length (split-string words "%s")))))))))
    (pcase-dolist (`(,name . ,_) smbcmp-module-problems)
      (should (assoc name problems))))
  ;; What goes in last may have the character between values, or be a problem itself.
  (should (equal (smbcmp-module-problem-text "\037preference\037a\037b\037c") "preference a: b\037c"))
  (should (equal (smbcmp-module-problem-text "\037rule\037R\037\037no-rule-word\037x\037kind")
                 "Rule R: \"x\" is no kind of rules"))
  (should (equal (smbcmp-module-problem-text "\037no-profile") "Wireshark has no configuration profile \"\""))
  (should (equal (smbcmp-module-problem-text "as it is") "as it is")))

(ert-deftest module-test-all-processors-build ()
  "The first build takes all processors."
  (should (string-prefix-p (format "make -j%s " (string-trim (shell-command-to-string "nproc")))
                           (smbcmp-module--build-command))))

(ert-deftest module-test-read-only-package ()
  "What can't be built in the package is built in the user's directory."
  (module-test--in-directory root
    (let ((smbcmp--root root) (smbcmp-module-directory nil)
          (user-emacs-directory (concat root "emacs.d/")))
      (should (equal (smbcmp-module-native-file "x") (concat root "build/x")))
      ;; Root may write anywhere.
      (cl-letf (((symbol-function 'file-writable-p) #'ignore))
        (should (equal (smbcmp-module-native-file "x")
                       (concat root "emacs.d/smbcmp/build/x")))
        (write-region "" nil (concat root "Makefile") nil 'silent)
        (should (string-suffix-p (concat "BUILD=" root "emacs.d/smbcmp/build")
                                 (replace-regexp-in-string
                                  "\\\\" "" (smbcmp-module--build-command))))
        ;; Somebody else has built it.
        (make-directory (concat root "build"))
        (should (equal (smbcmp-module-native-file "x") (concat root "build/x")))))))

(ert-deftest module-test-only-the-launcher-is-new ()
  "What was changed may be a source of one of the files alone."
  (let ((directory (file-name-as-directory (make-temp-file "smbcmp-native" t))))
    (unwind-protect
        (let ((native (mapcar #'smbcmp-module-native-file
                              '("smbcmp-module.so" "smbcmp-worker" "smbcmp-launch")))
              (smbcmp-module-directory directory))
          (dolist (file native)
            (let ((copy (concat directory (file-name-nondirectory file))))
              (copy-file file copy)
              (set-file-times copy (if (string-suffix-p "launch" copy) nil '(0 1)))))
          (should-not (smbcmp-module--stale-p))
          (delete-file (concat directory "smbcmp-launch"))
          (should (smbcmp-module--stale-p)))
      (delete-directory directory t))))

(provide 'module-test)
;;; module-test.el ends here
