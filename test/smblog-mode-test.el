;;; smblog-mode-test.el --- Read logs by keys  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The log mode as its users have it: by keys, on real logs, and against
;; what grep and awk find in the same files.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog-mode)

(defvar org-store-link-plist)
(declare-function smblog--module-text "smbcmp-module.so" (log from to))
(declare-function bookmark-make-record "bookmark" ())
(declare-function org-export-string-as "ox" (string backend &optional body-only ext-plist))
(declare-function org-link-store-props "ol" (&rest plist))
(declare-function org-link-open-from-string "ol" (s &optional arg))
(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Helpers

(defvar smblog-mode-test-directory nil
  "Where logs are unpacked during a test.")

(defmacro smblog-mode-test-with (file &rest body)
  "Visit the log FILE of the recorded data, unpacked, for BODY.
FILE is the name of a folder, or a list (NAME CONTENTS) to make one."
  (declare (indent 1))
  `(let* ((smblog-mode-test-directory (make-temp-file "smblog-test" t))
          (smblog-time-zone "UTC")
          (smblog-fold t)
          (name (smblog-mode-test--file ,file)))
     (unwind-protect
         (save-window-excursion
           (delete-other-windows)
           (find-file name)
           (smblog-mode-test-settle)
           ,@body)
       (dolist (buffer (buffer-list))
         (when (with-current-buffer buffer
                 (or (derived-mode-p 'smblog-mode 'smblog-hits-mode 'smblog-requests-mode
                                     'smblog-flow-mode 'smblog-chart-mode)))
           (kill-buffer buffer)))
       (delete-directory smblog-mode-test-directory t))))

(defun smblog-mode-test--file (file)
  "Return the name of an unpacked copy of FILE; see `smblog-mode-test-with'."
  (let ((name (expand-file-name (if (consp file) (car file) "log.smbd")
                                smblog-mode-test-directory)))
    (if (consp file)
        (let ((coding-system-for-write 'no-conversion))
          (write-region (cadr file) nil name nil 'silent))
      (should (zerop (call-process "gzip" (smbcmp-test-data file "log.smbd.gz")
                                   `(:file ,name) nil "-dc"))))
    name))

(defun smblog-mode-test-settle ()
  "Wait until index and view are complete and shown."
  (let ((limit (+ (float-time) 30)))
    (while (and (not (and (smblog-indexed-p) (smblog-view-done-p)))
                (< (float-time) limit))
      (sleep-for 0.01)))
  (smblog-buffer--tick (current-buffer)))

(defun smblog-mode-test-keys (keys)
  "Type KEYS, then wait for what they cause."
  (execute-kbd-macro (kbd keys))
  (when (derived-mode-p 'smblog-mode)
    (smblog-mode-test-settle)))

(defun smblog-mode-test-shell (command &rest args)
  "Return what the shell COMMAND, a format of ARGS, prints, without the newline."
  (string-trim (shell-command-to-string
                (apply #'format command (mapcar (lambda (arg)
                                                  (if (stringp arg)
                                                      (shell-quote-argument arg)
                                                    arg))
                                                args)))))

(defun smblog-mode-test-count (command &rest args)
  "Return the number that the shell COMMAND, a format of ARGS, prints."
  (string-to-number (apply #'smblog-mode-test-shell command args)))

(defun smblog-mode-test-line ()
  "Return the line at point."
  (buffer-substring-no-properties (line-beginning-position) (line-end-position)))

(defun smblog-mode-test-await (predicate)
  "Wait until PREDICATE, but not for ever, and fail then."
  (let ((limit (+ (float-time) 20)))
    (while (and (not (funcall predicate)) (< (float-time) limit))
      (sleep-for 0.05)))
  (should (funcall predicate)))

(defun smblog-mode-test--request-lines (file)
  "Return the message numbers of dispatch lines in FILE, by awk."
  (mapcar #'string-to-number
          (split-string
           (smblog-mode-test-shell
            "awk '/^\\[20/ { n++ } /^  smbd_smb2_request_dispatch: opcode/ { print n - 1 }' %s"
            file))))

;;;; Moving

(ert-deftest smblog-n-and-p-go-through-all-messages ()
  (smblog-mode-test-with "good"
    (should (= (smblog-message-at-point) 0))
    (smblog-mode-test-keys "n n n")
    (should (= (smblog-message-at-point) 3))
    (smblog-mode-test-keys "p")
    (should (= (smblog-message-at-point) 2))
    ;; Far beyond what was in the buffer at first.
    (smblog-mode-test-keys "C-u 4000 n")
    (should (= (smblog-message-at-point) 4002))
    (smblog-mode-test-keys "C-u 3900 p")
    (should (= (smblog-message-at-point) 102))))

(ert-deftest smblog-walking-shows-every-message-once-and-in-order ()
  (smblog-mode-test-with "good"
    (let ((functions
           (split-string
            (smblog-mode-test-shell
             "grep -a '^\\[20' %s | sed 's/.*(\\([^()]*\\))$/\\1/'" name)
            "\n")))
      (cl-loop for function in functions for number from 0
               do (unless (= number 0) (smblog-next)
                          (run-hooks 'post-command-hook))
               (unless (and (= (smblog-message-at-point) number)
                            (string-match-p (concat "7837 " (regexp-quote function))
                                            (smblog-mode-test-line)))
                 (ert-fail (list number function (smblog-mode-test-line)))))
      (should-error (smblog-next) :type 'user-error))))

(ert-deftest smblog-beginning-and-end-are-those-of-the-log ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "M->")
    (should (eobp))
    (should (= (smblog-message-at-point) (1- (smblog-message-count smblog-log))))
    (smblog-mode-test-keys "M-<")
    (should (bobp))
    (should (= (smblog-message-at-point) 0))
    (smblog-mode-test-keys "l")
    (should (= (smblog-message-at-point) (1- (smblog-message-count smblog-log))))))

(ert-deftest smblog-j-goes-to-a-number-or-a-time ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "j 1234 RET")
    (should (= (smblog-message-at-point) 1234))
    (smblog-mode-test-keys "j 01:58:08.988842 RET")
    (should (string-prefix-p "01:58:08.988842" (smblog-mode-test-line)))
    (should (= (smblog-message-at-point)
               (1- (smblog-mode-test-count
                    "grep -a '^\\[20' %s | grep -an '01:58:08.988842' | head -1 | cut -d: -f1"
                    name))))))

(ert-deftest smblog-times-are-those-the-log-has ()
  (smblog-mode-test-with "good"
    (let ((times (split-string (smblog-mode-test-shell
                                "grep -ao '^\\[20[^,]*' %s | sed 's/.* //'" name))))
      (cl-loop for time in times for number from 0
               do (should (equal time (smblog-message-time-string
                                       (plist-get (smblog-message smblog-log number)
                                                  :time))))))))

(ert-deftest smblog-gaps-in-time-are-marked-and-gone-to ()
  (smblog-mode-test-with
      '("log.smbd" "[2026/11/24 01:00:00.000000,  3, pid=5] a.c:1(f)\n  one
[2026/11/24 01:00:00.500000,  3, pid=5] a.c:1(f)\n  two
[2026/11/24 01:00:07.250000,  3, pid=5] a.c:1(f)\n  three
[2026/11/24 01:00:01.250000,  3, pid=5] a.c:1(f)\n  four\n")
    (should (equal (split-string (buffer-substring-no-properties (point-min) (point-max)) "\n")
                   '("── Tuesday 2026-11-24 ──"
                     "01:00:00.000000  3      5 f: one"
                     "01:00:00.500000  3      5 f: two"
                     "── 6.750 s later ──"
                     "01:00:07.250000  3      5 f: three"
                     "── the clock goes back 6.000 s ──"
                     "01:00:01.250000  3      5 f: four"
                     "")))
    (smblog-mode-test-keys "}")
    (should (= (smblog-message-at-point) 2))
    (smblog-mode-test-keys "}")
    (should (= (smblog-message-at-point) 3))
    (smblog-mode-test-keys "{")
    (should (= (smblog-message-at-point) 2))
    (smblog-mode-test-keys "/ not SPC text=two RET M-< }")
    (should (= (smblog-message-at-point) 2))))

(ert-deftest smblog-what-is-before-the-first-header-is-shown ()
  (smblog-mode-test-with
      '("log.smbd" "  the end of a message that was cut\n    twice\n\
[2026/11/24 01:00:00.000000,  3, pid=5] a.c:1(f)\n  one\n")
    (should (string-prefix-p "the end of a message that was cut +1
── Tuesday 2026-11-24 ──
01:00:00.000000  3      5 f: one" (buffer-string)))
    (should (= (smblog-message-at-point) 0))))

;;;; Folding

(ert-deftest smblog-tab-shows-a-message-s-text-and-hides-it ()
  (smblog-mode-test-with "good"
    (should (string-prefix-p "── Tuesday 2026-11-24 ──\n" (buffer-string)))
    (should (string-suffix-p "INFO: Current debug levels: +38" (smblog-mode-test-line)))
    (smblog-mode-test-keys "TAB")
    (should (string-suffix-p "lib/util/debug.c:927" (smblog-mode-test-line)))
    (should (string-match-p "^    smb2_credits: 10$" (buffer-string)))
    (smblog-mode-test-keys "TAB")
    (should-not (string-match-p "^    smb2_credits: 10$" (buffer-string)))
    (smblog-mode-test-keys "<backtab>")
    (should (string-match-p "^    smb2_credits: 10$" (buffer-string)))
    (should (= (smblog-message-at-point) 0))))

(ert-deftest smblog-unfolded-text-is-the-file-s-own ()
  (smblog-mode-test-with "good"
    (setq smblog-view-fold-dumps nil)
    (smblog-mode-test-keys "<backtab> M->")
    (let ((shown (cl-remove-if
                  (lambda (line) (string-match-p "\\`[0-9:.]\\{15\\} \\|\\`──\\|\\` *\\'" line))
                  (split-string (progn (smblog-view-show 0)
                                       (while (smblog-view-down 500))
                                       (buffer-substring-no-properties (point-min) (point-max)))
                                "\n")))
          (file (split-string (smblog-mode-test-shell
                               "grep -av '^\\[20' %s | grep -av '^ *$' | sed 's/ *$//'" name)
                              "\n")))
      (should (equal (mapcar #'string-trim shown) (mapcar #'string-trim file))))))

(ert-deftest smblog-dumps-fold-on-their-own ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "<backtab>")
    (smblog-mode-test-keys "C-s &global_blob RET")
    (should (get-text-property (line-end-position) 'invisible))
    (smblog-mode-test-keys "TAB")
    (should-not (get-text-property (line-end-position) 'invisible))
    (smblog-mode-test-keys "TAB")
    (should (get-text-property (line-end-position) 'invisible))
    (smblog-mode-test-keys "D")
    (should-not (text-property-any (point-min) (point-max) 'invisible 'smblog-dump))))

;;;; Places

(defun smblog-mode-test--functions-of (mid)
  "Return (FUNCTION . COUNT) of what request MID of a log with one process calls.
That is what awk and uniq say of the headers from its beginning to its end."
  (mapcar (lambda (line)
            (pcase-let ((`(,count ,function) (split-string line)))
              (cons function (string-to-number count))))
          (process-lines
           "sh" "-c"
           (format "zcat '%s' | awk '
/^\\[20/ { sub (/.*\\(/, \"\"); sub (/\\).*/, \"\"); function_name = $0; if (inside) print; next }
/request_dispatch: opcode.* mid = %d$/ { inside = 1; print function_name }
/request_done_ex: mid \\[%d\\]/ { exit }' | uniq -c"
                   (smbcmp-test-data "good" "log.smbd.gz") mid mid))))

(ert-deftest smblog-c-shows-what-a-request-went-through ()
  "The call flow has the functions between a request's beginning and its end."
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "r")
    (with-current-buffer (window-buffer (selected-window))
      (should (search-forward "\n     277 CREATE"))
      (smblog-mode-test-keys "c"))
    (with-current-buffer (window-buffer (selected-window))
      (should (derived-mode-p 'smblog-flow-mode))
      (goto-char (point-min))
      (let (shown)
        (while (re-search-forward
                "^ *\\(?:[0-9.]+ [nµm]?s\\)? +\\([a-z_0-9]+\\)\\(?: ×\\([0-9]+\\)\\)?  " nil t)
          (push (cons (match-string 1)
                      (string-to-number (or (match-string 2) "1")))
                shown))
        (should (equal (smblog-mode-test--functions-of 277) (nreverse shown))))
      ;; TAB leaves the request alone, and shows its functions again.
      (goto-char (point-min))
      (let ((lines (count-lines (point-min) (point-max))))
        (smblog-mode-test-keys "n n")
        (should-error (smblog-mode-test-keys "TAB") :type 'user-error)
        (smblog-mode-test-keys "^ TAB")
        (should (= 1 (count-lines (point-min) (point-max))))
        (smblog-mode-test-keys "TAB")
        (should (= lines (count-lines (point-min) (point-max))))))))

(ert-deftest smblog-c-shows-calls-that-the-kernel-traced ()
  "Of a call that calls others, how long it took is told where it ends."
  (smblog-mode-test-with
      '("trace" "      mount-7 [000]    70.100101: funcgraph_entry:                   |  cifs_mount() {
      other-8 [001]    70.100102: funcgraph_entry:        9.000 us   |  schedule();
      mount-7 [000]    70.100103: funcgraph_entry:        0.394 us   |    kmalloc();
      mount-7 [000]    70.100104: smb3_cmd_enter:       sid=0x0 tid=0x0 cmd=0 mid=0
      mount-7 [000]    70.100150: funcgraph_exit:      101.189 us   |  }
")
    (goto-char (point-min))
    (search-forward "cifs_mount")
    (smblog-mode-test-keys "c")
    (with-current-buffer "*flow: trace*"
      (should (string-match-p "^ +101 µs cifs_mount " (buffer-string)))
      (should (string-match-p "^ +394 ns   kmalloc *$" (buffer-string)))
      (should-not (string-match-p "schedule\\|}" (buffer-string)))
      ;; A call folds with what it called; what comes behind it stays.
      (goto-char (point-min))
      (re-search-forward "cifs_mount ")
      (execute-kbd-macro (kbd "TAB"))
      (should (string-match-p "cifs_mount \\+[0-9]+ " (buffer-string)))
      (should-not (string-match-p "kmalloc" (buffer-string)))
      (execute-kbd-macro (kbd "TAB"))
      (should (string-match-p "^ +394 ns   kmalloc *$" (buffer-string))))))

(ert-deftest smblog-c-tells-requests-of-one-process-apart-by-trace-id ()
  "The end of a request stood below another one that had begun meanwhile."
  (let ((text (mapconcat
               (lambda (message)
                 (apply #'format "[2026/11/24 01:00:0%d,  3, pid=5, effective(0, 0), \
real(0, 0), class=winbind, traceid=%d] ../../source3/winbindd/winbindd.c:1(%s)\n  %s\n"
                        message))
               '((1 7 "process_request_send"
                    "process_request_send: [nss (70)] Handling async request: GETGROUPS")
                 (2 8 "process_request_send"
                    "process_request_send: [sshd (80)] Handling async request: GETPWNAM")
                 (9 7 "winbind_client_processed"
                    "winbind_client_processed: request took 8.000000 seconds"))
               "")))
    (smblog-mode-test-with (list "log.winbindd" text)
      (goto-char (point-min))
      (search-forward "GETGROUPS")
      (smblog-mode-test-keys "c")
      (with-current-buffer "*flow: log.winbindd*"
        (should (string-match-p
                 "\\`5 GETGROUPS .*\n +8.000 s process_request_send .*\n +winbind_client_processed "
                 (buffer-string)))
        (should-not (string-match-p "GETPWNAM" (buffer-string)))))))

(ert-deftest smblog-bookmarks-and-org-links-lead-back ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ level<=5 RET j 2000 RET")
    (let ((record (bookmark-make-record)) (number (smblog-message-at-point)) link)
      (require 'ol)
      (setq link (progn (org-link-store-props)
                        (smblog-place-store-link)
                        (plist-get org-store-link-plist :link)))
      (kill-buffer)
      (save-current-buffer
        (smblog-place-bookmark-jump record)
        (should (= (smblog-message-at-point) number))
        (should (equal (smblog-filter-print smblog-filter) "level<=5"))
        (kill-buffer))
      (should (equal link (format "smblog:%s::%d" (abbreviate-file-name name) number)))
      (require 'org)
      (require 'ox-html)
      (should (string-match-p "<p>[ \n]*there[ \n]*</p>"
                              (org-export-string-as (format "[[%s][there]]" link) 'html t)))
      (org-link-open-from-string (format "[[%s][there]]" link))
      (should (eq major-mode 'smblog-mode))
      (should (= (smblog-message-at-point) number)))))

(ert-deftest smblog-w-copies-the-message-as-it-is-in-the-file ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "n w")
    (should (equal (current-kill 0)
                   (with-temp-buffer
                     (call-process "awk" name t nil "/^\\[20/ { n++ } n == 2")
                     (buffer-string))))))

(ert-deftest smblog-write-file-writes-what-the-filter-leaves ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ class=smb2 RET")
    (let ((file (concat name ".part")))
      (smblog-write file)
      (should (= (smblog-mode-test-count "grep -ac '^\\[20' %s" file) (smblog-view-count)))
      (should (= (smblog-mode-test-count "grep -ac class=smb2] %s" file)
                 (smblog-view-count))))))

;;;; Source lines

(defconst smblog-mode-test-source "/* a file of another version */
static NTSTATUS other(void)
{
\treturn other_thing();
}

NTSTATUS fsp_new(struct connection_struct *conn,
\t\t TALLOC_CTX *mem_ctx)
{
\tint i = 0;

\tDBG_INFO(\"nothing of it\\n\");
\ti++;
\tDEBUG(5,(\"allocated files structure (%u used)\\n\",
\t\t(unsigned int)i));
\treturn 0;
}
")

(ert-deftest smblog-the-source-line-is-found-in-another-version ()
  (let* ((tree (make-temp-file "samba" t))
         (smblog-src-dir tree)
         (file (expand-file-name "source3/smbd/files.c" tree)))
    (unwind-protect
        (progn
          (make-directory (file-name-directory file) t)
          (write-region smblog-mode-test-source nil file nil 'silent)
          (let ((text "fsp_new: allocated files structure (1 used)"))
            ;; Elsewhere in the file: by the message's text.
            (should (equal (seq-take (smblog-source-find "../../source3/smbd/files.c" 76
                                                         "fsp_new" text)
                                     2)
                           (list file 14)))
            ;; Right as it is.
            (should (equal (smblog-source-find "../../source3/smbd/files.c" 14 "fsp_new" text)
                           (list file 14 nil)))
            ;; No such text: where the function begins.
            (should (= (nth 1 (smblog-source-find "smbd/files.c" 300 "fsp_new" "gone"))
                       7))
            ;; The function has moved.
            (should (equal (seq-take (smblog-source-find "../../source3/smbd/open.c" 5
                                                         "fsp_new" text)
                                     2)
                           (list file 7)))
            (should-error (smblog-source-find "no/such.c" 5 "no_such_function" "")
                          :type 'user-error)))
      (let ((buffer (find-buffer-visiting file)))
        (when buffer (kill-buffer buffer)))
      (delete-directory tree t))))

;;;; Faces

(defun smblog-mode-test-face (text)
  "Return the face of the first occurrence of TEXT in the buffer."
  (goto-char (point-min))
  (search-forward text)
  (let ((start (match-beginning 0)))
    (with-silent-modifications
      (save-excursion (smblog-message-fontify (point-min) (point-max))))
    (get-text-property start 'face)))

(ert-deftest smblog-statuses-behind-an-equals-sign-are-seen ()
  (smblog-mode-test-with
      '("log.smbd" "[2026/11/24 01:58:08.951108,  1, pid=1] x.c:1(f)
  status=NT_STATUS_OK, state.status=NT_STATUS_ACCESS_DENIED PRINTER_STATUS_BUSY\n")
    (should (eq (smblog-mode-test-face "NT_STATUS_OK") 'smblog-ok))
    (should (eq (smblog-mode-test-face "NT_STATUS_ACCESS") 'smblog-error))
    (should-not (smblog-mode-test-face "STATUS_BUSY"))
    ;; The default of a filter by text is the word, too.
    (search-backward "ACCESS")
    (should (equal (thing-at-point 'symbol t) "NT_STATUS_ACCESS_DENIED"))))

(ert-deftest smblog-numbers-of-statuses-are-seen ()
  (smblog-mode-test-with
      '("trace" "    ls-181     [001] .....    31.864330: smb3_cmd_err: \tsid=0x1 tid=0x1 cmd=14 mid=22 status=0x80000006 rc=-61
    ls-181     [001] .....    31.913828: smb3_cmd_err: \tsid=0xc8195d82 tid=0x1 cmd=5 mid=24 status=0xc0000034 rc=-2\n")
    (should (eq (smblog-mode-test-face "status=0x8") 'smblog-pending))
    (should (eq (smblog-mode-test-face "status=0xc") 'smblog-error))
    (should-not (smblog-mode-test-face "sid=0xc8"))))

(ert-deftest smblog-what-looks-like-a-header-is-none ()
  "A log without headers has neither levels nor processes, but dumps."
  (smblog-mode-test-with
      '("log.smbclient" "gensec_update_done: spnego[0x55c9f1a017a0]: NT_STATUS_OK
Session Key   [0000] A9 B3 D5 25 40 AA 71 B2   77 F0 C2 93 C4 59 76 E1   ...%.Sq. w....Yv.\n")
    (should (string-match-p "^Session Key" (buffer-string)))
    (dolist (text '("Session Key" "25 " "40 " "AA "))
      (should-not (smblog-mode-test-face text)))))

;;;; isearch's prompt

(ert-deftest smblog-isearch-says-that-the-log-is-filtered ()
  (smblog-mode-test-with "good"
    (should-not (string-match-p "filtered" (isearch-message-prefix)))
    (smblog-mode-test-keys "L 2 RET")
    (should (string-match-p "filtered i-search" (downcase (isearch-message-prefix))))
    (smblog-mode-test-keys "\\")
    (should-not (string-match-p "filtered" (isearch-message-prefix)))))

;;;; Help

(ert-deftest smblog-help-tells-the-keys-of-every-buffer ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "r")
    (let ((log (get-file-buffer name)) (shown nil))
      (pcase-dolist (`(,show . ,keys) '(("r" "n" "RET" "R" "c" "S" "w")
                                        ("e" "n" "p" "RET")
                                        ("v" "RET")
                                        ("C-u c" "n" "p" "RET")))
        (switch-to-buffer log)
        (delete-other-windows)
        (smblog-mode-test-keys show)
        (with-current-buffer
            (window-buffer (get-window-with-predicate
                            (lambda (window) (string-prefix-p "*" (buffer-name (window-buffer window))))))
          (push major-mode shown)
          (smbcmp-help))
        (with-current-buffer (help-buffer)
          (dolist (key keys)
            (should (string-match-p (concat "\\(?:^\\| \\)" (regexp-quote key) " +[A-Z]")
                                    (buffer-string))))
          (kill-buffer)))
      (should (equal shown '(smblog-flow-mode smblog-chart-mode smblog-hits-mode
                                              smblog-requests-mode))))))

;;;; What codes mean

(ert-deftest smblog-codes-are-explained-by-wireshark-s-tables ()
  (pcase-dolist (`(,line ,word ,regexp)
                 '(("done status[NT_STATUS_ACCESS_DENIED] x" "ACCESS" "0xc0000022 (error), MS-ERREF 2\\.3\\.1")
                   ("opcode[SMB2_OP_SESSSETUP] mid" "SESS" "SMB2 command 1\\b")
                   ("opcode[SMB2_OP_NEGPROT] mid" "NEG" "SMB2 command 0\\b")
                   ("opcode[SMB2_OP_TDIS] mid" "TDIS" "SMB2 command 4\\b")
                   ("opcode[SMB2_OP_CREATE] mid" "CREATE" "SMB2 command 5, .*MS-SMB2 2\\.2\\.13\\b")
                   ("status 0xC0000034 is" "0034" "STATUS_OBJECT_NAME_NOT_FOUND")
                   ("mid=2 status=0xc0000225 rc=-2" "0xc" "STATUS_NOT_FOUND")
                   ("status=NT_STATUS_CANCELLED," "CANC" "0xc0000120 (error)")
                   ("NT_STATUS_OK" "OK" "STATUS_SUCCESS is 0x00000000 (success)")))
    (should (string-match-p regexp
                            (or (smblog-explain-string line (string-match word line)) ""))))
  (should-not (smblog-explain-string "nothing to explain" 3)))

;; A log from a stranger names files; none but those of the source tree are opened, and
;; no other host is asked.
(ert-deftest smblog-source-only-files-of-the-tree-are-opened ()
  (let* ((above (make-temp-file "smbcmp" t))
         (tree (expand-file-name "tree/" above))
         (asked nil))
    (unwind-protect
        (cl-letf (((symbol-function 'tramp-file-name-handler)
                   (lambda (&rest args) (push args asked) nil)))
          (make-directory (expand-file-name "source3/smbd" tree) t)
          (dolist (name '("secret.c" "tree/source3/smbd/open.c"))
            (write-region "int x;\n" nil (expand-file-name name above) nil 'silent))
          (make-symbolic-link (expand-file-name "secret.c" above)
                              (expand-file-name "link.c" tree))
          (dolist (file '("../../source3/smbd/open.c" "smbd/open.c"
                          "/build/samba/source3/smbd/open.c"))
            (should (equal (smblog-source-file tree file)
                           (expand-file-name "source3/smbd/open.c" tree))))
          (dolist (file (list "source3/../../secret.c" "../x/../../secret.c" "link.c"
                              "/ssh:host.example:/x.c" "/sudo::/etc/passwd" "~/x.c"
                              (expand-file-name "secret.c" above)))
            (should-not (smblog-source-file tree file)))
          (should-not asked))
      (delete-directory above t))))

(provide 'smblog-mode-test)
;;; smblog-mode-test.el ends here
