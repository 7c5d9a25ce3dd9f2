/* time.h --- the times in logs

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_TIME_H
#define SMBCMP_LOG_TIME_H

#include "log/header.h"
#include "log/take.h"

/* Take a time of a header in brackets: "2026/11/24 01:58:23.855117", "1795485503
   seconds since the Epoch", "Tue Nov 24 01:58:23 2026 CET".  *TIME is in
   microseconds since the epoch.  */
gboolean log_take_time (Text *text, LogClock *clock, gint64 *time);

/* Take a time of syslog or journalctl: "Nov 24 01:58:23", and ISO 8601.  */
gboolean log_take_syslog_time (Text *text, LogClock *clock, gint64 *time);

/* Take a time since booting, "36.240705".  */
gboolean log_take_boot_time (Text *text, gint64 *time);

/* Take a time as the C locale has it, "Tue Nov 24 01:58:23 2009".  */
gboolean log_take_ctime (Text *text, LogClock *clock, gint64 *time);

#endif
