/* stats.h --- a log at a glance

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_STATS_H
#define SMBCMP_LOG_STATS_H

#include "log/log.h"

/* Levels that are counted: 0 to 98, all above, and at last messages without one.  */
#define LOG_LEVELS 101

typedef struct
{
  gint64 from, to; /* of all times in the log; LOG_NO_TIME if there are none */
  guint32 levels[LOG_LEVELS];
  guint buckets;
  guint32 *messages, *requests, *failed; /* by bucket of time; owned */
} LogHistogram;

/* Count the log's messages, requests, and those requests that failed, by
   smb/status.h, in so many equal parts of its time.  */
void log_histogram (Log *log, guint buckets, LogHistogram *histogram);
void log_histogram_clear (LogHistogram *histogram);

/* Between two messages there is much time, or the clock went back.  */
typedef struct
{
  guint32 message; /* the latter */
  gint64 gap;      /* microseconds */
} LogGap;

/* Where there are at least so many MICROS between a message and the one before,
   either way; an array of LogGap.  */
GArray *log_gaps (Log *log, gint64 micros);

#endif
