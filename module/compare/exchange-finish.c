/* exchange-finish.c --- exchanges are linked, grouped and hashed

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/exchange-work.h"

#include <stdlib.h>

#include "support/hash.h"

/* --------------------------------------------------------- what each is about */

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
  /* Whether a server first said that it will take a while is a matter of time.  */
  hash = hash_mix (exchange->request_hash, response ? response->matters : 1);
  exchange->exchange_hash = hash_further (x, exchange, TRUE, hash);
}

/* ------------------------------------------------------------------- groups */

/* A connection that was bound to a session is part of it.  */
static void
unite_streams (Exchanges *x)
{
  g_autoptr (GHashTable) first
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (guint32 i = 0; i < x->n_pdus; i++)
    {
      const WirePdu *pdu = PDU (x, i);
      if (!pdu->session || pdu->flags & WIRE_PDU_SMB1)
        continue;
      guint32 stream = exchanges_stream_index (x, pdu->stream);
      guint known = GPOINTER_TO_UINT (g_hash_table_lookup (first, &pdu->session));
      if (!known)
        g_hash_table_insert (first, g_memdup2 (&pdu->session, sizeof pdu->session),
                             GUINT_TO_POINTER (stream + 1));
      else if (known - 1 != stream && pdu->flags & WIRE_PDU_BINDING)
        exchanges_unite (x, stream, known - 1);
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
      guint32 stream = exchanges_stream_index (x, exchanges_shown (x, exchange)->stream);
      guint32 root = exchanges_root (x, stream);
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
      guint32 group = group_of[exchanges_root (x, s)];
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

/* ------------------------------------------------------------ what is kept */

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
  if (x->n_disordered)
    exchanges_put_in_order (x);
  for (guint32 i = 0; i < x->list->len; i++)
    finish_exchange (x, i);
  if (x->kept)
    leave_out (x);
  unite_streams (x);
  make_groups (x);
  g_clear_pointer (&x->pending, g_hash_table_unref);
  g_clear_pointer (&x->questions, g_hash_table_unref);
  g_clear_pointer (&x->handles, g_hash_table_unref);
  g_clear_pointer (&x->trees, g_hash_table_unref);
}
