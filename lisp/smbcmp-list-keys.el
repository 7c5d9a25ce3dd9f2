;;; smbcmp-list-keys.el --- Decrypt the capture of a packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; When the rows of a capture are there and some are encrypted, the list
;; asks in the background of what sessions, tells it, and where keys might
;; be: in logs that are open, or that lie beside the capture.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-file)
(require 'smbcmp-keys)
(require 'smbcmp-keys-read)

(defvar smbcmp-list-capture)

(defcustom smbcmp-keys-file-regexp
  "\\(?:\\`log\\.\\|\\.log\\|dmesg\\|kern\\|journal\\|syslog\\|\\`messages\\|key\\)"
  "Regexp for the names of files in which session keys may be found.
Those beside a capture are offered to be searched."
  :type 'regexp
  :group 'smbcmp)

(defface smbcmp-list-encrypted '((t :inherit smbcmp-mode-warning))
  "Face for the number of sessions that are encrypted."
  :group 'smbcmp-list)

;;;; What is encrypted

(defvar-local smbcmp-list-keys-encrypted nil
  "Sessions that are encrypted, as `smbcmp-encrypted-sessions' returns them.")

(defvar-local smbcmp-list-keys-request nil
  "The request that tells what sessions are encrypted, or nil.")

(defun smbcmp-list-keys-look ()
  "Find out what sessions are encrypted, in the background, and tell."
  (when smbcmp-list-keys-request
    (smbcmp-host-abandon smbcmp-list-capture smbcmp-list-keys-request)
    (setq smbcmp-list-keys-request nil))
  (if (save-excursion (goto-char (point-min))
                      (search-forward "Encrypted SMB3" nil t))
      (smbcmp-list-keys--ask)
    (smbcmp-list-keys--told nil)))

(defun smbcmp-list-keys--ask ()
  "Ask for the sessions that are encrypted."
  (let ((buffer (current-buffer))
        (collect (smbcmp-capture-encrypted-collector)))
    (setq smbcmp-list-keys-request
          (smbcmp-host-request
           smbcmp-list-capture "fields" (smbcmp-capture-encrypted-arguments)
           (lambda (kind value)
             (when (memq kind '(part result)) (funcall collect value))
             (when (and (memq kind '(result error)) (buffer-live-p buffer))
               (with-current-buffer buffer
                 (setq smbcmp-list-keys-request nil)
                 (when (eq kind 'result)
                   (smbcmp-list-keys--told (funcall collect nil))))))))))

(defun smbcmp-list-keys--told (sessions)
  "Take notice that SESSIONS are encrypted, and tell the user."
  (let ((before (length smbcmp-list-keys-encrypted)))
    (setq smbcmp-list-keys-encrypted sessions)
    (cond (sessions (message "%s" (smbcmp-list-keys--summary)))
          ((> before 0) (message "Decrypted %s" (smbcmp-list-keys--count before "session")))))
  (force-mode-line-update))

(defun smbcmp-list-keys--count (n noun)
  "Return N and NOUN, in the plural if need be."
  (format "%d %s%s" n noun (if (= n 1) "" "s")))

(defun smbcmp-list-keys--names (sessions)
  "Return the names of SESSIONS, the first few of them."
  (concat (mapconcat (lambda (session) (smbcmp-keys-session-name (car session)))
                     (seq-take sessions 3) ", ")
          (if (nthcdr 3 sessions) ", ..." "")))

(defun smbcmp-list-keys--has-key-p (session)
  "Return non-nil if there is a key for SESSION, an element of an alist."
  (cl-find (car session) (smbcmp-keys-unseal (smbcmp-capture-keys smbcmp-list-capture))
           :key (lambda (key) (upcase (or (plist-get key :session) "")))
           :test #'equal))

(defun smbcmp-list-keys--summary ()
  "Say for what sessions keys are missing, for which they are wrong, what to do."
  (let ((wrong (cl-remove-if-not #'smbcmp-list-keys--has-key-p smbcmp-list-keys-encrypted))
        (missing (cl-remove-if #'smbcmp-list-keys--has-key-p smbcmp-list-keys-encrypted)))
    (concat
     (and missing (format "Keys are missing for %s (%s)"
                          (smbcmp-list-keys--count (length missing) "session")
                          (smbcmp-list-keys--names missing)))
     (and missing wrong "; ")
     (and wrong (format "Wireshark cannot decrypt %s with the keys given (%s)"
                        (smbcmp-list-keys--count (length wrong) "session")
                        (smbcmp-list-keys--names wrong)))
     (substitute-command-keys
      (let ((sources (smbcmp-list-keys--sources)))
        (if sources
            (format "; type \\<smbcmp-list-mode-map>\\[smbcmp-add-keys] to look in %s"
                    (smbcmp-list-keys--source-names sources))
          "; type \\<smbcmp-list-mode-map>\\[smbcmp-add-keys] to decrypt"))))))

(defun smbcmp-list-keys-mode-line ()
  "Return what the mode line says of encrypted sessions."
  (if smbcmp-list-keys-encrypted
      (propertize (format " %s encrypted" (smbcmp-list-keys--count
                                           (length smbcmp-list-keys-encrypted) "session"))
                  'face 'smbcmp-list-encrypted
                  'help-echo (smbcmp-list-keys--summary))
    ""))

(defun smbcmp-list-keys-seal-options (options)
  "Return OPTIONS, arguments of `smbcmp-open', with keys in them sealed."
  (if (plist-get options :keys)
      (plist-put (copy-sequence options) :keys
                 (smbcmp-capture-adopt-keys (plist-get options :keys)))
    options))

;;;; Where keys may be

(defun smbcmp-list-keys--likely-p (file)
  "Return non-nil if FILE may hold keys, by its name."
  (let ((name (file-name-nondirectory file))
        (case-fold-search t))
    (and (string-match-p smbcmp-keys-file-regexp name)
         (not (string-match-p smbcmp-file-regexp name))
         (not (string-match-p "\\(?:~\\|\\.elc?\\)\\'" name)))))

(defun smbcmp-list-keys--sources ()
  "Return the logs that are open and those beside the capture, file names."
  (let ((open (cl-loop for buffer in (buffer-list)
                       for file = (buffer-file-name buffer)
                       when (and file (smbcmp-list-keys--likely-p file)
                                 (file-regular-p file))
                       collect file))
        (beside (cl-remove-if-not
                 (lambda (file) (and (smbcmp-list-keys--likely-p file)
                                     (file-regular-p file)))
                 (directory-files (file-name-directory
                                   (smbcmp-capture-file smbcmp-list-capture))
                                  t nil t))))
    (cl-remove-duplicates (append open (sort beside #'string<))
                          :test #'equal :from-end t)))

(defun smbcmp-list-keys--source-names (sources)
  "Return the names of SOURCES, files or buffers, in a few words."
  (if (nthcdr 3 sources)
      (format "%d logs" (length sources))
    (mapconcat (lambda (source)
                 (if (bufferp source) (buffer-name source) (file-name-nondirectory source)))
               sources ", ")))

;;;; Asking

(defun smbcmp-list-keys--lists ()
  "Return the packet lists whose captures are open."
  (cl-remove-if-not (lambda (buffer)
                      (let ((capture (buffer-local-value 'smbcmp-list-capture buffer)))
                        (and capture
                             (not (memq (smbcmp-capture-state capture) '(failed closed))))))
                    (cl-remove-if-not (lambda (buffer)
                                        (local-variable-p 'smbcmp-list-capture buffer))
                                      (buffer-list))))

(defun smbcmp-list-keys--read-list ()
  "Return the packet list to decrypt: this one, the only one, or the user's choice."
  (let ((lists (smbcmp-list-keys--lists)))
    (cond ((null lists) (user-error "Open a capture first"))
          ((memq (current-buffer) lists) (current-buffer))
          ((null (cdr lists)) (car lists))
          (t (get-buffer (completing-read "Decrypt capture: "
                                          (mapcar #'buffer-name lists) nil t))))))

(defun smbcmp-list-keys--arguments ()
  "Return the arguments of `smbcmp-add-keys' that the user gives.
No key is among them: variable `command-history' has them."
  (let* ((here (current-buffer))
         (list (smbcmp-list-keys--read-list))
         (capture (buffer-local-value 'smbcmp-list-capture list)))
    (list capture
          (if current-prefix-arg
              (smbcmp-list-keys--read-typed)
            (with-current-buffer list
              (smbcmp-list-keys--read-sources
               (and (not (smbcmp-list-keys--of-capture-p here)) (list here))))))))

(defun smbcmp-list-keys--of-capture-p (buffer)
  "Return non-nil if BUFFER shows a part of a capture: it holds no keys."
  (with-current-buffer buffer
    (and (derived-mode-p 'smbcmp-mode)
         (not (derived-mode-p 'smblog-mode)))))

(defun smbcmp-list-keys--read-typed ()
  "Read SESSIONID,KEY without echo; return it sealed."
  (let ((key (smbcmp-keys-parse-record (read-passwd "SESSIONID,KEY (not echoed): "))))
    (when (stringp key) (user-error "Not a key: %s" key))
    (smbcmp-keys-seal (list key))))

(defun smbcmp-list-keys--read-sources (here)
  "Ask where to look for keys; HERE is a list of the buffer to offer, if any."
  (let ((sources (or here (smbcmp-list-keys--sources))))
    (if (and sources
             (y-or-n-p (format "Look for keys in %s? "
                               (smbcmp-list-keys--source-names sources))))
        sources
      (smbcmp-list-keys--expand
       (read-file-name "Keys from (log, key table, keytab; wildcards): "
                       (file-name-directory (smbcmp-capture-file smbcmp-list-capture))
                       "")))))

(defun smbcmp-list-keys--expand (name)
  "Return the files that NAME, which may have wildcards, names.
Of a directory, those that may hold keys, by their names."
  (or (cond ((file-regular-p name) (list name))
            ((string-empty-p name) (user-error "No file"))
            ((file-directory-p name)
             (cl-remove-if-not #'smbcmp-list-keys--likely-p
                               (directory-files name t directory-files-no-dot-files-regexp)))
            (t (file-expand-wildcards name t)))
      (user-error "No file %s" (smbcmp-escape name t))))

;;;; Gathering

(defun smbcmp-list-keys--gather (capture sources)
  "Return the keys for CAPTURE in SOURCES, sealed, and say how many there are.
SOURCES are files and buffers, or sealed keys.  A source that has none
does not matter as long as another has.  Signal a `user-error' if there
are none."
  (if (symbolp sources)
      sources
    (let (keys problems)
      (dolist (source sources)
        (condition-case err
            (pcase-let ((`(,found . ,wrong) (smbcmp-keys-of-source source)))
              (setq keys (append keys found)
                    problems (append problems wrong)))
          (smbcmp-error (setq problems (append problems (list (smbcmp-error-message err)))))))
      (dolist (problem problems) (display-warning 'smbcmp problem))
      (pcase-let* ((wanted (smbcmp-list-keys--wanted capture))
                   (`(,all . ,twice) (smbcmp-keys-merge nil keys))
                   (fitting (cl-remove-if-not
                             (lambda (key)
                               (or (null wanted) (plist-get key :keytab)
                                   (member (plist-get key :session) wanted)))
                             all))
                   (where (smbcmp-list-keys--source-names sources)))
        (unless all (user-error "No session keys in %s" where))
        (unless fitting
          (user-error "%s in %s, none for a session of this capture that is encrypted"
                      (smbcmp-list-keys--count (length all) "key") where))
        (message "%s in %s%s%s; decrypting..."
                 (smbcmp-list-keys--count (length all) "key") where
                 (if (zerop twice) "" (format ", %d there twice" twice))
                 (if (= (length fitting) (length all)) ""
                   (format ", %d for this capture" (length fitting))))
        (smbcmp-keys-seal fitting)))))

(defun smbcmp-list-keys--wanted (capture)
  "Return the sessions of CAPTURE that are known to be encrypted, on the wire."
  (cl-loop for list in (smbcmp-list-keys--lists)
           when (eq capture (buffer-local-value 'smbcmp-list-capture list))
           return (mapcar #'car (buffer-local-value 'smbcmp-list-keys-encrypted list))))

;;;; Decrypting

;;;###autoload
(defun smbcmp-add-keys (capture keys &optional interactive)
  "Decrypt CAPTURE with KEYS, on the spot.
KEYS is a list of
 - plists (:session HEX :key HEX :server-in HEX :server-out HEX), of
   which a session id as on the wire and either the session key or the
   two others are needed, 16 or 32 bytes each;
 - plists (:keytab FILE);
 - files and buffers that hold keys, for `smbcmp-read-keys'.
They are added to those the capture has; of different ones for the same
session the last counts.  All frames are dissected again.  The keys are
kept as long as CAPTURE is open, and sent to its worker over a pipe.
Signal `smbcmp-error' if a key is malformed or none is found.

Interactively, offer to look for keys in logs that are open or lie beside
the capture, or ask for a file; wildcards and directories are fine, too.
With a prefix argument, ask for SESSIONID,KEY instead, without echo.
Point, filter and marks stay, and only keys of sessions that are in the
capture are taken; INTERACTIVE says so, and not to wait for the end."
  (interactive (append (smbcmp-list-keys--arguments) '(t)))
  (if interactive
      (let ((sealed (smbcmp-list-keys--gather capture keys)))
        (smbcmp-host-when-loaded
         capture
         (lambda ()
           (smbcmp-with-user-errors (smbcmp-capture-use-keys capture sealed))
           (smbcmp-host-when-loaded capture (lambda () (smbcmp-capture-learn-keys capture))))))
    (smbcmp-capture-add-keys capture keys)))

;;;; Saving

;;;###autoload
(defun smbcmp-save-keys (capture)
  "Add the keys of CAPTURE to the user's own Wireshark table, on the disk.
From then on Wireshark, tshark and smbcmp decrypt its sessions without
being given the keys.  Interactively, CAPTURE is that of the packet list."
  (interactive (list (buffer-local-value 'smbcmp-list-capture
                                         (smbcmp-list-keys--read-list))))
  (let* ((sealed (smbcmp-capture-keys capture))
         (path (smbcmp-with-user-errors (smbcmp-capture-call capture "keys-file")))
         (file (concat (file-remote-p (smbcmp-capture-file capture)) path))
         (count (length (smbcmp-keys-records sealed))))
    (when (zerop count) (user-error "This capture has no session keys to save"))
    (when (string-empty-p path) (user-error "Wireshark has no key file"))
    (when (yes-or-no-p (format "Write %s to %s? "
                               (smbcmp-list-keys--count count "session key")
                               (abbreviate-file-name file)))
      (message "%s" (smbcmp-list-keys--write file sealed)))))

(defun smbcmp-list-keys--write (file sealed)
  "Add the keys in SEALED to FILE, Wireshark's; return what was done, a string.
Only the user may read a file that is made."
  (make-directory (file-name-directory file) t)
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-unix)
          (coding-system-for-write 'utf-8-unix)
          (added 0))
      (when (file-exists-p file) (insert-file-contents file))
      (goto-char (point-max))
      (unless (bolp) (insert "\n"))
      (dolist (record (smbcmp-keys-records sealed))
        (unless (save-excursion
                  (goto-char (point-min))
                  (let ((case-fold-search t))
                    (re-search-forward (concat "^" (regexp-quote record) "$") nil t)))
          (insert record "\n")
          (cl-incf added)))
      (when (> added 0)
        (with-file-modes #o600
          (write-region nil nil file nil 'silent)))
      (format "%s added to %s" (smbcmp-list-keys--count added "key")
              (abbreviate-file-name file)))))

(provide 'smbcmp-list-keys)
;;; smbcmp-list-keys.el ends here
