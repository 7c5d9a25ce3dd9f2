/* sort.h --- frames in the order of a column

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_CAPTURE_SORT_H
#define SMBCMP_CAPTURE_SORT_H

#include "capture/columns.h"
#include "capture/session.h"

/* The frames of SESSION, a guint32 each, by what COLUMN of STORE says of
   them, downwards if REVERSE: as numbers if that is all it has, else as text.
   Frames of which it says the same keep their order.  */
GArray *sort_frames (Session *session, const RowStore *store, guint column,
                     gboolean reverse);

#endif
