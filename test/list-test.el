;;; list-test.el --- The packet list  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Code:

(require 'bookmark)
(require 'browse)
(require 'ert)
(require 'imenu)
(require 'smbcmp)

(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Rows and moving

(ert-deftest list-test-rows-are-what-tshark-prints ()
  "The rows have what tshark prints in a packet's line."
  (browse-with-list (smbcmp-test-data "readonly")
    (cl-loop for line in (browse-tshark "-r" (smbcmp-test-data "readonly"))
             for frame from 1
             ;; tshark has an arrow between the addresses.
             do (should (equal (split-string (replace-regexp-in-string
                                              "\\([0-9]\\) → 127" "\\1 127" line))
                               (split-string (browse-row frame)))))
    (should (= 102 (smbcmp-list-rows-count)))))

(ert-deftest list-test-keys-move-by-shown-rows ()
  "n and p go over rows that a filter hides, and stop at the ends."
  (browse-with-list (smbcmp-test-data "good")
    (let ((frames (browse-tshark-frames (smbcmp-test-data "good") "smb2.cmd == 5")))
      (smbcmp-list-filter "smb2.cmd == 5")
      (browse-settle)
      (browse-keys "<home> M-<")
      (should (= (car frames) (smbcmp-list-frame-at-point)))
      (should-error (smbcmp-list-previous) :type 'user-error)
      (dolist (frame (cdr frames))
        (browse-keys "n")
        (should (= frame (smbcmp-list-frame-at-point))))
      (should-error (smbcmp-list-next) :type 'user-error)
      (browse-keys "4 p")
      (should (= (nth 4 (reverse frames)) (smbcmp-list-frame-at-point)))
      (browse-keys "C-u 4 p")
      (should (= (nth 8 (reverse frames)) (smbcmp-list-frame-at-point))))))

(ert-deftest list-test-point-never-rests-where-no-frame-is ()
  "At the end of the buffer and on hidden rows, RET would have no frame."
  (browse-with-list (smbcmp-test-data "good")
    (browse-keys "M->")
    (should (= 114 (smbcmp-list-frame-at-point)))
    (smbcmp-list-filter "smb2.cmd == 5")
    (browse-settle)
    (let ((frames (browse-shown)))
      (browse-keys "M->")
      (should (= (car (last frames)) (smbcmp-list-frame-at-point)))
      (browse-keys "M-< C-a")
      (should (= (car frames) (smbcmp-list-frame-at-point)))
      (goto-char (smbcmp-list-rows-start 0))
      (browse-keys "C-f")
      (should (memq (smbcmp-list-frame-at-point) frames)))))

(ert-deftest list-test-jump-goes-to-a-frame-or-says-why-not ()
  "j goes to a frame; a hidden one, or one that is not there, is told."
  (browse-with-list (smbcmp-test-data "good")
    (browse-keys "j 3 4 RET")
    (should (= 34 (smbcmp-list-frame-at-point)))
    (browse-keys "C-u 5 6 j")
    (should (= 56 (smbcmp-list-frame-at-point)))
    (should-error (smbcmp-list-jump 115) :type 'user-error)
    (smbcmp-list-filter "smb2.cmd == 5")
    (browse-settle)
    (let ((here (smbcmp-list-frame-at-point)))
      (should (string-match-p "Frame 1 is hidden by the filter smb2.cmd == 5"
                              (smbcmp-list-jump 1)))
      (should (= here (smbcmp-list-frame-at-point))))))

(ert-deftest list-test-isearch-finds-shown-rows-only ()
  "C-s finds text in the rows that are shown, not in hidden ones."
  (browse-with-list (smbcmp-test-data "good")
    (smbcmp-list-filter "smb2.cmd == 6")
    (browse-settle)
    (browse-keys "M-< C-s n e w RET")
    (should (string-match-p "Close Request,? File: new" (browse-line)))
    (should (memq (smbcmp-list-frame-at-point) (browse-shown)))))

;;;; Sorting

(defun list-test--sorted (column reverse)
  "Return the frames sorted by COLUMN of the rows, numbers; REVERSE says how."
  (let* ((rows (smbcmp-rows smbcmp-list-capture
                            (number-sequence 1 (smbcmp-list-rows-count))))
         (keys (cl-loop for row in rows for frame from 1
                        collect (cons (string-to-number (nth column row)) frame))))
    (mapcar #'cdr (sort keys (if reverse (lambda (a b) (> (car a) (car b)))
                               (lambda (a b) (< (car a) (car b))))))))

(ert-deftest list-test-sorting-keeps-frame-filter-and-marks ()
  "Rows sorted by a column are in its order; point, filter and marks stay."
  (browse-with-list (smbcmp-test-data "good")
    (let ((passing (browse-tshark-frames (smbcmp-test-data "good") "smb2")))
      (smbcmp-list-filter "smb2")
      (browse-settle)
      (browse-keys "j 4 0 RET m p")
      (browse-keys "S L e n g t h RET")
      (should (equal (cl-remove-if-not (lambda (frame) (memq frame passing))
                                       (list-test--sorted 5 nil))
                     (browse-shown)))
      (should (= 40 (smbcmp-list-frame-at-point)))
      (should (cl-some (lambda (overlay) (overlay-get overlay 'smbcmp-mark))
                       (overlays-at (point))))
      (should (string-match-p "Length[▲^]" (smbcmp-list-header)))
      (browse-keys "S L e n g t h RET")
      (should (equal (cl-remove-if-not (lambda (frame) (memq frame passing))
                                       (list-test--sorted 5 t))
                     (browse-shown)))
      (browse-keys "S N o . RET")
      (should (equal passing (browse-shown)))
      (should (= 40 (smbcmp-list-frame-at-point))))))

(ert-deftest list-test-click-on-a-title-sorts ()
  "A click on the title of a column sorts by that column."
  (browse-with-list (smbcmp-test-data "good")
    (let* ((header (smbcmp-list-header))
           (place (string-match "Protocol" header)))
      (smbcmp-list-sort-by-click
       `(mouse-1 (,(selected-window) header-line (20 . 0) 0 (,header . ,place)
                  nil (20 . 0) nil (0 . 0) (8 . 16))))
      (browse-settle)
      (should (equal "SMB2" (nth 4 (car (smbcmp-rows smbcmp-list-capture
                                                     (list (car (browse-shown))))))))
      (should (equal "TCP" (nth 4 (car (smbcmp-rows smbcmp-list-capture
                                                    (last (browse-shown))))))))))

(ert-deftest list-test-titles-are-above-their-columns ()
  "The header line has the titles where the columns are, also when scrolled."
  (browse-with-list (smbcmp-test-data "good")
    (let ((row (browse-row 34)))
      (should (= (string-match "Create Request" row)
                 (1- (string-match "Info" (smbcmp-list-header)))))
      (set-window-hscroll nil 10)
      (should (= (string-match "Create Request" (substring row 10))
                 (1- (string-match "Info" (smbcmp-list-header))))))))

;;;; Times

(ert-deftest list-test-times-are-as-tshark-has-them ()
  "t shows times in other formats, T counts them from a frame."
  (browse-with-list (smbcmp-test-data "good")
    (let ((seconds (lambda (frame)
                     (nth 1 (car (smbcmp-rows smbcmp-list-capture (list frame)))))))
      (browse-keys "j 3 4 RET t")
      (should (equal (nth 33 (mapcar (lambda (line) (mapconcat #'identity
                                                          (seq-subseq (split-string line) 1 3)
                                                          " "))
                                     (browse-tshark "-t" "ad" "-r" (smbcmp-test-data "good"))))
                     (funcall seconds 34)))
      (should (string-match-p (regexp-quote (funcall seconds 34)) (browse-row 34)))
      (should (= 34 (smbcmp-list-frame-at-point)))
      (browse-keys "t")
      (should (equal (nth 1 (split-string
                             (nth 33 (browse-tshark "-t" "d" "-r" (smbcmp-test-data "good")))))
                     (funcall seconds 34)))
      (browse-keys "t t")
      (browse-keys "T n n")
      (should (equal (format "%.9f" (- (string-to-number
                                        (nth 35 (browse-tshark-values
                                                 (smbcmp-test-data "good")
                                                 "frame.time_relative")))
                                       (string-to-number
                                        (nth 33 (browse-tshark-values
                                                 (smbcmp-test-data "good")
                                                 "frame.time_relative")))))
                     (funcall seconds 36)))
      (browse-keys "p p T")
      (should (string-match-p "^ *34 0.044846980 " (browse-row 34))))))

;;;; Marks, copying, filters of cells

(ert-deftest list-test-marks-last ()
  "m marks and goes on; u and U take marks away; marks survive g."
  (browse-with-list (smbcmp-test-data "good")
    (browse-keys "j 3 RET m m m")
    (should (equal '(5 4 3) (mapcar #'cdr smbcmp-list-marks)))
    (should (= 6 (smbcmp-list-frame-at-point)))
    (browse-keys "p u")
    (should (equal '(4 3) (mapcar #'cdr smbcmp-list-marks)))
    (browse-keys "g")
    (should (= 2 (cl-count-if (lambda (overlay) (overlay-get overlay 'smbcmp-mark))
                              (overlays-in (point-min) (point-max)))))
    (browse-keys "M-> m")
    (should (= 114 (cdar smbcmp-list-marks)))
    (browse-keys "U")
    (should-not smbcmp-list-marks)))

(ert-deftest list-test-w-copies-row-cell-field-and-filter ()
  "w copies what point is on in the words of Wireshark."
  (browse-with-list (smbcmp-test-data "good")
    (let ((kill-ring nil))
      (browse-keys "j 3 4 RET w w")
      (should (equal (string-trim (browse-row 34)) (car kill-ring)))
      (browse-keys "w #")
      (should (equal "34" (car kill-ring)))
      (browse-keys "w f")
      (should (equal "frame.number == 34" (car kill-ring)))
      (goto-char (+ (line-beginning-position)
                    (string-match "127\\.0\\.0\\.1" (browse-row 34))))
      (browse-keys "w v")
      (should (equal "127.0.0.1" (car kill-ring)))
      (browse-keys "w f")
      (should (equal "ip.src == 127.0.0.1" (car kill-ring)))
      (browse-keys "w n")
      (should (equal "ip.src" (car kill-ring)))
      (search-forward "Create")
      (browse-keys "w v")
      (let* ((info (browse-tshark-info buffer-file-name 34))
             (filter (format "_ws.col.info == \"%s\"" info)))
        (should (equal info (car kill-ring)))
        ;; Columns are fields since Wireshark 4.4.
        (if (zerop (call-process "tshark" nil nil nil "-r" buffer-file-name "-Y" filter))
            (progn (browse-keys "w f")
                   (should (equal filter (car kill-ring))))
          (should-error (smbcmp-list-copy-filter) :type 'user-error))))))

(ert-deftest list-test-filters-of-paths-are-escaped ()
  "The filter made of a column with a path selects the frames with that path."
  (let ((smbcmp-preferences
         '(("gui.column.format" . "\"No.\",\"%m\",\"Path\",\"%Cus:smb2.filename:0:R\""))))
    (browse-with-list (smbcmp-test-data "good")
      (search-forward "up.bin")
      (browse-keys "f f")
      (browse-settle)
      (should (equal "smb2.filename == \"new\\\\up.bin\"" smbcmp-list-filter-string))
      (should (equal (browse-tshark-frames buffer-file-name smbcmp-list-filter-string)
                     (browse-shown)))
      (should (browse-shown)))))

(defun list-test--same (file frame fields)
  "Return the filter for what FRAME of FILE has in FIELDS, as tshark has them."
  (mapconcat (lambda (field)
               (format "%s == %s" field
                       (car (apply #'browse-tshark
                                   (list "-r" file "-Y" (format "frame.number == %d" frame)
                                         "-T" "fields" "-e" field)))))
             fields " && "))

(ert-deftest list-test-f-filters-by-what-a-frame-is-about ()
  "The exchange, file, session and connection of a frame are those of tshark."
  (let ((file (smbcmp-test-data "concurrent")))
    (browse-with-list file
      (let ((frame (cl-find-if (lambda (frame) (> frame 400))
                               (browse-tshark-frames file "smb2.cmd == 8"))))
        (pcase-dolist (`(,keys . ,fields)
                       '(("f x" "smb2.msg_id" "tcp.stream") ("f f" "smb2.msg_id" "tcp.stream")
                         ("f c" "tcp.stream") ("f s" "smb2.sesid" "tcp.stream")))
          (smbcmp-list-unfilter)
          (browse-settle)
          (smbcmp-list-goto-frame frame)
          (browse-keys keys)
          (browse-settle)
          (let ((all (browse-shown)))
            (should (memq frame all))
            (should (equal (browse-tshark-frames file (list-test--same file frame fields))
                           all))))
        (smbcmp-list-unfilter)
        (browse-settle)
        (smbcmp-list-goto-frame frame)
        (browse-keys "f p")
        (browse-settle)
        (should (memq frame (browse-shown)))
        ;; What is done by the handle, and what has the name: CREATEs, since 4.6 others.
        (cl-flet ((value (filter field)
                         (car (browse-tshark "-2" "-r" file "-Y" filter "-T" "fields" "-e" field))))
          (let* ((this (format "frame.number == %d" frame))
                 (path (browse-tshark-plain
                        (value (format "smb2.response_in == %s"
                                       (value this "dcerpc.nt.open_frame"))
                               "smb2.filename"))))
            (should (equal (browse-tshark-frames
                            file (format "smb2.fid == %s || smb2.filename == \"%s\" || \
smb2.response_to == %d"
                                         (value this "smb2.fid")
                                         (replace-regexp-in-string "\\\\" "\\\\" path nil t)
                                         frame))
                           (browse-shown)))))))))

(ert-deftest list-test-f-p-begins-at-the-request-or-at-what-failed ()
  "The file of a request is that of its response's handle, or its exchange alone.
What answers a CLOSE, 37, has neither name nor handle."
  (let* ((file (smbcmp-test-data "good"))
         (fid (car (browse-tshark "-r" file "-Y" "frame.number == 35"
                                  "-T" "fields" "-e" "smb2.fid"))))
    (browse-with-list file
      (dolist (frame '(34 35 36 37))
        (smbcmp-list-unfilter)
        (browse-settle)
        (smbcmp-list-goto-frame frame)
        (browse-keys "f p")
        (browse-settle)
        (should (equal (browse-tshark-frames
                        file (format "smb2.fid == %s || smb2.filename == \"new\" || \
frame.number == %d || smb2.response_to == %d" fid frame frame))
                       (browse-shown))))))
  ;; Access denied: nothing else is about it.
  (browse-with-list (smbcmp-test-data "readonly")
    (dolist (frame '(34 35))
      (smbcmp-list-unfilter)
      (browse-settle)
      (smbcmp-list-goto-frame frame)
      (browse-keys "f p")
      (browse-settle)
      (should (equal '(34 35) (browse-shown))))))

(ert-deftest list-test-a-file-without-tcp-below ()
  "Where a frame has no exchange to filter by, its handle does."
  (should (equal "smb2.fid == 7"
                 (smbcmp-list-about-file-filter
                  '(packet nil (smb2 nil (smb2.fid ((value . 7)))))))))

(ert-deftest list-test-f-e-filters-by-severity ()
  "f e shows frames with expert information, as tshark has them."
  (let ((file (smbcmp-test-data "t-lock")))
    (browse-with-list file
      (browse-keys "f e n o t e RET")
      (browse-settle)
      (should (equal (browse-tshark-frames file "_ws.expert.severity >= 4194304")
                     (browse-shown))))))

(defun list-test-row-seen-p ()
  "Return non-nil if the row at point is highlighted when all is displayed."
  (run-hook-with-args 'pre-redisplay-functions (selected-window))
  (and (eq (current-buffer) (overlay-buffer hl-line-overlay))
       (<= (overlay-start hl-line-overlay) (point))
       (< (point) (overlay-end hl-line-overlay))))

(ert-deftest list-test-the-row-at-point-is-seen ()
  "The row at point is highlighted where it came, or point moved, after a command."
  (browse-with-list (smbcmp-test-data "good")
    (browse-keys "n")
    (smbcmp-list-filter "smb2.cmd == 5")
    (browse-settle)
    (should-not (= 2 (smbcmp-list-frame-at-point)))
    (should (list-test-row-seen-p))
    (dolist (key '("v e" "v n"))
      (browse-keys key)
      (browse-wait (lambda () (not (looking-at-p ".*; you can keep working"))))
      (should (list-test-row-seen-p))
      (quit-window t))))

(ert-deftest list-test-backslash-filters-again ()
  "Backslash shows all, and then what was shown before."
  (let ((file (smbcmp-test-data "good")))
    (browse-with-list file
      (should-error (browse-keys "\\") :type 'user-error)
      (smbcmp-list-filter "smb2.cmd == 5")
      (browse-settle)
      (let ((some (browse-shown)))
        (browse-keys "\\")
        (browse-settle)
        (should (= (smbcmp-frame-count smbcmp-list-capture) (length (browse-shown))))
        (browse-keys "\\")
        (browse-settle)
        (should (equal some (browse-shown)))))))

(ert-deftest list-test-r-leads-to-the-other-end ()
  "r goes from a request to its response and back, of SMB1 too."
  (pcase-dolist (`(,folder . ,field) '(("good" . "smb2") ("smb1" . "smb")))
    (let ((file (smbcmp-test-data folder)))
      (browse-with-list file
        (let* ((request (nth 3 (browse-tshark-frames file (concat field ".response_in"))))
               (response (string-to-number
                          (car (browse-tshark "-2" "-r" file "-Y" (format "frame.number == %d" request)
                                              "-T" "fields" "-e" (concat field ".response_in"))))))
          (smbcmp-list-goto-frame request)
          (browse-keys "r")
          (should (eql response (smbcmp-list-frame-at-point)))
          (browse-keys "r")
          (should (eql request (smbcmp-list-frame-at-point)))
          ;; The first frame is TCP's.
          (smbcmp-list-goto-frame 1)
          (should-error (browse-keys "r") :type 'user-error))))))

(ert-deftest list-test-f-filters-by-the-cell ()
  "f makes a display filter of the cell at point, alone or added to the other."
  (let ((file (smbcmp-test-data "t-lock")))
    (browse-with-list file
      (smbcmp-list-filter "smb2.cmd == 10")
      (browse-settle)
      (browse-keys "f A")
      ;; On the number it is what the frame is about.
      (let* ((first (car (browse-tshark-frames file "smb2.cmd == 10")))
             (filter (format "(smb2.cmd == 10) && !(%s)"
                             (list-test--same file first '("smb2.msg_id" "tcp.stream")))))
        (should (equal filter smbcmp-list-filter-string))
        (should (equal (browse-tshark-frames file filter) (browse-shown)))
        (should (equal filter (car smbcmp-filter-history)))))))

;;;; Reading again

(ert-deftest list-test-g-reads-a-file-that-grew ()
  "g shows the frames that came since; frame and filter stay."
  (let ((file (make-temp-file "smbcmp" nil ".pcapng")))
    (unwind-protect
        (progn
          (copy-file (smbcmp-test-data "good") file t)
          (browse-with-list file
            (smbcmp-list-filter "smb2.cmd == 5")
            (browse-settle)
            (browse-keys "j 3 5 RET")
            (call-process "mergecap" nil nil nil "-a" "-w" file
                          (smbcmp-test-data "good") (smbcmp-test-data "readonly"))
            (browse-keys "g")
            (should (= 216 (smbcmp-list-rows-count)))
            (should (= 35 (smbcmp-list-frame-at-point)))
            (should (equal (browse-tshark-frames file "smb2.cmd == 5") (browse-shown)))))
      (delete-file file))))

;;;; Emacs' own ways to places

(ert-deftest list-test-imenu-has-the-rows-shown ()
  "`imenu' leads to any row that is shown."
  (browse-with-list (smbcmp-test-data "good")
    (smbcmp-list-filter "smb2.cmd == 5")
    (browse-settle)
    (let ((index (funcall imenu-create-index-function)))
      (should (= (length (browse-shown)) (length index)))
      (goto-char (cdr (nth 4 index)))
      (should (= (nth 4 (browse-shown)) (smbcmp-list-frame-at-point))))))

(ert-deftest list-test-bookmark-leads-back-from-nothing ()
  "A bookmark opens the capture, filters it and goes to the frame."
  (let ((bookmark-alist nil) (bookmark-save-flag nil) (bookmark-default-file "/nowhere"))
    (cl-letf (((symbol-function 'bookmark-maybe-load-default-file) #'ignore))
      (browse-with-list (smbcmp-test-data "good")
        (smbcmp-list-filter "smb2.cmd == 5")
        (browse-settle)
        (browse-keys "j 3 5 RET")
        (bookmark-set "here")
        (kill-buffer)
        (bookmark-jump "here")
        (browse-settle)
        (should (equal (smbcmp-test-data "good") buffer-file-name))
        (should (= 35 (smbcmp-list-frame-at-point)))
        (should (equal (browse-tshark-frames buffer-file-name "smb2.cmd == 5")
                       (browse-shown)))))))

(ert-deftest list-test-help-tells-every-key ()
  "? tells all commands of the list with their keys."
  (browse-with-list (smbcmp-test-data "good")
    (let ((map smbcmp-list-mode-map) (buffer (current-buffer)))
      (smbcmp-help)
      (let ((text (with-current-buffer (help-buffer) (buffer-string))))
        (dolist (key '("n" "p" "RET" "/" "\\" "g" "j" "m" "u" "U" "=" "t" "T" "S" "b" "F" "q"
                       "f a" "w f"))
          (should (commandp (lookup-key map (kbd key)) t))
          (should (string-match-p (concat "\\(?:^\\|  \\)" (regexp-quote key) " +[A-Z.]")
                                  text))))
      (kill-buffer (help-buffer))
      (set-buffer buffer))))

(ert-deftest list-test-the-menu-of-keys-leaves-all-as-it-was ()
  "? shows what keys do; the next key does it, in the same window, the region kept.
Emacs 27 has no transient.el of its own."
  (when (require 'transient nil t)
    (browse-with-list (smbcmp-test-data "good")
      (cl-letf (((symbol-function 'frame-width) (lambda (&rest _) 160))
                ((symbol-function 'frame-height) (lambda (&rest _) 50)))
        (let ((transient-mark-mode t) (buffer (current-buffer)))
          (browse-keys "n C-SPC")
          (should (region-active-p))
          (execute-kbd-macro (kbd "? n"))
          (should (eq buffer (window-buffer)))
          (should (= 3 (smbcmp-list-frame-at-point)))
          (should (= 2 (line-number-at-pos (mark))))
          (should (one-window-p))
          ;; Also where a key is two.
          (execute-kbd-macro (kbd "? w #"))
          (should (equal "3" (current-kill 0))))))))

(ert-deftest list-test-help-needs-no-transient ()
  "? is a help buffer where Emacs has no transient.el."
  (require 'smbcmp-help)
  (browse-with-list (smbcmp-test-data "good")
    (let ((load-path nil) (helped nil))
      (cl-letf (((symbol-function 'frame-height) (lambda (&rest _) 50))
                ((symbol-function 'smbcmp-help) (lambda (&rest _) (setq helped t))))
        ;; `let' would bind it for this function alone.
        (cl-progv '(features) (list (remq 'transient features))
          (smbcmp-help-menu)))
      (should helped))))

(ert-deftest list-test-help-in-a-low-frame-keeps-the-selection ()
  "Where the menu has no room, ? shows a buffer, and the next key is the list's."
  (require 'smbcmp-help)
  (browse-with-list (smbcmp-test-data "good")
    (let ((list (current-buffer)))
      (cl-letf (((symbol-function 'frame-height) (lambda (&rest _) 10)))
        (browse-keys "?"))
      (should (get-buffer-window (help-buffer)))
      (should (eq list (current-buffer)))
      (let ((frame (smbcmp-list-frame-at-point)))
        (browse-keys "n")
        (should (= (1+ frame) (smbcmp-list-frame-at-point))))
      (kill-buffer (help-buffer)))))

(ert-deftest list-test-help-fits-80-columns ()
  "In the help of each mode two lines fit side by side; no entry is without a name."
  (require 'smbcmp-help)
  (require 'smblog-mode)
  (let (wide)
    (mapatoms
     (lambda (mode)
       (when (and (string-match-p "\\`smb\\(?:cmp\\|log\\)-.*mode\\'" (symbol-name mode))
                  (get mode 'derived-mode-parent)
                  (boundp (intern (format "%s-map" mode))))
         (with-temp-buffer
           (setq major-mode mode)
           (dolist (item (smbcmp-help--items))
             (let ((line (smbcmp-help--line item)))
               (when (and line (> (string-width line) 39))
                 (push (cons mode (substring-no-properties line)) wide))))))))
    (should-not wide)))

(ert-deftest list-test-help-needs-no-menu ()
  "? tells the keys of buffers that have no menu, too."
  (require 'smbcmp-compare-logs)
  (with-temp-buffer
    (smbcmp-compare-log-mode)
    (smbcmp-help)
    (with-current-buffer (help-buffer)
      (should (string-match-p "^RET +[A-Z]" (buffer-string)))
      (kill-buffer))))

;;;; Several captures

(ert-deftest list-test-captures-of-one-name-have-their-own-details ()
  "Details go with their packet list, whatever its buffer is called."
  (browse-with-list (smbcmp-test-data "good")
    (let ((good (current-buffer)))
      (browse-keys "j 3 4 RET RET")
      (other-window 1)
      (find-file (smbcmp-test-data "readonly"))
      (browse-settle)
      (browse-keys "j 9 RET RET")
      (let ((readonly smbcmp-detail-list))
        (should-not (eq good readonly))
        (should (= 9 smbcmp-detail-frame))
        (should (= 34 (with-current-buffer good
                        (with-current-buffer (browse-details) smbcmp-detail-frame))))
        (select-window (display-buffer good))
        (set-buffer good)
        (browse-keys "n RET")
        (should (eq good smbcmp-detail-list))
        (should (= 35 smbcmp-detail-frame))
        (should (= 9 (with-current-buffer readonly
                       (with-current-buffer (browse-details) smbcmp-detail-frame))))))))

(ert-deftest list-test-q-restores-the-windows ()
  "RET and b split the window; q makes it whole again."
  (browse-with-list (smbcmp-test-data "good")
    (browse-need-room)
    (let ((list (current-buffer)))
      (browse-keys "RET")
      (should (= 2 (length (window-list))))
      (browse-keys "b")
      (should (= 3 (length (window-list))))
      (select-window (get-buffer-window list))
      (browse-keys "q")
      (should (= 1 (length (window-list))))
      (should-not (eq list (window-buffer))))))

(provide 'list-test)
;;; list-test.el ends here
