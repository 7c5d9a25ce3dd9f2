;;; smbcmp-compare-pins.el --- What the user says goes together  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Pins of comparisons, kept from session to session: which exchange of a
;; capture goes with which one of another, or does not, whatever the
;; alignment says.  They hold for the two files as they were.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-module)

(defcustom smbcmp-compare-pins-file (locate-user-emacs-file "smbcmp-compare-pins.eld")
  "File that keeps which exchanges you pinned, or nil to forget them."
  :type '(choice file (const :tag "Forget" nil))
  :group 'smbcmp-compare)

(defvar smbcmp-compare-pins-names nil
  "Alist of directories that will be elsewhere, and lasting names of them.")

(defun smbcmp-compare-pins--name (file)
  "Return the name that FILE is remembered by."
  (let* ((name (file-truename file))
         (known (cl-assoc-if (lambda (directory) (string-prefix-p directory name))
                             smbcmp-compare-pins-names)))
    (if known (concat (cdr known) (substring name (length (car known)))) name)))

(defun smbcmp-compare-pins--identity (file)
  "Return what FILE is known by: its name, size and time of change."
  (let ((attributes (file-attributes (file-truename file))))
    (list (smbcmp-compare-pins--name file)
          (file-attribute-size attributes)
          (format-time-string "%s.%N" (file-attribute-modification-time attributes)))))

(defun smbcmp-compare-pins--mirror (pins)
  "Return PINS with the sides exchanged."
  (mapcar (pcase-lambda (`(,together ,a ,b)) (list together b a)) pins))

(defun smbcmp-compare-pins--load ()
  "Return what `smbcmp-compare-pins-file' holds: a list of (FILE FILE PINS).
Signal `smbcmp-file-error' if it is damaged."
  (when (and smbcmp-compare-pins-file (file-readable-p smbcmp-compare-pins-file))
    (with-temp-buffer
      (insert-file-contents smbcmp-compare-pins-file)
      (condition-case err
          (let ((all (read (current-buffer))))
            (if (and (listp all) (cl-every (lambda (entry) (= 3 (length entry))) all))
                all
              (signal 'invalid-read-syntax '("not a list of pins"))))
        (error (signal 'smbcmp-file-error
                       (list (format "%s: not a file of pins (%s); remove it"
                                     smbcmp-compare-pins-file (error-message-string err)))))))))

(defun smbcmp-compare-pins-read (file-a file-b)
  "Return the pins for FILE-A and FILE-B, as `smbcmp-diff-captures' takes them.
None if either file changed since."
  (let ((a (smbcmp-compare-pins--identity file-a)) (b (smbcmp-compare-pins--identity file-b)))
    (cl-loop for (x y pins) in (smbcmp-compare-pins--load)
             when (and (equal x a) (equal y b)) return pins
             when (and (equal x b) (equal y a)) return (smbcmp-compare-pins--mirror pins))))

(defun smbcmp-compare-pins-write (file-a file-b pins)
  "Keep PINS for FILE-A and FILE-B, in place of those that were kept."
  (when smbcmp-compare-pins-file
    (let* ((a (smbcmp-compare-pins--identity file-a)) (b (smbcmp-compare-pins--identity file-b))
           (names (list (car a) (car b)))
           (others (cl-remove-if (pcase-lambda (`((,x . ,_) (,y . ,_) ,_))
                                   (or (equal names (list x y)) (equal names (list y x))))
                                 (smbcmp-compare-pins--load)))
           (print-length nil)
           (print-level nil))
      (with-temp-file smbcmp-compare-pins-file
        (insert ";; Pins of smbcmp's comparisons -*- mode: lisp-data -*-\n")
        (prin1 (if pins (cons (list a b pins) others) others) (current-buffer))
        (insert "\n")))))

(provide 'smbcmp-compare-pins)
;;; smbcmp-compare-pins.el ends here
