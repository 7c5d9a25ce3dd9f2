;;; smbcmp-case-memory.el --- What is remembered of a case  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Filters, the shifts of clocks, which log goes with which capture, and
;; notes: kept in the user's Emacs directory, never beside the files of the
;; case, and never with keys.  Pins are kept by smbcmp-compare-pins.el.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-case)
(require 'smbcmp-compare-pins)

(autoload 'smbcmp-list-filter "smbcmp-list-filter")
(autoload 'smblog-set-filter "smblog-narrow")
(defvar smblog-filter)

(defcustom smbcmp-case-memory-directory (locate-user-emacs-file "smbcmp-cases/")
  "Directory that keeps what you did in cases, or nil to forget it."
  :type '(choice directory (const :tag "Forget" nil))
  :group 'smbcmp)

(defun smbcmp-case-memory--file (case ending)
  "Return the name of the file of CASE with ENDING."
  (let ((source (file-truename (smbcmp-case-source case))))
    (expand-file-name (format "%s-%s%s" (file-name-nondirectory source)
                              (substring (secure-hash 'sha1 source) 0 8) ending)
                      smbcmp-case-memory-directory)))

(defun smbcmp-case-memory--directory ()
  "Make sure that there is a place to remember cases in.
What is there is nobody else's business."
  (unless smbcmp-case-memory-directory
    (user-error "Nothing is remembered of cases; see `smbcmp-case-memory-directory'"))
  (with-file-modes #o700 (make-directory smbcmp-case-memory-directory t)))

;;;; Notes

(defun smbcmp-case-memory-notes (case)
  "Return the name of the file of notes on CASE, which is begun if need be."
  (smbcmp-case-memory--directory)
  (let ((file (smbcmp-case-memory--file case ".org")))
    (unless (file-exists-p file)
      (with-temp-file file
        (insert (format "#+title: %s\n\nCase: [[file:%s]]\n\n"
                        (file-name-nondirectory (smbcmp-case-source case))
                        (abbreviate-file-name (smbcmp-case-source case))))))
    file))

;;;; What was done

(defun smbcmp-case-memory--filters (case kind variable)
  "Return the values of VARIABLE in the buffers of CASE's items of KIND.
That is an alist by names."
  (cl-loop for item in (smbcmp-case-items-of case kind)
           for buffer = (smbcmp-case-item-buffer item)
           for value = (and (buffer-live-p buffer) (buffer-local-value variable buffer))
           when value collect (cons (smbcmp-case-item-name case item) value)))

(defun smbcmp-case-memory--links (case)
  "Return which log each capture of CASE is linked to, an alist of names."
  (cl-loop for item in (smbcmp-case-items-of case 'capture)
           for pair = (and (buffer-live-p (smbcmp-case-item-buffer item))
                           (buffer-local-value 'smblog-pair (smbcmp-case-item-buffer item)))
           for log = (and pair (cl-find (smblog-pair-log-buffer pair)
                                        (smbcmp-case-items-of case 'log)
                                        :key #'smbcmp-case-item-buffer))
           when log collect (cons (smbcmp-case-item-name case item)
                                  (smbcmp-case-item-name case log))))

(defun smbcmp-case-memory--shifts (case)
  "Return by how many seconds logs of CASE are shifted, an alist of names."
  (and (buffer-live-p (smbcmp-case-merged case))
       (cl-loop for source in (smblog-sources (buffer-local-value 'smblog-log
                                                                  (smbcmp-case-merged case)))
                for shift = (plist-get source :shift)
                unless (member shift '(nil 0 0.0))
                collect (cons (file-relative-name (plist-get source :file)
                                                  (smbcmp-case-root case))
                              shift))))

(defun smbcmp-case-memory-save (case)
  "Remember what was done in CASE."
  (when (and smbcmp-case-memory-directory (null (smbcmp-case-steps case)))
    (let ((memory (list :source (smbcmp-case-source case)
                        :filters (smbcmp-case-memory--filters case 'capture
                                                              'smbcmp-list-filter-string)
                        :log-filters (smbcmp-case-memory--filters case 'log 'smblog-filter)
                        :links (smbcmp-case-memory--links case)
                        :shifts (smbcmp-case-memory--shifts case)))
          (print-length nil) (print-level nil))
      (smbcmp-case-memory--directory)
      (with-temp-file (smbcmp-case-memory--file case ".eld")
        (insert ";; What was done in a case of smbcmp -*- mode: lisp-data -*-\n")
        (prin1 memory (current-buffer))
        (insert "\n")))))

(defun smbcmp-case-memory--read (case)
  "Return what is remembered of CASE, a plist, nil if nothing can be read."
  (let ((file (and smbcmp-case-memory-directory (smbcmp-case-memory--file case ".eld"))))
    (when (and file (file-readable-p file))
      (with-temp-buffer
        (insert-file-contents file)
        (condition-case nil
            (let ((memory (read (current-buffer))))
              (and (listp memory) (keywordp (car memory)) memory))
          (error (message "%s is damaged, nothing is remembered" file)
                 nil))))))

(defun smbcmp-case-memory--item (case name)
  "Return the item of CASE called NAME that has a buffer, or nil."
  (cl-find-if (lambda (item) (and (equal name (smbcmp-case-item-name case item))
                                  (buffer-live-p (smbcmp-case-item-buffer item))))
              (smbcmp-case-items case)))

(defun smbcmp-case-memory-restore (case)
  "Do again in CASE, which is read, what is remembered of it."
  (when (smbcmp-case-temporary case)
    ;; The next time it is unpacked elsewhere.
    (setf (alist-get (file-truename (smbcmp-case-directory case)) smbcmp-compare-pins-names
                     nil nil #'equal)
          (concat (file-truename (smbcmp-case-source case)) "/")))
  (let ((memory (smbcmp-case-memory--read case)) (inhibit-message t))
    (cl-flet ((each (key function)
                (pcase-dolist (`(,name . ,value) (plist-get memory key))
                  (when-let* ((item (smbcmp-case-memory--item case name)))
                    (with-current-buffer (smbcmp-case-item-buffer item)
                      (funcall function value))))))
      (each :filters #'smbcmp-list-filter)
      (each :log-filters #'smblog-set-filter)
      (each :links (lambda (name)
                     (when-let* ((log (smbcmp-case-memory--item case name)))
                       (smblog-pair-buffers (smbcmp-case-item-buffer log) (current-buffer))))))
    (when (buffer-live-p (smbcmp-case-merged case))
      (pcase-dolist (`(,name . ,seconds) (plist-get memory :shifts))
        (ignore-errors
          (smblog-shift (buffer-local-value 'smblog-log (smbcmp-case-merged case))
                        (expand-file-name name (smbcmp-case-root case)) seconds))))))

(provide 'smbcmp-case-memory)
;;; smbcmp-case-memory.el ends here
