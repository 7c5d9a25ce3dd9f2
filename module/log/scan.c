/* scan.c --- fast search in bytes

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/scan.h"

#include <string.h>

#ifdef __x86_64__
#include <immintrin.h>
#endif

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

/* Bytes that are looked at in one turn.  */
#define TURN 64

/* A bit for each of the TURN bytes at P where something may begin.  */
static inline guint64
candidates (const char *p)
{
  const Bytes newline = repeat ('\n'), space = repeat (' '), open = repeat ('['),
              slash = repeat ('/'), s = repeat ('s'), m = repeat ('m');
  guint64 mask = 0;
  for (int i = 0; i < TURN; i += WIDTH, p += WIDTH)
    {
      Bytes here = load (p);
      Bytes request = equal (load (p + 2), s) & equal (load (p + 3), m);
      Bytes starts = equal (load (p - 1), newline) & (~equal (here, space) | request);
      Bytes header = equal (here, open) & equal (load (p + 5), slash);
      mask |= (guint64)bits (starts | header) << i;
    }
  return mask;
}

/* FIND is known when this is compiled: each has a loop of its own.  */
static inline __attribute__ ((always_inline)) guint32
scan_by (guint64 (*find) (const char *p), const char *text, guint32 n, guint32 *found)
{
  const guint64 last = G_GUINT64_CONSTANT (1) << (TURN - 1);
  guint32 count = 0;
  for (guint32 i = 0; i < n; i += TURN)
    {
      guint64 mask = find (text + i);
      if (n - i < TURN)
        mask &= (G_GUINT64_CONSTANT (1) << (n - i)) - 1;
      /* Whether there is one is as good as random: a branch would be mispredicted.  */
      found[count] = i + (guint32)__builtin_ctzll (mask | last);
      count += mask != 0;
      for (mask &= mask - 1; G_UNLIKELY (mask); mask &= mask - 1)
        found[count++] = i + (guint32)__builtin_ctzll (mask);
    }
  return count;
}

#ifdef __x86_64__
#define AVX2 __attribute__ ((target ("avx2")))

/* Whether the bytes at P are C.  */
static inline AVX2 __m256i
are (const char *p, char c)
{
  return _mm256_cmpeq_epi8 (_mm256_loadu_si256 ((const __m256i_u *)p),
                            _mm256_set1_epi8 (c));
}

static inline AVX2 guint64
half_avx2 (const char *p)
{
  __m256i request = _mm256_and_si256 (are (p + 2, 's'), are (p + 3, 'm'));
  __m256i text = _mm256_andnot_si256 (request, are (p, ' '));
  __m256i starts = _mm256_andnot_si256 (text, are (p - 1, '\n'));
  __m256i header = _mm256_and_si256 (are (p, '['), are (p + 5, '/'));
  return (guint)_mm256_movemask_epi8 (_mm256_or_si256 (starts, header));
}

/* The same as candidates with what most processors have.  */
static inline AVX2 guint64
candidates_avx2 (const char *p)
{
  return half_avx2 (p) | half_avx2 (p + TURN / 2) << TURN / 2;
}

static AVX2 guint32
scan_avx2 (const char *text, guint32 n, guint32 *found)
{
  return scan_by (candidates_avx2, text, n, found);
}
#endif

guint32
log_scan_portable (const char *text, guint32 n, guint32 *found)
{
  return scan_by (candidates, text, n, found);
}

guint32
log_scan (const char *text, guint32 n, guint32 *found)
{
#ifdef __x86_64__
  if (__builtin_cpu_supports ("avx2"))
    return scan_avx2 (text, n, found);
#endif
  return log_scan_portable (text, n, found);
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
