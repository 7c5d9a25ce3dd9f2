;;; smbcmp-detail.el --- The field tree of a frame  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The details of the frame selected in a packet list, a line a field.
;; What is unfolded is remembered by the fields' names, for all frames and
;; captures: who wants to see the flags of every create request unfolds
;; them once.  Point stays on the same field from frame to frame.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'easymenu)
(require 'smbcmp-capture)
(require 'smbcmp-detail-field)
(require 'smbcmp-mode)
(require 'smbcmp-tree)
(require 'smbcmp-list)

(defvar bookmark-make-record-function)  ; before Emacs 28 only with bookmark.el

(autoload 'smbcmp-bytes-show "smbcmp-bytes")
(autoload 'smbcmp-bytes-highlight "smbcmp-bytes")
(autoload 'smbcmp-sections-help "smbcmp-sections"
  "Say what the field at point is, and which section defines it." t)

;;;; Customization and faces

(defgroup smbcmp-detail nil
  "The field tree of a frame."
  :group 'smbcmp)

(defcustom smbcmp-detail-unfolded '("smb" "smb/*" "smb2" "smb2/*")
  "Fields that are unfolded until you fold them.
Filter names, or such a name and \"/*\" for the texts right below that
field."
  :type '(repeat string))

(defcustom smbcmp-detail-show-hidden nil
  "If non-nil, show fields that Wireshark hides."
  :type 'boolean)

(defface smbcmp-detail-protocol '((t :inherit bold))
  "Face for protocols.")

(defface smbcmp-detail-generated '((t :inherit smbcmp-mode-dim))
  "Face for fields that Wireshark adds of its own.")

(defface smbcmp-detail-link '((t :inherit link))
  "Face for fields that lead to other frames.")

(defface smbcmp-detail-fold '((t :inherit smbcmp-mode-dim))
  "Face for the signs that tell whether a field is unfolded.")

(defface smbcmp-detail-chat '((t :inherit font-lock-doc-face))
  "Face for expert information of severity Chat.")

(defface smbcmp-detail-note '((t :inherit font-lock-constant-face))
  "Face for expert information of severity Note.")

(defface smbcmp-detail-warn '((t :inherit smbcmp-mode-warning))
  "Face for expert information of severity Warning.")

(defface smbcmp-detail-error '((t :inherit error))
  "Face for expert information of severity Error.")

;;;; State

(defvar smbcmp-detail--folds (make-hash-table :test #'equal)
  "What the user folded or unfolded: keys of fields to `folded' or `unfolded'.")

(defvar-local smbcmp-detail-list nil
  "The packet list that these details belong to.")

(defvar-local smbcmp-detail-frame nil
  "The number of the frame shown.")

(defvar-local smbcmp-detail-tree nil
  "The field tree shown.")

(defvar-local smbcmp-detail--request nil
  "The request for the tree to come, or nil.")

(defvar-local smbcmp-detail--lost nil
  "(POSITION . PLACE): where point is since the field it was on is missing.")

(defvar-local smbcmp-detail--aim nil
  "(FRAME FIELD NTH TEXT): where to go once FRAME is shown, or nil.")

(defvar-local smbcmp-detail--history nil
  "Frames that links were followed from, newest first.")

;;;; Trees

(defun smbcmp-detail-key (node parent-key)
  "Return what NODE, below a field with PARENT-KEY, is remembered by.
That is its filter name; for a text its words before values begin, under
its parent's name."
  (if (eq (dom-tag node) 'text)
      (concat parent-key "/"
              (replace-regexp-in-string " *[:(0-9].*" "" (or (dom-attr node 'label) "")))
    (symbol-name (dom-tag node))))

(defun smbcmp-detail--unfolded-p (_node path)
  "Return non-nil if the field of PATH is unfolded until the user folds it."
  (or (member (car path) smbcmp-detail-unfolded)
      (member (replace-regexp-in-string "/[^/]*\\'" "/*" (car path)) smbcmp-detail-unfolded)))

(defun smbcmp-detail--children (node)
  "Return the children of NODE that are to be shown."
  (if smbcmp-detail-show-hidden
      (dom-children node)
    (cl-remove-if (lambda (child) (dom-attr child 'hidden)) (dom-children node))))

;;;; Showing

(defconst smbcmp-detail--severities
  '((#x800000 . error) (#x600000 . warn) (#x400000 . note) (#x200000 . chat))
  "Values of _ws.expert.severity, PI_ERROR and so on of epan/proto.h.")

(defun smbcmp-detail--severity (node)
  "Return the severity of expert information that NODE is, or has below it.
libwireshark marks what it is about, but not the information itself."
  (or (dom-attr node 'severity)
      (and (eq (dom-tag node) '_ws.expert)
           (alist-get (dom-attr (car (dom-by-tag node '_ws.expert.severity)) 'value)
                      smbcmp-detail--severities))))

(defun smbcmp-detail--face (node)
  "Return the face for the label of NODE."
  (pcase (smbcmp-detail--severity node)
    ('error 'smbcmp-detail-error)
    ('warn 'smbcmp-detail-warn)
    ;; These are no reason to colour all that they are below.
    ((and 'note (guard (eq (dom-tag node) '_ws.expert))) 'smbcmp-detail-note)
    ((and 'chat (guard (eq (dom-tag node) '_ws.expert))) 'smbcmp-detail-chat)
    (_ (cond ((smbcmp-detail--link node) 'smbcmp-detail-link)
             ((eq (dom-attr node 'type) 'protocol) 'smbcmp-detail-protocol)
             ((dom-attr node 'generated) 'smbcmp-detail-generated)))))

(defun smbcmp-detail-help (node)
  "Return the help on NODE: its filter name, type and name."
  (unless (eq (dom-tag node) 'text)
    (format "%s (%s): %s" (dom-tag node) (dom-attr node 'type) (dom-attr node 'name))))

(defun smbcmp-detail--line (node depth _path state)
  "Insert the line of NODE, at DEPTH, with the sign of its STATE."
  (let ((start (point)))
    (insert (make-string (* 2 depth) ?\s)
            (propertize (concat (smbcmp-tree-sign state) " ") 'face 'smbcmp-detail-fold)
            (propertize (string-trim-right (or (dom-attr node 'label) ""))
                        'face (smbcmp-detail--face node))
            "\n")
    (put-text-property start (point) 'kbd-help (smbcmp-detail-help node))
    (unless (and (eq state 'leaf) (not (smbcmp-detail--link node)))
      (put-text-property start (1- (point)) 'mouse-face 'highlight))))

(defun smbcmp-detail-tree ()
  "Return how field trees are shown: what is folded is so in all buffers."
  (smbcmp-tree-make :children #'smbcmp-detail--children
                    :key (lambda (node above) (smbcmp-detail-key node (car above)))
                    :unfolded #'smbcmp-detail--unfolded-p
                    :fold-key #'car
                    :folds smbcmp-detail--folds
                    :line #'smbcmp-detail--line
                    :render #'smbcmp-detail--render))

(defun smbcmp-detail--render ()
  "Show the tree, with point on the field it was on.
If point is where it is since the field it was on is missing, that counts:
who walks a field through the capture shall not lose it in a frame
without it."
  (let ((place (if (eql (point) (car smbcmp-detail--lost))
                   (cdr smbcmp-detail--lost)
                 (smbcmp-tree-place)))
        (inhibit-read-only t))
    (with-silent-modifications
      (erase-buffer)
      (smbcmp-tree-insert (smbcmp-detail--children smbcmp-detail-tree)))
    (setq smbcmp-detail--lost
          (unless (smbcmp-tree-go-to-place place (smbcmp-detail--first))
            (cons (point) place)))))

(defun smbcmp-detail--first ()
  "Return where the first protocol is that is unfolded: what the user looks for."
  (or (text-property-any (point-min) (point-max) 'smbcmp-state 'unfolded)
      (point-min)))

(defun smbcmp-detail-buffer (list-buffer)
  "Return the buffer for the details of frames of LIST-BUFFER."
  (let ((buffer (smbcmp-list-companion list-buffer "details" #'smbcmp-detail-mode)))
    (with-current-buffer buffer
      (setq smbcmp-detail-list list-buffer
            smbcmp-list-filter-list list-buffer))
    buffer))

(defun smbcmp-detail-show (list-buffer frame &optional select)
  "Show the details of FRAME of the capture in LIST-BUFFER.
With SELECT, go to their window, which is made if need be."
  (let ((buffer (smbcmp-detail-buffer list-buffer)))
    (with-current-buffer buffer
      (smbcmp-detail--request frame))
    (if select
        (pop-to-buffer buffer '((display-buffer-reuse-window
                                 display-buffer-below-selected)))
      buffer)))

(defun smbcmp-detail--request (frame)
  "Ask for the tree of FRAME and show it when it comes."
  (let ((buffer (current-buffer))
        (capture (buffer-local-value 'smbcmp-list-capture smbcmp-detail-list)))
    (when smbcmp-detail--request
      (smbcmp-host-abandon capture smbcmp-detail--request))
    (when (memq (smbcmp-capture-state capture) '(loading loaded))
      (setq smbcmp-detail--request
            (smbcmp-host-request
             capture "tree" (list :frame frame)
             (lambda (kind value)
               (when (buffer-live-p buffer)
                 (with-current-buffer buffer
                   (smbcmp-detail--take frame kind value)))))))))

(defun smbcmp-detail--take (frame kind value)
  "Show VALUE, the tree of FRAME, or the error it is if KIND is `error'."
  (setq smbcmp-detail--request nil)
  (if (eq kind 'error)
      (message "%s" (smbcmp-error-message (cons (car value) (cadr value))))
    (let ((first (null smbcmp-detail-tree)))
      (setq smbcmp-detail-frame frame
            smbcmp-detail-tree value)
      (smbcmp-detail--render)
      (when first
        (goto-char (smbcmp-detail--first))
        (dolist (window (get-buffer-window-list nil nil t))
          (set-window-point window (point))
          (set-window-start window (point))))
      (when (eql frame (car smbcmp-detail--aim))
        (smbcmp-detail--go-to-aim)))
    (smbcmp-detail-highlight-bytes)))

;;;; Going to a field

(defun smbcmp-detail-aim (list-buffer frame field nth text)
  "Have the details of LIST-BUFFER go to FIELD as soon as they show FRAME.
FIELD is a filter name, or nil for the NTH SMB2 PDU of the frame, from 0,
itself.  It is that field of this PDU, unless its label lacks TEXT."
  (with-current-buffer (smbcmp-detail-buffer list-buffer)
    (setq smbcmp-detail--aim (list frame field nth text))))

(defun smbcmp-detail--go-to-aim ()
  "Go to the field that was aimed at."
  (pcase-let* ((`(,_ ,field ,nth ,text) smbcmp-detail--aim)
               (pdu (smbcmp-detail--pdu nth)))
    (setq smbcmp-detail--aim nil)
    (when pdu
      (smbcmp-tree-reveal
       (or (and field
                (smbcmp-detail--path-to
                 pdu (lambda (node)
                       (and (equal field (symbol-name (dom-tag node)))
                            (string-match-p (regexp-quote text)
                                            (or (dom-attr node 'label) ""))))))
           pdu)))))

(defun smbcmp-detail--pdu (nth)
  "Return the path to the node that begins the NTH PDU, from 0, or nil.
It is a list of the node, its parent and so on."
  (smbcmp-detail--path-to (list smbcmp-detail-tree)
                          (lambda (node) (eql nth (dom-attr node 'pdu)))))

(defun smbcmp-detail--path-to (path predicate)
  "Return the path to the first node below PATH that passes PREDICATE, or nil."
  (cl-loop for child in (smbcmp-detail--children (car path))
           for here = (cons child path)
           thereis (if (and (consp child) (funcall predicate child))
                       here
                     (smbcmp-detail--path-to here predicate))))

;;;; Moving and folding

(defun smbcmp-detail-toggle-all ()
  "Unfold all fields of this frame, or fold them if none is folded."
  (interactive)
  (smbcmp-tree-toggle-all (smbcmp-detail--children smbcmp-detail-tree)))

(defun smbcmp-detail-next (&optional count)
  "Go to the next field, or COUNT fields on."
  (interactive "p")
  (let ((column (current-column)))
    (unless (and (zerop (forward-line (or count 1))) (not (eobp)))
      (goto-char (if (< (or count 1) 0) (point-min) (1- (point-max)))))
    (move-to-column column)))

(defun smbcmp-detail-previous (&optional count)
  "Go to the previous field, or COUNT fields back."
  (interactive "p")
  (smbcmp-detail-next (- (or count 1))))

(defun smbcmp-detail-next-frame (&optional count)
  "Show the next frame of the packet list, or the one COUNT rows on."
  (interactive "p")
  (smbcmp-detail-in-list (lambda () (interactive) (smbcmp-list-next count))))

(defun smbcmp-detail-previous-frame (&optional count)
  "Show the previous frame of the packet list, or the one COUNT rows back."
  (interactive "p")
  (smbcmp-detail-next-frame (- (or count 1))))

(defun smbcmp-detail--link (node)
  "Return the frame that NODE leads to, or nil."
  (or (dom-attr node 'frame)
      ;; Some fields lead to frames without being of that type.
      (and (dom-attr node 'generated)
           (integerp (dom-attr node 'value))
           (string-suffix-p " in Frame" (or (dom-attr node 'name) ""))
           (dom-attr node 'value))))

(defun smbcmp-detail--go (frame)
  "Show FRAME here, and go to it in the packet list if it is shown there."
  (with-current-buffer smbcmp-detail-list
    (if (smbcmp-list-goto-frame frame)
        (setq smbcmp-list-selected frame)
      (message "%s" (smbcmp-list-hidden-message frame))))
  (smbcmp-detail--request frame))

(defun smbcmp-detail-follow-link ()
  "Go to the frame that the field at point leads to, or fold or unfold it.
\\<smbcmp-detail-mode-map>\\[smbcmp-detail-back] leads back."
  (interactive)
  (let ((frame (smbcmp-detail--link (smbcmp-detail-node-at-point))))
    (if (not frame)
        (smbcmp-tree-toggle)
      (push smbcmp-detail-frame smbcmp-detail--history)
      (smbcmp-detail--go frame))))

(defun smbcmp-detail-click (event)
  "Follow the link or fold the field that was clicked: EVENT."
  (interactive "e")
  (mouse-set-point event)
  (smbcmp-detail-follow-link))

(defun smbcmp-detail-back ()
  "Go back to the frame that a link was followed from."
  (interactive)
  (smbcmp-detail--go (or (pop smbcmp-detail--history)
                         (user-error "No link to go back to"))))

(defun smbcmp-detail-in-list (command)
  "Call COMMAND of the packet list interactively; show the frame it goes to."
  (let ((list-buffer smbcmp-detail-list))
    (with-current-buffer list-buffer
      (let ((window (get-buffer-window list-buffer t)))
        (if window
            (with-selected-window window (call-interactively command))
          (call-interactively command)))
      (setq smbcmp-list-selected (smbcmp-list-frame-at-point)))
    (let ((frame (buffer-local-value 'smbcmp-list-selected list-buffer)))
      (when (and frame (not (eql frame smbcmp-detail-frame)))
        (smbcmp-detail--request frame)))))

(defun smbcmp-detail-display-filter ()
  "Give the packet list another display filter."
  (interactive)
  (smbcmp-detail-in-list #'smbcmp-list-filter))

(defun smbcmp-detail-unfilter ()
  "Show all frames in the packet list."
  (interactive)
  (smbcmp-detail-in-list #'smbcmp-list-toggle-filter))

(defun smbcmp-detail-jump ()
  "Go to a frame by its number."
  (interactive)
  (smbcmp-detail-in-list #'smbcmp-list-jump))

;;;; Bytes

(defun smbcmp-detail-bytes ()
  "Show the bytes of the frame, those of the field at point highlighted."
  (interactive)
  (require 'smbcmp-bytes)
  (smbcmp-bytes-show smbcmp-detail-list
                     (or smbcmp-detail-frame
                         (with-current-buffer smbcmp-detail-list
                           (smbcmp-list-need-frame)))
                     (get-text-property (line-beginning-position) 'smbcmp-node)))

(defun smbcmp-detail-highlight-bytes ()
  "Highlight the field at point in the bytes, if they are shown."
  (let ((node (get-text-property (line-beginning-position) 'smbcmp-node)))
    (when (and node (buffer-live-p smbcmp-detail-list)
               (smbcmp-list-companion smbcmp-detail-list "bytes"))
      (smbcmp-bytes-highlight smbcmp-detail-list smbcmp-detail-frame node))))

(defun smbcmp-detail-path-of-byte (source offset)
  "Return the innermost field that has the byte at OFFSET of data SOURCE.
That is a list of it, its parent and so on, or nil if no field has it."
  (let (best)
    (cl-labels ((look (node path)
                  (dolist (child (smbcmp-detail--children node))
                    (let ((start (dom-attr child 'start))
                          (length (dom-attr child 'length))
                          (path (cons child path)))
                      (when (and (= source (dom-attr child 'source))
                                 (<= start offset) (< offset (+ start length))
                                 (or (null best)
                                     (<= length (dom-attr (car best) 'length))))
                        (setq best path))
                      (look child path)))))
      (look smbcmp-detail-tree nil))
    best))

(defun smbcmp-detail-go-to-byte (source offset)
  "Go to the innermost field that has the byte at OFFSET of data SOURCE."
  (let ((path (or (smbcmp-detail-path-of-byte source offset)
                  (user-error "No field covers this byte"))))
    (smbcmp-tree-reveal path)
    (car path)))

;;;; Mode

(defvar smbcmp-detail-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-detail-next)
    (define-key map "p" #'smbcmp-detail-previous)
    (define-key map "N" #'smbcmp-detail-next-frame)
    (define-key map "P" #'smbcmp-detail-previous-frame)
    (define-key map (kbd "TAB") #'smbcmp-tree-toggle)
    (define-key map (kbd "<backtab>") #'smbcmp-detail-toggle-all)
    (define-key map (kbd "RET") #'smbcmp-detail-follow-link)
    (define-key map [mouse-2] #'smbcmp-detail-click)
    (define-key map [double-mouse-1] #'smbcmp-detail-click)
    (define-key map "l" #'smbcmp-detail-back)
    (define-key map "/" #'smbcmp-detail-display-filter)
    (define-key map "\\" #'smbcmp-detail-unfilter)
    (define-key map "j" #'smbcmp-detail-jump)
    (define-key map "F" #'smbcmp-list-toggle-follow)
    (define-key map "^" #'smbcmp-tree-up)
    (define-key map "f" smbcmp-list-filter-map)
    (define-key map "w" smbcmp-detail-copy-map)
    (define-key map "b" #'smbcmp-detail-bytes)
    (define-key map "H" #'smbcmp-detail-toggle-hidden)
    (define-key map [remap display-local-help] #'smbcmp-sections-help)
    map)
  "Keymap of `smbcmp-detail-mode'.")

(easy-menu-define smbcmp-detail-menu smbcmp-detail-mode-map
  "Menu of `smbcmp-detail-mode'."
  '("Details"
    ["Next field" smbcmp-detail-next]
    ["Previous field" smbcmp-detail-previous]
    ["Parent field" smbcmp-tree-up]
    ["Fold or unfold" smbcmp-tree-toggle]
    ["Fold or unfold all" smbcmp-detail-toggle-all]
    ["Hidden fields" smbcmp-detail-toggle-hidden
     :style toggle :selected smbcmp-detail-show-hidden]
    "--"
    ["Follow link" smbcmp-detail-follow-link]
    ["Back" smbcmp-detail-back :enable smbcmp-detail--history]
    ["Next frame" smbcmp-detail-next-frame]
    ["Previous frame" smbcmp-detail-previous-frame]
    ["Go to frame..." smbcmp-detail-jump]
    ["Details follow the list" smbcmp-list-toggle-follow
     :style toggle :selected smbcmp-list-follow]
    "--"
    ["Bytes" smbcmp-detail-bytes]
    "--"
    ["Display filter..." smbcmp-detail-display-filter]
    ["Show all" smbcmp-detail-unfilter]
    ("Filter by the field"
     ["Selected" smbcmp-list-filter-selected]
     ["Not selected" smbcmp-list-filter-not]
     ["...and selected" smbcmp-list-filter-and]
     ["...and not selected" smbcmp-list-filter-and-not]
     ["...or selected" smbcmp-list-filter-or])
    ("Copy"
     ["Line" smbcmp-detail-copy-label]
     ["Name" smbcmp-detail-copy-name]
     ["Value" smbcmp-detail-copy-value]
     ["Filter" smbcmp-detail-copy-filter]
     ["Section that defines it" smbcmp-sections-copy]
     ["Whole tree" smbcmp-detail-copy-tree])
    "--"
    ["Quit" quit-window]))

(defun smbcmp-detail-toggle-hidden ()
  "Show the fields that Wireshark hides, or hide them."
  (interactive)
  (setq smbcmp-detail-show-hidden (not smbcmp-detail-show-hidden))
  (smbcmp-detail--render)
  (message "Hidden fields are %s" (if smbcmp-detail-show-hidden "shown" "hidden")))

(defun smbcmp-detail-revert (&rest _)
  "Get the details of the frame again."
  (when smbcmp-detail-frame (smbcmp-detail--request smbcmp-detail-frame)))

(defun smbcmp-detail--imenu ()
  "Return an index of the protocols in the frame."
  (let (index)
    (save-excursion
      (goto-char (point-min))
      (while (not (eobp))
        (when (eql 0 (get-text-property (point) 'smbcmp-depth))
          (push (cons (dom-attr (smbcmp-detail-node-at-point) 'label) (point)) index))
        (forward-line 1)))
    (nreverse index)))

(defun smbcmp-detail--header ()
  "Return the header line: the frame's number and the last column of its row."
  (let ((frame smbcmp-detail-frame))
    (concat
     (propertize " " 'display '(space :align-to 0))
     (if (not frame) ""
       (with-current-buffer smbcmp-detail-list
         (let* ((row (smbcmp-list-rows-of-frame frame))
                (start (and row (smbcmp-list-rows-start row)))
                (end (and row (1- (smbcmp-list-rows-start (1+ row)))))
                (info (and row (+ start (cl-loop for width in (butlast smbcmp-list-rows-widths)
                                                 sum (1+ (abs width)))))))
           (format "Frame %d%s" frame
                   (if (and row (< info end))
                       (concat "  " (replace-regexp-in-string
                                     "%" "%%" (buffer-substring-no-properties info end)))
                     ""))))))))

(defun smbcmp-detail--bookmark-record ()
  "Return a bookmark record for the frame shown: one of the packet list."
  (let ((frame smbcmp-detail-frame))
    (with-current-buffer smbcmp-detail-list
      (smbcmp-list-bookmark-record frame))))

(define-derived-mode smbcmp-detail-mode smbcmp-mode "Details"
  "Major mode for the field tree of a frame.

What you unfold with \\[smbcmp-tree-toggle] stays so for all frames.
Keys after f filter the packet list by the field at point, keys after
w copy.

\\{smbcmp-detail-mode-map}"
  (setq header-line-format '(:eval (smbcmp-detail--header))
        smbcmp-tree (smbcmp-detail-tree))
  (setq-local revert-buffer-function #'smbcmp-detail-revert
              smbcmp-list-filter-maker #'smbcmp-detail-filter
              bookmark-make-record-function #'smbcmp-detail--bookmark-record
              imenu-create-index-function #'smbcmp-detail--imenu)
  (smbcmp-mode-eldoc #'smbcmp-detail-eldoc 'smbcmp-detail-next 'smbcmp-detail-previous
                     'smbcmp-tree-up 'smbcmp-tree-toggle 'smbcmp-bytes-find-field)
  (add-hook 'post-command-hook #'smbcmp-detail-highlight-bytes nil t)
  (smbcmp-mode-show-row))

(provide 'smbcmp-detail)
;;; smbcmp-detail.el ends here
