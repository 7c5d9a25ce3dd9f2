;;; smblog-frames.el --- From a log line to its frame  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Commands of a log that is linked to a capture: show the frame of the request
;; at point, and the field that the message is about; have the packet list
;; follow; and columns of the request list with times from the capture.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog-pair)
(require 'smblog-request)
(require 'smblog-requests)
(require 'smblog-select)

(autoload 'smbcmp-detail-show "smbcmp-detail")
(autoload 'smbcmp-detail-aim "smbcmp-detail")
(autoload 'smbcmp-list-goto-frame "smbcmp-list-move")
(autoload 'smbcmp-list-hidden-message "smbcmp-list-move")
(declare-function smblog--module-request-count "smbcmp-module.so" (log))
(defvar smbcmp-list-selected)

(defcustom smblog-follow-frames nil
  "If non-nil, a log and a packet list that are linked follow each other.
Only where both are shown."
  :type 'boolean
  :group 'smblog)

;;;; Linking

(defun smblog-frames--capture ()
  "Return the capture to link this log to: the one beside it, or ask."
  (smblog-pair-read-file "Link to capture: "
                         (smblog-pair-captures-beside (smblog-pair-file))
                         default-directory))

;;;###autoload
(defun smblog-link-capture (file)
  "Link this log to the capture FILE of the same run, in the background.
Then each message leads to the frame of its request, and each frame to
its messages.  Keys that the log has decrypt the capture."
  (interactive
   (let ((beside (smblog-pair-captures-beside (smblog-pair-file))))
     (list (read-file-name "Link to capture: " default-directory (car beside) t
                           (and beside (file-name-nondirectory (car beside)))))))
  (smblog-frames--need-log)
  (smbcmp-with-user-errors
    (smblog-pair-buffers (current-buffer)
                         (smblog-pair-list-buffer-of (expand-file-name file)))))

(defun smblog-frames--need-log ()
  "Signal an error unless this buffer shows a log."
  (unless (and (derived-mode-p 'smblog-mode) smblog-log)
    (user-error "Not a log")))

(defun smblog-frames--with-pair (function)
  "Call FUNCTION with the `smblog-pair' of this log, once it is linked.
Link it first, to the capture beside it, if need be."
  (smbcmp-with-user-errors
    (if smblog-pair
        (smblog-pair-when-linked smblog-pair function)
      (smblog-pair-buffers (current-buffer)
                           (smblog-pair-list-buffer-of (smblog-frames--capture))
                           function)))
  (when (memq (and smblog-pair (smblog-pair-state smblog-pair)) '(waiting asking))
    (message "Linking %s to %s..." (smblog-pair-log-name smblog-pair)
             (smblog-pair-list-name smblog-pair))))

;;;###autoload
(defun smblog-offer-capture (buffer)
  "Tell of the capture that lies beside the log in BUFFER."
  (smblog-pair-tell-offer buffer #'smblog-pair-captures-beside
                          "%s lies beside this log: \\<smblog-mode-map>\
\\[smblog-show-frame] shows the frame of the request at point"))

;;;; The frame of a message

;;;###autoload
(defun smblog-show-frame ()
  "Show the frame of the request at point in the packet list, and its details.
Point is at the field that the message is about where that is
certain: a status, a path.  A log that is not linked yet is linked first,
to the capture beside it."
  (interactive)
  (smblog-frames--need-log)
  (let ((request (or (smblog-request-at-point)
                     (user-error "%s" (smblog-frames--no-request))))
        (message (smblog-message smblog-log (smblog-message-at-point))))
    (smblog-frames--with-pair
     (lambda (pair) (smblog-frames--show pair request message)))))

(defun smblog-frames--no-request ()
  "Say why the message at point has no frame."
  (if (zerop (smblog--module-request-count smblog-log))
      (smblog-pair-no-requests smblog-log)
    "This message belongs to no request"))

(defun smblog-frames--show (pair request message)
  "Show the frame of REQUEST in PAIR, at the field that MESSAGE, a plist, is about."
  (let* ((links (smblog-pair-links pair))
         (number (smblog-links-number links request)))
    (pcase (and number (smblog-links-of-request links number))
      ('nil (message "%s: this request is not in %s" (smblog-request-title request)
                     (smblog-pair-list-name pair)))
      (`(ambiguous ,_ ,_ ,_ (,frame))
       (smblog-frames--display pair frame)
       (message "%s: frame %d matches, but may be from another run"
                (smblog-request-title request) frame))
      (`(ambiguous ,_ ,_ ,_ ,frames)
       (smblog-frames--display
        pair (or (smblog-links-chosen-frame links request frames)
                 (let ((frame (smblog-frames--choose pair frames)))
                   (smblog-links-choose links request frame)
                   frame))))
      (link
       (pcase-let ((`(,frame ,field ,text) (smblog-frames--aim request message link)))
         (smblog-frames--display pair frame field (nth 3 link) text))
       (message "%s: %s" (smblog-request-title request) (smblog-frames--latency link request))))))

(defun smblog-frames--latency (link request)
  "Say which frames REQUEST is by LINK, and what they took on the wire."
  (pcase-let ((`(,_ ,frame ,response ,_ ,wire) link))
    (concat (if response (format "frames %d/%d" frame response)
              (format "frame %d, no response" frame))
            (if (not wire) ""
              (format ", %s on the wire%s" (smblog-frames--seconds wire)
                      (if (plist-get request :duration)
                          (format (if (plist-get request :client) ", %s for the client"
                                    ", %s of them in smbd")
                                  (smblog-frames--seconds (plist-get request :duration)))
                        ""))))))

(defun smblog-frames--seconds (seconds)
  "Return SECONDS in readable units."
  (smblog-request-duration (list :duration seconds)))

(defun smblog-frames--choose (pair frames)
  "Have the user choose which one of FRAMES of PAIR to show.
That is asked once: other requests of the process are on its connection."
  (let* ((rows (smbcmp-rows (smblog-pair-links-capture pair) frames '("%m" "%t" "%s" "%i")))
         (names (cl-loop for row in rows collect (string-join row "  "))))
    (nth (cl-position (completing-read
                       (format "Ambiguous: %d frames match; show: "
                               (length frames))
                       names nil t)
                      names :test #'equal)
         frames)))

(defun smblog-frames--aim (request message link)
  "Return (FRAME FIELD TEXT) that MESSAGE, of REQUEST with LINK, is about.
FIELD is a filter name, nil if that isn't certain; TEXT is what must be
in its label."
  (pcase-let* ((`(,_ ,frame ,response . ,_) link)
               (text (or (plist-get message :text) ""))
               (status (plist-get request :status))
               (path (plist-get request :path))
               (number (plist-get message :number)))
    (cond
     ((and response status
           (or (eql number (plist-get request :end))
               (string-match-p (concat (regexp-quote status) "\\_>") text)))
      (list response "smb2.nt_status" (string-remove-prefix "NT_" (if (equal status "NT_STATUS_OK")
                                                                    "NT_STATUS_SUCCESS" status))))
     ((and path (not (member path '("" ".")))
           (string-match-p (concat "\\(?:\\`\\|[^[:alnum:]]\\)"
                                   (mapconcat #'regexp-quote (split-string path "[/\\]")
                                              "[/\\]")
                                   "\\(?:\\'\\|[^[:alnum:]]\\)")
                           text))
      (list frame "smb2.filename" (subst-char-in-string ?/ ?\\ path)))
     ;; The kernel's log has replies.
     ((and response (plist-get request :client) (eql number (plist-get request :end)))
      (list response "smb2.cmd" ""))
     ((eql number (plist-get request :begin)) (list frame "smb2.cmd" ""))
     (t (list frame nil nil)))))

(defun smblog-frames--display (pair frame &optional field nth text)
  "Show FRAME of PAIR in its packet list and its details below.
Point goes to FIELD of the NTH PDU there if its label has TEXT in it."
  (let* ((list-buffer (smblog-pair-list-buffer pair))
         (window (smblog-frames--window list-buffer)))
    (with-selected-window window
      (unless (smbcmp-list-goto-frame frame)
        (message "%s" (smbcmp-list-hidden-message frame)))
      (setq smbcmp-list-selected frame)
      (unless (pos-visible-in-window-p) (recenter))
      (smbcmp-detail-aim list-buffer frame field (or nth 0) text)
      (smblog-frames--window (smbcmp-detail-show list-buffer frame)))))

(defun smblog-frames--window (buffer)
  "Return a window that shows BUFFER: its own, or a new one below.
That is larger than what is left of this one."
  (or (get-buffer-window buffer)
      (display-buffer buffer `((display-buffer-below-selected
                                display-buffer-use-some-window)
                               (window-height . ,(floor (* 0.6 (window-total-height))))
                               (inhibit-same-window . t)))))

;;;; Following

(defun smblog-toggle-follow-frames ()
  "Toggle whether a log and its linked packet list follow each other."
  (interactive)
  (setq smblog-follow-frames (not smblog-follow-frames))
  (message (if smblog-follow-frames
               "The log and the packet list follow each other where both are shown"
             "The log and the packet list move independently")))

(defvar-local smblog-frames--request nil
  "The request at point when the packet list followed last.")

(defvar smblog-frames--timer nil
  "Timer that has the packet list follow.")

(defun smblog-frames--post-command ()
  "Have the packet list follow, soon.  For `post-command-hook' of a log."
  (when (and smblog-follow-frames smblog-pair smblog-log
             (get-buffer-window (smblog-pair-list-buffer smblog-pair)))
    (when (timerp smblog-frames--timer) (cancel-timer smblog-frames--timer))
    (setq smblog-frames--timer
          (run-with-timer 0.05 nil #'smblog-frames--follow (current-buffer)))))

(defun smblog-frames--follow (buffer)
  "Have the packet list follow to the request at point in BUFFER, a log."
  (when (and (buffer-live-p buffer) (eq buffer (window-buffer)))
    (with-current-buffer buffer
      (let* ((request (smblog-request-at-point))
             (links (and smblog-pair (smblog-pair-fresh-p smblog-pair)
                         (smblog-pair-links smblog-pair)))
             (number (and request links (smblog-links-number links request))))
        (unless (eql number smblog-frames--request)
          (setq smblog-frames--request number)
          (pcase (and number (smblog-links-of-request links number))
            (`(certain ,frame . ,_)
             (smblog-frames--follow-to (smblog-pair-list-buffer smblog-pair) frame))))))))

(defun smblog-frames--follow-to (list-buffer frame)
  "Go to FRAME in LIST-BUFFER, where it is shown, and have its details follow."
  (with-selected-window (get-buffer-window list-buffer)
    (when (smbcmp-list-goto-frame frame)
      ;; Known already: the log need not follow back.
      (setq smbcmp-list-selected frame)
      (unless (pos-visible-in-window-p) (recenter))
      (run-hook-with-args 'smbcmp-list-selection-hook frame))))

;;;; The request list

(defun smblog-frames--link (request)
  "Return the link of REQUEST, in its log's request list."
  (let* ((pair (buffer-local-value 'smblog-pair smblog-requests-buffer))
         (links (and pair (smblog-pair-usable-links pair)))
         (number (and links (smblog-links-number links request))))
    (and number (smblog-links-of-request links number))))

(defun smblog-frames-of-request (request)
  "Return the frames of REQUEST as a string, for the request list."
  (pcase (smblog-frames--link request)
    (`(certain ,frame nil . ,_) (format "%d/-" frame))
    (`(certain ,frame ,response . ,_) (format "%d/%d" frame response))
    (`(ambiguous . ,_) "?")
    (_ "-")))

(defun smblog-frames-frame (request)
  "Return the frame of REQUEST, a number or nil, for the request list."
  (nth 1 (smblog-frames--link request)))

(defun smblog-frames-wire (request)
  "Return the seconds from request to response of REQUEST on the wire, or nil."
  (nth 4 (smblog-frames--link request)))

(defun smblog-frames-off-server (request)
  "Return the seconds of REQUEST that were not spent in smbd, or nil.
Beside the network these are queues: of the kernel, of smbd's socket.  Of
a client's request, those that were spent in the client, not on the wire."
  (let ((wire (smblog-frames-wire request)) (duration (plist-get request :duration)))
    (and wire duration
         (max 0.0 (if (plist-get request :client) (- duration wire) (- wire duration))))))

(defconst smblog-frames--columns
  (list '("frames" 15 right smblog-frames-frame smblog-frames-of-request)
        (list "wire" 10 'right #'smblog-frames-wire
              (lambda (request) (smblog-frames--seconds (smblog-frames-wire request))))
        (list "off-server" 10 'right #'smblog-frames-off-server
              (lambda (request) (smblog-frames--seconds (smblog-frames-off-server request)))))
  "Columns of the request list of a log that is linked.")

(defun smblog-frames--linked (pair)
  "Show what the links of PAIR add to its log.  For `smblog-pair-linked-hook'."
  (with-current-buffer (smblog-pair-log-buffer pair)
    (add-hook 'post-command-hook #'smblog-frames--post-command 90 t)
    (setq smblog-requests-more-columns smblog-frames--columns))
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'smblog-requests-mode)
                 (eq smblog-requests-buffer (smblog-pair-log-buffer pair)))
        (smblog-requests-revert)))))

(add-hook 'smblog-pair-linked-hook #'smblog-frames--linked)

(defun smblog-requests-show-frame ()
  "Show the frame of this request in the packet list, and its details."
  (interactive)
  (let ((request (or (smblog-requests-at-point) (user-error "No request here"))))
    (with-current-buffer smblog-requests-buffer
      (smblog-frames--with-pair
       (lambda (pair) (smblog-frames--show pair request nil))))))

(provide 'smblog-frames)
;;; smblog-frames.el ends here
