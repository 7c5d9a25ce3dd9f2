/* month.h --- names of months

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   dmesg -T and journalctl write them in their user's language.  */

#ifndef SMBCMP_LOG_MONTH_H
#define SMBCMP_LOG_MONTH_H

#include "log/cursor.h"

/* Scan an abbreviated month, with a dot or without; *MONTH is from 1 to 12.  */
gboolean log_scan_month (Text *text, guint *month);

#endif
