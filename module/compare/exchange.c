/* exchange.c --- what one side asked and the other answered

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/exchange.h"

#include <stdlib.h>

#include "smb/status.h"
#include "support/hash.h"

/* More PDUs, or values of them, than this are refused: some gigabytes.  */
#define MAX_PDUS (1u << 24)
#define MAX_VALUES (1u << 27)

enum
{
  SMB2_NEGOTIATE = 0,
  SMB2_TREE_CONNECT = 3,
  SMB2_CREATE = 5,
  SMB2_CANCEL = 12,
  SMB2_BREAK = 18,
  SMB_TRANSACTION_SECONDARY = 0x26,
  SMB_TRANSACTION2_SECONDARY = 0x33,
  SMB_NEGOTIATE = 0x72,
  SMB_TREE_CONNECT_ANDX = 0x75,
  SMB_NT_TRANSACT_SECONDARY = 0xa1,
  SMB_NT_CANCEL = 0xa4
};

/* ----------------------------------------------------------------- state */

/* What a response says of its request.  */
typedef struct
{
  guint64 message;
  guint32 stream;
  guint32 protocol;
} MessageKey;

typedef struct
{
  guint32 stream;
  char *source, *destination;
  guint16 server_port; /* 0 while it isn't known */
  guint32 parent;      /* of the union-find, index of a stream */
  guint32 latest;      /* its latest request's exchange + 1 */
} Stream;

struct _Exchanges
{
  Strings *strings;
  GArray *numbers; /* of guint32: this side's strings as STRINGS has them */
  /* The PDUs; ignored, identifiers and values are where theirs end.  */
  GArray *pdus;
  GArray *ignored;
  GArray *identifiers;
  GArray *values;
  GArray *next;  /* of guint32, a PDU's next one in FURTHER */
  GArray *list;  /* of Exchange */
  GArray *order; /* of guint32: exchanges by group */
  GArray *groups;
  GArray *streams;
  GHashTable *stream_of; /* number to index + 1 */
  GHashTable *pending;   /* MessageKey to exchange + 1 */
  GHashTable *handles;   /* handle to the exchange that gave it + 1 */
  GHashTable *trees;     /* the same for tree ids */
  guint64 last_session;  /* of the PDU before, and its frame */
  guint32 last_frame;
  guint32 compound, compound_frame; /* the exchange of the last request, and its frame */
  guint32 n_repeated;
  Segments *segments;
  guint32 foreign_port;
  GArray *kept; /* of guint32: frames, or NULL for all */
  gint64 end;
};

static guint
message_hash (gconstpointer key)
{
  const MessageKey *k = key;
  guint64 hash = hash_mix (hash_mix (k->message, k->stream), k->protocol);
  return (guint)(hash ^ hash >> 32);
}

static gboolean
message_equal (gconstpointer a, gconstpointer b)
{
  const MessageKey *x = a, *y = b;
  return x->message == y->message && x->stream == y->stream && x->protocol == y->protocol;
}

static void
stream_clear (gpointer data)
{
  Stream *stream = data;
  g_free (stream->source);
  g_free (stream->destination);
}

Exchanges *
exchanges_new (Strings *strings)
{
  Exchanges *x = g_new0 (Exchanges, 1);
  x->strings = strings_ref (strings);
  x->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  x->pdus = g_array_new (FALSE, FALSE, sizeof (WirePdu));
  x->ignored = g_array_new (FALSE, FALSE, sizeof (WireIgnored));
  x->identifiers = g_array_new (FALSE, FALSE, sizeof (WireIdentifier));
  x->values = g_array_new (FALSE, FALSE, sizeof (WireValue));
  x->next = g_array_new (FALSE, FALSE, sizeof (guint32));
  x->list = g_array_new (FALSE, FALSE, sizeof (Exchange));
  x->order = g_array_new (FALSE, FALSE, sizeof (guint32));
  x->groups = g_array_new (FALSE, FALSE, sizeof (Group));
  x->streams = g_array_new (FALSE, FALSE, sizeof (Stream));
  g_array_set_clear_func (x->streams, stream_clear);
  x->stream_of = g_hash_table_new (NULL, NULL);
  x->pending = g_hash_table_new_full (message_hash, message_equal, g_free, NULL);
  x->handles = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  x->segments = segments_new ();
  x->trees = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  return x;
}

void
exchanges_free (Exchanges *x)
{
  strings_unref (x->strings);
  GArray *const arrays[] = { x->numbers, x->pdus, x->ignored, x->identifiers, x->values,
                             x->next,    x->list, x->order,   x->groups,      x->streams };
  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_unref (arrays[i]);
  g_hash_table_unref (x->stream_of);
  g_clear_pointer (&x->pending, g_hash_table_unref);
  g_clear_pointer (&x->handles, g_hash_table_unref);
  g_clear_pointer (&x->trees, g_hash_table_unref);
  segments_free (x->segments);
  g_clear_pointer (&x->kept, g_array_unref);
  g_free (x);
}

#define PDU(x, i) (&g_array_index ((x)->pdus, WirePdu, i))
#define EXCHANGE(x, i) (&g_array_index ((x)->list, Exchange, i))
#define STREAM(x, i) (&g_array_index ((x)->streams, Stream, i))

/* ----------------------------------------------------------- connections */

static guint32
stream_index (Exchanges *x, guint32 number)
{
  guint known
      = GPOINTER_TO_UINT (g_hash_table_lookup (x->stream_of, GUINT_TO_POINTER (number)));
  if (known)
    return known - 1;
  const Stream stream = { .stream = number, .parent = x->streams->len };
  g_array_append_val (x->streams, stream);
  g_hash_table_insert (x->stream_of, GUINT_TO_POINTER (number),
                       GUINT_TO_POINTER (x->streams->len));
  return x->streams->len - 1;
}

static Stream *
find_stream (Exchanges *x, guint32 number)
{
  guint32 index = stream_index (x, number);
  return STREAM (x, index);
}

static guint32
find_root (Exchanges *x, guint32 stream)
{
  while (STREAM (x, stream)->parent != stream)
    {
      guint32 above = STREAM (x, stream)->parent;
      STREAM (x, stream)->parent = STREAM (x, above)->parent;
      stream = above;
    }
  return stream;
}

static void
unite (Exchanges *x, guint32 a, guint32 b)
{
  a = find_root (x, a);
  b = find_root (x, b);
  STREAM (x, MAX (a, b))->parent = MIN (a, b);
}

static gboolean
from_server (const Stream *stream, const WirePdu *pdu)
{
  return stream->server_port && pdu->ports >> 16 == stream->server_port
         && (pdu->ports & 0xffff) != stream->server_port;
}

/* The first PDU that tells says which end is the server.  */
static void
learn_server (Stream *stream, const WirePdu *pdu)
{
  if (stream->server_port || pdu->flags & WIRE_PDU_OPAQUE || pdu->message == G_MAXUINT64)
    return;
  gboolean response = pdu->flags & WIRE_PDU_RESPONSE;
  stream->server_port = (guint16)(response ? pdu->ports >> 16 : pdu->ports & 0xffff);
}

/* ------------------------------------------------- PDUs become exchanges */

static gboolean
is_secondary (const WirePdu *pdu)
{
  return pdu->flags & WIRE_PDU_SMB1
         && (pdu->command == SMB_TRANSACTION_SECONDARY
             || pdu->command == SMB_TRANSACTION2_SECONDARY
             || pdu->command == SMB_NT_TRANSACT_SECONDARY);
}

static gboolean
is_cancel (const WirePdu *pdu)
{
  return pdu->flags & WIRE_PDU_SMB1 ? pdu->command == SMB_NT_CANCEL
                                    : pdu->command == SMB2_CANCEL;
}

/* Sent by the server, unasked?  */
static gboolean
is_notice (const Stream *stream, const WirePdu *pdu)
{
  if (pdu->flags & WIRE_PDU_SMB1)
    return !(pdu->flags & WIRE_PDU_RESPONSE) && from_server (stream, pdu);
  return pdu->flags & WIRE_PDU_RESPONSE && pdu->message == G_MAXUINT64;
}

/* Beside those of flags: what has message ids of others.  */
#define KEY_CANCEL (1u << 30)
#define KEY_NOTICE (1u << 31)

static MessageKey
message_key (const WirePdu *pdu)
{
  MessageKey key = { pdu->message, pdu->stream, pdu->flags & WIRE_PDU_SMB1 };
  return key;
}

/* Is NEW a PDU that is there already?  TCP sends again what was lost, and a mirrored
   port shows twice what comes and goes.  */
static gboolean
is_repeated (const Exchanges *x, guint32 pdu, const WirePdu *new)
{
  if (pdu == NO_PDU || !(new->flags &WIRE_PDU_RETRANSMISSION))
    return FALSE;
  const WirePdu *old = &g_array_index (x->pdus, WirePdu, pdu);
  return old->command == new->command && !((old->flags ^ new->flags) & WIRE_PDU_RESPONSE);
}

static Exchange *
find_pending (Exchanges *x, const MessageKey *key)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (x->pending, key));
  return found ? EXCHANGE (x, found - 1) : NULL;
}

static Exchange *
new_exchange (Exchanges *x, guint32 request, guint32 response)
{
  const Exchange exchange = { .request = request,
                              .response = response,
                              .interim = NO_PDU,
                              .further = NO_PDU,
                              .related = NO_OPENER };
  g_array_append_val (x->list, exchange);
  return EXCHANGE (x, x->list->len - 1);
}

static void
add_further (Exchanges *x, Exchange *exchange, guint32 pdu)
{
  if (exchange->further == NO_PDU)
    exchange->further = pdu;
  else
    g_array_index (x->next, guint32, exchange->last_further) = pdu;
  exchange->last_further = pdu;
}

static void
remember (Exchanges *x, const MessageKey *key, guint32 exchange)
{
  g_hash_table_insert (x->pending, g_memdup2 (key, sizeof *key),
                       GUINT_TO_POINTER (exchange + 1));
}

/* What has no answer: what the server sends unasked, and what asks for another
   request to be cancelled.  */
static void
take_alone (Exchanges *x, guint32 i, guint32 kind)
{
  const WirePdu *pdu = PDU (x, i);
  MessageKey key = message_key (pdu);
  key.protocol |= kind;
  if (kind == KEY_NOTICE)
    key.message = pdu->matters;
  const Exchange *before = find_pending (x, &key);
  if (before && is_repeated (x, before->request, pdu))
    {
      x->n_repeated++;
      return;
    }
  new_exchange (x, i, NO_PDU)->cancel = kind == KEY_CANCEL;
  remember (x, &key, x->list->len - 1);
}

/* A request in a compound may work on what the one before it opened.  */
static void
take_compound (Exchanges *x, const WirePdu *pdu)
{
  if (pdu->flags & WIRE_PDU_RELATED && x->compound_frame == pdu->frame)
    EXCHANGE (x, x->list->len - 1)->related = x->compound;
  x->compound = x->list->len - 1;
  x->compound_frame = pdu->frame;
}

static void
take_request (Exchanges *x, guint32 i)
{
  const WirePdu *pdu = PDU (x, i);
  MessageKey key = message_key (pdu);
  Exchange *before = find_pending (x, &key);
  const WirePdu *request
      = before && before->request != NO_PDU ? PDU (x, before->request) : NULL;
  if (request && is_secondary (pdu) && before->response == NO_PDU)
    add_further (x, before, i);
  else if (request && is_repeated (x, before->request, pdu))
    x->n_repeated++;
  else
    {
      new_exchange (x, i, NO_PDU);
      find_stream (x, pdu->stream)->latest = x->list->len;
      remember (x, &key, x->list->len - 1);
      take_compound (x, pdu);
    }
}

/* SMB2 is the answer to an SMB1 negotiation, too.  */
static Exchange *
find_negotiation (Exchanges *x, const WirePdu *pdu)
{
  guint32 latest = find_stream (x, pdu->stream)->latest;
  Exchange *exchange = latest ? EXCHANGE (x, latest - 1) : NULL;
  const WirePdu *request = exchange ? exchanges_shown (x, exchange) : NULL;
  return request && request->flags & WIRE_PDU_SMB1 && request->command == SMB_NEGOTIATE
                 && exchange->response == NO_PDU
             ? exchange
             : NULL;
}

/* The exchange that PDU answers, by its message id.  */
static Exchange *
find_question (Exchanges *x, const WirePdu *pdu)
{
  MessageKey key = message_key (pdu);
  Exchange *exchange = find_pending (x, &key);
  /* SMB1 may answer in several parts.  */
  if (exchange && exchange->response != NO_PDU && !(pdu->flags & WIRE_PDU_SMB1)
      && !is_repeated (x, exchange->response, pdu))
    exchange = NULL;
  if (!exchange && !(pdu->flags & WIRE_PDU_SMB1) && pdu->command == SMB2_NEGOTIATE)
    return find_negotiation (x, pdu);
  return exchange && exchanges_shown (x, exchange)->command == pdu->command ? exchange
                                                                            : NULL;
}

static void
take_response (Exchanges *x, guint32 i)
{
  const WirePdu *pdu = PDU (x, i);
  Exchange *exchange = find_question (x, pdu);
  gboolean interim = pdu->flags & WIRE_PDU_ASYNC && pdu->status == SMB_STATUS_PENDING;
  MessageKey key = message_key (pdu);
  if (!exchange)
    {
      exchange = new_exchange (x, NO_PDU, i);
      if (interim)
        {
          exchange->response = NO_PDU;
          exchange->interim = i;
        }
      remember (x, &key, x->list->len - 1);
    }
  else if (interim && exchange->interim == NO_PDU)
    exchange->interim = i;
  else if (!interim && exchange->response == NO_PDU)
    exchange->response = i;
  else if (is_repeated (x, interim ? exchange->interim : exchange->response, pdu))
    x->n_repeated++;
  else
    add_further (x, exchange, i);
}

/* The session PDU belongs to; in related compounds it is that of the PDU
   before.  */
static guint64
session_of (Exchanges *x, const WirePdu *pdu)
{
  guint64 session = pdu->session;
  if (session == G_MAXUINT64)
    session = x->last_frame == pdu->frame ? x->last_session : 0;
  x->last_frame = pdu->frame;
  x->last_session = session;
  return session;
}

static void
take_pdu (Exchanges *x, const WirePdu *pdu)
{
  guint32 i = x->pdus->len, none = NO_PDU;
  guint32 s = stream_index (x, pdu->stream);
  g_array_append_val (x->pdus, *pdu);
  g_array_append_val (x->next, none);
  WirePdu *kept = PDU (x, i);
  kept->session = session_of (x, pdu);
  learn_server (STREAM (x, s), pdu);
  /* What a NetBIOS datagram says is part of no conversation.  */
  if (pdu->flags & WIRE_PDU_DATAGRAM)
    return;
  if (pdu->flags & WIRE_PDU_OPAQUE)
    new_exchange (x, i, NO_PDU);
  else if (is_notice (STREAM (x, s), pdu))
    take_alone (x, i, KEY_NOTICE);
  else if (is_cancel (pdu) && !(pdu->flags & WIRE_PDU_RESPONSE))
    take_alone (x, i, KEY_CANCEL);
  else if (pdu->flags & WIRE_PDU_RESPONSE)
    take_response (x, i);
  else
    take_request (x, i);
}

static guint32
translate (const Exchanges *x, guint32 number)
{
  return number ? g_array_index (x->numbers, guint32, number - 1) : 0;
}

static void
take_strings (Exchanges *x, GVariant *part)
{
  GVariantIter iter;
  const char *string, *source, *destination;
  guint32 number;
  g_autoptr (GVariant) strings = g_variant_get_child_value (part, 3);
  g_variant_iter_init (&iter, strings);
  while (g_variant_iter_next (&iter, "&s", &string))
    {
      number = strings_add (x->strings, string);
      g_array_append_val (x->numbers, number);
    }
  g_autoptr (GVariant) streams = g_variant_get_child_value (part, 4);
  g_variant_iter_init (&iter, streams);
  while (g_variant_iter_next (&iter, "(u&s&s)", &number, &source, &destination))
    {
      Stream *stream = find_stream (x, number);
      g_free (stream->source);
      g_free (stream->destination);
      stream->source = g_strdup (source);
      stream->destination = g_strdup (destination);
    }
}

/* Names get the numbers that their strings have for both sides.  */
static void
take_values (Exchanges *x, const WireSummary *summary)
{
  for (gsize i = 0; i < summary->n_values; i++)
    {
      WireValue value = summary->values[i];
      if (wire_value_what (&value) == WIRE_VALUE_NAME)
        value.low = translate (x, value.low);
      g_array_append_val (x->values, value);
    }
}

gboolean
exchanges_add (Exchanges *x, GVariant *part)
{
  WireSummary summary;
  if (!x->pending || !wire_summary_view (part, x->numbers->len, &summary)
      || (x->pdus->len && summary.n_pdus
          && summary.pdus[0].frame < PDU (x, x->pdus->len - 1)->frame)
      || summary.n_pdus > MAX_PDUS - x->pdus->len
      || summary.n_ignored > MAX_VALUES - x->ignored->len
      || summary.n_identifiers > MAX_VALUES - x->identifiers->len
      || summary.n_values > MAX_VALUES - x->values->len)
    return FALSE;
  guint32 ignored = x->ignored->len, identifiers = x->identifiers->len;
  guint32 values = x->values->len;
  take_strings (x, part);
  g_array_append_vals (x->ignored, summary.ignored, (guint)summary.n_ignored);
  g_array_append_vals (x->identifiers, summary.identifiers, (guint)summary.n_identifiers);
  take_values (x, &summary);
  for (gsize i = 0; i < summary.n_pdus; i++)
    {
      WirePdu pdu = summary.pdus[i];
      pdu.ignored = ignored += pdu.ignored;
      pdu.identifiers = identifiers += pdu.identifiers;
      pdu.values = values += pdu.values;
      pdu.command_name = translate (x, pdu.command_name);
      pdu.status_name = translate (x, pdu.status_name);
      pdu.path = translate (x, pdu.path);
      pdu.words = translate (x, pdu.words);
      take_pdu (x, &pdu);
      x->end = MAX (x->end, pdu.time);
    }
  for (gsize i = 0; i < summary.n_segments; i++)
    {
      const WireSegment *segment = &summary.segments[i];
      if (segment->flags & WIRE_SEGMENT_SMB)
        x->foreign_port = MIN (segment->ports >> 16, segment->ports & 0xffff);
      segments_add (x->segments, segment);
      x->end = MAX (x->end, summary.segments[i].time);
    }
  return TRUE;
}

/* -------------------------------------------------------------- the rest */

static guint64
handle_key (const WirePdu *pdu)
{
  /* SMB1's handles are small numbers of one connection.  */
  return pdu->flags & WIRE_PDU_SMB1 ? hash_mix (pdu->handle, pdu->stream + 1u)
                                    : pdu->handle;
}

/* The same for its tree id.  */
static guint64
tree_key (const WirePdu *pdu)
{
  return hash_mix (pdu->flags & WIRE_PDU_SMB1 ? pdu->stream + 1u : pdu->session, pdu->tree);
}

/* The exchange that TABLE has for KEY, or NO_OPENER.  */
static guint32
given_by (GHashTable *table, guint64 key)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (table, &key));
  return found ? found - 1 : NO_OPENER;
}

static void
note_given (GHashTable *table, guint64 key, guint32 exchange)
{
  g_hash_table_insert (table, g_memdup2 (&key, sizeof key),
                       GUINT_TO_POINTER (exchange + 1));
}

static gboolean
is_command (const WirePdu *pdu, guint32 smb2, guint32 smb1)
{
  return pdu->command == (pdu->flags & WIRE_PDU_SMB1 ? smb1 : smb2);
}

/* The tree that exchange I is in.  */
static void
find_tree (Exchanges *x, guint32 i)
{
  Exchange *exchange = EXCHANGE (x, i);
  const WirePdu *request = exchanges_shown (x, exchange);
  exchange->tree = NO_OPENER;
  if (is_command (request, SMB2_TREE_CONNECT, SMB_TREE_CONNECT_ANDX))
    {
      if (exchange->response != NO_PDU && PDU (x, exchange->response)->tree)
        note_given (x->trees, tree_key (PDU (x, exchange->response)), i);
    }
  else if (exchange->related != NO_OPENER)
    exchange->tree = EXCHANGE (x, exchange->related)->tree;
  else if (request->tree)
    exchange->tree = given_by (x->trees, tree_key (request));
}

/* What exchange I, the request after another in a compound, works on: what that
   one opened, or works on.  */
static void
find_related (Exchanges *x, Exchange *exchange)
{
  const Exchange *before = EXCHANGE (x, exchange->related);
  gboolean opens = exchanges_shown (x, before)->command == SMB2_CREATE;
  exchange->opener = opens ? exchange->related : before->opener;
  if (!exchange->path)
    exchange->path = before->path;
}

/* The path of exchange I: what its request names, or what its handle was opened
   as.  */
static void
find_path (Exchanges *x, guint32 i)
{
  Exchange *exchange = EXCHANGE (x, i);
  const WirePdu *request = exchanges_shown (x, exchange);
  const WirePdu *response
      = exchange->response != NO_PDU ? PDU (x, exchange->response) : NULL;
  exchange->path = request->path;
  exchange->opener = NO_OPENER;
  if (request->handle)
    {
      exchange->opener = given_by (x->handles, handle_key (request));
      if (exchange->opener != NO_OPENER && !exchange->path)
        exchange->path = EXCHANGE (x, exchange->opener)->path;
    }
  else if (exchange->related != NO_OPENER)
    find_related (x, exchange);
  if (response && response->handle && response->handle != request->handle)
    note_given (x->handles, handle_key (response), i);
}

static guint64
hash_further (const Exchanges *x, const Exchange *exchange, gboolean responses,
              guint64 hash)
{
  for (guint32 i = exchange->further; i != NO_PDU; i = exchanges_next (x, i))
    if (!(PDU (x, i)->flags & WIRE_PDU_RESPONSE) == !responses)
      hash = hash_mix (hash, PDU (x, i)->matters);
  return hash;
}

static void
finish_exchange (Exchanges *x, guint32 i)
{
  Exchange *exchange = EXCHANGE (x, i);
  const WirePdu *shown = exchanges_shown (x, exchange);
  const WirePdu *response
      = exchange->response != NO_PDU ? PDU (x, exchange->response) : NULL;
  find_path (x, i);
  find_tree (x, i);
  exchange->session = shown->session ? shown->session : response ? response->session : 0;
  guint64 hash = hash_mix (hash_mix (HASH_START, shown->command),
                           shown->flags & (WIRE_PDU_SMB1 | WIRE_PDU_OPAQUE));
  hash = hash_mix (
      hash, exchange->path ? hash_string (strings_get (x->strings, exchange->path)) : 0);
  exchange->kind_hash = hash_mix (hash, shown->kind);
  hash = hash_mix (exchange->kind_hash,
                   exchange->request != NO_PDU ? PDU (x, exchange->request)->matters : 1);
  exchange->request_hash = hash_further (x, exchange, FALSE, hash);
  hash = hash_mix (exchange->request_hash, response ? response->matters : 1);
  hash = hash_mix (hash,
                   exchange->interim != NO_PDU ? PDU (x, exchange->interim)->matters : 1);
  exchange->exchange_hash = hash_further (x, exchange, TRUE, hash);
}

/* A connection that was bound to a session is part of it.  */
static void
unite_streams (Exchanges *x)
{
  g_autoptr (GHashTable) first
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint32 i = 0; i < x->pdus->len; i++)
    {
      const WirePdu *pdu = PDU (x, i);
      if (!pdu->session || pdu->flags & WIRE_PDU_SMB1)
        continue;
      guint32 stream = stream_index (x, pdu->stream);
      guint known = GPOINTER_TO_UINT (g_hash_table_lookup (first, &pdu->session));
      if (!known)
        g_hash_table_insert (first, g_memdup2 (&pdu->session, sizeof pdu->session),
                             GUINT_TO_POINTER (stream + 1));
      else if (known - 1 != stream && pdu->flags & WIRE_PDU_BINDING)
        unite (x, stream, known - 1);
    }
}

/* Number the groups by their first exchange, and put the exchanges of each
   together.  */
static void
make_groups (Exchanges *x)
{
  g_autofree guint32 *group_of = g_new0 (guint32, x->streams->len + 1);
  for (guint32 i = 0; i < x->list->len; i++)
    {
      Exchange *exchange = EXCHANGE (x, i);
      guint32 stream = stream_index (x, exchanges_shown (x, exchange)->stream);
      guint32 root = find_root (x, stream);
      if (!group_of[root])
        {
          const Group group = { .stream = root };
          g_array_append_val (x->groups, group);
          group_of[root] = x->groups->len;
        }
      exchange->group = group_of[root] - 1;
      g_array_index (x->groups, Group, exchange->group).n++;
    }
  guint32 first = 0;
  for (guint32 g = 0; g < x->groups->len; g++)
    {
      Group *group = &g_array_index (x->groups, Group, g);
      group->first = first;
      first += group->n;
      group->n = 0;
    }
  for (guint32 s = 0; s < x->streams->len; s++)
    {
      guint32 group = group_of[find_root (x, s)];
      if (group)
        g_array_index (x->groups, Group, group - 1).n_streams++;
    }
  g_array_set_size (x->order, x->list->len);
  for (guint32 i = 0; i < x->list->len; i++)
    {
      Group *group = &g_array_index (x->groups, Group, EXCHANGE (x, i)->group);
      g_array_index (x->order, guint32, group->first + group->n++) = i;
    }
}

void
exchanges_keep (Exchanges *x, const guint32 *frames, guint32 n)
{
  g_clear_pointer (&x->kept, g_array_unref);
  x->kept = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_array_append_vals (x->kept, frames, n);
}

static int
compare_frames (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
  return x < y ? -1 : x > y;
}

static gboolean
is_kept (const Exchanges *x, guint32 pdu)
{
  return pdu != NO_PDU
         && bsearch (&PDU (x, pdu)->frame, x->kept->data, x->kept->len, sizeof (guint32),
                     compare_frames);
}

static gboolean
keeps (const Exchanges *x, const Exchange *exchange)
{
  if (is_kept (x, exchange->request) || is_kept (x, exchange->response)
      || is_kept (x, exchange->interim))
    return TRUE;
  for (guint32 i = exchange->further; i != NO_PDU; i = exchanges_next (x, i))
    if (is_kept (x, i))
      return TRUE;
  return FALSE;
}

/* Where an exchange that others go back to is now, by PLACES.  */
static guint32
moved_to (const guint32 *places, guint32 exchange)
{
  return exchange == NO_OPENER ? NO_OPENER : places[exchange];
}

/* Leave out the exchanges that are not to be kept.  What is known by them stays.  */
static void
leave_out (Exchanges *x)
{
  guint32 n = 0;
  g_autofree guint32 *places = g_new (guint32, x->list->len + 1);
  for (guint32 i = 0; i < x->list->len; i++)
    {
      const Exchange *exchange = EXCHANGE (x, i);
      places[i] = keeps (x, exchange) ? n++ : NO_OPENER;
      if (places[i] != NO_OPENER)
        *EXCHANGE (x, places[i]) = *exchange;
    }
  g_array_set_size (x->list, n);
  for (guint32 i = 0; i < n; i++)
    {
      Exchange *exchange = EXCHANGE (x, i);
      exchange->opener = moved_to (places, exchange->opener);
      exchange->tree = moved_to (places, exchange->tree);
      exchange->related = moved_to (places, exchange->related);
    }
}

void
exchanges_finish (Exchanges *x)
{
  for (guint32 i = 0; i < x->list->len; i++)
    finish_exchange (x, i);
  if (x->kept)
    leave_out (x);
  unite_streams (x);
  make_groups (x);
  g_clear_pointer (&x->pending, g_hash_table_unref);
  g_clear_pointer (&x->handles, g_hash_table_unref);
  g_clear_pointer (&x->trees, g_hash_table_unref);
}

/* ---------------------------------------------------------------- access */

guint32
exchanges_cut (const Exchanges *x)
{
  guint32 n = 0;
  for (guint i = 0; i < x->pdus->len; i++)
    n += (PDU (x, i)->flags & WIRE_PDU_CUT) != 0;
  return n;
}

guint32
exchanges_repeated (const Exchanges *x)
{
  return x->n_repeated;
}

guint32
exchanges_datagrams (const Exchanges *x)
{
  guint32 n = 0;
  for (guint i = 0; i < x->pdus->len; i++)
    n += (PDU (x, i)->flags & WIRE_PDU_DATAGRAM) != 0;
  return n;
}

guint32
exchanges_count (const Exchanges *x)
{
  return x->list->len;
}

const Exchange *
exchanges_get (const Exchanges *x, guint32 i)
{
  return EXCHANGE (x, i);
}

guint32
exchanges_group_count (const Exchanges *x)
{
  return x->groups->len;
}

const Group *
exchanges_group (const Exchanges *x, guint32 i)
{
  return &g_array_index (x->groups, Group, i);
}

guint32
exchanges_in_order (const Exchanges *x, guint32 place)
{
  return g_array_index (x->order, guint32, place);
}

static const char *
stream_end (const Exchanges *x, guint32 group, gboolean server)
{
  const Stream *stream = STREAM (x, exchanges_group (x, group)->stream);
  /* What was told first may be either end.  */
  const char *port = stream->destination ? strrchr (stream->destination, ':') : NULL;
  gboolean to_server = port && atoi (port + 1) == stream->server_port;
  const char *end = server == to_server ? stream->destination : stream->source;
  return end ? end : "";
}

const char *
exchanges_client (const Exchanges *x, guint32 group)
{
  return stream_end (x, group, FALSE);
}

const char *
exchanges_server (const Exchanges *x, guint32 group)
{
  return stream_end (x, group, TRUE);
}

guint32
exchanges_pdu_count (const Exchanges *x)
{
  return x->pdus->len;
}

const WirePdu *
exchanges_pdu (const Exchanges *x, guint32 pdu)
{
  return PDU (x, pdu);
}

guint32
exchanges_next (const Exchanges *x, guint32 pdu)
{
  return g_array_index (x->next, guint32, pdu);
}

const WireIgnored *
exchanges_ignored (const Exchanges *x, guint32 pdu, guint32 *n)
{
  guint32 start = pdu ? PDU (x, pdu - 1)->ignored : 0;
  *n = PDU (x, pdu)->ignored - start;
  return *n ? &g_array_index (x->ignored, WireIgnored, start) : NULL;
}

const WireIdentifier *
exchanges_identifiers (const Exchanges *x, guint32 pdu, guint32 *n)
{
  guint32 start = pdu ? PDU (x, pdu - 1)->identifiers : 0;
  *n = PDU (x, pdu)->identifiers - start;
  return *n ? &g_array_index (x->identifiers, WireIdentifier, start) : NULL;
}

const WireValue *
exchanges_values (const Exchanges *x, guint32 pdu, guint32 *n)
{
  guint32 start = pdu ? PDU (x, pdu - 1)->values : 0;
  *n = PDU (x, pdu)->values - start;
  return *n ? &g_array_index (x->values, WireValue, start) : NULL;
}

const WirePdu *
exchanges_shown (const Exchanges *x, const Exchange *exchange)
{
  return PDU (x, exchange->request != NO_PDU    ? exchange->request
                 : exchange->response != NO_PDU ? exchange->response
                                                : exchange->interim);
}

gboolean
exchanges_is_opaque (const Exchanges *x, guint32 i)
{
  return (exchanges_shown (x, exchanges_get (x, i))->flags & WIRE_PDU_OPAQUE) != 0;
}

guint32
exchanges_foreign_port (const Exchanges *x)
{
  return x->foreign_port;
}

const Segments *
exchanges_segments (const Exchanges *x)
{
  return x->segments;
}

guint32
exchanges_stream (const Exchanges *x, guint32 group)
{
  return STREAM (x, exchanges_group (x, group)->stream)->stream;
}

guint32
exchanges_server_port (const Exchanges *x, guint32 group)
{
  return STREAM (x, exchanges_group (x, group)->stream)->server_port;
}

gint64
exchanges_end (const Exchanges *x)
{
  return x->end;
}

guint64
exchanges_hash (const Exchanges *x)
{
  guint64 hash = hash_mix (HASH_START, x->list->len);
  for (guint32 i = 0; i < x->list->len; i++)
    hash = hash_mix (hash, EXCHANGE (x, i)->exchange_hash);
  return hash;
}

gint64
exchange_duration (const Exchanges *x, const Exchange *e)
{
  if (e->request == NO_PDU || e->response == NO_PDU)
    return -1;
  return exchanges_pdu (x, e->response)->time - exchanges_pdu (x, e->request)->time;
}
