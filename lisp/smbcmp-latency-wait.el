;;; smbcmp-latency-wait.el --- Waiting that is no command's  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Time that no response time has: when nothing was asked, when TCP sent
;; again or could not send, when the client had no credits left.  Each
;; such wait is an `smbcmp-sample' with no protocol.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-latency)

(defun smbcmp-latency-wait--make (what from to frame client)
  "Return the wait called WHAT, FROM to TO, nanoseconds, that FRAME ended.
CLIENT is whose it was, or nil."
  (smbcmp-sample-make :frame frame :index 0 :command what :client client
                      :duration (- to from) :time to))

;;;; Between exchanges

(defun smbcmp-latency-wait--begin (sample)
  "Return when the request of SAMPLE was sent, nanoseconds."
  (- (smbcmp-sample-time sample) (smbcmp-sample-duration sample)))

(defun smbcmp-latency-wait--idle (samples what client)
  "Return the times between SAMPLES when nothing was asked: waits called WHAT.
CLIENT is theirs."
  (let ((end nil) (waits nil))
    (dolist (sample (sort (copy-sequence samples)
                          (lambda (a b) (< (smbcmp-latency-wait--begin a)
                                           (smbcmp-latency-wait--begin b)))))
      (let ((begin (smbcmp-latency-wait--begin sample)))
        (when (and end (> begin end))
          (push (smbcmp-latency-wait--make what end begin (smbcmp-sample-frame sample) client)
                waits))
        (setq end (max (or end 0) (smbcmp-sample-time sample)))))
    (nreverse waits)))

(defun smbcmp-latency-wait-between (samples)
  "Return when no request among SAMPLES was under way.
That is: of a client, on each connection; and of all clients."
  (let ((clients (smbcmp-latency-group samples #'smbcmp-sample-client)))
    (append
     (cl-loop for (client . some) in clients
              append (smbcmp-latency-wait--idle some "client thinks" client))
     (and (cdr clients)
          (smbcmp-latency-wait--idle samples "no exchange at all" nil)))))

;;;; TCP, credits

(defconst smbcmp-latency-wait--fields
  '("frame.time_epoch" "tcp.stream" "tcp.srcport" "tcp.analysis.retransmission"
    "tcp.analysis.rto" "tcp.analysis.zero_window" "tcp.analysis.window_update")
  "Fields that tell of waiting, the first ones first in a frame.")

(defun smbcmp-latency-wait-arguments ()
  "Return the arguments of a request for `smbcmp-latency-wait--fields'."
  (list :fields smbcmp-latency-wait--fields
        :filter "tcp.analysis.retransmission || tcp.analysis.zero_window \
|| tcp.analysis.window_update"))

(defun smbcmp-latency-wait--nanoseconds (time)
  "Return TIME, an Emacs time value, in nanoseconds; 0 for nil."
  (if time (car (time-convert time 1000000000)) 0))

(defun smbcmp-latency-wait-collector ()
  "Return a function that collects waits.
Called with a vector FRAME COLUMN VALUE ... of
`smbcmp-latency-wait--fields', it takes it in; called with nil, it returns
the waits, samples."
  (let ((closed (make-hash-table :test 'equal)) (waits nil) (row nil) (frame nil))
    (cl-flet
        ((settle ()
           (when row
             (pcase-let* ((`[,time ,stream ,port ,again ,rto ,zero ,open] row)
                          (now (smbcmp-latency-wait--nanoseconds time))
                          (way (cons stream port)))
               (when again
                 (let ((took (smbcmp-latency-wait--nanoseconds rto)))
                   (push (smbcmp-latency-wait--make "TCP sends again" (- now took) now frame nil)
                         waits)))
               (cond (zero (unless (gethash way closed) (puthash way now closed)))
                     ((and open (gethash way closed))
                      (push (smbcmp-latency-wait--make "TCP window is closed"
                                                       (gethash way closed) now frame nil)
                            waits)
                      (remhash way closed)))))))
      (lambda (cells)
        (cl-loop for i from 0 below (length cells) by 3
                 for column = (aref cells (1+ i))
                 do (if column
                        ;; Some have no value; that they are there counts.
                        (aset row column (or (aref cells (+ i 2)) t))
                      (settle)
                      (setq frame (aref cells i)
                            row (make-vector (length smbcmp-latency-wait--fields) nil))))
        (unless cells
          (settle)
          (nreverse waits))))))

(provide 'smbcmp-latency-wait)
;;; smbcmp-latency-wait.el ends here
