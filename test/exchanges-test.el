;;; exchanges-test.el --- Which response is a request's  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Exchanges are compared with what tshark knows of the same PDUs.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun exchanges-test--number (value)
  "Return VALUE, as tshark writes it, as a number; since 4.2 it writes \"True\"."
  (if (equal value "True") 1 (string-to-number value)))

(defun exchanges-test--tshark-pdus (file)
  "Return what tshark says of FILE's SMB2 PDUs: a hash table.
Keys are (FRAME . INDEX), values (RESPONSE-P MESSAGE COMMAND LINK), LINK
being the frame that has the response or request, or nil."
  (let ((table (make-hash-table :test 'equal)))
    (with-temp-buffer
      (call-process "tshark" nil '(t nil) nil "-2" "-r" file "-Y" "smb2" "-T" "fields"
                    "-E" "separator=;" "-e" "frame.number" "-e" "smb2.flags.response"
                    "-e" "smb2.msg_id" "-e" "smb2.cmd" "-e" "smb2.response_in"
                    "-e" "smb2.response_to")
      (dolist (line (split-string (buffer-string) "\n" t))
        (pcase-let ((`(,frame ,responses ,messages ,commands ,in ,to)
                     (mapcar (lambda (values)
                               (mapcar #'exchanges-test--number (split-string values "," t)))
                             (split-string line ";"))))
          (cl-loop for response in responses for message in messages for command in commands
                   for i from 0
                   ;; Where all PDUs of a frame have a link, the n-th is the n-th's.
                   for links = (if (= response 1) to in)
                   do (puthash (cons (car frame) i)
                               (list (= response 1) message command
                                     (and (= (length links) (length responses))
                                          (nth i links)))
                               table)))))
    table))

(defun exchanges-test--check-exchanges (file)
  "Check the exchanges of FILE against tshark; return how many requests it has."
  (let* ((pdus (exchanges-test--tshark-pdus file))
         (capture (smbcmp-open file))
         (exchanges (unwind-protect (smbcmp-exchanges capture) (smbcmp-close capture)))
         (seen (make-hash-table :test 'equal))
         (requests 0))
    (dolist (exchange exchanges)
      (let* ((request (plist-get exchange :request))
             (response (plist-get exchange :response))
             (asked (gethash request pdus))
             (told (gethash response pdus)))
        (dolist (pdu (append (list request response (plist-get exchange :interim))
                             (plist-get exchange :further)))
          (when (gethash pdu pdus)
            (should-not (gethash pdu seen))
            (puthash pdu t seen)))
        (when (and asked (not (nth 0 asked))) (cl-incf requests))
        (when (and asked told)
          ;; The message id says which request it is.
          (should (equal (nth 1 asked) (nth 1 told)))
          (should (equal (nth 2 asked) (nth 2 told))))
        ;; A CANCEL has its request's id and no response; tshark takes the
        ;; request's for its own, and links that back to it.
        (when (and asked (not (nth 0 asked)) (nth 3 asked) (/= (nth 2 asked) 12))
          (should (equal (nth 3 asked) (car response))))
        (when (and asked (= (nth 2 asked) 12))
          (should-not response))))
    (maphash (lambda (pdu _) (should (gethash pdu seen))) pdus)
    requests))

(ert-deftest exchanges-test-each-request-has-its-response ()
  "Every PDU of compounds, async requests and cancels is where it belongs."
  (pcase-dolist (`(,folder ,requests) '(("good" 53) ("concurrent" 346) ("t-compound" 221)
                                        ("t-notify" 91) ("t-lock" 905)
                                        ("t-copychunk" 15) ("t-owner" 21)
                                        ("t-lookupnames" 23)))
    (should (equal (list folder requests)
                   (list folder (exchanges-test--check-exchanges
                                 (smbcmp-test-data folder)))))))

(provide 'exchanges-test)
;;; exchanges-test.el ends here
