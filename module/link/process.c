/* process.c --- whose a log's messages are, and which connections

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/process.h"

#include <string.h>

/* An id that a process gave, of link_id.  */
typedef struct
{
  gint64 id;
  gboolean session;
} LinkId;

static void
process_free (gpointer data)
{
  LinkProcess *process = data;
  g_array_unref (process->ids);
  g_hash_table_unref (process->clients);
  g_hash_table_unref (process->streams);
  g_free (process);
}

static LinkProcess *
process_new (guint32 pid)
{
  LinkProcess *process = g_new0 (LinkProcess, 1);
  process->pid = pid;
  process->end = process->first = process->second = process->begin = LOG_NO_MESSAGE;
  process->ids = g_array_new (FALSE, FALSE, sizeof (LinkId));
  process->clients = g_hash_table_new (g_str_hash, g_str_equal);
  process->streams = g_hash_table_new (NULL, NULL);
  return process;
}

LinkProcess *
link_process_at (LinkProcesses *processes, guint32 pid, guint32 message)
{
  gpointer key = GUINT_TO_POINTER (processes->client ? 0 : pid);
  GPtrArray *all = g_hash_table_lookup (processes->all, key);
  if (!all)
    {
      all = g_ptr_array_new_with_free_func (process_free);
      g_hash_table_insert (processes->all, key, all);
    }
  for (guint i = 0; i < all->len; i++)
    {
      LinkProcess *process = all->pdata[i];
      if (message <= process->end)
        return process;
    }
  LinkProcess *process = process_new (pid);
  g_ptr_array_add (all, process);
  return process;
}

/* Older kernels write a tree's as a signed number.  */
static gint64
fact_id (const LogFact *fact)
{
  return link_id (fact->kind, fact->value[0] == '-'
                                  ? (guint32)g_ascii_strtoll (fact->value, NULL, 10)
                                  : (guint32)g_ascii_strtoull (fact->value, NULL, 0));
}

static void
note_client (LinkProcess *process, const LogFact *fact)
{
  g_hash_table_add (process->clients, (gpointer)fact->value);
  /* Samba 3 leaves out the port.  */
  if (!g_str_has_prefix (fact->value, "ipv"))
    return;
  process->has_port = process->identified = TRUE;
  if (!process->first_client)
    {
      process->first_client = fact->value;
      process->first = fact->message;
    }
  else if (process->second == LOG_NO_MESSAGE && strcmp (process->first_client, fact->value))
    process->second = fact->message;
}

static void
sort_facts (LinkProcesses *processes, const LogFacts *facts)
{
  for (guint i = 0; i < log_facts_count (facts); i++)
    {
      const LogFact *fact = log_facts_get (facts, i);
      LinkProcess *process = link_process_at (processes, fact->pid, fact->message);
      const LinkId id = { fact_id (fact), fact->kind == LOG_SESSION };
      switch (fact->kind)
        {
        case LOG_CLIENT:
          note_client (process, fact);
          break;
        case LOG_SESSION:
          process->has_sessions = TRUE;
          G_GNUC_FALLTHROUGH;
        case LOG_TREE:
        case LOG_OPEN:
          g_array_append_val (process->ids, id);
          /* Small ids, which any server may give, do not identify a client.  */
          process->identified |= !processes->client || (guint32)id.id >= LINK_SMALLEST_ID;
          break;
        case LOG_EXIT:
          process->end = fact->message;
          break;
        case LOG_CONNECTION:
          process->connections++;
          break;
        default:
          break;
        }
    }
}

/* Whether log and capture have sessions here and none in common.  PROCESS's connections
   by sessions must be known.  */
static gboolean
is_contradicted (const LinkProcess *process, const LinkCapture *capture, gpointer stream)
{
  return process->has_sessions && g_hash_table_contains (capture->has_sessions, stream)
         && !g_hash_table_contains (process->streams, stream);
}

/* The connections that have to do with PROCESS's sessions, or with what else it gave an
   id.  Clients may ask for what another connection of theirs has opened.  */
static void
find_streams_by_ids (LinkProcess *process, const LinkCapture *capture, gboolean sessions)
{
  for (guint i = 0; i < process->ids->len; i++)
    {
      const LinkId *id = &g_array_index (process->ids, LinkId, i);
      const GArray *streams = g_hash_table_lookup (capture->streams_of, &id->id);
      for (guint s = 0; streams && s < streams->len; s++)
        {
          gpointer stream = GUINT_TO_POINTER (g_array_index (streams, guint32, s));
          if (sessions == id->session
              && (sessions || !is_contradicted (process, capture, stream)))
            g_hash_table_add (process->streams, stream);
        }
    }
}

/* A client's address and port say whose a connection is, too.  */
static void
find_streams_by_clients (LinkProcess *process, const LinkCapture *capture)
{
  GHashTableIter iter;
  gpointer stream, client;
  g_hash_table_iter_init (&iter, capture->clients);
  while (g_hash_table_iter_next (&iter, &stream, &client))
    if (g_hash_table_contains (process->clients, client)
        && !is_contradicted (process, capture, stream))
      g_hash_table_add (process->streams, stream);
}

static void
claim_streams (LinkProcesses *processes, const LinkProcess *process)
{
  GHashTableIter iter;
  gpointer stream;
  g_hash_table_iter_init (&iter, process->streams);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    g_hash_table_remove (processes->unclaimed, stream);
}

static void
find_streams (LinkProcesses *processes)
{
  for (guint i = 0; i < processes->capture->pdus->len; i++)
    g_hash_table_add (
        processes->unclaimed,
        GUINT_TO_POINTER (g_array_index (processes->capture->pdus, LinkPdu, i).stream));

  GHashTableIter iter;
  gpointer all;
  g_hash_table_iter_init (&iter, processes->all);
  while (g_hash_table_iter_next (&iter, NULL, &all))
    for (guint i = 0; i < ((GPtrArray *)all)->len; i++)
      {
        LinkProcess *process = ((GPtrArray *)all)->pdata[i];
        find_streams_by_ids (process, processes->capture, TRUE);
        find_streams_by_ids (process, processes->capture, FALSE);
        find_streams_by_clients (process, processes->capture);
        claim_streams (processes, process);
      }
}

void
link_processes_init (LinkProcesses *processes, const LogFacts *facts,
                     const LinkCapture *capture, gboolean client)
{
  processes->capture = capture;
  processes->client = client;
  processes->all
      = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
  processes->unclaimed = g_hash_table_new (NULL, NULL);
  sort_facts (processes, facts);
  find_streams (processes);
}

void
link_processes_clear (LinkProcesses *processes)
{
  g_hash_table_unref (processes->all);
  g_hash_table_unref (processes->unclaimed);
}

/* Whether addresses in the log are those in CAPTURE: there may be a translator
   between.  */
static gboolean
has_known_client (const LinkProcess *process, const LinkCapture *capture)
{
  GHashTableIter iter;
  gpointer stream;
  g_hash_table_iter_init (&iter, process->streams);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    {
      const char *client = g_hash_table_lookup (capture->clients, stream);
      if (client && g_hash_table_contains (process->clients, client))
        return TRUE;
    }
  return FALSE;
}

const char *
link_process_only_client (LinkProcess *process, const LinkCapture *capture, guint32 message)
{
  if (process->begin == LOG_NO_MESSAGE)
    process->begin = message;
  /* Requests before the first connection in the log are of an earlier one.  */
  if (process->second == LOG_NO_MESSAGE || message >= process->second
      || process->first > process->begin || !has_known_client (process, capture))
    return NULL;
  return process->first_client;
}
