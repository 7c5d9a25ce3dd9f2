;;; points-test.el --- One run, captured at two points  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Client and server in network namespaces, and between them a program that
;; loses, doubles and delays frames, and counts.  Where that can't be had, and
;; for clocks, captures of one run are made into those of another point.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)
(require 'smbcmp-points)
(require 'smbcmp-points-view)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))

(defmacro points-test-with-directory (directory &rest body)
  "Run BODY with DIRECTORY bound to a new one."
  (declare (indent 1))
  `(let ((,directory (file-name-as-directory (make-temp-file "points" t))))
     (unwind-protect (progn ,@body)
       (delete-directory ,directory t))))

(defun points-test--run (program &rest arguments)
  "Run PROGRAM with ARGUMENTS; return what it prints."
  (with-temp-buffer
    (unless (eql 0 (apply #'call-process program nil t nil arguments))
      (error "%s %S: %s" program arguments (buffer-string)))
    (buffer-string)))

(defun points-test--points (client server)
  "Return what the files CLIENT and SERVER tell."
  (let ((a (smbcmp-open client)) (b (smbcmp-open server)))
    (unwind-protect (smbcmp-points a b)
      (smbcmp-close a)
      (smbcmp-close b))))

;;;; A network

(defun points-test--obstacle ()
  "Return why no network can be had here, a string, or nil."
  (let ((missing (cl-remove-if #'executable-find
                               '("ip" "smbd" "smbpasswd" "smbclient" "dumpcap"))))
    (cond ((/= 0 (user-uid)) "only root may make network namespaces")
          (missing (format "%s not installed" (mapconcat #'identity missing ", ")))
          ((not (eql 0 (call-process "ip" nil nil nil "netns" "add" "smbcmp-try")))
           "no network namespaces")
          (t (unwind-protect
                 ;; Within chroot(8) they can be made, but nothing can run in them.
                 (unless (eql 0 (call-process "ip" nil nil nil "netns" "exec" "smbcmp-try" "true"))
                   "nothing runs in a network namespace")
               (call-process "ip" nil nil nil "netns" "del" "smbcmp-try"))))))

(ert-deftest points-test-a-network-that-loses-and-delays ()
  "What is said to be lost and doubled is what the network counted."
  (let ((obstacle (points-test--obstacle)))
    (when obstacle (ert-skip (format "There is no network here: %s" obstacle))))
  (points-test-with-directory directory
    (let ((link (concat directory "lossy-link")) counted)
      (points-test--run "cc" "-O" "-o" link
                        (expand-file-name "lossy-link.c" smbcmp-test-directory))
      (points-test--run "sh" (expand-file-name "record.sh" smbcmp-test-directory)
                        (concat "points=" link) (concat directory "out"))
      (with-temp-buffer
        (insert-file-contents (concat directory "out/link.txt"))
        (dolist (to '("rs" "rc"))
          (goto-char (point-min))
          (re-search-forward (concat "to smbcmp-" to ": \\([0-9]+\\) came, \\([0-9]+\\) lost, \
\\([0-9]+\\) twice"))
          (push (mapcar (lambda (n) (string-to-number (match-string n))) '(1 2 3)) counted)))
      (let* ((points (points-test--points (concat directory "out/capture.pcapng")
                                          (concat directory "out/server.pcapng")))
             (exchanges (plist-get points :exchanges)))
        (cl-loop for (sent lost twice) in (reverse counted)
                 for way in '(:to-server :to-client)
                 for found = (plist-get points way)
                 do (should (> lost 2))
                 (should (= sent (plist-get found :sent)))
                 (should (= lost (length (plist-get found :lost))))
                 (should (= twice (length (plist-get found :doubled))))
                 (should-not (plist-get found :changed)))
        (should (> (length exchanges) 50))
        ;; One clock, and five milliseconds each way.
        (should (< (abs (plist-get points :offset)) 0.002))
        (let ((median (smbcmp-points-median
                       (delq nil (mapcar (lambda (e) (plist-get e :network)) exchanges)))))
          (should (<= 0.010 median))))
      ;; Whichever comes first, the client's side is known, and that is told.
      (save-window-excursion
        (smbcmp-diff-points (concat directory "out/server.pcapng")
                            (concat directory "out/capture.pcapng"))
        (should (string-match-p "^Client's side: capture\\.pcapng" (buffer-string)))
        (should (string-match-p "^To the server: .* lost: [0-9]+ (frames" (buffer-string)))
        (smbcmp-points-view-show)
        (should (derived-mode-p 'smbcmp-list-mode))))))

;;;; Clocks

(ert-deftest points-test-clocks ()
  "A capture with another clock tells of that, and of nothing else."
  (points-test-with-directory directory
    (let ((good (smbcmp-test-data "good")) (late (concat directory "late.pcapng")))
      (points-test--run "editcap" "-t" "3.25" good late)
      (let ((points (points-test--points good late)))
        (should (< (abs (- 3.25 (plist-get points :offset))) 1e-5))
        (should-not (plist-get points :drift))
        (dolist (way '(:to-server :to-client))
          (dolist (key '(:lost :doubled :changed))
            (should-not (plist-get (plist-get points way) key))))
        (should (= 53 (+ (length (plist-get points :exchanges))
                         (length (plist-get points :only-client)))))
        (dolist (exchange (plist-get points :exchanges))
          (should (or (null (plist-get exchange :network))
                      (< (abs (plist-get exchange :network)) 1e-6)))))
      ;; The comparison says so.
      (let ((a (smbcmp-open good)) (b (smbcmp-open late)))
        (should (string-match-p "The same run, captured at two points.*B's clock is 3\\.250 s ahead"
                                (smbcmp-compare-report-summary (smbcmp-diff-captures a b))))
        (smbcmp-close a)
        (smbcmp-close b)))))

(ert-deftest points-test-drift ()
  "A clock that is faster is told in parts per million, whatever single delays there are."
  (let ((pairs (cl-loop for i below 200
                        for time = (+ 1e9 (* 0.5 i))
                        for lag = (if (zerop (% i 7)) 0.3 0.01)
                        collect (cons (list :time time :duration (+ 0.02 lag))
                                      (list :time (+ time 2 (* 50e-6 (* 0.5 i)) (/ lag 2))
                                            :duration 0.02)))))
    (pcase-let ((`(,offset . ,drift) (smbcmp-points-clocks pairs)))
      (should (< 1.999 offset 2.006))
      (should (< 49 drift 51)))))

(ert-deftest points-test-lost-and-doubled-segments ()
  "Segments that one side has not, or has twice, are found by their frames."
  (points-test-with-directory directory
    (let ((good (smbcmp-test-data "good")) (other (concat directory "other.pcapng")))
      ;; Frames 34 (to the server) and 36; 40 comes twice.
      (points-test--run "editcap" good (concat directory "lost.pcapng") "34" "36")
      (points-test--run "editcap" "-r" good (concat directory "twice.pcapng") "40")
      (points-test--run "mergecap" "-w" other (concat directory "lost.pcapng")
                        (concat directory "twice.pcapng"))
      (let ((points (points-test--points good other)))
        (should (equal '(34 36) (plist-get (plist-get points :to-server) :lost)))
        (should (= 1 (length (plist-get (plist-get points :to-server) :doubled))))
        (should-not (plist-get (plist-get points :to-client) :lost))))))

(defun points-test--translate (packets)
  "Return PACKETS, of good, as a router with NAT passes them on."
  (mapcar (lambda (packet)
            (let* ((bytes (rewrite-packet-bytes packet))
                   (to-server (= 445 (rewrite-get bytes 36 2)))
                   (new (rewrite-copy packet)))
              (setq bytes (rewrite-put bytes (if to-server 26 30) (unibyte-string 10 1 2 3))
                    bytes (rewrite-put bytes (if to-server 30 26) (unibyte-string 10 9 9 9))
                    bytes (rewrite-put bytes (if to-server 34 36) (rewrite-bytes 61000 2)))
              (setf (rewrite-packet-bytes new) bytes)
              new))
          packets))

(defun points-test--behind (edit)
  "Return what good tells with good on the other side of EDIT.
That is a function of packets."
  (points-test-with-directory directory
    (let* ((good (smbcmp-test-data "good")) (near (concat directory "near.pcap"))
           (far (concat directory "far.pcap")) (packets (rewrite-read good)))
      (rewrite-write packets near)
      (rewrite-write (rewrite-delay (funcall edit packets) 1 2000000) far)
      (points-test--points near far))))

(ert-deftest points-test-address-translation ()
  "Behind NAT segments are told one by one, and what became of the addresses."
  (let ((points (points-test--behind
                 ;; Frames 34, to the server, and 36 are lost.
                 (lambda (packets) (points-test--translate
                                    (mapcar (lambda (packet)
                                              (let ((same (rewrite-copy packet)))
                                                (setf (rewrite-packet-raw same) t)
                                                same))
                                            (rewrite-drop packets 34 36)))))))
    (should (equal '((("127.0.0.1:45114" . "127.0.0.1:445") . ("10.1.2.3:61000" . "10.9.9.9:445")))
                   (plist-get points :addresses)))
    (should (equal '(34 36) (plist-get (plist-get points :to-server) :lost)))
    (dolist (way '(:to-server :to-client))
      (should-not (plist-get (plist-get points way) :changed))
      (should-not (plist-get (plist-get points way) :lost-bytes)))
    (should (< (abs (- 0.002 (plist-get points :offset))) 1e-5))))

(ert-deftest points-test-a-proxy ()
  "A proxy has connections of its own: its segments are others, but no byte is lost."
  (let ((points (points-test--behind
                 (lambda (packets)
                   (dolist (syn '(1 2))
                     (setq packets (rewrite-patch packets syn 38 (rewrite-bytes 77777 4))))
                   (dolist (frame '(80 40 30)) (setq packets (rewrite-split packets frame)))
                   (points-test--translate packets)))))
    (should (= 53 (length (plist-get points :exchanges))))
    (dolist (way '(:to-server :to-client))
      (should (eql 0 (plist-get (plist-get points way) :lost-bytes)))
      (should-not (plist-get (plist-get points way) :lost)))))

(ert-deftest points-test-two-runs-are-not-one ()
  "Two runs of the same thing are no two points of one."
  (should-error (points-test--points (smbcmp-test-data "good") (smbcmp-test-data "good-again"))
                :type 'smbcmp-error)
  (let ((a (smbcmp-open (smbcmp-test-data "good"))) (b (smbcmp-open (smbcmp-test-data "good-again"))))
    (should-not (smbcmp-points-explain (smbcmp-diff-captures a b)))
    (should-not (smbcmp-points-explain (smbcmp-diff-captures a a)))
    (smbcmp-close a)
    (smbcmp-close b)))

(provide 'points-test)
;;; points-test.el ends here
