/* log.h --- the index of a Samba log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The bytes of a log stay in the file; the index says where each message
   begins, when it was written, by which process and from which place of
   Samba's sources: twenty bytes a message.  Level, class, file, line and function
   hang together and are few, so each combination is kept once, as a `site'.

   Threads build it.  The file is cut into segments of a megabyte; a thread takes
   one, finds the messages that begin in it, and hands them in.  Segments are
   published in order, so what is published is always the beginning of the log;
   requests (log-request.h) are put together then.  A published segment never
   changes: when the file has grown, another takes the place of the last one.

   The same threads compute views (log-view.h), which come first: someone waits
   for them.  No thread but the caller's knows Emacs.

   Numbers of messages count from 0.  Unless said otherwise, functions are for any
   thread.  */

#ifndef SMBCMP_LOG_LOG_H
#define SMBCMP_LOG_LOG_H

#include <glib.h>

#include "log/header.h"
#include "log/source.h"

typedef struct _Log Log;
typedef struct _LogView LogView;
typedef struct _LogRequests LogRequests;
typedef struct _LogFacts LogFacts;

#define LOG_NO_MESSAGE G_MAXUINT32

/* Where in Samba's sources a message comes from.  */
typedef struct
{
  const char *class, *file, *function; /* "" if not told */
  guint32 line;
  gint32 level;   /* -1 if not told */
  gboolean facts; /* messages from here may tell some */
  gboolean smb1;  /* the same of log-smb1.h */
} LogSite;

/* Messages of one process in a segment.  */
typedef struct
{
  guint32 pid, messages;
} LogCount;

/* The messages that begin in one megabyte of the file.  */
typedef struct
{
  gint references;  /* atomic */
  guint64 start;    /* where it begins in the file */
  guint32 size;     /* bytes of it that were there */
  guint32 n;        /* messages */
  guint32 *offsets; /* from START */
  gint64 *times;    /* microseconds since the epoch, or LOG_NO_TIME */
  guint32 *sites;
  guint32 *pids;            /* 0 if not told */
  GArray *counts;           /* of LogCount */
  GArray *events;           /* of LogEvent; empty once the requests know them */
  GArray *facts;            /* of what log-fact.c found; the same */
  GString *strings;         /* of both; the same */
  guint known, known_facts; /* how many were known */
  gboolean cut;             /* the last event is in a line that may go on */
} LogSegment;

LogSegment *log_segment_ref (LogSegment *segment);
void log_segment_unref (LogSegment *segment);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogSegment, log_segment_unref)

/* Open FILE and begin to index it.  ZONE is the server's time zone, a name or
   "+01:00", NULL for the one here; SPOOL is where temporary files go.  */
extern guint32 log_segment_size; /* a megabyte; tests have reason for less */
Log *log_open (const char *file, const char *zone, const char *spool, GError **error);
Log *log_ref (Log *log);
void log_unref (Log *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Log, log_unref)

/* Stop the threads; what is indexed stays.  */
void log_close (Log *log);

typedef struct
{
  guint64 bytes, total; /* of the file indexed, or unpacked; TOTAL 0 if unknown */
  guint32 messages;
  gboolean done;
} LogProgress;

void log_progress (Log *log, LogProgress *progress);

/* Wait until the index is complete, or for so many microseconds; whether it is. */
gboolean log_wait (Log *log, gint64 micros);

/* What went wrong with reading, to g_free; NULL if nothing did.  */
char *log_problem (Log *log);

/* See whether the file has changed; what is new gets indexed.  */
LogChange log_refresh (Log *log);

/* ---------------------------------------------------------------- messages */

guint32 log_messages (Log *log);

/* What the index says of a message, and where it is.  */
typedef struct
{
  guint64 start, end; /* in the file */
  gint64 time;
  guint32 site, pid;
} LogMessage;

/* FALSE if there is no message NUMBER.  */
gboolean log_message (Log *log, guint32 number, LogMessage *message);

/* Where the first message begins: what is before it belongs to none.  */
guint64 log_preamble (Log *log);

LogSite log_site (Log *log, guint32 site);

/* Number of sites; never less than all sites of published messages.  */
guint32 log_sites (Log *log);

/* Append the bytes from START to END to TEXT; fewer if the file was cut.  */
void log_read (Log *log, guint64 start, guint64 end, GString *text);

/* The header of a message's TEXT, with the log's notion of time.  */
gboolean log_parse (Log *log, const char *text, gsize n, LogHeader *header);

/* Append to CLEAN the N bytes TEXT of a message, from the beginning of a line
   behind its header on, as they are to be shown: without the prefix that syslog
   puts before each line, and without the CR of CRLF.  */
void log_clean (Log *log, const char *text, gsize n, GString *clean);

/* The published segments, to go through all messages fast: the Ith, to unref,
   with the number of its first message and the end of its last; NULL if there is
   none, or none yet whose last message's end is known.  */
LogSegment *log_segment (Log *log, guint32 i, guint32 *first, guint64 *end);

/* The one that what begins at OFFSET is in.  */
guint32 log_segment_number (Log *log, guint64 offset);

/* -------------------------------------------------- for the log's other rooms */

/* Call FUNCTION with the log's requests while no thread changes them.  */
void log_with_requests (Log *log, void (*function) (LogRequests *, gpointer),
                        gpointer data);

/* The same with the facts.  */
void log_with_facts (Log *log, void (*function) (LogFacts *, gpointer), gpointer data);

/* Views get computed from when they are added until they are removed.  */
void log_add_view (Log *log, LogView *view);
void log_remove_view (Log *log, LogView *view);

/* The same as log_segment, for callers with the log's lock.  */
LogSegment *log_segment_locked (Log *log, guint32 i, guint32 *first, guint64 *end);

#endif
