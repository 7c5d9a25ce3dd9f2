;;; smbcmp-many.el --- One good capture against many  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A test that fails now and then leaves forty captures.  Each is compared
;; with a good one by a process of its own, the command smbcmp, several at
;; a time; what they print, a line of JSON each, is grouped by where they
;; first diverge.  Lines that other machines made are as good.

;;; Code:

(require 'cl-lib)
(require 'json)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-compiled)
(require 'smbcmp-escape)
(require 'smbcmp-module)

(defconst smbcmp-many--least-memory (* 2 1024 1024 1024)
  "Address space in bytes that a worker needs in any case.")

(defun smbcmp-many-default-jobs ()
  "Return how many comparisons are made at a time unless that is said.
Each has two workers."
  (max 1 (/ (smbcmp-many--processors) 2)))

(defun smbcmp-many--processors ()
  "Return the number of processors of this machine."
  (if (fboundp 'num-processors) (num-processors)
    (with-temp-buffer
      (if (and (executable-find "nproc") (eql 0 (call-process "nproc" nil t)))
          (max 1 (string-to-number (buffer-string)))
        1))))

;;;; Running comparisons

(cl-defstruct (smbcmp-many (:constructor smbcmp-many--make) (:copier nil))
  "Comparisons of one capture with many, see `smbcmp-many-start'."
  good
  (waiting nil :documentation "Files that are still to be compared.")
  (running nil :documentation "Processes.")
  options jobs took ended)

(defun smbcmp-many-start (good files options jobs took ended)
  "Compare the capture GOOD with each of FILES, JOBS at a time.
OPTIONS are those of \"smbcmp diff\", strings.  TOOK is called with each
result as it comes, a line of JSON; ENDED without arguments at the end.
Return an object for `smbcmp-many-stop'.  The memory of the machine is
shared between the workers that there are at a time."
  (let ((many (smbcmp-many--make :good good :waiting (copy-sequence files) :options options
                                 :jobs jobs :took took :ended ended)))
    (smbcmp-many--go-on many)
    many))

(defun smbcmp-many-stop (many)
  "Stop what goes on of MANY; neither of its functions is called any more."
  (setf (smbcmp-many-waiting many) nil
        (smbcmp-many-took many) #'ignore
        (smbcmp-many-ended many) #'ignore)
  (mapc #'delete-process (smbcmp-many-running many)))

(defun smbcmp-many-wait (many)
  "Wait until all comparisons of MANY are made; stop them if the user quits."
  (let (done)
    (unwind-protect
        (progn (while (smbcmp-many-running many)
                 (accept-process-output nil 0.1))
               (setq done t))
      (unless done (smbcmp-many-stop many)))))

(defun smbcmp-many--go-on (many)
  "Start what comparisons of MANY may run now; tell if none is left."
  (while (and (smbcmp-many-waiting many)
              (< (length (smbcmp-many-running many)) (smbcmp-many-jobs many)))
    (smbcmp-many--run many (pop (smbcmp-many-waiting many))))
  (unless (smbcmp-many-running many)
    (funcall (smbcmp-many-ended many))))

(defconst smbcmp-many--settings
  '(smbcmp-user-rules smbcmp-profile smbcmp-compare-slower smbcmp-compare-delay
    smbcmp-compare-rename smbcmp-compare-names smbcmp-watchdog-seconds)
  "Options of the user's that comparisons elsewhere go by, too.")

(defun smbcmp-many--command (many file)
  "Return the command that compares MANY's good capture with FILE."
  (let ((memory (max smbcmp-many--least-memory
                     (/ (* 1024 (or (car (memory-info)) 0)) (* 2 (smbcmp-many-jobs many)))))
        (settings (cl-loop for symbol in smbcmp-many--settings
                           when (boundp symbol)
                           collect `(setq ,symbol ',(symbol-value symbol)))))
    (append (list (expand-file-name invocation-name invocation-directory))
            (smbcmp-compiled-arguments)
            (list "--eval" (let (print-length print-level)
                             (prin1-to-string
                              `(progn ,@settings (setq smbcmp-worker-memory-limit ,memory))))
                  "-l" "smbcmp-command" "-f" "smbcmp-command" "--"
                  "diff" "--format" "json")
            (smbcmp-many-options many)
            (list "--" (smbcmp-many-good many) file))))

(defun smbcmp-many--run (many file)
  "Start the comparison of MANY with FILE."
  (let* ((buffer (generate-new-buffer " *smbcmp diff*"))
         (errors (generate-new-buffer " *smbcmp diff errors*"))
         (process (make-process :name (concat "smbcmp diff " (file-name-nondirectory file))
                                :command (smbcmp-many--command many file)
                                :buffer buffer :stderr errors :coding 'utf-8 :noquery t
                                :connection-type 'pipe
                                :sentinel (lambda (process _event)
                                            (smbcmp-many--ended many process file errors)))))
    (set-process-query-on-exit-flag (get-buffer-process errors) nil)
    (set-process-sentinel (get-buffer-process errors) #'ignore)
    (push process (smbcmp-many-running many))))

(defun smbcmp-many--ended (many process file errors)
  "Take what PROCESS of MANY, which compared FILE, said, also in ERRORS."
  (unless (process-live-p process)
    (while (accept-process-output (get-buffer-process errors) 0.05))
    (let ((line (with-current-buffer (process-buffer process) (string-trim (buffer-string))))
          (problem (with-current-buffer errors (string-trim (buffer-string)))))
      (mapc #'kill-buffer (list (process-buffer process) errors))
      (setf (smbcmp-many-running many) (delq process (smbcmp-many-running many)))
      (funcall (smbcmp-many-took many)
               (if (string-prefix-p "{" line) line
                 (smbcmp-many-failure (smbcmp-many-good many) file
                                       (if (string-empty-p problem)
                                           (format "status %s" (process-exit-status process))
                                         problem))))
      (smbcmp-many--go-on many))))

(defun smbcmp-many-failure (good file problem)
  "Return the line that says that GOOD and FILE could not be compared for PROBLEM."
  (smbcmp-escape-json
   (json-encode `((a . ,good) (b . ,file)
                  (error . ,(replace-regexp-in-string "\\`smbcmp: " "" problem))))))

;;;; Results

(defun smbcmp-many-read (line)
  "Return what LINE, of JSON, says of a comparison, a plist.

 :a :b         The names of the captures.
 :error        Why they could not be compared, or nil.
 :same         Number of exchanges that are the same.
 :divergences  List of plists :kind :weight :label :caused, those without
               a cause first diverging as they stand.
Signal `smbcmp-error' if it is not of \"smbcmp diff --format json\"."
  (let ((data (condition-case nil
                  (let ((json-object-type 'alist) (json-array-type 'list)
                        (json-null nil) (json-false nil))
                    (json-read-from-string line))
                (error nil))))
    (unless (and (stringp (alist-get 'a data)) (stringp (alist-get 'b data)))
      (signal 'smbcmp-error
              (list (format "This is no line of \"smbcmp diff --format json\": %s"
                            (truncate-string-to-width line 60 nil nil t)))))
    (list :a (alist-get 'a data) :b (alist-get 'b data)
          :error (or (alist-get 'error data)
                     (and (zerop (+ (or (alist-get 'same data) 0)
                                    (length (alist-get 'divergences data))))
                          (or (car (alist-get 'notes data)) "there is nothing to compare")))
          :same (alist-get 'same data)
          :divergences (mapcar (lambda (d)
                                 (list :kind (alist-get 'kind d) :weight (alist-get 'weight d)
                                       :label (alist-get 'label d)
                                       :caused (and (alist-get 'cause d) t)))
                               (alist-get 'divergences data)))))

(defun smbcmp-many--labels (result)
  "Return the labels of RESULT's divergences that are no consequences.
What was only not captured is none."
  (cl-loop for d in (plist-get result :divergences)
           unless (or (plist-get d :caused) (equal "capture" (plist-get d :weight)))
           collect (plist-get d :label)))

(defun smbcmp-many--first (result noise)
  "Return the label of where RESULT first diverges, as a verdict has it, or nil.
Labels that are in the table NOISE are passed over."
  (let ((left (cl-remove-if (lambda (d)
                              (or (gethash (plist-get d :label) noise)
                                  (plist-get d :caused)
                                  (equal "capture" (plist-get d :weight))))
                            (plist-get result :divergences))))
    (plist-get (or (cl-find "behaviour" left :test #'equal
                            :key (lambda (d) (plist-get d :weight)))
                   (car left))
               :label)))

(defun smbcmp-many-good-p (result goods)
  "Return non-nil if RESULT is of one of GOODS, names of files."
  (cl-some (lambda (good) (equal (expand-file-name good)
                                 (expand-file-name (plist-get result :b))))
           goods))

(defun smbcmp-many-group (results &optional goods)
  "Group RESULTS, of `smbcmp-many-read', by where they first diverge.
Those of GOODS, names of files, say what differs between good ones, too,
and are no run themselves.  The value is a plist:

 :runs    How many were compared.
 :groups  List of (LABEL . FILES), the largest first; LABEL is nil for those
          in which nothing differs but what does between good ones.
 :common  Labels of what is in all that differ and in no good one.
 :failed  List of (FILE . WHY) of those that can't be compared, good ones too."
  (let ((noise (make-hash-table :test 'equal))
        (groups (make-hash-table :test 'equal))
        (counts (make-hash-table :test 'equal))
        (differing 0) (order nil) (failed nil) (runs 0))
    (dolist (result results)
      (when (smbcmp-many-good-p result goods)
        (dolist (label (smbcmp-many--labels result)) (puthash label t noise))))
    (dolist (result results)
      (cond
       ((plist-get result :error)
        (push (cons (plist-get result :b) (plist-get result :error)) failed))
       ((smbcmp-many-good-p result goods))
       (t (let ((first (smbcmp-many--first result noise)))
            (cl-incf runs)
            (push (plist-get result :b) (gethash first groups))
            (when first
              (cl-incf differing)
              (dolist (label (seq-uniq (smbcmp-many--labels result)))
                (unless (gethash label noise)
                  (unless (gethash label counts) (push label order))
                  (cl-incf (gethash label counts 0)))))))))
    (list :runs runs
          :groups (smbcmp-many--sorted groups)
          :common (and (> differing 1)
                       (cl-remove-if-not (lambda (label) (= differing (gethash label counts)))
                                         (nreverse order)))
          :failed (sort failed (lambda (a b) (string< (car a) (car b)))))))

(defun smbcmp-many--sorted (groups)
  "Return the table GROUPS as a list of (LABEL . FILES), the largest first.
What is the same comes last."
  (let (list)
    (maphash (lambda (label files) (push (cons label (sort files #'string<)) list)) groups)
    (sort list (lambda (a b)
                 (cond ((null (car a)) nil)
                       ((null (car b)) t)
                       ((/= (length a) (length b)) (> (length a) (length b)))
                       (t (string< (car a) (car b))))))))

;;;; Words

(defun smbcmp-many-count (grouped group)
  "Say how many of GROUPED, of `smbcmp-many-group', are in GROUP and what it is."
  (format "%d of %d: %s" (length (cdr group)) (plist-get grouped :runs)
          (or (car group) "the same")))

(defun smbcmp-many-report (grouped)
  "Return what GROUPED, of `smbcmp-many-group', comes to, as text."
  (let ((files (lambda (files) (mapconcat (lambda (file) (format "   %s\n" file)) files ""))))
    (concat
     (and (plist-get grouped :common)
          (concat "In all that differ, in no good one:\n"
                  (funcall files (plist-get grouped :common)) "\n"))
     (mapconcat (lambda (group)
                  (concat (smbcmp-many-count grouped group) "\n" (funcall files (cdr group))))
                (plist-get grouped :groups) "")
     (and (plist-get grouped :failed)
          (concat (format "%d can't be compared\n" (length (plist-get grouped :failed)))
                  (funcall files (mapcar (pcase-lambda (`(,file . ,why))
                                           (if (string-match-p (regexp-quote file) why) why
                                             (concat file ": " why)))
                                         (plist-get grouped :failed))))))))

(defun smbcmp-many-status (grouped)
  "Return the exit status for GROUPED.
0 if all are the same, 1 if some differ, 2 if some could not be compared."
  (cond ((or (plist-get grouped :failed) (zerop (plist-get grouped :runs))) 2)
        ((cl-some #'car (plist-get grouped :groups)) 1)
        (t 0)))

(provide 'smbcmp-many)
;;; smbcmp-many.el ends here
