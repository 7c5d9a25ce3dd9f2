;;; smbcmp-bytes.el --- The bytes of a frame  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Every data source of a frame (the frame as captured, and what was
;; reassembled or decrypted), in hexadecimal and ASCII.  The field at
;; point in the details is highlighted; RET on a byte finds its field.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'easymenu)
(require 'smbcmp-capture)
(require 'smbcmp-mode)
(require 'smbcmp-list)
(require 'smbcmp-detail)

;;;; Customization and faces

(defcustom smbcmp-bytes-limit 65536
  "How many bytes of a data source are shown at first."
  :type 'natnum
  :group 'smbcmp-detail)

(defface smbcmp-bytes-field '((t :inherit match))
  "Face for the bytes of the field at point in the details."
  :group 'smbcmp-detail)

(defface smbcmp-bytes-source '((t :inherit bold))
  "Face for the names of data sources."
  :group 'smbcmp-detail)

(defface smbcmp-bytes-offset '((t :inherit smbcmp-mode-dim))
  "Face for offsets."
  :group 'smbcmp-detail)

;;;; State

(defvar-local smbcmp-bytes-list nil
  "The packet list that these bytes belong to.")

(defvar-local smbcmp-bytes-frame nil
  "The number of the frame shown.")

(defvar-local smbcmp-bytes--sources nil
  "Where the data sources begin: vector of positions, by their number.")

(defvar-local smbcmp-bytes--data nil
  "The data sources, list of (NAME BYTES).")

(defvar-local smbcmp-bytes--whole nil
  "Non-nil to show data sources longer than `smbcmp-bytes-limit' whole.")

(defvar-local smbcmp-bytes--node nil
  "The field to highlight, a dom node, or nil.")

;;;; Layout: 16 bytes a line, "OOOOOOOO  hh hh ... hh  hh ... hh  aaaa..."

(defconst smbcmp-bytes--hex-column 10
  "The column of a line's first byte in hexadecimal.")

(defconst smbcmp-bytes--ascii-column 60
  "The column of a line's first byte in ASCII.")

(defconst smbcmp-bytes--width 78
  "Columns that a window for bytes needs.")

(defun smbcmp-bytes--column (i)
  "Return the column of byte I of a line in hexadecimal."
  (+ smbcmp-bytes--hex-column (* 3 i) (if (> i 7) 1 0)))

(defun smbcmp-bytes--insert-line (bytes offset)
  "Insert the line of BYTES at OFFSET."
  (let* ((end (min (length bytes) (+ offset 16)))
         (start (point))
         (hex (mapconcat (lambda (i) (format "%02x" (aref bytes i)))
                         (number-sequence offset (1- end)) " ")))
    (when (> (- end offset) 8)
      (setq hex (concat (substring hex 0 24) " " (substring hex 24))))
    (insert (propertize (format "%08x" offset) 'face 'smbcmp-bytes-offset) "  "
            (format "%-50s" hex)
            (mapconcat (lambda (i)
                         (let ((byte (aref bytes i)))
                           (if (<= 32 byte 126) (string byte) ".")))
                       (number-sequence offset (1- end)) "")
            "\n")
    (put-text-property start (point) 'smbcmp-offset offset)))

(defun smbcmp-bytes--insert-source (number name bytes)
  "Insert BYTES, the data source NUMBER, called NAME."
  (let ((start (point))
        (end (if smbcmp-bytes--whole (length bytes)
               (min (length bytes) smbcmp-bytes-limit))))
    (insert (propertize name 'face 'smbcmp-bytes-source) "\n")
    (aset smbcmp-bytes--sources number (point))
    (cl-loop for offset from 0 below end by 16
             do (smbcmp-bytes--insert-line bytes offset))
    (when (< end (length bytes))
      (insert (substitute-command-keys
               (format "%d more bytes: \\<smbcmp-bytes-mode-map>\\[smbcmp-bytes-whole]\n"
                       (- (length bytes) end)))))
    (insert "\n")
    (put-text-property start (point) 'smbcmp-source number)))

(defun smbcmp-bytes--render ()
  "Show the data sources."
  (let ((inhibit-read-only t) (number -1))
    (with-silent-modifications
      (erase-buffer)
      (setq smbcmp-bytes--sources (make-vector (length smbcmp-bytes--data) nil))
      (pcase-dolist (`(,name ,bytes) smbcmp-bytes--data)
        (smbcmp-bytes--insert-source (cl-incf number) name bytes))
      (goto-char (point-min)))
    (smbcmp-bytes--mark-node)))

;;;; Highlighting

(defun smbcmp-bytes--position (source offset column-function)
  "Return where the byte at OFFSET of SOURCE is, COLUMN-FUNCTION giving the column."
  (save-excursion
    (goto-char (aref smbcmp-bytes--sources source))
    (forward-line (/ offset 16))
    (+ (point) (funcall column-function (% offset 16)))))

(defun smbcmp-bytes--shown (source)
  "Return how many bytes of SOURCE are shown."
  (let ((size (length (nth 1 (nth source smbcmp-bytes--data)))))
    (if smbcmp-bytes--whole size (min size smbcmp-bytes-limit))))

(defun smbcmp-bytes--range (node)
  "Return (SOURCE START END) for the bytes of NODE, or nil if it has none."
  (let* ((source (dom-attr node 'source))
         (start (dom-attr node 'start))
         (bytes (and source (nth 1 (nth source smbcmp-bytes--data)))))
    (when (and bytes start (<= 0 start))
      (let ((end (min (length bytes) (+ start (dom-attr node 'length)))))
        (and (< start end) (list source start end))))))

(defun smbcmp-bytes--mark-node ()
  "Highlight the bytes of the field that is to be."
  (remove-overlays (point-min) (point-max) 'smbcmp-field t)
  (pcase (and smbcmp-bytes--node (smbcmp-bytes--range smbcmp-bytes--node))
    (`(,source ,start ,end)
     (if (and (>= start (smbcmp-bytes--shown source)) (not smbcmp-bytes--whole))
         (smbcmp-bytes-whole)
       (setq end (min end (smbcmp-bytes--shown source)))
       (cl-loop for line from (- start (% start 16)) below end by 16
                do (smbcmp-bytes--mark-line source (max start line) (min end (+ line 16))))
       (goto-char (smbcmp-bytes--position source start #'smbcmp-bytes--column))
       (dolist (window (get-buffer-window-list nil nil t))
         (set-window-point window (point)))))))

(defun smbcmp-bytes--mark-line (source start end)
  "Highlight the bytes of SOURCE from START to END, less the last, all of a line."
  (let ((last (1- end)))
    (smbcmp-bytes--mark
     (smbcmp-bytes--position source start #'smbcmp-bytes--column)
     (+ 2 (smbcmp-bytes--position source last #'smbcmp-bytes--column)))
    (smbcmp-bytes--mark
     (smbcmp-bytes--position source start #'smbcmp-bytes--ascii)
     (1+ (smbcmp-bytes--position source last #'smbcmp-bytes--ascii)))))

(defun smbcmp-bytes--ascii (i)
  "Return the column of byte I of a line in ASCII."
  (+ smbcmp-bytes--ascii-column i))

(defun smbcmp-bytes--mark (start end)
  "Highlight from START to END."
  (let ((overlay (make-overlay start end)))
    (overlay-put overlay 'smbcmp-field t)
    (overlay-put overlay 'face 'smbcmp-bytes-field)))

;;;; Showing

(defun smbcmp-bytes-buffer (list-buffer)
  "Return the buffer for the bytes of frames of LIST-BUFFER."
  (let ((buffer (smbcmp-list-companion list-buffer "bytes" #'smbcmp-bytes-mode)))
    (with-current-buffer buffer
      (setq smbcmp-bytes-list list-buffer))
    buffer))

(defun smbcmp-bytes-show (list-buffer frame &optional node)
  "Show the bytes of FRAME of the capture in LIST-BUFFER.
Those of NODE, a field of it, are highlighted."
  (let ((buffer (smbcmp-bytes-buffer list-buffer))
        (capture (buffer-local-value 'smbcmp-list-capture list-buffer)))
    (with-current-buffer buffer
      (setq smbcmp-bytes--node node)
      (smbcmp-host-request
       capture "bytes" (list :frame frame)
       (lambda (kind value)
         (when (and (eq kind 'result) (buffer-live-p buffer))
           (with-current-buffer buffer
             (setq smbcmp-bytes-frame frame
                   smbcmp-bytes--data value
                   smbcmp-bytes--whole nil)
             (smbcmp-bytes--render))))))
    (unless (get-buffer-window buffer 'visible)
      (smbcmp-bytes--display list-buffer buffer))
    buffer))

(defun smbcmp-bytes--display (list-buffer buffer)
  "Show BUFFER, the bytes of a frame of LIST-BUFFER, in a window.
That is right of the details if there is room, else below them; without
details it is below the packet list."
  (let* ((details (smbcmp-list-companion list-buffer "details"))
         (window (or (and details (get-buffer-window details))
                     (get-buffer-window list-buffer)
                     (selected-window)))
         (wide (and details (eq details (window-buffer window))
                    (>= (window-total-width window) 140))))
    (display-buffer buffer
                    `((display-buffer-reuse-window display-buffer-in-direction)
                      (window . ,window)
                      ,@(if wide
                            `((direction . right) (window-width . ,smbcmp-bytes--width))
                          `((direction . below)
                            (window-height . ,#'smbcmp-bytes--fit)))))))

(defconst smbcmp-bytes--least 8
  "Lines of a window below others that bytes are shown in, at least.")

(defun smbcmp-bytes--fit (window)
  "Have neither WINDOW, below others, nor the one above it be too low."
  (ignore-errors
    (window-resize window (max 0 (- smbcmp-bytes--least (window-total-height window)))))
  (let* ((details (window-in-direction 'above window))
         (list (and details (window-in-direction 'above details)))
         (missing (and list (/ (- (window-total-height list) (window-total-height details)) 2))))
    ;; What the details gave, the list above them gives as well.
    (when (and missing (> missing 0))
      (ignore-errors (adjust-window-trailing-edge list (- missing))))))

(defun smbcmp-bytes-highlight (list-buffer frame node)
  "Highlight NODE of FRAME in the bytes of LIST-BUFFER, if that frame is shown."
  (with-current-buffer (smbcmp-bytes-buffer list-buffer)
    (unless (eq node smbcmp-bytes--node)
      (setq smbcmp-bytes--node node)
      (when (eql frame smbcmp-bytes-frame)
        (smbcmp-bytes--mark-node)))))

;;;; Commands

(defun smbcmp-bytes--offset-at-point ()
  "Return (SOURCE . OFFSET) of the byte at point, or nil if there is none."
  (let* ((source (get-text-property (point) 'smbcmp-source))
         (line (get-text-property (point) 'smbcmp-offset))
         (column (current-column))
         (i (cond ((>= column smbcmp-bytes--ascii-column)
                   (- column smbcmp-bytes--ascii-column))
                  (t (/ (- column smbcmp-bytes--hex-column (if (> column 33) 1 0)) 3)))))
    (when line
      (cons source
            (min (1- (length (nth 1 (nth source smbcmp-bytes--data))))
                 (+ line (max 0 (min 15 i))))))))

(defun smbcmp-bytes-eldoc (&rest _)
  "Return what the field is that the byte at point is of.  For eldoc."
  (let ((place (smbcmp-bytes--offset-at-point))
        (frame smbcmp-bytes-frame)
        (details (smbcmp-list-companion smbcmp-bytes-list "details")))
    (when (and place details)
      (with-current-buffer details
        (when (eql frame smbcmp-detail-frame)
          (let ((path (smbcmp-detail-path-of-byte (car place) (cdr place))))
            (and path (dom-attr (car path) 'label))))))))

(defun smbcmp-bytes-find-field ()
  "Go to the field that the byte at point belongs to."
  (interactive)
  (pcase-let ((`(,source . ,offset) (or (smbcmp-bytes--offset-at-point)
                                        (user-error "No byte here")))
              (frame smbcmp-bytes-frame)
              (details (smbcmp-detail-buffer smbcmp-bytes-list)))
    (with-current-buffer details
      (unless (eql smbcmp-detail-frame frame)
        (setq smbcmp-detail-tree
              (smbcmp-frame-tree (buffer-local-value 'smbcmp-list-capture
                                                     smbcmp-detail-list)
                                 frame)
              smbcmp-detail-frame frame)))
    (pop-to-buffer details)
    (smbcmp-detail-go-to-byte source offset)
    (smbcmp-detail-highlight-bytes)))

(defun smbcmp-bytes-click (event)
  "Go to the field that the byte that was clicked is of: EVENT."
  (interactive "e")
  (mouse-set-point event)
  (smbcmp-bytes-find-field))

(defun smbcmp-bytes-whole ()
  "Show the data sources whole."
  (interactive)
  (setq smbcmp-bytes--whole t)
  (smbcmp-bytes--render))

(defun smbcmp-bytes-copy ()
  "Copy the bytes of the highlighted field, or of the source, in hexadecimal."
  (interactive)
  (let* ((node smbcmp-bytes--node)
         (source (or (and node (dom-attr node 'source))
                     (car (smbcmp-bytes--offset-at-point))
                     0))
         (bytes (nth 1 (nth source smbcmp-bytes--data)))
         (part (if node
                   (substring bytes (dom-attr node 'start)
                              (min (length bytes)
                                   (+ (dom-attr node 'start) (dom-attr node 'length))))
                 bytes)))
    (kill-new (mapconcat (lambda (byte) (format "%02x" byte)) part ""))
    (message "Copied %d bytes" (length part))))

(defun smbcmp-bytes-revert (&rest _)
  "Get the bytes again."
  (when smbcmp-bytes-frame
    (smbcmp-bytes-show smbcmp-bytes-list smbcmp-bytes-frame smbcmp-bytes--node)))

;;;; Mode

(defvar smbcmp-bytes-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'smbcmp-bytes-find-field)
    (define-key map [mouse-2] #'smbcmp-bytes-click)
    (define-key map [double-mouse-1] #'smbcmp-bytes-click)
    (define-key map "+" #'smbcmp-bytes-whole)
    (define-key map "w" #'smbcmp-bytes-copy)
    map)
  "Keymap of `smbcmp-bytes-mode'.")

(easy-menu-define smbcmp-bytes-menu smbcmp-bytes-mode-map
  "Menu of `smbcmp-bytes-mode'."
  '("Bytes"
    ["Field of the byte" smbcmp-bytes-find-field]
    ["Show all bytes" smbcmp-bytes-whole :enable (not smbcmp-bytes--whole)]
    ["Copy the field's bytes" smbcmp-bytes-copy]
    "--"
    ["Quit" quit-window]))

(define-derived-mode smbcmp-bytes-mode smbcmp-mode "Bytes"
  "Major mode for the bytes of a frame.

\\{smbcmp-bytes-mode-map}"
  (setq header-line-format '(:eval (format " Frame %s" (or smbcmp-bytes-frame ""))))
  (setq-local revert-buffer-function #'smbcmp-bytes-revert)
  (smbcmp-mode-eldoc #'smbcmp-bytes-eldoc))

(provide 'smbcmp-bytes)
;;; smbcmp-bytes.el ends here
