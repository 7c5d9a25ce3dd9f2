;;; smblog-programs-test.el --- Logs of several files and programs  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Several files as one log, flows through programs, and what smbd, winbindd, ctdb and the
;; kernel tell of requests and errors.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog)
(require 'smblog-errors)
(require 'smblog-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp--module-status-class "smbcmp-module.so" (name))

;;;; Errors

(defconst smblog-test-told
  '(("[2026/11/24 01:00:00,  0] ../a.c:1(main)\n  smbd version 4.17.12 started.\n")
    ("[2026/11/24 01:00:00,  0] ../a.c:1(f)\n  f: something is wrong\n" level)
    ("[2026/11/24 01:00:00,  1] ../a.c:1(f)\n  f: something is unusual\n")
    ("[2026/11/24 01:00:00,  1] ../a.c:1(smbXsrv_tcon_create)\n     status       \
            : NT_STATUS_INTERNAL_ERROR\n")
    ("[2026/11/24 01:00:00,  2] ../a.c:1(f)\n  f: it failed: NT_STATUS_ACCESS_DENIED\n" status)
    ("[2026/11/24 01:00:00,  5] ../a.c:1(f)\n  f: it failed: NT_STATUS_ACCESS_DENIED\n")
    ("[2026/11/24 01:00:00,  3] ../a.c:1(f)\n  f: at the end: NT_STATUS_END_OF_FILE\n")
    ("[2026/11/24 01:00:00,  0] ../a.c:1(smb_panic_log)\n  PANIC (pid 5): internal error\n"
     level panic)
    ("[2026/11/24 01:00:00,  3] ../lib/util/access.c:1(allow_access)\n  Denied connection \
from 192.0.2.7 (192.0.2.7)\n" connection)
    ("[2026/11/24 01:00:00,  3] ../lib/util/access.c:1(allow_access)\n  Allowed connection \
from 192.0.2.7 (192.0.2.7)\n")
    ("[2026/11/24 01:00:00,  2] ../auth.c:1(auth_check_ntlm_password)\n  check_ntlm_password: \
 Authentication for user [u] -> [u] FAILED with error NT_STATUS_WRONG_PASSWORD, authoritative=1\n"
     logon)
    ("Nov 24 01:00:01 host kernel: CIFS: VFS: \\\\srv Send error in SessSetup = -13\n" kernel)
    ("Nov 24 01:00:01 host kernel: CIFS: VFS: RDMA transport established\n")
    ("Nov 24 01:00:01 host kernel: CIFS: fs/smb/client/file.c: VFS: in cifs_fsync as Xid: 98\n")
    ("Nov 24 01:00:01 host kernel: BUG: unable to handle page fault for address: 8\n" kernel)
    ("Nov 24 01:00:01 host kernel: ksmbd: Failed to send message: -107\n" kernel)
    ("Nov 24 01:00:01 host kernel: ksmbd: running\n")
    ("2026/11/24 01:00:02.100000 ctdbd[7]: ../ctdb/server/x.c:602 connect() failed\n" kernel)
    ("2026/11/24 01:00:02.100000 ctdbd[7]: PNN is 2\n"))
  "Messages and the kinds of errors that they tell of: (TEXT KIND...).")

(ert-deftest smblog-errors-are-what-failed ()
  "An error would not be listed, or what is none would be."
  (let ((file (make-temp-file "smblog-errors")))
    (unwind-protect
        (progn
          (write-region (mapconcat #'car smblog-test-told "") nil file nil 'silent)
          (smblog-test-with (log file)
            (should (= (smblog-message-count log) (length smblog-test-told)))
            (dolist (kinds '((level status panic kernel logon connection)
                             (level) (status) (panic) (kernel) (logon) (connection) nil))
              (let ((smblog-errors-kinds kinds))
                (should (equal (cons kinds (smblog-errors log))
                               (cons kinds
                                     (cl-loop for (_ . told) in smblog-test-told
                                              for n from 0
                                              when (cl-intersection told kinds)
                                              collect n))))))))
      (delete-file file))))

(ert-deftest smblog-errors-of-requests-are-the-failed-ones ()
  "A successful request would be marked, or a failed one not."
  (smblog-test-with (log (smbcmp-test-data "readonly" "log.smbd.gz"))
    (let ((errors (smblog-errors log)))
      (dolist (request (smblog-requests log))
        (should (eq (and (memql (plist-get request :end) errors) t)
                    (eq (smbcmp--module-status-class (plist-get request :status))
                        'failure)))))))

;;;; Several files, programs

(ert-deftest smblog-several-files-are-one-log ()
  "The files of a log would be shown in another order than that of time."
  (let* ((directory (make-temp-file "smblog-several" t))
         (whole (smbcmp-test-data "concurrent" "log.smbd.gz"))
         (requests (lambda (log)
                     (sort (mapcar (lambda (r)
                                     (format "%S" (mapcar (lambda (key) (plist-get r key))
                                                          '(:pid :mid :opcode :status :path
                                                            :messages :program))))
                                   (smblog-requests log))
                           #'string<))))
    (unwind-protect
        (progn
          (smblog-test-shell
           whole (format "(cd %s && awk '
  /^\\[20/ { p = $0; sub(/.*pid=/, \"\", p); file = \"log.\" (p + 0) } { print > file }')"
                         (shell-quote-argument directory)))
          (smblog-test-with (log directory)
            (let* ((sources (smblog-sources log))
                   (messages (cl-loop for n below (smblog-message-count log)
                                      collect (smblog--module-message log n)))
                   (names (mapconcat (lambda (source)
                                       (shell-quote-argument (plist-get source :file)))
                                     sources " ")))
              (should (> (length sources) 1))
              (should (equal (mapcar (lambda (m) (plist-get m :when)) messages)
                             (split-string
                              (smblog-test-shell
                               whole
                               (format "cat >/dev/null; cat %s | sed -n 's/^\\[\\(20[^,]*\\),.*/\\1/p' | sort -s"
                                       names))
                              "\n" t)))
              (smblog-test-with (one whole)
                (should (equal (funcall requests log) (funcall requests one))))
              (let ((file (plist-get (car sources) :file)))
                (should (equal (length (smblog-test-view-messages
                                        log (list 'source (file-name-nondirectory file))))
                               (plist-get (car sources) :messages)))
                (should (= (cl-count file messages :key (lambda (m) (plist-get m :source))
                                     :test #'equal)
                           (plist-get (car sources) :messages)))))))
      (delete-directory directory t))))

(defconst smblog-test-flow
  '(("log.winbindd"
     "[2026/11/24 01:00:00.100000,  3, pid=5, effective(0, 0), real(0, 0), class=winbind, \
traceid=38] ../../source3/winbindd/winbindd.c:1(process_request_send)\n  one\n\
[2026/11/24 01:00:00.200000, 10, pid=5, effective(0, 0), real(0, 0), class=winbind, \
traceid=381, depth=1] ../../source3/winbindd/x.c:1(f)\n  two\n\
[2026/11/24 01:00:00.400000, 10, pid=5, effective(0, 0), real(0, 0), class=winbind, \
traceid=38, depth=2] ../../source3/winbindd/x.c:1(f)\n  four\n")
    ("log.wb-DOM"
     "[2026/11/24 01:00:00.300000,  4, pid=6, effective(0, 0), real(0, 0), class=winbind, \
traceid=38] ../../source3/winbindd/winbindd_dual.c:1(child_handler)\n  three\n"))
  "Logs of winbindd: names and texts.")

(ert-deftest smblog-a-flow-is-what-has-a-trace-id ()
  "Of a request that winbindd's children work on, a part would not be shown."
  (let ((directory (make-temp-file "smblog-flow" t)))
    (unwind-protect
        (progn
          (pcase-dolist (`(,name ,text) smblog-test-flow)
            (write-region text nil (expand-file-name name directory) nil 'silent))
          (smblog-test-with (log (list (expand-file-name "log.w*" directory)))
            (should (equal (smblog-flow log 38) '(0 2 3)))
            (should (equal (smblog-flow log 3) nil))
            (should (equal (smblog-test-view-messages log '(depth 1 2)) '(1 3)))
            (should (equal (cl-loop for n below 4 for m = (smblog-message log n)
                                    collect (list (file-name-nondirectory (plist-get m :source))
                                                  (plist-get m :traceid) (plist-get m :depth)
                                                  (plist-get m :program)))
                           '(("log.winbindd" 38 nil "winbindd") ("log.winbindd" 381 1 "winbindd")
                             ("log.wb-DOM" 38 nil "winbindd") ("log.winbindd" 38 2 "winbindd"))))
            (smblog-shift log "log.wb-DOM" 60)
            (should (equal (plist-get (smblog-message log 3) :text) "  three\n"))))
      (delete-directory directory t))))

(defconst smblog-test-other-requests
  (let ((head "[2026/11/24 01:00:0%s,  3, pid=5, effective(0, 0), real(0, 0), class=winbind%s] \
../../source3/winbindd/winbindd.c:1(%s)\n  %s\n"))
    `(;; Samba 4.16 and later; one's end is told only by its trace id.
      (,(concat
         (format head 1 ", traceid=7" "process_request_send"
                 "process_request_send: [nss_winbind (70)] Handling async request: GETGROUPS")
         (format head 2 ", traceid=8" "process_request_send"
                 "process_request_send: [sshd (80)] Handling async request: GETPWNAM")
         (format head 3 ", traceid=8" "process_request_done"
                 "process_request_done: [sshd(80):GETPWNAM]: NT_STATUS_NO_SUCH_USER")
         (format head 9 ", traceid=7" "winbind_client_processed"
                 "winbind_client_processed: request took 8.000000 seconds"))
       ("winbindd" 70 "GETGROUPS" nil "nss_winbind (70)" 0 3)
       ("winbindd" 80 "GETPWNAM" "NT_STATUS_NO_SUCH_USER" "sshd (80)" 1 2))
      ;; Up to 4.15, without trace ids.
      (,(concat
         (format head 1 "" "process_request"
                 "process_request: Handling async request 70:GETGROUPS")
         (format head 2 "" "wb_request_done" "wb_request_done[70:GETGROUPS]: NT_STATUS_OK"))
       ("winbindd" 70 "GETGROUPS" "NT_STATUS_OK" "70" 0 1))
      ("[  5.1] ksmbd: Received smb2 create request\n[  5.2] ksmbd: converted name = a\n\
[  5.3] ksmbd: f:7: GOT query info request\n"
       ("ksmbd" nil "SMB2_OP_CREATE" nil nil 0 nil)
       ("ksmbd" nil "SMB2_OP_GETINFO" nil nil 2 nil))
      ;; The status follows, of the same thread.
      ("[  5.1][  T7] CIFS: fs/smb/client/transport.c: cifs_sync_mid_result: cmd=5 mid=9 state=4\n\
[  5.1][  T8] CIFS: fs/smb/client/x.c: text\n\
[  5.1][  T7] CIFS: Status code returned 0xc0000034 NT_STATUS_OBJECT_NAME_NOT_FOUND\n\
[  5.2][  T7] CIFS: fs/smb/client/transport.c: cifs_sync_mid_result: cmd=6 mid=10 state=4\n\
[  5.2][  T7] CIFS: fs/smb/client/x.c: text\n\
[  5.2][  T7] CIFS: Status code returned 0xc0000034 NT_STATUS_OBJECT_NAME_NOT_FOUND\n"
       ("kernel" 9 "SMB2_OP_CREATE" "0xc0000034" nil 0 0)
       ("kernel" 10 "SMB2_OP_CLOSE" nil nil 3 3))
      ;; What comes with an open is about the same, and what has its id later.
      (,(mapconcat
         (lambda (event) (format "  dd-%s [005] .....  526.5%s: %s\n"
                                 (nth 0 event) (nth 1 event) (nth 2 event)))
         '((8 10 "smb3_enter: \tcifs_getattr: xid=1")
           (8 11 "smb3_query_info_compound_enter: xid=1 sid=0x5 tid=0x6 path=\\a\\b")
           (8 12 "smb3_cmd_enter: \tsid=0x5 tid=0x6 cmd=5 mid=1")
           (8 13 "smb3_cmd_enter: \tsid=0x5 tid=0x6 cmd=16 mid=2")
           (8 14 "smb3_exit_done: \tcifs_getattr: xid=1")
           (8 20 "smb3_open_enter: xid=2 sid=0x5 tid=0x6 path=\\c cr_opts=0x40")
           (8 21 "smb3_cmd_enter: \tsid=0x5 tid=0x6 cmd=5 mid=3")
           (8 22 "smb3_open_done: xid=2 sid=0x5 tid=0x6 fid=0x8b46db33 cr_opts=0x40")
           (8 23 "smb3_exit_done: \tcifs_open: xid=2")
           (9 30 "smb3_write_enter: xid=0 sid=0x5 tid=0x6 fid=0x8b46db33 offset=0x0 len=0x4")
           (9 31 "smb3_cmd_enter: \tsid=0x5 tid=0x6 cmd=9 mid=4")
           (9 32 "smb3_cmd_enter: \tsid=0x5 tid=0x6 cmd=9 mid=5"))
         "")
       ("kernel" 1 "SMB2_OP_CREATE" nil "a\\b" 2 nil)
       ("kernel" 2 "SMB2_OP_GETINFO" nil "a\\b" 3 nil)
       ("kernel" 3 "SMB2_OP_CREATE" nil "c" 6 nil)
       ("kernel" 4 "SMB2_OP_WRITE" nil "c" 10 nil)
       ("kernel" 5 "SMB2_OP_WRITE" nil nil 11 nil))))
  "Logs and their requests: (TEXT (PROGRAM MID OPCODE STATUS PATH BEGIN END)...).")

(ert-deftest smblog-requests-of-other-programs ()
  "A request of winbindd, ksmbd or the kernel's client would be missing or another's."
  (let ((file (make-temp-file "smblog-requests")))
    (unwind-protect
        (pcase-dolist (`(,text . ,expected) smblog-test-other-requests)
          (write-region text nil file nil 'silent)
          (smblog-test-with (log file)
            (should (equal (mapcar (lambda (r)
                                     (mapcar (lambda (key) (plist-get r key))
                                             '(:program :mid :opcode :status :path :begin :end)))
                                   (smblog-requests log))
                           expected))))
      (delete-file file))))

(ert-deftest smblog-docker-s-file-is-a-log ()
  "Docker's json-file would be lines of JSON."
  (let ((file (make-temp-file "smblog-docker")))
    (unwind-protect
        (progn
          (write-region (concat
                         "{\"log\":\"[2026/11/24 01:58:23.855117,  3] ../a.c:1(f)\\n\",\
\"stream\":\"stderr\",\"time\":\"2026-11-24T01:58:23.883007727Z\"}\n"
                         "{\"log\":\"  say \\\"yes\\\"\\n\",\"stream\":\"stderr\",\
\"time\":\"2026-11-24T01:58:23.883017727Z\"}\n")
                        nil file nil 'silent)
          (smblog-test-with (log file)
            (should (= (smblog-message-count log) 1))
            (should (equal (plist-get (smblog-message log 0) :function) "f"))
            (should (equal (plist-get (smblog-message log 0) :text) "  say \"yes\"\n"))))
      (delete-file file))))

(provide 'smblog-programs-test)
;;; smblog-programs-test.el ends here
