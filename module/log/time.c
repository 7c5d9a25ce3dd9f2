/* time.c --- the times in logs

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/time.h"

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

gboolean
log_take_boot_time (Text *text, gint64 *time)
{
  Text t = *text;
  guint64 seconds;
  if (!take_number (&t, &seconds) || seconds > G_MAXINT32 || t.at == t.end || *t.at != '.')
    return FALSE;
  *time = (gint64)seconds * G_USEC_PER_SEC + take_fraction (&t);
  *text = t;
  return TRUE;
}

gboolean
log_take_ctime (Text *text, LogClock *clock, gint64 *time)
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
  gint64 wall = date_seconds (&date);
  if (wall == G_MININT64)
    return FALSE;
  *time = zone_seconds (clock, wall) * G_USEC_PER_SEC;
  *text = t;
  return TRUE;
}

/* The same with the zone's name.  */
static gboolean
take_zoned_ctime (Text *text, LogClock *clock, gint64 *time)
{
  if (!log_take_ctime (text, clock, time))
    return FALSE;
  while (text->at < text->end && *text->at != ',' && *text->at != '\n')
    text->at++;
  return TRUE;
}

gboolean
log_take_time (Text *text, LogClock *clock, gint64 *time)
{
  gint64 wall, seconds;
  if (take_numeric_date (text, clock, &wall, &seconds))
    {
      *time = seconds * G_USEC_PER_SEC + take_fraction (text);
      return TRUE;
    }
  return take_epoch (text, time) || take_zoned_ctime (text, clock, time);
}

/* "1795485503.855117", as journalctl -o short-unix has it.  */
static gboolean
take_unix (Text *text, gint64 *time)
{
  Text t = *text;
  guint64 seconds;
  if (!take_number (&t, &seconds) || t.at - text->at < 9 || t.at - text->at > 11
      || t.at == t.end || *t.at != '.')
    return FALSE;
  *time = (gint64)seconds * G_USEC_PER_SEC + take_fraction (&t);
  *text = t;
  return TRUE;
}

/* "2026-11-24T01:58:23.855117+01:00", "Tue 2026-11-24 01:58:23 UTC": without a
   zone, or with the name of another, the server's.  */
static gboolean
take_iso (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  gint64 wall, seconds, offset;
  gboolean full = g_ascii_isupper (*t.at) && t.end - t.at > 4 && t.at[3] == ' ';
  if (full)
    t.at += 4;
  if (!take_numeric_date (&t, clock, &wall, &seconds))
    return FALSE;
  guint micros = take_fraction (&t);
  if (take_offset (&t, &offset))
    seconds = wall - offset;
  else if (full && TAKE (&t, " UTC"))
    seconds = wall;
  else if (full && take_char (&t, ' '))
    while (t.at < t.end && g_ascii_isupper (*t.at))
      t.at++;
  *time = seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

/* "Nov 24 01:58:23": of the year such that the log is not from the future.  */
static gboolean
take_without_year (Text *text, LogClock *clock, gint64 *time)
{
  Text t = *text;
  Date date;
  if (!take_month (&t, &date.month) || !take_char (&t, ' ')
      || !take_digits (&t, 2, &date.day) || !take_char (&t, ' ') || !take_clock (&t, &date))
    return FALSE;
  guint micros = take_fraction (&t);
  g_autoptr (GDateTime) written = g_date_time_new_from_unix_utc (clock->written);
  date.year = written ? (guint)g_date_time_get_year (written) : 1970;
  gint64 wall = date_seconds (&date);
  if (wall == G_MININT64)
    return FALSE;
  gint64 seconds = zone_seconds (clock, wall);
  if (seconds > clock->written + 24 * 3600)
    {
      date.year--;
      seconds = zone_seconds (clock, date_seconds (&date));
    }
  *time = seconds * G_USEC_PER_SEC + micros;
  *text = t;
  return TRUE;
}

gboolean
log_take_syslog_time (Text *text, LogClock *clock, gint64 *time)
{
  return take_without_year (text, clock, time) || take_iso (text, clock, time)
         || take_epoch (text, time) || take_unix (text, time);
}
