;;; smblog-debug-test.el --- gdb stops where a log says  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A program that forks a child for its client, as smbd does, is built with
;; its symbols, and gdb does what the keys in its log say.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smblog-mode)
(require 'smblog-debug)
(require 'smblog-mode-test)

(defvar smblog-src-dir)
(defvar smblog-mode-test-directory)

(defconst smblog-debug-test-program "#include <string.h>
#include <unistd.h>
#include <sys/wait.h>

static int
open_it (int access,
         const char *fname)
{
  int length = access + (int) strlen (fname);
  return length;
}

int
main (void)
{
  if (fork () == 0)
    {
      open_it (1, \"old\");
      open_it (2, \"new\");
      _exit (0);
    }
  wait (NULL);
  return 0;
}
"
  "What serves a client; line 9 is in the function that logs.")

(defun smblog-debug-test-log (pid)
  "Return a log of process PID, a request for \"new\"."
  (mapconcat (pcase-lambda (`(,where ,text))
               (format "[2026/11/24 01:58:14.900000, 10, pid=%d, effective(0, 0), real(0, 0)] \
../../source3/smbd/%s\n  %s\n" pid where text))
             '(("smb2_server.c:3400(smbd_smb2_request_dispatch)"
                "smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 265")
               ("smb2_create.c:743(smbd_smb2_create_send)"
                "smbd_smb2_create_send: name [new]")
               ("tiny.c:9(open_it)" "open_it: opening new")
               ("smb2_server.c:3847(smbd_smb2_request_done_ex)"
                "smbd_smb2_request_done_ex: mid [265] idx[1] status[NT_STATUS_OK] body[88] \
dyn[yes:0] at ../../source3/smbd/smb2_create.c:410"))
             ""))

(ert-deftest smblog-debug-test-gdb-stops-there ()
  (unless (and (executable-find "gdb") (executable-find "cc"))
    (message "        nothing is debugged: gdb or cc not installed")
    (ert-skip "gdb or cc not installed"))
  (smblog-mode-test-with (list "log.smbd" (smblog-debug-test-log 999999))
    (let* ((smblog-src-dir smblog-mode-test-directory)
           (source (expand-file-name "source3/smbd/tiny.c" smblog-src-dir))
           (program (expand-file-name "tiny" smblog-src-dir))
           (commands (expand-file-name "commands.gdb" smblog-src-dir)))
      (make-directory (file-name-directory source) t)
      (write-region smblog-debug-test-program nil source nil 'silent)
      (should (= 0 (call-process "cc" nil nil nil "-g" "-O0" "-o" program source)))
      (goto-char (point-min))
      (search-forward "opening new")
      (smblog-mode-test-keys "G")
      (should (derived-mode-p 'smblog-debug-mode))
      (should (string-match-p "^break source3/smbd/tiny.c:9 if \\$_streq (fname, \"new\")$"
                              (buffer-string)))
      (should (string-match-p "^# attach 999999$" (buffer-string)))
      (should (string-match-p "^# trace-cmd record .* -g SMB2_open " (buffer-string)))
      (write-region nil nil commands nil 'silent)
      (kill-buffer)
      (with-temp-buffer
        (let ((process-environment (cons "DEBUGINFOD_URLS=" process-environment)))
          (call-process "gdb" nil t nil "--batch" "-nx" "-x" commands "-ex" "run" program))
        (when (string-match-p "ptrace\\|Operation not permitted" (buffer-string))
          (ert-skip "no process may be traced here"))
        (let ((output (buffer-string)))
          ;; It stops once, in the child, for this file.
          (should (string-match-p "open_it (access=2, fname=.* \"new\")" output))
          (should-not (string-match-p "fname=.* \"old\"" output))
          (should (string-match-p "tiny.c:9" output)))))))

(ert-deftest smblog-debug-test-conditions ()
  (cl-flet ((condition (arguments) (smblog-debug-condition arguments 265 "a\"b")))
    ;; Samba 4.17, source3/smbd/smb2_create.c and open.c.
    (should (string-match-p
             "smb2req->in\\.vector\\[smb2req->current_idx \\+ 1\\].* == 265\\'"
             (condition "(TALLOC_CTX *mem_ctx, struct tevent_context *ev,
                         struct smbd_smb2_request *smb2req, uint8_t in_oplock_level)")))
    (should (equal "req->mid == 265"
                   (condition "(struct smb_request *req, files_struct *fsp)")))
    (should (equal "$_streq (smb_fname->base_name, \"a\\\"b\")"
                   (condition "(connection_struct *conn, const struct smb_filename *smb_fname)")))
    (should-not (condition "(uint32_t access_mask)"))))

(ert-deftest smblog-debug-test-a-log-gives-names-alone ()
  "What a log has in place of a name becomes no command or call of gdb's."
  (dolist (place '((:file "a.c:1 if system(\"id\")  #" :line 3 :function "f if system(\"id\")")
                   (:file "a.c\nshell id" :line 3) (:function "f\nshell id") (:text "nothing")))
    (should-error (smblog-debug-commands place) :type 'user-error))
  ;; Of these the function is one.
  (should (string-match-p "^break good_one$"
                          (smblog-debug-commands '(:file "a b.c" :line 3 :function "good_one"))))
  (let ((commands (smblog-debug-commands
                   '(:file "../../source3/smbd/a.c" :line 3 :program "smbd\nshell id"
                     :text "x\rshell id" :path "a\"b\nshell id" :arguments "const char *fname"))))
    (should (string-match-p "^break [^\n]*a\\.c:3 if \\$_streq (fname, \"a\\\\\"b\\\\012shell id\")$"
                            commands))
    (should-not (string-match-p "^shell" commands))))

(ert-deftest smblog-debug-test-the-kernel-s-side ()
  (let ((commands (smblog-debug-commands '(:program "kernel" :command 5 :text "cmd=5"))))
    (should (string-match-p "^target remote :1234$" commands))
    (should (string-match-p "^hbreak SMB2_open$" commands))
    (should (string-match-p "trace-cmd record -p function_graph -g smb2_open" commands))
    (should-not (string-match-p "attach\\|detach-on-fork" commands))))

(provide 'smblog-debug-test)
;;; smblog-debug-test.el ends here
