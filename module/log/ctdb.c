/* ctdb.c --- what ctdb writes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/ctdb.h"

/* "../ctdb/server/eventscript.c:602 ", which may be missing.  */
static void
scan_place (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 line;
  while (t.at < t.end && (guchar)*t.at > ' ' && *t.at != ':')
    t.at++;
  LogSpan file = { text->at, (guint)(t.at - text->at) };
  if (file.length < 3 || memcmp (t.at - 2, ".c", 2) != 0 || !scan_char (&t, ':')
      || !scan_number (&t, &line) || line > G_MAXUINT32 || !scan_char (&t, ' '))
    return;
  header->file = file;
  header->line = (guint32)line;
  *text = t;
}

gboolean
log_ctdb_scan (Text *text, LogHeader *header)
{
  static const char name[] = "ctdb";
  if (header->program.length < strlen (name)
      || memcmp (header->program.text, name, strlen (name)) != 0)
    return FALSE;
  header->form = LOG_FORM_CTDB;
  scan_place (text, header);
  return TRUE;
}
