;;; smblog-filter.el --- Filters on a log: language and names  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A filter says which messages of a log are shown.  As typed it is
;;
;;   level<=5 pid=7837 class=smb2,auth not function=dbwrap_* (user=joe or "denied")
;;
;; terms that must all hold, `or', `not' and parentheses.  As data it is
;;
;;   nil                       every message
;;   (and F...) (or F...) (not F)
;;   (KEY OPERATOR VALUE...)   a term; OPERATOR is one of = <= >= ~, VALUEs
;;                             are strings, of which one must match
;;
;; smblog-narrow.el turns it into what the index filters by.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defconst smblog-filter-keys
  '(("level" "debug level: level<=3, level=0, level=1..5")
    ("pid" "process id, several with commas")
    ("class" "debug class: class=smb2,auth")
    ("function" "function that logged, * is a wildcard")
    ("file" "source file that logged, * is a wildcard")
    ("time" "FROM..TO, each [DATE ]HH:MM:SS[.FRACTION]; one may be left out")
    ("message" "numbers of messages, FROM..TO")
    ("request" "messages of requests with this mid, command or status; PID/MID, too")
    ("session" "messages of processes while they had this session, its id in hex")
    ("user" "messages of processes while they served this user")
    ("share" "messages of processes while they served this share")
    ("client" "messages of processes that served this address")
    ("traceid" "trace id of winbindd and its children")
    ("depth" "depth of calls, FROM..TO")
    ("source" "file of several that are shown as one log, * is a wildcard")
    ("text" "text=STRING contains, text~A|B matches A or B; a bare word is text=WORD"))
  "Keys of filters and what they select.")

;;;; Reading

(defun smblog-filter-key (word position)
  "Return the key that WORD, or the beginning of one, means.
Signal `smblog-filter-error' for POSITION if it is none or several."
  (let ((keys (mapcar #'car smblog-filter-keys)))
    (if (member word keys)
        (intern word)
      (pcase (all-completions word keys)
        (`(,key) (intern key))
        ('nil (smblog-filter--fail position "No such key: %s" word))
        (several (smblog-filter--fail position "%s may be %s" word
                                      (string-join several " or ")))))))

(define-error 'smblog-filter-error "Invalid filter" 'smbcmp-filter-error)

(defun smblog-filter--fail (position format &rest args)
  "Signal that a filter is wrong at POSITION, for a reason by FORMAT and ARGS."
  (signal 'smblog-filter-error (list (apply #'format format args) position)))

(defun smblog-filter--values ()
  "Read the values of a term at point: words or strings with commas between."
  (let ((start (point)) values)
    (while (progn
             (push (if (eq (char-after) ?\")
                       (condition-case nil
                           (read (current-buffer))
                         (end-of-file (smblog-filter--fail (1- (point)) "The string has no end")))
                     (buffer-substring-no-properties
                      (point) (progn (skip-chars-forward "^ \t\n,()") (point))))
                   values)
             (when (eq (char-after) ?,) (forward-char) t)))
    (when (member "" values)
      (smblog-filter--fail (1- start) "A value is missing here"))
    (nreverse values)))

(defun smblog-filter--token ()
  "Read the next token at point: nil at the end, a symbol, or a term."
  (skip-chars-forward " \t\n")
  (cond
   ((eobp) nil)
   ((looking-at "[()]") (forward-char) (if (eq (char-before) ?\() 'open 'close))
   ((looking-at "!\\|not\\_>\\|-\\(?:[a-z\"]\\)")
    (if (looking-at "not") (forward-char 3) (forward-char))
    'not)
   ((looking-at "and\\_>\\|&&") (goto-char (match-end 0)) 'and)
   ((looking-at "or\\_>\\|||") (goto-char (match-end 0)) 'or)
   ((looking-at "@\\([^][ \t\n(),]+\\)")
    (goto-char (match-end 0))
    (list 'saved '= (match-string-no-properties 1)))
   ((looking-at "\\([a-z]+\\)\\(<=\\|>=\\|==?\\|~\\)")
    (let ((key (smblog-filter-key (match-string-no-properties 1) (1- (point))))
          (operator (match-string-no-properties 2)))
      (goto-char (match-end 0))
      (smblog-filter--check-term
       (cons key (cons (if (equal operator "==") '= (intern operator))
                       (smblog-filter--values))))))
   (t (cons 'text (cons '= (smblog-filter--values))))))

(defun smblog-filter-operators (key)
  "Return the operators that KEY, a symbol, takes."
  (pcase key
    ('text '(= ~))
    ((or 'level 'message 'time 'depth) '(= <= >=))
    (_ '(=))))

(defun smblog-filter--check-term (term)
  "Return TERM, or signal what is wrong with it."
  (pcase-let ((`(,key ,operator . ,values) term))
    (unless (memq operator (smblog-filter-operators key))
      (smblog-filter--fail (1- (point)) "%s takes no %s" key operator))
    (dolist (value values)
      (unless (string-match-p
               (pcase key
                 ((or 'level 'message 'depth) "\\`[0-9]*\\(?:\\.\\.\\)?[0-9]*\\'")
                 ((or 'pid 'traceid) "\\`[0-9]+\\'")
                 ('time "\\`[-/0-9 T:.+Z]+\\'")
                 (_ ""))
               value)
        (smblog-filter--fail (1- (point)) "%s is no %s" value key))))
  term)

(defun smblog-filter--join (kind filters)
  "Return FILTERS joined by KIND, `and' or `or'; one alone as it is."
  (if (cdr filters) (cons kind filters) (car filters)))

(defun smblog-filter--parse-or ()
  "Parse alternatives at point."
  (let ((filters (list (smblog-filter--parse-and))) (place (point)))
    (while (eq (smblog-filter--token) 'or)
      (push (smblog-filter--parse-and) filters)
      (setq place (point)))
    (goto-char place)
    (smblog-filter--join 'or (nreverse filters))))

(defun smblog-filter--parse-and ()
  "Parse what must hold together at point."
  (let (filters place)
    (while (progn
             (setq place (point))
             (pcase (smblog-filter--token)
               ('and (unless filters (smblog-filter--fail (1- place) "Nothing before and")) t)
               ((or 'or 'close 'nil) (goto-char place) nil)
               (_ (goto-char place)
                  (push (smblog-filter--parse-not) filters)))))
    (unless filters
      (smblog-filter--fail (1- (point)) "A term is missing here"))
    (smblog-filter--join 'and (nreverse filters))))

(defun smblog-filter--parse-not ()
  "Parse a term, a negated one, or one in parentheses at point."
  (pcase (smblog-filter--token)
    ('not (list 'not (smblog-filter--parse-not)))
    ('open (let ((place (1- (point))))
             (prog1 (smblog-filter--parse-or)
               (unless (eq (smblog-filter--token) 'close)
                 (smblog-filter--fail (1- place) "This parenthesis is not closed")))))
    ((and term (pred consp)) term)
    (_ (smblog-filter--fail (1- (point)) "A term is missing here"))))

(defun smblog-filter-parse (string)
  "Return the filter that STRING is; nil for an empty one.
Signal `smblog-filter-error' with MESSAGE and POSITION if it is wrong."
  (with-temp-buffer
    (set-syntax-table (standard-syntax-table))
    (insert string)
    (goto-char (point-min))
    (skip-chars-forward " \t\n")
    (unless (eobp)
      (prog1 (smblog-filter--parse-or)
        (skip-chars-forward " \t\n")
        (unless (eobp)
          (smblog-filter--fail (1- (point)) "Nothing can follow here"))))))

;;;; Printing

(defun smblog-filter--print-value (value)
  "Return VALUE as it is typed."
  (if (string-match-p "\\`[^] \t\n(),\"@!-][^ \t\n(),\"]*\\'" value) value (prin1-to-string value)))

(defun smblog-filter-print (filter &optional inside)
  "Return FILTER as it is typed; INSIDE says what it is part of."
  (pcase filter
    ('nil "")
    (`(and . ,filters)
     (smblog-filter--wrap (memq inside '(not)) filters 'and " "))
    (`(or . ,filters)
     (smblog-filter--wrap (memq inside '(not and)) filters 'or " or "))
    (`(not ,part) (concat "not " (smblog-filter-print part 'not)))
    (`(saved = ,name) (concat "@" name))
    (`(,key ,operator . ,values)
     (format "%s%s%s" key operator (mapconcat #'smblog-filter--print-value values ",")))))

(defun smblog-filter--wrap (wrap filters kind between)
  "Print FILTERS, parts of KIND, with BETWEEN, in parentheses if WRAP."
  (let ((text (mapconcat (lambda (part) (smblog-filter-print part kind)) filters between)))
    (if wrap (concat "(" text ")") text)))

;;;; Combining

(defun smblog-filter-and (&rest filters)
  "Return the filter for messages that pass all of FILTERS."
  (smblog-filter--join
   'and (delete-dups
         (cl-loop for filter in filters
                  append (pcase filter
                           ('nil nil)
                           (`(and . ,parts) (copy-sequence parts))
                           (_ (list filter)))))))

(defun smblog-filter-without (filter key)
  "Return FILTER without the terms of KEY that all messages must pass."
  (pcase filter
    (`(and . ,parts)
     (smblog-filter--join 'and (cl-remove-if (lambda (part) (eq (car part) key)) parts)))
    (`(,(pred (eq key)) . ,_) nil)
    (_ filter)))

(defun smblog-filter-negate (filter)
  "Return the filter for the messages that do not pass FILTER."
  (pcase filter
    (`(not ,part) part)
    (_ (list 'not filter))))

(defun smblog-filter-level (filter)
  "Return the highest level that passes FILTER by a term of its own, or nil."
  (pcase filter
    (`(and . ,parts) (cl-some #'smblog-filter-level parts))
    (`(level <= ,level) (string-to-number level))))

;;;; Saved filters

(defcustom smblog-filters
  '(("errors" . "level<=1 or text~NT_STATUS_[A-NP-Z]")
    ("quiet" . "not function=dbwrap_*,db_tdb_*,smb2_validate_sequence_number,debug_lock_order"))
  "Filters with names, which @NAME in a filter stands for.
An alist (NAME . FILTER), FILTER as it is typed."
  :type '(alist :key-type string :value-type string)
  :group 'smblog)

(defun smblog-filter-save (name filter)
  "Save FILTER, data, under NAME for this and later sessions."
  (setf (alist-get name smblog-filters nil nil #'equal) (smblog-filter-print filter))
  (customize-save-variable 'smblog-filters smblog-filters))

(defun smblog-filter-expand (filter &optional inside)
  "Return FILTER with saved ones in the place of their names.
INSIDE are the names that this is part of."
  (pcase filter
    (`(saved = ,name)
     (let ((text (cdr (assoc name smblog-filters))))
       (cond ((null text)
              (signal 'smblog-filter-error (list (format "No filter is called %s" name) 0)))
             ((member name inside)
              (signal 'smblog-filter-error (list (format "Filter %s is part of itself" name) 0))))
       (smblog-filter-expand (smblog-filter-parse text) (cons name inside))))
    (`(,(and kind (or 'and 'or 'not)) . ,parts)
     (cons kind (mapcar (lambda (part) (smblog-filter-expand part inside)) parts)))
    (_ filter)))

(provide 'smblog-filter)
;;; smblog-filter.el ends here
