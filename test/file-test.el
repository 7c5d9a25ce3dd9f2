;;; file-test.el --- Visiting captures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'browse)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defmacro file-test--with-file (name &rest body)
  "Do BODY with `file' the file NAME in a new directory."
  (declare (indent 1) (debug t))
  `(let* ((directory (make-temp-file "smbcmp-file" t))
          (file (expand-file-name ,name directory)))
     (unwind-protect (progn ,@body)
       (delete-directory directory t))))

(defun file-test--make (file command)
  "Make FILE of the good capture by the shell COMMAND: %i is the input, %o FILE."
  (should (zerop (call-process-shell-command
                  (format-spec command
                               `((?i . ,(shell-quote-argument (smbcmp-test-data "good")))
                                 (?o . ,(shell-quote-argument file))))))))

(ert-deftest file-test-captures-open-as-packet-lists ()
  "`find-file' shows the packets of any kind of capture, compressed ones too."
  (dolist (kind '(("a.pcapng" . "cp %i %o")
                  ("a.pcap" . "editcap -F pcap %i %o")
                  ("a.cap" . "editcap -F pcap %i %o")
                  ("a.pcap1" . "editcap -F pcap %i %o")
                  ("a.snoop" . "editcap -F snoop %i %o")
                  ("a.pcapng.gz" . "gzip -c %i >%o")
                  ("a.pcap.gz" . "editcap -F pcap %i - | gzip >%o")
                  ("a.pcapng.zst" . "zstd -qc %i >%o")
                  ("a.pcapng.lz4" . "lz4 -qc %i >%o")
                  ("A.PCAP" . "editcap -F pcap %i %o")))
    (file-test--with-file (car kind)
      (file-test--make file (cdr kind))
      ;; Not each Wireshark has all compressions.
      (if (/= 0 (call-process "tshark" nil nil nil "-r" file "-c" "1"))
          (should (string-match-p "\\.\\(?:zst\\|lz4\\)\\'" file))
        (browse-with-list file
          (should (equal (list (car kind) 'smbcmp-list-mode 114)
                         (list (car kind) major-mode (smbcmp-list-rows-count)))))))))

(ert-deftest file-test-a-large-capture-is-no-question ()
  "No question about large files, and no byte of them in a buffer."
  (file-test--with-file "huge.pcapng"
    (copy-file (smbcmp-test-data "good") file)
    (cl-letf ((large-file-warning-threshold 1000)
              ((symbol-function 'read-char-choice)
               (lambda (&rest _) (error "Asked about a large file")))
              ((symbol-function 'read-multiple-choice)
               (lambda (&rest _) (error "Asked about a large file")))
              ((symbol-function 'y-or-n-p)
               (lambda (&rest _) (error "Asked about a large file"))))
      (browse-with-list file
        (should (= 114 (smbcmp-list-rows-count)))
        (should-not (string-match-p "\0" (buffer-string))))
      ;; A file of another kind, or the bytes themselves, are asked about; by Emacs 27 not.
      (unless (= 27 emacs-major-version)
        (should-error (find-file-noselect file nil t))))))

(ert-deftest file-test-literally-shows-the-bytes ()
  "`find-file-literally' has the bytes of a capture, as ever."
  ;; Of one that is visited, Emacs asks whether to.
  (browse-kill)
  (let ((buffer (find-file-noselect (smbcmp-test-data "good") nil t)))
    (unwind-protect
        (with-current-buffer buffer
          (should (eq 'fundamental-mode major-mode))
          (should (= (buffer-size)
                     (file-attribute-size (file-attributes (smbcmp-test-data "good"))))))
      (kill-buffer buffer))))

(ert-deftest file-test-insert-file-inserts-the-bytes ()
  "`insert-file-contents' that visits nothing reads the file, as ever."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (insert-file-contents (smbcmp-test-data "good"))
    (should (= (buffer-size)
               (file-attribute-size (file-attributes (smbcmp-test-data "good")))))))

(ert-deftest file-test-other-compressed-files-are-as-ever ()
  "A compressed text is decompressed into its buffer."
  (file-test--with-file "notes.txt.gz"
    (should (zerop (call-process-shell-command
                    (format "echo hello | gzip >%s" (shell-quote-argument file)))))
    (let ((buffer (find-file-noselect file)))
      (unwind-protect
          (should (equal "hello\n" (with-current-buffer buffer (buffer-string))))
        (kill-buffer buffer)))))

(ert-deftest file-test-saving-leaves-the-capture-alone ()
  "Saving and writing are refused: the file keeps its bytes."
  (file-test--with-file "a.pcapng"
    (copy-file (smbcmp-test-data "good") file)
    (browse-with-list file
      (set-buffer-modified-p t)
      (should-error (save-buffer) :type 'user-error)
      (set-buffer-modified-p nil)
      (should-not buffer-auto-save-file-name))
    (should (zerop (call-process "cmp" nil nil nil file (smbcmp-test-data "good"))))))

(ert-deftest file-test-killing-the-buffer-ends-the-worker ()
  "A killed packet list takes its worker, details and bytes with it."
  (browse-with-list (smbcmp-test-data "good")
    (let ((process (smbcmp-capture-process smbcmp-list-capture)))
      (browse-keys "RET b")
      (should (process-live-p process))
      (kill-buffer (get-file-buffer (smbcmp-test-data "good")))
      (should-not (process-live-p process))
      (should-not (cl-some (lambda (buffer)
                             (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
                           (buffer-list))))))

(provide 'file-test)
;;; file-test.el ends here
