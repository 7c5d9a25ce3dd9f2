/* request.c --- the requests a log tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/request-work.h"

#include <string.h>

const char *const log_opcodes[LOG_OPCODES]
    = { "SMB2_OP_NEGPROT", "SMB2_OP_SESSSETUP", "SMB2_OP_LOGOFF",
        "SMB2_OP_TCON",    "SMB2_OP_TDIS",      "SMB2_OP_CREATE",
        "SMB2_OP_CLOSE",   "SMB2_OP_FLUSH",     "SMB2_OP_READ",
        "SMB2_OP_WRITE",   "SMB2_OP_LOCK",      "SMB2_OP_IOCTL",
        "SMB2_OP_CANCEL",  "SMB2_OP_KEEPALIVE", "SMB2_OP_QUERY_DIRECTORY",
        "SMB2_OP_NOTIFY",  "SMB2_OP_GETINFO",   "SMB2_OP_SETINFO",
        "SMB2_OP_BREAK" };

/* --------------------------------------------------------------- requests */

static void
free_process (gpointer data)
{
  Process *process = data;
  g_array_unref (process->begun);
  g_array_unref (process->open);
  g_free (process);
}

LogRequestTable *
log_request_table_new (void)
{
  LogRequestTable *table = g_new0 (LogRequestTable, 1);
  table->all = g_array_new (FALSE, FALSE, sizeof (LogRequest));
  table->processes = g_hash_table_new_full (NULL, NULL, NULL, free_process);
  table->calls = log_table_calls_new ();
  table->files = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  table->strings = log_strings_new ();
  return table;
}

void
log_request_table_free (LogRequestTable *table)
{
  g_array_unref (table->all);
  g_hash_table_unref (table->processes);
  g_hash_table_unref (table->calls);
  g_hash_table_unref (table->files);
  log_strings_unref (table->strings);
  g_free (table);
}

guint32
log_table_intern (LogRequestTable *table, const char *string)
{
  return log_strings_add (table->strings, string);
}

Process *
log_table_process (LogRequestTable *table, guint32 pid)
{
  Process *process = g_hash_table_lookup (table->processes, GUINT_TO_POINTER (pid));
  if (!process)
    {
      process = g_new0 (Process, 1);
      process->current = LOG_NO_REQUEST;
      process->begun = g_array_new (FALSE, FALSE, sizeof (guint32));
      process->open = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_hash_table_insert (table->processes, GUINT_TO_POINTER (pid), process);
    }
  return process;
}

LogRequest *
log_table_request (const LogRequestTable *table, guint32 i)
{
  return &g_array_index (table->all, LogRequest, i);
}

/* The place in PROCESS' open requests of the one with MID, or -1.  The latest
   that does not wait goes before those that do: with several connections a
   process may have a mid twice.  Without MID it is the one worked on.  */
gint
log_table_find_open (const LogRequestTable *table, const Process *process, guint64 mid)
{
  gint waiting = -1;
  for (gint i = (gint)process->open->len - 1; i >= 0; i--)
    {
      guint32 number = g_array_index (process->open, guint32, i);
      const LogRequest *r = log_table_request (table, number);
      if (mid == LOG_NO_MID ? number == process->current : r->mid == mid)
        {
          if (r->interim == LOG_NO_MESSAGE)
            return i;
          if (waiting < 0)
            waiting = i;
        }
    }
  if (mid == LOG_NO_MID && waiting < 0)
    return (gint)process->open->len - 1;
  return waiting;
}

/* SMB2 CANCEL, SMB1 NT_CANCEL, and what SMB1 sends of a transaction when a message
   has not got room for all.  */
static gboolean
is_unanswered (const char *opcode)
{
  static const char *const opcodes[]
      = { "SMB2_OP_CANCEL", LOG_SMB1_OPCODE "a4", LOG_SMB1_OPCODE "26",
          LOG_SMB1_OPCODE "33", LOG_SMB1_OPCODE "a1" };
  for (gsize i = 0; i < G_N_ELEMENTS (opcodes); i++)
    if (strcmp (opcode, opcodes[i]) == 0)
      return TRUE;
  return FALSE;
}

void
log_table_dispatch (LogRequestTable *table, Process *process, const LogEvent *event,
                    guint32 pid, guint32 message, const char *string)
{
  if (process->current != LOG_NO_REQUEST
      && log_table_request (table, process->current)->suspend == LOG_NO_MESSAGE)
    log_table_request (table, process->current)->suspend = message;
  guint32 number = table->all->len;
  LogRequest r = { .mid = event->mid,
                   .pid = pid,
                   .begin = message,
                   .end = LOG_NO_MESSAGE,
                   .suspend = LOG_NO_MESSAGE,
                   .resume = LOG_NO_MESSAGE,
                   .interim = LOG_NO_MESSAGE,
                   .messages = process->messages + event->before,
                   .opcode = log_table_intern (table, string),
                   .cancel = is_unanswered (string) };
  g_array_append_val (table->all, r);
  g_array_append_val (log_table_process (table, pid)->begun, number);
  if (!r.cancel)
    g_array_append_val (process->open, number);
  process->current = number;
  process->since = message;
}

/* Units of idx: 4 vectors a request, 3 in 3.6.  */
static guint8
compound_position (guint32 index)
{
  if (index <= 1)
    return 0;
  return (guint8)MIN ((index - 1) % 4 == 0 ? (index - 1) / 4 : (index - 1) / 3, 255);
}

/* End the request at PLACE of PROCESS' open ones.  */
void
log_table_end (LogRequestTable *table, Process *process, guint place, const LogEvent *event,
               guint32 message, guint32 status)
{
  guint32 number = g_array_index (process->open, guint32, place);
  LogRequest *r = log_table_request (table, number);
  g_array_remove_index (process->open, place);
  r->end = message;
  r->status = status;
  r->messages = process->messages + event->before - r->messages + 1;
  if (r->suspend != LOG_NO_MESSAGE)
    r->resume = process->since + 1;
  if (process->current == number)
    process->current = LOG_NO_REQUEST;
  process->since = message;
}

static void
add_done (LogRequestTable *table, Process *process, const LogEvent *event, guint32 message,
          const char *string)
{
  gint place = log_table_find_open (table, process, event->mid);
  if (place < 0)
    return;
  guint32 number = g_array_index (process->open, guint32, place);
  log_table_end (table, process, (guint)place, event, message,
                 log_table_intern (table, string));
  log_table_request (table, number)->position = compound_position (event->index);
}

/* ---------------------------------------------------------------------- SMB1 */

#define SMB1_NEGOTIATE LOG_SMB1_OPCODE "72"

static guint32
smb1_opcode (LogRequestTable *table, guint32 command)
{
  g_autofree char *opcode = g_strdup_printf (LOG_SMB1_OPCODE "%02x", command);
  return log_table_intern (table, opcode);
}

static void
add_smb1 (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
          guint32 message)
{
  guint32 opcode = smb1_opcode (table, event->index);
  log_table_dispatch (table, process, event, pid, message,
                      log_strings_get (table->strings, opcode));
}

/* Of an answer in several parts, the first counts.  */
static void
add_smb1_done (LogRequestTable *table, Process *process, const LogEvent *event,
               guint32 message, const char *string)
{
  guint32 opcode = smb1_opcode (table, event->index);
  for (guint i = process->open->len; i-- > 0;)
    {
      const LogRequest *r
          = log_table_request (table, g_array_index (process->open, guint32, i));
      if (r->mid == event->mid && r->opcode == opcode)
        {
          log_table_end (table, process, i, event, message,
                         log_table_intern (table, string));
          return;
        }
    }
}

/* Whether OPCODE is how smbd goes on with a negotiation that began as SMB1's.  */
static gboolean
is_negotiated (const LogRequestTable *table, const Process *process, const LogEvent *event,
               const char *opcode)
{
  return process->current != LOG_NO_REQUEST && event->mid == 0
         && strcmp (opcode, log_opcodes[0]) == 0
         && strcmp (log_strings_get (table->strings,
                                     log_table_request (table, process->current)->opcode),
                    SMB1_NEGOTIATE)
                == 0;
}

static void
rename_request (LogRequestTable *table, Process *process, const char *opcode)
{
  LogRequest *r = log_table_request (table, process->current);
  r->mid = 0;
  r->opcode = log_table_intern (table, opcode);
}

/* --------------------------------------------------------- winbindd's, ksmbd's */

static void
add_winbind (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
             guint32 message, const char *string)
{
  const char *client = strchr (string, '\t');
  g_autofree char *command = g_strndup (string, client ? (gsize)(client - string) : 0);
  log_table_dispatch (table, process, event, pid, message, command);
  LogRequest *r = log_table_request (table, table->all->len - 1);
  r->winbind = TRUE;
  r->session = event->session;
  r->path = log_table_intern (table, client ? client + 1 : "");
  process->current = LOG_NO_REQUEST; /* it works on many at a time */
}

/* Whether EVENT is the end of R: by its trace id or, without, by its client and COMMAND. */
static gboolean
ends_winbind (const LogRequestTable *table, const LogRequest *r, const LogEvent *event,
              const char *command, gsize length)
{
  const char *own = log_strings_get (table->strings, r->opcode);
  if (!r->winbind)
    return FALSE;
  if (event->session && r->session)
    return r->session == event->session;
  return event->mid != LOG_NO_MID && r->mid == event->mid && strlen (own) == length
         && memcmp (own, command, length) == 0;
}

static void
add_winbind_done (LogRequestTable *table, Process *process, const LogEvent *event,
                  guint32 message, const char *string)
{
  const char *status = strchr (string, '\t');
  gsize length = status ? (gsize)(status - string) : 0;
  for (guint i = 0; i < process->open->len; i++)
    {
      const LogRequest *r
          = log_table_request (table, g_array_index (process->open, guint32, i));
      if (!ends_winbind (table, r, event, string, length))
        continue;
      log_table_end (table, process, i, event, message,
                     log_table_intern (table, status ? status + 1 : ""));
      return;
    }
}

/* A request that ksmbd says it has received.  */
static void
add_served (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
            guint32 message)
{
  log_table_dispatch (table, process, event, pid, message, log_opcodes[event->index]);
  LogRequest *r = log_table_request (table, table->all->len - 1);
  r->kernel = TRUE;
  if (!r->cancel)
    g_array_set_size (process->open, process->open->len - 1);
  process->current = LOG_NO_REQUEST;
}

/* The process of EVENT: a line torn from its header may be of another, which
   has an open request with its mid.  */
static Process *
find_process (LogRequestTable *table, const LogEvent *event, guint32 pid)
{
  Process *process = log_table_process (table, pid);
  GHashTableIter iter;
  gpointer other;
  if (!event->torn || event->mid == LOG_NO_MID || event->kind == LOG_DISPATCH
      || log_table_find_open (table, process, event->mid) >= 0)
    return process;
  g_hash_table_iter_init (&iter, table->processes);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    if (log_table_find_open (table, other, event->mid) >= 0)
      return other;
  return process;
}

static void
add_event (LogRequestTable *table, LogSegment *segment, const LogEvent *event,
           guint32 first, guint32 pid_before)
{
  guint32 pid = event->message >= 0 ? segment->pids[event->message]
                : event->pid        ? event->pid
                                    : pid_before;
  guint32 message = first + (guint32)event->message; /* wraps as it should */
  const char *string = segment->strings->str + event->string;
  Process *process = find_process (table, event, pid);
  gint place;
  if (message == LOG_NO_MESSAGE)
    return; /* before the first header */
  switch (event->kind)
    {
    case LOG_DISPATCH:
      if (is_negotiated (table, process, event, string))
        rename_request (table, process, string);
      else
        log_table_dispatch (table, process, event, pid, message, string);
      break;
    case LOG_DONE:
      add_done (table, process, event, message, string);
      break;
    case LOG_PENDING:
      place = log_table_find_open (table, process, event->mid);
      if (place >= 0)
        log_table_request (table, g_array_index (process->open, guint32, place))->interim
            = message;
      break;
    case LOG_PATH:
      if (process->current != LOG_NO_REQUEST
          && !log_table_request (table, process->current)->path)
        log_table_request (table, process->current)->path
            = log_table_intern (table, string);
      break;
    case LOG_SMB1:
      add_smb1 (table, process, event, pid, message);
      break;
    case LOG_SMB1_DONE:
      add_smb1_done (table, process, event, message, string);
      break;
    case LOG_CALL:
    case LOG_CALL_DONE:
    case LOG_CALL_OVER:
    case LOG_CALL_OPEN:
    case LOG_CALL_STATUS:
    case LOG_CALL_FILE:
    case LOG_CALL_OPENED:
    case LOG_CALL_PATH:
      log_table_add_call (table, process, event, pid, message, string);
      break;
    case LOG_WINBIND:
      add_winbind (table, process, event, pid, message, string);
      break;
    case LOG_WINBIND_DONE:
    case LOG_WINBIND_TOOK:
      add_winbind_done (table, process, event, message, string);
      break;
    case LOG_SERVED:
      add_served (table, process, event, pid, message);
      break;
    }
}

void
log_request_table_add (LogRequestTable *table, LogSegment *segment, guint known,
                       guint32 first, guint32 pid)
{
  for (guint i = known; i < segment->events->len; i++)
    add_event (table, segment, &g_array_index (segment->events, LogEvent, i), first, pid);
  for (guint i = 0; i < segment->counts->len; i++)
    {
      const LogCount *count = &g_array_index (segment->counts, LogCount, i);
      log_table_process (table, count->pid)->messages += count->messages;
    }
}

void
log_request_table_rewind (LogRequestTable *table, const LogSegment *segment)
{
  for (guint i = 0; i < segment->counts->len; i++)
    {
      const LogCount *count = &g_array_index (segment->counts, LogCount, i);
      log_table_process (table, count->pid)->messages -= count->messages;
    }
}

guint32
log_request_table_count (const LogRequestTable *table)
{
  return table->all->len;
}

/* ---------------------------------------------------- where a message belongs */

/* How far back a request that waits for long, such as a notify, is looked for.  */
#define MOST_WAITING 500

/* The client's request that MESSAGE ends, or LOG_NO_REQUEST.  */
static guint32
call_ended_by (const LogRequestTable *table, guint32 message)
{
  for (guint32 i = table->client ? table->all->len : 0; i-- > 0;)
    {
      const LogRequest *r = log_table_request (table, i);
      if (r->client && r->end == message)
        return i;
    }
  return LOG_NO_REQUEST;
}

/* How many of BEGUN, requests of one process, began up to MESSAGE.  */
static guint
count_begun (const LogRequestTable *table, const GArray *begun, guint32 message)
{
  guint low = 0, high = begun->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      guint32 number = g_array_index (begun, guint32, middle);
      if (log_table_request (table, number)->begin <= message)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

guint32
log_request_table_of (const LogRequestTable *table, guint32 message, guint32 pid)
{
  /* A client's connection, which is another process, may have the reply.  */
  guint32 call = call_ended_by (table, message);
  const Process *process = g_hash_table_lookup (table->processes, GUINT_TO_POINTER (pid));
  if (call != LOG_NO_REQUEST || !process)
    return call;
  guint begun = count_begun (table, process->begun, message);
  for (guint earlier = 0; earlier < begun && earlier <= MOST_WAITING; earlier++)
    {
      guint32 number = g_array_index (process->begun, guint32, begun - earlier - 1);
      const LogRequest *r = log_table_request (table, number);
      gboolean belongs = r->end == LOG_NO_MESSAGE
                             /* One without an end is over when the next one begins.  */
                             ? earlier == 0
                             : message <= r->end;
      if (belongs)
        return number;
    }
  return LOG_NO_REQUEST;
}

guint32
log_request_table_step (const LogRequestTable *table, guint32 message, guint32 pid,
                        gint count)
{
  g_autoptr (GArray) own = g_array_new (FALSE, FALSE, sizeof (guint32));
  gint here = -1;
  for (guint32 i = 0; i < table->all->len; i++)
    {
      const LogRequest *r = log_table_request (table, i);
      if (r->pid != pid)
        continue;
      if (r->begin <= message)
        here = (gint)own->len;
      g_array_append_val (own, i);
    }
  /* Backwards, the beginning of this one comes first.  */
  if (count < 0 && here >= 0
      && log_table_request (table, g_array_index (own, guint32, here))->begin != message)
    here++;
  gint64 next = (gint64)here + count;
  return next >= 0 && next < own->len ? g_array_index (own, guint32, next) : LOG_NO_REQUEST;
}

/* -------------------------------------------------------------- snapshots */

struct _LogRequests
{
  gint references; /* atomic */
  guint32 n;
  guint32 n_strings;
  LogStrings *strings;
  LogRequest all[];
};

LogRequests *
log_request_table_snapshot (LogRequestTable *table, guint32 from, guint32 count)
{
  from = MIN (from, table->all->len);
  count = MIN (count, table->all->len - from);
  LogRequests *requests = g_malloc (sizeof *requests + count * sizeof (LogRequest));
  requests->references = 1;
  requests->n = count;
  requests->n_strings = log_strings_count (table->strings);
  requests->strings = log_strings_ref (table->strings);
  if (count)
    memcpy (requests->all, log_table_request (table, from), count * sizeof (LogRequest));
  return requests;
}

LogRequests *
log_requests_ref (LogRequests *requests)
{
  g_atomic_int_inc (&requests->references);
  return requests;
}

void
log_requests_unref (LogRequests *requests)
{
  if (!g_atomic_int_dec_and_test (&requests->references))
    return;
  log_strings_unref (requests->strings);
  g_free (requests);
}

guint32
log_requests_count (const LogRequests *requests)
{
  return requests->n;
}

const LogRequest *
log_requests_get (const LogRequests *requests, guint32 i)
{
  return &requests->all[i];
}

guint32
log_requests_strings (const LogRequests *requests)
{
  return requests->n_strings;
}

const char *
log_requests_string (const LogRequests *requests, guint32 string)
{
  return log_strings_get (requests->strings, string);
}
