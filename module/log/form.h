/* form.h --- what the lines of a log look like

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A form is a file and a row of a table: how a line of it begins and what it tells of
   requests.  Before it there may be a carrier's prefix (carrier.h); neither knows of
   the other.  Each line has a form of its own: one file may have several.  */

#ifndef SMBCMP_LOG_FORM_H
#define SMBCMP_LOG_FORM_H

#include "log/header.h"
#include "log/segment.h"
#include "log/shape.h"

typedef struct
{
  const char *name;
  /* Scan what is before the text of a line; HEADER has what the carrier tells.  */
  gboolean (*scan) (Text *text, LogClock *clock, LogHeader *header);
  /* Append to the segment what the first line of its last message tells of requests; NULL
     if lines further down do, too.  */
  void (*events) (const LogHeader *header, const char *text, gsize n, LogSegment *segment);
} LogForm;

/* By LogFormKind.  */
extern const LogForm log_forms[N_LOG_FORMS];

/* Parse the header that the line TEXT of N bytes begins with, in a log of SHAPE; FALSE if
   it has none.  */
gboolean log_line_parse (const char *text, gsize n, const LogShape *shape, LogClock *clock,
                         LogHeader *header);

/* The same for TEXT somewhere in a line: only Samba writes such, when processes share a
   log.  */
gboolean log_line_parse_inside (const char *text, gsize n, LogClock *clock,
                                LogHeader *header);

/* The length of the prefix that the line TEXT begins with; 0 if there is none.  */
gsize log_line_prefix (const char *text, gsize n, const LogShape *shape, LogClock *clock,
                       LogHeader *header);

#endif
