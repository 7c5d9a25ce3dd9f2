;;; smbcmp-ediff.el --- Two frames as text in Ediff  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Both frames of a diff as text, what rules ignore masked, so that
;; Ediff finds what matters.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ediff)
(require 'smbcmp-diff-view)
(require 'smbcmp-escape)

(defun smbcmp-ediff--masks (diff side)
  "Return a hash table of the fields of SIDE that DIFF ignores, to rules."
  (let ((masks (make-hash-table :test #'eq)))
    (cl-labels ((walk (node)
                  (when (eq (dom-tag node) 'ignored)
                    (puthash (dom-attr node side) (dom-attr node 'rule) masks))
                  (mapc #'walk (dom-children node))))
      (walk diff))
    masks))

(defun smbcmp-ediff--text (diff side)
  "Return the frame of SIDE, `a' or `b', of DIFF as text, masked."
  (let ((masks (smbcmp-ediff--masks diff side)))
    (with-temp-buffer
      (cl-labels ((write (node depth)
                    (dolist (field (dom-children node))
                      (unless (dom-attr field 'hidden)
                        (let ((rule (gethash field masks)))
                          (insert (make-string (* 4 depth) ?\s)
                                  (if rule
                                      (format "%s: [%s]" (dom-attr field 'name) rule)
                                    (smbcmp-escape (or (dom-attr field 'label) "") t))
                                  "\n"))
                        (write field (1+ depth))))))
        (write (dom-attr diff side) 0))
      (buffer-string))))

(defun smbcmp-ediff-readable ()
  "Have what Ediff marks in this buffer be readable where letters are light.
Its faces may have a light background and leave letters as they are, or have
them white or magenta where there are few colours."
  (when (or (eq 'dark (frame-parameter nil 'background-mode))
            (< (display-color-cells) 88))
    (dolist (face '(ediff-even-diff-A ediff-even-diff-B ediff-odd-diff-A ediff-odd-diff-B
                    ediff-fine-diff-A ediff-fine-diff-B
                    ediff-current-diff-A ediff-current-diff-B))
      (let ((background (face-background face nil t)))
        (when (and (stringp background) (smbcmp-ediff--light-p (color-values background)))
          ;; Terminals of few colours show what is bold and black as grey.
          (face-remap-add-relative face :foreground "black" :weight 'normal))))))

(defun smbcmp-ediff--light-p (values)
  "Return non-nil if VALUES, of `color-values', are too light for light letters.
Of the colours, the eye sees green as the lightest."
  (pcase values
    (`(,red ,green ,blue)
     (> (+ (* 0.2126 red) (* 0.7152 green) (* 0.0722 blue)) (* 0.45 65535)))))

(defun smbcmp-ediff--buffer (diff side name)
  "Return a buffer called after NAME with the text of SIDE of DIFF."
  (with-current-buffer (get-buffer-create (format "*smbcmp %s %s*" (upcase (symbol-name side))
                                                  name))
    (let ((inhibit-read-only t))
      (erase-buffer)
      (insert (smbcmp-ediff--text diff side)))
    (set-buffer-modified-p nil)
    (setq buffer-read-only t)
    (smbcmp-ediff-readable)
    (current-buffer)))

(defun smbcmp-ediff--clean-up (a b windows)
  "Return a function that ends an Ediff session on buffers A and B.
It kills them and brings back WINDOWS, a window configuration."
  (lambda ()
    (add-hook 'ediff-quit-hook
              (lambda ()
                (mapc #'kill-buffer (cl-remove-if-not #'buffer-live-p (list a b)))
                (set-window-configuration windows))
              ;; After Ediff's own clean-up, which needs the buffers.
              90 t)))

;;;###autoload
(defun smbcmp-ediff-frames ()
  "Show the two frames that are compared as text in Ediff.
Differences that rules ignore are masked by the rules' names."
  (interactive)
  (with-current-buffer (smbcmp-diff-view-buffer)
    (let ((diff (or smbcmp-diff-view-diff (user-error "No frames are compared yet")))
          (windows (current-window-configuration)))
      (pcase-let* ((`(,cap-a ,frame-a ,cap-b ,frame-b) smbcmp-diff-view-sides)
                   (name (lambda (capture frame)
                           (format "%s:%d" (smbcmp-diff-view-name capture) frame)))
                   (a (smbcmp-ediff--buffer diff 'a (funcall name cap-a frame-a)))
                   (b (smbcmp-ediff--buffer diff 'b (funcall name cap-b frame-b))))
        (ediff-buffers a b (list (smbcmp-ediff--clean-up a b windows)))))))

(provide 'smbcmp-ediff)
;;; smbcmp-ediff.el ends here
