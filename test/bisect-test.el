;;; bisect-test.el --- The revision that broke it is found unattended  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A repository of 64 revisions of smb.conf.  From the 37th on the share
;; wants a VFS module that is not there; three revisions near it can't be
;; built.

;;; Code:

(require 'autorevert)
(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'smbcmp)
(require 'smbcmp-bisect)
(require 'smbcmp-bisect-log)
(require 'pair-test)
(require 'live-test)
(require 'replay-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function live-test--obstacle "live-test")
(declare-function replay-test--python "replay-test")
(declare-function pair-test--wait "pair-test")

(defconst bisect-test-setup "set -e
D=$1 PORT=$2; mkdir -p \"$D\"; cd \"$D\"
mkdir lock state cache private pid ncalrpc share repo
cat >repo/start <<'START'
#!/bin/sh
D=$(cd .. && pwd)
rm -rf \"$D/share\"; mkdir -p \"$D/share/docs\"
echo 'Hello, world.' >\"$D/share/hello.txt\"
echo 'Read me.' >\"$D/share/docs/readme.txt\"
head -c 10000 /dev/zero | tr '\\0' a >\"$D/share/docs/a.bin\"
chmod -R a+rwX \"$D/share\"
sed \"s|@D@|$D|g\" smb.conf >\"$D/smb.conf\"
exec timeout -k 5 60 smbd -F --no-process-group -s \"$D/smb.conf\" -l \"$D\"
START
cat >conf <<CONF
[global]
  bind interfaces only = yes
  interfaces = 127.0.0.1/8
  smb ports = $PORT
  disable netbios = yes
  load printers = no
  printing = bsd
  passdb backend = tdbsam
  username map = @D@/users
  lock directory = @D@/lock
  state directory = @D@/state
  cache directory = @D@/cache
  private dir = @D@/private
  pid directory = @D@/pid
  ncalrpc dir = @D@/ncalrpc
CONF
echo 'nobody = smbu' >users
chmod 755 .
chmod 700 private
chmod +x repo/start
sed \"s|@D@|$D|g\" conf >smb.conf
printf 'Passw0rd\\nPassw0rd\\n' | smbpasswd -c smb.conf -D 0 -s -a nobody
cd repo
git init -q .
git config user.name Test
git config user.email test@example.com
for n in $(seq 64); do
  { cat ../conf
    echo \"  deadtime = $n\"
    printf '[share]\\n  path = @D@/share\\n  read only = no\\n'
    if [ $n -ge 37 ]; then echo '  vfs objects = nonesuch'; fi; } >smb.conf
  case $n in 32 | 38 | 40) echo 'exit 1' ;; *) echo 'exit 0' ;; esac >build
  git add .
  git commit -q -m \"Revision $n\"
done
"
  "A script that makes the repository in the directory it is given.")

(defun bisect-test--shell (directory program &rest args)
  "Run PROGRAM with ARGS in DIRECTORY; return (STATUS . OUTPUT)."
  (with-temp-buffer
    (let ((default-directory directory))
      (cons (apply #'call-process program nil t nil args) (buffer-string)))))

(defun bisect-test--port ()
  "Return a port of loopback where nobody listens."
  (let ((process (make-network-process :name "port" :server t :host "127.0.0.1" :service t
                                       :noquery t)))
    (prog1 (process-contact process :service) (delete-process process))))

(defun bisect-test--write (file port)
  "Write to FILE the script for a share at PORT that can't be connected to."
  (let* ((a (smbcmp-open (smbcmp-test-data "good")))
         (b (smbcmp-open (smbcmp-test-data "forbidden")))
         (comparison (smbcmp-diff-captures a b))
         (divergence (seq-find (lambda (divergence)
                                 (string-prefix-p "TREE CONNECT \\\\127.0.0.1\\share: STATUS_SUCCESS / "
                                                  (plist-get divergence :label)))
                               (smbcmp-comparison-divergences comparison))))
    (should divergence)
    (smbcmp-bisect-write comparison divergence file :build "sh ./build" :start "./start"
                         :share "//127.0.0.1/share" :user "smbu%Passw0rd" :port port)
    (smbcmp-close a)
    (smbcmp-close b)))

(ert-deftest bisect-test-finds-the-revision ()
  :tags '(slow)
  (let ((obstacle (live-test--obstacle)))
    (when obstacle (ert-skip obstacle)))
  (unless (executable-find "git") (ert-skip "git not installed"))
  (replay-test--python)
  (let* ((directory (file-name-as-directory (make-temp-file "smbcmp-bisect" t)))
         (repository (concat directory "d/repo/"))
         (script (concat directory "bisect.sh"))
         (port (bisect-test--port)))
    (unwind-protect
        (progn
          (let ((made (bisect-test--shell directory "sh" "-c" bisect-test-setup "sh"
                                          (concat directory "d") (number-to-string port))))
            (unless (eq 0 (car made)) (ert-fail (cdr made))))
          (set-file-modes directory #o755)
          (bisect-test--write script port)
          (bisect-test--shell repository "git" "bisect" "start" "HEAD" "HEAD~63")
          (let ((run (bisect-test--shell repository "git" "bisect" "run" script)))
            (unless (string-match-p "is the first '?bad'? commit" (cdr run)) (ert-fail (cdr run))))
          (should (equal "Revision 37\n"
                         (cdr (bisect-test--shell repository "git" "log" "-1" "--format=%s"
                                                  "refs/bisect/bad"))))
          (with-temp-buffer
            (insert-file-contents (concat script ".log"))
            (should (re-search-forward "bad: .*TREE CONNECT .*share: STATUS_SUCCESS / " nil t))
            (goto-char (point-min))
            (should (re-search-forward "good: no divergence" nil t))
            (goto-char (point-min))
            (should (re-search-forward "skip: it does not build" nil t)))
          ;; Nothing is left that listens.
          (should-not (eq 0 (car (bisect-test--shell
                                  directory "grep" "-qi"
                                  (format ":%04X 0*:0000 0A " port) "/proc/net/tcp")))))
      (delete-directory directory t))))

(ert-deftest bisect-test-the-log-is-shown ()
  "Of five revisions the third is the first bad one; the log says so as it goes."
  (unless (executable-find "git") (ert-skip "git not installed"))
  (let* ((directory (file-name-as-directory (make-temp-file "smbcmp-bisect" t)))
         (script (concat directory "bisect.sh")) (repository (concat directory "repo/"))
         ;; In batch, events of files that changed keep Emacs from reading processes.
         (inhibit-message t) (auto-revert-use-notify nil))
    (unwind-protect
        (save-window-excursion
          ;; What smbcmp-bisect.sh does with its log, without a server.
          (write-region "#!/bin/sh
n=$(cat n); [ $n -lt 3 ] && s=good || s=bad
echo \"$(git rev-parse --short HEAD) $s: CREATE $n\" >>\"$0.log\"
[ $s = good ]\n" nil script nil 'silent)
          (set-file-modes script #o700)
          (make-directory repository)
          (bisect-test--shell repository "sh" "-ec" "git init -q .
git config user.name Test; git config user.email test@example.com
for n in 1 2 3 4 5; do echo $n >n; git add n; git commit -qm $n; done")
          (smbcmp-bisect-run script repository "HEAD" "HEAD~4")
          (should (derived-mode-p 'smbcmp-bisect-log-mode))
          (should hl-line-mode)
          (pair-test--wait (lambda ()
                             (with-current-buffer "*smbcmp-bisect*"
                               (not (get-buffer-process (current-buffer))))))
          (with-current-buffer "*smbcmp-bisect*"
            (goto-char (point-min))
            (should (re-search-forward "is the first '?bad'? commit" nil t)))
          (auto-revert-buffers)
          (goto-char (point-min))
          (should (re-search-forward "^[0-9a-f]+ good: CREATE 2$" nil t))
          (goto-char (point-min))
          (should (re-search-forward "^[0-9a-f]+ bad: CREATE 3$" nil t))
          (call-interactively (key-binding (kbd "RET")))
          (with-current-buffer "*smbcmp-revision*"
            (should (string-match-p "^-2\n\\+3$" (buffer-string))))
          (kill-buffer))
      (dolist (name '("*smbcmp-bisect*" "*smbcmp-revision*"))
        (when (get-buffer name) (kill-buffer name)))
      (delete-directory directory t))))

;; In batch, Emacs would wait for an answer on its standard input.
(ert-deftest bisect-test-a-log-that-grows-while-it-is-opened ()
  "What a bisection writes between the file is read and followed is shown, unasked."
  (dolist (before '("" "1234567 good: CREATE 1\n"))
    (let ((log (make-temp-file "smbcmp-bisect" nil ".log" before))
          (auto-revert-use-notify nil) (inhibit-message t))
      (unwind-protect
          (with-current-buffer (find-file-noselect log)
            (write-region "89abcde bad: CREATE 2\n" nil log t 'silent)
            (set-file-times log (time-add nil 5))
            (cl-letf (((symbol-function 'y-or-n-p) (lambda (prompt) (ert-fail prompt))))
              (smbcmp-bisect-log-mode))
            (auto-revert-buffers)
            (should (equal (buffer-string) (concat before "89abcde bad: CREATE 2\n")))
            (kill-buffer))
        (delete-file log)))))

(ert-deftest bisect-test-tells-what-can-not-be-told ()
  (let* ((directory (file-name-as-directory (make-temp-file "smbcmp-bisect" t)))
         (script (concat directory "it's.sh")))
    (unwind-protect
        (progn
          (bisect-test--write script 445)
          ;; A password is in it.
          (should (= #o700 (file-modes script)))
          (should (eq 0 (car (bisect-test--shell directory "sh" "-n" script))))
          ;; There is no ./build here.
          (should (equal '(125 . "- skip: it does not build\n")
                         (bisect-test--shell directory script)))
          (with-temp-buffer
            (insert-file-contents (concat script ".log"))
            (should (equal "- skip: it does not build\n" (buffer-string)))))
      (delete-directory directory t))))

(provide 'bisect-test)
;;; bisect-test.el ends here
