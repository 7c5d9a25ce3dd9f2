;;; smbcmp-org.el --- Captures in Org files  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Links of Org to frames, smbcmp:FILE::FRAME, and how code blocks of Org
;; are edited.  What executes these is ob-smbcmp.el, which Org loads; nothing
;; here loads Org.

;;; Code:

(require 'smbcmp-module)

(declare-function org-link-set-parameters "ol" (type &rest parameters))
(declare-function org-link-store-props "ol" (&rest plist))
(autoload 'smbcmp-list-buffer "smbcmp-list")
(autoload 'smbcmp-list-frame-at-point "smbcmp-list-move")
(autoload 'smbcmp-list-goto-frame "smbcmp-list-move")
(autoload 'smbcmp-list-hidden-message "smbcmp-list-move")
(defvar org-src-lang-modes)
(defvar smbcmp-detail-frame)
(defvar smbcmp-detail-list)
(defvar smbcmp-list-wanted)

;;;###autoload
(defun smbcmp-org-follow (link &optional _)
  "Follow the LINK of Org, FILE::FRAME or FILE, to a frame of a capture."
  (string-match "\\`\\(.*?\\)\\(?:::\\([0-9]+\\)\\)?\\'" link)
  (let ((file (match-string 1 link))
        (frame (and (match-string 2 link) (string-to-number (match-string 2 link)))))
    (require 'smbcmp-list)
    (smbcmp-with-user-errors
      (pop-to-buffer (smbcmp-list-buffer file)))
    (unless (or (null frame) (smbcmp-list-goto-frame frame) smbcmp-list-wanted)
      (message "%s" (smbcmp-list-hidden-message frame)))))

(defun smbcmp-org-store-link ()
  "Store a link of Org to the frame at point, or the one whose details these are."
  (pcase (cond ((derived-mode-p 'smbcmp-list-mode)
                (cons (current-buffer) (smbcmp-list-frame-at-point)))
               ((derived-mode-p 'smbcmp-detail-mode)
                (cons smbcmp-detail-list smbcmp-detail-frame)))
    (`(,(and list (pred buffer-live-p)) . ,(and frame (pred integerp)))
     (org-link-store-props
      :type "smbcmp"
      :link (format "smbcmp:%s::%d" (abbreviate-file-name (buffer-file-name list)) frame)
      :description (format "%s frame %d" (buffer-name list) frame)))))

(defun smbcmp-org-export-link (link description &rest _)
  "Export LINK, FILE::FRAME, as its DESCRIPTION: who reads it lacks the capture."
  (or description (concat "smbcmp:" link)))

;;;###autoload
(defun smbcmp-org-setup ()
  "Have Org know links to frames, and edit code blocks.  For `org-load-hook'."
  (org-link-set-parameters "smbcmp" :follow #'smbcmp-org-follow
                           :store #'smbcmp-org-store-link
                           :export #'smbcmp-org-export-link)
  ;; Without, Org would take `smbcmp-mode', which is for other buffers.
  (add-to-list 'org-src-lang-modes '("smbcmp" . smbcmp-filter)))

;;;###autoload
(add-hook 'org-load-hook #'smbcmp-org-setup)
(when (featurep 'org) (smbcmp-org-setup))

(provide 'smbcmp-org)
;;; smbcmp-org.el ends here
