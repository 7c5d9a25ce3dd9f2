;;; smbcmp-log-sides.el --- What two servers logged for one request  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For an exchange of each of two captures, whose logs are linked: the
;; messages of it, which of them, or which settings, explain why the servers differ,
;; and where time went.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog-link)
(require 'smbcmp-log-evidence)
(require 'smbcmp-log-text)

(autoload 'smblog-hits-wait "smblog-hits")
(autoload 'smblog-narrow-resolve "smblog-narrow")
(autoload 'smblog-request-duration "smblog-request")
(autoload 'smblog-select-request-term "smblog-select")
(declare-function smbcmp--module-status-class "smbcmp-module.so" (status))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))

;;;; What a server logged

(cl-defstruct (smbcmp-log-side (:constructor smbcmp-log-side--make)
                                         (:copier nil))
  "What the log of one side has of an exchange."
  (links nil :documentation "The `smblog-links' of log and capture.")
  (pair nil :documentation "The `smblog-pair' of their buffers, or nil.")
  (exchange nil :documentation "A plist, as `smbcmp-comparison-exchange' has it.")
  (requests nil :documentation "Plists, as `smblog-requests' has them.")
  (wire nil :documentation "Seconds from request to response in the capture, or nil.")
  (messages nil :documentation "Plists, as `smblog-message' has them.")
  (texts nil :documentation "What `smbcmp-log-text' makes of MESSAGES.")
  (names nil :documentation "Strings of which the other side has other ones."))

(defun smbcmp-log-side-filter (requests)
  "Return the log's filter that leaves the messages of REQUESTS, plists."
  (let ((terms (mapcar (lambda (request) (smblog-select-request-term request nil))
                       requests)))
    (if (cdr terms) (cons 'or terms) (car terms))))

(defun smbcmp-log-side--passing (log filter)
  "Return the messages of LOG that pass FILTER, data, a list of plists."
  (let* ((view (smblog--module-view log (smblog-narrow-resolve filter log)))
         (count (smblog-hits-wait view)))
    (prog1 (cl-loop for i below count
                    collect (smblog-message log (smblog--module-view-nth view i)))
      (smblog--module-view-free view))))

(defun smbcmp-log-side-logged (log requests)
  "Return the messages of REQUESTS in LOG, a list of plists."
  (smbcmp-log-side--passing log (smbcmp-log-side-filter requests)))

(defun smbcmp-log-side-of (links exchange &optional pair names)
  "Return what the log of LINKS has of EXCHANGE, a plist; nil if that is nil.
PAIR, if non-nil, is the `smblog-pair' of the buffers; NAMES are strings of
which the other side has other ones."
  (when exchange
    (let* ((index (cdr (plist-get exchange :request)))
           (frame (smbcmp-log-side-frame exchange))
           (numbers (smblog-links-known-of-frame links frame))
           ;; Of a compound, the one that it is.
           (own (cl-remove-if-not
                 (lambda (number)
                   (eql index (nth 3 (smblog-links-of-request links number))))
                 numbers))
           (requests (mapcar (lambda (number) (smblog-links-request links number))
                             (or own numbers))))
      (smbcmp-log-side--make
       :links links :pair pair :exchange exchange :requests requests :names names
       :wire (nth 4 (and numbers (smblog-links-of-request links (car (or own numbers)))))
       :messages (and requests (smbcmp-log-side-logged (smblog-links-log links) requests))))))

(defun smbcmp-log-side-frame (exchange)
  "Return the frame of the request of EXCHANGE, a plist, or else of the response."
  (car (or (plist-get exchange :request) (plist-get exchange :response))))

(defun smbcmp-log-side--status (side)
  "Return the NT_STATUS_ name that was sent to SIDE's client, or nil."
  (let ((status (plist-get (smbcmp-log-side-exchange side) :status)))
    (cond ((member status '("STATUS_SUCCESS" "No Error")) "NT_STATUS_OK")
          ((and status (string-match "\\`\\(?:NT_\\)?STATUS_" status))
           (concat "NT_STATUS_" (substring status (match-end 0)))))))

;; Messages of no request, between two of a connection: what another process, or the
;; administrator, told this one.

(defun smbcmp-log-side--before (side)
  "Return the messages of SIDE's process since its last request, plists.
They are of no request."
  (let* ((links (smbcmp-log-side-links side))
         (request (car (smbcmp-log-side-requests side)))
         (pid (and request (plist-get request :pid)))
         (number (and pid links (smblog-links-number links request)))
         (last (and number
                    (cl-loop for earlier downfrom (1- number) to 0
                             for other = (smblog-links-request links earlier)
                             when (eql pid (plist-get other :pid)) return other)))
         (from (plist-get last :end)) (to (plist-get request :begin)))
    (and from to (< (1+ from) to)
         (smbcmp-log-side--passing (smblog-links-log links)
                                   `(and (pid = ,(number-to-string pid))
                                         (message = ,(format "%d..%d" (1+ from) (1- to))))))))

(defun smbcmp-log-side--mask (side same)
  "Make the texts of SIDE; SAME as in `smbcmp-log-text'."
  (setf (smbcmp-log-side-texts side)
        (smbcmp-log-text (smbcmp-log-side-messages side) same (smbcmp-log-side-names side))))

(defun smbcmp-log-side--widen (a b same)
  "Have the sides A and B include what was logged before their requests.
Return non-nil if there is any, and if it tells of a failure.  SAME as in
`smbcmp-log-text'."
  (let ((known (mapcar #'smbcmp-log-side-messages (list a b)))
        (sides (list a b)))
    (dolist (side sides)
      (cl-callf2 append (smbcmp-log-side--before side) (smbcmp-log-side-messages side))
      (smbcmp-log-side--mask side same))
    (or (cl-find 'failure (append (smbcmp-log-side-evidence a b) (smbcmp-log-side-evidence b a))
                 :key (lambda (found) (plist-get found :kind)))
        (cl-mapc (lambda (side messages)
                   (setf (smbcmp-log-side-messages side) messages)
                   (smbcmp-log-side--mask side same))
                 sides known)
        nil)))

(defun smbcmp-log-side-evidence (side other)
  "Return what SIDE has that OTHER has not, as `smbcmp-log-evidence' does.
In addition, each has SIDE as :side."
  (mapcar (lambda (found) (plist-put found :side side))
          (smbcmp-log-evidence (smbcmp-log-side-messages side)
                               (smbcmp-log-side-texts side)
                               (and other (smbcmp-log-side-texts other))
                               (smbcmp-log-side--status side))))

(defun smbcmp-log-side-succeeded-p (side)
  "Return non-nil if the request of SIDE succeeded."
  (let ((status (smbcmp-log-side--status side)))
    (and status (eq 'success (smbcmp--module-status-class status)))))

(defun smbcmp-log-side-candidates (a b slower)
  "Return the messages that may explain why A and B, sides, differ, best first.
Each is as `smbcmp-log-evidence' has it; :side is whose it is.  Those
of the side that failed come first, B's if both or neither did; with SLOWER,
the message after which the slower one waited.  What tells of a failure
comes before settings that only one of them has, those before the rest."
  (let* ((same (smbcmp-log-text-same-build-p (smbcmp-log-side-messages a)
                                             (smbcmp-log-side-messages b)))
         (turned (and (smbcmp-log-side-succeeded-p b)
                      (not (smbcmp-log-side-succeeded-p a))))
         (one (if turned a b)) (other (if turned b a)))
    (dolist (side (list a b)) (smbcmp-log-side--mask side same))
    (let ((first (smbcmp-log-side-evidence one other))
          (settings (smbcmp-log-side--settings one other)))
      (unless (or slower (eq 'failure (plist-get (car first) :kind)))
        (when (smbcmp-log-side--widen one other same)
          (setq first (smbcmp-log-side-evidence one other))))
      (smbcmp-log-side--ordered
       slower a b
       (cl-remove 'failure first :key #'smbcmp-log-side--kind :test-not #'eq)
       settings
       (append (cl-remove 'failure first :key #'smbcmp-log-side--kind)
               (smbcmp-log-side-evidence other one))))))

(defun smbcmp-log-side--kind (candidate)
  "Return the kind of CANDIDATE."
  (plist-get candidate :kind))

(defun smbcmp-log-side--ordered (slower a b failures settings others)
  "Return candidates why A and B differ in one list, routine ones last.
FAILURES, SETTINGS and OTHERS are lists of them; if SLOWER, where the
slower one waited comes before them.  Of SETTINGS, if there are any, no
message of OTHERS tells."
  (let ((others (if (eq settings 'unknown) others
                  (cl-remove 'setting others :key #'smbcmp-log-side--kind))))
    (append (and slower (smbcmp-log-side--wait a b))
            failures
            (and (listp settings) settings)
            (cl-remove 'routine others :key #'smbcmp-log-side--kind)
            (cl-remove 'routine others :key #'smbcmp-log-side--kind :test-not #'eq))))

;;;; The configuration

(defun smbcmp-log-side--read (side)
  "Return the settings that SIDE's process read, or all in the log if it none.
That is an alist of lines, like \"[share] read only = yes\", and messages."
  (when-let* ((links (smbcmp-log-side-links side)))
    (let ((log (smblog-links-log links))
          (pid (plist-get (car (smbcmp-log-side-requests side)) :pid))
          (filter '(or (text = "doing parameter") (text = "Processing section"))))
      (smbcmp-log-evidence-settings
       (or (and pid (smbcmp-log-side--passing
                     log `(and (pid = ,(number-to-string pid)) ,filter)))
           (smbcmp-log-side--passing log filter))))))

(defun smbcmp-log-side--settings (one other)
  "Return the settings that only one of the sides ONE and OTHER has, candidates.
Those of ONE come first.  It is the symbol `unknown' if a log tells of none."
  (let ((read (mapcar #'smbcmp-log-side--read (list one other))))
    (if (memq nil read) 'unknown
      (cl-loop for (settings others) in (list read (reverse read)) for side in (list one other)
               nconc (cl-loop for (line . message) in settings
                              unless (or (assoc line others)
                                         (eq 'routine (smbcmp-log-evidence-setting line)))
                              collect (list :place nil :message message :line line
                                            :kind 'setting :side side))))))

;;;; Time

(defun smbcmp-log-side--served (side)
  "Return the seconds that the server needed for the requests of SIDE, or nil."
  (let ((durations (delq nil (mapcar (lambda (request) (plist-get request :duration))
                                     (smbcmp-log-side-requests side)))))
    (and durations (apply #'+ durations))))

(defun smbcmp-log-side--wait (a b)
  "Return where the slower one of A and B waited, in a list, as a candidate.
Nil if it was not the server that was slower."
  (let* ((side (if (> (or (smbcmp-log-side-wire a) 0)
                      (or (smbcmp-log-side-wire b) 0))
                   a b))
         (served (smbcmp-log-side--served side))
         (wait (smbcmp-log-evidence-wait (smbcmp-log-side-messages side))))
    (when (and wait served (> (* 2 (car wait))
                              (or (smbcmp-log-side-wire side) served)))
      (let ((message (nth (cdr wait) (smbcmp-log-side-messages side))))
        (list (list :place (cdr wait) :message message :kind 'wait :side side
                    :seconds (car wait)
                    :line (string-trim (plist-get message :text))))))))

(defun smbcmp-log-side-duration (seconds)
  "Return SECONDS, a number, in readable units."
  (smblog-request-duration (list :duration seconds)))

(defun smbcmp-log-side-time (side)
  "Return how long SIDE's request took and how much of that was in the server.
That is a string, or nil if it is not known."
  (let ((wire (smbcmp-log-side-wire side))
        (served (smbcmp-log-side--served side)))
    (and wire served
         (format "%s on the wire, %s of it in the server"
                 (smbcmp-log-side-duration wire)
                 (smbcmp-log-side-duration served)))))

;;;; What became of a request that the server never had

(defconst smbcmp-log-side--around '(0.5 . 2)
  "Seconds around a request in which what becomes of it is looked for in the log.
Before it, that is where the connection was refused.")

(defun smbcmp-log-side--neighbours (links frame)
  "Return the messages between which a request in FRAME would be, by LINKS.
That is (FROM . TO), numbers: where the last request before it ends and
the next one begins, nil where there is none."
  (let (from to)
    (dotimes (number (smblog-links-count links))
      (pcase (smblog-links-of-request links number)
        (`(certain ,request . ,_)
         (let ((logged (smblog-links-request links number)))
           (if (< request frame)
               (setq from (max (or from 0) (or (plist-get logged :end) 0)))
             (setq to (min (or to (plist-get logged :begin)) (plist-get logged :begin))))))))
    (cons from to)))

(defun smbcmp-log-side--at (log time)
  "Return the number of the first message of LOG that is no earlier than TIME."
  (let ((low 0) (high (smblog-message-count log)))
    (while (< low high)
      (let ((middle (/ (+ low high) 2)))
        (if (< (or (plist-get (smblog-message log middle) :time) 0) time)
            (setq low (1+ middle))
          (setq high middle))))
    low))

(defun smbcmp-log-side-meanwhile (side)
  "Return what was logged when the request of SIDE, not in the log, was sent.
That is a list of messages, plists: those since the last request before
it that is known, or a little earlier than it, and until the next one."
  (pcase-let* ((links (smbcmp-log-side-links side))
               (log (smblog-links-log links))
               (exchange (smbcmp-log-side-exchange side))
               (time (+ (plist-get exchange :time) (or (smblog-links-offset links) 0)))
               (`(,before . ,after) smbcmp-log-side--around)
               (`(,from . ,to) (smbcmp-log-side--neighbours
                                links (smbcmp-log-side-frame exchange))))
    (cl-loop for number from (or from (smbcmp-log-side--at log (- time before)))
             below (or to (smblog-message-count log))
             for message = (smblog-message log number)
             for logged = (plist-get message :time)
             while (or (null logged) (< logged (+ time after)))
             collect message)))

(provide 'smbcmp-log-sides)
;;; smbcmp-log-sides.el ends here
