;;; capturing-test.el --- What is being captured is seen at once  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A file that grows piece by piece, and dumpcap on loopback with a real
;; server and clients.  Only root may do the latter, and Debian's group
;; wireshark capture.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smbcmp-live)
(require 'live-test)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function live-test--obstacle "live-test")
(declare-function live-test--environment "live-test")

;;;; A file that grows

(defmacro capturing-test-with-directory (directory &rest body)
  "Run BODY with DIRECTORY bound to a new one."
  (declare (indent 1))
  `(let ((,directory (file-name-as-directory (make-temp-file "capturing" t))))
     (unwind-protect (progn ,@body)
       (delete-directory ,directory t))))

(defun capturing-test--bytes (file)
  "Return the bytes of FILE."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents-literally file)
    (buffer-string)))

(defun capturing-test--append (bytes file)
  "Add BYTES to FILE."
  (let ((coding-system-for-write 'no-conversion))
    (write-region bytes nil file t 'silent)))

(defun capturing-test--grow (capture &optional next keep)
  "Have CAPTURE grow, with NEXT and KEEP, and wait for that."
  (let (done)
    (smbcmp-host-grow capture next keep (lambda () (setq done t)))
    (with-timeout (20 (error "No end"))
      (while (not done) (accept-process-output nil 0.02)))))

(ert-deftest capturing-test-a-file-that-grows ()
  "However a file is cut while it is written, only whole packets are read, and all."
  (capturing-test-with-directory directory
    (let* ((bytes (capturing-test--bytes (smbcmp-test-data "good")))
           (file (concat directory "x.pcapng"))
           (begin 400) counts)
      (capturing-test--append (substring bytes 0 begin) file)
      (let ((capture (smbcmp-open file :grows t))
            (whole (smbcmp-open (smbcmp-test-data "good"))))
        (unwind-protect
            (progn
              (while (< begin (length bytes))
                (let ((end (min (length bytes) (+ begin 777))))
                  (capturing-test--append (substring bytes begin end) file)
                  (setq begin end)
                  (capturing-test--grow capture)
                  (should-not (smbcmp-capture-damage capture))
                  (push (smbcmp-frame-count capture) counts)))
              (should (apply #'>= counts))
              (should (= 114 (car counts)))
              (should (> (length (delete-dups counts)) 20))
              (should (equal (smbcmp-rows whole (smbcmp-frames whole))
                             (smbcmp-rows capture (smbcmp-frames capture))))
              (should (equal (smbcmp-frame-bytes whole 114) (smbcmp-frame-bytes capture 114)))
              (should-not (smbcmp-comparison-divergences (smbcmp-diff-captures whole capture))))
          (smbcmp-close capture)
          (smbcmp-close whole))))))

(ert-deftest capturing-test-a-ring-buffer-that-grows ()
  "The next file goes on with the numbers; of one that was given up, rows stay."
  (capturing-test-with-directory directory
    (call-process "editcap" nil nil nil "-c" "20" (smbcmp-test-data "good")
                  (concat directory "run.pcapng"))
    (let* ((files (directory-files directory t "\\`run_"))
           (capture (smbcmp-open (car files) :grows t)))
      (unwind-protect
          (progn
            (should (= 20 (smbcmp-frame-count capture)))
            (dolist (file (cdr files))
              (capturing-test--grow capture file 3))
            (should (= 114 (smbcmp-frame-count capture)))
            (should (smbcmp-frame-bytes capture 114))
            ;; Gone from the disk, as dumpcap would have it.
            (delete-file (car files))
            (should (equal "1" (caar (smbcmp-rows capture '(1)))))
            (should-error (smbcmp-frame-tree capture 1) :type 'smbcmp-file-error))
        (smbcmp-close capture)))))

(ert-deftest capturing-test-what-does-not-grow-is-refused ()
  "A capture that was opened as a whole does not go on."
  (let ((capture (smbcmp-open (smbcmp-test-data "good"))))
    (unwind-protect
        (should-error (smbcmp-capture-call capture "grow" nil) :type 'smbcmp-error)
      (smbcmp-close capture))))

;;;; Dumpcap

(defun capturing-test--record (scenario directory)
  "Start to record SCENARIO into DIRECTORY; return the process."
  (let ((process-environment (live-test--environment)))
    (make-process :name "record" :noquery t :connection-type 'pipe
                  :buffer (get-buffer-create " *record*")
                  :command (list "sh" (expand-file-name "record.sh" smbcmp-test-directory)
                                 scenario directory))))

(defun capturing-test--await (predicate)
  "Wait until PREDICATE returns non-nil, and return that."
  (let (value)
    (with-timeout (60 (error "It does not come to that: %s"
                             (with-current-buffer (get-buffer-create " *record*")
                               (buffer-string))))
      (while (not (setq value (funcall predicate))) (accept-process-output nil 0.05)))
    value))

(ert-deftest capturing-test-divergence-is-told-when-it-comes ()
  "A share that becomes read-only in the middle is told of while all goes on."
  (let ((obstacle (live-test--obstacle)))
    (when obstacle (ert-skip (format "Nothing is captured here: %s" obstacle))))
  (capturing-test-with-directory directory
    (let* ((default-directory directory)
           (good (concat directory "good")) (bad (concat directory "bad"))
           (recording (capturing-test--record "turned=never" good))
           told buffer live)
      (capturing-test--await (lambda () (not (process-live-p recording))))
      (unwind-protect
          (let ((smbcmp-live-divergence-functions
                 (list (lambda (_capture divergence)
                         (push (list divergence (float-time) (process-live-p recording))
                               told)))))
            (setq live (smbcmp-live-start "lo" (concat "tcp port 445 and host "
                                                       live-test-address)
                                          :against (concat good "/capture.pcapng")
                                          :shown (lambda (list) (setq buffer list))))
            (capturing-test--await (lambda () buffer))
            (with-current-buffer buffer (smbcmp-list-filter "smb2.cmd == 5"))
            (setq recording (capturing-test--record "turned" bad))
            (capturing-test--await (lambda () (not (process-live-p recording))))
            (interrupt-process (smbcmp-live-process live))
            (with-current-buffer buffer
              (capturing-test--await
               (lambda () (not (or (smbcmp-capture-grows smbcmp-list-capture)
                                   smbcmp-list-filter-request (not smbcmp-list-complete)))))
              (let ((created (cl-find-if
                              (lambda (one) (string-match-p
                                             "\\`CREATE two: STATUS_SUCCESS / STATUS_"
                                             (plist-get (car one) :label)))
                              told)))
                (should created)
                (should (nth 2 created))
                (should (eq 'status (plist-get (car created) :kind)))
                (should-not (cl-find-if (lambda (one) (string-match-p
                                                       "one" (plist-get (car one) :label)))
                                        told))
                (message "told %.3f s after the frame"
                         (- (nth 1 created)
                            (float-time
                             (caar (smbcmp-fields
                                    smbcmp-list-capture '(frame.time_epoch)
                                    (format "frame.number == %d"
                                            (cdr (plist-get (car created) :b)))))))))
              ;; What was captured is what the recording has.
              (let ((recorded (smbcmp-open (concat bad "/capture.pcapng"))))
                (should (equal (mapcar #'cdr (smbcmp-fields recorded '(frame.number smb2.msg_id)
                                                            "smb2"))
                               (mapcar #'cdr (smbcmp-fields smbcmp-list-capture
                                                            '(frame.number smb2.msg_id) "smb2"))))
                (should (= (length (smbcmp-frames recorded "smb2.cmd == 5"))
                           smbcmp-list-filter-matches))
                (smbcmp-close recorded))
              (should (= (smbcmp-list-rows-count) (smbcmp-frame-count smbcmp-list-capture)))))
        (when buffer (kill-buffer buffer)))
      (should-not (file-exists-p (smbcmp-live-directory live))))))

(defconst capturing-test--ring "#!/bin/sh
# Writes as dumpcap -b does: counts and names of files on one line.
while [ \"$1\" != -w ]; do shift; done
cd \"$(dirname \"$2\")\" && echo \"Capturing on 'lo'\"
for file in \"$RING\"/run_*; do
  name=$PWD/${file##*/}
  cp \"$file\" \"$name\"
  printf 'File: %s\\n' \"$name\"
  printf '\\rPackets: 20 '
  sleep 0.2
done
sleep 60
" "A dumpcap with a ring buffer.")

(ert-deftest capturing-test-dumpcap-with-a-ring-buffer ()
  "All files of a ring buffer are read as dumpcap begins them."
  (capturing-test-with-directory directory
    (call-process "editcap" nil nil nil "-c" "20" (smbcmp-test-data "good")
                  (concat directory "run.pcapng"))
    (with-temp-file (concat directory "dumpcap") (insert capturing-test--ring))
    (set-file-modes (concat directory "dumpcap") #o755)
    (let* ((default-directory directory)
           (process-environment (cons (concat "RING=" directory) process-environment))
           (smbcmp-live-program (concat directory "dumpcap"))
           buffer
           (live (smbcmp-live-start "lo" nil :ring '(1 . 3)
                                    :shown (lambda (list) (setq buffer list)))))
      (capturing-test--await
       (lambda () (and buffer (= 114 (with-current-buffer buffer (smbcmp-list-rows-count))))))
      (with-current-buffer buffer
        (should (smbcmp-frame-tree smbcmp-list-capture 114))
        (should-error (smbcmp-frame-tree smbcmp-list-capture 1) :type 'smbcmp-file-error)
        ;; A summary goes on without what is gone.
        (let (done)
          (smbcmp-host-request smbcmp-list-capture "summary" (list :grows t)
                               (lambda (kind _value) (when (memq kind '(result error))
                                                       (setq done kind)))
                               t)
          (should (eq 'result (capturing-test--await (lambda () done))))))
      (should (process-live-p (smbcmp-live-process live)))
      (kill-buffer buffer))))

(defmacro capturing-test-with-ring (buffer &rest body)
  "Do BODY while dumpcap writes the files of a ring buffer, shown in BUFFER.
`directory' is where they are; `said' are messages, the last one first."
  (declare (indent 1))
  `(capturing-test-with-directory directory
     (call-process "editcap" nil nil nil "-c" "20" (smbcmp-test-data "good")
                   (concat directory "run.pcapng"))
     (with-temp-file (concat directory "dumpcap") (insert capturing-test--ring))
     (set-file-modes (concat directory "dumpcap") #o755)
     (let* ((default-directory directory)
            (process-environment (cons (concat "RING=" directory) process-environment))
            (smbcmp-live-program (concat directory "dumpcap"))
            (said nil)
            ,buffer)
       (cl-letf (((symbol-function 'display-warning) #'ignore)
                 ((symbol-function 'message)
                  (lambda (format &rest args)
                    (when format (push (apply #'format format args) said)))))
         (smbcmp-live-start "lo" nil :ring '(1 . 3)
                            :shown (lambda (list) (setq ,buffer list)))
         (capturing-test--await
          (lambda () (and ,buffer (< 40 (with-current-buffer ,buffer (smbcmp-list-rows-count))))))
         (unwind-protect (with-current-buffer ,buffer ,@body)
           (kill-buffer ,buffer))))))

(ert-deftest capturing-test-a-worker-that-dies-goes-on ()
  "When the worker of a ring buffer dies, its rows are there again and more come."
  (capturing-test-with-ring buffer
    (signal-process (smbcmp-capture-process smbcmp-list-capture) 'SIGKILL)
    (capturing-test--await (lambda () (= 1 (smbcmp-capture-deaths smbcmp-list-capture))))
    (capturing-test--await (lambda () (and (eq 'loaded (smbcmp-capture-state smbcmp-list-capture))
                                           (= 114 (smbcmp-list-rows-count)))))
    (let ((whole (smbcmp-open (smbcmp-test-data "good"))))
      (unwind-protect
          (should (equal (smbcmp-rows whole (smbcmp-frames whole))
                         (smbcmp-rows smbcmp-list-capture (number-sequence 1 114))))
        (smbcmp-close whole)))))

(ert-deftest capturing-test-a-worker-that-dies-when-files-are-gone ()
  "If dumpcap has deleted files by then it is said, and the rows stay."
  (capturing-test-with-ring buffer
    (let ((rows (buffer-substring (point-min) (point-max))))
      (delete-file buffer-file-name)
      (signal-process (smbcmp-capture-process smbcmp-list-capture) 'SIGKILL)
      (capturing-test--await (lambda () (eq 'failed (smbcmp-capture-state smbcmp-list-capture))))
      ;; It need not be the last thing said, nor said yet.
      (capturing-test--await
       (lambda ()
         (seq-find (lambda (text)
                     (string-match-p "of the ring buffer files are gone that it had read; what is shown"
                                     text))
                   said)))
      (should (string-prefix-p rows (buffer-string))))))

(ert-deftest capturing-test-what-dumpcap-complains-of-is-said ()
  "If dumpcap can't capture, what it says is told, and nothing is left."
  (skip-unless (executable-find "dumpcap"))
  (capturing-test-with-directory directory
    (let* ((default-directory directory)
           (said nil)
           (live (cl-letf (((symbol-function 'message)
                            (lambda (format &rest args) (push (apply #'format format args) said))))
                   (let ((live (smbcmp-live-start "no-such-interface" "tcp port 445")))
                     (with-timeout (20 (error "No end"))
                       (while (or (process-live-p (smbcmp-live-process live)) (null said))
                         (accept-process-output nil 0.05)))
                     live))))
      (should (string-match-p "\\`Nothing is captured: .*no-such-interface"
                              (replace-regexp-in-string "\n" " " (car said))))
      (should-not (file-exists-p (smbcmp-live-directory live))))))

(provide 'capturing-test)
;;; capturing-test.el ends here
