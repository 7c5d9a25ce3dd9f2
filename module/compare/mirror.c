/* mirror.c --- A and B change places

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/mirror.h"

#define SWAP(x, y)                                                                         \
  do                                                                                       \
    {                                                                                      \
      __typeof__ (x) swap = x;                                                             \
      x = y;                                                                               \
      y = swap;                                                                            \
    }                                                                                      \
  while (0)

static void
mirror_names (Comparison *c)
{
  for (guint32 i = 0; i < c->broken->len; i++)
    {
      Broken *broken = &g_array_index (c->broken, Broken, i);
      SWAP (broken->a, broken->b);
      SWAP (broken->a_seen, broken->b_seen);
    }
  for (guint32 i = 0; i < c->renamed->len; i++)
    {
      Renamed *renamed = &g_array_index (c->renamed, Renamed, i);
      SWAP (renamed->a, renamed->b);
      SWAP (renamed->a_seen, renamed->b_seen);
    }
}

static void
mirror_divergence (Divergence *d)
{
  SWAP (d->a, d->b);
  SWAP (d->pieces[0], d->pieces[1]);
  SWAP (d->piece[0], d->piece[1]);
  if (d->kind == DIVERGES_ONLY_A)
    d->kind = DIVERGES_ONLY_B;
  else if (d->kind == DIVERGES_ONLY_B)
    d->kind = DIVERGES_ONLY_A;
  d->side = !d->side;
}

void
comparison_mirror (Comparison *c)
{
  mirror_names (c);
  for (guint32 i = 0; i < c->rows->len; i++)
    SWAP (g_array_index (c->rows, ComparedRow, i).a,
          g_array_index (c->rows, ComparedRow, i).b);
  for (guint32 i = 0; i < c->groups->len; i++)
    SWAP (g_array_index (c->groups, ComparedGroups, i).a,
          g_array_index (c->groups, ComparedGroups, i).b);
  for (guint k = 0; k < N_BESIDES; k++)
    SWAP (c->besides[k][0], c->besides[k][1]);
  for (guint32 i = 0; i < c->untimely->len; i++)
    SWAP (g_array_index (c->untimely, Untimely, i).a,
          g_array_index (c->untimely, Untimely, i).b);
  for (guint32 i = 0; i < c->divergences->len; i++)
    mirror_divergence (&g_array_index (c->divergences, Divergence, i));
}
