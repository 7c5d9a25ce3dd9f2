;;; smblog-select.el --- Keys that filter a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Commands that change the filter of a log: typed, by level, by what is at
;; point, by request.  Each but the first two adds to the filter in effect.

;;; Code:

(require 'cl-lib)
(require 'smblog-narrow)
(require 'smblog-request)

;;;; Typed

(defun smblog-edit-filter (filter)
  "Show only messages that pass FILTER, which is read; an empty one shows all."
  (interactive (list (smblog-read-filter "Filter: " smblog-filter)))
  (smblog-set-filter filter))

(defun smblog-unfilter ()
  "Show all messages; if all are shown, take back the filter before."
  (interactive)
  (cond (smblog-filter (smblog-set-filter nil)
                       (message "All messages are shown"))
        (smblog-narrow-last (smblog-set-filter smblog-narrow-last))
        (t (user-error "No filter is in effect"))))

(defun smblog-filter-not ()
  "Show the messages that are hidden, and hide those shown."
  (interactive)
  (unless smblog-filter (user-error "No filter is in effect"))
  (smblog-set-filter (smblog-filter-negate smblog-filter)))

(defun smblog-filter-save-as (name)
  "Save the filter in effect under NAME; @NAME stands for it in filters."
  (interactive (list (completing-read "Save filter as: " smblog-filters)))
  (unless smblog-filter (user-error "No filter is in effect"))
  (when (string-match-p "\\`\\'\\|[] \t\n(),]" name)
    (user-error "A name has no spaces, commas or brackets in it"))
  (smblog-filter-save name smblog-filter)
  (message "Saved @%s: %s" name (smblog-filter-print smblog-filter)))

(defun smblog-filter-apply (name)
  "Show only messages that pass the filter saved under NAME, too."
  (interactive
   (list (completing-read
          "Saved filter: "
          (lambda (string predicate action)
            (if (eq action 'metadata)
                `(metadata (annotation-function
                            . ,(lambda (name)
                                 (concat "  " (cdr (assoc name smblog-filters))))))
              (complete-with-action action smblog-filters string predicate)))
          nil t)))
  (smblog-add-filter (list 'saved '= name)))

(defun smblog-add-filter (term &optional exclude)
  "Show only messages that pass TERM, too; with EXCLUDE, those that don't."
  (smblog-set-filter (smblog-filter-and smblog-filter
                                        (if exclude (smblog-filter-negate term) term))))

;;;; Level

(defun smblog-set-level (level)
  "Show only messages of up to debug LEVEL."
  (interactive "nShow messages up to level: ")
  (let ((rest (smblog-filter-without smblog-filter 'level)))
    (smblog-set-filter
     (if (>= level 10) rest
       (smblog-filter-and (list 'level '<= (number-to-string level)) rest))))
  (unless (smblog-filter-level smblog-filter)
    (message "Messages of all levels are shown")))

(defun smblog-more (&optional count)
  "Show messages of the next debug level, too, or of COUNT more."
  (interactive "p")
  (let ((level (or (smblog-filter-level smblog-filter)
                   (user-error "Messages of all levels are shown"))))
    (smblog-set-level (+ level (or count 1)))))

(defun smblog-less (&optional count)
  "Show one debug level less, or COUNT less."
  (interactive "p")
  (let ((level (or (smblog-filter-level smblog-filter) 10)))
    (when (<= level 0) (user-error "Only messages of level 0 are shown"))
    (smblog-set-level (max 0 (- level (or count 1))))))

;;;; What is at point

(defun smblog-select--here (key)
  "Return what KEY, of a message, is for the one at point, as a string or nil."
  (let ((value (plist-get (smblog-select--message) key)))
    (cond ((numberp value) (number-to-string value))
          ((and (stringp value) (not (equal value ""))) value))))

(defun smblog-select--message ()
  "Return the message at point, a plist, or tell the user that there is none."
  (smblog-message smblog-log (or (smblog-message-at-point) (user-error "No message here"))))

(defun smblog-select--read (prompt key default)
  "Read with PROMPT a value of KEY, a string, with DEFAULT."
  (setq smblog-narrow-buffer (current-buffer))
  (let ((value (completing-read
                (if default (format "%s (default %s): " prompt default)
                  (concat prompt ": "))
                ;; Only if it is asked for: that may go through all requests.
                (completion-table-dynamic (lambda (_) (smblog-narrow-completions key)))
                nil nil nil nil default)))
    (when (or (null value) (equal value "")) (user-error "Nothing to filter by"))
    value))

(defmacro smblog-select--define (name key prompt default docstring)
  "Define command NAME, which filters by KEY.
PROMPT asks for the value, with DEFAULT, a form; DOCSTRING is its own."
  (declare (indent 1) (doc-string 5))
  `(defun ,name (value &optional exclude)
     ,docstring
     (interactive (list (smblog-select--read ,prompt ,key ,default) current-prefix-arg))
     (smblog-add-filter (list (intern ,key) '= value) exclude)))

(smblog-select--define smblog-filter-pid "pid" "Process"
  (smblog-select--here :pid)
  "Show only messages of process VALUE, or of others if EXCLUDE.")

(smblog-select--define smblog-filter-class "class" "Debug class"
  (smblog-select--here :class)
  "Show only messages of debug class VALUE, or of others if EXCLUDE.")

(smblog-select--define smblog-filter-function "function" "Function, * is a wildcard"
  (smblog-select--here :function)
  "Show only messages of functions like VALUE, or of others if EXCLUDE.")

(smblog-select--define smblog-filter-file "file" "Source file, * is a wildcard"
  (let ((file (smblog-select--here :file))) (and file (file-name-nondirectory file)))
  "Show only messages of source files like VALUE, or of others if EXCLUDE.")

(smblog-select--define smblog-filter-session "session" "Session id"
  nil "Show only messages of session VALUE's processes, or of others if EXCLUDE.")

(smblog-select--define smblog-filter-user "user" "User"
  nil "Show only messages of processes that served user VALUE, or not if EXCLUDE.")

(smblog-select--define smblog-filter-share "share" "Share"
  nil "Show only messages of processes that served share VALUE, or not if EXCLUDE.")

(smblog-select--define smblog-filter-client "client" "Client's address"
  nil "Show only messages of processes that served client VALUE, or not if EXCLUDE.")

(smblog-select--define smblog-filter-request "request" "Mid, command or status of requests"
  (let ((request (smblog-request-at-point)))
    (and request (number-to-string (plist-get request :mid))))
  "Show only messages of requests with VALUE, or else if EXCLUDE.")

(defun smblog-filter-text (text &optional exclude)
  "Show only messages with TEXT in them, or without if EXCLUDE."
  (interactive (list (read-string "Text: " nil nil (thing-at-point 'symbol t))
                     current-prefix-arg))
  (smblog-add-filter (list 'text '= text) exclude))

(defun smblog-filter-regexp (regexp &optional exclude)
  "Show only messages that match REGEXP, or don't if EXCLUDE."
  (interactive (list (read-regexp "Regexp: ") current-prefix-arg))
  (smblog-add-filter (list 'text '~ regexp) exclude))

(defun smblog-filter-time (range &optional exclude)
  "Show only messages in RANGE of time, FROM..TO, or outside if EXCLUDE."
  (interactive
   (let* ((time (plist-get (smblog-select--message) :time))
          (here (and time (smblog-message-time-string time))))
     (list (read-string "Times FROM..TO (one may be left out): "
                        (and here (concat here "..")))
           current-prefix-arg)))
  (smblog-add-filter (car (smblog-select--parse (list 'time '= range))) exclude))

(defun smblog-select--parse (term)
  "Return (TERM) if it is right; else tell the user."
  (condition-case err
      (progn (smblog-narrow-resolve term smblog-log) (list term))
    (smblog-filter-error (user-error "%s" (smblog-narrow-error-message err)))))

(defun smblog-filter-menu ()
  "Filter by source file or function, as globs, or show all messages."
  (interactive)
  (pcase (read-char-choice
          "Filter by: f[i]le  f[u]nction  [r]eset  [q]uit? " '(?i ?u ?r ?q ?\C-g))
    (?i (call-interactively #'smblog-filter-file))
    (?u (call-interactively #'smblog-filter-function))
    (?r (smblog-set-filter nil))))

;;;; Requests and spans

(defun smblog-only-request (request &optional all)
  "Show only the messages of REQUEST, by default that at point; again: as before.
With ALL, the prefix argument, those of other processes meanwhile, too."
  (interactive (list (or (smblog-request-at-point)
                         (user-error "This message belongs to no request"))
                     current-prefix-arg))
  (let ((term (smblog-select-request-term request all)))
    (if (member term (list smblog-filter (car (cdr-safe smblog-filter))))
        (smblog-set-filter smblog-narrow-last)
      (setq smblog-narrow-last smblog-filter)
      (smblog-set-filter term)
      (message "%s: %d messages" (smblog-request-title request) (smblog-view-count)))))

(defun smblog-select-request-term (request all)
  "Return the filter for REQUEST; with ALL, of other processes meanwhile, too."
  (if (or all (null (plist-get request :mid)))
      (list 'message '= (format "%d..%s" (plist-get request :begin)
                                (or (plist-get request :end) "")))
    (list 'request '= (format "%s/%s/%s" (or (plist-get request :pid) 0)
                              (plist-get request :mid) (plist-get request :begin)))))

(defun smblog-mark ()
  "Mark the message at point, for \\<smblog-mode-map>\\[smblog-between]; again: no longer."
  (interactive)
  (let ((number (or (smblog-message-at-point) (user-error "No message here"))))
    (setq smblog-view-marked (if (eql number smblog-view-marked) nil number))
    (jit-lock-refontify)
    (message (if smblog-view-marked
                 (substitute-command-keys
                  "Marked; go to another message and type \\[smblog-between] for what \
its process did in between")
               "No longer marked"))))

(defun smblog-between (&optional all)
  "Show only what this process did between the marked message and this one.
The mark is that of \\<smblog-mode-map>\\[smblog-mark], or the region's other \
end if it is active.  With ALL,
the prefix argument, show what other processes did, too."
  (interactive "P")
  (let* ((here (or (smblog-message-at-point) (user-error "No message here")))
         (there (or (and (use-region-p) (smblog-message-at-point (mark)))
                    smblog-view-marked
                    (user-error "Mark the other message first: %s"
                                (substitute-command-keys "\\[smblog-mark]"))))
         (pid (smblog-select--here :pid)))
    (deactivate-mark)
    (smblog-set-filter
     (smblog-filter-and (list 'message '= (format "%d..%d" (min here there)
                                                  (max here there)))
                        (and pid (not all) (list 'pid '= pid))))))

(defvar smblog-select-map
  (let ((map (make-sparse-keymap)))
    (define-key map "p" #'smblog-filter-pid)
    (define-key map "c" #'smblog-filter-class)
    (define-key map "f" #'smblog-filter-function)
    (define-key map "i" #'smblog-filter-file)
    (define-key map "l" #'smblog-set-level)
    (define-key map "t" #'smblog-filter-time)
    (define-key map "r" #'smblog-filter-request)
    (define-key map "e" #'smblog-filter-session)
    (define-key map "u" #'smblog-filter-user)
    (define-key map "s" #'smblog-filter-share)
    (define-key map "a" #'smblog-filter-client)
    (define-key map "x" #'smblog-filter-text)
    (define-key map "X" #'smblog-filter-regexp)
    (define-key map "!" #'smblog-filter-not)
    (define-key map "b" #'smblog-between)
    (define-key map "w" #'smblog-filter-save-as)
    (define-key map "@" #'smblog-filter-apply)
    map)
  "Keys that filter a log by what is at point.
Each asks, with what is at point as default; a prefix argument excludes.")

(provide 'smblog-select)
;;; smblog-select.el ends here
