;;; browse.el --- What the tests of browsing have in common  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Packet lists are visited and keys typed as by a user; what is expected
;; comes from tshark.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Waiting and typing

(defun browse-wait (condition)
  "Wait until CONDITION, a function, returns non-nil; return that, or fail."
  (let ((end (+ (float-time) 30)) value)
    (while (not (or (setq value (funcall condition)) (> (float-time) end)))
      (accept-process-output nil 0.01))
    (unless value (error "Waited in vain"))
    value))

(defun browse-idle-p ()
  "Return non-nil if nothing is under way in any packet list."
  (cl-every (lambda (buffer)
              (with-current-buffer buffer
                (or (not (derived-mode-p 'smbcmp-list-mode))
                    (memq (smbcmp-capture-state smbcmp-list-capture) '(failed closed))
                    (and smbcmp-list-complete
                         (null smbcmp-list-follow-timer)
                         (null smbcmp-list-filter-request)
                         (not (smbcmp-host-busy-p smbcmp-list-capture))))))
            (buffer-list)))

(defun browse-settle ()
  "Wait until all that was asked for is shown."
  (browse-wait #'browse-idle-p))

(defun browse-keys (keys)
  "Type KEYS, as `kbd' takes them, in the selected window; wait for the effect."
  (execute-kbd-macro (kbd keys))
  (browse-settle)
  ;; In batch no command loop does it.
  (set-buffer (window-buffer (selected-window))))

(defmacro browse-with-list (file &rest body)
  "Visit the capture FILE with `find-file' and do BODY in its packet list."
  (declare (indent 1) (debug t))
  `(let ((smbcmp-list-marks nil) (smbcmp-detail-unfolded '("smb" "smb/*" "smb2" "smb2/*"))
         (smbcmp-detail--folds (make-hash-table :test #'equal)))
     (save-window-excursion
       (delete-other-windows)
       (unwind-protect
           (progn (find-file ,file)
                  (browse-settle)
                  ,@body)
         (browse-kill)))))

(defun browse-kill ()
  "Kill all buffers of smbcmp."
  (dolist (buffer (buffer-list))
    (when (and (buffer-live-p buffer)
               (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
      (kill-buffer buffer))))

;;;; What is shown

(defun browse-shown ()
  "Return the frames whose rows are shown in this packet list, in order."
  (cl-loop for row below (smbcmp-list-rows-count)
           unless (invisible-p (smbcmp-list-rows-start row))
           collect (smbcmp-list-rows-frame row)))

(defun browse-row (frame)
  "Return the text of the row of FRAME."
  (let ((row (smbcmp-list-rows-of-frame frame)))
    (buffer-substring-no-properties (smbcmp-list-rows-start row)
                                    (1- (smbcmp-list-rows-start (1+ row))))))

(defun browse-details ()
  "Return the details' buffer of this packet list."
  (smbcmp-list-follow-buffer "details"))

(defun browse-line ()
  "Return the line at point, without what it is indented by."
  (string-trim (buffer-substring-no-properties (line-beginning-position)
                                               (line-end-position))))

;;;; What tshark says

(defun browse-tshark (&rest arguments)
  "Return the lines that tshark prints on ARGUMENTS."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-unix))
      (unless (zerop (apply #'call-process "tshark" nil '(t nil) nil arguments))
        (error "Tshark %S failed" arguments)))
    (split-string (buffer-string) "\n" t)))

(defun browse-tshark-frames (file filter)
  "Return the numbers of the frames of FILE that pass FILTER, as tshark has it."
  (mapcar #'string-to-number
          (browse-tshark "-2" "-r" file "-Y" filter "-T" "fields" "-e" "frame.number")))

(defun browse-tshark-number (text)
  "Return the number TEXT that tshark has printed.
Before 3.6 those that have names are decimal, since hexadecimal."
  (if (string-prefix-p "0x" text)
      (string-to-number (substring text 2) 16)
    (string-to-number text)))

(defun browse-need-room ()
  "Skip the test if not even three windows fit into the frame."
  (when (< (frame-height) 20)
    (ert-skip "the frame has nine lines, as that of Emacs 27 in batch")))

(defun browse-tshark-plain (text)
  "Return TEXT, values that tshark has printed, as they are in the capture.
Newer versions double the backslashes: then none stands alone."
  (if (string-match-p "\\(?:\\`\\|[^\\]\\)\\(?:\\\\\\\\\\)*\\\\\\(?:[^\\]\\|\\'\\)" text)
      text
    (replace-regexp-in-string "\\\\\\\\" "\\" text nil t)))

(defun browse-tshark-info (file frame)
  "Return what tshark has in the column Info of FRAME, a number, of FILE."
  (car (browse-tshark "-2" "-r" file "-Y" (format "frame.number == %d" frame)
                      "-o" "gui.column.format:\"Info\",\"%i\"")))

(defun browse-tshark-complaint (filter)
  "Return (COMPLAINT START END): what tshark says of FILTER, a wrong one.
COMPLAINT is what it says first.  START and END, from 0, are nil with
versions that don't tell them."
  (with-temp-buffer
    (call-process "tshark" nil t nil "-r" (smbcmp-test-data "good") "-Y" filter)
    (goto-char (point-min))
    (re-search-forward "^tshark: \\(.*\\)$")
    (let ((complaint (match-string 1)))
      (if (re-search-forward (concat "^\\( *\\)" (regexp-quote filter)
                                     "\n\\( *\\)\\(\\^~*\\)")
                             nil t)
          (let ((start (- (length (match-string 2)) (length (match-string 1)))))
            (list complaint start (+ start (length (match-string 3)))))
        (list complaint nil nil)))))

(defun browse-tshark-values (file field)
  "Return what FIELD is in the frames of FILE, strings, as tshark has it."
  (with-temp-buffer
    (call-process "tshark" nil '(t nil) nil "-2" "-r" file "-T" "fields" "-e" field)
    (split-string (substring (buffer-string) 0 -1) "\n")))

(provide 'browse)
;;; browse.el ends here
