;;; smbcmp-compare-view.el --- Show where two captures diverge  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The buffer that opens when two captures are compared: a summary, then
;; a line a divergence, what follows from one below it.  RET shows the
;; two exchanges in their places, in the lists of smbcmp-compare-lists.el.
;; The captures are those of two packet lists, which stay in the
;; background until they are asked for.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'smbcmp-compare)
(require 'smbcmp-compare-background)
(require 'smbcmp-compare-captures)
(require 'smbcmp-compare-narrow)
(require 'smbcmp-compare-pair)
(require 'smbcmp-compare-pins)
(require 'smbcmp-compare-place)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-summary)
(require 'smbcmp-compare-holders)
(require 'smbcmp-list)
(require 'smbcmp-mode)
(require 'smbcmp-steps)
(require 'smbcmp-tree)
(require 'smbcmp-windows)

(defvar bookmark-make-record-function)  ; before Emacs 28 only with bookmark.el

(autoload 'smbcmp-sections-command-help "smbcmp-sections"
  "Say which sections define the command and status of what is at point." t)
(autoload 'smbcmp-compare-logs "smbcmp-compare-logs"
  "Show what the servers' logs say of the two exchanges at point, in Ediff." t)
(autoload 'smbcmp-compare-lists-show "smbcmp-compare-lists")
(autoload 'smbcmp-export-exchange "smbcmp-export"
  "Write the exchange at point to a file, with what it needs to be read." t)
(autoload 'smbcmp-replay "smbcmp-replay"
  "Write a script that sends requests again to FILE, and visit it." t)

;;;; State

(defvar-local smbcmp-compare-view--other nil
  "(KEY . COMPARISON) of the comparison with rules while that without is shown.
And the other way round; KEY is of `smbcmp-compare-view--key'.")

(defconst smbcmp-compare-view--kept 20000
  "Divergences that a comparison without rules may have to be kept.")

(defvar-local smbcmp-compare-view--narrowed nil
  "What `smbcmp-compare-narrow' was before `smbcmp-compare-view-widen'.")

(defvar smbcmp-compare-view--fields-history nil
  "History of `smbcmp-compare-view-restrict'.")

;;;; Comparing

(defun smbcmp-compare-view-keyboard-quit ()
  "Stop comparing, or else do what `keyboard-quit' does.
A comparison that is shown stays; the captures go on loading."
  (interactive)
  (unless smbcmp-compare-background-state (keyboard-quit))
  (smbcmp-compare-background-stop)
  (setq smbcmp-compare-background-tell nil)
  (if smbcmp-compare-view-comparison
      (progn
        (setq smbcmp-compare-view-every (null (smbcmp-comparison-rules
                                               smbcmp-compare-view-comparison)))
        (message "Stopped; the last comparison is still shown"))
    (smbcmp-compare-background-fail '(smbcmp-error ("Comparison stopped"))))
  (force-mode-line-update))

;;;; Commands

(defun smbcmp-compare-view-next (&optional count)
  "Go to the next divergence, or COUNT divergences on."
  (interactive "p")
  (smbcmp-compare-view--need)
  (let ((step (if (< (or count 1) 0) -1 1)))
    (dotimes (_ (abs (or count 1)))
      (when (> step 0) (smbcmp-compare-view--leave-end))
      (let ((start (point)))
        (forward-line step)
        (while (not (or (smbcmp-compare-view-row-at-point)
                        (if (> step 0) (eobp) (bobp))))
          (when (get-text-property (point) 'smbcmp-more)
            (goto-char start)
            (smbcmp-compare-view-more))
          (forward-line step))
        (unless (smbcmp-compare-view-row-at-point)
          (goto-char start)
          (user-error (if (> step 0) "No more divergences" "No earlier divergences")))))))

(defun smbcmp-compare-view--leave-end ()
  "If point is behind the last row that is shown, and others follow, go to it."
  (let ((more (smbcmp-compare-summary-more)))
    (when (and more (>= (point) more))
      (goto-char more)
      (forward-line -1))))

(defun smbcmp-compare-view-previous (&optional count)
  "Go to the previous divergence, or COUNT divergences back."
  (interactive "p")
  (smbcmp-compare-view-next (- (or count 1))))

(defun smbcmp-compare-view-open ()
  "Show the exchanges of the divergence at point, and where they are.
Of the environment, show the frames in the packet lists; of what was
ignored, the rule."
  (interactive)
  (let ((environment (get-text-property (line-beginning-position) 'smbcmp-environment))
        (row (or (smbcmp-compare-view-row-at-point)
                 (get-text-property (line-beginning-position) 'smbcmp-lead)))
        (rule (get-text-property (line-beginning-position) 'smbcmp-rule)))
    (cond (rule (smbcmp-list-rules rule))
          (environment
           (smbcmp-compare-pair-show (smbcmp-compare-view-lists) (plist-get environment :frame-a)
                             (plist-get environment :frame-b)))
          (row (smbcmp-compare-lists-show (current-buffer) row))
          (t (user-error "No divergence here; type n to go to one")))))

(defun smbcmp-compare-view-next-error (count &optional reset)
  "Go to the divergence COUNT further on and show it; RESET: from the first.
For `next-error-function'."
  (when reset (goto-char (point-min)))
  (let ((window (get-buffer-window nil t)))
    (if window
        (with-selected-window window (smbcmp-compare-view-next count))
      (smbcmp-compare-view-next count)))
  (smbcmp-compare-view-open))

(defun smbcmp-compare-view-fold-all ()
  "Fold what follows from other divergences, or unfold all."
  (interactive)
  ;; Not all that `smbcmp-compare-view-more' has shown is shown anew.
  (setq smbcmp-compare-summary-most smbcmp-compare-view-limit)
  (smbcmp-compare-view--need)
  (smbcmp-tree-toggle-all (smbcmp-compare-summary-nodes smbcmp-compare-view-comparison)))

(defun smbcmp-compare-view-filter (filter &optional side)
  "Compare only exchanges of which a frame passes the display filter FILTER.
An empty FILTER takes it away.  With a prefix argument it is for one
SIDE, `a' or `b', alone."
  (interactive
   (let* ((side (and current-prefix-arg
                     (if (eq ?a (read-char-choice "Filter for A or B? " '(?a ?b))) 'a 'b)))
          (now (if (eq side 'b) (cdr smbcmp-compare-view-filters)
                 (car smbcmp-compare-view-filters))))
     (list (smbcmp-read-filter (if side (format "Filter for %s: " (upcase (symbol-name side)))
                                 "Filter for both: ")
                               now (smbcmp-compare-view-capture (or side 'a)))
           side)))
  (let ((filter (and filter (not (string-empty-p filter)) filter)))
    (setq smbcmp-compare-view-filters
          (pcase side
            ('a (cons filter (cdr smbcmp-compare-view-filters)))
            ('b (cons (car smbcmp-compare-view-filters) filter))
            (_ (cons filter filter))))
    (when (equal '(nil) smbcmp-compare-view-filters)
      (setq smbcmp-compare-view-filters nil))
    (smbcmp-compare-view-start)))

(defun smbcmp-compare-view-restrict (fields)
  "Compare only FIELDS, a list of filter names; all fields if it is empty.
A name that ends in \"*\" stands for all that begin so.  Which exchanges
there are, and their statuses, are compared all the same."
  (interactive
   (list (smbcmp-read-fields "Compare only the fields (empty: all): " smbcmp-rules-fields
                             'smbcmp-compare-view--fields-history
                             (smbcmp-compare-view-capture 'a))))
  (smbcmp-with-user-errors
    (smbcmp-compare-check-fields (smbcmp-compare-view-capture 'a) fields))
  (setq-local smbcmp-rules-fields fields)
  (smbcmp-compare-view-start))

(defun smbcmp-compare-view-narrow (terms)
  "Show only divergences with TERMS, of `smbcmp-compare-narrow'; all for nil."
  (interactive (list (smbcmp-compare-narrow-read (smbcmp-compare-view--need))))
  (setq smbcmp-compare-narrow terms
        smbcmp-compare-summary-most smbcmp-compare-view-limit)
  (smbcmp-compare-summary-render))

(defun smbcmp-compare-view-widen ()
  "Show all divergences, or those again to which they were narrowed."
  (interactive)
  (unless (or smbcmp-compare-narrow smbcmp-compare-view--narrowed)
    (user-error "All divergences are shown"))
  (cl-rotatef smbcmp-compare-narrow smbcmp-compare-view--narrowed)
  (smbcmp-compare-summary-show))

(defun smbcmp-compare-view--need ()
  "Return the comparison that is shown, or tell the user that there is none."
  (or smbcmp-compare-view-comparison (user-error "Nothing is compared yet")))

(defun smbcmp-compare-view-toggle-all ()
  "Compare without rules, so that every difference shows, or with them again."
  (interactive)
  (let ((known smbcmp-compare-view--other)
        (key (smbcmp-compare-view--key)))
    (setq smbcmp-compare-view--other
          (and smbcmp-compare-view-comparison
               ;; One without rules may have so much that keeping it costs
               ;; more, in each garbage collection, than to compare again.
               (not (and smbcmp-compare-view-every
                         (> (length (smbcmp-comparison-found smbcmp-compare-view-comparison))
                            smbcmp-compare-view--kept)))
               (cons key smbcmp-compare-view-comparison)))
    (setq smbcmp-compare-view-every (not smbcmp-compare-view-every)
          smbcmp-compare-background-tell (if smbcmp-compare-view-every
                                        "Every difference is shown, as without any rules"
                                      "The rules are in effect again"))
    (cond ((and known (cl-every #'eq key (car known)))
           (setq smbcmp-compare-view-comparison (cdr known))
           (smbcmp-compare-background-show))
          (t (message "Comparing %s..." (if smbcmp-compare-view-every "without rules"
                                          "by the rules"))
             (smbcmp-compare-view-start)))))

(defun smbcmp-compare-view--key ()
  "Return what has to be the same for an earlier comparison to be shown again.
A list of things that are the same if they are `eq'."
  (append (cl-loop for side in '(a b)
                   for capture = (buffer-local-value 'smbcmp-list-capture
                                                     (smbcmp-compare-view-list side))
                   collect capture
                   collect (smbcmp-capture-generation capture))
          (list smbcmp-compare-view-pins smbcmp-user-rules smbcmp-rules-off
                smbcmp-rules-fields smbcmp-compare-view-filters)))

(defun smbcmp-compare-view-copy (whole)
  "Copy the line of the divergence at point; all of the report if WHOLE."
  (interactive "P")
  (if whole (smbcmp-compare-view--copy-report)
    (kill-new (string-trim (buffer-substring-no-properties (line-beginning-position)
                                                           (line-end-position))))
    (message "Copied the line; C-u w copies the whole report")))

(defun smbcmp-compare-view--copy-report ()
  "Copy the report, in the background if that takes long."
  (let ((comparison (smbcmp-compare-view--need)))
    (unless (smbcmp-steps-wait
             (smbcmp-steps-begin
              (smbcmp-compare-report-making comparison #'smbcmp-compare-view--copied
                                            (smbcmp-compare-summary-text comparison))
              (lambda (err) (message "The report was not copied: %s"
                                     (smbcmp-error-message err)))))
      (message "Copying the report..."))))

(defun smbcmp-compare-view--copied (report)
  "Copy REPORT, and say so."
  (kill-new (substring-no-properties report))
  (message "Copied the report"))

(defun smbcmp-compare-view-packets ()
  "Show the packet lists side by side, at what differs in the divergence at point."
  (interactive)
  (let ((number (get-text-property (line-beginning-position) 'smbcmp-divergence)))
    (smbcmp-compare-view-show-packets
     (current-buffer)
     (and number (aref (smbcmp-comparison-found smbcmp-compare-view-comparison) number)))))

(defun smbcmp-compare-view-show-packets (view divergence &optional a b)
  "Show the packet lists of VIEW side by side, at what differs in DIVERGENCE.
If that is nil, at the requests of A and B, frames or nil."
  (with-current-buffer view
    (if (null divergence)
        (smbcmp-compare-pair-show (smbcmp-compare-view-lists) a b)
      (let ((part (smbcmp-divergence-part divergence)))
        (smbcmp-compare-pair-show
         (smbcmp-compare-view-lists)
         (or (smbcmp-compare-view--frame (smbcmp-divergence-a divergence) part) a)
         (or (smbcmp-compare-view--frame (smbcmp-divergence-b divergence) part) b)
         (smbcmp-compare-view-rules divergence))))))

(defun smbcmp-compare-view--frame (frames part)
  "Return that of FRAMES, (REQUEST . RESPONSE), of PART, if there is one.
PART is `request' or `response'."
  (pcase-let ((`(,request . ,response) frames))
    (if (eq part 'request) (or request response) (or response request))))

(defconst smbcmp-compare-view--duration
  '(:name "response time" :kind meaningful :regexp "^smb2?\\.time$")
  "Rule that has the time of a response differ, where that is what diverges.")

(defun smbcmp-compare-view-rules (divergence)
  "Return the rules by which fields are shown for DIVERGENCE, or nil: t for none.
An identifier that is broken is no longer one that may differ, nor is
the time of a response that came much later."
  (if smbcmp-compare-view-every
      t
    (let ((broken (and divergence (mapcar #'car (smbcmp-divergence-identifiers divergence)))))
      (append (smbcmp-rules)
              (and divergence (eq (smbcmp-divergence-kind divergence) 'slower)
                   (list smbcmp-compare-view--duration))
              (cl-loop for rule in (smbcmp-rules)
                       when (member (smbcmp-rules-name rule) broken)
                       collect (plist-put (copy-sequence rule) :kind 'meaningful))))))

(defun smbcmp-compare-view-quit ()
  "Restore the windows from before this comparison."
  (interactive)
  (unless (smbcmp-windows-restore (current-buffer))
    (quit-window)))

(defun smbcmp-compare-view-revert (&rest _)
  "Compare again; files that changed are read again."
  (dolist (buffer (list (car smbcmp-compare-view-buffers) (cdr smbcmp-compare-view-buffers)))
    (when (buffer-live-p buffer)
      (with-current-buffer buffer
        (when (or (not (verify-visited-file-modtime buffer))
                  (memq (smbcmp-capture-state smbcmp-list-capture) '(failed closed dead)))
          (smbcmp-list-revert)))))
  (smbcmp-compare-view-start))

(defun smbcmp-compare-view-decrypt ()
  "Decrypt what came encrypted, as `smbcmp-add-keys' does, and compare again."
  (interactive)
  (let ((encrypted (seq-filter (lambda (buffer)
                                 (and (buffer-live-p buffer)
                                      (buffer-local-value 'smbcmp-list-keys-encrypted buffer)))
                               (list (car smbcmp-compare-view-buffers)
                                     (cdr smbcmp-compare-view-buffers)))))
    (unless encrypted (user-error "No session is missing a key"))
    (dolist (buffer encrypted)
      (with-current-buffer buffer (call-interactively #'smbcmp-add-keys)))
    (smbcmp-compare-view-start)))

(defun smbcmp-compare-view--rules-changed ()
  "Compare again, by the new rules, where the captures are still there."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'smbcmp-compare-mode) smbcmp-compare-view-comparison
                 (buffer-live-p (car smbcmp-compare-view-buffers))
                 (buffer-live-p (cdr smbcmp-compare-view-buffers)))
        (smbcmp-compare-view-start)))))

(add-hook 'smbcmp-rules-changed-hook #'smbcmp-compare-view--rules-changed)

;;;; Mode

(defvar smbcmp-compare-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map [remap keyboard-quit] #'smbcmp-compare-view-keyboard-quit)
    (define-key map "n" #'smbcmp-compare-view-next)
    (define-key map "p" #'smbcmp-compare-view-previous)
    (define-key map (kbd "RET") #'smbcmp-compare-view-open)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map "^" #'smbcmp-tree-up)
    (define-key map (kbd "<backtab>") #'smbcmp-compare-view-fold-all)
    (define-key map "+" #'smbcmp-compare-view-more)
    (define-key map "/" #'smbcmp-compare-view-filter)
    (define-key map "f" #'smbcmp-compare-view-narrow)
    (define-key map "\\" #'smbcmp-compare-view-widen)
    (define-key map "F" #'smbcmp-compare-view-restrict)
    (define-key map "=" #'smbcmp-compare-view-restrict)
    (define-key map "i" #'smbcmp-compare-view-toggle-all)
    (define-key map "k" #'smbcmp-compare-view-decrypt)
    (define-key map "P" #'smbcmp-compare-view-packets)
    (define-key map "o" #'smbcmp-compare-view-packets)
    (define-key map "R" #'smbcmp-replay)
    (define-key map "L" #'smbcmp-compare-logs)
    (define-key map "A" #'smbcmp-rules-save)
    (define-key map "w" #'smbcmp-compare-view-copy)
    (define-key map [remap write-file] #'smbcmp-export-exchange)
    (define-key map [remap display-local-help] #'smbcmp-sections-command-help)
    (define-key map "q" #'smbcmp-compare-view-quit)
    map)
  "Keymap of `smbcmp-compare-mode'.")

(easy-menu-define smbcmp-compare-menu smbcmp-compare-mode-map
  "Menu of `smbcmp-compare-mode'."
  '("Comparison"
    ["Show divergence" smbcmp-compare-view-open]
    ["Next divergence" smbcmp-compare-view-next]
    ["Previous divergence" smbcmp-compare-view-previous]
    ["Fold or unfold consequences" smbcmp-tree-toggle]
    ["Fold or unfold all" smbcmp-compare-view-fold-all]
    "--"
    ["Filter..." smbcmp-compare-view-filter]
    ["Only some fields..." smbcmp-compare-view-restrict]
    ["Only some divergences..." smbcmp-compare-view-narrow]
    ["Toggle narrowing" smbcmp-compare-view-widen]
    ["Compare without rules" smbcmp-compare-view-toggle-all
     :style toggle :selected smbcmp-compare-view-every]
    ["Decrypt" smbcmp-compare-view-decrypt]
    ["Packet lists side by side" smbcmp-compare-view-packets]
    ["Compare the servers' logs" smbcmp-compare-logs]
    ["Response times" smbcmp-latency]
    ["Chart of response times" smbcmp-latency-chart]
    ["Files and handles" smbcmp-files]
    ["Sequence diagram" smbcmp-sequence]
    ["Expert information" smbcmp-expert]
    ["Conversations" smbcmp-conversations]
    ["Rules" smbcmp-list-rules]
    ["Save rules" smbcmp-rules-save]
    ["Refresh" revert-buffer]
    "--"
    ["Write exchange to a file..." smbcmp-export-exchange]
    ["Replay script up to here..." smbcmp-replay]
    ["Copy line" smbcmp-compare-view-copy]
    ["Copy report" (smbcmp-compare-view-copy t) :keys "C-u w"]
    ["Quit" smbcmp-compare-view-quit]))

(defun smbcmp-compare-view--imenu ()
  "Return an index of the divergences that are shown."
  (let (index)
    (save-excursion
      (goto-char (point-min))
      (while (not (eobp))
        (when (smbcmp-compare-view-row-at-point)
          (push (cons (string-trim (buffer-substring-no-properties (point) (line-end-position)))
                      (point))
                index))
        (forward-line 1)))
    (nreverse index)))

(define-derived-mode smbcmp-compare-mode smbcmp-mode "Comparison"
  "Major mode for where two captures diverge.

What follows for certain from another divergence is below it.  The strip
shows where the divergences lie between the captures' start and end.

\\{smbcmp-compare-mode-map}"
  (setq smbcmp-tree (smbcmp-compare-summary-tree)
        smbcmp-compare-summary-most smbcmp-compare-view-limit
        mode-line-process '(:eval (concat (and smbcmp-compare-background-state
                                               (concat " " smbcmp-compare-background-state))
                                          (and smbcmp-compare-view-every " all")
                                          (and smbcmp-compare-view-filters " filtered")
                                          (and smbcmp-rules-fields " fields")
                                          (and smbcmp-compare-narrow " narrowed")
                                          (and smbcmp-compare-view-pins
                                               (format " %d pinned"
                                                       (length smbcmp-compare-view-pins))))))
  (setq-local revert-buffer-function #'smbcmp-compare-view-revert
              next-error-function #'smbcmp-compare-view-next-error
              imenu-create-index-function #'smbcmp-compare-view--imenu
              bookmark-make-record-function #'smbcmp-compare-place-bookmark
              desktop-save-buffer #'smbcmp-compare-place-desktop-save)
  (add-hook 'kill-buffer-hook #'smbcmp-compare-background-stop nil t)
  (smbcmp-mode-show-row))

;;;; Showing

(defun smbcmp-compare-view-show (file-a file-b &optional prepare)
  "Show where the captures FILE-A and FILE-B diverge; return the buffer.
PREPARE is called in it before it begins to compare.
Signal `smbcmp-file-error' if one can't be a capture."
  (let* ((windows (current-window-configuration))
         (lists (smbcmp-compare-pair-buffers file-a file-b))
         (buffer (get-buffer-create
                  (format "*smbcmp %s - %s*" (buffer-name (car lists))
                          (buffer-name (cdr lists))))))
    (with-current-buffer buffer
      (unless (derived-mode-p 'smbcmp-compare-mode) (smbcmp-compare-mode))
      (smbcmp-compare-captures-set lists)
      (setq smbcmp-compare-view--other nil
            smbcmp-compare-view-pins (smbcmp-compare-pins-read file-a file-b)
            next-error-last-buffer buffer)
      (when prepare (funcall prepare))
      (smbcmp-compare-view-start))
    (switch-to-buffer buffer)
    (delete-other-windows)
    (smbcmp-windows-save buffer windows
                         (lambda (shown) (smbcmp-compare-view--own-p shown buffer)))
    buffer))

(defvar smbcmp-compare-lists-view)

(defun smbcmp-compare-view--own-p (buffer view)
  "Return non-nil if BUFFER shows a part of the comparison that VIEW shows."
  (or (eq buffer view)
      (and (local-variable-p 'smbcmp-compare-lists-view buffer)
           (eq view (buffer-local-value 'smbcmp-compare-lists-view buffer)))
      (pcase-let ((`(,a . ,b) (and (buffer-live-p view)
                                   (buffer-local-value 'smbcmp-compare-view-buffers view))))
        (or (eq buffer a) (eq buffer b)))))

;; At run time: that file requires this one.
(autoload 'smbcmp-case-view-compare "smbcmp-case-view")
(autoload 'smbcmp-case-file-archive-p "smbcmp-case-file")

(defun smbcmp-compare-view--case-p (file)
  "Return non-nil if FILE is a directory or an archive, no capture."
  (or (file-directory-p file)
      (and (not (file-remote-p file)) (file-readable-p file)
           (smbcmp-case-file-archive-p file))))

;;;###autoload
(defun smbcmp-diff (file-a file-b)
  "Compare the captures FILE-A and FILE-B: where do they first diverge?
A buffer says what is the same and what diverges, the first divergence
first; \\<smbcmp-compare-mode-map>\\[smbcmp-compare-view-open] on one shows both exchanges in their places and what
differs in their fields.

A name with a number behind a colon, FILE:34, asks for a frame, as the
Python smbcmp has it: then the two packet lists are shown side by side
and what differs between the frames selected in them, whatever the
whole captures have in common.

Pairs that were compared before are offered: an empty answer compares the
last one again, \\<minibuffer-local-map>\\[next-history-element] \
goes through the others.

Of two directories or archives, cases as of `smbcmp-open-case', the
captures that go together are compared, with the logs that belong to
them."
  (interactive
   (smbcmp-compare-place-read))
  ;; So it is after RET RET where no pair was compared before.
  (when (and (file-directory-p file-a) (file-equal-p file-a file-b))
    (user-error "A and B are the same directory, %s" (abbreviate-file-name file-a)))
  (setq file-a (expand-file-name file-a) file-b (expand-file-name file-b))
  (condition-case err
      (pcase-let ((`(,a . ,frame-a) (smbcmp-compare-pair-parse file-a))
                  (`(,b . ,frame-b) (smbcmp-compare-pair-parse file-b)))
        (prog1
            (cond ((or frame-a frame-b)
                   (smbcmp-compare-pair-show (smbcmp-compare-pair-buffers a b) frame-a frame-b))
                  ((and (smbcmp-compare-view--case-p a) (smbcmp-compare-view--case-p b))
                   (smbcmp-case-view-compare a b))
                  (t (smbcmp-compare-view-show a b)))
          ;; What can't be opened is not worth being offered again.
          (smbcmp-compare-place-remember file-a file-b)))
    (smbcmp-error (user-error "%s" (smbcmp-error-message err)))))

(provide 'smbcmp-compare-view)
;;; smbcmp-compare-view.el ends here
