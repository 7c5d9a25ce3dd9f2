/* work.h --- what the files of pairing share

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   pairing.c makes rows, match.c aligns the exchanges of two groups, and
   affinity.c finds which groups go together.  */

#ifndef SMBCMP_COMPARE_WORK_H
#define SMBCMP_COMPARE_WORK_H

#include "compare/rows.h"

typedef struct
{
  const Exchanges *sides[2];
  const Strings *strings;
  const Pin *pins;
  guint n_pins;
  gboolean (*tick) (gpointer);
  gpointer user;
  Pairing *pairing;
} Work;

static inline gboolean
work_tick (const Work *work)
{
  return !work->tick || work->tick (work->user);
}

/* The exchange at PLACE of GROUP of SIDE.  */
static inline const Exchange *
exchange_at (const Work *work, int side, const Group *group, guint32 place)
{
  const Exchanges *x = work->sides[side];
  return exchanges_get (x, exchanges_in_order (x, group->first + place));
}

#endif
