;;; smbcmp-filter.el --- Read display filters  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The minibuffer for Wireshark display filters.  What is typed is shown
;; as right, wrong or unfinished, and where; completion knows all of
;; Wireshark's protocols, fields and the values of enumerated fields,
;; from libwireshark itself.  A mode for filters in buffers completes the
;; same.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-capture)

;;;; Faces

(defface smbcmp-filter-valid '((t :inherit smbcmp-mode-success))
  "Face for the word that a display filter is right."
  :group 'smbcmp)

(defface smbcmp-filter-wrong '((t :inherit error))
  "Face for the word that a display filter is wrong."
  :group 'smbcmp)

(defface smbcmp-filter-place '((t :inherit error :underline t))
  "Face for the part of a display filter that Wireshark complains of."
  :group 'smbcmp)

;;;; Completion

(defvar smbcmp-filter--fields (make-hash-table :test #'equal)
  "Cache of `smbcmp-complete-field' by prefix.
Protocols are under the empty string, the fields of a protocol under its
name and a dot.")

(defvar smbcmp-filter--described (make-hash-table :test #'equal)
  "Cache of `smbcmp-describe-field' by field name.")

(defconst smbcmp-filter--operators
  '(("==" . "equal") ("!=" . "not equal") (">" . "greater") ("<" . "less")
    (">=" . "greater or equal") ("<=" . "less or equal")
    ("contains" . "has a string or bytes in it") ("matches" . "regular expression")
    ("in" . "one of {A, B..C}") ("&&" . "and") ("||" . "or"))
  "What may stand between parts of a display filter, and what it means.
See the manual page wireshark-filter(4).")

(defun smbcmp-filter--candidates (prefix)
  "Return the entries of fields, or protocols, that may complete PREFIX."
  (let ((key (if (string-match "\\`[^.]*\\." prefix) (match-string 0 prefix) "")))
    (or (gethash key smbcmp-filter--fields)
        (puthash key (smbcmp-complete-field key) smbcmp-filter--fields))))

(defun smbcmp-filter-describe (field)
  "Return what `smbcmp-describe-field' says of FIELD, or nil if it is none."
  (let ((known (gethash field smbcmp-filter--described 'unknown)))
    (if (not (eq known 'unknown))
        known
      (puthash field (condition-case nil
                         (smbcmp-describe-field field)
                       (smbcmp-filter-error nil))
               smbcmp-filter--described))))

(defun smbcmp-filter--field-annotation (entry)
  "Return the annotation for ENTRY, (FILTER-NAME NAME TYPE DESCRIPTION)."
  (pcase-let ((`(,_ ,name ,type ,description) entry))
    (format "  %s%s%s" name
            (if (equal type "protocol") "" (format " (%s)" type))
            (if (member description (list "" name)) "" (concat ": " description)))))

(defun smbcmp-filter--complete-fields (start end)
  "Return completion data for the field name between START and END."
  (let ((entries (smbcmp-filter--candidates (buffer-substring-no-properties start end))))
    (list start end (mapcar #'car entries)
          :exclusive 'no
          :annotation-function
          (lambda (name) (smbcmp-filter--field-annotation (assoc name entries)))
          ;; Behind a space, operators are completed.  A protocol may go on with a dot;
          ;; in a file, nothing may follow.
          :exit-function
          (lambda (name status)
            (when (and (eq status 'finished) (minibufferp) (string-match-p "\\." name)
                       (not (looking-at-p " ")))
              (insert " "))))))

(defun smbcmp-filter--in-order (candidates)
  "Return a completion table for CANDIDATES that keeps their order."
  (lambda (string predicate action)
    (if (eq action 'metadata)
        '(metadata (display-sort-function . identity) (cycle-sort-function . identity))
      (complete-with-action action candidates string predicate))))

(defun smbcmp-filter--complete-values (field start end)
  "Return completion data for a value of FIELD between START and END, or nil.
Values that Wireshark calls unknown are left out."
  (when-let* ((values (cl-remove-if (lambda (value)
                                      (string-match-p "\\`unknown" (cadr value)))
                                    (nth 4 (smbcmp-filter-describe field)))))
    (list start end (smbcmp-filter--in-order (mapcar #'car values))
          :exclusive 'no
          :annotation-function
          (lambda (value) (concat "  " (cadr (assoc value values)))))))

(defun smbcmp-filter--complete-names (field start end)
  "Return completion data for the name of a value of FIELD between START and END.
The quotation mark before it is there; the one behind it is added."
  (when-let* ((values (nth 4 (smbcmp-filter-describe field))))
    (list start end (delete-dups (mapcar #'cadr values))
          :exclusive 'no
          :exit-function
          (lambda (_name status)
            (when (and (eq status 'finished) (not (looking-at-p "\"")))
              (insert "\""))))))

(defun smbcmp-filter--complete-operators (start end)
  "Return completion data for an operator between START and END."
  (list start end (smbcmp-filter--in-order (mapcar #'car smbcmp-filter--operators))
        :exclusive 'no
        :annotation-function
        (lambda (operator)
          (concat "  " (cdr (assoc operator smbcmp-filter--operators))))))

(defconst smbcmp-filter--comparison
  "\\([-_.[:alnum:]]+\\) *\\(?:[=!<>~]=+\\|[<>]\\|\\_<\\(?:eq\\|ne\\|[gl][te]\\)\\_>\
\\|\\_<in *{[^}]*\\) *"
  "Regexp for the left side of a comparison, its field in group 1.")

(defun smbcmp-filter-completion-at-point ()
  "Complete a display filter at point: fields, operators, values.
For `completion-at-point-functions'."
  (let* ((end (point))
         (word (save-excursion (skip-chars-backward "-_.[:alnum:]") (point)))
         (operator (save-excursion (skip-chars-backward "=!<>&|") (point)))
         (all (buffer-substring-no-properties (minibuffer-prompt-end) end))
         (before (substring all 0 (- word (minibuffer-prompt-end)))))
    (cond
     ((string-match (concat smbcmp-filter--comparison "\"\\([^\"]*\\)\\'") all)
      (smbcmp-filter--complete-names (match-string 1 all)
                                     (- end (length (match-string 2 all))) end))
     ((string-match (concat smbcmp-filter--comparison "\\'") before)
      (or (smbcmp-filter--complete-values (match-string 1 before) word end)
          (smbcmp-filter--complete-fields word end)))
     ((and (= word end) (< operator end)) (smbcmp-filter--complete-operators operator end))
     ((and (= word end)
           (string-match "\\([-_.[:alnum:]]+\\) +\\'" before)
           (not (member (match-string 1 before) '("and" "or" "not" "contains" "matches"))))
      (smbcmp-filter--complete-operators end end))
     (t (smbcmp-filter--complete-fields word end)))))

;;;; Validity while typing

(defvar smbcmp-filter--timer nil
  "Timer that checks the filter in the minibuffer.")

(defvar-local smbcmp-filter--overlays nil
  "Overlays that show whether the filter in the minibuffer is right.")

(defun smbcmp-filter--show-validity (problem)
  "Show PROBLEM, as `smbcmp-check-filter' returns it, of the minibuffer's filter."
  (mapc #'delete-overlay smbcmp-filter--overlays)
  (setq smbcmp-filter--overlays nil)
  (let ((word (make-overlay (point-max) (point-max) nil t t)))
    (push word smbcmp-filter--overlays)
    (pcase problem
      ('nil (unless (string-empty-p (string-trim (minibuffer-contents-no-properties)))
              (overlay-put word 'after-string
                           (smbcmp-filter--note " [ok]" 'smbcmp-filter-valid))))
      (`(,message ,start ,end)
       (overlay-put word 'after-string
                    (smbcmp-filter--note (format " [%s]" message) 'smbcmp-filter-wrong))
       (when start
         (let ((place (make-overlay (+ (minibuffer-prompt-end) start)
                                    (+ (minibuffer-prompt-end) end))))
           (overlay-put place 'face 'smbcmp-filter-place)
           (push place smbcmp-filter--overlays)))))))

(defun smbcmp-filter--note (text face)
  "Return TEXT in FACE, with the cursor before it."
  (propertize text 'face face 'cursor t))

(defun smbcmp-filter--check-soon (&rest _)
  "Check the filter in the minibuffer when typing pauses."
  (when (timerp smbcmp-filter--timer) (cancel-timer smbcmp-filter--timer))
  (setq smbcmp-filter--timer
        (run-with-idle-timer 0.1 nil #'smbcmp-filter--check (current-buffer))))

(defun smbcmp-filter--check (buffer)
  "Check the filter in BUFFER, a minibuffer, without waiting for the answer."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (when (minibufferp)
        (let ((filter (minibuffer-contents-no-properties)))
          (smbcmp-host-request
           (smbcmp-capture-service) "check" (list :filter filter)
           (lambda (kind value)
             (smbcmp-filter--checked buffer filter
                                     (and (eq kind 'error)
                                          (smbcmp-capture-filter-problem filter (cadr value)))))))))))

(defun smbcmp-filter--checked (buffer filter problem)
  "Show in BUFFER what PROBLEM FILTER has, if that is still what is in it."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (when (and (minibufferp) (equal filter (minibuffer-contents-no-properties)))
        (smbcmp-filter--show-validity problem)))))

;;;; Reading

(defvar smbcmp-filter-history nil
  "History of display filters.")

(defvar smbcmp-filter-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map minibuffer-local-map)
    (define-key map (kbd "TAB") #'completion-at-point)
    (define-key map (kbd "RET") #'smbcmp-filter-exit)
    map)
  "Keymap for reading a display filter.")

(defvar smbcmp-filter-fields-map
  (let ((map (make-sparse-keymap)))
    (set-keymap-parent map minibuffer-local-map)
    (define-key map (kbd "TAB") #'completion-at-point)
    map)
  "Keymap for reading names of fields.")

(defun smbcmp-filter--field-at-point ()
  "Complete the name of a field at point, for `completion-at-point-functions'."
  (let ((start (save-excursion (skip-chars-backward "-_.[:alnum:]") (point))))
    (pcase-let ((`(,from ,to ,names . ,properties)
                 (smbcmp-filter--complete-fields start (point))))
      ;; No operator follows.
      (cl-list* from to names (plist-put properties :exit-function nil)))))

(defun smbcmp-read-fields (prompt initial history capture)
  "Read names of fields with PROMPT, separated by commas; return a list.
INITIAL is a list to begin with, HISTORY a variable, CAPTURE is asked what
names there are."
  (let ((smbcmp-capture-at-hand capture))
    (minibuffer-with-setup-hook
        (lambda ()
          (add-hook 'completion-at-point-functions #'smbcmp-filter--field-at-point nil t))
      (delete "" (mapcar #'string-trim
                         (split-string (read-from-minibuffer
                                        prompt (string-join initial ", ")
                                        smbcmp-filter-fields-map nil history)
                                       ","))))))

(defun smbcmp-filter-exit ()
  "Take the display filter in the minibuffer if it is right."
  (interactive)
  (let ((problem (smbcmp-check-filter (minibuffer-contents-no-properties))))
    (if (not problem)
        (exit-minibuffer)
      (smbcmp-filter--show-validity problem)
      (when (nth 1 problem)
        (goto-char (+ (minibuffer-prompt-end) (nth 2 problem))))
      (ding))))

(defun smbcmp-read-filter (prompt &optional initial capture)
  "Read a display filter with PROMPT, beginning with INITIAL.
Only one that Wireshark accepts is taken, or an empty one.  Return it.
CAPTURE, if non-nil, is asked what it accepts."
  (let ((smbcmp-capture-at-hand capture))
    ;; Started now, it does not keep the first key waiting.
    (smbcmp-capture-service)
    (minibuffer-with-setup-hook
        (lambda ()
          (add-hook 'completion-at-point-functions
                    #'smbcmp-filter-completion-at-point nil t)
          (add-hook 'after-change-functions #'smbcmp-filter--check-soon nil t)
          (smbcmp-filter--check-soon))
      (read-from-minibuffer prompt initial smbcmp-filter-map nil
                            'smbcmp-filter-history))))

;;;; In a buffer

(defvar smbcmp-filter-mode-syntax-table
  (let ((table (make-syntax-table)))
    (modify-syntax-entry ?\n ">" table)
    (modify-syntax-entry ?. "_" table)
    table)
  "Syntax table of `smbcmp-filter-mode'.")

;;;###autoload
(define-derived-mode smbcmp-filter-mode prog-mode "Filter"
  "Major mode for display filters in files: in the code blocks of Org.
Lines that begin with # are comments there."
  (setq-local comment-start "# "
              comment-start-skip "^[ \t]*#+[ \t]*"
              font-lock-defaults '(nil)
              ;; Elsewhere it is an operator: ip.addr#1.
              syntax-propertize-function
              (syntax-propertize-rules ("^[ \t]*\\(#\\)" (1 "<"))))
  (add-hook 'completion-at-point-functions #'smbcmp-filter-completion-at-point nil t))

(provide 'smbcmp-filter)
;;; smbcmp-filter.el ends here
