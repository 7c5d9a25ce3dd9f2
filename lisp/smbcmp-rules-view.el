;;; smbcmp-rules-view.el --- The rules in effect  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A table of the rules on which differences matter, the shipped ones and
;; the user's: to see them, switch them off, and edit one's own.  What is
;; compared is compared again.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'tabulated-list)
(require 'smbcmp-mode)
(require 'smbcmp-rules)

(defconst smbcmp-rules-view--columns
  [("on" 3 t) ("whose" 8 t) ("kind" 12 t) ("rule" 26 t) ("what" 0 nil)]
  "Columns of the table.")

(defun smbcmp-rules-view--what (rule)
  "Return what RULE is about, without its kind and its name."
  (mapconcat #'identity
             (cl-loop for (key value) on rule by #'cddr
                      unless (memq key '(:kind :name))
                      collect (format "%s %s" (substring (symbol-name key) 1) value))
             "  "))

(defun smbcmp-rules-view--entry (rule whose)
  "Return the entry of RULE, which is WHOSE, \"shipped\" or \"yours\"."
  (let ((off (member rule smbcmp-rules-off)))
    (list rule
          (cl-map 'vector (lambda (text) (if off (propertize text 'face 'smbcmp-mode-dim) text))
                  (list (if off "off" "on") whose (symbol-name (plist-get rule :kind))
                        (smbcmp-rules-name rule) (smbcmp-rules-view--what rule))))))

(defun smbcmp-rules-view--print (&rest _)
  "Show the rules, with point on the one where it was."
  (setq tabulated-list-entries
        (append (mapcar (lambda (rule) (smbcmp-rules-view--entry rule "yours"))
                        smbcmp-user-rules)
                (mapcar (lambda (rule) (smbcmp-rules-view--entry rule "shipped"))
                        (smbcmp-rules-shipped))))
  (tabulated-list-init-header)
  (tabulated-list-print t))

(defun smbcmp-rules-view--here ()
  "Return the rule at point."
  (or (tabulated-list-get-id) (user-error "No rule here")))

(defun smbcmp-rules-view--own ()
  "Return the rule at point, which has to be the user's."
  (let ((rule (smbcmp-rules-view--here)))
    (unless (memq rule smbcmp-user-rules)
      (user-error "Shipped rules can be switched off, not changed"))
    rule))

(defun smbcmp-rules-view--changed ()
  "Show the rules as they are now; compare again what is compared."
  (smbcmp-rules-view--print)
  (run-hooks 'smbcmp-rules-changed-hook))

;;;; Commands

(defun smbcmp-rules-view-toggle (family)
  "Switch the rule at point off, or on again.
With a prefix argument, FAMILY: all rules of its name."
  (interactive "P")
  (let* ((here (smbcmp-rules-view--here))
         (off (member here smbcmp-rules-off))
         (rules (if family
                    (cl-remove (smbcmp-rules-name here)
                               (append (smbcmp-rules-shipped) smbcmp-user-rules)
                               :key #'smbcmp-rules-name :test-not #'equal)
                  (list here))))
    (setq smbcmp-rules-off (cl-set-difference smbcmp-rules-off rules :test #'equal))
    (unless off (setq smbcmp-rules-off (append rules smbcmp-rules-off)))
    (smbcmp-rules-view--changed)
    (message "%s is %s" (smbcmp-rules-name here) (if off "on" "off"))))

(defun smbcmp-rules-view--read (prompt rule)
  "Ask with PROMPT for a rule, RULE to begin with; check it."
  (let ((new (read-from-minibuffer prompt (format "%S" rule) read-expression-map t
                                   'read-expression-history)))
    (unless (and (listp new) (cl-evenp (length new)))
      (user-error "A rule is a property list; see `smbcmp-user-rules'"))
    (smbcmp-with-user-errors (smbcmp-rules-for-module (list new)))
    new))

(defun smbcmp-rules-view-edit ()
  "Edit the rule at point, which is one of yours."
  (interactive)
  (let* ((old (smbcmp-rules-view--own))
         (new (smbcmp-rules-view--read "Rule: " old)))
    (setq smbcmp-user-rules (cl-substitute new old smbcmp-user-rules :test #'eq))
    (smbcmp-rules-view--changed)))

(defun smbcmp-rules-view-add ()
  "Add a rule of yours; it comes after all others, so it decides.
A shipped one at point is what it begins with."
  (interactive)
  (let ((new (smbcmp-rules-view--read "New rule: " (or (tabulated-list-get-id)
                                                       '(:kind volatile :field "smb2.")))))
    (setq smbcmp-user-rules (append smbcmp-user-rules (list new)))
    (smbcmp-rules-view--changed)))

(defun smbcmp-rules-view-delete ()
  "Delete the rule at point, which is one of yours."
  (interactive)
  (setq smbcmp-user-rules (remq (smbcmp-rules-view--own) smbcmp-user-rules))
  (smbcmp-rules-view--changed))

;;;; Mode

(defvar smbcmp-rules-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap smbcmp-mode-map tabulated-list-mode-map))
    (define-key map "t" #'smbcmp-rules-view-toggle)
    (define-key map (kbd "RET") #'smbcmp-rules-view-edit)
    (define-key map "a" #'smbcmp-rules-view-add)
    (define-key map "d" #'smbcmp-rules-view-delete)
    (define-key map "A" #'smbcmp-rules-save)
    map)
  "Keymap of `smbcmp-rules-mode'.")

(easy-menu-define smbcmp-rules-menu smbcmp-rules-mode-map
  "Menu of `smbcmp-rules-mode'."
  '("Rules"
    ["Switch on or off" smbcmp-rules-view-toggle]
    ["Edit..." smbcmp-rules-view-edit]
    ["Add..." smbcmp-rules-view-add]
    ["Delete" smbcmp-rules-view-delete]
    ["Save rules" smbcmp-rules-save]
    ["Sort by this column" tabulated-list-sort]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-rules-mode tabulated-list-mode "Rules"
  "Major mode for the rules on which differences matter.

The last rule that matches a field decides, yours after those that come
with smbcmp.  A change holds at once: open comparisons are made again.

\\{smbcmp-rules-mode-map}"
  (setq tabulated-list-format smbcmp-rules-view--columns
        tabulated-list-padding 1
        truncate-lines t)
  (setq-local revert-buffer-function #'smbcmp-rules-view--print)
  (smbcmp-mode-show-row))

;;;###autoload
(defun smbcmp-list-rules (&optional name)
  "Show the rules on which differences matter; go to the first one called NAME."
  (interactive)
  (switch-to-buffer (get-buffer-create "*smbcmp rules*"))
  (unless (derived-mode-p 'smbcmp-rules-mode) (smbcmp-rules-mode))
  (smbcmp-rules-view--print)
  (goto-char (point-min))
  (while (and name (not (eobp))
              (not (equal name (smbcmp-rules-name (tabulated-list-get-id)))))
    (forward-line 1))
  (when (eobp) (goto-char (point-min))))

(provide 'smbcmp-rules-view)
;;; smbcmp-rules-view.el ends here
