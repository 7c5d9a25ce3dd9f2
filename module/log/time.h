/* time.h --- the times in logs

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_TIME_H
#define SMBCMP_LOG_TIME_H

#include "log/cursor.h"

#define LOG_NO_TIME G_MININT64

/* What a thread keeps in mind of the times and ids of headers: most of each is as in
   one before.  */
typedef struct
{
  GTimeZone *zone; /* the server's; owned by the log; NULL is UTC */
  gint64 written;  /* seconds since the epoch; for times without a year: no time is later */
  gint64 dated;    /* the same: of some line of the log that tells the year, or 0 */
  char last[20];   /* "2026/11/24 01:58:23" */
  gint64 last_seconds, last_wall; /* the epoch's, as if in UTC */
  char yearless[16];              /* "Nov 24 01:58:23", and what that is */
  gint64 yearless_seconds;
  gint64 nearby;           /* which of WRITTEN and DATED these are of: */
  guint years[3], n_years; /* years to try for a time without one */
  struct
  {
    guint32 pid;
    guint length;
    char text[64]; /* ", pid=8022, effective(0, 0), real(0, 0)" */
  } processes[4];  /* the latest, in turn */
  guint turn;
} LogClock;

/* Scan a time of a header in brackets: "2026/11/24 01:58:23.855117", "1795485503
   seconds since the Epoch", "Tue Nov 24 01:58:23 2026 CET".  *TIME is in
   microseconds since the epoch.  */
gboolean log_scan_time (Text *text, LogClock *clock, gint64 *time);

/* Scan a time that others put before what they log: "Nov 24 01:58:23", of which *YEAR
   is FALSE, ISO 8601, "2026/11/24 01:58:23", seconds since the epoch,
   "Tue Nov 24 01:58:23 2026".  */
gboolean log_scan_prefix_time (Text *text, LogClock *clock, gint64 *time, gboolean *year);

/* Scan a time since booting, "36.240705".  */
gboolean log_scan_boot_time (Text *text, gint64 *time);

/* Scan a time as strftime's "%a %b %e %H:%M:%S %Y" has it, in any language.  */
gboolean log_scan_ctime (Text *text, LogClock *clock, gint64 *time);

/* Scan "Nov24 01:58".  */
gboolean log_scan_minute (Text *text, LogClock *clock, gint64 *time);

#endif
