/* trace.c --- events that the kernel traces

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/trace.h"

#include "log/graph.h"
#include "log/request.h"
#include "log/status.h"
#include "log/value.h"

/* ---------------------------------------------------------------- headers */

/* Behind the task: "[000] .....    34.951157: smb3_cmd_enter: ".  */
static gboolean
scan_event (Text *text, LogHeader *header)
{
  Text t = *text;
  guint64 cpu;
  if (!SCAN (&t, " [") || !scan_number (&t, &cpu) || !SCAN (&t, "] "))
    return FALSE;
  header->cpu = (gint32)MIN (cpu, 1 << 20) + 1;
  skip_spaces (&t);
  if (t.at < t.end && !g_ascii_isdigit (*t.at))
    while (t.at < t.end && *t.at != ' ')
      t.at++;
  skip_spaces (&t);
  header->when.text = t.at;
  if (!log_scan_boot_time (&t, &header->time))
    return FALSE;
  header->when.length = (guint)(t.at - header->when.text);
  if (!SCAN (&t, ": "))
    return FALSE;
  skip_spaces (&t);
  /* perf names the system of an event, too.  */
  SCAN (&t, "cifs:");
  const char *name = t.at;
  while (t.at < t.end && (g_ascii_isalnum (*t.at) || *t.at == '_'))
    t.at++;
  header->function = (LogSpan){ name, (guint)(t.at - name) };
  if (t.at == name || !scan_char (&t, ':'))
    return FALSE;
  while (t.at < t.end && (*t.at == ' ' || *t.at == '\t'))
    t.at++;
  *text = t;
  return TRUE;
}

/* Calls that trace-cmd reports are events, too.  */
static void
scan_call (Text *text, LogHeader *header)
{
  static const char prefix[] = "funcgraph_";
  if (header->function.length > strlen (prefix)
      && memcmp (header->function.text, prefix, strlen (prefix)) == 0
      && log_graph_scan_call (text, header))
    header->form = LOG_FORM_GRAPH;
}

gboolean
log_trace_scan (Text *text, LogHeader *header)
{
  const char *end = text->at + MIN (text->end - text->at, 128);
  for (Text t = *text; (t.at = memmem (t.at, (gsize)(end - t.at), " [", 2)); t.at++)
    {
      const char *task = t.at;
      LogHeader found = LOG_HEADER_INIT;
      found.form = LOG_FORM_TRACE;
      found.booted = TRUE;
      if (log_graph_task (text->at, task, &found.pid, &found.task)
          && scan_event (&t, &found))
        {
          scan_call (&t, &found);
          *header = found;
          text->at = t.at;
          return TRUE;
        }
      t.at = task;
    }
  return FALSE;
}

/* ----------------------------------------------------------------- events */

/* "sid=0x3ede70b7 tid=0x0 cmd=1 mid=1 status=0xc0000016 rc=-5"  */
static gboolean
parse_command (const char *text, gsize n, gboolean reply, LogEvent *event,
               LogSegment *segment)
{
  guint64 cmd, status = 0;
  if (!log_find_value (text, n, "sid=", &event->session)
      || !log_find_value (text, n, " cmd=", &cmd) || cmd > 0xffff
      || !log_find_value (text, n, " mid=", &event->mid))
    return FALSE;
  event->kind = reply ? LOG_CALL_DONE : LOG_CALL;
  event->index = (guint32)cmd;
  if (reply)
    {
      log_find_value (text, n, " status=", &status);
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

/* "xid=69 sid=0x463e7cd2 tid=0xa43778ef fid=0x8b46db33"; what is called next is about
   that file, or, of what is DONE, it is the one that was opened.  */
static gboolean
parse_file (const char *text, gsize n, gboolean done, LogEvent *event, LogSegment *segment)
{
  guint64 file;
  if (!log_find_value (text, n, " fid=", &file))
    return FALSE;
  event->kind = done ? LOG_CALL_OPENED : LOG_CALL_FILE;
  event->mid = file;
  event->string = (guint32)segment->strings->len;
  g_string_append_c (segment->strings, '\0');
  return TRUE;
}

/* A call of a user's program begins or ends: what came before says nothing of it.  */
static void
set_nothing (LogEvent *event, LogSegment *segment)
{
  event->kind = LOG_CALL_PATH;
  event->string = (guint32)segment->strings->len;
  g_string_append_c (segment->strings, '\0');
}

static gboolean
parse_trace (const char *name, gsize length, const char *text, gsize n, LogEvent *event,
             LogSegment *segment)
{
  static const char enter[] = "_enter";
  const gsize tail = strlen (enter);
  Text t = { name, name + length };
  if (!SCAN (&t, "smb3_"))
    return FALSE;
  if (SCAN (&t, "cmd_"))
    {
      gboolean reply = SCAN (&t, "done") || SCAN (&t, "err");
      return (reply || SCAN (&t, "enter")) && t.at == t.end
             && parse_command (text, n, reply, event, segment);
    }
  if (SCAN (&t, "enter") || SCAN (&t, "exit_"))
    {
      set_nothing (event, segment);
      return TRUE;
    }
  if (SCAN (&t, "open_done"))
    return parse_file (text, n, TRUE, event, segment);
  return (length > tail && memcmp (name + length - tail, enter, tail) == 0
          && parse_path (text, n, event, segment))
         || parse_file (text, n, FALSE, event, segment);
}

void
log_trace_events (const LogHeader *header, const char *text, gsize n, LogSegment *segment)
{
  LogEvent event = { .message = (gint32)segment->n - 1, .mid = LOG_NO_MID };
  if (header->function.length
      && parse_trace (header->function.text, header->function.length, text, n, &event,
                      segment))
    g_array_append_val (segment->events, event);
}
