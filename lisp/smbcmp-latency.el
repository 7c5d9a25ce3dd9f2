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
(require 'smbcmp-capture)
(require 'smbcmp-cells)

;;;; Samples

;; There may be a hundred thousand, and they are kept: as cells, as they
;; would all be looked at otherwise whenever garbage is collected.

(eval-and-compile
  (defconst smbcmp-sample-slots '(frame index command client duration time)
    "What samples, cells, have of each response, one after the other:

 frame     Number of the response's frame.
 index     Number of the response in its frame, from 0.
 command   (PROTOCOL COMMAND), as libwireshark calls them, \"SMB2\" and \"Create\".
 client    Who got it: address, colon, port; nil of waits that are nobody's.
 duration  Nanoseconds since the request.
 time      Nanoseconds since 1970, of the response.

Commands and clients are there as numbers of objects: those that are the
same are the same object.  A sample is what is AT a place of such cells;
alone, it has some of its own."))

(defconst smbcmp-sample-size (length smbcmp-sample-slots)
  "How many cells a sample takes.")

(defmacro smbcmp-latency--define-slots ()
  "Define functions that return what a sample has in each slot."
  `(progn
     ,@(cl-loop for slot in smbcmp-sample-slots for i from 0
                for value = `(smbcmp-cells-ref samples (+ (or at 0) ,i))
                collect `(defsubst ,(intern (format "smbcmp-sample-%s" slot))
                           (samples &optional at)
                           ,(format "Return the %s of the sample AT, in SAMPLES." slot)
                           ,(if (memq slot '(command client))
                                `(let ((number ,value))
                                   (and number (smbcmp-cells-object samples number)))
                              value)))))

(smbcmp-latency--define-slots)

(defun smbcmp-sample-add (samples frame index command client duration time)
  "Add a sample to SAMPLES; return its place.
What FRAME, INDEX, COMMAND, CLIENT, DURATION and TIME are,
`smbcmp-sample-slots' says."
  (smbcmp-cells-add samples (vector frame index (smbcmp-cells-share samples command)
                                    (and client (smbcmp-cells-share samples client))
                                    duration time)))

(defun smbcmp-sample-at (samples at)
  "Return the sample AT, in SAMPLES, alone."
  (smbcmp-cells-pick samples (vector at) smbcmp-sample-size))

(defun smbcmp-sample-key (samples at)
  "Return what tells the response of the sample AT, in SAMPLES: (FRAME . INDEX)."
  (cons (smbcmp-sample-frame samples at) (smbcmp-sample-index samples at)))

(defun smbcmp-latency-end (samples)
  "Return the place after the last one of SAMPLES; nil is none."
  (if samples (smbcmp-cells-length samples) 0))

(defun smbcmp-latency-count (samples)
  "Return how many SAMPLES are."
  (/ (smbcmp-latency-end samples) smbcmp-sample-size))

(defmacro smbcmp-latency-do (place &rest body)
  "Do BODY with VAR being where each sample is, for PLACE, (VAR SAMPLES FROM TO).
FROM and TO, from the first to the last one by default, are such places, too."
  (declare (indent 1) (debug ((symbolp form &optional form form) body)))
  (let ((end (gensym "end")))
    `(let ((,(car place) ,(or (nth 2 place) 0))
           (,end ,(or (nth 3 place) `(smbcmp-latency-end ,(nth 1 place)))))
       (while (< ,(car place) ,end)
         ,@body
         (setq ,(car place) (+ ,(car place) smbcmp-sample-size))))))

(defun smbcmp-latency-apart (samples)
  "Return SAMPLES, each alone, a list."
  (let (apart)
    (smbcmp-latency-do (at samples) (push (smbcmp-sample-at samples at) apart))
    (nreverse apart)))

(defun smbcmp-latency-slot (samples slot)
  "Return what SAMPLES have in SLOT, a vector in their order.
SLOT is one of `smbcmp-sample-slots' that has numbers."
  (if (null samples) []
    (smbcmp-cells-copy samples (cl-position slot smbcmp-sample-slots)
                       (smbcmp-latency-count samples) smbcmp-sample-size)))

(defun smbcmp-latency-durations (samples)
  "Return the durations of SAMPLES, a vector in their order."
  (smbcmp-latency-slot samples 'duration))

(defun smbcmp-latency-pick (samples places)
  "Return those of SAMPLES that are at PLACES, a list in their order."
  (if (= (length places) (smbcmp-latency-count samples)) samples
    (smbcmp-cells-pick samples (vconcat places) smbcmp-sample-size)))

(defconst smbcmp-latency--at-once 1024
  "How many samples are looked at without a look at the clock.")

(defun smbcmp-latency-each (samples function)
  "Return a step that calls FUNCTION with where each of some samples is.
SAMPLES is a function that returns them when the step begins."
  (let (all (from 0))
    (lambda ()
      (unless all (setq all (funcall samples)))
      (let ((to (min (smbcmp-latency-end all)
                     (+ from (* smbcmp-sample-size smbcmp-latency--at-once)))))
        (smbcmp-latency-do (at all from to) (funcall function at))
        (setq from to)
        (< to (smbcmp-latency-end all))))))

(defun smbcmp-latency-filter (samples predicate)
  "Return those of SAMPLES for which PREDICATE, called with them and AT, is true."
  (let (places)
    (smbcmp-latency-do (at samples)
      (when (funcall predicate samples at) (push at places)))
    (smbcmp-latency-pick samples (nreverse places))))

(defun smbcmp-latency-add (samples value)
  "Add the samples that VALUE, a part of a worker's reply, holds to SAMPLES."
  (pcase-let* ((`(,some ,names ,clients) value)
               (some (copy-sequence some)))
    (cl-flet ((numbers (objects)
                (vconcat (mapcar (lambda (object) (smbcmp-cells-share samples object)) objects))))
      ;; The worker has numbers of its own names and clients.
      (let ((names (numbers (mapcar (lambda (name) (split-string name "\n")) names)))
            (clients (numbers clients)))
        (cl-loop for at from 0 below (length some) by smbcmp-sample-size
                 do (aset some (+ at 2) (aref names (aref some (+ at 2))))
                 do (aset some (+ at 3) (aref clients (aref some (+ at 3)))))))
    (smbcmp-cells-add samples some)))

(defvar smbcmp-latency--known (make-hash-table :test 'eq :weakness 'key)
  "From captures to (STAMP . SAMPLES), those without a filter.")

(defun smbcmp-latency-known (capture)
  "Return (SAMPLES) if the samples of CAPTURE are known, nil if not."
  (pcase (gethash capture smbcmp-latency--known)
    (`(,(pred (equal (smbcmp-handle-stamp capture))) . ,samples) (list samples))))

(defun smbcmp-latency-remember (capture samples)
  "Note that SAMPLES are those of CAPTURE; return them."
  (puthash capture (cons (smbcmp-handle-stamp capture) samples) smbcmp-latency--known)
  samples)

(defun smbcmp-latency-samples (capture &optional filter)
  "Return the samples of CAPTURE, in the order of responses.
With FILTER, a display filter, only those whose responses it selects.
Signal the errors that `smbcmp-frames' signals."
  (cond (filter (smbcmp-latency--ask capture filter))
        ((smbcmp-latency-known capture) (car (smbcmp-latency-known capture)))
        (t (smbcmp-latency-remember capture (smbcmp-latency--ask capture nil)))))

(defun smbcmp-latency--ask (capture filter)
  "Ask CAPTURE for its samples, with FILTER for those that it selects."
  (let ((samples (smbcmp-cells-make)))
    (smbcmp-latency-add samples
                        (smbcmp-capture-call-loaded
                         capture "srt" (list :filter filter)
                         (lambda (part) (smbcmp-latency-add samples part))))
    samples))

;;;; Figures

(defun smbcmp-latency--rank (durations percent)
  "Return the element of DURATIONS, a sorted vector, at PERCENT.
It is the smallest that PERCENT of them do not exceed (the nearest rank)."
  (aref durations (max 0 (1- (ceiling (* percent (length durations)) 100)))))

(defun smbcmp-latency-sorted (samples)
  "Return the durations of SAMPLES, a vector, the longest last."
  (sort (smbcmp-latency-durations samples) #'<))

(defun smbcmp-latency-sorting (samples done)
  "Return steps that call DONE with what `smbcmp-latency-sorted' says of SAMPLES.
Of a hundred thousand that would take too long in one go."
  (let (short long)
    (list (lambda ()
            (let ((halves (smbcmp-latency--halves (smbcmp-latency-durations samples))))
              (setq short (car halves) long (cdr halves)))
            nil)
          (lambda () (ignore (setq short (sort short #'<))))
          (lambda () (ignore (setq long (sort long #'<))))
          (lambda () (ignore (funcall done (vconcat short long)))))))

(defun smbcmp-latency--halves (durations)
  "Return (SHORT . LONG), vectors: about a half each of DURATIONS, a vector."
  (let* ((some (sort (cl-loop for i from 0 below (length durations) by 64
                              collect (aref durations i))
                     #'<))
         (middle (nth (/ (length some) 2) some))
         short long)
    (cl-loop for duration across durations
             do (if (< duration middle) (push duration short) (push duration long)))
    (cons (vconcat short) (vconcat long))))

(defun smbcmp-latency-figures (durations)
  "Return what there is to say of DURATIONS, sorted, at least one, as a plist.
That is (:count :min :max :sum :mean :p50 :p95 :p99), times in seconds."
  (let* ((count (length durations))
         (sum (cl-loop for duration across durations sum duration)))
    (cl-flet ((seconds (nanoseconds) (/ nanoseconds 1e9)))
      (list :count count
            :min (seconds (aref durations 0))
            :max (seconds (aref durations (1- count)))
            :sum (seconds sum)
            :mean (/ sum count 1e9)
            :p50 (seconds (smbcmp-latency--rank durations 50))
            :p95 (seconds (smbcmp-latency--rank durations 95))
            :p99 (seconds (smbcmp-latency--rank durations 99))))))

(defun smbcmp-latency-slowest (samples limit durations)
  "Return the LIMIT slowest of SAMPLES, in their order.
DURATIONS are theirs, sorted."
  (if (<= (length durations) limit) samples
    (let* ((next (- (length durations) limit 1))
           (least (aref durations next))
           ;; Of those that took as long as the next one, some.
           (left (cl-loop for i from (1+ next) below (length durations)
                          while (= (aref durations i) least) count t)))
      (smbcmp-latency-pick
       samples
       (cl-loop for duration across (smbcmp-latency-durations samples)
                for at from 0 by smbcmp-sample-size
                when (or (> duration least) (and (= duration least) (>= (cl-decf left) 0)))
                collect at)))))

(defun smbcmp-latency-group (things key)
  "Return THINGS, a list, in groups, an alist (KEY . THINGS).
KEY is a function that returns what a thing belongs to, or nil to leave it
out.  The first group is that of the first thing; things keep their order."
  (let ((groups (smbcmp-latency-groups)))
    (dolist (thing things) (smbcmp-latency-group-add groups (funcall key thing) thing))
    (smbcmp-latency-grouped groups)))

(defun smbcmp-latency-groups (&optional test)
  "Return groups that have nothing in them, for `smbcmp-latency-group-add'.
TEST tells whether values are the same, `equal' by default."
  (list (make-hash-table :test (or test 'equal))))

(defun smbcmp-latency-group-add (groups value thing)
  "Add THING to that of GROUPS which is VALUE's; to none if that is nil."
  (when value
    (let ((group (gethash value (car groups))))
      (if group (push thing (cdr group))
        (push (puthash value (list value thing) (car groups)) (cdr groups))))))

(defun smbcmp-latency-grouped (groups)
  "Return GROUPS, all added, as `smbcmp-latency-group' does.  They are used up."
  (mapcar (pcase-lambda (`(,value . ,some)) (cons value (nreverse some)))
          (nreverse (cdr groups))))

(defun smbcmp-latency-by-command (samples)
  "Return SAMPLES in groups by their commands, an alist (COMMAND . SAMPLES)."
  (let ((groups (smbcmp-latency-groups 'eq)))
    (smbcmp-latency-do (at samples)
      (smbcmp-latency-group-add groups (smbcmp-sample-command samples at) at))
    (mapcar (pcase-lambda (`(,command . ,places))
              (cons command (smbcmp-latency-pick samples places)))
            (smbcmp-latency-grouped groups))))

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
  (sort (mapcar (pcase-lambda (`((,protocol ,command) . ,samples))
                  (cl-list* :protocol protocol :command command
                            (smbcmp-latency-figures (smbcmp-latency-sorted samples))))
                (smbcmp-latency-by-command (smbcmp-latency-samples capture filter)))
        (lambda (a b) (> (plist-get a :sum) (plist-get b :sum)))))

(provide 'smbcmp-latency)
;;; smbcmp-latency.el ends here
