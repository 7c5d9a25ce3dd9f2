/* json.c --- the values of JSON that journalctl writes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/json.h"

static void
skip_blank (Text *text)
{
  while (text->at < text->end && strchr (" \t\r\n", *text->at) && *text->at)
    text->at++;
}

static gboolean
scan_hex (Text *text, guint *code)
{
  *code = 0;
  if (text->end - text->at < 4)
    return FALSE;
  for (guint i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (text->at[i]);
      if (digit < 0)
        return FALSE;
      *code = 16 * *code + (guint)digit;
    }
  text->at += 4;
  return TRUE;
}

/* What is behind "\u": a character, in two halves if it is beyond 16 bits.  */
static void
scan_unicode (Text *text, GString *value)
{
  guint code, low;
  if (!scan_hex (text, &code))
    code = 0xfffd;
  Text t = *text;
  if (code >= 0xd800 && code < 0xdc00 && SCAN (&t, "\\u") && scan_hex (&t, &low)
      && low >= 0xdc00 && low < 0xe000)
    {
      code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
      *text = t;
    }
  else if (code >= 0xd800 && code < 0xe000)
    code = 0xfffd;
  g_string_append_unichar (value, code);
}

gboolean
scan_json_string (Text *text, GString *value)
{
  static const char letters[] = "bfnrt", controls[] = "\b\f\n\r\t";
  g_string_truncate (value, 0);
  if (!scan_char (text, '"'))
    return FALSE;
  while (text->at < text->end)
    {
      char c = *text->at++;
      if (c == '"')
        return TRUE;
      if (c != '\\')
        g_string_append_c (value, c);
      else if (scan_char (text, 'u'))
        scan_unicode (text, value);
      else if (text->at < text->end)
        {
          const char *letter = *text->at ? strchr (letters, *text->at) : NULL;
          g_string_append_c (value, letter ? controls[letter - letters] : *text->at);
          text->at++;
        }
    }
  return FALSE;
}

/* Take the elements of an array of bytes, and its end.  */
static void
scan_bytes (Text *text, GString *value)
{
  guint64 byte;
  g_string_truncate (value, 0);
  for (skip_blank (text); scan_number (text, &byte); skip_blank (text))
    {
      g_string_append_c (value, (char)(guchar)byte);
      skip_blank (text);
      scan_char (text, ',');
    }
  scan_char (text, ']');
}

/* Take the elements of an array of values, and its end.  */
static void
scan_values (Text *text, GString *value)
{
  while (text->at < text->end && *text->at != ']')
    if (*text->at == '"')
      scan_json_string (text, value);
    else if (scan_char (text, '['))
      scan_bytes (text, value);
    else
      text->at++;
  scan_char (text, ']');
}

gboolean
scan_json_value (Text *text, GString *value)
{
  if (text->at < text->end && *text->at == '"')
    {
      scan_json_string (text, value);
      return TRUE;
    }
  if (!scan_char (text, '['))
    {
      while (text->at < text->end && !strchr (",}\n", *text->at))
        text->at++;
      return FALSE;
    }
  skip_blank (text);
  if (text->at < text->end && (*text->at == '"' || *text->at == '['))
    scan_values (text, value);
  else
    scan_bytes (text, value);
  return TRUE;
}
