/* reconnect.h --- what follows from having to connect again

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A client whose connection ends goes on with another.  What it had done by then the
   other side does in one connection; that it is missing in the second follows from how
   the first ended.  */

#ifndef SMBCMP_COMPARE_RECONNECT_H
#define SMBCMP_COMPARE_RECONNECT_H

#include "compare/judge.h"

/* Have such divergences follow from that.  To be called once all rows are judged, before
   any are told together.  */
void reconnect_follow (Judge *judge);

#endif
