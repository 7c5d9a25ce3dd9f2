/* summary.h --- all of a capture's SMB PDUs, in few bytes each

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Comparing whole captures looks at every field of every PDU, but the trees
   of a hundred thousand frames are gigabytes.  So each side sums up its
   PDUs: what matters by the rules becomes one hash, what may differ a small
   hash a value, identifiers stay as they are.  Two PDUs with the same summary
   have no difference; the trees of others are asked for one by one.

   A PDU is a protocol node "smb2" or "smb" that says a command, and what
   follows it up to the next (a pipe's DCE/RPC, say).  One frame may hold
   several: in compounds, or as several messages.  A node without a command is
   the envelope of those in it, or behind it, which came encrypted.  A value with parts (a
   security blob, a directory listing, a field of bits) is compared by its parts.  An
   identifier that is all zeros or ones names nothing and matters as it is.  */

#ifndef SMBCMP_CAPTURE_SUMMARY_H
#define SMBCMP_CAPTURE_SUMMARY_H

#include "support/rules.h"
#include "wire/wire.h"
#include "capture/protocols.h"
#include "capture/ws.h"

typedef struct _Summary Summary;

/* Takes RULES and PROTOCOLS.  */
Summary *summary_new (Rules *rules, Protocols *protocols);
void summary_free (Summary *summary);

/* Has EDT, dissected under a veil that was lifted or not (UNVEILED), all lines that are
   summed up?  If not it must be dissected visibly.  */
gboolean summary_suffices (Summary *summary, const epan_dissect_t *edt, gboolean unveiled);

/* Add the PDUs of EDT, dissected visibly or so that it suffices.  */
void summary_add (Summary *summary, epan_dissect_t *edt);

/* What the frame added last is in the first pass: may later frames change what it comes
   to, as libwireshark shows then what they tell of it?  From NEEDS_ALL on that may be
   whatever follows.  */
typedef enum
{
  SUMMARY_STANDS,
  SUMMARY_MAY_CHANGE,
  SUMMARY_NEEDS_ALL
} SummaryState;

SummaryState summary_state (const Summary *summary);

/* A hash of which messages the frame added last has, not of what they come to.  */
guint64 summary_messages (const Summary *summary);

/* What is added from now on was added before.  */
void summary_add_again (Summary *summary);

/* How many PDUs were added since the last summary_drain.  */
guint summary_length (const Summary *summary);

/* What was added since the last call, LAST_FRAME being the last frame gone
   through: WIRE_SUMMARY_TYPE.  */
GVariant *summary_drain (Summary *summary, guint32 last_frame);

#endif
