/* form.c --- what the lines of a log look like

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/form.h"

#include "log/carrier.h"
#include "log/ctdb.h"
#include "log/graph.h"
#include "log/kernel.h"
#include "log/ksmbd.h"
#include "log/samba.h"
#include "log/trace.h"

static gboolean
scan_samba (Text *text, LogClock *clock, LogHeader *header)
{
  Text t = *text;
  /* A prefix may end in two blanks.  */
  if (header->carried)
    skip_spaces (&t);
  if (!log_samba_scan (&t, FALSE, clock, header))
    return FALSE;
  *text = t;
  return TRUE;
}

static gboolean
scan_trace (Text *text, LogClock *clock G_GNUC_UNUSED, LogHeader *header)
{
  return !header->carried && log_trace_scan (text, header);
}

static gboolean
scan_graph (Text *text, LogClock *clock G_GNUC_UNUSED, LogHeader *header)
{
  return !header->carried && log_graph_scan (text, header);
}

static gboolean
scan_ctdb (Text *text, LogClock *clock G_GNUC_UNUSED, LogHeader *header)
{
  return log_ctdb_scan (text, header);
}

/* Tried from the last to the first; the kernel's are of two, which one scan tells
   apart.  */
const LogForm log_forms[N_LOG_FORMS]
    = { [LOG_FORM_TEXT] = { "text", NULL, NULL },
        [LOG_FORM_SYSLOG] = { "syslog", NULL, NULL },
        [LOG_FORM_KSMBD] = { "ksmbd", NULL, log_ksmbd_events },
        [LOG_FORM_KERNEL] = { "kernel", log_kernel_scan, log_kernel_events },
        [LOG_FORM_CTDB] = { "ctdb", scan_ctdb, NULL },
        [LOG_FORM_GRAPH] = { "function_graph", scan_graph, log_trace_events },
        [LOG_FORM_TRACE] = { "trace", scan_trace, log_trace_events },
        [LOG_FORM_SAMBA] = { "samba", scan_samba, NULL } };

static const LogFormKind order[]
    = { LOG_FORM_SAMBA, LOG_FORM_KERNEL, LOG_FORM_CTDB, LOG_FORM_TRACE, LOG_FORM_GRAPH };

/* The line that TEXT begins.  A header of Samba's ends with its line.  */
static Text
line_of (const char *text, gsize n)
{
  gsize limit = MIN (n, 2 * LOG_HEADER_MAX);
  const char *newline = memchr (text, '\n', limit);
  return (Text){ text, newline ? newline + 1 : text + limit };
}

gsize
log_line_prefix (const char *text, gsize n, const LogShape *shape, LogClock *clock,
                 LogHeader *header)
{
  Text t = line_of (text, n);
  *header = (LogHeader)LOG_HEADER_INIT;
  if (!log_carrier_scan (&t, shape, clock, header))
    return 0;
  header->carried = TRUE;
  header->carrier_pid = header->pid;
  header->form = LOG_FORM_SYSLOG;
  return (gsize)(t.at - text);
}

gboolean
log_line_parse (const char *text, gsize n, const LogShape *shape, LogClock *clock,
                LogHeader *header)
{
  Text t = { text, text + MIN (n, 2 * LOG_HEADER_MAX) };
  gboolean carried = n && *text != '[';
  *header = (LogHeader)LOG_HEADER_INIT;
  /* Most lines begin with Samba's header, and have none before it; mail programs break
     it.  */
  if (!carried && log_samba_scan (&t, FALSE, clock, header))
    {
      header->length = (gsize)(t.at - text);
      return TRUE;
    }
  gsize prefix = log_line_prefix (text, n, shape, clock, header);
  t = line_of (text, n);
  t.at = text + prefix;
  for (gsize i = 0; i < G_N_ELEMENTS (order); i++)
    {
      LogHeader found = *header;
      Text rest = t;
      if (log_forms[order[i]].scan (&rest, clock, &found))
        {
          *header = found;
          header->length = (gsize)(rest.at - text);
          return TRUE;
        }
    }
  header->length = prefix;
  return prefix > 0;
}

gboolean
log_line_parse_inside (const char *text, gsize n, LogClock *clock, LogHeader *header)
{
  Text t = line_of (text, n);
  *header = (LogHeader)LOG_HEADER_INIT;
  if (!log_samba_scan (&t, TRUE, clock, header))
    return FALSE;
  header->length = (gsize)(t.at - text);
  return TRUE;
}
