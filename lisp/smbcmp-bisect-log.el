;;; smbcmp-bisect-log.el --- Run a bisection, and see each step's divergence  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A script of `smbcmp-bisect' writes a line to its log for each revision:
;; good, bad or skipped, and where it first diverged.  The log is shown as
;; it grows; RET on a line shows what the revision changed.

;;; Code:

(require 'autorevert)
(require 'compile)
(require 'smbcmp-mode)

(defvar-local smbcmp-bisect-log-directory nil
  "The repository whose revisions this log is about, or nil if it isn't known.")

(defvar smbcmp-bisect-log-font-lock
  '(("^\\([0-9a-f-]+\\) \\(good\\): " (1 font-lock-constant-face) (2 'smbcmp-mode-success))
    ("^\\([0-9a-f-]+\\) \\(bad\\): " (1 font-lock-constant-face) (2 'error))
    ("^\\([0-9a-f-]+\\) \\(skip\\): " (1 font-lock-constant-face) (2 'smbcmp-mode-warning)))
  "What is highlighted in the log of a bisection.")

(defvar smbcmp-bisect-log-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'next-line)
    (define-key map "p" #'previous-line)
    (define-key map (kbd "RET") #'smbcmp-bisect-log-show)
    map)
  "Keymap of `smbcmp-bisect-log-mode'.")

(define-derived-mode smbcmp-bisect-log-mode special-mode "Bisect-Log"
  "Major mode for the log of a bisection: a line for each revision.
It says if the revision is good, bad or skipped, and where it first
diverged.  \\<smbcmp-bisect-log-mode-map>\\[smbcmp-bisect-log-show] shows what \
the revision at point changed."
  (setq-local font-lock-defaults '(smbcmp-bisect-log-font-lock t))
  (setq truncate-lines t)
  (smbcmp-mode-show-row)
  ;; A bisection may have written more since the file was read: Emacs would ask what to
  ;; do about that.
  (setq-local auto-revert-tail-pos (1- (position-bytes (point-max))))
  (set-visited-file-modtime)
  (auto-revert-tail-mode 1))

(defun smbcmp-bisect-log-show ()
  "Show the revision at point, as git does."
  (interactive)
  (let ((revision (save-excursion
                    (beginning-of-line)
                    (if (looking-at "[0-9a-f]+\\_>") (match-string-no-properties 0)
                      (user-error "No revision here"))))
        (directory (or smbcmp-bisect-log-directory
                       (setq smbcmp-bisect-log-directory
                             (read-directory-name "Repository: ")))))
    (with-current-buffer (get-buffer-create "*smbcmp-revision*")
      (setq default-directory directory)
      (let ((inhibit-read-only t))
        (erase-buffer)
        (unless (eq 0 (process-file "git" nil t nil "show" "--stat" "--patch" revision))
          (user-error "%s" (buffer-string))))
      (goto-char (point-min))
      (diff-mode)
      (setq buffer-read-only t)
      (display-buffer (current-buffer)))))

;;;###autoload
(defun smbcmp-bisect-log (script &optional directory)
  "Show the log of SCRIPT, which `smbcmp-bisect' wrote, as it grows.
DIRECTORY is the repository, if it is known."
  (interactive (list (smbcmp-bisect-log--script)))
  (let ((log (concat (expand-file-name script) ".log")))
    (unless (file-exists-p log) (write-region "" nil log nil 'silent))
    (pop-to-buffer (find-file-noselect log))
    (smbcmp-bisect-log-mode)
    (setq smbcmp-bisect-log-directory directory)
    (goto-char (point-max))))

(defun smbcmp-bisect-log--script ()
  "Return the script of this buffer, or the one that is asked for."
  (if (and buffer-file-name (save-excursion
                              (goto-char (point-min))
                              (re-search-forward "git bisect run" 1000 t)))
      buffer-file-name
    (read-file-name "Script for git bisect run: " nil nil t)))

;;;###autoload
(defun smbcmp-bisect-run (script directory bad good)
  "Let git bisect in DIRECTORY find the first revision that SCRIPT calls bad.
`smbcmp-bisect' wrote SCRIPT; BAD and GOOD are revisions.  The script's log
is shown meanwhile, git's own output is in the buffer *smbcmp-bisect*.  End
it with \\[kill-compilation] there; \"git bisect reset\" brings back the
revision that was checked out before."
  (interactive (list (smbcmp-bisect-log--script)
                     (read-directory-name "Repository of the server: " nil nil t)
                     (read-string "Bad revision (default HEAD): " nil nil "HEAD")
                     (read-string "Good revision: ")))
  (let* ((default-directory (file-name-as-directory (expand-file-name directory)))
         (quoted #'shell-quote-argument)
         ;; At its end git shows the commit, in a pager if it may.
         (process-environment (cons "GIT_PAGER=cat" process-environment)))
    (when (equal good "") (user-error "No good revision"))
    (save-window-excursion
      (compilation-start (format "git bisect start %s %s && git bisect run %s"
                                 (funcall quoted bad) (funcall quoted good)
                                 (funcall quoted (expand-file-name script)))
                         nil (lambda (_) "*smbcmp-bisect*")))
    (with-current-buffer "*smbcmp-bisect*"
      (add-hook 'compilation-finish-functions #'smbcmp-bisect-log--finished nil t))
    (smbcmp-bisect-log script default-directory)))

(defun smbcmp-bisect-log--finished (buffer _how)
  "Say what git found, according to its output in BUFFER."
  (with-current-buffer buffer
    (save-excursion
      (goto-char (point-max))
      (message "%s" (if (re-search-backward "^[0-9a-f]+ is the first '?bad'? commit$" nil t)
                        (match-string 0)
                      "No revision was found; the buffer *smbcmp-bisect* says why")))))

(provide 'smbcmp-bisect-log)
;;; smbcmp-bisect-log.el ends here
