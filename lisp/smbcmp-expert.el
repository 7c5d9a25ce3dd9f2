;;; smbcmp-expert.el --- Expert information of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What Wireshark found remarkable, the gravest first, a line a summary and
;; the frames below it.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-latency)
(require 'smbcmp-mode)
(require 'smbcmp-tap)
(require 'smbcmp-tree)
(require 'smbcmp-views)

(defvar-local smbcmp-expert--nodes nil
  "What is shown, as `smbcmp-expert--nodes' has made it.")

;;;; What is shown

(defconst smbcmp-expert--severities
  '(("Error" "Errors" error) ("Warning" "Warnings" smbcmp-mode-warning) ("Note" "Notes" nil)
    ("Chat" "Chats" smbcmp-mode-dim) ("Comment" "Comments" nil))
  "Severities as Wireshark calls them, the gravest first: (ONE MANY FACE).")

(defun smbcmp-expert--summaries (side found)
  "Return nodes for FOUND, expert information of SIDE of one severity.
A node is (TEXT SIDE FRAMES . CHILDREN), CHILDREN being t where that is a
node for each of FRAMES; what comes most often is first."
  (let* ((all (lambda (info) (list (plist-get info :group) (plist-get info :protocol)
                                   (plist-get info :summary))))
         (groups (smbcmp-latency-group found all)))
    (mapcar (pcase-lambda (`((,group ,protocol ,summary) . ,infos))
              (let ((frames (mapcar (lambda (info) (plist-get info :frame)) infos)))
                `(,(format "%7d  %-12s %-8s %s" (length frames) group protocol summary)
                  ,side ,frames . t)))
            (cl-sort groups #'> :key #'length))))

(defun smbcmp-expert--children (node)
  "Return what is below NODE, of `smbcmp-expert--summaries'."
  (pcase node
    (`(,_ ,side ,frames . t)
     (mapcar (lambda (frame) (list (format "frame %d" frame) side (list frame)))
             (delete-dups (copy-sequence frames))))
    (`(,_ ,_ ,_ . ,below) below)))

(defun smbcmp-expert--nodes (all)
  "Return nodes for ALL, lists of the expert information of each capture.
They are as `smbcmp-expert--summaries' has them."
  (cl-loop for found in all for side from 0
           for name in (if (cdr all) '("A: " "B: ") '(""))
           append (cl-loop for (one many face) in smbcmp-expert--severities
                           for infos = (cl-remove one found :test-not #'equal
                                                  :key (lambda (i) (plist-get i :severity)))
                           when infos
                           collect `(,(propertize (format "%s%s (%d)" name many (length infos))
                                                  'face face)
                                     ,side ,(mapcar (lambda (i) (plist-get i :frame)) infos)
                                     ,@(smbcmp-expert--summaries side infos)))))

(defun smbcmp-expert--render ()
  "Show the expert information, with point where it was."
  (let ((path (smbcmp-tree-path)) (inhibit-read-only t))
    (erase-buffer)
    (if smbcmp-expert--nodes (smbcmp-tree-insert smbcmp-expert--nodes)
      (insert "No expert information.\n"))
    (set-buffer-modified-p nil)
    (smbcmp-tree-go-to path)))

(defun smbcmp-expert--gather (&rest _)
  "Ask for the expert information and show it."
  (smbcmp-views-do
   "Taking expert information"
   (smbcmp-views-asking
    (smbcmp-views-captures) "expert" nil
    (lambda (parts)
      (setq smbcmp-expert--nodes
            (smbcmp-expert--nodes
             (cl-loop for (value) in parts collect (smbcmp-tap-expert-of value))))))
   (lambda () (ignore (smbcmp-expert--render)))))

;;;; Commands

(defun smbcmp-expert--here ()
  "Return (LIST . FRAMES) of the line at point, LIST being the packet list."
  (pcase (smbcmp-tree-node)
    ('nil (user-error "No expert information here"))
    (`(,_ ,side ,frames . ,_) (cons (nth side smbcmp-views-lists) frames))))

(defun smbcmp-expert-open ()
  "Show the frame of this line, the first of several, in the packet list."
  (interactive)
  (pcase-let ((`(,list . ,frames) (smbcmp-expert--here)))
    (smbcmp-views-goto-frame list (car frames))))

(defun smbcmp-expert-filter ()
  "Show only the frames of this line in the packet list."
  (interactive)
  (pcase-let ((`(,list . ,frames) (smbcmp-expert--here)))
    (smbcmp-views-filter-frames list frames)))

;;;; Mode

(defvar smbcmp-expert-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-tree-next)
    (define-key map "p" #'smbcmp-tree-previous)
    (define-key map (kbd "RET") #'smbcmp-expert-open)
    (define-key map "f" #'smbcmp-expert-filter)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map "^" #'smbcmp-tree-up)
    map)
  "Keymap of `smbcmp-expert-mode'.")

(easy-menu-define smbcmp-expert-menu smbcmp-expert-mode-map
  "Menu of `smbcmp-expert-mode'."
  '("Expert"
    ["Go to the frame" smbcmp-expert-open]
    ["Only these in the packet list" smbcmp-expert-filter]
    ["Next line" smbcmp-tree-next]
    ["Previous line" smbcmp-tree-previous]
    ["Fold or unfold" smbcmp-tree-toggle]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-expert-mode smbcmp-mode "Expert"
  "Major mode for the expert information of one capture, or of two.

A line a summary, with how often it comes, the gravest severity first.
\\<smbcmp-expert-mode-map>\\[smbcmp-tree-toggle] shows its frames, \\[smbcmp-expert-filter] leaves only them in the packet list.

\\{smbcmp-expert-mode-map}"
  (setq smbcmp-tree (smbcmp-tree-make
                     :children #'smbcmp-expert--children
                     :unfolded (lambda (_node path) (null (cdr path)))
                     ;; Not how many they are: that may change.
                     :key (lambda (node _above)
                            (replace-regexp-in-string "\\` *[0-9]+  \\| ([0-9]+)\\'" ""
                                                      (substring-no-properties (car node))))
                     :line #'smbcmp-tree-insert-text
                     :render #'smbcmp-expert--render))
  (setq-local revert-buffer-function
              (lambda (&rest _) (smbcmp-with-user-errors (smbcmp-expert--gather))))
  (smbcmp-mode-show-row))

;;;###autoload
(defun smbcmp-expert ()
  "Show the expert information of this capture, or of both compared, by severity."
  (interactive)
  (smbcmp-views-show "expert" #'smbcmp-expert-mode #'smbcmp-expert--gather))

(provide 'smbcmp-expert)
;;; smbcmp-expert.el ends here
