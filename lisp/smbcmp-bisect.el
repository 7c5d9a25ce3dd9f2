;;; smbcmp-bisect.el --- Find the revision that made two captures diverge  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Writes a script for "git bisect run" from a comparison: it builds and
;; starts the server of a revision, replays to it what the good capture's
;; client did, captures that, and compares.  How to build and to start the
;; server is the user's; the rest is in smbcmp-bisect.sh.

;;; Code:

(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-compare)
(require 'smbcmp-compiled)
(require 'smbcmp-export)
(require 'smbcmp-replay)

(defvar smbcmp-compare-view-comparison)
(defvar smbcmp-compare-lists-view)

(defvar smbcmp-bisect--history nil
  "What was answered to `smbcmp-bisect'.")

(defun smbcmp-bisect--command ()
  "Return the command smbcmp as a shell has it."
  (mapconcat #'shell-quote-argument
             `(,(expand-file-name invocation-name invocation-directory)
               ,@(smbcmp-compiled-arguments) "-l" "smbcmp-command" "-f" "smbcmp-command" "--")
             " "))

(defun smbcmp-bisect--expected (divergence)
  "Return what decides if DIVERGENCE is there, \"LABEL: STATUS\" of A, or \"\"."
  (let ((label (plist-get divergence :label)))
    (if (and (eq 'status (plist-get divergence :kind))
             (string-match "\\`\\(.+: [A-Z0-9_]+\\) / [A-Z0-9_]+\\'" label))
        (match-string 1 label)
      "")))

(defun smbcmp-bisect--fill (parts)
  "Return smbcmp-bisect.sh with each @NAME@ replaced as the alist PARTS says."
  (replace-regexp-in-string "@\\([A-Z]+\\)@"
                            (lambda (name) (alist-get (substring name 1 -1) parts nil nil #'equal))
                            (smbcmp-replay-file "smbcmp-bisect.sh") t t))

(defun smbcmp-bisect--loopback-p (share)
  "Return non-nil if SHARE is on this machine."
  (string-match-p "\\`//\\(127\\.\\|localhost/\\|\\[?::1\\]?/\\)" share))

(defun smbcmp-bisect--write-private (script file)
  "Write SCRIPT to FILE, a program for the user alone: a password is in it."
  (with-file-modes #o700
    (smbcmp-replay-write script file))
  (set-file-modes file #o700))

(defun smbcmp-bisect-write (comparison divergence file &rest plist)
  "Write to FILE a script that tells by COMPARISON if a revision is good.
DIVERGENCE is the one that must not be there: if it is a status, that
alone decides, else all divergences do.  Beside FILE goes the script that
replays the requests of COMPARISON's A, FILE.py.  PLIST has
 :build   a shell command that builds the server
 :start   one that starts it, in the foreground
 :share   //SERVER/SHARE
 :user    USER%PASSWORD
 :port    its port, 445 if nil."
  (let* ((file (expand-file-name file))
         (replay (concat file ".py"))
         (a (smbcmp-comparison-a comparison))
         (frame (car (plist-get divergence :a)))
         (share (plist-get plist :share))
         (port (or (plist-get plist :port) 445))
         (quoted #'shell-quote-argument))
    (smbcmp-replay-write
     (smbcmp-replay-script a (if (equal "" (smbcmp-bisect--expected divergence)) 'all
                               (smbcmp-replay-until a frame)))
     replay)
    (smbcmp-bisect--write-private
     (smbcmp-bisect--fill
      `(("TITLE" . ,(concat "Does it diverge?  " (smbcmp-replay-comment
                                                  (plist-get divergence :label))))
        ("SCRIPT" . ,file) ("LOG" . ,(funcall quoted (concat file ".log")))
        ("BUILD" . ,(if (equal "" (or (plist-get plist :build) "")) ":"
                      (plist-get plist :build)))
        ;; The server is what the shell becomes, so that its pid is the server's.
        ("START" . ,(concat "exec " (plist-get plist :start)))
        ("SHARE" . ,(funcall quoted share))
        ("PORT" . ,(number-to-string port))
        ("USER" . ,(funcall quoted (or (plist-get plist :user) "%")))
        ("REPLAY" . ,(funcall quoted replay))
        ("GOOD" . ,(funcall quoted (expand-file-name (smbcmp-capture-file a))))
        ("EXPECT" . ,(funcall quoted (smbcmp-bisect--expected divergence)))
        ("INTERFACE" . ,(if (smbcmp-bisect--loopback-p share) "lo" "any"))
        ("DECODE" . ,(if (= port 445) "" (format "--decode-as tcp.port==%d,nbss" port)))
        ("SMBCMP" . ,(smbcmp-bisect--command))))
     file)))

;;;###autoload
(defun smbcmp-bisect (file)
  "Write to FILE a script for \"git bisect run\", and visit it.
A revision is good if the divergence at point, or the first one, is not
there when the requests of capture A are sent to its server.  How the
server is built and started is asked for, and stands in the script."
  (interactive (list (progn (smbcmp-bisect--divergence)
                            (read-file-name "Write the script to: " nil nil nil "bisect.sh"))))
  (pcase-let* ((`(,comparison . ,divergence) (smbcmp-bisect--divergence))
               (ask (lambda (prompt default)
                      (read-string (format "%s (default %s): " prompt default) nil
                                   'smbcmp-bisect--history default)))
               (build (funcall ask "Build the server with" "make -j"))
               (start (funcall ask "Start it, in the foreground, by one command"
                               "./bin/smbd -F -s /path/to/smb.conf"))
               (share (funcall ask "Share" "//127.0.0.1/share"))
               (user (funcall ask "User%password" "%")))
    (when (and (file-exists-p file)
               (not (y-or-n-p (format "%s exists; overwrite it? " (smbcmp-escape-file file)))))
      (user-error "Not written"))
    (smbcmp-with-user-errors
      (smbcmp-bisect-write comparison divergence file
                           :build build :start start :share share :user user))
    (find-file file)
    (message "Run it with M-x smbcmp-bisect-run, or git bisect run %s" (expand-file-name file))))

(defun smbcmp-bisect--divergence ()
  "Return (COMPARISON . DIVERGENCE) of this buffer: at point, or the first."
  (let* ((comparison (cond ((derived-mode-p 'smbcmp-compare-mode) smbcmp-compare-view-comparison)
                           ((derived-mode-p 'smbcmp-compare-list-mode)
                            (buffer-local-value 'smbcmp-compare-view-comparison
                                                smbcmp-compare-lists-view))))
         (divergences (and comparison (smbcmp-comparison-found comparison)))
         (number (or (get-text-property (line-beginning-position) 'smbcmp-divergence) 0)))
    (when (seq-empty-p divergences) (user-error "No divergence here"))
    (let ((divergence (smbcmp-divergence-plist (aref divergences number))))
      (unless (plist-get divergence :a)
        (user-error "Capture A has no such exchange"))
      (cons comparison divergence))))

(provide 'smbcmp-bisect)
;;; smbcmp-bisect.el ends here
