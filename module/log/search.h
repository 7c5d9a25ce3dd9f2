/* search.h --- search all of a log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_SEARCH_H
#define SMBCMP_LOG_SEARCH_H

#include "log/text.h"
#include "log/view.h"

/* Where something was found.  */
typedef struct
{
  guint32 message;
  guint64 start, end; /* in the file */
} LogHit;

/* The first match of PATTERN in messages of LOG, those of VIEW unless it is NULL,
   from number FROM on, or, if BACKWARD, the last one of the messages up to FROM.
   STOP is called between pieces of work and ends the search by TRUE.  */
gboolean log_search (Log *log, LogView *view, const LogPattern *pattern, guint32 from,
                     gboolean backward, gboolean (*stop) (gpointer), gpointer data,
                     LogHit *hit);

#endif
