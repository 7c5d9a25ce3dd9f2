/* graph.c --- calls that the kernel's function_graph tracer shows

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/graph.h"

gboolean
log_graph_task (const char *start, const char *end, guint32 *pid, LogSpan *name)
{
  while (end > start && end[-1] == ' ')
    end--;
  if (end > start && end[-1] == ')')
    {
      const char *open = memrchr (start, '(', (gsize)(end - start));
      for (end = open ? open : start; end > start && end[-1] == ' ';)
        end--;
    }
  const char *digits = end;
  while (digits > start && g_ascii_isdigit (digits[-1]))
    digits--;
  Text t = { digits, end };
  guint64 number;
  if (digits == start || !strchr ("- /", digits[-1]) || !scan_number (&t, &number)
      || t.at != end)
    return FALSE;
  *pid = (guint32)number;
  while (start < digits && *start == ' ')
    start++;
  const char *stop = digits - 1;
  if (*stop == '/') /* perf's process, before its thread */
    while (stop > start && *stop != ' ')
      stop--;
  while (stop > start && stop[-1] == ' ')
    stop--;
  if (stop <= start)
    return FALSE;
  *name = (LogSpan){ start, (guint)(stop - start) };
  return TRUE;
}

/* The duration that the column from START to END has, "! 101.189 us", in nanoseconds
   plus 1; 0 if it has none.  */
static gint64
duration_of (const char *start, const char *end)
{
  Text t = { start, end };
  guint64 whole, part = 0;
  while (t.at < t.end && (*t.at == ' ' || strchr ("+!#*@$", *t.at)) && *t.at)
    t.at++;
  if (!scan_number (&t, &whole) || whole > G_MAXINT32 * (guint64)1000)
    return 0;
  if (scan_char (&t, '.'))
    for (guint scale = 100; t.at < t.end && g_ascii_isdigit (*t.at); t.at++, scale /= 10)
      part += scale * (guint)(*t.at - '0');
  return SCAN (&t, " us") ? (gint64)(whole * 1000 + part) + 1 : 0;
}

/* The name that TEXT begins with.  */
static gboolean
scan_name (Text *text, LogHeader *header)
{
  const char *p = text->at;
  while (p < text->end && (g_ascii_isalnum (*p) || *p == '_' || *p == '.'))
    p++;
  if (p == text->at)
    return FALSE;
  header->function = (LogSpan){ text->at, (guint)(p - text->at) };
  text->at = p;
  return TRUE;
}

/* What is called or ends: "f() {", "f [cifs]();", "}", "} /@ f @/", or the event in a
   comment.  TEXT is moved to the text of an event.  */
static void
scan_what (Text *text, LogHeader *header)
{
  Text t = *text;
  gboolean end = scan_char (&t, '}');
  skip_spaces (&t);
  header->function = (LogSpan){ NULL, 0 };
  if (SCAN (&t, "/* "))
    {
      Text name = t;
      if (scan_name (&name, header) && !end && SCAN (&name, ": "))
        *text = name;
    }
  else if (!end)
    scan_name (&t, header);
}

gboolean
log_graph_scan_call (Text *text, LogHeader *header)
{
  gsize n = (gsize)MIN (text->end - text->at, 80);
  const char *bar = memchr (text->at, '|', n);
  if (!bar)
    return FALSE;
  header->duration = duration_of (text->at, bar);
  Text t = { bar + 1, text->end };
  skip_spaces (&t);
  header->depth = (guint32)(t.at - bar - 1) / 2;
  header->depth -= header->depth > 0;
  text->at = MIN (bar + 3, t.at);
  scan_what (&t, header);
  if (t.at > text->at && header->function.length && header->function.text < t.at)
    text->at = t.at;
  return TRUE;
}

/* One of the columns before the duration.  */
static void
scan_column (const char *start, const char *end, LogHeader *header)
{
  guint32 pid;
  LogSpan task;
  if (log_graph_task (start, end, &pid, &task))
    {
      header->pid = pid;
      header->task = task;
    }
}

gboolean
log_graph_scan (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 cpu;
  LogHeader found = LOG_HEADER_INIT;
  found.form = LOG_FORM_GRAPH;
  skip_spaces (&t);
  const char *when = t.at;
  if (log_scan_boot_time (&t, &found.time))
    {
      found.when = (LogSpan){ when, (guint)(t.at - when) };
      found.booted = TRUE;
      skip_spaces (&t);
      if (!scan_char (&t, '|'))
        return FALSE;
      skip_spaces (&t);
    }
  if (!scan_number (&t, &cpu) || !scan_char (&t, ')') || t.at == t.end || *t.at != ' ')
    return FALSE;
  found.cpu = (gint32)MIN (cpu, 1 << 20) + 1;
  /* The last bar is before the call.  */
  for (const char *bar; (bar = memchr (t.at, '|', (gsize)MIN (t.end - t.at, 80)));)
    {
      Text rest = { bar + 1, t.end };
      if (!memchr (rest.at, '|', (gsize)MIN (rest.end - rest.at, 60)))
        {
          if (!log_graph_scan_call (&t, &found))
            return FALSE;
          *header = found;
          *text = t;
          return TRUE;
        }
      scan_column (t.at, bar, &found);
      t.at = bar + 1;
    }
  return FALSE;
}
