/* ctdb.h --- what ctdb writes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Behind a prefix of its own, which is like syslog's (ctdb/common/logging.c), and from
   level INFO on with the place in the source:

     2021/05/08 16:06:56.460436 ctdbd[18681]: ../ctdb/server/eventscript.c:602 text  */

#ifndef SMBCMP_LOG_CTDB_H
#define SMBCMP_LOG_CTDB_H

#include "log/header.h"

/* Scan what is between the prefix and the text.  */
gboolean log_ctdb_scan (Text *text, LogHeader *header);

#endif
