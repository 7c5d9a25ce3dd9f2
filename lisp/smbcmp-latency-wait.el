;;; smbcmp-latency-wait.el --- Waiting that is no command's  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Time that no response time has: when nothing was asked, when TCP sent
;; again or could not send, when the client had no credits left.  Each
;; such wait is a sample, as in `smbcmp-sample-slots', with no protocol.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-latency)
(require 'smbcmp-steps)
(require 'subr-x)

(defun smbcmp-latency-wait--make (what from to frame client)
  "Return the wait called WHAT, FROM to TO, nanoseconds, that FRAME ended.
CLIENT is whose it was, or nil."
  (vector frame 0 (smbcmp-latency-wait--command what) client (- to from) to))

(defvar smbcmp-latency-wait--commands (make-hash-table :test 'equal)
  "What waits have in the place of a command, by what they are called.")

(defun smbcmp-latency-wait--command (what)
  "Return what waits called WHAT have in the place of a command, the same always."
  (or (gethash what smbcmp-latency-wait--commands)
      (puthash what (list nil what) smbcmp-latency-wait--commands)))

;;;; Between exchanges

(defun smbcmp-latency-wait-begin (samples &optional at)
  "Return when the request of the sample AT, in SAMPLES, was sent, nanoseconds."
  (- (smbcmp-sample-time samples at) (smbcmp-sample-duration samples at)))

(defun smbcmp-latency-wait--in-order (samples)
  "Return the places of SAMPLES in the order of time, the last one first."
  (let ((last most-negative-fixnum) (places (list nil)) late)
    ;; They are in the order of frames; few are earlier than one before.
    (smbcmp-latency-do (at samples)
      (if (< (smbcmp-sample-time samples at) last)
          (push at late)
        (setq last (smbcmp-sample-time samples at))
        (push at (cdr places))))
    (cl-flet ((after-p (a b) (> (smbcmp-sample-time samples a) (smbcmp-sample-time samples b))))
      (cl-loop with before = places
               for at in (sort late #'after-p)
               do (while (and (cdr before) (after-p (cadr before) at)) (pop before))
               do (push at (cdr before))
               do (pop before)))
    (cdr places)))

(cl-defstruct (smbcmp-latency-wait--idle (:constructor smbcmp-latency-wait--make-idle))
  "When nothing was asked, by one client or by all; looked at from the end."
  what client
  (begin nil :documentation "When the first request known by now was sent, nanoseconds.")
  (frame nil :documentation "The frame of its response.")
  (waits nil :documentation "The waits after it."))

(defun smbcmp-latency-wait--before (idle samples at)
  "Have IDLE know of the sample AT, in SAMPLES, which is of before the others."
  (let ((begin (smbcmp-latency-wait-begin samples at))
        (end (smbcmp-sample-time samples at))
        (next (smbcmp-latency-wait--idle-begin idle)))
    (when (and next (< end next))
      (push (smbcmp-latency-wait--make (smbcmp-latency-wait--idle-what idle) end next
                                       (smbcmp-latency-wait--idle-frame idle)
                                       (smbcmp-latency-wait--idle-client idle))
            (smbcmp-latency-wait--idle-waits idle)))
    (when (or (null next) (<= begin next))
      (setf (smbcmp-latency-wait--idle-begin idle) begin
            (smbcmp-latency-wait--idle-frame idle) (smbcmp-sample-frame samples at)))))

(defun smbcmp-latency-wait--idles (samples clients at)
  "Return what CLIENTS, a table, has for the client of the sample AT, in SAMPLES."
  (let ((client (smbcmp-sample-client samples at)))
    (or (gethash client clients)
        (puthash client (smbcmp-latency-wait--make-idle :what "client think time" :client client)
                 clients))))

(defun smbcmp-latency-wait-between (samples take)
  "Return steps that find when no request among SAMPLES was under way.
TAKE is called with the waits, samples: of a client, on each connection;
then with those of all clients, if there are several.  It returns steps."
  (let ((clients (make-hash-table :test 'eq))
        (all (smbcmp-latency-wait--make-idle :what "no request outstanding"))
        places)
    (list
     (lambda () (ignore (setq places (smbcmp-latency-wait--in-order samples))))
     (smbcmp-steps-each
      (lambda () (prog1 places (setq places nil)))
      (lambda (at)
        (smbcmp-latency-wait--before (smbcmp-latency-wait--idles samples clients at) samples at)
        (smbcmp-latency-wait--before all samples at)))
     (smbcmp-steps-several
      (lambda ()
        (funcall take (apply #'vconcat
                             (cl-loop for idle in (sort (hash-table-values clients)
                                                        #'smbcmp-latency-wait--first-p)
                                      append (smbcmp-latency-wait--idle-waits idle))))))
     (smbcmp-steps-several
      (lambda ()
        (and (> (hash-table-count clients) 1)
             (funcall take (apply #'vconcat (smbcmp-latency-wait--idle-waits all))))))
     (lambda () (setq all nil clients nil)))))

(defun smbcmp-latency-wait--first-p (a b)
  "Return non-nil if the client of A asked before that of B did."
  (< (smbcmp-latency-wait--idle-begin a) (smbcmp-latency-wait--idle-begin b)))

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
          (apply #'vconcat (nreverse (smbcmp-latency-wait--state-waits state))))))))

(defvar smbcmp-latency-wait--known (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP . WAITS).")

(defun smbcmp-latency-wait-known (capture)
  "Return (WAITS) if what TCP and credits waited in CAPTURE is known, or nil.
They are samples."
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
