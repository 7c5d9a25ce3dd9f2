;;; bad-input-test.el --- What is wrong is told, and nothing else is lost  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Files that are no captures, questions that have no answer, names that
;; are hard to say.  Each at the API, where it is a condition, and at the
;; commands, where it is a `user-error' or a line in the buffer.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Helpers

(defmacro bad-input-with-directory (directory &rest body)
  "Bind DIRECTORY to a new directory during BODY."
  (declare (indent 1) (debug (symbolp body)))
  `(let ((,directory (file-name-as-directory (make-temp-file "smbcmp-bad" t))))
     (unwind-protect (progn ,@body)
       (delete-directory ,directory t))))

(defmacro bad-input-says (condition parts &rest body)
  "Check that BODY signals CONDITION with a message that has PARTS in it."
  (declare (indent 2) (debug t))
  `(let* ((debug-on-error nil)
          (err (should-error (progn ,@body)))
          (message (smbcmp-error-message err)))
     (should (eq (car err) ,condition))
     (dolist (part ,parts)
       (should (string-match-p (regexp-quote part) message)))
     message))

(defun bad-input-wait (predicate)
  "Wait until PREDICATE returns non-nil; fail if it never does."
  (let ((end (+ (float-time) 30)))
    (while (not (funcall predicate))
      (should (< (float-time) end))
      (accept-process-output nil 0.01))))

(defun bad-input-settle (buffer)
  "Wait until the packet list BUFFER has all its rows, or has failed; return it."
  (with-current-buffer buffer
    (bad-input-wait (lambda ()
                      (or smbcmp-list-complete
                          (memq (smbcmp-capture-state smbcmp-list-capture)
                                '(failed closed))))))
  buffer)

(defmacro bad-input-in-list (file &rest body)
  "Do BODY in a packet list that `find-file' makes of FILE."
  (declare (indent 1) (debug t))
  `(let ((buffer (find-file-noselect ,file)))
     (unwind-protect
         (with-current-buffer (bad-input-settle buffer) ,@body)
       (kill-buffer buffer))))

(defun bad-input-write (file bytes)
  "Make FILE with BYTES in it; return its name."
  (let ((coding-system-for-write 'binary) (inhibit-file-name-handlers '(smbcmp-file-handler))
        (inhibit-file-name-operation 'write-region))
    (write-region bytes nil file nil 'silent))
  file)

(defun bad-input-bytes (file)
  "Return the bytes of FILE."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents-literally file)
    (buffer-string)))

(defun bad-input-tshark-count (file)
  "Return how many frames tshark reads of FILE."
  (with-temp-buffer
    (call-process "tshark" nil '(t nil) nil "-r" file)
    (count-lines (point-min) (point-max))))

;;;; Files that are no captures

(defun bad-input-check-no-capture (file reason)
  "Check that FILE is refused everywhere, with REASON."
  (bad-input-says 'smbcmp-file-error (list file reason)
    (smbcmp-open file))
  (bad-input-in-list file
    (should (eq major-mode 'smbcmp-list-mode))
    (should (string-match-p (regexp-quote (concat file ": " reason)) (buffer-string)))
    (should (string-match-p "try again" (buffer-string)))
    ;; Nothing to look at, but nothing breaks either.
    (should-error (smbcmp-list-details) :type 'user-error)
    (should-error (smbcmp-list-jump 1) :type 'user-error)
    (set-buffer-modified-p t)
    (should-error (save-buffer) :type 'user-error)
    (set-buffer-modified-p nil)))

(defun bad-input-check-refused (file reason)
  "Check that commands do not even make a buffer for FILE, for REASON."
  (let ((buffers (buffer-list)) (good (smbcmp-test-data "good")))
    (bad-input-says 'user-error (list file reason) (smbcmp-find-file file))
    (bad-input-says 'user-error (list file reason) (smbcmp-diff file good))
    (should-not (cl-remove-if (lambda (buffer)
                                (or (memq buffer buffers)
                                    (string-prefix-p " " (buffer-name buffer))))
                              (buffer-list)))))

(ert-deftest bad-input-test-no-such-file ()
  "A name that is no file's says so, and no worker is started for it."
  (bad-input-with-directory directory
    (let ((file (concat directory "gone.pcapng")) (processes (process-list)))
      (bad-input-check-no-capture file "no such file")
      (bad-input-check-refused file "no such file")
      (should (equal processes (process-list))))))

(ert-deftest bad-input-test-directory ()
  "A directory is not taken for a capture, whatever its name."
  (bad-input-with-directory directory
    (let ((file (concat directory "dir.pcap")))
      (make-directory file)
      (bad-input-says 'smbcmp-file-error (list file "is a directory") (smbcmp-open file))
      (bad-input-check-refused file "is a directory")
      (let ((buffer (find-file-noselect file)))
        (should (eq 'dired-mode (buffer-local-value 'major-mode buffer)))
        (kill-buffer buffer)))))

(ert-deftest bad-input-test-empty-file ()
  "An empty file is told from one that is damaged."
  (bad-input-with-directory directory
    (let ((file (bad-input-write (concat directory "empty.pcapng") "")))
      (bad-input-check-no-capture file "the file is empty")
      (bad-input-check-refused file "the file is empty"))))

(ert-deftest bad-input-test-no-plain-file ()
  "What is no plain file, or one of the kernel's without end, is not waited for."
  (bad-input-with-directory directory
    (let ((fifo (concat directory "fifo.pcap")) (link (concat directory "link.pcap")))
      (call-process "mkfifo" nil nil nil fifo)
      (bad-input-check-refused fifo "is a FIFO")
      (make-symbolic-link "/proc/uptime" link)
      (bad-input-check-refused link "the file is empty")
      (make-symbolic-link "/dev/zero" link t)
      (bad-input-check-refused link "is a device"))))

(ert-deftest bad-input-test-risky-variables ()
  "No file's local variables say what program is run, or what it is told."
  (dolist (variable '(smbcmp-module-directory smbcmp-remote-worker-program smbcmp-host
                      smbcmp-profile smbcmp-preferences smbcmp-load-plugins
                      smbcmp-open-unsealed smbcmp-worker-memory-limit))
    (should (risky-local-variable-p variable))))

(ert-deftest bad-input-test-text-file ()
  "A text under a capture's name is refused as what it is."
  (bad-input-with-directory directory
    (bad-input-check-no-capture
     (bad-input-write (concat directory "text.pcap")
                      "These are the notes I took, not the capture.\n")
     "not a capture file in a format Wireshark understands")))

(ert-deftest bad-input-test-header-only ()
  "A file that ends within its header is no capture of no frames."
  (bad-input-with-directory directory
    (let ((pcap (concat directory "good.pcap")))
      (call-process "editcap" nil nil nil "-F" "pcap" (smbcmp-test-data "good") pcap)
      (bad-input-check-no-capture
       (bad-input-write (concat directory "header.pcap")
                        (substring (bad-input-bytes pcap) 0 20))
       "the file ends within its first few bytes"))))

(defconst bad-input--unreadable "
  (progn
    (require 'smbcmp)
    (condition-case err (smbcmp-open %S)
      (smbcmp-file-error (princ (format \"api: %%s\\n\" (smbcmp-error-message err)))))
    (condition-case err (smbcmp-find-file %S)
      (user-error (princ (format \"command: %%s\\n\" (error-message-string err)))))
    (condition-case err (find-file %S)
      (file-error (princ (format \"visit: %%s\\n\" (error-message-string err)))))
    (princ (format \"%%d frames\\n\" (smbcmp-frame-count (smbcmp-open %S)))))"
  "What an Emacs that may not read a file does with it, and with one it may read.")

(ert-deftest bad-input-test-no-permission ()
  "A file one may not read says so, rather than that it is no capture."
  ;; Root may read anything, so another user's Emacs does this.
  (bad-input-with-directory directory
    (let* ((file (concat directory "secret.pcapng"))
           (open (concat directory "open.pcapng"))
           (lisp (concat directory "lisp/"))
           (form (format bad-input--unreadable file file file open))
           (root (zerop (user-uid)))
           (command (append (and root '("setpriv" "--reuid=65534" "--regid=65534"
                                        "--clear-groups"))
                            (list (expand-file-name invocation-name invocation-directory)
                                  "-Q" "--batch" "-L" lisp "--eval" form)))
           (process-environment (cons (concat "HOME=" directory) process-environment)))
      (copy-file (smbcmp-test-data "good") file)
      (copy-file (smbcmp-test-data "good") open)
      (set-file-modes file 0)
      (set-file-modes directory #o755)
      (make-directory (concat lisp "build") t)
      (dolist (source (append (list (expand-file-name "smbcmp.el" smbcmp--root)
                                    (expand-file-name "Makefile" smbcmp--root))
                              (file-expand-wildcards
                               (expand-file-name "lisp/*.el*" smbcmp--root))))
        (copy-file source lisp))
      (dolist (native '("smbcmp-module.so" "smbcmp-worker"))
        (copy-file (smbcmp-module-native-file native) (concat lisp "build/")))
      (with-temp-buffer
        (apply #'call-process (car command) nil t nil (cdr command))
        (dolist (line '("api: " "command: "))
          (should (string-match-p (regexp-quote (concat line file ": permission denied"))
                                  (buffer-string))))
        ;; This is Emacs' own message.
        (should (string-match-p "visit: .*not readable.*secret.pcapng" (buffer-string)))
        (should (string-match-p "^114 frames$" (buffer-string)))))))

;;;; Damaged captures

(defun bad-input-check-damage (file reason)
  "Check that the frames of FILE before the damage are there, and REASON is told."
  (let ((capture (smbcmp-open file))
        (count (bad-input-tshark-count file)))
    (should (> count 10))
    (should (= count (smbcmp-frame-count capture)))
    (should (string-match-p reason (smbcmp-capture-damage capture)))
    ;; What is there is good for everything.
    (should (smbcmp-frame-tree capture count))
    (should (smbcmp-frames capture "smb2"))
    (smbcmp-close capture)
    (let ((inhibit-message t) (message-log-max t))
      (bad-input-in-list file
        (bad-input-wait (lambda () (smbcmp-capture-damage smbcmp-list-capture)))
        (should (= count (count-lines (point-min) (point-max))))
        (should (string-match-p "cut short" (smbcmp-list--mode-line)))
        (with-current-buffer "*Messages*"
          (goto-char (point-max))
          (should (search-backward (format "%s: " (file-name-nondirectory file)) nil t))
          (should (looking-at (format ".*%s.*; %d frames" reason count))))))))

(ert-deftest bad-input-test-truncated-pcap ()
  "Of a capture cut short all whole frames are shown, and the cut is told."
  (bad-input-with-directory directory
    (let ((pcap (concat directory "good.pcap")))
      (call-process "editcap" nil nil nil "-F" "pcap" (smbcmp-test-data "good") pcap)
      (bad-input-check-damage
       (bad-input-write (concat directory "cut.pcap")
                        (substring (bad-input-bytes pcap) 0 9000))
       "cut short in the middle of a packet"))))

(ert-deftest bad-input-test-truncated-pcapng ()
  "The same for pcapng."
  (bad-input-with-directory directory
    (bad-input-check-damage
     (bad-input-write (concat directory "cut.pcapng")
                      (substring (bad-input-bytes (smbcmp-test-data "good")) 0 9000))
     "cut short in the middle of a packet")))

(ert-deftest bad-input-test-truncated-gzip ()
  "The same for a compressed file, whose end is lost with the last block."
  (bad-input-with-directory directory
    (let ((plain (concat directory "lock.pcapng")))
      (copy-file (smbcmp-test-data "t-lock") plain)
      (call-process "gzip" nil nil nil plain)
      (let* ((bytes (bad-input-bytes (concat plain ".gz")))
             (file (bad-input-write (concat directory "cut.pcapng.gz")
                                    (substring bytes 0 (/ (length bytes) 2)))))
        (bad-input-check-damage file "cut short")))))

(defun bad-input-corrupt-block (bytes number)
  "Return pcapng BYTES with a wrong length in packet block NUMBER."
  (let ((position 0) (packets 0))
    (cl-flet ((word (at) (cl-loop for i from 3 downto 0
                                  for value = (aref bytes (+ at i))
                                  then (+ (* 256 value) (aref bytes (+ at i)))
                                  finally return value)))
      (while (not (and (= 6 (word position)) (= number (cl-incf packets))))
        (cl-incf position (word (+ position 4))))
      (aset bytes (+ position 4) (logxor 2 (aref bytes (+ position 4))))
      bytes)))

(ert-deftest bad-input-test-corrupt-pcapng-block ()
  "A broken block ends a capture there; Wireshark's diagnosis is told."
  (bad-input-with-directory directory
    (bad-input-check-damage
     (bad-input-write (concat directory "corrupt.pcapng")
                      (bad-input-corrupt-block
                       (bad-input-bytes (smbcmp-test-data "good")) 30))
     "damaged or corrupt: pcapng")))

;;;; Questions without an answer

(defmacro bad-input-with-capture (capture &rest body)
  "Bind CAPTURE to the capture `good' during BODY, and check it is well after."
  (declare (indent 1) (debug (symbolp body)))
  `(let ((,capture (smbcmp-open (smbcmp-test-data "good"))))
     (unwind-protect
         (progn ,@body
                (should (smbcmp-frame-tree ,capture 35))
                (should (zerop (smbcmp-capture-deaths ,capture))))
       (smbcmp-close ,capture))))

(ert-deftest bad-input-test-frame-out-of-range ()
  "A frame that isn't there is named, with how many there are, never clamped."
  (bad-input-with-capture capture
    (let ((file (smbcmp-capture-file capture)))
      (dolist (frame (list 0 115 -1 #xffffffff (1+ #x100000000) (expt 2 80)))
        (let ((parts (list file (format "no frame %d;" frame) "has 114")))
          (bad-input-says 'smbcmp-frame-error parts (smbcmp-frame-tree capture frame))
          (bad-input-says 'smbcmp-frame-error parts (smbcmp-frame-bytes capture frame))
          (bad-input-says 'smbcmp-frame-error parts (smbcmp-rows capture (list 1 frame)))
          (bad-input-says 'smbcmp-frame-error parts
            (smbcmp-diff-frames capture 1 capture frame))))
      (dolist (frame '("5" 1.5 nil))
        (should-error (smbcmp-frame-tree capture frame) :type 'wrong-type-argument))))
  (bad-input-in-list (smbcmp-test-data "good")
    (smbcmp-list-jump 10)
    (bad-input-says 'user-error '("no frame 115" "114") (smbcmp-list-jump 115))
    (bad-input-says 'user-error '("no frame 0") (smbcmp-list-jump 0))
    (should (= 10 (smbcmp-list-frame-at-point)))))

(ert-deftest bad-input-test-wrong-filter ()
  "A wrong filter selects nothing and says where it is wrong."
  (bad-input-with-capture capture
    (pcase-let ((`(,complaint ,start ,end) (browse-tshark-complaint "tcp.port == foo")))
      (should (equal (list complaint start end) (smbcmp-check-filter "tcp.port == foo")))
      (dolist (ask (list (lambda (filter) (smbcmp-frames capture filter))
                         (lambda (filter) (smbcmp-fields capture '(smb2.cmd) filter))))
        (let ((err (should-error (funcall ask "tcp.port == foo"))))
          (should (equal err (append (list 'smbcmp-filter-error complaint)
                                     (and end (list start (- end start)))))))))
    (dolist (ask (list (lambda (filter) (smbcmp-frames capture filter))
                       (lambda (filter) (smbcmp-fields capture '(smb2.cmd) filter))))
      (bad-input-says 'smbcmp-filter-error '("end of filter") (funcall ask "smb2.cmd =="))
      ;; Bytes that are no text must not mean "no filter".
      (bad-input-says 'smbcmp-filter-error '("not valid UTF-8") (funcall ask "smb2.cmd == \300"))))
  (let ((inhibit-message t))
    (bad-input-in-list (smbcmp-test-data "good")
      (smbcmp-list-filter "smb2.cmd ==")
      (bad-input-wait (lambda () (null smbcmp-list-filter-request)))
      (should-not smbcmp-list-filter-string)
      (should-not (cl-find-if #'invisible-p (number-sequence (point-min) (point-max))))
      (with-current-buffer "*Messages*"
        (should (string-match-p "end of filter" (buffer-string)))))))

(ert-deftest bad-input-test-unknown-field-or-column ()
  "A field or column no one knows is named."
  (bad-input-with-capture capture
    (bad-input-says 'smbcmp-filter-error '("smb2.nosuch" "not a field")
      (smbcmp-fields capture '(smb2.cmd smb2.nosuch)))
    (bad-input-says 'smbcmp-filter-error '("smb2.nosuch" "neither a column")
      (smbcmp-rows capture '(1) '("Info" "smb2.nosuch")))
    (bad-input-says 'smbcmp-filter-error '("%zz") (smbcmp-rows capture '(1) '("%zz")))
    (bad-input-says 'smbcmp-filter-error '("smb2.nosuch")
      (smbcmp-describe-field 'smb2.nosuch))
    (dolist (name '(12 nil ("x")))
      (should-error (smbcmp-fields capture (list name)) :type 'wrong-type-argument))))

(ert-deftest bad-input-test-wrong-options ()
  "A misspelled option of `smbcmp-open' is not passed over."
  (let ((file (smbcmp-test-data "good")))
    (bad-input-says 'error '(":prefrences") (smbcmp-open file :prefrences nil))
    (should-error (smbcmp-open file :host 'moon) :type 'wrong-type-argument)
    (should-error (smbcmp-open file :profile 12) :type 'wrong-type-argument)
    (should-error (smbcmp-open file :preferences '(foo)) :type 'wrong-type-argument)
    (bad-input-says 'smbcmp-error '("no.such: no such preference")
      (smbcmp-open file :preferences '(("no.such" . "1"))))))

(ert-deftest bad-input-test-unknown-profile ()
  "A profile that isn't there is named, in the buffer too."
  (let ((file (smbcmp-test-data "good")))
    (bad-input-says 'smbcmp-error '("profile \"nosuch\"") (smbcmp-open file :profile "nosuch"))
    (let ((smbcmp-profile "nosuch") (inhibit-message t))
      (bad-input-in-list file
        (should (string-match-p "no configuration profile \"nosuch\"" (buffer-string)))
        ;; And it can be put right from there.
        (let ((smbcmp-profile nil)) (revert-buffer))
        (bad-input-settle (current-buffer))
        (should (= 114 (count-lines (point-min) (point-max))))))))

(ert-deftest bad-input-test-unreadable-profile ()
  "Preferences that can't be read are told; the capture opens without them."
  (bad-input-with-directory directory
    (let* ((wireshark (concat directory ".config/wireshark/"))
           (preferences (concat wireshark "profiles/broken/preferences"))
           (process-environment (append (list (concat "HOME=" directory)
                                              (concat "WIRESHARK_CONFIG_DIR=" wireshark))
                                        process-environment))
           (warnings nil))
      ;; No user may read a directory as a file, not even root.
      (make-directory preferences t)
      (cl-letf (((symbol-function 'display-warning)
                 (lambda (_type message &rest _) (push message warnings))))
        (let ((capture (smbcmp-open (smbcmp-test-data "good") :profile "broken")))
          (should (= 114 (smbcmp-frame-count capture)))
          (smbcmp-close capture)))
      (should (= 1 (length warnings)))
      (should (string-match-p "profiles/broken/preferences" (car warnings)))
      (should (string-match-p "directory" (car warnings))))))

(ert-deftest bad-input-test-closed-capture ()
  "A closed capture answers nothing and says that it is closed."
  (let ((capture (smbcmp-open (smbcmp-test-data "good"))))
    (smbcmp-close capture)
    (smbcmp-close capture)
    (dolist (ask (list (lambda () (smbcmp-frame-tree capture 1))
                       (lambda () (smbcmp-frames capture))
                       (lambda () (smbcmp-frames capture "smb2"))
                       (lambda () (smbcmp-rows capture '(1)))
                       (lambda () (smbcmp-fields capture '(smb2.cmd)))))
      (bad-input-says 'smbcmp-error (list (smbcmp-capture-file capture) "is closed")
        (funcall ask)))))

;;;; Files that change

(ert-deftest bad-input-test-deleted-while-open ()
  "A capture deleted while open stays usable; reading it again says it is gone."
  (bad-input-with-directory directory
    (let ((file (concat directory "lock.pcapng")))
      (copy-file (smbcmp-test-data "t-lock") file)
      (bad-input-in-list file
        (delete-file file)
        (should (smbcmp-frame-tree smbcmp-list-capture 2000))
        (bad-input-says 'user-error (list file "no such file") (revert-buffer t t))
        (should (= 2026 (count-lines (point-min) (point-max))))
        (should (smbcmp-frame-tree smbcmp-list-capture 1999))
        ;; Only when the worker is gone as well there is no more to have.
        (let ((inhibit-message t))
          (delete-process (smbcmp-capture-process smbcmp-list-capture))
          (bad-input-wait (lambda () (eq 'failed (smbcmp-capture-state smbcmp-list-capture)))))
        (should (= 2026 (count-lines (point-min) (point-max))))
        (bad-input-says 'smbcmp-file-error (list file "deleted after it was opened")
          (smbcmp-frame-tree smbcmp-list-capture 1))))))

(ert-deftest bad-input-test-replaced-while-open ()
  "Another capture under the same name is never taken for the one that is open."
  (bad-input-with-directory directory
    (let ((file (concat directory "lock.pcapng")))
      (copy-file (smbcmp-test-data "t-lock") file)
      (let* ((capture (smbcmp-open file))
             (tree (smbcmp-frame-tree capture 50)))
        (copy-file (smbcmp-test-data "good") (concat directory "other"))
        (rename-file (concat directory "other") file t)
        (should (equal tree (smbcmp-frame-tree capture 50)))
        (delete-process (smbcmp-capture-process capture))
        (cl-letf (((symbol-function 'display-warning) #'ignore))
          (bad-input-says 'smbcmp-file-error (list file "replaced after it was opened")
            (smbcmp-frame-tree capture 50)))
        (smbcmp-close capture)))))

(ert-deftest bad-input-test-overwritten-while-open ()
  "Frames that are no longer in the file say why they can't be read."
  (bad-input-with-directory directory
    (let ((file (concat directory "lock.pcapng")))
      (copy-file (smbcmp-test-data "t-lock") file)
      (let ((capture (smbcmp-open file)))
        (bad-input-write file "")
        (bad-input-says 'smbcmp-file-error
            (list file "frame 1000 can't be read" "replaced after it was opened")
          (smbcmp-frame-tree capture 1000))
        (smbcmp-close capture)))))

(ert-deftest bad-input-test-grown-while-open ()
  "A file that grew shows its new frames when read again, point where it was."
  (bad-input-with-directory directory
    (let* ((file (concat directory "growing.pcapng"))
           (bytes (bad-input-bytes (smbcmp-test-data "good"))))
      (bad-input-write file (substring bytes 0 9000))
      (let ((inhibit-message t))
        (bad-input-in-list file
          (smbcmp-list-jump 20)
          (bad-input-write file bytes)
          (revert-buffer t t)
          (bad-input-settle (current-buffer))
          (should (= 114 (count-lines (point-min) (point-max))))
          (should (= 20 (smbcmp-list-frame-at-point))))))))

;;;; Names

(defconst bad-input-names
  (list "it's a \"name\"\nof two lines, 100%s \\ $HOME.pcapng"
        "-(paren) [x]*:12.pcapng"
        "Übergrößenträger 試験.pcapng"
        (decode-coding-string "caf\351 \377.pcapng" 'utf-8))
  "Names that are hard to say, the last with bytes that are no UTF-8.")

(ert-deftest bad-input-test-names-open ()
  "A capture can have any name: `smbcmp-open' and its errors take it as it is."
  (let ((file-name-coding-system 'utf-8))
    (bad-input-with-directory directory
      (dolist (name bad-input-names)
        (let ((file (concat directory name)))
          (bad-input-says 'smbcmp-file-error (list file "no such file") (smbcmp-open file))
          (copy-file (smbcmp-test-data "good") file)
          (let ((capture (smbcmp-open file)))
            (should (equal file (smbcmp-capture-file capture)))
            (should (= 114 (smbcmp-frame-count capture)))
            (bad-input-says 'smbcmp-frame-error (list file "no frame 200")
              (smbcmp-frame-tree capture 200))
            (smbcmp-close capture)))))))

(ert-deftest bad-input-test-names-find-file ()
  "Any name does for `find-file', too, and for details and bytes."
  (let ((file-name-coding-system 'utf-8) (inhibit-message t))
    (bad-input-with-directory directory
      (dolist (name bad-input-names)
        (let ((file (concat directory name)))
          (copy-file (smbcmp-test-data "good") file)
          (bad-input-in-list file
            (should (= 114 (count-lines (point-min) (point-max))))
            (should (stringp (format-mode-line mode-line-format)))
            (save-window-excursion
              (switch-to-buffer (current-buffer))
              (let ((list (current-buffer)))
                (with-current-buffer (smbcmp-detail-show list 35)
                  (bad-input-wait (lambda () (eql smbcmp-detail-frame 35))))
                (with-current-buffer (smbcmp-bytes-show list 35)
                  (bad-input-wait (lambda () (eql smbcmp-bytes-frame 35))))))))))))

(ert-deftest bad-input-test-names-diff ()
  "`smbcmp-diff' takes any name, with a frame behind a colon or not."
  (let ((file-name-coding-system 'utf-8) (inhibit-message t))
    (bad-input-with-directory directory
      (dolist (name bad-input-names)
        (let ((file (concat directory name)) (good (smbcmp-test-data "good")))
          (copy-file good file)
          (should (equal (cons file 34) (smbcmp-compare-pair-parse (concat file ":34"))))
          (should (equal (cons file nil) (smbcmp-compare-pair-parse file)))
          (save-window-excursion
            (smbcmp-diff (concat file ":34") (concat good ":35"))
            (let ((a (find-buffer-visiting file)) (b (find-buffer-visiting good)))
              (bad-input-settle a)
              (bad-input-settle b)
              (should (= 34 (with-current-buffer a (smbcmp-list-frame-at-point))))
              (should (= 35 (with-current-buffer b (smbcmp-list-frame-at-point))))
              (kill-buffer a)
              (kill-buffer b))))))))

;;;; Scripts

(ert-deftest bad-input-test-batch-prints-one-line ()
  "A script that fails leaves one line that says why, and an exit status."
  (bad-input-with-directory directory
    (let ((file (concat directory "gone.pcapng")))
      (with-temp-buffer
        (should-not
         (zerop (call-process (expand-file-name invocation-name invocation-directory)
                              nil t nil "-Q" "--batch" "-L" smbcmp--root "-l" "smbcmp"
                              "--eval" "(setq backtrace-on-error-noninteractive nil)"
                              "--eval" (format "(smbcmp-open %S)" file))))
        (should (equal (concat file ": no such file\n") (buffer-string)))))))

(provide 'bad-input-test)
;;; bad-input-test.el ends here
