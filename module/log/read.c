/* read.c --- what the index of a log has, and the text

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/log-work.h"

#include <string.h>

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
log_parse_as (Log *log, const LogShape *shape, const char *text, gsize n, LogHeader *header)
{
  if (log_line_parse (text, n, shape, &log->clock, header)
      || log_line_parse_inside (text, n, &log->clock, header))
    return TRUE;
  *header = (LogHeader)LOG_HEADER_INIT;
  return FALSE;
}

gboolean
log_parse (Log *log, guint64 start, const char *text, gsize n, LogHeader *header)
{
  log = log_member (log, log_place (log, start, &start));
  g_autoptr (LogShape) shape = shape_of (log);
  return log_parse_as (log, shape, text, n, header);
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

guint32
log_request_of (Log *log, guint32 message, guint32 pid)
{
  g_mutex_lock (&log->lock);
  guint32 found = log_request_table_of (log->store.requests, message, pid);
  g_mutex_unlock (&log->lock);
  return found;
}

guint32
log_request_step (Log *log, guint32 message, guint32 pid, gint count)
{
  g_mutex_lock (&log->lock);
  guint32 found = log_request_table_step (log->store.requests, message, pid, count);
  g_mutex_unlock (&log->lock);
  return found;
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
  log_wake (log);
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
