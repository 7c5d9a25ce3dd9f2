;;; smbcmp-log-evidence.el --- Which message explains a difference  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Of the messages that only one of two servers logged for a request, those
;; that explain the difference come first: by rules, which are data, in
;; smbcmp-log-evidence.eld.  The user's come after them.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)
(require 'smbcmp-log-text)

(declare-function smbcmp--module-status-class "smbcmp-module.so" (status))

;;;; Customization

(defcustom smbcmp-user-log-evidence nil
  "Your rules on which messages of a server explain why its response differs.
They come after the shipped ones, in smbcmp-log-evidence.eld.  Each is a
property list:

 :kind      `failure', `setting' (of the configuration), `incidental'
            (a failure, but hardly the one), `reply' (what is sent to
            the client), `routine' (it explains nothing), `other'.
 :function :file :class :text   Regexps; all that are there must match:
            the function's and the debug class' whole name, the beginning
            of the source file's, a line of the text.
 :status    t for a text with an NT_STATUS_ name that is a failure's.
 :unsent    t for a text without the status that was sent to the client.

The last rule that matches a message decides."
  :type '(repeat (plist :options ((:kind (choice (const failure) (const setting)
                                                 (const incidental) (const reply) (const routine)
                                                 (const other)))
                                  (:function regexp) (:file regexp) (:class regexp)
                                  (:text regexp) (:status (const t))
                                  (:unsent (const t)))))
  :group 'smbcmp-compare)

;;;; Rules

(defvar smbcmp-log-evidence--shipped nil
  "The shipped rules, once read.")

(defun smbcmp-log-evidence-rules ()
  "Return all rules in effect, shipped ones and `smbcmp-user-log-evidence'."
  (unless smbcmp-log-evidence--shipped
    (let ((file (expand-file-name "smbcmp-log-evidence.eld" smbcmp-module-lisp-directory)))
      (unless (file-readable-p file)
        (signal 'smbcmp-file-error (list (format "%s: no such file" file))))
      (setq smbcmp-log-evidence--shipped
            (with-temp-buffer
              (insert-file-contents file)
              (read (current-buffer))))))
  (append smbcmp-log-evidence--shipped smbcmp-user-log-evidence))

(defun smbcmp-log-evidence--statuses (text)
  "Return the NT_STATUS_ names in TEXT that are failures'."
  (let ((case-fold-search nil) (start 0) statuses)
    (while (string-match "\\bNT_STATUS_[A-Z0-9_]+" text start)
      (setq start (match-end 0))
      (let ((status (match-string 0 text)))
        (when (eq 'failure (smbcmp--module-status-class status))
          (push status statuses))))
    statuses))

(defun smbcmp-log-evidence--match-p (rule message text statuses sent)
  "Return non-nil if RULE is about MESSAGE, a plist.
TEXT is what it says without names of functions, STATUSES the failures
in it, SENT the status that was sent to the client, or nil."
  (cl-flet ((whole (key regexp)
              (and (plist-get message key)
                   (string-match-p (concat "\\`\\(?:" regexp "\\)\\'")
                                   (plist-get message key)))))
    (cl-loop for (key value) on rule by #'cddr
             always (pcase key
                      (:function (whole :function value))
                      (:class (whole :class value))
                      (:file (string-match-p (concat "\\`\\(?:" value "\\)")
                                             (smbcmp-log-text-file message)))
                      (:text (string-match-p value text))
                      (:status statuses)
                      (:unsent (and sent (not (member sent statuses))))
                      (_ t)))))

(defconst smbcmp-log-evidence--ranks '(failure setting incidental reply other routine)
  "Kinds of messages, what explains most first.")

(defun smbcmp-log-evidence--kind (rules message line sent)
  "Return the kind of MESSAGE by RULES, which are in reverse, a symbol.
LINE is its text; the status SENT, or nil, was sent to the client."
  (let* ((case-fold-search t)
         (text (smbcmp-log-text-without-function line))
         (statuses (smbcmp-log-evidence--statuses line))
         (kind (or (cl-loop for rule in rules
                            thereis (and (smbcmp-log-evidence--match-p rule message text
                                                                       statuses sent)
                                         (plist-get rule :kind)))
                   'other)))
    (cond ((not (memq kind smbcmp-log-evidence--ranks))
           (signal 'smbcmp-error (list (format "A rule on messages has no kind %S" kind))))
          ;; That all went well is no news.
          ((and (eq kind 'reply) (null statuses)) 'routine)
          (t kind))))

;;;; What only one logged

(defun smbcmp-log-evidence--only (texts others)
  "Return the numbers of TEXTS, from 0, that OTHERS has not, or fewer times."
  (let ((counts (make-hash-table :test #'equal)))
    (dolist (text others) (cl-incf (gethash text counts 0)))
    (cl-loop for text in texts for n from 0
             if (> (gethash text counts 0) 0) do (cl-decf (gethash text counts))
             else collect n)))

(defun smbcmp-log-evidence--lines (text lines)
  "Return the lines of TEXT that are not in the hash table LINES, or all.
The line that says where a message is from is not among them."
  (let* ((all (split-string text "\n" t "[ \t]+"))
         (all (if (string-match-p "\\`[ \t]" text) all (cdr all))))
    (or (cl-remove-if (lambda (line) (gethash line lines)) all) all)))

(defun smbcmp-log-evidence (messages texts others &optional status)
  "Return those of MESSAGES that OTHERS does not have, what explains most first.
MESSAGES is a list of plists of `smblog-message', TEXTS and OTHERS what
`smbcmp-log-text' makes of them and of those of the other server.  STATUS,
if non-nil, is the NT_STATUS_ name that was sent to the client.  The value
is a list of plists:

 :place    number in MESSAGES, from 0
 :message  the message
 :line     the line of its text that explains most, masked
 :kind     as in `smbcmp-user-log-evidence'

Those of a kind are in the order in which they were logged."
  (let ((rules (reverse (smbcmp-log-evidence-rules)))
        (lines (make-hash-table :test #'equal))
        (messages (vconcat messages))
        (all (vconcat texts)))
    (dolist (text others)
      (dolist (line (split-string text "\n" t "[ \t]+")) (puthash line t lines)))
    (mapcar
     (lambda (found)
       (plist-put (cdr found) :kind (nth (car found) smbcmp-log-evidence--ranks)))
     (cl-stable-sort
      (mapcar (lambda (place)
                (smbcmp-log-evidence--one rules (aref messages place) place
                                          (smbcmp-log-evidence--lines (aref all place) lines)
                                          status))
              (smbcmp-log-evidence--only texts others))
      #'< :key #'car))))

(defun smbcmp-log-evidence--one (rules message place lines status)
  "Return (RANK . PLIST) for MESSAGE, number PLACE, by RULES in reverse.
LINES are those that only it has; STATUS was sent to the client."
  (let ((best (length smbcmp-log-evidence--ranks)) (chosen nil))
    ;; Its first line if none explains more.
    (dolist (line (or lines (list "")))
      (let ((rank (cl-position (smbcmp-log-evidence--kind rules message line status)
                               smbcmp-log-evidence--ranks)))
        (when (< rank best) (setq best rank chosen line))))
    (cons best (list :place place :message message :line chosen :kind nil))))

;;;; Settings

(defun smbcmp-log-evidence-settings (messages)
  "Return the settings that MESSAGES, plists, tell of, in order.
It is an alist of lines, like \"[share] read only = yes\", and the message of
each.  A process reads its configuration several times; each is there once."
  (let ((section "global") (known (make-hash-table :test #'equal)) settings)
    (dolist (message messages (nreverse settings))
      (dolist (line (split-string (or (plist-get message :text) "") "\n" t "[ \t]+"))
        (cond ((string-match "\\`\\(?:[a-z_]+: \\)?Processing section \"\\[\\(.*\\)\\]\"" line)
               (setq section (match-string 1 line)))
              ((string-match "\\`\\(?:[a-z_]+: \\)?doing parameter \\(.*\\)" line)
               (let ((setting (format "[%s] %s" section (match-string 1 line))))
                 (unless (gethash setting known)
                   (puthash setting t known)
                   (push (cons setting message) settings)))))))))

(defun smbcmp-log-evidence-setting (line)
  "Return the kind, by the rules, of LINE.
It is one of `smbcmp-log-evidence-settings'."
  (smbcmp-log-evidence--kind (reverse (smbcmp-log-evidence-rules)) nil
                             (replace-regexp-in-string "\\`\\[[^]]*\\] " "doing parameter " line)
                             nil))

;;;; Waiting

(defun smbcmp-log-evidence-wait (messages)
  "Return where those who logged MESSAGES, plists, waited longest, or nil.
It is (SECONDS . PLACE), PLACE being the number in MESSAGES, from 0, of
the message before the wait that is no routine, or of the last one."
  (let ((longest nil) (rules (reverse (smbcmp-log-evidence-rules)))
        (all (vconcat messages)))
    (cl-loop for (before after) on messages for place from 0
             for from = (plist-get before :time) for to = (and after (plist-get after :time))
             when (and from to (> (- to from) (or (car longest) 0)))
             do (setq longest (cons (- to from) place)))
    (when longest
      (cons (car longest)
            (or (cl-loop for place from (cdr longest) downto 0
                         for message = (aref all place)
                         unless (eq 'routine (smbcmp-log-evidence--kind
                                              rules message
                                              (string-trim (or (plist-get message :text) ""))
                                              nil))
                         return place)
                (cdr longest))))))

(provide 'smbcmp-log-evidence)
;;; smbcmp-log-evidence.el ends here
