;;; smblog-pair.el --- A log buffer and a packet list, linked  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Ties the buffer of a log to the packet list of the capture of the same
;; run.  That goes on in the background: the log is indexed, the capture
;; loaded, decrypted with keys that the log has, asked for the fields that
;; tell what its PDUs are; the mode line says how far it is.  What became of
;; it later, a log that grew or a capture that was read again, is noticed when
;; links are asked for, and linked again.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-escape)
(require 'smblog-link)

(autoload 'smbcmp-add-keys "smbcmp-list-keys"
  "Decrypt CAPTURE with KEYS, on the spot." t)
(autoload 'smbcmp-list-buffer "smbcmp-list")
(declare-function smblog--module-preamble "smbcmp-module.so" (log limit))
(declare-function smblog--module-progress "smbcmp-module.so" (log))
(declare-function smblog--module-request-count "smbcmp-module.so" (log))
(declare-function smblog--module-link-capture "smbcmp-module.so" ())
(autoload 'smblog-buffer-of-file "smblog-buffer")
(autoload 'smblog-file-log-p "smblog-file")
(autoload 'smblog-file-p "smblog-file")
(defvar smbcmp-file-regexp)
(defvar smbcmp-list-capture)
(defvar smbcmp-list-complete)
(defvar smbcmp-list-keys-encrypted)
(defvar smbcmp-list-keys-request)
(defvar smblog-buffer-source)
(defvar smblog-log)

(cl-defstruct (smblog-pair (:constructor smblog-pair--make) (:copier nil))
  "A log buffer and a packet list that are linked, or will be."
  (log-buffer nil :documentation "The buffer in `smblog-mode'.")
  (list-buffer nil :documentation "The buffer in `smbcmp-list-mode'.")
  (state nil :documentation "One of waiting, asking, linked, or nil if it failed.")
  (progress "" :documentation "How far it is, for the mode line.")
  (links nil :documentation "The `smblog-links', once linked.")
  (generation nil :documentation "The capture's generation that the links are of.")
  (request nil :documentation "What the capture is asked, or nil.")
  (keys-tried nil :documentation "Non-nil if the log was searched for keys.")
  (then nil :documentation "Functions to call once linked, last first."))

(defvar-local smblog-pair nil
  "The `smblog-pair' that this buffer is part of, or nil.")

(defvar-local smblog-pair--all nil
  "All pairs that this buffer is part of.")

(defvar smblog-pair-linked-hook nil
  "Hook run when a log and a packet list are linked.
Functions get the `smblog-pair'.")

;;;; Names

(defun smblog-pair-log-name (pair)
  "Return the name of the log of PAIR."
  (buffer-name (smblog-pair-log-buffer pair)))

(defun smblog-pair-list-name (pair)
  "Return the name of the capture of PAIR."
  (buffer-name (smblog-pair-list-buffer pair)))

(define-minor-mode smblog-pair-mode
  "Minor mode of a log and a packet list that are linked to each other.
The mode line names the other one."
  :lighter (:eval (smblog-pair--lighter))
  :group 'smblog)

(defun smblog-pair--lighter ()
  "Return what the mode line says of the links of this buffer."
  (pcase (and smblog-pair (smblog-pair-state smblog-pair))
    ('nil "")
    ('linked (let ((other (if (eq (current-buffer) (smblog-pair-log-buffer smblog-pair))
                              (smblog-pair-list-buffer smblog-pair)
                            (smblog-pair-log-buffer smblog-pair))))
               (concat (if (char-displayable-p ?↔) " ↔ " " <-> ")
                       (replace-regexp-in-string "%" "%%" (or (buffer-name other) "")))))
    (_ (concat " linking" (smblog-pair-progress smblog-pair)))))

(defun smblog-pair--say (pair format &rest args)
  "Show in the mode lines of PAIR how far it is, by FORMAT and ARGS."
  (setf (smblog-pair-progress pair) (concat ": " (apply #'format format args)))
  (dolist (buffer (smblog-pair--buffers pair))
    (with-current-buffer buffer (force-mode-line-update))))

(defun smblog-pair--buffers (pair)
  "Return the buffers of PAIR that are alive, the log's first."
  (cl-remove-if-not #'buffer-live-p
                    (list (smblog-pair-log-buffer pair) (smblog-pair-list-buffer pair))))

;;;; Linking two buffers

(defun smblog-pair-buffers (log-buffer list-buffer &optional then)
  "Link LOG-BUFFER, a log's, to LIST-BUFFER, a packet list, in the background.
Call THEN, if non-nil, with the `smblog-pair' once that is done; at once
if they are linked already.  Return the pair.  What log the list was
linked to before, it is no longer; a log, which may be of several runs,
has a pair for each of its captures, and the last one is that of its
commands."
  (let ((pair (buffer-local-value 'smblog-pair list-buffer)))
    (unless (and pair (eq log-buffer (smblog-pair-log-buffer pair)))
      (when pair (smblog-pair-stop pair))
      (setq pair (smblog-pair--make :log-buffer log-buffer :list-buffer list-buffer))
      (dolist (buffer (list log-buffer list-buffer))
        (with-current-buffer buffer
          (push pair smblog-pair--all)
          (add-hook 'kill-buffer-hook #'smblog-pair--killed nil t)
          (add-hook 'change-major-mode-hook #'smblog-pair--killed nil t))))
    (smblog-pair-when-linked pair then)
    pair))

(defun smblog-pair--killed ()
  "Stop what this buffer is linked by, because it goes away."
  (mapc #'smblog-pair-stop smblog-pair--all))

(defun smblog-pair-stop (pair)
  "Undo PAIR: its buffers are linked no longer."
  (smblog-pair--abandon pair)
  (setf (smblog-pair-state pair) nil
        (smblog-pair-then pair) nil)
  (dolist (buffer (smblog-pair--buffers pair))
    (with-current-buffer buffer
      (setq smblog-pair--all (remq pair smblog-pair--all))
      (when (eq pair smblog-pair)
        (setq smblog-pair (car smblog-pair--all))
        (unless smblog-pair (smblog-pair-mode -1))))))

(defun smblog-pair--abandon (pair)
  "Let the capture of PAIR forget what it is asked."
  (let ((request (smblog-pair-request pair)))
    (setf (smblog-pair-request pair) nil)
    (when (and request (smblog-pair-links-capture pair))
      (smbcmp-host-abandon (smblog-pair-links-capture pair) request))))

(defun smblog-pair-links-capture (pair)
  "Return the capture that the list of PAIR shows, or nil if that is gone."
  (and (buffer-live-p (smblog-pair-list-buffer pair))
       (buffer-local-value 'smbcmp-list-capture (smblog-pair-list-buffer pair))))

(defun smblog-pair-log (pair)
  "Return the log that the buffer of PAIR shows, or nil if that is gone."
  (and (buffer-live-p (smblog-pair-log-buffer pair))
       (buffer-local-value 'smblog-log (smblog-pair-log-buffer pair))))

(defun smblog-pair-usable-links (pair)
  "Return the links of PAIR, or nil if its buffers show other files by now.
The log may have grown since."
  (let ((links (and (eq 'linked (smblog-pair-state pair)) (smblog-pair-links pair))))
    (and links
         (eq (smblog-links-log links) (smblog-pair-log pair))
         (eq (smblog-links-capture links) (smblog-pair-links-capture pair))
         links)))

(defun smblog-pair-fresh-p (pair)
  "Return non-nil if the links of PAIR are those of what its buffers show now."
  (let ((links (smblog-pair-usable-links pair)))
    (and links
         (eql (smblog-pair-generation pair) (smbcmp-capture-generation (smblog-links-capture links)))
         (eql (smblog-links-count links)
              (smblog--module-request-count (smblog-links-log links))))))

(defun smblog-pair-fresh-links (buffer)
  "Return the `smblog-links' of BUFFER, if those are of what it shows now, or nil."
  (let ((pair (buffer-local-value 'smblog-pair buffer)))
    (and pair (smblog-pair-fresh-p pair) (smblog-pair-links pair))))

(defun smblog-pair-when-linked (pair then)
  "Call THEN, a function of PAIR or nil, as soon as PAIR is linked: now or later."
  (dolist (buffer (smblog-pair--buffers pair))
    (with-current-buffer buffer (setq smblog-pair pair)))
  (if (smblog-pair-fresh-p pair)
      (when then (funcall then pair))
    (when then (push then (smblog-pair-then pair)))
    (unless (memq (smblog-pair-state pair) '(waiting asking))
      (setf (smblog-pair-keys-tried pair) nil)
      (smblog-pair--begin pair))))

;;;; In the background

(defun smblog-pair--begin (pair)
  "Begin to link PAIR."
  (setf (smblog-pair-state pair) 'waiting)
  (smblog-pair--say pair "waiting")
  (dolist (buffer (smblog-pair--buffers pair))
    (with-current-buffer buffer (smblog-pair-mode 1)))
  (smblog-pair--try pair))

(defun smblog-pair--try (pair)
  "Ask the capture of PAIR if all is ready for that, else try again soon."
  (when (eq 'waiting (smblog-pair-state pair))
    (condition-case err
        (let ((obstacle (or (smblog-pair--log-obstacle pair)
                            (smblog-pair--list-obstacle pair))))
          (if (not obstacle)
              (smblog-pair--ask pair)
            (smblog-pair--say pair "%s" obstacle)
            (run-with-timer 0.1 nil #'smblog-pair--try pair)))
      (smbcmp-error (smblog-pair--fail pair (smbcmp-error-message err))))))

(defun smblog-pair--log-obstacle (pair)
  "Return what the log of PAIR is not ready for, a string, or nil.
Signal `smbcmp-error' if it never will be."
  (unless (smblog-pair-log pair)
    (signal 'smbcmp-error (list "The log is closed")))
  (pcase-let ((`(,bytes ,total ,_ ,done) (smblog--module-progress (smblog-pair-log pair))))
    (unless done
      (format "log %d%%%%" (/ (* 100 bytes) (max 1 total))))))

(defun smblog-pair--list-obstacle (pair)
  "Return what the capture of PAIR is not ready for, a string, or nil.
Signal `smbcmp-error' if it never will be."
  (let ((capture (smblog-pair-links-capture pair)))
    (unless capture (signal 'smbcmp-error (list "The capture is closed")))
    (with-current-buffer (smblog-pair-list-buffer pair)
      (pcase (smbcmp-capture-state capture)
        ((or 'failed 'closed) (smbcmp-host-signal-failure capture))
        ('loaded (cond ((or (not smbcmp-list-complete) smbcmp-list-keys-request) "loading")
                       ((smblog-pair--wants-keys-p pair)
                        (smblog-pair--take-keys pair capture)
                        "keys")))
        (_ "loading")))))

(defun smblog-pair--wants-keys-p (pair)
  "Return non-nil if this buffer, the list of PAIR, misses keys.
And the log may have them."
  (and smbcmp-list-keys-encrypted
       (not (smblog-pair-keys-tried pair))
       (smblog-pair--log-files pair)))

(defun smblog-pair--log-files (pair)
  "Return the files that the log of PAIR is read from, a list."
  (with-current-buffer (smblog-pair-log-buffer pair)
    (let ((files (or buffer-file-name smblog-buffer-source)))
      (if (listp files) files (list files)))))

(defun smblog-pair--take-keys (pair capture)
  "Decrypt CAPTURE, that of PAIR, with what keys the log has."
  (setf (smblog-pair-keys-tried pair) t)
  (condition-case err
      (smbcmp-add-keys capture (smblog-pair--log-files pair) t)
    ;; What is in the clear is linked all the same.
    (user-error (message "%s" (error-message-string err)))))

(defun smblog-pair--ask (pair)
  "Ask the capture of PAIR for what links need to know."
  (let* ((capture (smblog-pair-links-capture pair))
         (collected (smblog--module-link-capture))
         (generation (smbcmp-capture-generation capture)))
    (setf (smblog-pair-state pair) 'asking)
    (smblog-pair--say pair "0%%%%")
    (setf (smblog-pair-request pair)
          (smblog-link-ask
           capture collected
           (lambda (problem)
             (setf (smblog-pair-request pair) nil)
             ;; Not where replies are handed on.
             (run-with-timer 0 nil #'smblog-pair--take pair capture generation collected
                             problem))
           (lambda (done total)
             (smblog-pair--say pair "%d%%%%" (/ (* 100 done) (max 1 total))))))))

(defun smblog-pair--take (pair capture generation collected problem)
  "Link PAIR, the CAPTURE of which has told what is COLLECTED, in its GENERATION.
PROBLEM is the error if it has not."
  (when (eq 'asking (smblog-pair-state pair))
    (cond
     ((not (and (eq capture (smblog-pair-links-capture pair))
                (eql generation (smbcmp-capture-generation capture))))
      (smblog-pair--begin pair))
     (problem (smblog-pair--fail pair (smbcmp-error-message problem)))
     (t (smblog-pair--finish pair capture generation collected)))))

(defun smblog-pair--finish (pair capture generation collected)
  "Link PAIR by what is COLLECTED of CAPTURE in its GENERATION, and tell."
  (condition-case err
      (progn
        (setf (smblog-pair-links pair)
              (smblog-link-finish (smblog-pair-log pair) capture collected)
              (smblog-pair-generation pair) generation
              (smblog-pair-state pair) 'linked)
        (smblog-pair--say pair "done")
        (let ((then (reverse (smblog-pair-then pair))))
          (setf (smblog-pair-then pair) nil)
          (message "%s" (smblog-pair-summary pair))
          ;; What shows links adds itself to the hook.
          (require 'smblog-frames)
          (require 'smbcmp-log)
          (run-hook-with-args 'smblog-pair-linked-hook pair)
          (dolist (function then) (funcall function pair))))
    (smbcmp-error (smblog-pair--fail pair (smbcmp-error-message err)))))

(defun smblog-pair--fail (pair problem)
  "Tell that PAIR can't be linked because of PROBLEM, a string."
  (smblog-pair-stop pair)
  (message "Not linked: %s" problem))

(defun smblog-pair-summary (pair)
  "Return a line that says how much of PAIR is linked."
  (let* ((links (smblog-pair-links pair))
         (encrypted (length (buffer-local-value 'smbcmp-list-keys-encrypted
                                                (smblog-pair-list-buffer pair)))))
    (concat (smblog-pair-log-name pair) ": "
            (cond ((zerop (smblog-links-count links))
                   (smblog-pair-no-requests (smblog-pair-log pair)))
                  ((and (zerop (smblog-links-certain links))
                        (zerop (smblog-links-ambiguous links)))
                   (format "none of %d requests is in %s: it is from another run"
                           (smblog-links-count links) (smblog-pair-list-name pair)))
                  (t (smblog-links-summary links)))
            (if (zerop encrypted) ""
              (format "; %d session%s of %s cannot be decrypted" encrypted
                      (if (= encrypted 1) "" "s") (smblog-pair-list-name pair))))))

(defconst smblog-pair--client-regexp
  "Client started (version \\|interpret_string_addr: \\|libsmb/\\|libcli/smb/"
  "Regexp for what logs of Samba's clients say, and those of smbd do not at once.")

(defun smblog-pair-no-requests (log)
  "Return why LOG, which tells of no request, does not: a line."
  (let ((text (smblog--module-preamble log 65536)) (case-fold-search nil))
    (cond
     ((or (string-match-p smblog-pair--client-regexp text)
          (cl-loop for n below (min 1000 (smblog-message-count log))
                   thereis (string-match-p smblog-pair--client-regexp
                                           (plist-get (smblog-message log n) :text))))
      "this is a client's log without message ids: nothing links it to frames; \
smbd's log does, or a trace of cifs' smb3 events")
     ((smblog-pair--kernel-p log)
      "the kernel tells of no message ids here; trace its smb3_cmd_enter, \
smb3_cmd_done and smb3_cmd_err events (SMB1 has none)")
     (t "no requests to link; they are seen at level 10 (class smb2) in smbd's log"))))

(defun smblog-pair--kernel-p (log)
  "Return non-nil if LOG is that of the Linux kernel, or a trace of its events."
  (cl-loop for n below (min 1000 (smblog-message-count log))
           for message = (smblog-message log n)
           thereis (or (equal (plist-get message :class) "CIFS")
                       (string-match-p "\\`\\(?:smb3\\|cifs\\)_"
                                       (or (plist-get message :function) "")))))

;;;; What lies together

(defun smblog-pair--beside (file predicate)
  "Return the files in the directory of FILE, but for it, that pass PREDICATE."
  (and file
       (file-directory-p (file-name-directory file))
       (cl-remove-if-not (lambda (other)
                           (and (not (equal other file)) (funcall predicate other)))
                         (directory-files (file-name-directory file) t
                                          directory-files-no-dot-files-regexp))))

(defun smblog-pair-captures-beside (file)
  "Return the captures that lie beside FILE, a log."
  (require 'smbcmp-file)
  (smblog-pair--beside file
                       (lambda (other)
                         (and (let ((case-fold-search t))
                                (string-match-p smbcmp-file-regexp other))
                              (file-regular-p other)))))

(defun smblog-pair-logs-beside (file)
  "Return the logs that lie beside FILE, a capture, and tell of requests.
Those named after it are first, then those of smbd."
  (require 'smblog-file)
  (let* ((own (concat (file-name-base (file-name-base file)) "."))
         (logs (smblog-pair--beside
                file
                (lambda (other)
                  (and (or (smblog-file-p other) (smblog-file-log-p other))
                       ;; They tell of no requests that smbd handled.
                       (not (string-match-p
                             "/log\\.\\(?:smbclient\\|nmbd\\|winbindd\\|wb-\\|rpc\\)"
                             other)))))))
    (cl-flet ((rank (log)
                (cond ((string-prefix-p own (file-name-nondirectory log)) 0)
                      ((string-match-p "/log\\.smbd" log) 1)
                      (t 2))))
      (sort logs (lambda (a b) (< (rank a) (rank b)))))))

(defun smblog-pair-read-file (prompt files directory)
  "Return the one of FILES, or ask with PROMPT for a file in DIRECTORY."
  (if (and files (null (cdr files)))
      (car files)
    (let ((file (read-file-name prompt directory (car files) t
                                (and files (file-name-nondirectory (car files))))))
      (when (file-directory-p file) (user-error "%s is a directory" (smbcmp-escape-file file)))
      (expand-file-name file))))

(defun smblog-pair-log-buffer-of (file)
  "Return the buffer that shows the log FILE."
  (require 'smblog-mode)
  (smblog-buffer-of-file file))

(defun smblog-pair-list-buffer-of (file)
  "Return the packet list of the capture FILE."
  (require 'smbcmp)
  (smbcmp-list-buffer file))

;;;; Offering it

(defvar smblog-pair-offer t
  "Non-nil to tell of a capture or log that lies beside what is opened.")

(defun smblog-pair-file ()
  "Return the file of this buffer, a log or a list, or nil.
Of a log of several files that is the first: what belongs to it lies beside it."
  (or buffer-file-name (car-safe smblog-buffer-source)))

(defun smblog-pair-tell-offer (buffer find text)
  "Tell of what FIND, a function, finds beside BUFFER's file, with TEXT.
TEXT is what can be done, a format of the file's name.  Not if something
else is told, or BUFFER is not selected."
  (when (and smblog-pair-offer (eq buffer (window-buffer)) (not (current-message))
             (not (active-minibuffer-window)))
    (with-current-buffer buffer
      (unless (or smblog-pair (null (smblog-pair-file)))
        (pcase (funcall find (smblog-pair-file))
          (`(,file) (smbcmp-escape-message (substitute-command-keys text)
                                           (file-name-nondirectory file))))))))

(provide 'smblog-pair)
;;; smblog-pair.el ends here
