;;; files-log-test.el --- What smbd says of who held a file  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Files and handles with the server's log linked.  What is right awk says
;; of the log, and tshark of the frames.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function latency-test--lines "latency-test" (program &rest arguments))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--clean "pair-test" ())
(declare-function smblog-message-at-point "smblog-view" ())
(declare-function smbcmp-compare-view-lists "smbcmp-compare-captures" ())
(defvar smblog-log)
(declare-function compare-view-test--buffer "compare-view-test" ())
(declare-function compare-view-test--wait-for-verdict "compare-view-test" ())

(defmacro files-log-test--with-list (folder &rest body)
  "Do BODY in the packet list of FOLDER's capture, linked to its log."
  (declare (indent 1))
  `(save-window-excursion
     (unwind-protect
         (progn
           (smbcmp-find-file (smbcmp-test-data ,folder))
           (pair-test--wait (lambda () smbcmp-list-complete))
           (smbcmp-link-log (smbcmp-test-data ,folder "log.smbd.gz"))
           (let ((list (current-buffer)))
             (pair-test--wait (lambda () (smblog-pair-fresh-links list)))
             ,@body))
       (pair-test--clean))))

(defconst files-log-test--awk "
/struct share_mode_entry$/ { inside = 1; next }
/^\\[/ { inside = 0 }
inside && /^ +pid +: 0x/ { pid = substr($NF, 2) + 0 }
inside && /^ +op_mid +:/ { mid = substr($NF, 2) + 0 }
inside && /^ +share_access +:/ { print pid, mid, substr($NF, 2) + 0 }"
  "The share mode entries of a log: process, message id, share access.")

(defun files-log-test--entries (folder)
  "Return the share mode entries that awk finds in FOLDER's log, each once."
  (delete-dups
   (mapcar (lambda (line) (mapcar #'string-to-number (split-string line)))
           (latency-test--lines "sh" "-c"
                                (format "gzip -dc %s | awk '%s'"
                                        (shell-quote-argument
                                         (smbcmp-test-data folder "log.smbd.gz"))
                                        files-log-test--awk)))))

(defun files-log-test--told (list)
  "Return the entries told of all CREATEs of LIST: pid, message id, share access.
The message id is what tshark has of the frame that opened the file."
  (let ((mids (make-hash-table)))
    (dolist (line (latency-test--lines "tshark" "-r" (smbcmp-test-data "contended")
                                       "-Y" "smb2.cmd == 5 && smb2.flags.response == 0"
                                       "-T" "fields" "-e" "frame.number" "-e" "smb2.msg_id"))
      (pcase-let ((`(,frame ,mid) (mapcar #'string-to-number (split-string line))))
        (puthash frame mid mids)))
    (delete-dups
     (cl-loop
      for handle in (smbcmp-handles (buffer-local-value 'smbcmp-list-capture list))
      append (cl-loop
              for word in (smbcmp-files-log-words list (plist-get handle :request))
              for text = (plist-get word :text)
              when (string-match "entry of pid \\([0-9]+\\)[,:].* share_access 0x\\([0-9a-f]+\\)"
                                 text)
              collect (list (string-to-number (match-string 1 text))
                            (gethash (plist-get word :frame) mids)
                            (string-to-number (match-string 2 text) 16)))))))

(ert-deftest files-log-test-entries-lead-to-the-frames-that-opened ()
  "Each share mode entry of the log is told, and tied to the CREATE it is of."
  (files-log-test--with-list "contended"
    (let ((entries (files-log-test--entries "contended")))
      (should (> (length entries) 1))
      (should-not (cl-set-exclusive-or entries (files-log-test--told list) :test #'equal)))))

(ert-deftest files-log-test-who-held-it-in-words-of-smbd ()
  "Below who held a file is what smbd has of that, and RET shows the message."
  (files-log-test--with-list "contended"
    (smbcmp-files)
    (goto-char (point-min))
    (should (re-search-forward "CREATE hello.txt: STATUS_SHARING_VIOLATION" nil t))
    (forward-line 1)
    (should (looking-at " +hello.txt is open by .* without FILE_SHARE_WRITE since frame 40"))
    (should (re-search-forward "smbd: mask_conflict: Access request 0x2/0x6 conflicts" nil t))
    (should (re-search-forward "smbd: share mode entry of pid [0-9]+, opened in frame 38: " nil t))
    (should (< (line-number-at-pos) 20))
    (call-interactively (key-binding (kbd "RET")))
    (with-current-buffer (smblog-pair-log-buffer (buffer-local-value 'smblog-pair list))
      (should (string-match-p "struct share_mode_entry"
                              (plist-get (smblog-message smblog-log (smblog-message-at-point))
                                         :text))))))

(ert-deftest files-log-test-a-log-that-is-linked-later-is-shown ()
  "A view that is open when the log is linked shows what it says."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-find-file (smbcmp-test-data "contended"))
          (let ((list (current-buffer)))
            (smbcmp-files)
            (should-not (string-match-p "smbd: " (buffer-string)))
            (with-current-buffer list
              (pair-test--wait (lambda () smbcmp-list-complete))
              (smbcmp-link-log (smbcmp-test-data "contended" "log.smbd.gz")))
            (pair-test--wait (lambda () (string-match-p "smbd: " (buffer-string))))))
      (pair-test--clean))))

(defun files-log-test--without-conflict ()
  "Return the capture of a run without the first sharing violation, a file.
It is that of \"contended\" with the status rewritten."
  (let* ((file (make-temp-file "smbcmp-" nil ".pcap"))
         (packets (rewrite-read (smbcmp-test-data "contended")))
         (frame (string-to-number
                 (car (latency-test--lines "tshark" "-r" (smbcmp-test-data "contended")
                                           "-Y" "smb2.nt_status == 0xc0000043"
                                           "-T" "fields" "-e" "frame.number")))))
    ;; Behind NetBIOS' header.
    (rewrite-write (rewrite-patch packets frame
                                  (+ (rewrite-payload (rewrite-packet-bytes
                                                       (nth (1- frame) packets)))
                                     4 8)
                                  "\0\0\0\0")
                   file)
    file))

(ert-deftest files-log-test-a-comparison-has-words-of-smbd ()
  "Below who held a file a comparison says what smbd has of it, once that is linked."
  (let ((free (files-log-test--without-conflict)))
    (save-window-excursion
      (unwind-protect
          (progn
            (smbcmp-diff free (smbcmp-test-data "contended"))
            (compare-view-test--wait-for-verdict)
            (let ((view (compare-view-test--buffer)))
              (set-buffer view)
              (should-not (string-match-p "smbd: " (buffer-string)))
              (with-current-buffer (cdr (smbcmp-compare-view-lists))
                (pair-test--wait (lambda () smbcmp-list-complete))
                (smbcmp-link-log (smbcmp-test-data "contended" "log.smbd.gz")))
              (with-current-buffer view
                (pair-test--wait (lambda () (string-match-p "smbd: " (buffer-string))))
                (goto-char (point-min))
                (should (re-search-forward "hello.txt is open by .* since frame 40  (in B)" nil t))
                (should (re-search-forward "smbd: mask_conflict: Access request .*(in B)" nil t))
                (should (< (line-number-at-pos) 15)))
              (switch-to-buffer view)
              (beginning-of-line)
              (call-interactively (key-binding (kbd "RET")))
              (let ((list (cdr (with-current-buffer view (smbcmp-compare-view-lists)))))
                (with-current-buffer (smblog-pair-log-buffer (buffer-local-value 'smblog-pair list))
                  (should (string-match-p
                           "mask_conflict"
                           (plist-get (smblog-message smblog-log (smblog-message-at-point))
                                      :text)))))))
        (pair-test--clean)
        (delete-file free)))))

(provide 'files-log-test)
;;; files-log-test.el ends here
