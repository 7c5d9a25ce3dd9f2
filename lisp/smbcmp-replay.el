;;; smbcmp-replay.el --- Write a script that sends a capture's requests again  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A script in Python that sends the requests of some exchanges, in their
;; order, to another server, and compares the statuses.  What it needs to
;; do so is smbcmp-replay.py, with smbcmp-replay-requests.py in the middle,
;; into which the requests are written.
;;
;; It stands on impacket for NTLM, SPNEGO and names of statuses: of what
;; Debian has it is what is kept up and lets one send any PDU.  python3-smbc
;; and python3-samba go through whole clients, which send what they think
;; right; scapy knows but some requests of SMB2, and does not sign.  Requests
;; are packed from a table of our own: impacket's structures work out fields
;; that one wants to set, and have names of their own for some.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-compare)
(require 'smbcmp-export)
(require 'smbcmp-replay-fields)
(require 'smbcmp-replay-structures)

;;;; What happened, in order

(defun smbcmp-replay--exchanges (capture)
  "Return a table from (FRAME . INDEX) of requests of CAPTURE to their exchanges."
  (let ((table (make-hash-table :test #'equal)))
    (dolist (exchange (smbcmp-exchanges capture) table)
      (when (plist-get exchange :request)
        (puthash (plist-get exchange :request) exchange table)))))

(defun smbcmp-replay--smb1 (capture frame)
  "Return the bytes of the SMB1 negotiation in FRAME of CAPTURE, or nil."
  (let ((node (car (dom-by-tag (smbcmp-frame-tree capture frame) 'smb))))
    (when (and node (dom-by-tag node 'smb.dialect))
      (let ((bytes (cdr (nth (or (dom-attr node 'source) 0) (smbcmp-frame-bytes capture frame))))
            (start (dom-attr node 'start)))
        (substring bytes start (min (length bytes) (+ start (dom-attr node 'length))))))))

(defun smbcmp-replay--events (capture frames)
  "Return what happened in CAPTURE, in order; of requests those in FRAMES.
FRAMES is a table, or nil for all.  Each event is a list: (end STREAM),
\(smb1 STREAM FRAME BYTES), (requests PDU...), (responses PDU...)."
  (let ((exchanges (smbcmp-replay--exchanges capture))
        (open (make-hash-table :test #'equal))
        events)
    (pcase-dolist (`(,frame ,stream ,time ,fin ,reset ,command)
                   (smbcmp-fields capture
                                  '(frame.number tcp.stream frame.time_epoch tcp.flags.fin
                                                 tcp.flags.reset smb2.cmd)
                                  "smb2 || smb.cmd == 0x72 || tcp.flags.fin == 1 || \
tcp.flags.reset == 1"))
      (let ((wanted (or (null frames) (gethash frame frames)))
            (stream (if (vectorp stream) (aref stream 0) stream)))
        (cond
         ((or command (null (or fin reset)))
          (let ((pdus (smbcmp-replay-frame-pdus capture frame stream (float-time time)))
                (smb1 (and wanted (null command) (smbcmp-replay--smb1 capture frame))))
            (when smb1 (push (list 'smb1 stream frame smb1) events))
            (dolist (group (smbcmp-replay--groups pdus))
              (if (smbcmp-replay-response-p (car group))
                  (push (cons 'responses (smbcmp-replay--answers group open)) events)
                (when wanted
                  (smbcmp-replay--enter group exchanges open)
                  (push (cons 'requests group) events))))))
         (t (push (list 'end stream) events)))))
    (nreverse events)))

(defun smbcmp-replay--groups (pdus)
  "Return PDUS, of a frame, as a list of compounds."
  (let (groups group)
    (dolist (pdu pdus)
      (push pdu group)
      (when (= 0 (smbcmp-replay-header pdu 'next))
        (push (nreverse group) groups)
        (setq group nil)))
    (nreverse (if group (cons (nreverse group) groups) groups))))

(defun smbcmp-replay--enter (group exchanges open)
  "Say of the requests GROUP what EXCHANGES, a table, knows; put them into OPEN."
  (dolist (pdu group)
    (let ((layout (smbcmp-replay-layout-of pdu))
          (frame (smbcmp-replay-pdu-frame pdu)) (index (smbcmp-replay-pdu-index pdu))
          (key (cons (smbcmp-replay-pdu-stream pdu) (smbcmp-replay-header pdu 'message))))
      (setf (smbcmp-replay-pdu-exchange pdu) (gethash (cons frame index) exchanges)
            (smbcmp-replay-pdu-variable pdu)
            (format (if (= 0 index) "%s%d" "%s%d_%d")
                    (downcase (or (car layout) "request")) frame (1+ index)))
      (if (= 12 (smbcmp-replay-header pdu 'command))
          (setf (smbcmp-replay-pdu-request pdu) (gethash key open))
        (puthash key pdu open)))))

(defun smbcmp-replay--answers (group open)
  "Return GROUP, responses, with their requests, which the table OPEN has."
  (dolist (pdu group group)
    (setf (smbcmp-replay-pdu-request pdu)
          (gethash (cons (smbcmp-replay-pdu-stream pdu)
                         (smbcmp-replay-header pdu 'message))
                   open))))

;;;; The script

(defun smbcmp-replay--connection (stream)
  "Return the variable of the connection that was STREAM."
  (smbcmp-replay-id 'connection stream))

(defun smbcmp-replay--open (stream)
  "Insert what opens the connection that was STREAM, unless it is open."
  (unless (assoc (cons 'connection stream) smbcmp-replay-names)
    (let ((name (format "c%d" (1+ (seq-count (lambda (known) (eq 'connection (caar known)))
                                             smbcmp-replay-names)))))
      (push (cons (cons 'connection stream) name) smbcmp-replay-names)
      (insert (format "    %s = Connection(run)\n" name)))))

(defun smbcmp-replay--request (pdu)
  "Insert the expression that makes PDU, a request."
  (let* ((exchange (smbcmp-replay-pdu-exchange pdu))
         (setup (and (= 1 (smbcmp-replay-header pdu 'command)))))
    (insert (format "    %s = Request(\n        %s,\n        %s,\n        %s"
                    (smbcmp-replay-pdu-variable pdu)
                    (smbcmp-replay-quote (or (plist-get exchange :label)
                                              (car (smbcmp-replay-layout-of pdu))))
                    (smbcmp-replay-head pdu (smbcmp-replay-pdu-request pdu))
                    (smbcmp-replay-body pdu)))
    (when (plist-get exchange :response)
      (insert (format ",\n        expect=%s"
                      (smbcmp-replay-quote
                       (or (plist-get exchange :status) "STATUS_SUCCESS")))))
    (when setup (insert (format ",\n        auth=%s" (smbcmp-replay-setup pdu :auth))))
    (insert ")\n")))

(defun smbcmp-replay--account (pdu events)
  "Return (USER DOMAIN WORKSTATION) of the session that PDU sets up, by EVENTS.
USER is \"\" for an anonymous one, nil if it is not known."
  (cl-flet ((values (tag) (cl-loop for (kind . pdus) in events
                                   when (eq kind 'requests)
                                   append (cl-loop
                                           for other in pdus
                                           when (and (= 1 (smbcmp-replay-header other 'command))
                                                     (eql (smbcmp-replay-pdu-stream other)
                                                          (smbcmp-replay-pdu-stream pdu))
                                                     (>= (smbcmp-replay-pdu-frame other)
                                                         (smbcmp-replay-pdu-frame pdu)))
                                           append (mapcar
                                                   (lambda (node) (dom-attr node 'value))
                                                   (dom-by-tag (smbcmp-replay-pdu-tree other)
                                                               tag))))))
    (let ((user (car (values 'ntlmssp.auth.username))))
      (mapcar (lambda (value) (if (member value '("NULL" nil)) "" value))
              (list user (car (values 'ntlmssp.auth.domain))
                    (car (values 'ntlmssp.auth.hostname)))))))

(defun smbcmp-replay--begin-session (pdu events)
  "Insert what begins the set-up of a session with PDU, by EVENTS."
  (pcase-let* ((`(,user ,domain ,host) (smbcmp-replay--account pdu events))
               (anonymous (and (equal user "") (smbcmp-replay--ntlm-p pdu)))
               (users (plist-get smbcmp-replay-state :users))
               (number (or (seq-position users user) (length users)))
               (auth (format "auth%d" (smbcmp-replay-pdu-frame pdu))))
    (unless anonymous
      (when (= number (length users))
        (setq smbcmp-replay-state
              (plist-put smbcmp-replay-state :users (append users (list user))))))
    (insert (format "    # %s\n    %s = Auth(run, %d, Domain=%s, Workstation=%s%s)\n"
                    (cond (anonymous "An anonymous session")
                          ((equal user "") "A user's session")
                          (t (concat "A session of " (smbcmp-replay-comment user))))
                    auth (if anonymous 0 number) (smbcmp-replay-quote domain)
                    (smbcmp-replay-quote host) (if anonymous ", anonymous=True" "")))
    (smbcmp-replay-set-setup pdu :auth auth)
    (smbcmp-replay-set-setup pdu :previous nil)))

(defun smbcmp-replay--ntlm-p (pdu)
  "Return non-nil if PDU, a SESSION_SETUP, begins with NTLM."
  (string-match-p "NTLMSSP\0\1" (smbcmp-replay-pdu-bytes pdu)))

(defun smbcmp-replay--status (pdu)
  "Return the status of the response to PDU, a request, a string or nil."
  (let ((exchange (smbcmp-replay-pdu-exchange pdu)))
    (and (plist-get exchange :response)
         (or (plist-get exchange :status) "STATUS_SUCCESS"))))

(defun smbcmp-replay--send (group events start)
  "Insert what sends the requests GROUP; EVENTS are all, START is their time."
  (let* ((first (car group)) (stream (smbcmp-replay-pdu-stream first))
         (setup (and (= 1 (smbcmp-replay-header first 'command)) (null (cdr group)))))
    (insert (format "\n    # Frame %d\n" (smbcmp-replay-pdu-frame first)))
    (smbcmp-replay--open stream)
    (insert (format "    run.at(%.6f)\n" (- (smbcmp-replay-pdu-time first) start)))
    (when (and setup (null (smbcmp-replay-setup first :previous)))
      (smbcmp-replay--begin-session first events))
    (when (and setup (null (smbcmp-replay-setup first :previous))
               (not (equal "STATUS_MORE_PROCESSING_REQUIRED" (smbcmp-replay--status first))))
      (smbcmp-replay--first-leg first))
    (mapc #'smbcmp-replay--request group)
    (insert (format "    %s.send(%s%s)\n" (smbcmp-replay--connection stream)
                    (mapconcat #'smbcmp-replay-pdu-variable group ", ")
                    (if (smbcmp-replay-pdu-encrypted first) ", encrypted=True" "")))))

(defun smbcmp-replay--first-leg (pdu)
  "Insert a first exchange before PDU, a set-up that had but one; NTLM has two."
  (let ((name (concat (smbcmp-replay-pdu-variable pdu) "_0"))
        (connection (smbcmp-replay--connection (smbcmp-replay-pdu-stream pdu))))
    (insert (format "    %s = Request(\n        \"SESSION_SETUP\",\n        %s,\n        %s,
        expect=\"STATUS_MORE_PROCESSING_REQUIRED\", auth=%s)\n    %s.send(%s)\n    %s.receive(%s)\n"
                    name (smbcmp-replay-head pdu nil) (smbcmp-replay-body pdu)
                    (smbcmp-replay-setup pdu :auth) connection name connection name))
    (insert (format "    session%d = %s.SessionId\n" (smbcmp-replay-pdu-frame pdu) name))
    (push (cons (cons 'session (smbcmp-replay-header pdu 'session))
                (format "session%d" (smbcmp-replay-pdu-frame pdu)))
          smbcmp-replay-names)
    (smbcmp-replay-set-setup pdu :previous name)))

(defun smbcmp-replay--name (what number expression)
  "Insert that the variable of NUMBER, a WHAT, is EXPRESSION; remember it."
  (let ((name (format "%s%d" what (1+ (seq-count (lambda (known) (eq what (caar known)))
                                                 smbcmp-replay-names)))))
    (setf (alist-get (cons what number) smbcmp-replay-names nil nil #'equal) name)
    (insert (format "    %s = %s\n" name expression))))

(defun smbcmp-replay--learn (response)
  "Insert what gives names to ids in RESPONSE, a final one."
  (let* ((request (smbcmp-replay-pdu-request response))
         (variable (smbcmp-replay-pdu-variable request))
         (bytes (smbcmp-replay-pdu-bytes response))
         (good (= 0 (smbcmp-replay-header response 'status))))
    (when good (smbcmp-replay--learn-domains bytes variable))
    (pcase (smbcmp-replay-header request 'command)
      (1 (smbcmp-replay--learn-session response variable))
      ((and 3 (guard good))
       (smbcmp-replay--name 'tree (smbcmp-replay-header response 'tree)
                            (concat variable ".TreeId")))
      ((and 5 (guard (and good (>= (length bytes) 144))))
       (smbcmp-replay--name-bytes (substring bytes 128 144) "file"
                                  (concat variable ".FileId")))
      ;; FSCTL_SRV_REQUEST_RESUME_KEY, whose key FSCTL_SRV_COPYCHUNK takes.
      ((and 11 (guard (and good (= #x140078 (smbcmp-replay-number bytes 68 4)))))
       (let ((at (smbcmp-replay-number bytes 96 4)))
         (when (>= (length bytes) (+ at 24))
           (smbcmp-replay--name-bytes (substring bytes at (+ at 24)) "resume_key"
                                      (concat variable ".output(0, 24)"))))))))

(defun smbcmp-replay--learn-domains (bytes variable)
  "Insert what gives names to domains of SIDs in BYTES, the response to VARIABLE."
  (let ((at 0) (number -1) (case-fold-search nil) found)
    (while (string-match "\1[\1-\17]\0\\{5\\}\5\25\0\0\0\\(\\(?:.\\|\n\\)\\{12\\}\\)" bytes at)
      (let ((domain (match-string 1 bytes)))
        (setq at (match-end 0))
        (unless (member domain found)
          (push domain found)
          (cl-incf number)
          (unless (assoc domain smbcmp-replay-ids)
            (smbcmp-replay--name-bytes domain "domain"
                                       (format "%s.domain(%d)" variable number))))))))

(defun smbcmp-replay--name-bytes (bytes what expression)
  "Insert that the variable for BYTES, a WHAT, is EXPRESSION; remember it."
  (let ((name (format "%s%d" what (1+ (seq-count (lambda (known)
                                                   (string-prefix-p what (cdr known)))
                                                 smbcmp-replay-ids)))))
    ;; A handle that came before may have had the same bytes.
    (push (cons bytes name) smbcmp-replay-ids)
    (insert (format "    %s = %s\n" name expression))))

(defun smbcmp-replay--learn-session (response variable)
  "Insert what follows from RESPONSE to VARIABLE, a SESSION_SETUP."
  (let ((session (smbcmp-replay-header response 'session))
        (more (= #xc0000016 (smbcmp-replay-header response 'status))))
    (unless (or (= 0 session)
                (assoc (cons 'session session) smbcmp-replay-names))
      (smbcmp-replay--name 'session session (concat variable ".SessionId")))
    (smbcmp-replay-set-setup response :previous (and more variable))))

(defun smbcmp-replay--receive (group)
  "Insert what waits for the responses GROUP."
  (let* ((connection (smbcmp-replay--connection (smbcmp-replay-pdu-stream (car group))))
         (known (seq-filter #'smbcmp-replay-pdu-request group))
         (final (seq-remove #'smbcmp-replay-interim-p known)))
    (dolist (pdu group)
      (cond ((= #xffffffffffffffff (smbcmp-replay-header pdu 'message))
             (when (assoc (cons 'connection (smbcmp-replay-pdu-stream pdu))
                          smbcmp-replay-names)
               (insert (format "    %s.notification()\n" connection))))
            ((and (smbcmp-replay-pdu-request pdu) (smbcmp-replay-interim-p pdu))
             (insert (format "    %s.interim(%s)\n" connection
                             (smbcmp-replay-pdu-variable
                              (smbcmp-replay-pdu-request pdu)))))))
    (when final
      (insert (format "    %s.receive(%s)\n" connection
                      (mapconcat (lambda (pdu) (smbcmp-replay-pdu-variable
                                                (smbcmp-replay-pdu-request pdu)))
                                 final ", ")))
      (mapc #'smbcmp-replay--learn final))))

(defun smbcmp-replay--main-share (events)
  "Return the share of EVENTS that most use and that is not a special one."
  (let (counts)
    (pcase-dolist (`(,kind . ,pdus) events)
      (when (eq kind 'requests)
        (dolist (pdu pdus)
          (when (= 3 (smbcmp-replay-header pdu 'command))
            (let* ((bytes (smbcmp-replay-pdu-bytes pdu))
                   (start (min (length bytes) (smbcmp-replay-number bytes 68 2)))
                   (end (min (length bytes) (+ start (smbcmp-replay-number bytes 70 2))))
                   (share (smbcmp-replay-share (substring bytes start end))))
              (unless (string-suffix-p "$" share)
                (cl-incf (alist-get share counts 0 nil #'equal))))))))
    (caar (sort counts (lambda (x y) (> (cdr x) (cdr y)))))))

(defun smbcmp-replay--insert-steps (events)
  "Insert the body of the function that does what EVENTS tell."
  (let ((start (cl-loop for (kind . pdus) in events
                        when (eq kind 'requests)
                        return (smbcmp-replay-pdu-time (car pdus)))))
    (pcase-dolist (`(,kind . ,rest) events)
      (pcase kind
        ('requests (smbcmp-replay--send rest events start))
        ('responses (smbcmp-replay--receive rest))
        ('smb1 (pcase-let ((`(,stream ,frame ,bytes) rest))
                 (insert (format "\n    # Frame %d: NEGOTIATE of SMB1\n" frame))
                 (smbcmp-replay--open stream)
                 (insert (format "    %s.negotiate_smb1(%s)\n"
                                 (smbcmp-replay--connection stream)
                                 (smbcmp-replay-hex bytes)))))
        ;; Both sides end a connection; the script's does so once.
        ('end (let ((known (assoc (cons 'connection (car rest)) smbcmp-replay-names))
                    (ended (cons 'ended (car rest))))
                (when (and known (not (assoc ended smbcmp-replay-names)))
                  (push (list ended) smbcmp-replay-names)
                  (insert (format "    %s.close()\n" (cdr known))))))))))

(defun smbcmp-replay--statuses (events)
  "Return the statuses of the responses in EVENTS as a dictionary of Python."
  (let (known)
    (pcase-dolist (`(,kind . ,pdus) events)
      (when (eq kind 'responses)
        (dolist (pdu pdus)
          (let ((status (and (smbcmp-replay-pdu-request pdu)
                             (smbcmp-replay--status (smbcmp-replay-pdu-request pdu)))))
            (when (and status (not (smbcmp-replay-interim-p pdu)))
              (setf (alist-get (smbcmp-replay-header pdu 'status) known) status))))))
    (format "{%s}" (mapconcat (pcase-lambda (`(,number . ,name))
                                (format "0x%08x: %s" number (smbcmp-replay-quote name)))
                              (sort known (lambda (x y) (< (car x) (car y)))) ", "))))

(defun smbcmp-replay--python-layout ()
  "Return the table of requests as a dictionary of Python."
  (format "{\n%s}"
          (mapconcat
           (pcase-lambda (`(,name ,number ,fields ,buffers))
             (format "    \"%s\": (%d, [%s], [%s]),\n" name number
                     (mapconcat (pcase-lambda (`(,field ,size)) (format "(\"%s\", %d)" field size))
                                fields ", ")
                     (mapconcat (pcase-lambda (`(,buffer ,offset ,length ,kind))
                                  (format "(\"%s\", %s, %s, \"%s\")" buffer
                                          (if offset (format "\"%s\"" offset) "None")
                                          (if length (format "\"%s\"" length) "None") kind))
                                buffers ", ")))
           (smbcmp-replay-layout) "")))

(defun smbcmp-replay--fill (parts)
  "Return smbcmp-replay.py with each @NAME@ replaced as the alist PARTS says."
  (replace-regexp-in-string "@\\(TITLE\\|REQUESTS\\|LAYOUT\\|STRUCTURES\\|STATUS\\|REPLAY\\)@"
                            (lambda (name) (alist-get (substring name 1 -1) parts nil nil #'equal))
                            (smbcmp-replay-file "smbcmp-replay.py") t t))

(defun smbcmp-replay--frames (capture exchanges plist)
  "Return a table of the frames of EXCHANGES of CAPTURE, or nil for all, by PLIST."
  (unless (eq exchanges 'all)
    (unless exchanges (signal 'smbcmp-frame-error (list "No requests to send")))
    (dolist (frame exchanges) (smbcmp-capture-check-frame capture frame))
    (let ((table (make-hash-table)))
      (dolist (frame (if (and (plist-member plist :closure) (not (plist-get plist :closure)))
                         exchanges
                       (smbcmp-export-closure capture exchanges))
                     table)
        (puthash frame t table)))))

(defconst smbcmp-replay-garbage 100000000
  "Bytes of garbage that may gather while the trees of a capture are read.")

;;;###autoload
(defun smbcmp-replay-script (capture exchanges &rest plist)
  "Return a Python script that sends EXCHANGES of CAPTURE to a server again.
EXCHANGES is a list of frames of requests, or `all'.  What they need,
the negotiation, session, share and handles that they use, goes before
them unless PLIST has `:closure nil'.

Its usage: SCRIPT [-U USER%PASSWORD] [--port N] //SERVER/SHARE.  It exits
with 0 if all statuses are those of the capture, 1 if they are not, 125
if it can't be told.

Signal `smbcmp-frame-error' for a frame that is not there, `smbcmp-error'
if there is no request of SMB2 or one that can't be decrypted."
  (let* ((gc-cons-threshold (max gc-cons-threshold smbcmp-replay-garbage))
         (frames (smbcmp-replay--frames capture exchanges plist))
         (events (smbcmp-replay--events capture frames))
         smbcmp-replay-ids smbcmp-replay-names smbcmp-replay-leases)
    (unless (assq 'requests events)
      (signal 'smbcmp-error
              (list (format (if (smbcmp-frames capture "smb")
                                "%s: these requests are SMB1's; only SMB 2 and 3 are replayed"
                              "%s: there are no requests of SMB 2 or 3 here")
                            (smbcmp-capture-file capture)))))
    (let* ((smbcmp-replay-state (list :share (smbcmp-replay--main-share events)))
           (steps (with-temp-buffer
                    (smbcmp-replay--insert-steps events)
                    (buffer-string))))
      (smbcmp-replay--fill
       `(("TITLE" . ,(smbcmp-replay-comment
                      (format "Replay of %s" (file-name-nondirectory
                                              (smbcmp-capture-file capture)))))
         ("LAYOUT" . ,(smbcmp-replay--python-layout))
         ("REQUESTS" . ,(smbcmp-replay-file "smbcmp-replay-requests.py"))
         ("STRUCTURES" . ,(smbcmp-replay-structures-python))
         ("STATUS" . ,(smbcmp-replay--statuses events))
         ("REPLAY" . ,(concat "def replay(run):\n"
                              (mapconcat (pcase-lambda (`(,key . ,name))
                                           (format "    %s = %s\n" name
                                                   (smbcmp-replay-hex key)))
                                         (reverse smbcmp-replay-leases) "")
                              steps)))))))

;;;; The command

(autoload 'smbcmp-comparison-row "smbcmp-comparison")
(defvar smbcmp-list-capture)

(defun smbcmp-replay-until (capture frame)
  "Return the frames of CAPTURE with requests, up to FRAME."
  (seq-filter (lambda (other) (<= other frame))
              (smbcmp-frames capture "smb2.flags.response == 0")))

(defun smbcmp-replay--chosen ()
  "Return (CAPTURE FRAMES) to be replayed from this buffer.
In a packet list they are the region's, the marked or the shown ones; in
a comparison those from the start to the exchange at point."
  (if (derived-mode-p 'smbcmp-list-mode)
      (let ((frames (car (smbcmp-export-list-frames))))
        (unless frames (user-error "No frames here"))
        (list smbcmp-list-capture frames))
    (pcase-let* ((`(,comparison ,row ,side) (smbcmp-export-place))
                 (`(,a ,b) (smbcmp-comparison-row comparison row))
                 (side (cond (side) ((not b) 'a) ((not a) 'b)
                             ((eq ?a (read-char-choice "Replay which capture (a or b)? "
                                                       '(?a ?b)))
                              'a)
                             (t 'b)))
                 (number (if (eq side 'a) a b))
                 (capture (if (eq side 'a) (smbcmp-comparison-a comparison)
                            (smbcmp-comparison-b comparison))))
      (unless number (user-error "This capture has no exchange here"))
      (list capture (smbcmp-replay-until
                     capture
                     (car (plist-get (smbcmp-comparison-exchange comparison side number)
                                     :request)))))))

(defun smbcmp-replay--check ()
  "Signal an error unless there is something to replay in this buffer."
  (unless (derived-mode-p 'smbcmp-list-mode) (smbcmp-export-place)))

(defun smbcmp-replay-write (script file)
  "Write SCRIPT to FILE, and make it a program."
  (let ((coding-system-for-write 'utf-8))
    (write-region script nil file nil 'silent))
  (set-file-modes file (logior #o100 (file-modes file))))

;;;###autoload
(defun smbcmp-replay (file)
  "Write a script that sends requests again to FILE, and visit it.
In a packet list these are the region's if it is active, else those
marked, else those shown, with what they need.  In a comparison they are
all from the start of a capture to the exchange at point.  See
`smbcmp-replay-script' for what the script does."
  (interactive (list (progn (smbcmp-replay--check)
                            (read-file-name "Write the script to: " nil nil nil "replay.py"))))
  (when (and (file-exists-p file)
             (not (y-or-n-p (format "%s exists; overwrite it? " (smbcmp-escape-file file)))))
    (user-error "Not written"))
  (smbcmp-with-user-errors
    (smbcmp-replay-write (apply #'smbcmp-replay-script (smbcmp-replay--chosen))
                         (expand-file-name file)))
  (find-file file)
  (message "Run it: %s -U USER%%PASSWORD //SERVER/SHARE" (smbcmp-escape-base file)))

(provide 'smbcmp-replay)
;;; smbcmp-replay.el ends here
