;;; smblog-views-test.el --- Filters, search and charts find what awk finds  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Views of a log, what is found in it and counted, against what awk and grep find.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog)
(require 'smblog-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smblog--module-facts "smbcmp-module.so" (log))
(declare-function smblog--module-gaps "smbcmp-module.so" (log seconds))

;;;; Views

(defun smblog-test-awk-messages (file condition)
  "Return the numbers of the messages of FILE of which awk's CONDITION is true.
In it, h is the header and t all the text."
  (mapcar #'string-to-number
          (split-string
           (smblog-test-shell
            file (format "awk '
  # Whether text S tells of a failure, but for statuses that match IGNORED.
  function failed(s, ignored) {
    gsub(\"NT_STATUS_(OK|MORE_PROCESSING_REQUIRED|END_OF_FILE|CANCELLED\" ignored \")[^A-Z]\",
         \"\", s)
    gsub(/\\n *[a-z_]+ +: NT_STATUS_[A-Z_]*/, \"\", s)
    return s ~ /NT_STATUS_[A-Z]/
  }
  function done() { if (n && (%s)) print n - 1 }
  /^\\[20/ { done(); n++; h = $0; t = \"\"
             l = $0; sub(/^[^,]*, */, \"\", l); sub(/,.*/, \"\", l); level = l + 0
             p = $0; sub(/.*pid=/, \"\", p); pid = p + 0 }
  { t = t $0 \"\\n\" }
  END { done() }'" condition)))))

(ert-deftest smblog-filters-are-awks ()
  "A filter would hide a message it should show, or show others."
  (let ((file (smbcmp-test-data "concurrent" "log.smbd.gz")))
    (smblog-test-with (log file)
      (pcase-dolist
          (`(,filter ,condition)
           '(((level <= 3) "level <= 3")
             ((level > 9) "level > 9")
             ((level /= 10) "level != 10")
             ((pid 29358) "pid == 29358")
             ((class "smb2" "locking") "h ~ /class=(smb2|locking)\\]/")
             ((class "smb*") "h ~ /class=smb/")
             ((file "smb2_create.c") "h ~ /\\/smb2_create\\.c:/")
             ((file "*/locking/*.c") "h ~ /\\/locking\\/[^\\/]*\\.c:/")
             ((function "smbd_smb2_*_send") "h ~ /\\(smbd_smb2_.*_send\\)$/")
             ((text "OBJECT_NAME_NOT_FOUND") "index(t, \"OBJECT_NAME_NOT_FOUND\")")
             ((text "object_name" fold) "index(tolower(t), \"object_name\")")
             ((text "f") "index(t, \"f\")")
             ((regexp "mid = [0-9]*7$") "t ~ /mid = [0-9]*7\\n/")
             ((error)
              "(h ~ /request_done_ex/ || level <= 3 && h !~ /request_error_ex/) && failed(t, \"\")")
             ((error "NT_STATUS_OBJECT_NAME_NOT_FOUND" "NT_STATUS_NO_SUCH_FILE")
              "(h ~ /request_done_ex/ || level <= 3 && h !~ /request_error_ex/) \
               && failed(t, \"|OBJECT_NAME_NOT_FOUND|NO_SUCH_FILE\")")
             ((error logon connection) "0")
             ((messages 100 200) "n >= 101 && n <= 201")
             ((process 29359 3000 4000) "pid == 29359 && n >= 3001 && n <= 4001")
             ((not (text "NT_STATUS")) "!index(t, \"NT_STATUS\")")
             ((and (pid 29359) (level <= 5) (text "hello")) 
              "pid == 29359 && level <= 5 && index(t, \"hello\")")
             ((or (level <= 1) (and (text "docs") (not (pid 29359))))
              "level <= 1 || (index(t, \"docs\") && pid != 29359)")
             ((user "SMBU") "pid == 29358 || pid == 29359")
             ((client ":51272") "pid == 29359")
             ((share "nonesuch") "0")))
        (should (equal (cons filter (smblog-test-view-messages log filter))
                       (cons filter (smblog-test-awk-messages file condition))))))))

(ert-deftest smblog-filter-request-is-one-request-s ()
  "Another request's messages would be shown with it."
  (smblog-test-with (log (smbcmp-test-data "concurrent" "log.smbd.gz"))
    (dolist (r (seq-take (smblog-requests log) 100))
      (let ((messages (smblog-test-view-messages
                       log `(request ,(plist-get r :pid) ,(plist-get r :mid)))))
        (should (= (length messages) (plist-get r :messages)))
        (should (= (car messages) (plist-get r :begin)))
        (should (= (car (last messages)) (plist-get r :end)))
        (dolist (n messages)
          (should (= (plist-get (smblog--module-message log n) :pid)
                     (plist-get r :pid))))))))

(ert-deftest smblog-filter-time ()
  "A range of time would have other messages than its own."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let* ((from (plist-get (smblog-message log 1000) :time))
           (to (plist-get (smblog-message log 2000) :time))
           (messages (smblog-test-view-messages log `(time ,from ,to))))
      (should (<= (car messages) 1000))
      (should (>= (car (last messages)) 2000))
      (should (equal messages
                     (cl-loop for n below (smblog-message-count log)
                              when (<= from (plist-get (smblog--module-message log n) :time) to)
                              collect n)))
      (should (= (length (smblog-test-view-messages log '(time nil nil)))
                 (smblog-message-count log))))))

(ert-deftest smblog-wrong-filters-are-told ()
  "The user would not learn what is wrong with a filter."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (dolist (filter '((nonesuch 1) nonsense "level" (level) (level 3) (level = x) (text) (text 3)
                      (regexp "(") (and (level <= 3) (foo)) (not) (pid x) (time "a")))
      (should-error (smblog--module-view log filter)))))

(ert-deftest smblog-view-positions ()
  "A view would lose the place in the log."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let* ((view (smblog-test-view log '(level <= 3)))
           (n (nth 2 (smblog--module-view-progress view))))
      (should (> n 100))
      (dotimes (i n)
        (let ((message (smblog--module-view-nth view i)))
          (should (= (smblog--module-view-position view message) i))
          (should (= (smblog--module-view-position view (1+ message)) (1+ i)))))
      (should-not (smblog--module-view-nth view n))
      (should (= (smblog--module-view-position view most-positive-fixnum) n)))))

;;;; Search, text as shown

(ert-deftest smblog-search-finds-all ()
  "A search would pass over a place, or show another."
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let ((all (smblog-test-view-messages log '(text "missing.txt")))
          (at 0) found)
      (let (hit)
        (while (setq hit (and (< at (smblog-message-count log))
                              (smblog--module-search log nil "missing.txt" at 1)))
          (should (eql (string-match-p "missing\\.txt" (smblog--module-body log (car hit)))
                       (cdr hit)))
          (push (car hit) found)
          (setq at (1+ (car hit)))))
      (should (equal (nreverse found) all))
      (let ((last (smblog--module-search log nil "missing.txt"
                                         (1- (smblog-message-count log)) -1)))
        (should (= (car last) (car (last all))))
        (should (string-prefix-p "missing.txt"
                                 (substring (smblog--module-body log (car last)) (cdr last)))))
      ;; In the header there is no place in the text.
      (should (equal (smblog--module-search log nil "debug_dump_status" 0 1) '(0)))
      (should-not (smblog--module-search log nil "nowhere to be found" 0 1))
      (should (equal (smblog--module-search log nil "MISSING.t.t" 0 1 t t)
                     (smblog--module-search log nil "missing.txt" 0 1)))
      (let ((view (smblog-test-view log '(level <= 3))))
        (should (memq (car (smblog--module-search log view "NT_STATUS" 0 1))
                      (smblog-test-view-messages log '(and (level <= 3)
                                                           (text "NT_STATUS")))))))))

(ert-deftest smblog-render-says-where-messages-are ()
  "The mode would take one message for another."
  (smblog-test-with-text (log (concat smblog-test-header "  \xc3\xa9\xe9\n  second\n"
                                      smblog-test-header "  \xf0\x9f\x98\x80 two\n"))
    (dolist (body '(nil first t))
      (pcase-let ((`(,text . ,messages)
                   (smblog--module-render log nil 0 10 `(:header "%l %p %f:%n %s" :body ,body))))
        (should (= (length messages) 2))
        (dotimes (n 2)
          (pcase-let ((`(,number ,start ,middle ,end ,level ,more) (aref messages n)))
            (should (equal (list number level) (list n 3)))
            (should (equal (substring text start middle) "3 8022 x.c:1 f\n"))
            (let ((whole (smblog--module-body log n)))
              (should (equal (substring text middle end)
                             (pcase body
                               ('nil "")
                               ('first (substring whole 0 (1+ (string-match "\n" whole))))
                               ('t whole))))
              (should (eq more (not (or (eq body t)
                                        (and body (= n 1)))))))))))))

;;;; A log at a glance

(ert-deftest smblog-histogram-counts-all ()
  "The overview would show other numbers than there are."
  (let ((file (smbcmp-test-data "t-lock" "log.smbd.gz")))
    (smblog-test-with (log file)
      (let ((histogram (smblog--module-histogram log 20)))
        (should (= (apply #'+ (append (plist-get histogram :messages) nil))
                   (smblog-message-count log)))
        (should (= (apply #'+ (append (plist-get histogram :requests) nil)) 905))
        (pcase-dolist (`(,level . ,count) (plist-get histogram :levels))
          (should (= count (smblog-test-count file (format "^\\[20[^,]*, *%d," level)))))
        (should (= (apply #'+ (append (plist-get histogram :failed) nil))
                   (- 903
                      (smblog-test-count
                       file "done_ex: mid.*status\\[\\(NT_\\)\\?STATUS_\\(OK\\|MORE_PROC[A-Z_]*\\|\
CANCELLED\\|NO_MORE_[A-Z]*\\|END_OF_FILE\\|BUFFER_OVERFLOW\\)\\]"))))))))

(ert-deftest smblog-gaps-are-where-time-passes ()
  "A pause or a clock set back would not be seen."
  (smblog-test-with-text
      (log (mapconcat (lambda (time) (format "[2026/11/24 01:%s,  3, pid=1] x.c:1(f)\n" time))
                      '("00:00.000000" "00:00.400000" "00:02.000000" "00:01.000000"
                        "00:01.100000")
                      ""))
    (should (equal (smblog--module-gaps log 0.5) '((2 . 1.6) (3 . -1.0))))))

(ert-deftest smblog-facts-are-in-the-log ()
  "Whose process it is would not be told."
  (let ((file (smbcmp-test-data "concurrent" "log.smbd.gz")))
    (smblog-test-with (log file)
      (let ((facts (smblog--module-facts log)))
        (should (member '(client "ipv4:127.0.0.1:51256" 29358 1943) facts))
        (should (= (cl-count-if (lambda (fact) (and (eq (car fact) 'share)
                                                    (equal (cadr fact) "share")))
                                facts)
                   (smblog-test-count file "connect to service share initially")))
        (pcase-dolist (`(,_ ,value ,pid ,message) facts)
          (should (string-match-p (regexp-quote value) (smblog--module-body log message)))
          (should (= pid (plist-get (smblog-message log message) :pid))))))))

;; Of good's log: one FSCTL that is not there, one name that is not, one control code
;; that is not handled; that a directory has no more files is no failure.
(ert-deftest smblog-chart-and-list-count-the-same-failures ()
  (smblog-test-with (log (smbcmp-test-data "good" "log.smbd.gz"))
    (let ((listed (seq-count (lambda (request)
                               (eq (smblog-request-status-face request) 'smblog-request-error))
                             (smblog-requests log)))
          (charted (plist-get (smblog--module-histogram log 10) :failed)))
      (should (= listed 3))
      (should (= (apply #'+ (append charted nil)) listed)))))

(provide 'smblog-views-test)
;;; smblog-views-test.el ends here
