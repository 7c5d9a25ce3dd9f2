;;; smbcmp-list-colour.el --- Wireshark's colours in the packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Rows in the colours of the rules of the user's Wireshark configuration.
;; Which rule a frame matches takes a dissection; only rows that are seen
;; are worth it.  `jit-lock' tells which those are.

;;; Code:

(require 'cl-lib)
(require 'color)
(require 'smbcmp-capture)
(require 'smbcmp-list-rows)

(defvar smbcmp-list-capture)

(defcustom smbcmp-list-colour t
  "If non-nil, colour rows by the rules of the user's Wireshark configuration."
  :type 'boolean
  :group 'smbcmp-list)

(defvar-local smbcmp-list-colour-faces nil
  "Alist from numbers of colour rules to faces.")

;;;; Asking

(defun smbcmp-list-colour--fontify (start end)
  "Have the rows from START to END coloured.  For `jit-lock-register'."
  ;; More than the few lines that jit-lock asks for at a time.
  (let* ((first (max 0 (- (or (smbcmp-list-rows-at start) 0) 10)))
         (last (min (smbcmp-list-rows-count) (+ (or (smbcmp-list-rows-at end) 0) 40)))
         (frames (cl-loop for row from first below last
                          unless (invisible-p (smbcmp-list-rows-start row))
                          collect (smbcmp-list-rows-frame row))))
    (when (and frames smbcmp-list-colour
               (memq (smbcmp-capture-state smbcmp-list-capture) '(loading loaded)))
      (smbcmp-list-colour--request frames))
    `(jit-lock-bounds ,(smbcmp-list-rows-start first) . ,(smbcmp-list-rows-start last))))

(defun smbcmp-list-colour--request (frames)
  "Ask for the colours of FRAMES, and show them when they come."
  (let ((buffer (current-buffer)))
    (smbcmp-host-request
     smbcmp-list-capture "colours" (list :frames frames)
     (lambda (kind value)
       (when (and (memq kind '(part result)) (buffer-live-p buffer))
         (with-current-buffer buffer
           (smbcmp-list-colour--take value)))))))

(defun smbcmp-list-colour--take (value)
  "Colour the rows that VALUE, a reply, tells of."
  (pcase-let ((`(,colours ,rules) value))
    (pcase-dolist (`(,number ,name ,background ,foreground) rules)
      (push (cons number (smbcmp-list-colour--face name background foreground))
            smbcmp-list-colour-faces))
    (with-silent-modifications
      (pcase-dolist (`(,frame ,rule) colours)
        (let ((row (smbcmp-list-rows-of-frame frame))
              (face (alist-get rule smbcmp-list-colour-faces)))
          (when (and row face)
            (put-text-property (smbcmp-list-rows-start row) (smbcmp-list-rows-start (1+ row))
                               'face face)))))))

;;;; Faces

(defun smbcmp-list-colour--face (name background foreground)
  "Return a face for the colour rule NAME.
BACKGROUND and FOREGROUND are its colours, 0xRRGGBB.  On a dark
background they change their lightness but keep their hue."
  (let ((face (intern (concat "smbcmp-rule-"
                              (replace-regexp-in-string "[^a-z0-9]+" "-" (downcase name)))))
        (bg (format "#%06x" background))
        (fg (format "#%06x" foreground)))
    (unless (facep face)
      (make-face face)
      (set-face-documentation face (format "Face for frames of the colour rule %s." name))
      (face-spec-set
       face
       `((((class color) (min-colors 88) (background light))
          :background ,bg :foreground ,fg :extend t)
         (((class color) (min-colors 88) (background dark))
          :background ,(smbcmp-list-colour--shade bg fg 0.16)
          :foreground ,(smbcmp-list-colour--shade fg bg 0.82) :extend t)
         (t nil))))
    face))

(defun smbcmp-list-colour--hsl (colour)
  "Return COLOUR, \"#rrggbb\", as hue, saturation and lightness."
  (apply #'color-rgb-to-hsl
         (mapcar (lambda (i) (/ (string-to-number (substring colour i (+ i 2)) 16) 255.0))
                 '(1 3 5))))

(defun smbcmp-list-colour--shade (colour other lightness)
  "Return COLOUR, \"#rrggbb\", with LIGHTNESS, its hue or that of OTHER.
The more saturated of the two gives the hue: a rule that shouts on a
light background shall shout on a dark one."
  (let* ((own (smbcmp-list-colour--hsl colour))
         (hue (if (>= (nth 1 own) 0.2) own (smbcmp-list-colour--hsl other))))
    (apply #'format "#%02x%02x%02x"
           (mapcar (lambda (x) (min 255 (round (* 255 x))))
                   (color-hsl-to-rgb (nth 0 hue) (min 0.5 (nth 1 hue)) lightness)))))

(defun smbcmp-list-colour-setup ()
  "Have the rows of this packet list coloured as they are seen."
  (jit-lock-register #'smbcmp-list-colour--fontify))

(provide 'smbcmp-list-colour)
;;; smbcmp-list-colour.el ends here
