;;; bytes-test.el --- The bytes of a frame  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'browse)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function detail-test--go "detail-test" (text))

(defun bytes-test--buffer (list)
  "Return the buffer of bytes that belongs to the packet list LIST."
  (with-current-buffer list (smbcmp-list-follow-buffer "bytes")))

(defun bytes-test--marked ()
  "Return what is highlighted in this buffer, a list of strings."
  (mapcar (lambda (overlay) (buffer-substring-no-properties (overlay-start overlay)
                                                            (overlay-end overlay)))
          (sort (cl-remove-if-not (lambda (overlay) (overlay-get overlay 'smbcmp-field))
                                  (overlays-in (point-min) (point-max)))
                (lambda (a b) (< (overlay-start a) (overlay-start b))))))

(defun bytes-test--dump (lines)
  "Return the bytes in LINES of a dump: offsets and hexadecimal, a list of lists.
There is one for each data source."
  (let (sources)
    (dolist (line lines)
      (setq line (concat line " "))
      (when (string-match "\\`\\([0-9a-f]\\{4,8\\}\\)  \\(\\(?:[0-9a-f]\\{2\\} \\{1,2\\}\\)+\\)" line)
        (let ((offset (string-to-number (match-string 1 line) 16))
              (hex (split-string (match-string 2 line))))
          (if (zerop offset)
              (push hex sources)
            (setcar sources (append (car sources) hex))))))
    (nreverse sources)))

(defun bytes-test--fragments ()
  "Return a new capture of two frames that are fragments of one IP packet."
  (let ((file (make-temp-file "smbcmp" nil ".pcap"))
        (text (make-temp-file "smbcmp")))
    (with-temp-file text
      (cl-loop for (more offset length) in '((32 0 24) (0 3 16))
               do (insert "0000")
               do (dolist (byte (append
                                 ;; IPv4 header, UDP, from 10.0.0.1 to 10.0.0.2
                                 (list #x45 0 0 (+ 20 length) 0 1 more offset 64 17 0 0
                                       10 0 0 1 10 0 0 2)
                                 (if (zerop offset)
                                     (list 0 137 39 15 0 40 0 0))
                                 (make-list (if (zerop offset) (- length 8) length) #x61)))
                    (insert (format " %02x" byte)))
               do (insert "\n")))
    (call-process "text2pcap" nil nil nil "-l" "101" text file)
    (delete-file text)
    file))

(ert-deftest bytes-test-all-data-sources-are-shown ()
  "The bytes are those of tshark -x, reassembled ones too."
  ;; 32 bytes a fragment: IP has to put a message together again.
  (dolist (place '(("good" . "34") ("good" . "40") ("fragments" . "2")))
    (pcase-let* ((`(,folder . ,frame) place)
                 (file (if (equal folder "fragments")
                           (bytes-test--fragments)
                         (smbcmp-test-data folder))))
      (browse-with-list file
        (browse-keys (format "C-u %s j b" (mapconcat #'char-to-string frame " ")))
        (with-current-buffer (bytes-test--buffer (current-buffer))
          (let ((dump (bytes-test--dump
                       (browse-tshark "-2" "-r" file "-Y" (concat "frame.number == " frame)
                                      "-x"))))
            (should (= (if (equal folder "fragments") 2 1) (length dump)))
            (should (equal dump (bytes-test--dump (split-string (buffer-string) "\n"))))))))))

(ert-deftest bytes-test-the-field-at-point-is-highlighted ()
  "The bytes of the field at point in the details are highlighted, hex and text."
  (browse-with-list (smbcmp-test-data "good")
    (let ((list (current-buffer)))
      (browse-keys "C-u 3 4 j RET")
      (detail-test--go "Session Id")
      (browse-keys "b")
      (with-current-buffer (bytes-test--buffer list)
        (should (equal '("bd 07" "..") (seq-take (bytes-test--marked) 2)))
        (should (equal "ad de 00 00 00 00" (nth 2 (bytes-test--marked)))))
      (detail-test--go "ProtocolId")
      (browse-keys "C-f")
      (with-current-buffer (bytes-test--buffer list)
        (should (equal '("fe 53  4d 42" ".SMB") (bytes-test--marked)))))))

(ert-deftest bytes-test-a-byte-finds-its-field ()
  "RET on a byte goes to the innermost field that it is of, and unfolds it."
  (browse-with-list (smbcmp-test-data "good")
    (let ((list (current-buffer)))
      (browse-keys "C-u 3 4 j RET")
      (detail-test--go "NetBIOS")
      (browse-keys "b")
      (select-window (get-buffer-window (bytes-test--buffer list)))
      (set-buffer (window-buffer))
      (goto-char (point-min))
      ;; The SMB2 header: ProtocolId, its length, Credit Charge.
      (search-forward "fe 53  4d 42 40 00 01")
      (backward-char 1)
      (should (string-match-p "Credit Charge: 1" (smbcmp-bytes-eldoc)))
      (browse-keys "RET")
      (should (eq (current-buffer) (with-current-buffer list (browse-details))))
      (should (equal "Credit Charge: 1" (browse-line))))))

(ert-deftest bytes-test-follow-the-list ()
  "The bytes follow the packet list."
  (browse-with-list (smbcmp-test-data "good")
    (let ((list (current-buffer)))
      (browse-keys "C-u 3 4 j b n")
      (should (= 35 (buffer-local-value 'smbcmp-bytes-frame (bytes-test--buffer list)))))))

(ert-deftest bytes-test-a-low-frame-shows-some-lines ()
  "On a terminal of 24 lines, as here, neither the bytes nor what is above is too low."
  (browse-with-list (smbcmp-test-data "good")
    (let ((list (current-buffer)))
      (cl-flet ((heights ()
                  (mapcar #'window-total-height
                          (list (get-buffer-window (bytes-test--buffer list))
                                (get-buffer-window list)))))
        (browse-keys "C-u 3 4 j b")
        (should (cl-every (lambda (height) (>= height 8)) (heights)))
        (delete-window (get-buffer-window (bytes-test--buffer list)))
        (browse-keys "RET b")
        (should (cl-every (lambda (height) (>= height 7)) (heights)))
        (should (>= (window-total-height (get-buffer-window (browse-details))) 6))))))

(provide 'bytes-test)
;;; bytes-test.el ends here
