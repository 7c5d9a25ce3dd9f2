;;; smbcmp-live.el --- Capture, and see it as it comes  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; dumpcap captures, as it does for Wireshark: it may, Emacs never has to.
;; It writes to a file in a directory of its own; whenever it says that it
;; has written packets, the capture's worker reads on, and the packet list
;; grows.  All that runs where `default-directory' is, also on another host.
;;
;; What comes is compared with a good capture as it comes: the summary goes on
;; where it was, the comparison, which is quick, is made again each time.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-compare)
(require 'smbcmp-escape)
(require 'smbcmp-list)
(require 'smbcmp-only)
(require 'smbcmp-rules)

(declare-function smbcmp--module-compare-add "smbcmp-module.so" (comparing side part))
(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))
(declare-function smbcmp--module-status-class "smbcmp-module.so" (status))

;;;; Customization

(defcustom smbcmp-live-program "dumpcap"
  "Program that captures, which comes with Wireshark.
It must be allowed to: on Debian that takes being in the group wireshark,
after \"dpkg-reconfigure wireshark-common\"."
  :type 'string
  :risky t
  :group 'smbcmp)

(defcustom smbcmp-live-directory nil
  "Directory in which what is captured is kept, or nil.
If nil, it is written to a temporary directory, and deleted with the
buffer that shows it."
  :type '(choice (const :tag "A temporary one" nil) directory)
  :group 'smbcmp)

(defcustom smbcmp-live-ring '(100 . 10)
  "Size and number of a ring buffer's files: (MEGABYTES . FILES).
That is for captures that are made with a prefix argument."
  :type '(cons natnum natnum)
  :group 'smbcmp)

(defcustom smbcmp-live-stop nil
  "Non-nil means to stop capturing at the first divergence from a good capture."
  :type 'boolean
  :group 'smbcmp)

(defvar smbcmp-live-divergence-functions nil
  "Functions called when what is captured diverges from a good capture.
Each is called with the capture and the divergence, a plist as of
`smbcmp-diff-captures', in the packet list's buffer.  They may run a
command, for example to save logs before they are rotated.")

;;;; State

(cl-defstruct (smbcmp-live (:constructor smbcmp-live--make) (:copier nil))
  "What is being captured."
  (process nil :documentation "Dumpcap's.")
  (directory nil :documentation "Where it writes.")
  (temporary nil :documentation "Non-nil if that is to be deleted.")
  (options nil :documentation "For `smbcmp-open'.")
  (buffer nil :documentation "The packet list, or nil while there is no file.")
  (files nil :documentation "Names of files that are to be added, the next first.")
  (keep nil :documentation "How many files of the ring buffer there are, or nil.")
  (growing nil :documentation "Non-nil while the worker reads on.")
  (again nil :documentation "Non-nil if more was written meanwhile.")
  (said "" :documentation "What dumpcap said.")
  (line "" :documentation "What it said since the last end of a line.")
  (watch nil :documentation "The `smbcmp-live-watch', or nil."))

(defvar-local smbcmp-live-here nil
  "What is being captured into this packet list, or nil.")

;;;; Dumpcap

(defun smbcmp-live-interfaces ()
  "Return the names of the interfaces of the host of `default-directory'.
Signal a `user-error' if dumpcap isn't there, or may not tell."
  (with-temp-buffer
    (let* ((program (or (executable-find smbcmp-live-program t)
                        (user-error "%s is not installed%s" smbcmp-live-program
                                    (or (file-remote-p default-directory) ""))))
           (status (process-file program nil t nil "-D")))
      (goto-char (point-min))
      (or (cl-loop while (re-search-forward "^[0-9]+\\. \\([^ \n]+\\)" nil t)
                   collect (match-string 1))
          (user-error "%s is not allowed to capture: %s" program
                      (if (eql 0 status) "it has no interfaces"
                        (string-trim (buffer-string))))))))

(defun smbcmp-live--command (interface filter file ring)
  "Return the command that captures what passes FILTER on INTERFACE into FILE.
RING is as `smbcmp-live-ring', or nil."
  (append (list "sh" "-c" "exec \"$@\" 2>&1" "sh" smbcmp-live-program "-i" interface)
          (and filter (not (string-empty-p filter)) (list "-f" filter))
          (and ring (list "-b" (format "filesize:%d" (* 1000 (car ring)))
                          "-b" (format "files:%d" (cdr ring))))
          (list "-w" (file-local-name file))))

(defun smbcmp-live--directory ()
  "Return a new directory to capture into, on the host of `default-directory'."
  (let ((directory
         (if smbcmp-live-directory
             (let ((name (expand-file-name (format-time-string "live-%Y%m%d-%H%M%S")
                                           smbcmp-live-directory)))
               (with-file-modes #o700 (make-directory name t))
               name)
           (make-nearby-temp-file "smbcmp-live" t))))
    (file-name-as-directory directory)))

(defun smbcmp-live-start (interface filter &rest plist)
  "Capture on INTERFACE what passes FILTER; return what is being captured.
FILTER is a capture filter of libpcap's, or nil.  Keyword arguments in
PLIST are :ring, as `smbcmp-live-ring', :against, the name of a good
capture, :keys, as of `smbcmp-open', and :shown, a function called with
the packet list once there is one.  See `smbcmp-live-stop-capture'."
  (let* ((directory (smbcmp-live--directory))
         (ring (plist-get plist :ring))
         (file (expand-file-name (concat (replace-regexp-in-string "[^A-Za-z0-9._-]" "_"
                                                                   interface)
                                         ".pcapng")
                                 directory))
         (live (smbcmp-live--make :directory directory
                                  :temporary (null smbcmp-live-directory)
                                  :options (append (list :grows t)
                                                   (smbcmp-live--some plist :keys))
                                  :keep (cdr ring)))
         (default-directory directory))
    (when (plist-get plist :against)
      (setf (smbcmp-live-watch live)
            (smbcmp-live--watch-new (plist-get plist :against)
                                    (smbcmp-live--some plist :keys))))
    (setf (smbcmp-live-process live)
          (make-process :name (concat "dumpcap " interface) :noquery t
                        :command (smbcmp-live--command interface filter file ring)
                        :connection-type 'pipe :file-handler t
                        :filter (lambda (_process text)
                                  (smbcmp-live--said live text (plist-get plist :shown)))
                        :sentinel (lambda (_process _event) (smbcmp-live--ended live))))
    (when (file-remote-p directory) (smbcmp-live--look live (plist-get plist :shown)))
    live))

(defun smbcmp-live--some (plist key)
  "Return a plist with KEY as PLIST has it, nil if it has not."
  (and (plist-get plist key) (list key (plist-get plist key))))

(defun smbcmp-live--said (live text shown)
  "Take what LIVE's dumpcap says, TEXT: which file it writes, or that it did.
SHOWN is called with the packet list when that is made."
  (setf (smbcmp-live-said live)
        (let ((all (concat (smbcmp-live-said live) text)))
          (substring all (max 0 (- (length all) 4000)))))
  (let ((lines (split-string (concat (smbcmp-live-line live) text) "\n")))
    (setf (smbcmp-live-line live) (car (last lines)))
    ;; Counts come before it on the same line.
    (dolist (line (butlast lines))
      (when (string-match "\\(?:\\`\\|[ \r]\\)File: \\(.+\\)\\'" line)
        (setf (smbcmp-live-files live)
              (append (smbcmp-live-files live)
                      (list (concat (file-remote-p (smbcmp-live-directory live))
                                    (match-string 1 line))))))))
  ;; Not here, where nobody can quit.
  (run-with-timer 0 nil #'smbcmp-live--go-on live shown))

(defun smbcmp-live--ended (live)
  "Take notice that the dumpcap of LIVE has ended."
  (unless (process-live-p (smbcmp-live-process live))
    (if (smbcmp-live-buffer live)
        (smbcmp-live--go-on live nil)
      (smbcmp-live--delete live)
      (smbcmp-live--watch-close live)
      (message "Nothing is captured: %s"
               (string-trim (replace-regexp-in-string
                             "\\(?:Capturing on\\|File:\\) .*\n" "" (smbcmp-live-said live)))))))

(defun smbcmp-live--delete (live)
  "Delete the files of LIVE if they were temporary."
  (when (smbcmp-live-temporary live)
    (setf (smbcmp-live-temporary live) nil)
    (delete-directory (smbcmp-live-directory live) t)))

;;;; Growing

(defconst smbcmp-live--interval 1
  "Seconds after which it is seen what was captured on another host.
What dumpcap says there of each second may come late, or not at all.")

(defun smbcmp-live--look (live shown)
  "See every now and then what LIVE has captured, until it has ended.
SHOWN is as of `smbcmp-live-start'."
  (when (process-live-p (smbcmp-live-process live))
    (smbcmp-live--go-on live shown)
    (run-with-timer smbcmp-live--interval nil #'smbcmp-live--look live shown)))

(defun smbcmp-live--go-on (live shown)
  "Show what LIVE has captured by now; call SHOWN with a packet list just made."
  (cond
   ((and (null (smbcmp-live-buffer live)) (smbcmp-live-files live))
    (smbcmp-live--open live)
    (when shown (funcall shown (smbcmp-live-buffer live))))
   ((buffer-live-p (smbcmp-live-buffer live))
    (smbcmp-live--grow live))))

(defun smbcmp-live--open (live)
  "Make the packet list of LIVE."
  (let ((buffer (smbcmp-list-buffer (pop (smbcmp-live-files live)) t
                                    (smbcmp-live-options live))))
    (setf (smbcmp-live-buffer live) buffer)
    (with-current-buffer buffer
      (setq smbcmp-live-here live)
      (add-hook 'kill-buffer-query-functions #'smbcmp-live--may-kill-p nil t)
      (add-hook 'kill-buffer-hook #'smbcmp-live--killed nil t)
      (smbcmp-live-mode 1)
      ;; At first, and when another worker has taken the place of one that died:
      ;; meanwhile nothing could be read, and dumpcap may have said all it will.
      (push (lambda (capture)
              (when (eq 'loaded (smbcmp-capture-state capture))
                (run-with-timer 0 nil #'smbcmp-live--grow live)))
            (smbcmp-capture-hooks smbcmp-list-capture))
      (smbcmp-live--grow live))))

(defun smbcmp-live--capture (live)
  "Return the capture of LIVE if it is loaded, else nil."
  (let ((capture (and (buffer-live-p (smbcmp-live-buffer live))
                      (buffer-local-value 'smbcmp-list-capture (smbcmp-live-buffer live)))))
    (and capture (eq 'loaded (smbcmp-capture-state capture)) capture)))

(defun smbcmp-live--grow (live)
  "Have the worker of LIVE read on, and show what it has then."
  (let ((capture (smbcmp-live--capture live)))
    (cond ((null capture))
          ((smbcmp-live-growing live) (setf (smbcmp-live-again live) t))
          (t (setf (smbcmp-live-growing live) t
                   (smbcmp-live-again live) nil)
             (smbcmp-host-grow capture (pop (smbcmp-live-files live)) (smbcmp-live-keep live)
                               (lambda () (smbcmp-live--grown live capture)))))))

(defun smbcmp-live--grown (live capture)
  "Show what the CAPTURE of LIVE has now, and go on if there is more."
  (setf (smbcmp-live-growing live) nil)
  (when (buffer-live-p (smbcmp-live-buffer live))
    (with-current-buffer (smbcmp-live-buffer live)
      (when (smbcmp-live-again live)
        (run-with-timer 0.05 nil #'smbcmp-live--grow live))
      (when (or (smbcmp-live-files live) (not (process-live-p (smbcmp-live-process live))))
        (smbcmp-live--last live capture))
      (smbcmp-list-grow)
      (smbcmp-live--watch-go-on live)
      (force-mode-line-update))))

(defun smbcmp-live--last (live capture)
  "Go on with the next file of LIVE; or note that CAPTURE grows no more."
  (cond ((smbcmp-live-files live) (run-with-timer 0 nil #'smbcmp-live--grow live))
        ((smbcmp-live-again live))
        ((smbcmp-capture-grows capture)
         (setf (smbcmp-capture-grows capture) nil)
         (message "%s: %d frames captured" (buffer-name) (smbcmp-frame-count capture)))))

(defun smbcmp-live-stop-capture ()
  "Stop capturing into this packet list."
  (interactive)
  (unless smbcmp-live-here (user-error "Nothing is captured here"))
  (let ((process (smbcmp-live-process smbcmp-live-here)))
    (when (process-live-p process)
      ;; So that it writes what it has.
      (interrupt-process process))))

(defun smbcmp-live--may-kill-p ()
  "Return non-nil if what was captured here may be thrown away."
  (or noninteractive
      (null smbcmp-live-here)
      (not (smbcmp-live-temporary smbcmp-live-here))
      (y-or-n-p "Throw away what was captured? ")))

(defun smbcmp-live--killed ()
  "Stop capturing, because the packet list goes away."
  (when smbcmp-live-here
    (let ((process (smbcmp-live-process smbcmp-live-here)))
      (set-process-sentinel process #'ignore)
      (when (process-live-p process) (delete-process process)))
    (smbcmp-live--watch-close smbcmp-live-here)
    (smbcmp-live--delete smbcmp-live-here)))

(defun smbcmp-live-save (file)
  "Copy what was captured here to FILE, a name or a directory."
  (interactive "FSave what was captured to: ")
  (unless smbcmp-live-here (user-error "Nothing was captured here"))
  (let ((files (directory-files (smbcmp-live-directory smbcmp-live-here) t "\\.pcapng\\'")))
    (if (cdr files)
        (dolist (one files) (copy-file one (file-name-as-directory file) 1))
      (copy-file (car files) file 1))
    (message "Saved")))

;;;; Against a good capture

(cl-defstruct (smbcmp-live-watch (:constructor smbcmp-live-watch--make) (:copier nil))
  "What is captured is compared with this as it comes."
  (good nil :documentation "The good capture.")
  (rules nil :documentation "As the module takes them.")
  (parts (list nil nil) :documentation "Summaries: those of the good one and of the other.")
  (whole nil :documentation "Non-nil when the summary of the good one is there.")
  (asking nil :documentation "Non-nil while the other is asked.")
  (again nil :documentation "Non-nil if it has grown meanwhile.")
  (generation nil :documentation "What of the other was summarized: see `smbcmp-live--generation'.")
  (told (make-hash-table :test 'equal) :documentation "Divergences that were told."))

(defun smbcmp-live--watch-new (file options)
  "Return a new watch for the good capture FILE, opened with OPTIONS."
  (let* ((good (apply #'smbcmp-open file :async t options))
         (watch (smbcmp-live-watch--make :good good
                                         :rules (smbcmp-rules-for-module (smbcmp-rules)))))
    (smbcmp-host-when-loaded
     good (lambda ()
            (smbcmp-live--summarize watch good 0 nil
                                 (lambda () (setf (smbcmp-live-watch-whole watch) t)))))
    watch))

(defun smbcmp-live--summarize (watch capture side grows done)
  "Ask CAPTURE, SIDE 0 or 1 of WATCH, for its summary; then call DONE.
If it GROWS, that is for what was added since."
  (smbcmp-host-request
   capture "summary" (append (list :rules (smbcmp-live-watch-rules watch)
                                  :protocols (smbcmp-protocols-for-module
                                              smbcmp-compare-protocols))
                            (and grows (list :grows t)))
   (lambda (kind value)
     (when (memq kind '(part result))
       (push value (nth side (smbcmp-live-watch-parts watch))))
     (when (memq kind '(result error)) (funcall done)))
   'keep))

(defun smbcmp-live--generation (capture)
  "Return what changes when CAPTURE is dissected, and summed up, again."
  (cons (smbcmp-capture-deaths capture) (smbcmp-capture-generation capture)))

(defun smbcmp-live--begin-again (watch capture)
  "Forget what WATCH has of CAPTURE if that was dissected again since."
  (let ((generation (smbcmp-live--generation capture)))
    (unless (equal generation (smbcmp-live-watch-generation watch))
      (mapc #'smbcmp--module-release (nth 1 (smbcmp-live-watch-parts watch)))
      (setf (nth 1 (smbcmp-live-watch-parts watch)) nil
            (smbcmp-live-watch-generation watch) generation))))

(defun smbcmp-live--watch-go-on (live)
  "Compare what LIVE has by now with its good capture, if it has one."
  (let ((watch (smbcmp-live-watch live)) (capture (smbcmp-live--capture live)))
    (when (and watch capture)
      (if (or (smbcmp-live-watch-asking watch) (not (smbcmp-live-watch-whole watch)))
          (unless (smbcmp-live-watch-again watch)
            (setf (smbcmp-live-watch-again watch) t)
            (run-with-timer 0.1 nil #'smbcmp-live--watch-again live))
        (setf (smbcmp-live-watch-asking watch) t)
        (smbcmp-live--begin-again watch capture)
        (smbcmp-live--summarize watch capture 1 t
                             (lambda () (run-with-timer 0 nil #'smbcmp-live--judge live)))))))

(defun smbcmp-live--watch-again (live)
  "Compare again what LIVE has, which had no time for it."
  (when (smbcmp-live-watch live)
    (setf (smbcmp-live-watch-again (smbcmp-live-watch live)) nil)
    (smbcmp-live--watch-go-on live)))

(defun smbcmp-live--watch-close (live)
  "Forget what LIVE was compared with."
  (when-let* ((watch (smbcmp-live-watch live)))
    (setf (smbcmp-live-watch live) nil)
    (mapc #'smbcmp--module-release (apply #'append (smbcmp-live-watch-parts watch)))
    (smbcmp-close (smbcmp-live-watch-good watch))))

(defun smbcmp-live--judge (live)
  "Compare what LIVE has, and tell of divergences that are new."
  (when-let* ((watch (smbcmp-live-watch live))
              (capture (smbcmp-live--capture live)))
    (setf (smbcmp-live-watch-asking watch) nil)
    (let ((comparison (smbcmp-live--compare watch capture)))
      (dolist (divergence (smbcmp-comparison-divergences comparison))
        (let ((key (list (plist-get divergence :label) (plist-get divergence :b))))
          (when (and (smbcmp-live--tells-p comparison divergence)
                     (not (gethash key (smbcmp-live-watch-told watch))))
            (puthash key t (smbcmp-live-watch-told watch))
            (smbcmp-live--tell live capture divergence)))))))

(defun smbcmp-live--compare (watch capture)
  "Return the comparison of WATCH's good capture with CAPTURE as far as it goes."
  (let* ((comparing (smbcmp--module-compare-new (smbcmp-live-watch-rules watch)))
         (comparison (smbcmp-compare-make :a (smbcmp-live-watch-good watch) :b capture
                                          :rules (smbcmp-live-watch-rules watch)
                                          :native comparing)))
    (cl-loop for parts in (smbcmp-live-watch-parts watch)
             for side in '(nil t)
             do (dolist (part (reverse parts))
                  (smbcmp--module-compare-add comparing side part)))
    (smbcmp-compare-judge comparison)
    comparison))

(defun smbcmp-live--tells-p (comparison divergence)
  "Return non-nil if DIVERGENCE of COMPARISON is one, whatever comes still.
What the good capture has alone may come yet, and so may a response.
What the other has alone counts if it failed."
  (and (eq 'behaviour (plist-get divergence :weight))
       (null (plist-get divergence :cause))
       (pcase (plist-get divergence :kind)
         ((or 'status 'identifier 'response 'slower) (cdr (plist-get divergence :b)))
         ('connection (eq 'b (plist-get divergence :side)))
         ('only-b
          (let* ((exchange (cdr (plist-get divergence :exchanges)))
                 (status (and exchange (cdr (plist-get divergence :b))
                              (plist-get (smbcmp-comparison-exchange comparison 'b exchange)
                                         :status))))
            (and status (eq 'failure (smbcmp--module-status-class status))))))))

(defun smbcmp-live--tell (live capture divergence)
  "Tell of DIVERGENCE, of LIVE's CAPTURE; run what is to be run then."
  (with-current-buffer (smbcmp-live-buffer live)
    (smbcmp-escape-message "Diverged now: %s (frame %s)" (plist-get divergence :label)
             (or (car (plist-get divergence :b)) (plist-get divergence :frame)))
    (when smbcmp-live-stop (smbcmp-live-stop-capture))
    (run-hook-with-args 'smbcmp-live-divergence-functions capture divergence)))

;;;; Commands

(defvar smbcmp-live-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c C-k") #'smbcmp-live-stop-capture)
    (define-key map (kbd "C-c C-s") #'smbcmp-live-save)
    map)
  "Keymap of `smbcmp-live-mode'.")

(define-minor-mode smbcmp-live-mode
  "Minor mode of a packet list that is being captured.
\\{smbcmp-live-mode-map}"
  :lighter (:eval (if (and smbcmp-live-here
                           (process-live-p (smbcmp-live-process smbcmp-live-here)))
                      " capturing"
                    " captured"))
  :group 'smbcmp)

(defun smbcmp-live--read ()
  "Ask what to capture; return (INTERFACE FILTER AGAINST RING)."
  (let ((interfaces (smbcmp-live-interfaces)))
    (list (completing-read (format "Capture on interface%s: "
                                   (if (file-remote-p default-directory)
                                       (concat " of " (file-remote-p default-directory 'host))
                                     ""))
                           interfaces nil nil nil nil (car interfaces))
          (let ((filter (read-string (format "Capture filter (- for none) [%s]: "
                                             smbcmp-only-default)
                                     nil 'smbcmp-only-history smbcmp-only-default)))
            (if (equal filter "-") "" filter))
          (let ((file (read-file-name "Compare with good capture (empty for none): "
                                      nil "" nil "")))
            (and (not (string-empty-p file)) (file-regular-p file) (expand-file-name file)))
          (and current-prefix-arg smbcmp-live-ring))))

;;;###autoload
(defun smbcmp-live (interface filter &optional against ring)
  "Capture on INTERFACE what passes FILTER, and show it as it comes.
With AGAINST, the name of a good capture, say when and where what comes
diverges from it, see `smbcmp-live-divergence-functions'.  With a prefix
argument, RING: into a ring buffer, see `smbcmp-live-ring'.

dumpcap captures, on the host of `default-directory'; so this captures
on another host in a buffer of a file there.
\\<smbcmp-live-mode-map>\\[smbcmp-live-stop-capture] in the packet list stops it, \\[smbcmp-live-save] saves what was captured."
  (interactive (smbcmp-live--read))
  (smbcmp-with-user-errors
    (smbcmp-live-start interface filter :against against :ring ring
                       :shown (lambda (buffer) (pop-to-buffer-same-window buffer))))
  (message "Capturing on %s..." interface))

(provide 'smbcmp-live)
;;; smbcmp-live.el ends here
