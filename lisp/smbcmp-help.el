;;; smbcmp-help.el --- What the keys of a buffer do  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Help on the keys of smbcmp's buffers, made of their menus and keymaps: as a
;; transient menu, which leaves windows, point and region alone, or in a
;; help buffer where Emacs has no transient.el.

;;; Code:

(require 'cl-lib)
(require 'help-mode)
(require 'seq)
(require 'subr-x)

(declare-function transient-setup "ext:transient"
                  (&optional name layout edit &rest params))

;;;; In a help buffer

(defun smbcmp-help (&optional stay)
  "Show what this buffer is for and what its keys do.
With STAY, do not select the window that shows it."
  (interactive)
  (let* ((buffer (current-buffer))
         (mode major-mode)
         (about (car (split-string (documentation mode) "\n\n")))
         (lines (mapcar #'smbcmp-help--line (smbcmp-help--items)))
         (help-window-select (not stay)))
    (with-help-window (help-buffer)
      (with-current-buffer standard-output
        (insert about "\n\n")
        (smbcmp-help--insert-columns lines)
        (insert (with-current-buffer buffer
                  (substitute-command-keys
                   "\nAll keys, those of every such buffer too: \\[describe-mode].\n")))))
    (let ((window (get-buffer-window (help-buffer))))
      (when (and window (not (window-full-height-p window)))
        (fit-window-to-buffer window (- (frame-height) 6))))))

;;;; The keys, as the menu has them

(defun smbcmp-help--map ()
  "Return the keymap of this buffer's major mode."
  (symbol-value (intern (format "%s-map" major-mode))))

(defun smbcmp-help--items ()
  "Return what there is to tell of this buffer's keys: (LABEL COMMAND KEY).
They are those of the menu, if there is one, and of commands that are not
in it.  COMMAND and KEY, a vector, may be nil; without a label, too, it
is an empty line."
  (let* ((map (smbcmp-help--map))
         (menu (lookup-key map [menu-bar]))
         (menus (and (keymapp menu) (smbcmp-help--menu-items menu)))
         (commands (append (delq nil (mapcar #'cdr menus)) '(smbcmp-help smbcmp-help-menu)))
         (others nil))
    (map-keymap-internal
     (lambda (event binding)
       (when (and (commandp binding) (symbolp binding) (not (memq binding commands))
                  (not (mouse-event-p (list event))))
         (push (cons (smbcmp-help--label binding) binding) others)))
     map)
    (mapcar (pcase-lambda (`(,label . ,command))
              (list label command (and command (or (get-text-property 0 'smbcmp-keys label)
                                                   (where-is-internal command map t)))))
            (append menus (nreverse others)))))

(defun smbcmp-help--label (command)
  "Return what COMMAND, which is in no menu, does, in a few words."
  (pcase command
    ('next-line "Next line")
    ('previous-line "Previous line")
    ('quit-window "Quit")
    (_ (replace-regexp-in-string "[,;.].*" "" (car (split-string (or (documentation command)
                                                                     (symbol-name command))
                                                                 "\n"))))))

(defun smbcmp-help--menu-items (menu)
  "Return the items of MENU, a keymap, as a list of (LABEL . COMMAND).
COMMAND is nil for the title of a submenu and, as LABEL, for a line
between items."
  (let (items)
    (map-keymap
     (lambda (_event binding)
       (pcase binding
         (`(menu-item ,(and label (pred stringp)) ,(and map (pred keymapp)) . ,_)
          (setq items (append items (unless (null items) (list (list nil) (list label)))
                              (smbcmp-help--menu-items map))))
         (`(menu-item ,(and label (pred stringp)) ,(and command (pred commandp)) . ,properties)
          (let ((keys (plist-get properties :keys)))
            (setq items (append items (list (cons (if keys (propertize label 'smbcmp-keys
                                                                       (kbd keys))
                                                    label)
                                                  command))))))
         (`(,(and label (pred stringp)) . ,(and map (pred keymapp)))
          (setq items (append items (unless (null items) (list (list nil) (list label)))
                              (smbcmp-help--menu-items map))))
         (_ (setq items (append items (list (list nil)))))))
     menu)
    items))

(defun smbcmp-help--line (item)
  "Return the line that tells of ITEM, of `smbcmp-help--items', or nil."
  (pcase item
    (`(nil . ,_) nil)
    (`(,label nil . ,_) (propertize label 'face 'bold))
    (`(,label ,command ,key)
     (concat (format "%-9s " (propertize (if key (key-description key) "M-x")
                                         'face 'help-key-binding))
             (make-text-button (copy-sequence label) nil
                               'type 'help-function 'help-args (list command))))))

(defun smbcmp-help--insert-columns (lines)
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

;;;; As a transient menu

(defun smbcmp-help--own-key-p (key)
  "Return non-nil if KEY, a vector or nil, can be one of a transient menu.
The help key and those of Meta keep their meaning there."
  (and key (not (memq (aref key 0) '(?\C-h ?\C-g ?\e)))))

(defun smbcmp-help--suffixes ()
  "Return what goes into the transient menu: titles and (KEY LABEL COMMAND)."
  (append (cl-loop for (label command key) in (smbcmp-help--items)
                   if (and label (not command)) collect label
                   else if (and command (symbolp command) (smbcmp-help--own-key-p key))
                   collect (list (key-description key) label command))
          '(("?" "All keys" smbcmp-help))))

(defun smbcmp-help--width (suffix)
  "Return how many columns SUFFIX, of `smbcmp-help--suffixes', takes."
  (if (stringp suffix) (string-width suffix)
    (+ 2 (string-width (nth 0 suffix)) (string-width (nth 1 suffix)))))

(defun smbcmp-help--columns (suffixes)
  "Return SUFFIXES in as many columns as the frame has room for, lists."
  (let* ((width (+ 3 (apply #'max (mapcar #'smbcmp-help--width suffixes))))
         (count (max 1 (/ (frame-width) width))))
    (seq-partition suffixes (ceiling (length suffixes) count))))

(defun smbcmp-help-menu ()
  "Show what this buffer's keys do; the next key does it.
Windows, point and region stay as they are.  Where Emacs has no
transient.el, or the frame is too low for the menu, it is
`smbcmp-help'."
  (interactive)
  (let ((columns (smbcmp-help--columns (smbcmp-help--suffixes)))
        (name (intern (format "smbcmp-help-menu-%s" major-mode))))
    ;; A quit in the middle of loading would leave it in pieces for good.
    (if (not (and (let ((inhibit-quit t)) (require 'transient nil t))
                  (< (length (car columns)) (- (frame-height) 6))))
        (smbcmp-help t)
      (eval `(transient-define-prefix ,name ()
               ,(format "What the keys of `%s' do." major-mode)
               [,@(mapcar (lambda (column) (vconcat column)) columns)])
            t)
      (transient-setup name))))

(provide 'smbcmp-help)
;;; smbcmp-help.el ends here
