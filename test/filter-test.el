;;; filter-test.el --- Display filters  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'browse)
(require 'ert)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Completion

(defun filter-test--complete (text)
  "Return (CANDIDATES ANNOTATION-FUNCTION) for TEXT, what is in the minibuffer."
  (with-temp-buffer
    (insert text)
    (cl-letf (((symbol-function 'minibuffer-prompt-end) #'point-min))
      (pcase-let ((`(,start ,end ,table . ,properties) (smbcmp-filter-completion-at-point)))
        (list (all-completions (buffer-substring start end) table)
              (plist-get properties :annotation-function))))))

(defun filter-test--registered (prefix)
  "Return what fields begin with PREFIX, as tshark has them registered."
  (with-temp-buffer
    (call-process-shell-command
     (format "tshark -G fields 2>/dev/null | cut -f1,3 | grep '^F\t%s' | cut -f2 | sort -u"
             (regexp-quote prefix))
     nil t)
    (sort (split-string (buffer-string) "\n" t) #'string<)))

(ert-deftest filter-test-fields-complete ()
  "Completion knows the fields that Wireshark has, and tells what they are."
  (pcase-let ((`(,names ,annotation) (filter-test--complete "tcp && smb2.sec")))
    (should (equal (filter-test--registered "smb2.sec") (sort names #'string<)))
    (should (string-match-p "Security mode (uint8)" (funcall annotation "smb2.sec_mode"))))
  (should (member "smb2" (car (filter-test--complete "smb")))))

(defun filter-test--named-values (field)
  "Return how many values of FIELD have a name, as tshark has it."
  (with-temp-buffer
    (call-process-shell-command
     (format "tshark -G values 2>/dev/null | grep '^V\t%s\t' | grep -cv '\tunknown-'" field)
     nil t)
    (string-to-number (buffer-string))))

(ert-deftest filter-test-operators-and-values-complete ()
  "Behind a field operators complete, behind an operator the field's values."
  (should (member "contains" (car (filter-test--complete "smb2.filename "))))
  (should (equal '("==") (car (filter-test--complete "smb2.cmd ="))))
  (pcase-let ((`(,values ,annotation) (filter-test--complete "smb2.cmd == ")))
    (should (= (filter-test--named-values "smb2.cmd") (length values)))
    (should (equal "  Create" (funcall annotation "5"))))
  (should (equal '("Create") (car (filter-test--complete "smb2.cmd == \"Cr"))))
  (should (member "5" (car (filter-test--complete "smb2.cmd in {3, ")))))

(ert-deftest filter-test-columns-are-fields ()
  "Filters and values of columns work where Wireshark has them, since 4.4."
  (let* ((file (smbcmp-test-data "good"))
         (capture (smbcmp-open file))
         (filter "_ws.col.info contains \"Create Request\"")
         (frames (browse-tshark-frames file "smb2.cmd == 5 && smb2.flags.response == 0")))
    (unwind-protect
        (if (zerop (call-process "tshark" nil nil nil "-r" file "-Y" filter))
            (progn
              (should (equal frames (smbcmp-frames capture filter)))
              (should (equal (smbcmp-rows capture frames '("%i"))
                             (smbcmp-fields capture '(_ws.col.info) filter))))
          (should-error (smbcmp-frames capture filter) :type 'smbcmp-filter-error)
          (should-error (smbcmp-fields capture '(_ws.col.info)) :type 'smbcmp-filter-error))
      (smbcmp-close capture))))

;;;; Validity

(defun filter-test--read (keys)
  "Type KEYS to the prompt for a display filter; return what is read."
  (execute-kbd-macro (kbd (concat "/ " keys)))
  (browse-settle)
  smbcmp-list-filter-string)

(ert-deftest filter-test-a-wrong-filter-is-not-taken ()
  "RET on a wrong filter goes to what is wrong; corrected, it is taken."
  (browse-with-list (smbcmp-test-data "good")
    (should (equal "smb2.cmd == 5"
                   (filter-test--read
                    "s m b 2 . c m d SPC = = SPC x RET DEL 5 RET")))
    (should (equal (browse-tshark-frames buffer-file-name "smb2.cmd == 5")
                   (browse-shown)))
    (should (equal "smb2.cmd == 5" (car smbcmp-filter-history)))))

(ert-deftest filter-test-a-field-leads-to-its-operators ()
  "TAB completes a field and goes on behind it, where TAB has operators."
  (browse-with-list (smbcmp-test-data "good")
    (should (equal "smb2.nt_status == 3221225524"
                   (filter-test--read "s m b 2 . n t _ s t a t TAB = TAB SPC 3221225524 RET")))))

(ert-deftest filter-test-place-of-the-error ()
  "The error is shown at what Wireshark complains of."
  (with-temp-buffer
    (let ((filter "tcp && smb2.nope == 1"))
      (insert filter)
      (cl-letf (((symbol-function 'minibuffer-prompt-end) #'point-min)
                ((symbol-function 'minibuffer-contents-no-properties) #'buffer-string)
                ((symbol-function 'minibufferp) (lambda (&rest _) t)))
        (smbcmp-filter--check (current-buffer))
        (browse-wait (lambda () smbcmp-filter--overlays)))
      ;; Wireshark tells it since 4.0.
      (when (nth 1 (smbcmp-check-filter filter))
        (let ((place (cl-find 'smbcmp-filter-place (overlays-in (point-min) (point-max))
                              :key (lambda (overlay) (overlay-get overlay 'face)))))
          (should (equal "smb2.nope" (buffer-substring (overlay-start place)
                                                       (overlay-end place))))))
      (should (cl-some (lambda (overlay)
                         (string-match-p "smb2.nope" (or (overlay-get overlay 'after-string) "")))
                       smbcmp-filter--overlays)))))

(ert-deftest filter-test-selects-what-tshark-selects ()
  "What a filter shows is what tshark shows, one filter after the other."
  (let ((file (smbcmp-test-data "t-compound")))
    (browse-with-list file
      (dolist (filter '("smb2.flags.response == 1" "frame.number > 400" "smb2.cmd == 200"
                        "tcp.len == 0 || smb2.nt_status != 0"))
        (smbcmp-list-filter filter)
        (browse-settle)
        (should (equal (browse-tshark-frames file filter) (browse-shown)))
        (should (= smbcmp-list-filter-matches (length (browse-shown)))))
      (browse-keys "\\")
      (should (= 508 (length (browse-shown)))))))

(provide 'filter-test)
;;; filter-test.el ends here
