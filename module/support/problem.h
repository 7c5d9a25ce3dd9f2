/* problem.h --- what went wrong, by name

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What users read is worded in Lisp: here a problem has a name, and values that go into
   the words, with this before each; see smbcmp-module-problems.  What Wireshark, libpcap
   or the system say is passed on as it is.  */

#ifndef SMBCMP_SUPPORT_PROBLEM_H
#define SMBCMP_SUPPORT_PROBLEM_H

#define PROBLEM "\037"

#endif
