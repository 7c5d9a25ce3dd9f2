;;; views-test.el --- Views that are filled in the background  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a capture is asked for, and what is made of it, keeps nobody waiting.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--clean "pair-test" ())

(defun views-test--type (keys)
  "Type KEYS, as `kbd' takes them, and wait for nothing."
  (execute-kbd-macro (kbd keys))
  ;; In batch no command loop does it.
  (set-buffer (window-buffer)))

(defmacro views-test--with-list (folder &rest body)
  "Do BODY in the packet list of FOLDER's capture; no command waits for anything."
  (declare (indent 1))
  `(save-window-excursion
     (unwind-protect
         (let ((smbcmp-steps-patience 0))
           (smbcmp-find-file (smbcmp-test-data ,folder))
           (pair-test--wait (lambda () smbcmp-list-complete))
           ,@body)
       (pair-test--clean)
       (dolist (buffer (buffer-list))
         (when (buffer-local-value 'smbcmp-views-lists buffer) (kill-buffer buffer))))))

(defconst views-test--keys
  '(("v t" . "^SMB2 Create ") ("v f" . "hello\\.txt  ") ("v s" . "CREATE hello\\.txt")
    ("v c" . "in the course of time") ("v e" . "Chats") ("v n" . "tcp +127\\.0\\.0\\.1")
    ("v d" . "fe 53 4d 42"))
  "Keys of views, and a regexp for what they show of the capture good.")

(ert-deftest views-test-keys-return-before-the-view-is-there ()
  "Each view's buffer is there before what it shows, which then comes by itself."
  (views-test--with-list "good"
    (let ((list (current-buffer)))
      (pcase-dolist (`(,keys . ,shown) views-test--keys)
        (ert-info (keys)
          (switch-to-buffer list)
          (views-test--type keys)
          (should-not (eq list (current-buffer)))
          (should (smbcmp-views-busy-p))
          (should (string-match-p "you can keep working" (buffer-string)))
          (pair-test--wait (lambda () (not (smbcmp-views-busy-p))))
          (should (string-match-p shown (buffer-string))))))))

(ert-deftest views-test-lines-by-file-keep-nobody-waiting ()
  "A line for each file is there by and by; the table is the old one until then."
  (views-test--with-list "good"
    (views-test--type "v t")
    (pair-test--wait (lambda () (not (smbcmp-views-busy-p))))
    (smbcmp-latency-by 'file)
    (should (smbcmp-views-busy-p))
    (should (string-match-p "^SMB2 Create " (buffer-string)))
    (pair-test--wait (lambda () (not (smbcmp-views-busy-p))))
    (should (string-match-p "^hello\\.txt " (buffer-string)))))

(ert-deftest views-test-a-quit-in-a-slice-stops-and-says-so ()
  "Who quits while something is made ends it; g begins again."
  (views-test--with-list "good"
    (cl-letf (((symbol-function 'smbcmp-sequence--of-runs)
               (lambda (&rest _) (signal 'quit nil))))
      (views-test--type "v s")
      (pair-test--wait (lambda () (not (smbcmp-views-busy-p)))))
    (should (string-match-p "\\`Stopped; type g " (buffer-string)))
    (views-test--type "g")
    (pair-test--wait (lambda () (not (smbcmp-views-busy-p))))
    (should (string-match-p "CREATE hello" (buffer-string)))))

(ert-deftest views-test-a-quit-between-slices-stops-every-view ()
  "C-g while a view is being filled ends it and says so; g begins again."
  (views-test--with-list "good"
    (let ((list (current-buffer)))
      (pcase-dolist (`(,keys . ,shown) views-test--keys)
        (ert-info (keys)
          (switch-to-buffer list)
          (views-test--type keys)
          (should (string-match-p "C-g stops it" (buffer-string)))
          (views-test--type "C-g")
          (should-not (smbcmp-views-busy-p))
          (should (string-match-p "\\`Stopped; type g " (buffer-string)))
          (views-test--type "g")
          (pair-test--wait (lambda () (not (smbcmp-views-busy-p))))
          (should (string-match-p shown (buffer-string)))
          ;; Nothing is left to stop.
          (should-not (command-remapping 'keyboard-quit)))))))

(ert-deftest views-test-a-killed-view-asks-no-more ()
  "Killing a view that is being filled ends what it asked."
  (views-test--with-list "good"
    (views-test--type "v f")
    (let ((work (car smbcmp-views--work)))
      (should (smbcmp-steps-going-p work))
      (kill-buffer)
      (should-not (smbcmp-steps-going-p work)))))

(ert-deftest views-test-exchanges-are-made-in-slices ()
  "What takes long is put off after each slice, and all of it is done in the end."
  (views-test--with-list "good"
    (let* ((smbcmp-steps-slice 0) (calls 0) (made nil)
           (capture smbcmp-list-capture)
           (all (smbcmp-exchanges capture))
           (take (lambda (exchange) (push exchange made))))
      (cl-letf* ((slice (symbol-function 'smbcmp-steps--slice))
                 ((symbol-function 'smbcmp-steps--slice)
                  (lambda (work) (cl-incf calls) (funcall slice work)))
                 ((symbol-value (quote smbcmp-views--exchanges-at-once)) 4))
        (let ((work (smbcmp-steps-begin (smbcmp-views-exchanging capture take) #'ignore)))
          (pair-test--wait (lambda () (not (smbcmp-steps-going-p work))))))
      (should (equal all (nreverse made)))
      (should (> calls (/ (length all) 4))))))

(ert-deftest views-test-garbage-is-collected-before-the-next-slice-is-begun ()
  "Between a collection of garbage and the next slice Emacs does what is typed."
  (let ((outer gc-cons-threshold) (smbcmp-steps-slice 0) (left 3) thresholds)
    (with-temp-buffer
      (cl-letf (((symbol-function 'smbcmp-steps--later)
                 (lambda (&rest _) (push gc-cons-threshold thresholds))))
        (smbcmp-steps--slice (list #'ignore (lambda () (> (cl-decf left) 0))))))
    (should (equal (list outer) thresholds))))

(ert-deftest views-test-a-slice-ends-when-a-command-waits-no-longer ()
  "A command that waits for what it began returns when it said it would."
  (let* ((smbcmp-steps-slice 3) (begin (float-time))
         (smbcmp-steps--end (+ begin 0.05)))
    (with-temp-buffer
      (cl-letf (((symbol-function 'smbcmp-steps--later) #'ignore))
        (smbcmp-steps--slice (list #'ignore (lambda () t)))))
    (should (< (- (float-time) begin) 2))))

(ert-deftest views-test-a-collection-of-garbage-is-no-part-of-a-slice ()
  "When garbage is due, it is collected first, and Emacs does what is typed then."
  (garbage-collect)
  (let ((slices 0) (before gcs-done)
        ;; As if much had been used up since.
        (smbcmp-steps--collected (list gcs-done -1000000000 0))
        (smbcmp-steps--pause 0.0)
        (work (list #'ignore #'ignore)))
    (with-temp-buffer
      (cl-letf (((symbol-function 'smbcmp-steps--slice) (lambda (_) (cl-incf slices)))
                ((symbol-function 'smbcmp-steps--later) #'ignore))
        (smbcmp-steps--go (current-buffer) work)
        (should (= 0 slices))
        (should (< before gcs-done))
        (setq smbcmp-steps--pause 0.0)
        (smbcmp-steps--go (current-buffer) work)
        (should (= 1 slices))))))

(ert-deftest views-test-a-command-does-not-wait-for-a-collection ()
  "Garbage that is due while a command waits is collected when it waits no longer."
  (garbage-collect)
  (let ((smbcmp-steps-patience 10) (begin (float-time)) (done nil)
        (smbcmp-steps--collected (list gcs-done -1000000000 0)) (before gcs-done))
    (with-temp-buffer
      (let ((work (smbcmp-steps-begin (list (lambda () (ignore (setq done t)))) #'ignore)))
        (should-not (smbcmp-steps-wait work))
        (should (= before gcs-done))
        (should (< (- (float-time) begin) 5))
        (while (smbcmp-steps-going-p work) (accept-process-output nil 0.01))
        (should done)
        (should (< before gcs-done))))))

(ert-deftest views-test-what-was-typed-comes-before-a-slice ()
  "Nothing is done in the background while input waits, unless nobody reads it."
  (let* ((smbcmp-steps--pause 0.0) (smbcmp-steps--typed nil) (slices 0) (work nil)
         (smbcmp-steps-patience 0))
    (with-temp-buffer
      (setq work (smbcmp-steps-begin (list (lambda () (< (cl-incf slices) 3))) #'ignore))
      (let ((unread-command-events (list ?n)))
        (smbcmp-steps--go (current-buffer) work)
        (should (= 0 slices))
        ;; But who does not read it may be waiting for just this.
        (while (smbcmp-steps-going-p work) (accept-process-output nil 0.01))
        (should (= 3 slices))))))

(ert-deftest views-test-slices-take-turns ()
  "What is due at once is done one slice at a time, and all get their turn."
  (let ((smbcmp-steps-patience 0) (order nil) (works nil))
    (with-temp-buffer
      (dolist (name '(a b c))
        (let ((left 3) (name name))
          (push (smbcmp-steps-begin
                 (list (lambda ()
                         (push (cons name (float-time)) order)
                         ;; Longer than a slice, and no timer runs meanwhile.
                         (let ((end (+ (float-time) (* 1.5 smbcmp-steps-slice))))
                           (while (< (float-time) end)))
                         (> (cl-decf left) 0)))
                 #'ignore)
                works)))
      (while (cl-some #'smbcmp-steps-going-p works) (accept-process-output nil 0.01)))
    (setq order (nreverse order))
    (should (equal '((a b c) (a b c) (a b c))
                   (mapcar (lambda (turn) (sort turn #'string<))
                           (seq-partition (mapcar #'car order) 3))))
    ;; Between two Emacs looks what else there is.
    (should (cl-every (lambda (a b) (> (- (cdr b) (cdr a)) (+ 0.0015 (* 1.5 smbcmp-steps-slice))))
                      order (cdr order)))))

(ert-deftest views-test-many-conses-are-collected-early ()
  "To free very many conses at once takes Emacs long, so fewer may be used up."
  (let ((threshold (default-toplevel-value 'gc-cons-threshold))
        (gc-cons-percentage 1000.0)
        (few (lambda () (ignore (make-list 50000 0))))
        (many (lambda () (ignore (make-list (* 2 smbcmp-steps-most-conses) 0)))))
    (set-default-toplevel-value 'gc-cons-threshold 800000)
    (unwind-protect
        (pcase-dolist (`(,step . ,collected) (list (cons few nil) (cons many t)))
          (garbage-collect)
          (let ((work (smbcmp-steps-begin (list step #'ignore) #'ignore)))
            (smbcmp-steps-collect)
            (funcall step)
            (should (eq collected (smbcmp-steps-collect)))
            (smbcmp-steps-end work)))
      (set-default-toplevel-value 'gc-cons-threshold threshold))))

(ert-deftest views-test-garbage-is-collected-as-before-once-nothing-goes-on ()
  "However work ends, nothing lasts of it."
  (let ((threshold (default-toplevel-value 'gc-cons-threshold)))
    (cl-flet ((now () (default-toplevel-value 'gc-cons-threshold))
              (begin (step) (with-temp-buffer
                              (cons (smbcmp-steps-begin (list step) #'ignore)
                                    (current-buffer)))))
      (set-default-toplevel-value 'gc-cons-threshold 800000)
      (unwind-protect
          (with-temp-buffer
            (let ((work (smbcmp-steps-begin (list #'ignore) #'ignore)))
              (should (< 800000 (now)))
              (smbcmp-steps--slice work)
              (should (= 800000 (now))))
            (smbcmp-steps-end (smbcmp-steps-begin (list #'ignore) #'ignore))
            (should (= 800000 (now)))
            (smbcmp-steps--slice (smbcmp-steps-begin (list (lambda () (error "Wrong")))
                                                     #'ignore))
            (should (= 800000 (now)))
            ;; Its buffer was killed.
            (pcase-let ((`(,work . ,buffer) (begin #'ignore)))
              (should (< 800000 (now)))
              (smbcmp-steps--go buffer work)
              (should (= 800000 (now)))))
        (set-default-toplevel-value 'gc-cons-threshold threshold)))))

(ert-deftest views-test-garbage-of-commands-is-collected-when-idle ()
  "A command in a list is not interrupted by collections; idle Emacs makes up for it.
So it does where much is alive and Emacs itself would collect later."
  (let ((threshold (default-toplevel-value 'gc-cons-threshold)) (noninteractive nil)
        (gc-cons-percentage 1000.0))
    (garbage-collect) ; nobody saw this one
    (set-default-toplevel-value 'gc-cons-threshold 800000)
    (unwind-protect
        (with-temp-buffer
          (smbcmp-mode)
          (run-hooks 'pre-command-hook)
          (let ((before gcs-done))
            (ignore (make-list 500000 0))
            (should (= before gcs-done))
            (timer-event-handler smbcmp-steps--idle)
            (should (< before gcs-done)))
          (should-not smbcmp-steps--idle)
          (should (= 800000 (default-toplevel-value 'gc-cons-threshold))))
      (set-default-toplevel-value 'gc-cons-threshold threshold))))

(provide 'views-test)
;;; views-test.el ends here
