/* leaders.h --- divergences that are told with others

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_LEADERS_H
#define SMBCMP_COMPARE_LEADERS_H

#include "compare/judge.h"

/* Leave out those divergences of the result that are told with another: LEADERS has which
   one, for each, itself for those that are told.  */
void leaders_follow (Judge *judge, const guint32 *leaders);

#endif
