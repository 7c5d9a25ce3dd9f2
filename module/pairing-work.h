/* pairing-work.h --- what the rooms of pairing share

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   pairing.c makes rows, match.c aligns the exchanges of two groups, and
   affinity.c finds which groups go together.  */

#ifndef SMBCMP_PAIRING_WORK_H
#define SMBCMP_PAIRING_WORK_H

#include "pairing.h"

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

/* Align two groups, left and right.  MATCH and MOVES, of the left one's size,
   get the right place each left one goes with in order, or was moved to, or
   ALIGN_NONE.  FALSE if given up.  */
gboolean match_groups (const Work *work, const Group *left, const Group *right,
                       guint32 *match, guint32 *moves);

/* For each left group its partner, or ALIGN_NONE; NULL if given up.  To
   g_free.  */
guint32 *affinity_groups (const Work *work);

#endif
