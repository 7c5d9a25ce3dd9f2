;;; smbcmp.el --- Browse and compare SMB captures  -*- lexical-binding: t; -*-

;; Copyright (C) 2026 The smbcmp developers

;; Author: The smbcmp developers
;; Version: 0.1.0
;; Package-Requires: ((emacs "27.1"))
;; Keywords: comm, tools
;; URL: https://github.com/smbcmp/smbcmp.el
;; SPDX-License-Identifier: GPL-3.0-or-later

;; This program is free software; you can redistribute it and/or modify
;; it under the terms of the GNU General Public License as published by
;; the Free Software Foundation, either version 3 of the License, or
;; (at your option) any later version.

;; This program is distributed in the hope that it will be useful,
;; but WITHOUT ANY WARRANTY; without even the implied warranty of
;; MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the
;; GNU General Public License for more details.

;; You should have received a copy of the GNU General Public License
;; along with this program.  If not, see <https://www.gnu.org/licenses/>.

;;; Commentary:

;; smbcmp opens network captures in Emacs with Wireshark's own dissectors:
;; browse packets, fields and bytes, compare a frame of a working case with
;; one of a failing case, and get it all as Lisp data.
;;
;;   M-x smbcmp-find-file   the packet list of a capture; so does C-x C-f
;;   M-x smbcmp-diff        where do two captures first diverge?
;;   (smbcmp-open FILE)     the same for programs; see the manual, README.org
;;
;; libwireshark runs in a worker process for each capture, so that what a
;; hostile packet does to it does not touch Emacs.

;;; Code:

(eval-and-compile
  ;; In a checkout the other files are in lisp/; installed, all files are together.
  (let* ((top (file-name-directory (or (bound-and-true-p byte-compile-current-file)
                                       load-file-name
                                       buffer-file-name
                                       default-directory)))
         (lisp (expand-file-name "lisp" top)))
    (when (file-exists-p (expand-file-name "smbcmp-compiled.el" lisp))
      (add-to-list 'load-path (directory-file-name top))
      ;; Who has the sources in `load-path' already wants them.
      (unless (member lisp (mapcar (lambda (directory)
                                     (directory-file-name (expand-file-name (or directory "."))))
                                   load-path))
        (push lisp load-path)
        (require 'smbcmp-compiled)
        (with-no-warnings (smbcmp-compiled-prefer))))))

(defgroup smbcmp nil
  "Browse and compare SMB captures."
  :group 'tools
  :group 'comm
  :prefix "smbcmp-")

(require 'smbcmp-module)
(require 'smbcmp-capture)
(require 'smbcmp-file)
(require 'smbcmp-list)
(require 'smbcmp-detail)
(require 'smbcmp-bytes)
(require 'smbcmp-rules)
(require 'smbcmp-diff)
(require 'smbcmp-diff-view)
(require 'smbcmp-ediff)
(require 'smbcmp-compare-pair)
(require 'smbcmp-compare-report)
(require 'smbcmp-org)
(require 'smbcmp-compare-pins)
(require 'smbcmp-compare-view)
(require 'smbcmp-compare-lists)
(require 'smbcmp-compare)
(require 'smbcmp-compare-once)
(require 'smbcmp-command)
(require 'smbcmp-many-view)
(require 'smbcmp-case-view)
(require 'smbcmp-live)
(require 'smbcmp-points-view)
(require 'smblog)
(require 'smbcmp-log)
(require 'smbcmp-compare-logs)
(require 'smbcmp-export)
(require 'smbcmp-latency)
(require 'smbcmp-latency-view)
(require 'smbcmp-latency-chart)
(require 'smbcmp-files)
(require 'smbcmp-sequence)
(require 'smbcmp-rules-view)
(require 'smbcmp-expert)
(require 'smbcmp-conversations)
(require 'smbcmp-stream)
(require 'smbcmp-replay)
(require 'smbcmp-bisect)
(require 'smblog-file)

;; In a checkout nothing else says where these are.
(autoload 'smblog-mode "smblog-mode"
  "Major mode for Samba's debug logs." t)
(autoload 'smblog-find-file "smblog-mode"
  "Show FILE, a Samba log of any name, in `smblog-mode'." t)
(autoload 'smblog-find-directory "smblog-mode"
  "Show all logs in DIRECTORY as one, in the order of time." t)
(autoload 'smblog-dired-open-marked "smblog-mode"
  "Show the files that are marked in Dired as one log, in the order of time." t)
(autoload 'smblog-command "smblog-mode"
  "Show what the shell command COMMAND prints as a Samba log, while it prints." t)
(autoload 'smbcmp-bisect-log "smbcmp-bisect-log"
  "Show the log of SCRIPT, which `smbcmp-bisect' wrote, as it grows." t)
(autoload 'smbcmp-bisect-run "smbcmp-bisect-log"
  "Let git bisect in DIRECTORY find the first revision that SCRIPT calls bad." t)

(unless noninteractive (smbcmp-mode-claim-commands))

(provide 'smbcmp)
;;; smbcmp.el ends here
