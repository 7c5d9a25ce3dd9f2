;;; smbcmp-tree.el --- Trees with folding in buffers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A tree of any nodes, a line or more a node: fields of a frame, of a diff,
;; divergences and their consequences, functions of requests.  A buffer says
;; what is below a node, what a node is known by, and what its line is; what
;; is folded, where point is after it was shown again, and the commands are
;; here.
;;
;; A node's path is the list of what it, its parent and so on are known by.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-escape)

(cl-defstruct (smbcmp-tree (:constructor smbcmp-tree-make) (:copier nil))
  "How a buffer shows a tree."
  (children #'ignore :documentation "Function of a node: what is to be shown below it.")
  (key nil :documentation "Function of a node and the path above it: what it is known by.")
  (unfolded nil :documentation "Function of a node and its path: non-nil if it is
unfolded as long as the user has not folded or unfolded it; nil: all are.")
  (fold-key #'identity :documentation "Function of a path: what its folding is remembered by.")
  (folds (make-hash-table :test #'equal)
         :documentation "What the user folded or unfolded: fold keys to these words, symbols.")
  (line nil :documentation "Function of a node, its depth, path and state, which is `leaf',
`folded' or `unfolded': inserts its line or lines.")
  (nothing "Nothing below this line" :documentation "What to say where nothing folds.")
  (render-node nil :documentation "Function that shows the node at point again, and what
is below it; nil: all is shown again.")
  (render nil :documentation "Function that shows all of the buffer again, by
`smbcmp-tree-insert', with point where it was."))

(defvar-local smbcmp-tree nil
  "How this buffer shows its tree, an `smbcmp-tree'.")

;;;; Folding

(defun smbcmp-tree-unfolded-p (node path)
  "Return non-nil if NODE, of PATH, is unfolded."
  (pcase (gethash (funcall (smbcmp-tree-fold-key smbcmp-tree) path)
                  (smbcmp-tree-folds smbcmp-tree))
    ('nil (let ((unfolded (smbcmp-tree-unfolded smbcmp-tree)))
            (or (null unfolded) (funcall unfolded node path))))
    (state (eq state 'unfolded))))

(defun smbcmp-tree-fold (path state)
  "Have the node of PATH be in STATE, `folded' or `unfolded', from now on."
  (puthash (funcall (smbcmp-tree-fold-key smbcmp-tree) path) state
           (smbcmp-tree-folds smbcmp-tree)))

(defun smbcmp-tree--path (node above)
  "Return the path of NODE, which is below the path ABOVE."
  (cons (funcall (smbcmp-tree-key smbcmp-tree) node above) above))

;;;; Showing

(defvar smbcmp-tree-skip 0
  "How many of the nodes that `smbcmp-tree-insert' is to insert are there already.")

(defun smbcmp-tree-insert (nodes &optional limit above depth)
  "Insert NODES, below the path ABOVE at DEPTH, and what is unfolded of them.
LIMIT is how many at most, with those that are there already, see
`smbcmp-tree-skip'; return how many of it are left, or nil if a node was
left out."
  (let ((left (or limit most-positive-fixnum)))
    (dolist (node nodes)
      (setq left (and left (> left 0)
                      (smbcmp-tree--insert node (1- left) (smbcmp-tree--path node above)
                                           (or depth 0)))))
    left))

(defun smbcmp-tree--insert (node limit path depth)
  "Insert NODE, of PATH at DEPTH, and no more than LIMIT nodes below it.
Return what `smbcmp-tree-insert' does."
  (let* ((children (funcall (smbcmp-tree-children smbcmp-tree) node))
         (state (cond ((null children) 'leaf)
                      ((smbcmp-tree-unfolded-p node path) 'unfolded)
                      (t 'folded))))
    (if (> smbcmp-tree-skip 0)
        (cl-decf smbcmp-tree-skip)
      (smbcmp-tree--insert-line node path depth state))
    (if (eq state 'unfolded)
        (smbcmp-tree-insert children limit path (1+ depth))
      limit)))

(defun smbcmp-tree--insert-line (node path depth state)
  "Insert the line of NODE, of PATH at DEPTH, in STATE."
  (let ((start (point)))
    (funcall (smbcmp-tree-line smbcmp-tree) node depth path state)
    (smbcmp-escape-region start (point))
    (add-text-properties start (point)
                         (list 'smbcmp-node node 'smbcmp-path path 'smbcmp-depth depth
                               'smbcmp-state state))))

(defun smbcmp-tree-insert-again ()
  "Show the node at point again, and what is unfolded below it.
Return by how many lines that is more.  Each node has to have one line."
  (let* ((start (line-beginning-position))
         (lines (line-number-at-pos (point-max)))
         (column (current-column))
         (depth (get-text-property start 'smbcmp-depth))
         (node (smbcmp-tree-node)) (path (smbcmp-tree-path))
         (inhibit-read-only t))
    (forward-line 1)
    (while (> (or (get-text-property (point) 'smbcmp-depth) -1) depth) (forward-line 1))
    (delete-region start (point))
    (smbcmp-tree--insert node most-positive-fixnum path depth)
    (set-buffer-modified-p nil)
    (goto-char start)
    (move-to-column column)
    (smbcmp-tree--go-in-windows)
    (- (line-number-at-pos (point-max)) lines)))

(defun smbcmp-tree-insert-text (node depth _path state)
  "Insert the line of NODE, a list that begins with its text.
DEPTH and STATE are as `smbcmp-tree-line' has them; what is at the top is
a title."
  (let ((text (copy-sequence (smbcmp-escape (car node) t))))
    ;; It may have a face of its own.
    (when (zerop depth) (add-face-text-property 0 (length text) 'bold t text))
    (insert (make-string (* 2 depth) ?\s) (smbcmp-tree-sign state) " " text "\n")))

(defun smbcmp-tree-show ()
  "Show the tree again."
  (funcall (smbcmp-tree-render smbcmp-tree)))

(defun smbcmp-tree-sign (state)
  "Return the sign of a node in STATE, see `smbcmp-tree-line'."
  (pcase state
    ('leaf " ")
    ('unfolded (if (char-displayable-p ?▾) "▾" "v"))
    (_ (if (char-displayable-p ?▸) "▸" ">"))))

;;;; Where nodes are

(defun smbcmp-tree-node (&optional position)
  "Return the node at POSITION, point's line by default, or nil."
  (get-text-property (or position (line-beginning-position)) 'smbcmp-node))

(defun smbcmp-tree-path (&optional position)
  "Return the path of the node at POSITION, point's line by default, or nil."
  (get-text-property (or position (line-beginning-position)) 'smbcmp-path))

(defun smbcmp-tree-next-node (position)
  "Return where the next node after POSITION begins, or the end of the buffer."
  (next-single-property-change position 'smbcmp-node nil (point-max)))

(defun smbcmp-tree-find (path &optional nth)
  "Return where the NTH node of PATH is, from 0, or the last one, or nil."
  (let ((position (point-min)) (nth (or nth 0)) found)
    (while (and (< position (point-max)) (>= nth 0))
      (when (equal (smbcmp-tree-path position) path)
        (setq found position)
        (cl-decf nth))
      (setq position (smbcmp-tree-next-node position)))
    found))

(defun smbcmp-tree--start ()
  "Return where the node at point begins: it may have several lines."
  (let ((line (line-beginning-position)))
    (if (and (> line (point-min)) (eq (smbcmp-tree-node line) (smbcmp-tree-node (1- line))))
        (previous-single-property-change line 'smbcmp-node nil (point-min))
      line)))

(defun smbcmp-tree-place ()
  "Return where point is: (PATH NTH COLUMN ROW), NTH counting nodes of equal PATH."
  (let ((path (smbcmp-tree-path)) (start (smbcmp-tree--start)) (position (point-min))
        (nth 0))
    (while (< position start)
      (when (equal (smbcmp-tree-path position) path) (cl-incf nth))
      (setq position (smbcmp-tree-next-node position)))
    (list path nth (current-column)
          (let ((window (get-buffer-window)))
            (and window (count-lines (window-start window) (point)))))))

(defun smbcmp-tree-go-to-place (place default)
  "Go to PLACE, of `smbcmp-tree-place', or to what is nearest above it.
If nothing of its path is there, go to the position DEFAULT.  Return
non-nil if the place itself is there."
  (pcase-let ((`(,path ,nth ,column ,row) place))
    (let ((rest path) found)
      (while (and rest (not (setq found (smbcmp-tree-find rest (if (eq rest path) nth 0)))))
        (setq rest (cdr rest)))
      (goto-char (or found default))
      (when found (move-to-column column))
      (let ((window (get-buffer-window nil t)))
        (when window
          (set-window-point window (point))
          (when row
            (save-excursion
              (forward-line (- row))
              (set-window-start window (point) t)))))
      (and path (eq rest path)))))

(defun smbcmp-tree-go-to (path)
  "Go to the node of PATH, or to the first one, in all windows."
  (goto-char (or (and path (smbcmp-tree-find path))
                 (next-single-property-change (point-min) 'smbcmp-node)
                 (point-min)))
  (smbcmp-tree--go-in-windows))

(defun smbcmp-tree--go-in-windows ()
  "Have point be in all windows of this buffer where it is here."
  (dolist (window (get-buffer-window-list nil nil t))
    (set-window-point window (point))))

(defun smbcmp-tree-reveal (nodes)
  "Unfold what is above the first of NODES, it, its parent and so on, and go there."
  (let ((path nil))
    (dolist (parent (reverse (cdr nodes)))
      (setq path (smbcmp-tree--path parent path))
      (smbcmp-tree-fold path 'unfolded)))
  (smbcmp-tree-show)
  (goto-char (or (text-property-any (point-min) (point-max) 'smbcmp-node (car nodes))
                 (point)))
  (smbcmp-tree--go-in-windows))

;;;; Commands

(defun smbcmp-tree-next (&optional count)
  "Go to the next line of the tree, or COUNT lines on."
  (interactive "p")
  (let ((count (or count 1)))
    (forward-line count)
    (unless (smbcmp-tree-node)
      (forward-line (- count))
      (user-error (if (< count 0) "Beginning of list" "End of list")))))

(defun smbcmp-tree-previous (&optional count)
  "Go to the previous line of the tree, or COUNT lines back."
  (interactive "p")
  (smbcmp-tree-next (- (or count 1))))

(defun smbcmp-tree-toggle ()
  "Fold or unfold what is below the line at point."
  (interactive)
  (pcase (get-text-property (line-beginning-position) 'smbcmp-state)
    ('nil (user-error "Nothing to fold here"))
    ('leaf (user-error "%s" (smbcmp-tree-nothing smbcmp-tree)))
    (state (smbcmp-tree-fold (smbcmp-tree-path) (if (eq state 'folded) 'unfolded 'folded))
           (funcall (or (smbcmp-tree-render-node smbcmp-tree) #'smbcmp-tree-show)))))

(defun smbcmp-tree-toggle-all (nodes)
  "Unfold all that is below NODES, or fold it if nothing is folded."
  (let ((paths nil) (folded nil))
    (cl-labels ((collect (nodes above)
                         (dolist (node nodes)
                           (let ((children (funcall (smbcmp-tree-children smbcmp-tree) node))
                                 (path (smbcmp-tree--path node above)))
                             (when children
                               (push path paths)
                               (unless (smbcmp-tree-unfolded-p node path) (setq folded t))
                               (collect children path))))))
      (collect nodes nil))
    (dolist (path paths)
      (smbcmp-tree-fold path (if folded 'unfolded 'folded)))
    (smbcmp-tree-show)))

(defun smbcmp-tree-up ()
  "Go to the parent line."
  (interactive)
  (let ((depth (get-text-property (line-beginning-position) 'smbcmp-depth)))
    (unless (and depth (> depth 0)) (user-error "Already at the top level"))
    (while (>= (or (get-text-property (line-beginning-position) 'smbcmp-depth) depth) depth)
      (forward-line -1))
    (back-to-indentation)))

(provide 'smbcmp-tree)
;;; smbcmp-tree.el ends here
