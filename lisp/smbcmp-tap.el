;;; smbcmp-tap.el --- What Wireshark's statistics tell of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Conversations, expert information and the data of a stream, as Lisp
;; data: what tshark's options "-z conv,tcp", "-z expert" and
;; "-z follow,tcp" print, collected by the same functions of libwireshark.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)

(defconst smbcmp-tap-conversation-keys
  '(:address-a :port-a :address-b :port-b :frames-ab :bytes-ab :frames-ba :bytes-ba :stream)
  "What a worker tells of a conversation before its times, in this order.")

(defun smbcmp-tap-conversations-of (value)
  "Return the conversations in VALUE, a worker's reply."
  (mapcar (lambda (conversation)
            (append (cl-mapcan #'list smbcmp-tap-conversation-keys conversation)
                    (pcase-let ((`(,start ,stop) (nthcdr 9 conversation)))
                      (list :start (/ start 1e9) :duration (/ (- stop start) 1e9)))))
          value))

(defun smbcmp-tap-conversations (capture &optional protocol)
  "Return the conversations of PROTOCOL, \"tcp\" by default, in CAPTURE.
The value is a list of plists, in the order they begin:

 :address-a :port-a :address-b :port-b   A sent first.
 :frames-ab :bytes-ab                    What A sent to B.
 :frames-ba :bytes-ba                    What B sent to A.
 :stream                                 Its number, that of tcp.stream.
 :start :duration                        Seconds; :start counts from the
                                         first frame of the capture.

Signal `smbcmp-error' if Wireshark has no conversations of PROTOCOL."
  (smbcmp-tap-conversations-of
   (smbcmp-capture-call-loaded capture "conversations" (list :protocol (or protocol "tcp")))))

(defun smbcmp-tap-expert-of (value)
  "Return the expert information in VALUE, a worker's reply."
  (mapcar (pcase-lambda (`(,frame ,severity ,group ,protocol ,summary))
            (list :frame frame :severity severity :group group :protocol protocol
                  :summary summary))
          value))

(defun smbcmp-tap-expert (capture)
  "Return the expert information of CAPTURE, in the order of frames.
The value is a list of plists (:frame :severity :group :protocol
:summary), all but the first as Wireshark has them: \"Warning\",
\"Sequence\", \"TCP\"."
  (smbcmp-tap-expert-of (smbcmp-capture-call-loaded capture "expert" nil)))

(defun smbcmp-tap-stream-of (value)
  "Return the data of a stream in VALUE, a worker's reply."
  (pcase-let ((`(,client ,client-port ,server ,server-port ,chunks ,sent ,got) value))
    (list :client (cons client client-port) :server (cons server server-port)
          :bytes (cons sent got) :chunks chunks)))

(defun smbcmp-tap-stream (capture stream &optional protocol)
  "Return what client and server sent in STREAM of PROTOCOL in CAPTURE.
STREAM is a number, PROTOCOL \"tcp\" by default.  The value is a plist:

 :client :server   (ADDRESS . PORT)
 :bytes            (N . M), how many bytes client and server sent.
 :chunks           List of (FRAME FROM-SERVER DATA), in the order of the
                   stream; DATA is a unibyte string.

Signal `smbcmp-error' if Wireshark can't follow PROTOCOL."
  (smbcmp-tap-stream-of
   (smbcmp-capture-call-loaded capture "follow"
                               (list :protocol (or protocol "tcp") :stream stream))))

(provide 'smbcmp-tap)
;;; smbcmp-tap.el ends here
