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

(defconst smbcmp-compare-narrow--offered 5000
  "Divergences whose terms are offered for completion, the first ones.")

(defun smbcmp-compare-narrow--exchanges (comparison divergence)
  "Return the exchanges of COMPARISON that DIVERGENCE is about, one or two."
  (cl-loop for number in (let ((pair (plist-get divergence :exchanges)))
                           (list (car pair) (cdr pair)))
           for side in '(a b)
           when number collect (smbcmp-comparison-exchange comparison side number)))

(defun smbcmp-compare-narrow-terms (comparison divergence)
  "Return the terms, \"KEY:VALUE\", of DIVERGENCE of COMPARISON."
  (let ((exchanges (smbcmp-compare-narrow--exchanges comparison divergence)))
    (cons (format "kind:%s" (plist-get divergence :kind))
          (cl-loop for key in '(:command :path :status)
                   append (cl-loop for exchange in exchanges
                                   for value = (plist-get exchange key)
                                   when value
                                   collect (format "%s:%s" (substring (symbol-name key) 1)
                                                   value))))))

(defun smbcmp-compare-narrow--passes-p (comparison divergence)
  "Return non-nil if DIVERGENCE of COMPARISON has the terms to narrow by."
  (let ((own (and (plist-get divergence :kind)
                  (smbcmp-compare-narrow-terms comparison divergence))))
    (cl-loop for (_ . terms) in (seq-group-by (lambda (term) (car (split-string term ":")))
                                              smbcmp-compare-narrow)
             always (seq-intersection terms own))))

(defun smbcmp-compare-narrow-tree (comparison nodes)
  "Return those of NODES that are to be shown.
They are as `smbcmp-compare-report-tree' has them of COMPARISON.  A cause
stays if one of its consequences does."
  (if (null smbcmp-compare-narrow) nodes
    (cl-loop for (number divergence . consequences) in nodes
             for kept = (smbcmp-compare-narrow-tree comparison consequences)
             when (or kept (smbcmp-compare-narrow--passes-p comparison divergence))
             collect (cl-list* number divergence kept))))

(defun smbcmp-compare-narrow-line (comparison)
  "Return a line that says to what the divergences of COMPARISON are narrowed."
  (if (null smbcmp-compare-narrow) ""
    (format "Only %s: %d of %d divergences\n" (string-join smbcmp-compare-narrow ", ")
            (cl-count-if (lambda (d) (smbcmp-compare-narrow--passes-p comparison d))
                         (smbcmp-comparison-divergences comparison))
            (length (smbcmp-comparison-divergences comparison)))))

(defun smbcmp-compare-narrow-read (comparison)
  "Ask for the terms to which the divergences of COMPARISON are narrowed."
  (let ((terms (delete-dups
                (cl-loop for divergence in (seq-take (smbcmp-comparison-divergences comparison)
                                                     smbcmp-compare-narrow--offered)
                         append (smbcmp-compare-narrow-terms comparison divergence)))))
    (mapcar (lambda (term)
              (if (member term terms) term
                (user-error "No divergence has %s" term)))
            (delete "" (completing-read-multiple
                        "Only divergences with (empty: all): " terms nil nil
                        (string-join smbcmp-compare-narrow ","))))))

(provide 'smbcmp-compare-narrow)
;;; smbcmp-compare-narrow.el ends here
