;;; smbcmp-stream.el --- What was sent in a stream  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The data of a connection as its ends got it, with what was sent twice
;; or out of order put right, as Wireshark's "Follow Stream" has it.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-list-about)
(require 'smbcmp-mode)
(require 'smbcmp-tap)
(require 'smbcmp-views)

(defcustom smbcmp-stream-limit (* 256 1024)
  "Bytes of a stream that are shown at first.
\\<smbcmp-stream-mode-map>\\[smbcmp-stream-more] shows more."
  :type 'natnum
  :group 'smbcmp)

(defface smbcmp-stream-client '((t :inherit smbcmp-mode-removed))
  "Face for what the client sent."
  :group 'smbcmp)

(defface smbcmp-stream-server '((t :inherit diff-added))
  "Face for what the server sent."
  :group 'smbcmp)

(defvar-local smbcmp-stream--of nil
  "What is shown: (PROTOCOL STREAM).")

(defvar-local smbcmp-stream--data nil
  "Its data, see `smbcmp-tap-stream'.")

(defvar-local smbcmp-stream--limit nil
  "Bytes that are shown.")

(defvar-local smbcmp-stream--as-text nil
  "Non-nil if data is shown as text, nil for a hex dump.")

;;;; What is shown

(defun smbcmp-stream--character (byte)
  "Return BYTE as a character that can be seen."
  (if (<= 32 byte 126) byte ?.))

(defun smbcmp-stream--line (data offset start)
  "Return a line of a hex dump: DATA, at OFFSET of the stream, from START on."
  (let* ((count (min 16 (- (length data) start)))
         (bytes (cl-loop for i from start below (+ start count) collect (aref data i)))
         (halves (list (seq-take bytes 8) (nthcdr 8 bytes))))
    (format "%08X  %-49s %s" (+ offset start)
            (mapconcat (lambda (half) (mapconcat (lambda (byte) (format "%02x" byte)) half " "))
                       (if (cadr halves) halves (list (car halves))) "  ")
            (mapconcat (lambda (half) (apply #'string (mapcar #'smbcmp-stream--character half)))
                       (if (cadr halves) halves (list (car halves))) " "))))

(defun smbcmp-stream--hex (data offset)
  "Return DATA, which is at OFFSET of the stream, as a hex dump."
  (cl-loop for start from 0 below (length data) by 16
           concat (concat (smbcmp-stream--line data offset start) "\n")))

(defun smbcmp-stream--text (data)
  "Return DATA as text; what is none is a dot."
  (mapconcat (lambda (byte) (string (if (eq byte ?\n) byte (smbcmp-stream--character byte))))
             data ""))

(defconst smbcmp-stream--piece 4096
  "Bytes that are inserted at once: whole lines of a hex dump.")

(defun smbcmp-stream--insert (chunk start offset)
  "Insert a piece of CHUNK, of `smbcmp-tap-stream', from its byte START on.
CHUNK begins at OFFSET of its direction.  Return where the next piece
begins, nil at the end."
  (pcase-let* ((`(,frame ,server ,data) chunk)
               (end (min (length data) (+ start smbcmp-stream--piece)))
               (piece (substring data start end))
               (text (if smbcmp-stream--as-text (smbcmp-stream--text piece)
                       (smbcmp-stream--hex piece (+ offset start)))))
    ;; The server's is indented, as tshark has it.
    (insert (propertize (cond (smbcmp-stream--as-text
                               (concat text (if (= end (length data)) "\n" "")))
                              (server (replace-regexp-in-string "^\\(?:.\\)" "\t\\&" text))
                              (t text))
                        'face (if server 'smbcmp-stream-server 'smbcmp-stream-client)
                        'help-echo (format "frame %d" frame)
                        'smbcmp-frame frame))
    (and (< end (length data)) end)))

(defun smbcmp-stream--rendering ()
  "Return steps that show the data, a piece each time."
  (let ((sent (vector 0 0)) (start 0) chunks frame)
    (list
     (lambda ()
       (setq frame (get-text-property (point) 'smbcmp-frame)
             chunks (plist-get smbcmp-stream--data :chunks))
       (let ((inhibit-read-only t)) (erase-buffer))
       nil)
     (lambda ()
       (when chunks
         (let* ((chunk (car chunks)) (side (if (nth 1 chunk) 1 0)) (inhibit-read-only t))
           (save-excursion
             (goto-char (point-max))
             (setq start (smbcmp-stream--insert chunk start (aref sent side))))
           (unless start
             (cl-incf (aref sent side) (length (nth 2 chunk)))
             (setq start 0)
             (pop chunks))))
       (and chunks t))
     (lambda () (ignore (smbcmp-stream--finish frame))))))

(defun smbcmp-stream--shown ()
  "Return how many bytes are here of the stream."
  (cl-loop for (_ _ data) in (plist-get smbcmp-stream--data :chunks) sum (length data)))

(defun smbcmp-stream--more ()
  "Return how many bytes of the stream are not here."
  (pcase-let ((`(,client . ,server) (plist-get smbcmp-stream--data :bytes)))
    (- (+ client server) (smbcmp-stream--shown))))

(defun smbcmp-stream--finish (frame)
  "Say what else there is, and go to the data of FRAME, or to the beginning."
  (let ((inhibit-read-only t) (more (smbcmp-stream--more)))
    (save-excursion
      (goto-char (point-max))
      (cond ((bobp) (insert "No data was sent.\n"))
            ((> more 0)
             (insert (substitute-command-keys
                      (format "... %d bytes more: \\<smbcmp-stream-mode-map>\
\\[smbcmp-stream-more] shows more\n" more))))))
    (set-buffer-modified-p nil)
    (goto-char (or (and frame (text-property-any (point-min) (point-max) 'smbcmp-frame frame))
                   (point-min)))
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point)))))

(defun smbcmp-stream--header ()
  "Return the header line: who sent how much."
  (cl-flet ((side (title end bytes face)
                  (propertize (format "%s %s:%d, %d bytes" title (car end) (cdr end) bytes)
                              ;; Letters of a header line may be dark.
                              'face (list face 'default))))
    (if (null smbcmp-stream--data) ""
      (pcase-let ((`(,client . ,server) (plist-get smbcmp-stream--data :bytes)))
        (concat " " (side "client" (plist-get smbcmp-stream--data :client) client
                          'smbcmp-stream-client)
                "   " (side "server" (plist-get smbcmp-stream--data :server) server
                            'smbcmp-stream-server))))))

(defun smbcmp-stream--gather (&rest _)
  "Ask for the data and show it."
  (pcase-let ((`(,protocol ,stream) smbcmp-stream--of))
    (apply #'smbcmp-views-do "Following the stream"
           (smbcmp-views-asking
            (smbcmp-views-captures) "follow"
            (list :protocol protocol :stream stream :limit smbcmp-stream--limit)
            (lambda (parts)
              (setq smbcmp-stream--data (smbcmp-tap-stream-of (caar parts)))))
           (smbcmp-stream--rendering))))

;;;; Commands

(defun smbcmp-stream-open ()
  "Show the frame that the data at point came in, in the packet list."
  (interactive)
  (smbcmp-views-goto-frame (car smbcmp-views-lists)
                           (or (get-text-property (point) 'smbcmp-frame)
                               (user-error "No data here"))))

(defun smbcmp-stream-toggle-text ()
  "Show the data as text, or as a hex dump."
  (interactive)
  (setq smbcmp-stream--as-text (not smbcmp-stream--as-text))
  (apply #'smbcmp-views-do "Showing the data" (smbcmp-stream--rendering)))

(defun smbcmp-stream-more ()
  "Show more of the data."
  (interactive)
  (setq smbcmp-stream--limit (* 4 smbcmp-stream--limit))
  (smbcmp-with-user-errors (smbcmp-stream--gather)))

(defun smbcmp-stream--move (count)
  "Go COUNT chunks on."
  (let ((step (if (< count 0) #'previous-single-property-change
                #'next-single-property-change)))
    (dotimes (_ (abs count))
      (goto-char (funcall step (point) 'smbcmp-frame nil
                          (if (< count 0) (point-min) (point-max)))))))

(defun smbcmp-stream-next (&optional count)
  "Go to the data of the next frame, or COUNT frames on."
  (interactive "p")
  (smbcmp-stream--move (or count 1)))

(defun smbcmp-stream-previous (&optional count)
  "Go to the data of the previous frame, or COUNT frames back."
  (interactive "p")
  (smbcmp-stream--move (- (or count 1))))

;;;; Mode

(defvar smbcmp-stream-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-stream-next)
    (define-key map "p" #'smbcmp-stream-previous)
    (define-key map (kbd "RET") #'smbcmp-stream-open)
    (define-key map "t" #'smbcmp-stream-toggle-text)
    (define-key map "+" #'smbcmp-stream-more)
    map)
  "Keymap of `smbcmp-stream-mode'.")

(easy-menu-define smbcmp-stream-menu smbcmp-stream-mode-map
  "Menu of `smbcmp-stream-mode'."
  '("Stream"
    ["Go to the frame" smbcmp-stream-open]
    ["Next frame" smbcmp-stream-next]
    ["Previous frame" smbcmp-stream-previous]
    ["As text" smbcmp-stream-toggle-text :style toggle :selected smbcmp-stream--as-text]
    ["Show more" smbcmp-stream-more]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-stream-mode smbcmp-mode "Stream"
  "Major mode for what client and server sent in a stream.

\\{smbcmp-stream-mode-map}"
  (setq header-line-format '(:eval (smbcmp-stream--header))
        smbcmp-stream--limit smbcmp-stream-limit)
  (setq-local revert-buffer-function
              (lambda (&rest _) (smbcmp-with-user-errors (smbcmp-stream--gather))))
  (smbcmp-mode-show-row))

(defun smbcmp-stream-show (list protocol stream)
  "Show what was sent in STREAM, a number, of PROTOCOL in the capture of LIST.
LIST is a packet list."
  (let ((buffer (with-current-buffer list
                  (save-window-excursion
                    (smbcmp-views-show (format "%s stream %d" protocol stream)
                                       #'smbcmp-stream-mode
                                       (lambda ()
                                         (setq smbcmp-stream--of (list protocol stream))
                                         (smbcmp-stream--gather)))
                    (current-buffer)))))
    (pop-to-buffer buffer '((display-buffer-reuse-window display-buffer-use-some-window)))))

;;;###autoload
(defun smbcmp-follow-stream ()
  "Show what was sent in the connection of the frame at point."
  (interactive)
  (apply #'smbcmp-stream-show (smbcmp-list-about-stream)))

(provide 'smbcmp-stream)
;;; smbcmp-stream.el ends here
