/* fact.c --- who is who in a log: clients, users, shares, sessions

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/fact.h"

#include <string.h>

#include "log/strings.h"

const char *const log_fact_names[N_LOG_FACTS]
    = { [LOG_CLIENT] = "client", [LOG_USER] = "user",
        [LOG_SHARE] = "share",   [LOG_SESSION] = "session",
        [LOG_TREE] = "tree",     [LOG_OPEN] = "open",
        [LOG_EXIT] = "exit",     [LOG_CONNECTION] = "connection" };

/* Behind which words what is, up to which others; "" is the end of the line.  */
static const struct
{
  const char *function; /* that says so, or begins so */
  LogFactKind kind;
  const char *sign;           /* is in the line */
  const char *before, *after; /* are around the value */
} phrases[] = {
  { "smbd_add_connection", LOG_CLIENT, "Connection allowed from ", "from ", " to " },
  { "smbd_process", LOG_CLIENT, "Connection allowed from ", "from ", " to " },
  { "smbd_add_connection", LOG_CLIENT, "Connection denied from ", "from ", " to " },
  { "smbd_process", LOG_CLIENT, "Connection denied from ", "from ", " to " },
  { "allow_access", LOG_CLIENT, "Allowed connection from ", "from ", " " },
  { "allow_access", LOG_CLIENT, "Denied connection from ", "from ", " " },
  { "auth_check_ntlm_password", LOG_USER, "Authentication for user [", "user [", "]" },
  { "check_ntlm_password", LOG_USER, "Authentication for user [", "user [", "]" },
  { "log_authentication_event_human_readable", LOG_USER, "Auth: [", "]\\[", "]" },
  { "log_authentication_event_human_readable", LOG_CLIENT, "Auth: [", "remote host [",
    "]" },
  { "log_json", LOG_USER, "\"clientAccount\": \"", "\"clientAccount\": \"", "\"" },
  { "log_json", LOG_CLIENT, "\"remoteAddress\": \"", "\"remoteAddress\": \"", "\"" },
  { "audit_log_json", LOG_USER, "\"clientAccount\": \"", "\"clientAccount\": \"", "\"" },
  { "audit_log_json", LOG_CLIENT, "\"remoteAddress\": \"", "\"remoteAddress\": \"", "\"" },
  { "check_access", LOG_CLIENT, "Allowed connection from ", "from ", " " },
  { "make_connection_snum", LOG_CLIENT, " connect to service ", " (", ") " },
  { "make_connection_snum", LOG_SHARE, " connect to service ", "service ", " initially" },
  { "make_connection_snum", LOG_USER, " connect to service ", " as user ", " (uid=" },
  { "auth_check_ntlm_password", LOG_USER, "authentication for user [", "user [", "]" },
  { "check_ntlm_password", LOG_USER, "authentication for user [", "user [", "]" },
  { "log_successful_authz", LOG_USER, "Successful AuthZ: ", "]\\[", "]" },
  { "smbXsrv_session_update", LOG_SESSION, "smbXsrv_session_update: global_id (",
    "global_id (", ")" },
  { "smbXsrv_session_create", LOG_SESSION, "smbXsrv_session_create: global_id (",
    "global_id (", ")" },
  { "smbXsrv_tcon_create", LOG_TREE, "smbXsrv_tcon_create: global_id (", "global_id (",
    ")" },
  { "smbXsrv_open_create", LOG_OPEN, "smbXsrv_open_create: global_id (", "global_id (",
    ")" },
  { "smbXsrv_connection_destructor", LOG_CLIENT, "xconn[", ",addr=", "]" },
  { "", LOG_CONNECTION, "Socket created", "Socket ", "" },
  { "", LOG_TREE, "IPC tcon rc=0 ipc tid=", "tid=", "" },
  { "", LOG_TREE, "IPC tcon rc = 0 ipc tid = ", "tid = ", "" },
  { "", LOG_SESSION, "cifs_put_smb_ses: id=0x", "id=", " " }
};

G_STATIC_ASSERT (G_N_ELEMENTS (phrases) < 32);

guint32
log_fact_function (const char *function)
{
  guint32 wanted = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (phrases); i++)
    if (!*function
        || (*phrases[i].function && g_str_has_prefix (function, phrases[i].function)))
      wanted |= 1u << i;
  return wanted;
}

static void
add_found (LogSegment *segment, LogFactKind kind, const char *value, gsize length)
{
  LogFound found = { kind, segment->n - 1, (guint32)segment->strings->len };
  for (guint i = segment->facts->len; i-- > 0;)
    {
      /* Two functions may tell the same.  */
      const LogFound *other = &g_array_index (segment->facts, LogFound, i);
      if (other->message != found.message)
        break;
      if (other->kind == kind)
        return;
    }
  g_string_append_len (segment->strings, value, (gssize)length);
  g_string_append_c (segment->strings, '\0');
  g_array_append_val (segment->facts, found);
}

/* Is it an IP address?  */
static gboolean
is_address (const char *text, gsize n)
{
  gboolean dotted = FALSE;
  for (gsize i = 0; i < n; i++)
    {
      if (!g_ascii_isxdigit (text[i]) && text[i] != '.' && text[i] != ':')
        return FALSE;
      dotted |= text[i] == '.' || text[i] == ':';
    }
  return dotted;
}

/* vfs_full_audit's lines: "USER|ADDRESS|...|OPERATION|ok|...", by its default prefix.  */
static void
parse_audited (const char *text, gsize n, LogSegment *segment)
{
  static const char *const results[] = { "|ok", "|fail (" };
  const char *end = text + n, *user = memchr (text, '|', n);
  const char *client = user ? memchr (user + 1, '|', (gsize)(end - user) - 1) : NULL;
  if (!client || user == text || !is_address (user + 1, (gsize)(client - user) - 1))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (results); i++)
    if (memmem (client, (gsize)(end - client), results[i], strlen (results[i])))
      {
        add_found (segment, LOG_USER, text, (gsize)(user - text));
        add_found (segment, LOG_CLIENT, user + 1, (gsize)(client - user) - 1);
        return;
      }
}

gboolean
log_fact_parse (const char *text, gsize n, guint32 wanted, LogSegment *segment)
{
  guint known = segment->facts->len;
  for (; wanted; wanted &= wanted - 1)
    {
      int i = __builtin_ctz (wanted);
      const char *sign = memmem (text, n, phrases[i].sign, strlen (phrases[i].sign));
      if (!sign)
        continue;
      const char *value = memmem (text, n, phrases[i].before, strlen (phrases[i].before));
      if (!value)
        continue;
      value += strlen (phrases[i].before);
      gsize rest = n - (gsize)(value - text);
      const char *end = *phrases[i].after ? memmem (value, rest, phrases[i].after,
                                                    strlen (phrases[i].after))
                                          : text + n;
      if (end && end > value)
        add_found (segment, phrases[i].kind, value, (gsize)(end - value));
    }
  parse_audited (text, n, segment);
  return segment->facts->len > known;
}

/* ------------------------------------------------------------------- facts */

struct _LogFactTable
{
  GArray *all; /* of LogFact, whose values STRINGS owns */
  LogStrings *strings;
};

LogFactTable *
log_fact_table_new (void)
{
  LogFactTable *table = g_new0 (LogFactTable, 1);
  table->all = g_array_new (FALSE, FALSE, sizeof (LogFact));
  table->strings = log_strings_new ();
  return table;
}

void
log_fact_table_free (LogFactTable *table)
{
  g_array_unref (table->all);
  log_strings_unref (table->strings);
  g_free (table);
}

void
log_fact_table_add (LogFactTable *table, const LogSegment *segment, guint known,
                    guint32 first)
{
  for (guint i = known; i < segment->facts->len; i++)
    {
      const LogFound *found = &g_array_index (segment->facts, LogFound, i);
      guint32 value
          = log_strings_add (table->strings, segment->strings->str + found->value);
      LogFact fact = { found->kind, first + found->message, segment->pids[found->message],
                       log_strings_get (table->strings, value) };
      g_array_append_val (table->all, fact);
    }
}

/* -------------------------------------------------------------- snapshots */

struct _LogFacts
{
  gint references; /* atomic */
  guint n;
  LogStrings *strings;
  LogFact all[];
};

LogFacts *
log_fact_table_snapshot (LogFactTable *table)
{
  guint n = table->all->len;
  LogFacts *facts = g_malloc (sizeof *facts + n * sizeof (LogFact));
  facts->references = 1;
  facts->n = n;
  facts->strings = log_strings_ref (table->strings);
  if (n)
    memcpy (facts->all, table->all->data, n * sizeof (LogFact));
  return facts;
}

LogFacts *
log_facts_ref (LogFacts *facts)
{
  g_atomic_int_inc (&facts->references);
  return facts;
}

void
log_facts_unref (LogFacts *facts)
{
  if (!g_atomic_int_dec_and_test (&facts->references))
    return;
  log_strings_unref (facts->strings);
  g_free (facts);
}

guint
log_facts_count (const LogFacts *facts)
{
  return facts->n;
}

const LogFact *
log_facts_get (const LogFacts *facts, guint i)
{
  return &facts->all[i];
}

/* --------------------------------------------------------------- processes */

static gboolean
has_value (const LogFact *fact, LogFactKind kind, const char *value)
{
  if (fact->kind != kind)
    return FALSE;
  switch (kind)
    {
    case LOG_CLIENT:
      return strstr (fact->value, value) != NULL;
    case LOG_SESSION:
      return g_ascii_strtoull (fact->value, NULL, 0) == g_ascii_strtoull (value, NULL, 0);
    default:
      return g_ascii_strcasecmp (fact->value, value) == 0;
    }
}

/* What is known of a process, until another gets its pid.  */
typedef struct
{
  LogRange range;
  gboolean wanted;
} Process;

static void
end_process (Process *process, guint32 to, GArray *ranges)
{
  process->range.to = to;
  if (process->wanted)
    g_array_append_val (ranges, process->range);
}

static Process *
process_of (GHashTable *processes, guint32 pid)
{
  Process *process = g_hash_table_lookup (processes, GUINT_TO_POINTER (pid));
  if (!process)
    {
      process = g_new0 (Process, 1);
      process->range.pid = pid;
      g_hash_table_insert (processes, GUINT_TO_POINTER (pid), process);
    }
  return process;
}

void
log_facts_find (const LogFacts *facts, LogFactKind kind, const char *value, GArray *ranges)
{
  g_autoptr (GHashTable) processes = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  for (guint i = 0; i < facts->n; i++)
    {
      const LogFact *fact = log_facts_get (facts, i);
      gboolean wanted = has_value (fact, kind, value);
      if (!fact->pid)
        {
          /* Nobody knows which other messages are of this process.  */
          LogRange alone = { fact->message, fact->message, 0 };
          if (wanted)
            g_array_append_val (ranges, alone);
          continue;
        }
      Process *process = process_of (processes, fact->pid);
      process->wanted |= wanted;
      if (fact->kind == LOG_EXIT)
        {
          end_process (process, fact->message, ranges);
          *process = (Process){ .range = { .from = fact->message + 1, .pid = fact->pid } };
        }
    }
  GHashTableIter iter;
  gpointer process;
  g_hash_table_iter_init (&iter, processes);
  while (g_hash_table_iter_next (&iter, NULL, &process))
    end_process (process, G_MAXUINT32 - 1, ranges);
}
