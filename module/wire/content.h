/* content.h --- sums of bytes that do not depend on the pieces they come in

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A byte B at place P of a file counts as (B + 1) times a constant to the power of P,
   modulo 2^64.  */

#ifndef SMBCMP_WIRE_CONTENT_H
#define SMBCMP_WIRE_CONTENT_H

#include <glib.h>

#define CONTENT_BASE G_GUINT64_CONSTANT (0x9e3779b97f4a7c15)

/* The sum of the LENGTH bytes at DATA, the first of them at place 0.  */
static inline guint64
content_sum (const guint8 *data, gsize length)
{
  guint64 sum = 0;
  for (gsize i = length; i-- > 0;)
    sum = sum * CONTENT_BASE + data[i] + 1;
  return sum;
}

/* What SUM is if the first byte is at OFFSET.  */
static inline guint64
content_at (guint64 sum, guint64 offset)
{
  for (guint64 power = CONTENT_BASE; offset; offset >>= 1, power *= power)
    if (offset & 1)
      sum *= power;
  return sum;
}

#endif
