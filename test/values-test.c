/* values-test.c --- what may differ of sizes, names and times

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/values.h"
#include "support/extents.h"

#include "summaries.h"

/* --------------------------------------------------------------- extents */

/* A message of 100 bytes: a header of 10, a size in [8, 10), bytes in [10, 60) and
   parts of these in [10, 30) and [30, 60), and bytes without parts in [60, 100).  */
static Extents *
message (void)
{
  Extents *extents = extents_new ();
  guint32 all = extents_add (extents, 0, 0, 100, EXTENT_PARENT | EXTENT_MESSAGE);
  extents_add (extents, 0, 8, 2, 0);
  extents_add (extents, 0, 10, 50, EXTENT_VARIABLE);
  for (int part = 0; part < 2; part++)
    {
      guint32 parent = extents_add (extents, 0, 10 + 20 * part, part ? 30 : 20,
                                    EXTENT_PARENT | EXTENT_VARIABLE);
      extents_add (extents, 0, 10 + 20 * part, 4, 0);
      extents_close (extents, parent);
    }
  extents_add (extents, 0, 60, 40, EXTENT_VARIABLE);
  extents_close (extents, all);
  return extents;
}

enum
{
  SIZE = 1,
  BLOB = 2,
  REST = 7
};

static void
test_dissected (void)
{
  g_autoptr (GArray) extents = message ();
  g_assert_true (extents_dissected (extents, BLOB));
  g_assert_false (extents_dissected (extents, REST));
  /* What the message is in does not dissect what is in it.  */
  g_assert_false (extents_dissected (extents, SIZE));
  /* Nor do the same places of other bytes, what was not sent, or half of it.  */
  g_array_index (extents, Extent, 3).source = 1;
  g_assert_false (extents_dissected (extents, BLOB));
  g_array_index (extents, Extent, 3).source = 0;
  g_array_index (extents, Extent, 5).flags |= EXTENT_GENERATED;
  g_assert_false (extents_dissected (extents, BLOB));
}

static void
test_measures (void)
{
  g_autoptr (GArray) extents = message ();
  g_assert_true (extents_measures (extents, SIZE, 50)); /* the blob */
  g_assert_true (extents_measures (extents, SIZE, 90)); /* all that follows */
  g_assert_false (extents_measures (extents, SIZE, 51));
  g_assert_false (extents_measures (extents, SIZE, 0));
  g_assert_false (extents_measures (extents, SIZE, G_MAXUINT64));
  /* Of another message it would say nothing.  */
  extents_add (extents, 0, 100, 77, EXTENT_MESSAGE | EXTENT_VARIABLE);
  extents_add (extents, 0, 100, 33, EXTENT_VARIABLE);
  g_assert_false (extents_measures (extents, SIZE, 33));
}

static void
test_beside (void)
{
  g_assert_true (extent_is_beside (190, 6, 70, 0)); /* a name in a file id of nowhere */
  g_assert_true (extent_is_beside (190, 0, 70, 0)); /* an empty one */
  g_assert_true (extent_is_beside (10, 4, 12, 8));
  g_assert_true (extent_is_beside (18, 4, 12, 8));
  g_assert_false (extent_is_beside (12, 8, 12, 8));
  g_assert_false (extent_is_beside (20, 0, 12, 8));
  g_assert_false (extent_is_beside (0, 0, 70, 0)); /* nowhere */
}

/* ---------------------------------------------------------------- values */

/* The n-th request and its response, of PATH.  */
static void
ask (SummaryParts *parts, const char *path)
{
  for (guint32 reply = 0; reply < 2; reply++)
    {
      const WirePdu pdu = { .frame = parts->pdus->len + 1,
                            .message = parts->pdus->len / 2 + 1,
                            .flags = reply ? WIRE_PDU_RESPONSE | WIRE_PDU_STATUS : 0,
                            .command = 5,
                            .matters = 1,
                            .time = G_GINT64_CONSTANT (1000000000) * parts->pdus->len,
                            .ports = reply ? 445u << 16 | 999 : 999u << 16 | 445,
                            .path = summary_string (parts, path),
                            .command_name = summary_string (parts, "CREATE") };
      g_array_append_val (parts->pdus, pdu);
    }
}

static void
name (SummaryParts *parts, const char *text)
{
  summary_value (parts, WIRE_VALUE_NAME, 0, "smb2.filename", summary_string (parts, text));
}

typedef struct
{
  Strings *strings;
  Exchanges *x[2];
  Comparison *c;
} Compared;

/* Compare A with B, both ways; sides are gone then.  */
static Compared
compare (SummaryParts *a, SummaryParts *b, gboolean rename)
{
  Compared all = { .strings = strings_new () };
  SummaryParts *const parts[2] = { a, b };
  for (int side = 0; side < 2; side++)
    {
      g_autoptr (GVariant) summary = summary_variant (parts[side]);
      all.x[side] = exchanges_new (all.strings);
      g_assert_true (exchanges_add (all.x[side], summary));
      exchanges_finish (all.x[side]);
    }
  const CompareOptions options = { .n_rules = 1, .rename = rename };
  all.c = compare_run (all.x[0], all.x[1], all.strings, &options);
  g_autoptr (Comparison) mirror = compare_run (all.x[1], all.x[0], all.strings, &options);
  assert_mirrored (all.c, mirror);
  assert_complete (all.c, all.x[0], all.x[1]);
  g_assert_cmpuint (all.c->renamed->len, ==, mirror->renamed->len);
  for (guint i = 0; i < all.c->renamed->len; i++)
    g_assert_cmpuint (g_array_index (all.c->renamed, Renamed, i).a, ==,
                      g_array_index (mirror->renamed, Renamed, i).b);
  return all;
}

static void
compared_clear (Compared *all)
{
  comparison_free (all->c);
  exchanges_free (all->x[0]);
  exchanges_free (all->x[1]);
  strings_unref (all->strings);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Compared, compared_clear)

/* How many divergences there are if A's requests have the names A, B's those of B, each
   ending in NULL.  */
static guint
renamings (const char *const *a, const char *const *b, gboolean rename, guint *renamed)
{
  SummaryParts parts[2] = { summary_parts (), summary_parts () };
  const char *const *const names[2] = { a, b };
  for (int side = 0; side < 2; side++)
    for (guint i = 0; names[side][i]; i++)
      {
        ask (&parts[side], "x");
        name (&parts[side], names[side][i]);
      }
  g_auto (Compared) all = compare (&parts[0], &parts[1], rename);
  if (renamed)
    *renamed = all.c->renamed->len;
  return all.c->divergences->len;
}

static void
test_names (void)
{
  static const char *const one[] = { "a", "b", "a", "c", NULL };
  static const char *const consistent[] = { "x", "b", "x", "y", NULL };
  static const char *const broken[] = { "x", "b", "z", "y", NULL };
  static const char *const taken[] = { "b", "b", "b", "c", NULL };
  static const char *const alike[] = { "A", "b", "A", "c", NULL };
  guint renamed;
  g_assert_cmpuint (renamings (one, one, TRUE, &renamed), ==, 0);
  g_assert_cmpuint (renamed, ==, 0);
  g_assert_cmpuint (renamings (one, consistent, TRUE, &renamed), ==, 0);
  g_assert_cmpuint (renamed, ==, 2);
  g_assert_cmpuint (renamings (one, consistent, FALSE, &renamed), ==, 3);
  g_assert_cmpuint (renamed, ==, 0);
  /* A name that goes with another one, one that both have, and another case.  */
  g_assert_cmpuint (renamings (one, broken, TRUE, NULL), ==, 1);
  g_assert_cmpuint (renamings (one, taken, TRUE, NULL), ==, 2);
  g_assert_cmpuint (renamings (one, alike, TRUE, NULL), ==, 2);
}

static void
test_look_alikes (void)
{
  static const char *const composed[] = { "caf\303\251", NULL };
  static const char *const decomposed[] = { "cafe\314\201", NULL };
  static const char *const latin[] = { "data", NULL };
  static const char *const cyrillic[] = { "d\320\260ta", NULL };
  static const char *const greek[] = { "\316\273\317\214\316\263\316\277\317\202", NULL };
  g_assert_cmpuint (renamings (composed, decomposed, TRUE, NULL), ==, 1);
  g_assert_cmpuint (renamings (latin, cyrillic, TRUE, NULL), ==, 1);
  g_assert_cmpuint (renamings (latin, greek, TRUE, NULL), ==, 0);
}

/* How many divergences sizes of A and B make.  */
static guint
sizes (guint what_a, guint64 a, guint what_b, guint64 b)
{
  SummaryParts parts[2] = { summary_parts (), summary_parts () };
  const guint what[2] = { what_a, what_b };
  const guint64 size[2] = { a, b };
  for (int side = 0; side < 2; side++)
    {
      ask (&parts[side], "x");
      summary_value (&parts[side], what[side], 0, "smb2.olb.length", size[side]);
    }
  g_auto (Compared) all = compare (&parts[0], &parts[1], TRUE);
  return all.c->divergences->len;
}

static void
test_sizes (void)
{
  g_assert_cmpuint (sizes (WIRE_VALUE_SIZE, 7, WIRE_VALUE_SIZE, 7), ==, 0);
  g_assert_cmpuint (sizes (WIRE_VALUE_SIZE, 7, WIRE_VALUE_SIZE, 8), ==, 1);
  g_assert_cmpuint (sizes (WIRE_VALUE_MEASURED, 7, WIRE_VALUE_SIZE, 8), ==, 1);
  g_assert_cmpuint (sizes (WIRE_VALUE_MEASURED, 7, WIRE_VALUE_MEASURED, 8), ==, 0);
  g_assert_cmpuint (sizes (WIRE_VALUE_MEASURED, 7, WIRE_VALUE_SIZE, 7), ==, 0);
}

#define SECOND G_GINT64_CONSTANT (1000000000)

/* How many divergences there are if a file's time is STARTS at first, and later by so
   many nanoseconds in A and in B.  */
static guint
times (gint64 fraction, gint64 later_a, gint64 later_b)
{
  SummaryParts parts[2] = { summary_parts (), summary_parts () };
  const gint64 later[2] = { later_a, later_b };
  for (int side = 0; side < 2; side++)
    for (int i = 0; i < 2; i++)
      {
        ask (&parts[side], "x");
        summary_value (&parts[side], WIRE_VALUE_TIME, 0, "smb2.last_write.time",
                       (guint64)(1000 * SECOND * (side + 1) + fraction + i * later[side]));
      }
  g_auto (Compared) all = compare (&parts[0], &parts[1], TRUE);
  return all.c->divergences->len;
}

static void
test_times (void)
{
  g_assert_cmpuint (times (7, 0, 0), ==, 0);
  g_assert_cmpuint (times (7, SECOND, 3 * SECOND), ==, 0);
  g_assert_cmpuint (times (7, SECOND, 0), ==, 1);
  g_assert_cmpuint (times (7, 0, SECOND), ==, 1);
  g_assert_cmpuint (times (7, SECOND, -SECOND), ==, 1);
  /* Clocks of file systems tick, some in whole seconds.  */
  g_assert_cmpuint (times (0, SECOND, 0), ==, 0);
  g_assert_cmpuint (times (0, 3 * SECOND, 0), ==, 1);
  g_assert_cmpuint (times (7, SECOND / 250, 0), ==, 0);
}

static void
test_plain_times (void)
{
  gint64 time;
  g_assert_true (wire_plain_time (1, 5, &time));
  g_assert_cmpint (time, ==, SECOND + 5);
  g_assert_false (wire_plain_time (0, 0, &time));
  g_assert_false (wire_plain_time (-1, 0, &time));
  g_assert_false (wire_plain_time (G_MAXUINT32, 0, &time));
  g_assert_false (wire_plain_time (G_MAXINT64, 0, &time));
  g_assert_false (wire_plain_time (1, -1, &time));
}

static void
test_name_parts (void)
{
  static const struct
  {
    const char *text, *part;
    WireNamePart kind;
  } parts[] = { { "\\\\host\\share", "\\\\", WIRE_NAME_FIXED },
                { "host\\share", "host", WIRE_NAME_OWN },
                { "IPC$", "IPC$", WIRE_NAME_FIXED },
                { "C$\\x", "C$", WIRE_NAME_FIXED },
                { "HOST$", "HOST$", WIRE_NAME_OWN },
                { "*", "*", WIRE_NAME_FIXED },
                { "*.txt", "*.txt", WIRE_NAME_OWN },
                { "127.0.0.1:445", "127.0.0.1", WIRE_NAME_OWN } };
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      gsize length;
      g_assert_cmpint (wire_name_part (parts[i].text, &length), ==, parts[i].kind);
      g_assert_cmpuint (length, ==, strlen (parts[i].part));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bytes-are-dissected-beside", test_dissected);
  g_test_add_func ("/sizes-measure-what-is-there", test_measures);
  g_test_add_func ("/what-was-sent-is-beside-what-was-made-up", test_beside);
  g_test_add_func ("/names-go-together-or-not", test_names);
  g_test_add_func ("/look-alikes-do-not-go-together", test_look_alikes);
  g_test_add_func ("/sizes-of-what-is-there-may-differ", test_sizes);
  g_test_add_func ("/times-say-the-same", test_times);
  g_test_add_func ("/special-times-are-not-plain", test_plain_times);
  g_test_add_func ("/names-have-parts", test_name_parts);
  return g_test_run ();
}
