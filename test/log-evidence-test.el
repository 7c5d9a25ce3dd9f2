;;; log-evidence-test.el --- Which message tells why a server differs  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Messages are Samba's, as its versions 4.13 to 4.22 write them.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-log-sides)

(defun log-evidence-test--message (function file text &optional time)
  "Return a message that says TEXT, logged by FUNCTION in FILE at TIME."
  (list :pid 42 :function function :file file :line 7 :class "all" :text text :time time))

(defun log-evidence-test--first (a b &optional status)
  "Return what messages B have first that A has not: (FUNCTION KIND LINE).
STATUS is what B's client was told."
  (let* ((same (smbcmp-log-text-same-build-p a b))
         (found (car (smbcmp-log-evidence b (smbcmp-log-text b same)
                                          (smbcmp-log-text a same) status))))
    (list (plist-get (plist-get found :message) :function)
          (plist-get found :kind) (plist-get found :line))))

(defconst log-evidence-test--routine
  '(("push_sec_ctx" "../../source3/smbd/sec_ctx.c"
     "  push_sec_ctx(0, 0) : sec_ctx_stack_ndx = 1")
    ("tdbsam_getsampwnam" "../../source3/passdb/pdb_tdb.c"
     "  pdb_getsampwnam (TDB): error fetching database.\n   Key: USER_root")
    ("share_mode_memcache_fetch" "../../source3/locking/share_mode_lock.c"
     "  share_mode_memcache_fetch: failed to find entry for key 65024:11:0")
    ("fetch_share_mode_unlocked" "../../source3/locking/share_mode_lock.c"
     "  fetch_share_mode_unlocked: g_lock_dump failed: NT_STATUS_NOT_FOUND")
    ("interpret_string_addr_internal" "../../lib/util/util_net.c"
     "  interpret_string_addr_internal: getaddrinfo failed for name vm (flags 34) [Temporary failure in name resolution]")
    ("dom_sid_parse_endp" "../../libcli/security/dom_sid.c"
     "  string_to_sid: SID smbv is not in a valid format")
    ("fget_ea_dos_attribute" "../../source3/smbd/dosmode.c"
     "  fget_ea_dos_attribute: Cannot get attribute from EA on file x: Error = No data available")
    ("smbXsrv_open_global_store" "../../source3/smbd/smbXsrv_open.c"
     "  &global_blob: struct smbXsrv_open_globalB\n      num_invalid : 1"))
  "Messages that explain nothing, though some tell of failures.")

(ert-deftest log-evidence-test-the-failure-leads-not-what-happens-anyway ()
  "Of all that only one server logged, what tells of a failure comes first."
  (pcase-dolist
      (`(,function ,file ,text)
       '(("smbd_smb2_tree_connect" "../../source3/smbd/smb2_tcon.c"
          "  smbd_smb2_tree_connect: Max connections (1) exceeded for [share][share]")
         ("strict_lock_check_default" "../../source3/locking/locking.c"
          "  strict_lock_default: flavour = WINDOWS_LOCK brl start=0 len=9 locked for fnum 1")
         ("user_ok_token" "../../source3/smbd/share_access.c" "  User u not in 'valid users'")
         ("mkdir_internal" "../../source3/smbd/open.c"
          "  mkdir_internal: failing share access share")
         ("vfswrap_pwrite" "../../source3/modules/vfs_default.c" "  write: No space left on device")
         ("smb_set_file_dosmode" "../../source3/smbd/dosmode.c" "  couldn't set mode of x")
         ("mask_conflict" "../../source3/smbd/open.c"
          "  mask_conflict: Access request 0x1/0x6 conflicts with existing sharemode 0x1/0x2")
         ("can_delete_directory_fsp" "../../source3/smbd/dir.c"
          "  can_delete_directory_fsp: got name readme.txt - can't delete")
         ("msg_kill_client_ip" "../../source3/smbd/smb2_process.c"
          "  msg_kill_client_ip: Got kill request for client IP 127.0.0.1")))
    (let ((both (list (log-evidence-test--message "fd_openat" "source3/smbd/open.c" "  fd_openat: OK")))
          (routine (mapcar (lambda (args) (apply #'log-evidence-test--message args))
                           log-evidence-test--routine)))
      (should (equal (list function 'failure)
                     (seq-take
                      (log-evidence-test--first
                       both
                       (append both routine
                               (list (log-evidence-test--message function file text))))
                      2))))))

(ert-deftest log-evidence-test-what-went-well-is-no-failure ()
  "What sounds like a failure and is none does not lead."
  (dolist (text '("  strict_lock_default: brl start=0 len=9 unlocked for fnum 1"
                  "  share_conflict: No conflict due to existing access_mask = 0x0"
                  "  pread_recv returned 9, err = no error"
                  "  scheduled aio_read completed (errcode = 0, NTSTATUS = NT_STATUS_OK)"
                  "  returned STATUS_BUFFER_OVERFLOW"))
    (should (eq 'other (nth 1 (log-evidence-test--first
                               nil (list (log-evidence-test--message "f" "source3/smbd/x.c"
                                                                     text))))))))

(ert-deftest log-evidence-test-a-failure-that-was-not-passed-on-comes-later ()
  "A status that the client was not told yields to the one that it was."
  (let ((looked (log-evidence-test--message
                 "fd_openat" "source3/smbd/open.c"
                 "  fd_openat: name up.bin, fd = -1. NT_STATUS_OBJECT_NAME_NOT_FOUND"))
        (denied (log-evidence-test--message
                 "open_file_ntcreate" "source3/smbd/open.c"
                 "  open_file_ntcreate: file up.bin returned NT_STATUS_ACCESS_DENIED")))
    (should (equal '("open_file_ntcreate" failure)
                   (seq-take (log-evidence-test--first nil (list looked denied)
                                                       "NT_STATUS_ACCESS_DENIED")
                             2)))
    (should (equal '("open_file_ntcreate" failure)
                   (seq-take (log-evidence-test--first nil (list looked denied)) 2)))
    (should (equal '("fd_openat" incidental)
                   (seq-take (log-evidence-test--first nil (list looked)
                                                       "NT_STATUS_ACCESS_DENIED")
                             2)))))

(ert-deftest log-evidence-test-what-is-not-there-comes-after-settings ()
  "That a file is not there explains less than a setting of one server alone."
  (let ((looked (log-evidence-test--message
                 "fd_openat" "source3/smbd/open.c"
                 "  fd_openat: name HELLO.TXT, fd = -1. NT_STATUS_OBJECT_NAME_NOT_FOUND"))
        (missing (log-evidence-test--message
                  "open_file_ntcreate" "source3/smbd/open.c"
                  "  open_file_ntcreate: FILE_OPEN requested for file HELLO.TXT and file doesn't exist."))
        (setting (log-evidence-test--message
                  "lp_do_parameter" "source3/param/loadparm.c"
                  "  doing parameter case sensitive = yes")))
    (should (equal '("lp_do_parameter" setting)
                   (seq-take (log-evidence-test--first nil (list looked missing setting)
                                                       "NT_STATUS_OBJECT_NAME_NOT_FOUND")
                             2)))
    (should (equal '("fd_openat" incidental)
                   (seq-take (log-evidence-test--first nil (list looked missing)
                                                       "NT_STATUS_OBJECT_NAME_NOT_FOUND")
                             2)))))

(ert-deftest log-evidence-test-a-status-that-becomes-another ()
  "What the client is told may be another name of what failed: that leads."
  (should (equal '("fd_openat" failure)
                 (seq-take
                  (log-evidence-test--first
                   nil
                   (list (log-evidence-test--message
                          "fd_openat" "source3/smbd/open.c"
                          "  fd_openat: name a, fd = -1. NT_STATUS_STOPPED_ON_SYMLINK")
                         (log-evidence-test--message
                          "openat_pathref_fullname" "source3/smbd/files.c"
                          "  Opening pathref for [a] failed: NT_STATUS_OBJECT_NAME_NOT_FOUND"))
                   "NT_STATUS_OBJECT_NAME_NOT_FOUND")
                  2))))

(ert-deftest log-evidence-test-a-setting-that-one-server-has ()
  "In a message of many lines, the one that only one server logged is told."
  (let ((a "  INFO: Current debug levels:\n    all: 10\n  doing parameter log level = 10")
        (b "  INFO: Current debug levels:\n    all: 10\n  doing parameter log level = 10
  doing parameter server smb encrypt = required"))
    (cl-flet ((say (text) (list (log-evidence-test--message "debug_dump_status"
                                                            "lib/util/debug.c" text))))
      (should (equal '("debug_dump_status" setting
                       "doing parameter server smb encrypt = required")
                     (log-evidence-test--first (say a) (say b)))))))

(ert-deftest log-evidence-test-settings-and-their-sections ()
  "Settings are told with their share, each once; where files are is routine."
  (let* ((texts '("  lp_do_section: Processing section \"[global]\"\n  doing parameter smb ports = 445"
                  "  INFO: Current debug levels:\n    all: 10\n  doing parameter lock directory = /x"
                  "  Processing section \"[lp]\"\n  doing parameter path = /x\n  doing parameter printable = no"
                  "  lp_do_section: Processing section \"[global]\"\n  doing parameter smb ports = 445"))
         (messages (mapcar (lambda (text)
                             (log-evidence-test--message "lp_do_section" "source3/param/loadparm.c"
                                                         text))
                           texts))
         (settings (smbcmp-log-evidence-settings messages)))
    (should (equal '("[global] smb ports = 445" "[global] lock directory = /x" "[lp] path = /x"
                     "[lp] printable = no")
                   (mapcar #'car settings)))
    (should (eq (nth 2 messages) (cdr (nth 3 settings))))
    (should (equal '(setting routine routine setting)
                   (mapcar (lambda (setting) (smbcmp-log-evidence-setting (car setting)))
                           settings)))))

(ert-deftest log-evidence-test-the-status-alone-is-the-reply ()
  "A message that has nothing but the status explains no more than the reply."
  (let ((status (log-evidence-test--message "create_file_unixpath" "source3/smbd/open.c"
                                            "  create_file_unixpath: NT_STATUS_CANNOT_DELETE"))
        (why (log-evidence-test--message "can_set" "source3/smbd/open.c"
                                         "  can_set: file is read only")))
    (should (equal '("create_file_unixpath" reply)
                   (seq-take (log-evidence-test--first nil (list status)) 2)))
    (should (equal '("can_set" failure)
                   (seq-take (log-evidence-test--first nil (list status why)) 2)))))

(ert-deftest log-evidence-test-names-that-go-together-are-masked ()
  "A file that is called otherwise in the other run makes no difference."
  (cl-flet ((text (name)
              (smbcmp-log-text (list (log-evidence-test--message
                                      "f" "source3/smbd/open.c" (format "  f: opened ./%s x%s"
                                                                        name name)))
                               t (list name))))
    (should (string-match-p "opened \\./\\[name\\] xhello.txt" (car (text "hello.txt"))))))

(ert-deftest log-evidence-test-the-users-rules-decide ()
  "A rule of the user's makes a message routine, or lead."
  (let* ((mine (log-evidence-test--message "vfs_mine" "source3/modules/vfs_mine.c"
                                           "  vfs_mine: flag 4"))
         (failed (log-evidence-test--message "vfs_other" "source3/modules/vfs_other.c"
                                             "  vfs_other: failed")))
    (should (equal "vfs_other" (car (log-evidence-test--first nil (list mine failed)))))
    (let ((smbcmp-user-log-evidence '((:kind failure :function "vfs_mine"))))
      (should (equal "vfs_mine" (car (log-evidence-test--first nil (list mine failed))))))
    (let ((smbcmp-user-log-evidence '((:kind routine :file "source3/modules/vfs_other"))))
      (should (equal "vfs_mine" (car (log-evidence-test--first nil (list mine failed))))))))

(ert-deftest log-evidence-test-another-build-is-no-difference ()
  "Directories, lines, functions and debug classes of another build are none."
  (cl-flet ((message (function file line class text)
              (list :pid 42 :function function :file file :line line :class class :text text)))
    (let* ((a (list (message "change_to_user_and_service" "../../source3/smbd/uid.c" 10 nil
                             "  change_to_user_and_service: Impersonated user: uid=(1,1)")
                    (message "reply" "../../source3/smbd/reply.c" 20 nil
                             "  reply: status[NT_STATUS_OK] at ../../source3/smbd/reply.c:20")
                    (message "f" "../../source3/smbd/open.c" 30 nil "  f: opened x")))
           (b (list (message "print_impersonation_info" "source3/smbd/uid.c" 11 "auth"
                             "  print_impersonation_info: Impersonated user: uid=(1,1)")
                    (message "reply" "source3/smbd/smb1_reply.c" 21 "smb"
                             "  reply: status[NT_STATUS_OK] at source3/smbd/smb1_reply.c:21")
                    (message "f" "source3/smbd/open.c" 31 "smb2" "  f: opened x")))
           (same (smbcmp-log-text-same-build-p a b)))
      (should-not same)
      (should (equal (smbcmp-log-text a same) (smbcmp-log-text b same))))
    ;; Of the same sources, built in another directory.
    (let ((a (list (message "f" "../../source3/smbd/open.c" 30 nil
                            "  f: at ../../source3/smbd/open.c:20")))
          (b (list (message "f" "source3/smbd/open.c" 30 nil "  f: at source3/smbd/open.c:20"))))
      (should (smbcmp-log-text-same-build-p a b))
      (should (equal (smbcmp-log-text a t) (smbcmp-log-text b t))))))

(ert-deftest log-evidence-test-dumps-of-smb1-are-no-difference ()
  "What SMB1's dumps have of ids and words is masked, the status is not."
  (cl-flet ((dump (mid uid word error)
              (list (log-evidence-test--message
                     "show_msg" "source3/lib/util.c"
                     (format "  size=35\n  smb_com=0x73\n  smb_err=%d\n  smb_pid=%d\n  \
smb_uid=%d\n  smb_mid=%d\n  smt_wct=2\n  smb_vwv[ 0]=%5d (0x%X)\n  smb_vwv[ 1]=   1 (0x1)\n  \
smb_bcc=2\n[0000] 41 %02X  A." error mid uid mid word word word)))))
    (should (equal (smbcmp-log-text (dump 1 2 3 5) t) (smbcmp-log-text (dump 9 8 7 5) t)))
    (should-not (equal (smbcmp-log-text (dump 1 2 3 5) t)
                       (smbcmp-log-text (dump 1 2 3 0) t)))))

(ert-deftest log-evidence-test-masks-reach-over-no-message ()
  "Messages are masked one by one, whatever they end and begin with."
  (should (equal '("  f says\n[dump]\n" "  [dump]\n" "  key [id]\n")
                 (smbcmp-log-text
                  (mapcar (lambda (text) (log-evidence-test--message "f" "a.c" text))
                          '("  f says\n[0000] 41 41   AA" "  [0010] 4A 4A   JJ" "  key 77"))
                  nil))))

(ert-deftest log-evidence-test-where-the-server-waited ()
  "The message before the longest wait is told, not routine that came after it."
  (let ((wait (smbcmp-log-evidence-wait
               (list (log-evidence-test--message "a" "source3/smbd/open.c" "  a: begins" 1.0)
                     (log-evidence-test--message "delay_for_oplock_fn" "source3/smbd/open.c"
                                                 "  delay_for_oplock_fn: breaking from 7 to 1" 1.5)
                     (log-evidence-test--message "push_sec_ctx" "source3/smbd/sec_ctx.c"
                                                 "  push_sec_ctx(0, 0)" 1.6)
                     (log-evidence-test--message "b" "source3/smbd/open.c" "  b: ends" 36.6)))))
    (should (= 1 (cdr wait)))
    (should (< 34.9 (car wait) 35.1))))

(defun log-evidence-test--side (wire served messages)
  "Return a side whose request took WIRE seconds, SERVED of them in the server.
MESSAGES are what it logged."
  (smbcmp-log-side--make :exchange (list :status "STATUS_SUCCESS") :wire wire
                         :requests (list (list :duration served)) :messages messages))

(ert-deftest log-evidence-test-slower-in-the-server-or-not ()
  "Of a slower request, the message that the server waited at leads, if it did wait."
  (cl-flet ((messages (pause)
              (list (log-evidence-test--message "a" "source3/smbd/open.c" "  a: begins" 1.0)
                    (log-evidence-test--message "waits" "source3/smbd/open.c" "  waits: now" 1.1)
                    (log-evidence-test--message "b" "source3/smbd/open.c" "  b: ends"
                                                (+ 1.1 pause)))))
    (let* ((fast (log-evidence-test--side 0.11 0.11 (messages 0.01)))
           (waited (log-evidence-test--side 2.2 2.1 (messages 2.0)))
           (late (log-evidence-test--side 2.2 0.11 (messages 0.01)))
           (first (car (smbcmp-log-side-candidates fast waited t))))
      (should (eq 'wait (plist-get first :kind)))
      (should (eq waited (plist-get first :side)))
      (should (equal "waits" (plist-get (plist-get first :message) :function)))
      (should (< 1.9 (plist-get first :seconds) 2.1))
      ;; Whichever way round.
      (should (eq waited (plist-get (car (smbcmp-log-side-candidates waited fast t)) :side)))
      ;; The server said the same in the same time: it is elsewhere.
      (should-not (smbcmp-log-side-candidates fast late t))
      (should (equal "2.200 s on the wire, 110.00 ms of it in the server"
                     (smbcmp-log-side-time late))))))

(ert-deftest log-evidence-test-the-side-that-failed-leads ()
  "If A failed and B did not, it is A's log that tells why."
  (let* ((denied (list (log-evidence-test--message "check" "source3/smbd/open.c"
                                                   "  check: access denied")))
         (opened (list (log-evidence-test--message "open" "source3/smbd/open.c"
                                                   "  open: opened")))
         (failed (smbcmp-log-side--make :exchange (list :status "STATUS_ACCESS_DENIED")
                                        :messages denied))
         (went-well (smbcmp-log-side--make :exchange (list :status "STATUS_SUCCESS")
                                           :messages opened)))
    (dolist (order (list (list failed went-well) (list went-well failed)))
      (let ((candidates (smbcmp-log-side-candidates (car order) (cadr order) nil)))
        (should (eq failed (plist-get (car candidates) :side)))
        (should (= 2 (length candidates)))))))

(provide 'log-evidence-test)
;;; log-evidence-test.el ends here
