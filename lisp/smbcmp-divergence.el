;;; smbcmp-divergence.el --- One place where two captures differ  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Scripts get divergences as plists; kept they are as records.  There may
;; be tens of thousands, and a garbage collection goes from each cons of a
;; plist to the next while nothing else can be done.

;;; Code:

(require 'cl-lib)
(require 'gv)
(require 'macroexp)

(cl-defstruct (smbcmp-divergence (:constructor smbcmp-divergence-make))
  "A divergence; what its parts are is said in `smbcmp-diff-captures'.
There :a and :b have the frames, and :exchanges has both exchanges."
  kind label weight protocol
  request-a response-a request-b response-b exchange-a exchange-b
  fields row count cause number pending
  (more nil :documentation "A plist of what few divergences have."))

(defmacro smbcmp-divergence--define-more (&rest names)
  "Define functions that return NAMES of a divergence, in its `more'.
They can be used with `setf'."
  (macroexp-progn
   (cl-loop for name in names
            for function = (intern (format "smbcmp-divergence-%s" name))
            for key = (intern (format ":%s" name))
            collect `(defun ,function (divergence)
                       ,(format "Return the %s of DIVERGENCE, see `smbcmp-diff-captures'." key)
                       (plist-get (smbcmp-divergence-more divergence) ,key))
            collect `(gv-define-setter ,function (value divergence)
                       (list 'smbcmp-divergence--put divergence ,key value)))))

(defun smbcmp-divergence--put (divergence key value)
  "Have VALUE be what DIVERGENCE has for KEY in its `more'; return VALUE.
Others may have the same list, which stays as it is."
  (setf (smbcmp-divergence-more divergence)
        (plist-put (copy-sequence (smbcmp-divergence-more divergence)) key value))
  value)

(smbcmp-divergence--define-more
 lead mask identifiers encryption fold slower other side frame ending waited again reconnect
 pieces opaque ends times)

(defun smbcmp-divergence-more-make (&rest plist)
  "Return what is not nil of PLIST, for the `more' of a divergence."
  (cl-loop for (key value) on plist by #'cddr when value collect key and collect value))

(defun smbcmp-divergence-a (divergence)
  "Return the frames of DIVERGENCE in A, (REQUEST . RESPONSE), or nil."
  (and (smbcmp-divergence-exchange-a divergence)
       (cons (smbcmp-divergence-request-a divergence) (smbcmp-divergence-response-a divergence))))

(defun smbcmp-divergence-b (divergence)
  "Return the frames of DIVERGENCE in B, (REQUEST . RESPONSE), or nil."
  (and (smbcmp-divergence-exchange-b divergence)
       (cons (smbcmp-divergence-request-b divergence) (smbcmp-divergence-response-b divergence))))

(defun smbcmp-divergence-exchanges (divergence)
  "Return the numbers of the exchanges of DIVERGENCE, (A . B), each may be nil."
  (cons (smbcmp-divergence-exchange-a divergence) (smbcmp-divergence-exchange-b divergence)))

(defun smbcmp-divergence-part (divergence)
  "Return the part of exchanges that DIVERGENCE is about: `request' or `response'."
  (if (memq (smbcmp-divergence-kind divergence) '(request identifier order only-a only-b))
      'request 'response))

(defconst smbcmp-divergence--parts
  (mapcar (lambda (name) (cons (intern (format ":%s" name))
                               (intern (format "smbcmp-divergence-%s" name))))
          '(kind label weight protocol a b fields lead mask row count cause number exchanges
            identifiers encryption fold slower other side frame ending waited again reconnect
            pieces opaque ends pending times))
  "The keys of a divergence as a plist, each with the function that has its value.")

(defun smbcmp-divergence-plist (divergence)
  "Return DIVERGENCE as a plist, as in `smbcmp-diff-captures'."
  (cl-loop for (key . function) in smbcmp-divergence--parts
           for value = (funcall function divergence)
           when value collect key and collect value))

(provide 'smbcmp-divergence)
;;; smbcmp-divergence.el ends here
