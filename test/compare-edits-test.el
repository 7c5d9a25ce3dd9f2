;;; compare-edits-test.el --- One known difference, found alone  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The oracle: a recording is compared with a second one of the same
;; scenario in which one thing was changed.  The comparison must tell that
;; thing, by its right name and place, and nothing else.

;;; Code:

(require 'cl-lib)
(require 'compare-edits)
(require 'ert)
(require 'rewrite)
(require 'seq)
(require 'subr-x)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; The table

(defconst compare-edits--table
  ;; (WHAT EDIT (KIND WHERE FRAMES-A FRAMES-B FIELD...)...): WHERE begins the
  ;; label, FIELDs are all that are told of.  (environment NAME A B) is a row of the
  ;; environment; there must be no others than those named.
  '(("nothing" identity)
    ;; What is missing, what is more.
    ("a response is dropped" (lambda (p) (rewrite-drop p 49))
     (response "READ hello.txt: STATUS_SUCCESS / no response" (48 . 49) (48 . nil)))
    ("a request is dropped" (lambda (p) (rewrite-drop p 48))
     (request "READ" (48 . 49) (nil . 48)))
    ("an exchange is dropped" (lambda (p) (rewrite-drop p 46 47))
     (only-a "GETINFO hello.txt FILE_INFO SMB2_FILE_ALL_INFO" (46 . 47) nil))
    ("a file that is opened again is opened once less" (lambda (p) (rewrite-drop p 72 73 74 75 76 77))
     (only-a "CREATE docs\\a.bin" (72 . 73) nil)
     (only-a "GETINFO docs\\a.bin" (74 . 75) nil)
     (only-a "CLOSE docs\\a.bin" (76 . 77) nil))
    ;; Looking at it again breaks nothing.
    ("a file is looked at once more" (lambda (p) (rewrite-duplicate p 84 89)))
    ("a file is looked at once more, and is another one"
     (lambda (p) (compare-edits--again (compare-edits--set p 81 'smb2.eof 99) p 78 83))
     (only-b "CREATE docs\\a.bin" nil any)
     (only-b "GETINFO docs\\a.bin" nil any)
     (only-b "CLOSE docs\\a.bin" nil any))
    ("a file is opened once more, and overwritten"
     (lambda (p) (compare-edits--again (compare-edits--set p 84 'smb2.create.disposition 4)
                                       p 84 89))
     (only-b "CREATE docs\\a.bin" nil any)
     (only-b "GETINFO docs\\a.bin" nil any)
     (only-b "CLOSE docs\\a.bin" nil any))
    ("a file is opened once more, to be deleted"
     (lambda (p) (compare-edits--again
                  (compare-edits--flip p 84 'smb.create_options #x1000) p 84 89))
     (only-b "CREATE docs\\a.bin" nil any)
     (only-b "GETINFO docs\\a.bin" nil any)
     (only-b "CLOSE docs\\a.bin" nil any))
    ("a file is looked at once more, in vain"
     (lambda (p) (compare-edits--again (compare-edits--set p 87 'smb2.nt_status #xc0000022)
                                       p 84 89))
     (only-b "CREATE docs\\a.bin" nil any)
     (only-b "GETINFO docs\\a.bin" nil any)
     (only-b "CLOSE docs\\a.bin" nil any))
    ("what is done with two openings is swapped" (lambda (p) (rewrite-move p 78 83 72))
     ;; Each is opened and closed alike.
     (order "\\(GETINFO docs.a.bin FILE_INFO SMB2_FILE_AL\\)" any any)
     (order "\\(GETINFO docs.a.bin FILE_INFO SMB2_FILE_AL\\)" any any))
    ("the last exchange is dropped" (lambda (p) (rewrite-drop p 110 111))
     (only-a "TREE DISCONNECT" (110 . 111) nil))
    ("the last response is dropped" (lambda (p) (rewrite-drop p 111))
     (response "TREE DISCONNECT" (110 . 111) (110 . nil)))
    ("what is asked comes twice" (lambda (p) (rewrite-duplicate p 46 47)))
    ("... and is refused once"
     (lambda (p) (compare-edits--again (compare-edits--set p 47 'smb2.nt_status #xc0000022)
                                       p 46 47))
     (only-b "GETINFO hello.txt FILE_INFO SMB2_FILE_ALL_INFO" nil (48 . 49)))
    ("... and says something else then"
     (lambda (p) (compare-edits--again (compare-edits--set p 47 'smb2.eof 99) p 46 47))
     (only-b "GETINFO hello.txt FILE_INFO SMB2_FILE_ALL_INFO" nil (48 . 49)))
    ("... and says something else both times"
     (lambda (p) (rewrite-duplicate (compare-edits--set p 47 'smb2.eof 99) 46 47))
     (response "GETINFO hello.txt FILE_INFO SMB2_FILE_ALL_INFO: End Of File: 12 / 99"
               (46 . 47) (46 . 47) smb2.eof))
    ("what nobody else asks comes twice"
     (lambda (p)
       (let ((other (compare-edits--set p 46 'smb2.file_info.infolevel 7)))
         (compare-edits--again other (compare-edits--again other p 46 47) 46 47)))
     (only-b "GETINFO hello.txt FILE_INFO SMB2_FILE_EA_INFO" nil (48 . 49))
     (only-b "GETINFO hello.txt FILE_INFO SMB2_FILE_EA_INFO" nil (50 . 51)))
    ("an exchange comes twice" (lambda (p) (rewrite-duplicate p 48 49))
     (only-b "READ hello.txt" nil (50 . 51)))
    ("a failure comes twice" (lambda (p) (rewrite-duplicate p 58 59))
     (only-b "CREATE missing.txt" nil (60 . 61)))
    ;; What was not captured.
    ("the capture begins late" (lambda (p) (rewrite-keep p 18 114))
     (capture "B begins inside the connection, at frame 19 of A; 6 exchanges only in A"
              (4 . 6) nil))
    ("the capture begins behind a question" (lambda (p) (rewrite-keep p 6 114))
     (capture "NEGOTIATE PROTOCOL: request not captured in B" (4 . 6) (nil . 1)))
    ("the capture ends early" (lambda (p) (rewrite-keep p 1 103))
     (capture "B's capture ends here; 4 exchanges only in A" (104 . 105) nil))
    ("a response is lost" (lambda (p) (compare-edits--lose p 49))
     (capture "READ hello.txt: response not captured in B" (48 . 49) (48 . nil)))
    ("a request is lost" (lambda (p) (compare-edits--lose p 48))
     (capture "READ hello.txt: request not captured in B" (48 . 49) (nil . 48)))
    ("an exchange is lost" (lambda (p) (compare-edits--lose p 46 47))
     (capture "GETINFO hello.txt FILE_INFO SMB2_FILE_ALL_INFO: not captured in B" (46 . 47) nil))
    ;; How the connection ends.
    ("the server resets the connection" (lambda (p) (compare-edits--end p 46 #x14))
     (connection "server reset the connection after GETINFO hello.txt FILE_INFO \
SMB2_FILE_ALL_INFO (frame 47 of B)" (46 . 47) (46 . nil))
     (only-a "B ends here; 32 exchanges only in A" (48 . 49) nil))
    ("the server closes the connection" (lambda (p) (compare-edits--end p 47 #x11))
     (connection "server closed the connection after GETINFO hello.txt FILE_INFO \
SMB2_FILE_ALL_INFO (frame 48 of B)" (46 . 47) (46 . 47))
     (only-a "B ends here; 32 exchanges only in A" (48 . 49) nil))
    ("the server closes first, where both close" (lambda (p) (compare-edits--last p #x11)))
    ("the server resets what the client closes" (lambda (p) (compare-edits--last p #x14))
     (connection "server reset the connection after TREE DISCONNECT (frame 112 of B)"
                 (110 . 111) (110 . 111)))
    ;; Order.
    ("two neighbours are swapped" (lambda (p) (rewrite-move p 48 49 46))
     (order "\\(READ\\|GETINFO\\)" any any))
    ("an exchange comes much earlier" (lambda (p) (rewrite-move p 58 59 20))
     (order "CREATE missing.txt" (58 . 59) (20 . 21)))
    ("an exchange comes much later" (lambda (p) (rewrite-move p 22 23 110))
     (order "FIND \\" (22 . 23) (108 . 109)))
    ;; Requests.
    ("a flag of the request" (lambda (p) (compare-edits--flip p 34 'smb.share_access 4))
     (request "CREATE new" (34 . 35) (34 . 35) smb.share.access.delete))
    ("two access rights" (lambda (p) (compare-edits--flip p 44 'smb.access_mask 3))
     (request "CREATE hello.txt: Access Mask: 0x00120089 / 0x0012008a (Read, Write)"
              (44 . 45) (44 . 45) smb.access.read smb.access.write))
    ("an access right" (lambda (p) (compare-edits--flip p 44 'smb.access_mask 2))
     (request "CREATE hello.txt" (44 . 45) (44 . 45) smb.access.write))
    ("the disposition" (lambda (p) (compare-edits--set p 34 'smb2.create.disposition 1))
     (request "CREATE new" (34 . 35) (34 . 35) smb2.create.disposition))
    ("an option of a CREATE" (lambda (p) (compare-edits--flip p 60 'smb.create_options #x1000))
     (request "CREATE docs" (60 . 61) (60 . 61) smb.nt.create_options.delete_on_close))
    ("the oplock asked for" (lambda (p) (compare-edits--set p 72 'smb2.create.oplock 9))
     (request "CREATE docs\\a.bin" (72 . 73) (72 . 73) smb2.create.oplock))
    ("a byte of a name" (lambda (p) (compare-edits--text p 58 "missing" "missinX"))
     (environment "File names" "missing.txt" "missinX.txt"))
    ("a byte of a name that is used later"
     (lambda (p) (compare-edits--text p 44 "hello.txt" "hellp.txt"))
     (request "CREATE hello.txt" (44 . 45) (44 . 45) smb2.filename))
    ("a whole name" (lambda (p) (compare-edits--text p 58 "missing.txt" "qwertzuiopa"))
     (environment "File names" "missing.txt" "qwertzuiopa"))
    ("a name that is another one's"
     (lambda (p) (compare-edits--text p 58 "missing.txt" "hello.txt\0\0"))
     (request "CREATE missing.txt" (58 . 59) (58 . 59) smb2.filename))
    ("a name in another case" (lambda (p) (compare-edits--text p 58 "missing" "missinG"))
     (request "CREATE missing.txt: Filename: missing.txt / missinG.txt (another case)"
              (58 . 59) (58 . 59) smb2.filename))
    ("a letter of another script" (lambda (p) (compare-edits--text p 58 "missing" "m\u0456ssing"))
     (request "CREATE missing.txt: Filename: missing.txt / m\u0456ssing.txt (U+0069 / U+0456)"
              (58 . 59) (58 . 59) smb2.filename))
    ("a byte of a share's name" (lambda (p) (compare-edits--text p 18 "share" "sharf"))
     (request "TREE CONNECT" (18 . 19) (18 . 19) smb2.tree))
    ("a share's name in another case" (lambda (p) (compare-edits--text p 18 "share" "sharE"))
     (environment "Server names" "share" "sharE"))
    ("a byte of a new name" (lambda (p) (compare-edits--text p 54 "hi.txt" "ho.txt"))
     (environment "File names" "hi.txt" "ho.txt"))
    ("a pattern" (lambda (p) (compare-edits--text p 62 "readme.txt" "readmf.txt"))
     (request "FIND docs" (62 . 63) (62 . 63) smb2.find.pattern))
    ("a byte of the user's name" (lambda (p) (compare-edits--text p 10 "smbu" "smbv"))
     (environment "User names" "smbu" "smbv"))
    ("the length of a READ and what is read"
     (lambda (p)
       (rewrite-patch (compare-edits--set p 48 'smb2.read_length 13)
                      49 (- (length (rewrite-packet-bytes (nth 48 p))) 3) "!"))
     ;; It is a request that differs, and that is what is told.
     (request "READ hello.txt: Read Length: " (48 . 49) (48 . 49) any))
    ("the length of a READ" (lambda (p) (compare-edits--set p 48 'smb2.read_length 13))
     (request "READ hello.txt" (48 . 49) (48 . 49) smb2.read_length))
    ("the offset of a WRITE" (lambda (p) (compare-edits--set p 40 'smb2.file_offset 1))
     (request "WRITE new\\up.bin" (40 . 41) (40 . 41) smb2.file_offset))
    ("a byte that is written"
     (lambda (p) (rewrite-patch p 40 (- (length (rewrite-packet-bytes (nth 39 p))) 5) "!"))
     ;; Wireshark has the same line for both.
     (request "WRITE new\\up.bin: Data at byte 4995: 4242424242 / 2142424242"
              (40 . 41) (40 . 41) data.data))
    ("a flag of a CLOSE" (lambda (p) (compare-edits--flip p 36 'smb2.close.flags 1))
     (request "CLOSE new" (36 . 37) (36 . 37) smb2.close.pq_attrib))
    ("an information level" (lambda (p) (compare-edits--set p 46 'smb2.file_info.infolevel 7))
     (request "GETINFO hello.txt" (46 . 47) (46 . 47) any))
    ("a signing mode" (lambda (p) (compare-edits--flip p 4 'smb2.sec_mode 2))
     (environment "Signing required" "False" "True"))
    ("a signed request" (lambda (p) (compare-edits--flip p 60 'smb2.flags 8))
     (environment "Signing" "This pdu is NOT signed" "This pdu is SIGNED"))
    ("a flag of the header" (lambda (p) (compare-edits--flip p 60 'smb2.flags #x10000000))
     (request "CREATE docs" (60 . 61) (60 . 61) smb2.flags.dfs))
    ;; One that was there, as the name of no other is the same in all versions.
    ("a dialect offered" (lambda (p) (compare-edits--set p 4 'smb2.dialect #x0202 2))
     (environment "Dialect" "SMB 3.0 (0x0300)" "SMB 2.0.2 (0x0202)"))
    ;; Responses.
    ("a capability" (lambda (p) (compare-edits--flip p 6 'smb2.capabilities 2))
     (environment "LEASING" "This host supports LEASING" "This host does NOT support LEASING"))
    ("the dialect chosen" (lambda (p) (compare-edits--set p 6 'smb2.dialect #x0302))
     ;; An older one has no contexts.
     (environment "Dialect" "SMB 3.1.1 (0x0311)" "SMB 3.0.2 (0x0302)")
     (environment "SMB2_PREAUTH_INTEGRITY_CAPABILITIES" "SHA-512" nil)
     (environment "SMB2_ENCRYPTION_CAPABILITIES" "AES-128-GCM" nil)
     (environment "SMB2_SIGNING_CAPABILITIES" "AES-GMAC" nil))
    ("the most that can be read" (lambda (p) (compare-edits--flip p 6 'smb2.max_read_size 1))
     (environment "Max Read Size" "8388608" "8388609"))
    ("a session flag" (lambda (p) (compare-edits--flip p 11 'smb2.session_flags 1))
     (response "SESSION SETUP NTLMSSP_AUTH" (10 . 11) (10 . 11) smb2.ses_flags.guest))
    ("a share must be encrypted" (lambda (p) (compare-edits--flip p 19 'smb2.share_flags #x8000))
     (response "TREE CONNECT \\\\127.0.0.1\\share: Encrypted data required: False / True"
               (18 . 19) (18 . 19) smb2.share_flags.encrypt_data))
    ("a share says what not to cache"
     (lambda (p) (compare-edits--flip p 19 'smb2.share_flags #x30))
     ;; Since 4.6 the value is that of the bits alone.
     (environment "Caching policy" "\\(Manual caching (0\\(0000000\\|x0\\))\\)"
                  "\\(No caching (0\\(0000030\\|x3\\))\\)"))
    ("a share is of DFS" (lambda (p) (compare-edits--flip p 19 'smb2.share_flags 1))
     (environment "DFS" "False" "True"))
    ("the size of the disk" (lambda (p) (compare-edits--set p 31 'smb.alloc_size64 4711))
     (environment "Allocation Size" "264212084" "4711"))
    ("the allocation size of a file" (lambda (p) (compare-edits--set p 87 'smb.alloc_size64 4711))
     (response "GETINFO docs\\a.bin FILE_INFO SMB2_FILE_STREAM_INFO" (86 . 87) (86 . 87) any))
    ("the type of a share" (lambda (p) (compare-edits--set p 19 'smb2.share_type 3))
     (response "TREE CONNECT" (18 . 19) (18 . 19) smb2.share_type))
    ("an access right granted" (lambda (p) (compare-edits--flip p 19 'smb.access_mask 1))
     (response "TREE CONNECT" (18 . 19) (18 . 19) smb.access.read))
    ("what a CREATE did" (lambda (p) (compare-edits--set p 45 'smb2.create.action 2))
     (response "CREATE hello.txt" (44 . 45) (44 . 45) smb2.create.action))
    ("the size of a file" (lambda (p) (compare-edits--set p 45 'smb2.eof 13))
     (response "CREATE hello.txt" (44 . 45) (44 . 45) smb2.eof))
    ("a file attribute" (lambda (p) (compare-edits--flip p 61 'smb2.file_attribute 2))
     (response "CREATE docs" (60 . 61) (60 . 61) smb2.file_attribute.hidden))
    ("a byte that is read"
     (lambda (p) (rewrite-patch p 49 (- (length (rewrite-packet-bytes (nth 48 p))) 3) "!"))
     (response "READ hello.txt" (48 . 49) (48 . 49) any))
    ("a name in a directory" (lambda (p) (compare-edits--text p 99 "a.bin" "b.bin"))
     (response "FIND docs" (98 . 99) (98 . 99) smb2.filename))
    ("a status" (lambda (p) (compare-edits--set p 59 'smb2.nt_status #xc0000022))
     (status "CREATE missing.txt: STATUS_OBJECT_NAME_NOT_FOUND / STATUS_ACCESS_DENIED"
             (58 . 59) (58 . 59) smb2.nt_status))
    ("another status" (lambda (p) (compare-edits--set p 25 'smb2.nt_status #xc000000f))
     (status "FIND \\ SMB2_FIND_ID_BOTH_DIRECTORY_INFO *: STATUS_NO_MORE_FILES / STATUS_NO_SUCH_FILE"
             (24 . 25) (24 . 25) smb2.nt_status))
    ("a status that nobody knows" (lambda (p) (compare-edits--set p 59 'smb2.nt_status #xc0ffee01))
     (status "CREATE missing.txt: STATUS_OBJECT_NAME_NOT_FOUND / 0xc0ffee01"
             (58 . 59) (58 . 59) smb2.nt_status))
    ("a time that was never set" (lambda (p) (compare-edits--set p 45 'smb2.last_write.time 0))
     (response "CREATE hello.txt" (44 . 45) (44 . 45) smb2.last_write.time))
    ("the largest time" (lambda (p) (compare-edits--set p 47 'smb2.create.time #x7fffffffffffffff))
     (response "GETINFO hello.txt" (46 . 47) (46 . 47) smb2.create.time))
    ("a length that is not that of the data" (lambda (p) (compare-edits--set p 49 '(smb2.olb.length smb2.read_length) 11))
     (response "READ hello.txt" (48 . 49) (48 . 49) any))
    ("a context that is not there" (lambda (p) (compare-edits--set p 6 'smb2.negotiate_context.count 2))
     (environment "SMB2_SIGNING_CAPABILITIES" "AES-GMAC" nil))
    ;; Identifiers.
    ("another file's handle is read" (lambda (p) (compare-edits--copy p 39 48 'smb2.fid))
     (identifier "READ hello.txt: file id of hello.txt / of new\\up.bin" (48 . 49) (48 . 49)
                 smb2.fid))
    ("another file's handle is closed" (lambda (p) (compare-edits--copy p 61 76 'smb2.fid))
     (identifier "CLOSE docs\\a.bin: file id of docs\\a.bin / of docs" (76 . 77) (76 . 77)
                 smb2.fid))
    ("a handle that no one opened" (lambda (p) (compare-edits--flip p 48 'smb2.fid #xff00))
     (identifier "READ hello.txt: file id of hello.txt / of nothing known" (48 . 49) (48 . 49)
                 smb2.fid))
    ("no handle" (lambda (p) (rewrite-patch p 48 (car (compare-edits--field 48 'smb2.fid))
                                            (apply #'unibyte-string (make-list 16 255))))
     (request "READ hello.txt" (48 . 49) (48 . 49) smb2.fid))
    ("another tree" (lambda (p) (compare-edits--copy p 14 58 'smb2.tid))
     (identifier "CREATE missing.txt: tree id of \\\\127.0.0.1\\share / of \\\\127.0.0.1\\IPC$"
                 (58 . 59) (58 . 59) smb2.tid))
    ("another session" (lambda (p) (compare-edits--flip p 58 'smb2.sesid #xff))
     (identifier "CREATE missing.txt: session id" (58 . 59) (58 . 59) smb2.sesid))
    ;; Time.
    ("half a second more" (lambda (p) (rewrite-delay p 49 500000000))
     (slower "READ hello.txt: slower in B: 0.446 ms / 500 ms" (48 . 49) (48 . 49)))
    ;; What is no difference.
    ("message ids further on" (lambda (p) (compare-edits--shift p 46 'smb2.msg_id 1000)))
    ("credits asked for" (lambda (p) (compare-edits--set p 46 'smb2.credits.requested 77)))
    ("credits granted" (lambda (p) (compare-edits--set p 47 'smb2.credits.granted 77)))
    ("a time" (lambda (p) (compare-edits--flip p 45 'smb2.last_write.time #xff0000000000)))
    ("a client's GUID" (lambda (p) (compare-edits--flip p 4 'smb2.client_guid #xffff)))
    ("a signature" (lambda (p) (compare-edits--flip p 60 'smb2.signature #xffff)))
    ("a request in two segments" (lambda (p) (rewrite-split p 38)))
    ("a response in two segments" (lambda (p) (rewrite-split p 23)))
    ("a retransmitted request" (lambda (p) (rewrite-retransmit p 38 40)))
    ("a retransmitted response" (lambda (p) (rewrite-retransmit p 39 42)))
    ("a port mirrored both ways"
     (lambda (p) (seq-mapcat (lambda (packet)
                               (let ((again (rewrite-copy packet)))
                                 (setf (rewrite-packet-raw again) t)
                                 (list packet again)))
                             (rewrite--renumber p))))
    ("a client that stays in touch" (lambda (p) (compare-edits--echo p 46)))
    ("an ECHO without an answer" (lambda (p) (rewrite-drop (compare-edits--echo p 46) 47))
     (only-b "KEEPALIVE" nil (46 . nil)))
    ("a compressed response" (lambda (p) (compare-edits--compress p 49))
     (environment "Compressed" "no" "yes"))
    ("a byte of a compressed response"
     (lambda (p)
       (compare-edits--compress
        (rewrite-patch p 49 (- (length (rewrite-packet-bytes (nth 48 p))) 3) "!") 49))
     (environment "Compressed" "no" "yes")
     (response "READ hello.txt" (48 . 49) (48 . 49) any))
    ("a NetBIOS datagram" (lambda (p) (compare-edits--datagram p 1)))
    ("a datagram, and a status"
     (lambda (p) (compare-edits--datagram (compare-edits--set p 59 'smb2.nt_status 0) 1))
     (status "CREATE missing.txt: STATUS_OBJECT_NAME_NOT_FOUND / STATUS_SUCCESS"
             (58 . 59) (59 . 60) any))
    ("a pause between requests" (lambda (p) (rewrite-delay p 48 2000000000)))
    ;; Two at once.
    ("a status and a right"
     (lambda (p) (compare-edits--flip (compare-edits--set p 59 'smb2.nt_status #xc0000022)
                                      44 'smb.access_mask 2))
     (request "CREATE hello.txt" (44 . 45) (44 . 45) smb.access.write)
     (status "CREATE missing.txt" (58 . 59) (58 . 59) smb2.nt_status)))
  "Edits and what they make a comparison tell.")

(defconst compare-edits--others
  ;; (FOLDER AGAIN TABLE-ENTRY...)
  '(("t-copychunk" "t-copychunk-again"
     ("nothing" identity)
     ("another resume key" (lambda (p) (compare-edits--flip p 28 'smb2.fsctl.cchunk.resume_key #xff))
      (identifier "IOCTL testfsctl2.dat FSCTL_SRV_COPYCHUNK: resume key of testfsctl.dat / of nothing known"
                  (28 . 29) (28 . 29) smb2.fsctl.cchunk.resume_key)))
    ("t-owner" "t-owner-again"
     ("nothing" identity)
     ("another owner" (lambda (p) (compare-edits--flip p 17 'nt.sid.rid 1))
      ;; What it was set to in 18 is what it was.
      (response "GETINFO test_dir SEC_INFO SMB2_SEC_INFO_00: Owner: S-1-5-21-" (16 . 17) (16 . 17)
                nt.sid))
     ("everyone is no one" (lambda (p) (compare-edits--flip p 17 'nt.sid.subauth 1 3))
      (response "GETINFO test_dir" (16 . 17) (16 . 17) nt.sid))
     ("an owner of another domain" (lambda (p) (compare-edits--flip p 18 'nt.sid.domain 1))
      (identifier "SETINFO test_dir SEC_INFO SMB2_SEC_INFO_00: domain sid of test_dir / of nothing known"
                  (18 . 19) (18 . 19) nt.sid.domain)))
    ("t-lookupnames" "t-lookupnames-again"
     ("nothing" identity)
     ("another handle" (lambda (p) (compare-edits--copy p 26 33 'lsarpc.lsa_LookupNames2.handle
                                                           'lsarpc.lsa_OpenPolicy.handle))
      (identifier "IOCTL lsarpc FSCTL_PIPE_TRANSCEIVE lsa_LookupNames2: rpc handle of lsarpc"
                  (33 . 34) (33 . 34) lsarpc.lsa_LookupNames2.handle))
     ("another result" (lambda (p) (compare-edits--set p 34 'lsarpc.status #xc0000022))
      (response "IOCTL lsarpc FSCTL_PIPE_TRANSCEIVE lsa_LookupNames2: \
STATUS_SUCCESS / STATUS_ACCESS_DENIED" (33 . 34) (33 . 34) lsarpc.status))
     ("another call" (lambda (p) (compare-edits--set p 25 'dcerpc.opnum 7))
      (request "IOCTL lsarpc FSCTL_PIPE_TRANSCEIVE lsa_OpenPolicy" (25 . 26) (25 . 26) any)))
    ;; Handles, call ids, referents, sequence numbers, resume handles.
    ("t-rpc" "t-rpc-again"
     ;; The share is in another directory.
     ("nothing" identity
      (environment "Server names" "smbcmp-record.nSuDs7" "smbcmp-record.xHp9HR"))
     ("another level" (lambda (p) (compare-edits--set p 101 'samr.samr_QueryDomainInfo.level 1))
      (request "IOCTL samr FSCTL_PIPE_TRANSCEIVE QueryDomainInfo" (101 . 102) (101 . 102) any)
      (environment "Server names" "smbcmp-record.nSuDs7" "smbcmp-record.xHp9HR"))
     ("another status" (lambda (p) (compare-edits--set p 96 'samr.status #xc0000022))
      (response "IOCTL samr FSCTL_PIPE_TRANSCEIVE Connect5" (95 . 96) (95 . 96) any)
      (environment "Server names" "smbcmp-record.nSuDs7" "smbcmp-record.xHp9HR")))
    ("t-rename-smb1" "t-rename-smb1-again"
     ("nothing" identity)
     ("no process negotiates"
      (lambda (p) (compare-edits--set (compare-edits--set p 4 'smb.pid 0) 6 'smb.pid 0)))
     ("no process renames"
      (lambda (p) (compare-edits--set (compare-edits--set p 20 'smb.pid 0) 22 'smb.pid 0))
      (request "RENAME \\test.txt" (20 . 22) (20 . 22) smb.pid))
     ("a client that knows no long names"
      (lambda (p) (compare-edits--flip p 4 'smb.flags2 1))
      (environment "Long Names Allowed" "Long file names are allowed in the response"
                   "Long file names are not allowed in the response"))
     ("a path without long names" (lambda (p) (compare-edits--flip p 18 'smb.flags2 1))
      (request "NT CREATE ANDX" (18 . 19) (18 . 19) smb.flags2.long_names_allowed))
     ("the server rejects all mechanisms"
      (lambda (p) (compare-edits--set p 9 'spnego.negResult 2))
      (environment "negResult" "accept-incomplete (1)" "reject (2)"))
     ("another session key" (lambda (p) (compare-edits--flip p 10 'smb.session_key 1))
      (identifier "SESSION SETUP ANDX NTLMSSP_AUTH: session key" (10 . 11) (10 . 11)
                  smb.session_key))))
  "Edits of other recordings, and what they make a comparison tell.")

;;;; The test

(ert-deftest compare-test-every-edit-is-found-alone ()
  "Of two recordings, the one thing that was changed is told, and no other."
  (should (>= (length compare-edits--table) 60))
  (when-let* ((wrong (compare-edits--wrong "good" "good-again" compare-edits--table)))
    (ert-fail wrong)))

(ert-deftest compare-test-what-other-protocols-make-up-is-no-difference ()
  "Keys, RPC handles and domains made up anew are ignored; used wrongly, told."
  (pcase-dolist (`(,original ,again . ,table) compare-edits--others)
    (when-let* ((wrong (compare-edits--wrong original again table)))
      (ert-fail wrong))))

;;;; What means something in one place only

(defun compare-edits--token (packets mechanism &optional byte)
  "Return PACKETS whose first token begins with MECHANISM, and has BYTE later on.
It is said to be one of NEGOEX."
  (pcase-let* ((`(,start . ,_) (compare-edits--field 8 'spnego.mechToken))
               (`(,type . ,length) (compare-edits--field 8 'spnego.MechType))
               (packets (rewrite-patch (rewrite-patch packets 8 (+ type length -1) "\x1e")
                                       8 start mechanism)))
    (if byte (rewrite-patch packets 8 (+ 30 start) byte) packets)))

(defun compare-edits--as (packets command)
  "Return PACKETS with the TREE DISCONNECT of 110 and 111 as COMMAND."
  (compare-edits--set (compare-edits--set packets 110 'smb2.cmd command) 111 'smb2.cmd command))

(defconst compare-edits--both
  ;; (WHAT EDIT-OF-A EDIT-OF-B KIND...)
  '(("another mechanism" identity (lambda (p) (compare-edits--token p "NEGOEXTS"))
     request)
    ("a tree where there is none" (lambda (p) (compare-edits--as p 2))
     (lambda (p) (compare-edits--flip (compare-edits--as p 2) 110 'smb2.tid #xff)))
    ("the same of a tree" identity (lambda (p) (compare-edits--flip p 110 'smb2.tid #xff))
     identifier))
  "Edits of both sides, and the kinds of divergences that come of them.")

(ert-deftest compare-test-what-means-something-in-one-place-only ()
  "What is random, or reserved, by what is around it is ignored there alone."
  (let* ((files (list (make-temp-file "smbcmp-edit" nil ".pcap")
                      (make-temp-file "smbcmp-edit" nil ".pcap")))
         (packets (rewrite-read (smbcmp-test-data "good-again")))
         (compare-edits--capture (smbcmp-open (smbcmp-test-data "good-again"))))
    (unwind-protect
        (pcase-dolist (`(,what ,a ,b . ,kinds) compare-edits--both)
          (cl-mapc (lambda (file edit) (rewrite-write (funcall edit packets) file))
                   files (list a b))
          (let* ((captures (mapcar #'smbcmp-open files))
                 (found (smbcmp-comparison-divergences
                         (apply #'smbcmp-diff-captures captures))))
            (mapc #'smbcmp-close captures)
            (ert-info (what)
              (should (equal kinds (mapcar (lambda (d) (plist-get d :kind)) found))))))
      (smbcmp-close compare-edits--capture)
      (mapc #'delete-file files))))

;;;; The same in other pieces

(defun compare-edits--pieces (edit)
  "Return what differs of the same in large pieces and, after EDIT, in small ones.
These are kinds and labels."
  (let* ((file (make-temp-file "smbcmp-edit" nil ".pcap"))
         (compare-edits--capture (smbcmp-open (smbcmp-test-data "pieces-small")))
         (large (smbcmp-open (smbcmp-test-data "pieces-large"))))
    (rewrite-write (funcall edit (rewrite-read (smbcmp-test-data "pieces-small"))) file)
    (let ((small (smbcmp-open file)))
      (unwind-protect
          (mapcar (lambda (d) (list (plist-get d :kind) (plist-get d :label)))
                  (smbcmp-comparison-divergences (smbcmp-diff-captures large small)))
        (mapc #'smbcmp-close (list large small compare-edits--capture))
        (delete-file file)))))

(defun compare-edits--patch-last (packets filter)
  "Return PACKETS with another last byte in the first frame that passes FILTER."
  (let* ((frame (car (smbcmp-frames compare-edits--capture filter)))
         (bytes (rewrite-packet-bytes (nth (1- frame) packets))))
    (rewrite-patch packets frame (1- (length bytes)) "!")))

(ert-deftest compare-test-the-same-in-other-pieces-is-one-line ()
  "What is read, written or listed in other pieces is told at once, if it is the same."
  (let* ((write '(request "WRITE up.bin: 1 × 5 KB / 3 × 2 KB (Max Write Size)"))
         (read '(request "READ docs\\a.bin: 1 × 10 KB / 5 × 2 KB (Max Read Size)"))
         (find '(request "FIND docs SMB2_FIND_ID_BOTH_DIRECTORY_INFO *: \
2 × 604 files / 3 × 584 files (Max Transaction Size)"))
         (same (compare-edits--pieces #'identity)))
    (should (equal same (list write read find)))
    (pcase-dolist (`(,filter . ,told)
                   `(("smb2.cmd == 9 && smb2.flags.response == 0" . ,write)
                     ("smb2.cmd == 8 && smb2.flags.response == 1" . ,read)
                     ("smb2.cmd == 14 && smb2.flags.response == 1" . ,find)))
      (let ((other (compare-edits--pieces
                    (lambda (packets) (compare-edits--patch-last packets filter)))))
        (should-not (member told other))
        (should other)))))

(provide 'compare-edits-test)
;;; compare-edits-test.el ends here
