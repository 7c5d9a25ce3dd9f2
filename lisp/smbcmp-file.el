;;; smbcmp-file.el --- Visit captures with find-file  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; `find-file' on a capture shows its packet list.  The file's bytes never
;; come into a buffer, however large it is: a file name handler answers
;; `insert-file-contents' by inserting nothing, and Emacs' question about
;; large files is not asked.  `find-file-literally' still shows the bytes.

;;; Code:

;;;###autoload
(progn
  ;; Digits follow where tcpdump -C begins another file.
  (defconst smbcmp-file-regexp
    "\\.\\(?:pcap\\(?:ng\\)?[0-9]*\\|ntar\\|cap\\|snoop\\|erf\\|5vw\\)\
\\(?:\\.\\(?:gz\\|zst\\|lz4\\)\\)?\\'"
    "Regexp for names of files that are shown as packet lists.")

  (defun smbcmp-file--never-large (_size _operation filename &optional offer-raw &rest _)
    "Return non-nil if FILENAME is a capture, whose bytes are not read in.
OFFER-RAW is nil if they are, by `find-file-literally' or `insert-file'.
Advice for `abort-if-file-too-large'."
    (and offer-raw
         (stringp filename)
         (let ((case-fold-search t))
           (string-match-p smbcmp-file-regexp filename))))

  (put 'smbcmp-file-handler 'operations '(insert-file-contents))
  ;; The handler whose match begins last in a name is the one that is
  ;; called: jka-compr's begins with the dot before "gz".
  (add-to-list 'file-name-handler-alist
               '("\\.\\(?:[pP][cC][aA][pP]\\(?:[nN][gG]\\)?[0-9]*\\|ntar\\|[cC][aA][pP]\
\\|snoop\\|erf\\|5vw\\)\\'\\|\\(?:gz\\|zst\\|lz4\\)\\'"
                 . smbcmp-file-handler))
  (add-to-list 'auto-mode-alist (cons smbcmp-file-regexp 'smbcmp-list-mode)))

;;;###autoload
(advice-add 'abort-if-file-too-large :before-until #'smbcmp-file--never-large)

;;;###autoload
(defun smbcmp-file-handler (operation &rest args)
  "Do OPERATION with ARGS; visiting a capture inserts nothing.
For `file-name-handler-alist'."
  (let ((filename (car args)) (visit (nth 1 args)))
    (if (and (eq operation 'insert-file-contents)
             visit
             (not (eq inhibit-file-name-operation 'insert-file-contents))
             (let ((case-fold-search t))
               (string-match-p smbcmp-file-regexp filename))
             (file-readable-p filename)
             (not (file-directory-p filename)))
        (progn
          (setq buffer-file-name filename)
          (set-visited-file-modtime)
          (set-buffer-modified-p nil)
          (list filename 0))
      (let ((inhibit-file-name-handlers
             (cons 'smbcmp-file-handler
                   (and (eq inhibit-file-name-operation operation)
                        inhibit-file-name-handlers)))
            (inhibit-file-name-operation operation))
        (apply operation args)))))

(provide 'smbcmp-file)
;;; smbcmp-file.el ends here
