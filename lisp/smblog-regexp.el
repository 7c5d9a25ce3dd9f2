;;; smblog-regexp.el --- Emacs' regexps for the index  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Users type Emacs' regexps; the index searches with GRegex, which has
;; Perl's.  Globs of files and functions are turned into such ones, too.

;;; Code:

(require 'cl-lib)

(defun smblog-regexp--class ()
  "Read a character alternative at point, after its \"[\"; return Perl's."
  (let ((start (point)) (text "["))
    (when (eq (char-after) ?^) (forward-char) (setq text "[^"))
    (when (eq (char-after) ?\]) (forward-char) (setq text (concat text "\\]")))
    (while (not (memq (char-after) '(?\] nil)))
      (cond ((looking-at "\\[:[a-z]+:]")
             (setq text (concat text (match-string 0)))
             (goto-char (match-end 0)))
            (t (when (memq (char-after) '(?\\ ?\[)) (setq text (concat text "\\")))
               (setq text (concat text (string (char-after))))
               (forward-char))))
    (unless (eq (char-after) ?\])
      (signal 'invalid-regexp
              (list (format "Unmatched [ before %s"
                            (buffer-substring start (min (point-max) (+ start 10)))))))
    (forward-char)
    (concat text "]")))

(defun smblog-regexp--escape (char)
  "Return Perl's word for Emacs' backslash and CHAR; point is after them."
  (pcase char
    ((or ?\( ?\) ?\| ?\{ ?\})
     (when (and (eq char ?\() (looking-at "\\?[0-9]+:"))
       (replace-match ""))
     (string char))
    ((or ?< ?>) "\\b")
    (?_ (forward-char) "\\b")
    (?` "\\A")
    (?' "\\z")
    (?= (signal 'invalid-regexp '("\\= means nothing in a log")))
    ((or ?s ?S)
     (let ((class (char-after)))
       (forward-char)
       (pcase class
         ((or ?- ?\s) (if (eq char ?s) "\\s" "\\S"))
         ((or ?w ?_) (if (eq char ?s) "\\w" "\\W"))
         (_ (signal 'invalid-regexp
                    (list (format "\\%c%c means nothing in a log" char class)))))))
    ((or ?c ?C) (signal 'invalid-regexp '("\\c means nothing in a log")))
    ((or ?w ?W ?b ?B (and (pred (<= ?1)) (pred (>= ?9)))) (string ?\\ char))
    ((pred (lambda (char) (string-match-p "[[:alnum:]]" (string char)))) (string char))
    (_ (string ?\\ char))))

(defun smblog-regexp-perl (regexp)
  "Return Perl's form of Emacs' REGEXP.
Signal `invalid-regexp' if there is none."
  (string-match-p regexp "")            ; signals what Emacs finds wrong
  (with-temp-buffer
    (insert regexp)
    (goto-char (point-min))
    (let (parts)
      (while (not (eobp))
        (let ((char (char-after)))
          (forward-char)
          (push (pcase char
                  (?\\ (let ((next (char-after)))
                         (forward-char)
                         (smblog-regexp--escape next)))
                  (?\[ (smblog-regexp--class))
                  ((or ?\( ?\) ?\| ?\{ ?\}) (string ?\\ char))
                  (_ (string char)))
                parts)))
      (apply #'concat (nreverse parts)))))

(defun smblog-regexp-bars (regexp)
  "Return REGEXP with \\| for |, as grep -E and others have it.
The bar itself is [|]."
  (with-temp-buffer
    (insert regexp)
    (goto-char (point-min))
    (while (not (eobp))
      (cond ((eq (char-after) ?\\) (forward-char (min 2 (- (point-max) (point)))))
            ((eq (char-after) ?\[) (forward-char)
             (ignore-errors (smblog-regexp--class)))
            ((eq (char-after) ?|) (insert "\\") (forward-char))
            (t (forward-char))))
    (buffer-string)))

(provide 'smblog-regexp)
;;; smblog-regexp.el ends here
