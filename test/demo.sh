#!/bin/sh
# demo.sh --- two sample captures compared: a share that is writable, and not
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# With a terminal to show it in, in Emacs; else as text.

cd "$(dirname "$0")/.." || exit
emacs=${EMACS:-emacs}

if [ -t 0 ] && [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
  exec "$emacs" -nw -Q -L . -l test/demo.el -f smbcmp-demo-show
fi
exec "$emacs" -Q --batch -L . -l test/demo.el -f smbcmp-demo-print </dev/null
