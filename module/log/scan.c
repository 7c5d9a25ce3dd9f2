/* scan.c --- fast search in bytes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/scan.h"

#include <string.h>

#define WIDTH 16

/* Where there is no SSE: these vectors never leave this file.  */
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic ignored "-Wpsabi"
#endif

/* Sixteen bytes; the compiler makes of them what the processor has.  */
typedef guint8 Bytes __attribute__ ((vector_size (WIDTH)));

static inline Bytes
load (const char *p)
{
  Bytes bytes;
  memcpy (&bytes, p, WIDTH);
  return bytes;
}

static inline Bytes
repeat (char c)
{
  guint8 b = (guint8)c;
  return (Bytes){ b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b };
}

static inline Bytes
equal (Bytes a, Bytes b)
{
  return (Bytes)(a == b);
}

/* A bit for each byte of BYTES, which are all 0 or 255.  */
static inline guint
bits (Bytes bytes)
{
#ifdef __SSE2__
  typedef char Chars __attribute__ ((vector_size (WIDTH)));
  return (guint)__builtin_ia32_pmovmskb128 ((Chars)bytes);
#else
  guint64 halves[2];
  guint mask = 0;
  memcpy (halves, &bytes, WIDTH);
  if (!(halves[0] | halves[1]))
    return 0;
  for (int i = 0; i < WIDTH; i++)
    mask |= (guint)(bytes[i] & 1) << i;
  return mask;
#endif
}

guint32
log_scan (const char *text, guint32 n, guint32 *found)
{
  const Bytes newline = repeat ('\n'), space = repeat (' '), open = repeat ('['),
              slash = repeat ('/'), s = repeat ('s'), m = repeat ('m');
  guint32 count = 0;
  for (guint32 i = 0; i < n; i += WIDTH)
    {
      const char *p = text + i;
      Bytes here = load (p);
      Bytes starts = equal (load (p - 1), newline), opens = equal (here, open);
      if (!bits (starts | opens))
        continue;
      Bytes request = equal (load (p + 2), s) & equal (load (p + 3), m);
      Bytes header = opens & equal (load (p + 5), slash);
      guint mask = bits ((starts & (~equal (here, space) | request)) | header);
      if (n - i < WIDTH)
        mask &= (1u << (n - i)) - 1;
      for (; mask; mask &= mask - 1)
        found[count++] = i + (guint32)__builtin_ctz (mask);
    }
  return count;
}

/* ----------------------------------------------------------------- needle */

/* How rare a byte is in logs, roughly: the larger the rarer.  */
static int
rarity (char c)
{
  static const char common[] = " etaoinsr0dl_cu:mpf1()[]/2.b4NUST";
  const char *p = c ? strchr (common, c) : NULL;
  return p ? (int)(p - common) : (int)sizeof common;
}

void
log_needle_init (LogNeedle *needle, const char *bytes, gsize length, gboolean fold)
{
  *needle = (LogNeedle){ .length = length, .fold = fold };
  needle->bytes = g_malloc (length);
  for (gsize i = 0; i < length; i++)
    needle->bytes[i] = fold ? g_ascii_tolower (bytes[i]) : bytes[i];
  for (gsize i = 1; i < length; i++)
    if (rarity (needle->bytes[i]) > rarity (needle->bytes[needle->rare]))
      needle->rare = i;
}

void
log_needle_clear (LogNeedle *needle)
{
  g_clear_pointer (&needle->bytes, g_free);
}

static gboolean
matches (const LogNeedle *needle, const char *text)
{
  if (!needle->fold)
    return memcmp (text, needle->bytes, needle->length) == 0;
  for (gsize i = 0; i < needle->length; i++)
    if (g_ascii_tolower (text[i]) != needle->bytes[i])
      return FALSE;
  return TRUE;
}

/* The places where a byte of NEEDLE is, whatever its case.  */
static inline Bytes
places (Bytes text, Bytes lower, Bytes upper)
{
  return equal (text, lower) | equal (text, upper);
}

const char *
log_find (const LogNeedle *needle, const char *text, gsize n)
{
  if (n < needle->length)
    return NULL;
  gsize starts = n - needle->length + 1; /* where it may begin */
  gsize other = needle->rare ? needle->rare - 1 : needle->length - 1;
  char a = needle->bytes[needle->rare], b = needle->bytes[other];
  const Bytes a1 = repeat (a), b1 = repeat (b),
              a2 = repeat (needle->fold ? g_ascii_toupper (a) : a),
              b2 = repeat (needle->fold ? g_ascii_toupper (b) : b);
  gsize i = 0;
  for (; i + WIDTH <= starts; i += WIDTH)
    {
      guint mask = bits (places (load (text + i + needle->rare), a1, a2)
                         & places (load (text + i + other), b1, b2));
      for (; mask; mask &= mask - 1)
        {
          const char *at = text + i + __builtin_ctz (mask);
          if (matches (needle, at))
            return at;
        }
    }
  for (; i < starts; i++)
    if (matches (needle, text + i))
      return text + i;
  return NULL;
}

const char *
log_find_last (const LogNeedle *needle, const char *text, gsize n)
{
  const char *last = NULL;
  for (const char *at; (at = log_find (needle, text, n)); text = at + 1)
    {
      last = at;
      n -= (gsize)(at - text) + 1;
    }
  return last;
}
