/* link.c --- which frames a log's requests are

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "link/link.h"

#include <string.h>

#include "link/process.h"
#include "link/timing.h"

/* ---------------------------------------------------------------- linking */

typedef struct
{
  Log *log;
  const LinkCapture *capture;
  LinkProcesses processes;
  GHashTable *requests; /* KEY to GArray of places in pdus */
  GHashTable *responses;
  GHashTable *opcodes; /* the log's names to SMB2 commands + 1 */
  GHashTable *taken;   /* places in pdus that only one process' request can be, to it */
} Linking;

/* What a PDU and a request have in common on one connection.  */
typedef struct
{
  guint64 mid;
  guint32 stream, cmd;
} Key;

static guint
key_hash (gconstpointer data)
{
  const Key *key = data;
  return (guint)(key->mid * 2654435761u) ^ key->stream * 40503u ^ key->cmd;
}

static gboolean
key_equal (gconstpointer a, gconstpointer b)
{
  const Key *x = a, *y = b;
  return x->mid == y->mid && x->stream == y->stream && x->cmd == y->cmd;
}

static void
index_pdus (Linking *linking)
{
  const GArray *pdus = linking->capture->pdus;
  for (guint32 i = 0; i < pdus->len; i++)
    {
      const LinkPdu *pdu = &g_array_index (pdus, LinkPdu, i);
      GHashTable *table = pdu->response ? linking->responses : linking->requests;
      const Key key = { pdu->mid, pdu->stream, pdu->cmd };
      GArray *places = g_hash_table_lookup (table, &key);
      if (!places)
        {
          Key *kept = g_new (Key, 1);
          *kept = key;
          places = g_array_new (FALSE, FALSE, sizeof (guint32));
          g_hash_table_insert (table, kept, places);
        }
      g_array_append_val (places, i);
    }
}

/* --------------------------------------------------------------- requests */

/* The command that OPCODE is, of SMB1 if it says so.  */
static guint32
command_of (Linking *linking, const char *opcode)
{
  if (g_str_has_prefix (opcode, LOG_SMB1_OPCODE))
    return LINK_SMB1
           | (guint32)g_ascii_strtoull (opcode + strlen (LOG_SMB1_OPCODE), NULL, 16);
  gpointer known = g_hash_table_lookup (linking->opcodes, opcode);
  return known ? GPOINTER_TO_UINT (known) - 1 : LINK_BAD_COMMAND;
}

/* What is sent as 0 to 18 has these names.  */
static void
learn_opcodes (Linking *linking)
{
  for (guint i = 0; i < LOG_OPCODES; i++)
    g_hash_table_insert (linking->opcodes, (gpointer)log_opcodes[i],
                         GUINT_TO_POINTER (i + 1));
}

/* The requests of the log that are alike: of one process, and session if that is
   known, with one message id and command.  */
typedef struct
{
  LinkProcess *process;
  const char *client; /* of the only connection it can be, or NULL */
  guint64 mid, session;
  guint32 cmd;
} Kind;

static guint
kind_hash (gconstpointer data)
{
  const Kind *kind = data;
  return g_direct_hash (kind->process) ^ (guint)(kind->mid * 2654435761u)
         ^ (guint)kind->session ^ kind->cmd;
}

static gboolean
kind_equal (gconstpointer a, gconstpointer b)
{
  const Kind *x = a, *y = b;
  return x->process == y->process && x->client == y->client && x->mid == y->mid
         && x->session == y->session && x->cmd == y->cmd;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
  return (x > y) - (x < y);
}

/* The request PDUs with MID and CMD on STREAM, places; NULL for none.  */
static const GArray *
requests_on (const Linking *linking, guint32 stream, guint64 mid, guint32 cmd)
{
  const Key key = { mid, stream, cmd };
  return g_hash_table_lookup (linking->requests, &key);
}

static gboolean
has_session (const Kind *kind)
{
  return kind->session >= LINK_SMALLEST_ID;
}

/* Whether the log says whose KIND's process is.  The ids that smbd logs are not those
   it sends in SMB1.  */
static gboolean
is_identified (const Linking *linking, const Kind *kind)
{
  gboolean port = !linking->processes.client && kind->cmd >= LINK_SMB1;
  return port ? kind->process->has_port : kind->process->identified;
}

static gboolean
may_be_on (const Linking *linking, const Kind *kind, gpointer stream)
{
  return !kind->client
         || g_strcmp0 (kind->client,
                       g_hash_table_lookup (linking->capture->clients, stream))
                == 0;
}

/* Append those of PLACES to FOUND that are not an earlier request's of the process.  */
static void
append_free (const Linking *linking, const Kind *kind, const GArray *places, GArray *found)
{
  for (guint i = 0; i < places->len; i++)
    {
      guint32 place = g_array_index (places, guint32, i);
      if (g_hash_table_lookup (linking->taken, GUINT_TO_POINTER (place)) != kind->process)
        g_array_append_val (found, place);
    }
}

/* The request PDUs that KIND's may be, in the capture's order.  */
static GArray *
find_candidates (const Linking *linking, const Kind *kind)
{
  GArray *found = g_array_new (FALSE, FALSE, sizeof (guint32));
  const GArray *places;
  if (has_session (kind))
    {
      gint64 id = link_id (LOG_SESSION, kind->session);
      const GArray *streams = g_hash_table_lookup (linking->capture->streams_of, &id);
      for (guint i = 0; streams && i < streams->len; i++)
        if ((places = requests_on (linking, g_array_index (streams, guint32, i), kind->mid,
                                   kind->cmd)))
          g_array_append_vals (found, places->data, places->len);
      g_array_sort (found, compare_places);
      return found;
    }
  /* Of an unidentified process, any may be that is no other's.  */
  GHashTable *all = is_identified (linking, kind) ? kind->process->streams
                                                  : linking->processes.unclaimed;
  GHashTableIter iter;
  gpointer stream;
  g_hash_table_iter_init (&iter, all);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    if (may_be_on (linking, kind, stream)
        && (places
            = requests_on (linking, GPOINTER_TO_UINT (stream), kind->mid, kind->cmd)))
      append_free (linking, kind, places, found);
  g_array_sort (found, compare_places);
  return found;
}

/* Whether the log has enough evidence for KIND's PDUs, FOUND, to be certain.  A server's
   process has its connections to itself.  A client has many, and the same message
   ids on each: the session says which one, if it has but one.  Without sessions it
   must be the client's only one.  */
static gboolean
is_known (const Linking *linking, const Kind *kind, const GArray *found)
{
  if (!linking->processes.client)
    return is_identified (linking, kind);
  if (!has_session (kind)
      && (!kind->process->identified || kind->process->connections != 1
          || kind->process->doubtful))
    return FALSE;
  for (guint i = 1; i < found->len; i++)
    if (g_array_index (linking->capture->pdus, LinkPdu, g_array_index (found, guint32, i))
            .stream
        != g_array_index (linking->capture->pdus, LinkPdu,
                          g_array_index (found, guint32, 0))
               .stream)
      return FALSE;
  return TRUE;
}

/* The final response to the request at PLACE, or the last interim one; NULL for
   none.  The next request with its message id ends the search.  */
static const LinkPdu *
find_response (const Linking *linking, guint32 place)
{
  const GArray *pdus = linking->capture->pdus;
  const LinkPdu *request = &g_array_index (pdus, LinkPdu, place);
  const Key key = { request->mid, request->stream, request->cmd };
  const GArray *requests = g_hash_table_lookup (linking->requests, &key);
  const GArray *responses = g_hash_table_lookup (linking->responses, &key);
  const LinkPdu *found = NULL;
  guint32 next = G_MAXUINT32;
  for (guint i = 0; requests && i < requests->len; i++)
    if (g_array_index (requests, guint32, i) > place)
      next = MIN (next, g_array_index (requests, guint32, i));
  for (guint i = 0; responses && i < responses->len; i++)
    {
      guint32 r = g_array_index (responses, guint32, i);
      const LinkPdu *response = &g_array_index (pdus, LinkPdu, r);
      if (r > place && r < next)
        {
          found = response;
          if (!response->pending)
            break;
        }
    }
  return found;
}

static void
link_certain (Linking *linking, Link *link, guint32 place)
{
  const LinkPdu *pdu = &g_array_index (linking->capture->pdus, LinkPdu, place);
  link->state = LINK_CERTAIN;
  link->request = pdu->frame;
  link->index = pdu->index;
  const LinkPdu *response = find_response (linking, place);
  if (response)
    {
      link->response = response->frame;
      if (response->time != LOG_NO_TIME && pdu->time != LOG_NO_TIME)
        link->wire = response->time - pdu->time;
    }
}

/* SMB1's message ids come again, and not every request has an end in the log: if there
   are as many PDUs FOUND as REQUESTS, numbers, none was begun twice.  */
static void
part_reused (Links *links, const Kind *kind, const GArray *requests, const GArray *found)
{
  if (kind->cmd < LINK_SMB1 || found->len != requests->len)
    return;
  for (guint i = 0; i < requests->len; i++)
    g_array_index (links->links, Link, g_array_index (requests, guint32, i)).again = FALSE;
}

/* How many of REQUESTS, numbers, are not the next one, begun for the first
   time.  */
static guint
count_distinct (const Links *links, const GArray *requests)
{
  guint n = 0;
  for (guint i = 0; i < requests->len; i++)
    n += i + 1 == requests->len
         || !g_array_index (links->links, Link, g_array_index (requests, guint32, i)).again;
  return n;
}

/* Link REQUESTS, numbers of the log's requests of one kind, in order.  */
static void
link_kind (Linking *linking, const Kind *kind, const GArray *requests, Links *links)
{
  g_autoptr (GArray) found = find_candidates (linking, kind);
  guint32 first = links->candidates->len;
  part_reused (links, kind, requests, found);
  guint distinct = count_distinct (links, requests), which = 0;
  gboolean certain = found->len == distinct && is_known (linking, kind, found);
  for (guint i = 0; !certain && i < found->len; i++)
    {
      guint32 place = g_array_index (found, guint32, i);
      const LinkPdu *pdu = &g_array_index (linking->capture->pdus, LinkPdu, place);
      g_array_append_val (links->candidates, pdu->frame);
    }
  for (guint i = 0; i < requests->len && found->len; i++)
    {
      guint32 number = g_array_index (requests, guint32, i);
      Link *link = &g_array_index (links->links, Link, number);
      if (certain)
        {
          guint32 place = g_array_index (found, guint32, which);
          link_certain (linking, link, place);
          if (kind->client)
            g_hash_table_insert (linking->taken, GUINT_TO_POINTER (place), kind->process);
          which += !link->again;
        }
      else
        {
          link->state = LINK_AMBIGUOUS;
          link->first = first;
          link->n = found->len;
        }
      links->certain += certain;
      links->ambiguous += !certain;
    }
}

/* The log's requests by kind: Kind to GArray of their numbers.  */
static GHashTable *
sort_requests (Linking *linking, const LogRequests *requests, Links *links)
{
  GHashTable *kinds = g_hash_table_new_full (kind_hash, kind_equal, g_free,
                                             (GDestroyNotify)g_array_unref);
  for (guint32 i = 0; i < log_requests_count (requests); i++)
    {
      const LogRequest *request = log_requests_get (requests, i);
      LinkProcess *process
          = link_process_at (&linking->processes, request->pid, request->begin);
      const Kind kind
          = { process,
              linking->processes.client
                  ? NULL
                  : link_process_only_client (process, linking->capture, request->begin),
              request->mid, request->session,
              command_of (linking, log_requests_string (requests, request->opcode)) };
      GArray *numbers = g_hash_table_lookup (kinds, &kind);
      if (!numbers)
        {
          Kind *kept = g_new (Kind, 1);
          *kept = kind;
          numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
          g_hash_table_insert (kinds, kept, numbers);
        }
      g_array_append_val (numbers, i);
      Link *link = &g_array_index (links->links, Link, i);
      links->smb1 |= kind.cmd >= LINK_SMB1;
      links->smb2 |= kind.cmd < LINK_SMB1;
      link->begin = request->begin;
      link->wire = LOG_NO_TIME;
      link->again = request->end == LOG_NO_MESSAGE && !request->cancel && !request->client;
    }
  return kinds;
}

/* Kernel's logs drop lines, and may speak of connections that were made before they
   begin.  What has another command in the capture is of such a one, hence so may be
   the rest.  */
static void
doubt (const Linking *linking, const Kind *kind)
{
  GHashTableIter iter;
  gpointer stream;
  g_hash_table_iter_init (&iter, kind->process->streams);
  while (g_hash_table_iter_next (&iter, &stream, NULL))
    {
      gboolean other = FALSE;
      for (guint32 cmd = 0; cmd <= LINK_LAST_COMMAND; cmd++)
        other |= requests_on (linking, GPOINTER_TO_UINT (stream), kind->mid, cmd) != NULL;
      if (other && !requests_on (linking, GPOINTER_TO_UINT (stream), kind->mid, kind->cmd))
        kind->process->doubtful = TRUE;
    }
}

static void
link_requests (Linking *linking, GHashTable *kinds, Links *links)
{
  GHashTableIter iter;
  gpointer kind, numbers;
  g_hash_table_iter_init (&iter, kinds);
  while (linking->processes.client && g_hash_table_iter_next (&iter, &kind, NULL))
    if (!has_session (kind))
      doubt (linking, kind);
  /* First those that can be on one connection only: what they are, others are not.  */
  for (int only = TRUE; only >= FALSE; only--)
    {
      g_hash_table_iter_init (&iter, kinds);
      while (g_hash_table_iter_next (&iter, &kind, &numbers))
        if (only == (((const Kind *)kind)->client != NULL))
          link_kind (linking, kind, numbers, links);
    }
}

/* ------------------------------------------------------------------ timing */

/* Requests of the log that can be on one connection: what they would be there.  */
typedef struct
{
  GArray *numbers, *places; /* of guint32, in pairs */
  GArray *timings;          /* of LinkTiming, of those whose times are known */
} Guess;

static void
guess_free (gpointer data)
{
  Guess *guess = data;
  g_array_unref (guess->numbers);
  g_array_unref (guess->places);
  g_array_unref (guess->timings);
  g_free (guess);
}

static gint64
log_time (const Linking *linking, guint32 message)
{
  LogMessage found;
  return message != LOG_NO_MESSAGE && log_message (linking->log, message, &found)
             ? found.time
             : LOG_NO_TIME;
}

static void
add_guess (const Linking *linking, Guess *guess, const LogRequest *request, guint32 number,
           guint32 place)
{
  const LinkPdu *pdu = &g_array_index (linking->capture->pdus, LinkPdu, place);
  const LinkPdu *response = find_response (linking, place);
  LinkTiming timing
      = { log_time (linking, request->begin), log_time (linking, request->end), pdu->time,
          response ? response->time : LOG_NO_TIME };
  g_array_append_val (guess->numbers, number);
  g_array_append_val (guess->places, place);
  if (timing.begin != LOG_NO_TIME && timing.end != LOG_NO_TIME
      && timing.request != LOG_NO_TIME && timing.response != LOG_NO_TIME)
    g_array_append_val (guess->timings, timing);
}

/* What the ambiguous requests among KINDS would be on each connection that has but one
   PDU for them: connections to Guess.  */
static GHashTable *
guess_connections (const Linking *linking, const LogRequests *requests, GHashTable *kinds,
                   const Links *links)
{
  GHashTable *guesses = g_hash_table_new_full (NULL, NULL, NULL, guess_free);
  GHashTableIter iter;
  gpointer kind, value;
  g_hash_table_iter_init (&iter, kinds);
  while (g_hash_table_iter_next (&iter, &kind, &value))
    {
      guint32 number = g_array_index ((GArray *)value, guint32, 0);
      if (((GArray *)value)->len != 1
          || g_array_index (links->links, Link, number).state != LINK_AMBIGUOUS)
        continue;
      g_autoptr (GArray) found = find_candidates (linking, kind);
      for (guint i = 0; i < found->len; i++)
        {
          guint32 place = g_array_index (found, guint32, i);
          gpointer stream = GUINT_TO_POINTER (
              g_array_index (linking->capture->pdus, LinkPdu, place).stream);
          Guess *guess = g_hash_table_lookup (guesses, stream);
          if (!guess)
            {
              guess = g_new (Guess, 1);
              guess->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
              guess->places = g_array_new (FALSE, FALSE, sizeof (guint32));
              guess->timings = g_array_new (FALSE, FALSE, sizeof (LinkTiming));
              g_hash_table_insert (guesses, stream, guess);
            }
          add_guess (linking, guess, log_requests_get (requests, number), number, place);
        }
    }
  return guesses;
}

/* The requests of a client that no id links to a connection are certain on the only one
   whose frames fit in time.  */
static void
link_by_timing (Linking *linking, const LogRequests *requests, GHashTable *kinds,
                Links *links)
{
  g_autoptr (GHashTable) guesses = guess_connections (linking, requests, kinds, links);
  Guess *fits = NULL;
  GHashTableIter iter;
  gpointer guess;
  g_hash_table_iter_init (&iter, guesses);
  while (g_hash_table_iter_next (&iter, NULL, &guess))
    if (link_timing_fits (((Guess *)guess)->timings))
      {
        if (fits)
          return;
        fits = guess;
      }
  for (guint i = 0; fits && i < fits->numbers->len; i++)
    {
      Link *link
          = &g_array_index (links->links, Link, g_array_index (fits->numbers, guint32, i));
      link->n = 0;
      link_certain (linking, link, g_array_index (fits->places, guint32, i));
      links->ambiguous--;
      links->certain++;
    }
}

/* ------------------------------------------------------- public interface */

Links *
link_log (Log *log, const LinkCapture *capture)
{
  Linking linking = { .log = log, .capture = capture };
  linking.requests
      = g_hash_table_new_full (key_hash, key_equal, g_free, (GDestroyNotify)g_array_unref);
  linking.responses
      = g_hash_table_new_full (key_hash, key_equal, g_free, (GDestroyNotify)g_array_unref);
  linking.opcodes = g_hash_table_new (g_str_hash, g_str_equal);
  linking.taken = g_hash_table_new (NULL, NULL);
  Links *links = links_new ();
  g_autoptr (LogRequests) requests = log_requests (log, 0, G_MAXUINT32);
  g_autoptr (LogFacts) facts = log_facts (log);
  gboolean client = log_requests_count (requests) && log_requests_get (requests, 0)->client;
  learn_opcodes (&linking);
  index_pdus (&linking);
  link_processes_init (&linking.processes, facts, capture, client);
  g_array_set_size (links->links, log_requests_count (requests));
  g_autoptr (GHashTable) kinds = sort_requests (&linking, requests, links);
  link_requests (&linking, kinds, links);
  if (client)
    link_by_timing (&linking, requests, kinds, links);
  links_complete (links, log, capture);
  g_hash_table_unref (linking.requests);
  g_hash_table_unref (linking.responses);
  g_hash_table_unref (linking.opcodes);
  g_hash_table_unref (linking.taken);
  link_processes_clear (&linking.processes);
  return links;
}
