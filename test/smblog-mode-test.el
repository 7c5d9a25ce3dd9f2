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

;;;; Visiting

(ert-deftest smblog-visiting-a-log-shows-it-without-reading-it-in ()
  (smblog-mode-test-with "concurrent"
    (should (eq major-mode 'smblog-mode))
    (should (equal buffer-file-name name))
    (should-not (buffer-modified-p))
    ;; Of nine megabytes, no more than a window or two is in the buffer.
    (should (< (buffer-size) 200000))
    (should (= (smblog-message-count smblog-log)
               (smblog-mode-test-count "grep -ac '^\\[20' %s" name)))))

(ert-deftest smblog-a-log-opens-at-its-top ()
  "Whoever fills an empty buffer, a command or the index, point stays at the top."
  (smblog-mode-test-with "good"
    (dolist (fill (list #'smblog-view--post-command
                        (lambda () (smblog-view-fill (selected-window)))
                        (lambda () (smblog-buffer--tick (current-buffer)))))
      (smblog-view-clear)
      (goto-char (point-min))
      (funcall fill)
      (should (> (buffer-size) 0))
      (should (= 0 (or (smblog-message-at-point) 0)
                 (or (smblog-message-at-point (window-point)) 0))))))

(ert-deftest smblog-a-large-log-opens-without-a-question ()
  (let ((large-file-warning-threshold 1000))
    (cl-letf (((symbol-function 'read-char-choice)
               (lambda (&rest _) (ert-fail "Asked"))))
      (smblog-mode-test-with "good"
        (should (eq major-mode 'smblog-mode))))))

(ert-deftest smblog-compressed-rotated-and-renamed-logs-are-recognized ()
  (let ((directory (make-temp-file "smblog-test" t)))
    (unwind-protect
        (pcase-dolist (`(,name ,command)
                       '(("log.smbd.1.gz" "cat %s") ("log.192.168.1.7" "gzip -dc %s")
                         ("log.smbd.old" "gzip -dc %s") ("log.wb-DOM.xz" "gzip -dc %s | xz -1")
                         ("customer" "gzip -dc %s") ("smbd.20261124" "gzip -dc %s")
                         ("log.smbd-2.zst" "gzip -dc %s | zstd -q")))
          (let ((file (expand-file-name name directory)))
            (smblog-mode-test-shell (concat command " > %s")
                                    (smbcmp-test-data "good" "log.smbd.gz") file)
            (with-current-buffer (find-file-noselect file)
              (should (equal (list name major-mode) (list name 'smblog-mode)))
              (smblog-mode-test-settle)
              (should (= (smblog-message-count smblog-log) 4190))
              (kill-buffer))))
      (delete-directory directory t))))

(ert-deftest smblog-exports-of-the-journal-are-recognized ()
  "`smbd' logged into a file and into the journal what these files have."
  (let ((expected (smblog-mode-test-count "gzip -dc %s | grep -ac '^MESSAGE=\\[20'"
                                          (smbcmp-test-data "journal" "journal.export.gz")))
        (directory (make-temp-file "smblog-test" t)))
    (unwind-protect
        (dolist (name '("journal.export" "journal.json"))
          ;; Of the name journal.json it would be JavaScript for Emacs.
          (let ((file (expand-file-name (concat name "-1") directory)))
            (smblog-mode-test-shell "gzip -dc %s > %s"
                                    (smbcmp-test-data "journal" (concat name ".gz")) file)
            (with-current-buffer (find-file-noselect file)
              (should (equal (list name major-mode) (list name 'smblog-mode)))
              (smblog-mode-test-settle)
              (should (= (smblog-message-count smblog-log) expected))
              (kill-buffer))))
      (delete-directory directory t))))

(defconst smblog-mode-test-samba "[2026/11/24 01:58:23.855117,  3, pid=5] ../x.c:1(f)\n  text\n"
  "A message as smbd writes it.")

(defconst smblog-mode-test-logs
  `((,smblog-mode-test-samba)
    (,(concat "Nov 24 01:58:22 host sshd[7]: Accepted\nNov 24 01:58:23 host smbd[5]: "
              smblog-mode-test-samba))
    ("Nov 24 01:58:23 smbd[5]: connected\nNov 24 01:58:23 smbd[5]: gone\n")
    ("2026-11-24T01:58:23.883007727Z check_ntlm_password:  Authentication for user [u]\n")
    (,(concat "samba-1  | " smblog-mode-test-samba))
    ("[Di Nov 24 01:58:23 2026] CIFS: VFS: text\n")
    ("[  922.048997] [   T6639] CIFS: Attempting to mount //srv/test\n")
    ("[  414.784569] ksmbd: running\n")
    ("Thu Nov 24 01:58:23 2026 kern.info kernel: [  860.468142] ksmbd: f:557: text\n")
    ("[ 2972.050704] BUG: unable to handle page fault\n[ 2972.1] smbd_recv+0x77f/0xfe0 [cifs]\n")
    ("2026/11/24 01:58:23.460436 ctdbd[18681]: CTDB starting on node\n")
    ("# tracer: function_graph\n#\n 0)               |  cifs_do_mount [cifs]() {\n")
    ("INFO: Current debug levels:\n  all: 5\nlp_load_ex: refreshing parameters\n")
    ("smbd version 4.17.12-Debian started.\nCopyright Andrew Tridgell and the Samba Team\n")
    ("Domain=[W] OS=[Unix]\nadded interface lo ip=127.0.0.1\nClient started (version 4.17).\n"))
  "Texts that are logs.")

(defconst smblog-mode-test-no-logs
  `(("Some notes of mine.\nIt said this:\n\nMore text.\nAnd more.\n" ,smblog-mode-test-samba)
    ("Nov 24 01:58:22 host sshd[7]: Accepted\nNov 24 01:58:22 host CRON[8]: session\n")
    ("[    0.000000] Linux version 6.12\n[    1.000000] usb 1-1: new device\n")
    (".TH SMBD 8\n.SH NAME\nsmbd \\- server to provide SMB services\n" ,smblog-mode-test-samba)
    ("The smbd daemon: what it does.\nCIFS: a protocol.\n")
    ("Notes\n\nsmbd version 4.17 does it, too.\n\nMore of it.\n"))
  "Lists of strings that are text, but no logs.")

(ert-deftest smblog-logs-are-recognized-by-content ()
  "A log would be shown as text for its name, or a text as a log for a line of it."
  (let ((directory (make-temp-file "smblog-test" t)))
    (unwind-protect
        (dolist (name '("smbd.txt" "smbd.log.1" "log 1.txt" "messages.1" "syslog" "x.txt.gz"
                        "smbd.log.2.gz"))
          (let ((file (expand-file-name name directory))
                (find-file-suppress-same-file-warnings t))
            (pcase-dolist (`(,wanted . ,texts)
                           (append (mapcar (lambda (text) (cons t text)) smblog-mode-test-logs)
                                   (mapcar (lambda (text) (cons nil text))
                                           smblog-mode-test-no-logs)))
              (with-temp-buffer
                (mapc #'insert texts)
                (call-process-region nil nil "sh" nil nil nil "-c"
                                     (if (string-suffix-p ".gz" name) "gzip -c >\"$0\""
                                       "cat >\"$0\"")
                                     file))
              (with-current-buffer (find-file-noselect file)
                (should (equal (list name texts (eq major-mode 'smblog-mode))
                               (list name texts wanted)))
                (kill-buffer)))))
      (delete-directory directory t))))

(ert-deftest smblog-files-that-only-have-a-log-s-name-are-left-alone ()
  (let* ((directory (make-temp-file "smblog-test" t))
         (file (expand-file-name "log.c" directory)))
    (unwind-protect
        (progn
          (write-region "int main (void) { return 0; }\n" nil file nil 'silent)
          (with-current-buffer (find-file-noselect file)
            (should (eq major-mode 'c-mode))
            (should (= (buffer-size) 30))
            (kill-buffer)))
      (delete-directory directory t))))

(ert-deftest smblog-a-log-is-never-saved-over ()
  (smblog-mode-test-with "good"
    (let ((size (file-attribute-size (file-attributes name))))
      (set-buffer-modified-p t)
      (should-error (save-buffer) :type 'user-error)
      (set-buffer-modified-p nil)
      (should (= size (file-attribute-size (file-attributes name)))))))

(ert-deftest smblog-a-text-without-headers-is-shown-line-by-line ()
  (smblog-mode-test-with '("log.smbclient" "lp_load_ex: refreshing\nsecond line\n  more\n")
    (should (equal (buffer-string) "lp_load_ex: refreshing\nsecond line +1\n"))
    (should (= (point) (point-min)))
    (smblog-mode-test-keys "M->")
    (should (eobp))
    (smblog-mode-test-keys "M-<")
    (should (bobp)))
  (smblog-mode-test-with '("log.smbd" "")
    (should (string-match-p "empty" (buffer-string)))))

(ert-deftest smblog-a-large-file-without-headers-is-shown-in-part ()
  (smblog-mode-test-with (list "log.smbd" (make-string 3000000 ?x))
    (should (= (smblog-message-count smblog-log) 1))
    (should (< (buffer-size) 300000))))

(ert-deftest smblog-what-a-command-prints-is-shown-while-it-prints ()
  (let* ((file (smbcmp-test-data "good" "log.smbd.gz"))
         (buffer (smblog-buffer-of-command
                  (format "gzip -dc %s" (shell-quote-argument file)))))
    (unwind-protect
        (with-current-buffer buffer
          (let ((limit (+ (float-time) 20)))
            (while (and (or (process-live-p smblog-buffer--process) smblog-buffer--timer)
                        (< (float-time) limit))
              (sleep-for 0.05)))
          (should (= (smblog-message-count smblog-log) 4190))
          (should (string-match-p "debug_dump_status" (buffer-string))))
      (let ((temporary (buffer-local-value 'smblog-buffer--temporary buffer)))
        (kill-buffer buffer)
        (should-not (file-exists-p temporary))))))

(defun smblog-mode-test-await (predicate)
  "Wait until PREDICATE, but not for ever, and fail then."
  (let ((limit (+ (float-time) 20)))
    (while (and (not (funcall predicate)) (< (float-time) limit))
      (sleep-for 0.05)))
  (should (funcall predicate)))

(ert-deftest smblog-what-a-slow-command-printed-is-shown-at-once ()
  "Messages would not be seen before a megabyte of them was there."
  (let* ((message "[2026/11/24 02:00:01.000000,  1, pid=7] x.c:1(f)\\n  number 1\\n")
         (buffer (smblog-buffer-of-command
                  (concat "printf '" message "'; exec sleep 100"))))
    (unwind-protect
        (with-current-buffer buffer
          (smblog-mode-test-await (lambda () (string-match-p "number 1" (buffer-string))))
          (should (process-live-p smblog-buffer--process))
          (delete-process smblog-buffer--process)
          (smblog-mode-test-await #'smblog-indexed-p)
          (should (string-match-p "number 1" (buffer-string)))
          ;; A pipe can't be read twice.
          (revert-buffer)
          (should (string-match-p "number 1" (buffer-string))))
      (kill-buffer buffer))))

(ert-deftest smblog-a-command-that-prints-a-journal-is-read ()
  ;; The second pauses where two processes have sent the headers of messages, then
  ;; goes on with what is in the first.
  (dolist (command '("f" "f | sed 48q; sleep 0.25; f | sed 1,48d"))
    (let ((buffer (smblog-buffer-of-command
                   (format "f() { gzip -dc %s; }; %s"
                           (shell-quote-argument
                            (smbcmp-test-data "journal" "journal.json.gz"))
                           command))))
      (unwind-protect
          (with-current-buffer buffer
            (smblog-mode-test-await #'smblog-indexed-p)
            (should (= (smblog-message-count smblog-log) 621)))
        (kill-buffer buffer))))
  ;; Nonsense ends, too.
  (let ((buffer (smblog-buffer-of-command "if fi (")))
    (unwind-protect
        (with-current-buffer buffer
          (smblog-mode-test-await #'smblog-indexed-p)
          (should (= (smblog-message-count smblog-log) 0)))
      (kill-buffer buffer))))

(ert-deftest smblog-logs-are-read-where-libwireshark-is-not ()
  (let ((directory (make-temp-file "smblog-test" t))
        (module (concat "smbcmp-module" module-file-suffix)))
    (unwind-protect
        (progn
          (make-symbolic-link (smbcmp-module-native-file module) (expand-file-name module directory))
          (should
           (equal
            (smblog-mode-test-shell
             "%s -Q --batch -L %s -L %s -l smblog-mode --eval %s 2>&1 | tail -n 1"
             (expand-file-name invocation-name invocation-directory)
             smbcmp--root (expand-file-name "lisp" smbcmp--root)
             (prin1-to-string
              `(progn
                 (setq smbcmp-module-directory ,directory)
                 (let ((log (smblog-open ,(smbcmp-test-data "good" "log.smbd.gz"))))
                   (find-file ,(smbcmp-test-data "good" "log.smbd.gz"))
                   (message "%s %s %s %s" major-mode (smblog-message-count log)
                            (featurep 'smbcmp-capture)
                            (car (split-string
                                  (smblog-explain-string "NT_STATUS_ACCESS_DENIED" 3)
                                  ":")))))))
            "smblog-mode 4190 nil Names need libwireshark")))
      (delete-directory directory t))))

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

;;;; Filters

(defconst smblog-mode-test-filters
  '(("concurrent" "level<=3"
     "grep -aE '^\\[20[^,]*, +[0-3],' %s | wc -l")
    ("concurrent" "pid=29359" "grep -ac '^\\[20.*pid=29359,' %s")
    ("concurrent" "class=smb2_credits" "grep -ac '^\\[20.*class=smb2_credits\\]' %s")
    ("concurrent" "function=dbwrap_*" "grep -acE '^\\[20.*\\(dbwrap_[^)]*\\)$' %s")
    ("concurrent" "file=smb2_server.c" "grep -acE '^\\[20.*/smb2_server\\.c:' %s")
    ("concurrent" "not file=smb2_server.c level<=5"
     "grep -aE '^\\[20[^,]*, +[0-5],' %s | grep -avcE '/smb2_server\\.c:'")
    ("concurrent" "level=0 or level=2..3"
     "grep -acE '^\\[20[^,]*, +[023],' %s")
    ("concurrent" "text=OBJECT_NAME_NOT_FOUND"
     "awk '/^\\[20/ { if (hit) n++; hit = 0 } /OBJECT_NAME_NOT_FOUND/ { hit = 1 } \
END { print n + hit }' %s")
    ("concurrent" "text~mid\\ =\\ 2[0-9]+$"
     "awk '/^\\[20/ { if (hit) n++; hit = 0 } /mid = 2[0-9]+$/ { hit = 1 } \
END { print n + hit }' %s")
    ("concurrent" "(pid=29358 or pid=29359) class=smb2"
     "grep -acE '^\\[20.*pid=2935[89],.*class=smb2\\]' %s")
    ("good" "time=01:58:08.98..01:58:08.99"
     "grep -aE '^\\[20' %s | awk '{ t = substr($2, 1, 15) } \
t >= \"01:58:08.98\" && t <= \"01:58:08.990000\"' | wc -l"))
  "Filters and what counts the same in a log: (FOLDER FILTER COMMAND).")

(ert-deftest smblog-filters-leave-what-grep-finds ()
  (pcase-dolist (`(,folder ,filter ,command) smblog-mode-test-filters)
    (smblog-mode-test-with folder
      (smblog-mode-test-keys (concat "/ " (replace-regexp-in-string
                                           " " " SPC "
                                           (replace-regexp-in-string "\\\\ " "." filter))
                                     " RET"))
      (should (equal (list filter (smblog-view-count))
                     (list filter (smblog-mode-test-count command name)))))))

(ert-deftest smblog-plus-and-minus-change-the-level ()
  (smblog-mode-test-with "good"
    (let ((count (lambda (level)
                   (smblog-mode-test-count
                    "grep -aoE '^\\[20[^,]*, +[0-9]+' %s | awk '$NF <= %d' | wc -l"
                    name level))))
      (smblog-mode-test-keys "-")
      (should (= (smblog-view-count) (funcall count 9)))
      (smblog-mode-test-keys "C-u 6 -")
      (should (= (smblog-view-count) (funcall count 3)))
      (smblog-mode-test-keys "+")
      (should (= (smblog-view-count) (funcall count 4)))
      (smblog-mode-test-keys "C-u 6 +")
      (should (= (smblog-view-count) 4190))
      (should-not smblog-filter)
      (should-error (smblog-more) :type 'user-error))))

(ert-deftest smblog-a-filter-keeps-point-at-its-message ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "C-s SMB2_OP_IOCTL RET")
    (let ((number (smblog-message-at-point)))
      (smblog-mode-test-keys "/ class=smb2 RET")
      (should (= (smblog-message-at-point) number))
      (smblog-mode-test-keys "\\")
      (should (= (smblog-message-at-point) number))
      (should (= (smblog-view-count) 4190))
      ;; Taken back.
      (smblog-mode-test-keys "\\")
      (should (equal (smblog-filter-print smblog-filter) "class=smb2")))))

(ert-deftest smblog-a-filter-that-leaves-nothing-says-so ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ text=there_is_no_such_text RET")
    (should (= (smblog-view-count) 0))
    (should (string-match-p "None of 4,190 messages match" (buffer-string)))
    (should-error (smblog-next) :type 'user-error)
    (smblog-mode-test-keys "\\")
    (should (= (smblog-message-at-point) 0))))

(ert-deftest smblog-wrong-filters-are-told-with-their-place ()
  (pcase-dolist (`(,filter ,regexp ,position)
                 '(("levl<=3" "no key levl" 0)
                   ("pid=x" "x is no pid" 5)
                   ("level<=3 (class=smb2" "not closed" 9)
                   ("level<=" "value is missing" 7)
                   ("class=smb2 )" "follow" 11)
                   ("text=\"abc" "no end" 9)
                   ("and class=x" "Nothing before and" 0)
                   ("@nosuch" "No filter is called nosuch" 0)))
    (let ((err (should-error (smblog-filter-expand (smblog-filter-parse filter))
                             :type 'smblog-filter-error)))
      (should (string-match-p regexp (cadr err)))
      (should (equal (list filter (nth 2 err)) (list filter position))))))

(ert-deftest smblog-filters-print-as-they-are-typed ()
  (dolist (filter '("level<=5 pid=1,2" "not (class=smb2 or text=\"a b\")"
                    "(function=a* or function=b*) not file=*x.c" "text~\"a(b) c\"" "@quiet level=0"
                    "time=01:02:03..01:02:04.5" "request=7837/265/1999"))
    (should (equal (smblog-filter-print (smblog-filter-parse filter)) filter)))
  (should (equal (smblog-filter-parse "fun=x -fil=y") '(and (function = "x") (not (file = "y")))))
  (should-not (smblog-filter-parse "  ")))

(ert-deftest smblog-a-saved-filter-is-used-by-its-name ()
  (let ((smblog-filters '(("credits" . "class=smb2_credits"))))
    (smblog-mode-test-with "good"
      (smblog-mode-test-keys "/ @credits RET")
      (should (= (smblog-view-count)
                 (smblog-mode-test-count "grep -ac '^\\[20.*class=smb2_credits\\]' %s" name))))))

(ert-deftest smblog-only-this-process-between-two-messages ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "j 7000 RET m j 7400 RET")
    (let ((pid (plist-get (smblog-message smblog-log 7400) :pid)))
      (smblog-mode-test-keys "b")
      (should (= (smblog-view-count)
                 (smblog-mode-test-count
                  "grep -a '^\\[20' %s | sed -n 7001,7401p | grep -c pid=%d," name pid))))))

;;;; Requests

(defun smblog-mode-test--request-lines (file)
  "Return the message numbers of dispatch lines in FILE, by awk."
  (mapcar #'string-to-number
          (split-string
           (smblog-mode-test-shell
            "awk '/^\\[20/ { n++ } /^  smbd_smb2_request_dispatch: opcode/ { print n - 1 }' %s"
            file))))

(ert-deftest smblog-r-lists-the-requests-the-log-has ()
  (dolist (folder '("good" "concurrent" "t-notify"))
    (smblog-mode-test-with folder
      (smblog-mode-test-keys "r")
      (should (eq major-mode 'smblog-requests-mode))
      (should (equal (mapcar (lambda (request) (plist-get request :begin))
                             smblog-requests--rows)
                     (smblog-mode-test--request-lines name)))
      (should (= (count-lines (point-min) (point-max)) (length smblog-requests--rows))))))

;; t-lock has more requests than are shown before Emacs is idle.
(ert-deftest smblog-commands-on-text-see-all-of-the-request-list ()
  (smblog-mode-test-with "t-lock"
    (let ((lines (smblog-mode-test--request-lines name)))
      (smblog-mode-test-keys "r M->")
      (should (= (count-lines (point-min) (point-max)) (length lines)))
      (smblog-mode-test-keys "p")
      (should (= (plist-get (smblog-requests-at-point) :begin) (car (last lines))))
      (smblog-requests-sort "mid")
      (smblog-mode-test-keys "M-< C-s LOGOFF RET")
      (should (equal (plist-get (smblog-requests-at-point) :opcode) "SMB2_OP_LOGOFF"))
      ;; Rows come above and below of those around the request gone to.
      (smblog-requests-sort "")
      (smblog-requests-goto (aref smblog-requests--rows 700))
      (cl-loop repeat 500 until (smbcmp-fill-complete-p) do (sleep-for 0.02))
      (should (smbcmp-fill-complete-p))
      (should (= (line-number-at-pos) 701))
      (should (eq (smblog-requests-at-point) (aref smblog-requests--rows 700)))
      (should (equal (buffer-string)
                     (mapconcat (lambda (request)
                                  (concat (smblog-requests--row request) "\n"))
                                smblog-requests--rows ""))))))

(defun smblog-mode-test-look ()
  "Copy what mid 2500 has in this buffer, as another package's command may."
  (interactive)
  (save-excursion
    (goto-char (point-min))
    (kill-new (if (re-search-forward "^ *2500 .*" nil t) (match-string 0) "not found"))))

(ert-deftest smblog-any-command-sees-all-of-the-request-list ()
  "Whatever looks at the text sees rows that were never on the screen."
  (smblog-mode-test-with
      (list "log.smbd"
            (cl-loop for mid from 1 to 3000
                     concat (format "[2026/11/24 01:00:00.%06d, 10, pid=1, class=smb2] \
x.c:1(smbd_smb2_request_dispatch)\n  smbd_smb2_request_dispatch: opcode[SMB2_OP_%s] mid = %d\n"
                                    mid (if (= mid 2900) "CANCEL" "READ") mid)))
    (let ((smbcmp-fill-step 0))
      (dolist (keys '("<f9>" "M-x smblog-mode-test-look RET"))
        (smblog-mode-test-keys "r")
        (global-set-key (kbd "<f9>") #'smblog-mode-test-look)
        ;; What stays on the screen or goes elsewhere waits for no row.
        (smblog-mode-test-keys "M-> p")
        (should (= 3000 (plist-get (smblog-requests-at-point) :mid)))
        (smblog-mode-test-keys "M-< n C-n C-x o C-x o")
        (should (= 3 (plist-get (smblog-requests-at-point) :mid)))
        (should-not (smbcmp-fill-complete-p))
        (smblog-mode-test-keys keys)
        (should (smbcmp-fill-complete-p))
        (should (string-match-p "\\` *2500 READ" (current-kill 0)))
        (smblog-mode-test-keys "M-< C-s CANCEL RET")
        (should (= 2900 (plist-get (smblog-requests-at-point) :mid)))
        (kill-buffer)
        (switch-to-buffer (find-buffer-visiting name))
        (delete-other-windows))
      (global-unset-key (kbd "<f9>")))))

(ert-deftest smblog-ret-in-the-request-list-cycles-begin-and-end ()
  (smblog-mode-test-with "good"
    (let ((log (current-buffer)))
      (smblog-mode-test-keys "r n n RET")
      (let ((request (smblog-requests-at-point)))
        (should (= (with-current-buffer log (smblog-message-at-point))
                   (plist-get request :end)))
        (smblog-mode-test-keys "RET")
        (should (= (with-current-buffer log (smblog-message-at-point))
                   (plist-get request :begin)))
        (smblog-mode-test-keys "n")
        (should (= (with-current-buffer log (smblog-message-at-point))
                   (plist-get (smblog-requests-at-point) :begin)))))))

(ert-deftest smblog-requests-sort-by-any-column ()
  (smblog-mode-test-with "t-notify"
    (smblog-mode-test-keys "r")
    (dolist (column '("mid" "command" "status" "duration" "pid" "messages" "time" "path"))
      (dotimes (_ 2)
        (smblog-requests-sort column)
        (let* ((key (nth 3 (assoc column smblog-requests--columns)))
               (values (delq nil (mapcar (lambda (request)
                                           (smblog-requests--value request key))
                                         smblog-requests--rows)))
               (sorted (sort (copy-sequence values)
                             (lambda (a b) (if (stringp a) (string< a b) (< a b))))))
          (should (equal values (if (cdr smblog-requests--sort) (nreverse sorted) sorted))))))
    ;; And it says so, and the row is still the request's.
    (should (equal (smblog-requests-at-point)
                   (aref smblog-requests--rows
                         (1- (line-number-at-pos)))))))

(ert-deftest smblog-requests-of-smb1-have-wireshark-s-names ()
  "Commands of SMB1 would be numbers, or not be found by what the list calls them."
  (smblog-mode-test-with "smb1"
    (let ((names (mapcar #'smblog-request-command (smblog-request-all))))
      ;; As tshark -T text has them in the column Info.
      (with-temp-buffer
        (call-process "tshark" nil '(t nil) nil "-r" (smbcmp-test-data "smb1")
                      "-Y" "smb.flags.response == 0" "-T" "fields" "-e" "_ws.col.Info")
        (should (= (length names) (count-lines (point-min) (point-max))))
        (goto-char (point-min))
        (dolist (name names)
          (should (looking-at (concat (regexp-quote name) "\\_>")))
          (forward-line 1)))
      (dolist (name (delete-dups (copy-sequence names)))
        (should (= (length (cdr (smblog-narrow--requests (downcase name))))
                   (cl-count name names :test #'string-prefix-p)))))))

(ert-deftest smblog-a-much-longer-request-is-an-outlier ()
  (let ((smblog-requests--all
         (vconcat (cl-loop for i below 40
                           collect (list :opcode "SMB2_OP_READ"
                                         :duration (* 0.001 (+ 1 (% i 5)))))
                  (list (list :opcode "SMB2_OP_READ" :duration 0.9)
                        (list :opcode "SMB2_OP_LOCK" :duration 0.9)))))
    (smblog-requests--find-fences)
    (should (equal (cl-remove-if-not #'smblog-requests--outlier-p
                                     (append smblog-requests--all nil))
                   '((:opcode "SMB2_OP_READ" :duration 0.9))))))

(ert-deftest smblog-only-this-request-is-one-key ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "C-s SMB2_OP_GETINFO RET")
    (let* ((request (smblog-request-at-point))
           (pid (plist-get request :pid))
           (begin (plist-get request :begin))
           (end (plist-get request :end)))
      (should (= begin (smblog-message-at-point)))
      (smblog-mode-test-keys "n n R")
      (should (= (smblog-view-count)
                 (smblog-mode-test-count
                  "grep -a '^\\[20' %s | sed -n %d,%dp | grep -c pid=%d,"
                  name (1+ begin) (1+ end) pid)))
      (smblog-mode-test-keys "R")
      (should-not smblog-filter))))

(ert-deftest smblog-a-message-knows-its-request ()
  (smblog-mode-test-with "concurrent"
    ;; Every message of a process between dispatch and done of a mid, by awk.
    (let ((expected
           (mapcar (lambda (line) (mapcar #'string-to-number (split-string line)))
                   (split-string
                    (smblog-mode-test-shell
                     "awk '/^\\[20/ { n++; match($0, /pid=[0-9]+/); \
pid = substr($0, RSTART + 4, RLENGTH - 4); if (pid in mid) print n - 1, mid[pid] } \
/^  smbd_smb2_request_dispatch: opcode/ { mid[pid] = $NF; print n - 1, $NF } \
/^  smbd_smb2_request_done_ex: mid/ { delete mid[pid] }' %s | awk 'NR %% 97 == 0'" name)
                    "\n"))))
      (should (> (length expected) 100))
      (pcase-dolist (`(,number ,mid) expected)
        (should (equal (list number mid)
                       (list number
                             (plist-get (smblog-request-of
                                         number (plist-get (smblog-message smblog-log number)
                                                           :pid))
                                        :mid))))))))

(ert-deftest smblog-imenu-goes-to-a-request ()
  (smblog-mode-test-with "good"
    (let* ((index (funcall imenu-create-index-function))
           (entry (nth 10 index)))
      (should (= (length index) (length (smblog-requests smblog-log))))
      (imenu entry)
      (should (string-match-p "smbd_smb2_request_dispatch" (smblog-mode-test-line))))))

;;;; Search

(ert-deftest smblog-isearch-finds-every-match-in-the-log ()
  (smblog-mode-test-with "good"
    (let ((expected (smblog-mode-test--request-lines name)) found)
      (smblog-mode-test-keys "C-s opcode[SMB2_OP RET")
      (push (smblog-message-at-point) found)
      (dotimes (_ (1- (length expected)))
        (smblog-mode-test-keys "C-s C-s RET")
        (push (smblog-message-at-point) found))
      (should (equal (nreverse found) expected)))))

(ert-deftest smblog-isearch-backward-and-regexp-find-the-same ()
  (smblog-mode-test-with "good"
    (let ((expected (reverse (smblog-mode-test--request-lines name))) found)
      (smblog-mode-test-keys "M-> C-M-r opcode\\[SMB2_OP_[A-Z] RET")
      (push (smblog-message-at-point) found)
      (dotimes (_ (1- (length expected)))
        (smblog-mode-test-keys "C-M-r C-r RET")
        (push (smblog-message-at-point) found))
      (should (equal (nreverse found) expected)))))

(ert-deftest smblog-isearch-unfolds-what-it-finds ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "C-s num_channels RET")
    (should (string-match-p "num_channels" (smblog-mode-test-line)))
    (should-not (invisible-p (point)))))

(ert-deftest smblog-isearch-that-is-quit-leaves-point-where-it-was ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "n n n C-e")
    (let ((text (buffer-string)) (point (point)))
      (should (eq 'quit (condition-case nil
                            (execute-kbd-macro (kbd "C-s Server SPC exit C-g"))
                          (quit 'quit))))
      (should (equal (substring-no-properties text)
                     (buffer-substring-no-properties (point-min) (point-max))))
      (should (= (point) point)))))

(ert-deftest smblog-occur-lists-what-the-filter-hides-too ()
  (smblog-mode-test-with "concurrent"
    (let ((log (current-buffer)))
      (smblog-mode-test-keys "/ level<=3 RET S OBJECT_NAME_NOT_FOUND RET")
      (with-current-buffer "*search: log.smbd*"
        (should (= smblog-hits--count
                   (smblog-mode-test-count
                    "awk '/^\\[20/ { if (hit) n++; hit = 0 } /OBJECT_NAME_NOT_FOUND/ { hit = 1 } \
END { print n + hit }' %s" name)))
        (let ((first (get-text-property (point-min) 'smblog-message)))
          (with-current-buffer log (smblog-set-filter nil))
          (next-error 1 t)
          (should (eq (window-buffer) log))
          (should (= (with-current-buffer log (smblog-message-at-point)) first)))))))

(ert-deftest smblog-lists-are-capped-with-a-note ()
  (let ((smblog-hits-limit 10))
    (smblog-mode-test-with "good"
      (smblog-mode-test-keys "S smb2 RET")
      (with-current-buffer "*search: log.smbd*"
        (should (string-match-p "Only the first 10 of [0-9,]+ are listed" (buffer-string)))))))

(ert-deftest smblog-emacs-regexps-find-the-same-in-the-index ()
  (smblog-mode-test-with "good"
    (dolist (regexp '("mid = \\(26[0-9]\\|7\\)$" "(\\(nil\\))" "{" "\\[SMB2_OP_[A-Z]\\{3,5\\}\\]"
                      "\\_<mid\\_>" "[][]" "[^[:alnum:] ]$" "a+?b" "\\(?:uid\\|gid\\)=([0-9]+,"))
      (let ((count (smblog-hits-all smblog-log (smblog-regexp-perl regexp)))
            (case-fold-search nil))
        (should (equal (list regexp (length count))
                       (list regexp
                             (cl-loop for number below (smblog-message-count smblog-log)
                                      count (string-match-p
                                             regexp (string-trim-right
                                                     (smblog--module-text
                                                      smblog-log number (1+ number))
                                                     "\n"))))))))))

;;;; Errors

(ert-deftest smblog-next-error-goes-to-errors-in-the-log ()
  (smblog-mode-test-with "readonly"
    (let ((expected
           (mapcar #'string-to-number
                   (split-string
                    (smblog-mode-test-shell
                     "awk '/^\\[20/ { n++; level = $3 + 0 } \
/request_done_ex: / || level <= 3 && !/request_error_ex: / { line = $0; \
gsub(/NT_STATUS_(OK|MORE_PROCESSING_REQUIRED|END_OF_FILE)|^ +[a-z]+ +: NT_.*/, \"\", line); \
if (line ~ /NT_STATUS_[A-Z]/) print n - 1 }' %s | uniq"
                     name))))
          found)
      (should (> (length expected) 5))
      (setq next-error-last-buffer (current-buffer))
      (condition-case nil
          (while t
            (next-error)
            (push (smblog-message-at-point) found))
        (user-error nil))
      (should (equal (nreverse found) expected))
      (smblog-mode-test-keys "e")
      ;; As r, c and v do, it goes there.
      (should (equal "*errors: log.smbd*" (buffer-name (window-buffer))))
      (with-current-buffer "*errors: log.smbd*"
        (should (= smblog-hits--count (length expected)))))))

(ert-deftest smblog-errors-list-each-kind-once ()
  "Two thousand of one kind would hide the one that matters."
  (smblog-mode-test-with "readonly"
    (let ((kinds (mapcar (lambda (line) (string-to-number line))
                         (split-string
                          (smblog-mode-test-shell
                           ;; A site and the statuses told are a kind.
                           "awk '/^\\[20/ { level = $3 + 0; site = $0; sub(/.*\\] /, \"\", site) } \
/request_done_ex: / || level <= 3 && !/request_error_ex: / { line = $0; \
gsub(/NT_STATUS_(OK|MORE_PROCESSING_REQUIRED|END_OF_FILE)|^ +[a-z]+ +: NT_.*/, \"\", line); \
if (match(line, /NT_STATUS_[A-Z_]+/)) print site, substr(line, RSTART, RLENGTH) }' %s \
| sort | uniq -c" name)
                          "\n"))))
      (smblog-mode-test-keys "e")
      (should (equal (sort (mapcar (lambda (kind) (length (cdr kind))) smblog-hits--kinds) #'<)
                     (sort kinds #'<)))
      (should (= (length kinds) (count-lines (point-min) (point-max))))
      (goto-char (point-min))
      (re-search-forward "^×\\([0-9]+\\) ")
      (let ((count (string-to-number (match-string 1)))
            (first (get-text-property (point) 'smblog-message)))
        (execute-kbd-macro (kbd "TAB"))
        (should (= (+ (length kinds) count -1) (count-lines (point-min) (point-max))))
        (should (= first (get-text-property (point) 'smblog-message)))
        ;; From one of them back to the kind, and all of all kinds.
        (execute-kbd-macro (kbd "n TAB"))
        (should (= first (get-text-property (point) 'smblog-message)))
        (should (= (length kinds) (count-lines (point-min) (point-max))))
        (execute-kbd-macro (kbd "<backtab>"))
        (should (= smblog-hits--count (count-lines (point-min) (point-max))))))))

(ert-deftest smblog-requests-by-status-begin-with-a-failure ()
  "Whoever sorts by status looks for what failed."
  (smblog-mode-test-with "readonly"
    (smblog-mode-test-keys "r S status RET")
    (should (= 1 (cl-count (smblog-requests-at-point) smblog-requests--rows :test #'eq)))
    (should (string-match-p "ACCESS_DENIED" (smblog-mode-test-line)))
    ;; None that failed is above it.
    (should-not (cl-find-if (lambda (request)
                              (member (plist-get request :status)
                                      '("NT_STATUS_ACCESS_DENIED"
                                        "NT_STATUS_OBJECT_NAME_NOT_FOUND")))
                            (seq-take smblog-requests--rows (1- (line-number-at-pos)))))))

(ert-deftest smblog-two-buffers-show-two-places-of-a-log ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "j 2000 RET")
    (let ((here (smblog-message-at-point)) (first (current-buffer)) (file buffer-file-name))
      (save-window-excursion
        (smblog-find-file file t)
        (should-not (eq (current-buffer) first))
        (smblog-mode-test-settle)
        (smblog-mode-test-keys "M->")
        (should (= (smblog-message-at-point) 4189))
        (revert-buffer)
        (kill-buffer))
      (should (file-exists-p file))
      (should (= (smblog-message-at-point) here)))))

;;;; Growing files

(ert-deftest smblog-a-growing-file-keeps-place-filter-and-shows-the-new ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ level<=3 RET C-u 50 n")
    (let ((number (smblog-message-at-point)) (count (smblog-view-count)))
      (write-region "[2026/11/24 02:00:00.000000,  1, pid=7837] x.c:1(new_one)\n  here I am\n"
                    nil name t 'silent)
      (revert-buffer)
      (smblog-mode-test-settle)
      (should (= (smblog-message-at-point) number))
      (should (= (smblog-view-count) (1+ count)))
      (smblog-mode-test-keys "M->")
      (should (string-match-p "new_one: here I am" (buffer-string)))
      ;; At the end, point follows the end.
      (write-region "[2026/11/24 02:00:00.100000,  1, pid=7837] x.c:1(new_two)\n  me too\n"
                    nil name t 'silent)
      (revert-buffer)
      (smblog-mode-test-settle)
      (should (= (smblog-message-at-point) 4191))
      (should (eobp)))))

(ert-deftest smblog-the-last-message-is-shown-as-it-grows ()
  "Its text would be missing if the file was read when only the header was there."
  (smblog-mode-test-with '("log.smbd" "[2026/11/24 02:00:00.000000,  1, pid=1] x.c:1(f)\n")
    (goto-char (point-max))
    (forward-line -1)
    (let ((here (point)))
      (write-region "  first\n  second\n" nil name t 'silent)
      (revert-buffer)
      (smblog-mode-test-settle)
      (should (= (point) here))
      (should (string-match-p "f: first" (buffer-string)))
      (smblog-mode-test-keys "TAB")
      (write-region "  third\n[2026/11/24 02:00:01.000000,  1, pid=1] x.c:1(g)\n"
                    nil name t 'silent)
      (revert-buffer)
      (smblog-mode-test-settle)
      (should (string-match-p "second\n +third\n.* later .*\n.*1 +1 g\n" (buffer-string))))))

(ert-deftest smblog-a-replaced-file-is-read-anew ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ level<=3 RET M-g n")
    (delete-file name)
    (write-region "[2026/11/24 02:00:00.000000,  1, pid=7] x.c:1(other)\n  new file\n\
[2026/11/24 02:00:01.000000,  1, pid=7] x.c:1(other)\n  NT_STATUS_NO_MEMORY\n"
                  nil name nil 'silent)
    (revert-buffer)
    (smblog-mode-test-settle)
    (should (= (smblog-message-count smblog-log) 2))
    (should (equal (smblog-filter-print smblog-filter) "level<=3"))
    (should (string-match-p "other: new file" (buffer-string)))
    ;; What was known of the old file's errors and requests is forgotten.
    (smblog-mode-test-keys "M-< M-g n")
    (should (= (smblog-message-at-point) 1))
    (should-not (smblog-request-at-point))))

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
                "^ *\\(?:[0-9]+ µs\\)? +\\([a-z_0-9]+\\)\\(?: ×\\([0-9]+\\)\\)?  " nil t)
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
      (should (string-match-p "^ +0 µs   kmalloc " (buffer-string)))
      (should-not (string-match-p "schedule\\|}" (buffer-string)))
      ;; A call folds with what it called; what comes behind it stays.
      (goto-char (point-min))
      (re-search-forward "cifs_mount ")
      (execute-kbd-macro (kbd "TAB"))
      (should (string-match-p "cifs_mount \\+[0-9]+ " (buffer-string)))
      (should-not (string-match-p "kmalloc" (buffer-string)))
      (execute-kbd-macro (kbd "TAB"))
      (should (string-match-p "^ +0 µs   kmalloc " (buffer-string))))))

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
                 '(("done status[NT_STATUS_ACCESS_DENIED] x" "ACCESS" "0xc0000022 (error)")
                   ("opcode[SMB2_OP_SESSSETUP] mid" "SESS" "SMB2 command 1\\b")
                   ("opcode[SMB2_OP_NEGPROT] mid" "NEG" "SMB2 command 0\\b")
                   ("opcode[SMB2_OP_TDIS] mid" "TDIS" "SMB2 command 4\\b")
                   ("opcode[SMB2_OP_CREATE] mid" "CREATE" "SMB2 command 5\\b")
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
            (should (equal (smblog-source--file tree file)
                           (expand-file-name "source3/smbd/open.c" tree))))
          (dolist (file (list "source3/../../secret.c" "../x/../../secret.c" "link.c"
                              "/ssh:host.example:/x.c" "/sudo::/etc/passwd" "~/x.c"
                              (expand-file-name "secret.c" above)))
            (should-not (smblog-source--file tree file)))
          (should-not asked))
      (delete-directory above t))))

(provide 'smblog-mode-test)
;;; smblog-mode-test.el ends here
