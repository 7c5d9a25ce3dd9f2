/* kernel.h --- what Linux' SMB client writes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   cifs.ko prints to the kernel's log (its cifs_debug.h), which dmesg, journalctl
   and syslog show in their ways:

     [   36.240705] CIFS: fs/smb/client/transport.c: cifs_sync_mid_result:
       cmd=5 mid=5 state=64                                     (one line)
     [   36.240705][  T153] CIFS: VFS: \\srv text     CONFIG_PRINTK_CALLER
     [   36.240705] fs/cifs/transport.c: text         up to 5.3
     [Sat Nov 28 14:03:41 2026] CIFS: text            dmesg -T
     <7>[   36.240705] CIFS: text                     dmesg -r
     kern  :debug : [   36.240705] CIFS: text         dmesg -x
     2026-11-28T14:03:41,240705+00:00 CIFS: text      dmesg --time-format iso
     Nov 28 14:03:41 host kernel: [   36.240705] CIFS: text      syslog, journalctl
     [   36.240705] host kernel: CIFS: text           journalctl -o short-monotonic

   and tells ftrace of its commands (its trace.h), in /sys/kernel/tracing/trace or
   by trace-cmd report:

       mount.cifs-153   [000] .....    34.951157: smb3_cmd_enter: sid=0x3ede70b7
         tid=0x0 cmd=3 mid=4                                      (one line)

   Where no date is told, times are since the machine booted, and count as if that
   had been at the epoch.  Other lines of the kernel and of others are messages,
   too.  */

#ifndef SMBCMP_LOG_KERNEL_H
#define SMBCMP_LOG_KERNEL_H

#include "log/header.h"
#include "log/segment.h"

/* Whether the first line of the N bytes TEXT that has a header has a kernel's.  */
gboolean log_kernel_begins (const char *text, gsize n, LogClock *clock);

/* Parse the header that the line TEXT begins with; FALSE if it has none.  Its
   function is the event of ftrace.  */
gboolean log_kernel_header (const char *text, gsize n, LogClock *clock, LogHeader *header);

/* Append to SEGMENT the event that the line TEXT of N bytes, without HEADER, tells
   of its last message, if it does.  */
gboolean log_kernel_event (const LogHeader *header, const char *text, gsize n,
                           LogSegment *segment);

#endif
