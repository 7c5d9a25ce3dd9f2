;;; smbcmp-diff.el --- What differs between two frames  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Diffs of field trees as Lisp data.  A diff node is a dom node: its tag
;; says what happened (`same', `changed', `ignored', `only-a', `only-b'),
;; its attributes `a' and `b' hold the two fields, `rule' the name of the
;; rule by which the difference does not matter; children follow.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'smbcmp-capture)
(require 'smbcmp-rules)

(declare-function smbcmp--module-diff "smbcmp-module.so" (a b rules))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

(defun smbcmp-diff-frames (cap-a frame-a cap-b frame-b &optional rules)
  "Return what differs between FRAME-A of CAP-A and FRAME-B of CAP-B.
RULES, property lists as in `smbcmp-user-rules', say which differences
don't matter; the default is what `smbcmp-rules' returns, t means none.
The value is a diff node, a dom node:

  (KIND ((a . FIELD) (b . FIELD) (rule . NAME)) CHILD...)

KIND is `same', `changed' (by itself or something below it), `ignored'
\(a rule says that the difference does not matter), `only-a' or
`only-b'.  FIELD is the node of the frame's tree, see
`smbcmp-frame-tree'.  The root's KIND is `same' or `changed'.
Signal `smbcmp-frame-error' if there is no such frame, `smbcmp-error'
for a malformed rule."
  (smbcmp-capture-check-frame cap-a frame-a)
  (smbcmp-capture-check-frame cap-b frame-b)
  (let ((a (smbcmp-capture-call cap-a "tree" (list :frame frame-a) nil t))
        (b (smbcmp-capture-call cap-b "tree" (list :frame frame-b) nil t)))
    (unwind-protect
        (smbcmp--module-diff a b (smbcmp-rules-for-module
                                  (cond ((eq rules t) nil)
                                        (rules)
                                        (t (smbcmp-rules)))))
      (smbcmp--module-release a)
      (smbcmp--module-release b))))

(defun smbcmp-diff-leaves (diff)
  "Return the nodes of DIFF that are differences themselves, in order.
That is those of which a part that has no parts differs, and what is on
one side only, without what is below it."
  (let (leaves)
    (cl-labels ((walk (node)
                  (dolist (child (dom-children node))
                    (pcase (dom-tag child)
                      ((or 'only-a 'only-b) (push child leaves))
                      ('changed
                       (let ((before leaves))
                         (walk child)
                         ;; Nothing below it matters: it differs by itself.
                         (when (eq before leaves) (push child leaves))))))))
      (walk diff))
    (nreverse leaves)))

(provide 'smbcmp-diff)
;;; smbcmp-diff.el ends here
