/* capture.h --- a capture's PDUs, to be linked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Neither Emacs nor libwireshark is known here, and nothing in the cells is
   believed.  */

#ifndef SMBCMP_LINK_CAPTURE_H
#define SMBCMP_LINK_CAPTURE_H

#include "log/log.h"
#include "wire/wire.h"

/* The fields to ask a capture for, in order, NULL-terminated; frames without
   SMB need not be asked for.  */
extern const char *const link_fields[];

/* The PDUs of a capture, as far as links need them.  */
typedef struct _LinkCapture LinkCapture;

LinkCapture *link_capture_new (void);
void link_capture_free (LinkCapture *capture);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LinkCapture, link_capture_free)

/* Add cells of LINK_FIELDS, those of a frame all at once, in order.  */
void link_capture_add (LinkCapture *capture, const WireCells *cells);

/* Number of requests in it, of the protocols wanted.  */
guint link_capture_requests (const LinkCapture *capture, gboolean smb1, gboolean smb2);

/* ---------------------------------------------------- for those that link them */

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
