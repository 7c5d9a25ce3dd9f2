;;; smbcmp-compare-holders.el --- Who held the file that two captures differ in  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Where captures diverge because someone held a file, the summary of the
;; comparison says who, by the handles of the capture and, if it is linked,
;; the server's log.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-compare)
(require 'smbcmp-compare-report)
(require 'smbcmp-holders)
(require 'smbcmp-steps)

(autoload 'smbcmp-views-goto-frame "smbcmp-views")
(autoload 'smbcmp-views-find-lists "smbcmp-views")
(autoload 'smbcmp-files-log-words "smbcmp-files-log")
(autoload 'smbcmp-files-log-show "smbcmp-files-log")
(autoload 'smbcmp-files-asking "smbcmp-files")
(autoload 'smbcmp-files-finding "smbcmp-files")
(autoload 'smblog-pair-list-buffer "smblog-pair")
(autoload 'smbcmp-compare-summary-explain "smbcmp-compare-summary")

(defvar smbcmp-compare-view-comparison)

(defconst smbcmp-compare-holders--statuses
  (regexp-opt '("STATUS_SHARING_VIOLATION" "STATUS_DELETE_PENDING" "STATUS_FILE_LOCK_CONFLICT"
                "STATUS_LOCK_NOT_GRANTED"))
  "Statuses that say that someone held a file.")

(defun smbcmp-compare-holders--divergence-p (divergence)
  "Return non-nil if someone may have held the file that DIVERGENCE is about."
  (let ((label (or (smbcmp-divergence-label divergence) "")))
    (or (string-match-p smbcmp-compare-holders--statuses label)
        (and (eq 'slower (smbcmp-divergence-kind divergence)) (string-prefix-p "CREATE" label)))))

(defvar smbcmp-compare-holders--found (make-hash-table :test #'eq :weakness 'key)
  "From comparisons to who held the file, (LETTER . PROBLEM), or nil.")

(defun smbcmp-compare-holders--first (comparison)
  "Return the first divergence of COMPARISON of a file that someone may have held."
  (cl-find-if #'smbcmp-compare-holders--divergence-p (smbcmp-comparison-found comparison)))

(defun smbcmp-compare-holders--sides (comparison divergence)
  "Return where it may be seen who held the file that DIVERGENCE is about.
That is a list of (LETTER CAPTURE FRAME) of COMPARISON; nil for nil."
  (and divergence
       (cl-loop for (letter capture request . response)
                in `(("B" ,(smbcmp-comparison-b comparison) . ,(smbcmp-divergence-b divergence))
                     ("A" ,(smbcmp-comparison-a comparison) . ,(smbcmp-divergence-a divergence)))
                when (or request response)
                collect (list letter capture (or request response)))))

(defun smbcmp-compare-holders--explained (comparison)
  "Return who held the file, (LETTER . PROBLEM), or nil; COMPARISON is asked once.
LETTER is of the capture that tells it."
  (let ((known (gethash comparison smbcmp-compare-holders--found 'unknown)))
    (if (not (eq known 'unknown)) known
      (puthash comparison
               (cl-loop for (letter capture frame)
                        in (smbcmp-compare-holders--sides
                            comparison (smbcmp-compare-holders--first comparison))
                        for problem = (smbcmp-holders-why (smbcmp-handles capture) frame)
                        when problem return (cons letter problem))
               smbcmp-compare-holders--found))))

(defun smbcmp-compare-holders-finding (comparison)
  "Return steps that find what `smbcmp-compare-holders-explain' says of COMPARISON."
  (let (first found)
    (list (smbcmp-steps-across
           (lambda () (smbcmp-comparison-found comparison))
           (lambda (divergence _place)
             (when (and (null first) (smbcmp-compare-holders--divergence-p divergence))
               (setq first divergence))))
          (smbcmp-steps-several
           (lambda ()
             (mapcar (pcase-lambda (`(,letter ,capture ,frame))
                       (smbcmp-steps-several
                        (lambda ()
                          (unless found
                            (smbcmp-compare-holders--looking
                             capture frame
                             (lambda (problem) (setq found (cons letter problem))))))))
                     (smbcmp-compare-holders--sides comparison first))))
          (lambda ()
            (ignore (puthash comparison found smbcmp-compare-holders--found))))))

(defun smbcmp-compare-holders--looking (capture frame found)
  "Return steps that call FOUND with the problem of FRAME of CAPTURE, if any."
  (append
   (unless (smbcmp-handles-known capture) (smbcmp-files-asking (list capture)))
   (list (smbcmp-steps-several
          (lambda ()
            (smbcmp-files-finding
             (car (smbcmp-handles-known capture))
             (lambda (problems handles)
               (let ((problem (smbcmp-holders-of-frame problems handles frame)))
                 (when problem (funcall found problem))))))))))

(defun smbcmp-compare-holders-explain (comparison)
  "Say who held the file that the first such divergence of COMPARISON is about.
The value is a line for each, or nil; the captures are only asked if there
is such a divergence."
  (let ((found (smbcmp-compare-holders--explained comparison)))
    (and found
         (concat (smbcmp-compare-holders--lines (car found) (plist-get (cdr found) :why))
                 (smbcmp-compare-holders--logged comparison (car found)
                                         (plist-get (cdr found) :request))))))

(defun smbcmp-compare-holders--lines (letter why)
  "Return lines for WHY, of a problem of the capture LETTER."
  (mapconcat (pcase-lambda (`(,text . ,frame))
               (concat (smbcmp-compare-holders--button
                        (concat "  " text (if frame (format "  (in %s)" letter) ""))
                        (and frame (list (if (equal "A" letter) 0 1) frame)))
                       "\n"))
             why ""))

(defconst smbcmp-compare-holders--logged-limit 3
  "How many lines of a server's log the summary of a comparison has.")

(defun smbcmp-compare-holders--logged (comparison letter frame)
  "Return lines for what the server's log has of the request of FRAME.
That is in the capture LETTER of COMPARISON, if a log is linked to it."
  (let* ((capture (funcall (if (equal "A" letter) #'smbcmp-comparison-a #'smbcmp-comparison-b)
                           comparison))
         (list (and frame (featurep 'smblog-pair)
                    (cl-find capture (buffer-list)
                             :key (lambda (buffer)
                                    (buffer-local-value 'smbcmp-list-capture buffer))))))
    (mapconcat (lambda (word)
                 (concat (smbcmp-compare-holders--button
                          (format "  %s  (in %s)" (plist-get word :text) letter)
                          (list (if (equal "A" letter) 0 1) frame (plist-get word :message)))
                         "\n"))
               (and list (seq-take (smbcmp-files-log-words list frame)
                                   smbcmp-compare-holders--logged-limit))
               "")))

(defvar smbcmp-compare-holders-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "RET") #'smbcmp-compare-holders-open)
    map)
  "Keymap of lines that say who held a file.")

(defun smbcmp-compare-holders--button (text place)
  "Return TEXT, from which RET leads to PLACE, (SIDE FRAME [MESSAGE]) or nil."
  (if (null place) text
    (propertize text 'smbcmp-compare-holders-place place 'keymap smbcmp-compare-holders-map
                'mouse-face 'highlight 'follow-link t
                'help-echo (if (nth 2 place) "RET: this message in the log"
                             "RET: the frame since which it is held"))))

(defun smbcmp-compare-holders-open ()
  "Show the frame since which the file that this line is about is held.
If the line is of the server's log, show its message."
  (interactive)
  (pcase-let* ((`(,side ,frame ,message) (get-text-property (point) 'smbcmp-compare-holders-place))
               (list (nth side (smbcmp-views-find-lists))))
    (if message
        (smbcmp-files-log-show list frame message)
      (smbcmp-views-goto-frame list frame))))

(defun smbcmp-compare-holders--linked (pair)
  "Have comparisons say what the log of PAIR, now linked, has of who held a file.
For `smblog-pair-linked-hook'."
  (let ((capture (buffer-local-value 'smbcmp-list-capture (smblog-pair-list-buffer pair))))
    (dolist (buffer (buffer-list))
      (with-current-buffer buffer
        (when (and (derived-mode-p 'smbcmp-compare-mode)
                   smbcmp-compare-view-comparison
                   (memq capture (list (smbcmp-comparison-a smbcmp-compare-view-comparison)
                                       (smbcmp-comparison-b smbcmp-compare-view-comparison)))
                   (smbcmp-compare-holders--first smbcmp-compare-view-comparison))
          (smbcmp-compare-summary-explain))))))

(add-hook 'smblog-pair-linked-hook #'smbcmp-compare-holders--linked)

(add-hook 'smbcmp-compare-report-explain-functions #'smbcmp-compare-holders-explain)
(add-hook 'smbcmp-compare-report-prepare-functions #'smbcmp-compare-holders-finding)

(provide 'smbcmp-compare-holders)
;;; smbcmp-compare-holders.el ends here
