/* kernel.c --- what Linux' SMB client writes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/kernel.h"

#include "log/request.h"
#include "log/status.h"
#include "log/time.h"

/* ---------------------------------------------------------------- headers */

/* "<7>", or "kern  :debug : ".  */
static void
take_level (Text *text, LogHeader *header)
{
  static const char *const names[]
      = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };
  Text t = *text;
  guint64 number;
  if (take_char (&t, '<') && take_number (&t, &number) && take_char (&t, '>'))
    {
      header->level = (gint)(number & 7);
      *text = t;
      return;
    }
  t = *text;
  while (t.at < t.end && g_ascii_islower (*t.at))
    t.at++;
  skip_spaces (&t);
  if (!take_char (&t, ':'))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (take_string (&t, names[i], strlen (names[i])))
      {
        skip_spaces (&t);
        if (!take_char (&t, ':') || !take_char (&t, ' '))
          return;
        header->level = (gint)i;
        *text = t;
        return;
      }
}

/* "[  T153]" or, of no task, "[    C0]".  */
static void
take_caller (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 number;
  if (!take_char (&t, '['))
    return;
  skip_spaces (&t);
  gboolean task = take_char (&t, 'T');
  if (!(task || take_char (&t, 'C')) || !take_number (&t, &number) || !take_char (&t, ']'))
    return;
  if (task)
    header->pid = (guint32)number;
  *text = t;
}

/* "[   36.240705] ", "[   36.240705 <    0.001002>] ", "[Sat Nov 28 14:03:41 2026] ".  */
static gboolean
take_stamp (Text *text, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  if (!take_char (&t, '['))
    return FALSE;
  skip_spaces (&t);
  header->when.text = t.at;
  if (!log_take_boot_time (&t, &header->time) && !log_take_ctime (&t, clock, &header->time))
    return FALSE;
  header->when.length = (guint)(t.at - header->when.text);
  skip_spaces (&t);
  if (take_char (&t, '<'))
    {
      while (t.at < t.end && (*t.at == ' ' || *t.at == '.' || g_ascii_isdigit (*t.at)))
        t.at++;
      if (!take_char (&t, '>'))
        return FALSE;
    }
  if (!take_char (&t, ']'))
    return FALSE;
  take_caller (&t, header);
  take_char (&t, ' ');
  *text = t;
  return TRUE;
}

/* "host kernel: ", behind a time since booting.  */
static void
take_host (Text *text, LogHeader *header)
{
  static const char kernel[] = " kernel: ";
  const char *p = text->at;
  while (p<text->end && * p> ' ')
    p++;
  Text t = { p, text->end };
  if (p == text->at || !TAKE (&t, kernel))
    return;
  header->host = (LogSpan){ text->at, (guint)(p - text->at) };
  header->program = (LogSpan){ p + 1, (guint)strlen ("kernel") };
  *text = t;
}

/* A date in front of all: dmesg's, which has a comma before the fraction, or that of
   syslog or journalctl, who name host and program, and may leave the kernel's own
   stamp.  */
static gboolean
take_dated (Text *text, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  gsize n = (gsize)(t.end - t.at);
  if (n > 19 && t.at[10] == 'T' && t.at[19] == ',')
    {
      if (!log_take_syslog_time (&t, clock, &header->time))
        return FALSE;
      header->when = (LogSpan){ text->at, (guint)(t.at - text->at) };
      take_caller (&t, header);
      take_char (&t, ' ');
      *text = t;
      return TRUE;
    }
  gsize prefix = log_header_prefix (t.at, n, clock, header);
  if (!prefix)
    return FALSE;
  t.at += prefix;
  LogHeader own = { .time = LOG_NO_TIME };
  if (take_stamp (&t, clock, &own) && own.pid)
    header->pid = own.pid;
  *text = t;
  return TRUE;
}

/* The pid that "  mount.cifs-153  " or "  mount.cifs-153   (  153) " ends in.  */
static gboolean
find_pid (const char *start, const char *end, guint32 *pid)
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
  if (digits == start || digits[-1] != '-' || !take_number (&t, &number) || t.at != end)
    return FALSE;
  *pid = (guint32)number;
  return TRUE;
}

/* Behind the task: "[000] .....    34.951157: smb3_cmd_enter: ".  */
static gboolean
take_event (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 cpu;
  if (!TAKE (&t, " [") || !take_number (&t, &cpu) || !TAKE (&t, "] "))
    return FALSE;
  skip_spaces (&t);
  if (t.at < t.end && !g_ascii_isdigit (*t.at))
    while (t.at < t.end && *t.at != ' ')
      t.at++;
  skip_spaces (&t);
  header->when.text = t.at;
  if (!log_take_boot_time (&t, &header->time))
    return FALSE;
  header->when.length = (guint)(t.at - header->when.text);
  if (!TAKE (&t, ": "))
    return FALSE;
  skip_spaces (&t);
  const char *name = t.at;
  while (t.at < t.end && (g_ascii_isalnum (*t.at) || *t.at == '_'))
    t.at++;
  header->function = (LogSpan){ name, (guint)(t.at - name) };
  if (t.at == name || !take_char (&t, ':'))
    return FALSE;
  while (t.at < t.end && (*t.at == ' ' || *t.at == '\t'))
    t.at++;
  *text = t;
  return TRUE;
}

static gboolean
take_trace (Text *text, LogHeader *header)
{
  const char *end = text->at + MIN (text->end - text->at, 128);
  for (Text t = *text; (t.at = memmem (t.at, (gsize)(end - t.at), " [", 2)); t.at++)
    {
      const char *start = text->at, *task = t.at;
      if (find_pid (start, task, &header->pid) && take_event (&t, header))
        {
          text->at = t.at;
          return TRUE;
        }
      t.at = task;
    }
  return FALSE;
}

/* "CIFS: fs/smb/client/transport.c: ", both of which may be missing.  */
static void
take_place (Text *text, LogHeader *header)
{
  Text t = *text;
  take_char (&t, ' ');
  const char *start = t.at;
  if (TAKE (&t, "CIFS: ") || TAKE (&t, "CIFS "))
    header->class = (LogSpan){ start, (guint)strlen ("CIFS") };
  const char *file = t.at;
  while (t.at<t.end && * t.at> ' ' && *t.at != ':')
    t.at++;
  gsize n = (gsize)(t.at - file);
  if (n > 2 && memcmp (t.at - 2, ".c", 2) == 0
      && (memmem (file, n, "fs/cifs/", 8) || memmem (file, n, "fs/smb/", 7))
      && TAKE (&t, ": "))
    header->file = (LogSpan){ file, (guint)n };
  else if (header->class.length)
    t.at = file;
  else
    return;
  *text = t;
}

gboolean
log_kernel_header (const char *text, gsize n, LogClock *clock, LogHeader *header)
{
  *header = (LogHeader){ .time = LOG_NO_TIME, .level = -1 };
  n = MIN (n, LOG_HEADER_MAX);
  const char *newline = memchr (text, '\n', n);
  Text t = { text, newline ? newline : text + n };
  take_level (&t, header);
  if (take_stamp (&t, clock, header))
    take_host (&t, header);
  else if (!take_dated (&t, clock, header))
    {
      *header = (LogHeader){ .time = LOG_NO_TIME, .level = -1 };
      if (!take_trace (&t, header))
        return FALSE;
      header->length = (gsize)(t.at - text);
      return TRUE;
    }
  take_place (&t, header);
  header->length = (gsize)(t.at - text);
  return TRUE;
}

gboolean
log_kernel_begins (const char *text, gsize n, LogClock *clock)
{
  static const char kernel[] = "kernel";
  const char *end = text + n;
  while (text < end)
    {
      LogHeader header;
      if (log_header_parse (text, (gsize)(end - text), FALSE, clock, &header)
          && header.native)
        return FALSE;
      /* Others write to syslog as well: only a line of the kernel tells.  */
      if (log_kernel_header (text, (gsize)(end - text), clock, &header)
          && (!header.program.length
              || (header.program.length == strlen (kernel)
                  && memcmp (header.program.text, kernel, strlen (kernel)) == 0)))
        return TRUE;
      const char *newline = memchr (text, '\n', (gsize)(end - text));
      text = newline ? newline + 1 : end;
    }
  return FALSE;
}

/* ----------------------------------------------------------------- events */

/* The number behind AFTER in TEXT, decimal or hexadecimal with 0x.  */
static gboolean
find_value (const char *text, gsize n, const char *after, guint64 *value)
{
  const char *p = memmem (text, n, after, strlen (after)), *end = text + n;
  if (!p)
    return FALSE;
  p += strlen (after);
  guint base = end - p > 2 && p[0] == '0' && p[1] == 'x' ? 16 : 10;
  const char *digits = base == 16 ? p + 2 : p;
  *value = 0;
  for (p = digits;
       p < end && g_ascii_isxdigit (*p) && (guint)g_ascii_xdigit_value (*p) < base; p++)
    *value = *value * base + (guint)g_ascii_xdigit_value (*p);
  return p > digits;
}

/* What the kernel's log says of a command: with which SIGN, behind what words are
   command and message id, and whether it is over then.  */
static const struct
{
  const char *sign, *cmd, *mid;
  gboolean over;
} phrases[] = {
  { "sync_mid_result: ", " cmd=", " mid=", TRUE },             /* cifs_sync_mid_result */
  { "response too short: ", "(cmd=", " mid=", TRUE },          /* smb2_check_message */
  { "Cancelling wait for mid ", " cmd: ", "for mid ", FALSE }, /* wait_for_response */
  { " cbdata: ", " com: ", " mid ", FALSE },                   /* cifs_dump_mids */
};

static gboolean
parse_phrase (const char *text, gsize n, LogEvent *event)
{
  for (gsize i = 0; i < G_N_ELEMENTS (phrases); i++)
    {
      guint64 cmd;
      if (memmem (text, n, phrases[i].sign, strlen (phrases[i].sign))
          && find_value (text, n, phrases[i].cmd, &cmd) && cmd <= 0xff
          && find_value (text, n, phrases[i].mid, &event->mid))
        {
          event->kind = phrases[i].over ? LOG_CALL_OVER : LOG_CALL_OPEN;
          event->index = (guint32)cmd;
          return TRUE;
        }
    }
  return FALSE;
}

/* "sid=0x3ede70b7 tid=0x0 cmd=1 mid=1 status=0xc0000016 rc=-5"  */
static gboolean
parse_command (const char *text, gsize n, gboolean reply, LogEvent *event,
               LogSegment *segment)
{
  guint64 cmd, status = 0;
  if (!find_value (text, n, "sid=", &event->session) || !find_value (text, n, " cmd=", &cmd)
      || cmd > 0xffff || !find_value (text, n, " mid=", &event->mid))
    return FALSE;
  event->kind = reply ? LOG_CALL_DONE : LOG_CALL;
  event->index = (guint32)cmd;
  if (reply)
    {
      find_value (text, n, " status=", &status);
      event->string = (guint32)segment->strings->len;
      log_status_append ((guint32)status, segment->strings);
    }
  return TRUE;
}

/* "xid=0 sid=0x3ede70b7 tid=0xed865ce9 path=\new\a.txt cr_opts=0x0 ..."; what is
   called next is about that path.  */
static gboolean
parse_path (const char *text, gsize n, LogEvent *event, LogSegment *segment)
{
  static const char sign[] = " path=", options[] = " cr_opts=0x";
  const char *path = memmem (text, n, sign, strlen (sign)), *end = text + n;
  if (!path)
    return FALSE;
  path += strlen (sign);
  const char *stop = memmem (path, (gsize)(end - path), options, strlen (options));
  end = stop ? stop : end;
  /* The share's root has none, the share itself has two.  */
  if (end - path > 1 && path[0] == '\\' && path[1] != '\\')
    path++;
  if (end > path && end[-1] == '\r')
    end--;
  event->kind = LOG_CALL_PATH;
  event->string = (guint32)segment->strings->len;
  g_string_append_len (segment->strings, path, end - path);
  g_string_append_c (segment->strings, '\0');
  return TRUE;
}

static gboolean
parse_trace (const char *name, gsize length, const char *text, gsize n, LogEvent *event,
             LogSegment *segment)
{
  static const char enter[] = "_enter";
  const gsize tail = strlen (enter);
  Text t = { name, name + length };
  if (!TAKE (&t, "smb3_"))
    return FALSE;
  if (TAKE (&t, "cmd_"))
    {
      gboolean reply = TAKE (&t, "done") || TAKE (&t, "err");
      return (reply || TAKE (&t, "enter")) && t.at == t.end
             && parse_command (text, n, reply, event, segment);
    }
  return length > tail && memcmp (name + length - tail, enter, tail) == 0
         && parse_path (text, n, event, segment);
}

gboolean
log_kernel_event (const LogHeader *header, const char *text, gsize n, LogSegment *segment)
{
  LogEvent event = { .message = (gint32)segment->n - 1, .mid = LOG_NO_MID };
  gboolean found = FALSE;
  if (header->class.length || header->file.length)
    found = parse_phrase (text, n, &event);
  else if (header->function.length)
    found = parse_trace (header->function.text, header->function.length, text, n, &event,
                         segment);
  if (!found)
    return FALSE;
  g_array_append_val (segment->events, event);
  return TRUE;
}
