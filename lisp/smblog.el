;;; smblog.el --- Samba's logs as Lisp data  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A log is indexed by threads of the native part; see module/log/log.h.  These
;; functions wait for the index, so their results are complete; a mode
;; that shows what is there so far calls the module itself.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)

(declare-function smblog--module-open "smbcmp-module.so" (file &optional zone spool limit))
(declare-function smblog--module-close "smbcmp-module.so" (log))
(declare-function smblog--module-log-p "smbcmp-module.so" (object))
(declare-function smblog--module-progress "smbcmp-module.so" (log))
(declare-function smblog--module-wait "smbcmp-module.so" (log seconds))
(declare-function smblog--module-problem "smbcmp-module.so" (log))
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-body "smbcmp-module.so" (log n))
(declare-function smblog--module-sources "smbcmp-module.so" (log))
(declare-function smblog--module-shift "smbcmp-module.so" (log i seconds))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))
(declare-function smblog--module-requests "smbcmp-module.so"
                  (log &optional from count mid))

(defgroup smblog nil
  "Read Samba's debug logs."
  :group 'tools
  :prefix "smblog-")

(defcustom smblog-time-zone nil
  "Time zone of the servers whose logs are read.
Samba writes times without their zone.  A name such as
\"Europe/Berlin\" or an offset such as \"+01:00\"; nil means the zone
of this computer."
  :type '(choice (const :tag "The one here" nil) string))

(defcustom smblog-temporary-directory nil
  "Directory in which compressed logs and pipes are unpacked.
The file is unlinked at once, so it does not show up there.  If nil,
the system's, usually /tmp, which may be small."
  :type '(choice (const :tag "The system's" nil) directory))

(defcustom smblog-unpack-limit 500
  "Megabytes that a compressed log may unpack to, or nil for any number.
It may always unpack to a hundred times its size: level-10 logs do not
reach that.  Of one that would be larger this much is read, and
\\<smblog-mode-map>\\[revert-buffer] asks whether to read all of it."
  :type '(choice (const :tag "Any number" nil) integer))

(defconst smblog-boot-limit 1000000000
  "Times since a machine booted are below, in seconds.
So are those of a machine whose clock was never set.")

(defvar smblog--booted (make-hash-table :test 'eq :weakness 'key)
  "Whether times of a log are since a machine booted: t or `no'.")

(defun smblog--booted (log)
  "Return whether times in LOG are since a machine booted: t or `no'.
Only the kernel writes such."
  (or (gethash log smblog--booted)
      (cl-loop for n below (min 100 (smblog-message-count log))
               for message = (smblog--module-message log n)
               when (plist-get message :time)
               return (puthash log (or (plist-get message :booted) 'no) smblog--booted))))

(defvar smblog-log)

(defun smblog-boot-time-p (time)
  "Return non-nil if TIME is since a machine booted, not since the epoch.
It is of the log of this buffer, if there is one."
  (and (< time smblog-boot-limit)
       (not (and (bound-and-true-p smblog-log)
                 (eq (smblog--booted smblog-log) 'no)))))

(defun smblog--capture-p (file)
  "Return non-nil if FILE begins as pcapng or as pcap, in any order of bytes."
  (and (file-regular-p file)
       (with-temp-buffer
         (set-buffer-multibyte nil)
         ;; If it can't be read, the module says why.
         (ignore-error file-error (insert-file-contents-literally file nil 0 4))
         (member (buffer-string)
                 '("\n\r\r\n" "\xd4\xc3\xb2\xa1" "\xa1\xb2\xc3\xd4"
                   "\x4d\x3c\xb2\xa1" "\xa1\xb2\x3c\x4d")))))

(defun smblog-start (files)
  "Return the log in FILES, a file or a list of them; threads index it.
Signal `smbcmp-file-error' if one cannot be read, or is a capture."
  (smbcmp-module-load t)
  (dolist (file (if (listp files) files (list files)))
    (let ((problem (cond ((file-remote-p file) "%s is on another host: copy it here first")
                         ((smblog--capture-p file) "%s is a capture, not a log"))))
      (when problem (signal 'smbcmp-file-error (list (format problem file))))))
  (smblog--module-open (if (listp files) (mapcar #'smblog--file-bytes files)
                         (smblog--file-bytes files))
                       smblog-time-zone
                       (and smblog-temporary-directory
                            (expand-file-name smblog-temporary-directory))
                       (and smblog-unpack-limit (* 1000000 smblog-unpack-limit))))

(defun smblog--file-bytes (file)
  "Return the absolute name of FILE for the module.
What is not in Unicode can't be handed over as it is, but as a file URI."
  (let* ((name (expand-file-name file))
         (bytes (encode-coding-string name (or file-name-coding-system
                                               default-file-name-coding-system 'utf-8))))
    (if (equal (decode-coding-string bytes 'utf-8-unix) (string-to-multibyte name))
        (if (cl-find-if (lambda (char) (> char #x10ffff)) (string-to-multibyte name))
            (smblog--file-uri bytes)
          name)
      (smblog--file-uri bytes))))

(defun smblog--file-uri (bytes)
  "Return the file URI of the name BYTES, unibyte."
  (concat "file://" (mapconcat (lambda (byte)
                                 (if (or (<= ?a byte ?z) (<= ?A byte ?Z) (<= ?0 byte ?9)
                                         (memq byte '(?/ ?. ?- ?_)))
                                     (string byte)
                                   (format "%%%02X" byte)))
                               bytes "")))

(autoload 'smblog-file-p "smblog-file")
(autoload 'smblog-file-log-p "smblog-file")

(defun smblog-files (files)
  "Return the names of the logs that FILES means, a file or a list of files.
FILES is a file, a directory, of which all logs are meant, a name with
wildcards, or a list of such."
  (cl-flet ((by-time (names)
              (sort names (lambda (a b) (file-newer-than-file-p b a)))))
    (cond
     ((consp files)
      (let ((names (cl-loop for name in files
                            for found = (smblog-files name)
                            append (if (listp found) (copy-sequence found) (list found)))))
        (if (cdr names) names (car names))))
     ((file-directory-p files)
      (let ((names (cl-remove-if-not
                    (lambda (name)
                      (and (file-regular-p name)
                           (or (smblog-file-p name) (smblog-file-log-p name))))
                    (directory-files files t "\\`[^.]"))))
        (unless names
          (signal 'smbcmp-file-error (list (format "There is no log in %s" files))))
        (if (cdr names) (by-time names) (car names))))
     ((file-exists-p files) files)
     (t (let ((names (file-expand-wildcards files t)))
          (if (cdr names) (by-time names) (or (car names) files)))))))

(defun smblog-await (log)
  "Wait until LOG is indexed; return LOG.
Quitting ends the wait."
  (unless (smblog--module-wait log 0.1)
    (let ((reporter (make-progress-reporter "Indexing" 0 1000)))
      (while (not (smblog--module-wait log 0.1))
        (pcase-let ((`(,bytes ,total . ,_) (smblog--module-progress log)))
          (progress-reporter-update reporter (if (zerop total) 0
                                               (/ (* 1000 bytes) total)))))
      (progress-reporter-done reporter)))
  log)

;;;###autoload
(defun smblog-open (files)
  "Return the Samba log in FILES, for the other `smblog-' functions.
FILES is a file, a directory, a name with wildcards, or a list of such;
several files are one log, in the order of time.
A file is any of Samba's debug logs, also compressed (gzip, xz, zstd,
bzip2, lz4), what syslog, journalctl or a container's runtime made of
one, or a pipe; the kernel's log (dmesg, journalctl -k) or a trace of its
events or calls (ftrace, trace-cmd report); or a log of ctdb.  It is
indexed completely.
Signal `smbcmp-file-error' if it cannot be read or unpacked, or is a capture."
  (let ((log (smblog-start (smblog-files files)))
        done)
    (unwind-protect
        (progn
          (smblog-await log)
          (when-let* ((problem (smblog--module-problem log)))
            (signal 'smbcmp-file-error (list problem)))
          (setq done t)
          log)
      (unless done (smblog--module-close log)))))

(defun smblog-sources (log)
  "Return what the files of LOG are like, a list of property lists.

  :file     the name it was opened by
  :form     how most of it is written: \"samba\", \"kernel\", \"ksmbd\",
            \"trace\", \"function_graph\", \"ctdb\", \"syslog\" or \"text\"
  :messages how many it has
  :first :last  the times of its first and last message that has one, floats
  :shift    seconds that are added to its times, see `smblog-shift'"
  (smblog--module-sources log))

(defun smblog-shift (log file seconds)
  "Add SECONDS to the times of FILE, one of several in LOG.
FILE is its name, or the end of it.  Messages get other numbers.
SECONDS are those that the clock was behind; calling again replaces them."
  (let ((i (cl-position-if
            (lambda (source)
              (let ((name (plist-get source :file)))
                (or (equal name file) (string-suffix-p (concat "/" file) name))))
            (smblog-sources log))))
    (unless i (signal 'smbcmp-error (list (format "No file of this log is %s" file))))
    (smblog--module-shift log i (float seconds))
    (smblog-await log)
    nil))

(defun smblog-flow (log traceid)
  "Return the numbers of the messages of LOG with TRACEID, an integer, in order."
  (let ((view (smblog--module-view log (list 'traceid traceid))))
    (unwind-protect
        (progn
          (while (not (nth 3 (smblog--module-view-progress view))) (sleep-for 0.002))
          (cl-loop for place below (nth 2 (smblog--module-view-progress view))
                   collect (smblog--module-view-nth view place)))
      (smblog--module-view-free view))))

(defun smblog-close (log)
  "Free LOG, a value of `smblog-open'; more than once is harmless."
  (when (smblog--module-log-p log)
    (smblog--module-close log)))

(defun smblog-message-count (log)
  "Return the number of messages in LOG.
A message begins with a header; see lib/util/debug.c in Samba's sources."
  (nth 2 (smblog--module-progress log)))

(defun smblog-message (log n)
  "Return message N, counted from 0, of LOG as a property list.
Its properties are:

  :time      seconds since the epoch, a float; see `smblog-time-zone';
             in a kernel's log without dates, since booting
  :level     an integer
  :pid       an integer
  :file      the source file as the log has it, \"../../source3/smbd/x.c\"
  :line      its line, an integer
  :function  a string
  :class     the debug class, \"smb2\"
  :text      the message without its header; bytes that are no UTF-8 are
             raw bytes, CR before LF is left out

These are nil if the log does not tell them.  Only where it does there are
:euid, :egid, :uid, :gid, :traceid and :depth; :host and :program, what
syslog and the like say, :program also what the source file and the name
of the log do; in a trace :cpu, :task and :duration, in seconds;
:booted, t if :time is since the machine booted.  :source is the file
that the message is in, :form is how the message
is written, \"samba\", \"kernel\", \"trace\" and so on, :when is the time as
written, :start, :body and :end are places in the file, in bytes, :number
is N.
Signal `smbcmp-module-error' if there is no message N."
  (let ((message (smblog--module-message log n)))
    (unless (plist-get message :program)
      (setq message (plist-put message :program (smblog--program message))))
    (append message (list :text (smblog--module-body log n)))))

(defun smblog--program (message)
  "Return the program that wrote MESSAGE, a plist, or nil.
Where nothing tells it, that is by the source file, and the log's name."
  (let ((file (or (plist-get message :file) ""))
        (name (file-name-nondirectory (or (plist-get message :source) ""))))
    (pcase (plist-get message :form)
      ((or "kernel" "trace" "function_graph") "kernel")
      ("ksmbd" "ksmbd")
      ("samba"
       (cond ((string-match "\\(?:\\`\\|/\\)\\(?:source3/\\)?\\(winbindd\\|nmbd\\|smbd\\)/" file)
              (match-string 1 file))
             ((string-match "\\`log\\.wb-" name) "winbindd")
             ((string-match "\\`log\\.\\(?:\\([sn]mbd\\|winbindd\\|samba\\|smbclient\\|rpcd_[a-z]+\\)\\)\\>"
                            name)
              (match-string 1 name)))))))

(defun smblog-requests (log)
  "Return the requests that LOG tells of, in order.
They are the requests that smbd handled, or those that the client of
the Linux kernel, or of Samba 3 (SMB1), sent.  Each is a property list:
  :pid :mid  of the process and the request, integers
  :opcode    \"SMB2_OP_CREATE\", \"SMB1 0x73\"
  :status    \"NT_STATUS_OK\"
  :begin :end  the messages that say that smbd begins and is done
  :start     when it begins, in seconds since the epoch
  :duration  until it is done, in seconds
  :messages  how many its process wrote from begin to end
  :position  in a compound, from 0
  :interim   the message that says it goes async
  :path      of the file, where the log tells it
  :client    t in the log of the kernel's client
  :program   \"smbd\", \"kernel\", \"winbindd\" or \"ksmbd\"
  :session   of a client's request, an integer; of winbindd's the trace id
  :number    its own, from 0
Of winbindd's requests :opcode is their name, \"GETGROUPS\", :path who asked,
\"nss_winbind (500725)\", and :mid the pid of that.
Requests without an end, such as cancels, have no :status, :end,
:duration nor :messages; what is unknown is nil.  Of SMB2 a log of a
level below 10 tells of no requests, of SMB1 one below 5.  In the log of
the kernel's client and of SMB1 a :status that is a failure is a number,
\"0xc0000034\", or \"DOS CLASS:CODE\".  Of SMB1 smbd does not tell the end
of all requests that had to wait.  The kernel's log tells when it has a
reply, and nothing else: then :begin is :end.  ftrace's events tell all."
  (let ((from 0) (batch 10000) parts)
    (while (let ((part (smblog--module-requests log from batch)))
             (push part parts)
             (cl-incf from batch)
             (= (length part) batch)))
    (apply #'nconc (nreverse parts))))

(provide 'smblog)
;;; smblog.el ends here
