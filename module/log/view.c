/* view.c --- the messages that a filter leaves

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/view.h"

#include <string.h>

/* What a view has of a segment.  */
typedef struct
{
  LogSegment *segment;
  guint32 first;    /* message */
  guint32 n;        /* matches */
  guint32 *matches; /* from FIRST; NULL if all match */
} Part;

struct _LogView
{
  LogTask task;
  Log *log;
  LogFilter *filter; /* NULL: all messages */
  GMutex lock;       /* for what follows; taken after the log's */
  GPtrArray *parts;  /* of Part, in order */
  guint current;     /* how many of them are of the log as it is; others will take
                        the places of those behind, as its segments' do */
  GArray *totals;    /* of guint32: matches before each part, and in all */
  GHashTable *ready; /* number plus 1 -> Part that has to wait for others */
  guint32 next;      /* the segment to compute next; with the log's lock */
  guint busy;        /* threads that compute; the same */
  guint generation;  /* of the log, as it has changed; the same */
};

static void
free_part (gpointer data)
{
  Part *part = data;
  log_segment_unref (part->segment);
  g_free (part->matches);
  g_free (part);
}

/* -------------------------------------------------------------- computing */

static Part *
compute (LogView *view, LogSegment *segment, guint32 first, guint64 end,
         LogScratch *scratch)
{
  Part *part = g_new0 (Part, 1);
  g_autofree guint8 *wanted = g_malloc (segment->n + 1);
  memset (wanted, 1, segment->n);
  log_filter_apply (view->filter, view->log, segment, first, end, scratch, wanted);
  part->segment = segment;
  part->first = first;
  for (guint32 i = 0; i < segment->n; i++)
    part->n += wanted[i];
  if (part->n == segment->n)
    return part;
  part->matches = g_new (guint32, part->n + 1);
  for (guint32 i = 0, m = 0; i < segment->n; i++)
    if (wanted[i])
      part->matches[m++] = i;
  return part;
}

static guint32
total (LogView *view, guint32 part)
{
  return g_array_index (view->totals, guint32, part);
}

/* Put PART behind those that are current.  */
static void
put_part (LogView *view, Part *part)
{
  guint i = view->current++;
  if (i < view->parts->len)
    free_part (g_ptr_array_steal_index (view->parts, i));
  else
    g_array_set_size (view->totals, i + 2);
  g_ptr_array_insert (view->parts, (gint)i, part);
  for (; i < view->parts->len; i++)
    {
      const Part *next = g_ptr_array_index (view->parts, i);
      g_array_index (view->totals, guint32, i + 1) = total (view, i) + next->n;
    }
}

static void
publish (LogView *view, guint32 number, Part *part)
{
  gpointer key = GUINT_TO_POINTER (number + 1);
  g_hash_table_insert (view->ready, key, part);
  while ((part = g_hash_table_lookup (view->ready, GUINT_TO_POINTER (view->current + 1))))
    {
      g_hash_table_steal (view->ready, GUINT_TO_POINTER (view->current + 1));
      put_part (view, part);
    }
}

static LogView *
view_of (LogTask *task)
{
  return (LogView *)(void *)((char *)task - G_STRUCT_OFFSET (LogView, task));
}

static gboolean
work (LogTask *task, gpointer scratch, GMutex *lock)
{
  LogView *view = view_of (task);
  guint32 first, number = view->next;
  guint64 end;
  LogSegment *segment = log_segment_locked (view->log, number, &first, &end);
  if (!segment)
    return FALSE;
  guint generation = view->generation;
  view->next++;
  view->busy++;
  g_mutex_unlock (lock);
  Part *part = compute (view, segment, first, end, scratch);
  g_mutex_lock (lock);
  view->busy--;
  g_mutex_lock (&view->lock);
  if (generation == view->generation)
    publish (view, number, part);
  else
    free_part (part);
  g_mutex_unlock (&view->lock);
  return TRUE;
}

static gboolean
is_busy (LogTask *task)
{
  return view_of (task)->busy > 0;
}

static void
rewind_view (LogTask *task, guint32 from, gboolean forget)
{
  LogView *view = view_of (task);
  g_mutex_lock (&view->lock);
  view->current = MIN (view->current, from);
  if (forget && from < view->parts->len)
    {
      g_ptr_array_set_size (view->parts, (gint)from);
      g_array_set_size (view->totals, from + 1);
    }
  g_hash_table_remove_all (view->ready);
  view->next = view->current;
  view->generation++; /* what is being computed is for nothing */
  g_mutex_unlock (&view->lock);
}

static gpointer
new_scratch (void)
{
  return log_scratch_new ();
}

static void
free_scratch (gpointer scratch)
{
  log_scratch_free (scratch);
}

static const LogTaskClass view_class
    = { work, is_busy, rewind_view, new_scratch, free_scratch };

/* ------------------------------------------------------------------- life */

LogView *
log_view_new (Log *log, LogFilter *filter)
{
  LogView *view = g_new0 (LogView, 1);
  view->task.class = &view_class;
  view->log = log_ref (log);
  view->filter = filter;
  g_mutex_init (&view->lock);
  view->parts = g_ptr_array_new_with_free_func (free_part);
  view->totals = g_array_new (FALSE, TRUE, sizeof (guint32));
  g_array_set_size (view->totals, 1);
  view->ready = g_hash_table_new_full (NULL, NULL, NULL, free_part);
  if (filter)
    log_add_task (log, &view->task);
  return view;
}

void
log_view_cancel (LogView *view)
{
  if (view->filter)
    log_remove_task (view->log, &view->task);
}

void
log_view_free (LogView *view)
{
  log_view_cancel (view);
  g_clear_pointer (&view->filter, log_filter_free);
  g_ptr_array_unref (view->parts);
  g_array_unref (view->totals);
  g_hash_table_unref (view->ready);
  g_mutex_clear (&view->lock);
  log_unref (view->log);
  g_free (view);
}

Log *
log_view_log (LogView *view)
{
  return view->log;
}

/* ---------------------------------------------------------------- looking */

void
log_view_progress (LogView *view, LogViewProgress *progress)
{
  LogProgress log;
  log_progress (view->log, &log);
  progress->total = progress->scanned = progress->matches = log.messages;
  progress->done = log.done;
  if (!view->filter)
    return;
  g_mutex_lock (&view->lock);
  guint32 n = view->current;
  const Part *last = n ? g_ptr_array_index (view->parts, n - 1) : NULL;
  progress->scanned = last ? last->first + last->segment->n : 0;
  progress->matches = total (view, view->parts->len);
  progress->done = log.done && progress->scanned >= log.messages;
  g_mutex_unlock (&view->lock);
}

guint32
log_view_nth (LogView *view, guint32 i)
{
  if (!view->filter)
    return i < log_messages (view->log) ? i : LOG_NO_MESSAGE;
  guint32 number = LOG_NO_MESSAGE;
  g_mutex_lock (&view->lock);
  guint32 low = 0, high = view->parts->len;
  while (low + 1 < high)
    {
      guint32 middle = low + (high - low) / 2;
      if (total (view, middle) <= i)
        low = middle;
      else
        high = middle;
    }
  if (i < total (view, view->parts->len))
    {
      const Part *part = g_ptr_array_index (view->parts, low);
      guint32 in = i - total (view, low);
      number = part->first + (part->matches ? part->matches[in] : in);
    }
  g_mutex_unlock (&view->lock);
  return number;
}

/* How many of the N numbers SORTED are below NUMBER.  */
static guint32
count_below (const guint32 *sorted, guint32 n, guint32 number)
{
  guint32 low = 0, high = n;
  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      if (sorted[middle] < number)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint32
log_view_position (LogView *view, guint32 number)
{
  if (!view->filter)
    return MIN (number, log_messages (view->log));
  g_mutex_lock (&view->lock);
  guint32 low = 0, high = view->parts->len, position = 0;
  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;
      const Part *part = g_ptr_array_index (view->parts, middle);
      if (part->first + part->segment->n <= number)
        low = middle + 1;
      else
        high = middle;
    }
  position = total (view, low);
  if (low < view->parts->len)
    {
      const Part *part = g_ptr_array_index (view->parts, low);
      guint32 in = number > part->first ? number - part->first : 0;
      position += part->matches ? count_below (part->matches, part->n, in) : in;
    }
  g_mutex_unlock (&view->lock);
  return position;
}
