;;; soak.el --- A campaign of bad input  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Captures and logs that were damaged at random, and workers that are killed
;; at random moments of a session, all in one long-lived Emacs.  What comes of
;; each is counted; a table is at the end:
;;
;;   opened        it could be read, perhaps not to its end
;;   refused       an error of smbcmp's said why not
;;   skipped       a frame was left out
;;   watchdog      a dissection that did not end was ended
;;   killed        workers that were killed
;;
;; and what must not be:
;;
;;   blocked       Emacs itself worked for more than two seconds on end
;;   lost          Emacs ended, or did not answer any more
;;   left over     a process or a descriptor was there afterwards
;;   state lost    another capture, open all the time, no longer said the same, or
;;                 a session did not end as an undisturbed one
;;   other error   there was an error that is not one of smbcmp's
;;
;; A case is a kind and a number, which the random choices come from, so that one
;; can be had again: (soak-case 'capture 17).

;;; Code:

(require 'cl-lib)
(require 'smbcmp)
(require 'smblog-mode)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp-test-keep-temporary-files "run" ())
(defvar smbcmp-test-directory)

;;;; Damage

(defun soak--pick (list)
  "Return one of LIST at random."
  (nth (random (length list)) list))

(defun soak--bytes (file)
  "Return the bytes of FILE, unpacked."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (call-process (if (string-suffix-p ".gz" file) "zcat" "cat") file t)
    (buffer-string)))

(defun soak--cut (bytes)
  "Return BYTES up to somewhere."
  (substring bytes 0 (random (1+ (length bytes)))))

(defun soak--flip (bytes)
  "Return BYTES with some of them others."
  (let ((copy (copy-sequence bytes)))
    (dotimes (_ (if (string-empty-p bytes) 0 (1+ (random 30))))
      (aset copy (random (length copy)) (soak--pick '(0 1 10 13 27 32 37 91 127 128 226 255))))
    copy))

(defun soak--drop (bytes)
  "Return BYTES without a part in the middle."
  (let* ((from (random (1+ (length bytes))))
         (to (min (length bytes) (+ from (random 300)))))
    (concat (substring bytes 0 from) (substring bytes to))))

(defun soak--repeat (bytes)
  "Return BYTES with a part in the middle there twice."
  (let* ((from (random (1+ (length bytes))))
         (to (min (length bytes) (+ from (random 3000)))))
    (concat (substring bytes 0 to) (substring bytes from))))

(defun soak--word (bytes at)
  "Return the little-endian number of four bytes in BYTES at AT."
  (cl-loop for i from 3 downto 0
           for value = (aref bytes (+ at i)) then (+ (* 256 value) (aref bytes (+ at i)))
           finally return value))

(defun soak--blocks (bytes)
  "Return where the blocks of pcapng BYTES begin, and the end."
  (let ((at 0) blocks)
    (while (< (+ at 8) (length bytes))
      (push at blocks)
      (cl-incf at (max 12 (soak--word bytes (+ at 4)))))
    (nreverse (cons (length bytes) blocks))))

(defun soak--blockwise (bytes)
  "Return pcapng BYTES with a block cut, dropped, twice or damaged."
  (let* ((blocks (soak--blocks bytes))
         (n (random (1- (length blocks))))
         (from (nth n blocks)) (to (nth (1+ n) blocks)))
    (pcase (random 4)
      (0 (substring bytes 0 to))
      (1 (concat (substring bytes 0 from) (substring bytes to)))
      (2 (concat (substring bytes 0 to) (substring bytes from to) (substring bytes from)))
      (_ (let ((copy (copy-sequence bytes)))
           (aset copy (+ from (random (min 28 (- to from)))) (random 256))
           copy)))))

(defun soak--errors (bytes)
  "Return the bytes of the capture BYTES with errors in its packets, by editcap -E."
  (let ((in (make-temp-file "soak")) (out (make-temp-file "soak")))
    (unwind-protect
        (progn
          (soak--write in bytes)
          (call-process "editcap" nil nil nil "-E" (format "0.%03d" (1+ (random 40)))
                        "--seed" (number-to-string (random 1000000)) in out)
          (soak--bytes out))
      (delete-file in)
      (delete-file out))))

(defun soak--write (file bytes)
  "Make FILE of BYTES."
  (let ((coding-system-for-write 'binary) (inhibit-file-name-handlers '(smbcmp-file-handler))
        (inhibit-file-name-operation 'write-region))
    (write-region bytes nil file nil 'silent)))

;;;; One case

(defvar soak--counts nil "Alist of what was counted of the case under way.")
(defvar soak--reference nil "A capture that is open all the time, and its rows.")
(defvar soak--last-tick nil "The CPU time of Emacs when its timer ran last.")

(defun soak--count (what)
  "Count WHAT, a symbol, once for this case."
  (setf (alist-get what soak--counts) 1))

(defun soak--tick ()
  "Notice whether Emacs worked for long without running its timers."
  (let ((now (float-time (get-internal-run-time))))
    (when (> (- now soak--last-tick) 2) (soak--count 'blocked))
    (setq soak--last-tick now)))

(defun soak--descriptors ()
  "Return how many file descriptors this Emacs has."
  (length (directory-files "/proc/self/fd" nil nil t)))

(defun soak--await (predicate)
  "Wait until PREDICATE; return non-nil if that was within half a minute."
  (let ((end (+ (float-time) 30)))
    (while (and (not (funcall predicate)) (< (float-time) end))
      (accept-process-output nil 0.01))
    (funcall predicate)))

(defun soak--try (function)
  "Call FUNCTION; count the error if there is one, and return its value."
  (condition-case err
      (funcall function)
    ((smbcmp-error user-error) (soak--count 'refused) nil)
    (error (soak--count 'other-error)
           (message "        %S" err)
           nil)))

(defun soak--warn (_type message &rest _)
  "Count what MESSAGE, a warning, tells."
  (when (string-match-p "ignored from now on" message) (soak--count 'skipped))
  (when (string-match-p "does not terminate" message) (soak--count 'watchdog)))

(defun soak--reference ()
  "Return the capture that is open all the time."
  (unless soak--reference
    (let ((capture (smbcmp-open (smbcmp-test-data "good"))))
      (setq soak--reference
            (cons capture (smbcmp-rows capture (smbcmp-frames capture))))))
  (car soak--reference))

(defun soak-case (kind number)
  "Run the case NUMBER of KIND, a symbol; return what was counted."
  (random (format "%s %d" kind number))
  (soak--reference)
  ;; The worker that knows Wireshark's tables stays once it is there, unless it was killed.
  (smbcmp-check-filter "smb2")
  (setq soak--counts nil soak--last-tick (float-time (get-internal-run-time)))
  (let* ((directory (file-name-as-directory (make-temp-file "soak" t)))
         (processes (length (process-list)))
         (descriptors (soak--descriptors))
         (inhibit-message t)
         (timer (run-with-timer 0 0.05 #'soak--tick)))
    (unwind-protect
        (cl-letf (((symbol-function 'display-warning) #'soak--warn)
                  ((symbol-function 'y-or-n-p) #'ignore)
                  ((symbol-function 'yes-or-no-p) #'ignore))
          (funcall (intern (format "soak--%s" kind)) directory)
          (soak--tick)
          (unless (soak--await (lambda () (and (<= (length (process-list)) processes)
                                               (<= (soak--descriptors) descriptors))))
            (soak--count 'left-over))
          (unless (equal (cdr soak--reference)
                         (smbcmp-rows (car soak--reference)
                                      (smbcmp-frames (car soak--reference))))
            (soak--count 'state-lost)))
      (cancel-timer timer)
      (delete-directory directory t))
    soak--counts))

;;;; Captures

(defun soak--look-at (capture)
  "Ask CAPTURE for everything there is."
  (let* ((count (smbcmp-frame-count capture))
         (frames (number-sequence 1 count)))
    (soak--try (lambda () (smbcmp-rows capture frames)))
    (soak--try (lambda () (smbcmp-frames capture "smb2 || smb")))
    (dotimes (_ (min count 10))
      (let ((frame (1+ (random count))))
        (soak--try (lambda () (smbcmp-frame-tree capture frame)))
        (soak--try (lambda () (smbcmp-frame-bytes capture frame)))))
    (soak--try (lambda () (smbcmp-diff-captures capture (soak--reference))))
    (soak--try (lambda () (smbcmp-diff-captures (soak--reference) capture)))))

(defun soak--capture (directory)
  "Damage a capture in DIRECTORY and do all that can be done with it."
  (let ((bytes (soak--bytes (smbcmp-test-data
                             (soak--pick '("good" "readonly" "smb1" "smb21" "enc-smb311"
                                           "krb5-gcm128" "t-notify" "t-owner" "t-copychunk")))))
        (file (concat directory "damaged.pcapng")))
    (dotimes (_ (1+ (random 3)))
      (setq bytes (funcall (soak--pick '(soak--errors soak--errors soak--blockwise soak--blockwise
                                         soak--cut soak--flip soak--drop soak--repeat))
                           bytes))
      ;; Blocks are where they were only once.
      (when (< (length bytes) 200) (setq bytes (concat bytes (make-string 200 0)))))
    (soak--write file bytes)
    (let ((capture (soak--try (lambda () (smbcmp-open file)))))
      (when capture
        (soak--count 'opened)
        (unwind-protect (soak--look-at capture)
          (smbcmp-close capture))))))

;;;; Logs

(defun soak--logs ()
  "Return the logs of all forms that are recorded."
  (cl-remove-if (lambda (file) (> (file-attribute-size (file-attributes file)) 300000))
                (cl-loop for pattern in '("data/*/log.*" "data/journal/*" "data/cifs-kernel/*/*log*"
                                          "data/cifs-kernel/*/dmesg*" "data/cifs-kernel/*/trace*")
                         append (file-expand-wildcards
                                 (expand-file-name pattern smbcmp-test-directory)))))

(defun soak--log (directory)
  "Damage a log in DIRECTORY, visit it and look around."
  (let ((bytes (soak--bytes (soak--pick (soak--logs))))
        (file (concat directory "log.smbd")) buffer)
    (when (> (length bytes) 400000)
      (let ((from (random (- (length bytes) 400000))))
        (setq bytes (substring bytes from (+ from 400000)))))
    (dotimes (_ (1+ (random 3)))
      (setq bytes (funcall (soak--pick '(soak--cut soak--flip soak--flip soak--drop soak--repeat))
                           bytes)))
    (soak--write file bytes)
    (setq buffer (soak--try (lambda () (find-file-noselect file))))
    (when buffer
      (unwind-protect
          (with-current-buffer buffer
            (soak--try (lambda () (smblog-mode)))
            (when (soak--await (lambda () (ignore-errors
                                            (and (smblog-indexed-p) (smblog-view-done-p)))))
              (soak--count 'opened))
            (save-window-excursion
              (switch-to-buffer buffer)
              (dolist (keys '("M->" "M-<" "n n n p" "e" "q" "r" "M->" "q"))
                (soak--try (lambda () (execute-kbd-macro (kbd keys)))))))
        (dolist (other (buffer-list))
          (when (with-current-buffer other
                  (derived-mode-p 'smblog-mode 'smblog-hits-mode 'smblog-requests-mode
                                  'smblog-flow-mode 'smblog-chart-mode))
            (let ((kill-buffer-query-functions nil)) (kill-buffer other))))))))

;;;; Killed workers

(defvar soak--undisturbed nil "What a session ends with, and how long it takes.")

(defmacro soak--again (&rest body)
  "Do BODY; do it again if a worker died, as whoever reads the error does."
  `(let ((tries 0) value)
     (while (and (< (cl-incf tries) 4)
                 (condition-case nil
                     (progn (setq value (progn ,@body)) nil)
                   ((smbcmp-worker-error user-error) t))))
     value))

(defun soak--session ()
  "Do what a user does with two captures; return what is seen at the end."
  (let ((buffer (find-file-noselect (smbcmp-test-data "readonly"))))
    (unwind-protect
        (with-current-buffer buffer
          (let ((idle (lambda ()
                        (and smbcmp-list-complete (null smbcmp-list-filter-request)
                             (eq 'loaded (smbcmp-capture-state smbcmp-list-capture))))))
            (soak--await (lambda () (or (funcall idle)
                                        (eq 'failed (smbcmp-capture-state
                                                     smbcmp-list-capture)))))
            ;; Killed before there was a frame: the buffer says to try again.
            (when (eq 'failed (smbcmp-capture-state smbcmp-list-capture))
              (revert-buffer t t)
              (soak--await idle))
            (soak--again (smbcmp-list-sort "Info"))
            (soak--await idle)
            (soak--again (smbcmp-list-filter "smb2.cmd == 5"))
            (soak--await idle)
            (smbcmp-list-jump 45)
            (prog1
                (list (soak--again (smbcmp-frame-tree smbcmp-list-capture 45))
                      (soak--again (smbcmp-comparison-divergences
                                    (smbcmp-diff-captures (soak--reference) smbcmp-list-capture)))
                      (progn (soak--await idle) (buffer-string))
                      smbcmp-list-filter-matches
                      (smbcmp-list-frame-at-point))
              (when (or (smbcmp-capture-ignored smbcmp-list-capture)
                        (smbcmp-capture-ignored (soak--reference)))
                (soak--count 'skipped)))))
      (kill-buffer buffer))))

(defun soak--kill (_directory)
  "Kill a worker at a random moment of a session."
  (unless soak--undisturbed
    (let ((start (float-time)) (end (soak--session)))
      (setq soak--undisturbed (cons end (- (float-time) start)))))
  (let* ((signal (soak--pick '(SIGKILL SIGSEGV SIGABRT)))
         (timer (run-with-timer
                 (/ (* (cdr soak--undisturbed) (random 1200)) 1000.0) nil
                 (lambda ()
                   (let ((workers (cl-remove-if-not
                                   (lambda (process) (process-get process 'smbcmp-capture))
                                   (process-list))))
                     (when workers
                       (soak--count 'killed)
                       (signal-process (smbcmp-worker-pid
                                        (process-get (soak--pick workers) 'smbcmp-capture))
                                       signal)))))))
    (unwind-protect
        (unless (or (equal (car soak--undisturbed) (soak--try #'soak--session))
                    ;; Whoever crashes in a frame is told that it is ignored from then on.
                    (assq 'skipped soak--counts))
          (soak--count 'state-lost))
      (cancel-timer timer))
    (when (or (assq 'skipped soak--counts)
              ;; After many deaths, of whatever time, a capture is given up.
              (> (smbcmp-capture-deaths (car soak--reference)) 10))
      (smbcmp-close (car soak--reference))
      (setq soak--reference nil))
    ;; The one that is open all the time may have been hit.
    (soak--again (smbcmp-frame-tree (soak--reference) 1))))

;;;; The Emacs that does it, and the one that counts

(defun soak-serve ()
  "Run the cases whose kinds and numbers come on standard input, line by line."
  (let ((message-log-max nil) (debug-on-error nil) line)
    (smbcmp-module-load)
    (while (setq line (ignore-errors (read-from-minibuffer "")))
      (pcase-let ((`(,kind ,number) (read (format "(%s)" line))))
        (princ (format "\n#case %S\n" (soak-case kind number)))))
    (kill-emacs)))

(defconst soak--columns
  '(opened refused skipped watchdog killed blocked lost left-over state-lost other-error)
  "What is counted; none of what follows `killed' must be.")

(defvar soak--bad nil "The cases in which something was that must not be, with it.")

(defun soak--start ()
  "Start an Emacs that runs cases."
  (make-process :name "soak" :buffer (generate-new-buffer " *soak*") :noquery t
                :connection-type 'pipe :coding 'utf-8-unix
                :command (list (expand-file-name invocation-name invocation-directory)
                               "-Q" "--batch" "-L" smbcmp--root
                               "-L" (expand-file-name "lisp" smbcmp--root)
                               "-L" smbcmp-test-directory
                               "-l" (expand-file-name "run.el" smbcmp-test-directory)
                               "-l" (expand-file-name "soak.el" smbcmp-test-directory)
                               "-f" "soak-serve")))

(defun soak--answer (process)
  "Wait for what PROCESS says of its case; return it, or (lost . 1)."
  (with-current-buffer (process-buffer process)
    (let ((end (+ (float-time) 300)))
      (while (and (goto-char (point-min))
                  (not (re-search-forward "^#case \\(.*\\)\n" nil t))
                  (process-live-p process)
                  (< (float-time) end))
        (accept-process-output process 1)))
    (goto-char (point-min))
    (if (re-search-forward "^#case \\(.*\\)\n" nil t)
        (prog1 (read (match-string 1)) (erase-buffer))
      (list (cons 'lost 1) (cons 'said (buffer-string))))))

(defun soak-campaign (kind count &optional first)
  "Run COUNT cases of KIND from number FIRST, or 0.
Return what was counted, an alist.  The cases in which something went
wrong come to be in `soak--bad'."
  (let ((process (soak--start)) (sums nil))
    (dotimes (n count)
      (when (zerop (mod (1+ n) 1000)) (message "%s: %d of %d" kind (1+ n) count))
      (let* ((number (+ n (or first 0)))
             (counts (progn (process-send-string process (format "%s %d\n" kind number))
                            (soak--answer process))))
        (pcase-dolist (`(,what . ,value) counts)
          (when (numberp value) (cl-incf (alist-get what sums 0) value)))
        (when (cl-some (lambda (what) (alist-get what counts)) (cdr (memq 'killed soak--columns)))
          (push (list kind number counts) soak--bad))
        (when (alist-get 'lost counts)
          (delete-process process)
          (setq process (soak--start)))))
    (process-send-eof process)
    (while (process-live-p process) (accept-process-output process 1))
    sums))

(defun soak-run ()
  "Run the campaign: as many damaged captures and logs as the command line says.
Workers are killed a tenth as often: each time a whole session is run."
  (let ((count (string-to-number (or (pop command-line-args-left) "100"))))
    (smbcmp-test-keep-temporary-files)
    (princ (format "%-9s %6s" "" "cases"))
    (dolist (column soak--columns) (princ (format " %11s" column)))
    (terpri)
    (pcase-dolist (`(,kind . ,cases)
                   `((capture . ,count) (log . ,count) (kill . ,(ceiling count 10))))
      (let ((sums (soak-campaign kind cases)))
        (princ (format "%-9s %6d" kind cases))
        (dolist (column soak--columns) (princ (format " %11d" (alist-get column sums 0))))
        (terpri)))
    (dolist (bad (reverse soak--bad)) (princ (format "%S\n" bad)))
    (kill-emacs (if soak--bad 1 0))))

(provide 'soak)
;;; soak.el ends here
