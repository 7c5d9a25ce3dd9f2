;;; smbcmp-latency.el --- Response times of a capture  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; How long servers took to answer, as Lisp data.  Which responses count,
;; and as what, libwireshark's own statistics say: those of tshark's
;; options "-z smb2,srt" and "-z smb,srt".  smbcmp-latency-view.el shows
;; them.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'smbcmp-capture)

;;;; Samples

(cl-defstruct (smbcmp-sample (:constructor smbcmp-sample-make) (:copier nil))
  "One response, and how long it took."
  (frame nil :documentation "Number of the response's frame.")
  (index nil :documentation "Number of the response in its frame, from 0.")
  (protocol nil :documentation "As libwireshark calls it, \"SMB2\".")
  (command nil :documentation "Likewise, \"Create\".")
  (client nil :documentation "Who got it: address, colon, port.")
  (duration nil :documentation "Nanoseconds since the request.")
  (time nil :documentation "Nanoseconds since 1970, of the response."))

(defconst smbcmp-latency-garbage (* 64 1024 1024)
  "Bytes that are made at once without collecting garbage in between.")

(defvar smbcmp-latency--names (make-hash-table :test 'equal)
  "From \"PROTOCOL\\nCOMMAND\" to (PROTOCOL COMMAND), each the same string always.")

(defun smbcmp-latency--name (name)
  "Return (PROTOCOL COMMAND) for NAME, as a worker has it."
  (or (gethash name smbcmp-latency--names)
      (puthash name (split-string name "\n") smbcmp-latency--names)))

(defvar smbcmp-latency--clients (make-hash-table :test 'equal :weakness 'key)
  "Clients of samples, each the same string always.")

(defun smbcmp-latency--client (client)
  "Return the one string that is CLIENT."
  (or (gethash client smbcmp-latency--clients)
      (puthash client client smbcmp-latency--clients)))

(defun smbcmp-latency-samples-of (value)
  "Return the samples that VALUE, a part of a worker's reply, holds.
Commands of one protocol that are the same are the same string; so are clients."
  (pcase-let* ((gc-cons-threshold (max gc-cons-threshold smbcmp-latency-garbage))
               (`(,samples ,names ,clients) value)
               (names (vconcat (mapcar #'smbcmp-latency--name names)))
               (clients (vconcat (mapcar #'smbcmp-latency--client clients))))
    (cl-loop for i from 0 below (length samples) by 6
             for name = (aref names (aref samples (+ i 2)))
             collect (smbcmp-sample-make
                      :frame (aref samples i) :index (aref samples (+ i 1))
                      :protocol (car name) :command (cadr name)
                      :client (aref clients (aref samples (+ i 3)))
                      :duration (aref samples (+ i 4)) :time (aref samples (+ i 5))))))

(defvar smbcmp-latency--known (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP . SAMPLES), those without a filter.")

(defun smbcmp-latency-known (capture)
  "Return (SAMPLES) if the samples of CAPTURE are known, nil if not."
  (pcase (gethash capture smbcmp-latency--known)
    (`(,(pred (equal (smbcmp-handle-stamp capture))) . ,samples) (list samples))))

(defun smbcmp-latency-remember (capture samples)
  "Note that SAMPLES, a vector, are those of CAPTURE; return them."
  (puthash capture (cons (smbcmp-handle-stamp capture) samples) smbcmp-latency--known)
  samples)

(defun smbcmp-latency-samples (capture &optional filter)
  "Return the samples of CAPTURE, a vector in the order of responses.
With FILTER, a display filter, only those whose responses it selects.
Signal the errors that `smbcmp-frames' signals."
  (cond (filter (smbcmp-latency--ask capture filter))
        ((smbcmp-latency-known capture) (car (smbcmp-latency-known capture)))
        (t (smbcmp-latency-remember capture (smbcmp-latency--ask capture nil)))))

(defun smbcmp-latency--ask (capture filter)
  "Ask CAPTURE for its samples, with FILTER for those that it selects."
  (let* (parts
         (last (smbcmp-capture-call-loaded
                capture "srt" (list :filter filter)
                (lambda (part) (push (smbcmp-latency-samples-of part) parts)))))
    (apply #'vconcat (nreverse (cons (smbcmp-latency-samples-of last) parts)))))

;;;; Figures

(defun smbcmp-latency--rank (durations percent)
  "Return the element of DURATIONS, a sorted vector, at PERCENT.
It is the smallest that PERCENT of them do not exceed (the nearest rank)."
  (aref durations (max 0 (1- (ceiling (* percent (length durations)) 100)))))

(defun smbcmp-latency-figures (samples)
  "Return what there is to say of SAMPLES, a sequence, at least one, as a plist.
That is (:count :min :max :sum :mean :p50 :p95 :p99), times in seconds."
  (let* ((gc-cons-threshold (max gc-cons-threshold smbcmp-latency-garbage))
         (durations (vconcat (sort (mapcar #'smbcmp-sample-duration samples) #'<)))
         (count (length durations))
         (sum (apply #'+ (append durations nil))))
    (cl-flet ((seconds (nanoseconds) (/ nanoseconds 1e9)))
      (list :count count
            :min (seconds (aref durations 0))
            :max (seconds (aref durations (1- count)))
            :sum (seconds sum)
            :mean (/ sum count 1e9)
            :p50 (seconds (smbcmp-latency--rank durations 50))
            :p95 (seconds (smbcmp-latency--rank durations 95))
            :p99 (seconds (smbcmp-latency--rank durations 99))))))

(defun smbcmp-latency-slowest (samples limit)
  "Return the LIMIT slowest of SAMPLES, a sequence, in their order."
  (if (<= (length samples) limit) samples
    (let* ((durations (sort (mapcar #'smbcmp-sample-duration samples) #'>))
           (least (nth limit durations))
           ;; Of those that took as long as the next one, some.
           (left (- limit (cl-loop for duration in durations while (> duration least) count t))))
      (seq-filter (lambda (sample)
                    (or (> (smbcmp-sample-duration sample) least)
                        (and (= (smbcmp-sample-duration sample) least)
                             (>= (cl-decf left) 0))))
                  samples))))

(defun smbcmp-latency-group (samples key &optional test)
  "Return SAMPLES, a sequence, in groups, an alist (KEY . SAMPLES), lists.
KEY is a function that returns what a sample belongs to, a value for
TEST, `equal' by default, or nil to leave it out.  The first group is
that of the first sample; samples keep their order."
  (let ((table (make-hash-table :test (or test 'equal))) (groups nil))
    (mapc (lambda (sample)
            (when-let* ((value (funcall key sample)))
              (let ((group (gethash value table)))
                (if group (push sample (cdr group))
                  (push (puthash value (list value sample) table) groups)))))
          samples)
    (mapcar (pcase-lambda (`(,value . ,some)) (cons value (nreverse some)))
            (nreverse groups))))

;;;###autoload
(defun smbcmp-latencies (capture &optional filter)
  "Return how long the server took for each command in CAPTURE.
With FILTER, a display filter, only responses that it selects count, as
with tshark's \"-z smb2,srt,FILTER\".  The value is a list of plists,
what took most in sum first:

 :protocol :command   As libwireshark's statistics call them, \"SMB2\" and
                      \"Create\".
 :count               Number of responses, without those interim ones
                      that say STATUS_PENDING.
 :min :max :sum :mean Seconds from request to response.
 :p50 :p95 :p99       The smallest time that so many percent of all do
                      not exceed, one of those measured.

Signal the errors that `smbcmp-frames' signals."
  (let ((gc-cons-threshold (max gc-cons-threshold smbcmp-latency-garbage)))
    ;; A command's string tells its protocol, too.
    (sort (mapcar (pcase-lambda (`(,command . ,samples))
                    (cl-list* :protocol (smbcmp-sample-protocol (car samples))
                              :command command
                              (smbcmp-latency-figures samples)))
                  (smbcmp-latency-group (smbcmp-latency-samples capture filter)
                                        #'smbcmp-sample-command 'eq))
          (lambda (a b) (> (plist-get a :sum) (plist-get b :sum))))))

(provide 'smbcmp-latency)
;;; smbcmp-latency.el ends here
