/* trace.h --- events that the kernel traces

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   cifs.ko tells ftrace of its commands (its trace.h), in /sys/kernel/tracing/trace or
   by trace-cmd report:

       mount.cifs-153   [000] .....    34.951157: smb3_cmd_enter: sid=0x3ede70b7
         tid=0x0 cmd=3 mid=4                                      (one line)

   or by perf script:

       mount.cifs   153 [000]    34.951157: cifs:smb3_cmd_enter: sid=0x3ede70b7 ...

   Times are since the machine booted, and count as if that had been at the epoch.  */

#ifndef SMBCMP_LOG_TRACE_H
#define SMBCMP_LOG_TRACE_H

#include "log/header.h"
#include "log/segment.h"

/* Scan what is before the text of an event, or of a call (graph.h) that is traced as
   one.  Its function is the event, or what is called.  */
gboolean log_trace_scan (Text *text, LogHeader *header);

/* Append to SEGMENT the event of a request that the line TEXT of N bytes, without
   HEADER, tells of its last message, if it does.  */
void log_trace_events (const LogHeader *header, const char *text, gsize n,
                       LogSegment *segment);

#endif
