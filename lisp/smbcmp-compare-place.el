;;; smbcmp-compare-place.el --- Comparisons that outlive their buffers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Bookmarks of comparisons, what desktop.el keeps of them, and the pairs of
;; captures that were compared last.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-compare-background)
(require 'smbcmp-compare-captures)
(require 'smbcmp-compare-narrow)
(require 'smbcmp-compare-summary)

(autoload 'smbcmp-compare-view-show "smbcmp-compare-view")
(defvar savehist-additional-variables)
(defvar desktop-buffer-mode-handlers)

;;;; What is kept

(defun smbcmp-compare-place--state ()
  "Return what makes this comparison what it is, an alist of printable values."
  (list (cons 'files (cons (buffer-file-name (smbcmp-compare-view-list 'a))
                           (buffer-file-name (smbcmp-compare-view-list 'b))))
        (cons 'filters smbcmp-compare-view-filters)
        (cons 'fields smbcmp-rules-fields)
        (cons 'every smbcmp-compare-view-every)
        (cons 'narrow smbcmp-compare-narrow)
        (cons 'label (smbcmp-compare-place--label))))

(defun smbcmp-compare-place--label ()
  "Return the label of the divergence at point, or nil."
  (let ((number (get-text-property (line-beginning-position) 'smbcmp-divergence)))
    (and number smbcmp-compare-view-comparison
         (smbcmp-divergence-label
          (aref (smbcmp-comparison-found smbcmp-compare-view-comparison) number)))))

(defun smbcmp-compare-place--open (state)
  "Show the comparison of STATE and return its buffer.
STATE is as of `smbcmp-compare-place--state'."
  (let ((files (alist-get 'files state)))
    (smbcmp-compare-place-remember (car files) (cdr files))
    (smbcmp-compare-view-show
     (car files) (cdr files)
     (lambda ()
       (setq smbcmp-compare-view-filters (alist-get 'filters state)
             smbcmp-compare-view-every (alist-get 'every state)
             smbcmp-compare-narrow (alist-get 'narrow state))
       (setq-local smbcmp-rules-fields (alist-get 'fields state))
       (smbcmp-compare-place--when-shown
        (lambda () (smbcmp-compare-place--go (alist-get 'label state))))))))

(defun smbcmp-compare-place--when-shown (function)
  "Call FUNCTION in this buffer once its comparison is shown."
  (letrec ((hook (lambda ()
                   (remove-hook 'smbcmp-compare-view-hook hook t)
                   (funcall function))))
    (add-hook 'smbcmp-compare-view-hook hook nil t)))

(defun smbcmp-compare-place--go (label)
  "Go to the divergence with LABEL, if it is there and shown."
  (let* ((divergence (cl-find label (smbcmp-comparison-found
                                     smbcmp-compare-view-comparison)
                              :key #'smbcmp-divergence-label :test #'equal))
         (position (and label divergence
                        (smbcmp-compare-view-find (smbcmp-divergence-row divergence)))))
    (when position
      (goto-char position)
      (dolist (window (get-buffer-window-list nil nil t))
        (set-window-point window position)))))

;;;; Bookmarks

(defun smbcmp-compare-place-bookmark ()
  "Return a bookmark record for the divergence at point of this comparison."
  (let* ((label (smbcmp-compare-place--label))
         (state (smbcmp-compare-place--state))
         (files (alist-get 'files state)))
    `(,(concat (substring (buffer-name) 1 -1) (and label (concat ": " label)))
      ,@state
      ;; What the list of bookmarks shows beside the name.
      (location . ,(format "%s - %s" (abbreviate-file-name (car files))
                           (abbreviate-file-name (cdr files))))
      (handler . smbcmp-compare-place-bookmark-jump))))

;;;###autoload
(defun smbcmp-compare-place-bookmark-jump (bookmark)
  "Compare again what BOOKMARK, a record, is of, and go to its divergence."
  (smbcmp-with-user-errors
    (set-buffer (smbcmp-compare-place--open (cdr bookmark)))))

;;;; Desktop

(defun smbcmp-compare-place-desktop-save (_directory)
  "Return what desktop.el is to keep of this comparison."
  (smbcmp-compare-place--state))

;;;###autoload
(defun smbcmp-compare-place-desktop-restore (_file _name state)
  "Compare again what desktop.el kept: STATE; return the buffer.
Nothing is restored if a capture is gone."
  (pcase (alist-get 'files state)
    (`(,(and (pred stringp) (pred file-readable-p))
       . ,(and (pred stringp) (pred file-readable-p)))
     (save-window-excursion (smbcmp-compare-place--open state)))))

;;;###autoload
(add-to-list 'desktop-buffer-mode-handlers
             '(smbcmp-compare-mode . smbcmp-compare-place-desktop-restore))

;;;; Recent pairs

(defvar smbcmp-compare-place-recent nil
  "Pairs of captures compared last, conses (A . B), the last one first.
`savehist-mode' keeps them for other sessions.")

(defconst smbcmp-compare-place--most 30
  "How many pairs are remembered.")

(defun smbcmp-compare-place-remember (a b)
  "Note that A and B, files, were compared, perhaps with numbers of frames."
  (let ((pair (cons (abbreviate-file-name a) (abbreviate-file-name b))))
    (setq smbcmp-compare-place-recent
          (seq-take (cons pair (remove pair smbcmp-compare-place-recent))
                    smbcmp-compare-place--most)))
  (when (bound-and-true-p savehist-mode)
    (add-to-list 'savehist-additional-variables 'smbcmp-compare-place-recent)))

(defun smbcmp-compare-place--name (file)
  "Return the name of FILE with that of its directory: many are called alike."
  (let* ((file (directory-file-name file))
         (directory (file-name-nondirectory
                     (directory-file-name (or (file-name-directory file) "")))))
    (if (string-empty-p directory) (file-name-nondirectory file)
      (concat directory "/" (file-name-nondirectory file)))))

(defun smbcmp-compare-place-read ()
  "Ask for two captures, and offer those of recent pairs; return (A B)."
  (let* ((read (lambda (prompt offered)
                 ;; Only what the user types goes into the history of files.
                 (let ((file-name-history (append offered file-name-history)))
                   (minibuffer-with-setup-hook
                       (lambda () (setq-local minibuffer-default-add-function nil
                                              minibuffer-default offered))
                     (read-file-name prompt nil (car offered))))))
         (a (funcall read (format "Capture A (FILE or FILE:FRAME%s): "
                                  (if smbcmp-compare-place-recent
                                      (concat "; default "
                                              (smbcmp-compare-place--name
                                               (caar smbcmp-compare-place-recent)))
                                    ""))
                     (mapcar #'car smbcmp-compare-place-recent)))
         (partners (cl-loop for (first . second) in smbcmp-compare-place-recent
                            when (equal (expand-file-name first) (expand-file-name a))
                            collect second)))
    (list a (funcall read (format "Compare %s with capture B%s: "
                                  (smbcmp-compare-place--name a)
                                  (if partners
                                      (format " (default %s)"
                                              (smbcmp-compare-place--name (car partners)))
                                    ""))
                     partners))))

(provide 'smbcmp-compare-place)
;;; smbcmp-compare-place.el ends here
