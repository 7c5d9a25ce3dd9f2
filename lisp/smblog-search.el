;;; smblog-search.el --- Search a whole log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The buffer holds few of a log's messages, and of folded ones only a line.
;; So isearch looks in the message at point and then has the index say
;; which message of the view is next; that one is shown, unfolded if need
;; be, and searched.  Each step remembers what was in the buffer, so that
;; DEL and C-g go back to it.
;;
;; `smblog-occur' lists the messages that match in all of the log, those
;; that a filter hides, too.

;;; Code:

(require 'cl-lib)
(require 'isearch)
(require 'smblog)
(require 'smblog-hits)
(require 'smblog-move)
(require 'smblog-regexp)
(require 'smblog-view)

(declare-function smblog--module-search "smbcmp-module.so"
                  (log view string from direction &optional regexp fold))

;;;; In a message

(defun smblog-search--pattern (string)
  "Return (PATTERN . REGEXP-P), what the index searches for isearch's STRING."
  (cond
   (isearch-regexp-function
    (cons (smblog-regexp-perl
           (if (functionp isearch-regexp-function)
               (funcall isearch-regexp-function string t)
             (word-search-regexp string t)))
          t))
   (isearch-regexp (cons (smblog-regexp-perl string) t))
   ((and isearch-lax-whitespace (string-match-p "\\s-" string))
    (cons (smblog-regexp-perl
           (replace-regexp-in-string "[ \t\n]+" "[ \t\n]+" (regexp-quote string) t t))
          t))
   (t (cons string nil))))

(defun smblog-search--in (number start end string)
  "Search from START to END, of message NUMBER, for STRING.
Show what is folded there.  Return where the match ends, or nil."
  (let ((found (progn (goto-char start)
                      (funcall (isearch-search-fun-default) string end t))))
    (when (and found (get-text-property (match-beginning 0) 'invisible))
      (let ((data (match-data t)))
        ;; Positions in the message don't change: only what is invisible does.
        (smblog-search--open-dump (get-text-property (match-beginning 0) 'smblog-dump)
                                  number)
        (set-match-data data)))
    found))

(defun smblog-search--open-dump (dump number)
  "Show DUMP of message NUMBER."
  (let ((bounds (smblog-view-bounds number)) (inhibit-read-only t))
    (if smblog-view-fold-dumps
        (puthash dump t smblog-view-open-dumps)
      (remhash dump smblog-view-open-dumps))
    (with-silent-modifications
      (cl-loop with place = (car bounds)
               while (< place (cdr bounds))
               for next = (next-single-property-change place 'smblog-dump nil (cdr bounds))
               when (equal dump (get-text-property place 'smblog-dump))
               do (remove-text-properties place next '(invisible nil))
               do (setq place next)))))

(defun smblog-search--show (number)
  "Have message NUMBER of the view in the buffer; return its bounds."
  (let ((place (smblog-view-place number)))
    (unless (and (<= smblog-view-first place) (< place smblog-view-last))
      (smblog-view-show place))
    ;; Below is where text can be added without moving anything.
    (when (< (- smblog-view-last place) 60)
      (smblog-view-down smblog-view-chunk))
    (smblog-view-bounds number)))

(defvar-local smblog-search--unfolded nil
  "Number of the message that isearch has unfolded, or nil.")

(defun smblog-search--unfold (number)
  "Unfold message NUMBER for isearch; return its bounds."
  (smblog-view-unfold number)
  (setq smblog-search--unfolded number)
  (smblog-view-bounds number))

(defun smblog-search--fold-again (number)
  "Fold the message that isearch has unfolded, unless it is NUMBER."
  (when (and smblog-search--unfolded (not (eql number smblog-search--unfolded)))
    (save-excursion
      (smblog-move-toggle-message smblog-search--unfolded))
    (setq smblog-search--unfolded nil)))

(defun smblog-search--message (number string)
  "Search message NUMBER, not in the buffer maybe, for STRING; return point.
The index says that it is there."
  (let* ((bounds (smblog-search--show number))
         (from (if isearch-forward #'car #'cdr))
         (to (if isearch-forward #'cdr #'car)))
    (or (smblog-search--in number (funcall from bounds) (funcall to bounds) string)
        (and (smblog-view-folded-p number)
             (setq bounds (smblog-search--unfold number))
             (smblog-search--in number (funcall from bounds) (funcall to bounds) string))
        (smblog-search--whole-header number))))

(defun smblog-search--shown-p (number string)
  "Return non-nil if STRING is in the lines of message NUMBER as they are shown."
  (let ((text (smblog-view-text (smblog-view-place number)
                                (1+ (smblog-view-place number)))))
    (with-temp-buffer
      (insert text)
      (goto-char (if isearch-forward (point-min) (point-max)))
      (funcall (isearch-search-fun-default) string nil t))))

(defun smblog-search--whole-header (number)
  "Have the header of message NUMBER be the match; return point."
  (goto-char (smblog-view-position number))
  (set-match-data (list (point) (line-end-position)))
  (goto-char (if isearch-forward (match-end 0) (match-beginning 0))))

(defconst smblog-search--patience 50
  "Headers that match but don't show it that are passed by for one that does.")

(defun smblog-search--index (string from)
  "Return point at the first match of STRING in message FROM or beyond, or nil.
A header has more in the file than is shown.  For a STRING that is just
being typed, a match that is shown soon after is better than one there."
  (pcase-let ((`(,pattern . ,regexp) (smblog-search--pattern string))
              (step (if isearch-forward 1 -1))
              (last (1- (smblog-message-count smblog-log)))
              (passed 0)
              (first nil)
              (found nil))
    (while (and (not found) from (<= 0 from last))
      (pcase (smblog--module-search smblog-log smblog-view pattern from step regexp
                                    (and isearch-case-fold-search t))
        ('nil (setq from nil))
        (`(,number . ,offset)
         (if (or offset (> (length string) 3) (smblog-search--shown-p number string))
             (setq found number)
           (setq first (or first number)
                 from (and (< (cl-incf passed) smblog-search--patience)
                           (+ number step)))))))
    (and (or found first)
         (smblog-search--message (or found first) string))))

(defun smblog-search--next (string)
  "Search for isearch's STRING from point on in the view; return point or nil."
  (let* ((number (smblog-message-at-point))
         (bounds (and number (smblog-view-bounds number)))
         (here (point))
         (tick (buffer-chars-modified-tick)))
    (when number
      (or (smblog-search--in number here (if isearch-forward (cdr bounds) (car bounds))
                             string)
          ;; Of a folded message that point is at an end of, the body was
          ;; not looked at.
          (let* ((again (and (smblog-view-folded-p number)
                             (= here (if isearch-forward (car bounds) (cdr bounds)))))
                 (found (smblog-search--index
                         string (if again number
                                  (+ number (if isearch-forward 1 -1))))))
            (if found
                (progn
                  (smblog-search--settle)
                  (unless (= tick (buffer-chars-modified-tick))
                    (smblog-search--forget-positions)))
              (goto-char here))
            (and found (point)))))))

(defun smblog-search--settle ()
  "Fold again what was unfolded for a match before this one; go to this one's end."
  (let ((start (copy-marker (match-beginning 0)))
        (end (copy-marker (match-end 0) t)))
    (smblog-search--fold-again (smblog-message-at-point start))
    (set-match-data (list (marker-position start) (marker-position end)))
    (goto-char (if isearch-forward end start))
    (set-marker start nil)
    (set-marker end nil)))

(defun smblog-search--forget-positions ()
  "Have isearch not rely on positions of before the buffer was changed."
  (setq isearch-opoint (if isearch-forward (point-min) (point-max))
        isearch-barrier isearch-opoint))

(defun smblog-search--isearch-function ()
  "Return the function that isearch searches with.
For `isearch-search-fun-function'."
  (lambda (string &optional bound noerror count)
    (if (or bound (null smblog-log) (equal string ""))
        (funcall (isearch-search-fun-default) string bound noerror count)
      (or (smblog-search--next string)
          (unless noerror (signal 'search-failed (list string)))))))

(defun smblog-search--wrap ()
  "Go to the view's beginning, or end, to search on from there.
For `isearch-wrap-function'."
  (when (> (smblog-view-count) 0)
    (smblog-view-show (if isearch-forward 0 (1- (smblog-view-count)))))
  (goto-char (if isearch-forward (point-min) (point-max))))

(defun smblog-search--push-state ()
  "Return a function that has in the buffer again what is there now.
For `isearch-push-state-function'."
  (let ((first smblog-view-first)
        (last smblog-view-last)
        (tick (buffer-chars-modified-tick))
        (exceptions (copy-hash-table smblog-view-exceptions))
        (dumps (copy-hash-table smblog-view-open-dumps))
        (unfolded smblog-search--unfolded))
    (lambda (_state)
      (unless (= tick (buffer-chars-modified-tick))
        (setq smblog-view-exceptions exceptions
              smblog-view-open-dumps dumps
              smblog-search--unfolded unfolded)
        (smblog-view-clear)
        (setq smblog-view-first first
              smblog-view-last first)
        (smblog-view-down (- last first))))))

(defun smblog-search-isearch ()
  "Have isearch search the whole view of this log."
  (setq-local isearch-search-fun-function #'smblog-search--isearch-function
              isearch-wrap-function #'smblog-search--wrap
              isearch-push-state-function #'smblog-search--push-state
              isearch-lazy-count nil)
  (add-hook 'isearch-mode-hook #'smblog-search--begin nil t))

(defun smblog-search--begin ()
  "Remember where isearch begins."
  (setq smblog-search--unfolded nil)
  (smblog-view-push-jump))

;;;; In the whole log

(defun smblog-occur (regexp)
  "List the messages of the whole log that match REGEXP, whatever the filter."
  (interactive (list (read-regexp "Search the whole log for (regexp): ")))
  (when (equal regexp "") (user-error "Nothing to search for"))
  (let ((fold (isearch-no-upper-case-p regexp t)))
    (smblog-hits-show (format "*search: %s*" (buffer-name))
                      (format "messages that match %s" regexp)
                      (append (list 'regexp (smblog-regexp-perl regexp))
                              (and fold '(fold)))
                      regexp t)))

;;;###autoload
(defalias 'smblog-search #'smblog-occur)

(provide 'smblog-search)
;;; smblog-search.el ends here
