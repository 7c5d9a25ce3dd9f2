/* learn.h --- see from its beginning how a log is written

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_LEARN_H
#define SMBCMP_LOG_LEARN_H

#include "log/shape.h"
#include "log/time.h"

/* The shape of the log that begins with the N bytes TEXT.  A prefix that no carrier in the
   table has is learned: what is before a known form in all lines, numbers and words
   that differ aside.  */
LogShape *log_learn (const char *text, gsize n, const LogClock *clock);

/* Whether a form that nothing else resembles begins in LINE, of N bytes, maybe behind a
   prefix.  */
gboolean log_shows_form (const char *line, gsize n, LogClock *clock);

#endif
