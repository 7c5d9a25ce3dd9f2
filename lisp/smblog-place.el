;;; smblog-place.el --- Bookmarks, links and index of a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Places in a log that outlive its buffer: bookmarks, and links of Org,
;; smblog:FILE::NUMBER.  imenu has the requests.

;;; Code:

(require 'cl-lib)
(require 'let-alist)
(require 'smblog-filter)
(require 'smblog)
(require 'smblog-narrow)
(require 'smblog-request)
(require 'smblog-view)

(defvar bookmark-make-record-function)  ; before Emacs 28 only with bookmark.el

(autoload 'smblog-buffer-of-file "smblog-buffer")
(autoload 'smblog-buffer-of-files "smblog-buffer")
(autoload 'smblog-errors-next "smblog-errors")
(autoload 'smblog-explain-eldoc "smblog-explain")
(autoload 'smblog-indexed-p "smblog-buffer")
(autoload 'smblog-search-isearch "smblog-search")
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function bookmark-make-record-default "bookmark"
                  (&optional no-file no-context posn))
(declare-function org-link-set-parameters "ol" (type &rest parameters))
(declare-function org-link-store-props "ol" (&rest plist))

(defvar smblog-buffer-source)

;;;; Bookmarks

(defun smblog-place-bookmark ()
  "Return a bookmark record for the message at point."
  (let ((number (smblog-message-at-point)))
    (unless (or buffer-file-name (consp smblog-buffer-source))
      (user-error "This log is in no file that a bookmark could be of"))
    `(,(format "%s #%s" (buffer-name) number)
      ,@(bookmark-make-record-default (not buffer-file-name) t (point))
      (message . ,number)
      ,@(and (not buffer-file-name)
             `((filename . ,(car smblog-buffer-source))
               (logs . ,smblog-buffer-source)
               ;; Numbers change when a file is rotated away or grows.
               (place . ,(smblog-place-in-file number))))
      (filter . ,(smblog-filter-print smblog-filter))
      (handler . smblog-place-bookmark-jump))))

;;;###autoload
(defun smblog-place-bookmark-jump (bookmark)
  "Go to the message that BOOKMARK, a record, is of."
  (let-alist (cdr bookmark)
    (set-buffer (if .logs (smblog-place--buffer-of .logs)
                  (smblog-buffer-of-file .filename)))
    (smblog-place--go (or (and .logs (smblog-place-number .place .message)) .message)
                      (smblog-filter-parse (or .filter "")))))

(defun smblog-place--buffer-of (files)
  "Return a buffer that shows FILES, several, as one log."
  (or (cl-find-if (lambda (buffer)
                    (and (eq (buffer-local-value 'major-mode buffer) 'smblog-mode)
                         (equal files (buffer-local-value 'smblog-buffer-source buffer))))
                  (buffer-list))
      (smblog-buffer-of-files files)))

(defun smblog-place-in-file (number)
  "Return where message NUMBER of this log is: (FILE . BYTE)."
  (let ((message (smblog--module-message smblog-log number)))
    (cons (plist-get message :source) (plist-get message :start))))

(defun smblog-place-number (place number)
  "Return the number of the message at PLACE, (FILE . BYTE); it was NUMBER once.
Return nil if there is none."
  (smblog-await smblog-log)
  (let ((count (smblog-message-count smblog-log)))
    (cl-loop for away from 0 to count
             thereis (cl-loop for n in (list (- number away) (+ number away))
                              when (and (< -1 n count) (equal place (smblog-place-in-file n)))
                              return n))))

(defun smblog-place--go (number filter)
  "Go to message NUMBER of this log, FILTER, data, in effect."
  (smblog-place-await number)
  (unless (equal filter smblog-filter) (smblog-set-filter filter))
  (smblog-goto-message number))

(defun smblog-place-await (number)
  "Wait until message NUMBER is indexed, or all are."
  (while (and (<= (smblog-message-count smblog-log) number)
              (not (smblog-indexed-p)))
    (sleep-for 0.01)))

;;;; Org

;;;###autoload
(defun smblog-place-follow (link &optional _)
  "Follow the LINK of Org, FILE::NUMBER, to a message of a log.
Of a log of several files it is FILE|FILE...::NUMBER::I@BYTE: where in the
Ith file the message is, from 0, since numbers change as files grow."
  (unless (string-match "\\`\\(.*?\\)\\(?:::\\([0-9]+\\)\\(?:::\\([0-9]+\\)@\\([0-9]+\\)\\)?\\)?\\'"
                        link)
    (user-error "No place in a log: %s" link))
  (let* ((number (and (match-string 2 link) (string-to-number (match-string 2 link))))
         (i (and (match-string 3 link) (string-to-number (match-string 3 link))))
         (byte (and i (string-to-number (match-string 4 link))))
         (files (mapcar (lambda (name) (expand-file-name (smblog-place--unescape name)))
                        (and i (split-string (match-string 1 link) "|")))))
    (pop-to-buffer (if i (smblog-place--buffer-of files)
                     (smblog-buffer-of-file (match-string 1 link))))
    (when i
      (setq number (or (smblog-place-number (cons (nth i files) byte) number)
                       (user-error "The log no longer has this message"))))
    (when number
      (smblog-place-await number)
      (smblog-goto-message number))))

(defun smblog-place--escape (name)
  "Return NAME, a file's, so that it can stand beside others in a link."
  (replace-regexp-in-string "[|%]" (lambda (char) (format "%%%02X" (aref char 0))) name t t))

(defun smblog-place--unescape (name)
  "Return what was given to `smblog-place--escape' to get NAME."
  (replace-regexp-in-string "%\\(25\\|7C\\)" (lambda (code) (if (equal code "%25") "%" "|"))
                            name t t))

(defun smblog-place--link (number)
  "Return Org's link to message NUMBER of this log, without its type."
  (if buffer-file-name
      (format "%s::%d" (abbreviate-file-name buffer-file-name) number)
    (pcase-let ((`(,file . ,byte) (smblog-place-in-file number)))
      (format "%s::%d::%d@%d"
              (mapconcat (lambda (name) (smblog-place--escape (abbreviate-file-name name)))
                         smblog-buffer-source "|")
              number (cl-position file smblog-buffer-source :test #'equal) byte))))

(defun smblog-place-store-link ()
  "Store a link of Org to the message at point."
  (when (and (derived-mode-p 'smblog-mode)
             (or buffer-file-name (consp smblog-buffer-source)))
    (let ((number (or (smblog-message-at-point) 0)))
      (org-link-store-props
       :type "smblog"
       :link (concat "smblog:" (smblog-place--link number))
       :description (format "%s #%d" (buffer-name) number)))))

(defun smblog-place-export-link (link description &rest _)
  "Export LINK, FILE::NUMBER, as its DESCRIPTION: who reads it lacks the log."
  (or description (concat "smblog:" link)))

;;;###autoload
(defun smblog-place-org-setup ()
  "Have Org know links to messages of logs.  For `org-load-hook'."
  (org-link-set-parameters "smblog" :follow #'smblog-place-follow
                           :store #'smblog-place-store-link
                           :export #'smblog-place-export-link))

;;;###autoload
(add-hook 'org-load-hook #'smblog-place-org-setup)
(when (featurep 'org) (smblog-place-org-setup))

;;;; imenu

(defun smblog-place-imenu ()
  "Return an index of the requests, the last 5000 that begin before point or later."
  (let* ((number (or (smblog-message-at-point) 0))
         (requests (smblog-requests smblog-log))
         (before (cl-count-if (lambda (request) (<= (plist-get request :begin) number))
                              requests)))
    (mapcar (lambda (request)
              (list (smblog-request-title request) (plist-get request :begin)
                    #'smblog-place--imenu-goto))
            (seq-take (nthcdr (max 0 (- before 2500)) requests) 5000))))

(defun smblog-place--imenu-goto (_name number &rest _)
  "Go to message NUMBER, for imenu."
  (smblog-goto-message number))

;;;; Setting up

(defun smblog-place-setup ()
  "Have bookmarks, imenu, eldoc and isearch work in this log."
  (setq-local bookmark-make-record-function #'smblog-place-bookmark
              imenu-create-index-function #'smblog-place-imenu
              imenu-default-goto-function #'smblog-place--imenu-goto
              next-error-function #'smblog-errors-next)
  (smblog-search-isearch)
  (if (boundp 'eldoc-documentation-functions)
      (add-hook 'eldoc-documentation-functions #'smblog-explain-eldoc nil t)
    (add-function :before-until (local 'eldoc-documentation-function)
                  #'smblog-explain-eldoc))
  (eldoc-mode 1))

(provide 'smblog-place)
;;; smblog-place.el ends here
