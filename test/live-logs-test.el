;;; live-logs-test.el --- Logs that Samba's programs write at once  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; smbd and winbindd, a log a client, and a log that is renamed while a request
;; is under way: recorded here and now, against sort, grep and awk.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'live-test)
(require 'smblog)

(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-text "smbcmp-module.so" (log from to))

(defmacro live-logs-test-with (scenario &rest body)
  "Record SCENARIO and open its logs as one, for BODY.
In it, `directory' is where they are and `log' is the log."
  (declare (indent 1))
  `(let* ((directory (file-name-as-directory (make-temp-file "smbcmp-live" t)))
          (smblog-time-zone "UTC")
          log)
     (unwind-protect
         (progn
           (live-test--record ,scenario directory)
           (delete-file (concat directory "capture.pcapng"))
           (setq log (smblog-open directory))
           ,@body)
       (when log (smblog-close log))
       (delete-directory directory t))))

(defun live-logs-test--shell (log command)
  "Return the lines that shell COMMAND prints; its arguments are the files of LOG."
  (with-temp-buffer
    (let ((coding-system-for-read 'binary)
          (process-environment (cons "LC_ALL=C" process-environment)))
      (apply #'call-process "sh" nil t nil "-c" command "sh"
             (mapcar (lambda (source) (plist-get source :file)) (smblog-sources log))))
    (split-string (buffer-string) "\n" t)))

(defun live-logs-test--check-order (log)
  "Check that the messages of LOG are in the order that sort -s has them in.
Until Samba has read its settings, its times are whole seconds, also of one
that goes on with another's log: such a message stays where it is."
  (should (equal (cl-loop for n below (smblog-message-count log)
                          for message = (smblog--module-message log n)
                          ;; What stands before the first header has none.
                          when (plist-get message :when)
                          collect (format "%s %s" (plist-get message :when)
                                          (plist-get message :source)))
                 (live-logs-test--shell
                  log "awk '/^\\[20/ { split ($0, a, \",\"); when = substr (a[1], 2)
  key = when !~ /\\./ && when < last[FILENAME] ? last[FILENAME] : when
  last[FILENAME] = key
  print key \"\\t\" when, FILENAME }' \"$@\" | sort -s -t '\t' -k 1,1 | cut -f 2"))))

(defun live-logs-test--check-requests (log)
  "Check smbd's requests in LOG against what grep counts."
  (let ((requests (cl-remove "smbd" (smblog-requests log) :test-not #'equal
                             :key (lambda (request) (plist-get request :program)))))
    (should (equal (list (length requests)
                         (cl-count-if (lambda (request) (plist-get request :status)) requests))
                   (mapcar #'string-to-number
                           (live-logs-test--shell
                            log "cat \"$@\" | grep -a -c 'smbd_smb2_request_dispatch: opcode'
cat \"$@\" | grep -a -c 'smbd_smb2_request_done_ex: .*status\\['"))))
    requests))

(defun live-logs-test--parser (directory regexp &rest arguments)
  "Return the lines matching REGEXP that samba-log-parser prints for DIRECTORY.
ARGUMENTS are what it is to do."
  (with-temp-buffer
    (apply #'call-process "samba-log-parser" nil '(t nil) nil
           (append arguments (list directory)))
    (cl-remove-if-not (lambda (line) (string-match-p regexp line))
                      (split-string (buffer-string) "\n"))))

(defun live-logs-test--kept (headers regexp)
  "Return those of HEADERS, (NUMBER FILE LINE), whose LINE matches REGEXP.
But the last of each file: samba-log-parser drops it."
  (cl-loop for (header . rest) on (cl-remove-if-not
                                   (lambda (header) (string-match-p regexp (nth 2 header)))
                                   headers)
           when (cl-find (nth 1 header) rest :key #'cadr :test #'equal)
           collect header))

(defun live-logs-test--check-peer (directory log)
  "Check LOG, of DIRECTORY, against samba-log-parser, if that is installed."
  (when (executable-find "samba-log-parser")
    (let* ((exact "\\`\\[20[0-9/]+ [0-9:]+\\.[0-9]\\{6\\}")
           (headers (cl-loop for n below (smblog-message-count log)
                             for message = (smblog--module-message log n)
                             when (plist-get message :when)
                             collect (list n (plist-get message :source)
                                           (car (split-string
                                                 (smblog--module-text log n (1+ n)) "\n")))))
           (traced (live-logs-test--kept headers "traceid="))
           (time (lambda (line) (substring line 0 27))))
      (should (equal (mapcar (lambda (header) (funcall time (nth 2 header)))
                             (live-logs-test--kept headers exact))
                     (mapcar time (live-logs-test--parser directory exact
                                                          "--merge-by-timestamp"))))
      (dolist (request (smblog-requests log))
        (when (equal (plist-get request :program) "winbindd")
          (let* ((id (plist-get request :session)) (flow (smblog-flow log id)))
            (should (equal (sort (cl-loop for (n _ line) in traced
                                          when (memql n flow) collect line)
                                 #'string<)
                           (sort (live-logs-test--parser
                                  directory (format "\\`\\[20.*traceid=%d[],]" id)
                                  "--traceid" (number-to-string id))
                                 #'string<)))))))))

(ert-deftest live-logs-test-winbindd-and-smbd ()
  "A flow over winbindd and its children would lack a part, or be out of order."
  (unless (executable-find "winbindd") (ert-skip "winbindd not installed"))
  (live-logs-test-with "winbindd"
    (live-logs-test--check-order log)
    (should (live-logs-test--check-requests log))
    (live-logs-test--check-peer directory log)
    (let ((requests (cl-remove "winbindd" (smblog-requests log) :test-not #'equal
                               :key (lambda (request) (plist-get request :program)))))
      (should (equal (list (length requests))
                     (mapcar #'string-to-number
                             (live-logs-test--shell
                              log "cat \"$@\" | grep -a -c 'Handling async request'"))))
      (unless (plist-get (car requests) :session)
        (ert-skip "this winbindd writes no trace ids"))
      ;; Each one's flow, as long as grep counts, in more than one file for some.
      (should
       (< 1 (cl-loop
             for request in requests
             for id = (plist-get request :session)
             for flow = (smblog-flow log id)
             do (should (equal (list (length flow))
                               (mapcar #'string-to-number
                                       (live-logs-test--shell
                                        log (format "cat \"$@\" | grep -a -c 'traceid=%d[],]'"
                                                    id)))))
             do (should (equal flow (sort (copy-sequence flow) #'<)))
             maximize (length (delete-dups
                               (mapcar (lambda (n)
                                         (plist-get (smblog--module-message log n) :source))
                                       flow)))))))))

(ert-deftest live-logs-test-a-log-for-each-client ()
  "With log file = log.%m, what clients did at the same time is in several files."
  (live-logs-test-with "perclient"
    (should (< 2 (length (smblog-sources log))))
    (live-logs-test--check-order log)
    (let ((requests (live-logs-test--check-requests log)))
      (should (= 2 (length (delete-dups
                            (mapcar (lambda (request)
                                      (plist-get (smblog--module-message
                                                  log (plist-get request :begin))
                                                 :source))
                                    requests))))))))

(ert-deftest live-logs-test-a-log-that-is-renamed-within-a-request ()
  "A request that begins in log.smbd.old and ends in log.smbd would be two, or none."
  (live-logs-test-with "rotated=1000"
    (let ((files (mapcar (lambda (source) (plist-get source :file)) (smblog-sources log))))
      (should (equal '("log.smbd" "log.smbd.old")
                     (sort (mapcar #'file-name-nondirectory files) #'string<)))
      ;; Which that is depends on what smbd's children do at the end.
      (should-not (file-newer-than-file-p (car files) (cadr files))))
    (live-logs-test--check-order log)
    (let ((requests (live-logs-test--check-requests log))
          (source (lambda (number)
                    (plist-get (smblog--module-message log number) :source)))
          (whole (concat directory "whole")))
      ;; Nearly all that is logged is of some request.
      (should (cl-some (lambda (request)
                         (not (equal (funcall source (plist-get request :begin))
                                     (funcall source (or (plist-get request :end)
                                                         (plist-get request :begin))))))
                       requests))
      (live-logs-test--shell
       log (format "cd %s && cat log.smbd.old log.smbd >whole" (shell-quote-argument directory)))
      (let ((one (smblog-open whole)))
        (unwind-protect
            (should (equal (mapcar (lambda (r) (list (plist-get r :mid) (plist-get r :status)
                                                     (plist-get r :duration)))
                                   requests)
                           (mapcar (lambda (r) (list (plist-get r :mid) (plist-get r :status)
                                                     (plist-get r :duration)))
                                   (smblog-requests one))))
          (smblog-close one))))))

(provide 'live-logs-test)
;;; live-logs-test.el ends here
