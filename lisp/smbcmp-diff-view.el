;;; smbcmp-diff-view.el --- Show what differs between two frames  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A diff of two frames as a tree.  What is the same is folded away; a
;; field that differs has two lines, as in a unified diff, with the part
;; that differs refined; what a rule ignores is dim and names the rule.

;;; Code:

(require 'cl-lib)
(require 'diff-mode)
(require 'dom)
(require 'easymenu)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-detail)
(require 'smbcmp-diff)
(require 'smbcmp-escape)
(require 'smbcmp-list)
(require 'smbcmp-mode)
(require 'smbcmp-rules)
(require 'smbcmp-tree)

(declare-function smbcmp--module-diff "smbcmp-module.so" (a b rules))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))
(autoload 'smbcmp-ediff-frames "smbcmp-ediff"
  "Show the two frames that are compared as text in Ediff." t)

;;;; Faces

(defgroup smbcmp-diff nil
  "Comparing frames."
  :group 'smbcmp)

(defface smbcmp-diff-a '((t :inherit smbcmp-mode-removed))
  "Face for what capture A has.")

(defface smbcmp-diff-b '((t :inherit diff-added))
  "Face for what capture B has.")

(defface smbcmp-diff-refine-a '((t :inherit diff-refine-removed))
  "Face for the part of a field that differs, as capture A has it.")

(defface smbcmp-diff-refine-b '((t :inherit diff-refine-added))
  "Face for the part of a field that differs, as capture B has it.")

(defface smbcmp-diff-changed '((t :inherit bold))
  "Face for fields below which something differs.")

(defface smbcmp-diff-ignored '((t :inherit (smbcmp-mode-dim italic)))
  "Face for differences that don't matter.")

(defface smbcmp-diff-same '((t :inherit smbcmp-mode-dim))
  "Face for what is the same.")

;;;; State

(defvar-local smbcmp-diff-view-sides nil
  "What is compared: (CAPTURE-A FRAME-A CAPTURE-B FRAME-B).")

(defvar-local smbcmp-diff-view--rules nil
  "The rules of the diff, nil for all in effect, t for none.")

(defvar-local smbcmp-diff-view-diff nil
  "The diff shown.")

(defvar-local smbcmp-diff-view--requests nil
  "Requests under way, a list of (CAPTURE . REQUEST).")

(defvar-local smbcmp-diff-view--show-ignored nil
  "Non-nil to unfold what has ignored differences in it, too.")

;;;; Rendering

(defun smbcmp-diff-view--label (node side)
  "Return the line of SIDE, `a' or `b', of diff NODE, or nil."
  (let ((field (dom-attr node side)))
    (and field (string-trim-right (or (dom-attr field 'label) "")))))

(defun smbcmp-diff-view--key (node above)
  "Return what NODE, below the path ABOVE, is known by."
  (smbcmp-detail-key (or (dom-attr node 'a) (dom-attr node 'b)) (car above)))

(defun smbcmp-diff-view--ignored-below-p (node)
  "Return non-nil if NODE is ignored or something below it is."
  (or (eq (dom-tag node) 'ignored)
      (cl-some #'smbcmp-diff-view--ignored-below-p (dom-children node))))

(defun smbcmp-diff-view--unfolded-p (node _path)
  "Return non-nil if NODE is unfolded until the user folds it."
  (or (eq (dom-tag node) 'changed)
      (and smbcmp-diff-view--show-ignored (smbcmp-diff-view--ignored-below-p node))))

(defun smbcmp-diff-view--line (sign depth fold label face)
  "Insert a line: SIGN, FOLD sign and LABEL in FACE, at DEPTH."
  (insert (propertize (concat sign " " (make-string (* 2 depth) ?\s) fold " " label)
                      'face face)
          "\n"))

(defun smbcmp-diff-view--common (a b)
  "Return how many characters A and B begin with alike, less a broken word."
  (let ((common (or (cl-mismatch a b) (length a))))
    (while (and (> common 0)
                (string-match-p "[[:alnum:]]" (substring a (1- common) common)))
      (cl-decf common))
    common))

(defun smbcmp-diff-view--refine (start a b)
  "Refine what differs in the two lines at START, whose labels are A and B."
  (let* ((common (smbcmp-diff-view--common a b))
         (tail (smbcmp-diff-view--common (reverse (substring a common))
                                         (reverse (substring b common)))))
    (save-excursion
      (goto-char start)
      (dolist (side (list (cons a 'smbcmp-diff-refine-a) (cons b 'smbcmp-diff-refine-b)))
        (let* ((end (line-end-position))
               (beginning (- end (length (car side)))))
          (add-face-text-property (+ beginning common) (- end tail) (cdr side))
          (forward-line 1))))))

(defun smbcmp-diff-view--own-difference-p (node)
  "Return non-nil if diff NODE, of kind `changed', differs by itself."
  (let ((a (dom-attr node 'a)) (b (dom-attr node 'b)))
    (if (dom-children node)
        (and (dom-attr a 'value) (not (equal (dom-attr a 'value) (dom-attr b 'value)))
             (not (memq (dom-attr a 'type) '(bytes uint_bytes))))
      t)))

(defun smbcmp-diff-view--labels (node)
  "Return the lines (A B) of diff NODE.
Bytes whose lines are the same are shown from where they differ on."
  (let ((labels (list (smbcmp-diff-view--label node 'a) (smbcmp-diff-view--label node 'b)))
        (bytes (list (dom-attr (dom-attr node 'a) 'value) (dom-attr (dom-attr node 'b) 'value))))
    (if-let* ((offset (and (equal (car labels) (cadr labels))
                           (cl-every #'stringp bytes)
                           (not (cl-some #'multibyte-string-p bytes))
                           (apply #'cl-mismatch bytes))))
        (cl-mapcar (lambda (label value)
                     (format "%s  (at byte %d: %s)" label offset
                             (mapconcat (lambda (byte) (format "%02x" byte))
                                        (seq-take (substring value offset) 8) "")))
                   labels bytes)
      labels)))

(defun smbcmp-diff-view--insert-head (node depth fold)
  "Insert the line or lines of diff NODE itself, at DEPTH, with FOLD sign."
  (pcase-let ((`(,a ,b) (smbcmp-diff-view--labels node))
              (start (point)))
    (pcase (dom-tag node)
      ('same (smbcmp-diff-view--line " " depth fold a 'smbcmp-diff-same))
      ('only-a (smbcmp-diff-view--line "-" depth fold a 'smbcmp-diff-a))
      ('only-b (smbcmp-diff-view--line "+" depth fold b 'smbcmp-diff-b))
      ('ignored
       (smbcmp-diff-view--line
        "~" depth fold
        (concat (or a b)
                (and a b (not (equal a b)) (concat "  |  " (smbcmp-diff-view--rest a b)))
                (format "  [%s]" (dom-attr node 'rule)))
        'smbcmp-diff-ignored))
      ((guard (smbcmp-diff-view--own-difference-p node))
       (smbcmp-diff-view--line "-" depth fold a 'smbcmp-diff-a)
       (smbcmp-diff-view--line "+" depth fold b 'smbcmp-diff-b)
       (smbcmp-diff-view--refine start a b))
      (_ (smbcmp-diff-view--line " " depth fold a 'smbcmp-diff-changed)))))

(defun smbcmp-diff-view--rest (a b)
  "Return the part of label B from where its value begins, if A begins alike."
  (if (and (string-match ": " b)
           (string-prefix-p (substring b 0 (match-end 0)) a))
      (substring b (match-end 0))
    b))

(defun smbcmp-diff-view--hidden-p (node)
  "Return non-nil if NODE is of a field that Wireshark hides."
  (dom-attr (or (dom-attr node 'a) (dom-attr node 'b)) 'hidden))

(defun smbcmp-diff-view--children (node)
  "Return the children of diff NODE that are to be shown."
  (cl-remove-if #'smbcmp-diff-view--hidden-p (dom-children node)))

(defun smbcmp-diff-view--insert (node depth _path state)
  "Insert the line or lines of diff NODE, at DEPTH, with the sign of its STATE.
Plus and minus say already what capture a line is of."
  (let ((start (point)))
    (smbcmp-diff-view--insert-head node depth (smbcmp-tree-sign state))
    (put-text-property start (point) 'kbd-help
                       (smbcmp-detail-help (or (dom-attr node 'a) (dom-attr node 'b))))))

(defun smbcmp-diff-view--tree ()
  "Return how a diff is shown: what is folded is so in this buffer."
  (smbcmp-tree-make :children #'smbcmp-diff-view--children
                    :key #'smbcmp-diff-view--key
                    :unfolded #'smbcmp-diff-view--unfolded-p
                    :line #'smbcmp-diff-view--insert
                    :render #'smbcmp-diff-view--render))

(defun smbcmp-diff-view--render ()
  "Show the diff, with point on the field it was on."
  (let ((path (smbcmp-tree-path))
        (inhibit-read-only t))
    (with-silent-modifications
      (erase-buffer)
      (smbcmp-tree-insert (smbcmp-diff-view--children smbcmp-diff-view-diff))
      (when (eq (dom-tag smbcmp-diff-view-diff) 'same)
        (goto-char (point-min))
        (insert (propertize "No significant differences.\n\n" 'face 'smbcmp-mode-success))))
    (goto-char (or (and path (smbcmp-tree-find path))
                   (smbcmp-diff-view--next-difference (point-min))
                   (point-min)))
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point)))
    (force-mode-line-update)))

(defun smbcmp-diff-view--header ()
  "Return the header line: what is compared, and how much differs."
  (pcase smbcmp-diff-view-sides
    (`(,cap-a ,frame-a ,cap-b ,frame-b)
     (let ((leaves (and smbcmp-diff-view-diff
                        (smbcmp-diff-leaves smbcmp-diff-view-diff))))
       (concat " " (propertize (format "A %s:%d" (smbcmp-diff-view-name cap-a) frame-a)
                               ;; Where these have a background alone, a header
                               ;; line's letters can't be read on it.
                               'face '(smbcmp-diff-a default))
               "  " (propertize (format "B %s:%d" (smbcmp-diff-view-name cap-b) frame-b)
                                'face '(smbcmp-diff-b default))
               (format "  %d difference%s" (length leaves)
                       (if (= 1 (length leaves)) "" "s")))))))

(defun smbcmp-diff-view-name (capture)
  "Return a short name for CAPTURE: its file's, and the directory's."
  (let ((file (smbcmp-capture-file capture)))
    (concat (smbcmp-escape-base (directory-file-name (file-name-directory file)))
            "/" (smbcmp-escape-base file))))

;;;; Showing

(defun smbcmp-diff-view--abandon ()
  "Forget the trees that were asked for."
  (pcase-dolist (`(,capture . ,request) smbcmp-diff-view--requests)
    (smbcmp-host-abandon capture request))
  (setq smbcmp-diff-view--requests nil))

(defun smbcmp-diff-view-clear (&optional text)
  "Show TEXT in this buffer, or nothing, until there is a diff to show."
  (smbcmp-diff-view--abandon)
  (setq smbcmp-diff-view-sides nil
        smbcmp-diff-view-diff nil)
  (let ((inhibit-read-only t))
    (with-silent-modifications
      (erase-buffer)
      (when text (insert (propertize text 'face 'error) "\n"))))
  (force-mode-line-update))

(defun smbcmp-diff-view-set (cap-a frame-a cap-b frame-b &optional rules)
  "Show in this buffer what differs between FRAME-A of CAP-A and FRAME-B of CAP-B.
RULES are as in `smbcmp-diff-frames'.  The trees are asked for in the
background."
  (smbcmp-diff-view--abandon)
  (setq smbcmp-diff-view-sides (list cap-a frame-a cap-b frame-b)
        smbcmp-diff-view--rules rules)
  (let ((buffer (current-buffer)) (trees (list nil nil)))
    (cl-flet ((ask (capture frame side)
                (push (cons capture
                            (smbcmp-host-request
                             capture "tree" (list :frame frame)
                             (lambda (kind value)
                               (smbcmp-diff-view--take buffer trees side kind value))
                             t))
                      smbcmp-diff-view--requests)))
      (when (cl-every (lambda (capture)
                        (memq (smbcmp-capture-state capture) '(loading loaded)))
                      (list cap-a cap-b))
        (ask cap-a frame-a 0)
        (ask cap-b frame-b 1)))))

(defun smbcmp-diff-view--take (buffer trees side kind value)
  "Take the reply of SIDE, KIND and VALUE; show the diff in BUFFER with both.
TREES is a list of the two trees, nil while they are not there."
  (pcase kind
    ('error (message "%s" (smbcmp-error-message (cons (car value) (cadr value)))))
    ('result
     (setf (nth side trees) value)
     (when (and (nth 0 trees) (nth 1 trees))
       (when (buffer-live-p buffer)
         (with-current-buffer buffer
           (setq smbcmp-diff-view--requests nil
                 smbcmp-diff-view-diff
                 (smbcmp--module-diff (nth 0 trees) (nth 1 trees)
                                      (smbcmp-rules-for-module
                                       (pcase smbcmp-diff-view--rules
                                         ('nil (smbcmp-rules)) ('t nil) (rules rules)))))
           (smbcmp-diff-view--render)))
       (mapc #'smbcmp--module-release trees)))))

(defun smbcmp-diff-view-buffer ()
  "Return the buffer that diffs are shown in."
  (or (get-buffer "*smbcmp diff*")
      (with-current-buffer (get-buffer-create "*smbcmp diff*")
        (smbcmp-diff-mode)
        (current-buffer))))

(defun smbcmp-diff-view-frames (cap-a frame-a cap-b frame-b)
  "Show what differs between FRAME-A of CAP-A and FRAME-B of CAP-B."
  (with-current-buffer (smbcmp-diff-view-buffer)
    (smbcmp-diff-view-set cap-a frame-a cap-b frame-b)
    (pop-to-buffer (current-buffer) '((display-buffer-reuse-window
                                       display-buffer-below-selected)
                                      (window-height . 0.5)))))

;;;; Commands

(defun smbcmp-diff-view-node-at-point ()
  "Return the diff node at point, or signal an error."
  (or (smbcmp-tree-node (point)) (user-error "No field here")))

(defun smbcmp-diff-view--difference-p (position)
  "Return non-nil if a difference itself is at POSITION."
  (let ((node (smbcmp-tree-node position)))
    (and node
         (or (memq (dom-tag node) '(only-a only-b))
             (and (eq (dom-tag node) 'changed)
                  (smbcmp-diff-view--own-difference-p node))))))

(defun smbcmp-diff-view--next-difference (position)
  "Return where the first difference from POSITION on begins, or nil."
  (while (and (< position (point-max))
              (not (smbcmp-diff-view--difference-p position)))
    (setq position (smbcmp-tree-next-node position)))
  (and (< position (point-max)) position))

(defun smbcmp-diff-view-next (&optional count)
  "Go to the next difference, or COUNT differences on."
  (interactive "p")
  (if (< (or count 1) 0)
      (smbcmp-diff-view-previous (- count))
    (dotimes (_ (or count 1))
      (goto-char (or (smbcmp-diff-view--next-difference
                      (smbcmp-tree-next-node (point)))
                     (user-error "No more differences"))))))

(defun smbcmp-diff-view-previous (&optional count)
  "Go to the previous difference, or COUNT differences back."
  (interactive "p")
  (dotimes (_ (or count 1))
    (let ((position (point)))
      (setq position (previous-single-property-change (1+ position) 'smbcmp-node
                                                      nil (point-min)))
      (while (and (> position (point-min))
                  (setq position (previous-single-property-change
                                  position 'smbcmp-node nil (point-min)))
                  (not (smbcmp-diff-view--difference-p position))))
      (unless (smbcmp-diff-view--difference-p position)
        (user-error "No earlier differences"))
      (goto-char position))))

(defun smbcmp-diff-view-toggle-ignored ()
  "Unfold what has ignored differences in it, or only what matters."
  (interactive)
  (setq smbcmp-diff-view--show-ignored (not smbcmp-diff-view--show-ignored))
  (clrhash (smbcmp-tree-folds smbcmp-tree))
  (smbcmp-diff-view--render)
  (message "Ignored differences are %s"
           (if smbcmp-diff-view--show-ignored "shown" "folded away")))

(defun smbcmp-diff-view-toggle-rule ()
  "Ignore differences of the field at point, or let them matter again.
The rule is kept in `smbcmp-user-rules'; \\[smbcmp-rules-save] saves it."
  (interactive)
  (let* ((node (smbcmp-diff-view-node-at-point))
         (field (dom-tag (or (dom-attr node 'a) (dom-attr node 'b)))))
    (when (eq field 'text)
      (user-error "Not a field; move to a line that is one"))
    ;; It stays in sight, to be taken back.
    (cl-loop for above on (cdr (smbcmp-tree-path (point)))
             do (smbcmp-tree-fold above 'unfolded))
    (message "%s; %s saves this"
             (smbcmp-rules-toggle (symbol-name field) (eq (dom-tag node) 'ignored))
             (substitute-command-keys "\\[smbcmp-rules-save]"))))

(defun smbcmp-diff-view-show-field ()
  "Show the field at point in the details of its capture."
  (interactive)
  (pcase-let* ((node (smbcmp-diff-view-node-at-point))
               (`(,cap-a ,frame-a ,cap-b ,frame-b) smbcmp-diff-view-sides)
               (side-a (dom-attr node 'a))
               (capture (if side-a cap-a cap-b))
               (list-buffer (or (cl-find-if
                                 (lambda (buffer)
                                   (eq capture
                                       (buffer-local-value 'smbcmp-list-capture buffer)))
                                 (buffer-list))
                                ;; It was killed, or opened again.
                                (smbcmp-with-user-errors
                                  (smbcmp-list-buffer (smbcmp-capture-file capture))))))
    (smbcmp-detail-show list-buffer (if side-a frame-a frame-b) t)))

(defun smbcmp-diff-view-copy ()
  "Copy the field at point: its lines of both captures."
  (interactive)
  (let ((node (smbcmp-diff-view-node-at-point)))
    (kill-new (mapconcat #'identity
                         (delq nil (list (smbcmp-diff-view--label node 'a)
                                         (smbcmp-diff-view--label node 'b)))
                         "\n"))
    (message "Copied %s" (current-kill 0 t))))

(defun smbcmp-diff-view-revert (&rest _)
  "Compare the two frames again."
  (when smbcmp-diff-view-sides
    (apply #'smbcmp-diff-view-set (append smbcmp-diff-view-sides
                                          (list smbcmp-diff-view--rules)))))

(defun smbcmp-diff-view--rules-changed ()
  "Compare again in the buffer that shows a diff, by the new rules."
  (let ((buffer (get-buffer "*smbcmp diff*")))
    (when buffer
      (with-current-buffer buffer (smbcmp-diff-view-revert)))))

(add-hook 'smbcmp-rules-changed-hook #'smbcmp-diff-view--rules-changed)

;;;; Mode

(defvar smbcmp-diff-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-diff-view-next)
    (define-key map "p" #'smbcmp-diff-view-previous)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map "^" #'smbcmp-tree-up)
    (define-key map (kbd "<backtab>") #'smbcmp-diff-view-toggle-ignored)
    (define-key map "i" #'smbcmp-diff-view-toggle-ignored)
    (define-key map "a" #'smbcmp-diff-view-toggle-rule)
    (define-key map "A" #'smbcmp-rules-save)
    (define-key map "E" #'smbcmp-ediff-frames)
    (define-key map "w" #'smbcmp-diff-view-copy)
    (define-key map (kbd "RET") #'smbcmp-diff-view-show-field)
    map)
  "Keymap of `smbcmp-diff-mode'.")

(easy-menu-define smbcmp-diff-menu smbcmp-diff-mode-map
  "Menu of `smbcmp-diff-mode'."
  '("Diff"
    ["Next difference" smbcmp-diff-view-next]
    ["Previous difference" smbcmp-diff-view-previous]
    ["Fold or unfold" smbcmp-tree-toggle]
    ["Parent field" smbcmp-tree-up]
    ["Show ignored differences" smbcmp-diff-view-toggle-ignored
     :style toggle :selected smbcmp-diff-view--show-ignored]
    "--"
    ["Toggle ignoring this field" smbcmp-diff-view-toggle-rule]
    ["Save rules" smbcmp-rules-save]
    "--"
    ["Show field in details" smbcmp-diff-view-show-field]
    ["Both frames in Ediff" smbcmp-ediff-frames]
    ["Copy" smbcmp-diff-view-copy]))

(define-derived-mode smbcmp-diff-mode smbcmp-mode "Diff"
  "Major mode for what differs between two frames.

Lines with - are capture A's, with + capture B's; ~ marks differences
ignored by the rule named in brackets.  What is the same is folded.

\\{smbcmp-diff-mode-map}"
  (setq header-line-format '(:eval (smbcmp-diff-view--header))
        smbcmp-tree (smbcmp-diff-view--tree))
  (setq-local revert-buffer-function #'smbcmp-diff-view-revert)
  (smbcmp-mode-show-row))

(provide 'smbcmp-diff-view)
;;; smbcmp-diff-view.el ends here
