;;; smblog-export-test.el --- A log that is given away tells no names  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; tshark says which names a capture has; they are looked for in what is
;; written of its log.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smblog)
(require 'smblog-export)
(require 'smblog-link)
(require 'command-test)
(require 'export-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smblog--module-facts "smbcmp-module.so" (log))

(defmacro smblog-export-test--with (bindings &rest body)
  "Do BODY with names of files in a directory that is made.
BINDINGS are ((SYMBOL NAME)...)."
  (declare (indent 1))
  `(let* ((directory (file-name-as-directory (make-temp-file "smblog-export" t)))
          (inhibit-message t)
          ,@(mapcar (pcase-lambda (`(,symbol ,name)) `(,symbol (concat directory ,name)))
                    bindings))
     (unwind-protect (progn ,@body) (delete-directory directory t))))

(defun smblog-export-test--both (folder capture log map)
  "Write FOLDER's capture and log anonymized to CAPTURE and LOG, by the file MAP."
  (let ((c (smbcmp-open (smbcmp-test-data folder)))
        (l (smblog-open (smbcmp-test-data folder "log.smbd.gz"))))
    (smbcmp-export c (smbcmp-frames c) capture :anonymize t :map map)
    (smblog-export l 'all log :anonymize t :map map)
    (smbcmp-close c)
    (smblog-close l)))

(defun smblog-export-test--links (capture log)
  "Return the links of LOG to CAPTURE, files, without what requests are called."
  (let* ((c (smbcmp-open capture)) (l (smblog-open log)))
    (prog1 (mapcar (pcase-lambda (`(,request . ,link))
                     (append (mapcar (lambda (key) (plist-get request key))
                                     '(:pid :mid :opcode :status :begin :end :start))
                             link))
                   (smblog-link l c))
      (smbcmp-close c)
      (smblog-close l))))

(ert-deftest smblog-export-test-capture-and-log-go-together ()
  (smblog-export-test--with ((capture "c.pcapng") (log "log.smbd") (map "map"))
    (smblog-export-test--both "good" capture log map)
    (should (= #o600 (file-modes map)))
    ;; Each request is linked to the frames it was.
    (let ((links (smblog-export-test--links (smbcmp-test-data "good")
                                            (smbcmp-test-data "good" "log.smbd.gz"))))
      (should (> (length links) 50))
      (should (equal links (smblog-export-test--links capture log))))
    ;; Files have the names that tshark finds in the capture.
    (let* ((files (delete-dups (export-test-tshark capture "-T" "fields" "-Y"
                                                   "smb2.cmd == 5 && smb2.flags.response == 0"
                                                   "-e" "smb2.filename")))
           (paths (let ((l (smblog-open log)))
                    (prog1 (mapcar (lambda (request) (plist-get request :path))
                                   (smblog-requests l))
                      (smblog-close l)))))
      (should (> (length files) 5))
      (dolist (file files) (should (member file paths))))))

(ert-deftest smblog-export-test-no-names-are-left ()
  (smblog-export-test--with ((capture "c.pcapng") (log "log.smbd") (map "map"))
    (dolist (folder '("good" "readonly" "t-lookupnames"))
      (when (file-exists-p (smbcmp-test-data folder "log.smbd.gz"))
        (smblog-export-test--both folder capture log map)
        (let ((original (concat directory "original")) (found 0))
          (with-temp-file original
            (set-buffer-multibyte nil)
            (call-process "gzip" nil t nil "-dc" (smbcmp-test-data folder "log.smbd.gz")))
          (dolist (name (delete-dups
                         (append
                          (cl-mapcan (lambda (field)
                                       (export-test-tshark (smbcmp-test-data folder) "-Y" field
                                                           "-T" "fields" "-e" field))
                                     (list "ntlmssp.auth.username" "ntlmssp.auth.domain"
                                           "ntlmssp.challenge.target_info.dns_computer_name"
                                           "ntlmssp.challenge.target_info.nb_domain_name"))
                          (list "hello" "readme" "missing" "samba1"))))
            (when (and (> (length name) 3) (not (member name '("NULL" "localhost")))
                       (export-test-holds-p original name))
              (cl-incf found)
              (when (export-test-holds-p log name) (ert-fail (list folder name)))))
          (should (> found 3)))))
    ;; Words of Samba's functions stay in its prose, but name no share.
    (with-temp-buffer
      (insert-file-contents log)
      (should (re-search-forward "share_mode" nil t))
      (goto-char (point-min))
      (should-not (re-search-forward "\\[share\\]\\|/share\\_>\\|'share'\\|service share" nil t)))))

(defun smblog-export-test--text (text)
  "Return what TEXT, of a log, becomes."
  (smblog-export-test--with ((from "log.smbd") (to "new") (map "map"))
    (write-region (concat "[2026/11/24 01:58:14.900000, 10, pid=3, effective(0, 0), \
real(0, 0)] ../../source3/smbd/share_access.c:743(open_share_file)\n" text)
                  nil from nil 'silent)
    (let ((log (smblog-open from)))
      (smblog-export log 'all to :anonymize t :map map)
      (smblog-close log))
    (with-temp-buffer
      (insert-file-contents to)
      (forward-line 1)
      (buffer-substring (point) (point-max)))))

(ert-deftest smblog-export-test-what-has-a-form ()
  (cl-flet ((new (line) (string-trim (smblog-export-test--text (concat "  " line "\n")))))
    ;; Addresses, but not the loopback's; SIDs of domains, but not well-known ones.
    (should (string-match-p "\\`from ipv4:10\\.0\\.0\\.1:445 to ipv4:127\\.0\\.0\\.1:9\\'"
                            (new "from ipv4:192.0.2.7:445 to ipv4:127.0.0.1:9")))
    (should (string-match-p "\\`from ipv6:2001:db8::1:445\\'" (new "from ipv6:fd00:1:2::9:445")))
    (should (string-match-p "\\`ether 02:00:00:00:00:01\\'" (new "ether 52:54:00:12:34:56")))
    (let ((sid (new "sid S-1-5-21-230352-2424372-2030674-1000 S-1-5-11 S-1-22-1-7")))
      (should (string-match-p "\\`sid S-1-5-21-[0-9]+-[0-9]+-[0-9]+-1000 S-1-5-11 S-1-22-1-7\\'"
                              sid))
      (should-not (string-match-p "230352\\|2424372\\|2030674" sid)))
    ;; Keys and dumps.
    (should (equal "Session Key   [0000] .. .. .. ..   .. ..   ......"
                   (new "Session Key   [0000] 75 D3 FB B6   AD 98   u.....")))
    (should (equal "CIFS: VFS: Session Key    .. .. .. .. .. .. .. .."
                   (new "CIFS: VFS: Session Key    5a 92 df 3f a4 a5 c2 52")))
    (should-not (string-match-p "75D3FBB6AD98" (new "hash 75D3FBB6AD9815A3E5262A1B62A7DF09")))
    ;; What is no name stays.
    (dolist (line '("smbd_smb2_request_done_ex: mid [4] idx[1] status[NT_STATUS_NOT_FOUND] \
body[8] dyn[yes:1] at ../../source3/smbd/smb2_server.c:4011"
                    "at [Tue, 24 Nov 2026 01:58:08.972127 UTC] with status [NT_STATUS_OK]"
                    "guid 9fb3965c-f90f-be52-5d06-ba3e97d5ba3e time 01:58:08 file_id 65024:10:0"))
      (should (equal line (new line))))))

(ert-deftest smblog-export-test-names-are-looked-for-everywhere ()
  (let ((new (smblog-export-test--text "  name [My Plan/gr\u00fc\u00dfe \u0444\u0430\u0439\u043b.doc]
  open share for Plan failed, \u0424\u0430\u0439\u043b too; user \"jdoe\"
  jdoe did it in share_mode
")))
    (dolist (name '("Plan" "jdoe" "\u0444\u0430\u0439\u043b" "\u0424\u0430\u0439\u043b"))
      (should-not (string-match-p name new)))
    ;; Special characters, cases, lengths and Samba's words are what they were.
    (should (string-match-p "\\`  name \\[[A-Z][a-z] [A-Z][a-z]+/[a-z]+\u00fc\u00df[a-z] \
[\u0430-\u045f]\\{4\\}\\.[a-z]\\{3\\}\\]
  open share for [A-Z][a-z]\\{3\\} failed, [\u0400-\u042f][\u0430-\u045f]\\{3\\} too; \
user \"[a-z]\\{4\\}\"
  [a-z]\\{4\\} did it in share_mode
\\'" new))))

(ert-deftest smblog-export-test-as-it-is ()
  (smblog-export-test--with ((to "new"))
    (let ((log (smblog-open (smbcmp-test-data "good" "log.smbd.gz"))))
      (should (equal '(2 0) (smblog-export log '(3 5) to)))
      (should (= 2 (string-to-number
                    (shell-command-to-string (format "grep -c '^\\[20' %s" to)))))
      (should-error (smblog-export log 'all (smbcmp-test-data "good" "log.smbd.gz"))
                    :type 'smbcmp-file-error)
      ;; What is no map is not taken for one, and stays.
      (should-error (smblog-export log '(3) (concat directory "other") :anonymize t :map to)
                    :type 'smbcmp-file-error)
      (should-error (smblog-export log '(3) (concat directory "other") :map to)
                    :type 'smbcmp-error)
      (should-error (smblog-export log (list 3 (smblog-message-count log))
                                   (concat directory "other"))
                    :type 'smbcmp-error)
      (should-not (file-exists-p (concat directory "other")))
      (smblog-close log))))

(ert-deftest smblog-export-test-the-command ()
  (smblog-export-test--with ((to "new") (again "again") (map "map"))
    (let ((log (smbcmp-test-data "good" "log.smbd.gz")))
      (pcase-let ((`(,status . ,output)
                   (command-test-run "log" "--output" to "--anonymize" "--map" map log
                                     "level<=3")))
        (should (= 0 status))
        (should (string-match-p "^Wrote [0-9]+ messages to .*; [0-9]+ lines of dumps" output)))
      ;; Another Emacs goes on with the map.
      (command-test-run "log" "--output" again "--anonymize" "--map" map log "level<=3")
      (should (= 0 (call-process "cmp" nil nil nil to again)))
      (should (= 129 (car (command-test-run "log" "--anonymize" log)))))))

(provide 'smblog-export-test)
;;; smblog-export-test.el ends here
