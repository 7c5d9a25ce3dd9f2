;;; smbcmp-files-text.el --- What is said of handles  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A handle in a line: how it was opened, what was done with it, how it ended.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-handles)
(require 'smbcmp-holders)
(require 'smbcmp-compare-report)

(defface smbcmp-files-problem '((t :inherit error))
  "Face for what went wrong."
  :group 'smbcmp)

;;;; Words

(defun smbcmp-files--sum (events kind)
  "Say how many EVENTS are of KIND, reads or writes, and how many bytes; or nil."
  (let ((some (seq-filter (lambda (event)
                            (and (eq kind (plist-get event :kind))
                                 (equal "STATUS_SUCCESS" (plist-get event :status))))
                          events)))
    (when some
      (format "%s, %d bytes%s" (smbcmp-compare-report-plural (length some) (symbol-name kind))
              (apply #'+ (mapcar (lambda (event) (or (plist-get event :length) 0)) some))
              (let ((from (apply #'min (mapcar (lambda (event) (or (plist-get event :offset) 0))
                                               some))))
                (if (zerop from) "" (format " from %d" from)))))))

(defun smbcmp-files--changes (handle)
  "Return what else was done with HANDLE, a list of strings."
  (delq nil
        (append
         (list (let ((locks (cl-count 'lock (plist-get handle :events)
                                      :key (lambda (event) (plist-get event :kind)))))
                 (and (> locks 0) (smbcmp-compare-report-plural locks "lock request")))
               (and (/= 0 (logand #x1000 (or (plist-get handle :options) 0)))
                    "delete on close"))
         (mapcar (lambda (event)
                   (cond ((not (member (plist-get event :status) '(nil "STATUS_SUCCESS"))) nil)
                         ((eq 'delete (plist-get event :kind)) "deleted")
                         ((plist-get event :rename)
                          (format "renamed to %s" (plist-get event :rename)))
                         ((eq t (plist-get event :delete)) "set to be deleted")
                         ((eq 'break (plist-get event :kind))
                          (if (or (plist-get event :acknowledged)
                                  (not (plist-get event :required)))
                              (concat (if (plist-get event :lease) "lease" "oplock") " broken")
                            "break not acknowledged"))))
                 (plist-get handle :events)))))

(defun smbcmp-files--caching (handle)
  "Say what oplock or lease HANDLE asked for and was granted, or nil."
  (let ((lease (plist-get handle :lease)) (oplock (plist-get handle :oplock)))
    (cond (lease (format "lease %s, granted %s%s"
                         (smbcmp-holders-lease-state (plist-get lease :asked))
                         (smbcmp-holders-lease-state (plist-get lease :granted))
                         (if (memql (plist-get lease :before)
                                    (list nil (plist-get lease :granted)))
                             ""
                           (concat ", before " (smbcmp-holders-lease-state
                                                (plist-get lease :before))))))
          ((memql (car oplock) '(nil 0)) nil)
          ((eql (car oplock) (cdr oplock))
           (downcase (smbcmp-holders-name "smb2.create.oplock" (car oplock))))
          (t (format "%s, granted %s"
                     (downcase (smbcmp-holders-name "smb2.create.oplock" (car oplock)))
                     (downcase (smbcmp-holders-name "smb2.create.oplock"
                                                    (or (cdr oplock) 0))))))))

(defun smbcmp-files-failed-p (handle)
  "Return non-nil if HANDLE could not be opened."
  (not (smbcmp-handles-opened-p handle)))

(defun smbcmp-files-left-open-p (handle)
  "Return non-nil if HANDLE was opened and never closed."
  (not (or (smbcmp-files-failed-p handle) (plist-get handle :close)
           (plist-get handle :continued))))

(defun smbcmp-files--end (handle)
  "Say how HANDLE ended."
  (cond ((smbcmp-files-failed-p handle) (plist-get handle :status))
        ((plist-get handle :by-path) nil)
        ((plist-get handle :close) "closed")
        ((plist-get handle :continued)
         (format "lost its connection, opened again in frame %d"
                 (plist-get handle :continued)))
        ((plist-get handle :ended)
         (format "never closed (%s)" (replace-regexp-in-string
                                      "-" " " (symbol-name (cdr (plist-get handle :ended))))))
        (t "never closed")))

(defun smbcmp-files-summary (handle)
  "Return in a line what was done with HANDLE, without frames, times and names."
  (mapconcat #'identity
             (delq nil
                   (append
                    (unless (plist-get handle :by-path)
                      (list (smbcmp-holders-access (plist-get handle :access))
                            (concat "share " (smbcmp-holders-share-access
                                              (plist-get handle :share-access)))))
                    (list (and (plist-get handle :disposition)
                               (downcase (smbcmp-holders-name "smb2.create.disposition"
                                                              (plist-get handle :disposition))))
                          (smbcmp-files--caching handle)
                          (and (plist-get handle :reconnects)
                               (format "opened again, before in frame %d"
                                       (plist-get handle :reconnects)))
                          (smbcmp-files--sum (plist-get handle :events) 'read)
                          (smbcmp-files--sum (plist-get handle :events) 'write))
                    (smbcmp-files--changes handle)
                    (list (smbcmp-files--end handle))))
             "; "))

(defun smbcmp-files-frames (handle)
  "Return the frames of HANDLE: opened and closed."
  (format "%s%s" (if (plist-get handle :request)
                     (smbcmp-compare-report-frames (cons (plist-get handle :request)
                                                 (plist-get handle :open)))
                   "-")
          (if (plist-get handle :close) (format "..%d" (plist-get handle :close)) "")))

(provide 'smbcmp-files-text)
;;; smbcmp-files-text.el ends here
