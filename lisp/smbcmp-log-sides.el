;;; smbcmp-log-sides.el --- What two servers logged for one request  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For an exchange of each of two captures, whose logs are linked: the
;; messages of it, which of them explain why the servers differ, and where time
;; went.

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
  (texts nil :documentation "What `smbcmp-log-text' makes of MESSAGES."))

(defun smbcmp-log-side-filter (requests)
  "Return the log's filter that leaves the messages of REQUESTS, plists."
  (let ((terms (mapcar (lambda (request) (smblog-select-request-term request nil))
                       requests)))
    (if (cdr terms) (cons 'or terms) (car terms))))

(defun smbcmp-log-side-logged (log requests)
  "Return the messages of REQUESTS in LOG, a list of plists."
  (let* ((view (smblog--module-view log (smblog-narrow-resolve
                                         (smbcmp-log-side-filter requests) log)))
         (count (smblog-hits-wait view)))
    (prog1 (cl-loop for i below count
                    collect (smblog-message log (smblog--module-view-nth view i)))
      (smblog--module-view-free view))))

(defun smbcmp-log-side-of (links exchange &optional pair)
  "Return what the log of LINKS has of EXCHANGE, a plist; nil if that is nil.
PAIR, if non-nil, is the `smblog-pair' of the buffers."
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
       :links links :pair pair :exchange exchange :requests requests
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
the message after which the slower one waited."
  (let* ((same (smbcmp-log-text-same-build-p (smbcmp-log-side-messages a)
                                             (smbcmp-log-side-messages b)))
         (turned (and (smbcmp-log-side-succeeded-p b)
                      (not (smbcmp-log-side-succeeded-p a)))))
    (dolist (side (list a b))
      (setf (smbcmp-log-side-texts side)
            (smbcmp-log-text (smbcmp-log-side-messages side) same)))
    (let ((found (append (smbcmp-log-side-evidence (if turned a b) (if turned b a))
                         (smbcmp-log-side-evidence (if turned b a) (if turned a b)))))
      (append (and slower (smbcmp-log-side--wait a b))
              (cl-remove 'routine found :key (lambda (one) (plist-get one :kind)))
              (cl-remove 'routine found :key (lambda (one) (plist-get one :kind))
                         :test-not #'eq)))))

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

(defconst smbcmp-log-side--around '(0.5 . 5)
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
