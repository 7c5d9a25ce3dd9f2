/* filter.h --- which messages are wanted

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A filter is a tree.  It is applied to a segment's messages at once: what asks
   only for level, pid, time or source looks at the index, what asks for text
   reads it, and that only of messages that are still wanted.  */

#ifndef SMBCMP_LOG_FILTER_H
#define SMBCMP_LOG_FILTER_H

#include "log/log.h"

typedef struct _LogFilter LogFilter;

/* The constructors take over the filters they are given, an array of LogFilter
   for `and' and `or'.  */
LogFilter *log_filter_and (GPtrArray *parts);
LogFilter *log_filter_or (GPtrArray *parts);
LogFilter *log_filter_not (LogFilter *part);
/* Levels FROM to TO; -1 is the level of messages that don't tell it.  */
LogFilter *log_filter_level (gint from, gint to);
/* Lines of the source file.  */
LogFilter *log_filter_line (guint32 from, guint32 to);
/* Times in microseconds since the epoch.  */
LogFilter *log_filter_time (gint64 from, gint64 to);
/* In any of RANGES, an array of LogRange.  */
LogFilter *log_filter_ranges (GArray *ranges);
/* GLOBs may have * and ?, and are all of a name, or of a file's behind a slash.  */
LogFilter *log_filter_class (const char *glob);
LogFilter *log_filter_file (const char *glob);
LogFilter *log_filter_function (const char *glob);
/* Trace ids, and depths of calls, of Samba's headers.  */
LogFilter *log_filter_traceid (guint64 from, guint64 to);
LogFilter *log_filter_depth (guint64 from, guint64 to);
/* In any of the log's files whose numbers are in FILES, an array of guint.  */
LogFilter *log_filter_source (GArray *files);
/* Whether GLOB is the NAME of a file, or the end of it behind a slash.  */
gboolean log_name_matches (const char *glob, const char *name);
/* The bytes TEXT are in the message or its header.  */
LogFilter *log_filter_text (const char *text, gsize n, gboolean fold);
/* A Perl-compatible regular expression matches there; ^ and $ do at lines.  */
LogFilter *log_filter_regexp (const char *regexp, gboolean fold, GError **error);
/* Tells of an error of one of KINDS (error.h); statuses in IGNORED, an array of names
   that is taken over, are none.  */
LogFilter *log_filter_error (guint kinds, GPtrArray *ignored);

void log_filter_free (LogFilter *filter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogFilter, log_filter_free)

/* Memory for a thread's work with filters.  */
typedef struct _LogScratch LogScratch;
LogScratch *log_scratch_new (void);
void log_scratch_free (LogScratch *scratch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogScratch, log_scratch_free)

/* Clear in WANTED, a byte for each message of SEGMENT, those that FILTER does not
   want.  FIRST is the number of the first and END where the last one ends.  */
void log_filter_apply (LogFilter *filter, Log *log, LogSegment *segment, guint32 first,
                       guint64 end, LogScratch *scratch, guint8 *wanted);

#endif
