/* store.c --- the segments of a log that are published

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/store.h"

void
log_store_init (LogStore *store)
{
  *store = (LogStore){ .preamble = G_MAXUINT64 };
  store->segments = g_ptr_array_new_with_free_func ((GDestroyNotify)log_segment_unref);
  store->firsts = g_array_new (FALSE, TRUE, sizeof (guint32));
  g_array_set_size (store->firsts, 1);
  store->parsed
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)log_segment_unref);
  store->requests = log_request_table_new ();
  store->facts = log_fact_table_new ();
}

void
log_store_clear (LogStore *store)
{
  g_ptr_array_unref (store->segments);
  g_array_unref (store->firsts);
  g_hash_table_unref (store->parsed);
  log_request_table_free (store->requests);
  log_fact_table_free (store->facts);
}

static guint32
first_of (const LogStore *store, guint32 i)
{
  return g_array_index (store->firsts, guint32, i);
}

/* The process of the last message before segment I, 0 if there is none.  */
static guint32
pid_before (const LogStore *store, guint32 i)
{
  while (i-- > 0)
    {
      const LogSegment *segment = g_ptr_array_index (store->segments, i);
      if (segment->n)
        return segment->pids[segment->n - 1];
    }
  return 0;
}

/* See what SEGMENT, the Ith, in place of OLD, tells of requests and facts.  */
static void
learn (LogStore *store, LogSegment *segment, const LogSegment *old, guint32 i)
{
  log_request_table_add (store->requests, segment, old ? old->known : 0,
                         first_of (store, i), pid_before (store, i));
  log_fact_table_add (store->facts, segment, old ? old->known_facts : 0,
                      first_of (store, i));
  segment->known = segment->events->len;
  segment->known_facts = segment->facts->len;
  g_array_set_size (segment->events, 0);
  g_array_set_size (segment->facts, 0);
  g_string_truncate (segment->strings, 0);
}

/* Add SEGMENT, the next in order, or put it in place of the shorter one.  */
static void
publish (LogStore *store, LogSegment *segment)
{
  guint32 i = store->next++;
  gboolean again = i < store->segments->len;
  g_autoptr (LogSegment) old = again ? g_ptr_array_steal_index (store->segments, i) : NULL;
  if (!store->keep)
    learn (store, segment, old, i);
  g_ptr_array_insert (store->segments, (gint)i, segment);
  guint32 next = first_of (store, i) + segment->n;
  if (again)
    g_array_index (store->firsts, guint32, i + 1) = next;
  else
    g_array_append_val (store->firsts, next);
  store->bytes = segment->start + segment->size;
  if (store->preamble == G_MAXUINT64 && segment->n)
    store->preamble = log_segment_begin (segment, 0);
}

void
log_store_add (LogStore *store, guint32 number, LogSegment *segment)
{
  gpointer next;
  g_hash_table_insert (store->parsed, GUINT_TO_POINTER (number + 1), segment);
  while ((next = g_hash_table_lookup (store->parsed, GUINT_TO_POINTER (store->next + 1))))
    {
      g_hash_table_steal (store->parsed, GUINT_TO_POINTER (store->next + 1));
      publish (store, next);
    }
}

void
log_store_rewind (LogStore *store, guint32 from)
{
  for (guint32 i = from; i < store->segments->len; i++)
    log_request_table_rewind (store->requests, g_ptr_array_index (store->segments, i));
  store->next = from;
}

void
log_store_forget (LogStore *store)
{
  g_ptr_array_set_size (store->segments, 0);
  g_array_set_size (store->firsts, 1);
  log_request_table_free (store->requests);
  store->requests = log_request_table_new ();
  log_fact_table_free (store->facts);
  store->facts = log_fact_table_new ();
  store->preamble = G_MAXUINT64;
  store->bytes = 0;
  store->next = 0;
}

guint32
log_store_messages (const LogStore *store)
{
  return first_of (store, store->segments->len);
}

guint32
log_store_segment_of (const LogStore *store, guint32 number)
{
  guint32 low = 0, high = store->segments->len;
  while (low + 1 < high)
    {
      guint32 middle = low + (high - low) / 2;
      if (first_of (store, middle) <= number)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* Where the last message of segment I ends, or G_MAXUINT64 if the next is not there
   yet.  */
static guint64
end_of (const LogStore *store, guint32 i)
{
  for (guint32 next = i + 1; next < store->segments->len; next++)
    {
      const LogSegment *segment = g_ptr_array_index (store->segments, next);
      if (segment->n)
        return log_segment_begin (segment, 0);
    }
  return G_MAXUINT64;
}

gboolean
log_store_message (const LogStore *store, guint32 number, LogMessage *message)
{
  if (number >= log_store_messages (store))
    return FALSE;
  guint32 s = log_store_segment_of (store, number);
  const LogSegment *segment = g_ptr_array_index (store->segments, s);
  guint32 i = number - first_of (store, s);
  message->start = log_segment_begin (segment, i);
  message->end = log_segment_end (segment, i, G_MAXUINT64);
  if (message->end == G_MAXUINT64)
    message->end = MIN (end_of (store, s), store->bytes);
  message->time = segment->times[i];
  message->site = segment->sites[i];
  message->pid = segment->pids[i];
  return TRUE;
}

LogSegment *
log_store_segment (const LogStore *store, guint32 i, gboolean last, guint32 *first,
                   guint64 *end)
{
  /* From NEXT on, if they are there, others will take their place.  */
  if (i >= store->next)
    return NULL;
  LogSegment *segment = g_ptr_array_index (store->segments, i);
  *end = segment->ends && segment->n ? segment->ends[segment->n - 1] : end_of (store, i);
  if (*end == G_MAXUINT64 && last)
    *end = store->bytes;
  if (*end == G_MAXUINT64)
    return NULL;
  *first = first_of (store, i);
  return segment;
}
