;;; smblog-fact-test.el --- Whose process it is, from what Samba says  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Each phrase that tells of a client, a user, a share or an id, as Samba's
;; sources print it: one that is no longer known is missed here.

;;; Code:

(require 'ert)
(require 'smbcmp)
(require 'smblog-test)

(declare-function smblog--module-facts "smbcmp-module.so" (log))

(defconst smblog-fact-test--phrases
  '(("source3/smbd/smb2_process.c" "smbd_add_connection"
     "Connection allowed from ipv4:192.0.2.1:1001 to ipv4:192.0.2.9:445"
     (client "ipv4:192.0.2.1:1001"))
    ("source3/smbd/smb2_process.c" "smbd_add_connection"
     "Connection denied from ipv4:192.0.2.2:1002 to ipv4:192.0.2.9:445"
     (client "ipv4:192.0.2.2:1002"))
    ("source3/smbd/process.c" "smbd_process"
     "Connection allowed from ipv4:192.0.2.3:1003 to ipv4:192.0.2.9:445"
     (client "ipv4:192.0.2.3:1003"))
    ("source3/smbd/process.c" "smbd_process"
     "Connection denied from ipv4:192.0.2.4:1004 to ipv4:192.0.2.9:445"
     (client "ipv4:192.0.2.4:1004"))
    ("lib/util/access.c" "allow_access" "Allowed connection from host5.example (192.0.2.5)"
     (client "host5.example"))
    ("lib/util/access.c" "allow_access" "Denied connection from host6.example (192.0.2.6)"
     (client "host6.example"))
    ("source3/lib/access.c" "check_access" "Allowed connection from host7.example (192.0.2.7)"
     (client "host7.example"))
    ("source3/auth/auth.c" "auth_check_ntlm_password"
     "check_ntlm_password:  authentication for user [user8] -> [user8] -> [user8] succeeded"
     (user "user8"))
    ("source3/auth/auth.c" "auth_check_ntlm_password"
     "check_ntlm_password:  Authentication for user [user9] -> [user9] FAILED with error NT_STATUS_WRONG_PASSWORD, authoritative=1"
     (user "user9"))
    ("source3/auth/auth.c" "check_ntlm_password"
     "check_ntlm_password:  authentication for user [user10] -> [user10] -> [user10] succeeded"
     (user "user10"))
    ("source3/auth/auth.c" "check_ntlm_password"
     "check_ntlm_password:  Authentication for user [user11] -> [user11] FAILED with error NT_STATUS_NO_SUCH_USER"
     (user "user11"))
    ("auth/auth_log.c" "log_authentication_event_human_readable"
     "Auth: [SMB2,(null)] user [DOM]\\[user12] at [Tue, 24 Nov 2026 01:58:23.000000 UTC] with [NTLMv2] status [NT_STATUS_OK] workstation [WS] remote host [ipv4:192.0.2.12:1012] became [DOM]\\[user12] [S-1-5-21-1-2-3-1000]. local host [ipv4:192.0.2.9:445] "
     (user "user12") (client "ipv4:192.0.2.12:1012"))
    ("auth/auth_log.c" "log_successful_authz"
     "Successful AuthZ: [SMB2,NTLMSSP] user [DOM]\\[user13] [S-1-5-21-1-2-3-1000] at [Tue, 24 Nov 2026 01:58:23.000000 UTC] Remote host [ipv4:192.0.2.13:1013] local host [ipv4:192.0.2.9:445]"
     (user "user13"))
    ("auth/auth_log.c" "log_json"
     "JSON Authentication: {\"type\": \"Authentication\", \"Authentication\": {\"remoteAddress\": \"ipv4:192.0.2.14:1014\", \"clientAccount\": \"user14\"}}"
     (user "user14") (client "ipv4:192.0.2.14:1014"))
    ("lib/audit_logging/audit_logging.c" "audit_log_json"
     "JSON Authentication: {\"type\": \"Authentication\", \"Authentication\": {\"remoteAddress\": \"ipv4:192.0.2.15:1015\", \"clientAccount\": \"user15\"}}"
     (user "user15") (client "ipv4:192.0.2.15:1015"))
    ("source3/smbd/smb2_service.c" "make_connection_snum"
     "ws (ipv4:192.0.2.16:1016) connect to service share16 initially as user user16 (uid=1000, gid=1000) (pid 16)"
     (client "ipv4:192.0.2.16:1016") (share "share16") (user "user16"))
    ("source3/smbd/smbXsrv_session.c" "smbXsrv_session_create"
     "smbXsrv_session_create: global_id (0x00000017) stored" (session "0x00000017"))
    ("source3/smbd/smbXsrv_session.c" "smbXsrv_session_update"
     "smbXsrv_session_update: global_id (0x00000018) stored" (session "0x00000018"))
    ("source3/smbd/smbXsrv_tcon.c" "smbXsrv_tcon_create"
     "smbXsrv_tcon_create: global_id (0x00000019) stored" (tree "0x00000019"))
    ("source3/smbd/smbXsrv_open.c" "smbXsrv_open_create"
     "smbXsrv_open_create: global_id (0x00000020) stored" (open "0x00000020")))
  "Messages, (FILE FUNCTION TEXT FACT...), FACT being (KIND VALUE).")

(ert-deftest smblog-fact-test-every-phrase-is-known ()
  "Who the client and the user were would not be told of some connections."
  (smblog-test-with-text
      (log (mapconcat
            (lambda (phrase)
              (format "[2026/11/24 01:58:23.000000,  3, pid=7, effective(0, 0), real(0, 0)] ../../%s:1(%s)\n  %s\n"
                      (nth 0 phrase) (nth 1 phrase) (nth 2 phrase)))
            smblog-fact-test--phrases ""))
    (let ((facts (smblog--module-facts log)) (number 0))
      (dolist (phrase smblog-fact-test--phrases)
        (dolist (fact (nthcdr 3 phrase))
          (should (member (append fact (list 7 number)) facts)))
        (setq number (1+ number))))))

(ert-deftest smblog-fact-test-audited-lines-tell-who ()
  "What vfs_full_audit logs would pass no filter by user or client."
  (smblog-test-with-text
      (log "\
Jun 12 10:00:00 fs1 smbd_audit[4711]: joe|192.0.2.7|data|connect|ok|data
Jun 12 10:00:01 fs1 smbd_audit[4712]: eve|2001:db8::9|unlinkat|fail (Permission denied)|x.txt
Jun 12 10:00:02 fs1 smbd_audit[4713]: not|an address|data|connect|ok|data
Jun 12 10:00:03 fs1 smbd_audit[4714]: joe|192.0.2.7|data|started
")
    (should (equal '((client "192.0.2.7" 4711 0) (client "2001:db8::9" 4712 1)
                     (user "eve" 4712 1) (user "joe" 4711 0))
                   (sort (copy-sequence (smblog--module-facts log))
                         (lambda (a b) (string< (format "%s" a) (format "%s" b))))))))

(provide 'smblog-fact-test)
;;; smblog-fact-test.el ends here
