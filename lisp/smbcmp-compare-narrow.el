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

(defconst smbcmp-compare-narrow--places '(("command" . 4) ("path" . 5) ("status" . 7))
  "Keys of terms, and where exchanges have their values, as the module has them.
A plist of each would take much longer.")

(defun smbcmp-compare-narrow--values (comparison divergence place)
  "Return what the exchanges of DIVERGENCE of COMPARISON have at PLACE, a list."
  (pcase-let ((`(,a . ,b) (smbcmp-divergence-exchanges divergence)))
    (delq nil (list (and a (aref (smbcmp-compare-exchange comparison 'a a) place))
                    (and b (aref (smbcmp-compare-exchange comparison 'b b) place))))))

(defun smbcmp-compare-narrow-terms (comparison divergence)
  "Return the terms, \"KEY:VALUE\", of DIVERGENCE of COMPARISON."
  (cons (format "kind:%s" (smbcmp-divergence-kind divergence))
        (cl-loop for (key . place) in smbcmp-compare-narrow--places
                 append (mapcar (lambda (value) (concat key ":" value))
                                (smbcmp-compare-narrow--values comparison divergence place)))))

(defun smbcmp-compare-narrow--groups ()
  "Return the terms to narrow by as a list of (KEY VALUE...)."
  (mapcar (lambda (group)
            (cons (car group)
                  (mapcar (lambda (term) (substring term (1+ (length (car group)))))
                          (cdr group))))
          (seq-group-by (lambda (term) (car (split-string term ":"))) smbcmp-compare-narrow)))

(defun smbcmp-compare-narrow--passing (comparison)
  "Return a table of the divergences of COMPARISON with the terms to narrow by."
  (let ((groups (smbcmp-compare-narrow--groups))
        (passing (make-hash-table :test #'eq)))
    (cl-loop
     for divergence across (smbcmp-comparison-found comparison)
     when (cl-loop
           for (key . values) in groups
           for place = (cdr (assoc key smbcmp-compare-narrow--places))
           always (if place
                      (cl-some (lambda (own) (member own values))
                               (smbcmp-compare-narrow--values comparison divergence place))
                    (member (symbol-name (smbcmp-divergence-kind divergence)) values)))
     do (puthash divergence t passing))
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
  ;; Nobody needs what is known of an earlier comparison, and all it has.
  (unless (eq comparison (car smbcmp-compare-narrow--known))
    (setq smbcmp-compare-narrow--known nil))
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
            (length (smbcmp-comparison-found comparison)))))

(defun smbcmp-compare-narrow-read (comparison)
  "Ask for the terms to which the divergences of COMPARISON are narrowed."
  (let ((terms (delete-dups
                (cl-loop for divergence across (smbcmp-comparison-found comparison)
                         repeat smbcmp-compare-narrow--offered
                         append (smbcmp-compare-narrow-terms comparison divergence)))))
    (mapcar (lambda (term)
              (if (or (member term terms)
                      (seq-some (lambda (divergence)
                                  (member term (smbcmp-compare-narrow-terms comparison
                                                                            divergence)))
                                (smbcmp-comparison-found comparison)))
                  term
                (user-error "No divergences match %s" term)))
            (delete "" (completing-read-multiple
                        "Only divergences with (empty: all): " terms nil nil
                        (string-join smbcmp-compare-narrow ","))))))

(provide 'smbcmp-compare-narrow)
;;; smbcmp-compare-narrow.el ends here
