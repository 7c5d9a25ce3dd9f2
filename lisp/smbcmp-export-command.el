;;; smbcmp-export-command.el --- The commands smbcmp export and replay  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What smbcmp-command.el has of `smbcmp-export' and `smbcmp-replay-script'
;; for the shell.

;;; Code:

(require 'seq)
(require 'smbcmp-capture)
(require 'smbcmp-export)

(autoload 'smbcmp-replay-script "smbcmp-replay")
(autoload 'smbcmp-replay-write "smbcmp-replay")
(autoload 'smbcmp-command-usage "smbcmp-command-line")
(autoload 'smbcmp-command-open "smbcmp-command")
(autoload 'smbcmp-command-print "smbcmp-command")
(autoload 'smbcmp-command-print-json "smbcmp-command")

(defun smbcmp-export-command-number (string)
  "Return the frame number that STRING is."
  (if (string-match-p "\\`[1-9][0-9]*\\'" string) (string-to-number string)
    (error "--until takes the number of a frame, not %s" string)))

(defun smbcmp-export-command-export (options args)
  "Write frames of a capture to a file, ARGS, by OPTIONS."
  (pcase-let ((`(,source ,target ,filter . ,more) args))
    (when (or (null target) more)
      (smbcmp-command-usage "export takes a capture, a file and a display filter"))
    (let* ((capture (smbcmp-command-open options source))
           (frames (smbcmp-frames capture filter))
           (inhibit-message (plist-get options :quiet))
           (written (and frames
                         (smbcmp-export capture frames target
                                        :closure (not (plist-get options :only-these))
                                        :anonymize (plist-get options :anonymize)
                                        :map (plist-get options :map)))))
      (smbcmp-close capture)
      (unless (plist-get options :quiet)
        (if (equal "json" (plist-get options :format))
            (smbcmp-command-print-json `((file . ,target) (frames . ,(vconcat written))))
          (smbcmp-command-print "Wrote %d frames to %s\n" (length written) target)))
      (if written 0 1))))

(defun smbcmp-export-command-replay (options args)
  "Print the script that replays what ARGS say, by OPTIONS."
  (pcase-let ((`(,file ,filter . ,more) args)
              (until (plist-get options :until)))
    (when (or (null file) more)
      (smbcmp-command-usage "replay takes a capture and a display filter"))
    (let* ((capture (smbcmp-command-open options file))
           (frames (cond ((or filter until)
                          (seq-filter (lambda (frame) (or (null until) (<= frame until)))
                                      (smbcmp-frames capture (or filter "smb2"))))
                         (t 'all)))
           (script (and frames (smbcmp-replay-script capture frames)))
           (output (plist-get options :output)))
      (smbcmp-close capture)
      (cond ((null script) 1)
            (output (smbcmp-replay-write script output) 0)
            (t (princ script) 0)))))

(provide 'smbcmp-export-command)
;;; smbcmp-export-command.el ends here
