;;; smblog-clock.el --- Clocks of the files of a log  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Where two files tell of the same thing, the times they give for it tell how far
;; their clocks are apart:
;;
;;   requests     a client's log or a trace and a server's log, by message id and command.
;;                Ids repeat: connections count from 0, so what counts is that many
;;                requests agree, and chance does not.
;;   connections  by the client's address and port, which servers log once; by both
;;                addresses, which nodes of ctdb log.
;;   frames       requests that are linked to frames of a capture: what two files have
;;                nothing in common with each other, both may have with that.
;;   processes    by pid, in files of different forms, such as a log and what syslog has:
;;                both tell when a process began and ended.

;;; Code:

(require 'cl-lib)
(require 'smbcmp-escape)
(require 'smblog)
(require 'smblog-buffer)

(declare-function smblog--module-facts "smbcmp-module.so" (log))
(autoload 'smblog-links-capture "smblog-link")
(autoload 'smblog-links-of-request "smblog-link")
(autoload 'smblog-pair-fresh-p "smblog-pair")
(autoload 'smblog-pair-links "smblog-pair")
(autoload 'smbcmp-fields "smbcmp-capture")

(defconst smblog-clock--spread 0.5
  "Seconds by which things may disagree on how far clocks are apart.")

(defconst smblog-clock--evidence
  '((requests 3 t) (connections 1 nil) (frames 2 nil) (processes 2 t))
  "What tells of clocks, the surest first: (KIND ENOUGH UNLIKE).
ENOUGH is how many must agree, at least; they must be half of those
compared, too.  UNLIKE is t if it only counts in files of different forms:
requests of two logs alike are of different clients, and processes of two
are those before and after a rotation.")

(defun smblog-clock--note (tables file key time)
  "Note in TABLES, (FILE . HASH-TABLE)s, that FILE tells of KEY at TIME.
Return TABLES.  What it tells of several times tells nothing."
  (let ((table (cdr (assoc file tables))))
    (unless table
      (setq table (make-hash-table :test #'equal))
      (push (cons file table) tables))
    (puthash key (if (gethash key table) 'several time) table)
    tables))

(defun smblog-clock--requests (log)
  "Return when requests of the files of LOG begin, by message id and command."
  (let (tables)
    (dolist (request (smblog-requests log))
      (let ((time (plist-get request :start)) (mid (plist-get request :mid))
            (command (plist-get request :opcode)))
        (when (and time mid command (not (equal (plist-get request :program) "winbindd")))
          (setq tables (smblog-clock--note
                        tables
                        (plist-get (smblog--module-message log (plist-get request :begin))
                                   :source)
                        (cons mid command) time)))))
    tables))

(defun smblog-clock--connections (log)
  "Return when the files of LOG tell of connections, by the addresses."
  (let (tables)
    (pcase-dolist (`(,kind ,address ,_pid ,number) (smblog--module-facts log))
      (when (and (eq kind 'client) (string-match-p ":[0-9]+\\'" address))
        (let* ((message (smblog--module-message log number))
               (function (plist-get message :function)))
          (when (and (plist-get message :time)
                     ;; Others say it again for each share.
                     (member function '("smbd_add_connection" "smbd_process"
                                        "smbXsrv_connection_destructor")))
            (setq tables (smblog-clock--note tables (plist-get message :source)
                                             (cons address function)
                                             (plist-get message :time)))))))
    (dolist (number (smblog-clock--told log "connected to"))
      (let ((message (smblog-message log number)))
        (when (and (equal (plist-get message :form) "ctdb")
                   (string-match "\\([^ \n]+:[0-9]+\\): connected to \\([^ \n]+:[0-9]+\\)"
                                 (plist-get message :text)))
          (setq tables (smblog-clock--note
                        tables (plist-get message :source)
                        (sort (list (match-string 1 (plist-get message :text))
                                    (match-string 2 (plist-get message :text)))
                              #'string<)
                        (plist-get message :time))))))
    tables))

(defun smblog-clock--told (log text)
  "Return the numbers of the messages of LOG that say TEXT, if ctdb wrote any."
  (when (cl-find "ctdb" (smblog-sources log) :test #'equal
                 :key (lambda (source) (plist-get source :form)))
    (let ((view (smblog--module-view log (list 'text text))))
      (unwind-protect
          (progn
            (while (not (nth 3 (smblog--module-view-progress view))) (sleep-for 0.002))
            (cl-loop for place below (nth 2 (smblog--module-view-progress view))
                     collect (smblog--module-view-nth view place)))
        (smblog--module-view-free view)))))

(defun smblog-clock--processes (log)
  "Return when processes of the files of LOG began and ended, by pid."
  (let ((files (mapcar (lambda (source) (plist-get source :file)) (smblog-sources log)))
        tables)
    (pcase-dolist (`(,i ,pid ,first ,last) (smblog--module-spans log))
      (setq tables (smblog-clock--note tables (nth i files) pid (cons first last))))
    tables))

(defconst smblog-clock--capture '(:file capture :form "capture" :shift 0)
  "The capture that a log is linked to, as if it were a file of the log.")

(defun smblog-clock--frames (log links)
  "Return when requests of the files of LOG begin, by the frames of LINKS.
What the capture itself tells is among them."
  (let* ((capture (plist-get smblog-clock--capture :file)) (tables nil)
         (times (make-hash-table)))
    (pcase-dolist (`(,frame ,time) (smbcmp-fields (smblog-links-capture links)
                                                  '(frame.number frame.time_epoch)
                                                  "smb || smb2"))
      (puthash frame (float-time time) times))
    (cl-loop for request in (smblog-requests log) for number from 0
             for (state frame) = (smblog-links-of-request links number)
             for time = (plist-get request :start)
             when (and (eq state 'certain) time)
             do (setq tables (smblog-clock--note
                              tables
                              (plist-get (smblog--module-message log (plist-get request :begin))
                                         :source)
                              frame time)))
    (cons (cons capture times) tables)))

(defun smblog-clock--agreed (deltas enough)
  "Return what most of DELTAS, numbers, agree on, their median, or nil.
At least ENOUGH must agree."
  (let* ((sorted (sort (copy-sequence deltas) #'<))
         (all (vconcat sorted)) (n (length all)) (end 0) (best 0) (from 0))
    (dotimes (start n)
      (while (and (< end n) (<= (- (aref all end) (aref all start)) smblog-clock--spread))
        (setq end (1+ end)))
      (when (> (- end start) best)
        (setq best (- end start) from start)))
    (and (>= best enough) (>= (* 2 best) n)
         (aref all (+ from (/ best 2))))))

(defun smblog-clock--delta (time other)
  "Return how much later OTHER is than TIME, or nil.
Both are numbers, or pairs of which both parts must agree."
  (cond ((and (numberp time) (numberp other)) (- other time))
        ((and (consp time) (consp other))
         (let ((first (- (car other) (car time))) (last (- (cdr other) (cdr time))))
           ;; Of what wrote once the end tells nothing more.
           (and (< (abs (- last first)) smblog-clock--spread)
                (> (- (cdr time) (car time)) 0)
                first)))))

(defun smblog-clock--behind (times others enough)
  "Return by how many seconds the clock of TIMES is behind that of OTHERS, or nil.
Both are hash tables; at least ENOUGH things they have in common must agree."
  (let (deltas)
    (when (and times others)
      (maphash (lambda (key time)
                 (let ((delta (smblog-clock--delta time (gethash key others))))
                   (when delta (push delta deltas))))
               times))
    (smblog-clock--agreed deltas enough)))

(defun smblog-clock--sorted (sources)
  "Return SOURCES, those that others go by first: servers', then with dates."
  (cl-flet ((rank (source)
              (+ (if (member (plist-get source :form) '("samba" "ksmbd")) 2 0)
                 (if (and (plist-get source :first)
                          (smblog-boot-time-p (plist-get source :first)))
                     0 1))))
    (cl-stable-sort (copy-sequence sources) (lambda (a b) (> (rank a) (rank b))))))

(defun smblog-clock--offset (source other evidence)
  "Return by how many seconds the clock of SOURCE is behind that of OTHER, or nil.
EVIDENCE is an alist of kinds and tables, (KIND (FILE . HASH-TABLE)...)."
  (cl-loop for (kind enough unlike) in smblog-clock--evidence
           for tables = (cdr (assq kind evidence))
           for found = (and (not (and unlike (equal (plist-get source :form)
                                                    (plist-get other :form))))
                            (smblog-clock--behind
                             (cdr (assoc (plist-get source :file) tables))
                             (cdr (assoc (plist-get other :file) tables)) enough))
           when found return found))

;;;###autoload
(defun smblog-clock-shifts (log &optional links)
  "Return how the clocks of the files of LOG differ, an alist (FILE . SECONDS).
SECONDS are for `smblog-shift': with these, all have the clock of one
file, a server's if there is one.  Files are left out of which nothing is
known, as are those whose clock is right, to a tenth of a second.
What tells is what two files have in common: requests of a client's log
or a trace of its kernel and a server's log, connections by address and
port, processes by pid; and frames, where LINKS, `smblog-links', tie LOG to
a capture."
  (smblog-await log)
  (let* ((sources (append (smblog-clock--sorted (smblog-sources log))
                          (and links (list smblog-clock--capture))))
         (evidence (list (cons 'requests (smblog-clock--requests log))
                         (cons 'connections (smblog-clock--connections log))
                         (cons 'frames (and links (smblog-clock--frames log links)))
                         (cons 'processes (smblog-clock--processes log))))
         (known (list (cons (car sources) 0))) (rest (cdr sources)) (found t) shifts)
    ;; What one file has nothing to do with, another may, once its own clock is known.
    (while rest
      (unless found
        (setq known (append known (list (cons (pop rest) 0)))))
      (setq found nil)
      (dolist (source rest)
        (let ((behind (cl-loop for (other . shift) in known
                               for offset = (smblog-clock--offset source other evidence)
                               when offset return (+ offset shift))))
          (when behind
            (setq found t rest (remq source rest)
                  known (append known (list (cons source behind))))
            (when (and (> (abs behind) 0.1) (not (eq source smblog-clock--capture)))
              (push (cons (plist-get source :file) (+ behind (plist-get source :shift)))
                    shifts))))))
    (nreverse shifts)))

(defun smblog-clock--told-shift (file seconds)
  "Return in words by how many SECONDS the times of FILE are later now.
Those since a machine booted become dates: their shift is one."
  (format (if (> (abs seconds) 1e8) "%s: 0 is %s" "%s: %s")
          (smbcmp-escape-base file)
          (if (> (abs seconds) 1e8)
              (format-time-string "%F %T.%3N" seconds)
            (format "%+.3f s" seconds))))

(defun smblog-clock--several ()
  "Signal an error unless this is the buffer of a log of several files."
  (unless (and (derived-mode-p 'smblog-mode) (consp smblog-buffer-source))
    (user-error "This log is a single file")))

(defun smblog-clock--links ()
  "Return the `smblog-links' of the log of this buffer, if a capture is linked."
  (let ((pair (bound-and-true-p smblog-pair)))
    (and pair (smblog-pair-fresh-p pair) (smblog-pair-links pair))))

;;;###autoload
(defun smblog-align-clocks ()
  "Align the clocks of this log's files by what they have in common.
See `smblog-clock-shifts'; `smblog-shift-clock' sets what can't be found so."
  (interactive)
  (smblog-clock--several)
  (let ((shifts (smblog-clock-shifts smblog-log (smblog-clock--links))))
    (unless shifts
      (user-error "Nothing in these files shows that their clocks differ"))
    (smblog-buffer-keep-place
     (lambda ()
       (pcase-dolist (`(,file . ,seconds) shifts)
         (smblog-shift smblog-log file seconds))))
    (message "%s" (mapconcat (pcase-lambda (`(,file . ,seconds))
                               (smblog-clock--told-shift file seconds))
                             shifts ", "))))

;;;###autoload
(defun smblog-shift-clock (file seconds)
  "Shift the times of FILE, one of this log's, by SECONDS."
  (interactive
   (let* ((sources (progn (smblog-clock--several) (smblog-sources smblog-log)))
          (names (mapcar (lambda (source) (plist-get source :file)) sources))
          (file (completing-read "Shift the clock of file: " names nil t))
          (source (or (cl-find file sources :test #'equal
                               :key (lambda (source) (plist-get source :file)))
                      (user-error "No file"))))
     (list file (read-number "Seconds to add to its times: " (plist-get source :shift)))))
  (smblog-clock--several)
  (smblog-buffer-keep-place (lambda () (smblog-shift smblog-log file seconds)))
  (message "%s" (smblog-clock--told-shift file seconds)))

(declare-function smblog--module-message "smbcmp-module.so" (log n))
(declare-function smblog--module-view "smbcmp-module.so" (log filter))
(declare-function smblog--module-view-free "smbcmp-module.so" (view))
(declare-function smblog--module-view-nth "smbcmp-module.so" (view place))
(declare-function smblog--module-view-progress "smbcmp-module.so" (view))
(declare-function smblog--module-spans "smbcmp-module.so" (log))

(provide 'smblog-clock)
;;; smblog-clock.el ends here
