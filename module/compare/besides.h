/* besides.h --- what one side asks besides, and what breaks nothing

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   How often a client asks is a matter of time: it asks whether a service has started
   until it has, looks at a file again when what it knows of it has grown old, and
   stays in touch when it has nothing to do.  What a negotiation takes depends on the
   dialect.  Such exchanges of one side are counted, and no divergences, as long as
   they are few.  */

#ifndef SMBCMP_COMPARE_BESIDES_H
#define SMBCMP_COMPARE_BESIDES_H

#include "compare/judge.h"

/* Find such rows; before any is judged.  */
void besides_begin (Judge *judge);
void besides_end (Judge *judge);

/* Is the row one?  Then it is counted.  */
gboolean besides_count (Judge *judge, const JudgedRow *c);

#endif
