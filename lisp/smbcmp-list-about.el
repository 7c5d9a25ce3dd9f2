;;; smbcmp-list-about.el --- What the frame at point is about  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The exchange, the file, the session and the connection that the frame at
;; point is of: the packet list filtered by each of them, and from request to
;; response and back.  Which fields tell is a table; which frame answers which
;; is libwireshark's to say.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'smbcmp-capture)
(require 'smbcmp-list-cell)
(require 'smbcmp-list-filter)
(require 'smbcmp-list-move)

(defvar smbcmp-detail-frame)
(defvar smbcmp-list-capture)

(defconst smbcmp-list-about--fields
  '((exchange (smb2.msg_id tcp.stream) (smb.mid smb.pid tcp.stream) (dns.id udp.stream))
    (handle (smb2.fid) (smb.fid tcp.stream))
    (path (smb2.filename) (smb.file))
    (session (smb2.sesid tcp.stream) (smb.uid tcp.stream))
    (connection (tcp.stream) (udp.stream)))
  "What a frame is about: (KIND FIELDS...).
FIELDS are those that together select frames of the same; the first
ones count that the frame has all of.")

(defun smbcmp-list-about--with (function)
  "Call FUNCTION in the packet list with the frame at point."
  (let ((frame (and smbcmp-list-filter-list (bound-and-true-p smbcmp-detail-frame))))
    (with-current-buffer (or smbcmp-list-filter-list (current-buffer))
      (funcall function (or frame (smbcmp-list-need-frame))))))

(defun smbcmp-list-about--tree (frame)
  "Return the tree of FRAME of this packet list."
  (smbcmp-with-user-errors (smbcmp-frame-tree smbcmp-list-capture frame)))

(defun smbcmp-list-about--literal (node)
  "Return the value of NODE, a field, as a filter has it, or nil."
  (let ((value (dom-attr node 'value)))
    (cond ((integerp value) (number-to-string value))
          ((eq 'guid (dom-attr node 'type)) value)
          (value (format "\"%s\"" (replace-regexp-in-string "[\"\\\\]" "\\\\\\&" value))))))

(defun smbcmp-list-about--term (tree field)
  "Return the filter for what TREE has in FIELD, a symbol, or nil for nothing.
A compound is about several."
  (let ((values (delete-dups (delq nil (mapcar #'smbcmp-list-about--literal
                                               (dom-by-tag tree field))))))
    (and values
         (mapconcat (lambda (value) (format "%s == %s" field value)) values " || "))))

(defun smbcmp-list-about-filter (tree kind)
  "Return the display filter for frames of the same KIND as TREE, or nil.
KIND is a key of `smbcmp-list-about--fields'."
  (cl-loop for fields in (cdr (assq kind smbcmp-list-about--fields))
           for terms = (mapcar (lambda (field) (smbcmp-list-about--term tree field)) fields)
           unless (memq nil terms)
           return (mapconcat (lambda (term)
                               (if (and (cdr terms) (string-match-p "||" term))
                                   (format "(%s)" term)
                                 term))
                             terms " && ")))

(defun smbcmp-list-about-cell-filter ()
  "Return the display filter that selects frames with what is at point.
On the number of a frame that is what the frame is about: its exchange,
or else its connection."
  (let ((filter (smbcmp-list-cell-filter)))
    (if (not (string-prefix-p "frame.number ==" filter)) filter
      (let ((tree (smbcmp-list-about--tree (smbcmp-list-need-frame))))
        (or (smbcmp-list-about-filter tree 'exchange)
            (smbcmp-list-about-filter tree 'connection)
            filter)))))

(defun smbcmp-list-about--show (kind)
  "Show only the frames of the same KIND as that at point.
KIND is `file' or a key of `smbcmp-list-about--fields'."
  (smbcmp-list-about--with
   (lambda (frame)
     (let* ((tree (smbcmp-list-about--tree frame))
            (filter (or (if (eq kind 'file) (smbcmp-list-about-file-filter tree)
                          (smbcmp-list-about-filter tree kind))
                        (user-error "Frame %d belongs to no %s" frame kind))))
       (smbcmp-list-filter-by filter)))))

(defun smbcmp-list-filter-exchange ()
  "Show only the request and the responses of the exchange at point."
  (interactive)
  (smbcmp-list-about--show 'exchange))

(defconst smbcmp-list-about--opened
  ;; The first one is the second since Wireshark 4.6.
  '(dcerpc.nt.open_frame smb2.frame_handle_opened smb.fid.opened_in)
  "Fields with the frame that opened a handle.")

(defun smbcmp-list-about--names (tree)
  "Return the trees that tell the names of the files that TREE is about.
They are TREE, or that of the frame that opened its handle."
  (let ((opened (car (cl-mapcan (lambda (field) (dom-by-tag tree field))
                                smbcmp-list-about--opened))))
    (if (and opened (dom-attr opened 'frame))
        ;; That is the response, or, since Wireshark 4.6, the request.
        (let ((message (smbcmp-list-about--tree (dom-attr opened 'frame))))
          (cl-list* tree message
                    (mapcar #'smbcmp-list-about--tree
                            (delq nil (list (smbcmp-list-about-other message))))))
      (list tree))))

(defun smbcmp-list-about-file-filter (tree)
  "Return the filter for frames about the file that TREE is about, or nil.
They name it, or its handle.  The exchange of TREE is about it, too: what
answers a WRITE or a CLOSE has neither."
  (let* ((handle (smbcmp-list-about-filter tree 'handle))
         (other (and (not handle) (smbcmp-list-about-other tree)))
         ;; A request that opens a file has no handle: its response does.
         (trees (cons tree (and other (list (smbcmp-list-about--tree other)))))
         (handle (or handle (smbcmp-list-about-filter (car (last trees)) 'handle)))
         (paths (delq nil (mapcar (lambda (tree) (smbcmp-list-about-filter tree 'path))
                                  (cl-mapcan #'smbcmp-list-about--names trees))))
         ;; Not every capture has TCP below.
         (exchange (smbcmp-list-about-filter tree 'exchange)))
    (and (or handle paths)
         (string-join (delete-dups
                       (append (and handle (list handle)) paths
                               (and exchange (list (format "(%s)" exchange)))))
                      " || "))))

(defun smbcmp-list-filter-file ()
  "Show only frames with the name or the handle of the file at point.
The exchange at point is shown as well."
  (interactive)
  (smbcmp-list-about--show 'file))

(defun smbcmp-list-filter-session ()
  "Show only frames of the session of the frame at point."
  (interactive)
  (smbcmp-list-about--show 'session))

(defun smbcmp-list-filter-connection ()
  "Show only frames of the connection of the frame at point."
  (interactive)
  (smbcmp-list-about--show 'connection))

(defun smbcmp-list-about-stream ()
  "Return (LIST PROTOCOL STREAM) of the frame at point.
LIST is its packet list, PROTOCOL \"tcp\" or \"udp\", STREAM a number."
  (smbcmp-list-about--with
   (lambda (frame)
     (let ((tree (smbcmp-list-about--tree frame)))
       (or (cl-loop for (field protocol) in '((tcp.stream "tcp") (udp.stream "udp"))
                    for stream = (dom-attr (car (dom-by-tag tree field)) 'value)
                    when stream return (list (current-buffer) protocol stream))
           (user-error "Frame %d belongs to no stream" frame))))))

(defconst smbcmp-list-about--severities
  '(("error" . #x800000) ("warning" . #x600000) ("note" . #x400000) ("chat" . #x200000))
  "Severities of expert information, the gravest first (epan/proto.h, PI_*).")

(defun smbcmp-list-filter-expert (severity)
  "Show only frames with expert information of SEVERITY or graver.
SEVERITY is \"error\", \"warning\", \"note\" or \"chat\"."
  (interactive (list (completing-read "Expert information, at least: "
                                      (mapcar #'car smbcmp-list-about--severities)
                                      nil t nil nil "warning")))
  (with-current-buffer (or smbcmp-list-filter-list (current-buffer))
    (smbcmp-list-filter-by
     (format "_ws.expert.severity >= %d"
             (or (cdr (assoc severity smbcmp-list-about--severities))
                 (user-error "No such severity: %s" severity))))))

(let ((map smbcmp-list-filter-map))
  (define-key map "x" #'smbcmp-list-filter-exchange)
  (define-key map "p" #'smbcmp-list-filter-file)
  (define-key map "s" #'smbcmp-list-filter-session)
  (define-key map "c" #'smbcmp-list-filter-connection)
  (define-key map "e" #'smbcmp-list-filter-expert))

;;;; Request and response

(defconst smbcmp-list-about--link
  "\\.\\(?:re\\(?:sponse\\|quest\\)_\\(?:in\\|to\\)\\|re[pq]frame\\)\\'"
  "Regexp for the fields that lead from request to response, or back.")

(defun smbcmp-list-about-other (tree)
  "Return the frame at the other end of the exchange of TREE, or nil."
  (let ((link (car (dom-search
                    tree (lambda (node)
                           (and (dom-attr node 'frame)
                                (string-match-p smbcmp-list-about--link
                                                (symbol-name (dom-tag node)))))))))
    (and link (dom-attr link 'frame))))

(defun smbcmp-list-other-end ()
  "Go from a request to its response, or from a response to its request."
  (interactive)
  (smbcmp-list-about--with
   (lambda (frame)
     (let ((other (or (smbcmp-list-about-other (smbcmp-list-about--tree frame))
                      (user-error "Frame %d has no matching request or response" frame))))
       (push-mark nil t)
       (unless (smbcmp-list-goto-frame other)
         (message "%s" (smbcmp-list-hidden-message other)))))))

(provide 'smbcmp-list-about)
;;; smbcmp-list-about.el ends here
