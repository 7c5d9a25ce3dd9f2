/* cause.h --- which divergence follows from which

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_CAUSE_H
#define SMBCMP_COMPARE_CAUSE_H

#include "compare/judge.h"

/* The divergence that the case follows from, or NO_DIVERGENCE.  */
guint32 cause_find (const Judge *judge, const JudgedRow *c);

/* Remember what may follow from the case, whose divergence this is.  */
void cause_note (Judge *judge, const JudgedRow *c, guint32 divergence);

/* The same, + 1, of what is known by name: tickets, addresses; 0 for nothing.  */
guint32 cause_of_protocols (const Judge *judge, const JudgedRow *c);

/* Note the DIVERGENCE of a row of another protocol than SMB.  */
void cause_note_protocol (Judge *judge, const JudgedRow *c, guint32 divergence);

#endif
