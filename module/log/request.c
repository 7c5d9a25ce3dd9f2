/* request.c --- the requests a log tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/request.h"

#include <string.h>

#include "log/strings.h"

const char *const log_opcodes[LOG_OPCODES]
    = { "SMB2_OP_NEGPROT", "SMB2_OP_SESSSETUP", "SMB2_OP_LOGOFF",
        "SMB2_OP_TCON",    "SMB2_OP_TDIS",      "SMB2_OP_CREATE",
        "SMB2_OP_CLOSE",   "SMB2_OP_FLUSH",     "SMB2_OP_READ",
        "SMB2_OP_WRITE",   "SMB2_OP_LOCK",      "SMB2_OP_IOCTL",
        "SMB2_OP_CANCEL",  "SMB2_OP_KEEPALIVE", "SMB2_OP_QUERY_DIRECTORY",
        "SMB2_OP_NOTIFY",  "SMB2_OP_GETINFO",   "SMB2_OP_SETINFO",
        "SMB2_OP_BREAK" };

/* --------------------------------------------------------------- requests */

/* What is known of a process so far.  */
typedef struct
{
  guint32 messages;  /* in the segments before */
  guint32 current;   /* the request it works on, or LOG_NO_REQUEST */
  guint32 since;     /* the message after which no request ended or began */
  GArray *open;      /* of guint32: requests without end, oldest first */
  guint32 path;      /* of a client: what the next call opens, or 0 */
  guint32 about;     /* the same: what those are about that come with it, or 0 */
  guint32 file;      /* the same: what the next one is about, an open file, or 0 */
  guint32 negotiate; /* the same: the latest call of that kind + 1, or 0 */
  guint32 over;      /* the same: the latest that is over + 1, or 0 */
  guint32 over_at;   /* how many messages the process had written then */
} Process;

#define LOG_NO_REQUEST G_MAXUINT32

/* A client's call that has no reply yet.  */
typedef struct
{
  guint64 session, mid;
  guint32 pid; /* only if the session is not known */
  guint32 cmd;
} Call;

static guint
call_hash (gconstpointer data)
{
  const Call *call = data;
  return (guint)((call->session ^ call->mid * 2654435761u) ^ call->pid * 40503u
                 ^ call->cmd);
}

static gboolean
call_equal (gconstpointer a, gconstpointer b)
{
  const Call *x = a, *y = b;
  return x->session == y->session && x->mid == y->mid && x->pid == y->pid
         && x->cmd == y->cmd;
}

struct _LogRequestTable
{
  GArray *all;           /* of LogRequest */
  GHashTable *processes; /* pid -> Process */
  GHashTable *calls;     /* Call -> number of the request */
  GHashTable *files;     /* a client's open files: id -> path */
  gboolean smb1;         /* the kernel's log speaks of SMB1 by now */
  LogStrings *strings;
};

static void
free_process (gpointer data)
{
  Process *process = data;
  g_array_unref (process->open);
  g_free (process);
}

LogRequestTable *
log_request_table_new (void)
{
  LogRequestTable *table = g_new0 (LogRequestTable, 1);
  table->all = g_array_new (FALSE, FALSE, sizeof (LogRequest));
  table->processes = g_hash_table_new_full (NULL, NULL, NULL, free_process);
  table->calls = g_hash_table_new_full (call_hash, call_equal, g_free, NULL);
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

static guint32
intern (LogRequestTable *table, const char *string)
{
  return log_strings_add (table->strings, string);
}

static Process *
process_of (LogRequestTable *table, guint32 pid)
{
  Process *process = g_hash_table_lookup (table->processes, GUINT_TO_POINTER (pid));
  if (!process)
    {
      process = g_new0 (Process, 1);
      process->current = LOG_NO_REQUEST;
      process->open = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_hash_table_insert (table->processes, GUINT_TO_POINTER (pid), process);
    }
  return process;
}

static LogRequest *
request (const LogRequestTable *table, guint32 i)
{
  return &g_array_index (table->all, LogRequest, i);
}

/* The place in PROCESS' open requests of the one with MID, or -1.  The latest
   that does not wait goes before those that do: with several connections a
   process may have a mid twice.  Without MID it is the one worked on.  */
static gint
find_open (const LogRequestTable *table, const Process *process, guint64 mid)
{
  gint waiting = -1;
  for (gint i = (gint)process->open->len - 1; i >= 0; i--)
    {
      guint32 number = g_array_index (process->open, guint32, i);
      const LogRequest *r = request (table, number);
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

static void
add_dispatch (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
              guint32 message, const char *string)
{
  if (process->current != LOG_NO_REQUEST
      && request (table, process->current)->suspend == LOG_NO_MESSAGE)
    request (table, process->current)->suspend = message;
  guint32 number = table->all->len;
  LogRequest r = { .mid = event->mid,
                   .pid = pid,
                   .begin = message,
                   .end = LOG_NO_MESSAGE,
                   .suspend = LOG_NO_MESSAGE,
                   .resume = LOG_NO_MESSAGE,
                   .interim = LOG_NO_MESSAGE,
                   .messages = process->messages + event->before,
                   .opcode = intern (table, string),
                   .cancel = is_unanswered (string) };
  g_array_append_val (table->all, r);
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
static void
end_request (LogRequestTable *table, Process *process, guint place, const LogEvent *event,
             guint32 message, guint32 status)
{
  guint32 number = g_array_index (process->open, guint32, place);
  LogRequest *r = request (table, number);
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
  gint place = find_open (table, process, event->mid);
  if (place < 0)
    return;
  guint32 number = g_array_index (process->open, guint32, place);
  end_request (table, process, (guint)place, event, message, intern (table, string));
  request (table, number)->position = compound_position (event->index);
}

/* ---------------------------------------------------------------------- SMB1 */

#define SMB1_NEGOTIATE LOG_SMB1_OPCODE "72"

static guint32
smb1_opcode (LogRequestTable *table, guint32 command)
{
  g_autofree char *opcode = g_strdup_printf (LOG_SMB1_OPCODE "%02x", command);
  return intern (table, opcode);
}

static void
add_smb1 (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
          guint32 message)
{
  guint32 opcode = smb1_opcode (table, event->index);
  add_dispatch (table, process, event, pid, message,
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
      const LogRequest *r = request (table, g_array_index (process->open, guint32, i));
      if (r->mid == event->mid && r->opcode == opcode)
        {
          end_request (table, process, i, event, message, intern (table, string));
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
         && strcmp (
                log_strings_get (table->strings, request (table, process->current)->opcode),
                SMB1_NEGOTIATE)
                == 0;
}

static void
rename_request (LogRequestTable *table, Process *process, const char *opcode)
{
  LogRequest *r = request (table, process->current);
  r->mid = 0;
  r->opcode = intern (table, opcode);
}

/* ---------------------------------------------------------------- a client's */

enum
{
  NEGOTIATE = 0,
  SESSION_SETUP = 1,
  TREE_DISCONNECT = 4,
  CREATE = 5,
  CLOSE = 6,
  IOCTL = 11,
  QUERY_DIRECTORY = 14,
  GETINFO = 16,
  SETINFO = 17
};

static Call
call_of (const LogEvent *event, guint64 session, guint32 pid)
{
  return (Call){ session, event->mid, session ? 0 : pid, event->index };
}

/* What the command of EVENT is called.  The kernel's log does not tell the
   protocol: SMB2 has no commands from 19 on, and begins with 0, which SMB1, whose
   message ids are never 0, does not.  */
static guint32
call_opcode (LogRequestTable *table, const LogEvent *event)
{
  gboolean told = event->kind == LOG_CALL;
  if (!told && event->index >= LOG_OPCODES)
    table->smb1 = TRUE;
  else if (!told && event->index == NEGOTIATE && event->mid == 0)
    table->smb1 = FALSE;
  if (!(table->smb1 && !told) && event->index < LOG_OPCODES)
    return intern (table, log_opcodes[event->index]);
  g_autofree char *name = told ? g_strdup_printf ("SMB2 0x%02x", event->index)
                               : g_strdup_printf (LOG_SMB1_OPCODE "%02x", event->index);
  return intern (table, name);
}

static LogRequest *
add_call (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
          guint32 message)
{
  guint32 opcode = call_opcode (table, event);
  add_dispatch (table, process, event, pid, message,
                log_strings_get (table->strings, opcode));
  LogRequest *r = request (table, table->all->len - 1);
  r->client = TRUE;
  r->session = event->session;
  return r;
}

/* Whether what COMMAND is called with an open, as a compound, is about the same.  */
static gboolean
goes_with_open (guint32 command)
{
  return command == CLOSE || command == GETINFO || command == SETINFO || command == IOCTL
         || command == QUERY_DIRECTORY;
}

/* The file with the id of EVENT is what the next call of PROCESS is about.  */
static void
set_file (LogRequestTable *table, Process *process, const LogEvent *event)
{
  process->path = process->about = 0;
  process->file
      = GPOINTER_TO_UINT (g_hash_table_lookup (table->files, (gint64 *)&event->mid));
}

/* What PROCESS opened has the id of EVENT now.  */
static void
set_opened (LogRequestTable *table, Process *process, const LogEvent *event)
{
  if (!process->about)
    return;
  gint64 *id = g_new (gint64, 1);
  *id = (gint64)event->mid;
  g_hash_table_replace (table->files, id, GUINT_TO_POINTER (process->about));
}

/* A call of which the reply will be told.  */
static void
add_open_call (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
               guint32 message)
{
  LogRequest *r = add_call (table, process, event, pid, message);
  if (event->index == CREATE || event->index == TREE_DISCONNECT)
    r->path = process->path;
  else
    r->path = process->file                   ? process->file
              : goes_with_open (event->index) ? process->about
                                              : 0;
  process->path = process->file = 0;
  if (event->index == NEGOTIATE)
    process->negotiate = table->all->len;
  Call *call = g_new (Call, 1);
  *call = call_of (event, event->session, pid);
  g_hash_table_replace (table->calls, call, GUINT_TO_POINTER (table->all->len - 1));
}

/* The open call that EVENT, of process PID, is the reply to; the first of a session
   has none before.  */
static guint32
close_call (LogRequestTable *table, const LogEvent *event, guint32 pid)
{
  gpointer number;
  Call call = call_of (event, event->session, pid);
  if (!g_hash_table_lookup_extended (table->calls, &call, NULL, &number))
    {
      call = call_of (event, 0, pid);
      if (!g_hash_table_lookup_extended (table->calls, &call, NULL, &number))
        return LOG_NO_REQUEST;
    }
  g_hash_table_remove (table->calls, &call);
  return GPOINTER_TO_UINT (number);
}

/* A session is set up right after its connection is negotiated, by the same
   process: that is of no session yet, but of this connection.  */
static void
adopt_negotiate (LogRequestTable *table, const Process *process, const LogRequest *setup)
{
  if (!process->negotiate)
    return;
  LogRequest *r = request (table, process->negotiate - 1);
  if (!r->session && r->mid + 1 == setup->mid)
    r->session = setup->session;
}

static void
add_call_done (LogRequestTable *table, const LogEvent *event, guint32 pid, guint32 message,
               const char *string)
{
  guint32 number = close_call (table, event, pid);
  if (number == LOG_NO_REQUEST)
    return;
  LogRequest *r = request (table, number);
  Process *process = process_of (table, r->pid);
  if (!r->session)
    r->session = event->session;
  if (event->index == SESSION_SETUP)
    adopt_negotiate (table, process, r);
  for (guint i = 0; i < process->open->len; i++)
    if (g_array_index (process->open, guint32, i) == number)
      {
        guint32 status = intern (table, string);
        end_request (table, process, i, event, message, status);
        break;
      }
  /* Another process, that of the connection, may have the reply.  */
  if (r->pid != pid)
    r->messages = 2;
}

/* A call of which nothing else is told.  */
static void
add_call_alone (LogRequestTable *table, Process *process, const LogEvent *event,
                guint32 pid, guint32 message)
{
  LogRequest *r = add_call (table, process, event, pid, message);
  if (!r->cancel)
    g_array_set_size (process->open, process->open->len - 1);
  process->current = LOG_NO_REQUEST;
  if (event->kind == LOG_CALL_OVER)
    {
      r->end = message;
      r->messages = 1;
      process->over = table->all->len;
      process->over_at = process->messages + event->before;
    }
}

/* The status of what is over, told by the very next message of its process.  */
static void
add_call_status (LogRequestTable *table, Process *process, const LogEvent *event,
                 const char *string)
{
  if (process->over && process->messages + event->before == process->over_at + 1)
    request (table, process->over - 1)->status = intern (table, string);
}

/* --------------------------------------------------------- winbindd's, ksmbd's */

static void
add_winbind (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
             guint32 message, const char *string)
{
  const char *client = strchr (string, '\t');
  g_autofree char *command = g_strndup (string, client ? (gsize)(client - string) : 0);
  add_dispatch (table, process, event, pid, message, command);
  LogRequest *r = request (table, table->all->len - 1);
  r->winbind = TRUE;
  r->session = event->session;
  r->path = intern (table, client ? client + 1 : "");
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
      const LogRequest *r = request (table, g_array_index (process->open, guint32, i));
      if (!ends_winbind (table, r, event, string, length))
        continue;
      end_request (table, process, i, event, message,
                   intern (table, status ? status + 1 : ""));
      return;
    }
}

/* A request that ksmbd says it has received.  */
static void
add_served (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
            guint32 message)
{
  add_dispatch (table, process, event, pid, message, log_opcodes[event->index]);
  LogRequest *r = request (table, table->all->len - 1);
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
  Process *process = process_of (table, pid);
  GHashTableIter iter;
  gpointer other;
  if (!event->torn || event->mid == LOG_NO_MID || event->kind == LOG_DISPATCH
      || find_open (table, process, event->mid) >= 0)
    return process;
  g_hash_table_iter_init (&iter, table->processes);
  while (g_hash_table_iter_next (&iter, NULL, &other))
    if (find_open (table, other, event->mid) >= 0)
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
        add_dispatch (table, process, event, pid, message, string);
      break;
    case LOG_DONE:
      add_done (table, process, event, message, string);
      break;
    case LOG_PENDING:
      place = find_open (table, process, event->mid);
      if (place >= 0)
        request (table, g_array_index (process->open, guint32, place))->interim = message;
      break;
    case LOG_PATH:
      if (process->current != LOG_NO_REQUEST && !request (table, process->current)->path)
        request (table, process->current)->path = intern (table, string);
      break;
    case LOG_SMB1:
      add_smb1 (table, process, event, pid, message);
      break;
    case LOG_SMB1_DONE:
      add_smb1_done (table, process, event, message, string);
      break;
    case LOG_CALL:
      add_open_call (table, process, event, pid, message);
      break;
    case LOG_CALL_DONE:
      add_call_done (table, event, pid, message, string);
      break;
    case LOG_CALL_OVER:
    case LOG_CALL_OPEN:
      add_call_alone (table, process, event, pid, message);
      break;
    case LOG_CALL_STATUS:
      add_call_status (table, process, event, string);
      break;
    case LOG_CALL_FILE:
      set_file (table, process, event);
      break;
    case LOG_CALL_OPENED:
      set_opened (table, process, event);
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
    case LOG_CALL_PATH:
      process->path = process->about = intern (table, string);
      process->file = 0;
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
      process_of (table, count->pid)->messages += count->messages;
    }
}

void
log_request_table_rewind (LogRequestTable *table, const LogSegment *segment)
{
  for (guint i = 0; i < segment->counts->len; i++)
    {
      const LogCount *count = &g_array_index (segment->counts, LogCount, i);
      process_of (table, count->pid)->messages -= count->messages;
    }
}

guint32
log_request_table_count (const LogRequestTable *table)
{
  return table->all->len;
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
    memcpy (requests->all, request (table, from), count * sizeof (LogRequest));
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
