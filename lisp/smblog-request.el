;;; smblog-request.el --- The request a message belongs to  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The request that a message belongs to, the ones before and after it, and
;; what a request is called.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-escape)
(require 'smblog)
(require 'smblog-explain)
(require 'smblog-view)

(declare-function smblog--module-requests "smbcmp-module.so"
                  (log &optional from count mid))
(declare-function smblog--module-request-of "smbcmp-module.so" (log message pid))
(declare-function smblog--module-request-step "smbcmp-module.so" (log message pid count))

;;;; By number

(defconst smblog-request-garbage 100000000
  "Bytes that may be used before garbage is collected while requests are listed.
With the default, most of the time goes into collecting none.")

(defun smblog-request-map (function)
  "Return what FUNCTION returns of the requests of this log, but for nils.
It is called with each, a plist as `smblog-requests' has it."
  (let ((gc-cons-threshold (max gc-cons-threshold smblog-request-garbage))
        (from 0) some found)
    (while (setq some (smblog--module-requests smblog-log from 1000))
      (dolist (request some)
        (when-let* ((value (funcall function request)))
          (push value found)))
      (cl-incf from (length some)))
    (nreverse found)))

(defun smblog-request-nth (number)
  "Return request NUMBER of this log, nil for nil."
  (and number (car (smblog--module-requests smblog-log number 1))))

(defun smblog-request-same-p (a b)
  "Return non-nil if A and B, plists or nil, are the same request of one log."
  (eql (plist-get a :number) (plist-get b :number)))

(defun smblog-request-of (number pid)
  "Return the request that message NUMBER of process PID belongs to, or nil.
That is the innermost: the one that began last of those that are not done."
  (smblog-request-nth (smblog--module-request-of smblog-log number pid)))

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
         (count (or count 1))
         (request (smblog-request-nth
                   (smblog--module-request-step smblog-log number pid count))))
    (unless request
      (user-error "No %s request of process %s" (if (< count 0) "earlier" "later") pid))
    (smblog-show-request request)
    (message "%s" (smblog-request-title request))))

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
          ;; Samba has some without NT_, STATUS_NO_MORE_FILES say.
          (t (string-remove-prefix "STATUS_" (string-remove-prefix "NT_" status))))))

(defun smblog-request-time (seconds)
  "Return SECONDS in readable units, a string; \"\" if nil."
  (cond ((null seconds) "")
        ((< 0 (abs seconds) 1e-6) (format "%d ns" (round (* 1e9 seconds))))
        ((< (abs seconds) 0.001) (format "%d µs" (round (* 1e6 seconds))))
        ((< (abs seconds) 1) (format "%.2f ms" (* 1e3 seconds)))
        (t (format "%.3f s" seconds))))

(defun smblog-request-duration (request)
  "Return how long REQUEST took, in readable units; \"\" if that isn't told."
  (smblog-request-time (plist-get request :duration)))

(defun smblog-request-title (request)
  "Return REQUEST in a line: command, path, mid, status, duration."
  (smbcmp-escape
   (string-trim-right
   (concat (smblog-request-command request)
           (and (plist-get request :path) (concat " " (plist-get request :path)))
           (format " mid %s: %s %s" (or (plist-get request :mid) "?")
                   (smblog-request-status request) (smblog-request-duration request))))
   t))

(defface smblog-request-success '((t :inherit smbcmp-mode-success))
  "Face for statuses of requests that succeeded."
  :group 'smblog-view)

(defface smblog-request-pending '((t :inherit smbcmp-mode-warning))
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
