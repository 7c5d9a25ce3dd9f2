;;; files-test.el --- Files and handles  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; tshark with awk, and smbstatus while a recording ran, say what is right.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'json)
(require 'seq)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function latency-test--lines "latency-test" (program &rest arguments))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--clean "pair-test" ())

(defmacro files-test--with-handles (folder &rest body)
  "Do BODY with `handles' being those of the capture of FOLDER."
  (declare (indent 1))
  `(let* ((capture (smbcmp-open (files-test--capture ,folder)))
          (handles (smbcmp-handles capture)))
     (ignore handles)
     (unwind-protect (progn ,@body) (smbcmp-close capture))))

(defun files-test--capture (folder)
  "Return the capture of FOLDER, a file."
  (let ((file (smbcmp-test-data folder)))
    (if (file-exists-p file) file (concat file ".gz"))))

(defun files-test--awk (program &rest arguments)
  "Return the sorted lines that awk's PROGRAM makes of what tshark prints.
ARGUMENTS are tshark's."
  (let ((lines (mapcar #'browse-tshark-plain
                       (apply #'latency-test--lines "tshark" arguments))))
    (with-temp-buffer
      (insert (mapconcat #'identity lines "\n") "\n")
      (should (zerop (call-process-region (point-min) (point-max) "awk" t t nil "-F" "\t" program)))
      (sort (split-string (buffer-string) "\n" t) #'string<))))

;;;; Against tshark and awk

(defconst files-test--folders
  '("good" "readonly" "smb21" "concurrent" "held" "released" "t-oplock-break" "t-contend"
    "t-lease-break" "t-lock" "t-notify")
  "Recordings without several messages in a frame, which awk could not tell apart.")

(ert-deftest files-test-opens-and-closes-are-those-of-tshark ()
  "Each successful CREATE is a handle, with path, share mode, and its CLOSE."
  (dolist (folder files-test--folders)
    (files-test--with-handles folder
      (let ((file (files-test--capture folder)))
        ;; The answers that say success, and the frame of the first CLOSE of
        ;; their file id after them.
        (should
         (equal
          (cons folder
                (sort (cl-loop for handle in handles
                               when (and (plist-get handle :open)
                                         (equal "STATUS_SUCCESS" (plist-get handle :status)))
                               collect (format "%d %s" (plist-get handle :open)
                                               (or (plist-get handle :close) "-")))
                      #'string<))
          (cons folder
                (files-test--awk
                 "$2 == 5 && $3 ~ /^(True|1)$/ && $4 ~ /^(0x0+|0)$/ { n++; f[n] = $5; o[n] = $1 }
$2 == 6 && $3 ~ /^(False|0)$/ { for (i = n; i; i--) if (f[i] == $5 && !c[i]) { c[i] = $1; break } }
END { for (i = 1; i <= n; i++) print o[i], (c[i] ? c[i] : \"-\") }"
                 "-2" "-r" file "-Y" "smb2.cmd == 5 || smb2.cmd == 6" "-T" "fields"
                 "-e" "frame.number" "-e" "smb2.cmd" "-e" "smb2.flags.response"
                 "-e" "smb2.nt_status" "-e" "smb2.fid"))))
        ;; What was asked for.
        (should
         (equal
          (cons folder
                (sort (cl-loop for handle in handles
                               when (plist-get handle :request)
                               collect (format "%d|%s|0x%08x|0x%08x|%d|%d"
                                               (plist-get handle :request)
                                               (plist-get handle :path)
                                               (plist-get handle :access)
                                               (plist-get handle :share-access)
                                               (plist-get handle :disposition)
                                               (car (plist-get handle :oplock))))
                      #'string<))
          (cons folder
                (files-test--awk
                 "{ o = $6; sub (/^0x0*/, \"\", o)
print $1 \"|\" $2 \"|\" $3 \"|\" $4 \"|\" $5 \"|\" (o == \"ff\" ? 255 : o + 0) }"
                 "-2" "-r" file "-Y" "smb2.cmd == 5 && smb2.flags.response == 0 && smb2.response_in"
                 "-T" "fields" "-e" "frame.number" "-e" "smb2.filename"
                 "-e" "smb.access_mask" "-e" "smb.share_access" "-e" "smb2.create.disposition"
                 "-e" "smb2.create.oplock"))))))))

(ert-deftest files-test-reads-and-writes-are-those-of-tshark ()
  "Reads, writes and locks are on the handles they are about."
  (dolist (folder '("good" "concurrent" "held" "t-lock"))
    (files-test--with-handles folder
      (should
       (equal
        (cons folder
              (sort (cl-loop for handle in handles
                             append (cl-loop for event in (plist-get handle :events)
                                             when (memq (plist-get event :kind)
                                                        '(read write lock))
                                             collect (format "%d %s"
                                                             (plist-get event :frame)
                                                             (plist-get handle :id))))
                    #'string<))
        (cons folder
              (files-test--awk
               "{ print $1, $2 }"
               "-2" "-r" (files-test--capture folder)
               ;; What was opened, and answered.
               "-Y" "(smb2.cmd == 8 || smb2.cmd == 9 || smb2.cmd == 10) \
&& smb2.flags.response == 0 && smb2.response_in"
               "-T" "fields" "-e" "frame.number" "-e" "smb2.fid")))))))

(ert-deftest files-test-related-compounds-use-the-handle-before ()
  "In related compounds a message uses the handle of the one before it."
  (files-test--with-handles "t-compound"
    (let ((closed (cl-count-if (lambda (handle)
                                 (cl-find 'close (plist-get handle :events)
                                          :key (lambda (event) (plist-get event :kind))))
                               handles)))
      ;; More than those whose CLOSE names a file id.
      (should (> closed (length (files-test--awk
                                 "{ n = split ($1, f, \",\"); for (i = 1; i <= n; i++)
if (f[i] !~ /^ffffffff/) print f[i] }"
                                 "-2" "-r" (files-test--capture "t-compound")
                                 "-Y" "smb2.cmd == 6 && smb2.flags.response == 0 \
&& !(smb2.cmd == 5)"
                                 "-T" "fields" "-e" "smb2.fid")))))))

(ert-deftest files-test-smb1-has-handles-too ()
  "SMB1's opens and closes are those of tshark."
  (files-test--with-handles "smb1"
    (should (equal (sort (cl-loop for handle in handles
                                  collect (format "%d %s %s" (plist-get handle :open)
                                                  (or (plist-get handle :close) "")
                                                  (plist-get handle :path)))
                         #'string<)
                   (files-test--awk
                    "{ asks = $3 ~ /^(0|False)$/ }
$2 ~ /^(0x0)?4$/ { if (asks) { print open[$4], $1, name[$4]; delete open[$4] } next }
asks { asked = $5; next }
$4 != \"\" && $4 !~ /^0x0+$/ { open[$4] = $1; name[$4] = asked; next }
{ print $1, \"\", asked }"
                    "-2" "-r" (files-test--capture "smb1") "-T" "fields"
                    "-Y" "smb.cmd == 0xa2 || smb.cmd == 4" "-E" "occurrence=f"
                    "-e" "frame.number" "-e" "smb.cmd" "-e" "smb.flags.response"
                    "-e" "smb.fid" "-e" "smb.file")))))

;;;; Against smbstatus

(ert-deftest files-test-what-is-open-is-what-smbstatus-has ()
  "What is open while one client holds on is what the server said then."
  (let* ((status (with-temp-buffer
                   (insert-file-contents (smbcmp-test-data "held" "smbstatus.json"))
                   (json-read)))
         (opened (cl-loop for (_ . file) in (alist-get 'open_files status)
                          append (cl-loop for (_ . open) in (alist-get 'opens file)
                                          collect (list (alist-get 'filename file)
                                                        (alist-get 'hex (alist-get 'sharemode
                                                                                   open))
                                                        (alist-get 'hex (alist-get 'access_mask
                                                                                   open)))))))
    (should (= 5 (length opened)))
    (files-test--with-handles "held"
      ;; The second client had not begun.
      (let ((frame (1- (apply #'min (cl-loop
                                     with first = (plist-get (car handles) :connection)
                                     for handle in handles
                                     unless (equal first (plist-get handle :connection))
                                     collect (plist-get handle :request))))))
        (should (equal (sort opened (lambda (a b) (string< (car a) (car b))))
                       (sort (cl-loop for handle in handles
                                      when (smbcmp-holders-open-p handle frame)
                                      collect
                                      (list (replace-regexp-in-string
                                             "\\\\" "/" (plist-get handle :path) nil t)
                                            (format "0x%08x" (plist-get handle :share-access))
                                            (format "0x%08x" (plist-get handle :access))))
                             (lambda (a b) (string< (car a) (car b))))))))))

;;;; Who held it

(defun files-test--why (handles frame)
  "Return why FRAME failed, texts, as HANDLES tell."
  (mapcar #'car (plist-get (smbcmp-holders-why handles frame) :why)))

(ert-deftest files-test-a-sharing-violation-names-its-holder ()
  "A sharing violation says who has the file open, since when and how."
  (files-test--with-handles "held"
    (let* ((failed (cl-find-if (lambda (handle) (equal "STATUS_SHARING_VIOLATION"
                                                       (plist-get handle :status)))
                               handles))
           (holder (car handles)))
      (should (equal (list (format "hello.txt is open by %s without FILE_SHARE_DELETE since frame %d"
                                   (plist-get holder :connection) (plist-get holder :open)))
                     (files-test--why handles (plist-get failed :open))))
      (should-not (equal (plist-get holder :connection) (plist-get failed :connection)))))
  ;; The share mode of the second open excludes the first, or the reverse.
  (files-test--with-handles "t-lock"
    (should-not (cl-find "CREATE" (smbcmp-holders-problems handles)
                         :key (lambda (problem) (substring (plist-get problem :what) 0 6))
                         :test #'equal))))

(ert-deftest files-test-a-lock-names-its-holder ()
  "A lock that is not granted says which bytes who has locked, since when."
  (files-test--with-handles "t-contend"
    (let ((problem (car (smbcmp-holders-problems handles))))
      (should (string-match-p "\\`LOCK testlock\\\\contend.txt: STATUS_LOCK_NOT_GRANTED\\'"
                              (plist-get problem :what)))
      (should (string-match-p "\\`bytes 0-9 of .* locked exclusively by [0-9.:]+ since frame 26\\'"
                              (caar (plist-get problem :why)))))))

(ert-deftest files-test-a-break-that-is-not-acknowledged-is-told ()
  "A CREATE that waits 35 s says for whose oplock, and that nobody answered."
  (files-test--with-handles "t-oplock-break"
    (let ((problems (smbcmp-holders-problems handles)))
      (should (= 1 (length problems)))
      (should (string-match-p "answered after 35\\." (plist-get (car problems) :what)))
      (should (string-match-p "with a batch oplock since frame 19, broken to level2 oplock in \
frame 21, never acknowledged"
                              (caar (plist-get (car problems) :why)))))))

(ert-deftest files-test-leases-are-broken-and-acknowledged ()
  "Each break of a lease that tshark shows is on its handles, and acknowledged."
  (files-test--with-handles "t-lease-break"
    (let ((breaks (cl-remove-duplicates
                   (cl-loop for handle in handles
                            append (cl-remove-if-not
                                    (lambda (event) (eq 'break (plist-get event :kind)))
                                    (plist-get handle :events)))
                   :key (lambda (event) (plist-get event :frame)))))
      (should (equal (sort (mapcar (lambda (event) (format "%d" (plist-get event :frame)))
                                   breaks)
                           #'string<)
                     (files-test--awk "{ print $1 }" "-r" (files-test--capture "t-lease-break")
                                      "-Y" "smb2.cmd == 18 && smb2.msg_id == 0xffffffffffffffff"
                                      "-T" "fields" "-e" "frame.number")))
      (should (equal (sort (delete-dups
                            (delq nil (mapcar (lambda (event)
                                                (let ((frame (plist-get event :acknowledged)))
                                                  (and frame (number-to-string frame))))
                                              breaks)))
                           #'string<)
                     (files-test--awk "{ print $1 }" "-r" (files-test--capture "t-lease-break")
                                      "-Y" "smb2.cmd == 18 && smb2.flags.response == 0"
                                      "-T" "fields" "-e" "frame.number"))))))

(ert-deftest files-test-leases-are-upgraded ()
  "A lease that a client gets more of is told with what it was before."
  (files-test--with-handles "t-lease-upgrade"
    ;; The test of smbtorture: RH, then RWH by a second handle of the same key.
    (let* ((states (mapcar
                    (lambda (line) (split-string line "\t"))
                    (files-test--awk
                     "{ print }" "-r" (files-test--capture "t-lease-upgrade")
                     "-Y" "smb2.lease.lease_key && smb2.cmd == 5 && smb2.flags.response == 1"
                     "-T" "fields" "-e" "frame.number" "-e" "smb2.lease.lease_state")))
           (more (cl-loop for (before after) on (sort states (lambda (a b)
                                                               (< (string-to-number (car a))
                                                                  (string-to-number (car b)))))
                          when (and after (not (equal (cadr before) (cadr after))))
                          collect (string-to-number (car after))))
           (told (cl-loop for handle in handles
                          for lease = (plist-get handle :lease)
                          unless (memql (plist-get lease :before)
                                        (list nil (plist-get lease :granted)))
                          collect (plist-get handle :open))))
      (should (= 1 (length more)))
      (should (equal more told))
      (let ((smbcmp-capture-at-hand capture))
        (should (string-match-p "lease RWH, granted RWH, before RH"
                                (smbcmp-files-summary
                                 (cl-find (car more) handles
                                          :key (lambda (handle)
                                                 (plist-get handle :open))))))))))

(ert-deftest files-test-a-report-says-who-held-the-file ()
  "The summary of a comparison says who held the file that could not be opened."
  (let ((a (smbcmp-open (files-test--capture "released")))
        (b (smbcmp-open (files-test--capture "held"))))
    (unwind-protect
        (should (string-match-p
                 "STATUS_SHARING_VIOLATION.*\n  hello.txt is open by [0-9.:]+ without \
FILE_SHARE_DELETE since frame [0-9]+  (in B)$"
                 (smbcmp-compare-report-summary (smbcmp-diff-captures a b))))
      (smbcmp-close a)
      (smbcmp-close b))))

(ert-deftest files-test-a-durable-handle-is-opened-again ()
  "A handle that outlives its connection is known again, whatever it is called."
  (files-test--with-handles "t-durable"
    (let ((again (seq-filter (lambda (handle) (plist-get handle :reconnects)) handles)))
      ;; Each next one opens the one before; tshark: the first half of the file id stays.
      (should (= 3 (length again)))
      (should (= 1 (length (delete-dups (mapcar (lambda (handle)
                                                  (substring (plist-get handle :id) 0 18))
                                                again)))))
      (should (= 1 (length (delete-dups (mapcar (lambda (handle) (plist-get handle :path))
                                                again)))))
      (dolist (handle again)
        (let ((before (cl-find (plist-get handle :reconnects) handles
                               :key (lambda (other) (plist-get other :open)))))
          (should (eql (plist-get before :continued) (plist-get handle :open)))
          ;; While nobody is connected it is held all the same.
          (should (smbcmp-holders-open-p before (1- (plist-get handle :open)))))))))

;;;; As its user has it

(ert-deftest files-test-a-break-of-what-was-open-before-is-told ()
  "Who was there before the capture is told of, as far as it is known."
  (let ((file (make-temp-file "smbcmp-test" nil ".pcapng")))
    (unwind-protect
        (progn
          ;; The holder's CREATE is in frames 18 and 19.
          (should (zerop (call-process "editcap" nil nil nil
                                       (files-test--capture "t-oplock-break") file "1-19")))
          (let ((capture (smbcmp-open file)))
            (unwind-protect
                (let ((problems (smbcmp-holders-problems (smbcmp-handles capture))))
                  (should (= 1 (length problems)))
                  (should (string-match-p "answered after 35\\." (plist-get (car problems) :what)))
                  (should (string-match-p
                           "\\`a file is open by .* since before the capture began, broken to \
level2 oplock in frame 2, never acknowledged"
                           (caar (plist-get (car problems) :why)))))
              (smbcmp-close capture))))
      (delete-file file))))

(ert-deftest files-test-who-deleted-a-file-is-told ()
  "Of a file that is being deleted, and of one that is gone, who deleted it."
  (let ((deleter (car (files-test--awk "{ print $1 \":\" $2 }"
                                       "-r" (files-test--capture "contended")
                                       "-Y" "smb2.disposition.delete_on_close == 1"
                                       "-T" "fields" "-e" "ip.src" "-e" "tcp.srcport"))))
    (cl-flet ((frame (filter)
                     (car (browse-tshark-frames (files-test--capture "contended") filter))))
      (files-test--with-handles "contended"
        (let ((set (frame "smb2.disposition.delete_on_close == 1"))
              (closed (frame "smb2.cmd == 6 && smb2.flags.response == 0")))
          (pcase-dolist (`(,status ,text ,leads-to)
                         `(("0xc0000056"
                            ,(format "readme.txt is open by %s since frame [0-9]+, set to be \
deleted in frame %d\\'" deleter set)
                            ,set)
                           ("0xc0000034"
                            ,(format "readme.txt was deleted by %s in frame %d\\'" deleter closed)
                            ,closed)))
            (let* ((frame (frame (concat "smb2.nt_status == " status)))
                   (why (plist-get (smbcmp-holders-why handles frame) :why)))
              (should (= 1 (length why)))
              (should (string-match-p text (caar why)))
              (should (eql leads-to (cdar why))))))))))

(ert-deftest files-test-a-frame-leads-to-the-holder ()
  "From a frame that failed a key goes to where the holder opened the file."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-find-file (files-test--capture "held"))
          (pair-test--wait (lambda () smbcmp-list-complete))
          (let* ((handles (smbcmp-handles smbcmp-list-capture))
                 (failed (cl-find "STATUS_SHARING_VIOLATION" handles :test #'equal
                                  :key (lambda (handle) (plist-get handle :status)))))
            (smbcmp-list-goto-frame (plist-get failed :open))
            (call-interactively (key-binding (kbd "v h")))
            (should (eql (plist-get (car handles) :open) (smbcmp-list-frame-at-point)))
            (smbcmp-list-goto-frame 1)
            (should-error (smbcmp-holder) :type 'user-error)))
      (pair-test--clean))))

(ert-deftest files-test-the-summary-leads-to-the-holder ()
  "RET on the line of a comparison's summary goes to the holder's frame."
  (save-window-excursion
    (unwind-protect
        (let ((view (smbcmp-compare-view-show (files-test--capture "released")
                                              (files-test--capture "held"))))
          (pair-test--wait (lambda () (buffer-local-value 'smbcmp-compare-view-comparison view)))
          (goto-char (point-min))
          (re-search-forward "is open by .* since frame \\([0-9]+\\)")
          (let ((frame (string-to-number (match-string 1))) (list (cdr smbcmp-compare-view-buffers)))
            (call-interactively (key-binding (kbd "RET")))
            (pair-test--wait (lambda () (eql frame (with-current-buffer list
                                                     (smbcmp-list-frame-at-point)))))))
      (pair-test--clean))))

(defmacro files-test--with-view (folder &rest body)
  "Show the files of FOLDER's capture and do BODY there."
  (declare (indent 1))
  `(save-window-excursion
     (unwind-protect
         (progn
           (smbcmp-find-file (files-test--capture ,folder))
           (call-interactively (key-binding (kbd "v f")))
           ,@body)
       (pair-test--clean))))

(ert-deftest files-test-what-went-wrong-is-above ()
  "The cause stands in the first lines, and RET on it leads to the frame."
  (files-test--with-view "held"
    (should (derived-mode-p 'smbcmp-files-mode))
    (should (string-match-p "\\`.*5 never closed, 3 not opened\n\nConflicts:\n"
                            (buffer-string)))
    (goto-char (point-min))
    (re-search-forward "hello.txt is open by")
    (let ((list (car smbcmp-views-lists)))
      (call-interactively (key-binding (kbd "RET")))
      (pair-test--wait (lambda () (eql 23 (with-current-buffer list
                                            (smbcmp-list-frame-at-point))))))))

(ert-deftest files-test-lines-fold-and-unfold ()
  "TAB shows what was done with a handle, and folds a file; all comes back."
  (files-test--with-view "good"
    (goto-char (point-min))
    (re-search-forward "1 write, 5000 bytes")
    (should-not (save-excursion (re-search-forward "write +bytes 0-4999" nil t)))
    (call-interactively (key-binding (kbd "TAB")))
    (should (looking-at-p ".*"))
    (should (save-excursion (re-search-forward "write +bytes 0-4999" nil t)))
    (call-interactively (key-binding (kbd "TAB")))
    (let ((all (buffer-string)))
      (call-interactively (key-binding (kbd "<backtab>")))
      (should (< (buffer-size) (length all)))
      (call-interactively (key-binding (kbd "<backtab>")))
      (should (equal (substring-no-properties all) (buffer-substring-no-properties
                                                    (point-min) (point-max)))))))

(ert-deftest files-test-many-handles-are-folded-at-first ()
  "A file with many handles is one line at first, and TAB shows them."
  (let ((smbcmp-files-unfold-limit 2))
    (files-test--with-view "held"
      (goto-char (point-min))
      (re-search-forward "^ +a.bin +.*…$")
      (should-not (save-excursion (re-search-forward "28/29" nil t)))
      (smbcmp-files-fold-all)
      (smbcmp-files-fold-all)
      (re-search-forward "^ +a.bin +.*…$")
      (call-interactively (key-binding (kbd "TAB")))
      (should (save-excursion (re-search-forward "28/29" nil t))))))

(ert-deftest files-test-a-leak-of-handles-is-on-the-first-screen ()
  "How many handles were never closed, and of which file, is told at the top."
  (let ((file (smbcmp-test-data "leaked")))
    (cl-flet ((count (filter)
                     (length (browse-tshark-frames file filter))))
      (let ((opened (count "smb2.cmd == 5 && smb2.flags.response == 1 && smb2.nt_status == 0")))
        (should (= 50 opened))
        (should (= 0 (count "smb2.cmd == 6")))
        (files-test--with-view "leaked"
          (goto-char (point-min))
          (should (looking-at (format "%d handles, %d never closed$" opened opened)))
          (should (re-search-forward (format "^ +hello\\.txt  %d handles, %d never closed"
                                             opened opened)
                                     nil t))
          (should (< (line-number-at-pos) 20)))))))

(ert-deftest files-test-a-quit-leaves-word-of-what-to-do ()
  "Who stops the worker reads how to begin anew, and that does."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-find-file (files-test--capture "held"))
          (cl-letf (((symbol-function 'smbcmp-steps-wait)
                     (lambda (&rest _) (signal 'quit nil))))
            (smbcmp-files))
          (should (derived-mode-p 'smbcmp-files-mode))
          (should (string-match-p "\\`Stopped; type g " (buffer-string)))
          (revert-buffer)
          (should (string-match-p "Conflicts" (buffer-string))))
      (pair-test--clean))))

(ert-deftest files-test-a-second-time-is-as-it-was-left ()
  "Who comes back sees what was there, unless the capture is another now."
  (files-test--with-view "held"
    (let ((view (current-buffer)) (list (car smbcmp-views-lists))
          (handles smbcmp-files--handles))
      (goto-char (point-max))
      (with-current-buffer list (smbcmp-files))
      (should (eq view (current-buffer)))
      (should (eobp))
      (should (eq handles smbcmp-files--handles))
      (let ((capture (buffer-local-value 'smbcmp-list-capture list)))
        (smbcmp-host-load-again capture)
        (smbcmp-capture-await-loaded capture))
      (with-current-buffer list (smbcmp-files))
      (should-not (eq handles smbcmp-files--handles))
      (cl-flet ((unpacked (packed) (mapcar #'smbcmp-handles-unpack-all packed)))
        (should (equal (unpacked handles) (unpacked smbcmp-files--handles)))))))

(ert-deftest files-test-another-capture-of-the-same-name-begins-anew ()
  "What was folded of a capture that is closed is not folded in the next one."
  (let (shown)
    (dotimes (_ 2)
      (files-test--with-view "held"
        (push (buffer-substring-no-properties (point-min) (point-max)) shown)
        (goto-char (point-min))
        (search-forward "CREATE hello.txt")
        (call-interactively (key-binding (kbd "TAB")))
        (should (< (buffer-size) (length (car shown))))))
    (should (equal (car shown) (cadr shown)))))

(ert-deftest files-test-two-captures-are-side-by-side ()
  "Of two captures, what both have is one line and what differs two."
  (save-window-excursion
    (unwind-protect
        (let ((view (smbcmp-compare-view-show (files-test--capture "released")
                                              (files-test--capture "held"))))
          (pair-test--wait (lambda () (buffer-local-value 'smbcmp-compare-view-comparison view)))
          (call-interactively (key-binding (kbd "v f")))
          (goto-char (point-min))
          (should (re-search-forward "^ +hello.txt  A 3 handles; B 2 handles, 1 never closed" nil t))
          (should (re-search-forward "^ +A .* share RW-; open; closed" nil t))
          (should (re-search-forward "^ +B .* never closed (tree disconnect)" nil t))
          (should (re-search-forward "^ +=  (B .*1 read, 14 bytes; closed" nil t)))
      (pair-test--clean))))

;; No file is held here: handles are asked for by the view alone.
(ert-deftest files-test-clients-are-in-one-column ()
  "However deep files are, the clients of all handles are below each other."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-find-file (files-test--capture "good"))
          (call-interactively (key-binding (kbd "v f")))
          (let (columns)
            (goto-char (point-min))
            (while (re-search-forward "127\\.0\\.0\\.1:[0-9]+" nil t)
              (goto-char (match-beginning 0))
              (cl-pushnew (current-column) columns)
              (forward-line 1))
            (should (= 1 (length columns)))))
      (pair-test--clean))))

(ert-deftest files-test-each-handle-is-of-its-own-capture ()
  "Of two captures, the files of each are those that tshark sees opened there."
  (save-window-excursion
    (unwind-protect
        (let* ((files (mapcar #'smbcmp-test-data '("good" "readonly")))
               (view (apply #'smbcmp-compare-view-show files)))
          (pair-test--wait (lambda () (buffer-local-value 'smbcmp-compare-view-comparison view)))
          (call-interactively (key-binding (kbd "v f")))
          (goto-char (point-min))
          (should (looking-at "A \\([0-9]+\\) handles?, .*; B \\([0-9]+\\) handles?"))
          (should (equal (list (match-string 1) (match-string 2))
                         (mapcar (lambda (file)
                                   (number-to-string
                                    (length (browse-tshark-frames
                                             file "smb2.cmd == 5 && smb2.flags.response == 1 \
&& smb2.nt_status == 0"))))
                                 files))))
      (pair-test--clean))))

(provide 'files-test)
;;; files-test.el ends here
