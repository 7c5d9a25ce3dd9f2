/* header.c --- what Samba puts before a debug message

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/header.h"

#include "log/kernel.h"
#include "log/time.h"

static gboolean
take_pair (Text *text, guint32 *first, guint32 *second)
{
  guint64 a, b;
  if (!take_number (text, &a) || !TAKE (text, ", ") || !take_number (text, &b)
      || !take_char (text, ')'))
    return FALSE;
  *first = (guint32)a;
  *second = (guint32)b;
  return TRUE;
}

static LogSpan
take_span (Text *text, const char *end)
{
  LogSpan span = { text->at, (guint)(end - text->at) };
  text->at = end;
  return span;
}

/* One of ", pid=8022", ", class=smb2" and so on; unknown ones are skipped, as
   later versions may add some.  */
static gboolean
take_attribute (Text *text, LogHeader *header)
{
  guint64 number;
  if (!take_char (text, ','))
    return FALSE;
  skip_spaces (text);
  if (TAKE (text, "pid="))
    {
      if (!take_number (text, &number))
        return FALSE;
      header->pid = (guint32)number;
    }
  else if (TAKE (text, "effective("))
    {
      if (!take_pair (text, &header->euid, &header->egid))
        return FALSE;
      header->ids = TRUE;
    }
  else if (TAKE (text, "real("))
    return take_pair (text, &header->uid, &header->gid);
  else if (TAKE (text, "traceid="))
    return take_number (text, &header->traceid);
  else if (TAKE (text, "depth="))
    {
      if (!take_number (text, &number))
        return FALSE;
      header->depth = (guint32)number;
    }
  else
    {
      gboolean class = TAKE (text, "class=");
      const char *end = text->at;
      while (end < text->end && !strchr (",][\n", *end))
        end++;
      LogSpan span = take_span (text, end);
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
  if (!take_number (&t, &n) || t.at != end || n > G_MAXUINT32)
    return FALSE;
  *number = (guint32)n;
  return TRUE;
}

/* "file.c:12(func)", or as up to 3.3 "file.c:func(12)"; END is where the line
   ends.  */
static gboolean
parse_location (const char *start, const char *end, LogHeader *header)
{
  if (end - start < 5 || end[-1] != ')')
    return FALSE;
  const char *open = memrchr (start, '(', (gsize)(end - start));
  const char *colon = open ? memrchr (start, ':', (gsize)(open - start)) : NULL;
  if (!colon || colon == start || memchr (start, ' ', (gsize)(open - start)))
    return FALSE;
  const char *inside = open + 1, *close = end - 1;
  if (span_number (colon + 1, open, &header->line))
    header->function = (LogSpan){ inside, (guint)(close - inside) };
  else if (span_number (inside, close, &header->line))
    header->function = (LogSpan){ colon + 1, (guint)(open - colon - 1) };
  else
    return FALSE;
  header->file = (LogSpan){ start, (guint)(colon - start) };
  return TRUE;
}

/* " ../lib/util/x.c:12:func()]", behind the level in the alphas of 4.0.  */
static gboolean
parse_alpha_location (Text *text, LogHeader *header)
{
  Text t = *text;
  gsize rest = MIN ((gsize)(t.end - t.at), LOG_HEADER_MAX);
  const char *close = take_char (&t, ' ') ? memmem (t.at, rest - 1, "()]", 3) : NULL;
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
  const char *end = class ? class : header->file.text - strlen ("] ");
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
log_header_begin (const char *text, gsize n, const LogClock *clock, LogHeader *header)
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

/* A header in brackets.  */
static gboolean
parse_native (Text *text, gboolean inside, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  guint64 level;
  if (!take_char (&t, '['))
    return FALSE;
  header->when.text = t.at;
  if (!log_take_time (&t, clock, &header->time))
    return FALSE;
  header->when.length = (guint)(t.at - header->when.text);
  if (!take_char (&t, ','))
    return FALSE;
  skip_spaces (&t);
  if (!take_number (&t, &level) || level > 1000)
    return FALSE;
  header->level = (gint)level;
  header->native = TRUE;
  const char *ids = t.at;
  gboolean alpha = parse_alpha_location (&t, header);
  while (!alpha && t.at < t.end && *t.at == ',')
    if (!take_attribute (&t, header))
      return FALSE;
  if (!alpha && !take_char (&t, ']'))
    return FALSE;
  gsize rest = MIN ((gsize)(t.end - t.at), LOG_HEADER_MAX);
  const char *newline = memchr (t.at, '\n', rest);
  const char *end = newline ? newline : t.at + rest;
  if (!newline && end != t.end)
    newline = NULL; /* an overlong line: text */
  else if (!newline)
    newline = end;
  if (end > t.at && end[-1] == '\r')
    end--;
  take_char (&t, ' ');
  if (alpha ? t.at == end : newline && parse_location (t.at, end, header))
    {
      if (!alpha)
        remember (clock, ids, header);
      if (header->tail.text)
        header->tail.length = (guint)(newline - header->tail.text);
      skip_line (&t, newline);
    }
  else if (inside)
    return FALSE;
  *text = t;
  return TRUE;
}

/* "host smbd[8022]: " or, without a pid, "host smbd: ".  */
static gboolean
take_origin (Text *text, LogHeader *header)
{
  Text t = *text;
  const char *p = t.at;
  while (p < t.end && p - t.at < 256 && *p > ' ')
    p++;
  if (p == t.at || p == t.end || *p != ' ')
    return FALSE;
  header->host = take_span (&t, p);
  t.at++;
  for (p = t.at; p < t.end && p - t.at < 256 && *p > ' ' && *p != '[' && *p != ':';)
    p++;
  if (p == t.at || p == t.end)
    return FALSE;
  header->program = take_span (&t, p);
  guint64 pid = 0;
  if (take_char (&t, '[') && (!take_number (&t, &pid) || !take_char (&t, ']')))
    return FALSE;
  if (!take_char (&t, ':'))
    return FALSE;
  take_char (&t, ' ');
  header->pid = (guint32)pid;
  *text = t;
  return TRUE;
}

gsize
log_header_prefix (const char *text, gsize n, LogClock *clock, LogHeader *header)
{
  Text t = { text, text + n };
  /* Quickly past what most lines are.  */
  if (n < 20 || !(g_ascii_isdigit (*text) || g_ascii_isupper (*text))
      || !log_take_syslog_time (&t, clock, &header->time))
    return 0;
  header->when = (LogSpan){ text, (guint)(t.at - text) };
  if (!take_char (&t, ' ') || !take_origin (&t, header))
    return 0;
  return (gsize)(t.at - text);
}

gboolean
log_header_parse (const char *text, gsize n, gboolean inside, LogClock *clock,
                  LogHeader *header)
{
  if (clock->form == LOG_KERNEL)
    return !inside && log_kernel_header (text, n, clock, header);
  *header = (LogHeader){ .time = LOG_NO_TIME, .level = -1 };
  Text t = { text, text + n };
  gsize prefix
      = !inside && n && *text != '[' ? log_header_prefix (text, n, clock, header) : 0;
  if (!n || (*text != '[' && !prefix))
    return FALSE;
  t.at += prefix;
  LogHeader behind = *header;
  if (parse_native (&t, inside, clock, &behind))
    *header = behind;
  else if (!prefix)
    return FALSE;
  header->length = (gsize)(t.at - text);
  return TRUE;
}
