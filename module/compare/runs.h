/* runs.h --- exchanges of one side that come in a row

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   After something that ends otherwise, one side may do a lot that the other does not,
   before both go on with the same.  Where that has several beginnings, it is told in a
   line.  */

#ifndef SMBCMP_COMPARE_RUNS_H
#define SMBCMP_COMPARE_RUNS_H

#include "compare/judge.h"

/* Tell such runs of the result in a line each.  */
void runs_fold (Judge *judge);

#endif
