;;; smbcmp-replay-fields.el --- Requests of SMB2 as Python  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Reads requests by the table in smbcmp-replay.eld, and says in Python, for
;; the script that smbcmp-replay.el writes, what each field had.  What a
;; server or client gave a name to, handles and the like, are variables.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)

(autoload 'smbcmp-replay-structure "smbcmp-replay-structures")

(defconst smbcmp-replay--directory
  (file-name-directory (or load-file-name buffer-file-name))
  "Where this file is.")

(defun smbcmp-replay-file (name)
  "Return what the file NAME beside this one has, a string."
  (with-temp-buffer
    (insert-file-contents (expand-file-name name smbcmp-replay--directory))
    (buffer-string)))

(defvar smbcmp-replay-layout nil
  "What smbcmp-replay.eld has, once it was read.")

(defun smbcmp-replay-layout ()
  "Return what smbcmp-replay.eld has."
  (or smbcmp-replay-layout
      (setq smbcmp-replay-layout (read (smbcmp-replay-file "smbcmp-replay.eld")))))

;;;; PDUs

(cl-defstruct (smbcmp-replay-pdu (:constructor smbcmp-replay--make-pdu) (:copier nil))
  "An SMB2 PDU of a capture."
  (frame nil :documentation "Its frame.")
  (index 0 :documentation "Its number in the frame, from 0.")
  (stream nil :documentation "Its TCP stream.")
  (time nil :documentation "When it came, seconds since 1970.")
  (bytes nil :documentation "Header and body.")
  (encrypted nil :documentation "Non-nil if it came encrypted.")
  (tree nil :documentation "Of a SESSION_SETUP, its node.")
  (request nil :documentation "Of a response, its request.")
  (exchange nil :documentation "Of a request, its exchange, a plist.")
  (variable nil :documentation "Of a request, its name in the script."))

(defun smbcmp-replay-number (bytes at size)
  "Return the number of SIZE bytes at AT of BYTES, little end first.
Past the end there are zeros."
  (let ((number 0))
    (dotimes (i size)
      (when (< (+ at i) (length bytes))
        (setq number (+ number (ash (aref bytes (+ at i)) (* 8 i))))))
    number))

(defun smbcmp-replay-header (pdu field)
  "Return FIELD, a symbol, of the header of PDU; MS-SMB2 2.2.1."
  (pcase-let ((`(,at . ,size)
               (alist-get field '((status 8 . 4) (command 12 . 2) (credits 14 . 2)
                                  (flags 16 . 4) (next 20 . 4) (message 24 . 8)
                                  (async 32 . 8) (process 32 . 4) (tree 36 . 4)
                                  (session 40 . 8) (charge 6 . 2)))))
    (smbcmp-replay-number (smbcmp-replay-pdu-bytes pdu) at size)))

(defun smbcmp-replay-response-p (pdu)
  "Return non-nil if PDU is the server's."
  (= 1 (logand 1 (smbcmp-replay-header pdu 'flags))))

(defun smbcmp-replay-interim-p (pdu)
  "Return non-nil if PDU says that a request takes time."
  (and (= #x103 (smbcmp-replay-header pdu 'status))
       (/= 0 (logand 2 (smbcmp-replay-header pdu 'flags)))))

(defun smbcmp-replay-frame-pdus (capture frame stream time)
  "Return the PDUs of FRAME of CAPTURE, which is in STREAM and came at TIME."
  (let* ((sources (smbcmp-frame-bytes capture frame))
         (tree (smbcmp-frame-tree capture frame))
         (sealed (dom-by-tag tree 'smb2.header.transform.signature))
         (index -1))
    (cl-loop
     for node in (seq-filter (lambda (node)
                               (and (eq 'smb2 (dom-tag node)) (dom-attr node 'start)))
                             (dom-by-tag tree 'smb2))
     for source = (cdr (nth (or (dom-attr node 'source) 0) sources))
     for start = (dom-attr node 'start)
     for end = (min (length source) (+ start (dom-attr node 'length)))
     for bytes = (and (< start end) (substring source start end))
     if (and bytes (string-prefix-p "\xfeSMB" (string-to-multibyte bytes))
             (>= (length bytes) 66))
     collect (smbcmp-replay--make-pdu :frame frame :index (cl-incf index) :stream stream
                                      :time time :bytes bytes :encrypted (and sealed t)
                                      ;; All trees would be much to keep.
                                      :tree (and (= 1 (smbcmp-replay-number bytes 12 2))
                                                 node))
     else if (and bytes sealed (string-prefix-p "\xfdSMB" (string-to-multibyte bytes))
                  (null (cdr (dom-by-tag tree 'smb2)))
                  (null (dom-by-tag tree 'smb2.cmd)))
     do (signal 'smbcmp-error
                (list (format "Frame %d is encrypted: its session's key is not known" frame))))))

;;;; Python

(defconst smbcmp-replay--decimal
  "\\(?:Length\\|Count\\|Offset\\|Charge\\|Request\\|Size\\)\\'"
  "Regexp for names of fields whose numbers are counted with ten fingers.")

(defun smbcmp-replay--python-number (name number)
  "Return NUMBER, of the field NAME, as Python has it."
  (format (if (or (< number 10) (string-match-p smbcmp-replay--decimal name)) "%d" "0x%x")
          number))

(defun smbcmp-replay-hex (bytes)
  "Return an expression of Python for BYTES."
  (let* ((n (length bytes)) (same (and (> n 0) (= n (seq-count (lambda (b) (= b (aref bytes 0)))
                                                              bytes)))))
    (cond ((= n 0) "b\"\"")
          ((and same (= 0 (aref bytes 0))) (format "bytes(%d)" n))
          ((and same (> n 16)) (format "b\"\\x%02x\" * %d" (aref bytes 0) n))
          ((string-match-p "\\`[A-Za-z0-9]+\\'" bytes) (format "b\"%s\"" bytes))
          (t (format "bytes.fromhex(\"%s\")" (mapconcat (lambda (b) (format "%02x" b))
                                                        bytes ""))))))

(defvar smbcmp-replay-ids nil
  "Alist of bytes that a server gave out and the expression that stands for them.")

(defun smbcmp-replay--first-id (bytes at)
  "Return (PLACE ID . VARIABLE) of the first known id in BYTES from AT."
  (let ((case-fold-search nil) first)
    (dolist (id smbcmp-replay-ids first)
      (let ((place (string-match-p (regexp-quote (car id)) bytes at)))
        (when (and place (or (null first) (< place (car first))))
          (setq first (cons place id)))))))

(defun smbcmp-replay-bytes (bytes)
  "Return an expression of Python for BYTES, with handles as variables."
  (let ((at 0) parts)
    (while (< at (length bytes))
      (let* ((found (smbcmp-replay--first-id bytes at))
             (end (if found (car found) (length bytes))))
        (when (> end at) (push (smbcmp-replay-hex (substring bytes at end)) parts))
        (when found (push (cddr found) parts))
        (setq at (if found (+ end (length (cadr found))) end))))
    (if parts (string-join (nreverse parts) " + ") "b\"\"")))

(defun smbcmp-replay-string (bytes)
  "Return an expression of Python for BYTES, a string in UTF-16."
  (let ((text (decode-coding-string bytes 'utf-16le)))
    (if (and (cl-evenp (length bytes)) (equal bytes (encode-coding-string text 'utf-16le)))
        (format "u(%s)" (smbcmp-replay-quote text))
      (smbcmp-replay-bytes bytes))))

(defun smbcmp-replay-quote (text)
  "Return TEXT as a string of Python on one line."
  (format "\"%s\""
          (replace-regexp-in-string
           "[^] !#-[^-~]"
           (lambda (c)
             (let ((code (string-to-char c)))
               (cond ((memq code '(?\" ?\\)) (string ?\\ code))
                     (t (format (if (> code #xffff) "\\U%08x" "\\u%04x") code)))))
           text t t)))

(defun smbcmp-replay-comment (text)
  "Return TEXT so that it is one line of a comment.
Bytes that are no characters, and what turns the direction of writing, are
left out, too: a capture must not make a script look like another one."
  (replace-regexp-in-string
   "[[:cntrl:]\u0080-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\x3fff80-\x3fffff]" "?"
   (or text "")))

;;;; Buffers

(defun smbcmp-replay--create-contexts (bytes)
  "Return an expression for BYTES, of create contexts; MS-SMB2 2.2.13.2."
  (let ((at 0) parts more)
    (while (< at (length bytes))
      (let* ((next (smbcmp-replay-number bytes at 4))
             (end (if (< 0 next (- (length bytes) at)) (+ at next) (length bytes)))
             (name-at (+ at (smbcmp-replay-number bytes (+ at 4) 2)))
             (name-end (min end (+ name-at (smbcmp-replay-number bytes (+ at 6) 2))))
             (offset (smbcmp-replay-number bytes (+ at 10) 2))
             (size (smbcmp-replay-number bytes (+ at 12) 4))
             (data-at (if (= size 0) name-end (+ at offset)))
             (data-end (+ data-at size)))
        ;; What is laid out in another way goes as it is.
        (unless (and (>= end (+ at 16)) (= name-at (+ at 16)) (<= name-at name-end)
                     (<= data-end end)
                     (or (= size 0) (= offset (+ 16 (* 8 (/ (+ 7 (- name-end name-at)) 8)))))
                     (or (= end (length bytes)) (= 0 (% next 8))))
          (setq more t))
        (unless more
          (push (smbcmp-replay--create-context
                 (substring bytes name-at name-end) (substring bytes data-at data-end)
                 (and (= size 0) (/= offset 0) offset)
                 (if (= end (length bytes)) (substring bytes data-end end) ""))
                parts))
        (setq at end)))
    (if more (smbcmp-replay-bytes bytes)
      (format "[%s]" (string-join (nreverse parts) ", ")))))

(defun smbcmp-replay--create-context (name data offset rest)
  "Return an expression for the create context NAME with DATA.
OFFSET is its DataOffset if it must be told, REST what follows the last."
  (let ((further (concat (and offset (format ", DataOffset=%d" offset))
                         (unless (equal rest "")
                           (format ", Rest=%s" (smbcmp-replay-hex rest)))))
        (number (lambda (at size) (smbcmp-replay-number data at size))))
    (if (and (equal name "RqLs") (memq (length data) '(32 52)))
        (format "lease(LeaseKey=%s, LeaseState=0x%x, LeaseFlags=0x%x, LeaseDuration=%d%s%s)"
                (smbcmp-replay--lease-key (substring data 0 16))
                (funcall number 16 4) (funcall number 20 4) (funcall number 24 8)
                (if (= 32 (length data)) ""
                  (format ", ParentLeaseKey=%s, Epoch=%d, Reserved=%d"
                          (smbcmp-replay--lease-key (substring data 32 48))
                          (funcall number 48 2) (funcall number 50 2)))
                further)
      (format "context(%s%s%s)" (smbcmp-replay-hex name)
              (if (equal data "") ""
                (concat ", " (smbcmp-replay-structure 'create name data)))
              further))))

(defvar smbcmp-replay-leases nil
  "Alist of lease keys, which the client chooses, and their variables.")

(defun smbcmp-replay--lease-key (key)
  "Return the variable for the lease KEY, bytes."
  (if (string-match-p "\\`\0*\\'" key) "bytes(16)"
    (or (alist-get key smbcmp-replay-leases nil nil #'equal)
        (setf (alist-get key smbcmp-replay-leases nil nil #'equal)
              (format "lease_key%d" (1+ (length smbcmp-replay-leases)))))))

(defun smbcmp-replay--negotiate-contexts (bytes count)
  "Return an expression for BYTES, COUNT negotiate contexts; MS-SMB2 2.2.3.1."
  (let ((at 0) parts)
    (dotimes (_ count)
      (let* ((size (smbcmp-replay-number bytes (+ at 2) 2))
             (end (min (length bytes) (+ at 8 size))))
        (when (>= end (+ at 8))
          (push (format "negotiate_context(%d, %s%s)" (smbcmp-replay-number bytes at 2)
                        (smbcmp-replay-structure 'negotiate (smbcmp-replay-number bytes at 2)
                                                 (substring bytes (+ at 8) end))
                        (let ((reserved (smbcmp-replay-number bytes (+ at 4) 4)))
                          (if (= 0 reserved) "" (format ", Reserved=0x%x" reserved))))
                parts))
        (setq at (+ at 8 (* 8 (/ (+ size 7) 8))))))
    (format "[%s]" (string-join (nreverse parts) ", "))))

(defun smbcmp-replay--locks (bytes)
  "Return an expression for BYTES, elements of a LOCK; MS-SMB2 2.2.26.1."
  (format "[%s]"
          (mapconcat (lambda (element)
                       (let ((n (lambda (at size) (smbcmp-replay-number element at size))))
                         (format "lock(Offset=%d, Length=%d, Flags=0x%x, Reserved=%d)"
                                 (funcall n 0 8) (funcall n 8 8) (funcall n 16 4)
                                 (funcall n 20 4))))
                     (cl-loop for at from 0 below (length bytes) by 24
                              collect (substring bytes at (min (length bytes) (+ at 24))))
                     ", ")))

(defun smbcmp-replay-numbers (bytes)
  "Return an expression for BYTES, a list of numbers of two bytes."
  (format "[%s]" (mapconcat (lambda (at) (format "0x%04x" (smbcmp-replay-number bytes at 2)))
                            (number-sequence 0 (- (length bytes) 2) 2) ", ")))

;;;; Scripts

(defvar smbcmp-replay-state nil
  "What a script knows at a place, a plist.
It has

 :share     the share that stands for the one of the command line
 :users     names of users, in their order
 :setups    alist of TCP streams and what is known of the session that is
            set up there, a plist: :auth its variable, :previous that
            of its last request.")

(defun smbcmp-replay-setup (pdu what)
  "Return WHAT, :auth or :previous, of the session that is set up in PDU's stream."
  (plist-get (alist-get (smbcmp-replay-pdu-stream pdu) (plist-get smbcmp-replay-state :setups))
             what))

(defun smbcmp-replay-set-setup (pdu what value)
  "Let WHAT, :auth or :previous, of the session set up in PDU's stream be VALUE."
  (let* ((setups (plist-get smbcmp-replay-state :setups))
         (stream (smbcmp-replay-pdu-stream pdu)))
    (setf (alist-get stream setups) (plist-put (alist-get stream setups) what value))
    (setq smbcmp-replay-state (plist-put smbcmp-replay-state :setups setups))))

(defun smbcmp-replay--buffer (pdu kind bytes fields)
  "Return an expression for BYTES, a buffer of PDU of KIND; FIELDS is an alist."
  (pcase kind
    ('string (smbcmp-replay-string bytes))
    ('create-contexts (smbcmp-replay--create-contexts bytes))
    ('negotiate-contexts
     (smbcmp-replay--negotiate-contexts bytes (alist-get "NegotiateContextCount" fields
                                                         0 nil #'equal)))
    ('locks (smbcmp-replay--locks bytes))
    ('dialects (smbcmp-replay-numbers bytes))
    ('path (smbcmp-replay--path bytes))
    ('token (smbcmp-replay--token pdu bytes))
    ('ioctl (smbcmp-replay-structure 'ioctl (cdr (assoc "CtlCode" fields)) bytes))
    ('set (smbcmp-replay-structure 'set (cons (cdr (assoc "InfoType" fields))
                                              (cdr (assoc "FileInfoClass" fields)))
                                   bytes))
    (_ (smbcmp-replay-bytes bytes))))

(defun smbcmp-replay-share (bytes)
  "Return the share of BYTES, a path \\\\SERVER\\SHARE in UTF-16."
  (car (last (split-string (decode-coding-string bytes 'utf-16le) "\\\\"))))

(defun smbcmp-replay--path (bytes)
  "Return an expression for BYTES, the path of a TREE_CONNECT."
  (let ((share (smbcmp-replay-share bytes)))
    (if (equal share (plist-get smbcmp-replay-state :share)) "run.path()"
      (format "run.path(%s)" (smbcmp-replay-quote share)))))

(defun smbcmp-replay--token (pdu bytes)
  "Return an expression for BYTES, the token of PDU, a SESSION_SETUP."
  (let ((auth (smbcmp-replay-setup pdu :auth))
        (previous (smbcmp-replay-setup pdu :previous)))
    (cond (previous (format "%s.authenticate(%s)" auth previous))
          ((string-match-p "NTLMSSP\0\1" bytes)
           (format "%s.negotiate(%s)" auth (smbcmp-replay-hex bytes)))
          (t (format "%s.negotiate()" auth)))))

(defun smbcmp-replay-layout-of (pdu)
  "Return the row of smbcmp-replay.eld for PDU, a request, or nil."
  (let* ((command (smbcmp-replay-header pdu 'command))
         (rows (seq-filter (lambda (row) (= command (nth 1 row))) (smbcmp-replay-layout))))
    (if (and (cdr rows) (= 36 (smbcmp-replay-number (smbcmp-replay-pdu-bytes pdu) 64 2)))
        (cadr rows)
      (car rows))))

(defun smbcmp-replay--fixed (pdu layout)
  "Return the fields of the fixed part of PDU by LAYOUT, an alist (NAME . VALUE)."
  (let ((at 64) (bytes (smbcmp-replay-pdu-bytes pdu)) fields)
    (pcase-dolist (`(,name ,size) (nth 2 layout))
      (push (cons name (if (= size 16)
                           (substring (concat (substring bytes (min at (length bytes)))
                                              (make-string 16 0))
                                      0 16)
                         (smbcmp-replay-number bytes at size)))
            fields)
      (setq at (+ at size)))
    (nreverse fields)))

(defun smbcmp-replay--place (buffer fields end size before)
  "Return (START . LENGTH) of BUFFER, a row of a layout, in a PDU of SIZE bytes.
FIELDS are those of its fixed part, END is where the last buffer ended,
BEFORE non-nil if there was one."
  (pcase-let* ((`(,_ ,offset ,length ,kind) buffer)
               (count (and length (alist-get length fields nil nil #'equal)))
               (bytes (pcase kind
                        ('dialects (* 2 count))
                        ('locks (* 24 count))
                        (_ count)))
               (start (if offset (alist-get offset fields nil nil #'equal)
                        (if before (* 8 (/ (+ end 7) 8)) end))))
    (if (or (eql bytes 0) (and offset (< start end)) (>= start size)) (cons nil 0)
      (cons start (min (or bytes (- size start)) (- size start))))))

(defun smbcmp-replay-body (pdu)
  "Return the expression for the body of PDU, a request."
  (let ((layout (smbcmp-replay-layout-of pdu)))
    (if layout (smbcmp-replay--known-body pdu layout)
      (format "raw(Command=0x%x, Bytes=%s)" (smbcmp-replay-header pdu 'command)
              (smbcmp-replay-bytes
               (substring (smbcmp-replay-pdu-bytes pdu) 64
                          (let ((next (smbcmp-replay-header pdu 'next)))
                            (and (> next 64) next))))))))

(defun smbcmp-replay--known-body (pdu layout)
  "Return the expression for the body of PDU, a request, by LAYOUT."
  (let* ((bytes (smbcmp-replay-pdu-bytes pdu))
         (size (let ((next (smbcmp-replay-header pdu 'next)))
                 (if (= next 0) (length bytes) (min next (length bytes)))))
         (fields (smbcmp-replay--fixed pdu layout))
         (end (+ 64 (apply #'+ (mapcar #'cadr (nth 2 layout)))))
         (three (and (equal "NEGOTIATE" (car layout))
                     (not (smbcmp-replay--three-p pdu fields))))
         computed buffers)
    (dolist (buffer (unless (> end size) (nth 3 layout)))
      (pcase-let* ((`(,name ,offset ,length ,kind) buffer)
                   (`(,start . ,count)
                    (if (and three (eq kind 'negotiate-contexts)) (cons nil 0)
                      (smbcmp-replay--place buffer fields end size buffers)))
                   (auto (if buffers (* 8 (/ (+ end 7) 8)) end)))
        (when (and length (or start (eql 0 (alist-get length fields 1 nil #'equal))))
          (push length computed))
        (when (and offset (or (eql start auto)
                              (and (null start)
                                   (eql end (alist-get offset fields nil nil #'equal)))))
          (push offset computed))
        (when start
          (push (format "%s=%s" name
                        (smbcmp-replay--buffer pdu kind
                                               (substring bytes start (+ start count)) fields))
                buffers)
          (when (eq kind 'negotiate-contexts) (push "NegotiateContextCount" computed))
          (setq end (+ start count)))))
    (format "%s(%s%s)" (car layout)
            (string-join
             (append (mapcar (pcase-lambda (`(,name . ,value))
                               (format "%s=%s" name
                                       (smbcmp-replay-field name value computed)))
                             fields)
                     (reverse buffers))
             ", ")
            (if (< end size)
                (format ", Rest=%s" (smbcmp-replay-bytes (substring bytes end size)))
              ""))))

(defun smbcmp-replay--three-p (pdu fields)
  "Return non-nil if PDU, a NEGOTIATE with FIELDS, offers SMB 3.1.1."
  (cl-loop repeat (alist-get "DialectCount" fields 0 nil #'equal)
           for at from 100 by 2
           thereis (= #x311 (smbcmp-replay-number (smbcmp-replay-pdu-bytes pdu) at 2))))

(defun smbcmp-replay-field (name value computed)
  "Return the expression for VALUE of the field NAME; COMPUTED are names of some."
  (cond ((member name computed) "AUTO")
        ((equal name "PreviousSessionId") (smbcmp-replay-id 'session value))
        ((integerp value) (smbcmp-replay--python-number name value))
        ((equal name "LeaseKey") (smbcmp-replay--lease-key value))
        ((string-match-p "\\`\377+\\'" value) "NO_ID")
        ((cdr (assoc value smbcmp-replay-ids)))
        (t (smbcmp-replay-bytes value))))

(defvar smbcmp-replay-names nil
  "Alist of (WHAT . ID), of sessions and trees, and their variables.")

(defun smbcmp-replay-id (what id)
  "Return the variable of ID, a number, a session or a tree, as WHAT says."
  (or (alist-get (cons what id) smbcmp-replay-names nil nil #'equal)
      (format (if (< id 10) "%d" "0x%x") id)))

(defun smbcmp-replay-head (pdu cancelled)
  "Return the expression for the header of PDU, a request.
CANCELLED is the request that it cancels."
  (let ((flags (smbcmp-replay-header pdu 'flags))
        (get (lambda (field) (smbcmp-replay-header pdu field))))
    (concat
     (format "header(CreditCharge=%d, ChannelSequence=0x%x, CreditRequest=%d, Flags=0x%x, "
             (funcall get 'charge) (funcall get 'status) (funcall get 'credits) flags)
     (let ((name (and cancelled (smbcmp-replay-pdu-variable cancelled))))
       (cond ((= 0 (logand 2 flags))
              (format "Reserved=0x%x, TreeId=%s, " (funcall get 'process)
                      (smbcmp-replay-id 'tree (funcall get 'tree))))
             (name (format "AsyncId=%s.AsyncId, " name))
             (t (format "AsyncId=%d, " (funcall get 'async)))))
     (when cancelled
       (format "MessageId=%s.MessageId, " (smbcmp-replay-pdu-variable cancelled)))
     (format "SessionId=%s)" (smbcmp-replay-id 'session (funcall get 'session))))))

(provide 'smbcmp-replay-fields)
;;; smbcmp-replay-fields.el ends here
