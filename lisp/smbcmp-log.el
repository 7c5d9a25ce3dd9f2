;;; smbcmp-log.el --- From a frame to the log's messages of it  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Commands of a packet list whose server's log is at hand: show the log's
;; messages of the exchange at point; and before each row, the number of
;; messages and of errors among them.  That is looked up for rows as they are
;; shown.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog-pair)
(require 'smbcmp-list)
(require 'smbcmp-list-rows)

(autoload 'smblog-errors-filter "smblog-errors")
(autoload 'smblog-request-title "smblog-request")
(autoload 'smbcmp-log-side-filter "smbcmp-log-sides")
(autoload 'smblog-set-filter "smblog-narrow")
(autoload 'smblog-view-goto "smblog-view")
(autoload 'smblog-view-highlight "smblog-view")
(autoload 'smblog-view-push-jump "smblog-view")
(declare-function smbcmp--module-status-class "smbcmp-module.so" (status))
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-position "smbcmp-module.so" (view number))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))
(autoload 'smblog-toggle-follow-frames "smblog-frames"
  "Toggle whether a log and its linked packet list follow each other." t)
(defvar smblog-follow-frames)
(defvar smblog-filter)

(defface smbcmp-log-count '((t :inherit smbcmp-mode-dim))
  "Face for the number of a frame's messages in the log."
  :group 'smbcmp-list)

(defface smbcmp-log-errors '((t :inherit error))
  "Face for the number of errors among a frame's messages."
  :group 'smbcmp-list)

;;;; Linking

(defun smbcmp-log-file (list-buffer)
  "Return the log of the server whose capture LIST-BUFFER shows.
That is the one beside the capture, or one that is asked for."
  (let ((file (buffer-file-name list-buffer)))
    (smblog-pair-read-file (format "Log of the server of %s: " (buffer-name list-buffer))
                           (smblog-pair-logs-beside file)
                           (file-name-directory file))))

;;;###autoload
(defun smbcmp-link-log (file)
  "Link this packet list to the log FILE of the server, in the background.
Then each frame leads to the log's messages of it, and the reverse.
Keys that the log has decrypt the capture."
  (interactive
   (let ((beside (smblog-pair-logs-beside buffer-file-name)))
     (list (read-file-name "Link to log: " default-directory (car beside) t
                           (and beside (file-name-nondirectory (car beside)))))))
  (unless (derived-mode-p 'smbcmp-list-mode) (user-error "Not a packet list"))
  (smbcmp-with-user-errors
    (smblog-pair-buffers (smblog-pair-log-buffer-of (expand-file-name file))
                         (current-buffer))))

(defun smbcmp-log-with-pair (list-buffer function)
  "Call FUNCTION with the `smblog-pair' of LIST-BUFFER, once it is linked.
Link it first, to the log beside the capture, if need be.  Return the
pair."
  (smbcmp-with-user-errors
    (let ((pair (buffer-local-value 'smblog-pair list-buffer)))
      (if (not pair)
          (smblog-pair-buffers (smblog-pair-log-buffer-of (smbcmp-log-file list-buffer))
                               list-buffer function)
        (smblog-pair-when-linked pair function)
        pair))))

(defun smbcmp-log-offer ()
  "When Emacs is idle, offer the log that lies beside this capture.
For `smbcmp-list-mode-hook'."
  (unless noninteractive
    (run-with-idle-timer 1 nil #'smblog-pair-tell-offer (current-buffer)
                         #'smblog-pair-logs-beside
                         "%s lies beside this capture: \\<smbcmp-list-mode-map>\
\\[smbcmp-show-log] shows its messages of the frame at point")))

(add-hook 'smbcmp-list-mode-hook #'smbcmp-log-offer)

;;;; The messages of a frame

(defun smbcmp-show-log (&optional whole)
  "Show the log's messages of the exchange at point, only them.
With WHOLE, the prefix argument, show all of the log there.  A packet
list that is not linked yet is linked first, to the log beside the
capture."
  (interactive "P")
  (let ((frame (smbcmp-list-need-frame)) (list-buffer (current-buffer)))
    (smbcmp-log-with-pair list-buffer
                          (lambda (pair) (smbcmp-log--show pair frame whole)))
    (when (memq (and smblog-pair (smblog-pair-state smblog-pair)) '(waiting asking))
      (message "Linking %s to %s..." (smblog-pair-list-name smblog-pair)
               (smblog-pair-log-name smblog-pair)))))

(defun smbcmp-log--show (pair frame whole)
  "Show the messages of FRAME in the log of PAIR; with WHOLE, and all others."
  (let* ((links (smblog-pair-links pair))
         (numbers (smbcmp-log-requests-of-frame links frame)))
    (if (null numbers)
        (message "%s" (smbcmp-log-nothing pair frame))
      (let* ((requests (mapcar (lambda (number) (smblog-links-request links number)) numbers))
             (response (cl-loop for number in numbers
                                thereis (eql frame (nth 2 (smblog-links-of-request
                                                           links number))))))
        (smbcmp-log-display pair requests response whole)))))

(defun smbcmp-log-requests-of-frame (links frame)
  "Return the numbers of the requests that FRAME is of, by LINKS.
If that is not certain, have the user choose, once for a connection."
  (or (smblog-links-known-of-frame links frame)
      (let ((numbers (smblog-links-maybe-of-frame links frame)))
        (when numbers
          (let ((number (smbcmp-log--choose links numbers)))
            (smblog-links-choose links (smblog-links-request links number) frame)
            (list number))))))

(defun smbcmp-log--choose (links numbers)
  "Have the user choose one of NUMBERS, requests of LINKS; return it."
  (let ((titles (cl-loop for number in numbers
                         for request = (smblog-links-request links number)
                         collect (format "pid %s %s" (plist-get request :pid)
                                         (smblog-request-title request)))))
    (nth (cl-position (completing-read
                       (format "Ambiguous: %d requests match; show: "
                               (length numbers))
                       titles nil t)
                      titles :test #'equal)
         numbers)))

(defun smbcmp-log-nothing (pair frame)
  "Say why the log of PAIR has no messages of FRAME."
  (format "No request in %s for frame %d of %s" (smblog-pair-log-name pair)
          frame (smblog-pair-list-name pair)))

(defun smbcmp-log-display (pair requests response whole)
  "Show the messages of REQUESTS, plists, in the log of PAIR; with WHOLE, all.
Point is where the first begins, or ends if RESPONSE is non-nil."
  (let* ((buffer (smblog-pair-log-buffer pair))
         (request (car requests))
         (window (or (get-buffer-window buffer)
                     (display-buffer buffer '((display-buffer-use-some-window
                                               display-buffer-below-selected)
                                              (inhibit-same-window . t))))))
    (with-selected-window window
      (smblog-view-push-jump)
      (smblog-set-filter (and (not whole) (smbcmp-log-side-filter requests)))
      (smblog-view-goto (if response
                            (or (plist-get (car (last requests)) :end)
                                (plist-get request :begin))
                          (plist-get request :begin)))
      (smblog-view-highlight (and whole request))
      (recenter (if response -3 1)))
    (message "%s%s" (smblog-request-title request)
             (if (cdr requests) (format " (and %d more in the frame)" (1- (length requests)))
               ""))))

;;;; Following

(defun smbcmp-log--follow (frame)
  "Have the log follow to FRAME of this packet list.
For `smbcmp-list-selection-hook'."
  (when (and (bound-and-true-p smblog-follow-frames) smblog-pair
             (eq (current-buffer) (window-buffer))
             (smblog-pair-fresh-p smblog-pair))
    (let* ((pair smblog-pair)
           (links (smblog-pair-links pair))
           (window (get-buffer-window (smblog-pair-log-buffer pair)))
           (requests (and window (mapcar (lambda (number) (smblog-links-request links number))
                                         (smblog-links-of-frame links frame)))))
      (when requests
        (with-selected-window window
          ;; Who looks at a request's messages looks at the next one's now.
          (when (string-match-p "\\`(?\\(?:or \\)?(?request " (format "%S" smblog-filter))
            (let ((inhibit-message t))
              (smblog-set-filter (smbcmp-log-side-filter requests))))
          (smblog-view-goto (plist-get (car requests) :begin))
          (smblog-view-highlight (and (null smblog-filter) (car requests)))
          (recenter 1))))))

(add-hook 'smbcmp-list-selection-hook #'smbcmp-log--follow)

;;;; How many messages a frame has

(defconst smbcmp-log--width 10
  "Width of what is shown of the log before rows.")

(defvar-local smbcmp-log--errors nil
  "(LOG . VIEW): the log's errors.")

(defvar-local smbcmp-log--timer nil
  "Timer that waits until all errors of the log are known, or nil.")

(defun smbcmp-log--fontify (start end)
  "Show before the rows from START to END what the log has of them.
For `jit-lock-register'."
  (when-let* ((links (and smblog-pair (smblog-pair-usable-links smblog-pair))))
    (let ((row (or (smbcmp-list-rows-at start) 0))
          (last (or (smbcmp-list-rows-at (max start (1- end))) (1- (smbcmp-list-rows-count)))))
      (with-silent-modifications
        (while (<= row last)
          (unless (invisible-p (smbcmp-list-rows-start row))
            (put-text-property (smbcmp-list-rows-start row) (smbcmp-list-rows-start (1+ row))
                               'line-prefix
                               (smbcmp-log--prefix links (smbcmp-list-rows-frame row))))
          (setq row (1+ row)))))))

(defun smbcmp-log--prefix (links frame)
  "Return what is shown before the row of FRAME: messages and errors by LINKS."
  (let ((messages 0) (errors 0) (numbers (smblog-links-of-frame links frame)) begins failed)
    (dolist (number numbers)
      (let ((request (smblog-links-request links number)))
        (if (not (eql frame (nth 1 (smblog-links-of-request links number))))
            (when (smbcmp-log--failed-p request) (setq failed t))
          (setq begins t)
          (cl-incf messages (or (plist-get request :messages) 0))
          (cl-incf errors (smbcmp-log--count-errors request)))))
    (cond
     (begins
      (smbcmp-log--pad (format "%5d" messages) (and (> errors 0) (number-to-string errors))))
     ;; A response: the counts are at its request.
     (numbers
      (smbcmp-log--pad (format "%5s" (if (char-displayable-p ?·) "·" ".")) (and failed "")))
     (t (make-string smbcmp-log--width ?\s)))))

(defun smbcmp-log--pad (text errors)
  "Return TEXT, and a mark and ERRORS, a string, unless that is nil, as a prefix."
  (let ((text (concat (propertize text 'face 'smbcmp-log-count)
                      (if errors
                          (propertize (concat " " (if (char-displayable-p ?✗) "✗" "!") errors)
                                      'face 'smbcmp-log-errors)
                        ""))))
    (concat text (make-string (max 1 (- smbcmp-log--width (length text))) ?\s))))

(defun smbcmp-log--failed-p (request)
  "Return non-nil if REQUEST ended with a status that is a failure, and counts."
  (let ((status (plist-get request :status)))
    (and status (eq 'failure (smbcmp--module-status-class status))
         (> (smbcmp-log--count-errors request) 0))))

(defun smbcmp-log--count-errors (request)
  "Return the number of errors among REQUEST's messages known so far."
  (let* ((log (car smbcmp-log--errors)) (view (cdr smbcmp-log--errors))
         (begin (plist-get request :begin))
         (end (plist-get request :end)))
    (if (not (and view end)) 0
      (cl-loop for place from (smblog--module-view-position view begin)
               below (min (nth 2 (smblog--module-view-progress view))
                          (smblog--module-view-position view (1+ end)))
               repeat 1000
               count (eql (plist-get request :pid)
                          (plist-get (smblog--module-message
                                      log (smblog--module-view-nth view place))
                                     :pid))))))

(defun smbcmp-log--await-errors (buffer)
  "Show in BUFFER how many errors frames have once they are known."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq smbcmp-log--timer nil)
      (when (and smblog-pair (eq (car smbcmp-log--errors) (smblog-pair-log smblog-pair)))
        (if (nth 3 (smblog--module-view-progress (cdr smbcmp-log--errors)))
            (jit-lock-refontify)
          (setq smbcmp-log--timer
                (run-with-timer 0.2 nil #'smbcmp-log--await-errors buffer)))))))

(defun smbcmp-log--linked (pair)
  "Show what the links of PAIR add to its packet list.
For `smblog-pair-linked-hook'."
  (let ((log (smblog-pair-log pair)))
    (with-current-buffer (smblog-pair-list-buffer pair)
      (require 'smblog-errors)
      (setq smbcmp-log--errors (cons log (smblog--module-view log (smblog-errors-filter)))
            smbcmp-list-rows-prefix (format (format "%%-%ds" smbcmp-log--width) " log msgs"))
      (add-hook 'smblog-pair-mode-hook #'smbcmp-log--unlinked nil t)
      (jit-lock-register #'smbcmp-log--fontify)
      (jit-lock-refontify)
      (unless smbcmp-log--timer
        (setq smbcmp-log--timer
              (run-with-timer 0.2 nil #'smbcmp-log--await-errors (current-buffer)))))))

(defun smbcmp-log--unlinked ()
  "Take away what links added to this packet list if it is linked no longer."
  (unless smblog-pair
    (setq smbcmp-log--errors nil
          smbcmp-list-rows-prefix nil)
    (jit-lock-unregister #'smbcmp-log--fontify)
    (with-silent-modifications
      (remove-text-properties (point-min) (point-max) '(line-prefix nil)))
    (force-mode-line-update)))

(add-hook 'smblog-pair-linked-hook #'smbcmp-log--linked)

(provide 'smbcmp-log)
;;; smbcmp-log.el ends here
