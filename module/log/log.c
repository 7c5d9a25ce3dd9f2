/* log.c --- the index of a Samba log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/log.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "log/fact.h"
#include "log/index.h"
#include "log/request.h"
#include "log/view.h"

#define MAX_THREADS 8

guint32 log_segment_size = 1u << 20;

struct _Log
{
  gint references; /* atomic */
  LogSource *source;
  LogSites *sites;
  guint32 segment_size;
  GTimeZone *zone;
  gint64 written;
  LogClock clock; /* of the caller's thread */
  gint form;      /* a LogForm; atomic */
  GThread *threads[MAX_THREADS];
  guint n_threads;

  GMutex lock; /* for what follows */
  GCond work, progress;
  gboolean stop;
  GPtrArray *segments; /* published */
  GArray *firsts;      /* of guint32: the first message of each, and of the next */
  GHashTable *parsed;  /* number plus 1 -> segment not published yet */
  guint32 next;        /* the segment to take next */
  guint32 publish;     /* the one to publish next */
  guint64 published;   /* bytes */
  gboolean pause;      /* no more will come soon: index what is there */
  guint64 upto;        /* what was there when that was begun, or 0 */
  guint64 preamble;    /* where the first message is */
  GPtrArray *views;    /* the newest last; not owned */
  LogRequests *requests;
  LogFacts *facts;
};

/* ------------------------------------------------------------- publishing */

static guint32
first_of (Log *log, guint32 i)
{
  return g_array_index (log->firsts, guint32, i);
}

/* The process of the last message before segment I, 0 if there is none.  */
static guint32
pid_before (Log *log, guint32 i)
{
  while (i-- > 0)
    {
      const LogSegment *segment = g_ptr_array_index (log->segments, i);
      if (segment->n)
        return segment->pids[segment->n - 1];
    }
  return 0;
}

/* Add SEGMENT, the next in order, or put it in place of the shorter one.  */
static void
publish_segment (Log *log, LogSegment *segment)
{
  guint32 i = log->publish++;
  gboolean again = i < log->segments->len;
  g_autoptr (LogSegment) old = again ? g_ptr_array_steal_index (log->segments, i) : NULL;
  log_requests_add (log->requests, segment, old ? old->known : 0, first_of (log, i),
                    pid_before (log, i));
  log_facts_add (log->facts, segment, old ? old->known_facts : 0, first_of (log, i));
  segment->known = segment->events->len;
  segment->known_facts = segment->facts->len;
  g_array_set_size (segment->events, 0);
  g_array_set_size (segment->facts, 0);
  g_string_truncate (segment->strings, 0);
  g_ptr_array_insert (log->segments, (gint)i, segment);
  guint32 next = first_of (log, i) + segment->n;
  if (again)
    g_array_index (log->firsts, guint32, i + 1) = next;
  else
    g_array_append_val (log->firsts, next);
  log->published = segment->start + segment->size;
  if (log->preamble == G_MAXUINT64 && segment->n)
    log->preamble = segment->start + segment->offsets[0];
}

/* Publish what can be; with the lock.  */
static void
publish (Log *log, guint32 number, LogSegment *segment)
{
  g_hash_table_insert (log->parsed, GUINT_TO_POINTER (number + 1), segment);
  gpointer next;
  while ((next = g_hash_table_lookup (log->parsed, GUINT_TO_POINTER (log->publish + 1))))
    {
      g_hash_table_remove (log->parsed, GUINT_TO_POINTER (log->publish + 1));
      publish_segment (log, next);
    }
}

/* ------------------------------------------------------------------ growth */

/* The segment message NUMBER is in.  */
static guint32
segment_of (Log *log, guint32 number)
{
  guint32 low = 0, high = log->segments->len;
  while (low + 1 < high)
    {
      guint32 middle = low + (high - low) / 2;
      if (first_of (log, middle) <= number)
        low = middle;
      else
        high = middle;
    }
  return low;
}

static void
rewind_views (Log *log, guint32 from, gboolean forget)
{
  for (guint i = 0; i < log->views->len; i++)
    log_view_rewind (g_ptr_array_index (log->views, i), from, forget);
}

/* Forget all that is published, to begin anew; with the lock.  Segments that
   threads still work on are of no use then, hence nobody must.  */
static void
forget (Log *log)
{
  rewind_views (log, 0, TRUE);
  g_ptr_array_set_size (log->segments, 0);
  g_array_set_size (log->firsts, 1);
  log_requests_free (log->requests);
  log->requests = log_requests_new ();
  log_facts_free (log->facts);
  log->facts = log_facts_new ();
  log->preamble = G_MAXUINT64;
  log->published = 0;
  log->next = log->publish = 0;
}

/* Index again what was at the end of the log: from the first segment on of which
   the end, or what is behind it, was not all among the bytes that were THERE.  */
static void
index_rest (Log *log, guint64 there)
{
  guint32 from = log->segments->len;
  gboolean cut = FALSE;
  while (from > 0 && (guint64)from * log->segment_size + LOG_SLACK > there)
    {
      const LogSegment *segment = g_ptr_array_index (log->segments, --from);
      cut |= segment->cut;
    }
  if (cut)
    {
      forget (log);
      return;
    }
  /* The last message may go on.  */
  guint32 messages = first_of (log, log->segments->len);
  rewind_views (log, messages ? MIN (from, segment_of (log, messages - 1)) : 0, FALSE);
  for (guint32 i = from; i < log->segments->len; i++)
    log_requests_rewind (log->requests, g_ptr_array_index (log->segments, i));
  log->next = log->publish = from;
}

/* ---------------------------------------------------------------- threads */

/* Who writes the log paused, and all that was there then is published.  */
static gboolean
is_settled (Log *log)
{
  return log->upto && log->publish == log->next
         && (guint64)log->next * log->segment_size >= log->upto;
}

/* Whether all there is is published.  */
static gboolean
is_done (Log *log)
{
  gboolean complete;
  guint64 size = log_source_size (log->source, &complete);
  /* Not by bytes: the file may have been cut meanwhile.  */
  return complete && !log->upto && (guint64)log->publish * log->segment_size >= size;
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
  if (log->next == 1 && log->publish == 0)
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
   FORM.  If it seemed to be of another before it grew, nothing that was found holds:
   neither messages nor how many of the requests' events are known.  */
static void
take_form (Log *log, LogForm form)
{
  LogForm old = (LogForm)g_atomic_int_get (&log->form);
  g_atomic_int_set (&log->form, (gint)form);
  if (form == old || !log->segments->len)
    return;
  forget (log);
  log->next = 1;
}

static void
take_segment (Log *log, LogIndexer *indexer)
{
  guint32 number = log->next++;
  LogForm form = (LogForm)g_atomic_int_get (&log->form);
  g_mutex_unlock (&log->lock);
  LogSegment *segment = log_index (indexer, (guint64)number * log->segment_size, &form);
  g_mutex_lock (&log->lock);
  if (number == 0)
    take_form (log, form);
  publish (log, number, segment);
  g_cond_broadcast (&log->work);
  /* Not at each step: who waits for the end would take the processor.  */
  if (is_done (log))
    g_cond_broadcast (&log->progress);
}

/* Compute a piece of a view, the newest first; FALSE if none has work.  */
static gboolean
take_view (Log *log, LogScratch *scratch)
{
  for (guint i = log->views->len; i-- > 0;)
    if (log_view_take (g_ptr_array_index (log->views, i), scratch, &log->lock))
      {
        g_cond_broadcast (&log->progress);
        return TRUE;
      }
  return FALSE;
}

static gpointer
work (gpointer data)
{
  Log *log = data;
  g_autoptr (LogIndexer) indexer = log_indexer_new (
      log->source, log->sites, log->segment_size, log->zone, log->written);
  g_autoptr (LogScratch) scratch = log_scratch_new ();
  g_mutex_lock (&log->lock);
  while (!log->stop)
    {
      if (take_view (log, scratch))
        continue;
      if (segment_waits (log))
        take_segment (log, indexer);
      else
        g_cond_wait (&log->work, &log->lock);
    }
  g_mutex_unlock (&log->lock);
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
  g_mutex_unlock (&log->lock);
}

/* Threads of ours take no signals: they are Emacs'.  */
static void
start_threads (Log *log)
{
  sigset_t all, old;
  sigfillset (&all);
  pthread_sigmask (SIG_SETMASK, &all, &old);
  log->n_threads = CLAMP (g_get_num_processors (), 1, MAX_THREADS);
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

Log *
log_open (const char *file, const char *zone, const char *spool, GError **error)
{
  GTimeZone *opened = open_zone (zone, error);
  if (!opened)
    return NULL;
  Log *log = g_new0 (Log, 1);
  log->references = 1;
  log->zone = opened;
  log->segment_size = log_segment_size;
  log->preamble = G_MAXUINT64;
  log->sites = log_sites_new ();
  log->requests = log_requests_new ();
  log->facts = log_facts_new ();
  log->segments = g_ptr_array_new_with_free_func ((GDestroyNotify)log_segment_unref);
  log->firsts = g_array_new (FALSE, TRUE, sizeof (guint32));
  g_array_set_size (log->firsts, 1);
  log->parsed = g_hash_table_new (NULL, NULL);
  log->views = g_ptr_array_new ();
  g_mutex_init (&log->lock);
  g_cond_init (&log->work);
  g_cond_init (&log->progress);
  log->source = log_source_open (file, spool, log->zone, on_more, log, error);
  if (!log->source)
    {
      log_unref (log);
      return NULL;
    }
  log->written = log_source_written (log->source);
  log->clock = (LogClock){ .zone = log->zone, .written = log->written };
  start_threads (log);
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
}

void
log_unref (Log *log)
{
  if (!g_atomic_int_dec_and_test (&log->references))
    return;
  log_close (log);
  g_clear_pointer (&log->source, log_source_free);
  GHashTableIter iter;
  gpointer segment;
  g_hash_table_iter_init (&iter, log->parsed);
  while (g_hash_table_iter_next (&iter, NULL, &segment))
    log_segment_unref (segment);
  g_hash_table_unref (log->parsed);
  g_ptr_array_unref (log->segments);
  g_ptr_array_unref (log->views);
  g_array_unref (log->firsts);
  log_requests_free (log->requests);
  log_facts_free (log->facts);
  log_sites_free (log->sites);
  g_time_zone_unref (log->zone);
  g_mutex_clear (&log->lock);
  g_cond_clear (&log->work);
  g_cond_clear (&log->progress);
  g_free (log);
}

/* ---------------------------------------------------------- with the lock */

/* Where the last message of segment I ends, or G_MAXUINT64 if that is not known
   yet.  */
static guint64
end_of (Log *log, guint32 i)
{
  for (guint32 next = i + 1; next < log->segments->len; next++)
    {
      const LogSegment *segment = g_ptr_array_index (log->segments, next);
      if (segment->n)
        return segment->start + segment->offsets[0];
    }
  return is_done (log) || is_settled (log) ? log->published : G_MAXUINT64;
}

static gboolean
message_locked (Log *log, guint32 number, LogMessage *message)
{
  if (number >= first_of (log, log->segments->len))
    return FALSE;
  guint32 s = segment_of (log, number);
  const LogSegment *segment = g_ptr_array_index (log->segments, s);
  guint32 i = number - first_of (log, s);
  guint64 end
      = i + 1 < segment->n ? segment->start + segment->offsets[i + 1] : end_of (log, s);
  message->start = segment->start + segment->offsets[i];
  message->end = end == G_MAXUINT64 ? log->published : end;
  message->time = segment->times[i];
  message->site = segment->sites[i];
  message->pid = segment->pids[i];
  return TRUE;
}

LogSegment *
log_segment_locked (Log *log, guint32 i, guint32 *first, guint64 *end)
{
  /* From PUBLISH on, if they are there, others will take their place.  */
  if (i >= log->publish || (*end = end_of (log, i)) == G_MAXUINT64)
    return NULL;
  *first = first_of (log, i);
  return log_segment_ref (g_ptr_array_index (log->segments, i));
}

/* --------------------------------------------------------------- progress */

void
log_progress (Log *log, LogProgress *progress)
{
  gboolean complete;
  guint64 size = log_source_size (log->source, &complete);
  g_mutex_lock (&log->lock);
  progress->bytes = is_done (log) ? size : log->published;
  progress->total = complete ? size : 0;
  progress->messages = first_of (log, log->segments->len);
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
  return log_source_problem (log->source);
}

/* Whether the last message's header is still in the file; with the lock.  */
static gboolean
is_same_log (Log *log)
{
  LogMessage message;
  LogHeader header;
  guint32 n = first_of (log, log->segments->len);
  if (!n || !message_locked (log, n - 1, &message))
    return TRUE;
  g_autoptr (GString) text = g_string_new (NULL);
  log_read (log, message.start, MIN (log->published, message.start + LOG_HEADER_MAX), text);
  return log_parse (log, text->str, text->len, &header) && header.time == message.time;
}

LogChange
log_refresh (Log *log)
{
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
  guint32 n = first_of (log, log->segments->len);
  g_mutex_unlock (&log->lock);
  return n;
}

gboolean
log_message (Log *log, guint32 number, LogMessage *message)
{
  g_mutex_lock (&log->lock);
  gboolean found = message_locked (log, number, message);
  g_mutex_unlock (&log->lock);
  return found;
}

guint64
log_preamble (Log *log)
{
  g_mutex_lock (&log->lock);
  guint64 preamble = MIN (log->preamble, log->published);
  g_mutex_unlock (&log->lock);
  return preamble;
}

guint32
log_segment_number (Log *log, guint64 offset)
{
  return (guint32)(offset / log->segment_size);
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
  g_string_set_size (text, old + (gsize)(end - start));
  gsize n = log_source_read (log->source, start, text->str + old, (gsize)(end - start));
  g_string_truncate (text, old + n);
}

gboolean
log_parse (Log *log, const char *text, gsize n, LogHeader *header)
{
  log->clock.form = (LogForm)g_atomic_int_get (&log->form);
  return log_header_parse (text, n, FALSE, &log->clock, header)
         || log_header_parse (text, n, TRUE, &log->clock, header);
}

void
log_clean (Log *log, const char *text, gsize n, GString *clean)
{
  LogHeader header;
  gboolean wrapped = g_atomic_int_get (&log->form) == LOG_WRAPPED;
  for (const char *end = text + n; text < end;)
    {
      const char *newline = memchr (text, '\n', (gsize)(end - text));
      const char *stop = newline ? newline : end;
      gsize prefix
          = wrapped ? log_header_prefix (text, (gsize)(stop - text), &log->clock, &header)
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

/* ---------------------------------------------------------- requests, views */

void
log_with_requests (Log *log, void (*function) (LogRequests *, gpointer), gpointer data)
{
  g_mutex_lock (&log->lock);
  function (log->requests, data);
  g_mutex_unlock (&log->lock);
}

void
log_with_facts (Log *log, void (*function) (LogFacts *, gpointer), gpointer data)
{
  g_mutex_lock (&log->lock);
  function (log->facts, data);
  g_mutex_unlock (&log->lock);
}

void
log_add_view (Log *log, LogView *view)
{
  g_mutex_lock (&log->lock);
  g_ptr_array_add (log->views, view);
  g_cond_broadcast (&log->work);
  g_mutex_unlock (&log->lock);
}

void
log_remove_view (Log *log, LogView *view)
{
  g_mutex_lock (&log->lock);
  g_ptr_array_remove (log->views, view);
  while (log_view_busy (view))
    g_cond_wait (&log->progress, &log->lock);
  g_mutex_unlock (&log->lock);
}
