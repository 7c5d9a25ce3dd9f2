;;; diff-test.el --- What differs between two frames  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Diffs of frames as data.  What must differ comes from tshark's PDML.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'seq)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function parity--pdml "parity-test" (file arguments))

(defmacro diff-test--with-captures (bindings &rest body)
  "Open the captures in BINDINGS, ((VARIABLE FOLDER) ...), around BODY."
  (declare (indent 1))
  `(let ,(mapcar (lambda (b) `(,(car b) (smbcmp-open (smbcmp-test-data ,(cadr b)))))
                 bindings)
     (unwind-protect (progn ,@body)
       ,@(mapcar (lambda (b) `(smbcmp-close ,(car b))) bindings))))

(defun diff-test--side (diff side)
  "Return the tree that DIFF shows of SIDE: labels and children, in order."
  (let (nodes)
    (dolist (child (dom-children diff))
      (let ((field (dom-attr child side)))
        (when field
          (push (cons (dom-attr field 'label) (diff-test--side child side)) nodes))))
    (nreverse nodes)))

(defun diff-test--outside-p (child made)
  "Return non-nil if CHILD is of the message, but not where MADE, made up, is."
  (cl-flet ((start (node) (dom-attr node 'start))
            (end (node) (+ (dom-attr node 'start) (dom-attr node 'length))))
    (and (dom-attr made 'generated) (not (dom-attr child 'generated))
         (> (dom-attr child 'length) 0)
         (or (< (start child) (start made)) (> (end child) (end made))))))

(defun diff-test--tree (nodes)
  "Return NODES as `diff-test--side' does.
Fields of the message that are in what Wireshark made up are beside that."
  (cl-loop for node in nodes
           for children = (dom-children node)
           for n = (or (cl-position-if (lambda (child) (diff-test--outside-p child node))
                                       children)
                       (length children))
           collect (cons (dom-attr node 'label) (diff-test--tree (seq-take children n)))
           append (diff-test--tree (seq-drop children n))))

(ert-deftest diff-test-nothing-of-either-frame-is-lost ()
  "A diff's two sides are the two frames, every field in its place."
  (diff-test--with-captures ((a "good") (b "readonly") (c "t-compound") (d "smb1"))
    (pcase-dolist (`(,cap-a ,frame-a ,cap-b ,frame-b)
                   `((,a 35 ,b 35) (,a 4 ,d 4) (,a 23 ,a 25) (,c 14 ,c 100)
                     (,a 1 ,d 20) (,c 16 ,b 60) (,a 97 ,b 35) (,d 10 ,d 11)))
      (let ((diff (smbcmp-diff-frames cap-a frame-a cap-b frame-b)))
        (should (equal (diff-test--side diff 'a)
                       (diff-test--tree (dom-children (smbcmp-frame-tree cap-a frame-a)))))
        (should (equal (diff-test--side diff 'b)
                       (diff-test--tree (dom-children (smbcmp-frame-tree cap-b frame-b)))))))))

;;;; Against PDML

(defun diff-test--count (names)
  "Return a sorted list of how often each of NAMES is there."
  (sort (mapcar (lambda (group) (cons (car group) (length (cdr group))))
                (seq-group-by #'identity names))
        (lambda (x y) (string< (car x) (car y)))))

(defun diff-test--pdml-differences (entries-a entries-b)
  "Return the names of fields that ENTRIES-A shows otherwise than ENTRIES-B.
Both are trees of `parity--pdml', with the same fields in the same order."
  (should (equal (mapcar #'cadr entries-a) (mapcar #'cadr entries-b)))
  (cl-loop for (_depth name _showname show) in entries-a
           for (_depth-b _name-b _showname-b show-b) in entries-b
           unless (or (equal name "") (equal show show-b))
           collect name))

(defun diff-test--changed-values (diff)
  "Return the names of the fields in DIFF whose values differ.
Each must be called a change, unless it has parts that are judged in its
stead."
  (let (names)
    (cl-labels ((walk (node)
                  (dolist (child (dom-children node))
                    (let ((a (dom-attr child 'a)) (b (dom-attr child 'b)))
                      (unless (equal (dom-attr a 'value) (dom-attr b 'value))
                        (should (or (eq 'changed (dom-tag child)) (dom-children child)))
                        (push (symbol-name (dom-tag a)) names)))
                    (walk child))))
      (walk diff))
    names))

(ert-deftest diff-test-differences-are-those-of-pdml ()
  "Without rules, what differs is what differs in tshark's PDML: no more, no less."
  (diff-test--with-captures ((a "good") (b "good-again"))
    (let ((total 0))
      (cl-loop
       for frame from 1
       for pdml-a in (parity--pdml (smbcmp-test-data "good") nil)
       for pdml-b in (parity--pdml (smbcmp-test-data "good-again") nil)
       do (let ((ours (diff-test--changed-values (smbcmp-diff-frames a frame b frame t)))
                (theirs (diff-test--pdml-differences pdml-a pdml-b)))
            (cl-incf total (length ours))
            (should (equal (cons frame (diff-test--count ours))
                           (cons frame (diff-test--count theirs))))))
      (should (> total 443)))))

(ert-deftest diff-test-two-runs-of-one-case-do-not-differ ()
  "With the shipped rules, no frame of two recordings of one scenario differs."
  (diff-test--with-captures ((a "good") (b "good-again"))
    (dotimes (i (smbcmp-frame-count a))
      (should (eq 'same (dom-tag (smbcmp-diff-frames a (1+ i) b (1+ i))))))))

(ert-deftest diff-test-what-matters-is-found-among-noise ()
  "A refused create differs in its status, which no rule hides."
  (diff-test--with-captures ((a "good") (b "readonly"))
    (let* ((diff (smbcmp-diff-frames a 35 b 35))
           (leaf (cl-find 'smb2.nt_status (smbcmp-diff-leaves diff)
                          :key (lambda (leaf) (dom-tag (dom-attr leaf 'a))))))
      (should (eq 'changed (dom-tag diff)))
      (should (eq 'changed (dom-tag leaf)))
      (should (= 0 (dom-attr (dom-attr leaf 'a) 'value)))
      (should (= #xc0000022 (dom-attr (dom-attr leaf 'b) 'value))))
    ;; The requests are the same but for what every run chooses anew.
    (should (eq 'same (dom-tag (smbcmp-diff-frames a 34 b 34))))))

(defun diff-test--values-of (diff field kind side)
  "Return the values of FIELD, a symbol, on SIDE of the nodes of DIFF of KIND."
  (let (values)
    (cl-labels ((walk (node)
                  (dolist (child (dom-children node))
                    (when (and (eq kind (dom-tag child))
                               (eq field (dom-tag (dom-attr child side))))
                      (push (dom-attr (dom-attr child side) 'value) values))
                    (walk child))))
      (walk diff))
    (nreverse values)))

(defun diff-test--kinds-of (diff field)
  "Return the kinds of the nodes of DIFF for FIELD, a symbol."
  (let (kinds)
    (cl-labels ((walk (node)
                  (dolist (child (dom-children node))
                    (when (eq field (dom-tag (or (dom-attr child 'a) (dom-attr child 'b))))
                      (push (dom-tag child) kinds))
                    (walk child))))
      (walk diff))
    (nreverse kinds)))

(ert-deftest diff-test-a-missing-entry-does-not-shift-the-others ()
  "A directory entry that one listing lacks is one difference."
  (diff-test--with-captures ((a "good"))
    ;; The listing of the share (. .. hello.txt docs), that of docs\\* (. .. a.bin).
    (let ((diff (smbcmp-diff-frames a 23 a 99)))
      (cl-flet ((names (kind side)
                  (diff-test--values-of diff 'smb2.filename kind side)))
        (should (equal '("." "..") (names 'same 'a)))
        (should (equal '("docs") (names 'only-a 'a)))
        ;; One entry gave way to another.
        (should (equal '("hello.txt") (names 'changed 'a)))
        (should (equal '("a.bin") (names 'changed 'b)))))))

;;;; Rules

(ert-deftest diff-test-a-rule-says-what-it-hid ()
  "An ignored difference names its rule; without rules it is a change."
  (diff-test--with-captures ((a "good") (b "good-again"))
    (let ((rules '((:name "my session" :kind identifier :field "smb2.sesid"))))
      (cl-flet ((find-node (diff)
                  (let (found)
                    (cl-labels ((walk (node)
                                  (dolist (child (dom-children node))
                                    (when (eq 'smb2.sesid (dom-tag (dom-attr child 'a)))
                                      (setq found child))
                                    (walk child))))
                      (walk diff))
                    found)))
        (let ((hidden (find-node (smbcmp-diff-frames a 34 b 34 rules)))
              (shown (find-node (smbcmp-diff-frames a 34 b 34 t))))
          (should (eq 'ignored (dom-tag hidden)))
          (should (equal "my session" (dom-attr hidden 'rule)))
          (should (eq 'changed (dom-tag shown))))))))

(ert-deftest diff-test-a-users-rule-comes-last ()
  "What you say of a field holds over what the shipped rules say."
  (diff-test--with-captures ((a "good") (b "good-again"))
    (let ((smbcmp-user-rules nil))
      (smbcmp-rules-toggle "smb2.sesid" t)
      (should (equal '((:kind meaningful :field "smb2.sesid")) smbcmp-user-rules))
      (should (memq 'changed (diff-test--kinds-of (smbcmp-diff-frames a 34 b 34)
                                                  'smb2.sesid)))
      (smbcmp-rules-toggle "smb2.sesid" nil)
      (should-not smbcmp-user-rules)
      (should (eq 'same (dom-tag (smbcmp-diff-frames a 34 b 34)))))))

(ert-deftest diff-test-rules-of-all-kinds-can-be-customized ()
  "What the shipped rules say that fields are, M-x customize offers to users."
  (let ((offered (flatten-tree (get 'smbcmp-user-rules 'custom-type))))
    (dolist (rule (smbcmp-rules-shipped))
      (should (memq (plist-get rule :kind) offered)))))

(ert-deftest diff-test-a-malformed-rule-is-told ()
  "A rule that can't be understood is an error that shows it."
  (diff-test--with-captures ((a "good"))
    (pcase-dolist (`(,rule . ,words)
                   '(((:kind volatile) . "needs :field")
                     ((:kind sometimes :field "smb2.cmd") . "needs a :kind")
                     ((:field "smb2.cmd") . "needs a :kind")
                     ((:kind volatile :regexp "(smb2") . "(smb2")))
      (let ((err (should-error (smbcmp-diff-frames a 1 a 1 (list rule))
                               :type 'smbcmp-error)))
        (should (string-match-p (regexp-quote words) (smbcmp-error-message err)))))))

(ert-deftest diff-test-no-such-frame ()
  "A frame that isn't there is an error that names capture and frame."
  (diff-test--with-captures ((a "good"))
    (let ((err (should-error (smbcmp-diff-frames a 1 a 115) :type 'smbcmp-frame-error)))
      (should (string-match-p "capture\\.pcapng.*115" (smbcmp-error-message err))))
    (should-error (smbcmp-diff-frames a 0 a 1) :type 'smbcmp-frame-error)
    (should-error (smbcmp-diff-frames a "1" a 1))))

;; The responses to CREATE of a writable and a read-only share: IP's total length differs,
;; as does each size below SMB; only what SMB says is told.
(ert-deftest diff-test-what-carries-smb-may-differ ()
  (let ((a (smbcmp-open (smbcmp-test-data "good"))) (b (smbcmp-open (smbcmp-test-data "readonly"))))
    (unwind-protect
        (let (found)
          (cl-labels ((walk (node above)
                        (when (consp node)
                          (let ((tag (or (car (dom-attr node 'a)) (car (dom-attr node 'b)) above)))
                            (when (memq (car node) '(changed only-a only-b)) (push tag found))
                            (dolist (child (dom-children node)) (walk child tag))))))
            (walk (smbcmp-diff-frames a 35 b 35) nil))
          (should (memq 'smb2.nt_status found))
          (should-not (cl-find-if (lambda (tag)
                                    (string-match-p "\\`\\(frame\\|eth\\|ip\\|tcp\\|nbss\\)\\(\\.\\|\\'\\)"
                                                    (symbol-name tag)))
                                  found)))
      (smbcmp-close a)
      (smbcmp-close b))))

(provide 'diff-test)
;;; diff-test.el ends here
