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
  g_free (segment->offsets);
  g_free (segment->starts);
  g_free (segment->ends);
  g_free (segment->times);
  g_free (segment->sites);
  g_free (segment->pids);
  g_array_unref (segment->counts);
  g_array_unref (segment->events);
  g_array_unref (segment->facts);
  g_string_free (segment->strings, TRUE);
  g_free (segment);
}
