;;; smbcmp-export.el --- Write frames of a capture to a file of their own  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A few frames say what went wrong; others are needed to read them: who
;; signed in, which share and file a handle stands for.  The closure of
;; frames is both.  Writing is editcap's, which keeps what a capture says
;; of itself; each frame gets a comment with its number in the original.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-capture)

(autoload 'smbcmp-export-anonymize "smbcmp-anonymize")
(autoload 'smbcmp-anonymize-map-check "smbcmp-anonymize-map")

;;;; The closure

(defconst smbcmp-export--fields
  '(frame.number tcp.stream tcp.flags.syn
    smb2.cmd smb2.sesid smb2.tid smb2.fid smb2.response_in smb2.response_to
    smb.cmd smb.uid smb.tid smb.fid smb.response_in smb.response_to
    tcp.segment frame.comment)
  "What the closure is made of.")

(defconst smbcmp-export--commands
  '((negotiate smb2.cmd #x00) (negotiate smb.cmd #x72)
    (session smb2.cmd #x01) (session smb.cmd #x73)
    (tree smb2.cmd #x03) (tree smb.cmd #x70 #x75)
    (open smb2.cmd #x05) (open smb.cmd #x02 #x03 #x0f #x2d #xa0 #xa2))
  "Commands that give ids to later ones: (WHAT FIELD NUMBER...).
MS-SMB2 2.2.1.2, MS-CIFS 2.2.2.1.")

(cl-defstruct (smbcmp-export--row (:constructor smbcmp-export--make-row) (:copier nil))
  "What a frame has to do with others."
  (frame nil :documentation "Its number.")
  (stream nil :documentation "Its TCP stream.")
  (opens nil :documentation "Non-nil if it opens its TCP stream.")
  (gives nil :documentation "List of symbols of `smbcmp-export--commands'.")
  (sessions nil :documentation "Session ids.")
  (trees nil :documentation "Tree ids.")
  (handles nil :documentation "File ids.")
  (partners nil :documentation "Frames of its requests, responses and segments.")
  (comment nil :documentation "Its comment in the capture."))

(defun smbcmp-export--values (value)
  "Return VALUE, of a cell of `smbcmp-fields', as a list."
  (if (vectorp value) (append value nil) (and value (list value))))

(defun smbcmp-export--ids (&rest values)
  "Return the ids in VALUES, of cells; 0 and all ones stand for none."
  (cl-remove-if (lambda (id)
                  (or (memql id '(0 #xffff #xffffffff #xffffffffffffffff))
                      (and (stringp id) (string-match-p "\\`[0f-]*\\'" id))))
                (apply #'append (mapcar #'smbcmp-export--values values))))

(defun smbcmp-export--row (cells)
  "Return the row that CELLS, values of `smbcmp-export--fields', tell."
  (cl-flet ((get (field) (nth (cl-position field smbcmp-export--fields) cells)))
    (smbcmp-export--make-row
     :frame (get 'frame.number)
     :stream (car (smbcmp-export--values (get 'tcp.stream)))
     :opens (memq t (smbcmp-export--values (get 'tcp.flags.syn)))
     :gives (cl-loop for (what field . numbers) in smbcmp-export--commands
                     when (cl-intersection numbers (smbcmp-export--values (get field)))
                     collect what)
     :sessions (smbcmp-export--ids (get 'smb2.sesid) (get 'smb.uid))
     :trees (smbcmp-export--ids (get 'smb2.tid) (get 'smb.tid))
     :handles (smbcmp-export--ids (get 'smb2.fid) (get 'smb.fid))
     :partners (mapcan (lambda (field) (smbcmp-export--values (get field)))
                       (list 'smb2.response_in 'smb2.response_to 'smb.response_in
                             'smb.response_to 'tcp.segment))
     :comment (car (smbcmp-export--values (get 'frame.comment))))))

(defun smbcmp-export--rows (capture)
  "Return the rows of CAPTURE that a closure may need, in their order."
  (mapcar #'smbcmp-export--row
          (smbcmp-fields capture smbcmp-export--fields
                         "tcp.flags.syn == 1 || smb || smb2 || nbss || frame.comment")))

(defun smbcmp-export--needed-p (row known)
  "Return non-nil if frames of which KNOWN is known can't be read without ROW.
KNOWN is an alist of `streams', `sessions', `trees' and `handles'."
  (cl-flet ((any (what ids)
              (cl-some (lambda (id) (gethash id (alist-get what known))) ids)))
    (let ((here (any 'streams (list (smbcmp-export--row-stream row))))
          (gives (smbcmp-export--row-gives row)))
      (or (and here (or (smbcmp-export--row-opens row) (memq 'negotiate gives)))
          ;; A session may be bound to other connections.
          (and (memq 'session gives) (any 'sessions (smbcmp-export--row-sessions row)))
          (and here
               (or (and (memq 'tree gives) (any 'trees (smbcmp-export--row-trees row)))
                   (and (memq 'open gives) (any 'handles (smbcmp-export--row-handles row)))))))))

(defun smbcmp-export-closure (capture frames)
  "Return FRAMES of CAPTURE, numbers, and those that they need to be read.
These are the other halves of their exchanges, the segments that they
were put together from, and of the connections, sessions, shares and
handles that they use how each came to be.  The value is sorted."
  (let ((rows (smbcmp-export--rows capture))
        (row-of (make-hash-table))
        (kept (make-hash-table))
        (known (mapcar (lambda (what) (cons what (make-hash-table :test #'equal)))
                       '(streams sessions trees handles)))
        (new frames))
    (dolist (row rows) (puthash (smbcmp-export--row-frame row) row row-of))
    (while new
      (while new
        (let* ((frame (pop new)) (row (gethash frame row-of)))
          (unless (gethash frame kept)
            (puthash frame t kept)
            (when row
              (cl-loop for (what . ids)
                       in `((streams ,(smbcmp-export--row-stream row))
                            (sessions . ,(smbcmp-export--row-sessions row))
                            (trees . ,(smbcmp-export--row-trees row))
                            (handles . ,(smbcmp-export--row-handles row)))
                       do (dolist (id ids) (puthash id t (alist-get what known))))
              (setq new (append (smbcmp-export--row-partners row) new))))))
      (dolist (row rows)
        (when (and (not (gethash (smbcmp-export--row-frame row) kept))
                   (smbcmp-export--needed-p row known))
          (push (smbcmp-export--row-frame row) new))))
    (sort (hash-table-keys kept) #'<)))

;;;; Writing

(defconst smbcmp-export--most 400
  "How many ranges of frames editcap is given at once; it takes 512.")

(defun smbcmp-export--ranges (frames)
  "Return FRAMES, sorted numbers, as a list of (FIRST . LAST)."
  (let (ranges)
    (dolist (frame frames (nreverse ranges))
      (if (and ranges (= frame (1+ (cdar ranges))))
          (setcdr (car ranges) frame)
        (push (cons frame frame) ranges)))))

(defun smbcmp-export--run (program &rest args)
  "Run PROGRAM of Wireshark with ARGS; signal `smbcmp-error' if it fails."
  (with-temp-buffer
    (let ((status (condition-case err
                      (apply #'process-file program nil t nil args)
                    (file-missing (signal 'smbcmp-error
                                          (list (format "%s is not installed (%s)" program
                                                        (error-message-string err))))))))
      (unless (eql status 0)
        (signal 'smbcmp-file-error
                (list (format "%s: %s" program (string-trim (buffer-string)))))))))

(defun smbcmp-export--write-part (file ranges comments target)
  "Write RANGES of the frames of FILE to TARGET.
COMMENTS is an alist of frames and strings."
  (apply #'smbcmp-export--run "editcap" "-F" "pcapng" "-r"
         (append (cl-loop for (frame . comment) in comments
                          when (cl-some (lambda (range) (<= (car range) frame (cdr range)))
                                        ranges)
                          append (list "-a" (format "%d:%s" frame comment)))
                 (list (file-local-name file) (file-local-name target))
                 (cl-loop for (first . last) in ranges
                          collect (if (= first last) (number-to-string first)
                                    (format "%d-%d" first last))))))

(defun smbcmp-export--write (file frames comments target)
  "Write FRAMES of the capture FILE to TARGET, with COMMENTS, an alist."
  (let ((parts (seq-partition (smbcmp-export--ranges frames) smbcmp-export--most))
        (default-directory (file-name-directory target))
        pieces)
    (unwind-protect
        (if (null (cdr parts))
            (smbcmp-export--write-part file (car parts) comments target)
          (dolist (part parts)
            (push (make-nearby-temp-file "smbcmp-export" nil ".pcapng") pieces)
            (smbcmp-export--write-part file part comments (car pieces)))
          (apply #'smbcmp-export--run "mergecap" "-a" "-F" "pcapng"
                 "-w" (file-local-name target)
                 (mapcar #'file-local-name (reverse pieces))))
      (mapc #'delete-file pieces))))

(defun smbcmp-export--comments (capture frames)
  "Return the comments that FRAMES of CAPTURE get, an alist."
  (let ((own (smbcmp-fields capture '(frame.number frame.comment) "frame.comment"))
        (name (file-name-nondirectory (smbcmp-capture-file capture))))
    (mapcar (lambda (frame)
              (let ((comments (smbcmp-export--values (cadr (assq frame own)))))
                (cons frame (string-join (cons (format "Frame %d of %s" frame name) comments)
                                         "\n"))))
            frames)))

;;;###autoload
(defun smbcmp-export (capture frames file &rest plist)
  "Write FRAMES of CAPTURE, a list of numbers, to FILE as pcapng.
Each has a comment with its number in CAPTURE.  Keyword arguments:

 :closure t    Write also what is needed to read FRAMES, see
               `smbcmp-export-closure'.
 :anonymize t  Replace names, addresses and payload, see
               `smbcmp-export-anonymize'.
 :map MAP      Write what was replaced by what to the file MAP.

Return the numbers of the frames that were written.  Signal
`smbcmp-frame-error' for a frame that is not there, `smbcmp-file-error'
if FILE can't be written, `smbcmp-error' if editcap, which comes with
Wireshark, is not installed, what is to be anonymized can't be reached or
there is a MAP without :anonymize."
  (smbcmp-anonymize-map-check plist)
  (unless frames (signal 'smbcmp-frame-error (list "No frames to write")))
  (dolist (frame frames)
    (unless (and (integerp frame) (<= 1 frame (smbcmp-capture-last-frame capture)))
      (signal 'smbcmp-frame-error (list (smbcmp-capture-no-frame capture frame)))))
  (let* ((file (expand-file-name file))
         (source (smbcmp-capture-file capture))
         (frames (if (plist-get plist :closure) (smbcmp-export-closure capture frames)
                   (sort (delete-dups (copy-sequence frames)) #'<))))
    (when (smbcmp-capture-more capture)
      (signal 'smbcmp-error
              (list (format "%s: several files are open as one; write one of them with mergecap -a"
                            source))))
    (when (file-equal-p file source)
      (signal 'smbcmp-file-error (list (format "%s is the capture itself" file))))
    (smbcmp-export--write source frames
                          (if (plist-get plist :anonymize)
                              (mapcar (lambda (frame) (cons frame (format "Frame %d" frame)))
                                      frames)
                            (smbcmp-export--comments capture frames))
                          file)
    (when (plist-get plist :anonymize)
      (smbcmp-export-anonymize capture frames file (plist-get plist :map)))
    frames))

;;;; Commands

(autoload 'smbcmp-list-rows-at "smbcmp-list-rows")
(autoload 'smbcmp-list-rows-frame "smbcmp-list-rows")
(autoload 'smbcmp-compare-view-row-at-point "smbcmp-compare-summary")
(autoload 'smbcmp-compare-lists-row "smbcmp-compare-lists")
(autoload 'smbcmp-comparison-row "smbcmp-comparison")
(autoload 'smbcmp-comparison-exchange "smbcmp-comparison")
;; Accessors, which `cl-defstruct' makes.
(autoload 'smbcmp-comparison-a "smbcmp-comparison")
(autoload 'smbcmp-comparison-b "smbcmp-comparison")

(defvar smbcmp-list-capture)
(defvar smbcmp-list-marks)
(defvar smbcmp-list-filter-string)
(defvar smbcmp-compare-view-comparison)
(defvar smbcmp-compare-lists-view)
(defvar smbcmp-compare-lists-side)

(defun smbcmp-export--read-file (capture what)
  "Ask for the file to which WHAT of CAPTURE, words, goes."
  (let* ((file (smbcmp-capture-file capture))
         (name (concat (file-name-base file) "-export.pcapng"))
         (directory (file-name-directory file))
         (target (expand-file-name
                  (read-file-name (format "Write %s to (default %s): " what name)
                                  directory (expand-file-name name directory)))))
    (when (and (file-exists-p target)
               (not (y-or-n-p (format "%s exists; overwrite it? "
                                      (smbcmp-escape-file target)))))
      (user-error "Not written"))
    target))

(defun smbcmp-export--do (capture frames file closure anonymize)
  "Export FRAMES of CAPTURE to FILE, say what was done.
CLOSURE and ANONYMIZE are as in `smbcmp-export'."
  (let ((written (smbcmp-with-user-errors
                   (smbcmp-export capture frames file :closure closure :anonymize anonymize))))
    (message "Wrote %d frames%s to %s" (length written)
             (if (> (length written) (length frames))
                 (format ", %d of them to read the others"
                         (- (length written) (length frames)))
               "")
             (abbreviate-file-name file))))

(defun smbcmp-export-list-frames ()
  "Return (FRAMES . WHAT) of this packet list: region, marks or all that is shown."
  (let ((marked (cl-loop for (buffer . frame) in smbcmp-list-marks
                         when (eq buffer (current-buffer)) collect frame)))
    (cond ((use-region-p)
           (cons (cl-loop for row from (smbcmp-list-rows-at (region-beginning))
                          to (smbcmp-list-rows-at (max (region-beginning) (1- (region-end))))
                          collect (smbcmp-list-rows-frame row))
                 "the region"))
          (marked (cons marked "the marked frames"))
          (smbcmp-list-filter-string
           (cons (smbcmp-frames smbcmp-list-capture smbcmp-list-filter-string)
                 "the frames shown"))
          (t (cons (smbcmp-frames smbcmp-list-capture)
                   "all frames")))))

;;;###autoload
(defun smbcmp-export-frames (file &optional anonymize)
  "Write the frames of this packet list to FILE, with what they need to be read.
These are those of the region if it is active, else those marked, else
those shown.  With a prefix argument, ANONYMIZE: replace names and
payload, see `smbcmp-export-anonymize'."
  (interactive (list (smbcmp-export--read-file smbcmp-list-capture
                                               (cdr (smbcmp-export-list-frames)))
                     current-prefix-arg))
  (let ((frames (car (smbcmp-export-list-frames))))
    (unless frames (user-error "No frames to write"))
    (smbcmp-export--do smbcmp-list-capture frames file t anonymize)))

(defun smbcmp-export--exchange-frames (exchange)
  "Return the frames of EXCHANGE, a plist of `smbcmp-comparison-exchange'."
  (cl-loop for pdu in (append (list (plist-get exchange :request)
                                    (plist-get exchange :response)
                                    (plist-get exchange :interim))
                              (plist-get exchange :further))
           when pdu collect (car pdu)))

;;;###autoload
(defun smbcmp-export-exchange (&optional anonymize)
  "Write the exchange at point to a file, with what it needs to be read.
In a comparison, ask of which capture if both have it.  With a prefix
argument, ANONYMIZE: replace names and payload, see
`smbcmp-export-anonymize'."
  (interactive "P")
  (pcase-let* ((`(,comparison ,row ,side) (smbcmp-export-place))
               (`(,a ,b) (smbcmp-comparison-row comparison row))
               (side (cond (side) ((not b) 'a) ((not a) 'b)
                           ((eq ?a (read-char-choice "Of which capture (a or b)? " '(?a ?b)))
                            'a)
                           (t 'b)))
               (number (if (eq side 'a) a b))
               (capture (if (eq side 'a) (smbcmp-comparison-a comparison)
                          (smbcmp-comparison-b comparison))))
    (unless number (user-error "This capture has no exchange here"))
    (smbcmp-export--do capture
                       (smbcmp-export--exchange-frames
                        (smbcmp-comparison-exchange comparison side number))
                       (smbcmp-export--read-file capture "the exchange") t anonymize)))

(defun smbcmp-export-place ()
  "Return (COMPARISON ROW SIDE) of the exchange at point; SIDE may be nil."
  (let ((place (cond ((derived-mode-p 'smbcmp-compare-mode)
                      (list smbcmp-compare-view-comparison
                            (smbcmp-compare-view-row-at-point) nil))
                     ((derived-mode-p 'smbcmp-compare-list-mode)
                      (list (buffer-local-value 'smbcmp-compare-view-comparison
                                                smbcmp-compare-lists-view)
                            (smbcmp-compare-lists-row) smbcmp-compare-lists-side)))))
    (unless (and (car place) (cadr place)) (user-error "No exchange here"))
    place))

(provide 'smbcmp-export)
;;; smbcmp-export.el ends here
