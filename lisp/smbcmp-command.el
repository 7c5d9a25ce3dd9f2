;;; smbcmp-command.el --- The command smbcmp, for shells and scripts  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; "smbcmp diff A B" and its like, for shells, "git bisect run" and CI.
;; What they do is what Emacs' commands do; here are only their options,
;; their output as text, JSON or JUnit's XML, and their exit statuses.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-capture)
(require 'smbcmp-command-line)
(require 'smbcmp-escape)
(require 'smbcmp-compare)
(require 'smbcmp-compare-once)
(require 'smbcmp-compare-report)
(require 'smbcmp-points)
(require 'smbcmp-rules)
(require 'smblog)
(require 'smblog-filter)

(autoload 'smblog-narrow-resolve "smblog-narrow")
(autoload 'smblog-export "smblog-export")
(autoload 'smblog-request-command "smblog-request")
(autoload 'smblog-request-status "smblog-request")
(autoload 'smblog-message-time-string "smblog-message")
(defvar smblog-log)

;; What not every command needs would make all of them start later.
(autoload 'json-encode "json")
(defvar json-null)
(defvar json-false)

(autoload 'smbcmp-many-command-diff "smbcmp-many-command")
(autoload 'smbcmp-many-command-group "smbcmp-many-command")
(autoload 'smbcmp-many-failure "smbcmp-many")
(autoload 'smbcmp-export-command-export "smbcmp-export-command")
(autoload 'smbcmp-export-command-replay "smbcmp-export-command")

;;;; Output

(defun smbcmp-command-print (format &rest args)
  "Print FORMAT with ARGS, for people: control characters as escapes."
  (princ (smbcmp-escape (apply #'format format args))))

(defun smbcmp-command-print-json (value)
  "Print VALUE, of alists, vectors, strings and numbers, as a line of JSON."
  (smbcmp-module-print-line
   (smbcmp-escape-json (let ((json-null nil) (json-false :false)) (json-encode value)))))

(defun smbcmp-command--frames (pair)
  "Return PAIR, (REQUEST . RESPONSE) or nil, as JSON has it."
  (and pair (vector (car pair) (cdr pair))))

(defun smbcmp-command--divergence (divergence)
  "Return DIVERGENCE as JSON has it."
  `((kind . ,(symbol-name (smbcmp-divergence-kind divergence)))
    (weight . ,(and (smbcmp-divergence-weight divergence)
                    (symbol-name (smbcmp-divergence-weight divergence))))
    (protocol . ,(smbcmp-divergence-protocol divergence))
    (label . ,(smbcmp-divergence-label divergence))
    (a . ,(smbcmp-command--frames (smbcmp-divergence-a divergence)))
    (b . ,(smbcmp-command--frames (smbcmp-divergence-b divergence)))
    (cause . ,(smbcmp-divergence-cause divergence))
    (fields . ,(vconcat (mapcar (pcase-lambda (`(,field ,a ,b))
                                  (vector (symbol-name field) a b))
                                (smbcmp-divergence-fields divergence))))))

(defun smbcmp-command--environment (comparison)
  "Return what differs of the peers of COMPARISON, as JSON has it."
  (vconcat
   (mapcar (lambda (row)
             `((name . ,(plist-get row :name))
               (a . ,(plist-get row :a)) (b . ,(plist-get row :b))
               (frame-a . ,(plist-get row :frame-a)) (frame-b . ,(plist-get row :frame-b))))
           (smbcmp-comparison-environment comparison))))

(defun smbcmp-command--diff-json (comparison divergences)
  "Print COMPARISON, of which DIVERGENCES count, as JSON."
  (smbcmp-command-print-json
   `((a . ,(smbcmp-capture-file (smbcmp-comparison-a comparison)))
     (b . ,(smbcmp-capture-file (smbcmp-comparison-b comparison)))
     (same . ,(smbcmp-comparison-same comparison))
     (environment . ,(smbcmp-command--environment comparison))
     (divergences . ,(vconcat (mapcar #'smbcmp-command--divergence divergences)))
     (notes . ,(vconcat (smbcmp-comparison-notes comparison))))))

(defun smbcmp-command--xml (string)
  "Return STRING as XML has it, with U+FFFD for what can't be said in XML."
  (let ((string (or string "")))
    (pcase-dolist (`(,regexp . ,what)
                   `(("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]" . "\ufffd")
                     ("[&<>\"]" . ,(lambda (c) (pcase c ("&" "&amp;") ("<" "&lt;") (">" "&gt;")
                                               (_ "&quot;"))))
                     (,(concat "[" smbcmp-escape-characters "]")
                      . ,(lambda (c) (format "&#%d;" (aref c 0))))))
      (setq string (replace-regexp-in-string regexp what string t t)))
    string))

(defun smbcmp-command--diff-junit (comparison divergences)
  "Print COMPARISON, of which DIVERGENCES count, as JUnit's XML.
A test case is a divergence that is no consequence, or the comparison if
there is none."
  (let* ((roots (cl-remove-if #'smbcmp-divergence-cause divergences))
         (name (smbcmp-command--xml (smbcmp-capture-file (smbcmp-comparison-b comparison)))))
    (princ (format "<?xml version=\"1.0\" encoding=\"UTF-8\"?>
<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\">\n"
                   name (max 1 (length roots)) (length roots)))
    (if (null roots)
        (princ (format "  <testcase classname=\"smbcmp\" name=\"%s\"/>\n" name))
      (dolist (d roots)
        (princ (format "  <testcase classname=\"%s\" name=\"%s\">
    <failure type=\"%s\" message=\"%s\">%s</failure>
  </testcase>\n"
                       name (smbcmp-command--xml (smbcmp-divergence-label d))
                       (smbcmp-divergence-kind d) (smbcmp-command--xml (smbcmp-divergence-label d))
                       (smbcmp-command--xml
                        (mapconcat (pcase-lambda (`(,field ,a ,b))
                                     (format "%s: %s / %s" field (or a "-") (or b "-")))
                                   (smbcmp-divergence-fields d) "\n"))))))
    (princ "</testsuite>\n")))

;;;; diff

(defun smbcmp-command--counting (comparison options)
  "Return the divergences of COMPARISON that count by OPTIONS."
  (let* ((only (plist-get options :only))
         (all (seq-filter (lambda (d) (or (null only) (memq (smbcmp-divergence-kind d) only)))
                          (smbcmp-comparison-found comparison))))
    (if (and all (plist-get options :first)) (list (car all)) all)))

(defun smbcmp-command--print-diff (comparison divergences options)
  "Print COMPARISON, of which DIVERGENCES count, as OPTIONS say."
  (pcase (plist-get options :format)
    ("json" (smbcmp-command--diff-json comparison divergences))
    ("junit" (smbcmp-command--diff-junit comparison divergences))
    (_ (if (or (plist-get options :only) (plist-get options :first))
           (dolist (divergence divergences)
             (smbcmp-command-print "%s\n" (smbcmp-compare-report-line comparison divergence 0)))
         (smbcmp-command-print "%s" (smbcmp-compare-report comparison))))))

(defun smbcmp-command--statuses (comparison label)
  "Return the statuses that B's exchanges called LABEL have in COMPARISON.
An exchange without a response has none, and is left out."
  (let (statuses)
    (dotimes (n (smbcmp-comparison-row-count comparison))
      (pcase-let ((`(,_ ,b) (smbcmp-comparison-row comparison n)))
        (when b
          (let ((exchange (smbcmp-comparison-exchange comparison 'b b)))
            (when (and (plist-get exchange :response)
                       (equal label (plist-get exchange :label)))
              (push (or (plist-get exchange :status) "STATUS_SUCCESS") statuses))))))
    statuses))

(defun smbcmp-command--expected (comparison expected)
  "Return the exit status for EXPECTED, \"LABEL: STATUS\", in B of COMPARISON."
  (unless (string-match "\\`\\(.+\\): *\\([A-Z_0-9a-zx]+\\)\\'" expected)
    (smbcmp-command-usage "--expect takes an exchange and a status: %s" expected))
  (let* ((label (match-string 1 expected))
         (status (match-string 2 expected))
         (found (smbcmp-command--statuses comparison label)))
    (cond ((null found) 125)
          ((member status found) 0)
          (t 1))))

(defun smbcmp-command--some (options keys)
  "Return those of OPTIONS, a plist, that have one of KEYS."
  (cl-loop for (key value) on options by #'cddr
           when (memq key keys) append (list key value)))

(defvar smbcmp-command--args nil
  "What was typed behind the name of the command.")

(defun smbcmp-command--passed ()
  "Return those options typed that each of many comparisons goes by, too."
  (let ((args smbcmp-command--args) passed)
    (while (and args (not (equal "--" (car args))))
      (let* ((words (split-string (pop args) "="))
             (known (assoc (car words) smbcmp-command-options))
             (value (and (nth 2 known)
                         (if (cdr words) (string-join (cdr words) "=") (pop args)))))
        (when (memq (nth 1 known) '(:keys :slower :filter :filter-a :filter-b :protocols
                                    :decode-as :capture-filter :ignore :fields))
          (setq passed (append passed (list (car words) value))))))
    passed))

(defun smbcmp-command--many (options files)
  "Compare the first of FILES with the others by OPTIONS; return the exit status."
  (cl-loop for (key words) on '(:expect "--expect" :bisect "--bisect" :only "--only"
                                :first "--first")
           by #'cddr
           when (plist-get options key)
           do (smbcmp-command-usage "%s is for two captures" words))
  (when (equal "junit" (plist-get options :format))
    (smbcmp-command-usage "--format junit is for two captures"))
  (smbcmp-many-command-diff options (smbcmp-command--passed) files))

(defun smbcmp-command-open (options file &optional async)
  "Open the capture FILE by OPTIONS; ASYNC is as for `smbcmp-open'."
  (apply #'smbcmp-open file :only (plist-get options :capture-filter) :async async
         (smbcmp-command--some options '(:keys :decode-as))))

(defun smbcmp-command-diff (options files)
  "Compare FILES by OPTIONS, print the result; return the exit status."
  (cond ((< (length files) 2)
         (smbcmp-command-usage "diff takes two captures or more, not %d" (length files)))
        ((or (> (length files) 2) (plist-get options :good) (plist-get options :jobs))
         (smbcmp-command--many options files))
        (t (smbcmp-command--two options files))))

(defun smbcmp-command--two (options files)
  "Compare the two FILES by OPTIONS, print the result; return the exit status.
As JSON, that they can't be compared is a result, too."
  (condition-case err
      (smbcmp-command--compare options files)
    (smbcmp-command-usage (signal (car err) (cdr err)))
    (smbcmp-error
     (when (and (equal "json" (plist-get options :format)) (not (plist-get options :quiet)))
       (smbcmp-module-print-line (smbcmp-many-failure (expand-file-name (car files))
                                                    (expand-file-name (cadr files))
                                                    (smbcmp-error-message err))))
     (signal (car err) (cdr err)))))

(defun smbcmp-command--open-both (options files)
  "Open the two FILES by OPTIONS.
They are loaded side by side, and compared meanwhile if that can be."
  (let ((async (not (smbcmp-keys-keytab-p (plist-get options :keys)))))
    (mapcar (lambda (file) (smbcmp-command-open options file async)) files)))

(defun smbcmp-command--compare (options files)
  "Compare the two FILES by OPTIONS, print the result; return the exit status."
  ;; It says in the report who held a file.
  (require 'smbcmp-compare-holders)
  (let ((smbcmp-user-rules (append smbcmp-user-rules (plist-get options :ignore)))
        (smbcmp-rules-fields (plist-get options :fields))
        (captures (smbcmp-command--open-both options files)))
    (unwind-protect
        (progn
          (smbcmp-compare-check-fields (car captures) smbcmp-rules-fields)
          (let ((comparison (apply #'smbcmp-diff-captures
                                   (append captures
                                           (smbcmp-command--some
                                            options '(:slower :filter :filter-a :filter-b
                                                      :protocols))))))
            (mapc #'smbcmp-capture-tell-notices captures)
            (smbcmp-command--tell comparison options)))
      (mapc #'smbcmp-close captures))))

(defun smbcmp-command--tell (comparison options)
  "Print COMPARISON by OPTIONS; return the exit status."
  (let ((divergences (smbcmp-command--counting comparison options)))
    (unless (plist-get options :quiet)
      (smbcmp-command--print-diff comparison divergences options))
    (cond ((plist-get options :expect)
           (smbcmp-command--expected comparison (plist-get options :expect)))
          (t (smbcmp-compare-report-status comparison (plist-get options :only))))))

;;;; frames

(defun smbcmp-command-frames (options args)
  "Print the packets of a capture that pass a filter, ARGS, by OPTIONS."
  (pcase-let ((`(,file ,filter . ,more) args))
    (when (or (null file) more)
      (smbcmp-command-usage "frames takes a capture and a display filter"))
    (let* ((capture (smbcmp-command-open options file))
           (columns (or (plist-get options :columns)
                        (mapcar #'car (smbcmp-capture-columns capture))))
           (rows (smbcmp-rows capture (smbcmp-frames capture filter) columns)))
      (unless (plist-get options :quiet)
        (pcase (plist-get options :format)
          ("json" (dolist (row rows)
                    (smbcmp-command-print-json (cl-mapcar #'cons columns row))))
          (_ (dolist (row rows)
               (smbcmp-command-print "%s\n" (mapconcat (lambda (cell) (smbcmp-escape cell t))
                                                       row "\t"))))))
      (smbcmp-close capture)
      (if rows 0 1))))

;;;; log

(defun smbcmp-command--messages (log filter)
  "Return the numbers of the messages of LOG that pass FILTER, as typed or nil."
  (if (null filter) (number-sequence 0 (1- (smblog-message-count log)))
    (let ((view (with-temp-buffer
                  ;; Some terms mean requests of the log of this buffer.
                  (setq smblog-log log)
                  (smblog--module-view
                   log (smblog-narrow-resolve (smblog-filter-parse filter) log)))))
      (while (not (nth 3 (smblog--module-view-progress view)))
        (sleep-for 0.005))
      (cl-loop for i from 0 for number = (smblog--module-view-nth view i)
               while number collect number))))

(defun smbcmp-command--request (request)
  "Return REQUEST, a plist of `smblog-requests', as an alist to print."
  (list (cons "mid" (plist-get request :mid))
        (cons "command" (smblog-request-command request))
        (cons "status" (smblog-request-status request))
        (cons "seconds" (plist-get request :duration))
        (cons "pid" (plist-get request :pid))
        (cons "message" (plist-get request :begin))
        (cons "path" (plist-get request :path))))

(defun smbcmp-command--message (log number)
  "Return message NUMBER of LOG as an alist to print."
  (let ((message (smblog-message log number)))
    (list (cons "number" number)
          (cons "time" (let ((time (plist-get message :time)))
                         (and time (smblog-message-time-string time t))))
          (cons "level" (plist-get message :level))
          (cons "pid" (plist-get message :pid))
          (cons "function" (plist-get message :function))
          (cons "text" (plist-get message :text)))))

(defun smbcmp-command--cell (cell)
  "Return CELL, (NAME . VALUE), as text; of several lines the first."
  (car (split-string (format "%s" (or (cdr cell) "-")) "\n" t "[ \t]+")))

(defun smbcmp-command--log-rows (log filter options)
  "Return what is to be printed of LOG, what passes FILTER, by OPTIONS: alists."
  (if (plist-get options :requests)
      (mapcar #'smbcmp-command--request (smblog-requests log))
    (mapcar (lambda (number) (smbcmp-command--message log number))
            (smbcmp-command--messages log filter))))

(defun smbcmp-command--print-log (log filter options)
  "Print what passes FILTER of LOG by OPTIONS; return the exit status."
  (let ((rows (smbcmp-command--log-rows log filter options)))
    (unless (plist-get options :quiet)
      (dolist (row rows)
        (if (equal (plist-get options :format) "json")
            (smbcmp-command-print-json row)
          (smbcmp-command-print "%s\n" (mapconcat #'smbcmp-command--cell row "\t")))))
    (if rows 0 1)))

(defun smbcmp-command--write-log (log filter options)
  "Write the messages of LOG that pass FILTER to a file by OPTIONS.
Return the exit status."
  (let* ((file (plist-get options :output))
         (inhibit-message (plist-get options :quiet))
         (numbers (smbcmp-command--messages log filter))
         (written (smblog-export log numbers file :anonymize (plist-get options :anonymize)
                                 :map (plist-get options :map))))
    (unless (plist-get options :quiet)
      (smbcmp-command-print "Wrote %d messages to %s%s\n" (car written) file
                            (if (> (cadr written) 0)
                                (format "; %d lines of dumps are blanked" (cadr written))
                              "")))
    (if numbers 0 1)))

(defun smbcmp-command-log (options args)
  "Print or write the messages or requests of a log, ARGS, by OPTIONS."
  (pcase-let ((`(,file ,filter . ,more) args)
              (output (plist-get options :output)))
    (when (or (null file) more (and filter (plist-get options :requests)))
      (smbcmp-command-usage "log takes a file and, without --requests, a filter"))
    (when (and (null output) (plist-get options :anonymize))
      (smbcmp-command-usage "--anonymize is for --output"))
    (when (and output (plist-get options :requests))
      (smbcmp-command-usage "--output writes messages, not --requests"))
    (let ((log (smblog-open file)))
      (unwind-protect
          (funcall (if output #'smbcmp-command--write-log #'smbcmp-command--print-log)
                   log filter options)
        (smblog-close log)))))

(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))

;;;; The table of commands

(defconst smbcmp-command-commands
  '(("diff" smbcmp-command-diff "A B..."
     ("--keys" "--slower" "--filter" "--filter-a" "--filter-b" "--fields" "--protocols"
      "--decode-as" "--capture-filter" "--ignore" "--only" "--first" "--expect" "--good" "--jobs" "--format"
      "--quiet" "--bisect")
     "Compare two captures: where does B first diverge from A?
Of several B, where each first diverges, grouped; as JSON, a line for each.
Exit status: 0 no significant difference, 1 there are, 2 it can't be told.")
    ("group" smbcmp-many-command-group "[FILE]..."
     ("--good" "--format" "--quiet")
     "Group what \"smbcmp diff --format json\" printed, by first divergence.
Exit status: 0 no significant difference, 1 there are, 2 it can't be told.")
    ("export" smbcmp-export-command-export "CAPTURE FILE [FILTER]"
     ("--anonymize" "--map" "--only-these" "--keys" "--decode-as" "--capture-filter" "--format"
      "--quiet")
     "Write packets that pass a display filter to a file, with what they need.
Exit status: 0 written, 1 there are none, 2 it can't be written.")
    ("replay" smbcmp-export-command-replay "CAPTURE [FILTER]"
     ("--until" "--output" "--keys" "--decode-as" "--capture-filter")
     "Print a script in Python that sends the requests to another server.
What the requests need goes before them.
Exit status: 0 written, 1 there are no packets, 2 it can't be written.")
    ("log" smbcmp-command-log "LOG [FILTER]"
     ("--requests" "--output" "--anonymize" "--map" "--format" "--quiet")
     "Print or write the messages of a log that pass a filter, or print its requests.
Exit status: 0 there are some, 1 there are none, 2 it can't be told.")
    ("frames" smbcmp-command-frames "CAPTURE [FILTER]"
     ("--keys" "--decode-as" "--capture-filter" "--columns" "--format" "--quiet")
     "Print the packets that pass a display filter, a line each.
Exit status: 0 there are some, 1 there are none, 2 it can't be told."))
  "What is known of each command: (NAME FUNCTION ARGUMENTS OPTIONS DOC).
FUNCTION gets the options, a plist, and what else is on the command line,
and returns the exit status.")

(defun smbcmp-command--help (&optional name)
  "Print how command NAME is used, or which commands there are."
  (pcase (assoc name smbcmp-command-commands)
    (`(,_ ,_ ,arguments ,options ,doc)
     (princ (format "Usage: smbcmp %s [OPTION]... %s\n%s\n\n" name arguments doc))
     (smbcmp-command-print-options options))
    (_ (princ "Usage: smbcmp COMMAND [OPTION]... [ARGUMENT]...\n\n")
       (pcase-dolist (`(,name ,_ ,arguments ,_ ,doc) smbcmp-command-commands)
         (smbcmp-command-print-row 30 (concat name " " arguments) (car (split-string doc "\n"))))
       (princ "\n\"smbcmp COMMAND --help\" tells its options.\n"))))

(defun smbcmp-command--do (name function names args)
  "Have FUNCTION do the command NAME with ARGS, which may have the options NAMES."
  (pcase-let ((`(,options . ,operands) (smbcmp-command-parse names args))
              (smbcmp-command--args args))
    (when (and (equal "junit" (plist-get options :format)) (not (equal name "diff")))
      (smbcmp-command-usage "--format junit is for diff alone"))
    (when (and (plist-get options :map) (not (plist-get options :anonymize)))
      (smbcmp-command-usage "--map is for --anonymize"))
    (if (plist-get options :help) (progn (smbcmp-command--help name) 0)
      (funcall function options operands))))

(defun smbcmp-command-run (args)
  "Do what ARGS, a command line without the program, say; return the exit status."
  (pcase args
    ((or '() '("help") '("--help")) (smbcmp-command--help) (if args 0 2))
    ('("--version") (princ (format "smbcmp %s\n" smbcmp-version)) 0)
    (`("help" ,name . ,_) (smbcmp-command--help name) 0)
    (`(,name . ,rest)
     (pcase (assoc name smbcmp-command-commands)
       (`(,_ ,function ,_ ,names ,_)
        (let ((status (condition-case err
                          (smbcmp-command--do name function names rest)
                        (smbcmp-command-usage (signal (car err) (cdr err)))
                        (error (message "smbcmp: %s" (smbcmp-error-message err)) 2))))
          (if (not (and (eql status 2) (member "--bisect" rest))) status
            (message "smbcmp: this can't be told; git bisect skips it")
            125)))
       (_ (smbcmp-command-usage "No such command: %s" name))))))

(defun smbcmp-command ()
  "Run the command line of the program smbcmp, and exit.
The exit status is the command's; 129 if the command line is wrong."
  (unless noninteractive (user-error "This is for the program smbcmp"))
  (let ((args command-line-args-left))
    (setq command-line-args-left nil)
    (when (equal (car args) "--") (pop args))
    (kill-emacs (condition-case err
                    (smbcmp-command-run args)
                  (smbcmp-command-usage
                   (smbcmp-escape-message "smbcmp: %s\n\"smbcmp --help\" tells more" (cadr err))
                   ;; As git has it; "git bisect run" ends at this.
                   129)))))

;;;###autoload
(defun smbcmp-batch-diff ()
  "Do what \"smbcmp diff\" does with the command line, and exit.
For example, under \"git bisect run\":

  emacs --batch -l smbcmp -f smbcmp-batch-diff --slower never good.pcap now.pcap

The exit status is that of diff(1): 0 if no significant differences, 1
if there are, 2 if that is unknown: one can't be read, neither has any
SMB in it, or messages could not be decrypted.  It is 129 if the command
line is wrong.  The option --help tells the others."
  (unless noninteractive (user-error "This is for scripts: emacs --batch"))
  (push "diff" command-line-args-left)
  (smbcmp-command))

(provide 'smbcmp-command)
;;; smbcmp-command.el ends here
