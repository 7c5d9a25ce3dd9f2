/* carrier.c --- what is put before each line of a log on its way

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/carrier.h"

/* Those that tell more come first: what they have passes for another's as well.  */
const LogCarrier log_carriers[] = {
  { "dmesg --time-format iso", LOG_CARRIER_ALWAYS, "%i_" },
  { "CRI, kubelet's files", LOG_CARRIER_ALWAYS, "%t stdout %w_" },
  { "CRI, kubelet's files", LOG_CARRIER_ALWAYS, "%t stderr %w_" },
  { "RFC 5424", LOG_CARRIER_ALWAYS, "<%l>%d %t %h %g %q %w -_" },
  { "RFC 3164", LOG_CARRIER_ALWAYS, "<%l>%t %h %p_" },
  { "illumos, Solaris", LOG_CARRIER_ALWAYS, "%t %h %p [ID %d %f]_" },
  { "illumos, Solaris, without host", LOG_CARRIER_ALWAYS, "%t %p [ID %d %f]_" },
  { "busybox' syslogd, AIX' syslogd", LOG_CARRIER_ALWAYS, "%t %h %f %p_" },
  { "OpenWrt logread", LOG_CARRIER_ALWAYS, "%t %f %p_" },
  { "macOS log show", LOG_CARRIER_ALWAYS, "%t 0x%w %y 0x%w %q %d %p_" },
  { "macOS log show --style compact", LOG_CARRIER_ALWAYS, "%t %y %p_" },
  { "journalctl -o short-monotonic", LOG_CARRIER_ALWAYS, "[%b] %h %k_" },
  { "ctdb up to 4.8", LOG_CARRIER_ALWAYS, "%t [%q]:_" },
  { "ctdb up to 4.8, its children", LOG_CARRIER_ALWAYS, "%t [%w:%q]:_" },
  { "syslog, journalctl", LOG_CARRIER_ORIGIN, "%t %h %p_" },
  { "FreeBSD syslog, ctdb", LOG_CARRIER_ORIGIN, "%t %k_" },
  { "docker compose logs -t", LOG_CARRIER_MOST, "%w | %t_" },
  { "docker compose logs", LOG_CARRIER_MOST, "%w |_" },
  { "kubectl logs --prefix --timestamps", LOG_CARRIER_MOST, "[pod/%w] %t_" },
  { "kubectl logs --prefix", LOG_CARRIER_MOST, "[pod/%w]_" },
  { "grep in several files", LOG_CARRIER_MOST, "%n" },
  { "docker logs -t, kubectl logs --timestamps", LOG_CARRIER_MOST, "%t_" },
};
const guint log_n_carriers = G_N_ELEMENTS (log_carriers);

/* Up to a blank; not the CHAR that is in the way.  */
static gboolean
scan_word (Text *text, char stop, LogSpan *span)
{
  const char *p = text->at;
  while (p < text->end && p - text->at < 256 && (guchar)*p > ' ' && *p != stop)
    p++;
  if (p == text->at || p == text->end)
    return FALSE;
  *span = (LogSpan){ text->at, (guint)(p - text->at) };
  text->at = p;
  return TRUE;
}

/* "log.smbd:" or "log.smbd:12:" before a header, "log.smbd-" or "log.smbd-13-" before
   what follows it: what grep -A prints of several files.  */
static gboolean
scan_name (Text *text)
{
  for (const char *p = text->at; p < text->end && (guchar)*p > ' '; p++)
    if (p > text->at
        && ((*p == ':' && p + 1 < text->end && p[1] == '[')
            || (*p == '-' && (p + 1 == text->end || (guchar)p[1] <= ' '))))
      {
        text->at = p + 1;
        return TRUE;
      }
  return FALSE;
}

static gboolean
scan_host (Text *text, LogHeader *header)
{
  LogSpan span;
  if (!scan_word (text, '\0', &span) || span.text[span.length - 1] == ':'
      || span.text[0] == '[')
    return FALSE;
  header->host = span;
  return TRUE;
}

/* Programs that are known even without a pid.  */
static gboolean
is_known (LogSpan program)
{
  static const char *const names[] = { "smbd", "nmbd",  "winbindd", "kernel",    "samba",
                                       "ctdb", "ctdbd", "ksmbd",    "smbclient", "rpcd" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    if (program.length >= strlen (names[i])
        && memcmp (program.text, names[i], strlen (names[i])) == 0)
      return TRUE;
  return FALSE;
}

/* macOS' thread in "kernel[0:1a2b]", behind which is no colon.  */
static gboolean
scan_thread (Text *text)
{
  Text t = *text;
  LogSpan thread;
  if (!scan_char (&t, ':') || !scan_word (&t, ']', &thread) || !scan_char (&t, ']'))
    return FALSE;
  *text = t;
  return TRUE;
}

/* "smbd[8022]:", "kernel:", "kernel[0:1a2b]".  */
static gboolean
scan_program (Text *text, gboolean known, LogHeader *header)
{
  Text t = *text;
  const char *p = t.at;
  guint64 pid = 0;
  while (p < t.end && p - t.at < 256 && (guchar)*p > ' ' && *p != '[' && *p != ':')
    p++;
  if (p == t.at || p == t.end)
    return FALSE;
  LogSpan program = { t.at, (guint)(p - t.at) };
  t.at = p;
  gboolean told = scan_char (&t, '[');
  if (told && !scan_number (&t, &pid))
    return FALSE;
  gboolean thread = told && scan_thread (&t);
  if (told && !thread && !scan_char (&t, ']'))
    return FALSE;
  if ((!thread && !scan_char (&t, ':')) || (known && !told && !is_known (program)))
    return FALSE;
  header->program = program;
  if (told)
    header->pid = (guint32)pid;
  *text = t;
  return TRUE;
}

static const char *const levels[]
    = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };

/* "daemon.err"; its level is not one of Samba's.  */
static gboolean
scan_facility (Text *text, LogHeader *header)
{
  Text t = *text;
  const char *p = t.at;
  while (p < t.end && (g_ascii_islower (*p) || g_ascii_isdigit (*p)))
    p++;
  t.at = p;
  if (p == text->at || !(scan_char (&t, '.') || scan_char (&t, ':')))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    if (scan_string (&t, levels[i], strlen (levels[i])))
      {
        while (t.at < t.end && (g_ascii_islower (*t.at) || *t.at == '|'))
          t.at++; /* "error", "warning", AIX' "err|error" */
        header->severity = (gint)i;
        *text = t;
        return TRUE;
      }
  return FALSE;
}

/* The type of a message of macOS.  */
static gboolean
scan_type (Text *text, LogHeader *header)
{
  static const struct
  {
    const char *name;
    gint severity;
  } types[] = { { "Default ", 5 }, { "Info ", 6 }, { "Debug ", 7 }, { "Error ", 3 },
                { "Fault ", 2 },   { "Df ", 5 },   { "I ", 6 },     { "Db ", 7 },
                { "E ", 3 },       { "F ", 2 } };
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (scan_string (text, types[i].name, strlen (types[i].name)))
      {
        text->at--; /* the blank is the format's */
        header->severity = types[i].severity;
        return TRUE;
      }
  return FALSE;
}

static gboolean
scan_when (Text *text, LogClock *clock, LogHeader *header)
{
  const char *start = text->at;
  gboolean year;
  if (!log_scan_prefix_time (text, clock, &header->time, &year))
    return FALSE;
  header->when = (LogSpan){ start, (guint)(text->at - start) };
  header->yearless = !year;
  return TRUE;
}

/* "2026-11-28T14:03:41,240705+00:00"  */
static gboolean
scan_dmesg (Text *text, LogClock *clock, LogHeader *header)
{
  if (text->end - text->at < 32 || text->at[10] != 'T' || text->at[19] != ',')
    return FALSE;
  header->kernel = scan_when (text, clock, header);
  return header->kernel;
}

static gboolean
scan_booted (Text *text, LogHeader *header)
{
  skip_spaces (text);
  const char *start = text->at;
  if (!log_scan_boot_time (text, &header->time))
    return FALSE;
  header->when = (LogSpan){ start, (guint)(text->at - start) };
  header->booted = TRUE;
  return TRUE;
}

/* What the letter CODE stands for; NEXT is what comes behind it in the format.  */
static gboolean
scan_code (Text *text, char code, char next, LogClock *clock, LogHeader *header)
{
  guint64 number;
  LogSpan span;
  switch (code)
    {
    case 't':
      return scan_when (text, clock, header);
    case 'i':
      return scan_dmesg (text, clock, header);
    case 'b':
      return scan_booted (text, header);
    case 'h':
      return scan_host (text, header);
    case 'p':
      return scan_program (text, FALSE, header);
    case 'k':
      return scan_program (text, TRUE, header);
    case 'g':
      return scan_word (text, '\0', &header->program);
    case 'y':
      return scan_type (text, header);
    case 'f':
      return scan_facility (text, header);
    case 'w':
      return scan_word (text, next, &span);
    case 'n':
      return scan_name (text);
    case 'q':
      skip_spaces (text);
      if (scan_char (text, '-'))
        return TRUE;
      if (!scan_number (text, &number))
        return FALSE;
      header->pid = (guint32)number;
      return TRUE;
    case 'l':
      if (!scan_number (text, &number))
        return FALSE;
      header->severity = (gint)(number & 7);
      return TRUE;
    default:
      return scan_number (text, &number);
    }
}

/* Columns may be tabbed.  */
static gboolean
scan_blank (Text *text)
{
  return scan_char (text, ' ') || scan_char (text, '\t');
}

gboolean
log_carrier_scan_format (Text *text, const char *format, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  LogHeader found = *header;
  for (const char *p = format; *p; p++)
    if (*p == '%')
      {
        p++;
        if (!scan_code (&t, *p, p[1], clock, &found))
          return FALSE;
      }
    else if (*p == '_' && !p[1])
      scan_blank (&t);
    else if (*p == ' ')
      {
        if (!scan_blank (&t))
          return FALSE;
        skip_spaces (&t);
      }
    else if (!scan_char (&t, *p))
      return FALSE;
  *header = found;
  *text = t;
  return TRUE;
}

gboolean
log_carrier_scan (Text *text, const LogShape *shape, LogClock *clock, LogHeader *header)
{
  if (text->at == text->end || *text->at == ' ' || *text->at == '\n')
    return FALSE;
  /* What was learned tells more than a row that only has the time.  */
  if (shape->learned && log_carrier_scan_format (text, shape->learned, clock, header))
    return TRUE;
  for (guint i = 0; i < shape->n_carriers; i++)
    if (log_carrier_scan_format (text, log_carriers[shape->carriers[i]].format, clock,
                                 header))
      return TRUE;
  return FALSE;
}
