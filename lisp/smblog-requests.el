;;; smblog-requests.el --- The requests of a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A line a request: message id, command, path, status, how long it took,
;; the process and the number of messages.  Moving here moves in the log.
;; Rows are written as they are seen, see smbcmp-fill.el, so that a hundred
;; thousand cost little.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'hl-line)
(require 'smbcmp-fill)
(require 'smbcmp-mode)
(require 'smblog)
(require 'smblog-buffer)
(require 'smblog-order)
(require 'smblog-request)
(require 'smblog-scan)
(require 'smblog-select)
(require 'smblog-view)
(require 'smblog-windows)

(declare-function smblog--module-request-count "smbcmp-module.so" (log))
(autoload 'smblog-requests-flow "smblog-flow"
  "Show which functions this request went through, below the log." t)
(autoload 'smblog-requests-show-frame "smblog-frames"
  "Show the frame of this request in the packet list, and its details." t)

(defgroup smblog-requests nil
  "The request list of a log."
  :group 'smblog)

(defcustom smblog-requests-follow t
  "If non-nil, the log follows the request list."
  :type 'boolean)

(defcustom smblog-requests-outlier 8
  "Least number of requests of a command among which outliers are looked for."
  :type 'integer)

(defface smblog-request-command '((t :inherit bold))
  "Face for the commands of requests.")

(defface smblog-request-outlier '((t :inherit smbcmp-mode-warning :inverse-video t))
  "Face for durations that are much longer than others of the same command.")


;;;; State

(defvar-local smblog-requests-buffer nil
  "The log buffer whose requests these are.")

(defvar-local smblog-requests--count 0
  "How many requests the log had when they were listed.")

(defvar-local smblog-requests--partial nil
  "Non-nil if the log was not indexed to its end then.")

(defvar-local smblog-requests--rows []
  "Vector of the numbers of the requests shown, in the order they are shown in.")

(defvar-local smblog-requests--sort nil
  "(COLUMN . REVERSE) if the rows are sorted by a column.")

(defvar-local smblog-requests--limit nil
  "Regexp that the rows shown match, or nil.")

(defvar-local smblog-requests--failed (make-hash-table)
  "Numbers of the requests that failed, once all were looked at.")

(defvar-local smblog-requests--fences nil
  "Alist (COMMAND . DURATION), from which on a request is an outlier.")

(defvar-local smblog-requests--selected nil
  "Number of the request that the log was moved to last.")

;;;; What is shown of a request

(defconst smblog-requests--own-columns
  '(("mid" 8 right :mid)
    ("command" 18 left smblog-request-command)
    ("status" 28 left smblog-request-status)
    ("duration" 10 right :duration smblog-request-duration)
    ("pid" 8 right :pid)
    ("messages" 8 right :messages)
    ("time" 15 left :start smblog-requests--time)
    ("path" 0 left :path))
  "Columns of the list: (TITLE WIDTH SIDE KEY TEXT).
KEY is a property of a request or a function of it, which rows are sorted
by; TEXT a function that returns what is shown, by default that.  A WIDTH
of 0 is the rest of the line.")

(defconst smblog-requests--narrow '(("command" . 14) ("status" . 22) ("path" . 24))
  "Widths of columns where the window is too narrow for all of them.
The path then comes before what is seldom looked at.")

(defvar-local smblog-requests-more-columns nil
  "Columns that the request list of this log has besides its own.
Each is (TITLE WIDTH SIDE KEY TEXT), TEXT being a function that returns
what is shown of a request.")

(defvar-local smblog-requests--columns smblog-requests--own-columns
  "Columns of this list: its own, and before the last one those of the log.")

(defvar-local smblog-requests--format nil
  "Format of a row.")

(defun smblog-requests--wide-p ()
  "Return non-nil if this list's window has room for all columns and a path."
  (let ((window (get-buffer-window)))
    (>= (if window (window-width window) (frame-width))
        (apply #'+ 24 (mapcar (lambda (column) (1+ (nth 1 column)))
                              smblog-requests--own-columns)))))

(defun smblog-requests--narrowed (columns)
  "Return COLUMNS, those of the list, for a narrow window."
  (let ((columns (mapcar (lambda (column)
                           (let ((width (assoc (car column) smblog-requests--narrow)))
                             (if width
                                 (cl-list* (car column) (cdr width) (nthcdr 2 column))
                               column)))
                         columns))
        (first '("mid" "command" "status" "duration" "path")))
    (append (mapcar (lambda (title) (assoc title columns)) first)
            (cl-remove-if (lambda (column) (member (car column) first)) columns))))

(defun smblog-requests--choose-columns ()
  "Have the columns that there are by now."
  (let ((columns (append (butlast smblog-requests--own-columns)
                         (buffer-local-value 'smblog-requests-more-columns
                                             smblog-requests-buffer)
                         (last smblog-requests--own-columns))))
    (setq smblog-requests--columns (if (smblog-requests--wide-p) columns
                                     (smblog-requests--narrowed columns))
          smblog-requests--format
          (concat (mapconcat (lambda (column)
                               (pcase-let ((`(,_ ,width ,side . ,_) column))
                                 (if (zerop width) "%s"
                                   (format "%%%s%d.%ds" (if (eq side 'left) "-" "")
                                           width width))))
                             smblog-requests--columns " ")))))

(defun smblog-requests--value (request key)
  "Return the value of KEY, of a column, of REQUEST."
  (if (keywordp key) (plist-get request key) (funcall key request)))

(defun smblog-requests--row (request)
  "Return the row of REQUEST, a line."
  (subst-char-in-string ?\n ?\s (smblog-requests--text request) t))

(defun smblog-requests--time (request)
  "Return when REQUEST began, as a row has it."
  (if (plist-get request :start) (smblog-message-time-string (plist-get request :start)) ""))

(defun smblog-requests--text (request)
  "Return the text of the row of REQUEST; a path may have newlines in it."
  (apply #'format smblog-requests--format
         (mapcar (lambda (column)
                   (pcase-let ((`(,title ,width ,_ ,key ,text) column))
                     (let ((shown (or (if text (funcall text request)
                                        (smblog-requests--value request key))
                                      "")))
                       (if (and (equal title "path") (> width 0))
                           (smblog-requests--end-of shown width)
                         shown))))
                 smblog-requests--columns)))

(defun smblog-requests--end-of (path width)
  "Return PATH, or the end of it that takes WIDTH columns."
  (if (<= (length path) width) path
    (concat "…" (substring path (- (1- width))))))

;;;; Outliers

(defun smblog-requests--fence (durations)
  "Return from what duration on one of DURATIONS, a list, is an outlier.
That is in seconds; those are in nanoseconds.  It is Tukey's outer fence on
their logarithms: latencies of healthy servers already spread over orders
of magnitude."
  (let* ((sorted (sort (vconcat durations) #'<))
         (n (length sorted))
         (q1 (log (max 1e-6 (/ (aref sorted (/ n 4)) 1e9))))
         (q3 (log (max 1e-6 (/ (aref sorted (/ (* 3 n) 4)) 1e9)))))
    (exp (+ q3 (* 3 (max 0.1 (- q3 q1)))))))

(defconst smblog-requests--sample 4096
  "How many durations of a command tell what is usual; of more, some are taken.")

(defun smblog-requests--fences-of (table)
  "Return `smblog-requests--fences' for TABLE, from commands to durations.
They are nanoseconds, `smblog-order-numbers'."
  (cl-loop for command being the hash-keys of table using (hash-values durations)
           when (>= (smblog-order-numbers-count durations) smblog-requests-outlier)
           collect (cons command
                         (smblog-requests--fence
                          (smblog-order-some durations smblog-requests--sample)))))

(defun smblog-requests--find-fences ()
  "Find out in the background what durations are usual, and mark others."
  (let ((table (make-hash-table :test #'equal)))
    (smblog-scan-start
     'fences (buffer-local-value 'smblog-log smblog-requests-buffer) smblog-requests--count
     (lambda (request)
       (when-let* ((duration (plist-get request :duration)))
         (let ((command (plist-get request :opcode)))
           (smblog-order-add (or (gethash command table)
                                 (puthash command (smblog-order-numbers-make) table))
                             (round (* 1e9 duration))))))
     (lambda ()
       (setq smblog-requests--fences (smblog-requests--fences-of table))
       (ignore (smbcmp-fill-dress-again))))))

(defun smblog-requests--outlier-p (request)
  "Return non-nil if REQUEST took much longer than others of its command."
  (let ((fence (cdr (assoc (plist-get request :opcode) smblog-requests--fences)))
        (duration (plist-get request :duration)))
    (and fence duration (> duration fence))))

;;;; Rows

(defun smblog-requests--nth (number)
  "Return request NUMBER of the log, a plist."
  (smblog-scan-nth (buffer-local-value 'smblog-log smblog-requests-buffer) number
                   (and smblog-requests--sort t)))

(defun smblog-requests--arrange (then)
  "Show the requests that pass the limit, sorted, then call THEN.
That is at once if there is neither, else once all were looked at."
  (if (not (or smblog-requests--limit smblog-requests--sort))
      (progn (smblog-scan-stop 'rows)
             (smblog-requests--show-rows (smblog-requests--all))
             (funcall then))
    (let ((key (nth 3 (assoc (car smblog-requests--sort) smblog-requests--columns)))
          (limit smblog-requests--limit)
          (order (smblog-order-make smblog-requests--count)))
      (clrhash smblog-requests--failed)
      (smblog-scan-start
       'rows (buffer-local-value 'smblog-log smblog-requests-buffer) smblog-requests--count
       (lambda (request)
         (when (eq 'smblog-request-error (smblog-request-status-face request))
           (puthash (plist-get request :number) t smblog-requests--failed))
         (when (or (null limit) (string-match-p limit (smblog-requests--row request)))
           (smblog-order-note order (plist-get request :number)
                              (and key (smblog-requests--value request key)))))
       (lambda ()
         (smblog-order-sorting order (cdr smblog-requests--sort)
                               (lambda (numbers)
                                 (smblog-requests--show-rows numbers)
                                 (funcall then))))))))

(defun smblog-requests--all ()
  "Return the numbers of all requests, a vector."
  (let ((numbers (make-vector smblog-requests--count 0)))
    (dotimes (number smblog-requests--count)
      (aset numbers number number))
    numbers))

(defun smblog-requests--show-rows (numbers)
  "Show the requests with NUMBERS, a vector."
  (setq smblog-requests--rows numbers)
  (let ((inhibit-read-only t))
    (smbcmp-fill-start
     (length numbers)
     (lambda (row dressed)
       (let* ((request (smblog-requests--nth (aref smblog-requests--rows row)))
              (text (smblog-requests--row request)))
         (if dressed
             (propertize (smblog-requests--dress text request) 'smbcmp-row row)
           text)))))
  (dolist (window (get-buffer-window-list nil nil t))
    (set-window-point window (point))
    (smbcmp-fill-window window)))

(defun smblog-requests--number-at-point ()
  "Return the number of the request in this row, or nil."
  (let ((row (smbcmp-fill-row)))
    (and row (< row (length smblog-requests--rows)) (aref smblog-requests--rows row))))

(defun smblog-requests-at-point ()
  "Return the request in this row, a plist, or nil."
  (let ((number (smblog-requests--number-at-point)))
    (and number (smblog-requests--nth number))))

(defun smblog-requests--here ()
  "Return the request in this row, or tell the user that there is none."
  (or (smblog-requests-at-point) (user-error "No request here")))

(defun smblog-requests--goto (number)
  "Go to the row of the request with NUMBER; nil if it is hidden."
  (let ((row (cl-position number smblog-requests--rows)))
    (when row
      (goto-char (smbcmp-fill-position row))
      (dolist (window (get-buffer-window-list nil nil t))
        (set-window-point window (point)))
      (hl-line-highlight)
      t)))

(defun smblog-requests-goto (request)
  "Go to the row of REQUEST, a plist; nil if it is hidden."
  (smblog-requests--goto (plist-get request :number)))

;;;; Colours

(defun smblog-requests--dress (text request)
  "Put faces on TEXT, the row of REQUEST, and return it."
  (cl-loop with place = 0
           for (title width) in smblog-requests--columns
           for end = (min (+ place width) (length text))
           for face = (pcase title
                        ("command" 'smblog-request-command)
                        ("status" (smblog-request-status-face request))
                        ("pid" (smblog-message-pid-face (plist-get request :pid)))
                        ("duration" (and (smblog-requests--outlier-p request)
                                         'smblog-request-outlier))
                        ("time" 'smblog-time))
           when face do (put-text-property place end 'face face text)
           do (setq place (1+ end)))
  text)

;;;; Moving

(defun smblog-requests-next (&optional count)
  "Go to the next request, or COUNT on; the log follows."
  (interactive "p")
  (let ((left (forward-line (or count 1))))
    (when (or (/= left 0) (eobp))
      (when (eobp) (forward-line -1))
      (user-error (if (< (or count 1) 0) "First request" "Last request")))))

(defun smblog-requests-previous (&optional count)
  "Go to the previous request, or COUNT back; the log follows."
  (interactive "p")
  (smblog-requests-next (- (or count 1))))

(defun smblog-requests--post-command ()
  "Have the log follow to the request at point."
  (let ((number (smblog-requests--number-at-point)))
    (unless (eql number smblog-requests--selected)
      (setq smblog-requests--selected number)
      (when (and number smblog-requests-follow (not this-command-keys-shift-translated))
        (let ((request (smblog-requests--nth number)))
          (smblog-requests--show request (plist-get request :begin)))))))

(defun smblog-requests--show (request number)
  "Show message NUMBER of REQUEST in the window of the log."
  (unless (buffer-live-p smblog-requests-buffer)
    (user-error "The log of these requests is no longer open"))
  (let ((window (or (get-buffer-window smblog-requests-buffer)
                    (display-buffer smblog-requests-buffer
                                    '(display-buffer-use-some-window
                                      (inhibit-same-window . t))))))
    (with-selected-window window
      (smblog-view-goto number)
      ;; What follows the beginning is of interest, or what led to the end.
      (recenter (if (eql number (plist-get request :begin)) 1 -3))
      (smblog-view-highlight request))))

(defun smblog-requests-jump ()
  "Show the beginning of this request in the log; if it is there, its end."
  (interactive)
  (let* ((request (smblog-requests--here))
         (begin (plist-get request :begin))
         (end (or (plist-get request :end) begin))
         (here (with-current-buffer smblog-requests-buffer
                 (let ((window (get-buffer-window)))
                   (smblog-message-at-point (and window (window-point window)))))))
    (setq smblog-requests--selected (plist-get request :number))
    (smblog-requests--show request (if (eql here begin) end begin))))

(defun smblog-requests-visit ()
  "Go to the beginning of this request in the log."
  (interactive)
  (let ((request (smblog-requests--here)))
    (smblog-requests--show request (plist-get request :begin))
    (select-window (get-buffer-window smblog-requests-buffer))))

(defun smblog-requests-only ()
  "Show in the log only the messages of this request, or all again."
  (interactive)
  (let ((request (smblog-requests--here)))
    (smblog-requests--show request (plist-get request :begin))
    (with-selected-window (get-buffer-window smblog-requests-buffer)
      (smblog-only-request request))))

;;;; Commands on the list

(defun smblog-requests-sort (title)
  "Sort by the column called TITLE, the other way round the next time.
With an empty TITLE, have the log's own order.  By status, go to the
first request that failed."
  (interactive
   (list (completing-read "Sort by (empty: log's order): "
                          (mapcar #'car smblog-requests--columns) nil t)))
  (let* ((number (smblog-requests--number-at-point))
         ;; What is largest is what one looks for.
         (first (cons title (and (member title '("duration" "messages" "wire" "off-server")) t))))
    (setq smblog-requests--sort
          (cond ((equal title "") nil)
                ((equal smblog-requests--sort first) (cons title (not (cdr first))))
                (t first)))
    (smblog-requests--arrange
     (lambda ()
       (let ((wanted (or (and (equal title "status") (smblog-requests--first-failed)) number)))
         (when wanted (smblog-requests--goto wanted)))))))

(defun smblog-requests--first-failed ()
  "Return the number of the first request of those shown that failed, or nil."
  (cl-find-if (lambda (number) (gethash number smblog-requests--failed))
              smblog-requests--rows))

(defun smblog-requests-sort-by-click (event)
  "Sort by the column whose title was clicked: EVENT."
  (interactive "e")
  (let* ((position (event-start event)) (string (posn-string position)))
    (with-current-buffer (window-buffer (posn-window position))
      (smblog-requests-sort
       (get-text-property (cdr string) 'smblog-title (car string))))))

(defun smblog-requests-limit (regexp)
  "Show only requests whose row matches REGEXP; all with an empty one."
  (interactive (list (read-regexp "Requests that match (empty: all): ")))
  (let ((number (smblog-requests--number-at-point)))
    (setq smblog-requests--limit (and (not (equal regexp "")) regexp))
    (smblog-requests--arrange
     (lambda ()
       (when number (smblog-requests--goto number))
       (message "%d of %d requests" (length smblog-requests--rows) smblog-requests--count)))))

(defun smblog-requests-copy ()
  "Copy the row of this request, or the rows in the region."
  (interactive)
  (if (use-region-p)
      (progn (kill-new (substring-no-properties
                        (filter-buffer-substring (region-beginning) (region-end))))
             (deactivate-mark))
    (smblog-requests--here)
    (kill-new (buffer-substring-no-properties (line-beginning-position)
                                              (line-end-position))))
  (message "Copied"))

(defun smblog-requests-toggle-follow ()
  "Have the log follow this list, or no longer."
  (interactive)
  (setq smblog-requests-follow (not smblog-requests-follow))
  (message "The log %s the request list"
           (if smblog-requests-follow "follows" "does not follow")))

(defun smblog-requests-revert (&rest _)
  "Take the requests of the log again."
  (unless (buffer-live-p smblog-requests-buffer)
    (user-error "The log of these requests is no longer open"))
  (let ((number (smblog-requests--number-at-point))
        (log (buffer-local-value 'smblog-log smblog-requests-buffer))
        ;; One collection, after it.
        (gc-cons-threshold (max gc-cons-threshold smblog-request-garbage)))
    (smblog-scan-forget)
    (setq smblog-requests--partial (not (smblog-requests--indexed-p))
          smblog-requests--count (smblog--module-request-count log)
          smblog-requests--fences nil)
    (smblog-requests--choose-columns)
    (smblog-requests--arrange
     (lambda () (when number (smblog-requests--goto number))))
    (smblog-requests--find-fences)))

(defun smblog-requests--indexed-p ()
  "Return non-nil if the log of this list is indexed; else take all when it is."
  (with-current-buffer smblog-requests-buffer
    (or (smblog-indexed-p)
        (ignore (add-hook 'smblog-indexed-hook #'smblog-requests--complete nil t)))))

(defun smblog-requests--complete ()
  "Take the requests of this log again, which is indexed by now."
  (remove-hook 'smblog-indexed-hook #'smblog-requests--complete t)
  (let ((list (get-buffer (smblog-requests--name))))
    (when list
      (with-current-buffer list
        (when smblog-requests--partial (smblog-requests-revert))))))

(defvar smblog-requests-header-map
  (let ((map (make-sparse-keymap)))
    (define-key map [header-line mouse-1] #'smblog-requests-sort-by-click)
    map)
  "Keymap of the titles of the request list.")

(defun smblog-requests--titles ()
  "Return the header line: titles of the columns."
  (let ((titles
         (mapconcat (lambda (column)
                      (pcase-let ((`(,title ,width ,side . ,_) column))
                        (propertize
                         (format (format "%%%s%ds" (if (eq side 'right) "" "-") (max 1 width))
                                 (if (equal title (car smblog-requests--sort))
                                     (concat title (if (cdr smblog-requests--sort) "↓" "↑"))
                                   title))
                         'smblog-title title 'mouse-face 'highlight
                         'help-echo "mouse-1: sort by this column"
                         'keymap smblog-requests-header-map)))
                    smblog-requests--columns " ")))
    (concat (propertize " " 'display '(space :align-to 0))
            (substring titles (min (length titles) (window-hscroll))))))

;;;; Mode

(defvar smblog-requests-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smblog-requests-next)
    (define-key map "p" #'smblog-requests-previous)
    (define-key map (kbd "RET") #'smblog-requests-jump)
    (define-key map " " #'smblog-requests-visit)
    (define-key map "R" #'smblog-requests-only)
    (define-key map "c" #'smblog-requests-flow)
    (define-key map "o" #'smblog-requests-show-frame)
    (define-key map "S" #'smblog-requests-sort)
    (define-key map "/" #'smblog-requests-limit)
    (define-key map "w" #'smblog-requests-copy)
    (define-key map "F" #'smblog-requests-toggle-follow)
    map)
  "Keymap of `smblog-requests-mode'.")

(easy-menu-define smblog-requests-menu smblog-requests-mode-map
  "Menu of `smblog-requests-mode'."
  '("Requests"
    ["Next, shown in the log" smblog-requests-next]
    ["Previous, shown in the log" smblog-requests-previous]
    ["Go to start or end in log" smblog-requests-jump]
    ["Go to the log" smblog-requests-visit]
    ["Only this request in the log" smblog-requests-only]
    ["Call flow" smblog-requests-flow]
    ["Go to frame" smblog-requests-show-frame]
    ["Response times" smbcmp-latency]
    ["Files and handles" smbcmp-files]
    ["Sort by column..." smblog-requests-sort]
    ["Only matching rows..." smblog-requests-limit]
    ["Copy row" smblog-requests-copy]
    ["Log follows" smblog-requests-toggle-follow
     :style toggle :selected smblog-requests-follow]
    ["Refresh" revert-buffer]))

(define-derived-mode smblog-requests-mode smbcmp-mode "Requests"
  "Major mode for the request list of a Samba log.

A line a request; the log follows.  \\<smblog-requests-mode-map>\
\\[smblog-requests-jump] shows its beginning and, again, its end;
\\[smblog-requests-only] leaves only its messages in the log.  A duration \
much longer than others of
the same command is marked.

\\{smblog-requests-mode-map}"
  (setq header-line-format '(:eval (smblog-requests--titles))
        mode-line-process '(:eval (smblog-requests--mode-line)))
  (setq-local revert-buffer-function #'smblog-requests-revert)
  (add-hook 'post-command-hook #'smblog-requests--post-command nil t)
  (setq smblog-requests--failed (make-hash-table))
  (smbcmp-fill-setup)
  (smblog-scan-setup)
  (smbcmp-mode-show-row))

(defun smblog-requests--mode-line ()
  "Return what the mode line says of the list."
  (format " %s%d%s%s" (if smblog-requests--limit
                          (format "%d/" (length smblog-requests--rows)) "")
          smblog-requests--count
          (if (or smblog-requests--partial (smblog-scan-busy-p 'rows)) "…" "")
          (if smblog-requests--limit
              (concat " [" (replace-regexp-in-string "%" "%%" smblog-requests--limit) "]")
            "")))

(defun smblog-requests--name ()
  "Return the name of the buffer for the requests of this log."
  (format "*requests: %s*" (buffer-name)))

(defun smblog-list-requests (&optional beside)
  "Show the requests of this log below it, or BESIDE it with a prefix argument."
  (interactive "P")
  (let* ((log-buffer (current-buffer))
         (request (smblog-request-at-point))
         (buffer (get-buffer-create (smblog-requests--name))))
    (with-current-buffer buffer
      (unless (derived-mode-p 'smblog-requests-mode) (smblog-requests-mode))
      (setq smblog-requests-buffer log-buffer)
      (smblog-message-share log-buffer)
      (smblog-requests-revert)
      (when (and (zerop smblog-requests--count) (not smblog-requests--partial))
        (user-error "No requests in this log: they are seen at level 10 \
(class smb2) in the log of smbd")))
    (pop-to-buffer buffer (smblog-windows-action 0.35 beside))
    (when request (smblog-requests-goto request))
    (setq smblog-requests--selected (smblog-requests--number-at-point))))

(provide 'smblog-requests)
;;; smblog-requests.el ends here
