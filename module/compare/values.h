/* values.h --- sizes, names and times that may differ

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A size may differ if on both sides it is that of something in the message
   itself.

   Names may differ if each stands for the same thing throughout: one that is on one
   side only goes with one that is on the other side only, always.  Two that look
   alike (other case, other composition of characters) do not go together.

   Times of files differ in any two runs.  What must not is what they say of a file:
   that it was changed, or not, since its time was seen last.  */

#ifndef SMBCMP_COMPARE_VALUES_H
#define SMBCMP_COMPARE_VALUES_H

#include "compare/judge.h"

void values_init (Judge *judge);
void values_clear (Judge *judge);

/* Judge sizes, names and times of two PDUs; FALSE if any differs that may not.  */
gboolean values_judge (Judge *judge, JudgedRow *c, const guint32 pdu[2]);

/* Are A and B renamed into one another by COMPARISON, whole texts of names?  */
gboolean values_renamed (const Comparison *comparison, const char *a, const char *b);

#endif
