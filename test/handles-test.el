;;; handles-test.el --- What is kept of handles  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; There may be tens of thousands of handles, on as many connections.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'files-test)

(defun handles-test--repacked (&rest handles)
  "Return HANDLES, packed and unpacked again."
  (let ((packed (smbcmp-handles-packed-make)))
    (dolist (handle (reverse handles))
      (smbcmp-handles-pack packed (vconcat (mapcar (lambda (key) (plist-get handle key))
                                                   smbcmp-handles-keys))))
    (smbcmp-handles-unpack-all packed)))

(ert-deftest handles-test-they-are-kept-packed ()
  "What is kept of handles is no plists, and loses nothing."
  (dolist (folder '("good" "t-lock" "t-lease-break" "t-durable" "smb1"))
    (files-test--with-handles folder
      (should handles)
      ;; While it is used, it is the same list.
      (should (eq handles (smbcmp-handles capture)))
      (should (equal handles (apply #'handles-test--repacked handles)))
      (dolist (handle handles)
        (should (cl-every (lambda (event) (and (plist-get event :kind) (plist-get event :frame)))
                          (plist-get handle :events)))))))

(ert-deftest handles-test-what-is-kept-are-few-objects ()
  "Garbage collection has nothing to look at for each handle and event."
  (dolist (folder '("good" "t-lock" "t-lease-break" "t-durable" "smb1"))
    (files-test--with-handles folder
      (let* ((packed (car (smbcmp-handles-known capture)))
             (objects (append (smbcmp-cells-objects (smbcmp-handles-packed-cells packed)) nil)))
        (should (> (smbcmp-cells-length (smbcmp-handles-packed-cells packed))
                   (* 24 (length handles))))
        (should-not (cl-find-if #'identity
                                (smbcmp-cells-objects (smbcmp-handles-packed-places packed))))
        ;; Levels, keys, kinds and names are there once.
        (setq objects (delq nil objects))
        (should (= (length objects) (length (delete-dups (copy-sequence objects)))))
        (dolist (handle handles)
          (should-not (member (plist-get handle :id) objects))
          (dolist (key '(:status :share :connection :oplock))
            (should (memq (plist-get handle key) (cons nil objects)))))))))

(ert-deftest handles-test-times-are-kept-as-they-are ()
  "Of times no bit is lost, of what is no time neither."
  (cl-loop
   for time in (list nil 0.0 -0.0 1e-9 0.1 -0.25 1700000000.123456789 (/ 1.0 3) 1e300 -1e300
                     1.0e+INF 4e9 (- 1700000000.75 1700000000.5) 946684800.000000119)
   do (let ((handle (car (handles-test--repacked
                          (list :time time :duration time
                                :lease (list :key "k" :before nil)
                                :events (list (list :kind 'break :frame 7 :after time)))))))
        (should (eql time (plist-get handle :time)))
        (should (eql time (plist-get handle :duration)))
        (should (equal '(:key "k" :before nil) (plist-get handle :lease)))
        (should (equal (list (list :kind 'break :frame 7 :after time))
                       (plist-get handle :events))))))

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
      (advice-add 'smbcmp-handles--opened-p :before count)
      (unwind-protect
          (dolist (message messages) (smbcmp-handles--end table message 'connection))
        (advice-remove 'smbcmp-handles--opened-p count)))
    (should (= 200 asked))
    (dolist (handle (smbcmp-handles--table-all table))
      (should (equal (cons (+ 1000 (smbcmp-handles-slot handle :stream)) 'connection)
                     (smbcmp-handles-slot handle :ended))))))

(defun handles-test--and-paths (capture)
  "Return the handles of CAPTURE, and paths that SMB1 used without one."
  (smbcmp-handles capture)
  (smbcmp-handles-unpack-all (car (smbcmp-handles-known capture))))

(ert-deftest handles-test-few-handles-tell-all-problems ()
  "What is found among the handles that are unpacked is what all would tell."
  (let ((smbcmp-files-slow 0.01) (count 0))
    (dolist (folder '("held" "contended" "denied" "t-lock" "t-lease-break" "t-oplock-break"
                      "t-contend" "t-durable" "t-reopen" "t-rename-smb1" "smb1" "good"))
      (files-test--with-handles folder
        (let ((all (handles-test--and-paths capture)) found among)
          (smbcmp-steps-run
           (smbcmp-files-finding (car (smbcmp-handles-known capture))
                                 (lambda (problems some) (setq found problems among some))))
          (should (equal found (smbcmp-holders-problems all)))
          (should (<= (length among) (length all)))
          (dolist (handle all)
            (let ((frame (or (plist-get handle :open) 0)))
              (should (equal (smbcmp-holders-of-frame found among frame)
                             (smbcmp-holders-why all frame)))))
          (cl-incf count (length found)))))
    (should (> count 10))))

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
