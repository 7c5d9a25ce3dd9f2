;;; live-test.el --- From smbd to a decrypted capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A server, two clients and a capture of what they say, all made anew by
;; record.sh: on loopback, in a directory of its own, and for a minute at
;; most.  What the log counts must be in the capture.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smblog-link)

(defvar smbcmp-test-directory)

(defun live-test--obstacle ()
  "Return why nothing can be recorded here, a string, or nil."
  (let ((missing (cl-remove-if #'executable-find '("smbd" "smbpasswd" "smbclient" "dumpcap"))))
    (cond ((/= 0 (user-uid)) "only root may open port 445 and capture")
          (missing (format "%s not installed" (mapconcat #'identity missing ", "))))))

(defconst live-test-address
  (format "127.%d.%d.%d" (1+ (random 254)) (random 256) (1+ (random 254)))
  "Where this Emacs has its servers: at no other's address.")

(defun live-test--environment ()
  "Return the environment of a recording."
  (append (list "SMBCMP_RECORD_SECONDS=60" (concat "SMBCMP_RECORD_ADDRESS=" live-test-address))
          process-environment))

(defun live-test--record (scenario directory)
  "Record SCENARIO into DIRECTORY; skip the test if this machine can't."
  (let ((obstacle (live-test--obstacle)))
    (when obstacle
      (message "        nothing is recorded: %s" obstacle)
      (ert-skip obstacle)))
  (with-temp-buffer
    (let ((process-environment (live-test--environment)))
      (unless (eq 0 (call-process "sh" nil t nil
                                  (expand-file-name "record.sh" smbcmp-test-directory)
                                  scenario directory))
        (goto-char (point-min))
        ;; Somebody's own server at all addresses, or a container that may not capture.
        (when (re-search-forward "port 445 is in use\\|permission\\|not permitted" nil t)
          (message "        nothing is recorded: %s" (string-trim (buffer-string)))
          (ert-skip (string-trim (buffer-string))))
        (ert-fail (buffer-string))))))

(defun live-test--count (regexp file)
  "Return how many lines of compressed FILE match REGEXP, by grep."
  (with-temp-buffer
    (call-process "sh" nil t nil "-c" "zcat \"$0\" | grep -a -c -E -e \"$1\"" file regexp)
    (string-to-number (buffer-string))))

(defun live-test--requests (capture command)
  "Return the number of request PDUs of CAPTURE with COMMAND, or all if nil."
  (cl-loop for (commands responses) in (smbcmp-fields capture '(smb2.cmd smb2.flags.response)
                                                      "smb2.cmd")
           sum (cl-loop for cmd across (if (vectorp commands) commands (vector commands))
                        for response across (if (vectorp responses) responses
                                              (vector responses))
                        count (and (not response) (or (null command) (eql cmd command))))))

(defun live-test--check-links (log-file capture dispatched)
  "Check that all DISPATCHED requests of LOG-FILE are linked to CAPTURE.
Each to one of its own, with its message id."
  (let* ((log (smblog-open log-file))
         (links (smblog-link log capture))
         (pdus (make-hash-table :test #'equal)))
    (should (= dispatched (length links)))
    (pcase-dolist (`(,request ,state ,frame ,response) links)
      (should (eq 'certain state))
      (should (or (null response) (> response frame)))
      (puthash (list frame (plist-get request :mid)) t pdus))
    (should (= dispatched (hash-table-count pdus)))
    (cl-loop for (frame ids) in (smbcmp-fields capture '(frame.number smb2.msg_id) "smb2")
             do (seq-do (lambda (id) (remhash (list frame id) pdus))
                        (if (vectorp ids) ids (vector ids))))
    ;; But for the negotiation that begins with SMB1.
    (should (= (hash-table-count pdus)
               (length (smbcmp-frames capture
                                      "smb.cmd == 0x72 && smb.flags.response == 0"))))
    (smblog-close log)))

(ert-deftest live-test-keys-from-the-log-decrypt-the-capture ()
  "What a server logs of plain and encrypted requests is in the capture."
  (let* ((directory (file-name-as-directory (make-temp-file "smbcmp-live" t)))
         (log (concat directory "log.smbd.gz")))
    (unwind-protect
        (progn
          (live-test--record "both" directory)
          (let ((capture (smbcmp-open (concat directory "capture.pcapng")))
                (keys (smbcmp-read-keys log))
                (dispatched (live-test--count "smbd_smb2_request_dispatch: opcode" log))
                (creates (live-test--count "dispatch: opcode.SMB2_OP_CREATE" log)))
            (unwind-protect
                (let ((encrypted (smbcmp-encrypted-sessions capture)))
                  (should (> creates 20))
                  (should (= 2 (length keys)))
                  (should (= 1 (length encrypted)))
                  (should (member (caar encrypted)
                                  (mapcar (lambda (key) (plist-get key :session)) keys)))
                  (should (< (live-test--requests capture nil) dispatched))
                  (smbcmp-add-keys capture keys)
                  (should-not (smbcmp-encrypted-sessions capture))
                  ;; A negotiation that begins with SMB1 is dispatched as SMB2.
                  (should (= dispatched
                             (+ (live-test--requests capture nil)
                                (length (smbcmp-frames
                                         capture
                                         "smb.cmd == 0x72 && smb.flags.response == 0")))))
                  (should (= creates (live-test--requests capture 5)))
                  (live-test--check-links log capture dispatched)
                  ;; The client knows the same keys.
                  (should (equal (sort (mapcar (lambda (key) (plist-get key :key)) keys)
                                       #'string<)
                                 (sort (mapcar (lambda (key) (plist-get key :key))
                                               (smbcmp-read-keys
                                                (concat directory "log.smbclient.gz")))
                                       #'string<))))
              (smbcmp-close capture))))
      (delete-directory directory t))))

;; A server of somebody else's that came in between let nobody in.
(ert-deftest live-test-somebody-else-s-server-is-not-asked ()
  "A recording has its own server, whoever else listens at port 445."
  (let ((obstacle (live-test--obstacle))) (when obstacle (ert-skip obstacle)))
  (let* ((directory (file-name-as-directory (make-temp-file "smbcmp-live" t)))
         (other (ignore-errors
                  (make-network-process :name "other" :server t :host "127.0.0.1"
                                        :service 445 :noquery t))))
    (unwind-protect
        (progn
          (live-test--record "good" directory)
          (let ((capture (smbcmp-open (concat directory "capture.pcapng"))))
            ;; 52 are smbclient's of Samba 4.13.
            (should (memq (live-test--requests capture nil) '(52 53)))
            (smbcmp-close capture)))
      (when other (delete-process other))
      (delete-directory directory t))))

(provide 'live-test)
;;; live-test.el ends here
