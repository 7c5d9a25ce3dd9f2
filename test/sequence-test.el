;;; sequence-test.el --- Sequence diagrams  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `smbcmp-sequence' as its user has it, and what is written to files.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function smblog-mode-test-shell "smblog-mode-test" (command &rest args))
(declare-function pair-test--clean "pair-test" ())

(defmacro sequence-test--with-capture (folder &rest body)
  "Show the diagram of FOLDER's capture and do BODY there."
  (declare (indent 1))
  `(save-window-excursion
     (unwind-protect
         (progn
           (smbcmp-find-file (smbcmp-test-data ,folder))
           (pair-test--wait (lambda () smbcmp-list-complete))
           (call-interactively (key-binding (kbd "v s")))
           ,@body)
       (pair-test--clean))))

(defmacro sequence-test--with-comparison (a b &rest body)
  "Show the diagram of the comparison of A and B, folders, and do BODY there."
  (declare (indent 2))
  `(save-window-excursion
     (unwind-protect
         (let ((view (smbcmp-compare-view-show (smbcmp-test-data ,a) (smbcmp-test-data ,b))))
           (pair-test--wait (lambda () (buffer-local-value 'smbcmp-compare-view-comparison view)))
           (call-interactively (key-binding (kbd "v s")))
           ,@body)
       (pair-test--clean))))

(ert-deftest sequence-test-each-client-has-a-column ()
  "Each client has its column, and its exchanges begin there."
  (sequence-test--with-capture "held"
    (goto-char (point-min))
    (forward-line 2)
    (let* ((text (smbcmp-sequence-text smbcmp-sequence--picture 150))
           (lines (split-string text "\n"))
           (clients (mapcar #'car (butlast (plist-get smbcmp-sequence--picture :lanes))))
           (violation (cl-find-if (lambda (line) (string-match-p "SHARING_VIOLATION" line))
                                  lines)))
      (should (= 2 (length clients)))
      (should (equal "127.0.0.1:445" (car (car (last (plist-get smbcmp-sequence--picture
                                                                :lanes))))))
      (should (string-match-p (concat (car clients) " +" (cadr clients) " +127.0.0.1:445")
                              (nth 2 lines)))
      ;; From the second column: the first one's line is passed before it.
      (should (string-match-p "[│|] +[│|].*CREATE hello.txt +STATUS_SHARING_VIOLATION" violation))
      ;; What repeats is one arrow.
      (should (cl-find-if (lambda (line) (string-match-p "CREATE docs\\\\a.bin ×3" line)) lines))
      (should (cl-every (lambda (line) (<= (string-width line) 150)) lines)))))

(ert-deftest sequence-test-the-filter-says-what-is-shown ()
  "Of one capture only what the packet list's filter shows is drawn."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-find-file (smbcmp-test-data "held"))
          (pair-test--wait (lambda () smbcmp-list-complete))
          (smbcmp-list-filter "smb2.cmd == 5")
          (pair-test--wait (lambda () (not smbcmp-list-filter-request)))
          (smbcmp-sequence)
          (should (cl-every (lambda (row)
                              (string-prefix-p "CREATE" (plist-get (car (plist-get row :arrows))
                                                                   :label)))
                            (plist-get smbcmp-sequence--picture :rows))))
      (pair-test--clean))))

(ert-deftest sequence-test-ret-leads-to-the-frame ()
  "RET on an arrow goes to its frame in the packet list."
  (sequence-test--with-capture "held"
    (goto-char (point-min))
    (search-forward "CREATE")
    (let ((list (car smbcmp-views-lists))
          (frame (plist-get (smbcmp-sequence--at-point) :frame)))
      (call-interactively (key-binding (kbd "RET")))
      (should (eql frame (with-current-buffer list (smbcmp-list-frame-at-point)))))))

(ert-deftest sequence-test-what-differs-is-left-and-right ()
  "Of two captures, what both have is there once, what differs on its side."
  (sequence-test--with-comparison "good" "readonly"
    (let ((rows (plist-get smbcmp-sequence--picture :rows)))
      ;; What is the same is folded but for what is around a divergence.
      (should (string-match-p "\\`[0-9]+ exchanges that are the same\\'"
                              (plist-get (car rows) :text)))
      (let ((arrows (cl-loop for row in rows append (plist-get row :arrows))))
        (cl-flet ((find (kind side)
                    (cl-find-if (lambda (arrow) (and (eq kind (plist-get arrow :kind))
                                                     (eql side (plist-get arrow :side))))
                                arrows)))
          (should (equal '(0 3) (list (plist-get (find 'same 0) :from)
                                      (plist-get (find 'same 0) :to))))
          (should (equal '(0 1) (list (plist-get (find 'status 0) :from)
                                      (plist-get (find 'status 0) :to))))
          (should (equal '(2 3) (list (plist-get (find 'status 1) :from)
                                      (plist-get (find 'status 1) :to))))
          (should (string-match-p "STATUS_ACCESS_DENIED"
                                  (plist-get (find 'status 1) :note))))
        ;; Every divergence is there.
        (should (= (cl-count-if-not (lambda (row) (plist-get row :text)) rows)
                   (+ (length (cl-remove-duplicates
                               (mapcar (lambda (divergence) (plist-get divergence :row))
                                       (smbcmp-comparison-divergences
                                        smbcmp-views-comparison))))
                      (cl-count 'same arrows
                                :key (lambda (arrow) (plist-get arrow :kind)))))))
      (should (string-match-p "CREATE new .*[│|].*[│|].*CREATE new +STATUS_ACCESS_DENIED"
                              (smbcmp-sequence-text smbcmp-sequence--picture 160))))))

(ert-deftest sequence-test-the-diagram-is-written-to-files ()
  "What is written is an SVG by its name, with all labels in it, else text."
  (sequence-test--with-comparison "good" "readonly"
    (let ((svg (make-temp-file "smbcmp-test" nil ".svg"))
          (text (make-temp-file "smbcmp-test" nil ".txt")))
      (unwind-protect
          (progn
            (smbcmp-sequence-write svg)
            (smbcmp-sequence-write text)
            (with-temp-buffer
              (insert-file-contents text)
              (should (search-forward "STATUS_ACCESS_DENIED" nil t)))
            (with-temp-buffer
              (insert-file-contents svg)
              (should (search-forward "CREATE new" nil t))
              (when (libxml-available-p)
                (let ((dom (libxml-parse-xml-region (point-min) (point-max))))
                  (should (eq 'svg (dom-tag dom)))
                  (should (> (length (dom-by-tag dom 'polygon)) 20))))))
        (delete-file svg)
        (delete-file text)))))

(ert-deftest sequence-test-a-status-is-not-cut-off ()
  "Where there is little room, what came of an exchange is still there, whole."
  (sequence-test--with-capture "contended"
    (let ((text (make-temp-file "smbcmp-test" nil ".txt")))
      (unwind-protect
          (progn
            (smbcmp-sequence-write text)
            (with-temp-buffer
              (insert-file-contents text)
              (dolist (line '("CREATE hello.txt +\\(STATUS_\\)?SHARING_VIOLATION "
                              "CREATE .* +\\(STATUS_\\)?DELETE_PENDING "
                              "CREATE .* +\\(STATUS_\\)?OBJECT_NAME_NOT_FOUND "))
                (goto-char (point-min))
                (should (re-search-forward line nil t)))))
        (delete-file text)))))

(ert-deftest sequence-test-a-long-capture-says-that-there-is-more ()
  "A diagram has no more rows than it may have, and says so."
  (let ((smbcmp-sequence-limit 10))
    (sequence-test--with-capture "concurrent"
      (let ((rows (plist-get smbcmp-sequence--picture :rows)))
        (should (= 11 (length rows)))
        (should (string-match-p "\\`\\.\\.\\. and [0-9]+ more"
                                (plist-get (car (last rows)) :text)))))))

(ert-deftest sequence-test-processes-of-the-server-have-columns ()
  "With the server's log linked, each process that the log tells of has a column."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-find-file (smbcmp-test-data "concurrent"))
          (let ((list (current-buffer)))
            (pair-test--wait (lambda () smbcmp-list-complete))
            (smbcmp-link-log (smbcmp-test-data "concurrent" "log.smbd.gz"))
            (pair-test--wait (lambda () (smblog-pair-fresh-links list)))
            (call-interactively (key-binding (kbd "v s")))
            (let ((pids (split-string (smblog-mode-test-shell
                                       "zcat %s | grep -B1 'smbd_smb2_request_dispatch: opcode' \
| grep -o 'pid=[0-9]*' | grep -o '[0-9]*' | sort -u"
                                       (smbcmp-test-data "concurrent" "log.smbd.gz"))))
                  (lanes (mapcar #'car (plist-get smbcmp-sequence--picture :lanes))))
              (should (> (length pids) 1))
              (dolist (pid pids)
                (should (member (concat "smbd " pid) lanes))))))
      (pair-test--clean))))

(provide 'sequence-test)
;;; sequence-test.el ends here
