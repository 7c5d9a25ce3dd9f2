/* escape.c --- control characters as they are shown

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/escape.h"

/* The length of the character to be escaped that begins the N bytes at TEXT, 0 if that one
   stays; *C becomes the character.  Bytes alone are looked at: no more of a text need be
   UTF-8.  */
static gsize
escaped_length (const guchar *text, gsize n, gboolean line, guint *c)
{
  *c = text[0];
  if (*c < ' ' || *c == 0x7f)
    return line || (*c != '\t' && *c != '\n');
  if (n >= 2 && (*c == 0xc2 || *c == 0xd8) && (text[1] & 0xc0) == 0x80)
    {
      *c = (*c & 0x1f) << 6 | (text[1] & 0x3f);
      return (*c >= 0x80 && *c <= 0x9f) || *c == 0x061c ? 2 : 0;
    }
  if (n < 3 || *c != 0xe2 || (text[1] & 0xfe) != 0x80 || (text[2] & 0xc0) != 0x80)
    return 0;
  *c = 0x2000 | (text[1] & 0x3fu) << 6 | (text[2] & 0x3f);
  return *c == 0x200e || *c == 0x200f || (*c >= 0x2028 && *c <= 0x202e)
                 || (*c >= 0x2066 && *c <= 0x2069)
             ? 3
             : 0;
}

void
escape_append (GString *string, const char *text, gsize n, gboolean line)
{
  gsize plain = 0;
  for (gsize at = 0; at < n;)
    {
      guint c;
      gsize length = escaped_length ((const guchar *)text + at, n - at, line, &c);
      if (!length)
        {
          at++;
          continue;
        }
      g_string_append_len (string, text + plain, (gssize)(at - plain));
      g_string_append_printf (string, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
      at = plain = at + length;
    }
  g_string_append_len (string, text + plain, (gssize)(n - plain));
}
