;;; keys-test.el --- What is encrypted can be read  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The recorded captures with each dialect and cipher.  What smbcmp finds
;; in the server's log is held against tshark, which gets what awk finds
;; in the client's.

;;; Code:

(require 'bookmark)
(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function parity--pdml "parity-test" (file arguments))
(declare-function parity--psml "parity-test" (file arguments))
(declare-function parity--tshark "parity-test" (&rest arguments))
(declare-function parity--differences "parity-test" (tree expected))

;;;; Truth from outside

(defconst keys-test--awk
  "/Session Id  / { if (!id) id = $0 }
   /Session Key  / { key = $0 }
   /ServerIn Key/ { in1 = $0; last = 1; next }
   /ServerOut Key/ { out = $0; last = 2; next }
   /^ *\\[0010\\]/ && last == 1 { in2 = $0 }
   /^ *\\[0010\\]/ && last == 2 { out2 = $0 }
   { last = 0 }
   END { print hex(id, 24) \",\" hex(key, 49) \",\" hex(out, 49) hex(out2, 49) \",\" \\
               hex(in1, 49) hex(in2, 49) }
   function hex(line, n) {
     sub(/.*\\[00[01]0\\] /, \"\", line); line = substr(line, 1, n); gsub(/ /, \"\", line)
     return line }"
  "Prints the first key of a log as a line of smb2_seskey_list.")

(defun keys-test--record (folder)
  "Return the key of FOLDER by awk from the client's log, as tshark takes it."
  (with-temp-buffer
    (should (zerop (call-process
                    "sh" nil t nil "-c" "zcat \"$0\" | LC_ALL=C awk \"$1\""
                    (smbcmp-test-data folder "log.smbclient.gz") keys-test--awk)))
    (string-trim (buffer-string))))

(defun keys-test--tshark-key (record)
  "Return arguments that give tshark the key RECORD."
  (list "-o" (concat "uat:smb2_seskey_list:" record)))

(defun keys-test-key (folder)
  "Return the key of FOLDER by awk from the client's log, as a plist."
  (cl-mapcan #'list '(:session :key :server-out :server-in)
             (split-string (keys-test--record folder) ",")))

(defun keys-test--folders ()
  "Return the folders of encrypted captures that Wireshark can decrypt."
  (keys-test--taken
   (mapcar (lambda (directory) (file-name-nondirectory directory))
           (file-expand-wildcards (expand-file-name "data/enc-*" smbcmp-test-directory)))))

(defun keys-test--same-trees (capture file arguments &optional ignored)
  "Check that the trees of CAPTURE are what tshark with ARGUMENTS says of FILE.
Those of the frames IGNORED may differ.  Return the number of frames."
  (let ((expected (parity--pdml file arguments)) (frame 0))
    (should (= (length expected) (smbcmp-frame-count capture)))
    (dolist (want expected frame)
      (let ((differences (parity--differences (smbcmp-frame-tree capture (cl-incf frame))
                                              want)))
        (when (and differences (not (memql frame ignored)))
          (ert-fail (list file frame (car differences))))))))

;; It has none for its ciphers before 3.6.
(defun keys-test--long-keys-p ()
  "Return non-nil if Wireshark takes keys of 256 bits."
  (zerop (apply #'call-process "tshark" nil nil nil "-r" (smbcmp-test-data "enc-smb311-gcm256")
                (keys-test--tshark-key (keys-test--record "enc-smb311-gcm256")))))

(defun keys-test--taken (folders)
  "Return those of FOLDERS whose keys Wireshark takes."
  (if (keys-test--long-keys-p) folders
    (cl-remove-if (lambda (folder) (string-suffix-p "256" folder)) folders)))

(defmacro keys-test--with-capture (spec &rest body)
  "Open a capture as SPEC, (VARIABLE FOLDER ARGUMENT...), says; run BODY; close it."
  (declare (indent 1))
  `(let ((,(car spec) (smbcmp-open (smbcmp-test-data ,(cadr spec)) ,@(cddr spec))))
     (unwind-protect (progn ,@body) (smbcmp-close ,(car spec)))))

(defun keys-test-read (text &optional name)
  "Return what `smbcmp-read-keys' finds in a file NAME with TEXT."
  (let* ((directory (make-temp-file "smbcmp-keys" t))
         (file (expand-file-name (or name "log.test") directory))
         (coding-system-for-write 'raw-text-unix))
    (unwind-protect
        (progn (write-region text nil file nil 'silent)
               (smbcmp-read-keys file))
      (delete-directory directory t))))

(defun keys-test-sorted (key)
  "Return KEY with its parts in one order and in one case."
  (cl-loop for part in '(:session :key :server-in :server-out)
           for hex = (plist-get key part)
           when hex append (list part (upcase hex))))

(defun keys-test-warnings (function)
  "Return what warnings tell while FUNCTION is called, and its value."
  (let (warnings)
    (cl-letf (((symbol-function 'display-warning)
               (lambda (_type message &rest _) (push message warnings))))
      (let ((value (funcall function)))
        (cons (nreverse warnings) value)))))

;;;; Every dialect and cipher

(ert-deftest keys-test-decrypts-as-tshark ()
  "With keys from the server's log every tree and row is tshark's."
  (let ((frames 0))
    (dolist (folder (keys-test--folders))
      (let* ((file (smbcmp-test-data folder))
             (arguments (keys-test--tshark-key (keys-test--record folder)))
             (keys (smbcmp-read-keys (smbcmp-test-data folder "log.smbd.gz"))))
        (should (equal (mapcar #'keys-test-sorted keys)
                       (list (keys-test-sorted (keys-test-key folder)))))
        (keys-test--with-capture (capture folder :keys keys)
          (cl-incf frames (keys-test--same-trees capture file arguments))
          (should (equal (smbcmp-rows capture (smbcmp-frames capture))
                         (parity--psml file arguments)))
          (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
          (should-not (smbcmp-encrypted-sessions capture)))))
    (should (> frames 400))))

(ert-deftest keys-test-parts-of-a-key-do ()
  "The session key alone decrypts, and so do the two others."
  (dolist (folder (keys-test--taken '("enc-smb30-ccm128" "enc-smb311" "enc-smb311-gcm256")))
    (let ((key (keys-test-key folder)))
      (dolist (parts '((:session :key) (:session :server-in :server-out)))
        (keys-test--with-capture
            (capture folder :keys (list (cl-loop for part in parts
                                                 append (list part (plist-get key part)))))
          (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5")))))))))

(ert-deftest keys-test-adding-decrypts-on-the-spot ()
  "Adding keys to an open capture gives what opening with them gives."
  (unless (keys-test--long-keys-p) (ert-skip "Wireshark takes no keys of 256 bits before 3.6"))
  (keys-test--with-capture (capture "enc-smb311-ccm256")
    (let ((key (keys-test-key "enc-smb311-ccm256")))
      (should (equal (mapcar #'car (smbcmp-encrypted-sessions capture))
                     (list (plist-get key :session))))
      (smbcmp-add-keys capture (list key))
      (should-not (smbcmp-encrypted-sessions capture))
      (let* ((key (keys-test--tshark-key (keys-test--record "enc-smb311-ccm256")))
             (file (smbcmp-test-data "enc-smb311-ccm256"))
             (once (parity--psml file key))
             ;; With 4.6 some rows say less when they are dissected again.
             (twice (parity--psml file (cons "-2" key)))
             (rows (smbcmp-rows capture (smbcmp-frames capture))))
        (should (= (length rows) (length once)))
        (should (cl-every (lambda (row a b) (or (equal row a) (equal row b)))
                          rows once twice)))
      (keys-test--with-capture (other "enc-smb311-ccm256" :keys (list key))
        (dotimes (n (smbcmp-frame-count capture))
          (should (equal (smbcmp-frame-tree capture (1+ n))
                         (smbcmp-frame-tree other (1+ n)))))))))

(ert-deftest keys-test-encrypted-sessions-are-counted ()
  "What is still encrypted is told by session, with as many PDUs as tshark sees."
  (dolist (folder (keys-test--folders))
    (keys-test--with-capture (capture folder)
      (let ((theirs (length (split-string
                             (apply #'concat
                                    (split-string
                                     (parity--tshark
                                      "-r" (smbcmp-test-data folder) "-Y"
                                      "smb2.header.transform.enc_data" "-T" "fields" "-e"
                                      "smb2.header.transform.signature" "-E" "aggregator=\n")))
                             "" t))))
        (should (equal (smbcmp-encrypted-sessions capture)
                       (list (cons (plist-get (keys-test-key folder) :session)
                                   (/ theirs 32)))))))))

(ert-deftest keys-test-worker-death-keeps-keys ()
  "A worker that starts anew has the keys of the one that died."
  (keys-test--with-capture (capture "enc-smb311" :keys (list (keys-test-key "enc-smb311")))
    (signal-process (smbcmp-capture-process capture) 'SIGKILL)
    (keys-test--await (lambda () (eq (smbcmp-capture-state capture) 'dead)))
    (should (equal '(30)
                   (cdr (keys-test-warnings
                         (lambda ()
                           (list (length (smbcmp-frames capture "smb2.cmd == 5"))))))))))

(ert-deftest keys-test-capture-in-emacs-forgets-keys ()
  "The engine inside Emacs decrypts, and has no key left for the next capture."
  (let ((script
         (format "%S"
                 `(progn
                    (require 'smbcmp)
                    (princ (cl-loop
                            for keys in '((,(keys-test-key "enc-smb311")) nil)
                            for c = (smbcmp-open ,(smbcmp-test-data "enc-smb311")
                                                 :host 'embedded :keys keys)
                            collect (length (smbcmp-frames c "smb2.cmd == 5"))
                            do (smbcmp-close c)))))))
    (with-temp-buffer
      (should (zerop (call-process (expand-file-name invocation-name invocation-directory)
                                   nil '(t nil) nil "-Q" "--batch" "-L" smbcmp--root
                                   "--eval" script)))
      (should (equal (buffer-string) "(30 0)")))))

;;;; Kerberos

(ert-deftest keys-test-keytab-decrypts ()
  "A keytab decrypts tickets, and with the key in them what comes after.
The latter is more than Wireshark does with a keytab."
  (let* ((file (smbcmp-test-data "krb5-gcm128"))
         (keytab (smbcmp-test-data "krb5-gcm128" "krb5.keytab"))
         (columns (split-string (keys-test--record "krb5-gcm128") ","))
         (arguments (append (list "-o" "kerberos.decrypt:TRUE"
                                  "-o" (concat "kerberos.file:" keytab))
                            (keys-test--tshark-key
                             (concat (car columns) "," (substring (cadr columns) 0 32)
                                     ",\"\",\"\"")))))
    (should (equal (smbcmp-read-keys keytab) (list (list :keytab keytab))))
    (keys-test--with-capture (capture "krb5-gcm128" :keys (list keytab))
      (should-not (smbcmp-encrypted-sessions capture))
      ;; How many keys Wireshark tried on a ticket depends on those it had
      ;; before.
      (keys-test--same-trees capture file arguments
                             (smbcmp-frames capture "kerberos")))
    (keys-test--with-capture (capture "krb5-gcm128")
      (should (smbcmp-encrypted-sessions capture))
      (smbcmp-add-keys capture (list keytab))
      (should-not (smbcmp-encrypted-sessions capture))
      (should (= 10 (length (smbcmp-frames capture "smb2.cmd == 5")))))))

(ert-deftest keys-test-long-session-keys ()
  "Kerberos' session keys of 32 bytes do not keep a capture from being decrypted."
  (dolist (folder (keys-test--taken '("krb5-gcm128" "krb5-gcm256")))
    (dolist (log '("log.smbd.gz" "log.smbclient.gz"))
      (let ((keys (smbcmp-read-keys (smbcmp-test-data folder log))))
        (should (= 64 (length (plist-get (car keys) :key))))
        (keys-test--with-capture (capture folder :keys keys)
          (should-not (smbcmp-encrypted-sessions capture))
          (should (= 10 (length (smbcmp-frames capture "smb2.cmd == 5")))))))))

;;;; Wrong keys

(ert-deftest keys-test-wrong-keys-show-wiresharks-view ()
  "With a wrong key every tree is what tshark makes of that, and the right one helps."
  (dolist (folder '("enc-smb311" "enc-smb30-ccm128"))
    (let* ((right (keys-test-key folder))
           (wrong (cl-loop for (part hex) on right by #'cddr
                           append (list part (if (eq part :session) hex
                                               (concat "F00D" (substring hex 4))))))
           (record (mapconcat (lambda (part) (plist-get wrong part))
                              '(:session :key :server-out :server-in) ",")))
      (keys-test--with-capture (capture folder :keys (list wrong))
        (keys-test--same-trees capture (smbcmp-test-data folder)
                               (keys-test--tshark-key record))
        (should (smbcmp-encrypted-sessions capture))
        (smbcmp-add-keys capture (list right))
        (should-not (smbcmp-encrypted-sessions capture))
        (smbcmp-add-keys capture (list wrong))
        (should (smbcmp-encrypted-sessions capture))))))

(ert-deftest keys-test-malformed-keys-are-refused ()
  "A key that can't be one is refused by name, without being told, and nothing is lost."
  (keys-test--with-capture (capture "enc-smb311")
    (pcase-dolist (`(,key ,message)
                   '(((:key "75D3FBB6AD9815A3E526A81A62A7DF09") "session id")
                     ((:session "6A99" :key "75D3FBB6AD9815A3E526A81A62A7DF09")
                      "session id has 4 hex")
                     ((:session "6A9907A200000000" :key "SECRET") "not hexadecimal")
                     ((:session "6A9907A200000000" :key "5EC2E7") "session key has 6")
                     ((:session "6A9907A200000000" :server-in "75D3FBB6AD9815A3E526A81A62A7DF09")
                      "no key for session 0x00000000a207996a")
                     ((:session "6A9907A200000000") "no key")))
      (let ((err (should-error (smbcmp-add-keys capture (list key)) :type 'smbcmp-error)))
        (should (string-match-p message (cadr err)))
        (should-not (string-match-p "SECRET\\|5EC2E7\\|75D3" (cadr err)))
        (should-error (smbcmp-open (smbcmp-test-data "enc-smb311") :keys (list key))
                      :type 'smbcmp-error)))
    (should (smbcmp-encrypted-sessions capture))
    (smbcmp-add-keys capture (list (keys-test-key "enc-smb311")))
    (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))))

;;;; Secrets

(defun keys-test--secrets (key)
  "Return a regexp that finds the secret parts of KEY in any form."
  (mapconcat (lambda (part)
               (let ((bytes (seq-partition (plist-get key part) 2)))
                 (mapconcat #'identity (seq-take bytes 6) "[ :,]?")))
             '(:key :server-in :server-out) "\\|"))

(defun keys-test--file-text (file)
  "Return the text of FILE."
  (with-temp-buffer
    (insert-file-contents-literally file)
    (buffer-string)))

(defun keys-test--environment (pid)
  "Return what the environment of process PID shows us.
Of a worker, which leaves no core file, it shows others than root nothing."
  (condition-case nil
      (keys-test--file-text (format "/proc/%d/environ" pid))
    (file-error "")))

(ert-deftest keys-test-keys-stay-secret ()
  "No key is in messages, arguments, environments, variables, bookmarks or errors."
  (let* ((key (keys-test-key "enc-smb311"))
         (secret (keys-test--secrets key))
         (case-fold-search t)
         (list (smbcmp-list-buffer (smbcmp-test-data "enc-smb311") t (list :keys (list key)))))
    (unwind-protect
        (with-current-buffer list
          (keys-test--await (lambda () smbcmp-list-complete))
          (smbcmp-add-keys smbcmp-list-capture
                           (list (smbcmp-test-data "enc-smb311" "log.smbd.gz")))
          (keys-test--await (lambda () smbcmp-list-complete))
          (let ((pid (smbcmp-worker-pid smbcmp-list-capture)))
            (should (string-match-p secret (format "%S" key)))
            (pcase-dolist (`(,what ,text)
                           `(("capture" ,(format "%S" smbcmp-list-capture))
                             ("variables" ,(format "%S" (buffer-local-variables)))
                             ("bookmark" ,(format "%S" (bookmark-make-record)))
                             ("process" ,(format "%S" (process-plist
                                                       (smbcmp-capture-process
                                                        smbcmp-list-capture))))
                             ("messages" ,(with-current-buffer (messages-buffer)
                                            (buffer-string)))
                             ("rows" ,(buffer-string))
                             ("cmdline" ,(keys-test--file-text (format "/proc/%d/cmdline" pid)))
                             ("environ" ,(keys-test--environment pid))
                             ("closed" ,(progn (smbcmp-close smbcmp-list-capture)
                                               (format "%S" smbcmp-list-capture)))))
              (should-not (and (string-match-p secret text) what)))))
      (kill-buffer list))))

(ert-deftest keys-test-worker-leaves-no-core ()
  "A worker that crashes writes no memory, with keys in it, to the disk."
  (keys-test--with-capture (capture "enc-smb311")
    (should (string-match-p "^Max core file size +0 +0 "
                            (keys-test--file-text
                             (format "/proc/%d/limits"
                                     (smbcmp-worker-pid capture)))))))

;;;; The user's own table

(defmacro keys-test--with-configuration (variable &rest body)
  "Run BODY with an empty Wireshark configuration; VARIABLE is its directory."
  (declare (indent 1))
  `(let* ((home (make-temp-file "smbcmp-home" t))
          (process-environment (append (list (concat "XDG_CONFIG_HOME=" home)
                                             (concat "HOME=" home))
                                       process-environment))
          (,variable (expand-file-name "wireshark" home)))
     (unwind-protect (progn (make-directory ,variable) ,@body)
       (delete-directory home t))))

(ert-deftest keys-test-users-table-keeps-working ()
  "Keys in the user's smb2_seskey_list decrypt, also after others were added."
  (keys-test--with-configuration directory
    (write-region (concat (keys-test--record "enc-smb311") "\n") nil
                  (expand-file-name "smb2_seskey_list" directory) nil 'silent)
    (keys-test--with-capture (capture "enc-smb311")
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (smbcmp-add-keys capture (list (keys-test-key "enc-smb311-ccm128")))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5")))))))

(ert-deftest keys-test-key-on-purpose-beats-users-table ()
  "An old key in the user's table does not stand in the way of the one given."
  (keys-test--with-configuration directory
    (write-region (concat (replace-regexp-in-string
                           "," ",F00D" (replace-regexp-in-string
                                        ",....\\([^,]*\\)" ",\\1"
                                        (keys-test--record "enc-smb311")))
                          "\n")
                  nil (expand-file-name "smb2_seskey_list" directory) nil 'silent)
    (keys-test--with-capture (capture "enc-smb311")
      (should (smbcmp-encrypted-sessions capture))
      (smbcmp-add-keys capture (list (keys-test-key "enc-smb311")))
      (should-not (smbcmp-encrypted-sessions capture)))))

(ert-deftest keys-test-saved-keys-are-wiresharks ()
  "Keys saved on purpose are in Wireshark's own file, once, for the user alone."
  (keys-test--with-configuration directory
    (let ((file (expand-file-name "smb2_seskey_list" directory)))
      (keys-test--with-capture (capture "enc-smb311-ccm128"
                                        :keys (list (keys-test-key "enc-smb311-ccm128")))
        (should-not (file-exists-p file))
        (cl-letf (((symbol-function 'yes-or-no-p) #'ignore))
          (smbcmp-save-keys capture))
        (should-not (file-exists-p file))
        (cl-letf (((symbol-function 'yes-or-no-p) (lambda (&rest _) t)))
          (smbcmp-save-keys capture)
          (smbcmp-save-keys capture)))
      (should (= #o600 (file-modes file)))
      (should (= 1 (length (split-string (keys-test--file-text file) "\n" t))))
      (should (= 30 (length (split-string
                             (parity--tshark "-r" (smbcmp-test-data "enc-smb311-ccm128")
                                             "-Y" "smb2.cmd == 5")
                             "\n" t)))))))

;;;; The packet list

(defun keys-test--await (condition)
  "Wait until CONDITION, a function, returns non-nil; fail after half a minute."
  (let ((end (+ (float-time) 30)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.02))
    (should value)))

(defmacro keys-test--with-list (folder &rest body)
  "Run BODY in the packet list of a copy of FOLDER's capture, in a directory.
Variable `directory' is that, `told' the messages since then, newest first."
  (declare (indent 1))
  `(let* ((directory (file-name-as-directory (make-temp-file "smbcmp-keys" t)))
          (file (expand-file-name "capture.pcapng" directory))
          told list)
     (ignore told)
     (copy-file (smbcmp-test-data ,folder) file)
     (cl-letf* ((say (symbol-function 'message))
                ((symbol-function 'message)
                 (lambda (format &rest args)
                   (when format (push (apply #'format-message format args) told))
                   (let ((inhibit-message t)) (apply say format args)))))
       (unwind-protect
           (progn
             (setq list (smbcmp-list-buffer file t))
             (with-current-buffer list
               (keys-test--await (lambda () smbcmp-list-complete))
               (keys-test--await (lambda () (not smbcmp-list-keys-request)))
               ,@body))
         (when list (kill-buffer list))
         (delete-directory directory t)))))

(defun keys-test--detail-has-p (text)
  "Return non-nil if the details that belong to this packet list have TEXT."
  (with-current-buffer (smbcmp-list-follow-buffer "details")
    (save-excursion (goto-char (point-min)) (search-forward text nil t))))

(ert-deftest keys-test-list-tells-what-is-encrypted ()
  "The list tells sessions without key, and finds keys in a log beside the capture."
  (keys-test--with-list "enc-smb311"
    (should (string-match-p "missing for 1 session (0x00000000a207996a); type k to decrypt"
                            (car told)))
    (should (string-match-p "1 session encrypted" (smbcmp-list--mode-line)))
    (copy-file (smbcmp-test-data "enc-smb311" "log.smbd.gz") directory)
    (copy-file (smbcmp-test-data "enc-smb311" "log.smbclient.gz") directory)
    (should (string-match-p "to look in log\\.smbclient\\.gz, log\\.smbd\\.gz"
                            (smbcmp-list-keys--summary)))
    (search-forward "Encrypted SMB3")
    (forward-line 20)
    (beginning-of-line)
    (smbcmp-list-follow-post-command)
    (switch-to-buffer list)
    (smbcmp-list-details)
    (set-buffer list)
    (keys-test--await (lambda () (keys-test--detail-has-p "Encrypted SMB3 data")))
    (should-not (keys-test--detail-has-p "SMB2 Header"))
    (let ((frame (smbcmp-list-frame-at-point)) asked)
      (push (cons (current-buffer) (+ 2 frame)) smbcmp-list-marks)
      (smbcmp-list-filter "frame.number > 20")
      (keys-test--await (lambda () (not smbcmp-list-filter-request)))
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (prompt) (setq asked prompt) t)))
        (call-interactively #'smbcmp-add-keys))
      (should (string-match-p "log\\.smbclient\\.gz, log\\.smbd\\.gz" asked))
      (should (cl-find "1 key in log.smbclient.gz, log.smbd.gz, 1 there twice; decrypting..."
                       told :test #'equal))
      (keys-test--await (lambda () (and (= 1 smbcmp-list-load-generation) smbcmp-list-complete
                                        (not smbcmp-list-filter-request))))
      (should (equal (car told) "Decrypted 1 session"))
      (should (= frame (smbcmp-list-frame-at-point)))
      (should (equal smbcmp-list-filter-string "frame.number > 20"))
      (should (= 94 smbcmp-list-filter-matches))
      (should (equal (mapcar (lambda (overlay)
                               (save-excursion
                                 (goto-char (overlay-start overlay))
                                 (smbcmp-list-frame-at-point)))
                             (cl-remove-if-not (lambda (overlay)
                                                 (overlay-get overlay 'smbcmp-mark))
                                               (overlays-in (point-min) (point-max))))
                     (list (+ 2 frame))))
      (should-not (save-excursion (goto-char (point-min))
                                  (search-forward "Encrypted SMB3" nil t)))
      (keys-test--await (lambda () (keys-test--detail-has-p "SMB2 Header")))
      (should (string-empty-p (smbcmp-list-keys-mode-line)))
      ;; Reading the file again keeps the keys.
      (revert-buffer)
      (keys-test--await (lambda () smbcmp-list-complete))
      (should-not (save-excursion (goto-char (point-min))
                                  (search-forward "Encrypted SMB3" nil t))))))

(ert-deftest keys-test-list-tells-keys-that-do-not-fit ()
  "Keys of other sessions, and wrong ones, are told as such."
  (keys-test--with-list "enc-smb311"
    (cl-flet ((add (file) (smbcmp-add-keys smbcmp-list-capture (list file) t)))
      (let ((err (should-error (add (smbcmp-test-data "enc-smb311-gcm256" "log.smbd.gz"))
                               :type 'user-error)))
        (should (string-match-p "1 key in log\\.smbd\\.gz, none for a session of this capture"
                                (cadr err))))
      (should-error (add (smbcmp-test-data "enc-smb311" "capture.pcapng")) :type 'user-error)
      (let ((file (expand-file-name "keys.txt" directory)))
        (write-region "6A9907A200000000,00D3FBB6AD9815A3E526A81A62A7DF09\n" nil file nil 'silent)
        (add file))
      (keys-test--await (lambda () (and (= 1 smbcmp-list-load-generation) smbcmp-list-complete)))
      ;; It is told once the list is there.
      (keys-test--await
       (lambda ()
         (cl-some (lambda (text)
                    (string-match-p
                     "cannot decrypt 1 session with the keys given (0x00000000a207996a)" text))
                  told))))))

(ert-deftest keys-test-list-takes-a-keytab ()
  "A keytab named in the list decrypts in the background."
  (keys-test--with-list "krb5-gcm128"
    (smbcmp-add-keys smbcmp-list-capture
                     (list (smbcmp-test-data "krb5-gcm128" "krb5.keytab")) t)
    (keys-test--await (lambda () (and (= 2 smbcmp-list-load-generation) smbcmp-list-complete)))
    (should (equal (car told) "Decrypted 1 session"))
    (should-not (smbcmp-encrypted-sessions smbcmp-list-capture))))

(ert-deftest keys-test-typed-key-is-in-no-history ()
  "A key typed at the prompt is not echoed and gets into no history."
  (keys-test--with-list "enc-smb311"
    (let ((record (keys-test--record "enc-smb311"))
          (current-prefix-arg '(4)))
      (cl-letf (((symbol-function 'read-passwd) (lambda (&rest _) record)))
        (call-interactively #'smbcmp-add-keys t))
      (keys-test--await (lambda () (and (= 1 smbcmp-list-load-generation) smbcmp-list-complete)))
      (should-not (smbcmp-encrypted-sessions smbcmp-list-capture))
      (should-not (string-match-p (keys-test--secrets (keys-test-key "enc-smb311"))
                                  (format "%S %S %S" command-history minibuffer-history
                                          file-name-history))))))

(provide 'keys-test)
;;; keys-test.el ends here
