;;; smbcmp-compare-summary.el --- The summary of a comparison, as lines  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a comparison's buffer shows: the summary, a strip of where the
;; divergences lie, and a line a divergence, what follows from one below it.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-compare)
(require 'smbcmp-compare-captures)
(require 'smbcmp-compare-narrow)
(require 'smbcmp-compare-report)
(require 'smbcmp-tree)

;;;; Customization

(defcustom smbcmp-compare-view-limit 1000
  "Divergences that are shown at first; \\<smbcmp-compare-mode-map>\\[smbcmp-compare-view-more] shows more."
  :type 'natnum
  :group 'smbcmp-compare)

(defcustom smbcmp-compare-view-strip-width 60
  "Characters of the strip that shows where divergences lie."
  :type 'natnum
  :group 'smbcmp-compare)

;;;; The lines

(defvar-local smbcmp-compare-summary-most nil
  "Divergences that are shown.")

(defvar smbcmp-compare-summary--texts (make-hash-table :test #'eq :weakness 'key)
  "Table of comparisons and what `smbcmp-compare-summary-text' has of them.")

(defvar smbcmp-compare-summary--trees (make-hash-table :test #'eq :weakness 'key-and-value)
  "Table of comparisons and what `smbcmp-compare-report-tree' has of them.
That is soon made again, and much for garbage collection to look at.")

(defvar smbcmp-compare-summary--parts (make-hash-table :test #'eq :weakness 'key)
  "Table of comparisons and what `smbcmp-compare-summary-parts' has of them.")

(defun smbcmp-compare-summary-text (comparison)
  "Return `smbcmp-compare-report-summary' of COMPARISON, and keep it."
  (or (gethash comparison smbcmp-compare-summary--texts)
      (puthash comparison (smbcmp-compare-report-summary comparison)
               smbcmp-compare-summary--texts)))

(defun smbcmp-compare-summary-parts (comparison)
  "Return (SUMMARY STRIP) of COMPARISON, two strings."
  (or (gethash comparison smbcmp-compare-summary--parts)
      (puthash comparison (list (smbcmp-compare-summary-text comparison)
                                (smbcmp-compare-view-strip comparison))
               smbcmp-compare-summary--parts)))

(defun smbcmp-compare-summary-explain ()
  "Show the comparison with what explains its divergences by now."
  (remhash smbcmp-compare-view-comparison smbcmp-compare-summary--texts)
  (remhash smbcmp-compare-view-comparison smbcmp-compare-summary--parts)
  (smbcmp-compare-summary-render))

(defun smbcmp-compare-summary-nodes (comparison)
  "Return the divergences of COMPARISON, as `smbcmp-compare-report-tree'."
  (or (gethash comparison smbcmp-compare-summary--trees)
      (puthash comparison (smbcmp-compare-report-tree comparison)
               smbcmp-compare-summary--trees)))

(defun smbcmp-compare-summary-show ()
  "Show the comparison, which is another one, or narrowed in another way.
Not all that `smbcmp-compare-view-more' has shown is shown anew, unless
point is there."
  (unless (> (line-number-at-pos) smbcmp-compare-view-limit)
    (setq smbcmp-compare-summary-most smbcmp-compare-view-limit))
  (smbcmp-compare-summary-render))

(defun smbcmp-compare-summary-render ()
  "Show the comparison, with point on the divergence it was on."
  (let ((comparison smbcmp-compare-view-comparison)
        (row (smbcmp-compare-view-row-at-point))
        (inhibit-read-only t)
        (gc-cons-threshold (max gc-cons-threshold smbcmp-compare-garbage)))
    (pcase-let ((`(,summary ,strip) (smbcmp-compare-summary-parts comparison)))
      (erase-buffer)
      (insert summary)
      ;; In a script there is no screen to fit.
      (unless noninteractive
        (smbcmp-compare-summary--fit (1- (window-width (get-buffer-window nil t)))))
      (unless (seq-empty-p (smbcmp-comparison-found comparison))
        (insert "\n" strip "\n\n"
                (propertize (concat (smbcmp-compare-report-titles comparison) "\n")
                            'face 'smbcmp-compare-report-dim))
        (insert (smbcmp-compare-narrow-line comparison))
        (smbcmp-compare-summary--insert-nodes)))
    (insert "\n" (propertize (smbcmp-compare-report-ignored comparison) 'face 'smbcmp-compare-report-dim))
    (smbcmp-escape-region (point-min) (point-max))
    (set-buffer-modified-p nil)
    (goto-char (or (and row (smbcmp-compare-view-find row))
                   (next-single-property-change (point-min) 'smbcmp-divergence)
                   (point-min)))
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point)))
    (force-mode-line-update)))

(defun smbcmp-compare-summary--insert-nodes (&optional skip)
  "Insert divergences, and whether there are more; SKIP are there already."
  (let ((smbcmp-tree-skip (or skip 0))
        (comparison smbcmp-compare-view-comparison))
    (unless (smbcmp-compare-summary--insert-groups
             (smbcmp-compare-report-groups
              (smbcmp-compare-narrow-tree comparison (smbcmp-compare-summary-nodes comparison))))
      (smbcmp-compare-summary--insert-more
       (length (smbcmp-comparison-found comparison))))))

(defun smbcmp-compare-summary--render-node ()
  "Show the divergence at point again, and what is below it."
  (if (> (smbcmp-compare-report-size (cddr (smbcmp-tree-node))) smbcmp-compare-view-limit)
      (smbcmp-compare-summary-render)
    (let ((more (smbcmp-tree-insert-again)))
      (setq smbcmp-compare-summary-most
            ;; Where some are left out, that is how many are there.
            (if (or (> more 0) (smbcmp-compare-summary-more))
                (+ smbcmp-compare-summary-most more)
              smbcmp-compare-summary-most)))))

(defun smbcmp-compare-summary--fit (width)
  "Break lines wider than WIDTH, of which much is to be read, between words."
  (goto-char (point-min))
  (while (not (eobp))
    (if (or (< width 40) (<= (- (line-end-position) (point)) width))
        (forward-line 1)
      (let ((start (point)))
        (forward-char width)
        (skip-chars-backward "^ " (+ start (/ width 2)))
        (insert (apply #'propertize "\n    " (text-properties-at (1- (point)))))
        (forward-line 0)))))

(defun smbcmp-compare-summary--insert-groups (groups)
  "Insert the divergences of GROUPS, of `smbcmp-compare-report-groups'.
Return nil if some were left out."
  (let ((left smbcmp-compare-summary-most))
    (dolist (group groups)
      (when (and left (> left 0) (zerop smbcmp-tree-skip))
        (insert (smbcmp-compare-report-group-title group groups)))
      (setq left (and left (smbcmp-tree-insert (cdr group) left))))
    left))

(defun smbcmp-compare-summary--line (node depth _path state)
  "Insert the line of NODE, of `smbcmp-compare-report-tree', at DEPTH, in STATE."
  (pcase-let ((`(,number ,divergence . ,consequences) node)
              (start (point)))
    (insert (smbcmp-compare-report-line smbcmp-compare-view-comparison divergence depth)
            (if (and (eq state 'folded) consequences)
                (propertize (format "  [%d more caused]"
                                    (smbcmp-compare-report-size consequences))
                            'face 'smbcmp-compare-report-dim)
              "")
            "\n")
    (add-text-properties start (point) (list 'smbcmp-divergence number
                                             'smbcmp-row (smbcmp-divergence-row divergence)))))

(defun smbcmp-compare-summary--insert-more (count)
  "Insert a line that says that not all of COUNT divergences are shown."
  (insert (propertize
           (substitute-command-keys
            (format "... of %d divergences: \
\\<smbcmp-compare-mode-map>\\[smbcmp-compare-view-more] shows more\n" count))
           'face 'smbcmp-compare-report-dim 'smbcmp-more t)))

(defun smbcmp-compare-summary--children (node)
  "Return what is below NODE, of `smbcmp-compare-report-tree'.
That is what it caused, and the exchanges that it stands for."
  (pcase-let ((`(,number ,divergence . ,consequences) node))
    (append consequences
            (and (smbcmp-divergence-fold divergence)
                 (mapcar (lambda (row)
                           (list number (smbcmp-compare-summary--exchange divergence row)))
                         (smbcmp-compare-folded-rows smbcmp-compare-view-comparison
                                                     (smbcmp-divergence-plist divergence)))))))

(defun smbcmp-compare-summary--exchange (divergence row)
  "Return a divergence of the exchange of ROW, of those that DIVERGENCE stands for."
  (pcase-let* ((comparison smbcmp-compare-view-comparison)
               (`(,a ,b . ,_) (smbcmp-comparison-row comparison row))
               (exchange (smbcmp-comparison-exchange comparison (if a 'a 'b) (or a b)))
               (`(,request . ,response) (smbcmp-compare-frames exchange)))
    (smbcmp-divergence-make
     :kind (smbcmp-divergence-kind divergence) :label (plist-get exchange :label) :row row
     :exchange-a a :request-a (and a request) :response-a (and a response)
     :exchange-b b :request-b (and b request) :response-b (and b response))))

(defun smbcmp-compare-summary-tree ()
  "Return how divergences are shown: a divergence is known by its row."
  (smbcmp-tree-make :children #'smbcmp-compare-summary--children
                    :unfolded (lambda (node _path) (not (smbcmp-divergence-fold (cadr node))))
                    :key (lambda (node _above) (or (smbcmp-divergence-row (cadr node)) (car node)))
                    :fold-key #'car
                    :line #'smbcmp-compare-summary--line
                    :nothing "No consequences"
                    :render-node #'smbcmp-compare-summary--render-node
                    :render #'smbcmp-compare-summary-render))

(defun smbcmp-compare-view-find (row)
  "Return the position of the divergence at ROW, or nil."
  (text-property-any (point-min) (point-max) 'smbcmp-row row))

(defun smbcmp-compare-view-row-at-point ()
  "Return the row of the divergence at point, or nil."
  (get-text-property (line-beginning-position) 'smbcmp-row))

(defun smbcmp-compare-summary-more ()
  "Return the position of the line that says that there are more, or nil."
  (text-property-any (point-min) (point-max) 'smbcmp-more t))

(defun smbcmp-compare-view-more ()
  "Show more divergences, `smbcmp-compare-view-limit' of them."
  (interactive)
  (let ((position (or (smbcmp-compare-summary-more)
                      (user-error "All divergences are shown")))
        (known smbcmp-compare-summary-most)
        (gc-cons-threshold (max gc-cons-threshold smbcmp-compare-garbage))
        (inhibit-read-only t))
    (setq smbcmp-compare-summary-most (+ known smbcmp-compare-view-limit))
    (save-excursion
      (goto-char position)
      (delete-region position (line-beginning-position 2))
      (smbcmp-compare-summary--insert-nodes known))
    (set-buffer-modified-p nil)))

;;;; The strip

(defvar smbcmp-compare-view-strip-map
  (let ((map (make-sparse-keymap)))
    (define-key map [mouse-1] #'smbcmp-compare-view-click)
    map)
  "Keymap of the strip that shows where divergences lie.")

(defun smbcmp-compare-view-strip (comparison &optional here width)
  "Return a line that shows where the divergences of COMPARISON lie.
HERE, a row, is marked.  WIDTH is the most characters it may take; if that is
little, it has no words."
  (let* ((rows (max 1 (smbcmp-comparison-row-count comparison)))
         (words (if (> (or width 200) 40) '("start " . " end") '("" . "")))
         (width (min (max 1 (- (or width 200) (length (car words)) (length (cdr words))))
                     smbcmp-compare-view-strip-width rows))
         (cells (make-vector width nil))
         ;; Grey on a header line's grey can't be read.
         (dim (and (not here) 'smbcmp-compare-report-dim)))
    (cl-loop for divergence across (smbcmp-comparison-found comparison)
             for cell = (min (1- width) (/ (* width (smbcmp-divergence-row divergence)) rows))
             ;; A status is what one looks for; else the first one.
             when (or (null (aref cells cell)) (eq 'status (smbcmp-divergence-kind divergence)))
             do (aset cells cell divergence))
    (concat
     (propertize (car words) 'face dim)
     (cl-loop for divergence across cells
              for i from 0
              concat (smbcmp-compare-summary--strip-cell
                      divergence (and here (= i (min (1- width) (/ (* width here) rows)))) dim))
     (propertize (cdr words) 'face dim))))

(defun smbcmp-compare-summary--strip-cell (divergence here dim)
  "Return the character of the strip for DIVERGENCE, which may be nil.
HERE says that it is where point is; DIM is the face of what is the same."
  (let ((char (cond (here (if (char-displayable-p ?┃) "┃" "|"))
                    ((not divergence) (if (char-displayable-p ?─) "─" "-"))
                    ((char-displayable-p ?█) "█")
                    (t "#"))))
    (if divergence
        (propertize char 'face (pcase (smbcmp-divergence-kind divergence)
                                 ('status 'smbcmp-compare-report-status)
                                 (_ 'smbcmp-compare-report-other))
                    'smbcmp-strip-row (smbcmp-divergence-row divergence)
                    'help-echo (smbcmp-divergence-label divergence)
                    'mouse-face 'highlight
                    'keymap smbcmp-compare-view-strip-map)
      (propertize char 'face dim))))

(defun smbcmp-compare-view-click (event)
  "Go to the divergence on the strip that was clicked: EVENT."
  (interactive "e")
  (let* ((position (event-start event))
         (row (get-text-property (posn-point position) 'smbcmp-strip-row)))
    (select-window (posn-window position))
    (when row (goto-char (or (smbcmp-compare-view-find row) (point))))))

(provide 'smbcmp-compare-summary)
;;; smbcmp-compare-summary.el ends here
