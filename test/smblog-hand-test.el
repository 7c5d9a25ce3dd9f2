;;; smblog-hand-test.el --- A log in its user's hands  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Files of strangers, what is typed, and where lists are shown.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog-mode)
(require 'smblog-mode-test)

(declare-function smblog--module-progress "smbcmp-module.so" (log))

(ert-deftest smblog-a-small-file-that-unpacks-to-much-asks-first ()
  "Three megabytes may fill the disk with as many gigabytes."
  (let ((smblog-unpack-limit 1))
    (smblog-mode-test-with
        (list "log.smbd"
              (concat "[2026/11/24 02:00:00.000000,  1, pid=1] x.c:1(f)\n  one\n"
                      (mapconcat #'identity (make-list 100000 (make-string 99 ?x)) "\n")
                      "\n[2026/11/24 02:00:01.000000,  1, pid=1] x.c:1(f)\n  two\n"))
      (should (= 2 (smblog-message-count smblog-log)))
      (call-process "gzip" nil nil nil "-k9" name)
      (smblog-find-file (concat name ".gz"))
      (smblog-mode-test-settle)
      (should (= 1 (smblog-message-count smblog-log)))
      (should (> 5000000 (car (smblog--module-progress smblog-log))))
      (should (string-match-p "incomplete" (smblog-buffer--mode-line)))
      (cl-letf (((symbol-function 'y-or-n-p) #'ignore)) (revert-buffer))
      (smblog-mode-test-settle)
      (should (= 1 (smblog-message-count smblog-log)))
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (_) t))) (revert-buffer))
      (let ((limit (+ (float-time) 100)))
        (while (and (not (smblog-indexed-p)) (< (float-time) limit)) (sleep-for 0.05)))
      (smblog-buffer--tick (current-buffer))
      (should (= 2 (smblog-message-count smblog-log)))
      (should-not (string-match-p "incomplete" (smblog-buffer--mode-line))))))

(ert-deftest smblog-a-cut-gzip-stays-marked ()
  "What can't be unpacked would look like a whole log once the echo area is cleared."
  (smblog-mode-test-with "good"
    (call-process "sh" nil nil nil "-c" "gzip -9c \"$1\" | head -c 20000 >\"$2\"" "sh"
                  name (expand-file-name "log.cut.gz" (file-name-directory name)))
    (find-file (expand-file-name "log.cut.gz" (file-name-directory name)))
    (smblog-mode-test-settle)
    (should (> (smblog-message-count smblog-log) 10))
    (should (string-match-p "incomplete" (smblog-buffer--mode-line)))
    (should (string-match-p "not whole" smblog-buffer--problem))))

(defun smblog-hand-test--on-a-small-disk (size file)
  "Return what an Emacs tells of FILE that unpacks to a disk of SIZE, or skip."
  (let* ((disk (make-temp-file "smblog" t))
         (form `(progn
                  (setq smblog-temporary-directory ,disk)
                  (find-file ,file)
                  (unless (derived-mode-p 'smblog-mode) (smblog-mode))
                  (while (not (and (smblog-indexed-p) (smblog-view-done-p)))
                    (accept-process-output nil 0.05))
                  (smblog-buffer--tick (current-buffer))
                  (print (list (smblog-message-count smblog-log) (smblog-buffer--mode-line)
                               smblog-buffer--problem (buffer-string))))))
    (unwind-protect
        (with-temp-buffer
          (unless (eql 0 (call-process "unshare" nil nil nil "-m" "mount" "-t" "tmpfs" "-o"
                                       (concat "size=" size) "none" disk))
            (ert-skip "Nothing can be mounted here: needs root"))
          (call-process "unshare" nil '(t nil) nil "-m" "sh" "-c"
                        "mount -t tmpfs -o size=$1 none \"$2\" && shift 2 && exec \"$@\"" "sh"
                        size disk (expand-file-name invocation-name invocation-directory)
                        "-Q" "--batch" "-L" smbcmp--root
                        "-L" (expand-file-name "lisp" smbcmp--root)
                        "-l" "smblog-mode" "--eval" (prin1-to-string form))
          (goto-char (point-min))
          (read (current-buffer)))
      (delete-directory disk))))

(ert-deftest smblog-a-full-disk-is-told ()
  "What does not fit on the disk is not taken for the end of the log, nor for nothing."
  (smblog-mode-test-with "good"
    (let ((file (expand-file-name "log.much.gz" (file-name-directory name))))
      (call-process "sh" nil nil nil "-c" "cat \"$1\" \"$1\" \"$1\" | gzip -9 >\"$2\"" "sh"
                    name file)
      (pcase-let ((`(,messages ,mode-line ,problem ,text)
                   (smblog-hand-test--on-a-small-disk "1m" file)))
        (should (< 1000 messages (* 3 (smblog-message-count smblog-log))))
        (should (string-match-p "incomplete" mode-line))
        (should (string-match-p "No space left on device" problem))
        (should (string-match-p "init_oplocks" text)))
      (pcase-let ((`(,messages ,mode-line ,_problem ,text)
                   (smblog-hand-test--on-a-small-disk "8k" file)))
        (should (= 0 messages))
        (should (string-match-p "incomplete" mode-line))
        (should (string-match-p "Nothing of the log could be read.*No space left on device"
                                text))))))

(ert-deftest smblog-a-name-need-not-be-utf-8 ()
  (smblog-mode-test-with "good"
    (call-process "sh" nil nil nil "-c" "cp \"$1\" \"$(dirname \"$1\")/$(printf 'log.caf\\351')\""
                  "sh" name)
    (let ((file (car (directory-files (file-name-directory name) t "\\`log\\.caf"))))
      (find-file file)
      (smblog-mode-test-settle)
      (should (eq major-mode 'smblog-mode))
      (should (= (smblog-message-count smblog-log)
                 (smblog-mode-test-count "grep -ac '^\\[20' %s" name))))))

(ert-deftest smblog-what-a-cut-file-lost-is-said ()
  "Messages that are no longer in the file would be empty lines."
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ level<=5 RET")
    (let ((size 100000))
      (call-process "truncate" nil nil nil "-s" (number-to-string size) name)
      (smblog-mode-test-keys "M->")
      (should (string-match-p "no longer in the file" (buffer-string)))
      (should-not (string-match-p "^ *$" (buffer-substring (point-min) (1- (point-max)))))
      (revert-buffer)
      (smblog-mode-test-settle)
      (should (= (smblog-message-count smblog-log)
                 (smblog-mode-test-count "grep -ac '^\\[20' %s" name)))
      (should-not (string-match-p "no longer in the file" (buffer-string))))))

(ert-deftest smblog-a-bar-in-a-regexp-means-or ()
  "Whoever knows grep -E would be told that there is nothing."
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ text~OP_READ]|OP_WRITE]|[|]never RET")
    (should (= (smblog-view-count)
               (smblog-mode-test-count
                "awk '/^\\[20/ { n += hit; hit = 0 } /OP_READ]|OP_WRITE]/ { hit = 1 } END { print n + hit }' %s" name)))))

(ert-deftest smblog-completion-offers-what-may-come-behind-a-key ()
  (cl-flet ((offered (text)
              (with-temp-buffer
                (insert text)
                (cl-letf (((symbol-function 'minibuffer-prompt-end) #'point-min))
                  (pcase-let ((`(,start ,end ,table . ,_)
                               (smblog-narrow-completion-at-point)))
                    (all-completions (buffer-substring start end) table))))))
    (should (equal (offered "pid=1 lev") '("level=" "level<=" "level>=")))
    (should (equal (offered "tex") '("text=" "text~")))
    (should (equal (offered "sou") '("source=")))))

(ert-deftest smblog-in-a-narrow-window-the-path-is-seen ()
  "In 80 columns, what a request is of would be off to the right."
  (smblog-mode-test-with "good"
    (dolist (width '(80 160))
      (cl-letf (((symbol-function 'frame-width) (lambda (&rest _) width))
                ((symbol-function 'window-width) (lambda (&rest _) width)))
        (smblog-mode-test-keys "r")
        (with-current-buffer "*requests: log.smbd*"
          (smblog-requests-revert)
          (smbcmp-fill-all)
          (goto-char (point-min))
          (re-search-forward "docs.a\.bin")
          (should (<= (current-column) width))
          (forward-line 0)
          (should (equal "CREATE" (smblog-request-command (smblog-requests-at-point))))))))
  (with-temp-buffer
    (should (equal "…c/d.txt" (smblog-requests--end-of "a/b/c/d.txt" 8)))))

(ert-deftest smblog-lists-have-room-on-a-small-terminal ()
  "A list of two lines would be of no use."
  (cl-flet ((action (frame window)
              (cl-letf (((symbol-function 'frame-height) (lambda (&rest _) frame))
                        ((symbol-function 'window-total-height) (lambda (&rest _) window)))
                (smblog-windows-action 0.35))))
    (should (memq 'display-buffer-reuse-mode-window (car (action 24 22))))
    (should (eq 'display-buffer-below-selected (car (last (car (action 24 22))))))
    (should-not (memq 'display-buffer-use-some-window (car (action 24 22))))
    (should (memq 'display-buffer-use-some-window (car (action 24 11))))
    (should-not (memq 'display-buffer-reuse-mode-window (car (action 50 48))))
    (should (<= 7 (alist-get 'window-height (action 12 11))))))

(provide 'smblog-hand-test)
;;; smblog-hand-test.el ends here
