;;; smblog-request.el --- The request a message belongs to  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Requests of a log, sorted by process and beginning, so that the one a
;; message belongs to is found by bisection; and what a request is called.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog)
(require 'smblog-explain)
(require 'smblog-view)

(declare-function smblog--module-request-count "smbcmp-module.so" (log))

;;;; By process

(defconst smblog-request-garbage 100000000
  "Bytes that may be used before garbage is collected while requests are listed.
With the default, most of the time goes into collecting none.")

(defvar-local smblog-request-cache nil
  "(COUNT MESSAGES LIST TABLE . ENDS): the requests when there were so many.
TABLE has vectors of the requests of a process in the order they begin,
ENDS the clients' requests whose end the number of a message is.")

(defun smblog-request--cached ()
  "Return (LIST TABLE . ENDS) of the requests of this log.
See `smblog-request-cache'."
  (let ((count (smblog--module-request-count smblog-log))
        (messages (smblog-message-count smblog-log))
        (gc-cons-threshold (max gc-cons-threshold smblog-request-garbage)))
    (unless (and (eql (car smblog-request-cache) count)
                 (eql (cadr smblog-request-cache) messages))
      (let ((table (make-hash-table)) (ends (make-hash-table))
            (requests (smblog-requests smblog-log)))
        (dolist (request requests)
          (when (plist-get request :client)
            (puthash (plist-get request :end) request ends))
          (push request (gethash (plist-get request :pid) table)))
        (maphash (lambda (pid requests)
                   (puthash pid (vconcat (nreverse requests)) table))
                 table)
        (setq smblog-request-cache (cl-list* count messages requests table ends))))
    (cddr smblog-request-cache)))

(defun smblog-request-all ()
  "Return the requests of this log, a list as `smblog-requests' has it."
  (car (smblog-request--cached)))

(defun smblog-request--table ()
  "Return the requests of this log by pid, a hash table of vectors."
  (cadr (smblog-request--cached)))

(defun smblog-request--last-before (requests number)
  "Return the index in REQUESTS of the last that begins at or before NUMBER."
  (let ((low -1) (high (length requests)))
    (while (< (1+ low) high)
      (let ((middle (/ (+ low high) 2)))
        (if (<= (plist-get (aref requests middle) :begin) number)
            (setq low middle)
          (setq high middle))))
    low))

(defun smblog-request-of (number pid)
  "Return the request that message NUMBER of process PID belongs to, or nil.
That is the innermost: the one that began last of those that are not done."
  (let* ((requests (gethash pid (smblog-request--table)))
         (last (if requests (smblog-request--last-before requests number) -1)))
    (or
     ;; A client's connection, which is another process, may have the reply.
     (gethash number (cddr (smblog-request--cached)))
     ;; Requests that wait for long, such as notifies, are few.
     (cl-loop for i from last downto (max 0 (- last 500))
              for request = (aref requests i)
              for end = (plist-get request :end)
              when (and end (<= number end)) return request
              ;; One without an end is over when the next one begins.
              when (and (null end) (= i last)) return request))))

(defun smblog-request-at-point ()
  "Return the request that the message at point belongs to, or nil.
It is a plist as `smblog-requests' has them."
  (let ((number (smblog-message-at-point)))
    (and number
         (smblog-request-of number
                            (plist-get (smblog-message smblog-log number) :pid)))))

(defun smblog-show-request (request)
  "Go to the beginning of REQUEST and highlight its messages."
  (smblog-view-push-jump)
  (smblog-view-goto (plist-get request :begin))
  (smblog-view-highlight request))

(defun smblog-next-request (&optional count)
  "Go to the next request of this message's process, or COUNT on."
  (interactive "p")
  (let* ((number (or (smblog-message-at-point) (user-error "No message here")))
         (pid (plist-get (smblog-message smblog-log number) :pid))
         (requests (gethash pid (smblog-request--table) []))
         (here (smblog-request--last-before requests number))
         (count (or count 1))
         ;; Backwards, the beginning of this request comes first.
         (next (+ here count
                  (if (and (< count 0) (>= here 0)
                           (/= number (plist-get (aref requests here) :begin)))
                      1 0))))
    (unless (< -1 next (length requests))
      (user-error "No %s request of process %s" (if (< count 0) "earlier" "later") pid))
    (smblog-show-request (aref requests next))
    (message "%s" (smblog-request-title (aref requests next)))))

(defun smblog-previous-request (&optional count)
  "Go to the previous request of this message's process, or COUNT back."
  (interactive "p")
  (smblog-next-request (- (or count 1))))

;;;; What a request is called

(defun smblog-request-command (request)
  "Return the command of REQUEST in few letters.
Of SMB1 that is Wireshark's name, or the number where there is none."
  (let ((opcode (or (plist-get request :opcode) "?")))
    (if (string-prefix-p "SMB1 0x" opcode)
        (smblog-explain-command opcode)
      (string-remove-prefix "SMB2_OP_" opcode))))

(defun smblog-request-status (request)
  "Return the status of REQUEST in few letters."
  (let ((status (plist-get request :status)))
    (cond ((null status) (if (plist-get request :end) "unknown" "no reply logged"))
          ((string-prefix-p "0x" status) (smblog-explain-status status))
          (t (string-remove-prefix "NT_STATUS_" status)))))

(defun smblog-request-duration (request)
  "Return how long REQUEST took, in readable units; \"\" if that isn't told."
  (let ((seconds (plist-get request :duration)))
    (cond ((null seconds) "")
          ((< (abs seconds) 0.001) (format "%d µs" (round (* 1e6 seconds))))
          ((< (abs seconds) 1) (format "%.2f ms" (* 1e3 seconds)))
          (t (format "%.3f s" seconds)))))

(defun smblog-request-title (request)
  "Return REQUEST in a line: command, path, mid, status, duration."
  (string-trim-right
   (concat (smblog-request-command request)
           (and (plist-get request :path) (concat " " (plist-get request :path)))
           (format " mid %s: %s %s" (or (plist-get request :mid) "?")
                   (smblog-request-status request) (smblog-request-duration request)))))

(defface smblog-request-success '((t :inherit success))
  "Face for statuses of requests that succeeded."
  :group 'smblog-view)

(defface smblog-request-pending '((t :inherit warning))
  "Face for requests that are not done, and statuses that are no end."
  :group 'smblog-view)

(defface smblog-request-error '((t :inherit error))
  "Face for statuses of requests that failed."
  :group 'smblog-view)

(defun smblog-request-status-face (request)
  "Return the face for the status of REQUEST."
  (let ((status (plist-get request :status)))
    (pcase (and status (smbcmp--module-status-class status))
      ('success 'smblog-request-success)
      ('failure 'smblog-request-error)
      (_ 'smblog-request-pending))))

(declare-function smbcmp--module-status-class "smbcmp-module.so" (status))

(provide 'smblog-request)
;;; smblog-request.el ends here
