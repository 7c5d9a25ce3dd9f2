;;; smbcmp-conversations.el --- The conversations of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Who spoke with whom over TCP and UDP, and how much; the way to the
;; frames of one, and to its data.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'tabulated-list)
(require 'smbcmp-mode)
(require 'smbcmp-tap)
(require 'smbcmp-views)

(autoload 'smbcmp-stream-show "smbcmp-stream")

(defun smbcmp-conversations--compare (key)
  "Return a function that compares two entries by KEY, of their conversations."
  (lambda (a b) (< (plist-get (cdar a) key) (plist-get (cdar b) key))))

(defconst smbcmp-conversations--columns
  `[("protocol" 8 t)
    ("A" 22 t)
    ("B" 22 t)
    ("frames" 8 ,(smbcmp-conversations--compare :frames) :right-align t)
    ("bytes" 11 ,(smbcmp-conversations--compare :bytes) :right-align t)
    ("A→B" 8 ,(smbcmp-conversations--compare :frames-ab) :right-align t)
    ("bytes A→B" 11 ,(smbcmp-conversations--compare :bytes-ab) :right-align t)
    ("B→A" 8 ,(smbcmp-conversations--compare :frames-ba) :right-align t)
    ("bytes B→A" 11 ,(smbcmp-conversations--compare :bytes-ba) :right-align t)
    ("start s" 11 ,(smbcmp-conversations--compare :start) :right-align t)
    ("duration s" 11 ,(smbcmp-conversations--compare :duration) :right-align t)]
  "Columns of the table.")

(defun smbcmp-conversations--end (address port)
  "Return ADDRESS and PORT as a line has them."
  (format (if (string-match-p ":" address) "[%s]:%d" "%s:%d") address port))

(defun smbcmp-conversations--entry (side protocol conversation)
  "Return the entry of CONVERSATION of PROTOCOL of the capture number SIDE."
  (let ((conversation
         `(:protocol ,protocol
           :frames ,(+ (plist-get conversation :frames-ab) (plist-get conversation :frames-ba))
           :bytes ,(+ (plist-get conversation :bytes-ab) (plist-get conversation :bytes-ba))
           ,@conversation)))
    (cl-flet ((get (key) (plist-get conversation key)))
      (list (cons side conversation)
            (vector (concat (and (cdr smbcmp-views-lists) (if (zerop side) "A: " "B: "))
                            protocol)
                    (smbcmp-conversations--end (get :address-a) (get :port-a))
                    (smbcmp-conversations--end (get :address-b) (get :port-b))
                    (number-to-string (get :frames)) (number-to-string (get :bytes))
                    (number-to-string (get :frames-ab)) (number-to-string (get :bytes-ab))
                    (number-to-string (get :frames-ba)) (number-to-string (get :bytes-ba))
                    (format "%.6f" (get :start)) (format "%.6f" (get :duration)))))))

(defun smbcmp-conversations--gather (&rest _)
  "Ask for the conversations and show them."
  (let (entries)
    (cl-flet ((asking (protocol)
                (smbcmp-views-asking
                 (smbcmp-views-captures) "conversations" (list :protocol protocol)
                 (lambda (parts)
                   (cl-loop
                    for (value) in parts for side from 0
                    do (dolist (conversation (smbcmp-tap-conversations-of value))
                         (push (smbcmp-conversations--entry side protocol conversation)
                               entries)))))))
      (smbcmp-views-do "Counting conversations"
                       (asking "tcp") (asking "udp")
                       (lambda ()
                         (setq tabulated-list-entries (nreverse entries))
                         (tabulated-list-init-header)
                         (ignore (tabulated-list-print t)))))))

;;;; Commands

(defun smbcmp-conversations--here ()
  "Return (LIST . CONVERSATION) of the line at point, LIST being the packet list."
  (pcase (tabulated-list-get-id)
    ('nil (user-error "No conversation here"))
    (`(,side . ,conversation) (cons (nth side smbcmp-views-lists) conversation))))

(defun smbcmp-conversations-filter ()
  "Show only the frames of this conversation in the packet list."
  (interactive)
  (pcase-let ((`(,list . ,conversation) (smbcmp-conversations--here)))
    (unless (buffer-live-p list) (user-error "The packet list of this capture was killed"))
    (pop-to-buffer list '((display-buffer-reuse-window display-buffer-use-some-window)))
    (smbcmp-list-filter (format "%s.stream == %d" (plist-get conversation :protocol)
                                (plist-get conversation :stream)))))

(defun smbcmp-conversations-follow ()
  "Show what was sent in this conversation."
  (interactive)
  (pcase-let ((`(,list . ,conversation) (smbcmp-conversations--here)))
    (smbcmp-stream-show list (plist-get conversation :protocol)
                        (plist-get conversation :stream))))

;;;; Mode

(defvar smbcmp-conversations-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap smbcmp-mode-map tabulated-list-mode-map))
    (define-key map (kbd "RET") #'smbcmp-conversations-filter)
    (define-key map "F" #'smbcmp-conversations-follow)
    map)
  "Keymap of `smbcmp-conversations-mode'.")

(easy-menu-define smbcmp-conversations-menu smbcmp-conversations-mode-map
  "Menu of `smbcmp-conversations-mode'."
  '("Conversations"
    ["Only these in the packet list" smbcmp-conversations-filter]
    ["Follow stream" smbcmp-conversations-follow]
    ["Sort by this column" tabulated-list-sort]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-conversations-mode tabulated-list-mode "Conversations"
  "Major mode for the conversations of one capture, or of two.

A is who sent first.  \\<smbcmp-conversations-mode-map>\\[smbcmp-conversations-filter] leaves only the frames of one in the
packet list, \\[smbcmp-conversations-follow] shows its data.

\\{smbcmp-conversations-mode-map}"
  (setq tabulated-list-format smbcmp-conversations--columns
        tabulated-list-sort-key '("bytes" . t)
        truncate-lines t)
  (setq-local revert-buffer-function
              (lambda (&rest _) (smbcmp-with-user-errors (smbcmp-conversations--gather))))
  (smbcmp-mode-show-row))

;;;###autoload
(defun smbcmp-conversations ()
  "Show the conversations of this capture, or of both that are compared."
  (interactive)
  (smbcmp-views-show "conversations" #'smbcmp-conversations-mode
                     #'smbcmp-conversations--gather))

(provide 'smbcmp-conversations)
;;; smbcmp-conversations.el ends here
