;;; smbcmp-points.el --- One run, captured at two points  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; A run that was captured on the client and on the server tells what the
;; network between them does.  Exchanges are the same by session, message id
;; and command, whatever addresses and clocks say: what the client waits
;; longer than the server took is the network's.  TCP segments are the same by
;; their numbers: what was sent and did not come is lost, what came twice was
;; doubled on the way.
;;
;; The clocks' offset is what makes the ways there and back equally long, as
;; NTP has it, by the exchanges that were on the way for the shortest time.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-compare)
(require 'smbcmp-steps)

;;;; Exchanges

(defun smbcmp-points--keys (exchanges)
  "Return a table from what EXCHANGES are known by to them; nil for several.
That is session, message id and command."
  (let ((table (make-hash-table :test 'equal)))
    (dolist (exchange exchanges)
      (when (plist-get exchange :message)
        (let ((key (list (plist-get exchange :session) (plist-get exchange :message)
                         (plist-get exchange :command))))
          (puthash key (if (gethash key table) 'several exchange) table))))
    table))

(defun smbcmp-points--matched (exchanges-a exchanges-b)
  "Return what are the same in EXCHANGES-A and EXCHANGES-B, a list of (A . B)."
  (let ((table-a (smbcmp-points--keys exchanges-a))
        (table-b (smbcmp-points--keys exchanges-b))
        matched)
    (maphash (lambda (key a)
               (let ((b (gethash key table-b)))
                 (when (and (consp a) (consp b)) (push (cons a b) matched))))
             table-a)
    (sort matched (lambda (x y) (< (plist-get (car x) :time) (plist-get (car y) :time))))))

(defun smbcmp-points--session-p (exchange)
  "Return non-nil if EXCHANGE is in a session that has an id."
  (not (memq (plist-get exchange :session) '(nil 0))))

(defun smbcmp-points-same-run-p (pairs)
  "Return non-nil if PAIRS, (A . B), paired exchanges, are of one and the same run.
Two runs have other sessions, whose ids servers choose at random."
  (let ((told (cl-remove-if-not (lambda (pair) (and (smbcmp-points--session-p (car pair))
                                                    (smbcmp-points--session-p (cdr pair))))
                                pairs)))
    (and told
         (>= (* 10 (cl-count-if (lambda (pair)
                                  (and (equal (plist-get (car pair) :session)
                                              (plist-get (cdr pair) :session))
                                       (equal (plist-get (car pair) :message)
                                              (plist-get (cdr pair) :message))))
                                told))
             (* 9 (length told))))))

;;;; Clocks

(defun smbcmp-points-median (numbers)
  "Return the median of NUMBERS, nil if there are none."
  (let ((sorted (sort (copy-sequence numbers) #'<)))
    (and sorted (nth (/ (length sorted) 2) sorted))))

(defun smbcmp-points--offset (pair)
  "Return how far B's clock is ahead by PAIR, exchanges (A . B), in seconds.
The ways there and back are taken to be equally long."
  (let ((a (car pair)) (b (cdr pair)))
    (+ (- (plist-get b :time) (plist-get a :time))
       (/ (- (plist-get b :duration) (plist-get a :duration)) 2.0))))

(defun smbcmp-points--network (pair)
  "Return how long the exchange of PAIR, (A . B), was on the way, in seconds."
  (abs (- (plist-get (car pair) :duration) (plist-get (cdr pair) :duration))))

(defun smbcmp-points--timed (pairs)
  "Return those of PAIRS, (A . B), of which both have a duration."
  (cl-remove-if-not (lambda (pair) (and (plist-get (car pair) :duration)
                                        (plist-get (cdr pair) :duration)))
                    pairs))

(defun smbcmp-points--quickest (pairs)
  "Return the quarter of PAIRS, (A . B), that was on the way for the shortest time."
  (let ((sorted (sort (copy-sequence pairs)
                      (lambda (x y) (< (smbcmp-points--network x)
                                       (smbcmp-points--network y))))))
    (seq-take sorted (max 1 (/ (length sorted) 4)))))

(defconst smbcmp-points--drift-seconds 10
  "How long a run must be for the drift of clocks to be told.")

(defun smbcmp-points-clocks (pairs)
  "Return (OFFSET . DRIFT) of B's clock by PAIRS, exchanges (A . B), or nil.
OFFSET is the seconds that it is ahead, DRIFT how much faster it is, in
parts per million; nil where that can't be told."
  (when-let* ((timed (smbcmp-points--timed pairs))
              (quick (sort (smbcmp-points--quickest timed)
                           (lambda (x y) (< (plist-get (car x) :time)
                                            (plist-get (car y) :time)))))
              (offset (smbcmp-points-median (mapcar #'smbcmp-points--offset quick))))
    (cons offset (smbcmp-points--drift quick))))

(defun smbcmp-points--drift (pairs)
  "Return how much faster B's clock is by PAIRS, in order of time, in ppm, or nil.
That is the median of the slopes between the first and the second half of
them, which single delays do not change (Theil and Sen)."
  (let* ((half (/ (length pairs) 2))
         (slopes (cl-loop for x in (seq-take pairs half)
                          for y in (nthcdr half pairs)
                          for time = (- (plist-get (car y) :time) (plist-get (car x) :time))
                          when (> time smbcmp-points--drift-seconds)
                          collect (/ (- (smbcmp-points--offset y) (smbcmp-points--offset x))
                                     time))))
    (and (>= (length slopes) 5)
         (* 1e6 (smbcmp-points-median slopes)))))

;;;; Segments

(defconst smbcmp-points--fields
  '(frame.number frame.time_epoch ip.src ipv6.src ip.dst ipv6.dst tcp.srcport tcp.dstport
                 tcp.seq_raw tcp.ack_raw tcp.len tcp.flags ip.id)
  "Fields of segments, in the order of `smbcmp-points--segment'.")

(defun smbcmp-points--segments (capture ports)
  "Return the segments of CAPTURE on the connections of PORTS.
PORTS is an alist of (CLIENT-PORT . SERVER-PORT) and what these are on the
client's side.  A segment is a plist :frame :time :to (`server' or
`client') :port :bytes :key :numbers; KEY is what it has on both ends,
NUMBERS that without what a router may change."
  (cl-loop
   for row in (smbcmp-fields capture smbcmp-points--fields "tcp")
   for segment = (smbcmp-points--segment row ports)
   when segment collect segment))

(defun smbcmp-points--segment (row ports)
  "Return the segment that ROW, of `smbcmp-points--fields', is, or nil.
It is on a connection of PORTS, or none."
  (pcase-let* ((`(,frame ,time ,_ ,_ ,_ ,_ ,source ,target ,seq ,ack ,length ,flags ,id) row)
               (there (assoc (cons source target) ports))
               (ends (or there (assoc (cons target source) ports)))
               (to (and ends (if there 'server 'client)))
               (numbers (list to (cdr ends) seq length)))
    (and to
         (list :frame frame :time (float-time time) :to to
               :port (caar ends) :bytes length
               :key (list numbers ack flags id) :numbers numbers))))

(defun smbcmp-points--count (segments)
  "Return a table of SEGMENTS by key: lists of them, in order."
  (let ((table (make-hash-table :test 'equal)))
    (dolist (segment (reverse segments))
      (push segment (gethash (plist-get segment :key) table)))
    table))

(defun smbcmp-points--way (sent came)
  "Return what became of SENT, segments of one way, of which CAME came.
That is a plist:

 :sent :came      How many.
 :lost            Frames of what was sent and did not come.
 :doubled         Frames of what came more often than it was sent.
 :changed         Frames of what came and was not sent as it came.
 :lost-bytes      How many bytes of payload less came than were sent, if
                  segments were cut or joined (offload), so that they
                  can't be told one by one; else nil."
  (let* ((sent-table (smbcmp-points--count sent))
         (came-table (smbcmp-points--count came))
         lost doubled changed)
    (maphash (lambda (key segments)
               (setq lost (append (nthcdr (length (gethash key came-table)) segments) lost)))
             sent-table)
    (maphash (lambda (key segments)
               (let ((others (gethash key sent-table)))
                 (if others (setq doubled (append (nthcdr (length others) segments) doubled))
                   (setq changed (append segments changed)))))
             came-table)
    (let ((joined (> (* 10 (length changed)) (length came))))
      (cl-flet ((frames (segments)
                  (sort (mapcar (lambda (segment) (plist-get segment :frame)) segments) #'<))
                (bytes (segments)
                  (apply #'+ (mapcar (lambda (segment) (plist-get segment :bytes)) segments))))
        (list :sent (length sent) :came (length came)
              :lost (and (not joined) (frames lost))
              :doubled (and (not joined) (frames doubled))
              :changed (and (not joined) (frames changed))
              :lost-bytes (and joined (- (bytes sent) (bytes came))))))))

(defun smbcmp-points--ports (exchange)
  "Return the ports of EXCHANGE, (CLIENT-PORT . SERVER-PORT), nil where unknown."
  (cl-flet ((port (key) (let ((end (or (plist-get exchange key) "")))
                          (and (string-match ":\\([0-9]+\\)\\'" end)
                               (string-to-number (match-string 1 end))))))
    (cons (port :client) (port :server))))

(defun smbcmp-points--ends (exchanges pairs)
  "Return the connections of EXCHANGES, an alist for `smbcmp-points--segments'.
What is matched, PAIRS, exchanges (A . B), tells what they are on the
client's side, which address translation makes others."
  (let ((names (make-hash-table :test 'equal)) ends)
    (pcase-dolist (`(,a . ,b) pairs)
      (puthash (smbcmp-points--ports b) (smbcmp-points--ports a) names))
    (dolist (exchange exchanges)
      (let ((ports (smbcmp-points--ports exchange)))
        (when (and (car ports) (cdr ports))
          (cl-pushnew (cons ports (gethash ports names ports)) ends :test #'equal))))
    ends))

(defun smbcmp-points--of-way (segments way)
  "Return those of SEGMENTS whose :to is WAY."
  (cl-remove way segments :key (lambda (segment) (plist-get segment :to)) :test-not #'eq))

;;;; Both captures

(defun smbcmp-points (client server)
  "Return what two captures of one run tell of the network between them.
CLIENT is the capture on the client's side, SERVER that on the server's.
The value is a plist:

 :offset     Seconds that the server's clock is ahead of the client's.
 :drift      By how many millionths it is faster, or nil if the run is too
             short to tell.
 :exchanges  List of plists (:label :a :b :client :server :network :there
             :back): frames (REQUEST . RESPONSE) in both, and seconds that
             the client waited, that the server took, that the network
             took, and of that the way there and that back.
 :only-client :only-server  Exchanges of one side alone, plists.
 :to-server :to-client  What became of segments on that way, a plist:
             :sent :came, numbers; :lost (frames of the side that sent),
             :doubled and :changed (frames of the other); where segments
             were cut or joined on the way :lost-bytes, else nil.
 :addresses  List of (CLIENT-END . SERVER-END): connections whose addresses
             or ports are others on the other side, as (FROM . TO) each.

Signal `smbcmp-error' if they are not of one run, and the errors that
asking the captures signals."
  (let* ((exchanges-a (smbcmp-exchanges client))
         (exchanges-b (smbcmp-exchanges server))
         (pairs (smbcmp-points--matched exchanges-a exchanges-b))
         (clocks (smbcmp-points-clocks pairs)))
    (unless (smbcmp-points-same-run-p pairs)
      (signal 'smbcmp-error
              (list (format "%s and %s are not from the same run"
                            (smbcmp-capture-file client) (smbcmp-capture-file server)))))
    (append
     (list :offset (car clocks) :drift (cdr clocks)
           :exchanges (mapcar (lambda (pair) (smbcmp-points--exchange pair (or (car clocks) 0)))
                              pairs)
           :only-client (smbcmp-points--rest exchanges-a (mapcar #'car pairs))
           :only-server (smbcmp-points--rest exchanges-b (mapcar #'cdr pairs))
           :addresses (smbcmp-points--addresses pairs))
     (smbcmp-points--ways client server exchanges-a exchanges-b pairs))))

(defun smbcmp-points--rest (exchanges matched)
  "Return those of EXCHANGES that are not MATCHED."
  (let ((known (make-hash-table :test 'eq)))
    (dolist (exchange matched) (puthash exchange t known))
    (cl-remove-if (lambda (exchange) (gethash exchange known)) exchanges)))

(defun smbcmp-points--exchange (pair offset)
  "Return the plist of PAIR, exchanges (A . B), B's clock being OFFSET ahead."
  (pcase-let* ((`(,a . ,b) pair)
               (waited (plist-get a :duration)) (took (plist-get b :duration))
               (there (- (plist-get b :time) offset (plist-get a :time))))
    (list :label (plist-get a :label)
          :a (smbcmp-compare-frames a) :b (smbcmp-compare-frames b)
          :client waited :server took
          :network (and waited took (- waited took))
          :there there
          :back (and waited took (- waited took there)))))

(defun smbcmp-points--addresses (pairs)
  "Return which ends of connections are others in B, by PAIRS, (A . B)."
  (delete-dups
   (cl-loop for (a . b) in pairs
            for ends-a = (cons (plist-get a :client) (plist-get a :server))
            for ends-b = (cons (plist-get b :client) (plist-get b :server))
            unless (equal ends-a ends-b) collect (cons ends-a ends-b))))

(defun smbcmp-points--ways (client server exchanges-a exchanges-b pairs)
  "Return what became of the segments of CLIENT and SERVER, captures.
Their exchanges are EXCHANGES-A and EXCHANGES-B, of which PAIRS match."
  (let ((a (smbcmp-points--segments client (smbcmp-points--ends exchanges-a nil)))
        (b (smbcmp-points--segments server (smbcmp-points--ends exchanges-b pairs))))
    (list :to-server (smbcmp-points--way (smbcmp-points--of-way a 'server)
                                         (smbcmp-points--of-way b 'server))
          :to-client (smbcmp-points--way (smbcmp-points--of-way b 'client)
                                         (smbcmp-points--of-way a 'client)))))

;;;; In a comparison

(defconst smbcmp-points--sample 2000
  "How many rows of a comparison are looked at if it is of one run.")

(defconst smbcmp-points--glance 200
  "How many rows of a comparison tell that it is not of one run, as most are not.")

(defun smbcmp-points--rows (comparison limit)
  "Return the numbers of about LIMIT rows at most, from all of COMPARISON."
  (let ((rows (smbcmp-comparison-row-count comparison)))
    (and (> rows 0) (number-sequence 0 (1- rows) (max 1 (/ rows limit))))))

(defun smbcmp-points--pair (comparison row)
  "Return the paired exchanges of ROW of COMPARISON, (A . B), or nil."
  (pcase-let ((`(,a ,b . ,_) (smbcmp-comparison-row comparison row)))
    (and a b (cons (smbcmp-comparison-exchange comparison 'a a)
                   (smbcmp-comparison-exchange comparison 'b b)))))

(defun smbcmp-points--pairs (comparison limit)
  "Return paired exchanges of COMPARISON, (A . B), of about LIMIT rows at most."
  (delq nil (mapcar (lambda (row) (smbcmp-points--pair comparison row))
                    (smbcmp-points--rows comparison limit))))

(defun smbcmp-points--glance-p (comparison)
  "Return non-nil if COMPARISON may be of one run, at a glance."
  (smbcmp-points-same-run-p (smbcmp-points--pairs comparison smbcmp-points--glance)))

(defvar smbcmp-points--known (make-hash-table :test #'eq :weakness 'key)
  "From comparisons to the pairs that are looked at, if they may be of one run.")

(defun smbcmp-points-finding (comparison)
  "Return steps that find what `smbcmp-points-explain' looks at of COMPARISON."
  (let (pairs)
    (list (smbcmp-steps-each
           (lambda () (and (smbcmp-points--glance-p comparison)
                           (smbcmp-points--rows comparison smbcmp-points--sample)))
           (lambda (row)
             (let ((pair (smbcmp-points--pair comparison row)))
               (when pair (push pair pairs)))))
          (lambda () (ignore (puthash comparison (nreverse pairs) smbcmp-points--known))))))

(defun smbcmp-points-client (pairs)
  "Return on which side PAIRS, exchanges (A . B) of one run, took longer.
That is the client's, `a' or `b'."
  (let ((timed (smbcmp-points--timed pairs)))
    (if (>= (or (smbcmp-points-median
                 (mapcar (lambda (pair) (- (plist-get (car pair) :duration)
                                           (plist-get (cdr pair) :duration)))
                         timed))
                0)
            0)
        'a
      'b)))

(defun smbcmp-points-seconds (seconds)
  "Return SECONDS, a number or nil, as text."
  (cond ((null seconds) "-")
        ((>= (abs seconds) 1) (format "%.3f s" seconds))
        (t (format "%.3f ms" (* 1000 seconds)))))

(defun smbcmp-points-explain (comparison)
  "Say if COMPARISON is of one run, captured at two points; nil if it is not.
For `smbcmp-compare-report-explain-functions'."
  (let* ((known (gethash comparison smbcmp-points--known 'unknown))
         (pairs (if (listp known) known
                  (and (smbcmp-points--glance-p comparison)
                       (smbcmp-points--pairs comparison smbcmp-points--sample)))))
    ;; They are looked at once.
    (remhash comparison smbcmp-points--known)
    (when (and (smbcmp-points-same-run-p pairs)
               ;; A capture and itself, or a copy of it.
               (cl-some (lambda (pair) (/= (plist-get (car pair) :time)
                                           (plist-get (cdr pair) :time)))
                        pairs))
      (let* ((clocks (smbcmp-points-clocks pairs))
             (timed (smbcmp-points--timed pairs)))
        (format "The same run, captured at two points; the client's side is %s.  %s%s; \
M-x smbcmp-diff-points shows each exchange.\n"
                (upcase (symbol-name (smbcmp-points-client pairs)))
                (if clocks
                    (format "B's clock is %s %s" (smbcmp-points-seconds (abs (car clocks)))
                            (if (< (car clocks) 0) "behind" "ahead"))
                  "The clocks can't be compared")
                (if timed
                    (format ", the network takes %s of each exchange (median)"
                            (smbcmp-points-seconds
                             (smbcmp-points-median (mapcar #'smbcmp-points--network timed))))
                  ""))))))

;; That shows something: it is not required here.
(add-hook 'smbcmp-compare-report-explain-functions #'smbcmp-points-explain)
(add-hook 'smbcmp-compare-report-prepare-functions #'smbcmp-points-finding)

(provide 'smbcmp-points)
;;; smbcmp-points.el ends here
