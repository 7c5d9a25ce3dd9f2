;;; smbcmp-case.el --- All that belongs to one incident  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A case is a directory of captures, logs and settings, or an archive of
;; one.  What is in each, which captures and logs belong together and how far
;; their clocks are apart, what can be decrypted, and what went wrong first is
;; found out step by step: `smbcmp-case-advance' does what can be done now and
;; never waits for a capture to load or a log to be indexed.
;;
;; Captures and logs are in buffers from the start, so that nothing is read
;; twice when one looks at them.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-case-about)
(require 'smbcmp-case-file)
(require 'smbcmp-list)
(require 'smblog-link)
(require 'smblog-pair)

(autoload 'smblog-buffer-of-file "smblog-buffer")
(autoload 'smblog-buffer-of-files "smblog-buffer")
(declare-function smblog--module-link-capture "smbcmp-module.so" ())
(declare-function smblog--module-progress "smbcmp-module.so" (log))
(defvar smblog-log)

(cl-defstruct (smbcmp-case (:constructor smbcmp-case--make) (:copier nil))
  "A case, see `smbcmp-case-open'."
  (source nil :documentation "The directory or archive, an absolute name.")
  (directory nil :documentation "Where its files are.")
  (root nil :documentation "The same, or the only directory in it, and so on.")
  (temporary nil :documentation "Non-nil if that is made by unpacking; t when that is done.")
  (items nil :documentation "Its files, `smbcmp-case-item's.")
  (links nil :documentation "What belongs together, see `smbcmp-case-links'.")
  (errors nil :documentation "First errors, see `smbcmp-case-errors'.")
  (merged nil :documentation "Buffer with all logs of the server as one, or nil.")
  (steps nil :documentation "Functions still to be called until they return nil.")
  (problem nil :documentation "Why it could not be unpacked as a whole, or nil.")
  (unlimited nil :documentation "Non-nil to unpack it as a whole, however much that is."))

(cl-defstruct (smbcmp-case-item (:constructor smbcmp-case-item--make) (:copier nil))
  "A file of a case."
  file
  (kind nil :documentation "As `smbcmp-case-file-kind' says, or `keys'.")
  (data nil :documentation "What goes with KIND.")
  (buffer nil :documentation "The packet list or log, or nil.")
  (about nil :documentation "What is in it, a plist; see `smbcmp-case-about-capture'.")
  (keys nil :documentation "Sealed session keys that it has, or nil.")
  (collected nil :documentation "What links need to know of a capture.")
  (state nil :documentation "What is being waited for."))

(defun smbcmp-case-items-of (case kind)
  "Return the items of CASE that are of KIND."
  (cl-remove-if-not (lambda (item) (eq kind (smbcmp-case-item-kind item)))
                    (smbcmp-case-items case)))

(defun smbcmp-case-item-name (case item)
  "Return the name of ITEM in CASE."
  (file-relative-name (smbcmp-case-item-file item)
                      (or (smbcmp-case-root case) (smbcmp-case-directory case))))

;;;; Opening

(defvar smbcmp-case--temporaries nil
  "Directories that are to be deleted when Emacs is left.")

(defun smbcmp-case--delete-temporaries ()
  "Delete what was unpacked."
  (dolist (directory smbcmp-case--temporaries)
    (ignore-errors (delete-directory directory t))))

(add-hook 'kill-emacs-hook #'smbcmp-case--delete-temporaries)

(defun smbcmp-case-make (source &optional unlimited)
  "Return the case in SOURCE, a directory or an archive, nothing of it read yet.
UNLIMITED non-nil means to unpack more than `smbcmp-case-unpack-limit'.
Call `smbcmp-case-advance' until it returns nil."
  (let ((source (directory-file-name (expand-file-name source))))
    (when (file-remote-p source)
      (signal 'smbcmp-file-error (list (format "%s is on another host; copy it here" source))))
    (unless (or (file-directory-p source)
                (and (file-readable-p source) (smbcmp-case-file-archive-p source)))
      (signal 'smbcmp-file-error
              (list (format (if (file-exists-p source)
                                "%s is neither a directory nor an archive (zip, tar)"
                              "%s: no such file")
                            source))))
    (smbcmp-case--make :source source
                       :unlimited unlimited
                       :steps (list #'smbcmp-case--unpack #'smbcmp-case--list
                                    #'smbcmp-case--recognize #'smbcmp-case--load
                                    #'smbcmp-case--decrypt #'smbcmp-case--summarize
                                    #'smbcmp-case--link #'smbcmp-case--pair
                                    #'smbcmp-case--find-errors))))

(defun smbcmp-case-advance (case)
  "Do what can be done for CASE now.
Return nil when all is done, `wait' if something is being waited for, and
else t: there is more to do."
  (let ((step (car (smbcmp-case-steps case))))
    (pcase (and step (funcall step case))
      ('wait 'wait)
      ('nil (pop (smbcmp-case-steps case))
            (and (smbcmp-case-steps case) t))
      (_ t))))

(defun smbcmp-case-open (source)
  "Return the case in SOURCE, a directory or an archive, when all of it is read.
See `smbcmp-case-items', `smbcmp-case-links' and `smbcmp-case-errors'.
Signal `smbcmp-file-error' if it is neither, and in batch mode if it is
more than `smbcmp-case-unpack-limit' allows."
  (let ((case (smbcmp-case-make source)) done)
    (unwind-protect
        (progn
          (while (pcase (smbcmp-case-advance case)
                   ('wait (accept-process-output nil 0.02) t)
                   (more more))
            (when (and noninteractive
                       (smbcmp-case-file-limited-p (smbcmp-case-problem case)))
              (signal 'smbcmp-file-error
                      (list (concat (smbcmp-case-problem case)
                                    "; see `smbcmp-case-unpack-limit'")))))
          (setq done t)
          case)
      (unless done (smbcmp-case-close case)))))

(defun smbcmp-case-close (case)
  "Kill the buffers of CASE, and delete what was unpacked of it."
  (dolist (buffer (cons (smbcmp-case-merged case)
                        (mapcar #'smbcmp-case-item-buffer (smbcmp-case-items case))))
    (when (buffer-live-p buffer)
      (with-current-buffer buffer (set-buffer-modified-p nil))
      (kill-buffer buffer)))
  (when (smbcmp-case-temporary case)
    (setq smbcmp-case--temporaries (delete (smbcmp-case-directory case)
                                           smbcmp-case--temporaries))
    (setf (smbcmp-case-temporary case) nil)
    ;; It may still be written to.
    (ignore-errors (delete-directory (smbcmp-case-directory case) t))))

;;;; Files

(defun smbcmp-case--unpack (case)
  "Unpack CASE if it is an archive, and wait for the end of that."
  (let ((source (smbcmp-case-source case)))
    (cond ((smbcmp-case-temporary case)
           (and (eq 'unpacking (smbcmp-case-temporary case)) 'wait))
          ((file-directory-p source)
           (setf (smbcmp-case-directory case) (file-name-as-directory source))
           nil)
          (t (smbcmp-case--start-unpacking case)
             t))))

(defun smbcmp-case--start-unpacking (case)
  "Begin to unpack CASE into a directory of its own."
  (let ((directory (file-name-as-directory (make-temp-file "smbcmp-case" t))))
    (push directory smbcmp-case--temporaries)
    (setf (smbcmp-case-directory case) directory
          (smbcmp-case-temporary case) 'unpacking)
    (condition-case err
        (smbcmp-case-file-unpack
         (smbcmp-case-source case) directory
         (lambda (problem) (smbcmp-case--unpacked case problem))
         (smbcmp-case-unlimited case))
      (smbcmp-file-error (smbcmp-case--unpacked case (smbcmp-error-message err))))))

(defun smbcmp-case--unpacked (case problem)
  "Note that CASE is unpacked, but for PROBLEM, if that is non-nil."
  (setf (smbcmp-case-problem case) problem
        ;; Unless it was closed meanwhile.
        (smbcmp-case-temporary case) (and (smbcmp-case-temporary case) t)))

(defun smbcmp-case--list (case)
  "Note what files CASE has."
  (setf (smbcmp-case-root case) (smbcmp-case--root (smbcmp-case-directory case))
        (smbcmp-case-items case)
        (mapcar (lambda (file) (smbcmp-case-item--make :file file))
                (smbcmp-case-file-list (smbcmp-case-directory case))))
  nil)

(defun smbcmp-case--root (directory)
  "Return DIRECTORY or, if there is but a directory in it, the root of that."
  (let ((files (directory-files directory t directory-files-no-dot-files-regexp)))
    (if (and files (null (cdr files)) (file-directory-p (car files))
             (not (file-symlink-p (car files))))
        (smbcmp-case--root (file-name-as-directory (car files)))
      directory)))

(defun smbcmp-case--recognize (case)
  "Recognize the next file of CASE that is not known yet."
  (when-let* ((item (cl-find nil (smbcmp-case-items case) :key #'smbcmp-case-item-kind)))
    (pcase-let ((`(,kind . ,data) (smbcmp-case-file-kind (smbcmp-case-item-file item))))
      ;; What was unpacked beside it is there for itself.
      (setf (smbcmp-case-item-kind item) kind
            (smbcmp-case-item-data item) data)
      (when (memq kind '(log unknown settings))
        (smbcmp-case--look-for-keys item)))
    t))

(defun smbcmp-case--look-for-keys (item)
  "Take the keys that ITEM, a log or what is not known, has."
  (let ((keys (ignore-errors (car (smbcmp-keys-of-source (smbcmp-case-item-file item))))))
    (when keys
      (setf (smbcmp-case-item-keys item) (smbcmp-keys-seal keys))
      (when (eq 'unknown (smbcmp-case-item-kind item))
        (setf (smbcmp-case-item-kind item) 'keys)))))

(defun smbcmp-case--load (case)
  "Open the captures and logs of CASE, in the background, and wait for them."
  (let ((new (cl-find-if (lambda (item)
                           (and (memq (smbcmp-case-item-kind item) '(capture log))
                                (null (smbcmp-case-item-state item))))
                         (smbcmp-case-items case))))
    (cond (new (smbcmp-case--open-item new) t)
          ((cl-some #'smbcmp-case--loading-p (smbcmp-case-items case)) 'wait))))

(defun smbcmp-case--open-item (item)
  "Show ITEM, a capture or log, in a buffer, which loads in the background."
  (setf (smbcmp-case-item-state item) 'open)
  (condition-case err
      (setf (smbcmp-case-item-buffer item)
            (if (eq 'capture (smbcmp-case-item-kind item))
                (smbcmp-list-buffer (smbcmp-case-item-file item) nil
                                    (list :only (smbcmp-case--only item)))
              (let ((inhibit-message t))
                (require 'smblog-mode)
                (smblog-buffer-of-file (smbcmp-case-item-file item)))))
    (error (smbcmp-case--fail item (error-message-string err)))))

(defun smbcmp-case--only (item)
  "Return what to open of ITEM, a capture: of a large one SMB alone.
Nobody can be asked in the background."
  (and smbcmp-only-question-size
       (> (file-attribute-size (file-attributes (smbcmp-case-item-file item)))
          smbcmp-only-question-size)
       smbcmp-only-default))

(defun smbcmp-case--fail (item problem)
  "Note that ITEM can't be read for PROBLEM, a string."
  (setf (smbcmp-case-item-kind item) 'unknown
        (smbcmp-case-item-data item) problem))

(defun smbcmp-case-item-capture (item)
  "Return the capture of ITEM, or nil."
  (and (eq 'capture (smbcmp-case-item-kind item))
       (buffer-live-p (smbcmp-case-item-buffer item))
       (buffer-local-value 'smbcmp-list-capture (smbcmp-case-item-buffer item))))

(defun smbcmp-case-item-log (item)
  "Return the log of ITEM, or nil."
  (and (eq 'log (smbcmp-case-item-kind item))
       (buffer-live-p (smbcmp-case-item-buffer item))
       (buffer-local-value 'smblog-log (smbcmp-case-item-buffer item))))

(defun smbcmp-case--loading-p (item)
  "Return non-nil if ITEM is still being loaded or indexed."
  (let ((capture (smbcmp-case-item-capture item)) (log (smbcmp-case-item-log item)))
    (cond
     (capture
      (pcase (smbcmp-capture-state capture)
        ('loaded nil)
        ((or 'failed 'closed)
         (smbcmp-case--fail item (smbcmp-error-message
                                  (flatten-tree (or (smbcmp-capture-error capture)
                                                    '(smbcmp-error "It is closed")))))
         nil)
        (_ t)))
     (log (not (nth 3 (smblog--module-progress log)))))))

;;;; Keys

(defun smbcmp-case--decrypt (case)
  "Decrypt the next capture of CASE for which there are keys; wait for the last."
  (let ((keys (cl-loop for item in (smbcmp-case-items case)
                       when (smbcmp-case-item-keys item)
                       append (smbcmp-keys-unseal (smbcmp-case-item-keys item))))
        (item (cl-find 'open (smbcmp-case-items-of case 'capture)
                       :key #'smbcmp-case-item-state)))
    (cond
     ((cl-some #'smbcmp-case--loading-p (smbcmp-case-items case)) 'wait)
     (item
      (setf (smbcmp-case-item-state item) 'read)
      (smbcmp-case--decrypt-one item keys)
      t))))

(defun smbcmp-case--decrypt-one (item keys)
  "Decrypt the capture of ITEM with those of KEYS that are of its sessions."
  (let* ((capture (smbcmp-case-item-capture item))
         (sessions (and capture (mapcar #'car (smbcmp-encrypted-sessions capture))))
         (fitting (cl-remove-if-not (lambda (key)
                                      (or (plist-get key :keytab)
                                          (member (plist-get key :session) sessions)))
                                    keys)))
    (setf (smbcmp-case-item-about item) (list :encrypted (length sessions)))
    (when (and sessions fitting)
      (smbcmp-capture-use-keys capture (smbcmp-keys-seal fitting)))))

;;;; What is in a capture, a log

(defun smbcmp-case--summarize (case)
  "Find out what is in the next capture or log of CASE."
  (let* ((items (cl-remove-if-not (lambda (item)
                                    (memq (smbcmp-case-item-kind item) '(capture log)))
                                  (smbcmp-case-items case)))
         (item (cl-find-if-not (lambda (item)
                                 (memq (smbcmp-case-item-state item) '(told asking)))
                               items)))
    (cond
     ((cl-some #'smbcmp-case--loading-p (smbcmp-case-items case)) 'wait)
     (item (smbcmp-case--summarize-one item)
           t)
     ((cl-find 'asking items :key #'smbcmp-case-item-state) 'wait))))

(defun smbcmp-case--summarize-one (item)
  "Find out what is in ITEM, a capture or log; of a capture in the background."
  (if (eq 'log (smbcmp-case-item-kind item))
      (smbcmp-case--told item (lambda () (smbcmp-case-about-log (smbcmp-case-item-log item))))
    (setf (smbcmp-case-item-state item) 'asking)
    (smbcmp-capture-fields-later
     (smbcmp-case-item-capture item) (cons "frame.number" smbcmp-case-about-fields) "smb2 || smb"
     (lambda (_problem rows)
       ;; Not where replies are handed on.
       (run-with-timer 0 nil #'smbcmp-case--told item
                       (lambda ()
                         (smbcmp-case-about-capture
                          (smbcmp-case-item-capture item) rows
                          (or (plist-get (smbcmp-case-item-about item) :encrypted) 0))))))))

(defun smbcmp-case--told (item function)
  "Note of ITEM what FUNCTION returns, or why that can't be told."
  ;; FUNCTION may wait for replies; what comes next must not begin meanwhile.
  (setf (smbcmp-case-item-state item) 'asking)
  (unwind-protect
      (when (buffer-live-p (smbcmp-case-item-buffer item))
        (condition-case err
            (setf (smbcmp-case-item-about item) (funcall function))
          (smbcmp-error (smbcmp-case--fail item (smbcmp-error-message err)))))
    (setf (smbcmp-case-item-state item) 'told)))

;;;; What belongs together

(defun smbcmp-case--link (case)
  "Ask the next capture of CASE for what links need to know."
  (let ((item (cl-find-if-not #'smbcmp-case-item-collected
                              (smbcmp-case-items-of case 'capture))))
    (cond
     ((cl-find 'asking (smbcmp-case-items-of case 'capture) :key #'smbcmp-case-item-state)
      'wait)
     (item
      (setf (smbcmp-case-item-state item) 'asking
            (smbcmp-case-item-collected item) (smblog--module-link-capture))
      (smblog-link-ask (smbcmp-case-item-capture item) (smbcmp-case-item-collected item)
                       (lambda (_problem) (setf (smbcmp-case-item-state item) 'told))
                       #'ignore)
      t)
     (t (setf (smbcmp-case-links case)
              (append (smbcmp-case--link-logs case) (smbcmp-case--link-captures case)))
        nil))))

(defun smbcmp-case--link-logs (case)
  "Return what logs and captures of CASE belong together.
A list of plists (:log ITEM :capture ITEM :certain N :requests N :offset
SECONDS :text LINE), OFFSET being how far the log's clock is ahead."
  (cl-loop
   for capture in (smbcmp-case-items-of case 'capture)
   append
   (cl-loop
    for log in (smbcmp-case-items-of case 'log)
    for links = (and (> (or (plist-get (smbcmp-case-item-about log) :requests) 0) 0)
                     (smblog-link-finish (smbcmp-case-item-log log)
                                         (smbcmp-case-item-capture capture)
                                         (smbcmp-case-item-collected capture)))
    when (and links (> (+ (smblog-links-certain links) (smblog-links-ambiguous links)) 0))
    collect (list :log log :capture capture :certain (smblog-links-certain links)
                  :requests (smblog-links-count links) :offset (smblog-links-offset links)
                  :text (smblog-links-summary links)))))

(defun smbcmp-case--link-captures (case)
  "Return what captures of CASE are of the same run, recorded at two points.
They have connections with the same ports and sessions with the same ids.
A list of plists (:capture ITEM :other ITEM :text LINE)."
  (cl-loop
   for (one . others) on (smbcmp-case-items-of case 'capture)
   append
   (cl-loop
    for other in others
    for ports = (smbcmp-case--shared one other :connections)
    for sessions = (smbcmp-case--shared one other :sessions)
    when (and ports sessions)
    collect (list :capture one :other other
                  :text (format "the same run from two points: %d connection%s, %d session%s"
                                ports (if (= ports 1) "" "s")
                                sessions (if (= sessions 1) "" "s"))))))

(defun smbcmp-case--shared (one other key)
  "Return how many elements the lists KEY of ONE and OTHER share, nil if none."
  (let ((count (length (cl-intersection (plist-get (smbcmp-case-item-about one) key)
                                        (plist-get (smbcmp-case-item-about other) key)
                                        :test #'equal))))
    (and (> count 0) count)))

(defun smbcmp-case--best-log (case capture)
  "Return the link of CASE that has most of CAPTURE's requests in a log, or nil."
  (let ((best nil))
    (dolist (link (smbcmp-case-links case) best)
      (when (and (plist-get link :log)
                 (eq capture (plist-get link :capture))
                 (or (null best) (> (plist-get link :certain) (plist-get best :certain))))
        (setq best link)))))

(defun smbcmp-case--pair (case)
  "Link each capture of CASE to the log that has most of it, in the background."
  (smbcmp-case--merge case)
  (dolist (capture (smbcmp-case-items-of case 'capture))
    (when-let* ((best (smbcmp-case--best-log case capture)))
      (let ((inhibit-message t))
        (smblog-pair-buffers (smbcmp-case-item-buffer (plist-get best :log))
                             (smbcmp-case-item-buffer capture)))))
  nil)

(defun smbcmp-case--merge (case)
  "Make one log of those of the server, if CASE has several."
  (let ((logs (cl-remove-if-not
               (lambda (item) (member (plist-get (smbcmp-case-item-about item) :form)
                                      '("samba" "ctdb")))
               (smbcmp-case-items-of case 'log))))
    (when (cdr logs)
      (setf (smbcmp-case-merged case)
            (smblog-buffer-of-files (mapcar #'smbcmp-case-item-file logs))))))

(defun smbcmp-case-role (case capture)
  "Return whose side CAPTURE, an item of CASE, was recorded on.
That is `client' or `server', as the log tells that it belongs to, or nil."
  (pcase (plist-get (smbcmp-case-item-about
                     (or (plist-get (smbcmp-case--best-log case capture) :log)
                         (smbcmp-case-item--make)))
                    :form)
    ((or "samba" "ksmbd" "ctdb") 'server)
    ((or "kernel" "trace" "function_graph") 'client)))

;;;; Errors

(defun smbcmp-case--find-errors (case)
  "Put the first errors of all files of CASE in one order of time.
Times of a log that belongs to a capture are those of the capture's clock."
  (setf (smbcmp-case-errors case)
        (sort (cl-loop for item in (smbcmp-case-items case)
                       append (cl-loop
                               with offset = (smbcmp-case--offset case item)
                               for (time number text)
                               in (plist-get (smbcmp-case-item-about item) :first-errors)
                               collect (list :item item :time (and time (- time offset))
                                             :number number :text text)))
              ;; Those without a time come last.
              (lambda (a b) (< (or (plist-get a :time) 1.0e+INF)
                               (or (plist-get b :time) 1.0e+INF)))))
  nil)

(defun smbcmp-case--offset (case item)
  "Return how far the clock of ITEM, if a log of CASE, is ahead, in seconds."
  (or (cl-loop for link in (smbcmp-case-links case)
               when (eq item (plist-get link :log)) return (plist-get link :offset))
      0))

;;;; Two cases

(defun smbcmp-case-counterpart (case capture other)
  "Return the capture of the case OTHER that is CAPTURE's, of CASE, or nil.
That is the only one of the same role; else the one of the same name, of
those if there are several; else the only one."
  (let* ((all (smbcmp-case-items-of other 'capture))
         (role (smbcmp-case-role case capture))
         (alike (or (and role (cl-remove-if-not
                               (lambda (item) (eq role (smbcmp-case-role other item))) all))
                    all))
         (name (smbcmp-case-item-name case capture)))
    (cl-flet ((only (items) (and items (null (cdr items)) (car items)))
              (named (function)
                (cl-remove-if-not (lambda (item)
                                    (equal (funcall function name)
                                           (funcall function (smbcmp-case-item-name other item))))
                                  alike)))
      (or (only alike)
          (only (named #'identity))
          (only (named #'file-name-nondirectory))
          (only all)))))

(defun smbcmp-case-pairs (a b)
  "Return what captures of the cases A and B to compare, a list of (ITEM . ITEM)."
  (cl-loop for capture in (smbcmp-case-items-of a 'capture)
           for other = (smbcmp-case-counterpart a capture b)
           when (and other (memq capture
                                 (list (smbcmp-case-counterpart b other a))))
           collect (cons capture other)))

(defun smbcmp-case-settings (case)
  "Return all settings that CASE has, an alist."
  (cl-loop for item in (smbcmp-case-items-of case 'settings)
           append (cdr (smbcmp-case-item-data item))))

(provide 'smbcmp-case)
;;; smbcmp-case.el ends here
