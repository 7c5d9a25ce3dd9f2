#!/bin/sh
# smbcmp --- compare SMB captures from the shell
# Copyright (C) 2026 The smbcmp developers
# SPDX-License-Identifier: GPL-3.0-or-later
#
# A front of lisp/smbcmp-command.el; "smbcmp --help" tells what it does.

exec "${EMACS:-@EMACS@}" -Q --batch -L '@LISP@' -l smbcmp-compiled -f smbcmp-compiled-prefer \
  -l smbcmp-command -f smbcmp-command -- "$@"
