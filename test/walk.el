;;; walk.el --- Look at all that keys and menus are bound to  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; For an Emacs that has loaded nothing but an installed package's
;; autoloads.  Every key and menu entry of the package's buffers, of what
;; they show and of their hooks is to lead to a function, at once or by an
;; autoload that keeps its promise.

;;; Code:

(require 'cl-lib)

(defvar walk-commands nil
  "What was found: an alist of symbols and the buffer or map they were found in.")

(defvar walk-problems nil
  "What is wrong, a list of strings.")

(defun walk-note (symbol where)
  "Take notice that SYMBOL, found WHERE, is to be a function."
  (unless (or (null symbol) (eq symbol t) (assq symbol walk-commands))
    (push (cons symbol where) walk-commands)
    (unless (fboundp symbol)
      (push (format "%s: %s is void" where symbol) walk-problems))))

(defun walk-condition (form where)
  "Evaluate FORM, of a menu's item WHERE: it may be false, but not void."
  (condition-case err
      (eval form t)
    ((void-function void-variable)
     (push (format "%s: %S: %S" where form err) walk-problems))
    (error nil)))

(defun walk-binding (binding where)
  "Look at BINDING, of a keymap, found WHERE."
  (pcase binding
    ((pred keymapp) (walk-keymap binding where))
    ((and (pred symbolp) symbol) (walk-note symbol where))
    (`(menu-item ,_ . ,(and rest (guard (consp rest))))
     (walk-binding (car rest) where)
     (cl-loop for (key value) on (cdr rest) by #'cddr
              when (memq key '(:enable :visible :active :included))
              do (walk-condition value where)
              when (eq key :button) do (walk-condition (cdr value) where)))
    (`(,(pred stringp) . ,rest) (walk-binding rest where))))

(defun walk-keymap (map where)
  "Look at all bindings of MAP, found WHERE, and of its parents and menus."
  (map-keymap (lambda (event binding)
                ;; That is a condition, not a command.
                (unless (eq event 'follow-link) (walk-binding binding where)))
              map))

(defun walk-text (where)
  "Look at the keymaps of the text of this buffer, shown WHERE."
  (dolist (property '(keymap local-map))
    (let ((position (point-min)))
      (while (< position (point-max))
        (let ((map (get-char-property position property)))
          (when (keymapp map) (walk-keymap map where)))
        (setq position (next-single-char-property-change position property))))))

(defun walk-buffer (buffer)
  "Look at all that keys, menus and hooks do in BUFFER."
  (with-current-buffer buffer
    (let ((where (format "%s" major-mode)))
      (dolist (map (remq (current-global-map) (current-active-maps)))
        (walk-keymap map where))
      (walk-text where)
      ;; What Emacs calls for the mode, whatever the variable.
      (pcase-dolist (`(,variable . ,value) (buffer-local-variables))
        (when (string-match-p "-\\(?:function\\|functions\\|hook\\)\\'"
                              (symbol-name variable))
          (dolist (function (if (and (consp value) (not (functionp value))) value (list value)))
            (when (and function (symbolp function)) (walk-note function where))))))))

(defun walk-buffers ()
  "Look at all buffers of the package; return how many there are."
  (cl-loop for buffer in (buffer-list)
           when (string-match-p "\\`\\(?:smb\\|ob-smb\\)"
                                (symbol-name (buffer-local-value 'major-mode buffer)))
           count (progn (walk-buffer buffer) t)))

(defun walk-maps (file)
  "Load FILE, of the package, and look at the keymaps it defines."
  (require file)
  (dolist (definition (cdr (assoc (locate-library (symbol-name file)) load-history)))
    (when (and (symbolp definition) (boundp definition) (keymapp (symbol-value definition)))
      (walk-keymap (symbol-value definition) (symbol-name definition)))))

(defun walk-end ()
  "Load what is autoloaded of all that was found; return the problems."
  (pcase-dolist (`(,symbol . ,where) walk-commands)
    (when (and (fboundp symbol) (autoloadp (symbol-function symbol)))
      (condition-case err
          (autoload-do-load (symbol-function symbol) symbol)
        (error (push (format "%s: %s: %S" where symbol err) walk-problems)))))
  (list (length walk-commands) (nreverse walk-problems)))

(provide 'walk)
;;; walk.el ends here
