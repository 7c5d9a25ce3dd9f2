/* links.h --- what is linked: which frames each request of a log is

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LINK_LINKS_H
#define SMBCMP_LINK_LINKS_H

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

/* Place in FRAMES of the first one of FRAME or a later one.  */
guint links_find_frame (const Links *links, guint32 frame);

void links_free (Links *links);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Links, links_free)

/* --------------------------------------------------------------- for link.c */

Links *links_new (void);

/* All of LOG's requests are linked to CAPTURE: find out the rest.  */
void links_complete (Links *links, Log *log, const LinkCapture *capture);

#endif
