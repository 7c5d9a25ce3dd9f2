/* log.c --- the index of a Samba log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/log-work.h"
#include "support/problem.h"

guint32 log_segment_size = 1u << 20;

/* ------------------------------------------------------------------- open */

static GTimeZone *
open_zone (const char *zone, GError **error)
{
  if (!zone)
    return g_time_zone_new_local ();
#if GLIB_CHECK_VERSION(2, 68, 0)
  GTimeZone *known = g_time_zone_new_identifier (zone);
#else
  /* What it does not know is UTC.  */
  GTimeZone *known = g_time_zone_new (zone);
  if (g_str_equal (g_time_zone_get_identifier (known), "UTC") && !g_str_equal (zone, "UTC")
      && !strchr ("+-Z0123456789", *zone))
    g_clear_pointer (&known, g_time_zone_unref);
#endif
  if (!known)
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                 PROBLEM "no-time-zone" PROBLEM "%s", zone);
  return known;
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

/* Open FILE, one of several if PARENT is not NULL, whose threads are to index it.  */
static Log *
open_file (const char *file, const char *zone, const char *spool, Log *parent,
           GError **error)
{
  GTimeZone *opened = open_zone (zone, error);
  if (!opened)
    return NULL;
  Log *log = new_log (opened, parent);
  log->source = log_source_open (file, spool, log->zone, log_on_more, log, error);
  if (!log->source)
    {
      log_unref (log);
      return NULL;
    }
  log->file = g_strdup (file);
  log->clock.written = log->written = log_source_written (log->source);
  if (!parent)
    log_start_threads (log);
  return log;
}

Log *
log_open (const char *file, const char *zone, const char *spool, GError **error)
{
  return open_file (file, zone, spool, NULL, error);
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

static guint
member_generation (gpointer data)
{
  Log *member = data;
  g_mutex_lock (&member->lock);
  guint generation = member->generation;
  g_mutex_unlock (&member->lock);
  return generation;
}

static const LogMergeClass members_class
    = { member_segment, member_is_done, member_generation };

Log *
log_open_several (char *const *files, guint n, const char *zone, const char *spool,
                  GError **error)
{
  GTimeZone *opened = open_zone (zone, error);
  if (!opened)
    return NULL;
  Log *log = new_log (opened, NULL);
  log->members = g_ptr_array_new_with_free_func ((GDestroyNotify)log_unref);
  log->shifts = g_new0 (gint64, n);
  for (guint i = 0; i < n; i++)
    {
      Log *member = open_file (files[i], zone, spool, log, error);
      if (!member)
        {
          log_unref (log);
          return NULL;
        }
      g_ptr_array_add (log->members, member);
    }
  log->merge = log_merge_new (&members_class, log->members->pdata, n);
  log_start_threads (log);
  return log;
}

Log *
log_ref (Log *log)
{
  g_atomic_int_inc (&log->references);
  return log;
}

void
log_rest (Log *log, gint64 micros)
{
  g_mutex_lock (&log->lock);
  log->rest = g_get_monotonic_time () + micros;
  g_mutex_unlock (&log->lock);
}

void
log_close (Log *log)
{
  g_mutex_lock (&log->lock);
  log->stop = TRUE;
  log_wake (log);
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
  LogSegment *segment = log_store_segment (
      &log->store, i, log_is_done (log) || log_is_settled (log), first, end);
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
  progress->done = log_is_done (log);
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
  progress->bytes = log_is_done (log) ? size : log->store.bytes;
  progress->total = complete ? size : 0;
  progress->messages = log_store_messages (&log->store);
  progress->done = log_is_done (log);
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
  while (!(done = log_is_done (log)) && !log->stop
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
  log_parse_as (log, log->shape, text->str, text->len, &header);
  return header.time == message.time;
}

/* Put the files together anew, or go on: they have GROWN.  */
static void
merge_again (Log *log, gboolean grown)
{
  g_mutex_lock (&log->lock);
  log->awaited = TRUE;
  while (log->merging)
    g_cond_wait (&log->progress, &log->lock);
  log->awaited = FALSE;
  if (grown && log->merged)
    log_merge_resume (log->merge);
  else
    log_begin_merge (log);
  for (guint i = 0; i < log->members->len; i++)
    log_merge_shift (log->merge, i, log->shifts[i]);
  log->merged = FALSE;
  log_wake (log);
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
    merge_again (log, TRUE);
  return change;
}

LogChange
log_refresh (Log *log)
{
  if (log->members)
    return refresh_several (log);
  g_mutex_lock (&log->lock);
  LogChange change = LOG_SAME;
  if (log_is_done (log))
    change = log_source_refresh (log->source);
  if (change == LOG_GROWN && !is_same_log (log))
    change = LOG_REPLACED;
  if (change == LOG_GROWN)
    {
      gboolean complete;
      log_index_rest (log, log_source_size (log->source, &complete));
      log_source_grow (log->source);
    }
  log_wake (log);
  g_mutex_unlock (&log->lock);
  return change;
}

void
log_shift (Log *log, guint i, gint64 micros)
{
  if (!log->members || i >= log->members->len || log->shifts[i] == micros)
    return;
  log->shifts[i] = micros;
  merge_again (log, FALSE);
}

gint64
log_shift_of (Log *log, guint i)
{
  return log->shifts ? log->shifts[i] : 0;
}
