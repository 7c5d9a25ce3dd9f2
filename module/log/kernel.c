/* kernel.c --- what Linux' SMB client and server write to the kernel's log

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/kernel.h"

#include "log/cursor.h"
#include "log/request.h"
#include "log/status.h"
#include "log/value.h"

/* ---------------------------------------------------------------- headers */

/* "<7>", or "kern  :debug : ".  */
static void
scan_level (Text *text, LogHeader *header)
{
  static const char *const names[]
      = { "emerg", "alert", "crit", "err", "warn", "notice", "info", "debug" };
  Text t = *text;
  guint64 number;
  if (scan_char (&t, '<') && scan_number (&t, &number) && scan_char (&t, '>'))
    {
      header->level = header->severity = (gint)(number & 7);
      *text = t;
      return;
    }
  t = *text;
  while (t.at < t.end && g_ascii_islower (*t.at))
    t.at++;
  skip_spaces (&t);
  if (!scan_char (&t, ':'))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (scan_string (&t, names[i], strlen (names[i])))
      {
        skip_spaces (&t);
        if (!scan_char (&t, ':') || !scan_char (&t, ' '))
          return;
        header->level = header->severity = (gint)i;
        *text = t;
        return;
      }
}

/* "[  T153]" or, of no task, "[    C0]".  */
static gboolean
scan_caller (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 number;
  if (!scan_char (&t, '['))
    return FALSE;
  skip_spaces (&t);
  gboolean task = scan_char (&t, 'T');
  if (!(task || scan_char (&t, 'C')) || !scan_number (&t, &number) || !scan_char (&t, ']'))
    return FALSE;
  if (task)
    header->pid = (guint32)number;
  *text = t;
  return TRUE;
}

/* "+0.000012", behind "[", or "<    0.000123>": since the message before, which is all
   that dmesg -H and --time-format delta tell of most.  */
static gboolean
scan_since (Text *text)
{
  Text t = *text;
  gboolean angle = scan_char (&t, '<');
  gint64 time;
  skip_spaces (&t);
  if (!(angle || scan_char (&t, '+')) || !log_scan_boot_time (&t, &time)
      || (angle && !scan_char (&t, '>')))
    return FALSE;
  *text = t;
  return TRUE;
}

/* The time in a stamp: since booting, a date, "Nov24 01:58" of dmesg -H, or what is since
   the message before, which tells no time.  */
static gboolean
scan_stamp_time (Text *text, LogClock *clock, LogHeader *header)
{
  header->booted = log_scan_boot_time (text, &header->time);
  header->yearless = !header->booted && !log_scan_ctime (text, clock, &header->time)
                     && log_scan_minute (text, clock, &header->time);
  if (!header->booted && header->time == LOG_NO_TIME)
    return scan_since (text);
  return TRUE;
}

/* "[   36.240705] ", "[   36.240705 <    0.001002>] ", "[Sat Nov 28 14:03:41 2026] ";
   who called may stand behind a blank.  */
static gboolean
scan_stamp (Text *text, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  if (!scan_char (&t, '['))
    return FALSE;
  skip_spaces (&t);
  header->when.text = t.at;
  if (!scan_stamp_time (&t, clock, header))
    return FALSE;
  header->when.length = (guint)(t.at - header->when.text);
  skip_spaces (&t);
  if (scan_char (&t, '<'))
    {
      while (t.at < t.end && (*t.at == ' ' || *t.at == '.' || g_ascii_isdigit (*t.at)))
        t.at++;
      if (!scan_char (&t, '>'))
        return FALSE;
    }
  if (!scan_char (&t, ']'))
    return FALSE;
  scan_caller (&t, header);
  scan_char (&t, ' ');
  if (scan_caller (&t, header))
    scan_char (&t, ' ');
  *text = t;
  return TRUE;
}

/* "6,1234,5678901234,-,caller=T123;", as /dev/kmsg has it: level, number, microseconds
   since booting, flags.  */
static gboolean
scan_record (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 level, number, micros, pid;
  if (!scan_number (&t, &level) || !scan_char (&t, ',') || !scan_number (&t, &number)
      || !scan_char (&t, ','))
    return FALSE;
  const char *when = t.at;
  if (!scan_number (&t, &micros) || !scan_char (&t, ','))
    return FALSE;
  header->when = (LogSpan){ when, (guint)(t.at - 1 - when) };
  while (t.at < t.end && (guchar)*t.at > ' ' && *t.at != ';' && *t.at != ',')
    t.at++;
  if (SCAN (&t, ",caller=T") && scan_number (&t, &pid))
    header->pid = (guint32)pid;
  if (!scan_char (&t, ';'))
    return FALSE;
  header->level = header->severity = (gint)(level & 7);
  header->time = (gint64)(micros % (G_MAXINT32 * (guint64)G_USEC_PER_SEC));
  header->booted = TRUE;
  *text = t;
  return TRUE;
}

/* "host kernel: ", behind a time since booting.  */
static void
scan_host (Text *text, LogHeader *header)
{
  static const char kernel[] = " kernel: ";
  const char *p = text->at;
  while (p < text->end && (guchar)*p > ' ')
    p++;
  Text t = { p, text->end };
  if (p == text->at || !SCAN (&t, kernel))
    return;
  header->host = (LogSpan){ text->at, (guint)(p - text->at) };
  header->program = (LogSpan){ p + 1, (guint)strlen ("kernel") };
  *text = t;
}

/* An identifier and a colon.  */
static gboolean
scan_name (Text *text, LogSpan *name)
{
  Text t = *text;
  while (t.at < t.end && (g_ascii_isalnum (*t.at) || *t.at == '_'))
    t.at++;
  *name = (LogSpan){ text->at, (guint)(t.at - text->at) };
  if (!name->length || g_ascii_isdigit (*text->at) || !scan_char (&t, ':'))
    return FALSE;
  *text = t;
  return TRUE;
}

/* "func:123: "  */
static void
scan_function (Text *text, LogHeader *header)
{
  Text t = *text;
  LogSpan name;
  guint64 line;
  if (!scan_name (&t, &name) || !scan_number (&t, &line) || !scan_char (&t, ':')
      || line > G_MAXUINT32)
    return;
  header->function = name;
  header->line = (guint32)line;
  scan_char (&t, ' ');
  *text = t;
}

/* Whether TEXT is of the client or the server: what dynamic debug puts before it is not
   told from the text itself otherwise.  */
static gboolean
is_ours (Text text)
{
  return SCAN (&text, "CIFS") || SCAN (&text, "ksmbd: ") || SCAN (&text, "kcifsd: ")
         || SCAN (&text, "cifsd: ") || SCAN (&text, "fs/") || scan_char (&text, '/');
}

/* What dynamic debug puts before a message, by its flags t, m, f, s and l (the kernel's
   lib/dynamic_debug.c, __dynamic_emit_prefix): "[1567] cifs:cifs_write_end:3182: ",
   "<intr> ".  */
static void
scan_decoration (Text *text, LogHeader *header)
{
  Text t = *text;
  LogSpan name, function = { NULL, 0 };
  guint64 pid = 0, line = 0;
  if (is_ours (t))
    return;
  if (scan_char (&t, '[') && !(scan_number (&t, &pid) && SCAN (&t, "] ")))
    return;
  SCAN (&t, "<intr> ");
  while (!is_ours (t) && scan_name (&t, &name))
    function = name;
  if (function.length == strlen ("kernel")
      && memcmp (function.text, "kernel", function.length) == 0)
    function.length = 0; /* of a prefix */
  if (function.length && scan_number (&t, &line) && !scan_char (&t, ':'))
    return;
  if (function.length && !scan_char (&t, ' '))
    t.at = function.text; /* of the text, maybe */
  if (!is_ours (t) || t.at == text->at)
    return;
  if (function.length && t.at > function.text)
    {
      header->function = function;
      header->line = (guint32)MIN (line, G_MAXUINT32);
    }
  if (pid)
    header->pid = (guint32)pid;
  *text = t;
}

/* "fs/smb/client/transport.c: ", of a kernel built elsewhere with folders before.  */
static gboolean
scan_file (Text *text, LogHeader *header)
{
  Text t = *text;
  const char *file = t.at;
  while (t.at < t.end && (guchar)*t.at > ' ' && *t.at != ':')
    t.at++;
  gsize n = (gsize)(t.at - file);
  if (n < 3 || memcmp (t.at - 2, ".c", 2) != 0
      || !(memmem (file, n, "fs/cifs/", 8) || memmem (file, n, "fs/smb/", 7)
           || memmem (file, n, "fs/ksmbd/", 9))
      || !SCAN (&t, ": "))
    return FALSE;
  header->file = (LogSpan){ file, (guint)n };
  *text = t;
  return TRUE;
}

/* "CIFS: fs/smb/client/transport.c: ", "ksmbd: func:123: ", of which all may be
   missing.  */
static void
scan_place (Text *text, LogHeader *header)
{
  Text t = *text;
  scan_char (&t, ' ');
  scan_decoration (&t, header);
  const char *start = t.at;
  if (SCAN (&t, "CIFS: ") || SCAN (&t, "CIFS "))
    header->class = (LogSpan){ start, (guint)strlen ("CIFS") };
  else if (SCAN (&t, "ksmbd: ") || SCAN (&t, "kcifsd: ") || SCAN (&t, "cifsd: "))
    {
      /* What it was called before it came into the kernel.  */
      header->class = (LogSpan){ start, (guint)(t.at - start) - (guint)strlen (": ") };
      header->form = LOG_FORM_KSMBD;
      scan_function (&t, header);
    }
  if (scan_file (&t, header) || header->class.length)
    *text = t;
}

/* Whether the prefix says that the kernel wrote the line.  */
static gboolean
is_kernel (const LogHeader *header)
{
  static const char kernel[] = "kernel";
  return header->kernel
         || (header->program.length == strlen (kernel)
             && memcmp (header->program.text, kernel, strlen (kernel)) == 0);
}

gboolean
log_kernel_scan (Text *text, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  LogHeader found = *header, own = LOG_HEADER_INIT;
  gboolean kernel = is_kernel (header);
  if (header->program.length && !kernel)
    return FALSE;
  if (!header->carried)
    scan_level (&t, &found);
  if (header->kernel && scan_caller (&t, &found))
    scan_char (&t, ' ');
  if (!header->carried && scan_record (&t, &found))
    kernel = TRUE;
  else if (scan_stamp (&t, clock, &own))
    {
      if (!header->carried)
        {
          found.time = own.time;
          found.when = own.when;
          found.booted = own.booted;
          found.yearless = own.yearless;
          scan_host (&t, &found);
        }
      if (own.pid)
        found.pid = own.pid;
      kernel |= !header->program.length;
    }
  found.form = LOG_FORM_KERNEL;
  scan_place (&t, &found);
  if (!kernel && !found.class.length && !found.file.length)
    return FALSE;
  *header = found;
  *text = t;
  return TRUE;
}

/* ----------------------------------------------------------------- events */

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
          && log_find_value (text, n, phrases[i].cmd, &cmd) && cmd <= 0xff
          && log_find_value (text, n, phrases[i].mid, &event->mid))
        {
          event->kind = phrases[i].over ? LOG_CALL_OVER : LOG_CALL_OPEN;
          event->index = (guint32)cmd;
          return TRUE;
        }
    }
  return FALSE;
}

/* "Status code returned 0xc0000034 NT_STATUS_OBJECT_NAME_NOT_FOUND"
   (map_smb2_to_linux_error): of the reply that the same thread told of right before.  */
static gboolean
parse_status (const char *text, gsize n, LogEvent *event, LogSegment *segment)
{
  guint64 status;
  if (!log_find_value (text, n, "Status code returned ", &status) || status > G_MAXUINT32)
    return FALSE;
  event->kind = LOG_CALL_STATUS;
  event->string = (guint32)segment->strings->len;
  log_status_append ((guint32)status, segment->strings);
  return TRUE;
}

void
log_kernel_events (const LogHeader *header, const char *text, gsize n, LogSegment *segment)
{
  LogEvent event = { .message = (gint32)segment->n - 1, .mid = LOG_NO_MID };
  gboolean call = header->class.length || header->file.length;
  if ((call && parse_phrase (text, n, &event)) || parse_status (text, n, &event, segment))
    g_array_append_val (segment->events, event);
}
