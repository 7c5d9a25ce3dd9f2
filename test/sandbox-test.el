;;; sandbox-test.el --- What a worker may not do  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Code that does harm runs in a sealed process: a dissector in Lua, and
;; sandbox-probe.c, which tries each kind of harm.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)
(require 'worker-test)

(declare-function smbcmp-test-data "run" (folder &optional file))

(ert-deftest sandbox-test-holds-a-dissector ()
  "A dissector can neither write, remove, rename nor run anything."
  (worker-test-with-trap "harm" 40
    (write-region "still here" nil (concat directory "victim") nil 'silent)
    (let* ((capture (smbcmp-open (smbcmp-test-data "good")))
           (labels (mapcar (lambda (node) (dom-attr node 'label))
                           (dom-by-tag (smbcmp-frame-tree capture 40) 'trap))))
      (should (= 8 (length labels)))
      (dolist (what '("write" "append" "update" "remove" "rename"))
        (let ((label (cl-find-if (lambda (label) (string-prefix-p what label)) labels)))
          (should (string-match-p "Operation not permitted" label))))
      (should-not (cl-find-if (lambda (label) (string-match-p "\\`\\(?:execute\\|popen\\): done"
                                                              label))
                              labels))
      (should (member "read: TRAP/victim: Permission denied"
                      (mapcar (lambda (label) (replace-regexp-in-string (regexp-quote directory) "TRAP/" label t t)) labels)))
      (smbcmp-close capture))
    (should (equal '("victim") (directory-files directory nil "\\`[a-z]")))
    (with-temp-buffer
      (insert-file-contents (concat directory "victim"))
      (should (equal "still here" (buffer-string))))))

(defun sandbox-test-build (directory source program)
  "Build PROGRAM in DIRECTORY of sandbox-probe.c and SOURCE, a sandbox.c."
  (let ((object (concat directory "probe.o"))
        (flags (split-string (shell-command-to-string
                              "pkg-config --cflags --libs glib-2.0"))))
    (cl-flet ((compile (&rest arguments)
                (with-temp-buffer
                  (unless (zerop (apply #'call-process "cc" nil t nil "-std=gnu11" "-I"
                                        (expand-file-name "module" smbcmp--root)
                                        (append arguments flags '("-lseccomp"))))
                    (ert-fail (buffer-string))))))
      (unless (file-exists-p object)
        (compile "-c" (expand-file-name "test/sandbox-probe.c" smbcmp--root) "-o" object))
      (compile source object "-o" (concat directory program)))))

(defun sandbox-test-probe (directory program)
  "Run PROGRAM, a sandbox-probe in DIRECTORY, in a new folder; return what it says."
  (let ((place (make-temp-file (concat directory "place") t)))
    (with-temp-buffer
      (list (call-process (concat directory program) nil t nil place) (buffer-string)))))

(ert-deftest sandbox-test-calls ()
  "Sealed off, a process can do what dissecting needs, and no harm of any kind."
  (bad-input-with-directory directory
    (sandbox-test-build directory (expand-file-name "module/worker/sandbox.c" smbcmp--root)
                       "probe")
    (should (equal '(0 "") (sandbox-test-probe directory "probe")))))

(defun sandbox-test-mutants (source)
  "Return the text SOURCE, a sandbox.c, with each rule left out in turn.
A list of (RULE . TEXT); a rule with a condition comes without that, too."
  (with-temp-buffer
    (insert source)
    (goto-char (point-min))
    (let (mutants)
      (dolist (table '("kept_variables\\[\\]" "limits\\[\\]" "rights\\[\\]" "calls\\[\\]"
                       "some\\[\\]"))
        (goto-char (point-min))
        (re-search-forward (concat "[ *]" table " = {$"))
        (forward-line 1)
        (while (not (looking-at " *};"))
          (let ((start (point)) (end (line-beginning-position 2)))
            (when (looking-at " *[{\"]")
              (let ((line (buffer-substring start (1- end))))
                (push (cons line (concat (buffer-substring (point-min) start)
                                         (buffer-substring end (point-max))))
                      mutants)
                (when (string-match "\\`\\( *{ \"[a-z0-9]+\", \\)[12],\\(.*\\)" line)
                  (push (cons (concat line " (condition)")
                              (concat (buffer-substring (point-min) start)
                                      (match-string 1 line) "0," (match-string 2 line) "\n"
                                      (buffer-substring end (point-max))))
                        mutants)))))
          (forward-line 1)))
      mutants)))

(ert-deftest sandbox-test-needs-each-rule ()
  "No rule of the sandbox can be left out unnoticed."
  (bad-input-with-directory directory
    (let* ((mutants (sandbox-test-mutants
                     (with-temp-buffer
                       (insert-file-contents
                        (expand-file-name "module/worker/sandbox.c" smbcmp--root))
                       (buffer-string))))
           (environment (mapcar (lambda (name) (concat name "=hunter"))
                                '("HOME" "LANG" "LANGUAGE" "LC_ALL" "TZ" "TZDIR"
                                  "XDG_CONFIG_HOME" "WIRESHARK_X")))
           (case-fold-search nil)
           (unnoticed nil))
      (should (> (length mutants) 80))
      (pcase-dolist (`(,rule . ,text) mutants)
        (bad-input-write (concat directory "sandbox.c") text)
        (sandbox-test-build directory (concat directory "sandbox.c") "mutant")
        (unless (if (string-match-p "\\` *\"[A-Z]" rule)
                    (let ((process-environment environment))
                      (/= 0 (call-process (concat directory "mutant") nil nil nil
                                          "environment")))
                  (/= 0 (car (sandbox-test-probe directory "mutant"))))
          (push rule unnoticed)))
      ;; Only root may try these.
      (should-not (cl-remove-if (lambda (rule)
                                  (and (/= 0 (user-uid)) (string-match-p "device \\*/" rule)))
                                unnoticed)))))

(ert-deftest sandbox-test-environment-is-forgotten ()
  "Of the environment a worker keeps what libraries look for, and no secrets."
  (bad-input-with-directory directory
    (sandbox-test-build directory (expand-file-name "module/worker/sandbox.c" smbcmp--root)
                       "probe")
    (with-temp-buffer
      (let ((process-environment '("HOME=/x" "HOMELY=hunter2" "SECRET=hunter2" "LANG=C"
                                   "LANGUAGE=C" "LC_ALL=C" "TZ=UTC" "TZDIR=/x"
                                   "XDG_CONFIG_HOME=/x" "WIRESHARK_X=1" "LAST=hunter2")))
        (should (equal '(0 "") (list (call-process (concat directory "probe") nil t nil
                                                   "environment")
                                     (buffer-string))))))))

(ert-deftest sandbox-test-plugins-are-not-loaded ()
  "Scripts and plugins of the user's are not loaded unless turned on, and that is said."
  (worker-test-with-trap "exit" 40
    (let ((smbcmp-load-plugins nil) (file (smbcmp-test-data "good")))
      (make-directory (concat directory ".config/wireshark") t)
      (write-region "os.exit(7)\n" nil (concat directory ".config/wireshark/init.lua")
                    nil 'silent)
      (write-region "gui.column.format: \"Frame\", \"%m\"\n" nil
                    (concat directory ".config/wireshark/preferences") nil 'silent)
      (let ((capture (smbcmp-open file)))
        (should (zerop (smbcmp-capture-deaths capture)))
        ;; The settings beside the script hold all the same.
        (should (equal '("Frame") (mapcar #'car (smbcmp-capture-columns capture))))
        (should (= 1 (length warnings)))
        (dolist (part '("wireshark/plugins" "init.lua" "smbcmp-load-plugins"))
          (should (string-match-p (regexp-quote part) (car warnings))))
        (smbcmp-close capture)))))

(ert-deftest sandbox-test-seal-fails ()
  "A capture whose worker can't be sealed off is not opened, unless the user says so."
  (bad-input-with-directory directory
    (let ((smbcmp-module-directory directory) (inhibit-message t)
          (file (smbcmp-test-data "good")))
      ;; A kernel that has no seccomp left to give.
      (bad-input-write (concat directory "refuse.c") "
#include <errno.h>
#include <string.h>
int seccomp_load (void *filter) { return filter ? -EINVAL : 0; }
")
      (let ((native (let ((smbcmp-module-directory nil)) (smbcmp-module-native-file "smbcmp-worker"))))
        (copy-file native (concat directory "real"))
        (should (zerop (call-process "cc" nil nil nil "-shared" "-fPIC"
                                     (concat directory "refuse.c") "-o"
                                     (concat directory "refuse.so")))))
      (bad-input-write (concat directory "smbcmp-worker")
                       (format "#!/bin/sh\n# smbcmp-native-version %s\n\
LD_PRELOAD=%srefuse.so exec %sreal \"$@\"\n" smbcmp-version directory directory))
      (set-file-modes (concat directory "smbcmp-worker") #o755)
      (bad-input-says 'smbcmp-worker-error
          (list file "can't be sealed off" "Invalid argument" "smbcmp-open-unsealed")
        (smbcmp-open file))
      (let* ((smbcmp-open-unsealed t)
             (capture (smbcmp-open file)))
        (should (= 114 (smbcmp-frame-count capture)))
        (smbcmp-close capture)))))

(ert-deftest sandbox-test-sealed-before-the-file ()
  "What reads capture files is sealed off before it reads one."
  (skip-unless (executable-find "strace"))
  (bad-input-with-directory directory
    (let ((smbcmp-module-directory directory)
          (native (let ((smbcmp-module-directory nil)) (smbcmp-module-native-file "smbcmp-worker")))
          (file (smbcmp-test-data "good")))
      (bad-input-write (concat directory "smbcmp-worker")
                       (format "#!/bin/sh\n# smbcmp-native-version %s\n\
exec strace -o %strace %s \"$@\"\n" smbcmp-version directory native))
      (set-file-modes (concat directory "smbcmp-worker") #o755)
      ;; Let strace write all that it has.
      (let* ((capture (smbcmp-open file)) (process (smbcmp-capture-process capture)))
        (process-send-eof process)
        (while (process-live-p process) (accept-process-output process 0.1))
        (smbcmp-close capture))
      (with-temp-buffer
        (insert-file-contents (concat directory "trace"))
        (should (re-search-forward "^seccomp(SECCOMP_SET_MODE_FILTER, 0, .* = 0$" nil t))
        (should-not (save-excursion
                      (re-search-backward (concat "openat(.*" (regexp-quote file)
                                                  ".*O_RDONLY\\(?:|O_CLOEXEC\\)?)")
                                          nil t)))
        ;; Of a plain user strace can't read the memory of a process that may not be dumped.
        (should (re-search-forward (if (zerop (user-uid)) (concat "openat(.*" (regexp-quote file))
                                     "openat(AT_FDCWD, 0x[0-9a-f]+, O_RDONLY) = [0-9]")
                                   nil t))))))

(ert-deftest sandbox-test-is-on ()
  "The worker of an open capture is sealed off as the kernel sees it."
  (let* ((capture (smbcmp-open (smbcmp-test-data "good")))
         (status (with-temp-buffer
                   (insert-file-contents
                    (format "/proc/%d/status"
                            (smbcmp-worker-pid capture)))
                   (buffer-string))))
    (should (string-match-p "^NoNewPrivs:\t1$" status))
    (should (string-match-p "^Seccomp:\t2$" status))
    (smbcmp-close capture)))

(provide 'sandbox-test)
;;; sandbox-test.el ends here
