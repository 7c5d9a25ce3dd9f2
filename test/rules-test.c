/* rules-test.c --- the last rule that matches decides

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/rules.h"

static void
add (Rules *rules, const char *name, const char *kind, const char *how, const char *pattern,
     const char *value)
{
  g_autoptr (GError) error = NULL;
  const RuleText text = { name, kind, how, pattern, value, "", "" };
  gboolean done = rules_add (rules, &text, &error);
  g_assert_no_error (error);
  g_assert_true (done);
}

static const char *
same_label (gconstpointer label)
{
  return label;
}

/* The number of the rule that decides on a field, or -1.  */
static int
find (Rules *rules, const char *field, const char *type, const char *label)
{
  const RuleSubject subject = { FALSE, NULL, same_label, label };
  return rules_decide (rules, rules_candidates (rules, field, type), &subject);
}

/* The name of the rule that decides on a field, or NULL.  */
static const char *
decides (Rules *rules, const char *field, const char *type, const char *label)
{
  int rule = find (rules, field, type, label);
  return rule < 0 ? NULL : rules_name (rules, rule);
}

static void
test_no_rule (void)
{
  g_autoptr (Rules) rules = rules_new ();
  g_assert_cmpint (find (rules, "smb2.cmd", "uint16", "Command"), ==, -1);
}

static void
test_each_condition (void)
{
  g_autoptr (Rules) rules = rules_new ();
  add (rules, "field", "volatile", "field", "smb2.sesid", "");
  add (rules, "protocol", "identifier", "protocol", "tcp", "");
  add (rules, "type", "volatile", "type", "absolute_time", "");
  add (rules, "regexp", "volatile", "regexp", "^smb2?\\.(tid|fid)$", "");
  g_assert_cmpstr (decides (rules, "smb2.sesid", "uint64", ""), ==, "field");
  g_assert_cmpstr (decides (rules, "smb2.sesid.auth", "string", ""), ==, NULL);
  g_assert_cmpstr (decides (rules, "tcp", "protocol", ""), ==, "protocol");
  g_assert_cmpstr (decides (rules, "tcp.seq", "uint32", ""), ==, "protocol");
  g_assert_cmpstr (decides (rules, "tcpcl.ack", "uint32", ""), ==, NULL);
  g_assert_cmpstr (decides (rules, "smb2.create.time", "absolute_time", ""), ==, "type");
  g_assert_cmpstr (decides (rules, "smb.tid", "uint16", ""), ==, "regexp");
  g_assert_cmpstr (decides (rules, "smb2.tid.x", "uint16", ""), ==, NULL);
  g_assert_cmpint (rules_kind (rules, 1), ==, RULE_IDENTIFIER);
  g_assert_cmpint (rules_kind (rules, 3), ==, RULE_VOLATILE);
}

static void
test_last_decides (void)
{
  g_autoptr (Rules) rules = rules_new ();
  add (rules, "all", "volatile", "protocol", "smb2", "");
  g_assert_cmpstr (decides (rules, "smb2.cmd", "uint16", ""), ==, "all");
  add (rules, "mine", "meaningful", "field", "smb2.cmd", "");
  g_assert_cmpstr (decides (rules, "smb2.cmd", "uint16", ""), ==, "mine");
  g_assert_cmpint (rules_kind (rules, 1), ==, RULE_MEANINGFUL);
  g_assert_cmpstr (decides (rules, "smb2.flags", "uint32", ""), ==, "all");
}

static void
test_value_narrows (void)
{
  g_autoptr (Rules) rules = rules_new ();
  add (rules, "any", "identifier", "field", "smb2.fid", "");
  add (rules, "null", "meaningful", "field", "smb2.fid", "ffffffff-ffff");
  g_assert_cmpstr (decides (rules, "smb2.fid", "guid", "File Id: 12345678-0000"), ==,
                   "any");
  g_assert_cmpstr (decides (rules, "smb2.fid", "guid", "File Id: ffffffff-ffff"), ==,
                   "null");
}

/* What decides on a field of a command, sent or derived.  */
static int
find_in (Rules *rules, const char *command, gboolean generated)
{
  const RuleSubject subject = { generated, command, same_label, "" };
  return rules_decide (rules, rules_candidates (rules, "smb2.eof", "uint64"), &subject);
}

static void
test_command_and_derivation (void)
{
  static const char *const texts[]
      = { "derived", "volatile",   "generated", "generated", "", "",           "",
          "close",   "volatile",   "field",     "smb2.eof",  "", "^close$",    "",
          "read",    "meaningful", "protocol",  "smb2",      "", "read|write", "" };
  const char *strings[G_N_ELEMENTS (texts) + 1] = { NULL };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    strings[i] = texts[i];
  g_autoptr (Rules) rules = rules_from_strings (strings, NULL);
  g_assert_nonnull (rules);
  g_assert_cmpint (find_in (rules, "Create", FALSE), ==, -1);
  g_assert_cmpint (find_in (rules, NULL, FALSE), ==, -1);
  g_assert_cmpint (find_in (rules, "Create", TRUE), ==, 0);
  g_assert_cmpint (find_in (rules, "Close", FALSE), ==, 1);
  g_assert_cmpint (find_in (rules, "Read", TRUE), ==, 2);
  g_autofree char *command = rules_command ("Command: Negotiate Protocol (0)");
  g_assert_cmpstr (command, ==, "Negotiate Protocol");
}

static void
test_wrong_rules_are_refused (void)
{
  static const char *const wrong[][5]
      = { { "fickle", "field", "x", "", "" },    { "volatile", "colour", "x", "", "" },
          { "volatile", "regexp", "(", "", "" }, { "volatile", "field", "x", "[", "" },
          { "volatile", "field", "x", "", "*" }, { "", "", "", "", "" } };
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (Rules) rules = rules_new ();
      g_autoptr (GError) error = NULL;
      const RuleText text = { "wrong",     wrong[i][0], wrong[i][1], wrong[i][2],
                              wrong[i][3], wrong[i][4], "" };
      g_assert_false (rules_add (rules, &text, &error));
      g_assert_nonnull (error);
      g_assert_cmpstr (error->message, !=, "");
    }
}

/* A label is a stranger's bytes: PCRE must come to an end with it.  */
static void
test_evil_regexp_ends (void)
{
  g_autoptr (Rules) rules = rules_new ();
  g_autofree char *label = g_strnfill (5000, 'a');
  add (rules, "evil", "volatile", "field", "x", "^(a+)+$(?!a)b");
  g_assert_cmpint (find (rules, "x", "string", label), ==, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/no-rule-is-meaningful", test_no_rule);
  g_test_add_func ("/each-condition-matches", test_each_condition);
  g_test_add_func ("/last-rule-decides", test_last_decides);
  g_test_add_func ("/value-narrows-a-rule", test_value_narrows);
  g_test_add_func ("/command-and-derivation-narrow", test_command_and_derivation);
  g_test_add_func ("/wrong-rules-are-refused", test_wrong_rules_are_refused);
  g_test_add_func ("/evil-regexp-ends", test_evil_regexp_ends);
  return g_test_run ();
}
