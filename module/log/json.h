/* json.h --- the values of JSON that journalctl writes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_JSON_H
#define SMBCMP_LOG_JSON_H

#include "log/cursor.h"

/* Take a string, and put what it stands for into VALUE.  FALSE if TEXT does not
   begin one, or ends before it does; then VALUE is what there is of it.  */
gboolean scan_json_string (Text *text, GString *value);

/* Take a value of a field: a string, an array of the bytes that would be no UTF-8,
   or an array of such, of which the last is taken.  FALSE if it has none: null
   stands for what is too long.  */
gboolean scan_json_value (Text *text, GString *value);

#endif
