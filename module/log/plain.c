/* plain.c --- the text of a log, whatever it is stored as

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/plain.h"

#include <string.h>

#define ESCAPE '\x1b'

/* Bytes of UTF-16 come one at a time, and so do those of an escape sequence: each may be
   cut where what was read ends.  */
struct _LogPlain
{
  enum
  {
    UTF8,
    UTF16_LE,
    UTF16_BE
  } encoding;
  gboolean quoted;   /* quoted-printable */
  gint digits, code; /* behind its "=": characters that are taken, what they are; or -1 */
  guint skip;        /* bytes of the byte order mark that are still to come */
  gint half;         /* the first byte of a unit, or -1 */
  gunichar2 high;    /* the first half of a surrogate pair, or 0 */
  enum
  {
    TEXT,
    ESCAPED, /* behind the escape character */
    SEQUENCE /* behind the bracket: up to a letter */
  } state;
};

static gboolean
begins (const char *head, gsize n, const char *mark)
{
  return n >= strlen (mark) && memcmp (head, mark, strlen (mark)) == 0;
}

/* Is it quoted-printable (RFC 2045 6.7)?  Each "=" stands before two digits or at the end
   of a line then, and some are themselves written so, as in "pid=3D8022".  */
static gboolean
is_quoted (const char *head, gsize n)
{
  gboolean itself = FALSE;
  for (const char *p = head, *end = head + n; (p = memchr (p, '=', (gsize)(end - p))); p++)
    {
      if (end - p < 3)
        break;
      itself |= p[1] == '3' && p[2] == 'D';
      if (p[1] != '\n' && p[1] != '\r'
          && !(g_ascii_isxdigit (p[1]) && g_ascii_isxdigit (p[2])))
        return FALSE;
    }
  return itself;
}

LogPlain *
log_plain_new (const char *head, gsize n)
{
  static const char coloured[] = "\n\x1b[";
  LogPlain found = { .half = -1, .digits = -1 };
  if (begins (head, n, "\xff\xfe"))
    found.encoding = UTF16_LE, found.skip = 2;
  else if (begins (head, n, "\xfe\xff"))
    found.encoding = UTF16_BE, found.skip = 2;
  else if (begins (head, n, "\xef\xbb\xbf"))
    found.skip = 3;
  else if (is_quoted (head, n))
    found.quoted = TRUE;
  else if (!begins (head, n, coloured + 1)
           && !memmem (head, n, coloured, strlen (coloured)))
    return NULL;
  LogPlain *plain = g_new (LogPlain, 1);
  *plain = found;
  return plain;
}

void
log_plain_free (LogPlain *plain)
{
  g_free (plain);
}

/* Append BYTE, unless it is of an escape sequence.  */
static void
add_byte (LogPlain *plain, char byte, GString *text)
{
  switch (plain->state)
    {
    case TEXT:
      if (byte == ESCAPE)
        plain->state = ESCAPED;
      else
        g_string_append_c (text, byte);
      break;
    case ESCAPED:
      plain->state = byte == '[' ? SEQUENCE : TEXT;
      if (plain->state == TEXT)
        {
          g_string_append_c (text, ESCAPE);
          g_string_append_c (text, byte);
        }
      break;
    case SEQUENCE:
      /* Other than what ECMA-48 has in one, it is none, or torn.  */
      if (byte < ' ' || byte >= '@')
        plain->state = TEXT;
      if (byte == '\n')
        g_string_append_c (text, byte);
    }
}

/* Append what BYTE of quoted-printable stands for.  */
static void
add_quoted (LogPlain *plain, char byte, GString *text)
{
  if (plain->digits < 0 && byte != '=')
    add_byte (plain, byte, text);
  else if (plain->digits < 0)
    plain->digits = plain->code = 0;
  else if (byte == '\n')
    plain->digits = -1; /* the line goes on */
  else if (g_ascii_isxdigit (byte))
    {
      plain->code = plain->code << 4 | g_ascii_xdigit_value (byte);
      if (++plain->digits == 2)
        {
          plain->digits = -1;
          add_byte (plain, (char)plain->code, text);
        }
    }
  else if (byte != '\r')
    {
      plain->digits = -1; /* none after all */
      add_byte (plain, byte, text);
    }
}

/* Append the unit of UTF-16.  */
static void
add_unit (LogPlain *plain, gunichar2 unit, GString *text)
{
  char utf8[6];
  gunichar c = unit;
  if (unit >= 0xd800 && unit < 0xdc00)
    {
      plain->high = unit;
      return;
    }
  if (unit >= 0xdc00 && unit < 0xe000)
    c = plain->high ? 0x10000 + ((gunichar)(plain->high - 0xd800) << 10) + (unit - 0xdc00)
                    : 0xfffd;
  plain->high = 0;
  gint n = g_unichar_to_utf8 (c, utf8);
  for (gint i = 0; i < n; i++)
    add_byte (plain, utf8[i], text);
}

void
log_plain_add (LogPlain *plain, const char *bytes, gsize n, GString *text)
{
  for (gsize i = 0; i < n; i++)
    if (plain->skip)
      plain->skip--;
    else if (plain->quoted)
      add_quoted (plain, bytes[i], text);
    else if (plain->encoding == UTF8)
      add_byte (plain, bytes[i], text);
    else if (plain->half < 0)
      plain->half = (guchar)bytes[i];
    else
      {
        guint a = (guint)plain->half, b = (guchar)bytes[i];
        plain->half = -1;
        add_unit (plain, (gunichar2)(plain->encoding == UTF16_LE ? a | b << 8 : a << 8 | b),
                  text);
      }
}
