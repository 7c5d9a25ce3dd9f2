/* divergence.h --- a divergence is added

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_DIVERGENCE_H
#define SMBCMP_COMPARE_DIVERGENCE_H

#include "compare/judge.h"

/* What kind of divergence the row is.  */
DivergenceKind divergence_kind (const JudgedRow *c);

/* Add the divergence of the row, of KIND unless it is what a capture lacks, or how a
   connection ended; return its number.  */
guint32 divergence_add (Judge *judge, const JudgedRow *c, DivergenceKind kind);

/* The first frame of the connection that the client of E, of the capture X, began next to
   the same server behind FRAME; 0 for none.  */
guint32 divergence_reconnect (const Exchanges *x, const Exchange *e, guint32 frame);

#endif
