;;; compare-reconnect-test.el --- Clients that connect again  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; In `t-reopen' a client with one GUID connects three times, gives up the
;; session before and takes its durable handle back.

;;; Code:

(require 'cl-lib)
(require 'compare-edits)
(require 'compare-fold-test)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst compare-reconnect--table
  '(("nothing" identity)
    ("the handle is not given back"
     (lambda (p) (compare-edits--set p 43 'smb2.nt_status #xc0000034))
     (status "CREATE \\: STATUS_SUCCESS / STATUS_OBJECT_NAME_NOT_FOUND" (40 . 43) (40 . 43) any))
    ("no session is given up"
     (lambda (p) (compare-edits--set p 28 'smb2.previous_sesid 0))
     (request "SESSION SETUP NTLMSSP_NEGOTIATE: Previous Session Id: " (28 . 29) (28 . 29)
              smb2.previous_sesid))
    ("another session is given up"
     (lambda (p) (compare-edits--copy p 28 52 'smb2.previous_sesid))
     (identifier "SESSION SETUP NTLMSSP_NEGOTIATE: session id " (52 . 53) (52 . 53) any))
    ("another handle is taken back"
     (lambda (p) (compare-edits--flip p 40 'smb2.dh2x.create_guid #xff))
     (identifier "CREATE \\: guids of durable_v2_open" (40 . 43) (40 . 43) any))
    ("the client does not come back" (lambda (p) (rewrite-keep p 1 46))
     ;; It may have, later.
     (capture "CREATE \\: not captured in B" (60 . 61) nil)
     (only-a "connection of " any nil)))
  "Edits of t-reopen, and what they make a comparison tell.")

(ert-deftest compare-reconnect-test-durable-handle ()
  "What becomes of a session and a durable handle on another connection is told."
  (when-let* ((wrong (compare-edits--wrong "t-reopen" "t-reopen" compare-reconnect--table)))
    (ert-fail wrong)))

(defun compare-reconnect--begin-again (packets)
  "Return PACKETS to frame 46, reset there, and the rest from another port.
The client sets up a session first, and opens the file again."
  (let* ((reset (compare-edits--end packets 46 #x14))
         (from (rewrite-get (rewrite-packet-bytes (car packets))
                            (- (rewrite-payload (rewrite-packet-bytes (car packets))) 40) 2))
         (span (- (rewrite-packet-time (car (last packets))) (rewrite-packet-time (car packets)))))
    (append reset
            (mapcar (lambda (packet)
                      (cl-incf (rewrite-packet-time packet) span)
                      packet)
                    (compare-edits--ports (append (rewrite-keep packets 1 19)
                                                  (rewrite-keep packets 44 114))
                                          from (1+ from))))))

(ert-deftest compare-reconnect-test-after-a-reset ()
  "Where the client connected again is told with how its connection ended."
  (compare-fold-test--call
   "good" #'compare-reconnect--begin-again
   (lambda (comparison swapped)
     (let ((first (plist-get (car (smbcmp-comparison-divergences comparison)) :label)))
       (should (string-match-p (format "server reset the connection after GETINFO hello.txt .*\
 (frame 47 of %s); client connected again in frame 51" (if swapped "A" "B"))
                               first))))))

(provide 'compare-reconnect-test)
;;; compare-reconnect-test.el ends here
