;;; smblog-several-test.el --- Several files as one log, by keys  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What is told of a log in one file holds for a log in several, as a user
;; has it: labels, bookmarks, growth, keys, links.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smblog-clock)
(require 'smblog-mode)
(require 'smblog-mode-test)

(defvar auto-revert-verbose)
(declare-function auto-revert-buffers "autorevert" ())
(declare-function bookmark-make-record "bookmark" ())
(declare-function smblog--module-refresh "smbcmp-module.so" (log))
(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))

(defun smblog-several-test-message (second pid text)
  "Return a message of PID, SECOND of a minute, that says TEXT."
  (format "[2026/11/24 01:00:%09.6f,  3, pid=%d, effective(0, 0), real(0, 0)] x.c:%d(f)\n  %s\n"
          second pid pid text))

(defmacro smblog-several-test-with (files &rest body)
  "Show FILES, an alist of names and texts, as one log, for BODY.
In it, `directory' is where they are."
  (declare (indent 1))
  `(let* ((directory (file-name-as-directory (make-temp-file "smblog-several" t)))
          (smblog-time-zone "UTC")
          (smblog-fold t))
     (unwind-protect
         (save-window-excursion
           (delete-other-windows)
           (pcase-dolist (`(,name . ,text) ,files)
             (make-directory (file-name-directory (expand-file-name name directory)) t)
             (write-region text nil (expand-file-name name directory) nil 'silent))
           (smblog-find-file (mapcar (lambda (file) (expand-file-name (car file) directory))
                                     ,files))
           (smblog-mode-test-settle)
           ,@body)
       (dolist (buffer (buffer-list))
         (when (with-current-buffer buffer
                 (derived-mode-p 'smblog-mode 'smblog-hits-mode 'smblog-flow-mode
                                 'smblog-requests-mode))
           (kill-buffer buffer)))
       (delete-directory directory t))))

(defconst smblog-several-test-two
  `(("log.smbd" . ,(concat (smblog-several-test-message 1 10 "a1")
                           (smblog-several-test-message 3 10 "a2")))
    ("log.winbindd" . ,(concat (smblog-several-test-message 2 20 "b1")
                               (smblog-several-test-message 4 20 "b2"))))
  "Two logs, messages of which take turns.")

(defun smblog-several-test-texts ()
  "Return what the messages of the log say, by the index."
  (cl-loop for n below (smblog-message-count smblog-log)
           collect (string-trim (plist-get (smblog-message smblog-log n) :text))))

(defun smblog-several-test-shown ()
  "Return what the lines that are shown say."
  (let (texts)
    (save-excursion
      (goto-char (point-min))
      (while (re-search-forward "f: \\(.*\\)$" nil t) (push (match-string 1) texts)))
    (nreverse texts)))

(defun smblog-several-test-append (name text)
  "Append TEXT to the file NAME of the log, take notice and wait."
  (write-region text nil (expand-file-name name default-directory) t 'silent)
  (revert-buffer)
  (smblog-mode-test-settle))

;;;; Which file

(ert-deftest smblog-several-each-line-is-labelled-with-its-file ()
  "Who wrote a line would not be seen."
  (smblog-several-test-with smblog-several-test-two
    (should (equal '("smbd" "winbindd" "smbd" "winbindd")
                   (cl-loop for n below 4
                            collect (string-trim
                                     (get-text-property (smblog-view-position n)
                                                        'line-prefix)))))
    ;; It is no text.
    (should-not (string-match-p "winbindd" (buffer-substring-no-properties
                                            (point-min) (point-max))))))

(ert-deftest smblog-several-labels-tell-files-apart ()
  (should (equal '("smbd" "smbd.old" "wb-DOM" "192.168.1.7" "dmesg.txt")
                 (smblog-label-names '("/a/log.smbd" "/a/log.smbd.old.gz" "/a/log.wb-DOM"
                                       "/a/log.192.168.1.7" "/a/dmesg.txt"))))
  (should (equal '("n1/ctdb" "n2/ctdb" "x")
                 (smblog-label-names '("/l/n1/log.ctdb" "/l/n2/log.ctdb" "/l/n2/x")))))

;;;; Growth

(ert-deftest smblog-several-each-file-may-grow ()
  "What one of the files gets would be missing, or in the wrong place."
  (smblog-several-test-with smblog-several-test-two
    (smblog-several-test-append "log.winbindd" (smblog-several-test-message 5 20 "b3"))
    (should (equal (smblog-several-test-texts) '("a1" "b1" "a2" "b2" "b3")))
    (should (equal (smblog-several-test-shown) (smblog-several-test-texts)))
    (smblog-several-test-append "log.smbd" (smblog-several-test-message 6 10 "a3"))
    (smblog-several-test-append "log.smbd" (smblog-several-test-message 7 10 "a4"))
    (smblog-several-test-append "log.winbindd" (smblog-several-test-message 7 20 "b4"))
    (should (equal (smblog-several-test-texts)
                   '("a1" "b1" "a2" "b2" "b3" "a3" "a4" "b4")))
    (should (equal (smblog-several-test-shown) (smblog-several-test-texts)))))

(ert-deftest smblog-several-what-comes-late-is-put-where-it-belongs ()
  "Files are read one after the other; what is older may be seen later."
  (smblog-several-test-with smblog-several-test-two
    (goto-char (smblog-view-position 3))
    (smblog-several-test-append "log.smbd" (smblog-several-test-message 3.5 10 "late"))
    (should (equal (smblog-several-test-texts) '("a1" "b1" "a2" "late" "b2")))
    (should (equal (smblog-several-test-shown) (smblog-several-test-texts)))
    ;; Point stays on its message.
    (should (= 4 (smblog-message-at-point)))
    (smblog-several-test-append "log.winbindd" "  b2 goes on\n")
    (should (equal (plist-get (smblog-message smblog-log 4) :text) "  b2\n  b2 goes on\n"))))

;; Of samba until it has read its settings, in a file that another goes on with.
(ert-deftest smblog-several-a-whole-second-stays-where-it-is ()
  "A time without its fraction is not before others of that second."
  (smblog-several-test-with
      `(("log.smbd" . ,(concat (smblog-several-test-message 1.5 10 "a1")
                               (replace-regexp-in-string
                                ":01\\.0+," ":01," (smblog-several-test-message 1 11 "a2"))
                               (smblog-several-test-message 1.7 10 "a3")))
        ("log.winbindd" . ,(smblog-several-test-message 1.6 20 "b1")))
    (should (equal (smblog-several-test-texts) '("a1" "a2" "b1" "a3")))))

(ert-deftest smblog-several-auto-revert-sees-any-file-grow ()
  (smblog-several-test-with smblog-several-test-two
    (should-not (funcall buffer-stale-function t))
    (write-region (smblog-several-test-message 9 20 "b9") nil
                  (expand-file-name "log.winbindd" directory) t 'silent)
    (should (funcall buffer-stale-function t))
    (goto-char (point-max))
    (smblog-mode-test-keys "A")
    (let ((auto-revert-verbose nil)) (auto-revert-buffers))
    (smblog-mode-test-settle)
    (should (equal (car (last (smblog-several-test-shown))) "b9"))
    (should (eobp))
    (should-not (funcall buffer-stale-function t))))

(ert-deftest smblog-several-requests-stay-right-as-files-grow ()
  "A request would be lost or doubled where a file grew by a part of it."
  (let* ((directory (make-temp-file "smblog-grow" t))
         (whole (with-temp-buffer
                  (let ((coding-system-for-read 'binary))
                    (call-process "gzip" (smbcmp-test-data "concurrent" "log.smbd.gz") t nil "-dc"))
                  (buffer-string)))
         (coding-system-for-write 'binary)
         (parts (make-hash-table :test #'equal))
         (requests (lambda (log)
                     (sort (mapcar (lambda (r)
                                     (format "%S" (mapcar (lambda (key) (plist-get r key))
                                                          '(:pid :mid :opcode :status :path))))
                                   (smblog-requests log))
                           #'string<)))
         (expected nil) (start 0) log)
    (unwind-protect
        (progn
          (write-region whole nil (expand-file-name "whole" directory) nil 'silent)
          (setq log (smblog-open (expand-file-name "whole" directory))
                expected (funcall requests log))
          (smblog-close log)
          (while (string-match "^\\[20[^\n]*pid=\\([0-9]+\\)[^\n]*\n\\(?:[^[\n].*\n\\|\n\\)*" whole start)
            (push (match-string 0 whole) (gethash (match-string 1 whole) parts))
            (setq start (match-end 0)))
          (let* ((names (cl-loop for pid being the hash-keys of parts
                                 do (puthash pid (nreverse (gethash pid parts)) parts)
                                 do (write-region "" nil (expand-file-name (concat "log." pid)
                                                                           directory)
                                                  nil 'silent)
                                 collect (expand-file-name (concat "log." pid) directory))))
            (setq log nil)
            (dotimes (step 4)
              (cl-loop for pid being the hash-keys of parts using (hash-values messages)
                       for n = (length messages)
                       do (write-region
                           (apply #'concat (cl-subseq messages (/ (* step n) 4)
                                                      (/ (* (1+ step) n) 4)))
                           nil (expand-file-name (concat "log." pid) directory) t 'silent))
              (if log
                  (progn (smblog--module-refresh log) (smblog-await log))
                (setq log (smblog-open names))))
            (should (equal (funcall requests log) expected))))
      (when log (smblog-close log))
      (delete-directory directory t))))

;;;; Places

(ert-deftest smblog-several-bookmarks-lead-back ()
  "A bookmark would lead to another message once a file has grown before it."
  (smblog-several-test-with smblog-several-test-two
    (goto-char (smblog-view-position 3))
    (let ((record (bookmark-make-record)))
      (kill-buffer)
      (write-region (smblog-several-test-message 3.5 10 "late") nil
                    (expand-file-name "log.smbd" directory) t 'silent)
      (smblog-place-bookmark-jump record)
      (should (consp smblog-buffer-source))
      (should (= 4 (smblog-message-at-point)))
      (should (string-match-p "b2" (smblog-mode-test-line))))))

(defvar org-store-link-plist)
(declare-function org-link-open-from-string "ol" (s &optional arg))
(declare-function org-link-store-props "ol" (&rest plist))

(ert-deftest smblog-several-org-links-lead-back ()
  "A link of Org would lead to one of the files alone, or to another message."
  (require 'ol)
  (smblog-place-org-setup)
  (smblog-several-test-with (cons '("log.a|b%7C" . "") smblog-several-test-two)
    (goto-char (smblog-view-position 3))
    (org-link-store-props)
    (smblog-place-store-link)
    (let ((link (plist-get org-store-link-plist :link)))
      (kill-buffer)
      (write-region (smblog-several-test-message 3.5 10 "late") nil
                    (expand-file-name "log.smbd" directory) t 'silent)
      (org-link-open-from-string (format "[[%s][there]]" link))
      (should (consp smblog-buffer-source))
      (should (= 4 (smblog-message-at-point)))
      (should (string-match-p "b2" (smblog-mode-test-line))))))

;;;; Clocks

(defun smblog-several-test--kernel (&rest names)
  "Return the recorded logs NAMES of one run of the kernel's client."
  (mapcar (lambda (name) (smbcmp-test-data "cifs-kernel" (concat "6.1/" name))) names))

(ert-deftest smblog-several-clocks-are-estimated-by-common-requests ()
  "What client and kernel did at the same time would be far apart."
  (let* ((smblog-time-zone "UTC")
         (files (smblog-several-test--kernel "dmesg-iso.gz" "trace.gz"))
         ;; The same lines with seconds since booting, as the trace has them.
         (booted (with-temp-buffer
                   (call-process "gzip" (smbcmp-test-data "cifs-kernel" "6.1/dmesg.gz") t nil
                                 "-dc")
                   (goto-char (point-min))
                   (re-search-forward "\\[ *\\([0-9.]+\\)\\]")
                   (string-to-number (match-string 1))))
         (log (smblog-open files)))
    (unwind-protect
        (let* ((first (plist-get (car (smblog-sources log)) :first))
               (expected (- first booted))
               (shifts (smblog-clock-shifts log)))
          (should (equal (list (cadr files)) (mapcar #'car shifts)))
          (should (< (abs (- (cdar shifts) expected)) 0.5))
          (smblog-shift log (caar shifts) (cdar shifts))
          ;; Then they are right.
          (should-not (smblog-clock-shifts log)))
      (smblog-close log))))

(ert-deftest smblog-several-clocks-of-unlike-runs-are-left-alone ()
  "Message ids begin at 0 in any connection; that is no common request."
  (let* ((smblog-time-zone "UTC")
         (log (smblog-open (list (smbcmp-test-data "good" "log.smbd.gz")
                                 (smbcmp-test-data "readonly" "log.smbd.gz")))))
    (unwind-protect (should-not (smblog-clock-shifts log))
      (smblog-close log))))

(defun smblog-several-test--shifts (&rest texts)
  "Return how clocks of files with TEXTS differ, an alist of numbers to seconds."
  (let* ((directory (make-temp-file "smblog-clocks" t))
         (smblog-time-zone "UTC")
         (files (cl-loop for text in texts for i from 0
                         for file = (expand-file-name (format "log.%d" i) directory)
                         do (write-region text nil file nil 'silent)
                         collect file)))
    (unwind-protect
        (let ((log (smblog-open files)))
          (unwind-protect
              (cl-loop for (file . seconds) in (smblog-clock-shifts log)
                       collect (cons (string-to-number (substring file -1))
                                     (/ (fround (* 100 seconds)) 100)))
            (smblog-close log)))
      (delete-directory directory t))))

(ert-deftest smblog-several-clocks-are-estimated-by-frames ()
  "Logs of two servers, which have nothing in common, go by the clock of one capture."
  (let* ((directory (make-temp-file "smblog-clocks" t))
         (smblog-time-zone "UTC")
         (files (cl-loop for (name . command) in
                         ;; The two processes that served; the other one's clock is wrong.
                         '(("log.a" . "awk '/^\\[20/ { keep = /pid=29359,/ } keep'")
                           ("log.b" . "awk '/^\\[20/ { keep = /pid=29358,/ } keep' \
| sed 's,^\\[2026/11/24 02:,[2026/11/24 03:,'"))
                         for file = (expand-file-name name directory)
                         do (call-process "sh" nil nil nil "-c"
                                          (format "gzip -dc %s | %s > %s"
                                                  (shell-quote-argument
                                                   (smbcmp-test-data "concurrent" "log.smbd.gz"))
                                                  command (shell-quote-argument file)))
                         collect file))
         (log (smblog-open files))
         (capture (smbcmp-open (smbcmp-test-data "concurrent"))))
    (unwind-protect
        (progn
          (should-not (smblog-clock-shifts log))
          (let ((shifts (smblog-clock-shifts log (smblog-link-both log capture))))
            (should (equal (cdr files) (mapcar #'car shifts)))
            (should (< (abs (+ 3600 (cdar shifts))) 0.1))))
      (smbcmp-close capture)
      (smblog-close log)
      (delete-directory directory t))))

(ert-deftest smblog-several-clocks-are-estimated-by-connections ()
  "Two servers' logs of one connection, and nodes of a cluster, would be far apart."
  (cl-flet ((smbd (time port)
              (format "[2026/11/24 %s,  3, pid=7] ../../source3/smbd/smb2_process.c:1\
(smbd_add_connection)\n  Connection allowed from ipv4:192.0.2.7:%d to ipv4:192.0.2.1:445\n"
                      time port))
            (ctdb (time from to)
              (format "2026/11/24 %s ctdbd[9]: 192.0.2.%d:4379: connected to 192.0.2.%d:4379 \
- 1 connected\n" time from to)))
    (should (equal '((1 . -3600.5))
                   (smblog-several-test--shifts
                    (concat (smbd "10:00:00.000000" 50001) (smbd "10:00:09.000000" 50002))
                    (smbd "11:00:00.500000" 50001))))
    (should-not (smblog-several-test--shifts (smbd "10:00:00.000000" 50001)
                                             (smbd "11:00:00.500000" 50009)))
    (should (equal '((1 . 30.0) (2 . -60.0))
                   (smblog-several-test--shifts
                    (concat (ctdb "10:00:00.000000" 1 2) (ctdb "10:00:05.000000" 1 3))
                    (concat (ctdb "09:59:30.000000" 2 1) (ctdb "09:59:33.000000" 2 3))
                    (concat (ctdb "10:01:05.000000" 3 1) (ctdb "10:01:03.000000" 3 2)))))))

(ert-deftest smblog-several-clocks-are-estimated-by-processes ()
  "What smbd and syslog tell of the same processes would be far apart."
  (cl-flet ((native (time pid)
              (format "[2026/11/24 %s.000000,  1, pid=%d] ../x.c:1(f)\n  text\n" time pid))
            (syslog (time pid)
              (format "2026-11-24T%s.000000+00:00 fs1 smbd[%d]: text\n" time pid)))
    (let ((own (concat (native "10:00:00" 7) (native "10:00:10" 8) (native "10:01:00" 7)
                       (native "10:01:30" 8))))
      (should (equal '((1 . -120.0))
                     (smblog-several-test--shifts
                      own (concat (syslog "10:02:00" 7) (syslog "10:02:10" 8)
                                  (syslog "10:03:00" 7) (syslog "10:03:30" 8)))))
      ;; One of both may be another that has its number.
      (should-not (smblog-several-test--shifts
                   own (concat (syslog "10:02:00" 7) (syslog "10:03:00" 7))))
      ;; They went on when the log was renamed.
      (should-not (smblog-several-test--shifts
                   own (concat (native "10:02:00" 7) (native "10:02:10" 8)
                               (native "10:03:00" 7) (native "10:03:30" 8)))))))

(ert-deftest smblog-several-align-clocks-keeps-the-place ()
  (let ((smblog-time-zone "UTC"))
    (save-window-excursion
      (smblog-find-file (smblog-several-test--kernel "dmesg-iso.gz" "trace.gz"))
      (smblog-mode-test-settle)
      (smblog-goto-message 300)
      (let ((here (smblog-place-in-file (smblog-message-at-point))))
        (smblog-align-clocks)
        (should (equal here (smblog-place-in-file (smblog-message-at-point))))
        (should-error (smblog-align-clocks) :type 'user-error))
      (kill-buffer))))

(ert-deftest smblog-several-a-clock-is-shifted-by-hand ()
  "Files that have nothing in common could be shifted by Lisp alone."
  (let ((smblog-time-zone "UTC")
        (files (smblog-several-test--kernel "dmesg-iso.gz" "trace.gz")))
    (save-window-excursion
      (smblog-find-file files)
      (smblog-mode-test-settle)
      (let ((file (plist-get (cl-find-if (lambda (source)
                                           (string-suffix-p "trace.gz" (plist-get source :file)))
                                         (smblog-sources smblog-log))
                             :file)))
        (cl-letf (((symbol-function 'completing-read) (lambda (_prompt names &rest _)
                                                        (should (member file names))
                                                        file))
                  ((symbol-function 'read-number) (lambda (&rest _) 1795878311.341)))
          (should (string-match-p "\\`trace\\.gz: 0 is 2026-11-28 "
                                  (call-interactively #'smblog-shift-clock))))
        (should (= (plist-get (smblog-message smblog-log 0) :time)
                   (plist-get (car (sort (smblog-sources smblog-log)
                                         (lambda (a b) (< (plist-get a :first)
                                                          (plist-get b :first)))))
                              :first))))
      (kill-buffer))))

(provide 'smblog-several-test)
;;; smblog-several-test.el ends here
