;;; smbcmp-compare-report.el --- A comparison in words  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a person would write about two captures that were compared: what
;; was compared, what is the same, where they first diverge, and what
;; followed.  The comparison buffer shows it, scripts print it.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-escape)
(require 'smbcmp-compare)
(require 'smbcmp-steps)

;;;; Faces

(defface smbcmp-compare-report-title '((t :inherit bold))
  "Face for what a comparison comes to."
  :group 'smbcmp-compare)

(defface smbcmp-compare-report-good '((t :inherit smbcmp-mode-success))
  "Face for the word that nothing diverges."
  :group 'smbcmp-compare)

(defface smbcmp-compare-report-status '((t :inherit error))
  "Face for divergences in status."
  :group 'smbcmp-compare)

(defface smbcmp-compare-report-a '((t :inherit smbcmp-mode-removed))
  "Face for what only capture A has."
  :group 'smbcmp-compare)

(defface smbcmp-compare-report-b '((t :inherit diff-added))
  "Face for what only capture B has."
  :group 'smbcmp-compare)

(defface smbcmp-compare-report-other '((t :inherit smbcmp-mode-warning))
  "Face for other divergences."
  :group 'smbcmp-compare)

(defface smbcmp-compare-report-dim '((t :inherit smbcmp-mode-dim))
  "Face for what is said by the way."
  :group 'smbcmp-compare)

;;;; Words

(defun smbcmp-compare-report-plural (count noun)
  "Return COUNT and NOUN, in the plural if need be."
  (format "%d %s%s" count noun (if (= count 1) "" "s")))

(defun smbcmp-compare-report-file (capture)
  "Return a short name for CAPTURE: its file's, and the directory's."
  (let ((file (smbcmp-capture-file capture)))
    (concat (smbcmp-escape-base (directory-file-name (file-name-directory file)))
            "/" (smbcmp-escape-base file))))

(defun smbcmp-compare-report-face (kind)
  "Return the face for divergences of KIND."
  (pcase kind
    ('status 'smbcmp-compare-report-status)
    ('only-a 'smbcmp-compare-report-a)
    ('only-b 'smbcmp-compare-report-b)
    (_ 'smbcmp-compare-report-other)))

(defun smbcmp-compare-report-frames (frames)
  "Return FRAMES, (REQUEST . RESPONSE) or nil, as people write them."
  (pcase frames
    ('nil "-")
    ;; A request without a response looks the same but for this.
    (`(nil . ,response) (format "-/%d" response))
    (`(,request . nil) (format "%d" request))
    (`(,request . ,response) (format "%d/%d" request response))))

(defun smbcmp-compare-report--side (comparison side)
  "Return a line that says what SIDE, `a' or `b', of COMPARISON is."
  (let ((capture (if (eq side 'a) (smbcmp-comparison-a comparison)
                   (smbcmp-comparison-b comparison)))
        (count (funcall (if (eq side 'a) #'car #'cdr)
                        (smbcmp-comparison-counts comparison))))
    (concat (propertize (upcase (symbol-name side))
                        'face (if (eq side 'a) 'smbcmp-compare-report-a 'smbcmp-compare-report-b))
            "  " (smbcmp-compare-report-file capture)
            (propertize (format "  %s, %s%s"
                                (smbcmp-compare-report-plural (smbcmp-frame-count capture) "frame")
                                (smbcmp-compare-report-plural count "exchange")
                                (if (smbcmp-capture-damage capture)
                                    (concat "; " (smbcmp-capture-damage capture))
                                  ""))
                        'face 'smbcmp-compare-report-dim))))

(defun smbcmp-compare-report-sides (comparison)
  "Return lines that say what the captures of COMPARISON are."
  (concat (smbcmp-compare-report--side comparison 'a) "\n"
          (smbcmp-compare-report--side comparison 'b) "\n\n"))

(defun smbcmp-compare-report--connection (connection)
  "Say what CONNECTION, as in `smbcmp-comparison-connections', is; \"-\" for nil."
  (pcase connection
    (`(,client ,_server ,exchanges ,streams . ,_)
     (concat (if (string-empty-p client) "?" client)
             (if (> streams 1) (format " (%d connections)" streams) "")
             (format ", %d" exchanges)))
    (_ "-")))

(defun smbcmp-compare-report--connection-counts (pairs)
  "Return a line that says how many of PAIRS, of connections, have two partners."
  (let ((both (cl-count-if (pcase-lambda (`(,a ,b)) (and a b)) pairs))
        (a (cl-count nil pairs :key #'cadr))
        (b (cl-count nil pairs :key #'car)))
    (concat (format "Connections (client, exchanges): %d paired" both)
            (if (zerop a) "" (format ", %d only in A" a))
            (if (zerop b) "" (format ", %d only in B" b))
            "\n")))

(defun smbcmp-compare-report--connections (comparison)
  "Return lines that say which connections of COMPARISON were paired."
  (let ((pairs (smbcmp-comparison-connections comparison)))
    (when (cdr pairs)
      (concat
       (smbcmp-compare-report--connection-counts pairs)
       (mapconcat (pcase-lambda (`(,a ,b))
                    (propertize (format "   %-32s %s\n" (smbcmp-compare-report--connection a)
                                        (smbcmp-compare-report--connection b))
                                'face 'smbcmp-compare-report-dim))
                  (seq-take pairs 12) "")
       (if (nthcdr 12 pairs)
           (propertize (format "   ... and %d more\n" (length (nthcdr 12 pairs)))
                       'face 'smbcmp-compare-report-dim)
         "")))))

(defun smbcmp-compare-report--messages (comparison)
  "Return how many exchanges and encrypted messages COMPARISON has, (A . B)."
  (pcase-let ((`(,a . ,b) (smbcmp-comparison-counts comparison))
              (`(,opaque-a . ,opaque-b) (smbcmp-comparison-opaque comparison)))
    (cons (+ a opaque-a) (+ b opaque-b))))

(defun smbcmp-compare-report--asked (comparison)
  "Return what was to be compared in COMPARISON, a string."
  (string-join (or (smbcmp-comparison-protocols comparison) '("SMB")) " or "))

(defun smbcmp-compare-report-same (comparison)
  "Say how many exchanges of COMPARISON are the same."
  (pcase-let ((same (smbcmp-comparison-same comparison))
              (`(,a . ,b) (smbcmp-compare-report--messages comparison)))
    (cond
     ((= 0 a b) (format "Neither capture has any %s in it" (smbcmp-compare-report--asked comparison)))
     ((= 0 a) (format "Capture A has no %s in it" (smbcmp-compare-report--asked comparison)))
     ((= 0 b) (format "Capture B has no %s in it" (smbcmp-compare-report--asked comparison)))
     ((zerop same) "No exchange is the same")
     ((= 1 same) "1 exchange is the same")
     (t (format "%d exchanges are the same" same)))))

(defun smbcmp-compare-report--rank (divergence all)
  "Return how little DIVERGENCE, one of the vector ALL, tells of what went wrong.
That is a number.  Behaviour comes before values.  What is slower leads
only if nothing else differs, as does a connection without a partner or one
that could not be decrypted, with what that may have; what the one that
recorded missed never does."
  (cond ((eq (smbcmp-divergence-weight divergence) 'capture) 5)
        ((eq (smbcmp-divergence-kind divergence) 'slower) 4)
        ((eq (smbcmp-divergence-fold divergence) 'connection) 3)
        ((smbcmp-divergence-opaque divergence) 2)
        ((let ((cause (smbcmp-divergence-cause divergence)))
           (and cause (smbcmp-divergence-opaque (aref all cause))))
         2)
        ((eq (smbcmp-divergence-weight divergence) 'value) 1)
        (t 0)))

(defun smbcmp-compare-report--other-cause (divergence divergences)
  "Return what of DIVERGENCES caused DIVERGENCE, if that is of another protocol.
Else return DIVERGENCE.  Causes come before what they cause."
  (let* ((number (smbcmp-divergence-cause divergence))
         (cause (and number (aref divergences number))))
    (if (and cause (not (equal (smbcmp-compare-report-protocol cause)
                               (smbcmp-compare-report-protocol divergence))))
        (smbcmp-compare-report--other-cause cause divergences)
      divergence)))

(defun smbcmp-compare-report-leads (comparison)
  "Return (FIRST STATUS), what to look at first of the divergences of COMPARISON.
FIRST is the first of those that tell most, or what caused it in another
protocol, STATUS the first in status.  Each is nil if all are of weight
`capture', or none is in status."
  (let ((all (smbcmp-comparison-found comparison))
        first status (least 5))
    (cl-loop for divergence across all
             for rank = (smbcmp-compare-report--rank divergence all)
             until (and status (zerop least))
             do (when (< rank least) (setq first divergence least rank))
             (when (and (null status) (eq 'status (smbcmp-divergence-kind divergence)) (< rank 5))
               (setq status divergence)))
    (list (and first (smbcmp-compare-report--other-cause first all)) status)))

(defun smbcmp-compare-report-first (comparison)
  "Return the divergence of COMPARISON to look at first, a plist, or nil.
See `smbcmp-compare-report-leads'."
  (let ((first (car (smbcmp-compare-report-leads comparison))))
    (and first (smbcmp-divergence-plist first))))

(defun smbcmp-compare-report-lead (title divergence)
  "Return a line of a verdict: TITLE, what DIVERGENCE is and where."
  (concat
   (propertize (concat title ": "
                       (propertize (smbcmp-divergence-label divergence)
                                   'face (smbcmp-compare-report-face (smbcmp-divergence-kind divergence)))
                       (propertize (format "  (%s)" (smbcmp-compare-report--where divergence))
                                   'face 'smbcmp-compare-report-dim))
               'smbcmp-lead (smbcmp-divergence-row divergence)
               'mouse-face 'highlight 'follow-link t)
   "\n"))

(defun smbcmp-compare-report--where (divergence)
  "Say where DIVERGENCE is: its frames."
  (let ((a (or (smbcmp-divergence-request-a divergence)
               (smbcmp-divergence-response-a divergence)))
        (b (or (smbcmp-divergence-request-b divergence)
               (smbcmp-divergence-response-b divergence))))
    (cond ((and a b) (format "frame %s of A, %s of B" a b))
          ((smbcmp-divergence-a divergence) (format "frame %s of A" a))
          (t (format "frame %s of B" b)))))

(defun smbcmp-compare-report--missing (count)
  "Say that COUNT divergences are what a capture lacks."
  (if (zerop count) ""
    (format "; %d more for what was not captured" count)))

(defun smbcmp-compare-report--count (comparison)
  "Return how many divergences, consequences and gaps COMPARISON has, a list.
Gaps are divergences of weight `capture', which do not count as such."
  (let ((count 0) (consequences 0) (missing 0))
    (cl-loop for divergence across (smbcmp-comparison-found comparison)
             do (cond ((eq 'capture (smbcmp-divergence-weight divergence)) (cl-incf missing))
                      (t (cl-incf count)
                         (when (smbcmp-divergence-cause divergence) (cl-incf consequences)))))
    (list count consequences missing)))

(defun smbcmp-compare-report--verdict (comparison)
  "Say in a few lines what COMPARISON comes to."
  (pcase-let* ((`(,count ,consequences ,missing) (smbcmp-compare-report--count comparison))
               (`(,first ,status) (smbcmp-compare-report-leads comparison)))
    (concat
     (propertize (smbcmp-compare-report-same comparison) 'face 'smbcmp-compare-report-title)
     (cond
      ((and (zerop count)
            (equal '(0 . 0) (smbcmp-compare-report--messages comparison)))
       ".\n")
      ((and (zerop count)
            (not (equal '(0 . 0) (smbcmp-comparison-opaque comparison))))
       "; no significant differences in what could be decrypted.\n")
      ((and (zerop count)
            (or (> missing 0) (> (smbcmp-comparison-partial comparison) 0)))
       (format "; no significant differences in what was captured%s.\n"
               (smbcmp-compare-report--missing missing)))
      ((and (zerop count) (smbcmp-comparison-unread comparison))
       "; no significant differences in what is not encrypted.\n")
      ((zerop count)
       (concat "; " (propertize "no significant differences" 'face 'smbcmp-compare-report-good)
               ".\n" (smbcmp-compare-report--environment-first comparison)))
      (t
       (concat
        (format "; %s%s%s.\n"
                (smbcmp-compare-report-plural count "divergence")
                (if (zerop consequences) ""
                  (format ", %d of them caused by an earlier divergence" consequences))
                (smbcmp-compare-report--missing missing))
        (if (null first) "" (smbcmp-compare-report-lead "First" first))
        (if (or (null status) (eq status first)) ""
          (smbcmp-compare-report-lead "First status" status))))))))

(defun smbcmp-compare-report--environment-first (comparison)
  "Return a line with what tells most of the environment of COMPARISON, or \"\".
That is the dialect that was chosen, or else the first that both have."
  (let* ((rows (smbcmp-comparison-environment comparison))
         (both (cl-remove-if-not (lambda (row) (and (plist-get row :a) (plist-get row :b))) rows))
         (first (or (cl-find "Dialect" both :test #'equal
                             :key (lambda (row) (plist-get row :name)))
                    (car both) (car rows))))
    (if (null first) ""
      (let ((line (string-trim (smbcmp-compare-report--environment-row first)))
            (more (length (cdr rows))))
        (concat "Environment: "
                (if (zerop more) line
                  (replace-regexp-in-string
                   "\\(?:  (frame [^()]*)\\)?\\'"
                   (lambda (where) (format " (and %d more)%s" more where)) line t t))
                "\n")))))

(defconst smbcmp-compare-report-environment-limit 40
  "How many lines of what differs between the peers are shown.")

(defun smbcmp-compare-report--environment-row (row)
  "Return the line of ROW, of `smbcmp-comparison-environment'."
  (cl-flet ((value (key) (let ((value (plist-get row key)))
                           (cond ((null value) "none")
                                 ((string-empty-p value) "\"\"")
                                 (t value)))))
    (propertize (format "   %s: %s / %s%s\n" (plist-get row :name) (value :a) (value :b)
                        ;; Settings are of no frame.
                        (if (or (plist-get row :frame-a) (plist-get row :frame-b))
                            (propertize (format "  (frame %s of A, %s of B)"
                                                (plist-get row :frame-a)
                                                (plist-get row :frame-b))
                                        'face 'smbcmp-compare-report-dim)
                          ""))
                'smbcmp-environment row)))

(defun smbcmp-compare-report-environment (comparison)
  "Return lines that say what differs between the peers of COMPARISON."
  (let ((rows (smbcmp-comparison-environment comparison)))
    (if (null rows) ""
      (concat "Environment (A / B):\n"
              (mapconcat #'smbcmp-compare-report--environment-row
                         (seq-take rows smbcmp-compare-report-environment-limit) "")
              (if-let* ((more (nthcdr smbcmp-compare-report-environment-limit rows)))
                  (propertize (format "   ... and %d more\n" (length more))
                              'face 'smbcmp-compare-report-dim)
                "")))))

(defvar smbcmp-compare-report-explain-functions nil
  "Functions that explain divergences, for the summary of a report.
Each is called with the comparison and returns lines, or nil.")

(defvar smbcmp-compare-report-prepare-functions nil
  "Functions that return steps for what explains divergences, done before.
Each is called with the comparison and returns a list, as of
smbcmp-steps.el, or nil.  Where that is not done, explaining takes its time.
See `smbcmp-compare-report-explain-functions'.")

(defun smbcmp-compare-report--explanations (comparison)
  "Return lines of `smbcmp-compare-report-explain-functions' on COMPARISON."
  (mapconcat (lambda (function) (or (funcall function comparison) ""))
             smbcmp-compare-report-explain-functions ""))

(defun smbcmp-compare-report-summary (comparison)
  "Return the lines that begin a report on COMPARISON."
  (concat (smbcmp-compare-report-sides comparison)
          (smbcmp-compare-report--verdict comparison)
          (smbcmp-compare-report--explanations comparison)
          (mapconcat (lambda (note) (concat note "\n")) (smbcmp-comparison-notes comparison) "")
          (or (smbcmp-compare-report--connections comparison) "")
          (smbcmp-compare-report-environment comparison)))

(defun smbcmp-compare-report-width (comparison)
  "Return how wide what `smbcmp-compare-report-frames' has of COMPARISON can be."
  (let ((frames (max (smbcmp-capture-last-frame (smbcmp-comparison-a comparison))
                     (smbcmp-capture-last-frame (smbcmp-comparison-b comparison)))))
    (1+ (* 2 (length (number-to-string frames))))))

(defvar smbcmp-compare-report--formats (make-hash-table :test #'eq :weakness 'key)
  "Table of comparisons, and the formats of columns that take all their frames.")

(defun smbcmp-compare-report--columns (comparison a b)
  "Return A and B, frames or titles, in columns that take all frames of COMPARISON."
  (format (or (gethash comparison smbcmp-compare-report--formats)
              (let ((width (max 11 (smbcmp-compare-report-width comparison))))
                (puthash comparison (format "%%%ds %%%ds  " width width)
                         smbcmp-compare-report--formats)))
          a b))

(defun smbcmp-compare-report-titles (comparison)
  "Return the line above the divergences of COMPARISON."
  (concat (smbcmp-compare-report--columns comparison "frames A" "frames B") "what differs"))

(defun smbcmp-compare-report-line (comparison divergence depth)
  "Return the line of DIVERGENCE of COMPARISON.
It is DEPTH causes from the first."
  (let ((kind (smbcmp-divergence-kind divergence)))
    (concat (smbcmp-compare-report--columns
             comparison (smbcmp-compare-report-frames (smbcmp-divergence-a divergence))
             (smbcmp-compare-report-frames (smbcmp-divergence-b divergence)))
            (propertize (format "%-10s " kind) 'face (smbcmp-compare-report-face kind))
            (make-string (* 2 depth) ?\s)
            (smbcmp-divergence-label divergence))))

(defun smbcmp-compare-report-ignored (comparison)
  "Return lines that say which rules of COMPARISON let how much pass."
  (let ((ignored (cl-remove 0 (smbcmp-comparison-ignored comparison) :key #'cdr)))
    (if (null ignored)
        "No differences were ignored.\n"
      (concat (format "%s ignored, by rule:\n"
                      (smbcmp-compare-report-plural (apply #'+ (mapcar #'cdr ignored)) "difference"))
              (mapconcat (pcase-lambda (`(,rule . ,count))
                           (propertize (format "%8d  %s\n" count rule) 'smbcmp-rule rule))
                         (sort (copy-sequence ignored)
                               (lambda (x y) (> (cdr x) (cdr y))))
                         "")))))

;;;; The order of causes

(defun smbcmp-compare-report-tree (comparison)
  "Return the divergences of COMPARISON below their causes.
The value is a list of (NUMBER DIVERGENCE CONSEQUENCE...), CONSEQUENCE
of the same shape; NUMBER counts from 0, the order within is theirs."
  (let* ((divergences (smbcmp-comparison-found comparison))
         (nodes (make-vector (length divergences) nil))
         roots)
    (dotimes (n (length divergences))
      (aset nodes n (list n (aref divergences n))))
    ;; From the last, so that consequences come into their order.
    (cl-loop for n downfrom (1- (length divergences)) to 0
             for cause = (smbcmp-divergence-cause (aref divergences n))
             do (if (and cause (< cause n))
                    (push (aref nodes n) (cddr (aref nodes cause)))
                  (push (aref nodes n) roots)))
    roots))

;;;; By protocol

(defun smbcmp-compare-report-protocol (divergence)
  "Return the protocol by which DIVERGENCE is grouped: \"SMB\" for any of SMB."
  (let ((protocol (smbcmp-divergence-protocol divergence)))
    (if (member protocol '("SMB1" "SMB2")) "SMB" protocol)))

(defun smbcmp-compare-report-groups (nodes)
  "Return NODES by protocol, a list of (PROTOCOL NODE...).
They are as `smbcmp-compare-report-tree' has them; what is below a cause
stays there.  The protocol of the first comes first, and so on."
  (let (groups group)
    (dolist (node nodes)
      (let ((protocol (smbcmp-compare-report-protocol (cadr node))))
        ;; Most are of the one before them.
        (unless (equal protocol (car group))
          (setq group (or (assoc protocol groups) (car (push (list protocol) groups)))))
        (push node (cdr group))))
    (nreverse (mapcar (lambda (group) (cons (car group) (reverse (cdr group)))) groups))))

(defun smbcmp-compare-report-size (nodes)
  "Return how many divergences are in NODES, of `smbcmp-compare-report-tree'."
  (apply #'+ (mapcar (lambda (node) (1+ (smbcmp-compare-report-size (cddr node)))) nodes)))

(defun smbcmp-compare-report-group-title (group groups)
  "Return the line above GROUP, one of GROUPS; \"\" if it is the only one."
  (if (null (cdr groups)) ""
    (propertize (format "%s, %s\n" (car group)
                        (smbcmp-compare-report-plural (smbcmp-compare-report-size (cdr group))
                                                      "divergence"))
                'face 'smbcmp-compare-report-title)))

(defun smbcmp-compare-report--lines (comparison)
  "Return what the lines of COMPARISON's divergences are made of, by protocol.
That is titles, strings, and (DEPTH . DIVERGENCE)s."
  (let ((groups (smbcmp-compare-report-groups (smbcmp-compare-report-tree comparison))))
    (cl-mapcan (lambda (group)
                 (cons (smbcmp-compare-report-group-title group groups)
                       (smbcmp-compare-report--flat (cdr group) 0)))
               groups)))

(defun smbcmp-compare-report--flat (nodes depth)
  "Return the (DEPTH . DIVERGENCE)s of NODES, at DEPTH, and those below them.
They are as `smbcmp-compare-report-tree' has them."
  (cl-mapcan (pcase-lambda (`(,_ ,divergence . ,consequences))
               (cons (cons depth divergence)
                     (smbcmp-compare-report--flat consequences (1+ depth))))
             nodes))

(defun smbcmp-compare-report-making (comparison done &optional summary)
  "Return steps that call DONE with `smbcmp-compare-report' of COMPARISON.
SUMMARY is as there."
  (let (lines)
    (list (smbcmp-steps-each
           (lambda () (smbcmp-compare-report--lines comparison))
           (lambda (line)
             (push (if (stringp line) line
                     ;; Without faces: to put strings with faces together takes long.
                     (concat (substring-no-properties
                              (smbcmp-compare-report-line comparison (cdr line) (car line)))
                             "\n"))
                   lines)))
          (lambda ()
            (ignore (funcall done
                             (concat
                              (or summary (smbcmp-compare-report-summary comparison))
                              (and lines
                                   (concat "\n" (smbcmp-compare-report-titles comparison) "\n"))
                              (apply #'concat (nreverse lines))
                              "\n" (smbcmp-compare-report-ignored comparison))))))))

(defun smbcmp-compare-report (comparison &optional summary)
  "Return COMPARISON in words: summary, divergences, what was ignored.
SUMMARY is what `smbcmp-compare-report-summary' has of it, if that is known."
  (let (report)
    (smbcmp-steps-run
     (smbcmp-compare-report-making comparison (lambda (text) (setq report text)) summary))
    report))

;;;; For scripts

(defun smbcmp-compare-report--empty-p (comparison)
  "Return non-nil if either capture of COMPARISON has nothing to compare.
Then recording it failed, perhaps, and there is nothing to tell."
  (pcase-let ((`(,a . ,b) (smbcmp-compare-report--messages comparison)))
    (or (zerop a) (zerop b))))

(defun smbcmp-compare-report--hidden-p (comparison divergence)
  "Return non-nil if what DIVERGENCE of COMPARISON lacks may only be encrypted.
It is on one side alone, and the other has messages that could not be
decrypted."
  (pcase-let ((`(,a . ,b) (smbcmp-comparison-opaque comparison)))
    (or (smbcmp-divergence-opaque divergence)
        (pcase (smbcmp-divergence-kind divergence)
          ('only-a (> b 0))
          ('only-b (> a 0))))))

(defun smbcmp-compare-report-status (comparison &optional kinds)
  "Return the exit status for COMPARISON; say why if it is 2.
Of divergences those of KINDS alone count, a list, all by default."
  (let ((found (smbcmp-comparison-found comparison)))
    (cond ((smbcmp-compare-report--empty-p comparison)
           (message "%s" (string-join (cons (smbcmp-compare-report-same comparison)
                                             (smbcmp-comparison-notes comparison))
                                       "; "))
           2)
          ((cl-find-if (lambda (divergence)
                         (and (or (null kinds) (memq (smbcmp-divergence-kind divergence) kinds))
                              (not (eq (smbcmp-divergence-weight divergence) 'capture))
                              (not (smbcmp-compare-report--hidden-p comparison divergence))))
                       found)
           1)
          ((not (equal '(0 . 0) (smbcmp-comparison-opaque comparison)))
           (message (if (equal (smbcmp-comparison-opaque comparison)
                               (smbcmp-comparison-packed comparison))
                        "Messages are compressed and could not be unpacked"
                      "Messages are encrypted, no key available: see --keys"))
           2)
          ((or (> (smbcmp-comparison-partial comparison) 0)
               (if kinds (cl-find 'capture found :key #'smbcmp-divergence-weight)
                 (not (seq-empty-p found))))
           (message "Nothing differs but what was not captured")
           2)
          (t 0))))

(defun smbcmp-compare-report-factor (string)
  "Return the number that STRING is, nil for \"never\"."
  (let ((factor (and (string-match-p "\\`[0-9.]+\\(?:e[0-9]+\\)?\\'" string)
                     (string-to-number string))))
    (cond ((equal string "never") nil)
          ((and factor (> factor 0)) factor)
          (t (error "--slower needs a number, or \"never\": %s" string)))))

(provide 'smbcmp-compare-report)
;;; smbcmp-compare-report.el ends here
