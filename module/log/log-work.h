/* log-work.h --- the inside of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For log.c, which opens it, threads.c and read.c alone.  */

#ifndef SMBCMP_LOG_LOG_WORK_H
#define SMBCMP_LOG_LOG_WORK_H

#include "log/form.h"
#include "log/log.h"
#include "log/merge.h"
#include "log/site.h"
#include "log/store.h"

#define MAX_THREADS 8

struct _Log
{
  gint references;   /* atomic */
  char *file;        /* NULL if there are several */
  LogSource *source; /* the same */
  LogSites *sites;
  Log *parent;        /* the log that this is a file of, or NULL; it has the sites */
  GPtrArray *members; /* logs of files, owned; NULL if this is one itself */
  LogMerge *merge;    /* of them */
  gint64 *shifts;     /* the same: microseconds; of the caller's thread */
  guint32 segment_size;
  GTimeZone *zone;
  gint64 written;
  LogClock clock; /* of the caller's thread */
  GThread *threads[MAX_THREADS];
  guint n_threads; /* 0 in a log of several files' own: the threads are the parent's */

  GMutex lock; /* for what follows */
  GCond work, progress;
  gboolean stop;
  gint64 rest;     /* until when the threads do nothing, monotonic time */
  LogShape *shape; /* NULL until the first segment is indexed */
  LogStore store;
  gboolean merging, merged; /* a thread puts members together; they all are */
  gboolean awaited;         /* someone waits until none does */
  guint wanted;             /* the member that must be known further to go on with that */
  guint wakes;              /* times that there was more to do */
  guint32 next;             /* the segment to index next */
  guint generation;         /* times that all was forgotten */
  gboolean pause;           /* no more will come soon: index what is there */
  guint64 upto;             /* what was there when that was begun, or 0 */
  GPtrArray *tasks;         /* the newest last; not owned */
};

/* There is more to do for LOG's threads; with the lock.  */
void log_wake (Log *log);

/* Forget all that is published, to begin anew; with the lock.  Segments that
   threads still work on are of no use then, hence nobody must.  */
void log_forget (Log *log);

/* Forget what was put together of LOG's files, to begin anew; with the lock.  */
void log_begin_merge (Log *log);

/* Index again what was at the end of the log, from the first segment on of which the end
   was not all among the bytes that were THERE; with the lock.  */
void log_index_rest (Log *log, guint64 there);

/* Who writes the log paused, and all that was there then is published; or all there is
   is published.  With the lock.  */
gboolean log_is_settled (Log *log);
gboolean log_is_done (Log *log);

/* More of the file can be read; another thread says so.  */
void log_on_more (gboolean pause, void *log);

void log_start_threads (Log *log);

/* HEADER becomes that of the N bytes of TEXT, in a log of SHAPE; FALSE if there is none. */
gboolean log_parse_as (Log *log, const LogShape *shape, const char *text, gsize n,
                       LogHeader *header);

#endif
