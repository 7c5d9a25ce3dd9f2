;;; place-test.el --- Comparisons and lists that outlive their buffers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Bookmarks, desktops and recent pairs, driven by keys.

;;; Code:

(require 'bookmark)
(require 'browse)
(require 'cl-lib)
(require 'compare-view-test)
(require 'desktop)
(require 'ert)
(require 'narrow-test)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defun place-test--line ()
  "Return the line at point of the comparison."
  (with-current-buffer (compare-view-test--buffer) (browse-line)))

(defun place-test--narrow ()
  "Narrow the comparison, restrict it to a field, and go to its last line."
  (execute-kbd-macro (kbd "F smb2.filename RET"))
  (compare-view-test--wait-for-verdict)
  (execute-kbd-macro (kbd "f command:CREATE RET"))
  (goto-char (point-min))
  (re-search-forward "CREATE docs.readme.txt: ")
  (beginning-of-line))

(defun place-test--kill ()
  "Kill all buffers of smbcmp."
  (browse-kill)
  (should-not (compare-view-test--buffer)))

(ert-deftest place-test-a-comparison-is-bookmarked ()
  "A bookmark compares again what it is of, as it was, and goes to its divergence."
  (let ((bookmark-alist nil) (bookmark-save-flag nil) (bookmark-default-file "/nonexistent")
        (smbcmp-compare-place-recent nil))
    (compare-view-test--with "good" "readonly"
      (place-test--narrow)
      (let ((line (browse-line)) (text (compare-view-test--text)))
        (execute-kbd-macro (kbd "C-x r m here RET"))
        (should (string-match-p "good/capture.pcapng - .*readonly/capture.pcapng"
                                (bookmark-location "here")))
        (place-test--kill)
        (setq smbcmp-compare-place-recent nil)
        (bookmark-jump "here")
        ;; It is offered again.
        (should (= 1 (length smbcmp-compare-place-recent)))
        (compare-view-test--wait-for-verdict)
        (with-current-buffer (compare-view-test--buffer)
          (should (equal text (compare-view-test--text)))
          (should (equal line (browse-line))))))))

(ert-deftest place-test-a-desktop-has-comparisons-and-filters ()
  "desktop.el brings back a comparison and a packet list with its filter and frame."
  (let ((directory (make-temp-file "smbcmp-desktop" t))
        (desktop-restore-frames nil) (desktop-save nil) (desktop-restore-eager t)
        (desktop-load-locked-desktop t)
        (file (smbcmp-test-data "t-lock")))
    (unwind-protect
        (compare-view-test--with "good" "readonly"
          (place-test--narrow)
          (let ((line (browse-line)) (text (compare-view-test--text)) frame)
            (find-file file)
            (browse-settle)
            (browse-keys "/ smb2.cmd SPC == SPC 10 RET")
            (browse-keys "M->")
            (setq frame (smbcmp-list-frame-at-point))
            (desktop-save directory t)
            (setq desktop-dirname nil)
            (place-test--kill)
            ;; It does nothing in batch.
            (let ((noninteractive nil)) (desktop-read directory))
            (compare-view-test--wait-for-verdict)
            (with-current-buffer (compare-view-test--buffer)
              (should (equal text (compare-view-test--text)))
              (should (equal line (browse-line))))
            (with-current-buffer (find-buffer-visiting file)
              (browse-settle)
              (should (equal "smb2.cmd == 10" smbcmp-list-filter-string))
              (should (= frame (smbcmp-list-frame-at-point))))))
      (setq desktop-dirname nil)
      (delete-directory directory t))))

(ert-deftest place-test-nothing-is-compared-with-itself ()
  "Where no pair was compared before RET RET says what it names."
  (let ((smbcmp-compare-place-recent nil) (said nil))
    (cl-letf (((symbol-function 'smbcmp-case-view-compare)
               (lambda (a b) (ert-fail (list "These were compared" a b)))))
      (condition-case err (execute-kbd-macro (kbd "M-x smbcmp-diff RET RET RET"))
        (user-error (setq said (cadr err)))))
    (should (equal said (concat "A and B are the same directory, "
                                (with-current-buffer (window-buffer)
                                  (abbreviate-file-name default-directory)))))
    (should-not smbcmp-compare-place-recent)))

(ert-deftest place-test-recent-pairs-are-offered ()
  "RET RET compares the last pair again; M-n has the pairs before."
  (let ((smbcmp-compare-place-recent nil) (file-name-history nil))
    (compare-view-test--with "good" "readonly"
      (place-test--kill)
      (smbcmp-diff (smbcmp-test-data "good") (smbcmp-test-data "good-again"))
      (compare-view-test--wait-for-verdict)
      (cl-flet ((files () (with-current-buffer (compare-view-test--buffer)
                            (list (smbcmp-capture-file
                                   (smbcmp-comparison-a smbcmp-compare-view-comparison))
                                  (smbcmp-capture-file
                                   (smbcmp-comparison-b smbcmp-compare-view-comparison))))))
        (place-test--kill)
        ;; What can't be opened is not remembered.
        (should-error (smbcmp-diff (smbcmp-test-data "good") "/no/such.pcap") :type 'user-error)
        (let (prompts)
          (cl-letf* ((read (symbol-function 'read-file-name))
                     ((symbol-function 'read-file-name)
                      (lambda (prompt &rest arguments)
                        (push prompt prompts)
                        (apply read prompt arguments))))
            (execute-kbd-macro (kbd "M-x smbcmp-diff RET RET RET")))
          ;; Names alone would be the same.
          (should (equal prompts
                         '("Compare good/capture.pcapng with capture B \
(default good-again/capture.pcapng): "
                           "Capture A (FILE or FILE:FRAME; default good/capture.pcapng): "))))
        (compare-view-test--wait-for-verdict)
        (should (equal (list (smbcmp-test-data "good") (smbcmp-test-data "good-again"))
                       (files)))
        (place-test--kill)
        (execute-kbd-macro (kbd "M-x smbcmp-diff RET RET M-n M-n RET"))
        (compare-view-test--wait-for-verdict)
        (should (equal (list (smbcmp-test-data "good") (smbcmp-test-data "readonly"))
                       (files)))
        (should (equal (files) (list (expand-file-name (caar smbcmp-compare-place-recent))
                                     (expand-file-name (cdar smbcmp-compare-place-recent)))))))))

(provide 'place-test)
;;; place-test.el ends here
