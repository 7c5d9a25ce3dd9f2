;;; smblog-message.el --- What a log message looks like  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A message in a buffer: a compact header line and its body, or both in a
;; line when it is folded:
;;
;;   01:58:08.988915 10   7837 smbd_smb2_create_send  source3/smbd/smb2_create.c:743  smb2
;;     smbd_smb2_create_send: name [new]
;;
;;   01:58:08.988915 10   7837 smbd_smb2_create_send: name [new]
;;
;; All its characters have the property `smblog-message', its number;
;; lines that are not of the log, such as gaps in time, have `smblog-note'.
;; Faces come when it is seen, by `jit-lock'.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog)
(require 'smblog-label)

;;;; Customization

(defgroup smblog-view nil
  "How messages of logs are shown."
  :group 'smblog)

(defcustom smblog-gap 1.0
  "Seconds between two messages from which on a line tells of the gap.
A clock that goes back is told, too.  nil means never."
  :type '(choice (const :tag "Never" nil) number))

(defcustom smblog-message-limit 65536
  "Bytes of a message that are shown.
\\<smblog-mode-map>\\[smblog-show-message] shows all of it."
  :type 'integer)

(defcustom smblog-fold t
  "If non-nil, a log is first shown with a line a message.
\\<smblog-mode-map>\\[smblog-toggle-all] changes it in a buffer."
  :type 'boolean)

(defcustom smblog-time-format 'time
  "How times are shown."
  :type '(choice (const :tag "Time of day" time)
                 (const :tag "Since the message before" delta)
                 (const :tag "Date and time" date)))

;;;; Faces

(defface smblog-time '((t :inherit smbcmp-mode-dim))
  "Face for times.")

(defface smblog-function '((t :inherit font-lock-function-name-face))
  "Face for functions.")

(defface smblog-file '((t :inherit smbcmp-mode-dim))
  "Face for source files and lines.")

(defface smblog-class '((t :inherit font-lock-type-face))
  "Face for debug classes.")

(defface smblog-note '((t :inherit font-lock-comment-face :slant italic))
  "Face for lines that are not in the log, such as gaps in time.")

(defface smblog-fold '((t :inherit smbcmp-mode-dim))
  "Face for the number of lines that are folded away.")

(defface smblog-level-error '((t :inherit error))
  "Face for level 0.")

(defface smblog-level-warning '((t :inherit smbcmp-mode-warning))
  "Face for levels 1 and 2.")

(defface smblog-level-notice '((t :inherit bold))
  "Face for levels 3 and 4.")

(defface smblog-level-debug '((t :inherit smbcmp-mode-dim))
  "Face for levels from 5 on.")

(defface smblog-error '((t :inherit error))
  "Face for statuses that are errors, and for panics.")

(defface smblog-ok '((t :inherit smbcmp-mode-success))
  "Face for statuses that are success.")

(defface smblog-pending '((t :inherit smbcmp-mode-warning))
  "Face for statuses that are neither error nor success.")

(defface smblog-mid '((t :inherit bold))
  "Face for message ids of SMB.")

(defface smblog-dump '((t :inherit font-lock-comment-face))
  "Face for hexdumps.")

(defface smblog-mark
  '((((class color) (min-colors 88)) :inherit region)
    ;; There the region is blue, and so are functions.
    (t :underline t))
  "Face for the message that is marked.")

(defface smblog-pid-1
  '((((min-colors 88) (background dark)) :foreground "#7fb7ff")
    (((min-colors 88)) :foreground "#0b4f9e")
    (((min-colors 8) (background dark)) :foreground "cyan")
    (((min-colors 8)) :foreground "blue")
    (t nil))
  "Face for the first process.")
(defface smblog-pid-2
  '((((min-colors 88) (background dark)) :foreground "#ffb86b")
    (((min-colors 88)) :foreground "#9a4a00")
    (((min-colors 8) (background dark)) :foreground "yellow")
    (((min-colors 8)) :foreground "red")
    (t nil))
  "Face for the second process.")
(defface smblog-pid-3
  '((((min-colors 88) (background dark)) :foreground "#8fe08f")
    (((min-colors 88)) :foreground "#1d6b1d")
    (((min-colors 8) (background dark)) :foreground "green")
    (((min-colors 8)) :foreground "magenta")
    (t nil))
  "Face for the third process.")
(defface smblog-pid-4
  '((((min-colors 88) (background dark)) :foreground "#e69cff")
    (((min-colors 88)) :foreground "#7a1fa0")
    (((min-colors 8) (background dark)) :foreground "magenta")
    (((min-colors 8)) :foreground "blue" :weight bold)
    (t nil))
  "Face for the fourth process.")
(defface smblog-pid-5
  '((((min-colors 88) (background dark)) :foreground "#ff9aa2")
    (((min-colors 88)) :foreground "#a3152b")
    (((min-colors 8) (background dark)) :foreground "white" :weight bold)
    (((min-colors 8)) :foreground "red" :weight bold)
    (t nil))
  "Face for the fifth process.")
(defface smblog-pid-6
  '((((min-colors 88) (background dark)) :foreground "#7fe0dc")
    (((min-colors 88)) :foreground "#00676b")
    (((min-colors 8) (background dark)) :foreground "cyan" :weight bold)
    (((min-colors 8)) :foreground "magenta" :weight bold)
    (t nil))
  "Face for the sixth process.")

;; With eight colours, what is bold and black would be grey.
(defface smblog-highlight-1
  '((((min-colors 88) (background dark)) :background "#6b4a00" :weight bold)
    (((min-colors 88)) :background "#ffd27f" :weight bold)
    (((min-colors 8)) :background "yellow" :foreground "black" :weight normal)
    (t :inverse-video t))
  "Face for the first highlighted regexp.")
(defface smblog-highlight-2
  '((((min-colors 88) (background dark)) :background "#1f5c1f" :weight bold)
    (((min-colors 88)) :background "#b6f0b6" :weight bold)
    (((min-colors 8)) :background "green" :foreground "black" :weight normal)
    (t :inverse-video t))
  "Face for the second highlighted regexp.")
(defface smblog-highlight-3
  '((((min-colors 88) (background dark)) :background "#1c3f7a" :weight bold)
    (((min-colors 88)) :background "#c2d9ff" :weight bold)
    (((min-colors 8)) :background "cyan" :foreground "black" :weight normal)
    (t :inverse-video t))
  "Face for the third highlighted regexp.")
(defface smblog-highlight-4
  '((((min-colors 88) (background dark)) :background "#5e1f5e" :weight bold)
    (((min-colors 88)) :background "#f5c2f5" :weight bold)
    (((min-colors 8)) :background "magenta" :foreground "white")
    (t :inverse-video t))
  "Face for the fourth highlighted regexp.")

(defconst smblog-message--pid-faces
  [smblog-pid-1 smblog-pid-2 smblog-pid-3 smblog-pid-4 smblog-pid-5 smblog-pid-6]
  "Faces for processes, by turns.")

(defvar-local smblog-message-pids nil
  "Hash table of the processes seen so far and which they were, counted from 0.
Buffers that show the same log share it.")

(defun smblog-message-pid-face (pid)
  "Return the face for PID, the same for it in all buffers on the log."
  (unless smblog-message-pids
    (setq smblog-message-pids (make-hash-table)))
  (let ((turn (or (gethash pid smblog-message-pids)
                  (puthash pid (hash-table-count smblog-message-pids)
                           smblog-message-pids))))
    (aref smblog-message--pid-faces (mod turn (length smblog-message--pid-faces)))))

(defun smblog-message-share (buffer)
  "Have processes and files in this buffer look as they do in the log BUFFER."
  (setq smblog-message-pids
        (with-current-buffer buffer
          (or smblog-message-pids (setq smblog-message-pids (make-hash-table))))
        smblog-label-table (buffer-local-value 'smblog-label-table buffer)))

;;;; Times

(defun smblog-message-zone ()
  "Return the time zone of the log as `format-time-string' takes it."
  (if (and smblog-time-zone
           (string-match "\\`\\([-+]\\)\\([0-9]\\{2\\}\\):?\\([0-9]\\{2\\}\\)\\'"
                         smblog-time-zone))
      (* (if (equal (match-string 1 smblog-time-zone) "-") -60 60)
         (+ (* 60 (string-to-number (match-string 2 smblog-time-zone)))
            (string-to-number (match-string 3 smblog-time-zone))))
    smblog-time-zone))

(defvar smblog-message--second nil
  "(SECOND ZONE . STRING): the last second that a time was of, and its text.")

(defun smblog-message-time-string (time &optional date)
  "Return TIME, seconds since the epoch, as the log has it.
With DATE, the date is before it, unless it is a time since booting."
  ;; The float that is nearest to a microsecond may be before it.  Most
  ;; times are in the second of the one before, which is costly to format.
  (let* ((micros (round (* 1e6 time)))
         (second (floor micros 1000000))
         (booted (smblog-boot-time-p second))
         (zone (smblog-message-zone)))
    (unless (or booted
                (and (eql second (car smblog-message--second))
                     (equal zone (cadr smblog-message--second))))
      (setq smblog-message--second
            (cons second (cons zone (format-time-string "%Y-%m-%d %H:%M:%S" second zone)))))
    (format "%8s.%06d" (cond (booted second)
                             (date (cddr smblog-message--second))
                             (t (substring (cddr smblog-message--second) 11)))
            (mod micros 1000000))))

(defun smblog-message-seconds (seconds)
  "Return SECONDS, a span, in words."
  (cond ((< seconds 60) (format "%.3f s" seconds))
        ((< seconds 3600) (format "%d min %d s" (/ seconds 60) (mod (truncate seconds) 60)))
        (t (format "%d h %d min" (/ seconds 3600) (/ (mod (truncate seconds) 3600) 60)))))

(defun smblog-message--day (time)
  "Return the day of TIME."
  (if (smblog-boot-time-p time) "since booting"
    (format-time-string "%A %Y-%m-%d" time (smblog-message-zone))))

(defun smblog-message--note (time before)
  "Return what to say between messages of TIME and BEFORE, or nil.
Either is nil if it is not known."
  (when time
    (let ((day (smblog-message--day time))
          (gap (and before (- time before))))
      (cond
       ((null gap) day)
       ((and smblog-gap (>= gap smblog-gap))
        (concat (smblog-message-seconds gap) " later"
                (unless (equal day (smblog-message--day before))
                  (concat ", " day))))
       ((and smblog-gap (<= gap (- (min smblog-gap 1))))
        (concat "the clock goes back " (smblog-message-seconds (- gap))))))))

;;;; Dumps

(defconst smblog-message--dump-regexp
  "^ *\\(?:[A-Za-z][A-Za-z ]*\\)?\\[[0-9A-Fa-f]\\{4,\\}\\] [0-9A-Fa-f]\\{2\\} .*\n\
\\(\\(?:^ *\\[[0-9A-Fa-f]\\{4,\\}\\] [0-9A-Fa-f]\\{2\\} .*\n?\\)+\\)\
\\|^\\( +\\)&?[^ \n]+: \\(?:struct\\|union\\|ARRAY\\).*\n\\(\\(?:^\\2 +[^ \n].*\n?\\|^\n\\)\\{3,\\}\\)"
  "Regexp for a hexdump or NDR dump; group 1 or 3 is what folds.")

(defun smblog-message--mark-dumps (number open)
  "Fold the dumps in this buffer, the body of message NUMBER.
OPEN is a function of (NUMBER . START) that says which to leave open."
  (goto-char (point-min))
  (while (re-search-forward smblog-message--dump-regexp nil t)
    (let* ((group (if (match-beginning 1) 1 3))
           ;; The line's newline before, not the last one: the ellipsis
           ;; then ends the first line.
           (start (1- (match-beginning group)))
           (end (if (eq (char-before (match-end group)) ?\n)
                    (1- (match-end group))
                  (match-end group)))
           (dump (cons number start)))
      (put-text-property (match-beginning 0) end 'smblog-dump dump)
      (unless (funcall open dump)
        (put-text-property start end 'invisible 'smblog-dump))
      (goto-char end))))

;;;; Rendering

(defun smblog-message-source (message)
  "Return where in the sources MESSAGE comes from."
  (let ((file (or (plist-get message :file) "")))
    (if (equal file "")
        ""
      (format "%s:%s" (replace-regexp-in-string "\\`\\(?:\\.\\.?/\\)+" "" file)
              (or (plist-get message :line) "?")))))

(defun smblog-message--start (message before)
  "Return what the line of MESSAGE begins with: time, level, process.
BEFORE is the time of the message before."
  (let ((time (plist-get message :time)))
    (if (equal (plist-get message :form) "text")
        ""
      (format "%s %2s %6s "
              (cond ((null time) "---------------")
                    ((eq smblog-time-format 'delta)
                     (if before (format "%+15.6f" (- time before)) (make-string 15 ?\s)))
                    (t (smblog-message-time-string time (eq smblog-time-format 'date))))
              (or (plist-get message :level) "-")
              (or (plist-get message :pid) "-")))))

(defun smblog-message--end (text start)
  "Return where the blanks at the end of TEXT begin, from START on at least.
`string-trim-right' looks for the end at each blank of a long text."
  (let ((end (length text)))
    (while (and (> end start) (memq (aref text (1- end)) '(?\s ?\t ?\r ?\n)))
      (setq end (1- end)))
    end))

(defun smblog-message--body (text more number open)
  "Return the body TEXT of message NUMBER as it is shown.
MORE says that it goes on; OPEN is for its dumps."
  (let ((text (substring text 0 (smblog-message--end text 0))))
    (cond
     ((equal text "") "")
     ((and (not more) (not (string-match-p "\n" text))) (concat text "\n"))
     (t (with-temp-buffer
          (insert text "\n")
          (smblog-message--mark-dumps number open)
          (goto-char (point-max))
          (when more
            (insert (propertize (substitute-command-keys
                                 "  ... \\<smblog-mode-map>\\[smblog-show-message] shows \
the rest of this message\n")
                                'smblog-note t)))
          (buffer-string))))))

(defun smblog-message--summary (function text)
  "Return FUNCTION and the first line of TEXT, a body, as a line."
  (let* ((start (or (string-match "[^ \t\r\n]" text) (length text)))
         (end (smblog-message--end text start))
         (newline (string-match "\n" text start))
         (first (substring text start (if newline (min newline end) end)))
         (lines (cl-count ?\n text :start start :end end))
         (prefix (concat function ":")))
    (when (string-prefix-p prefix first)
      (setq first (string-trim-left (substring first (length prefix)))))
    (concat function (if (or (equal first "") (equal function "")) first
                       (concat ": " first))
            (if (> lines 0)
                (propertize (format " +%d" lines) 'smblog-fold t)
              ""))))

(defun smblog-message-render (number message before folded open)
  "Return the text of message NUMBER, as a buffer has it.
MESSAGE is its plist, with :more if there is more of its :text.
BEFORE is the time of the message before, or nil.
FOLDED says that it takes a line; OPEN, a function, which dumps are shown."
  (let* ((function (or (plist-get message :function) ""))
         (text (or (plist-get message :text) ""))
         (source (smblog-message-source message))
         (class (or (plist-get message :class) ""))
         (note (smblog-message--note (plist-get message :time) before))
         (head (concat (smblog-message--start message before)
                       (if folded
                           (smblog-message--summary function text)
                         (string-trim-right
                          (concat function
                                  (and (not (equal source "")) (concat "  " source))
                                  (and (not (equal class "")) (concat "  " class)))))
                       "\n"))
         (note (if note (propertize (concat "── " note " ──\n") 'smblog-note t) ""))
         (whole (concat note
                        (propertize head 'smblog-head
                                    (if folded 'folded 'unfolded))
                        (unless folded (smblog-message--body text (plist-get message :more)
                                                              number open)))))
    (add-text-properties 0 (length whole)
                         (list 'smblog-message number
                               'smblog-pid (plist-get message :pid)
                               'smblog-level (plist-get message :level))
                         whole)
    (smblog-label-put whole (length note) (plist-get message :source))))

;;;; Faces

(defvar smblog-message-syntax-table
  (let ((table (make-syntax-table)))
    ;; In "status=NT_STATUS_OK" there are two symbols.
    (modify-syntax-entry ?= "." table)
    table)
  "Syntax table of buffers that show messages.")

(defvar-local smblog-message-highlights nil
  "Regexps that are highlighted in this buffer, the oldest first.")

(defconst smblog-message--body-faces
  '(("\\_<\\(?:NT_\\)?STATUS_\\(?:OK\\|SUCCESS\\)\\_>" . smblog-ok)
    ("\\_<\\(?:NT_\\)?STATUS_\\(?:PENDING\\|MORE_PROCESSING_REQUIRED\\|MORE_ENTRIES\\|NO_MORE_FILES\\|END_OF_FILE\\)\\_>"
     . smblog-pending)
    ;; The kernel's client has no names: again those that are no failures.
    ("\\_<status=0x\\(?:00000103\\|80000006\\|c0000011\\|c0000016\\)\\_>" . smblog-pending)
    ("\\_<status=0x[8c][0-9a-f]\\{7\\}\\_>" . smblog-error)
    ("\\_<\\(?:NT_\\|RPC_NT_\\)?STATUS_[A-Z0-9_]+\\_>\\|\\_<WERR_[A-NP-Z][A-Z0-9_]+\\_>\
\\|\\_<\\(?:PANIC\\|INTERNAL ERROR\\|BACKTRACE\\|smb_panic\\)\\_>"
     . smblog-error)
    ("\\_<mid *\\(?:= *\\|\\[\\|\\)[0-9]+" . smblog-mid)
    ("^ *\\[[0-9A-Fa-f]\\{4,\\}\\] [0-9A-Fa-f]\\{2\\} .*" . smblog-dump))
  "Regexps of what stands out in a body and its face; the first match counts.")

(defun smblog-message-level-face (level)
  "Return the face for LEVEL."
  (cond ((null level) 'smblog-level-debug)
        ((<= level 0) 'smblog-level-error)
        ((<= level 2) 'smblog-level-warning)
        ((<= level 4) 'smblog-level-notice)
        (t 'smblog-level-debug)))

(defun smblog-message--fontify-head (end)
  "Put faces on the header line at point, which ends at END."
  (let ((case-fold-search nil)
        (level (get-text-property (point) 'smblog-level))
        (pid (get-text-property (point) 'smblog-pid)))
    (when (looking-at "\\(.*?\\) +\\(-?[0-9]+\\|-\\) +\\([0-9]+\\|-\\) \\([^ \n:]*\\)")
      ;; Lines of a log without headers may only look so: dumps do.
      (when (and (equal (match-string 2) (if level (number-to-string level) "-"))
                 (equal (match-string 3) (if pid (number-to-string pid) "-")))
        (put-text-property (match-beginning 1) (match-end 1) 'face 'smblog-time)
        (put-text-property (match-beginning 2) (match-end 2) 'face
                           (smblog-message-level-face level))
        (put-text-property (match-beginning 3) (match-end 3) 'face
                           (smblog-message-pid-face pid))
        (put-text-property (match-beginning 4) (match-end 4) 'face 'smblog-function)
        (when (eq (get-text-property (point) 'smblog-head) 'unfolded)
          (goto-char (match-end 4))
          (when (looking-at " +\\([^ \n]*:[0-9?]+\\)")
            (put-text-property (match-beginning 1) (match-end 1) 'face 'smblog-file)
            (goto-char (match-end 0)))
          (put-text-property (point) end 'face 'smblog-class))))))

(defun smblog-message--fontify-body (start end)
  "Put faces on what stands out between START and END."
  (let ((case-fold-search nil))
    (cl-loop for (regexp . face) in (reverse smblog-message--body-faces)
             do (goto-char start)
             (while (re-search-forward regexp end t)
               (put-text-property (match-beginning 0) (match-end 0) 'face face)))))

(defun smblog-message--fontify-highlights (start end)
  "Put faces on what matches highlighted regexps between START and END."
  (cl-loop for regexp in smblog-message-highlights
           for i from 0
           for face = (intern (format "smblog-highlight-%d" (1+ (mod i 4))))
           do (goto-char start)
           (while (and (re-search-forward regexp end t)
                       (or (> (match-end 0) (match-beginning 0))
                           (not (eobp)) (forward-char)))
             (add-face-text-property (match-beginning 0) (match-end 0) face))))

(defun smblog-message-fontify (start end &optional extra)
  "Put faces on the lines from START to END.
EXTRA, if non-nil, is called with the bounds of each message there is
\(a part of), once it has its faces."
  (setq start (save-excursion (goto-char start) (line-beginning-position))
        end (save-excursion (goto-char end) (line-beginning-position 2)))
  (remove-text-properties start end '(face nil))
  (smblog-message--fontify-body start end)
  (goto-char start)
  (while (< (point) end)
    (let ((line-end (line-end-position)))
      (cond ((get-text-property (point) 'smblog-note)
             (put-text-property (point) line-end 'face 'smblog-note))
            ((get-text-property (point) 'smblog-head)
             (save-excursion (smblog-message--fontify-head line-end))
             (let ((fold (text-property-any (point) line-end 'smblog-fold t)))
               (when fold (put-text-property fold line-end 'face 'smblog-fold)))))
      (goto-char (min (point-max) (1+ line-end)))
      (when (and (eobp) (= line-end (point-max))) (setq end (point)))))
  (smblog-message--fontify-highlights start end)
  (when extra
    (let ((place start))
      (while (< place end)
        (let ((next (next-single-property-change place 'smblog-message nil end)))
          (funcall extra place next)
          (setq place next))))))

(provide 'smblog-message)
;;; smblog-message.el ends here
