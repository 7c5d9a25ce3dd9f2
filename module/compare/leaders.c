/* leaders.c --- divergences that are told with others

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/leaders.h"

/* The number that DIVERGENCE, or what it is told with, has among those that are left.  */
static guint32
new_number (const guint32 *leaders, const guint32 *numbers, guint32 divergence)
{
  return divergence == NO_DIVERGENCE ? NO_DIVERGENCE : numbers[leaders[divergence]];
}

void
leaders_follow (Judge *judge, const guint32 *leaders)
{
  Comparison *c = judge->result;
  guint32 n = 0;
  g_autofree guint32 *numbers = g_new (guint32, c->divergences->len + 1);
  for (guint32 i = 0; i < c->divergences->len; i++)
    {
      numbers[i] = n;
      if (leaders[i] == i)
        g_array_index (c->divergences, Divergence, n++)
            = g_array_index (c->divergences, Divergence, i);
    }
  g_array_set_size (c->divergences, n);
  for (guint32 i = 0; i < n; i++)
    {
      Divergence *d = &g_array_index (c->divergences, Divergence, i);
      d->cause = new_number (leaders, numbers, d->cause);
      /* No one follows from what is told with it.  */
      if (d->cause == i)
        d->cause = NO_DIVERGENCE;
    }
  for (guint32 r = 0; r < c->rows->len; r++)
    {
      ComparedRow *row = &g_array_index (c->rows, ComparedRow, r);
      row->divergence = new_number (leaders, numbers, row->divergence);
      if (judge->after[r])
        judge->after[r] = new_number (leaders, numbers, judge->after[r] - 1) + 1;
    }
}
