;;; liar-test.el --- Workers that lie  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Shell scripts in the worker's place send what is no reply, or a damaged one.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp--module-feed "smbcmp-module.so" (input chunk))
(declare-function smbcmp--module-input "smbcmp-module.so" ())
(declare-function smbcmp--module-decode "smbcmp-module.so" (value))
(declare-function smbcmp--module-encode "smbcmp-module.so" (serial verb arguments))
(declare-function smbcmp--module-rows-text "smbcmp-module.so" (value widths))

(defmacro liar-test-with-liar (script &rest body)
  "Do BODY with SCRIPT, a shell script, as the worker."
  (declare (indent 1) (debug t))
  `(bad-input-with-directory smbcmp-module-directory
     (let ((worker (concat smbcmp-module-directory "smbcmp-worker")))
       (smbcmp-module-load)
       (write-region (concat "#!/bin/sh\n" ,script "\n") nil worker nil 'silent)
       (set-file-modes worker #o755)
       ,@body)))

(defun liar-test-octal (bytes)
  "Return BYTES as an argument for the shell's printf."
  (concat "'" (mapconcat (lambda (byte) (format "\\%03o" byte)) bytes "") "'"))

(ert-deftest liar-test-nonsense ()
  "What is no reply ends the worker with a message, not Emacs' patience."
  (smbcmp-module-load)
  (let ((file (smbcmp-test-data "good")))
    (pcase-dolist
        (`(,bytes ,reason)
         `(;; A length beyond anything; an empty message; text.
           ("\377\377\377\377" "protocol error")
           ("\4\0\0\0\0\0\0\0" "protocol error")
           ("Segmentation fault (core dumped)\n" "protocol error")
           ;; A whole message, but a request; one of a wrong type.
           (,(smbcmp--module-encode 1 "open" '(:file "x")) "protocol error")
           ("\16\0\0\0\1\0\0\0r\0\0\0\5\0\0\0\0u" "protocol error")))
      (liar-test-with-liar (format "printf %s; exec cat >/dev/null"
                                     (liar-test-octal bytes))
        (bad-input-says 'smbcmp-worker-error (list file reason) (smbcmp-open file))
        (let ((inhibit-message t))
          (bad-input-in-list file
            (should (string-match-p (concat (regexp-quote file) ".*protocol error")
                                    (buffer-string)))))))))

(ert-deftest liar-test-ends-within-a-reply ()
  "A worker that ends in the middle of a reply is dead, however it ended."
  (let ((file (smbcmp-test-data "good")))
    (liar-test-with-liar "printf '\\100\\000\\000\\000half a reply'; exit 5"
      (bad-input-says 'smbcmp-worker-error (list file "ended (status 5)") (smbcmp-open file)))
    (liar-test-with-liar "echo 'the disk is on fire' >&2; exit 1"
      (bad-input-says 'smbcmp-worker-error (list file "status 1" "the disk is on fire")
        (smbcmp-open file)))
    (liar-test-with-liar "echo 'x: error while loading shared libraries: libwireshark.so.16: no such file' >&2; exit 127"
      (bad-input-says 'smbcmp-worker-error
          (list file "does not start" "libwireshark.so.16" "M-x smbcmp-module-build")
        (smbcmp-open file)))))

(defun liar-test-replies (file)
  "Return what a worker sends while FILE is opened and looked at, strings."
  (let* ((chunks nil)
         (watch (lambda (_process string) (push string chunks))))
    (advice-add 'smbcmp--worker-filter :before watch)
    (unwind-protect
        (let ((capture (smbcmp-open file)))
          (smbcmp-rows capture '(1 2 3))
          (smbcmp-frame-tree capture 35)
          (smbcmp-frame-bytes capture 35)
          (smbcmp-fields capture '(smb2.cmd smb2.filename) "frame.number < 40")
          (smbcmp-close capture))
      (advice-remove 'smbcmp--worker-filter watch))
    (let ((all (apply #'concat (nreverse chunks))) (start 0) replies)
      (while (< start (length all))
        (let ((length (cl-loop for i from 3 downto 0
                               for n = (aref all (+ start i)) then (+ (* 256 n) (aref all (+ start i)))
                               finally return n)))
          (push (substring all start (+ start 4 length)) replies)
          (cl-incf start (+ 4 length))))
      (nreverse replies))))

(ert-deftest liar-test-damaged-replies ()
  "No byte of a reply can be changed so that Emacs does more than complain."
  (smbcmp-module-load)
  (let ((random (cl-make-random-state 1)) (complaints 0) (tries 0))
    (dolist (reply (liar-test-replies (smbcmp-test-data "good")))
      (dotimes (_ 400)
        (let ((damaged (copy-sequence reply)) (input (smbcmp--module-input)))
          ;; The length stays: what it may be is another test.
          (dotimes (_ (1+ (cl-random 3 random)))
            (aset damaged (+ 4 (cl-random (- (length damaged) 4) random))
                  (aref [0 1 255 128 192 226 16] (cl-random 7 random))))
          (cl-incf tries)
          (condition-case nil
              (dolist (message (smbcmp--module-feed input damaged))
                (let ((value (nth 2 message)))
                  (smbcmp--module-decode value)
                  (smbcmp--module-rows-text value '(5 -5 5 5 5 5 0))))
            (error (cl-incf complaints))))))
    (should (> complaints 0))
    (should (> tries 2000))))

(provide 'liar-test)
;;; liar-test.el ends here
