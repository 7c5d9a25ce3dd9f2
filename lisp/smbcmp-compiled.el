;;; smbcmp-compiled.el --- The compiled Lisp of a checkout  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `make' compiles the Lisp of a checkout in build/elc, beside links to the
;; sources.  When Emacs loads smbcmp, that is loaded instead of the sources if
;; it is of this version of Emacs and none of them is newer, so that whoever
;; edits a file and starts Emacs runs what stands in it.  In an installed
;; package nothing of this applies.

;;; Code:

(require 'cl-lib)
(require 'seq)

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

(defun smbcmp-compiled--root ()
  "Return the top directory of the checkout."
  (file-name-directory (directory-file-name smbcmp-compiled-sources)))

(defun smbcmp-compiled-problem ()
  "Return why what is compiled can't be loaded, of \"its Lisp ...\", or nil."
  (let* ((done (expand-file-name ".done" smbcmp-compiled--directory))
         (version (and (file-readable-p done)
                       (with-temp-buffer
                         (insert-file-contents done)
                         (buffer-substring (point-min) (line-end-position)))))
         (top (smbcmp-compiled--root)))
    (cond ((not version) "is not compiled")
          ((not (equal emacs-version version)) (format "was compiled by Emacs %s" version))
          ((cl-some (lambda (file) (file-newer-than-file-p file done))
                    (append (list (concat top "smbcmp.el") (concat top "smblog-mode.el"))
                            (directory-files smbcmp-compiled-sources t "\\`[^.].*\\.el\\'")))
           "has changed since it was compiled"))))

(defun smbcmp-compiled-prefer ()
  "Have what is compiled of a checkout loaded from now on, if it can be.
Return whether it is."
  (when (file-exists-p (concat (smbcmp-compiled--root) "smbcmp.el"))
    (setq smbcmp-compiled-state (if (smbcmp-compiled-problem) 'sources 'compiled)))
  (when (eq smbcmp-compiled-state 'compiled)
    (dolist (directory (list smbcmp-compiled--directory
                             (expand-file-name "lisp" smbcmp-compiled--directory)))
      (add-to-list 'load-path (directory-file-name directory)))
    t))

(defun smbcmp-compiled-load ()
  "If what is compiled can be loaded, load it instead of sources loaded before.
Return whether it is."
  (let ((loaded (mapcar #'file-truename
                        (seq-filter (lambda (file) (and file (string-suffix-p ".el" file)))
                                    (reverse (mapcar #'car load-history)))))
        (root (smbcmp-compiled--root)))
    (when (smbcmp-compiled-prefer)
      (dolist (source loaded t)
        (when (string-prefix-p root source)
          (let ((compiled (expand-file-name (concat (file-relative-name source root) "c")
                                            smbcmp-compiled--directory)))
            (when (file-exists-p compiled)
              (load compiled nil t t))))))))

(defun smbcmp-compiled-arguments ()
  "Return arguments of an Emacs for scripts that loads what this one does."
  (append '("-Q" "--batch" "-L")
          (if smbcmp-compiled-state
              (list (directory-file-name smbcmp-compiled-sources)
                    "-l" "smbcmp-compiled" "-f" "smbcmp-compiled-prefer")
            (list (directory-file-name
                   (file-name-directory (locate-library "smbcmp-compiled")))))))

(provide 'smbcmp-compiled)
;;; smbcmp-compiled.el ends here
