;;; demo-test.el --- What a newcomer sees in 80 columns  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers
;; SPDX-License-Identifier: GPL-3.0-or-later

;;; Commentary:

;; The first screens of "make demo" in a terminal of 80 columns.

;;; Code:

(require 'compare-view-test)
(require 'demo)
(require 'ert)

(declare-function smbcmp-test-data "run" (folder &optional file))

(ert-deftest demo-test-it-says-what-to-type ()
  "The demo's screen says where the samples are and what to type, in 80 columns."
  (save-window-excursion
    (unwind-protect
        (progn
          (smbcmp-demo-show)
          (let ((told (with-current-buffer (compare-view-test--buffer)
                        header-line-format)))
            (should (string-match-p "test/data/good/ test/data/readonly/: n RET .*, L .*, \\? "
                                    told))
            (should (< (length told) 80))))
      (dolist (buffer (buffer-list))
        (when (and (buffer-live-p buffer)
                   (with-current-buffer buffer (derived-mode-p 'smbcmp-mode)))
          (kill-buffer buffer))))))

(ert-deftest demo-test-the-strip-has-room-at-80-columns ()
  "In two lists side by side at 80 columns the strip is not a single character."
  (compare-view-test--with "good" "readonly"
    (let ((strip (smbcmp-compare-view-strip smbcmp-compare-view-comparison 3 12)))
      (should (= 12 (length strip)))
      (should-not (string-match-p "start" strip))
      (should (text-property-not-all 0 12 'smbcmp-strip-row nil strip)))))

(provide 'demo-test)
;;; demo-test.el ends here
