;;; smblog-link-test.el --- Log lines and the frames they speak of  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Links between recorded logs and captures.  What a link must lead to is
;; told by tshark, whose connections a process's are by grep.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smblog-link)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function parity--tshark "parity-test" (&rest arguments))
(declare-function smblog-client-test--lines "smblog-client-test" (program &rest arguments))

(defconst smblog-link-test--folders
  '("good" "good-again" "readonly" "smb21" "enc-smb311" "concurrent"
    "t-compound" "t-notify" "t-lock" "t-durable")
  "Recordings of a capture and the log of the same run.")

(defun smblog-link-test--unpack (folder &optional edit)
  "Return a new file with the log of FOLDER; EDIT, a shell command, edits it."
  (let ((file (make-temp-file "smblog-link" nil ".log")))
    (should (eq 0 (call-process "sh" nil nil nil "-c"
                                (concat "zcat \"$0\" | " (or edit "cat") " > \"$1\"")
                                (smbcmp-test-data folder "log.smbd.gz") file)))
    file))

(defun smblog-link-test--open (folder)
  "Return the capture of FOLDER, decrypted if it is encrypted."
  (smbcmp-open (smbcmp-test-data folder)
               :keys (and (string-prefix-p "enc" folder)
                          (smbcmp-read-keys (smbcmp-test-data folder "log.smbd.gz")))))

(defun smblog-link-test--links (log-file capture)
  "Return what `smblog-link' says of LOG-FILE and CAPTURE."
  (let ((log (smblog-open log-file)))
    (unwind-protect (smblog-link log capture)
      (smblog-close log))))

(defun smblog-link-test--pdus (folder)
  "Return the PDUs of FOLDER as tshark has them.
They are lists (FRAME PORT MID CMD RESPONSE-P).
PORT is the client's; the request that is still SMB1 counts as SMB2's
negotiate with message id 0, for which Samba takes it."
  (let* ((fields '("frame.number" "tcp.srcport" "tcp.dstport" "smb2.msg_id" "smb2.cmd"
                   "smb2.flags.response" "smb.cmd"))
         (keys (and (string-prefix-p "enc" folder)
                    (let ((key (car (smbcmp-read-keys (smbcmp-test-data folder
                                                                        "log.smbd.gz")))))
                      (list "-o" (format "uat:smb2_seskey_list:%s,%s,\"\",\"\""
                                         (plist-get key :session) (plist-get key :key))))))
         (text (apply #'parity--tshark "-r" (smbcmp-test-data folder) "-Y" "smb2 || smb"
                      "-T" "fields" (append keys (mapcan (lambda (f) (list "-e" f)) fields)))))
    (cl-loop
     for line in (split-string text "\n" t)
     for (frame src dst mids cmds responses smb1) = (split-string line "\t")
     if (equal smb1 "0x72")
     collect (list (string-to-number frame) (string-to-number src) 0 0 nil)
     else
     nconc (cl-loop for mid in (split-string mids "," t)
                    for cmd in (split-string cmds "," t)
                    for response in (split-string responses "," t)
                    for response-p = (member response '("1" "True"))
                    collect (list (string-to-number frame)
                                  (string-to-number (if response-p dst src))
                                  (string-to-number mid) (string-to-number cmd)
                                  (and response-p t))))))

(defun smblog-link-test--ports (folder)
  "Return an alist of pids and the ports of their clients.
They are found in FOLDER's log by grep."
  (let (allowed ports pid)
    (with-temp-buffer
      (call-process "sh" nil t nil "-c"
                    "zcat \"$0\" | grep -a -E -e '^\\[20|Connection allowed from|remote_address +:|xconn\\[ptr.*addr='"
                    (smbcmp-test-data folder "log.smbd.gz"))
      (goto-char (point-min))
      (while (not (eobp))
        (cond ((looking-at "\\[20.* pid=\\([0-9]+\\)")
               (setq pid (string-to-number (match-string 1))))
              ((looking-at ".*Connection allowed from ipv4:[0-9.]+:\\([0-9]+\\)")
               (push (cons pid (string-to-number (match-string 1))) allowed))
              ((re-search-forward "ipv4:[0-9.]+:\\([0-9]+\\)" (line-end-position) t)
               (cl-pushnew (cons pid (string-to-number (match-string 1))) ports
                           :test #'equal)))
        (forward-line 1)))
    ;; Dumps of shared tables name other processes' clients, too.
    (or allowed ports)))

(defconst smblog-link-test--opcodes
  '((0 . "NEGPROT") (1 . "SESSSETUP") (2 . "LOGOFF") (3 . "TCON") (4 . "TDIS")
    (5 . "CREATE") (6 . "CLOSE") (7 . "FLUSH") (8 . "READ") (9 . "WRITE") (10 . "LOCK")
    (11 . "IOCTL") (12 . "CANCEL") (13 . "KEEPALIVE") (14 . "QUERY_DIRECTORY")
    (15 . "NOTIFY") (16 . "GETINFO") (17 . "SETINFO") (18 . "BREAK"))
  "Commands of MS-SMB2 2.2.1 and what Samba calls them.")

(ert-deftest smblog-link-test-every-request-is-linked-to-its-own ()
  "Every request of a log leads to the one PDU of its connection, id and command."
  (let ((total 0))
    (dolist (folder smblog-link-test--folders)
      (let* ((capture (smblog-link-test--open folder))
             (links (smblog-link-test--links (smbcmp-test-data folder "log.smbd.gz")
                                             capture))
             (all (smblog-link-test--pdus folder))
             (by-mid (seq-group-by #'cl-third all))
             (by-mid (let ((table (make-hash-table)))
                       (pcase-dolist (`(,mid . ,pdus) by-mid table)
                         (puthash mid pdus table))))
             (ports (smblog-link-test--ports folder))
             (used (make-hash-table :test #'equal)))
        (should links)
        (pcase-dolist (`(,request ,state ,frame ,response) links)
          (cl-incf total)
          (let* ((mid (plist-get request :mid))
                 (pdus (gethash mid by-mid))
                 (cmd (car (rassoc (string-remove-prefix "SMB2_OP_"
                                                         (plist-get request :opcode))
                                   smblog-link-test--opcodes)))
                 (port (mapcar #'cdr (cl-remove (plist-get request :pid) ports
                                                :key #'car :test-not #'eql)))
                 (wanted (cl-remove-if-not
                          (pcase-lambda (`(,_ ,p ,m ,c ,response-p))
                            (and (not response-p) (memql p port) (eql m mid)
                                 (if cmd (eql c cmd) (> c 18))))
                          pdus)))
            (should (equal (list folder request 'certain) (list folder request state)))
            ;; The only one there is.
            (should (equal (list folder request (mapcar #'car wanted))
                           (list folder request (list frame))))
            (puthash (car wanted) t used)
            ;; Its answer, on the same connection.
            (when response
              (should (cl-find-if (pcase-lambda (`(,f ,p ,m ,c ,response-p))
                                    (and response-p (= f response) (memql p port)
                                         (eql m mid) (if cmd (eql c cmd) t)))
                                  pdus)))))
        ;; And no request PDU is left over.
        (should (equal (cons folder (hash-table-count used))
                       (cons folder (cl-count nil all :key #'cl-fifth))))
        (smbcmp-close capture)))
    (should (> total 1500))))

;;;; Several connections of a process

(defun smblog-link-test--bind (display-filter)
  "Return the links of t-bind's log to the frames that pass DISPLAY-FILTER.
Its client connects a second time with the same ClientGuid, and the second
connection's process hands it to the first's.  Frames are t-bind's."
  (let ((file (make-temp-file "smblog-link" nil ".pcapng"))
        (frames (mapcar #'string-to-number
                        (split-string (parity--tshark "-r" (smbcmp-test-data "t-bind")
                                                      "-Y" display-filter "-T" "fields"
                                                      "-e" "frame.number")
                                      "\n" t))))
    (parity--tshark "-r" (smbcmp-test-data "t-bind") "-Y" display-filter "-w" file)
    (let ((capture (smbcmp-open file)))
      (unwind-protect
          (mapcar (lambda (link)
                    (list (car link) (nth 1 link)
                          (and (nth 2 link) (nth (1- (nth 2 link)) frames))))
                  (smblog-link-test--links (smbcmp-test-data "t-bind" "log.smbd.gz") capture))
        (smbcmp-close capture)
        (delete-file file)))))

(ert-deftest smblog-link-test-a-process-of-two-connections ()
  "Requests before its second connection was there are of its first.
Whether the capture has both or only one."
  (let* ((ports (cl-loop for line in (smblog-client-test--lines
                                      "sh" "-c" "zcat \"$0\" | sed -nE \
's/.*Connection allowed from ipv4:[0-9.]+:([0-9]+) .*/\\1/p'"
                                      (smbcmp-test-data "t-bind" "log.smbd.gz"))
                         collect (car line)))
         (both (smblog-link-test--bind "tcp"))
         (pid (plist-get (car (car both)) :pid))
         ;; The client waits for each answer: the log's order is the capture's.
         (requests (smblog-client-test--lines
                    "tshark" "-r" (smbcmp-test-data "t-bind") "-Y"
                    "smb2.flags.response == 0 || smb.cmd == 0x72" "-T" "fields"
                    "-e" "frame.number" "-e" "tcp.srcport"))
         (own (cl-remove-if-not (lambda (link) (eql pid (plist-get (car link) :pid))) both)))
    ;; The second is told by its own process, and by the one that has it then.
    (should (equal (list (nth 0 ports) (nth 1 ports) (nth 1 ports)) ports))
    (should (= (1+ (length own)) (length both)))
    (should (equal (mapcar (lambda (request) (list 'certain (car request))) requests)
                   (mapcar #'cdr own)))
    (dolist (port (list (car ports) (cadr ports)))
      (let ((links (smblog-link-test--bind (format "tcp.port == %d" port))) (first 0))
        (cl-loop for (request state frame) in (cl-remove-if-not
                                               (lambda (link)
                                                 (eql pid (plist-get (car link) :pid)))
                                               links)
                 for (expected of) in requests
                 ;; Never another one.
                 do (when (eq 'certain state) (should (eql expected frame)))
                 ;; What came before the second is known for all that.
                 while (< expected (car (cl-find (cadr ports) requests :key #'cadr)))
                 do (cl-incf first)
                 do (should (equal (list (plist-get request :mid)
                                         (if (eql port of) 'certain 'none))
                                   (list (plist-get request :mid) state))))
        (should (> first 3))))))

;;;; SMB1

(defun smblog-link-test--smb1-pdus (file)
  "Return the SMB1 PDUs of capture FILE as tshark has them.
They are lists (FRAME PORT MID CMD RESPONSE-P); PORT is the client's."
  (cl-loop
   for line in (split-string
                (parity--tshark "-r" file "-Y" "smb" "-T" "fields" "-e" "frame.number"
                                "-e" "tcp.srcport" "-e" "tcp.dstport" "-e" "smb.mid"
                                "-e" "smb.cmd" "-e" "smb.flags.response")
                "\n" t)
   for (frame src dst mid cmds response) = (split-string line "\t")
   for response-p = (and (member response '("1" "True")) t)
   collect (list (string-to-number frame) (string-to-number (if response-p dst src))
                 (string-to-number mid)
                 ;; Behind the first are those of AndX.
                 (browse-tshark-number (car (split-string cmds ",")))
                 response-p)))

(ert-deftest smblog-link-test-smb1-requests-are-linked-to-their-own ()
  "Every SMB1 request leads to the one PDU with its id and command, and its answer."
  (let* ((capture (smblog-link-test--open "smb1"))
         (all (smblog-link-test--smb1-pdus (smbcmp-test-data "smb1")))
         (links (smblog-link-test--links (smbcmp-test-data "smb1" "log.smbd.gz") capture))
         (ports (smblog-link-test--ports "smb1")))
    (smbcmp-close capture)
    (should (= 31 (length links) (cl-count nil all :key #'cl-fifth)))
    (pcase-dolist (`(,request ,state ,frame ,response) links)
      (let ((port (cdr (assq (plist-get request :pid) ports)))
            (cmd (string-to-number (substring (plist-get request :opcode) 7) 16)))
        (should (eq 'certain state))
        (pcase-dolist (`(,f . ,response-p) (list (cons frame nil) (cons response t)))
          (should (equal (list f port (plist-get request :mid) cmd response-p)
                         (assq f all))))))
    (should (equal (sort (mapcar #'cl-third links) #'<)
                   (cl-loop for (frame _ _ _ response-p) in all
                            unless response-p collect frame)))))

(ert-deftest smblog-link-test-smb1-without-evidence-it-is-ambiguous ()
  "Without ports a log of SMB1 is of anybody; without pids its ports are nobody's."
  (dolist (edit '("sed -E 's/(ipv4:[0-9.]+):[0-9]+/\\1:0/g; s/ipv4://g'"
                  "sed -E 's/, pid=[0-9]+//; s/(ipv4:[0-9.]+):[0-9]+/\\1/g; s/ipv4://g'"))
    (let ((file (smblog-link-test--unpack "smb1" edit))
          (capture (smblog-link-test--open "smb1")))
      (unwind-protect
          (let ((links (smblog-link-test--links file capture)))
            (should (= 31 (length links)))
            (pcase-dolist (`(,_ ,state ,frame ,_ ,candidates) links)
              (should (eq 'ambiguous state))
              (should-not frame)
              (should (= 1 (length candidates)))))
        (smbcmp-close capture)
        (delete-file file)))))

(ert-deftest smblog-link-test-smb1-negotiation-is-one-request ()
  "What begins as SMB1's negotiation, and goes on as SMB2's, would be there twice.
smbd dumps it if it may speak SMB1."
  (let* ((dump "[2026/11/24 01:58:23.000000,  5, pid=\\1] x.c:1(show_msg)\\n  size=1\\n\
  smb_com=0x72\\n  smb_rcls=0\\n  smb_reh=0\\n  smb_err=0\\n  smb_flg=24\\n\
  smb_flg2=51267\\n  smb_tid=0\\n  smb_pid=65534\\n  smb_uid=0\\n  smb_mid=0")
         (file (smblog-link-test--unpack
                "smb21"
                (format "awk '/pid=/ { match($0, /pid=[0-9]+/); pid = substr($0, RSTART + 4, RLENGTH - 4) }
{ if (/opcode.SMB2_OP_NEGPROT. mid = 0/) { text = \"%s\"; sub(/\\\\1/, pid, text); print text; print header }
  if (/^\\[20/) { header = $0 }
  print }'" dump)))
         (capture (smblog-link-test--open "smb21")))
    (unwind-protect
        (let ((expected (smblog-link-test--links (smbcmp-test-data "smb21" "log.smbd.gz")
                                                 capture))
              (links (smblog-link-test--links file capture)))
          (should (equal (mapcar (lambda (link)
                                   (cons (plist-get (car link) :opcode) (cdr link)))
                                 expected)
                         (mapcar (lambda (link)
                                   (cons (plist-get (car link) :opcode) (cdr link)))
                                 links))))
      (smbcmp-close capture)
      (delete-file file))))

(ert-deftest smblog-link-test-another-run-links-nothing ()
  "A log of another run of the same scenario has nothing certain, though all fits."
  (pcase-dolist (`(,log ,capture) '(("good" "good-again") ("good-again" "good")
                                    ("readonly" "good") ("t-lock" "t-compound")
                                    ("smb1" "smb21") ("smb21" "smb1")))
    (let ((capture (smblog-link-test--open capture)))
      (dolist (link (smblog-link-test--links (smbcmp-test-data log "log.smbd.gz") capture))
        (should (eq 'none (nth 1 link))))
      (smbcmp-close capture))))

(ert-deftest smblog-link-test-clocks-that-differ ()
  "A log whose clock is 3 h 7 s ahead is linked all the same, and that is told."
  (let ((file (smblog-link-test--unpack
               "good" (concat "perl -pe 's{^(\\[\\d+/\\d+/\\d+ )(\\d+):(\\d+):(\\d+)}"
                              "{my $s=$2*3600+$3*60+$4+3*3600+7;"
                              "$1.sprintf(\"%02d:%02d:%02d\",$s/3600,$s/60%60,$s%60)}e'")))
        (capture (smblog-link-test--open "good")))
    (unwind-protect
        (let* ((log (smblog-open file))
               (links (smblog-link-both log capture)))
          (should (= 53 (smblog-links-certain links)))
          (should (< 10806.9 (smblog-links-offset links) 10807.1))
          (should (string-match-p "clock is 3 h 7 s ahead" (smblog-links-summary links)))
          (smblog-close log))
      (smbcmp-close capture)
      (delete-file file))))

(ert-deftest smblog-link-test-half-of-a-log ()
  "What is left of a log that was cut at its beginning is linked, and rightly."
  (let* ((capture (smblog-link-test--open "concurrent"))
         (whole (smblog-link-test--links (smbcmp-test-data "concurrent" "log.smbd.gz")
                                         capture))
         (file (smblog-link-test--unpack "concurrent" "tail -n +60000")))
    (unwind-protect
        (let ((half (smblog-link-test--links file capture)))
          (should (< 50 (length half) (length whole)))
          (dolist (link half)
            (should (eq 'certain (nth 1 link)))
            (should (cl-find-if (lambda (other)
                                  (and (equal (plist-get (car link) :pid)
                                              (plist-get (car other) :pid))
                                       (equal (plist-get (car link) :mid)
                                              (plist-get (car other) :mid))
                                       (equal (nth 2 link) (nth 2 other))
                                       (equal (nth 3 link) (nth 3 other))))
                                whole))))
      (smbcmp-close capture)
      (delete-file file))))

(ert-deftest smblog-link-test-half-of-a-capture ()
  "What a capture that began late has is linked, the rest is not in it."
  (let* ((file (make-temp-file "smblog-link" nil ".pcapng"))
         (whole (smblog-link-test--open "concurrent"))
         (from 400)
         (expected (smblog-link-test--links (smbcmp-test-data "concurrent" "log.smbd.gz")
                                            whole)))
    (unwind-protect
        (progn
          (should (eq 0 (call-process "editcap" nil nil nil "-r"
                                      (smbcmp-test-data "concurrent") file
                                      (format "%d-999999" from))))
          (let* ((half (smbcmp-open file))
                 (links (smblog-link-test--links
                         (smbcmp-test-data "concurrent" "log.smbd.gz") half)))
            (cl-loop for (_ state frame response) in links
                     for (_ _ whole-frame whole-response) in expected
                     do (if (< whole-frame from)
                            (should (eq 'none state))
                          (should (eq 'certain state))
                          (should (= frame (- whole-frame (1- from))))
                          (should (= response (- whole-response (1- from))))))
            (smbcmp-close half)))
      (smbcmp-close whole)
      (delete-file file))))

(ert-deftest smblog-link-test-without-evidence-it-is-ambiguous ()
  "Where nothing tells whose a connection is, candidates are shown, not guessed at."
  (let* ((capture (smblog-link-test--open "concurrent"))
         ;; Neither ports nor ids are left, only what was asked for.
         (file (smblog-link-test--unpack
                "concurrent"
                "sed -E 's/global_id \\(0x[0-9a-f]+/global_id (0x0/; s/(ipv4:[0-9.]+):[0-9]+/\\1:0/g'")))
    (unwind-protect
        (let ((links (smblog-link-test--links file capture)))
          (should (= 346 (length links)))
          (pcase-dolist (`(,_ ,state ,frame ,_ ,candidates) links)
            (should-not (eq 'certain state))
            (should-not frame)
            (when (eq state 'ambiguous) (should (= 2 (length candidates))))))
      (smbcmp-close capture)
      (delete-file file))))

(ert-deftest smblog-link-test-encrypted-without-keys ()
  "An encrypted capture without keys links nothing, rather than anything."
  (let ((capture (smbcmp-open (smbcmp-test-data "enc-smb311"))))
    (dolist (link (smblog-link-test--links (smbcmp-test-data "enc-smb311" "log.smbd.gz")
                                           capture))
      ;; The negotiation and session setup are in the clear.
      (should (or (eq 'none (nth 1 link))
                  (member (plist-get (car link) :opcode)
                          '("SMB2_OP_NEGPROT" "SMB2_OP_SESSSETUP")))))
    (smbcmp-close capture)))

(ert-deftest smblog-link-test-the-log-named-after-the-capture-is-offered-first ()
  "Of good.log and bad.log beside good.pcapng, Return takes the wrong one no more."
  (let ((directory (make-temp-file "smblog-link" t)))
    (unwind-protect
        (cl-flet ((offered (capture)
                    (mapcar #'file-name-nondirectory
                            (smblog-pair-logs-beside (expand-file-name capture directory)))))
          (dolist (name '("bad.log.gz" "good.log.gz" "log.smbd.gz"))
            (copy-file (smbcmp-test-data "good" "log.smbd.gz")
                       (expand-file-name name directory)))
          (should (equal '("good.log.gz" "log.smbd.gz" "bad.log.gz") (offered "good.pcapng")))
          (should (equal '("bad.log.gz" "log.smbd.gz" "good.log.gz") (offered "bad.pcapng.gz")))
          (should (equal '("log.smbd.gz" "bad.log.gz" "good.log.gz") (offered "a.pcapng"))))
      (delete-directory directory t))))

(provide 'smblog-link-test)
;;; smblog-link-test.el ends here
