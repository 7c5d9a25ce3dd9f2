;;; detail-test.el --- The field tree of a frame, as its user sees it  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'browse)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

(defmacro detail-test--with-frame (folder frame &rest body)
  "Do BODY in the details of FRAME of the capture of FOLDER."
  (declare (indent 2) (debug t))
  `(browse-with-list (smbcmp-test-data ,folder)
     (browse-keys (format "C-u %s j RET" (mapconcat #'char-to-string
                                                    (number-to-string ,frame) " ")))
     ,@body))

(defun detail-test--go (text)
  "Go to the line that begins with TEXT, typing no key."
  (goto-char (point-min))
  (re-search-forward (concat "^[▾▸v> ]*" (regexp-quote text)))
  (beginning-of-line))

(defun detail-test--lines ()
  "Return the lines shown, without signs and indentation."
  (mapcar (lambda (line) (replace-regexp-in-string "\\` *[▾▸v>]? *" "" line))
          (split-string (buffer-string) "\n" t)))

;; tshark puts brackets around what is not in the packet.
(defun detail-test--bare (line)
  "Return LINE without brackets around it, and what is before it."
  (replace-regexp-in-string "\\]\\'" "" (replace-regexp-in-string "\\` *\\[?" "" line)))

(defun detail-test--tshark (folder frame)
  "Return the lines of tshark -V on FRAME of the capture of FOLDER, bare."
  (let ((lines (browse-tshark "-2" "-r" (smbcmp-test-data folder) "-V")))
    (while (not (string-prefix-p (format "Frame %d: " frame) (car lines)))
      (pop lines))
    (cons (pop lines)
          (cl-loop for line in lines
                   until (string-match-p "\\`Frame [0-9]+: " line)
                   collect (detail-test--bare line)))))

(ert-deftest detail-test-unfolded-tree-is-tsharks ()
  "All unfolded, the details have the lines of tshark -V."
  (detail-test--with-frame "good" 34
    (browse-keys "<backtab>")
    (should (equal (detail-test--tshark "good" 34)
                   (mapcar #'detail-test--bare (detail-test--lines))))))

(ert-deftest detail-test-folds-are-remembered-from-frame-to-frame ()
  "What is unfolded once is unfolded in every frame."
  (detail-test--with-frame "good" 34
    (should-not (member "Response: This is a REQUEST" (detail-test--lines)))
    (detail-test--go "Flags: ")
    (browse-keys "TAB")
    (should (cl-some (lambda (line) (string-match-p "Response: This is a REQUEST" line))
                     (detail-test--lines)))
    (let ((below (length (detail-test--lines))))
      (browse-keys "N N")
      (should (= 36 smbcmp-detail-frame))
      (should (cl-some (lambda (line) (string-match-p "Response: This is a REQUEST" line))
                       (detail-test--lines)))
      (detail-test--go "Flags: ")
      (browse-keys "TAB P P")
      (should (= 34 smbcmp-detail-frame))
      (should (< (length (detail-test--lines)) below)))))

(ert-deftest detail-test-point-stays-on-its-field ()
  "N and P walk one field through the capture, past frames without it."
  (detail-test--with-frame "good" 4
    (detail-test--go "Command: Negotiate")
    ;; Frame 5 is a bare TCP acknowledgement.
    (browse-keys "N")
    (should (= 5 smbcmp-detail-frame))
    (browse-keys "N")
    (should (equal "Command: Negotiate Protocol (0)" (browse-line)))
    (browse-keys "N N")
    (should (equal "Command: Session Setup (1)" (browse-line)))
    (browse-keys "P P P P")
    (should (= 4 smbcmp-detail-frame))
    (should (equal "Command: Negotiate Protocol (0)" (browse-line)))))

(ert-deftest detail-test-follows-the-list-until-told-not-to ()
  "The details show the frame that the list is on; F ends that."
  (detail-test--with-frame "good" 34
    (let ((details (current-buffer)) (smbcmp-list-follow t))
      (select-window (get-buffer-window smbcmp-detail-list))
      (browse-keys "n")
      (should (= 35 (buffer-local-value 'smbcmp-detail-frame details)))
      (browse-keys "F n")
      (should (= 35 (buffer-local-value 'smbcmp-detail-frame details)))
      (browse-keys "RET")
      (should (= 36 smbcmp-detail-frame)))))

(ert-deftest detail-test-links-lead-there-and-back ()
  "RET on a link goes from the request to its response and back, l to where one was."
  (detail-test--with-frame "good" 34
    (let ((list smbcmp-detail-list))
      (should (equal "35" (nth 33 (browse-tshark-values (smbcmp-test-data "good")
                                                        "smb2.response_in"))))
      (detail-test--go "Response in: 35")
      (browse-keys "RET")
      (should (= 35 smbcmp-detail-frame
                 (with-current-buffer list (smbcmp-list-frame-at-point))))
      (detail-test--go "Response to: 34")
      (browse-keys "RET")
      (should (= 34 smbcmp-detail-frame))
      (browse-keys "l")
      (should (= 35 smbcmp-detail-frame))
      (browse-keys "l")
      (should (= 34 smbcmp-detail-frame
                 (with-current-buffer list (smbcmp-list-frame-at-point))))
      (should-error (smbcmp-detail-back) :type 'user-error))))

(ert-deftest detail-test-f-filters-by-the-field ()
  "f and what follows filter the list by the field, as Wireshark would."
  (let ((file (smbcmp-test-data "good")))
    (detail-test--with-frame "good" 34
      (let ((list smbcmp-detail-list))
        (cl-flet ((check (keys line filter)
                    (detail-test--go line)
                    (browse-keys keys)
                    (with-current-buffer list
                      (should (equal filter smbcmp-list-filter-string))
                      (should (equal (browse-tshark-frames file filter) (browse-shown))))))
          (check "f f" "Command: Create" "smb2.cmd == 5")
          (check "f a" "Response in" "(smb2.cmd == 5) && (smb2.response_in == 35)")
          (check "f o" "Session Id" "((smb2.cmd == 5) && (smb2.response_in == 35)) || \
(smb2.sesid == 0x00000000dead07bd)")
          (check "f n" "Command: Create" "!(smb2.cmd == 5)")
          (check "f A" "Chain Offset" "(!(smb2.cmd == 5)) && !(smb2.chain_offset == 0x00000000)"))))))

(ert-deftest detail-test-w-copies ()
  "w copies line, name, value and filter of the field."
  (detail-test--with-frame "good" 34
    (let ((kill-ring nil))
      (detail-test--go "Command: Create")
      (browse-keys "w w")
      (should (equal "Command: Create (5)" (car kill-ring)))
      (browse-keys "w n")
      (should (equal "smb2.cmd" (car kill-ring)))
      (browse-keys "w v")
      (should (equal "5" (car kill-ring)))
      (browse-keys "w f")
      (should (equal "smb2.cmd == 5" (car kill-ring)))
      (detail-test--go "Signature: ")
      (browse-keys "w v")
      (should (equal (make-string 32 ?0) (car kill-ring))))))

(ert-deftest detail-test-help-at-point ()
  "Eldoc and \\[display-local-help] tell filter name, type and description."
  (detail-test--with-frame "good" 34
    (detail-test--go "Command: Create")
    (should (equal "smb2.cmd (uint16) Command: SMB2 Command Opcode"
                   (substring-no-properties (smbcmp-detail-eldoc))))
    (should (string-match-p "smb2\\.cmd (uint16): Command"
                            (get-text-property (point) 'kbd-help)))))

(ert-deftest detail-test-expert-information-is-coloured ()
  "A warning of Wireshark's has the face for warnings, and what it is about."
  (let ((file (make-temp-file "smbcmp" nil ".pcapng")))
    (unwind-protect
        (progn
          ;; Frame 41, a response, is lost on the way.
          (call-process "editcap" nil nil nil (smbcmp-test-data "good") file "41")
          (let ((frame (car (browse-tshark "-2" "-r" file "-Y" "_ws.expert.severity == 0x600000"
                                           "-T" "fields" "-e" "frame.number"))))
            (browse-with-list file
              (browse-keys (format "C-u %s j RET" (mapconcat #'char-to-string frame " ")))
              (browse-keys "<backtab>")
              (goto-char (point-min))
              (re-search-forward "Expert Info (Warning")
              (should (eq 'smbcmp-detail-warn
                          (get-text-property (match-beginning 0) 'face))))))
      (delete-file file))))

(ert-deftest detail-test-up-leads-to-the-parent ()
  "^ goes to the field that the one at point is part of."
  (detail-test--with-frame "good" 34
    (detail-test--go "Command: Create")
    (browse-keys "^")
    (should (equal (concat (smbcmp-tree-sign 'unfolded) " SMB2 Header") (browse-line)))
    (browse-keys "^")
    (should (string-prefix-p (concat (smbcmp-tree-sign 'unfolded) " SMB2 (Server Message Block")
                             (browse-line)))))

(provide 'detail-test)
;;; detail-test.el ends here
