;;; smbcmp-compare-captures.el --- The captures of a comparison  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The captures of a comparison's buffer are those of two packet lists,
;; which stay in the background until they are asked for.  A list that was
;; killed is opened again when its capture is needed.

;;; Code:

(require 'smbcmp-compare)
(require 'smbcmp-list)

(defvar-local smbcmp-compare-view-comparison nil
  "The comparison that this buffer shows, or nil while there is none yet.")

(defvar-local smbcmp-compare-view-buffers nil
  "The packet lists of the two captures, (A . B); one may have been killed.")

(defvar-local smbcmp-compare-captures--sources nil
  "What the lists were made of: ((NAME FILE OPTIONS) . (NAME FILE OPTIONS)).")

(defun smbcmp-compare-captures-set (lists)
  "Have LISTS, packet lists (A . B), be those of this buffer."
  (setq smbcmp-compare-view-buffers lists
        smbcmp-compare-captures--sources
        (cons (smbcmp-compare-captures--source (car lists))
              (smbcmp-compare-captures--source (cdr lists)))))

(defun smbcmp-compare-captures--source (list)
  "Return what LIST, a packet list, is made of: (NAME FILE OPTIONS)."
  (with-current-buffer list
    (list (buffer-name) buffer-file-name smbcmp-list-opened-with)))

(defun smbcmp-compare-captures-note ()
  "Take notice of the keys that the captures have by now, to open them with."
  (dolist (side '(a b))
    (let ((source (smbcmp-compare-captures--side side smbcmp-compare-captures--sources))
          (list (smbcmp-compare-captures--side side smbcmp-compare-view-buffers)))
      (when (buffer-live-p list)
        (setcar (nthcdr 2 source)
                (with-current-buffer list
                  (smbcmp-list-options smbcmp-list-capture smbcmp-list-opened-with)))))))

(defun smbcmp-compare-captures--side (side pair)
  "Return the element of PAIR, a cons, that is of SIDE, `a' or `b'."
  (if (eq side 'a) (car pair) (cdr pair)))

(defun smbcmp-compare-captures-name (side)
  "Return the name of the packet list of SIDE, `a' or `b', also of a killed one."
  (car (smbcmp-compare-captures--side side smbcmp-compare-captures--sources)))

(defun smbcmp-compare-view-list (side)
  "Return the packet list of SIDE, `a' or `b'; one that was killed is opened again."
  (let ((buffer (smbcmp-compare-captures--side side smbcmp-compare-view-buffers)))
    (if (buffer-live-p buffer) buffer
      (smbcmp-compare-captures--reopen side))))

(defun smbcmp-compare-view-lists ()
  "Return the packet lists of both captures, (A . B).
They are as of `smbcmp-compare-view-list'."
  (cons (smbcmp-compare-view-list 'a) (smbcmp-compare-view-list 'b)))

(defun smbcmp-compare-captures--reopen (side)
  "Open the capture of SIDE, `a' or `b', again, with the keys it had.
Return its packet list."
  (pcase-let* ((`(,_ ,file ,options)
                (smbcmp-compare-captures--side side smbcmp-compare-captures--sources))
               (other (smbcmp-compare-captures--side (if (eq side 'a) 'b 'a)
                                                     smbcmp-compare-view-buffers))
               (buffer (smbcmp-list-buffer
                        file
                        ;; A capture compared with itself is in two lists.
                        (and (buffer-live-p other)
                             (file-equal-p file (buffer-file-name other)))
                        options)))
    (message "Opening %s again" (smbcmp-escape-file file))
    (setq smbcmp-compare-view-buffers
          (if (eq side 'a) (cons buffer other) (cons other buffer)))
    buffer))

(defun smbcmp-compare-captures--compared (side)
  "Return the capture of SIDE, `a' or `b', that was compared, or nil."
  (and smbcmp-compare-view-comparison
       (if (eq side 'a) (smbcmp-comparison-a smbcmp-compare-view-comparison)
         (smbcmp-comparison-b smbcmp-compare-view-comparison))))

(defun smbcmp-compare-view-capture (side)
  "Return the capture of SIDE, `a' or `b', as its packet list has it.
Where it was opened again since it was compared, wait for it to load."
  (let ((capture (buffer-local-value 'smbcmp-list-capture (smbcmp-compare-view-list side))))
    (when (and smbcmp-compare-view-comparison
               (not (eq capture (smbcmp-compare-captures--compared side))))
      (smbcmp-with-user-errors (smbcmp-capture-await-loaded capture))
      ;; What it is asked for later, such as fields, is asked of this one.
      (if (eq side 'a)
          (setf (smbcmp-comparison-a smbcmp-compare-view-comparison) capture)
        (setf (smbcmp-comparison-b smbcmp-compare-view-comparison) capture)))
    capture))

(provide 'smbcmp-compare-captures)
;;; smbcmp-compare-captures.el ends here
