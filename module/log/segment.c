/* segment.c --- what is known of a piece of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/segment.h"

LogSegment *
log_segment_new (guint64 start)
{
  LogSegment *segment = g_new0 (LogSegment, 1);
  segment->references = 1;
  segment->start = start;
  segment->counts = g_array_new (FALSE, FALSE, sizeof (LogCount));
  segment->facts = g_array_new (FALSE, FALSE, sizeof (LogFound));
  segment->events = g_array_new (FALSE, FALSE, sizeof (LogEvent));
  segment->strings = g_string_new (NULL);
  return segment;
}

void
log_segment_reserve (LogSegment *segment, guint32 n, gboolean several)
{
  gsize size = sizeof (gint64) + 2 * sizeof (guint32)
               + (several ? 2 * sizeof (guint64) : sizeof (guint32));
  segment->arrays = g_malloc (size * n + 1);
  segment->times = segment->arrays;
  guint64 *wide = (guint64 *)(segment->times + n);
  if (several)
    {
      segment->starts = wide;
      segment->ends = wide + n;
      wide += 2 * (gsize)n;
    }
  segment->sites = (guint32 *)wide;
  segment->pids = segment->sites + n;
  if (!several)
    segment->offsets = segment->pids + n;
}

void
log_segment_note_times (LogSegment *segment)
{
  segment->from = G_MAXINT64;
  segment->to = G_MININT64;
  for (guint32 i = 0; i < segment->n; i++)
    if (segment->times[i] != LOG_NO_TIME)
      {
        segment->from = MIN (segment->from, segment->times[i]);
        segment->to = MAX (segment->to, segment->times[i]);
        segment->timed++;
      }
}

LogSegment *
log_segment_ref (LogSegment *segment)
{
  g_atomic_int_inc (&segment->references);
  return segment;
}

void
log_segment_unref (LogSegment *segment)
{
  if (!g_atomic_int_dec_and_test (&segment->references))
    return;
  g_free (segment->arrays);
  g_array_unref (segment->counts);
  g_array_unref (segment->events);
  g_array_unref (segment->facts);
  g_string_free (segment->strings, TRUE);
  g_free (segment);
}
