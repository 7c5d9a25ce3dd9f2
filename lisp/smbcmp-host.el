;;; smbcmp-host.el --- Talk to what dissects a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A capture's host is a worker process or the engine embedded in this
;; Emacs.  Requests and replies are the same bytes with both; a reply
;; goes to the callback of its request.  Nothing here waits,
;; but for `smbcmp-host-pump', which those who wait call in a loop.
;;
;; A worker that dies takes nothing with it: the capture becomes `dead',
;; every request under way gets the reason as its error, and the next one
;; revives it, without the frame that killed it if one did.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)
(require 'smbcmp-keys)
(require 'smbcmp-handle)
(require 'smbcmp-worker)

(declare-function smbcmp--module-encode "smbcmp-module.so" (serial verb arguments))
(declare-function smbcmp--module-decode "smbcmp-module.so" (value))
(declare-function smbcmp--module-fits-p "smbcmp-module.so" (value verb kind))
(declare-function smbcmp--module-feed "smbcmp-module.so" (input chunk))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))
(declare-function smbcmp--module-send "smbcmp-module.so" (process bytes))
(declare-function smbcmp--module-embedded-start "smbcmp-module.so" (library))
(declare-function smbcmp--module-embedded-send "smbcmp-module.so" (request))
(declare-function smbcmp--module-embedded-step "smbcmp-module.so" (microseconds))

;;;; Customization

(defcustom smbcmp-open-unsealed nil
  "Non-nil means to open captures even if their worker can't be sealed off.
A worker seals itself off before it opens a capture: whatever a hostile
one makes of libwireshark can then neither write nor make files, read
any but the capture, Wireshark's own and those your settings name, start
programs, reach the network or touch other processes.  The default is
to open nothing if that fails."
  :type 'boolean
  :risky t
  :group 'smbcmp)

;;;; Requests

(cl-defstruct (smbcmp-host--request (:constructor smbcmp--make-request) (:copier nil))
  serial verb callback raw)

(defun smbcmp-host-request (capture verb arguments callback &optional raw)
  "Ask CAPTURE for VERB, a string, with ARGUMENTS, a plist.
CALLBACK is called with KIND and VALUE for each reply: `part', the
value of which is part of the whole; `progress', (DONE TOTAL FRAMES);
and at the end either `result' or `error', (CONDITION DATA).
With RAW, values of parts and results are objects that hold them, for
functions of the module; parts are good only during the callback unless
RAW is `keep', when CALLBACK is to have them released.
A CALLBACK that fails is called again, with the error: a request always
ends.  If the worker is dead, it is restarted first, and asked when it
has loaded the capture.
Return the request.  Signal what CAPTURE failed with if it did."
  (let ((dead (or (smbcmp-host-notice-death capture)
                  (eq (smbcmp-capture-state capture) 'dead)
                  ;; Loading again: a frame that was there will be.
                  (and (plist-get arguments :frame)
                       (> (smbcmp-capture-deaths capture) 0)
                       (memq (smbcmp-capture-state capture) '(opening loading))))))
    (pcase (smbcmp-capture-state capture)
      ((or 'failed 'closed) (smbcmp-host-signal-failure capture))
      ('dead (smbcmp-host-restart-dead capture)))
    (let* ((serial (cl-incf (smbcmp-capture-serial capture)))
           (requests (smbcmp-capture-requests capture))
           (bytes (smbcmp--module-encode serial verb (smbcmp--unseal-keys arguments)))
           (request (smbcmp--make-request :serial serial :verb verb
                                          :callback callback :raw raw)))
      (puthash serial request requests)
      (cond
       (dead
        (smbcmp-host-when-loaded
         capture (lambda ()
                   (when (gethash serial requests)
                     (unless (smbcmp--send capture bytes)
                       (smbcmp-host-worker-died capture))))))
       ((condition-case err
            (smbcmp--send capture bytes)
          (error (remhash serial requests)
                 (signal (car err) (cdr err)))))
       ((memq (smbcmp-capture-state capture) '(loading loaded))
        ;; It had died already: this request is not what ended it.
        (remhash serial requests)
        (smbcmp-host-worker-died capture)
        (setq request (smbcmp-host-request capture verb arguments callback raw)))
       (t (smbcmp-host-worker-died capture)))
      request)))

(defun smbcmp-host-signal-failure (capture)
  "Signal why CAPTURE, failed or closed, can't be asked anything."
  (if (eq (smbcmp-capture-state capture) 'closed)
      (signal 'smbcmp-error (list (format "%s is closed" (smbcmp-capture-file capture))))
    (apply #'signal (smbcmp-capture-error capture))))

(defun smbcmp--unseal-keys (arguments)
  "Return ARGUMENTS, a request's, with keys in them as Wireshark takes them.
Only now: callers' arguments may be seen in a backtrace."
  (if (plist-get arguments :keys)
      (plist-put (copy-sequence arguments) :keys
                 (smbcmp-keys-records (plist-get arguments :keys)))
    arguments))

(defun smbcmp--send (capture bytes)
  "Send BYTES, a request, to CAPTURE's host.
Return nil if that is a worker that died, as nobody noticed yet."
  (if (eq (smbcmp-capture-host capture) 'embedded)
      (progn (smbcmp--module-embedded-send bytes) t)
    (condition-case nil
        (progn (smbcmp--module-send (smbcmp-capture-process capture) bytes) t)
      (error nil))))

(defun smbcmp-host-abandon (capture request)
  "Let CAPTURE's host forget REQUEST, whose reply no one wants any more."
  (when (gethash (smbcmp-host--request-serial request) (smbcmp-capture-requests capture))
    (remhash (smbcmp-host--request-serial request) (smbcmp-capture-requests capture))
    (when (and (memq (smbcmp-capture-state capture) '(loading loaded))
               (not (smbcmp--gone-p capture)))
      (smbcmp-host-request capture "cancel"
                       (list :serial (smbcmp-host--request-serial request)) #'ignore)
      (smbcmp-host-interrupt capture))))

(defun smbcmp-host-interrupt (capture)
  "Have CAPTURE's worker give up on a frame that it doesn't get done with."
  (let ((process (smbcmp-capture-process capture)))
    (when (and (processp process)
               ;; A process that has just begun would be ended by the signal.
               (not (eq 'opening (smbcmp-capture-state capture)))
               (process-id process) (process-live-p process))
      (setf (smbcmp-capture-interrupted capture) t)
      (signal-process process 'SIGUSR1))))

(defun smbcmp-host-busy-p (capture)
  "Return non-nil if CAPTURE's host has something to answer."
  (and (memq (smbcmp-capture-state capture) '(opening loading loaded))
       (> (hash-table-count (smbcmp-capture-requests capture)) 0)))

(defun smbcmp--fail-requests (capture condition)
  "End all requests of CAPTURE with CONDITION, a list (SYMBOL DATA...)."
  (let ((requests (hash-table-values (smbcmp-capture-requests capture))))
    (clrhash (smbcmp-capture-requests capture))
    (dolist (request requests)
      (smbcmp--deliver capture request 'error (list (car condition) (cdr condition))))))

;;;; Replies

(defun smbcmp--receive (capture reply)
  "Hand REPLY, (SERIAL KIND VALUE), to the request of CAPTURE it belongs to.
Signal an error if REPLY can't be what it says it is; the request is
still there, then."
  (pcase-let* ((`(,serial ,kind ,value) reply)
               (request (gethash serial (smbcmp-capture-requests capture)))
               (raw (and request (memq kind '(?r ?p)) (smbcmp-host--request-raw request))))
    (unless (<= 1 serial (smbcmp-capture-serial capture))
      (signal 'smbcmp-module-error (list (format "reply with unknown serial %d" serial))))
    (when request
      (unless (smbcmp--module-fits-p value (smbcmp-host--request-verb request) kind)
        (signal 'smbcmp-module-error
                (list (format "malformed reply to %s" (smbcmp-host--request-verb request)))))
      (pcase-let ((`(,ended . ,data) (if raw (cons t value) (smbcmp--decode value))))
        (when (memq kind '(?r ?e))
          (remhash serial (smbcmp-capture-requests capture)))
        (pcase (and ended kind)
          ('nil (smbcmp-host-abandon capture request)
                (smbcmp--deliver capture request 'error (smbcmp--stopped capture)))
          (?e (smbcmp--deliver capture request 'error (smbcmp--error-of capture data)))
          (?g (smbcmp--deliver capture request 'progress data))
          (?r (smbcmp--deliver capture request 'result data))
          (?p (smbcmp--deliver capture request 'part data)))))
    ;; Only raw values may be anyone's beyond the callback.
    (unless (or (and raw (eq kind ?r))
                (eq raw 'keep))
      (smbcmp--module-release value))))

(defun smbcmp--decode (value)
  "Return (t . DATA) for VALUE, of a reply, or nil if the user quits.
Here, where replies come in, that is otherwise put off: a frame with
fields by the hundred thousand takes seconds."
  (let (decoded)
    (with-local-quit
      (setq decoded (cons t (smbcmp--module-decode value))))
    decoded))

(defun smbcmp--stopped (capture)
  "Return the error, (CONDITION DATA), of a question to CAPTURE that the user quit."
  (list 'smbcmp-error (list (smbcmp-handle-about capture "stopped"))))

(defun smbcmp--deliver (capture request kind value)
  "Call the callback of REQUEST to CAPTURE with KIND and VALUE.
If it fails, it is called again with the error, and with nothing more:
neither it nor those whose replies are still to be handed on wait for
ever."
  (condition-case err
      (funcall (smbcmp-host--request-callback request) kind value)
    (error
     (smbcmp-host-abandon capture request)
     (let ((text (smbcmp-handle-about capture
                                    (format "can't handle the reply to %s: %s"
                                            (smbcmp-host--request-verb request)
                                            (error-message-string err)))))
       (message "%s" text)
       (unless (eq kind 'error)
         (smbcmp--deliver capture request 'error
                          (list 'smbcmp-module-error (list text))))))))

(defun smbcmp--error-of (capture value)
  "Return (CONDITION DATA) for an error that CAPTURE's host tells of.
VALUE is what it tells: (NAME MESSAGE START LENGTH)."
  (pcase-let* ((`(,name ,text ,start ,length) value)
               (message (smbcmp-module-problem-text text)))
    (list (pcase name
            ("file" 'smbcmp-file-error)
            ("filter" 'smbcmp-filter-error)
            ("frame" 'smbcmp-frame-error)
            ((or "worker" "seal") 'smbcmp-worker-error)
            (_ 'smbcmp-error))
          (pcase name
            ("filter" (if (>= start 0) (list message start length) (list message)))
            ("" (list message))
            ("seal" (list (smbcmp-handle-about
                           capture
                           (format "the worker can't be sealed off (%s); see \
`smbcmp-open-unsealed'" message))))
            (_ (list (smbcmp-handle-about capture message
                                    (if (equal name "file")
                                        (smbcmp-handle-file-change-text capture)
                                      ""))))))))

;;;; The worker process

(defconst smbcmp--drain-seconds 0.03
  "For how long a worker is read from before Emacs does other things.")

(defvar smbcmp--drain nil
  "(PROCESS . END): PROCESS is being read from until END, a time, or nil.")

(defun smbcmp--worker-filter (process string)
  "Take STRING from PROCESS, and what else it has sent."
  ;; Rows and matches are much garbage at once; collecting it in the middle
  ;; of them would be felt, as are the 4 kB that Emacs reads at a time by
  ;; itself.
  (let ((gc-cons-threshold (max gc-cons-threshold (* 32 1024 1024)))
        (read-process-output-max (max read-process-output-max (* 256 1024)))
        (drain smbcmp--drain)
        ;; A callback that waits reads for itself.
        (smbcmp--drain nil))
    (smbcmp--worker-take process string)
    (if (eq process (car drain))
        ;; Emacs would go on for as long as there is something to read.
        (when (> (float-time) (cdr drain)) (throw 'drained nil))
      (smbcmp--drain process (+ (float-time) smbcmp--drain-seconds)))))

(defun smbcmp--drain (process end)
  "Read from PROCESS, a worker, until END or until there is nothing."
  (let ((smbcmp--drain (cons process end)))
    (catch 'drained
      (while (and (process-live-p process)
                  (< (float-time) end)
                  ;; A number at the end: no timers run inside a filter.
                  (accept-process-output process 0 nil 1))))))

(defun smbcmp--worker-take (process string)
  "Hand on the replies of PROCESS that are whole with STRING."
  (let ((capture (process-get process 'smbcmp-capture)))
    (condition-case err
        (dolist (reply (smbcmp--module-feed (process-get process 'smbcmp-input) string))
          (when (eq process (smbcmp-capture-process capture))
            (smbcmp--receive capture reply)))
      (error
       ;; Nothing that such a worker sends can be trusted.
       (process-put process 'smbcmp-protocol-error (smbcmp-error-message err))
       (delete-process process)
       (when (eq process (smbcmp-capture-process capture))
         (smbcmp-host-worker-died capture))))))

(defun smbcmp--worker-sentinel (process _event)
  "Notice that PROCESS, a worker, is gone."
  (let ((capture (process-get process 'smbcmp-capture)))
    (when (and (eq process (smbcmp-capture-process capture))
               (smbcmp--gone-p capture))
      (smbcmp-host-worker-died capture))))

(defun smbcmp--gone-p (capture)
  "Return non-nil if CAPTURE has a worker process that runs no more.
One that was stopped does nothing, and Emacs sends it nothing."
  (let ((process (smbcmp-capture-process capture)))
    (and (processp process) (not (eq 'run (process-status process))))))

(defun smbcmp-host-notice-death (capture)
  "See whether CAPTURE's worker has died without Emacs having noticed yet.
Emacs runs sentinels when it waits.  Return non-nil if so."
  (when (and (memq (smbcmp-capture-state capture) '(loading loaded))
             (smbcmp--gone-p capture))
    (smbcmp-host-worker-died capture)
    t))

(defun smbcmp-host-worker-died (capture)
  "Put CAPTURE, whose worker died, in order: say why, end its requests."
  (unless (memq (smbcmp-capture-state capture) '(closed dying dead failed))
    (let* ((process (smbcmp-capture-process capture))
           ;; Reading the log waits, so this function may be called again.
           (log (progn (setf (smbcmp-capture-state capture) 'dying)
                       (or (smbcmp-worker-log capture) "")))
           (frame (and (string-match "\\(?:stuck\\|crashed\\) in frame \\([0-9]+\\)" log)
                       (string-to-number (match-string 1 log))))
           (hopeless (progn
                       (cl-incf (smbcmp-capture-deaths capture))
                       (when (smbcmp-worker-out-of-memory-p process log)
                         (cl-incf (smbcmp-capture-memory-deaths capture)))
                       (smbcmp-worker-hopeless-p capture frame)))
           (message (smbcmp-worker-death-message
                     capture process log frame
                     (and frame (smbcmp-worker-ignore-frame capture frame))))
           (condition (list 'smbcmp-worker-error
                            (if (and hopeless (> (smbcmp-capture-deaths capture) 1))
                                (format "%s; gave up after %d deaths of workers" message
                                        (smbcmp-capture-deaths capture))
                              message))))
      (when (process-live-p process) (delete-process process))
      (setf (smbcmp-capture-error capture) (list (car condition) (cdr condition))
            (smbcmp-capture-state capture) (if hopeless 'failed 'dead))
      ;; First these: whoever hears of the death may start a new worker.
      (smbcmp--fail-requests capture condition)
      (smbcmp-handle-changed capture (smbcmp-capture-state capture)))))

;;;; The embedded engine

(defvar smbcmp--embedded nil
  "The capture that the engine in this Emacs holds, or nil.")

(defvar smbcmp--embedded-timer nil
  "Timer that lets the embedded engine work in the background.")

(defun smbcmp--start-embedded (capture)
  "Let the engine in this Emacs be CAPTURE's host."
  (when (and smbcmp--embedded (not (eq smbcmp--embedded capture))
             (memq (smbcmp-capture-state smbcmp--embedded) '(opening loading loaded))
             (smbcmp-capture-file smbcmp--embedded))
    (signal 'smbcmp-error
            (list (format "Emacs already holds %s; one capture at a time"
                          (smbcmp-capture-file smbcmp--embedded)))))
  (let* ((library (smbcmp-module-native-file (concat "smbcmp-engine" module-file-suffix)))
         (problem (smbcmp-module-file-problem library)))
    (when problem (signal 'smbcmp-module-error (list problem)))
    (smbcmp--module-embedded-start library))
  (setq smbcmp--embedded capture)
  (unless smbcmp--embedded-timer
    (setq smbcmp--embedded-timer (run-with-timer 0.02 0.02 #'smbcmp--embedded-work))))

(defun smbcmp--embedded-work ()
  "Let the embedded engine work a little and hand on its replies."
  (if (and smbcmp--embedded
           (not (zerop (hash-table-count (smbcmp-capture-requests smbcmp--embedded)))))
      (dolist (reply (smbcmp--module-embedded-step 20000))
        (smbcmp--receive smbcmp--embedded reply))
    (when smbcmp--embedded-timer
      (cancel-timer smbcmp--embedded-timer)
      (setq smbcmp--embedded-timer nil))))

;;;; Life of a capture

(defun smbcmp-host-start (capture)
  "Start CAPTURE's host, and have it open and load the file."
  (setf (smbcmp-capture-frame-count capture) 0
        (smbcmp-capture-last-frame capture) 0
        (smbcmp-capture-damage capture) nil
        (smbcmp-capture-progress capture) nil
        (smbcmp-capture-interrupted capture) nil
        (smbcmp-capture-identity capture) (and (smbcmp-capture-file capture)
                                               (smbcmp-handle-file-identity
                                                (smbcmp-capture-file capture))))
  (clrhash (smbcmp-capture-requests capture))
  (if (eq (smbcmp-capture-host capture) 'embedded)
      (smbcmp--start-embedded capture)
    (smbcmp-worker-start capture #'smbcmp--worker-filter
                         #'smbcmp--worker-sentinel))
  (smbcmp-handle-changed capture 'opening)
  (let ((file (smbcmp-capture-file capture)))
    (smbcmp-host-request
     capture "open"
     (list :file (and file (smbcmp--encode-file-name file))
           :more (mapcar #'file-local-name (smbcmp-capture-more capture))
           :version smbcmp-version
           :profile (smbcmp-capture-profile capture)
           :preferences (append (smbcmp-capture-preferences capture)
                                (smbcmp-keys-preferences (smbcmp-capture-keys capture)))
           :keys (smbcmp-capture-keys capture)
           :ignore (cl-remove-if-not #'natnump (smbcmp-capture-ignored capture))
           :ignore-from (car (cl-find-if #'consp (smbcmp-capture-ignored capture)))
           :plugins (and smbcmp-load-plugins t)
           :unsealed (and smbcmp-open-unsealed t)
           :grows (and (smbcmp-capture-grows capture) t)
           :only (nth 0 (smbcmp-capture-only capture))
           :from (nth 1 (smbcmp-capture-only capture))
           :to (nth 2 (smbcmp-capture-only capture)))
     (lambda (kind value) (smbcmp--opened capture kind value)))))

(defun smbcmp--encode-file-name (file)
  "Return the name of FILE as bytes, as the host where it lies has it."
  (encode-coding-string (file-local-name file)
                        (or file-name-coding-system default-file-name-coding-system 'utf-8)))

(defun smbcmp--opened (capture kind value)
  "Take the reply to CAPTURE's opening: KIND and VALUE."
  (if (eq kind 'error)
      (smbcmp--give-up capture value)
    (pcase-let ((`(,type ,size ,columns ,notices ,left-out) value))
      (setf (smbcmp-capture-file-type capture) type
            (smbcmp-capture-size capture) size
            (smbcmp-capture-columns capture) columns
            (smbcmp-capture-notices capture) (smbcmp--notices notices left-out)))
    (if (smbcmp-capture-file capture)
        (smbcmp--load capture "load")
      (smbcmp-handle-changed capture 'loaded))))

(defun smbcmp--notices (notices left-out)
  "Return NOTICES of Wireshark's, and what to say of LEFT-OUT, or nil.
LEFT-OUT are names of plugins' files, and \"dns\" if names are not asked
of name servers though the settings want that."
  (let ((plugins (remove "dns" left-out)))
    (setq notices
          (remove ""
                  (list notices
                        (if plugins
                            (format "not loaded: %s; see `smbcmp-load-plugins'"
                                    (mapconcat #'abbreviate-file-name plugins ", "))
                          "")
                        (if (member "dns" left-out)
                            "no name server is asked for names, whatever the settings say"
                          ""))))
    (and notices (string-join notices "\n"))))

(defun smbcmp--give-up (capture error)
  "Record ERROR, (CONDITION DATA), as what CAPTURE failed with."
  (unless (memq (smbcmp-capture-state capture) '(dying dead failed closed))
    (setf (smbcmp-capture-error capture) error)
    (smbcmp-handle-changed capture 'failed)
    ;; Those that wait for it to be loaded.
    (smbcmp--fail-requests capture (cons (car error) (cadr error)))))

(defun smbcmp--load (capture verb)
  "Have CAPTURE's host run its first pass: VERB is load or redissect."
  (smbcmp-host-request capture verb nil
                   (lambda (kind value)
                     (pcase kind
                       ('progress (smbcmp--progressed capture value))
                       ('result (smbcmp--loaded capture value))
                       ('error (smbcmp--give-up capture value)))))
  (smbcmp-handle-changed capture 'loading))

(defun smbcmp-host-grow (capture next keep done)
  "Have CAPTURE, opened as one that grows, go on with what was added to it.
NEXT is the name of the next file of its ring buffer, of which the last
KEEP stay readable, or nil.  DONE is called without arguments at the end,
whether or not there was anything."
  ;; A worker that takes the place of this one is to read it, too.
  (when (and next (not (member next (smbcmp-capture-more capture))))
    (setf (smbcmp-capture-more capture) (append (smbcmp-capture-more capture) (list next))))
  (smbcmp-host-request
   capture "grow" (append (and next (list :next (smbcmp--encode-file-name next) :keep keep)))
   (lambda (kind value)
     (pcase kind
       ('result
        (pcase-let ((`(,frames ,last ,damage) value))
          (setf (smbcmp-capture-frame-count capture) frames
                (smbcmp-capture-last-frame capture) last
                (smbcmp-capture-damage capture) (and (not (string-empty-p damage)) damage)))
        (funcall done))
       ('error
        (unless (eq (car value) 'smbcmp-worker-error)
          (cl-callf2 delete next (smbcmp-capture-more capture)))
        (funcall done))))))

(defun smbcmp-host-load-again (capture)
  "Dissect all frames of CAPTURE again."
  (cl-incf (smbcmp-capture-generation capture))
  (smbcmp--load capture "redissect"))

(defun smbcmp-host-when-loaded (capture function)
  "Call FUNCTION as soon as CAPTURE is loaded: now, or in the background."
  (if (eq (smbcmp-capture-state capture) 'loaded)
      (funcall function)
    (letrec ((hook (lambda (capture)
                     (when (eq (smbcmp-capture-state capture) 'loaded)
                       (cl-callf2 delq hook (smbcmp-capture-hooks capture))
                       ;; Not here, where replies are handed on: it may
                       ;; wait for more of them.
                       (run-with-timer
                        0 nil (lambda ()
                                (unless (memq (smbcmp-capture-state capture)
                                              '(failed closed))
                                  (smbcmp-host-when-loaded capture function))))))))
      (push hook (smbcmp-capture-hooks capture)))))

(defun smbcmp--progressed (capture value)
  "Note how far CAPTURE's loading is: VALUE is (DONE TOTAL FRAMES)."
  (pcase-let ((`(,done ,total ,frames) value))
    (setf (smbcmp-capture-progress capture) (cons done total)
          (smbcmp-capture-frame-count capture) frames
          ;; As far as is known.
          (smbcmp-capture-last-frame capture) frames))
  (smbcmp-handle-changed capture 'loading))

(defun smbcmp--loaded (capture value)
  "Note that CAPTURE is loaded: VALUE is (FRAMES LAST DAMAGE)."
  (pcase-let ((`(,frames ,last ,damage) value))
    (setf (smbcmp-capture-frame-count capture) frames
          (smbcmp-capture-last-frame capture) last
          (smbcmp-capture-loaded-once capture) t
          (smbcmp-capture-progress capture) nil
          (smbcmp-capture-damage capture) (and (not (string-empty-p damage)) damage)))
  (smbcmp-handle-changed capture 'loaded))

(defun smbcmp-host-restart-dead (capture)
  "Restart the worker of CAPTURE, which is dead, and say so."
  (display-warning 'smbcmp (concat (smbcmp-error-message
                                    (flatten-tree (smbcmp-capture-error capture)))
                                   "; restarting it"))
  (smbcmp-host-revive capture)
  (when (eq (smbcmp-capture-state capture) 'failed)
    (smbcmp-host-signal-failure capture)))

(defun smbcmp-host-revive (capture)
  "Restart the host of CAPTURE, which is dead, without what killed it.
What is known of the capture must stay true: if another file is there by
now, CAPTURE has failed."
  (if (memq (smbcmp-handle-file-change capture) '(deleted replaced))
      (let ((message (smbcmp-handle-about
                      capture "the worker died"
                      (if (smbcmp-capture-grows capture)
                          "of the ring buffer files are gone that it had read; what is \
shown stays, but nothing is added"
                        (smbcmp-handle-file-change-text capture)))))
        (setf (smbcmp-capture-error capture) (list 'smbcmp-file-error (list message)))
        (smbcmp-handle-changed capture 'failed))
    (condition-case err
        (smbcmp-host-start capture)
      (smbcmp-error
       (setf (smbcmp-capture-error capture) (list (car err) (cdr err)))
       (smbcmp-handle-changed capture 'failed)))))

(defun smbcmp-host-restart (capture)
  "Restart CAPTURE's worker, which is well; all frames are dissected again."
  (let ((process (smbcmp-capture-process capture)))
    (cl-incf (smbcmp-capture-generation capture))
    (setf (smbcmp-capture-process capture) nil
          (smbcmp-capture-state capture) 'dying)
    (delete-process process)
    (smbcmp-worker-kill-log (process-get process 'smbcmp-log))
    (smbcmp--fail-requests capture
                           (list 'smbcmp-worker-error
                                 (smbcmp-handle-about capture "the worker is being restarted")))
    (smbcmp-host-revive capture)))

(defun smbcmp-host-stop (capture)
  "Stop CAPTURE's host for good."
  (let ((process (smbcmp-capture-process capture))
        (state (smbcmp-capture-state capture)))
    (unless (eq state 'closed)
      (setf (smbcmp-capture-keys capture) nil)
      (smbcmp-handle-changed capture 'closed)
      (clrhash (smbcmp-capture-requests capture))
      (setf (smbcmp-capture-hooks capture) nil)
      (when (eq smbcmp--embedded capture)
        ;; The engine lives on: let it forget the keys.  No one waits for
        ;; its replies any more.
        (smbcmp--module-embedded-send (smbcmp--module-encode 1 "keys" nil))
        (smbcmp--module-embedded-step 0)
        (setq smbcmp--embedded nil))
      (when (processp process)
        (delete-process process)
        (smbcmp-worker-kill-log (process-get process 'smbcmp-log))))))

(defun smbcmp-host-pump (capture)
  "Wait a little for CAPTURE's host and handle what it sends.
`C-g' quits."
  (if (eq (smbcmp-capture-host capture) 'embedded)
      (dolist (reply (smbcmp--module-embedded-step 20000))
        (smbcmp--receive capture reply))
    (let ((read-process-output-max (max read-process-output-max (* 1024 1024)))
          (process (smbcmp-capture-process capture)))
      (when (smbcmp--gone-p capture)
        (smbcmp-host-worker-died capture))
      ;; Not only from this one: a worker whose stderr no one reads stops.
      (accept-process-output process 1))))

(provide 'smbcmp-host)
;;; smbcmp-host.el ends here
