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

/* The bucket that TIME is in.  */
static guint
bucket_of (const LogHistogram *h, gint64 time)
{
  double part = (double)(time - h->from) / ((double)(h->to - h->from) + 1);
  return MIN ((guint)(part * h->buckets), h->buckets - 1);
}

static void
find_times (const LogSegment *segment, guint32 first G_GNUC_UNUSED, gpointer data)
{
  LogHistogram *h = data;
  for (guint32 i = 0; i < segment->n; i++)
    {
      gint64 time = segment->times[i];
      if (time == LOG_NO_TIME)
        continue;
      h->from = h->from == LOG_NO_TIME ? time : MIN (h->from, time);
      h->to = h->to == LOG_NO_TIME ? time : MAX (h->to, time);
    }
}

typedef struct
{
  Log *log;
  LogHistogram *histogram;
} Counting;

static void
count_messages (const LogSegment *segment, guint32 first G_GNUC_UNUSED, gpointer data)
{
  Counting *counting = data;
  LogHistogram *h = counting->histogram;
  for (guint32 i = 0; i < segment->n; i++)
    {
      gint level = log_site (counting->log, segment->sites[i]).level;
      h->levels[level < 0 ? LOG_LEVELS - 1 : MIN (level, LOG_LEVELS - 2)]++;
      if (segment->times[i] != LOG_NO_TIME)
        h->messages[bucket_of (h, segment->times[i])]++;
    }
}

static gboolean
is_failure (const char *status)
{
  return *status
         && smb_status_class_of_name (status, strlen (status)) == SMB_STATUS_FAILURE;
}

static void
count_requests (Log *log, LogHistogram *h)
{
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    {
      LogMessage message;
      const LogRequest *r = log_requests_get (requests, i);
      if (!log_message (log, r->begin, &message) || message.time < h->from
          || message.time > h->to)
        continue;
      h->requests[bucket_of (h, message.time)]++;
      h->failed[bucket_of (h, message.time)]
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
  Counting counting = { log, histogram };
  for_segments (log, find_times, histogram);
  for_segments (log, count_messages, &counting);
  count_requests (log, histogram);
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
