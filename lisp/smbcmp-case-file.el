;;; smbcmp-case-file.el --- The files of a case  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What support gets: a directory or an archive.  Archives are unpacked into
;; a temporary directory that only the user can read; what each file is, its
;; first bytes tell, not its name.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-module)
(require 'smbcmp-settings)

(autoload 'smblog-file-p "smblog-file")
(autoload 'smblog-file-log-p "smblog-file")

(defconst smbcmp-case-file--depth 3
  "How deep archives within archives are unpacked.")

;;;; Customization

(defcustom smbcmp-case-unpack-limit 2000
  "Megabytes that an archive of a case may unpack to, or nil for any number.
It may always unpack to twenty times its size.  Of one that would be
larger this much is there, and \\<smbcmp-case-mode-map>\\[revert-buffer] \
asks whether to unpack all
of it; in batch mode it is an error."
  :type '(choice (const :tag "Any number" nil) natnum)
  :risky t
  :group 'smbcmp)

(defconst smbcmp-case-file--most-files 100000
  "How many files an archive may unpack to, if there is a limit.")

;;;; Archives

(defconst smbcmp-case-file--archives
  '(("\\`PK\3\4" . zip)
    ("\\`\\(?:.\\|\n\\)\\{257\\}ustar" . tar))
  "Regexps for how archives begin, once decompressed, and what they are.")

(defconst smbcmp-case-file--compressions
  '(("\\`\37\213" "gzip" "-dc") ("\\`\3757zXZ\0" "xz" "-dc") ("\\`(\265/\375" "zstd" "-dcq")
    ("\\`BZh" "bzip2" "-dc") ("\\`\4\"M\30" "lz4" "-dc"))
  "Regexps for how compressed files begin, and the commands that undo it.")

(defun smbcmp-case-file--head (file)
  "Return the first bytes of FILE, decompressed if need be, and how.
That is (BYTES . COMMAND), COMMAND a list of words or nil."
  (with-temp-buffer
    (set-buffer-multibyte nil)
    (let ((coding-system-for-read 'no-conversion))
      (insert-file-contents-literally file nil 0 65536))
    (let* ((case-fold-search nil)
           (command (cdr (assoc (buffer-string) smbcmp-case-file--compressions
                                #'string-match-p))))
      (when command
        (let ((default-directory (file-name-directory (expand-file-name file)))
              (coding-system-for-read 'no-conversion))
          (erase-buffer)
          (call-process "sh" nil '(t nil) nil "-c" "f=$1; shift; \"$@\" <\"$f\" | head -c 65536"
                        "sh" (file-name-nondirectory file) (car command) (cadr command))))
      (cons (buffer-string) command))))

(defun smbcmp-case-file-archive-p (file)
  "Return what kind of archive FILE is, `zip' or `tar', or nil."
  (and (file-regular-p file)
       (let ((case-fold-search nil))
         (cdr (assoc (car (smbcmp-case-file--head file)) smbcmp-case-file--archives
                     #'string-match-p)))))

(defun smbcmp-case-file--unpacker (file kind)
  "Return the command that unpacks FILE, an archive of KIND, in its directory."
  (cond
   ((executable-find "bsdtar") (list "bsdtar" "-x" "-f" file "--no-same-owner"))
   ((eq kind 'tar) (list "tar" "-x" "-f" file "--no-same-owner" "--no-same-permissions"))
   ((executable-find "unzip") (list "unzip" "-q" "-n" file))
   (t (signal 'smbcmp-file-error
              (list (format "%s: install unzip or bsdtar to unpack it" file))))))

(defun smbcmp-case-file--limit (file)
  "Return how many bytes FILE, an archive, may unpack to, or nil."
  (and smbcmp-case-unpack-limit
       (max (* 1000000 smbcmp-case-unpack-limit)
            (* 20 (file-attribute-size (file-attributes file))))))

(defun smbcmp-case-file-unpack (file directory done &optional unlimited)
  "Begin to unpack the archive FILE in DIRECTORY, which is made.
Archives in it are unpacked beside themselves, a few deep.  DONE is called
at the end with nil or with what went wrong, a string; what could be
unpacked is there then.  If that would be more than
`smbcmp-case-unpack-limit' allows, what went wrong is of
`smbcmp-case-file-limited-p'; there is no limit if UNLIMITED is non-nil."
  (smbcmp-case-file--unpack file directory done smbcmp-case-file--depth
                            (cons (and (not unlimited) (smbcmp-case-file--limit file))
                                  directory)))

(defun smbcmp-case-file-limited-p (problem)
  "Return non-nil if PROBLEM is that there is more than may be unpacked."
  (and problem (string-match-p " are unpacked\\'" problem)))

(defun smbcmp-case-file--unpack (file directory done depth limit)
  "Begin to unpack FILE in DIRECTORY and archives in it, DEPTH deep; call DONE.
LIMIT is (BYTES . TOP): how much may come to be in the directory TOP; or nil
for BYTES."
  (let* ((output (generate-new-buffer " *smbcmp unpack*"))
         (command (smbcmp-case-file--unpacker (expand-file-name file)
                                              (smbcmp-case-file-archive-p file)))
         (default-directory (file-name-as-directory directory)))
    (with-file-modes #o700 (make-directory directory t))
    (smbcmp-case-file--watch
     (make-process
      :name "smbcmp unpack" :buffer output :noquery t :connection-type 'pipe
      :command (append (list "sh" "-c" "exec \"$@\" 2>&1" "sh") command)
      :sentinel
      (lambda (process _event)
        (unless (process-live-p process)
          (let ((problem (smbcmp-case-file--problem process file limit)))
            (kill-buffer output)
            (smbcmp-case-file--unpack-inner
             ;; It is gone if nobody wants it any more.
             (and (> depth 1) (file-directory-p directory)
                  (not (smbcmp-case-file-limited-p problem))
                  (seq-filter #'smbcmp-case-file-archive-p (smbcmp-case-file-list directory)))
             problem done (1- depth) limit)))))
     limit)))

(defun smbcmp-case-file--complaint ()
  "Return what the program whose output this buffer has says first, on one line.
Before it unzip has a line of the archive's name, behind it advice."
  (goto-char (point-min))
  (while (looking-at "[ \t]*\\(?:\\[.*\\]\\)?[ \t]*\n") (forward-line))
  (skip-chars-forward " \t")
  (replace-regexp-in-string "\\.  .*\\'" "."
                            (buffer-substring (point) (line-end-position))))

(defun smbcmp-case-file--problem (process file limit)
  "Return what went wrong when PROCESS unpacked FILE up to LIMIT, or nil."
  (cond ((or (process-get process 'limited) (smbcmp-case-file--beyond-p limit))
         (format "%s: there is more in it; only the first %s are unpacked" file
                 (file-size-human-readable (car (smbcmp-case-file--amount (cdr limit)))
                                           'si " " "B")))
        ((not (eql 0 (process-exit-status process)))
         (with-current-buffer (process-buffer process)
           (format "%s can't be unpacked: %s" file (smbcmp-case-file--complaint))))))

(defun smbcmp-case-file--amount (directory)
  "Return how much is in and below DIRECTORY, (BYTES . FILES)."
  (let ((files (and (file-directory-p directory)
                    (ignore-errors (directory-files-recursively directory "" t)))))
    (cons (cl-loop for file in files
                   sum (or (file-attribute-size (file-attributes file)) 0))
          (length files))))

(defun smbcmp-case-file--beyond-p (limit)
  "Return non-nil if there is more than LIMIT, (BYTES . TOP), allows."
  (and (car limit)
       (pcase-let ((`(,bytes . ,files) (smbcmp-case-file--amount (cdr limit))))
         (or (> bytes (car limit)) (> files smbcmp-case-file--most-files)))))

(defun smbcmp-case-file--watch (process limit)
  "End PROCESS, which unpacks, when there is more than LIMIT allows.
Looking takes the longer, the more files there are: it is done a tenth of
the time at most."
  (when (process-live-p process)
    (let* ((start (float-time))
           (beyond (smbcmp-case-file--beyond-p limit)))
      (if (or beyond
              ;; It is gone if nobody wants it any more.
              (not (file-directory-p (cdr limit))))
          (progn (process-put process 'limited beyond)
                 (delete-process process))
        (run-with-timer (max 0.1 (* 9 (- (float-time) start))) nil
                        #'smbcmp-case-file--watch process limit)))))

(defun smbcmp-case-file--unpack-inner (files problem done depth limit)
  "Unpack FILES, archives, one after the other, DEPTH deep, then call DONE.
It gets PROBLEM or, if that is nil, what went wrong first.  LIMIT is as in
`smbcmp-case-file--unpack'."
  (if (null files)
      (funcall done problem)
    (smbcmp-case-file--unpack
     (car files) (concat (car files) ".d")
     (lambda (found)
       (smbcmp-case-file--unpack-inner (if (smbcmp-case-file-limited-p found) nil (cdr files))
                                       (or problem found) done depth limit))
     depth limit)))

(defun smbcmp-case-file-list (directory)
  "Return the regular files in and below DIRECTORY, no links, sorted by name."
  ;; A link could lead anywhere.
  (seq-filter (lambda (file)
                (eq ?- (aref (file-attribute-modes (file-attributes file)) 0)))
              (directory-files-recursively directory "" nil)))

;;;; What a file is

(defconst smbcmp-case-file--captures
  "\\`\\(?:\12\15\15\12\\|\324\303\262\241\\|\241\262\303\324\\|\115\74\262\241\\|\241\262\74\115\
\\|\64\315\262\241\\|snoop\0\\|GMBU\\|RTSS\\|XCP\0\\|TRSNIFF data\\|\x0f\x10\x0f\x10\\)"
  "Regexp for how captures begin: pcapng, pcap, snoop, NetMon, Sniffer.")

(defun smbcmp-case-file-kind (file)
  "Return what FILE is, by its content: a cons (KIND . DATA).
KIND is `capture', `log', `settings' (DATA is that of
`smbcmp-settings-of-file'), `archive', `empty' or `unknown'."
  (let ((head (car (smbcmp-case-file--head file)))
        (case-fold-search nil))
    (cond
     ((string-empty-p head) '(empty))
     ((string-match-p smbcmp-case-file--captures head) '(capture))
     ((assoc head smbcmp-case-file--archives #'string-match-p) '(archive))
     ((string-match-p "\0" head) '(unknown . "data that is not known"))
     ((or (smblog-file-p file) (smblog-file-log-p file)) '(log))
     (t (let ((settings (smbcmp-settings-of-file file)))
          (if settings (cons 'settings settings)
            '(unknown . "text that is no log of Samba's or the kernel's")))))))

(provide 'smbcmp-case-file)
;;; smbcmp-case-file.el ends here
