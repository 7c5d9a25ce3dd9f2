/* smb1.h --- the messages of SMB1 that Samba dumps

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   From level 5 on, Samba's show_msg (source3/lib/util.c) prints each message of SMB1
   that is received or sent: smbd's, and in Samba 3 the clients', too.

     [2026/11/24 01:58:32.755983,  5, pid=8133] ../../source3/lib/util.c:156(show_msg)
       size=156
       smb_com=0x73
       smb_rcls=0
       smb_reh=0
       smb_err=0
       smb_flg=24
       smb_flg2=51267
       smb_tid=0
       smb_pid=8132
       smb_uid=0
       smb_mid=1
       smt_wct=12

   Other processes may write between these lines.  As long as that is no dump, too, the
   lines are told apart; if it is, neither dump tells anything.  The answer to a request
   that had to wait smbd does not always dump.  */

#ifndef SMBCMP_LOG_SMB1_H
#define SMBCMP_LOG_SMB1_H

#include "log/header.h"
#include "log/segment.h"
#include "log/shape.h"
#include "log/cursor.h"

/* More than such a dump has, with what others write between.  */
#define LOG_SMB1_MAX 2048

/* Whether messages from FUNCTION are such dumps.  */
gboolean log_smb1_function (const char *function);

/* Append to SEGMENT the event that its last message tells of, if it does.  That is a
   dump of process PID, with TEXT behind its header and what is BEFORE it.  TORN is set
   if other messages are in TEXT.  */
gboolean log_smb1_parse (Text before, Text text, const LogShape *shape, LogClock *clock,
                         guint32 pid, gboolean *torn, LogSegment *segment);

#endif
