/* diff.c --- differences of trees as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/module.h"

#include "compare/tree-diff.h"
#include "support/problem.h"

Rules *
module_parse_rules (emacs_env *env, emacs_value list)
{
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  for (; lisp_ok (env) && env->is_not_nil (env, list);
       list = lisp_call (env, Q_cdr, 1, &list))
    g_ptr_array_add (strings,
                     lisp_copy_string (env, lisp_call (env, Q_car, 1, &list), NULL));
  g_ptr_array_add (strings, NULL);
  if (!lisp_ok (env))
    return NULL;
  g_autoptr (GError) error = NULL;
  Rules *rules = rules_from_strings ((const char *const *)strings->pdata, &error);
  if (!rules)
    lisp_error (env, "%s", error->message);
  return rules;
}

typedef struct
{
  emacs_env *env;
  const GArray *records;
  const emacs_value *a, *b; /* the trees' nodes */
  const Rules *rules;
} Conversion;

/* The tag and attributes of RECORD.  */
static void
convert_head (const Conversion *c, const DiffRecord *record, emacs_value head[2])
{
  static const LispSymbol kinds[] = { [DIFF_SAME] = Q_same,
                                      [DIFF_CHANGED] = Q_changed,
                                      [DIFF_IGNORED] = Q_ignored,
                                      [DIFF_ONLY_A] = Q_only_a,
                                      [DIFF_ONLY_B] = Q_only_b };
  emacs_value attributes[3];
  ptrdiff_t n = 0;
  if (record->a >= 0)
    attributes[n++] = lisp_cons (c->env, Q (a), c->a[record->a]);
  if (record->b >= 0)
    attributes[n++] = lisp_cons (c->env, Q (b), c->b[record->b]);
  if (record->kind == DIFF_IGNORED)
    attributes[n++] = lisp_cons (c->env, Q (rule),
                                 lisp_string (c->env, rules_name (c->rules, record->rule)));
  head[0] = lisp_symbols[kinds[record->kind]];
  head[1] = lisp_call (c->env, Q_list, n, attributes);
}

/* Append to PARTS the nodes of DEPTH from record I on; the index of the first
   record that is none of theirs.  */
static guint
convert_siblings (const Conversion *c, guint i, guint32 depth, GArray *parts)
{
  while (i < c->records->len && lisp_ok (c->env))
    {
      const DiffRecord *record = &g_array_index (c->records, DiffRecord, i);
      if (record->depth < depth)
        break;
      g_autoptr (GArray) node = g_array_new (FALSE, FALSE, sizeof (emacs_value));
      emacs_value head[2];
      convert_head (c, record, head);
      g_array_append_vals (node, head, 2);
      i = convert_siblings (c, i + 1, depth + 1, node);
      emacs_value list
          = lisp_call (c->env, Q_list, node->len, (emacs_value *)(void *)node->data);
      g_array_append_val (parts, list);
    }
  return i;
}

static emacs_value
diff_to_lisp (emacs_env *env, const WireTree *a, const WireTree *b, Rules *rules)
{
  g_autofree emacs_value *a_nodes = g_new (emacs_value, a->n_nodes + 1);
  g_autofree emacs_value *b_nodes = g_new (emacs_value, b->n_nodes + 1);
  emacs_value a_root = lisp_from_tree (env, a, a_nodes);
  emacs_value b_root = lisp_from_tree (env, b, b_nodes);
  if (!lisp_ok (env))
    return Q (nil);
  g_autoptr (GArray) records = diff_trees (a, b, rules);
  Conversion conversion = { env, records, a_nodes, b_nodes, rules };
  emacs_value attributes[]
      = { lisp_cons (env, Q (a), a_root), lisp_cons (env, Q (b), b_root) };
  emacs_value head[] = { diff_matters (records) ? Q (changed) : Q (same),
                         lisp_call (env, Q_list, 2, attributes) };
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (emacs_value));
  g_array_append_vals (parts, head, 2);
  convert_siblings (&conversion, 0, 1, parts);
  return lisp_ok (env)
             ? lisp_call (env, Q_list, parts->len, (emacs_value *)(void *)parts->data)
             : Q (nil);
}

LISP_FUNCTION (module_diff)
{
  g_autoptr (GVariant) a_value = module_reply_value (env, args[0]);
  g_autoptr (GVariant) b_value = module_reply_value (env, args[1]);
  g_autoptr (Rules) rules = module_parse_rules (env, args[2]);
  WireTree a, b;
  if (!a_value || !b_value || !rules)
    return Q (nil);
  if (!wire_tree_view (a_value, &a) || !wire_tree_view (b_value, &b))
    {
      lisp_error (env, PROBLEM "not-trees");
      return Q (nil);
    }
  return diff_to_lisp (env, &a, &b, rules);
}

const ModuleFunction module_diff_functions[]
    = { { "smbcmp--module-diff", 3, 3, module_diff,
          "Return what differs between the trees A and B, of raw replies.\n"
          "RULES is a list of strings, NAME KIND HOW PATTERN VALUE COMMAND for\n"
          "each; see `smbcmp-rules'.  The value is a diff node.\n\n(fn A B RULES)" },
        { NULL, 0, 0, NULL, NULL } };
