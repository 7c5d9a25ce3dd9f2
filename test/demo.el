;;; demo.el --- Compare two sample captures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For test/demo.sh.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'smbcmp)

(defconst smbcmp-demo--files
  (mapcar (lambda (folder)
            (expand-file-name (format "test/data/%s/capture.pcapng" folder) smbcmp--root))
          '("good" "readonly"))
  "The captures: smbclient does the same, on a writable and a read-only share.")

(defun smbcmp-demo-show ()
  "Compare the sample captures side by side, where they begin to differ."
  (setq inhibit-startup-screen t)
  (pcase-let ((`(,a ,b) smbcmp-demo--files))
    (smbcmp-diff (concat a ":35") (concat b ":35"))))

(defun smbcmp-demo--say (format &rest arguments)
  "Print a line, ARGUMENTS as FORMAT has them."
  (princ (concat (apply #'format format arguments) "\n")))

(defun smbcmp-demo--label (field)
  "Return the line of FIELD."
  (string-trim-right (dom-attr field 'label)))

(defun smbcmp-demo--print-node (node indent)
  "Print diff NODE, if it is a difference or has one in it, at INDENT."
  (let ((a (dom-attr node 'a)) (b (dom-attr node 'b))
        (margin (make-string indent ?\s)))
    (unless (dom-attr (or a b) 'hidden)
      (pcase (dom-tag node)
        ('only-a (smbcmp-demo--say "    - %s%s" margin (smbcmp-demo--label a)))
        ('only-b (smbcmp-demo--say "    + %s%s" margin (smbcmp-demo--label b)))
        ('changed
         (if (equal (dom-attr a 'label) (dom-attr b 'label))
             (smbcmp-demo--say "      %s%s" margin (smbcmp-demo--label a))
           (smbcmp-demo--say "    - %s%s" margin (smbcmp-demo--label a))
           (smbcmp-demo--say "    + %s%s" margin (smbcmp-demo--label b)))
         (dolist (child (dom-children node))
           (smbcmp-demo--print-node child (+ indent 2))))))))

(defun smbcmp-demo--rules (node)
  "Return the names of the rules that hid a difference in diff NODE."
  (if (eq (dom-tag node) 'ignored)
      (list (dom-attr node 'rule))
    (cl-remove-duplicates (cl-mapcan #'smbcmp-demo--rules (dom-children node))
                          :test #'equal :from-end t)))

(defun smbcmp-demo--print-pair (a b frame)
  "Print what differs between FRAME of capture A and the same of B."
  (let* ((diff (smbcmp-diff-frames a frame b frame))
         (rules (smbcmp-demo--rules diff)))
    (smbcmp-demo--say "Frame %d" frame)
    (cl-loop for (side . capture) in `(("A" . ,a) ("B" . ,b))
             do (smbcmp-demo--say "  %s %s" side
                                  (caar (smbcmp-rows capture (list frame) '("%i")))))
    (smbcmp-demo--say "")
    (if (eq (dom-tag diff) 'same)
        (smbcmp-demo--say "    No difference that matters.")
      (dolist (child (dom-children diff))
        (smbcmp-demo--print-node child 0)))
    (smbcmp-demo--say "    Ignored: %s.\n" (string-join rules ", "))))

(defun smbcmp-demo-print ()
  "Print what differs between the sample captures."
  (pcase-let* ((`(,a ,b) (mapcar #'smbcmp-open smbcmp-demo--files)))
    (smbcmp-demo--say "\nsmbcmp %s: one smbclient script, recorded twice\n" smbcmp-version)
    (cl-loop for (side capture what) in `(("A" ,a "the share is writable")
                                          ("B" ,b "the share is read-only"))
             do (smbcmp-demo--say "  %s %-34s %d frames; %s" side
                                  (file-relative-name (smbcmp-capture-file capture)
                                                      smbcmp--root)
                                  (smbcmp-frame-count capture) what))
    (smbcmp-demo--say "")
    (dolist (frame '(34 35))
      (smbcmp-demo--print-pair a b frame))
    (smbcmp-demo--say "In a terminal, `make demo' shows this in Emacs.")
    (mapc #'smbcmp-close (list a b))))

(provide 'demo)
;;; demo.el ends here
