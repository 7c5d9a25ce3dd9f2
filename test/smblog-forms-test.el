;;; smblog-forms-test.el --- Logs in all forms have what grep counts  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What people have of a log was printed by a container's runtime, by syslog, by a
;; terminal or by a mail program.  Here are the recorded logs in each of these forms,
;; made by sed, and others as their programs write them; grep counts messages, requests,
;; statuses and errors in the very same files.  The test prints the table.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog)
(require 'smblog-errors)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst smblog-forms-test-samba
  '(:messages "\\[20[0-9/]+ [0-9:.]+, *[a-z0-9_]* ?[0-9]+"
    :requests "smbd_smb2_request_dispatch: opcode"
    :statuses "smbd_smb2_request_done_ex: .*status\\["
    ;; The other one is what it tells at level 2.
    :errors "request_done_ex: .*status\\[NT_STATUS_(?!OK\\]|MORE_PROCESSING|NO_MORE_FILES)\
|open_directory: unable to create .* NT_STATUS_")
  "Regexps of Perl for lines of what smbd writes.")

(defconst smblog-forms-test-headless
  '(:messages "^[^ \t]"
    :errors "^(?! *[a-z_]+ +: ).*NT_STATUS_(?!OK\\b|MORE_PROCESSING|NO_MORE_FILES|END_OF_FILE|CANCELLED)[A-Z]\
|ERROR: |Failed to |Unable to ")
  "What is other without headers: each line is a message, of no level.")

(defconst smblog-forms-test-kernel
  '(:messages "."
    :requests "cifs_sync_mid_result: cmd="
    ;; What is told right behind a reply is of that.
    :statuses (shell "grep -a -A1 cifs_sync_mid_result | grep -ac 'Status code returned 0x'")
    :errors "CIFS: VFS: |Status code returned 0x(?!c0000016|80000006|c0000011|00000103)")
  "The same for what the kernel's client writes.")

(defconst smblog-forms-test-trace
  '(:messages "\\[[0-9]+\\] .*[0-9]: *(cifs:)?smb3_"
    :requests "smb3_cmd_enter:"
    :statuses "smb3_cmd_(done|err):"
    :errors "_err:(?!.*status=0x(c0000016|80000006|c0000011|00000103))")
  "The same for what the kernel's client tells ftrace.")

(defun smblog-forms-test-json (before after)
  "Return a command that makes each line a string of JSON between BEFORE and AFTER."
  (format "sed 's/\\\\/\\\\\\\\/g; s/\"/\\\\\"/g; s/\\t/\\\\t/g; s/.*/%s&%s/'" before after))

(defconst smblog-forms-test-all
  `(("smbd" "cat" smbd)
    ("docker logs -t" "sed 's/^/2026-11-24T01:58:23.883007727Z /'" smbd)
    ("kubectl logs --timestamps" "sed 's/^/2026-11-24T01:58:23.883007727+01:00 /'" smbd)
    ("kubectl logs --prefix" "sed 's,^,[pod/samba-0/smbd] ,'" smbd)
    ("docker compose logs" "sed 's/^/samba-1  | /'" smbd)
    ("docker compose logs, in colour" "sed 's/^/\\x1b[36msamba-1  | \\x1b[0m/'" smbd)
    ("docker compose logs -t" "sed 's/^/samba-1  | 2026-11-24T01:58:23.883007727Z /'" smbd)
    ("stern" "sed 's/^/samba-0 smbd /'" smbd)
    ("CRI" "sed 's/^/2026-11-24T01:58:23.883007727Z stderr F /'" smbd)
    ("docker json-file"
     "sed 's/\\\\/\\\\\\\\/g; s/\"/\\\\\"/g; s/^/{\"log\":\"/; s/$/\\\\n\",\"stream\":\"stderr\",\
\"time\":\"2026-11-24T01:58:23.883007727Z\"}/'" smbd)
    ("syslog" "sed 's/^/Nov 24 01:58:23 fs1 smbd[8022]: /'" smbd)
    ("sysklogd, headers end in a blank"
     "sed '/^\\[20/s/$/ /; s/^/Nov 24 01:58:23 fs1 smbd[8022]: /'" smbd)
    ("rsyslog, RFC 3339" "sed 's/^/2026-11-24T01:58:23.883007+00:00 fs1 smbd[8022]: /'" smbd)
    ("RFC 5424" "sed 's/^/<27>1 2026-11-24T01:58:23.883007Z fs1 smbd 8022 - - /'" smbd)
    ("FreeBSD syslog" "sed 's/^/Nov 24 01:58:23 smbd[8022]: /'" smbd)
    ("busybox syslogd" "sed 's/^/Nov 24 01:58:23 fs1 daemon.err smbd[8022]: /'" smbd)
    ("AIX" "sed 's/^/Nov 24 01:58:23 aix1 daemon:err|error smbd[8022]: /'" smbd)
    ("s6-log" "sed 's/^/2026-11-24 01:58:23.883007727  /'" smbd)
    ("cat -n" "cat -n" smbd)
    ("less -N" "awk '{ printf \"%7d %s\\n\", NR, $0 }'" smbd)
    ("grep -n" "grep -an ''" smbd)
    ("diff -u of a new file"
     "sed 's/^/+/; 1i --- /dev/null\\n+++ b/log.smbd\\n@@ -0,0 +1,15395 @@'" smbd)
    ("quoted twice" "sed 's/^/> > /'" smbd)
    ("pdsh" "sed 's/^/fs1: /'" smbd)
    ("GitHub's and GitLab's jobs" "sed 's/^/2026-11-24T01:58:23.1234567Z /'" smbd)
    ("gh run view" "sed 's/^/build\\tRun tests\\t2026-11-24T01:58:23.1234567Z /'" smbd)
    ("logcli" "sed 's/^/2026-11-24T01:58:23Z {app=\"samba\"} /'" smbd)
    ("aws logs tail" "sed 's,^,2026-11-24T01:58:23.883000+00:00 smbd/i-0abc ,'" smbd)
    ("RFC 5424 with structured data"
     "sed 's/^/<27>1 2026-11-24T01:58:23.883007Z fs1 smbd 8022 - [origin ip=\"192.0.2.1\" x=\"y z\"] /'"
     smbd)
    ("rsyslog, a message a line"
     "perl -0pe 's/\\n(?!\\[20|\\z)/#012/g' | sed 's/^/Nov 24 01:58:23 fs1 smbd[8022]: /'" smbd
     "sed 's/#012/\\n/g'")
    ("mixed ends of lines" "awk 'NR % 3 { print; next } { printf \"%s\\r\\n\", $0 }'" smbd)
    ("Elastic's JSON"
     ,(smblog-forms-test-json "{\"_source\":{\"@timestamp\":\"2026-11-24T01:58:23.883Z\",\"message\":\""
                              "\",\"host\":{\"name\":\"fs1\"}}}")
     smbd)
    ("Kibana's JSON, indented"
     ,(smblog-forms-test-json "{\\n  \"_source\": {\\n    \"message\": \""
                              "\",\\n    \"tags\": [ \"a\" ]\\n  }\\n}")
     smbd)
    ("Loki's JSON" ,(smblog-forms-test-json "{\"labels\":{\"app\":\"samba\"},\"line\":\""
                                            "\",\"timestamp\":\"2026-11-24T01:58:23Z\"}")
     smbd)
    ("Splunk's JSON" ,(smblog-forms-test-json "{\"preview\":false,\"result\":{\"_raw\":\"" "\"}}")
     smbd)
    ("CloudWatch's JSON"
     ,(concat (smblog-forms-test-json "{\"timestamp\":1795485503883,\"message\":\"" "\"},")
              " | sed '1i {\"events\":[\n$a {}]}'")
     smbd)
    ("Graylog's CSV"
     "sed 's/\"/\"\"/g; s/.*/\"2026-11-24T01:58:23.883Z\",\"fs1\",\"&\"/; 1i \"timestamp\",\"source\",\"message\"'"
     smbd)
    ("Splunk's CSV, a message a row"
     "sed 's/\"/\"\"/g; 1!s/^\\[20/\",\"fs1\"\\n\"&/; 1s/^/_raw,host\\n\"/; $s/$/\",\"fs1\"/'" smbd)
    ("with tabs" "sed 's/^/2026-11-24T01:58:23.123Z\\tINFO\\tsmbd\\t/'" smbd)
    ("fluent-bit's JSON"
     "sed 's/\\\\/\\\\\\\\/g; s/\"/\\\\\"/g; s/^/{\"time\":\"2026-11-24T01:58:23Z\",\"stream\":\"stderr\",\
\"log\":\"/; s/$/\"}/'" smbd)
    ("OpenWrt logread" "sed 's/^/Tue Nov 24 01:58:23 2026 daemon.err smbd[8022]: /'" smbd)
    ("illumos" "sed 's/^/Nov 24 01:58:23 fs1 smbd[8022]: [ID 702911 daemon.error] /'" smbd)
    ("journalctl -o short-iso" "sed 's/^/2026-11-24T01:58:23+0000 fs1 smbd[8022]: /'" smbd)
    ("journalctl -o short-full, German"
     "sed 's/^/Di 2026-11-24 01:58:23 CET fs1 smbd[8022]: /'" smbd)
    ("journalctl, French" "sed 's/^/nov. 24 01:58:23 fs1 smbd[8022]: /'" smbd)
    ("journalctl -o short-unix" "sed 's/^/1795485503.883007 fs1 smbd[8022]: /'" smbd)
    ("journalctl -o short-monotonic" "sed 's/^/[  860.468142] fs1 smbd[8022]: /'" smbd)
    ("Synology"
     "sed -E 's/^\\[([^,]*), +([0-9]+), (pid=[0-9]+)[^]]*\\] (.*)\\((.*)\\)$/\\4: [\\1, smb2 \\2, \
\\3] \\5/'" smbd)
    ("Samba 3.3"
     "sed -E 's/^\\[([^,.]*)[^,]*, +([0-9]+)[^]]*\\] (.*):([0-9]+)\\((.*)\\)$/[\\1, \\2] \
\\3:\\5(\\4)/'" smbd)
    ("quoted in a mail" "sed 's/^/> /'" smbd)
    ("broken by a mail program" "sed -E '/^\\[20/s/\\] (.)/]\\n\\1/'" smbd)
    ("broken within brackets" "sed -E '/^\\[20/s/, (real.*)\\] (.)/,\\n\\1] \\n\\2/'" smbd)
    ("broken and quoted" "sed -E '/^\\[20/s/\\] (.)/]\\n\\1/; s/^/> /' | sed 's/^\\.\\./> &/'" smbd)
    ("quoted-printable" "sed -E 's/=/=3D/g; s/([^=]{60})/\\1=\\n/g'" smbd
     "sed -z 's/=\\n//g; s/=3D/=/g'")
    ("macOS log show"
     "sed 's/^/2026-11-24 01:58:23.883007+0100 0x1a2b     Default     0x0                  8022   0    \
smbd: /'" smbd)
    ("macOS log show --style compact" "sed 's/^/2026-11-24 01:58:23.883 Df smbd[8022:1a2b] /'" smbd)
    ("lines joined" "awk '/^\\[20/ { printf \"%s\", $0; next } 1'" smbd)
    ("indented" "sed 's/^/    /'" smbd)
    ("tail -f of several" "sed '2000s/^\\[/\\n==> log.smbd <==\\n[/; 1s/^/==> log.smbd <==\\n/'" smbd)
    ("grep -r" "sed -E 's/^\\[20/log.smbd:&/; s/^ /log.smbd-&/'" smbd)
    ("CRLF" "sed 's/$/\\r/'" smbd)
    ("UTF-8 with a byte order mark" "sed '1s/^/\\xef\\xbb\\xbf/'" smbd)
    ("PowerShell's UTF-16" "sed '1s/^/\\xef\\xbb\\xbf/; s/$/\\r/' | iconv -c -f utf-8 -t utf-16le"
     smbd "iconv -f utf-16le -t utf-8")
    ("gzip" "gzip -c" smbd "gzip -dc")
    ("no headers" "sed '/^\\[20/d; s/^ \\( *[^ ]\\)/\\1/; s/^ //'" smbd "cat" headless)
    ("dmesg" "cat" dmesg)
    ("dmesg, cat -n" "cat -n" dmesg)
    ("dmesg in JSON" ,(smblog-forms-test-json "{\"message\":\"" "\"}") dmesg)
    ("dmesg in CSV" "sed 's/\"/\"\"/g; s/.*/x,\"&\"/; 1i host,message'" dmesg
     "sed 1d")
    ("dmesg, diff -u" "sed 's/^/+/; 1i @@ -0,0 +1,392 @@'" dmesg "sed 1d")
    ("tracefs, cat -n" "cat -n" trace)
    ("dmesg, caller" "sed 's/^\\(\\[[^]]*\\]\\)/\\1 [   T6639]/'" dmesg)
    ("dmesg, dynamic debug's pflmt"
     "sed 's/\\] CIFS: fs/] [1567] cifs:cifs_write_end:3182: CIFS: fs/'" dmesg)
    ("dmesg, built elsewhere" "sed 's,fs/smb/client,/build/linux-6.1.1/&,'" dmesg)
    ("dmesg, in colour" "sed 's/^\\(\\[[^]]*\\]\\) /\\x1b[32m\\1 \\x1b[0m\\x1b[33m/; s/$/\\x1b[0m/'"
     dmesg)
    ("dmesg -t" "sed 's/^\\[[^]]*\\] //'" dmesg)
    ("dmesg -T, German" "sed 's/^\\[[^]]*\\]/[Di Nov 24 01:58:23 2026]/'" dmesg)
    ("dmesg -H" "sed 's/^\\[[^]]*\\]/[  +0.000012]/; 1s/^\\[[^]]*\\]/[Nov24 01:58]/'" dmesg)
    ("dmesg --time-format delta" "sed 's/^\\[[^]]*\\]/[<    0.000012>]/'" dmesg)
    ("/dev/kmsg" "sed -E 's/^\\[ *([0-9]+)\\.([0-9]+)\\] /6,1234,\\1\\2,-;/'" dmesg)
    ("syslog, kernel" "sed 's/^/Nov 24 01:58:23 fs1 kernel: /'" dmesg)
    ("OpenWrt logread, kernel" "sed 's/^/Tue Nov 24 01:58:23 2026 kern.info kernel: /'" dmesg)
    ("tracefs" "cat" trace)
    ("trace-cmd report" "sed -E 's/(\\[[0-9]+\\]) [^ ]{5} /\\1 /; /^#/d; 1i cpus=2'" trace)
    ("perf script"
     "sed -En 's/^( *[^ ]+)-([0-9]+) +(\\[[0-9]+\\]) [^ ]{5} +([0-9.]+): (smb3[^:]*): \t*/\
\\1  \\2 \\3 \\4: cifs:\\5: /p'" trace))
  "Forms of a log: (NAME MAKE KIND [PLAIN [OTHER]]).
MAKE is the shell's command that makes it of the recorded log of KIND,
PLAIN the one that makes text of it for grep; OTHER is `headless' if there
are no headers.")

(defconst smblog-forms-test-kinds
  `((smbd "readonly" "log.smbd.gz" ,smblog-forms-test-samba)
    (dmesg "cifs-kernel/6.1" "dmesg.gz" ,smblog-forms-test-kernel)
    (trace "cifs-kernel/6.1" "trace.gz" ,smblog-forms-test-trace))
  "The recorded logs: (KIND FOLDER FILE REGEXPS).")

(defun smblog-forms-test--make (directory row)
  "Return the name of a log of ROW's form, made in DIRECTORY."
  (pcase-let* ((`(,_name ,make ,kind . ,_) row)
               (`(,folder ,recorded . ,_) (cdr (assq kind smblog-forms-test-kinds)))
               (file (expand-file-name "form" directory)))
    (should (eql 0 (call-process "sh" nil nil nil "-c"
                                 (format "gzip -dc %s | %s > %s"
                                         (shell-quote-argument (smbcmp-test-data folder recorded))
                                         make (shell-quote-argument file)))))
    file))

(defun smblog-forms-test--ours (file)
  "Return messages, requests, statuses and errors of FILE by the index."
  (let ((log (smblog-open file)))
    (unwind-protect
        (let ((requests (smblog-requests log)))
          (list (smblog-message-count log) (length requests)
                (cl-count-if (lambda (request) (plist-get request :status)) requests)
                (length (smblog-errors log))))
      (smblog-close log))))

(defun smblog-forms-test--greps (file row)
  "Return the same by grep, for FILE of ROW's form."
  (pcase-let* ((`(,_name ,_make ,kind ,plain ,other) row)
               (regexps (append (and other smblog-forms-test-headless)
                                (nth 2 (cdr (assq kind smblog-forms-test-kinds)))))
               (process-environment (cons "LC_ALL=C" process-environment)))
    (cl-loop for key in '(:messages :requests :statuses :errors)
             for regexp = (plist-get regexps key)
             collect (string-to-number
                      (shell-command-to-string
                       (format "%s < %s | %s" (or plain "cat") (shell-quote-argument file)
                               (if (consp regexp) (nth 1 regexp)
                                 (concat "grep -acP " (shell-quote-argument regexp)))))))))

(ert-deftest smblog-forms-have-what-grep-counts ()
  "A log as a container or a mail has it would lack messages or errors."
  (let ((directory (make-temp-file "smblog-forms" t)) wrong)
    (unwind-protect
        (dolist (row smblog-forms-test-all)
          (let* ((file (smblog-forms-test--make directory row))
                 (ours (smblog-forms-test--ours file))
                 (greps (smblog-forms-test--greps file row)))
            (message "%-34s %s" (car row)
                     (cl-mapcar (lambda (a b) (format "%d/%d" a b)) ours greps))
            (unless (equal ours greps) (push (list (car row) ours greps) wrong))))
      (delete-directory directory t))
    (should-not wrong)))

(defconst smblog-forms-test-texts
  '(("Synology" "\
../../source3/smbd/smb2_server.c:2796: [2026/06/02 21:18:43.901469, syno 3, pid=27083] smbd_smb2_request_dispatch
  SMB2: cmd=SMB2_OP_READ [NT_STATUS_OK]
../../source3/smbd/open.c:1587: [2026/06/02 21:18:44.711851, all 2, pid=27083] open_file
  joe opened file a.exe read=Yes write=No (numopen=5)
../../source3/smbd/smb2_server.c:2796: [2026/06/02 21:18:44.712004, syno 3, pid=27083] smbd_smb2_request_dispatch
  SMB2: cmd=SMB2_OP_CREATE [NT_STATUS_ACCESS_DENIED]
" 3 2 2 (2))
    ("a prefix without levels" "\
[20:11:00] INFO: Starting the SMB daemon...
smbd version 4.20.6 started.
INFO: Profiling support unavailable in this build.
Unable to connect to CUPS server localhost:631 - Connection refused
smbd_smb2_request_error_ex: smbd_smb2_request_error_ex: idx[1] \
status[NT_STATUS_ACCESS_DENIED] || at ../../source3/smbd/smb2_create.c:360
check_ntlm_password:  Authentication for user [joe] -> [joe] FAILED with error \
NT_STATUS_WRONG_PASSWORD, authoritative=1
" 6 0 0 (3 4 5))
    ("vfs_full_audit" "\
Jun 12 10:00:00 fs1 smbd_audit[4711]: joe|192.0.2.7|data|connect|ok|data
Jun 12 10:00:01 fs1 smbd_audit[4711]: joe|192.0.2.7|data|create_file|fail (No such file or \
directory)|0x80|file|open|x.txt
Jun 12 10:00:02 fs1 smbd_audit: joe|192.0.2.7|data|renameat|ok|a|b
" 3 0 0 (1))
    ("cifs-utils" "\
Jul 17 09:43:13 ws1 kernel: CIFS: Attempting to mount //filer5/data
Jul 17 09:43:13 ws1 cifs.upcall[5779]: handle_krb5_mech: getting service ticket for filer5
Jul 17 09:43:13 ws1 cifs.upcall[5779]: cifs_krb5_get_req: unable to get credentials for filer5
Jul 17 09:43:13 ws1 kernel: CIFS: VFS: \\\\filer5 Send error in SessSetup = -126
Jul 17 09:43:13 ws1 mount[5778]: mount error(126): Required key not available
" 5 0 0 (2 3 4))
    ("ksmbd before it was in the kernel" "\
[ 4151.582446] kcifsd: smb2_open:2411: Can't open dir /media/s1, request is to open file : 60
[ 4151.582500] kcifsd: smb2_close:2500: closing
" 2 0 0 (0))
    ("mixed" "\
2026-11-05T10:00:00.123456+01:00 fs1 smbd[4711]: [2026/11/05 10:00:00.123400,  0] \
../../source3/smbd/service.c:792(make_connection_snum)
2026-11-05T10:00:00.123460+01:00 fs1 smbd[4711]:   canonicalize_connect_path failed for data
2026-11-05T10:00:01.000000+01:00 fs1 kernel: [12345.678901] CIFS: VFS: \\\\srv has not \
responded in 180 seconds. Reconnecting...
2026-11-05T10:00:02.000000+01:00 fs1 systemd[1]: Started a thing.
" 3 0 0 (0 1))
    ("an audit in JSON" "\
[2026/02/05 10:10:13.123556,  3] ../../lib/audit_logging/audit_logging.c:97(audit_log_json)
  JSON Authentication: {\"type\": \"Authentication\", \"Authentication\": {\"eventId\": 4625, \
\"status\": \"NT_STATUS_NO_SUCH_USER\", \"remoteAddress\": \"ipv4:192.0.2.10:50013\", \
\"clientAccount\": \"eve@EX.COM\"}}
" 1 0 0 (0))
    ("an oops" "\
[  922.217974] [   T6642] usercopy: Kernel memory exposure attempt detected from SLUB object
[  922.218221] [   T6642] ------------[ cut here ]------------
[  922.218230] [   T6642] kernel BUG at mm/usercopy.c:102!
[  922.218240] [   T6642] CIFS: VFS: RDMA transport established
" 4 0 0 (0 2))
    ("ctdb" "\
2026/05/08 16:06:56.460436 ctdbd[18681]: CTDB starting on node
2026/05/08 16:06:56.471985 ctdb-recoverd[18682]: Unable to update node capabilities.
2026/05/08 16:06:56.472110 ctdb-eventd[18683]: 50.samba: samba not listening on TCP port 445
" 3 0 0 (1))
    ("function_graph" "\
# tracer: function_graph
#
# CPU  DURATION                  FUNCTION CALLS
# |     |   |                     |   |   |   |
 0)               |  cifs_do_mount [cifs]() {
 0)   0.394 us    |      kmem_cache_alloc_trace();
 0)               |  /* smb3_cmd_enter: sid=0x0 tid=0x0 cmd=0 mid=0 */
 0)   1.189 us    |    }
" 4 1 0 ())
    ("grep -A1" "\
[2026/01/07 11:08:07.115208,  3] ../../source3/smbd/service.c:609(make_connection_snum)
  make_connection_snum: Connect path is '/tmp' for service [IPC$]
--
[2026/01/07 11:08:07.116281,  1] ../../source3/smbd/service.c:366(create_connection_session_info)
  create_connection_session_info: user 'joe' not permitted to access this share (data)
" 2 0 0 (1)))
  "Texts of programs: (NAME TEXT MESSAGES REQUESTS STATUSES ERRORS).")

(ert-deftest smblog-forms-of-other-programs ()
  "What Synology, auditing or the kernel write would be one lump of text."
  (let ((file (make-temp-file "smblog-form")) wrong)
    (unwind-protect
        (pcase-dolist (`(,name ,text . ,expected) smblog-forms-test-texts)
          (write-region text nil file nil 'silent)
          (let* ((ours (smblog-forms-test--ours file))
                 (log (smblog-open file))
                 (errors (smblog-errors log)))
            (smblog-close log)
            (setcar (nthcdr 3 ours) errors)
            (message "%-34s %s" name ours)
            (unless (equal ours expected) (push (list name ours expected) wrong))))
      (delete-file file))
    (should-not wrong)))

(provide 'smblog-forms-test)
;;; smblog-forms-test.el ends here
