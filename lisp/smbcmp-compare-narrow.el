;;; smbcmp-compare-narrow.el --- Show some of the divergences  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A summary narrowed to divergences of some kind, command, path or status.
;; What is compared stays the same; see `smbcmp-compare-view-filter' and
;; `smbcmp-compare-view-restrict' for that.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-compare)

(defvar-local smbcmp-compare-narrow nil
  "Terms that divergences shown have, a list of \"KEY:VALUE\"; nil for all.
Of several with the same key they have one.")

(defconst smbcmp-compare-narrow--offered 1000
  "Divergences whose terms are offered for completion, the first ones.")

(defun smbcmp-compare-narrow-terms (comparison divergence)
  "Return the terms, \"KEY:VALUE\", of DIVERGENCE of COMPARISON."
  (pcase-let ((`(,a . ,b) (plist-get divergence :exchanges)))
    (cons (format "kind:%s" (plist-get divergence :kind))
          (cl-loop for (side n) in `((a ,a) (b ,b))
                   when n append
                   ;; As the module has it: a plist would take much longer.
                   (let ((exchange (smbcmp-compare-exchange comparison side n)))
                     (cl-loop for (key . place) in '(("command:" . 4) ("path:" . 5)
                                                     ("status:" . 7))
                              for value = (aref exchange place)
                              when value collect (concat key value)))))))

(defun smbcmp-compare-narrow--passing (comparison)
  "Return a table of the divergences of COMPARISON with the terms to narrow by."
  (let ((groups (mapcar #'cdr (seq-group-by (lambda (term) (car (split-string term ":")))
                                            smbcmp-compare-narrow)))
        (passing (make-hash-table :test #'eq)))
    (dolist (divergence (smbcmp-comparison-divergences comparison))
      (let ((own (smbcmp-compare-narrow-terms comparison divergence)))
        (when (cl-loop for terms in groups always (cl-some (lambda (term) (member term own))
                                                           terms))
          (puthash divergence t passing))))
    passing))

(defvar-local smbcmp-compare-narrow--known nil
  "(COMPARISON TERMS TABLE): which divergences of COMPARISON have TERMS.")

(defun smbcmp-compare-narrow--table (comparison)
  "Return what `smbcmp-compare-narrow--passing' does of COMPARISON; keep it."
  (pcase-let ((`(,known ,terms ,_) smbcmp-compare-narrow--known))
    (unless (and (eq known comparison) (equal terms smbcmp-compare-narrow))
      (setq smbcmp-compare-narrow--known
            (list comparison smbcmp-compare-narrow
                  (smbcmp-compare-narrow--passing comparison)))))
  (nth 2 smbcmp-compare-narrow--known))

(defun smbcmp-compare-narrow-tree (comparison nodes)
  "Return those of NODES that are to be shown.
They are as `smbcmp-compare-report-tree' has them of COMPARISON.  A cause
stays if one of its consequences does."
  (if (null smbcmp-compare-narrow) nodes
    (smbcmp-compare-narrow--nodes nodes (smbcmp-compare-narrow--table comparison))))

(defun smbcmp-compare-narrow--nodes (nodes passing)
  "Return those of NODES that are in the table PASSING, or have some below them."
  (cl-loop for (number divergence . consequences) in nodes
           for kept = (smbcmp-compare-narrow--nodes consequences passing)
           when (or kept (gethash divergence passing))
           collect (cl-list* number divergence kept)))

(defun smbcmp-compare-narrow-line (comparison)
  "Return a line that says to what the divergences of COMPARISON are narrowed."
  (if (null smbcmp-compare-narrow) ""
    (format "Only %s: %d of %d divergences\n" (string-join smbcmp-compare-narrow ", ")
            (hash-table-count (smbcmp-compare-narrow--table comparison))
            (length (smbcmp-comparison-divergences comparison)))))

(defun smbcmp-compare-narrow-read (comparison)
  "Ask for the terms to which the divergences of COMPARISON are narrowed."
  (let ((terms (delete-dups
                (cl-loop for divergence in (seq-take (smbcmp-comparison-divergences comparison)
                                                     smbcmp-compare-narrow--offered)
                         append (smbcmp-compare-narrow-terms comparison divergence)))))
    (mapcar (lambda (term)
              (if (or (member term terms)
                      (seq-some (lambda (divergence)
                                  (member term (smbcmp-compare-narrow-terms comparison
                                                                            divergence)))
                                (nthcdr smbcmp-compare-narrow--offered
                                        (smbcmp-comparison-divergences comparison))))
                  term
                (user-error "No divergence has %s" term)))
            (delete "" (completing-read-multiple
                        "Only divergences with (empty: all): " terms nil nil
                        (string-join smbcmp-compare-narrow ","))))))

(provide 'smbcmp-compare-narrow)
;;; smbcmp-compare-narrow.el ends here
