;;; smbcmp-mode.el --- What smbcmp's buffers have in common  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The mode that all of smbcmp's buffers derive from; help on their keys is in
;; smbcmp-help.el.

;;; Code:

(require 'cl-lib)
(require 'eldoc)
(require 'hl-line)
(require 'smbcmp-steps)

(autoload 'smbcmp-help "smbcmp-help"
  "Show what this buffer is for and what its keys do." t)
(autoload 'smbcmp-help-menu "smbcmp-help"
  "Show what this buffer's keys do; the next key does it." t)
(autoload 'smbcmp-latency "smbcmp-latency-view"
  "Show where the time went: response times of this capture, or of both compared." t)
(autoload 'smbcmp-files "smbcmp-files"
  "Show the files and handles of this capture, or of both that are compared." t)
(autoload 'smbcmp-sequence "smbcmp-sequence"
  "Show the exchanges of this capture, or of both compared, as a diagram." t)
(autoload 'smbcmp-holder "smbcmp-holders"
  "Say who held the file that the frame at point could not have, and go there." t)
(autoload 'smbcmp-latency-chart "smbcmp-latency-chart"
  "Show how response times are spread, and how they were in the course of time." t)
(autoload 'smbcmp-expert "smbcmp-expert"
  "Show the expert information of this capture, or of both compared, by severity." t)
(autoload 'smbcmp-conversations "smbcmp-conversations"
  "Show the conversations of this capture, or of both that are compared." t)
(autoload 'smbcmp-follow-stream "smbcmp-stream"
  "Show what was sent in the connection of the frame at point." t)
(autoload 'smbcmp-list-rules "smbcmp-rules-view"
  "Show the rules on which differences matter; go to the first one called NAME." t)

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
    (define-key map "r" #'smbcmp-list-rules)
    map)
  "Keys for other ways to look at the captures of a buffer.")

(defvar smbcmp-mode--second-half
  (let ((map (make-sparse-keymap)))
    (define-key map [double-down-mouse-1] #'ignore)
    (define-key map [double-mouse-1] #'ignore)
    map)
  "Keymap after a click.
Where one click is enough, the second one of a double click is for what was
clicked, not for what is shown there by now.")

(defun smbcmp-mode-click (event)
  "Do at the line that was clicked, EVENT, what RET does there."
  (interactive "e")
  (mouse-set-point event)
  (call-interactively (key-binding (kbd "RET")))
  (unless (memq 'double (event-modifiers event))
    (set-transient-map smbcmp-mode--second-half t)))

(defvar smbcmp-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map [mouse-2] #'smbcmp-mode-click)
    (define-key map [double-mouse-1] #'smbcmp-mode-click)
    (define-key map "v" smbcmp-views-map)
    (define-key map "?" #'smbcmp-help-menu)
    (define-key map "h" #'smbcmp-help)
    map)
  "Keymap of `smbcmp-mode'.")

(defface smbcmp-mode-removed
  '((((class color) (min-colors 88)) :inherit diff-removed)
    (((class color) (background dark)) :foreground "magenta")
    (t :inherit diff-removed))
  "Face for what only the first of two has.
With eight colours, the red of `diff-removed' can't be read on black."
  :group 'smbcmp)

(defface smbcmp-mode-row
  ;; Some themes leave hl-line all but invisible; here the row is what keys are about.
  '((((class color) (min-colors 88) (background light))
     ;; `highlight' is what `diff-added' is there.
     :background "LightSteelBlue1" :extend t)
    (((class color) (min-colors 88)) :inherit highlight :extend t)
    ;; Bold makes black grey on many terminals of few colours.
    (t :inherit highlight :weight normal :extend t))
  "Face for the line at point in smbcmp's buffers."
  :group 'smbcmp)

(defface smbcmp-mode-warning
  '((((class color) (min-colors 16)) :inherit warning)
    ;; Where there are fewer, `warning' is yellow.
    (((class color) (background light)) :foreground "magenta" :weight bold)
    (t :inherit warning))
  "Face for what is to be noticed."
  :group 'smbcmp)

(defface smbcmp-mode-success
  '((((class color) (min-colors 16)) :inherit success)
    ;; Where there are fewer, `success' is green and bold: bright on many terminals.
    (((class color) (background light)) :foreground "blue")
    (t :inherit success))
  "Face for what went well."
  :group 'smbcmp)

(defface smbcmp-mode-dim
  '((((class color) (min-colors 16)) :inherit shadow)
    ;; Where there are fewer, `shadow' is as green as `diff-added', and pale.
    (((class color) (background light)) nil)
    (t :inherit shadow))
  "Face for what is said by the way, and for what is the same."
  :group 'smbcmp)

;; On white, the cyan and green of eight colours are pale.
(defface smbcmp-mode-first
  '((((class color) (min-colors 16)) :inherit font-lock-keyword-face)
    (((class color) (background light)) :foreground "blue")
    (t :inherit font-lock-keyword-face))
  "Face for the first of several that colours tell apart."
  :group 'smbcmp)
(defface smbcmp-mode-second
  '((((class color) (min-colors 16)) :inherit font-lock-string-face)
    (((class color) (background light)) :foreground "red")
    (t :inherit font-lock-string-face))
  "Face for the second of several that colours tell apart."
  :group 'smbcmp)

(defun smbcmp-mode--highlight (window)
  "Have the row at point in WINDOW be seen, for `pre-redisplay-functions'.
`hl-line-mode' looks after commands; rows may come, and point move, later."
  (when (and hl-line-mode
             (or (eq window (selected-window))
                 (not (eq (current-buffer) (window-buffer)))))
    (let ((point (window-point window)))
      (unless (and (overlayp hl-line-overlay)
                   (eq (current-buffer) (overlay-buffer hl-line-overlay))
                   (<= (overlay-start hl-line-overlay) point)
                   (< point (overlay-end hl-line-overlay)))
        (save-excursion
          (goto-char point)
          (hl-line-highlight))))))

(defun smbcmp-mode-show-row ()
  "Have the row at point be seen, and the mouse be told what RET does."
  ;; A table's mode is no `smbcmp-mode'.
  (smbcmp-mode--explain-lines)
  (unless (local-variable-p 'hl-line-face) (setq-local hl-line-face 'smbcmp-mode-row))
  (hl-line-mode 1)
  ;; The caches are for long lines; rows are short, and to go to one of 100,000
  ;; takes 70 ms with them where it takes 2 without.  Nor are rows paragraphs,
  ;; whose beginnings and directions would have to be found.
  (setq cache-long-scans nil
        bidi-paragraph-direction 'left-to-right)
  (add-hook 'pre-command-hook #'smbcmp-steps-note-command nil t)
  (add-hook 'pre-redisplay-functions #'smbcmp-mode--highlight nil t))

(defun smbcmp-mode-flash-row ()
  "Have the line at point be noticed, until the next command.
The colours that pulse.el chooses can't be read on 8-colour terminals."
  (pulse-momentary-highlight-one-line (point) 'smbcmp-mode-row))

(defun smbcmp-mode--hover (window _object position)
  "Return what RET and a double click do at POSITION in WINDOW.
For `help-echo'; what a text itself has to say comes first."
  (with-current-buffer (window-buffer window)
    (or (let ((own (get-text-property position 'help-echo)))
          ;; What a table says of a cell is what stands in it.
          (and (stringp own) (not (derived-mode-p 'tabulated-list-mode)) own))
        (let* ((command (key-binding (kbd "RET")))
               (doc (and (symbolp command) (documentation command))))
          (and doc (format "RET, double click: %s" (car (split-string doc "\n"))))))))

(defun smbcmp-mode--explain-lines ()
  "Have the mouse over a line of this buffer be told what RET does there."
  (remove-overlays (point-min) (point-max) 'smbcmp-hover t)
  (let ((overlay (make-overlay (point-min) (point-max) nil nil t)))
    (overlay-put overlay 'smbcmp-hover t)
    (overlay-put overlay 'help-echo #'smbcmp-mode--hover)))

(define-derived-mode smbcmp-mode special-mode "smbcmp"
  "Parent of the major modes of smbcmp's buffers."
  (smbcmp-mode--explain-lines)
  (setq truncate-lines t)
  (setq-local hl-line-face 'smbcmp-mode-row)
  (add-hook 'pre-command-hook #'smbcmp-steps-note-command nil t)
  (buffer-disable-undo))

;;;; Commands that M-x offers

(defconst smbcmp-mode--anywhere
  '(smbcmp-add-keys smbcmp-conversations smbcmp-expert smbcmp-files smbcmp-latency
    smbcmp-latency-chart smbcmp-list-rules smbcmp-rules-save smbcmp-save-keys smbcmp-sequence)
  "Commands in keymaps and menus of modes that are of use elsewhere, too.")

(defun smbcmp-mode--claim (map mode)
  "Note of the commands in MAP, a keymap, that they are of use in MODE."
  (map-keymap-internal
   (lambda (_event binding)
     (let ((binding (if (eq 'menu-item (car-safe binding)) (nth 2 binding) binding)))
       (cond ((keymapp binding)
              (unless (eq binding smbcmp-views-map) (smbcmp-mode--claim binding mode)))
             ((keymapp (cdr-safe binding)) (smbcmp-mode--claim (cdr binding) mode))
             ((and binding (symbolp binding)
                   (string-match-p "\\`smb\\(?:cmp\\|log\\)-" (symbol-name binding))
                   (not (memq binding smbcmp-mode--anywhere)))
              (cl-pushnew mode (get binding 'command-modes))))))
   map))

(defun smbcmp-mode-claim-commands ()
  "Note in which modes commands are of use, not to be offered elsewhere.
Emacs 28 and later look at that, see `read-extended-command-predicate'."
  (dolist (symbol (apropos-internal "\\`smb\\(?:cmp\\|log\\)-"))
    (let ((map (and (get symbol 'derived-mode-parent)
                    (intern-soft (format "%s-map" symbol)))))
      (when (and map (boundp map)) (smbcmp-mode--claim (symbol-value map) symbol)))
    ;; Nobody but another command, or the mouse, has a use for these.
    (when (and (commandp symbol)
               (string-match-p "-\\(?:mode\\|menu\\|exit\\|click\\)\\'" (symbol-name symbol))
               (not (memq symbol '(smbcmp-list-mode smblog-mode))))
      (put symbol 'completion-predicate #'ignore))))

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
