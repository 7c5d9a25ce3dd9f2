;;; compare-preliminary-test.el --- What is said while the rest is compared  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a comparison says before it is done must be true at the end, and be gone then.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'compare-view-test)
(require 'smbcmp-compare-preliminary)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(declare-function pair-test--wait "pair-test" (condition))

;;;; What is certain

(defmacro compare-preliminary-test--with-cut (frames comparison &rest body)
  "Do BODY with COMPARISON of good and the first FRAMES of readonly, collected."
  (declare (indent 2))
  `(let ((file (make-temp-file "smbcmp-test" nil ".pcapng")) captures)
     (unwind-protect
         (progn
           (call-process "editcap" nil nil nil "-r" (smbcmp-test-data "readonly") file
                         (format "1-%d" ,frames))
           (setq captures (list (smbcmp-open (smbcmp-test-data "good")) (smbcmp-open file)))
           (let* ((rules (smbcmp-rules-for-module (smbcmp-rules)))
                  (,comparison (smbcmp-compare-make
                                :a (car captures) :b (cadr captures) :rules rules
                                :native (smbcmp--module-compare-new rules))))
             (smbcmp-compare-collect (smbcmp-comparison-native ,comparison)
                                     captures rules '("SMB"))
             ,@body))
       (mapc #'smbcmp-close captures)
       (delete-file file))))

(defun compare-preliminary-test--told (comparison)
  "Return the divergences of COMPARISON as (KIND LABEL A)."
  (mapcar (lambda (divergence)
            (mapcar (lambda (key) (plist-get divergence key)) '(:kind :label :a)))
          (smbcmp-comparison-divergences comparison)))

(ert-deftest compare-preliminary-test-what-is-told-is-true-at-the-end ()
  "Of every beginning of a capture only that is told which all of it has, too."
  (let ((whole (let ((a (smbcmp-open (smbcmp-test-data "good")))
                     (b (smbcmp-open (smbcmp-test-data "readonly"))))
                 (unwind-protect (compare-preliminary-test--told (smbcmp-diff-captures a b))
                   (smbcmp-close a)
                   (smbcmp-close b))))
        told)
    (dolist (frames '(20 33 34 35 36 40 50 60 75 90 102))
      (compare-preliminary-test--with-cut frames comparison
        (let ((so-far (smbcmp-compare-preliminary comparison)))
          (should (smbcmp-comparison-preliminary so-far))
          (push (cons frames (compare-preliminary-test--told so-far)) told)
          (should-not (cl-set-difference (cdar told) whole :test #'equal)))))
    ;; tshark -Y smb2.nt_status: frame 34 has the request, 35 STATUS_ACCESS_DENIED.
    (should-not (alist-get 34 told))
    (should (equal "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                   (nth 1 (car (alist-get 50 told)))))))

(ert-deftest compare-preliminary-test-the-verdict-is-not-disturbed ()
  "Asking what a comparison comes to so far does not change what it comes to."
  (cl-flet ((told (ask) (compare-preliminary-test--with-cut 102 comparison
                          (when ask (smbcmp-compare-preliminary comparison))
                          (smbcmp-compare-run comparison)
                          (list (smbcmp-comparison-same comparison)
                                (smbcmp-comparison-counts comparison)
                                (smbcmp-comparison-ignored comparison)
                                (compare-preliminary-test--told comparison)))))
    (should (equal (told nil) (told t)))))

;;;; The buffer

(defmacro compare-preliminary-test--held (release &rest body)
  "Compare good and readonly, whose summaries end when RELEASE is called; do BODY.
That is in the comparison's buffer, once what came so far is shown."
  (declare (indent 1))
  `(let ((summarize (symbol-function 'smbcmp-compare-summarize))
         ;; Each time that something came, as one of the two may come late.
         (smbcmp-compare-preliminary (make-list 50 0))
         ends)
     (cl-letf (((symbol-function 'smbcmp-compare-summarize)
                (lambda (capture comparing side rules protocols done)
                  (funcall summarize capture comparing side rules protocols
                           (lambda (state)
                             (if state (funcall done state)
                               (push done ends)
                               (funcall done '(1 . 2))))))))
       (compare-preliminary-test--in-buffer
         (cl-flet ((,release () (dolist (done ends) (funcall done nil))))
           ,@body)))))

(defmacro compare-preliminary-test--in-buffer (&rest body)
  "Do BODY in the buffer of good and readonly compared, once it shows something."
  `(save-window-excursion
     (unwind-protect
         (progn
           (smbcmp-diff (smbcmp-test-data "good") (smbcmp-test-data "readonly"))
           (with-current-buffer (compare-view-test--buffer)
             (pair-test--wait (lambda () smbcmp-compare-background-preliminary))
             ,@body))
       (dolist (buffer (buffer-list))
         (when (and (buffer-live-p buffer)
                    (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
           (kill-buffer buffer))))))

(defun compare-preliminary-test--check-buffer ()
  "Check what is said of good and readonly in this buffer, and where it leads."
  (should (string-match-p "^First: CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED \
.*34 of A, 34 of B" (compare-view-test--text)))
  (should (string-prefix-p "comparing" smbcmp-compare-background-state))
  (goto-char (point-min))
  (re-search-forward "^First: ")
  (should (equal '(:frame-a 34 :frame-b 34)
                 (get-text-property (line-beginning-position) 'smbcmp-environment))))

(ert-deftest compare-preliminary-test-the-buffer-tells-and-replaces-it ()
  "What came so far is on the screen, marked, until the verdict is there."
  (let (told)
    (compare-preliminary-test--held release
      (should-not smbcmp-compare-view-comparison)
      (pair-test--wait
       (lambda () (string-match-p "^Preliminary: of the first [0-9]+ exchanges of A and 47 of B"
                                  (compare-view-test--text))))
      (compare-preliminary-test--check-buffer)
      (release)
      (compare-view-test--wait-for-verdict)
      (should-not (smbcmp-comparison-preliminary smbcmp-compare-view-comparison))
      (should-not (string-match-p "Preliminary" (compare-view-test--text)))
      (setq told (compare-view-test--text)))
    (should (string-match-p "^[0-9]+ exchanges are the same; " told))
    (compare-view-test--with "good" "readonly"
      (should (equal told (compare-view-test--text))))))

(ert-deftest compare-preliminary-test-c-g-stops-it ()
  "C-g ends what goes on while something preliminary is shown."
  (compare-preliminary-test--held _release
    (smbcmp-compare-view-keyboard-quit)
    (should-not smbcmp-compare-background-requests)
    (should-not smbcmp-compare-background-preliminary)
    (should (string-match-p "\\`Comparison stopped" (compare-view-test--text)))))

(ert-deftest compare-preliminary-test-m-x-smbcmp-diff-counts-connections ()
  "Of two connections one has a partner: the buffer says that of one."
  (save-window-excursion
    (execute-kbd-macro
     (kbd (format "M-x smbcmp-diff RET C-a C-k %s RET C-a C-k %s RET"
                  (smbcmp-test-data "concurrent") (smbcmp-test-data "good"))))
    (let ((view (window-buffer)))
      (unwind-protect
          (with-current-buffer view
            (pair-test--wait (lambda () (and smbcmp-compare-view-comparison
                                             (null smbcmp-compare-background-state))))
            (should (string-match-p
                     "^Connections (client, exchanges): 1 paired, 1 only in A$"
                     (buffer-string))))
        (let ((lists (buffer-local-value 'smbcmp-compare-view-buffers view)))
          (mapc #'kill-buffer (list view (car lists) (cdr lists))))))))

(ert-deftest compare-preliminary-test-nothing-lasts-of-what-went-on ()
  "Garbage is collected as before once captures are compared, or that was stopped."
  (let ((threshold (default-toplevel-value 'gc-cons-threshold)))
    (cl-flet ((now () (default-toplevel-value 'gc-cons-threshold)))
      (set-default-toplevel-value 'gc-cons-threshold 800000)
      (unwind-protect
          (compare-view-test--with "good" "readonly"
            (should (= 800000 (now)))
            (smbcmp-compare-view-start)
            (should (< 800000 (now)))
            (compare-view-test--wait-for-verdict)
            (should (= 800000 (now)))
            (smbcmp-compare-view-start)
            (smbcmp-compare-view-keyboard-quit)
            (should (= 800000 (now))))
        (set-default-toplevel-value 'gc-cons-threshold threshold)))))

(ert-deftest compare-preliminary-test-n-before-the-verdict ()
  "While captures are still compared, n does not say that there is no more to see."
  (compare-view-test--with "good" "readonly"
    (setq smbcmp-compare-view-comparison nil)
    (smbcmp-compare-view-start)
    (should (string-match-p "Nothing is compared yet"
                            (cadr (should-error (pair-test--key "n") :type 'user-error))))))

(provide 'compare-preliminary-test)
;;; compare-preliminary-test.el ends here
