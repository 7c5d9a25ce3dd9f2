;;; only-test.el --- Part of a capture, and several files as one  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What passes a capture filter is what tcpdump says; what several files are
;; together, what mergecap says.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Helpers

(defmacro only-test-with-directory (directory &rest body)
  "Run BODY with DIRECTORY bound to a new one."
  (declare (indent 1))
  `(let ((,directory (file-name-as-directory (make-temp-file "only" t))))
     (unwind-protect (progn ,@body)
       (delete-directory ,directory t))))

(defun only-test--run (program &rest arguments)
  "Return the lines that PROGRAM prints on ARGUMENTS."
  (with-temp-buffer
    (unless (eql 0 (apply #'call-process program nil '(t nil) nil arguments))
      (error "%s %S failed" program arguments))
    (split-string (buffer-string) "\n" t)))

(defun only-test--times (file)
  "Return the times of the frames of FILE, strings."
  (only-test--run "tshark" "-r" file "-T" "fields" "-e" "frame.time_epoch"))

(defun only-test--port (file)
  "Return the port of the first client in FILE."
  (car (only-test--run "tshark" "-r" file "-c" "1" "-T" "fields" "-e" "tcp.srcport")))

(defun only-test--mixed (directory)
  "Make a capture in DIRECTORY of good's frames between many others.
Return (FILE . FILTER), the filter selecting good's connection."
  (let ((good (smbcmp-test-data "good"))
        (file (concat directory "mixed.pcapng"))
        (shifted (concat directory "shifted.pcapng")))
    ;; All begin at the same time, so that frames of all of them alternate.
    (let ((begin (lambda (f) (string-to-number (car (only-test--times f))))))
      (only-test--run "editcap" "-t"
                      (format "%.6f" (- (funcall begin good)
                                        (funcall begin (smbcmp-test-data "t-notify"))))
                      (smbcmp-test-data "t-notify") shifted))
    (only-test--run "mergecap" "-w" file good shifted)
    (cons file (concat "tcp port " (only-test--port good)))))

(defmacro only-test-with-capture (capture open &rest body)
  "Run BODY with CAPTURE bound to what `smbcmp-open' returns on OPEN, a list."
  (declare (indent 2))
  `(let ((,capture (smbcmp-open ,@open)))
     (unwind-protect (progn ,@body)
       (smbcmp-close ,capture))))

;;;; Filters

(ert-deftest only-test-filter-passes-what-tcpdump-passes ()
  "A capture filter opens the frames that tcpdump prints, by their own numbers."
  (only-test-with-directory directory
    (dolist (folder '("good" "smb1"))
      (let* ((file (smbcmp-test-data folder))
             (all (vconcat (only-test--times file)))
             (out (concat directory "out.pcap")))
        (dolist (filter (list "tcp src port 445" "greater 300" "tcp[tcpflags] & tcp-syn != 0"
                              (concat "not port " (only-test--port file)) "port 445"
                              "udp"))
          (only-test--run "tcpdump" "-r" file "-w" out filter)
          (only-test-with-capture capture (file :only filter)
            (let ((frames (smbcmp-frames capture)))
              (should (= (length frames) (smbcmp-frame-count capture)))
              ;; tcpdump writes microseconds.
              (should (equal (mapcar (lambda (time) (substring time 0 -3)) (only-test--times out))
                             (mapcar (lambda (frame) (substring (aref all (1- frame)) 0 -3))
                                     frames))))))))))

(ert-deftest only-test-frames-keep-numbers-and-meaning ()
  "What a selected connection is dissected to refers to the file's frame numbers."
  (only-test-with-directory directory
    (pcase-let ((`(,file . ,filter) (only-test--mixed directory)))
      (only-test-with-capture whole (file)
        (only-test-with-capture part (file :only filter)
          (let ((frames (smbcmp-frames part))
                (fields '(frame.number frame.time_epoch smb2.response_in smb2.response_to
                                       smb2.time smb2.filename smb2.nt_status)))
            (should (= 114 (length frames)))
            (should (> (car (last frames)) 200))
            (should (equal frames (smbcmp-frames whole (concat "tcp.port == "
                                                               (substring filter 9)))))
            (should (equal (smbcmp-fields part fields "smb2")
                           (smbcmp-fields whole fields (concat "smb2 && tcp.port == "
                                                               (substring filter 9)))))
            (should (equal (smbcmp-rows part frames '("No." "Info" "%Yt"))
                           (smbcmp-rows whole frames '("No." "Info" "%Yt"))))
            (should (equal (smbcmp-frame-bytes part (car (last frames)))
                           (smbcmp-frame-bytes whole (car (last frames)))))
            (should-error (smbcmp-frame-tree part (car (cl-set-difference
                                                        (number-sequence 1 99) frames)))
                          :type 'smbcmp-frame-error)))))))

(ert-deftest only-test-comparison-has-the-files-frames ()
  "A part of a capture compares as that part alone."
  (only-test-with-directory directory
    (pcase-let ((`(,file . ,filter) (only-test--mixed directory)))
      (only-test-with-capture good ((smbcmp-test-data "good-again"))
        (only-test-with-capture readonly ((smbcmp-test-data "readonly"))
          (only-test-with-capture part (file :only filter)
            (let ((comparison (smbcmp-diff-captures good part)))
              (should (= 53 (smbcmp-comparison-same comparison)))
              (should-not (smbcmp-comparison-divergences comparison)))
            (let* ((comparison (smbcmp-diff-captures readonly part))
                   (mkdir (cl-find-if (lambda (d) (equal (plist-get d :kind) 'status))
                                      (smbcmp-comparison-divergences comparison)))
                   (number (string-to-number
                            (car (only-test--run
                                  "tshark" "-2" "-r" file "-Y"
                                  (concat "smb2.cmd == 5 && smb2.flags.response == 0 && "
                                          "smb2.filename == \"new\" && tcp.port == "
                                          (substring filter 9))
                                  "-T" "fields" "-e" "frame.number")))))
              (should (= number (car (plist-get mkdir :b)))))))))))

(ert-deftest only-test-range-of-time ()
  "A range of time opens what tshark's display filter of times passes."
  (let* ((file (smbcmp-test-data "good"))
         (times (vconcat (only-test--times file)))
         (from (aref times 20))
         (to (aref times 60)))
    (only-test-with-capture capture (file :only (list "tcp src port 445"
                                                      (smbcmp-only-time from)
                                                      (smbcmp-only-time to)))
      (should (equal (smbcmp-frames capture)
                     (mapcar #'string-to-number
                             (only-test--run
                              "tshark" "-r" file "-T" "fields" "-e" "frame.number" "-Y"
                              (format "tcp.srcport == 445 && frame.number >= 21 && \
frame.number <= 61"))))))
    (only-test-with-capture capture (file :only (list nil (smbcmp-only-time from)))
      (should (equal (number-sequence 21 114) (smbcmp-frames capture))))
    (only-test-with-capture capture (file :only (list nil nil (smbcmp-only-time "1.0")))
      (should-not (smbcmp-frames capture)))))

(ert-deftest only-test-times-as-typed ()
  "Times are read as they are typed, of this zone or another."
  (let ((process-environment (cons "TZ=Europe/Berlin" process-environment)))
    (set-time-zone-rule "Europe/Berlin")
    (unwind-protect
        (pcase-dolist (`(,typed ,epoch)
                       '(("2026-11-29 10:15:00" 1795943700) ("2026-11-29T10:15:00Z" 1795947300)
                         ("2026-11-29 10:15" 1795943700) ("2026-07-01 12:00:00 +0000" 1782907200)
                         ("1795943700" 1795943700)))
          (should (time-equal-p epoch (smbcmp-only-time typed))))
      (set-time-zone-rule nil)))
  (should (time-equal-p '(1795947300250000001 . 1000000000)
                        (smbcmp-only-time "2026-11-29T10:15:00.250000001Z")))
  (should-not (smbcmp-only-time " "))
  (dolist (wrong '("soon" "10:15"))
    (should-error (smbcmp-only-time wrong) :type 'user-error)))

(ert-deftest only-test-wrong-filter-is-an-error ()
  "A filter that libpcap does not take is a `smbcmp-filter-error' with its words."
  (pcase-dolist (`(,filter ,words) '(("tcp prt 445" "syntax error\\|prt")
                                     ("port" "syntax error")
                                     ("host no-such-host.invalid" "unknown host")))
    (let ((err (should-error (smbcmp-open (smbcmp-test-data "good") :only filter)
                             :type 'smbcmp-filter-error)))
      (should (string-match-p words (cadr err)))))
  (should-error (smbcmp-open (smbcmp-test-data "good") :only 445) :type 'wrong-type-argument))

;;;; Several files

(defun only-test--split (directory)
  "Cut good's capture into files in DIRECTORY; return their names."
  (only-test--run "editcap" "-c" "20" (smbcmp-test-data "good") (concat directory "run.pcapng"))
  (directory-files directory t "\\`run_"))

(ert-deftest only-test-ring-buffer-is-one-capture ()
  "Files of a ring buffer, in whatever order, are what they were cut from."
  (only-test-with-directory directory
    (let ((files (only-test--split directory)))
      (should (= 6 (length files)))
      (should (equal files (smbcmp-only-ring (nth 3 files))))
      (only-test-with-capture whole ((smbcmp-test-data "good"))
        (only-test-with-capture capture ((reverse files))
          (should (= 114 (smbcmp-frame-count capture)))
          (should (equal (smbcmp-rows whole (smbcmp-frames whole))
                         (smbcmp-rows capture (smbcmp-frames capture))))
          (dolist (frame '(1 20 21 114))
            (should (equal (smbcmp-frame-bytes whole frame)
                           (smbcmp-frame-bytes capture frame))))
          (should-not (smbcmp-comparison-divergences (smbcmp-diff-captures whole capture))))
        (only-test-with-capture capture (files :only "tcp src port 445")
          (only-test-with-capture same ((smbcmp-test-data "good") :only "tcp src port 445")
            (should (equal (smbcmp-frames same) (smbcmp-frames capture)))
            (should (equal (smbcmp-frame-bytes same 113) (smbcmp-frame-bytes capture 113)))))))))

(ert-deftest only-test-ring-goes-on-behind-a-cut-file ()
  "A file that is cut short is named, and those after it are read all the same."
  (only-test-with-directory directory
    (let* ((files (only-test--split directory))
           (coding-system-for-write 'no-conversion)
           (bytes (with-temp-buffer
                    (set-buffer-multibyte nil)
                    (insert-file-contents-literally (nth 1 files))
                    (buffer-string))))
      (write-region (substring bytes 0 (- (length bytes) 10)) nil (nth 1 files) nil 'silent)
      (only-test-with-capture capture (files)
        (should (= 113 (smbcmp-frame-count capture)))
        (should (string-match-p (regexp-quote (file-name-nondirectory (nth 1 files)))
                                (smbcmp-capture-damage capture)))
        (should (smbcmp-frame-tree capture 113))))))

(ert-deftest only-test-many-files ()
  "A ring buffer may have more files than a worker has descriptors by itself."
  (only-test-with-directory directory
    (only-test--run "editcap" "-c" "2" (smbcmp-test-data "good") (concat directory "run.pcapng"))
    (only-test-with-capture capture ((directory-files directory t "\\`run_"))
      (should (= 114 (smbcmp-frame-count capture))))))

(ert-deftest only-test-names-of-ring-buffers ()
  "The files of a ring buffer are known by what dumpcap and tcpdump call them."
  (only-test-with-directory directory
    (let ((default-directory directory))
      (dolist (name '("a_00001_20261129101500.pcapng" "a_00002_20261129101600.pcapng"
                      "b_00001_20261129101500.pcapng" "t.pcap" "t.pcap1" "t.pcap2" "x.pcap"))
        (write-region "" nil name nil 'silent)))
    (pcase-dolist (`(,file . ,ring)
                   '(("a_00002_20261129101600.pcapng" "a_00001_20261129101500.pcapng"
                      "a_00002_20261129101600.pcapng")
                     ("t.pcap1" "t.pcap" "t.pcap1" "t.pcap2")
                     ("x.pcap" "x.pcap")))
      (should (equal ring (mapcar #'file-name-nondirectory
                                  (smbcmp-only-ring (concat directory file))))))))

;;;; The packet list

(defun only-test--shown ()
  "Return the numbers that the rows which are shown begin with."
  (let (numbers)
    (save-excursion
      (goto-char (point-min))
      (while (not (eobp))
        (unless (invisible-p (point))
          (looking-at " *\\([0-9]+\\)")
          (push (string-to-number (match-string 1)) numbers))
        (forward-line)))
    (nreverse numbers)))

(defun only-test--await ()
  "Wait until all rows of this packet list are there, and the filter is done."
  (with-timeout (30 (error "No end"))
    (while (or (not smbcmp-list-complete) smbcmp-list-filter-request)
      (accept-process-output nil 0.02))))

(ert-deftest only-test-packet-list-of-a-part ()
  "Rows, filters, sorting and jumps go by the file's numbers."
  (only-test-with-directory directory
    (pcase-let* ((`(,file . ,filter) (only-test--mixed directory))
                 (buffer (smbcmp-list-buffer file t (list :only filter))))
      (unwind-protect
          (with-current-buffer buffer
            (only-test--await)
            (let* ((frames (smbcmp-frames smbcmp-list-capture))
                   (creates (smbcmp-frames smbcmp-list-capture "smb2.cmd == 5"))
                   (last (car (last frames)))
                   (missing (car (cl-set-difference (number-sequence 1 99) frames))))
              (should (equal frames (only-test--shown)))
              (smbcmp-list-jump last)
              (should (= last (smbcmp-list-frame-at-point)))
              (smbcmp-list-jump missing)
              (should (= last (smbcmp-list-frame-at-point)))
              (smbcmp-list-filter "smb2.cmd == 5")
              (only-test--await)
              (should (equal creates (only-test--shown)))
              (smbcmp-list-unfilter)
              (smbcmp-list-sort "Length")
              (only-test--await)
              (should (equal frames (sort (only-test--shown) #'<)))
              (smbcmp-list-jump (nth 50 frames))
              (should (= (nth 50 frames) (smbcmp-list-frame-at-point)))
              (revert-buffer)
              (only-test--await)
              (should (equal frames (only-test--shown)))))
        (kill-buffer buffer)))))

(ert-deftest only-test-large-captures-are-asked-about ()
  "Of a capture above a size what to open is asked, and only then."
  (cl-letf* ((asked 0)
             ((symbol-function 'read-string)
              (lambda (&rest _) (cl-incf asked) "tcp src port 445"))
             (noninteractive nil))
    (pcase-dolist (`(,size ,count) '((1000 56) (nil 114) (1000000 114)))
      (let* ((smbcmp-only-question-size size)
             (buffer (smbcmp-list-buffer (smbcmp-test-data "good") t)))
        (unwind-protect
            (with-current-buffer buffer
              (only-test--await)
              (should (= count (smbcmp-list-rows-count))))
          (kill-buffer buffer))))
    (should (= 1 asked))))

(provide 'only-test)
;;; only-test.el ends here
