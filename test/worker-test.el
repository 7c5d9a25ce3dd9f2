;;; worker-test.el --- Workers that die or hang  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A dissector that loops, exits, eats memory or attacks is made in Lua, as
;; any user of Wireshark may have one: a plugin in a home directory of the
;; test's own.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'smbcmp)
(require 'bad-input-test)

(declare-function smbcmp-test-data "run" (folder &optional file))

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

;; Each version words it otherwise whether it has Lua, and one that has may not run it.
(defun worker-test-lua-p ()
  "Return non-nil if Wireshark runs scripts in Lua for this user."
  (let ((script (make-temp-file "smbcmp-lua" nil ".lua" "print('Lua runs')\n")))
    (unwind-protect
        (with-temp-buffer
          (call-process "tshark" nil t nil "-q" "-X" (concat "lua_script:" script)
                        "-r" (smbcmp-test-data "good"))
          (goto-char (point-min))
          (search-forward "Lua runs" nil t))
      (delete-file script))))

(defmacro worker-test-with-trap (what frame &rest body)
  "Do BODY with a Wireshark one of whose dissectors does WHAT in FRAME.
`directory' is the home of its user, who wants to hear no warnings:
these come to be in `warnings'."
  (declare (indent 2) (debug t))
  `(progn
     (unless (worker-test-lua-p)
       (ert-skip "Wireshark runs no Lua here, as for root since 4.4"))
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
  (signal-process (smbcmp-worker-pid capture) (or signal 'SIGKILL)))

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
           (pid (smbcmp-worker-pid capture))
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
        (let* ((pid (smbcmp-worker-pid smbcmp-list-capture))
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
  ;; The forkserver stays.
  (smbcmp-close (smbcmp-open (smbcmp-test-data "good")))
  (let ((processes (process-list)) (buffers (buffer-list)))
    (dolist (how '(while-loading loaded))
      (let* ((buffer (find-file-noselect (smbcmp-test-data "t-lock")))
             (capture (buffer-local-value 'smbcmp-list-capture buffer))
             (pid (smbcmp-worker-pid capture)))
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
             (pid (smbcmp-worker-pid capture)))
        (worker-test-kill capture 'SIGSTOP)
        (should (smbcmp-frame-tree capture 40))
        (bad-input-wait (lambda () (worker-test-pid-gone-p pid)))
        (should-not (memq process (process-list)))
        (smbcmp-close capture))
      (bad-input-in-list file
        (let ((pid (smbcmp-worker-pid smbcmp-list-capture)))
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

(provide 'worker-test)
;;; worker-test.el ends here
