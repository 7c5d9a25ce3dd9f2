/* missing.h --- what the one that recorded missed, and how connections end

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What a capture lacks is no behaviour of the peers: segments that were lost, what
   was before it began or after it ended, the other direction.  That a server closes
   a connection is.  */

#ifndef SMBCMP_COMPARE_MISSING_H
#define SMBCMP_COMPARE_MISSING_H

#include "compare/judge.h"

void missing_begin (Judge *judge);
void missing_end (Judge *judge);

/* Is the row not where its time would have it, on a side?  */
gboolean missing_place (const Judge *judge, const JudgedRow *c);

/* Does a side of the row lack what its capture does, or may do?  Then *SIDE is that
   side.  */
gboolean missing_by_capture (const Judge *judge, const JudgedRow *c, int *side);

/* Is the row, of one side, before what the other side's capture begins with, inside
   the connection?  */
gboolean missing_before (const Judge *judge, const JudgedRow *c);

/* Are identifiers of the case unknown because a capture lacks where they were given?  */
gboolean missing_names (const Judge *judge, const JudgedRow *c);

/* The segment by which the server ended the connection of SIDE after the case, and
   not that of the other side; NULL if it did not.  */
const WireSegment *missing_ending (const Judge *judge, const JudgedRow *c, int side);

/* The frame of the next exchange of SIDE behind the case, G_MAXUINT32 for none.  */
guint32 missing_next (const Judge *judge, const JudgedRow *c, int side);

/* The case was gone through.  */
void missing_note (Judge *judge, const JudgedRow *c);

#endif
