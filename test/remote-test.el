;;; remote-test.el --- Captures on other hosts  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; TRAMP with an ssh that connects to no other host: it runs what it is
;; given in a local shell.  Everything between Emacs and the worker is as
;; with a real one.

;;; Code:

(require 'ert)
(require 'smbcmp)
(require 'smbcmp-live)
(require 'tramp)

(defconst remote-test--ssh "#!/bin/sh
while [ $# -gt 0 ]; do
  case $1 in -l|-p|-e|-o) shift 2 ;; -*) shift ;; *) break ;; esac
done
shift
# TRAMP may give options behind the host, too.
while [ \"$1\" = -t ]; do shift; done
if [ $# -eq 0 ]; then exec sh -i; else exec sh -c \"$*\"; fi
" "An ssh that stays at home.")

(defmacro remote-test-with-host (bin &rest body)
  "Run BODY with BIN bound to a directory with an ssh that stays at home."
  (declare (indent 1))
  `(let* ((,bin (progn (unless (and (require 'tramp) (fboundp 'tramp-direct-async-process-p))
                         (ert-skip "TRAMP has no direct processes before Emacs 28"))
                       (make-temp-file "smbcmp-ssh" t)))
          (process-environment `(,(concat "PATH=" ,bin ":" (getenv "PATH"))
                                 ;; Shells that logged in have a home.
                                 ,(concat "HOME=" ,bin)
                                 ,@process-environment))
          (exec-path (cons ,bin exec-path))
          (tramp-verbose 0)
          (smbcmp-remote-worker-program (smbcmp-module-native-file "smbcmp-worker")))
     (with-temp-file (expand-file-name "ssh" ,bin) (insert remote-test--ssh))
     (set-file-modes (expand-file-name "ssh" ,bin) #o755)
     (unwind-protect (progn ,@body)
       (tramp-cleanup-all-connections)
       (delete-directory ,bin t))))

(ert-deftest remote-test-worker-runs-where-the-capture-lies ()
  "A capture on another host is dissected there, byte for byte the same."
  (smbcmp-module-load)
  (remote-test-with-host bin
    (let* ((local (expand-file-name "test/data/good/capture.pcapng" smbcmp--root))
           (here (smbcmp-open local))
           (there (smbcmp-open (concat "/ssh:elsewhere:" local))))
      (should (process-get (smbcmp-capture-process there) 'smbcmp-capture))
      (should-not (equal (smbcmp-capture-process here) (smbcmp-capture-process there)))
      (should (= 114 (smbcmp-frame-count there)))
      (should (equal (smbcmp-frame-tree here 35) (smbcmp-frame-tree there 35)))
      (should (equal (smbcmp-frame-bytes here 40) (smbcmp-frame-bytes there 40)))
      (smbcmp-close here)
      (smbcmp-close there))))

(defun remote-test--say (port)
  "Send something to PORT of this host, over TCP."
  (let* ((server (make-network-process :name "remote-test server" :server t :service port
                                       :host 'local :family 'ipv4 :noquery t
                                       :filter #'ignore))
         (client (make-network-process :name "remote-test client" :service port
                                       :host 'local :family 'ipv4 :noquery t)))
    (dotimes (_ 5)
      (process-send-string client "hello")
      (accept-process-output nil 0.05))
    (delete-process client)
    (delete-process server)))

(ert-deftest remote-test-capture-on-another-host ()
  "What dumpcap captures on another host is seen as it comes, by a worker there."
  (skip-unless (and (= 0 (user-uid)) (executable-find "dumpcap")))
  (smbcmp-module-load)
  (remote-test-with-host bin
    (let* ((default-directory "/ssh:elsewhere:/tmp/")
           (port 44599) list-buffer
           (live (smbcmp-live-start "lo" (format "tcp port %d" port)
                                    :shown (lambda (buffer) (setq list-buffer buffer)))))
      (should (member "lo" (smbcmp-live-interfaces)))
      (should (file-remote-p (smbcmp-live-directory live)))
      (with-timeout (60 (error "Nothing comes: %s" (smbcmp-live-said live)))
        (while (not list-buffer) (accept-process-output nil 0.1))
        (with-current-buffer list-buffer
          (while (< (smbcmp-list-rows-count) 8)
            (let ((default-directory "/")) (remote-test--say port))
            (accept-process-output nil 0.3))
          (should (equal "/ssh:elsewhere:" (file-remote-p buffer-file-name)))))
      (kill-buffer list-buffer)
      (should-not (file-exists-p (smbcmp-live-directory live))))))

(ert-deftest remote-test-capture-that-says-nothing ()
  "What was captured on another host is seen even if dumpcap's counts don't come."
  (skip-unless (and (= 0 (user-uid)) (executable-find "dumpcap")))
  (smbcmp-module-load)
  (remote-test-with-host bin
    (let* ((default-directory "/ssh:elsewhere:/tmp/")
           (port 44598) list-buffer
           (live (smbcmp-live-start "lo" (format "tcp port %d" port)
                                    :shown (lambda (buffer) (setq list-buffer buffer)))))
      (with-timeout (60 (error "Nothing comes: %s" (smbcmp-live-said live)))
        (while (not list-buffer) (accept-process-output nil 0.1))
        (with-current-buffer list-buffer
          (while (not smbcmp-list-complete) (accept-process-output nil 0.1))
          (set-process-filter (smbcmp-live-process live) #'ignore)
          (let ((default-directory "/")) (remote-test--say port))
          (while (< (smbcmp-list-rows-count) 8) (accept-process-output nil 0.3))))
      (kill-buffer list-buffer))))

(provide 'remote-test)
;;; remote-test.el ends here
