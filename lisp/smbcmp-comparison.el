;;; smbcmp-comparison.el --- Two captures compared, as an object  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a comparison is made of: its two captures, the module's object, its
;; exchanges and its rows.  smbcmp-compare.el makes one.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-divergence)

(declare-function smbcmp--module-compare-row "smbcmp-module.so" (comparing n))
(declare-function smbcmp--module-compare-exchange "smbcmp-module.so" (comparing side n))

(cl-defstruct (smbcmp-comparison (:constructor smbcmp-compare-make) (:copier nil))
  "Two captures compared, see `smbcmp-diff-captures'."
  (a nil :documentation "Capture A.")
  (b nil :documentation "Capture B.")
  (native nil :documentation "The module's object.")
  (protocols nil :documentation "What is compared, see `smbcmp-protocols-names'; nil: all.")
  (rules nil :documentation "As the module takes them; nil: nothing is session-wide.")
  (once nil :documentation "What goes through all, see smbcmp-compare-once.el.")
  (numbers nil :documentation "Where divergences are: a vector by the module's numbers, a table by rows.")
  (same 0 :documentation "Number of exchanges without a meaningful difference.")
  (found nil :documentation "Vector of `smbcmp-divergence', the first one first.")
  (ignored nil :documentation "Alist of rules and how many differences each hid.")
  (counts nil :documentation "Number of exchanges of A and of B, a cons.")
  (unread nil :documentation "Non-nil if other protocols than SMB have encrypted messages.")
  (opaque '(0 . 0) :documentation "Messages that could not be decrypted, not in COUNTS.")
  (packed '(0 . 0) :documentation "Those of OPAQUE that could not be unpacked.")
  (row-count 0 :documentation "Number of rows of the two aligned lists.")
  (connections nil :documentation "Pairs of connections, see the manual.")
  (environment nil :documentation "What differs between the peers, see `smbcmp-diff-captures'.")
  (encrypted 0 :documentation "Exchanges of which only one side came encrypted.")
  (partial 0 :documentation "Messages of which only one side has all.")
  (filters nil :documentation "Display filters, (A . B), each a string or nil.")
  (preliminary nil :documentation "Non-nil if only what was there of both is compared.")
  (kept nil :documentation "The module's object to which these were applied.")
  (requests nil :documentation "What its captures are asked for, a list of (CAPTURE . REQUEST).")
  (shared (make-hash-table :test 'equal) :documentation "What divergences have in common.")
  (notes nil :documentation "What else there is to know, a list of strings."))

(defun smbcmp-comparison-divergences (comparison)
  "Return the divergences of COMPARISON, plists as in `smbcmp-diff-captures'."
  (mapcar #'smbcmp-divergence-plist (smbcmp-comparison-found comparison)))

(defun smbcmp-comparison-share (comparison divergence)
  "Have DIVERGENCE of COMPARISON share what it says with others; return it.
Of tens of thousands most say the same, and garbage collections look at
each string and cons."
  (let ((shared (smbcmp-comparison-shared comparison)))
    (cl-flet ((share (value) (or (gethash value shared) (puthash value value shared))))
      (setf (smbcmp-divergence-label divergence) (share (smbcmp-divergence-label divergence))
            (smbcmp-divergence-fields divergence) (share (smbcmp-divergence-fields divergence))
            (smbcmp-divergence-more divergence) (share (smbcmp-divergence-more divergence)))))
  divergence)

(defun smbcmp-comparison--vector-plist (keys vector)
  "Return a plist of KEYS and the elements of VECTOR."
  (cl-loop for key in keys for value across vector
           collect key collect value))

(defun smbcmp-comparison-exchange (comparison side n)
  "Return exchange N, a number, of SIDE of COMPARISON, `a' or `b'.
It is a plist:

 :request :response   PDUs, (FRAME . INDEX), INDEX being the PDU's number
                      in the frame from 0; nil where there is none.
 :interim :further    The PDU that said STATUS_PENDING; a list of more.
 :label               What it is, for example \"CREATE new\".
 :command :path :words :status   Strings; all but the first may be nil.
 :time :duration      Seconds: since 1970, and to the response or nil.
 :session :message    Numbers.
 :connection          Number of its group of connections.
 :encrypted :opaque :smb1 :compressed   t if it came encrypted, could not
                      be decrypted or unpacked, is SMB1, came compressed.
 :answer-smb1         t if what came back is SMB1, or nothing did and it is.
 :protocol            nil for SMB, else its name, see `smbcmp-protocols'; then
 :failed              is t if it did not come to what was asked,
 :alone               t if nobody has to answer such requests,
 :lookup              t if it is of what takes a connection each time."
  (let ((exchange (smbcmp-comparison--vector-plist
                   '(:request :response :interim :further :command :path :words :status
                     :time :duration :session :connection :encrypted :opaque :smb1 :message
                     :compressed :protocol :failed :alone :lookup :answer-smb1)
                   (smbcmp-compare-exchange comparison side n))))
    (cl-list* :label (smbcmp-compare-exchange-label (plist-get exchange :command)
                                                     (plist-get exchange :path)
                                                     (plist-get exchange :words))
              exchange)))

(defun smbcmp-compare-exchange (comparison side n)
  "Return exchange N of SIDE of COMPARISON, `a' or `b', as the module has it."
  (smbcmp--module-compare-exchange (smbcmp-comparison-native comparison) (eq side 'b) n))

(defun smbcmp-compare-exchange-label (command path words)
  "Say in SMB's words what an exchange with COMMAND, PATH and WORDS is.
They are strings; the last two may be nil."
  (concat command
          (and path " ")
          ;; The root of the share.
          (if (equal path "") "\\" path)
          (and words " ") words))

(defun smbcmp-compare-row (comparison n)
  "Return row N of COMPARISON as the module has it."
  (smbcmp--module-compare-row (smbcmp-comparison-native comparison) n))

(defun smbcmp-comparison-row (comparison n)
  "Return row N, from 0, of the two aligned lists of COMPARISON.
It is a list (A B DIVERGENCE CONNECTIONS): numbers of exchanges, nil
where one side has none; the number of the row's divergence, from 0, or
nil; and the number of the pair of connections."
  (pcase-let ((`(,a ,b ,number ,connections) (smbcmp-compare-row comparison n))
              (`(,of-number . ,of-row) (smbcmp-comparison-numbers comparison)))
    (list a b (if number (aref of-number number) (gethash n of-row)) connections)))

(defun smbcmp-compare-frames (exchange)
  "Return (REQUEST-FRAME . RESPONSE-FRAME) of EXCHANGE, a plist; nil for nil.
If only STATUS_PENDING was captured, that is the response."
  (let ((request (plist-get exchange :request))
        (response (plist-get exchange :response)))
    (and exchange
         (cons (car request)
               (car (or response (and (null request) (plist-get exchange :interim))))))))

(defconst smbcmp-comparison-kinds
  '("status" "request" "response" "only-a" "only-b" "order" "identifier" "slower"
    "connection" "capture")
  "Names of the kinds of divergences; see `smbcmp-diff-captures'.")

(defun smbcmp-comparison-read-kinds (string)
  "Return the kinds, symbols, that STRING names, with commas in between."
  (mapcar (lambda (name)
            (if (member name smbcmp-comparison-kinds) (intern name)
              (error "%s: choose some of %s" name
                     (string-join smbcmp-comparison-kinds ", "))))
          (split-string string "," t "[ \t]+")))

(provide 'smbcmp-comparison)
;;; smbcmp-comparison.el ends here
