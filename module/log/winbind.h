/* winbind.h --- the requests that winbindd tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   By Samba's source3/winbindd/winbindd.c, up to 4.15 and since:

     process_request: Handling async request 500725:GETGROUPS
     wb_request_done[500725:GETGROUPS]: NT_STATUS_OK
     process_request_send: [nss_winbind (500725)] Handling async request: GETGROUPS
     process_request_done: [nss_winbind(500725):GETGROUPS]: NT_STATUS_OK
     winbind_client_processed: request took 63.167713 seconds

   Its children work on them under the same trace id, which headers tell.  */

#ifndef SMBCMP_LOG_WINBIND_H
#define SMBCMP_LOG_WINBIND_H

#include "log/segment.h"

/* Whether messages from FUNCTION may tell of requests.  */
gboolean log_winbind_function (const char *function);

/* Append to SEGMENT the event that the line TEXT of N bytes tells of its last message, of
   TRACEID or 0, if it does; whether it does.  */
gboolean log_winbind_event (const char *text, gsize n, guint64 traceid,
                            LogSegment *segment);

#endif
