/* compare-collect.c --- what a comparison is made of as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/compare.h"

#include "compare/compare.h"
#include "support/problem.h"

/* Take away one of those that use C.  */
static void
drop (Comparing *c)
{
  if (--c->users)
    return;
  if (c->first)
    drop (c->first);
  else
    {
      rules_free (c->rules);
      exchanges_free (c->sides[0]);
      exchanges_free (c->sides[1]);
      strings_unref (c->strings);
    }
  g_free (c);
}

static void
free_comparing (void *data) EMACS_NOEXCEPT
{
  Comparing *c = data;
  comparing_stop (c);
  g_clear_pointer (&c->result, comparison_free);
  drop (c);
}

static const LispType comparing_type = { "smbcmp-module-comparison", free_comparing };

Comparing *
comparing_get (emacs_env *env, emacs_value object)
{
  return lisp_object_data (env, object, &comparing_type);
}

LISP_FUNCTION (compare_new)
{
  g_autoptr (Rules) rules = module_parse_rules (env, args[0]);
  if (!rules)
    return Q (nil);
  Comparing *c = g_new0 (Comparing, 1);
  c->users = 1;
  c->rules = g_steal_pointer (&rules);
  c->strings = strings_new ();
  for (int side = 0; side < 2; side++)
    c->sides[side] = exchanges_new (c->strings);
  return lisp_object (env, &comparing_type, c);
}

LISP_FUNCTION (compare_again)
{
  Comparing *c = comparing_result (env, args[0]);
  if (!c)
    return Q (nil);
  Comparing *again = g_new0 (Comparing, 1);
  again->users = 1;
  again->first = c->first ? c->first : c;
  again->first->users++;
  again->strings = c->strings;
  again->sides[0] = c->sides[0];
  again->sides[1] = c->sides[1];
  again->rules = c->rules;
  return lisp_object (env, &comparing_type, again);
}

LISP_FUNCTION (compare_so_far)
{
  const Comparing *c = comparing_get (env, args[0]);
  g_autoptr (Rules) rules = c ? module_parse_rules (env, args[1]) : NULL;
  if (!rules)
    return Q (nil);
  Comparing *so_far = g_new0 (Comparing, 1);
  so_far->users = 1;
  so_far->rules = g_steal_pointer (&rules);
  so_far->strings = strings_ref (c->strings);
  /* As much of both: else one would have much that the other can't have yet.  */
  guint32 n = MIN (exchanges_pdu_count (c->sides[0]), exchanges_pdu_count (c->sides[1]));
  for (int side = 0; side < 2; side++)
    so_far->sides[side] = exchanges_so_far (c->sides[side], n);
  return lisp_object (env, &comparing_type, so_far);
}

LISP_FUNCTION (compare_alike)
{
  const Comparing *c = comparing_result (env, args[0]);
  intmax_t n = env->extract_integer (env, args[2]);
  if (!c || !lisp_ok (env))
    return Q (nil);
  const Exchanges *x = c->sides[env->is_not_nil (env, args[1]) ? 1 : 0];
  if (n < 0 || n >= exchanges_count (x))
    return Q (nil);
  return env->make_integer (env, exchanges_alike (x, (guint32)n));
}

LISP_FUNCTION (compare_add)
{
  Comparing *c = comparing_get (env, args[0]);
  int side = env->is_not_nil (env, args[1]) ? 1 : 0;
  g_autoptr (GVariant) part = c ? module_reply_value (env, args[2]) : NULL;
  if (part && !exchanges_add (c->sides[side], part))
    lisp_error (env, PROBLEM "not-summary");
  return Q (nil);
}

const ModuleFunction module_compare_collect_functions[]
    = { { "smbcmp--module-compare-new", 1, 1, compare_new,
          "Return an object that compares two captures by RULES.\n"
          "RULES is a list of strings, see `smbcmp-rules-for-module'.\n\n(fn RULES)" },
        { "smbcmp--module-compare-again", 1, 1, compare_again,
          "Return a new object that compares again what COMPARING has compared.\n"
          "COMPARING keeps what came of it.\n\n(fn COMPARING)" },
        { "smbcmp--module-compare-so-far", 2, 2, compare_so_far,
          "Return a new object that compares what was added to COMPARING up to now.\n"
          "It has as many PDUs of either side.  RULES are those by which COMPARING\n"
          "does; nothing can be added to the new one.\n\n(fn COMPARING RULES)" },
        { "smbcmp--module-compare-alike", 3, 3, compare_alike,
          "Return how many exchanges of COMPARING's " OF_SIDE ",\n"
          "are what exchange N is; nil if there is no N.\n\n(fn COMPARING SIDE N)" },
        { "smbcmp--module-compare-add", 3, 3, compare_add,
          "Add PART, of a reply to a request for a summary, to COMPARING.\n"
          "It is of capture " OF_SIDE ".\n\n(fn COMPARING SIDE PART)" },
        { NULL, 0, 0, NULL, NULL } };
