;;; replay-test.el --- A script does what the capture's client did  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Scripts are run against a real smbd, by record.sh, and what they did is
;; captured and compared with what they were made from.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smbcmp-replay)
(require 'smbcmp-replay-structures)
(require 'live-test)
(require 'parity-test)
(require 'pair-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function live-test--record "live-test" (scenario directory))
(declare-function parity--key "parity-test")
(declare-function pair-test--wait "pair-test")

(defun replay-test--python ()
  "Skip the test if there is no Python with impacket."
  (unless (and (file-executable-p "/usr/bin/python3")
               (eq 0 (call-process "/usr/bin/python3" nil nil nil "-c" "import impacket")))
    (message "        nothing is replayed: python3-impacket not installed")
    (ert-skip "python3-impacket not installed")))

(defun replay-test--write (directory file exchanges &rest plist)
  "Write to DIRECTORY the script of EXCHANGES of FILE, opened by PLIST."
  (let ((capture (apply #'smbcmp-open file plist))
        (script (expand-file-name "replay.py" directory)))
    (unwind-protect
        (smbcmp-replay-write
         (smbcmp-replay-script capture (if (functionp exchanges) (funcall exchanges capture)
                                         exchanges))
         script)
      (smbcmp-close capture))
    script))

(defun replay-test--run (directory script &optional scenario options)
  "Run SCRIPT in SCENARIO of record.sh with OPTIONS; return (STATUS . LINES).
The capture is then in DIRECTORY."
  (let ((process-environment (cons (concat "SMBCMP_REPLAY_OPTIONS=" options)
                                   process-environment)))
    (live-test--record (format "%s=%s" (or scenario "replay") script) directory))
  (with-temp-buffer
    (insert-file-contents (expand-file-name "replay.txt" directory))
    (let ((lines (split-string (buffer-string) "\n" t)))
      (cons (string-to-number (car (last (split-string (car (last lines))))))
            (butlast lines)))))

(defmacro replay-test--with (directory &rest body)
  "Evaluate BODY with DIRECTORY bound to an empty one."
  (declare (indent 1))
  `(let ((,directory (file-name-as-directory (make-temp-file "smbcmp-replay" t))))
     (replay-test--python)
     (unwind-protect (progn ,@body)
       (delete-directory ,directory t))))

(defconst replay-test--of-newer-servers
  ;; Since 4.22 at the latest Samba lets only the last of a compound wait, as Windows does.
  '("DIFFERS NOTIFY compound_interim_dir: STATUS_INTERNAL_ERROR, not STATUS_CANCELLED")
  "What newer servers than those recorded answer otherwise.")

(defun replay-test--server ()
  "Return the version of the installed smbd, a string."
  (let ((version (shell-command-to-string "smbd --version")))
    (if (string-match "[0-9]+\\.[0-9]+" version) (match-string 0 version) "0")))

(defun replay-test--all-ok (folder file &rest plist)
  "Replay FILE of FOLDER, opened by PLIST; all statuses must be those of it."
  ;; In 4.13 a failed CREATE leaves its compound a closed file, for one.
  (when (version< (replay-test--server) "4.17")
    (ert-skip "a server older than that recorded answers otherwise"))
  (replay-test--with directory
    (let* ((script (apply #'replay-test--write directory (smbcmp-test-data folder file)
                          'all plist))
           (result (replay-test--run directory script)))
      (let ((others (seq-remove (lambda (line) (string-prefix-p "ok " line)) (cdr result))))
        (should-not (cl-set-difference others replay-test--of-newer-servers :test #'equal))
        (should (cdr result))
        (should (= (if others 1 0) (car result)))))))

(defun replay-test--is-what-was-recorded (scenario replay)
  "Record SCENARIO, replay it in the scenario REPLAY; captures must be the same.
Return the dialects in responses to the replay's negotiation, by tshark."
  (replay-test--with directory
    (let* ((first (expand-file-name "first" directory))
           (again (expand-file-name "again" directory))
           (replayed (expand-file-name "capture.pcapng" again))
           (file (expand-file-name "capture.pcapng" first)))
      (live-test--record scenario first)
      (should (= 0 (car (replay-test--run again (replay-test--write directory file 'all)
                                          replay))))
      (let* ((a (smbcmp-open file)) (b (smbcmp-open replayed))
             (comparison (smbcmp-diff-captures a b :slower nil)))
        (pcase-let ((`(,exchanges . ,others) (smbcmp-comparison-counts comparison)))
          (should (= exchanges others))
          (should (< 50 exchanges))
          (should (<= (1- exchanges) (smbcmp-comparison-same comparison))))
        ;; Who signs in is another: NTLM's blob has the client's own target name.
        (dolist (divergence (smbcmp-comparison-divergences comparison))
          (should (eq 'request (plist-get divergence :kind)))
          (should (string-prefix-p "SESSION SETUP NTLMSSP_AUTH" (plist-get divergence :label)))
          (pcase-dolist (`(,field . ,_) (plist-get divergence :fields))
            (should (string-prefix-p "ntlmssp." (symbol-name field)))))
        (smbcmp-close a)
        (smbcmp-close b))
      (with-temp-buffer
        (call-process "tshark" nil '(t nil) nil "-r" replayed "-Y"
                      "smb2.dialect && smb2.flags.response == 1"
                      "-T" "fields" "-e" "smb2.dialect")
        ;; Wireshark 3.4 has them of eight digits.
        (delete-dups (mapcar (lambda (dialect)
                               (string-to-number (string-remove-prefix "0x" dialect) 16))
                             (split-string (buffer-string) "\n" t)))))))

(ert-deftest replay-test-is-what-was-recorded ()
  :tags '(slow)
  ;; What is skipped within `should' has failed in Emacs 27.
  (let ((dialects (replay-test--is-what-was-recorded "good" "replay")))
    (should (equal '(#x2ff #x311) dialects))))

(ert-deftest replay-test-smb-2.0.2-alone ()
  :tags '(slow)
  (let ((dialects (replay-test--is-what-was-recorded "smb202" "replay-smb202")))
    (should (equal '(#x202) dialects))))

(ert-deftest replay-test-tells-a-read-only-share ()
  :tags '(slow)
  (replay-test--with directory
    (let ((script (replay-test--write
                   directory (smbcmp-test-data "readonly")
                   ;; tshark -Y 'smb2.cmd == 5 && smb2.filename == "new"' says 34.
                   (lambda (capture)
                     (seq-filter (lambda (frame) (<= frame 34))
                                 (smbcmp-frames capture "smb2.flags.response == 0"))))))
      (cl-flet ((status (scenario &optional options)
                  (car (replay-test--run directory script scenario options))))
        (let ((readonly (status "replay-readonly")))
          (should (= 0 readonly)))
        (should (= 1 (status "replay")))
        (should (= 1 (status "replay-readonly" "--expect-status STATUS_SUCCESS")))
        (should (= 0 (status "replay" "--expect-status STATUS_SUCCESS --encrypt")))))))

(ert-deftest replay-test-compounds ()
  :tags '(slow)
  (replay-test--all-ok "t-compound" nil))

(ert-deftest replay-test-locks-and-cancels ()
  :tags '(slow)
  (replay-test--all-ok "t-lock" nil))

(ert-deftest replay-test-two-channels ()
  (replay-test--all-ok "t-bind" nil))

(ert-deftest replay-test-durable-handles ()
  (replay-test--all-ok "t-durable" nil))

(ert-deftest replay-test-a-session-that-ends-an-earlier-one ()
  (replay-test--all-ok "t-reopen" nil))

(ert-deftest replay-test-owners-of-another-server ()
  (replay-test--all-ok "t-owner" nil))

(ert-deftest replay-test-ids-in-bytes ()
  "Of several ids in a buffer each is a variable, whichever was learnt first."
  (let ((smbcmp-replay-ids '(("later, 16 bytes." . "b") ("sooner, 16 bytes" . "a"))))
    (should (equal "b\"x\" + a + b\"yz\" + b"
                   (smbcmp-replay-bytes "xsooner, 16 bytesyzlater, 16 bytes.")))))

(ert-deftest replay-test-smb-2.1 ()
  (replay-test--all-ok "smb21" nil))

(ert-deftest replay-test-a-kernel-s-client ()
  (replay-test--all-ok "cifs-kernel/6.1" "capture.pcapng.gz"))

(ert-deftest replay-test-what-was-encrypted-is-encrypted ()
  (replay-test--all-ok "enc-smb311" nil :keys (list (parity--key))))

(ert-deftest replay-test-without-a-server ()
  (replay-test--with directory
    (let ((script (replay-test--write directory (smbcmp-test-data "good") 'all)))
      ;; Nobody listens at port 1.
      (should (= 125 (call-process "/usr/bin/python3" nil nil nil script "--port" "1"
                                   "//127.0.0.1/share")))
      ;; "git bisect run" takes 2 for bad, and ends at this.
      (should (= 129 (call-process "/usr/bin/python3" nil nil nil script "127.0.0.1")))
      (should (= 0 (call-process "/usr/bin/python3" nil nil nil script "--help"))))))

(ert-deftest replay-test-has-each-request-s-fields ()
  (let* ((file (smbcmp-test-data "good"))
         (capture (smbcmp-open file))
         (script (unwind-protect (smbcmp-replay-script capture 'all) (smbcmp-close capture))))
    (cl-flet ((tshark (field)
                (split-string
                 (with-temp-buffer
                   (call-process "tshark" nil '(t nil) nil "-2" "-r" file "-Y"
                                 "smb2.cmd == 5 && smb2.flags.response == 0"
                                 "-T" "fields" "-e" field)
                   (buffer-string))
                 "\n" t))
              (found (regexp)
                (let ((start 0) all)
                  (while (string-match (concat "CREATE(.*" regexp "=\\([0-9a-fx]+\\)")
                                       script start)
                    (push (match-string 1 script) all)
                    (setq start (match-end 0)))
                  (nreverse all))))
      (cl-flet ((number (string) (if (string-prefix-p "0x" string)
                                     (string-to-number (substring string 2) 16)
                                   (string-to-number string))))
        (pcase-dolist (`(,name . ,field) '(("DesiredAccess" . "smb.access_mask")
                                           ("CreateDisposition" . "smb2.create.disposition")
                                           ("CreateOptions" . "smb.create_options")
                                           ("ShareAccess" . "smb.share_access")))
          (should (found name))
          (should (equal (mapcar #'number (found name)) (mapcar #'number (tshark field)))))))))

(ert-deftest replay-test-buffers-have-fields ()
  "Structures in buffers have names, and Python makes the same bytes of them."
  (replay-test--with directory
    (let ((script (expand-file-name "replay.py" directory)) (names nil))
      (pcase-dolist (`(,folder . ,file) '(("good") ("t-durable") ("t-compound") ("t-copychunk")
                                          ("cifs-kernel/6.1" . "capture.pcapng.gz")))
        (replay-test--write directory (smbcmp-test-data folder file) 'all)
        (with-temp-buffer
          (insert-file-contents script)
          (dolist (name (mapcar (lambda (row) (nth 2 row)) (smbcmp-replay-structures--table)))
            (goto-char (point-min))
            (when (re-search-forward (concat "[ =\\[(]" name "(") nil t)
              (cl-pushnew name names :test #'equal)))))
      (dolist (name '("SMB2_ENCRYPTION_CAPABILITIES" "REQ_GET_DFS_REFERRAL"
                      "FileRenameInformation" "SRV_COPYCHUNK_COPY"
                      "SMB2_CREATE_DURABLE_HANDLE_RECONNECT"))
        (should (member name names)))
      (dolist (case `((ioctl #x1440f2 ,(concat (make-string 24 7) "\1\0\0\0\0\0\0\0"
                                               (make-string 24 3)))
                      (set (1 . 10) ,(concat "\1" (make-string 15 0)
                                             "\4\0\0\0a\0b\0" "tail"))
                      (negotiate 1 "\1\0\3\0\1\0xyz")
                      (create "DH2Q" ,(make-string 32 9))
                      ;; Too short, and nothing that is known.
                      (set (1 . 4) "abc") (ioctl 1 "abc")))
        (let ((bytes (encode-coding-string (nth 2 case) 'latin-1)))
          (with-temp-buffer
            (insert-file-contents script)
            (goto-char (point-max))
            (re-search-backward "^if __name__")
            (delete-region (point) (point-max))
            (insert "print((" (smbcmp-replay-structure (car case) (cadr case) bytes) ").hex())\n")
            (should (equal (concat (mapconcat (lambda (b) (format "%02x" b)) bytes "") "\n")
                           (replay-test--run-python (buffer-string))))))))))

(ert-deftest replay-test-two-clients-at-once ()
  "Sessions that are set up at the same time go each on with its own."
  (let* ((capture (smbcmp-open (smbcmp-test-data "concurrent")))
         (script (unwind-protect (smbcmp-replay-script capture 'all) (smbcmp-close capture)))
         (sent (make-hash-table :test #'equal)) (auth (make-hash-table :test #'equal))
         (start 0) (found 0))
    (while (string-match "^    \\(c[0-9]+\\)\\.send(\\(session_setup[0-9]+\\))" script start)
      (puthash (match-string 2 script) (match-string 1 script) sent)
      (setq start (match-end 0)))
    ;; tshark: two TCP streams, in each two SESSION_SETUPs.
    (should (= 4 (hash-table-count sent)))
    (setq start 0)
    (while (string-match "^    \\(session_setup[0-9]+\\) = Request(\\(?:.\\|\n\\)*?\n +auth=\\(auth[0-9]+\\))"
                         script start)
      (let ((request (match-string 1 script)) (text (match-string 0 script)))
        (puthash request (match-string 2 script) auth)
        (setq start (match-end 0))
        (when (string-match "authenticate(\\(session_setup[0-9]+\\))" text)
          (let ((previous (match-string 1 text)))
            (cl-incf found)
            (should (equal (gethash request sent) (gethash previous sent)))
            (should (equal (gethash request auth) (gethash previous auth)))))))
    (should (= 2 found))))

(ert-deftest replay-test-refuses-what-it-can-t-read ()
  (let ((capture (smbcmp-open (smbcmp-test-data "enc-smb311"))))
    (should (string-match-p "\\`Frame [0-9]+ is encrypted"
                            (cadr (should-error (smbcmp-replay-script capture 'all)
                                                :type 'smbcmp-error))))
    (should-error (smbcmp-replay-script capture '(0)) :type 'smbcmp-frame-error)
    (should-error (smbcmp-replay-script capture nil) :type 'smbcmp-frame-error)
    (smbcmp-close capture))
  (let ((capture (smbcmp-open (smbcmp-test-data "smb1"))))
    (should (string-match-p "these requests are SMB1's"
                            (cadr (should-error (smbcmp-replay-script capture 'all)
                                                :type 'smbcmp-error))))
    (smbcmp-close capture)))

(ert-deftest replay-test-command-takes-what-is-at-point ()
  (with-temp-buffer
    (should-error (call-interactively #'smbcmp-replay) :type 'user-error))
  (let ((directory (file-name-as-directory (make-temp-file "smbcmp-replay" t))))
    (save-window-excursion
      (unwind-protect
          (let ((script (concat directory "new.py")))
            (smbcmp-diff (smbcmp-test-data "good") (smbcmp-test-data "readonly"))
            (pair-test--wait (lambda ()
                               (goto-char (point-min))
                               (re-search-forward "status +CREATE new: " nil t)))
            (cl-letf (((symbol-function 'read-char-choice) (lambda (&rest _) ?b)))
              (smbcmp-replay script))
            ;; The last request is that one.
            (should (equal script buffer-file-name))
            (goto-char (point-max))
            (re-search-backward "= Request(\n +\"\\(.*\\)\"")
            (should (equal "CREATE new" (match-string 1)))
            (kill-buffer))
        (delete-directory directory t)))))

(ert-deftest replay-test-what-a-capture-says-stays-text ()
  "Names of a capture are strings of Python and comments, whatever is in them."
  (dolist (text '("a\"b\\" "x\n\"\"\"; import os" "'); print('x" "tab\tcr\rnul\0end\\"
                  "\u2028\u0085\u202e" "caf\u00e9 \U0001f600" "@TITLE@ {0} %s"))
    (should (equal (concat "alive " (mapconcat (lambda (c) (format "%x" c)) text " ") "\n")
                   (replay-test--run-python
                    (format "# %s\nprint('alive', *['%%x' %% ord(c) for c in %s])\n"
                            (smbcmp-replay-comment text) (smbcmp-replay-quote text))))))
  (should (equal "alive\n" (replay-test--run-python
                            (format "# %s\nprint('alive')\n"
                                    (smbcmp-replay-comment "raw \351 \x3fffe9"))))))

(defun replay-test--run-python (program)
  "Return what Python prints when it runs PROGRAM."
  (let ((file (make-temp-file "smbcmp-replay" nil ".py"))
        (coding-system-for-write 'utf-8) (coding-system-for-read 'utf-8))
    (unwind-protect
        (progn (write-region program nil file nil 'silent)
               (with-temp-buffer
                 (call-process "/usr/bin/python3" nil t nil file)
                 (buffer-string)))
      (delete-file file))))

(provide 'replay-test)
;;; replay-test.el ends here
