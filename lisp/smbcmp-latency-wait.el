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
(require 'smbcmp-cells)
(require 'smbcmp-latency)
(require 'smbcmp-steps)
(require 'subr-x)

;;;; Between exchanges

(defun smbcmp-latency-wait-begin (samples &optional at)
  "Return when the request of the sample AT, in SAMPLES, was sent, nanoseconds."
  (- (smbcmp-sample-time samples at) (smbcmp-sample-duration samples at)))

(defun smbcmp-latency-wait--in-order (samples)
  "Return the places of SAMPLES in the order of time, the last one first."
  (let ((times (smbcmp-latency-slot samples 'time))
        (last most-negative-fixnum) (places (list nil)) late)
    ;; They are in the order of frames; few are earlier than one before.
    (cl-loop for time across times for at from 0 by smbcmp-sample-size
             do (if (< time last) (push at late)
                  (setq last time)
                  (push at (cdr places))))
    (cl-flet ((after-p (a b) (> (aref times (/ a smbcmp-sample-size))
                                (aref times (/ b smbcmp-sample-size)))))
      (cl-loop with before = places
               for at in (sort late #'after-p)
               do (while (and (cdr before) (after-p (cadr before) at)) (pop before))
               do (push at (cdr before))
               do (pop before)))
    (cdr places)))

(cl-defstruct (smbcmp-latency-wait--idle (:constructor smbcmp-latency-wait--make-idle))
  "When nothing was asked, by one client or by all; looked at from the end."
  (command nil :documentation "What waits after it have in the place of a command, its number.")
  (client nil :documentation "The number of the client, nil for all.")
  (begin nil :documentation "When the first request known by now was sent, nanoseconds.")
  (frame nil :documentation "The frame of its response.")
  (places nil :documentation "Where the waits after it are, the first one first."))

(defun smbcmp-latency-wait--idle (waits what &optional client)
  "Return when nothing was asked by CLIENT, or by all; WAITS will have it as WHAT."
  (smbcmp-latency-wait--make-idle
   :command (smbcmp-cells-share waits (list nil what))
   :client (and client (smbcmp-cells-share waits client))))

(defun smbcmp-latency-wait--before (idle waits begin end frame)
  "Have IDLE know of a response in FRAME, which is of before the others.
BEGIN and END are when it was asked for and when it came, nanoseconds.
The wait after it, if any, is added to WAITS."
  (let ((next (smbcmp-latency-wait--idle-begin idle)))
    (when (and next (< end next))
      (push (smbcmp-cells-add waits (vector (smbcmp-latency-wait--idle-frame idle) 0
                                            (smbcmp-latency-wait--idle-command idle)
                                            (smbcmp-latency-wait--idle-client idle)
                                            (- next end) next))
            (smbcmp-latency-wait--idle-places idle)))
    (when (or (null next) (<= begin next))
      (setf (smbcmp-latency-wait--idle-begin idle) begin
            (smbcmp-latency-wait--idle-frame idle) frame))))

(defun smbcmp-latency-wait--idle-of (samples client clients waits)
  "Return what CLIENTS, a table, has for CLIENT, by its number in SAMPLES.
WAITS will have its idle times."
  (or (gethash client clients)
      (puthash client (smbcmp-latency-wait--idle
                       waits "client think time"
                       (and client (smbcmp-cells-object samples client)))
               clients)))

(defun smbcmp-latency-wait-between (samples take)
  "Return steps that find when no request among SAMPLES was under way.
TAKE is called with the waits, samples: of a client, on each connection;
then with those of all clients, if there are several.  It returns steps."
  (let* ((clients (make-hash-table :test 'eq))
         (waits (smbcmp-cells-make))
         (all (smbcmp-latency-wait--idle waits "no request outstanding"))
         places)
    (list
     (lambda () (ignore (setq places (smbcmp-latency-wait--in-order samples))))
     (smbcmp-steps-each
      (lambda () (prog1 places (setq places nil)))
      (lambda (at)
        (pcase-let ((`[,frame ,_ ,_ ,client ,duration ,end]
                     (smbcmp-cells-copy samples at smbcmp-sample-size)))
          (dolist (idle (list (smbcmp-latency-wait--idle-of samples client clients waits) all))
            (smbcmp-latency-wait--before idle waits (- end duration) end frame)))))
     (smbcmp-steps-several
      (lambda ()
        (funcall take (smbcmp-latency-wait--of waits (sort (hash-table-values clients)
                                                           #'smbcmp-latency-wait--first-p)))))
     (smbcmp-steps-several
      (lambda ()
        (and (> (hash-table-count clients) 1)
             (funcall take (smbcmp-latency-wait--of waits (list all))))))
     (lambda () (setq all nil clients nil waits nil)))))

(defun smbcmp-latency-wait--of (waits idles)
  "Return those of WAITS, samples, that are after IDLES, in their order."
  (smbcmp-cells-pick waits
                     (apply #'vconcat (mapcar #'smbcmp-latency-wait--idle-places idles))
                     smbcmp-sample-size))

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
  (waits (smbcmp-cells-make) :documentation "The waits, samples."))

(defun smbcmp-latency-wait--add (state what from to frame)
  "Add a wait that is called WHAT to those of STATE.
It was FROM to TO, nanoseconds, and FRAME ended it."
  (smbcmp-sample-add (smbcmp-latency-wait--state-waits state)
                     frame 0 (list nil what) nil (- to from) to))

(defun smbcmp-latency-wait--tcp (state frame row)
  "Have STATE know what ROW, the fields of FRAME, tells of TCP."
  (pcase-let* ((`[,time ,stream ,port ,again ,rto ,zero ,open]
                (seq-subseq row 0 smbcmp-latency-wait--begin-column))
               (closed (smbcmp-latency-wait--state-closed state)))
    (when (or again zero open)
      (let* ((now (smbcmp-latency-wait--nanoseconds time))
             (way (cons stream port)) (since (gethash way closed)))
        (when again
          (smbcmp-latency-wait--add state "TCP retransmission"
                                    (- now (smbcmp-latency-wait--nanoseconds rto)) now frame))
        (cond (zero (unless since (puthash way now closed)))
              ((and open since)
               (smbcmp-latency-wait--add state "TCP zero window" since now frame)
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
               (smbcmp-latency-wait--add state "credits exhausted" since now frame)
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
          (smbcmp-latency-wait--state-waits state))))))

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
