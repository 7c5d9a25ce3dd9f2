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

/* What a thread needs to index a source, and the memory that it does so in, which is
   little if who takes turns at it has the same.  */
typedef struct _LogIndexer LogIndexer;
typedef struct _LogBuffers LogBuffers;

/* For segments of SIZE bytes.  */
LogIndexer *log_indexer_new (LogSource *source, LogSites *sites, guint32 size,
                             GTimeZone *zone, gint64 written);
void log_indexer_free (LogIndexer *indexer);

/* For segments of the same SIZE.  */
LogBuffers *log_buffers_new (guint32 size);
void log_buffers_free (LogBuffers *buffers);

/* The messages that begin in the segment at START of a log of SHAPE; NULL for the
   first segment, which *LEARNED is of then, to unref.  */
LogSegment *log_index (LogIndexer *indexer, LogBuffers *buffers, guint64 start,
                       const LogShape *shape, LogShape **learned);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogIndexer, log_indexer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogBuffers, log_buffers_free)

#endif
