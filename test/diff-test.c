/* diff-test.c --- what differs is found, and nothing else

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/tree-diff.h"
#include "trees.h"

/* Two trees and what differs between them.  */
typedef struct
{
  GVariant *values[2];
  WireTree a, b;
  Rules *rules;
  GArray *records;
} Compared;

static void
compared_clear (Compared *compared)
{
  g_variant_unref (compared->values[0]);
  g_variant_unref (compared->values[1]);
  rules_free (compared->rules);
  g_array_unref (compared->records);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Compared, compared_clear)

static void
compared_run (Compared *compared)
{
  g_assert_true (wire_tree_view (compared->values[0], &compared->a));
  g_assert_true (wire_tree_view (compared->values[1], &compared->b));
  compared->records = diff_trees (&compared->a, &compared->b, compared->rules);
}

/* Compare A and B, texts as trees.h has them.  VOLATILE fields don't matter,
   MEANINGFUL ones do; NULL for none.  */
static void
compare (Compared *compared, const char *a, const char *b, const char *is_volatile,
         const char *is_meaningful)
{
  compared->values[0] = tree_variant (tree_parts (a));
  compared->values[1] = tree_variant (tree_parts (b));
  compared->rules = rules_new ();
  if (is_volatile)
    g_assert_true (
        add_rule (compared->rules, "volatile", "volatile", "protocol", is_volatile, ""));
  if (is_meaningful)
    g_assert_true (
        add_rule (compared->rules, "meaningful", "meaningful", "field", is_meaningful, ""));
  compared_run (compared);
}

static const char *
label (const WireTree *tree, gint32 node)
{
  return tree->pool + tree->nodes[node].label;
}

/* The result as text: a sign and the label a node, the ancestors of
   differences as `.'; what is the same is left out.  */
static char *
text (const Compared *compared)
{
  static const char signs[] = {
    [DIFF_CHANGED] = '!', [DIFF_IGNORED] = '~', [DIFF_ONLY_A] = '-', [DIFF_ONLY_B] = '+'
  };
  GString *string = g_string_new (NULL);
  for (guint i = 0; i < compared->records->len; i++)
    {
      const DiffRecord *record = &g_array_index (compared->records, DiffRecord, i);
      if (record->kind != DIFF_SAME)
        g_string_append_printf (string, "%c%s ", signs[record->kind],
                                record->a >= 0 ? label (&compared->a, record->a)
                                               : label (&compared->b, record->b));
    }
  return g_string_free (string, FALSE);
}

static void
assert_diff (const char *a, const char *b, const char *is_volatile, const char *expected)
{
  g_auto (Compared) compared;
  compare (&compared, a, b, is_volatile, NULL);
  g_autofree char *found = text (&compared);
  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpint (diff_matters (compared.records), ==, strpbrk (expected, "!-+") != NULL);
}

static void
test_same (void)
{
  const char tree[] = "smb2\n  cmd:uint16=5\n  name:string=\"x\"\n    length:uint32=1\n";
  assert_diff (tree, tree, NULL, "");
  assert_diff ("", "", NULL, "");
}

static void
test_changed_value (void)
{
  assert_diff ("smb2\n  cmd:uint16=5 cmd\n  flags:uint16=0 flags\n",
               "smb2\n  cmd:uint16=6 cmd\n  flags:uint16=0 flags\n", NULL, "!smb2 !cmd ");
  assert_diff ("name:string=\"x\" name\n", "name:string=\"y\" name\n", NULL, "!name ");
  assert_diff ("name:string=\"x\" name\n", "name:uint32=7 name\n", NULL, "!name ");
}

/* What is of the message is compared wherever Wireshark shows it.  */
static void
test_made_up_parents (void)
{
  const char opened[] = "smb2\n  *fid:uint32=1 fid\n    *hash:uint32=2 hash\n"
                        "    name@9:string=\"x\" name\n      offset@8:uint32=3 offset\n"
                        "  extra@20:uint32=1 extra\n";
  assert_diff (opened,
               "smb2\n  name@9:string=\"x\" name\n    offset@8:uint32=3 offset\n"
               "  extra@20:uint32=1 extra\n",
               NULL, "!smb2 -fid -hash ");
  assert_diff (opened,
               "smb2\n  name@9:string=\"x\" name\n    offset@8:uint32=4 offset\n"
               "  extra@20:uint32=1 extra\n",
               NULL, "!smb2 -fid -hash !name !offset ");
}

/* Numbers are compared, not how they are written.  */
static void
test_label_is_not_the_value (void)
{
  assert_diff ("time:uint32=5 five\n", "time:uint32=5 5 seconds\n", NULL, "");
  assert_diff ("text five\n", "text six\n", NULL, "!five ");
}

/* Bytes that are dissected are judged by what they were dissected into.  */
static void
test_dissected_bytes (void)
{
  assert_diff ("blob:bytes=\"ab\" blob\n  x:uint8=1 x\n",
               "blob:bytes=\"cd\" blob\n  x:uint8=1 x\n", NULL, "");
  assert_diff ("blob:bytes=\"ab\" blob\n", "blob:bytes=\"cd\" blob\n", NULL, "!blob ");
}

static void
test_ignored (void)
{
  assert_diff ("smb2\n  time:uint32=1 time\n", "smb2\n  time:uint32=2 time\n", "time",
               "~time ");
  /* For all that is below, too, and for what is on one side only.  */
  assert_diff ("time time\n  s:uint32=1 s\n", "time time\n  s:uint32=2 s\n", "time",
               "~time ~s ");
  assert_diff ("smb2\n", "smb2\n  time time\n    s s\n", "time", "~time ~s ");
}

static void
test_meaningful_after_all (void)
{
  g_auto (Compared) compared;
  compare (&compared, "time time\n  s:uint32=1 s\n  ns:uint32=1 ns\n",
           "time time\n  s:uint32=2 s\n  ns:uint32=2 ns\n", "time", "ns");
  g_autofree char *found = text (&compared);
  g_assert_cmpstr (found, ==, "!time ~s !ns ");
}

#define ENTRY(name)                                                                        \
  "  entry " name "\n    name:string=\"" name "\" " name "\n    size:uint32=4\n"

static void
test_inserted_sibling (void)
{
  const char three[] = "list\n" ENTRY ("a") ENTRY ("b") ENTRY ("c");
  assert_diff (three, "list\n" ENTRY ("new") ENTRY ("a") ENTRY ("b") ENTRY ("c"), NULL,
               "!list +new +new +size:uint32=4 ");
  assert_diff (three, "list\n" ENTRY ("a") ENTRY ("new") ENTRY ("b") ENTRY ("c"), NULL,
               "!list +new +new +size:uint32=4 ");
  assert_diff (three, "list\n" ENTRY ("a") ENTRY ("b") ENTRY ("c") ENTRY ("new"), NULL,
               "!list +new +new +size:uint32=4 ");
  assert_diff (three, "list\n" ENTRY ("a") ENTRY ("c"), NULL,
               "!list -b -b -size:uint32=4 ");
}

/* Of several that are gone or changed, the right ones.  */
static void
test_repeated_siblings_match_by_content (void)
{
  assert_diff ("list\n" ENTRY ("a") ENTRY ("b") ENTRY ("c") ENTRY ("d"),
               "list\n" ENTRY ("b") ENTRY ("d"), NULL,
               "!list -a -a -size:uint32=4 -c -c -size:uint32=4 ");
  assert_diff ("tag:uint32=1 one\ntag:uint32=2 two\n", "tag:uint32=2 two\n", NULL, "-one ");
}

static void
test_most_alike_sibling_matches (void)
{
  assert_diff (
      "list\n" ENTRY ("a") ENTRY ("b") ENTRY ("c"),
      "list\n  entry b\n    name:string=\"b\" b\n    size:uint32=9 size\n" ENTRY ("c"),
      NULL, "!list -a -a -size:uint32=4 !b !size:uint32=4 ");
}

static void
test_names_never_match_others (void)
{
  assert_diff ("x:uint32=1 x\n", "y:uint32=1 y\n", NULL, "-x +y ");
}

/* The same field a level deeper is another thing.  */
static void
test_depths_never_match (void)
{
  assert_diff ("a a\n  x:uint32=1 x\n", "a a\n  b b\n    x:uint32=1 x\n", NULL,
               "!a -x +b +x ");
}

static void
test_one_side_empty (void)
{
  assert_diff ("", "a a\n  b b\n", NULL, "+a +b ");
  assert_diff ("a a\n  b b\n", "", NULL, "-a -b ");
}

/* A directory of thousands of entries, some gone and one new: more than all
   pairs are looked at of.  */
static void
test_long_lists (void)
{
  g_autoptr (GString) a = g_string_new ("list\n"), b = g_string_new ("list\n");
  for (int i = 0; i < 5000; i++)
    {
      g_autofree char *line = g_strdup_printf ("  e:uint32=%d e%d\n", i, i);
      g_string_append (a, line);
      if (i == 4000)
        g_string_append (b, "  e:uint32=9999 new\n");
      if (i != 1 && i != 2500 && i != 4998)
        g_string_append (b, line);
    }
  assert_diff (a->str, b->str, NULL, "!list -e1 -e2500 +new -e4998 ");
}

/* The same with entries none of which is unique.  */
static void
test_long_lists_of_the_same (void)
{
  g_autoptr (GString) a = g_string_new ("list\n"), b = g_string_new ("list\n");
  for (int i = 0; i < 3000; i++)
    {
      g_autofree char *line = g_strdup_printf ("  e:uint32=%d e%d\n", i % 7, i % 7);
      g_string_append (a, line);
      if (i == 10 || i == 2900)
        g_string_append (b, "  e:uint32=9999 new\n");
      g_string_append (b, line);
    }
  assert_diff (a->str, b->str, NULL, "!list +new +new ");
}

/* -------------------------------------------------------- any trees at all */

static GVariant *
random_tree (guint n)
{
  g_autoptr (GString) string = g_string_new (NULL);
  guint depth = 0;
  for (guint i = 0; i < n; i++)
    {
      depth = (guint)g_test_rand_int_range (i ? 1 : 0, (gint32)depth + 2);
      depth = i ? depth : 1;
      for (guint d = 1; d < depth; d++)
        g_string_append (string, "  ");
      g_string_append_printf (string, "f%d:uint32=%d\n", g_test_rand_int_range (0, 4),
                              g_test_rand_int_range (0, 3));
    }
  return tree_variant (tree_parts (string->str));
}

/* Each node is in exactly one record, in order, its depth and name those of
   its partner.  */
static void
assert_complete (const Compared *compared)
{
  gint32 a = 0, b = 0;
  for (guint i = 0; i < compared->records->len; i++)
    {
      const DiffRecord *record = &g_array_index (compared->records, DiffRecord, i);
      g_assert_true (record->a >= 0 || record->b >= 0);
      g_assert_cmpint (record->kind == DIFF_ONLY_A, <=, record->b < 0);
      g_assert_cmpint (record->kind == DIFF_ONLY_B, <=, record->a < 0);
      if (record->a >= 0)
        {
          g_assert_cmpint (record->a, ==, a++);
          g_assert_cmpuint (record->depth, ==, compared->a.nodes[record->a].depth);
        }
      if (record->b >= 0)
        {
          g_assert_cmpint (record->b, ==, b++);
          g_assert_cmpuint (record->depth, ==, compared->b.nodes[record->b].depth);
        }
    }
  g_assert_cmpint (a, ==, compared->a.n_nodes);
  g_assert_cmpint (b, ==, compared->b.n_nodes);
}

static void
test_any_trees (void)
{
  for (guint round = 0; round < 300; round++)
    {
      g_auto (Compared) compared
          = { .values = { random_tree (round % 40), random_tree (round % 37) },
              .rules = rules_new () };
      g_assert_true (add_rule (compared.rules, "f0", "volatile", "field", "f0", ""));
      compared_run (&compared);
      assert_complete (&compared);
      g_autoptr (GArray) itself = diff_trees (&compared.a, &compared.a, compared.rules);
      for (guint i = 0; i < itself->len; i++)
        g_assert_cmpint (g_array_index (itself, DiffRecord, i).kind, ==, DIFF_SAME);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/same", test_same);
  g_test_add_func ("/changed-value", test_changed_value);
  g_test_add_func ("/made-up-parents", test_made_up_parents);
  g_test_add_func ("/label-is-not-the-value", test_label_is_not_the_value);
  g_test_add_func ("/dissected-bytes", test_dissected_bytes);
  g_test_add_func ("/ignored", test_ignored);
  g_test_add_func ("/meaningful-after-all", test_meaningful_after_all);
  g_test_add_func ("/inserted-sibling-is-one-difference", test_inserted_sibling);
  g_test_add_func ("/repeated-siblings-match-by-content",
                   test_repeated_siblings_match_by_content);
  g_test_add_func ("/most-alike-sibling-matches", test_most_alike_sibling_matches);
  g_test_add_func ("/names-never-match-others", test_names_never_match_others);
  g_test_add_func ("/depths-never-match", test_depths_never_match);
  g_test_add_func ("/one-side-empty", test_one_side_empty);
  g_test_add_func ("/long-lists", test_long_lists);
  g_test_add_func ("/long-lists-of-the-same", test_long_lists_of_the_same);
  g_test_add_func ("/any-trees-are-told-of-completely", test_any_trees);
  return g_test_run ();
}
