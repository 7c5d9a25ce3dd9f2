;;; compare-peers-test.el --- Who the peers are is no divergence  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What peers call themselves, what they can, and at which port they listen
;; is told with the environment; what they do is not.

;;; Code:

(require 'compare-edits)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun compare-peers--user-only (packets)
  "Return PACKETS in which the one who signs in has no domain."
  (compare-edits--set (compare-edits--set packets 10 'ntlmssp.string.length 0)
                      10 'ntlmssp.string.maxlen 0))

(defun compare-peers--server (packets &rest frames)
  "Return PACKETS whose server is called 127.0.0.2 in FRAMES."
  (dolist (frame frames packets)
    (setq packets (compare-edits--text packets frame "127.0.0.1" "127.0.0.2"))))

(defun compare-peers--node (packets frame server)
  "Return PACKETS with the last name in FRAME, a referral, that of SERVER."
  (rewrite-patch packets frame (+ 2 (car (compare-edits--field frame 'smb.dfs.referral.node)))
                 (encode-coding-string server 'utf-16le)))

(defconst compare-peers--table
  '(("good" "good-again"
     ("nothing" identity)
     ;; The name of a domain of its own goes with no machine.
     ("a domain that is not called as the machine"
      (lambda (p)
        (compare-edits--named p 9 'ntlmssp.challenge.target_info.nb_domain_name "CORPNET"))
      (environment "NetBIOS Domain Name" "FILESRV" "CORPNET"))
     ("a name that is one of something else"
      (lambda (p) (compare-edits--set p 9 'ntlmssp.challenge.target_info.item.type 5 3))
      (environment "Target Info Item Type" "DNS computer name (0x0003)" "DNS tree name (0x0005)")
      (environment "DNS Computer Name" "vm" nil)
      (environment "DNS Tree Name" nil "vm"))
     ("a user without a domain" compare-peers--user-only
      (environment "Domain and computer names" "TESTGRP" "NULL"))
     ("another mechanism offered" (lambda (p) (compare-edits--set p 6 'spnego.MechType 0))
      (environment "MechType"
                   "1.3.6.1.4.1.311.2.2.10 (NTLMSSP - Microsoft NTLM Security Support Provider)"
                   "0.0.0.0.0.0.0.0.0.0.0 (itu-t.0.0.0.0.0.0.0.0.0.0)"))
     ("another mechanism chosen" (lambda (p) (compare-edits--set p 9 'spnego.supportedMech 0))
      (response "SESSION SETUP NTLMSSP_NEGOTIATE: supportedMech: 1.3.6.1.4.1.311.2.2.10 "
                (8 . 9) (8 . 9) spnego.supportedMech)))
    ("good" "good-again"
     ("a server of another name" (lambda (p) (compare-peers--server p 4 10 12 14 18))
      (environment "Server names" "127.0.0.1" "127.0.0.2"))
     ("another server for one share" (lambda (p) (compare-peers--server p 18))
      (request "TREE CONNECT \\\\127.0.0.1\\share: Tree: \\\\127.0.0.1\\share / \\\\127.0.0.2\\share"
               (18 . 19) (18 . 19) smb2.tree)))
    (("twins" "dfs-1.pcapng.gz") ("twins" "dfs-2.pcapng.gz")
     ("nothing" identity)
     ("less of a path consumed" (lambda (p) (compare-edits--set p 87 'smb.dfs.path_consumed 32))
      (response "IOCTL \\127.0.0.1\\share\\link FSCTL_DFS_GET_REFERRALS: Path Consumed: 42 / 32"
                (88 . 89) (86 . 87) smb.dfs.path_consumed))
     ("a referral to another server" (lambda (p) (compare-peers--node p 87 "127.0.0.2"))
      (response "IOCTL \\127.0.0.1\\share\\link FSCTL_DFS_GET_REFERRALS: Node: "
                (88 . 89) (86 . 87) smb.dfs.referral.node)))
    (("cifs-kernel/6.1" "capture.pcapng.gz") ("cifs-kernel/6.1-again" "capture.pcapng.gz")
     ("nothing" identity)
     ("an interface that can do RSS"
      (lambda (p) (compare-edits--flip p 20 'smb2.ioctl.network_interfaces.capabilities 1))
      (environment "RSS" "This interface does not support RSS"
                   "This interface supports RSS"))
     ("no interfaces" (lambda (p) (compare-edits--set p 20 'smb2.nt_status #xc00000bb))
      (status "IOCTL FSCTL_QUERY_NETWORK_INTERFACE_INFO: STATUS_SUCCESS / STATUS_NOT_SUPPORTED"
              any any any)))
    ("smb21" "smb21"
     ("nothing" identity)
     ("a dialect that is verified" (lambda (p) (compare-edits--set p 14 'smb2.dialect #x0300 1))
      (environment "Dialect" "SMB 2.1 (0x0210)" "SMB 3.0 (0x0300)"))
     ("a dialect that is verified in vain"
      (lambda (p) (compare-edits--set p 15 'smb2.nt_status #xc0000022))
      (status "IOCTL FSCTL_VALIDATE_NEGOTIATE_INFO: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
              (14 . 15) (14 . 15) any)))
    ("t-rpc-again" "t-rpc-again"
     ("nothing" identity)
     ("a pipe of another name"
      (lambda (p)
        (rewrite-patch p 23 (car (compare-edits--field 23 'dcerpc.cn_sec_addr))
                       "\\PIPE\\lsarp"))
      (environment "Scndry Addr" "\\pipe\\lsass" "\\PIPE\\lsarp"))))
  "Recordings, and for each edits and what they make a comparison tell.")

(ert-deftest compare-peers-test-what-they-call-themselves ()
  "Names and mechanisms of peers are their environment; who signs in is behaviour."
  (pcase-dolist (`(,original ,again . ,table) compare-peers--table)
    (when-let* ((wrong (compare-edits--wrong original again table)))
      (ert-fail wrong))))

;;;; At another port

(ert-deftest compare-peers-test-at-another-port ()
  "At a port from 1024 on Wireshark does not know the hints that are to be ignored."
  (let* ((file (make-temp-file "smbcmp-port" nil ".pcap"))
         (good (smbcmp-open (smbcmp-test-data "good"))))
    (unwind-protect
        (dolist (port '(1000 4455))
          (rewrite-write (compare-edits--ports (rewrite-read (smbcmp-test-data "good-again"))
                                               445 port)
                         file)
          (let* ((capture (smbcmp-open file :decode-as `(("tcp.port" ,port "nbss"))))
                 (comparison (smbcmp-diff-captures good capture)))
            (should-not (smbcmp-comparison-divergences comparison))
            (should (= 53 (smbcmp-comparison-same comparison)))
            (smbcmp-close capture)))
      (smbcmp-close good)
      (delete-file file))))

(provide 'compare-peers-test)
;;; compare-peers-test.el ends here
