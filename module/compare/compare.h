/* compare.h --- where two captures diverge

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Judges paired exchanges, by their summaries: what matters must be the same;
   an identifier that was paired with another once must always be (the scope
   of session ids and lease keys is the capture, that of others the
   connection); what the rules hide is counted.

   A divergence that follows from an earlier one for certain tells its cause:
   it is about a session, tree or file that only the one side got, or about a
   path that only the one side could open.

   Of what could not be decrypted nothing is known but that it was sent: two such
   messages are neither the same nor a divergence; those of one side only are one
   divergence for a connection, and what the other side has there may be in them.

   Comparing B with A gives the mirror image of comparing A with B: inside,
   the sides are told apart by what is in them, not by their order.  */

#ifndef SMBCMP_COMPARE_COMPARE_H
#define SMBCMP_COMPARE_COMPARE_H

#include "compare/comparison.h"

/* NULL if TICK says FALSE.  */
Comparison *compare_run (const Exchanges *a, const Exchanges *b, const Strings *strings,
                         const CompareOptions *options);
#endif
