;;; smbcmp-compiled.el --- The compiled Lisp of a checkout  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `make' compiles the Lisp of a checkout in build/elc, beside links to the
;; sources.  That is loaded instead of the sources as long as it is of this
;; version of Emacs and none of them is newer, so that whoever edits a file
;; runs what stands in it.  In an installed package nothing of this applies.

;;; Code:

(require 'cl-lib)

(defconst smbcmp-compiled-sources
  (file-name-directory
   ;; Compiled, this file lies beside a link to its source.
   (file-truename (concat (file-name-sans-extension
                           (or load-file-name buffer-file-name default-directory))
                          ".el")))
  "The directory that has the source of this file and its siblings.")

(defconst smbcmp-compiled--directory
  (expand-file-name "../build/elc/" smbcmp-compiled-sources)
  "Where the Lisp of a checkout is compiled.")

(defvar smbcmp-compiled-state nil
  "What is loaded of this checkout: `compiled', or `sources' as it must be.
It is nil in an installed package, and where the directory of the sources
was in `load-path' already: who puts it there wants them.")

(defun smbcmp-compiled--current-p ()
  "Return non-nil if all Lisp is compiled, by this version of Emacs."
  (let ((done (expand-file-name ".done" smbcmp-compiled--directory)))
    (and (file-readable-p done)
         (equal emacs-version (with-temp-buffer
                                (insert-file-contents done)
                                (buffer-substring (point-min) (line-end-position))))
         (cl-notany (lambda (file) (file-newer-than-file-p file done))
                    (append (directory-files smbcmp-compiled-sources t "\\.el\\'")
                            (directory-files (expand-file-name ".." smbcmp-compiled-sources)
                                             t "\\.el\\'"))))))

(defun smbcmp-compiled-prefer ()
  "Have what is compiled of a checkout loaded from now on, if it is current.
Return whether it is."
  (when (file-exists-p (expand-file-name "../smbcmp.el" smbcmp-compiled-sources))
    (setq smbcmp-compiled-state (if (smbcmp-compiled--current-p) 'compiled 'sources)))
  (when (eq smbcmp-compiled-state 'compiled)
    (dolist (directory (list smbcmp-compiled--directory
                             (expand-file-name "lisp" smbcmp-compiled--directory)))
      (add-to-list 'load-path (directory-file-name directory)))
    t))

(defun smbcmp-compiled-load ()
  "If what is compiled is current, load it instead of sources loaded before.
Return whether it is."
  (let ((root (expand-file-name ".." smbcmp-compiled-sources))
        (loaded (reverse (delq nil (mapcar #'car load-history)))))
    (when (smbcmp-compiled-prefer)
      (dolist (source loaded t)
        (when (and (string-suffix-p ".el" source) (file-in-directory-p source root))
          (let ((compiled (expand-file-name (concat (file-relative-name source root) "c")
                                            smbcmp-compiled--directory)))
            (when (file-exists-p compiled)
              (load compiled nil t t))))))))

(provide 'smbcmp-compiled)
;;; smbcmp-compiled.el ends here
