;;; parity-test.el --- The trees are Wireshark's  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Every frame of every recorded capture against the tshark that is
;; installed.  Trees are dissected after the whole capture is loaded, as
;; Wireshark's window does, so a request knows its response; with tshark
;; that takes two passes (-2).  Rows are those of the first pass, what
;; tshark prints without it.

;;; Code:

(require 'cl-lib)
(require 'dom)
(require 'ert)
(require 'xml)
(require 'smbcmp)

(defvar smbcmp-test-directory)
(declare-function smbcmp-test-data "run" (folder &optional file))

;;;; Captures

(defun parity--key ()
  "Return the session key of the encrypted capture, from the client's log."
  (with-temp-buffer
    (let ((jka-compr-verbose nil))
      (insert-file-contents (smbcmp-test-data "enc-smb311" "log.smbclient.gz")))
    (cl-flet ((dump (name)
                (goto-char (point-min))
                (re-search-forward (concat "^ *" name " +\\[0000\\] \\(\\(?: *[0-9A-F]\\{2\\}\\)+\\)  "))
                (replace-regexp-in-string " " "" (match-string 1))))
      (list :session (dump "Session Id") :key (dump "Session Key")))))

(defun parity--captures ()
  "Return the captures to compare: (FILE KEYS TSHARK-ARGUMENTS)."
  (let ((key (parity--key)))
    (append
     (mapcar (lambda (file) (list file nil nil))
             (file-expand-wildcards (expand-file-name "data/*/capture.pcapng"
                                                      smbcmp-test-directory)))
     (list (list (smbcmp-test-data "enc-smb311") (list key)
                 (list "-o" (format "uat:smb2_seskey_list:%s,%s,\"\",\"\""
                                    (plist-get key :session) (plist-get key :key))))))))

(defun parity--tshark (&rest arguments)
  "Return what tshark prints on ARGUMENTS."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-unix))
      (unless (zerop (apply #'call-process "tshark" nil '(t nil) nil arguments))
        (error "Tshark %S failed" arguments)))
    (buffer-string)))

;;;; PDML as trees

(defconst parity--pdml-line
  (concat "<\\(?:proto\\|field\\) name=\"\\([^\"]*\\)\""
          "\\(?: showname=\"\\([^\"]*\\)\"\\)?\\(?: hide=\"\\([^\"]*\\)\"\\)?"
          ;; What has no text but its value has that before.
          "\\(?: show=\"\\([^\"]*\\)\"\\)?"
          "\\(?: size=\"\\([^\"]*\\)\" pos=\"\\([^\"]*\\)\"\\)?"
          "\\(?: show=\"\\([^\"]*\\)\"\\)?[^>\n]*>")
  "Regexp for what begins a node of PDML, with attributes as tshark writes them.")

(defun parity--attribute (group)
  "Return the attribute that GROUP of the last match is, or nil."
  (let ((value (match-string-no-properties group)))
    (if (and value (string-match-p "&" value))
        (save-match-data (xml-substitute-special value))
      value)))

(defun parity--pdml-tree ()
  "Return the tree of the packet whose PDML follows point, and go behind it.
It is a list of (DEPTH NAME SHOWNAME SHOW SIZE POS HIDE); what PDML adds to
what Wireshark dissected is left out: geninfo, and wrappers for fields
outside any protocol."
  (let (tree (depth 0) wrappers)
    (while (not (looking-at "</packet"))
      (skip-chars-forward " ")
      (cond
       ((looking-at "<proto name=\"geninfo\"") (re-search-forward "</proto>"))
       ((looking-at "<[a-z]+ name=\"fake-field-wrapper\"") (push depth wrappers))
       ((looking-at "</proto>")
        (if (eql (car wrappers) depth) (pop wrappers) (cl-decf depth)))
       ((looking-at "</field>") (cl-decf depth))
       ((looking-at parity--pdml-line)
        (let ((leaf (eq (char-before (1- (match-end 0))) ?/)))
          (push (list (1+ depth) (parity--attribute 1) (parity--attribute 2)
                      (parity--attribute (if (match-beginning 4) 4 7))
                      (parity--attribute 5) (parity--attribute 6) (parity--attribute 3))
                tree)
          (unless leaf (cl-incf depth)))))
      (forward-line 1))
    (nreverse tree)))

(defun parity--each-pdml (file arguments function)
  "Call FUNCTION with each tree of FILE as tshark with ARGUMENTS has it.
A tree is what `parity--pdml-tree' returns; all of them are a lot of memory."
  (with-temp-buffer
    (let ((coding-system-for-read 'utf-8-unix))
      (apply #'call-process "tshark" nil '(t nil) nil "-2" "-r" file "-T" "pdml" arguments))
    (goto-char (point-min))
    (while (re-search-forward "^<packet.*\n" nil t)
      (funcall function (parity--pdml-tree)))))

(defun parity--pdml (file arguments)
  "Return the trees of FILE as tshark with ARGUMENTS has them, a list."
  (let (trees)
    (parity--each-pdml file arguments (lambda (tree) (push tree trees)))
    (nreverse trees)))

;;;; Our trees alike

(defun parity--number (show)
  "Return the number that SHOW is, decimal or hexadecimal, or nil."
  (cond ((string-match "\\`-?[0-9]+\\'" show) (string-to-number show))
        ((string-match "\\`0x\\([0-9a-fA-F]+\\)\\'" show)
         (string-to-number (match-string 1 show) 16))))

(defun parity--hex (bytes)
  "Return unibyte BYTES as Wireshark shows them."
  (mapconcat (lambda (byte) (format "%02x" byte)) bytes ":"))

(defun parity--times (value type)
  "Return the ways in which tsharks show VALUE, a time of TYPE."
  (pcase-let* ((`(,high ,low ,micro ,pico) value)
               (nanoseconds (+ (* 1000 micro) (/ pico 1000)))
               (seconds (+ (* high 65536) low))
               (negative (or (< seconds 0) (< nanoseconds 0)))
               (number (format "%s%d.%09d" (if negative "-" "") (abs seconds)
                               (abs nanoseconds))))
    (if (eq type 'relative_time)
        (list number)
      (list (concat (format-time-string "%b %e, %Y %H:%M:%S" seconds t)
                    (format ".%09d" nanoseconds))
            ;; Since 4.4.
            (concat (format-time-string "%Y-%m-%dT%H:%M:%S" seconds t)
                    (format ".%09d" nanoseconds))
            number))))

(defun parity--same-value-p (node show)
  "Return non-nil if the value of NODE is what SHOW says."
  (let* ((type (dom-attr node 'type))
         (value (dom-attr node 'value))
         (number (and show (parity--number show))))
    (pcase type
      ((or 'none 'protocol) (null value))
      ('boolean (member show (if value '("1" "True") '("0" "False"))))
      ((guard (floatp value)) (< (abs (- value (string-to-number show))) 1e-6))
      ((guard (and (integerp value) number)) (= value number))
      ;; A character, or an integer that is shown by its own format.
      ((guard (integerp value)) (not (string-empty-p show)))
      ((or 'absolute_time 'relative_time)
       (or (member show '("(0)" "No time specified (0)" "Infinity (absolute time)"))
           ;; Before 3.6 that none was specified stood before the time.
           (cl-some (lambda (time) (string-prefix-p time (string-remove-prefix "(0)" show)))
                    (parity--times value type))))
      ((or 'bytes 'uint_bytes)
       (equal (downcase (replace-regexp-in-string "[^0-9a-fA-F]" "" show))
              (downcase (replace-regexp-in-string ":" "" (parity--hex value)))))
      (_ (equal (replace-regexp-in-string "[\n\r\t]" "" value)
                (replace-regexp-in-string "[\n\r\t]" "" show))))))

(defun parity--escape (string)
  "Return STRING less what PDML can't have: control characters become escapes."
  (replace-regexp-in-string "[\0-\x1f\x7f]" "" string))

(defun parity--unescape (string)
  "Return STRING of PDML less its escapes for control characters."
  (replace-regexp-in-string "\\\\x[0-9a-f]\\{2\\}\\|[\0-\x1f\x7f]" "" string))

(defun parity--same-label-p (label showname)
  "Return non-nil if LABEL is SHOWNAME, but for what PDML can't have."
  (or (equal label showname)
      (equal (parity--escape label) (parity--unescape showname))))

(defun parity--same-node-p (node depth parent expected)
  "Return non-nil if NODE, at DEPTH below PARENT, is EXPECTED."
  (pcase-let ((`(,d ,name ,showname ,show ,size ,pos ,hide) expected))
    (let* ((text (eq (dom-tag node) 'text))
           (start (dom-attr node 'start))
           ;; PDML adds the parent's place to that of a field which begins
           ;; before it.
           (shown (if (and (dom-attr parent 'start) (< start (dom-attr parent 'start)))
                      (+ start (dom-attr parent 'start))
                    start)))
      (and (= d depth)
           (equal name (if text "" (symbol-name (dom-tag node))))
           ;; Of the protocol for bytes that no one dissects, PDML tells
           ;; nothing but them.
           (or (and (equal name "data") (null size))
               (and (parity--same-label-p (dom-attr node 'label) (if text show showname))
                    (equal size (number-to-string (dom-attr node 'length)))
                    (equal pos (number-to-string shown))
                    (eq (equal hide "yes") (and (dom-attr node 'hidden) t))
                    (or text (parity--same-value-p node show))))))))

(defun parity--differences (tree expected)
  "Return how TREE differs from EXPECTED, a list; nil if it doesn't."
  (let (differences)
    (cl-labels ((walk (parent depth)
                  (dolist (node (dom-children parent))
                    (let ((want (pop expected)))
                      (unless (and want (parity--same-node-p node depth parent want))
                        (push (list (dom-tag node) (dom-attributes node) want)
                              differences)))
                    (walk node (1+ depth)))))
      (walk tree 1))
    (when expected (push (cons 'missing expected) differences))
    (nreverse differences)))

(defun parity--psml (file arguments)
  "Return the rows of FILE as tshark with ARGUMENTS has them."
  (let ((dom (with-temp-buffer
               (insert (apply #'parity--tshark "-r" file "-T" "psml" arguments))
               (libxml-parse-xml-region (point-min) (point-max)))))
    (mapcar (lambda (packet) (mapcar #'dom-text (dom-by-tag packet 'section)))
            (dom-by-tag dom 'packet))))

(defun parity--count-nodes (tree)
  "Return the number of nodes below TREE."
  (apply #'+ (mapcar (lambda (child) (1+ (parity--count-nodes child)))
                     (dom-children tree))))

(ert-deftest parity-test-trees ()
  "Every frame's tree, and its row, is what tshark shows of it."
  :tags '(slow)
  (let ((frames 0) (nodes 0) (captures 0))
    (pcase-dolist (`(,file ,keys ,arguments) (parity--captures))
      (let ((capture (smbcmp-open file :keys keys))
            (frame 0))
        (should (equal (smbcmp-rows capture (smbcmp-frames capture))
                       (parity--psml file arguments)))
        (parity--each-pdml
         file arguments
         (lambda (want)
           (let* ((tree (smbcmp-frame-tree capture (cl-incf frame)))
                  (differences (parity--differences tree want)))
             (cl-incf nodes (parity--count-nodes tree))
             (when differences
               (ert-fail (list file frame (length differences) (car differences)))))))
        (should (= frame (smbcmp-frame-count capture)))
        (cl-incf frames frame)
        (cl-incf captures)
        (smbcmp-close capture)))
    (message "        %d captures, %d frames, %d nodes: 0 differences"
             captures frames nodes)))

;;;; Data sources

(defun parity--dumps (file arguments)
  "Return the data sources of each frame of FILE that tshark with ARGUMENTS has.
The value is a list of alists of names, nil where tshark gives none, and
bytes in hexadecimal."
  (let (dumps)
    (dolist (line (split-string (apply #'parity--tshark "-2" "-r" file "-P" "-x"
                                       ;; A line of the number alone begins a frame.
                                       "-o" "gui.column.format:\"No.\",\"%m\"" arguments)
                                "\n" t))
      (cond ((string-match "\\`[0-9a-f]\\{4,\\}  \\(\\(?:[0-9a-f]\\{2\\} ?\\)+\\)" line)
             (unless (car dumps) (push (list nil) (car dumps)))
             (push (replace-regexp-in-string " " "" (match-string 1 line))
                   (cdar (car dumps))))
            ((string-match "\\`\\([^ ].* ([0-9]+ bytes?)\\):\\'" line)
             (push (list (match-string 1 line)) (car dumps)))
            ((string-match-p "\\` *[0-9]+ *\\'" line) (push nil dumps))))
    (mapcar (lambda (dump)
              (mapcar (lambda (source) (cons (car source)
                                             (apply #'concat (reverse (cdr source)))))
                      (reverse dump)))
            (nreverse dumps))))

(ert-deftest parity-test-bytes ()
  "Reassembled and decrypted bytes are those of tshark, and so are their names."
  (let ((sources 0))
    (pcase-dolist (`(,file ,keys ,arguments)
                   (list (car (last (parity--captures)))
                         (list (smbcmp-test-data "good") nil nil)
                         (list (smbcmp-test-data "t-compound") nil nil)))
      (let ((capture (smbcmp-open file :keys keys))
            (dumps (parity--dumps file arguments))
            (frame 0))
        (should (= (length dumps) (smbcmp-frame-count capture)))
        (dolist (theirs dumps)
          (let ((ours (smbcmp-frame-bytes capture (cl-incf frame))))
            (cl-incf sources (length ours))
            (should (equal (mapcar (lambda (source)
                                     (mapconcat (lambda (b) (format "%02x" b)) (cdr source) ""))
                                   ours)
                           (mapcar #'cdr theirs)))
            (when (cdr theirs)
              (should (equal (mapcar #'car ours) (mapcar #'car theirs))))))
        (smbcmp-close capture)))
    (should (> sources 800))))

;;;; Filters and fields

(defconst parity--filters
  '("smb2" "smb" "tcp" "smb2.cmd == 5" "smb2.cmd != 5" "smb2.nt_status != 0"
    "smb2.nt_status == 0xc0000034" "smb2.flags.response == 1" "!smb2" "smb2 && tcp.len > 300"
    "smb2.filename contains \"up\"" "smb2.filename matches \"^docs\"" "smb2.response_in"
    "smb2.response_to" "smb2.time > 0.001" "frame.number in {1..10, 20, 30..35}"
    "frame.len > 500 and frame.len < 600" "tcp.flags.syn == 1" "ip.addr == 127.0.0.1"
    "tcp.port == 445" "_ws.expert" "smb2.sesid != 0" "ntlmssp" "tcp.analysis.acks_frame"
    "smb2.create.disposition == 2" "tcp contains \"hello\"" "frame[0:2] == 00:00"
    "len(smb2.filename) > 3" "smb2.msg_id % 2" "smb.cmd == 0x73" "smb2.channel_offset"
    "frame.time_relative < 0.05" "smb2.find.pattern == \"*\"")
  "Display filters of many kinds; those that Wireshark refuses are compared, too.")

(defconst parity--filters-lua "
for line in io.lines(os.getenv('PARITY_FILTERS')) do
  local frames = {}
  local fine, tap = pcall(Listener.new, 'frame', line)
  if fine then
    function tap.packet(pinfo) frames[#frames + 1] = pinfo.number end
    function tap.draw() print('FILTER ' .. line .. '\\t' .. table.concat(frames, ' ')) end
  else
    print('FILTER ' .. line .. '\\trefused')
  end
end
" "Prints which frames each filter in a file selects.")

(defun parity--selected-by-lua (file filters)
  "Return (FILTER FRAMES) for each of FILTERS of FILE, FRAMES maybe `refused'.
If tshark runs no Lua, as for root since 4.4, return nil.  One tshark for
each filter takes twenty times as long."
  (let* ((script (make-temp-file "smbcmp-parity" nil ".lua" parity--filters-lua))
         (list (make-temp-file "smbcmp-parity" nil nil (mapconcat (lambda (filter) (concat filter "\n"))
                                                                  filters "")))
         (process-environment (cons (concat "PARITY_FILTERS=" list) process-environment))
         (selected nil))
    (dolist (line (split-string (parity--tshark "-2" "-q" "-r" file "-X"
                                                (concat "lua_script:" script))
                                "\n"))
      (when (string-match "\\`FILTER \\(.*\\)\t\\(.*\\)" line)
        (let ((filter (match-string 1 line)) (frames (match-string 2 line)))
          (push (list filter (if (equal frames "refused")
                                 'refused
                               (mapcar #'string-to-number (split-string frames " " t))))
                selected))))
    (delete-file script)
    (delete-file list)
    selected))

(defun parity--selected (file filter)
  "Return the frames of FILE that tshark selects by FILTER, or `refused'."
  (condition-case nil
      (mapcar #'string-to-number
              (split-string (parity--tshark "-2" "-r" file "-Y" filter
                                            "-T" "fields" "-e" "frame.number")
                            "\n" t))
    (error 'refused)))

(ert-deftest parity-test-filters ()
  "A display filter selects the frames that tshark selects."
  (dolist (folder '("good" "smb1" "t-notify"))
    (let* ((file (smbcmp-test-data folder))
           (capture (smbcmp-open file))
           (selected (parity--selected-by-lua file parity--filters)))
      (dolist (filter parity--filters)
        (let ((theirs (if selected
                          (cadr (assoc filter selected))
                        (parity--selected file filter)))
              (ours (condition-case nil
                        (smbcmp-frames capture filter)
                      (smbcmp-filter-error 'refused))))
          (should (equal (list filter ours) (list filter theirs)))
          (should (eq (eq theirs 'refused) (and (smbcmp-check-filter filter) t)))))
      ;; Not of one kind alone.
      (when selected
        (should (= (length selected) (length parity--filters)))
        (should (equal (parity--selected file "smb2.cmd == 5")
                       (cadr (assoc "smb2.cmd == 5" selected)))))
      (smbcmp-close capture))))

(ert-deftest parity-test-fields ()
  "Values of fields are what tshark prints of them."
  (let* ((file (smbcmp-test-data "t-compound"))
         (capture (smbcmp-open file))
         (fields '("frame.number" "smb2.cmd" "smb2.msg_id" "smb2.response_in"
                   "smb2.filename" "tcp.srcport"))
         (theirs (mapcar (lambda (line) (split-string line "\t"))
                         (split-string
                          (apply #'parity--tshark "-2" "-r" file "-Y" "smb2" "-T" "fields"
                                 (mapcan (lambda (field) (list "-e" field)) fields))
                          "\n" t)))
         (ours (smbcmp-fields capture fields "smb2")))
    (should (equal theirs
                   (mapcar (lambda (row)
                             (mapcar (lambda (value)
                                       (mapconcat (lambda (v) (format "%s" v))
                                                  (cond ((vectorp value) value)
                                                        (value (list value)))
                                                  ","))
                                     row))
                           ours)))
    (should (> (length theirs) 100))
    (smbcmp-close capture)))

;;;; Other file types, the other host

(ert-deftest parity-test-file-types ()
  "Captures of other types, and compressed ones, are the same captures."
  (let* ((file (smbcmp-test-data "good"))
         (directory (make-temp-file "smbcmp-types" t))
         (frames (let ((capture (smbcmp-open file)))
                   (prog1 (smbcmp-rows capture (smbcmp-frames capture))
                     (smbcmp-close capture)))))
    (unwind-protect
        (dolist (type '("pcap" "nsecpcap" "snoop" "pcapng" "gz"))
          (let ((other (expand-file-name (concat "capture." type) directory)))
            (if (equal type "gz")
                (with-temp-file other
                  (set-buffer-multibyte nil)
                  (should (zerop (call-process "gzip" nil t nil "-c" file))))
              (should (zerop (call-process "editcap" nil nil nil "-F" type file other))))
            (let ((capture (smbcmp-open other)))
              (should (equal (mapcar (lambda (row) (nthcdr 2 row)) frames)
                             (mapcar (lambda (row) (nthcdr 2 row))
                                     (smbcmp-rows capture (smbcmp-frames capture)))))
              (smbcmp-close capture))))
      (delete-directory directory t))))

(ert-deftest parity-test-embedded ()
  "The engine inside Emacs answers as the one in a worker."
  (let* ((file (smbcmp-test-data "t-compound"))
         (script (format "%S" `(progn
                                 (require 'smbcmp)
                                 (let ((c (smbcmp-open ,file :host 'embedded))
                                       (print-escape-nonascii t)
                                       (print-escape-multibyte t))
                                   (prin1 (mapcar (lambda (f) (smbcmp-frame-tree c f))
                                                  '(1 14 16 17 100 508)))))))
         (capture (smbcmp-open file)))
    (with-temp-buffer
      ;; A process of its own: libwireshark stays in an Emacs it is loaded in.
      (should (zerop (call-process (expand-file-name invocation-name invocation-directory)
                                   nil '(t nil) nil "-Q" "--batch" "-L" smbcmp--root
                                   "--eval" script)))
      (goto-char (point-min))
      (should (equal (read (current-buffer))
                     (mapcar (lambda (f) (smbcmp-frame-tree capture f))
                             '(1 14 16 17 100 508)))))
    (smbcmp-close capture)))

;; They see a million nodes.
(mapc #'byte-compile
      '(parity--attribute parity--pdml-tree parity--number parity--hex
        parity--times parity--same-value-p parity--escape parity--unescape
        parity--same-label-p parity--same-node-p parity--differences parity--count-nodes))

(provide 'parity-test)
;;; parity-test.el ends here
