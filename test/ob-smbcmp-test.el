;;; ob-smbcmp-test.el --- Captures and logs in Org  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Blocks are run in buffers of Org.  What must be in their results comes from
;; tshark, from the logs' text, and for comparisons from the report.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'org)
(require 'ob-smbcmp)
(require 'smbcmp)

(declare-function org-lint "org-lint" (&optional arg))
(declare-function parity--key "parity-test" ())
(declare-function parity--psml "parity-test" (file arguments))
(declare-function parity--tshark "parity-test" (&rest arguments))
(declare-function smbcmp-test-data "run" (folder &optional file))
(defvar org-store-link-plist)

;;;; Helpers

(defun ob-smbcmp-test--block (args body)
  "Return the text of a block with header ARGS and BODY.
FOLDER:FILE in ARGS, in angle brackets, is one of the recorded files."
  (format "#+begin_src smbcmp %s\n%s\n#+end_src\n"
          (replace-regexp-in-string
           "<\\([^:>]*\\):?\\([^>]*\\)>"
           (lambda (match)
             (smbcmp-test-data (match-string 1 match)
                               (and (not (equal "" (match-string 2 match)))
                                    (match-string 2 match))))
           args t t)
          body))

(defmacro ob-smbcmp-test--with-org (text &rest body)
  "Do BODY in a buffer of Org with TEXT, at its beginning."
  (declare (indent 1) (debug t))
  (let ((buffer (make-symbol "buffer")))
    `(let ((org-confirm-babel-evaluate nil)
           (inhibit-message t)
           (,buffer (generate-new-buffer "case.org")))
       (unwind-protect
           (with-current-buffer ,buffer
             (org-mode)
             (insert ,text)
             (goto-char (point-min))
             ,@body)
         (kill-buffer ,buffer)))))

(defun ob-smbcmp-test--run (args &optional body)
  "Return the result of the block with header ARGS and BODY."
  (ob-smbcmp-test--with-org (ob-smbcmp-test--block args (or body ""))
    (org-babel-execute-src-block)))

(defun ob-smbcmp-test--strings (rows)
  "Return ROWS of a table with their cells as strings, without hlines."
  (mapcar (lambda (row) (mapcar (lambda (cell) (format "%s" cell)) row))
          (remq 'hline rows)))

(defun ob-smbcmp-test--column (table title)
  "Return the cells of TABLE below TITLE."
  (let ((n (cl-position title (car table) :test #'equal)))
    (should (eq 'hline (nth 1 table)))
    (mapcar (lambda (row) (nth n row)) (cddr table))))

(defun ob-smbcmp-test--tshark-fields (file filter fields)
  "Return what tshark has of FIELDS in the frames of FILE that FILTER selects.
Backslashes are doubled there from Wireshark 4.2 on."
  (mapcar (lambda (line)
            (split-string (replace-regexp-in-string "\\\\\\\\" "\\" line t t) "\t"))
          (split-string (apply #'parity--tshark "-2" "-r" file "-Y" filter "-T" "fields"
                               (mapcan (lambda (field) (list "-e" field)) fields))
                        "\n" t)))

(defun ob-smbcmp-test--workers ()
  "Return the workers of captures that are alive."
  (cl-remove-if-not (lambda (process)
                      (and (process-live-p process)
                           (eq (process-type process) 'real)
                           (string-match-p "\\`smbcmp.*pcapng" (process-name process))))
                    (process-list)))

;;;; Packets

(ert-deftest ob-smbcmp-fields-are-tsharks ()
  (let ((fields '("frame.number" "smb2.cmd" "smb2.msg_id" "smb2.filename" "ip.src"
                  "smb2.signature" "frame.time_epoch"))
        (filter "smb2.cmd == 5 ||\n  smb2.cmd == 3"))
    (dolist (folder '("good" "t-compound"))
      (let* ((table (ob-smbcmp-test--run
                     (format ":capture <%s> :fields %s" folder
                             (string-join (butlast fields) " "))
                     (concat "# creates\n" filter "\n# and tree connects")))
             (theirs (ob-smbcmp-test--tshark-fields
                      (smbcmp-test-data folder) filter (butlast fields))))
        (should (equal (butlast fields) (car table)))
        (should (> (length theirs) 10))
        (should (equal theirs (cdr (ob-smbcmp-test--strings table))))))))

(ert-deftest ob-smbcmp-times-are-tsharks ()
  (let ((process-environment (cons "TZ=Asia/Kolkata" process-environment)))
    (unwind-protect
        (progn
          (set-time-zone-rule "Asia/Kolkata")
          (let ((theirs (ob-smbcmp-test--tshark-fields
                         (smbcmp-test-data "good") "frame.number < 9"
                         '("frame.time" "frame.time_delta")))
                (table (ob-smbcmp-test--run
                        ":capture <good> :fields frame.time frame.time_delta"
                        "frame.number < 9")))
            (should (= 8 (length theirs)))
            (cl-loop for (time delta) in theirs
                     for (our-time our-delta) in (cddr table)
                     do (should (equal (concat (substring our-time 11))
                                       ;; ISO 8601 since 4.6.
                                       (progn (string-match "[0-9:]\\{8\\}\\.[0-9]+" time)
                                              (match-string 0 time))))
                     ;; The first frame has none since 4.6.
                     do (should (if (member delta '(nil ""))
                                    (equal our-delta "")
                                  (= our-delta (string-to-number delta)))))))
      (set-time-zone-rule nil))))

(ert-deftest ob-smbcmp-rows-are-tsharks ()
  (let ((filter "smb2.nt_status != 0"))
    (should (equal (parity--psml (smbcmp-test-data "readonly") (list "-Y" filter))
                   (cddr (ob-smbcmp-test--run ":capture <readonly>" filter)))))
  (should (equal '("No." "Time" "Source" "Destination" "Protocol" "Length" "Info")
                 (car (ob-smbcmp-test--run ":capture <readonly>" "frame.number == 1")))))

(ert-deftest ob-smbcmp-columns-are-tsharks ()
  (should (equal (parity--psml
                  (smbcmp-test-data "readonly")
                  '("-2" "-Y" "smb2.nt_status" "-o"
                    "gui.column.format:\"a\",\"%m\",\"b\",\"%Cus:smb2.cmd\",\"c\",\"%Cus:smb2.nt_status\""))
                 (cddr (ob-smbcmp-test--run
                        ":capture <readonly> :columns No. smb2.cmd smb2.nt_status"
                        "smb2.nt_status")))))

(ert-deftest ob-smbcmp-colnames-choose-the-titles ()
  (let ((args ":capture <good> :columns No. Protocol") (body "frame.number == 4"))
    (should (equal '(("No." "Protocol") hline ("4" "SMB2"))
                   (ob-smbcmp-test--run args body)))
    (should (equal '(("4" "SMB2")) (ob-smbcmp-test--run (concat args " :colnames no") body)))
    (should (equal '((frame what) hline ("4" "SMB2"))
                   (ob-smbcmp-test--run (concat args " :colnames '(frame what)") body)))
    (should-error (ob-smbcmp-test--run (concat args " :colnames '(frame)") body)
                  :type 'user-error)
    (should (equal "No.  Protocol\n4    SMB2"
                   (ob-smbcmp-test--run (concat args " :results output") body)))
    (should (equal "4  SMB2"
                   (ob-smbcmp-test--run (concat args " :results output :colnames no") body)))
    (should (equal '(("No." "Protocol") hline) (ob-smbcmp-test--run args "frame.number == 0")))))

(ert-deftest ob-smbcmp-a-cell-stands-in-a-sentence ()
  (ob-smbcmp-test--with-org
      (format "It is src_smbcmp[:capture %s :columns smb2.cmd :colnames no :results output]\
{frame.number == 4} here."
              (smbcmp-test-data "good"))
    (search-forward "src_")
    (org-babel-execute-src-block)
    (should (string-match-p "=Negotiate Protocol=.* here\\." (buffer-string)))))

(ert-deftest ob-smbcmp-tables-survive-what-cells-have ()
  "A bar or newline in a cell makes no other cell and no other row."
  (ob-smbcmp-test--with-org
      "#+begin_src smbcmp :capture x :fields a b\n#+end_src\n"
    (cl-letf (((symbol-function 'smbcmp-babel--fields)
               (lambda (&rest _) '(("a" "b") ("x|y" "one\ntwo") (3 nil)))))
      (org-babel-execute-src-block))
    (goto-char (org-babel-where-is-src-block-result))
    (forward-line)
    (should (equal '(("a" "b") hline ("x\\vert{}y" "one two") ("3" ""))
                   (org-table-to-lisp)))))

(ert-deftest ob-smbcmp-too-many-rows-are-no-table ()
  "Org would be busy for minutes; as text they come at once."
  (let ((smbcmp-babel-limit 113))
    (should (string-match-p "114 rows are too many"
                            (cadr (should-error (ob-smbcmp-test--run ":capture <good>")
                                                :type 'user-error))))
    (should (= 115 (length (split-string (ob-smbcmp-test--run
                                          ":capture <good> :results output")
                                         "\n"))))))

(ert-deftest ob-smbcmp-frame-is-tsharks-tree ()
  (cl-flet ((smb (text)
              (let ((lines (split-string text "\n" t)))
                (mapcar (lambda (line)
                          (replace-regexp-in-string "\\`\\( *\\)\\[\\(.*\\)\\]\\'" "\\1\\2" line))
                        (cl-member "\\`SMB2 (" lines :test #'string-match-p)))))
    (let ((theirs (smb (parity--tshark "-2" "-r" (smbcmp-test-data "readonly")
                                       "-Y" "frame.number == 35" "-V"))))
      (should (> (length theirs) 30))
      (should (equal theirs (smb (ob-smbcmp-test--run ":capture <readonly> :frame 35"))))
      ;; Its number may come from another block.
      (should (equal theirs (smb (ob-smbcmp-test--run
                                  ":var n=35 :capture <readonly> :frame $n")))))))

(ert-deftest ob-smbcmp-variables-are-in-filters ()
  (should (equal '((4) (34))
                 (cddr (ob-smbcmp-test--run
                        ":var frames='((4) (34)) name=\"new\" :capture <good> :fields frame.number"
                        "frame.number in {$frames} && (smb2.filename == \"$name\" || smb2.cmd == 0)"))))
  (ob-smbcmp-test--with-org
      (concat "#+name: failed\n"
              (ob-smbcmp-test--block ":capture <readonly> :fields frame.number"
                                     "smb2.nt_status == 0xc0000022")
              "\n#+name: use\n"
              (ob-smbcmp-test--block ":var f=failed :capture <readonly> :columns No. Info"
                                     "frame.number in {$f}"))
    (search-forward "#+name: use")
    (forward-line)
    (let ((rows (cddr (org-babel-execute-src-block))))
      (should (equal (mapcar #'car rows)
                     (mapcar #'car (ob-smbcmp-test--tshark-fields
                                    (smbcmp-test-data "readonly")
                                    "smb2.nt_status == 0xc0000022" '("frame.number")))))
      (should (= 3 (length rows))))))

(ert-deftest ob-smbcmp-files-are-where-dir-says ()
  (let ((table (ob-smbcmp-test--run
                (format ":dir %s :capture capture.pcapng :fields frame.number"
                        (file-name-directory (smbcmp-test-data "readonly"))))))
    (should (= 102 (length (cddr table))))))

(ert-deftest ob-smbcmp-keys-decrypt ()
  (should (= 30 (length (cddr (ob-smbcmp-test--run
                               ":capture <enc-smb311> :keys <enc-smb311:log.smbd.gz> :columns No."
                               "smb2.cmd == 5"))))))

(ert-deftest ob-smbcmp-results-go-to-files ()
  (let ((file (make-temp-file "ob-smbcmp" nil ".tsv")))
    (unwind-protect
        (progn
          (ob-smbcmp-test--run
           (format ":capture <good> :fields frame.number smb2.cmd :results file :file %s" file)
           "smb2.cmd == 3")
          (should (equal (concat "frame.number\tsmb2.cmd\n"
                                 (string-trim
                                  (parity--tshark "-2" "-r" (smbcmp-test-data "good")
                                                  "-Y" "smb2.cmd == 3" "-T" "fields"
                                                  "-e" "frame.number" "-e" "smb2.cmd")))
                         (with-temp-buffer (insert-file-contents file) (buffer-string)))))
      (delete-file file))))

;;;; Comparisons

(defun ob-smbcmp-test--report-lines (report)
  "Return the divergences that REPORT tells, (FRAMES-A FRAMES-B KIND LABEL)."
  (let (lines)
    (dolist (line (split-string report "\n") (nreverse lines))
      (when (string-match "\\` +\\([-0-9/]+\\) +\\([-0-9/]+\\)  \\([-a-z]+\\) +\\(.*\\)" line)
        (push (mapcar (lambda (n) (match-string n line)) '(1 2 3 4)) lines)))))

(ert-deftest ob-smbcmp-comparison-is-that-of-the-report ()
  (let* ((args ":capture <good> :against <readonly>")
         (report (ob-smbcmp-test--run (concat args " :results output")))
         (table (ob-smbcmp-test--run args))
         (told (ob-smbcmp-test--report-lines report)))
    (should (string-match-p "12 divergences, 7 of them caused by an earlier divergence" report))
    (should (= 12 (length told)))
    (should (equal (sort (copy-sequence told) (lambda (x y) (string< (format "%S" x) (format "%S" y))))
                   (sort (cl-mapcar #'list
                                    (ob-smbcmp-test--column table "frames A")
                                    (ob-smbcmp-test--column table "frames B")
                                    (ob-smbcmp-test--column table "kind")
                                    (ob-smbcmp-test--column table "what differs"))
                         (lambda (x y) (string< (format "%S" x) (format "%S" y))))))
    (should (= 7 (cl-count-if #'numberp (ob-smbcmp-test--column table "cause"))))
    ;; What CLOSE is only in A because of is the CREATE that failed.
    (let ((close (cl-find "36/37" (cddr table) :key #'caddr :test #'equal)))
      (should (equal "34/35" (nth 2 (nth (1- (nth 4 close)) (cddr table))))))
    (should (equal '(("n" "kind" "frames A" "frames B" "cause" "what differs") hline)
                   (ob-smbcmp-test--run ":capture <good> :against <good-again>")))))

(ert-deftest ob-smbcmp-a-filter-leaves-divergences-with-its-frames ()
  (let ((table (ob-smbcmp-test--run ":capture <good> :against <readonly>"
                                    "smb2.nt_status == 0xc0000022"))
        (frames (mapcar #'car (ob-smbcmp-test--tshark-fields
                               (smbcmp-test-data "readonly")
                               "smb2.nt_status == 0xc0000022" '("frame.number")))))
    (should (= 3 (length frames)))
    (should (equal frames (mapcar (lambda (cell) (nth 1 (split-string cell "/")))
                                  (ob-smbcmp-test--column table "frames B"))))))

(ert-deftest ob-smbcmp-what-cannot-be-compared-is-an-error ()
  "An empty table would say that all is the same."
  (should (string-match-p
           "messages of A are encrypted, no key available"
           (cadr (should-error (ob-smbcmp-test--run
                                ":capture <enc-smb311> :against <enc-smb311>")
                               :type 'user-error)))))

;;;; Logs

(defun ob-smbcmp-test--grep (folder regexp)
  "Return the first groups of all matches of REGEXP in the log in FOLDER."
  (with-temp-buffer
    (insert-file-contents (smbcmp-test-data folder "log.smbd.gz"))
    (let (found)
      (while (re-search-forward regexp nil t)
        (push (match-string 1) found))
      (nreverse found))))

(ert-deftest ob-smbcmp-log-is-a-table-of-requests ()
  (let ((table (ob-smbcmp-test--run ":log <readonly:log.smbd.gz>"))
        (mids (ob-smbcmp-test--grep
               "readonly" "smbd_smb2_request_dispatch: opcode.* mid = \\([0-9]+\\)")))
    (should (= 47 (length mids)))
    (should (equal mids (mapcar #'number-to-string (ob-smbcmp-test--column table "mid"))))
    (should (cl-every #'numberp (ob-smbcmp-test--column table "seconds")))
    ;; Times as the log has them.
    (should (equal (car (ob-smbcmp-test--grep
                         "readonly" "^\\[\\([^,]*\\),[^\n]*\n  smbd_smb2_request_dispatch: opcode"))
                   (let ((process-environment (cons "TZ=UTC" process-environment)))
                     (replace-regexp-in-string
                      "-" "/" (car (ob-smbcmp-test--column table "time"))))))))

(ert-deftest ob-smbcmp-log-filter-leaves-requests-with-such-messages ()
  (cl-flet ((mids (filter)
              (mapcar #'number-to-string
                      (ob-smbcmp-test--column
                       (ob-smbcmp-test--run ":log <readonly:log.smbd.gz>" filter) "mid"))))
    (should (equal (ob-smbcmp-test--grep
                    "readonly" "opcode\\[SMB2_OP_CREATE\\] mid = \\([0-9]+\\)")
                   (mids "# creates\nrequest=CREATE")))
    (should (equal (ob-smbcmp-test--grep
                    "readonly" "done_ex: mid \\[\\([0-9]+\\)\\] idx.*status\\[NT_STATUS_ACCESS_DENIED\\]")
                   (mids "function=smbd_smb2_request_done_ex \"status[NT_STATUS_ACCESS_DENIED]\"")))
    (should-not (mids "request=FLUSH"))))

(ert-deftest ob-smbcmp-log-filter-tells-processes-apart ()
  "Requests of two processes overlap: a message counts for its own."
  (let* ((all (ob-smbcmp-test--run ":log <concurrent:log.smbd.gz>"))
         (pids (delete-dups (ob-smbcmp-test--column all "pid")))
         (table (ob-smbcmp-test--run ":log <concurrent:log.smbd.gz>"
                                     (format "pid=%d" (car pids)))))
    (should (= 2 (length pids)))
    (should (= 173 (length (cddr table))))
    (should (equal (list (car pids)) (delete-dups (ob-smbcmp-test--column table "pid"))))))

(ert-deftest ob-smbcmp-log-with-capture-tells-frames ()
  (let* ((table (ob-smbcmp-test--run ":log <good:log.smbd.gz> :capture <good>"))
         (requests (ob-smbcmp-test--tshark-fields
                    (smbcmp-test-data "good") "smb2.flags.response == 0"
                    '("smb2.msg_id" "frame.number" "smb2.response_in"))))
    (should (equal '("certain") (delete-dups (ob-smbcmp-test--column table "link"))))
    (should (= 53 (length (cddr table))))
    (should (equal (mapcar (pcase-lambda (`(,mid ,frame ,response))
                             (list mid (concat frame "/" response)))
                           (cl-remove "" requests :key #'caddr :test #'equal))
                   (cl-mapcar (lambda (mid frames) (list (number-to-string mid) frames))
                              (ob-smbcmp-test--column table "mid")
                              (ob-smbcmp-test--column table "frames"))))))

;;;; Mistakes

(ert-deftest ob-smbcmp-mistakes-are-named ()
  (pcase-dolist
      (`(,args ,body ,said)
       '(("" "" "the block needs :capture FILE")
         (":against <good>" "" "the block needs :capture FILE")
         (":capture /nonexistent.pcapng" "" "/nonexistent.pcapng: no such file")
         (":capture <:../ob-smbcmp-test.el>" "" "not a capture file")
         (":capture <good>" "# all\nsmb2.cmd == 5 &&\n  nosuch == 1" "PLACE.*nosuch")
         (":capture <good> :fields smb2.cmd" "smb2.cmd ==" "Invalid filter.*end of filter")
         (":capture <good> :fields smb2.nosuch" "" "\"smb2.nosuch\" is not a field")
         (":capture <good> :columns Nosuch" "" "\"Nosuch\" is neither a column")
         (":capture <good> :frame one" "" ":frame takes numbers of frames, not one")
         (":capture <good> :frame 115" "" "there is no frame 115; the capture has 114")
         (":capture <good> :frame 3" "smb2" ":frame takes no filter")
         (":capture <good> :frame 3 :results table" "" "no table")
         (":capture <good> :frame 3 :fields smb2" "" ":frame and :fields exclude each other")
         (":capture <good> :against <good-again> :results output" "smb2" "report.*takes no filter")
         (":capture <good> :profile nosuch" "" "no configuration profile \"nosuch\"")
         (":capture <good> :keys /nonexistent" "" "/nonexistent: no such file")
         (":log /nonexistent" "" "Cannot open /nonexistent")
         (":log <good>" "" "capture.pcapng is a capture, not a log")
         (":log <good:log.smbd.gz>" "level<=3\n  nosuch=3" "line 2, column 3: No such key: nosuch")
         (":log <good:log.smbd.gz>" "text~\"[\"" "Invalid filter: Invalid regexp")))
    (let ((err (should-error (ob-smbcmp-test--run args body) :type 'user-error))
          ;; Wireshark tells since 4.0 where it is.
          (place (if (nth 1 (smbcmp-check-filter "nosuch == 1")) "line 3, column 3: " "")))
      (should (string-match-p (replace-regexp-in-string "PLACE" place said) (cadr err)))))
  (should-not (ob-smbcmp-test--workers)))

(ert-deftest ob-smbcmp-no-takes-back-what-the-file-says ()
  (ob-smbcmp-test--with-org
      (concat "#+property: header-args:smbcmp :log /nonexistent\n"
              (ob-smbcmp-test--block ":capture <good> :log no :columns No." "frame.number == 7"))
    (org-mode)
    (search-forward "begin_src")
    (should (equal '(("No.") hline ("7")) (org-babel-execute-src-block)))))

(ert-deftest ob-smbcmp-org-lint-knows-the-header-arguments ()
  (require 'org-lint)
  (ob-smbcmp-test--with-org
      (ob-smbcmp-test--block ":capture a :columns b :fields c :frame 1 :against d :log e \
:keys f :profile g :nosuch h" "")
    (let (said)
      (cl-letf (((symbol-function 'org-lint--display-reports)
                 (lambda (&rest _) (error "Not in batch"))))
        (setq said (mapcar (lambda (report) (aref (cadr report) 2))
                           (org-lint '(wrong-header-argument)))))
      (should (= 1 (length said)))
      (should (string-match-p "nosuch" (car said))))))

;;;; Sessions

(ert-deftest ob-smbcmp-without-a-session-nothing-stays-open ()
  (ob-smbcmp-test--run ":capture <good> :columns No." "frame.number == 7")
  (should-not (ob-smbcmp-test--workers)))

(ert-deftest ob-smbcmp-sessions-keep-captures-open ()
  (let ((file (make-temp-file "ob-smbcmp" nil ".pcapng")) buffer)
    (unwind-protect
        (cl-flet ((frames () (length (cddr (org-babel-execute-src-block)))))
          (copy-file (smbcmp-test-data "good") file t)
          (ob-smbcmp-test--with-org
              (ob-smbcmp-test--block
               (format ":session case :columns No. :capture %s" file) "")
            (should (= 114 (frames)))
            (let ((workers (ob-smbcmp-test--workers)))
              (should (= 1 (length workers)))
              (should (= 114 (frames)))
              (should (equal workers (ob-smbcmp-test--workers)))
              (setq buffer (get-buffer "*smbcmp: case*"))
              (with-current-buffer buffer
                (should (equal (concat (abbreviate-file-name file) "  114 frames\n")
                               (buffer-string))))
              ;; A wrong filter leaves it open.
              (search-forward "\n")
              (insert "nosuch")
              (should-error (org-babel-execute-src-block) :type 'user-error)
              (should (equal workers (ob-smbcmp-test--workers)))
              (delete-region (line-beginning-position) (point))
              (copy-file (smbcmp-test-data "readonly") file t)
              (should (= 102 (frames)))
              (should (= 1 (length (ob-smbcmp-test--workers))))
              (should-not (equal workers (ob-smbcmp-test--workers))))
            ;; Killed, it begins anew.
            (kill-buffer buffer)
            (should-not (ob-smbcmp-test--workers))
            (should (= 102 (frames)))
            (should (= 1 (length (ob-smbcmp-test--workers)))))
          ;; The buffer of Org is gone now.
          (should-not (ob-smbcmp-test--workers))
          (should-not (get-buffer "*smbcmp: case*")))
      (delete-file file))))

(ert-deftest ob-smbcmp-a-session-lasts-as-long-as-a-file-uses-it ()
  (let ((text (ob-smbcmp-test--block ":session both :capture <good> :columns No." "")))
    (ob-smbcmp-test--with-org text
      (org-babel-execute-src-block)
      (ob-smbcmp-test--with-org text (org-babel-execute-src-block))
      (should (= 1 (length (ob-smbcmp-test--workers))))
      ;; Exporting works in a copy of the buffer.
      (insert "#+property: header-args :exports results\n")
      (require 'ox-ascii)
      (let ((workers (ob-smbcmp-test--workers)))
        (should (string-match-p "114" (org-export-as 'ascii)))
        (should (equal workers (ob-smbcmp-test--workers))))))
  (should-not (ob-smbcmp-test--workers)))

;;;; Scripts

(defun ob-smbcmp-test--emacs (&rest forms)
  "Evaluate FORMS in a fresh Emacs; return what it prints."
  (with-temp-buffer
    (let ((status (apply #'call-process
                         (expand-file-name invocation-name invocation-directory) nil
                         '(t nil) nil "-Q" "--batch" "-L" smbcmp--root "-l" "smbcmp"
                         (mapcan (lambda (form) (list "--eval" (format "%S" form))) forms))))
      (unless (eql 0 status) (ert-fail (list forms (buffer-string)))))
    (buffer-string)))

(ert-deftest ob-smbcmp-runs-in-batch ()
  (let ((file (make-temp-file "ob-smbcmp" nil ".org"
                              (ob-smbcmp-test--block
                               ":capture <good> :columns No. smb2.cmd :exports results"
                               "frame.number == 4"))))
    (unwind-protect
        (should (equal
                 "<td class=\"org-left\">Negotiate Protocol</td>\n| 4 | Negotiate Protocol |\n"
                 (ob-smbcmp-test--emacs
                  '(require 'org)
                  '(org-babel-do-load-languages 'org-babel-load-languages '((smbcmp . t)))
                  '(setq org-confirm-babel-evaluate nil)
                  `(find-file ,file)
                  '(require 'ox-html)
                  '(let ((html (org-export-as 'html nil nil t)))
                     (string-match "<td.*Negotiate.*</td>" html)
                     (princ (concat (match-string 0 html) "\n")))
                  '(org-babel-execute-buffer)
                  '(progn (goto-char (point-min))
                          (re-search-forward "^| +4 | .*|$")
                          (princ (replace-regexp-in-string " +" " " (match-string 0)))
                          (princ "\n")))))
      (delete-file file))))

(ert-deftest ob-smbcmp-smbcmp-does-not-load-org ()
  (should (equal "(nil nil)" (ob-smbcmp-test--emacs
                              '(prin1 (list (featurep 'org) (featurep 'ob-core)))))))

;;;; Editing, links

(ert-deftest ob-smbcmp-blocks-are-edited-with-completion ()
  (ob-smbcmp-test--with-org (ob-smbcmp-test--block ":capture <good>" "# all\nsmb2.nt_sta")
    (search-forward "nt_sta")
    (save-window-excursion
      (switch-to-buffer (current-buffer))
      (org-edit-special)
      (should (eq major-mode 'smbcmp-filter-mode))
      (goto-char (point-max))
      (skip-chars-backward " \n")
      (completion-at-point)
      (should (looking-back "smb2\\.nt_status" (line-beginning-position)))
      (goto-char (point-min))
      (should (nth 4 (syntax-ppss (+ 3 (point)))))
      (org-edit-src-exit))
    (goto-char (point-min))
    (should (search-forward "smb2.nt_status\n" nil t)))
  (ob-smbcmp-test--with-org (ob-smbcmp-test--block ":log <good:log.smbd.gz>" "level<=3")
    (save-window-excursion
      (switch-to-buffer (current-buffer))
      (org-edit-special)
      (should-not (memq #'smbcmp-filter-completion-at-point completion-at-point-functions))
      (org-edit-src-exit))))

(ert-deftest ob-smbcmp-links-lead-to-frames ()
  (let* ((file (smbcmp-test-data "good")) (list (smbcmp-list-buffer file)) link)
    (unwind-protect
        (save-window-excursion
          (switch-to-buffer list)
          (while (not smbcmp-list-complete) (accept-process-output nil 0.01))
          (smbcmp-list-goto-frame 35)
          (org-link-store-props)
          (should (smbcmp-org-store-link))
          (setq link (plist-get org-store-link-plist :link))
          (should (equal link (format "smbcmp:%s::35" (abbreviate-file-name file))))
          ;; So it is in the frame's details.
          (with-current-buffer (smbcmp-detail-show list 36)
            (while (not (equal smbcmp-detail-frame 36)) (accept-process-output nil 0.01))
            (org-link-store-props)
            (should (smbcmp-org-store-link))
            (should (equal (format "smbcmp:%s::36" (abbreviate-file-name file))
                           (plist-get org-store-link-plist :link))))
          (smbcmp-list-goto-frame 1)
          (ob-smbcmp-test--with-org (format "[[%s][there]]" link)
            (org-open-at-point))
          (should (eq list (window-buffer)))
          (should (equal 35 (with-current-buffer list (smbcmp-list-frame-at-point)))))
      (kill-buffer list))))

(provide 'ob-smbcmp-test)
;;; ob-smbcmp-test.el ends here
