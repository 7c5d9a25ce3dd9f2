;;; smbcmp-case-about.el --- What is in a capture or log of a case  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Who talked to whom, when, and what went wrong first: what tells which
;; captures and logs belong together, and what a case shows of each.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smblog-link)

(autoload 'smblog-errors "smblog-errors")
(declare-function smbcmp--module-status-class "smbcmp-module.so" (status))
(declare-function smblog--module-facts "smbcmp-module.so" (log))

;;;; A capture

(defconst smbcmp-case-about-fields
  '("frame.time_epoch" "ip.src" "ipv6.src" "ip.dst" "ipv6.dst" "tcp.srcport" "tcp.dstport"
    "smb2.flags.response" "smb.flags.response" "smb2.dialect" "ntlmssp.auth.username"
    "smb2.tree" "smb.path" "smb2.nt_status" "smb.nt_status" "smb2.sesid" "smb2.cmd")
  "Fields that tell what is in a capture.
Their order is that of `smbcmp-case-about--note-frame'.")

(defconst smbcmp-case-about--dialects
  '((#x0202 . "2.0.2") (#x0210 . "2.1") (#x02ff . "2.x") (#x0300 . "3.0") (#x0302 . "3.0.2")
    (#x0311 . "3.1.1"))
  "Names of SMB's dialects, see MS-SMB2 2.2.4.")

(defun smbcmp-case-about--values (value)
  "Return VALUE, of a field in a row of `smbcmp-fields', as a list."
  (cond ((null value) nil) ((vectorp value) (append value nil)) (t (list value))))

(defun smbcmp-case-about--address (v4 v6)
  "Return the address that V4 or V6, values of fields, is, as a string."
  (let ((value (car (smbcmp-case-about--values (or v4 v6)))))
    (and value (format "%s" value))))

(defun smbcmp-case-about-capture (capture rows encrypted)
  "Return what is in CAPTURE, a plist.
ROWS are the number of each frame with SMB and `smbcmp-case-about-fields',
ENCRYPTED is how many sessions were encrypted.

 :first :last    Times of its first and last frame, floats.
 :frames         How many it has.
 :clients :servers :dialects :users :shares  Lists of strings.
 :connections    List of (CLIENT-PORT . SERVER-PORT).
 :sessions       List of numbers.
 :requests :errors  How many; :first-errors (TIME FRAME TEXT), a few.
 :encrypted :opaque  Sessions that are, and those that can't be decrypted."
  (let* ((ends (smbcmp-fields capture '("frame.time_epoch")
                              (format "frame.number == %s || frame.number == %d"
                                      (or (car (smbcmp-frames capture "frame")) 0)
                                      (smbcmp-capture-last-frame capture))))
         (about (list :first (smbcmp-case-about--seconds (caar ends))
                      :last (smbcmp-case-about--seconds (caar (last ends)))
                      :frames (smbcmp-frame-count capture)
                      :requests 0 :errors 0
                      :encrypted encrypted
                      :opaque (length (smbcmp-encrypted-sessions capture))))
         (sets (make-hash-table :test 'equal))
         failed)
    (dolist (row rows)
      (setq about (smbcmp-case-about--note-frame row about sets))
      (when (smbcmp-case-about--failed-p row) (push (car row) failed)))
    (dolist (key '(:clients :servers :dialects :users :shares :connections :sessions))
      (setq about (plist-put about key (nreverse (gethash key sets)))))
    (smbcmp-case-about--note-errors about capture (nreverse failed))))

(defun smbcmp-case-about--seconds (time)
  "Return TIME, a Lisp time value or nil, as a float."
  (and time (float-time time)))

(defun smbcmp-case-about--note-frame (row about sets)
  "Note what ROW, of `smbcmp-case-about-fields', tells; return ABOUT with it.
SETS is a table of lists of what there is."
  (pcase-let ((`(,_ ,_ ,src ,src6 ,dst ,dst6 ,sport ,dport ,response2 ,response1 ,dialect
                    ,user ,tree ,path ,_ ,_ ,session ,command)
               row))
    (cl-flet ((note (key value)
                (when (and value (not (member value '("" "NULL"))))
                  (cl-pushnew value (gethash key sets) :test #'equal))))
      (let* ((is-response (or (memq t (smbcmp-case-about--flags response2))
                              (memq t (smbcmp-case-about--flags response1))))
             (source (smbcmp-case-about--address src src6))
             (target (smbcmp-case-about--address dst dst6)))
        (note :clients (if is-response target source))
        (note :servers (if is-response source target))
        (note :connections (if is-response (cons dport sport) (cons sport dport)))
        (when is-response
          (mapc (lambda (value) (note :dialects (cdr (assq value smbcmp-case-about--dialects))))
                (smbcmp-case-about--values dialect)))
        (mapc (lambda (value) (note :users value)) (smbcmp-case-about--values user))
        (mapc (lambda (value) (note :shares value)) (smbcmp-case-about--values tree))
        (mapc (lambda (value) (note :shares value)) (smbcmp-case-about--values path))
        (mapc (lambda (value) (unless (memql value '(0 -1 #xffffffffffffffff))
                                (note :sessions value)))
              (smbcmp-case-about--values session))
        (if is-response about
          (plist-put about :requests
                     (+ (plist-get about :requests)
                        (max 1 (length (smbcmp-case-about--values command))))))))))

(defun smbcmp-case-about--flags (value)
  "Return the booleans that VALUE, of `smbcmp-fields', has, t or `no'."
  (cond ((vectorp value) (mapcar (lambda (flag) (if (memq flag '(nil 0)) 'no t)) value))
        ((memq value '(nil 0)) '(no))
        (t '(t))))

(defun smbcmp-case-about--failed-p (row)
  "Return non-nil if ROW, of `smbcmp-case-about-fields', has an error's status.
STATUS_MORE_PROCESSING_REQUIRED is none."
  (cl-some (lambda (status) (and (integerp status) (>= status #xc0000000)
                                 (/= status #xc0000016)))
           (append (smbcmp-case-about--values (nth 14 row)) (smbcmp-case-about--values (nth 15 row)))))

(defconst smbcmp-case-about--errors-shown 5
  "How many errors of a file are told.")

(defun smbcmp-case-about--note-errors (about capture frames)
  "Return ABOUT with the errors of CAPTURE, which are in FRAMES.
What the protocol has for no error is none."
  (let ((shown nil) (count 0))
    (dolist (row (and frames
                      (smbcmp-rows capture frames '("No." "%Yt" "Info" "smb2.nt_status"))))
      (pcase-let ((`(,number ,_ ,info ,status) row))
        (when (or (string-empty-p status)
                  (eq 'failure (smbcmp--module-status-class (car (split-string status "[, ]")))))
          (cl-incf count)
          (when (< (length shown) smbcmp-case-about--errors-shown)
            (push (list number info) shown)))))
    (setq about (plist-put about :errors count))
    (plist-put about :first-errors
               (mapcar (pcase-lambda (`(,number ,info))
                         (list (smbcmp-case-about--frame-time capture (string-to-number number))
                               (string-to-number number) info))
                       (nreverse shown)))))

(defun smbcmp-case-about--frame-time (capture frame)
  "Return the time of FRAME of CAPTURE, a float."
  (smbcmp-case-about--seconds
   (caar (smbcmp-fields capture '("frame.time_epoch") (format "frame.number == %d" frame)))))

;;;; A log

(defun smbcmp-case-about-log (log)
  "Return what is in LOG, a plist.

 :first :last    Times of its first and last message, floats or nil.
 :form :program  As `smblog-sources' and messages have them.
 :messages :requests :errors  How many.
 :first-errors   (TIME MESSAGE TEXT), a few.
 :users :shares :clients  Lists of strings."
  (let* ((source (car (smblog-sources log)))
         (errors (smblog-errors log))
         (facts (smblog--module-facts log)))
    (cl-flet ((known (kind)
                (delete-dups (cl-loop for (name value) in facts
                                      when (eq name kind) collect value))))
      (list :first (plist-get source :first) :last (plist-get source :last)
            :form (plist-get source :form)
            :program (cl-loop for n below (min 100 (smblog-message-count log))
                              thereis (plist-get (smblog-message log n) :program))
            :messages (smblog-message-count log)
            :requests (length (smblog-requests log))
            :errors (length errors)
            :users (known 'user) :shares (known 'share) :clients (known 'client)
            :first-errors
            (mapcar (lambda (number)
                      (let ((message (smblog-message log number)))
                        (list (plist-get message :time) number
                              (car (split-string (string-trim (plist-get message :text))
                                                 "\n")))))
                    (seq-take errors smbcmp-case-about--errors-shown))))))

(provide 'smbcmp-case-about)
;;; smbcmp-case-about.el ends here
