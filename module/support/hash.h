/* hash.h --- hashes of values

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   64 bits, the same in engine and module, in every run.  Not for secrets.  */

#ifndef SMBCMP_SUPPORT_HASH_H
#define SMBCMP_SUPPORT_HASH_H

#include <glib.h>
#include <string.h>

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

#endif
