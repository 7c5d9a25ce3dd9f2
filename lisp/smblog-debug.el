;;; smblog-debug.el --- From a log's message into the debugger  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Commands for gdb that stop where a message was logged, in a buffer to be
;; changed, saved and sourced.  Where the source is at hand and the function
;; has the request or the path as an argument, only this request stops.  Of
;; the kernel, its functions for the command, for gdb and trace-cmd.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smblog)
(require 'smblog-message)
(require 'smblog-request)
(require 'smblog-source)
(require 'smblog-view)

(defvar smblog-log)
(defvar smblog-flow-buffer)

(defvar smblog-debug--kernel nil
  "What smblog-debug.eld has, once it was read.")

(defun smblog-debug--kernel (command)
  "Return (NUMBER NAME CLIENT SERVER) for COMMAND, a number or name, or nil."
  (unless smblog-debug--kernel
    (setq smblog-debug--kernel
          (with-temp-buffer
            (insert-file-contents (expand-file-name "smblog-debug.eld"
                                                    smbcmp-module-lisp-directory))
            (read (current-buffer)))))
  (cl-find-if (lambda (row) (or (eql command (car row))
                                (and (stringp command)
                                     (equal (upcase command) (cadr row)))))
              smblog-debug--kernel))

;;;; Conditions

(defconst smblog-debug-conditions
  '(("struct smbd_smb2_request \\*\\([a-z_0-9]+\\)" mid
     "*(unsigned long long *) ((char *) %1$s->in.vector[%1$s->current_idx + 1].iov_base + 24) \
== %2$s")
    ("struct smb_request \\*\\([a-z_0-9]+\\)" mid "%1$s->mid == %2$s")
    ("struct smb_filename \\*\\([a-z_0-9]*smb_fname\\)" path
     "$_streq (%1$s->base_name, %2$s)")
    ("char \\*\\([a-z_]*\\(?:f?name\\|path\\)\\)" path "$_streq (%1$s, %2$s)"))
  "Arguments of functions that tell of which request a call is.
Each is (REGEXP WHAT FORMAT): what declares it in C, its name being group
1, whether it tells the message id or the path, and gdb's condition of the
name and that.")

(defun smblog-debug--quote (string)
  "Return STRING as C has it, in one line."
  (format "\"%s\""
          (replace-regexp-in-string
           "[\\\"[:cntrl:]]"
           (lambda (c) (if (member c '("\\" "\"")) (concat "\\" c)
                         (format "\\%03o" (string-to-char c))))
           string t t)))

(defun smblog-debug-condition (arguments mid path)
  "Return gdb's condition for a call with ARGUMENTS, as declared in C, or nil.
MID is the message id of the request that is meant, PATH its path; either
may be nil."
  (cl-loop for (regexp what format) in smblog-debug-conditions
           for value = (if (eq what 'mid) (and mid (number-to-string mid))
                         (and path (smblog-debug--quote path)))
           when (and value (string-match regexp arguments))
           return (format format (match-string 1 arguments) value)))

(defun smblog-debug--arguments (file function)
  "Return the arguments that FUNCTION of FILE is defined with, or \"\"."
  (let* ((tree smblog-src-dir)
         (name (and tree file (file-directory-p tree) (smblog-source-file tree file))))
    (or (when name
          (with-temp-buffer
            (insert-file-contents name)
            (let ((bounds (smblog-source-function function)))
              (when bounds
                (goto-char (car bounds))
                (buffer-substring-no-properties
                 (point) (progn (re-search-forward "^{" (cdr bounds) t) (point)))))))
        "")))

;;;; Commands for gdb

(defun smblog-debug--comment (text)
  "Return the first line of TEXT, so that it fits in a comment."
  (truncate-string-to-width
   (replace-regexp-in-string "[[:cntrl:]]" " "
                             (or (car (split-string (or text "") "\n" t "[ \t]+")) ""))
   70))

(defun smblog-debug--running-p (pid program)
  "Return non-nil if the process PID runs here and is a PROGRAM."
  (let ((command (and pid (alist-get 'comm (process-attributes pid)))))
    (and command (string-prefix-p program command))))

(defun smblog-debug--where (place)
  "Return where PLACE is, as gdb has it: FILE:LINE or FUNCTION.
PLACE is as `smblog-debug-commands' has it.  What a log has in place of
names must be no more than that to gdb, which calls functions of the
program in conditions."
  (let ((file (plist-get place :file)) (line (plist-get place :line))
        (function (plist-get place :function)))
    (cond ((and file line (string-match-p "\\`[A-Za-z0-9_./+-]+\\'" file))
           (format "%s:%d" (smblog-source-plain file) line))
          ((and function (string-match-p "\\`[A-Za-z0-9_]+\\'" function)) function)
          (t (user-error "This message names no source file")))))

(defun smblog-debug--without-lines (where function)
  "Return a comment for a program without debug symbols, or nil.
WHERE is where to stop in one that has them, FUNCTION what is exported
without, perhaps."
  (and function (not (equal where function))
       (string-match-p "\\`[A-Za-z0-9_]+\\'" function)
       (format "# Without debug symbols: break %s" function)))

(defun smblog-debug--server (place)
  "Return gdb's commands for PLACE, see `smblog-debug-commands', as lines."
  (let* ((pid (plist-get place :pid))
         (program (or (plist-get place :program) "smbd"))
         (condition (smblog-debug-condition (or (plist-get place :arguments) "")
                                            (plist-get place :mid) (plist-get place :path)))
         (where (smblog-debug--where place)))
    (list (format "# Stop where %s logged: %s" (smblog-debug--comment program)
                  (smblog-debug--comment (plist-get place :text)))
          "set breakpoint pending on"
          "# Go on into the process that serves the client."
          "set follow-fork-mode child"
          "set detach-on-fork off"
          (cond ((null pid) nil)
                ((smblog-debug--running-p pid program) (format "attach %d" pid))
                (t (format "# The log's process, if it still runs:\n# attach %d" pid)))
          (concat "break " where (and condition (concat " if " condition)))
          (smblog-debug--without-lines where (plist-get place :function))
          "commands" "backtrace 12" "info args" "end")))

(defun smblog-debug--kernel-lines (row live)
  "Return lines for the kernel's functions of ROW, of smblog-debug.eld.
Unless LIVE, they are but comments."
  (pcase-let ((`(,_ ,name ,client ,server) row))
    (append
     (list (format "# The kernel's side of %s, of a machine with KASLR off that waits for gdb:"
                   name))
     (mapcar (lambda (line) (if live line (concat "# " line)))
             (list "add-auto-load-safe-path ." "target remote :1234" "lx-symbols"
                   (format "hbreak %s" client)))
     (list (format "# With ksmbd as the server: hbreak %s" server)
           "# What it calls, and how long that takes:"
           (format "# trace-cmd record -e cifs -p function_graph -g %s --max-graph-depth 5"
                   client)
           (format "# trace-cmd record -p function_graph -g %s --max-graph-depth 5" server)
           "# trace-cmd report"))))

(defun smblog-debug-commands (place)
  "Return commands for gdb that stop at PLACE, a string.
PLACE is a plist: :file, :line, :function, :text, :pid and :program of a
message, and what is known of its request: :mid, :path and :command, a
number or name, and :arguments of the function, as it is defined in C."
  (let* ((kernel (equal "kernel" (plist-get place :program)))
         (row (smblog-debug--kernel (plist-get place :command))))
    (string-join
     (delq nil (append (unless kernel (smblog-debug--server place))
                       (and row (smblog-debug--kernel-lines row kernel))
                       (list "")))
     "\n")))

;;;; The command

(defun smblog-debug--place (number)
  "Return the place of message NUMBER of this log, for `smblog-debug-commands'."
  (let* ((message (smblog-message smblog-log number))
         (request (smblog-request-of number (plist-get message :pid)))
         (text (or (plist-get message :text) ""))
         (opcode (and request (plist-get request :opcode))))
    (list :file (plist-get message :file) :line (plist-get message :line)
          :function (plist-get message :function) :text text
          :pid (plist-get message :pid)
          :program (or (plist-get message :program) (plist-get request :program))
          :mid (plist-get request :mid) :path (plist-get request :path)
          :command (cond ((string-match "\\_<cmd=\\([0-9]+\\)" text)
                          (string-to-number (match-string 1 text)))
                         ((integerp opcode) opcode)
                         ((stringp opcode)
                          (string-remove-prefix "SMB2_OP_" opcode)))
          :arguments (smblog-debug--arguments (plist-get message :file)
                                              (or (plist-get message :function) "")))))

(define-derived-mode smblog-debug-mode prog-mode "gdb-commands"
  "Major mode for commands of gdb that stop where a message was logged.
Save them, then in \\[gdb]: source FILE."
  (setq-local comment-start "# ")
  (setq-local comment-start-skip "#+ *")
  (setq font-lock-defaults '((("^[a-z-]+" . font-lock-function-name-face)
                              ("#.*" . font-lock-comment-face)))))

(defun smblog-debug-show (commands)
  "Show COMMANDS, for gdb, in a buffer."
  (with-current-buffer (get-buffer-create "*smblog-debug*")
    (erase-buffer)
    (insert commands)
    (goto-char (point-min))
    (smblog-debug-mode)
    (pop-to-buffer (current-buffer)))
  (message "Save it with C-x C-w; in gdb: source FILE"))

(defun smblog-debug-of (buffer number)
  "Show commands for gdb that stop at message NUMBER of the log BUFFER."
  (unless (buffer-live-p buffer) (user-error "The log is no longer open"))
  (smblog-debug-show (with-current-buffer buffer
                       (smblog-debug-commands (smblog-debug--place number)))))

;;;###autoload
(defun smblog-debug ()
  "Show commands for gdb that stop where the message at point was logged.
With the source tree in `smblog-src-dir', only for the request that it
belongs to, where the function has it as an argument."
  (interactive)
  (smblog-debug-of (if (derived-mode-p 'smblog-mode) (current-buffer) smblog-flow-buffer)
                   (or (get-text-property (point) 'smblog-message)
                       (and (derived-mode-p 'smblog-mode) (smblog-message-at-point))
                       (user-error "No message here"))))

(provide 'smblog-debug)
;;; smblog-debug.el ends here
