;;; smbcmp-many-view.el --- Show where many captures diverge  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The buffer of `smbcmp-diff-many': what is in all captures that differ,
;; then a group for each place where some first diverge.  It grows while
;; comparisons go on in the background; RET shows one.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-view)
(require 'smbcmp-many)
(require 'smbcmp-mode)
(require 'smbcmp-tree)

(declare-function dired-get-marked-files "dired")

;;;; State

(defvar-local smbcmp-many-view--good nil
  "The good captures, of which others are compared with the first.")

(defvar-local smbcmp-many-view--files nil
  "The captures that are compared with a good one.")

(defvar-local smbcmp-many-view--options nil
  "Options of \"smbcmp diff\" that were asked for.")

(defvar-local smbcmp-many-view--results nil
  "What came of comparisons so far.")

(defvar-local smbcmp-many-view--many nil
  "The comparisons that go on, or nil.")

;;;; Comparing

(defun smbcmp-many-view-start (&rest _)
  "Compare all captures of this buffer, in the background."
  (smbcmp-many-view--stop)
  (let ((buffer (current-buffer)))
    (setq smbcmp-many-view--results nil
          smbcmp-many-view--many
          (smbcmp-many-start
           (car smbcmp-many-view--good)
           (append (cdr smbcmp-many-view--good) smbcmp-many-view--files)
           smbcmp-many-view--options (smbcmp-many-default-jobs)
           (lambda (line)
             (when (buffer-live-p buffer)
               (with-current-buffer buffer
                 (push (smbcmp-many-read line) smbcmp-many-view--results)
                 (smbcmp-many-view--render))))
           (lambda ()
             (when (buffer-live-p buffer)
               (with-current-buffer buffer
                 (setq smbcmp-many-view--many nil)
                 (smbcmp-many-view--render)))))))
  (smbcmp-many-view--render))

(defun smbcmp-many-view--stop ()
  "Stop comparing."
  (when smbcmp-many-view--many
    (smbcmp-many-stop (prog1 smbcmp-many-view--many (setq smbcmp-many-view--many nil)))))

(defun smbcmp-many-view-keyboard-quit ()
  "Stop comparing, or else do what `keyboard-quit' does."
  (interactive)
  (unless smbcmp-many-view--many (keyboard-quit))
  (smbcmp-many-view--stop)
  (smbcmp-many-view--render)
  (message "Stopped; type g to compare all of them again"))

;;;; Showing

(defun smbcmp-many-view--nodes (grouped)
  "Return the nodes of GROUPED, of `smbcmp-many-group': (TEXT FILE . CHILDREN)."
  (append
   (and (plist-get grouped :common)
        (list `("In all that differ, in no good one" nil
                ,@(mapcar (lambda (label) (list label nil)) (plist-get grouped :common)))))
   (mapcar (lambda (group)
             `(,(smbcmp-many-count grouped group) ,(cadr group)
               ,@(mapcar (lambda (file) (list (abbreviate-file-name file) file)) (cdr group))))
           (plist-get grouped :groups))
   (and (plist-get grouped :failed)
        (list `(,(format "%d can't be compared" (length (plist-get grouped :failed))) nil
                ,@(mapcar (pcase-lambda (`(,file . ,why))
                            (list (concat (abbreviate-file-name file) ": "
                                          (replace-regexp-in-string
                                           (concat "\\`" (regexp-quote file) ": ") "" why))
                                  file))
                          (plist-get grouped :failed)))))))

(defun smbcmp-many-view--render ()
  "Show what is known by now, with point where it was."
  (let ((path (smbcmp-tree-path))
        (inhibit-read-only t))
    (erase-buffer)
    (insert (propertize (format "Good: %s\n" (mapconcat #'abbreviate-file-name
                                                        smbcmp-many-view--good ", "))
                        'face 'smbcmp-compare-report-title)
            (propertize (format "%d of %d compared\n\n" (length smbcmp-many-view--results)
                                (+ (length (cdr smbcmp-many-view--good))
                                   (length smbcmp-many-view--files)))
                        'face 'smbcmp-compare-report-dim))
    (smbcmp-tree-insert (smbcmp-many-view--nodes
                         (smbcmp-many-group smbcmp-many-view--results
                                            (cdr smbcmp-many-view--good))))
    (set-buffer-modified-p nil)
    (smbcmp-tree-go-to path)
    (force-mode-line-update)))

(defun smbcmp-many-view-open ()
  "Compare the good capture with the one at point, or the first of its group."
  (interactive)
  (let ((file (nth 1 (smbcmp-tree-node))))
    (unless file (user-error "No capture here"))
    (smbcmp-diff (car smbcmp-many-view--good) file)))

;;;; Mode

(defvar smbcmp-many-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map [remap keyboard-quit] #'smbcmp-many-view-keyboard-quit)
    (define-key map "n" #'smbcmp-tree-next)
    (define-key map "p" #'smbcmp-tree-previous)
    (define-key map (kbd "RET") #'smbcmp-many-view-open)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map "^" #'smbcmp-tree-up)
    map)
  "Keymap of `smbcmp-many-mode'.")

(easy-menu-define smbcmp-many-menu smbcmp-many-mode-map
  "Menu of `smbcmp-many-mode'."
  '("Captures"
    ["Compare with good capture" smbcmp-many-view-open]
    ["Next line" smbcmp-tree-next]
    ["Previous line" smbcmp-tree-previous]
    ["Fold or unfold" smbcmp-tree-toggle]
    ["Compare all again" revert-buffer]))

(define-derived-mode smbcmp-many-mode smbcmp-mode "Comparisons"
  "Major mode for where many captures first diverge from a good one.

\\{smbcmp-many-mode-map}"
  (setq smbcmp-tree (smbcmp-tree-make
                     :children #'cddr
                     :key (lambda (node _above)
                            ;; How many they are changes as others come.
                            (replace-regexp-in-string "\\`[0-9]+ of [0-9]+: " "" (car node)))
                     :line #'smbcmp-tree-insert-text
                     :render #'smbcmp-many-view--render)
        mode-line-process '(:eval (and smbcmp-many-view--many " comparing")))
  (setq-local revert-buffer-function #'smbcmp-many-view-start)
  (add-hook 'kill-buffer-hook #'smbcmp-many-view--stop nil t)
  (smbcmp-mode-show-row))

(defun smbcmp-many-view--read ()
  "Ask for good captures and others; return (GOODS FILES KEYS)."
  (let* ((marked (and (derived-mode-p 'dired-mode)
                      (seq-filter #'file-regular-p (dired-get-marked-files))))
         (good (read-file-name "Good capture (wildcards for several): "))
         (goods (or (file-expand-wildcards good t) (list good)))
         (files (if (cdr marked) marked
                  (file-expand-wildcards
                   (read-file-name (format "Compare %s with (wildcards): "
                                           (file-name-nondirectory good)))
                   t))))
    (list (mapcar #'expand-file-name goods)
          (cl-set-difference (mapcar #'expand-file-name files)
                             (mapcar #'expand-file-name goods) :test #'equal)
          (and current-prefix-arg
               (expand-file-name (read-file-name "Keys (a log or a table): " nil nil t))))))

;;;###autoload
(defun smbcmp-diff-many (goods files &optional keys)
  "Compare a good capture with many: where does each first diverge?
GOODS are names of good captures, of which FILES are compared with the
first; what differs between good ones counts for nothing.  With a prefix
argument, ask for a file of KEYS.  In Dired the marked files are compared.

Each comparison is a process of its own, several at a time; they are
grouped by where they first diverge."
  (interactive (smbcmp-many-view--read))
  (unless files (user-error "No captures to compare"))
  (when-let* ((remote (cl-find-if #'file-remote-p (append goods files))))
    (user-error "%s is on another host; run the command smbcmp there" remote))
  (let ((buffer (generate-new-buffer (format "*smbcmp %s - %d captures*"
                                             (file-name-nondirectory (car goods))
                                             (length files)))))
    (with-current-buffer buffer
      (smbcmp-many-mode)
      (setq default-directory (file-name-directory (car files))
            smbcmp-many-view--good goods
            smbcmp-many-view--files files
            smbcmp-many-view--options (and keys (list "--keys" keys)))
      (smbcmp-many-view-start))
    (switch-to-buffer buffer)))

(provide 'smbcmp-many-view)
;;; smbcmp-many-view.el ends here
