;;; smbcmp-detail-field.el --- The field at point in the details  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What there is to say of the field at point, the display filter it makes,
;; and what of it can be copied.

;;; Code:

(require 'dom)
(require 'smbcmp-capture)
(require 'smbcmp-filter)

(defvar smbcmp-list-capture)
(defvar smbcmp-detail-list)
(defvar smbcmp-detail-frame)
(defvar smbcmp-detail-tree)

(autoload 'smbcmp-sections-copy "smbcmp-sections"
  "Copy the section that defines the field at point." t)

;;;; The field

(defun smbcmp-detail-node-at-point ()
  "Return the field at point, a dom node, or signal an error."
  (or (get-text-property (line-beginning-position) 'smbcmp-node)
      (user-error "No field here")))

(defun smbcmp-detail-describe (node)
  "Return what there is to say of NODE: filter name, type, name, description.
Return nil for a text.  Wireshark is asked for the description unless
its host is busy."
  (unless (eq (dom-tag node) 'text)
    (let* ((smbcmp-capture-at-hand (buffer-local-value 'smbcmp-list-capture smbcmp-detail-list))
           (known (unless (smbcmp-host-busy-p smbcmp-capture-at-hand)
                    (smbcmp-filter-describe (symbol-name (dom-tag node)))))
           (name (dom-attr node 'name))
           (description (or (nth 3 known) "")))
      (concat (propertize (symbol-name (dom-tag node)) 'face 'font-lock-function-name-face)
              (format " (%s) %s" (dom-attr node 'type) name)
              (if (member description (list "" name)) "" (concat ": " description))))))

(defun smbcmp-detail-eldoc (&rest _)
  "Return what Wireshark says of the field at point.  For eldoc."
  (let ((node (get-text-property (line-beginning-position) 'smbcmp-node)))
    (and node (smbcmp-detail-describe node))))

;;;; Filters of fields

(defun smbcmp-detail--node-number (node)
  "Return the number of NODE in the tree, counted in the tree's order from 0."
  (let ((n -1))
    (cl-labels ((look (parent)
                  (dolist (child (dom-children parent))
                    (cl-incf n)
                    (when (eq child node) (throw 'found n))
                    (look child))))
      (catch 'found (look smbcmp-detail-tree) nil))))

(defun smbcmp-detail-filter-of-node (node)
  "Return the display filter that selects frames with NODE's value.
Wireshark makes it."
  (smbcmp-with-user-errors
    (smbcmp-capture-call (buffer-local-value 'smbcmp-list-capture smbcmp-detail-list)
                  "match" (list :frame smbcmp-detail-frame
                                :node (smbcmp-detail--node-number node)))))

(defun smbcmp-detail-filter ()
  "Return the display filter that selects frames with the field at point."
  (smbcmp-detail-filter-of-node (smbcmp-detail-node-at-point)))

;;;; Copying

(defun smbcmp-detail-copy (what string)
  "Copy STRING, which is WHAT of the field at point."
  (unless string (user-error "This field has no %s" what))
  (kill-new string)
  (message "Copied the %s: %s" what string))

(defun smbcmp-detail-copy-label ()
  "Copy the line of the field at point."
  (interactive)
  (smbcmp-detail-copy "line" (dom-attr (smbcmp-detail-node-at-point) 'label)))

(defun smbcmp-detail-copy-name ()
  "Copy the filter name of the field at point."
  (interactive)
  (smbcmp-detail-copy "name" (symbol-name (dom-tag (smbcmp-detail-node-at-point)))))

(defun smbcmp-detail-copy-value ()
  "Copy the value of the field at point: bytes in hexadecimal."
  (interactive)
  (let ((value (dom-attr (smbcmp-detail-node-at-point) 'value)))
    (smbcmp-detail-copy
     "value" (cond ((null value) nil)
                   ((and (stringp value) (not (multibyte-string-p value))
                         (eq (dom-attr (smbcmp-detail-node-at-point) 'type) 'bytes))
                    (mapconcat (lambda (byte) (format "%02x" byte)) value ""))
                   (t (format "%s" value))))))

(defun smbcmp-detail-copy-filter ()
  "Copy the display filter that selects frames with the field at point."
  (interactive)
  (smbcmp-detail-copy "filter"
                       (smbcmp-detail-filter-of-node (smbcmp-detail-node-at-point))))

(defun smbcmp-detail-copy-tree ()
  "Copy the whole tree as text, folded fields too."
  (interactive)
  (kill-new (smbcmp-detail-text smbcmp-detail-tree))
  (message "Copied the details of frame %d" smbcmp-detail-frame))

(defun smbcmp-detail-text (tree)
  "Return TREE, a field tree, as text: a line a field, indented."
  (with-temp-buffer
    (cl-labels ((write (node depth)
                  (dolist (child (dom-children node))
                    (unless (dom-attr child 'hidden)
                      (insert (make-string (* 4 depth) ?\s)
                              (or (dom-attr child 'label) "") "\n")
                      (write child (1+ depth))))))
      (write tree 0))
    (buffer-string)))

(defvar smbcmp-detail-copy-map
  (let ((map (make-sparse-keymap)))
    (define-key map "w" #'smbcmp-detail-copy-label)
    (define-key map "n" #'smbcmp-detail-copy-name)
    (define-key map "v" #'smbcmp-detail-copy-value)
    (define-key map "f" #'smbcmp-detail-copy-filter)
    (define-key map "t" #'smbcmp-detail-copy-tree)
    (define-key map "s" #'smbcmp-sections-copy)
    map)
  "Keys to copy things from the details.")

(provide 'smbcmp-detail-field)
;;; smbcmp-detail-field.el ends here
