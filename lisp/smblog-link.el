;;; smblog-link.el --- Tie a log's requests to frames  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Which frames of a capture are the requests of a Samba log, as Lisp
;; data.  How that is told for certain is in module/link.h.  The capture's
;; worker gives the fields that are needed; the module does the rest.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-capture)
(require 'smblog)

(declare-function smbcmp--module-release "smbcmp-module.so" (value))
(declare-function smblog--module-link "smbcmp-module.so" (log capture))
(declare-function smblog--module-link-add "smbcmp-module.so" (capture value))
(declare-function smblog--module-link-capture "smbcmp-module.so" ())
(declare-function smblog--module-link-fields "smbcmp-module.so" ())

(cl-defstruct (smblog-links (:constructor smblog-links--make) (:copier nil))
  "A log linked to a capture.  All slots are read-only."
  (log nil :documentation "The log, of `smblog-open'.")
  (capture nil :documentation "The capture, of `smbcmp-open'.")
  (vector nil :documentation "By number of the log's request: nil,
\(certain REQUEST-FRAME RESPONSE-FRAME INDEX), INDEX being the PDU's in
its frame from 0, or (ambiguous nil nil nil FRAMES).")
  (certain 0 :documentation "Number of certain links.")
  (ambiguous 0 :documentation "Number of ambiguous ones.")
  (offset nil :documentation "Seconds that the log's clock is ahead, or nil.")
  (frame-requests 0 :documentation "Number of requests in the capture.")
  (requests nil :documentation "The log's requests, a vector, once asked for.")
  (by-frame nil :documentation "Hash table of frames to numbers of requests."))

(defconst smblog-link--filter "smb2 || smb"
  "Display filter for the frames that links need to know.")

;;;; Linking

(defun smblog-link--ask (capture collected done)
  "Ask CAPTURE for what links need to know; the module's COLLECTED gets it.
DONE is called with nil at the end or with an error, (CONDITION . DATA).
Return the request."
  (smbcmp--request
   capture "fields" (list :fields (smblog--module-link-fields)
                          :filter smblog-link--filter)
   (lambda (kind value)
     (pcase kind
       ('part (smblog--module-link-add collected value))
       ('result (smblog--module-link-add collected value)
                (smbcmp--module-release value)
                (funcall done nil))
       ('error (funcall done (cons (car value) (cadr value))))))
   t))

(defun smblog-link--finish (log capture collected)
  "Link LOG to CAPTURE, of which COLLECTED is what links need to know."
  (pcase-let ((`(,vector ,certain ,ambiguous ,offset ,requests)
               (smblog--module-link log collected)))
    (smblog-links--make :log log :capture capture :vector vector :certain certain
                        :ambiguous ambiguous :offset offset :frame-requests requests)))

(defun smblog-link-both (log capture)
  "Link LOG to CAPTURE; return an `smblog-links'.
LOG is of `smblog-open' and CAPTURE of `smbcmp-open', with the keys it
takes to decrypt it.  Signal what asking the capture signals."
  (smblog--complete log)
  (let* ((collected (smblog--module-link-capture))
         (last (smbcmp--call-loaded
                capture "fields" (list :fields (smblog--module-link-fields)
                                       :filter smblog-link--filter)
                (lambda (part) (smblog--module-link-add collected part))
                t)))
    (unwind-protect (smblog--module-link-add collected last)
      (smbcmp--module-release last))
    (smblog-link--finish log capture collected)))

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

(defun smblog-links--request-vector (links)
  "Return the requests of the log of LINKS as a vector."
  (or (smblog-links-requests links)
      (setf (smblog-links-requests links)
            (vconcat (smblog-requests (smblog-links-log links))))))

(defun smblog-links-list (links)
  "Return LINKS as `smblog-link' does."
  (cl-loop for link across (smblog-links-vector links)
           for request across (smblog-links--request-vector links)
           collect (pcase link
                     ('nil (list request 'none nil nil))
                     (`(certain ,frame ,response . ,_)
                      (list request 'certain frame response))
                     (`(,_ ,_ ,_ ,_ ,frames) (list request 'ambiguous nil nil frames)))))

(defun smblog-links-of-request (links number)
  "Return the link of request NUMBER of the log of LINKS, as in their vector."
  (and (< -1 number (length (smblog-links-vector links)))
       (aref (smblog-links-vector links) number)))

(defun smblog-links-of-frame (links frame)
  "Return the numbers of the log's requests that FRAME is of, by LINKS.
FRAME is that of a request or of its final response.  Only certain links
count."
  (unless (smblog-links-by-frame links)
    (let ((table (make-hash-table)))
      (cl-loop for link across (smblog-links-vector links)
               for number from 0
               do (when (eq (car link) 'certain)
                    (dolist (frame (delete-dups (delq nil (list (nth 1 link) (nth 2 link)))))
                      (push number (gethash frame table)))))
      (maphash (lambda (frame numbers) (puthash frame (nreverse numbers) table)) table)
      (setf (smblog-links-by-frame links) table)))
  (gethash frame (smblog-links-by-frame links)))

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
  (let* ((total (length (smblog-links-vector links)))
         (certain (smblog-links-certain links))
         (ambiguous (smblog-links-ambiguous links))
         (offset (smblog-links-offset links)))
    (concat
     (format "%d of %d requests linked" certain total)
     (if (zerop ambiguous) "" (format ", %d ambiguous" ambiguous))
     (let ((none (- total certain ambiguous)))
       (if (zerop none) "" (format ", %d not in the capture" none)))
     (let ((missing (- (smblog-links-frame-requests links) certain)))
       (if (<= missing 0) "" (format "; %d requests of the capture are not in the log"
                                     missing)))
     (if (and offset (> (abs offset) 0.5))
         (format "; the log's clock is %s %s" (smblog-link--seconds offset)
                 (if (> offset 0) "ahead" "behind"))
       ""))))

(provide 'smblog-link)
;;; smblog-link.el ends here
