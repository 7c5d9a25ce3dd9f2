/* value.c --- numbers in a line

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/value.h"

#include <string.h>

gboolean
log_find_value (const char *text, gsize n, const char *after, guint64 *value)
{
  const char *p = memmem (text, n, after, strlen (after)), *end = text + n;
  if (!p)
    return FALSE;
  p += strlen (after);
  guint base = end - p > 2 && p[0] == '0' && p[1] == 'x' ? 16 : 10;
  const char *digits = base == 16 ? p + 2 : p;
  *value = 0;
  for (p = digits;
       p < end && g_ascii_isxdigit (*p) && (guint)g_ascii_xdigit_value (*p) < base; p++)
    *value = *value * base + (guint)g_ascii_xdigit_value (*p);
  return p > digits;
}
