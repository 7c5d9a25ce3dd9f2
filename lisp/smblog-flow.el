;;; smblog-flow.el --- Which functions a request went through  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The messages of a request, or of all that the filter leaves, as the
;; functions that logged them: a line for each run of messages of one
;; function, with the time that passed until the next.  A request that
;; begins while another of its process is not done is indented below it,
;; and functions by the depth of calls, which Samba tells from 4.20 on.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-mode)
(require 'smbcmp-tree)
(require 'smblog)
(require 'smblog-message)
(require 'smblog-request)
(require 'smblog-requests)
(require 'smblog-select)
(require 'smblog-view)
(require 'smblog-windows)

(defcustom smblog-flow-limit 20000
  "Messages that a call flow is made of at most."
  :type 'integer
  :group 'smblog)

(defface smblog-flow-slow '((t :inherit smbcmp-mode-warning :weight bold))
  "Face for times that are a good part of their request's."
  :group 'smblog-view)

(defvar-local smblog-flow-buffer nil
  "The log buffer that this flow is of.")

(defvar-local smblog-flow--filter nil
  "What the index filters by for this flow, nil for all messages.")

(defvar-local smblog-flow--title ""
  "What this flow is of.")

;;;; Runs

(cl-defstruct (smblog-flow-run (:copier nil))
  "Messages of a process that one function logged, one after the other."
  below source task number function file count start depth text error pid request next spent)

(defun smblog-flow--messages (log filter)
  "Return the messages of LOG that FILTER, the index', leaves: plists with :text.
Only the first `smblog-flow-limit' are taken."
  (let* ((view (smblog--module-view log filter))
         (count (min smblog-flow-limit (smblog-hits-wait view smblog-flow-limit)))
         (gc-cons-threshold (max gc-cons-threshold 50000000)))
    (pcase-let ((`(,text . ,rendered)
                 (smblog--module-render log view 0 count
                                        '(:header "" :body t :limit 1024))))
      (smblog--module-view-free view)
      (cl-loop for (number _ body end) across rendered
               collect (nconc (list :text (substring text body end))
                              (smblog--module-message log number))))))

(defun smblog-flow--call-p (message)
  "Return non-nil if MESSAGE is a call, or the end of one, that the kernel traced."
  (equal (plist-get message :form) "function_graph"))

(defun smblog-flow--end-p (message)
  "Return non-nil if MESSAGE is the end of a call that the kernel traced."
  (and (smblog-flow--call-p message)
       (string-match-p "\\` *}" (plist-get message :text))))

(defun smblog-flow--end-call (message runs)
  "Note in the call among RUNS, latest first, that MESSAGE ends how long it took."
  (let ((call (cl-find-if (lambda (run)
                            (and (eql (smblog-flow-run-pid run) (plist-get message :pid))
                                 (eql (smblog-flow-run-depth run) (plist-get message :depth))
                                 (null (smblog-flow-run-spent run))))
                          runs)))
    (when call (setf (smblog-flow-run-spent call) (plist-get message :duration)))))

(defun smblog-flow--innermost (number pid owners)
  "Return what `smblog-request-of' does of message NUMBER of process PID.
OWNERS has the requests of messages before, by number."
  (let ((request (smblog--module-request-of smblog-log number pid)))
    (and request
         (or (gethash request owners)
             (puthash request (smblog-request-nth request) owners)))))

(defun smblog-flow--request (message owners)
  "Return the request that MESSAGE belongs to.
A process may work on several.  With a trace id it is the one that began
with a message of the same, which OWNERS has by process and trace id."
  (let* ((pid (plist-get message :pid))
         (number (plist-get message :number))
         (request (smblog-flow--innermost number pid owners))
         (key (cons pid (plist-get message :traceid))))
    (cond ((null (cdr key)) request)
          ((and request (eql (plist-get request :begin) number))
           (puthash key request owners))
          (t (gethash key owners request)))))

(defun smblog-flow--runs (messages)
  "Return the runs of MESSAGES, in order; each process has its own."
  (let ((last (make-hash-table)) (owners (make-hash-table :test #'equal))
        (calls (cl-some #'smblog-flow--call-p messages)) runs)
    (dolist (message messages)
      (let* ((pid (plist-get message :pid))
             (run (and (not (smblog-flow--call-p message)) (gethash pid last)))
             (function (or (plist-get message :function) ""))
             (number (plist-get message :number))
             ;; A call goes on whatever requests begin in it.
             (request (and (not calls) (smblog-flow--request message owners))))
        (cond
         ((and run (equal function (smblog-flow-run-function run))
               (eql (plist-get message :depth) (smblog-flow-run-depth run))
               (smblog-request-same-p request (smblog-flow-run-request run)))
          (cl-incf (smblog-flow-run-count run)))
         ((smblog-flow--end-p message)
          (smblog-flow--end-call message runs))
         (t
          (let ((new (make-smblog-flow-run
                      :source (plist-get message :source)
                      :task (plist-get message :task)
                      :number number :function function :count 1 :pid pid
                      :file (smblog-message-source message)
                      :start (plist-get message :time)
                      :depth (plist-get message :depth)
                      :spent (plist-get message :duration)
                      :request request :text (plist-get message :text))))
            (when run (setf (smblog-flow-run-next run) (plist-get message :time)))
            (puthash pid new last)
            (push new runs))))
        (let ((case-fold-search nil))
          (when (string-match-p "\\(?:NT_\\|\\_<\\)STATUS_\\(?:[A-LN-Z]\\|M[A-NP-Z]\\)"
                                (replace-regexp-in-string
                                 "STATUS_\\(?:OK\\|SUCCESS\\)\\_>" ""
                                 (plist-get message :text)))
            (setf (smblog-flow-run-error (gethash pid last)) t)))))
    (nreverse runs)))

(defun smblog-flow--groups (runs)
  "Return RUNS as (REQUEST PID . RUNS) in the order the groups begin."
  (let (groups)
    (dolist (run runs)
      (let* ((request (smblog-flow-run-request run))
             (pid (smblog-flow-run-pid run))
             (group (cl-find-if (lambda (group)
                                  (and (smblog-request-same-p request (car group)) (eql pid (cadr group))
                                       ;; Between requests a process begins again.
                                       (or request (eq group (cl-find pid groups
                                                                      :key #'cadr)))))
                                groups)))
        (if group
            (push run (cddr group))
          (push (cl-list* request pid (list run)) groups))))
    (dolist (group groups)
      (setf (cddr group) (smblog-flow--nest (nreverse (cddr group)))))
    (nreverse groups)))

(defun smblog-flow--nest (runs)
  "Put those of RUNS, in order, that others called below these; return the rest."
  (let (above top)
    (dolist (run runs)
      (let ((depth (or (smblog-flow-run-depth run) 0)))
        (while (and above (>= (or (smblog-flow-run-depth (car above)) 0) depth))
          (pop above))
        (if above
            (push run (smblog-flow-run-below (car above)))
          (push run top))
        (push run above)))
    (dolist (run runs)
      (setf (smblog-flow-run-below run) (nreverse (smblog-flow-run-below run))))
    (nreverse top)))

;;;; Printing

(defun smblog-flow--rest (line function)
  "Return what LINE says besides the name of FUNCTION, which is called or logs."
  (if (string-match-p (concat "\\`" (regexp-quote function) "\\(?: \\[[^]]*\\]\\)?()[ ;{]*\\'")
                      line)
      ""
    (string-remove-prefix (concat function ": ") line)))

(defun smblog-flow--insert-run (run total level folded)
  "Insert the line of RUN, part of what took TOTAL seconds or nil.
LEVEL says how far its request is indented; FOLDED is non-nil if the calls
below it are not shown."
  (let* ((spent (or (smblog-flow-run-spent run)
                    (and (smblog-flow-run-start run) (smblog-flow-run-next run)
                         (- (smblog-flow-run-next run) (smblog-flow-run-start run)))))
         (count (smblog-flow-run-count run))
         (function (smblog-flow-run-function run))
         (text (string-trim (smblog-flow-run-text run)))
         (first (substring text 0 (string-match "\n" text))))
    (insert
     (propertize
      (concat
       (propertize (format "%10s " (smblog-request-time spent))
                   'face (if (and spent total (> total 0) (> spent (/ total 5)))
                             'smblog-flow-slow 'smblog-time))
       (make-string (* 2 (+ level (min 30 (or (smblog-flow-run-depth run) 0)))) ?\s)
       (propertize function 'face (if (smblog-flow-run-error run) 'smblog-error
                                    'smblog-function))
       (if (> count 1) (propertize (format " ×%d" count) 'face 'smblog-fold) "")
       (if folded (propertize (format " +%d" (smblog-flow--size run)) 'face 'smblog-fold) "")
       "  "
       (propertize (smblog-flow--rest first function) 'face 'smbcmp-mode-dim)
       "\n")
      'smblog-message (smblog-flow-run-number run)))))

(defun smblog-flow--size (run)
  "Return how many runs are below RUN."
  (cl-loop for below in (smblog-flow-run-below run)
           sum (1+ (smblog-flow--size below))))

(defun smblog-flow--level (group groups)
  "Return how many requests of GROUPS were not done when that of GROUP began."
  (let ((begin (plist-get (car group) :begin)))
    (if (null begin)
        0
      (cl-count-if (lambda (other)
                     (let ((request (car other)))
                       (and request (eql (cadr other) (cadr group))
                            (plist-get request :end)
                            (< (plist-get request :begin) begin
                               (plist-get request :end)))))
                   groups))))

(defun smblog-flow--insert-group (request pid first level)
  "Insert the line of REQUEST, or nil, of PID, whose first run is FIRST, at LEVEL."
  (insert (propertize
           (concat (make-string (* 2 level) ?\s)
                   (smblog-label (smblog-flow-run-source first))
                   (propertize (format "%s" (or pid "")) 'face (smblog-message-pid-face pid))
                   " "
                   (if request
                       (propertize (smblog-request-title request)
                                   'face (list 'bold (smblog-request-status-face request)))
                     (propertize (or (smblog-flow-run-task first) "between requests")
                                 'face 'italic))
                   "\n")
           'smblog-message (smblog-flow-run-number first)
           'smblog-group t)))

(defvar-local smblog-flow--nodes nil
  "What is shown: (LEVEL REQUEST PID . RUNS), below each (LEVEL . RUN).
Below a run are those that it called.")

(defun smblog-flow--children (node)
  "Return the runs that are below NODE."
  (pcase node
    (`(,level ,_ ,_ . ,runs) (mapcar (lambda (run) (cons level run)) runs))
    (`(,level . ,run) (mapcar (lambda (below) (cons level below))
                              (smblog-flow-run-below run)))))

(defun smblog-flow--key (node _above)
  "Return what NODE is known by."
  (pcase node
    (`(,_ ,request ,pid . ,runs) (list pid request (smblog-flow-run-number (car runs))))
    (`(,_ . ,run) (smblog-flow-run-number run))))

(defun smblog-flow--line (node _depth _path state)
  "Insert the line of NODE, which is in STATE."
  (pcase node
    (`(,level ,request ,pid . ,runs)
     (smblog-flow--insert-group request pid (car runs) level))
    (`(,level . ,run)
     (smblog-flow--insert-run run (plist-get (smblog-flow-run-request run) :duration) level
                              (eq state 'folded)))))

(defun smblog-flow--find ()
  "Find what is to be shown."
  (let ((filter smblog-flow--filter))
    (setq smblog-flow--nodes
          (with-current-buffer smblog-flow-buffer
            (let ((groups (smblog-flow--groups
                           (smblog-flow--runs (smblog-flow--messages smblog-log filter)))))
              (mapcar (lambda (group) (cons (smblog-flow--level group groups) group))
                      groups))))))

(defun smblog-flow--render ()
  "Show the flow, with point where it was."
  (let ((inhibit-read-only t) (place (smbcmp-tree-place)))
    (erase-buffer)
    (smbcmp-tree-insert smblog-flow--nodes)
    (set-buffer-modified-p nil)
    (smbcmp-tree-go-to-place place (point-min))))

(defun smblog-flow--print ()
  "Find the flow and show it."
  (smblog-flow--find)
  (smblog-flow--render)
  (goto-char (point-min)))

(defun smblog-flow--name ()
  "Return the name of the buffer for the flow of this log."
  (format "*flow: %s*" (buffer-name)))

;;;; Commands

(defun smblog-show-flow (&optional all)
  "Show which functions the request at point went through.
If the message has a trace id, as winbindd's have, that is all with this
id, by whatever process; if it is a call that the kernel traced, all calls
of its task.  With ALL, the prefix argument, show what all
messages that are shown did, request by request."
  (interactive "P")
  (let* ((number (and (not all) (smblog-message-at-point)))
         (message (and number (smblog--module-message smblog-log number)))
         (traceid (plist-get message :traceid))
         (calls (and message (smblog-flow--call-p message))))
    (smblog-flow-of (and (not all) (not traceid) (not calls)
                         (or (smblog-request-at-point)
                             (user-error "This message belongs to no request; \
with a prefix argument, the flow is that of all that is shown")))
                    (cond (traceid (list 'traceid traceid))
                          ((and calls (plist-get message :pid))
                           (list 'pid (plist-get message :pid))))
                    (cond (traceid (format "trace id %s" traceid))
                          (calls (format "calls of %s" (or (plist-get message :task) "all")))))))

(defun smblog-flow-of (request &optional filter title)
  "Show which functions REQUEST of this log went through.
If it is nil, what all messages did that FILTER, the index', leaves, and
what TITLE calls; without these, all that are shown."
  (let ((log-buffer (current-buffer))
        (filter (cond (request (smblog-narrow-by-request request))
                      (filter filter)
                      (t (smblog-narrow-resolve smblog-filter smblog-log))))
        (title (cond (request (smblog-request-title request))
                     (title title)
                     (t (format "what is shown of %s" (buffer-name))))))
    (with-current-buffer (get-buffer-create (smblog-flow--name))
      (smblog-flow-mode)
      (setq smblog-flow-buffer log-buffer
            smblog-flow--filter filter
            smblog-flow--title title)
      (smblog-message-share log-buffer)
      (smblog-flow--print)
      (pop-to-buffer (current-buffer)
                     (with-current-buffer log-buffer (smblog-windows-action 0.5))))))

(defun smblog-requests-flow ()
  "Show which functions this request went through, below the log."
  (interactive)
  (let ((request (or (smblog-requests-at-point) (user-error "No request here")))
        (log-window (get-buffer-window smblog-requests-buffer)))
    (if log-window
        (select-window log-window)
      (pop-to-buffer smblog-requests-buffer))
    (smblog-flow-of request)))

(defun smblog-flow-goto ()
  "Go to the message in the log that this line begins with."
  (interactive)
  (smblog-flow--show t))

(defun smblog-flow--show (select)
  "Show the message of this line in the log, and go there if SELECT."
  (let ((number (or (get-text-property (point) 'smblog-message)
                    (user-error "No message here"))))
    (unless (buffer-live-p smblog-flow-buffer)
      (user-error "The log is no longer open"))
    (let ((window (or (get-buffer-window smblog-flow-buffer)
                      (display-buffer smblog-flow-buffer
                                      '(nil (inhibit-same-window . t))))))
      (with-selected-window window
        (smblog-goto-message number)
        (smbcmp-mode-flash-row))
      (when select (select-window window)))))

(defun smblog-flow-next (&optional count)
  "Go to the next line, or COUNT on, and show its message in the log."
  (interactive "p")
  (let ((step (if (< (or count 1) 0) -1 1)))
    (dotimes (_ (abs (or count 1)))
      (let ((start (point)))
        (while (and (zerop (forward-line step)) (not (eobp))
                    (not (get-text-property (point) 'smblog-message))))
        (unless (get-text-property (point) 'smblog-message)
          (goto-char start)
          (user-error (if (< step 0) "First line" "Last line"))))))
  (smblog-flow--show nil))

(defun smblog-flow-previous (&optional count)
  "Go to the previous line, or COUNT back, and show its message in the log."
  (interactive "p")
  (smblog-flow-next (- (or count 1))))

(defun smblog-flow-toggle-all ()
  "Show the requests only, or all functions again, also those that were called."
  (interactive)
  (smbcmp-tree-toggle-all smblog-flow--nodes))

(defvar smblog-flow-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smblog-flow-next)
    (define-key map "p" #'smblog-flow-previous)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map (kbd "<backtab>") #'smblog-flow-toggle-all)
    (define-key map "^" #'smbcmp-tree-up)
    (define-key map (kbd "RET") #'smblog-flow-goto)
    (define-key map "G" #'smblog-debug)
    map)
  "Keymap of `smblog-flow-mode'.")

(easy-menu-define smblog-flow-menu smblog-flow-mode-map
  "Menu of `smblog-flow-mode'."
  '("Flow"
    ["Next, shown in the log" smblog-flow-next]
    ["Previous, shown in the log" smblog-flow-previous]
    ["Fold or unfold" smbcmp-tree-toggle]
    ["Fold or unfold all" smblog-flow-toggle-all]
    ["Go to the log" smblog-flow-goto]
    ["Commands for gdb" smblog-debug]))

(define-derived-mode smblog-flow-mode smbcmp-mode "Flow"
  "Major mode for the call flow of requests in a Samba log.

A line is a run of messages of one function: the time until the next,
the function, how many messages, what the first says.  Times that are
more than a fifth of their request's stand out.
\\<smblog-flow-mode-map>\\[smbcmp-tree-toggle] folds what a function called, \
where the log tells.

\\{smblog-flow-mode-map}"
  (setq header-line-format '(:eval (concat " Call flow of " smblog-flow--title))
        smbcmp-tree (smbcmp-tree-make :children #'smblog-flow--children
                                      :key #'smblog-flow--key
                                      :line #'smblog-flow--line
                                      :render #'smblog-flow--render))
  (setq-local revert-buffer-function (lambda (&rest _) (smblog-flow--print)))
  (smbcmp-mode-show-row))

(autoload 'smblog-hits-wait "smblog-hits")
(autoload 'smblog-debug "smblog-debug"
  "Show commands for gdb that stop where the message at point was logged." t)
(declare-function smblog--module-request-of "smbcmp-module.so" (log message pid))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-render "smbcmp-module.so"
                  (log view from count options))

(provide 'smblog-flow)
;;; smblog-flow.el ends here
