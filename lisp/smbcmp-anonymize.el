;;; smbcmp-anonymize.el --- Take names, addresses and payload out of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Works on what Wireshark dissects.  Of every byte of a frame the smallest
;; field that holds it decides: in a string words are replaced, the same
;; word always by the same other one of the same length, letters by letters
;; of the same case and digits by digits, the rest as it is, since it is
;; often the bug; bytes that are dissected no further are payload or
;; secrets, and replaced; numbers stay.  Then all words are looked for
;; wherever else they may be.  What is encrypted or compressed can't be
;; reached: such frames are refused.
;;
;; The file is written again from its blocks (pcapng, draft-ietf-opsawg-pcapng):
;; names of interfaces and hosts, keys and comments in it do not come along.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'seq)
(require 'smbcmp-anonymize-map)
(require 'smbcmp-capture)

(defconst smbcmp-anonymize--spared
  "\\`\\(?:frame\\|eth\\|sll\\|ip\\|ipv6\\|tcp\\|_ws\\|ntlmssp\\.identifier\\|smb2?\\.tag\\|\
smb2\\.\\(?:chain\\|create\\.chain\\|protocol\\)\\|smb\\.\\(?:dialect\\|service\\|native_fs\\|\
server_component\\)\\|nbss\\.type\\|spnego\\|gss-api\\)\\(?:\\.\\|\\'\\)"
  "Regexp for fields whose strings and bytes are no one's.")

(defconst smbcmp-anonymize--unreachable
  '((smb2.header.transform.signature . "encrypted")
    (smb2.header.comp_alg . "compressed") (smb2.comp_alg . "compressed"))
  "Fields of what hides PDUs from us, and what they are.")

(defconst smbcmp-anonymize--checksums
  "\\`\\(?:ip\\|tcp\\|udp\\|icmp\\)\\.checksum\\'\\|\\`smb2?\\.signature\\'"
  "Regexp for fields that are blanked.")

;;;; Fields

(cl-defstruct (smbcmp-anonymize--field (:constructor smbcmp-anonymize--make-field)
                                       (:copier nil))
  "A field of a frame, where it is."
  (name nil :documentation "Its filter name, a string.")
  (type nil :documentation "Its type, a symbol.")
  (value nil :documentation "Its value.")
  (source 0 :documentation "Number of its data source.")
  (start 0 :documentation "Its first byte there.")
  (end 0 :documentation "The byte after its last.")
  (leaf nil :documentation "Non-nil if it has no parts."))

(defun smbcmp-anonymize--fields (tree)
  "Return the fields of TREE that have bytes, in its order."
  (let (fields)
    (cl-labels ((walk (node)
                  (let ((start (dom-attr node 'start)) (length (dom-attr node 'length)))
                    (when (and start (> length 0) (not (dom-attr node 'generated))
                               (not (eq (dom-tag node) 'text)))
                      (push (smbcmp-anonymize--make-field
                             :name (symbol-name (dom-tag node)) :type (dom-attr node 'type)
                             :value (dom-attr node 'value)
                             :source (or (dom-attr node 'source) 0)
                             :start start :end (+ start length)
                             :leaf (null (dom-children node)))
                            fields)))
                  (mapc (lambda (child) (when (consp child) (walk child)))
                        (dom-children node))))
      (walk tree))
    (nreverse fields)))

(defun smbcmp-anonymize--opaque (field fields)
  "Return the ranges (START . END) of FIELD that no other field tells of.
FIELDS are those of its frame."
  (let* ((start (smbcmp-anonymize--field-start field))
         (end (smbcmp-anonymize--field-end field))
         (inside (sort (cl-loop for other in fields
                                for s = (smbcmp-anonymize--field-start other)
                                for e = (smbcmp-anonymize--field-end other)
                                when (and (/= (smbcmp-anonymize--field-source other) -1)
                                          (= (smbcmp-anonymize--field-source other)
                                             (smbcmp-anonymize--field-source field))
                                          (<= start s) (<= e end)
                                          (not (memq (smbcmp-anonymize--field-type other)
                                                     '(bytes protocol none)))
                                          (or (smbcmp-anonymize--field-leaf other)
                                              (<= (- e s) 16)))
                                collect (cons s e))
                       (lambda (x y) (< (car x) (car y)))))
         ranges)
    (pcase-dolist (`(,s . ,e) inside)
      (when (> s start) (push (cons start s) ranges))
      (setq start (max start e)))
    (when (> end start) (push (cons start end) ranges))
    ranges))

;;;; Frames

(defun smbcmp-anonymize--check (frame tree)
  "Signal `smbcmp-error' if TREE, of FRAME, has what can't be reached."
  (pcase-dolist (`(,tag . ,why) smbcmp-anonymize--unreachable)
    (when (dom-by-tag tree tag)
      (signal 'smbcmp-error
              (list (format "Frame %d can't be anonymized: it is %s" frame why))))))

(defun smbcmp-anonymize--segments (tree payloads)
  "Return where the first data source that TREE was put together into comes from.
PAYLOADS is a table from frames to (START . END) of their TCP payload.
The value is a list of (FRAME FROM TO PLACE): the bytes FROM to TO of the
source are at PLACE in FRAME."
  (let ((nodes (cl-remove-if-not (lambda (node) (eql 1 (dom-attr node 'source)))
                                 (dom-by-tag tree 'tcp.segment)))
        (first t))
    (cl-loop for node in nodes
             for frame = (dom-attr node 'value)
             for from = (dom-attr node 'start)
             for to = (+ from (dom-attr node 'length))
             for payload = (gethash frame payloads)
             ;; Of the first frame it is the end, other PDUs may be before it.
             when payload
             collect (list frame from to (if first (- (cdr payload) (- to from))
                                           (car payload)))
             do (setq first nil))))

(defun smbcmp-anonymize--places (frame source start end segments)
  "Return where the bytes START to END of SOURCE, of FRAME, are.
The value is a list of (FRAME PLACE OFFSET LENGTH), OFFSET counted from
START; SEGMENTS are of `smbcmp-anonymize--segments'."
  (pcase source
    (0 (list (list frame start 0 (- end start))))
    (1 (cl-loop for (other from to place) in segments
                for s = (max start from) for e = (min end to)
                when (< s e)
                collect (list other (+ place (- s from)) (- s start) (- e s))))))

(defun smbcmp-anonymize--kind (field)
  "Return what becomes of FIELD: words, payload, address, zero, sid or nil."
  (let ((name (smbcmp-anonymize--field-name field))
        (type (smbcmp-anonymize--field-type field)))
    (cond ((string-match-p smbcmp-anonymize--checksums name) 'zero)
          ((memq type '(ipv4 ipv6 ether)) 'address)
          ((equal name "nt.sid") 'sid)
          ((string-match-p smbcmp-anonymize--spared name) nil)
          ((memq type '(string stringz uint_string stringzpad stringztrunc)) 'words)
          ((and (eq type 'bytes) (smbcmp-anonymize--field-leaf field)) 'payload))))

(defun smbcmp-anonymize--coding (value bytes)
  "Return the encoding of BYTES, a string that Wireshark shows as VALUE."
  (cl-flet ((as (coding)
              (let ((text (decode-coding-string bytes coding)))
                (and (equal bytes (encode-coding-string text coding)) text))))
    (let ((wide (as 'utf-16le)))
      (cond ((and wide (or (string-match-p "\0" bytes)
                           (and (stringp value) (not (equal value ""))
                                (string-prefix-p value wide))))
             'utf-16le)
            ((as 'utf-8) 'utf-8)
            (t 'no-conversion)))))

(defun smbcmp-anonymize--string (map value bytes)
  "Return BYTES, a string that is shown as VALUE, with its words replaced by MAP."
  (let ((coding (smbcmp-anonymize--coding value bytes)))
    (encode-coding-string
     (smbcmp-anonymize-map-text map (decode-coding-string bytes coding))
     coding)))

(defun smbcmp-anonymize--new (map field bytes)
  "Return what BYTES, those of FIELD or a part, become by MAP; nil for the same."
  (pcase (smbcmp-anonymize--kind field)
    ('words (let ((value (smbcmp-anonymize--field-value field)))
              (when (stringp value) (smbcmp-anonymize-map-text map value)))
            (smbcmp-anonymize--string map (smbcmp-anonymize--field-value field) bytes))
    ('zero (make-string (length bytes) 0))
    ('address (smbcmp-anonymize-map-address map bytes))
    ('sid (smbcmp-anonymize-map-sid map bytes))
    ('payload (smbcmp-anonymize-map-payload map bytes))))

(defun smbcmp-anonymize--put (frames frame place new)
  "Put the bytes NEW at PLACE of FRAME, whose bytes the table FRAMES has."
  (let ((bytes (gethash frame frames)))
    (when (and bytes (<= (+ place (length new)) (length bytes)))
      (dotimes (i (length new))
        (aset bytes (+ place i) (aref new i))))))

(defun smbcmp-anonymize--frame (frame tree fields sources frames payloads map)
  "Replace what the FIELDS of FRAME tell, in the table FRAMES, by MAP.
TREE and SOURCES are the frame's; PAYLOADS a table, see
`smbcmp-anonymize--segments'."
  (let ((payload (cl-find "tcp.payload" fields
                           :key #'smbcmp-anonymize--field-name :test #'equal)))
    (when payload
      (puthash frame (cons (smbcmp-anonymize--field-start payload)
                           (smbcmp-anonymize--field-end payload))
               payloads))
    (let ((segments (smbcmp-anonymize--segments tree payloads)))
      (dolist (field fields)
        (pcase (smbcmp-anonymize--kind field)
          ('nil nil)
          (kind
           (pcase-dolist (`(,start . ,end)
                          (if (eq kind 'payload) (smbcmp-anonymize--opaque field fields)
                            (list (cons (smbcmp-anonymize--field-start field)
                                        (smbcmp-anonymize--field-end field)))))
             (let* ((source (smbcmp-anonymize--field-source field))
                    (bytes (cdr (nth source sources)))
                    (new (and (<= end (length bytes))
                              (smbcmp-anonymize--new map field
                                                     (substring bytes start end)))))
               (when new
                 (pcase-dolist (`(,other ,place ,offset ,length)
                                (smbcmp-anonymize--places frame source start end segments))
                   (smbcmp-anonymize--put frames other place
                                          (substring new offset (+ offset length)))))))))))))

;;;; Words, wherever they are

(defun smbcmp-anonymize--netbios (word)
  "Return WORD as a NetBIOS name has it: a letter for half a byte; RFC 1001, 14.1."
  (apply #'unibyte-string
         (cl-loop for c across (upcase word)
                  collect (+ ?A (ash c -4)) collect (+ ?A (logand c 15)))))

(defun smbcmp-anonymize--from-netbios (bytes)
  "Return the word that BYTES, of `smbcmp-anonymize--netbios', stand for."
  (let ((bytes (upcase bytes)))
    (apply #'string
           (cl-loop for i from 0 below (length bytes) by 2
                    collect (logior (ash (- (aref bytes i) ?A) 4)
                                    (- (aref bytes (1+ i)) ?A))))))

(defconst smbcmp-anonymize--encodings
  (list (cons (lambda (word) (encode-coding-string word 'utf-8))
              (lambda (bytes) (decode-coding-string bytes 'utf-8)))
        (cons (lambda (word) (encode-coding-string word 'utf-16le))
              (lambda (bytes) (decode-coding-string bytes 'utf-16le)))
        (cons (lambda (word) (encode-coding-string word 'utf-16be))
              (lambda (bytes) (decode-coding-string bytes 'utf-16be)))
        (cons #'smbcmp-anonymize--netbios #'smbcmp-anonymize--from-netbios))
  "Functions from a word to the bytes it may be, and back.
The last is for ASCII alone.")

(defun smbcmp-anonymize--numbers (fields size)
  "Return a bool vector that has t for the bytes of numbers in FIELDS.
SIZE is that of their frame."
  (let ((numbers (make-bool-vector size nil)))
    (dolist (field fields numbers)
      (let ((start (smbcmp-anonymize--field-start field))
            (end (smbcmp-anonymize--field-end field)))
        (when (and (zerop (smbcmp-anonymize--field-source field))
                   (smbcmp-anonymize--field-leaf field)
                   (<= (- end start) 8) (<= end size)
                   (numberp (smbcmp-anonymize--field-value field)))
          (cl-loop for i from start below end do (aset numbers i t)))))))

(defun smbcmp-anonymize--sought (map ascii)
  "Return the words of MAP that are looked for; with ASCII, only those in it.
Words of less than four letters may be anything.  A search knows the case
of ASCII letters alone."
  (let (words)
    (maphash
     (lambda (word other)
       (let ((wide (string-match-p "[^[:ascii:]]" word)))
         (unless (or (equal word other) (< (string-bytes word) 4) (and ascii wide))
           (push word words)
           (when wide
             (push (upcase word) words)
             (push (capitalize word) words)))))
     (smbcmp-anonymize-map-words map))
    words))

(defun smbcmp-anonymize--sweep (map originals numbers frames)
  "Replace the words of MAP wherever they are in ORIGINALS, but in NUMBERS.
ORIGINALS and FRAMES are tables from frames to their bytes; those of the
latter are changed.  NUMBERS has bool vectors for them, see
`smbcmp-anonymize--numbers'."
  (let ((case-fold-search t))
    (pcase-dolist (`(,encode . ,decode) smbcmp-anonymize--encodings)
      (let* ((words (smbcmp-anonymize--sought map (eq encode #'smbcmp-anonymize--netbios)))
             (regexp (regexp-opt (mapcar encode words))))
        (when words
          (maphash
           (lambda (frame bytes)
             (let ((at 0))
               (while (string-match regexp bytes at)
                 (let ((place (match-beginning 0)) (end (match-end 0)))
                   (setq at (1+ place))
                   ;; What looks like a word is none if a number is in it.
                   (unless (cl-loop for i from place below end
                                    thereis (aref (gethash frame numbers) i))
                     (setq at end)
                     (smbcmp-anonymize--put
                      frames frame place
                      (funcall encode
                               (smbcmp-anonymize-map-word
                                map (funcall decode (substring bytes place end))))))))))
           originals))))))

;;;; The file

(defun smbcmp-anonymize--u32 (big at)
  "Return the number in the four bytes at AT of this buffer.
BIG says that the big end is first."
  (let ((bytes (cl-loop for i below 4 collect (char-after (+ at i)))))
    (cl-reduce (lambda (sum byte) (+ (* 256 sum) byte))
               (if big bytes (nreverse bytes)))))

(defun smbcmp-anonymize--bytes (big size number)
  "Return NUMBER as SIZE bytes, BIG end first or not."
  (let ((bytes (cl-loop for i below size collect (logand 255 (ash number (* -8 i))))))
    (apply #'unibyte-string (if big (nreverse bytes) bytes))))

(defun smbcmp-anonymize--option (big code value)
  "Return the pcapng option CODE with VALUE, bytes, by BIG."
  (concat (smbcmp-anonymize--bytes big 2 code)
          (smbcmp-anonymize--bytes big 2 (length value))
          value (make-string (% (- 4 (% (length value) 4)) 4) 0)))

(defun smbcmp-anonymize--block (big type body)
  "Return the pcapng block TYPE with BODY, by BIG."
  (let ((size (smbcmp-anonymize--bytes big 4 (+ 12 (length body)))))
    (concat (smbcmp-anonymize--bytes big 4 type) size body size)))

(defun smbcmp-anonymize--kept-options (big from to codes)
  "Return those options between FROM and TO that have one of CODES, by BIG."
  (let (kept)
    (while (< (+ from 3) to)
      (let* ((code (logand #xffff (if big (ash (smbcmp-anonymize--u32 big from) -16)
                                    (smbcmp-anonymize--u32 big from))))
             (length (logand #xffff (if big (smbcmp-anonymize--u32 big from)
                                      (ash (smbcmp-anonymize--u32 big from) -16))))
             (value (+ from 4)))
        (when (and (memq code codes) (<= (+ value length) to))
          (push (smbcmp-anonymize--option big code
                                          (buffer-substring-no-properties
                                           value (+ value length)))
                kept))
        (setq from (if (zerop code) to (+ value length (% (- 4 (% length 4)) 4))))))
    (if kept (concat (apply #'concat (nreverse kept)) (make-string 4 0)) "")))

(defun smbcmp-anonymize--rewrite (frames table)
  "Return this buffer's pcapng with the bytes of FRAMES that TABLE has.
FRAMES are the numbers of its packets in the original, in order."
  (let ((at (point-min)) big parts)
    (while (< (+ at 11) (point-max))
      ;; A section's header comes first, and its type is a palindrome.
      (when (= #x0a0d0d0a (smbcmp-anonymize--u32 nil at))
        (setq big (= #x1a2b3c4d (smbcmp-anonymize--u32 t (+ at 8)))))
      (let* ((type (smbcmp-anonymize--u32 big at))
             (size (smbcmp-anonymize--u32 big (+ at 4)))
             (body (+ at 8)) (end (+ at size -4)))
        (pcase type
          (#x0a0d0d0a (push (smbcmp-anonymize--block
                             big type (concat (buffer-substring-no-properties body (+ body 8))
                                              ;; How long the section is: unknown.
                                              "\377\377\377\377\377\377\377\377"))
                            parts))
          (1 (push (smbcmp-anonymize--block
                    big type (concat (buffer-substring-no-properties body (+ body 8))
                                     ;; Resolution and offset of time stamps.
                                     (smbcmp-anonymize--kept-options
                                      big (+ body 8) end '(9 14))))
                   parts))
          (6 (let* ((frame (pop frames)) (bytes (gethash frame table)))
               (push (smbcmp-anonymize--block
                      big type
                      (concat (buffer-substring-no-properties body (+ body 20))
                              bytes (make-string (% (- 4 (% (length bytes) 4)) 4) 0)
                              (smbcmp-anonymize--option big 1 (format "Frame %d" frame))
                              (make-string 4 0)))
                     parts))))
        (setq at (+ at (max size 12)))))
    (apply #'concat (nreverse parts))))

(defun smbcmp-export-anonymize (capture frames file &optional map-file)
  "Anonymize FILE, a pcapng of FRAMES of CAPTURE, in place.
Names of users, hosts, domains, shares and files, SIDs, addresses and
payload are replaced: the same always by the same, in the same length.
Checksums and signatures are blanked.  MAP-FILE gets what was replaced by
what; if it is there, it goes on: names in it become what they became then.
Without it, what is anonymized in one Emacs goes together.

Signal `smbcmp-error', and delete FILE, if a frame is encrypted or
compressed: what is in it can't be reached."
  (let ((map (smbcmp-anonymize-map-for (and map-file (expand-file-name map-file))))
        (payloads (make-hash-table))
        (originals (make-hash-table)) (numbers (make-hash-table)) (table (make-hash-table))
        done)
    (unwind-protect
        (progn
          (let ((progress (make-progress-reporter "Anonymizing..." 0 (length frames)))
                (n 0))
            (dolist (frame frames)
              (let* ((sources (smbcmp-frame-bytes capture frame))
                     (bytes (cdar sources))
                     (tree (smbcmp-frame-tree capture frame))
                     (fields (smbcmp-anonymize--fields tree)))
                (smbcmp-anonymize--check frame tree)
                (puthash frame bytes originals)
                (puthash frame (copy-sequence bytes) table)
                (puthash frame (smbcmp-anonymize--numbers fields (length bytes)) numbers)
                (smbcmp-anonymize--frame frame tree fields sources table payloads map))
              (progress-reporter-update progress (cl-incf n)))
            (progress-reporter-done progress))
          (smbcmp-anonymize--sweep map originals numbers table)
          (let* ((coding-system-for-read 'no-conversion)
                 (coding-system-for-write 'no-conversion)
                 (new (with-temp-buffer
                        (set-buffer-multibyte nil)
                        (insert-file-contents-literally file)
                        (smbcmp-anonymize--rewrite frames table))))
            (write-region new nil file nil 'silent))
          (when map-file (smbcmp-anonymize-map-write map (expand-file-name map-file)))
          (setq done t))
      (unless done (delete-file file)))))

(provide 'smbcmp-anonymize)
;;; smbcmp-anonymize.el ends here
