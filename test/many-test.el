;;; many-test.el --- One good capture against many  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'json)
(require 'smbcmp)
(require 'smbcmp-many)
(require 'smbcmp-many-view)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defmacro many-test-with-captures (directory &rest body)
  "Run BODY with DIRECTORY bound to one with captures good, again, bad-1 to bad-6.
Of the bad ones, three are of a read-only share, one was refused, one is
good, and one is empty."
  (declare (indent 1))
  `(let* ((,directory (file-name-as-directory (file-truename (make-temp-file "many" t))))
          (default-directory ,directory))
     (unwind-protect
         (progn
           (cl-loop for (name folder) in '(("good" "good") ("again" "good-again")
                                           ("bad-1" "readonly") ("bad-2" "readonly")
                                           ("bad-3" "readonly") ("bad-4" "denied")
                                           ("bad-5" "good-again"))
                    do (copy-file (smbcmp-test-data folder) (concat name ".pcapng")))
           (write-region "" nil "bad-6.pcapng" nil 'silent)
           ,@body)
       (delete-directory ,directory t))))

(defun many-test-command ()
  "Return how a shell starts smbcmp here."
  (format "%s -Q --batch -L %s -L %s -l smbcmp-command -f smbcmp-command --"
          (shell-quote-argument (expand-file-name invocation-name invocation-directory))
          (shell-quote-argument smbcmp--root)
          (shell-quote-argument (expand-file-name "lisp" smbcmp--root))))

(defun many-test-shell (command &rest arguments)
  "Run COMMAND, a format for ARGUMENTS, in a shell; return (STATUS . OUTPUT).
%s for smbcmp comes first.  Standard error is left out."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8))
      (cons (call-process "sh" nil '(t nil) nil "-c"
                          (apply #'format command (many-test-command) arguments))
            (buffer-string)))))

(defun many-test-groups (text)
  "Return the groups that TEXT, a report, shows: (COUNT FILE...), the same last."
  (let (groups)
    (dolist (line (split-string text "\n" t))
      (cond ((string-match "\\`\\([0-9]+\\) of [0-9]+: " line)
             (push (list (string-to-number (match-string 1 line))) groups))
            ((and groups (string-match "/\\([^/:]+\\)\\.pcapng\\'" line))
             (setcar groups (append (car groups) (list (match-string 1 line)))))))
    (nreverse groups)))

(ert-deftest many-test-command-groups-by-first-divergence ()
  "Captures that fail alike are together, with their number; what can't be read is said."
  (many-test-with-captures directory
    (pcase-let ((`(,status . ,output)
                 (many-test-shell "%s diff --jobs 2 good.pcapng bad-*.pcapng")))
      (should (= 2 status))
      (should (equal '((3 "bad-1" "bad-2" "bad-3") (1 "bad-4") (1 "bad-5"))
                     (many-test-groups output)))
      (should (string-match-p "^1 of 5: the same$" output))
      (should (string-match-p "1 can't be compared\n +.*bad-6.pcapng: the file is empty" output)))
    (should (equal '(0 . "1 of 1: the same\n")
                   (let ((result (many-test-shell "%s diff --jobs 1 good.pcapng bad-5.pcapng")))
                     (cons (car result) (replace-regexp-in-string "^   .*\n" "" (cdr result))))))
    (should (= 1 (car (many-test-shell "%s diff --quiet good.pcapng bad-1.pcapng bad-5.pcapng"))))
    (should (= 129 (car (many-test-shell "%s diff --expect x:y good.pcapng again.pcapng bad-1.pcapng"))))
    (should (= 129 (car (many-test-shell "%s diff --jobs many good.pcapng bad-1.pcapng"))))))

(ert-deftest many-test-lines-from-anywhere ()
  "Lines that xargs -P has had made, one process a capture, group as by ourselves."
  (many-test-with-captures directory
    (many-test-shell "ls bad-*.pcapng | xargs -P 2 -n 1 %s diff --format json good.pcapng >runs.jsonl")
    (let ((lines (with-temp-buffer (insert-file-contents "runs.jsonl")
                                   (split-string (buffer-string) "\n" t))))
      (should (= 6 (length lines)))
      (dolist (line lines) (should (json-read-from-string line))))
    (let ((own (many-test-shell "%s diff good.pcapng bad-*.pcapng")))
      (should (equal own (many-test-shell "%s group runs.jsonl")))
      (should (equal own (many-test-shell "cat runs.jsonl | %s group"))))
    (let ((data (json-read-from-string (cdr (many-test-shell "%s group --format json runs.jsonl")))))
      (should (= 5 (alist-get 'runs data)))
      (should (equal '(3 1 1) (mapcar (lambda (group) (alist-get 'count group))
                                      (alist-get 'groups data)))))
    (let ((printed (many-test-shell "%s diff --jobs 2 --format json good.pcapng bad-*.pcapng")))
      (should (= 2 (car printed)))
      (should (= 6 (length (split-string (cdr printed) "\n" t)))))
    (write-region "no JSON\n" nil "runs.jsonl" nil 'silent)
    (should (= 2 (car (many-test-shell "%s group runs.jsonl"))))))

(ert-deftest many-test-a-line-is-written-at-once ()
  "A line of JSON, however long, is one call of write: others write between calls."
  (skip-unless (executable-find "strace"))
  (many-test-with-captures directory
    (many-test-shell "strace -f -qq -s 20 -e trace=write -e write=none -o trace \
%s diff --format json good.pcapng bad-1.pcapng >line")
    (let ((size (file-attribute-size (file-attributes "line"))))
      ;; More than stdio's buffer has.
      (should (> size 4096))
      (should (equal (list size)
                     (with-temp-buffer
                       (insert-file-contents "trace")
                       (cl-loop while (re-search-forward
                                       " write(1, \"{.*= \\([0-9]+\\)$" nil t)
                                collect (string-to-number (match-string 1)))))))))

(ert-deftest many-test-what-good-ones-differ-in-counts-for-nothing ()
  "With several good captures, what differs between them is no divergence."
  (many-test-with-captures directory
    (pcase-let ((`(,status . ,output)
                 (many-test-shell "%s diff --good bad-1.pcapng good.pcapng bad-2.pcapng \
bad-4.pcapng")))
      (should (= 1 status))
      (should (equal '((1 "bad-4") (1 "bad-2")) (many-test-groups output)))
      (should-not (string-match-p "bad-1" output)))
    ;; What only seems to be taken into account is told.
    (pcase-let ((`(,status . ,output)
                 (many-test-shell "%s diff --good none.pcapng good.pcapng bad-2.pcapng")))
      (should (= 2 status))
      (should (string-match-p "1 can't be compared\n +.*none.pcapng: no such file" output)))
    (many-test-shell "%s diff --format json good.pcapng bad-2.pcapng >runs.jsonl")
    (should (= 1 (car (many-test-shell "%s group runs.jsonl"))))
    (should (= 2 (car (many-test-shell "%s group --good none.pcapng runs.jsonl"))))))

(defun many-test--result (file &rest labels)
  "Return what came of FILE: divergences with LABELS."
  (list :a "/good" :b file :same 9
        :divergences (mapcar (lambda (label) (list :kind "status" :weight "behaviour" :label label))
                             labels)))

(ert-deftest many-test-what-all-have-in-common ()
  "What is in all that differ and in no good one comes first."
  (let ((grouped (smbcmp-many-group
                  (list (many-test--result "/1" "x" "flaky" "always")
                        (many-test--result "/2" "flaky" "y" "always")
                        (many-test--result "/3" "always" "x")
                        (many-test--result "/4" "flaky")
                        (many-test--result "/good-2" "flaky"))
                  '("/good-2"))))
    (should (equal '("always") (plist-get grouped :common)))
    (should (= 4 (plist-get grouped :runs)))
    (should (equal '(("always" "/3") ("x" "/1") ("y" "/2") (nil "/4"))
                   (plist-get grouped :groups)))
    (should (string-prefix-p "In all that differ, in no good one:\n   always\n"
                             (smbcmp-many-report grouped)))))

(ert-deftest many-test-options-go-on-to-each-comparison ()
  "A filter holds for each of many comparisons."
  (many-test-with-captures directory
    (should (equal '((2 "bad-1" "bad-5"))
                   (many-test-groups
                    (cdr (many-test-shell "%s diff --filter='smb2.cmd == 8' \
good.pcapng bad-1.pcapng bad-5.pcapng")))))))

(ert-deftest many-test-buffer ()
  "The buffer fills in the background, groups, and shows one comparison."
  (many-test-with-captures directory
    (smbcmp-diff-many (list (concat directory "good.pcapng"))
                      (directory-files directory t "\\`bad"))
    (let ((buffer (current-buffer)))
      (unwind-protect
          (progn
            (with-timeout (60 (error "No end"))
              (while smbcmp-many-view--many (accept-process-output nil 0.1)))
            (should (string-match-p "6 of 6 compared" (buffer-string)))
            (should (equal '((3 "bad-1" "bad-2" "bad-3") (1 "bad-4") (1 "bad-5"))
                           (many-test-groups (replace-regexp-in-string "^[▾v ]+" ""
                                                                       (buffer-string)))))
            (search-forward "bad-2")
            (smbcmp-many-view-open)
            (should (derived-mode-p 'smbcmp-compare-mode))
            (with-timeout (60 (error "No end"))
              (while (not smbcmp-compare-view-comparison) (accept-process-output nil 0.1)))
            (should (string-suffix-p "bad-2.pcapng"
                                     (smbcmp-capture-file (smbcmp-comparison-b
                                                           smbcmp-compare-view-comparison)))))
        (kill-buffer buffer)))))

(ert-deftest many-test-buffer-that-is-killed-stops-all ()
  "No process goes on for a buffer that is gone."
  (many-test-with-captures directory
    (smbcmp-diff-many (list (concat directory "good.pcapng"))
                      (directory-files directory t "\\`bad"))
    (let ((processes (smbcmp-many-running smbcmp-many-view--many)))
      (should processes)
      (kill-buffer)
      (with-timeout (10 (error "They live"))
        (while (cl-some #'process-live-p processes) (accept-process-output nil 0.05))))))

(provide 'many-test)
;;; many-test.el ends here
