;;; smbcmp-keys-read.el --- Find SMB session keys in logs and tables  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Session keys are in logs of Samba's server and clients that ran with
;; `debug encryption = yes', in kernel logs, in what smbinfo prints, in
;; tables, in keytabs.  How the lines of a dump look is data:
;; `smbcmp-keys-dumps'.
;;
;; A log may have gigabytes.  It is grep that reads it, where the log
;; lies; only lines near a session id come into Emacs, and none into any
;; file.  smbd's processes write their dumps line by line, so other
;; processes' messages come between, and now and then another dump: a
;; line belongs to a dump only if no other that is open lacks it, too.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-escape)
(require 'smbcmp-keys)

;;;; Formats

(defconst smbcmp-keys-dumps
  '(;; ksmbd calls keys from its own point of view, client and server the
    ;; other way round, and prints the session id as a number.
    ("ksmbd: *\\(?:[A-Za-z0-9_]+:[0-9]+: *\\)?Session Id" :session decimal)
    ("ksmbd: *\\(?:[A-Za-z0-9_]+:[0-9]+: *\\)?ServerIn Key" :server-out)
    ("ksmbd: *\\(?:[A-Za-z0-9_]+:[0-9]+: *\\)?ServerOut Key" :server-in)
    ;; smbd, smbclient, winbindd, libsmbclient; cifs.ko; smbinfo.
    ("Session ?Id" :session)
    ("Session ?Key" :key)
    ("ServerIn +[Kk]ey\\|\\(?:Server \\)?Encryption [Kk]ey" :server-in)
    ("ServerOut +[Kk]ey\\|\\(?:Server \\)?Decryption [Kk]ey" :server-out)
    ("Cipher \\(?:Algo\\|type\\)" :cipher decimal)
    ("Cipher: [A-Z0-9-]+" :cipher number))
  "What the lines of key dumps look like: (LABEL PART FORM).
LABEL is a regexp for what comes before the value, behind any prefix.
PART is the part of a key that the value is.  FORM is `decimal',
`number' as in \"(0x02)\", or nil: bytes in hexadecimal, like
\"01 23\" or as Samba dumps them.")

(defconst smbcmp-keys--other
  "\\(?:\\`\\|[] \t:]\\)\\(\\(?:[A-Z][A-Za-z0-9]* *\\)\\{1,3\\}[Kk]ey\\):?[ \t]+\
\\(?:[0-9A-Fa-f]\\{2\\}[ :]?\\)\\{16\\}"
  "Regexp for a line of a dump with a key, whatever its label, group 1.")

(defconst smbcmp-keys--unneeded "Sign\\(?:ing\\)?\\|App"
  "Regexp for labels of keys that nothing is decrypted with.")

(defconst smbcmp-keys--anchor "Session ?Id"
  "Extended regexp of grep for the line that begins a dump.")

(defconst smbcmp-keys--lines "Session ?Id|[Kk]ey|Cipher|\\[00[01]0\\]"
  "Extended regexp of grep for all lines of dumps.")

(defconst smbcmp-keys--window 1000
  "Lines after a session id that may belong to its dump.
Other processes write in between.")

(defconst smbcmp-keys--reach 40
  "Lines after which the second line of a hexdump no longer comes.")

(defconst smbcmp-keys--decompressors
  '(("\\.gz\\'" . "gzip") ("\\.xz\\'" . "xz") ("\\.zst\\'" . "zstd")
    ("\\.bz2\\'" . "bzip2") ("\\.lz4\\'" . "lz4"))
  "Programs that decompress with option -dc, by file name.")

;;;; Lines of a dump

(defun smbcmp-keys--parse-line (text)
  "Return (PART VALUE) if TEXT is a line of a dump, else nil.
VALUE is a string in hexadecimal, a number, `none' if there is no
value, or nil if it is malformed.  (:other LABEL) is a line with a key
of a kind that is not known."
  (let ((case-fold-search nil))
    (or (cl-loop
         for (label part form) in smbcmp-keys-dumps
         when (string-match (concat "\\(?:\\`\\|[] \t:]\\)\\(?:" label "\\)\\([: \t]\\|\\'\\)")
                            text)
         return (let ((value (substring text (match-beginning 1))))
                  (list part (pcase form
                               ('decimal (smbcmp-keys--parse-number part value))
                               ('number (smbcmp-keys--parse-hexadecimal value))
                               (_ (smbcmp-keys--parse-bytes value))))))
        (and (string-match smbcmp-keys--other text)
             (let ((label (match-string 1 text)))
               (and (not (string-match-p smbcmp-keys--unneeded label))
                    (list :other label)))))))

(defun smbcmp-keys--parse-hexadecimal (value)
  "Return the number in parentheses in string VALUE, \"(0x02)\", or nil."
  (and (string-match "\\`[: \t]*(0x\\([0-9a-fA-F]+\\))" value)
       (string-to-number (match-string 1 value) 16)))

(defun smbcmp-keys--parse-number (part value)
  "Return the decimal number in string VALUE: as hexadecimal if PART is a session."
  (when (string-match "\\`[: \t]*\\([0-9]+\\)[ \t\r]*\\'" value)
    (let ((number (string-to-number (match-string 1 value))))
      (cond ((eq part :cipher) number)
            ((< number (expt 2 64)) (smbcmp-keys-session-wire number))))))

(defun smbcmp-keys--parse-bytes (value)
  "Return the bytes that string VALUE shows, in hexadecimal.
If there are none, return `none'; nil if it shows something else."
  (let ((hex (if (string-match "\\[00[01]0\\] \\(.\\{1,49\\}\\)" value)
                 ;; The same bytes as characters come after that.
                 (match-string 1 value)
               value)))
    (setq hex (replace-regexp-in-string "[: \t\r]" "" hex))
    (cond ((string-empty-p hex) 'none)
          ((string-match-p "\\`\\(?:[0-9A-Fa-f]\\{2\\}\\)+\\'" hex) (upcase hex)))))

;;;; Dumps

(cl-defstruct (smbcmp-keys--dump (:copier nil))
  line     ; of its session id
  session
  parts    ; plist: hexadecimal, `none', or (tangled N)
  problem) ; what is wrong with one of its lines, or nil

(cl-defstruct (smbcmp-keys--state (:copier nil))
  dumps     ; all, newest first
  open      ; those that lines may still belong to
  half      ; (DUMP PART LINE): a value whose second line may come
  hexdumps) ; lines where others begin whose second line may come

(defun smbcmp-keys--note-line (state line text)
  "Note in STATE what TEXT, the line with number LINE, says."
  (cond
   ((string-match-p "\\`[ \t]*\\[0000\\] " text)
    (push line (smbcmp-keys--state-hexdumps state)))
   ((string-match-p "\\`[ \t]*\\[0010\\] " text)
    (smbcmp-keys--note-half state line (smbcmp-keys--parse-bytes text)))
   (t (pcase (smbcmp-keys--parse-line text)
        ('nil nil)
        (`(:session ,value) (smbcmp-keys--open-dump state line value))
        (`(:other ,label) (smbcmp-keys--doubt state line label))
        (`(,part ,value) (smbcmp-keys--note-part state line part value))))))

(defun smbcmp-keys--open-dump (state line session)
  "Begin a dump of SESSION, hexadecimal or nil, on LINE in STATE."
  (let ((dump (make-smbcmp-keys--dump :line line :session session)))
    (unless (and (stringp session) (= (length session) 16))
      (setf (smbcmp-keys--dump-session dump) nil
            (smbcmp-keys--dump-problem dump) (cons line "the session id is not 8 bytes")))
    (smbcmp-keys--leave-half state nil)
    (setf (smbcmp-keys--state-open state)
          (cons dump (cl-remove-if
                      (lambda (other)
                        (or (< (smbcmp-keys--dump-line other) (- line smbcmp-keys--window))
                            (equal (smbcmp-keys--dump-session other) session)
                            (cl-notany (lambda (part) (smbcmp-keys--lacks-p other part))
                                       '(:key :server-in :server-out))))
                      (smbcmp-keys--state-open state))))
    (push dump (smbcmp-keys--state-dumps state))))

(defun smbcmp-keys--doubt (state line label)
  "Note that LINE has a key with an unknown LABEL, of the latest dump in STATE.
Few lines come between, since other processes' dumps hardly do."
  (let ((dump (car (smbcmp-keys--state-dumps state))))
    (when (and dump
               (<= (- line (smbcmp-keys--dump-line dump)) smbcmp-keys--reach)
               (not (smbcmp-keys--dump-problem dump)))
      (setf (smbcmp-keys--dump-problem dump)
            (cons line (format "a key is called `%s', which is not understood" label))))))

(defun smbcmp-keys--lacks-p (dump part)
  "Return non-nil if a line with PART of DUMP may still come."
  (let ((value (plist-get (smbcmp-keys--dump-parts dump) part)))
    (or (null value)
        (and (consp value) (> (cadr value) 0)))))

(defun smbcmp-keys--note-part (state line part value)
  "Note in STATE that LINE says PART of a key is VALUE.
It is of a dump that has no such line yet.  If that may be several, it
is certain for none, nor are the others' lines that are still to come."
  (let* ((first (- line smbcmp-keys--window))
         (dumps (cl-remove-if-not (lambda (dump)
                                    (and (>= (smbcmp-keys--dump-line dump) first)
                                         (smbcmp-keys--lacks-p dump part)))
                                  (smbcmp-keys--state-open state)))
         (dump (car dumps)))
    (smbcmp-keys--leave-half state (and (null (cdr dumps)) dump))
    (cond ((cdr dumps)
           (smbcmp-keys--tangle dumps part)
           (unless (eq part :cipher)
             (push line (smbcmp-keys--state-hexdumps state))))
          (dump
           (unless value
             (setf (smbcmp-keys--dump-problem dump)
                   (cons line "bytes in hexadecimal are expected")))
           (cl-callf plist-put (smbcmp-keys--dump-parts dump) part (or value 'none))
           (when (and (stringp value) (= (length value) 32) (not (eq part :cipher)))
             (setf (smbcmp-keys--state-half state) (list dump part line)))))))

(defun smbcmp-keys--leave-half (state dump)
  "Note in STATE that a line of DUMP came, or of any if that is nil.
Of another dump than that, the second line of a key may still come."
  (pcase (smbcmp-keys--state-half state)
    (`(,other ,_ ,line)
     (setf (smbcmp-keys--state-half state) nil)
     (unless (or (eq other dump)
                 (memql (plist-get (smbcmp-keys--dump-parts other) :cipher) '(1 2)))
       (push line (smbcmp-keys--state-hexdumps state))))))

(defun smbcmp-keys--tangle (dumps part)
  "Note that a line with PART may be of any of DUMPS.
They share a list (tangled N): N such lines are still to come."
  (let* ((values (mapcar (lambda (dump) (plist-get (smbcmp-keys--dump-parts dump) part))
                         dumps))
         (tangles (cl-remove-duplicates (delq nil (copy-sequence values)) :test #'eq))
         (tangle (list 'tangled (+ (cl-count nil values)
                                   (apply #'+ (mapcar #'cadr tangles))
                                   -1))))
    (dolist (dump dumps)
      (cl-callf plist-put (smbcmp-keys--dump-parts dump) part tangle))))

(defun smbcmp-keys--note-half (state line value)
  "Note in STATE that LINE has VALUE, the second half of a key, or other bytes.
A client does not say what cipher it is: then the next line is meant.
Where the line may be of another hexdump, the key is not certain, and
the other line is still to come."
  (pcase-let* ((`(,dump ,part ,start) (smbcmp-keys--state-half state))
               (parts (and dump (smbcmp-keys--dump-parts dump)))
               (reach (pcase (plist-get parts :cipher)
                        ('nil 1)
                        ((or 3 4) smbcmp-keys--reach)
                        (_ 0)))
               (other (smbcmp-keys--other-hexdump-p state line)))
    (if (not (and dump (<= line (+ start reach))))
        (pop (smbcmp-keys--state-hexdumps state))
      (setf (smbcmp-keys--state-half state) nil
            (smbcmp-keys--dump-parts dump)
            (plist-put parts part
                       (cond ((and (stringp value) (not other))
                              (concat (plist-get parts part) value))
                             ;; 16 bytes of a session key do.
                             ((eq part :key) (plist-get parts :key))
                             (t (list 'tangled 0))))))))

(defun smbcmp-keys--other-hexdump-p (state line)
  "Return non-nil if LINE may be of a hexdump in STATE that is no key's."
  (let ((first (- line smbcmp-keys--reach)))
    (cl-callf2 cl-remove-if (lambda (begun) (< begun first))
               (smbcmp-keys--state-hexdumps state))))

(defun smbcmp-keys--finish (state)
  "Return (KEYS . PROBLEMS) of STATE; PROBLEMS are (LINE . MESSAGE)."
  (let (keys problems)
    (dolist (dump (smbcmp-keys--state-dumps state))
      (pcase-let ((`(,key . ,problem) (smbcmp-keys--dump-result dump)))
        (when key (push key keys))
        (when problem (push problem problems))))
    (cons keys problems)))

(defun smbcmp-keys--dump-result (dump)
  "Return (KEY . PROBLEM) of DUMP, each nil if there is none.
Of a key that is damaged in part, what is whole may do."
  (let* ((parts (smbcmp-keys--dump-parts dump))
         (long (memql (plist-get parts :cipher) '(3 4)))
         (session (smbcmp-keys--dump-session dump))
         (problem (smbcmp-keys--dump-problem dump))
         (key (list :session session)))
    (dolist (part '(:key :server-in :server-out))
      (let* ((value (plist-get parts part))
             (wrong (and (stringp value) (smbcmp-keys-part-problem part value))))
        (cond (wrong (setq problem (or problem (cons (smbcmp-keys--dump-line dump) wrong))))
              ((not (stringp value)) nil)
              ((and long (not (eq part :key)) (= (length value) 32)) nil)
              (t (setq key (plist-put key part value))))))
    (cond ((null session) (cons nil problem))
          ((not (smbcmp-keys-problem key)) (cons key problem))
          (problem (cons nil problem))
          ((cl-some #'consp parts)
           (cons nil (cons (smbcmp-keys--dump-line dump)
                           (format "the dump of session %s and another run into each other: \
no key is certain" (smbcmp-keys-session-name session)))))
          ;; Anonymous sessions have none.
          ((eq (plist-get parts :key) 'none) nil)
          (t (cons nil (cons (smbcmp-keys--dump-line dump)
                             (format "the dump of session %s is cut short: it has no key"
                                     (smbcmp-keys-session-name session))))))))

;;;; Tables

(defun smbcmp-keys--table-p (text)
  "Return non-nil if TEXT, the beginning of a file, is that of a table of keys.
Its first line that is no comment then has two fields at least, between
commas."
  (string-match-p "\\`\\(?:[ \t]*\\(?:#.*\\)?\r?\n\\)*[ \t]*[^ \t\n,#]+[ \t]*,[ \t]*[^ \t\n]*[ \t]*\\(?:,\\|\r?$\\)"
                  text))

(defun smbcmp-keys-parse-record (text)
  "Return a key for TEXT, a table's line, or a string that says what is wrong.
The columns are those of Wireshark's smb2_seskey_list: session id,
session key, server-to-client key, client-to-server key; all but the
first two may be left out.  A session id with \"0x\" is as Wireshark
shows it, others as on the wire."
  (let* ((columns (mapcar (lambda (column)
                            (replace-regexp-in-string "[: \t]" "" (string-trim column "[ \t\"]+"
                                                                             "[ \t\r\"]+")))
                          (split-string text ",")))
         (session (car columns)))
    (when (string-match "\\`0[xX]\\([0-9A-Fa-f]\\{1,16\\}\\)\\'" session)
      (setq session (smbcmp-keys-session-wire (string-to-number (match-string 1 session) 16))))
    (if (nthcdr 4 columns)
        (format "%d columns are too many" (length columns))
      (let ((key (cl-loop for part in '(:session :key :server-out :server-in)
                          for hex in (cons session (cdr columns))
                          unless (string-empty-p hex) append (list part (upcase hex)))))
        (or (smbcmp-keys-problem key) key)))))

(defun smbcmp-keys--parse-table ()
  "Return (KEYS . PROBLEMS) of the table in this buffer."
  (let ((line 0) keys problems)
    (goto-char (point-min))
    (while (not (eobp))
      (cl-incf line)
      (unless (looking-at-p "[ \t]*\\(?:#\\|\r?$\\)")
        (let ((key (smbcmp-keys-parse-record
                    (buffer-substring (point) (line-end-position)))))
          (if (stringp key) (push (cons line key) problems) (push key keys))))
      (forward-line 1))
    (cons (nreverse keys) (nreverse problems))))

;;;; Logs

(defun smbcmp-keys--parse-grep ()
  "Return (KEYS . PROBLEMS) of grep's output in this buffer, lines with numbers.
What has no number is a complaint of a program."
  (let ((state (make-smbcmp-keys--state)) complaint)
    (goto-char (point-min))
    (while (not (eobp))
      (cond ((looking-at "\\([0-9]+\\)[:-]\\(.*\\)")
             (smbcmp-keys--note-line state (string-to-number (match-string 1))
                                     (match-string 2)))
            ((looking-at "..*") (setq complaint (cons nil (match-string 0)))))
      (forward-line 1))
    (pcase-let ((`(,keys . ,problems) (smbcmp-keys--finish state)))
      (cons keys (if complaint (cons complaint problems) problems)))))

(defun smbcmp-keys--parse-log (buffer)
  "Return (KEYS . PROBLEMS) of the text of a log in BUFFER."
  (let ((state (make-smbcmp-keys--state))
        (case-fold-search nil))
    (with-current-buffer buffer
      (save-excursion
        (save-restriction
          (widen)
          (goto-char (point-min))
          (let ((line 1) (last (point-min)))
            (while (re-search-forward "Session ?Id\\|[Kk]ey\\|Cipher\\|\\[00[01]0\\]" nil t)
              (beginning-of-line)
              (setq line (+ line (count-lines last (point)))
                    last (point))
              (smbcmp-keys--note-line state line
                                      (buffer-substring-no-properties
                                       (point) (line-end-position)))
              (forward-line 1))))))
    (smbcmp-keys--finish state)))

;;;; Files

(defun smbcmp-keys--run (file script message)
  "Insert what shell SCRIPT prints of FILE, raw; show MESSAGE meanwhile.
SCRIPT reads FILE, decompressed, on its input.  It runs where FILE lies."
  (let* ((file (expand-file-name file))
         (default-directory (file-name-directory file))
         (decompressor (cdr (assoc file smbcmp-keys--decompressors #'string-match-p)))
         (process
          (make-process
           :name "smbcmp keys" :buffer (current-buffer) :noquery t
           :command (list "sh" "-c"
                          (format "exec 2>&1 <\"$0\"; export LC_ALL=C; %s%s"
                                  (if decompressor (concat decompressor " -dc | ") "")
                                  script)
                          (file-local-name file))
           :coding 'raw-text :connection-type 'pipe :sentinel #'ignore :file-handler t))
         (progress nil)
         (start (float-time)))
    (unwind-protect
        (while (or (accept-process-output process 0.1) (process-live-p process))
          (when (and (not noninteractive) (> (- (float-time) start) 0.5))
            (if progress
                (progress-reporter-update progress)
              (setq progress (make-progress-reporter message)))))
      (delete-process process))
    (when progress (progress-reporter-done progress))))

(defun smbcmp-keys--kind (file)
  "Return what FILE is: `keytab', `table', `log' or nil if it is empty."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (smbcmp-keys--run file "head -c 65536" (format "Reading %s..." file))
    (goto-char (point-min))
    (cond ((= (point-min) (point-max)) nil)
          ((looking-at "\5[\1\2]") 'keytab)
          ((smbcmp-keys--table-p (buffer-string)) 'table)
          (t 'log))))

(defun smbcmp-keys--of-file (file)
  "Return (KEYS . PROBLEMS) of FILE.
Signal `smbcmp-file-error' if it can't be read."
  (let ((problem (cond ((not (file-exists-p file)) "no such file")
                       ((file-directory-p file) "is a directory")
                       ((not (file-readable-p file)) "you may not read it"))))
    (when problem
      (signal 'smbcmp-file-error (list (format "%s: %s" file problem)))))
  (let ((message (format "Looking for keys in %s..." (smbcmp-escape-base file))))
    (with-temp-buffer
      (set-buffer-multibyte nil)
      (pcase (smbcmp-keys--kind file)
        ('keytab (list (list (list :keytab (expand-file-name file)))))
        ('table (smbcmp-keys--run file "cat" message)
                (smbcmp-keys--parse-table))
        ('log (smbcmp-keys--run file (format "grep -a -n -E -B%d -A%d '%s' | grep -a -E '%s'"
                                             smbcmp-keys--reach smbcmp-keys--window
                                             smbcmp-keys--anchor smbcmp-keys--lines)
                                message)
              (smbcmp-keys--parse-grep))))))

(defun smbcmp-keys-of-source (source)
  "Return (KEYS . PROBLEMS) of SOURCE, a file name or a buffer.
PROBLEMS are whole sentences that name the file and the line."
  (let* ((file (if (bufferp source)
                   (and (not (buffer-modified-p source)) (buffer-file-name source))
                 source))
         (name (or file (buffer-name source))))
    (pcase-let ((`(,keys . ,problems)
                 (if file (smbcmp-keys--of-file file) (smbcmp-keys--parse-log source))))
      (cons keys
            (mapcar (lambda (problem)
                      (if (car problem)
                          (format "%s:%d: %s" name (car problem) (cdr problem))
                        (format "%s: %s" name (cdr problem))))
                    problems)))))

;;;###autoload
(defun smbcmp-read-keys (file)
  "Return the SMB session keys that FILE holds, those there twice but once.
FILE is a file name or a buffer: a log of smbd, smbclient, winbindd or
libsmbclient that ran with `debug encryption = yes', a kernel
log with the keys of cifs.ko (CONFIG_CIFS_DEBUG_DUMP_KEYS) or ksmbd,
the output of smbinfo, a Wireshark smb2_seskey_list file or other lines
SESSIONID,KEY, or a keytab; it may be compressed, of any size, and on
another host.

The value is a list, in the order of FILE, of plists (:session HEX :key
HEX :server-in HEX :server-out HEX): session id as on the wire, session
key, and the keys for data to and from the server (MS-SMB2 3.3.5.5.3),
those that are there.  A keytab is (:keytab FILE).

What is malformed is told in a warning with its line, and the rest is
returned.  Signal `smbcmp-file-error' if FILE can't be read,
`smbcmp-error' if it holds no whole key."
  (pcase-let ((`(,keys . ,problems) (smbcmp-keys-of-source file)))
    (unless keys
      (signal 'smbcmp-error
              (list (or (car problems)
                        (format "%s: no session keys in it; a log has them only with \
`debug encryption = yes'" file)))))
    (dolist (problem problems)
      (display-warning 'smbcmp problem))
    (car (smbcmp-keys-merge nil keys))))

(provide 'smbcmp-keys-read)
;;; smbcmp-keys-read.el ends here
