;;; smbcmp-latency-wait.el --- Waiting that is no command's  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Time that no response time has: when nothing was asked, when TCP sent
;; again or could not send, when the client had no credits left.  Each
;; such wait is an `smbcmp-sample' with no protocol.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-latency)

(defun smbcmp-latency-wait--make (what from to frame client)
  "Return the wait called WHAT, FROM to TO, nanoseconds, that FRAME ended.
CLIENT is whose it was, or nil."
  (smbcmp-sample-make :frame frame :index 0 :command what :client client
                      :duration (- to from) :time to))

;;;; Between exchanges

(defun smbcmp-latency-wait-begin (sample)
  "Return when the request of SAMPLE was sent, nanoseconds."
  (- (smbcmp-sample-time sample) (smbcmp-sample-duration sample)))

(defun smbcmp-latency-wait--idle (begun what client)
  "Return the times when nothing was asked: waits called WHAT, of CLIENT.
BEGUN is a list of (BEGIN . SAMPLE) in order."
  (let ((end nil) (waits nil))
    (pcase-dolist (`(,begin . ,sample) begun)
      (when (and end (> begin end))
        (push (smbcmp-latency-wait--make what end begin (smbcmp-sample-frame sample) client)
              waits))
      (setq end (max (or end 0) (smbcmp-sample-time sample))))
    (nreverse waits)))

(defun smbcmp-latency-wait-between (samples take)
  "Return steps that find when no request among SAMPLES, a sequence, was under way.
TAKE is called with the waits: of a client, on each connection; then with
those of all clients, if there are several."
  (let (begun clients)
    (list
     (lambda ()
       (setq begun (sort (mapcar (lambda (sample)
                                   (cons (smbcmp-latency-wait-begin sample) sample))
                                 samples)
                         #'car-less-than-car))
       nil)
     (lambda ()
       (setq clients (smbcmp-latency-group
                      begun (lambda (one) (smbcmp-sample-client (cdr one))) 'eq))
       nil)
     (lambda ()
       (funcall take (cl-loop for (client . some) in clients
                              append (smbcmp-latency-wait--idle some "client think time" client)))
       nil)
     (lambda ()
       (when (cdr clients)
         (funcall take (smbcmp-latency-wait--idle begun "no request outstanding" nil)))
       (setq begun nil clients nil)))))

;;;; TCP, credits

(defconst smbcmp-latency-wait--fields
  '("frame.time_epoch" "tcp.stream" "tcp.srcport" "tcp.analysis.retransmission"
    "tcp.analysis.rto" "tcp.analysis.zero_window" "tcp.analysis.window_update"
    "smb2.header_len" "smb2.cmd" "smb2.flags.response" "smb2.credit.charge"
    "smb2.credits.granted")
  "Fields that tell of waiting: of a frame, then of each SMB2 message in it.")

(defconst smbcmp-latency-wait--begin-column 7
  "The column that begins a message.")

(defun smbcmp-latency-wait-arguments ()
  "Return the arguments of a request for `smbcmp-latency-wait--fields'."
  (list :fields smbcmp-latency-wait--fields
        :filter "smb2 || tcp.analysis.retransmission || tcp.analysis.zero_window \
|| tcp.analysis.window_update"))

(defun smbcmp-latency-wait--nanoseconds (time)
  "Return TIME, an Emacs time value, in nanoseconds; 0 for nil."
  (if time (car (time-convert time 1000000000)) 0))

(cl-defstruct (smbcmp-latency-wait--state (:constructor smbcmp-latency-wait--make-state))
  "What is known so far."
  (closed (make-hash-table :test 'equal) :documentation "When windows closed, by sender.")
  (credits (make-hash-table) :documentation "(BALANCE . SINCE) by stream.")
  (waits nil :documentation "The waits, the last one first."))

(defun smbcmp-latency-wait--tcp (state frame row)
  "Have STATE know what ROW, the fields of FRAME, tells of TCP."
  (pcase-let* ((`[,time ,stream ,port ,again ,rto ,zero ,open]
                (seq-subseq row 0 smbcmp-latency-wait--begin-column))
               (closed (smbcmp-latency-wait--state-closed state)))
    (when (or again zero open)
      (let* ((now (smbcmp-latency-wait--nanoseconds time))
             (way (cons stream port)) (since (gethash way closed)))
        (when again
          (push (smbcmp-latency-wait--make "TCP retransmission"
                                           (- now (smbcmp-latency-wait--nanoseconds rto))
                                           now frame nil)
                (smbcmp-latency-wait--state-waits state)))
        (cond (zero (unless since (puthash way now closed)))
              ((and open since)
               (push (smbcmp-latency-wait--make "TCP zero window" since now frame nil)
                     (smbcmp-latency-wait--state-waits state))
               (remhash way closed)))))))

(defun smbcmp-latency-wait--credits (state frame row)
  "Have STATE know what ROW, a message in FRAME, tells of credits.
A client has one at first; whose beginning was not captured is left out."
  (pcase-let* ((`[,command ,response ,charge ,granted]
                (seq-subseq row (1+ smbcmp-latency-wait--begin-column)))
               (stream (aref row 1))
               (table (smbcmp-latency-wait--state-credits state))
               (account (or (gethash stream table)
                            (and (eql command 0)
                                 (puthash stream (list (if response 0 1)) table)))))
    (when account
      (if response
          (setcar account (+ (car account) (or granted 0)))
        ;; A CANCEL takes none.
        (unless (eql command 12)
          (setcar account (- (car account) (max 1 (or charge 1))))))
      (let ((now (smbcmp-latency-wait--nanoseconds (aref row 0))) (since (cdr account)))
        (cond ((and since (> (car account) 0))
               (push (smbcmp-latency-wait--make "credits exhausted" since now frame nil)
                     (smbcmp-latency-wait--state-waits state))
               (setcdr account nil))
              ;; Until there is a session nobody has more than one.
              ((and (not since) (<= (car account) 0) (not (memql command '(0 1))))
               (setcdr account now)))))))

(defun smbcmp-latency-wait-collector ()
  "Return a function that collects waits.
Called with a vector FRAME COLUMN VALUE ... of
`smbcmp-latency-wait--fields', it takes it in; called with nil, it returns
the waits, samples."
  (let ((state (smbcmp-latency-wait--make-state)) (row nil) (frame nil) (message nil))
    (cl-flet ((settle-message ()
                (when message (smbcmp-latency-wait--credits state frame row)))
              (settle-frame ()
                (when row (smbcmp-latency-wait--tcp state frame row))))
      (lambda (cells)
        (cl-loop for i from 0 below (length cells) by 3
                 for column = (aref cells (1+ i)) for value = (aref cells (+ i 2))
                 do (cond
                     ((null column)
                      (settle-message)
                      (settle-frame)
                      (setq frame (aref cells i) message nil
                            row (make-vector (length smbcmp-latency-wait--fields) nil)))
                     ((eql column smbcmp-latency-wait--begin-column)
                      (settle-message)
                      (setq message t)
                      (cl-fill row nil :start column))
                     ((< column smbcmp-latency-wait--begin-column)
                      ;; Some have no value; that they are there counts.
                      (aset row column (or value t)))
                     (t (aset row column value))))
        (unless cells
          (settle-message)
          (settle-frame)
          (nreverse (smbcmp-latency-wait--state-waits state)))))))

(defvar smbcmp-latency-wait--known (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP . WAITS).")

(defun smbcmp-latency-wait-known (capture)
  "Return (WAITS) if what TCP and credits waited in CAPTURE is known, or nil."
  (pcase (gethash capture smbcmp-latency-wait--known)
    (`(,(pred (equal (smbcmp-handle-stamp capture))) . ,waits) (list waits))))

(defun smbcmp-latency-wait-ask (capture done)
  "Ask CAPTURE, in the background, for what TCP and credits waited.
DONE is called with it, samples.  Return the request."
  (let ((collect (smbcmp-latency-wait-collector)))
    (smbcmp-host-request
     capture "fields" (smbcmp-latency-wait-arguments)
     (lambda (kind value)
       (when (memq kind '(part result)) (funcall collect value))
       (when (eq kind 'result)
         (let ((waits (funcall collect nil)))
           (puthash capture (cons (smbcmp-handle-stamp capture) waits)
                    smbcmp-latency-wait--known)
           (funcall done waits)))))))

(provide 'smbcmp-latency-wait)
;;; smbcmp-latency-wait.el ends here
