/* status.h --- what the numbers of statuses are called

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_STATUS_H
#define SMBCMP_LOG_STATUS_H

#include <glib.h>

/* Append what STATUS, an NT status, is called, and a NUL.  */
void log_status_append (guint32 status, GString *strings);

#endif
