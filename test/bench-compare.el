;;; bench-compare.el --- Whole captures compared  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Two recordings of 120,000 frames, all fields of all exchanges, beside
;; tshark, which only reads the two, one after the other.  How the cost
;; grows with the frames; what two captures with little in common cost;
;; how soon the lists of their exchanges are on the screen; and what a
;; small pair does.

;;; Code:

(require 'bench)
(require 'smbcmp-compare)
(require 'smbcmp-compare-lists)

(defun smbcmp-bench-compare--cut (file frames)
  "Return a file with the first FRAMES frames of FILE."
  (let ((cut (make-temp-file "smbcmp-bench" nil ".pcapng")))
    (call-process "editcap" nil nil nil "-r" file cut (format "1-%d" frames))
    cut))

(defun smbcmp-bench-compare--tear (file frames skip)
  "Return a file with FRAMES frames of FILE less much of it.
Left out are the first SKIP and, of each 997 that follow, 300."
  (let ((cut (make-temp-file "smbcmp-bench" nil ".pcapng")))
    (apply #'call-process "editcap" nil nil nil file cut
           (cons (format "1-%d" skip)
                 (cl-loop for frame from (+ skip 100) to frames by 997
                          collect (format "%d-%d" frame (+ frame 300)))))
    cut))

(defun smbcmp-bench-compare--memory (pids divergences seconds)
  "Return (MOST DIVERGENCES SECONDS TOGETHER): the memory of PIDS at most.
The first is the forkserver, which had most before there was a worker.
TOGETHER counts once what they share."
  (let* ((memory (mapcar #'smbcmp-bench-memory pids))
         (most (+ (caar memory) (apply #'+ (mapcar #'cdr (cdr memory)))))
         (shared (- (apply #'+ (mapcar #'car memory)) (smbcmp-bench-shared-memory pids))))
    (list most divergences seconds (- most shared))))

(defun smbcmp-bench-compare--time (file-a file-b &optional loaded)
  "Open FILE-A and FILE-B side by side and compare them.
With LOADED, compare only when both are loaded.  Return (SECONDS MEMORY
DIVERGENCES SECONDS TOGETHER): with loading, the memory of Emacs and all
its processes at most, what came behind the loading if that was waited for, and
that memory with pages that they share counted once."
  (garbage-collect)
  (let* ((begin (float-time))
         (a (smbcmp-open file-a :async t))
         (b (smbcmp-open file-b :async t)))
    (unwind-protect
        (progn
          (when loaded
            (dolist (capture (list a b)) (smbcmp-capture-await-loaded capture)))
          (let* ((loaded (float-time))
                 (comparison (smbcmp-diff-captures a b)))
            (cl-list* (- (float-time) begin)
                      (smbcmp-bench-compare--memory
                       (list (process-id (cdr smbcmp--forkserver))
                             (emacs-pid)
                             (smbcmp-worker-pid a)
                             (smbcmp-worker-pid b))
                       (length (smbcmp-comparison-divergences comparison))
                       (- (float-time) loaded)))))
      (smbcmp-close a)
      (smbcmp-close b))))

(defun smbcmp-bench-compare--read (&rest files)
  "Have tshark read FILES one after the other; return the seconds it took."
  (apply #'+ (mapcar (lambda (file) (smbcmp-bench-process "tshark" "-r" file)) files)))

(defun smbcmp-bench-compare--sharkd-memory (file)
  "Return the memory that sharkd has for FILE, loaded."
  (let ((sharkd (make-process :name "sharkd" :command '("sharkd" "-")
                              :connection-type 'pipe :noquery t
                              :buffer (generate-new-buffer " *sharkd*")
                              :stderr (get-buffer-create " *sharkd stderr*"))))
    (unwind-protect
        (progn
          (process-send-string
           sharkd (format "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"load\",\"params\":{\"file\":%S}}\n"
                          file))
          (while (with-current-buffer (process-buffer sharkd)
                   (= (buffer-size) 0))
            (accept-process-output sharkd 1))
          (cdr (smbcmp-bench-memory (process-id sharkd))))
      (delete-process sharkd))))

(defun smbcmp-bench-compare--large (a b)
  "Measure the comparison of A and B beside tshark and sharkd."
  (pcase-let* ((result nil)
               (`(,ours ,theirs)
                (smbcmp-bench-medians
                 3
                 (lambda () (let ((run (smbcmp-bench-compare--time a b)))
                              ;; The first: what Emacs frees it keeps for later.
                              (car (prog1 run (unless result (setq result run))))))
                 (lambda () (smbcmp-bench-compare--read a b)))))
    (smbcmp-bench-row "both loaded, compared" ours
                      :peer "tshark -r of both" :theirs theirs :at-most 1.5)
    (let ((sharkd (smbcmp-bench-compare--sharkd-memory a)))
      (smbcmp-bench-row "memory of Emacs and both workers" (nth 4 result) :unit 'MB
                        :peer "sharkd's for one" :theirs sharkd :at-most 2.0)
      (smbcmp-bench-row "the same, shared pages counted twice" (nth 1 result) :unit 'MB
                        :peer "sharkd's for one" :theirs sharkd))
    (smbcmp-bench-row "divergences of the same case" (nth 2 result) :unit 'count)))

(defun smbcmp-bench-compare--growth (a b)
  "Measure how the comparison of A and B grows with their length."
  (let (before)
    (dolist (frames '(10000 30000 100000))
      (let* ((cut-a (smbcmp-bench-compare--cut a frames))
             (cut-b (smbcmp-bench-compare--cut b frames))
             (per-frame (/ (nth 3 (smbcmp-bench-compare--time cut-a cut-b t)) frames)))
        (delete-file cut-a)
        (delete-file cut-b)
        (smbcmp-bench-row (format "compared, for each of %d frames" frames) per-frame
                          :peer (and before "for each of 10000") :theirs before
                          :at-most (and before 1.5))
        (setq before (or before per-frame))))))

(defun smbcmp-bench-compare--lists (a b)
  "Measure how soon the lists of exchanges of A and B are there."
  ;; What the terminal has sent would be input that waits, for which the lists wait.
  (discard-input)
  (smbcmp-diff a b)
  (smbcmp-bench-watch (lambda () (and smbcmp-compare-view-comparison
                                      (null smbcmp-compare-background-state))))
  (let* ((view (current-buffer))
         ;; The last divergence; of the same case there is none.
         (row (or (plist-get (car (last (smbcmp-comparison-divergences
                                         smbcmp-compare-view-comparison)))
                             :row)
                  (1- (smbcmp-comparison-row-count smbcmp-compare-view-comparison))))
         blocks filled)
    (cl-flet ((shown () (mapcar (lambda (side) (smbcmp-compare-lists-buffer view side))
                                '(a b)))
              (complete-p (list) (with-current-buffer list (smbcmp-fill-complete-p))))
      (let ((first (smbcmp-bench-medians
                    smbcmp-bench-runs
                    (lambda ()
                      (prog1 (smbcmp-bench-time (smbcmp-compare-lists-show view row)
                                                (redisplay t))
                        (let ((start (float-time)))
                          (push (smbcmp-bench-watch
                                 (lambda () (cl-every #'complete-p (shown))))
                                blocks)
                          (push (- (float-time) start) filled))
                        (mapc #'kill-buffer (shown)))))))
        (smbcmp-bench-row "RET: both lists on screen" (car first) :below 0.2)
        (smbcmp-bench-row "... all of their rows written" (smbcmp-bench-median filled))
        (smbcmp-bench-row "... worst block meanwhile" (apply #'max blocks) :below 0.1)))
    (smbcmp-compare-lists-show view row)
    (smbcmp-bench-row "... all at once, as isearch has it"
                      (smbcmp-bench-time (smbcmp-fill-all)))
    (redisplay t)
    (smbcmp-bench-row "... a garbage collection afterwards"
                      (let ((start (float-time))) (garbage-collect) (- (float-time) start))
                      :below 0.1)
    (dolist (buffer (buffer-list))
      (when (and (buffer-live-p buffer)
                 (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
        (kill-buffer buffer)))))

(defconst smbcmp-bench-compare--lan-recordings
  '("good/capture" "protocols/dns-good" "protocols/krb5-good" "protocols/ldap-good"
    "protocols/nfs-good" "protocols/nfs4-good" "protocols/rpc-good" "protocols/tls-good"
    "protocols/ntp-good" "protocols/http-good")
  "What bench-lan.py composes a busy LAN of; the first has SMB.")

(defun smbcmp-bench-compare--lan (directory test seed)
  "Return a capture of a busy LAN, made in DIRECTORY with SEED.
bench-lan.py in TEST makes it."
  (let ((file (expand-file-name (format "lan-%d.pcap" seed) directory)))
    (apply #'call-process "python3" nil nil nil (expand-file-name "bench-lan.py" test)
           file (number-to-string seed) "100000"
           (cl-loop for name in smbcmp-bench-compare--lan-recordings for n from 0
                    for pcap = (expand-file-name (format "%d.pcap" n) directory)
                    do (call-process "tshark" nil nil nil "-F" "pcap" "-Y" "tcp || udp"
                                     "-r" (expand-file-name (concat "data/" name ".pcapng") test)
                                     "-w" pcap)
                    collect pcap))
    file))

(defun smbcmp-bench-compare--busy (test)
  "Measure the comparison of two captures of a busy LAN; TEST is where the data is."
  (let ((directory (make-temp-file "smbcmp-bench" t)))
    (unwind-protect
        (pcase-let* ((a (smbcmp-bench-compare--lan directory test 1))
                     (b (smbcmp-bench-compare--lan directory test 2))
                     (`(,ours ,theirs)
                      (smbcmp-bench-medians
                       3
                       (lambda () (car (smbcmp-bench-compare--time a b)))
                       (lambda () (apply #'+ (mapcar (lambda (file)
                                                       (smbcmp-bench-process "tshark" "-2" "-r" file))
                                                     (list a b)))))))
          (smbcmp-bench-row "100,000 frames of a LAN, 5 % SMB: compared" ours
                            :peer "tshark -2 -r of both" :theirs theirs :at-most 2.0))
      (delete-directory directory t))))

(defun smbcmp-bench-compare--run ()
  "Print the table."
  (let ((a (smbcmp-bench-file "capture.pcapng"))
        (b (smbcmp-bench-file "again/capture.pcapng"))
        (good (expand-file-name "data/good/capture.pcapng" (file-name-directory
                                                            (locate-library "bench"))))
        (readonly (expand-file-name "data/readonly/capture.pcapng"
                                    (file-name-directory (locate-library "bench")))))
    (smbcmp-bench-compare--busy (file-name-directory (locate-library "bench")))
    (smbcmp-bench-compare--large a b)
    (smbcmp-bench-compare--growth a b)
    (smbcmp-bench-compare--lists a b)
    (let* ((other (smbcmp-bench-compare--tear b 100000 30011))
           (result (smbcmp-bench-compare--time a other)))
      (smbcmp-bench-row "little in common: loaded, compared" (car result) :below 30)
      (smbcmp-bench-row "... divergences" (nth 2 result) :unit 'count)
      (delete-file other))
    (smbcmp-bench-row "small pair, loaded: the verdict"
                      (nth 3 (smbcmp-bench-compare--time good readonly t)) :below 0.5)))

(smbcmp-bench-define "Comparing whole captures" #'smbcmp-bench-compare--run)

(provide 'bench-compare)
;;; bench-compare.el ends here
