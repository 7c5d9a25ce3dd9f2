/* request-client.c --- the calls of Linux' client

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/request-work.h"

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

GHashTable *
log_table_calls_new (void)
{
  return g_hash_table_new_full (call_hash, call_equal, g_free, NULL);
}

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
    return log_table_intern (table, log_opcodes[event->index]);
  g_autofree char *name = told ? g_strdup_printf ("SMB2 0x%02x", event->index)
                               : g_strdup_printf (LOG_SMB1_OPCODE "%02x", event->index);
  return log_table_intern (table, name);
}

static LogRequest *
add_call (LogRequestTable *table, Process *process, const LogEvent *event, guint32 pid,
          guint32 message)
{
  guint32 opcode = call_opcode (table, event);
  log_table_dispatch (table, process, event, pid, message,
                      log_strings_get (table->strings, opcode));
  LogRequest *r = log_table_request (table, table->all->len - 1);
  r->client = TRUE;
  table->client = TRUE;
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
  LogRequest *r = log_table_request (table, process->negotiate - 1);
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
  LogRequest *r = log_table_request (table, number);
  Process *process = log_table_process (table, r->pid);
  if (!r->session)
    r->session = event->session;
  if (event->index == SESSION_SETUP)
    adopt_negotiate (table, process, r);
  for (guint i = 0; i < process->open->len; i++)
    if (g_array_index (process->open, guint32, i) == number)
      {
        guint32 status = log_table_intern (table, string);
        log_table_end (table, process, i, event, message, status);
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
      process->over = table->over = table->all->len;
      process->over_at = process->messages + event->before;
    }
}

/* The status of what is over, told by the very next message of its process or, where a
   message does not tell which that is, of any.  */
static void
add_call_status (LogRequestTable *table, Process *process, const LogEvent *event,
                 guint32 pid, guint32 message, const char *string)
{
  guint32 over = 0;
  if (process->over && process->messages + event->before == process->over_at + 1)
    over = process->over;
  else if (!pid && table->over
           && log_table_request (table, table->over - 1)->end + 1 == message)
    over = table->over;
  if (over)
    log_table_request (table, over - 1)->status = log_table_intern (table, string);
}

void
log_table_add_call (LogRequestTable *table, Process *process, const LogEvent *event,
                    guint32 pid, guint32 message, const char *string)
{
  switch (event->kind)
    {
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
      add_call_status (table, process, event, pid, message, string);
      break;
    case LOG_CALL_FILE:
      set_file (table, process, event);
      break;
    case LOG_CALL_OPENED:
      set_opened (table, process, event);
      break;
    case LOG_CALL_PATH:
      process->path = process->about = log_table_intern (table, string);
      process->file = 0;
      break;
    default:
      g_assert_not_reached ();
    }
}
