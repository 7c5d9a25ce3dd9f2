/* hash.h --- hashes of values

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   64 bits, the same in engine and module, in every run.  Not for secrets.  */

#ifndef SMBCMP_HASH_H
#define SMBCMP_HASH_H

#include <string.h>

#include "wire.h"

#define HASH_START G_GUINT64_CONSTANT (0xcbf29ce484222325)

static inline guint64
hash_mix (guint64 hash, guint64 value)
{
  /* FNV-1a's multiplier over words, with the high bits folded in.  */
  hash = (hash ^ value) * G_GUINT64_CONSTANT (0x100000001b3);
  return hash ^ hash >> 29;
}

static inline guint64
hash_bytes (const void *data, gsize length)
{
  const guint8 *bytes = data;
  guint64 hash = hash_mix (HASH_START, length);
  for (; length >= 8; bytes += 8, length -= 8)
    {
      guint64 word;
      memcpy (&word, bytes, 8);
      hash = hash_mix (hash, word);
    }
  for (; length; bytes++, length--)
    hash = hash_mix (hash, *bytes);
  return hash;
}

static inline guint64
hash_string (const char *string)
{
  return hash_bytes (string, strlen (string));
}

/* A value as nodes and cells have it, its spans in POOL.  */
static inline guint64
hash_value (WireKind kind, guint64 value, const char *pool)
{
  switch (kind)
    {
    case WIRE_NONE:
      return 0;
    case WIRE_STRING:
    case WIRE_BYTES:
    case WIRE_TIME:
      return hash_mix (
          hash_bytes (pool + wire_span_offset (value), wire_span_length (value)), kind);
    default:
      return hash_mix (hash_mix (kind, value), 1);
    }
}

#endif
