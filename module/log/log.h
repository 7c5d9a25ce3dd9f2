/* log.h --- the index of a Samba log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The bytes of a log stay in the file; the index says where each message
   begins, when it was written, by which process and from which place of
   Samba's sources.

   Threads build it.  A thread takes a segment (segment.h), finds the messages
   that begin in it, and hands them in.  Segments are published in order, so what is
   published is always the beginning of the log; requests (request.h) and facts
   (fact.h) are put together then.  When the file has grown, another segment takes
   the place of the last one.  What others get of all this are snapshots, which they
   own: they stay as they are, whatever the threads do.

   The same threads do tasks, such as views (view.h), which come first: someone
   waits for them.  No thread but the caller's knows Emacs.

   Numbers of messages count from 0.  Unless said otherwise, functions are for any
   thread.  */

#ifndef SMBCMP_LOG_LOG_H
#define SMBCMP_LOG_LOG_H

#include <glib.h>

#include "log/fact.h"
#include "log/header.h"
#include "log/request.h"
#include "log/source.h"

typedef struct _Log Log;

/* Open FILE and begin to index it.  ZONE is the server's time zone, a name or
   "+01:00", NULL for the one here; SPOOL is where temporary files go.  */
extern guint32 log_segment_size; /* a megabyte; tests have reason for less */
Log *log_open (const char *file, const char *zone, const char *spool, GError **error);
Log *log_ref (Log *log);
void log_unref (Log *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Log, log_unref)

/* The same of several FILES, in the order of time; a message without a time comes behind
   the one before it in its file.  */
Log *log_open_several (char *const *files, guint n, const char *zone, const char *spool,
                       GError **error);

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

/* Have the threads do nothing for so many microseconds, once they are done with the
   segments they are at: who shows what is known so far needs the processors.  */
void log_rest (Log *log, gint64 micros);

/* What went wrong with reading, to g_free; NULL if nothing did.  */
char *log_problem (Log *log);

/* See whether the file has changed; what is new gets indexed.  */
LogChange log_refresh (Log *log);

/* ---------------------------------------------------------------- messages */

guint32 log_messages (Log *log);

/* FALSE if there is no message NUMBER.  */
gboolean log_message (Log *log, guint32 number, LogMessage *message);

/* ----------------------------------------------------------------- several files */

/* The files of LOG; 1 if it was opened as one.  */
guint log_members (Log *log);

/* The log of the Ith alone, not owned: LOG itself if that is the only one.  */
Log *log_member (Log *log, guint i);

/* The name it was opened by.  */
const char *log_file (Log *log);

/* Which a message that begins at START is in, and where there.  */
guint log_place (Log *log, guint64 start, guint64 *offset);

/* Have the Ith one's times be later by so many MICROS; numbers of messages change.  */
void log_shift (Log *log, guint i, gint64 micros);
gint64 log_shift_of (Log *log, guint i);

/* Where the first message begins: what is before it belongs to none.  */
guint64 log_preamble (Log *log);

LogSite log_site (Log *log, guint32 site);

/* Number of sites; never less than all sites of published messages.  */
guint32 log_sites (Log *log);

/* Append the bytes from START to END to TEXT; fewer if the file was cut.  */
void log_read (Log *log, guint64 start, guint64 end, GString *text);

/* The header of the TEXT of a message that begins at START, with the log's notion of
   time.  */
gboolean log_parse (Log *log, guint64 start, const char *text, gsize n, LogHeader *header);

/* Append to CLEAN the N bytes TEXT of such a message, from the beginning of a line
   behind its header on, as they are to be shown: without the prefix that syslog
   puts before each line, and without the CR of CRLF.  */
void log_clean (Log *log, guint64 start, const char *text, gsize n, GString *clean);

/* The published segments, to go through all messages fast: the Ith, to unref,
   with the number of its first message and the end of its last; NULL if there is
   none, or none yet whose last message's end is known.  */
LogSegment *log_segment (Log *log, guint32 i, guint32 *first, guint64 *end);

/* The one that message NUMBER is in.  */
guint32 log_segment_of (Log *log, guint32 number);

/* The log's requests as they are now: COUNT, or as many as there are, from number
   FROM on; to unref.  */
LogRequests *log_requests (Log *log, guint32 from, guint32 count);
guint32 log_request_count (Log *log);

/* The number of the request that MESSAGE of process PID belongs to, the one that began
   last of those that are not done; LOG_NO_REQUEST if there is none.  */
guint32 log_request_of (Log *log, guint32 message, guint32 pid);

/* The number of the request of process PID that is COUNT after the one that began last
   before MESSAGE or with it; before it if that is negative.  LOG_NO_REQUEST if there is
   none.  */
guint32 log_request_step (Log *log, guint32 message, guint32 pid, gint count);

/* The same of its facts, all of them.  */
LogFacts *log_facts (Log *log);

/* ------------------------------------------------------------------- tasks */

/* Something that the log's threads do besides indexing.  All functions are called with
   the log's lock, which is LOCK.  */
typedef struct _LogTask LogTask;
typedef struct
{
  /* Do a piece, meanwhile without the lock; FALSE if there is none to do.  SCRATCH is
     the thread's own.  */
  gboolean (*work) (LogTask *task, gpointer scratch, GMutex *lock);
  gboolean (*is_busy) (LogTask *task);
  /* Segments from number FROM on, or the end of the last message before them, are to
     change.  What there is stays until then, unless FORGET.  */
  void (*rewind) (LogTask *task, guint32 from, gboolean forget);
  gpointer (*scratch_new) (void);
  void (*scratch_free) (gpointer scratch);
} LogTaskClass;

struct _LogTask
{
  const LogTaskClass *class;
};

/* A task is done from when it is added until it is removed; the newest goes first.  */
void log_add_task (Log *log, LogTask *task);
void log_remove_task (Log *log, LogTask *task);

/* The same as log_segment, for tasks.  */
LogSegment *log_segment_locked (Log *log, guint32 i, guint32 *first, guint64 *end);

#endif
