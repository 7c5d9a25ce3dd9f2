/* kernel.h --- what Linux' SMB client and server write to the kernel's log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   cifs.ko prints to the kernel's log (its cifs_debug.h), which dmesg, journalctl
   and syslog show in their ways:

     [   36.240705] CIFS: fs/smb/client/transport.c: cifs_sync_mid_result:
       cmd=5 mid=5 state=64                                     (one line)
     [   36.240705][  T153] CIFS: VFS: \\srv text     CONFIG_PRINTK_CALLER
     [   36.240705] [  T153] CIFS: text               the same, util-linux from 2.39 on
     [   36.240705] [153] cifs:func:64: CIFS: text    dynamic debug, +ptmfl
     [   36.240705] ksmbd: func:64: text              the server
     [   36.240705] fs/cifs/transport.c: text         up to 5.3
     [Sat Nov 28 14:03:41 2026] CIFS: text            dmesg -T
     <7>[   36.240705] CIFS: text                     dmesg -r
     kern  :debug : [   36.240705] CIFS: text         dmesg -x
     2026-11-28T14:03:41,240705+00:00 CIFS: text      dmesg --time-format iso
     Nov 28 14:03:41 host kernel: [   36.240705] CIFS: text      syslog, journalctl
     [   36.240705] host kernel: CIFS: text           journalctl -o short-monotonic

   Where no date is told, times are since the machine booted, and count as if that
   had been at the epoch.  Other lines of the kernel and of others are messages,
   too.  */

#ifndef SMBCMP_LOG_KERNEL_H
#define SMBCMP_LOG_KERNEL_H

#include "log/header.h"
#include "log/segment.h"

/* Scan what is before the text of a line, behind a carrier's prefix or not; FALSE if
   the kernel did not write it.  */
gboolean log_kernel_scan (Text *text, LogClock *clock, LogHeader *header);

/* Append to SEGMENT the event that the line TEXT of N bytes, without HEADER, tells
   of its last message, if it does.  */
void log_kernel_events (const LogHeader *header, const char *text, gsize n,
                        LogSegment *segment);

#endif
