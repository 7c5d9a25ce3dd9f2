;;; smblog-client-test.el --- What Linux' client logs and the frames it sent  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The kernel's log and traces of its events were recorded with captures by
;; record-cifs.sh.  What they tell of is found by awk, and what a request is
;; in the capture, by tshark.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'subr-x)
(require 'smbcmp)
(require 'smblog-errors)
(require 'smblog-file)
(require 'smblog-link)
(require 'smblog-pair)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smblog--module-text "smbcmp-module.so" (log from to))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function parity--tshark "parity-test" (&rest arguments))

;;;; The truth

(defun smblog-client-test--file (folder &optional name)
  "Return the name of file NAME of FOLDER, by default the capture."
  (smbcmp-test-data (concat "cifs-kernel/" folder) (or name "capture.pcapng.gz")))

(defun smblog-client-test--lines (program &rest arguments)
  "Return the lines that PROGRAM prints on ARGUMENTS, lists of numbers."
  (with-temp-buffer
    (should (eq 0 (apply #'call-process program nil '(t nil) nil arguments)))
    (cl-loop for line in (split-string (buffer-string) "\n" t)
             collect (mapcar #'string-to-number (split-string line)))))

(defun smblog-client-test--told (folder name)
  "Return what the log NAME of FOLDER tells of, a list of (MID CMD), by awk.
Those are the calls in a trace, and the replies in the kernel's log."
  (smblog-client-test--lines
   "sh" "-c"
   "zcat \"$0\" | awk '/smb3_cmd_enter:|sync_mid_result: cmd/ {
      for (i = 1; i <= NF; i++) {
        if ($i ~ /^cmd=/) cmd = substr($i, 5)
        if ($i ~ /^mid=/) mid = substr($i, 5)
      }
      print mid, cmd
    }'" (smblog-client-test--file folder name)))

(defun smblog-client-test--pdus (folder)
  "Return the PDUs of FOLDER's capture as tshark has them.
They are lists (FRAME STREAM MID CMD RESPONSE-P SESSION STATUS)."
  (let ((fields '("frame.number" "tcp.stream" "smb2.msg_id" "smb2.cmd"
                  "smb2.flags.response" "smb2.sesid" "smb2.nt_status"
                  "smb.mid" "smb.cmd" "smb.flags.response"))
        (text nil))
    (setq text (apply #'parity--tshark "-r" (smblog-client-test--file folder)
                      "-Y" "smb2 || smb" "-T" "fields"
                      (mapcan (lambda (field) (list "-e" field)) fields)))
    (cl-loop
     for line in (split-string text "\n" t)
     for (frame stream mids cmds responses sessions statuses mid1 cmd1 response1)
     = (split-string line "\t")
     for own = (list (string-to-number frame) (string-to-number stream))
     if (equal "" mids)
     collect (append own
                     (list (string-to-number mid1)
                           (browse-tshark-number (car (split-string cmd1 ",")))
                           (and (member response1 '("1" "True")) t) 0 nil))
     else
     nconc (cl-loop with statuses = (split-string statuses "," t)
                    for mid in (split-string mids ",")
                    for cmd in (split-string cmds ",")
                    for response in (split-string responses ",")
                    for session in (split-string sessions ",")
                    for response-p = (and (member response '("1" "True")) t)
                    collect (append own
                                    (list (string-to-number mid) (string-to-number cmd)
                                          response-p
                                          (string-to-number (substring session 2) 16)
                                          (and response-p (pop statuses))))))))

(defun smblog-client-test--links (folder name &optional capture-folder)
  "Return the links of log NAME of FOLDER, and capture-FOLDER's capture.
That is by default FOLDER's own."
  (let ((log (smblog-open (smblog-client-test--file folder name)))
        (capture (smbcmp-open (smblog-client-test--file (or capture-folder folder)))))
    (unwind-protect (smblog-link log capture)
      (smbcmp-close capture)
      (smblog-close log))))

(defun smblog-client-test--states (links)
  "Return how many of LINKS are certain, ambiguous and none."
  (mapcar (lambda (state) (cl-count state links :key #'cadr)) '(certain ambiguous none)))

(defun smblog-client-test--command (request)
  "Return the number of the command of REQUEST, as [MS-SMB2] 2.2.1.2 has it."
  (let ((opcode (plist-get request :opcode)))
    (if (string-prefix-p "SMB1 0x" opcode)
        (string-to-number (substring opcode 7) 16)
      (cl-position (string-remove-prefix "SMB2_OP_" opcode)
                   '("NEGPROT" "SESSSETUP" "LOGOFF" "TCON" "TDIS" "CREATE" "CLOSE" "FLUSH"
                     "READ" "WRITE" "LOCK" "IOCTL" "CANCEL" "KEEPALIVE" "QUERY_DIRECTORY"
                     "NOTIFY" "GETINFO" "SETINFO" "BREAK")
                   :test #'equal))))

(defun smblog-client-test--told-by (links)
  "Return what LINKS are of as `smblog-client-test--told' does."
  (cl-loop for (request . _) in links
           collect (list (plist-get request :mid) (smblog-client-test--command request))))

(defun smblog-client-test--check (link pdus)
  "Check that the certain LINK leads to the one of PDUS that it is, and its reply.
If the log tells a session, that is the connection's."
  (pcase-let* ((`(,request certain ,frame ,response) link)
               (mid (plist-get request :mid))
               (cmd (smblog-client-test--command request))
               (session (plist-get request :session))
               (streams (mapcar #'cl-second
                                (if session
                                    (cl-remove session pdus :key #'cl-sixth :test-not #'eql)
                                  pdus)))
               (alike (cl-remove-if-not
                       (pcase-lambda (`(,_ ,stream ,m ,c . ,_))
                         (and (memql stream streams) (eql m mid) (eql c cmd)))
                       pdus))
               (replies (cl-remove-if-not #'cl-fifth alike)))
    (should (equal (list frame) (mapcar #'car (cl-remove-if #'cl-fifth alike))))
    (should (equal (list request response) (list request (caar (last replies)))))
    ;; The client was told what the wire says.
    (when-let* ((status (plist-get request :status)))
      (should (equal (list request (browse-tshark-number (cl-seventh (car (last replies)))))
                     (list request
                           (pcase status
                             ("NT_STATUS_OK" 0)
                             ("STATUS_NO_MORE_FILES" #x80000006)
                             ("NT_STATUS_MORE_PROCESSING_REQUIRED" #xc0000016)
                             (_ (string-to-number (substring status 2) 16)))))))))

;;;; Links

(ert-deftest smblog-client-test-traces-are-linked-to-their-frames ()
  "Every call in a trace leads to its own request, of several connections, too."
  (dolist (folder '("6.1" "6.1-again" "6.1-two" "6.1-badpw" "5.10" "6.12"))
    (let ((links (smblog-client-test--links folder "trace.gz"))
          (pdus (smblog-client-test--pdus folder)))
      (should (> (length links) 2))
      (should (equal (list folder (length links) 0 0)
                     (cons folder (smblog-client-test--states links))))
      (should (equal (smblog-client-test--told folder "trace.gz")
                     (smblog-client-test--told-by links)))
      ;; No request of the capture is left.
      (should (= (length links) (cl-count nil pdus :key #'cl-fifth)))
      (dolist (link links) (smblog-client-test--check link pdus)))))

(ert-deftest smblog-client-test-kernel-logs-are-linked-to-their-frames ()
  "The kernel's log of one connection leads to frames by an id of its server."
  (dolist (folder '("6.1" "5.10" "6.12"))
    (let ((links (smblog-client-test--links folder "dmesg.gz"))
          (pdus (smblog-client-test--pdus folder)))
      (should (>= (length links) 10))
      (should (equal (list folder (length links) 0 0)
                     (cons folder (smblog-client-test--states links))))
      (should (equal (smblog-client-test--told folder "dmesg.gz")
                     (smblog-client-test--told-by links)))
      (dolist (link links) (smblog-client-test--check link pdus)))))

(ert-deftest smblog-client-test-without-a-session-it-may-be-any-connection ()
  "The kernel's log of two connections does not tell which; nor whether SMB1's is."
  (pcase-dolist (`(,folder . ,several) '(("6.1-two" . t) ("6.1-smb1" . nil)
                                         ("6.1-badpw" . nil)))
    (let ((links (smblog-client-test--links folder "dmesg.gz"))
          (pdus (cl-remove-if #'cl-fifth (smblog-client-test--pdus folder)))
          most)
      (should (equal (smblog-client-test--told folder "dmesg.gz")
                     (smblog-client-test--told-by links)))
      (should (equal (list folder 0 (length links) 0)
                     (cons folder (smblog-client-test--states links))))
      (pcase-dolist (`(,request ,_ ,_ ,_ ,frames) links)
        (let ((alike (cl-remove-if-not
                      (pcase-lambda (`(,_ ,_ ,mid ,cmd . ,_))
                        (and (eql mid (plist-get request :mid))
                             (eql cmd (smblog-client-test--command request))))
                      pdus)))
          (should (equal (mapcar #'car alike) frames))
          (setq most (max (or most 0) (length frames)))))
      (should (eql (if several 2 1) most)))))

(ert-deftest smblog-client-test-another-run ()
  "Logs of another run with the same ids of messages are linked to nothing."
  (dolist (name '("trace.gz" "dmesg.gz"))
    (pcase-dolist (`(,folder . ,other) '(("6.1" . "6.1-again") ("6.1" . "6.12")
                                         ("5.10" . "6.1")))
      (let ((links (smblog-client-test--links folder name other)))
        (should (> (length links) 9))
        (should (equal (list 0 0 (length links)) (smblog-client-test--states links)))))))

(ert-deftest smblog-client-test-small-ids-are-told-by-their-time ()
  "Where a server counts its ids from 1, as ksmbd does, the rhythm links a trace to frames.
That of another run does not fit."
  (let ((file (make-temp-file "smblog-client")))
    (unwind-protect
        (pcase-dolist (`(,folder ,other ,enough) '(("6.1" "6.1-again" t) ("6.1-again" "6.1" t)
                                                   ("6.1-badpw" "6.1" nil)))
          (should (eq 0 (call-process "sh" nil nil nil "-c"
                                      "zcat \"$0\" | sed -E 's/\\b([st]id)=0x[0-9a-f]+/\\1=0x1/g' >\"$1\""
                                      (smblog-client-test--file folder "trace.gz") file)))
          (let ((log (smblog-open file))
                (expected (mapcar (lambda (link) (seq-take (cdr link) 3))
                                  (smblog-client-test--links folder "trace.gz"))))
            (dolist (name (list folder other))
              (let* ((capture (smbcmp-open (smblog-client-test--file name)))
                     (links (smblog-link log capture)))
                (smbcmp-close capture)
                (if (and enough (equal name folder))
                    (should (equal expected (mapcar (lambda (link) (seq-take (cdr link) 3))
                                                    links)))
                  (should (zerop (car (smblog-client-test--states links)))))))
            (smblog-close log)))
      (delete-file file))))

(ert-deftest smblog-client-test-as-dmesg-shows-it ()
  "However dmesg shows the log, it tells the same, and frames are the same."
  (let ((frames (lambda (name)
                  (mapcar (lambda (link) (list (plist-get (car link) :mid) (nth 2 link)
                                               (nth 3 link)))
                          (smblog-client-test--links "6.1" name)))))
    (dolist (name '("dmesg-T.gz" "dmesg-x.gz" "dmesg-r.gz" "dmesg-iso.gz"))
      (should (equal (cons name (funcall frames "dmesg.gz"))
                     (cons name (funcall frames name)))))))

(ert-deftest smblog-client-test-a-line-of-another-connection ()
  "One reply that is not the capture's makes all of the kernel's log doubtful."
  (let ((file (make-temp-file "smblog-client"))
        (capture (smbcmp-open (smblog-client-test--file "6.1"))))
    (should (eq 0 (call-process "sh" nil nil nil "-c"
                                "zcat \"$0\" | sed 's/cmd=5 mid=5 /cmd=8 mid=5 /' >\"$1\""
                                (smblog-client-test--file "6.1" "dmesg.gz") file)))
    (let* ((log (smblog-open file)) (links (smblog-link log capture)))
      (should (equal (list 0 (1- (length links)) 1) (smblog-client-test--states links)))
      (smblog-close log))
    (smbcmp-close capture)
    (delete-file file)))

;;;; Files

(ert-deftest smblog-client-test-visiting ()
  "The kernel's logs and traces are logs when visited, nothing else of the kernel is."
  (let ((directory (make-temp-file "smblog-client" t)))
    (unwind-protect
        (pcase-dolist (`(,name ,source ,edit ,mode)
                       '(("dmesg.txt" "dmesg.gz" "cat" smblog-mode)
                         ("anything" "dmesg-T.gz" "cat" smblog-mode)
                         ("trace" "trace.gz" "cat" smblog-mode)
                         ("kern.log" "dmesg.gz" "sed 's/^/Nov 24 01:58:23 host kernel: /'"
                          smblog-mode)
                         ;; Far from the beginning.
                         ("dmesg" "dmesg.gz" "awk 'BEGIN { for (; i < 2000; i++) print \"[    0.000001] memory\" } 1'"
                          smblog-mode)
                         ("dmesg.0" "dmesg.gz" "sed 's/CIFS: .*/usb 1-1: new device/'" nil)
                         ("trace.c" "dmesg.gz" "sed 's/.*/ \\* Prints: &/'" c-mode)))
          (let ((file (expand-file-name name directory)))
            (should (eq 0 (call-process "sh" nil nil nil "-c"
                                        (format "zcat \"$0\" | %s >\"$1\"" edit)
                                        (smblog-client-test--file "6.1" source) file)))
            (with-current-buffer (find-file-noselect file)
              (should (equal (list name mode)
                             (list name (if (eq major-mode 'fundamental-mode) nil major-mode))))
              (kill-buffer))))
      (delete-directory directory t))))

(ert-deftest smblog-client-test-beside-a-capture ()
  "The kernel's logs beside a capture are offered."
  (should (equal '("dmesg.gz" "trace.gz")
                 (mapcar #'file-name-nondirectory
                         (smblog-pair-logs-beside (smblog-client-test--file "5.10"))))))

(ert-deftest smblog-client-test-no-message-ids ()
  "A log that can't be linked to frames says why."
  (let ((directory (make-temp-file "smblog-client" t)))
    (unwind-protect
        (pcase-dolist
            (`(,text . ,reason)
             '(("INFO: Current debug levels:\nClient started (version 4.17.12-Debian).\n"
                . "client's log without message ids")
               ("[2026/11/24 01:58:32.1,  5] ../../source3/libsmb/x.c:1(f)\n  Client started (version 4.17.12-Debian).\n"
                . "client's log without message ids")
               ("[   36.240705] CIFS: VFS: \\\\srv Send error in SessSetup = -13\n"
                . "the kernel tells of no message ids")
               ("[2026/11/24 01:58:32.1,  5] ../../source3/smbd/x.c:1(f)\n  text\n"
                . "level 10")))
          (let ((file (expand-file-name "log.x" directory)))
            (write-region text nil file)
            (let ((log (smblog-open file)))
              (should (string-match-p reason (smblog-pair-no-requests log)))
              (smblog-close log))))
      (delete-directory directory t))))

;;;; Errors

(defun smblog-client-test--errors (file)
  "Return the lines of FILE that `smblog-list-errors' lists."
  (let* ((log (smblog-open file))
         (view (smblog--module-view log (smblog-errors-filter))))
    (unwind-protect
        (cl-loop for place below (smblog-hits-wait view)
                 for number = (smblog--module-view-nth view place)
                 collect (string-trim-right
                          (smblog--module-text log number (1+ number))))
      (smblog-close log))))

(ert-deftest smblog-client-test-errors ()
  "Errors are the failed events, what the client tells its user and bad statuses."
  (let ((count 0))
    (dolist (folder '("5.10" "6.1" "6.1-badpw" "6.1-smb1" "6.1-two" "6.12"))
      (dolist (name '("trace.gz" "dmesg.gz" "dmesg-x.gz" "dmesg-T.gz"))
        (let ((file (smblog-client-test--file folder name)))
          (when (file-exists-p file)
            (let ((expected
                   (process-lines
                    "sh" "-c"
                    "zcat \"$0\" | awk '
                       /0xc0000016|0x80000006|0xc0000011|0x00000103|NT_STATUS_OK/ { next }
                       /smb3_[a-z0-9_]*_err:|CIFS: VFS: |: Status code returned/'"
                    file)))
              (should (equal (cons file (smblog-client-test--errors file))
                             (cons file expected)))
              (cl-incf count (length expected)))))))
    (should (> count 60))))

(ert-deftest smblog-client-test-errors-ignored ()
  "A status is ignored by its name, or by its number where no name is; keys are none."
  (let ((file (make-temp-file "smblog-client"))
        (event "   ls-181     [001] .....    3.864330: smb3_cmd_err: \tsid=0x1 tid=0x1 cmd=14 mid=2 status=0x%s rc=-2")
        (line "[   36.240705] CIFS: "))
    (unwind-protect
        (cl-flet ((errors-of (ignored &rest lines)
                    (write-region (concat (mapconcat #'identity lines "\n") "\n") nil file nil 'silent)
                    (let ((smblog-errors-ignored ignored))
                      (length (smblog-client-test--errors file)))))
          (let ((missing (format event "c0000034"))
                (told (concat line "Status code returned 0xc0000034 STATUS_OBJECT_NAME_NOT_FOUND")))
            (should (equal (list (errors-of nil missing) (errors-of nil told)) '(1 1)))
            (should (equal (errors-of '("0xc0000034") missing) 0))
            (should (equal (errors-of '("0xc0000034") told) 0))
            (should (equal (errors-of '("NT_STATUS_OBJECT_NAME_NOT_FOUND") told) 0))
            (should (equal (errors-of '("NT_STATUS_OBJECT_NAME") told) 1)))
          (should (equal (errors-of '("NT_STATUS_PENDING") (format event "00000103")) 0))
          (should (equal (errors-of nil (format event "00000103")) 0))
          (should (equal (errors-of nil (format event "c000000d")) 1))
          (should (equal (errors-of nil
                                    (concat line "VFS: generate_smb3signingkey: dumping generated AES session keys")
                                    (concat line "VFS: Session Id    31 00 00 54 64 1c 00 00")
                                    (concat line "VFS: ServerIn Key   0a 47 11 de")
                                    (concat line "VFS: No writable handles for inode"))
                         1)))
      (delete-file file))))

(provide 'smblog-client-test)
;;; smblog-client-test.el ends here
