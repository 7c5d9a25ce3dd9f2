;;; handles-test.el --- What is kept of handles  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; There may be tens of thousands of handles, on as many connections.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'files-test)

(ert-deftest handles-test-they-are-kept-packed ()
  "What is kept of handles is no plists, and loses nothing."
  (dolist (folder '("good" "t-lock" "t-lease-break" "t-durable" "smb1"))
    (files-test--with-handles folder
      (should handles)
      ;; While it is used, it is the same list.
      (should (eq handles (smbcmp-handles capture)))
      (should (cl-every #'vectorp (car (smbcmp-handles-known capture))))
      (dolist (handle handles)
        (should (equal handle (smbcmp-handles-unpack (smbcmp-handles-pack handle))))
        ;; What holds the memory around it, pairs that all have, is shared.
        (when (plist-get handle :oplock)
          (let ((other (smbcmp-handles-unpack (smbcmp-handles-pack (copy-tree handle)))))
            (should (eq (plist-get other :oplock)
                        (plist-get (smbcmp-handles-unpack (smbcmp-handles-pack handle))
                                   :oplock)))))
        (should (cl-every (lambda (event) (and (plist-get event :kind) (plist-get event :frame)))
                          (plist-get handle :events)))))))

(ert-deftest handles-test-ends-of-connections-are-of-their-own-handles ()
  "When a connection ends, only its own handles are looked at."
  (let ((table (smbcmp-handles--make-table)) (messages nil) (asked 0))
    (dotimes (stream 200)
      (let ((message (make-vector (length smbcmp-handles--number) nil)))
        (setf (smbcmp-handles--get message stream) stream
              (smbcmp-handles--get message frame) (+ 1000 stream))
        (smbcmp-handles--opened-before table message (cons nil stream))
        (push message messages)))
    (let ((count (lambda (&rest _) (cl-incf asked))))
      (advice-add 'smbcmp-handles-opened-p :before count)
      (unwind-protect
          (dolist (message messages) (smbcmp-handles--end table message 'connection))
        (advice-remove 'smbcmp-handles-opened-p count)))
    (should (= 200 asked))
    (dolist (handle (smbcmp-handles--table-all table))
      (should (equal (cons (+ 1000 (plist-get (cdr handle) :stream)) 'connection)
                     (plist-get (cdr handle) :ended))))))

(defun handles-test--and-paths (capture)
  "Return the handles of CAPTURE, and paths that SMB1 used without one."
  (smbcmp-handles capture)
  (mapcar #'smbcmp-handles-unpack (car (smbcmp-handles-known capture))))

(ert-deftest handles-test-smb1-deletes-and-renames-paths ()
  "What SMB1 deletes and renames by its path is among the path's events."
  (dolist (folder '("smb1" "t-rename-smb1"))
    (files-test--with-handles folder
      (should (equal (sort (delete-dups
                            (cl-loop
                             for handle in (handles-test--and-paths capture)
                             append (cl-loop
                                     for event in (plist-get handle :events)
                                     when (memq (plist-get event :kind) '(delete rename))
                                     collect (format "%d %d %s %s %s"
                                                     (plist-get event :frame)
                                                     (plist-get event :response)
                                                     (plist-get handle :path)
                                                     (or (plist-get event :rename) "")
                                                     (plist-get event :status)))))
                           #'string<)
                     (files-test--awk
                      ;; Before 3.6 numbers that have names are decimal.
                      "BEGIN { name[\"0x00000000\"] = name[0] = \"STATUS_SUCCESS\"
  name[\"0xc0000034\"] = name[\"3221225524\"] = \"STATUS_OBJECT_NAME_NOT_FOUND\"
  name[\"0xc0000043\"] = name[\"3221225539\"] = \"STATUS_SHARING_VIOLATION\" }
$2 ~ /^(0|False)$/ { asked = $1; next }
{ print asked, $1, ($4 == \"\" ? $3 : $4), ($4 == \"\" ? \"\" : $3), name[$5] }"
                      "-2" "-r" (files-test--capture folder) "-T" "fields"
                      "-Y" "smb.cmd == 6 || smb.cmd == 7"
                      "-e" "frame.number" "-e" "smb.flags.response" "-e" "smb.file"
                      "-e" "smb.old_file" "-e" "smb.nt_status")))
      (let ((summary (mapconcat #'smbcmp-files-summary
                                (handles-test--and-paths capture) "\n")))
        (should (string-match-p "renamed to" summary))
        ;; A request that failed renamed nothing.
        (when (equal folder "t-rename-smb1")
          (should (equal 2 (cl-count "renamed to \\test1.txt"
                                     (split-string summary "; \\|\n") :test #'equal))))
        (should (string-match-p "deleted" summary))))))

(provide 'handles-test)
;;; handles-test.el ends here
