/* connects.h --- connections that did not come about

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A connection that is refused, or to which nobody answers, has no exchanges that tell.
   Where that happened on either side, to connect to that port is an exchange itself.  */

#ifndef SMBCMP_COMPARE_CONNECTS_H
#define SMBCMP_COMPARE_CONNECTS_H

#include "compare/exchange.h"

/* Add these exchanges to A and B, before exchanges_finish.  */
void connects_add (Exchanges *a, Exchanges *b);

#endif
