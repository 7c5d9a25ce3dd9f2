/* time.c --- the times in logs

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/time.h"

#include "log/month.h"

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
scan_clock (Text *text, Date *date)
{
  return scan_digits (text, 2, &date->hour) && scan_char (text, ':')
         && scan_digits (text, 2, &date->minute) && scan_char (text, ':')
         && scan_digits (text, 2, &date->second);
}

/* ".855117", of any number of digits, as microseconds; 0 if there is none.  */
static guint
scan_fraction (Text *text)
{
  guint micros = 0, scale = 100000;
  Text fraction = *text;
  if (!(scan_char (&fraction, '.') || scan_char (&fraction, ','))
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
scan_numeric_date (Text *text, LogClock *clock, gint64 *wall, gint64 *seconds)
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
  if (!scan_digits (&t, 4, &date.year) || (*t.at != '/' && *t.at != '-'))
    return FALSE;
  char separator = *t.at++;
  if (!scan_digits (&t, 2, &date.month) || !scan_char (&t, separator)
      || !scan_digits (&t, 2, &date.day) || (!scan_char (&t, ' ') && !scan_char (&t, 'T'))
      || !scan_clock (&t, &date))
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

/* "+01:00", "+0100", "Z" as seconds east of UTC.  */
static gboolean
scan_offset (Text *text, gint64 *offset)
{
  Text t = *text;
  guint hours, minutes;
  gboolean west = scan_char (&t, '-');
  if (scan_char (&t, 'Z'))
    *offset = 0;
  else if (!(west || scan_char (&t, '+')) || !scan_digits (&t, 2, &hours)
           || (scan_char (&t, ':'), !scan_digits (&t, 2, &minutes)))
    return FALSE;
  else
    *offset = (west ? -60 : 60) * (gint64)(60 * hours + minutes);
  *text = t;
  return TRUE;
}

/* "1732413503.855117 seconds since the Epoch"  */
static gboolean
scan_epoch (Text *text, gint64 *time)
{
  Text t = *text;
  guint64 seconds;
  if (!scan_number (&t, &seconds) || seconds > G_MAXINT32 * (guint64)1000)
    return FALSE;
  guint micros = scan_fraction (&t);
  if (!SCAN (&t, " seconds since the Epoch"))
    return FALSE;
  *time = (gint64)seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

gboolean
log_scan_boot_time (Text *text, gint64 *time)
{
  Text t = *text;
  guint64 seconds;
  if (!scan_number (&t, &seconds) || seconds > G_MAXINT32 || t.at == t.end || *t.at != '.')
    return FALSE;
  *time = (gint64)seconds * G_USEC_PER_SEC + scan_fraction (&t);
  *text = t;
  return TRUE;
}

/* A day of the week, in any language.  */
static gboolean
scan_weekday (Text *text)
{
  const char *p = text->at;
  while (p < text->end && p - text->at < 16 && *p != ' ' && !g_ascii_isdigit (*p)
         && !g_ascii_iscntrl (*p) && *p != '[')
    p++;
  if (p == text->at || p == text->end || *p != ' ')
    return FALSE;
  text->at = p;
  skip_spaces (text);
  return TRUE;
}

gboolean
log_scan_ctime (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  Date date;
  if (!scan_weekday (&t) || !log_scan_month (&t, &date.month) || !scan_char (&t, ' ')
      || !scan_digits (&t, 2, &date.day) || !scan_char (&t, ' ') || !scan_clock (&t, &date)
      || !scan_char (&t, ' ') || !scan_digits (&t, 4, &date.year))
    return FALSE;
  gint64 wall = date_seconds (&date);
  if (wall == G_MININT64)
    return FALSE;
  *time = zone_seconds (clock, wall) * G_USEC_PER_SEC;
  *text = t;
  return TRUE;
}

/* The same with the zone's name.  */
static gboolean
scan_zoned_ctime (Text *text, LogClock *clock, gint64 *time)
{
  if (!log_scan_ctime (text, clock, time))
    return FALSE;
  while (text->at < text->end && *text->at != ',' && *text->at != '\n')
    text->at++;
  return TRUE;
}

gboolean
log_scan_time (Text *text, LogClock *clock, gint64 *time)
{
  gint64 wall, seconds;
  if (scan_numeric_date (text, clock, &wall, &seconds))
    {
      *time = seconds * G_USEC_PER_SEC + scan_fraction (text);
      return TRUE;
    }
  return scan_epoch (text, time) || scan_zoned_ctime (text, clock, time);
}

/* "1795485503.855117", as journalctl -o short-unix has it.  */
static gboolean
scan_unix (Text *text, gint64 *time)
{
  Text t = *text;
  guint64 seconds;
  if (!scan_number (&t, &seconds) || t.at - text->at < 9 || t.at - text->at > 11
      || t.at == t.end || *t.at != '.')
    return FALSE;
  *time = (gint64)seconds * G_USEC_PER_SEC + scan_fraction (&t);
  *text = t;
  return TRUE;
}

/* "2026-11-24T01:58:23.855117+01:00", "Tue 2026-11-24 01:58:23 UTC": without a
   zone, or with the name of another, the server's.  */
static gboolean
scan_iso (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  gint64 wall, seconds, offset;
  gboolean full = t.at < t.end && !g_ascii_isdigit (*t.at) && scan_weekday (&t);
  if (!scan_numeric_date (&t, clock, &wall, &seconds))
    return FALSE;
  guint micros = scan_fraction (&t);
  if (scan_offset (&t, &offset))
    seconds = wall - offset;
  else if (full && SCAN (&t, " UTC"))
    seconds = wall;
  else if (full && scan_char (&t, ' '))
    while (t.at < t.end && g_ascii_isupper (*t.at))
      t.at++;
  *time = seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

/* Find the years that a time near what CLOCK knows may be of.  */
static void
find_years (LogClock *clock)
{
  gint64 nearby = clock->dated ? clock->dated : clock->written;
  if (clock->n_years && clock->nearby == nearby)
    return;
  *clock->yearless = '\0';
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (nearby);
  guint year = date ? (guint)g_date_time_get_year (date) : 1970;
  clock->nearby = nearby;
  clock->n_years = 0;
  clock->years[clock->n_years++] = year;
  clock->years[clock->n_years++] = year - 1;
  if (clock->dated)
    clock->years[clock->n_years++] = year + 1;
}

/* Seconds since the epoch of DATE, which has no year: if a line of the log tells one,
   it is up to three months before that line or up to nine behind, as a log goes on;
   else it is not from the future, when the log was written.  */
static gint64
yearless_seconds (LogClock *clock, Date *date)
{
  const gint64 day = 24 * 3600;
  gint64 first = G_MININT64;
  for (guint i = 0; i < clock->n_years; i++)
    {
      date->year = clock->years[i];
      gint64 wall = date_seconds (date);
      if (wall == G_MININT64)
        continue;
      gint64 seconds = zone_seconds (clock, wall);
      if (clock->dated
              ? seconds > clock->dated - 92 * day && seconds <= clock->dated + 274 * day
              : seconds <= clock->written + day)
        return seconds;
      if (first == G_MININT64)
        first = seconds;
    }
  return first;
}

gboolean
log_scan_minute (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  Date date = { 0 };
  if (!log_scan_month (&t, &date.month))
    return FALSE;
  scan_char (&t, ' ');
  find_years (clock);
  if (!scan_digits (&t, 2, &date.day) || !scan_char (&t, ' ')
      || !scan_digits (&t, 2, &date.hour) || !scan_char (&t, ':')
      || !scan_digits (&t, 2, &date.minute))
    return FALSE;
  gint64 seconds = yearless_seconds (clock, &date);
  if (seconds == G_MININT64)
    return FALSE;
  *time = seconds * G_USEC_PER_SEC;
  *text = t;
  return TRUE;
}

/* "Nov 24 01:58:23"  */
static gboolean
scan_without_year (Text *text, LogClock *clock, gint64 *time)
{
  enum
  {
    LENGTH = 15
  };
  Text t = *text;
  Date date;
  find_years (clock);
  if (t.end - t.at >= LENGTH && *clock->yearless
      && memcmp (t.at, clock->yearless, LENGTH) == 0)
    {
      t.at += LENGTH;
      *time = clock->yearless_seconds * G_USEC_PER_SEC + scan_fraction (&t);
      *text = t;
      return TRUE;
    }
  if (!log_scan_month (&t, &date.month) || !scan_char (&t, ' ')
      || !scan_digits (&t, 2, &date.day) || !scan_char (&t, ' ') || !scan_clock (&t, &date))
    return FALSE;
  gint64 seconds = yearless_seconds (clock, &date);
  if (seconds == G_MININT64)
    return FALSE;
  if (t.at - text->at == LENGTH)
    {
      memcpy (clock->yearless, text->at, LENGTH);
      clock->yearless_seconds = seconds;
    }
  guint micros = scan_fraction (&t);
  *time = seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

gboolean
log_scan_prefix_time (Text *text, LogClock *clock, gint64 *time, gboolean *year)
{
  if (text->end - text->at < 14)
    return FALSE;
  *year = !scan_without_year (text, clock, time);
  return !*year || scan_iso (text, clock, time) || scan_epoch (text, time)
         || scan_unix (text, time) || log_scan_ctime (text, clock, time);
}
