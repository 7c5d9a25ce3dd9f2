/* tree.c --- field trees as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/lisp.h"

#include "compare/pdu-diff.h"

/* What the conversion of one tree keeps.  */
typedef struct
{
  emacs_env *env;
  const WireTree *tree;
  emacs_value *tags;  /* by field: filter name */
  emacs_value *names; /* by field: (name . NAME) */
  emacs_value *types; /* by field: (type . TYPE) */
  gboolean *is_link;  /* by field: FT_FRAMENUM */
  emacs_value *nodes;
  emacs_value first_source; /* (source . 0) */
  const GArray *pdus;       /* PduExtents, in order */
  guint next_pdu;           /* the first that was not met */
  emacs_value hidden, generated;
} TreeConversion;

static void
convert_fields (TreeConversion *c)
{
  for (gsize i = 0; i < c->tree->n_fields; i++)
    {
      const WireField *field = &c->tree->fields[i];
      const char *type = c->tree->pool + field->type;
      c->tags[i] = lisp_intern (c->env, c->tree->pool + field->abbrev);
      c->names[i]
          = lisp_cons (c->env, Q (name), lisp_string (c->env, c->tree->pool + field->name));
      c->types[i] = lisp_cons (c->env, Q (type), lisp_intern (c->env, type));
      c->is_link[i] = g_str_equal (type, "framenum");
    }
}

static emacs_value
integer_pair (TreeConversion *c, LispSymbol name, gint64 number)
{
  return lisp_cons (c->env, lisp_symbols[name], c->env->make_integer (c->env, number));
}

/* The attributes of NODE, in the order in which README.org has them.  */
static emacs_value
convert_attributes (TreeConversion *c, const WireNode *node)
{
  static const LispSymbol severities[8]
      = { Q_nil, Q_comment, Q_chat, Q_note, Q_warn, Q_severity_error, Q_nil, Q_nil };
  emacs_env *env = c->env;
  emacs_value attributes[13];
  ptrdiff_t n = 0;
  WireKind kind = wire_node_kind (node);
  attributes[n++]
      = lisp_cons (env, Q (label), lisp_string (env, c->tree->pool + node->label));
  attributes[n++] = c->names[node->field];
  if (kind != WIRE_NONE)
    attributes[n++] = lisp_cons (env, Q (value),
                                 lisp_from_pool (env, kind, node->value, c->tree->pool));
  attributes[n++] = integer_pair (c, Q_start, node->start);
  attributes[n++] = integer_pair (c, Q_length, node->length);
  attributes[n++] = wire_node_source (node)
                        ? integer_pair (c, Q_source, wire_node_source (node))
                        : c->first_source;
  attributes[n++] = c->types[node->field];
  if (node->flags & WIRE_NODE_HIDDEN)
    attributes[n++] = c->hidden;
  if (node->flags & WIRE_NODE_GENERATED)
    attributes[n++] = c->generated;
  if (c->is_link[node->field] && kind == WIRE_UINT)
    attributes[n++] = integer_pair (c, Q_frame, (gint64)node->value);
  if (wire_node_severity (node))
    attributes[n++] = lisp_cons (env, Q (severity),
                                 lisp_symbols[severities[wire_node_severity (node)]]);
  if (c->next_pdu < c->pdus->len
      && node == c->tree->nodes + g_array_index (c->pdus, PduExtent, c->next_pdu).first)
    attributes[n++] = integer_pair (c, Q_pdu, c->next_pdu++);
  return lisp_call (env, Q_list, n, attributes);
}

/* Convert the siblings of DEPTH from node I on, appending them to SIBLINGS;
   the index of the first node that is none of theirs.  */
static gsize
convert_siblings (TreeConversion *c, gsize i, guint32 depth, GArray *siblings)
{
  const WireTree *tree = c->tree;
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (emacs_value));
  while (i < tree->n_nodes && tree->nodes[i].depth == depth && !lisp_stops_at (c->env, i))
    {
      gsize self = i;
      emacs_value head[]
          = { c->tags[tree->nodes[i].field], convert_attributes (c, &tree->nodes[i]) };
      g_array_set_size (parts, 0);
      g_array_append_vals (parts, head, 2);
      i++;
      if (i < tree->n_nodes && tree->nodes[i].depth > depth)
        i = convert_siblings (c, i, depth + 1, parts);
      emacs_value node
          = lisp_call (c->env, Q_list, parts->len, (emacs_value *)(void *)parts->data);
      if (c->nodes)
        c->nodes[self] = node;
      g_array_append_val (siblings, node);
    }
  return i;
}

emacs_value
lisp_from_tree (emacs_env *env, const WireTree *tree, emacs_value *nodes)
{
  gsize n = tree->n_fields + 1;
  g_autofree emacs_value *fields = g_new (emacs_value, 3 * n);
  g_autofree gboolean *is_link = g_new (gboolean, n);
  g_autoptr (GArray) pdus = pdu_extents (tree);
  TreeConversion c = { .env = env,
                       .tree = tree,
                       .tags = fields,
                       .names = fields + n,
                       .types = fields + 2 * n,
                       .is_link = is_link,
                       .nodes = nodes,
                       .pdus = pdus,
                       .hidden = lisp_cons (env, Q (hidden), Q (t)),
                       .generated = lisp_cons (env, Q (generated), Q (t)) };
  c.first_source = integer_pair (&c, Q_source, 0);
  convert_fields (&c);
  g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (emacs_value));
  emacs_value head[] = { Q (frame_root), Q (nil) };
  g_array_append_vals (parts, head, 2);
  convert_siblings (&c, 0, 1, parts);
  if (!lisp_ok (env))
    return Q (nil);
  return lisp_call (env, Q_list, parts->len, (emacs_value *)(void *)parts->data);
}
