;;; narrow-test.el --- Narrowed comparisons, and rules  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A comparison restricted to fields, its summary narrowed, and the list of
;; rules, driven by keys.

;;; Code:

(require 'cl-lib)
(require 'compare-view-test)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function pair-test--key "pair-test" (keys))
(declare-function pair-test--wait "pair-test" (condition))

(defun narrow-test--kinds ()
  "Return the kinds of the divergences this buffer shows, each once."
  (delete-dups
   (cl-loop for line in (compare-view-test--lines "\\`[-0-9/]+ +[-0-9/]+ +[a-z]")
            collect (nth 2 (split-string line)))))

(ert-deftest narrow-test-a-summary-by-kind-command-path-status ()
  "f shows divergences with what is asked for, \\ all, and those again."
  (compare-view-test--with "good" "readonly"
    (let ((all (compare-view-test--text)))
      (should (member "only-a" (narrow-test--kinds)))
      (execute-kbd-macro (kbd "f kind:status RET"))
      (should (equal '("status") (cl-remove "response" (narrow-test--kinds))))
      (should (compare-view-test--lines "^Only kind:status: [1-9]"))
      (execute-kbd-macro (kbd "\\"))
      (should (equal all (compare-view-test--text)))
      (execute-kbd-macro (kbd "\\"))
      (should-not (equal all (compare-view-test--text)))
      (execute-kbd-macro (kbd "f C-a C-k command:CLOSE RET"))
      (should (compare-view-test--lines "CLOSE new: only in A"))
      (should-not (compare-view-test--lines "WRITE new"))
      (execute-kbd-macro (kbd "f C-a C-k path:new\\up.bin,command:CREATE RET"))
      ;; It is below what caused it.
      (should (= 1 (length (compare-view-test--lines "CREATE new.up.bin:"))))
      (should-not (compare-view-test--lines "CREATE hello.txt:"))
      (execute-kbd-macro (kbd "f C-a C-k status:STATUS_OBJECT_PATH_NOT_FOUND RET"))
      (should (compare-view-test--lines "^Only [^:]*:[^:]*: 1 of 1?[0-9] divergences"))
      (should (equal '(user-error "No divergences match kind:nosuch")
                     (should-error (execute-kbd-macro (kbd "f C-a C-k kind:nosuch RET")))))
      (execute-kbd-macro (kbd "f C-a C-k RET"))
      (should (equal all (compare-view-test--text))))))

(ert-deftest narrow-test-n-goes-by-what-is-shown ()
  "n and M-g n go to what a narrowed summary shows."
  (compare-view-test--with "good" "readonly"
    (execute-kbd-macro (kbd "f command:CLOSE RET M-<"))
    (let ((rows nil))
      (ignore-errors (while t (execute-kbd-macro "n")
                            (push (smbcmp-compare-view-row-at-point) rows)))
      (should (= (length rows) (length (compare-view-test--lines
                                        "\\`[-0-9/]+ +[-0-9/]+ +[a-z]")))))))

(ert-deftest narrow-test-an-earlier-comparison-is-forgotten ()
  "What was narrowed of an earlier comparison is not kept, with all it has."
  (compare-view-test--with "good" "readonly"
    (let ((earlier smbcmp-compare-view-comparison))
      (execute-kbd-macro (kbd "f kind:status RET \\"))
      (execute-kbd-macro (kbd "g"))
      (pair-test--wait (lambda () (and (null smbcmp-compare-background-state)
                                       (not (eq earlier smbcmp-compare-view-comparison)))))
      (should-not (memq earlier smbcmp-compare-narrow--known)))))

(ert-deftest narrow-test-a-comparison-of-some-fields ()
  "F compares only the fields asked for, completed; an empty answer has all again."
  (compare-view-test--with "good" "readonly"
    (let ((all (compare-view-test--text)))
      (should (compare-view-test--lines "TREE CONNECT .*: Access Mask"))
      (should-not (compare-view-test--lines "FIND docs .*Filename: readme.txt"))
      (execute-kbd-macro (kbd "F smb2.filena TAB RET"))
      (compare-view-test--wait-for-verdict)
      (should (equal '("smb2.filename") smbcmp-rules-fields))
      (should-not (compare-view-test--lines "TREE CONNECT .*: Access Mask"))
      (should (compare-view-test--lines "FIND docs .*Filename: readme.txt"))
      ;; Statuses are compared all the same.
      (should (compare-view-test--lines "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED"))
      (should-error (smbcmp-compare-view-restrict '("smb2.nosuch")) :type 'user-error)
      (execute-kbd-macro (kbd "F C-a C-k RET"))
      (compare-view-test--wait-for-verdict)
      (should (equal all (compare-view-test--text))))))

;;;; Rules

(defmacro narrow-test--with-rules (&rest body)
  "Do BODY with rules as they are shipped."
  (declare (indent 0))
  `(let ((smbcmp-user-rules nil) (smbcmp-rules-off nil))
     (unwind-protect (progn ,@body)
       (when (get-buffer "*smbcmp rules*") (kill-buffer "*smbcmp rules*")))))

(defun narrow-test--divergences ()
  "Wait for the comparison; return how many divergences it has."
  (compare-view-test--wait-for-verdict)
  (with-current-buffer (compare-view-test--buffer)
    (length (smbcmp-comparison-divergences smbcmp-compare-view-comparison))))

(ert-deftest narrow-test-rules-are-switched-off-and-on ()
  "RET on what was ignored goes to its rule; t there switches it off, t again on."
  (compare-view-test--with "good" "good-again"
    (narrow-test--with-rules
      (goto-char (point-min))
      (re-search-forward "^ +[0-9]+  session id$")
      (pair-test--key "RET")
      (should (derived-mode-p 'smbcmp-rules-mode))
      (should (equal "session id" (smbcmp-rules-name (tabulated-list-get-id))))
      (execute-kbd-macro (kbd "C-u t"))
      (should (equal "off" (aref (tabulated-list-get-entry) 0)))
      (should (> (narrow-test--divergences) 0))
      (set-buffer "*smbcmp rules*")
      (execute-kbd-macro (kbd "C-u t"))
      (should (equal "on" (aref (tabulated-list-get-entry) 0)))
      (should (= 0 (narrow-test--divergences))))))

(ert-deftest narrow-test-rules-are-added-edited-deleted-and-saved ()
  "a adds a rule of the user's, RET edits it, d deletes it, A saves."
  (narrow-test--with-rules
    (save-window-excursion
      (execute-kbd-macro (kbd "M-x smbcmp-list-rules RET"))
      (set-buffer "*smbcmp rules*")
      (should (= (length (smbcmp-rules-shipped)) (length tabulated-list-entries)))
      (should-error (execute-kbd-macro "d"))
      (should-error (execute-kbd-macro (kbd "RET")))
      (execute-kbd-macro
       (vconcat (kbd "a C-a C-k") "(:kind volatile :field \"smb2.nosuch\")" (kbd "RET")))
      (should (equal '((:kind volatile :field "smb2.nosuch")) smbcmp-user-rules))
      (goto-char (point-min))
      (execute-kbd-macro
       (vconcat (kbd "RET C-a C-k") "(:kind meaningful :field \"smb2.nosuch\")" (kbd "RET")))
      (should (equal '((:kind meaningful :field "smb2.nosuch")) smbcmp-user-rules))
      (should-error
       (execute-kbd-macro (vconcat (kbd "RET C-a C-k") "(:field \"smb2.nosuch\")" (kbd "RET"))))
      (should (equal '((:kind meaningful :field "smb2.nosuch")) smbcmp-user-rules))
      (let (saved)
        (cl-letf (((symbol-function 'customize-save-variable)
                   (lambda (variable value &rest _) (push (cons variable value) saved))))
          (execute-kbd-macro "tA"))
        (should (equal `((smbcmp-rules-off . ,smbcmp-user-rules)
                         (smbcmp-user-rules . ,smbcmp-user-rules))
                       saved)))
      (goto-char (point-min))
      (execute-kbd-macro "d")
      (should-not smbcmp-user-rules))))

(provide 'narrow-test)
;;; narrow-test.el ends here
