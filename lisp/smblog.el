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

(declare-function smblog--module-open "smbcmp-module.so" (file &optional zone spool))
(declare-function smblog--module-close "smbcmp-module.so" (log))
(declare-function smblog--module-log-p "smbcmp-module.so" (object))
(declare-function smblog--module-progress "smbcmp-module.so" (log))
(declare-function smblog--module-wait "smbcmp-module.so" (log seconds))
(declare-function smblog--module-problem "smbcmp-module.so" (log))
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-body "smbcmp-module.so" (log n))
(declare-function smblog--module-requests "smbcmp-module.so" (log &optional from count))

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

(defun smblog-start (file)
  "Return the log in FILE; threads index it.
Signal `smbcmp-file-error' if it cannot be read."
  (smbcmp-module-load t)
  (when (file-remote-p file)
    (signal 'smbcmp-file-error
            (list (format "%s is on another host: copy it here first" file))))
  (smblog--module-open (expand-file-name file) smblog-time-zone
                       (and smblog-temporary-directory
                            (expand-file-name smblog-temporary-directory))))

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
(defun smblog-open (file)
  "Return the Samba log in FILE, for the other `smblog-' functions.
FILE is any of Samba's debug logs, also compressed (gzip, xz, zstd,
bzip2, lz4), what syslog or journalctl made of one, or a pipe; or the
kernel's log (dmesg, journalctl -k) or a trace of its events (ftrace,
trace-cmd report).  It is indexed completely.
Signal `smbcmp-file-error' if it cannot be read or unpacked."
  (let ((log (smblog-start file))
        done)
    (unwind-protect
        (progn
          (smblog-await log)
          (when-let* ((problem (smblog--module-problem log)))
            (signal 'smbcmp-file-error (list problem)))
          (setq done t)
          log)
      (unless done (smblog--module-close log)))))

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
syslog and the like say; in a trace :cpu, :task and :duration, in seconds;
:booted, t if :time is since the machine booted.  :form is how the message
is written, \"samba\", \"kernel\", \"trace\" and so on, :when is the time as
written, :start, :body and :end are places in the file, in bytes, :number
is N.
Signal `smbcmp-module-error' if there is no message N."
  (append (smblog--module-message log n)
          (list :text (smblog--module-body log n))))

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
  :session   of a client's request, an integer
Requests without an end, such as cancels, have no :status, :end,
:duration nor :messages; what is not told is nil.  Of SMB2 a log of a
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
