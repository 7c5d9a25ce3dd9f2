;;; demo.el --- Compare two sample captures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For test/demo.sh.

;;; Code:

(require 'smbcmp)

(defconst smbcmp-demo--files
  (mapcar (lambda (folder)
            (expand-file-name (format "test/data/%s/capture.pcapng" folder) smbcmp--root))
          '("good" "readonly"))
  "The captures: smbclient does the same, on a writable and a read-only share.")

(defun smbcmp-demo-show ()
  "Compare the sample captures."
  (setq inhibit-startup-screen t)
  (apply #'smbcmp-diff smbcmp-demo--files)
  ;; A message would not outlive what Emacs says when it has started.
  (setq header-line-format
        (format " %s: n RET shows one, L the logs, ? all keys"
                (mapconcat (lambda (file) (file-relative-name (file-name-directory file)
                                                              smbcmp--root))
                           smbcmp-demo--files " "))))

(defun smbcmp-demo-print ()
  "Print the comparison of the sample captures, and a frame of each."
  (pcase-let* ((`(,a ,b) (mapcar #'smbcmp-open smbcmp-demo--files))
               (inhibit-message t))
    (princ (format "\nsmbcmp %s: one smbclient script, recorded twice; " smbcmp-version))
    (princ "in A the share is writable,\nin B it is read-only.\n\n")
    (princ (smbcmp-compare-report (smbcmp-diff-captures a b)))
    (princ "\nIn a terminal, `make demo' shows this in Emacs; RET on a line shows it all.\n")
    (mapc #'smbcmp-close (list a b))))

(provide 'demo)
;;; demo.el ends here
