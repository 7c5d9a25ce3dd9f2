;;; smblog-test.el --- A log's index has what grep and awk find  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The index of every recorded log against what grep and awk count in it.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog)
(require 'smblog-request)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))

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

(ert-deftest smblog-open-refuses-captures ()
  "Their bytes would be shown as messages."
  (let ((pcap (make-temp-file "smbcmp" nil ".log")))
    (unwind-protect
        (progn
          (should (eql 0 (call-process "editcap" nil nil nil "-F" "pcap"
                                       (smbcmp-test-data "good") pcap)))
          (dolist (file (list (smbcmp-test-data "good") pcap))
            (should (equal (format "%s is a capture, not a log" file)
                           (cadr (should-error (smblog-open file)
                                               :type 'smbcmp-file-error))))))
      (delete-file pcap)))
  ;; Whether a file can be read is not Emacs' to say; the beginning of this one can't
  ;; by anybody.
  (smblog-test-with (log "/proc/self/mem")
    (should (zerop (smblog-message-count log)))))

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

(defun smblog-test--request-of (requests number pid)
  "Return which of REQUESTS, the last one first, message NUMBER of PID is of.
That is its number, by what `smblog-request-of' says, or nil."
  (let ((own (cl-remove-if-not (lambda (request)
                                 (and (eql pid (plist-get request :pid))
                                      (<= (plist-get request :begin) number)))
                               requests)))
    (plist-get (or (cl-find-if (lambda (request)
                                 (and (plist-get request :client)
                                      (eql number (plist-get request :end))))
                               requests)
                   (cl-find-if (lambda (request)
                                 (if (plist-get request :end)
                                     (<= number (plist-get request :end))
                                   (eq request (car own))))
                               own))
               :number)))

(ert-deftest smblog-test-a-message-is-of-the-innermost-request ()
  "Of all messages, each is of the request of which its process began last."
  (dolist (files (list (list (smbcmp-test-data "t-notify" "log.smbd.gz"))
                       (list (smbcmp-test-data "cifs-kernel/6.1" "trace.gz"))
                       (list (smbcmp-test-data "good" "log.smbd.gz")
                             (smbcmp-test-data "readonly" "log.smbd.gz"))))
    (smblog-test-with (log files)
      (let ((requests (reverse (smblog-requests log))) (of-some 0))
        (cl-loop for number below (smblog-message-count log)
                 for pid = (or (plist-get (smblog-message log number) :pid) 0)
                 for found = (smblog--module-request-of log number pid)
                 do (should (eql found (smblog-test--request-of requests number pid)))
                 do (when found (cl-incf of-some)))
        (should (> of-some 200))))))

(provide 'smblog-test)
;;; smblog-test.el ends here
