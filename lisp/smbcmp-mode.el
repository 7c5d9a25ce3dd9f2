;;; smbcmp-mode.el --- What smbcmp's buffers have in common  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The mode that all of smbcmp's buffers derive from, and the help on their
;; keys, which is made of their menus.

;;; Code:

(require 'cl-lib)
(require 'eldoc)
(require 'help-mode)
(require 'seq)

(defun smbcmp-help ()
  "Show what this buffer is for and what its keys do."
  (interactive)
  (let* ((buffer (current-buffer))
         (mode major-mode)
         (about (car (split-string (documentation mode) "\n\n")))
         (lines (smbcmp-mode--help-lines))
         (help-window-select t))
    (with-help-window (help-buffer)
      (with-current-buffer standard-output
        (insert about "\n\n")
        (smbcmp-mode--insert-columns lines)
        (insert (with-current-buffer buffer
                  (substitute-command-keys
                   "\nAll keys, those of every such buffer too: \\[describe-mode].\n")))))
    (let ((window (get-buffer-window (help-buffer))))
      (when (and window (not (window-full-height-p window)))
        (fit-window-to-buffer window (- (frame-height) 6))))))

;;;; The keys, as the menu has them

(defun smbcmp-mode--help-lines ()
  "Return what keys of this buffer do, a list of lines.
They are those of the menu, if there is one, and of commands that are not in it."
  (let* ((map (symbol-value (intern (format "%s-map" major-mode))))
         (menu (lookup-key map [menu-bar]))
         (menus (and (keymapp menu) (smbcmp-mode--menu-items menu)))
         (commands (delq nil (mapcar #'cdr menus)))
         (lines nil))
    (pcase-dolist (`(,label . ,command) menus)
      (push (cond ((not command) (and label (propertize label 'face 'bold)))
                  (t (smbcmp-mode--help-line label command map)))
            lines))
    (map-keymap-internal
     (lambda (event binding)
       (when (and (commandp binding) (symbolp binding) (not (memq binding commands))
                  (not (mouse-event-p (list event))))
         (push (smbcmp-mode--help-line
                (replace-regexp-in-string "\\.\\'" ""
                                          (car (split-string (or (documentation binding)
                                                              (symbol-name binding))
                                                          "\n")))
                binding map)
               lines)))
     map)
    (nreverse lines)))

(defun smbcmp-mode--menu-items (menu)
  "Return the items of MENU, a keymap, as a list of (LABEL . COMMAND).
COMMAND is nil for the title of a submenu and, as LABEL, for a line
between items."
  (let (items)
    (map-keymap
     (lambda (_event binding)
       (pcase binding
         (`(menu-item ,(and label (pred stringp)) ,(and map (pred keymapp)) . ,_)
          (setq items (append items (unless (null items) (list (list nil) (list label)))
                              (smbcmp-mode--menu-items map))))
         (`(menu-item ,(and label (pred stringp)) ,(and command (pred commandp)) . ,_)
          (setq items (append items (list (cons label command)))))
         (`(,(and label (pred stringp)) . ,(and map (pred keymapp)))
          (setq items (append items (unless (null items) (list (list nil) (list label)))
                              (smbcmp-mode--menu-items map))))
         (_ (setq items (append items (list (list nil)))))))
     menu)
    items))

(defun smbcmp-mode--help-line (label command map)
  "Return the line that tells that COMMAND, called LABEL, is on a key of MAP."
  (let ((key (where-is-internal command map t)))
    (concat (format "%-9s " (propertize (if key (key-description key) "M-x")
                                        'face 'help-key-binding))
            (make-text-button (copy-sequence label) nil
                              'type 'help-function 'help-args (list command)))))

(defun smbcmp-mode--insert-columns (lines)
  "Insert LINES in two columns.  A line that is nil is an empty one."
  (let* ((half (/ (1+ (length lines)) 2))
         (width 40))
    (cl-loop for left in (seq-take lines half)
             for rest = (nthcdr half lines) then (cdr rest)
             do (insert (or left ""))
             when (car rest)
             do (insert (make-string (max 1 (- width (string-width (or left "")))) ?\s)
                        (car rest))
             do (insert "\n"))))

(autoload 'smbcmp-latency "smbcmp-latency-view" nil t)
(autoload 'smbcmp-files "smbcmp-files" nil t)
(autoload 'smbcmp-sequence "smbcmp-sequence" nil t)
(autoload 'smbcmp-holder "smbcmp-holders" nil t)
(autoload 'smbcmp-latency-chart "smbcmp-latency-chart" nil t)
(autoload 'smbcmp-expert "smbcmp-expert" nil t)
(autoload 'smbcmp-conversations "smbcmp-conversations" nil t)
(autoload 'smbcmp-follow-stream "smbcmp-stream" nil t)

(defvar smbcmp-views-map
  (let ((map (make-sparse-keymap)))
    (define-key map "t" #'smbcmp-latency)
    (define-key map "f" #'smbcmp-files)
    (define-key map "s" #'smbcmp-sequence)
    (define-key map "h" #'smbcmp-holder)
    (define-key map "c" #'smbcmp-latency-chart)
    (define-key map "e" #'smbcmp-expert)
    (define-key map "n" #'smbcmp-conversations)
    (define-key map "d" #'smbcmp-follow-stream)
    map)
  "Keys for other ways to look at the captures of a buffer.")

(defvar smbcmp-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "v" smbcmp-views-map)
    (define-key map "?" #'smbcmp-help)
    (define-key map "h" #'smbcmp-help)
    map)
  "Keymap of `smbcmp-mode'.")

(define-derived-mode smbcmp-mode special-mode "smbcmp"
  "Parent of the major modes of smbcmp's buffers."
  (setq truncate-lines t)
  (buffer-disable-undo))

;;;; Drawing

(defun smbcmp-mode-colour (face &optional background)
  "Return the colour of FACE, or of its BACKGROUND, as SVG has it."
  (apply #'format "#%02x%02x%02x"
         (mapcar (lambda (value) (/ value 256))
                 (color-values (if background (face-background face nil 'default)
                                 (face-foreground face nil 'default))))))

;;;; Eldoc

(defun smbcmp-mode-eldoc (function &rest commands)
  "Have FUNCTION tell eldoc of what is at point in this buffer.
It is asked after each of COMMANDS, symbols, too."
  (apply #'eldoc-add-command commands)
  (if (boundp 'eldoc-documentation-functions)
      (add-hook 'eldoc-documentation-functions function nil t)
    (setq-local eldoc-documentation-function function)))

(provide 'smbcmp-mode)
;;; smbcmp-mode.el ends here
