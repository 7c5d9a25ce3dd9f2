;;; meaning-test.el --- A key means one thing in all buffers  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The keymaps of all modes, side by side.  What a key is for is said here
;; once, as in the manual's table; where a buffer has something else on it,
;; that is argued for here, too.

;;; Code:

(require 'cl-lib)
(require 'browse)
(require 'compare-view-test)
(require 'ert)
(require 'smbcmp)
(require 'smblog-mode)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defconst meaning-test--meanings
  '(("n" "next") ("p" "previous")
    ("N" "next\\|notes") ("P" "previous")
    ("]" "next") ("[" "previous")
    ("f" "filter\\|narrow") ("/" "filter\\|limit") ("\\" "filter\\|widen")
    ("w" "copy") ("o" "show-frame\\|show-log\\|packets") ("O" "toggle-follow")
    ("l" "back") ("L" "logs") ("F" "follow") ("b" "bytes") ("B" "latency-by")
    ("A" "rules-save") ("a" "rule") ("R" "replay") ("r" "other-end\\|request")
    ("S" "sort") ("s" "source") ("t" "toggle\\|cycle") ("i" "toggle") ("k" "decrypt\\|keys")
    ("=" "compare\\|diff\\|pin\\|restrict\\|paired") ("+" "more\\|whole") ("c" "flow")
    ("E" "ediff") ("G" "debug") ("g" "revert") ("j" "jump\\|goto") ("q" "quit")
    ("m" "mark") ("x" "split") ("U" "unmark\\|unpin") ("D" "decode-as") ("^" "up")
    ("h" "help") ("?" "help") ("v" "views")
    ("TAB" "toggle\\|fold") ("RET" ""))
  "What keys mean: (KEY REGEXP), all commands on KEY match REGEXP.")

(defconst meaning-test--exceptions
  '(;; Old habits; the key of that meaning does it, too.
    ("l" smbcmp-show-log "o")
    ("L" smblog-toggle-follow-frames "O")
    ("F" smbcmp-compare-view-restrict "=")
    ("P" smbcmp-compare-view-packets "o")
    ("P" smbcmp-latency-toggle-paired "=")
    ("b" smbcmp-latency-by "B")
    ;; A log is no capture: the keys are those of its reader before there were captures.
    ("L" smblog-set-level "F l")
    ("F" smblog-select-map "each asks for what to filter by")
    ("b" smblog-between "F b")
    ("R" smblog-only-request "C-x n d does so, too")
    ("R" smblog-requests-only "as in the log")
    ("A" smblog-toggle-tail "rules are of captures")
    ("D" smblog-toggle-dumps "what is decoded is of captures")
    ("S" smblog-occur "M-s o does so, too")
    ("h" smblog-highlight "help is on ? and C-h m")
    ("v" smblog-chart "a log has this view alone")
    ("s" smbcmp-compare-pair-toggle-step "sources are of logs"))
  "What is on a key that means something else: (KEY COMMAND REASON).
REASON is the key that does the same and has this meaning, or words.")

(defconst meaning-test--emacs
  '(revert-buffer quit-window next-line previous-line forward-button describe-mode
    tabulated-list-sort)
  "Commands of Emacs' own, on keys of its own.")

(defun meaning-test--load ()
  "Load all files of Lisp that have modes."
  (dolist (file (directory-files (file-name-directory (locate-library "smbcmp-list"))
                                 nil "\\`smb.*\\.elc?\\'"))
    (require (intern (file-name-base file)) nil t)))

(defun meaning-test--bindings ()
  "Return what keys are bound to in all modes, a list of (KEY COMMAND MAP)."
  (let (found)
    (mapatoms
     (lambda (symbol)
       (when (and (boundp symbol)
                  (string-match-p "\\`smb\\(?:cmp\\|log\\)[a-z-]*-mode-map\\'"
                                  (symbol-name symbol))
                  (keymapp (symbol-value symbol)))
         (map-keymap-internal
          (lambda (event binding)
            (let ((named (cond ((symbolp binding) binding)
                               ((eq binding smblog-select-map) 'smblog-select-map)
                               ((eq binding smbcmp-views-map) 'smbcmp-views-map)
                               ((eq binding smbcmp-list-filter-map) 'smbcmp-list-filter-map)
                               ((keymapp binding) 'copy-map))))
              (when (and named (integerp event) (/= event ?\e))
                (push (list (single-key-description event) named symbol) found))))
          (symbol-value symbol)))))
    found))

(ert-deftest meaning-test-a-key-means-one-thing ()
  "What is on a key in any buffer is what the key is for, or argued for."
  (meaning-test--load)
  (let ((bindings (meaning-test--bindings)) unexpected)
    (should (> (length bindings) 150))
    (pcase-dolist (`(,key ,command ,map) bindings)
      (let ((meaning (cadr (assoc key meaning-test--meanings)))
            (others (cl-delete-duplicates
                     (cl-loop for (other-key other) in bindings
                              when (equal key other-key) collect other))))
        (unless (or (if meaning (string-match-p meaning (symbol-name command))
                      ;; What is on one key once need not be in the table.
                      (null (cdr others)))
                    (memq command meaning-test--emacs)
                    (cl-find-if (pcase-lambda (`(,k ,c . ,_))
                                  (and (equal k key) (eq c command)))
                                meaning-test--exceptions))
          (push (list key command map) unexpected))))
    (should-not unexpected)
    ;; No exception that is none.
    (pcase-dolist (`(,key ,command ,reason) meaning-test--exceptions)
      (should (cl-find-if (pcase-lambda (`(,k ,c ,_)) (and (equal k key) (eq c command)))
                          bindings))
      (unless (string-match-p " [a-z]+ " reason)
        (should (cl-some (lambda (map) (eq command (lookup-key (symbol-value map) (kbd reason))))
                         '(smbcmp-list-mode-map smbcmp-compare-mode-map smbcmp-latency-mode-map
                           smblog-mode-map smblog-requests-mode-map)))))))

;;;; Mouse and RET

(defun meaning-test--hover ()
  "Return what the mouse over the line at point is told."
  (let ((help (get-char-property (point) 'help-echo)))
    (if (functionp help) (funcall help (selected-window) nil (point)) help)))

(ert-deftest meaning-test-the-mouse-is-told-what-it-does ()
  "In every buffer a double click does what RET does, and hovering tells that."
  (meaning-test--load)
  (mapatoms
   (lambda (symbol)
     (let ((mode (and (string-match "\\`\\(smb\\(?:cmp\\|log\\)[a-z-]*-mode\\)-map\\'"
                                    (symbol-name symbol))
                      (intern (match-string 1 (symbol-name symbol))))))
       (when (and mode (boundp symbol) (commandp mode)
                  (not (memq mode '(smbcmp-mode smblog-mode)))
                  (lookup-key (symbol-value symbol) (kbd "RET"))
                  (provided-mode-derived-p mode 'smbcmp-mode 'tabulated-list-mode))
         (with-temp-buffer
           (delay-mode-hooks (funcall mode))
           (let ((inhibit-read-only t))
             (erase-buffer)
             (insert "a line\nanother\n")
             (when (derived-mode-p 'tabulated-list-mode)
               (put-text-property 1 7 'help-echo "column: a line")))
           (goto-char 3)
           (save-window-excursion
             (set-window-buffer nil (current-buffer))
             (should (string-prefix-p
                      (concat "RET, double click: "
                              (car (split-string (documentation (key-binding (kbd "RET")))
                                                 "\n")))
                      (or (meaning-test--hover) "")))
             (should (eq (key-binding [mouse-2]) (key-binding [double-mouse-1]))))))))))

(ert-deftest meaning-test-what-a-frame-lacks-is-said-plainly ()
  "f s and r on a frame of TCP's say what it has not."
  (browse-with-list (smbcmp-test-data "good")
    (should (equal '(user-error "Frame 1 belongs to no session")
                   (should-error (browse-keys "C-u 1 j f s"))))
    (should (equal '(user-error "Frame 1 has no matching request or response")
                   (should-error (browse-keys "C-u 1 j r"))))))

(ert-deftest meaning-test-a-double-click-where-one-is-enough ()
  "A double click on the first divergence, a link, does what RET does there."
  (compare-view-test--with "good" "readonly"
    (goto-char (point-min))
    (re-search-forward "^First: ")
    (let ((where (list (selected-window) (point) '(0 . 0) 0)))
      (execute-kbd-macro (vector (list 'mouse-2 where)
                                 (list 'double-down-mouse-1 where 2)
                                 (list 'double-mouse-1 where 2)))
      (should (eq 'smbcmp-compare-list-mode
                  (buffer-local-value 'major-mode (window-buffer))))
      ;; In the lists it is a double click.
      (let ((where (list (selected-window) (window-point) '(0 . 0) 0)))
        (execute-kbd-macro (vector (list 'mouse-1 where) (list 'double-mouse-1 where 2))))
      (should (eq 'smbcmp-list-mode (buffer-local-value 'major-mode (window-buffer)))))))

(ert-deftest meaning-test-a-quit-leaves-no-menu-in-pieces ()
  "C-g while what makes menus is being loaded waits until all of it is."
  (let* ((directory (make-temp-file "smbcmp-test" t))
         (load-path (cons directory load-path)))
    (unwind-protect
        (progn
          (write-region "(setq quit-flag t) (sit-for 0) (put 'transient 'smbcmp-test t)
(provide 'transient)"
                        nil (expand-file-name "transient.el" directory) nil 'quiet)
          (with-temp-buffer
            (smbcmp-files-mode)
            (should (eq 'quit (condition-case nil
                                  (cl-progv '(features) (list (remq 'transient features))
                                    (smbcmp-help-menu))
                                (quit 'quit)))))
          (should (get 'transient 'smbcmp-test)))
      (put 'transient 'smbcmp-test nil)
      (delete-directory directory t))))

;;;; Keys that are new where they were not

(ert-deftest meaning-test-o-leads-over-and-replays-begin-with-R ()
  "o leads from packets to the log and from a comparison to packets, R writes a script."
  (save-window-excursion
    (let ((script (make-temp-file "smbcmp-replay" nil ".py")))
      (unwind-protect
          (progn
            (smbcmp-diff (smbcmp-test-data "good") (smbcmp-test-data "readonly"))
            (browse-wait (lambda () (bound-and-true-p smbcmp-compare-view-comparison)))
            (let ((view (current-buffer)))
              (goto-char (point-min))
              (re-search-forward "^ +34/35 ")
              (browse-keys "o")
              (should (derived-mode-p 'smbcmp-list-mode))
              ;; It is the response that differs.
              (should (= 35 (smbcmp-list-frame-at-point)))
              (switch-to-buffer view)
              (re-search-forward "only-a")
              ;; Only A has this exchange: it isn't asked which capture.
              (cl-letf (((symbol-function 'read-file-name) (lambda (&rest _) script))
                        ((symbol-function 'y-or-n-p) (lambda (&rest _) t)))
                (execute-kbd-macro "R"))
              (should (equal script buffer-file-name))
              (should (save-excursion (goto-char (point-min)) (re-search-forward "CREATE new"))))
            (kill-buffer (get-file-buffer script)))
        (browse-kill)
        (delete-file script)))))

(ert-deftest meaning-test-a-checkout-knows-its-commands ()
  "With smbcmp.el of a checkout loaded alone, commands for logs are there."
  (let ((root (file-name-directory (locate-library "smbcmp"))))
    (should (equal "(t t t)"
                   (with-temp-buffer
                     (call-process (expand-file-name invocation-name invocation-directory)
                                   nil t nil "-Q" "--batch" "-l" (expand-file-name "smbcmp" root)
                                   "--eval" "(setq load-prefer-newer nil)"
                                   "--eval" "(princ (mapcar #'commandp '(smblog-find-file \
smblog-mode smbcmp-bisect-log)))")
                     (buffer-string))))))

(defun meaning-test--in-emacs (form)
  "Return what FORM comes to, printed, in an Emacs that has loaded a checkout."
  (with-temp-buffer
    (let ((root (file-name-directory (locate-library "smbcmp"))))
      (call-process (expand-file-name invocation-name invocation-directory)
                    nil '(t nil) nil "-Q" "--batch" "-L" root
                    "--eval" "(progn (require 'smbcmp) (require 'smblog-mode))"
                    "--eval" (format "(prin1 %S)" form)))
    (car (read-from-string (buffer-string)))))

(ert-deftest meaning-test-commands-are-documented-before-they-are-loaded ()
  "An autoloaded command has the first line of its documentation."
  (let ((docs (meaning-test--in-emacs
               '(let (docs)
                  (mapatoms
                   (lambda (symbol)
                     (when (and (string-match-p "\\`smb\\(?:cmp\\|log\\)-" (symbol-name symbol))
                                (autoloadp (symbol-function symbol))
                                (commandp symbol))
                       (let ((doc (documentation symbol t)))
                         (autoload-do-load (symbol-function symbol) symbol)
                         (push (list symbol doc
                                     (car (split-string (documentation symbol t) "\n")))
                               docs)))))
                  docs))))
    (should (> (length docs) 4))
    (pcase-dolist (`(,symbol ,before ,after) docs)
      (should (equal (list symbol before) (list symbol after))))))

(ert-deftest meaning-test-elsewhere-commands-of-modes-are-left-out ()
  "Where Emacs can leave commands out, M-x has only those that are of use."
  (when (fboundp 'command-completion-default-include-p)
    (pcase-let ((`(,elsewhere ,list)
                 (meaning-test--in-emacs
                  '(let (elsewhere list)
                     (smbcmp-mode-claim-commands)
                     (mapatoms
                      (lambda (symbol)
                        (when (and (string-match-p "\\`smb\\(?:cmp\\|log\\)-" (symbol-name symbol))
                                   (commandp symbol))
                          (with-temp-buffer
                            (when (command-completion-default-include-p symbol (current-buffer))
                              (push symbol elsewhere))
                            (setq major-mode 'smbcmp-list-mode)
                            (when (command-completion-default-include-p symbol (current-buffer))
                              (push symbol list))))))
                     (list elsewhere list)))))
      (should (memq 'smbcmp-diff elsewhere))
      (should (memq 'smbcmp-latency elsewhere))
      (should (memq 'smblog-find-file elsewhere))
      (should-not (memq 'smbcmp-list-filter-exchange elsewhere))
      (should (memq 'smbcmp-list-filter-exchange list))
      (should (memq 'smbcmp-show-log list))
      (should-not (memq 'smblog-next list))
      (should (< (length elsewhere) 35)))))

(provide 'meaning-test)
;;; meaning-test.el ends here
