;;; commands-test.el --- Frames that need not be dissected again  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The first pass notes the command of frames that are one message of SMB2.
;; tshark says which these are.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function files-test--capture "files-test" (folder))
(declare-function files-test--awk "files-test" (program &rest arguments))

(defconst commands-test--folders
  '("good" "readonly" "smb1" "smb21" "enc-smb311" "concurrent" "held" "leaked" "t-compound"
    "t-oplock-break" "t-lock" "t-notify"))

(defun commands-test--handles (file commands)
  "Return the handles of FILE; without COMMANDS, all frames are dissected."
  (let ((arguments (smbcmp-handles-arguments))
        (capture (smbcmp-open file)))
    (unwind-protect
        (cl-letf (((symbol-function 'smbcmp-handles-arguments)
                   (lambda ()
                     (cl-loop for (key value) on arguments by #'cddr
                              unless (and (eq key :commands) (not commands))
                              append (list key value)))))
          (smbcmp-handles capture))
      (smbcmp-close capture))))

(ert-deftest commands-test-frames-left-out-tell-nothing-of-handles ()
  "What has only other commands is not dissected for handles, and not missed."
  (dolist (folder commands-test--folders)
    (let ((file (files-test--capture folder)))
      (should (equal (cons folder (commands-test--handles file t))
                     (cons folder (commands-test--handles file nil)))))))

(defun commands-test--passed-on (file)
  "Return which frames of FILE are left out when CREATE and CLOSE are asked for."
  (let ((capture (smbcmp-open file))
        (collect (smbcmp--row-collector 1)))
    (unwind-protect
        (progn
          (funcall collect (smbcmp-capture-call-loaded
                            capture "fields" '(:fields ("frame.number") :commands (5 6))
                            collect))
          (cl-set-difference (number-sequence 1 (smbcmp-frame-count capture))
                             (mapcar #'car (funcall collect nil))))
      (smbcmp-close capture))))

(ert-deftest commands-test-frames-left-out-are-single-messages ()
  "Left out are frames of one message of another command, as tshark has them.
Of FIND and GETINFO, which have nothing else inside, all are."
  (dolist (folder commands-test--folders)
    (let ((left-out (commands-test--passed-on (files-test--capture folder))))
      (cl-flet ((single (condition)
                  (mapcar #'string-to-number
                          (files-test--awk
                           (concat condition " && $2 ~ /^[0-9]+$/ && $3 ~ /^[0-9]+$/ \
&& $4 == $3 + 4 && $5 == \"\" && $6 ~ /^(0|False)$/ && $7 == \"\" { print $1 }")
                           "-2" "-r" (files-test--capture folder) "-T" "fields"
                           "-e" "frame.number" "-e" "smb2.cmd" "-e" "nbss.length"
                           "-e" "tcp.len" "-e" "tcp.segment" "-e" "tcp.flags.fin"
                           "-e" "smb2.header.transform.msg_size"))))
        (should-not (cl-set-difference left-out (single "$2 != 5 && $2 != 6")))
        (should-not (cl-set-difference (single "($2 == 14 || $2 == 16)") left-out))))))

(ert-deftest commands-test-an-end-of-the-connection-is-seen ()
  "A frame that ends a connection is not left out, whatever else it has."
  (let* ((file (make-temp-file "smbcmp-" nil ".pcap"))
         (packets (rewrite-read (files-test--capture "good")))
         (frame (string-to-number
                 (car (files-test--awk "NR == 1 { print $1 }" "-r" (files-test--capture "good")
                                       "-Y" "smb2.cmd == 16 && smb2.flags.response == 0"
                                       "-T" "fields" "-e" "frame.number")))))
    (unwind-protect
        (progn
          ;; The flags of TCP, in Ethernet and IPv4: FIN, PSH, ACK.
          (rewrite-write (rewrite-patch (rewrite-keep packets 1 frame) frame (+ 14 20 13)
                                        "\x19")
                         file)
          (let ((handles (commands-test--handles file t)))
            (should (cl-find (cons frame 'connection) handles :test #'equal
                             :key (lambda (handle) (plist-get handle :ended))))
            (should (equal handles (commands-test--handles file nil)))))
      (delete-file file))))

(provide 'commands-test)
;;; commands-test.el ends here
