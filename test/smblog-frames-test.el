;;; smblog-frames-test.el --- From log lines to frames and back  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Logs and packet lists that are linked, by their keys.  What must be
;; shown is told by grep and tshark.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ediff)
(require 'ert)
(require 'smbcmp)
(require 'smblog-mode)

(declare-function compare-view-test--buffer "compare-view-test" ())
(declare-function compare-view-test--wait-for-verdict "compare-view-test" ())
(declare-function pair-test--key "pair-test" (keys))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--settle "pair-test" ())
(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smblog-link-test--unpack "smblog-link-test" (folder &optional edit))
(declare-function smblog-mode-test-shell "smblog-mode-test" (command &rest args))
(declare-function smblog-frames-off-server "smblog-frames" (request))
(declare-function smblog-frames-wire "smblog-frames" (request))
(declare-function smblog-mode-test-settle "smblog-mode-test" ())
(defvar smblog-follow-frames)

(defmacro smblog-frames-test--with (file &rest body)
  "Visit FILE for BODY, then close all that was opened."
  (declare (indent 1))
  `(let ((smblog-time-zone "UTC")
         (smblog-follow-frames nil)
         (smbcmp-user-rules nil)
         (smbcmp-compare-pins-file nil)
         (ediff-window-setup-function #'ediff-setup-windows-plain))
     (save-window-excursion
       (delete-other-windows)
       (unwind-protect
           (progn (when ,file (switch-to-buffer (find-file-noselect ,file)))
                  ,@body)
         (dolist (buffer (buffer-list))
           (when (and (buffer-live-p buffer)
                      (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
             (kill-buffer buffer)))))))

(defun smblog-frames-test--wait (condition)
  "Wait until function CONDITION returns non-nil, and for what is to be told then."
  (pair-test--wait condition)
  (pair-test--settle))

(defun smblog-frames-test--linked (&optional buffer)
  "Wait until BUFFER, by default this one, is linked; return the pair."
  (let ((buffer (or buffer (current-buffer))))
    (smblog-frames-test--wait
     (lambda () (eq 'linked (let ((pair (buffer-local-value 'smblog-pair buffer)))
                              (and pair (smblog-pair-state pair))))))
    (buffer-local-value 'smblog-pair buffer)))

(defun smblog-frames-test--complete ()
  "Wait until the packet list that is this buffer is complete."
  (let ((buffer (current-buffer)))
    (smblog-frames-test--wait
     (lambda () (buffer-local-value 'smbcmp-list-complete buffer)))))

(defun smblog-frames-test--buffer (mode)
  "Return the buffer in MODE."
  (cl-find mode (buffer-list) :key (lambda (buffer) (buffer-local-value 'major-mode buffer))))

(defun smblog-frames-test--go-to-text (text)
  "Go to the message of this log that has TEXT in it."
  (smblog-mode-test-settle)
  (smblog-set-filter (list 'text '= text))
  (smblog-mode-test-settle)
  (goto-char (point-min))
  (smblog-view-goto (smblog-view-number 0)))

(defun smblog-frames-test--details-line ()
  "Return the line at point in the details."
  (with-current-buffer (smblog-frames-test--buffer 'smbcmp-detail-mode)
    (string-trim (buffer-substring-no-properties (line-beginning-position)
                                                 (line-end-position)))))

(defun smblog-frames-test--list-frame ()
  "Return the frame at point in the packet list that this buffer is linked to."
  (with-current-buffer (smblog-pair-list-buffer smblog-pair)
    (smbcmp-list-frame-at-point)))

;;;; From the log

(ert-deftest smblog-frames-test-a-message-leads-to-the-field-it-speaks-of ()
  "The log's message of an error leads to the status in the response's details."
  (browse-need-room)
  (smblog-frames-test--with (smbcmp-test-data "readonly" "log.smbd.gz")
    (smblog-frames-test--go-to-text "unable to create new. Error was")
    (pair-test--key "o")
    (smblog-frames-test--linked)
    (smblog-frames-test--wait (lambda () (eql 35 (smblog-frames-test--list-frame))))
    (smblog-frames-test--wait
     (lambda () (string-match-p "\\`NT Status: STATUS_ACCESS_DENIED"
                                (smblog-frames-test--details-line))))
    ;; One that names a path leads to the request, and the name there.
    (smblog-frames-test--go-to-text "smbd_smb2_create_send: name [new\\up.bin]")
    (unless (smblog-message-at-point)
      (smblog-frames-test--go-to-text "smbd_smb2_create_send: name [new/up.bin]"))
    (pair-test--key "o")
    (smblog-frames-test--wait (lambda () (eql 36 (smblog-frames-test--list-frame))))
    (smblog-frames-test--wait
     (lambda () (string-match-p "Filename: new.up\\.bin"
                                (smblog-frames-test--details-line))))))

(ert-deftest smblog-frames-test-the-request-list-tells-where-the-time-went ()
  "The request list has frames, and the time on the wire as tshark measures it."
  (smblog-frames-test--with (smbcmp-test-data "readonly" "log.smbd.gz")
    (smblog-mode-test-settle)
    (smblog-link-capture (smbcmp-test-data "readonly"))
    (let* ((pair (smblog-frames-test--linked))
           (wire (string-to-number
                  (smblog-mode-test-shell
                   "tshark -r %s -Y frame.number==35 -T fields -e smb2.time 2>/dev/null"
                   (smbcmp-test-data "readonly")))))
      (should (string-match-p "47 of 47 requests linked" (smblog-pair-summary pair)))
      (pair-test--key "r")
      (with-current-buffer (smblog-frames-test--buffer 'smblog-requests-mode)
        (goto-char (point-min))
        (should (re-search-forward "^ +268 +CREATE +ACCESS_DENIED .* 34/35 +\\([0-9.]+\\) ms"
                                   nil t))
        (should (< (abs (- (* 1000 wire) (string-to-number (match-string 1)))) 0.011))
        ;; It is more than what smbd says of itself.
        (let ((request (smblog-requests-at-point)))
          (should (> (smblog-frames-wire request) (plist-get request :duration)))
          (should (< (smblog-frames-off-server request) (smblog-frames-wire request))))))))

(ert-deftest smblog-frames-test-a-message-of-no-request ()
  "A message that belongs to no request is told to be one."
  (smblog-frames-test--with (smbcmp-test-data "good" "log.smbd.gz")
    (smblog-mode-test-settle)
    (goto-char (point-min))
    (forward-line 2)
    (should-error (smblog-show-frame) :type 'user-error)))

(ert-deftest smblog-frames-test-another-run-is-told ()
  "A log of another run is told to be one, and no frame is shown for it."
  (smblog-frames-test--with (smbcmp-test-data "readonly" "log.smbd.gz")
    (smblog-mode-test-settle)
    (smblog-link-capture (smbcmp-test-data "good"))
    (should (string-match-p "none of 47 requests .* another run"
                            (smblog-pair-summary (smblog-frames-test--linked))))))

(ert-deftest smblog-frames-test-a-capture-read-anew-is-linked-anew ()
  "After a capture or log was read again, links lead to what is shown now."
  (browse-need-room)
  (smblog-frames-test--with (smbcmp-test-data "readonly" "log.smbd.gz")
    (smblog-frames-test--go-to-text "mkdir_internal: failing share access")
    (pair-test--key "o")
    (let* ((pair (smblog-frames-test--linked))
           (before (smblog-pair-links pair)))
      (with-current-buffer (smblog-pair-list-buffer pair)
        (revert-buffer nil t)
        (should-not (smblog-pair-usable-links pair))
        (smblog-frames-test--complete))
      (pair-test--key "o")
      (smblog-frames-test--wait (lambda () (smblog-pair-fresh-p pair)))
      (should-not (eq before (smblog-pair-links pair)))
      (smblog-frames-test--wait (lambda () (eql 34 (smblog-frames-test--list-frame))))
      ;; One that was closed is no longer linked.
      (kill-buffer (smblog-pair-list-buffer pair))
      (should-not smblog-pair)
      (should-not smblog-pair-mode))))

(ert-deftest smblog-frames-test-one-log-of-two-captures ()
  "A log of two runs is linked to the captures of both; each list keeps its links."
  (smblog-frames-test--with (smbcmp-test-data "good")
    (smblog-frames-test--complete)
    (let ((log-file (smbcmp-test-data "good" "log.smbd.gz")) (first (current-buffer)))
      (smbcmp-link-log log-file)
      (smblog-frames-test--linked)
      (switch-to-buffer (find-file-noselect (smbcmp-test-data "readonly")))
      (smblog-frames-test--complete)
      (smbcmp-link-log log-file)
      (smblog-frames-test--linked)
      (should (= 53 (smblog-links-certain
                     (smblog-pair-usable-links (buffer-local-value 'smblog-pair first)))))
      (should (= 0 (smblog-links-certain (smblog-pair-usable-links smblog-pair)))))))

;;;; From the packet list

(ert-deftest smblog-frames-test-a-frame-leads-to-its-messages-only ()
  "The log shows all messages of the exchange at point and no others."
  (smblog-frames-test--with (smbcmp-test-data "readonly")
    (smblog-frames-test--complete)
    (smbcmp-list-goto-frame 34)
    (pair-test--key "l")
    (smblog-frames-test--linked)
    (let ((count (string-to-number
                  (smblog-mode-test-shell
                   "zcat %s | sed -n '/OP_CREATE. mid = 268$/,/mid .268. idx/p' | grep -ac '^\\[20'"
                   (smbcmp-test-data "readonly" "log.smbd.gz")))))
      (with-current-buffer (smblog-frames-test--buffer 'smblog-mode)
        (smblog-mode-test-settle)
        ;; The first header is before the line that sed begins with.
        (should (= (1+ count) (smblog-view-count)))
        (should (string-match-p "OP_CREATE. mid = 268"
                                (plist-get (smblog-message smblog-log (smblog-message-at-point))
                                           :text)))))
    ;; The response: where the server was done.
    (smbcmp-list-goto-frame 35)
    (pair-test--key "l")
    (with-current-buffer (smblog-frames-test--buffer 'smblog-mode)
      (smblog-mode-test-settle)
      (should (string-match-p "request_done_ex: mid .268."
                              (plist-get (smblog-message smblog-log (smblog-message-at-point))
                                         :text))))))

(ert-deftest smblog-frames-test-rows-tell-of-messages-and-errors ()
  "Before the rows that are seen is how much the log has of them; not of others."
  (smblog-frames-test--with (smbcmp-test-data "readonly")
    (smblog-frames-test--complete)
    (call-interactively #'ignore)
    (smbcmp-link-log (smbcmp-test-data "readonly" "log.smbd.gz"))
    (smblog-frames-test--linked)
    (smblog-frames-test--wait (lambda () (null smbcmp-log--timer)))
    (cl-flet ((prefix (frame)
                (let ((start (smbcmp-list-rows-start (smbcmp-list-rows-of-frame frame))))
                  (font-lock-flush start (1+ start))
                  (smbcmp-log--fontify start (1+ start))
                  (get-text-property start 'line-prefix))))
      (should (string-match-p "\\` +62 [✗!][1-9]" (prefix 34)))
      ;; A request that went well.
      (should (string-match-p "\\` +14 +\\'" (prefix 30)))
      ;; A response is linked, one that failed is marked; no SMB is not linked.
      (should (string-match-p "\\` +[·.] +\\'" (prefix 33)))
      (should (string-match-p "\\` +[·.] [✗!] +\\'" (prefix 35)))
      ;; TREE CONNECT, which succeeded though its dump tells a status.
      (should (string-match-p "\\` +46 +\\'" (prefix 18)))
      (should (string-match-p "\\` +[·.] +\\'" (prefix 19)))
      (should (string-match-p "\\` +\\'" (prefix 1)))
      (should (= 1 (length (delete-dups
                            (mapcar (lambda (frame) (string-width (prefix frame)))
                                    '(34 30 33 35 1))))))
      (should-not (get-text-property (smbcmp-list-rows-start 90) 'line-prefix)))
    ;; And all of it goes with the links.
    (smblog-pair-stop smblog-pair)
    (should-not (text-property-not-all (point-min) (point-max) 'line-prefix nil))))

(ert-deftest smblog-frames-test-keys-come-from-the-log ()
  "An encrypted capture is decrypted with the log's keys before it is linked."
  (smblog-frames-test--with (smbcmp-test-data "enc-smb311")
    (smblog-frames-test--complete)
    (smbcmp-link-log (smbcmp-test-data "enc-smb311" "log.smbd.gz"))
    (let ((links (smblog-pair-links (smblog-frames-test--linked))))
      (should (= 53 (smblog-links-certain links) (smblog-links-count links)
                 (smblog-links-frame-requests links))))))

(ert-deftest smblog-frames-test-what-is-ambiguous-is-asked ()
  "Where nothing tells which request a frame is, the user chooses, not we.
That is asked once: other requests of the process are on its connection."
  (let ((file (smblog-link-test--unpack
               "concurrent"
               ;; None of what tells whose a connection is.
               "sed -E 's/global_id/id/; s/ipv4:[0-9.]+:[0-9]+/host/g'"))
        asked at)
    (unwind-protect
        (smblog-frames-test--with (smbcmp-test-data "concurrent")
          (smblog-frames-test--complete)
          (smbcmp-link-log file)
          (let* ((pair (smblog-frames-test--linked))
                 (number (cl-loop for n from 0 below (smblog-links-count
                                                      (smblog-pair-links pair))
                                  when (eq 'ambiguous (car (smblog-links-of-request
                                                            (smblog-pair-links pair) n)))
                                  return n)))
            (setq at (car (nth 4 (smblog-links-of-request (smblog-pair-links pair) number))))
            (smbcmp-list-goto-frame at)
            (cl-letf (((symbol-function 'completing-read)
                       (lambda (_prompt candidates &rest _)
                         (setq asked candidates)
                         (cadr candidates))))
              (pair-test--key "l"))
            (should (= 2 (length asked)))
            (with-current-buffer (smblog-pair-log-buffer pair)
              (should smblog-filter))
            (let* ((links (smblog-pair-links pair))
                   (capture (smblog-links-capture links))
                   (pid (string-to-number (substring (cadr asked) 4)))
                   (stream (caar (smbcmp-rows capture
                                              (list at) '("tcp.stream"))))
                   ;; A later request of that process, and the frames it may be.
                   (other (cl-loop for n from 40 below (smblog-links-count links)
                                   for request = (smblog-links-request links n)
                                   when (eql pid (plist-get request :pid)) return n))
                   (frames (nth 4 (smblog-links-of-request links other)))
                   (frame (cl-find stream frames :test #'equal
                                   :key (lambda (frame)
                                          (caar (smbcmp-rows capture (list frame)
                                                             '("tcp.stream")))))))
              (should (= 2 (length frames)))
              (cl-letf (((symbol-function 'completing-read)
                         (lambda (&rest _) (error "Asked again"))))
                ;; From the log to the frame, and back.
                (should (eql frame (smblog-links-chosen-frame
                                    links (smblog-links-request links other) frames)))
                (select-window (get-buffer-window (smblog-pair-list-buffer pair)))
                (smbcmp-list-goto-frame frame)
                (pair-test--key "l")
                (with-current-buffer (smblog-pair-log-buffer pair)
                  (should (eql (plist-get (smblog-links-request links other) :begin)
                               (smblog-message-at-point))))))))
      (delete-file file))))

(ert-deftest smblog-frames-test-both-follow-each-other ()
  "With following on, a move in either moves the other."
  (smblog-frames-test--with (smbcmp-test-data "good")
    (smblog-frames-test--complete)
    (smbcmp-list-goto-frame 18)
    (pair-test--key "l")
    (let* ((pair (smblog-frames-test--linked))
           (links (smblog-pair-links pair))
           (log-buffer (smblog-pair-log-buffer pair)))
      (smblog-frames-test--wait (lambda () (get-buffer-window log-buffer)))
      (pair-test--key "L")
      (should smblog-follow-frames)
      (pair-test--key "n n")
      (smblog-frames-test--wait
       (lambda ()
         (with-current-buffer log-buffer
           (eql (smblog-message-at-point)
                (plist-get (smblog-links-request links (car (smblog-links-of-frame links 20)))
                           :begin)))))
      (select-window (get-buffer-window log-buffer))
      (pair-test--key "\\")
      (smblog-mode-test-settle)
      (pair-test--key "]")
      (pair-test--key "]")
      (smblog-frames-test--wait (lambda () (eql 24 (smblog-frames-test--list-frame)))))))

;;;; From a comparison

(defmacro smblog-frames-test--comparing (a b &rest body)
  "Compare the captures in the folders A and B, and do BODY in the comparison."
  (declare (indent 2))
  `(smblog-frames-test--with nil
     (smbcmp-diff (smbcmp-test-data ,a) (smbcmp-test-data ,b))
     (compare-view-test--wait-for-verdict)
     (set-buffer (compare-view-test--buffer))
     ,@body))

(ert-deftest smblog-frames-test-the-first-differing-line-of-server-code ()
  "A divergence leads to the two logs, at the message that made the difference."
  (browse-need-room)
  (smblog-frames-test--comparing "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "34/35 .*status +CREATE new: ")
    (set-window-point nil (point))
    (pair-test--key "L")
    (let (control)
      (smblog-frames-test--wait
       (lambda ()
         (setq control (cl-find-if (lambda (buffer)
                                     (eq 'ediff-mode (buffer-local-value 'major-mode buffer)))
                                   (buffer-list)))))
      (with-current-buffer control
        (with-current-buffer ediff-buffer-B
          (should (equal (concat "mkdir_internal  source3/smbd/open.c:4328\n"
                                 "  mkdir_internal: failing share access share")
                         (buffer-substring-no-properties (point) (line-end-position 2)))))
        (cl-flet ((header ()
                    (eval (cadr (buffer-local-value 'header-line-format ediff-buffer-B)) t)))
          ;; It stays in sight, and can be taken along.
          (should (string-match-p "\\`B 1/[0-9]+ mkdir_internal source3/smbd/open.c:4328: \
failing share access share\\'"
                                  (header)))
          ;; Where that is too wide, directories go, not what is said.
          (cl-letf (((symbol-function 'window-width) (lambda (&rest _) 70)))
            (should (string-match-p "\\`B 1/[0-9]+ mkdir_internal open.c:4328: failing share access share\\'"
                                    (header))))
          (call-interactively (key-binding "w"))
          (should (equal "mkdir_internal source3/smbd/open.c:4328: failing share access share"
                         (current-kill 0)))
          (call-interactively (key-binding "]"))
          (should (string-match-p "\\`B 2/[0-9]+ .*NT_STATUS_ACCESS_DENIED\\'" (header)))
          (with-current-buffer ediff-buffer-B
            (should (string-match-p "NT_STATUS_ACCESS_DENIED"
                                    (buffer-substring (point) (line-end-position 2))))
            (call-interactively (key-binding "["))
            (should (looking-at "mkdir_internal "))))
        ;; All that differs is still below.
        (should (> ediff-number-of-differences 1))
        (cl-letf (((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
          (ediff-really-quit nil))))
    ;; Where the share was connected the server already knew.
    (set-buffer (compare-view-test--buffer))
    (goto-char (point-min))
    (should (re-search-forward "18/19 .*TREE CONNECT" nil t))))

(defun smblog-frames-test--control ()
  "Wait for Ediff and return its control buffer."
  (let (control)
    (smblog-frames-test--wait
     (lambda ()
       (setq control (cl-find-if (lambda (buffer)
                                   (eq 'ediff-mode (buffer-local-value 'major-mode buffer)))
                                 (buffer-list)))))
    control))

(ert-deftest smblog-frames-test-why-a-user-may-not-use-a-share ()
  "Among 80 messages of the failing side alone, the one that says why leads."
  (browse-need-room)
  (smblog-frames-test--comparing "good" "forbidden"
    (goto-char (point-min))
    (re-search-forward "status +TREE CONNECT .*: ")
    (set-window-point nil (point))
    (pair-test--key "L")
    (with-current-buffer (smblog-frames-test--control)
      (call-interactively (key-binding "w"))
      ;; What grep finds.
      (should (string-match "\\`\\([a-z_]+\\) source3/smbd/\\([a-z_]+\\.c\\):[0-9]+: \\(.*\\)\\'"
                            (current-kill 0)))
      (should (equal '("user_ok_token" "share_access.c" "User nobody not in 'valid users'")
                     (mapcar (lambda (n) (match-string n (current-kill 0))) '(1 2 3))))
      (should (eq 0 (call-process "sh" nil nil nil "-c" "zcat \"$0\" | grep -q \"$1\""
                                  (smbcmp-test-data "forbidden" "log.smbd.gz")
                                  (match-string 3 (current-kill 0)))))
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
        (ediff-really-quit nil)))))

(defun smblog-frames-test--link-parts (list-buffer folder)
  "Link LIST-BUFFER to the log of FOLDER, renamed in its middle: two files."
  (let ((directory (make-temp-file "smblog-parts" t)))
    (smblog-mode-test-shell
     "gzip -dc %s | awk -v d=%s '/^\\[20/ { n++ } { print > (n < 2000 ? d \"/log.smbd.old\" : d \"/log.smbd\") }'"
     (smbcmp-test-data folder "log.smbd.gz") directory)
    (smblog-pair-buffers
     (smblog-buffer-of-files (list (expand-file-name "log.smbd.old" directory)
                                   (expand-file-name "log.smbd" directory)))
     list-buffer)
    (smblog-frames-test--linked list-buffer)))

(ert-deftest smblog-frames-test-logs-of-several-files-are-compared ()
  "With logs of which a part was renamed, the message that says why would not be found."
  (browse-need-room)
  (smblog-frames-test--comparing "good" "forbidden"
    (cl-loop for side in '(a b) for folder in '("good" "forbidden")
             do (smblog-frames-test--link-parts (smbcmp-compare-view-list side) folder))
    (set-buffer (compare-view-test--buffer))
    (goto-char (point-min))
    (re-search-forward "status +TREE CONNECT .*: ")
    (set-window-point nil (point))
    (pair-test--key "L")
    (with-current-buffer (smblog-frames-test--control)
      (call-interactively (key-binding "w"))
      (should (string-match-p "User nobody not in 'valid users'\\'" (current-kill 0)))
      (cl-letf (((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
        (ediff-really-quit nil)))))

(ert-deftest smblog-frames-test-what-became-of-a-request-without-a-reply ()
  "Of a request that the server never read, what it logged meanwhile tells."
  (smblog-frames-test--comparing "good" "denied"
    (goto-char (point-min))
    (re-search-forward "^ +4/6 +4 .*NEGOTIATE PROTOCOL")
    (set-window-point nil (point))
    (pair-test--key "L")
    (smblog-frames-test--wait
     (lambda ()
       (cl-loop for window in (window-list)
                thereis (with-current-buffer (window-buffer window)
                          (and (derived-mode-p 'smblog-mode)
                               (smblog-message-at-point)
                               (string-match-p
                                "Denied connection from"
                                (plist-get (smblog-message smblog-log (smblog-message-at-point))
                                           :text)))))))))

(ert-deftest smblog-frames-test-two-runs-of-one-case-say-the-same ()
  "Of two runs of one case, the masked logs of every exchange are the same."
  (smblog-frames-test--comparing "good" "good-again"
    (let* ((comparison smbcmp-compare-view-comparison)
           (pairs (mapcar (lambda (list-buffer)
                            (smbcmp-log-with-pair list-buffer #'ignore)
                            (smblog-frames-test--linked list-buffer))
                          (list (car smbcmp-compare-view-buffers)
                                (cdr smbcmp-compare-view-buffers))))
           (compared 0))
      (dotimes (row (smbcmp-comparison-row-count comparison))
        (pcase-let* ((`(,a ,b . ,_) (smbcmp-comparison-row comparison row))
                     (exchanges (list (smbcmp-comparison-exchange comparison 'a a)
                                      (smbcmp-comparison-exchange comparison 'b b)))
                     (texts (cl-mapcar
                             (lambda (pair exchange)
                               (string-join
                                (smbcmp-log-text
                                 (smbcmp-log-side-messages
                                  (smbcmp-log-side-of (smblog-pair-links pair) exchange))
                                 t)))
                             pairs exchanges)))
          (should (> (length (car texts)) 500))
          (should (equal (split-string (car texts) "\n") (split-string (cadr texts) "\n")))
          (cl-incf compared)))
      (should (= 53 compared)))))

(ert-deftest smblog-frames-test-masks-spare-what-matters ()
  "Ids, times and pointers are masked; statuses, masks, paths and flags are not."
  (should (equal "access_mask = 0x80, fname = new, NT_STATUS_OK, 0x001f01ff, mode 0755"
                 (smbcmp-compare-logs-mask
                  "access_mask = 0x80, fname = new, NT_STATUS_OK, 0x001f01ff, mode 0755" 99)))
  (should (equal "pid [pid] at [id] from ipv4:10.0.0.1:[port], key [id], mid = [id]"
                 (smbcmp-compare-logs-mask
                  "pid 99 at 0x55f755c7b890 from ipv4:10.0.0.1:51256, key 442212A9, mid = 4"
                  99))))

(ert-deftest smblog-frames-test-what-one-side-has-is-shown-of-its-log ()
  "For an exchange that only one capture has, its messages are shown."
  (smblog-frames-test--comparing "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "only-a +CLOSE new:")
    (set-window-point nil (point))
    (pair-test--key "L")
    (smblog-frames-test--wait
     (lambda () (let ((log (smblog-frames-test--buffer 'smblog-mode)))
                  (and log (buffer-local-value 'smblog-filter log)))))
    (with-current-buffer (smblog-frames-test--buffer 'smblog-mode)
      (smblog-mode-test-settle)
      (should (string-match-p "OP_CLOSE. mid = 269"
                              (plist-get (smblog-message smblog-log (smblog-view-number 0))
                                         :text))))))

(ert-deftest smblog-frames-test-several-files-are-linked-with-keys-of-any ()
  "The keys that decrypt the capture may be in another file than the first."
  (smblog-frames-test--with nil
    (smblog-find-file (list (smbcmp-test-data "readonly" "log.smbd.gz")
                            (smbcmp-test-data "enc-smb311" "log.smbd.gz")))
    (smblog-mode-test-settle)
    (smblog-link-capture (smbcmp-test-data "enc-smb311" "capture.pcapng"))
    (let* ((links (smblog-pair-links (smblog-frames-test--linked)))
           (log (smblog-open (smbcmp-test-data "enc-smb311" "log.smbd.gz")))
           (own (length (smblog-requests log))))
      (smblog-close log)
      (should (= own (smblog-links-certain links)))
      ;; All of them are of that file.
      (cl-loop for (request state) in (smblog-links-list links)
               when (eq state 'certain)
               do (should (string-match-p
                           "enc-smb311/" (car (smblog-place-in-file
                                               (plist-get request :begin)))))))))

(provide 'smblog-frames-test)
;;; smblog-frames-test.el ends here
