;;; controls-test.el --- Control characters are shown as escapes  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Recordings in which names of files and of a share have escapes and
;; bidirectional marks, and whose own names have them.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ert)
(require 'json)
(require 'ob-smbcmp)
(require 'smbcmp)
(require 'smbcmp-command)
(require 'smbcmp-compare-logs)
(require 'smbcmp-ediff)
(require 'smblog-mode)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst controls-test--raw
  "[\x01-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
  "Regexp for what must not be shown.")

(defconst controls-test--name "x\e]0;y\a\u202e%s\u0085z."
  "What names of files begin with.")

(defvar controls-test--found nil
  "What was shown, a list of (WHERE . TEXT).")

;;;; The input

(defun controls-test--write (from to coding words)
  "Write FROM, a file, to TO, with other WORDS, an alist, in CODING."
  (let ((coding-system-for-write 'no-conversion))
    (with-temp-file to
      (set-buffer-multibyte nil)
      (let ((coding-system-for-read 'no-conversion))
        (if (string-suffix-p ".gz" from)
            (call-process "gzip" from t nil "-dc")
          (insert-file-contents-literally from)))
      (pcase-dolist (`(,word . ,new) words)
        (goto-char (point-min))
        (while (search-forward (encode-coding-string word coding) nil t)
          (replace-match (encode-coding-string new coding) t t))))))

(defun controls-test--capture (folder directory)
  "Return a capture like that of FOLDER, in DIRECTORY, with hostile names."
  (let ((file (concat directory controls-test--name folder ".pcapng")))
    (controls-test--write (smbcmp-test-data folder) file 'utf-16le
                          '(("hello" . "\e[\u202eo\u0085") ("share" . "s\u2067\ere")
                            ("missing" . "m\u200f\aing\u061c")))
    file))

(defun controls-test--log (directory)
  "Return a log like that of a recording, in DIRECTORY, with hostile names."
  (let ((file (concat directory controls-test--name "log.smbd")))
    (controls-test--write (smbcmp-test-data "readonly" "log.smbd.gz") file 'utf-8
                          '(("hello" . "\e[\u202eo\u0085") ("missing" . "m\u200f\aing\u061c")))
    file))

;;;; Looking

(defun controls-test--look (where text)
  "Note TEXT, shown WHERE, if there is something in it that must not be."
  (when (and (stringp text) (string-match controls-test--raw text))
    (cl-pushnew (cons where (substring text (max 0 (- (match-beginning 0) 20))
                                       (min (length text) (+ 20 (match-end 0)))))
                controls-test--found :test #'equal)))

(defun controls-test--look-around ()
  "Look at all that the buffers of the package show."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (or (string-prefix-p "smb" (symbol-name major-mode))
                (member (buffer-name) '("*log message*")))
        (controls-test--look (list major-mode 'name) (buffer-name))
        (controls-test--look major-mode (buffer-substring-no-properties (point-min) (point-max)))
        (dolist (line '(header-line-format mode-line-format))
          (controls-test--look (list major-mode line)
                               (format-mode-line (symbol-value line))))))))

(defmacro controls-test--with (&rest body)
  "Do BODY with `directory' being one for files; nothing raw may be shown."
  (declare (indent 0))
  `(let ((directory (file-name-as-directory (make-temp-file "smbcmp-controls" t)))
         (controls-test--found nil))
     (cl-letf* ((tell (symbol-function 'message))
                ((symbol-function 'message)
                 (lambda (format &rest args)
                   (controls-test--look 'message (and format (apply #'format format args)))
                   (apply tell format args))))
       (unwind-protect
           (save-window-excursion
             (delete-other-windows)
             ,@body
             (controls-test--look-around)
             (should-not controls-test--found))
         (browse-kill)
         (when (get-buffer "*log message*") (kill-buffer "*log message*"))
         (delete-directory directory t)))))

(defun controls-test--do (list &rest commands)
  "Do each of COMMANDS in LIST, a buffer, and look at what is shown."
  (dolist (command commands)
    (switch-to-buffer list)
    (condition-case err
        (call-interactively command)
      (user-error (controls-test--look command (error-message-string err))))
    (browse-settle)
    (controls-test--look-around)))

;;;; Tests

(ert-deftest controls-test-of-a-capture ()
  "Nothing that shows a capture has control characters of its names."
  (controls-test--with
    (find-file (controls-test--capture "good" directory))
    (browse-settle)
    (let ((list (current-buffer)))
      ;; What is data has them still.
      (should (string-match-p controls-test--raw (buffer-file-name)))
      (should (cl-some (lambda (handle)
                         (string-match-p controls-test--raw (or (plist-get handle :path) "")))
                       (smbcmp-handles smbcmp-list-capture)))
      (should (string-match-p "\\\\x1b.*\\\\u202e" (buffer-name)))
      ;; Since 4.6 Wireshark's columns have escapes of their own.
      (should (string-match-p "\\\\\\(?:x1b\\|033\\)\\[\\\\u202eo\\\\\\(?:x\\|u00\\)85"
                              (buffer-string)))
      (smbcmp-list-goto-frame (cl-loop for frame in (smbcmp-frames smbcmp-list-capture
                                                                   "smb2.filename contains \"txt\"")
                                       return frame))
      (controls-test--do list #'smbcmp-list-details #'smbcmp-list-bytes #'smbcmp-files
                         #'smbcmp-sequence #'smbcmp-latency #'smbcmp-latency-chart
                         #'smbcmp-expert #'smbcmp-conversations #'smbcmp-follow-stream
                         #'smbcmp-list-copy-row #'smbcmp-holder))))

(ert-deftest controls-test-of-a-comparison ()
  "Nothing that compares captures has control characters of their names."
  (controls-test--with
    (smbcmp-diff (controls-test--capture "good" directory)
                 (controls-test--capture "readonly" directory))
    (browse-wait (lambda ()
                   (and (derived-mode-p 'smbcmp-compare-mode)
                        (bound-and-true-p smbcmp-compare-view-comparison))))
    (let ((view (current-buffer)))
      (should (string-match-p "\\\\x1b" (buffer-string)))
      (smbcmp-compare-lists-show view 0)
      (browse-settle)
      (controls-test--look-around)
      (controls-test--do view #'smbcmp-files #'smbcmp-sequence #'smbcmp-latency))))

(ert-deftest controls-test-of-a-log ()
  "Nothing that shows a log has control characters of its text and name."
  (controls-test--with
    (smblog-find-file (controls-test--log directory))
    (let ((log (current-buffer)))
      (should (string-match-p "\\\\x1b.*\\\\u202e" (buffer-name)))
      (browse-wait (lambda () (> (buffer-size) 1000)))
      (should (cl-some (lambda (request)
                         (string-match-p controls-test--raw (or (plist-get request :path) "")))
                       (smblog-requests smblog-log)))
      (smblog-view-goto (plist-get (cl-find-if (lambda (request)
                                                 (string-match-p controls-test--raw
                                                                 (or (plist-get request :path)
                                                                     "")))
                                               (smblog-requests smblog-log))
                                   :begin))
      (controls-test--do log #'smblog-list-requests #'smblog-list-errors #'smblog-show-flow
                         #'smblog-chart #'smblog-show-message #'smblog-next-request)
      (controls-test--look 'compared (controls-test--compared log)))))

(defun controls-test--compared (log)
  "Return what is compared of the messages of LOG at and after point."
  (with-current-buffer log
    (let* ((number (smblog-message-at-point))
           (messages (mapcar (lambda (n) (smblog-message smblog-log n))
                             (number-sequence number (+ number 20))))
           (buffer (smbcmp-compare-logs--buffer
                    "A" (smbcmp-log-side--make :pair (smblog-pair--make :log-buffer log)
                                               :messages messages
                                               :texts (smbcmp-log-text messages t))
                    t (plist-get (car messages) :text))))
      (unwind-protect
          (with-current-buffer buffer (concat (buffer-name) (buffer-string)))
        (kill-buffer buffer)))))

;;;; What is printed

(defun controls-test--printed (&rest args)
  "Return what the program smbcmp prints for ARGS, and look at it."
  (let ((text (with-output-to-string (smbcmp-command-run args))))
    (controls-test--look (car args) text)
    text))

(ert-deftest controls-test-of-the-command ()
  "The program smbcmp prints no control characters, and JSON means the same."
  (controls-test--with
    (let ((good (controls-test--capture "good" directory))
          (bad (controls-test--capture "readonly" directory))
          (log (controls-test--log directory)))
      (should (string-match-p "CREATE \\\\x1b\\[\\\\u202eo"
                              (controls-test--printed "diff" good bad)))
      (controls-test--printed "diff" "--first" good bad)
      (controls-test--printed "diff" "--format" "junit" good bad)
      (should (equal bad (cdr (assq 'b (json-read-from-string
                                        (controls-test--printed "diff" "--format" "json"
                                                                good bad))))))
      (controls-test--printed "diff" "--jobs" "2" good bad good)
      (controls-test--printed "frames" good "smb2")
      (controls-test--printed "frames" "--format" "json" good "smb2")
      (controls-test--printed "log" log)
      (controls-test--printed "log" "--requests" log)
      (should (string-match-p "\\\\u001b\\[\\\\u202eo\\\\u0085"
                              (controls-test--printed "replay" good)))
      (controls-test--printed "export" good (concat directory controls-test--name "out") "smb2"))))

(ert-deftest controls-test-of-org ()
  "Tables and texts of Org have no control characters."
  (controls-test--with
    (let ((good (controls-test--capture "good" directory))
          (bad (controls-test--capture "readonly" directory))
          (log (controls-test--log directory)))
      (dolist (params `(((:capture . ,good))
                        ((:capture . ,good) (:fields . "smb2.filename smb2.tree"))
                        ((:capture . ,good) (:against . ,bad))
                        ((:log . ,log))))
        (dolist (results '(("replace") ("output" "replace")))
          (controls-test--look
           (list 'org params)
           (format "%s" (org-babel-execute:smbcmp
                         "" (append params `((:result-params . ,results)))))))))))

(ert-deftest controls-test-of-ediff ()
  "Frames and messages that are compared have no control characters."
  (controls-test--with
    (find-file (controls-test--capture "good" directory))
    (browse-settle)
    (let* ((frame (car (smbcmp-frames smbcmp-list-capture "smb2.filename contains \"txt\"")))
           (tree (smbcmp-frame-tree smbcmp-list-capture frame)))
      (controls-test--look 'frames (smbcmp-ediff--text (list 'diff (list (cons 'a tree))) 'a)))))

(provide 'controls-test)
;;; controls-test.el ends here
