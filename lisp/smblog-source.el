;;; smblog-source.el --- From a log message to its source line  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A message names the file, line and function that logged it.  The tree at
;; hand is often of another version: then the line in it is the one of the
;; function that has the message's text, or where the function begins; and
;; a function that moved is looked for in the whole tree.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(autoload 'smbcmp-mode-flash-row "smbcmp-mode")

(defgroup smblog-source nil
  "The source lines of log messages."
  :group 'smblog)

(defcustom smblog-src-dir nil
  "Directory of the Samba source tree, or nil to be asked for it."
  :type '(choice (const :tag "Ask" nil) directory)
  :group 'smblog-source)

;;;; Files

(defun smblog-source-plain (file)
  "Return FILE, as a message has it, without leading \"../\"."
  (replace-regexp-in-string "\\`\\(?:\\.\\.?/\\)+" "" file))

(defun smblog-source--parts (file)
  "Return what FILE, as a message has it, may be called below a source tree.
A log may come from anyone: of an absolute name only its last parts count,
and a name that leads out of the tree, or to another host, has none."
  (let ((parts (split-string (smblog-source-plain file) "/" t)))
    (unless (cl-some (lambda (part) (or (equal part "..") (string-match-p "[:~\0]" part)))
                     parts)
      (if (string-prefix-p "/" file)
          (cl-loop for rest on parts collect (string-join rest "/"))
        (list (string-join parts "/"))))))

(defun smblog-source-file (tree file)
  "Return the name in TREE of FILE, as a message has it, or nil.
Builds name files by their way from where they were built: from the top,
or from source3, source4 or, long ago, source."
  (cl-loop for plain in (smblog-source--parts file)
           thereis (cl-loop for top in '("" "source3/" "source4/" "source/")
                            for name = (expand-file-name (concat top plain) tree)
                            when (and (file-regular-p name)
                                      ;; A link may lead out of it.
                                      (file-in-directory-p name tree))
                            return name)))

(defun smblog-source--grep (tree function)
  "Return (FILE . LINE) of the definition of FUNCTION in TREE, or nil."
  (with-temp-buffer
    (let ((default-directory (file-name-as-directory tree)))
      (process-file "grep" nil t nil "-rnE" "--include=*.c" "-m1"
                    (concat "^([A-Za-z_].*[ *])?" (regexp-quote function) " *\\(.*[^;]$")
                    "."))
    (goto-char (point-min))
    (when (looking-at "\\([^:\n]+\\):\\([0-9]+\\):")
      (cons (expand-file-name (match-string 1) tree)
            (string-to-number (match-string 2))))))

;;;; Lines

(defun smblog-source-function (function)
  "Return (START . END) of the definition of FUNCTION in this buffer, or nil.
A definition's name stands in a line that begins in the first column and
does not end in a semicolon; its end is a brace in the first column."
  (save-excursion
    (goto-char (point-min))
    (let ((regexp (concat "^\\(?:[[:alpha:]_][^\n;{}()]*[ \t*]\\)?"
                          (regexp-quote function) "[ \t]*(")))
      (cl-loop while (re-search-forward regexp nil t)
               for start = (line-beginning-position)
               for end = (and (re-search-forward "^[{}]\\|;[ \t]*$" nil t)
                              (eq (char-before) ?{)
                              (re-search-forward "^}" nil t))
               when end return (cons start end)
               do (goto-char start) (forward-line 1)))))

(defun smblog-source--format-regexp (format)
  "Return a regexp for what printf makes of FORMAT, as it stands in C.
Return nil if hardly anything in it is literal."
  (let ((literal (replace-regexp-in-string
                  "%[-+ #0-9.*lhzjt]*[[:alpha:]]\\|\\\\[nt\"]" "\0" format t t)))
    (when (>= (length (replace-regexp-in-string "[\0 [:punct:]]" "" literal)) 4)
      (mapconcat (lambda (part)
                   (if (equal part "") "" (regexp-quote part)))
                 (split-string literal "\0") ".*?"))))

(defun smblog-source--line-of-text (bounds text line)
  "Return the line within BOUNDS whose format string made TEXT, or nil.
The nearest to LINE if there are several."
  (let (best)
    (save-excursion
      (goto-char (car bounds))
      (while (re-search-forward "\"\\(\\(?:[^\"\\\n]\\|\\\\.\\)*\\)\"" (cdr bounds) t)
        (let ((here (line-number-at-pos (match-beginning 0)))
              (regexp (save-match-data (smblog-source--format-regexp (match-string 1)))))
          (when (and regexp (string-match-p regexp text)
                     (or (null best) (< (abs (- here line)) (abs (- best line)))))
            (setq best here)))))
    best))

(defun smblog-source--line (function line text)
  "Return (LINE . WHY) for what LINE of FUNCTION, which logged TEXT, is here.
WHY is nil if LINE is right as it is, else a string that says what was
found instead; LINE is nil if nothing was."
  (let* ((bounds (smblog-source-function function))
         (first (and bounds (line-number-at-pos (car bounds))))
         (last (and bounds (line-number-at-pos (cdr bounds))))
         (same (and bounds (smblog-source--line-of-text bounds text line))))
    (cond
     ((null bounds) (cons nil nil))
     ;; A call of several lines has its number anywhere in them.
     ((and (<= first line last) (or (null same) (<= (abs (- same line)) 4)))
      (cons line nil))
     (same (cons same (format "line %d of the log's version is %d here" line same)))
     (t (cons first (format "line %d is not in %s here: this is its beginning"
                            line function))))))

;;;; Command

(defun smblog-source--tree (file)
  "Return the source tree, asking for it if it isn't known or lacks FILE."
  (let ((tree smblog-src-dir))
    (unless (and tree (file-directory-p tree))
      (setq tree (expand-file-name
                  (read-directory-name (format "Samba source tree (for %s): "
                                               (smblog-source-plain file))
                                       tree nil t)))
      (if (y-or-n-p "Keep this tree for all logs? ")
          (customize-save-variable 'smblog-src-dir tree)
        (setq-local smblog-src-dir tree)))
    tree))

(defun smblog-source-find (file line function text)
  "Return (FILE LINE WHY) for the source of a message in `smblog-src-dir'.
FILE, LINE and FUNCTION are what its header says, TEXT its body.  WHY is
nil or a string that tells how the place differs from that.  Signal
`user-error' if neither file nor function is in the tree."
  (let* ((tree (smblog-source--tree file))
         (name (smblog-source-file tree file))
         (found (and name
                     (with-current-buffer (find-file-noselect name)
                       (save-restriction
                         (widen)
                         (smblog-source--line function line text))))))
    (if (car found)
        (list name (car found) (cdr found))
      (pcase (smblog-source--grep tree function)
        (`(,other . ,first)
         (list other first
               (format "%s is in %s here" function (file-relative-name other tree))))
        (_ (if name
               (list name line (format "%s is not in this tree: line %d as it is"
                                       function line))
             (user-error "Neither %s nor %s is in %s"
                         (smblog-source-plain file) function tree)))))))

(defun smblog-source-show (file line function text)
  "Show the source of a message in another window, and go there.
FILE, LINE, FUNCTION and TEXT are those of `smblog-source-find'."
  (when (or (null file) (equal file ""))
    (user-error "This message does not say where it comes from"))
  (pcase-let ((`(,name ,number ,why) (smblog-source-find file line function text)))
    (pop-to-buffer (find-file-noselect name) '(display-buffer-pop-up-window))
    (widen)
    (push-mark nil t)
    (goto-char (point-min))
    (forward-line (1- number))
    (recenter)
    (smbcmp-mode-flash-row)
    (when why (message "%s: %s" (file-name-nondirectory name) why))))

(defun smblog-set-buffer-source-tree (directory)
  "Look for sources of this log in DIRECTORY."
  (interactive "DSamba source tree of this log: ")
  (setq-local smblog-src-dir (expand-file-name directory)))

(provide 'smblog-source)
;;; smblog-source.el ends here
