;;; smblog-file.el --- Visit Samba logs with find-file  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `find-file' on a Samba log shows it in `smblog-mode', and its bytes never
;; come into a buffer, however many there are.  For names like log.smbd and
;; log.192.168.1.7 (rotated and compressed ones too) a file name handler
;; looks at the first lines: if they are a log's it inserts nothing, and the
;; question about large files is not asked.
;;
;; A file of any other name is recognized by what is in it once Emacs has
;; read it: most of its first lines begin as a log's do, and there are lines
;; of Samba, of the kernel's SMB client or server, or of ctdb in it.  Files
;; whose name says that they are something else, as .org does, stay that.

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
\\[[0-9]\\{4\\}[-/][0-9][0-9][-/][0-9][0-9][ T][0-9:.]\\{8,\\}[-+Z0-9:]*, *\\(?:[a-z0-9_]+ \\)?[0-9]+[],]\
\\|\\`INFO: Current debug levels:\
\\|^\\(?:SYSLOG_IDENTIFIER\\|_COMM\\)=\\(?:[sn]mbd\\|winbindd\\|samba\\)\
\\|\"\\(?:SYSLOG_IDENTIFIER\\|_COMM\\)\" ?: ?\"\\(?:[sn]mbd\\|winbindd\\|samba\\)"
    "Regexp that a Samba log has a match for in its first lines.
So has what journalctl exports of Samba's programs, as fields or as JSON.")

  (defconst smblog-file-line-regexp
    (concat
     ;; What containers' runtimes, syslog and dmesg put before it.
     "\\(?:[^ \n|]\\{1,60\\} +| \\|\\[pod/[^]\n]*\\] \\|<[0-9]+>\\|[a-z]+ *:[a-z]+ *: \\)?\
\\(?:\\[ *[0-9]+\\.[0-9]+\\(?: <[^>\n]*>\\)?\\]\
\\|\\[?[0-9]\\{4\\}[-/][0-9][0-9][-/][0-9][0-9][ T][0-9:]\\{8\\}\
\\|[0-9]\\{9,10\\}\\.[0-9]\\|[0-9]+ [0-9]\\{4\\}-[0-9-]+T[0-9:]\\{8\\}\
\\|\\[?\\(?:[^][0-9 \n]\\{1,12\\} +\\)\\{0,2\\}[^][ \n]\\{2,12\\} +[0-9]\\{1,2\\} [0-9][0-9]:[0-9][0-9]:[0-9][0-9]\
\\|[^][0-9 \n]\\{1,12\\} [0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9] [0-9:]\\{8\\}\\)"
     ;; Synology's, grep's of several files, mails', dmesg -t.
     "\\|[^ :\n]\\{1,80\\}\\.c:[0-9]+: \\[[0-9]\\{4\\}/\\|[^ :\n]\\{1,80\\}[-:]\\(?:  \\|\\[[0-9]\\{4\\}/\\)\
\\|\\(?:> *\\)+\\(?:  \\|\\[[0-9]\\{4\\}/\\)\\|CIFS: \\(?:VFS: \\|Status code \\|Attempting to mount \\)\\|CIFS VFS: \\|\\[[x.]+\\] \
\\|\\[ *[+<] *[0-9]+\\.[0-9]+>?\\] \\|\\[[^] 0-9\n]\\{2,8\\}[0-9 ][0-9] [0-9][0-9]:[0-9][0-9]\\] \
\\|[0-9],[0-9]+,[0-9]+,[^ ;\n]*;"
     ;; Names of pods or of a workflow's steps, and a time.
     "\\|[^[\n]\\{1,60\\}[ \t][0-9]\\{4\\}-[0-9][0-9]-[0-9][0-9]T[0-9:]\\{8\\}\\.[0-9]+Z "
     ;; Docker's json-file.
     "\\|{\"log\":\""
     ;; ftrace, trace-cmd report, perf script, function_graph.
     "\\| *[^ \n]\\{1,24\\}[- ] *[0-9]+ [^\n]\\{0,24\\}\\[[0-9]+\\] [^\n]\\{0,40\\}[0-9]\\.[0-9]+: \
\\| *\\(?:[0-9]+\\.[0-9]+ *| *\\)?[0-9]+) [^|\n]\\{0,40\\}|\
\\|# tracer: \\|cpus=[0-9]+$")
    "Regexp for the beginning of a line of a log of any program.")

  (defconst smblog-file-samba-regexp
    (concat
     smblog-file-header-regexp
     ;; A daemon of Samba's, as syslog has it.
     "\\|\\_<\\(?:[sn]mbd\\|smbd-[a-z]+\\|winbindd\\|samba\\(?:-[a-z]+\\)?\\|rpcd_[a-z]+\\|ctdbd?\
\\|ctdb-[a-z]+\\|smbd_audit\\|cifs\\.upcall\\)\\(?:\\[[0-9]+\\]\\)?: "
     ;; The kernel's client and server, and where they crash.
     "\\|CIFS\\(?: VFS\\)?: \\|fs/\\(?:cifs\\|smb/[a-z]+\\|ksmbd\\)/[a-z0-9_]+\\.c: \\|\\_<\\(?:ksmbd\\|k?cifsd\\): \
\\|\\+0x[0-9a-f]+/0x[0-9a-f]+ \\[\\(?:cifs\\|ksmbd\\)\\]"
     ;; Traces.
     "\\|\\_<\\(?:smb3\\|cifs\\)_[a-z0-9_]+: \\|: *cifs:smb3_[a-z0-9_]+: \\|\\_<\\(?:smb[23]\\|cifs\\|ksmbd\\|smbd\\)_[a-z0-9_]+\\(?: \\[[a-z]+\\]\\)?("
     ;; What is said without a header.
     "\\|\\_<NT_STATUS_[A-Z]\\|\\_<check_ntlm_password: \\|\\_<make_connection_snum: \
\\|\\_<lp_load_ex: \\|smbd version [0-9]")
    "Regexp that is somewhere in a log of Samba's, the kernel's or ctdb's.")

  (defconst smblog-file-limit 1000000
    "How far lines of Samba are looked for: other programs' may go before.")

  (defun smblog-file--log-like-p ()
    "Return non-nil if most of the lines from point on begin as a log's.
Lines that are indented belong to the one before."
    (let ((case-fold-search nil) (like 0) (lines 0))
      (save-excursion
        (while (and (< lines 30) (not (eobp)))
          (cond ((or (looking-at smblog-file-line-regexp)
                     (looking-at smblog-file-header-regexp))
                 (setq like (1+ like) lines (1+ lines)))
                ((not (looking-at "[ \t\r]\\|#\\|-- \\|$")) (setq lines (1+ lines))))
          (forward-line)))
      (and (> like 0) (>= (* 2 like) lines))))

  (defconst smblog-file-headless-regexp
    "^ *\\(?:INFO: Current debug levels:\\|lp_load_ex: \\|doing parameter [a-z ]+=\
\\|Processing section \"\\[\\|Initialising global parameters\\|rlimit_max: \\|added interface \
\\|[sn]mbd version [0-9]\\|winbindd version [0-9]\\|Copyright Andrew Tridgell\
\\|Client started (version \\|Connecting to [^ \n]+ at port \\|session request ok\
\\|params\\.c:\\|pm_process() \\|Registered MSG_REQ_POOL_USAGE\\|gensec_\\|GENSEC backend \\)"
    "Regexp for lines that Samba's programs print on a terminal, without headers.")

  (defun smblog-file--headless-p ()
    "Return non-nil if several of the next lines are what Samba prints on terminals."
    (save-excursion
      (let ((limit (min (point-max) (+ (point) 4000))))
        (and (re-search-forward smblog-file-headless-regexp limit t)
             (re-search-forward smblog-file-headless-regexp limit t)))))

  (defconst smblog-file-wrappings
    '(("[^\e]\\{0,4000\\}\e\\[" . "\e\\[[0-9;]*[A-Za-z]")
      ("\\(?: *[0-9]+[\t :|-].*\n\\)\\{3\\}" . "^ *[0-9]+[\t :|-]")
      ("diff \\|--- \\|@@ -\\|[-+]" . "^\\(?:\\(?:diff \\|--- \\|\\+\\+\\+ \\|@@ \\).*\n\\|[-+]\\)"))
    "What programs put around a log's lines: (BEGINNING . REGEXP).
Colours of a terminal, numbers of lines, the marks of diff.  Text with
BEGINNING may have them; REGEXP matches what is not the log's.")

  (defun smblog-file--here-p ()
    "Return non-nil if what is from point on is a log for `smblog-mode'."
    (or (smblog-file--plain-p)
        (let* ((wrapping (assoc nil smblog-file-wrappings
                                (lambda (beginning _) (looking-at-p beginning))))
               (text (and wrapping
                          (buffer-substring-no-properties
                           (point) (min (point-max) (+ (point) smblog-file-limit))))))
          (and wrapping
               (with-temp-buffer
                 (insert (replace-regexp-in-string (cdr wrapping) "" text t t))
                 (goto-char (point-min))
                 (smblog-file--plain-p))))))

  (defun smblog-file--plain-p ()
    "Return non-nil if the plain text from point on is a log for `smblog-mode'."
    (let ((case-fold-search nil))
      (or (looking-at "INFO: Current debug levels:\\|lp_load_ex: ")
          (smblog-file--headless-p)
          ;; An export of journalctl, records of JSON or CSV.
          (and (looking-at "[A-Za-z0-9_]+=\\|\\[?[ \n]*{\\|data: ?{\
\\|[\"A-Za-z0-9_@. -]+[,;\t][\"A-Za-z0-9_@. ,;\t-]*\r?\n[^\n]*\"")
               (save-excursion
                 (re-search-forward (concat smblog-file-header-regexp
                                            "\\|CIFS: \\(?:VFS\\|Attempting\\|fs/\\)")
                                    (min (point-max) (+ (point) 4000)) t)))
          (and (smblog-file--log-like-p)
               (save-excursion
                 (re-search-forward smblog-file-samba-regexp
                                    (min (point-max) (+ (point) smblog-file-limit)) t))))))

  (defun smblog-file--ours-p (name)
    "Return non-nil if the file NAME may be a log's.
That is if Emacs knows no mode for it, other than for text and manual
pages, which it knows by endings such as .txt and .1."
    (let ((case-fold-search nil) (again t) mode)
      (while again
        (setq mode (assoc-default name auto-mode-alist #'string-match)
              again nil)
        ;; For .gz and the like: (MODE t).
        (when (and (consp mode) (cadr mode) (string-match "\\.[^./]*\\'" name))
          (setq name (substring name 0 (match-beginning 0))
                mode nil
                again t)))
      (memq mode '(nil text-mode nroff-mode fundamental-mode))))

  (defun smblog-file--content-p (file)
    "Return non-nil if what is in FILE is a log for `smblog-mode'."
    (with-temp-buffer
      ;; Decompressed, if it has to be.
      (let ((inhibit-file-name-handlers
             (cons 'smblog-file-handler inhibit-file-name-handlers))
            (inhibit-file-name-operation 'insert-file-contents)
            (coding-system-for-read 'raw-text))
        (insert-file-contents file nil 0 smblog-file-limit))
      (goto-char (point-min))
      (cond ((looking-at "\377\376\\|\376\377")
             (decode-coding-region (point) (point-max) 'utf-16))
            ((looking-at "\357\273\277") (replace-match "")))
      (smblog-file--here-p)))

  (defun smblog-file-log-p (file)
    "Return non-nil if FILE, of whatever name, is shown in `smblog-mode'."
    (and (smblog-file--ours-p file)
         (file-regular-p file)
         (file-readable-p file)
         (smblog-file--content-p file)))

  (defun smblog-file-p (file)
    "Return non-nil if FILE is shown in `smblog-mode' when it is visited.
Only a file whose name is like a log's is looked into."
    (and (string-match-p smblog-file-name-regexp file)
         (file-regular-p file)
         (file-readable-p file)
         (or (string-match-p smblog-file-daemon-regexp file)
             (smblog-file--content-p file))))

  (defun smblog-file--visiting-p ()
    "Return non-nil if this buffer visits a log, whatever its name.
For `magic-mode-alist': other modes know endings such as .1 and .txt."
    (and buffer-file-name
         (if (and (zerop (buffer-size))
                  (string-match-p smblog-file-name-regexp buffer-file-name))
             ;; Most such were not read in; one may be, by another handler.
             (smblog-file-p buffer-file-name)
           (and (or (string-match-p smblog-file-name-regexp buffer-file-name)
                    (smblog-file--ours-p buffer-file-name))
                (save-restriction
                  ;; Who chooses a mode shows the first lines only.
                  (widen)
                  (smblog-file--here-p))))))

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
  (add-to-list 'magic-mode-alist '(smblog-file--visiting-p . smblog-mode)))

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
