;;; smbcmp-replay-structures.el --- What is in buffers of requests, as Python  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Names the fields of what SMB2 carries: contexts, input of control codes,
;; information that is set.  The structures are in
;; smbcmp-replay-structures.eld.  What does not have the form that its
;; structure says stays bytes, so that the same is sent again in any case.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-replay-fields)

(defvar smbcmp-replay-structures--table nil
  "What smbcmp-replay-structures.eld has, once it was read.")

(defun smbcmp-replay-structures--table ()
  "Return what smbcmp-replay-structures.eld has."
  (or smbcmp-replay-structures--table
      (setq smbcmp-replay-structures--table
            (read (smbcmp-replay-file "smbcmp-replay-structures.eld")))))

(defun smbcmp-replay-structures--size (name)
  "Return the size of the structure NAME, all of whose fields are numbers."
  (apply #'+ (mapcar #'cadr (nth 3 (smbcmp-replay-structures--named name)))))

(defun smbcmp-replay-structures--named (name)
  "Return the row of the structure NAME."
  (seq-find (lambda (row) (equal name (nth 2 row))) (smbcmp-replay-structures--table)))

(defun smbcmp-replay-structures--length (kind count known rest)
  "Return how many bytes a field of KIND and COUNT has.
KNOWN are fields before it, an alist, REST how many bytes there are."
  (let ((n (if (stringp count) (cdr (assoc count known)) count)))
    (if (null n) rest
      (pcase kind
        ((or 'bytes 'string) n)
        ('numbers (* 2 n))
        (_ (* n (smbcmp-replay-structures--size kind)))))))

(defun smbcmp-replay-structures--value (name kind bytes)
  "Return the expression for BYTES, of the field NAME of KIND, or nil."
  (pcase kind
    ((pred integerp) (smbcmp-replay-field name (if (= kind 16) bytes
                                                 (smbcmp-replay-number bytes 0 kind))
                                          nil))
    ('bytes (smbcmp-replay-bytes bytes))
    ('string (smbcmp-replay-string bytes))
    ('numbers (smbcmp-replay-numbers bytes))
    (_ (let ((size (smbcmp-replay-structures--size kind)))
         (format "[%s]"
                 (mapconcat (lambda (at)
                              (smbcmp-replay-structures--expression
                               (smbcmp-replay-structures--named kind)
                               (substring bytes at (+ at size))))
                            (number-sequence 0 (- (length bytes) size) size)
                            ", "))))))

(defun smbcmp-replay-structures--expression (row bytes)
  "Return the expression for BYTES by ROW of the table.
It is nil if they have another form."
  (let ((at 0) (size (length bytes)) known parts counted)
    (catch 'other
      (pcase-dolist (`(,name ,kind ,count) (nth 3 row))
        (let ((length (if (integerp kind) kind
                        (smbcmp-replay-structures--length kind count known (- size at)))))
          (when (> (+ at length) size) (throw 'other nil))
          (let ((part (substring bytes at (+ at length))))
            (push (cons name (and (integerp kind) (smbcmp-replay-number part 0 kind))) known)
            (when (stringp count) (push count counted))
            (push (cons name (smbcmp-replay-structures--value name kind part)) parts))
          (setq at (+ at length))))
      (format "%s(%s%s)" (nth 2 row)
              (mapconcat (pcase-lambda (`(,name . ,value))
                           (format "%s=%s" name (if (member name counted) "AUTO" value)))
                         (reverse parts) ", ")
              (if (= at size) ""
                (format ", Rest=%s" (smbcmp-replay-bytes (substring bytes at))))))))

(defun smbcmp-replay-structure (where key bytes)
  "Return the expression for BYTES, a buffer in WHERE that KEY says more of.
See smbcmp-replay-structures.eld for WHERE and KEY."
  (let ((row (seq-find (lambda (row) (and (eq where (car row)) (equal key (cadr row))))
                       (smbcmp-replay-structures--table))))
    (or (and row (not (equal bytes "")) (smbcmp-replay-structures--expression row bytes))
        (smbcmp-replay-bytes bytes))))

(defun smbcmp-replay-structures-python ()
  "Return the table of structures as a dictionary of Python."
  (format "{\n%s}"
          (mapconcat
           (pcase-lambda (`(,name ,fields))
             (format "    \"%s\": [%s],\n" name
                     (mapconcat
                      (pcase-lambda (`(,field ,kind ,count))
                        (format "(\"%s\", %s, %s)" field
                                (if (integerp kind) kind (format "\"%s\"" kind))
                                (if (stringp count) (format "\"%s\"" count) "None")))
                      fields ", ")))
           (seq-uniq (mapcar #'cddr (smbcmp-replay-structures--table)))
           "")))

(provide 'smbcmp-replay-structures)
;;; smbcmp-replay-structures.el ends here
