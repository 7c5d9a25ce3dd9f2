;;; latency-test.el --- Response times  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; tshark's statistics and awk say what is right.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smbcmp-cells)
(require 'smbcmp-latency)
(require 'smbcmp-steps)

(declare-function smbcmp-test-data "run" (folder &optional file))
(defvar smbcmp-test-directory)

(defmacro latency-test--with-capture (file &rest body)
  "Do BODY with `capture' being the capture FILE."
  (declare (indent 1))
  `(let ((capture (smbcmp-open ,file)))
     (unwind-protect (progn ,@body) (smbcmp-close capture))))

(defun latency-test--captures ()
  "Return all recorded captures, files."
  (cl-remove-if (lambda (file) (string-match-p "/fuzz/" file))
                (directory-files-recursively (expand-file-name "data" smbcmp-test-directory)
                                             "\\`capture\\.pcap")))

(defun latency-test--lines (program &rest arguments)
  "Return the lines that PROGRAM with ARGUMENTS prints."
  (with-temp-buffer
    (should (zerop (apply #'call-process program nil '(t nil) nil arguments)))
    (split-string (buffer-string) "\n" t)))

;;;; Sums

(defun latency-test--tshark (file &optional filter)
  "Return what tshark's statistics say of FILE with FILTER.
The value is a sorted list of (PROTOCOL COMMAND COUNT MIN MAX SUM), the
numbers as tshark writes them."
  (let ((filter (if filter (concat "," filter) "")) protocol rows)
    (dolist (line (latency-test--lines "tshark" "-r" file "-q"
                                       "-z" (concat "smb2,srt" filter)
                                       "-z" (concat "smb,srt" filter)))
      (cond ((string-match "\\`\\(SMB2?\\) SRT Statistics" line)
             (setq protocol (match-string 1 line)))
            ((string-match (concat "\\` *[0-9]+  \\(.+?\\) +\\([0-9]+\\) +\\([0-9.]+\\)"
                                   " +\\([0-9.]+\\) +[0-9.]+ +\\([0-9.]+\\) *\\'")
                           line)
             (push (cons protocol (mapcar (lambda (n) (match-string n line)) '(1 2 3 4 5)))
                   rows))))
    (sort rows (lambda (a b) (string< (format "%S" a) (format "%S" b))))))

(defun latency-test--microseconds (seconds)
  "Return SECONDS as tshark writes them: what is half a microsecond is rounded up."
  (let ((microseconds (/ (+ 500 (round (* 1e9 seconds))) 1000)))
    (format "%d.%06d" (/ microseconds 1000000) (% microseconds 1000000))))

(defun latency-test--ours (capture &optional filter)
  "Return the same of CAPTURE with FILTER, as `smbcmp-latencies' has it."
  (sort (cl-loop for row in (smbcmp-latencies capture filter)
                 when (member (plist-get row :protocol) '("SMB" "SMB2"))
                 collect (list (plist-get row :protocol) (plist-get row :command)
                               (number-to-string (plist-get row :count))
                               (latency-test--microseconds (plist-get row :min))
                               (latency-test--microseconds (plist-get row :max))
                               (latency-test--microseconds (plist-get row :sum))))
        (lambda (a b) (string< (format "%S" a) (format "%S" b)))))

(ert-deftest latency-test-sums-are-those-of-tshark ()
  "Count, shortest, longest and sum are what tshark has, of every capture."
  :tags '(slow)
  (let ((some 0))
    (dolist (file (latency-test--captures))
      (latency-test--with-capture file
        (let ((expected (latency-test--tshark file)))
          (cl-incf some (length expected))
          (should (equal (cons file (latency-test--ours capture))
                         (cons file expected))))))
    (should (> some 100))))

(ert-deftest latency-test-a-filter-selects-what-tshark-selects ()
  "A filter leaves the responses it selects, and a wrong one is an error."
  (let ((file (smbcmp-test-data "good")))
    (latency-test--with-capture file
      (dolist (filter '("smb2.cmd == 5" "smb2.nt_status != 0" "frame.number < 40" "smb"))
        (should (equal (cons filter (latency-test--ours capture filter))
                       (cons filter (latency-test--tshark file filter)))))
      ;; What was asked with a filter is not what all is.
      (should (equal (latency-test--ours capture) (latency-test--tshark file)))
      (should-error (smbcmp-latencies capture "smb2.nothing == 1")
                    :type 'smbcmp-filter-error))))

;;;; Percentiles

(defconst latency-test--awk "
{ if ($2 != \"0x00000103\" && $2 != 259) time[$1, ++n[$1]] = $3 }
END {
  for (c in n) {
    for (i = 2; i <= n[c]; i++) {
      t = time[c, i]
      for (j = i - 1; j > 0 && time[c, j] + 0 > t + 0; j--) time[c, j + 1] = time[c, j]
      time[c, j + 1] = t
    }
    printf \"%d\", n[c]
    for (p = 50; p < 100; p += (p == 50) ? 45 : 4) {
      at = p * n[c] / 100
      at = at > int (at) ? int (at) + 1 : at
      printf \" %s\", time[c, at]
    }
    printf \"\\n\"
  }
}" "Number of responses, and percentiles 50, 95 and 99, of each command.")

(defun latency-test--by-awk (file protocol)
  "Return what awk makes of the response times of PROTOCOL in FILE, sorted lines."
  (let ((times (latency-test--lines
                "tshark" "-2" "-r" file "-T" "fields" "-Y"
                ;; Since 4.6 requests have it too.
                (format "%s.time && %s.flags.response == 1" protocol protocol)
                "-e" (concat protocol ".cmd") "-e" (concat protocol ".nt_status")
                "-e" (concat protocol ".time"))))
    ;; Compounds would have several values in a line.
    (should-not (cl-find ?, (mapconcat #'identity times "\n")))
    (with-temp-buffer
      (insert (mapconcat #'identity times "\n") "\n")
      (should (zerop (call-process-region (point-min) (point-max) "awk" t t nil latency-test--awk)))
      (sort (split-string (buffer-string) "\n" t) #'string<))))

(ert-deftest latency-test-percentiles-are-those-of-awk ()
  "Percentiles are what awk finds among the times that tshark prints."
  (dolist (file (list (smbcmp-test-data "good") (smbcmp-test-data "concurrent")
                      (smbcmp-test-data "readonly") (smbcmp-test-data "t-notify")))
    (latency-test--with-capture file
      (should (equal (cons file (sort (mapcar (lambda (row)
                                                (format "%d %.9f %.9f %.9f"
                                                        (plist-get row :count)
                                                        (plist-get row :p50)
                                                        (plist-get row :p95)
                                                        (plist-get row :p99)))
                                              (smbcmp-latencies capture))
                                      #'string<))
                     (cons file (latency-test--by-awk file "smb2")))))))

(ert-deftest latency-test-durations-are-sorted-by-halves ()
  "In steps or at once, durations are sorted the same way, and all are there."
  (dolist (durations (list '(5) '(2 1) (make-list 300 7) (number-sequence 1000 1 -1)
                           (cl-loop for i below 5000 collect (% (* i 7919) 1013))))
    (let ((samples (smbcmp-cells-make)) found)
      (dolist (duration durations)
        (smbcmp-sample-add samples 1 0 '("SMB2" "Read") "c" duration 0))
      (smbcmp-steps-run (smbcmp-latency-sorting samples (lambda (sorted) (setq found sorted))))
      (should (equal found (vconcat (sort (copy-sequence durations) #'<))))
      (should (equal found (smbcmp-latency-sorted samples)))
      (dolist (limit '(1 10 299 4999 6000))
        (should (equal (seq-take (sort (copy-sequence durations) #'>) limit)
                       (sort (append (smbcmp-latency-durations
                                      (smbcmp-latency-slowest samples limit found))
                                     nil)
                             #'>)))))))

;;;; Whose they are

(ert-deftest latency-test-samples-know-their-exchanges ()
  "Each response that is timed is that of an exchange, in compounds, too."
  (dolist (folder '("good" "t-compound" "t-lock" "smb1"))
    (latency-test--with-capture (smbcmp-test-data folder)
      (let ((responses (mapcar (lambda (exchange) (plist-get exchange :response))
                               (smbcmp-exchanges capture))))
        (should (> (smbcmp-latency-count (smbcmp-latency-samples capture)) 0))
        (smbcmp-latency-do (at (smbcmp-latency-samples capture))
          (should (member (smbcmp-sample-key (smbcmp-latency-samples capture) at)
                          responses)))))))

(ert-deftest latency-test-samples-are-nothing-to-look-at-for-garbage ()
  "All that Lisp has of samples are few objects; what is the same is the same one."
  (latency-test--with-capture (smbcmp-test-data "concurrent")
    (let* ((samples (smbcmp-latency-samples capture)) (commands nil) (clients nil)
           (groups (smbcmp-latency-by-command samples)))
      (smbcmp-latency-do (at samples)
        (cl-pushnew (smbcmp-sample-command samples at) commands :test #'eq)
        (cl-pushnew (smbcmp-sample-client samples at) clients :test #'eq))
      (dolist (objects (list commands clients))
        (should (= (length objects) (length (delete-dups (copy-sequence objects))))))
      (should (= (+ (length commands) (length clients))
                 (cl-count-if #'identity (smbcmp-cells-objects samples))))
      (should (equal (mapcar #'car groups) (reverse commands)))
      (should (= (smbcmp-latency-count samples)
                 (apply #'+ (mapcar (lambda (group) (smbcmp-latency-count (cdr group)))
                                    groups))))
      (dolist (group groups)
        (smbcmp-latency-do (at (cdr group))
          (should (eq (car group) (smbcmp-sample-command (cdr group) at)))
          (should (memq (smbcmp-sample-client (cdr group) at) clients)))))))

(ert-deftest latency-test-there-may-be-none ()
  "Of a capture without responses that are timed there is nothing to tell."
  (latency-test--with-capture (smbcmp-test-data "denied")
    (should-not (smbcmp-latencies capture))
    (dolist (samples (list nil (smbcmp-latency-samples capture)))
      (should (= 0 (smbcmp-latency-count samples)))
      (should (equal [] (smbcmp-latency-sorted samples)))
      (should-not (smbcmp-latency-apart (smbcmp-latency-slowest samples 10 []))))))

(ert-deftest latency-test-decrypting-changes-what-is-known ()
  "Response times of an encrypted capture are there once it is decrypted."
  (latency-test--with-capture (smbcmp-test-data "enc-smb311")
    (should-not (cl-find "Create" (smbcmp-latencies capture)
                         :key (lambda (row) (plist-get row :command)) :test #'equal))
    (smbcmp-add-keys capture (list (smbcmp-test-data "enc-smb311" "log.smbd.gz")))
    (should (= 15 (plist-get (cl-find "Create" (smbcmp-latencies capture)
                                      :key (lambda (row) (plist-get row :command))
                                      :test #'equal)
                             :count)))))

(provide 'latency-test)
;;; latency-test.el ends here
