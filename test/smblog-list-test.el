;;; smblog-list-test.el --- Filters and the list of requests  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; By keys, on real logs, and against what grep and awk find in the same
;; files, as in smblog-mode-test.el.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog-mode)
(require 'smblog-mode-test)

(declare-function smblog--module-rest "smbcmp-module.so" (log seconds))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))
(declare-function smblog--module-request-count "smbcmp-module.so" (log))
(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Filters

(defconst smblog-mode-test-filters
  '(("concurrent" "level<=3"
     "grep -aE '^\\[20[^,]*, +[0-3],' %s | wc -l")
    ("concurrent" "pid=29359" "grep -ac '^\\[20.*pid=29359,' %s")
    ("concurrent" "class=smb2_credits" "grep -ac '^\\[20.*class=smb2_credits\\]' %s")
    ("concurrent" "function=dbwrap_*" "grep -acE '^\\[20.*\\(dbwrap_[^)]*\\)$' %s")
    ("concurrent" "file=smb2_server.c" "grep -acE '^\\[20.*/smb2_server\\.c:' %s")
    ("concurrent" "not file=smb2_server.c level<=5"
     "grep -aE '^\\[20[^,]*, +[0-5],' %s | grep -avcE '/smb2_server\\.c:'")
    ("concurrent" "level=0 or level=2..3"
     "grep -acE '^\\[20[^,]*, +[023],' %s")
    ("concurrent" "text=OBJECT_NAME_NOT_FOUND"
     "awk '/^\\[20/ { if (hit) n++; hit = 0 } /OBJECT_NAME_NOT_FOUND/ { hit = 1 } \
END { print n + hit }' %s")
    ("concurrent" "text~mid\\ =\\ 2[0-9]+$"
     "awk '/^\\[20/ { if (hit) n++; hit = 0 } /mid = 2[0-9]+$/ { hit = 1 } \
END { print n + hit }' %s")
    ("concurrent" "(pid=29358 or pid=29359) class=smb2"
     "grep -acE '^\\[20.*pid=2935[89],.*class=smb2\\]' %s")
    ("good" "time=01:58:08.98..01:58:08.99"
     "grep -aE '^\\[20' %s | awk '{ t = substr($2, 1, 15) } \
t >= \"01:58:08.98\" && t <= \"01:58:08.990000\"' | wc -l"))
  "Filters and what counts the same in a log: (FOLDER FILTER COMMAND).")

(ert-deftest smblog-filters-leave-what-grep-finds ()
  (pcase-dolist (`(,folder ,filter ,command) smblog-mode-test-filters)
    (smblog-mode-test-with folder
      (smblog-mode-test-keys (concat "/ " (replace-regexp-in-string
                                           " " " SPC "
                                           (replace-regexp-in-string "\\\\ " "." filter))
                                     " RET"))
      (should (equal (list filter (smblog-view-count))
                     (list filter (smblog-mode-test-count command name)))))))

(ert-deftest smblog-plus-and-minus-change-the-level ()
  (smblog-mode-test-with "good"
    (let ((count (lambda (level)
                   (smblog-mode-test-count
                    "grep -aoE '^\\[20[^,]*, +[0-9]+' %s | awk '$NF <= %d' | wc -l"
                    name level))))
      (smblog-mode-test-keys "-")
      (should (= (smblog-view-count) (funcall count 9)))
      (smblog-mode-test-keys "C-u 6 -")
      (should (= (smblog-view-count) (funcall count 3)))
      (smblog-mode-test-keys "+")
      (should (= (smblog-view-count) (funcall count 4)))
      (smblog-mode-test-keys "C-u 6 +")
      (should (= (smblog-view-count) 4190))
      (should-not smblog-filter)
      (should-error (smblog-more) :type 'user-error))))

(ert-deftest smblog-a-filter-keeps-point-at-its-message ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "C-s SMB2_OP_IOCTL RET")
    (let ((number (smblog-message-at-point)))
      (smblog-mode-test-keys "/ class=smb2 RET")
      (should (= (smblog-message-at-point) number))
      (smblog-mode-test-keys "\\")
      (should (= (smblog-message-at-point) number))
      (should (= (smblog-view-count) 4190))
      ;; Taken back.
      (smblog-mode-test-keys "\\")
      (should (equal (smblog-filter-print smblog-filter) "class=smb2")))))

(ert-deftest smblog-a-filter-that-leaves-nothing-says-so ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "/ text=there_is_no_such_text RET")
    (should (= (smblog-view-count) 0))
    (should (string-match-p "None of 4,190 messages match" (buffer-string)))
    (should-error (smblog-next) :type 'user-error)
    (smblog-mode-test-keys "\\")
    (should (= (smblog-message-at-point) 0))))

(ert-deftest smblog-wrong-filters-are-told-with-their-place ()
  (pcase-dolist (`(,filter ,regexp ,position)
                 '(("levl<=3" "No such key: levl" 0)
                   ("pid=x" "x is no pid" 5)
                   ("level<=3 (class=smb2" "not closed" 9)
                   ("level<=" "value is missing" 7)
                   ("class=smb2 )" "follow" 11)
                   ("text=\"abc" "no end" 9)
                   ("and class=x" "Nothing before and" 0)
                   ("@nosuch" "No filter is called nosuch" 0)))
    (let ((err (should-error (smblog-filter-expand (smblog-filter-parse filter))
                             :type 'smblog-filter-error)))
      (should (string-match-p regexp (cadr err)))
      (should (equal (list filter (nth 2 err)) (list filter position))))))

(ert-deftest smblog-filters-print-as-they-are-typed ()
  (dolist (filter '("level<=5 pid=1,2" "not (class=smb2 or text=\"a b\")"
                    "(function=a* or function=b*) not file=*x.c" "text~\"a(b) c\"" "@quiet level=0"
                    "time=01:02:03..01:02:04.5" "request=7837/265/1999"))
    (should (equal (smblog-filter-print (smblog-filter-parse filter)) filter)))
  (should (equal (smblog-filter-parse "fun=x -fil=y") '(and (function = "x") (not (file = "y")))))
  (should-not (smblog-filter-parse "  ")))

(ert-deftest smblog-a-saved-filter-is-used-by-its-name ()
  (let ((smblog-filters '(("credits" . "class=smb2_credits"))))
    (smblog-mode-test-with "good"
      (smblog-mode-test-keys "/ @credits RET")
      (should (= (smblog-view-count)
                 (smblog-mode-test-count "grep -ac '^\\[20.*class=smb2_credits\\]' %s" name))))))

(ert-deftest smblog-only-this-process-between-two-messages ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "j 7000 RET m j 7400 RET")
    (let ((pid (plist-get (smblog-message smblog-log 7400) :pid)))
      (smblog-mode-test-keys "b")
      (should (= (smblog-view-count)
                 (smblog-mode-test-count
                  "grep -a '^\\[20' %s | sed -n 7001,7401p | grep -c pid=%d," name pid))))))

;;;; Requests

(defun smblog-mode-test--listed ()
  "Return the requests of this list in the order of its rows, plists."
  (mapcar #'smblog-requests--nth smblog-requests--rows))

(ert-deftest smblog-r-lists-the-requests-the-log-has ()
  (dolist (folder '("good" "concurrent" "t-notify"))
    (smblog-mode-test-with folder
      (smblog-mode-test-keys "r")
      (should (eq major-mode 'smblog-requests-mode))
      (should (equal (mapcar (lambda (request) (plist-get request :begin))
                             (smblog-mode-test--listed))
                     (smblog-mode-test--request-lines name)))
      (should (= (count-lines (point-min) (point-max)) (length smblog-requests--rows))))))

;; t-lock has more requests than are shown before Emacs is idle.
(ert-deftest smblog-commands-on-text-see-all-of-the-request-list ()
  (smblog-mode-test-with "t-lock"
    (let ((lines (smblog-mode-test--request-lines name)))
      (smblog-mode-test-keys "r M->")
      (should (= (count-lines (point-min) (point-max)) (length lines)))
      (smblog-mode-test-keys "p")
      (should (= (plist-get (smblog-requests-at-point) :begin) (car (last lines))))
      (smblog-requests-sort "mid")
      (smblog-mode-test-keys "M-< C-s LOGOFF RET")
      (should (equal (plist-get (smblog-requests-at-point) :opcode) "SMB2_OP_LOGOFF"))
      ;; Rows come above and below of those around the request gone to.
      (smblog-requests-sort "")
      (smblog-requests-goto (nth 700 (smblog-mode-test--listed)))
      (cl-loop repeat 500 until (smbcmp-fill-complete-p) do (sleep-for 0.02))
      (should (smbcmp-fill-complete-p))
      (should (= (line-number-at-pos) 701))
      (should (equal (smblog-requests-at-point) (nth 700 (smblog-mode-test--listed))))
      (should (equal (buffer-string)
                     (mapconcat (lambda (request)
                                  (concat (smblog-requests--row request) "\n"))
                                (smblog-mode-test--listed) ""))))))

(defun smblog-mode-test-look ()
  "Copy what mid 2500 has in this buffer, as another package's command may."
  (interactive)
  (save-excursion
    (goto-char (point-min))
    (kill-new (if (re-search-forward "^ *2500 .*" nil t) (match-string 0) "not found"))))

(ert-deftest smblog-any-command-sees-all-of-the-request-list ()
  "Whatever looks at the text sees rows that were never on the screen."
  (smblog-mode-test-with
      (list "log.smbd"
            (cl-loop for mid from 1 to 3000
                     concat (format "[2026/11/24 01:00:00.%06d, 10, pid=1, class=smb2] \
x.c:1(smbd_smb2_request_dispatch)\n  smbd_smb2_request_dispatch: opcode[SMB2_OP_%s] mid = %d\n"
                                    mid (if (= mid 2900) "CANCEL" "READ") mid)))
    (let ((smbcmp-fill-step 0))
      (dolist (keys '("<f9>" "M-x smblog-mode-test-look RET"))
        (smblog-mode-test-keys "r")
        (global-set-key (kbd "<f9>") #'smblog-mode-test-look)
        ;; What stays on the screen or goes elsewhere waits for no row.
        (smblog-mode-test-keys "M-> p")
        (should (= 3000 (plist-get (smblog-requests-at-point) :mid)))
        (smblog-mode-test-keys "M-< n C-n C-x o C-x o")
        (should (= 3 (plist-get (smblog-requests-at-point) :mid)))
        (should-not (smbcmp-fill-complete-p))
        (smblog-mode-test-keys keys)
        (should (smbcmp-fill-complete-p))
        (should (string-match-p "\\` *2500 READ" (current-kill 0)))
        (smblog-mode-test-keys "M-< C-s CANCEL RET")
        (should (= 2900 (plist-get (smblog-requests-at-point) :mid)))
        (kill-buffer)
        (switch-to-buffer (find-buffer-visiting name))
        (delete-other-windows))
      (global-unset-key (kbd "<f9>")))))

(ert-deftest smblog-ret-in-the-request-list-cycles-begin-and-end ()
  (smblog-mode-test-with "good"
    (let ((log (current-buffer)))
      (smblog-mode-test-keys "r n n RET")
      (let ((request (smblog-requests-at-point)))
        (should (= (with-current-buffer log (smblog-message-at-point))
                   (plist-get request :end)))
        (smblog-mode-test-keys "RET")
        (should (= (with-current-buffer log (smblog-message-at-point))
                   (plist-get request :begin)))
        (smblog-mode-test-keys "n")
        (should (= (with-current-buffer log (smblog-message-at-point))
                   (plist-get (smblog-requests-at-point) :begin)))))))

(ert-deftest smblog-requests-sort-by-any-column ()
  (smblog-mode-test-with "t-notify"
    (smblog-mode-test-keys "r")
    (dolist (column '("mid" "command" "status" "duration" "pid" "messages" "time" "path"))
      (dotimes (_ 2)
        (smblog-requests-sort column)
        (let* ((key (nth 3 (assoc column smblog-requests--columns)))
               (values (delq nil (mapcar (lambda (request)
                                           (smblog-requests--value request key))
                                         (smblog-mode-test--listed))))
               (sorted (sort (copy-sequence values)
                             (lambda (a b) (if (stringp a) (string< a b) (< a b))))))
          (should (equal values (if (cdr smblog-requests--sort) (nreverse sorted) sorted))))))
    ;; And it says so, and the row is still the request's.
    (should (equal (smblog-requests-at-point)
                   (nth (1- (line-number-at-pos)) (smblog-mode-test--listed))))))

(ert-deftest smblog-requests-of-smb1-have-wireshark-s-names ()
  "Commands of SMB1 would be numbers, or not be found by what the list calls them."
  (smblog-mode-test-with "smb1"
    (let ((names (mapcar #'smblog-request-command (smblog-requests smblog-log))))
      ;; As tshark -T text has them in the column Info.
      (with-temp-buffer
        (call-process "tshark" nil '(t nil) nil "-r" (smbcmp-test-data "smb1")
                      "-Y" "smb.flags.response == 0" "-T" "fields" "-e" "_ws.col.Info")
        (should (= (length names) (count-lines (point-min) (point-max))))
        (goto-char (point-min))
        (dolist (name names)
          (should (looking-at (concat (regexp-quote name) "\\_>")))
          (forward-line 1)))
      (dolist (name (delete-dups (copy-sequence names)))
        (should (= (length (cdr (smblog-narrow--requests (downcase name))))
                   (cl-count name names :test #'string-prefix-p)))))))

(ert-deftest smblog-a-much-longer-request-is-an-outlier ()
  ;; Of many, some tell what is usual.
  (dolist (count '(40 20000))
    (let ((table (make-hash-table :test #'equal)) (smblog-requests--fences nil)
          (reads (smblog-order-numbers-make)) (locks (smblog-order-numbers-make)))
      (smblog-order-add reads 900000000)
      (dotimes (i count) (smblog-order-add reads (* 1000000 (+ 1 (% i 5)))))
      (smblog-order-add locks 900000000)
      (puthash "SMB2_OP_READ" reads table)
      (puthash "SMB2_OP_LOCK" locks table)
      (setq smblog-requests--fences (smblog-requests--fences-of table))
      (should (smblog-requests--outlier-p '(:opcode "SMB2_OP_READ" :duration 0.9)))
      (should-not (smblog-requests--outlier-p '(:opcode "SMB2_OP_READ" :duration 0.005)))
      (should-not (smblog-requests--outlier-p '(:opcode "SMB2_OP_LOCK" :duration 0.9))))))

(ert-deftest smblog-requests-are-sorted-by-numbers-or-strings ()
  "Those without a key are last, those with the same one in their own order."
  (cl-flet ((sorted (keys &optional reverse)
              (let ((order (smblog-order-make (1+ (length keys)))) found)
                (cl-loop for key in keys for number from 0
                         do (smblog-order-note order number key))
                (smbcmp-steps-run
                 (smblog-order-sorting order reverse (lambda (numbers) (setq found numbers))))
                found)))
    (should (equal [1 0 2 4 3] (sorted '(5 -1 5 nil 18446744073709551615))))
    (should (equal [4 0 2 1 3] (sorted '(5 -1 5 nil 18446744073709551615) t)))
    (should (equal [1 3 0 4 2] (sorted '(0.25 1e-6 nil 2e-6 7))))
    (should (equal [4 0 3 1 2] (sorted '(0.25 1e-6 nil 2e-6 7) t)))
    (should (equal [2 3 0 1] (sorted '("b" nil "a" "a"))))
    (should (equal [0 2 3 1] (sorted '("b" nil "a" "a") t)))
    (should (equal [0 1] (sorted '(nil nil))))
    (should (equal [] (sorted nil)))))

(ert-deftest smblog-the-request-list-is-arranged-while-the-user-goes-on ()
  "Sorting and matching take some requests at a time; keys work meanwhile."
  (smblog-mode-test-with "t-lock"
    (smblog-mode-test-keys "r")
    (let ((smblog-scan-at-once nil) (smblog-scan-few 0) (smblog-scan-step 0)
          (all (length smblog-requests--rows)))
      (cl-flet ((wait () (cl-loop repeat 500 while (smblog-scan-busy-p 'rows)
                                  do (sleep-for 0.01))))
        (smblog-mode-test-keys "S mid RET")
        (should (smblog-scan-busy-p 'rows))
        (smblog-mode-test-keys "M-> p")
        (should (= all (length smblog-requests--rows)))
        (wait)
        (should (equal (sort (mapcar (lambda (r) (plist-get r :mid)) (smblog-mode-test--listed))
                             #'<)
                       (mapcar (lambda (r) (plist-get r :mid)) (smblog-mode-test--listed))))
        (smblog-mode-test-keys "/ SPC LOGOFF SPC RET")
        (wait)
        (should (= (length smblog-requests--rows)
                   (smblog-mode-test-count
                    "grep -ac 'smbd_smb2_request_dispatch: opcode.SMB2_OP_LOGOFF' %s" name)))
        ;; What is asked for next takes the place of what is under way.
        (smblog-mode-test-keys "/ CLOSE RET / RET S RET")
        (wait)
        (should (equal (number-sequence 0 (1- all)) (append smblog-requests--rows nil)))))))

(ert-deftest smblog-rows-of-a-sorted-list-make-no-requests-around-them ()
  "What is next in a sorted list is somewhere in the log: only that is made."
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "r")
    (let ((shown (mapcar #'smblog-requests--nth smblog-requests--rows)) (made 0))
      (smblog-mode-test-keys "S mid RET")
      (smbcmp-fill-all)
      (let ((module (symbol-function 'smblog--module-requests)))
        (cl-letf (((symbol-function 'smblog--module-requests)
                   (lambda (log &optional from count mid)
                     (let ((requests (funcall module log from count mid)))
                       (cl-incf made (length requests))
                       requests))))
          (smblog-scan-forget)
          (should (equal (sort (smblog-mode-test--listed)
                               (lambda (a b) (< (plist-get a :number) (plist-get b :number))))
                         shown))
          (should (<= made (length shown)))
          (smblog-mode-test-keys "S RET")
          (setq made 0)
          (should (equal shown (smblog-mode-test--listed)))
          (should (<= made (length shown))))))))

(ert-deftest smblog-keys-in-a-new-request-list-make-each-row-once ()
  "M->, M-< and C-s in a list just opened do not make all rows, again and again."
  (smblog-mode-test-with "concurrent"
    (let* ((made 0)
           (count (lambda (&rest _) (cl-incf made)))
           (smbcmp-fill-step 0) (smbcmp-fill-batch 1) (smbcmp-fill-few 5)
           (last (smblog-mode-test-shell
                  "grep -ao 'smbd_smb2_request_dispatch: opcode.SMB2_OP_[A-Z]*' %s \\
| tail -1 | sed s/.*_//" name)))
      (advice-add 'smblog-requests--row :before count)
      (unwind-protect
          (progn
            (execute-kbd-macro (kbd "r"))
            (with-current-buffer (window-buffer)
              (should (derived-mode-p 'smblog-requests-mode))
              (execute-kbd-macro (kbd "M-> p"))
              (should (string-match-p last (buffer-substring (line-beginning-position)
                                                             (line-end-position))))
              (execute-kbd-macro (kbd "M-< C-s SESSSETUP RET"))
              (should (looking-back "SESSSETUP" (line-beginning-position)))
              (should (< made smblog-requests--count))))
        (advice-remove 'smblog-requests--row count)))))

(ert-deftest smblog-only-this-request-is-one-key ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "C-s SMB2_OP_GETINFO RET")
    (let* ((request (smblog-request-at-point))
           (pid (plist-get request :pid))
           (begin (plist-get request :begin))
           (end (plist-get request :end)))
      (should (= begin (smblog-message-at-point)))
      (smblog-mode-test-keys "n n R")
      (should (= (smblog-view-count)
                 (smblog-mode-test-count
                  "grep -a '^\\[20' %s | sed -n %d,%dp | grep -c pid=%d,"
                  name (1+ begin) (1+ end) pid)))
      (smblog-mode-test-keys "R")
      (should-not smblog-filter))))

(ert-deftest smblog-a-message-knows-its-request ()
  (smblog-mode-test-with "concurrent"
    ;; Every message of a process between dispatch and done of a mid, by awk.
    (let ((expected
           (mapcar (lambda (line) (mapcar #'string-to-number (split-string line)))
                   (split-string
                    (smblog-mode-test-shell
                     "awk '/^\\[20/ { n++; match($0, /pid=[0-9]+/); \
pid = substr($0, RSTART + 4, RLENGTH - 4); if (pid in mid) print n - 1, mid[pid] } \
/^  smbd_smb2_request_dispatch: opcode/ { mid[pid] = $NF; print n - 1, $NF } \
/^  smbd_smb2_request_done_ex: mid/ { delete mid[pid] }' %s | awk 'NR %% 97 == 0'" name)
                    "\n"))))
      (should (> (length expected) 100))
      (pcase-dolist (`(,number ,mid) expected)
        (should (equal (list number mid)
                       (list number
                             (plist-get (smblog-request-of
                                         number (plist-get (smblog-message smblog-log number)
                                                           :pid))
                                        :mid))))))))

(ert-deftest smblog-imenu-goes-to-a-request ()
  (smblog-mode-test-with "good"
    (let* ((index (funcall imenu-create-index-function))
           (entry (nth 10 index)))
      (should (= (length index) (length (smblog-requests smblog-log))))
      (imenu entry)
      (should (string-match-p "smbd_smb2_request_dispatch" (smblog-mode-test-line))))))

(ert-deftest smblog-list-test-requests-of-a-log-that-is-being-indexed ()
  "A list that was asked for early says that it is a part, and becomes the whole."
  (smblog-mode-test-with "good"
    (let ((count (smblog--module-request-count smblog-log)) (log (current-buffer)))
      (dolist (known '(0 3))
        (cl-letf (((symbol-function 'smblog-indexed-p) #'ignore)
                  ((symbol-function 'smblog--module-request-count) (lambda (_log) known)))
          (smblog-mode-test-keys "r"))
        (should (string-match-p (format "\\` %d…" known) (smblog-requests--mode-line)))
        (with-current-buffer log (smblog-buffer--tick log))
        (should (string-match-p (format "\\` %d\\'" count) (smblog-requests--mode-line)))
        (should (= count (count-lines (point-min) (point-max))))
        (pop-to-buffer log)
        (should-not (memq 'smblog-requests--complete smblog-indexed-hook))))))

(ert-deftest smblog-list-test-threads-rest-and-go-on ()
  "While what is known is shown nothing is found out, and then all is."
  (smblog-mode-test-with "good"
    (smblog--module-rest smblog-log 1.0)
    (let* ((begin (float-time))
           (view (smblog--module-view smblog-log '(level <= 5))))
      (unwind-protect
          (progn
            (sleep-for 0.3)
            (when (< (- (float-time) begin) 0.9)
              (should (= 0 (car (smblog--module-view-progress view)))))
            (should (< 0 (smblog-hits-wait view)))
            (should (> (- (float-time) begin) 0.95)))
        (smblog--module-view-free view)))))

(provide 'smblog-list-test)
;;; smblog-list-test.el ends here
