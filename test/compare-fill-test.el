;;; compare-fill-test.el --- Lists of exchanges that are written by and by  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The lists of a comparison are on the screen before all of their rows are
;; written.  Nobody may notice.

;;; Code:

(require 'cl-lib)
(require 'compare-view-test)
(require 'ert)
(require 'smbcmp-fill)
(require 'smbcmp-steps)
(require 'thingatpt)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function pair-test--wait "pair-test" (condition))
(declare-function pair-test--key "pair-test" (keys))

(defmacro compare-fill-test--with (a b row &rest body)
  "Compare A and B, show ROW of the lists, do BODY in the first of them.
Little is written at a time, and nothing in the background before BODY
waits for it."
  (declare (indent 3))
  `(let ((smbcmp-fill-step 0)
         (smbcmp-fill-batch 10))
     (compare-view-test--with ,a ,b
       (smbcmp-compare-lists-show (current-buffer) ,row)
       (with-current-buffer (compare-view-test--list 'a)
         (select-window (get-buffer-window))
         ,@body))))

(defun compare-fill-test--expected (comparison side row)
  "Return the line of ROW of SIDE of COMPARISON by what there is about it."
  (let* ((n (nth (if (eq side 'a) 0 1) (smbcmp-comparison-row comparison row)))
         (x (and n (smbcmp-comparison-exchange comparison side n)))
         (first (smbcmp-comparison-exchange comparison side 0))
         (status (plist-get x :status))
         (digits (length (number-to-string
                          (max (smbcmp-frame-count (smbcmp-comparison-a comparison))
                               (smbcmp-frame-count (smbcmp-comparison-b comparison)))))))
    (if (not x)
        (concat (make-string (+ 3 digits digits) ?\s) (format " %10s" "~"))
      (concat (format (format "%%%ds %%10.6f  " (+ 3 digits digits))
                      (mapconcat (lambda (pdu) (number-to-string (car pdu)))
                                 (delq nil (list (plist-get x :request)
                                                 (plist-get x :response)))
                                 "/")
                      (- (plist-get x :time) (plist-get first :time)))
              (plist-get x :label)
              (if (member status '(nil "STATUS_SUCCESS")) "" (concat "  " status))
              (cond ((plist-get x :duration)
                     (format "  %.3g ms" (* 1000 (plist-get x :duration))))
                    ((plist-get x :response) "")
                    (t "  no response"))))))

(defun compare-fill-test--lines ()
  "Return the lines of this buffer, trimmed on the right."
  (mapcar #'string-trim-right (split-string (compare-view-test--text) "\n")))

(defun compare-fill-test--timers ()
  "Return the timers that fill lists."
  (cl-remove-if-not (lambda (timer)
                      (eq #'smbcmp-fill--step (timer--function timer)))
                    timer-list))

(defun compare-fill-test--all-there (list side)
  "Check that LIST has all rows of SIDE, in their places."
  (with-current-buffer list
    (let* ((comparison smbcmp-compare-lists--comparison)
           (count (smbcmp-comparison-row-count comparison)))
      (should (equal (compare-fill-test--lines)
                     (append (cl-loop for row below count
                                      collect (compare-fill-test--expected comparison side row))
                             '(""))))
      (should-not (buffer-modified-p))
      (save-excursion
        (dotimes (row count)
          (goto-char (point-min))
          (forward-line row)
          (should (= row (smbcmp-compare-lists-row)))
          (should (= (point) (smbcmp-fill-position row))))))))

(ert-deftest compare-fill-test-all-rows-come-by-themselves ()
  "After a while the lists are as if they had been written at once."
  (dolist (pair '(("good" . "readonly") ("t-lock" . "t-lock")))
    (compare-fill-test--with (car pair) (cdr pair) 30
      (let ((b (compare-view-test--list 'b))
            (start (smbcmp-fill-row (window-start))))
        ;; What is on the screen is there at once, what is far away is not.
        (should (equal (compare-fill-test--expected smbcmp-compare-lists--comparison 'a 30)
                       (string-trim-right (buffer-substring-no-properties
                                           (point) (line-end-position)))))
        (should (string-match-p "\n\n" (compare-view-test--text)))
        (pair-test--wait (lambda ()
                           (cl-every (lambda (list)
                                       (with-current-buffer list (smbcmp-fill-complete-p)))
                                     (list (current-buffer) b))))
        (compare-fill-test--all-there (current-buffer) 'a)
        (compare-fill-test--all-there b 'b)
        (should-not (compare-fill-test--timers))
        ;; Nothing has moved meanwhile.
        (dolist (list (list (current-buffer) b))
          (with-current-buffer list
            (should (= 30 (smbcmp-compare-lists-row)
                       (smbcmp-fill-row (window-point (get-buffer-window list)))))))
        (should (= start (smbcmp-fill-row (window-start))))))))

(ert-deftest compare-fill-test-rows-on-the-screen-know-what-they-are ()
  "What is shown has its number, that of its exchange, and the colour of what differs."
  (compare-fill-test--with "good" "readonly" 0
    (let* ((comparison smbcmp-compare-lists--comparison)
           (last (car (last (smbcmp-comparison-divergences comparison))))
           (row (plist-get last :row)))
      (should (< (window-body-height) row))
      (smbcmp-compare-lists-show smbcmp-compare-lists-view row)
      (dolist (side '(a b))
        (with-current-buffer (compare-view-test--list side)
          (let ((n (nth (if (eq side 'a) 0 1) (smbcmp-comparison-row comparison row))))
            (should (equal (compare-fill-test--expected comparison side row)
                           (string-trim-right (buffer-substring-no-properties
                                               (point) (line-end-position)))))
            (should (equal row (get-text-property (point) 'smbcmp-row)))
            (should (equal n (get-text-property (point) 'smbcmp-exchange)))
            (when n
              (should (eq (smbcmp-compare-report-face (plist-get last :kind))
                          (get-text-property (+ (point) 25) 'face))))))))))

(defun compare-fill-test--intervals ()
  "Return how many intervals of text properties Emacs has."
  (nth 2 (assq 'intervals (garbage-collect))))

(ert-deftest compare-fill-test-long-lists-do-not-slow-emacs-down ()
  "Rows that nobody looked at are nothing more to garbage collection."
  (with-temp-buffer
    (let ((smbcmp-fill-step 10)
          (before (compare-fill-test--intervals)))
      (smbcmp-fill-start 5000 (lambda (row dressed)
                                (let ((text (format "row %d" row)))
                                  (if dressed (propertize text 'smbcmp-row row) text))))
      (dolist (row '(0 1 2000 4999)) (smbcmp-fill-around row 1))
      (smbcmp-fill-all)
      (should (< (- (compare-fill-test--intervals) before) 200))
      (smbcmp-fill-stop)
      (should (equal (buffer-string)
                     (mapconcat (lambda (row) (format "row %d\n" row)) (number-sequence 0 4999) "")))
      ;; What was looked at has its own properties, its neighbours have none.
      (dotimes (row 5000)
        (goto-char (point-min))
        (forward-line row)
        (let ((seen (memq row '(0 1 2 1999 2000 2001 4998 4999))))
          (dolist (position (list (point) (1- (line-end-position)) (line-end-position)))
            (should (eql (and seen row) (get-text-property position 'smbcmp-row)))))))))

(ert-deftest compare-fill-test-garbage-is-no-part-of-a-step ()
  "When garbage is due, it is collected first, and Emacs does what is typed then."
  (let ((threshold (default-toplevel-value 'gc-cons-threshold)))
    (cl-flet ((now () (default-toplevel-value 'gc-cons-threshold)))
      (set-default-toplevel-value 'gc-cons-threshold 800000)
      (unwind-protect
          (compare-fill-test--with "good" "readonly" 0
            (should (< 800000 (now)))
            (garbage-collect)
            (let ((row smbcmp-fill--next-row) (before gcs-done)
                  ;; As if much had been used up since.
                  (smbcmp-steps--collected (list gcs-done -1000000000 0))
                  (smbcmp-steps--pause 0.0)
                  (smbcmp-fill--buffers (list (current-buffer))))
              (smbcmp-fill--step)
              (should (= (1+ before) gcs-done))
              (should (= row smbcmp-fill--next-row))
              (setq smbcmp-steps--pause 0.0)
              (smbcmp-fill--step)
              (should (< row smbcmp-fill--next-row)))
            (let ((lists (mapcar #'compare-view-test--list '(a b))))
              (dolist (list lists) (with-current-buffer list (smbcmp-fill-stop))))
            (should (= 800000 (now))))
        (set-default-toplevel-value 'gc-cons-threshold threshold)))))

(ert-deftest compare-fill-test-scrolling-comes-to-written-rows ()
  "M-> comes to rows that were never shown, and the other list follows."
  (compare-fill-test--with "good" "readonly" 0
    (pair-test--key "M->")
    (should (cl-every (lambda (side)
                        (with-current-buffer (compare-view-test--list side)
                          (= (point-max) (window-point (get-buffer-window)))))
                      '(a b)))
    (pair-test--key "C-p")
    (let ((row (1- (smbcmp-comparison-row-count smbcmp-compare-lists--comparison))))
      (dolist (side '(a b))
        (with-current-buffer (compare-view-test--list side)
          (should (= row (smbcmp-compare-lists-row)))
          (should (equal (compare-fill-test--expected smbcmp-compare-lists--comparison side row)
                         (string-trim-right (buffer-substring-no-properties
                                             (point) (line-end-position))))))))))

(ert-deftest compare-fill-test-isearch-finds-what-was-never-shown ()
  "C-s looks through rows that are not written yet, and stays where it was by C-g."
  (compare-fill-test--with "good" "readonly" 0
    (should (string-match-p "\n\n" (compare-view-test--text)))
    (should-not (string-match-p "missing.txt" (compare-view-test--text)))
    (execute-kbd-macro (kbd "C-s missing.txt RET"))
    (should (looking-back "missing\\.txt" (line-beginning-position)))
    (goto-char (point-min))
    (forward-line 3)
    (let ((place (point)))
      (execute-kbd-macro (kbd "C-s CREATE C-a"))
      (should-not (= place (point)))
      (goto-char place))
    (compare-fill-test--all-there (current-buffer) 'a)))

(ert-deftest compare-fill-test-isearch-writes-what-it-passes ()
  "C-s finds the next match at once, however many rows are to come."
  (compare-fill-test--with "good" "readonly" 0
    (let ((smbcmp-fill-few 5))
      (execute-kbd-macro (kbd "C-n C-n C-s missing"))
      (should (looking-back "missing" (line-beginning-position)))
      (should (string-match-p "\n\n" (compare-view-test--text)))
      ;; What it gave up, or what is nowhere, leaves point where it was.
      (should (eq 'quit (condition-case nil (isearch-cancel) (quit 'quit))))
      (should (= 3 (line-number-at-pos)))
      (ignore-errors (execute-kbd-macro (kbd "C-s nowhere")))
      (should (eq 'quit (condition-case nil (isearch-cancel) (quit 'quit))))
      (should (= 3 (line-number-at-pos)))
      (should-not (string-match-p "\n\n" (compare-view-test--text))))))

(ert-deftest compare-fill-test-quitting-loses-nothing ()
  "C-g while all rows are written for a command ends that; they come all the same."
  (compare-fill-test--with "good" "readonly" 0
    (cl-letf (((symbol-function 'progress-reporter-update)
               (lambda (&rest _) (signal 'quit nil))))
      (should (eq 'quit (condition-case nil (execute-kbd-macro (kbd "C-x h")) (quit 'quit)))))
    (should-not isearch-mode)
    (should-not overriding-terminal-local-map)
    (should (string-match-p "\n\n" (compare-view-test--text)))
    (pair-test--wait #'smbcmp-fill-complete-p)
    (compare-fill-test--all-there (current-buffer) 'a)))

(ert-deftest compare-fill-test-occur-and-copies-have-all-rows ()
  "Commands that read what is not on the screen do not miss it."
  (compare-fill-test--with "good" "readonly" 0
    (execute-kbd-macro (kbd "C-x h M-w"))
    (should (string= (current-kill 0) (compare-view-test--text)))
    (should (string-match-p "missing.txt" (current-kill 0)))
    (should-not (string-match-p "\n\n" (current-kill 0))))
  (dolist (keys '("M-s o" "M-x occur RET"))
    (compare-fill-test--with "good" "readonly" 0
      (execute-kbd-macro (kbd (concat keys " missing.txt RET")))
      (with-current-buffer "*Occur*"
        (should (string-match-p "^ *[0-9]+: +58/59 .*CREATE missing\\.txt"
                                (compare-view-test--text)))
        (kill-buffer)))))

(ert-deftest compare-fill-test-the-region-stays-active ()
  "Rows that are written meanwhile neither deactivate the region nor read it."
  (compare-fill-test--with "good" "readonly" 0
    (let ((transient-mark-mode t))
      (execute-kbd-macro (kbd "C-SPC M->"))
      (should (region-active-p))
      (should-not (smbcmp-fill-complete-p))
      (pair-test--wait #'smbcmp-fill-complete-p)
      (should (region-active-p))
      (should (= (point-min) (region-beginning)))
      (should (= (point-max) (region-end))))
    (compare-fill-test--all-there (current-buffer) 'a)))

(ert-deftest compare-fill-test-killing-leaves-nothing-behind ()
  "A list that is killed while it is filled takes its timer with it."
  (compare-fill-test--with "good" "readonly" 0
    (should (compare-fill-test--timers))
    (kill-buffer (compare-view-test--list 'b))
    ;; Some steps later the other one is still filled.
    (dotimes (_ 3)
      (let ((timers (compare-fill-test--timers)))
        (should timers)
        (pair-test--wait (lambda () (not (equal timers (compare-fill-test--timers)))))))
    (should (compare-fill-test--timers))
    (kill-buffer)
    (should-not (compare-fill-test--timers))
    (should-not smbcmp-fill--buffers)))

(ert-deftest compare-fill-test-pins-have-the-lists-written-anew ()
  "Lists that are not all there show the new rows after two were kept apart."
  (compare-fill-test--with "good" "good-again" 20
    (let ((count (smbcmp-comparison-row-count smbcmp-compare-lists--comparison)))
      (pair-test--key "x")
      (compare-view-test--wait-for-verdict)
      (should (= (1+ count)
                 (smbcmp-comparison-row-count smbcmp-compare-lists--comparison)))
      (pair-test--wait #'smbcmp-fill-complete-p)
      (compare-fill-test--all-there (current-buffer) 'a))))

(ert-deftest compare-fill-test-lists-stay-while-comparing-again ()
  "After x, all shows the comparison as it was until the next one is there."
  (let ((smbcmp-steps-slice 0))
    (compare-fill-test--with "good" "readonly" 20
      (let ((before smbcmp-compare-lists--comparison)
            (view smbcmp-compare-lists-view)
            (rows 0))
        (execute-kbd-macro "x")
        (should (buffer-local-value 'smbcmp-compare-background-state view))
        ;; Keys do what they did, whatever the thread and the timers have done by now.
        (dolist (key '("n" "p" "N" "P"))
          (execute-kbd-macro key)
          (redisplay t)
          (when (eq before smbcmp-compare-lists--comparison)
            (cl-incf rows)
            (should (equal (compare-fill-test--expected before 'a (smbcmp-compare-lists-row))
                           (string-trim-right (thing-at-point 'line t))))))
        (should (> rows 0))
        (compare-view-test--wait-for-verdict)
        (should-not (eq before smbcmp-compare-lists--comparison))
        (pair-test--wait #'smbcmp-fill-complete-p)
        (compare-fill-test--all-there (current-buffer) 'a)))))

(ert-deftest compare-fill-test-the-last-of-two-pins-counts ()
  "Keys that follow each other at once end what the ones before have begun."
  (let ((smbcmp-steps-slice 0))
    (compare-fill-test--with "good" "good-again" 20
      (let ((count (smbcmp-comparison-row-count smbcmp-compare-lists--comparison)))
        (execute-kbd-macro "xnxU")
        (compare-view-test--wait-for-verdict)
        (should (= count (smbcmp-comparison-row-count smbcmp-compare-lists--comparison)))
        (execute-kbd-macro "xnx")
        (compare-view-test--wait-for-verdict)
        (should (= (+ 2 count)
                   (smbcmp-comparison-row-count smbcmp-compare-lists--comparison)))))))

(ert-deftest compare-fill-test-summary-bit-by-bit-as-all-at-once ()
  "What TAB and + change of a summary is as if all of it were written anew."
  (let ((smbcmp-compare-view-limit 3)
        (strings nil))
    (cl-flet ((same-when-rendered ()
                (let ((text (buffer-substring-no-properties (point-min) (point-max)))
                      (line (thing-at-point 'line t)))
                  (push text strings)
                  (smbcmp-compare-summary-render)
                  (should (equal text (buffer-substring-no-properties (point-min) (point-max))))
                  (should (equal line (thing-at-point 'line t))))))
      (compare-view-test--with "good" "readonly"
        (goto-char (point-min))
        (re-search-forward "^ +34/35 .*CREATE new:")
        (dolist (key '("TAB" "TAB" "+" "TAB" "TAB" "+" "n" "TAB" "+" "+"))
          (condition-case err
              (execute-kbd-macro (kbd key))
            (user-error (should (member (cadr err) '("No consequences"
                                                     "All divergences are shown")))))
          (same-when-rendered))
        (should (> (length (delete-dups strings)) 4))))))

;;;; Nobody waits

(defun compare-fill-test--callers ()
  "Return the functions of ours that are under way, the innermost first."
  (cl-loop for (_ function) in (backtrace-frames)
           when (and (symbolp function) (string-prefix-p "smb" (symbol-name function)))
           collect function))

(defun compare-fill-test--waits (a b act)
  "Return what waited while A and B are compared and ACT, a function, is done.
That is within a slice, where keys are not heard: a list of callers."
  (let ((slice (symbol-function 'smbcmp-steps--slice))
        (accept (symbol-function 'accept-process-output))
        (within nil)
        waits)
    (cl-letf (((symbol-function 'smbcmp-steps--slice)
               (lambda (work)
                 (setq within t)
                 (unwind-protect (funcall slice work) (setq within nil))))
              ((symbol-function 'accept-process-output)
               (lambda (&rest arguments)
                 (when within (push (compare-fill-test--callers) waits))
                 (apply accept arguments))))
      (compare-view-test--with a b (funcall act)))
    waits))

(ert-deftest compare-fill-test-nothing-waits-for-captures ()
  "Keys are heard while captures are asked for what it takes to compare.
That is what a filter passes, what goes through all exchanges, what
differs of the environment, and who held a file."
  (should-not (compare-fill-test--waits
               "good" "smb21"
               (lambda ()
                 (should (smbcmp-comparison-environment smbcmp-compare-view-comparison))
                 (smbcmp-compare-view-filter "smb2.cmd == 5")
                 (compare-view-test--wait-for-verdict))))
  (should-not (compare-fill-test--waits
               "released" "held"
               (lambda () (should (string-match-p "since frame\\|holds" (compare-view-test--text)))))))

(ert-deftest compare-fill-test-a-filter-waits-for-all-frames ()
  "What a filter passes is asked for when a capture is loaded, not before."
  (let ((capture (smbcmp-open (smbcmp-test-data "good"))))
    (unwind-protect
        (let* ((comparison (smbcmp-compare-make :a capture :b capture :native 'new
                                                :filters '("smb2.cmd == 5" . nil)))
               (step (smbcmp-compare-run--keeping comparison 'a)))
          (setf (smbcmp-capture-state capture) 'loading)
          (should (eq 'wait (funcall step)))
          (should-not (smbcmp-comparison-requests comparison))
          (setf (smbcmp-capture-state capture) 'loaded)
          (should (eq 'wait (funcall step)))
          (should (smbcmp-comparison-requests comparison))
          ;; B has none.
          (should-not (funcall (smbcmp-compare-run--keeping comparison 'b))))
      (smbcmp-close capture))))

(provide 'compare-fill-test)
;;; compare-fill-test.el ends here
