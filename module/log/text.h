/* text.h --- find text in messages

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_TEXT_H
#define SMBCMP_LOG_TEXT_H

#include "log/log.h"

/* What to look for: a literal or a regular expression.  For all threads.  */
typedef struct _LogPattern LogPattern;

LogPattern *log_pattern_literal (const char *text, gsize n, gboolean fold);
/* Perl-compatible, for bytes.  */
LogPattern *log_pattern_regexp (const char *regexp, gboolean fold, GError **error);
void log_pattern_free (LogPattern *pattern);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogPattern, log_pattern_free)

/* The first match in the N bytes TEXT at or after FROM: TRUE with its place.  */
gboolean log_pattern_find (const LogPattern *pattern, const char *text, gsize n, gsize from,
                           gsize *start, gsize *end);

/* A thread's memory for text.  */
typedef struct _LogTextReader LogTextReader;
LogTextReader *log_text_reader_new (void);
void log_text_reader_free (LogTextReader *reader);

/* Clear in WANTED those messages of SEGMENT, the last of which ends at END, that
   PATTERN is not in.  */
void log_text_filter (LogTextReader *reader, const LogPattern *pattern, Log *log,
                      const LogSegment *segment, guint64 end, guint8 *wanted);

/* The same for messages that do not pass TEST, which gets the number in the segment and
   the text, as far as a test needs it.  */
typedef gboolean (*LogTextTest) (guint32 i, const char *text, gsize n, gpointer data);
void log_text_filter_by (LogTextReader *reader, LogTextTest test, gpointer data, Log *log,
                         const LogSegment *segment, guint64 end, guint8 *wanted);

#endif
