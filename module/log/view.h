/* view.h --- the messages that a filter leaves

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Computed by the log's threads, segment by segment; what is there of it can be
   looked at from the first moment on.  When the log grows, so does the view.  */

#ifndef SMBCMP_LOG_VIEW_H
#define SMBCMP_LOG_VIEW_H

#include "log/filter.h"

typedef struct _LogView LogView;

/* A view of LOG by FILTER, which it takes over; NULL for all messages.  */
LogView *log_view_new (Log *log, LogFilter *filter);
/* No more is computed after this; what is there stays.  */
void log_view_cancel (LogView *view);
void log_view_free (LogView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogView, log_view_free)

Log *log_view_log (LogView *view);

typedef struct
{
  guint32 scanned, total, matches; /* messages */
  gboolean done;                   /* as far as the log is indexed */
} LogViewProgress;

void log_view_progress (LogView *view, LogViewProgress *progress);

/* The Ith message of VIEW, LOG_NO_MESSAGE if there is none so far.  */
guint32 log_view_nth (LogView *view, guint32 i);

/* How many messages of VIEW are before message NUMBER.  */
guint32 log_view_position (LogView *view, guint32 number);

#endif
