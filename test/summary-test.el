;;; summary-test.el --- What is spared in summing up PDUs is not missed  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Workers spare what they can when they sum up a capture.  Who compares must not
;; notice: each capture is compared with itself, once as it is always summed up and once
;; with whole trees of all of its frames.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'compare-view-test)
(require 'parity-test)
(require 'smbcmp-compare)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(declare-function smbcmp--module-compare-add "smbcmp-module.so" (comparing side part))
(declare-function smbcmp--module-compare-result "smbcmp-module.so" (comparing))

(defun summary-test--captures ()
  "Return all recorded captures."
  (directory-files-recursively (smbcmp-test-data "" "") "\\`[^.].*\\.pcap\\(?:ng\\)?\\'"))

(defun summary-test--keys (file)
  "Return the keys for FILE that are recorded beside it."
  (and (string-match-p "/enc-smb311/" file) (list (parity--key))))

(defun summary-test--collect (capture comparison side &rest arguments)
  "Add the summary of CAPTURE to COMPARISON as SIDE, nil for A.
ARGUMENTS are a plist for the worker."
  (let ((add (lambda (part)
               (smbcmp--module-compare-add (smbcmp-comparison-native comparison) side part))))
    (funcall add (smbcmp-capture-call
                  capture "summary"
                  (cl-list* :rules (smbcmp-comparison-rules comparison)
                            :protocols (smbcmp-protocols-for-module
                                        (smbcmp-comparison-protocols comparison))
                            arguments)
                  add t))))

(defun summary-test--check (comparison)
  "Check that both sides of COMPARISON, whose summaries it has, are the same."
  (smbcmp-compare-run comparison)
  (should-not (smbcmp-comparison-divergences comparison))
  ;; Wireshark 4.6 derives less from some frames the second time.
  (should-not (cl-remove "derived by Wireshark" (smbcmp-comparison-ignored comparison)
                         :key #'car :test #'equal))
  (should-not (smbcmp-comparison-environment comparison))
  (pcase-let ((`(,a . ,b) (smbcmp-comparison-counts comparison))
              (result (smbcmp--module-compare-result (smbcmp-comparison-native comparison))))
    (should (= a b))
    (should (equal (aref result 3) (aref result 4)))
    (dotimes (n a)
      (should (equal (smbcmp-comparison-exchange comparison 'a n)
                     (smbcmp-comparison-exchange comparison 'b n))))))

;; All that a rule lets pass counts as a difference by no rules, and what it hides is
;; counted by the usual ones.
(defconst summary-test--rules (list (smbcmp-rules) nil)
  "Rules by which captures are compared with themselves.")

(defun summary-test--check-capture (capture)
  "Check that CAPTURE is summed up as if nothing were spared."
  (dolist (rules summary-test--rules)
    (let* ((rules (smbcmp-rules-for-module rules))
           (comparison (smbcmp-compare-make :a capture :b capture :rules rules
                                            :native (smbcmp--module-compare-new rules))))
      (summary-test--collect capture comparison nil)
      (summary-test--collect capture comparison t :visible t)
      (summary-test--check comparison))))

;; A capture that has just been opened is summed up by the pass that loads it.
(defun summary-test--check-while-loading (capture)
  "Check that CAPTURE, which is loading, is summed up as when it is loaded."
  (let* ((rules (smbcmp-rules-for-module (smbcmp-rules)))
         (native (smbcmp--module-compare-new rules))
         (comparison (smbcmp-compare-make :a capture :b capture :rules rules :native native)))
    (smbcmp-compare-collect native (list capture) rules nil)
    (summary-test--collect capture comparison t :visible t)
    (summary-test--check comparison)))

(ert-deftest summary-test-all-captures ()
  "What is summed up in one pass is what two passes come to.
Trees with no lines of what is below SMB are summed up as whole ones."
  :tags '(slow)
  (dolist (file (summary-test--captures))
    (ert-info (file)
      (let ((capture (smbcmp-open file :keys (summary-test--keys file) :async t)))
        (unwind-protect
            (progn (summary-test--check-while-loading capture)
                   (summary-test--check-capture capture))
          (smbcmp-close capture))))))

;; What a frame has may be another message once all frames are known, and a worker may
;; die: then nothing of what was sent counts.
(defmacro summary-test--fail-early (calls &rest body)
  "Do BODY with the first summary of a loading capture failing; count CALLS of all."
  (declare (indent 1))
  `(let ((summarize (symbol-function 'smbcmp-compare-summarize)) failed)
     (cl-letf (((symbol-function 'smbcmp-compare-summarize)
                (lambda (capture &rest arguments)
                  (push (smbcmp-capture-state capture) ,calls)
                  (let ((done (car (last arguments))))
                    (apply summarize capture
                           (append (butlast arguments)
                                   (list (lambda (state)
                                           (if (or state failed)
                                               (funcall done state)
                                             (setq failed t)
                                             (funcall done '(smbcmp-worker-error
                                                             "other messages")))))))))))
       ,@body)))

(ert-deftest summary-test-what-fails-while-loading-is-done-again ()
  "If summing up fails while captures are loaded, they are loaded first."
  (let (calls counts)
    (summary-test--fail-early calls
      (let ((a (smbcmp-open (smbcmp-test-data "good") :async t))
            (b (smbcmp-open (smbcmp-test-data "good-again") :async t)))
        (unwind-protect
            (let ((comparison (smbcmp-diff-captures a b)))
              (should-not (smbcmp-comparison-divergences comparison))
              (setq counts (smbcmp-comparison-counts comparison)))
          (smbcmp-close a)
          (smbcmp-close b))))
    (should (equal '(53 . 53) counts))
    (should (equal '(opening opening loaded loaded) (nreverse calls)))))

(ert-deftest summary-test-the-buffer-sums-up-while-loading ()
  "A comparison's buffer asks for summaries at once, and again if that fails."
  (let (calls)
    (summary-test--fail-early calls
      (compare-view-test--with "good" "readonly"
        (should (equal '(53 . 47) (smbcmp-comparison-counts smbcmp-compare-view-comparison)))
        (should (string-match-p "^First status: CREATE new:" (compare-view-test--text)))))
    (should (equal '(opening opening loaded loaded) (nreverse calls)))))

(ert-deftest summary-test-a-capture-closed-meanwhile-is-compared-again ()
  "A capture that is opened again while it is summed up is asked again."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-diff (smbcmp-test-data "good") (smbcmp-test-data "readonly"))
          (with-current-buffer (compare-view-test--buffer)
            (should smbcmp-compare-background-requests)
            (with-current-buffer (smbcmp-compare-view-list 'b) (smbcmp-list-revert))
            (compare-view-test--wait-for-verdict)
            (should (string-match-p "^First status: CREATE new:" (compare-view-test--text)))))
      (dolist (buffer (buffer-list))
        (when (and (buffer-live-p buffer)
                   (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
          (kill-buffer buffer))))))

(provide 'summary-test)
;;; summary-test.el ends here
