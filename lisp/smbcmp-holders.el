;;; smbcmp-holders.el --- Who held a file  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A file could not be opened, deleted or locked, or only after a long
;; time: who had it open then, since which frame, and with what share mode,
;; lease or lock, as far as the capture shows it.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-handles)
(require 'smbcmp-holders-text)
(require 'smbcmp-list)
(require 'smbcmp-steps)

(autoload 'smbcmp-views-goto-frame "smbcmp-views")
(autoload 'smbcmp-views-find-lists "smbcmp-views")
(autoload 'smbcmp-files-log-words "smbcmp-files-log")
(autoload 'smbcmp-files-log-show "smbcmp-files-log")
(autoload 'smblog-pair-list-buffer "smblog-pair")

(defcustom smbcmp-files-slow 1.0
  "Seconds from which on a CREATE is slow, and who held the file is told."
  :type 'number
  :group 'smbcmp)

;;;; Who had it open

(defun smbcmp-holders-open-p (handle frame)
  "Return non-nil if HANDLE was open at FRAME."
  (and (smbcmp-handles-opened-p handle)
       (< (or (plist-get handle :open) 0) frame)
       (< frame (or (plist-get handle :close) most-positive-fixnum))
       ;; A durable handle outlives its connection.
       (< frame (or (plist-get handle :continued) (car (plist-get handle :ended))
                    most-positive-fixnum))))

(defun smbcmp-holders-file (handle)
  "Return what tells the file of HANDLE from others.
Servers may be called by name or by address; case does not matter."
  (and (plist-get handle :path)
       (let ((share (or (plist-get handle :share) "")))
         (cons (downcase (if (string-match "\\`\\\\\\\\[^\\]*" share)
                             (substring share (match-end 0))
                           share))
               (downcase (plist-get handle :path))))))

(defvar smbcmp-holders--known (make-hash-table :test 'eq :weakness 'key)
  "From lists of handles to (INDEX . REMOVALS), hash tables by file.
INDEX has the handles, REMOVALS (HANDLE FRAME . HOW)s.")

(defun smbcmp-holders--preparing (handles)
  "Return steps that have INDEX and REMOVALS of HANDLES known."
  (let ((index (make-hash-table :test 'equal)) (removals (make-hash-table :test 'equal)))
    (unless (gethash handles smbcmp-holders--known)
      (list (smbcmp-steps-each
             (lambda () (reverse handles))
             (lambda (handle)
               (let ((file (smbcmp-holders-file handle)))
                 (when file
                   (push handle (gethash file index))
                   (dolist (removed (and (smbcmp-handles-opened-p handle)
                                         (smbcmp-holders--removed handle)))
                     (push (cons handle removed) (gethash file removals)))))))
            (lambda ()
              ;; The last removal is looked for first.
              (maphash (lambda (file removed)
                         (puthash file (sort removed (lambda (a b) (> (cadr a) (cadr b))))
                                  removals))
                       removals)
              (ignore (puthash handles (cons index removals) smbcmp-holders--known)))))))

(defun smbcmp-holders--tables (handles)
  "Return (INDEX . REMOVALS) of HANDLES."
  (smbcmp-steps-run (smbcmp-holders--preparing handles))
  (gethash handles smbcmp-holders--known))

(defun smbcmp-holders--index (handles)
  "Return a hash table from files to those of HANDLES that are of it."
  (car (smbcmp-holders--tables handles)))

(defun smbcmp-holders-of (handles handle frame)
  "Return those of HANDLES that had the file of HANDLE open at FRAME."
  (seq-filter (lambda (other)
                (and (not (eq other handle)) (smbcmp-holders-open-p other frame)))
              (gethash (smbcmp-holders-file handle) (smbcmp-holders--index handles))))

(defun smbcmp-holders--conflict (asked held)
  "Say how the share modes of ASKED and HELD, handles, exclude each other, or nil."
  (cl-flet ((lacks (access share mode)
              (and access share (/= 0 (logand access (nth 0 mode)))
                   (= 0 (logand share (nth 1 mode))))))
    (cl-loop for mode in smbcmp-holders-share-modes
             for text = (cond ((lacks (plist-get asked :access)
                                      (plist-get held :share-access) mode)
                               (format "without %s" (nth 2 mode)))
                              ((lacks (plist-get held :access)
                                      (plist-get asked :share-access) mode)
                               (format "with %s access, which is requested without %s"
                                       (nth 3 mode) (nth 2 mode))))
             when text return text)))

(defun smbcmp-holders--client (handle)
  "Return who opened HANDLE, in words."
  (or (plist-get handle :connection) "a client that sent nothing"))

(defun smbcmp-holders--held (handle how)
  "Return the reason that HANDLE holds its file, HOW: (TEXT . FRAME)."
  (cons (format "%s is open by %s %s%s"
                (if (plist-get handle :path) (smbcmp-holders-path handle) "a file")
                (smbcmp-holders--client handle)
                (if how (concat how " ") "")
                (smbcmp-holders-since handle))
        (plist-get handle :open)))

;;;; Why

(defun smbcmp-holders--sharing (handles handle)
  "Say who among HANDLES kept HANDLE from being opened, a list of (TEXT . FRAME)."
  (let* ((holders (smbcmp-holders-of handles handle (plist-get handle :request)))
         (conflicts (cl-loop for holder in holders
                             for how = (smbcmp-holders--conflict handle holder)
                             when how collect (smbcmp-holders--held holder how))))
    (or conflicts
        (mapcar (lambda (holder)
                  (smbcmp-holders--held
                   holder (format "with %s access, share %s"
                                  (smbcmp-holders-access (plist-get holder :access))
                                  (smbcmp-holders-share-access
                                   (plist-get holder :share-access)))))
                holders))))

(defun smbcmp-holders--deleting (handle)
  "Say how HANDLE has its file deleted when it is closed, (HOW . FRAME) or nil."
  (let ((event (cl-find-if (lambda (event)
                             (and (eq t (plist-get event :delete))
                                  (equal "STATUS_SUCCESS" (plist-get event :status))))
                           (plist-get handle :events))))
    (cond (event (cons (format "set to be deleted in frame %d" (plist-get event :frame))
                       (plist-get event :frame)))
          ((/= 0 (logand #x1000 (or (plist-get handle :options) 0)))
           (cons "with FILE_DELETE_ON_CLOSE" (plist-get handle :open))))))

(defun smbcmp-holders--pending (handles handle)
  "Say who among HANDLES has the file of HANDLE deleted, a list of (TEXT . FRAME)."
  (let ((holders (smbcmp-holders-of handles handle (plist-get handle :request))))
    (cl-loop for holder in holders
             for deleting = (smbcmp-holders--deleting holder)
             collect (cons (concat (car (smbcmp-holders--held holder nil))
                                   (and deleting (concat ", " (car deleting))))
                           (or (cdr deleting) (plist-get holder :open))))))

(defun smbcmp-holders--removed (handle)
  "Return how HANDLE took its file away, a list of (FRAME . HOW)."
  (let ((closed (or (plist-get handle :close) (car (plist-get handle :ended)))))
    (append
     (cl-loop for event in (plist-get handle :events)
              for how = (cond ((plist-get event :rename)
                               (concat "renamed to " (plist-get event :rename)))
                              ((eq 'delete (plist-get event :kind)) "deleted"))
              when (and how (equal "STATUS_SUCCESS" (plist-get event :status)))
              collect (cons (plist-get event :frame) how))
     ;; What is set to be deleted goes when it is closed.
     (and closed (smbcmp-holders--deleting handle) (list (cons closed "deleted"))))))

(defun smbcmp-holders--removals (handles)
  "Return a hash table from files to how HANDLES took them away, the last first.
That is a list of (HANDLE FRAME . HOW)."
  (cdr (smbcmp-holders--tables handles)))

(defun smbcmp-holders--gone (handles handle &optional own)
  "Say who among HANDLES took the file of HANDLE away before.
The value is a list of (TEXT . FRAME).  What the same client did is no
riddle, and only told with OWN."
  (pcase (cl-find-if (lambda (removed) (< (cadr removed) (plist-get handle :request)))
                     (gethash (smbcmp-holders-file handle) (smbcmp-holders--removals handles)))
    (`(,other ,frame . ,how)
     (and (or own (not (equal (plist-get other :connection) (plist-get handle :connection))))
          (list (cons (format "%s was %s by %s in frame %d" (smbcmp-holders-path handle) how
                              (smbcmp-holders--client other) frame)
                      frame))))))

(defun smbcmp-holders--unknown (handles frame)
  "Return those of HANDLES that were open at FRAME, of what file is not known."
  (cl-remove-if-not (lambda (handle) (and (null (plist-get handle :path))
                                          (smbcmp-holders-open-p handle frame)))
                    handles))

(defun smbcmp-holders--breaks (handles handle)
  "Return the breaks that HANDLE had to wait for, a list of (HOLDER . EVENT).
They are of others of HANDLES that have the same file open, or one that is
not known since they opened it before the capture began."
  (let ((from (plist-get handle :request)) (to (plist-get handle :open)))
    (cl-loop for holder in (and from to (append (smbcmp-holders-of handles handle from)
                                                (smbcmp-holders--unknown handles from)))
             append (cl-loop for event in (plist-get holder :events)
                             when (and (eq 'break (plist-get event :kind))
                                       (< from (plist-get event :frame) to))
                             collect (cons holder event)))))

(defun smbcmp-holders-break-text (holder event)
  "Say what became of the break EVENT of HOLDER."
  (let ((close (plist-get holder :close)) (frame (plist-get event :frame)))
    (concat
     (format "broken%s in frame %d, "
             (let ((to (plist-get event :to)))
               (cond ((null to) "")
                     ((plist-get event :lease)
                      (concat " to " (smbcmp-holders-lease-state to)))
                     (t (concat " to " (downcase (smbcmp-holders-name "smb2.create.oplock"
                                                                      to))))))
             frame)
     (cond ((plist-get event :acknowledged)
            (format "acknowledged after %s"
                    (smbcmp-holders-seconds (plist-get event :after))))
           ((not (plist-get event :required)) "no acknowledgement asked for")
           (close (format "never acknowledged; closed in frame %d" close))
           (t "never acknowledged")))))

(defun smbcmp-holders--slow (handles handle)
  "Say whose oplock or lease HANDLE waited for, among HANDLES: (TEXT . FRAME)s."
  (cl-loop for (holder . event) in (smbcmp-holders--breaks handles handle)
           collect (cons (concat (car (smbcmp-holders--held
                                       holder (let ((caching (smbcmp-holders-caching holder)))
                                                (and caching (concat "with a " caching)))))
                                 ", " (smbcmp-holders-break-text holder event))
                         (plist-get event :frame))))

;;;; Locks

(defun smbcmp-holders-lock-kind (flags)
  "Return what kind a lock with FLAGS is, `unlock' or a word."
  (cond ((/= 0 (logand 4 flags)) 'unlock)
        ((/= 0 (logand 2 flags)) "exclusively")
        (t "shared")))

(defun smbcmp-holders--lock-events (handles handle)
  "Return the events that HANDLE has its locks from.
One that was opened again has those from before, of another of HANDLES."
  (append (let ((before (and (plist-get handle :reconnects)
                             (cl-find (plist-get handle :reconnects)
                                      (gethash (smbcmp-holders-file handle)
                                               (smbcmp-holders--index handles))
                                      :key (lambda (other) (plist-get other :open))))))
            (and before (smbcmp-holders--lock-events handles before)))
          (plist-get handle :events)))

(defun smbcmp-holders--locks (handles handle frame)
  "Return the locks that HANDLE, of HANDLES, had at FRAME.
They are a list of (OFFSET LENGTH KIND FRAME)."
  (let (locks)
    (dolist (event (smbcmp-holders--lock-events handles handle) (nreverse locks))
      (when (and (eq 'lock (plist-get event :kind))
                 (equal "STATUS_SUCCESS" (plist-get event :status))
                 (< (plist-get event :response) frame))
        (pcase-dolist (`(,offset ,length ,flags) (plist-get event :ranges))
          (pcase (smbcmp-holders-lock-kind flags)
            ('unlock (setq locks (cl-remove-if (pcase-lambda (`(,o ,l . ,_))
                                                 (and (eql o offset) (eql l length)))
                                               locks)))
            (kind (push (list offset length kind (plist-get event :frame)) locks))))))))

(defun smbcmp-holders--ranges (event)
  "Return the ranges that EVENT is about, a list of (OFFSET LENGTH)."
  (if (eq 'lock (plist-get event :kind))
      (mapcar (lambda (range) (seq-take range 2)) (plist-get event :ranges))
    (list (list (plist-get event :offset) (plist-get event :length)))))

(defun smbcmp-holders--locked (handles handle event)
  "Say whose locks, among HANDLES, kept EVENT of HANDLE: a list of (TEXT . FRAME)."
  (cl-loop
   with frame = (plist-get event :frame)
   for holder in (cons handle (smbcmp-holders-of handles handle frame))
   append (cl-loop
           for (offset length kind since) in (smbcmp-holders--locks handles holder frame)
           when (cl-some (pcase-lambda (`(,from ,size))
                           (and from size (< from (+ offset length)) (< offset (+ from size))))
                         (smbcmp-holders--ranges event))
           collect (cons (format "%s of %s: locked %s by %s since frame %d"
                                 (smbcmp-holders-bytes offset length)
                                 (smbcmp-holders-path holder) kind
                                 (plist-get holder :connection) since)
                         since))))

(defun smbcmp-holders-bytes (offset length)
  "Return the range of LENGTH bytes from OFFSET in words."
  (pcase length
    (0 (format "0 bytes at %d" offset))
    (1 (format "byte %d" offset))
    (_ (format "bytes %d-%d" offset (+ offset length -1)))))

;;;; All that went wrong

(defun smbcmp-holders--problem (what request response why)
  "Return a problem: WHAT, a string, from frame REQUEST to RESPONSE; and WHY.
WHY is a list of (TEXT . FRAME)."
  (list :what what :request request :response response :why why))

(defconst smbcmp-holders--nobody
  '(("no handle in this capture has it open: opened earlier, or by a client not captured"))
  "The reason where the capture has none.")

(defun smbcmp-holders--create-problem (handles handle)
  "Return what is wrong with how HANDLE, of HANDLES, was opened, a problem or nil."
  (cl-flet ((problem (text why)
              (smbcmp-holders--problem (format "CREATE %s: %s" (smbcmp-holders-path handle) text)
                                       (plist-get handle :request) (plist-get handle :open)
                                       (or why smbcmp-holders--nobody))))
    (pcase (plist-get handle :status)
      ((and status "STATUS_SHARING_VIOLATION")
       (problem status (or (smbcmp-holders--sharing handles handle)
                           (smbcmp-holders--slow handles handle))))
      ((and status "STATUS_DELETE_PENDING")
       (problem status (smbcmp-holders--pending handles handle)))
      ((and status "STATUS_OBJECT_NAME_NOT_FOUND")
       (let ((why (smbcmp-holders--gone handles handle)))
         (and why (problem status why))))
      (_ (let ((why (and (plist-get handle :duration)
                         (>= (plist-get handle :duration) smbcmp-files-slow)
                         (smbcmp-holders--slow handles handle))))
           (and why (problem (concat "answered after "
                                     (smbcmp-holders-seconds (plist-get handle :duration)))
                             why)))))))

(defconst smbcmp-holders--conflicts '("STATUS_FILE_LOCK_CONFLICT" "STATUS_LOCK_NOT_GRANTED")
  "Statuses of requests that a lock kept from what they wanted.")

(defun smbcmp-holders--event-problem (handles handle event)
  "Return what is wrong with EVENT of HANDLE, of HANDLES, a problem or nil."
  (cond
   ((member (plist-get event :status) smbcmp-holders--conflicts)
    (smbcmp-holders--problem (format "%s %s: %s" (upcase (symbol-name (plist-get event :kind)))
                                     (smbcmp-holders-path handle) (plist-get event :status))
                             (plist-get event :frame) (plist-get event :response)
                             (or (smbcmp-holders--locked handles handle event)
                                 '(("no lock in this capture covers it")))))
   ((and (eq 'break (plist-get event :kind)) (plist-get event :required)
         (not (plist-get event :acknowledged))
         ;; To close the file answers it as well.
         (not (smbcmp-holders--closed-soon-p handle event)))
    (smbcmp-holders--problem (format "%s break of %s is not acknowledged"
                                     (if (plist-get event :lease) "lease" "oplock")
                                     (smbcmp-holders-path handle))
                             (plist-get event :frame) nil
                             (list (smbcmp-holders--held
                                    handle (let ((caching (smbcmp-holders-caching handle)))
                                             (and caching (concat "with a " caching)))))))))

(defun smbcmp-holders-suspect-p (packed at)
  "Return non-nil if the handle AT, in PACKED, may be what a problem is about.
That is a quick look; handles that it has nothing against have no problem."
  (let ((duration (smbcmp-handles-value packed at :duration)))
    (or (member (smbcmp-handles-value packed at :status)
                '("STATUS_SHARING_VIOLATION" "STATUS_DELETE_PENDING"
                  "STATUS_OBJECT_NAME_NOT_FOUND"))
        (and duration (>= duration smbcmp-files-slow))
        (let (found)
          (smbcmp-handles-look
           packed at (lambda (kind status)
                       (when (or (eq 'break kind) (member status smbcmp-holders--conflicts))
                         (setq found t))))
          found))))

(defun smbcmp-holders--closed-soon-p (handle event)
  "Return non-nil if HANDLE was closed soon after EVENT, a break."
  (let ((close (cl-find 'close (plist-get handle :events)
                        :key (lambda (event) (plist-get event :kind)))))
    (and close (< (- (plist-get close :time) (plist-get event :time)) smbcmp-files-slow))))

(defun smbcmp-holders-finding (handles done)
  "Return steps that call DONE with `smbcmp-holders-problems' of HANDLES."
  (let ((creates nil) (others nil))
    (list (smbcmp-steps-several (lambda () (smbcmp-holders--preparing handles)))
          (smbcmp-steps-each
           (lambda () handles)
           (lambda (handle)
             (push (smbcmp-holders--create-problem handles handle) creates)
             (dolist (event (plist-get handle :events))
               (push (smbcmp-holders--event-problem handles handle event) others))))
          (lambda ()
            (ignore (funcall done (smbcmp-holders--in-order (nreverse (delq nil creates))
                                                            (nreverse (delq nil others)))))))))

(defun smbcmp-holders--in-order (creates others)
  "Return CREATES and OTHERS, problems, in the order of frames.
Breaks that one of CREATES waited for are told there."
  (let ((told (cl-loop for problem in creates
                       append (mapcar #'cdr (plist-get problem :why)))))
    (sort (append creates
                  (cl-remove-if (lambda (problem)
                                  (and (null (plist-get problem :response))
                                       (memql (plist-get problem :request) told)))
                                others))
          (lambda (a b) (< (plist-get a :request) (plist-get b :request))))))

(defun smbcmp-holders-problems (handles)
  "Return what went wrong with HANDLES because someone held a file.
The value is a list of plists in the order of frames:

 :what               What it was, a string: the command, path and status.
 :request :response  Its frames; the latter may be nil.
 :why                Who held it, a list of (TEXT . FRAME): in words, and the
                     frame to look at, nil if the capture has none."
  (let (problems)
    (smbcmp-steps-run (smbcmp-holders-finding handles (lambda (found) (setq problems found))))
    problems))

(defun smbcmp-holders-why (handles frame)
  "Return the problem of HANDLES whose request or response is FRAME, or nil.
It is one of `smbcmp-holders-problems'."
  (smbcmp-holders-of-frame (smbcmp-holders-problems handles) handles frame))

(defun smbcmp-holders-of-frame (problems handles frame)
  "Return that of PROBLEMS, of HANDLES, whose request or response is FRAME."
  (or (cl-find-if (lambda (problem) (memql frame (list (plist-get problem :request)
                                                       (plist-get problem :response))))
                  problems)
      (smbcmp-holders--own handles frame)))

(defun smbcmp-holders--own (handles frame)
  "Return why the file that FRAME asks for among HANDLES is gone, a problem or nil.
That is if its own client took it away."
  (let* ((handle (cl-find-if (lambda (handle)
                               (and (equal "STATUS_OBJECT_NAME_NOT_FOUND"
                                           (plist-get handle :status))
                                    (memql frame (list (plist-get handle :request)
                                                       (plist-get handle :open)))))
                             handles))
         (why (and handle (smbcmp-holders--gone handles handle t))))
    (and why (smbcmp-holders--problem (format "CREATE %s: %s" (smbcmp-holders-path handle)
                                              (plist-get handle :status))
                                      (plist-get handle :request) (plist-get handle :open)
                                      why))))

;;;; Of a frame

(defun smbcmp-holders--show (frame problem)
  "Say who held the file of FRAME in this packet list, by PROBLEM; go there.
Not if point is on another frame by now."
  (unless problem (user-error "Nobody held the file of frame %d" frame))
  (let ((why (plist-get problem :why)))
    (when (and (cdar why) (eql frame (smbcmp-list-frame-at-point)))
      (smbcmp-list-goto-frame (cdar why)))
    (message "%s" (mapconcat (lambda (text) text)
                             (append (mapcar #'car why)
                                     (mapcar (lambda (word) (plist-get word :text))
                                             (smbcmp-files-log-words
                                              (current-buffer) (plist-get problem :request))))
                             "\n"))))

(autoload 'smbcmp-views-do "smbcmp-views")
(autoload 'smbcmp-files-asking "smbcmp-files")
(autoload 'smbcmp-files-finding "smbcmp-files")

;;;###autoload
(defun smbcmp-holder ()
  "Say who held the file that the frame at point could not have, and go there."
  (interactive)
  (unless (derived-mode-p 'smbcmp-list-mode)
    (user-error "Type this on a frame in the packet list"))
  (let ((frame (smbcmp-list-need-frame)) (capture smbcmp-list-capture))
    (smbcmp-with-user-errors
      (smbcmp-views-do
       "Looking for who held the file"
       (smbcmp-steps-several
        (lambda () (and (not (smbcmp-handles-known capture))
                        (smbcmp-files-asking (list capture)))))
       (smbcmp-steps-several
        (lambda ()
          (smbcmp-files-finding
           (car (smbcmp-handles-known capture))
           (lambda (problems handles)
             (smbcmp-holders--show frame (smbcmp-holders-of-frame problems handles frame))))))))))

(provide 'smbcmp-holders)
;;; smbcmp-holders.el ends here
