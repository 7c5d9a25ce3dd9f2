;;; smbcmp-files-log.el --- What smbd says of who held a file  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; At level 10 smbd dumps what it has in its databases when a file is opened or
;; locked: share mode entries, leases, byte-range locks; and says whose
;; oplock or lease it breaks.  For a capture that is linked to the log, those
;; messages of a request are told in a line each, in smbd's words.  An entry
;; names the process and the message id of who opened the file: by the
;; links, that is a frame.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog-link)
(require 'smbcmp-log-sides)
(require 'smbcmp-holders)

(autoload 'smblog-pair-fresh-links "smblog-pair")
(autoload 'smblog-view-goto "smblog-view")
(autoload 'smbcmp-log-display "smbcmp-log")
(autoload 'smblog-pair-log-buffer "smblog-pair")
(defvar smblog-pair)

;;;; Dumps

(defun smbcmp-files-log--value (text field &optional from)
  "Return what FIELD is in TEXT, a dump, as written there, or nil.
FROM is where to begin."
  (let ((case-fold-search nil))
    (and (string-match (concat "^[ \t]+" field "[ \t]*: \\(.+?\\)\\(?: (-?[0-9]+)\\)?$") text from)
         (replace-regexp-in-string "\\`0x0*\\([0-9a-f]\\)" "0x\\1" (match-string 1 text)))))

(defun smbcmp-files-log--number (text field)
  "Return the number that FIELD, in hexadecimal, is in TEXT, a dump, or nil."
  (let ((case-fold-search nil))
    (and (string-match (concat "^[ \t]+" field "[ \t]*: 0x\\([0-9a-f]+\\)") text)
         (string-to-number (match-string 1 text) 16))))

(defun smbcmp-files-log--values (text fields)
  "Return FIELDS of TEXT, a dump, and what they are, in a line."
  (mapconcat #'identity
             (cl-loop for field in fields
                      for value = (smbcmp-files-log--value text field)
                      when value collect (concat field " " value))
             ", "))

(defun smbcmp-files-log--set (text fields)
  "Return what `smbcmp-files-log--values' does of FIELDS that are not 0 in TEXT."
  (let ((set (cl-remove-if (lambda (field)
                             (memql (smbcmp-files-log--number text field) '(nil 0)))
                           fields)))
    (if set (concat ", " (smbcmp-files-log--values text set)) "")))

(defun smbcmp-files-log--entry (text)
  "Return what TEXT, the dump of a share mode entry, says, a plist."
  (let* ((lease (string-match "lease_key: struct" text))
         (key (and lease (cl-loop for at = lease then (match-end 0)
                                  while (string-match "^[ \t]+data[ \t]*: 0x\\([0-9a-f]+\\)" text at)
                                  collect (match-string 1 text)))))
    (list :pid (smbcmp-files-log--number text "pid")
          :mid (smbcmp-files-log--number text "op_mid")
          :what (format "share mode entry of pid %s" (smbcmp-files-log--number text "pid"))
          :text (concat
                 (smbcmp-files-log--values text '("access_mask" "share_access"))
                 (smbcmp-files-log--set text '("private_options" "op_type" "flags"))
                 (and (cl-find-if (lambda (part) (string-match-p "[1-9a-f]" part)) key)
                      (concat ", lease_key " (mapconcat #'identity key "/")))
                 (let ((uid (smbcmp-files-log--number text "uid")))
                   (if uid (format ", uid %d" uid) ""))
                 (let ((time (smbcmp-files-log--value text "time")))
                   (if time (concat ", time " time) ""))
                 (if (memql (smbcmp-files-log--number text "stale") '(nil 0)) "" ", stale")))))

(defun smbcmp-files-log--lease (text)
  "Return what TEXT, the dump of a record of leases_db, says, a plist."
  (cl-flet ((state (field)
              (smbcmp-holders-lease-state (smbcmp-files-log--number text field))))
    (list :what "leases_db"
          :text (concat (smbcmp-files-log--value text "base_name[ \t]+: \\*\n[ \t]+base_name")
                        " current_state " (state "current_state")
                        (if (memql (smbcmp-files-log--number text "breaking") '(nil 0)) ""
                          (format ", breaking to %s (requested %s)"
                                  (state "breaking_to_required")
                                  (state "breaking_to_requested")))
                        ", "
                        (smbcmp-files-log--values text '("lease_version" "epoch" "num_files"))))))

(defun smbcmp-files-log--lock (text)
  "Return what TEXT says of a byte-range lock that there is, a plist."
  (list :pid (and (string-match "\\bpid = \\([0-9]+\\)" text)
                  (string-to-number (match-string 1 text)))
        :text (string-trim text)))

(defun smbcmp-files-log--line (text)
  "Return TEXT, of a line, as a plist."
  (list :text (string-trim (car (split-string (string-trim text) "\n")))))

(defconst smbcmp-files-log--forms
  '(("\\bstruct share_mode_entry$" . smbcmp-files-log--entry)
    ("\\bstruct leases_db_value$" . smbcmp-files-log--lease)
    ("\\bprint_lock_struct: \\[" . smbcmp-files-log--lock)
    ;; Of entries that exclude nobody it says as much.
    ("\\bshare_conflict: existing access_mask = 0x[1-9a-f]" . smbcmp-files-log--line)
    ("\\b\\(?:mask_conflict: Access request\\|share_conflict: conflict=true\\)" . smbcmp-files-log--line)
    ("\\bdelay_for_oplock_fn: breaking from " . smbcmp-files-log--line)
    ("\\bsend_break_message: Sending break message" . smbcmp-files-log--line)
    ("\\bsend_break_message_smb2: sending oplock break" . smbcmp-files-log--line)
    ("\\bdowngrade_lease: Downgrading .* =>" . smbcmp-files-log--line)
    ("\\boplock break failed for file" . smbcmp-files-log--line)
    ("\\bset_delete_on_close: " . smbcmp-files-log--line))
  "What smbd says of who holds a file: (REGEXP . FUNCTION).
FUNCTION returns what such a text says: a plist with :text, maybe :what
that is about, and the :pid and :mid of who opened the file.")

(defun smbcmp-files-log--said (text)
  "Return what TEXT, a message's, says of who holds a file, a plist, or nil."
  (let ((case-fold-search nil))
    (cl-loop for (regexp . function) in smbcmp-files-log--forms
             when (string-match-p regexp text) return (funcall function text))))

;;;; By the links

(defvar smbcmp-files-log--openers (make-hash-table :test 'eq :weakness 'key)
  "From `smblog-links' to hash tables from (PID . MID) to numbers of requests.")

(defun smbcmp-files-log--openers-of (links)
  "Return a hash table from (PID . MID) to the requests of LINKS that open files.
These are lists of numbers, the last one first."
  (or (gethash links smbcmp-files-log--openers)
      (let ((table (make-hash-table :test 'equal)))
        (cl-loop for request in (smblog-requests (smblog-links-log links)) for number from 0
                 when (member (plist-get request :opcode) '("SMB2_OP_CREATE" "SMB1 0xa2"))
                 do (push number (gethash (cons (plist-get request :pid)
                                                (plist-get request :mid))
                                          table)))
        (puthash links table smbcmp-files-log--openers))))

(defun smbcmp-files-log--frame (links said message)
  "Return the frame of who opened the file that SAID, of MESSAGE, is about, or nil.
It is by LINKS the request frame of the last such CREATE before."
  (let ((number (cl-find-if
                 (lambda (number)
                   (<= (plist-get (smblog-links-request links number) :begin) message))
                 (gethash (cons (plist-get said :pid) (plist-get said :mid))
                          (smbcmp-files-log--openers-of links)))))
    (pcase (and number (smblog-links-of-request links number))
      (`(certain ,frame . ,_) frame))))

(defun smbcmp-files-log-words (list-buffer frame)
  "Return what smbd says of who held the file of the request that FRAME is of.
The value is a list of plists in the order of the log, each of them said
once: (:text LINE :message NUMBER :frame FRAME), FRAME being that in which
the file was opened by whom it is about, or nil.  It is nil if
LIST-BUFFER, a packet list, is not linked to a log."
  (when-let* ((links (and frame (buffer-live-p list-buffer)
                          (smblog-pair-fresh-links list-buffer)))
              (numbers (smblog-links-known-of-frame links frame)))
    (let ((known (make-hash-table :test 'equal))
          (requests (mapcar (lambda (number) (smblog-links-request links number)) numbers)))
      (cl-loop
       for message in (smbcmp-log-side-logged (smblog-links-log links) requests)
       for said = (smbcmp-files-log--said (or (plist-get message :text) ""))
       for number = (plist-get message :number)
       for frame = (and said (smbcmp-files-log--frame links said number))
       for text = (and said (smbcmp-files-log--text said frame))
       when (and text (not (gethash text known)))
       collect (progn (puthash text t known)
                      (list :text text :message number :frame frame))))))

(defun smbcmp-files-log--text (said frame)
  "Return SAID, of a file that was opened in FRAME or nil, in a line."
  (concat "smbd: "
          (if (plist-get said :what)
              (concat (plist-get said :what)
                      (if frame (format ", opened in frame %d" frame) "")
                      ": ")
            "")
          (plist-get said :text)))

(defun smbcmp-files-log-show (list-buffer frame message)
  "Show MESSAGE, a number, of the request of FRAME of LIST-BUFFER in the log."
  (let* ((pair (buffer-local-value 'smblog-pair list-buffer))
         (links (or (smblog-pair-fresh-links list-buffer)
                    (user-error "The log is no longer linked"))))
    (smbcmp-log-display pair (mapcar (lambda (number) (smblog-links-request links number))
                                     (smblog-links-known-of-frame links frame))
                        nil nil)
    (with-selected-window (get-buffer-window (smblog-pair-log-buffer pair))
      (smblog-view-goto message))))

(provide 'smbcmp-files-log)
;;; smbcmp-files-log.el ends here
