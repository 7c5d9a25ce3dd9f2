;;; smbcmp-compare-logs.el --- The server's code where two runs part  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; From a divergence of two captures to the logs of their servers: the
;; messages of the two exchanges in Ediff, at the first that differs, which
;; is the line of server code that made the difference.  What differs in any
;; two runs, times, process ids, pointers and other ids, is masked.

;;; Code:

(require 'cl-lib)
(require 'ediff)
(require 'subr-x)
(require 'smbcmp-compare)
(require 'smbcmp-compare-lists)
(require 'smbcmp-compare-view)
(require 'smbcmp-log)
(require 'smblog-pair)

(autoload 'smblog-hits-wait "smblog-hits")
(autoload 'smblog-narrow-resolve "smblog-narrow")
(autoload 'smblog-set-filter "smblog-narrow")
(autoload 'smblog-view-goto "smblog-view")
(autoload 'smblog-view-push-jump "smblog-view")
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))

;;;; Masks

(defcustom smbcmp-compare-logs-masks
  '(;; A dump, however long; keys are among them.
    ("^\\([ \t]*[A-Za-z ]*\\)\\[[0-9A-F]\\{4,\\}\\] [0-9A-F][0-9A-F] .*\
\\(?:\n[ \t]*\\[[0-9A-F]\\{4,\\}\\] [0-9A-F][0-9A-F] .*\\)*" . "\\1[dump]")
    ("\\b\\(?:Mon\\|Tue\\|Wed\\|Thu\\|Fri\\|Sat\\|Sun\\),? +[A-Z][a-z]\\{2\\} +[0-9]+ \
[0-9:]\\{8\\}\\(?:\\.[0-9]+\\)? [0-9]\\{4\\}\\(?: [A-Z]\\{3,5\\}\\)?\\(?:\\.[0-9]+\\)?"
     . "[time]")
    ("\\b[A-Z][a-z][a-z], +[0-9]+ [A-Z][a-z][a-z] [0-9]\\{4\\} [0-9:.]\\{8,\\}\\(?: [A-Z]\\{3,5\\}\\)?"
     . "[time]")
    ("[0-9]\\{4\\}[-/][0-9][0-9][-/][0-9][0-9][ T][0-9:.]\\{8,\\}\\(?:Z\\|[-+][0-9:]+\\)?"
     . "[time]")
    ("NTTIME([1-9][0-9]*)" . "NTTIME([time])")
    ("\\(\\btv_u?sec = \\)[0-9a-f]+" . "\\1[time]")
    ("\\b[0-9]+\\(?:\\.[0-9]+\\)? ?\\(?:[mu]?s\\|µs\\|[mu]?secs?\\|seconds\\)\\b"
     . "[duration]")
    ("\\(\"duration\": \\)[0-9]+" . "\\1[duration]")
    ("\\b[0-9a-fA-F]\\{8\\}\\(?:-[0-9a-fA-F]\\{4\\}\\)\\{3\\}-[0-9a-fA-F]\\{12\\}" . "[guid]")
    ;; The domain of an account is the machine's, made when Samba was set up.
    ("S-1-5-21\\(?:-[0-9]+\\)\\{3\\}" . "S-1-5-21-[domain]")
    ("\\(ipv[46]:[0-9a-fA-F.:]+\\):[0-9]+\\b" . "\\1:[port]")
    ("\\(\\b[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+\\):[0-9]+\\b" . "\\1:[port]")
    ("\\(\\bport[ =]+\\)[0-9]+\\b" . "\\1[port]")
    ;; What is called an id, a key, a hash, however short.
    ("\\(\\(?:\\b\\|_\\)\\(?:id\\|[mptv]id\\|vuid\\|key\\|hash\\|fnum\\|epoch\\|seqnum\\|\
position\\|gen\\|inode\\)\\(?: *[:=] *\\| ?[[(] ?\\| \\)'?\\)\
\\(?:0x\\)?[0-9a-fA-F]+\\b\\(?::[0-9a-fA-F]+\\)*\\(?:/[0-9]+\\)?\\(?: (-?[0-9]+)\\)?"
     . "\\1[id]")
    ("\\(\\b\\(?:notifyd ?= ?\\|[Ss]ending message to \\)\\)[0-9]+" . "\\1[pid]")
    ("\\(\\bfiles structure \\)[1-9][0-9]+" . "\\1[id]")
    ("\\(\\b\\(?:fd ?=? ?\\|posix_fcntl_[a-z]+ \\)\\)[0-9]+" . "\\1[fd]")
    ("\\(\\b\\(?:cUnitAvail\\|[dc]?free\\) ?= ?\\)[0-9]+" . "\\1[space]")
    ("\\b0x0*[1-9a-fA-F][0-9a-fA-F]\\{7,\\}\\b\\(?: (-?[0-9]+)\\)?" . "[id]")
    ("\\b[0-9a-fA-F]+:[0-9a-fA-F]+:[0-9a-fA-F]+\\b\\(?:/[0-9]+\\)?" . "[id]")
    ("\\b[0-9]\\{9,\\}\\b" . "[id]")
    ("\\b[0-9a-fA-F]\\{16,\\}\\b" . "[bytes]"))
  "What is masked before the logs of two runs are compared.
An alist of regexps and what is put in their place, as `replace-match'
takes it.  The process's own id is masked, too."
  :type '(alist :key-type regexp :value-type string)
  :group 'smbcmp-compare)

(defun smbcmp-compare-logs-mask (text pid)
  "Return TEXT, of the process PID, with what differs in any two runs masked."
  (with-temp-buffer
    (insert text)
    (let ((case-fold-search nil))
      (pcase-dolist (`(,regexp . ,mask)
                     (append (and pid `((,(format "\\b%d\\b" pid) . "[pid]")
                                        (,(format "\\b0x0*%x\\b" pid) . "[pid]")))
                             smbcmp-compare-logs-masks))
        (goto-char (point-min))
        (while (re-search-forward regexp nil t)
          (replace-match mask t))))
    (buffer-string)))

;;;; Texts

(defvar-local smbcmp-compare-logs-pair nil
  "The `smblog-pair' whose log this buffer has messages of.")

(defun smbcmp-compare-logs--messages (pair requests)
  "Return the messages of REQUESTS in the log of PAIR, a list of plists."
  (require 'smblog-hits)
  (with-current-buffer (smblog-pair-log-buffer pair)
    (let* ((log (smblog-pair-log pair))
           (view (smblog--module-view log (smblog-narrow-resolve
                                           (smbcmp-log--filter requests) log)))
           (count (smblog-hits-wait view)))
      (prog1 (cl-loop for i below count
                      collect (smblog-message log (smblog--module-view-nth view i)))
        (smblog--module-view-free view)))))

(defun smbcmp-compare-logs--file (message)
  "Return the source file of MESSAGE, a plist, from the top of Samba's sources."
  (replace-regexp-in-string "\\`\\(?:\\.\\./\\)+" "" (or (plist-get message :file) "?")))

(defun smbcmp-compare-logs--same-build-p (a b)
  "Return non-nil if messages A and B, lists of plists, may be of the same sources.
Functions that both have then log from the same lines."
  (let ((lines (make-hash-table :test #'equal)) (common 0) (same 0))
    (dolist (message a)
      (push (plist-get message :line) (gethash (plist-get message :function) lines)))
    (dolist (message b)
      (when-let ((there (gethash (plist-get message :function) lines)))
        (cl-incf common)
        (when (memql (plist-get message :line) there) (cl-incf same))))
    (>= (* 2 same) common)))

(defun smbcmp-compare-logs--text (messages lines)
  "Return MESSAGES, plists, as text to compare: where in Samba, and what is said.
With LINES, the number of the line is told, too."
  (mapconcat
   (lambda (message)
     (propertize
      (concat (or (plist-get message :function) "?") "  "
              (smbcmp-compare-logs--file message)
              (if lines (format ":%s" (plist-get message :line)) "") "\n"
              (smbcmp-compare-logs-mask
               (replace-regexp-in-string "^ \\{0,2\\}" "  "
                                         (string-trim-right (plist-get message :text)))
               (plist-get message :pid))
              "\n")
      'smbcmp-log-message (plist-get message :number)))
   messages ""))

(defun smbcmp-compare-logs--buffer (side pair text title)
  "Return a buffer for SIDE, `a' or `b', with TEXT of PAIR's log, called TITLE."
  (with-current-buffer (generate-new-buffer
                        (format "*%s %s: %s*" (upcase (symbol-name side))
                                (smblog-pair-log-name pair) title))
    (insert text)
    (goto-char (point-min))
    (smbcmp-compare-log-mode)
    (setq smbcmp-compare-logs-pair pair)
    (set-buffer-modified-p nil)
    (current-buffer)))

(defun smbcmp-compare-logs-visit ()
  "Show the message at point, as it is, among the others of its log."
  (interactive)
  (let ((number (or (get-text-property (point) 'smbcmp-log-message)
                    (user-error "No message here")))
        (pair smbcmp-compare-logs-pair))
    (unless (smblog-pair-log pair) (user-error "The log was closed"))
    (pop-to-buffer (smblog-pair-log-buffer pair))
    (smblog-view-push-jump)
    (unless (smblog-view-goto number)
      (smblog-set-filter nil)
      (smblog-view-goto number))))

(defvar smbcmp-compare-log-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'smbcmp-compare-logs-visit)
    map)
  "Keymap of `smbcmp-compare-log-mode'.")

(define-derived-mode smbcmp-compare-log-mode smbcmp-mode "Log compared"
  "Major mode for a log's messages of a request, what is volatile masked.

Where in Samba's sources a message is from is above it.

\\{smbcmp-compare-log-mode-map}"
  (setq-local font-lock-defaults
              '((("^\\([^ \n]+\\)  \\([^ \n]+\\)$" (1 'smbcmp-log-function)
                  (2 'smbcmp-log-source))
                 ("\\[\\(?:time\\|pid\\|id\\|guid\\|dump\\|port\\|fd\\|domain\\|space\\|bytes\\|duration\\)\\]"
                  . 'smbcmp-log-masked)
                 ("\\_<NT_STATUS_\\(?:OK\\_>\\)?[A-Z0-9_]*" . 'font-lock-warning-face))
                t)))

(defface smbcmp-log-function '((t :inherit font-lock-function-name-face))
  "Face for functions of Samba."
  :group 'smbcmp-compare)

(defface smbcmp-log-source '((t :inherit shadow))
  "Face for files of Samba's sources."
  :group 'smbcmp-compare)

(defface smbcmp-log-masked '((t :inherit shadow :slant italic))
  "Face for what is masked because any two runs differ in it."
  :group 'smbcmp-compare)

;;;; The first difference

(defun smbcmp-compare-logs--first (a b)
  "Return the messages of A and B that differ first, a cons.
A and B are buffers.  Each is a list of the line of server code and what
it says, nil if the log ends there."
  (let ((place (let (case-fold-search)
                 (abs (compare-buffer-substrings a nil nil b nil nil)))))
    (if (zerop place) (list nil)
      (cons (smbcmp-compare-logs--message-at a place)
            (smbcmp-compare-logs--message-at b place)))))

(defun smbcmp-compare-logs--message-at (buffer position)
  "Return (WHERE WHAT) of the message at POSITION in BUFFER, or nil at its end."
  (with-current-buffer buffer
    (when (< position (point-max))
      (save-excursion
        (goto-char position)
        (let ((line (line-beginning-position))
              (start (previous-single-property-change (1+ position) 'smbcmp-log-message
                                                      nil (point-min))))
          (cl-flet ((text () (string-trim (buffer-substring-no-properties
                                           (point) (line-end-position)))))
            (goto-char start)
            (list (text)
                  (progn (if (= line start) (forward-line 1) (goto-char line))
                         (text)))))))))

(defun smbcmp-compare-logs--tell (first)
  "Say what FIRST, of `smbcmp-compare-logs--first', is."
  (pcase first
    ('(nil) (message "The server did the same for both, as far as the logs tell"))
    (`(,a . ,b)
     (cl-flet ((say (side message)
                 (concat (propertize side 'face (if (equal side "A") 'smbcmp-report-a
                                                  'smbcmp-report-b))
                         " "
                         (if message (format "%s\n  %s" (car message) (cadr message))
                           "has no more messages"))))
       (message "%s\n%s" (say "A" a) (say "B" b))))))

;;;; Ediff

(defun smbcmp-compare-logs--ediff (a b windows)
  "Compare buffers A and B in Ediff, at their first difference.
When that ends, the buffers go and WINDOWS come back."
  (let ((first (smbcmp-compare-logs--first a b)))
    (ediff-buffers a b
                   (list (lambda ()
                           (when (> ediff-number-of-differences 0)
                             (ediff-jump-to-difference 1))
                           (add-hook 'ediff-quit-hook
                                     (lambda ()
                                       (mapc #'kill-buffer
                                             (cl-remove-if-not #'buffer-live-p (list a b)))
                                       (set-window-configuration windows))
                                     ;; After Ediff's own clean-up, which
                                     ;; needs the buffers.
                                     90 t))))
    (smbcmp-compare-logs--tell first)))

(defun smbcmp-compare-logs--show (sides title)
  "Show what the logs say of SIDES, (A B), in which two captures differ.
Each is (PAIR . REQUESTS), or nil where the side has nothing.  TITLE
says of what."
  (pcase-let ((`((,pair-a . ,requests-a) (,pair-b . ,requests-b)) sides))
    (if (not (and requests-a requests-b))
        (progn
          (if requests-a (smbcmp-log--display pair-a requests-a nil nil)
            (smbcmp-log--display pair-b requests-b nil nil))
          (message "Only %s has this: %s" (if requests-a "A" "B") title))
      (let* ((windows (current-window-configuration))
             (messages-a (smbcmp-compare-logs--messages pair-a requests-a))
             (messages-b (smbcmp-compare-logs--messages pair-b requests-b))
             (lines (smbcmp-compare-logs--same-build-p messages-a messages-b)))
        (smbcmp-compare-logs--ediff
         (smbcmp-compare-logs--buffer 'a pair-a
                                      (smbcmp-compare-logs--text messages-a lines) title)
         (smbcmp-compare-logs--buffer 'b pair-b
                                      (smbcmp-compare-logs--text messages-b lines) title)
         windows)))))

;;;; The command

(defun smbcmp-compare-logs ()
  "Show what the servers' logs say of the two exchanges at point, in Ediff.
What differs in any two runs is masked; point is at the first message
that differs: the line of server code that made the difference.  Of an
exchange that only one capture has, its messages are shown.  Logs that
lie beside the captures are taken, others asked for."
  (interactive)
  (let* ((view (if (derived-mode-p 'smbcmp-compare-mode) (current-buffer)
                 smbcmp-compare-lists-view))
         (comparison (or (buffer-local-value 'smbcmp-compare-view-comparison view)
                         (user-error "The captures are not compared yet")))
         (row (or (if (eq view (current-buffer)) (smbcmp-compare-view-row-at-point)
                    (smbcmp-compare-lists-row))
                  (user-error "No divergence here; n goes to one"))))
    (pcase-let* ((`(,a ,b . ,_) (smbcmp-comparison-row comparison row))
                 (exchanges (list (and a (smbcmp-comparison-exchange comparison 'a a))
                                  (and b (smbcmp-comparison-exchange comparison 'b b)))))
      (smbcmp-compare-logs--collect view (selected-window) exchanges))))

(defun smbcmp-compare-logs--collect (view window exchanges)
  "Link the logs of VIEW's captures and show in WINDOW what they say.
EXCHANGES is a list of A's and B's, plists; nil where one has none."
  (let* ((lists (with-current-buffer view
                  ;; Tells if one was killed.
                  (smbcmp-compare-view-capture 'a)
                  (smbcmp-compare-view-capture 'b)
                  (list (car smbcmp-compare-view-buffers) (cdr smbcmp-compare-view-buffers))))
         (buffer (current-buffer))
         (pairs (list nil nil))
         (wanted (cl-count-if #'identity exchanges))
         (finished nil))
    (cl-loop
     for place on pairs for list-buffer in lists for exchange in exchanges
     when exchange
     do (let ((place place))
          (smbcmp-log-with-pair
           list-buffer
           (lambda (pair)
             (setcar place pair)
             (when (= wanted (cl-count-if #'identity pairs))
               (setq finished t)
               (smbcmp-compare-logs--linked window buffer pairs exchanges))))))
    (unless finished
      (message "Linking the logs of both captures..."))))

(defun smbcmp-compare-logs--linked (window buffer pairs exchanges)
  "Show what the logs of PAIRS say of EXCHANGES, a list of two, in WINDOW.
Unless the user has left BUFFER there meanwhile."
  (if (not (and (window-live-p window) (eq buffer (window-buffer window))
                (eq window (selected-window))))
      (message "The logs of both captures are linked; L in the comparison shows them")
    (let ((sides (cl-mapcar #'smbcmp-compare-logs--side pairs exchanges))
          (title (plist-get (or (car exchanges) (cadr exchanges)) :label)))
      (cl-loop for side in sides for pair in pairs for exchange in exchanges
               when (and exchange (null (cdr side)))
               do (user-error "%s" (smbcmp-log--nothing
                                    pair (smbcmp-compare-logs--frame exchange))))
      (smbcmp-compare-logs--show sides title))))

(defun smbcmp-compare-logs--frame (exchange)
  "Return the frame of the request of EXCHANGE, a plist, or else of the response."
  (car (or (plist-get exchange :request) (plist-get exchange :response))))

(defun smbcmp-compare-logs--side (pair exchange)
  "Return (PAIR . REQUESTS), those that are EXCHANGE, a plist; nil if that is nil."
  (when exchange
    (let* ((links (smblog-pair-links pair))
           (index (cdr (plist-get exchange :request)))
           (numbers (smblog-links-of-frame links (smbcmp-compare-logs--frame exchange)))
           ;; Of a compound, the one that it is.
           (own (cl-remove-if-not
                 (lambda (number)
                   (eql index (nth 3 (smblog-links-of-request links number))))
                 numbers)))
      (cons pair (mapcar (lambda (number) (smblog-links-request links number))
                         (or own numbers))))))

(provide 'smbcmp-compare-logs)
;;; smbcmp-compare-logs.el ends here
