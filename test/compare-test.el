;;; compare-test.el --- Where two captures diverge  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Whole captures compared.  What must differ comes from tshark's PDML and
;; fields, or is what the recorded scenarios say.

;;; Code:

(require 'cl-lib)
(require 'ert)
(require 'seq)
(require 'rewrite)
(require 'smbcmp)
(require 'smbcmp-compare-report)

(declare-function smbcmp-test-data "run" (folder &optional file))
(declare-function parity--key "parity-test" ())

(defun compare-test--open (folder)
  "Open the recorded capture in FOLDER, decrypted if it is encrypted."
  (smbcmp-open (smbcmp-test-data folder)
               :keys (and (equal folder "enc-smb311") (list (parity--key)))))

(defun compare-test--call (a b function &rest plist)
  "Call FUNCTION with the comparison of A and B, folders or files.
PLIST is as in `smbcmp-diff-captures'."
  (let* ((open (lambda (name) (if (file-name-absolute-p name)
                                  (smbcmp-open name)
                                (compare-test--open name))))
         (cap-a (funcall open a))
         (cap-b (funcall open b)))
    (unwind-protect
        (funcall function (apply #'smbcmp-diff-captures cap-a cap-b plist))
      (smbcmp-close cap-a)
      (smbcmp-close cap-b))))

(defun compare-test--summary (comparison)
  "Return (KIND LABEL A B CAUSE) for each divergence of COMPARISON."
  (mapcar (lambda (d) (mapcar (lambda (key) (plist-get d key))
                              '(:kind :label :a :b :cause)))
          (smbcmp-comparison-divergences comparison)))

;;;; The recorded scenarios

(defun compare-test--pdml-values (folder)
  "Return the fields of SMB's layer in the capture in FOLDER, by PDML.
They are a list of (NAME . VALUE) in the order of the tree."
  (let ((smb nil) values)
    (with-temp-buffer
      (let ((coding-system-for-read 'utf-8-unix))
        (call-process "tshark" nil '(t nil) nil "-2" "-r" (smbcmp-test-data folder)
                      "-T" "pdml"))
      (goto-char (point-min))
      (while (re-search-forward "^\\( *\\)<\\(?:proto\\|field\\) name=\"\\([^\"]*\\)\"\\(.*\\)$"
                                nil t)
        (let ((depth (length (match-string 1))) (name (match-string 2))
              (rest (match-string 3)))
          (when (<= depth 2) (setq smb (member name '("smb" "smb2"))))
          (when (and smb (not (string-empty-p name)) (string-match " show=\"\\([^\"]*\\)\"" rest))
            (push (cons name (match-string 1 rest)) values)))))
    (nreverse values)))

(defun compare-test--pdml-differences (a b)
  "Return the fields of SMB's layer that differ between captures A and B.
They are names, one for each value, in PDML; the captures have the same
fields."
  (let ((values-a (compare-test--pdml-values a))
        (values-b (compare-test--pdml-values b)))
    (should (equal (mapcar #'car values-a) (mapcar #'car values-b)))
    (cl-loop for (name . value-a) in values-a
             for (_ . value-b) in values-b
             unless (equal value-a value-b) collect name)))

(ert-deftest compare-test-two-runs-of-one-case-do-not-diverge ()
  "What differs in any two runs is no divergence, and none of it is lost."
  (compare-test--call
   "good" "good-again"
   (lambda (comparison)
     (should-not (smbcmp-comparison-divergences comparison))
     (should (= (smbcmp-comparison-same comparison) 53))
     (let ((ignored (smbcmp-comparison-ignored comparison)))
       (should (= (apply #'+ (mapcar #'cdr ignored))
                  (length (compare-test--pdml-differences "good" "good-again"))))
       ;; Later versions of Wireshark have more fields for some.
       (pcase-dolist (`(,rule . ,least) '(("session id" . 103) ("tree id" . 98)
                                          ("file id" . 44) ("file index" . 9)))
         (should (>= (alist-get rule ignored 0 nil #'equal) least)))))))

(ert-deftest compare-test-a-read-only-share ()
  "What fails on a share that is read only is told, with what follows from it."
  (compare-test--call
   "good" "readonly"
   (lambda (comparison)
     (should
      (equal
       (seq-filter (lambda (d) (not (eq (car d) 'response)))
                   (compare-test--summary comparison))
       '((status "CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED" (34 . 35) (34 . 35) nil)
         (only-a "CLOSE new: only in A" (36 . 37) nil 1)
         (status "CREATE new\\up.bin: STATUS_SUCCESS / STATUS_OBJECT_PATH_NOT_FOUND"
                 (38 . 39) (36 . 37) 1)
         (only-a "WRITE new\\up.bin: only in A" (40 . 41) nil 3)
         (only-a "CLOSE new\\up.bin: only in A" (42 . 43) nil 3)
         (status "CREATE hello.txt: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                 (52 . 53) (46 . 47) nil)
         (only-a "SETINFO hello.txt FILE_INFO SMB2_FILE_RENAME_INFO: only in A"
                 (54 . 55) nil 6)
         (only-a "CLOSE hello.txt: only in A" (56 . 57) nil 6)
         (status "CREATE docs\\readme.txt: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                 (64 . 65) (54 . 55) nil)
         (only-a "CLOSE docs\\readme.txt: only in A" (66 . 67) nil 9))))
     ;; What the share grants, and that a file was not deleted.
     (should (equal (mapcar (lambda (d) (list (plist-get d :a) (plist-get d :b)))
                            (seq-filter (lambda (d) (eq (plist-get d :kind) 'response))
                                        (smbcmp-comparison-divergences comparison)))
                    '(((18 . 19) (18 . 19)) ((98 . 99) (86 . 87)))))
     (should (= (smbcmp-comparison-same comparison) 41)))))

(ert-deftest compare-test-divergences-share-what-they-say ()
  "What several divergences say is there once, but what one is told it alone has."
  (compare-test--call
   "good" "readonly"
   (lambda (comparison)
     (let* ((found (append (smbcmp-comparison-found comparison) nil))
            (mores (mapcar #'smbcmp-divergence-more found)))
       (dolist (part '(smbcmp-divergence-label smbcmp-divergence-fields smbcmp-divergence-more))
         (let ((values (mapcar part found)))
           (should (= (length (seq-uniq values)) (length (seq-uniq values #'eq))))))
       (should (< (length (seq-uniq mores #'eq)) (length found)))
       (let* ((more (seq-find (lambda (more) (and more (memq more (cdr (memq more mores)))))
                              mores))
              (alike (seq-filter (lambda (d) (eq more (smbcmp-divergence-more d))) found)))
         (setf (smbcmp-divergence-lead (car alike)) 77)
         (should (eql 77 (smbcmp-divergence-lead (car alike))))
         (should (eq more (smbcmp-divergence-more (cadr alike))))
         (should-not (memql 77 more)))))))

(ert-deftest compare-test-what-came-of-a-request-leads ()
  "A status leads, not how a client asked for dialects; so does what was not granted."
  (compare-test--call
   "good" "forbidden"
   (lambda (comparison)
     (should (equal "TREE CONNECT \\\\127.0.0.1\\share: STATUS_SUCCESS / STATUS_ACCESS_DENIED"
                    (plist-get (smbcmp-compare-report-first comparison) :label)))))
  (cl-flet ((weight (label) (smbcmp-compare-label-weight
                             (smbcmp-divergence-make
                              :kind 'response :fields (list (list 'text label nil)))
                             '(:response (1 . 0)) '(:response (1 . 0)))))
    (should (eq 'behaviour (weight "Chain Element: SMB2_CREATE_DURABLE_HANDLE_REQUEST")))
    (should (eq 'value (weight "Data")))))

(ert-deftest compare-test-another-dialect-is-the-environment ()
  "Another dialect, and what goes with it, is told before all divergences."
  (compare-test--call
   "good" "smb21"
   (lambda (comparison)
     (pcase-let* ((divergences (smbcmp-comparison-divergences comparison))
                  (environment (smbcmp-comparison-environment comparison)))
       (should (equal (smbcmp-comparison-counts comparison) '(53 . 55)))
       (should (member '(:name "Dialect" :a "SMB 3.1.1 (0x0311)" :b "SMB 2.1 (0x0210)"
                         :frame-a 6 :frame-b 6)
                       environment))
       (should (member '(:name "SMB2_SIGNING_CAPABILITIES" :a "AES-GMAC" :b nil
                         :frame-a 6 :frame-b 6)
                       environment))
       ;; Contexts that are not there have no place either.
       (should-not (seq-find (lambda (row) (string-match-p "Offset\\|Count" (plist-get row :name)))
                             environment))
       ;; SMB 3.1.1 sets a priority in what comes after the negotiation.
       (should (member '(:name "Priority" :a "This pdu contains a PRIORITY"
                         :b "This pdu does NOT contain a PRIORITY" :frame-a 8 :frame-b 8)
                       environment))
       ;; Only the older dialect verifies what was negotiated, in frames 14 and 22.
       (should-not divergences)
       (should (member "2 exchanges of B alone: negotiation, as the dialect takes it, \
first in frame 14"
                       (smbcmp-comparison-notes comparison)))
       (should (string-match-p (concat "^Environment: Dialect: SMB 3.1.1 (0x0311) / SMB 2.1 (0x0210)"
                                       " (and [0-9]+ more)  (frame 6 of A, 6 of B)$")
                               (smbcmp-compare-report-summary comparison)))
       (should (= (smbcmp-comparison-same comparison) 53))))))

(ert-deftest compare-test-encryption-is-a-layer ()
  "With the key, the encrypted capture has the same exchanges."
  (compare-test--call
   "good" "enc-smb311"
   (lambda (comparison)
     (let ((divergences (smbcmp-comparison-divergences comparison)))
       ;; All after the three that set up the session.
       (should (= (smbcmp-comparison-encrypted comparison) 50))
       (should (= (smbcmp-comparison-row-count comparison) 53))
       (should (equal (mapcar (lambda (d) (list (plist-get d :kind) (plist-get d :a)
                                                (plist-get d :encryption)))
                              divergences)
                      '((request (12 . 13) t))))
       ;; Signing is not needed where it is encrypted.
       (should (seq-find (lambda (row) (equal "Signing" (plist-get row :name)))
                         (smbcmp-comparison-environment comparison)))
       (should (string-suffix-p ": not encrypted / encrypted"
                                (plist-get (nth 0 divergences) :label)))))))

(ert-deftest compare-test-without-a-key-that-is-said ()
  "What can't be decrypted is not guessed at: it is one divergence, and no exchange.
What the other side has meanwhile may be in it."
  (let ((a (smbcmp-open (smbcmp-test-data "good")))
        (b (smbcmp-open (smbcmp-test-data "enc-smb311"))))
    (unwind-protect
        (let* ((comparison (smbcmp-diff-captures a b))
               (divergences (smbcmp-comparison-divergences comparison))
               (encrypted (nth 0 divergences)))
          (should (equal (smbcmp-comparison-notes comparison)
                         '("100 messages of B are encrypted, no key available")))
          (should (equal (smbcmp-comparison-counts comparison) '(53 . 3)))
          (should (equal (plist-get encrypted :label)
                         "ENCRYPTED, 100 messages without a key: only in B"))
          (should (= 100 (plist-get encrypted :count)))
          (pcase-let ((`(,_ ,rest) divergences))
            (should (= (length divergences) 2))
            (should (eq (plist-get rest :kind) 'only-a))
            (should (= 50 (plist-get rest :count)))
            (should (= 0 (plist-get rest :cause))))
          (should (equal "ENCRYPTED, 100 messages without a key: only in B"
                         (plist-get (smbcmp-compare-report-first comparison) :label)))
          (setq comparison (smbcmp-diff-captures b b))
          (should-not (smbcmp-comparison-divergences comparison))
          (should (= 3 (smbcmp-comparison-same comparison))))
      (smbcmp-close a)
      (smbcmp-close b))))

(ert-deftest compare-test-two-protocols ()
  "SMB2 and SMB1 have nothing but the negotiation in common, and that is said."
  (compare-test--call
   "good" "smb1"
   (lambda (comparison)
     (pcase-let ((`(,first . ,rest) (smbcmp-comparison-divergences comparison)))
       (should (equal (plist-get first :label) "NEGOTIATE PROTOCOL: SMB2 / SMB1"))
       (should (cl-every (lambda (d) (and (memq (plist-get d :kind) '(only-a only-b))
                                          (eql (plist-get d :cause) 0)))
                         rest))
       (should (equal '(30 52) (sort (mapcar (lambda (d) (plist-get d :count)) rest) #'<)))
       (should (equal (length (smbcmp-comparison-notes comparison)) 1))))))

(ert-deftest compare-test-dos-errors-are-named-by-their-class ()
  "ERRDOS/5 is not ERRSRV/5, in whatever order they come."
  (let ((packets (rewrite-read (smbcmp-test-data "smb1")))
        (file (make-temp-file "smbcmp-dos" nil ".pcap"))
        (classes '(2 1)))
    (unwind-protect
        (progn
          ;; Two failures say the same number, first of the server, then of DOS.
          (rewrite-write
           (mapcar (lambda (packet)
                     (let* ((bytes (rewrite-packet-bytes packet))
                            (smb (string-match "\xffSMB" bytes)))
                       (if (or (not smb) (null classes)
                               (zerop (rewrite-get bytes (+ smb 5) 4))
                               (zerop (logand 128 (aref bytes (+ smb 9))))
                               ;; More processing required is none.
                               (= #xc0000016 (rewrite-get bytes (+ smb 5) 4 t)))
                           packet
                         (rewrite-packet
                          :time (rewrite-packet-time packet)
                          :bytes (rewrite-put
                                  (rewrite-put bytes (+ smb 5)
                                               (concat (rewrite-bytes (pop classes) 1)
                                                       "\0\5\0"))
                                  (+ smb 11)
                                  (rewrite-bytes (logand 191 (aref bytes (+ smb 11))) 1))))))
                   packets)
           file)
          (should-not classes)
          (let* ((capture (smbcmp-open file))
                 (named (unwind-protect
                            (mapcar (lambda (exchange) (plist-get exchange :status))
                                    (smbcmp-exchanges capture))
                          (smbcmp-close capture)))
                 (tshark (with-temp-buffer
                           (call-process "tshark" nil '(t nil) nil "-r" file "-V" "-Y"
                                         "smb.error_code==5")
                           (goto-char (point-min))
                           (cl-loop while (re-search-forward "Error Code: \\(.*\\)" nil t)
                                    collect (match-string 1)))))
            (should (= 2 (length tshark)))
            (should-not (equal (car tshark) (cadr tshark)))
            (should (equal tshark (seq-filter (lambda (name) (member name tshark)) named)))))
      (delete-file file))))

(ert-deftest compare-test-two-mounts-of-linux-do-not-diverge ()
  "The Linux client twice does the same, whatever it and the server make up."
  (compare-test--call
   (compare-test--kernel "6.1") (compare-test--kernel "6.1-again")
   (lambda (comparison)
     (should (equal (smbcmp-comparison-counts comparison) '(92 . 92)))
     (should-not (smbcmp-comparison-divergences comparison))
     (should-not (smbcmp-comparison-environment comparison)))))

(defun compare-test--kernel (folder)
  "Return the capture of FOLDER of the Linux client's recordings."
  (smbcmp-test-data (concat "cifs-kernel/" folder) "capture.pcapng.gz"))

;;;; Names

(ert-deftest compare-test-names-that-differ-are-told-once ()
  "A share and a server of another name are the environment, unless that is asked."
  (let ((packets (rewrite-read (smbcmp-test-data "good-again")))
        (file (make-temp-file "smbcmp-names" nil ".pcap")))
    (cl-flet ((renamed (packet old new)
                (let ((copy (rewrite-copy packet))
                      (bytes (rewrite-packet-bytes packet)))
                  (setf (rewrite-packet-bytes copy)
                        (replace-regexp-in-string
                         (regexp-quote (encode-coding-string old 'utf-16le))
                         (encode-coding-string new 'utf-16le) bytes t t))
                  copy)))
      (unwind-protect
          (progn
            (rewrite-write
             (mapcar (lambda (packet)
                       (renamed (renamed packet "\\share" "\\daten") "127.0.0.1" "127.0.0.9"))
                     packets)
             file)
            (compare-test--call
             "good" file
             (lambda (comparison)
               (should-not (smbcmp-comparison-divergences comparison))
               (should (equal '(("127.0.0.1" "127.0.0.9") ("share" "daten"))
                              (mapcar (lambda (row) (list (plist-get row :a) (plist-get row :b)))
                                      (smbcmp-comparison-environment comparison))))))
            (compare-test--call
             "good" file
             (lambda (comparison)
               ;; What a client calls its server is its environment anyway.
               (should (equal '("Target Name")
                              (mapcar (lambda (row) (plist-get row :name))
                                      (smbcmp-comparison-environment comparison))))
               (should (equal '(request smb2.tree)
                              (let ((tree (seq-find
                                           (lambda (d) (string-prefix-p "TREE" (plist-get d :label)))
                                           (smbcmp-comparison-divergences comparison))))
                                (cons (plist-get tree :kind)
                                      (mapcar #'car (plist-get tree :fields)))))))
             :rename nil)
            ;; What the user says goes together does, and nothing else with either.
            (compare-test--call
             "good" file
             (lambda (comparison)
               (should-not (smbcmp-comparison-divergences comparison))
               (should-not (smbcmp-comparison-environment comparison)))
             :rename nil :names '(("127.0.0.1" . "127.0.0.9") ("share" . "daten")))
            (compare-test--call
             "good" file
             (lambda (comparison)
               (should (smbcmp-comparison-divergences comparison)))
             :names '(("share" . "else"))))
        (delete-file file)))))

;;;; Which traffic

(ert-deftest compare-test-filters-say-what-is-compared ()
  "Only exchanges of which a frame passes are compared, each of them whole."
  (let ((paths (lambda (comparison)
                 (smbcmp-comparison-counts comparison))))
    (compare-test--call
     "good" "readonly"
     (lambda (comparison)
       (should (equal (funcall paths comparison) '(1 . 1)))
       (should (equal '(("CREATE new: STATUS_SUCCESS / STATUS_ACCESS_DENIED" (34 . 35) (34 . 35)))
                      (mapcar (lambda (d) (list (plist-get d :label) (plist-get d :a)
                                                (plist-get d :b)))
                              (smbcmp-comparison-divergences comparison)))))
     :filter "smb2.cmd==5 && smb2.filename==\"new\" && smb2.flags.response==0")
    (compare-test--call
     "good" "good"
     (lambda (comparison)
       (should (equal (funcall paths comparison) '(53 . 52))))
     :filter-b "frame.number>6")
    (should-error (compare-test--call "good" "good" #'ignore :filter "smb2.cmd==")
                  :type 'smbcmp-filter-error)))

(ert-deftest compare-test-smb-on-another-port ()
  "SMB on a port of its own is told, and dissected when one says that it is."
  (let* ((file (make-temp-file "smbcmp-port" nil ".pcap"))
         (smbcmp-decode-as-file (make-temp-file "smbcmp-decode-as"))
         (entry '("tcp.port" 12445 "nbss"))
         (port (lambda (bytes offset)
                 (if (= 445 (rewrite-get bytes offset 2))
                     (rewrite-put bytes offset (rewrite-bytes 12445 2))
                   bytes))))
    (unwind-protect
        (progn
          (rewrite-write (mapcar (lambda (packet)
                                   (let ((copy (rewrite-copy packet)))
                                     (setf (rewrite-packet-bytes copy)
                                           (funcall port (funcall port (rewrite-packet-bytes packet)
                                                                  34)
                                                    36))
                                     copy))
                                 (rewrite-read (smbcmp-test-data "good")))
                         file)
          (compare-test--call
           "good" file
           (lambda (comparison)
             (should (= 2 (smbcmp-compare-report-status comparison)))
             (should (member "Port 12445 of B has SMB that is not dissected: \
decode it as tcp.port==12445,nbss"
                             (smbcmp-comparison-notes comparison)))))
          (let ((capture (smbcmp-open file :decode-as (list entry))))
            (should (= 106 (length (smbcmp-frames capture "smb2"))))
            (smbcmp-close capture))
          (should-error (smbcmp-open file :decode-as '(("tcp.port" 1 "nosuch"))) :type 'smbcmp-error)
          (smbcmp-decode-as-remember file (smbcmp-decode-as-parse "tcp.port==12445,nbss"))
          (should (equal (list entry) (smbcmp-decode-as-of-file file)))
          (compare-test--call
           "good" file
           (lambda (comparison)
             (should (equal '(53 . 53) (smbcmp-comparison-counts comparison)))
             ;; Wireshark takes another port's SPNEGO hints for a MIC.
             (should (cl-subsetp (mapcar (lambda (d) (plist-get d :a))
                                         (smbcmp-comparison-divergences comparison))
                                 '((4 . 6)) :test #'equal)))))
      (delete-file file)
      (delete-file smbcmp-decode-as-file))))

;;;; Both ways, and again

(defun compare-test--mirrored (divergence)
  "Return DIVERGENCE, of `compare-test--summary', with its sides swapped."
  (pcase-let ((`(,kind ,_ ,a ,b ,cause) divergence))
    (list (pcase kind ('only-a 'only-b) ('only-b 'only-a) (other other)) b a cause)))

(ert-deftest compare-test-b-with-a-mirrors-a-with-b ()
  "Comparing the other way round tells the same, and so does doing it again."
  (pcase-dolist (`(,a ,b) '(("good" "readonly") ("good" "smb21") ("good" "enc-smb311")
                            ("good" "smb1") ("t-compound" "t-notify") ("t-lock" "good")))
    (let* ((there (compare-test--call a b #'compare-test--summary))
           (back (compare-test--call b a #'compare-test--summary))
           (plain (lambda (d) (cons (car d) (cddr d)))))
      (should (equal (mapcar plain there) (mapcar #'compare-test--mirrored back)))
      (should (equal there (compare-test--call a b #'compare-test--summary))))))

(ert-deftest compare-test-a-capture-is-itself ()
  "A capture compared with itself, by one handle or two, has no divergence."
  (dolist (folder '("t-compound" "t-notify" "t-lock" "t-copychunk" "t-rename-smb1"
                    "concurrent" "smb1" "enc-smb311"))
    (compare-test--call folder folder
                        (lambda (comparison)
                          (should-not (smbcmp-comparison-divergences comparison))
                          (should-not (smbcmp-comparison-ignored comparison)))))
  (let ((capture (smbcmp-open (smbcmp-test-data "t-lock"))))
    (unwind-protect
        (should (= 905 (smbcmp-comparison-same (smbcmp-diff-captures capture capture))))
      (smbcmp-close capture))))

;;;; Odd captures, odd rules

(ert-deftest compare-test-captures-without-smb ()
  "A capture that has no SMB, or no frames at all, is told, and no error."
  (let ((directory (make-temp-file "smbcmp-compare" t)))
    (unwind-protect
        (let ((tcp (expand-file-name "tcp.pcapng" directory))
              (none (expand-file-name "none.pcapng" directory)))
          (call-process "tshark" nil nil nil "-r" (smbcmp-test-data "good") "-Y" "!smb2"
                        "-w" tcp)
          (call-process "tshark" nil nil nil "-r" (smbcmp-test-data "good") "-Y"
                        "frame.number==0" "-w" none)
          (dolist (file (list tcp none))
            (compare-test--call
             "good" file
             (lambda (comparison)
               (should (string-prefix-p "Capture B has no SMB in it; "
                                        (smbcmp-compare-report--verdict comparison)))
               (should (= 0 (smbcmp-comparison-same comparison)))
               ;; Nothing that a bisection could go by.
               (should (= 2 (smbcmp-compare-report-status comparison)))
               (should (equal '((only-a . 53))
                          (mapcar (lambda (d) (cons (plist-get d :kind) (plist-get d :count)))
                                  (smbcmp-comparison-divergences comparison))))))
            (compare-test--call
             file file
             (lambda (comparison)
               (should (equal "Neither capture has any SMB in it.\n"
                              (smbcmp-compare-report--verdict comparison)))
               (should-not (smbcmp-comparison-divergences comparison))))))
      (delete-directory directory t))))

(ert-deftest compare-test-cut-messages-are-told ()
  "That frames were captured only in part is told, since much then differs."
  (let ((file (make-temp-file "smbcmp-compare" nil ".pcapng")))
    (unwind-protect
        (progn
          (call-process "editcap" nil nil nil "-s" "100" (smbcmp-test-data "good") file)
          (compare-test--call
           "good" file
           (lambda (comparison)
             ;; tshark -Y "smb2 && frame.cap_len < frame.len" has as many.
             (should (equal (smbcmp-comparison-notes comparison)
                            '("106 messages of B were captured only in part"))))))
      (delete-file file))))

(ert-deftest compare-test-rules-are-the-users ()
  "Without rules all differs; a rule for a command holds for that one only."
  (compare-test--call
   "good" "good-again"
   (lambda (comparison)
     (should (= 53 (length (smbcmp-comparison-divergences comparison))))
     ;; But a blob is its parts.
     (should (equal '("compared by subfield")
                    (mapcar #'car (smbcmp-comparison-ignored comparison)))))
   :rules t)
  (compare-test--call
   "good" "readonly"
   (lambda (comparison)
     (should (equal '("response" "status" "status" "status" "status" "response")
                    (delq nil (mapcar (lambda (d)
                                        (and (plist-get d :a) (plist-get d :b)
                                             (symbol-name (plist-get d :kind))))
                                      (smbcmp-comparison-divergences comparison))))))
   :rules (smbcmp-rules))
  (compare-test--call
   "good" "readonly"
   (lambda (comparison)
     (should-not (seq-find (lambda (d) (eq (plist-get d :kind) 'response))
                           (smbcmp-comparison-divergences comparison)))
     (should (assoc "mine" (smbcmp-comparison-ignored comparison))))
   :rules (append (smbcmp-rules)
                  '((:name "mine" :kind volatile :protocol "smb2" :command "^find$")
                    (:name "mine" :kind volatile :protocol "smb" :command "tree connect"))))
  (should-error (compare-test--call "good" "good" #'ignore
                                    :rules '((:kind volatile :regexp "(")))
                :type 'smbcmp-error))

;;;; Pins

(ert-deftest compare-test-pins ()
  "Exchanges that are pinned together are, those that are not to be aren't."
  (compare-test--call
   "good" "good-again"
   (lambda (comparison)
     (let ((pairs (mapcar (lambda (d) (list (plist-get d :kind) (plist-get d :a)
                                            (plist-get d :b)))
                          (smbcmp-comparison-divergences comparison))))
       ;; What was between the two is before in A and behind in B.
       (should (equal pairs '((only-a (34 . 35) nil) (order (36 . 37) (36 . 37))
                              (status (58 . 59) (34 . 35)) (only-b nil (58 . 59)))))
       (should (= (plist-get (nth 1 (smbcmp-comparison-divergences comparison)) :count)
                  11))))
   :pins '((t (58 . 0) (34 . 0))))
  (compare-test--call
   "good" "good-again"
   (lambda (comparison)
     (should (equal (mapcar (lambda (d) (list (plist-get d :kind) (plist-get d :a)
                                              (plist-get d :b)))
                            (smbcmp-comparison-divergences comparison))
                    '((only-a (58 . 59) nil) (only-b nil (58 . 59))))))
   :pins '((nil (58 . 0) (58 . 0)))))

(provide 'compare-test)
;;; compare-test.el ends here
