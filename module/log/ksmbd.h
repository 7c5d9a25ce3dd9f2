/* ksmbd.h --- the requests that the kernel's server tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   With ksmbd.control -d smb it says which command it has received (the kernel's
   fs/smb/server/smb2pdu.c), by name, and nothing else of it.  */

#ifndef SMBCMP_LOG_KSMBD_H
#define SMBCMP_LOG_KSMBD_H

#include "log/header.h"
#include "log/segment.h"

/* Append to SEGMENT the event that the line TEXT of N bytes, without HEADER, tells
   of its last message, if it does.  */
void log_ksmbd_events (const LogHeader *header, const char *text, gsize n,
                       LogSegment *segment);

#endif
