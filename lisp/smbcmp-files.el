;;; smbcmp-files.el --- Files and handles of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A tree of shares, directories, files and handles, a line each, and above
;; it what went wrong because someone held a file.  Of two captures, what
;; both have is one line and what differs two.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'seq)
(require 'smbcmp-escape)
(require 'smbcmp-handles)
(require 'smbcmp-handles-kept)
(require 'smbcmp-files-log)
(require 'smbcmp-files-text)
(require 'smbcmp-holders)
(require 'smbcmp-mode)
(require 'smbcmp-compare-report)
(require 'smbcmp-views)

(defcustom smbcmp-files-problems-limit 20
  "How many of the problems with files are told above the files themselves."
  :type 'natnum
  :group 'smbcmp)

(defcustom smbcmp-files-unfold-limit 30
  "How many handles a file may have to be unfolded at first."
  :type 'natnum
  :group 'smbcmp)

(defface smbcmp-files-place '((t :inherit font-lock-function-name-face))
  "Face for shares and directories."
  :group 'smbcmp)

(defface smbcmp-files-file '((t :inherit bold))
  "Face for names of files."
  :group 'smbcmp)

;;;; State

(defvar-local smbcmp-files--handles nil
  "The handles of each capture, a list of `smbcmp-handles-packed'.")

(defvar-local smbcmp-files--tree nil
  "What is shown of them, a plist:

 :title     How many there are, a string.
 :problems  What `smbcmp-files--finding' tells.
 :nodes     The nodes of the shares.")

(defvar-local smbcmp-files--folded nil
  "Hash table of the lines, by what they are, whose fold the user changed.")

;;;; The tree

(cl-defstruct (smbcmp-files-node (:constructor smbcmp-files-node-make) (:copier nil))
  "A line of the tree."
  id text
  (frame nil :documentation "The frame it is about, or nil.")
  (side 0 :documentation "The number of the capture that the frame is of.")
  (message nil :documentation "The number of the log's message that it is, or nil.")
  (folded nil :documentation "Non-nil if what is below is not shown at first.")
  (children nil :documentation "Nodes, or a function that returns them."))

(defun smbcmp-files--event-text (event)
  "Return EVENT in a line."
  (concat
   (format "%-9s " (plist-get event :kind))
   (pcase (plist-get event :kind)
     ((or 'read 'write)
      (smbcmp-holders-bytes (or (plist-get event :offset) 0) (or (plist-get event :length) 0)))
     ('lock (mapconcat (pcase-lambda (`(,offset ,length ,flags))
                         (format "%s %s" (smbcmp-holders-bytes (or offset 0) (or length 0))
                                 (smbcmp-holders-lock-kind (or flags 0))))
                       (plist-get event :ranges) ", "))
     ('rename (concat "to " (plist-get event :rename)))
     ('set-info (cond ((plist-get event :rename)
                       (concat "rename to " (plist-get event :rename)))
                      ((plist-get event :delete)
                       (if (eq t (plist-get event :delete)) "delete" "do not delete"))
                      (t "")))
     (_ ""))
   (if (member (plist-get event :status) '(nil "STATUS_SUCCESS")) ""
     (concat " " (propertize (plist-get event :status) 'face 'smbcmp-files-problem)))))

(defun smbcmp-files--event-nodes (handle id side)
  "Return nodes for what was done with HANDLE, whose node has ID, of SIDE.
What the server's log has of its CREATE comes first."
  (append
   (smbcmp-files--log-nodes (plist-get handle :request) id side)
   (cl-loop for event in (plist-get handle :events) for n from 0
            collect (smbcmp-files-node-make
                     :id (list id n) :side side :frame (plist-get event :frame)
                     :text (format "%8d  %s" (plist-get event :frame)
                                   (if (eq 'break (plist-get event :kind))
                                       (smbcmp-holders-break-text handle event)
                                     (smbcmp-files--event-text event)))))))

(defun smbcmp-files--log-nodes (frame id side)
  "Return nodes for what the log of SIDE says of the request of FRAME.
They are below the node with ID."
  (cl-loop for word in (smbcmp-files-log-words (nth side smbcmp-views-lists) frame)
           for n from 0
           collect (smbcmp-files-node-make
                    :id (list id 'log n) :side side :frame frame
                    :message (plist-get word :message)
                    :text (plist-get word :text))))

(defun smbcmp-files--handle-node (unpack handle id side mark)
  "Return the node of HANDLE with ID, of SIDE; MARK, a string, is before it.
UNPACK is a function that returns HANDLE, which is not kept."
  (smbcmp-files-node-make
   :id id :side side :frame (or (plist-get handle :request) (plist-get handle :close))
   :folded t
   :text (concat mark (smbcmp-files-frames handle)
                 (propertize " " 'smbcmp-files-align t)
                 (format "%-22s " (or (plist-get handle :connection) ""))
                 (let ((summary (smbcmp-files-summary handle)))
                   (if (or (smbcmp-files-failed-p handle) (smbcmp-files-left-open-p handle))
                       (propertize summary 'face 'smbcmp-files-problem)
                     summary)))
   ;; Most are never unfolded.
   :children (and (or (plist-get handle :events)
                      (smblog-pair-fresh-links (nth side smbcmp-views-lists)))
                  (lambda () (smbcmp-files--event-nodes (funcall unpack) id side)))))

(defun smbcmp-files--handle-nodes (groups id)
  "Return the nodes of GROUPS, of one file in each capture, below ID.
They are (PACKED . PLACES), the places of its handles in PACKED, a vector."
  (pcase-let ((`(,a ,b) (mapcar #'smbcmp-files--unpackers groups)) (n -1) (nodes nil))
    (cl-flet ((add (unpack handle side mark)
                (push (smbcmp-files--handle-node unpack handle (list id (cl-incf n)) side mark)
                      nodes)))
      (while (or a b)
        (let* ((unpack (pop a)) (one (and unpack (funcall unpack)))
               (unpack-other (pop b)) (other (and unpack-other (funcall unpack-other))))
          (cond ((null (cdr groups)) (add unpack one 0 ""))
                ((and one other (equal (smbcmp-files-summary one) (smbcmp-files-summary other)))
                 (add unpack one 0 (propertize (format "=  (B %s) " (smbcmp-files-frames other))
                                               'face 'smbcmp-compare-report-dim)))
                (t (when one
                     (add unpack one 0 (propertize "A  " 'face 'smbcmp-compare-report-a)))
                   (when other
                     (add unpack-other other 1
                          (propertize "B  " 'face 'smbcmp-compare-report-b))))))))
    (nreverse nodes)))

(defun smbcmp-files--unpackers (group)
  "Return functions that return the handles of GROUP, (PACKED . PLACES), one each."
  (mapcar (lambda (place) (lambda () (smbcmp-handles-unpack (car group) place))) (cdr group)))

(cl-defstruct (smbcmp-files-place (:constructor smbcmp-files-place-make) (:copier nil))
  "A share, a directory of it or a file there; or what all shares are in."
  (id nil :documentation "Names of all that it is in and its own.")
  (below nil :documentation "Hash table of the places in it, by name, or nil.")
  (counts nil :documentation "What `smbcmp-files--count' returns, of each capture.")
  (groups nil :documentation "Places of the file's handles, of each capture, the last first.")
  (nodes nil :documentation "Its node, or those below it."))

(defun smbcmp-files--place (id)
  "Return a place with ID and nothing in it."
  (smbcmp-files-place-make
   :id id
   :counts (mapcar (lambda (_) (make-vector 4 0)) smbcmp-views-lists)
   :groups (make-list (length smbcmp-views-lists) nil)))

(defun smbcmp-files--within (place name)
  "Return what is called NAME in PLACE."
  (let ((below (or (smbcmp-files-place-below place)
                   (setf (smbcmp-files-place-below place)
                         (make-hash-table :test 'equal)))))
    (or (gethash name below)
        (puthash name (smbcmp-files--place (append (smbcmp-files-place-id place) (list name)))
                 below))))

(defun smbcmp-files--parts (handle)
  "Return the share, directory and name of HANDLE."
  (let* ((path (smbcmp-holders-path handle))
         (cut (and (> (length path) 1) (string-match "\\\\[^\\]*\\'" path))))
    (list (or (plist-get handle :share) "(unknown share)")
          (substring path 0 (or cut 0))
          (substring path (if cut (1+ cut) 0)))))

(defun smbcmp-files--add (packed at side root)
  "Add the handle AT, in PACKED, of SIDE, a capture's number, to its file in ROOT."
  (let* ((handle (smbcmp-files--brief packed at))
         (count (smbcmp-files--count handle packed at)) (place root))
    (cl-flet ((add ()
                (let ((sum (nth side (smbcmp-files-place-counts place))))
                  (dotimes (i (length sum)) (cl-incf (aref sum i) (aref count i))))))
      (add)
      (dolist (name (smbcmp-files--parts handle))
        (setq place (smbcmp-files--within place name))
        (add))
      (push at (nth side (smbcmp-files-place-groups place))))))

(defun smbcmp-files--brief (packed at)
  "Return what tells the file of the handle AT, in PACKED, and its end, a plist."
  (list :path (smbcmp-handles-value packed at :path)
        :share (smbcmp-handles-value packed at :share)
        :status (smbcmp-handles-value packed at :status)
        :close (smbcmp-handles-value packed at :close)
        :continued (smbcmp-handles-value packed at :continued)
        :by-path (smbcmp-handles-value packed at :by-path)))

(defun smbcmp-files--count (handle packed at)
  "Return what HANDLE, AT in PACKED, counts as: [OPENED OPEN FAILED BREAKS].
OPEN is never closed; BREAKS is how many there were."
  (let* ((opened (not (or (plist-get handle :by-path) (smbcmp-files-failed-p handle))))
         (open (and opened (smbcmp-files-left-open-p handle)))
         (failed (not (or opened (plist-get handle :by-path))))
         (breaks 0))
    (smbcmp-handles-look packed at
                         (lambda (kind _) (when (eq 'break kind) (cl-incf breaks))))
    (vector (if opened 1 0) (if open 1 0) (if failed 1 0) breaks)))

(defun smbcmp-files--counted (count)
  "Say what COUNT, of `smbcmp-files--count' or a sum, is."
  (pcase-let ((`[,opened ,open ,failed ,breaks] count))
    (concat (smbcmp-compare-report-plural opened "handle")
            (if (zerop open) "" (propertize (format ", %d never closed" open)
                                            'face 'smbcmp-files-problem))
            (if (zerop failed) "" (format ", %d not opened" failed))
            (if (zerop breaks) ""
              (concat ", " (smbcmp-compare-report-plural breaks "oplock or lease break"))))))

(defun smbcmp-files--counts (place)
  "Say how many handles PLACE has, in each capture."
  (let ((counts (mapcar #'smbcmp-files--counted (smbcmp-files-place-counts place))))
    (if (cdr counts) (format "A %s; B %s" (car counts) (cadr counts)) (car counts))))

(defun smbcmp-files--below (place)
  "Return the places in PLACE in the order of names."
  (and (smbcmp-files-place-below place)
       (mapcar #'cdr (sort (cl-loop for name being the hash-keys of (smbcmp-files-place-below place)
                                    using (hash-values below)
                                    collect (cons name below))
                           (lambda (a b) (string< (car a) (car b)))))))

(defun smbcmp-files--all-places (place)
  "Return all that is in PLACE and, after it, itself."
  (nconc (cl-mapcan #'smbcmp-files--all-places (smbcmp-files--below place)) (list place)))

(defun smbcmp-files--make-nodes (place)
  "Have PLACE tell its nodes; what is in it does already."
  (let* ((id (smbcmp-files-place-id place)) (name (car (last id)))
         (file (= 3 (length id)))
         (groups (cl-mapcar (lambda (packed places) (cons packed (vconcat (reverse places))))
                            smbcmp-files--handles (smbcmp-files-place-groups place)))
         (children (if file (smbcmp-files--of-file groups id)
                     (cl-mapcan (lambda (below) (copy-sequence (smbcmp-files-place-nodes below)))
                                (smbcmp-files--below place)))))
    (setf (smbcmp-files-place-nodes place)
          ;; The root of a share has no line of its own.
          (if (or (null id) (and (= 2 (length id)) (equal name ""))) children
            (list (smbcmp-files-node-make
                   :id id :children children :folded (and file (smbcmp-files--many-p groups))
                   :text (concat (propertize name 'face (if file 'smbcmp-files-file
                                                          'smbcmp-files-place))
                                 "  " (propertize (smbcmp-files--counts place)
                                                  'face 'smbcmp-compare-report-dim))))))))

(defun smbcmp-files--many-p (groups)
  "Return non-nil if GROUPS, of one file, are too many handles to show at first."
  (> (apply #'max (mapcar (lambda (group) (length (cdr group))) groups))
     smbcmp-files-unfold-limit))

(defun smbcmp-files--of-file (groups id)
  "Return the nodes of GROUPS, of one file, whose node has ID.
If they are many, that is a function, as mostly nobody looks at them."
  (if (smbcmp-files--many-p groups)
      (lambda () (smbcmp-files--handle-nodes groups id))
    (smbcmp-files--handle-nodes groups id)))

;;;; Problems

(defun smbcmp-files--problem-nodes (problems side)
  "Return the nodes of PROBLEMS, of `smbcmp-holders-problems', of SIDE."
  (cl-loop for problem in problems for n from 0
           collect (smbcmp-files-node-make
                    :id (list 'problem side n) :side side :frame (plist-get problem :request)
                    :text (concat (if (cdr smbcmp-views-lists) (if (zerop side) "A  " "B  ") "")
                                  (format "%-10s " (smbcmp-compare-report-frames
                                                    (cons (plist-get problem :request)
                                                          (plist-get problem :response))))
                                  (propertize (plist-get problem :what)
                                              'face 'smbcmp-files-problem))
                    :children (append
                               (cl-loop for (text . frame) in (plist-get problem :why)
                                        for i from 0
                                        collect (smbcmp-files-node-make
                                                 :id (list 'why side n i) :side side
                                                 :frame frame :text text))
                               (smbcmp-files--log-nodes (plist-get problem :request)
                                                        (list 'problem side n) side)))))

(defun smbcmp-files--finding (found)
  "Return steps that call FOUND with what went wrong with the handles there are.
That is how many things in all, and nodes for the first of them."
  (let ((left smbcmp-files-problems-limit) (count 0) (nodes nil))
    (append
     (cl-loop for packed in smbcmp-files--handles for side from 0
              append (let ((side side))
                       (smbcmp-files-finding
                        packed
                        (lambda (problems _)
                          (let ((some (seq-take problems left)))
                            (cl-incf count (length problems))
                            (cl-decf left (length some))
                            (setq nodes
                                  (append nodes (smbcmp-files--problem-nodes some side))))))))
     (list (lambda () (ignore (funcall found (cons count nodes))))))))

(defun smbcmp-files-finding (packed found)
  "Return steps that call FOUND with what went wrong with the handles in PACKED.
It is called with problems and with the handles, unpacked, that may matter:
those of files that something went wrong with, and of files not known."
  (let ((files (make-hash-table :test 'equal)) handles)
    (list (smbcmp-handles-each
           packed
           (lambda (at)
             (when (smbcmp-holders-suspect-p packed at)
               (puthash (smbcmp-holders-file (smbcmp-files--brief packed at)) t files))))
          (smbcmp-handles-each
           packed
           (lambda (at)
             (let ((file (smbcmp-holders-file (smbcmp-files--brief packed at))))
               (when (or (null file) (gethash file files))
                 (push (smbcmp-handles-unpack packed at) handles)))))
          (smbcmp-steps-several
           (lambda ()
             (setq handles (nreverse handles))
             (smbcmp-holders-finding handles (lambda (problems) (funcall found problems handles)))))
          (lambda () (setq handles nil)))))

;;;; Rendering

(defconst smbcmp-files--columns '(25 . 40)
  "Where the clients of handles are, of one capture and of two.")

(defun smbcmp-files--align (text)
  "Return TEXT, a line, with its space to be aligned up to the clients' column."
  (let ((place (text-property-any 0 (length text) 'smbcmp-files-align t text))
        (column (if (cdr smbcmp-views-lists) (cdr smbcmp-files--columns)
                  (car smbcmp-files--columns))))
    (if (null place) text
      (concat (substring text 0 place)
              (make-string (max 1 (- column (string-width (substring text 0 place)))) ?\s)
              (substring text (1+ place))))))

(defun smbcmp-files--insert (node depth)
  "Insert NODE and what is below it, at DEPTH."
  (let ((start (point)))
    (insert (smbcmp-escape (smbcmp-files--align
                            (concat (make-string (* 2 depth) ?\s) (smbcmp-files-node-text node)))
                           t)
            (if (and (smbcmp-files-node-children node) (smbcmp-files--hidden-p node))
                (propertize "  …" 'face 'smbcmp-compare-report-dim)
              "")
            "\n")
    (put-text-property start (point) 'smbcmp-files-node node)
    (unless (smbcmp-files--hidden-p node)
      (let ((children (smbcmp-files-node-children node)))
        (dolist (child (if (functionp children) (funcall children) children))
          (smbcmp-files--insert child (1+ depth)))))))

(defun smbcmp-files--hidden-p (node)
  "Return non-nil if what is below NODE is folded."
  (let ((changed (gethash (smbcmp-files-node-id node) smbcmp-files--folded)))
    (if (smbcmp-files-node-folded node) (not changed) changed)))

(defun smbcmp-files--print ()
  "Show the files, with point on the line where it was."
  (pcase-let* ((`(,count . ,problems) (plist-get smbcmp-files--tree :problems))
               (here (smbcmp-files--at-point))
               (column (current-column))
               (gc-cons-threshold (max gc-cons-threshold smbcmp-handles-garbage))
               (inhibit-read-only t))
    (erase-buffer)
    (insert (propertize (plist-get smbcmp-files--tree :title) 'face 'bold) "\n\n")
    (when problems
      (insert (if (> count (length problems))
                  (format "Conflicts, the first %d of %d:\n" (length problems) count)
                "Conflicts:\n"))
      (dolist (problem problems) (smbcmp-files--insert problem 1))
      (insert "\n"))
    (dolist (node (plist-get smbcmp-files--tree :nodes))
      (smbcmp-files--insert node 0))
    (set-buffer-modified-p nil)
    (smbcmp-files--goto (and here (smbcmp-files-node-id here)))
    (move-to-column column)
    (dolist (window (get-buffer-window-list nil nil t))
      (set-window-point window (point)))))

(defun smbcmp-files--at-point ()
  "Return the node of this line, or nil."
  (get-text-property (line-beginning-position) 'smbcmp-files-node))

(defun smbcmp-files--goto (id)
  "Go to the line whose node has ID, or to the first one."
  (goto-char (point-min))
  (let ((first (next-single-property-change (point-min) 'smbcmp-files-node)))
    (while (and id (not (eobp))
                (not (and (smbcmp-files--at-point)
                          (equal id (smbcmp-files-node-id (smbcmp-files--at-point))))))
      (forward-line 1))
    (when (or (null id) (eobp)) (goto-char (or first (point-min))))))

;;;; Gathering

(defun smbcmp-files--gather ()
  "Ask for the handles and show them."
  (let ((captures (smbcmp-views-captures)))
    (apply
     #'smbcmp-views-do "Looking at handles"
     (append
      (smbcmp-files-asking (seq-remove #'smbcmp-handles-known captures))
      (list (lambda ()
              (setq smbcmp-files--handles
                    (mapcar (lambda (capture) (car (smbcmp-handles-known capture))) captures))
              nil)
            (smbcmp-steps-several (lambda () (smbcmp-files--showing captures))))))))

(defun smbcmp-files--showing (captures)
  "Return steps that show the handles there are, those of CAPTURES."
  (mapcar (lambda (step)
            (lambda ()
              (let ((smbcmp-capture-at-hand (car captures))) (funcall step))))
          (append
           (smbcmp-files--growing)
           (smbcmp-files--finding
            (lambda (problems) (cl-callf plist-put smbcmp-files--tree :problems problems)))
           (list (lambda () (ignore (smbcmp-files--print)))))))

(defun smbcmp-files--growing ()
  "Return steps that make the tree of the handles there are, and say how many."
  (let ((root (smbcmp-files--place nil)))
    (append
     (cl-loop for packed in smbcmp-files--handles for side from 0
              collect (let ((side side) (packed packed))
                        (smbcmp-handles-each
                         packed (lambda (at) (smbcmp-files--add packed at side root)))))
     (list (smbcmp-steps-each (lambda () (smbcmp-files--all-places root))
                              #'smbcmp-files--make-nodes)
           (lambda ()
             (cl-callf plist-put smbcmp-files--tree :title (smbcmp-files--counts root))
             (cl-callf plist-put smbcmp-files--tree :nodes (smbcmp-files-place-nodes root))
             nil)))))

(defun smbcmp-files-asking (captures)
  "Return steps that have the handles of CAPTURES known.
One capture comes after the other: until they are packed, handles are much
to look at for each garbage collection."
  (cl-mapcan #'smbcmp-files--asking captures))

(defun smbcmp-files--asking (capture)
  "Return steps that have the handles of CAPTURE known."
  (let (table)
    (list
     (smbcmp-views-asking
      (list capture) "field" smbcmp-handles-statuses
      (lambda (replies) (setq table (smbcmp-handles-begin (caar replies)))))
     (smbcmp-views-asking
      (list capture) "fields" (smbcmp-handles-arguments)
      #'ignore
      (lambda (_capture value) (smbcmp-handles-add table value)))
     (smbcmp-steps-several
      (lambda () (prog1 (smbcmp-handles-remembering capture table) (setq table nil)))))))

;;;; Commands

(defun smbcmp-files-open ()
  "Show the frame that this line is about in its packet list, or its message."
  (interactive)
  (let* ((node (smbcmp-files--at-point))
         (list (and node (nth (smbcmp-files-node-side node) smbcmp-views-lists))))
    (cond ((and node (smbcmp-files-node-message node))
           (smbcmp-files-log-show list (smbcmp-files-node-frame node)
                                  (smbcmp-files-node-message node)))
          ((and node (smbcmp-files-node-frame node))
           (smbcmp-views-goto-frame list (smbcmp-files-node-frame node)))
          (t (smbcmp-files-fold)))))

(defun smbcmp-files-fold ()
  "Fold or unfold what is below this line."
  (interactive)
  (let ((node (smbcmp-files--at-point)))
    (unless (and node (smbcmp-files-node-children node))
      (user-error "Nothing below this line"))
    (smbcmp-files--toggle node)
    (smbcmp-files--print)))

(defun smbcmp-files--toggle (node)
  "Note that the user wants NODE folded, or no longer."
  (if (gethash (smbcmp-files-node-id node) smbcmp-files--folded)
      (remhash (smbcmp-files-node-id node) smbcmp-files--folded)
    (puthash (smbcmp-files-node-id node) t smbcmp-files--folded)))

(defun smbcmp-files-fold-all ()
  "Fold all files, or have all lines as they were at first."
  (interactive)
  (if (> (hash-table-count smbcmp-files--folded) 0)
      (clrhash smbcmp-files--folded)
    (cl-labels ((fold (nodes depth)
                  (dolist (node nodes)
                    (if (and (smbcmp-files-node-children node)
                             (not (smbcmp-files-node-folded node))
                             (smbcmp-files-node-folded
                              (car (smbcmp-files-node-children node))))
                        (smbcmp-files--toggle node)
                      (unless (functionp (smbcmp-files-node-children node))
                        (fold (smbcmp-files-node-children node) (1+ depth)))))))
      (fold (plist-get smbcmp-files--tree :nodes) 0)))
  (smbcmp-files--print))

(defun smbcmp-files-next (&optional count)
  "Go to the next line, or COUNT lines on."
  (interactive "p")
  (forward-line (or count 1)))

(defun smbcmp-files-previous (&optional count)
  "Go to the previous line, or COUNT lines back."
  (interactive "p")
  (forward-line (- (or count 1))))

(defun smbcmp-files-copy (whole)
  "Copy this line; with a prefix argument, WHOLE, all that is shown."
  (interactive "P")
  (kill-new (string-trim-right
             (if whole (buffer-substring-no-properties (point-min) (point-max))
               (string-trim (buffer-substring-no-properties (line-beginning-position)
                                                            (line-end-position))))))
  (message (if whole "Copied all of it" "Copied the line; C-u w copies all")))

(defun smbcmp-files--linked (pair)
  "Show what the log of PAIR, now linked, says.  For `smblog-pair-linked-hook'."
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer
      (when (and (derived-mode-p 'smbcmp-files-mode) smbcmp-files--handles
                 (memq (smblog-pair-list-buffer pair) smbcmp-views-lists))
        (apply #'smbcmp-views-do "Looking at handles"
               (smbcmp-files--showing (smbcmp-views-captures)))))))

(add-hook 'smblog-pair-linked-hook #'smbcmp-files--linked)

(defun smbcmp-files-revert (&rest _)
  "Show the files again."
  (smbcmp-with-user-errors (smbcmp-files--gather)))

(defvar smbcmp-files-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'smbcmp-files-next)
    (define-key map "p" #'smbcmp-files-previous)
    (define-key map (kbd "RET") #'smbcmp-files-open)
    (define-key map (kbd "TAB") #'smbcmp-files-fold)
    (define-key map (kbd "<backtab>") #'smbcmp-files-fold-all)
    (define-key map "w" #'smbcmp-files-copy)
    map)
  "Keymap of `smbcmp-files-mode'.")

(easy-menu-define smbcmp-files-menu smbcmp-files-mode-map
  "Menu of `smbcmp-files-mode'."
  '("Files"
    ["Go to frame" smbcmp-files-open]
    ["Fold or unfold" smbcmp-files-fold]
    ["Fold or unfold all" smbcmp-files-fold-all]
    ["Copy the line" smbcmp-files-copy]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-files-mode smbcmp-mode "Files"
  "Major mode for the files and handles of one capture, or of two.

Above is who held a file when it was needed.  Below, a line a handle: frames
of CREATE and CLOSE, the client, what was asked for and done.  Of two
captures, lines marked A and B differ.  \\<smbcmp-files-mode-map>\\[smbcmp-files-fold] shows what was done with a handle.
If the server's log is linked, lines that begin with \"smbd:\" are what it
says of the same: share mode entries, leases, locks.

\\{smbcmp-files-mode-map}"
  (setq smbcmp-files--folded (make-hash-table :test 'equal))
  (setq-local revert-buffer-function #'smbcmp-files-revert)
  (smbcmp-mode-show-row))

;;;###autoload
(defun smbcmp-files ()
  "Show the files and handles of this capture, or of both that are compared.
Who held a file that could not be opened, deleted or locked is above."
  (interactive)
  (smbcmp-views-show "files" #'smbcmp-files-mode #'smbcmp-files--gather t))

(provide 'smbcmp-files)
;;; smbcmp-files.el ends here
