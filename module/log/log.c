/* log.c --- the index of a Samba log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/log.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "log/form.h"
#include "log/index.h"
#include "log/merge.h"
#include "log/store.h"

#define MAX_THREADS 8

guint32 log_segment_size = 1u << 20;

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
  guint n_threads;

  GMutex lock; /* for what follows */
  GCond work, progress;
  gboolean stop;
  LogShape *shape; /* NULL until the first segment is indexed */
  LogStore store;
  gboolean merging, merged; /* a thread puts members together; they all are */
  guint wakes;              /* times that members had more */
  guint32 next;             /* the segment to index next */
  gboolean pause;           /* no more will come soon: index what is there */
  guint64 upto;             /* what was there when that was begun, or 0 */
  GPtrArray *tasks;         /* the newest last; not owned */
};

/* ------------------------------------------------------------------ growth */

static void
rewind_tasks (Log *log, guint32 from, gboolean forget)
{
  for (guint i = 0; i < log->tasks->len; i++)
    {
      LogTask *task = g_ptr_array_index (log->tasks, i);
      task->class->rewind (task, from, forget);
    }
}

/* Forget all that is published, to begin anew; with the lock.  Segments that
   threads still work on are of no use then, hence nobody must.  */
static void
forget (Log *log)
{
  rewind_tasks (log, 0, TRUE);
  log_store_forget (&log->store);
  log->next = 0;
}

/* Index again what was at the end of the log: from the first segment on of which
   the end, or what is behind it, was not all among the bytes that were THERE.  */
static void
index_rest (Log *log, guint64 there)
{
  guint32 from = log->store.segments->len;
  gboolean cut = FALSE;
  while (from > 0 && (guint64)from * log->segment_size + LOG_SLACK > there)
    {
      const LogSegment *segment = g_ptr_array_index (log->store.segments, --from);
      cut |= segment->cut;
    }
  if (cut)
    {
      forget (log);
      return;
    }
  /* The last message may go on.  */
  guint32 messages = log_store_messages (&log->store);
  guint32 last = messages ? log_store_segment_of (&log->store, messages - 1) : 0;
  rewind_tasks (log, MIN (from, last), FALSE);
  log_store_rewind (&log->store, from);
  log->next = from;
}

/* ---------------------------------------------------------------- threads */

/* Who writes the log paused, and all that was there then is published.  */
static gboolean
is_settled (Log *log)
{
  return !log->members && log->upto && log->store.next == log->next
         && (guint64)log->next * log->segment_size >= log->upto;
}

/* Whether all there is is published.  */
static gboolean
is_done (Log *log)
{
  gboolean complete;
  if (log->members)
    return log->merged;
  guint64 size = log_source_size (log->source, &complete);
  /* Not by bytes: the file may have been cut meanwhile.  */
  return complete && !log->upto && (guint64)log->store.next * log->segment_size >= size;
}

/* Whether there is a segment to take, with all that belongs to it there, or with
   what is there if no more will come soon.  */
static gboolean
segment_waits (Log *log)
{
  gboolean complete;
  guint64 size = log_source_size (log->source, &complete);
  if (log->upto && is_settled (log) && (size > log->upto || complete))
    {
      if (size > log->upto)
        index_rest (log, log->upto);
      log->upto = 0;
      g_cond_broadcast (&log->progress);
    }
  guint64 start = (guint64)log->next * log->segment_size;
  /* The first segment tells the others how the log is written.  */
  if (log->next == 1 && log->store.next == 0)
    return FALSE;
  if (log->upto)
    return start < log->upto;
  if (complete ? start < size : start + log->segment_size + LOG_SLACK <= size)
    return TRUE;
  if (log->pause && start < size)
    log->upto = size;
  log->pause = FALSE;
  return log->upto != 0;
}

/* The first segment, which a thread is about to publish, says that the log is of
   SHAPE.  If it seemed to be of another before it grew, nothing that was found holds:
   neither messages nor how many of the requests' events are known.  */
static void
adopt_shape (Log *log, LogShape *shape)
{
  g_autoptr (LogShape) old = log->shape;
  log->shape = shape;
  if (!old || log_shape_equal (shape, old) || !log->store.segments->len)
    return;
  forget (log);
  log->next = 1;
}

/* A file of LOG has more, or all.  Its lock is held, LOG's is not: who holds that asks no
   file anything.  */
static void
wake (Log *log)
{
  g_mutex_lock (&log->lock);
  log->wakes++;
  g_cond_broadcast (&log->work);
  g_mutex_unlock (&log->lock);
}

/* Put together the next messages of LOG's files; FALSE if another thread does, or files
   must be known further before.  */
static gboolean
merge_members (Log *log)
{
  guint wakes = log->wakes;
  gboolean done;
  if (log->merging || log->merged)
    return FALSE;
  log->merging = TRUE;
  g_mutex_unlock (&log->lock);
  LogSegment *segment = log_merge_next (log->merge, &done);
  g_mutex_lock (&log->lock);
  log->merging = FALSE;
  log->merged = done;
  if (segment)
    log_store_add (&log->store, log->next++, segment);
  if (segment || done)
    g_cond_broadcast (&log->work);
  g_cond_broadcast (&log->progress);
  return segment || done || wakes != log->wakes;
}

static LogShape *
ref_shape (Log *log)
{
  return log->shape ? log_shape_ref (log->shape) : NULL;
}

static void
index_segment (Log *log, LogIndexer *indexer)
{
  guint32 number = log->next++;
  g_autoptr (LogShape) shape = number ? ref_shape (log) : NULL;
  LogShape *learned = NULL;
  g_mutex_unlock (&log->lock);
  LogSegment *segment
      = log_index (indexer, (guint64)number * log->segment_size, shape, &learned);
  g_mutex_lock (&log->lock);
  if (learned)
    adopt_shape (log, learned);
  log_store_add (&log->store, number, segment);
  g_cond_broadcast (&log->work);
  if (log->parent)
    wake (log->parent);
  /* Not at each step: who waits for the end would take the processor.  */
  if (is_done (log))
    g_cond_broadcast (&log->progress);
}

/* Do a piece of a task, the newest first; FALSE if none has work.  SCRATCHES are the
   thread's, by class of task.  */
static gboolean
do_task (Log *log, GHashTable *scratches)
{
  for (guint i = log->tasks->len; i-- > 0;)
    {
      LogTask *task = g_ptr_array_index (log->tasks, i);
      gpointer scratch = g_hash_table_lookup (scratches, task->class);
      if (!scratch)
        {
          scratch = task->class->scratch_new ();
          g_hash_table_insert (scratches, (gpointer)task->class, scratch);
        }
      if (task->class->work (task, scratch, &log->lock))
        {
          g_cond_broadcast (&log->progress);
          return TRUE;
        }
    }
  return FALSE;
}

static void
free_scratch (gpointer class, gpointer scratch, gpointer data G_GNUC_UNUSED)
{
  ((const LogTaskClass *)class)->scratch_free (scratch);
}

static gpointer
work (gpointer data)
{
  Log *log = data;
  LogIndexer *indexer = log->members
                            ? NULL
                            : log_indexer_new (log->source, log->sites, log->segment_size,
                                               log->zone, log->written);
  g_autoptr (GHashTable) scratches = g_hash_table_new (NULL, NULL);
  g_mutex_lock (&log->lock);
  while (!log->stop)
    {
      if (do_task (log, scratches))
        continue;
      if (log->members && merge_members (log))
        continue;
      if (!log->members && segment_waits (log))
        index_segment (log, indexer);
      else
        g_cond_wait (&log->work, &log->lock);
    }
  g_mutex_unlock (&log->lock);
  g_hash_table_foreach (scratches, free_scratch, NULL);
  g_clear_pointer (&indexer, log_indexer_free);
  return NULL;
}

/* More of the file can be read; another thread says so.  */
static void
on_more (gboolean pause, void *data)
{
  Log *log = data;
  g_mutex_lock (&log->lock);
  log->pause |= pause;
  g_cond_broadcast (&log->work);
  g_cond_broadcast (&log->progress);
  if (log->parent)
    wake (log->parent);
  g_mutex_unlock (&log->lock);
}

/* Threads of ours take no signals: they are Emacs'.  */
static void
start_threads (Log *log, guint n)
{
  sigset_t all, old;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  log->n_threads = CLAMP (n, 1, MAX_THREADS);
  for (guint i = 0; i < log->n_threads; i++)
    log->threads[i] = g_thread_new ("smblog", work, log);
  pthread_sigmask (SIG_SETMASK, &old, NULL);
}

/* ------------------------------------------------------------------- open */

static GTimeZone *
open_zone (const char *zone, GError **error)
{
  if (!zone)
    return g_time_zone_new_local ();
#if GLIB_CHECK_VERSION(2, 68, 0)
  GTimeZone *known = g_time_zone_new_identifier (zone);
  if (!known)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "There is no time zone %s", zone);
  return known;
#else
  (void)error;
  return g_time_zone_new (zone);
#endif
}

static Log *
new_log (GTimeZone *zone, Log *parent)
{
  Log *log = g_new0 (Log, 1);
  log->references = 1;
  log->zone = zone;
  log->parent = parent;
  log->segment_size = log_segment_size;
  log->sites = parent ? parent->sites : log_sites_new ();
  log_store_init (&log->store);
  log->store.keep = parent != NULL;
  log->tasks = g_ptr_array_new ();
  g_mutex_init (&log->lock);
  g_cond_init (&log->work);
  g_cond_init (&log->progress);
  log->clock.zone = zone;
  return log;
}

/* Open FILE, one of several if PARENT is not NULL, for N threads to index.  */
static Log *
open_file (const char *file, const char *zone, const char *spool, Log *parent, guint n,
           GError **error)
{
  GTimeZone *opened = open_zone (zone, error);
  if (!opened)
    return NULL;
  Log *log = new_log (opened, parent);
  log->source = log_source_open (file, spool, log->zone, on_more, log, error);
  if (!log->source)
    {
      log_unref (log);
      return NULL;
    }
  log->file = g_strdup (file);
  log->clock.written = log->written = log_source_written (log->source);
  start_threads (log, n);
  return log;
}

Log *
log_open (const char *file, const char *zone, const char *spool, GError **error)
{
  return open_file (file, zone, spool, NULL, g_get_num_processors (), error);
}

static LogSegment *
member_segment (gpointer member, guint32 i, guint32 *first, guint64 *end)
{
  return log_segment (member, i, first, end);
}

static gboolean
member_is_done (gpointer member)
{
  return log_wait (member, 0);
}

static const LogMergeClass members_class = { member_segment, member_is_done };

Log *
log_open_several (char *const *files, guint n, const char *zone, const char *spool,
                  GError **error)
{
  GTimeZone *opened = open_zone (zone, error);
  if (!opened)
    return NULL;
  guint threads = g_get_num_processors ();
  Log *log = new_log (opened, NULL);
  log->members = g_ptr_array_new_with_free_func ((GDestroyNotify)log_unref);
  log->shifts = g_new0 (gint64, n);
  for (guint i = 0; i < n; i++)
    {
      Log *member
          = open_file (files[i], zone, spool, log, (threads + n - 1) / MAX (n, 1), error);
      if (!member)
        {
          log_unref (log);
          return NULL;
        }
      g_ptr_array_add (log->members, member);
    }
  log->merge = log_merge_new (&members_class, log->members->pdata, n);
  start_threads (log, threads);
  return log;
}

Log *
log_ref (Log *log)
{
  g_atomic_int_inc (&log->references);
  return log;
}

void
log_close (Log *log)
{
  g_mutex_lock (&log->lock);
  log->stop = TRUE;
  g_cond_broadcast (&log->work);
  g_mutex_unlock (&log->lock);
  for (guint i = 0; i < log->n_threads; i++)
    g_thread_join (log->threads[i]);
  log->n_threads = 0;
  for (guint i = 0; log->members && i < log->members->len; i++)
    log_close (g_ptr_array_index (log->members, i));
}

void
log_unref (Log *log)
{
  if (!g_atomic_int_dec_and_test (&log->references))
    return;
  log_close (log);
  g_clear_pointer (&log->merge, log_merge_free);
  g_clear_pointer (&log->members, g_ptr_array_unref);
  g_free (log->shifts);
  g_free (log->file);
  g_clear_pointer (&log->source, log_source_free);
  log_store_clear (&log->store);
  g_clear_pointer (&log->shape, log_shape_unref);
  g_ptr_array_unref (log->tasks);
  if (!log->parent)
    log_sites_free (log->sites);
  g_time_zone_unref (log->zone);
  g_mutex_clear (&log->lock);
  g_cond_clear (&log->work);
  g_cond_clear (&log->progress);
  g_free (log);
}

LogSegment *
log_segment_locked (Log *log, guint32 i, guint32 *first, guint64 *end)
{
  LogSegment *segment
      = log_store_segment (&log->store, i, is_done (log) || is_settled (log), first, end);
  return segment ? log_segment_ref (segment) : NULL;
}

/* --------------------------------------------------------------- progress */

/* That of all files together, half of which is to know them.  */
static void
several_progress (Log *log, LogProgress *progress)
{
  *progress = (LogProgress){ 0 };
  for (guint i = 0; i < log->members->len; i++)
    {
      LogProgress member;
      log_progress (g_ptr_array_index (log->members, i), &member);
      progress->bytes += member.bytes;
      progress->total += member.total;
    }
  g_mutex_lock (&log->lock);
  progress->messages = log_store_messages (&log->store);
  progress->done = is_done (log);
  g_mutex_unlock (&log->lock);
}

void
log_progress (Log *log, LogProgress *progress)
{
  gboolean complete;
  if (log->members)
    {
      several_progress (log, progress);
      return;
    }
  guint64 size = log_source_size (log->source, &complete);
  g_mutex_lock (&log->lock);
  progress->bytes = is_done (log) ? size : log->store.bytes;
  progress->total = complete ? size : 0;
  progress->messages = log_store_messages (&log->store);
  progress->done = is_done (log);
  g_mutex_unlock (&log->lock);
  if (!complete)
    log_source_progress (log->source, &progress->bytes, &progress->total);
}

gboolean
log_wait (Log *log, gint64 micros)
{
  gint64 until = g_get_monotonic_time () + micros;
  g_mutex_lock (&log->lock);
  gboolean done;
  while (!(done = is_done (log)) && !log->stop
         && g_cond_wait_until (&log->progress, &log->lock, until))
    continue;
  g_mutex_unlock (&log->lock);
  return done;
}

char *
log_problem (Log *log)
{
  char *problem = log->source ? log_source_problem (log->source) : NULL;
  for (guint i = 0; log->members && i < log->members->len && !problem; i++)
    problem = log_problem (g_ptr_array_index (log->members, i));
  return problem;
}

static gboolean
parse (Log *log, const LogShape *shape, const char *text, gsize n, LogHeader *header)
{
  if (log_line_parse (text, n, shape, &log->clock, header)
      || log_line_parse_inside (text, n, &log->clock, header))
    return TRUE;
  *header = (LogHeader)LOG_HEADER_INIT;
  return FALSE;
}

/* Whether the last message's header is still in the file; with the lock.  */
static gboolean
is_same_log (Log *log)
{
  LogMessage message;
  LogHeader header;
  guint32 n = log_store_messages (&log->store);
  if (!n || !log_store_message (&log->store, n - 1, &message))
    return TRUE;
  g_autoptr (GString) text = g_string_new (NULL);
  log_read (log, message.start, MIN (log->store.bytes, message.start + LOG_HEADER_MAX),
            text);
  log->clock.dated = log->shape->dated;
  parse (log, log->shape, text->str, text->len, &header);
  return header.time == message.time;
}

/* Put the files together anew.  */
static void
merge_again (Log *log)
{
  g_mutex_lock (&log->lock);
  while (log->merging)
    g_cond_wait (&log->progress, &log->lock);
  forget (log);
  log_merge_restart (log->merge);
  for (guint i = 0; i < log->members->len; i++)
    log_merge_shift (log->merge, i, log->shifts[i]);
  log->merged = FALSE;
  g_cond_broadcast (&log->work);
  g_mutex_unlock (&log->lock);
}

static LogChange
refresh_several (Log *log)
{
  LogChange change = LOG_SAME;
  for (guint i = 0; i < log->members->len; i++)
    {
      LogChange member = log_refresh (g_ptr_array_index (log->members, i));
      change = MAX (change, member);
    }
  if (change == LOG_GROWN)
    merge_again (log);
  return change;
}

LogChange
log_refresh (Log *log)
{
  if (log->members)
    return refresh_several (log);
  g_mutex_lock (&log->lock);
  LogChange change = LOG_SAME;
  if (is_done (log))
    change = log_source_refresh (log->source);
  if (change == LOG_GROWN && !is_same_log (log))
    change = LOG_REPLACED;
  if (change == LOG_GROWN)
    {
      gboolean complete;
      index_rest (log, log_source_size (log->source, &complete));
      log_source_grow (log->source);
    }
  g_cond_broadcast (&log->work);
  g_mutex_unlock (&log->lock);
  return change;
}

/* --------------------------------------------------------------- messages */

guint32
log_messages (Log *log)
{
  g_mutex_lock (&log->lock);
  guint32 n = log_store_messages (&log->store);
  g_mutex_unlock (&log->lock);
  return n;
}

gboolean
log_message (Log *log, guint32 number, LogMessage *message)
{
  g_mutex_lock (&log->lock);
  gboolean found = log_store_message (&log->store, number, message);
  g_mutex_unlock (&log->lock);
  return found;
}

guint64
log_preamble (Log *log)
{
  g_mutex_lock (&log->lock);
  guint64 preamble = MIN (log->store.preamble, log->store.bytes);
  g_mutex_unlock (&log->lock);
  return preamble;
}

guint32
log_segment_of (Log *log, guint32 number)
{
  g_mutex_lock (&log->lock);
  guint32 i = log_store_segment_of (&log->store, number);
  g_mutex_unlock (&log->lock);
  return i;
}

LogSegment *
log_segment (Log *log, guint32 i, guint32 *first, guint64 *end)
{
  g_mutex_lock (&log->lock);
  LogSegment *segment = log_segment_locked (log, i, first, end);
  g_mutex_unlock (&log->lock);
  return segment;
}

LogSite
log_site (Log *log, guint32 site)
{
  return *log_sites_get (log->sites, site);
}

guint32
log_sites (Log *log)
{
  return log_sites_count (log->sites);
}

/* ------------------------------------------------------------------- text */

void
log_read (Log *log, guint64 start, guint64 end, GString *text)
{
  gsize old = text->len;
  if (end <= start)
    return;
  if (log->members)
    {
      guint64 offset;
      Log *member = log_member (log, log_place (log, start, &offset));
      log_read (member, offset, offset + (end - start), text);
      return;
    }
  g_string_set_size (text, old + (gsize)(end - start));
  gsize n = log_source_read (log->source, start, text->str + old, (gsize)(end - start));
  g_string_truncate (text, old + n);
}

/* The shape, to unref, with the caller's clock set for it.  */
static LogShape *
shape_of (Log *log)
{
  g_mutex_lock (&log->lock);
  LogShape *shape = log->shape ? log_shape_ref (log->shape) : log_shape_new ();
  g_mutex_unlock (&log->lock);
  log->clock.dated = shape->dated;
  return shape;
}

gboolean
log_parse (Log *log, guint64 start, const char *text, gsize n, LogHeader *header)
{
  log = log_member (log, log_place (log, start, &start));
  g_autoptr (LogShape) shape = shape_of (log);
  return parse (log, shape, text, n, header);
}

void
log_clean (Log *log, guint64 start, const char *text, gsize n, GString *clean)
{
  LogHeader header;
  log = log_member (log, log_place (log, start, &start));
  g_autoptr (LogShape) shape = shape_of (log);
  for (const char *end = text + n; text < end;)
    {
      const char *newline = memchr (text, '\n', (gsize)(end - text));
      const char *stop = newline ? newline : end;
      gsize prefix = shape->carried ? log_line_prefix (text, (gsize)(stop - text), shape,
                                                       &log->clock, &header)
                                    : 0;
      gsize length = (gsize)(stop - text) - prefix;
      if (newline && length && stop[-1] == '\r')
        length--;
      g_string_append_len (clean, text + prefix, (gssize)length);
      if (newline)
        g_string_append_c (clean, '\n');
      text = stop + (newline != NULL);
    }
}

/* ------------------------------------------------------------- several files */

guint
log_members (Log *log)
{
  return log->members ? log->members->len : 1;
}

Log *
log_member (Log *log, guint i)
{
  return log->members ? g_ptr_array_index (log->members, MIN (i, log->members->len - 1))
                      : log;
}

const char *
log_file (Log *log)
{
  return log->file ? log->file : "";
}

guint
log_place (Log *log, guint64 start, guint64 *offset)
{
  *offset = log->members ? log_place_offset (start) : start;
  return log->members ? log_place_member (start) : 0;
}

void
log_shift (Log *log, guint i, gint64 micros)
{
  if (!log->members || i >= log->members->len || log->shifts[i] == micros)
    return;
  log->shifts[i] = micros;
  merge_again (log);
}

gint64
log_shift_of (Log *log, guint i)
{
  return log->shifts ? log->shifts[i] : 0;
}

/* ---------------------------------------------------------- requests, tasks */

LogRequests *
log_requests (Log *log, guint32 from, guint32 count)
{
  g_mutex_lock (&log->lock);
  LogRequests *requests = log_request_table_snapshot (log->store.requests, from, count);
  g_mutex_unlock (&log->lock);
  return requests;
}

guint32
log_request_count (Log *log)
{
  g_mutex_lock (&log->lock);
  guint32 n = log_request_table_count (log->store.requests);
  g_mutex_unlock (&log->lock);
  return n;
}

LogFacts *
log_facts (Log *log)
{
  g_mutex_lock (&log->lock);
  LogFacts *facts = log_fact_table_snapshot (log->store.facts);
  g_mutex_unlock (&log->lock);
  return facts;
}

void
log_add_task (Log *log, LogTask *task)
{
  g_mutex_lock (&log->lock);
  g_ptr_array_add (log->tasks, task);
  g_cond_broadcast (&log->work);
  g_mutex_unlock (&log->lock);
}

void
log_remove_task (Log *log, LogTask *task)
{
  g_mutex_lock (&log->lock);
  g_ptr_array_remove (log->tasks, task);
  while (task->class->is_busy (task))
    g_cond_wait (&log->progress, &log->lock);
  g_mutex_unlock (&log->lock);
}
