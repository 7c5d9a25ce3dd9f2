/* winbind.c --- the requests that winbindd tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/winbind.h"

#include <string.h>

#include "log/cursor.h"
#include "log/request.h"

static const char *const functions[]
    = { "process_request", "process_request_send", "wb_request_done",
        "process_request_done", "winbind_client_processed" };

gboolean
log_winbind_function (const char *function)
{
  for (gsize i = 0; i < G_N_ELEMENTS (functions); i++)
    if (strcmp (function, functions[i]) == 0)
      return TRUE;
  return FALSE;
}

/* The word that TEXT begins with: a command or a status.  */
static gboolean
scan_word (Text *text, LogSpan *word)
{
  const char *p = text->at;
  while (p < text->end && (g_ascii_isalnum (*p) || *p == '_'))
    p++;
  *word = (LogSpan){ text->at, (guint)(p - text->at) };
  text->at = p;
  return word->length > 0;
}

/* "nss_winbind (500725)", "nss_winbind(500725)", "500725".  */
static gboolean
scan_client (Text *text, LogSpan *client, guint64 *pid)
{
  Text t = *text;
  const char *start = t.at;
  if (!scan_number (&t, pid))
    {
      while (t.at < t.end && *t.at != '(' && *t.at != ']' && *t.at != '\n')
        t.at++;
      if (!scan_char (&t, '(') || !scan_number (&t, pid) || !scan_char (&t, ')'))
        return FALSE;
    }
  *client = (LogSpan){ start, (guint)(t.at - start) };
  *text = t;
  return TRUE;
}

/* What is behind the first PLACE in TEXT.  */
static gboolean
find (Text *text, const char *place)
{
  const char *found
      = memmem (text->at, (gsize)(text->end - text->at), place, strlen (place));
  if (found)
    text->at = found + strlen (place);
  return found != NULL;
}

/* Append FIRST, and SECOND behind a tabulator.  */
static guint32
add_string (LogSegment *segment, LogSpan first, LogSpan second)
{
  guint32 place = (guint32)segment->strings->len;
  g_string_append_len (segment->strings, first.text, (gssize)first.length);
  g_string_append_c (segment->strings, '\t');
  g_string_append_len (segment->strings, second.text, (gssize)second.length);
  g_string_append_c (segment->strings, '\0');
  return place;
}

static gboolean
parse_begin (Text text, LogEvent *event, LogSpan *command, LogSpan *client)
{
  Text t = text;
  if (find (&t, "[") && scan_client (&t, client, &event->mid)
      && SCAN (&t, "] Handling async request: "))
    return scan_word (&t, command);
  return find (&text, "Handling async request ") && scan_client (&text, client, &event->mid)
         && scan_char (&text, ':') && scan_word (&text, command);
}

static gboolean
parse_end (Text text, LogEvent *event, LogSpan *command, LogSpan *status)
{
  LogSpan client;
  return find (&text, "[") && scan_client (&text, &client, &event->mid)
         && scan_char (&text, ':') && scan_word (&text, command) && SCAN (&text, "]: ")
         && scan_word (&text, status);
}

gboolean
log_winbind_event (const char *text, gsize n, guint64 traceid, LogSegment *segment)
{
  Text t = { text, text + n };
  LogEvent event
      = { .message = (gint32)segment->n - 1, .mid = LOG_NO_MID, .session = traceid };
  LogSpan a = { "", 0 }, b = { "", 0 };
  if (parse_begin (t, &event, &a, &b))
    event.kind = LOG_WINBIND;
  else if (parse_end (t, &event, &a, &b))
    event.kind = LOG_WINBIND_DONE;
  else if (find (&t, "request took "))
    event.kind = LOG_WINBIND_TOOK;
  else
    return FALSE;
  event.string = add_string (segment, a, b);
  g_array_append_val (segment->events, event);
  return TRUE;
}
