/* samba.c --- what Samba puts before a debug message

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/samba.h"

/* Blanks, and the end of a line where a mail program has broken it, with the marks of a
   quotation behind that.  */
static void
skip_break (Text *text)
{
  skip_spaces (text);
  Text t = *text;
  scan_char (&t, '\r');
  if (!scan_char (&t, '\n'))
    return;
  while (t.at < t.end && (*t.at == '>' || *t.at == ' '))
    t.at++;
  *text = t;
}

static gboolean
scan_pair (Text *text, guint32 *first, guint32 *second)
{
  guint64 a, b;
  if (!scan_number (text, &a) || !scan_char (text, ','))
    return FALSE;
  skip_break (text);
  if (!scan_number (text, &b) || !scan_char (text, ')'))
    return FALSE;
  *first = (guint32)a;
  *second = (guint32)b;
  return TRUE;
}

static LogSpan
scan_span (Text *text, const char *end)
{
  LogSpan span = { text->at, (guint)(end - text->at) };
  text->at = end;
  return span;
}

/* One of ", pid=8022", ", class=smb2" and so on; unknown ones are skipped, as
   later versions may add some.  */
static gboolean
scan_attribute (Text *text, LogHeader *header)
{
  guint64 number;
  if (!scan_char (text, ','))
    return FALSE;
  skip_break (text);
  if (SCAN (text, "pid="))
    {
      if (!scan_number (text, &number))
        return FALSE;
      header->pid = (guint32)number;
    }
  else if (SCAN (text, "effective("))
    {
      if (!scan_pair (text, &header->euid, &header->egid))
        return FALSE;
      header->ids = TRUE;
    }
  else if (SCAN (text, "real("))
    return scan_pair (text, &header->uid, &header->gid);
  else if (SCAN (text, "traceid="))
    return scan_number (text, &header->traceid);
  else if (SCAN (text, "depth="))
    {
      if (!scan_number (text, &number))
        return FALSE;
      header->depth = (guint32)number;
    }
  else
    {
      gboolean class = SCAN (text, "class=");
      const char *end = text->at;
      while (end < text->end && !strchr (",][\n", *end))
        end++;
      LogSpan span = scan_span (text, end);
      if (class)
        header->class = span;
    }
  return TRUE;
}

/* The number that SPAN is; FALSE if it is none.  */
static gboolean
span_number (const char *text, const char *end, guint32 *number)
{
  Text t = { text, end };
  guint64 n;
  if (!scan_number (&t, &n) || t.at != end || n > G_MAXUINT32)
    return FALSE;
  *number = (guint32)n;
  return TRUE;
}

/* "(func)" alone, as builds without places have it.  */
static gboolean
parse_function (const char *start, const char *end, LogHeader *header)
{
  for (const char *p = start; p < end; p++)
    if (!g_ascii_isalnum (*p) && *p != '_')
      return FALSE;
  header->function = (LogSpan){ start, (guint)(end - start) };
  return end > start;
}

/* "file.c:12(func)", or as up to 3.3 "file.c:func(12)", between START and END, of which
   text may be behind it; where it ends, or NULL.  */
static const char *
parse_location (const char *start, const char *end, LogHeader *header)
{
  const char *open = memchr (start, '(', (gsize)(end - start));
  const char *close = open ? memchr (open, ')', (gsize)(end - open)) : NULL;
  if (!close || (close + 1 < end && close[1] != ' '))
    return NULL;
  if (open == start)
    return close + 1 == end && parse_function (start + 1, close, header) ? end : NULL;
  const char *colon = memrchr (start, ':', (gsize)(open - start)), *inside = open + 1;
  if (!colon || colon == start || memchr (start, ' ', (gsize)(open - start)))
    return NULL;
  if (span_number (colon + 1, open, &header->line))
    header->function = (LogSpan){ inside, (guint)(close - inside) };
  else if (span_number (inside, close, &header->line))
    header->function = (LogSpan){ colon + 1, (guint)(open - colon - 1) };
  else
    return NULL;
  header->file = (LogSpan){ start, (guint)(colon - start) };
  return close + 1;
}

/* "../../source3/smbd/open.c:1587: " before the bracket, as Synology's have it.  */
static gboolean
scan_place_before (Text *text, LogHeader *header)
{
  const char *end = text->at + MIN (text->end - text->at, 200);
  const char *bracket = memchr (text->at, '[', (gsize)(end - text->at));
  if (!bracket || bracket - text->at < 6 || memcmp (bracket - 2, ": ", 2) != 0)
    return FALSE;
  const char *colon = memrchr (text->at, ':', (gsize)(bracket - 2 - text->at));
  if (!colon || colon - text->at < 3 || memcmp (colon - 2, ".c", 2) != 0
      || memchr (text->at, ' ', (gsize)(colon - text->at))
      || !span_number (colon + 1, bracket - 2, &header->line))
    return FALSE;
  header->file = (LogSpan){ text->at, (guint)(colon - text->at) };
  text->at = bracket;
  return TRUE;
}

/* " ../lib/util/x.c:12:func()]", behind the level in the alphas of 4.0.  */
static gboolean
parse_alpha_location (Text *text, LogHeader *header)
{
  Text t = *text;
  gsize rest = MIN ((gsize)(t.end - t.at), LOG_HEADER_MAX);
  const char *close = scan_char (&t, ' ') ? memmem (t.at, rest - 1, "()]", 3) : NULL;
  const char *second = close ? memrchr (t.at, ':', (gsize)(close - t.at)) : NULL;
  const char *first = second ? memrchr (t.at, ':', (gsize)(second - t.at)) : NULL;
  if (!first || memchr (t.at, '\n', (gsize)(close - t.at))
      || !span_number (first + 1, second, &header->line))
    return FALSE;
  header->file = (LogSpan){ t.at, (guint)(first - t.at) };
  header->function = (LogSpan){ second + 1, (guint)(close - second - 1) };
  text->at = close + 3;
  return TRUE;
}

/* Move TEXT past the end of the line END, "\n" or "\r\n".  */
static void
skip_line (Text *text, const char *newline)
{
  text->at = newline == text->end ? newline : newline + 1;
}

/* Keep in mind the ids from START on, and find the tail behind them.  */
static void
remember (LogClock *clock, const char *start, LogHeader *header)
{
  const char *class = header->class.text ? header->class.text - strlen (", class=") : NULL;
  const char *place = header->file.text ? header->file.text : header->function.text - 1;
  const char *end = class ? class : place - strlen ("] ");
  gsize length = (gsize)(end - start);
  if (end < start || length >= sizeof clock->processes[0].text || header->traceid
      || header->depth)
    return;
  header->tail.text = end;
  for (gsize i = 0; i < G_N_ELEMENTS (clock->processes); i++)
    if (clock->processes[i].length == length
        && memcmp (clock->processes[i].text, start, length) == 0)
      return;
  guint turn = clock->turn++ % G_N_ELEMENTS (clock->processes);
  memcpy (clock->processes[turn].text, start, length);
  clock->processes[turn].length = (guint)length;
  clock->processes[turn].pid = header->pid;
}

gboolean
log_samba_begin (const char *text, gsize n, const LogClock *clock, LogHeader *header)
{
  enum
  {
    DATE = 19,
    LEVEL = 28
  };
  if (n < LEVEL + 100 || !*clock->last || memcmp (text + 1, clock->last, DATE) != 0
      || text[DATE + 1] != '.' || text[DATE + 8] != ',' || text[LEVEL] != ' ')
    return FALSE;
  guint32 micros = 0;
  for (const char *p = text + DATE + 2; p < text + DATE + 8; p++)
    {
      if ((guchar)(*p - '0') >= 10)
        return FALSE;
      micros = 10 * micros + (guint32)(*p - '0');
    }
  const char *p = text + LEVEL + 1 + (text[LEVEL + 1] == ' ');
  guint level = 0;
  for (; (guchar)(*p - '0') < 10 && level < 100; p++)
    level = 10 * level + (guint)(*p - '0');
  for (gsize i = 0; i < G_N_ELEMENTS (clock->processes); i++)
    {
      guint length = clock->processes[i].length;
      if (length && memcmp (p, clock->processes[i].text, length) == 0
          && (p[length] == ']' || p[length] == ','))
        {
          header->time = clock->last_seconds * G_USEC_PER_SEC + micros;
          header->level = (gint)level;
          header->pid = clock->processes[i].pid;
          header->tail.text = p + length;
          return TRUE;
        }
    }
  return FALSE;
}

/* "3", or "smb2 3" where the place is before the bracket.  */
static gboolean
scan_level (Text *text, gboolean before, LogHeader *header)
{
  guint64 level;
  const char *class = text->at;
  if (before)
    while (text->at < text->end && (guchar)*text->at > ' ' && *text->at != ']')
      text->at++;
  if (text->at > class)
    header->class = (LogSpan){ class, (guint)(text->at - class) };
  skip_spaces (text);
  if (!scan_number (text, &level) || level > 1000)
    return FALSE;
  header->level = (gint)level;
  return TRUE;
}

/* Where the message was written, behind the bracket, up to where the text begins.  */
typedef enum
{
  NO_PLACE,
  OWN_LINE, /* the text begins in the next line */
  BROKEN,   /* the same, and so does what is told here */
  TEXT_BEHIND
} Place;

static Place
scan_place (Text *text, LogHeader *header)
{
  Text t = *text;
  scan_char (&t, ' ');
  gsize rest = MIN ((gsize)(t.end - t.at), LOG_HEADER_MAX);
  const char *newline = memchr (t.at, '\n', rest), *end = newline ? newline : t.at + rest;
  if (!newline && end != t.end)
    return NO_PLACE; /* an overlong line: text */
  const char *stop = end;
  while (stop > t.at && (stop[-1] == '\r' || stop[-1] == ' '))
    stop--;
  const char *behind = parse_location (t.at, stop, header);
  if (!behind)
    return NO_PLACE;
  text->at = behind;
  if (behind == stop)
    skip_line (text, end);
  else
    skip_spaces (text);
  return behind == stop ? OWN_LINE : TEXT_BEHIND;
}

/* The same in the next line, where a mail program broke this one.  */
static Place
scan_broken_place (Text *text, LogHeader *header)
{
  Text t = *text;
  skip_break (&t);
  if (t.at == t.end || *t.at == '(' || !memchr (text->at, '\n', (gsize)(t.at - text->at))
      || scan_place (&t, header) != OWN_LINE)
    return NO_PLACE;
  *text = t;
  return BROKEN;
}

/* The end of the line, which blanks may be before.  */
static gboolean
scan_end (Text *text)
{
  Text t = *text;
  skip_spaces (&t);
  scan_char (&t, '\r');
  if (t.at < t.end && !scan_char (&t, '\n'))
    return FALSE;
  *text = t;
  return TRUE;
}

/* The function, behind the bracket, of what has file and line before it.  */
static gboolean
scan_function (Text *text, LogHeader *header)
{
  Text t = *text;
  scan_char (&t, ' ');
  const char *name = t.at;
  while (t.at < t.end && (g_ascii_isalnum (*t.at) || *t.at == '_'))
    t.at++;
  header->function = (LogSpan){ name, (guint)(t.at - name) };
  if (t.at == name || !scan_end (&t))
    return FALSE;
  *text = t;
  return TRUE;
}

/* What is behind the bracket; IDS is where what is before it tells of the process.  */
static Place
scan_behind (Text *text, const char *ids, LogClock *clock, LogHeader *header)
{
  const char *bracket = text->at;
  Place place = scan_place (text, header);
  if (place == NO_PLACE)
    return scan_broken_place (text, header);
  if (place != OWN_LINE || memchr (ids, '\n', (gsize)(bracket - ids)))
    return place;
  remember (clock, ids, header);
  if (header->tail.text)
    header->tail.length = (guint)(text->at - (text->at[-1] == '\n') - header->tail.text);
  return place;
}

/* A header in brackets.  */
gboolean
log_samba_scan (Text *text, gboolean inside, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  gboolean before
      = !inside && t.at < t.end && *t.at != '[' && scan_place_before (&t, header);
  if (!scan_char (&t, '['))
    return FALSE;
  header->when.text = t.at;
  if (!log_scan_time (&t, clock, &header->time))
    return FALSE;
  header->when.length = (guint)(t.at - header->when.text);
  if (!scan_char (&t, ','))
    return FALSE;
  skip_spaces (&t);
  if (!scan_level (&t, before, header))
    return FALSE;
  header->form = LOG_FORM_SAMBA;
  header->yearless = header->booted = FALSE;
  const char *ids = t.at;
  gboolean alpha = parse_alpha_location (&t, header);
  while (!alpha && t.at < t.end && *t.at == ',')
    if (!scan_attribute (&t, header))
      return FALSE;
  if (!alpha && !scan_char (&t, ']'))
    return FALSE;
  gboolean told = alpha    ? scan_end (&t)
                  : before ? scan_function (&t, header)
                           : scan_behind (&t, ids, clock, header) != NO_PLACE;
  if (!told && (inside || before))
    return FALSE;
  if (!told)
    scan_char (&t, ' ');
  *text = t;
  return TRUE;
}
