;;; smblog-test.el --- A log's index has what grep and awk find  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The index of every recorded log against what grep and awk count in it.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog)
(require 'smblog-errors)
(require 'smblog-request)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp--module-status-class "smbcmp-module.so" (name))
(declare-function smblog--module-facts "smbcmp-module.so" (log))
(declare-function smblog--module-gaps "smbcmp-module.so" (log seconds))

;;;; Tools

(defun smblog-test-logs ()
  "Return the recorded logs, compressed."
  (file-expand-wildcards (expand-file-name "data/*/log.*.gz" smbcmp-test-directory)))

(defmacro smblog-test-with (bindings &rest body)
  "Open logs as BINDINGS, (LOG FILE), say, run BODY, and close them."
  (declare (indent 1) (debug (((symbolp form)) body)))
  `(let ((,(car bindings) (smblog-open ,(cadr bindings))))
     (unwind-protect (progn ,@body)
       (smblog-close ,(car bindings)))))

(defun smblog-test-shell (file command)
  "Return what shell COMMAND prints, FILE unpacked on its standard input."
  (with-temp-buffer
    (let ((coding-system-for-read 'binary)
          (process-environment (cons "LC_ALL=C" process-environment)))
      (call-process "sh" nil t nil "-c"
                    (format "gzip -dc %s | %s" (shell-quote-argument file) command)))
    (buffer-string)))

(defun smblog-test-count (file regexp)
  "Return how many lines of FILE match REGEXP, by grep."
  (string-to-number (smblog-test-shell file (format "grep -a -c %s || true"
                                                    (shell-quote-argument regexp)))))

;;;; Counts

(ert-deftest smblog-counts-are-greps ()
  "A message, a request or a status of a log would be lost."
  (dolist (file (smblog-test-logs))
    (smblog-test-with (log file)
      (let ((requests (smblog-requests log)))
        (should (equal (list file (smblog-message-count log) (length requests)
                             (cl-count-if (lambda (r) (plist-get r :status)) requests))
                       (list file
                             (let ((headers (smblog-test-count file "^\\[20")))
                               (if (> headers 0) headers
                                 ;; Each line is a message, with those indented behind.
                                 (string-to-number
                                  (smblog-test-shell
                                   file "awk 'NR == 1 || /^[^ \\t]/ { n++ } END { print n }'"))))
                             ;; A negotiation that begins as SMB1's is one request.
                             (let ((smb2 (smblog-test-count
                                          file "smbd_smb2_request_dispatch: opcode")))
                               (if (> smb2 0) smb2
                                 (smblog-test-count file "^  smb_flg=24$")))
                             (smblog-test-count
                              file
                              "smbd_smb2_request_done_ex: .*status\\[\\|^  smb_flg=136$"))))))))

;;;; Requests

(defconst smblog-test-awk-requests
  "awk '
  /^\\[20/ { n++; pid = $0; sub(/.*pid=/, \"\", pid); sub(/,.*/, \"\", pid) }
  /smbd_smb2_request_dispatch: opcode/ {
    op = $0; sub(/.*opcode\\[/, \"\", op); sub(/\\].*/, \"\", op)
    mid = $0; sub(/.* mid = /, \"\", mid)
    # A negotiation that begins as SMB1 goes on as SMB2.
    if (!(op == \"SMB2_OP_NEGPROT\" && mid == 0 && ops[r] == \"SMB1 0x72\" && pids[r] == pid)) {
      r++; begins[r] = n - 1
    }
    pids[r] = pid; mids[r] = mid; ops[r] = op
    if (op != \"SMB2_OP_CANCEL\") open[pid, mid] = r
  }
  /smbd_smb2_request_done_ex: mid/ {
    mid = $3; gsub(/[][]/, \"\", mid); i = open[pid, mid]
    status = $0; sub(/.*status\\[/, \"\", status); sub(/\\].*/, \"\", status)
    ends[i] = n - 1; statuses[i] = status; delete open[pid, mid]
  }
  /^\\[20/ { dump = /\\(show_msg\\)/ }
  dump && /^  smb_[a-z0-9]*=/ { split($1, field, \"=\"); dumped[field[1]] = field[2] }
  dump && /^  smb_mid=/ {
    op = dumped[\"smb_com\"]; sub(/0x/, \"\", op)
    op = \"SMB1 0x\" (length(op) < 2 ? \"0\" : \"\") op
    key = pid SUBSEP op SUBSEP dumped[\"smb_mid\"]
    if (dumped[\"smb_flg\"] < 128) {
      r++; pids[r] = pid; mids[r] = dumped[\"smb_mid\"]; ops[r] = op; begins[r] = n - 1
      open[key] = r
    } else if (key in open) {
      i = open[key]; ends[i] = n - 1; delete open[key]
      status = sprintf(\"0x%04x%02x%02x\", dumped[\"smb_err\"], dumped[\"smb_reh\"],
                       dumped[\"smb_rcls\"])
      sub(/0x00000000/, \"NT_STATUS_OK\", status)
      sub(/0xc0000016/, \"NT_STATUS_MORE_PROCESSING_REQUIRED\", status)
      statuses[i] = status
    }
  }
  END { for (i = 1; i <= r; i++)
          print pids[i], mids[i], ops[i], (i in statuses ? statuses[i] : \"nil\"),
                begins[i], (i in ends ? ends[i] : \"nil\") }'"
  "Prints the requests of a log: pid, mid, opcode, status, begin, end.
Done lines belong to the dispatch line with the same pid and mid; of SMB1
there are dumps of the messages.")

(defconst smblog-test-awk-old-requests
  "awk '
  /^\\[20/ { n++ }
  /smbd_smb2_request_dispatch: opcode/ {
    op = $2; sub(/opcode\\[/, \"\", op); sub(/\\]/, \"\", op); mid = $5; begin = n - 1
  }
  /smbd_smb2_request_done_ex: mid/ {
    status = $0; sub(/.*status\\[/, \"\", status); sub(/\\].*/, \"\", status)
    print mid, op, status, begin, n - 1
  }'"
  "Prints requests as the first smblog-mode found them: up to the next done line.")

(defun smblog-test-print-requests (requests keys)
  "Return REQUESTS' values of KEYS as the programs above print them."
  (mapconcat (lambda (request)
               (concat (mapconcat (lambda (key) (format "%s" (plist-get request key))) keys " ")
                       "\n"))
             requests ""))

(ert-deftest smblog-requests-end-with-their-own-done-line ()
  "A request would get another's status and end, with several processes."
  (dolist (file (smblog-test-logs))
    (smblog-test-with (log file)
      (should (equal (smblog-test-print-requests
                      (smblog-requests log) '(:pid :mid :opcode :status :begin :end))
                     (smblog-test-shell file smblog-test-awk-requests))))))

(ert-deftest smblog-requests-are-the-old-mode-s-in-a-simple-log ()
  "Who knows the old mode would not find the same requests."
  (dolist (folder '("good" "good-again" "readonly" "enc-smb311" "smb21"))
    (let ((file (smbcmp-test-data folder "log.smbd.gz")))
      (smblog-test-with (log file)
        (should (equal (smblog-test-print-requests
                        (smblog-requests log) '(:mid :opcode :status :begin :end))
                       (smblog-test-shell file smblog-test-awk-old-requests)))))))

(ert-deftest smblog-old-requests-were-wrong-with-two-processes ()
  "The test of the requests of `concurrent' would prove nothing."
  (let ((file (smbcmp-test-data "concurrent" "log.smbd.gz")))
    (smblog-test-with (log file)
      (should-not (equal (smblog-test-print-requests
                          (smblog-requests log) '(:mid :opcode :status :begin :end))
                         (smblog-test-shell file smblog-test-awk-old-requests))))))

(ert-deftest smblog-requests-tell-more ()
  "Of a request, path, place in a compound, interim response or size would be lost."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let ((requests (smblog-requests log)))
      (should (cl-find-if (lambda (r) (and (equal (plist-get r :path) "missing.txt")
                                           (equal (plist-get r :opcode) "SMB2_OP_CREATE")
                                           (equal (plist-get r :status)
                                                  "NT_STATUS_OBJECT_NAME_NOT_FOUND")))
                          requests))
      ;; One process: all messages from begin to end are its own.
      (dolist (r requests)
        (should (= (plist-get r :messages)
                   (1+ (- (plist-get r :end) (plist-get r :begin)))))
        (should (= (plist-get r :start)
                   (plist-get (smblog-message log (plist-get r :begin)) :time)))
        (should (< (abs (- (plist-get r :duration)
                           (- (plist-get (smblog-message log (plist-get r :end)) :time)
                              (plist-get r :start))))
                   1e-6)))))
  (smblog-test-with (log (smbcmp-test-data "t-compound" "log.smbd.gz"))
    (let ((file (smbcmp-test-data "t-compound" "log.smbd.gz")))
      ;; 4 vectors a request.
      (dolist (position '(0 1 2 3 4))
        (should (= (cl-count-if (lambda (r) (and (plist-get r :status)
                                                 (= (plist-get r :position) position)))
                                (smblog-requests log))
                   (smblog-test-count file (format "request_done_ex: mid .*idx\\[%d\\]"
                                                   (1+ (* 4 position)))))))))
  (smblog-test-with (log (smbcmp-test-data "t-notify" "log.smbd.gz"))
    (should (= (cl-count-if (lambda (r) (plist-get r :interim)) (smblog-requests log))
               (smblog-test-count (smbcmp-test-data "t-notify" "log.smbd.gz")
                                  "pending_queue: opcode.*going async")))))

(ert-deftest smblog-statuses-are-greps ()
  "A status would be missing or be another."
  (dolist (file (smblog-test-logs))
    (smblog-test-with (log file)
      (should (equal (mapconcat (lambda (status) (concat status "\n"))
                                ;; Those of SMB1 are numbers in dumps, for awk above.
                                (sort (cl-loop for r in (smblog-requests log)
                                               for status = (plist-get r :status)
                                               unless (or (null status)
                                                          (string-prefix-p
                                                           "SMB1" (plist-get r :opcode)))
                                               collect status)
                                      #'string<)
                                "")
                     (smblog-test-shell
                      file "sed -n 's/.*smbd_smb2_request_done_ex: .*status\\[\\([A-Z0-9_]*\\).*/\\1/p' | LC_ALL=C sort"))))))

;;;; Journals

(defun smblog-test-contents (log from)
  "Return what is in the messages of LOG but for those before number FROM.
All headers and all lines of text, each sorted."
  (let (headers lines)
    (cl-loop for n from from below (smblog-message-count log)
             for m = (smblog-message log n)
             do (push (format "%f %S" (plist-get m :time)
                              (mapcar (lambda (key) (plist-get m key))
                                      '(:pid :level :file :line :function :class :euid)))
                      headers)
             ;; The journal keeps no spaces at the ends of lines.
             (dolist (line (split-string (plist-get m :text) "\n" t))
               (push (string-trim-right line) lines)))
    (list (sort headers #'string<) (sort lines #'string<))))

(defun smblog-test-sorted-requests (log keys)
  "Return the requests of LOG, their values of KEYS, sorted as text."
  (sort (split-string (smblog-test-print-requests (smblog-requests log) keys) "\n")
        #'string<))

(ert-deftest smblog-the-journal-has-what-the-file-has ()
  "A message in the journal would be lost or mixed with another process'.
Samba wrote them into a file at the same time; only the first, from before it
knew about the journal, is not in that.  In the file the processes wrote between
each other's lines."
  (let ((keys '(:pid :mid :opcode :status :messages)))
    (smblog-test-with (file (smbcmp-test-data "journal" "log.smbd.gz"))
      (dolist (name '("journal.export.gz" "journal.json.gz"))
        (smblog-test-with (log (smbcmp-test-data "journal" name))
          (should (equal (smblog-test-contents log 0) (smblog-test-contents file 1)))
          (should (equal (smblog-test-sorted-requests log keys)
                         (smblog-test-sorted-requests file keys)))
          ;; A dump of keys is whole here.
          (dolist (n (smblog-test-view-messages log '(text "generated session keys")))
            (should (string-match-p "ServerOut Key" (plist-get (smblog-message log n) :text)))))))))

;;;; Messages

(ert-deftest smblog-headers-are-seds ()
  "Level, pid, class, file, line or function of a message would be another."
  (let ((file (smbcmp-test-data "concurrent" "log.smbd.gz")))
    (smblog-test-with (log file)
      (should
       (equal
        (with-temp-buffer
          (dotimes (n (smblog-message-count log))
            (let ((m (smblog--module-message log n)))
              (insert (format "%s %s %s %s %s %s %s\n" (plist-get m :when) (plist-get m :level)
                              (plist-get m :pid) (or (plist-get m :class) "")
                              (plist-get m :file) (plist-get m :line)
                              (plist-get m :function)))))
          (buffer-string))
        (smblog-test-shell
         file
         (concat "sed -nE 's/^\\[([^,]*), *([0-9]+), pid=([0-9]+), effective\\([^)]*\\), "
                 "real\\([^)]*\\)(, class=([a-z0-9_]+))?\\] ([^:]*):([0-9]+)\\(([^)]*)\\)$"
                 "/\\1 \\2 \\3 \\5 \\6 \\7 \\8/p'")))))))

(ert-deftest smblog-text-is-all-there ()
  "A part of the log would be in no message."
  (smblog-test-with (log (smbcmp-test-data "smb1" "log.smbd.gz"))
    (let ((n (smblog-message-count log)))
      (should (equal (concat (smblog--module-preamble log 1000000)
                             (smblog--module-text log 0 n))
                     (decode-coding-string
                      (smblog-test-shell (smbcmp-test-data "smb1" "log.smbd.gz") "cat")
                      'utf-8-unix t))))))

(defun smblog-test-write (bytes)
  "Return the name of a new file with BYTES, a unibyte string."
  (let ((file (make-temp-file "smblog"))
        (coding-system-for-write 'binary))
    (write-region bytes nil file nil 'quiet)
    file))

(defmacro smblog-test-with-text (bindings &rest body)
  "Make a log of text as BINDINGS, (LOG BYTES), say, run BODY, and delete it."
  (declare (indent 1) (debug (((symbolp form)) body)))
  (let ((file (make-symbol "file")))
    `(let ((,file (smblog-test-write ,(cadr bindings))))
       (unwind-protect (smblog-test-with (,(car bindings) ,file) ,@body)
         (delete-file ,file)))))

(defconst smblog-test-header "[2026/11/24 01:58:23.855117,  3, pid=8022] ../../x.c:1(f)\n"
  "A header.")

(ert-deftest smblog-text-of-any-bytes ()
  "Names in Latin-1, NULs or CRs in a log would be lost, or stop it."
  (smblog-test-with-text (log (concat smblog-test-header "  caf\xe9 \xc3\xa9 \0\r\n"
                                      smblog-test-header "  \xff\xfe\xed\xa0\x80"))
    (should (equal (plist-get (smblog-message log 0) :text)
                   (concat "  caf" (string-to-multibyte "\xe9") " é \0\n")))
    (should (equal (plist-get (smblog-message log 1) :text)
                   (concat "  " (string-to-multibyte "\xff\xfe\xed\xa0\x80"))))))

(ert-deftest smblog-times-are-the-server-s ()
  "Times would be off when the server is in another zone."
  (let ((smblog-time-zone "+02:00"))
    (smblog-test-with-text (log smblog-test-header)
      (should (= (plist-get (smblog-message log 0) :time) (- 1795485503.855117 7200)))))
  (let ((smblog-time-zone "Nowhere/At All"))
    (should-error (smblog-open (smbcmp-test-data "good" "log.smbd.gz"))
                  :type 'smbcmp-file-error)))

;;;; Files

(ert-deftest smblog-open-unpacks ()
  "A rotated log could not be read."
  (let ((directory (make-temp-file "smblog" t))
        (text (smblog-test-shell (smbcmp-test-data "good" "log.smbd.gz") "cat")))
    (unwind-protect
        (dolist (program '("xz" "zstd" "bzip2" "lz4"))
          (when (executable-find program)
            (let ((file (expand-file-name "log.smbd.1" directory))
                  (coding-system-for-write 'binary))
              (write-region text nil file nil 'quiet)
              (should (zerop (call-process program nil (list :file (concat file ".p")) nil
                                           "-c" file)))
              (smblog-test-with (log (concat file ".p"))
                (should (= (smblog-message-count log) 4190))))))
      (delete-directory directory t))))

(ert-deftest smblog-open-reads-pipes ()
  "What another program writes could not be read."
  (let ((fifo (make-temp-name (expand-file-name "smblog" temporary-file-directory))))
    (should (zerop (call-process "mkfifo" nil nil nil fifo)))
    (unwind-protect
        (let ((process (start-process-shell-command
                        "zcat" nil (format "gzip -dc %s > %s"
                                           (smbcmp-test-data "good" "log.smbd.gz") fifo))))
          (set-process-query-on-exit-flag process nil)
          (smblog-test-with (log fifo)
            (should (= (smblog-message-count log) 4190))))
      (delete-file fifo))))

(ert-deftest smblog-open-says-what-is-wrong ()
  "The user would not learn why a log cannot be read."
  (dolist (file '("/nonexistent/log.smbd" "/"))
    (should (string-match-p (regexp-quote file)
                            (cadr (should-error (smblog-open file)
                                                :type 'smbcmp-file-error)))))
  (let* ((packed (with-temp-buffer
                   (set-buffer-multibyte nil)
                   (insert-file-contents-literally (smbcmp-test-data "good" "log.smbd.gz")
                                                   nil 0 50000)
                   (buffer-string)))
         (file (smblog-test-write packed)))
    (unwind-protect
        (progn
          (should (string-match-p (regexp-quote file)
                                  (cadr (should-error (smblog-open file)
                                                      :type 'smbcmp-file-error))))
          ;; What is there can be read nevertheless.
          (let ((log (smblog-start file)))
            (smblog-await log)
            (should (> (smblog-message-count log) 1000))
            (should (string-match-p "not whole: gzip: " (smblog--module-problem log)))
            (smblog-close log)))
      (delete-file file))))

(ert-deftest smblog-closed-logs-are-errors ()
  "A closed log would crash Emacs."
  (let ((log (smblog-open (smbcmp-test-data "good" "log.smbd.gz"))))
    (smblog-close log)
    (smblog-close log)
    (dolist (call (list (lambda () (smblog-message-count log))
                        (lambda () (smblog-message log 0))
                        (lambda () (smblog-requests log))
                        (lambda () (smblog-message-count 'nonsense))))
      (should-error (funcall call)))
    (smblog-test-with (open (smbcmp-test-data "good" "log.smbd.gz"))
      (dolist (n (list -1 4190 most-positive-fixnum))
        (should-error (smblog-message open n) :type 'smbcmp-module-error)))))

;;;; Views

(defun smblog-test-view (log filter)
  "Return the view of LOG by FILTER, computed."
  (let ((view (smblog--module-view log filter)))
    (while (not (nth 3 (smblog--module-view-progress view)))
      (accept-process-output nil 0.01))
    view))

(defun smblog-test-view-messages (log filter)
  "Return the numbers of the messages that FILTER leaves of LOG."
  (let ((view (smblog-test-view log filter)) numbers)
    (dotimes (i (nth 2 (smblog--module-view-progress view)))
      (push (smblog--module-view-nth view i) numbers))
    (prog1 (nreverse numbers)
      (smblog--module-view-free view))))

(defun smblog-test-awk-messages (file condition)
  "Return the numbers of the messages of FILE of which awk's CONDITION is true.
In it, h is the header and t all the text."
  (mapcar #'string-to-number
          (split-string
           (smblog-test-shell
            file (format "awk '
  # Whether text S tells of a failure, but for statuses that match IGNORED.
  function failed(s, ignored) {
    gsub(\"NT_STATUS_(OK|MORE_PROCESSING_REQUIRED|END_OF_FILE|CANCELLED\" ignored \")[^A-Z]\",
         \"\", s)
    gsub(/\\n *[a-z_]+ +: NT_STATUS_[A-Z_]*/, \"\", s)
    return s ~ /NT_STATUS_[A-Z]/
  }
  function done() { if (n && (%s)) print n - 1 }
  /^\\[20/ { done(); n++; h = $0; t = \"\"
             l = $0; sub(/^[^,]*, */, \"\", l); sub(/,.*/, \"\", l); level = l + 0
             p = $0; sub(/.*pid=/, \"\", p); pid = p + 0 }
  { t = t $0 \"\\n\" }
  END { done() }'" condition)))))

(ert-deftest smblog-filters-are-awks ()
  "A filter would hide a message it should show, or show others."
  (let ((file (smbcmp-test-data "concurrent" "log.smbd.gz")))
    (smblog-test-with (log file)
      (pcase-dolist
          (`(,filter ,condition)
           '(((level <= 3) "level <= 3")
             ((level > 9) "level > 9")
             ((level /= 10) "level != 10")
             ((pid 29358) "pid == 29358")
             ((class "smb2" "locking") "h ~ /class=(smb2|locking)\\]/")
             ((class "smb*") "h ~ /class=smb/")
             ((file "smb2_create.c") "h ~ /\\/smb2_create\\.c:/")
             ((file "*/locking/*.c") "h ~ /\\/locking\\/[^\\/]*\\.c:/")
             ((function "smbd_smb2_*_send") "h ~ /\\(smbd_smb2_.*_send\\)$/")
             ((text "OBJECT_NAME_NOT_FOUND") "index(t, \"OBJECT_NAME_NOT_FOUND\")")
             ((text "object_name" fold) "index(tolower(t), \"object_name\")")
             ((text "f") "index(t, \"f\")")
             ((regexp "mid = [0-9]*7$") "t ~ /mid = [0-9]*7\\n/")
             ((error)
              "(h ~ /request_done_ex/ || level <= 3 && h !~ /request_error_ex/) && failed(t, \"\")")
             ((error "NT_STATUS_OBJECT_NAME_NOT_FOUND" "NT_STATUS_NO_SUCH_FILE")
              "(h ~ /request_done_ex/ || level <= 3 && h !~ /request_error_ex/) \
               && failed(t, \"|OBJECT_NAME_NOT_FOUND|NO_SUCH_FILE\")")
             ((error logon connection) "0")
             ((messages 100 200) "n >= 101 && n <= 201")
             ((process 29359 3000 4000) "pid == 29359 && n >= 3001 && n <= 4001")
             ((not (text "NT_STATUS")) "!index(t, \"NT_STATUS\")")
             ((and (pid 29359) (level <= 5) (text "hello")) 
              "pid == 29359 && level <= 5 && index(t, \"hello\")")
             ((or (level <= 1) (and (text "docs") (not (pid 29359))))
              "level <= 1 || (index(t, \"docs\") && pid != 29359)")
             ((user "SMBU") "pid == 29358 || pid == 29359")
             ((client ":51272") "pid == 29359")
             ((share "nonesuch") "0")))
        (should (equal (cons filter (smblog-test-view-messages log filter))
                       (cons filter (smblog-test-awk-messages file condition))))))))

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

(ert-deftest smblog-filter-request-is-one-request-s ()
  "Another request's messages would be shown with it."
  (smblog-test-with (log (smbcmp-test-data "concurrent" "log.smbd.gz"))
    (dolist (r (seq-take (smblog-requests log) 100))
      (let ((messages (smblog-test-view-messages
                       log `(request ,(plist-get r :pid) ,(plist-get r :mid)))))
        (should (= (length messages) (plist-get r :messages)))
        (should (= (car messages) (plist-get r :begin)))
        (should (= (car (last messages)) (plist-get r :end)))
        (dolist (n messages)
          (should (= (plist-get (smblog--module-message log n) :pid)
                     (plist-get r :pid))))))))

(ert-deftest smblog-filter-time ()
  "A range of time would have other messages than its own."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let* ((from (plist-get (smblog-message log 1000) :time))
           (to (plist-get (smblog-message log 2000) :time))
           (messages (smblog-test-view-messages log `(time ,from ,to))))
      (should (<= (car messages) 1000))
      (should (>= (car (last messages)) 2000))
      (should (equal messages
                     (cl-loop for n below (smblog-message-count log)
                              when (<= from (plist-get (smblog--module-message log n) :time) to)
                              collect n)))
      (should (= (length (smblog-test-view-messages log '(time nil nil)))
                 (smblog-message-count log))))))

(ert-deftest smblog-wrong-filters-are-told ()
  "The user would not learn what is wrong with a filter."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (dolist (filter '((nonesuch 1) nonsense "level" (level) (level 3) (level = x) (text) (text 3)
                      (regexp "(") (and (level <= 3) (foo)) (not) (pid x) (time "a")))
      (should-error (smblog--module-view log filter)))))

(ert-deftest smblog-view-positions ()
  "A view would lose the place in the log."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let* ((view (smblog-test-view log '(level <= 3)))
           (n (nth 2 (smblog--module-view-progress view))))
      (should (> n 100))
      (dotimes (i n)
        (let ((message (smblog--module-view-nth view i)))
          (should (= (smblog--module-view-position view message) i))
          (should (= (smblog--module-view-position view (1+ message)) (1+ i)))))
      (should-not (smblog--module-view-nth view n))
      (should (= (smblog--module-view-position view most-positive-fixnum) n)))))

;;;; Search, text as shown

(ert-deftest smblog-search-finds-all ()
  "A search would pass over a place, or show another."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let ((all (smblog-test-view-messages log '(text "missing.txt")))
          (at 0) found)
      (let (hit)
        (while (setq hit (and (< at (smblog-message-count log))
                              (smblog--module-search log nil "missing.txt" at 1)))
          (should (eql (string-match-p "missing\\.txt" (smblog--module-body log (car hit)))
                       (cdr hit)))
          (push (car hit) found)
          (setq at (1+ (car hit)))))
      (should (equal (nreverse found) all))
      (let ((last (smblog--module-search log nil "missing.txt"
                                         (1- (smblog-message-count log)) -1)))
        (should (= (car last) (car (last all))))
        (should (string-prefix-p "missing.txt"
                                 (substring (smblog--module-body log (car last)) (cdr last)))))
      ;; In the header there is no place in the text.
      (should (equal (smblog--module-search log nil "debug_dump_status" 0 1) '(0)))
      (should-not (smblog--module-search log nil "nowhere to be found" 0 1))
      (should (equal (smblog--module-search log nil "MISSING.t.t" 0 1 t t)
                     (smblog--module-search log nil "missing.txt" 0 1)))
      (let ((view (smblog-test-view log '(level <= 3))))
        (should (memq (car (smblog--module-search log view "NT_STATUS" 0 1))
                      (smblog-test-view-messages log '(and (level <= 3)
                                                           (text "NT_STATUS")))))))))

(ert-deftest smblog-render-says-where-messages-are ()
  "The mode would take one message for another."
  (smblog-test-with-text (log (concat smblog-test-header "  \xc3\xa9\xe9\n  second\n"
                                      smblog-test-header "  \xf0\x9f\x98\x80 two\n"))
    (dolist (body '(nil first t))
      (pcase-let ((`(,text . ,messages)
                   (smblog--module-render log nil 0 10 `(:header "%l %p %f:%n %s" :body ,body))))
        (should (= (length messages) 2))
        (dotimes (n 2)
          (pcase-let ((`(,number ,start ,middle ,end ,level ,more) (aref messages n)))
            (should (equal (list number level) (list n 3)))
            (should (equal (substring text start middle) "3 8022 x.c:1 f\n"))
            (let ((whole (smblog--module-body log n)))
              (should (equal (substring text middle end)
                             (pcase body
                               ('nil "")
                               ('first (substring whole 0 (1+ (string-match "\n" whole))))
                               ('t whole))))
              (should (eq more (not (or (eq body t)
                                        (and body (= n 1)))))))))))))

;;;; A log at a glance

(ert-deftest smblog-histogram-counts-all ()
  "The overview would show other numbers than there are."
  (let ((file (smbcmp-test-data "t-lock" "log.smbd.gz")))
    (smblog-test-with (log file)
      (let ((histogram (smblog--module-histogram log 20)))
        (should (= (apply #'+ (append (plist-get histogram :messages) nil))
                   (smblog-message-count log)))
        (should (= (apply #'+ (append (plist-get histogram :requests) nil)) 905))
        (pcase-dolist (`(,level . ,count) (plist-get histogram :levels))
          (should (= count (smblog-test-count file (format "^\\[20[^,]*, *%d," level)))))
        (should (= (apply #'+ (append (plist-get histogram :failed) nil))
                   (- 903
                      (smblog-test-count
                       file "done_ex: mid.*status\\[\\(NT_\\)\\?STATUS_\\(OK\\|MORE_PROC[A-Z_]*\\|\
CANCELLED\\|NO_MORE_[A-Z]*\\|END_OF_FILE\\|BUFFER_OVERFLOW\\)\\]"))))))))

(ert-deftest smblog-gaps-are-where-time-passes ()
  "A pause or a clock set back would not be seen."
  (smblog-test-with-text
      (log (mapconcat (lambda (time) (format "[2026/11/24 01:%s,  3, pid=1] x.c:1(f)\n" time))
                      '("00:00.000000" "00:00.400000" "00:02.000000" "00:01.000000"
                        "00:01.100000")
                      ""))
    (should (equal (smblog--module-gaps log 0.5) '((2 . 1.6) (3 . -1.0))))))

(ert-deftest smblog-facts-are-in-the-log ()
  "Whose process it is would not be told."
  (let ((file (smbcmp-test-data "concurrent" "log.smbd.gz")))
    (smblog-test-with (log file)
      (let ((facts (smblog--module-facts log)))
        (should (member '(client "ipv4:127.0.0.1:51256" 29358 1943) facts))
        (should (= (cl-count-if (lambda (fact) (and (eq (car fact) 'share)
                                                    (equal (cadr fact) "share")))
                                facts)
                   (smblog-test-count file "connect to service share initially")))
        (pcase-dolist (`(,_ ,value ,pid ,message) facts)
          (should (string-match-p (regexp-quote value) (smblog--module-body log message)))
          (should (= pid (plist-get (smblog-message log message) :pid))))))))

;; Of good's log: one FSCTL that is not there, one name that is not, one control code
;; that is not handled; that a directory has no more files is no failure.
(ert-deftest smblog-chart-and-list-count-the-same-failures ()
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let ((listed (seq-count (lambda (request)
                               (eq (smblog-request-status-face request) 'smblog-request-error))
                             (smblog-requests log)))
          (charted (plist-get (smblog--module-histogram log 10) :failed)))
      (should (= listed 3))
      (should (= (apply #'+ (append charted nil)) listed)))))

(provide 'smblog-test)
;;; smblog-test.el ends here
