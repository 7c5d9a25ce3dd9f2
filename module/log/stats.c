/* stats.c --- a log at a glance

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/stats.h"

#include <string.h>

#include "smb/status.h"

/* Call FUNCTION with each published segment.  */
static void
for_segments (Log *log, void (*function) (const LogSegment *, guint32 first, gpointer),
              gpointer data)
{
  guint32 first;
  guint64 end;
  LogSegment *segment;
  for (guint32 i = 0; (segment = log_segment (log, i, &first, &end)); i++)
    {
      function (segment, first, data);
      log_segment_unref (segment);
    }
}

/* -------------------------------------------------------------- histogram */

static void
find_times (const LogSegment *segment, guint32 first G_GNUC_UNUSED, gpointer data)
{
  LogHistogram *h = data;
  if (!segment->timed)
    return;
  h->from = h->from == LOG_NO_TIME ? segment->from : MIN (h->from, segment->from);
  h->to = h->to == LOG_NO_TIME ? segment->to : MAX (h->to, segment->to);
}

typedef struct
{
  Log *log;
  LogHistogram *histogram;
  double scale;       /* buckets in a microsecond */
  GByteArray *levels; /* for each site that was known, where in LEVELS it counts; owned */
} Counting;

static guint8
level_of (Log *log, guint32 site)
{
  gint level = log_site (log, site).level;
  return (guint8)(level < 0 ? LOG_LEVELS - 1 : MIN (level, LOG_LEVELS - 2));
}

static guint
bucket_of (const Counting *counting, gint64 time)
{
  const LogHistogram *h = counting->histogram;
  return MIN ((guint)((double)(time - h->from) * counting->scale), h->buckets - 1);
}

static void
count_times (const Counting *counting, const LogSegment *segment)
{
  LogHistogram *h = counting->histogram;
  guint32 timed = segment->timed;
  /* Most segments of a large log are in one bucket.  */
  if (timed && bucket_of (counting, segment->from) == bucket_of (counting, segment->to))
    h->messages[bucket_of (counting, segment->from)] += timed;
  else
    for (guint32 i = 0; i < segment->n && timed; i++)
      if (segment->times[i] != LOG_NO_TIME)
        h->messages[bucket_of (counting, segment->times[i])]++;
}

static void
count_messages (const LogSegment *segment, guint32 first G_GNUC_UNUSED, gpointer data)
{
  Counting *counting = data;
  guint32 *levels = counting->histogram->levels;
  const GByteArray *known = counting->levels;
  for (guint32 i = 0; i < segment->n; i++)
    {
      guint32 site = segment->sites[i];
      levels[site < known->len ? known->data[site] : level_of (counting->log, site)]++;
    }
  count_times (counting, segment);
}

static gboolean
is_failure (const char *status)
{
  return *status
         && smb_status_class_of_name (status, strlen (status)) == SMB_STATUS_FAILURE;
}

static void
count_requests (Counting *counting)
{
  LogHistogram *h = counting->histogram;
  Log *log = counting->log;
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    {
      LogMessage message;
      const LogRequest *r = log_requests_get (requests, i);
      if (!log_message (log, r->begin, &message) || message.time < h->from
          || message.time > h->to)
        continue;
      h->requests[bucket_of (counting, message.time)]++;
      h->failed[bucket_of (counting, message.time)]
          += (guint32)is_failure (log_requests_string (requests, r->status));
    }
}

void
log_histogram (Log *log, guint buckets, LogHistogram *histogram)
{
  buckets = CLAMP (buckets, 1, 100000);
  *histogram = (LogHistogram){ .from = LOG_NO_TIME,
                               .to = LOG_NO_TIME,
                               .buckets = buckets,
                               .messages = g_new0 (guint32, buckets),
                               .requests = g_new0 (guint32, buckets),
                               .failed = g_new0 (guint32, buckets) };
  for_segments (log, find_times, histogram);
  Counting counting = { .log = log,
                        .histogram = histogram,
                        .scale = buckets / ((double)(histogram->to - histogram->from) + 1),
                        .levels = g_byte_array_new () };
  /* A log has few sites and millions of messages, and more come meanwhile.  */
  for (guint32 site = 0, n = log_sites (log); site < n; site++)
    g_byte_array_append (counting.levels, (guint8[]){ level_of (log, site) }, 1);
  for_segments (log, count_messages, &counting);
  count_requests (&counting);
  g_byte_array_unref (counting.levels);
}

void
log_histogram_clear (LogHistogram *histogram)
{
  g_clear_pointer (&histogram->messages, g_free);
  g_clear_pointer (&histogram->requests, g_free);
  g_clear_pointer (&histogram->failed, g_free);
}

/* ------------------------------------------------------------------- gaps */

typedef struct
{
  gint64 micros, last;
  GArray *gaps;
} Gaps;

static void
find_gaps (const LogSegment *segment, guint32 first, gpointer data)
{
  Gaps *gaps = data;
  for (guint32 i = 0; i < segment->n; i++)
    {
      gint64 time = segment->times[i];
      if (time == LOG_NO_TIME)
        continue;
      LogGap gap = { first + i, gaps->last == LOG_NO_TIME ? 0 : time - gaps->last };
      if (gap.gap >= gaps->micros || gap.gap <= -gaps->micros)
        g_array_append_val (gaps->gaps, gap);
      gaps->last = time;
    }
}

GArray *
log_gaps (Log *log, gint64 micros)
{
  Gaps gaps = { MAX (micros, 1), LOG_NO_TIME, g_array_new (FALSE, FALSE, sizeof (LogGap)) };
  for_segments (log, find_gaps, &gaps);
  return gaps.gaps;
}
