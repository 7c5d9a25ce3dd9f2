/* index.h --- find the messages in a piece of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_INDEX_H
#define SMBCMP_LOG_INDEX_H

#include "log/shape.h"
#include "log/site.h"
#include "log/source.h"

/* Bytes behind a segment that are looked at: a header and a line of its message.  */
#define LOG_SLACK 4096u

/* What a thread needs to index: the memory that it does so in, which stays in the
   processor's cache, and what it remembers.  */
typedef struct _LogIndexer LogIndexer;

/* For segments of SIZE bytes.  */
LogIndexer *log_indexer_new (LogSites *sites, guint32 size, GTimeZone *zone);
void log_indexer_free (LogIndexer *indexer);

/* The messages that begin in the segment at START of SOURCE, a log of SHAPE that was
   WRITTEN then; SHAPE is NULL for the first segment, which *LEARNED is of then, to
   unref.  */
LogSegment *log_index (LogIndexer *indexer, LogSource *source, gint64 written,
                       guint64 start, const LogShape *shape, LogShape **learned);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogIndexer, log_indexer_free)

#endif
