;;; compare-edits.el --- Change one thing of a recording, and compare  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Edits of a recording, by fields, and what a comparison with an edited one
;; must tell.  A table of them has entries (WHAT EDIT EXPECTED...), EXPECTED
;; being (KIND WHERE FRAMES-A FRAMES-B FIELD...) or (environment NAME A B);
;; WHERE begins the label, FIELDs are all that are told of.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'rewrite)
(require 'seq)
(require 'subr-x)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Places

(defvar compare-edits--capture nil "The capture that is edited, open.")

(defun compare-edits--field (frame field &optional n)
  "Return the place in FRAME of the N-th FIELD sent, from 0: (START . LENGTH).
FIELD may be a list, of the names that it has had."
  (let ((node (nth (or n 0)
                   (cl-loop with tree = (smbcmp-frame-tree compare-edits--capture frame)
                            for name in (compare-edits--list field)
                            thereis (cl-remove-if (lambda (node) (dom-attr node 'generated))
                                                  (dom-by-tag tree name))))))
    (cons (dom-attr node 'start) (dom-attr node 'length))))

(defun compare-edits--set (packets frame field number &optional n)
  "Return PACKETS with the N-th FIELD of FRAME set to NUMBER, little endian."
  (pcase-let ((`(,start . ,length) (compare-edits--field frame field n)))
    (rewrite-patch packets frame start (rewrite-bytes number length t))))

(defun compare-edits--flip (packets frame field mask &optional n)
  "Return PACKETS with the bits of MASK flipped in the N-th FIELD of FRAME."
  (pcase-let* ((`(,start . ,length) (compare-edits--field frame field n))
               (bytes (rewrite-packet-bytes (nth (1- frame) packets))))
    (rewrite-patch packets frame start
                   (rewrite-bytes (logxor mask (rewrite-get bytes start length t)) length t))))

(defun compare-edits--text (packets frame old new)
  "Return PACKETS with the text OLD in FRAME, UTF-16, changed to NEW, as long."
  (let* ((coding 'utf-16le)
         (bytes (rewrite-packet-bytes (nth (1- frame) packets)))
         (start (string-match (regexp-quote (encode-coding-string old coding)) bytes)))
    (rewrite-patch packets frame start (encode-coding-string new coding))))

(defun compare-edits--named (packets frame field new)
  "Return PACKETS with the text, UTF-16, of FIELD of FRAME changed to NEW, as long."
  (rewrite-patch packets frame (car (compare-edits--field frame field))
                 (encode-coding-string new 'utf-16le)))

(defun compare-edits--copy (packets from to field &optional source)
  "Return PACKETS with FIELD of frame TO copied from SOURCE or FIELD of frame FROM."
  (pcase-let ((`(,start . ,length) (compare-edits--field from (or source field)))
              (`(,place . ,_) (compare-edits--field to field)))
    (rewrite-patch packets to place
                   (substring (rewrite-packet-bytes (nth (1- from) packets))
                              start (+ start length)))))

(defun compare-edits--shift (packets from field by)
  "Return PACKETS with BY added to FIELD of all frames from FROM on."
  (let ((n (1- from)))
    (while (< (cl-incf n) (1+ (length packets)))
      (pcase-let ((`(,start . ,length) (compare-edits--field n field)))
        (when start
          (let ((bytes (rewrite-packet-bytes (nth (1- n) packets))))
            (setq packets
                  (rewrite-patch packets n start
                                 (rewrite-bytes (+ by (rewrite-get bytes start length t))
                                                length t)))))))
    packets))

(defun compare-edits--again (edited packets from to)
  "Return PACKETS in which FROM to TO come once more, as they are in EDITED."
  (rewrite-insert packets (rewrite-keep edited from to) (1+ to)))

(defun compare-edits--echo (packets before)
  "Return PACKETS with an ECHO and its answer before frame BEFORE.
They are made of frames 110 and 111, TREE DISCONNECT: both have no more
than a StructureSize of 4."
  (let ((as-echo (compare-edits--set (compare-edits--set packets 110 'smb2.cmd 13)
                                     111 'smb2.cmd 13)))
    (rewrite-insert packets (rewrite-keep as-echo 110 111) before)))

(defun compare-edits--compress (packets frame)
  "Return PACKETS with the SMB2 message of FRAME compressed, by literals alone."
  (let* ((bytes (rewrite-packet-bytes (nth (1- frame) packets)))
         (start (+ 4 (rewrite-payload bytes)))
         (message (substring bytes start))
         ;; A bit of a word of flags for each literal; one that is set ends it.
         (literals (mapconcat (lambda (from)
                                (let* ((to (min (length message) (+ from 32)))
                                       (rest (- 32 (- to from))))
                                  (concat (rewrite-bytes (1- (ash 1 rest)) 4 t)
                                          (substring message from to))))
                              (number-sequence 0 (length message) 32) ""))
         (packed (concat "\xfcSMB" (rewrite-bytes (length message) 4 t)
                         (rewrite-bytes 2 2 t) (rewrite-bytes 0 2) (rewrite-bytes 0 4)
                         literals)))
    (cl-loop for packet in packets for n from 1
             collect (if (/= n frame) packet
                       (rewrite-packet :time (rewrite-packet-time packet)
                                       :bytes (concat (substring bytes 0 (- start 4))
                                                      (rewrite-bytes (length packed) 4)
                                                      (string-to-unibyte packed)))))))

(defun compare-edits--datagram (packets before)
  "Return PACKETS with a NetBIOS datagram before frame BEFORE.
It is a browser's announcement."
  (let* ((name (concat " " (make-string 32 ?A) "\0"))
         (browser (concat "\1\0" (rewrite-bytes 60000 4 t) (make-string 26 0)))
         (smb (concat "\xffSMB\x25" (make-string 27 0) "\x11" (make-string 2 0)
                      (rewrite-bytes (length browser) 2 t) (make-string 16 0)
                      (rewrite-bytes (length browser) 2 t) (rewrite-bytes 86 2 t)
                      "\3\0\1\0\0\0\2\0" (rewrite-bytes (+ 17 (length browser)) 2 t)
                      "\\MAILSLOT\\BROWSE\0" browser))
         (datagram (concat "\x11\x02\0\1\x7f\0\0\1\0\x8a"
                           (rewrite-bytes (+ (length smb) (* 2 (length name))) 2)
                           "\0\0" name name smb))
         (udp (concat "\0\x8a\0\x8a" (rewrite-bytes (+ 8 (length datagram)) 2) "\0\0" datagram))
         (ip (concat "\x45\0" (rewrite-bytes (+ 20 (length udp)) 2) "\0\0\0\0\x40\x11\0\0"
                     "\x7f\0\0\1\x7f\0\0\1")))
    (rewrite-insert
     packets
     (list (rewrite-packet :time (rewrite-packet-time (nth (1- before) packets)) :raw t
                           :bytes (string-to-unibyte
                                   (concat (make-string 12 0) "\x08\0" ip udp))))
     before)))
(defun compare-edits--lose (packets &rest frames)
  "Return PACKETS without FRAMES, which were sent but not captured."
  (apply #'rewrite-drop
         (mapcar (lambda (packet)
                   (let ((copy (rewrite-copy packet)))
                     (setf (rewrite-packet-raw copy) t)
                     copy))
                 (rewrite--renumber packets))
         frames))

(defun compare-edits--end (packets frame flags)
  "Return PACKETS to FRAME, and then a segment of the server's with TCP's FLAGS."
  (let* ((packet (rewrite-copy (nth 46 packets)))
         (bytes (rewrite-packet-bytes packet))
         (start (rewrite-payload bytes)))
    (setf (rewrite-packet-bytes packet)
          (rewrite-put (substring bytes 0 start)
                       (+ 13 14 (* 4 (logand 15 (aref bytes 14))))
                       (unibyte-string flags)))
    (append (rewrite-keep packets 1 frame) (list packet))))

(defun compare-edits--last (packets flags)
  "Return PACKETS with the server's segment of FLAGS behind the last response."
  (append (rewrite-insert (rewrite-keep packets 1 111)
                          (last (compare-edits--end packets 111 flags)) 112)
          (nthcdr 111 packets)))

(defun compare-edits--ports (packets old new)
  "Return PACKETS with the TCP port OLD changed to NEW."
  (mapcar (lambda (packet)
            (let* ((copy (rewrite-copy packet))
                   (bytes (rewrite-packet-bytes copy))
                   (tcp (+ 14 (* 4 (logand 15 (aref bytes 14))))))
              (dolist (at (list tcp (+ 2 tcp)) copy)
                (when (= old (rewrite-get bytes at 2))
                  (setf (rewrite-packet-bytes copy)
                        (setq bytes (rewrite-put bytes at (rewrite-bytes new 2))))))))
          packets))

;;;; Compare

(defun compare-edits--told-p (divergence expected)
  "Return non-nil if DIVERGENCE, a plist, is EXPECTED, of the table."
  (pcase-let ((`(,kind ,label ,a ,b . ,fields) expected))
    (and (eq kind (plist-get divergence :kind))
         (or (string-prefix-p label (plist-get divergence :label))
             (and (string-prefix-p "\\(" label)
                  (string-match-p label (plist-get divergence :label))))
         (or (eq a 'any) (equal a (plist-get divergence :a)))
         (or (eq b 'any) (equal b (plist-get divergence :b)))
         (or (equal fields '(any))
             ;; Since 4.6 the file id that is meant stands beside ffffffff-....
             (equal fields (seq-uniq (mapcar #'car (plist-get divergence :fields))))))))

(defun compare-edits--environment (comparison)
  "Return the environment of COMPARISON as the table has it."
  (mapcar (lambda (row) (cons 'environment (mapcar (lambda (key) (plist-get row key))
                                                   '(:name :a :b))))
          (smbcmp-comparison-environment comparison)))

(defun compare-edits--row-told-p (row expected)
  "Return non-nil if ROW, of the environment, is EXPECTED, of the table.
A value that begins with \"\\\\(\" is a regexp for the whole."
  (cl-every (lambda (value wanted)
              (if (and (stringp wanted) (string-prefix-p "\\(" wanted))
                  (and value (string-match-p (concat "\\`" wanted "\\'") value))
                (equal value wanted)))
            row expected))

(defun compare-edits--check (entry packets original file)
  "Check ENTRY of the table: edit PACKETS, compare ORIGINAL with FILE.
Return nil, or what went wrong."
  (pcase-let* ((`(,what ,edit . ,all) entry)
               (rows (cl-remove-if-not (lambda (e) (eq (car e) 'environment)) all))
               (expected (cl-set-difference all rows)))
    (rewrite-write (funcall edit packets) file)
    ;; In this Emacs: a worker each would take most of the time.
    (let* ((edited (smbcmp-open file :host 'embedded))
           (comparison (unwind-protect (smbcmp-diff-captures original edited)
                         (smbcmp-close edited)))
           (found (smbcmp-comparison-divergences comparison)))
      (unless (and (= (length found) (length expected))
                   (cl-every #'compare-edits--told-p found expected)
                   (= (length rows) (length (compare-edits--environment comparison)))
                   (cl-every #'compare-edits--row-told-p
                             (compare-edits--environment comparison) rows))
        (list what :expected all :environment (compare-edits--environment comparison) :found
              (mapcar (lambda (d)
                        (append (mapcar (lambda (key) (plist-get d key)) '(:kind :label :a :b))
                                (mapcar #'car (plist-get d :fields))))
                      found))))))

(defun compare-edits--list (name)
  "Return NAME as a list."
  (if (listp name) name (list name)))

(defun compare-edits--wrong (original again table)
  "Compare ORIGINAL with edits of AGAIN; return what TABLE has wrong.
Both are folders of recorded data, or (FOLDER FILE)."
  (let* ((file (make-temp-file "smbcmp-edit" nil ".pcap"))
         (again (apply #'smbcmp-test-data (compare-edits--list again)))
         (original (smbcmp-open (apply #'smbcmp-test-data (compare-edits--list original))))
         (compare-edits--capture (smbcmp-open again))
         (packets (rewrite-read again)))
    (unwind-protect
        (delq nil (mapcar (lambda (entry) (compare-edits--check entry packets original file))
                          table))
      (smbcmp-close original)
      (smbcmp-close compare-edits--capture)
      (delete-file file))))

(provide 'compare-edits)
;;; compare-edits.el ends here
