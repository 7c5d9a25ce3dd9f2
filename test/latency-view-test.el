;;; latency-view-test.el --- The table of response times  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `smbcmp-latency' as its user has it.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function latency-test--lines "latency-test" (program &rest arguments))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--clean "pair-test" ())

(defun latency-view-test--line (name)
  "Go to the line called NAME; return its cells."
  (goto-char (point-min))
  (while (not (or (eobp) (equal name (smbcmp-latency-row-name (tabulated-list-get-id)))))
    (forward-line 1))
  (should-not (eobp))
  (mapcar #'substring-no-properties (append (tabulated-list-get-entry) nil)))

(defun latency-view-test--names ()
  "Return the names of the lines, from the top."
  (save-excursion
    (goto-char (point-min))
    (cl-loop until (eobp)
             collect (smbcmp-latency-row-name (tabulated-list-get-id))
             do (forward-line 1))))

(defmacro latency-view-test--with-table (folder &rest body)
  "Show the table of FOLDER's capture and do BODY in it."
  (declare (indent 1))
  `(save-window-excursion
     (unwind-protect
         (progn
           (smbcmp-find-file (let ((file (smbcmp-test-data ,folder)))
                               (if (file-exists-p file) file (concat file ".gz"))))
           (smbcmp-latency)
           ,@body)
       (pair-test--clean)
       (dolist (buffer (buffer-list))
         (when (with-current-buffer buffer (derived-mode-p 'tabulated-list-mode))
           (kill-buffer buffer))))))

(ert-deftest latency-view-test-what-takes-most-is-first ()
  "The table has what tshark has, what takes most in sum first, and its share."
  (latency-view-test--with-table "readonly"
    (let ((names (latency-view-test--names)))
      ;; tshark -q -z smb2,srt
      (should (equal "SMB2 Create" (car names)))
      (should (equal '("15" "20.768") (cl-subseq (latency-view-test--line "SMB2 Create") 1 3)))
      (should (equal '("1" "8.042") (cl-subseq (latency-view-test--line "SMB2 Negotiate Protocol")
                                               1 3)))
      (should (< 99.5 (cl-loop for name in names
                               unless (equal name "client think time")
                               sum (string-to-number (nth 3 (latency-view-test--line name))))
                 100.5)))))

(ert-deftest latency-view-test-ret-leads-to-the-slowest-frame ()
  "RET on a line lists its frames, the slowest first; RET there goes to it."
  (latency-view-test--with-table "good"
    (latency-view-test--line "SMB2 Session Setup")
    (call-interactively (key-binding (kbd "RET")))
    (should (derived-mode-p 'smbcmp-latency-frames-mode))
    (should (looking-at " *11\\.230 +11 .* Session Setup Response$"))
    (should (= 2 (count-lines (point-min) (point-max))))
    (let ((list (car smbcmp-views-lists)))
      (call-interactively (key-binding (kbd "RET")))
      (should (eq list (window-buffer)))
      (pair-test--wait (lambda () (eql 11 (with-current-buffer list
                                            (smbcmp-list-frame-at-point)))))
      ;; A filter that hides it does not stand in the way.
      (with-current-buffer list (smbcmp-list-filter "tcp.len == 0"))
      (pair-test--wait (lambda () (with-current-buffer list (not smbcmp-list-filter-request))))
      (pop-to-buffer (format "*frames: %s*" (buffer-name list)))
      (call-interactively #'smbcmp-latency-frames-goto)
      (should (eql 11 (with-current-buffer list (smbcmp-list-frame-at-point)))))))

(ert-deftest latency-view-test-lines-can-be-files-and-more ()
  "Lines by file, class, session, client or connection have the same sum."
  (latency-view-test--with-table "concurrent"
    (let ((all (latency-view-test--sum (car smbcmp-latency--samples))))
      (dolist (by '(protocol class file session client connection))
        (smbcmp-latency-by by)
        (should (= all (cl-loop for (row) in tabulated-list-entries
                                unless (smbcmp-latency-row-wait row)
                                sum (latency-view-test--sum
                                     (car (smbcmp-latency-row-samples row))))))
        (let ((names (cl-loop for (row) in tabulated-list-entries
                              unless (smbcmp-latency-row-wait row)
                              collect (smbcmp-latency-row-name row))))
          (pcase by
            ('protocol (should (equal '("SMB2") names)))
            ('client (should (equal '("127.0.0.1") names)))
            ('connection (should (= 2 (length names))))
            ('session (should (= 3 (length names)))) ; none at first
            ('class (should (cl-find-if (lambda (name)
                                          (string-match-p "\\`SMB2 GetInfo .*Info" name))
                                        names)))))))))

(ert-deftest latency-view-test-a-second-time-asks-nothing ()
  "Neither showing the table again nor refreshing it asks the worker again."
  (latency-view-test--with-table "stalled"
    (let ((capture (car (smbcmp-views-captures))) (list (car smbcmp-views-lists)))
      (pair-test--wait (lambda () (member "TCP retransmission" (latency-view-test--names))))
      (let ((asked (smbcmp-capture-serial capture)) (text (buffer-string)))
        (with-current-buffer list (smbcmp-latency))
        (should (equal text (buffer-string)))
        (revert-buffer)
        (should (equal text (buffer-string)))
        (should (= asked (smbcmp-capture-serial capture)))))))

(defun latency-view-test--sum (samples)
  "Return how long SAMPLES took, in sum."
  (apply #'+ (append (smbcmp-latency-durations samples) nil)))

(defun latency-view-test--waits (samples)
  "Return when nothing was asked among SAMPLES: samples alone, a list."
  (let (waits)
    (smbcmp-steps-run (smbcmp-latency-wait-between
                       samples
                       (lambda (some) (ignore (cl-callf append waits (smbcmp-latency-apart some))))))
    waits))

(ert-deftest latency-view-test-think-time-is-between-exchanges ()
  "Times when nothing is asked, and response times, make up the whole."
  (latency-view-test--with-table "good"
    (let* ((samples (car smbcmp-latency--samples))
           (waits (latency-view-test--waits samples)) ends begins)
      (smbcmp-latency-do (at samples)
        (push (smbcmp-sample-time samples at) ends)
        (push (- (smbcmp-sample-time samples at) (smbcmp-sample-duration samples at)) begins))
      ;; One client that never asks twice at once.
      (should (= (- (apply #'max ends) (apply #'min begins))
                 (apply #'+ (latency-view-test--sum samples)
                        (mapcar #'smbcmp-sample-duration waits)))))))

(defun latency-view-test--idle (samples)
  "Return when nothing was asked among SAMPLES, alone, a list of (FROM TO FRAME).
That is by the order in which they began."
  (let (end waits)
    (dolist (sample (sort (copy-sequence samples)
                          (lambda (a b) (< (smbcmp-latency-wait-begin a)
                                           (smbcmp-latency-wait-begin b))))
                    (nreverse waits))
      (let ((begin (smbcmp-latency-wait-begin sample)))
        (when (and end (> begin end))
          (push (list end begin (smbcmp-sample-frame sample)) waits))
        (setq end (max (or end 0) (smbcmp-sample-time sample)))))))

(ert-deftest latency-view-test-idle-times-are-those-between-requests ()
  "When nothing was asked is found from the end on; it is what the begins tell."
  (dolist (folder '("good" "concurrent" "stalled" "t-lock"))
    (latency-view-test--with-table folder
      (let* ((samples (car smbcmp-latency--samples))
             (apart (smbcmp-latency-apart samples))
             (places (number-sequence 0 (1- (smbcmp-cells-length samples)) smbcmp-sample-size)))
        (dolist (samples (list samples (smbcmp-cells-pick samples (vconcat (reverse places))
                                                          smbcmp-sample-size)))
          (let* ((waits (latency-view-test--waits samples))
                 (of (lambda (what)
                       (cl-loop for wait in waits
                                when (equal (list nil what) (smbcmp-sample-command wait))
                                collect (list (smbcmp-latency-wait-begin wait)
                                              (smbcmp-sample-time wait)
                                              (smbcmp-sample-frame wait)))))
                 (groups (smbcmp-latency-group apart #'smbcmp-sample-client)))
            (should (equal (funcall of "client think time")
                           (cl-loop for (_ . some) in groups
                                    append (latency-view-test--idle some))))
            (should (equal (funcall of "no request outstanding")
                           (and (cdr groups) (latency-view-test--idle apart))))))))))

(ert-deftest latency-view-test-all-waits-count-the-longest-are-listed ()
  "Of more waits than are listed, the longest are; the table counts them all."
  (let ((smbcmp-latency-frames-limit 3))
    (latency-view-test--with-table "good"
      (let ((waits (latency-view-test--waits (car smbcmp-latency--samples))))
        (latency-view-test--line "client think time")
        (smbcmp-latency--goto "client think time")
        (should (< 3 (length waits)))
        (should (= (length waits)
                   (smbcmp-latency--figure (tabulated-list-get-id) 0 :count)))
        (call-interactively (key-binding (kbd "RET")))
        (should (string-match-p (format "slowest 3 of %d\\'" (length waits))
                                smbcmp-latency-frames--what))
        (should (equal (sort (mapcar (lambda (entry) (smbcmp-sample-duration (cdar entry)))
                                     tabulated-list-entries)
                             #'>)
                       (seq-take (sort (mapcar #'smbcmp-sample-duration waits) #'>) 3)))))))

(ert-deftest latency-view-test-tcp-that-waits-has-lines ()
  "What TCP sent again and how long a window was closed is what tshark tells."
  (latency-view-test--with-table "stalled"
    (pair-test--wait (lambda () (member "TCP retransmission" (latency-view-test--names))))
    (let ((file (smbcmp-test-data "stalled" "capture.pcapng.gz")))
      (pcase-let ((`(,_ ,count ,sum . ,_) (latency-view-test--line "TCP retransmission"))
                  (rtos (mapcar #'string-to-number
                                (latency-test--lines "tshark" "-r" file "-Y"
                                                     "tcp.analysis.retransmission"
                                                     "-T" "fields" "-e" "tcp.analysis.rto"))))
        (should (= (length rtos) (string-to-number count)))
        (should (equal sum (format "%.3f" (* 1000 (apply #'+ rtos))))))
      (pcase-let ((`(,_ ,count ,sum . ,_) (latency-view-test--line "TCP zero window"))
                  (`(,closed ,open)
                   (mapcar #'string-to-number
                           (latency-test--lines "tshark" "-r" file "-Y"
                                                "tcp.analysis.zero_window \
|| tcp.analysis.window_update"
                                                "-T" "fields" "-e" "frame.time_relative"))))
        (should (equal "1" count))
        (should (equal sum (format "%.3f" (* 1000 (- open closed)))))))))

(ert-deftest latency-view-test-a-client-without-credits-has-a-line ()
  "A client that never has more than one credit waits during every request."
  (latency-view-test--with-table "starved"
    (pair-test--wait (lambda () (member "credits exhausted" (latency-view-test--names))))
    (let ((times (mapcar #'string-to-number
                         (latency-test--lines "tshark" "-r" (smbcmp-test-data "starved")
                                              ;; Before, nobody has more.
                                              "-Y" "smb2.time && smb2.cmd > 1"
                                              "-T" "fields" "-e" "smb2.time"))))
      (should (equal (list (number-to-string (length times))
                           (format "%.3f" (* 1000 (apply #'+ times))))
                     (cl-subseq (latency-view-test--line "credits exhausted") 1 3)))))
  ;; Where there are enough, there is none.
  (latency-view-test--with-table "good"
    (pair-test--wait (lambda () (zerop (hash-table-count (smbcmp-capture-requests
                                                          (car (smbcmp-views-captures)))))))
    (should-not (member "credits exhausted" (latency-view-test--names)))))

(ert-deftest latency-view-test-a-server-that-stops-is-first ()
  "A server that stops for two seconds in a request is in the first line."
  (latency-view-test--with-table "stalled"
    ;; What is no command's may come before it.
    (should (equal "SMB2 Create"
                   (cl-find "SMB2" (latency-view-test--names) :test #'string-match-p)))
    (should (< 2000 (string-to-number (car (last (latency-view-test--line "SMB2 Create"))))))
    (call-interactively (key-binding (kbd "RET")))
    (should (looking-at " *20[0-9][0-9]\\..* Create Response"))))

(ert-deftest latency-view-test-two-captures-are-side-by-side ()
  "Of two captures, what costs B most is first; only paired ones can count."
  (save-window-excursion
    (unwind-protect
        (let ((view (smbcmp-compare-view-show (smbcmp-test-data "good")
                                              (smbcmp-test-data "readonly"))))
          (pair-test--wait (lambda () (buffer-local-value 'smbcmp-compare-view-comparison view)))
          (call-interactively (key-binding (kbd "v t")))
          (let ((costs (mapcar (lambda (name)
                                 (string-to-number (nth 1 (latency-view-test--line name))))
                               (latency-view-test--names))))
            (should (equal costs (sort (copy-sequence costs) #'>))))
          (should (equal '("14" "10") (cl-subseq (latency-view-test--line "SMB2 Close") 3 5)))
          (should (equal '("1" "") (cl-subseq (latency-view-test--line "SMB2 Write") 3 5)))
          (call-interactively (key-binding (kbd "P")))
          (should (equal '("10" "10") (cl-subseq (latency-view-test--line "SMB2 Close") 3 5)))
          (should-not (member "SMB2 Write" (latency-view-test--names)))
          (should-error (smbcmp-latency-by 'session) :type 'user-error))
      (pair-test--clean))))

(ert-deftest latency-view-test-columns-of-the-chart-lead-to-frames ()
  "All responses are in columns of both charts, and RET on one lists its frames."
  (latency-view-test--with-table "good"
    (call-interactively (key-binding (kbd "v c")))
    (should (derived-mode-p 'smbcmp-latency-chart-mode))
    (let ((columns nil))
      (goto-char (point-min))
      (while (not (eobp))
        (let ((column (get-text-property (point) 'smbcmp-latency-column)))
          (when column (cl-pushnew column columns :test #'eq)))
        (forward-char 1))
      ;; Once in each of two charts.
      (should (= (* 2 (plist-get (smbcmp-latency-figures
                                  (smbcmp-latency-sorted
                                   (smbcmp-latency-samples (car (smbcmp-views-captures)))))
                                 :count))
                 (apply #'+ (mapcar #'smbcmp-latency-chart-column-count columns))))
      (dolist (column columns)
        (let ((samples (car (smbcmp-latency-chart--samples column))))
          (should (= (smbcmp-latency-count samples) (smbcmp-latency-chart-column-count column)))
          (should (= (apply #'max (append (smbcmp-latency-durations samples) nil))
                     (smbcmp-latency-chart-column-longest column))))))
    ;; The last column of the distribution has the slowest.
    (goto-char (point-min))
    (search-forward "└10 ms")
    (forward-line -1)
    (end-of-line)
    (while (not (get-text-property (point) 'smbcmp-latency-column)) (backward-char))
    (call-interactively (key-binding (kbd "RET")))
    (should (derived-mode-p 'smbcmp-latency-frames-mode))
    (should (looking-at " *11\\.230 +11 .* Session Setup Response$"))))

(ert-deftest latency-view-test-the-chart-marks-divergences ()
  "Of a comparison, the chart marks where the divergences are, on both sides."
  (save-window-excursion
    (unwind-protect
        (let ((view (smbcmp-compare-view-show (smbcmp-test-data "good")
                                              (smbcmp-test-data "readonly"))))
          (pair-test--wait (lambda () (buffer-local-value 'smbcmp-compare-view-comparison view)))
          (smbcmp-latency-chart)
          (should (= 2 (how-many "^ +[▲^][▲^ ]*$" (point-min) (point-max)))))
      (pair-test--clean))))

(ert-deftest latency-view-test-a-linked-log-splits-the-time ()
  "What requests took in the server is the log's; the rest was elsewhere."
  (latency-view-test--with-table "readonly"
    (let ((table (current-buffer)) (list (car smbcmp-views-lists)))
      (should-not (string-match-p "in server" (format "%S" tabulated-list-format)))
      (with-current-buffer list
        (pair-test--wait (lambda () smbcmp-list-complete))
        (smbcmp-link-log (smbcmp-test-data "readonly" "log.smbd.gz"))
        (pair-test--wait (lambda () (smblog-pair-fresh-links list))))
      ;; It is shown without a key.
      (with-current-buffer table
        (let* ((requests (cl-remove-if-not
                          (lambda (request) (string-match-p "CREATE\\'" (plist-get request :opcode)))
                          (smblog-requests (smblog-links-log (smblog-pair-fresh-links list)))))
               (server (* 1000 (apply #'+ (mapcar (lambda (request)
                                                    (plist-get request :duration))
                                                  requests))))
               (cells (latency-view-test--line "SMB2 Create")))
          (should (= 15 (length requests)))
          ;; name n sum % in-server off-server
          (should (equal (format "%.3f" server) (nth 4 cells)))
          (should (equal (format "%.3f" (- 20.768 server)) (nth 5 cells))))))))

(provide 'latency-view-test)
;;; latency-view-test.el ends here
