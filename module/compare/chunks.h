/* chunks.h --- the same bytes, or files of a directory, in other pieces

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   How much a client asks for at once follows from what the server allows.  What was read
   from a file, written to it, or listed of a directory in all is compared by sums that
   do not depend on the pieces it came in.  */

#ifndef SMBCMP_COMPARE_CHUNKS_H
#define SMBCMP_COMPARE_CHUNKS_H

#include "compare/judge.h"

/* Tell in one divergence each what came in other pieces, but is the same.  To be called
   once all rows are judged.  */
void chunks_fold (Judge *judge);

#endif
