;;; smbcmp-points-view.el --- Show what the network did  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The buffer of `smbcmp-diff-points', on a run that was captured on the
;; client and on the server: clocks, what was lost or doubled on the way, and
;; a line an exchange with the time that the network and the server took.

;;; Code:

(require 'cl-lib)
(require 'easymenu)
(require 'seq)
(require 'smbcmp-compare-report)
(require 'smbcmp-compare-view)
(require 'smbcmp-list)
(require 'smbcmp-mode)
(require 'smbcmp-points)

;;;; State

(defvar-local smbcmp-points-view--lists nil
  "The packet lists of the client's side and of the server's, (A . B).")

(defvar-local smbcmp-points-view--points nil
  "What is shown, of `smbcmp-points'.")

(defvar-local smbcmp-points-view--slowest nil
  "Non-nil if the exchanges that the network took longest for come first.")

;;;; Text

(defun smbcmp-points-view--frames (frames)
  "Say in how many places FRAMES are, and the first of them."
  (if (null frames) "none"
    (format "%d (frame%s %s%s)" (length frames) (if (cdr frames) "s" "")
            (mapconcat #'number-to-string (seq-take frames 5) ", ")
            (if (nthcdr 5 frames) ", ..." ""))))

(defun smbcmp-points-view--way (name way)
  "Return a line on WAY, of `smbcmp-points', which is called NAME."
  (format "To the %s: %d segments sent, %d came; %s\n" name
          (plist-get way :sent) (plist-get way :came)
          (if (plist-get way :lost-bytes)
              (format "cut or joined on the way (offload, a proxy), %d bytes less came than were sent"
                      (plist-get way :lost-bytes))
            (format "lost: %s; doubled: %s; changed: %s"
                    (smbcmp-points-view--frames (plist-get way :lost))
                    (smbcmp-points-view--frames (plist-get way :doubled))
                    (smbcmp-points-view--frames (plist-get way :changed))))))

(defun smbcmp-points-view--summary (points)
  "Return the lines above the exchanges of POINTS."
  (let ((offset (plist-get points :offset)) (drift (plist-get points :drift)))
    (concat
     (format "Client's side: %s\nServer's side: %s\n\n"
             (buffer-name (car smbcmp-points-view--lists))
             (buffer-name (cdr smbcmp-points-view--lists)))
     (if offset
         (format "The server's clock is %s %s%s.\n"
                 (smbcmp-points-seconds (abs offset)) (if (< offset 0) "behind" "ahead")
                 (if drift (format ", and %.1f ppm %s" (abs drift)
                                   (if (< drift 0) "slower" "faster"))
                   ""))
       "")
     (smbcmp-points-view--way "server" (plist-get points :to-server))
     (smbcmp-points-view--way "client" (plist-get points :to-client))
     (mapconcat (pcase-lambda (`((,client . ,server) . (,client-b . ,server-b)))
                  (format "Addresses are changed on the way: %s - %s is %s - %s\n"
                          client server client-b server-b))
                (plist-get points :addresses) "")
     (mapconcat (pcase-lambda (`(,key ,side))
                  (let ((count (length (plist-get points key))))
                    (if (zerop count) ""
                      (format "%s on the %s's side alone\n"
                              (smbcmp-compare-report-plural count "exchange") side))))
                '((:only-client "client") (:only-server "server")) "")
     "\n")))

(defconst smbcmp-points-view--format "%11s %11s %11s %11s %11s %11s %11s  %s\n"
  "How a line of an exchange is written.")

(defun smbcmp-points-view--line (exchange)
  "Return the line of EXCHANGE, a plist of `smbcmp-points'."
  (propertize
   (apply #'format smbcmp-points-view--format
          (append (mapcar (lambda (key) (smbcmp-compare-report-frames (plist-get exchange key)))
                          '(:a :b))
                  (mapcar (lambda (key) (smbcmp-points-seconds (plist-get exchange key)))
                          '(:client :server :network :there :back))
                  (list (plist-get exchange :label))))
   'smbcmp-exchange exchange))

(defun smbcmp-points-view--render ()
  "Show the exchanges, with point on the one it was on."
  (let ((inhibit-read-only t)
        (here (get-text-property (point) 'smbcmp-exchange))
        (exchanges (plist-get smbcmp-points-view--points :exchanges)))
    (when smbcmp-points-view--slowest
      (setq exchanges (sort (copy-sequence exchanges)
                            (lambda (x y) (> (or (plist-get x :network) 0)
                                             (or (plist-get y :network) 0))))))
    (erase-buffer)
    (insert (smbcmp-points-view--summary smbcmp-points-view--points)
            (propertize (format smbcmp-points-view--format "client's" "server's" "client"
                                "server" "network" "there" "back" "exchange")
                        'face 'smbcmp-compare-report-dim)
            (mapconcat #'smbcmp-points-view--line exchanges ""))
    (set-buffer-modified-p nil)
    (goto-char (or (and here (text-property-any (point-min) (point-max) 'smbcmp-exchange here))
                   (next-single-property-change (point-min) 'smbcmp-exchange)
                   (point-min)))))

;;;; Commands

(defun smbcmp-points-view-sort ()
  "Toggle sorting exchanges by time on the network, longest first."
  (interactive)
  (setq smbcmp-points-view--slowest (not smbcmp-points-view--slowest))
  (smbcmp-points-view--render))

(defun smbcmp-points-view-show (&optional server)
  "Show the exchange at point in the capture of the client's side.
With a prefix argument, SERVER, in that of the server's."
  (interactive "P")
  (let ((exchange (or (get-text-property (point) 'smbcmp-exchange)
                      (user-error "No exchange here")))
        (list-buffer (funcall (if server #'cdr #'car) smbcmp-points-view--lists)))
    (pop-to-buffer list-buffer)
    (smbcmp-list-goto-frame (car (plist-get exchange (if server :b :a))))))

(defun smbcmp-points-view--read (&rest _)
  "Find out again what is shown."
  (smbcmp-with-user-errors
    (let ((captures (mapcar (lambda (list-buffer)
                              (buffer-local-value 'smbcmp-list-capture list-buffer))
                            (list (car smbcmp-points-view--lists)
                                  (cdr smbcmp-points-view--lists)))))
      (mapc #'smbcmp-capture-await-loaded captures)
      (setq smbcmp-points-view--points (apply #'smbcmp-points captures))))
  (smbcmp-points-view--render))

;;;; Mode

(defvar smbcmp-points-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map "n" #'next-line)
    (define-key map "p" #'previous-line)
    (define-key map (kbd "RET") #'smbcmp-points-view-show)
    (define-key map "S" #'smbcmp-points-view-sort)
    map)
  "Keymap of `smbcmp-points-mode'.")

(easy-menu-define smbcmp-points-menu smbcmp-points-mode-map
  "Menu of `smbcmp-points-mode'."
  '("Points"
    ["Show exchange" smbcmp-points-view-show]
    ["Slowest first" smbcmp-points-view-sort
     :style toggle :selected smbcmp-points-view--slowest]
    ["Refresh" revert-buffer]))

(define-derived-mode smbcmp-points-mode smbcmp-mode "Points"
  "Major mode for a run that was captured on the client and on the server.

\\{smbcmp-points-mode-map}"
  (setq-local revert-buffer-function #'smbcmp-points-view--read)
  (smbcmp-mode-show-row))

(defun smbcmp-points-view--sides (file-a file-b)
  "Return the packet lists of FILE-A and FILE-B, (CLIENT . SERVER), loaded.
The client's side is the one where exchanges take longer."
  (let* ((lists (smbcmp-compare-pair-buffers file-a file-b))
         (captures (mapcar (lambda (list-buffer)
                             (let ((capture (buffer-local-value 'smbcmp-list-capture
                                                                list-buffer)))
                               (smbcmp-capture-await-loaded capture)
                               capture))
                           (list (car lists) (cdr lists))))
         (points (apply #'smbcmp-points captures))
         (network (smbcmp-points-median
                   (delq nil (mapcar (lambda (exchange) (plist-get exchange :network))
                                     (plist-get points :exchanges))))))
    (if (< (or network 0) 0) (cons (cdr lists) (car lists)) lists)))

;;;###autoload
(defun smbcmp-diff-points (file-a file-b)
  "Show what the network did between two captures of one run, FILE-A and FILE-B.
One was made on the client's side, the other on the server's; which, is
found out.  In a comparison's buffer these are its captures."
  (interactive
   (if (derived-mode-p 'smbcmp-compare-mode)
       (mapcar (lambda (side) (buffer-file-name (smbcmp-compare-view-list side))) '(a b))
     (list (read-file-name "Capture of one side: " nil nil t)
           (read-file-name "Capture of the other side: " nil nil t))))
  (smbcmp-with-user-errors
    (let* ((lists (smbcmp-points-view--sides (expand-file-name file-a)
                                             (expand-file-name file-b)))
           (buffer (get-buffer-create (format "*smbcmp points %s - %s*"
                                              (buffer-name (car lists))
                                              (buffer-name (cdr lists))))))
      (with-current-buffer buffer
        (unless (derived-mode-p 'smbcmp-points-mode) (smbcmp-points-mode))
        (setq smbcmp-points-view--lists lists)
        (smbcmp-points-view--read))
      (pop-to-buffer-same-window buffer))))

(provide 'smbcmp-points-view)
;;; smbcmp-points-view.el ends here
