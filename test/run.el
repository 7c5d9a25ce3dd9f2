;;; run.el --- Run all tests  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Loads every test/*-test.el and runs the tests, those that match the
;; regexp on the command line if there is one.  The last line it prints is
;; "N passed, N failed".
;;
;; Tests run in several Emacsen at once, JOBS of the environment.  This Emacs
;; hands them out, the longest first, and prints what was said during each as
;; a whole.  A test during which its Emacs ends or does not answer has failed;
;; the others go on in a new one.  The tshark that they find is tshark.sh,
;; which asks the real one nothing twice.
;;
;; What a test needs of the scheduler is in its tags:
;;
;;   slow       it is one of the longest, should nobody have measured yet
;;   a string   a file that make has to have made before

;;; Code:

(require 'cl-lib)
(require 'ert)
(setq load-prefer-newer t
      ;; A checkout without git installed would not do.
      vc-handled-backends nil
      ;; Half of Emacs' time would go into it; with much more its caches are lost.
      gc-cons-threshold 60000000)
;; Tests have homes of their own: "~/smbcmp/" would be elsewhere there.
(setq default-directory (expand-file-name default-directory))
(require 'smbcmp)

(defconst smbcmp-test-directory (file-name-directory (or load-file-name buffer-file-name))
  "Where the tests and their data are.")

(defun smbcmp-test-data (folder &optional file)
  "Return FILE, the capture by default, of FOLDER of the recorded data."
  (expand-file-name (or file "capture.pcapng")
                    (expand-file-name (concat "data/" folder) smbcmp-test-directory)))

(defconst smbcmp-test-no-native-compilation
  "(setq native-comp-deferred-compilation nil native-comp-jit-compilation nil)"
  "What an Emacs that is not a batch one does not to compile what it loads.
It would for each home directory again.")

(defun smbcmp-test--load ()
  "Load all tests and what they test."
  (dolist (file (directory-files smbcmp-test-directory t "-test\\.el\\'"))
    ;; Some need others; Emacs 30 takes no test twice.
    (require (intern (file-name-base file)) file)))

;;;; An Emacs that runs tests

(defconst smbcmp-test--end "\0smbcmp-test "
  "What begins the line that tells how a test ended, (KIND SECONDS).")

(defun smbcmp-test--cpu ()
  "Return the seconds of CPU that this Emacs and its children had, or nil."
  (let ((attributes (process-attributes (emacs-pid))))
    (when attributes
      (+ (float-time (alist-get 'time attributes)) (float-time (alist-get 'ctime attributes))))))

(defun smbcmp-test--report (test result condition cpu)
  "Print what came of TEST, its RESULT, for which CPU seconds were used.
CONDITION is the error that ended it, or nil."
  (let ((kind (cond ((ert-test-passed-p result) "ok")
                    ((or (ert-test-skipped-p result) (eq 'ert-test-skipped (car condition)))
                     "skipped")
                    (t "FAILED"))))
    (message "%-8s%s (%.1f s%s)" kind (ert-test-name test) (ert-test-result-duration result)
             (if cpu (format ", CPU %.1f s" cpu) ""))
    (when condition
      ;; What a test quotes must not be taken for the end of one.
      (message "        %s" (subst-char-in-string
                             0 ?\s (truncate-string-to-width (format "%S" condition) 2000))))
    (message "%s%S" smbcmp-test--end (list kind (ert-test-result-duration result)))))

(defun smbcmp-test--run (test)
  "Run TEST and report what came of it."
  ;; Else Emacs 27 calls no debugger a second time, by which ERT learns of failures.
  (cl-incf num-nonmacro-input-events)
  (let* ((before (smbcmp-test--cpu)) result
         ;; Where there is no debugger, as in a timer, the error comes through.
         (condition (condition-case err
                        (progn (ert-run-tests test (lambda (event &rest args)
                                                     (when (eq event 'test-ended)
                                                       (setq result (nth 2 args)))))
                               nil)
                      ((debug error) err))))
    (smbcmp-test--report (ert-get-test test) result
                         (if (ert-test-result-with-condition-p result)
                             (ert-test-result-with-condition-condition result)
                           condition)
                         (and before (- (smbcmp-test--cpu) before)))))

(defun smbcmp-test--kill-others (buffers)
  "Kill workers, and the buffers that are not among BUFFERS but processes'.
What a test left open is not the next one's."
  (let ((kill-buffer-query-functions nil))
    (dolist (process (process-list))
      (when (process-get process 'smbcmp-capture)
        (smbcmp-close (process-get process 'smbcmp-capture))))
    (dolist (buffer (cl-set-difference (buffer-list) buffers))
      (when (and (buffer-live-p buffer) (not (string-prefix-p " " (buffer-name buffer))))
        (with-current-buffer buffer (set-buffer-modified-p nil))
        (with-demoted-errors "%S" (kill-buffer buffer))))))

(defun smbcmp-test-serve ()
  "Run the tests whose names come on standard input, line by line."
  (let ((message-log-max nil) name)
    (smbcmp-test--load)
    (smbcmp-module-load)
    (while (setq name (ignore-errors (read-from-minibuffer "")))
      (let ((buffers (buffer-list)))
        (smbcmp-test--run (intern name))
        (smbcmp-test--kill-others buffers)))
    (kill-emacs)))

;;;; The one that hands them out

(defvar smbcmp-test--limit 900
  "Seconds after which a test has hung; the slowest takes a minute or two.")

(defvar smbcmp-test--waiting nil "The tests that are still to run, in order.")
(defvar smbcmp-test--kinds nil "How each test that is over ended, strings.")
(defvar smbcmp-test--times nil "Alist of the names of tests and their seconds.")

(defvar smbcmp-test--times-file (smbcmp-module-native-file "test-times.eld")
  "The name of the file with the times of earlier runs.")

(defun smbcmp-test--read-times ()
  "Read how long tests took in earlier runs."
  (setq smbcmp-test--times
        (ignore-errors (with-temp-buffer
                         (insert-file-contents smbcmp-test--times-file)
                         (read (current-buffer))))))

(defun smbcmp-test--write-times ()
  "Write how long tests took, for the next run."
  (with-temp-file smbcmp-test--times-file
    (prin1 smbcmp-test--times (current-buffer))))

(defun smbcmp-test--weight (test)
  "Return about how many seconds TEST takes."
  (or (alist-get (ert-test-name test) smbcmp-test--times)
      (if (memq 'slow (ert-test-tags test)) 60 0)))

(defun smbcmp-test--order (tests)
  "Return TESTS with the longest first, for the Emacsen to end together."
  (cl-stable-sort (copy-sequence tests) #'> :key #'smbcmp-test--weight))

(defun smbcmp-test--make (tests)
  "Have make make what TESTS need; exit if it can't."
  (let ((files (cl-delete-duplicates (cl-loop for test in tests
                                              append (cl-remove-if-not #'stringp
                                                                       (ert-test-tags test)))
                                     :test #'equal)))
    (when files
      (with-temp-buffer
        (unless (zerop (apply #'call-process "make" nil t nil "-s"
                              (format "-j%d" (smbcmp-test--jobs)) files))
          (princ (buffer-string) #'external-debugging-output)
          (message "0 passed, %d failed" (length tests))
          (kill-emacs 1))))))

(defun smbcmp-test--jobs ()
  "Return how many Emacsen may run tests at once.
That is two more than there are processors: tests often wait."
  (if (getenv "JOBS") (string-to-number (getenv "JOBS"))
    (+ 2 (string-to-number (car (process-lines "nproc"))))))

(defun smbcmp-test--start ()
  "Start an Emacs that runs tests."
  (let ((process
         (make-process :name "smbcmp-test" :buffer (generate-new-buffer " *smbcmp-test*")
                       :connection-type 'pipe :noquery t :coding 'utf-8-unix
                       :filter #'smbcmp-test--filter :sentinel #'smbcmp-test--sentinel
                       :command (list (expand-file-name invocation-name invocation-directory)
                                      "-Q" "--batch" "-L" "." "-L" "lisp"
                                      "-L" smbcmp-test-directory
                                      "-l" (expand-file-name "run.el" smbcmp-test-directory)
                                      "-f" "smbcmp-test-serve"))))
    (smbcmp-test--next process)
    process))

(defun smbcmp-test--next (process)
  "Give PROCESS the next test to run; end it if there are no more."
  (let ((test (pop smbcmp-test--waiting)))
    (process-put process 'test test)
    (process-put process 'limit (+ (float-time) smbcmp-test--limit))
    ;; Should it be dead, its sentinel knows what to say.
    (ignore-errors
      (if test
          (process-send-string process (format "%s\n" (ert-test-name test)))
        (process-send-eof process)))))

(defun smbcmp-test--ended (process end kind seconds)
  "Note that the test of PROCESS ended as KIND, after SECONDS.
What it said is before END, a position in the buffer of PROCESS."
  (let ((name (ert-test-name (process-get process 'test))))
    (push kind smbcmp-test--kinds)
    (setf (alist-get name smbcmp-test--times) seconds)
    (princ (buffer-substring (point-min) end) #'external-debugging-output)
    (delete-region (point-min) (line-beginning-position 2))
    (process-put process 'test nil)))

(defun smbcmp-test--filter (process text)
  "Take TEXT, which PROCESS printed."
  (when (buffer-live-p (process-buffer process))
    (with-current-buffer (process-buffer process)
      (goto-char (point-max))
      (insert text)
      (goto-char (point-min))
      (when (re-search-forward (concat "^" smbcmp-test--end "\\(.*\\)\n") nil t)
        (pcase-let ((`(,kind ,seconds) (read (match-string 1))))
          (goto-char (match-beginning 0))
          (smbcmp-test--ended process (point) kind seconds)
          (smbcmp-test--next process))))))

(defun smbcmp-test--sentinel (process _event)
  "Have the test of PROCESS, which ended, fail."
  (unless (process-live-p process)
    (with-current-buffer (process-buffer process)
      (let ((test (process-get process 'test)))
        (goto-char (point-max))
        (when test
          (insert (format "\n%-8s%s\n        Emacs ended: %s %d\n" "FAILED" (ert-test-name test)
                          (process-status process) (process-exit-status process)))
          (smbcmp-test--ended process (point) "FAILED" 0)))
      (kill-buffer))))

(defun smbcmp-test--end-hung ()
  "End the Emacsen whose tests do not end."
  (dolist (process (process-list))
    (when (and (process-get process 'test) (> (float-time) (process-get process 'limit)))
      (with-current-buffer (process-buffer process)
        (goto-char (point-max))
        (insert (format "\nNo end within %d seconds.\n" smbcmp-test--limit)))
      (delete-process process))))

(defun smbcmp-test--run-all ()
  "Run all tests that wait."
  (let ((jobs (smbcmp-test--jobs)))
    (while (or smbcmp-test--waiting (process-list))
      (while (and smbcmp-test--waiting (< (length (process-list)) jobs))
        (smbcmp-test--start))
      (accept-process-output nil 1)
      (smbcmp-test--end-hung))))

(defun smbcmp-test--keep-tshark ()
  "Have what tshark says kept for the tests, by tshark.sh."
  (let ((tshark (executable-find "tshark"))
        (folder (smbcmp-module-native-file "test-tshark/")))
    ;; A test that runs tests has it already.
    (unless (or (not tshark) (getenv "TSHARK_CACHE"))
      (delete-directory folder t)
      (make-directory folder t)
      (make-symbolic-link (expand-file-name "tshark.sh" smbcmp-test-directory)
                          (expand-file-name "tshark" folder))
      (setenv "TSHARK" tshark)
      (setenv "TSHARK_CACHE" folder)
      (setenv "PATH" (concat folder ":" (getenv "PATH"))))))

(defun smbcmp-test-keep-temporary-files ()
  "Have all temporary files in one folder, which is deleted when this Emacs ends."
  (let ((folder (file-name-as-directory (make-temp-file "smbcmp-test" t))))
    ;; Those who have another user's rights in a test put files there, too.
    (set-file-modes folder #o1777)
    (setq temporary-file-directory folder)
    (setenv "TMPDIR" (directory-file-name folder))
    (add-hook 'kill-emacs-hook (lambda () (delete-directory folder t)))))

(defun smbcmp-test-run ()
  "Run the tests and exit."
  (let ((selector (if command-line-args-left (pop command-line-args-left) t))
        (message-log-max nil))
    (smbcmp-test--load)
    (smbcmp-test--read-times)
    (setq smbcmp-test--waiting (smbcmp-test--order (ert-select-tests selector t)))
    (smbcmp-test--make smbcmp-test--waiting)
    (smbcmp-test--keep-tshark)
    (smbcmp-test-keep-temporary-files)
    (smbcmp-test--run-all)
    (smbcmp-test--write-times)
    (let ((passed (cl-count "ok" smbcmp-test--kinds :test #'equal))
          (failed (cl-count "FAILED" smbcmp-test--kinds :test #'equal))
          (skipped (cl-count "skipped" smbcmp-test--kinds :test #'equal)))
      (unless (zerop skipped) (message "%d skipped" skipped))
      (message "%d passed, %d failed" passed failed)
      (kill-emacs (if (and (zerop failed) (> passed 0)) 0 1)))))

(provide 'run)
;;; run.el ends here
