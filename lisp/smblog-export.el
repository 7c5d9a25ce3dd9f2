;;; smblog-export.el --- Write messages of a log to a file of their own  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; As they are, or anonymized by the map of a capture, so that both still go
;; together.  A log is prose with names in it, and does not say which is
;; which.  What stands where names stand, in brackets, quotes, paths or behind
;; "file" and "user", is taken for names unless it is a word of Samba's
;; functions; then each is looked for in the prose, too.  Addresses and SIDs
;; have a form of their own; dumps of bytes and keys are blanked.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-anonymize-map)
(require 'smblog)

(declare-function smblog--module-text "smbcmp-module.so" (log from to))
(declare-function smblog--module-body "smbcmp-module.so" (log n))
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-sites "smbcmp-module.so" (log))
(declare-function smblog--module-facts "smbcmp-module.so" (log))

(defcustom smblog-export-kept
  '("opcode" "mid" "idx" "status" "body" "dyn" "yes" "no" "true" "false" "none" "null"
    "nil" "read" "write" "ok" "failed" "success" "succeeded" "error" "unknown" "default"
    "version" "ipv4" "ipv6" "unix" "uid" "gid" "euid" "egid" "pid" "fnum" "sid" "fsp"
    "tdb" "conf" "srv" "var" "lib" "run" "usr" "etc" "tmp" "home" "bin" "sbin" "dev"
    "proc" "samba" "smb" "smbd" "cifs" "smb2" "smb3" "ntlm" "ntlmv2" "krb5" "spnego"
    "gensec" "global" "homes" "a" "an" "the" "of" "in" "on" "at" "to" "is" "as" "it" "for"
    "not" "was" "has" "had" "be" "by" "with" "from" "and" "or" "if" "but" "we" "are"
    "been" "will" "does" "did" "can" "now" "this" "that" "which" "there" "than" "then"
    "all" "any" "already" "again" "exist" "exists" "connect" "connection" "service"
    "services" "user" "users" "group" "groups" "name" "names" "file" "files" "path"
    "directory" "domain" "host" "client" "server" "share" "mode" "type" "level" "value"
    "key" "found" "opened" "signed" "initially" "allowed" "remote" "local" "became"
    "workstation" "account" "authentication" "auth" "authz" "authorization" "struct"
    "granted" "possible" "max" "maximum" "min" "minimum" "low" "range" "timestamp"
    "implemented" "finished" "invalid" "action" "authoritative" "s" "doesn" "addr"
    "winbind" "winbindd" "sam" "standalone" "gssapi" "sasl" "schannel" "ncalrpc"
    "external" "ccache" "basic" "fake" "vfs" "posixacl" "bsd" "private" "never" "seal"
    "idmap" "sid2xid" "entry" "entries" "skip" "adding" "new" "old" "unc" "devname"
    "flags" "gid2sid" "uid2sid" "vista" "netlogon3" "lo" "u" "g" "cache" "lock" "locking"
    "state")
  "Words of Samba's messages that are no names, in lower case.
So are all that functions and files of its source are called by."
  :type '(repeat string)
  :group 'smblog)

(defconst smblog-export--constant
  "\\`\\(?:NT_STATUS\\|STATUS\\|SMB[0-9]*\\|FILE\\|SEC\\|STD_RIGHT\\|WBC\\|WERR\\|NTLMSSP\\|LDAP\\|\
NDR\\|KRB5\\|DCERPC\\|FSCTL\\|GENSEC\\|TDB\\|MSG\\|OPLOCK\\|LEASE\\|SHARE\\|DELETE\\|FLAG\\)_[A-Z0-9_]+\\'"
  "Regexp for names of the protocol's and Samba's constants.")

(defconst smblog-export--number
  "\\`\\(?:[0-9]+[a-z]?\\|0x[0-9A-Fa-f]+\\|[0-9A-Fa-f]\\{8,16\\}\\)\\'"
  "Regexp for words that are numbers.")

;;;; Where names stand

(defconst smblog-export--byte "\\_<[0-9A-Fa-f]\\{2\\}\\_>"
  "Regexp for a byte of a dump.")

(defconst smblog-export--dump
  (format "\\[[0-9A-Fa-f]\\{4,8\\}\\] +\\(?1:%1$s.*\\)\\|\
\\(?1:%1$s\\(?:[ -]\\{1,3\\}%1$s\\)\\{5,\\}.*\\)"
          smblog-export--byte)
  "Regexp for a dump of bytes, as Samba, and as the kernel and smbinfo write it.")

(defconst smblog-export--places
  `((dump . ,smblog-export--dump)
    ;; Dates, GUIDs, well-known SIDs, keys of JSON, lines of the source.
    (keep . "\\_<\\(?:Mon\\|Tue\\|Wed\\|Thu\\|Fri\\|Sat\\|Sun\\),? [A-Z0-9][^])'\n]* \
\\(?:[0-9:.]+\\|[0-9]\\{4\\} [A-Z]\\{3,5\\}\\|[A-Z]\\{3,5\\}\\)\\_>")
    (keep . "\\_<[0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9]T[-0-9:.+Z]+")
    (keep . "\\_<[0-9A-Fa-f]\\{8\\}\\(?:-[0-9A-Fa-f]\\{4\\}\\)\\{3\\}-[0-9A-Fa-f]\\{12\\}\\_>")
    (keep . "\"[A-Za-z]+\": ?")
    (keep . "mount option '[a-z_]+'")
    (keep . "\\_<fs/\\(?:smb\\|cifs\\|ksmbd\\)/[a-z0-9_/]*\\.[ch]\\_>")
    (keep . "[^ \t\n(]*/[^ \t\n(]*\\.[ch]:[0-9]+")
    (sid . "S-1-5-21-[0-9]+-[0-9]+-[0-9]+")
    (keep . "S-1-[0-46-9][0-9-]*\\|S-1-5-\\(?:[013-9]\\|2[02-9]\\|1[0-9]\\|3[0-9]\\|2\\_>\\)[0-9-]*")
    (mac . "\\_<\\(?:[0-9A-Fa-f]\\{2\\}:\\)\\{5\\}[0-9A-Fa-f]\\{2\\}\\_>")
    (ipv6 . "ipv6:\\(?1:[0-9A-Fa-f:.]+\\):[0-9]+")
    (ipv6 . "\\(?1:\\(?:[0-9A-Fa-f]\\{1,4\\}:\\)\\{7\\}[0-9A-Fa-f]\\{1,4\\}\\|\
\\(?:[0-9A-Fa-f]\\{1,4\\}:\\)+\\(?::[0-9A-Fa-f]\\{1,4\\}\\)+\\)")
    (ipv4 . "\\_<\\(?1:[0-9]\\{1,3\\}\\(?:\\.[0-9]\\{1,3\\}\\)\\{3\\}\\)")
    (hex . "\\_<\\(?1:[0-9A-Fa-f]\\{2\\}\\{6,\\}\\)\\_>")
    (names . "\\[\\(?1:[^][\n]+\\)\\]")
    (names . "\\(?:^\\|[ \t=:(,]\\)'\\(?1:[^'\n]+\\)'")
    (names . "\"\\(?1:[^\"\n]+\\)\"")
    (names . "\\_<doing parameter [^=\n]+= *\\(?1:[^\n]+\\)")
    (names . "\\(?1:[^][ \t\n()',;:=\"<>|]*[/\\][^][ \t\n()',;:=\"<>|]*\\)")
    (names . "\\_<\\(?:[Uu]ser\\|account\\|[Nn]ame\\|[Ff]ile\\|fname\\|dname\\|domain\\|DOMAIN\\|\
workgroup\\|workstation\\|machine\\|host\\|hostname\\|client\\|service\\|share\\|directory\\|dir\\|\
path\\|section\\|called\\|sid for\\|found\\|find\\|username\\|netbios\\|smb_fname\\|base_name\\)\
\\(?: *[=:] *\\| +\\)\\(?1:[^][ \t\n()',;:=\"<>|]+\\)"))
  "Where names and what else is replaced stand: (WHAT . REGEXP).
Group 1 is what counts, or the whole match.")

(defun smblog-export--alternatives (places)
  "Return a regexp for PLACES, of which the Nth is group N + 2."
  (let ((group 1))
    (mapconcat (lambda (place) (format "\\(?%d:%s\\)" (cl-incf group) (cdr place)))
               places "\\|")))

(defconst smblog-export--regexp (smblog-export--alternatives smblog-export--places)
  "Regexp for all of `smblog-export--places'.")

(defconst smblog-export--token "[A-Za-z0-9_]+\\|[^[:ascii:]]+"
  "Regexp for what may be a name in prose.")

(cl-defstruct (smblog-export--work (:constructor smblog-export--make-work) (:copier nil))
  "What is known while a log is anonymized."
  (map nil :documentation "The map, a `smbcmp-anonymize-map'.")
  (kept nil :documentation "Table of words that are no names.")
  (names (make-hash-table :test #'equal) :documentation "Tokens that are, in lower case.")
  (texts (make-hash-table :test #'equal) :documentation "Short texts, which come again.")
  (dumps 0 :documentation "How many lines of dumps were blanked."))

(defun smblog-export--kept (log)
  "Return a table of the words that are no names in LOG."
  (let ((kept (make-hash-table :test #'equal)))
    (dolist (word (append smblog-export-kept smbcmp-anonymize-kept)) (puthash word t kept))
    (pcase-dolist (`(,class ,file ,function) (smblog--module-sites log))
      (dolist (name (list class (and file (file-name-nondirectory file)) function))
        (dolist (word (split-string (downcase (or name "")) "[^a-z0-9]+" t))
          (puthash word t kept))))
    kept))

;;;; Names

(defun smblog-export--known-p (work word)
  "Return non-nil if WORD is one that WORK's map replaces."
  (let ((other (gethash (downcase word) (smbcmp-anonymize-map-words
                                         (smblog-export--work-map work)))))
    (and other (not (equal other (downcase word))))))

(defun smblog-export--name-p (work word)
  "Return non-nil if WORD, where names stand, is one by WORK."
  (and (not (string-match-p smblog-export--number word))
       (or (smblog-export--known-p work word)
           (not (gethash (downcase word) (smblog-export--work-kept work))))))

(defun smblog-export--words (token)
  "Return the words of TOKEN, which _ separates."
  (split-string token "_" t))

(defun smblog-export--each-token (text function)
  "Return TEXT with each token replaced by what FUNCTION makes of it."
  (let ((case-fold-search nil))
    (replace-regexp-in-string smblog-export--token function text t t)))

(defun smblog-export--collect (work piece)
  "Have WORK know the names in PIECE, which stands where names do."
  (smblog-export--each-token
   piece
   (lambda (token)
     (unless (string-match-p smblog-export--constant token)
       (when (cl-some (lambda (word) (smblog-export--name-p work word))
                      (smblog-export--words token))
         (puthash (downcase token) t (smblog-export--work-names work))))
     token)))

(defun smblog-export--names (work piece)
  "Return PIECE, which stands where names do, anonymized by WORK."
  (let* ((map (smblog-export--work-map work))
         (named (cl-some (lambda (token)
                           (cl-some (lambda (word) (smblog-export--name-p work word))
                                    (smblog-export--words token)))
                         (split-string piece "[^[:alnum:]_]+" t))))
    (smblog-export--each-token
     piece
     (lambda (token)
       (if (string-match-p smblog-export--constant token) token
         (replace-regexp-in-string
          "[^_]+"
          (lambda (word)
            (if (or (smblog-export--name-p work word)
                    ;; A number is a name if it is part of one.
                    (and named (smblog-export--known-p work word)))
                (smbcmp-anonymize-map-text map word)
              word))
          token t t))))))

(defun smblog-export--prose (work text)
  "Return TEXT, in which names may be, anonymized by WORK."
  (smblog-export--each-token
   text
   (lambda (token)
     (if (or (gethash (downcase token) (smblog-export--work-names work))
             (and (>= (length token) 4)
                  (smblog-export--known-p work token)
                  (smblog-export--name-p work token)
                  (not (gethash (downcase token) (smblog-export--work-kept work)))))
         (mapconcat (lambda (word) (smbcmp-anonymize-map-text
                                    (smblog-export--work-map work) word))
                    (split-string token "_") "_")
       token))))

;;;; What has a form of its own

(defun smblog-export--address (work text bytes format)
  "Return TEXT, an address of BYTES or nil, by WORK; FORMAT makes text of bytes."
  (let ((new (and bytes (smbcmp-anonymize-map-address (smblog-export--work-map work) bytes))))
    (if (or (null new) (equal new bytes)) text (funcall format new))))

(defun smblog-export--ipv4 (work text)
  "Return TEXT, an IPv4 address or what looks like one, by WORK."
  (let ((numbers (mapcar #'string-to-number (split-string text "\\."))))
    (smblog-export--address work text
                            (and (cl-every (lambda (n) (< n 256)) numbers)
                                 (apply #'unibyte-string numbers))
                            (lambda (bytes) (mapconcat #'number-to-string bytes ".")))))

(defun smblog-export--ipv6-bytes (text)
  "Return the 16 bytes of TEXT, an IPv6 address, or nil."
  (pcase-let* ((`(,head ,tail . ,more) (split-string text "::"))
               (parts (lambda (half) (split-string (or half "") ":" t)))
               (before (funcall parts head)) (after (funcall parts tail))
               (missing (- 8 (length before) (length after))))
    (when (and (not more) (if tail (> missing 0) (= missing 0))
               (cl-every (lambda (part) (string-match-p "\\`[0-9A-Fa-f]\\{1,4\\}\\'" part))
                         (append before after)))
      (apply #'unibyte-string
             (cl-loop for part in (append before (make-list missing "0") after)
                      for number = (string-to-number part 16)
                      append (list (ash number -8) (logand number 255)))))))

(defun smblog-export--ipv6-text (bytes)
  "Return BYTES as an IPv6 address in short."
  (replace-regexp-in-string
   "\\(?:\\`\\|:\\)0\\(?::0\\)+\\(?::\\|\\'\\)" "::"
   (mapconcat (lambda (i) (format "%x" (+ (* 256 (aref bytes i)) (aref bytes (1+ i)))))
              (number-sequence 0 14 2) ":")
   t t))

(defun smblog-export--sid (work text)
  "Return TEXT, the domain of a SID, by WORK."
  (let* ((numbers (mapcar #'string-to-number (nthcdr 4 (split-string text "-"))))
         (bytes (apply #'unibyte-string
                       (cl-loop for number in numbers
                                append (cl-loop for i below 4
                                                collect (logand 255 (ash number (* -8 i)))))))
         (new (substring (smbcmp-anonymize-map-sid
                          (smblog-export--work-map work)
                          (concat (unibyte-string 1 4 0 0 0 0 0 5 #x15 0 0 0) bytes))
                         12)))
    (concat "S-1-5-21-"
            (mapconcat (lambda (at)
                         (number-to-string
                          (cl-loop for i from 3 downto 0
                                   for sum = (aref new (+ at i))
                                   then (+ (* 256 sum) (aref new (+ at i)))
                                   finally return sum)))
                       '(0 4 8) "-"))))

(defun smblog-export--hex (work text)
  "Return TEXT, digits of a key or of a name in hexadecimal, by WORK.
Shorter ones are ids, unless they are letters."
  (let ((bytes (apply #'unibyte-string
                      (cl-loop for i from 0 below (1- (length text)) by 2
                               collect (string-to-number (substring text i (+ i 2)) 16)))))
    (if (not (or (>= (length text) 32) (string-match-p "[[:alnum:]/_.]\\{4\\}" bytes))) text
      (let ((new (mapconcat (lambda (b) (format "%02x" b))
                            (smbcmp-anonymize-map-payload (smblog-export--work-map work) bytes)
                            "")))
        (if (equal text (upcase text)) (upcase new) new)))))

(defun smblog-export--blank (work bytes)
  "Return BYTES, the rest of a line of a dump, as so many dots; have WORK count it."
  (cl-incf (smblog-export--work-dumps work))
  (replace-regexp-in-string "[^ ]" "." bytes t t))

(defun smblog-export--new (work what text)
  "Return what TEXT, a WHAT of `smblog-export--places', becomes by WORK."
  (pcase what
    ('names (smblog-export--names work text))
    ('dump (smblog-export--blank work text))
    ('sid (smblog-export--sid work text))
    ('ipv4 (smblog-export--ipv4 work text))
    ('ipv6 (smblog-export--address work text (smblog-export--ipv6-bytes text)
                                   #'smblog-export--ipv6-text))
    ('mac (smblog-export--address
           work text
           (apply #'unibyte-string (mapcar (lambda (byte) (string-to-number byte 16))
                                           (split-string text ":")))
           (lambda (bytes) (mapconcat (lambda (b) (format "%02x" b)) bytes ":"))))
    ('hex (smblog-export--hex work text))
    (_ text)))

;;;; Text

(defun smblog-export--what (places)
  "Return (WHAT START END) of the place of PLACES that was just matched."
  (let ((what (cl-loop for group from 2 for place in places
                       when (match-beginning group) return (car place)))
        (group (if (match-beginning 1) 1 0)))
    (list what (match-beginning group) (match-end group))))

(defun smblog-export--each-place (text function)
  "Call FUNCTION with WHAT, START and END for each place of names in TEXT.
In a place of names may be addresses and SIDs, which are places, too."
  (let ((at 0) (case-fold-search nil))
    (while (and (< at (length text)) (string-match smblog-export--regexp text at))
      (pcase-let ((`(,what ,start ,end) (smblog-export--what smblog-export--places)))
        (if (not (eq what 'names)) (funcall function what start end)
          (smblog-export--within text start end function))
        (setq at (max (1+ at) end))))))

(defconst smblog-export--forms
  (seq-filter (lambda (place) (memq (car place) '(sid mac ipv6 ipv4 hex keep)))
              smblog-export--places)
  "Those of `smblog-export--places' that are known by their form.")

(defconst smblog-export--fixed (smblog-export--alternatives smblog-export--forms)
  "Regexp for all of `smblog-export--forms'.")

(defun smblog-export--within (text start end function)
  "Call FUNCTION for the places in TEXT from START to END, where names stand."
  (let ((at start) (piece (substring text 0 end)))
    (while (< at end)
      (let ((fixed (and (string-match smblog-export--fixed piece at)
                        (smblog-export--what smblog-export--forms))))
        (when (or (null fixed) (> (nth 1 fixed) at))
          (funcall function 'names at (if fixed (nth 1 fixed) end)))
        (when fixed (apply function fixed))
        (setq at (if fixed (nth 2 fixed) end))))))

(defun smblog-export--short (work text function)
  "Return what FUNCTION makes of TEXT; WORK remembers it, as most texts come again."
  (let ((texts (smblog-export--work-texts work)))
    (cond ((> (length text) 200) (funcall function))
          ((gethash text texts))
          (t (when (> (hash-table-count texts) 50000) (clrhash texts))
             (puthash text (funcall function) texts)))))

(defun smblog-export--anonymous (work text)
  "Return TEXT anonymized by WORK."
  (let ((at 0) parts)
    (smblog-export--each-place
     text
     (lambda (what start end)
       (push (smblog-export--prose work (substring text at start)) parts)
       (push (save-match-data (smblog-export--new work what (substring text start end))) parts)
       (setq at end)))
    (push (smblog-export--prose work (substring text at)) parts)
    (apply #'concat (nreverse parts))))

;;;; Messages

(defun smblog-export--head (message)
  "Return the header of MESSAGE, a plist, as Samba writes it."
  (let ((time (plist-get message :time)))
    (format "[%s, %2d%s] %s:%d(%s)\n"
            (if time (format-time-string "%Y/%m/%d %H:%M:%S.%6N" time smblog-time-zone) "")
            (or (plist-get message :level) 0)
            (if (plist-get message :pid) (format ", pid=%d" (plist-get message :pid)) "")
            (or (plist-get message :file) "") (or (plist-get message :line) 0)
            (or (plist-get message :function) ""))))

(defun smblog-export--parts (log number)
  "Return (HEAD . TEXT) of message NUMBER of LOG.
Of Samba's messages in syslog or journal only Samba's part is taken.
Signal `smbcmp-error' if another is in what is no text."
  (let* ((message (smblog--module-message log number))
         (raw (smblog--module-text log number (1+ number)))
         (size (- (or (plist-get message :body) 0) (or (plist-get message :start) 0))))
    (cond ((not (equal "samba" (plist-get message :form)))
           (when (string-match-p "\\`\\(?:{\\|__CURSOR\\)" raw)
             (signal 'smbcmp-error
                     (list (format "Message %d can't be anonymized: it is in a journal's export"
                                   number))))
           (cons "" raw))
          ((string-prefix-p "[" raw)
           (let ((bytes (encode-coding-string raw 'utf-8-emacs)))
             (cons (decode-coding-string (substring bytes 0 size) 'utf-8-emacs)
                   (decode-coding-string (substring bytes size) 'utf-8-emacs))))
          (t (cons (smblog-export--head message)
                   (concat (replace-regexp-in-string
                            "^" "  " (string-trim-right (smblog--module-body log number) "\n+"))
                           "\n"))))))

(defun smblog-export--look (work text)
  "Have WORK know the names in TEXT, of a message; return t."
  (smblog-export--each-place
   text
   (lambda (what start end)
     (when (eq what 'names)
       (save-match-data (smblog-export--collect work (substring text start end))))))
  t)

(defun smblog-export--work (log numbers map)
  "Return what is to be known to anonymize messages NUMBERS of LOG by MAP."
  (let ((work (smblog-export--make-work :map map :kept (smblog-export--kept log))))
    (pcase-dolist (`(,kind ,value . ,_) (smblog--module-facts log))
      (when (memq kind '(user share)) (smblog-export--collect work value)))
    (smblog-export--do
     "Looking for names..." numbers
     (lambda (number)
       (let ((text (cdr (smblog-export--parts log number)))
             (host (plist-get (smblog--module-message log number) :host)))
         (when host (smblog-export--collect work host))
         (smblog-export--short work text (lambda () (smblog-export--look work text))))))
    (clrhash (smblog-export--work-texts work))
    work))

(defun smblog-export--message (work log number)
  "Return message NUMBER of LOG anonymized by WORK."
  (pcase-let ((`(,head . ,text) (smblog-export--parts log number)))
    (concat head (smblog-export--short
                  work text (lambda () (smblog-export--anonymous work text))))))

(defun smblog-export--numbers (log messages)
  "Return the numbers of MESSAGES of LOG, a list of them or `all'."
  (let ((count (smblog-message-count log)))
    (if (eq messages 'all) (number-sequence 0 (1- count))
      (dolist (number messages messages)
        (unless (and (natnump number) (< number count))
          (signal 'smbcmp-error
                  (list (format "No message %s: the log has %d" number count))))))))

(defun smblog-export--do (what numbers function)
  "Call FUNCTION with each of NUMBERS; WHAT says what is done."
  (let ((progress (make-progress-reporter what 0 (max 1 (length numbers)))) (n 0))
    (dolist (number numbers)
      (funcall function number)
      (progress-reporter-update progress (cl-incf n)))
    (progress-reporter-done progress)))

;;;###autoload
(defun smblog-export (log messages file &rest plist)
  "Write MESSAGES of LOG, a list of numbers or `all', to FILE.
They are written as they are in the log, unless PLIST has

 :anonymize t  Replace names, addresses and SIDs, and blank dumps of
               bytes, keys among them.
 :map MAP      The file with what was replaced by what, which goes on if
               it is there: that of `smbcmp-export' for the capture of the
               same run.  Without it, what is anonymized in one Emacs goes
               together.

What stands in brackets, quotes and paths and behind words such as \"file\"
and \"user\" is replaced unless it is a word that functions of this log
have in their names, or of `smblog-export-kept'; a name of the map always.
What a log has only in its prose can't be told from prose, and stays.

Return a list (MESSAGES DUMPS): how many messages were written, how many
lines of dumps were blanked.  Signal `smbcmp-error' for a message that is
not there or can't be anonymized and for MAP without :anonymize,
`smbcmp-file-error' for FILE if the log is read from it, and for MAP if it
is none."
  (smbcmp-anonymize-map-check plist)
  (let* ((file (expand-file-name file))
         (map-file (and (plist-get plist :map) (expand-file-name (plist-get plist :map))))
         (numbers (smblog-export--numbers log messages))
         (work (progn
                 (when (cl-some (lambda (source) (file-equal-p file (plist-get source :file)))
                                (smblog-sources log))
                   (signal 'smbcmp-file-error (list (format "%s is the log itself" file))))
                 (and (plist-get plist :anonymize)
                      (smblog-export--work log numbers (smbcmp-anonymize-map-for map-file)))))
         (coding-system-for-write 'utf-8-emacs-unix))
    (write-region "" nil file nil 'silent)
    (with-temp-buffer
      (smblog-export--do
       "Writing messages..." numbers
       (lambda (number)
         (insert (if work (smblog-export--message work log number)
                   (smblog--module-text log number (1+ number))))
         (when (> (buffer-size) 1000000)
           (write-region nil nil file t 'silent)
           (erase-buffer))))
      (write-region nil nil file t 'silent))
    (when (and work map-file)
      (smbcmp-anonymize-map-write (smblog-export--work-map work) map-file))
    (list (length numbers) (if work (smblog-export--work-dumps work) 0))))

(provide 'smblog-export)
;;; smblog-export.el ends here
