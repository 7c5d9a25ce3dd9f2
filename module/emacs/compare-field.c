/* compare-field.c --- the fields that make two PDUs differ as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/compare.h"

#include <string.h>

#include "compare/pdu-diff.h"
#include "support/problem.h"

/* Where the bytes that are the values of nodes I of A and J of B begin to
   differ, if their lines do not.  */
static gboolean
hidden_difference (const WireTree *a, gint32 i, const WireTree *b, gint32 j,
                   guint32 *offset)
{
  if (i < 0 || j < 0 || wire_node_kind (&a->nodes[i]) != WIRE_BYTES
      || wire_node_kind (&b->nodes[j]) != WIRE_BYTES
      || !g_str_equal (a->pool + a->nodes[i].label, b->pool + b->nodes[j].label))
    return FALSE;
  guint64 x = a->nodes[i].value, y = b->nodes[j].value;
  guint32 length = MIN (wire_span_length (x), wire_span_length (y));
  const char *p = a->pool + wire_span_offset (x), *q = b->pool + wire_span_offset (y);
  for (*offset = 0; *offset < length && p[*offset] == q[*offset];)
    ++*offset;
  return TRUE;
}

/* [NAME OFFSET BYTES MORE] for some of the bytes of NODE from OFFSET on, in hex; MORE is
   whether others follow.  */
static emacs_value
bytes_label (emacs_env *env, const WireTree *tree, gint32 node, guint32 offset)
{
  guint64 value = tree->nodes[node].value;
  guint32 length = wire_span_length (value), end = MIN (length, offset + 8);
  const char *bytes = tree->pool + wire_span_offset (value);
  g_autoptr (GString) hex = g_string_new (NULL);
  for (guint32 i = offset; i < end; i++)
    g_string_append_printf (hex, "%02x", (guchar)bytes[i]);
  const char *name = tree->pool + tree->fields[tree->nodes[node].field].name;
  emacs_value parts[] = { lisp_string (env, name), env->make_integer (env, offset),
                          lisp_string (env, hex->str), end < length ? Q (t) : Q (nil) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

static emacs_value
node_label (emacs_env *env, const WireTree *tree, gint32 node)
{
  return node < 0 ? Q (nil) : lisp_string (env, tree->pool + tree->nodes[node].label);
}

/* The integer that NODE is some bits of, -1 if it is none.  */
static gint32
mask_of (const WireTree *tree, gint32 node)
{
  if (node < 0 || !(tree->nodes[node].flags & WIRE_NODE_BITS))
    return -1;
  gint32 above = node;
  while (above >= 0 && tree->nodes[above].depth >= tree->nodes[node].depth)
    above--;
  return above;
}

/* (FIELD LABEL-A LABEL-B) for RECORD; bits have the labels of the integers they are in
   behind that.  */
static emacs_value
field_difference (emacs_env *env, const DiffRecord *record, const WireTree *a,
                  const WireTree *b)
{
  const WireTree *tree = record->a >= 0 ? a : b;
  const WireNode *node = &tree->nodes[record->a >= 0 ? record->a : record->b];
  guint32 offset;
  gboolean hidden = hidden_difference (a, record->a, b, record->b, &offset);
  gint32 mask_a = mask_of (a, record->a), mask_b = mask_of (b, record->b);
  emacs_value parts[]
      = { lisp_intern (env, tree->pool + tree->fields[node->field].abbrev),
          hidden ? bytes_label (env, a, record->a, offset) : node_label (env, a, record->a),
          hidden ? bytes_label (env, b, record->b, offset) : node_label (env, b, record->b),
          node_label (env, a, mask_a), node_label (env, b, mask_b) };
  return lisp_call (env, Q_list,
                    mask_a < 0 || mask_b < 0 ? 3 : (ptrdiff_t)G_N_ELEMENTS (parts), parts);
}

/* What the leaves below NODE, or NODE itself, are of what can be chosen: ciphers,
   algorithms; "" for none.  */
static char *
chosen_below (const WireTree *tree, gint32 node)
{
  GString *values = g_string_new (NULL);
  for (gsize i = (gsize)node + 1; i < tree->n_nodes; i++)
    {
      const char *label = tree->pool + tree->nodes[i].label;
      const char *value = strstr (label, ": ");
      const char *field = tree->pool + tree->fields[tree->nodes[i].field].abbrev;
      if (tree->nodes[i].depth <= tree->nodes[node].depth)
        break;
      if (value
          && (g_str_has_suffix (field, "_id") || g_str_has_suffix (field, "algorithm")))
        {
          const char *end = strrchr (value, '(');
          gsize length
              = end && end > value + 3 ? (gsize)(end - value - 3) : strlen (value) - 2;
          g_string_append_printf (values, "%s%.*s", values->len ? ", " : "", (int)length,
                                  value + 2);
        }
    }
  return g_string_free (values, FALSE);
}

/* The same for what differs of the environment: what only one side has says what is in
   it.  */
static emacs_value
environment_difference (emacs_env *env, const DiffRecord *record, const WireTree *a,
                        const WireTree *b)
{
  const WireTree *tree = record->a >= 0 ? a : b;
  gint32 node = record->a >= 0 ? record->a : record->b;
  g_autofree char *chosen = chosen_below (tree, node);
  emacs_value parts[] = { field_difference (env, record, a, b), lisp_string (env, chosen) };
  return lisp_cons (env, parts[1], parts[0]);
}

LISP_FUNCTION (compare_fields)
{
  const Comparing *c = comparing_result (env, args[0]);
  gboolean environment = !env->is_not_nil (env, args[1]);
  const Divergence *d
      = c && !environment ? comparing_element (env, c->result->divergences, args[1]) : NULL;
  if (!c || (!d && !environment))
    return Q (nil);
  g_autoptr (GVariant) a_value = module_reply_value (env, args[2]);
  g_autoptr (GVariant) b_value = module_reply_value (env, args[4]);
  intmax_t indices[2]
      = { env->extract_integer (env, args[3]), env->extract_integer (env, args[5]) };
  g_auto (Pdu) a_pdu = { 0 }, b_pdu = { 0 };
  WireTree a, b;
  if (!a_value || !b_value || !lisp_ok (env))
    return Q (nil);
  if (!wire_tree_view (a_value, &a) || !wire_tree_view (b_value, &b)
      || !pdu_init (&a_pdu, &a, (guint32)indices[0])
      || !pdu_init (&b_pdu, &b, (guint32)indices[1]))
    {
      lisp_error (env, PROBLEM "not-pdus");
      return Q (nil);
    }
  g_autoptr (GArray) records
      = differences_list (&a_pdu.tree, &b_pdu.tree, c->rules, c->result, d);
  emacs_value list = Q (nil);
  for (guint i = records->len; i-- > 0 && lisp_ok (env);)
    {
      const DiffRecord *record = &g_array_index (records, DiffRecord, i);
      list = lisp_cons (env,
                        d ? field_difference (env, record, &a_pdu.tree, &b_pdu.tree)
                          : environment_difference (env, record, &a_pdu.tree, &b_pdu.tree),
                        list);
    }
  return list;
}

const ModuleFunction module_compare_field_functions[]
    = { { "smbcmp--module-compare-fields", 6, 6, compare_fields,
          "Return what makes two PDUs of divergence N of COMPARING differ.\n"
          "They are PDU INDEX-A of TREE-A and INDEX-B of TREE-B, trees as in raw\n"
          "replies.  The value is a list of (FIELD LABEL-A LABEL-B), or, for bits,\n"
          "(FIELD LABEL-A LABEL-B INTEGER-A INTEGER-B), labels of what they are in.\n"
          "A label is a string, or [NAME OFFSET BYTES MORE] where bytes have the same\n"
          "label and differ: BYTES from OFFSET on, in hex, and whether others follow.\n"
          "If N is nil, what differs of the environment, with what was chosen in it,\n"
          "a string, as first element.\n\n"
          "(fn COMPARING N TREE-A INDEX-A TREE-B INDEX-B)" },
        { NULL, 0, 0, NULL, NULL } };
