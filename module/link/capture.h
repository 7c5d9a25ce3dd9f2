/* capture.h --- a capture's PDUs, to be linked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Between link-capture.c, which makes them, and link.c, which links them.  */

#ifndef SMBCMP_LINK_CAPTURE_H
#define SMBCMP_LINK_CAPTURE_H

#include "link/link.h"

/* One that MS-SMB2 does not know, whatever its number.  */
#define LINK_BAD_COMMAND 0xffff

/* The last of those it knows, SMB2 OPLOCK_BREAK (2.2.1).  */
#define LINK_LAST_COMMAND 18

/* A bit of the commands of SMB1.  */
#define LINK_SMB1 0x10000

/* Session, tree and open ids below are not those that smbd makes.  */
#define LINK_SMALLEST_ID 0x10000

typedef struct
{
  guint32 frame, index;
  guint32 stream;
  guint32 cmd;
  guint64 mid;
  gint64 time; /* microseconds since the epoch, or LOG_NO_TIME */
  gboolean response, pending;
} LinkPdu;

struct _LinkCapture
{
  GArray *pdus; /* of LinkPdu, in order */
  guint requests, smb1_requests;
  guint negotiations;       /* that are among both */
  GHashTable *clients;      /* streams to endpoints */
  GHashTable *streams_of;   /* link_id to GArray of streams */
  GHashTable *has_sessions; /* set of streams of which session ids are known */
};

/* An id that the server gave, of any kind: of trees and opens the low half, of
   sessions that and the whole.  */
gint64 link_id (LogFactKind kind, guint64 id);

#endif
