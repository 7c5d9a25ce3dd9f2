/* origin.h --- where a frame comes from

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Who sent a frame, when and on which connection, without a field of Ethernet, IP and
   TCP being made: TCP's tap and the packet's own data tell it.  That spares a fourth of
   what dissecting with SMB's fields takes.  */

#ifndef SMBCMP_CAPTURE_ORIGIN_H
#define SMBCMP_CAPTURE_ORIGIN_H

#include "capture/ws.h"

typedef struct _Origin Origin;

/* Listens to TCP's tap until origin_free.  */
Origin *origin_new (GError **error);
void origin_free (Origin *origin);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Origin, origin_free)

/* A frame is about to be dissected with taps.  */
void origin_begin (Origin *origin);

/* Does that frame end its connection, by FIN or RST?  */
gboolean origin_ends (const Origin *origin);

/* Append to CELLS, with their values in POOL, what is known of EDT's frame, as COLUMN
   and the next ones: when it was captured; and of TCP address and port of the sender,
   number of the stream, and TRUE if it ends.  */
void origin_pack (const Origin *origin, const epan_dissect_t *edt, guint32 column,
                  GArray *cells, GByteArray *pool);

#endif
