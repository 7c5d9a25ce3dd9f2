;;; hostile-test.el --- No file and no worker does harm to Emacs  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Logs with any bytes in any field, read by another Emacs that must live to
;; tell.  Workers that send well-formed messages that aren't true: a shell
;; script in the worker's place plays what a real one said, but for one
;; reply.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)
(require 'hostile)

(defvar smbcmp-test-no-native-compilation)
(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Logs of any bytes

(defconst hostile-bytes
  '("\xe1\xe1\xe1\xe1\xe1\xe1\xe1\xe1" "\xff\xfe" "\xed\xa0\x80" "a\xc3" "\xf4\x90\x80\x80"
    "\xc0\x80" "\x80" "x\0y" "\xf8\x88\x80\x80\x80" "\e]0;x\a")
  "What is put in the place of words: mostly bytes that are no UTF-8.")

(defconst hostile-headers
  '("[2026/11/24 01:58:23.855117,  5, pid=8022, effective(1, 2), real(3, 4), class=smb2, \
traceid=4, depth=2] ../../source3/smbd/smb2_server.c:3213(smbd_smb2_request_dispatch)\n\
  smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 4\n"
    "[2003/11/24 01:58:23, 3] smbd/process.c:switch_message(685)\n  switch message SMBnegprot (pid 7)\n"
    "[Tue Nov 24 01:58:23 2009 CET, 3 ../lib/util/x.c:12:func()]\nbody of it\n"
    "2026-11-24T01:58:23.855117+01:00 host smbd[8022]: text of it\n"
    "Nov 24 01:58:23 host smbd[8022]: [2026/11/24 01:58:23.855117,  3, pid=8022] ../x.c:1(f)\n"
    "Nov 24 01:58:23 host smbd[8022]:   text behind syslog\n")
  "Headers of other forms than recorded logs have.")

(defun hostile-lines (file)
  "Return the first lines of the recorded log FILE, and some that tell of requests."
  (split-string
   (shell-command-to-string
    (format "zcat %s | awk 'NR <= 8 || (/dispatch|request_done|session keys|Connection allowed|CIFS|smb3_/ && n++ < 8)'"
            (shell-quote-argument file)))
   "\n" t))

(defun hostile-mutants (lines)
  "Return LINES, each again and again with another word replaced, as one string."
  (let ((turn 0))
    (with-temp-buffer
      (set-buffer-multibyte nil)
      (dolist (line lines)
        (setq line (encode-coding-string line 'utf-8))
        (let ((start 0) (words 0))
          (while (and (< words 24) (string-match "[[:alnum:]_./]+" line start))
            (setq start (match-end 0))
            (cl-incf words)
            (insert (substring line 0 (match-beginning 0))
                    (nth (mod (cl-incf turn) (length hostile-bytes)) hostile-bytes)
                    (substring line start) "\n"))))
      (buffer-string))))

(defun hostile-write-logs (directory)
  "Write a log with mutants of each form to DIRECTORY; return the files."
  (cl-loop
   for source in (append (file-expand-wildcards (smbcmp-test-data "cifs-kernel" "6.1/*.gz"))
                         (file-expand-wildcards (smbcmp-test-data "good" "log.*.gz"))
                         (file-expand-wildcards (smbcmp-test-data "smb1" "log.*.gz"))
                         (file-expand-wildcards (smbcmp-test-data "enc-smb311" "log.*.gz"))
                         (file-expand-wildcards (smbcmp-test-data "journal" "*.gz"))
                         (list hostile-headers))
   for n from 0
   unless (and (stringp source) (string-match-p "pcapng" source))
   collect (bad-input-write
            (format "%slog.%d" directory n)
            (hostile-mutants (if (stringp source) (hostile-lines source)
                               (mapcan (lambda (text) (split-string text "\n" t))
                                       (copy-sequence source)))))))

(defun hostile-emacs (directory files terminal)
  "Have another Emacs read FILES, in a TERMINAL or in batch; return what it says."
  (let* ((report (concat directory "report"))
         (process-environment (append '("TERM=xterm" "LC_ALL=C.UTF-8") process-environment))
         (process
          (make-process
           :name "hostile" :buffer (generate-new-buffer " *hostile*")
           :connection-type (if terminal 'pty 'pipe)
           :command `(,(expand-file-name invocation-name invocation-directory)
                      "-Q" "--eval" ,smbcmp-test-no-native-compilation
                      ,@(if terminal '("-nw" "-module-assertions") '("--batch"))
                      "-L" ,smbcmp--root "-L" ,(expand-file-name "lisp" smbcmp--root)
                      "-L" ,(expand-file-name "test" smbcmp--root)
                      "-l" "hostile" "-f" "hostile-run" ,report ,@files))))
    (unwind-protect
        (let ((end (+ (float-time) 120)))
          (while (and (process-live-p process) (< (float-time) end))
            (accept-process-output process 0.1))
          (should (equal '(exit 0)
                         (list (process-status process) (process-exit-status process))))
          (with-temp-buffer
            (insert-file-contents report)
            (buffer-string)))
      (when (process-live-p process) (delete-process process))
      (kill-buffer (process-buffer process)))))

(ert-deftest hostile-test-any-bytes-in-a-log ()
  "Bytes that are no UTF-8, in any field of any form of log, are raw bytes in Emacs."
  (bad-input-with-directory directory
    (let ((files (hostile-write-logs directory)))
      (should (> (length files) 15))
      (should (string-match-p "\\`[0-9]\\{5,\\} strings\n\\'"
                              (hostile-emacs directory files nil))))))

(ert-deftest hostile-test-any-bytes-on-the-screen ()
  "The same where they are displayed: Emacs aborts on strings that are none."
  (bad-input-with-directory directory
    (let ((file (concat directory "log.smbd")))
      (bad-input-write
       file
       (cl-loop for bytes in hostile-bytes
                for many = (apply #'concat (make-list 20 bytes))
                concat (cl-loop for header in '("7] X" "7] ../../X.c:1(f)" "7] ../../x.c:1(X)"
                                                "7, class=X] ../../x.c:1(f)")
                                concat (concat "[2026/11/24 01:58:23.855117,  "
                                               (replace-regexp-in-string "X" many header t t)
                                               "\n  text " bytes "\n"))))
      (should (string-match-p "\\`[0-9]+ strings\n\\'"
                              (hostile-emacs directory (list file) t))))))

;;;; Workers that lie

(defvar hostile--liar nil "The liar, built.")

(defun hostile-liar ()
  "Return the program liar.c, which is built the first time."
  (or hostile--liar
      (let ((program (make-temp-file "smbcmp-liar"))
            (default-directory smbcmp--root))
        (with-temp-buffer
          (unless (zerop (call-process-shell-command
                          (format "cc -std=gnu11 -I module test/liar.c module/wire/wire.c -o %s \
$(pkg-config --cflags --libs glib-2.0)" program)
                          nil t))
            (ert-fail (buffer-string))))
        (setq hostile--liar program))))

(defun hostile-octets (bytes)
  "Return BYTES as the text of a GVariant."
  (concat "[" (mapconcat (lambda (byte) (format "0x%02x" byte)) bytes ", ") "]"))

(defconst hostile-truth
  '("open r (sta(ssu)sas) (\"Liar's\", 100, [(\"No.\", \"%m\", 5), (\"Info\", \"%i\", 9)], \"\", [])"
    "load r (uus) (3, 3, \"\")"
    "redissect r (uus) (3, 3, \"\")"
    "time r b true"
    "stop r b true"
    "keys-file r s \"\""
    "rows r (a(uu)uay) ([(1, 0), (2, 4), (3, 8)], 2, <1\000a\0002\000b\0003\000c\000>)"
    "filter r au [1, 2]"
    "fields r (a(uuuut)ay) ([(1, 4294967295, 0, 0, 0), (1, 0, 1, 0, 7)], [])"
    "check r b true"
    "colours r (a(uu)a(usuu)) ([], [])"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 6, 1, 0, 0, 1, 0)], [(0, 2, 4)], [\"F\"], <f\000F\000b\000L\000>)"
    "bytes r a(say) [(\"Frame\", [0x61])]")
  "What a worker says that knows of a capture of three frames.")

(defun hostile-many (format n)
  "Return FORMAT repeated N times, as the elements of an array."
  (mapconcat #'identity (make-list n format) ", "))

(defconst hostile-lies
  `(;; Not what was asked for, or no message.
    "tree r s \"tree\"" "tree x b true" "tree g b true" "tree e s \"x\"" "tree p u 1"
    "tree ! ay <\\1\000>" "tree ! ay <\000>"
    ,(concat "tree ! ay [" (hostile-many "0xff" 40) "]")
    "rows r s \"rows\"" "rows r (a(uu)uay) ([], 4294967295, [])"
    "rows r (a(uu)uay) ([], 4294967294, [])" "rows r (a(uu)uay) ([], 1000000000, [])"
    "rows r (a(uu)uay) ([(1, 9)], 2, <1\000>)" "rows r (a(uu)uay) ([(1, 0)], 2, [0x61])"
    "rows r (a(uu)uay) ([(4294967295, 0), (0, 4)], 2, <1\000a\0002\000b\000>)"
    "rows r (a(uu)uay) ([(1, 0)], 2, [0xe1, 0xe1, 0xe1, 0, 0xff, 0])"
    ;; A few bytes that say that they are many.
    ,(format "rows r (a(uu)uay) ([%s], 2, <1\000a\000>)" (hostile-many "(1, 0)" 100000))
    ,(format "tree r (a(uuuuiit)a(uuu)asay) ([%s], [(0, 2, 4)], [\"F\"], <f\000F\000b\000%s\000>)"
             (hostile-many "(0, 6, 1, 0, 0, 1, 0)" 50000) (make-string 100000 ?x))
    ,(format "fields r (a(uuuut)ay) ([%s], <%s\000>)"
             (hostile-many "(1, 0, 5, 0, 100000)" 50000) (make-string 100000 ?x))
    ;; Records that point elsewhere.
    "tree r (a(uuuuiit)a(uuu)asay) ([(9, 7, 1, 0, 0, 1, 0)], [(0, 2, 4)], [], <f\000F\000b\000L\000>)"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 99, 1, 0, 0, 1, 0)], [(0, 2, 4)], [], <f\000F\000b\000L\000>)"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 6, 9, 0, 0, 1, 0)], [(0, 2, 4)], [], <f\000F\000b\000L\000>)"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 6, 1, 1024, 0, 1, 0xffffffffffffffff)], [(0, 2, 4)], [], <f\000F\000b\000L\000>)"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 6, 1, 65280, 0, 1, 0)], [(0, 2, 4)], [], <f\000F\000b\000L\000>)"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 6, 1, 0, -7, -9, 0)], [(0, 2, 4)], [], <f\000F\000b\000L\000>)"
    ;; Names and labels of any bytes, or none.
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 6, 1, 0, 0, 1, 0)], [(0, 2, 4)], [], [0xe1,0,0xff,0,0xe1,0,0xed,0xa0,0x80,0])"
    "tree r (a(uuuuiit)a(uuu)asay) ([(0, 3, 1, 0, 0, 1, 0)], [(0, 1, 2)], [], <\000\000\000\000>)"
    ;; Values of what no one asked for.
    "fields r (a(uuuut)ay) ([(1, 4294967295, 0, 0, 0), (1, 7, 1, 0, 7)], [])"
    "fields r (a(uuuut)ay) ([(1, 0, 1, 0, 7)], [])"
    "fields r (a(uuuut)ay) ([(1, 0, 99, 0, 7)], [])"
    "filter r au [0, 7, 4294967295]" "filter r s \"no\"" "filter p b true"
    "bytes r s \"x\"" "check r s \"x\"" "check e (ssii) (\"filter\", \"no\", -5, 2147483647)"
    "check e (ssii) (\"filter\", \"no\", 2147483647, 2147483647)" "check e (ssii) (\"\", \"\", 0, 0)"
    "load r b true"
    "load e (ssii) (\"unheard\", \"of\", 0, 0)" "open r b true"
    "open r (sta(ssu)sas) (\"\", 18446744073709551615, [], \"\", [\"\"])")
  "What a worker may say that is not so.")

(defmacro hostile-with-lie (lie &rest body)
  "Do BODY with a worker that tells the truth but for LIE."
  (declare (indent 1) (debug t))
  `(bad-input-with-directory smbcmp-module-directory
     (smbcmp-module-load)
     (copy-file (hostile-liar) (concat smbcmp-module-directory "smbcmp-worker"))
     (let ((process-environment
            (cons (concat "SMBCMP_LIES=" smbcmp-module-directory "lies") process-environment))
           (inhibit-message t))
       (bad-input-write (concat smbcmp-module-directory "lies")
                        ;; Bytes are between < and >.
                        (replace-regexp-in-string
                         "<\\([^>]*\\)>"
                         (lambda (match) (hostile-octets (substring match 1 -1)))
                         (mapconcat #'identity (append hostile-truth (list ,lie)) "\n")
                         t t))
       (cl-letf (((symbol-function 'display-warning) #'ignore))
         ,@body))))

(defun hostile-ask (file)
  "Open FILE and ask all there is to ask; return the errors that are none of ours."
  (let (wrong capture)
    (cl-flet ((ask (function)
                (condition-case err
                    (with-timeout (20 (push 'no-answer wrong)) (hostile-check (funcall function)))
                  (smbcmp-error nil)
                  (error (push err wrong)))))
      (ask (lambda () (setq capture (smbcmp-open file)) nil))
      (when capture
        (ask (lambda () (smbcmp-rows capture '(1 2 3))))
        (ask (lambda () (smbcmp-frames capture "smb2")))
        (ask (lambda () (smbcmp-fields capture '(smb2.cmd))))
        (ask (lambda () (smbcmp-frame-tree capture 1)))
        (ask (lambda () (smbcmp-frame-bytes capture 1)))
        (ask (lambda () (smbcmp-diff-frames capture 1 capture 2)))
        (ask (lambda () (smbcmp-capture-call capture "check" '(:filter "x"))))
        (smbcmp-close capture)))
    wrong))

(ert-deftest hostile-test-lies-are-errors ()
  "Whatever a worker says, each question is answered, or ends in a condition of ours."
  (let ((file (smbcmp-test-data "good")))
    (hostile-with-lie "cell r s \"\""
      (let ((capture (smbcmp-open file)))
        (should (equal '(("1" "a") ("2" "b") ("3" "c")) (smbcmp-rows capture '(1 2 3))))
        (should (equal '((7)) (smbcmp-fields capture '(smb2.cmd))))
        (should (equal '(1 2) (smbcmp-frames capture "smb2")))
        (should (equal "L" (dom-attr (car (dom-by-tag (smbcmp-frame-tree capture 1) 'f)) 'label)))
        (smbcmp-close capture)))
    (dolist (lie hostile-lies)
      (hostile-with-lie lie
        (should (equal (cons lie nil) (cons lie (hostile-ask file))))))))

(ert-deftest hostile-test-lies-to-the-list ()
  "A packet list never waits for rows or matches that came but can't be."
  (let ((file (smbcmp-test-data "good")))
    (dolist (lie (cl-remove-if-not
                  (lambda (lie) (string-match-p "\\`\\(?:rows\\|filter\\|open\\|load r\\)" lie))
                  hostile-lies))
      (hostile-with-lie lie
        (let ((buffer (find-file-noselect file)))
          (unwind-protect
              (with-current-buffer buffer
                (bad-input-wait (lambda ()
                                  (or (eq 'failed (smbcmp-capture-state smbcmp-list-capture))
                                      (and (eq 'loaded (smbcmp-capture-state smbcmp-list-capture))
                                           (not smbcmp-list-load-stream)))))
                (when (eq 'loaded (smbcmp-capture-state smbcmp-list-capture))
                  (smbcmp-list-filter "smb2")
                  (bad-input-wait (lambda () (not smbcmp-list-filter-request)))
                  (ignore-errors (smbcmp-list-sort "Info"))
                  (bad-input-wait (lambda () (not smbcmp-list-load-stream)))))
            (kill-buffer buffer)))))))

;;;; Texts that Wireshark cuts

(defun hostile-number (number size &optional big)
  "Return NUMBER as SIZE bytes, the least first, or with BIG last."
  (let ((bytes (cl-loop repeat size
                        collect (logand number 255)
                        do (setq number (ash number -8)))))
    (apply #'unibyte-string (if big (nreverse bytes) bytes))))

(defun hostile-segment (data)
  "Return the bytes of a pcap file with one frame.
That is a TCP segment with DATA for port 445."
  (let* ((tcp (concat (hostile-number 40000 2 t) (hostile-number 445 2 t)
                      (hostile-number 1 4 t) (hostile-number 1 4 t) "\x50\x18" (make-string 6 0)
                      data))
         ;; No length is as network cards have it that cut segments themselves.
         (ip (concat "\x45\0" (hostile-number 0 2 t) (make-string 4 0)
                     "\x40\x06\0\0\x0a\0\0\1\x0a\0\0\2" tcp)))
    (concat (hostile-number #xa1b2c3d4 4) "\2\0\4\0" (make-string 8 0)
            (hostile-number 262144 4) (hostile-number 101 4)
            (make-string 8 0) (hostile-number (length ip) 4) (hostile-number (length ip) 4) ip)))

(defun hostile-create (name)
  "Return a capture of one frame, a request to create NAME, as a pcap file's bytes."
  (let* ((name (encode-coding-string name 'utf-16le))
         (smb (concat "\xfeSMB" (hostile-number 64 2) (make-string 6 0) (hostile-number 5 2)
                      (make-string 50 0)
                      (hostile-number 57 2) (make-string 42 0)
                      (hostile-number 120 2) (hostile-number (length name) 2)
                      (make-string 8 0) name))
         (length (hostile-number (length smb) 4 t)))
    (hostile-segment (concat length smb))))

(ert-deftest hostile-test-info-cut-in-a-character ()
  "Wireshark cuts a column after so many bytes; rows with half a character come, too."
  (bad-input-with-directory directory
    (dotimes (i 4)
      (let* ((name (concat (make-string i ?a) (make-string 1500 #x20ac)))
             (file (bad-input-write (format "%seuro%d.pcap" directory i) (hostile-create name)))
             (capture (smbcmp-open file)))
        (should (string-match-p "Create Request.*a\\{0,3\\}€€€" (caar (smbcmp-rows capture '(1) '("Info")))))
        (let ((row (car (smbcmp-rows capture '(1)))))
          (should (string-match-p "Create Request.*€€€" (car (last row))))
          (should-not (hostile-check row)))
        (should (dom-by-tag (smbcmp-frame-tree capture 1) 'smb2.filename))
        (smbcmp-close capture)
        (bad-input-in-list file
          (should (string-match-p "€€€" (buffer-string)))
          (smbcmp-list-sort "Info")
          (bad-input-wait (lambda () smbcmp-list-complete))
          (should (string-match-p "€€€" (buffer-string))))))))


;;;; Frames of more fields than anyone looks at

(defun hostile-keepalives (directory n)
  "Make a capture in DIRECTORY with one frame, N keepalives; return its name."
  (bad-input-write (concat directory "keepalives.pcap")
                   (hostile-segment (apply #'concat (make-list n "\x85\0\0\0")))))

(ert-deftest hostile-test-quit-in-a-huge-frame ()
  "C-g is answered in the middle of a frame with fields by the hundred thousand."
  (bad-input-with-directory directory
    (let* ((capture (smbcmp-open (hostile-keepalives directory 30000)))
           (value (smbcmp-capture-call capture "tree" '(:frame 1) nil t))
           (gc-cons-threshold most-positive-fixnum)
           (debugger #'ignore) (debug-on-quit nil) (debug-on-event 'sigusr2)
           (whole (progn (garbage-collect)
                         (let ((before cons-cells-consed))
                           (should (> (length (dom-children (smbcmp--module-decode value))) 30000))
                           (- cons-cells-consed before))))
           (part nil))
      (should (> whole 1000000))
      ;; In batch a signal is what C-g is on a terminal.  It may come between two
      ;; trees, but not each time.
      (cl-loop for try below 20 until part
               for before = nil
               do (call-process "sh" nil 0 nil "-c"
                                (format "sleep 0.%02d; kill -USR2 %d" (+ 5 (* 3 try)) (emacs-pid)))
               (condition-case nil
                   (while t
                     (setq before cons-cells-consed)
                     (smbcmp--module-decode value))
                 (quit (let ((consed (- cons-cells-consed before)))
                         (when (< (* 0.02 whole) consed (* 0.98 whole))
                           (setq part consed))))))
      (setq quit-flag nil)
      (should part)
      (should (dom-by-tag (smbcmp-frame-tree capture 1) 'nbss))
      (smbcmp-close capture))))

(ert-deftest hostile-test-decoding-can-be-quit ()
  "No reply is made Lisp data where the user can't quit."
  (let* ((file (smbcmp-test-data "good")) (seen nil)
         (look (lambda (&rest _) (push inhibit-quit seen))))
    (advice-add 'smbcmp--module-decode :before look)
    (unwind-protect
        (let ((capture (smbcmp-open file)))
          (smbcmp-frame-tree capture 35)
          (smbcmp-fields capture '(smb2.cmd))
          (smbcmp-close capture)
          (bad-input-in-list file
            (with-current-buffer (smbcmp-detail-show (current-buffer) 35)
              (bad-input-wait (lambda () (eql smbcmp-detail-frame 35))))))
      (advice-remove 'smbcmp--module-decode look))
    (should (> (length seen) 5))
    (should-not (delq nil seen))))

(provide 'hostile-test)
;;; hostile-test.el ends here
