/* mirror.h --- A and B change places

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_MIRROR_H
#define SMBCMP_COMPARE_MIRROR_H

#include "compare/comparison.h"

/* What is said of A in C is of B, and the other way round.  */
void comparison_mirror (Comparison *c);

#endif
