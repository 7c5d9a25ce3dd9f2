;;; smbcmp-worker.el --- Start worker processes, and say how they ended  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A worker is a process around the engine, on the host where its capture
;; lies.  Here is how it is started and what is said of its end; what is
;; sent to and fro is in smbcmp-host.el.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)
(require 'smbcmp-handle)

(declare-function smbcmp--module-input "smbcmp-module.so" ())

;;;; Customization

(defcustom smbcmp-watchdog-seconds 10
  "CPU seconds after which dissecting one frame is given up.
The worker is then restarted, and ignores that frame."
  :type 'number
  :group 'smbcmp)

(defcustom smbcmp-worker-memory-limit 'physical
  "Most memory a worker may take, in bytes.
`physical' means what the machine has, nil no limit."
  :type '(choice (const :tag "The machine's memory" physical)
                 (const :tag "No limit" nil) natnum)
  :risky t
  :group 'smbcmp)

(defcustom smbcmp-remote-worker-program "smbcmp-worker"
  "Worker to run on a remote host for captures that lie there.
A name found in the variable `exec-path' there or an absolute file name; see
`connection-local-set-profile-variables' for a value for each host."
  :type 'string
  :risky t
  :group 'smbcmp)

(defcustom smbcmp-load-plugins nil
  "Non-nil means that workers load your own Lua scripts and plugins.
These are those in ~/.local/lib/wireshark/plugins and init.lua in your
Wireshark configuration.  They run before the worker is sealed off.
What was installed with Wireshark is always loaded."
  :type 'boolean
  :risky t
  :group 'smbcmp)

;;;; Start

(defun smbcmp--worker-program (capture)
  "Return the worker executable for CAPTURE, on the host where it lies.
Signal `smbcmp-worker-error' if there is none."
  (let* ((file (smbcmp-capture-file capture))
         (remote (and file (file-remote-p file)))
         (default-directory (or (and file (file-name-directory file)) "/"))
         (program (if remote
                      (executable-find smbcmp-remote-worker-program t)
                    (smbcmp-module-native-file "smbcmp-worker"))))
    (unless (and program (or remote (file-executable-p program)))
      (signal 'smbcmp-worker-error
              (list (format "Worker %s is missing; run M-x smbcmp-module-build%s"
                            (or program smbcmp-remote-worker-program)
                            (if remote (concat " on " remote) "")))))
    program))

(defun smbcmp--memory-limit ()
  "Return the memory limit for workers in bytes, 0 for none."
  (pcase smbcmp-worker-memory-limit
    ('physical (* 1024 (or (car (memory-info)) 0)))
    ('nil 0)
    (bytes bytes)))

(defun smbcmp-worker-start (capture filter sentinel)
  "Start a worker process for CAPTURE, on the host where its file lies.
FILTER and SENTINEL are the process'."
  (let* ((file (smbcmp-capture-file capture))
         (default-directory (or (and file (file-name-directory file))
                                temporary-file-directory)))
    (if (file-remote-p default-directory)
        (smbcmp--call-with-direct-processes
         file (lambda () (smbcmp--make-worker capture filter sentinel)))
      (smbcmp--make-worker capture filter sentinel))))

(defun smbcmp--worker-environment ()
  "Return the environment of workers.
In large pages of memory libwireshark dissects a tenth faster; the
GNU C library reads that when a process starts."
  (if (getenv "GLIBC_TUNABLES")
      process-environment
    (cons "GLIBC_TUNABLES=glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=33554432"
          process-environment)))

(defvar smbcmp--forkserver nil
  "(KEY . PROCESS): what the last forkserver was started with, and the process.")

(defun smbcmp--start-forkserver (program)
  "Start PROGRAM as the forkserver for workers; return the process, or nil."
  (ignore-errors
    (let ((default-directory "/"))
      (make-process :name "smbcmp forkserver" :command (list program "--forkserver")
                    :connection-type 'pipe :coding 'binary :noquery t
                    :filter #'ignore :sentinel #'ignore))))

(defun smbcmp--forkserver (program)
  "Return the forkserver for PROGRAM, a worker, in `process-environment', or nil.
It is a process that has started libwireshark, which takes longer than
most captures do, and of which workers are copies.  The one of another
program or environment ends with the last of its workers."
  (let ((key (list program (file-attribute-modification-time (file-attributes program))
                   process-environment)))
    (pcase-let ((`(,last . ,process) smbcmp--forkserver))
      (unless (and (process-live-p process) (equal key last))
        (when (process-live-p process) (process-send-eof process))
        (setq process (smbcmp--start-forkserver program)
              smbcmp--forkserver (cons key process)))
      process)))

(defun smbcmp--worker-command (program)
  "Return the command, a list of strings, that starts PROGRAM, a worker.
Plugins of the user's are loaded when libwireshark is started; then, and
on other hosts, each worker does that for itself."
  (let* ((launcher (expand-file-name "smbcmp-launch" (file-name-directory program)))
         (forkserver (and (not smbcmp-load-plugins)
                          (not (file-remote-p default-directory))
                          (file-executable-p launcher)
                          (smbcmp--forkserver program))))
    (append (and forkserver (list launcher (number-to-string (process-id forkserver))))
            (list program
                  (number-to-string (smbcmp--memory-limit))
                  (number-to-string smbcmp-watchdog-seconds)))))

(defun smbcmp-worker-pid (capture)
  "Return the process id of CAPTURE's worker, which may not be alive, or nil.
Its process in Emacs may be one that stands for it, and says so by its
name as soon as there is a worker: that is waited for."
  (when-let* ((process (smbcmp-capture-process capture))
              (pid (process-id process)))
    (cl-loop for name = (alist-get 'comm (process-attributes pid))
             while (equal name "smbcmp-launch")
             do (sleep-for 0.005)
             finally return (if (and name (string-match "\\`smbcmp \\([0-9]+\\)\\'" name))
                                (string-to-number (match-string 1 name))
                              pid))))

(defun smbcmp--make-process (capture program log filter sentinel)
  "Start PROGRAM, a worker, for CAPTURE; what it says on stderr goes to LOG.
FILTER and SENTINEL are the process'.
Signal `smbcmp-worker-error' if there is no process or descriptor for it."
  (let ((file (smbcmp-capture-file capture))
        (process-adaptive-read-buffering nil)
        (process-environment (smbcmp--worker-environment))
        process)
    (unwind-protect
        (condition-case err
            (setq process
                  (make-process
                   :name (concat "smbcmp " (if file (file-name-nondirectory file) "filters"))
                   :command (smbcmp--worker-command program)
                   :connection-type 'pipe
                   :coding 'binary
                   :noquery t
                   :stderr log
                   :filter filter
                   :sentinel sentinel
                   :file-handler t))
          (error
           (signal 'smbcmp-worker-error
                   (list (smbcmp-handle-about capture (format "the worker can't be started: %s"
                                                            (error-message-string err)))))))
      (unless process (smbcmp-worker-kill-log log)))))

(defun smbcmp-worker-kill-log (log)
  "Kill LOG, the buffer of a worker's stderr, and the process that fills it."
  (when (buffer-live-p log)
    (let ((pipe (get-buffer-process log)))
      (when pipe (delete-process pipe)))
    (kill-buffer log)))

(defun smbcmp--make-worker (capture filter sentinel)
  "Make the worker process of CAPTURE in `default-directory'.
FILTER and SENTINEL are the process'."
  (let* ((program (smbcmp--worker-program capture))
         (log (generate-new-buffer " *smbcmp-worker*"))
         (process (smbcmp--make-process capture program log filter sentinel)))
    (when-let* ((pipe (get-buffer-process log)))
      (set-process-query-on-exit-flag pipe nil)
      (set-process-filter pipe #'smbcmp--worker-said)
      (set-process-sentinel pipe #'ignore))
    (process-put process 'smbcmp-capture capture)
    (process-put process 'smbcmp-log log)
    (process-put process 'smbcmp-input (smbcmp--module-input))
    (setf (smbcmp-capture-process capture) process)))

;;;; Workers on other hosts

(declare-function tramp-dissect-file-name "tramp" (name &optional nodefault))
(declare-function tramp-get-connection-property "tramp-cache")
(declare-function tramp-set-connection-property "tramp-cache" (key property value))
(declare-function tramp-direct-async-process-p "tramp" (&rest args))

(defun smbcmp--call-with-direct-processes (file function)
  "Call FUNCTION so that processes started for remote FILE are direct ones.
TRAMP's usual ones have a terminal between, which bytes do not survive.
Signal `smbcmp-worker-error' if TRAMP has no direct processes there."
  (let* ((connection (tramp-dissect-file-name file))
         (property "direct-async-process")
         (before (tramp-get-connection-property connection property nil)))
    (tramp-set-connection-property connection property t)
    (unwind-protect
        (if (and (fboundp 'tramp-direct-async-process-p)
                 (tramp-direct-async-process-p))
            (funcall function)
          (signal 'smbcmp-worker-error
                  (list (format "%s: no worker can be run there; copy the file here"
                                file))))
      (tramp-set-connection-property connection property before))))

;;;; What it says, and how it ends

(defun smbcmp--worker-said (pipe string)
  "Keep STRING, which a worker said on its stderr, PIPE: the end of it all."
  (when (buffer-live-p (process-buffer pipe))
    (with-current-buffer (process-buffer pipe)
      (goto-char (point-max))
      (insert string)
      (delete-region (point-min) (max (point-min) (- (point-max) 10000))))))

(defun smbcmp-worker-log (capture)
  "Return what CAPTURE's worker said on stderr, and forget it."
  (let* ((process (smbcmp-capture-process capture))
         (log (process-get process 'smbcmp-log)))
    (when (buffer-live-p log)
      (let ((pipe (get-buffer-process log)))
        (while (and pipe (process-live-p pipe) (accept-process-output pipe 0.05))))
      (prog1 (with-current-buffer log (string-trim (buffer-string)))
        (smbcmp-worker-kill-log log)))))

(defun smbcmp-worker-out-of-memory-p (process log)
  "Return non-nil if worker PROCESS, who left LOG, ran out of memory."
  (and (eq (process-status process) 'signal)
       ;; A thread's stack, too.
       (string-match-p (concat "failed to allocate\\|[Oo]ut of memory"
                               "\\|[Cc]annot allocate memory\\|[Ee]rror creating thread")
                       log)))

(defun smbcmp--what-is-ignored (capture frame last)
  "Say that FRAME of CAPTURE, to LAST, is ignored; t is to the end."
  (cond ((eq last t)
         (format "gave up after %d deaths of workers: what follows is not dissected"
                 (smbcmp-capture-deaths capture)))
        ((> last frame)
         (format "frames %d to %d are ignored from now on" frame last))
        (t "it is ignored from now on")))

(defun smbcmp-worker-death-message (capture process log frame &optional last)
  "Say how CAPTURE's worker PROCESS died, given its LOG and FRAME, if any.
LAST is the last one that is ignored with FRAME, t for the end."
  (smbcmp-handle-about
   capture
   (cond
    ((process-get process 'smbcmp-protocol-error)
     (format "protocol error: %s; the worker was killed"
             (process-get process 'smbcmp-protocol-error)))
    ((and frame (string-match-p "stuck in frame" log))
     (format "dissecting frame %d does not terminate; %s"
             frame (smbcmp--what-is-ignored capture frame last)))
    ((string-match-p "stuck in the file" log)
     (format "reading the file does not terminate (it took %s s of CPU)"
             smbcmp-watchdog-seconds))
    ((smbcmp-worker-out-of-memory-p process log)
     (format "the worker ran out of memory%s; `smbcmp-worker-memory-limit' is %s"
             (if frame (format " in frame %d" frame) "")
             (if (zerop (smbcmp--memory-limit)) "unlimited"
               (file-size-human-readable (smbcmp--memory-limit) 'iec " " "B"))))
    (frame
     (format "libwireshark crashed in frame %d (%s); %s"
             frame (smbcmp--how-process-ended process)
             (smbcmp--what-is-ignored capture frame last)))
    ((string-match-p "error while loading shared libraries" log)
     (format "the worker does not start: %s; run M-x smbcmp-module-build" log))
    (t (format "the worker ended (%s)%s" (smbcmp--how-process-ended process)
               (if (string-empty-p log) "" (concat ": " log)))))))

(defun smbcmp--how-process-ended (process)
  "Say how PROCESS ended."
  (pcase (cons (process-status process) (process-exit-status process))
    ;; Nobody else sends this unasked.
    ('(signal . 9) "killed by signal 9: by hand, or by the kernel, out of memory")
    (`(signal . ,signal) (format "signal %d" signal))
    (`(stop . ,signal) (format "stopped by signal %d" signal))
    (`(run . ,_) "it reads no more requests")
    (`(,_ . ,status) (format "status %d" status))))

;;;; Whether to start another

(defconst smbcmp--patient-deaths 20
  "How many workers of a capture may die before its rest is given up.")

(defun smbcmp-worker-hopeless-p (capture frame)
  "Return non-nil if there is no use in starting CAPTURE's worker again.
FRAME is the one that killed it, or nil."
  (or (> (smbcmp-capture-deaths capture)
         ;; From the first of the last ones on nothing is dissected: there may be
         ;; some more before it, when something else is asked for.
         (if frame (* 2 smbcmp--patient-deaths) smbcmp--patient-deaths))
      ;; It is not dissected any more, but that does not help.
      (and frame (smbcmp-handle-ignored-p capture frame))
      ;; Once it may be the frame that wants too much; twice it is the file.
      (> (smbcmp-capture-memory-deaths capture) 1)
      (not (or frame (smbcmp-capture-loaded-once capture)))))

(defun smbcmp-worker-ignore-frame (capture frame)
  "Have FRAME, which killed CAPTURE's worker, dissected no more.
One death a frame would take for ever where many are bad: where those
before it were, as many more as these are left out with it, and at last
all.  Return the last one that is, t if that is the end."
  (let* ((ignored (cl-remove-if-not #'natnump (smbcmp-capture-ignored capture)))
         (count (length ignored))
         (near (cl-count-if (lambda (other) (< (- frame (* 16 count)) other frame)) ignored))
         (last (if (and (>= near 3) (>= (* 2 near) count)) (+ frame count -1) frame)))
    (cond ((smbcmp-handle-ignored-p capture frame))
          ((> (smbcmp-capture-deaths capture) smbcmp--patient-deaths)
           (setf (smbcmp-capture-ignored capture) (cons (list frame) ignored)
                 last t))
          (t (setf (smbcmp-capture-ignored capture)
                   (append (number-sequence frame last) (smbcmp-capture-ignored capture)))))
    last))

(provide 'smbcmp-worker)
;;; smbcmp-worker.el ends here
