/* summary-value.c --- what of a field matters, and what may differ

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/summary-work.h"

#include <string.h>

#include "capture/serialize.h"
#include "wire/value-hash.h"

/* Does FI say what an integer, WHOLE, is, without saying which of its bits?  */
static gboolean
says_whole (const field_info *fi, const field_info *whole)
{
  return !fi->hfinfo->bitmask && fi->hfinfo->type == whole->hfinfo->type
         && fi->start == whole->start && fi->length == whole->length;
}

/* The bits of an integer at NODE that have lines of their own.  */
static guint64
bits_below (const proto_node *node)
{
  guint64 bits = 0;
  for (const proto_node *child = node->first_child; child; child = child->next)
    if (PNODE_FINFO (child))
      bits |= says_whole (PNODE_FINFO (child), PNODE_FINFO (node))
                  ? G_MAXUINT64
                  : PNODE_FINFO (child)->hfinfo->bitmask;
  return bits;
}

/* Does FI only tell where something is?  */
static gboolean
is_link (const field_info *fi)
{
  return fi->hfinfo->type == FT_FRAMENUM || g_str_has_suffix (fi->hfinfo->abbrev, "_frame");
}

/* What is known of the field at NODE before it is judged.  */
Field
summary_read_field (Summary *summary, const proto_node *node, guint depth)
{
  field_info *fi = PNODE_FINFO (node);
  Field field = { .use = summary_field_use (summary, fi->hfinfo),
                  .depth = depth,
                  .parent = node->first_child != NULL,
                  .link = ws_is_generated (fi) && is_link (fi),
                  .undefined = NO_RULE };
  g_byte_array_set_size (summary->scratch, 0);
  field.value = pack_value (fi, summary->scratch, &field.kind);
  const char *pool = (const char *)summary->scratch->data;
  field.bits = field.parent && field.kind == WIRE_UINT ? bits_below (node) : 0;
  field.dissected = !field.parent && field.kind == WIRE_BYTES
                    && extents_dissected (summary->extents, summary->at);
  field.hash = field.kind == WIRE_NONE && !field.parent
                   ? hash_string (summary_field_label (fi))
                   : wire_hash_value (field.kind, field.value, pool);
  return field;
}

/* The rule of the size right before NODE if that says that there is nothing, else
   NO_RULE.  */
int
summary_undefined_by (Summary *summary, const proto_node *before, const Field *field)
{
  if (!before || field->kind != WIRE_BYTES || field->parent || !PNODE_FINFO (before))
    return NO_RULE;
  field_info *fi = PNODE_FINFO (before);
  const RuleSubject subject = { FALSE, summary->command, summary_field_label, fi };
  int rule = rules_decide (summary->rules, summary_field_use (summary, fi->hfinfo)->rules,
                           &subject);
  if (rule < 0 || rules_kind (summary->rules, rule) != RULE_SIZE)
    return NO_RULE;
  WireKind kind;
  return pack_value (fi, summary->scratch, &kind) == 0 && kind == WIRE_UINT ? rule
                                                                            : NO_RULE;
}

static void
add_ignored_hash (Summary *summary, guint rule, guint64 hash)
{
  WireIgnored ignored = wire_ignored (rule, hash);
  g_array_append_val (summary->ignored, ignored);
}

static void
add_identifier (Summary *summary, const FieldUse *use, guint rule, guint64 value)
{
  WireIdentifier identifier = wire_identifier (rule, use->key, value);
  if (use->role == ROLE_MESSAGE)
    summary->pdu.serial = rule + 1;
  else
    g_array_append_val (summary->identifiers, identifier);
  if (use->role == ROLE_HANDLE && !summary->pdu.handle)
    summary->pdu.handle = value;
}

/* FIELD matters; HASH is of what of it does.  */
static void
matters (Summary *summary, const Field *field, guint64 hash)
{
  WirePdu *pdu = &summary->pdu;
  guint64 *all = field->environment ? &pdu->environment : &pdu->matters;
  guint depth = MAX (field->depth, summary->depth) - summary->depth;
  *all = hash_mix (hash_mix (hash_mix (*all ? *all : HASH_START, depth), field->use->key),
                   hash);
}

/* Add FIELD as a value that matters.  */
static void
add_value (Summary *summary, const Field *field)
{
  guint64 key = field->use->key;
  guint64 hash = field->bits ? field->value & ~field->bits : field->hash;
  gboolean parts = field->parent || field->dissected;
  if (parts && field->kind == WIRE_BYTES)
    add_ignored_hash (summary, rules_count (summary->rules), hash_mix (key, hash));
  if (parts && (field->kind == WIRE_BYTES || field->kind == WIRE_NONE))
    hash = 0;
  matters (summary, field, hash);
}

/* Add FIELD and may differ by RULE.  */
static void
add_ignored (Summary *summary, const Field *field, guint rule)
{
  /* Where frames are is no value of either.  */
  if (!field->link && (field->kind != WIRE_NONE || !field->parent))
    add_ignored_hash (summary, rule, hash_mix (field->use->key, field->hash));
}

static void
add_compared (Summary *summary, const Field *field, guint what, guint rule, guint64 value)
{
  WireValue record = wire_value (what, rule, field->use->key, value);
  g_array_append_val (summary->values, record);
}

static void
add_size (Summary *summary, const Field *field, guint rule)
{
  gboolean measured = extents_measures (summary->extents, summary->at, field->value);
  add_compared (summary, field, measured ? WIRE_VALUE_MEASURED : WIRE_VALUE_SIZE, rule,
                field->value);
  matters (summary, field, 0);
}

/* Is PART what a service calls its pipe?  One that a client makes up has a number in
   it.  */
static gboolean
is_service (const Summary *summary, const char *part, gsize length)
{
  if (!summary->opens_pipe)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (g_ascii_isdigit (part[i]))
      return FALSE;
  return TRUE;
}

/* The parts of a name are compared one by one; what parts them matters.  */
static void
add_name (Summary *summary, const Field *field, guint rule, guint what)
{
  const char *text = (const char *)summary->scratch->data + wire_span_offset (field->value);
  guint64 shape = HASH_START;
  gsize length;
  for (const char *part = text; *part; part += length)
    {
      WireNamePart kind = wire_name_part (part, &length);
      if (kind == WIRE_NAME_OWN)
        {
          g_autofree char *name = g_strndup (part, length);
          add_compared (summary, field,
                        is_service (summary, part, length) ? WIRE_VALUE_SERVICE : what,
                        rule, summary_string (summary, name));
          shape = hash_mix (shape, 1);
        }
      else
        shape = hash_mix (shape, hash_bytes (part, length));
    }
  matters (summary, field, shape);
}

/* Whether a time was set says something of a file, and nothing of a pipe.  */
static void
add_time (Summary *summary, const Field *field, guint rule, field_info *fi)
{
  gint64 time = 0;
  gboolean plain = field->kind == WIRE_TIME && pack_plain_time (fi, &time);
  if (plain)
    add_compared (summary, field, WIRE_VALUE_TIME, rule, (guint64)time);
  matters (summary, field, plain || summary->opens_pipe ? 1 : field->hash);
}

/* Add FIELD at NODE, judged by RULE, which is its OWN or that of a node above
   it.  */
void
summary_judge (Summary *summary, const proto_node *node, const Field *field, int rule,
               int own, gboolean generated)
{
  field_info *fi = PNODE_FINFO (node);
  const char *pool = (const char *)summary->scratch->data;
  RuleKind kind = rule < 0 ? RULE_MEANINGFUL : rules_kind (summary->rules, rule);
  if (field->undefined >= 0)
    add_ignored (summary, field, (guint)field->undefined);
  else if (kind == RULE_MEANINGFUL || (kind == RULE_ENVIRONMENT && !generated))
    add_value (summary, field);
  else if (kind == RULE_VOLATILE || own < 0 || generated)
    add_ignored (summary, field, (guint)rule);
  else if (kind == RULE_SIZE && field->kind == WIRE_UINT)
    add_size (summary, field, (guint)rule);
  else if (rules_is_name (kind) && field->kind == WIRE_STRING)
    add_name (summary, field, (guint)rule,
              kind == RULE_PEER   ? WIRE_VALUE_PEER
              : kind == RULE_HOST ? WIRE_VALUE_HOST
                                  : WIRE_VALUE_NAME);
  else if (kind == RULE_TIME)
    add_time (summary, field, (guint)rule, fi);
  else if (kind != RULE_IDENTIFIER)
    add_value (summary, field);
  else if (wire_names_nothing (fi->hfinfo->abbrev, field->kind, field->value, fi->length,
                               pool))
    matters (summary, field, field->hash);
  else
    add_identifier (summary, field->use, (guint)rule,
                    field->kind == WIRE_UINT ? field->value : field->hash);
}
