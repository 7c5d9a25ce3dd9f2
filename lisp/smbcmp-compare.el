;;; smbcmp-compare.el --- Where two captures diverge  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; Whole captures compared, as Lisp data.  Both workers sum up their SMB
;; PDUs, side by side; the module makes exchanges of the PDU summaries,
;; pairs these and judges the pairs.  Trees are only asked for
;; where something differs.

;;; Code:

(require 'cl-lib)
(require 'seq)
(require 'subr-x)
(require 'smbcmp-capture)
(require 'smbcmp-compare-fields)
(require 'smbcmp-compare-label)
(require 'smbcmp-comparison)
(require 'smbcmp-protocols)
(require 'smbcmp-rules)

(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(declare-function smbcmp--module-compare-add "smbcmp-module.so" (comparing side part))
(declare-function smbcmp--module-compare-run "smbcmp-module.so"
                  (comparing slower delay pins rename names connects))
(declare-function smbcmp--module-compare-result "smbcmp-module.so" (comparing))
(declare-function smbcmp--module-compare-divergence "smbcmp-module.so" (comparing n))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

(defconst smbcmp-compare-garbage (* 256 1024 1024)
  "Bytes that may be used before garbage is collected while captures are compared.
With thousands of divergences each collection would look at them all.")

;;;; Customization

(defgroup smbcmp-compare nil
  "Comparing whole captures."
  :group 'smbcmp)

(defcustom smbcmp-compare-slower 10.0
  "How many times slower an exchange must be for that to be a divergence.
nil means that it never is."
  :type '(choice (const :tag "Never" nil) number))

(defcustom smbcmp-compare-delay 0.1
  "Seconds an exchange must take longer for that to be a divergence."
  :type 'number)

(defcustom smbcmp-compare-rename t
  "Whether names may differ that stand for the same thing throughout.
These are names of servers, domains, shares, users and files that are on
one side only; each is shown once, with the environment.  nil means that a
name that differs is a divergence."
  :type 'boolean)

(defcustom smbcmp-compare-names nil
  "Names that go together, whatever `smbcmp-compare-rename' makes of them.
A list of (A . B), what is called A in capture A being called B in B:
parts of paths, users, machines, in the case they have there."
  :type '(alist :key-type string :value-type string))

(defcustom smbcmp-compare-fields-limit 2000
  "Divergences whose fields are looked up at once.
Those of others are when `smbcmp-comparison-fields' is asked for them."
  :type 'natnum)

;;;; PDU summaries

(defun smbcmp-compare-summarize (capture comparing side rules protocols done)
  "Ask CAPTURE for its PDU summaries by RULES and add it to COMPARING, as SIDE.
SIDE is nil for A, PROTOCOLS as `smbcmp-protocols-names' takes them.
DONE is called with nil at the end, with an error's
\(CONDITION . DATA) if there is one, and with a cons (FRAMES . TOTAL) as
it goes on.  Return the request."
  (smbcmp-host-request
   capture "summary" (list :rules rules :protocols (smbcmp-protocols-for-module protocols))
   (lambda (kind value)
     (condition-case err
         (pcase kind
           ('part (smbcmp--module-compare-add comparing side value))
           ('result (smbcmp--module-compare-add comparing side value)
                    (smbcmp--module-release value)
                    (funcall done nil))
           ('progress (funcall done (cons (nth 0 value) (nth 1 value))))
           ('error (funcall done (cons (car value) (cadr value)))))
       (smbcmp-error (funcall done err))))
   t))

(defun smbcmp-compare-percent (captures frames)
  "Return how much of CAPTURES, a list, is summed up, from 0 to 100.
FRAMES is a vector of how many frames of each are.  Of one that is being
loaded as much is as is loaded."
  (/ (cl-loop for capture in captures for done across frames
              sum (pcase (smbcmp-capture-progress capture)
                    (`(,bytes . ,total) (/ (* 100 bytes) (max 1 total)))
                    (_ (/ (* 100 done) (max 1 done (smbcmp-frame-count capture))))))
     (length captures)))

(defun smbcmp-compare-collect (comparing captures rules protocols)
  "Add the PDU summaries of CAPTURES, A or A and B, by RULES to COMPARING.
Signal the error that either has.  Progress is shown, but not in batch."
  (let* ((states (make-vector (length captures) 'waiting))
         (progress (make-vector (length captures) 0))
         (begin (float-time))
         (reporter nil)
         (requests
          (cl-loop
           for capture in captures for i from 0
           collect
           (let ((i i))
             (cons capture
                   (smbcmp-compare-summarize
                    capture comparing (= i 1) rules protocols
                    (lambda (state)
                      (if (numberp (car-safe state))
                          (aset progress i (car state))
                        (aset states i (or state 'done))))))))))
    (smbcmp-compare-wait
     requests
     (lambda ()
       ;; Said only if it takes a while.
       (if reporter
           (progress-reporter-update reporter (smbcmp-compare-percent captures progress))
         (when (and (not noninteractive) (> (float-time) (+ begin 0.5)))
           (setq reporter (make-progress-reporter "Comparing..." 0 100))))
       (seq-contains-p states 'waiting))
     (lambda () (seq-find #'consp states)))))

(defun smbcmp-compare-early-p (captures)
  "Return non-nil if CAPTURES can be summed up, some while they are loaded."
  (let ((loading (cl-remove 'loaded captures :key #'smbcmp-capture-state)))
    (and loading
         (cl-every (lambda (capture)
                     (and (memq (smbcmp-capture-state capture) '(opening loading))
                          (eq (smbcmp-capture-host capture) 'worker)
                          ;; These are only known, and used, once all is loaded.
                          (not (smbcmp-keys-keytab-p (smbcmp-capture-keys capture)))))
                   loading))))

(defun smbcmp-compare--collect-early (comparing captures rules protocols)
  "Do what `smbcmp-compare-collect' does while CAPTURES are loaded, if possible.
COMPARING, RULES and PROTOCOLS are as there.  Return nil if it isn't, or
if it fails as it may while not all frames are known: then COMPARING is
of no use."
  (and (smbcmp-compare-early-p captures)
       (condition-case nil
           (progn
             (smbcmp-compare-collect comparing captures rules protocols)
             (mapc #'smbcmp-capture-await-loaded captures)
             t)
         (smbcmp-error nil))))

;;;; One capture's exchanges

(defun smbcmp-exchanges (capture &optional protocols)
  "Return the exchanges of CAPTURE, plists as of `smbcmp-comparison-exchange'.
Each request PDU is in exactly one of them, with its response.  They also
have :client and :server, addresses with ports, \"\" if not known.
PROTOCOLS says of which protocols as `smbcmp-diff-captures' takes them; nil
stands for SMB, t for all.
Signal the errors that asking CAPTURE signals."
  (let* ((rules (smbcmp-rules-for-module (smbcmp-rules)))
         (comparing (smbcmp--module-compare-new rules)))
    (smbcmp-capture-ensure-live capture)
    (smbcmp-capture-await-loaded capture)
    (smbcmp-compare-collect comparing (list capture) rules (if (eq protocols t) nil (or protocols '("SMB"))))
    (smbcmp--module-compare-run comparing 0.0 0 nil nil nil nil)
    (pcase-let ((`(,count . ,nth) (smbcmp-compare-exchanges-of capture comparing)))
      (mapcar nth (number-sequence 0 (1- count))))))

(defun smbcmp-compare-exchanges-of (capture comparing)
  "Return (COUNT . NTH) of the exchanges of CAPTURE, which COMPARING has.
NTH is a function of a number that returns one, as `smbcmp-exchanges' does."
  (let* ((comparison (smbcmp-compare-make :a capture :native comparing))
         (result (smbcmp--module-compare-result comparing))
         (ends (mapcar (pcase-lambda (`((,client ,server ,_ ,_ ,_ ,group) . ,_))
                         (list group :client client :server server))
                       (aref result 7))))
    (cons (aref (aref result 3) 0)
          (lambda (n)
            (let ((exchange (smbcmp-comparison-exchange comparison 'a n)))
              (append exchange (alist-get (plist-get exchange :connection) ends)))))))

;;;; Comparing

(defun smbcmp-compare-check-fields (capture fields)
  "Signal `smbcmp-filter-error' if Wireshark knows one of FIELDS not.
They are as in `smbcmp-rules-fields'; CAPTURE is any."
  (dolist (field fields)
    (unless (string-suffix-p "*" field)
      (smbcmp-capture-call capture "field" (list :name field)))))

(defun smbcmp-diff-captures (cap-a cap-b &rest plist)
  "Compare the captures CAP-A and CAP-B; return an `smbcmp-comparison'.
Optional keyword arguments in PLIST:

 :rules RULES    What may differ, property lists as in `smbcmp-user-rules';
                 the default is what `smbcmp-rules' returns, t means nothing.
 :filter FILTER  Compare only exchanges of which a frame passes this display
                 filter; :filter-a and :filter-b are for one side alone.
 :protocols LIST  Compare only these protocols, names as of `smbcmp-protocols'
                 and \"SMB\"; default `smbcmp-compare-protocols'.
 :slower FACTOR  `smbcmp-compare-slower' for this comparison.
 :delay SECONDS  `smbcmp-compare-delay' for this comparison.
 :rename BOOLEAN `smbcmp-compare-rename' for this comparison.
 :names ALIST    `smbcmp-compare-names' for this comparison.
 :pins PINS      What goes together whatever the alignment says: a list
                 of (TOGETHER (FRAME . INDEX) (FRAME . INDEX)), a PDU of
                 A's and one of B's that begin exchanges, INDEX being the
                 PDU's number in the frame.  TOGETHER nil keeps them apart.

The parts of the result are in `smbcmp-comparison-same', the number of
exchanges without a meaningful difference, `smbcmp-comparison-ignored',
an alist of rules and how many differences each ignored,
`smbcmp-comparison-environment', what differs because the peers are who they
are, a list of plists (:name :a :b :frame-a :frame-b): what it is, what in A
and in B, strings or nil, and where;
and `smbcmp-comparison-divergences', a list of plists, the first one first:

 :kind    `status', `request' or `response' (that part differs),
          `only-a', `only-b', `order' (it is in another place),
          `identifier' (another handle, session... is used), `slower',
          `connection' (the server ended it), `capture' (one side lacks what
          was not captured: no difference of what was sent).
 :label   A line in SMB's words, \"CREATE new: STATUS_SUCCESS /
          STATUS_ACCESS_DENIED\": what it is, and what in A / in B.
 :a :b    (REQUEST-FRAME . RESPONSE-FRAME), nil where there is none.
 :weight  `behaviour' if something else was done or came of it, `value' if
          only values differ.
 :protocol  \"SMB2\", \"SMB1\", or the name of another, \"KRB5\", \"DNS\"...
 :fields  List of (FIELD LABEL-A LABEL-B): what differs and matters.
 :lead    How many of these are of the first PDU in which any are.
 :mask    (LABEL-A LABEL-B FIELD...): the integer of which these are bits,
          if more than one differ and the label tells of them.
 :row     Number of its row, see `smbcmp-comparison-row'.
 :count   How many exchanges it stands for, for `order' and :fold; how many
          messages, if they could not be decrypted: these are one divergence.
 :fold    Why it stands for several exchanges of one side, or nil:
          `connection' (all of a connection that has no partner), `end' (the
          other side's connection has nothing more), `run' (both go on with
          the same behind these, the other side in :frame, or nil), `rest'
          (nothing more goes together); `chunks' if both read, write or
          list the same in other pieces; see `smbcmp-compare-folded-rows'.
 :pieces  For `chunks', (PIECES-A LARGEST-A PIECES-B LARGEST-B), in bytes or
          files.
 :slower  t if B takes much longer, whatever else differs.
 :side :frame :ending  For `connection': whose ended, `a' or `b', in what
          frame, and how: `closed', `reset' or `refused'; or `unanswered',
          of a request that had no response.
 :waited :again :reconnect  For `connection': the seconds that it waited for
          one, how often it was sent again, and the frame in which the client
          connected again, or nil.
 :cause   Number of the divergence that it follows from, or nil: by the
          session, tree, handle or path it is about, or because the same
          fields change in the same way again.
 :exchanges  (A . B), numbers of exchanges or nil.
 :identifiers  List of (RULE SEEN-A SEEN-B): where the identifiers used
          were paired with others, (EXCHANGE PATH FRAME) or nil.
 :encryption  t if only one side is encrypted; shown once for a connection.
 :times   How often it comes, all told, if that goes through most
          exchanges and is shown but once.
 :pending t if the fields are still to be looked up, see
          `smbcmp-comparison-fields'.

Signal the errors that asking the captures signals, and `smbcmp-error'
for a malformed rule."
  (let* ((rules (smbcmp-rules-for-module
                 (pcase (plist-get plist :rules) ('nil (smbcmp-rules)) ('t nil) (r r))))
         (comparing (smbcmp--module-compare-new rules))
         (comparison (smbcmp-compare-make :a cap-a :b cap-b :rules rules
                                              :filters (smbcmp-compare--filters plist)
                                              :protocols (smbcmp-protocols-names
                                                          (or (plist-get plist :protocols)
                                                              smbcmp-compare-protocols))
                                          :native comparing)))
    (unless (smbcmp-compare--collect-early comparing (list cap-a cap-b) rules
                                           (smbcmp-comparison-protocols comparison))
      (setq comparing (smbcmp--module-compare-new rules))
      (setf (smbcmp-comparison-native comparison) comparing)
      (dolist (capture (list cap-a cap-b))
        (smbcmp-capture-ensure-live capture)
        (smbcmp-capture-await-loaded capture))
      (smbcmp-compare-collect comparing (list cap-a cap-b) rules
                              (smbcmp-comparison-protocols comparison)))
    (apply #'smbcmp-compare-run comparison plist)
    comparison))

(autoload 'smbcmp-compare-run "smbcmp-compare-run")

(defun smbcmp-compare--filters (plist)
  "Return the display filters of PLIST, as in `smbcmp-diff-captures'; (A . B).
Both filters of a side must let a frame pass.  nil if there are none."
  (let* ((both (plist-get plist :filter))
         (sides (mapcar (lambda (one)
                          (if (and both one) (format "(%s) && (%s)" both one) (or both one)))
                        (list (plist-get plist :filter-a) (plist-get plist :filter-b)))))
    (and (seq-some #'identity sides) (cons (car sides) (cadr sides)))))

(defun smbcmp-compare-arguments (comparison plist)
  "Return what `smbcmp--module-compare-run' takes to compare what COMPARISON has.
PLIST is as in `smbcmp-diff-captures'."
  (let ((slower (if (plist-member plist :slower) (plist-get plist :slower)
                  smbcmp-compare-slower))
        (delay (or (plist-get plist :delay) smbcmp-compare-delay))
        (protocols (smbcmp-comparison-protocols comparison)))
    (list (smbcmp-comparison-native comparison)
          (float (or slower 0)) (round (* 1e9 delay))
          (mapcar (pcase-lambda (`(,together (,frame-a . ,index-a) (,frame-b . ,index-b)))
                    (list (if together 1 0) frame-a index-a frame-b index-b))
                  (plist-get plist :pins))
          (if (plist-member plist :rename) (plist-get plist :rename) smbcmp-compare-rename)
          (if (plist-member plist :names) (plist-get plist :names) smbcmp-compare-names)
          (or (null protocols) (member "TCP" protocols)))))

(defun smbcmp-compare-judge (comparison &rest plist)
  "Compare what COMPARISON has, without looking at trees.
PLIST is as in `smbcmp-diff-captures'."
  (unless (apply #'smbcmp--module-compare-run (smbcmp-compare-arguments comparison plist))
    (signal 'quit nil))
  (setf (smbcmp-comparison-found comparison)
        (smbcmp-compare-divergences comparison 0 (smbcmp-compare-take comparison plist))))

(defun smbcmp-compare-take (comparison plist)
  "Have COMPARISON say what the module made of it, but for its divergences.
PLIST is as in `smbcmp-diff-captures'.  Return how many of these there are."
  (pcase-let ((`[,same ,divergences ,rows ,side-a ,side-b ,encrypted ,ignored ,groups
                       ,partial]
               (smbcmp--module-compare-result
                (smbcmp-comparison-native comparison))))
    (setf (smbcmp-comparison-same comparison) same
          (smbcmp-comparison-row-count comparison) rows
          (smbcmp-comparison-opaque comparison) (cons (aref side-a 1) (aref side-b 1))
          (smbcmp-comparison-unread comparison) (or (aref side-a 11) (aref side-b 11))
          (smbcmp-comparison-packed comparison) (cons (aref side-a 4) (aref side-b 4))
          (smbcmp-comparison-counts comparison) (cons (- (aref side-a 0) (aref side-a 1))
                                                      (- (aref side-b 0) (aref side-b 1)))
          (smbcmp-comparison-notes comparison)
          (append (smbcmp-compare--notes side-a side-b)
                  (pcase (length (plist-get plist :pins))
                    (0 nil)
                    (1 '("1 pin of yours says what goes together"))
                    (n (list (format "%d pins in effect" n)))))
          (smbcmp-comparison-encrypted comparison) encrypted
          (smbcmp-comparison-partial comparison) partial
          (smbcmp-comparison-ignored comparison) (smbcmp-compare--sum ignored)
          (smbcmp-comparison-connections comparison) groups)
    divergences))

(defun smbcmp-compare-divergences (comparison from to)
  "Return a vector of divergences FROM to before TO of COMPARISON."
  (vconcat (cl-loop for n from from below to collect (smbcmp-compare--divergence comparison n))))

(defconst smbcmp-compare--counts
  '((4 "compressed message" "%s of %s could not be unpacked")
    (5 "NetBIOS datagram" "%s of %s left out")
    (6 "ECHO" "%s of %s alone, to keep the connection alive")
    (7 "message" "%s of %s sent or captured twice")
    (12 "exchange" "%s of %s alone: asked again right away, first in frame %d")
    (13 "exchange" "%s of %s alone: a file looked at again, first in frame %d")
    (14 "exchange" "%s of %s alone: negotiation, as the dialect takes it, first in frame %d")
    (15 "frame" "%s of %s out of the order of time, first in frame %d: \
reordercap puts that right"))
  "Numbers of a side, by their place in the module's vector, and notes on them.
They are integers, or (COUNT . FRAME).")

(defun smbcmp-compare--count-notes (side-a side-b)
  "Return notes on what was counted of SIDE-A and SIDE-B, see there."
  (cl-loop for (place noun text) in smbcmp-compare--counts
           append (cl-loop for (name . side) in `(("A" . ,side-a) ("B" . ,side-b))
                           for number = (aref side place)
                           for (count . frame) = (if (consp number) number (list number))
                           when (> count 0)
                           collect (format text (smbcmp-compare--plural count noun)
                                           name frame))))

(defun smbcmp-compare--plural (count noun)
  "Return COUNT and NOUN, in the plural if need be."
  (format "%d %s%s" count noun (if (= count 1) "" "s")))

(defun smbcmp-compare--notes (side-a side-b)
  "Return what there is to know of SIDE-A and SIDE-B, a list of strings.
They are as `smbcmp--module-compare-result' has them."
  (let ((protocols
         (cl-mapcar
          (pcase-lambda (name `[,exchanges ,opaque ,smb1 ,_ ,packed ,_ ,_ ,_ ,_ ,_ ,others ,_])
            (cons (and (> opaque packed)
                       (format "%d messages of %s are encrypted, no key available"
                               (- opaque packed) name))
                  ;; A negotiation for SMB2 may be SMB1.
                  (cond ((< (- exchanges others) 2) nil)
                        ((> (* 2 smb1) (- exchanges others)) "SMB1") (t "SMB2"))))
          '("A" "B") (list side-a side-b))))
    (append (delq nil (mapcar #'car protocols))
            ;; What is missing of them differs from all that is not.
            (cl-loop for (name . side) in `(("A" . ,side-a) ("B" . ,side-b))
                     for cut = (aref side 3)
                     when (> cut 0)
                     collect (smbcmp-compare--messages cut name "captured only in part"))
            (smbcmp-compare--count-notes side-a side-b)
            (smbcmp-compare--encrypted-notes side-a side-b)
            (smbcmp-compare--lost-notes side-a side-b)
            (smbcmp-compare--port-notes side-a side-b)
            (pcase (mapcar #'cdr protocols)
              ('("SMB1" "SMB2") '("A speaks SMB1, B SMB2: nothing but the negotiation compares"))
              ('("SMB2" "SMB1") '("A speaks SMB2, B SMB1: nothing but the negotiation compares"))))))

(defun smbcmp-compare--encrypted-notes (side-a side-b)
  "Return notes on what protocols beside SMB have encrypted in SIDE-A and SIDE-B."
  (cl-loop for (name . side) in `(("A" . ,side-a) ("B" . ,side-b))
           append (cl-loop for (protocol . count) in (sort (copy-sequence (aref side 11))
                                                           (lambda (a b) (string< (car a) (car b))))
                           collect (format "%d %s message%s of %s encrypted and not compared"
                                           count protocol (if (= count 1) "" "s") name))))

(defun smbcmp-compare--lost-notes (side-a side-b)
  "Return notes on segments that are missing from SIDE-A and SIDE-B."
  (cl-loop for (name . side) in `(("A" . ,side-a) ("B" . ,side-b))
           for (count . frame) = (aref side 8)
           when (> count 0)
           collect (format "Segments are missing from %s in %d place%s, first before frame %d"
                           name count (if (= count 1) "" "s") frame)))

(defun smbcmp-compare--port-notes (side-a side-b)
  "Return notes on ports of SIDE-A and SIDE-B that have SMB undissected."
  (cl-loop for (name . side) in `(("A" . ,side-a) ("B" . ,side-b))
           for port = (aref side 9)
           when (> port 0)
           collect (format "Port %d of %s has SMB that is not dissected: \
decode it as tcp.port==%d,nbss" port name port)))

(defun smbcmp-compare--messages (count name what)
  "Say that COUNT messages of the capture NAME were WHAT."
  (format (if (= 1 count) "%d message of %s was %s" "%d messages of %s were %s")
          count name what))

(defun smbcmp-compare--sum (counts)
  "Return the alist COUNTS of names and numbers with each name once."
  (let (sums)
    (pcase-dolist (`(,name . ,count) counts)
      (if-let* ((known (assoc name sums)))
          (cl-incf (cdr known) count)
        (push (cons name count) sums)))
    (nreverse sums)))

;;;; Divergences

(defun smbcmp-compare--divergence (comparison n)
  "Return divergence N of COMPARISON without its fields."
  (pcase-let* ((`[,kind ,a ,b ,row ,count ,cause ,request ,response ,encryption ,broken
                        ,fold ,slower ,side ,frame ,how ,pieces ,waited ,again ,reconnect]
                (smbcmp--module-compare-divergence (smbcmp-comparison-native comparison) n))
               (exchange-a (and a (smbcmp-comparison-exchange comparison 'a a)))
               (exchange-b (and b (smbcmp-comparison-exchange comparison 'b b)))
               (exchange (or exchange-a exchange-b))
               (`(,request-a . ,response-a) (smbcmp-compare-frames exchange-a))
               (`(,request-b . ,response-b) (smbcmp-compare-frames exchange-b)))
    (smbcmp-compare-say
     comparison
     (smbcmp-divergence-make
      :kind kind :protocol (cond ((plist-get exchange :protocol))
                                 ((plist-get exchange :smb1) "SMB1")
                                 (t "SMB2"))
      :exchange-a a :request-a request-a :response-a response-a
      :exchange-b b :request-b request-b :response-b response-b
      :row row :count count :cause cause :number n
      :pending (and a b (not pieces) (or request response broken) t)
      :more (smbcmp-divergence-more-make
             :identifiers broken :encryption encryption
             :fold fold :slower slower :other (plist-get exchange :protocol)
             :side side :frame frame :ending how :waited waited
             :again (and (eq kind 'connection) again) :reconnect reconnect
             :pieces pieces :opaque (plist-get exchange :opaque)
             :ends (and (eq fold 'connection) (smbcmp-compare--ends comparison row))))
     exchange-a exchange-b)))

(defun smbcmp-compare--ends (comparison row)
  "Return (CLIENT SERVER) of the connection that ROW of COMPARISON is in.
It has no partner."
  (let ((pair (nth (nth 3 (smbcmp-compare-row comparison row))
                   (smbcmp-comparison-connections comparison))))
    (seq-take (or (nth 0 pair) (nth 1 pair)) 2)))

(defun smbcmp-compare-folded-rows (comparison divergence)
  "Return the numbers of the rows that DIVERGENCE of COMPARISON stands for.
DIVERGENCE is a plist whose :fold is non-nil."
  (let ((number (plist-get divergence :number)) (left (plist-get divergence :count)) rows)
    (cl-loop for row from (plist-get divergence :row)
             below (smbcmp-comparison-row-count comparison)
             while (> left 0)
             when (eql number (nth 2 (smbcmp-compare-row comparison row)))
             do (push row rows) (cl-decf left))
    (nreverse rows)))

(provide 'smbcmp-compare)
;;; smbcmp-compare.el ends here
