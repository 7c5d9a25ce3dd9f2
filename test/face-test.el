;;; face-test.el --- What can be read on terminals  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Faces on terminals of 256 and of 8 colours, light and dark, as an Emacs on
;; one has them.  What a face inherits is Emacs' or a theme's to choose.

;;; Code:

(require 'cl-lib)
(require 'diff-mode)
(require 'ert)
(require 'smbcmp)
(require 'smblog-mode)

(defvar smbcmp-test-no-native-compilation)

(defvar smbcmp-test-directory)

(defconst face-test--rules
  '((#x12272e #xf78787) (#xfeffd0 #x12272e) (#xfce0ff #x12272e) (#xdaeeff #x12272e)
    (#xe7e6ff #x12272e) (#xe4ffc7 #x12272e) (#xfff3d6 #x12272e) (#xa0a0a0 #x12272e)
    (#xa40000 #xfffc9c) (#xffffff #xbabdb6) (#xfaf0d7 #x12272e) (#xfff3d6 #xa40000)
    (#xd6e8ff #x12272e) (#xc2c2ff #x12272e) (#xeeeeee #x7f7f7f))
  "Colours of rules that Wireshark comes with, (BACKGROUND FOREGROUND).")

(defun face-test--luminance (values)
  "Return the relative luminance of VALUES, of a colour, by WCAG 2."
  (cl-loop for value in values for weight in '(0.2126 0.7152 0.0722)
           for x = (/ value 65535.0)
           sum (* weight (if (<= x 0.03928) (/ x 12.92) (expt (/ (+ x 0.055) 1.055) 2.4)))))

(defun face-test--contrast (a b)
  "Return the contrast of A and B, names of colours, by WCAG 2.
The colours are those that this terminal has."
  (let ((x (face-test--luminance (color-values a))) (y (face-test--luminance (color-values b))))
    (/ (+ (max x y) 0.05) (+ (min x y) 0.05))))

(defun face-test--own (face attribute)
  "Return ATTRIBUTE of FACE itself, a colour, or nil."
  (let ((value (face-attribute face attribute)))
    (and (stringp value) (not (string-prefix-p "unspecified" value)) value)))

(defun face-test-look (dark)
  "Return what is wrong with faces on this terminal, DARK or not: strings."
  (setq frame-background-mode (if dark 'dark 'light))
  (frame-set-background-mode (selected-frame))
  (let ((least (if (> (display-color-cells) 8) 4.5 3.5)) wrong)
    (dolist (face (cl-remove-if-not (lambda (face)
                                      (string-match-p "\\`sm\\(?:bcmp\\|blog\\)" (symbol-name face)))
                                    (face-list)))
      (let ((foreground (face-test--own face :foreground))
            (background (face-test--own face :background)))
        (when (or foreground background)
          (let ((contrast (face-test--contrast
                           (or foreground (if dark "white" "black"))
                           (or background (if dark "black" "white")))))
            (when (< contrast least)
              (push (format "%s: contrast %.1f" face contrast) wrong))))))
    ;; All that is to be noticed inherits this one.
    (when (and (not dark) (equal "yellow" (face-foreground 'smbcmp-mode-warning nil t)))
      (push "warnings are yellow on white" wrong))
    (when (and (not dark) (equal "green" (face-foreground 'smbcmp-mode-success nil t)))
      (push "what went well is green on white" wrong))
    (when (equal (face-foreground 'smbcmp-diff-same nil t) (face-foreground 'smbcmp-diff-b nil t))
      (push "what is the same looks like what is B's" wrong))
    ;; That is dark red where it is not bold.
    (when (and dark (< (display-color-cells) 88))
      (dolist (face '(smbcmp-compare-report-a smbcmp-diff-a smbcmp-stream-client))
        (when (equal "red" (face-foreground face nil t))
          (push (format "%s is red on black" face) wrong))))
    (cl-loop for (background foreground) in face-test--rules for i from 0
             for face = (smbcmp-list-colour--face (format "test %d" i) background foreground)
             for of-rule = (face-test--own face :background)
             when (and of-rule (equal (tty-color-translate of-rule)
                                      (tty-color-translate
                                       (face-background 'smbcmp-list-current nil t))))
             do (push (format "%s is like the row at point" of-rule) wrong))
    (with-temp-buffer
      (insert "a line\n")
      (goto-char (point-min))
      (smbcmp-mode-flash-row)
      (let ((face (get-char-property (point) 'face)))
        (unless (eq face 'smbcmp-mode-row)
          (push (format "a line that is shown has the face %s" face) wrong))))
    (dolist (face '(diff-added diff-removed))
      (when (and (>= (display-color-cells) 88)
                 (equal (tty-color-translate (face-background face nil t))
                        (tty-color-translate (face-background 'smbcmp-mode-row nil t))))
        (push (format "the row at point looks like %s" face) wrong)))
    ;; Terminals of few colours show what is bold and black as grey.
    (when (< (display-color-cells) 88)
      (dolist (face '(smbcmp-mode-row smbcmp-list-current smbcmp-log-evidence
                      smblog-highlight-1 smblog-highlight-2 smblog-highlight-3))
        (unless (eq 'normal (face-attribute face :weight nil t))
          (push (format "%s leaves text bold" face) wrong))))
    (list (display-color-cells) wrong)))

(defun face-test--on-terminal (term dark)
  "Return what `face-test-look' has on a TERM, DARK or not."
  (let* ((file (make-temp-file "smbcmp-faces"))
         (process-environment (cons (concat "TERM=" term) process-environment))
         (process
          (let ((process-connection-type t))
            (start-process
             "faces" nil (expand-file-name invocation-name invocation-directory) "-nw" "-Q"
             "--eval" smbcmp-test-no-native-compilation
             "-L" smbcmp--root "-L" smbcmp-module-lisp-directory "-L" smbcmp-test-directory
             "--eval" (format "%S" `(progn
                                      (require 'face-test)
                                      (let ((result (face-test-look ,dark)))
                                        (with-temp-file ,file (prin1 result (current-buffer))))
                                      (kill-emacs)))))))
    (unwind-protect
        (let ((end (+ 30 (float-time))))
          (set-process-query-on-exit-flag process nil)
          (set-process-filter process #'ignore)
          (set-process-window-size process 40 100)
          (while (and (process-live-p process) (< (float-time) end))
            (accept-process-output process 0.1))
          (with-temp-buffer
            (insert-file-contents file)
            (read (current-buffer))))
      (when (process-live-p process) (delete-process process))
      (delete-file file))))

(ert-deftest face-test-readable-on-terminals ()
  "What has colours of its own can be read, and the row at point can be told."
  (pcase-dolist (`(,term . ,colours) '(("xterm-256color" . 256) ("xterm" . 8)))
    (dolist (dark '(nil t))
      (should (equal (list term dark colours nil)
                     (cl-list* term dark (face-test--on-terminal term dark)))))))

(ert-deftest face-test-what-has-a-background-alone-is-read ()
  "In header lines and in Ediff letters do not go with a background not made for them."
  (cl-letf (((symbol-function 'smbcmp-diff-view-name) #'identity))
    (let* ((smbcmp-diff-view-sides '("a" 1 "b" 2))
           (header (smbcmp-diff-view--header)))
      (dolist (side '(("A a" . smbcmp-diff-a) ("B b" . smbcmp-diff-b)))
        (should (equal (list (cdr side) 'default)
                       (get-text-property (string-match-p (car side) header) 'face
                                          header))))))
  (with-temp-buffer
    (cl-letf (((symbol-function 'frame-parameter) (lambda (&rest _) 'dark))
              ((symbol-function 'face-background)
               (lambda (face &rest _)
                 (pcase face
                   ((or 'ediff-even-diff-A 'ediff-odd-diff-B) "light")
                   ;; As Ediff has them in Emacs 28.
                   ('ediff-fine-diff-A "#aa2222")
                   ('ediff-fine-diff-B "#22aa22")
                   (_ "dim"))))
              ((symbol-function 'color-values)
               (lambda (colour &rest _)
                 (pcase colour
                   ("light" '(54000 54000 54000))
                   ("#aa2222" '(43690 8738 8738))
                   ("#22aa22" '(8738 43690 8738))
                   (_ '(9000 9000 9000))))))
      (smbcmp-ediff-readable))
    (should (equal '(ediff-even-diff-A ediff-fine-diff-B ediff-odd-diff-B)
                   (sort (mapcar #'car face-remapping-alist) #'string<)))
    (pcase-dolist (`(,face . ,remapped) face-remapping-alist)
      (should (equal (list '(:foreground "black" :weight normal) face) remapped)))))

(ert-deftest face-test-tables-show-the-row-at-point ()
  "A table's row at point has our face: `hl-line' is all but invisible in some themes."
  (dolist (mode '(smbcmp-latency-mode smbcmp-latency-frames-mode smbcmp-conversations-mode
                  smbcmp-sequence-mode smbcmp-stream-mode))
    (with-temp-buffer
      (funcall mode)
      (should hl-line-mode)
      (should (eq 'smbcmp-mode-row hl-line-face)))))

(provide 'face-test)
;;; face-test.el ends here
