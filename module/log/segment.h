/* segment.h --- what is known of a piece of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The file is cut into segments of a megabyte.  A segment has the messages that begin
   in it, twenty bytes each; level, class, file, line and function hang together and
   are few, so each combination is kept once, as a `site'.  A segment that is published
   never changes.

   Numbers of messages count from 0.  */

#ifndef SMBCMP_LOG_SEGMENT_H
#define SMBCMP_LOG_SEGMENT_H

#include "log/found.h"
#include "log/header.h"

#define LOG_NO_MESSAGE G_MAXUINT32

/* Where in Samba's sources a message comes from.  */
typedef struct
{
  const char *class, *file, *function; /* "" if unknown */
  guint32 line;
  gint32 level; /* -1 if unknown */
  LogFormKind form;
  gboolean booted;  /* times are since the machine booted */
  guint32 facts;    /* what messages from here may tell: see fact.h */
  gboolean smb1;    /* the same of smb1.h */
  gboolean winbind; /* the same of winbind.h */
} LogSite;

/* Messages of one process in a segment.  */
typedef struct
{
  guint32 pid, messages;
} LogCount;

/* The messages that begin in one megabyte of the file.  */
typedef struct
{
  gint references;        /* atomic */
  guint64 start;          /* where it begins in the file */
  guint32 size;           /* bytes of it that were there */
  guint32 n;              /* messages */
  guint32 *offsets;       /* from START; NULL in a log of several files, which has */
  guint64 *starts, *ends; /* of each message; see merge.h; else NULL */
  gint64 *times;          /* microseconds since the epoch, or LOG_NO_TIME */
  guint32 *sites;
  guint32 *pids;            /* 0 if unknown */
  void *arrays;             /* all of these */
  gint64 from, to;          /* the first and the last of the times */
  guint32 timed;            /* messages that have one */
  GArray *counts;           /* of LogCount */
  GArray *events;           /* of LogEvent; empty once the requests know them */
  GArray *facts;            /* of what fact.c found; the same */
  GString *strings;         /* of both; the same */
  guint known, known_facts; /* how many were known */
  gboolean cut;             /* the last event is in a line that may go on */
} LogSegment;

/* An empty one.  */
LogSegment *log_segment_new (guint64 start);
/* Give it room for N messages, of one file or of SEVERAL.  */
void log_segment_reserve (LogSegment *segment, guint32 n, gboolean several);
/* Note what its times are, once it has all messages.  */
void log_segment_note_times (LogSegment *segment);
LogSegment *log_segment_ref (LogSegment *segment);
void log_segment_unref (LogSegment *segment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogSegment, log_segment_unref)

/* Where message I of SEGMENT begins and ends; END is where the last one does.  */
static inline guint64
log_segment_begin (const LogSegment *segment, guint32 i)
{
  return segment->starts ? segment->starts[i] : segment->start + segment->offsets[i];
}

static inline guint64
log_segment_end (const LogSegment *segment, guint32 i, guint64 end)
{
  return segment->ends        ? segment->ends[i]
         : i + 1 < segment->n ? segment->start + segment->offsets[i + 1]
                              : end;
}

/* What the index says of a message, and where it is.  */
typedef struct
{
  guint64 start, end; /* in the file */
  gint64 time;
  guint32 site, pid;
} LogMessage;

/* For messages of any process; 0 are those that don't tell it.  */
#define LOG_ANY_PID G_MAXUINT32

/* Messages FROM to TO, both included, of process PID.  */
typedef struct
{
  guint32 from, to, pid;
} LogRange;

#endif
