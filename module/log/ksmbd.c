/* ksmbd.c --- the requests that the kernel's server tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/ksmbd.h"

#include <string.h>

#include "log/request.h"

/* What is said of commands, by Linux 5.15 and by 6.4.  */
static const struct
{
  const char *sign;
  guint8 command;
} phrases[] = { { "Received negotiate request", 0 },
                { "Received request for session setup", 1 },
                { "Received smb2 session setup request", 1 },
                { "Received smb2 session logoff request", 2 },
                { "tree connect request for tree ", 3 },
                { "Received smb2 tree disconnect request", 4 },
                { "Received smb2 create request", 5 },
                { "Received smb2 close request", 6 },
                { "Received smb2 flush request", 7 },
                { "SMB2_FLUSH called for fid ", 7 },
                { "Received smb2 read request", 8 },
                { "Received smb2 write request", 9 },
                { "Received smb2 lock request", 10 },
                { "Received lock request", 10 },
                { "Received smb2 ioctl request", 11 },
                { "smb2 cancel called on mid ", 12 },
                { "Received smb2 echo request", 13 },
                { "Received smb2 query directory request", 14 },
                { "Received smb2 notify", 15 },
                { "GOT query info request", 16 },
                { "Received request smb2 query info request", 16 },
                { "GOT set info request", 17 },
                { "Received smb2 set info request", 17 },
                { "Received smb2 oplock acknowledgment request", 18 } };

void
log_ksmbd_events (const LogHeader *header G_GNUC_UNUSED, const char *text, gsize n,
                  LogSegment *segment)
{
  for (gsize i = 0; i < G_N_ELEMENTS (phrases); i++)
    if (memmem (text, n, phrases[i].sign, strlen (phrases[i].sign)))
      {
        LogEvent event = { .kind = LOG_SERVED,
                           .message = (gint32)segment->n - 1,
                           .index = phrases[i].command,
                           .string = (guint32)segment->strings->len,
                           .mid = LOG_NO_MID };
        g_string_append_c (segment->strings, '\0');
        g_array_append_val (segment->events, event);
        return;
      }
}
