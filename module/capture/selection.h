/* selection.h --- which frames of a file are opened at all

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Of a file that is too big to be dissected as a whole: a capture filter in
   libpcap's language, run by libpcap on the bytes of each record as tcpdump -r
   does, and a range of time.  */

#ifndef SMBCMP_CAPTURE_SELECTION_H
#define SMBCMP_CAPTURE_SELECTION_H

#include "capture/library.h"

typedef struct _Selection Selection;

/* What passes FILTER, NULL or "" for all, of the time from FROM to TO, both
   included, in nanoseconds since the epoch; WITHOUT_LIMIT for none.  */
#define SELECTION_SINCE_EVER G_MININT64
#define SELECTION_FOR_EVER G_MAXINT64
Selection *selection_new (const char *filter, gint64 from, gint64 to, GError **error);
void selection_free (Selection *selection);

/* Does RECORD pass?  If FILTER means nothing on its link layer, it does not, and
 *ERROR says why.  */
gboolean selection_passes (Selection *selection, WsRecord *record, GError **error);

/* Files that libpcap reads for names in filters, to be readable; ends with NULL.  */
extern const char *const selection_files[];

#endif
