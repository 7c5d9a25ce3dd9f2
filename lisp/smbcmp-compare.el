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
(require 'smbcmp-compare-label)
(require 'smbcmp-protocols)
(require 'smbcmp-rules)

(declare-function smbcmp--module-compare-new "smbcmp-module.so" (rules))
(declare-function smbcmp--module-compare-add "smbcmp-module.so" (comparing side part))
(declare-function smbcmp--module-compare-keep "smbcmp-module.so" (comparing side frames))
(declare-function smbcmp--module-compare-run "smbcmp-module.so"
                  (comparing slower delay pins rename names connects))
(declare-function smbcmp--module-compare-result "smbcmp-module.so" (comparing))
(declare-function smbcmp--module-compare-divergence "smbcmp-module.so" (comparing n))
(declare-function smbcmp--module-compare-row "smbcmp-module.so" (comparing n))
(declare-function smbcmp--module-compare-exchange "smbcmp-module.so" (comparing side n))
(declare-function smbcmp--module-compare-fields "smbcmp-module.so"
                  (comparing n tree-a index-a tree-b index-b))
(declare-function smbcmp--module-release "smbcmp-module.so" (value))

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

;;;; The comparison

(cl-defstruct (smbcmp-comparison (:constructor smbcmp-compare-make) (:copier nil))
  "Two captures compared, see `smbcmp-diff-captures'."
  (a nil :documentation "Capture A.")
  (b nil :documentation "Capture B.")
  (native nil :documentation "The module's object.")
  (protocols nil :documentation "What is compared, see `smbcmp-protocols-names'; nil: all.")
  (rules nil :documentation "As the module takes them; nil: nothing is session-wide.")
  (once nil :documentation "What goes through all, see smbcmp-compare-once.el.")
  (numbers nil :documentation "Where divergences are: a vector by the module's numbers, a table by rows.")
  (same 0 :documentation "Number of exchanges without a meaningful difference.")
  (divergences nil :documentation "List of plists, the first divergence first.")
  (ignored nil :documentation "Alist of rules and how many differences each hid.")
  (counts nil :documentation "Number of exchanges of A and of B, a cons.")
  (opaque '(0 . 0) :documentation "Messages that could not be decrypted, not in COUNTS.")
  (packed '(0 . 0) :documentation "Those of OPAQUE that could not be unpacked.")
  (row-count 0 :documentation "Number of rows of the two aligned lists.")
  (connections nil :documentation "Pairs of connections, see the manual.")
  (environment nil :documentation "What differs between the peers, see `smbcmp-diff-captures'.")
  (encrypted 0 :documentation "Exchanges of which only one side came encrypted.")
  (partial 0 :documentation "Messages of which only one side has all.")
  (filters nil :documentation "Display filters, (A . B), each a string or nil.")
  (kept nil :documentation "The module's object to which these were applied.")
  (notes nil :documentation "What else there is to know, a list of strings."))

(defun smbcmp-comparison--vector-plist (keys vector)
  "Return a plist of KEYS and the elements of VECTOR."
  (cl-loop for key in keys for value across vector
           collect key collect value))

(defun smbcmp-comparison-exchange (comparison side n)
  "Return exchange N, a number, of SIDE of COMPARISON, `a' or `b'.
It is a plist:

 :request :response   PDUs, (FRAME . INDEX), INDEX being the PDU's number
                      in the frame from 0; nil where there is none.
 :interim :further    The PDU that said STATUS_PENDING; a list of more.
 :label               What it is, for example \"CREATE new\".
 :command :path :words :status   Strings; all but the first may be nil.
 :time :duration      Seconds: since 1970, and to the response or nil.
 :session :message    Numbers.
 :connection          Number of its group of connections.
 :encrypted :opaque :smb1 :compressed   t if it came encrypted, could not
                      be decrypted or unpacked, is SMB1, came compressed.
 :protocol            nil for SMB, else its name, see `smbcmp-protocols'; then
 :failed              is t if it did not come to what was asked,
 :alone               t if nobody has to answer such requests,
 :lookup              t if it is of what takes a connection each time."
  (let ((exchange (smbcmp-comparison--vector-plist
                   '(:request :response :interim :further :command :path :words :status
                     :time :duration :session :connection :encrypted :opaque :smb1 :message
                     :compressed :protocol :failed :alone :lookup)
                   (smbcmp-compare-exchange comparison side n))))
    (cl-list* :label (smbcmp-compare-exchange-label (plist-get exchange :command)
                                                     (plist-get exchange :path)
                                                     (plist-get exchange :words))
              exchange)))

(defun smbcmp-compare-exchange (comparison side n)
  "Return exchange N of SIDE of COMPARISON, `a' or `b', as the module has it."
  (smbcmp--module-compare-exchange (smbcmp-comparison-native comparison) (eq side 'b) n))

(defun smbcmp-compare-exchange-label (command path words)
  "Say in SMB's words what an exchange with COMMAND, PATH and WORDS is.
They are strings; the last two may be nil."
  (concat command
          (and path " ")
          ;; The root of the share.
          (if (equal path "") "\\" path)
          (and words " ") words))

(defun smbcmp-compare-row (comparison n)
  "Return row N of COMPARISON as the module has it."
  (smbcmp--module-compare-row (smbcmp-comparison-native comparison) n))

(defun smbcmp-comparison-row (comparison n)
  "Return row N, from 0, of the two aligned lists of COMPARISON.
It is a list (A B DIVERGENCE CONNECTIONS): numbers of exchanges, nil
where one side has none; the number of the row's divergence, from 0, or
nil; and the number of the pair of connections."
  (pcase-let ((`(,a ,b ,number ,connections) (smbcmp-compare-row comparison n))
              (`(,of-number . ,of-row) (smbcmp-comparison-numbers comparison)))
    (list a b (if number (aref of-number number) (gethash n of-row)) connections)))

;;;; Asking both captures at once

(defun smbcmp-compare-wait (requests pending problem)
  "Wait for REQUESTS, a list of (CAPTURE . REQUEST).
PENDING is a function that returns nil when they are done with, PROBLEM
one that returns nil or an error, (CONDITION . DATA), which is signaled.
The requests are abandoned if it comes to that, or the user quits."
  (unwind-protect
      (let ((captures (delete-dups (mapcar #'car requests))))
        (while (and (funcall pending) (not (funcall problem)))
          (dolist (capture captures)
            (smbcmp-compare--pump capture))))
    (pcase-dolist (`(,capture . ,request) requests)
      (smbcmp-host-abandon capture request)))
  (when-let* ((found (funcall problem)))
    (signal (car found) (cdr found))))

(defun smbcmp-compare--pump (capture)
  "Wait a little for CAPTURE's host, less than `smbcmp-host-pump' does."
  (if (eq (smbcmp-capture-host capture) 'embedded)
      (smbcmp-host-pump capture)
    (let ((read-process-output-max (max read-process-output-max (* 1024 1024)))
          (process (smbcmp-capture-process capture)))
      (unless (process-live-p process)
        (smbcmp-host-worker-died capture))
      ;; Other captures' output is taken, too.
      (accept-process-output process 0.02))))

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
           ('error (funcall done (cons (car value) (cdr value)))))
       (smbcmp-error (funcall done err))))
   t))

(defun smbcmp-compare-collect (comparing captures rules protocols)
  "Add the PDU summaries of CAPTURES, A or A and B, by RULES to COMPARING.
Signal the error that either has.  Progress is shown."
  (let* ((states (make-vector (length captures) 'waiting))
         (progress (make-vector (length captures) 0))
         (total (apply #'+ (mapcar #'smbcmp-frame-count captures)))
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
           (progress-reporter-update reporter (seq-reduce #'+ progress 0))
         (when (> (float-time) (+ begin 0.5))
           (setq reporter (make-progress-reporter "Comparing..." 0 (max total 1)))))
       (seq-contains-p states 'waiting))
     (lambda () (seq-find #'consp states)))))

;;;; One capture's exchanges

(defun smbcmp-exchanges (capture &optional protocols)
  "Return the exchanges of CAPTURE, plists as of `smbcmp-comparison-exchange'.
Each request PDU is in exactly one of them, with its response.  They also
have :client and :server, addresses with ports, \"\" if not known.
PROTOCOLS says of which protocols as `smbcmp-diff-captures' takes them; nil
stands for SMB, t for all.
Signal the errors that asking CAPTURE signals."
  (let* ((rules (smbcmp-rules-for-module (smbcmp-rules)))
         (comparing (smbcmp--module-compare-new rules))
         (comparison (smbcmp-compare-make :a capture :native comparing)))
    (smbcmp-capture-ensure-live capture)
    (smbcmp-capture-await-loaded capture)
    (smbcmp-compare-collect comparing (list capture) rules (if (eq protocols t) nil (or protocols '("SMB"))))
    (smbcmp--module-compare-run comparing 0.0 0 nil nil nil nil)
    (let* ((result (smbcmp--module-compare-result comparing))
           (ends (mapcar (pcase-lambda (`((,client ,server ,_ ,_ ,_ ,group) . ,_))
                           (list group :client client :server server))
                         (aref result 7))))
      (mapcar (lambda (n)
                (let ((exchange (smbcmp-comparison-exchange comparison 'a n)))
                  (append exchange (alist-get (plist-get exchange :connection) ends))))
              (number-sequence 0 (1- (aref (aref result 3) 0)))))))

;;;; Comparing

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
          other side's connection has nothing more), `rest' (nothing more
          goes together); `chunks' if both read, write or list the same in
          other pieces; see `smbcmp-compare-folded-rows'.
 :pieces  For `chunks', (PIECES-A LARGEST-A PIECES-B LARGEST-B), in bytes or
          files.
 :slower  t if B takes much longer, whatever else differs.
 :side :frame :ending  For `connection': whose ended, `a' or `b', in what
          frame, and how: `closed', `reset' or `refused'.
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
    (dolist (capture (list cap-a cap-b))
      (smbcmp-capture-ensure-live capture)
      (smbcmp-capture-await-loaded capture))
    (smbcmp-compare-collect comparing (list cap-a cap-b) rules
                            (smbcmp-comparison-protocols comparison))
    (apply #'smbcmp-compare-run comparison plist)
    comparison))

(autoload 'smbcmp-compare-once-find "smbcmp-compare-once")
(autoload 'smbcmp-compare-once-again "smbcmp-compare-once")
(autoload 'smbcmp-compare-once-insert "smbcmp-compare-once")

(defun smbcmp-compare-run (comparison &rest plist)
  "Compare what COMPARISON has; PLIST is as in `smbcmp-diff-captures'.
May be called again, with other pins."
  (require 'smbcmp-compare-environment)
  (require 'smbcmp-compare-once)
  (apply #'smbcmp-compare-judge comparison plist)
  (when (and (smbcmp-comparison-rules comparison) (not (smbcmp-comparison-once comparison)))
    (when-let* ((begins (smbcmp-compare-once-find comparison)))
      (smbcmp-compare-once-again comparison begins plist)))
  (smbcmp-compare-look-up comparison
                          (seq-take (smbcmp-comparison-divergences comparison)
                                    smbcmp-compare-fields-limit))
  (smbcmp-compare-once-insert comparison)
  (setf (smbcmp-comparison-environment comparison)
        (smbcmp-compare-environment comparison))
  (smbcmp-compare--say-why comparison)
  (smbcmp-compare--number comparison)
  (smbcmp-compare--group-alike comparison))

(defun smbcmp-compare--group-alike (comparison)
  "Group divergences of COMPARISON in which the same changes come again.
They get the first one as their cause: a file of another name, say."
  (let ((first (make-hash-table :test 'equal)) (place 0))
    (dolist (divergence (smbcmp-comparison-divergences comparison))
      (when (and (memq (plist-get divergence :kind) '(request response))
                 (plist-get divergence :fields)
                 (not (plist-get divergence :cause)))
        (let* ((changes (seq-uniq (plist-get divergence :fields)))
               (known (gethash changes first)))
          (if known
              (plist-put divergence :cause known)
            (puthash changes place first))))
      (cl-incf place))))

(defun smbcmp-compare--number (comparison)
  "Note where the divergences of COMPARISON are, and let causes point there."
  (let ((of-number (make-vector (aref (smbcmp--module-compare-result
                                       (smbcmp-comparison-native comparison))
                                      1)
                                nil))
        (of-row (make-hash-table))
        (place 0))
    (dolist (divergence (smbcmp-comparison-divergences comparison))
      (if-let* ((number (plist-get divergence :number)))
          (aset of-number number place)
        (puthash (plist-get divergence :row) place of-row))
      (cl-incf place))
    (dolist (divergence (smbcmp-comparison-divergences comparison))
      (when-let* ((cause (plist-get divergence :cause)))
        (plist-put divergence :cause (aref of-number cause))))
    (setf (smbcmp-comparison-numbers comparison) (cons of-number of-row))))

(autoload 'smbcmp-compare-environment "smbcmp-compare-environment")

(defun smbcmp-compare--filters (plist)
  "Return the display filters of PLIST, as in `smbcmp-diff-captures'; (A . B).
Both filters of a side must let a frame pass.  nil if there are none."
  (let* ((both (plist-get plist :filter))
         (sides (mapcar (lambda (one)
                          (if (and both one) (format "(%s) && (%s)" both one) (or both one)))
                        (list (plist-get plist :filter-a) (plist-get plist :filter-b)))))
    (and (seq-some #'identity sides) (cons (car sides) (cadr sides)))))

(defun smbcmp-compare--keep (comparison)
  "Have the module leave out what the filters of COMPARISON do."
  (let ((native (smbcmp-comparison-native comparison))
        (filters (smbcmp-comparison-filters comparison)))
    (when (and filters (not (eq native (smbcmp-comparison-kept comparison))))
      (cl-loop for (capture filter side)
               in (list (list (smbcmp-comparison-a comparison) (car filters) nil)
                        (list (smbcmp-comparison-b comparison) (cdr filters) t))
               when filter
               do (smbcmp--module-compare-keep native side (smbcmp-frames capture filter)))
      (setf (smbcmp-comparison-kept comparison) native))))

(defun smbcmp-compare-judge (comparison &rest plist)
  "Compare what COMPARISON has, without looking at trees.
PLIST is as in `smbcmp-diff-captures'."
  (let ((comparing (smbcmp-comparison-native comparison))
        (slower (if (plist-member plist :slower)
                    (plist-get plist :slower)
                  smbcmp-compare-slower))
        (delay (or (plist-get plist :delay) smbcmp-compare-delay)))
    (smbcmp-compare--keep comparison)
    (unless (smbcmp--module-compare-run
             comparing (float (or slower 0)) (round (* 1e9 delay))
             (mapcar (pcase-lambda (`(,together (,frame-a . ,index-a) (,frame-b . ,index-b)))
                       (list (if together 1 0) frame-a index-a frame-b index-b))
                     (plist-get plist :pins))
             (if (plist-member plist :rename)
                 (plist-get plist :rename)
               smbcmp-compare-rename)
             (if (plist-member plist :names)
                 (plist-get plist :names)
               smbcmp-compare-names)
             (let ((protocols (smbcmp-comparison-protocols comparison)))
               (or (null protocols) (member "TCP" protocols))))
      (signal 'quit nil))
    (pcase-let ((`[,same ,divergences ,rows ,side-a ,side-b ,encrypted ,ignored ,groups
                         ,partial]
                 (smbcmp--module-compare-result comparing)))
      (setf (smbcmp-comparison-same comparison) same
            (smbcmp-comparison-row-count comparison) rows
            (smbcmp-comparison-opaque comparison) (cons (aref side-a 1) (aref side-b 1))
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
            (smbcmp-comparison-connections comparison) groups
            (smbcmp-comparison-divergences comparison)
            (mapcar (lambda (n) (smbcmp-compare--divergence comparison n))
                    (number-sequence 0 (1- divergences)))))))

(defconst smbcmp-compare--counts
  '((4 "compressed message" "%s of %s could not be unpacked")
    (5 "NetBIOS datagram" "%s of %s left out")
    (6 "ECHO" "%s of %s alone, to keep the connection alive")
    (7 "message" "%s of %s sent or captured twice"))
  "Numbers of a side, by their place in the module's vector, and notes on them.")

(defun smbcmp-compare--count-notes (side-a side-b)
  "Return notes on what was counted of SIDE-A and SIDE-B, see there."
  (cl-loop for (place noun text) in smbcmp-compare--counts
           append (cl-loop for (name . side) in `(("A" . ,side-a) ("B" . ,side-b))
                           for count = (aref side place)
                           when (> count 0)
                           collect (format text
                                           (format "%d %s%s" count noun
                                                   (if (= count 1) "" "s"))
                                           name))))

(defun smbcmp-compare--notes (side-a side-b)
  "Return what there is to know of SIDE-A and SIDE-B, a list of strings.
They are as `smbcmp--module-compare-result' has them."
  (let ((protocols
         (cl-mapcar
          (pcase-lambda (name `[,exchanges ,opaque ,smb1 ,_ ,packed ,_ ,_ ,_ ,_ ,_ ,others])
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
            (smbcmp-compare--lost-notes side-a side-b)
            (smbcmp-compare--port-notes side-a side-b)
            (pcase (mapcar #'cdr protocols)
              ('("SMB1" "SMB2") '("A speaks SMB1, B SMB2: nothing but the negotiation compares"))
              ('("SMB2" "SMB1") '("A speaks SMB2, B SMB1: nothing but the negotiation compares"))))))

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
  "Return divergence N of COMPARISON as a plist, without its fields."
  (pcase-let* ((`[,kind ,a ,b ,row ,count ,cause ,request ,response ,encryption ,broken
                        ,fold ,slower ,side ,frame ,how ,pieces]
                (smbcmp--module-compare-divergence (smbcmp-comparison-native comparison) n))
               (exchange-a (and a (smbcmp-comparison-exchange comparison 'a a)))
               (exchange-b (and b (smbcmp-comparison-exchange comparison 'b b)))
               (divergence (list :kind kind
                                 :label nil :weight nil
                                 :protocol (let ((exchange (or exchange-a exchange-b)))
                                             (cond ((plist-get exchange :protocol))
                                                   ((plist-get exchange :smb1) "SMB1")
                                                   (t "SMB2")))
                                 :a (smbcmp-compare-frames exchange-a)
                                 :b (smbcmp-compare-frames exchange-b)
                                 :fields nil
                                 :lead nil :mask nil
                                 :row row :count count :cause cause :number n
                                 :exchanges (cons a b)
                                 :identifiers broken
                                 :encryption encryption
                                 :fold fold :slower slower
                                 :other (plist-get (or exchange-a exchange-b) :protocol)
                                 :side side :frame frame :ending how
                                 :pieces pieces
                                 :opaque (plist-get (or exchange-a exchange-b) :opaque)
                                 :ends (and (eq fold 'connection)
                                            (smbcmp-compare--ends comparison row))
                                 :pending (and a b (not pieces) (or request response broken) t))))
    (plist-put divergence :weight
               (smbcmp-compare-label-weight divergence exchange-a exchange-b))
    (plist-put divergence :label
               (smbcmp-compare-label divergence exchange-a exchange-b))))

(defconst smbcmp-compare--limits
  '(("READ ANDX" . "Max Buffer Size") ("WRITE ANDX" . "Max Buffer Size")
    ("READ" . "Max Read Size") ("WRITE" . "Max Write Size") ("FIND" . "Max Transaction Size"))
  "What limits the size of requests in the environment, by their command's name.")

(defun smbcmp-compare--say-why (comparison)
  "Say why exchanges of COMPARISON come in other pieces, if its environment tells."
  (let ((names (mapcar (lambda (row) (plist-get row :name))
                       (smbcmp-comparison-environment comparison))))
    (dolist (divergence (smbcmp-comparison-divergences comparison))
      (when (plist-get divergence :pieces)
        (let* ((label (plist-get divergence :label))
               (limit (cl-find-if (lambda (limit) (string-prefix-p (car limit) label))
                                  smbcmp-compare--limits)))
          (when (member (cdr limit) names)
            (plist-put divergence :label (format "%s (%s)" label (cdr limit)))))))))

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

(defun smbcmp-compare-frames (exchange)
  "Return (REQUEST-FRAME . RESPONSE-FRAME) of EXCHANGE, a plist; nil for nil."
  (and exchange (cons (car (plist-get exchange :request))
                      (car (plist-get exchange :response)))))

(defun smbcmp-compare-part (divergence)
  "Return the part of exchanges that DIVERGENCE is about: `request' or `response'.
It is the request of nil."
  (if (memq (plist-get divergence :kind) '(nil request identifier order only-a only-b))
      'request 'response))

(defun smbcmp-compare--parts (exchange)
  "Return the PDUs of EXCHANGE, a plist, in the order they are compared."
  (append (mapcar (lambda (key) (plist-get exchange key)) '(:request :interim :response))
          (plist-get exchange :further)))

(defconst smbcmp-compare--batch 64
  "How many divergences' trees are asked for at once.")

(defun smbcmp-compare-look-up (comparison divergences)
  "Look up the fields of those of COMPARISON's DIVERGENCES that need it."
  (let ((pending (seq-filter (lambda (d) (plist-get d :pending)) divergences)))
    (while pending
      (smbcmp-compare--look-up-batch comparison
                                     (seq-take pending smbcmp-compare--batch))
      (setq pending (nthcdr smbcmp-compare--batch pending)))))

(defun smbcmp-compare--look-up-batch (comparison divergences)
  "Look up the fields of DIVERGENCES of COMPARISON."
  (let ((trees (make-hash-table :test 'equal))
        (native (smbcmp-comparison-native comparison))
        (parts (mapcar (lambda (d) (smbcmp-compare-both-parts comparison d)) divergences)))
    (unwind-protect
        (progn
          (smbcmp-compare--trees comparison (apply #'append parts) trees)
          (cl-loop
           for divergence in divergences for pairs in parts
           do (let ((parts (cl-loop for (a . b) in pairs
                                    collect (smbcmp--module-compare-fields
                                             native (plist-get divergence :number)
                                             (gethash (cons 'a (car a)) trees) (cdr a)
                                             (gethash (cons 'b (car b)) trees) (cdr b)))))
                (plist-put divergence :lead (length (seq-find #'identity parts)))
                (plist-put divergence :fields (mapcar (lambda (field) (seq-take field 3))
                                                      (apply #'append parts)))
                (plist-put divergence :mask (smbcmp-compare-label-mask
                                             divergence (apply #'append parts))))
           (plist-put divergence :pending nil)
           (smbcmp-compare-relabel comparison divergence)))
      (maphash (lambda (_ tree) (smbcmp--module-release tree)) trees))))

(defun smbcmp-compare-both-parts (comparison divergence)
  "Return the pairs of PDUs that DIVERGENCE of COMPARISON is about."
  (pcase-let ((`(,a . ,b) (plist-get divergence :exchanges)))
    (cl-loop for part-a in (smbcmp-compare--parts
                            (smbcmp-comparison-exchange comparison 'a a))
             for part-b in (smbcmp-compare--parts
                            (smbcmp-comparison-exchange comparison 'b b))
             when (and part-a part-b) collect (cons part-a part-b))))

(defun smbcmp-compare-call-with-trees (comparison pairs function)
  "Call FUNCTION with each of PAIRS of PDUs of COMPARISON and their trees.
Its arguments are TREE-A INDEX-A TREE-B INDEX-B, as of
`smbcmp--module-compare-fields'.  Return a list of what it returns."
  (let ((trees (make-hash-table :test 'equal)))
    (unwind-protect
        (progn
          (smbcmp-compare--trees comparison pairs trees)
          (cl-loop for (a . b) in pairs
                   collect (funcall function
                                    (gethash (cons 'a (car a)) trees) (cdr a)
                                    (gethash (cons 'b (car b)) trees) (cdr b))))
      (maphash (lambda (_ tree) (smbcmp--module-release tree)) trees))))

(defun smbcmp-compare--trees (comparison pairs trees)
  "Put the trees of PAIRS of PDUs of COMPARISON in the hash table TREES.
Its keys are (SIDE . FRAME), SIDE being `a' or `b'."
  (let (keys problem)
    (pcase-dolist (`((,frame-a . ,_) . (,frame-b . ,_)) pairs)
      (cl-pushnew (cons 'a frame-a) keys :test #'equal)
      (cl-pushnew (cons 'b frame-b) keys :test #'equal))
    (smbcmp-compare-wait
     (mapcar
      (lambda (key)
        (let ((capture (if (eq (car key) 'a) (smbcmp-comparison-a comparison)
                         (smbcmp-comparison-b comparison))))
          (cons capture (smbcmp-host-request
                         capture "tree" (list :frame (cdr key))
                         (lambda (kind value)
                           (if (eq kind 'error)
                               (setq problem value)
                             (puthash key value trees)))
                         t))))
      keys)
     (lambda () (< (hash-table-count trees) (length keys)))
     (lambda () problem))))

(defun smbcmp-compare-relabel (comparison divergence)
  "Say again what DIVERGENCE of COMPARISON is, now that its fields are known."
  (pcase-let* ((`(,a . ,b) (plist-get divergence :exchanges))
               (exchange-a (smbcmp-comparison-exchange comparison 'a a))
               (exchange-b (smbcmp-comparison-exchange comparison 'b b)))
    (plist-put divergence :weight
               (smbcmp-compare-label-weight divergence exchange-a exchange-b))
    (plist-put divergence :label
               (smbcmp-compare-label divergence exchange-a exchange-b))))

(defun smbcmp-comparison-fields (comparison n)
  "Return the fields of divergence N, from 0, of COMPARISON.
That is its :fields, looked up now if it wasn't yet; see
`smbcmp-compare-fields-limit'."
  (let ((divergence (nth n (smbcmp-comparison-divergences comparison))))
    (smbcmp-compare-look-up comparison (list divergence))
    (plist-get divergence :fields)))

(provide 'smbcmp-compare)
;;; smbcmp-compare.el ends here
