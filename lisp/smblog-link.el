;;; smblog-link.el --- Tie a log's requests to frames  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Which frames of a capture are the requests of a Samba log, as Lisp
;; data.  When a link is certain is explained in module/link/link.h.  The capture's
;; worker gives the fields that are needed; the module does the rest.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smblog)

(declare-function smbcmp--module-release "smbcmp-module.so" (value))
(declare-function smblog--module-link "smbcmp-module.so" (log capture))
(declare-function smblog--module-link-add "smbcmp-module.so" (capture value))
(declare-function smblog--module-link-capture "smbcmp-module.so" ())
(declare-function smblog--module-link-ambiguous "smbcmp-module.so" (links frame))
(declare-function smblog--module-link-fields "smbcmp-module.so" ())
(declare-function smblog--module-link-nth "smbcmp-module.so" (links n))
(declare-function smblog--module-link-requests "smbcmp-module.so" (links frame))
(declare-function smblog--module-requests "smbcmp-module.so"
                  (log &optional from count mid))

(cl-defstruct (smblog-links (:constructor smblog-links--make) (:copier nil))
  "A log linked to a capture.  All slots are read-only."
  (log nil :documentation "The log, of `smblog-open'.")
  (capture nil :documentation "The capture, of `smbcmp-open'.")
  (native nil :documentation "The module's object.")
  (count 0 :documentation "Number of requests in the log.")
  (certain 0 :documentation "Number of certain links.")
  (ambiguous 0 :documentation "Number of ambiguous ones.")
  (offset nil :documentation "Seconds that the log's clock is ahead, or nil.")
  (frame-requests 0 :documentation "Number of requests in the capture.")
  (chosen nil :documentation "Alist of who made requests to what the user said is
their connection; set by `smblog-links-choose' alone."))

(defconst smblog-link--filter "smb2 || smb"
  "Display filter for the frames that links need to know.")

;;;; Linking

(defun smblog-link-ask (capture collected done progress)
  "Ask CAPTURE for what links need to know; the module's COLLECTED gets it.
DONE is called with nil at the end or with an error, (CONDITION . DATA);
PROGRESS with the number of frames looked at and that of all.
Return the request."
  (smbcmp-host-request
   capture "fields" (list :fields (smblog--module-link-fields)
                          :filter smblog-link--filter)
   (lambda (kind value)
     (pcase kind
       ('part (smblog--module-link-add collected value))
       ('result (smblog--module-link-add collected value)
                (smbcmp--module-release value)
                (funcall done nil))
       ('progress (funcall progress (nth 0 value) (nth 1 value)))
       ('error (funcall done (cons (car value) (cadr value))))))
   t))

(defun smblog-link-finish (log capture collected)
  "Link LOG to CAPTURE, of which COLLECTED is what links need to know."
  (pcase-let ((`(,native ,count ,certain ,ambiguous ,offset ,requests)
               (smblog--module-link log collected)))
    (smblog-links--make :log log :capture capture :native native :count count
                        :certain certain :ambiguous ambiguous :offset offset :frame-requests requests)))

(defun smblog-link--collect (capture)
  "Return what links need to know of CAPTURE, the module's; wait for it."
  (let* ((collected (smblog--module-link-capture))
         (last (smbcmp-capture-call-loaded
                capture "fields" (list :fields (smblog--module-link-fields)
                                       :filter smblog-link--filter)
                (lambda (part) (smblog--module-link-add collected part))
                t)))
    (unwind-protect (smblog--module-link-add collected last)
      (smbcmp--module-release last))
    collected))

(defun smblog-link-both (log capture)
  "Link LOG to CAPTURE; return an `smblog-links'.
LOG is of `smblog-open' and CAPTURE of `smbcmp-open', with the keys it
takes to decrypt it.  Signal what asking the capture signals."
  (smblog-await log)
  (smblog-link-finish log capture (smblog-link--collect capture)))

(defun smblog-link (log capture)
  "Return which frames of CAPTURE the requests of LOG are.
LOG is of `smblog-open', CAPTURE of `smbcmp-open', with the keys it
takes to decrypt it.  The value is a list with an element for each of
`smblog-requests', in order:

  (REQUEST STATE REQUEST-FRAME RESPONSE-FRAME)

REQUEST is the plist of `smblog-requests'.  STATE is `certain', `none'
\(then there are no frames) or `ambiguous' (then a fifth element is a
list of the request frames that it may be).  RESPONSE-FRAME is that of
the final response, nil if the capture has none.
Signal what asking the capture signals."
  (smblog-links-list (smblog-link-both log capture)))

;;;; What is linked

(defun smblog-links-list (links)
  "Return LINKS as `smblog-link' does."
  (cl-loop for request in (smblog-requests (smblog-links-log links))
           for number from 0 below (smblog-links-count links)
           collect (pcase (smblog-links-of-request links number)
                     ('nil (list request 'none nil nil))
                     (`(certain ,frame ,response . ,_)
                      (list request 'certain frame response))
                     (`(,_ ,_ ,_ ,_ ,frames) (list request 'ambiguous nil nil frames)))))

(defun smblog-links-of-request (links number)
  "Return the link of request NUMBER, from 0, of the log of LINKS.
It is nil, (certain REQUEST-FRAME RESPONSE-FRAME INDEX WIRE) or
\(ambiguous nil nil nil FRAMES).  INDEX is that of the PDU in its frame,
from 0; WIRE the seconds from request to response, nil if there is none."
  (smblog--module-link-nth (smblog-links-native links) number))

(defun smblog-links-of-frame (links frame)
  "Return the numbers of the log's requests that FRAME is of, by LINKS.
FRAME is that of a request or of its final response.  Only certain links
count."
  (smblog--module-link-requests (smblog-links-native links) frame))

(defun smblog-links-maybe-of-frame (links frame)
  "Return the numbers of the log's requests that FRAME may be of, by LINKS.
FRAME is that of a request, but which one is not known."
  (smblog--module-link-ambiguous (smblog-links-native links) frame))

;; Where the connection of a process is ambiguous, the user may choose it, once for
;; all of its requests.

(defun smblog-link--owner (request)
  "Return who made or served REQUEST, a plist: a pid of smbd's, or t, the client."
  (or (plist-get request :client) (plist-get request :pid)))

(defun smblog-link--connections (links frames)
  "Return the connections of FRAMES of the capture of LINKS, a list of strings."
  (mapcar #'car (smbcmp-rows (smblog-links-capture links) frames '("tcp.stream"))))

(defun smblog-links-choose (links request frame)
  "Note in LINKS that REQUEST, a plist, is on the connection of FRAME.
So are all of the same process, or of the client."
  (setf (alist-get (smblog-link--owner request) (smblog-links-chosen links))
        (car (smblog-link--connections links (list frame)))))

(defun smblog-links-chosen-frame (links request frames)
  "Return the one of FRAMES that REQUEST, a plist, is by what was chosen, or nil.
FRAMES are those that it may be, by LINKS."
  (let ((connection (cdr (assq (smblog-link--owner request) (smblog-links-chosen links)))))
    (when connection
      (let ((found (cl-loop for frame in frames
                            for other in (smblog-link--connections links frames)
                            when (equal connection other) collect frame)))
        (unless (cdr found) (car found))))))

(defun smblog-links-chosen-of-frame (links frame)
  "Return the numbers of requests that FRAME is of by what was chosen, by LINKS."
  (and (smblog-links-chosen links)
       (cl-remove-if-not
        (lambda (number)
          (eql frame (smblog-links-chosen-frame
                      links (smblog-links-request links number)
                      (nth 4 (smblog-links-of-request links number)))))
        (smblog-links-maybe-of-frame links frame))))

(defun smblog-links-known-of-frame (links frame)
  "Return the numbers of requests that FRAME is of by LINKS, certain or chosen."
  (or (smblog-links-of-frame links frame)
      (smblog-links-chosen-of-frame links frame)))

(defun smblog-links-request (links number)
  "Return request NUMBER, from 0, of the log of LINKS, as `smblog-requests' does."
  (car (smblog--module-requests (smblog-links-log links) number 1)))

(defun smblog-links-number (links request)
  "Return the number of REQUEST, a plist, in the log of LINKS, or nil.
Requests are in the order they begin."
  (let ((low 0) (high (smblog-links-count links)) (begin (plist-get request :begin)))
    (while (< low high)
      (let ((middle (/ (+ low high) 2)))
        (if (< (plist-get (smblog-links-request links middle) :begin) begin)
            (setq low (1+ middle))
          (setq high middle))))
    (and (eql begin (plist-get (smblog-links-request links low) :begin))
         low)))

(defun smblog-link--seconds (seconds)
  "Return SECONDS, a number, as people say it: \"3 h 7 s\"."
  (let ((left (round (abs seconds))) parts)
    (pcase-dolist (`(,unit . ,name) '((86400 . "d") (3600 . "h") (60 . "min") (1 . "s")))
      (when (>= left unit)
        (push (format "%d %s" (/ left unit) name) parts)
        (setq left (% left unit))))
    (if parts (mapconcat #'identity (nreverse parts) " ")
      (format "%.1f s" (abs seconds)))))

(defun smblog-links-summary (links)
  "Return a line that says how much of LINKS' log is linked."
  (let* ((total (smblog-links-count links))
         (certain (smblog-links-certain links))
         (ambiguous (smblog-links-ambiguous links))
         (offset (smblog-links-offset links)))
    (concat
     (format "%d of %d requests linked" certain total)
     (if (zerop ambiguous) "" (format ", %d ambiguous" ambiguous))
     (let ((none (- total certain ambiguous)))
       (if (zerop none) "" (format ", %d not in the capture" none)))
     (let ((missing (- (smblog-links-frame-requests links) certain ambiguous)))
       (if (<= missing 0) "" (format "; %d requests of the capture are not in the log"
                                     missing)))
     (cond ((or (null offset) (<= (abs offset) 0.5)) "")
           ((< offset (- smblog-boot-limit))
            (format-time-string "; the log's times are since %F %T" (- offset)))
           (t (format "; the log's clock is %s %s" (smblog-link--seconds offset)
                      (if (> offset 0) "ahead" "behind")))))))

(provide 'smblog-link)
;;; smblog-link.el ends here
