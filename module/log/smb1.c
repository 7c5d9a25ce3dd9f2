/* smb1.c --- the messages of SMB1 that Samba dumps

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/smb1.h"

#include <string.h>

#include "log/form.h"
#include "log/request.h"
#include "log/status.h"

gboolean
log_smb1_function (const char *function)
{
  return strcmp (function, "show_msg") == 0;
}

/* The fields, in the order they are printed.  */
enum
{
  SIZE,
  COM,
  RCLS,
  REH,
  ERR,
  FLG,
  FLG2,
  TID,
  PID,
  UID,
  MID,
  N_FIELDS
};

static const char *const names[N_FIELDS]
    = { "size=",     "smb_com=", "smb_rcls=", "smb_reh=", "smb_err=", "smb_flg=",
        "smb_flg2=", "smb_tid=", "smb_pid=",  "smb_uid=", "smb_mid=" };

/* A number, decimal or hexadecimal with 0x, up to the end of the line.  */
static gboolean
scan_value (Text *text, guint32 *value)
{
  guint64 number = 0;
  gboolean negative = scan_char (text, '-');
  if (SCAN (text, "0x"))
    {
      const char *digits = text->at;
      while (text->at < text->end && text->at - digits < 8 && g_ascii_isxdigit (*text->at))
        number = number << 4 | (guint)g_ascii_xdigit_value (*text->at++);
      if (text->at == digits)
        return FALSE;
    }
  else if (!scan_number (text, &number))
    return FALSE;
  *value = (guint32)(negative ? -number : number);
  skip_spaces (text);
  scan_char (text, '\r');
  return text->at == text->end;
}

static gboolean
is_dump (const LogHeader *header)
{
  static const char function[] = "show_msg";
  return header->function.length == strlen (function)
         && memcmp (header->function.text, function, strlen (function)) == 0;
}

/* The HEADER that LINE begins with, if it does; else syslog's prefix is skipped.  */
static gboolean
scan_header (Text *line, const LogShape *shape, LogClock *clock, LogHeader *header)
{
  gsize n = (gsize)(line->end - line->at);
  *header = (LogHeader)LOG_HEADER_INIT;
  if (!n || *line->at == ' ' || !log_line_parse (line->at, n, shape, clock, header))
    return FALSE;
  if (!shape->carried || header->form != LOG_FORM_SYSLOG)
    return TRUE;
  line->at += header->length;
  return FALSE;
}

static gboolean
scan_text_line (Text *text, Text *line)
{
  const char *newline = memchr (text->at, '\n', (gsize)(text->end - text->at));
  if (!newline)
    return FALSE;
  *line = (Text){ text->at, newline };
  text->at = newline + 1;
  return TRUE;
}

/* The number of the field that LINE is, or N_FIELDS.  */
static guint
field_of (Text *line)
{
  guint field = 0;
  skip_spaces (line);
  while (field < N_FIELDS && !scan_string (line, names[field], strlen (names[field])))
    field++;
  return field;
}

/* Whether other processes than PID are in the middle of a dump where TEXT ends: the
   lines that follow can't be told from theirs.  */
static gboolean
is_mixed (Text text, const LogShape *shape, LogClock *clock, guint32 pid)
{
  gboolean own = FALSE;
  guint others = 0;
  Text line;
  while (scan_text_line (&text, &line))
    {
      LogHeader header;
      if (scan_header (&line, shape, clock, &header))
        {
          if (header.pid == pid)
            own = is_dump (&header);
          else
            others += is_dump (&header);
        }
      else if (field_of (&line) != MID)
        continue;
      else if (own)
        own = FALSE;
      else if (others)
        others--;
    }
  return others > 0;
}

/* The FIELDS of the dump that TEXT begins with; FALSE if they are not all there, or
   others' are between.  */
static gboolean
scan_fields (Text text, const LogShape *shape, LogClock *clock, guint32 pid,
             guint32 *fields, gboolean *torn)
{
  guint next = 0;
  Text line;
  while (next < N_FIELDS && scan_text_line (&text, &line))
    {
      LogHeader header;
      if (scan_header (&line, shape, clock, &header))
        {
          if (header.pid == pid || is_dump (&header))
            return FALSE;
          *torn = TRUE;
          continue;
        }
      /* Of another process, too, by syslog's prefix.  */
      if (header.pid && header.pid != pid)
        continue;
      guint field = field_of (&line);
      if (field == N_FIELDS)
        *torn = TRUE;
      else if (field != next || !scan_value (&line, &fields[next++]))
        return FALSE;
    }
  return next == N_FIELDS;
}

/* FLG, FLG2, and a command (MS-CIFS 2.2.3.1, 2.2.2.1).  */
#define FLAGS_REPLY 0x80
#define FLAGS2_NT_STATUS 0x4000
#define LOCKING_ANDX 0x24

static void
add_status (const guint32 *fields, GString *strings)
{
  guint32 class = fields[RCLS] & 0xff, code = fields[ERR] & 0xffff;
  if (fields[FLG2] & FLAGS2_NT_STATUS)
    log_status_append (class | (fields[REH] & 0xff) << 8 | code << 16, strings);
  else if (class == 0)
    log_status_append (0, strings);
  else
    {
      g_string_append_printf (strings, "DOS %u:%u", class, code);
      g_string_append_c (strings, '\0');
    }
}

gboolean
log_smb1_parse (Text before, Text text, const LogShape *shape, LogClock *clock, guint32 pid,
                gboolean *torn, LogSegment *segment)
{
  guint32 fields[N_FIELDS];
  LogEvent event
      = { .message = (gint32)segment->n - 1, .string = (guint32)segment->strings->len };
  *torn = FALSE;
  if (is_mixed (before, shape, clock, pid)
      || !scan_fields (text, shape, clock, pid, fields, torn))
    return FALSE;
  event.index = fields[COM] & 0xff;
  event.mid = fields[MID] & 0xffff;
  if (fields[FLG] & FLAGS_REPLY)
    {
      event.kind = LOG_SMB1_DONE;
      add_status (fields, segment->strings);
    }
  /* A server tells a client to give up an oplock.  */
  else if (event.index == LOCKING_ANDX && event.mid == 0xffff
           && (fields[PID] & 0xffff) == 0xffff)
    return FALSE;
  else
    event.kind = LOG_SMB1;
  g_array_append_val (segment->events, event);
  return TRUE;
}
