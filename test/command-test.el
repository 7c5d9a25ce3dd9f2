;;; command-test.el --- The command smbcmp does what scripts rely on  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Each test starts the program as a shell does.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'json)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun command-test-run (&rest args)
  "Run smbcmp with ARGS; return (STATUS . OUTPUT), both streams."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8)
          (process-environment (cons "LC_ALL=C.UTF-8" process-environment)))
      (cons (apply #'call-process (expand-file-name invocation-name invocation-directory)
                   nil t nil "-Q" "--batch" "-L" smbcmp--root
                   "-L" (expand-file-name "lisp" smbcmp--root)
                   "-l" "smbcmp-command" "-f" "smbcmp-command" "--" args)
            (buffer-string)))))

(defun command-test-json (output)
  "Return OUTPUT, of JSON, as alists."
  (json-parse-string output :object-type 'alist :null-object nil))

(ert-deftest command-test-diff-says-what-the-report-says ()
  (pcase-let ((`(,status . ,output)
               (command-test-run "diff" (smbcmp-test-data "good") (smbcmp-test-data "readonly"))))
    (should (= status 1))
    (should (string-match-p "status +CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED" output)))
  (should (equal 0 (car (command-test-run "diff" "--quiet" (smbcmp-test-data "good")
                                          (smbcmp-test-data "good-again"))))))

;; Of what tshark -Y 'smb2.filename == "hello.txt"' selects, only what was done with it differs.
(ert-deftest command-test-diff-of-what-a-filter-selects ()
  (let ((labels (mapcar (lambda (d) (alist-get 'label d))
                        (alist-get 'divergences
                                   (command-test-json
                                    (cdr (command-test-run
                                          "diff" "--format" "json"
                                          "--filter" "smb2.filename == \"hello.txt\""
                                          (smbcmp-test-data "good")
                                          (smbcmp-test-data "readonly"))))))))
    (should labels)
    (dolist (label labels) (should (string-match-p "hello\\.txt" label))))
  (should (= 2 (car (command-test-run "diff" "--filter" "smb2.filename ==" (smbcmp-test-data "good")
                                      (smbcmp-test-data "readonly")))))
  (should (= 129 (car (command-test-run "diff" "--decode-as" "445" "a" "b")))))

(ert-deftest command-test-diff-as-json ()
  (pcase-let* ((`(,status . ,output)
                (command-test-run "diff" "--format=json" (smbcmp-test-data "good")
                                  (smbcmp-test-data "readonly")))
               (data (command-test-json output))
               (first (cl-find "status" (alist-get 'divergences data)
                               :key (lambda (d) (alist-get 'kind d)) :test #'equal)))
    (should (= status 1))
    (should (equal (mapcar #'car data) '(a b same environment divergences notes)))
    (should (= 41 (alist-get 'same data)))
    (should (equal "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                   (alist-get 'label first)))
    ;; tshark -Y 'smb2.cmd == 5' -e frame.number says so.
    (should (equal [34 35] (alist-get 'a first)))
    (should (equal [34 35] (alist-get 'b first)))))

(ert-deftest command-test-diff-as-junit ()
  (skip-unless (fboundp 'libxml-parse-xml-region))
  (with-temp-buffer
    (insert (cdr (command-test-run "diff" "--format" "junit" (smbcmp-test-data "good")
                                   (smbcmp-test-data "readonly"))))
    (let ((suite (libxml-parse-xml-region (point-min) (point-max))))
      (should (eq 'testsuite (car suite)))
      (should (equal (alist-get 'failures (cadr suite))
                     (number-to-string (length (dom-by-tag suite 'failure)))))
      (should (cl-some (lambda (failure)
                         (equal (dom-attr failure 'message)
                                "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED"))
                       (dom-by-tag suite 'failure))))))

(ert-deftest command-test-expected-statuses ()
  (cl-flet ((status (expected b)
              (car (command-test-run "diff" "--quiet" "--expect" expected
                                     (smbcmp-test-data "good") (smbcmp-test-data b)))))
    (should (= 0 (status "CREATE new: STATUS_SUCCESS" "good-again")))
    (should (= 1 (status "CREATE new: STATUS_SUCCESS" "readonly")))
    (should (= 0 (status "CREATE new: STATUS_ACCESS_DENIED" "readonly")))
    (should (= 125 (status "CREATE nothing-of-the-kind: STATUS_SUCCESS" "readonly")))))

(ert-deftest command-test-what-bisect-must-skip ()
  (let ((empty (make-temp-file "smbcmp" nil ".pcap")))
    (unwind-protect
        (progn
          ;; A capture without a frame: pcap's header alone.
          (let ((coding-system-for-write 'binary))
            (write-region (unibyte-string #xd4 #xc3 #xb2 #xa1 2 0 4 0 0 0 0 0 0 0 0 0
                                          0 0 4 0 1 0 0 0)
                          nil empty nil 'silent))
          (should (= 2 (car (command-test-run "diff" "--quiet" empty empty))))
          (should (= 125 (car (command-test-run "diff" "--quiet" "--bisect" empty empty))))
          (should (= 125 (car (command-test-run "diff" "--bisect" empty
                                                (concat empty ".gone"))))))
      (delete-file empty))))

(ert-deftest command-test-keys-that-are-not-there-are-told ()
  (pcase-let ((`(,status . ,output)
               (command-test-run "diff" "--keys" "/nonexistent/keys" "a" "b")))
    (should (= status 2))
    (should (string-prefix-p "smbcmp: /nonexistent/keys" output))))

(ert-deftest command-test-wrong-usage-is-told ()
  (dolist (args '(("nothing") ("diff" "--nothing" "a" "b") ("diff" "a") ("diff" "--keys")
                  ("diff" "--quiet=1" "a" "b") ("diff" "--format" "yaml" "a" "b")
                  ("diff" "--slower" "fast" "a" "b") ("frames") ("log")
                  ;; A name that is mistyped would make any comparison a good one.
                  ("diff" "--only" "status,statsu" "a" "b")
                  ;; There is no such output of these, and text is no substitute.
                  ("frames" "--format" "junit" "a") ("log" "--format" "junit" "a")
                  ("group" "--format" "junit" "a") ("export" "--format" "junit" "a" "b")
                  ;; Else all names would go out.
                  ("export" "--map" "m" "a" "b") ("log" "--output" "o" "--map" "m" "a")))
    (pcase-let ((`(,status . ,output) (apply #'command-test-run args)))
      (should (= status 129))
      (should (string-prefix-p "smbcmp: " output))))
  (dolist (args (cons '("--help") (mapcar (lambda (command) (list (car command) "--help"))
                                          smbcmp-command-commands)))
    (pcase-let ((`(,status . ,output) (apply #'command-test-run args)))
      (should (= status 0))
      (should-not (seq-find (lambda (line) (> (length line) 80)) (split-string output "\n")))))
  (should (equal (cons 0 (format "smbcmp %s\n" smbcmp-version))
                 (command-test-run "--version"))))

(ert-deftest command-test-some-kinds-alone-vouch-for-no-more ()
  "What can't be told can't be told of some kinds of divergences either."
  (let ((file (make-temp-file "smbcmp-command" nil ".pcapng"))
        (good (smbcmp-test-data "good")))
    (unwind-protect
        (progn
          (call-process "tshark" nil nil nil "-r" good "-Y" "!smb2" "-w" file)
          (dolist (only '("status" "only-a"))
            (dolist (b (list file (smbcmp-test-data "enc-smb311")))
              (should (= 2 (car (command-test-run "diff" "--only" only good b))))
              (should (= 125 (car (command-test-run "diff" "--bisect" "--only" only good b)))))))
      (delete-file file))
    (should (= 0 (car (command-test-run "diff" "--only" "status" good
                                        (smbcmp-test-data "good-again")))))
    (should (= 1 (car (command-test-run "diff" "--only" "status" good
                                        (smbcmp-test-data "readonly")))))
    (should (= 0 (car (command-test-run "diff" "--only" "order" good
                                        (smbcmp-test-data "readonly")))))))

(ert-deftest command-test-kinds-are-those-of-the-module ()
  (with-temp-buffer
    (insert-file-contents (expand-file-name "module/emacs/compare-row.c" smbcmp--root))
    (should (equal (sort (cl-loop while (re-search-forward
                                         "\\[DIVERGES_[A-Z_]+\\] = \"\\([a-z-]+\\)\"" nil t)
                                  collect (match-string 1))
                         #'string<)
                   (sort (copy-sequence smbcmp-comparison-kinds) #'string<)))))

(ert-deftest command-test-frames-are-tshark-s ()
  (let ((filter "smb2.nt_status != 0"))
    (pcase-let ((`(,status . ,output)
                 (command-test-run "frames" "--columns" "No." (smbcmp-test-data "good") filter)))
      (should (= status 0))
      (should (equal output
                     (with-temp-buffer
                       (call-process "tshark" nil '(t nil) nil "-2" "-r" (smbcmp-test-data "good")
                                     "-Y" filter "-T" "fields" "-e" "frame.number")
                       (buffer-string)))))
    (should (= 1 (car (command-test-run "frames" (smbcmp-test-data "good") "nfs"))))))

(ert-deftest command-test-log-lists-messages-and-requests ()
  (let ((log (smbcmp-test-data "readonly" "log.smbd.gz")))
    (cl-flet ((lines (&rest args) (length (split-string (cdr (apply #'command-test-run args))
                                                        "\n" t)))
              (grep (regexp)
                (with-temp-buffer
                  (call-process "sh" nil t nil "-c"
                                (format "gzip -dc %s | grep -c '%s'"
                                        (shell-quote-argument log) regexp))
                  (string-to-number (buffer-string)))))
      (should (= (lines "log" log "function=smbd_smb2_request_error_ex")
                 (grep "^\\[20.*(smbd_smb2_request_error_ex)")))
      (should (= (lines "log" "--requests" log)
                 (grep "smbd_smb2_request_dispatch: opcode"))))
    (should (= 1 (car (command-test-run "log" log "pid=1"))))))

;;;; Scripts and captures

(ert-deftest command-test-what-is-encrypted-can-not-be-told ()
  "What one side lacks may be among what could not be decrypted of it."
  (let ((good (smbcmp-test-data "good")) (encrypted (smbcmp-test-data "enc-smb311")))
    (should (= 2 (car (command-test-run "diff" good encrypted))))
    (should (= 125 (car (command-test-run "diff" "--bisect" good encrypted))))
    (should (= 2 (car (command-test-run "diff" encrypted good))))
    ;; What is seen to differ does, whatever else is encrypted.
    (should (= 1 (car (command-test-run "diff" (smbcmp-test-data "denied") encrypted))))))

(ert-deftest command-test-ignore ()
  (cl-flet ((labels (&rest options)
              (mapcar (lambda (d) (alist-get 'label d))
                      (alist-get 'divergences
                                 (command-test-json
                                  (cdr (apply #'command-test-run "diff" "--format" "json"
                                              (append options
                                                      (list (smbcmp-test-data "good")
                                                            (smbcmp-test-data "readonly"))))))))))
    (let ((all (labels)))
      (should (> (length all) (length (labels "--ignore" "PROTOCOL=smb2"))))
      (should (equal all (labels "--ignore" "smb2.nothing_of_the_kind")))
      ;; Of some fields alone; an unknown one is none.
      (cl-flet ((mask (labels) (cl-find-if (lambda (label) (string-match-p "Access Mask" label))
                                               labels)))
        (should (mask all))
        (should (mask (labels "--fields" "smb2.filename,smb.access*")))
        (should-not (mask (labels "--fields" "smb2.filename"))))
      (should (equal 2 (car (command-test-run "diff" "--fields" "smb2.nosuch"
                                              (smbcmp-test-data "good")
                                              (smbcmp-test-data "readonly")))))))
  (dolist (rule '("(" "(:kind" "REGEXP=["))
    (should (memq (car (command-test-run "diff" "--ignore" rule (smbcmp-test-data "good")
                                         (smbcmp-test-data "good-again")))
                  '(2 129)))))

(ert-deftest command-test-export ()
  (let ((file (make-temp-file "smbcmp" nil ".pcapng")) (map (make-temp-file "smbcmp"))
        (good (smbcmp-test-data "good")))
    (cl-flet ((tshark (file filter)
                (with-temp-buffer
                  (call-process "tshark" nil '(t nil) nil "-2" "-r" file "-Y" filter
                                "-T" "fields" "-e" "smb2.msg_id")
                  (buffer-string))))
      (unwind-protect
          (progn
            (should (= 0 (car (command-test-run "export" "--only-these" good file
                                                "smb2.cmd == 5"))))
            (should (equal (tshark file "frame") (tshark good "smb2.cmd == 5")))
            ;; What is needed to read them is more than they are.
            (should (= 0 (car (command-test-run "export" good file "smb2.cmd == 5"))))
            (should (equal (tshark file "smb2.cmd == 5") (tshark good "smb2.cmd == 5")))
            (should-not (equal "" (tshark file "smb2.cmd == 0")))
            ;; Not how far it is, either.
            (should (equal '(0 . "") (command-test-run "export" "--quiet" "--anonymize"
                                                       "--map" map good file)))
            (should (equal "" (tshark file "smb2.filename contains \"hello\"")))
            (with-temp-buffer
              (insert-file-contents map)
              (should (re-search-forward "^hello" nil t)))
            (should (= 1 (car (command-test-run "export" good file "nfs"))))
            (should (= 129 (car (command-test-run "export" good)))))
        (delete-file file)
        (delete-file map)))))

(ert-deftest command-test-replay-is-what-lisp-writes ()
  (let ((file (make-temp-file "smbcmp" nil ".py")) (good (smbcmp-test-data "good")))
    (unwind-protect
        (let ((capture (smbcmp-open good)))
          (should (= 0 (car (command-test-run "replay" "--output" file good))))
          (should (file-executable-p file))
          (should (equal (with-temp-buffer (insert-file-contents file) (buffer-string))
                         (smbcmp-replay-script capture 'all)))
          (smbcmp-close capture)
          (should (= 129 (car (command-test-run "replay" "--until" "first" good))))
          (should (= 2 (car (command-test-run "replay" (smbcmp-test-data "smb1"))))))
      (delete-file file))))

(provide 'command-test)
;;; command-test.el ends here
