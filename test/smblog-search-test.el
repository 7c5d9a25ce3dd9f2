;;; smblog-search-test.el --- Searching in a log, and its errors  -*- lexical-binding: t; -*-

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

(declare-function smblog--module-text "smbcmp-module.so" (log from to))

;;;; Search

(ert-deftest smblog-isearch-finds-every-match-in-the-log ()
  (smblog-mode-test-with "good"
    (let ((expected (smblog-mode-test--request-lines name)) found)
      (smblog-mode-test-keys "C-s opcode[SMB2_OP RET")
      (push (smblog-message-at-point) found)
      (dotimes (_ (1- (length expected)))
        (smblog-mode-test-keys "C-s C-s RET")
        (push (smblog-message-at-point) found))
      (should (equal (nreverse found) expected)))))

(ert-deftest smblog-isearch-backward-and-regexp-find-the-same ()
  (smblog-mode-test-with "good"
    (let ((expected (reverse (smblog-mode-test--request-lines name))) found)
      (smblog-mode-test-keys "M-> C-M-r opcode\\[SMB2_OP_[A-Z] RET")
      (push (smblog-message-at-point) found)
      (dotimes (_ (1- (length expected)))
        (smblog-mode-test-keys "C-M-r C-r RET")
        (push (smblog-message-at-point) found))
      (should (equal (nreverse found) expected)))))

(ert-deftest smblog-isearch-unfolds-what-it-finds ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "C-s num_channels RET")
    (should (string-match-p "num_channels" (smblog-mode-test-line)))
    (should-not (invisible-p (point)))))

(ert-deftest smblog-isearch-that-is-quit-leaves-point-where-it-was ()
  (smblog-mode-test-with "concurrent"
    (smblog-mode-test-keys "n n n C-e")
    (let ((text (buffer-string)) (point (point)))
      (should (eq 'quit (condition-case nil
                            (execute-kbd-macro (kbd "C-s Server SPC exit C-g"))
                          (quit 'quit))))
      (should (equal (substring-no-properties text)
                     (buffer-substring-no-properties (point-min) (point-max))))
      (should (= (point) point)))))

(ert-deftest smblog-occur-lists-what-the-filter-hides-too ()
  (smblog-mode-test-with "concurrent"
    (let ((log (current-buffer)))
      (smblog-mode-test-keys "/ level<=3 RET S OBJECT_NAME_NOT_FOUND RET")
      (with-current-buffer "*search: log.smbd*"
        (should (= smblog-hits--count
                   (smblog-mode-test-count
                    "awk '/^\\[20/ { if (hit) n++; hit = 0 } /OBJECT_NAME_NOT_FOUND/ { hit = 1 } \
END { print n + hit }' %s" name)))
        (let ((first (get-text-property (point-min) 'smblog-message)))
          (with-current-buffer log (smblog-set-filter nil))
          (next-error 1 t)
          (should (eq (window-buffer) log))
          (should (= (with-current-buffer log (smblog-message-at-point)) first)))))))

(ert-deftest smblog-lists-are-capped-with-a-note ()
  (let ((smblog-hits-limit 10))
    (smblog-mode-test-with "good"
      (smblog-mode-test-keys "S smb2 RET")
      (with-current-buffer "*search: log.smbd*"
        (should (string-match-p "Only the first 10 of [0-9,]+ are listed" (buffer-string)))))))

(ert-deftest smblog-lists-keep-nobody-waiting ()
  "e and S show their list at once; what is found comes by itself, in slices."
  (smblog-mode-test-with "readonly"
    (pcase-dolist (`(,keys . ,name) '(("e" . "*errors: log.smbd*")
                                      ("S smb2 RET" . "*search: log.smbd*")))
      (ert-info (keys)
        (let ((smbcmp-steps-patience 0) (smbcmp-steps-slice 0) (slices 0) (log (current-buffer)))
          (cl-letf* ((go-on (symbol-function 'smbcmp-steps--slice))
                     ((symbol-function 'smbcmp-steps--slice)
                      (lambda (work) (cl-incf slices) (funcall go-on work))))
            (execute-kbd-macro (kbd keys))
            (with-current-buffer name
              (should (smbcmp-steps-going-p smblog-hits--work))
              (should (= (point-min) (point-max)))
              (should (string-match-p "searching [0-9]+%; you can keep working"
                                      (smblog-hits--title)))
              (while (smbcmp-steps-going-p smblog-hits--work)
                (accept-process-output nil 0.01))
              (should-not smblog-hits--view)
              (should (> slices (/ smblog-hits--count smblog-hits--batch)))
              (should (> (count-lines (point-min) (point-max)) 3))
              (should-not (string-match-p "searching" (smblog-hits--title)))))
          (select-window (display-buffer log)))))))

(ert-deftest smblog-a-list-of-nothing-says-so ()
  "Where the search takes long before it finds nothing, its buffer says so."
  (smblog-mode-test-with "readonly"
    (let ((smbcmp-steps-patience 0))
      (execute-kbd-macro (kbd "S nosuchwordanywhere RET"))
      (with-current-buffer "*search: log.smbd*"
        (while (smbcmp-steps-going-p smblog-hits--work)
          (accept-process-output nil 0.01))
        (should (equal "No messages that match nosuchwordanywhere.\n" (buffer-string)))))))

(ert-deftest smblog-emacs-regexps-find-the-same-in-the-index ()
  (smblog-mode-test-with "good"
    (dolist (regexp '("mid = \\(26[0-9]\\|7\\)$" "(\\(nil\\))" "{" "\\[SMB2_OP_[A-Z]\\{3,5\\}\\]"
                      "\\_<mid\\_>" "[][]" "[^[:alnum:] ]$" "a+?b" "\\(?:uid\\|gid\\)=([0-9]+,"))
      (let ((count (smblog-hits-all smblog-log (smblog-regexp-perl regexp)))
            (case-fold-search nil))
        (should (equal (list regexp (length count))
                       (list regexp
                             (cl-loop for number below (smblog-message-count smblog-log)
                                      count (string-match-p
                                             regexp (string-trim-right
                                                     (smblog--module-text
                                                      smblog-log number (1+ number))
                                                     "\n"))))))))))

;;;; Errors

(ert-deftest smblog-next-error-goes-to-errors-in-the-log ()
  (smblog-mode-test-with "readonly"
    (let ((expected
           (mapcar #'string-to-number
                   (split-string
                    (smblog-mode-test-shell
                     "awk '/^\\[20/ { n++; level = $3 + 0 } \
/request_done_ex: / || level <= 3 && !/request_error_ex: / { line = $0; \
gsub(/NT_STATUS_(OK|MORE_PROCESSING_REQUIRED|END_OF_FILE)|^ +[a-z]+ +: NT_.*/, \"\", line); \
if (line ~ /NT_STATUS_[A-Z]/) print n - 1 }' %s | uniq"
                     name))))
          found)
      (should (> (length expected) 5))
      (setq next-error-last-buffer (current-buffer))
      (condition-case nil
          (while t
            (next-error)
            (push (smblog-message-at-point) found))
        (user-error nil))
      (should (equal (nreverse found) expected))
      (smblog-mode-test-keys "e")
      ;; As r, c and v do, it goes there.
      (should (equal "*errors: log.smbd*" (buffer-name (window-buffer))))
      (with-current-buffer "*errors: log.smbd*"
        (should (= smblog-hits--count (length expected)))))))

(ert-deftest smblog-errors-list-each-kind-once ()
  "Two thousand of one kind would hide the one that matters."
  (smblog-mode-test-with "readonly"
    (let ((kinds (mapcar (lambda (line) (string-to-number line))
                         (split-string
                          (smblog-mode-test-shell
                           ;; A site and the statuses told are a kind.
                           "awk '/^\\[20/ { level = $3 + 0; site = $0; sub(/.*\\] /, \"\", site) } \
/request_done_ex: / || level <= 3 && !/request_error_ex: / { line = $0; \
gsub(/NT_STATUS_(OK|MORE_PROCESSING_REQUIRED|END_OF_FILE)|^ +[a-z]+ +: NT_.*/, \"\", line); \
if (match(line, /NT_STATUS_[A-Z_]+/)) print site, substr(line, RSTART, RLENGTH) }' %s \
| sort | uniq -c" name)
                          "\n"))))
      (smblog-mode-test-keys "e")
      (should (equal (sort (mapcar (lambda (kind) (length (cdr kind))) smblog-hits--kinds) #'<)
                     (sort kinds #'<)))
      (should (= (length kinds) (count-lines (point-min) (point-max))))
      (goto-char (point-min))
      (re-search-forward "^×\\([0-9]+\\) ")
      (let ((count (string-to-number (match-string 1)))
            (first (get-text-property (point) 'smblog-message)))
        (execute-kbd-macro (kbd "TAB"))
        (should (= (+ (length kinds) count -1) (count-lines (point-min) (point-max))))
        (should (= first (get-text-property (point) 'smblog-message)))
        ;; From one of them back to the kind, and all of all kinds.
        (execute-kbd-macro (kbd "n TAB"))
        (should (= first (get-text-property (point) 'smblog-message)))
        (should (= (length kinds) (count-lines (point-min) (point-max))))
        (execute-kbd-macro (kbd "<backtab>"))
        (should (= smblog-hits--count (count-lines (point-min) (point-max))))))))

(ert-deftest smblog-requests-by-status-begin-with-a-failure ()
  "Whoever sorts by status looks for what failed."
  (smblog-mode-test-with "readonly"
    (smblog-mode-test-keys "r S status RET")
    (should (= 1 (cl-count (smblog-requests--number-at-point) smblog-requests--rows)))
    (should (string-match-p "ACCESS_DENIED" (smblog-mode-test-line)))
    ;; None that failed is above it.
    (should-not (cl-find-if (lambda (request)
                              (member (plist-get request :status)
                                      '("NT_STATUS_ACCESS_DENIED"
                                        "NT_STATUS_OBJECT_NAME_NOT_FOUND")))
                            (mapcar #'smblog-requests--nth
                                    (seq-take smblog-requests--rows
                                              (1- (line-number-at-pos))))))))

(ert-deftest smblog-two-buffers-show-two-places-of-a-log ()
  (smblog-mode-test-with "good"
    (smblog-mode-test-keys "j 2000 RET")
    (let ((here (smblog-message-at-point)) (first (current-buffer)) (file buffer-file-name))
      (save-window-excursion
        (smblog-find-file file t)
        (should-not (eq (current-buffer) first))
        (smblog-mode-test-settle)
        (smblog-mode-test-keys "M->")
        (should (= (smblog-message-at-point) 4189))
        (revert-buffer)
        (kill-buffer))
      (should (file-exists-p file))
      (should (= (smblog-message-at-point) here)))))

(provide 'smblog-search-test)
;;; smblog-search-test.el ends here
