/* affinity.h --- which groups of two captures go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_AFFINITY_H
#define SMBCMP_COMPARE_AFFINITY_H

#include "compare/work.h"

/* For each left group its partner, or ALIGN_NONE; NULL if given up.  To
   g_free.  */
guint32 *affinity_groups (const Work *work);

#endif
