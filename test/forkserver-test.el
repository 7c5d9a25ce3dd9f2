;;; forkserver-test.el --- Workers that are copies of one  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What processes there are, and what they have, is asked of the kernel.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)
(require 'worker-test)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defmacro forkserver-test-with-capture (capture &rest body)
  "Do BODY with CAPTURE, a variable, open; warnings come to be in `warnings'."
  (declare (indent 1) (debug t))
  `(let ((inhibit-message t) (warnings nil))
     (cl-letf (((symbol-function 'display-warning)
                (lambda (_type message &rest _) (push message warnings))))
       (let ((,capture (smbcmp-open (smbcmp-test-data "good"))))
         (unwind-protect (progn ,@body)
           (smbcmp-close ,capture))))))

(defun forkserver-test-parent (pid)
  "Return the process id of PID's parent, nil if there is no PID."
  (alist-get 'ppid (process-attributes pid)))

(defun forkserver-test-pid ()
  "Return the process id of the forkserver."
  (process-id (cdr smbcmp--forkserver)))

(ert-deftest forkserver-test-makes-workers ()
  "Workers are children of the forkserver, and Emacs' process ends with them."
  (forkserver-test-with-capture capture
    (let ((pid (smbcmp-worker-pid capture))
          (process (smbcmp-capture-process capture)))
      (should-not (= pid (process-id process)))
      (should (= (forkserver-test-pid) (forkserver-test-parent pid)))
      (forkserver-test-with-capture another
        (should (= (forkserver-test-pid) (forkserver-test-parent (smbcmp-worker-pid another)))))
      (signal-process pid 'SIGKILL)
      (bad-input-wait (lambda () (eq 'dead (smbcmp-capture-state capture))))
      (should (eq 'signal (process-status process)))
      (should (= 9 (process-exit-status process)))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (should (= (forkserver-test-pid)
                 (forkserver-test-parent (smbcmp-worker-pid capture)))))))

(ert-deftest forkserver-test-leaves-workers-nothing ()
  "A worker has its pipes, and no socket or pipe of the forkserver's."
  (forkserver-test-with-capture capture
    (forkserver-test-with-capture another
      (cl-flet ((open-files (pid)
                  (cl-loop for link in (directory-files (format "/proc/%d/fd" pid) t "[0-9]")
                           collect (file-symlink-p link))))
        (unless (file-accessible-directory-p (format "/proc/%d/fd" (forkserver-test-pid)))
          (ert-skip "Only root may look into workers"))
        (let ((pipes (cl-remove-if-not
                      (lambda (name) (string-match-p "\\`\\(pipe\\|socket\\|anon_inode\\):" name))
                      ;; Emacs has left some to all its processes, it may be.
                      (cl-set-difference (open-files (smbcmp-worker-pid another))
                                         (open-files (emacs-pid)) :test #'equal))))
          (should (cl-find "socket:" (open-files (forkserver-test-pid))
                           :test #'string-prefix-p))
          (should-not (cl-find "pipe:" pipes :test-not #'string-prefix-p))
          (should-not (cl-intersection pipes (open-files (smbcmp-worker-pid capture))
                                       :test #'equal))
          (should-not (cl-intersection pipes (open-files (forkserver-test-pid))
                                       :test #'equal)))))))

(ert-deftest forkserver-test-keeps-no-files-in-memory ()
  "What it read of libraries to register protocols is not kept."
  (forkserver-test-with-capture capture
    (with-temp-buffer
      (insert-file-contents (format "/proc/%d/status" (forkserver-test-pid)))
      (cl-flet ((bytes (name)
                  (goto-char (point-min))
                  (re-search-forward (concat "^" name ":\\s-*\\([0-9]+\\) kB"))
                  (* 1024 (string-to-number (match-string 1)))))
        (should (> (- (bytes "VmHWM") (bytes "VmRSS")) 20000000))
        (should (< (bytes "RssFile") 20000000))))
    (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))))

(ert-deftest forkserver-test-dies ()
  "With the forkserver its workers die; captures are loaded again when asked."
  (forkserver-test-with-capture capture
    (let ((forkserver (forkserver-test-pid))
          (pid (smbcmp-worker-pid capture)))
      (signal-process forkserver 'SIGKILL)
      (bad-input-wait (lambda () (eq 'dead (smbcmp-capture-state capture))))
      (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (should-not (= forkserver (forkserver-test-pid)))
      (should (= 1 (length warnings))))))

(ert-deftest forkserver-test-process-killed ()
  "What ends the process that Emacs knows ends the worker."
  (forkserver-test-with-capture capture
    (let ((pid (smbcmp-worker-pid capture)))
      (signal-process (smbcmp-capture-process capture) 'SIGKILL)
      (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5")))))))

(ert-deftest forkserver-test-of-another-environment ()
  "Workers are of the environment of now; a forkserver goes with its last worker."
  (let ((smbcmp--forkserver nil))
    (forkserver-test-with-capture capture
      (let ((before (forkserver-test-pid)))
        (bad-input-with-directory directory
          (make-directory (concat directory "wireshark"))
          (write-region "tcp.relative_sequence_numbers: FALSE\n" nil
                        (concat directory "wireshark/preferences") nil 'silent)
          (cl-flet ((sequence-number (capture)
                                     (dom-attr (car (dom-by-tag (smbcmp-frame-tree capture 40) 'tcp.seq)) 'value)))
            (let ((process-environment (cons (concat "XDG_CONFIG_HOME=" directory)
                                             process-environment)))
              (forkserver-test-with-capture another
                (should-not (= before (forkserver-test-pid)))
                (should-not (equal (sequence-number capture) (sequence-number another)))
                (should (equal (sequence-number another)
                               (with-temp-buffer
                                 (call-process "tshark" nil '(t nil) nil "-r"
                                               (smbcmp-test-data "good") "-Y" "frame.number == 40"
                                               "-T" "fields" "-e" "tcp.seq")
                                 (string-to-number (buffer-string))))))
              (should-not (worker-test-pid-gone-p before)))))
        (smbcmp-close capture)
        (bad-input-wait (lambda () (worker-test-pid-gone-p before)))
        (process-send-eof (cdr smbcmp--forkserver))))))

(ert-deftest forkserver-test-is-not-needed ()
  "Where there can be no forkserver a worker starts by itself."
  (bad-input-with-directory directory
    (let ((native (smbcmp-module-native-file "smbcmp-worker"))
          (smbcmp-module-directory directory))
      (dolist (name '("smbcmp-launch" "smbcmp-module.so"))
        (make-symbolic-link (expand-file-name name (file-name-directory native))
                            (concat directory name)))
      (write-region (format "#!/bin/sh\n# %s\n[ \"$1\" != --forkserver ] || exit 1\nexec %s \"$@\"\n"
                            (concat "smbcmp-native-version " smbcmp-version)
                            native)
                    nil (concat directory "smbcmp-worker") nil 'silent)
      (set-file-modes (concat directory "smbcmp-worker") #o755)
      (forkserver-test-with-capture capture
        (should (= 114 (smbcmp-frame-count capture)))
        (should (= (smbcmp-worker-pid capture)
                   (process-id (smbcmp-capture-process capture))))
        (should (= (emacs-pid) (forkserver-test-parent (smbcmp-worker-pid capture))))))))

(ert-deftest forkserver-test-does-not-answer ()
  "A forkserver that does nothing is not waited for for ever."
  (forkserver-test-with-capture capture
    (let ((server (forkserver-test-pid)) (start (float-time)))
      (signal-process server 'SIGSTOP)
      (unwind-protect
          (forkserver-test-with-capture another
            (should (= 114 (smbcmp-frame-count another)))
            (should (= (smbcmp-worker-pid another)
                       (process-id (smbcmp-capture-process another))))
            (should (> (- (float-time) start) 10)))
        (signal-process server 'SIGCONT)))
    (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))))

(ert-deftest forkserver-test-refuses-others ()
  "Whoever connects to a forkserver and asks for nothing gets nothing."
  (forkserver-test-with-capture capture
    (let ((code (format "import socket
for data in (b'', b'x', b'y' * 16, b'z' * 100000):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect('\\0smbcmp-%d')
    if data: s.send(data)
    s.settimeout(20)
    print(len(s.recv(100)))
" (forkserver-test-pid))))
      (with-temp-buffer
        (call-process "python3" nil t nil "-c" code)
        (should (equal "0\n0\n0\n0\n" (buffer-string))))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (forkserver-test-with-capture another
        (should (= (forkserver-test-pid)
                   (forkserver-test-parent (smbcmp-worker-pid another))))))))

(ert-deftest forkserver-test-passes-on-interrupts ()
  "What interrupts Emacs' process interrupts the worker."
  (forkserver-test-with-capture capture
    (let ((pid (smbcmp-worker-pid capture))
          (process (smbcmp-capture-process capture)))
      (cl-flet ((interrupted-p ()
                  (with-temp-buffer
                    (insert-file-contents (format "/proc/%d/status" pid))
                    (re-search-forward "^ShdPnd:\t\\([0-9a-f]+\\)$")
                    (= #x200 (logand #x200 (string-to-number (match-string 1) 16))))))
        ;; A process that is stopped keeps signals for later.
        (dolist (stopped (list (forkserver-test-pid) pid))
          (signal-process stopped 'SIGSTOP)
          (bad-input-wait (lambda ()
                            (equal "T" (alist-get 'state (process-attributes stopped))))))
        (should-not (interrupted-p))
        (smbcmp-host-interrupt capture)
        (bad-input-wait #'interrupted-p)
        (dolist (stopped (list pid (forkserver-test-pid)))
          (signal-process stopped 'SIGCONT)))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (should (process-live-p process)))))

(ert-deftest forkserver-test-worker-stopped ()
  "A worker that someone stopped is noticed, and ended."
  (forkserver-test-with-capture capture
    (let ((pid (smbcmp-worker-pid capture)))
      (signal-process pid 'SIGSTOP)
      (bad-input-wait (lambda () (eq 'dead (smbcmp-capture-state capture))))
      (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))
      (should (string-match-p "stopped by signal" (error-message-string
                                                   (smbcmp-capture-error capture)))))))

(provide 'forkserver-test)
;;; forkserver-test.el ends here
