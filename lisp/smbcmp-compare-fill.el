;;; smbcmp-compare-fill.el --- Rows that are written when they are needed  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A buffer of many rows that is there at once.  It begins as so many
;; empty lines.  What is on the screen, and a screen around it, is written
;; before it is displayed, the rest by and by in the background, and all
;; of it at once for what reads all, such as isearch.
;;
;; A row is exactly one line and never an empty one; so a line that is
;; empty is one that is still to be written, and the number of a row is
;; that of its line.  Text goes into the empty line, before its newline:
;; point, marks, overlays and the starts of windows stay on their rows.
;;
;; Only rows that were on the screen have properties and faces.  With them
;; on each of 60,000 rows every garbage collection from then on would take
;; a third of a second more, for as long as the buffer lives.
;;
;; Text is never changed from within redisplay, where positions are held
;; that a change would make wrong: `pre-redisplay-functions' run before it
;; begins.  Where windows will start isn't known by then; but point will be
;; in them, and that is enough.

;;; Code:

(require 'isearch)

(defvar-local smbcmp-compare-fill--line nil
  "Function that returns the text of a row, see `smbcmp-compare-fill-start'.
Nil if none is to come.")

(defvar-local smbcmp-compare-fill--count 0
  "Number of rows.")

(defvar-local smbcmp-compare-fill--next nil
  "Marker before which all rows are written.")

(defvar-local smbcmp-compare-fill--next-row 0
  "Number of the row at `smbcmp-compare-fill--next'.")

(defvar smbcmp-compare-fill--buffers nil
  "Buffers that are written in the background, the one whose turn it is first.")

(defvar smbcmp-compare-fill--timer nil
  "Timer of the next step in the background, or nil.")

(defvar smbcmp-compare-fill-step 0.02
  "Seconds that a step in the background takes at most.
After most steps garbage is collected, which takes as long again.")

(defvar smbcmp-compare-fill-batch 32
  "Rows that are written without looking whether there is something else to do.")

;;;; Places

(defun smbcmp-compare-fill-row (&optional position)
  "Return the number of the row at POSITION, point by default, or nil."
  (save-excursion
    (save-restriction
      (widen)
      (when position (goto-char position))
      (forward-line 0)
      (unless (eobp)
        (or (get-text-property (point) 'smbcmp-row)
            (count-lines (point-min) (point)))))))

(defun smbcmp-compare-fill-goto (row)
  "Go to where ROW, a number, begins.  The restriction has to be wide enough."
  (let ((here (or (smbcmp-compare-fill-row) smbcmp-compare-fill--count)))
    (if (< row (abs (- row here)))
        (progn (goto-char (point-min)) (forward-line row))
      (forward-line (- row here)))))

(defun smbcmp-compare-fill-position (row)
  "Return the position where ROW, a number, begins."
  (save-excursion
    (save-restriction
      (widen)
      (smbcmp-compare-fill-goto row)
      (point))))

;;;; Writing

(defun smbcmp-compare-fill--dress (text)
  "Give the line at point, which reads as TEXT, the properties of that.
Its newline gets those of its last character."
  (add-text-properties (line-end-position) (line-beginning-position 2)
                       (text-properties-at (1- (length text)) text))
  (let ((start (point)) (from 0) (end (length text)))
    (while (< from end)
      (let ((to (or (next-property-change from text) end)))
        (add-text-properties (+ start from) (+ start to) (text-properties-at from text))
        (setq from to)))))

(defun smbcmp-compare-fill--write (row count &optional dressed)
  "Write COUNT rows from ROW on, where point is, and go behind them.
If DRESSED, they get their properties, too."
  (let ((inhibit-quit t))
    ;; Nothing else takes notice, nor does a region end.
    (with-silent-modifications
      (dotimes (i count)
        (when (if dressed
                  (not (get-text-property (point) 'smbcmp-row))
                (eolp))
          (let ((text (funcall smbcmp-compare-fill--line (+ row i) dressed)))
            (when (eolp) (save-excursion (insert text)))
            (when dressed (smbcmp-compare-fill--dress text))))
        (forward-line 1)))))

(defun smbcmp-compare-fill-around (row size)
  "Have the rows up to SIZE before and after ROW be as they are to be seen."
  (when smbcmp-compare-fill--line
    (let ((first (max 0 (- row size))))
      (save-excursion
        (save-restriction
          (widen)
          (smbcmp-compare-fill-goto first)
          (smbcmp-compare-fill--write
           first (- (min smbcmp-compare-fill--count (+ row size 1)) first) t))))))

(defun smbcmp-compare-fill--batch ()
  "Write some of the rows that nobody asked for.
Return nil when none is left."
  (let* ((row smbcmp-compare-fill--next-row)
         (count (min smbcmp-compare-fill-batch (- smbcmp-compare-fill--count row)))
         (inhibit-quit t))
    (save-excursion
      (save-restriction
        (widen)
        (goto-char smbcmp-compare-fill--next)
        (smbcmp-compare-fill--write row count)
        (set-marker smbcmp-compare-fill--next (point))))
    (setq smbcmp-compare-fill--next-row (+ row count))
    (not (smbcmp-compare-fill-complete-p))))

(defun smbcmp-compare-fill-complete-p ()
  "Return non-nil if all rows are written, or none is to come any more."
  (or (null smbcmp-compare-fill--line)
      (= smbcmp-compare-fill--next-row smbcmp-compare-fill--count)))

(defun smbcmp-compare-fill-live-p ()
  "Return non-nil if rows are written, or will be when they are needed."
  (and smbcmp-compare-fill--line t))

;;;; In the background

(defun smbcmp-compare-fill-start (count line)
  "Fill this buffer with COUNT rows, of which LINE returns the text.
That is a function of a row's number, from 0, and of whether it is to
have properties; then `smbcmp-row' has to be among them, all over it.
The text is a line without its newline, and not empty."
  (smbcmp-compare-fill-stop)
  (with-silent-modifications
    (erase-buffer)
    (insert-char ?\n count))
  (goto-char (point-min))
  (setq smbcmp-compare-fill--line line
        smbcmp-compare-fill--count count
        smbcmp-compare-fill--next (copy-marker (point-min))
        smbcmp-compare-fill--next-row 0
        smbcmp-compare-fill--buffers (append smbcmp-compare-fill--buffers
                                             (list (current-buffer))))
  ;; What the user is waiting for comes first.
  (smbcmp-compare-fill--later 0.3))

(defun smbcmp-compare-fill-stop ()
  "Leave rows of this buffer empty that are not written."
  (when smbcmp-compare-fill--next (set-marker smbcmp-compare-fill--next nil))
  (setq smbcmp-compare-fill--line nil
        smbcmp-compare-fill--buffers (remq (current-buffer) smbcmp-compare-fill--buffers))
  (unless smbcmp-compare-fill--buffers (smbcmp-compare-fill--later 0)))

(defun smbcmp-compare-fill--later (seconds)
  "Have the next step in SECONDS, if there is something to write."
  (when smbcmp-compare-fill--timer (cancel-timer smbcmp-compare-fill--timer))
  (setq smbcmp-compare-fill--timer
        (and smbcmp-compare-fill--buffers
             (run-with-timer seconds nil #'smbcmp-compare-fill--step))))

(defun smbcmp-compare-fill--step ()
  "Write rows for a moment, or until the user does something."
  ;; One timer for all buffers: those that are due run one after the other,
  ;; without a redisplay between them.
  (with-current-buffer (car smbcmp-compare-fill--buffers)
    (let ((end (+ (float-time) smbcmp-compare-fill-step))
          ;; At most one collection a step, after it.
          (gc-cons-threshold (max gc-cons-threshold (* 16 1024 1024))))
      (while (and (smbcmp-compare-fill--batch)
                  (not (input-pending-p))
                  (< (float-time) end))))
    (when (smbcmp-compare-fill-complete-p) (pop smbcmp-compare-fill--buffers)))
  (smbcmp-compare-fill--later 0.02))

;;;; At once

(defun smbcmp-compare-fill-all ()
  "Write all rows now; show progress.  The user may quit."
  (unless (smbcmp-compare-fill-complete-p)
    (let ((gc-cons-threshold (max gc-cons-threshold (* 16 1024 1024)))
          (progress (make-progress-reporter "Listing exchanges..."
                                            0 smbcmp-compare-fill--count)))
      (while (smbcmp-compare-fill--batch)
        (progress-reporter-update progress smbcmp-compare-fill--next-row))
      (progress-reporter-done progress))))

(defun smbcmp-compare-fill--isearch ()
  "Have isearch see all rows, and not rely on positions of before."
  (condition-case nil
      (smbcmp-compare-fill-all)
    (quit (isearch-done)
          (signal 'quit nil)))
  (setq isearch-opoint (point)
        isearch-barrier (point)))

(defconst smbcmp-compare-fill--readers
  '(append-to-buffer append-to-file consult-line copy-to-buffer count-matches count-words
    count-words-region helm-occur helm-swoop highlight-lines-matching-regexp
    highlight-phrase highlight-regexp how-many multi-occur occur print-buffer
    re-search-backward re-search-forward search-backward search-forward swiper
    swiper-isearch write-file write-region)
  "Commands that read text wherever it is; isearch has a hook.")

(defun smbcmp-compare-fill--pre-command ()
  "Write all rows before a command that reads them."
  (when (memq this-command smbcmp-compare-fill--readers)
    ;; A hook must not quit, or it is removed.
    (condition-case nil
        (smbcmp-compare-fill-all)
      (quit (setq this-command #'keyboard-quit)))))

(defun smbcmp-compare-fill-execute (prefix)
  "Read the name of a command and call it with PREFIX.
This is `execute-extended-command', but all rows are written before a
command that reads them all."
  ;; No hook is run before a command that is called so.
  (interactive "P")
  (let ((name (read-extended-command)))
    (when (memq (intern-soft name) smbcmp-compare-fill--readers)
      (smbcmp-compare-fill-all))
    (funcall-interactively #'execute-extended-command prefix name)))

(defun smbcmp-compare-fill--substring (from to &optional delete)
  "Return the text of FROM to TO, rows that were not written included.
For `filter-buffer-substring-function'; DELETE is as there."
  (let ((from (copy-marker from)) (to (copy-marker to)))
    (when smbcmp-compare-fill--line
      (save-excursion
        (save-restriction
          (widen)
          (let* ((row (smbcmp-compare-fill-row (min from to)))
                 (end (smbcmp-compare-fill-row (max from to)))
                 (end (if end (1+ end) smbcmp-compare-fill--count)))
            (when row
              (smbcmp-compare-fill-goto row)
              (while (< row end)
                (smbcmp-compare-fill--write
                 row (min smbcmp-compare-fill-batch (- end row)))
                (setq row (+ row smbcmp-compare-fill-batch))))))))
    (funcall (default-value 'filter-buffer-substring-function) from to delete)))

;;;; Mode

(defun smbcmp-compare-fill-setup ()
  "Have rows of this buffer be there for all that reads them."
  (setq-local filter-buffer-substring-function #'smbcmp-compare-fill--substring)
  (add-hook 'isearch-mode-hook #'smbcmp-compare-fill--isearch nil t)
  (add-hook 'pre-command-hook #'smbcmp-compare-fill--pre-command nil t)
  (add-hook 'kill-buffer-hook #'smbcmp-compare-fill-stop nil t)
  (add-hook 'change-major-mode-hook #'smbcmp-compare-fill-stop nil t))

(provide 'smbcmp-compare-fill)
;;; smbcmp-compare-fill.el ends here
