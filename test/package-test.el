;;; package-test.el --- What make makes of a checkout  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(defvar smbcmp-test-directory)

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
  "Run make with ARGUMENTS, which must succeed; return the output.
Other tests may want to do so at the same time."
  (pcase-let ((`(,status ,output) (apply #'package-test--run nil
                                         "flock" "build" "make" arguments)))
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
     (list major-mode (progn (smbcmp-capture-await-loaded smbcmp-list-capture)
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

(ert-deftest package-test-nothing-is-installed-by-a-plain-user ()
  "Whoever is not root is told what to install; nobody is asked for a password."
  (package-test--in-directory directory
    (copy-file (expand-file-name "module/packages.sh" smbcmp--root) directory)
    (set-file-modes directory #o777)
    (dolist (program '("apt-get" "sudo"))
      (with-temp-file (expand-file-name program directory)
        (insert "#!/bin/sh\n: >" directory "called\n"))
      (set-file-modes (expand-file-name program directory) #o755))
    (pcase-let ((`(,status ,output)
                 (apply #'package-test--run
                        (list (concat "PATH=" directory ":" (getenv "PATH"))
                              "PKG_CONFIG_LIBDIR=/nonexistent")
                        (append (and (zerop (user-uid))
                                     '("setpriv" "--reuid=65534" "--regid=65534"
                                       "--clear-groups"))
                                (list "sh" (concat directory "packages.sh")
                                      "install" "build")))))
      (should (eql 1 status))
      (should (string-match-p "\\`[^\n]*run: apt install .*libwireshark-dev[^\n]*\n\\'" output))
      (should-not (file-exists-p (concat directory "called"))))))

(ert-deftest package-test-a-package-may-have-had-another-name ()
  "Where a package is not to be had, the one it was split from is."
  (package-test--in-directory directory
    (dolist (known '("libclang-rt-dev" "libclang-common-11-dev"))
      (pcase-dolist (`(,program . ,script)
                     `(("apt-cache" . ,(format "[ $2 = %s ]" known)) ("clang" . "false")))
        (with-temp-file (expand-file-name program directory)
          (insert "#!/bin/sh\n" script "\n"))
        (set-file-modes (expand-file-name program directory) #o755))
      (should (string-match-p
               (concat " " known "\\b")
               (cadr (package-test--run (list (concat "PATH=" directory ":" (getenv "PATH")))
                                        "sh" "module/packages.sh" "check" "test")))))))

;; Its headers would make a page of errors.
(ert-deftest package-test-an-unknown-wireshark-is-refused ()
  "A libwireshark that is too new or too old is refused in one line."
  (package-test--in-directory directory
    (pcase-dolist (`(,version . ,known) '(("3.2.18") ("3.4.0" . t) ("4.6.9" . t) ("4.7.0")
                                          ("5.0.1")))
      (with-temp-file (expand-file-name "wireshark.pc" directory)
        (insert "Name: wireshark\nDescription: Wireshark\nVersion: " version "\n"
                "Cflags: " (shell-command-to-string "pkg-config --cflags wireshark")))
      (pcase-let ((`(,status ,output)
                   (package-test--run (list (concat "PKG_CONFIG_PATH=" directory))
                                      "make" "check-libraries")))
        (should (eq known (eql 0 status)))
        (unless known
          (should (string-match-p
                   (concat "\\`[^\n]*libwireshark " (regexp-quote version)
                           " is not supported: [^\n]*Wireshark 3\\.4 to 4\\.6[^\n]*\n\\'")
                   output)))))))

;;;; What is installed

(ert-deftest package-test-checkout-loads ()
  "A checkout loads with its top directory alone in `load-path'."
  (package-test--in-directory home
    (should (equal '(smbcmp-list-mode 114)
                   (package-test--emacs home
                                        `(add-to-list 'load-path ,smbcmp--root)
                                        '(require 'smbcmp)
                                        package-test--visit)))))

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

;;;; Keys of what is installed

(defconst package-test--entries
  `((find-file (find-file capture) "RET")
    (smbcmp-find-file (smbcmp-find-file capture) "b")
    (smbcmp-list-mode (find-file capture) "m")
    (smbcmp-diff (smbcmp-diff capture capture-b) "RET")
    (smbcmp-diff (smbcmp-diff (concat capture ":34") (concat capture-b ":34")) "RET")
    (smbcmp-files (progn (find-file capture) (smbcmp-files)))
    (smbcmp-latency (progn (find-file capture) (smbcmp-latency)))
    (smbcmp-latency-chart (progn (find-file capture) (smbcmp-latency-chart)))
    (smbcmp-sequence (progn (find-file capture) (smbcmp-sequence)))
    (smbcmp-expert (progn (find-file capture) (smbcmp-expert)))
    (smbcmp-list-rules (smbcmp-list-rules))
    (smbcmp-compare-place-bookmark-jump
     (progn (smbcmp-compare-place-bookmark-jump (list "here" (cons 'files (cons capture capture-b))))
            (switch-to-buffer (current-buffer))))
    (smbcmp-conversations (progn (find-file capture) (smbcmp-conversations)))
    (smbcmp-open-case (smbcmp-open-case (file-name-directory capture)))
    (smbcmp-diff-many (smbcmp-diff-many (list capture) (list capture-b)))
    (smbcmp-diff-points (smbcmp-diff-points capture capture))
    (smbcmp-link-log (progn (find-file capture) (smbcmp-link-log log)) "RET")
    (smbcmp-org-follow (smbcmp-org-follow (concat capture "::34")) "RET")
    (smbcmp-list-bookmark-jump
     (progn
       (smbcmp-list-bookmark-jump (list "here" (cons 'filename capture) '(frame . 34)))
       (switch-to-buffer (current-buffer)))
     "b")
    (smbcmp-filter-mode (progn (switch-to-buffer "filter") (smbcmp-filter-mode)))
    (smblog-mode (find-file log) "r")
    (smblog-mode (find-file log) "e")
    (smblog-mode (find-file log) "v")
    (smblog-find-file (smblog-find-file log) "r")
    (smblog-find-directory (smblog-find-directory (file-name-directory log)) "r")
    (smblog-dired-open-marked
     (progn (dired (file-name-directory log))
            (re-search-forward "log\\.smbd\\.gz")
            (smblog-dired-open-marked))
     "r")
    (smblog-command (smblog-command (concat "zcat " (shell-quote-argument log))) "r")
    (smblog-search (progn (find-file log) (smblog-search "Connection")))
    (smblog-place-follow (smblog-place-follow (concat log "::10")) "r")
    (smblog-place-bookmark-jump
     (progn
       (smblog-place-bookmark-jump (list "here" (cons 'filename log) '(message . 10)))
       (switch-to-buffer (current-buffer)))
     "r")
    (smblog-link-capture (progn (find-file log) (smblog-link-capture capture)) "r")
    (smblog-show-frame (progn (find-file log) (smblog-link-capture capture)) "v"))
  "From where a user comes to buffers of the package, the keys of which are walked.
\(COMMAND FORM KEY): what is autoloaded, a form that calls it, and a
key to type then, which leads to other buffers.")

(defconst package-test--no-buffer
  '(smbcmp-add-keys smbcmp-batch-diff smbcmp-ediff-frames smbcmp-export-exchange
    smbcmp-export-frames smbcmp-bisect smbcmp-bisect-log smbcmp-bisect-run
    smbcmp-follow-stream smbcmp-holder smbcmp-live smbcmp-module-build smbcmp-module-load smbcmp-replay smbcmp-save-keys smblog-align-clocks smblog-shift-clock smblog-debug)
  "Autoloaded commands that show no buffer of the package on their own.
Or one of a capture under way, which not everybody may make.")

(defun package-test--walk-entry (home setup form key)
  "Walk all keys after FORM, and after KEY then, in a fresh Emacs with HOME.
SETUP is what is in its init file.  Return (COUNT PROBLEMS)."
  (package-test--emacs
   home setup
   `(load ,(expand-file-name "walk.el" smbcmp-test-directory))
   '(require 'cl-lib)
   `(let ((large-file-warning-threshold 1000)
          (capture ,(smbcmp-test-data "good"))
          (capture-b ,(smbcmp-test-data "readonly"))
          (log ,(smbcmp-test-data "good" "log.smbd.gz")))
      (cl-flet ((settle (value)
                  (let ((end (+ 20 (float-time))))
                    (while (and (not (funcall value)) (< (float-time) end))
                      (accept-process-output nil 0.01))
                    (when (>= (float-time) end) (error "Waited in vain")))))
        ;; Each is evaluated when its variables are there.
        (eval '(let ((inhibit-message t)) ,form)
              (list (cons 'capture capture) (cons 'capture-b capture-b) (cons 'log log)))
        (settle (lambda () (> (walk-buffers) 0)))
        (when ,key
          (set-buffer (window-buffer (selected-window)))
          (settle (lambda ()
                    (or (bound-and-true-p smbcmp-list-complete)
                        (bound-and-true-p smbcmp-compare-view-comparison)
                        (and (bound-and-true-p smblog-log) (smblog-indexed-p)))))
          (walk-buffers)
          (call-interactively (key-binding (kbd ,key)))
          (walk-buffers))
        (walk-end)))))

(defun package-test--walk-entries (home setup autoloads)
  "Walk all keys from all entries in an Emacs with HOME and SETUP.
AUTOLOADS is the file of the package's autoloads: each command in it has
to be an entry."
  (let ((commands
         (with-temp-buffer
           (insert-file-contents autoloads)
           (cl-loop for form = (condition-case nil (read (current-buffer)) (end-of-file nil))
                    while form
                    when (and (eq (car form) 'autoload) (nth 4 form))
                    collect (cadr (cadr form))))))
    (should (equal nil (cl-set-difference commands
                                          (append (mapcar #'car package-test--entries)
                                                  package-test--no-buffer)))))
  (pcase-dolist (`(,_ ,form ,key) package-test--entries)
    (pcase-let ((`(,count ,problems) (package-test--walk-entry home setup form key)))
      (should (> count 0))
      (should (equal (list form nil) (list form problems))))))

(defun package-test--walk-maps (home setup directory)
  "Walk all keymaps of DIRECTORY's files, each in an Emacs with HOME and SETUP.
Nothing but the file that defines a map is loaded then."
  (dolist (file (directory-files directory t "\\`\\(?:sm\\|ob-\\).*\\.el\\'"))
    (when (with-temp-buffer
            (insert-file-contents file)
            (re-search-forward "^(def.* [^ \n]+-\\(?:map\\|menu\\)\\_>" nil t))
      (should (equal (list file nil)
                     (list file
                           (cadr (package-test--emacs
                                  home setup
                                  `(load ,(expand-file-name "walk.el" smbcmp-test-directory))
                                  `(walk-maps ',(intern (file-name-base file)))
                                  '(walk-end)))))))))

(ert-deftest package-test-installed-keys-lead-somewhere ()
  "After `make install', each key and menu entry has a command, from wherever."
  (package-test--in-directory home
    (package-test--make "install" (concat "PREFIX=" home))
    (let* ((root (expand-file-name "share/emacs/site-lisp/smbcmp/" home))
           (autoloads (expand-file-name "smbcmp-autoloads.el" root))
           (setup `(load ,autoloads nil t)))
      (package-test--walk-maps home setup root)
      (package-test--walk-entries home setup autoloads))))

(ert-deftest package-test-package-installs-builds-and-opens ()
  "`package-install-file' takes the tar; what it installs builds and works.
Each key and menu entry has a command, in an Emacs that just started."
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
                      (progn (smbcmp-module-build) (smbcmp-module-problem)))))))
      (pcase-let ((`(,root ,compiled ,warning ,before ,after) installed))
        (should (file-in-directory-p root home))
        (should (> (length compiled) 10))
        (should-not warning)
        (should (string-match-p "not built yet" before))
        (should-not after))
      ;; C-h i m smbcmp leads to the manual.
      (should (equal '("(smbcmp)" . "Top")
                     (package-test--emacs
                      home '(require 'package) setup '(package-initialize)
                      '(progn (require 'info)
                              (info "(dir)")
                              (goto-char (point-min))
                              (re-search-forward "^\\* smbcmp: (smbcmp)")
                              (info "(smbcmp)")
                              (cons (format "(%s)" (file-name-base Info-current-file))
                                    Info-current-node)))))
      ;; The next Emacs: all there is in its init file is what package.el does.
      (should (equal '((smbcmp-list-mode 114) t t)
                     (package-test--emacs
                      home '(require 'package) setup '(package-initialize)
                      `(list ,package-test--visit
                             (commandp 'smbcmp-diff) (commandp 'smbcmp-find-file)))))
      (package-test--walk-entries home `(progn (require 'package) ,setup (package-initialize))
                                  (expand-file-name "smbcmp-autoloads.el" (car installed))))))

(ert-deftest package-test-manual ()
  "`make docs' makes an Info manual of the README."
  (package-test--make "docs")
  (with-temp-buffer
    (insert-file-contents (expand-file-name "build/smbcmp.info" smbcmp--root))
    (should (re-search-forward "^File: smbcmp\\.info,  Node: Look at a capture" nil t))))

(provide 'package-test)
;;; package-test.el ends here
