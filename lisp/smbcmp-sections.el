;;; smbcmp-sections.el --- Where a field is defined  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Which section of MS-SMB2, MS-FSCC, MS-ERREF, MS-NLMP or MS-CIFS defines
;; what a field of a capture shows.  The sections are in smbcmp-sections.eld.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-detail-field)

(defconst smbcmp-sections--file
  (expand-file-name "smbcmp-sections.eld"
                    (file-name-directory (or load-file-name buffer-file-name)))
  "The file with the sections.")

(defvar smbcmp-sections--table nil
  "What `smbcmp-sections--file' has, once it was read.")

(defun smbcmp-sections--rows (field)
  "Return the rows of FIELD, a symbol, in `smbcmp-sections--file'."
  (alist-get field (or smbcmp-sections--table
                       (setq smbcmp-sections--table
                             (with-temp-buffer
                               (insert-file-contents smbcmp-sections--file)
                               (read (current-buffer)))))))

(defun smbcmp-section (field value &optional response)
  "Return the section that defines VALUE of FIELD, or nil.
FIELD is a symbol, a filter name; RESPONSE non-nil asks for what is in a
response.  The section is a list of strings (SPECIFICATION NUMBER TITLE);
NUMBER is empty if the specification has none."
  (let* ((rows (smbcmp-sections--rows field))
         (row (or (assoc value rows) (assq t rows))))
    (or (and response (nth 2 row)) (nth 1 row))))

;;;; In a tree

(defconst smbcmp-sections--kinds
  '(smb2.tag smb2.negotiate_context.type ntlmssp.messagetype smb2.ioctl.function
             smb2.file_info.infolevel smb2.fs_info.infolevel smb2.find.infolevel
             smb2.sec_info.infolevel)
  "Fields that say what the fields beside them and below are.")

(defun smbcmp-sections--path (tree node)
  "Return the nodes from NODE up to TREE, in which it is."
  (if (eq tree node) (list node)
    (let ((path (seq-some (lambda (child)
                            (and (consp child) (smbcmp-sections--path child node)))
                          (dom-children tree))))
      (and path (append path (list tree))))))

(defun smbcmp-sections--at (node response within)
  "Return the section of what NODE is or says, or nil.
RESPONSE is non-nil in a response, WITHIN is the node that NODE is in."
  (let ((value (dom-attr node 'value)))
    (smbcmp-section (dom-tag node)
                    ;; A lease has the same tag in both of its versions.
                    (if (and (equal value "RqLs")
                             (dom-by-tag within 'smb2.lease.lease_epoch))
                        "RqLs v2"
                      value)
                    response)))

(defun smbcmp-sections--command (pdu)
  "Return the node of the command of PDU, an smb2 or smb node."
  (car (dom-by-tag pdu (if (eq 'smb2 (dom-tag pdu)) 'smb2.cmd 'smb.cmd))))

(defun smbcmp-sections-of-node (node tree)
  "Return the section that defines NODE, of TREE, or nil.
See `smbcmp-section' for what it is."
  (let* ((path (smbcmp-sections--path tree node))
         (pdu (seq-find (lambda (above) (memq (dom-tag above) '(smb2 smb))) path))
         (response (and pdu (dom-attr (car (append (dom-by-tag pdu 'smb2.flags.response)
                                                   (dom-by-tag pdu 'smb.flags.response)))
                                      'value)))
         (response (and response (not (eql response 0)))))
    (or (smbcmp-sections--at node response (cadr path))
        (seq-some
         (lambda (above)
           (cond ((assq 'smb2.header_len (dom-children above))
                  (smbcmp-section 'smb2.flags t))
                 ((eq above pdu)
                  (let ((command (smbcmp-sections--command pdu)))
                    (and command (smbcmp-sections--at command response pdu))))
                 (t (or (smbcmp-sections--at above response above)
                        (seq-some (lambda (child)
                                    (and (consp child)
                                         (memq (dom-tag child) smbcmp-sections--kinds)
                                         (smbcmp-sections--at child response above)))
                                  (dom-children above))))))
         path))))

(defun smbcmp-sections-string (section)
  "Return SECTION as it is cited."
  (string-join (remove "" section) " "))

;;;; Commands

(defvar smbcmp-detail-tree)

(defun smbcmp-sections--here ()
  "Return the section of the field at point, as it is cited, or nil."
  (let ((section (smbcmp-sections-of-node (smbcmp-detail-node-at-point) smbcmp-detail-tree)))
    (and section (smbcmp-sections-string section))))

(defun smbcmp-sections-help ()
  "Say what the field at point is, and which section defines it."
  (interactive)
  (message "%s" (string-join (delq nil (list (smbcmp-detail-describe
                                              (smbcmp-detail-node-at-point))
                                             (smbcmp-sections--here)))
                             "\n")))

(defun smbcmp-sections-copy ()
  "Copy the section that defines the field at point."
  (interactive)
  (smbcmp-detail-copy "section" (smbcmp-sections--here)))

;;;; Commands and statuses of packets and exchanges

(autoload 'smbcmp-list-frame-at-point "smbcmp-list-move")
(autoload 'smbcmp-export-place "smbcmp-export")
(autoload 'smbcmp-comparison-row "smbcmp-comparison")
(autoload 'smbcmp-comparison-exchange "smbcmp-comparison")
;; Accessors, which `cl-defstruct' makes.
(autoload 'smbcmp-comparison-a "smbcmp-comparison")
(autoload 'smbcmp-comparison-b "smbcmp-comparison")
(defvar smbcmp-list-capture)

(defun smbcmp-sections-of-frame (capture frame &optional index)
  "Return the sections of the commands and statuses in FRAME of CAPTURE, cited.
With INDEX, of its PDU with that number alone, counted from 0."
  (let* ((tree (smbcmp-frame-tree capture frame))
         (pdus (append (dom-by-tag tree 'smb2) (dom-by-tag tree 'smb))))
    (delete-dups
     (cl-loop for pdu in (if index (seq-take (nthcdr index pdus) 1) pdus)
              for command = (smbcmp-sections--command pdu)
              for status = (car (dom-by-tag pdu 'smb2.nt_status))
              for sections = (list (and command (smbcmp-sections-of-node command tree))
                                   (and status (not (eql 0 (dom-attr status 'value)))
                                        (smbcmp-sections-of-node status tree)))
              append (mapcar #'smbcmp-sections-string (delq nil sections))))))

(defun smbcmp-sections--of-exchange ()
  "Return the sections of the exchange at point of a comparison, cited."
  (pcase-let* ((`(,comparison ,row ,side) (smbcmp-export-place))
               (`(,a ,b) (smbcmp-comparison-row comparison row)))
    (delete-dups
     (cl-loop for (name number capture)
              in (list (list 'a a (smbcmp-comparison-a comparison))
                       (list 'b b (smbcmp-comparison-b comparison)))
              when (and number (memq side (list nil name)))
              append (let ((exchange (smbcmp-comparison-exchange comparison name number)))
                       (cl-loop for part in '(:request :response)
                                for (frame . index) = (plist-get exchange part)
                                when frame
                                append (smbcmp-sections-of-frame capture frame index)))))))

(defun smbcmp-sections-command-help ()
  "Say which sections define the command and status of what is at point.
It is a packet, or an exchange of a comparison."
  (interactive)
  (let ((sections (if (derived-mode-p 'smbcmp-list-mode)
                      (let ((frame (smbcmp-list-frame-at-point)))
                        (and frame (smbcmp-sections-of-frame smbcmp-list-capture frame)))
                    (smbcmp-sections--of-exchange))))
    (unless sections (user-error "No SMB command here"))
    (message "%s" (string-join sections "\n"))))

(provide 'smbcmp-sections)
;;; smbcmp-sections.el ends here
