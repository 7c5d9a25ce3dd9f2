/* trees.h --- field trees for the C tests

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A tree is written down as text, a line a node:

     smb2
       smb2.cmd:uint16=5 Command: Create (5)
       smb2.create.chain_element
         smb2.tag:string="MxAc" Tag: MxAc

   Two spaces a level, [*]FIELD[@START][:TYPE][=VALUE] LABEL.  A VALUE is an unsigned
   number, or a string in quotes (bytes if the TYPE is "bytes").  With a star the field is
   one that Wireshark made up; one with a START is a byte there.  */

#ifndef SMBCMP_TEST_TREES_H
#define SMBCMP_TEST_TREES_H

#include <string.h>

#include "support/rules.h"
#include "wire/wire.h"

/* Add a rule; FALSE if it is wrong.  */
static inline gboolean
add_rule (Rules *rules, const char *name, const char *kind, const char *how,
          const char *pattern, const char *value)
{
  const RuleText text = { name, kind, how, pattern, value, "", "" };
  return rules_add (rules, &text, NULL);
}

/* What a tree's variant is made of, to be spoilt before it is.  */
typedef struct
{
  GArray *nodes, *fields;
  GByteArray *pool;
} TreeParts;

static inline guint32
tree_field (TreeParts *parts, const char *name, const char *type)
{
  for (guint i = 0; i < parts->fields->len; i++)
    {
      const WireField *field = &g_array_index (parts->fields, WireField, i);
      const char *pool = (const char *)parts->pool->data;
      if (g_str_equal (pool + field->abbrev, name)
          && g_str_equal (pool + field->type, type))
        return i;
    }
  WireField field = { .abbrev = wire_pool_add_utf8 (parts->pool, name),
                      .name = wire_pool_add_utf8 (parts->pool, name),
                      .type = wire_pool_add_utf8 (parts->pool, type) };
  g_array_append_val (parts->fields, field);
  return parts->fields->len - 1;
}

static inline void
tree_value (TreeParts *parts, WireNode *node, const char *value, const char *type)
{
  WireKind kind = WIRE_NONE;
  if (value && *value == '"')
    {
      guint32 length = (guint32)strlen (value) - 2;
      kind = g_str_equal (type, "bytes") ? WIRE_BYTES : WIRE_STRING;
      node->value = wire_span (wire_pool_add (parts->pool, value + 1, length), length);
    }
  else if (value)
    {
      kind = WIRE_UINT;
      node->value = g_ascii_strtoull (value, NULL, 0);
    }
  node->flags |= (guint32)kind << WIRE_NODE_KIND_SHIFT;
}

static inline void
tree_line (TreeParts *parts, const char *line)
{
  gsize indent = strspn (line, " ");
  g_auto (GStrv) words = g_strsplit (line + indent, " ", 2);
  g_auto (GStrv) head = g_strsplit (words[0], "=", 2);
  g_auto (GStrv) field = g_strsplit (head[0], ":", 2);
  g_auto (GStrv) place = g_strsplit (field[0], "@", 2);
  const char *type = field[1] ? field[1] : "none";
  gboolean generated = *place[0] == '*';
  WireNode node
      = { .depth = (guint32)indent / 2 + 1,
          .field = tree_field (parts, place[0] + generated, type),
          .start = place[1] ? (gint32)g_ascii_strtoll (place[1], NULL, 10) : 0,
          .length = place[1] != NULL,
          .flags = generated ? WIRE_NODE_GENERATED : 0,
          .label = wire_pool_add_utf8 (parts->pool, words[1] ? words[1] : line + indent) };
  tree_value (parts, &node, head[1], type);
  g_array_append_val (parts->nodes, node);
}

static inline TreeParts
tree_parts (const char *text)
{
  TreeParts parts = { g_array_new (FALSE, FALSE, sizeof (WireNode)),
                      g_array_new (FALSE, FALSE, sizeof (WireField)), g_byte_array_new () };
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line; line++)
    if (**line)
      tree_line (&parts, *line);
  return parts;
}

/* The variant of PARTS, which it takes.  */
static inline GVariant *
tree_variant (TreeParts parts)
{
  GVariant *children[] = { wire_records_variant (WIRE_NODES_TYPE, parts.nodes),
                           wire_records_variant (WIRE_FIELDS_TYPE, parts.fields),
                           g_variant_new_strv (NULL, 0), wire_pool_variant (parts.pool) };
  return g_variant_ref_sink (g_variant_new_tuple (children, G_N_ELEMENTS (children)));
}

#endif
