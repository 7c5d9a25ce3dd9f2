/* reconnect.c --- what follows from having to connect again

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/reconnect.h"

static const GroupPair *
pair_at (const Judge *judge, guint32 pair)
{
  return &g_array_index (judge->pairing->groups, GroupPair, pair);
}

static guint32
group_of (const Judge *judge, guint32 pair, int side)
{
  return side ? pair_at (judge, pair)->right : pair_at (judge, pair)->left;
}

/* The pair of groups of both sides that SIDE's begins with in FRAME, or NO_GROUP.  */
static guint32
find_pair (const Judge *judge, int side, guint32 frame)
{
  const Exchanges *x = judge->x[side];
  for (guint32 p = 0; p < judge->pairing->groups->len; p++)
    {
      guint32 group = group_of (judge, p, side);
      if (group == NO_GROUP || group_of (judge, p, !side) == NO_GROUP)
        continue;
      guint32 first = exchanges_in_order (x, exchanges_group (x, group)->first);
      if (exchanges_shown (x, exchanges_get (x, first))->frame == frame)
        return p;
    }
  return NO_GROUP;
}

/* What is asked in GROUP of SIDE, hashes.  */
static GHashTable *
requests_of (const Judge *judge, int side, guint32 group)
{
  const Exchanges *x = judge->x[side];
  const Group *g = exchanges_group (x, group);
  GHashTable *requests = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint32 i = g->first; i < g->first + g->n; i++)
    {
      const Exchange *e = exchanges_get (x, exchanges_in_order (x, i));
      g_hash_table_add (requests, (gpointer)&e->request_hash);
    }
  return requests;
}

/* The number that divergence I has once FROM was moved to TO, before it.  */
static guint32
moved (guint32 i, guint32 from, guint32 to)
{
  return i == from ? to : i >= to && i < from ? i + 1 : i;
}

/* Tell divergence FROM before TO, which follows from it.  */
static void
move (Judge *judge, guint32 from, guint32 to)
{
  GArray *divergences = judge->result->divergences;
  const Divergence d = g_array_index (divergences, Divergence, from);
  g_array_remove_index (divergences, from);
  g_array_insert_val (divergences, to, d);
  for (guint32 i = 0; i < divergences->len; i++)
    {
      guint32 *cause = &g_array_index (divergences, Divergence, i).cause;
      if (*cause != NO_DIVERGENCE)
        *cause = moved (*cause, from, to);
    }
  for (guint32 r = 0; r < judge->result->rows->len; r++)
    {
      ComparedRow *row = &g_array_index (judge->result->rows, ComparedRow, r);
      if (row->divergence != NO_DIVERGENCE)
        row->divergence = moved (row->divergence, from, to);
      if (judge->after[r])
        judge->after[r] = moved (judge->after[r] - 1, from, to) + 1;
    }
}

/* Have what only the side that is not SIDE does in PAIR, and is among REQUESTS, and what
   SIDE has in ENDED, which has no partner, follow from divergence NUMBER.  Returns the
   first of these, or NUMBER.  */
static guint32
follow (Judge *judge, int side, guint32 pair, guint32 ended, GHashTable *requests,
        guint32 number)
{
  guint32 first = number;
  for (guint32 r = 0; r < judge->result->rows->len; r++)
    {
      const ComparedRow *row = &g_array_index (judge->result->rows, ComparedRow, r);
      guint32 mine = side ? row->b : row->a, other = side ? row->a : row->b;
      if (row->divergence == NO_DIVERGENCE || row->divergence == number
          || (row->pair != ended && (row->pair != pair || mine != NO_EXCHANGE)))
        continue;
      Divergence *d
          = &g_array_index (judge->result->divergences, Divergence, row->divergence);
      if (d->cause == NO_DIVERGENCE
          && (row->pair == ended
              || g_hash_table_contains (
                  requests, &exchanges_get (judge->x[!side], other)->request_hash)))
        {
          d->cause = number;
          first = MIN (first, row->divergence);
        }
    }
  return first;
}

void
reconnect_follow (Judge *judge)
{
  for (guint32 i = 0; i < judge->result->divergences->len; i++)
    {
      const Divergence *d = &g_array_index (judge->result->divergences, Divergence, i);
      guint32 ended = g_array_index (judge->result->rows, ComparedRow, d->row).pair;
      if (d->kind != DIVERGES_CONNECTION || !d->reconnect || d->cause != NO_DIVERGENCE
          || group_of (judge, ended, !d->side) != NO_GROUP)
        continue;
      guint32 pair = find_pair (judge, d->side, d->reconnect);
      if (pair == NO_GROUP)
        continue;
      g_autoptr (GHashTable) requests
          = requests_of (judge, d->side, group_of (judge, ended, d->side));
      move (judge, i, follow (judge, d->side, pair, ended, requests, i));
    }
}
