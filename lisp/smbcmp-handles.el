;;; smbcmp-handles.el --- What files were opened, and what became of them  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Every handle that a capture tells of, as Lisp data: opened by whom, for
;; what, what was done with it, when it was closed.  Which frame opened and
;; closed a handle is libwireshark's to say, as are the names; this file
;; puts together what it says of single messages.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smbcmp-handles-kept)
(require 'smbcmp-steps)

(declare-function smbcmp--module-messages "smbcmp-module.so" (columns size value))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

;;;; What is asked of libwireshark

(eval-and-compile
  (defconst smbcmp-handles--slots
    '((begin "smb2.header_len" "smb.server_component")
      (command "smb2.cmd" "smb.cmd")
      (status "smb2.nt_status" "smb.nt_status")
      (response "smb2.flags.response" "smb.flags.response")
      (message "smb2.msg_id" "smb.mid")
      (session "smb2.sesid" "smb.uid")
      (tree "smb2.tid" "smb.tid")
      (share "smb2.tree" "smb.path")
      (handle "smb2.fid" "smb.fid")
      (open "dcerpc.nt.open_frame" "smb.fid.opened_in")
      (close "dcerpc.nt.close_frame" "smb.fid.closed_in")
      (path "smb2.filename" "smb.file")
      (old-path "smb.old_file")
      (access "smb.access_mask")
      (share-access "smb.share_access")
      (disposition "smb2.create.disposition" "smb.create.disposition")
      (options "smb.create_options")
      (oplock "smb2.create.oplock" "smb.oplock.level")
      (exclusive-oplock "smb.nt.create.oplock")
      (batch-oplock "smb.nt.create.batch_oplock")
      (lease-key "smb2.lease.lease_key")
      (lease-flags "smb2.lease.lease_flags")
      (lease-states "smb2.lease.lease_state")
      (level "smb2.file_info.infolevel")
      (delete "smb2.disposition.delete_on_close")
      (offsets "smb2.file_offset" "smb.file.rw.offset" "smb.lock.offset")
      (length "smb2.read_length" "smb2.write_length" "smb.file.rw.length")
      (lock-lengths "smb2.lock_length" "smb.lock.length")
      (lock-flags "smb2.lock_flags" "smb.lock.type"))
    "What is kept of a message: (SLOT FIELD...).
Of a slot in the plural all values are kept, of others the first.")

  (defconst smbcmp-handles--of-frame '(time address port stream ended)
    "Slots that are the frame's, in the order in which the worker tells them."))

(defconst smbcmp-handles--several '(lease-states offsets lock-lengths lock-flags)
  "Slots of which all values are kept.")

(defconst smbcmp-handles--commands
  '((smb2 (2 . logoff) (4 . tree-disconnect) (5 . create) (6 . close) (8 . read) (9 . write)
          (10 . lock) (17 . set-info) (18 . break))
    (smb (#xa2 . create) (#x04 . close) (#x2e . read) (#x2f . write) (#x24 . lock)
         (#x06 . delete) (#x07 . rename)
         (#x71 . tree-disconnect) (#x74 . logoff)))
  "Commands that matter to handles, by protocol and number.")

(defun smbcmp-handles--filter ()
  "Return the display filter for what matters to handles."
  (mapconcat #'identity
             (cl-loop for (protocol . commands) in smbcmp-handles--commands
                      append (cl-loop for (number . _) in commands
                                      collect (format "%s.cmd == %d" protocol number)))
             " || "))

(defun smbcmp-handles-arguments ()
  "Return the arguments of a request for the fields that handles need."
  (list :fields (cl-loop for (_ . fields) in smbcmp-handles--slots append fields)
        :filter (smbcmp-handles--filter) :origin t
        :commands (mapcar #'car (alist-get 'smb2 smbcmp-handles--commands))))

;;;; Messages

(eval-and-compile
  (defconst smbcmp-handles--number
    (cl-loop for slot in (append '(frame before) (mapcar #'car smbcmp-handles--slots)
                                 smbcmp-handles--of-frame '(protocol made))
             for i from 0 collect (cons slot i))
    "From slots to their numbers in a message, a vector.
`before' is the message before it in its frame, `made' the handle it made."))

(defmacro smbcmp-handles--get (message slot)
  "Return what MESSAGE has in SLOT, a symbol, not evaluated."
  `(aref ,message ,(cdr (assq slot smbcmp-handles--number))))

(defconst smbcmp-handles--columns
  (vconcat
   (cl-loop for (slot . fields) in smbcmp-handles--slots
            append (cl-loop for field in fields
                            append (pcase slot
                                     ('begin
                                      (list (cdr (assq 'protocol smbcmp-handles--number)) 3
                                            (if (string-prefix-p "smb2." field) 'smb2 'smb)))
                                     (_ (list (cdr (assq slot smbcmp-handles--number))
                                              (if (memq slot smbcmp-handles--several) 1 0)
                                              nil)))))
   (cl-loop for slot in smbcmp-handles--of-frame
            append (list (cdr (assq slot smbcmp-handles--number)) 2 nil)))
  "What `smbcmp--module-messages' makes of the fields that are asked for.")

(defun smbcmp-handles-add (table value)
  "Add to TABLE what the messages in VALUE, of a raw reply, tell.
A frame that is no message comes as one without a command."
  ;; They are not returned: whoever asked would hold them until all is there.
  (ignore (mapc (lambda (message) (smbcmp-handles--add-message table message))
                (smbcmp--module-messages smbcmp-handles--columns
                                         (length smbcmp-handles--number) value))))

;;;; Handles

(cl-defstruct (smbcmp-handles--table (:constructor smbcmp-handles--make-table))
  "What is known so far."
  (names nil :documentation "From numbers of statuses to names.")
  (requests (make-hash-table :test 'equal) :documentation "By (STREAM . MESSAGE).")
  (clients (make-hash-table) :documentation "Address and port by stream.")
  (open (make-hash-table :test 'equal) :documentation "Handles by (FRAME . HANDLE).")
  (latest (make-hash-table :test 'equal) :documentation "By (STREAM . HANDLE) if no frame is told.")
  (paths (make-hash-table :test 'equal) :documentation "Lists of SMB1's by share and path.")
  (leases (make-hash-table :test 'equal) :documentation "Lists of handles by lease key.")
  (states (make-hash-table :test 'equal) :documentation "The states of leases by key.")
  (streams (make-hash-table) :documentation "Handles that may still be open, by stream.")
  (lost nil :documentation "Handles that went with their connections.")
  (packed (smbcmp-handles-packed-make) :documentation "Events, and handles at the end.")
  (all nil :documentation "Handles, the last one first."))

(defun smbcmp-handles--add-message (table message)
  "Add what MESSAGE tells to TABLE."
  (let ((command (alist-get (smbcmp-handles--get message command)
                            (alist-get (smbcmp-handles--get message protocol)
                                       smbcmp-handles--commands))))
    (cond
     ((smbcmp-handles--get message ended)
      (smbcmp-handles--end table message 'connection))
     ((not command))
     ((and (eq command 'break) (smbcmp-handles--get message response)
           ;; What the server sends unasked has a number of its own.
           (not (gethash (smbcmp-handles--key message) (smbcmp-handles--table-requests table))))
      (smbcmp-handles--break table message))
     ((smbcmp-handles--get message response)
      (let ((request (gethash (smbcmp-handles--key message)
                              (smbcmp-handles--table-requests table))))
        ;; Not the interim answer, STATUS_PENDING.
        (when (and request (not (eql #x103 (smbcmp-handles--get message status))))
          (remhash (smbcmp-handles--key message) (smbcmp-handles--table-requests table))
          (smbcmp-handles--answered table command request message))))
     (t
      (smbcmp-handles--note-client table message)
      (when (eq command 'break) (smbcmp-handles--acknowledge table message))
      (puthash (smbcmp-handles--key message) message
               (smbcmp-handles--table-requests table))))))

(defun smbcmp-handles--note-client (table message)
  "Note in TABLE who sent MESSAGE, a request."
  (let ((stream (smbcmp-handles--get message stream))
        (clients (smbcmp-handles--table-clients table)))
    ;; What did not come over TCP has no stream.
    (unless (or (null stream) (gethash stream clients))
      (puthash stream
               (format (if (string-match-p ":" (smbcmp-handles--get message address))
                           "[%s]:%d" "%s:%d")
                       (smbcmp-handles--get message address)
                       (smbcmp-handles--get message port))
               clients))))

(defun smbcmp-handles--key (message)
  "Return what MESSAGE has in common with its answer."
  (cons (smbcmp-handles--get message stream) (smbcmp-handles--get message message)))

(defun smbcmp-handles--value (message)
  "Return (STREAM . HANDLE) of MESSAGE."
  (cons (smbcmp-handles--get message stream) (smbcmp-handles--get message handle)))

(defun smbcmp-handles--answered (table command request response)
  "Add to TABLE that REQUEST, a COMMAND, was answered by RESPONSE."
  (pcase command
    ('create (smbcmp-handles--create table request response))
    ((or 'tree-disconnect 'logoff)
     (when (eql 0 (smbcmp-handles--get response status))
       (smbcmp-handles--end table request command)))
    ('break nil)
    ((or 'delete 'rename)
     (let ((event (smbcmp-handles--event table command request response)))
       (dolist (handle (smbcmp-handles--of-path table request response))
         (smbcmp-handles--add-event table handle event))))
    (_ (let ((handle (smbcmp-handles--of table request)))
         (when handle
           (when (and (eq command 'close) (null (smbcmp-handles-slot handle :close))
                      (eql 0 (smbcmp-handles--get response status)))
             (setf (smbcmp-handles-slot handle :close) (smbcmp-handles--get request frame)))
           (smbcmp-handles--add-event
            table handle (smbcmp-handles--event table command request response)))))))

(defun smbcmp-handles--add-event (table handle event)
  "Add EVENT, a plist, to HANDLE, of TABLE."
  ;; A break may be acknowledged later; others are as they are.
  (push (if (eq 'break (plist-get event :kind)) event
          (smbcmp-handles-pack-plist (smbcmp-handles--table-packed table) event))
        (smbcmp-handles-slot handle :events)))

(defun smbcmp-handles--status (table message)
  "Return the name of the status of MESSAGE, a string, as TABLE has it."
  (let ((status (smbcmp-handles--get message status)))
    (and status (gethash status (smbcmp-handles--table-names table)
                         (format "0x%08x" status)))))

(defun smbcmp-handles--oplock-asked (request)
  "Return the level of the oplock that REQUEST asks for."
  (cond ((eq 'smb2 (smbcmp-handles--get request protocol))
         (smbcmp-handles--get request oplock))
        ((smbcmp-handles--get request batch-oplock) 9)
        ((smbcmp-handles--get request exclusive-oplock) 8)
        (t 0)))

(defun smbcmp-handles--oplock-granted (response)
  "Return the level of the oplock that RESPONSE grants, as SMB2 counts."
  (let ((level (smbcmp-handles--get response oplock)))
    (if (eq 'smb2 (smbcmp-handles--get response protocol))
        level
      (alist-get level '((0 . 0) (1 . 8) (2 . 9) (3 . 1))))))

(defun smbcmp-handles--lease (table request response)
  "Return the lease that REQUEST asks for and RESPONSE grants, a plist or nil.
What the client had of it before is by TABLE."
  (let* ((key (smbcmp-handles--get request lease-key))
         (granted (car (smbcmp-handles--get response lease-states)))
         (held (cl-remove-if (lambda (handle)
                               (or (smbcmp-handles-slot handle :ended)
                                   (> (smbcmp-handles--get request frame)
                                      (or (smbcmp-handles-slot handle :close)
                                          most-positive-fixnum))))
                             (gethash key (smbcmp-handles--table-leases table)))))
    (when key
      ;; Those that are closed are of no more concern, and may be many.
      (puthash key held (smbcmp-handles--table-leases table))
      (prog1 (list :key key :asked (car (smbcmp-handles--get request lease-states)) :granted granted
                   :before (and held (gethash key (smbcmp-handles--table-states table))))
        (when granted (puthash key granted (smbcmp-handles--table-states table)))))))

(defun smbcmp-handles--persistent (id)
  "Return the part of ID, a file id, that stays when the client connects again."
  (and (stringp id) (substring id 0 18)))

(defun smbcmp-handles--reconnected (table response)
  "Return the handle in TABLE that RESPONSE opens again, or nil.
That is one that outlived its connection."
  (let ((id (smbcmp-handles--persistent (smbcmp-handles--get response handle))))
    (and id
         (cl-find-if (lambda (handle)
                       (equal id (smbcmp-handles--persistent (smbcmp-handles-slot handle :id))))
                     (smbcmp-handles--table-lost table)))))

(defun smbcmp-handles--create (table request response)
  "Add to TABLE the handle that REQUEST asks for and RESPONSE gives."
  (let* ((opened (or (smbcmp-handles--get response open)
                     ;; Wireshark 4.6 tells it of the request, and means that.
                     (smbcmp-handles--get request open)))
         (before (smbcmp-handles--reconnected table response))
         (handle
          (smbcmp-handles-make
           ;; Who opens a handle again may call it what he likes.
           :path (or (and before (smbcmp-handles-slot before :path))
                     (smbcmp-handles--get request path) "")
           :share (or (smbcmp-handles--get request share)
                      (smbcmp-handles--get response share))
           :session (smbcmp-handles--get request session)
           :connection (gethash (smbcmp-handles--get request stream)
                                (smbcmp-handles--table-clients table))
           :request (smbcmp-handles--get request frame)
           :open (smbcmp-handles--get response frame)
           :close (and opened (eql 0 (smbcmp-handles--get response status))
                       (or (smbcmp-handles--get response close)
                           (smbcmp-handles--get request close)))
           :reconnects (and before (smbcmp-handles-slot before :open))
           :access (smbcmp-handles--get request access)
           :share-access (smbcmp-handles--get request share-access)
           :disposition (smbcmp-handles--get request disposition)
           :options (or (smbcmp-handles--get request options) 0)
           :oplock (cons (smbcmp-handles--oplock-asked request)
                         (smbcmp-handles--oplock-granted response))
           :lease (smbcmp-handles--lease table request response)
           :status (smbcmp-handles--status table response)
           :time (smbcmp-handles--get request time)
           :duration (- (smbcmp-handles--get response time)
                        (smbcmp-handles--get request time))
           :id (smbcmp-handles--get response handle)
           :stream (smbcmp-handles--get request stream)
           :tree (smbcmp-handles--get request tree))))
    (setf (smbcmp-handles--get request made) handle)
    (when before
      (setf (smbcmp-handles-slot before :continued) (smbcmp-handles--get response frame)))
    (push handle (smbcmp-handles--table-all table))
    (smbcmp-handles--note-open table handle)
    (when (eq 'smb (smbcmp-handles--get request protocol))
      (push handle (gethash (smbcmp-handles--path-key request)
                            (smbcmp-handles--table-paths table))))
    (when (and (smbcmp-handles--get response handle)
               (eql 0 (smbcmp-handles--get response status)))
      (puthash (cons (or opened (smbcmp-handles--get response frame))
                     (smbcmp-handles--get response handle))
               handle (smbcmp-handles--table-open table))
      (puthash (smbcmp-handles--value response) handle (smbcmp-handles--table-latest table))
      (when (smbcmp-handles--get request lease-key)
        (push handle (gethash (smbcmp-handles--get request lease-key)
                              (smbcmp-handles--table-leases table)))))))

(defun smbcmp-handles--related-p (message)
  "Return non-nil if MESSAGE uses the handle of the one before it."
  (equal "ffffffff-ffff-ffff-ffff-ffffffffffff" (smbcmp-handles--get message handle)))

(defun smbcmp-handles--of (table message)
  "Return the handle that MESSAGE uses, as TABLE has it, or nil.
One that was opened before the capture began is made on the way."
  (let ((before message))
    ;; In related compounds it is that of an earlier message.
    (while (and before (smbcmp-handles--related-p before))
      (setq before (smbcmp-handles--get before before)))
    (cond
     ((null before) nil)
     ((smbcmp-handles--get before made))
     ((smbcmp-handles--get before handle)
      (let ((key (cons (smbcmp-handles--get before open)
                       (smbcmp-handles--get before handle))))
        (or (gethash key (smbcmp-handles--table-open table))
            ;; Wireshark 4.6 no longer tells where those of SMB1 were opened.
            (and (null (car key))
                 (gethash (smbcmp-handles--value before)
                          (smbcmp-handles--table-latest table)))
            (smbcmp-handles--opened-before table before key)))))))

;;;; Paths, which SMB1 deletes and renames without a handle

(defun smbcmp-handles--path-key (request)
  "Return the share and the path that REQUEST, of SMB1, is about."
  (cons (smbcmp-handles--get request share)
        (downcase (or (smbcmp-handles--get request old-path)
                      (smbcmp-handles--get request path) ""))))

(defun smbcmp-handles--of-path (table request response)
  "Return whom in TABLE it concerns that REQUEST was answered by RESPONSE.
Those are the handles of its path that are open, or the last one that was,
or one that is made on the way, which nobody opened."
  (let* ((handles (gethash (smbcmp-handles--path-key request)
                           (smbcmp-handles--table-paths table)))
         (opened (cl-remove-if-not #'smbcmp-handles--opened-p handles)))
    (or (cl-remove-if (lambda (handle)
                        (or (smbcmp-handles-slot handle :ended)
                            (< (or (smbcmp-handles-slot handle :close) most-positive-fixnum)
                               (smbcmp-handles--get request frame))))
                      opened)
        (and opened (list (car opened)))
        (and handles (list (car handles)))
        (list (smbcmp-handles--by-path table request response)))))

(defun smbcmp-handles--bare (table message &rest known)
  "Return a handle of what MESSAGE, as TABLE has it, is about, with KNOWN, a plist."
  (let ((handle
         (smbcmp-handles-make
          :path (or (smbcmp-handles--get message old-path)
                    (smbcmp-handles--get message path))
          :share (smbcmp-handles--get message share)
          :session (smbcmp-handles--get message session)
          :connection (gethash (smbcmp-handles--get message stream)
                               (smbcmp-handles--table-clients table))
          :options 0
          :stream (smbcmp-handles--get message stream)
          :tree (smbcmp-handles--get message tree))))
    (cl-loop for (key value) on known by #'cddr
             do (aset handle (cl-position key smbcmp-handles-keys) value))
    handle))

(defun smbcmp-handles--by-path (table request response)
  "Add to TABLE what REQUEST and RESPONSE did with a path that nobody opened.
Return it, such as handles are."
  (let ((handle (smbcmp-handles--bare
                 table request
                 :request (smbcmp-handles--get request frame)
                 :open (smbcmp-handles--get response frame)
                 ;; Nothing stays open.
                 :close (smbcmp-handles--get response frame)
                 :status (smbcmp-handles--status table response)
                 :time (smbcmp-handles--get request time)
                 :duration (- (smbcmp-handles--get response time)
                              (smbcmp-handles--get request time))
                 :by-path t)))
    (push handle (gethash (smbcmp-handles--path-key request)
                          (smbcmp-handles--table-paths table)))
    (push handle (smbcmp-handles--table-all table))
    handle))

(defun smbcmp-handles--opened-before (table message key)
  "Add to TABLE the handle that MESSAGE uses, by KEY; return it.
It was opened before the capture began."
  (let ((handle (smbcmp-handles--bare table message
                                      :close (smbcmp-handles--get message close)
                                      :id (smbcmp-handles--get message handle))))
    (puthash key handle (smbcmp-handles--table-open table))
    (push handle (smbcmp-handles--table-all table))
    (smbcmp-handles--note-open table handle)
    handle))

(defun smbcmp-handles--opened-p (handle)
  "Return non-nil if HANDLE was opened, in the capture or before it."
  (member (smbcmp-handles-slot handle :status) '("STATUS_SUCCESS" nil)))

(defun smbcmp-handles--note-open (table handle)
  "Note in TABLE if HANDLE may still be open when its connection ends."
  (unless (smbcmp-handles-slot handle :close)
    (push handle (gethash (smbcmp-handles-slot handle :stream)
                          (smbcmp-handles--table-streams table)))))

(defun smbcmp-handles--end (table message how)
  "Add to TABLE that MESSAGE ended handles: HOW is the command, or `connection'."
  (let ((stream (smbcmp-handles--get message stream)) (left nil))
    (dolist (handle (gethash stream (smbcmp-handles--table-streams table)))
      (cond ((or (smbcmp-handles-slot handle :close)
                 (not (smbcmp-handles--opened-p handle))))
            ((or (eq how 'connection)
                 (and (eql (smbcmp-handles-slot handle :session)
                           (smbcmp-handles--get message session))
                      (or (eq how 'logoff)
                          (eql (smbcmp-handles-slot handle :tree)
                               (smbcmp-handles--get message tree)))))
             (setf (smbcmp-handles-slot handle :ended)
                   (cons (smbcmp-handles--get message frame) how))
             (when (eq how 'connection)
               (push handle (smbcmp-handles--table-lost table))))
            (t (push handle left))))
    (puthash stream (nreverse left) (smbcmp-handles--table-streams table))))

;;;; What was done with them

(defun smbcmp-handles--event (table command request response)
  "Return what COMMAND did: REQUEST, and RESPONSE, as TABLE has them."
  (append
   (list :kind command
         :frame (smbcmp-handles--get request frame)
         :response (smbcmp-handles--get response frame)
         :status (smbcmp-handles--status table response)
         :time (smbcmp-handles--get request time)
         :duration (- (smbcmp-handles--get response time) (smbcmp-handles--get request time)))
   (pcase command
     ((or 'read 'write)
      (list :offset (car (last (smbcmp-handles--get request offsets)))
            :length (or (smbcmp-handles--get (if (eq command 'read) response request) length)
                        (smbcmp-handles--get request length))))
     ('rename (list :rename (smbcmp-handles--get request path)))
     ('lock
      (list :ranges (cl-mapcar #'list (reverse (smbcmp-handles--get request offsets))
                               (reverse (smbcmp-handles--get request lock-lengths))
                               (reverse (smbcmp-handles--get request lock-flags)))))
     ('set-info
      (pcase (and (eq 'smb2 (smbcmp-handles--get request protocol))
                  (smbcmp-handles--get request level))
        (#x0a (list :rename (smbcmp-handles--get request path)))
        (#x0d (list :delete (if (smbcmp-handles--get request delete) t 'no))))))))

(defun smbcmp-handles--broken (table message)
  "Return the handles whose oplock or lease MESSAGE is about, as TABLE has them."
  (if (smbcmp-handles--get message lease-key)
      (gethash (smbcmp-handles--get message lease-key) (smbcmp-handles--table-leases table))
    (let ((handle (smbcmp-handles--of table message)))
      (and handle (list handle)))))

(defun smbcmp-handles--break (table message)
  "Add to TABLE that MESSAGE breaks an oplock or a lease."
  (puthash (smbcmp-handles--get message lease-key)
           (car (smbcmp-handles--get message lease-states))
           (smbcmp-handles--table-states table))
  (dolist (handle (smbcmp-handles--broken table message))
    (unless (or (smbcmp-handles-slot handle :ended)
                (and (smbcmp-handles-slot handle :close)
                     (> (smbcmp-handles--get message frame) (smbcmp-handles-slot handle :close))))
      (smbcmp-handles--add-event
       table handle
       (list :kind 'break
             :frame (smbcmp-handles--get message frame)
             :time (smbcmp-handles--get message time)
             :lease (and (smbcmp-handles--get message lease-key) t)
             :from (cadr (smbcmp-handles--get message lease-states))
             :to (if (smbcmp-handles--get message lease-key)
                     (car (smbcmp-handles--get message lease-states))
                   (smbcmp-handles--get message oplock))
             :required (if (smbcmp-handles--get message lease-key)
                           (eql 1 (logand 1 (or (smbcmp-handles--get message lease-flags) 0)))
                         t)
             :acknowledged nil :after nil)))))

(defun smbcmp-handles--acknowledge (table message)
  "Add to TABLE that MESSAGE acknowledges a break."
  (dolist (handle (smbcmp-handles--broken table message))
    (let ((event (cl-find-if (lambda (event) (and (consp event)
                                                  (not (plist-get event :acknowledged))))
                             (smbcmp-handles-slot handle :events))))
      (when event
        (plist-put event :acknowledged (smbcmp-handles--get message frame))
        (plist-put event :after (- (smbcmp-handles--get message time)
                                   (plist-get event :time)))))))

;;;; The whole

(defconst smbcmp-handles-statuses '(:name "smb2.nt_status")
  "What a capture is asked for of the verb field, for `smbcmp-handles-begin'.")

(defun smbcmp-handles-begin (statuses)
  "Return an empty table for handles.
STATUSES is the reply to `smbcmp-handles-statuses', with their names."
  (let ((names (make-hash-table)))
    (pcase-dolist (`(,number ,name) (nth 1 statuses))
      (puthash (string-to-number number) name names))
    (smbcmp-handles--make-table :names names)))

(defun smbcmp-handles--name-client (clients handle)
  "Have HANDLE tell its client, of CLIENTS, by stream.
Of one that was opened before the capture, the server may have spoken first."
  (cl-callf or (smbcmp-handles-slot handle :connection)
    (gethash (smbcmp-handles-slot handle :stream) clients)))

(defun smbcmp-handles-remembering (capture table)
  "Return steps that note that TABLE has the handles of CAPTURE.
All has to be added to TABLE by then, which the steps do not need any more."
  (let ((all (smbcmp-handles--table-all table))
        (clients (smbcmp-handles--table-clients table))
        (packed (smbcmp-handles--table-packed table)))
    (list (smbcmp-steps-each
           ;; The last one is first; whichever is packed is no longer needed.
           (lambda () (prog1 all (setq all nil)))
           (lambda (handle)
             (smbcmp-handles--name-client clients handle)
             (cl-callf nreverse (smbcmp-handles-slot handle :events))
             (smbcmp-handles-pack packed handle)))
          (lambda () (ignore (smbcmp-handles-keep capture packed))))))

(defun smbcmp-handles--ask (capture)
  "Have the handles of CAPTURE known."
  (let* ((gc-cons-threshold (max gc-cons-threshold smbcmp-handles-garbage))
         (table (smbcmp-handles-begin
                 (smbcmp-capture-call capture "field" smbcmp-handles-statuses)))
         (last (smbcmp-capture-call-loaded capture "fields" (smbcmp-handles-arguments)
                                           (lambda (part) (smbcmp-handles-add table part))
                                           t)))
    (unwind-protect (smbcmp-handles-add table last)
      (smbcmp--module-release last))
    (smbcmp-steps-run (smbcmp-handles-remembering capture table))))

;;;###autoload
(defun smbcmp-handles (capture)
  "Return what CAPTURE tells of handles: by whom, for what, what became of them.
The value is a list of plists in the order of the answers to CREATE:

 :path :share     Strings; the path is \"\" for the root of the share and
                  nil if it isn't known.
 :session         Session id, a number; SMB1: the user id.
 :connection      The client that opened it, \"127.0.0.1:39816\".
 :request :open   Frames of CREATE and its answer; nil if it was opened
                  before the capture began.
 :close           The frame of the CLOSE, nil if there is none.
 :ended           (FRAME . HOW) if the handle went with what it was in: HOW
                  is `tree-disconnect', `logoff' or `connection'.
 :reconnects      The frame that opened it before, if this opens it again
                  after its connection was lost (a durable handle);
 :continued       the frame that opened this one again.
 :access :share-access :disposition :options
                  Numbers, what was asked for.
 :oplock          (ASKED . GRANTED), levels of SMB2; nil if none was granted.
 :lease           nil, or (:key KEY :asked STATE :granted STATE :before STATE),
                  the latter what the client had of it, if it had it.
 :status          The status of CREATE, \"STATUS_SUCCESS\".
 :time :duration  Seconds: since 1970, of CREATE; to its answer.
 :id              The file id, as libwireshark writes it.
 :events          What was done, a list of plists (:kind KIND :frame FRAME
                  :response FRAME :status NAME :time SECONDS :duration
                  SECONDS), KIND one of `read', `write' (:offset :length),
                  `lock' (:ranges, a list of (OFFSET LENGTH FLAGS)),
                  `set-info' (:rename PATH or :delete t), `close', SMB1's
                  `delete' and `rename' (:rename PATH) of the path, and
                  `break' (:lease :from :to :required :acknowledged FRAME
                  :after SECONDS) of an oplock or a lease.

Frames that opened and closed a handle are those that libwireshark tells.
Signal the errors that `smbcmp-fields' signals."
  (unless (smbcmp-handles-known capture) (smbcmp-handles--ask capture))
  (smbcmp-handles-kept capture))

(provide 'smbcmp-handles)
;;; smbcmp-handles.el ends here
