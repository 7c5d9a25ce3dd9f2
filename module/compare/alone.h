/* alone.h --- what one side has and the other does not

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   That is one divergence for a connection without a partner, for what is before the
   other side's capture begins, and for what comes when the other side has nothing
   more; else one for each exchange.  */

#ifndef SMBCMP_COMPARE_ALONE_H
#define SMBCMP_COMPARE_ALONE_H

#include "compare/judge.h"

void alone_begin (Judge *judge);
void alone_end (Judge *judge);

/* The divergence of a row of one side.  */
guint32 alone_judge (Judge *judge, JudgedRow *c);

/* Remember what that comes behind the row, of both sides, may follow from; DIVERGENCE is
   the row's.  */
void alone_note_last (Judge *judge, const JudgedRow *c, guint32 divergence);

#endif
