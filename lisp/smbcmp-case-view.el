;;; smbcmp-case-view.el --- Show what is in a case  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The buffer of `smbcmp-open-case': a tree of the captures and logs of a
;; case, what belongs together, the first errors of all, settings, and what
;; was not understood.  It grows while the case is read in the background.
;; `smbcmp-diff' on two directories or archives compares two cases.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'seq)
(require 'smbcmp-case)
(require 'smbcmp-case-memory)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-view)
(require 'smbcmp-escape)
(require 'smbcmp-mode)
(require 'smbcmp-tree)

(autoload 'smblog-view-goto "smblog-view")
(declare-function dired-get-filename "dired")

;;;; State

(defvar-local smbcmp-case-view-case nil
  "The case that this buffer shows.")

(defvar-local smbcmp-case-view--timer nil
  "Timer of the next step, or nil when all is known.")

(defvar-local smbcmp-case-view--then nil
  "Functions of the case to call once all is known.")

;;;; In the background

(defun smbcmp-case-view--go-on (buffer)
  "Do what can be done for the case of BUFFER for a moment, then again soon."
  (when (buffer-live-p buffer)
    (with-current-buffer buffer
      (setq smbcmp-case-view--timer nil)
      (condition-case err
          (let ((end (+ (float-time) 0.05)) (state t))
            (while (and (eq state t) (< (float-time) end) (not (input-pending-p)))
              (setq state (smbcmp-case-advance smbcmp-case-view-case)))
            (smbcmp-case-view--render)
            (if state
                (setq smbcmp-case-view--timer
                      (run-with-timer (if (eq state 'wait) 0.1 0.01) nil
                                      #'smbcmp-case-view--go-on buffer))
              (smbcmp-case-view--done)))
        ;; Nothing shall go on without end.
        (smbcmp-error (message "%s" (smbcmp-error-message err)))))))

(defun smbcmp-case-view--done ()
  "Say that all of this case is known; go on with what waits for that."
  (smbcmp-case-memory-restore smbcmp-case-view-case)
  (message "%s" (smbcmp-case-view--summary smbcmp-case-view-case))
  (let ((then (reverse smbcmp-case-view--then)))
    (setq smbcmp-case-view--then nil)
    (dolist (function then) (funcall function smbcmp-case-view-case))))

(defun smbcmp-case-view--summary (case)
  "Say in a line what CASE has."
  (let ((linked (cl-count-if (lambda (link) (plist-get link :log)) (smbcmp-case-links case))))
    (format "%s: %s, %s, %s"
            (file-name-nondirectory (smbcmp-case-source case))
            (smbcmp-compare-report-plural (length (smbcmp-case-items-of case 'capture)) "capture")
            (smbcmp-compare-report-plural (length (smbcmp-case-items-of case 'log)) "log")
            (if (zerop linked) "none linked" (format "%d linked" linked)))))

;;;; Lines

(defun smbcmp-case-view--time (time)
  "Return TIME, a float or nil, as text."
  (cond ((null time) "-")
        ((< time smblog-boot-limit) (format "%.3f" time))
        (t (format-time-string "%F %T.%3N" time))))

(defun smbcmp-case-view--span (about)
  "Return the time that ABOUT, of an item, tells, as text."
  (let ((first (plist-get about :first)) (last (plist-get about :last)))
    (cond ((null first) "no times")
          ((or (null last) (< last smblog-boot-limit))
           (format "%s - %s" (smbcmp-case-view--time first) (smbcmp-case-view--time last)))
          (t (concat (format-time-string "%F %T" first)
                     (format-time-string (if (equal (format-time-string "%F" first)
                                                    (format-time-string "%F" last))
                                             " - %T" " - %F %T")
                                         last))))))

(defun smbcmp-case-view--counts (about noun)
  "Return what ABOUT, of an item, counts; its messages or frames are NOUN."
  (format "%s, %s, %s"
          (smbcmp-compare-report-plural (or (plist-get about :frames) (plist-get about :messages))
                                        noun)
          (smbcmp-compare-report-plural (plist-get about :requests) "request")
          (smbcmp-compare-report-plural (plist-get about :errors) "error")))

(defun smbcmp-case-view--list (name values)
  "Return a node that says that NAME are VALUES, strings, in a list, or nil."
  (and values
       (list (list (format "%s: %s" name (string-join (seq-take values 12) ", ")) nil))))

(defun smbcmp-case-view--capture (case item)
  "Return the node of ITEM, a capture of CASE."
  (let ((about (smbcmp-case-item-about item)))
    `(,(concat (smbcmp-case-item-name case item)
               (if (plist-get about :frames)
                   (format "  %s  %s" (smbcmp-case-view--span about)
                           (smbcmp-case-view--counts about "frame"))
                 "  loading"))
      ,(smbcmp-case-view--opener item)
      ,@(and (plist-get about :frames)
             (append
              (smbcmp-case-view--list
               "Opened of it" (delq nil (list (nth 0 (smbcmp-capture-only
                                                      (smbcmp-case-item-capture item))))))
              (smbcmp-case-view--list "Clients" (plist-get about :clients))
              (smbcmp-case-view--list "Servers" (plist-get about :servers))
              (smbcmp-case-view--list "Dialects" (plist-get about :dialects))
              (smbcmp-case-view--list "Users" (plist-get about :users))
              (smbcmp-case-view--list "Shares" (plist-get about :shares))
              (let ((encrypted (plist-get about :encrypted)) (opaque (plist-get about :opaque)))
                (and (> encrypted 0)
                     (list (list (format "Decrypted: %d of %s" (- encrypted opaque)
                                         (smbcmp-compare-report-plural encrypted
                                                                       "encrypted session"))
                                 nil)))))))))

(defun smbcmp-case-view--log (case item)
  "Return the node of ITEM, a log of CASE."
  (let ((about (smbcmp-case-item-about item))
        (keys (length (smbcmp-keys-unseal (smbcmp-case-item-keys item)))))
    `(,(concat (smbcmp-case-item-name case item)
               (if (plist-get about :messages)
                   (format "  %s  %s" (smbcmp-case-view--span about)
                           (smbcmp-case-view--counts about "message"))
                 "  indexing"))
      ,(smbcmp-case-view--opener item)
      ,@(and (plist-get about :messages)
             (append
              (smbcmp-case-view--list
               "Written by" (remove "text" (list (or (plist-get about :program)
                                                     (plist-get about :form)))))
              (smbcmp-case-view--list "Clients" (plist-get about :clients))
              (smbcmp-case-view--list "Users" (plist-get about :users))
              (smbcmp-case-view--list "Shares" (plist-get about :shares))))
      ,@(and (> keys 0)
             (list (list (format "Keys of %s" (smbcmp-compare-report-plural keys "session"))
                         nil))))))

(defun smbcmp-case-view--opener (item &optional number)
  "Return a function that shows ITEM; at NUMBER, a frame or message, if non-nil."
  (lambda ()
    (unless (buffer-live-p (smbcmp-case-item-buffer item))
      (user-error "It is closed; type g to open it again"))
    (pop-to-buffer (smbcmp-case-item-buffer item))
    (when number
      (if (derived-mode-p 'smbcmp-list-mode) (smbcmp-list-goto-frame number)
        (smblog-view-goto number)))))

(defun smbcmp-case-view--file-opener (item)
  "Return a function that visits the file of ITEM."
  (lambda () (find-file-other-window (smbcmp-case-item-file item))))

(defun smbcmp-case-view--link (case link)
  "Return the node of LINK, of `smbcmp-case-links' of CASE."
  (let ((log (plist-get link :log)) (capture (plist-get link :capture)))
    (list (format "%s - %s: %s"
                  (smbcmp-case-item-name case (or log (plist-get link :other)))
                  (smbcmp-case-item-name case capture)
                  (plist-get link :text))
          (if log (smbcmp-case-view--opener log)
            (lambda () (smbcmp-diff (smbcmp-case-item-file capture)
                                    (smbcmp-case-item-file (plist-get link :other))))))))

(defun smbcmp-case-view--error (case found)
  "Return the node of FOUND, of `smbcmp-case-errors' of CASE."
  (list (format "%s  %s:%s  %s" (smbcmp-case-view--time (plist-get found :time))
                (smbcmp-case-item-name case (plist-get found :item))
                (plist-get found :number)
                (truncate-string-to-width (plist-get found :text) 120 nil nil t))
        (smbcmp-case-view--opener (plist-get found :item) (plist-get found :number))))

(defun smbcmp-case-view--settings (case item)
  "Return the node of ITEM, settings of CASE."
  `(,(format "%s  %s, %s" (smbcmp-case-item-name case item) (car (smbcmp-case-item-data item))
             (smbcmp-compare-report-plural (length (cdr (smbcmp-case-item-data item))) "setting"))
    ,(smbcmp-case-view--file-opener item)
    ,@(mapcar (pcase-lambda (`(,name . ,value)) (list (format "%s = %s" name value) nil))
              (cdr (smbcmp-case-item-data item)))))

(defun smbcmp-case-view--keys (case item)
  "Return the node of ITEM, a file of keys of CASE."
  (list (format "%s  %s" (smbcmp-case-item-name case item)
                (smbcmp-compare-report-plural
                 (length (smbcmp-keys-unseal (smbcmp-case-item-keys item))) "key"))
        nil))

(defun smbcmp-case-view--unknown (case item)
  "Return the node of ITEM of CASE, of which nothing is known."
  (list (format "%s: %s" (smbcmp-case-item-name case item)
                (if (eq 'empty (smbcmp-case-item-kind item)) "it is empty"
                  (smbcmp-case-item-data item)))
        (smbcmp-case-view--file-opener item)))

(defun smbcmp-case-view--nodes (case)
  "Return the nodes of CASE: (TEXT FUNCTION . CHILDREN)."
  (cl-flet ((section (title function kind)
              (let ((items (cl-loop for k in (if (listp kind) kind (list kind))
                                    append (smbcmp-case-items-of case k))))
                (and items
                     (list `(,title nil ,@(mapcar (lambda (item) (funcall function case item))
                                                  items)))))))
    (append
     (section "Captures" #'smbcmp-case-view--capture 'capture)
     (section "Logs" #'smbcmp-case-view--log 'log)
     (and (smbcmp-case-merged case)
          (list (list "All logs of the server in the order of time"
                      (lambda () (pop-to-buffer (smbcmp-case-merged case))))))
     (and (smbcmp-case-links case)
          (list `("Belong together" nil
                  ,@(mapcar (lambda (link) (smbcmp-case-view--link case link))
                            (smbcmp-case-links case)))))
     (and (smbcmp-case-errors case)
          (list `("First errors" nil
                  ,@(mapcar (lambda (found) (smbcmp-case-view--error case found))
                            (smbcmp-case-errors case)))))
     (section "Settings" #'smbcmp-case-view--settings 'settings)
     (section "Keys" #'smbcmp-case-view--keys 'keys)
     (section "Not understood" #'smbcmp-case-view--unknown '(unknown empty)))))

;;;; Rendering

(defun smbcmp-case-view--render ()
  "Show what is known of the case, with point where it was."
  (let ((case smbcmp-case-view-case)
        (path (smbcmp-tree-path))
        (inhibit-read-only t))
    (erase-buffer)
    (insert (propertize (smbcmp-escape-file (smbcmp-case-source case))
                        'face 'smbcmp-compare-report-title)
            (if (smbcmp-case-steps case)
                (propertize "  being read; you can keep working" 'face 'smbcmp-compare-report-dim)
              "")
            "\n"
            (if (smbcmp-case-problem case)
                (propertize (concat (smbcmp-case-problem case)
                                    (if (smbcmp-case-file-limited-p (smbcmp-case-problem case))
                                        (substitute-command-keys
                                         "; \\<smbcmp-case-mode-map>\\[revert-buffer] \
unpacks the rest")
                                      "")
                                    "\n")
                            'face 'error)
              "")
            "\n")
    (smbcmp-tree-insert (smbcmp-case-view--nodes case))
    (unless (or (smbcmp-case-items case) (smbcmp-case-steps case) (smbcmp-case-problem case))
      (insert "There are no files in it.\n"))
    (set-buffer-modified-p nil)
    (smbcmp-tree-go-to path)
    (force-mode-line-update)))

(defun smbcmp-case-view-visit ()
  "Show what the line at point is about."
  (interactive)
  (let ((open (nth 1 (smbcmp-tree-node))))
    (cond (open (funcall open))
          ((smbcmp-tree-node) (smbcmp-tree-toggle))
          (t (user-error "Nothing here")))))

(defun smbcmp-case-view-notes ()
  "Visit the notes on this case, in Org.
They are kept with what else is remembered of it, not beside its files."
  (interactive)
  (find-file-other-window (smbcmp-case-memory-notes smbcmp-case-view-case)))

(defun smbcmp-case-view-diff (other)
  "Compare this case with OTHER, a directory or an archive, as the failing one."
  (interactive (list (read-file-name "Compare with case: " nil nil t)))
  (smbcmp-case-view-compare (smbcmp-case-source smbcmp-case-view-case) other))

;;;; Mode

(defvar smbcmp-case-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-tree-next)
    (define-key map "p" #'smbcmp-tree-previous)
    (define-key map (kbd "RET") #'smbcmp-case-view-visit)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map "^" #'smbcmp-tree-up)
    (define-key map "=" #'smbcmp-case-view-diff)
    (define-key map "N" #'smbcmp-case-view-notes)
    map)
  "Keymap of `smbcmp-case-mode'.")

(easy-menu-define smbcmp-case-menu smbcmp-case-mode-map
  "Menu of `smbcmp-case-mode'."
  '("Case"
    ["Show" smbcmp-case-view-visit]
    ["Next line" smbcmp-tree-next]
    ["Previous line" smbcmp-tree-previous]
    ["Fold or unfold" smbcmp-tree-toggle]
    "--"
    ["Compare with another case..." smbcmp-case-view-diff]
    ["Notes" smbcmp-case-view-notes]
    ["Refresh" revert-buffer]))

(defun smbcmp-case-view--close ()
  "Remember and close the case of this buffer."
  (when (timerp smbcmp-case-view--timer) (cancel-timer smbcmp-case-view--timer))
  (when smbcmp-case-view-case
    (smbcmp-case-memory-save smbcmp-case-view-case)
    (smbcmp-case-close (prog1 smbcmp-case-view-case (setq smbcmp-case-view-case nil)))))

(defun smbcmp-case-view--revert (&optional _ignore-auto noconfirm)
  "Read the case again.
If not all of it was unpacked, ask whether to, unless NOCONFIRM."
  (let* ((source (smbcmp-case-source smbcmp-case-view-case))
         (problem (smbcmp-case-problem smbcmp-case-view-case))
         (all (and (smbcmp-case-file-limited-p problem) (not noconfirm)
                   (y-or-n-p (format "%s.  Unpack all into %s? " problem
                                     temporary-file-directory)))))
    (smbcmp-case-view--close)
    (smbcmp-case-view--start source all)))

(define-derived-mode smbcmp-case-mode smbcmp-mode "Case"
  "Major mode for what belongs to one incident: captures, logs and settings.

\\{smbcmp-case-mode-map}"
  (setq smbcmp-tree (smbcmp-tree-make
                     :children #'cddr
                     ;; What comes behind the name changes as more is known.
                     :key (lambda (node _above) (car (split-string (car node) "  ")))
                     ;; All of smb.conf would hide the rest.
                     :unfolded (lambda (node path) (or (null (cdr path))
                                                       (< (length (cddr node)) 10)))
                     :line #'smbcmp-tree-insert-text
                     :render #'smbcmp-case-view--render)
        mode-line-process '(:eval (and smbcmp-case-view-case
                                       (smbcmp-case-steps smbcmp-case-view-case)
                                       " reading")))
  (setq-local revert-buffer-function #'smbcmp-case-view--revert)
  (add-hook 'kill-buffer-hook #'smbcmp-case-view--close nil t)
  (smbcmp-mode-show-row))

(defun smbcmp-case-view--start (source all)
  "Begin to read the case in SOURCE, in this buffer; ALL of it, if non-nil.
That is more than `smbcmp-case-unpack-limit' allows."
  (setq smbcmp-case-view-case (smbcmp-case-make source all))
  (smbcmp-case-view--go-on (current-buffer)))

(defun smbcmp-case-view--buffer (source then)
  "Return the buffer of the case in SOURCE; call THEN with it once it is known.
THEN may be nil."
  (let* ((source (directory-file-name (expand-file-name source)))
         (buffer (cl-find-if
                  (lambda (buffer)
                    (let ((case (buffer-local-value 'smbcmp-case-view-case buffer)))
                      (and case (equal source (smbcmp-case-source case)))))
                  (buffer-list))))
    (unless buffer
      (setq buffer (generate-new-buffer (format "*case: %s*" (smbcmp-escape-base source))))
      (with-current-buffer buffer
        (smbcmp-case-mode)
        (setq default-directory (file-name-directory source))
        (condition-case err
            (setq smbcmp-case-view-case (smbcmp-case-make source))
          (smbcmp-error (kill-buffer buffer) (signal (car err) (cdr err))))))
    (with-current-buffer buffer
      (if (smbcmp-case-steps smbcmp-case-view-case)
          (progn (when then (push then smbcmp-case-view--then))
                 (unless smbcmp-case-view--timer (smbcmp-case-view--go-on buffer)))
        (when then (funcall then smbcmp-case-view-case))))
    buffer))

;;;###autoload
(defun smbcmp-open-case (source)
  "Show the case in SOURCE, a directory or an archive (zip, tar).
That is all that belongs to one incident: captures, logs and settings.
What is in each is found out in the background; captures and logs that
belong together are linked, and decrypted with the keys that are there.
In Dired the default is the file at point."
  (interactive
   (let ((file (and (derived-mode-p 'dired-mode) (dired-get-filename nil t))))
     (list (read-file-name "Case (directory or archive): " nil file t
                           (and file (file-name-nondirectory file))))))
  (smbcmp-with-user-errors
    (switch-to-buffer (smbcmp-case-view--buffer source nil))))

;;;; Two cases

(defun smbcmp-case-view-compare (source-a source-b)
  "Compare the cases in SOURCE-A and SOURCE-B once both are read.
Captures are paired by whose side they were recorded on."
  (smbcmp-with-user-errors
    (let* ((cases (list nil nil))
           (took (lambda (n)
                   (lambda (case)
                     (setf (nth n cases) case)
                     (unless (memq nil cases)
                       (apply #'smbcmp-case-view--compared cases))))))
      (smbcmp-case-view--buffer source-a (funcall took 0))
      (switch-to-buffer (smbcmp-case-view--buffer source-b (funcall took 1)))
      (when (memq nil cases)
        (message "Reading both cases; the comparison follows")))))

(defun smbcmp-case-view--compared (a b)
  "Compare the captures of the cases A and B that go together."
  (let ((pairs (smbcmp-case-pairs a b))
        (settings (smbcmp-settings-diff (smbcmp-case-settings a) (smbcmp-case-settings b))))
    (unless pairs
      (user-error "No capture in %s matches one in %s" (smbcmp-case-source a)
                  (smbcmp-case-source b)))
    (dolist (pair (reverse pairs))
      (let ((buffer (smbcmp-compare-view-show (smbcmp-case-item-file (car pair))
                                              (smbcmp-case-item-file (cdr pair)))))
        (with-current-buffer buffer
          (setq smbcmp-compare-view-settings settings)
          (smbcmp-compare-view-rerun))))
    (when (cdr pairs)
      (message "%d pairs of captures are compared, each in a buffer" (length pairs)))))

(provide 'smbcmp-case-view)
;;; smbcmp-case-view.el ends here
