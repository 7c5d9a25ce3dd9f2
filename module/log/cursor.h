/* cursor.h --- read a line from left to right

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_CURSOR_H
#define SMBCMP_LOG_CURSOR_H

#include <glib.h>
#include <string.h>

/* Text being read.  Every function here moves on only if it succeeds.  */
typedef struct
{
  const char *at, *end;
} Text;

static inline gboolean
scan_char (Text *text, char c)
{
  if (text->at == text->end || *text->at != c)
    return FALSE;
  text->at++;
  return TRUE;
}

static inline gboolean
scan_string (Text *text, const char *string, gsize length)
{
  if ((gsize)(text->end - text->at) < length || memcmp (text->at, string, length) != 0)
    return FALSE;
  text->at += length;
  return TRUE;
}

#define SCAN(text, literal) scan_string (text, literal, sizeof literal - 1)

static inline void
skip_spaces (Text *text)
{
  while (text->at < text->end && *text->at == ' ')
    text->at++;
}

/* A decimal number of at most 18 digits.  */
static inline gboolean
scan_number (Text *text, guint64 *number)
{
  const char *p = text->at, *end = text->end - p > 19 ? p + 19 : text->end;
  guint64 n = 0;
  for (; p < end && (guchar)(*p - '0') < 10; p++)
    n = 10 * n + (guint64)(*p - '0');
  if (p == text->at || p - text->at > 18)
    return FALSE;
  *number = n;
  text->at = p;
  return TRUE;
}

/* COUNT digits, or fewer after spaces.  */
static inline gboolean
scan_digits (Text *text, guint count, guint *number)
{
  guint n = 0;
  if ((gsize)(text->end - text->at) < count)
    return FALSE;
  for (guint i = 0; i < count; i++)
    {
      char c = text->at[i];
      if (!g_ascii_isdigit (c) && !(c == ' ' && n == 0 && i + 1 < count))
        return FALSE;
      n = 10 * n + (c == ' ' ? 0 : (guint)(c - '0'));
    }
  text->at += count;
  *number = n;
  return TRUE;
}

#endif
