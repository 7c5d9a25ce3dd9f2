;;; bench-list.el --- The packet list on screen, beside tshark  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What a user sees of a capture: how soon the first rows are on the screen,
;; how soon all are there, how long Emacs is deaf meanwhile, and what the
;; rows cost Emacs in memory.  The command loop runs as it does for a user
;; who sits and watches.

;;; Code:

(require 'bench)

(defconst smbcmp-bench-list--file (smbcmp-bench-file "capture.pcapng"))

(cl-defstruct (smbcmp-bench-list--load (:constructor smbcmp-bench-list--make-load)
                                       (:copier nil))
  "What was seen of a load: seconds to the first rows and to the last, the
worst block of redisplay, the frames, the bytes that Emacs grew by."
  first complete block frames resident)

(defun smbcmp-bench-list--resident ()
  "Return Emacs' resident memory in bytes, garbage collected before."
  (garbage-collect)
  (car (smbcmp-bench-memory (emacs-pid))))

(defun smbcmp-bench-list--open (file)
  "Show FILE's packet list and watch it load."
  (garbage-collect)
  (let* ((before (smbcmp-bench-list--resident))
         (start (float-time))
         (first nil)
         (block (progn
                  (find-file file)
                  (smbcmp-bench-watch
                   (lambda ()
                     (when (and (not first) (> (smbcmp-list-rows-count) 0))
                       (redisplay t)
                       (setq first (- (float-time) start)))
                     smbcmp-list-complete))))
         (complete (- (float-time) start)))
    (redisplay t)
    (prog1 (smbcmp-bench-list--make-load
            :first first :complete complete :block block
            :frames (smbcmp-frame-count smbcmp-list-capture)
            :resident (- (smbcmp-bench-list--resident) before))
      (kill-buffer))))

(defun smbcmp-bench-list--filter ()
  "Show only the rows that pass a filter; return the seconds and the worst block."
  (find-file smbcmp-bench-list--file)
  (smbcmp-bench-watch (lambda () smbcmp-list-complete))
  (let* ((start (float-time))
         (block (progn
                  (smbcmp-list-filter "smb2.cmd == 5")
                  (smbcmp-bench-watch (lambda () (not smbcmp-list-filter-request)))))
         (seconds (- (float-time) start)))
    (kill-buffer)
    (cons seconds block)))

(defun smbcmp-bench-list--rows-of-tshark (count)
  "Return the seconds that tshark takes for the first COUNT rows."
  (smbcmp-bench-process "tshark" "-r" smbcmp-bench-list--file "-c" (number-to-string count)))

(defun smbcmp-bench-list--table ()
  "Print the table."
  (let ((memory (smbcmp-bench-list--open smbcmp-bench-list--file))
        loads filters)
    (smbcmp-bench-row "Emacs' resident memory, a row"
                      (/ (float (smbcmp-bench-list--load-resident memory))
                         (smbcmp-bench-list--load-frames memory))
                      :unit 'B :below 300)
    (pcase-let ((`(,first ,complete ,block ,some ,all)
                 (smbcmp-bench-medians
                  smbcmp-bench-runs
                  (lambda ()
                    (push (smbcmp-bench-list--open smbcmp-bench-list--file) loads)
                    (smbcmp-bench-list--load-first (car loads)))
                  (lambda () (smbcmp-bench-list--load-complete (car loads)))
                  (lambda () (smbcmp-bench-list--load-block (car loads)))
                  (lambda () (smbcmp-bench-list--rows-of-tshark 50))
                  (lambda () (smbcmp-bench-process "tshark" "-r" smbcmp-bench-list--file)))))
      (smbcmp-bench-row "first rows on screen" first :below 0.5 :peer "tshark -r -c 50"
                        :theirs some)
      (smbcmp-bench-row "all rows, all columns" complete :peer "tshark -r" :theirs all
                        :at-most 1.0)
      (smbcmp-bench-row "worst block of redisplay meanwhile" block :below 0.1)
      (smbcmp-bench-row "and in the worst of the runs"
                        (apply #'max (mapcar #'smbcmp-bench-list--load-block loads))
                        :below 0.1))
    (pcase-let ((`(,seconds ,block ,tshark)
                 (smbcmp-bench-medians
                  3
                  (lambda () (push (smbcmp-bench-list--filter) filters) (caar filters))
                  (lambda () (cdar filters))
                  (lambda () (smbcmp-bench-process "tshark" "-r" smbcmp-bench-list--file
                                                   "-Y" "smb2.cmd == 5")))))
      (smbcmp-bench-row "filter the list, smb2.cmd == 5" seconds :peer "tshark -Y"
                        :theirs tshark :at-most 1.0)
      (smbcmp-bench-row "worst block of redisplay meanwhile" block :below 0.1))))

(smbcmp-bench-define "The packet list in an Emacs on a terminal" #'smbcmp-bench-list--table)

(provide 'bench-list)
;;; bench-list.el ends here
