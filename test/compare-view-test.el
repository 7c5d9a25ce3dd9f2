;;; compare-view-test.el --- Where two captures diverge, as shown  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `smbcmp-diff' on whole captures, driven by its keys.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'rewrite)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--diff-text "pair-test" ())
(declare-function pair-test--key "pair-test" (keys))
(declare-function pair-test--shown-p "pair-test" (frame-a frame-b))

(defun compare-view-test--buffer ()
  "Return the comparison's buffer."
  (cl-find-if (lambda (buffer)
                (eq 'smbcmp-compare-mode (buffer-local-value 'major-mode buffer)))
              (buffer-list)))

(defmacro compare-view-test--with (a b &rest body)
  "Compare the captures in folders A and B, wait for the verdict, do BODY there."
  (declare (indent 2))
  `(let ((smbcmp-user-rules nil)
         (smbcmp-compare-pins-file (make-temp-name (expand-file-name "smbcmp-compare-pins"
                                                             temporary-file-directory))))
     (save-window-excursion
       (unwind-protect
           (progn
             (smbcmp-diff (smbcmp-test-data ,a) (smbcmp-test-data ,b))
             (compare-view-test--wait-for-verdict)
             (with-current-buffer (compare-view-test--buffer)
               ,@body))
         (when (file-exists-p smbcmp-compare-pins-file) (delete-file smbcmp-compare-pins-file))
         (dolist (buffer (buffer-list))
           (when (and (buffer-live-p buffer)
                      (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
             (kill-buffer buffer)))))))

(defun compare-view-test--wait-for-verdict ()
  "Wait until the comparison is there."
  (pair-test--wait
   (lambda ()
     (with-current-buffer (compare-view-test--buffer)
       (and smbcmp-compare-view-comparison (null smbcmp-compare-background-state))))))

(defun compare-view-test--text ()
  "Return the text of this buffer."
  (buffer-substring-no-properties (point-min) (point-max)))

(defun compare-view-test--lines (regexp)
  "Return the lines of this buffer that match REGEXP, trimmed."
  (cl-remove-if-not (lambda (line) (string-match-p regexp line))
                    (mapcar #'string-trim (split-string (compare-view-test--text) "\n"))))

(ert-deftest compare-view-test-a-filter-says-what-is-compared ()
  "/ compares what passes a display filter; an empty one takes it away."
  (compare-view-test--with "good" "readonly"
    (let ((all (smbcmp-comparison-counts smbcmp-compare-view-comparison)))
      (cl-flet ((filter (filter) (cl-letf (((symbol-function 'smbcmp-read-filter)
                                            (lambda (&rest _) filter)))
                                   (execute-kbd-macro "/"))
                        (compare-view-test--wait-for-verdict)
                        (smbcmp-comparison-counts smbcmp-compare-view-comparison)))
        ;; As tshark counts them.
        (should (equal '(15 . 15) (filter "smb2.cmd == 5")))
        (should (equal all (filter "")))))))

(ert-deftest compare-view-test-ret-on-the-environment-leads-to-its-frames ()
  "RET on a line of the environment goes to the frame of each side."
  (compare-view-test--with "good" "smb21"
    (goto-char (point-min))
    (re-search-forward "^   Max Read Size\\|^   Dialect")
    (let ((row (get-text-property (line-beginning-position) 'smbcmp-environment)))
      (pair-test--key "RET")
      (pair-test--wait
       (lambda () (pair-test--shown-p (plist-get row :frame-a) (plist-get row :frame-b)))))))

(ert-deftest compare-view-test-the-verdict-is-said-at-once ()
  "The buffer begins with what was compared, what is the same, where it diverges."
  (compare-view-test--with "good" "readonly"
    (let ((text (compare-view-test--text)))
      (should (string-match-p "\\`A  good/capture.pcapng  114 frames, 53 exchanges\n\
B  readonly/capture.pcapng  102 frames, 47 exchanges\n\n[0-9]+ exchanges are the same" text))
      (should (string-match-p "^First status: CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED \
.*34 of A, 34 of B" text)))))

(defun compare-view-test--merged (directory name &rest captures)
  "Return the file NAME in DIRECTORY with CAPTURES of protocols, by time."
  (let ((file (expand-file-name name directory)))
    (apply #'call-process "mergecap" nil nil nil "-w" file
           (mapcar (lambda (capture)
                     (smbcmp-test-data "protocols" (concat capture ".pcapng")))
                   captures))
    file))

(ert-deftest compare-view-test-divergences-are-grouped-by-protocol ()
  "The buffer and the report say of which protocol how much diverges."
  (skip-unless (executable-find "mergecap"))
  (let* ((directory (make-temp-file "smbcmp-protocols" t))
         (a (compare-view-test--merged directory "a.pcapng" "ldap-good" "dns-good"))
         (b (compare-view-test--merged directory "b.pcapng" "ldap-refused" "dns-nxdomain"))
         (titles '("DNS, 2 divergences" "LDAP, 2 divergences")))
    (unwind-protect
        (cl-letf (((symbol-function 'smbcmp-test-data) #'identity))
          (compare-view-test--with a b
            (should (equal titles (compare-view-test--lines "\\`[A-Z]+, [0-9]+ divergences?\\'")))
            (should (string-match-p "DNS A files.example.com: No error / NXDOMAIN"
                                    (thing-at-point 'line)))
            (pair-test--key "n")
            (pair-test--key "n")
            (should (string-match-p "bindRequest.*success / invalidCredentials"
                                    (thing-at-point 'line)))
            (let ((report (smbcmp-compare-report smbcmp-compare-view-comparison)))
              (dolist (title titles)
                (should (string-match-p (concat "^" title "$") report))))))
      (delete-directory directory t))))

(ert-deftest compare-view-test-what-is-told-in-one-line-unfolds ()
  "TAB on a line that stands for several exchanges shows them, and hides them."
  (compare-view-test--with "good" "smb1"
    (goto-char (point-min))
    (re-search-forward "52 exchanges: only in A")
    (should-not (compare-view-test--lines "CREATE missing.txt$"))
    (pair-test--key "TAB")
    (should (= 1 (length (compare-view-test--lines "CREATE missing.txt$"))))
    (search-forward "CREATE missing.txt")
    (should (smbcmp-compare-view-row-at-point))
    (search-backward "52 exchanges: only in A")
    (pair-test--key "TAB")
    (should-not (compare-view-test--lines "CREATE missing.txt$"))))

(ert-deftest compare-view-test-c-g-stops-comparing ()
  "C-g ends what goes on in the background; g compares after all."
  (compare-view-test--with "good" "readonly"
    (setq smbcmp-compare-view-comparison nil)
    (smbcmp-compare-view-start)
    (should smbcmp-compare-background-requests)
    (smbcmp-compare-view-keyboard-quit)
    (should-not smbcmp-compare-background-requests)
    (should-not smbcmp-compare-background-state)
    (should (string-match-p "\\`Comparison stopped" (compare-view-test--text)))
    (smbcmp-compare-view-start)
    (compare-view-test--wait-for-verdict)
    (should (string-match-p "^First status: CREATE new" (compare-view-test--text)))))

(ert-deftest compare-view-test-two-runs-of-one-case ()
  "Two recordings of one scenario: no significant differences, and it says so."
  (compare-view-test--with "good" "good-again"
    (should (string-match-p "^53 exchanges are the same; no significant differences\\.$"
                            (compare-view-test--text)))
    ;; What was ignored is shown with its rules, and can be shown.
    (should (compare-view-test--lines "^[0-9]+  session id$"))
    (pair-test--key "i")
    (compare-view-test--wait-for-verdict)
    (should (> (length (smbcmp-comparison-divergences smbcmp-compare-view-comparison)) 50))
    (pair-test--key "i")
    (compare-view-test--wait-for-verdict)
    (should-not (smbcmp-comparison-divergences smbcmp-compare-view-comparison))))

(ert-deftest compare-view-test-n-goes-on-where-more-are-shown ()
  "The last one shown is not the last one there is: n and M-g n go on from it."
  (let ((smbcmp-compare-view-limit 3))
    (compare-view-test--with "good" "readonly"
      (let ((count (length (smbcmp-comparison-divergences smbcmp-compare-view-comparison))))
        (should (> count 4))
        (should (string-match-p (format "^\\.\\.\\. of %d divergences" count)
                                (compare-view-test--text)))
        (goto-char (point-min))
        (let ((rows (cl-loop repeat count
                             do (pair-test--key "n")
                             collect (smbcmp-compare-view-row-at-point))))
          (should (= count (length (delete-dups rows)))))
        (should-error (execute-kbd-macro "n") :type 'user-error)
        (should-not (string-match-p "^\\.\\.\\. of" (compare-view-test--text)))))))

(ert-deftest compare-view-test-consequences-are-below-their-cause ()
  "What follows from the refused create is below it, and folds away."
  (compare-view-test--with "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "^ +34/35 .*CREATE new:")
    (forward-line 1)
    (should (looking-at " +36/37 +- +only-a +CLOSE new: only in A$"))
    (forward-line -1)
    (pair-test--key "TAB")
    (should (string-match-p "caused\\]$" (buffer-substring (line-beginning-position)
                                                                   (line-end-position))))
    (should-not (compare-view-test--lines "CLOSE new: only in A"))
    (pair-test--key "TAB")
    (should (compare-view-test--lines "CLOSE new: only in A"))))

(defun compare-view-test--list (side)
  "Return the list of SIDE that is shown; skip the test where there is no room."
  (or (cl-find-if (lambda (buffer)
                    (eq side (buffer-local-value 'smbcmp-compare-lists-side buffer)))
                  (mapcar #'window-buffer (window-list)))
      (browse-need-room)))

(ert-deftest compare-view-test-ret-shows-both-in-their-places ()
  "RET shows the pair in two aligned lists and what differs in its fields."
  (compare-view-test--with "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "^ +34/35 .*CREATE new:")
    (pair-test--key "RET")
    (pair-test--wait (lambda () (pair-test--shown-p 35 35)))
    (let ((a (compare-view-test--list 'a)) (b (compare-view-test--list 'b)))
      (should (and a b))
      (with-current-buffer a
        (should (looking-at " +34/35 +[0-9.]+ +CREATE new ")))
      (with-current-buffer b
        (should (looking-at " +34/35 +[0-9.]+ +CREATE new +STATUS_ACCESS_DENIED")))
      ;; As many lines on both sides, with gaps.
      (should (= (with-current-buffer a (count-lines (point-min) (point-max)))
                 (with-current-buffer b (count-lines (point-min) (point-max)))))
      (select-window (get-buffer-window a))
      (pair-test--key "n")
      (with-current-buffer b (should (looking-at " +~ *$")))
      (with-current-buffer a (should (looking-at " +36/37 +[0-9.]+ +CLOSE new ")))
      (should (= (get-text-property (window-start (get-buffer-window a)) 'smbcmp-row a)
                 (get-text-property (window-start (get-buffer-window b)) 'smbcmp-row b))))))

(ert-deftest compare-view-test-next-error-walks-the-divergences ()
  "\\[next-error] goes from divergence to divergence."
  (compare-view-test--with "good" "readonly"
    (let ((rows (mapcar (lambda (d) (plist-get d :row))
                        (smbcmp-comparison-divergences smbcmp-compare-view-comparison)))
          (seen nil))
      (next-error 1 t)
      (dotimes (_ (length rows))
        (push (buffer-local-value 'smbcmp-compare-lists--shown (compare-view-test--list 'a))
              seen)
        (ignore-error user-error (next-error 1)))
      (should (equal (sort (delete-dups (copy-sequence rows)) #'<)
                     (sort (delete-dups seen) #'<))))))

(ert-deftest compare-view-test-a-rule-changes-the-verdict ()
  "a in the field diff has the whole comparison judged anew."
  (compare-view-test--with "good" "readonly"
    ;; The access that the tree connect grants.
    (goto-char (point-min))
    (re-search-forward "^ +18/19 .*TREE CONNECT")
    (pair-test--key "RET")
    (pair-test--wait (lambda () (pair-test--shown-p 19 19)))
    (select-window (get-buffer-window (smbcmp-diff-view-buffer)))
    (goto-char (point-min))
    (search-forward "Access Mask")
    (pair-test--key "a")
    (pair-test--wait
     (lambda ()
       (with-current-buffer (compare-view-test--buffer)
         (and (null smbcmp-compare-background-state)
              (not (compare-view-test--lines "TREE CONNECT"))))))))

(ert-deftest compare-view-test-pins-are-kept-for-the-two-files ()
  "x splits a pair, = pins one, and the next comparison of the files knows."
  (let ((smbcmp-compare-pins-file (make-temp-file "smbcmp-compare-pins" nil ".eld" "()")))
    (cl-flet ((row-of (n) (smbcmp-comparison-row
                           (buffer-local-value 'smbcmp-compare-view-comparison
                                               (compare-view-test--buffer))
                           n)))
      (compare-view-test--with "good" "good-again"
        (let ((pins smbcmp-compare-pins-file))
          (smbcmp-compare-lists-show (current-buffer) 20)
          (pcase-let ((`(,a ,b . ,_) (row-of 20)))
            (should (equal (list a b) '(20 20))))
          (pair-test--key "x")
          (compare-view-test--wait-for-verdict)
          (should (equal 2 (length (smbcmp-comparison-divergences
                                    (buffer-local-value 'smbcmp-compare-view-comparison
                                                        (compare-view-test--buffer))))))
          (should (equal 1 (length (smbcmp-compare-pins-read (smbcmp-test-data "good")
                                                     (smbcmp-test-data "good-again")))))
          ;; The other way round, they are mirrored.
          (should (equal (smbcmp-compare-pins-read (smbcmp-test-data "good-again")
                                           (smbcmp-test-data "good"))
                         (mapcar (pcase-lambda (`(,together ,x ,y)) (list together y x))
                                 (smbcmp-compare-pins-read (smbcmp-test-data "good")
                                                   (smbcmp-test-data "good-again")))))
          ;; A buffer of its own, as in another session, finds them.
          (kill-buffer (compare-view-test--buffer))
          (should (equal pins smbcmp-compare-pins-file))
          (smbcmp-diff (smbcmp-test-data "good") (smbcmp-test-data "good-again"))
          (compare-view-test--wait-for-verdict)
          (with-current-buffer (compare-view-test--buffer)
            (should (= 1 (length smbcmp-compare-view-pins)))
            (should (compare-view-test--lines "\\`1 pin of yours says"))
            (should (= 2 (length (smbcmp-comparison-divergences
                                  smbcmp-compare-view-comparison))))
            (smbcmp-compare-lists-show (current-buffer) 0)
            (pair-test--key "U")
            (compare-view-test--wait-for-verdict))
          (with-current-buffer (compare-view-test--buffer)
            (should-not smbcmp-compare-view-pins)
            (should-not (smbcmp-comparison-divergences smbcmp-compare-view-comparison)))
          (should-not (smbcmp-compare-pins-read (smbcmp-test-data "good")
                                        (smbcmp-test-data "good-again"))))))
    (when (file-exists-p smbcmp-compare-pins-file) (delete-file smbcmp-compare-pins-file))))

(ert-deftest compare-view-test-pinned-exchanges-stay-together ()
  "= pins two exchanges that the alignment would never pair."
  (compare-view-test--with "good" "readonly"
    ;; CREATE hello.txt to rename it, in A; the create of docs\\readme.txt in B.
    (smbcmp-compare-lists-show (current-buffer) 0)
    (cl-flet ((mark (side label)
                (select-window (get-buffer-window (compare-view-test--list side)))
                (pair-test--wait #'smbcmp-fill-complete-p)
                (goto-char (point-min))
                (re-search-forward label)
                (pair-test--key "m")))
      (mark 'b "CREATE docs\\\\readme.txt")
      (mark 'a "52/53 .*CREATE hello.txt")
      (pair-test--key "=")
      (compare-view-test--wait-for-verdict))
    (with-current-buffer (compare-view-test--buffer)
      (should (compare-view-test--lines "^52/53 +54/55 ")))))

(ert-deftest compare-view-test-damaged-pins-are-told ()
  "A damaged file of pins is an error that names it, and nothing is lost of it."
  (let ((smbcmp-compare-pins-file (make-temp-file "smbcmp-compare-pins" nil ".eld" "((broken")))
    (unwind-protect
        (let ((err (should-error (smbcmp-compare-pins-read (smbcmp-test-data "good")
                                                   (smbcmp-test-data "readonly"))
                                 :type 'smbcmp-file-error)))
          (should (string-match-p (regexp-quote smbcmp-compare-pins-file)
                                  (smbcmp-error-message err)))
          (should (string= "((broken" (with-temp-buffer
                                        (insert-file-contents smbcmp-compare-pins-file)
                                        (buffer-string)))))
      (delete-file smbcmp-compare-pins-file))))

(ert-deftest compare-view-test-killed-packet-lists-come-back ()
  "A packet list that was killed is opened again by whatever needs it."
  (browse-need-room)
  (compare-view-test--with "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "^ +34/35 .*CREATE new:")
    (dolist (kill '((car) (cdr) (car cdr)))
      (dolist (side kill) (kill-buffer (funcall side smbcmp-compare-view-buffers)))
      (pair-test--key "RET")
      (pair-test--wait (lambda () (pair-test--shown-p 35 35)))
      (should (string-match-p "STATUS_ACCESS_DENIED" (pair-test--diff-text)))
      (should (equal '("A" "B") (mapcar (lambda (side)
                                          (with-current-buffer (compare-view-test--list side)
                                            (substring (buffer-name) 8 9)))
                                        '(a b))))
      (pair-test--key "q")
      (set-buffer (compare-view-test--buffer)))
    (kill-buffer (cdr smbcmp-compare-view-buffers))
    (pair-test--key "P")
    (pair-test--wait (lambda () (pair-test--shown-p 35 35)))
    (pair-test--key "q")
    (set-buffer (compare-view-test--buffer))
    (kill-buffer (car smbcmp-compare-view-buffers))
    (pair-test--key "g")
    (compare-view-test--wait-for-verdict)
    (should (compare-view-test--lines "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED"))))

(ert-deftest compare-view-test-killed-packet-lists-keep-their-keys ()
  "What was decrypted is so when its packet list comes back."
  (let ((key (smbcmp-read-keys (smbcmp-test-data "enc-smb311" "log.smbd.gz"))))
    (compare-view-test--with "good" "enc-smb311"
      (smbcmp-add-keys (smbcmp-compare-view-capture 'b) key)
      (pair-test--key "g")
      (compare-view-test--wait-for-verdict)
      (should-not (compare-view-test--lines "of B are encrypted"))
      (kill-buffer (cdr smbcmp-compare-view-buffers))
      (pair-test--key "g")
      (compare-view-test--wait-for-verdict)
      (should-not (compare-view-test--lines "of B are encrypted")))))

(ert-deftest compare-view-test-ret-ret-goes-there-wherever-the-list-was ()
  "A packet list that was shown before goes to what differs all the same."
  (save-window-excursion
    (find-file (smbcmp-test-data "good"))
    (pair-test--wait (lambda () smbcmp-list-complete))
    (redisplay t)
    (compare-view-test--with "good" "readonly"
      (goto-char (point-min))
      (re-search-forward "^ +34/35 .* status +CREATE new:")
      (pair-test--key "RET RET")
      (pair-test--wait (lambda () (pair-test--shown-p 35 35))))))

(ert-deftest compare-view-test-n-goes-on-from-the-end ()
  "Behind the last divergence that is shown `n' shows more."
  (let ((smbcmp-compare-view-limit 5))
    (compare-view-test--with "good" "readonly"
      (goto-char (point-max))
      (pair-test--key "n")
      (should (smbcmp-compare-view-row-at-point))
      (should-error (while t (pair-test--key "n")) :type 'user-error)
      (should-not (smbcmp-compare-summary-more)))))

(ert-deftest compare-view-test-ret-ret-goes-to-what-differs ()
  "From a divergence to the frames: those of its part that differs, with a difference."
  (dolist (keys '("RET RET" "P"))
    (compare-view-test--with "good" "readonly"
      (goto-char (point-min))
      (re-search-forward "^ +34/35 .* status +CREATE new:")
      (pair-test--key keys)
      (pair-test--wait (lambda () (pair-test--shown-p 35 35)))
      (should (string-match-p "^- +NT Status: STATUS_SUCCESS" (pair-test--diff-text)))))
  (let ((smbcmp-compare-slower 1.01) (smbcmp-compare-delay 0))
    (dolist (keys '("RET" "RET RET" "P"))
      (compare-view-test--with "good" "good-again"
        (goto-char (point-min))
        (re-search-forward "^ +[0-9]+/\\([0-9]+\\) +[0-9]+/\\([0-9]+\\) .*slower ")
        (let ((a (string-to-number (match-string 1))) (b (string-to-number (match-string 2))))
          (pair-test--key keys)
          (pair-test--wait (lambda () (pair-test--shown-p a b)))
          (should (string-match-p "^- +Time from request: " (pair-test--diff-text)))
          (with-current-buffer (smbcmp-diff-view-buffer)
            (should-not (string-match-p " 0 difference" (smbcmp-diff-view--header)))))))))

(defun compare-view-test--click (event regexp)
  "Click with EVENT, a symbol, on what matches REGEXP."
  (goto-char (point-min))
  (re-search-forward regexp)
  (let ((click (list event (list (selected-window) (match-beginning 0) '(0 . 0) 0))))
    ;; Point is elsewhere.
    (goto-char (point-max))
    (funcall-interactively (key-binding (vector event)) click)
    (set-buffer (window-buffer))))

(ert-deftest compare-view-test-the-first-is-read-and-clicked ()
  "What diverged first is not cut off at 80 columns, and leads to its exchange."
  (compare-view-test--with "good" "readonly"
    (let ((text (buffer-string)) (inhibit-read-only t))
      (smbcmp-compare-summary--fit 79)
      (goto-char (point-min))
      (while (looking-at-p "[^s]\\|s[^t]\\|$")
        (should (<= (- (line-end-position) (point)) 79))
        (forward-line 1))
      (should (equal (split-string text) (split-string (buffer-string)))))
    (should (eq (key-binding [mouse-2]) (key-binding [double-mouse-1])))
    ;; A click with mouse-1 is one with mouse-2 there.
    (goto-char (point-min))
    (re-search-forward "^First status")
    (cl-flet ((link-p (place) (mouse-on-link-p (list (selected-window) place '(0 . 0) 0))))
      (should (link-p (match-beginning 0)))
      (should-not (link-p (point-min))))
    (let ((view (current-buffer)))
      (dolist (where '("^First status" "^ +34/35 .*status"))
        (dolist (event '(mouse-2 double-mouse-1))
          (pop-to-buffer view)
          ;; Right after a click, the other would be its second half.
          (execute-kbd-macro (kbd "M-<"))
          (compare-view-test--click event where)
          (should (derived-mode-p 'smbcmp-compare-list-mode))
          (should (string-match-p "34/35" (buffer-substring (line-beginning-position)
                                                            (line-end-position)))))))))

(ert-deftest compare-view-test-i-and-back-compares-once ()
  "i tells that it is done when it is, and neither way is compared twice."
  (compare-view-test--with "good" "good-again"
    (let ((inhibit-message nil) told)
      (cl-letf (((symbol-function 'message)
                 (lambda (format &rest args)
                   (when format (push (apply #'format format args) told)))))
        (execute-kbd-macro "i")
        (should smbcmp-compare-background-requests)
        (should-not (member "Every difference is shown, as without any rules" told))
        (compare-view-test--wait-for-verdict)
        (should (member "Every difference is shown, as without any rules" told))))
    (let ((every (compare-view-test--text)))
      (dotimes (_ 2)
        (execute-kbd-macro "i")
        (should-not smbcmp-compare-background-requests)
        (should (string-match-p "^53 exchanges are the same" (compare-view-test--text)))
        (execute-kbd-macro "i")
        (should-not smbcmp-compare-background-requests)
        (should (equal every (compare-view-test--text)))))
    ;; Other rules, another comparison.
    (let ((smbcmp-user-rules '((:name "mine" :kind volatile :field "smb2.flags"))))
      (execute-kbd-macro "i")
      (should smbcmp-compare-background-requests)
      (compare-view-test--wait-for-verdict))))

(ert-deftest compare-view-test-q-restores-what-was-there-just-before ()
  "Windows of before the comparison come back, but not to who came by another way."
  (save-window-excursion
    (delete-other-windows)
    (switch-to-buffer "*scratch*")
    (split-window-below)
    (compare-view-test--with "good" "readonly"
      (should (= 1 (length (window-list))))
      (goto-char (point-min))
      (pair-test--key "n RET q q")
      (should (= 2 (length (window-list))))
      (should (equal "*scratch*" (buffer-name (window-buffer)))))
    (compare-view-test--with "good" "readonly"
      (let ((view (buffer-name)))
        (execute-kbd-macro (kbd "C-x b *Messages* RET"))
        (execute-kbd-macro (kbd (format "C-x b %s RET" (replace-regexp-in-string " " " SPC " view))))
        (should (equal view (buffer-name (window-buffer))))
        (execute-kbd-macro "q")
        (should (= 1 (length (window-list))))
        (should (equal "*Messages*" (buffer-name (window-buffer))))))))

(ert-deftest compare-view-test-connections-with-partners-are-counted ()
  "What is said to be paired has two partners."
  (should (equal "Connections (client, exchanges): 2 paired, 1 only in A, 3 only in B\n"
                 (smbcmp-compare-report--connection-counts
                  '((x y) (x nil) (x y) (nil y) (nil y) (nil y))))))

(ert-deftest compare-view-test-k-decrypts ()
  "k asks for the keys of the side that lacks them, and compares anew."
  (compare-view-test--with "good" "enc-smb311"
    (should (compare-view-test--lines "\\`100 messages of B are encrypted"))
    (cl-letf (((symbol-function 'y-or-n-p) (lambda (_) t)))
      (pair-test--wait (lambda () (buffer-local-value 'smbcmp-list-keys-encrypted
                                                      (cdr smbcmp-compare-view-buffers))))
      (smbcmp-compare-view-decrypt))
    (pair-test--wait (lambda () (compare-view-test--lines "\\`52 exchanges are the same")))
    (pair-test--wait (lambda () (null (buffer-local-value 'smbcmp-list-keys-encrypted
                                                          (cdr smbcmp-compare-view-buffers)))))
    (should-error (smbcmp-compare-view-decrypt) :type 'user-error)))

(ert-deftest compare-view-test-a-lone-response-looks-like-one ()
  "A request that was not answered and an answer to nothing are told apart."
  (should (equal '("-" "34" "-/35" "34/35")
                 (mapcar #'smbcmp-compare-report-frames
                         '(nil (34 . nil) (nil . 35) (34 . 35))))))

(provide 'compare-view-test)
;;; compare-view-test.el ends here
