/* match.h --- aligning the exchanges of two groups

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_MATCH_H
#define SMBCMP_COMPARE_MATCH_H

#include "compare/work.h"

/* Align two groups, left and right.  MATCH and MOVES, of the left one's size,
   get the right place each left one goes with in order, or was moved to, or
   ALIGN_NONE.  FALSE if given up.  */
gboolean match_groups (const Work *work, const Group *left, const Group *right,
                       guint32 *match, guint32 *moves);

#endif
