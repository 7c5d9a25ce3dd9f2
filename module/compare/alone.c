/* alone.c --- what one side has and the other does not

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/alone.h"
#include "compare/divergence.h"
#include "compare/missing.h"

/* Find what comes after the last row of each pair of groups that has two sides.  */
void
alone_begin (Judge *judge)
{
  const Pairing *pairing = judge->pairing;
  judge->tails = g_new0 (Tail, pairing->groups->len + 1);
  judge->after = g_new0 (guint32, pairing->rows->len + 1);
  for (guint32 r = 0; r < pairing->rows->len; r++)
    {
      const Row *row = &g_array_index (pairing->rows, Row, r);
      Tail *tail = &judge->tails[row->pair];
      if (row->left != NO_EXCHANGE && row->right != NO_EXCHANGE)
        *tail = (Tail){ .from = r + 1 };
      else
        tail->n[row->left == NO_EXCHANGE]++;
    }
}

void
alone_end (Judge *judge)
{
  g_free (judge->tails);
  g_free (judge->after);
}

/* As many exchanges at the end of one side as are told in one line.  */
#define MIN_TAIL 3

/* Does SIDE's exchange, of another protocol than SMB, fail?  That is told by itself.  */
static gboolean
is_failure (const Judge *judge, const JudgedRow *c, int side)
{
  const Exchange *e = c->e[side];
  const Exchanges *x = judge->x[side];
  return exchanges_shown (x, e)->protocol
         && ((e->response == NO_PDU && !(exchanges_shown (x, e)->flags & WIRE_PDU_ALONE))
             || (e->response != NO_PDU
                 && exchanges_pdu (x, e->response)->flags & WIRE_PDU_FAILED));
}

/* What the row, of one side only, folds into.  */
static DivergenceFold
fold_of (const Judge *judge, const JudgedRow *c)
{
  const GroupPair *groups
      = &g_array_index (judge->pairing->groups, GroupPair, c->row->pair);
  const Tail *tail = &judge->tails[c->row->pair];
  int side = c->e[0] ? 0 : 1;
  if (is_failure (judge, c, side))
    return FOLDS_NOTHING;
  if (groups->left == NO_GROUP || groups->right == NO_GROUP)
    return FOLDS_CONNECTION;
  if (missing_before (judge, c))
    return FOLDS_BEGIN;
  if (c->number < tail->from || tail->n[side] < MIN_TAIL)
    return FOLDS_NOTHING;
  return tail->n[!side] ? FOLDS_REST : FOLDS_END;
}

guint32
alone_judge (Judge *judge, JudgedRow *c)
{
  Tail *tail = &judge->tails[c->row->pair];
  int side = c->e[0] ? 0 : 1;
  c->diverges = TRUE;
  judge->after[c->number] = tail->last;
  c->found.fold = fold_of (judge, c);
  guint32 *known = c->found.fold == FOLDS_BEGIN ? &tail->before[side] : &tail->fold[side];
  if (c->found.fold == FOLDS_NOTHING)
    return divergence_add (judge, c, divergence_kind (c));
  if (*known)
    {
      Divergence *d = &g_array_index (judge->result->divergences, Divergence, *known - 1);
      d->n++;
      d->frame = missing_next (judge, c, side);
      return *known - 1;
    }
  *known = divergence_add (judge, c, divergence_kind (c)) + 1;
  Divergence *d = &g_array_index (judge->result->divergences, Divergence, *known - 1);
  if (d->cause == NO_DIVERGENCE && d->fold == FOLDS_END && tail->last)
    d->cause = tail->last - 1;
  return *known - 1;
}

void
alone_note_last (Judge *judge, const JudgedRow *c, guint32 divergence)
{
  gboolean outcome = c->status || c->failed
                     || (c->e[0]->response == NO_PDU) != (c->e[1]->response == NO_PDU);
  judge->tails[c->row->pair].last = c->diverges && outcome ? divergence + 1 : 0;
}
