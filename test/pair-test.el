;;; pair-test.el --- Two captures side by side  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `smbcmp-diff' as its user has it: windows, keys, what the diff shows.

;;; Code:

(require 'browse)
(require 'cl-lib)
(require 'ediff)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun pair-test--wait (condition)
  "Wait until CONDITION, a function, returns non-nil; return that."
  (let ((end (+ (float-time) 30)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.02))
    (should value)
    value))

(defun pair-test--settle ()
  "Wait until what is to happen within the next quarter of a second has.
What fills lists in the background goes on."
  (let ((due (lambda (timer)
               (and (null (timer--repeat-delay timer))
                    (not (eq #'smbcmp-fill--step (timer--function timer)))
                    (< (float-time (timer--time timer)) (+ (float-time) 0.25))))))
    (accept-process-output nil 0.01)
    (pair-test--wait (lambda () (not (cl-some due timer-list))))))

(defun pair-test--shown-p (frame-a frame-b)
  "Return non-nil if the diff shows FRAME-A against FRAME-B."
  (with-current-buffer (smbcmp-diff-view-buffer)
    (and (equal (list frame-a frame-b)
                (list (nth 1 smbcmp-diff-view-sides) (nth 3 smbcmp-diff-view-sides)))
         (null smbcmp-diff-view--requests)
         (> (buffer-size) 0))))

(defun pair-test--clean ()
  "Kill all packet lists and the diff."
  (dolist (buffer (buffer-list))
    ;; A list takes its details with it.
    (when (and (buffer-live-p buffer)
               (with-current-buffer buffer
                 (derived-mode-p 'smbcmp-list-mode 'smbcmp-diff-mode)))
      (kill-buffer buffer))))

(defmacro pair-test--with-diff (a b frames &rest body)
  "Compare A and B with `smbcmp-diff', wait for the FRAMES, then do BODY."
  (declare (indent 3))
  `(let ((smbcmp-user-rules nil))
     (save-window-excursion
       (unwind-protect
           (progn
             (smbcmp-diff ,a ,b)
             (pair-test--wait (lambda () (apply #'pair-test--shown-p ,frames)))
             ,@body)
         (pair-test--clean)))))

(defun pair-test--lists ()
  "Return the two packet lists that are shown, the left one first."
  (let ((pair (cl-some (lambda (buffer) (buffer-local-value 'smbcmp-compare-pair buffer))
                       (mapcar #'window-buffer (window-list)))))
    (list (smbcmp-compare-pair-a pair) (smbcmp-compare-pair-b pair))))

(defun pair-test--key (keys)
  "Type KEYS in the selected window and let what follows happen."
  (execute-kbd-macro (kbd keys))
  ;; The selection hook runs a little later than the command.
  (pair-test--settle))

(defun pair-test--diff-text ()
  "Return the text of the diff."
  (with-current-buffer (smbcmp-diff-view-buffer)
    (buffer-substring-no-properties (point-min) (point-max))))

(ert-deftest pair-test-both-lists-and-the-diff-are-shown ()
  "`smbcmp-diff' shows two lists side by side and the first pair's diff below."
  (pair-test--with-diff (concat (smbcmp-test-data "good") ":1")
      (smbcmp-test-data "readonly") '(1 1)
    (browse-need-room)
    (pcase-let ((`(,a ,b) (pair-test--lists)))
      (should (= 3 (length (window-list))))
      (should (= (nth 1 (window-edges (get-buffer-window a)))
                 (nth 1 (window-edges (get-buffer-window b)))))
      (should (> (nth 1 (window-edges (get-buffer-window (smbcmp-diff-view-buffer))))
                 (nth 1 (window-edges (get-buffer-window a))))))))

(ert-deftest pair-test-file-and-frame ()
  "FILE:NUMBER begins with that frame, as the Python smbcmp has it."
  (pair-test--with-diff (concat (smbcmp-test-data "good") ":35")
      (concat (smbcmp-test-data "readonly") ":35") '(35 35)
    (let ((text (pair-test--diff-text)))
      (should (string-match-p "^- +NT Status: STATUS_SUCCESS (0x00000000)$" text))
      (should (string-match-p "^\\+ +NT Status: STATUS_ACCESS_DENIED (0xc0000022)$" text))
      (should (string-match-p "^~ .*\\[session id\\]$" text))
      ;; What is the same is folded: fields of TCP are not there.
      (should-not (string-match-p "Window:" text)))))

(ert-deftest pair-test-lists-move-in-step-or-apart ()
  "The lists keep their distance while in step; s lets them part."
  (pair-test--with-diff (concat (smbcmp-test-data "good") ":44")
      (concat (smbcmp-test-data "readonly") ":38") '(44 38)
    (browse-need-room)
    (pcase-let ((`(,a ,b) (pair-test--lists)))
      (select-window (get-buffer-window a))
      (pair-test--key "n")
      (pair-test--wait (lambda () (pair-test--shown-p 45 39)))
      (select-window (get-buffer-window b))
      (pair-test--key "p p")
      (pair-test--wait (lambda () (pair-test--shown-p 43 37)))
      (pair-test--key "s n")
      (pair-test--wait (lambda () (pair-test--shown-p 43 38)))
      (pair-test--key "s n")
      (pair-test--wait (lambda () (pair-test--shown-p 44 39))))))

(ert-deftest pair-test-two-frames-of-one-capture ()
  "A capture compares with itself, each side with a list of its own."
  (let ((file (smbcmp-test-data "good")))
    (pair-test--with-diff (concat file ":35") (concat file ":29") '(35 29)
      (pcase-let ((`(,a ,b) (pair-test--lists)))
        (should-not (eq a b))
        (should (string-match-p "^- +Create Action: The file did not exist"
                                (pair-test--diff-text)))
        ;; Again: no third buffer, no third worker.
        (smbcmp-diff (concat file ":35") (concat file ":35"))
        (should (equal (list a b) (pair-test--lists)))))))

(ert-deftest pair-test-next-difference-and-folding ()
  "n and p walk the differences, TAB unfolds what is the same."
  (pair-test--with-diff (concat (smbcmp-test-data "good") ":35")
      (concat (smbcmp-test-data "readonly") ":35") '(35 35)
    (select-window (get-buffer-window (smbcmp-diff-view-buffer)))
    (goto-char (point-min))
    (pair-test--key "n")
    (should (looking-at "- +NT Status: STATUS_SUCCESS"))
    (pair-test--key "n")
    (should (looking-at "- +. StructureSize: 0x0059"))
    (pair-test--key "p")
    (should (looking-at "- +NT Status"))
    (goto-char (point-min))
    (search-forward "Flags: 0x00000011")
    (pair-test--key "TAB")
    (should (string-match-p "Response: This is a RESPONSE" (pair-test--diff-text)))
    (should (string-match-p "Flags: 0x00000011" (buffer-substring (line-beginning-position)
                                                                  (line-end-position))))
    (pair-test--key "TAB")
    (should-not (string-match-p "This is a RESPONSE" (pair-test--diff-text)))))

(ert-deftest pair-test-a-toggles-a-rule ()
  "a on a field makes its differences not matter, and matter again."
  (pair-test--with-diff (concat (smbcmp-test-data "good") ":35")
      (concat (smbcmp-test-data "readonly") ":35") '(35 35)
    (select-window (get-buffer-window (smbcmp-diff-view-buffer)))
    (search-forward "STATUS_SUCCESS")
    (pair-test--key "a")
    (pair-test--wait (lambda () (string-match-p "^~ +NT Status: STATUS_SUCCESS.*\\[smb2.nt_status\\]"
                                                (pair-test--diff-text))))
    (should (equal '((:kind volatile :field "smb2.nt_status")) smbcmp-user-rules))
    (goto-char (point-min))
    (search-forward "NT Status")
    (pair-test--key "a")
    (pair-test--wait (lambda () (string-match-p "^- +NT Status" (pair-test--diff-text))))
    (should-not smbcmp-user-rules)))

(ert-deftest pair-test-rules-are-saved ()
  "The rules made with a are there in the next session."
  (let* ((custom-file (make-temp-file "smbcmp-custom" nil ".el"))
         (user-init-file custom-file)
         (before smbcmp-user-rules))
    (unwind-protect
        (progn
          (setq smbcmp-user-rules nil)
          (smbcmp-rules-toggle "smb2.nt_status" nil)
          (smbcmp-rules-save)
          (setq smbcmp-user-rules nil)
          (load custom-file nil t)
          (should (equal '((:kind volatile :field "smb2.nt_status")) smbcmp-user-rules)))
      (setq smbcmp-user-rules before)
      (put 'smbcmp-user-rules 'saved-value nil)
      (delete-file custom-file))))

(ert-deftest pair-test-ediff-masks-what-does-not-matter ()
  "E gives Ediff texts in which only what matters differs."
  (pair-test--with-diff (concat (smbcmp-test-data "good") ":34")
      (concat (smbcmp-test-data "good-again") ":34") '(34 34)
    (with-current-buffer (smbcmp-diff-view-buffer)
      (let ((a (smbcmp-ediff--text smbcmp-diff-view-diff 'a))
            (b (smbcmp-ediff--text smbcmp-diff-view-diff 'b)))
        (should (equal a b))
        (should (string-match-p "^ *Session Id: \\[session id\\]$" a))
        (should (string-match-p "^ *Command: Create (5)$" a))))))

;; tshark -T fields -e smb2.fsctl.cchunk.resume_key says what the bytes are.
(ert-deftest pair-test-bytes-with-the-same-line-are-told-apart ()
  "Where Wireshark has the same line for both sides, the bytes that differ are shown."
  (let ((files (mapcar #'smbcmp-test-data '("t-copychunk" "t-copychunk-again"))))
    (pair-test--with-diff (concat (car files) ":27") (concat (cadr files) ":27") '(27 27)
      (pcase-let ((`(,a ,b)
                   (mapcar (lambda (file)
                             (with-temp-buffer
                               (call-process "tshark" nil '(t nil) nil "-r" file "-Y"
                                             "frame.number == 27" "-T" "fields" "-e"
                                             "smb2.fsctl.cchunk.resume_key")
                               (replace-regexp-in-string "[:\n]" "" (buffer-string))))
                           files)))
        (let ((at (* 2 (/ (cl-mismatch a b) 2))))
          (with-current-buffer (smbcmp-diff-view-buffer)
            (smbcmp-diff-view-toggle-ignored))
          (should (string-match-p
                   (regexp-quote
                    (format "Opaque Data  (at byte %d: %s)  |  Opaque Data  (at byte %d: %s)  [resume key]"
                            (/ at 2) (substring a at (+ at 16))
                            (/ at 2) (substring b at (+ at 16))))
                   (pair-test--diff-text))))))))

(ert-deftest pair-test-quit-brings-the-windows-back ()
  "q ends the comparison and leaves the windows as they were."
  (save-window-excursion
    (delete-other-windows)
    (switch-to-buffer "*scratch*")
    (pair-test--with-diff (concat (smbcmp-test-data "good") ":1")
      (smbcmp-test-data "readonly") '(1 1)
      (select-window (get-buffer-window (car (pair-test--lists))))
      (pair-test--key "q")
      (should (= 1 (length (window-list))))
      (should (equal "*scratch*" (buffer-name (window-buffer)))))))

(ert-deftest pair-test-a-frame-that-is-not-loaded-yet ()
  "The diff is of the frames asked for, however late they are loaded."
  (let ((a (smbcmp-test-data "t-lock")) (b (smbcmp-test-data "t-compound")))
    (pair-test--with-diff (concat a ":2000") (concat b ":500") '(2000 500)
      (should (equal '(2000 500)
                     (mapcar (lambda (buffer)
                               (with-current-buffer buffer (smbcmp-list-frame-at-point)))
                             (pair-test--lists)))))
    ;; Both lists are there now, and only one of the frames is another.
    (pair-test--with-diff (concat a ":2000") (concat b ":501") '(2000 501)
      (pair-test--with-diff (concat a ":2000") (concat b ":502") '(2000 502)
        (should (pair-test--lists))))))

(ert-deftest pair-test-a-frame-that-is-not-there-is-told ()
  "No other frame is compared in its place."
  (cl-flet ((told-p ()
              (with-current-buffer (smbcmp-diff-view-buffer)
                (should-not smbcmp-diff-view-sides)
                (string-match-p "good/capture.pcapng: there is no frame 999; the capture has 114"
                                (buffer-string)))))
    (let ((good (smbcmp-test-data "good")))
      (save-window-excursion
        (unwind-protect
            (dotimes (_ 2)                ; while it loads, and when it is loaded
              (smbcmp-diff (concat good ":999") (concat (smbcmp-test-data "readonly") ":3"))
              (pair-test--wait #'told-p)
              (pair-test--settle)
              (should (told-p)))
          (pair-test--clean))))))

(ert-deftest pair-test-a-file-that-is-none-is-told ()
  "A wrong file is a user error that names it; the windows stay as they are."
  (save-window-excursion
    (delete-other-windows)
    (let ((err (should-error (smbcmp-diff (smbcmp-test-data "good") "/no/such.pcap")
                             :type 'user-error)))
      (should (equal "/no/such.pcap: no such file" (cadr err)))
      (should (= 1 (length (window-list)))))))

(provide 'pair-test)
;;; pair-test.el ends here
