;;; smblog-visit-test.el --- Logs are opened, however they come, and grow  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; By keys, on real logs, and against what grep and awk find in the same
;; files, as in smblog-mode-test.el.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog-mode)
(require 'smblog-mode-test)

(declare-function smbcmp-test-data "run" (folder &optional file))

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

(ert-deftest smblog-c-x-c-f-shows-the-top ()
  "A log visited by keys, again and again, is shown from its first message."
  (smblog-mode-test-with "good"
    (dotimes (_ 5)
      (execute-kbd-macro (kbd "C-x k RET"))
      (should-not (get-file-buffer name))
      (execute-kbd-macro (kbd (concat "C-x C-f C-a C-k " name " RET")))
      (should (equal name buffer-file-name))
      (smblog-mode-test-settle)
      (should (= (point-min) (window-start)))
      (should (= 0 (or (smblog-message-at-point (window-point)) 0))))))

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
    ("../../source3/smbd/open.c:1587: [2026/06/02 21:18:44.711851, all 2, pid=2] open_file\n  f\n")
    ("> [2026/11/24 01:58:23.855117,  3]\n> ../../source3/smbd/x.c:1(f)\n>   text\n")
    ("\e[36msamba-1  | \e[0m[2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\n")
    (,(concat "log.a:" (substring smblog-mode-test-samba 0 -8) "log.a-  text\n"))
    ("CIFS: Attempting to mount \\\\srv\\data\nCIFS: VFS: cifs_mount failed w/return code = -13\n")
    ("Jun 12 10:00:00 fs1 smbd_audit[4711]: joe|192.0.2.7|data|connect|ok|data\n")
    ("   cp  4711 [002]  1234.567890: cifs:smb3_enter: cifs_revalidate_dentry_attr: xid=12\n")
    ("[ 4151.582446] kcifsd: smb2_open:2411: Can't open dir /media/s1\n")
    ("     1\t[ 12.1] CIFS: Attempting\n     2\t[ 12.2] x: y\n     3\t[ 12.3] CIFS: VFS: text\n")
    ("@@ -0,0 +1,2 @@\n+[2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\n+  text\n")
    ("time,message\nx,\"[2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\"\nx,\"  text\"\n")
    ("{ \"hits\": [\n { \"message\": \"[2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\" } ] }\n")
    ("> > [2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\n> >   text\n")
    ("build\tTests\t2026-11-24T01:58:23.8830077Z [2026/11/24 01:58:23.855117,  3] ../x.c:1(f)\n")
    ("Domain=[W] OS=[Unix]\nadded interface lo ip=127.0.0.1\nClient started (version 4.17).\n"))
  "Texts that are logs.")

(defconst smblog-mode-test-no-logs
  `(("Some notes of mine.\nIt said this:\n\nMore text.\nAnd more.\n" ,smblog-mode-test-samba)
    ("Nov 24 01:58:22 host sshd[7]: Accepted\nNov 24 01:58:22 host CRON[8]: session\n")
    ("[    0.000000] Linux version 6.12\n[    1.000000] usb 1-1: new device\n")
    (".TH SMBD 8\n.SH NAME\nsmbd \\- server to provide SMB services\n" ,smblog-mode-test-samba)
    ("The smbd daemon: what it does.\nCIFS: a protocol.\n")
    ("> What does CIFS: VFS: mean?\n> I don't know.\n\nIt is from the kernel.\n")
    ("1 One of these\n2 Two of them\n3 NT_STATUS_OK is one\n4 CIFS: VFS: another\n")
    ("--- a/notes\n+++ b/notes\n@@ -1,2 +1,5 @@\n+What smbd: says\n and\n+CIFS: VFS: text\n-to me\n+to you\n+again\n")
    ("name,value\nCIFS,\"a protocol\"\nsmbd,\"a daemon: smbd\"\n")
    ("{ \"name\": \"smbd\", \"text\": \"NT_STATUS_OK\" }\n")
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
                (call-process-region (point-min) (point-max) "sh" nil nil nil "-c"
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

(ert-deftest smblog-what-a-filter-leaves-is-in-sight ()
  "The first of two matches stood above the window, which was empty below."
  (smblog-mode-test-with
      '("log.smbd" "[2026/11/24 01:58:23,  3] ../x.c:1(f)\n  one\n\
[2026/11/24 01:58:24,  3] ../x.c:1(f)\n  other\n\
[2026/11/24 01:58:25,  3] ../x.c:1(f)\n  one\n")
    (goto-char (point-max))
    (forward-line -1)
    (set-window-start nil (line-beginning-position))
    (smblog-set-filter (smblog-filter-parse "text=one"))
    (smblog-mode-test-settle)
    (smblog-view-refresh)
    (should (= (smblog-view-count) 2))
    (should (= (window-start) (point-min)))))

(provide 'smblog-visit-test)
;;; smblog-visit-test.el ends here
