;;; tap-test.el --- Conversations, expert information, streams  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What "tshark -z" prints of the same capture is what has to be there.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'smbcmp)
(require 'smbcmp-tap)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun tap-test--tshark (folder statistics)
  "Return the lines of the STATISTICS of tshark for the capture of FOLDER."
  (browse-tshark "-2" "-r" (smbcmp-test-data folder) "-q" "-z" statistics))

(defun tap-test--expert (folder)
  "Return tshark's expert information of FOLDER.
That is lists (SEVERITIES N GROUP PROTOCOL SUMMARY)."
  (let (severity)
    (sort
     (cl-loop for line in (tap-test--tshark folder "expert")
              if (string-match "\\`\\([A-Z][a-z]+\\) ([0-9]+)\\'" line)
              do (setq severity (match-string 1 line))
              else if (string-match "\\` +\\([0-9]+\\) +\\(.*?\\)  +\\([^ ]+\\)  \\(.*\\)\\'" line)
              collect (list severity (string-to-number (match-string 1 line))
                            (string-trim (match-string 2 line))
                            (match-string 3 line) (match-string 4 line)))
     (lambda (a b) (string< (format "%S" a) (format "%S" b))))))

(defun tap-test--shown-expert ()
  "Return what this buffer shows, as `tap-test--expert' has it."
  (let (severity found)
    (dolist (line (split-string (buffer-substring-no-properties (point-min) (point-max)) "\n"))
      (cond ((string-match "\\([A-Z][a-z]+\\) ([0-9]+)\\'" line)
             (setq severity (match-string 1 line)))
            ((string-match " +\\([0-9]+\\)  \\([^ ]+ ?[^ ]*\\) +\\([^ ]+\\) +\\(.*\\)\\'" line)
             (push (list severity (string-to-number (match-string 1 line))
                         (string-trim (match-string 2 line))
                         (match-string 3 line) (match-string 4 line))
                   found))))
    (sort found (lambda (a b) (string< (format "%S" a) (format "%S" b))))))

(ert-deftest tap-test-expert-information-is-tshark-s ()
  "v e shows expert information by severity, counted as by tshark -z expert."
  (dolist (folder '("good" "t-lock" "t-contend"))
    (browse-with-list (smbcmp-test-data folder)
      (browse-keys "v e")
      (with-current-buffer (window-buffer)
        (should (derived-mode-p 'smbcmp-expert-mode))
        (should (> (length (tap-test--shown-expert)) 2))
        (should (equal (tap-test--expert folder) (tap-test--shown-expert)))
        ;; Severities differ to the eye.
        (goto-char (point-min))
        (re-search-forward "Chats")
        (should (equal '(smbcmp-mode-dim bold)
                       (get-text-property (match-beginning 0) 'face)))))))

(ert-deftest tap-test-expert-information-leads-to-frames ()
  "RET on a line of expert information goes to its frame, f leaves only its frames."
  (browse-with-list (smbcmp-test-data "good")
    (let ((list (current-buffer)))
      (browse-keys "v e")
      (re-search-forward "Connection finish (FIN)")
      (browse-keys "f")
      (should (eq list (current-buffer)))
      (should (equal (browse-tshark-frames (smbcmp-test-data "good") "tcp.flags.fin == 1")
                     (browse-shown)))
      (browse-keys "v e")
      (goto-char (point-min))
      (re-search-forward "Connection finish (FIN)")
      (browse-keys "TAB n n RET")
      (should (eq list (current-buffer)))
      (should (= 113 (smbcmp-list-frame-at-point))))))

(defun tap-test--conversations (folder)
  "Return tshark's TCP conversations of FOLDER: lists of strings."
  (cl-loop for line in (tap-test--tshark folder "conv,tcp")
           when (string-match "\\`\\([^ ]+\\) +<-> \\([^ ]+\\) +\\(.*\\)\\'" line)
           collect (cl-list* (match-string 1 line) (match-string 2 line)
                             (cl-remove-if (lambda (word) (member word '("bytes" "kB" "MB")))
                                           (split-string (match-string 3 line))))))

(ert-deftest tap-test-conversations-are-tshark-s ()
  "v n shows the conversations, counted as by tshark -z conv,tcp."
  (dolist (folder '("good" "t-lock" "concurrent"))
    (browse-with-list (smbcmp-test-data folder)
      (browse-keys "v n")
      (should (derived-mode-p 'smbcmp-conversations-mode))
      (let ((ours (mapcar #'cadr tabulated-list-entries))
            (theirs (tap-test--conversations folder)))
        (should theirs)
        (should (= (length theirs) (length ours)))
        (pcase-dolist (`(,a ,b ,frames-ba ,_ ,frames-ab ,_ ,frames ,_ ,start ,duration) theirs)
          (let ((row (cl-find-if (lambda (row) (equal (list a b) (list (aref row 1) (aref row 2))))
                                 ours)))
            (should (equal (list frames frames-ab frames-ba)
                           (list (aref row 3) (aref row 5) (aref row 7))))
            (should (< (abs (- (string-to-number start) (string-to-number (aref row 9)))) 1e-5))
            (should (< (abs (- (string-to-number duration)
                               (string-to-number (aref row 10))))
                       1e-3))))
        ;; tshark rounds bytes to kilobytes.
        (should (= (cl-loop for row in ours sum (string-to-number (aref row 4)))
                   (cl-loop for length in (browse-tshark "-r" (smbcmp-test-data folder)
                                                         "-Y" "tcp" "-T" "fields"
                                                         "-e" "frame.len")
                            sum (string-to-number length))))))))

(ert-deftest tap-test-a-conversation-leads-to-its-frames ()
  "RET on a conversation leaves its frames in the packet list, S sorts."
  (let ((file (smbcmp-test-data "concurrent")))
    (browse-with-list file
      (browse-keys "v n")
      (tabulated-list-sort 9)
      (goto-char (point-min))
      (let ((stream (plist-get (cdr (tabulated-list-get-id)) :stream)))
        (browse-keys "RET")
        (should (derived-mode-p 'smbcmp-list-mode))
        (should (equal (browse-tshark-frames file (format "tcp.stream == %d" stream))
                       (browse-shown)))))))

(defun tap-test--stream (folder stream)
  "Return tshark's hex dump of STREAM of FOLDER, a string."
  (let ((lines (tap-test--tshark folder (format "follow,tcp,hex,%d" stream))))
    (mapconcat #'string-trim-right
               (cl-remove-if-not (lambda (line) (string-match-p "\\`\t?[0-9A-F]\\{8\\}  " line))
                                 lines)
               "\n")))

(ert-deftest tap-test-a-stream-is-tshark-s ()
  "v d shows the data of a connection, the same as tshark -z follow,tcp,hex."
  (pcase-dolist (`(,folder ,frame ,stream) '(("good" 10 0) ("t-lock" 900 nil)))
    (browse-with-list (smbcmp-test-data folder)
      (smbcmp-list-goto-frame frame)
      (let ((stream (or stream
                        (string-to-number
                         (car (browse-tshark "-r" (smbcmp-test-data folder)
                                             "-Y" (format "frame.number == %d" frame)
                                             "-T" "fields" "-e" "tcp.stream"))))))
        (browse-keys "v d")
        (should (derived-mode-p 'smbcmp-stream-mode))
        (should (equal (tap-test--stream folder stream)
                       (mapconcat #'string-trim-right
                                  (split-string (buffer-substring-no-properties
                                                 (point-min) (point-max))
                                                "\n" t)
                                  "\n")))))))

(ert-deftest tap-test-a-stream-leads-back-to-its-frames ()
  "n goes to the next frame's data, RET to that frame; t shows text; + shows more."
  (browse-with-list (smbcmp-test-data "good")
    (let ((smbcmp-stream-limit 100))
      (browse-keys "v d")
      (should (string-match-p "bytes more: \\+ shows more" (buffer-string)))
      (browse-keys "+ + + + +")
      (should-not (string-match-p "shows more" (buffer-string)))
      (browse-keys "n")
      (let ((frame (get-text-property (point) 'smbcmp-frame)))
        (should (= frame (cadr (browse-tshark-frames (smbcmp-test-data "good") "tcp.len > 0"))))
        (browse-keys "t")
        (should (string-match-p "SMB@" (buffer-string)))
        (should (= frame (get-text-property (point) 'smbcmp-frame)))
        (browse-keys "RET")
        (should (derived-mode-p 'smbcmp-list-mode))
        (should (= frame (smbcmp-list-frame-at-point)))))))

(ert-deftest tap-test-what-has-no-statistics-is-told ()
  "A protocol that Wireshark has no such statistics of is an error with its name."
  (let ((capture (smbcmp-open (smbcmp-test-data "good"))))
    (unwind-protect
        (progn
          (should-error (smbcmp-tap-conversations capture "smb2") :type 'smbcmp-error)
          (should-error (smbcmp-tap-stream capture 0 "nosuch") :type 'smbcmp-error)
          (should (equal (smbcmp-tap-conversations capture "udp") nil)))
      (smbcmp-close capture))))

(provide 'tap-test)
;;; tap-test.el ends here
