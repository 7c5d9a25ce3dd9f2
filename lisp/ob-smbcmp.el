;;; ob-smbcmp.el --- Captures and logs in Org's code blocks  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Blocks of Org Babel that put into the write-up of a case what captures
;; and logs say.  The body is a filter, the header arguments say of what and
;; what is shown:
;;
;;   #+begin_src smbcmp :capture bad.pcapng :columns smb2.cmd smb2.nt_status
;;     # Everything that failed.
;;     smb2.nt_status >= 0xc0000000
;;   #+end_src
;;
;;   :capture FILE      the capture; alone, rows of the packet list
;;   :columns NAME...   these columns of it, as `smbcmp-rows' takes them
;;   :fields FIELD...   values of fields instead, of `smbcmp-fields'
;;   :frame NUMBER...   the field trees of frames instead, as text; no body
;;   :against FILE      where :capture diverges from FILE; the body leaves
;;                      divergences with a frame it selects, on either side
;;   :log FILE          the requests of a Samba log, with :capture their
;;                      frames, too; the body is a filter of smblog-mode and
;;                      leaves requests during which a message passes it
;;   :keys FILE         session keys, see `smbcmp-read-keys'
;;   :profile NAME      Wireshark's configuration profile
;;
;; A list is words, or a list in Lisp where a word has spaces in it.  "no"
;; for any of them takes back what a property of the file says.  Of a
;; comparison, `:results output' is the report; of a table, it is columns of
;; text.  What is opened is closed behind the block; with :session it stays
;; open for others, until the session's buffer or Org's is killed, and is
;; read again if the file changed.

;;; Code:

(require 'cl-lib)
(require 'ob)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-compare)
(require 'smbcmp-compare-once)
(require 'smbcmp-detail-field)
(require 'smbcmp-escape)
(require 'smbcmp-filter)
(require 'smbcmp-mode)
(require 'smbcmp-org)
(require 'smbcmp-compare-report)
(require 'smbcmp-list-rows)
(require 'smblog)
(require 'smblog-link)
(require 'smblog-message)
(require 'smblog-narrow)
(require 'smblog-pair)
(require 'smblog-request)

(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-position "smbcmp-module.so" (view n))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))

(defvar org-babel-default-header-args:smbcmp '()
  "Default header arguments of smbcmp blocks.")

(defconst org-babel-header-args:smbcmp
  '((capture . :any) (columns . :any) (fields . :any) (frame . :any) (against . :any)
    (log . :any) (keys . :any) (profile . :any))
  "Header arguments of smbcmp blocks; see the commentary of ob-smbcmp.el.")

;;;; Customization

(defcustom smbcmp-babel-limit 1000
  "How many rows a table in a file of Org may have.
Org takes ten seconds for a thousand, and says nothing meanwhile; a block
whose filter was forgotten would take an hour."
  :type 'natnum
  :group 'smbcmp)

;;;; Header arguments

(defun smbcmp-babel--get (params key)
  "Return the value of KEY in PARAMS, nil if it is absent or says no."
  (let ((value (cdr (assq key params))))
    (unless (member value '("" "no" "none" "nil")) value)))

(defun smbcmp-babel--string (params key)
  "Return the value of KEY in PARAMS as a string, or nil."
  (let ((value (smbcmp-babel--get params key)))
    (cond ((or (null value) (stringp value)) value)
          ((consp value) (user-error "%s takes one value, not %S" key value))
          (t (format "%s" value)))))

(defun smbcmp-babel--file (params key)
  "Return the file that KEY in PARAMS names, absolute, or nil."
  (let ((file (smbcmp-babel--string params key)))
    (and file (expand-file-name file))))

(defun smbcmp-babel--words (params key)
  "Return the words that KEY in PARAMS has, a list of strings."
  (let ((value (smbcmp-babel--get params key)))
    (if (stringp value)
        (split-string value)
      (mapcar (lambda (word) (format "%s" word)) (if (listp value) value (list value))))))

(defun smbcmp-babel--frames (params)
  "Return the numbers of frames that PARAMS ask for."
  (mapcar (lambda (word)
            (if (string-match-p "\\`[0-9]+\\'" word)
                (string-to-number word)
              (user-error ":frame takes numbers of frames, not %s" word)))
          (mapcan (lambda (word) (split-string (smbcmp-babel--substitute word params)
                                               "[ ,]+" t))
                  (smbcmp-babel--words params :frame))))

;;;; Body

(defun smbcmp-babel--value (value)
  "Return VALUE, of a variable, as a filter has it; a list as members of a set."
  (if (listp value)
      (smbcmp-capture-set (mapcar #'smbcmp-babel--value (remq 'hline (flatten-tree value))))
    (format "%s" value)))

(defun smbcmp-babel--substitute (text params)
  "Return TEXT with the variables of PARAMS in the place of $NAME."
  (let ((vars (mapcar (lambda (var) (cons (symbol-name (car var)) (cdr var)))
                      (org-babel--get-vars params))))
    (replace-regexp-in-string
     "\\$\\([-_[:alnum:]]+\\)"
     (lambda (match)
       (let ((var (assoc (substring match 1) vars)))
         (if var (smbcmp-babel--value (cdr var)) match)))
     text t t)))

(defun org-babel-expand-body:smbcmp (body params)
  "Return BODY, a filter, with the variables of PARAMS in the place of $NAME."
  (smbcmp-babel--substitute (org-babel-expand-body:generic body params) params))

(defun smbcmp-babel--filter (body)
  "Return the filter in BODY, comments made empty lines; nil if there is none."
  (let ((filter (replace-regexp-in-string "^[ \t]*#.*$" "" body)))
    (unless (string-blank-p filter) filter)))

(defun smbcmp-babel--no-filter (filter what)
  "Signal that WHAT takes no FILTER if there is one."
  (when filter
    (user-error "%s takes no filter: the body must be empty" what)))

(defun smbcmp-babel--wrong-filter (filter message position)
  "Signal that FILTER is wrong at POSITION, which may be nil, with MESSAGE."
  (if (null position)
      (user-error "Invalid filter: %s" message)
    (let* ((before (substring filter 0 (min position (length filter))))
           (lines (split-string before "\n")))
      (user-error "Invalid filter, line %d, column %d: %s"
                  (length lines) (1+ (length (car (last lines)))) message))))

(defun smbcmp-babel--select (capture filter)
  "Return the frames of CAPTURE that FILTER, a display filter or nil, selects."
  (let* ((smbcmp-capture-at-hand capture)
         (problem (and filter (smbcmp-check-filter filter))))
    (when problem
      (smbcmp-babel--wrong-filter filter (nth 0 problem) (nth 1 problem)))
    (smbcmp-frames capture filter)))

;;;; What is open

(defvar smbcmp-babel--pool nil
  "The buffer that has what the block opens: its session's, or one of its own.")

(defvar-local smbcmp-babel--open nil
  "What is open here: (KEY OBJECT IDENTITY).
KEY has the file's name second; IDENTITY tells whether it is still the same.")

(defvar-local smbcmp-babel--users nil
  "The buffers of Org that use this session.")

(define-derived-mode smbcmp-babel-session-mode smbcmp-mode "smbcmp session"
  "Major mode for the captures and logs that blocks of Org keep open.
Killing the buffer closes them."
  (add-hook 'kill-buffer-hook #'smbcmp-babel--close-all nil t))

(defun smbcmp-babel--close (entry)
  "Close what ENTRY of `smbcmp-babel--open' has, in this buffer."
  (setq smbcmp-babel--open (delq entry smbcmp-babel--open))
  (funcall (if (smbcmp-capture-p (nth 1 entry)) #'smbcmp-close #'smblog-close)
           (nth 1 entry)))

(defun smbcmp-babel--close-all ()
  "Close all that is open in this buffer."
  (mapc #'smbcmp-babel--close smbcmp-babel--open))

(defun smbcmp-babel--usable-p (entry identity)
  "Return non-nil if ENTRY's file is that of IDENTITY, and it is open."
  (pcase-let ((`(,_ ,object ,before) entry))
    (and (equal before identity)
         (not (and (smbcmp-capture-p object)
                   (memq (smbcmp-capture-state object) '(closed failed)))))))

(defun smbcmp-babel--obtain (key more open)
  "Return what function OPEN returns, or did earlier in this session for KEY.
KEY has the file's name second.  It is opened again if that file changed, or
MORE, a file or nil."
  (with-current-buffer smbcmp-babel--pool
    (let ((identity (list (smbcmp-handle-file-identity (nth 1 key))
                          (and more (smbcmp-handle-file-identity more))))
          (entry (assoc key smbcmp-babel--open)))
      (unless (and entry (smbcmp-babel--usable-p entry identity))
        (when entry (smbcmp-babel--close entry))
        (setq entry (list key (funcall open) identity))
        (push entry smbcmp-babel--open)
        (smbcmp-babel--show))
      (nth 1 entry))))

(defun smbcmp-babel--show ()
  "Show what is open in this session's buffer."
  (with-silent-modifications
    (erase-buffer)
    (pcase-dolist (`((,_ ,file . ,_) ,object ,_) (reverse smbcmp-babel--open))
      (insert (smbcmp-escape-file file) "  "
              (if (smbcmp-capture-p object)
                  (smbcmp-compare-report-plural (smbcmp-frame-count object) "frame")
                (smbcmp-compare-report-plural (smblog-message-count object) "message"))
              "\n"))))

(defun smbcmp-babel--capture (params key)
  "Return the capture that KEY of PARAMS names, open."
  (let ((file (or (smbcmp-babel--file params key)
                  (user-error "No capture: the block needs %s FILE" key)))
        (keys (smbcmp-babel--file params :keys))
        (profile (smbcmp-babel--string params :profile)))
    (smbcmp-babel--obtain (list 'capture file keys profile) keys
                          (lambda () (smbcmp-open file :keys (and keys (list keys))
                                                  :profile profile)))))

(defun smbcmp-babel--log (params)
  "Return the log that PARAMS name, open."
  (let ((file (smbcmp-babel--file params :log)))
    (smbcmp-babel--obtain (list 'log file) nil (lambda () (smblog-open file)))))

;;;; Sessions

(defun smbcmp-babel--leave ()
  "Kill the sessions that no buffer but this one uses.  For `kill-buffer-hook'."
  (let ((leaving (current-buffer)))
    (dolist (buffer (buffer-list))
      ;; Killing a session may kill buffers of its workers, too.
      (when (and (buffer-live-p buffer)
                 (memq leaving (buffer-local-value 'smbcmp-babel--users buffer)))
        (with-current-buffer buffer
          (setq smbcmp-babel--users
                (cl-remove-if-not #'buffer-live-p (delq leaving smbcmp-babel--users))))
        (unless (buffer-local-value 'smbcmp-babel--users buffer)
          (kill-buffer buffer))))))

(defun org-babel-smbcmp-initiate-session (&optional session _params)
  "Return the buffer of SESSION, a name or nil, which this buffer uses now.
Return nil if SESSION is \"none\"."
  (unless (equal session "none")
    (let ((user (or (buffer-base-buffer) (current-buffer)))
          (buffer (get-buffer-create
                   (if session (format "*smbcmp: %s*" session) "*smbcmp*"))))
      (with-current-buffer user
        (add-hook 'kill-buffer-hook #'smbcmp-babel--leave nil t))
      (with-current-buffer buffer
        (unless (derived-mode-p 'smbcmp-babel-session-mode)
          (smbcmp-babel-session-mode))
        (cl-pushnew user smbcmp-babel--users))
      buffer)))

(defun org-babel-prep-session:smbcmp (session params)
  "Open in SESSION the capture or log that PARAMS name; return its buffer."
  (let ((smbcmp-babel--pool (org-babel-smbcmp-initiate-session session params)))
    (smbcmp-with-user-errors
      (when (smbcmp-babel--get params :capture) (smbcmp-babel--capture params :capture))
      (when (smbcmp-babel--get params :log) (smbcmp-babel--log params)))
    smbcmp-babel--pool))

(defun smbcmp-babel--call-with-pool (params function)
  "Call FUNCTION, which may open things; close them unless PARAMS have a session."
  (let* ((session (org-babel-smbcmp-initiate-session (cdr (assq :session params))))
         (smbcmp-babel--pool (or session (generate-new-buffer " *ob-smbcmp*"))))
    (unwind-protect
        (progn
          (unless session
            (with-current-buffer smbcmp-babel--pool (smbcmp-babel-session-mode)))
          (funcall function))
      (unless session (kill-buffer smbcmp-babel--pool)))))

;;;; Packets

(defun smbcmp-babel--rows (filter params _text)
  "Return titles and rows of the packet list for FILTER, by PARAMS."
  (let* ((capture (smbcmp-babel--capture params :capture))
         (columns (smbcmp-babel--words params :columns)))
    (cons (or columns (mapcar #'car (smbcmp-capture-columns capture)))
          (smbcmp-rows capture (smbcmp-babel--select capture filter) columns))))

(defun smbcmp-babel--fields (filter params _text)
  "Return names and values of fields in the frames of FILTER, by PARAMS."
  (let* ((capture (smbcmp-babel--capture params :capture))
         (fields (smbcmp-babel--words params :fields))
         (smbcmp-capture-at-hand capture)
         (types (mapcar (lambda (field) (nth 2 (smbcmp-describe-field field))) fields)))
    (when filter (smbcmp-babel--select capture filter))
    (cons fields
          (mapcar (lambda (row) (cl-mapcar #'smbcmp-babel--field row types))
                  (smbcmp-fields capture fields filter)))))

(defun smbcmp-babel--field (value type)
  "Return VALUE of a field of TYPE, or a vector of such, as a cell has it."
  (cond ((vectorp value)
         (mapconcat (lambda (one) (format "%s" (smbcmp-babel--field one type))) value ","))
        ((null value) "")
        ((eq value t) 1)
        ((equal type "absolute_time") (format-time-string "%F %T.%9N" value))
        ((equal type "relative_time") (float-time value))
        ((and (stringp value) (not (multibyte-string-p value)))
         (mapconcat (lambda (byte) (format "%02x" byte)) value ""))
        (t value)))

(defun smbcmp-babel--trees (filter params _text)
  "Return the field trees of the frames in PARAMS as text; FILTER must be nil."
  (smbcmp-babel--no-filter filter ":frame")
  (when (member "table" (cdr (assq :result-params params)))
    (user-error ":frame shows a tree, which is no table"))
  (let ((capture (smbcmp-babel--capture params :capture)))
    (mapconcat (lambda (frame) (smbcmp-detail-text (smbcmp-frame-tree capture frame)))
               (smbcmp-babel--frames params) "\n")))

;;;; Comparisons

(defun smbcmp-babel--divergences (filter params text)
  "Return the divergences that FILTER leaves, by PARAMS; the report if TEXT."
  (let* ((a (smbcmp-babel--capture params :capture))
         (b (smbcmp-babel--capture params :against))
         (keep (if text
                   (smbcmp-babel--no-filter filter "The report of a comparison")
                 (smbcmp-babel--either-frame a b filter)))
         (comparison (smbcmp-diff-captures a b)))
    (if text
        (substring-no-properties (smbcmp-compare-report comparison))
      (smbcmp-babel--check-comparison comparison)
      (cons '("n" "kind" "frames A" "frames B" "cause" "what differs")
            (cl-loop for divergence in (smbcmp-comparison-divergences comparison)
                     for n from 1
                     when (or (null keep) (funcall keep divergence))
                     collect (smbcmp-babel--divergence divergence n))))))

(defun smbcmp-babel--divergence (divergence n)
  "Return the row of DIVERGENCE, a plist, which is number N, from 1."
  (let ((cause (plist-get divergence :cause)))
    (list n
          (symbol-name (plist-get divergence :kind))
          (smbcmp-compare-report-frames (plist-get divergence :a))
          (smbcmp-compare-report-frames (plist-get divergence :b))
          (if cause (1+ cause) "")
          (substring-no-properties (plist-get divergence :label)))))

(defun smbcmp-babel--either-frame (a b filter)
  "Return a predicate for divergences with a frame that FILTER selects in A or B.
Return nil if FILTER is nil."
  (when filter
    (let ((sides (mapcar (lambda (capture)
                           (let ((table (make-hash-table)))
                             (dolist (frame (smbcmp-babel--select capture filter) table)
                               (puthash frame t table))))
                         (list a b))))
      (lambda (divergence)
        (cl-loop for side in sides
                 for (request . response) in (list (plist-get divergence :a)
                                                   (plist-get divergence :b))
                 thereis (or (gethash request side) (gethash response side)))))))

(defun smbcmp-babel--check-comparison (comparison)
  "Signal that COMPARISON can't tell, or warn of what it could not look at.
A table says nothing of either."
  (let ((notes (smbcmp-comparison-notes comparison)))
    (cond ((smbcmp-comparison-divergences comparison)
           (dolist (note notes) (display-warning 'smbcmp note)))
          ((not (equal '(0 . 0) (smbcmp-comparison-opaque comparison)))
           (user-error "No divergences in what could be decrypted, but %s: see :keys"
                       (string-join notes "; ")))
          ((equal '(0 . 0) (smbcmp-comparison-counts comparison))
           (user-error "No SMB in either capture")))))

;;;; Logs

(defun smbcmp-babel--requests (filter params _text)
  "Return the requests of a log that FILTER leaves, by PARAMS."
  (let* ((log (smbcmp-babel--log params))
         (keep (and filter (smbcmp-babel--log-filter log filter)))
         (capture (and (smbcmp-babel--get params :capture)
                       (smbcmp-babel--capture params :capture)))
         (links (if capture (smblog-link log capture)
                  (mapcar #'list (smblog-requests log)))))
    (unless links
      (user-error "%s: %s" (smbcmp-babel--file params :log) (smblog-pair-no-requests log)))
    (cons (append '("mid" "command" "status" "seconds" "pid" "messages" "time")
                  (and capture '("link" "frames"))
                  '("path"))
          (cl-loop for (request . link) in links
                   when (or (null keep) (funcall keep request))
                   collect (smbcmp-babel--request request link)))))

(defun smbcmp-babel--request (request link)
  "Return the row of REQUEST, a plist, with LINK, (STATE FRAMES...) or nil."
  (append (list (plist-get request :mid)
                (smblog-request-command request)
                (smblog-request-status request)
                (plist-get request :duration)
                (plist-get request :pid)
                (plist-get request :messages)
                (let ((time (plist-get request :start)))
                  (and time (smblog-message-time-string time t))))
          (pcase link
            ('nil nil)
            (`(ambiguous ,_ ,_ ,frames)
             (list "ambiguous" (mapconcat #'number-to-string frames " or ")))
            (`(,state ,frame ,response)
             (list (symbol-name state)
                   (smbcmp-compare-report-frames (and frame (cons frame response))))))
          (list (plist-get request :path))))

(defun smbcmp-babel--log-filter (log filter)
  "Return a predicate for requests of LOG during which a message passes FILTER.
Its process wrote that, from its beginning to its end."
  (let ((views (make-hash-table)))
    (condition-case err
        (let ((native (smbcmp-babel--resolve log filter)))
          (lambda (request)
            (let* ((pid (plist-get request :pid))
                   (begin (plist-get request :begin))
                   (end (max begin (or (plist-get request :end) begin)))
                   (view (or (gethash pid views)
                             (puthash pid (smbcmp-babel--view log pid native) views))))
              (< (smblog--module-view-position view begin)
                 (smblog--module-view-position view (1+ end))))))
      (smblog-filter-error
       (smbcmp-babel--wrong-filter filter (nth 1 err) (nth 2 err)))
      (invalid-regexp
       (smbcmp-babel--wrong-filter filter (error-message-string err) nil)))))

(defun smbcmp-babel--resolve (log filter)
  "Return what the index of LOG takes for FILTER, as typed."
  (with-temp-buffer
    ;; Some terms mean requests of the log of this buffer.
    (setq smblog-log log)
    (smblog-narrow-resolve (smblog-filter-parse filter) log)))

(defun smbcmp-babel--view (log pid native)
  "Return the view of the messages of PID in LOG that NATIVE leaves, complete."
  (let ((view (smblog--module-view log `(and ,@(and pid `((pid ,pid))) ,native))))
    (while (not (nth 3 (smblog--module-view-progress view)))
      (sleep-for 0.005))
    view))

;;;; Results

(defconst smbcmp-babel--shows
  '((:log . smbcmp-babel--requests) (:against . smbcmp-babel--divergences)
    (:frame . smbcmp-babel--trees) (:fields . smbcmp-babel--fields)
    (:columns . smbcmp-babel--rows))
  "Header arguments that say what is shown, and who makes that.
Functions get filter, params and whether text is wanted.  They return text
or (TITLES . ROWS).")

(defun smbcmp-babel--show-function (params)
  "Return the function of `smbcmp-babel--shows' that PARAMS ask for."
  (let ((asked (cl-remove-if-not (lambda (show) (smbcmp-babel--get params (car show)))
                                 smbcmp-babel--shows)))
    (when (cdr asked)
      (user-error "A block shows one thing: %s and %s exclude each other"
                  (car (nth 0 asked)) (car (nth 1 asked))))
    (if asked (cdar asked) #'smbcmp-babel--rows)))

(defun smbcmp-babel--cell (cell)
  "Return CELL as a table of Org can have it."
  (cond ((null cell) "")
        ((stringp cell)
         (replace-regexp-in-string
          "|" "\\vert{}" (smbcmp-escape (replace-regexp-in-string "[\n\r]+" " " cell) t) t t))
        (t cell)))

(defun smbcmp-babel--plain (cell)
  "Return CELL as a line of text has it."
  (smbcmp-escape (format "%s" (or cell "")) t))

(defun smbcmp-babel--titles (table params)
  "Return the titles of TABLE, (TITLES . ROWS), that PARAMS want; nil for none."
  (let ((names (cdr (assq :colnames params))) (titles (car table)))
    (cond ((equal names "no") nil)
          ((not (consp names)) titles)
          ((= (length names) (length titles)) names)
          (t (user-error ":colnames has %d names for %d columns"
                         (length names) (length titles))))))

(defun smbcmp-babel--table (table params)
  "Return TABLE, (TITLES . ROWS), as Babel takes it, with the titles PARAMS want."
  (when (> (length (cdr table)) smbcmp-babel-limit)
    (user-error "%d rows are too many for a table: filter them, or have :results output \
(see `smbcmp-babel-limit')" (length (cdr table))))
  (let ((rows (mapcar (lambda (row) (mapcar #'smbcmp-babel--cell row)) (cdr table)))
        (titles (mapcar #'smbcmp-babel--cell (smbcmp-babel--titles table params))))
    (if titles `(,titles hline ,@rows) rows)))

(defun smbcmp-babel--text (table params)
  "Return TABLE, (TITLES . ROWS), as lines with aligned columns.
They begin with the titles PARAMS want."
  (let* ((titles (smbcmp-babel--titles table params))
         (rows (mapcar (lambda (row) (mapcar #'smbcmp-babel--plain row))
                       (if titles (cons titles (cdr table)) (cdr table))))
         (numbers (cl-loop for i below (length (car rows))
                           collect (cl-loop for row in (cdr table)
                                            thereis (numberp (nth i row)))))
         (widths (cl-loop for i below (length (car rows)) for number in numbers
                          for width = (cl-loop for row in rows
                                               maximize (string-width (nth i row)))
                          collect (if number (- width) width))))
    (mapconcat (lambda (row)
                 (string-trim-right
                  (mapconcat #'identity (cl-mapcar #'smbcmp-list-rows-pad row widths) "  ")))
               rows "\n")))

(defun org-babel-execute:smbcmp (body params)
  "Return what the block with BODY and PARAMS shows: a table, or text.
See the commentary of ob-smbcmp.el for the header arguments.
Signal a `user-error' that says what is wrong with the block."
  (let ((filter (smbcmp-babel--filter (org-babel-expand-body:smbcmp body params)))
        ;; Babel makes lines of the table itself for a file.
        (text (org-babel-result-cond (remove "file" (cdr (assq :result-params params)))
                t))
        (show (smbcmp-babel--show-function params)))
    (smbcmp-with-user-errors
      (let ((result (smbcmp-babel--call-with-pool
                     params (lambda () (funcall show filter params text)))))
        (cond ((stringp result) (smbcmp-escape result))
              (text (smbcmp-babel--text result params))
              (t (smbcmp-babel--table result params)))))))

;;;; Editing

(defun org-babel-edit-prep:smbcmp (info)
  "Complete nothing in a block, of INFO, whose body is no display filter."
  (when (smbcmp-babel--get (nth 2 info) :log)
    (remove-hook 'completion-at-point-functions #'smbcmp-filter-completion-at-point t)))

(provide 'ob-smbcmp)
;;; ob-smbcmp.el ends here
