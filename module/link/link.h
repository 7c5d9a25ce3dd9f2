/* link.h --- which frames a log's requests are

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A log tells of a process and of message ids; a capture of connections and of
   message ids.  Which connections are a process's is told by what only they can
   have in common: the ids smbd gave to sessions, trees and opens, which are
   random, and the address and port of the client.  Ids that contradict each
   other part two runs in which a client happened to have the same port.

   A request is certain if its process's connections have exactly one request
   with its message id and command, or as many as the log tells of; one that smbd
   puts off and begins again, as an open that waits for an oplock break, is one.
   If nothing
   says whose connections are a process's, what would fit is ambiguous.  Times
   are evidence of nothing: they only tell how far the clocks are apart.

   A client's log (kernel.h) has the session of each request, and a request is
   certain on the one connection that has it; or it has none, and is certain only
   if it tells of one connection and of an id that the server gave on it.

   Neither Emacs nor libwireshark is known here, and nothing in the cells is
   believed.  */

#ifndef SMBCMP_LINK_LINK_H
#define SMBCMP_LINK_LINK_H

#include "link/capture.h"

typedef enum
{
  LINK_NONE,
  LINK_CERTAIN,
  LINK_AMBIGUOUS
} LinkState;

typedef struct
{
  LinkState state;
  guint32 request, response; /* frames; 0 for none */
  guint32 index;             /* the request PDU's number in its frame, from 0 */
  guint32 first, n;          /* in CANDIDATES; of ambiguous ones */
  guint32 begin;             /* the log's message that begins it */
  gint64 wire;               /* microseconds from request to response, or LOG_NO_TIME */
  gboolean again;            /* the next one of its kind is the same, done again */
} Link;

/* A frame of a certain link, and the number of the log's request.  */
typedef struct
{
  guint32 frame, number;
} LinkFrame;

typedef struct
{
  GArray *links;      /* of Link, for each of the log's requests */
  GArray *candidates; /* of guint32, frames */
  GArray *frames;     /* of LinkFrame, sorted */
  guint32 certain, ambiguous;
  gboolean smb1, smb2; /* what the log speaks of */
  gint64 offset;       /* microseconds that the log's clock is ahead; LOG_NO_TIME */
} Links;

Links *link_log (Log *log, const LinkCapture *capture);

/* Place in FRAMES of the first one of FRAME or a later one.  */
guint links_find_frame (const Links *links, guint32 frame);

void links_free (Links *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Links, links_free)

#endif
