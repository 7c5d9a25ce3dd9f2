;;; smbcmp-latency-log.el --- Response times, by what the server's log says  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Of a capture that is linked to its server's log, each response time has two
;; parts: that of the request in the server, which the log has, and the rest:
;; the network, queues of the kernel and of the server's socket.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-latency)
(require 'smblog-pair)

(defun smbcmp-latency-log-times (list-buffer)
  "Return how long the server worked on requests of LIST-BUFFER's capture.
That is a hash table from responses, (FRAME . INDEX), to nanoseconds, as
the log has them that LIST-BUFFER, a packet list, is linked to; nil if
it is linked to none, or to a client's."
  (when-let* ((links (and (buffer-live-p list-buffer)
                          (smblog-pair-fresh-links list-buffer))))
    (let ((times (make-hash-table :test 'equal)))
      (dotimes (number (smblog-links-count links))
        (pcase (smblog-links-of-request links number)
          (`(certain ,_ ,(and response (guard response)) ,index . ,_)
           (let ((request (smblog-links-request links number)))
             (when (and (plist-get request :duration) (not (plist-get request :client)))
               (puthash (cons response index)
                        (round (* 1e9 (plist-get request :duration)))
                        times))))))
      (and (> (hash-table-count times) 0) times))))

(defun smbcmp-latency-log-split (samples times)
  "Return (SERVER . REST) of SAMPLES, seconds in sum, or nil.
TIMES is of `smbcmp-latency-log-times'; only samples that it has count."
  (let ((server 0) (rest 0) (known nil))
    (cl-loop for frame across (smbcmp-latency-slot samples 'frame)
             for index across (smbcmp-latency-slot samples 'index)
             for duration across (smbcmp-latency-slot samples 'duration)
             for time = (gethash (cons frame index) times)
             when time
             do (setq known t)
             and do (cl-incf server time)
             and do (cl-incf rest (max 0 (- duration time))))
    (and known (cons (/ server 1e9) (/ rest 1e9)))))

(provide 'smbcmp-latency-log)
;;; smbcmp-latency-log.el ends here
