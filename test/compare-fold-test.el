;;; compare-fold-test.el --- What is told in one line, or below another  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A recording is compared with a second one of the same scenario in which
;; several things were changed that belong together.

;;; Code:

(require 'cl-lib)
(require 'compare-edits)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun compare-fold-test--call (folder edit function)
  "Call FUNCTION with what comparing FOLDER with an edited copy of it comes to.
EDIT returns the packets of the copy; called with a third argument t,
FUNCTION has the copy as A."
  (let ((file (make-temp-file "smbcmp-fold" nil ".pcap"))
        (compare-edits--capture (smbcmp-open (smbcmp-test-data folder))))
    (unwind-protect
        (progn
          (rewrite-write (funcall edit (rewrite-read (smbcmp-test-data folder))) file)
          (let ((edited (smbcmp-open file)))
            (unwind-protect
                (progn
                  (funcall function (smbcmp-diff-captures compare-edits--capture edited) nil)
                  (funcall function (smbcmp-diff-captures edited compare-edits--capture) t))
              (smbcmp-close edited))))
      (smbcmp-close compare-edits--capture)
      (delete-file file))))

(defun compare-fold-test--told (comparison)
  "Return (KIND LABEL COUNT CAUSE) of the divergences of COMPARISON."
  (mapcar (lambda (d) (mapcar (lambda (key) (plist-get d key)) '(:kind :label :count :cause)))
          (smbcmp-comparison-divergences comparison)))

(ert-deftest compare-fold-test-what-is-not-done-for-a-status ()
  "What one side does not do after another status is one line, and follows from it."
  (compare-fold-test--call
   "good"
   ;; docs, docs\readme.txt and docs\a.bin are opened in frames 60 to 77.
   (lambda (p) (apply #'rewrite-drop (compare-edits--set p 59 'smb2.nt_status #xc0000022)
                      (number-sequence 60 77)))
   (lambda (comparison swapped)
     (pcase-let ((`(,status ,run . ,more) (compare-fold-test--told comparison)))
       (should-not more)
       (should (equal (car status) 'status))
       (should (equal run
                      (if swapped
                          '(only-b "CREATE docs and what follows, 9 exchanges: only in B; \
A goes on in frame 60" 9 0)
                        '(only-a "CREATE docs and what follows, 9 exchanges: only in A; \
B goes on in frame 60" 9 0)))))
     ;; It unfolds.
     (should (= 9 (length (smbcmp-compare-folded-rows
                           comparison (nth 1 (smbcmp-comparison-divergences comparison)))))))))

(ert-deftest compare-fold-test-other-bytes-of-one-file ()
  "Once a file has other bytes, all that reads or writes them follows from that."
  (cl-flet ((last-byte (packets frame)
              (rewrite-patch packets frame
                             (1- (length (rewrite-packet-bytes (nth (1- frame) packets)))) "!")))
    (compare-fold-test--call
     "pieces-small"
     (lambda (p)
       (let ((frames (smbcmp-frames compare-edits--capture
                                    "smb2.cmd == 8 && smb2.flags.response == 1")))
         (should (> (length frames) 2))
         (seq-reduce #'last-byte (seq-take frames 3) p)))
     (lambda (comparison _swapped)
       (should (equal '((response nil) (response 0) (response 0))
                      (mapcar (lambda (told) (list (nth 0 told) (nth 3 told)))
                              (compare-fold-test--told comparison))))))))

(ert-deftest compare-fold-test-no-dialect ()
  "That no dialect is acceptable is said, not by which number."
  (cl-flet ((label (a b)
              (smbcmp-compare-label
               (smbcmp-divergence-make
                :kind 'response :fields `((smb.wct "Word Count: 17" "Word Count: 1")
                                          (smb.dialect.index ,a ,b)))
               '(:label "NEGOTIATE PROTOCOL" :response (9 . 0))
               '(:label "NEGOTIATE PROTOCOL" :response (19 . 0)))))
    (should (equal (label "Selected Index: 0: NT LM 0.12"
                          "Selected Index: -1, server does not support any of the listed dialects")
                   "NEGOTIATE PROTOCOL: NT LM 0.12 / no dialect acceptable"))))

(ert-deftest compare-fold-test-a-result-without-a-name ()
  "What a procedure returned is its number if nobody named that."
  (should (equal (smbcmp-compare-label
                  (smbcmp-divergence-make
                   :kind 'response :fields '((lsarpc.status "NT Error: STATUS_SUCCESS (0x00000000)"
                                                            "NT Error: Unknown (0xac8bbf0e)")))
                  '(:label "IOCTL" :response (9 . 0)) '(:label "IOCTL" :response (9 . 0)))
                 "IOCTL: STATUS_SUCCESS / 0xac8bbf0e")))

(defun compare-fold-test--unanswered (packets again)
  "Return PACKETS in which nothing after frame 44 is answered for 35 s.
If AGAIN is non-nil, TCP sends 44 again."
  (let ((begin (rewrite-keep packets 1 44))
        ;; TCP's end of the connection.
        (end (nthcdr 111 (rewrite-delay packets 112 35000000000))))
    (append (if again (rewrite-retransmit begin 44 44) begin) end)))

(ert-deftest compare-fold-test-no-answer ()
  "How long a request waited in vain is told, and how often TCP sent it again."
  (dolist (again '(nil t))
    (compare-fold-test--call
     "good"
     (lambda (p) (compare-fold-test--unanswered p again))
     (lambda (comparison swapped)
       (pcase-let ((`(,first ,rest . ,more) (compare-fold-test--told comparison)))
         (should-not more)
         (should (eq 'connection (car first)))
         (should (string-match-p
                  (format "\\`server did not answer CREATE hello.txt for 35[.0-9]* s (frame 44 of %s)%s\\'"
                          (if swapped "A" "B") (if again ", sent again 1 time" ""))
                  (nth 1 first)))
         (should (equal 0 (nth 3 rest)))
         (should (string-match-p "ends here; [0-9]+ exchanges only in" (nth 1 rest))))))))

(ert-deftest compare-fold-test-out-of-order ()
  "Frames that are not in the order of time are told."
  (compare-fold-test--call
   "good"
   (lambda (p)
     (let ((moved (rewrite-copy (nth 49 p))))
       (setf (rewrite-packet-time moved) (- (rewrite-packet-time (nth 48 p)) 1000))
       (append (rewrite-keep p 1 49) (list moved) (nthcdr 50 p))))
   (lambda (comparison swapped)
     (should (member (format "1 frame of %s out of the order of time, first in frame 50: \
reordercap puts that right" (if swapped "A" "B"))
                     (smbcmp-comparison-notes comparison))))))

;; Which side is looked at first goes by hashes, and so by names.
(ert-deftest compare-fold-test-a-path-of-another-name-is-tried-again ()
  "What is tried again follows from its failure, whatever the file is called."
  (dolist (name '("it.bin" "us.bin" "we.bin" "he.bin" "me.bin" "ox.bin"))
    (compare-fold-test--call
     "good"
     (lambda (p)
       (let ((p (compare-edits--text p 38 "up.bin" name)))
         (compare-edits--again
          p (compare-edits--set (compare-edits--set p 39 'smb2.nt_status #xc000004f)
                                39 'smb2.fid 0)
          38 39)))
     (lambda (comparison _swapped)
       (let* ((pinned (smbcmp-diff-captures (smbcmp-comparison-a comparison)
                                            (smbcmp-comparison-b comparison)
                                            :pins '((t (38 . 0) (38 . 0)))))
              (told (compare-fold-test--told pinned))
              (alone (cl-find-if (lambda (d) (memq (car d) '(only-a only-b))) told)))
         (ert-info ((format "%s %S" name told))
           (should (equal '(status nil) (list (nth 0 (car told)) (nth 3 (car told)))))
           (should (equal 0 (nth 3 alone)))))))))

(defun compare-fold-test--raw (packets)
  "Return PACKETS, to be put into another order and written as they are then."
  (let ((packets (rewrite--renumber packets)))
    (dolist (packet packets packets) (setf (rewrite-packet-raw packet) t))))

(defun compare-fold-test--from-server-p (packet)
  "Return non-nil if PACKET, IPv4 in Ethernet, is from port 445."
  (= 445 (rewrite-get (rewrite-packet-bytes packet) 34 2)))

(ert-deftest compare-fold-test-two-directions-in-blocks ()
  "What two cards saw, written in turns, is no behaviour, but a status is.
Neither does the server close what goes on in time, nor is anything moved."
  (pcase-dolist (`(,edit . ,kinds)
                 `((identity)
                   (,(lambda (p) (compare-edits--set p 45 'smb2.nt_status #xc0000022)) status)))
    (compare-fold-test--call
     "good"
     (lambda (p)
       (let ((p (compare-fold-test--raw (funcall edit p))))
         (append (seq-take p 49)
                 (cl-loop for block in (seq-partition (seq-drop p 49) 20)
                          append (cl-remove-if-not #'compare-fold-test--from-server-p block)
                          append (cl-remove-if #'compare-fold-test--from-server-p block)))))
     (lambda (comparison _swapped)
       (let ((found (mapcar (lambda (d) (plist-get d :kind))
                            (smbcmp-comparison-divergences comparison))))
         ;; Wireshark 3.4 dissects what it takes for sent again: nothing is missing.
         (unless (string-match-p "(Wireshark) 3\\." (shell-command-to-string "tshark --version"))
           (should (memq 'capture found)))
         (should (equal kinds (seq-take (remq 'capture found) 1)))
         (should (= (cond (kinds 1) (found 2) (t 0))
                    (smbcmp-compare-report-status comparison))))))))

(defun compare-fold-test--jitter (packets seed)
  "Return PACKETS, of which a fourth, by a row of numbers from SEED on, is late."
  (mapcar #'cdr
          (cl-stable-sort
           (cl-loop for packet in packets for place from 0
                    do (setq seed (mod (+ 12345 (* seed 1103515245)) 2147483648))
                    collect (cons (if (zerop (mod (/ seed 65536) 4)) (+ place 2.5) place)
                                  packet))
           #'< :key #'car)))

(ert-deftest compare-fold-test-frames-in-another-order-than-sent ()
  "Nothing is moved, and no server closes, that does so in the file alone."
  (dolist (seed '(2 5 6 7 8 9))
    (compare-fold-test--call
     "good"
     (lambda (p) (compare-fold-test--jitter (compare-fold-test--raw p) seed))
     (lambda (comparison _swapped)
       (ert-info ((format "seed %d" seed))
         (should-not (cl-remove 'capture (smbcmp-comparison-divergences comparison)
                                :key (lambda (d) (plist-get d :kind)))))))))

;; Wireshark knows by the request of which information class its response is.
(ert-deftest compare-fold-test-requests-that-nobody-captured ()
  "Of responses without requests a status is told, but not bytes of unknown class."
  (let ((a (make-temp-file "smbcmp-fold" nil ".pcap"))
        (b (make-temp-file "smbcmp-fold" nil ".pcap")))
    (unwind-protect
        (pcase-dolist (`(,frame . ,kinds) '((nil capture) (25 capture status)))
          (pcase-dolist (`(,file ,folder ,denied) `((,a "good" nil) (,b "good-again" ,frame)))
            (let ((packets (rewrite-read (smbcmp-test-data folder))))
              (when denied
                (setq packets (rewrite-patch packets denied 78 (rewrite-bytes #xc0000022 4 t))))
              (rewrite-write (compare-edits--lose packets 22 46 74) file)))
          (let ((comparison (smbcmp-diff-captures (smbcmp-open a) (smbcmp-open b))))
            (unwind-protect
                (let ((told (compare-fold-test--told comparison)))
                  (should (seq-set-equal-p kinds (mapcar #'car told)))
                  (should (rassoc '("FIND: request not captured" 1 nil) told))
                  (should (= (if frame 1 2) (smbcmp-compare-report-status comparison))))
              (smbcmp-close (smbcmp-comparison-a comparison))
              (smbcmp-close (smbcmp-comparison-b comparison)))))
      (mapc #'delete-file (list a b)))))

;; In the order of time the answer of frame 49 would come before its question.
(ert-deftest compare-fold-test-a-clock-that-was-set-back ()
  "The order of the file is right where that of time is not."
  (compare-fold-test--call
   "good"
   (lambda (p)
     (cl-loop for packet in p for frame from 1
              do (when (>= frame 49)
                   (setf (rewrite-packet-time packet)
                         (- (rewrite-packet-time packet) 50000000))))
     p)
   (lambda (comparison _swapped)
     (should-not (cl-remove 'slower (smbcmp-comparison-divergences comparison)
                            :key (lambda (d) (plist-get d :kind)))))))

;; A request is behind its response: Wireshark takes it for one sent again, and some
;; versions do not dissect it.
(ert-deftest compare-fold-test-a-request-behind-its-response ()
  "What is out of order in the file is no behaviour, not even where its pipe is unknown."
  (dolist (frame '(48 14))
    (compare-fold-test--call
     "good"
     (lambda (p)
       (let ((p (compare-fold-test--raw p)))
         (cl-rotatef (nth (1- frame) p) (nth frame p))
         p))
     (lambda (comparison _swapped)
       (should (seq-every-p (lambda (d) (eq 'capture (plist-get d :kind)))
                            (smbcmp-comparison-divergences comparison)))
       (should (cl-some (lambda (note) (string-match-p "out of the order of time" note))
                        (smbcmp-comparison-notes comparison)))))))

(ert-deftest compare-fold-test-a-request-behind-its-response-is-its-request ()
  "Where it is dissected behind the response, they are one exchange as before."
  (compare-fold-test--call
   "good"
   ;; Sequence numbers are in order again when it is written.
   (lambda (p) (cl-rotatef (nth 47 p) (nth 48 p)) p)
   (lambda (comparison _swapped)
     (should-not (smbcmp-comparison-divergences comparison))
     (should (cl-some (lambda (note) (string-match-p "out of the order of time" note))
                      (smbcmp-comparison-notes comparison))))))

(ert-deftest compare-fold-test-what-names-a-pipe-is-lost ()
  "Where a tree, a handle or a binding was not captured, only a status is told.
Without these Wireshark does not dissect what goes through the pipe."
  (pcase-dolist (`(,status . ,lost)
                 '((nil 15) (nil 18) (nil 19 23) (nil 15 18 19 23)
                   (#xc0000022 15) (#xc0000022 19 23)))
    (compare-fold-test--call
     "t-lookupnames"
     (lambda (p)
       (apply #'compare-edits--lose
              (if status (compare-edits--set p 34 'smb2.nt_status status) p) lost))
     (lambda (comparison _swapped)
       (let ((kinds (mapcar #'car (compare-fold-test--told comparison))))
         (ert-info ((format "%S" lost))
           (should kinds)
           (should (equal (remq 'capture kinds) (and status '(status))))))))))

(provide 'compare-fold-test)
;;; compare-fold-test.el ends here
