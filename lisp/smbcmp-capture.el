;;; smbcmp-capture.el --- Captures as Lisp data  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The capture handle and the public API that asks it for frames, rows,
;; trees and values.  Each capture has a host that dissects it: a worker
;; process of its own (the default), or libwireshark inside this Emacs.
;; How to talk to either is in smbcmp-host.el; nothing here knows.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-decode-as)
(require 'smbcmp-module)
(require 'smbcmp-host)
(require 'smbcmp-only)
(require 'smbcmp-keys)
(require 'smbcmp-keys-read)

(declare-function smbcmp--module-decode "smbcmp-module.so" (value))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

;;;; Opening and closing

(defcustom smbcmp-host 'worker
  "Where captures are dissected, unless `smbcmp-open' is told.
`worker' is a process for each capture: what a hostile capture does to
libwireshark does not touch Emacs.  `embedded' is libwireshark in this
Emacs, one capture at a time, for debugging and for scripts that want
no second process."
  :type '(choice (const worker) (const embedded))
  :risky t
  :group 'smbcmp)

(defcustom smbcmp-profile nil
  "Wireshark configuration profile to use, or nil for the default one."
  :type '(choice (const :tag "Default" nil) string)
  :risky t
  :group 'smbcmp)

(defcustom smbcmp-preferences nil
  "Wireshark preferences for all captures, as an alist.
Names are those of tshark's option -o, for example
\(\"tcp.desegment_tcp_streams\" . \"FALSE\")."
  :type '(alist :key-type string :value-type string)
  :risky t
  :group 'smbcmp)

(defun smbcmp-capture-check-file (file)
  "Signal `smbcmp-file-error' if FILE can't be a capture."
  (let ((problem (condition-case err
                     (cond ((not (file-exists-p file)) "no such file")
                           ((file-directory-p file) "is a directory, not a capture")
                           ((not (file-readable-p file)) "permission denied")
                           (t (smbcmp--file-problem (file-attributes (file-truename file)))))
                   (file-error (error-message-string err)))))
    (when problem
      (signal 'smbcmp-file-error (list (format "%s: %s" file problem))))))

(defun smbcmp--file-problem (attributes)
  "Return why a file with ATTRIBUTES can't be a capture, or nil."
  (pcase (aref (file-attribute-modes attributes) 0)
    ((or ?- ?l) (and (eql 0 (file-attribute-size attributes))
                     "the file is empty"))
    (?p "is a FIFO, not a file")
    (?s "is a socket, not a file")
    (_ "is a device, not a file")))

(defun smbcmp--preference-strings (alist)
  "Return ALIST of Wireshark preferences as strings \"name:value\"."
  (mapcar (lambda (pair)
            (unless (and (stringp (car-safe pair)) (stringp (cdr pair)))
              (signal 'wrong-type-argument (list 'consp pair)))
            (concat (car pair) ":" (cdr pair)))
          alist))

(defun smbcmp--check-options (plist)
  "Signal an error if PLIST is not what `smbcmp-open' takes."
  (cl-loop for (keyword value) on plist by #'cddr
           for type = (pcase keyword
                        (:profile '(or null string))
                        (:host '(member nil worker embedded))
                        ((or :preferences :ignore :decode-as :more) 'list)
                        (:keys '(or list symbol))
                        (:only '(or list string))
                        ((or :async :grows) t)
                        (_ (error "Keyword argument %s not one of (:profile \
:preferences :keys :host :async :ignore :decode-as :only :more :grows)" keyword)))
           unless (cl-typep value type)
           do (signal 'wrong-type-argument
                      (list type (if (eq keyword :keys) 'secret value) keyword))))

;;;###autoload
(defun smbcmp-open (file &rest plist)
  "Open the capture FILE and return a handle to it.
FILE is of any type Wireshark reads, compressed or not.  It may be a list
of files, such as those of a ring buffer: in the order of their first
frames they are one capture, its frames numbered through.  Optional
keyword arguments in PLIST:

 :profile NAME       Wireshark configuration profile; see `smbcmp-profile'.
 :preferences ALIST  Wireshark preferences, (NAME . VALUE) strings; they
                     come after `smbcmp-preferences'.
 :keys KEYS          SMB session keys; see `smbcmp-add-keys'.
 :host HOST          `worker' or `embedded'; see `smbcmp-host'.
 :async t            Return at once; the capture loads in the background,
                     see `smbcmp-capture-state'.  The default is to wait.
 :decode-as LIST      What to dissect how, (TABLE VALUE PROTOCOL), for example
                      (\"tcp.port\" 12445 \"nbss\"); besides what is remembered
                      of the file, see `smbcmp-decode-as-remember'.
 :ignore FRAMES      Frames not to dissect: Wireshark's \"Ignore Packet\"; (N)
                      among them is all from that one on.
 :only FILTER         Open only the frames that pass this capture filter, such
                      as \"tcp port 445\", in the language of libpcap; or
                      (FILTER FROM TO), those of a time: Lisp time values, nil
                      for no limit.  Others are passed over before anything
                      is dissected; frames keep their numbers.
 :grows t             More is being written to FILE, of type pcapng; the worker
                      may read what lies beside it.  See smbcmp-live.el.
 :more FILES          The other files of the list, if FILE is no list.

Signal `smbcmp-file-error' if FILE can't be read as a capture,
`smbcmp-filter-error' if the FILTER of :only is wrong,
`smbcmp-worker-error' if the worker does not start or dies,
`smbcmp-module-error' if the native part is missing, `smbcmp-error' for
an unknown profile or preference.  A capture that is cut short or damaged
is no error: the frames before that are there, and
`smbcmp-capture-damage' tells."
  (smbcmp--check-options plist)
  (smbcmp-module-load)
  (let* ((files (mapcar #'expand-file-name (append (if (listp file) file (list file))
                                                   (plist-get plist :more))))
         (file (car files))
         (capture (smbcmp-handle-make
                  :file (progn (mapc #'smbcmp-capture-check-file files) file)
                  :more (cdr files)
                  :grows (plist-get plist :grows)
                  :only (smbcmp-only-arguments (plist-get plist :only))
                  :host (or (plist-get plist :host) smbcmp-host)
                  :ignored (plist-get plist :ignore)
                  :profile (or (plist-get plist :profile) smbcmp-profile)
                  :keys (smbcmp-capture-adopt-keys (plist-get plist :keys))
                  :preferences (append (smbcmp--preference-strings smbcmp-preferences)
                                       (smbcmp--preference-strings
                                        (plist-get plist :preferences))
                                       (smbcmp-decode-as-strings
                                        (append (smbcmp-decode-as-of-file file)
                                                (plist-get plist :decode-as)))))))
    (if (plist-get plist :async)
        (progn (smbcmp-host-start capture)
               (when (smbcmp-keys-keytab-p (smbcmp-capture-keys capture))
                 (smbcmp-host-when-loaded capture (lambda () (smbcmp-capture-learn-keys capture)))))
      (smbcmp--load-now capture)
      (smbcmp-capture-tell-notices capture))
    capture))

(defun smbcmp-capture-tell-notices (capture)
  "Warn of what Wireshark had to say when CAPTURE was opened."
  (when (smbcmp-capture-notices capture)
    (display-warning 'smbcmp (concat "Wireshark: " (smbcmp-capture-notices capture)))))

(defun smbcmp--load-now (capture)
  "Open and load CAPTURE and wait for it; close it if that fails."
  (let (loaded)
    (unwind-protect
        (progn (smbcmp-host-start capture)
               (smbcmp-capture-await-loaded capture)
               (when (smbcmp-capture-learn-keys capture)
                 (smbcmp-capture-await-loaded capture))
               (setq loaded t))
      (unless loaded (smbcmp-close capture)))))

(defun smbcmp-capture-await-loaded (capture)
  "Wait until CAPTURE has loaded, going on past frames that kill workers."
  (while (memq (smbcmp-capture-state capture) '(opening loading dying dead))
    (if (eq (smbcmp-capture-state capture) 'dead)
        (smbcmp-host-restart-dead capture)
      (smbcmp-host-pump capture)))
  (when (memq (smbcmp-capture-state capture) '(failed closed))
    (smbcmp-host-signal-failure capture)))

;;;###autoload
(defun smbcmp-close (capture)
  "Close CAPTURE: its worker ends, the handle is good for nothing more."
  (smbcmp-host-stop capture))

;;;; Waiting for replies

(defun smbcmp-capture-call (capture verb &optional arguments on-part raw)
  "Ask CAPTURE for VERB with ARGUMENTS; return the reply's value.
ARGUMENTS are a plist.  Parts before the result are passed to function
ON-PART.  With RAW, values are objects for functions of the module.
Signal the error that the reply is, or `quit'."
  (smbcmp-capture-ensure-live capture)
  (let* ((interrupted (smbcmp-capture-interrupted capture))
         (ignored (length (smbcmp-capture-ignored capture)))
         (fresh t)
         (take (lambda (part)
                 (setq fresh nil)
                 (when on-part (funcall on-part part)))))
    (condition-case err
        (smbcmp--call-once capture verb arguments take raw)
      (smbcmp-worker-error
       ;; A worker that someone killed, and a frame that was given up earlier,
       ;; are no reasons to fail here.
       (unless (and fresh
                    (eq (smbcmp-capture-state capture) 'dead)
                    (or interrupted
                        (= ignored (length (smbcmp-capture-ignored capture)))))
         (signal (car err) (cdr err)))
       (smbcmp-capture-await-loaded capture)
       (smbcmp--call-once capture verb arguments take raw)))))

(defun smbcmp--call-once (capture verb arguments on-part raw)
  "Do what `smbcmp-capture-call' does with the same arguments.
CAPTURE, VERB, ARGUMENTS, ON-PART and RAW are as there."
  (let* ((replies nil)
         (ended nil)
         (request (smbcmp-host-request capture verb arguments
                                   (lambda (kind value)
                                     (push (cons kind value) replies)
                                     (when (memq kind '(result error)) (setq ended t)))
                                   'keep)))
    (unwind-protect
        (let ((start (float-time)) result)
          (while (not result)
            (smbcmp-host-pump capture)
            ;; Not where they came in: there the user can't quit.
            (dolist (reply (nreverse (prog1 replies (setq replies nil))))
              (pcase reply
                (`(part . ,value) (smbcmp--use value raw on-part))
                (`(result . ,value)
                 (setq result (list (if raw value (smbcmp--use value nil #'identity)))))
                (`(error . ,error) (apply #'signal error))))
            (when start (setq start (smbcmp--tell-waiting capture start))))
          (car result))
      (unless ended (smbcmp-host-abandon capture request)))))

(defun smbcmp--use (value raw function)
  "Call FUNCTION with VALUE, of a reply, RAW or decoded; then release VALUE."
  (unwind-protect
      (funcall function (if raw value (smbcmp--module-decode value)))
    (smbcmp--module-release value)))

(defun smbcmp--tell-waiting (capture start)
  "Say that CAPTURE has been waited for since START if that is long.
Return START until that is said."
  (if (or noninteractive (< (- (float-time) start) 0.5))
      start
    (message "Waiting for the worker of %s; %s stops it"
             (if (smbcmp-capture-file capture)
                 (file-name-nondirectory (smbcmp-capture-file capture))
               "filters")
             (key-description (vector (nth 3 (current-input-mode)))))
    (redisplay)
    nil))

(defun smbcmp-capture-ensure-live (capture)
  "Make sure that CAPTURE is open, reviving a dead worker."
  (smbcmp-host-notice-death capture)
  (pcase (smbcmp-capture-state capture)
    ((or 'closed 'failed) (smbcmp-host-signal-failure capture))
    ((or 'dying 'dead 'opening) (smbcmp-capture-await-loaded capture))))

(defun smbcmp-capture-mend (capture)
  "If CAPTURE's worker has died unnoticed, restart it and wait for it.
Commands that forget what is shown begin with this."
  (when (smbcmp-host-notice-death capture)
    (smbcmp-capture-ensure-live capture)))

(defun smbcmp-capture-call-loaded (capture &rest arguments)
  "Call `smbcmp-capture-call' with CAPTURE and ARGUMENTS once all is loaded."
  (smbcmp-capture-ensure-live capture)
  (smbcmp-capture-await-loaded capture)
  (apply #'smbcmp-capture-call capture arguments))

;;;; What is in a capture

(defun smbcmp-frames (capture &optional filter)
  "Return the numbers of the frames of CAPTURE that FILTER selects, ascending.
FILTER is a Wireshark display filter; nil or empty selects all frames.
Signal `smbcmp-filter-error' if it is wrong."
  (let (parts)
    (if (or (null filter) (string-empty-p (string-trim filter)))
        (progn (smbcmp-capture-ensure-live capture)
               (smbcmp-capture-await-loaded capture)
               (if (smbcmp-capture-only capture)
                   (smbcmp-capture--all-frames capture)
                 (number-sequence 1 (smbcmp-frame-count capture))))
      (let ((last (smbcmp-capture-call-loaded capture "filter" (list :filter filter)
                                       (lambda (part) (push part parts)))))
        (apply #'nconc (nreverse (cons last parts)))))))

(defun smbcmp-capture--all-frames (capture)
  "Return the numbers of all frames that were opened of CAPTURE, which is loaded."
  (let (parts)
    (let ((last (smbcmp-capture-call capture "filter" nil (lambda (part) (push part parts)))))
      (apply #'nconc (nreverse (cons last parts))))))

(defun smbcmp-rows (capture frames &optional columns)
  "Return the packet list's rows for FRAMES of CAPTURE, lists of strings.
FRAMES is a list of frame numbers.  COLUMNS is a list of what the cells
hold: titles of the user's columns, Wireshark column formats such as
\"%t\", or field names (strings or symbols); nil means the user's own.
Signal `smbcmp-frame-error' for a frame that isn't there and
`smbcmp-filter-error' for a column that no one knows."
  (dolist (frame frames) (smbcmp-capture-check-frame capture frame))
  (when frames
    (let (parts)
      (let ((last (smbcmp-capture-call-loaded
                   capture "rows"
                   (list :frames frames
                         :columns (mapcar #'smbcmp--name-string columns))
                   (lambda (part) (push part parts)))))
        (mapcar #'cdr (apply #'nconc (nreverse (cons last parts))))))))

(defun smbcmp--name-string (name)
  "Return NAME, a string or symbol, as a string."
  (cond ((stringp name) name)
        ((and name (symbolp name)) (symbol-name name))
        (t (signal 'wrong-type-argument (list '(or string symbol) name)))))

(defun smbcmp-frame-tree (capture frame)
  "Return the field tree of FRAME, a number, of CAPTURE: a dom node.
Its tag is `frame-root'; see the manual for the attributes of its
descendants.  What is in it is what Wireshark shows after loading the
whole capture, with links to later frames.
Signal `smbcmp-frame-error' if there is no such frame."
  (smbcmp-capture-check-frame capture frame)
  (smbcmp-capture-call capture "tree" (list :frame frame)))

(defun smbcmp-frame-bytes (capture frame)
  "Return the bytes of FRAME of CAPTURE, an alist (SOURCE-NAME . BYTES).
The first is the frame as captured; what Wireshark reassembled,
decompressed or decrypted follows, in the order that the field trees'
`source' attribute counts.  BYTES are unibyte strings.
Signal `smbcmp-frame-error' if there is no such frame."
  (smbcmp-capture-check-frame capture frame)
  (mapcar (lambda (source) (cons (nth 0 source) (nth 1 source)))
          (smbcmp-capture-call capture "bytes" (list :frame frame))))

(defun smbcmp-capture-check-frame (capture frame)
  "Signal an error if FRAME can't be the number of a frame of CAPTURE."
  (unless (integerp frame)
    (signal 'wrong-type-argument (list 'integerp frame)))
  (unless (<= 1 frame #xffffffff)
    (signal 'smbcmp-frame-error
            (list (smbcmp-handle-about capture (smbcmp-capture-no-frame capture frame))))))

(defun smbcmp-capture-no-frame (capture frame)
  "Say that CAPTURE has no FRAME, and why if it was not read to its end."
  (concat (format (if (smbcmp-capture-only capture)
                      "frame %d is not among the %d that were opened"
                    "there is no frame %d; the capture has %d")
                  frame (smbcmp-frame-count capture))
          (and (smbcmp-capture-damage capture)
               (concat "; " (smbcmp-capture-damage capture)))))

(defun smbcmp-fields (capture fields &optional filter)
  "Return values of FIELDS in the frames of CAPTURE that FILTER selects.
FIELDS is a list of Wireshark field names, strings or symbols.  The
result has a row a frame, a list with an element a field: its value as
in field trees, nil if the frame lacks it, a vector of the values in
the order of the tree if it has it more than once.
Signal `smbcmp-filter-error' for a field Wireshark does not know and
for an invalid filter."
  (let* ((collect (smbcmp--row-collector (length fields)))
         (last (smbcmp-capture-call-loaded
                capture "fields"
                (list :fields (mapcar #'smbcmp--name-string fields) :filter filter)
                (lambda (part) (funcall collect part)))))
    (funcall collect last)
    (funcall collect nil)))

(defun smbcmp-capture-fields-later (capture fields filter done)
  "Ask CAPTURE, which is loaded, for what `smbcmp-fields' returns; do not wait.
FIELDS and FILTER are as there.  DONE is called with nil and the rows, or
with an error, (CONDITION . DATA)."
  (let ((collect (smbcmp--row-collector (length fields))))
    (smbcmp-host-request
     capture "fields" (list :fields (mapcar #'smbcmp--name-string fields) :filter filter)
     (lambda (kind value)
       (pcase kind
         ('part (funcall collect value))
         ('result (funcall collect value)
                  (funcall done nil (funcall collect nil)))
         ('error (funcall done (cons (car value) (cadr value)) nil)))))))

(defun smbcmp--row-collector (columns)
  "Return a function that collects cells into rows of COLUMNS values.
Called with a vector FRAME COLUMN VALUE ..., it takes it in; called with
nil, it returns the rows."
  (let (rows row)
    (lambda (cells)
      (if (null cells)
          (mapcar (lambda (row) (mapcar #'smbcmp--cell-value row)) (nreverse rows))
        (cl-loop for i from 0 below (length cells) by 3
                 for column = (aref cells (1+ i))
                 do (cond ((null column)
                           (setq row (make-list columns nil))
                           (push row rows))
                          ((and row (< column columns))
                           (push (aref cells (+ i 2)) (nth column row)))
                          (t (signal 'smbcmp-module-error
                                     (list "The worker sent a value of another field")))))))))

(defun smbcmp--cell-value (values)
  "Return what a row holds for VALUES of a field, the last one first."
  (if (cdr values) (vconcat (reverse values)) (car values)))

;;;; Filters and fields

(defvar smbcmp-capture-service nil
  "A capture handle without a capture, for questions about filters.")

(defvar smbcmp-capture-at-hand nil
  "A capture to ask what could be asked of any, or nil.")

(defun smbcmp-capture-service ()
  "Return a handle that answers questions no particular capture is needed for.
That is `smbcmp-capture-at-hand', which knows its own profile, if it can answer."
  (if (and smbcmp-capture-at-hand
           (memq (smbcmp-capture-state smbcmp-capture-at-hand) '(loading loaded)))
      smbcmp-capture-at-hand
    (smbcmp-module-load)
    (unless (and smbcmp-capture-service
                 (eq (smbcmp-capture-state smbcmp-capture-service) 'loaded))
      (setq smbcmp-capture-service (smbcmp-handle-make :host smbcmp-host))
      (smbcmp--load-now smbcmp-capture-service))
    smbcmp-capture-service))

(defun smbcmp-check-filter (string)
  "Return nil if STRING is a display filter Wireshark accepts.
Otherwise return (MESSAGE START END): Wireshark's complaint, and the
part of STRING it is about as indices, nil where Wireshark doesn't
tell.
Signal `smbcmp-worker-error' if there is no worker to ask."
  (unless (stringp string)
    (signal 'wrong-type-argument (list 'stringp string)))
  (condition-case err
      (progn (smbcmp-capture-call (smbcmp-capture-service) "check" (list :filter string))
             nil)
    (smbcmp-filter-error (smbcmp-capture-filter-problem string (cdr err)))))

(defun smbcmp-capture-filter-problem (string data)
  "Return what is wrong with STRING, a filter, as `smbcmp-check-filter' does.
DATA is that of the `smbcmp-filter-error'."
  (pcase-let ((`(,message ,start ,length) data))
    (list message start (and start (min (length string) (+ start length))))))

(defvar smbcmp-capture--comma 'unknown
  "Non-nil if commas stand between the members of a set in a filter.")

(defun smbcmp-capture-set (members)
  "Return MEMBERS, strings, as they stand between the braces of a set in a filter.
Wireshark has commas there since 3.6, and took only blanks before."
  (when (eq smbcmp-capture--comma 'unknown)
    (setq smbcmp-capture--comma
          ;; Where there is no worker, nothing will be filtered.
          (condition-case nil
              (not (smbcmp-check-filter "frame.number in {1,2}"))
            (smbcmp-worker-error t))))
  (mapconcat #'identity members (if smbcmp-capture--comma ", " " ")))

(defun smbcmp-complete-field (prefix)
  "Return what display filter names begin with PREFIX.
For a PREFIX without a dot, protocols, else fields.  The value is a list
of (FILTER-NAME NAME TYPE DESCRIPTION), strings."
  (smbcmp-capture-call (smbcmp-capture-service) "complete" (list :prefix prefix)))

(defun smbcmp-describe-field (field)
  "Return what Wireshark knows of FIELD, a filter name (string or symbol).
The value is (FILTER-NAME NAME TYPE DESCRIPTION VALUES), VALUES a list
of (NUMBER MEANING), all strings.  Signal `smbcmp-filter-error' if
there is no such field."
  (pcase-let ((`(,entry ,values)
               (smbcmp-capture-call (smbcmp-capture-service) "field"
                             (list :name (smbcmp--name-string field)))))
    (append entry (list values))))

;;;; Keys

(defun smbcmp-capture-adopt-keys (keys)
  "Return KEYS, as `smbcmp-add-keys' takes them, sealed."
  (if (and keys (symbolp keys))
      keys
    (let ((all (cl-loop for key in keys
                        append (if (consp key) (list key) (smbcmp-read-keys key)))))
      (smbcmp-keys-check all)
      (smbcmp-keys-seal (car (smbcmp-keys-merge nil all))))))

(defun smbcmp-capture-use-keys (capture sealed)
  "Dissect CAPTURE, which is loaded, again with the keys in SEALED, too.
Do not wait for the end of that.  A worker that is sealed off can't
read another keytab: a new one can."
  (let ((all (smbcmp-keys-seal
              (car (smbcmp-keys-merge (smbcmp-keys-unseal (smbcmp-capture-keys capture))
                                      (smbcmp-keys-unseal sealed))))))
    (if (and (smbcmp-capture-process capture)
             (not (equal (smbcmp-keys-preferences all)
                         (smbcmp-keys-preferences (smbcmp-capture-keys capture)))))
        (progn (setf (smbcmp-capture-keys capture) all)
               (smbcmp-host-restart capture))
      (smbcmp-capture-call capture "preferences" (list :set (smbcmp-keys-preferences all)))
      (smbcmp-capture-call capture "keys" (list :keys all))
      (setf (smbcmp-capture-keys capture) all)
      (smbcmp-host-load-again capture))))

(defun smbcmp--learnt-keys (capture)
  "Return the keys that keytabs open in CAPTURE, which is loaded, sealed.
Wireshark decrypts Kerberos with a keytab, but has no use for what it
learns there: the session key, which the server chooses (RFC 4120
5.5.2).  Return nil if there are none."
  (when (smbcmp-keys-keytab-p (smbcmp-capture-keys capture))
    (let ((keys (cl-loop
                 for (session value)
                 in (smbcmp-fields capture '(smb2.sesid kerberos.keyvalue)
                                   "smb2.cmd == 1 && smb2.flags.response == 1 \
&& smb2.nt_status == 0 && kerberos.keyvalue")
                 for bytes = (if (vectorp value) (aref value (1- (length value))) value)
                 when (and (integerp session) (memql (length bytes) '(16 32)))
                 collect (list :session (smbcmp-keys-session-wire session)
                               :key (mapconcat (lambda (byte) (format "%02X" byte))
                                               bytes "")))))
      (and keys (smbcmp-keys-seal keys)))))

(defun smbcmp-capture-learn-keys (capture)
  "Dissect CAPTURE, which is loaded, again with what its keytabs open.
Return non-nil if there is something new.  Do not wait for the end."
  (let ((learnt (smbcmp--learnt-keys capture))
        (known (length (smbcmp-keys-unseal (smbcmp-capture-keys capture)))))
    (when (and learnt
               (/= known (length (car (smbcmp-keys-merge
                                       (smbcmp-keys-unseal (smbcmp-capture-keys capture))
                                       (smbcmp-keys-unseal learnt))))))
      (smbcmp-capture-use-keys capture learnt)
      t)))

(defun smbcmp-capture-add-keys (capture keys)
  "Decrypt CAPTURE with KEYS, as `smbcmp-add-keys' does, and wait for the end."
  (let ((sealed (smbcmp-capture-adopt-keys keys)))
    (smbcmp-capture-ensure-live capture)
    (smbcmp-capture-await-loaded capture)
    (smbcmp-capture-use-keys capture sealed)
    (smbcmp-capture-await-loaded capture)
    (when (smbcmp-capture-learn-keys capture)
      (smbcmp-capture-await-loaded capture))))

(defconst smbcmp--encrypted-fields
  '("smb2.header.transform.nonce" "smb2.sesid" "smb2.cmd")
  "Fields that tell what is still encrypted, in their order in a frame.
After what begins an encrypted PDU comes its session, and then a
command only if Wireshark could decrypt it.")

(defun smbcmp-capture-encrypted-collector ()
  "Return a function that collects the sessions that are still encrypted.
Called with a vector FRAME COLUMN VALUE ... of
`smbcmp--encrypted-fields', it takes it in; called with nil, it returns
an alist (SESSION . PDUS), SESSION as on the wire."
  (let ((counts (make-hash-table))
        pending)
    (cl-flet ((settle ()
                (when (integerp pending)
                  (cl-incf (gethash pending counts 0)))
                (setq pending nil)))
      (lambda (cells)
        (cl-loop for i from 0 below (length cells) by 3
                 do (pcase (aref cells (1+ i))
                      ('nil (settle))
                      (0 (settle) (setq pending t))
                      (1 (when (eq pending t) (setq pending (aref cells (+ i 2)))))
                      (2 (setq pending nil))))
        (unless cells
          (settle)
          (let (sessions)
            (maphash (lambda (id count)
                       (push (cons (smbcmp-keys-session-wire id) count) sessions))
                     counts)
            (sort sessions (lambda (a b) (string< (car a) (car b))))))))))

(defun smbcmp-capture-encrypted-arguments ()
  "Return the arguments of a request for `smbcmp--encrypted-fields'."
  (list :fields smbcmp--encrypted-fields :filter "smb2.header.transform.enc_data"))

(defun smbcmp-encrypted-sessions (capture)
  "Return the sessions of CAPTURE that Wireshark could not decrypt.
The value is an alist (SESSION . PDUS): session id, hexadecimal as on
the wire, and the number of its PDUs that are still encrypted.  There
is no key for it, or a wrong one."
  (let* ((collect (smbcmp-capture-encrypted-collector))
         (last (smbcmp-capture-call-loaded capture "fields" (smbcmp-capture-encrypted-arguments) collect)))
    (funcall collect last)
    (funcall collect nil)))

(provide 'smbcmp-capture)
;;; smbcmp-capture.el ends here
