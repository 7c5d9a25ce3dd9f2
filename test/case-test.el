;;; case-test.el --- All that belongs to one incident  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'dired)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-case-view)
(require 'smbcmp-compare-pins)
(require 'smbcmp-compare-view)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Cases

(defconst case-test--conf
  "[global]\n\tworkgroup = TEST\n; read only = yes\n[share]\n\tpath = /srv\n\tRead  Only = No\n\
\thosts allow = 10.0.0.1 \\\n\t\t10.0.0.2\n"
  "Settings of the good case.")

(defun case-test--fill (directory folder conf)
  "Make a case in DIRECTORY of the test data FOLDER; its smb.conf is CONF.
No name tells what a file is."
  (make-directory (concat directory "logs") t)
  (copy-file (smbcmp-test-data folder) (concat directory "one.bin"))
  (copy-file (smbcmp-test-data folder "log.smbd.gz") (concat directory "logs/two.gz"))
  (write-region conf nil (concat directory "settings") nil 'silent)
  (write-region "so it goes\n" nil (concat directory "readme.txt") nil 'silent)
  (write-region "" nil (concat directory "nothing") nil 'silent))

(defmacro case-test-with-cases (directory &rest body)
  "Run BODY with DIRECTORY, in which are the cases good and bad.
What is remembered goes to the directory memory in it."
  (declare (indent 1))
  `(let* ((,directory (file-name-as-directory (file-truename (make-temp-file "case" t))))
          (default-directory ,directory)
          (smbcmp-compare-pins-file (concat ,directory "pins"))
          (smbcmp-case-memory-directory (concat ,directory "memory/")))
     (unwind-protect
         (progn
           (case-test--fill (concat ,directory "good/") "good" case-test--conf)
           (case-test--fill (concat ,directory "bad/") "readonly"
                            (replace-regexp-in-string "Only = No" "only = yes"
                                                      case-test--conf))
           ,@body)
       (dolist (buffer (buffer-list))
         (when (and (buffer-live-p buffer)
                    (string-prefix-p ,directory (buffer-local-value 'default-directory buffer)))
           (with-current-buffer buffer (set-buffer-modified-p nil))
           (kill-buffer buffer)))
       (delete-directory ,directory t))))

(defun case-test--archive (kind)
  "Put the case bad of this directory into an archive of KIND; return its name."
  (let ((file (expand-file-name (concat "bad." kind))))
    (should (eql 0 (if (equal kind "zip") (call-process "zip" nil nil nil "-qr" file "bad")
                     (call-process "tar" nil nil nil "-caf" file "bad"))))
    file))

(defun case-test--kinds (case)
  "Return what kinds of files CASE has, an alist by names without directories."
  (mapcar (lambda (item) (cons (file-name-nondirectory (smbcmp-case-item-file item))
                               (smbcmp-case-item-kind item)))
          (smbcmp-case-items case)))

(defmacro case-test-with-case (case source &rest body)
  "Run BODY with CASE bound to that in SOURCE."
  (declare (indent 2))
  `(let ((,case (smbcmp-case-open ,source)))
     (unwind-protect (progn ,@body)
       (smbcmp-case-close ,case))))

(defun case-test--await ()
  "Wait until the case of this buffer is read."
  (with-timeout (60 (error "No end"))
    (while (smbcmp-case-steps smbcmp-case-view-case) (accept-process-output nil 0.05))))

;;;; What is in a case

(ert-deftest case-test-content-tells-what-a-file-is ()
  "Whatever they are called, captures, logs and settings are recognized."
  (case-test-with-cases directory
    (case-test-with-case case (concat directory "bad")
      (should (equal '(("nothing" . empty) ("one.bin" . capture) ("readme.txt" . unknown)
                       ("settings" . settings) ("two.gz" . log))
                     (sort (case-test--kinds case)
                           (lambda (a b) (string< (car a) (car b)))))))))

(ert-deftest case-test-archives ()
  "An archive is what was put into it; nothing of it is left when it is closed."
  (case-test-with-cases directory
    ;; An archive in one.
    (should (eql 0 (call-process "tar" nil nil nil "-czf" "bad/inner.tgz" "good/one.bin")))
    (dolist (kind '("zip" "tar" "tar.gz" "tar.xz"))
      (let (where)
        (case-test-with-case case (case-test--archive kind)
          (setq where (smbcmp-case-directory case))
          (should (equal "700" (format "%o" (logand #o777 (file-modes where)))))
          (should (= 2 (length (smbcmp-case-items-of case 'capture))))
          (should (= 1 (length (smbcmp-case-items-of case 'log)))))
        (should-not (file-exists-p where))))))

(ert-deftest case-test-hostile-archives ()
  "What an archive has of links and names outside of it is not read."
  (case-test-with-cases directory
    (make-symbolic-link (concat directory "good/one.bin") "bad/link")
    (make-symbolic-link (concat directory "good") "bad/linked")
    (should (eql 0 (call-process "mkfifo" nil nil nil "bad/pipe")))
    (should (eql 0 (call-process "tar" nil nil nil "-cPf" "evil.tar"
                                 "--transform=s,bad/readme.txt,../../outside.txt," "bad")))
    (case-test-with-case case "evil.tar"
      (should (= 1 (length (smbcmp-case-items-of case 'capture))))
      (should-not (file-exists-p (expand-file-name "../../outside.txt"
                                                   (smbcmp-case-directory case))))
      (should-not (assoc "pipe" (case-test--kinds case)))))
  (should-error (smbcmp-case-open (smbcmp-test-data "good")) :type 'smbcmp-file-error)
  (should (string-suffix-p ": no such file"
                           (cadr (should-error (smbcmp-case-open "/nonexistent.zip")
                                               :type 'smbcmp-file-error)))))

(defun case-test--bomb (kind)
  "Make an archive of KIND of a small one that unpacks to 60 MB; return its name."
  (make-directory "bomb" t)
  (with-temp-file "bomb/zeros" (insert (make-string 60000000 ?0)))
  (should (eql 0 (call-process "zip" nil nil nil "-q" "inner.zip" "bomb/zeros")))
  (delete-file "bomb/zeros")
  (rename-file "inner.zip" "bomb/inner.zip")
  (should (eql 0 (call-process "cp" nil nil nil "-r" "bad" "bomb/")))
  (if (equal kind "zip") (call-process "zip" nil nil nil "-qr" "bomb.zip" "bomb")
    (call-process "tar" nil nil nil "-cf" "bomb.tar" "bomb"))
  (expand-file-name (concat "bomb." kind)))

(ert-deftest case-test-archives-that-unpack-to-much ()
  "A small archive does not fill the disk: not in batch mode, nor without a question."
  (let ((smbcmp-case-unpack-limit 10))
    (dolist (kind '("zip" "tar"))
      (case-test-with-cases directory
        (let ((bomb (case-test--bomb kind)) asked)
          (should (string-match-p "only the first .* are unpacked; see `smbcmp-case-unpack-limit'"
                                  (cadr (should-error (smbcmp-case-open bomb)
                                                      :type 'smbcmp-file-error))))
          (should-not smbcmp-case--temporaries)
          (smbcmp-open-case bomb)
          (case-test--await)
          (smbcmp-case-view--render)
          (should (string-match-p "only the first .* are unpacked; g unpacks the rest"
                                  (buffer-string)))
          ;; What was unpacked before is there.
          (should (= 1 (length (smbcmp-case-items-of smbcmp-case-view-case 'capture))))
          (cl-letf (((symbol-function 'y-or-n-p) (lambda (prompt) (setq asked prompt))))
            (revert-buffer))
          (case-test--await)
          (should (string-match-p "Unpack all into" asked))
          (should-not (smbcmp-case-problem smbcmp-case-view-case))
          (should (= 60000000 (cl-loop for item in (smbcmp-case-items smbcmp-case-view-case)
                                       maximize (file-attribute-size
                                                 (file-attributes
                                                  (smbcmp-case-item-file item))))))
          (kill-buffer))))))

(ert-deftest case-test-archives-of-many-files ()
  "Nor does one of ever so many files."
  (case-test-with-cases directory
    (make-directory "many")
    (dotimes (n 300) (write-region "" nil (format "many/%d" n) nil 'silent))
    (should (eql 0 (call-process "tar" nil nil nil "-cf" "many.tar" "many")))
    (let ((smbcmp-case-file--most-files 100))
      (should-error (smbcmp-case-open "many.tar") :type 'smbcmp-file-error))))

(ert-deftest case-test-names-outside-of-an-archive ()
  "Absolute names, hard links and links that lead outside write and read nothing there."
  (case-test-with-cases directory
    (let ((victim (concat directory "victim.txt")))
      (write-region "as it was" nil victim nil 'silent)
      (make-directory "evil/out" t)
      (write-region "overwritten" nil "evil/out/victim.txt" nil 'silent)
      (make-symbolic-link directory "evil/link")
      (add-name-to-file victim "evil/hard")
      ;; An absolute name; a link to here, and a file by way of it; a hard link.
      (dolist (transform (list (format "s,^evil/out,%s," (directory-file-name directory))
                               "s,^evil/out,evil/link,"
                               (format "flags=h;s,.*,%s," victim)))
        (dolist (archiver '("tar" "zip"))
          (if (equal archiver "tar")
              (call-process "tar" nil nil nil "-cPf" "evil.tar" (concat "--transform=" transform)
                            victim "evil/link" "evil/out/victim.txt" "evil/hard")
            (call-process "zip" nil nil nil "-qry" "evil.zip" "evil" victim))
          (case-test-with-case case (concat "evil." archiver)
            (dolist (item (smbcmp-case-items case))
              (should (string-prefix-p (smbcmp-case-directory case)
                                       (file-truename (smbcmp-case-item-file item))))
              (should-not (equal (file-attribute-inode-number (file-attributes victim))
                                 (file-attribute-inode-number
                                  (file-attributes (smbcmp-case-item-file item))))))))
        (should (equal "as it was" (with-temp-buffer (insert-file-contents victim)
                                                     (buffer-string))))))))

(ert-deftest case-test-what-is-told-of-a-capture ()
  "Clients, dialect, user, shares, times and counts are those tshark tells."
  (case-test-with-cases directory
    (case-test-with-case case (concat directory "bad")
      (let* ((about (smbcmp-case-item-about (car (smbcmp-case-items-of case 'capture))))
             (file (smbcmp-test-data "readonly"))
             (tshark (lambda (filter field)
                       (with-temp-buffer
                         (call-process "tshark" nil '(t nil) nil "-r" file "-Y" filter
                                       "-T" "fields" "-e" field)
                         (split-string (browse-tshark-plain (buffer-string)) "[\n,]" t)))))
        (should (equal (plist-get about :clients) '("127.0.0.1")))
        (should (equal (plist-get about :dialects) '("3.1.1")))
        (should (equal (plist-get about :users)
                       (delete-dups (remove "NULL" (funcall tshark "ntlmssp.auth.username"
                                                            "ntlmssp.auth.username")))))
        (should (equal (sort (copy-sequence (plist-get about :shares)) #'string<)
                       (sort (delete-dups (funcall tshark "smb2.cmd == 3 && smb2.flags.response == 0"
                                                   "smb2.tree"))
                             #'string<)))
        (should (= (plist-get about :requests)
                   (length (funcall tshark "smb2.flags.response == 0" "smb2.cmd"))))
        (should (= (plist-get about :errors)
                   (length (funcall tshark "smb2.nt_status >= 0xc0000000 && \
smb2.nt_status != 0xc0000016" "frame.number"))))
        (should (= (string-to-number (car (funcall tshark "smb2.nt_status >= 0xc0000000 && \
smb2.nt_status != 0xc0000016" "frame.number")))
                   (nth 1 (car (plist-get about :first-errors)))))))))

(ert-deftest case-test-what-belongs-together ()
  "A log is linked to the capture of its run, and to no other; clocks are told."
  (case-test-with-cases directory
    (copy-file (smbcmp-test-data "good") (concat directory "bad/other.bin"))
    ;; A server whose clock is an hour ahead.
    (let ((process-environment (cons "TZ=UTC" process-environment)))
      (with-temp-buffer
        (insert-file-contents (concat directory "bad/logs/two.gz"))
        (goto-char (point-min))
        (while (re-search-forward "^\\(\\[[0-9/]+ \\)\\([0-9][0-9]\\):" nil t)
          (replace-match (format "\\1%02d:" (1+ (string-to-number (match-string 2))))))
        (let ((coding-system-for-write 'raw-text))
          (write-region nil nil (concat directory "bad/logs/two") nil 'silent)))
      (delete-file (concat directory "bad/logs/two.gz")))
    (case-test-with-case case (concat directory "bad")
      (let ((links (smbcmp-case-links case)))
        (should (= 1 (length links)))
        (should (equal "one.bin" (smbcmp-case-item-name case (plist-get (car links) :capture))))
        (should (= (plist-get (car links) :certain) (plist-get (car links) :requests)))
        (should (< 3590 (plist-get (car links) :offset) 3610))
        (should (eq 'server (smbcmp-case-role case (plist-get (car links) :capture)))))
      ;; The first error of the server and that on the wire are the same one.
      (pcase-let ((`(,first ,second) (smbcmp-case-errors case)))
        (should (< (abs (- (plist-get first :time) (plist-get second :time))) 1))))))

(ert-deftest case-test-asking-for-the-best-log-keeps-the-others ()
  "The log with most of a capture's requests is found, and no link is lost."
  (let* ((capture (smbcmp-case-item--make :file "capture.pcapng"))
         (links (mapcar (lambda (certain)
                          (list :log (smbcmp-case-item--make) :capture capture :certain certain))
                        '(1 3 2)))
         (case (smbcmp-case--make :links (copy-sequence links))))
    (should (eq (nth 1 links) (smbcmp-case--best-log case capture)))
    (should (equal links (smbcmp-case-links case)))))

(ert-deftest case-test-keys-of-a-log-decrypt ()
  "A capture is decrypted with the keys of whatever file of the case has them."
  (case-test-with-cases directory
    (make-directory "bad/more")
    (copy-file (smbcmp-test-data "enc-smb311") "bad/more/x")
    (copy-file (smbcmp-test-data "enc-smb311" "log.smbclient.gz") "bad/more/y.gz")
    (case-test-with-case case (concat directory "bad")
      (let ((about (smbcmp-case-item-about
                    (cl-find "more/x" (smbcmp-case-items case) :test #'equal
                             :key (lambda (item) (smbcmp-case-item-name case item))))))
        (should (= 1 (plist-get about :encrypted)))
        (should (= 0 (plist-get about :opaque)))
        (should (= 53 (plist-get about :requests)))))))

;;;; Settings

(ert-deftest case-test-settings ()
  "Settings are read from what shows them, and their values compared as meant."
  (case-test-with-cases directory
    (let ((good (cdr (smbcmp-settings-of-file "good/settings")))
          (bad (cdr (smbcmp-settings-of-file "bad/settings"))))
      (should (equal "10.0.0.1 10.0.0.2" (cdr (assoc "[share] hosts allow" good))))
      (should (equal '((:name "[share] read only" :a "No" :b "yes"))
                     (smbcmp-settings-diff good bad)))
      (should-not (smbcmp-settings-diff '(("x" . "true")) '(("x" . "Yes")))))
    (write-region "some diagnosis\nDisplay Internal CIFS Data Structures for Debugging
---------------------------------------------------
CIFS Version 2.44
Features: DFS,SMB_DIRECT,STATS,DEBUG,ALLOW_INSECURE_LEGACY,CIFS_POSIX,UPCALL(SPNEGO),XATTR,ACL
CIFSMaxBufSize: 16384
Servers:
1) ConnectionId: 0x2 Hostname: example
Number of credits: 8190,1,1 Dialect 0x311
TCP status: 1 Instance: 1
\tShares:
\t1) \\\\example\\share Mounts: 1 DevInfo: 0x20020 Attributes: 0xc706ff
\tShare Capabilities: None Aligned, Partition Aligned,\tShare Flags: 0x30
" nil "diag" nil 'silent)
    (pcase-let ((`(,kind . ,settings) (smbcmp-settings-of-file "diag")))
      (should (equal "DebugData" kind))
      (should (equal "2.44" (cdr (assoc "DebugData CIFS Version" settings))))
      (should (equal "0x311" (cdr (assoc "DebugData Dialect" settings))))
      (should (string-prefix-p "DFS,SMB_DIRECT" (cdr (assoc "DebugData Features" settings)))))
    (write-region "{\"timestamp\": \"x\", \"version\": \"4.17.12\", \"smb_conf\": \"/etc/smb.conf\",
\"sessions\": {\"1\": {\"session_id\": \"1\", \"session_dialect\": \"SMB3_11\",
\"encryption\": {\"cipher\": \"AES-128-GCM\", \"degree\": \"full\"}}},
\"tcons\": {}, \"open_files\": {}}" nil "status" nil 'silent)
    (pcase-let ((`(,kind . ,settings) (smbcmp-settings-of-file "status")))
      (should (equal "smbstatus" kind))
      (should (member "SMB3_11" (mapcar #'cdr settings)))
      (should (member "AES-128-GCM" (mapcar #'cdr settings)))
      (should-not (member "x" (mapcar #'cdr settings))))
    (write-region "{\"a\": [1, 2]}" nil "other" nil 'silent)
    (should-not (smbcmp-settings-of-file "other"))))

(ert-deftest case-test-settings-of-testparm ()
  "What testparm prints is read, parameter for parameter."
  (case-test-with-cases directory
    (let* ((shown (with-temp-buffer
                    (call-process "testparm" nil '(t nil) nil "-s" "good/settings")
                    (write-region nil nil "testparm" nil 'silent)
                    (how-many "^\t[a-z].* = " (point-min) (point-max))))
           (settings (cdr (smbcmp-settings-of-file "testparm"))))
      (should (> shown 2))
      (should (= shown (length settings)))
      (should (equal "/srv" (cdr (assoc "[share] path" settings)))))))

;;;; The buffer

(ert-deftest case-test-buffer ()
  "The buffer shows all sections, RET opens, Dired's file is the default."
  (case-test-with-cases directory
    (smbcmp-open-case (concat directory "bad"))
    (case-test--await)
    (dolist (line '("^. Captures$" "one\\.bin  .*102 frames, 47 requests" "Users: smbu"
                    "^. Logs$" "logs/two\\.gz  .*47 requests"
                    "logs/two\\.gz - one\\.bin: 47 of 47 requests linked"
                    "^. First errors$" "settings  smb\\.conf, 4 settings"
                    "readme\\.txt: text that is no log" "nothing: it is empty"))
      (goto-char (point-min))
      (should (re-search-forward line nil t)))
    (goto-char (point-min))
    (let ((case-buffer (current-buffer)) capture)
      (search-forward "one.bin")
      (smbcmp-case-view-visit)
      (should (derived-mode-p 'smbcmp-list-mode))
      (setq capture (current-buffer))
      (set-buffer case-buffer)
      (goto-char (point-min))
      (re-search-forward "one\\.bin:\\([0-9]+\\)  ")
      (let ((frame (string-to-number (match-string 1))))
        (smbcmp-case-view-visit)
        (with-current-buffer capture
          (should (= frame (smbcmp-list-frame-at-point)))))
      (kill-buffer case-buffer)
      (should-not (buffer-live-p capture)))))

(defun case-test--diff (a b)
  "Compare the cases A and B; return the buffer that shows it."
  (smbcmp-diff a b)
  (let (buffer)
    (with-timeout (60 (error "No end"))
      (while (not (setq buffer
                        (cl-find-if
                         (lambda (buffer)
                           (buffer-local-value 'smbcmp-compare-view-comparison buffer))
                         (buffer-list))))
        (accept-process-output nil 0.05)))
    buffer))

(ert-deftest case-test-odd-cases-are-told-in-a-line ()
  "Nothing, half an archive and names with newlines are told, each on one line."
  (case-test-with-cases directory
    (cl-flet ((shown (source)
                (save-current-buffer
                  (smbcmp-open-case (concat directory source))
                  (case-test--await)
                  (prog1 (buffer-string) (kill-buffer)))))
      (make-directory "none")
      (should (string-match-p "^There are no files in it\\.$" (shown "none")))
      (let ((zip (case-test--archive "zip")))
        (with-temp-file (concat directory "half.zip")
          (set-buffer-multibyte nil)
          (insert-file-contents-literally zip nil 0 2000)))
      (should (string-match-p "/half\\.zip can't be unpacked: [^\n]+\n+\\'" (shown "half.zip")))
      (copy-file (smbcmp-test-data "good") "bad/a\tb\nc")
      (should (string-match-p "^ +. a\\\\x09b\\\\x0ac  .*114 frames"
                              (shown "bad"))))))

(ert-deftest case-test-diff-of-two-cases ()
  "Two cases are compared with settings and logs, without a question."
  (case-test-with-cases directory
    (cl-letf (((symbol-function 'read-file-name) (lambda (&rest _) (error "Asked"))))
      (let ((buffer (case-test--diff (concat directory "good") (case-test--archive "zip"))))
        (unwind-protect
            (with-current-buffer buffer
              (should (string-match-p "^Environment (A / B):\n +\\[share\\] read only: No / yes$"
                                      (buffer-string)))
              (should (string-match-p "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                                      (buffer-string)))
              (dolist (side '(a b))
                (should (buffer-local-value 'smblog-pair (smbcmp-compare-view-list side)))))
          (kill-buffer buffer))))))

(ert-deftest case-test-which-captures-go-together ()
  "Of several captures of one side, those of the same name are compared."
  (case-test-with-cases directory
    (make-directory "bad/enc")
    (copy-file (smbcmp-test-data "enc-smb311") "bad/enc/other.bin")
    (copy-file (smbcmp-test-data "enc-smb311" "log.smbd.gz") "bad/enc/log.gz")
    (let ((a (smbcmp-case-open (concat directory "good")))
          (b (smbcmp-case-open (case-test--archive "tar"))))
      (unwind-protect
          (progn
            (should (= 2 (length (smbcmp-case-items-of b 'capture))))
            (should (equal '(("one.bin" . "one.bin"))
                           (mapcar (pcase-lambda (`(,one . ,other))
                                     (cons (smbcmp-case-item-name a one)
                                           (smbcmp-case-item-name b other)))
                                   (smbcmp-case-pairs a b)))))
        (smbcmp-case-close a)
        (smbcmp-case-close b)))))

(ert-deftest case-test-what-is-remembered ()
  "Filters and notes come back with the case; keys are never written."
  (case-test-with-cases directory
    (copy-file (smbcmp-test-data "enc-smb311") "bad/x")
    (copy-file (smbcmp-test-data "enc-smb311" "log.smbclient.gz") "bad/y.gz")
    (let ((zip (case-test--archive "zip")) keys)
      (smbcmp-open-case zip)
      (case-test--await)
      (let ((case smbcmp-case-view-case))
        (setq keys (cl-loop for item in (smbcmp-case-items case)
                            append (mapcar (lambda (key) (plist-get key :key))
                                           (smbcmp-keys-unseal (smbcmp-case-item-keys item)))))
        (should keys)
        (with-current-buffer (smbcmp-case-item-buffer (car (smbcmp-case-items-of case 'capture)))
          (smbcmp-list-filter "smb2.cmd == 5"))
        (should (string-prefix-p smbcmp-case-memory-directory (smbcmp-case-memory-notes case))))
      (kill-buffer)
      (dolist (file (directory-files smbcmp-case-memory-directory t "\\`[^.]"))
        (with-temp-buffer
          (insert-file-contents file)
          (dolist (key keys)
            (goto-char (point-min))
            (should-not (search-forward key nil t)))))
      (should (equal '("700") (list (format "%o" (logand #o777 (file-modes
                                                                smbcmp-case-memory-directory))))))
      (smbcmp-open-case zip)
      (case-test--await)
      (should (equal "smb2.cmd == 5"
                     (buffer-local-value 'smbcmp-list-filter-string
                                         (smbcmp-case-item-buffer
                                          (car (smbcmp-case-items-of smbcmp-case-view-case
                                                                     'capture))))))
      (kill-buffer))))

(defun case-test--kill-cases ()
  "Kill all buffers of cases, which closes what they opened."
  (dolist (buffer (buffer-list))
    (when (and (buffer-live-p buffer) (eq 'smbcmp-case-mode
                                          (buffer-local-value 'major-mode buffer)))
      (kill-buffer buffer))))

(ert-deftest case-test-pins-of-archives-are-remembered ()
  "What was pinned in archives is pinned again, wherever they are unpacked then."
  (case-test-with-cases directory
    (let ((zip (case-test--archive "zip")) (tar (case-test--archive "tar.gz"))
          (pins '((t (4 . 0) (4 . 0)))) files)
      (dotimes (round 2)
        (let ((buffer (case-test--diff zip tar)))
          (with-current-buffer buffer
            (let ((now (mapcar (lambda (side)
                                 (smbcmp-capture-file (smbcmp-compare-view-capture side)))
                               '(a b))))
              (should-not (equal now files))
              (setq files now))
            (if (= 1 round) (should (equal pins smbcmp-compare-view-pins))
              (should-not smbcmp-compare-view-pins)
              (smbcmp-compare-pins-write (car files) (cadr files) pins)))
          (kill-buffer buffer)
          (case-test--kill-cases))))))

(ert-deftest case-test-shifts-of-clocks-are-remembered ()
  "A log whose clock was set right in a case is right when the case is opened again."
  (case-test-with-cases directory
    (copy-file (smbcmp-test-data "enc-smb311" "log.smbd.gz") "bad/logs/three.gz")
    (let ((zip (case-test--archive "zip")))
      (cl-flet ((merged () (buffer-local-value
                            'smblog-log (smbcmp-case-merged smbcmp-case-view-case)))
                (shifts (log) (mapcar (lambda (source) (or (plist-get source :shift) 0))
                                      (smblog-sources log))))
        (smbcmp-open-case zip)
        (case-test--await)
        (should (cl-every #'zerop (shifts (merged))))
        (smblog-shift (merged) "logs/three.gz" 12.5)
        (let ((before (shifts (merged))))
          (should (equal '(0.0 12.5) (mapcar #'float (sort (copy-sequence before) #'<))))
          (case-test--kill-cases)
          (smbcmp-open-case zip)
          (case-test--await)
          (should (equal before (shifts (merged)))))))))

(provide 'case-test)
;;; case-test.el ends here
