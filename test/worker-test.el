;;; worker-test.el --- Workers that die, hang, lie or would do harm  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A dissector that loops, exits, eats memory or attacks is made in Lua, as
;; any user of Wireshark may have one: a plugin in a home directory of the
;; test's own.  Liars are shell scripts in the worker's place.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function smbcmp--module-feed "smbcmp-module.so" (input chunk))
(declare-function smbcmp--module-input "smbcmp-module.so" ())
(declare-function smbcmp--module-decode "smbcmp-module.so" (value))
(declare-function smbcmp--module-encode "smbcmp-module.so" (serial verb arguments))
(declare-function smbcmp--module-rows-text "smbcmp-module.so" (value widths))

;;;; A dissector that does harm

(defconst worker-test-trap "
local trap = Proto('trap', 'Trap')
local what, frame, here = '%s', %d, '%s'

local function try(tree, tvb, name, f, ...)
  local _, result, reason = pcall(f, ...)
  tree:add(trap, tvb(0, 1), name .. ': ' .. (result and 'done' or tostring(reason)))
end

local traps = {
  load = function(pinfo) while true do end end,
  slowload = function(pinfo) while true do end end,
  again = function(pinfo) while pinfo.visited do end end,
  exit = function(pinfo) os.exit(7) end,
  fromthere = function(pinfo) os.exit(7) end,
  every = function(pinfo) os.exit(7) end,
  memory = function(pinfo) ByteArray.new('00'):set_size(0x7ffffff0) end,
  talk = function(pinfo)
    for i = 1, 6000 do
      io.stderr:write('a dissector says what no one asked, and says it at length\\n')
      print('and prints it, too')
    end
    io.stdout:flush()
  end,
  harm = function(pinfo, tvb, tree)
    try(tree, tvb, 'write', io.open, here .. 'written', 'w')
    try(tree, tvb, 'append', io.open, here .. 'victim', 'a')
    try(tree, tvb, 'update', io.open, here .. 'victim', 'r+')
    try(tree, tvb, 'execute', os.execute, 'touch ' .. here .. 'executed')
    try(tree, tvb, 'popen', io.popen, 'touch ' .. here .. 'popened')
    try(tree, tvb, 'remove', os.remove, here .. 'victim')
    try(tree, tvb, 'rename', os.rename, here .. 'victim', here .. 'renamed')
    try(tree, tvb, 'read', io.open, here .. 'victim', 'r')
  end,
}

function trap.dissector(tvb, pinfo, tree)
  if what == 'slowload' and pinfo.number < frame then
    local start = os.clock()
    while os.clock() < start + 0.005 do end
  end
  if (pinfo.number == frame or what == 'fromthere' and pinfo.number > frame
      or what == 'every' and pinfo.number %% frame == 0) and traps[what] then traps[what](pinfo, tvb, tree) end
end
register_postdissector(trap)

local endless = FileHandler.new('Endless', 'endless', 'Never comes back', 'rs')
function endless.read_open(file, capture)
  if what == 'open' then while true do end end
  capture.encap = wtap_encaps.ETHERNET
  return what == 'read'
end
function endless.read(file, capture, frame) while true do end end
function endless.seek_read(file, capture, frame, offset) return false end
register_filehandler(endless)
" "A postdissector: the format of what it does, in which frame, where.")

(defun worker-test-arm (directory what &optional frame)
  "Have a dissector of the user whose home is DIRECTORY do WHAT in FRAME."
  (let ((plugins (concat directory ".local/lib/wireshark/plugins/")))
    (make-directory plugins t)
    (write-region (format worker-test-trap what (or frame 0) directory)
                  nil (concat plugins "trap.lua") nil 'silent)))

(defmacro worker-test-with-trap (what frame &rest body)
  "Do BODY with a Wireshark one of whose dissectors does WHAT in FRAME.
`directory' is the home of its user, who wants to hear no warnings:
these come to be in `warnings'."
  (declare (indent 2) (debug t))
  `(progn
     (skip-unless (string-match-p "with Lua" (shell-command-to-string "tshark --version")))
     (bad-input-with-directory directory
       (let ((process-environment (cons (concat "HOME=" directory) process-environment))
             (smbcmp-load-plugins t)
             (inhibit-message t)
             (warnings nil))
         (worker-test-arm directory ,what ,frame)
         (cl-letf (((symbol-function 'display-warning)
                    (lambda (_type message &rest _) (push message warnings))))
           ,@body)))))

(defun worker-test-last-message ()
  "Return the last line of *Messages*."
  (with-current-buffer "*Messages*"
    (goto-char (point-max))
    (buffer-substring (line-beginning-position 0) (line-end-position 0))))

(defun worker-test-pid-gone-p (pid)
  "Return non-nil if no process PID runs any more."
  (not (file-exists-p (format "/proc/%d/cmdline" pid))))

(defun worker-test-kill (capture &optional signal)
  "Send SIGNAL, or else KILL, to the worker of CAPTURE."
  (signal-process (smbcmp-capture-process capture) (or signal 'SIGKILL)))

;;;; Dissections that do not end

(ert-deftest worker-test-endless-while-loading ()
  "A frame whose dissection never ends is named and left out; the others load."
  (worker-test-with-trap "load" 40
    (let* ((smbcmp-watchdog-seconds 0.3)
           (file (smbcmp-test-data "good"))
           (capture (smbcmp-open file)))
      (should (= 1 (length warnings)))
      (should (string-prefix-p (concat file ": dissecting frame 40 does not terminate")
                               (car warnings)))
      (should (= 114 (smbcmp-frame-count capture)))
      (should (equal '(40) (smbcmp-capture-ignored capture)))
      (should (dom-by-tag (smbcmp-frame-tree capture 39) 'smb2))
      (should-not (dom-by-tag (smbcmp-frame-tree capture 40) 'smb2))
      (should (= 29 (cl-count 5 (smbcmp-fields capture '(smb2.cmd) "!(frame.number == 39)")
                              :key #'car)))
      (smbcmp-close capture))))

(ert-deftest worker-test-endless-in-the-list ()
  "The packet list goes on behind such a frame with the rows it has."
  (worker-test-with-trap "load" 40
    (let ((smbcmp-watchdog-seconds 0.3) (erased 0))
      (cl-letf* ((erase (symbol-function 'smbcmp-list-rows-erase))
                 ((symbol-function 'smbcmp-list-rows-erase)
                  (lambda (&rest args) (cl-incf erased) (apply erase args))))
        (bad-input-in-list (smbcmp-test-data "good")
          (should (= 114 (count-lines (point-min) (point-max))))
          (should (zerop erased))
          (should (string-match-p "frame 40 does not terminate" (worker-test-last-message)))
          ;; Frame by frame, none twice, none lost.
          (goto-char (point-min))
          (dotimes (i 114)
            (should (looking-at (format " *%d " (1+ i))))
            (forward-line 1)))))))

(ert-deftest worker-test-endless-while-answering ()
  "The watchdog ends a question about such a frame; the next ones are answered."
  (worker-test-with-trap "again" 40
    (let* ((smbcmp-watchdog-seconds 0.3)
           (file (smbcmp-test-data "good"))
           (capture (smbcmp-open file)))
      (bad-input-says 'smbcmp-worker-error (list file "frame 40 does not terminate" "ignored")
        (smbcmp-frame-tree capture 40))
      (should (smbcmp-frame-tree capture 40))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (smbcmp-close capture))))

(ert-deftest worker-test-quit-at-once ()
  "C-g stops waiting for such a frame at once, and does not disturb what follows."
  (worker-test-with-trap "again" 40
    (let* ((smbcmp-watchdog-seconds 60)
           (capture (smbcmp-open (smbcmp-test-data "good")))
           (pid (process-id (smbcmp-capture-process capture)))
           (start (float-time))
           (quit nil))
      (run-with-timer 0.3 nil (lambda () (setq quit-flag t)))
      (condition-case nil (smbcmp-frame-tree capture 40) (quit (setq quit t)))
      (should quit)
      (should (< (- (float-time) start) 5))
      ;; The next question is not what has to pay for it.
      (should (dom-by-tag (smbcmp-frame-tree capture 35) 'smb2))
      (should (worker-test-pid-gone-p pid))
      (should (equal '(40) (smbcmp-capture-ignored capture)))
      (should (string-match-p "frame 40 does not terminate" (car warnings)))
      (smbcmp-close capture))))

(ert-deftest worker-test-quit-in-the-list ()
  "C-g in the packet list gives up the frame its details or filter wait for."
  (worker-test-with-trap "again" 40
    (let ((smbcmp-watchdog-seconds 60))
      (bad-input-in-list (smbcmp-test-data "good")
        (let* ((pid (process-id (smbcmp-capture-process smbcmp-list-capture)))
               (cpu (lambda () (float-time (alist-get 'time (process-attributes pid)))))
               (before (funcall cpu)))
          (smbcmp-list-filter "smb2.cmd == 5")
          ;; The worker has come to the frame that does not end.
          (bad-input-wait (lambda () (> (funcall cpu) (+ before 0.3)))))
        (should smbcmp-list-filter-request)
        (condition-case nil (smbcmp-list-keyboard-quit) (quit nil))
        ;; The filter is asked anew, and answered.
        (bad-input-wait (lambda () (and smbcmp-list-complete
                                        (not smbcmp-list-filter-request))))
        (should (equal "smb2.cmd == 5" smbcmp-list-filter-string))
        (should (= 30 smbcmp-list-filter-matches))
        (should (equal '(40) (smbcmp-capture-ignored smbcmp-list-capture)))))))

(ert-deftest worker-test-details-come-after-a-stuck-frame ()
  "Details that had to wait for a new worker are shown when it is there."
  (worker-test-with-trap "again" 40
    (let ((smbcmp-watchdog-seconds 0.3))
      (save-window-excursion
        (bad-input-in-list (smbcmp-test-data "good")
          (switch-to-buffer (current-buffer))
          (smbcmp-list-goto-frame 40)
          (setq smbcmp-list-selected 40)
          (smbcmp-list-details)
          (bad-input-wait (lambda () (eql 40 smbcmp-detail-frame)))
          (should (string-match-p "ignored" (buffer-string))))))))

(ert-deftest worker-test-endless-in-the-file ()
  "A file that libwiretap does not come back from is given up, and it is said."
  (dolist (where '("open" "read"))
    (worker-test-with-trap where 0
      (let ((smbcmp-watchdog-seconds 0.3)
            (file (bad-input-write (concat directory "none.pcap") "of no form that is known\n")))
        (bad-input-says 'smbcmp-worker-error (list file "reading the file does not terminate")
          (smbcmp-open file))
        (bad-input-in-list file
          (should (string-match-p "reading the file does not terminate" (buffer-string))))))))

;;;; Workers that die

(ert-deftest worker-test-crash-while-loading ()
  "A crash names its frame, which is left out from then on."
  (worker-test-with-trap "exit" 40
    (let* ((file (smbcmp-test-data "good"))
           (capture (smbcmp-open file)))
      (should (= 1 (length warnings)))
      (should (string-prefix-p (concat file ": libwireshark crashed in frame 40 (status 7)")
                               (car warnings)))
      (should (= 114 (smbcmp-frame-count capture)))
      (smbcmp-close capture))))

(ert-deftest worker-test-crash-in-many-frames ()
  "Where many frames in a row are bad, ever more are left out; all rows are there."
  (worker-test-with-trap "fromthere" 10
    (let* ((file (smbcmp-test-data "good"))
           (capture (smbcmp-open file)))
      (should (< 3 (smbcmp-capture-deaths capture) 15))
      (should (string-match-p "frames [0-9]+ to [0-9]+ are ignored from now on" (car warnings)))
      (should (= 114 (smbcmp-frame-count capture)))
      (pcase-let ((`((,dissected) (,ignored)) (smbcmp-rows capture '(9 10) '("Info"))))
        (should-not (equal "<Ignored>" dissected))
        (should (equal "<Ignored>" ignored)))
      (smbcmp-close capture))
    (bad-input-in-list (smbcmp-test-data "good")
      (should (= 114 (count-lines (point-min) (point-max)))))))

(ert-deftest worker-test-crash-in-frame-after-frame ()
  "Where bad frames are spread, the rest is given up in the end, with its rows."
  :tags '(slow)
  (worker-test-with-trap "every" 40
    (let* ((good (smbcmp-test-data "good"))
           (file (concat directory "much.pcapng"))
           (capture (progn (apply #'call-process "mergecap" nil nil nil "-a" "-w" file
                                  (make-list 10 good))
                           (smbcmp-open file))))
      (should (= 21 (smbcmp-capture-deaths capture)))
      (should (string-match-p
               "gave up after 21 deaths of workers: what follows is not dissected"
               (car warnings)))
      (should (= 1140 (smbcmp-frame-count capture)))
      (should (equal '("40" "840" "841" "1140")
                     (mapcar #'car (cl-remove-if-not
                                    (lambda (row) (equal "<Ignored>" (nth 1 row)))
                                    (smbcmp-rows capture '(39 40 839 840 841 1140)
                                                 '("No." "Info"))))))
      (smbcmp-close capture))))

(ert-deftest worker-test-crash-by-signal ()
  "So does a segmentation fault."
  (worker-test-with-trap "again" 40
    (let* ((smbcmp-watchdog-seconds 60)
           (capture (smbcmp-open (smbcmp-test-data "good"))))
      (run-with-timer 0.3 nil #'worker-test-kill capture 'SIGSEGV)
      (bad-input-says 'smbcmp-worker-error '("crashed in frame 40 (signal 11)")
        (smbcmp-frame-tree capture 40))
      (should (smbcmp-frame-tree capture 41))
      (smbcmp-close capture))))

(ert-deftest worker-test-killed-while-idle ()
  "A worker killed while nobody needs it is replaced when somebody does."
  (worker-test-with-trap "" 0
    (let* ((file (smbcmp-test-data "good"))
           (capture (smbcmp-open file))
           (tree (smbcmp-frame-tree capture 40)))
      (worker-test-kill capture)
      (should (equal tree (smbcmp-frame-tree capture 40)))
      (should (= 1 (length warnings)))
      (should (string-prefix-p (concat file ": the worker ended (killed by signal 9")
                               (car warnings)))
      (smbcmp-close capture))))

(ert-deftest worker-test-killed-under-the-list ()
  "The packet list keeps rows, point, filter and order when its worker is killed."
  (worker-test-with-trap "" 0
    (bad-input-in-list (smbcmp-test-data "good")
      (smbcmp-list-filter "smb2.cmd == 5")
      (bad-input-wait (lambda () (not smbcmp-list-filter-request)))
      (smbcmp-list-jump 45)
      (let ((rows (buffer-string)))
        (worker-test-kill smbcmp-list-capture)
        (bad-input-wait (lambda () (= 1 (smbcmp-capture-deaths smbcmp-list-capture))))
        (should (string-match-p "killed by signal 9" (worker-test-last-message)))
        (bad-input-wait (lambda () (and smbcmp-list-complete
                                        (not smbcmp-list-filter-request))))
        (should (equal rows (buffer-string)))
        (should (= 45 (smbcmp-list-frame-at-point)))
        (should (= 30 smbcmp-list-filter-matches))
        (should (smbcmp-frame-tree smbcmp-list-capture 45))))))

(ert-deftest worker-test-killed-while-loading ()
  "A worker killed while loading leaves its rows, a message, and `g' to try again."
  (worker-test-with-trap "slowload" 40
    (let* ((smbcmp-watchdog-seconds 60)
           (file (smbcmp-test-data "good"))
           (buffer (find-file-noselect file)))
      (unwind-protect
          (with-current-buffer buffer
            (bad-input-wait (lambda () (> smbcmp-list-rows--count 10)))
            (worker-test-kill smbcmp-list-capture)
            (bad-input-settle buffer)
            (should (<= 10 (count-lines (point-min) (point-max)) 39))
            (should (string-match-p "failed" (smbcmp-list--mode-line)))
            (should (string-match-p (concat (regexp-quote file) ".*killed by signal 9")
                                    (worker-test-last-message)))
            (dolist (command (list #'smbcmp-list-details #'smbcmp-list-bytes
                                   #'smbcmp-list-cycle-time
                                   (lambda () (smbcmp-list-sort "Info"))))
              (bad-input-says 'user-error (list file "killed by signal 9")
                (funcall command)))
            (worker-test-arm directory "")
            (revert-buffer t t)
            (bad-input-settle buffer)
            (should (= 114 (count-lines (point-min) (point-max)))))
        (kill-buffer buffer)))))

(ert-deftest worker-test-killed-while-loading-again ()
  "A worker killed while all is dissected again, for new keys, is replaced."
  (let* ((file (smbcmp-test-data "good"))
         (capture (smbcmp-open file))
         (rows (smbcmp-rows capture '(1 40 114)))
         (keys '((:session "0000000000000000" :key "00112233445566778899aabbccddeeff"))))
    (push (lambda (capture)
            (when (and (eq 'loading (smbcmp-capture-state capture))
                       (zerop (smbcmp-capture-deaths capture)))
              (worker-test-kill capture)))
          (smbcmp-capture-hooks capture))
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (smbcmp-add-keys capture keys))
    (should (= 1 (smbcmp-capture-deaths capture)))
    (should (equal rows (smbcmp-rows capture '(1 40 114))))
    (should (= 1 (length (smbcmp-keys-unseal (smbcmp-capture-keys capture)))))
    (smbcmp-close capture)))

(ert-deftest worker-test-killed-before-loading ()
  "So does one that is killed before there is anything, at the API and the list."
  (worker-test-with-trap "load" 1
    (let ((smbcmp-watchdog-seconds 60)
          (file (smbcmp-test-data "good")))
      (cl-flet ((kill-all () (dolist (process (process-list))
                               (when (process-get process 'smbcmp-capture)
                                 (signal-process process 'SIGKILL)))))
        (run-with-timer 0.8 nil #'kill-all)
        (bad-input-says 'smbcmp-worker-error (list file "killed by signal 9")
          (smbcmp-open file))
        (run-with-timer 0.8 nil #'kill-all)
        (bad-input-in-list file
          (should (string-match-p (concat (regexp-quote file) ".*killed by signal 9")
                                  (buffer-string))))))))

(ert-deftest worker-test-killed-while-answering ()
  "A worker killed in the middle of an answer is replaced; the next is an error."
  (worker-test-with-trap "again" 40
    (let* ((smbcmp-watchdog-seconds 60)
           (file (smbcmp-test-data "good"))
           (capture (smbcmp-open file))
           (kill nil))
      (setq kill (run-with-timer
                  0.3 0.3 (lambda ()
                            (when (eq 'loaded (smbcmp-capture-state capture))
                              (ignore-errors (worker-test-kill capture))))))
      (unwind-protect
          (bad-input-says 'smbcmp-worker-error (list file "killed by signal 9")
            (smbcmp-frames capture "smb2.cmd == 5"))
        (cancel-timer kill))
      (should (= 2 (smbcmp-capture-deaths capture)))
      (worker-test-arm directory "")
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (smbcmp-close capture))))

(defun worker-test-look (file command kill)
  "Return what is to be seen after COMMAND, a function, in the list of FILE.
With KILL, its worker died just before, and Emacs had no time to notice."
  (bad-input-in-list file
    (save-window-excursion
      (delete-other-windows)
      (switch-to-buffer (current-buffer))
      (smbcmp-list-goto-frame 35)
      (setq smbcmp-list-selected nil)
      (when kill
        (let ((pid (process-id (smbcmp-capture-process smbcmp-list-capture))))
          (worker-test-kill smbcmp-list-capture)
          ;; Emacs reaps it when it is told, but runs no sentinel here.
          (with-timeout (10 (ert-fail "It lives"))
            (while (process-live-p (smbcmp-capture-process smbcmp-list-capture))
              (call-process "true")))
          (should (worker-test-pid-gone-p pid))))
      (save-current-buffer (funcall command))
      (bad-input-wait (lambda ()
                        (and (= (if kill 1 0) (smbcmp-capture-deaths smbcmp-list-capture))
                             smbcmp-list-complete (not smbcmp-list-filter-request)
                             (eq 'loaded (smbcmp-capture-state smbcmp-list-capture))
                             (not (smbcmp-host-busy-p smbcmp-list-capture)))))
      (accept-process-output nil 0.1)
      (cons (list (buffer-substring-no-properties (point-min) (point-max))
                  (cl-loop for row below (smbcmp-list-rows-count)
                           when (invisible-p (smbcmp-list-rows-start row)) collect row)
                  (line-number-at-pos)
                  (substring-no-properties (smbcmp-list--mode-line)))
            (mapcar (lambda (kind)
                      (let ((buffer (smbcmp-list-follow-buffer kind)))
                        (and buffer (with-current-buffer buffer (buffer-string)))))
                    '("details" "bytes"))))))

(ert-deftest worker-test-died-unnoticed ()
  "A command typed just after the worker's death does what it does without that."
  (let ((file (smbcmp-test-data "good")) (inhibit-message t))
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (dolist (command (list (lambda () (smbcmp-list-filter "smb2.cmd == 5"))
                             (lambda () (smbcmp-list-sort "Length"))
                             #'smbcmp-list-details #'smbcmp-list-bytes #'smbcmp-list-cycle-time
                             #'smbcmp-list-toggle-reference #'smbcmp-list-filter-selected
                             #'smbcmp-list-refresh #'smbcmp-list-unfilter
                             (lambda () (smbcmp-list-jump 50))
                             (lambda ()
                               (smbcmp-add-keys smbcmp-list-capture
                                                '((:session "0000000000000000" :key
                                                   "00112233445566778899aabbccddeeff"))))))
        (cl-loop for undisturbed in (worker-test-look file command nil)
                 for seen in (worker-test-look file command t)
                 do (should (equal (list command undisturbed) (list command seen))))))
    ;; The same at the API.
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (let ((capture (smbcmp-open file)))
        (worker-test-kill capture)
        (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
        (worker-test-kill capture)
        (should (equal "35" (caar (smbcmp-rows capture '(35)))))
        (smbcmp-close capture)))))

(ert-deftest worker-test-executable-missing ()
  "Without the worker's executable the message names it and the way to build it."
  (smbcmp-module-load)
  (bad-input-with-directory directory
    (let ((smbcmp-module-directory directory)
          (inhibit-message t)
          (file (smbcmp-test-data "good")))
      (bad-input-says 'smbcmp-worker-error
          (list (concat directory "smbcmp-worker") "missing" "smbcmp-module-build")
        (smbcmp-open file))
      (bad-input-in-list file
        (should (string-match-p "smbcmp-worker is missing" (buffer-string)))
        (setq smbcmp-module-directory nil)
        (revert-buffer t t)
        (bad-input-settle (current-buffer))
        (should (= 114 (count-lines (point-min) (point-max))))))))

(ert-deftest worker-test-nothing-is-left-behind ()
  "Killing the buffer ends the worker; closing leaves no process and no buffer."
  (let ((processes (process-list)) (buffers (buffer-list)))
    (dolist (how '(while-loading loaded))
      (let* ((buffer (find-file-noselect (smbcmp-test-data "t-lock")))
             (capture (buffer-local-value 'smbcmp-list-capture buffer))
             (pid (process-id (smbcmp-capture-process capture))))
        (when (eq how 'loaded) (bad-input-settle buffer))
        (kill-buffer buffer)
        (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))))
    (smbcmp-close (smbcmp-open (smbcmp-test-data "good")))
    (should (equal processes (process-list)))
    (should-not (cl-set-difference (buffer-list) buffers))))

(ert-deftest worker-test-stopped ()
  "A worker that someone stopped is replaced, and not left behind."
  (let ((file (smbcmp-test-data "good")) (inhibit-message t))
    (cl-letf (((symbol-function 'display-warning) #'ignore))
      (let* ((capture (smbcmp-open file))
             (process (smbcmp-capture-process capture))
             (pid (process-id process)))
        (worker-test-kill capture 'SIGSTOP)
        (should (smbcmp-frame-tree capture 40))
        (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))
        (should-not (memq process (process-list)))
        (smbcmp-close capture))
      (bad-input-in-list file
        (let ((pid (process-id (smbcmp-capture-process smbcmp-list-capture))))
          (worker-test-kill smbcmp-list-capture 'SIGSTOP)
          (smbcmp-list-sort "Length")
          (bad-input-wait (lambda () smbcmp-list-complete))
          (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))
          (should (= 114 (count-lines (point-min) (point-max)))))))))

(ert-deftest worker-test-no-descriptors ()
  "Where Emacs can't start a process it says so, and keeps nothing of the try."
  (let ((file (smbcmp-test-data "good")) (pipes nil) (failed 0))
    (smbcmp-close (smbcmp-open file))
    (let ((processes (process-list)) (buffers (buffer-list)))
      (unwind-protect
          (progn
            (condition-case nil
                (while t (push (make-pipe-process :name "pipe" :buffer nil :noquery t) pipes))
              (error nil))
            ;; One descriptor after the other comes free.
            (dotimes (_ 8)
              (condition-case err
                  (let ((capture (smbcmp-open file)))
                    (should (= 114 (smbcmp-frame-count capture)))
                    (smbcmp-close capture))
                (smbcmp-error
                 (cl-incf failed)
                 (should (string-match-p "Too many open files" (smbcmp-error-message err)))))
              (delete-process (pop pipes))))
        (mapc #'delete-process pipes)
        (when (get-buffer "pipe") (kill-buffer "pipe")))
      (should (> failed 1))
      (should (equal processes (process-list)))
      (should-not (cl-set-difference (buffer-list) buffers)))))

;;;; Memory and talk

(ert-deftest worker-test-memory-limit ()
  "A worker that may not have the memory it needs says so, and what to set."
  (let ((file (smbcmp-test-data "good")))
    (let ((smbcmp-worker-memory-limit 200000000))
      (bad-input-says 'smbcmp-worker-error
          (list file "ran out of memory" "smbcmp-worker-memory-limit"
                (file-size-human-readable smbcmp-worker-memory-limit 'iec " " "B"))
        (smbcmp-open file)))))

(ert-deftest worker-test-memory-eaten-by-a-frame ()
  "A frame that eats all memory is left out; the others load."
  (worker-test-with-trap "memory" 40
    (let* ((smbcmp-worker-memory-limit 1500000000)
           (capture (smbcmp-open (smbcmp-test-data "good"))))
      (should (string-match-p "ran out of memory in frame 40;" (car warnings)))
      (should (= 114 (smbcmp-frame-count capture)))
      (should (equal '(40) (smbcmp-capture-ignored capture)))
      (smbcmp-close capture))))

(ert-deftest worker-test-talk-is-no-reply ()
  "What a dissector prints neither spoils a reply nor stops the worker."
  (worker-test-with-trap "talk" 40
    (let ((capture (smbcmp-open (smbcmp-test-data "good"))))
      (should (dom-by-tag (smbcmp-frame-tree capture 40) 'smb2))
      (should (= 30 (length (smbcmp-frames capture "smb2.cmd == 5"))))
      (should (< (buffer-size (process-get (smbcmp-capture-process capture) 'smbcmp-log))
                 20000))
      (smbcmp-close capture))))

;;;; The sandbox

(ert-deftest worker-test-sandbox-holds-a-dissector ()
  "A dissector can neither write, remove, rename nor run anything."
  (worker-test-with-trap "harm" 40
    (write-region "still here" nil (concat directory "victim") nil 'silent)
    (let* ((capture (smbcmp-open (smbcmp-test-data "good")))
           (labels (mapcar (lambda (node) (dom-attr node 'label))
                           (dom-by-tag (smbcmp-frame-tree capture 40) 'trap))))
      (should (= 8 (length labels)))
      (dolist (what '("write" "append" "update" "remove" "rename"))
        (let ((label (cl-find-if (lambda (label) (string-prefix-p what label)) labels)))
          (should (string-match-p "Operation not permitted" label))))
      (should-not (cl-find-if (lambda (label) (string-match-p "\\`\\(?:execute\\|popen\\): done"
                                                              label))
                              labels))
      (should (member "read: TRAP/victim: Permission denied"
                      (mapcar (lambda (label) (replace-regexp-in-string (regexp-quote directory) "TRAP/" label t t)) labels)))
      (smbcmp-close capture))
    (should (equal '("victim") (directory-files directory nil "\\`[a-z]")))
    (with-temp-buffer
      (insert-file-contents (concat directory "victim"))
      (should (equal "still here" (buffer-string))))))

(defun worker-test-build (directory source program)
  "Build PROGRAM in DIRECTORY of sandbox-probe.c and SOURCE, a sandbox.c."
  (let ((object (concat directory "probe.o"))
        (flags (split-string (shell-command-to-string
                              "pkg-config --cflags --libs glib-2.0"))))
    (cl-flet ((compile (&rest arguments)
                (with-temp-buffer
                  (unless (zerop (apply #'call-process "cc" nil t nil "-std=gnu11" "-I"
                                        (expand-file-name "module" smbcmp--root)
                                        (append arguments flags '("-lseccomp"))))
                    (ert-fail (buffer-string))))))
      (unless (file-exists-p object)
        (compile "-c" (expand-file-name "test/sandbox-probe.c" smbcmp--root) "-o" object))
      (compile source object "-o" (concat directory program)))))

(defun worker-test-probe (directory program)
  "Run PROGRAM, a sandbox-probe in DIRECTORY, in a new folder; return what it says."
  (let ((place (make-temp-file (concat directory "place") t)))
    (with-temp-buffer
      (list (call-process (concat directory program) nil t nil place) (buffer-string)))))

(ert-deftest worker-test-sandbox-calls ()
  "Sealed off, a process can do what dissecting needs, and no harm of any kind."
  (bad-input-with-directory directory
    (worker-test-build directory (expand-file-name "module/worker/sandbox.c" smbcmp--root)
                       "probe")
    (should (equal '(0 "") (worker-test-probe directory "probe")))))

(defun worker-test-mutants (source)
  "Return the text SOURCE, a sandbox.c, with each rule left out in turn.
A list of (RULE . TEXT); a rule with a condition comes without that, too."
  (with-temp-buffer
    (insert source)
    (goto-char (point-min))
    (let (mutants)
      (dolist (table '("kept_variables\\[\\]" "limits\\[\\]" "rights\\[\\]" "calls\\[\\]"
                       "some\\[\\]"))
        (goto-char (point-min))
        (re-search-forward (concat "[ *]" table " = {$"))
        (forward-line 1)
        (while (not (looking-at " *};"))
          (let ((start (point)) (end (line-beginning-position 2)))
            (when (looking-at " *[{\"]")
              (let ((line (buffer-substring start (1- end))))
                (push (cons line (concat (buffer-substring (point-min) start)
                                         (buffer-substring end (point-max))))
                      mutants)
                (when (string-match "\\`\\( *{ \"[a-z0-9]+\", \\)[12],\\(.*\\)" line)
                  (push (cons (concat line " (condition)")
                              (concat (buffer-substring (point-min) start)
                                      (match-string 1 line) "0," (match-string 2 line) "\n"
                                      (buffer-substring end (point-max))))
                        mutants)))))
          (forward-line 1)))
      mutants)))

(ert-deftest worker-test-sandbox-needs-each-rule ()
  "No rule of the sandbox can be left out unnoticed."
  (bad-input-with-directory directory
    (let* ((mutants (worker-test-mutants
                     (with-temp-buffer
                       (insert-file-contents
                        (expand-file-name "module/worker/sandbox.c" smbcmp--root))
                       (buffer-string))))
           (environment (mapcar (lambda (name) (concat name "=hunter"))
                                '("HOME" "LANG" "LANGUAGE" "LC_ALL" "TZ" "TZDIR"
                                  "XDG_CONFIG_HOME" "WIRESHARK_X")))
           (case-fold-search nil)
           (unnoticed nil))
      (should (> (length mutants) 80))
      (pcase-dolist (`(,rule . ,text) mutants)
        (bad-input-write (concat directory "sandbox.c") text)
        (worker-test-build directory (concat directory "sandbox.c") "mutant")
        (unless (if (string-match-p "\\` *\"[A-Z]" rule)
                    (let ((process-environment environment))
                      (/= 0 (call-process (concat directory "mutant") nil nil nil
                                          "environment")))
                  (/= 0 (car (worker-test-probe directory "mutant"))))
          (push rule unnoticed)))
      ;; Only root may try these.
      (should-not (cl-remove-if (lambda (rule)
                                  (and (/= 0 (user-uid)) (string-match-p "device \\*/" rule)))
                                unnoticed)))))

(ert-deftest worker-test-environment-is-forgotten ()
  "Of the environment a worker keeps what libraries look for, and no secrets."
  (bad-input-with-directory directory
    (worker-test-build directory (expand-file-name "module/worker/sandbox.c" smbcmp--root)
                       "probe")
    (with-temp-buffer
      (let ((process-environment '("HOME=/x" "HOMELY=hunter2" "SECRET=hunter2" "LANG=C"
                                   "LANGUAGE=C" "LC_ALL=C" "TZ=UTC" "TZDIR=/x"
                                   "XDG_CONFIG_HOME=/x" "WIRESHARK_X=1" "LAST=hunter2")))
        (should (equal '(0 "") (list (call-process (concat directory "probe") nil t nil
                                                   "environment")
                                     (buffer-string))))))))

(ert-deftest worker-test-plugins-are-not-loaded ()
  "Scripts and plugins of the user's are not loaded unless turned on, and that is said."
  (worker-test-with-trap "exit" 40
    (let ((smbcmp-load-plugins nil) (file (smbcmp-test-data "good")))
      (make-directory (concat directory ".config/wireshark") t)
      (write-region "os.exit(7)\n" nil (concat directory ".config/wireshark/init.lua")
                    nil 'silent)
      (write-region "gui.column.format: \"Frame\", \"%m\"\n" nil
                    (concat directory ".config/wireshark/preferences") nil 'silent)
      (let ((capture (smbcmp-open file)))
        (should (zerop (smbcmp-capture-deaths capture)))
        ;; The settings beside the script hold all the same.
        (should (equal '("Frame") (mapcar #'car (smbcmp-capture-columns capture))))
        (should (= 1 (length warnings)))
        (dolist (part '("wireshark/plugins" "init.lua" "smbcmp-load-plugins"))
          (should (string-match-p (regexp-quote part) (car warnings))))
        (smbcmp-close capture)))))

(ert-deftest worker-test-seal-fails ()
  "A capture whose worker can't be sealed off is not opened, unless the user says so."
  (bad-input-with-directory directory
    (let ((smbcmp-module-directory directory) (inhibit-message t)
          (file (smbcmp-test-data "good")))
      ;; A kernel that has no seccomp left to give.
      (bad-input-write (concat directory "refuse.c") "
#include <errno.h>
#include <string.h>
int seccomp_load (void *filter) { return filter ? -EINVAL : 0; }
")
      (let ((native (let ((smbcmp-module-directory nil)) (smbcmp-module-native-file "smbcmp-worker"))))
        (copy-file native (concat directory "real"))
        (should (zerop (call-process "cc" nil nil nil "-shared" "-fPIC"
                                     (concat directory "refuse.c") "-o"
                                     (concat directory "refuse.so")))))
      (bad-input-write (concat directory "smbcmp-worker")
                       (format "#!/bin/sh\n# smbcmp-native-version %s\n\
LD_PRELOAD=%srefuse.so exec %sreal \"$@\"\n" smbcmp-version directory directory))
      (set-file-modes (concat directory "smbcmp-worker") #o755)
      (bad-input-says 'smbcmp-worker-error
          (list file "can't be sealed off" "Invalid argument" "smbcmp-open-unsealed")
        (smbcmp-open file))
      (let* ((smbcmp-open-unsealed t)
             (capture (smbcmp-open file)))
        (should (= 114 (smbcmp-frame-count capture)))
        (smbcmp-close capture)))))

(ert-deftest worker-test-sealed-before-the-file ()
  "What reads capture files is sealed off before it reads one."
  (skip-unless (executable-find "strace"))
  (bad-input-with-directory directory
    (let ((smbcmp-module-directory directory)
          (native (let ((smbcmp-module-directory nil)) (smbcmp-module-native-file "smbcmp-worker")))
          (file (smbcmp-test-data "good")))
      (bad-input-write (concat directory "smbcmp-worker")
                       (format "#!/bin/sh\n# smbcmp-native-version %s\n\
exec strace -o %strace %s \"$@\"\n" smbcmp-version directory native))
      (set-file-modes (concat directory "smbcmp-worker") #o755)
      ;; Let strace write all that it has.
      (let* ((capture (smbcmp-open file)) (process (smbcmp-capture-process capture)))
        (process-send-eof process)
        (while (process-live-p process) (accept-process-output process 0.1))
        (smbcmp-close capture))
      (with-temp-buffer
        (insert-file-contents (concat directory "trace"))
        (should (re-search-forward "^seccomp(SECCOMP_SET_MODE_FILTER, 0, .* = 0$" nil t))
        (should-not (save-excursion
                      (re-search-backward (concat "openat(.*" (regexp-quote file)
                                                  ".*O_RDONLY\\(?:|O_CLOEXEC\\)?)")
                                          nil t)))
        ;; Of a plain user strace can't read the memory of a process that may not be dumped.
        (should (re-search-forward (if (zerop (user-uid)) (concat "openat(.*" (regexp-quote file))
                                     "openat(AT_FDCWD, 0x[0-9a-f]+, O_RDONLY) = [0-9]")
                                   nil t))))))

(ert-deftest worker-test-sandbox-is-on ()
  "The worker of an open capture is sealed off as the kernel sees it."
  (let* ((capture (smbcmp-open (smbcmp-test-data "good")))
         (status (with-temp-buffer
                   (insert-file-contents
                    (format "/proc/%d/status"
                            (process-id (smbcmp-capture-process capture))))
                   (buffer-string))))
    (should (string-match-p "^NoNewPrivs:\t1$" status))
    (should (string-match-p "^Seccomp:\t2$" status))
    (smbcmp-close capture)))

;;;; Workers that lie

(defmacro worker-test-with-liar (script &rest body)
  "Do BODY with SCRIPT, a shell script, as the worker."
  (declare (indent 1) (debug t))
  `(bad-input-with-directory smbcmp-module-directory
     (let ((worker (concat smbcmp-module-directory "smbcmp-worker")))
       (smbcmp-module-load)
       (write-region (concat "#!/bin/sh\n" ,script "\n") nil worker nil 'silent)
       (set-file-modes worker #o755)
       ,@body)))

(defun worker-test-octal (bytes)
  "Return BYTES as an argument for the shell's printf."
  (concat "'" (mapconcat (lambda (byte) (format "\\%03o" byte)) bytes "") "'"))

(ert-deftest worker-test-nonsense ()
  "What is no reply ends the worker with a message, not Emacs' patience."
  (smbcmp-module-load)
  (let ((file (smbcmp-test-data "good")))
    (pcase-dolist
        (`(,bytes ,reason)
         `(;; A length beyond anything; an empty message; text.
           ("\377\377\377\377" "protocol error")
           ("\4\0\0\0\0\0\0\0" "protocol error")
           ("Segmentation fault (core dumped)\n" "protocol error")
           ;; A whole message, but a request; one of a wrong type.
           (,(smbcmp--module-encode 1 "open" '(:file "x")) "protocol error")
           ("\16\0\0\0\1\0\0\0r\0\0\0\5\0\0\0\0u" "protocol error")))
      (worker-test-with-liar (format "printf %s; exec cat >/dev/null"
                                     (worker-test-octal bytes))
        (bad-input-says 'smbcmp-worker-error (list file reason) (smbcmp-open file))
        (let ((inhibit-message t))
          (bad-input-in-list file
            (should (string-match-p (concat (regexp-quote file) ".*protocol error")
                                    (buffer-string)))))))))

(ert-deftest worker-test-ends-within-a-reply ()
  "A worker that ends in the middle of a reply is dead, however it ended."
  (let ((file (smbcmp-test-data "good")))
    (worker-test-with-liar "printf '\\100\\000\\000\\000half a reply'; exit 5"
      (bad-input-says 'smbcmp-worker-error (list file "ended (status 5)") (smbcmp-open file)))
    (worker-test-with-liar "echo 'the disk is on fire' >&2; exit 1"
      (bad-input-says 'smbcmp-worker-error (list file "status 1" "the disk is on fire")
        (smbcmp-open file)))
    (worker-test-with-liar "echo 'x: error while loading shared libraries: libwireshark.so.16: no such file' >&2; exit 127"
      (bad-input-says 'smbcmp-worker-error
          (list file "does not start" "libwireshark.so.16" "M-x smbcmp-module-build")
        (smbcmp-open file)))))

(defun worker-test-replies (file)
  "Return what a worker sends while FILE is opened and looked at, strings."
  (let* ((chunks nil)
         (watch (lambda (_process string) (push string chunks))))
    (advice-add 'smbcmp--worker-filter :before watch)
    (unwind-protect
        (let ((capture (smbcmp-open file)))
          (smbcmp-rows capture '(1 2 3))
          (smbcmp-frame-tree capture 35)
          (smbcmp-frame-bytes capture 35)
          (smbcmp-fields capture '(smb2.cmd smb2.filename) "frame.number < 40")
          (smbcmp-close capture))
      (advice-remove 'smbcmp--worker-filter watch))
    (let ((all (apply #'concat (nreverse chunks))) (start 0) replies)
      (while (< start (length all))
        (let ((length (cl-loop for i from 3 downto 0
                               for n = (aref all (+ start i)) then (+ (* 256 n) (aref all (+ start i)))
                               finally return n)))
          (push (substring all start (+ start 4 length)) replies)
          (cl-incf start (+ 4 length))))
      (nreverse replies))))

(ert-deftest worker-test-damaged-replies ()
  "No byte of a reply can be changed so that Emacs does more than complain."
  (smbcmp-module-load)
  (let ((random (cl-make-random-state 1)) (complaints 0) (tries 0))
    (dolist (reply (worker-test-replies (smbcmp-test-data "good")))
      (dotimes (_ 400)
        (let ((damaged (copy-sequence reply)) (input (smbcmp--module-input)))
          ;; The length stays: what it may be is another test.
          (dotimes (_ (1+ (cl-random 3 random)))
            (aset damaged (+ 4 (cl-random (- (length damaged) 4) random))
                  (aref [0 1 255 128 192 226 16] (cl-random 7 random))))
          (cl-incf tries)
          (condition-case nil
              (dolist (message (smbcmp--module-feed input damaged))
                (let ((value (nth 2 message)))
                  (smbcmp--module-decode value)
                  (smbcmp--module-rows-text value '(5 -5 5 5 5 5 0))))
            (error (cl-incf complaints))))))
    (should (> complaints 0))
    (should (> tries 2000))))

(provide 'worker-test)
;;; worker-test.el ends here
