/* summaries.h --- summaries for the C tests

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A capture is a list of PDUs written down by hand; a frame each, unless they
   say otherwise.  */

#ifndef SMBCMP_TEST_SUMMARIES_H
#define SMBCMP_TEST_SUMMARIES_H

#include "compare/compare.h"
#include "support/hash.h"

/* What a summary's variant is made of.  */
typedef struct
{
  GArray *pdus, *ignored, *identifiers, *values, *segments;
  GPtrArray *strings;
} SummaryParts;

static inline SummaryParts
summary_parts (void)
{
  SummaryParts parts = { g_array_new (FALSE, FALSE, sizeof (WirePdu)),
                         g_array_new (FALSE, FALSE, sizeof (WireIgnored)),
                         g_array_new (FALSE, FALSE, sizeof (WireIdentifier)),
                         g_array_new (FALSE, FALSE, sizeof (WireValue)),
                         g_array_new (FALSE, FALSE, sizeof (WireSegment)),
                         g_ptr_array_new_with_free_func (g_free) };
  return parts;
}

static inline guint32
summary_string (SummaryParts *parts, const char *string)
{
  guint index;
  if (!string)
    return 0;
  if (g_ptr_array_find_with_equal_func (parts->strings, string, g_str_equal, &index))
    return index + 1;
  g_ptr_array_add (parts->strings, g_strdup (string));
  return parts->strings->len;
}

/* Add an identifier to the last PDU.  */
static inline void
summary_identify (SummaryParts *parts, guint32 rule, const char *field, guint64 value)
{
  WireIdentifier identifier = wire_identifier (rule, hash_string (field), value);
  g_array_append_val (parts->identifiers, identifier);
  g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1).identifiers++;
}

/* Add a size, name or time to the last PDU; WHAT as in wire.h.  */
static inline void
summary_value (SummaryParts *parts, guint what, guint32 rule, const char *field,
               guint64 number)
{
  WireValue value = wire_value (what, rule, hash_string (field), number);
  g_array_append_val (parts->values, value);
  g_array_index (parts->pdus, WirePdu, parts->pdus->len - 1).values++;
}

/* The variant that PARTS make, which are gone then.  */
static inline GVariant *
summary_variant (SummaryParts *parts)
{
  g_ptr_array_add (parts->strings, NULL);
  GVariant *children[]
      = { wire_records_variant (WIRE_PDUS_TYPE, parts->pdus),
          wire_records_variant ("au", parts->ignored),
          wire_records_variant ("a(qquu)", parts->identifiers),
          g_variant_new_strv ((const char *const *)parts->strings->pdata, -1),
          g_variant_new_array (G_VARIANT_TYPE ("(uss)"), NULL, 0),
          g_variant_new_uint32 (0),
          wire_records_variant (WIRE_VALUES_TYPE, parts->values),
          wire_records_variant (WIRE_SEGMENTS_TYPE, parts->segments) };
  g_ptr_array_unref (parts->strings);
  return g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
}

/* What two comparisons, one with the sides swapped, must have in common.  */
static inline void
assert_mirrored (const Comparison *c, const Comparison *m)
{
  g_assert_cmpuint (c->same, ==, m->same);
  g_assert_cmpuint (c->rows->len, ==, m->rows->len);
  g_assert_cmpuint (c->divergences->len, ==, m->divergences->len);
  g_assert_cmpuint (c->broken->len, ==, m->broken->len);
  for (guint i = 0; i < c->rows->len; i++)
    {
      const ComparedRow *x = &g_array_index (c->rows, ComparedRow, i);
      const ComparedRow *y = &g_array_index (m->rows, ComparedRow, i);
      g_assert_cmpuint (x->a, ==, y->b);
      g_assert_cmpuint (x->b, ==, y->a);
      g_assert_cmpuint (x->divergence, ==, y->divergence);
    }
  for (guint i = 0; i < c->divergences->len; i++)
    {
      const Divergence *x = &g_array_index (c->divergences, Divergence, i);
      const Divergence *y = &g_array_index (m->divergences, Divergence, i);
      DivergenceKind mirrored = x->kind == DIVERGES_ONLY_A   ? DIVERGES_ONLY_B
                                : x->kind == DIVERGES_ONLY_B ? DIVERGES_ONLY_A
                                                             : x->kind;
      g_assert_cmpint (mirrored, ==, y->kind);
      g_assert_cmpuint (x->a, ==, y->b);
      g_assert_cmpuint (x->b, ==, y->a);
      g_assert_cmpuint (x->cause, ==, y->cause);
      g_assert_cmpuint (x->n, ==, y->n);
      g_assert_cmpuint (x->n_broken, ==, y->n_broken);
    }
}

/* Each exchange of either side is in one row, and the numbers add up.  */
static inline void
assert_complete (const Comparison *c, const Exchanges *a, const Exchanges *b)
{
  const Exchanges *const sides[2] = { a, b };
  for (int side = 0; side < 2; side++)
    {
      guint32 n = exchanges_count (sides[side]), seen = 0;
      g_autofree gboolean *in_row = g_new0 (gboolean, n + 1);
      for (guint i = 0; i < c->rows->len; i++)
        {
          const ComparedRow *row = &g_array_index (c->rows, ComparedRow, i);
          guint32 exchange = side ? row->b : row->a;
          if (exchange == NO_EXCHANGE)
            continue;
          g_assert_cmpuint (exchange, <, n);
          g_assert_false (in_row[exchange]);
          in_row[exchange] = TRUE;
          seen++;
        }
      g_assert_cmpuint (seen, ==, n);
    }
  for (guint i = 0; i < c->divergences->len; i++)
    {
      const Divergence *d = &g_array_index (c->divergences, Divergence, i);
      g_assert_cmpuint (d->row, <, c->rows->len);
      g_assert_true (d->cause == NO_DIVERGENCE || d->cause < i);
      g_assert_cmpuint (d->first_broken + d->n_broken, <=, c->broken->len);
    }
}

#endif
