;;; smbcmp-list-filter.el --- Display filters on the packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A display filter hides the rows of frames that don't pass it.  They
;; stay in the buffer, hidden by the text property `invisible' with a
;; value of each filter's own: another filter, or none, shows them again
;; without touching them.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smbcmp-filter)
(require 'smbcmp-list-rows)

(defvar smbcmp-list-capture)

;;;; State

(defvar-local smbcmp-list-filter-string nil
  "The display filter in effect, or nil.")

(defvar-local smbcmp-list-filter--last nil
  "The display filter that was in effect when all was shown again, or nil.")

(defvar-local smbcmp-list-filter-matches 0
  "Number of frames that pass the filter, those known so far.")

(defvar-local smbcmp-list-filter-request nil
  "The request that tells what frames pass the filter, or nil.")

(defvar-local smbcmp-list-filter--hidden nil
  "Value of the property `invisible' of rows that the filter hides.")

(defvar-local smbcmp-list-filter--passing nil
  "Bool-vector of the frames that pass the filter, or nil while none is known.")

(defvar-local smbcmp-list-filter--known 0
  "The last of the frames of which it is known whether they pass.")

;;;; Commands

(defun smbcmp-list-filter (filter)
  "Show only the rows of frames that pass the display filter FILTER.
An empty one shows all."
  (interactive (list (smbcmp-with-user-errors
                       (smbcmp-read-filter "Display filter: " smbcmp-list-filter-string
                                           smbcmp-list-capture))))
  (smbcmp-list-filter-stop)
  (setq filter (string-trim filter))
  (setq smbcmp-list-filter-string (and (not (string-empty-p filter)) filter))
  (if smbcmp-list-filter-string
      (smbcmp-with-user-errors (smbcmp-list-filter-start))
    (smbcmp-list-filter--show-all)))

(defun smbcmp-list-unfilter ()
  "Show the rows of all frames."
  (interactive)
  (setq smbcmp-list-filter--last smbcmp-list-filter-string)
  (smbcmp-list-filter ""))

(defun smbcmp-list-toggle-filter ()
  "Show the rows of all frames; if they are shown, filter again as before."
  (interactive)
  (cond (smbcmp-list-filter-string (smbcmp-list-unfilter))
        (smbcmp-list-filter--last (smbcmp-list-filter smbcmp-list-filter--last))
        (t (user-error "No display filter yet"))))

;;;; Asking

(defun smbcmp-list-filter-stop ()
  "Stop asking what frames pass the filter."
  (when smbcmp-list-filter-request
    (smbcmp-host-abandon smbcmp-list-capture smbcmp-list-filter-request)
    (setq smbcmp-list-filter-request nil)))

(defun smbcmp-list-filter-start ()
  "Ask what frames pass the filter, and hide the others as that is told."
  (smbcmp-list-filter-stop)
  (setq smbcmp-list-filter-matches 0
        smbcmp-list-filter--known 0
        smbcmp-list-filter--passing nil
        smbcmp-list-filter--hidden (make-symbol "filter")
        buffer-invisibility-spec (list smbcmp-list-filter--hidden))
  ;; A capture that can't be read has no frames; when it can, this is asked
  ;; again.
  (when (memq (smbcmp-capture-state smbcmp-list-capture) '(loading loaded))
    (smbcmp-list-filter--ask 1))
  (force-mode-line-update))

(defun smbcmp-list-filter--ask (first)
  "Ask what frames from FIRST on pass the filter."
  (let ((buffer (current-buffer)))
    (setq smbcmp-list-filter-request
          (smbcmp-host-request
           smbcmp-list-capture "filter" (list :filter smbcmp-list-filter-string :first first)
           (lambda (kind value)
             (when (buffer-live-p buffer)
               (with-current-buffer buffer
                 (smbcmp-list-filter--take kind value))))))))

(defun smbcmp-list-filter-grow ()
  "Ask what frames that were added since pass the filter, if there is one."
  (when (and smbcmp-list-filter-string (not smbcmp-list-filter-request))
    (smbcmp-list-filter--ask (1+ smbcmp-list-filter--known))))

(defun smbcmp-list-filter-resume ()
  "Ask again what a worker that died did not get done with."
  (when (and smbcmp-list-filter-string
             (or (null smbcmp-list-filter--passing)
                 (< smbcmp-list-filter--known (1- (length smbcmp-list-filter--passing)))))
    (smbcmp-list-filter-start)))

(defun smbcmp-list-filter-forget ()
  "Forget what frames pass: they will be others."
  (setq smbcmp-list-filter-request nil
        smbcmp-list-filter--passing nil
        smbcmp-list-filter--known 0))

(defun smbcmp-list-filter--take (kind value)
  "Take the reply to the question what frames pass: KIND and VALUE."
  (pcase kind
    ((or 'part 'result)
     (smbcmp-list-filter--learn value (eq kind 'result))
     (when (eq kind 'result)
       (setq smbcmp-list-filter-request nil)
       (smbcmp-list-filter-leave-hidden)
       (when (and (zerop smbcmp-list-filter-matches)
                  (not (smbcmp-capture-grows smbcmp-list-capture)))
         (message (substitute-command-keys
                   "No packets match %s; \\<smbcmp-list-mode-map>\\[smbcmp-list-toggle-filter] \
shows all")
                  smbcmp-list-filter-string))))
    ('error
     (setq smbcmp-list-filter-request nil)
     ;; After a worker's death the next one is asked again.
     (unless (eq (car value) 'smbcmp-worker-error)
       (setq smbcmp-list-filter-string nil)
       (smbcmp-list-filter--show-all)
       (message "%s" (smbcmp-error-message (cons (car value) (cadr value)))))))
  (force-mode-line-update))

(defun smbcmp-list-filter--make-room (count)
  "Have room for COUNT frames in what is known to pass; for more if they grow."
  (let* ((before smbcmp-list-filter--passing)
         (room (make-bool-vector (if before (max count (* 2 (length before))) count) nil)))
    (dotimes (frame (length before))
      (when (aref before frame) (aset room frame t)))
    (setq smbcmp-list-filter--passing room)))

(defun smbcmp-list-filter--learn (frames last)
  "Note that FRAMES pass and that those between don't, and hide their rows.
LAST says that no more will pass."
  ;; The first are told when the capture is loaded, so its size is known.
  (let ((count (smbcmp-capture-last-frame smbcmp-list-capture))
        (from smbcmp-list-filter--known))
    (when (< (length smbcmp-list-filter--passing) (1+ count))
      (smbcmp-list-filter--make-room (1+ count)))
    (dolist (frame frames)
      (aset smbcmp-list-filter--passing frame t)
      (setq smbcmp-list-filter--known frame))
    (cl-incf smbcmp-list-filter-matches (length frames))
    (when last (setq smbcmp-list-filter--known count))
    (if smbcmp-list-rows-order
        (when last (smbcmp-list-filter-hide 0 (smbcmp-list-rows-count)))
      (smbcmp-list-filter-hide from (min smbcmp-list-filter--known (smbcmp-list-rows-count))))))

;;;; Hiding

(defun smbcmp-list-filter--show-all ()
  "Show all rows again."
  (setq smbcmp-list-filter--hidden nil
        smbcmp-list-filter--passing nil
        buffer-invisibility-spec nil)
  (jit-lock-refontify)
  (force-mode-line-update))

(defun smbcmp-list-filter--hidden-p (row)
  "Return non-nil if the frame of ROW is known not to pass."
  (let ((frame (smbcmp-list-rows-frame row)))
    (and (<= frame smbcmp-list-filter--known)
         (not (aref smbcmp-list-filter--passing frame)))))

(defun smbcmp-list-filter--run-end (from to)
  "Return the row after the run of hidden rows that begins with FROM, TO at most.
That is FROM if that is not hidden."
  (cond
   (smbcmp-list-rows-order
    (while (and (< from to) (smbcmp-list-filter--hidden-p from))
      (cl-incf from))
    from)
   ;; Rows are in the order of frames, of which the first is number 1.
   ((>= from smbcmp-list-filter--known) from)
   (t (min to smbcmp-list-filter--known
           (+ from (bool-vector-count-consecutive smbcmp-list-filter--passing
                                                  nil (1+ from)))))))

(defun smbcmp-list-filter-hide (from to)
  "Hide those rows from FROM to TO, less the last, that the filter hides."
  (when smbcmp-list-filter--passing
    (with-silent-modifications
      (while (< from to)
        (let ((end (smbcmp-list-filter--run-end from to)))
          (when (< from end)
            (put-text-property (smbcmp-list-rows-start from) (smbcmp-list-rows-start end)
                               'invisible smbcmp-list-filter--hidden))
          (setq from (1+ end)))))))

(defun smbcmp-list-filter-shown-from (position)
  "Return where the first row that is shown from POSITION on begins, or nil.
POSITION is the beginning of a row."
  (while (and (< position (point-max)) (invisible-p position))
    (setq position (next-single-char-property-change position 'invisible)))
  (and (< position (point-max)) position))

(defun smbcmp-list-filter-shown-before (position)
  "Return where the last row that is shown before POSITION begins, or nil.
POSITION is the beginning of a row."
  (while (and (> position (point-min)) (invisible-p (1- position)))
    (setq position (previous-single-char-property-change position 'invisible)))
  (and (> position (point-min))
       (smbcmp-list-rows-start (smbcmp-list-rows-at (1- position)))))

(defun smbcmp-list-filter-shown-near (position)
  "Return where the row shown at POSITION or the next one shown begins.
If there is none after, the last one before; POSITION if none is shown."
  (let* ((row (smbcmp-list-rows-at position))
         (start (if row (smbcmp-list-rows-start row) (point-max))))
    (or (smbcmp-list-filter-shown-from start)
        (smbcmp-list-filter-shown-before start)
        position)))

(defun smbcmp-list-filter-leave-hidden ()
  "Go from a hidden row to the nearest that is shown, in all windows."
  (dolist (window (or (get-buffer-window-list nil nil t) '(nil)))
    (let ((point (if window (window-point window) (point))))
      (when (invisible-p point)
        (let ((there (smbcmp-list-filter-shown-near point)))
          (if window (set-window-point window there) (goto-char there))))))
  (jit-lock-refontify))

;;;; Filters made of what is at point

(defvar-local smbcmp-list-filter-maker nil
  "Function that returns the display filter of what is at point.")

(defvar-local smbcmp-list-filter-list nil
  "The packet list that filters made in this buffer are for, nil for this one.")

(defun smbcmp-list-filter-by (filter)
  "Filter this packet list by FILTER, which was made for the user.
With a prefix argument the user edits it first."
  (when current-prefix-arg
    (setq filter (smbcmp-read-filter "Display filter: " filter smbcmp-list-capture)))
  (add-to-history 'smbcmp-filter-history filter)
  (smbcmp-list-filter filter)
  (message "%s" filter))

(defun smbcmp-list-filter--apply (combine)
  "Filter the packet list by what is at point.
COMBINE is called with the filter there is, or nil, and that of what is
at point, and returns the new one; with a prefix argument the user edits
that first."
  (let ((new (smbcmp-with-user-errors (funcall smbcmp-list-filter-maker))))
    (with-current-buffer (or smbcmp-list-filter-list (current-buffer))
      (smbcmp-list-filter-by (funcall combine smbcmp-list-filter-string new)))))

(defun smbcmp-list-filter-selected ()
  "Show only frames with what is at point."
  (interactive)
  (smbcmp-list-filter--apply (lambda (_old new) new)))

(defun smbcmp-list-filter-not ()
  "Show only frames without what is at point."
  (interactive)
  (smbcmp-list-filter--apply (lambda (_old new) (format "!(%s)" new))))

(defun smbcmp-list-filter-and ()
  "Show those frames of the list with what is at point."
  (interactive)
  (smbcmp-list-filter--apply
   (lambda (old new) (if old (format "(%s) && (%s)" old new) new))))

(defun smbcmp-list-filter-and-not ()
  "Show those frames of the list without what is at point."
  (interactive)
  (smbcmp-list-filter--apply
   (lambda (old new) (if old (format "(%s) && !(%s)" old new) (format "!(%s)" new)))))

(defun smbcmp-list-filter-or ()
  "Show also frames with what is at point."
  (interactive)
  (smbcmp-list-filter--apply
   (lambda (old new) (if old (format "(%s) || (%s)" old new) new))))

(defvar smbcmp-list-filter-map
  (let ((map (make-sparse-keymap)))
    (define-key map "f" #'smbcmp-list-filter-selected)
    (define-key map "n" #'smbcmp-list-filter-not)
    (define-key map "a" #'smbcmp-list-filter-and)
    (define-key map "A" #'smbcmp-list-filter-and-not)
    (define-key map "o" #'smbcmp-list-filter-or)
    map)
  "Keys to filter the packet list by what is at point.")

;;;; Decoding

(autoload 'smbcmp-list-revert "smbcmp-list-load")
(autoload 'smbcmp-list-frame-at-point "smbcmp-list-move")

(defun smbcmp-list-decode-as--port ()
  "Return the server's port, most likely, of the frame at point, or nil."
  (let* ((frame (smbcmp-list-frame-at-point))
         (ports (and frame
                     (delq nil (cdar (smbcmp-fields smbcmp-list-capture
                                                    '("tcp.srcport" "tcp.dstport")
                                                    (format "frame.number==%d" frame)))))))
    (and ports (apply #'min (seq-filter #'natnump ports)))))

(defun smbcmp-list-decode-as (rule)
  "Dissect by RULE, as tshark's -d has it, and remember that of the file.
The default is SMB on the port of the frame at point."
  (interactive
   (list (let ((port (smbcmp-list-decode-as--port)))
           (read-string "Decode as (TABLE==VALUE,PROTOCOL): "
                        (and port (format "tcp.port==%d,nbss" port))))))
  (smbcmp-decode-as-remember buffer-file-name (smbcmp-decode-as-parse rule))
  (smbcmp-list-revert))

(provide 'smbcmp-list-filter)
;;; smbcmp-list-filter.el ends here
