;;; smbcmp-fill.el --- Rows that are written when they are needed  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A buffer of many rows that is there at once: lists of exchanges and of
;; requests.  It begins as so many empty lines.  What is on the screen, and
;; a screen around it, is written before it is displayed, the rest by and
;; by in the background, and all of it before a command that may look at
;; it.  That is any that is not known to look at the screen alone: whatever
;; searches or copies text, of any package, sees all rows.  Isearch has them
;; written as it comes to them.
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
;;
;; `insert' gives text an interval of its own as soon as any text of the
;; buffer has properties: 60,000 rows without any would be 120,000 intervals,
;; and each is looked at whenever garbage is collected.  What inherits
;; nothing becomes a part of the interval it is in.

;;; Code:

(require 'smbcmp-escape)
(require 'smbcmp-steps)
(require 'subr-x)

(defvar-local smbcmp-fill--line nil
  "Function that returns the text of a row, see `smbcmp-fill-start'.
Nil if none is to come.")

(defvar-local smbcmp-fill--count 0
  "Number of rows.")

(defvar-local smbcmp-fill--next nil
  "Marker before which all rows are written.")

(defvar-local smbcmp-fill--next-row 0
  "Number of the row at `smbcmp-fill--next'.")

(defvar smbcmp-fill--buffers nil
  "Buffers that are written in the background, the one whose turn it is first.")

(defvar smbcmp-fill--timer nil
  "Timer of the next step in the background, or nil.")

(defvar smbcmp-fill-step 0.02
  "Seconds that a step in the background takes at most.")

(defconst smbcmp-fill-few 500
  "Rows that are written at once, together.")

(defvar smbcmp-fill-batch 32
  "Rows that are written without looking whether there is something else to do.")

;;;; Places

(defun smbcmp-fill-row (&optional position)
  "Return the number of the row at POSITION, point by default, or nil."
  (save-excursion
    (save-restriction
      (widen)
      (when position (goto-char position))
      (forward-line 0)
      (unless (eobp)
        (or (get-text-property (point) 'smbcmp-row)
            (count-lines (point-min) (point)))))))

(defun smbcmp-fill-goto (row)
  "Go to where ROW, a number, begins.  The restriction has to be wide enough."
  (let ((here (or (smbcmp-fill-row) smbcmp-fill--count)))
    (if (< row (abs (- row here)))
        (progn (goto-char (point-min)) (forward-line row))
      (forward-line (- row here)))))

(defun smbcmp-fill-position (row)
  "Return the position where ROW, a number, begins."
  (save-excursion
    (save-restriction
      (widen)
      (smbcmp-fill-goto row)
      (point))))

;;;; Writing

(defun smbcmp-fill--dress (text)
  "Give the line at point, which reads as TEXT, the properties of that.
Its newline gets those of its last character."
  (add-text-properties (line-end-position) (line-beginning-position 2)
                       (text-properties-at (1- (length text)) text))
  (let ((start (point)) (from 0) (end (length text)))
    (while (< from end)
      (let ((to (or (next-property-change from text) end)))
        (add-text-properties (+ start from) (+ start to) (text-properties-at from text))
        (setq from to)))))

(defun smbcmp-fill--insert (text)
  "Insert TEXT, which has no properties, where a row begins; point stays there."
  (save-excursion
    (if (and (not (bobp)) (text-properties-at (1- (point))))
        (insert text)
      (insert-and-inherit text))))

(defun smbcmp-fill--write (row count &optional dressed)
  "Write COUNT rows from ROW on, where point is, and go behind them.
If DRESSED, they get their properties, too."
  (let ((inhibit-quit t))
    ;; Nothing else takes notice, nor does a region end.
    (with-silent-modifications
      (dotimes (i count)
        (when (if dressed
                  (not (get-text-property (point) 'smbcmp-row))
                (eolp))
          (let ((text (smbcmp-escape (funcall smbcmp-fill--line (+ row i) dressed))))
            (when (eolp)
              (smbcmp-fill--insert (if dressed (substring-no-properties text) text)))
            (when dressed (smbcmp-fill--dress text))))
        (forward-line 1)))))

(defun smbcmp-fill-around (row size)
  "Have the rows up to SIZE before and after ROW be as they are to be seen."
  (when smbcmp-fill--line
    (let ((first (max 0 (- row size))))
      (save-excursion
        (save-restriction
          (widen)
          (smbcmp-fill-goto first)
          (smbcmp-fill--write
           first (- (min smbcmp-fill--count (+ row size 1)) first) t))))))

(defun smbcmp-fill--batch ()
  "Write some of the rows that nobody asked for.
Return nil when none is left."
  (let* ((row smbcmp-fill--next-row)
         (count (min smbcmp-fill-batch (- smbcmp-fill--count row)))
         (inhibit-quit t))
    (save-excursion
      (save-restriction
        (widen)
        (goto-char smbcmp-fill--next)
        (smbcmp-fill--write row count)
        (set-marker smbcmp-fill--next (point))))
    (setq smbcmp-fill--next-row (+ row count))
    (not (smbcmp-fill-complete-p))))

(defun smbcmp-fill-complete-p ()
  "Return non-nil if all rows are written, or none is to come any more."
  (or (null smbcmp-fill--line)
      (= smbcmp-fill--next-row smbcmp-fill--count)))

(defun smbcmp-fill-live-p ()
  "Return non-nil if rows are written, or will be when they are needed."
  (and smbcmp-fill--line t))

;;;; In the background

(defun smbcmp-fill-start (count line)
  "Fill this buffer with COUNT rows, of which LINE returns the text.
That is a function of a row's number, from 0, and of whether it is to
have properties; then `smbcmp-row' has to be among them, all over it.
The text is a line without its newline, and not empty."
  (smbcmp-fill-stop)
  (with-silent-modifications
    (erase-buffer)
    (insert-char ?\n count))
  (goto-char (point-min))
  (setq smbcmp-fill--line line
        smbcmp-fill--count count
        smbcmp-fill--next (copy-marker (point-min))
        smbcmp-fill--next-row 0
        smbcmp-fill--buffers (append smbcmp-fill--buffers
                                             (list (current-buffer))))
  (smbcmp-steps-note-busy (current-buffer) t)
  ;; Few rows are there at once; of many, what is on the screen.
  (when (<= count smbcmp-fill-few) (smbcmp-fill--for-a-while))
  (smbcmp-fill--later 0.3))

(defun smbcmp-fill--for-a-while ()
  "Write rows of this buffer for a moment, or until the user does something."
  (let ((end (+ (float-time) smbcmp-fill-step))
        ;; At most one collection a step, after it.
        (gc-cons-threshold (max gc-cons-threshold smbcmp-steps-garbage)))
    (while (and (smbcmp-fill--batch)
                (not (input-pending-p))
                (< (float-time) end)))))

(defun smbcmp-fill-stop ()
  "Leave rows of this buffer empty that are not written."
  (when smbcmp-fill--next (set-marker smbcmp-fill--next nil))
  (setq smbcmp-fill--line nil
        smbcmp-fill--buffers (remq (current-buffer) smbcmp-fill--buffers))
  (smbcmp-steps-note-busy (current-buffer) nil)
  (unless smbcmp-fill--buffers (smbcmp-fill--later 0)))

(defun smbcmp-fill--later (seconds)
  "Have the next step in SECONDS, if there is something to write."
  (when smbcmp-fill--timer (cancel-timer smbcmp-fill--timer))
  (setq smbcmp-fill--timer
        (and smbcmp-fill--buffers
             (run-with-timer seconds nil #'smbcmp-fill--step))))

(defun smbcmp-fill--step ()
  "Write rows for a moment, or until the user does something."
  ;; One timer for all buffers: those that are due run one after the other,
  ;; without a redisplay between them.
  (if-let* ((seconds (smbcmp-steps-postponed)))
      (smbcmp-fill--later seconds)
    (with-current-buffer (car smbcmp-fill--buffers)
      (unless (smbcmp-steps-collect)
        (smbcmp-fill--for-a-while)
        (smbcmp-steps-pause)
        (when (smbcmp-fill-complete-p)
          (pop smbcmp-fill--buffers)
          (smbcmp-steps-note-busy (current-buffer) nil))))
    (smbcmp-fill--later 0.02)))

;;;; At once

(defun smbcmp-fill-all ()
  "Write all rows now; show progress.  The user may quit."
  (unless (smbcmp-fill-complete-p)
    (let ((gc-cons-threshold (max gc-cons-threshold (* 16 1024 1024)))
          (progress (make-progress-reporter "Listing rows..." 0 smbcmp-fill--count nil nil 0.3)))
      (while (smbcmp-fill--batch)
        (progress-reporter-update progress smbcmp-fill--next-row))
      (progress-reporter-done progress))))

(defconst smbcmp-fill-blind
  '(back-to-indentation backward-char beginning-of-buffer beginning-of-line bury-buffer
    delete-other-windows delete-window describe-bindings describe-key describe-mode
    digit-argument end-of-buffer end-of-line exchange-point-and-mark forward-char goto-line
    handle-focus-in handle-focus-out handle-switch-frame hl-line-mode ignore keyboard-quit
    kill-buffer left-char mouse-drag-region mouse-set-point move-beginning-of-line
    move-end-of-line move-to-window-line-top-bottom mwheel-scroll negative-argument
    next-buffer next-error next-line other-frame other-window previous-buffer
    previous-error previous-line quit-window recenter-top-bottom revert-buffer right-char
    set-mark-command split-window-below split-window-right switch-to-buffer
    toggle-truncate-lines undefined universal-argument universal-argument-more)
  "Commands of Emacs that look at no text beyond what is on the screen.
Before any other one all rows are written.  Who isn't in this list is
only slower.")

(defconst smbcmp-fill--isearch
  '(isearch-abort isearch-backward isearch-backward-regexp isearch-cancel isearch-del-char
    isearch-delete-char isearch-exit isearch-forward isearch-forward-regexp
    isearch-printing-char isearch-repeat-backward isearch-repeat-forward
    isearch-ring-advance isearch-ring-retreat isearch-yank-kill)
  "Commands of isearch that look at text by `smbcmp-fill--search-function' alone.")

(defun smbcmp-fill--above-p ()
  "Return non-nil if all rows before point are written."
  (let ((end (line-beginning-position)))
    (save-excursion
      (goto-char smbcmp-fill--next)
      (not (re-search-forward "^\n" (max end (point)) t)))))

(defun smbcmp-fill--isearch-p (command)
  "Return non-nil if COMMAND searches by `smbcmp-fill--search-function'.
Isearch has positions; so nothing may be written before them."
  (and (memq command smbcmp-fill--isearch)
       (smbcmp-fill--above-p)
       ;; That counts matches everywhere.
       (not (bound-and-true-p isearch-lazy-count))))

(defun smbcmp-fill--looks-p (command)
  "Return non-nil if COMMAND may look at rows that are not on the screen.
Those of this mode's own keys do not: they write what they look at."
  (not (and (symbolp command)
            (or (memq command smbcmp-fill-blind)
                (smbcmp-fill--isearch-p command)
                (get command 'scroll-command)
                (where-is-internal command (list (current-local-map)) t t)))))

(defun smbcmp-fill--pre-command ()
  "Write all rows before a command that may look at them."
  (when (and (not (smbcmp-fill-complete-p)) (smbcmp-fill--looks-p this-command))
    ;; A hook must not quit, or it is removed.
    (condition-case nil
        (smbcmp-fill-all)
      (quit (setq this-command #'keyboard-quit)))))

(defun smbcmp-fill--substring (from to &optional delete)
  "Return the text of FROM to TO, rows that were not written included.
For `filter-buffer-substring-function'; DELETE is as there."
  (let ((from (copy-marker from)) (to (copy-marker to)))
    (when smbcmp-fill--line
      (save-excursion
        (save-restriction
          (widen)
          (let* ((row (smbcmp-fill-row (min from to)))
                 (end (smbcmp-fill-row (max from to)))
                 (end (if end (1+ end) smbcmp-fill--count)))
            (when row
              (smbcmp-fill-goto row)
              (while (< row end)
                (smbcmp-fill--write
                 row (min smbcmp-fill-batch (- end row)))
                (setq row (+ row smbcmp-fill-batch))))))))
    (funcall (default-value 'filter-buffer-substring-function) from to delete)))

;;;; Searching

(defun smbcmp-fill--search-function ()
  "Return a function that searches for isearch, for `isearch-search-fun-function'.
Rows are written as the search comes to them."
  (let ((search (isearch-search-fun-default)))
    (lambda (string &optional bound noerror count)
      (cond ((or bound (smbcmp-fill-complete-p)) (funcall search string bound noerror count))
            (isearch-forward (smbcmp-fill--search search string noerror))
            (t (unless (smbcmp-fill--above-p) (smbcmp-fill-all))
               (funcall search string bound noerror count))))))

(defun smbcmp-fill--search (search string noerror)
  "Search for STRING from here on by the function SEARCH; return what it does.
NOERROR is for that."
  (let ((start (point)) (row (or (smbcmp-fill-row) smbcmp-fill--count))
        (gc-cons-threshold (max gc-cons-threshold (* 16 1024 1024)))
        found)
    (while (and (not found) (< row smbcmp-fill--count))
      (let ((count (min smbcmp-fill-few (- smbcmp-fill--count row))))
        (setq found (funcall search string
                             (save-excursion (forward-line 0)
                                             (smbcmp-fill--write row count)
                                             (point))
                             t)
              row (+ row count))
        (unless found (goto-char (smbcmp-fill-position row)))))
    (or found
        (progn (goto-char start)
               ;; There is nothing; in the way that isearch wants to hear it.
               (funcall search string nil noerror)))))

;;;; What is on the screen

(defvar-local smbcmp-fill-buffers-function #'ignore
  "Function that returns other buffers whose rows are seen beside this one's.")

(defun smbcmp-fill-window (window)
  "Write the rows that WINDOW may be going to show, also of other buffers.
For `pre-redisplay-functions'; see `smbcmp-fill-buffers-function'."
  (when (smbcmp-fill-live-p)
    (let ((size (window-body-height window)))
      (dolist (position (list (window-start window) (window-point window)))
        (let ((row (or (smbcmp-fill-row position) smbcmp-fill--count)))
          (dolist (buffer (cons (current-buffer) (funcall smbcmp-fill-buffers-function)))
            (with-current-buffer buffer (smbcmp-fill-around row size))))))))

(defun smbcmp-fill--post-command ()
  "Write what is shown: before the next redisplay there may be other commands."
  (when (eq (current-buffer) (window-buffer))
    (smbcmp-fill-window (selected-window))))

(defun smbcmp-fill-dress-again ()
  "Give rows their properties again, which are others now."
  (with-silent-modifications
    (remove-list-of-text-properties (point-min) (point-max) '(smbcmp-row)))
  (dolist (window (get-buffer-window-list nil nil t))
    (smbcmp-fill-window window)))

;;;; Mode

(defun smbcmp-fill-setup ()
  "Have rows of this buffer be there for all that reads them."
  (setq-local filter-buffer-substring-function #'smbcmp-fill--substring
              isearch-search-fun-function #'smbcmp-fill--search-function)
  (add-hook 'pre-command-hook #'smbcmp-fill--pre-command nil t)
  (add-hook 'post-command-hook #'smbcmp-fill--post-command nil t)
  (add-hook 'pre-redisplay-functions #'smbcmp-fill-window nil t)
  (add-hook 'kill-buffer-hook #'smbcmp-fill-stop nil t)
  (add-hook 'change-major-mode-hook #'smbcmp-fill-stop nil t))

(provide 'smbcmp-fill)
;;; smbcmp-fill.el ends here
