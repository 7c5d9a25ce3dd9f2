/* value.h --- numbers in a line

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_VALUE_H
#define SMBCMP_LOG_VALUE_H

#include <glib.h>

/* The number behind AFTER in TEXT, decimal or hexadecimal with 0x.  */
gboolean log_find_value (const char *text, gsize n, const char *after, guint64 *value);

#endif
