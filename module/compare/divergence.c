/* divergence.c --- a divergence is added

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/divergence.h"
#include "compare/cause.h"
#include "compare/missing.h"

DivergenceKind
divergence_kind (const JudgedRow *c)
{
  if (!c->e[0] || !c->e[1])
    return c->e[0] ? DIVERGES_ONLY_A : DIVERGES_ONLY_B;
  return c->found.n_broken   ? DIVERGES_IDENTIFIER
         : c->status         ? DIVERGES_STATUS
         : c->found.request  ? DIVERGES_REQUEST
         : c->found.response ? DIVERGES_RESPONSE
         : c->slower         ? DIVERGES_SLOWER
                             : DIVERGES_REQUEST;
}

/* Is something of one side only because of what a capture lacks?  */
static gboolean
follows_capture (const Judge *judge, const Divergence *d)
{
  return d->cause != NO_DIVERGENCE
         && (d->kind == DIVERGES_ONLY_A || d->kind == DIVERGES_ONLY_B)
         && g_array_index (judge->result->divergences, Divergence, d->cause).kind
                == DIVERGES_CAPTURE;
}

/* If D is that a request has no response because the server ended the connection,
   that is what to tell.  */
static void
note_ending (const Judge *judge, const JudgedRow *c, Divergence *d)
{
  for (int side = 0; side < 2; side++)
    {
      const WireSegment *ending = c->e[0] && c->e[1] && c->e[side]->response == NO_PDU
                                      ? missing_ending (judge, c, side)
                                      : NULL;
      if (ending)
        {
          d->kind = DIVERGES_CONNECTION;
          d->side = side;
          d->frame = ending->frame;
          d->how = ending->flags;
        }
    }
}

guint32
divergence_add (Judge *judge, const JudgedRow *c, DivergenceKind kind)
{
  Divergence d = c->found;
  d.kind = kind;
  d.row = c->number;
  d.a = c->row->left;
  d.b = c->row->right;
  d.n = 1;
  d.cause = cause_find (judge, c);
  if (missing_by_capture (judge, c, &d.side) || missing_names (judge, c)
      || follows_capture (judge, &d))
    d.kind = DIVERGES_CAPTURE;
  else
    note_ending (judge, c, &d);
  kind = d.kind;
  judge->apart |= kind == DIVERGES_STATUS || kind == DIVERGES_ONLY_A
                  || kind == DIVERGES_ONLY_B || kind == DIVERGES_ORDER
                  || kind == DIVERGES_IDENTIFIER;
  g_array_append_val (judge->result->divergences, d);
  return judge->result->divergences->len - 1;
}
