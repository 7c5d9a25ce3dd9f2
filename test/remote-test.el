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

(ert-deftest remote-test-worker-runs-where-the-capture-lies ()
  "A capture on another host is dissected there, byte for byte the same."
  (smbcmp-module-load)
  (let* ((bin (make-temp-file "smbcmp-ssh" t))
         (local (expand-file-name "test/data/good/capture.pcapng" smbcmp--root))
         (process-environment `(,(concat "PATH=" bin ":" (getenv "PATH"))
                                ;; Shells that logged in have a home.
                                ,(concat "HOME=" bin)
                                ,@process-environment))
         (exec-path (cons bin exec-path))
         (tramp-verbose 0)
         (smbcmp-remote-worker-program (smbcmp-module-native-file "smbcmp-worker")))
    (with-temp-file (expand-file-name "ssh" bin) (insert remote-test--ssh))
    (set-file-modes (expand-file-name "ssh" bin) #o755)
    (unwind-protect
        (let ((here (smbcmp-open local))
              (there (smbcmp-open (concat "/ssh:elsewhere:" local))))
          (should (process-get (smbcmp-capture-process there) 'smbcmp-capture))
          (should-not (equal (smbcmp-capture-process here) (smbcmp-capture-process there)))
          (should (= 114 (smbcmp-frame-count there)))
          (should (equal (smbcmp-frame-tree here 35) (smbcmp-frame-tree there 35)))
          (should (equal (smbcmp-frame-bytes here 40) (smbcmp-frame-bytes there 40)))
          (smbcmp-close here)
          (smbcmp-close there))
      (tramp-cleanup-all-connections)
      (delete-directory bin t))))

(provide 'remote-test)
;;; remote-test.el ends here
