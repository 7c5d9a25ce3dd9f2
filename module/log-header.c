/* log-header.c --- what Samba puts before a debug message

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log-header.h"

#include <string.h>

/* Text being read.  Every `take_' function moves on only if it succeeds.  */
typedef struct
{
  const char *at, *end;
} Text;

static gboolean
take_char (Text *text, char c)
{
  if (text->at == text->end || *text->at != c)
    return FALSE;
  text->at++;
  return TRUE;
}

static gboolean
take_string (Text *text, const char *string, gsize length)
{
  if ((gsize)(text->end - text->at) < length || memcmp (text->at, string, length) != 0)
    return FALSE;
  text->at += length;
  return TRUE;
}

#define TAKE(text, literal) take_string (text, literal, sizeof literal - 1)

static void
skip_spaces (Text *text)
{
  while (text->at < text->end && *text->at == ' ')
    text->at++;
}

/* A decimal number of at most 18 digits.  */
static gboolean
take_number (Text *text, guint64 *number)
{
  const char *p = text->at, *end = text->end - p > 19 ? p + 19 : text->end;
  guint64 n = 0;
  for (; p < end && (guchar)(*p - '0') < 10; p++)
    n = 10 * n + (guint64)(*p - '0');
  if (p == text->at || p - text->at > 18)
    return FALSE;
  *number = n;
  text->at = p;
  return TRUE;
}

/* COUNT digits, or fewer after spaces.  */
static gboolean
take_digits (Text *text, guint count, guint *number)
{
  guint n = 0;
  if ((gsize)(text->end - text->at) < count)
    return FALSE;
  for (guint i = 0; i < count; i++)
    {
      char c = text->at[i];
      if (!g_ascii_isdigit (c) && !(c == ' ' && n == 0 && i + 1 < count))
        return FALSE;
      n = 10 * n + (c == ' ' ? 0 : (guint)(c - '0'));
    }
  text->at += count;
  *number = n;
  return TRUE;
}

/* ------------------------------------------------------------------- time */

typedef struct
{
  guint year, month, day, hour, minute, second;
} Date;

/* Seconds from the epoch to DATE in UTC, or G_MININT64 if there is no such.  */
static gint64
date_seconds (const Date *date)
{
  if (date->month < 1 || date->month > 12 || date->day < 1 || date->day > 31
      || date->hour > 23 || date->minute > 59 || date->second > 60)
    return G_MININT64;
  /* Years from March on, so that a leap day ends one.  */
  gint64 year = (gint64)date->year - (date->month <= 2);
  gint64 month = ((gint64)date->month + 9) % 12;
  gint64 days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5
                + (gint64)date->day - 1 - 719468;
  return ((days * 24 + date->hour) * 60 + date->minute) * 60 + date->second;
}

/* Seconds since the epoch when a clock in the zone shows what one in UTC shows
   at WALL.  */
static gint64
zone_seconds (const LogClock *clock, gint64 wall)
{
  if (!clock->zone)
    return wall;
  gint interval = g_time_zone_adjust_time (clock->zone, G_TIME_TYPE_STANDARD, &wall);
  return wall - g_time_zone_get_offset (clock->zone, interval);
}

static gboolean
take_clock (Text *text, Date *date)
{
  return take_digits (text, 2, &date->hour) && take_char (text, ':')
         && take_digits (text, 2, &date->minute) && take_char (text, ':')
         && take_digits (text, 2, &date->second);
}

/* ".855117", of any number of digits, as microseconds; 0 if there is none.  */
static guint
take_fraction (Text *text)
{
  guint micros = 0, scale = 100000;
  Text fraction = *text;
  if (!(take_char (&fraction, '.') || take_char (&fraction, ','))
      || fraction.at == fraction.end || !g_ascii_isdigit (*fraction.at))
    return 0;
  for (; fraction.at < fraction.end && g_ascii_isdigit (*fraction.at); fraction.at++)
    {
      micros += scale * (guint)(*fraction.at - '0');
      scale /= 10;
    }
  *text = fraction;
  return micros;
}

/* "2026/11/24 01:58:23", the same with dashes and T: *SECONDS since the epoch if
   the zone is the server's, *WALL if it is UTC.  */
static gboolean
take_numeric_date (Text *text, LogClock *clock, gint64 *wall, gint64 *seconds)
{
  if (text->end - text->at < 19)
    return FALSE;
  if (*clock->last && memcmp (text->at, clock->last, 19) == 0)
    {
      *seconds = clock->last_seconds;
      *wall = clock->last_wall;
      text->at += 19;
      return TRUE;
    }
  Text t = *text;
  Date date;
  if (!take_digits (&t, 4, &date.year) || (*t.at != '/' && *t.at != '-'))
    return FALSE;
  char separator = *t.at++;
  if (!take_digits (&t, 2, &date.month) || !take_char (&t, separator)
      || !take_digits (&t, 2, &date.day) || (!take_char (&t, ' ') && !take_char (&t, 'T'))
      || !take_clock (&t, &date))
    return FALSE;
  *wall = date_seconds (&date);
  if (*wall == G_MININT64)
    return FALSE;
  *seconds = zone_seconds (clock, *wall);
  if (separator == '/')
    {
      memcpy (clock->last, text->at, 19);
      clock->last_seconds = *seconds;
      clock->last_wall = *wall;
    }
  *text = t;
  return TRUE;
}

static gboolean
take_month (Text *text, guint *month)
{
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (guint i = 0; i < 12; i++)
    if (take_string (text, names + 3 * i, 3))
      {
        *month = i + 1;
        return TRUE;
      }
  return FALSE;
}

/* "+01:00", "+0100", "Z" as seconds east of UTC.  */
static gboolean
take_offset (Text *text, gint64 *offset)
{
  Text t = *text;
  guint hours, minutes;
  gboolean west = take_char (&t, '-');
  if (take_char (&t, 'Z'))
    *offset = 0;
  else if (!(west || take_char (&t, '+')) || !take_digits (&t, 2, &hours)
           || (take_char (&t, ':'), !take_digits (&t, 2, &minutes)))
    return FALSE;
  else
    *offset = (west ? -60 : 60) * (gint64)(60 * hours + minutes);
  *text = t;
  return TRUE;
}

/* "1732413503.855117 seconds since the Epoch"  */
static gboolean
take_epoch (Text *text, gint64 *time)
{
  Text t = *text;
  guint64 seconds;
  if (!take_number (&t, &seconds) || seconds > G_MAXINT32 * (guint64)1000)
    return FALSE;
  guint micros = take_fraction (&t);
  if (!TAKE (&t, " seconds since the Epoch"))
    return FALSE;
  *time = (gint64)seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

/* "Tue Nov 24 01:58:23 2009 CET", as the C locale has it.  */
static gboolean
take_ctime (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  Date date;
  if (t.end - t.at < 4 || !g_ascii_isupper (*t.at) || t.at[3] != ' ')
    return FALSE;
  t.at += 4;
  if (!take_month (&t, &date.month) || !take_char (&t, ' ')
      || !take_digits (&t, 2, &date.day) || !take_char (&t, ' ') || !take_clock (&t, &date)
      || !take_char (&t, ' ') || !take_digits (&t, 4, &date.year))
    return FALSE;
  while (t.at < t.end && *t.at != ',' && *t.at != '\n')
    t.at++;
  gint64 wall = date_seconds (&date);
  if (wall == G_MININT64)
    return FALSE;
  *time = zone_seconds (clock, wall) * G_USEC_PER_SEC;
  *text = t;
  return TRUE;
}

/* Any time of a header in brackets.  */
static gboolean
take_time (Text *text, LogClock *clock, gint64 *time)
{
  gint64 wall, seconds;
  if (take_numeric_date (text, clock, &wall, &seconds))
    {
      *time = seconds * G_USEC_PER_SEC + take_fraction (text);
      return TRUE;
    }
  return take_epoch (text, time) || take_ctime (text, clock, time);
}

/* The times of syslog: "Nov 24 01:58:23", "2026-11-24T01:58:23.855117+01:00".
   The year of the former is such that the log is not from the future.  */
static gboolean
take_syslog_time (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  gint64 wall, seconds, offset;
  if (g_ascii_isdigit (*t.at) && take_epoch (&t, time))
    {
      *text = t;
      return TRUE;
    }
  if (g_ascii_isdigit (*t.at) && take_numeric_date (&t, clock, &wall, &seconds))
    {
      guint micros = take_fraction (&t);
      if (take_offset (&t, &offset))
        seconds = wall - offset;
      *time = seconds * G_USEC_PER_SEC + micros;
      *text = t;
      return TRUE;
    }
  Date date;
  if (!take_month (&t, &date.month) || !take_char (&t, ' ')
      || !take_digits (&t, 2, &date.day) || !take_char (&t, ' ') || !take_clock (&t, &date))
    return FALSE;
  guint micros = take_fraction (&t);
  g_autoptr (GDateTime) written = g_date_time_new_from_unix_utc (clock->written);
  date.year = written ? (guint)g_date_time_get_year (written) : 1970;
  wall = date_seconds (&date);
  if (wall == G_MININT64)
    return FALSE;
  seconds = zone_seconds (clock, wall);
  if (seconds > clock->written + 24 * 3600)
    {
      date.year--;
      seconds = zone_seconds (clock, date_seconds (&date));
    }
  *time = seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

/* ----------------------------------------------------------------- header */

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
  if (!take_time (&t, clock, &header->time))
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
      || !take_syslog_time (&t, clock, &header->time))
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
