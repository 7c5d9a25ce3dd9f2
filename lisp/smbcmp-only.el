;;; smbcmp-only.el --- What of a large capture is opened  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Of a capture of many gigabytes mostly little is SMB.  libpcap's filters
;; and a range of time tell what is opened at all; the rest is never
;; dissected.  Here is how that is asked for, and which files are parts of
;; one capture.

;;; Code:

(require 'cl-lib)
(require 'subr-x)
(require 'smbcmp-module)

(autoload 'parse-time-string "parse-time")

(defcustom smbcmp-only-question-size 1000000000
  "Size in bytes of captures of which Emacs asks what to open.
What is typed is a filter in libpcap's language, \"-\" for all of it.
nil means never to ask."
  :type '(choice (const :tag "Never ask" nil) natnum)
  :group 'smbcmp)

(defcustom smbcmp-only-default "tcp port 445 or tcp port 139"
  "Filter, in libpcap's language, that is offered when a large capture is opened.
Where frames have VLAN tags it must say so, as for tcpdump: \"vlan and ...\"
comes in addition.  Of fragmented IP packets, ports select the first
fragment alone."
  :type 'string
  :group 'smbcmp)

(defvar smbcmp-only-history nil
  "Capture filters that were typed.")

;;;; Times

(defun smbcmp-only-time (string)
  "Return the time that STRING says, a Lisp time value; nil if it is empty.
It is a date and a time of day as \"2026-11-29 10:15:00.25\", of this time
zone unless it names another as \"2026-11-29T10:15:00Z\" does, or seconds
since the epoch.  Signal a `user-error' if it is neither."
  (setq string (string-trim string))
  (cond
   ((string-empty-p string) nil)
   ((string-match-p "\\`[0-9]+\\(?:\\.[0-9]*\\)?\\'" string)
    (smbcmp-only--seconds string))
   ((string-match "\\`\\(.*[0-9]:[0-9][0-9]\\(?::[0-9][0-9]\\)?\\)\\(\\.[0-9]+\\)?\\(.*\\)\\'" string)
    (let* ((fraction (match-string 2 string))
           (parsed (parse-time-string
                    (concat (replace-regexp-in-string "T" " " (match-string 1 string))
                            (replace-regexp-in-string "\\`Z\\'" " +0000" (match-string 3 string))))))
      (unless (and (nth 3 parsed) (nth 4 parsed) (nth 5 parsed))
        (user-error "No date in %s" string))
      (setf (nth 0 parsed) (or (nth 0 parsed) 0))
      (time-add (encode-time (append (seq-take parsed 6) (list nil -1 (nth 8 parsed))))
                (if fraction (smbcmp-only--seconds fraction) 0))))
   (t (user-error "No time: %s" string))))

(defun smbcmp-only--seconds (string)
  "Return the decimal number in STRING as a time value, to the nanosecond."
  (pcase-let ((`(,whole ,fraction) (split-string string "\\.")))
    (cons (+ (* 1000000000 (string-to-number whole))
             (string-to-number (substring (concat fraction "000000000") 0 9)))
          1000000000)))

(defun smbcmp-only--nanoseconds (time)
  "Return TIME, a Lisp time value or nil, as nanoseconds since the epoch."
  (and time (car (time-convert time 1000000000))))

;;;; For requests

(defun smbcmp-only-arguments (only)
  "Return ONLY, as `smbcmp-open' takes it, as (FILTER FROM TO), or nil for all.
FROM and TO are nanoseconds since the epoch, or nil."
  (pcase-let ((`(,filter ,from ,to) (if (stringp only) (list only) only)))
    (unless (or (null filter) (stringp filter))
      (signal 'wrong-type-argument (list 'stringp filter)))
    (let ((arguments (list (and filter (not (string-empty-p (string-trim filter))) filter)
                           (smbcmp-only--nanoseconds from)
                           (smbcmp-only--nanoseconds to))))
      (and (remq nil arguments) arguments))))

;;;; Questions

(defun smbcmp-only-read (what &optional times)
  "Ask what to open of WHAT, a string; with TIMES, also of which time.
Return it as `smbcmp-open' takes it for `:only', nil for all."
  (let* ((filter (read-string (format "Open only (libpcap filter, - for all; %s) [%s]: " what smbcmp-only-default)
                              nil 'smbcmp-only-history smbcmp-only-default))
         (filter (and (not (equal filter "-")) filter))
         (from (and times (smbcmp-only-time (read-string "From (date and time, empty: the beginning): "))))
         (to (and times (smbcmp-only-time (read-string "To (date and time, empty: the end): ")))))
    (and (smbcmp-only-arguments (list filter from to))
         (list filter from to))))

(defun smbcmp-only-ask (file)
  "If FILE is so large that it is to be asked, ask what to open of it.
Return what `smbcmp-only-read' does."
  (let ((size (and smbcmp-only-question-size (not noninteractive)
                   (file-attribute-size (file-attributes (file-truename file))))))
    (and size (> size smbcmp-only-question-size)
         (smbcmp-only-read (format "%s, %s" (file-name-nondirectory file)
                                   (file-size-human-readable size 'si " " "B"))))))

;;;; Ring buffers

(defconst smbcmp-only-ring-regexps
  '(;; dumpcap, Wireshark: NAME_00001_20261129101500.pcapng
    "\\`\\(.*\\)\\(_[0-9]\\{5,\\}_[0-9]\\{14\\}\\)\\(\\.[a-z0-9.]+\\|\\)\\'"
    ;; tcpdump -C, with or without -W: NAME.pcap, NAME.pcap1, NAME.pcap2
    "\\`\\(.*\\.p?cap\\(?:ng\\)?\\)\\([0-9]*\\)\\(\\)\\'")
  "Regexps for names of a ring buffer's files.
The second group of each differs between them.")

(defun smbcmp-only-ring (file)
  "Return the files of the ring buffer that FILE, a name, is of, FILE among them."
  (let ((name (file-name-nondirectory file))
        (regexp (cl-find-if (lambda (regexp)
                              (string-match-p regexp (file-name-nondirectory file)))
                            smbcmp-only-ring-regexps)))
    (if (not (and regexp (string-match regexp name)))
        (list file)
      (let ((before (match-string 1 name)) (after (match-string 3 name)))
        (cl-remove-if-not
         (lambda (other)
           (let ((other (file-name-nondirectory other)))
             (and (string-match regexp other)
                  (equal before (match-string 1 other))
                  (equal after (match-string 3 other)))))
         (directory-files (file-name-directory (expand-file-name file)) t
                          (concat "\\`" (regexp-quote before))))))))

(defun smbcmp-only-read-options (file)
  "Ask what is to be opened of FILE, and of the ring buffer that it is of.
Return keyword arguments for `smbcmp-open'."
  (let* ((ring (smbcmp-only-ring file))
         (more (and (cdr ring)
                    (y-or-n-p (format "Open all %d files of the ring buffer as one? "
                                      (length ring)))
                    (delete (expand-file-name file) ring))))
    (append (list :only (smbcmp-only-read (file-name-nondirectory file) t))
            (and more (list :more more)))))

(provide 'smbcmp-only)
;;; smbcmp-only.el ends here
