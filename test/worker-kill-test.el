;;; worker-kill-test.el --- Workers that are killed  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; By a user, by the kernel for want of memory: at whatever moment, nothing is
;; lost but what was asked for then, and another worker takes its place.

;;; Code:

(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)
(require 'worker-test)

(declare-function smbcmp-test-data "run" (folder &optional file))

(ert-deftest worker-test-killed-while-idle ()
  "A worker killed while nobody needs it is replaced when somebody does."
  (worker-test-with-trap "" 0
    (let* ((file (smbcmp-test-data "good"))
           (capture (smbcmp-open file))
           (tree (smbcmp-frame-tree capture 40)))
      (worker-test-kill capture)
      (should (equal tree (smbcmp-frame-tree capture 40)))
      (should (= 1 (length warnings)))
      (should (string-prefix-p (concat file ": the worker ended (killed by signal 9")
                               (car warnings)))
      (smbcmp-close capture))))

(ert-deftest worker-test-killed-before-emacs-knows ()
  "A request to a worker that reads no more goes to the next one, in batch, too.
There SIGPIPE would end Emacs."
  (worker-test-with-trap "" 0
    (let* ((capture (smbcmp-open (smbcmp-test-data "good")))
           (tree (smbcmp-frame-tree capture 40))
           (worker (smbcmp-capture-process capture))
           (deaf (make-process :name "deaf" :command '("sh" "-c" "exec <&-; echo; sleep 60")
                               :connection-type 'pipe)))
      (bad-input-wait (lambda () (accept-process-output deaf 0.1)))
      (setf (smbcmp-capture-process capture) deaf)
      (unwind-protect
          (should (equal tree (smbcmp-frame-tree capture 40)))
        (delete-process worker)
        (delete-process deaf))
      (should (= 1 (length warnings)))
      (smbcmp-close capture))))

(ert-deftest worker-test-killed-under-the-list ()
  "The packet list keeps rows, point, filter and order when its worker is killed."
  (worker-test-with-trap "" 0
    (bad-input-in-list (smbcmp-test-data "good")
      (smbcmp-list-filter "smb2.cmd == 5")
      (bad-input-wait (lambda () (not smbcmp-list-filter-request)))
      (smbcmp-list-jump 45)
      (let ((rows (buffer-string)))
        (worker-test-kill smbcmp-list-capture)
        (bad-input-wait (lambda () (= 1 (smbcmp-capture-deaths smbcmp-list-capture))))
        (should (string-match-p "killed by signal 9" (worker-test-last-message)))
        (bad-input-wait (lambda () (and smbcmp-list-complete
                                        (not smbcmp-list-filter-request))))
        (should (equal rows (buffer-string)))
        (should (= 45 (smbcmp-list-frame-at-point)))
        (should (= 30 smbcmp-list-filter-matches))
        (should (smbcmp-frame-tree smbcmp-list-capture 45))))))

(ert-deftest worker-test-killed-while-loading ()
  "A worker killed while loading leaves its rows, a message, and `g' to try again."
  (worker-test-with-trap "slowload" 40
    (let* ((smbcmp-watchdog-seconds 60)
           (file (smbcmp-test-data "good"))
           (buffer (find-file-noselect file)))
      (unwind-protect
          (with-current-buffer buffer
            (bad-input-wait (lambda () (> smbcmp-list-rows--count 10)))
            (worker-test-kill smbcmp-list-capture)
            (bad-input-settle buffer)
            (should (<= 10 (count-lines (point-min) (point-max)) 39))
            (should (string-match-p "failed" (smbcmp-list--mode-line)))
            (should (string-match-p (concat (regexp-quote file) ".*killed by signal 9")
                                    (worker-test-last-message)))
            (dolist (command (list #'smbcmp-list-details #'smbcmp-list-bytes
                                   #'smbcmp-list-cycle-time
                                   (lambda () (smbcmp-list-sort "Info"))))
              (bad-input-says 'user-error (list file "killed by signal 9")
                (funcall command)))
            (worker-test-arm directory "")
            (revert-buffer t t)
            (bad-input-settle buffer)
            (should (= 114 (count-lines (point-min) (point-max)))))
        (kill-buffer buffer)))))

(ert-deftest worker-test-killed-while-loading-again ()
  "A worker killed while all is dissected again, for new keys, is replaced."
  (let* ((file (smbcmp-test-data "good"))
         (capture (smbcmp-open file))
         (rows (smbcmp-rows capture '(1 40 114)))
         (keys '((:session "0000000000000000" :key "00112233445566778899aabbccddeeff"))))
    (push (lambda (capture)
            (when (and (eq 'loading (smbcmp-capture-state capture))
                       (zerop (smbcmp-capture-deaths capture)))
              (worker-test-kill capture)))
          (smbcmp-capture-hooks capture))
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (smbcmp-add-keys capture keys)
      ;; It may have got done just before.
      (bad-input-wait (lambda () (= 1 (smbcmp-capture-deaths capture))))
      (smbcmp-frame-tree capture 1))
    (should (equal rows (smbcmp-rows capture '(1 40 114))))
    (should (= 1 (length (smbcmp-keys-unseal (smbcmp-capture-keys capture)))))
    (smbcmp-close capture)))

(ert-deftest worker-test-killed-before-loading ()
  "So does one that is killed before there is anything, at the API and the list."
  (worker-test-with-trap "load" 1
    (let ((smbcmp-watchdog-seconds 60)
          (file (smbcmp-test-data "good")))
      (cl-flet ((kill-all () (dolist (process (process-list))
                               (when (process-get process 'smbcmp-capture)
                                 (signal-process process 'SIGKILL)))))
        (run-with-timer 0.8 nil #'kill-all)
        (bad-input-says 'smbcmp-worker-error (list file "killed by signal 9")
          (smbcmp-open file))
        (run-with-timer 0.8 nil #'kill-all)
        (bad-input-in-list file
          (should (string-match-p (concat (regexp-quote file) ".*killed by signal 9")
                                  (buffer-string))))))))

(ert-deftest worker-test-killed-while-answering ()
  "A worker killed in the middle of an answer is replaced; the next is an error."
  (worker-test-with-trap "again" 40
    (let* ((smbcmp-watchdog-seconds 60)
           (file (smbcmp-test-data "good"))
           (capture (smbcmp-open file))
           (kill nil))
      (setq kill (run-with-timer
                  0.3 0.3 (lambda ()
                            (when (eq 'loaded (smbcmp-capture-state capture))
                              (ignore-errors (worker-test-kill capture))))))
      (unwind-protect
          (bad-input-says 'smbcmp-worker-error (list file "killed by signal 9")
            (smbcmp-frames capture "smb2.cmd == 5"))
        (cancel-timer kill))
      (should (= 2 (smbcmp-capture-deaths capture)))
      (worker-test-arm directory "")
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (smbcmp-close capture))))

(defun worker-test-look (file command kill)
  "Return what is to be seen after COMMAND, a function, in the list of FILE.
With KILL, its worker died just before, and Emacs had no time to notice."
  (bad-input-in-list file
    (save-window-excursion
      (delete-other-windows)
      (switch-to-buffer (current-buffer))
      (smbcmp-list-goto-frame 35)
      (setq smbcmp-list-selected nil)
      (when kill
        (let ((pid (smbcmp-worker-pid smbcmp-list-capture)))
          (worker-test-kill smbcmp-list-capture)
          ;; Emacs reaps it when it is told, but runs no sentinel here.
          (with-timeout (10 (ert-fail "It lives"))
            (while (process-live-p (smbcmp-capture-process smbcmp-list-capture))
              (call-process "true")))
          (should (worker-test-pid-gone-p pid))))
      (save-current-buffer (funcall command))
      (bad-input-wait (lambda ()
                        (and (= (if kill 1 0) (smbcmp-capture-deaths smbcmp-list-capture))
                             smbcmp-list-complete (not smbcmp-list-filter-request)
                             (eq 'loaded (smbcmp-capture-state smbcmp-list-capture))
                             (not (smbcmp-host-busy-p smbcmp-list-capture)))))
      (accept-process-output nil 0.1)
      (cons (list (buffer-substring-no-properties (point-min) (point-max))
                  (cl-loop for row below (smbcmp-list-rows-count)
                           when (invisible-p (smbcmp-list-rows-start row)) collect row)
                  (line-number-at-pos)
                  (substring-no-properties (smbcmp-list--mode-line)))
            (mapcar (lambda (kind)
                      (let ((buffer (smbcmp-list-follow-buffer kind)))
                        (and buffer (with-current-buffer buffer (buffer-string)))))
                    '("details" "bytes"))))))

(ert-deftest worker-test-died-unnoticed ()
  "A command typed just after the worker's death does what it does without that."
  (let ((file (smbcmp-test-data "good")) (inhibit-message t))
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (dolist (command (list (lambda () (smbcmp-list-filter "smb2.cmd == 5"))
                             (lambda () (smbcmp-list-sort "Length"))
                             #'smbcmp-list-details #'smbcmp-list-bytes #'smbcmp-list-cycle-time
                             #'smbcmp-list-toggle-reference #'smbcmp-list-filter-selected
                             #'smbcmp-list-refresh #'smbcmp-list-unfilter
                             (lambda () (smbcmp-list-jump 50))
                             (lambda ()
                               (smbcmp-add-keys smbcmp-list-capture
                                                '((:session "0000000000000000" :key
                                                   "00112233445566778899aabbccddeeff"))))))
        (cl-loop for undisturbed in (worker-test-look file command nil)
                 for seen in (worker-test-look file command t)
                 do (should (equal (list command undisturbed) (list command seen))))))
    ;; The same at the API.
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (let ((capture (smbcmp-open file)))
        (worker-test-kill capture)
        (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
        (worker-test-kill capture)
        (should (equal "35" (caar (smbcmp-rows capture '(35)))))
        (smbcmp-close capture)))))

(provide 'worker-kill-test)
;;; worker-kill-test.el ends here
