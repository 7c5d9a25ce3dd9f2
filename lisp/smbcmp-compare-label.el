;;; smbcmp-compare-label.el --- A divergence in a line  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What differs between two exchanges, in SMB's words and in one line: what
;; the exchange is, what it is in A, what it is in B.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-divergence)

(defun smbcmp-compare-label (divergence a b)
  "Say in a line what DIVERGENCE between exchanges A and B is."
  (let ((what (plist-get (or a b) :label)))
    (pcase (smbcmp-divergence-kind divergence)
      ((and (or 'only-a 'only-b 'capture) (guard (smbcmp-divergence-fold divergence)))
       (smbcmp-compare-label--folded what divergence (if a "A" "B") (if a "B" "A")))
      ((guard (smbcmp-divergence-pieces divergence)) (smbcmp-compare-label--pieces what divergence))
      ('capture (smbcmp-compare-label--missing what divergence a b))
      ('connection (smbcmp-compare-label--ending what divergence))
      ((or 'only-a 'only-b)
       (format "%s%s: only in %s%s" what
               (if-let* ((count (and (plist-get (or a b) :opaque)
                                     (smbcmp-divergence-count divergence))))
                   (format ", %d message%s %s" count (if (= count 1) "" "s")
                           (if (plist-get (or a b) :encrypted) "without a key"
                             "that could not be unpacked"))
                 "")
               (if a "A" "B")
               (smbcmp-compare-label--came (or a b))))
      ('order (let ((more (1- (smbcmp-divergence-count divergence))))
                (format "%s: in a different order%s" what
                        (if (zerop more) "" (format ", and %d that follow" more)))))
      ('status (concat (smbcmp-compare-label--line (smbcmp-compare-label--both what a b)
                                                   (plist-get a :status) (plist-get b :status))
                       (smbcmp-compare-label--waited divergence b)))
      ('slower (smbcmp-compare-label--line
                (concat what ": slower in B") (smbcmp-compare-label-seconds (plist-get a :duration))
                (smbcmp-compare-label-seconds (plist-get b :duration))))
      ('identifier (smbcmp-compare-label--identifier what divergence))
      (_ (smbcmp-compare-label--fields what divergence a b)))))

(defun smbcmp-compare-label--came (exchange)
  "Say what came of EXCHANGE if it is of another protocol than SMB."
  (if (null (plist-get exchange :protocol)) ""
    (concat ", " (cond ((plist-get exchange :status))
                       ((plist-get exchange :response) "answered")
                       ((plist-get exchange :alone) "sent")
                       (t "unanswered")))))

(defun smbcmp-compare-label--folded (what divergence here there)
  "Say that DIVERGENCE is several exchanges, WHAT and others, HERE and not THERE.
HERE and THERE are \"A\" and \"B\"."
  (let ((count (smbcmp-compare-label--count (smbcmp-divergence-count divergence) "exchange")))
    (pcase (smbcmp-divergence-fold divergence)
      ('connection (pcase-let ((`(,client ,server) (smbcmp-divergence-ends divergence)))
                     (if-let* ((protocol (smbcmp-divergence-other divergence)))
                         (format "%s to %s, %s: only in %s" protocol server count here)
                       (format "connection of %s to %s, %s: only in %s"
                               client server count here))))
      ('begin (format "%s begins inside the connection%s; %s only in %s" there
                      (if-let* ((frame (smbcmp-divergence-frame divergence)))
                          (format ", at frame %d of %s" frame here)
                        "")
                      count here))
      ('end (format (if (eq 'capture (smbcmp-divergence-kind divergence))
                        "%s's capture ends here; %s only in %s"
                      "%s ends here; %s only in %s")
                    there count here))
      ((and 'run (guard (smbcmp-divergence-frame divergence)))
       (format "%s and what follows, %s: only in %s; %s goes on in frame %d"
               what count here there (smbcmp-divergence-frame divergence)))
      (_ (format "%s and what follows, %s: only in %s" what count here)))))

(defun smbcmp-compare-label--missing (what divergence a b)
  "Say what of WHAT, the exchanges A and B, was not captured on a side.
That is DIVERGENCE."
  (let ((side (upcase (symbol-name (smbcmp-divergence-side divergence)))))
    (cond ((not (and a b)) (format "%s: not captured in %s" what side))
          ((not (or (plist-get a :request) (plist-get b :request)))
           (format "%s: request not captured" what))
          ((smbcmp-divergence-identifiers divergence)
           (smbcmp-compare-label--identifier what divergence))
          ((null (plist-get (if (equal side "A") a b) :response))
           (format "%s: response not captured in %s" what side))
          (t (format "%s: request not captured in %s" what side)))))

(defun smbcmp-compare-label--size (bytes)
  "Return BYTES, a number, as people write it."
  (cond ((zerop (% bytes 1024)) (format "%d KB" (/ bytes 1024)))
        ((zerop (% bytes 1000)) (format "%d KB" (/ bytes 1000)))
        (t (format "%d bytes" bytes))))

(defun smbcmp-compare-label--pieces (what divergence)
  "Say in how many pieces WHAT, which is the same, comes by DIVERGENCE."
  (pcase-let ((`(,n-a ,size-a ,n-b ,size-b) (smbcmp-divergence-pieces divergence)))
    (cl-flet ((size (size) (if (string-prefix-p "FIND" what)
                               (format "%d file%s" size (if (= size 1) "" "s"))
                             (smbcmp-compare-label--size size))))
      (smbcmp-compare-label--line what (format "%d × %s" n-a (size size-a))
                                  (format "%d × %s" n-b (size size-b))))))

(defun smbcmp-compare-label--ending (what divergence)
  "Say that the server ended the connection after WHAT, by DIVERGENCE.
Or that it did not answer that."
  (let ((where (format " (frame %d of %s)" (smbcmp-divergence-frame divergence)
                       (upcase (symbol-name (smbcmp-divergence-side divergence)))))
        (again (smbcmp-divergence-again divergence))
        (reconnect (smbcmp-divergence-reconnect divergence)))
    (concat
     (pcase (smbcmp-divergence-ending divergence)
       ('unanswered (concat "server did not answer " what " for "
                            (smbcmp-compare-label-seconds (smbcmp-divergence-waited divergence))
                            where
                            (if (zerop again) ""
                              (concat ", sent again "
                                      (smbcmp-compare-label--count again "time")))))
       ('refused (concat "server refused the NetBIOS session after " what where))
       ('reset (concat "server reset the connection after " what where))
       (_ (concat "server closed the connection after " what where)))
     (if reconnect (format "; client connected again in frame %d" reconnect) ""))))

(defun smbcmp-compare-label--count (count noun)
  "Return COUNT and NOUN, in the plural if need be."
  (format "%d %s%s" count noun (if (= count 1) "" "s")))

(defun smbcmp-compare-label--both (what a b)
  "Return WHAT exchange A is, and what B is if it is about another file."
  (if (equal (plist-get a :path) (plist-get b :path))
      what
    (format "%s / %s" what (plist-get b :label))))

(defun smbcmp-compare-label--waited (divergence b)
  "Say how long B, the exchange in B, took if DIVERGENCE is slower there."
  (if (and (smbcmp-divergence-slower divergence) (plist-get b :duration))
      (format " after %s" (smbcmp-compare-label-seconds (plist-get b :duration)))
    ""))

(defun smbcmp-compare-label--line (what a b)
  "Say that WHAT is A in A and B in B."
  (format "%s: %s / %s" what (or a "none") (or b "none")))

(defun smbcmp-compare-label-seconds (seconds)
  "Return SECONDS as people write it."
  (if (< seconds 1) (format "%.3g ms" (* 1000 seconds)) (format "%.3g s" seconds)))

(defun smbcmp-compare-label--identifier (what divergence)
  "Say whose identifiers WHAT uses in DIVERGENCE."
  (pcase-let ((`(,rule ,seen-a ,seen-b) (car (smbcmp-divergence-identifiers divergence))))
    (cl-flet ((of (seen) (cond ((null seen) "of nothing known")
                               ((member (nth 1 seen) '(nil ""))
                                (format "of frame %d" (nth 2 seen)))
                               (t (format "of %s" (nth 1 seen))))))
      (smbcmp-compare-label--line what (concat rule " " (of seen-a)) (of seen-b)))))

(defun smbcmp-compare-label-plain (label)
  "Return LABEL, a field's line, without the picture of its bits."
  (if (and label (string-match "\\`[01. ]+ = " label))
      (substring label (match-end 0))
    label))

(defun smbcmp-compare-label--field (what a b)
  "Say that a field of WHAT has the line A in A and B in B, its name once."
  (let* ((a (smbcmp-compare-label-plain a))
         (b (smbcmp-compare-label-plain b))
         (name (and a b (string-match "\\`[^:]+: " a) (match-string 0 a))))
    (concat (smbcmp-compare-label--line what a (if (and name (string-prefix-p name b))
                                                   (substring b (length name))
                                                 b))
            (if-let* ((alike (and a b (smbcmp-compare-label-alike a b))))
                (format " (%s)" alike)
              ""))))

;;;; Strings that look the same

(declare-function ucs-normalize-NFC-string "ucs-normalize" (str))
(declare-function ucs-normalize-NFD-string "ucs-normalize" (str))
(declare-function ucs-normalize-NFKC-string "ucs-normalize" (str))

(defun smbcmp-compare-label-parts (a b)
  "Return what differs of the strings A and B: (START PART-A PART-B).
These are without what both begin and end with; START counts characters."
  (let* ((least (min (length a) (length b)))
         (start (cl-loop for i from 0
                         while (and (< i least) (eq (aref a i) (aref b i)))
                         finally return i))
         (end (cl-loop for i from 0
                       while (and (< i (- least start))
                                  (eq (aref a (- (length a) i 1)) (aref b (- (length b) i 1))))
                       finally return i)))
    (list start (substring a start (- (length a) end)) (substring b start (- (length b) end)))))

(defun smbcmp-compare-label--points (string)
  "Return the code points of STRING."
  (if (string-empty-p string) "nothing"
    (mapconcat (lambda (char) (format "U+%04X" char)) string " ")))

(defun smbcmp-compare-label--normal (function string)
  "Return STRING normalized by FUNCTION, of ucs-normalize.el.
That library is only loaded if it has something to do: its tables are
much to look at for each garbage collection."
  (if (not (string-match-p "[^[:ascii:]]" string)) string
    (require 'ucs-normalize)
    (funcall function string)))

(defun smbcmp-compare-label--form (string)
  "Return the normal form of Unicode that STRING is in and others are not, or \"\"."
  (let ((composed (equal string (smbcmp-compare-label--normal
                                 #'ucs-normalize-NFC-string string)))
        (decomposed (equal string (smbcmp-compare-label--normal
                                   #'ucs-normalize-NFD-string string))))
    (cond ((eq composed decomposed) "") (composed "NFC ") (t "NFD "))))

(defun smbcmp-compare-label-alike (a b)
  "Say how the strings A and B differ if that can't be seen, else return nil.
They look alike if they do but for case, composition, blanks and the
direction of slashes, or if other scripts have letters of the same shape."
  (pcase-let ((`(,_ ,x ,y) (smbcmp-compare-label-parts a b)))
    (cl-flet ((bare (string)
                (replace-regexp-in-string "[[:space:]\u00a0\u200b-\u200f\u2028-\u202f\ufeff]+" ""
                                          (smbcmp-compare-label--normal
                                           #'ucs-normalize-NFKC-string string))))
      (cond
       ((equal a b) nil)
       ((equal (downcase a) (downcase b)) "another case")
       ((equal (subst-char-in-string ?/ ?\\ a) (subst-char-in-string ?/ ?\\ b))
        "slashes")
       ((or (equal (downcase (bare a)) (downcase (bare b)))
            ;; One letter for another, and not both of ASCII.
            (and (= (length x) (length y) 1) (/= (max (aref x 0) (aref y 0) 127) 127)))
        (format "%s%s / %s%s" (smbcmp-compare-label--form a) (smbcmp-compare-label--points x)
                (smbcmp-compare-label--form b) (smbcmp-compare-label--points y)))))))

;;;; What differs, in a line

(defconst smbcmp-compare-label-ranks
  '((0 . "\\`smb2?\\.dialect")
    ;; What came of it.
    (1 . "\\`[^.]+\\.status\\'")
    (1 . "\\(?:nt_status\\|error_code\\|pkt_type\\|cn_status\\|reject_reason\\|ack_result\\|\\.rc\\|werror\\|ntstatus\\|hresult\\|dialect\\.index\\)\\'")
    (2 . "\\`\\(?:smb2\\.share_type\\|smb2\\.ses_flags\\|smb\\.setup\\.action\\|smb2\\.create\\.action\\|ntlmssp\\.messagetype\\)")
    ;; How SMB1 says what it says.
    (7 . "\\`smb\\.flags2?\\(?:\\.\\|\\'\\)")
    ;; Times, and what a checker says, tell little.
    (6 . "\\(?:[._]time\\|timestamp\\)\\'")
    (7 . "\\`_ws\\.")
    ;; Sizes, counts, places and bytes last.
    (8 . "[._]\\(?:\\w*count\\|\\w*size\\|eof\\|end_of_file\\|wct\\|bcc\\|alloc\\w*\\|nlinks\\|number_of_\\w+\\|num_\\w+\\)\\'")
    (8 . "[._]\\(?:length\\|len\\|\\w+_len\\|\\w+_length\\|\\w*offset\\|buffer_code\\.\\w+\\|reserved\\w*\\)\\'")
    (9 . "\\(?:[._]\\(?:data\\|blob\\|unknown\\w*\\|bytes\\|stub_data\\|parameters\\)\\|mechToken\\)\\'"))
  "What a field tells, by regexps for filter names: (RANK . REGEXP), the best 0.
The first that matches counts; others have 5.")

(defconst smbcmp-compare-label-behaviour
  "\\(?:smb\\.dialect\\.index\\|nt_status\\|error_code\\|pkt_type\\|cn_status\\|reject_reason\\|ack_result\\|\\.rc\\|werror\\|ntstatus\\|hresult\\|\\.\\(?:create\\|last_write\\)\\.time\\)\\'\\|\\`\\(?:smb2\\.share_type\\|smb2\\.ses_flags\\.\\|smb\\.setup\\.action\\|smb2\\.create\\.\\(?:action\\|oplock\\)\\|smb2\\.lease\\.lease_state\\|smb\\.oplock\\.\\|smb\\.access\\.\\)"
  "Regexp for fields of responses that say what came of a request.")

(defconst smbcmp-compare-label-returned
  "\\`[^.]+\\.\\(?:status\\|werror\\|rc\\|hresult\\)\\'\\|\\`dcerpc\\.cn_status\\'"
  "Regexp for fields that say what a remote procedure returned.
Requests have none of them.")

(defconst smbcmp-compare-label-behaviour-lines "\\`Chain Element: "
  "Regexp for lines without a field of responses that say what came of a request.")

(defun smbcmp-compare-label--returned (divergence)
  "Return the field of DIVERGENCE that says what a procedure returned, or nil.
It is one that is there on both sides."
  (cl-find-if (pcase-lambda (`(,name ,a ,b))
                (and a b (string-match-p smbcmp-compare-label-returned (symbol-name name))))
              (smbcmp-divergence-fields divergence)))

(defun smbcmp-compare-label--outcome-p (field)
  "Return non-nil if FIELD, (FIELD LABEL-A LABEL-B), says what came of a request."
  (pcase-let ((`(,name ,a ,b . ,_) field))
    (if (eq name 'text)
        (string-match-p smbcmp-compare-label-behaviour-lines (or a b ""))
      (string-match-p smbcmp-compare-label-behaviour (symbol-name name)))))

(defvar smbcmp-compare-label--known (make-hash-table :test 'eq)
  "The ranks of fields that were asked for.")

(defun smbcmp-compare-label-rank (field)
  "Return the rank of FIELD, a symbol, by `smbcmp-compare-label-ranks'."
  (or (gethash field smbcmp-compare-label--known)
      (puthash field
               (let ((name (symbol-name field)))
                 (or (car (cl-find-if (lambda (rank) (string-match-p (cdr rank) name))
                                      smbcmp-compare-label-ranks))
                     5))
               smbcmp-compare-label--known)))

(defun smbcmp-compare-label--best (fields)
  "Return that of FIELDS, lists that begin with a symbol, that tells most."
  (let ((best (car fields)))
    (dolist (field (cdr fields) best)
      (when (< (smbcmp-compare-label-rank (car field)) (smbcmp-compare-label-rank (car best)))
        (setq best field)))))

(defun smbcmp-compare-label--telling (divergence)
  "Return that field of DIVERGENCE to name in a line.
It is one of the first PDU that differs, unless that has but sizes and the
like.  What is longer, or elsewhere for that, has something else in it."
  (let* ((fields (smbcmp-divergence-fields divergence))
         (first (smbcmp-compare-label--best
                 (seq-take fields (or (smbcmp-divergence-lead divergence) (length fields)))))
         (best (smbcmp-compare-label--best fields)))
    (if (and first (or (< (smbcmp-compare-label-rank (car first)) 6)
                       (>= (smbcmp-compare-label-rank (car best)) 6)))
        first
      best)))

(defun smbcmp-compare-label--negotiates-p (exchange)
  "Return non-nil if EXCHANGE is a NEGOTIATE that got an answer."
  (and (plist-get exchange :response)
       (string-prefix-p "NEGOTIATE" (plist-get exchange :label))))

(defun smbcmp-compare-label-weight (divergence a b)
  "Return what DIVERGENCE between the exchanges A and B weighs, a symbol.
`behaviour' if one side did something else than the other, `value' if
they did it with other values."
  (pcase (smbcmp-divergence-kind divergence)
    ('capture 'capture)
    ;; What was asked for besides, and was there, breaks nothing.
    ((and (or 'only-a 'only-b) (guard (plist-get (or a b) :lookup)))
     (if (or (plist-get (or a b) :failed)
             (not (or (plist-get (or a b) :response) (plist-get (or a b) :alone))))
         'behaviour 'value))
    ;; A client may first ask for all dialects there are, SMB1's way.
    ((and (or 'only-a 'only-b) (guard (smbcmp-compare-label--negotiates-p (or a b))))
     'value)
    ((or 'request 'response)
     (if (or (smbcmp-divergence-encryption divergence)
             (smbcmp-compare-label--returned divergence)
             (not (eq (plist-get a :answer-smb1) (plist-get b :answer-smb1)))
             (not (eq (null (plist-get a :response)) (null (plist-get b :response))))
             ;; So many were found.
             (and (plist-get a :protocol)
                  (/= (length (plist-get a :further)) (length (plist-get b :further))))
             (seq-some #'smbcmp-compare-label--outcome-p
                       ;; What is asked for is the client's choice.
                       (and (eq 'response (smbcmp-divergence-kind divergence))
                            (smbcmp-divergence-fields divergence))))
         'behaviour
       'value))
    (_ 'behaviour)))

(defun smbcmp-compare-label-mask (divergence fields)
  "Return the :mask of DIVERGENCE, of which FIELDS are the fields, or nil.
These are as `smbcmp--module-compare-fields' has them: bits tell the
integer they are in."
  (let* ((telling (smbcmp-compare-label--telling divergence))
         (mask (nthcdr 3 (seq-find (lambda (field) (equal (seq-take field 3) telling))
                                   fields)))
         (bits (and mask (cl-remove mask fields :key (lambda (field) (nthcdr 3 field))
                                    :test-not #'equal))))
    (when (cdr bits)
      (append mask (mapcar (lambda (field) (seq-take field 3)) bits)))))

(defun smbcmp-compare-label--bits (bits)
  "Name BITS, fields that have (FIELD LABEL-A LABEL-B)."
  (let ((more (- (length bits) 3)))
    (concat (mapconcat (pcase-lambda (`(,_ ,a ,_))
                         (car (split-string (smbcmp-compare-label-plain a) ": ")))
                       (seq-take bits 3) ", ")
            (if (> more 0) (format " and %d more" more) ""))))

(defun smbcmp-compare-label--fields (what divergence a b)
  "Say what fields of WHAT differ in DIVERGENCE, between exchanges A and B."
  (let ((fields (smbcmp-divergence-fields divergence)))
    (cond
     ((not (eq (plist-get a :answer-smb1) (plist-get b :answer-smb1)))
      (smbcmp-compare-label--line what (if (plist-get a :answer-smb1) "SMB1" "SMB2")
                                  (if (plist-get b :answer-smb1) "SMB1" "SMB2")))
     ((smbcmp-divergence-encryption divergence)
      (smbcmp-compare-label--line what
                                  (if (plist-get a :encrypted) "encrypted" "not encrypted")
                                  (if (plist-get b :encrypted) "encrypted" "not encrypted")))
     ((assq 'dcerpc.pkt_type fields) (smbcmp-compare-label--fault what fields))
     ((assq 'smb.dialect.index fields) (smbcmp-compare-label--dialect what fields))
     ((smbcmp-compare-label--returned divergence)
      (pcase-let ((`(,_ ,returned-a ,returned-b) (smbcmp-compare-label--returned divergence)))
        (smbcmp-compare-label--line what (smbcmp-compare-label--value returned-a)
                                    (smbcmp-compare-label--value returned-b))))
     (fields (smbcmp-compare-label--values what divergence))
     ((not (eq (null (plist-get a :response)) (null (plist-get b :response))))
      (smbcmp-compare-label--line what
                                  (or (plist-get a :status) "no response")
                                  (or (plist-get b :status) "no response")))
     ((not (eq (null (plist-get a :request)) (null (plist-get b :request))))
      (smbcmp-compare-label--line what
                                  (if (plist-get a :request) "request" "no request")
                                  (if (plist-get b :request) "request" "no request")))
     ((/= (length (plist-get a :further)) (length (plist-get b :further)))
      (smbcmp-compare-label--line
       what
       (smbcmp-compare-label--count (1+ (length (plist-get a :further))) "message")
       (smbcmp-compare-label--count (1+ (length (plist-get b :further))) "message")))
     (t (format "%s: %s differs" what (smbcmp-divergence-kind divergence))))))

(defun smbcmp-compare-label--value (label)
  "Return the value that LABEL, a field's line, has, without its number.
One without a name is its number.  It is nil for nil."
  (cond ((null label) nil)
        ((string-match "\\`[^:]*: Unknown\\(?: error\\)? (\\(\\(?:0x\\)?[0-9a-f]+\\))\\'" label)
         (match-string 1 label))
        (t (replace-regexp-in-string "\\`[^:]*: \\| (\\(?:0x\\)?[0-9a-f]+)\\'" "" label))))

(defun smbcmp-compare-label--number (label)
  "Return LABEL, a field's line, without the names of bits behind its number."
  (if (and label (string-match "\\`\\([^:]+: 0x[0-9a-f]+\\), .*" label))
      (match-string 1 label)
    label))

(defun smbcmp-compare-label--dialect (what fields)
  "Say which of SMB1's dialects the answers to WHAT choose, by FIELDS."
  (pcase-let ((`(,_ ,a ,b) (assq 'smb.dialect.index fields)))
    (cl-flet ((chosen (label)
                (cond ((null label) nil)
                      ((string-match ": [0-9]+: \\(.+\\)\\'" label) (match-string 1 label))
                      (t "no dialect acceptable"))))
      (smbcmp-compare-label--line what (chosen a) (chosen b)))))

(defun smbcmp-compare-label--fault (what fields)
  "Say that one of the answers to WHAT is a fault, by FIELDS, and which."
  (pcase-let ((`(,_ ,type-a ,type-b) (assq 'dcerpc.pkt_type fields))
              (`(,_ ,status-a ,status-b) (assq 'dcerpc.cn_status fields)))
    (cl-flet ((side (type status)
                (and type (mapconcat #'smbcmp-compare-label--value
                                     (delq nil (list type status)) " "))))
      (smbcmp-compare-label--line what (side type-a status-a) (side type-b status-b)))))

(defun smbcmp-compare-label--values (what divergence)
  "Say what the field of WHAT that tells most of DIVERGENCE is in A and in B.
Where several bits of an integer differ, that is the integer."
  (pcase-let* ((`(,_ ,field-a ,field-b) (smbcmp-compare-label--telling divergence))
               (`(,mask-a ,mask-b . ,bits) (smbcmp-divergence-mask divergence))
               (more (- (length (smbcmp-divergence-fields divergence)) (max 1 (length bits)))))
    (concat (smbcmp-compare-label--field what (smbcmp-compare-label--number (or mask-a field-a))
                                         (smbcmp-compare-label--number (or mask-b field-b)))
            (if bits (format " (%s)" (smbcmp-compare-label--bits bits)) "")
            (if (zerop more) "" (format " (and %d more)" more))
            (if-let* ((times (smbcmp-divergence-times divergence)))
                (format ", %d times" times)
              ""))))

(provide 'smbcmp-compare-label)
;;; smbcmp-compare-label.el ends here
