/* renaming.h --- identifiers are the same if they are renamed consistently

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_RENAMING_H
#define SMBCMP_COMPARE_RENAMING_H

#include "compare/judge.h"

void renaming_init (Judge *judge);
void renaming_clear (Judge *judge);

/* A set of names, or a table from them.  */
GHashTable *renaming_table (GDestroyNotify free_value);

Name renaming_name (const Judge *judge, const JudgedRow *c,
                    const WireIdentifier *identifier);

/* Is ID, of PDU of SIDE's exchange, given there: by the server in its response,
   or the client's number for a request?  */
gboolean renaming_is_given (const Judge *judge, const JudgedRow *c, int side, guint32 pdu,
                            const WireIdentifier *id);

/* Judge the identifiers of two PDUs.  */
void renaming_judge (Judge *judge, JudgedRow *c, const guint32 pdu[2]);

#endif
