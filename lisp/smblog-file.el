;;; smblog-file.el --- Visit Samba logs with find-file  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `find-file' on a Samba log shows it in `smblog-mode', and its bytes never
;; come into a buffer, however many there are.  For names like log.smbd and
;; log.192.168.1.7 (rotated and compressed ones too) a file name handler
;; looks at the first lines: if they are a log's it inserts nothing, and the
;; question about large files is not asked.  A file of any other name whose
;; first lines are a log's is recognized once Emacs has read it; so is the
;; kernel's log, or a trace of its events, if there are lines of its SMB
;; client in it.

;;; Code:

;;;###autoload
(progn
  (defconst smblog-file-name-regexp "\\(?:\\`\\|/\\)log\\.[^/]+\\'"
    "Regexp for names of files whose first lines are looked at.")

  (defconst smblog-file-daemon-regexp
    "\\(?:\\`\\|/\\)log\\.\\(?:[sn]mbd\\|winbindd\\(?:-[a-z]+\\)?\\|wb-[^/]*\\|samba\\|smbclient\\|rpcd?_[^/]*\\|samba-[^/]*\\)\
\\(?:\\.old\\|[-.][0-9]+\\)*\\(?:\\.\\(?:gz\\|xz\\|zst\\|bz2\\)\\)?\\'"
    "Regexp for names of logs of Samba's own programs, whatever is in them.")

  (defconst smblog-file-compressed-regexp "\\.\\(?:gz\\|xz\\|zst\\|bz2\\)\\'"
    "Regexp for names of compressed files.")

  (defconst smblog-file-header-regexp
    "^\\(?:[^\n[]\\{0,120\\}\\(?:\\[[0-9]+\\]\\)?[^\n[]\\{0,20\\}\\)?\
\\[[0-9]\\{4\\}[-/][0-9][0-9][-/][0-9][0-9][ T][0-9:.]\\{8,\\}[-+Z0-9:]*, *[0-9]+[],]\
\\|\\`INFO: Current debug levels:\
\\|^\\(?:SYSLOG_IDENTIFIER\\|_COMM\\)=\\(?:[sn]mbd\\|winbindd\\|samba\\)\
\\|\"\\(?:SYSLOG_IDENTIFIER\\|_COMM\\)\" ?: ?\"\\(?:[sn]mbd\\|winbindd\\|samba\\)"
    "Regexp that a Samba log has a match for in its first lines.
So has what journalctl exports of Samba's programs, as fields or as JSON.")

  (defconst smblog-file-kernel-name-regexp
    "\\(?:\\`\\|/\\)\\(?:dmesg\\|trace\\|kern\\.log\\|journal\\)\\(?:[-_.][^/]*\\)?\\'"
    "Regexp for names of files that are looked into for lines of the kernel's client.")

  (defconst smblog-file-kernel-regexp
    (let ((stamp "\\[[^]\n]\\{8,40\\}\\]\\(?:\\[ *[TC][0-9]+\\]\\)? +")
          (cifs "\\(?:CIFS: \\|CIFS VFS: \\|fs/\\(?:cifs\\|smb/client\\)/[a-z0-9_]+\\.c: \\)"))
      (concat
       ;; dmesg, also with -x and -r, and journalctl -o short-monotonic.
       "^\\(?:<[0-9]+>\\|[a-z]+ *:[a-z]+ *: \\)?" stamp "\\(?:[^ \n]+ kernel: \\)?" cifs
       ;; dmesg --time-format iso.
       "\\|^[0-9-]+T[0-9:.,+Z-]+ " cifs
       ;; syslog, journalctl.
       "\\|^[A-Z0-9][^\n]\\{8,80\\} kernel: \\(?:" stamp "\\)?" cifs
       ;; ftrace, trace-cmd report.
       "\\|^[^\n]\\{1,40\\}-[0-9]+ [^\n]\\{0,20\\}\\[[0-9]+\\] \
[^\n]\\{0,40\\}[0-9]\\.[0-9]+: smb3_[a-z_]+: "))
    "Regexp for a line of the SMB client in the kernel's log or a trace of events.")

  (defconst smblog-file-kernel-limit 1000000
    "How far lines of the kernel's client are looked for: other messages go before.")

  (defun smblog-file--kernel-here-p ()
    "Return non-nil if there are lines of the kernel's client from point on."
    (let ((limit (min (point-max) (+ (point) smblog-file-kernel-limit)))
          (case-fold-search nil)
          found)
      ;; What few lines have is looked for first.
      (while (and (not found)
                  (< (point) limit)
                  (re-search-forward "CIFS\\|fs/cifs/\\|fs/smb/client/\\|smb3_" limit t))
        (setq found (save-excursion
                      (beginning-of-line)
                      (looking-at smblog-file-kernel-regexp)))
        (forward-line))
      found))

  (defun smblog-file-kernel-p (file)
    "Return non-nil if FILE is named and filled like a kernel's log, with its client."
    (and (string-match-p smblog-file-kernel-name-regexp file)
         (file-regular-p file)
         (file-readable-p file)
         (with-temp-buffer
           ;; Decompressed, if it has to be.
           (insert-file-contents file nil 0 smblog-file-kernel-limit)
           (goto-char (point-min))
           (smblog-file--kernel-here-p))))

  (defun smblog-file--head-p (file)
    "Return non-nil if the first lines of FILE are those of a Samba log."
    (with-temp-buffer
      (let ((inhibit-file-name-handlers
             (cons 'smblog-file-handler inhibit-file-name-handlers))
            (inhibit-file-name-operation 'insert-file-contents)
            (coding-system-for-read 'raw-text))
        (insert-file-contents file nil 0 4000))
      (goto-char (point-min))
      (re-search-forward smblog-file-header-regexp nil t)))

  (defun smblog-file-p (file)
    "Return non-nil if FILE is shown in `smblog-mode' when it is visited.
Only a file whose name is like a log's is looked into."
    (and (string-match-p smblog-file-name-regexp file)
         (file-regular-p file)
         (file-readable-p file)
         (or (string-match-p smblog-file-daemon-regexp file)
             (smblog-file--head-p file))))

  (defun smblog-file--buffer-p ()
    "Return non-nil if the first lines of this buffer are a Samba log's.
For `magic-fallback-mode-alist'."
    (save-excursion
      (or (re-search-forward smblog-file-header-regexp
                             (min (point-max) (+ (point) 4000)) t)
          (save-restriction
            ;; Who chooses a mode shows the first lines only.
            (widen)
            (smblog-file--kernel-here-p)))))

  (defun smblog-file--visiting-p ()
    "Return non-nil if this buffer visits a log that has a log's name.
For `magic-mode-alist': other modes know endings such as .1."
    (and buffer-file-name
         (or (string-match-p smblog-file-name-regexp buffer-file-name)
             (string-match-p smblog-file-kernel-name-regexp buffer-file-name))
         ;; Most were not read in; one may be, by another handler.
         (if (zerop (buffer-size))
             (smblog-file-p buffer-file-name)
           (smblog-file--buffer-p))))

  (defun smblog-file--never-large (_size _operation filename &optional offer-raw &rest _)
    "Return non-nil if FILENAME is a log, whose bytes are never read in.
OFFER-RAW is nil if they are, by `find-file-literally' or `insert-file'.
Advice for `abort-if-file-too-large'."
    (and offer-raw
         (stringp filename)
         (smblog-file-p filename)))

  (put 'smblog-file-handler 'operations '(insert-file-contents))
  ;; The handler whose match begins last in a name is the one that is
  ;; called, hence the second entry for what jka-compr matches, too.
  (add-to-list 'file-name-handler-alist
               (cons smblog-file-name-regexp 'smblog-file-handler))
  (add-to-list 'file-name-handler-alist
               (cons smblog-file-compressed-regexp 'smblog-file-handler))
  (add-to-list 'magic-mode-alist '(smblog-file--visiting-p . smblog-mode))
  (add-to-list 'magic-fallback-mode-alist '(smblog-file--buffer-p . smblog-mode)))

;;;; Visiting

;;;###autoload
(advice-add 'abort-if-file-too-large :before-until #'smblog-file--never-large)

;;;###autoload
(defun smblog-file-handler (operation &rest args)
  "Do OPERATION with ARGS; visiting a log inserts nothing.
For `file-name-handler-alist'."
  (let ((filename (car args)) (visit (nth 1 args)))
    (if (and (eq operation 'insert-file-contents)
             visit
             (not (eq inhibit-file-name-operation 'insert-file-contents))
             (smblog-file-p (expand-file-name filename)))
        (progn
          (setq buffer-file-name (expand-file-name filename))
          (set-visited-file-modtime)
          (set-buffer-modified-p nil)
          (list buffer-file-name 0))
      (let ((inhibit-file-name-handlers
             (cons 'smblog-file-handler
                   (and (eq inhibit-file-name-operation operation)
                        inhibit-file-name-handlers)))
            (inhibit-file-name-operation operation))
        (apply operation args)))))

(provide 'smblog-file)
;;; smblog-file.el ends here
