/* exchange-pdu.c --- PDUs become exchanges

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/exchange-work.h"

#include "smb/status.h"
#include "support/hash.h"

/* ---------------------------------------------------- what answers what, by id */

/* What a response says of its request.  */
typedef struct
{
  guint64 message;
  guint32 stream;
  guint32 protocol;
} MessageKey;

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

GHashTable *
exchanges_pending_new (void)
{
  return g_hash_table_new_full (message_hash, message_equal, g_free, NULL);
}

/* ----------------------------------------------------------- connections */

guint32
exchanges_stream_index (Exchanges *x, guint32 number)
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

Stream *
exchanges_find_stream (Exchanges *x, guint32 number)
{
  guint32 index = exchanges_stream_index (x, number);
  return STREAM (x, index);
}

guint32
exchanges_root (Exchanges *x, guint32 stream)
{
  while (STREAM (x, stream)->parent != stream)
    {
      guint32 above = STREAM (x, stream)->parent;
      STREAM (x, stream)->parent = STREAM (x, above)->parent;
      stream = above;
    }
  return stream;
}

void
exchanges_unite (Exchanges *x, guint32 a, guint32 b)
{
  a = exchanges_root (x, a);
  b = exchanges_root (x, b);
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
  const WirePdu *old = PDU (x, pdu);
  return old->command == new->command && !((old->flags ^ new->flags) & WIRE_PDU_RESPONSE);
}

static Exchange *
find_pending (Exchanges *x, const MessageKey *key)
{
  guint found = GPOINTER_TO_UINT (g_hash_table_lookup (x->pending, key));
  return found ? EXCHANGE (x, found - 1) : NULL;
}

Exchange *
exchanges_begin (Exchanges *x, guint32 request, guint32 response)
{
  const Exchange exchange = { .request = request,
                              .response = response,
                              .interim = NO_PDU,
                              .further = NO_PDU,
                              .related = NO_OPENER };
  g_array_append_val (x->list, exchange);
  return EXCHANGE (x, x->list->len - 1);
}

void
exchanges_add_further (Exchanges *x, Exchange *exchange, guint32 pdu)
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
add_unanswered (Exchanges *x, guint32 i, guint32 kind)
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
  exchanges_begin (x, i, NO_PDU)->cancel = kind == KEY_CANCEL;
  remember (x, &key, x->list->len - 1);
}

/* A request in a compound may work on what the one before it opened.  */
static void
note_compound (Exchanges *x, const WirePdu *pdu)
{
  if (pdu->flags & WIRE_PDU_RELATED && x->compound_frame == pdu->frame)
    EXCHANGE (x, x->list->len - 1)->related = x->compound;
  x->compound = x->list->len - 1;
  x->compound_frame = pdu->frame;
}

/* Does BEFORE lack its request only because the file has the request, PDU, behind the
   response?  */
static gboolean
is_overtaken (Exchanges *x, const Exchange *before, const WirePdu *pdu)
{
  return before && before->request == NO_PDU && before->response != NO_PDU
         && PDU (x, before->response)->command == pdu->command
         && PDU (x, before->response)->time >= pdu->time;
}

static void
add_request (Exchanges *x, guint32 i)
{
  const WirePdu *pdu = PDU (x, i);
  MessageKey key = message_key (pdu);
  Exchange *before = find_pending (x, &key);
  const WirePdu *request
      = before && before->request != NO_PDU ? PDU (x, before->request) : NULL;
  if (request && is_secondary (pdu) && before->response == NO_PDU)
    exchanges_add_further (x, before, i);
  else if (request && is_repeated (x, before->request, pdu))
    x->n_repeated++;
  else if (is_overtaken (x, before, pdu))
    before->request = i;
  else
    {
      exchanges_begin (x, i, NO_PDU);
      exchanges_find_stream (x, pdu->stream)->latest = x->list->len;
      remember (x, &key, x->list->len - 1);
      note_compound (x, pdu);
    }
}

/* SMB2 is the answer to an SMB1 negotiation, too.  */
static Exchange *
find_negotiation (Exchanges *x, const WirePdu *pdu)
{
  guint32 latest = exchanges_find_stream (x, pdu->stream)->latest;
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
add_response (Exchanges *x, guint32 i)
{
  const WirePdu *pdu = PDU (x, i);
  Exchange *exchange = find_question (x, pdu);
  gboolean interim = pdu->flags & WIRE_PDU_ASYNC && pdu->status == SMB_STATUS_PENDING;
  MessageKey key = message_key (pdu);
  if (!exchange)
    {
      exchange = exchanges_begin (x, NO_PDU, i);
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
    exchanges_add_further (x, exchange, i);
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

/* What is encrypted in other protocols than SMB is part of no exchange: it is counted.  */
static void
count_encrypted (Exchanges *x, guint32 protocol)
{
  gpointer name = GUINT_TO_POINTER (protocol);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (x->encrypted, name));
  g_hash_table_insert (x->encrypted, name, GUINT_TO_POINTER (n + 1));
}

guint32
exchanges_keep_pdu (Exchanges *x, const WirePdu *pdu)
{
  guint32 i = x->n_pdus++, none = NO_PDU;
  if (i / PDUS_TOGETHER == x->pdus->len)
    g_ptr_array_add (x->pdus, g_new (WirePdu, PDUS_TOGETHER));
  *PDU (x, i) = *pdu;
  g_array_append_val (x->next, none);
  return i;
}

void
exchanges_add_pdu (Exchanges *x, const WirePdu *pdu)
{
  if (pdu->protocol && pdu->flags & WIRE_PDU_OPAQUE)
    {
      count_encrypted (x, pdu->protocol);
      return;
    }
  exchanges_take_pdu (x, exchanges_keep_pdu (x, pdu));
}

void
exchanges_take_pdu (Exchanges *x, guint32 i)
{
  WirePdu *pdu = PDU (x, i);
  guint32 s = exchanges_stream_index (x, pdu->stream);
  pdu->session = session_of (x, pdu);
  learn_server (STREAM (x, s), pdu);
  /* What a NetBIOS datagram says is part of no conversation.  */
  if (pdu->flags & WIRE_PDU_DATAGRAM)
    return;
  if (pdu->protocol)
    exchanges_add_message (x, i);
  else if (pdu->flags & WIRE_PDU_OPAQUE)
    exchanges_begin (x, i, NO_PDU);
  else if (is_notice (STREAM (x, s), pdu))
    add_unanswered (x, i, KEY_NOTICE);
  else if (is_cancel (pdu) && !(pdu->flags & WIRE_PDU_RESPONSE))
    add_unanswered (x, i, KEY_CANCEL);
  else if (pdu->flags & WIRE_PDU_RESPONSE)
    add_response (x, i);
  else
    add_request (x, i);
}
