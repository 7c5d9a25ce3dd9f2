;;; rewrite.el --- Captures that differ in one known thing  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Reads a capture of Ethernet, IPv4 and TCP, lets packets be dropped,
;; copied, moved and patched, and writes it with TCP's sequence numbers
;; and IP's lengths put in order, so that dissectors find nothing odd but
;; what was done to the SMB in it.

;;; Code:

(require 'cl-lib)
(require 'seq)

(cl-defstruct (rewrite-packet (:constructor rewrite-packet) (:copier rewrite-copy))
  (time 0 :documentation "Nanoseconds since 1970.")
  (bytes "" :documentation "From the Ethernet header on.")
  (raw nil :documentation "Non-nil to leave its sequence numbers alone."))

;;;; Numbers

(defun rewrite-get (bytes offset size &optional little)
  "Return the number of SIZE bytes at OFFSET of BYTES, big endian unless LITTLE."
  (let ((part (append (substring bytes offset (+ offset size)) nil)))
    (seq-reduce (lambda (n byte) (+ (* 256 n) byte)) (if little (nreverse part) part) 0)))

(defun rewrite-bytes (number size &optional little)
  "Return NUMBER as SIZE bytes, big endian unless LITTLE."
  (let ((bytes (cl-loop for i below size collect (logand 255 (ash number (* -8 i))))))
    (apply #'unibyte-string (if little bytes (nreverse bytes)))))

(defun rewrite-put (bytes offset new)
  "Return BYTES with NEW in place of as many at OFFSET."
  (concat (substring bytes 0 offset) new (substring bytes (+ offset (length new)))))

;;;; Files

(defun rewrite-read (file)
  "Return the packets of FILE, any type tshark reads, a list."
  (let ((copy (make-temp-file "smbcmp-rewrite" nil ".pcap")))
    (unwind-protect
        (with-temp-buffer
          (set-buffer-multibyte nil)
          (unless (zerop (call-process "editcap" nil nil nil "-F" "nsecpcap" file copy))
            (error "Editcap can't read %s" file))
          (insert-file-contents-literally copy)
          (rewrite--parse (buffer-string)))
      (delete-file copy))))

(defun rewrite--parse (pcap)
  "Return the packets of PCAP, a little-endian file with nanoseconds."
  (let ((at 24) packets)
    (while (< at (length pcap))
      (let ((size (rewrite-get pcap (+ at 8) 4 t)))
        (push (rewrite-packet :time (+ (* 1000000000 (rewrite-get pcap at 4 t))
                                       (rewrite-get pcap (+ at 4) 4 t))
                              :bytes (substring pcap (+ at 16) (+ at 16 size)))
              packets)
        (cl-incf at (+ 16 size))))
    (nreverse packets)))

(defun rewrite-write (packets file)
  "Write PACKETS to FILE, their headers in order."
  (let ((coding-system-for-write 'no-conversion))
    (with-temp-file file
      (set-buffer-multibyte nil)
      (insert (rewrite-bytes #xa1b23c4d 4 t) (rewrite-bytes 2 2 t) (rewrite-bytes 4 2 t)
              (rewrite-bytes 0 8) (rewrite-bytes 262144 4 t) (rewrite-bytes 1 4 t))
      (dolist (packet (rewrite--renumber packets))
        (let ((bytes (rewrite-packet-bytes packet))
              (time (rewrite-packet-time packet)))
          (insert (rewrite-bytes (/ time 1000000000) 4 t)
                  (rewrite-bytes (mod time 1000000000) 4 t)
                  (rewrite-bytes (length bytes) 4 t) (rewrite-bytes (length bytes) 4 t)
                  bytes))))))

;;;; TCP

(defun rewrite-payload (bytes)
  "Return where TCP's payload begins in BYTES, a packet."
  (let ((ip (* 4 (logand 15 (aref bytes 14)))))
    (+ 14 ip (* 4 (ash (aref bytes (+ 14 ip 12)) -4)))))

(defun rewrite--renumber (packets)
  "Return PACKETS with lengths, sequence numbers and acknowledgments in order."
  (let ((next (make-hash-table :test 'equal)))
    (mapcar
     (lambda (packet)
       (let* ((bytes (rewrite-packet-bytes packet))
              (tcp (+ 14 (* 4 (logand 15 (aref bytes 14)))))
              (from (list (substring bytes 26 30) (substring bytes tcp (+ tcp 2))
                          (substring bytes (+ tcp 2) (+ tcp 4))))
              (to (list (substring bytes 30 34) (nth 2 from) (nth 1 from)))
              (flags (aref bytes (+ tcp 13)))
              (size (- (length bytes) (rewrite-payload bytes)))
              (sequence (if (zerop (logand flags 2))
                            (gethash from next (rewrite-get bytes (+ tcp 4) 4))
                          (rewrite-get bytes (+ tcp 4) 4))))
         (unless (rewrite-packet-raw packet)
           (puthash from (logand #xffffffff (+ sequence size (if (zerop (logand flags 3)) 0 1)))
                    next)
           (setq bytes (rewrite-put bytes 16 (rewrite-bytes (- (length bytes) 14) 2))
                 bytes (rewrite-put bytes (+ tcp 4) (rewrite-bytes sequence 4)))
           (when (and (not (zerop (logand flags 16))) (gethash to next))
             (setq bytes (rewrite-put bytes (+ tcp 8)
                                      (rewrite-bytes (gethash to next) 4)))))
         (let ((new (rewrite-copy packet)))
           (setf (rewrite-packet-bytes new) bytes)
           new)))
     packets)))

;;;; Edits

(defun rewrite-drop (packets &rest frames)
  "Return PACKETS without FRAMES, numbers from 1."
  (cl-loop for packet in packets for frame from 1
           unless (memq frame frames) collect packet))

(defun rewrite-keep (packets first last)
  "Return those of PACKETS from frame FIRST to LAST."
  (seq-subseq packets (1- first) last))

(defun rewrite-insert (packets new before)
  "Return PACKETS with copies of the packets NEW just before frame BEFORE.
They are of the time of what comes before them."
  (let ((time (rewrite-packet-time (nth (max 0 (- before 2)) packets))))
    (append (rewrite-keep packets 1 (1- before))
            (mapcar (lambda (packet)
                      (let ((copy (rewrite-copy packet)))
                        (setf (rewrite-packet-time copy) time)
                        copy))
                    new)
            (nthcdr (1- before) packets))))

(defun rewrite-move (packets first last before)
  "Return PACKETS with frames FIRST to LAST moved to just before frame BEFORE."
  (let ((rest (apply #'rewrite-drop packets (number-sequence first last))))
    (rewrite-insert rest (rewrite-keep packets first last)
                    (if (> before last) (- before (- last first -1)) before))))

(defun rewrite-duplicate (packets first last)
  "Return PACKETS with frames FIRST to LAST twice, one after the other."
  (rewrite-insert packets (rewrite-keep packets first last) (1+ last)))

(defun rewrite-patch (packets frame offset new)
  "Return PACKETS with the string NEW at OFFSET of FRAME."
  (cl-loop for packet in packets for n from 1
           collect (if (/= n frame)
                       packet
                     (let ((copy (rewrite-copy packet)))
                       (setf (rewrite-packet-bytes copy)
                             (rewrite-put (rewrite-packet-bytes packet) offset new))
                       copy))))

(defun rewrite-delay (packets frame nanoseconds)
  "Return PACKETS with FRAME, and those that follow, NANOSECONDS later."
  (cl-loop for packet in packets for n from 1
           collect (if (< n frame)
                       packet
                     (let ((copy (rewrite-copy packet)))
                       (cl-incf (rewrite-packet-time copy) nanoseconds)
                       copy))))

(defun rewrite-split (packets frame)
  "Return PACKETS with the payload of FRAME in two segments."
  (cl-loop for packet in packets for n from 1
           append (if (/= n frame)
                      (list packet)
                    (let* ((bytes (rewrite-packet-bytes packet))
                           (start (rewrite-payload bytes))
                           (middle (/ (+ start (length bytes)) 2))
                           (first (rewrite-copy packet))
                           (second (rewrite-copy packet)))
                      (setf (rewrite-packet-bytes first) (substring bytes 0 middle)
                            (rewrite-packet-bytes second)
                            (concat (substring bytes 0 start) (substring bytes middle)))
                      (list first second)))))

(defun rewrite-retransmit (packets frame after)
  "Return PACKETS with FRAME once more, as it was, behind frame AFTER."
  (let ((again (rewrite-copy (nth (1- frame) (rewrite--renumber packets)))))
    (setf (rewrite-packet-raw again) t
          (rewrite-packet-time again) (rewrite-packet-time (nth (1- after) packets)))
    (append (rewrite-keep packets 1 after) (list again) (nthcdr after packets))))

(provide 'rewrite)
;;; rewrite.el ends here
