;;; smbcmp-compare-label.el --- A divergence in a line  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What differs between two exchanges, in SMB's words and in one line: what
;; the exchange is, what it is in A, what it is in B.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)

(defun smbcmp-compare-label (divergence a b)
  "Say in a line what DIVERGENCE, a plist, between exchanges A and B is."
  (let ((what (plist-get (or a b) :label)))
    (pcase (plist-get divergence :kind)
      ((or 'only-a 'only-b)
       (format "%s%s: only in %s" what
               (if-let* ((count (and (plist-get (or a b) :opaque)
                                     (plist-get divergence :count))))
                   (format ", %d message%s without a key" count (if (= count 1) "" "s"))
                 "")
               (if a "A" "B")))
      ('order (let ((more (1- (plist-get divergence :count))))
                (format "%s: in another place%s" what
                        (if (zerop more) "" (format ", and %d that follow" more)))))
      ('status (smbcmp-compare-label--line what (plist-get a :status) (plist-get b :status)))
      ('slower (smbcmp-compare-label--line
                what (smbcmp-compare-label-seconds (plist-get a :duration))
                (smbcmp-compare-label-seconds (plist-get b :duration))))
      ('identifier (smbcmp-compare-label--identifier what divergence))
      (_ (smbcmp-compare-label--fields what divergence a b)))))

(defun smbcmp-compare-label--line (what a b)
  "Say that WHAT is A in A and B in B."
  (format "%s: %s / %s" what (or a "none") (or b "none")))

(defun smbcmp-compare-label-seconds (seconds)
  "Return SECONDS as people write it."
  (if (< seconds 1) (format "%.3g ms" (* 1000 seconds)) (format "%.3g s" seconds)))

(defun smbcmp-compare-label--identifier (what divergence)
  "Say whose identifiers WHAT uses in DIVERGENCE."
  (pcase-let ((`(,rule ,seen-a ,seen-b) (car (plist-get divergence :identifiers))))
    (cl-flet ((of (seen) (cond ((null seen) "of nothing known")
                               ((member (nth 1 seen) '(nil ""))
                                (format "of frame %d" (nth 2 seen)))
                               (t (format "of %s" (nth 1 seen))))))
      (smbcmp-compare-label--line what (concat rule " " (of seen-a)) (of seen-b)))))

(defun smbcmp-compare-label--plain (label)
  "Return LABEL, a field's line, without the picture of its bits."
  (if (and label (string-match "\\`[01. ]+ = " label))
      (substring label (match-end 0))
    label))

(defun smbcmp-compare-label--field (what a b)
  "Say that a field of WHAT has the line A in A and B in B, its name once."
  (let* ((a (smbcmp-compare-label--plain a))
         (b (smbcmp-compare-label--plain b))
         (name (and a b (string-match "\\`[^:]+: " a) (match-string 0 a))))
    (smbcmp-compare-label--line what a (if (and name (string-prefix-p name b))
                                           (substring b (length name))
                                         b))))

(defun smbcmp-compare-label--telling (divergence)
  "Return that field of DIVERGENCE, a plist, to name in a line.
The dialect agreed on comes before all that depends on it.  Otherwise it
is one of the first PDU that differs.  What is longer, or elsewhere for
that, has something else in it."
  (let* ((fields (plist-get divergence :fields))
         (first (seq-take fields (or (plist-get divergence :lead) (length fields)))))
    (or (cl-find-if (pcase-lambda (`(,field ,a ,b)) (and a b (eq field 'smb2.dialect))) fields)
        (cl-find-if-not (lambda (field)
                          (string-match-p "[._]\\(?:length\\|len\\|offset\\)\\'"
                                          (symbol-name (car field))))
                        first)
        (car fields))))

(defun smbcmp-compare-label-mask (divergence fields)
  "Return the :mask of DIVERGENCE, of which FIELDS are the fields, or nil.
These are as `smbcmp--module-compare-fields' has them: bits tell the
integer they are in."
  (let* ((telling (smbcmp-compare-label--telling divergence))
         (mask (nthcdr 3 (seq-find (lambda (field) (equal (seq-take field 3) telling))
                                   fields)))
         (bits (and mask (cl-remove mask fields :key (lambda (field) (nthcdr 3 field))
                                    :test-not #'equal))))
    (when (cdr bits)
      (append mask (mapcar (lambda (field) (seq-take field 3)) bits)))))

(defun smbcmp-compare-label--bits (bits)
  "Name BITS, fields that have (FIELD LABEL-A LABEL-B)."
  (let ((more (- (length bits) 3)))
    (concat (mapconcat (pcase-lambda (`(,_ ,a ,_))
                         (car (split-string (smbcmp-compare-label--plain a) ": ")))
                       (seq-take bits 3) ", ")
            (if (> more 0) (format " and %d more" more) ""))))

(defun smbcmp-compare-label--fields (what divergence a b)
  "Say what fields of WHAT differ in DIVERGENCE, between exchanges A and B."
  (let ((fields (plist-get divergence :fields)))
    (cond
     ((not (eq (plist-get a :smb1) (plist-get b :smb1)))
      (smbcmp-compare-label--line what (if (plist-get a :smb1) "SMB1" "SMB2")
                                  (if (plist-get b :smb1) "SMB1" "SMB2")))
     ((plist-get divergence :encryption)
      (smbcmp-compare-label--line what
                                  (if (plist-get a :encrypted) "encrypted" "not encrypted")
                                  (if (plist-get b :encrypted) "encrypted" "not encrypted")))
     (fields (smbcmp-compare-label--values what divergence))
     ((not (eq (null (plist-get a :response)) (null (plist-get b :response))))
      (smbcmp-compare-label--line what
                                  (or (plist-get a :status) "no response")
                                  (or (plist-get b :status) "no response")))
     ((not (eq (null (plist-get a :request)) (null (plist-get b :request))))
      (smbcmp-compare-label--line what
                                  (if (plist-get a :request) "request" "no request")
                                  (if (plist-get b :request) "request" "no request")))
     (t (format "%s: %s differs" what (plist-get divergence :kind))))))

(defun smbcmp-compare-label--values (what divergence)
  "Say what the field of WHAT that tells most of DIVERGENCE is in A and in B.
Where several bits of an integer differ, that is the integer."
  (pcase-let* ((`(,_ ,field-a ,field-b) (smbcmp-compare-label--telling divergence))
               (`(,mask-a ,mask-b . ,bits) (plist-get divergence :mask))
               (more (- (length (plist-get divergence :fields)) (max 1 (length bits)))))
    (concat (smbcmp-compare-label--field what (or mask-a field-a) (or mask-b field-b))
            (if bits (format " (%s)" (smbcmp-compare-label--bits bits)) "")
            (if (zerop more) "" (format " (and %d more)" more))
            (if-let* ((times (plist-get divergence :times)))
                (format ", %d times" times)
              ""))))

(provide 'smbcmp-compare-label)
;;; smbcmp-compare-label.el ends here
