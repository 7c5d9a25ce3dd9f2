;;; protocols-test.el --- What surrounds SMB is compared, too  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The captures are of record-protocols.sh.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'hex-util)
(require 'smbcmp)
(require 'smbcmp-compare-report)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun protocols-test--file (name)
  "Return the capture NAME, or the good one of test/data for \"good\"."
  (if (equal name "good") (smbcmp-test-data "good")
    (smbcmp-test-data "protocols" (concat name ".pcapng"))))

(defvar protocols-test--keys nil
  "What opens the captures.")

(defun protocols-test--compare (a b function &rest plist)
  "Call FUNCTION with what comparing A and B, see there, comes to by PLIST."
  (let* ((smbcmp-user-rules nil)
         (captures (mapcar (lambda (name)
                             (smbcmp-open (protocols-test--file name) :keys protocols-test--keys))
                           (list a b))))
    (unwind-protect
        (funcall function (apply #'smbcmp-diff-captures (append captures plist)))
      (mapc #'smbcmp-close captures))))

(defun protocols-test--first (a b)
  "Return the (PROTOCOL WEIGHT LABEL) that comparing A and B names first."
  (protocols-test--compare
   a b (lambda (comparison)
         (let ((first (smbcmp-compare-report-first comparison)))
           (list (plist-get first :protocol) (plist-get first :weight)
                 ;; Since 4.6 Wireshark says so of an empty name.
                 (and first
                      (replace-regexp-in-string " <MISSING>" "" (plist-get first :label))))))))

(ert-deftest protocols-test-again ()
  "What was done twice is the same, whatever ids, nonces and times are."
  (pcase-dolist (`(,name . ,count) '(("krb5" . 3) ("dns" . 3) ("ldap" . 3) ("nfs" . 18)
                                ("nfs4" . 14) ("http" . 1) ("nbns" . 1) ("cldap" . 1)
                                ("rpc" . 4) ("ntp" . 1) ("multicast" . 2) ("sasl" . 3)
                                ("tls" . 1) ("tls13" . 1)))
    (protocols-test--compare
     (concat name "-good") (concat name "-again")
     (lambda (comparison)
       (should-not (smbcmp-comparison-divergences comparison))
       (should (= count (smbcmp-comparison-same comparison)))
       (should (= 0 (smbcmp-compare-report-status comparison)))))))

(ert-deftest protocols-test-causes ()
  "What broke it is named first."
  (pcase-dolist
      (`(,a ,b . ,first)
       '(("krb5-good" "krb5-no-spn" "KRB5" behaviour
          "TGS-REQ cifs/files.example.com: ticket / KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN")
         ("krb5-good" "krb5-expired" "KRB5" behaviour
          "AS-REQ alice krbtgt/EXAMPLE.COM: KRB5KDC_ERR_PREAUTH_REQUIRED / KRB5KDC_ERR_KEY_EXP")
         ("krb5-good" "krb5-realm" "KRB5" behaviour
          "AS-REQ alice krbtgt/OTHER.COM: only in B, KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN")
         ("krb5-good" "krb5-skew" "KRB5" behaviour
          "AS-REQ alice krbtgt/EXAMPLE.COM: ticket / KRB5KRB_AP_ERR_SKEW")
         ("nfs4-good" "nfs4-denied" "RPC" behaviour
          "NFS PUTFH GETATTR ACCESS OPEN GETFH hello.txt: NFS4_OK / NFS4ERR_ACCESS")
         ("dns-good" "dns-nxdomain" "DNS" behaviour "DNS A files.example.com: No error / NXDOMAIN")
         ("dns-good" "dns-address" "DNS" value
          "DNS A files.example.com: Address: 192.0.2.10 / 192.0.2.11")
         ("dns-good" "dns-down" "DNS" behaviour
          "DNS A files.example.com: No error / ICMP Port unreachable")
         ("http-good" "http-realm" "HTTP" behaviour "HTTP POST /KdcProxy: 200 / 503")
         ("nbns-good" "nbns-unknown" "NBNS" behaviour
          "NBNS Name query FILES<00> (Workstation/Redirector): \
No error / Requested name does not exist")
         ("cldap-good" "cldap-down" "CLDAP" behaviour
          "CLDAP searchRequest: success / ICMP Port unreachable")
         ("rpc-good" "rpc-endpoint" "DCERPC" behaviour
          "Map RPC_NETLOGON: Success / ept_s_not_registered")
         ("ntp-good" "ntp-unsynchronised" "NTP" behaviour
          "NTP client: no warning / clock unsynchronized")
         ("multicast-good" "multicast-address" "LLMNR" value
          "LLMNR A printer: Address: 192.0.2.20 / 192.0.2.21")
         ("nfs-good" "nfs-denied" "RPC" behaviour "NFS ACCESS: OK / OK, denied: READ")
         ("tls-good" "tls-untrusted" "TLS" behaviour
          "TLS Client Hello files.example.com: established / Unknown CA")
         ("tls-good" "tls-version" "TLS" behaviour
          "TLS Client Hello files.example.com: established / Protocol Version")
         ("port-open" "port-closed" "TCP" behaviour "TCP connect port 3890: accepted / refused")
         ("ldap-good" "ldap-refused" "LDAP" behaviour
          "bindRequest simple cn=reader,dc=example,dc=com: success / invalidCredentials")
         ("ldap-good" "ldap-less" "LDAP" behaviour
          "searchRequest dc=example,dc=com: 3 messages / 2 messages")))
    (should (equal first (protocols-test--first a b)))))

(ert-deftest protocols-test-address ()
  "What fails at another server follows from the name having another address.
Only what failed does, and only if both are the addresses that were given."
  (protocols-test--compare
   "smb-named-good" "smb-named-again"
   (lambda (comparison) (should-not (smbcmp-comparison-divergences comparison))))
  (protocols-test--compare
   "smb-named-good" "smb-named-address"
   (lambda (comparison)
     (let ((divergences (smbcmp-comparison-divergences comparison)))
       (should (equal "DNS A files.example.com: Address: 192.0.2.10 / 192.0.2.11"
                      (plist-get (smbcmp-compare-report-first comparison) :label)))
       (should (equal '("DNS A files.example.com: Address: 192.0.2.10 / 192.0.2.11"
                        "TREE CONNECT \\\\files.example.com\\share: \
STATUS_SUCCESS / STATUS_BAD_NETWORK_NAME")
                      (mapcar (lambda (d) (plist-get d :label)) (seq-take divergences 2))))
       (should (equal '(nil 0)
                      (mapcar (lambda (d) (plist-get d :cause)) (seq-take divergences 2)))))))
  ;; Without the lookup nothing is known of the addresses.
  (protocols-test--compare
   "smb-named-good" "smb-named-address"
   (lambda (comparison)
     (should-not (plist-get (car (smbcmp-comparison-divergences comparison)) :cause)))
   :protocols '("SMB")))

(ert-deftest protocols-test-versions ()
  "The version of a program is the peers' environment."
  (protocols-test--compare
   "nfs-good" "nfs4-good"
   (lambda (comparison)
     (should (member '("Program Version" "3" "4")
                     (mapcar (lambda (row)
                               (mapcar (lambda (key) (plist-get row key)) '(:name :a :b)))
                             (smbcmp-comparison-environment comparison)))))))

(ert-deftest protocols-test-fault ()
  "A return code without a name is told by its number."
  (should (string-match-p "\\`DsrGetDcName: Success / .*0x0000054b"
                          (nth 2 (protocols-test--first "rpc-good" "rpc-domain")))))

(ert-deftest protocols-test-sealed ()
  "What a key opens is compared; what none does is counted, and told."
  (protocols-test--compare
   "sasl-good" "sasl-less"
   (lambda (comparison)
     (should-not (smbcmp-comparison-divergences comparison))
     (should (equal '("3 LDAP messages of A encrypted and not compared"
                      "3 LDAP messages of B encrypted and not compared")
                    (smbcmp-comparison-notes comparison)))
     (should (equal "3 exchanges are the same; \
no significant differences in what is not encrypted.\n"
                    (smbcmp-compare-report--verdict comparison)))
     (should (= 0 (smbcmp-compare-report-status comparison)))))
  (let ((protocols-test--keys (list (smbcmp-test-data "protocols" "sasl.keytab"))))
    (protocols-test--compare
     "sasl-good" "sasl-again"
     (lambda (comparison)
       (should-not (smbcmp-comparison-divergences comparison))
       (should (= 5 (smbcmp-comparison-same comparison)))
       (should-not (smbcmp-comparison-notes comparison))))
    (should (string-match-p "\\`searchRequest cn=users,dc=example,dc=test: .*CN=alice.* / none\\'"
                            (nth 2 (protocols-test--first "sasl-good" "sasl-less"))))))

(ert-deftest protocols-test-ticket ()
  "That there is no session follows from there being no ticket."
  (protocols-test--compare
   "smb-ticket" "smb-no-ticket"
   (lambda (comparison)
     (let ((divergences (smbcmp-comparison-divergences comparison)))
       (should (equal "TGS-REQ cifs/smbhost.example.test: ticket / KRB5KDC_ERR_S_PRINCIPAL_UNKNOWN"
                      (plist-get (car divergences) :label)))
       (should (equal '("KRB5" "KRB5" "SMB2")
                      (mapcar (lambda (d) (plist-get d :protocol)) (seq-take divergences 3))))
       (should (equal '(nil 0 0)
                      (mapcar (lambda (d) (plist-get d :cause)) (seq-take divergences 3))))))))

(ert-deftest protocols-test-chosen ()
  "What is not chosen is not compared."
  (cl-flet ((counts (protocols)
              (protocols-test--compare "krb5-good" "krb5-no-spn" #'smbcmp-comparison-counts
                                       :protocols protocols)))
    (should (equal '(3 . 4) (counts nil)))
    (should (equal '(3 . 4) (counts '("smb" "kerberos"))))
    (should (equal '(0 . 0) (counts '("SMB" "DNS"))))
    (should-error (counts '("telnet")) :type 'smbcmp-error))
  (should (equal '(53 . 53) (protocols-test--compare "good" "good" #'smbcmp-comparison-counts
                                                     :protocols '("SMB"))))
  (should (equal '(0 . 0) (protocols-test--compare "good" "good" #'smbcmp-comparison-counts
                                                   :protocols '("KRB5")))))

(defconst protocols-test-requests
  '(("KRB5" ":kerberos" "kerberos.msg_type" "10" "12")
    ("DNS" ":dns" "dns.flags.response" "0" "False")
    ("LLMNR" ":llmnr" "dns.flags.response" "0" "False")
    ("MDNS" ":mdns" "dns.flags.response" "0" "False")
    ("NBNS" ":nbns" "nbns.flags.response" "0" "False")
    ("LDAP" ":ldap" "ldap.protocolOp" "0" "2" "3")
    ("CLDAP" ":cldap" "ldap.protocolOp" "3")
    ("DCERPC" ":dcerpc" "dcerpc.pkt_type" "0" "11" "14")
    ("RPC" ":rpc" "rpc.msgtyp" "0")
    ("NTP" ":ntp" "ntp.flags.mode" "3")
    ("HTTP" ":http" "http.request.method" "POST")
    ("TLS" ":tls" "tls.handshake.type" "1"))
  "For each protocol, how tshark calls it, a field, and values that requests have.")

(defconst protocols-test-fields
  (delete-dups (mapcar (lambda (protocol) (nth 2 protocol)) protocols-test-requests))
  "Those fields, once each: tshark prints none twice.")

(defun protocols-test--requests (file)
  "Return the requests that tshark has of FILE, a list of (FRAME . PROTOCOL).
What SMB carries is none, and no more what ICMP quotes."
  (with-temp-buffer
    (apply #'call-process "tshark" nil '(t nil) nil "-r" file "-T" "fields"
           "-e" "frame.number" "-e" "frame.protocols"
           (cl-mapcan (lambda (field) (list "-e" field)) protocols-test-fields))
    (cl-loop
     for line in (split-string (buffer-string) "\n" t)
     for (number protocols . values) = (split-string line "\t")
     unless (string-match-p ":icmp\\|:smb" protocols)
     append (cl-loop for (protocol called field . requests) in protocols-test-requests
                     for value = (nth (cl-position field protocols-test-fields :test #'equal)
                                      values)
                     when (string-match-p (concat called "\\_>") protocols)
                     append (cl-loop for one in (split-string value "," t)
                                     when (member one requests)
                                     collect (cons (string-to-number number) protocol))))))

(defun protocols-test--counted (files)
  "Check that requests of FILES, one after the other, are in one exchange each."
  (let ((file (make-temp-file "requests" nil ".pcapng")))
    (unwind-protect
        (let ((truth (progn (apply #'call-process "mergecap" nil nil nil "-a" "-w" file files)
                            (protocols-test--requests file)))
              (capture (smbcmp-open file)))
          (unwind-protect
              (cl-flet ((sorted (list) (sort (mapcar #'prin1-to-string list) #'string<)))
                (should (equal (sorted truth)
                               (sorted (cl-loop for e in (smbcmp-exchanges capture t)
                                                when (plist-get e :protocol)
                                                collect (cons (car (plist-get e :request))
                                                              (plist-get e :protocol)))))))
            (smbcmp-close capture))
          (length truth))
      (delete-file file))))

(ert-deftest protocols-test-counts ()
  "Each request that tshark sees in our recordings is in exactly one exchange."
  (skip-unless (and (executable-find "tshark") (executable-find "mergecap")))
  (let* ((files (directory-files-recursively (smbcmp-test-data "" "")
                                              "\\.pcap\\(ng\\)?\\(\\.gz\\)?\\'"))
         ;; These two have the same connection.
         (composed (cl-remove-if-not (lambda (file) (string-match-p "smb-.*ticket" file)) files))
         (rest (cl-set-difference files composed :test #'equal)))
    (dolist (file composed)
      (should (> (protocols-test--counted (list file)) 0)))
    (should (> (protocols-test--counted rest) 200))))

(ert-deftest protocols-test-table ()
  "A protocol of yours is compared without any C."
  (let ((smbcmp-user-protocols
         '((:name "DNS" :node "dns" :label "NAME" :object "dns.qry.name" :id "dns.id"
            :outcome "dns.count.answers"
            :response "dns.flags.response" :response-is "is a response"))))
    (should (equal '("DNS" behaviour "NAME files.example.com: 1 / 0")
                   (protocols-test--first "dns-good" "dns-nxdomain"))))
  (let ((smbcmp-user-protocols '((:name "X" :node "dns" :response-is "("))))
    (should-error (protocols-test--first "dns-good" "dns-again") :type 'smbcmp-error))
  (let ((smbcmp-user-protocols '((:name "X"))))
    (should-error (protocols-test--first "dns-good" "dns-again") :type 'smbcmp-error)))

(defconst protocols-test-multicast
  '("d4c3b2a1020004000000000000000000ffff000001000000"
    "01000000000000004c0000004c00000001005e0000fb02020202020208004500003e0001000040110000c000\
0201e00000fb14e914e9002a0000000000000001000000000000055f736d625f045f746370056c6f63616c00\
000c0001"
    "0100000001000000400000004000000001005e0000fb0202020202020800450000320001000040110000c000\
0201e00000fc14eb14eb001e0000004d0000000100000000000004777061640000010001")
  "A file header of pcap, a question by mDNS and one by LLMNR, in hexadecimal.")

(ert-deftest protocols-test-asked-everybody ()
  "That nobody answers what everybody is asked breaks nothing."
  (let ((files (list (make-temp-file "one" nil ".pcap") (make-temp-file "two" nil ".pcap")))
        (coding-system-for-write 'no-conversion))
    (unwind-protect
        (progn
          (cl-loop for file in files for n from 2
                   do (write-region (mapconcat #'decode-hex-string
                                               (seq-take protocols-test-multicast n) "")
                                    nil file nil 'silent))
          (cl-letf (((symbol-function 'protocols-test--file) #'identity))
            (should (equal '("LLMNR" value "LLMNR to 224.0.0.252:5355, 1 exchange: only in B")
                           (apply #'protocols-test--first files)))))
      (mapc #'delete-file files))))

(provide 'protocols-test)
;;; protocols-test.el ends here
