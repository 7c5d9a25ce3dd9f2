;;; package-test.el --- What make makes of a checkout  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defmacro package-test--in-directory (variable &rest body)
  "Run BODY with VARIABLE a new directory."
  (declare (indent 1))
  `(let ((,variable (file-name-as-directory (make-temp-file "smbcmp-package" t))))
     (unwind-protect (progn ,@body)
       (delete-directory ,variable t))))

(defun package-test--run (environment program &rest arguments)
  "Run PROGRAM with ARGUMENTS in the checkout and ENVIRONMENT added.
Return (STATUS OUTPUT)."
  (with-temp-buffer
    (let* ((default-directory smbcmp--root)
           (process-environment
            (append environment '("MAKEFLAGS" "MAKELEVEL" "MFLAGS") process-environment))
           (status (apply #'call-process program nil t nil arguments)))
      (list status (buffer-string)))))

(defun package-test--make (&rest arguments)
  "Run make with ARGUMENTS, which must succeed; return the output."
  (pcase-let ((`(,status ,output) (apply #'package-test--run nil "make" arguments)))
    (unless (eql 0 status) (ert-fail (list arguments output)))
    output))

(defun package-test--emacs (home &rest forms)
  "Evaluate FORMS in a fresh Emacs whose home is HOME; return the last's value."
  (pcase-let ((`(,status ,output)
               (package-test--run
                (list (concat "HOME=" home) "CFLAGS=-O0")
                ;; A question would be asked for ever.
                "timeout" "100" (expand-file-name invocation-name invocation-directory)
                "-Q" "--batch" "--eval"
                (format "%S" `(let ((inhibit-message t))
                                (prin1 (list 'result (progn ,@forms))
                                       #'external-debugging-output))))))
    (unless (and (eql 0 status) (string-match "(result .*" output))
      (ert-fail (list forms output)))
    (cadr (read (match-string 0 output)))))

(defconst package-test--visit
  `(let ((large-file-warning-threshold 1000))
     (find-file ,(smbcmp-test-data "good"))
     (list major-mode (progn (smbcmp--await-loaded smbcmp-list-capture)
                             (smbcmp-frame-count smbcmp-list-capture))))
  "Form that visits a capture, and what comes of it.")

(defun package-test--visit-log (home)
  "Return a form that visits a log, copied to HOME, and what comes of it."
  `(let ((large-file-warning-threshold 1000)
         (log ,(expand-file-name "log.smbd.gz" home)))
     (copy-file ,(smbcmp-test-data "good" "log.smbd.gz") log)
     (find-file log)
     (list major-mode buffer-read-only)))

;;;; What is built when

(ert-deftest package-test-nothing-to-do-twice ()
  "What is built is not built again."
  (should-not (string-match-p " -c \\|-shared" (package-test--make "-n" "native"))))

(ert-deftest package-test-only-what-changed-is-built ()
  "A change of one source builds what it is part of, no more."
  (let ((commands (package-test--make "-n" "-W" "module/emacs/lisp.c" "native")))
    (should (string-match-p "-c module/emacs/lisp\\.c" commands))
    (should (string-match-p "-o [^ ]*smbcmp-module\\.so" commands))
    (should-not (string-match-p "-c module/capture/columns\\.c\\|smbcmp-worker\\|smbcmp-engine" commands)))
  (let ((commands (package-test--make "-n" "-W" "module/capture/session.h" "native")))
    (should (string-match-p "-c module/capture/session\\.c" commands))
    (should (string-match-p "-o [^ ]*smbcmp-worker" commands))
    (should-not (string-match-p "smbcmp-module\\.so" commands))))

(ert-deftest package-test-new-wireshark-is-built-for ()
  "After an upgrade of Wireshark, all that sees it is built anew for it."
  (package-test--in-directory directory
    (let ((fake (expand-file-name "pkg-config" directory))
          (real (executable-find "pkg-config")))
      (with-temp-file fake
        (insert "#!/bin/sh\ncase $* in\n"
                "  '--modversion wireshark') echo 4.6.2 ;;\n"
                "  *) exec " real " \"$@\" ;;\nesac\n"))
      (set-file-modes fake #o755)
      (pcase-let ((`(,_ ,commands)
                   (package-test--run (list (concat "PATH=" directory ":" (getenv "PATH")))
                                      "make" "-n" "native")))
        (should (string-match-p "WS_VERSION=40602.* -c module/capture/session\\.c" commands))
        (should (string-match-p "-o [^ ]*smbcmp-worker" commands))
        (should-not (string-match-p "-c module/compare/tree-diff\\.c" commands))))))

;;;; What is missing

(defun package-test--without (programs add &rest arguments)
  "Run make with ARGUMENTS where PROGRAMS are missing; there are fake ADD.
Neither does pkg-config know a library.  Return (STATUS OUTPUT)."
  (package-test--in-directory directory
    (dolist (path (list "/bin" "/usr/bin"))
      (dolist (program '("sh" "make" "sed" "awk" "sort" "tr" "grep" "id" "cc" "emacs" "cat"
                         "pkg-config" "rm" "mkdir" "touch"))
        (let ((file (expand-file-name program path)))
          (when (and (file-executable-p file)
                     (not (member program programs))
                     (not (file-exists-p (expand-file-name program directory))))
            (make-symbolic-link file (expand-file-name program directory))))))
    (dolist (program add)
      (with-temp-file (expand-file-name program directory) (insert "#!/bin/sh\n"))
      (set-file-modes (expand-file-name program directory) #o755))
    (let ((build (expand-file-name "build" directory)))
      (apply #'package-test--run
             (list (concat "PATH=" directory) "PKG_CONFIG_LIBDIR=/nonexistent")
             "make" (concat "BUILD=" build) arguments))))

(ert-deftest package-test-missing-libraries-are-one-line ()
  "What is missing is told in one line, as a command for this system."
  (pcase-dolist (`(,tool . ,expected)
                 '(("apt-get" . "run: apt install .*libwireshark-dev")
                   ("dnf" . "run: dnf install .*wireshark-devel")
                   ("zypper" . "run: zypper install .*wireshark-devel")
                   ("nix" . "Debian: .*libwireshark-dev.*Fedora: .*openSUSE: .*wireshark-devel")))
    (pcase-let ((`(,status ,output) (package-test--without nil (list tool) "native")))
      (should-not (eql 0 status))
      (should (string-match-p expected output))
      (should (string-match-p "\\`[^\n]*\n\\'" output)))))

(ert-deftest package-test-missing-compiler-is-one-line ()
  "Without a compiler or pkg-config the line names those, too."
  (pcase-let ((`(,status ,output)
               (package-test--without '("cc" "pkg-config") '("apt-get") "native")))
    (should-not (eql 0 status))
    (should (string-match-p "apt install .*gcc .*pkg-config" output))
    (should (string-match-p "\\`[^\n]*\n\\'" output))))

;;;; What is installed

(ert-deftest package-test-checkout-loads ()
  "A checkout loads with its top directory alone in `load-path'."
  (package-test--in-directory home
    (should (equal '(smbcmp-list-mode 114)
                   (package-test--emacs home
                                        `(add-to-list 'load-path ,smbcmp--root)
                                        '(require 'smbcmp)
                                        package-test--visit)))))

(ert-deftest package-test-package-installs-builds-and-opens ()
  "`package-install-file' takes the tar; what it installs builds and works."
  (package-test--make "dist")
  (package-test--in-directory home
    (let* ((setup `(setq package-user-dir ,(expand-file-name "elpa" home)
                         package-archives nil))
           (tar (expand-file-name (format "build/smbcmp-%s.tar" smbcmp-version)
                                  smbcmp--root))
           (installed
            (package-test--emacs
             home '(require 'package) setup
             '(package-initialize)
             `(package-install-file ,tar)
             '(require 'smbcmp)
             '(let ((root smbcmp--root))
                (list root
                      (file-expand-wildcards (concat root "*.elc"))
                      (with-current-buffer "*Compile-Log*"
                        (goto-char (point-min))
                        (re-search-forward "Warning:\\|Error:" nil t))
                      (condition-case err (smbcmp-module-load)
                        (smbcmp-module-error (cadr err)))
                      (progn (smbcmp-module-build) (smbcmp-module--problem)))))))
      (pcase-let ((`(,root ,compiled ,warning ,before ,after) installed))
        (should (file-in-directory-p root home))
        (should (> (length compiled) 10))
        (should-not warning)
        (should (string-match-p "not built yet" before))
        (should-not after))
      ;; The next Emacs: all there is in its init file is what package.el does.
      (should (equal '((smbcmp-list-mode 114) t t)
                     (package-test--emacs
                      home '(require 'package) setup '(package-initialize)
                      `(list ,package-test--visit
                             (commandp 'smbcmp-diff) (commandp 'smbcmp-find-file))))))))

(ert-deftest package-test-make-install ()
  "What `make install' installs works from there."
  (package-test--in-directory home
    (should (string-match-p "(load \".*/smbcmp/smbcmp-autoloads\")"
                            (package-test--make "install" (concat "PREFIX=" home))))
    (let ((root (expand-file-name "share/emacs/site-lisp/smbcmp/" home)))
      (should (equal (list root '(smbcmp-list-mode 114))
                     (package-test--emacs
                      home `(load ,(concat root "smbcmp-autoloads"))
                      '(require 'smbcmp)
                      `(list smbcmp--root ,package-test--visit))))
      ;; In an Emacs that has loaded nothing of it yet.
      (should (equal '(smblog-mode t)
                     (package-test--emacs home `(load ,(concat root "smbcmp-autoloads"))
                                          (package-test--visit-log home)))))))

(ert-deftest package-test-manual ()
  "`make docs' makes an Info manual of the README."
  (package-test--make "docs")
  (with-temp-buffer
    (insert-file-contents (expand-file-name "build/smbcmp.info" smbcmp--root))
    (should (re-search-forward "^File: smbcmp\\.info,  Node: Look at a capture" nil t))))

(provide 'package-test)
;;; package-test.el ends here
