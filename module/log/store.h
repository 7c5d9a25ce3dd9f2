/* store.h --- the segments of a log that are published

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   With what is known by then of requests and facts.  No function has a lock of its
   own: the log's is held.  */

#ifndef SMBCMP_LOG_STORE_H
#define SMBCMP_LOG_STORE_H

#include "log/fact.h"
#include "log/request.h"

typedef struct
{
  gboolean keep;       /* what segments tell of requests is for another log */
  GPtrArray *segments; /* published */
  GArray *firsts;      /* of guint32: the first message of each, and of the next */
  GHashTable *parsed;  /* number plus 1 -> segment not published yet */
  guint32 next;        /* the segment to publish next */
  guint64 bytes;       /* published */
  guint64 preamble;    /* where the first message is, or G_MAXUINT64 */
  LogRequestTable *requests;
  LogFactTable *facts;
} LogStore;

void log_store_init (LogStore *store);
void log_store_clear (LogStore *store);

/* Take over segment NUMBER, and publish what can be.  */
void log_store_add (LogStore *store, guint32 number, LogSegment *segment);

/* Segments from number FROM on will be added again, longer; those there stay until
   then.  */
void log_store_rewind (LogStore *store, guint32 from);

/* Forget all, to begin anew.  */
void log_store_forget (LogStore *store);

guint32 log_store_messages (const LogStore *store);

/* The segment that message NUMBER is in.  */
guint32 log_store_segment_of (const LogStore *store, guint32 number);

/* FALSE if there is no message NUMBER.  */
gboolean log_store_message (const LogStore *store, guint32 number, LogMessage *message);

/* The Ith segment, not owned, with the number of its first message and the end of its
   last one.  NULL if there is none, or none yet whose last message's end is known, as
   it is of the last one if that is the LAST there will be.  */
LogSegment *log_store_segment (const LogStore *store, guint32 i, gboolean last,
                               guint32 *first, guint64 *end);

#endif
