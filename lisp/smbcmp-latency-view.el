;;; smbcmp-latency-view.el --- Where the time went  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A table of response times, by command or by what else tells exchanges
;; apart; of two captures side by side.  RET on a line shows the frames
;; behind it, the slowest first.  Waiting that is no command's has lines
;; of its own, see smbcmp-latency-wait.el.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'tabulated-list)
(require 'smbcmp-latency)
(require 'smbcmp-latency-frames)
(require 'smbcmp-latency-log)
(require 'smbcmp-latency-wait)
(require 'smbcmp-mode)
(require 'smbcmp-views)

(declare-function smbcmp--module-decode "smbcmp-module.so" (value))

(defface smbcmp-latency-wait '((t :inherit smbcmp-mode-dim))
  "Face for waiting that is no command's."
  :group 'smbcmp-latency)

(defface smbcmp-latency-slower '((t :inherit error))
  "Face for what is slower in capture B."
  :group 'smbcmp-latency)

(defface smbcmp-latency-faster '((t :inherit smbcmp-mode-success))
  "Face for what is faster in capture B."
  :group 'smbcmp-latency)

;;;; State

(defvar-local smbcmp-latency--by 'command
  "What the lines of the table are, a key of `smbcmp-latency--groupings'.")

(defvar-local smbcmp-latency--paired nil
  "Non-nil if only exchanges that are paired in the comparison count.")

(defvar-local smbcmp-latency--samples nil
  "The samples of each capture, a list.")

(defvar-local smbcmp-latency--responses nil
  "Rows of the table, those of responses.")

(defvar-local smbcmp-latency--waits nil
  "Waits of each capture that are no command's, a list of alists.
They are (NAME FIGURES . SAMPLES), the latter the longest waits, not all:
there is one before almost each request.")

(defvar-local smbcmp-latency--server nil
  "What `smbcmp-latency-log-times' has of each capture, a list.")

(defvar-local smbcmp-latency--requests nil
  "Requests that tell of waiting, a list of (CAPTURE . REQUEST).")

;;;; What the lines are

(defconst smbcmp-latency--groupings
  '((protocol "protocol" nil)
    (command "command" nil)
    (class "information class" t)
    (file "file" t)
    (session "session" t)
    (client "client" nil)
    (connection "connection" nil))
  "What lines can be: (KEY NAME EXCHANGES), whether exchanges must be known.")

(defun smbcmp-latency--keys (by exchanges)
  "Return a function that tells the line of a sample, a string, or nil.
It is called with samples and the place of one there.
BY is a key of `smbcmp-latency--groupings'; EXCHANGES is a hash table from
\(FRAME . INDEX) of responses to exchanges, for those that need it."
  (pcase by
    ('protocol (lambda (samples at) (car (smbcmp-sample-command samples at))))
    ('connection (lambda (samples at) (smbcmp-sample-client samples at)))
    ('command (smbcmp-latency--once (lambda (samples at) (smbcmp-sample-command samples at))
                                    #'smbcmp-latency--command))
    ('client (smbcmp-latency--once
              (lambda (samples at) (smbcmp-sample-client samples at))
              (lambda (client) (replace-regexp-in-string ":[0-9]+\\'" "" client))))
    (_ (lambda (samples at)
         (let ((exchange (gethash (smbcmp-sample-key samples at) exchanges)))
           (pcase by
             ('class (concat (smbcmp-latency--command (smbcmp-sample-command samples at))
                             (and (plist-get exchange :words)
                                  (concat " " (plist-get exchange :words)))))
             ('file (pcase (plist-get exchange :path)
                      ('nil "(no file)") ("" "\\") (path path)))
             ('session (format "0x%016x" (or (plist-get exchange :session) 0)))))))))

(defun smbcmp-latency--command (command)
  "Return COMMAND, that of a sample, as a string."
  (mapconcat #'identity command " "))

(defun smbcmp-latency--once (slot name)
  "Return a function that returns NAME of what a sample has in SLOT.
Both are functions; NAME is called once for all that have the same object."
  (let ((names (make-hash-table :test 'eq)))
    (lambda (samples at)
      (let ((object (funcall slot samples at)))
        (or (gethash object names) (puthash object (funcall name object) names))))))

;;;; Exchanges

(defvar smbcmp-latency--exchanges (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP . TABLE), see `smbcmp-latency--exchanges-of'.")

(defun smbcmp-latency--exchanges-of (capture)
  "Return a hash table from responses of CAPTURE, (FRAME . INDEX), to exchanges.
Return nil if it isn't known."
  (pcase (gethash capture smbcmp-latency--exchanges)
    (`(,(pred (equal (smbcmp-handle-stamp capture))) . ,table) table)))

(defun smbcmp-latency--exchanging (capture)
  "Return steps that have the exchanges of CAPTURE known."
  (unless (smbcmp-latency--exchanges-of capture)
    (let ((table (make-hash-table :test 'equal)))
      (append (smbcmp-views-exchanging
               capture
               (lambda (exchange)
                 (when (plist-get exchange :response)
                   (puthash (plist-get exchange :response) exchange table))))
              (list (lambda ()
                      (puthash capture (cons (smbcmp-handle-stamp capture) table)
                               smbcmp-latency--exchanges)
                      nil))))))

(defun smbcmp-latency--paired-of (comparison)
  "Return hash tables of the responses, (FRAME . INDEX), of paired exchanges.
They are of A and of B of COMPARISON, a list."
  (let ((tables (list (make-hash-table :test 'equal) (make-hash-table :test 'equal))))
    (dotimes (n (smbcmp-comparison-row-count comparison))
      (pcase-let ((`(,a ,b . ,_) (smbcmp-comparison-row comparison n)))
        (when (and a b)
          (cl-loop for exchange in (list a b) for side in '(a b) for table in tables
                   for response = (plist-get (smbcmp-comparison-exchange
                                              comparison side exchange)
                                             :response)
                   when response do (puthash response t table)))))
    tables))

;;;; Rows

(cl-defstruct (smbcmp-latency-row (:constructor smbcmp-latency-row-make) (:copier nil))
  "A line of the table."
  name
  (wait nil :documentation "Non-nil if this is no response.")
  (samples nil :documentation "Samples of each capture, a list; nil where there is none.
Of waits they are the longest.")
  (figures nil :documentation "Plists of each capture, nil where there is no sample."))

(defun smbcmp-latency--counted ()
  "Return the samples of each capture that count, a list."
  (if (not smbcmp-latency--paired)
      smbcmp-latency--samples
    (cl-mapcar (lambda (samples paired)
                 (smbcmp-latency-filter
                  samples
                  (lambda (samples at) (gethash (smbcmp-sample-key samples at) paired))))
               smbcmp-latency--samples
               (smbcmp-latency--paired-of smbcmp-views-comparison))))

(defun smbcmp-latency--row-of (name groups)
  "Return the row of NAME.
GROUPS are those of each capture, of `smbcmp-latency--grouping'."
  (let ((sides (mapcar (lambda (group) (cdr (assoc name group))) groups)))
    (smbcmp-latency-row-make :name name :samples (mapcar #'cdr sides)
                             :figures (mapcar #'car sides))))

(defun smbcmp-latency--rows-of-waits ()
  "Return the rows of waits."
  (mapcar (lambda (name)
            (let ((waits (mapcar (lambda (side) (cdr (assoc name side))) smbcmp-latency--waits)))
              (smbcmp-latency-row-make :name name :wait t :samples (mapcar #'cdr waits)
                                       :figures (mapcar #'car waits))))
          (delete-dups (mapcar #'car (apply #'append smbcmp-latency--waits)))))

(defun smbcmp-latency--counting (by)
  "Return steps that make rows of the responses that count, a line for each BY."
  (let ((exchanges (nth 2 (assq by smbcmp-latency--groupings)))
        counted groups names rows)
    (append
     (and exchanges
          (cl-mapcan #'smbcmp-latency--exchanging (smbcmp-views-captures)))
     (list (lambda () (setq counted (smbcmp-latency--counted)) nil))
     (mapcar (lambda (capture)
               (smbcmp-steps-several
                (lambda ()
                  (push nil groups)
                  (smbcmp-latency--grouping
                   (pop counted)
                   (smbcmp-latency--keys by (and exchanges
                                                 (smbcmp-latency--exchanges-of capture)))
                   (lambda (name figures some _)
                     (push (cl-list* name figures some) (car groups)))))))
             (smbcmp-views-captures))
     (list
      (lambda ()
        (setq groups (nreverse (mapcar #'nreverse groups))
              names (delete-dups (mapcar #'car (apply #'append groups))))
        nil)
      (lambda ()
        (when names (push (smbcmp-latency--row-of (pop names) groups) rows))
        (and names t))
      (lambda ()
        (setq smbcmp-latency--responses (nreverse rows)
              smbcmp-latency--by by)
        nil)))))

(defun smbcmp-latency--grouping (samples key done)
  "Return steps that call DONE with each group of SAMPLES.
That is with its name, figures, samples and their durations, sorted.
KEY is a function, as of `smbcmp-latency--keys'."
  (let ((groups (smbcmp-latency-groups)))
    (list (smbcmp-latency-each
           (lambda () samples)
           (lambda (at) (smbcmp-latency-group-add groups (funcall key samples at) at)))
          (smbcmp-steps-several
           (lambda ()
             (mapcar (pcase-lambda (`(,name . ,places))
                       (smbcmp-steps-several
                        (lambda ()
                          (let ((some (smbcmp-latency-pick samples places)))
                            (smbcmp-latency-sorting
                             some
                             (lambda (durations)
                               (funcall done name (smbcmp-latency-figures durations)
                                        some durations)))))))
                     (smbcmp-latency-grouped groups)))))))

(defun smbcmp-latency--rows ()
  "Return the rows of the table."
  (append smbcmp-latency--responses (smbcmp-latency--rows-of-waits)))

(defun smbcmp-latency--total (side)
  "Return the sum of all response times of SIDE, 0 or 1, that count, in seconds."
  (cl-loop for row in smbcmp-latency--responses
           sum (or (smbcmp-latency--figure row side :sum) 0)))

;;;; Columns

(defun smbcmp-latency--figure (row side key)
  "Return the figure KEY of SIDE, 0 or 1, of ROW, or nil."
  (plist-get (nth side (smbcmp-latency-row-figures row)) key))

(defun smbcmp-latency--cost (row)
  "Return how many seconds more ROW took in B than in A, in sum."
  (- (or (smbcmp-latency--figure row 1 :sum) 0) (or (smbcmp-latency--figure row 0 :sum) 0)))

(defun smbcmp-latency--ratio (row)
  "Return how many times longer a response of ROW took in B, on average, or nil."
  (let ((a (smbcmp-latency--figure row 0 :mean)) (b (smbcmp-latency--figure row 1 :mean)))
    (and a b (> a 0) (/ b a))))

(defun smbcmp-latency--ms (seconds)
  "Return SECONDS as milliseconds, a string."
  (format "%.3f" (* 1000 seconds)))

(defun smbcmp-latency--server-columns ()
  "Return the columns that the servers' logs make, as `smbcmp-latency--columns'.
They are sums over the responses whose requests are linked."
  (cl-loop for times in smbcmp-latency--server for side from 0
           for name = (if (cdr smbcmp-views-lists) (nth side '(" A" " B")) "")
           when times
           append (cl-loop for (title . part) in '(("in server" . car) ("off-server" . cdr))
                           collect (list (concat title name) 12
                                         (smbcmp-latency--part side times part)
                                         #'smbcmp-latency--ms))))

(defun smbcmp-latency--part (side times part)
  "Return a function of a row that returns PART of what SIDE has of it, or nil.
PART is a function of what `smbcmp-latency-log-split' returns for TIMES."
  (lambda (row)
    (let ((split (and (not (smbcmp-latency-row-wait row))
                      (smbcmp-latency-log-split (nth side (smbcmp-latency-row-samples row))
                                                times))))
      (and split (funcall part split)))))

(defun smbcmp-latency--columns ()
  "Return the columns: (TITLE WIDTH VALUE FORMAT).
VALUE is a function of a row that returns a number, or nil, FORMAT one
that writes it."
  (cl-flet ((figure (key side) (lambda (row) (smbcmp-latency--figure row side key)))
            (ms (seconds) (smbcmp-latency--ms seconds)))
    (if (cdr smbcmp-views-lists)
        `(("B-A ms" 11 smbcmp-latency--cost
           ,(lambda (value)
              (propertize (format "%+.3f" (* 1000 value))
                          'face (cond ((> value 0) 'smbcmp-latency-slower)
                                      ((< value 0) 'smbcmp-latency-faster)))))
          ("ratio" 7 smbcmp-latency--ratio ,(lambda (value) (format "%.2f" value)))
          ,@(smbcmp-latency--server-columns)
          ,@(cl-loop for (title key width) in '(("n" :count 6) ("sum" :sum 11) ("p50" :p50 9)
                                                ("p95" :p95 9) ("p99" :p99 9) ("min" :min 9)
                                                ("max" :max 10))
                     append (cl-loop for side from 0 for name in '("A" "B")
                                     collect (list (concat title " " name) width
                                                   (figure key side)
                                                   (if (eq key :count) #'number-to-string #'ms)))))
      (let ((total (max 1e-9 (smbcmp-latency--total 0))))
        `(("n" 7 ,(figure :count 0) number-to-string)
          ("sum ms" 12 ,(figure :sum 0) ,#'ms)
          ("%" 6 ,(lambda (row) (and (not (smbcmp-latency-row-wait row))
                                     (/ (* 100 (smbcmp-latency--figure row 0 :sum)) total)))
           ,(lambda (value) (format "%.1f" value)))
          ,@(smbcmp-latency--server-columns)
          ,@(cl-loop for (title key width) in '(("min" :min 9) ("p50" :p50 9) ("p95" :p95 9)
                                                ("p99" :p99 9) ("max" :max 10))
                     collect (list title width (figure key 0) #'ms)))))))

(defun smbcmp-latency--entry (row columns)
  "Return the entry of ROW with COLUMNS, for `tabulated-list-entries'."
  (list row
        (vconcat
         (list (if (smbcmp-latency-row-wait row)
                   (propertize (smbcmp-latency-row-name row) 'face 'smbcmp-latency-wait)
                 (smbcmp-latency-row-name row)))
         (mapcar (pcase-lambda (`(,_ ,_ ,value ,format))
                   (let ((number (funcall value row)))
                     (if number (funcall format number) "")))
                 columns))))

(defun smbcmp-latency--print ()
  "Show the table, with point on the line where it was."
  (let* ((columns (smbcmp-latency--columns))
         (rows (smbcmp-latency--rows))
         (name (and (tabulated-list-get-id)
                    (smbcmp-latency-row-name (tabulated-list-get-id))))
         (widest (apply #'max 12 (mapcar (lambda (row)
                                           (string-width (smbcmp-latency-row-name row)))
                                         rows)))
         (first (nth 1 (assq smbcmp-latency--by smbcmp-latency--groupings))))
    (setq tabulated-list-format
          (vconcat (list (list first (min widest 40) t))
                   (mapcar (pcase-lambda (`(,title ,width ,value . ,_))
                             (list title width (smbcmp-latency-sorter value) :right-align t))
                           columns)))
    (unless (assoc (car tabulated-list-sort-key)
                   (append tabulated-list-format nil))
      (setq tabulated-list-sort-key (cons (if (cdr smbcmp-views-lists) "B-A ms" "sum ms") t)))
    (setq tabulated-list-entries (mapcar (lambda (row) (smbcmp-latency--entry row columns))
                                         rows))
    (tabulated-list-init-header)
    (tabulated-list-print)
    (smbcmp-latency--goto name)))

(defun smbcmp-latency--goto (name)
  "Go to the line called NAME, or to the first one."
  (goto-char (point-min))
  (when name
    (while (and (not (eobp))
                (not (equal name (smbcmp-latency-row-name (tabulated-list-get-id)))))
      (forward-line 1))
    (when (eobp) (goto-char (point-min))))
  (dolist (window (get-buffer-window-list nil nil t))
    (set-window-point window (point))))

;;;; Gathering

(defun smbcmp-latency--gather ()
  "Ask for response times and show them; then for waiting."
  (smbcmp-latency--stop)
  (let ((captures (smbcmp-views-captures)))
    (apply
     #'smbcmp-views-do "Taking response times"
     `(,(smbcmp-latency-collecting captures)
       ,(lambda ()
          (setq smbcmp-latency--samples (mapcar #'smbcmp-latency-samples captures)
                smbcmp-latency--waits (mapcar #'ignore captures)
                smbcmp-latency--server (mapcar #'smbcmp-latency-log-times smbcmp-views-lists))
          nil)
       ,@(smbcmp-latency--counting smbcmp-latency--by)
       ,@(cl-loop for side from 0 below (length captures)
                  collect (let ((side side))
                            (smbcmp-steps-several
                             (lambda ()
                               (smbcmp-latency-wait-between
                                (nth side smbcmp-latency--samples)
                                (lambda (waits) (smbcmp-latency--noting side waits)))))))
       ,(lambda ()
          (smbcmp-latency--print)
          (cl-loop for capture in captures for side from 0
                   do (smbcmp-latency--ask-waits capture side)))))))

(defun smbcmp-latency-collecting (captures)
  "Return a step that has the samples of all CAPTURES known, or nil if they are."
  (let ((unknown (seq-remove #'smbcmp-latency-known captures)))
    (and unknown
         (let ((all (mapcar (lambda (capture) (cons capture (smbcmp-cells-make))) unknown)))
           (smbcmp-views-asking
            unknown "srt" nil
            (lambda (_)
              (pcase-dolist (`(,capture . ,samples) all)
                (smbcmp-latency-remember capture samples)))
            (lambda (capture value)
              (smbcmp-latency-add (alist-get capture all) (smbcmp--module-decode value))))))))

(defun smbcmp-latency--ask-waits (capture side)
  "Ask CAPTURE, that of SIDE, 0 or 1, for what TCP waited, in the background."
  (let ((buffer (current-buffer)) (known (smbcmp-latency-wait-known capture)))
    (if known
        (smbcmp-latency--add-waits side (car known))
      (push (cons capture
                  (smbcmp-latency-wait-ask
                   capture (lambda (waits)
                             (when (buffer-live-p buffer)
                               (with-current-buffer buffer
                                 (smbcmp-latency--add-waits side waits))))))
            smbcmp-latency--requests))))

(defun smbcmp-latency--noting (side waits)
  "Return steps that add WAITS, samples, to those of SIDE, 0 or 1.
There were none of what they are called yet."
  (smbcmp-latency--grouping
   waits
   (lambda (waits at) (nth 1 (smbcmp-sample-command waits at)))
   (lambda (name figures some durations)
     (cl-callf append (nth side smbcmp-latency--waits)
       (list (cl-list* name figures
                       (smbcmp-latency-slowest
                        some smbcmp-latency-frames-limit durations)))))))

(defun smbcmp-latency--add-waits (side waits)
  "Add WAITS, samples, to those of SIDE, 0 or 1, and show them."
  (when (> (smbcmp-latency-count waits) 0)
    (smbcmp-steps-run (smbcmp-latency--noting side waits))
    (smbcmp-latency--print)))

(defun smbcmp-latency--linked (pair)
  "Show what the log of PAIR, now linked, adds.  For `smblog-pair-linked-hook'."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'smbcmp-latency-mode)
                 (memq (smblog-pair-list-buffer pair) smbcmp-views-lists))
        (setq smbcmp-latency--server (mapcar #'smbcmp-latency-log-times smbcmp-views-lists))
        (smbcmp-latency--print)))))

(add-hook 'smblog-pair-linked-hook #'smbcmp-latency--linked)

(defun smbcmp-latency--stop ()
  "Stop asking."
  (pcase-dolist (`(,capture . ,request) smbcmp-latency--requests)
    (unless (memq (smbcmp-capture-state capture) '(failed closed))
      (smbcmp-host-abandon capture request)))
  (setq smbcmp-latency--requests nil))

;;;; Commands

(defun smbcmp-latency--here ()
  "Return the row at point, or tell the user that there is none."
  (or (tabulated-list-get-id) (user-error "No response times here")))

(defun smbcmp-latency-frames ()
  "List the frames behind this line, the slowest first."
  (interactive)
  (let ((row (smbcmp-latency--here)))
    (smbcmp-latency-show-frames
     (smbcmp-latency-row-name row) (smbcmp-latency-row-samples row)
     (apply #'+ (mapcar (lambda (figures) (or (plist-get figures :count) 0))
                        (smbcmp-latency-row-figures row))))))

(defun smbcmp-latency-by (by)
  "Have a line for each BY: a command, file, session...; see the prompt."
  (interactive
   (list (let ((names (mapcar (lambda (grouping) (nth 1 grouping)) smbcmp-latency--groupings)))
           (car (cl-find (completing-read "Group by: " names nil t)
                         smbcmp-latency--groupings :key #'cadr :test #'equal)))))
  (when (and (cdr smbcmp-views-lists) (memq by '(session connection)))
    (user-error "Can't tell which %s of A is which of B; look at one capture" by))
  (smbcmp-latency--recount by))

(defun smbcmp-latency--recount (by)
  "Show the table with a line for each BY."
  (smbcmp-with-user-errors
   (apply #'smbcmp-views-do "Counting responses"
          (append (smbcmp-latency--counting by)
                  (list (lambda ()
                          (smbcmp-latency--print)
                          (force-mode-line-update)))))))

(defun smbcmp-latency-toggle-paired ()
  "Count only exchanges that are paired in the comparison, or all again."
  (interactive)
  (unless smbcmp-views-comparison
    (user-error "This table is not of a comparison; type v t in one"))
  (setq smbcmp-latency--paired (not smbcmp-latency--paired))
  (smbcmp-latency--recount smbcmp-latency--by)
  (message (if smbcmp-latency--paired "Exchanges that are paired" "All exchanges")))

(defun smbcmp-latency-copy (whole)
  "Copy this line; with a prefix argument, WHOLE, the whole table."
  (interactive "P")
  (kill-new (if whole
                (concat (substring-no-properties
                         (mapconcat (lambda (column)
                                      (format (format "%%%s%ds" (if (nth 3 column) "" "-")
                                                      (nth 1 column))
                                              (car column)))
                                    tabulated-list-format " "))
                        "\n" (buffer-substring-no-properties (point-min) (point-max)))
              (buffer-substring-no-properties (line-beginning-position)
                                              (line-end-position))))
  (message (if whole "Copied the table" "Copied the line; C-u w copies the table")))

(defun smbcmp-latency-revert (&rest _)
  "Take the response times again."
  (smbcmp-with-user-errors (smbcmp-latency--gather)))

(defun smbcmp-latency--mode-line ()
  "Return what the mode line says of the table."
  (concat " by " (nth 1 (assq smbcmp-latency--by smbcmp-latency--groupings))
          (and smbcmp-latency--paired ", paired")))

(defvar smbcmp-latency-mode-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map (make-composed-keymap smbcmp-mode-map tabulated-list-mode-map))
    (define-key map (kbd "RET") #'smbcmp-latency-frames)
    (define-key map "b" #'smbcmp-latency-by)
    (define-key map "B" #'smbcmp-latency-by)
    (define-key map "P" #'smbcmp-latency-toggle-paired)
    (define-key map "=" #'smbcmp-latency-toggle-paired)
    (define-key map "w" #'smbcmp-latency-copy)
    map)
  "Keymap of `smbcmp-latency-mode'.")

(easy-menu-define smbcmp-latency-menu smbcmp-latency-mode-map
  "Menu of `smbcmp-latency-mode'."
  '("Latency"
    ["Frames behind this line" smbcmp-latency-frames]
    ["Group by..." smbcmp-latency-by]
    ["Only paired exchanges" smbcmp-latency-toggle-paired
     :style toggle :selected smbcmp-latency--paired :enable smbcmp-views-comparison]
    ["Sort by this column" tabulated-list-sort]
    ["Chart" smbcmp-latency-chart]
    ["Copy the line" smbcmp-latency-copy]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-latency-mode tabulated-list-mode "Latency"
  "Major mode for response times, of one capture or of two side by side.

Times are milliseconds.  Lines in grey are waiting that is no command's.
Of two captures, what costs B most in sum is first; the ratio is that of
the averages.  If the server's log is linked, \"in server\" is what its
requests took there, \"off-server\" the rest.
\\<smbcmp-latency-mode-map>\\[smbcmp-latency-by] has a line for each file, session...

\\{smbcmp-latency-mode-map}"
  (setq mode-line-process '(:eval (smbcmp-latency--mode-line))
        truncate-lines t)
  (setq-local revert-buffer-function #'smbcmp-latency-revert)
  (add-hook 'kill-buffer-hook #'smbcmp-latency--stop nil t)
  (smbcmp-mode-show-row))

;;;###autoload
(defun smbcmp-latency ()
  "Show where the time went: response times of this capture, or of both compared.
They are those of libwireshark's own statistics."
  (interactive)
  (smbcmp-views-show "latency" #'smbcmp-latency-mode #'smbcmp-latency--gather t))

(provide 'smbcmp-latency-view)
;;; smbcmp-latency-view.el ends here
