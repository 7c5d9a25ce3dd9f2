/* samba.h --- what Samba puts before a debug message

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Samba's lib/util/debug.c (dbghdrclass) prints, by version and settings:

     [2026/11/24 01:58:23.855117,  7, pid=8022, effective(0, 0), real(0, 0),
      class=smb2, traceid=4, depth=2] ../../source3/smbd/x.c:12(func)      (one line)
     [2003/11/24 01:58:23, 3] smbd/process.c:switch_message(685)           up to 3.3
     [Tue Nov 24 01:58:23 2009 CET, 3 ../lib/util/x.c:12:func()]           4.0 alphas
     [2026/11/24 01:58:23,  3] text               debug prefix timestamp = yes
     [2026/11/24 01:58:23,  3] (func)             builds that leave out places
     source3/smbd/x.c:12: [2026/11/24 01:58:23.855117, smb2 3, pid=8022] func   Synology's

   Text may follow in the same line, and lines may be broken, where someone copied them.
   All times may be "N seconds since the Epoch".  With debug syslog format = yes it
   prints what syslog would: see carrier.h.  */

#ifndef SMBCMP_LOG_SAMBA_H
#define SMBCMP_LOG_SAMBA_H

#include "log/header.h"

/* Scan a header up to the message's text.  It begins a line, or, if INSIDE, it is
   somewhere in one: then only a header that tells where the message comes from, which
   no other text resembles, is one. */
gboolean log_samba_scan (Text *text, gboolean inside, LogClock *clock, LogHeader *header);

/* The fast way for nearly all headers: if TEXT begins as the latest one did but
   for microseconds and level, set time, level, pid and the begin of the tail.  */
gboolean log_samba_begin (const char *text, gsize n, const LogClock *clock,
                          LogHeader *header);

#endif
