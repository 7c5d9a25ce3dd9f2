/* event.c --- what a line of smbd's log tells of a request

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include <string.h>

#include "log/header.h"
#include "log/request.h"

/* Behind the first place of WORDS in TEXT, or NULL.  memmem makes a table first, which
   takes longer than looking through a line.  */
static const char *
find_behind (const char *text, gsize n, const char *words)
{
  const gsize length = strlen (words);
  const char *end = text + n;
  while ((gsize)(end - text) >= length
         && (text = memchr (text, *words, (gsize)(end - text) - length + 1)))
    {
      if (memcmp (text, words, length) == 0)
        return text + length;
      text++;
    }
  return NULL;
}

/* The text between AFTER and BEFORE in TEXT; FALSE if they are not there.  */
static gboolean
find_between (const char *text, gsize n, const char *after, char before, LogSpan *span)
{
  const char *start = find_behind (text, n, after);
  if (!start)
    return FALSE;
  const char *end = memchr (start, before, n - (gsize)(start - text));
  if (!end)
    return FALSE;
  *span = (LogSpan){ start, (guint)(end - start) };
  return TRUE;
}

/* The number behind AFTER in TEXT, or OTHERWISE.  */
static guint64
find_number (const char *text, gsize n, const char *after, guint64 otherwise)
{
  const char *p = find_behind (text, n, after);
  if (!p)
    return otherwise;
  guint64 number = 0;
  for (; p < text + n && g_ascii_isdigit (*p); p++)
    number = 10 * number + (guint64)(*p - '0');
  return number;
}

static gboolean
begins (const char *text, gsize n, const char *prefix)
{
  gsize length = strlen (prefix);
  return n >= length && memcmp (text, prefix, length) == 0;
}

static void
set_string (LogEvent *event, LogSegment *segment, LogSpan span)
{
  event->string = (guint32)segment->strings->len;
  g_string_append_len (segment->strings, span.text, (gssize)span.length);
  g_string_append_c (segment->strings, '\0');
}

/* "smbd_smb2_ioctl: ctl_code[0x00144064] docs/a.bin, fnum 3": the control code, and the
   file if there is one.  */
static gboolean
parse_ioctl (const char *text, gsize n, LogEvent *event, LogSegment *segment)
{
  LogSpan code, file;
  if (!begins (text, n, "smbd_smb2_ioctl: ctl_code[")
      || !find_between (text, n, "ctl_code[", ']', &code))
    return FALSE;
  const char *rest = code.text + code.length + 1, *end = text + n;
  const char *stop = find_behind (rest, (gsize)(end - rest), ", fnum ");
  set_string (event, segment, code);
  if (!stop || rest == end || *rest != ' ' || rest[1] == '<')
    return TRUE;
  file = (LogSpan){ rest, (guint)(stop - rest) - (guint)strlen (", fnum ") };
  g_string_truncate (segment->strings, segment->strings->len - 1);
  g_string_append_len (segment->strings, file.text, (gssize)file.length);
  g_string_append_c (segment->strings, '\0');
  return TRUE;
}

/* "smbd_smb2_close: docs/a.bin - fnum 3", as many functions say; also
   "smbd_smb2_create_send: name [docs/a.bin]", and a tree connect's
   "path[\\server\share] share[share]".  */
static gboolean
parse_path (const char *text, gsize n, LogSpan *span)
{
  if (begins (text, n, "smbd_smb2_create_send: name ["))
    {
      const char *end = memrchr (text, ']', n);
      if (!end)
        return FALSE;
      span->text = text + strlen ("smbd_smb2_create_send: name [");
      span->length = (guint)(end - span->text);
      return TRUE;
    }
  if (begins (text, n, "smbd_smb2_tree_connect: path["))
    return find_between (text, n, "path[", ']', span);
  static const char fnum[] = " - fnum ";
  const char *path = find_behind (text, n, ": ");
  const char *end = path ? find_behind (path, n - (gsize)(path - text), fnum) : NULL;
  if (!end)
    return FALSE;
  *span = (LogSpan){ path, (guint)(end - path - (gssize)strlen (fnum)) };
  return TRUE;
}

/* "SMB2: cmd=SMB2_OP_READ [NT_STATUS_OK]", all that Synology's smbd tells.  */
static gboolean
parse_whole (const char *text, gsize n, LogEvent *event, LogSegment *segment)
{
  LogSpan opcode, status;
  if (!begins (text, n, "SMB2: cmd=") || !find_between (text, n, "cmd=", ' ', &opcode)
      || !find_between (text, n, " [", ']', &status))
    return FALSE;
  event->kind = LOG_DISPATCH;
  set_string (event, segment, opcode);
  g_array_append_val (segment->events, *event);
  event->kind = LOG_DONE;
  set_string (event, segment, status);
  g_array_append_val (segment->events, *event);
  return TRUE;
}

gboolean
log_event_parse (const char *text, gsize n, gboolean torn, LogSegment *segment)
{
  LogEvent event = { .message = (gint32)segment->n - 1, .torn = torn, .mid = LOG_NO_MID };
  LogSpan span = { "", 0 };
  if (!begins (text, n, "smbd_smb2_"))
    return parse_whole (text, n, &event, segment);
  if (begins (text, n, "smbd_smb2_request_dispatch: opcode["))
    {
      event.kind = LOG_DISPATCH;
      event.mid = find_number (text, n, "] mid = ", LOG_NO_MID);
      if (!find_between (text, n, "opcode[", ']', &span))
        return FALSE;
    }
  else if (begins (text, n, "smbd_smb2_request_done_ex: "))
    {
      event.kind = LOG_DONE;
      event.mid = find_number (text, n, ": mid [", LOG_NO_MID);
      event.index = (guint32)find_number (text, n, "idx[", 0);
      if (!find_between (text, n, "status[", ']', &span))
        return FALSE;
    }
  else if (begins (text, n, "smbd_smb2_request_pending_queue: opcode["))
    {
      event.kind = LOG_PENDING;
      event.mid = find_number (text, n, "] mid ", LOG_NO_MID);
    }
  else if (parse_ioctl (text, n, &event, segment))
    {
      event.kind = LOG_PATH;
      g_array_append_val (segment->events, event);
      return TRUE;
    }
  else if (parse_path (text, n, &span))
    event.kind = LOG_PATH;
  else
    return FALSE;
  set_string (&event, segment, span);
  g_array_append_val (segment->events, event);
  return TRUE;
}
