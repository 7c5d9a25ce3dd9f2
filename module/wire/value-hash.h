/* value-hash.h --- a number for a value as nodes and cells have it

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_WIRE_VALUE_HASH_H
#define SMBCMP_WIRE_VALUE_HASH_H

#include "support/hash.h"
#include "wire/wire.h"

/* VALUE, of KIND, its spans in POOL.  */
static inline guint64
wire_hash_value (WireKind kind, guint64 value, const char *pool)
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
