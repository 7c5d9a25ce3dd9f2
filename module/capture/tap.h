/* tap.h --- what libwireshark's taps collect from all frames

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Conversations, expert information and the data of a stream, as "tshark -z conv,tcp",
   "-z expert" and "-z follow,tcp" have them: the functions that collect them are
   libwireshark's own.  */

#ifndef SMBCMP_CAPTURE_TAP_H
#define SMBCMP_CAPTURE_TAP_H

#include "capture/ws.h"

typedef struct _Tap Tap;

/* Listen to a tap until tap_free.  PROTOCOL is a filter name, "tcp" or "udp"; the error
   is that it has no such tap.  What tap_pack returns of each:

   conversations  WIRE_CONVERSATIONS_TYPE: addresses and ports of A and B, frames and
                  bytes from A to B, from B to A, number of the stream, nanoseconds from
                  the capture's first frame to its own first, and to its last.
   expert         WIRE_EXPERT_TYPE: frame, severity, group, protocol, summary.
   follow         WIRE_FOLLOW_TYPE: address and port of client and server; then, in
                  order, frame, whether it is the server's, and its data, LIMIT bytes
                  at most; how many bytes client and server sent.  */
Tap *tap_conversations (const char *protocol, GError **error);
Tap *tap_expert (GError **error);
Tap *tap_follow (const char *protocol, guint32 stream, guint32 limit, GError **error);
void tap_free (Tap *tap);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Tap, tap_free)

/* What is dissected with taps between these counts.  */
void tap_begin (Tap *tap);
void tap_end (Tap *tap);

/* To be called once.  */
GVariant *tap_pack (Tap *tap);

#endif
