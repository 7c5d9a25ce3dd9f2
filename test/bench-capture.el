;;; bench-capture.el --- Captures as data, beside tshark and sharkd  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; What programs and commands ask of a capture: its first pass, frames'
;; trees, filters; and what the worker's memory is.  tshark reads the whole
;; capture for each question, as the Python smbcmp has it do; sharkd keeps
;; it, as we do, and answers in JSON, which Emacs has to parse.

;;; Code:

(require 'bench)

(defconst smbcmp-bench-capture--file (smbcmp-bench-file "capture.pcapng"))

;;;; sharkd

(defun smbcmp-bench-capture--sharkd ()
  "Start a sharkd that talks on stdin and stdout."
  (let ((process-adaptive-read-buffering nil))
    (make-process :name "sharkd" :command '("sharkd" "-") :connection-type 'pipe
                  :coding 'binary :noquery t :buffer (generate-new-buffer "sharkd")
                  :stderr (get-buffer-create "sharkd's stderr"))))

(defun smbcmp-bench-capture--ask (sharkd method params)
  "Ask SHARKD for METHOD with PARAMS, both JSON; return its reply as Lisp data."
  (let ((read-process-output-max (* 1024 1024)))
    (with-current-buffer (process-buffer sharkd)
      (erase-buffer)
      (set-buffer-multibyte nil)
      (process-send-string
       sharkd (format "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}\n"
                      method params))
      (while (not (eq (char-before (point-max)) ?\n))
        (accept-process-output sharkd 10 nil t))
      (goto-char (point-min))
      (json-parse-buffer :object-type 'alist :array-type 'list))))

(defun smbcmp-bench-capture--load (sharkd)
  "Have SHARKD load the capture."
  (smbcmp-bench-capture--ask sharkd "load"
                             (format "{\"file\":%S}" smbcmp-bench-capture--file)))

;;;; The table

(defun smbcmp-bench-capture--versions (capture)
  "Print what is measured: CAPTURE, and who takes part."
  (smbcmp-bench-print "%d frames, %s; smbcmp %s, Emacs %s, tshark %s, sharkd %s"
                      (smbcmp-frame-count capture)
                      (smbcmp-bench-number (smbcmp-capture-size capture) 'MB)
                      smbcmp-version emacs-version
                      (smbcmp-bench-version "tshark" "--version")
                      (smbcmp-bench-version "sharkd" "--version")))

(defun smbcmp-bench-capture--pass (sharkd)
  "Measure the first pass; SHARKD is left with the capture loaded."
  (pcase-let ((`(,ours ,tshark ,theirs)
               (smbcmp-bench-medians
                smbcmp-bench-runs
                (lambda ()
                  (let (capture)
                    (prog1 (smbcmp-bench-time
                            (setq capture (smbcmp-open smbcmp-bench-capture--file)))
                      (smbcmp-close capture))))
                (lambda () (smbcmp-bench-process "tshark" "-r" smbcmp-bench-capture--file))
                (lambda () (smbcmp-bench-time (smbcmp-bench-capture--load sharkd))))))
    (smbcmp-bench-row "open, first pass" ours :peer "tshark -r" :theirs tshark :at-most 0.5)
    (smbcmp-bench-row "" ours :peer "sharkd load" :theirs theirs)))

(defun smbcmp-bench-capture--frames (capture sharkd)
  "Measure frames' trees of CAPTURE, ours and SHARKD's."
  (let* ((frames (smbcmp-bench-sample (smbcmp-frame-count capture) 400))
         (ours nil) (theirs nil)
         (tshark (smbcmp-bench-median
                  (mapcar (lambda (frame)
                            (smbcmp-bench-process
                             "tshark" "-r" smbcmp-bench-capture--file
                             "-Y" (format "frame.number==%d" frame) "-T" "pdml"))
                          (smbcmp-bench-sample (smbcmp-frame-count capture) 3)))))
    (dolist (frame frames)
      (let ((params (format "{\"frame\":%d,\"proto\":true}" frame))
            (start (float-time)))
        (smbcmp-frame-tree capture frame)
        (push (- (float-time) start) ours)
        (setq start (float-time))
        (smbcmp-bench-capture--ask sharkd "frame" params)
        (push (- (float-time) start) theirs)))
    (let ((median (smbcmp-bench-median ours)))
      (smbcmp-bench-row "a frame's tree as Lisp data" median :below 0.001)
      (smbcmp-bench-row "" median :at-least 2000
                        :peer "tshark -Y frame.number" :theirs tshark)
      (smbcmp-bench-row "" median :at-most 1.0 :peer "sharkd frame, JSON parsed"
                        :theirs (smbcmp-bench-median theirs)))
    (smbcmp-bench-row "the slowest of 400 such frames" (apply #'max ours)
                      :peer "sharkd frame, JSON parsed" :theirs (apply #'max theirs))))

(defun smbcmp-bench-capture--filters (capture)
  "Measure display filters over all of CAPTURE."
  (dolist (filter '("smb2.cmd == 5" "smb2.nt_status != 0" "tcp.len > 1000"
                    "smb2.filename contains \"missing\""))
    (pcase-let ((`(,ours ,theirs)
                 (smbcmp-bench-medians
                  3
                  (lambda () (smbcmp-bench-time (smbcmp-frames capture filter)))
                  (lambda () (smbcmp-bench-process "tshark" "-r" smbcmp-bench-capture--file
                                                   "-Y" filter)))))
      (smbcmp-bench-row (concat "filter " filter) ours :peer "tshark -Y" :theirs theirs
                        :at-most 1.0))))

(defun smbcmp-bench-capture--table ()
  "Print the table."
  (let ((sharkd (smbcmp-bench-capture--sharkd))
        (capture (smbcmp-open smbcmp-bench-capture--file)))
    (smbcmp-bench-capture--load sharkd)
    (smbcmp-bench-capture--versions capture)
    (pcase-let ((`(,ours . ,our-peak)
                 (smbcmp-bench-memory (smbcmp-worker-pid capture)))
                (`(,theirs . ,their-peak) (smbcmp-bench-memory (process-id sharkd))))
      (smbcmp-bench-row "worker's resident memory, loaded" ours :unit 'MB :peer "sharkd"
                        :theirs theirs :at-most 1.1)
      (smbcmp-bench-row "at most" our-peak :unit 'MB :peer "sharkd" :theirs their-peak
                        :at-most 1.1))
    (smbcmp-bench-capture--frames capture sharkd)
    (smbcmp-bench-capture--filters capture)
    (smbcmp-close capture)
    (smbcmp-bench-capture--pass sharkd)
    (delete-process sharkd)))

(smbcmp-bench-define "Captures" #'smbcmp-bench-capture--table)

(provide 'bench-capture)
;;; bench-capture.el ends here
