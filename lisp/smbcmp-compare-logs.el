;;; smbcmp-compare-logs.el --- The server's code where two runs part  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; From a divergence of two captures to the logs of their servers: the
;; messages of the two exchanges in Ediff, at the one that explains it, with the
;; line of server code.  What differs in any two runs, times, process ids,
;; pointers and other ids, is masked.

;;; Code:

(require 'cl-lib)
(require 'ediff)
(require 'smbcmp-escape)
(require 'subr-x)
(require 'smbcmp-compare)
(require 'smbcmp-compare-lists)
(require 'smbcmp-compare-view)
(require 'smbcmp-ediff)
(require 'smbcmp-log)
(require 'smbcmp-log-evidence)
(require 'smbcmp-log-sides)
(require 'smbcmp-log-text)
(require 'smblog-pair)

(autoload 'smblog-set-filter "smblog-narrow")
(autoload 'smblog-view-goto "smblog-view")
(autoload 'smblog-view-push-jump "smblog-view")

;;;; Buffers

(defvar-local smbcmp-compare-logs--candidates nil
  "Messages that may explain the difference, of `smbcmp-log-side-candidates'.")

(defvar-local smbcmp-compare-logs--index 0
  "Which one of `smbcmp-compare-logs--candidates' is shown, from 0.")

(defvar-local smbcmp-compare-logs--control nil
  "Ediff's control buffer for the two buffers that are compared.")

(defvar-local smbcmp-compare-logs-pair nil
  "The `smblog-pair' whose log this buffer has messages of.")

(defun smbcmp-compare-logs--buffer (name side same title)
  "Return a new buffer with the messages of SIDE, called NAME, A or B.
Unless SAME, which `smbcmp-log-text' was called with, where they are from
is shown before them, but is no part of what is compared.  TITLE says
what it is about."
  (with-current-buffer (generate-new-buffer
                        (format "*%s %s: %s*" name
                                (smblog-pair-log-name (smbcmp-log-side-pair side))
                                (smbcmp-escape title t)))
    (cl-loop for message in (smbcmp-log-side-messages side)
             for text in (smbcmp-log-side-texts side)
             for start = (point)
             do (insert (propertize (smbcmp-escape text) 'smbcmp-log-message
                                    (plist-get message :number)))
             unless same
             do (overlay-put (make-overlay start (1+ start)) 'before-string
                             (smbcmp-compare-logs--where message)))
    (goto-char (point-min))
    (smbcmp-compare-log-mode)
    (setq smbcmp-compare-logs-pair (smbcmp-log-side-pair side))
    (set-buffer-modified-p nil)
    (current-buffer)))

(defun smbcmp-compare-logs--where (message)
  "Return a line that says where in the server's source MESSAGE, a plist, is from."
  (pcase-let ((`(,function ,source) (split-string (smbcmp-log-text-where message t) "  ")))
    (concat (propertize function 'face 'smbcmp-log-function) "  "
            (propertize (or source "") 'face 'smbcmp-log-source) "\n")))

(defun smbcmp-compare-logs--here ()
  "Return (PAIR . NUMBER) of the message at point, or in Ediff's control buffer.
There it is the one that is shown."
  (if (derived-mode-p 'ediff-mode)
      (let ((candidate (nth smbcmp-compare-logs--index smbcmp-compare-logs--candidates)))
        (cons (and candidate (smbcmp-log-side-pair (plist-get candidate :side)))
              (plist-get (plist-get candidate :message) :number)))
    (cons smbcmp-compare-logs-pair (get-text-property (point) 'smbcmp-log-message))))

(defun smbcmp-compare-logs-visit ()
  "Show the message in its log, unmasked."
  (interactive)
  (pcase-let ((`(,pair . ,number) (smbcmp-compare-logs--here)))
    (unless number (user-error "No message here"))
    (unless (smblog-pair-log pair) (user-error "The log was closed"))
    (pop-to-buffer (smblog-pair-log-buffer pair))
    (smblog-view-push-jump)
    (unless (smblog-view-goto number)
      (smblog-set-filter nil)
      (smblog-view-goto number))))

(defvar smbcmp-compare-log-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "w" #'smbcmp-compare-logs-copy)
    (define-key map "G" #'smbcmp-compare-logs-debug)
    (define-key map "[" #'smbcmp-compare-logs-previous)
    (define-key map "]" #'smbcmp-compare-logs-next)
    (define-key map (kbd "RET") #'smbcmp-compare-logs-visit)
    map)
  "Keymap of `smbcmp-compare-log-mode'.")

(define-derived-mode smbcmp-compare-log-mode smbcmp-mode "Log compared"
  "Major mode for a log's messages of a request, with what is volatile masked.

The source file and line are above each message.

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

(defface smbcmp-log-source '((t :inherit smbcmp-mode-dim))
  "Face for files of Samba's sources."
  :group 'smbcmp-compare)

(defface smbcmp-log-masked '((t :inherit smbcmp-mode-dim :slant italic))
  "Face for what is masked because any two runs differ in it."
  :group 'smbcmp-compare)

;;;; Candidates on screen

(defvar-local smbcmp-compare-logs--overlay nil
  "The overlay on the message that is shown, in a buffer of messages.")

(defface smbcmp-log-evidence
  '((((min-colors 88) (background light)) :inherit highlight)
    ;; What Ediff marks below it may have black letters there.
    (((min-colors 88)) :inherit highlight :foreground "white")
    ;; Bold makes black grey on many terminals of few colours.
    (t :inherit highlight :weight normal))
  "Face for the message that explains why two servers differ."
  :group 'smbcmp-compare)

(defun smbcmp-compare-logs--raw-line (candidate)
  "Return the line of CANDIDATE's message that explains it, as it was logged."
  (let* ((message (plist-get candidate :message))
         (lines (split-string (or (plist-get message :text) "") "\n" t "[ \t]+")))
    (or (cl-find-if (lambda (line)
                      (equal (plist-get candidate :line)
                             (string-trim (smbcmp-compare-logs-mask
                                           line (plist-get message :pid)
                                           (and (plist-get candidate :side)
                                                (smbcmp-log-side-names
                                                 (plist-get candidate :side)))))))
                    lines)
        (car lines) "")))

(defun smbcmp-compare-logs--say (candidate)
  "Return CANDIDATE in a line: where in the server, and what it says."
  (if (null (plist-get candidate :place))
      (concat "smb.conf: " (plist-get candidate :line))
    (let ((message (plist-get candidate :message))
          (line (smbcmp-compare-logs--raw-line candidate)))
      (format "%s%s: %s"
              (if (plist-get candidate :seconds)
                  (format "waited %s after "
                          (smbcmp-log-side-duration (plist-get candidate :seconds)))
                "")
              (string-join (split-string (smbcmp-log-text-where message t)) " ")
              (smbcmp-log-text-without-function line)))))

(defconst smbcmp-compare-logs--weak
  '((incidental . "maybe: ") (reply . "only the reply tells: ")
    (other . "no cause logged; it differs in: ") (routine . "no cause logged (routine): "))
  "What is said before a message, by its kind, that may not explain the difference.")

(defun smbcmp-compare-logs--name-of (side control)
  "Return the name of SIDE of the comparison in Ediff's CONTROL, A or B."
  (if (eq (smbcmp-log-side-pair side)
          (buffer-local-value 'smbcmp-compare-logs-pair
                              (buffer-local-value 'ediff-buffer-A control)))
      "A" "B"))

(defun smbcmp-compare-logs--answer (control)
  "Return the candidate shown in Ediff's CONTROL in a line, with its number."
  (with-current-buffer control
    (let ((candidate (nth smbcmp-compare-logs--index smbcmp-compare-logs--candidates)))
      (if (not candidate)
          "Both servers logged the same messages; they tell no cause"
        (let ((side (smbcmp-compare-logs--name-of (plist-get candidate :side) control)))
          (concat (propertize side 'face (list (if (equal side "A") 'smbcmp-compare-report-a
                                                 'smbcmp-compare-report-b)
                                               'default))
                  (format " %d/%d " (1+ smbcmp-compare-logs--index)
                          (length smbcmp-compare-logs--candidates))
                  (alist-get (plist-get candidate :kind) smbcmp-compare-logs--weak)
                  (smbcmp-compare-logs--say candidate)))))))

(defconst smbcmp-compare-logs--keys
  "\\<smbcmp-compare-log-mode-map>\\[smbcmp-compare-logs-next] next candidate, \
\\[smbcmp-compare-logs-previous] previous, \\[smbcmp-compare-logs-copy] copy, \\[smbcmp-compare-logs-visit] its log"
  "What the header line of the other side says.")

(defun smbcmp-compare-logs--header (control name time)
  "Return the header line of a buffer that Ediff's CONTROL compares.
NAME is A or B; TIME a string on how long its request took, or nil."
  (when (buffer-live-p control)
    (let ((candidate (with-current-buffer control
                       (nth smbcmp-compare-logs--index smbcmp-compare-logs--candidates))))
      (replace-regexp-in-string
       "%" "%%"
       (if (and candidate
                (not (equal name (smbcmp-compare-logs--name-of
                                  (plist-get candidate :side) control))))
           (concat name "  "
                   (or time (substitute-command-keys smbcmp-compare-logs--keys)))
         (concat (smbcmp-compare-logs--fit (smbcmp-compare-logs--answer control))
                 (if time (concat "; " time) "")))))))

(defun smbcmp-compare-logs--fit (answer)
  "Return ANSWER; without directories if that is wider than this window.
What the message says comes last, and would be cut off."
  (if (<= (string-width answer) (window-width)) answer
    (replace-regexp-in-string " [^ :]+/\\([^ :/]+:[0-9]+: \\)" " \\1" answer)))

(defun smbcmp-compare-logs--show-candidate (control)
  "Show the current candidate of Ediff's CONTROL in its buffer."
  (with-current-buffer control
    (let ((candidate (nth smbcmp-compare-logs--index smbcmp-compare-logs--candidates)))
      (when candidate
        (let* ((type (intern (smbcmp-compare-logs--name-of
                              (plist-get candidate :side) control)))
               (buffer (if (eq type 'A) ediff-buffer-A ediff-buffer-B))
               (start (smbcmp-compare-logs--start buffer candidate)))
          (when (and start (> ediff-number-of-differences 0))
            (ediff-jump-to-difference (max 1 (ediff-diff-at-point type start))))
          (when start (smbcmp-compare-logs--highlight buffer start))))))
  (message "%s" (smbcmp-compare-logs--answer control)))

(defun smbcmp-compare-logs--start (buffer candidate)
  "Return where in BUFFER, of messages, that of CANDIDATE begins, or nil."
  (with-current-buffer buffer
    (text-property-any (point-min) (point-max) 'smbcmp-log-message
                       (plist-get (plist-get candidate :message) :number))))

(defun smbcmp-compare-logs--highlight (buffer start)
  "Highlight the message of BUFFER that begins at START, and show it."
  (with-current-buffer buffer
    (let ((end (next-single-property-change start 'smbcmp-log-message nil (point-max)))
          (window (get-buffer-window buffer t)))
      (unless smbcmp-compare-logs--overlay
        (setq smbcmp-compare-logs--overlay (make-overlay start end))
        (overlay-put smbcmp-compare-logs--overlay 'face 'smbcmp-log-evidence)
        ;; Over Ediff's.
        (overlay-put smbcmp-compare-logs--overlay 'priority 1000))
      (move-overlay smbcmp-compare-logs--overlay start end)
      (goto-char start)
      (when window
        (set-window-point window start)
        ;; With what was logged before it.
        (with-selected-window window (recenter (/ (window-height) 3)))))))

(defun smbcmp-compare-logs--in-control ()
  "Return Ediff's control buffer of this comparison of logs."
  (let ((control (if (derived-mode-p 'ediff-mode) (current-buffer)
                   smbcmp-compare-logs--control)))
    (unless (buffer-live-p control) (user-error "The logs are no longer compared"))
    control))

(defun smbcmp-compare-logs-next (&optional count)
  "Show the next candidate, or COUNT on."
  (interactive "p")
  (let* ((control (smbcmp-compare-logs--in-control))
         (number (length (buffer-local-value 'smbcmp-compare-logs--candidates control)))
         (index (+ (buffer-local-value 'smbcmp-compare-logs--index control) (or count 1))))
    (unless (< -1 index number)
      (user-error "No %s message that only one server logged"
                  (if (< index 0) "earlier" "further")))
    (with-current-buffer control (setq smbcmp-compare-logs--index index))
    (smbcmp-compare-logs--show-candidate control)
    (force-mode-line-update t)))

(defun smbcmp-compare-logs-previous (&optional count)
  "Show the previous candidate, or COUNT back."
  (interactive "p")
  (smbcmp-compare-logs-next (- (or count 1))))

(defun smbcmp-compare-logs-copy ()
  "Copy the candidate, with its function and line."
  (interactive)
  (let ((control (smbcmp-compare-logs--in-control)))
    (with-current-buffer control
      (let ((candidate (nth smbcmp-compare-logs--index smbcmp-compare-logs--candidates)))
        (unless candidate (user-error "Both servers logged the same messages"))
        (kill-new (smbcmp-compare-logs--say candidate))
        (message "Copied: %s" (current-kill 0 t))))))

(autoload 'smblog-debug-of "smblog-debug")

(defun smbcmp-compare-logs-debug ()
  "Show commands for gdb, which stop at the candidate."
  (interactive)
  (let ((control (smbcmp-compare-logs--in-control)))
    (with-current-buffer control
      (let ((candidate (or (nth smbcmp-compare-logs--index smbcmp-compare-logs--candidates)
                           (user-error "Both servers logged the same messages"))))
        (smblog-debug-of (smblog-pair-log-buffer
                          (smbcmp-log-side-pair (plist-get candidate :side)))
                         (plist-get (plist-get candidate :message) :number))))))

;;;; Ediff

(defun smbcmp-compare-logs--begin (candidates windows)
  "Set up Ediff's control buffer, this one, for CANDIDATES.
When Ediff ends, its buffers go and WINDOWS come back."
  (let ((control (current-buffer)) (buffers (list ediff-buffer-A ediff-buffer-B)))
    (setq smbcmp-compare-logs--candidates candidates
          smbcmp-compare-logs--index 0)
    ;; This keymap is this buffer's own.  Saving is for what can be edited.
    (define-key ediff-mode-map "]" #'smbcmp-compare-logs-next)
    (define-key ediff-mode-map "[" #'smbcmp-compare-logs-previous)
    (define-key ediff-mode-map "w" #'smbcmp-compare-logs-copy)
    (define-key ediff-mode-map "G" #'smbcmp-compare-logs-debug)
    (define-key ediff-mode-map (kbd "RET") #'smbcmp-compare-logs-visit)
    (dolist (buffer buffers)
      (with-current-buffer buffer (setq smbcmp-compare-logs--control control)))
    (add-hook 'ediff-quit-hook
              (lambda ()
                (mapc #'kill-buffer (cl-remove-if-not #'buffer-live-p buffers))
                (set-window-configuration windows))
              ;; After Ediff's own clean-up, which needs the buffers.
              90 t)))

(defun smbcmp-compare-logs--ediff (a b title slower)
  "Compare the messages of A and B, sides, in Ediff, at the one that explains it.
TITLE says of what; with SLOWER, they differ in how long it took."
  (let* ((windows (current-window-configuration))
         (candidates (smbcmp-log-side-candidates a b slower))
         (same (smbcmp-log-text-same-build-p (smbcmp-log-side-messages a)
                                             (smbcmp-log-side-messages b)))
         (buffers (cl-loop for side in (list a b) for name in '("A" "B")
                           collect (smbcmp-compare-logs--buffer name side same title)))
         (control nil))
    (dolist (buffer buffers)
      (with-current-buffer buffer (smbcmp-ediff-readable)))
    (ediff-buffers (car buffers) (cadr buffers)
                   (list (lambda ()
                           (setq control (current-buffer))
                           (smbcmp-compare-logs--begin candidates windows))))
    (cl-loop for buffer in buffers for side in (list a b) for name in '("A" "B")
             for time = (and slower (smbcmp-log-side-time side))
             do (with-current-buffer buffer
                  (setq header-line-format
                        `(:eval (smbcmp-compare-logs--header ,control ,name ,time)))))
    (smbcmp-compare-logs--show-candidate control)
    (when slower
      (message "%s\nA %s\nB %s" (smbcmp-compare-logs--answer control)
               (or (smbcmp-log-side-time a) "?") (or (smbcmp-log-side-time b) "?")))))

;;;; One side

(defun smbcmp-compare-logs--show-one (side name title)
  "Show what the log has of SIDE, called NAME, which alone has an exchange.
TITLE says which one."
  (let* ((pair (smbcmp-log-side-pair side))
         (requests (smbcmp-log-side-requests side)))
    (setf (smbcmp-log-side-texts side)
          (smbcmp-log-text (smbcmp-log-side-messages side) t))
    (smbcmp-log-display pair requests nil nil)
    (let ((first (car (smbcmp-log-side-evidence side nil))))
      (if (not (and (memq (plist-get first :kind) '(failure incidental reply))
                    (not (smbcmp-log-side-succeeded-p side))))
          (smbcmp-escape-message "Only in %s: %s" name title)
        (smbcmp-compare-logs--goto pair first)
        (smbcmp-escape-message "Only in %s: %s\n%s" name title (smbcmp-compare-logs--say first))))))

(defun smbcmp-compare-logs--goto (pair candidate)
  "Go to the message of CANDIDATE in the log of PAIR, where that is shown."
  (with-selected-window (or (get-buffer-window (smblog-pair-log-buffer pair))
                            (display-buffer (smblog-pair-log-buffer pair)))
    (smblog-view-goto (plist-get (plist-get candidate :message) :number))))

(defun smbcmp-compare-logs--show-none (side name)
  "Show what the log of SIDE, called NAME, says while it has no request of it."
  (let* ((pair (smbcmp-log-side-pair side))
         (nothing (smbcmp-log-nothing pair (smbcmp-log-side-frame
                                             (smbcmp-log-side-exchange side))))
         (messages (smbcmp-log-side-meanwhile side))
         (first (car (smbcmp-log-evidence messages (smbcmp-log-text messages t) nil))))
    (if (not (memq (plist-get first :kind) '(failure incidental)))
        (smbcmp-escape-message "%s: %s\nNo cause logged meanwhile" name nothing)
      (with-current-buffer (smblog-pair-log-buffer pair) (smblog-set-filter nil))
      (smbcmp-compare-logs--goto pair first)
      (smbcmp-escape-message "%s: %s\nMeanwhile: %s" name nothing
                             (smbcmp-compare-logs--say first)))))

(defun smbcmp-compare-logs--show (a b title slower)
  "Show what the logs say of the sides A and B, in which two captures differ.
Either may be nil.  TITLE says of what; with SLOWER, of how long it took."
  (let ((absent (cl-find-if (lambda (side)
                              (and side (null (smbcmp-log-side-requests side))))
                            (list b a))))
    (cond (absent (smbcmp-compare-logs--show-none absent (if (eq absent a) "A" "B")))
          ((and a b) (smbcmp-compare-logs--ediff a b title slower))
          (t (smbcmp-compare-logs--show-one (or a b) (if a "A" "B") title)))))

;;;; The command

(defun smbcmp-compare-logs ()
  "Show what the servers' logs say of the two exchanges at point, in Ediff.
What differs in any two runs is masked; point is at the message that
explains why they differ, with the line of server code, and the header line
says it.  \\<smbcmp-compare-log-mode-map>\\[smbcmp-compare-logs-next] goes to the next one that may, \\[smbcmp-compare-logs-copy]
copies it, there and in Ediff's control buffer.  Which messages explain it
is in `smbcmp-user-log-evidence'.  Of an exchange that only one capture
has, its messages are shown; of a request that never came to the server,
what that logged meanwhile.  Logs that lie beside the captures are taken,
others asked for."
  (interactive)
  (let* ((view (if (derived-mode-p 'smbcmp-compare-mode) (current-buffer)
                 smbcmp-compare-lists-view))
         (comparison (or (buffer-local-value 'smbcmp-compare-view-comparison view)
                         (user-error "The captures are not compared yet")))
         (row (or (if (eq view (current-buffer)) (smbcmp-compare-view-row-at-point)
                    (smbcmp-compare-lists-row))
                  (user-error "No divergence here; type n to go to one"))))
    (pcase-let* ((`(,a ,b ,number . ,_) (smbcmp-comparison-row comparison row))
                 (divergence (and number (aref (smbcmp-comparison-found comparison) number)))
                 (exchanges (list (and a (smbcmp-comparison-exchange comparison 'a a))
                                  (and b (smbcmp-comparison-exchange comparison 'b b)))))
      (smbcmp-compare-logs--collect view (selected-window) exchanges
                                    (smbcmp-compare-logs--names comparison)
                                    (and divergence
                                         (eq 'slower (smbcmp-divergence-kind divergence)))))))

(defun smbcmp-compare-logs--names (comparison)
  "Return the names that go together in COMPARISON: (A B), lists of strings.
Short ones may be part of anything and are left out."
  (cl-loop for side in '(:a :b)
           collect (cl-loop for row in (smbcmp-comparison-environment comparison)
                            for name = (plist-get row side)
                            when (and (string-suffix-p " names" (plist-get row :name))
                                      name (> (length name) 3))
                            collect name)))

(defun smbcmp-compare-logs--collect (view window exchanges names slower)
  "Link the logs of VIEW's captures and show in WINDOW what they say.
EXCHANGES is a list of A's and B's, plists; nil where one has none; NAMES
a list of what files and the like are called in each.  With SLOWER, they
differ in how long they took."
  (let* ((lists (with-current-buffer view
                  (smbcmp-compare-view-capture 'a)
                  (smbcmp-compare-view-capture 'b)
                  (list (smbcmp-compare-view-list 'a) (smbcmp-compare-view-list 'b))))
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
               (smbcmp-compare-logs--linked window buffer pairs exchanges names slower))))))
    (unless finished
      (message "Linking the logs of both captures..."))))

(defun smbcmp-compare-logs--linked (window buffer pairs exchanges names slower)
  "Show what the logs of PAIRS say of EXCHANGES, a list of two, in WINDOW.
Unless the user has left BUFFER there meanwhile.  NAMES is what files and
the like are called in each.  With SLOWER, the exchanges differ in how
long they took."
  (if (not (and (window-live-p window) (eq buffer (window-buffer window))
                (eq window (selected-window))))
      (message "The logs of both captures are linked; L in the comparison shows them")
    (pcase-let ((`(,a ,b) (cl-mapcar (lambda (pair exchange names)
                                       (when exchange
                                         (let ((links (smblog-pair-links pair)))
                                           ;; Asks if that is not known.
                                           (smbcmp-log-requests-of-frame
                                            links (smbcmp-log-side-frame exchange))
                                           (smbcmp-log-side-of links exchange pair names))))
                                     pairs exchanges names)))
      (smbcmp-compare-logs--show a b
                                 (plist-get (or (car exchanges) (cadr exchanges)) :label)
                                 slower))))

(provide 'smbcmp-compare-logs)
;;; smbcmp-compare-logs.el ends here
