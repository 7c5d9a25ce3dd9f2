/* summary.c --- all of a capture's SMB PDUs, in few bytes each

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/summary.h"

#include <string.h>

#include <epan/to_str.h>

#include "wire/value-hash.h"
#include "capture/serialize.h"
#include "capture/tcp.h"
#include "smb/pdu.h"
#include "support/extents.h"

#define NO_RULE (-1)

/* What is known of a field once it was met.  */
typedef struct
{
  guint64 key; /* hash of its filter name */
  Role role;
  const RuleCandidates *rules;
} FieldUse;

/* A frame, as far as its PDUs are concerned.  */
typedef struct
{
  WirePdu pdu; /* what all PDUs begin with */
  TcpFacts tcp;
  SmbPdus pdus;
  gboolean enveloped; /* the message under way came encrypted */
  gboolean packed;    /* ... and this one compressed */
} Frame;

struct _Summary
{
  Rules *rules;
  GHashTable *uses;    /* header_field_info to FieldUse */
  GHashTable *strings; /* string to its number */
  GHashTable *words;   /* hash of what was named to the number of its string */
  GByteArray *scratch;
  Extents *extents; /* of the frame's nodes from its first PDU on */
  guint32 at;       /* the number there of the node looked at */

  /* What summary_drain returns.  */
  GArray *pdus;
  GArray *ignored;
  GArray *identifiers;
  GArray *values;
  GArray *segments;
  GVariantBuilder new_strings;
  GVariantBuilder new_streams;
  GHashTable *streams;

  /* The frame and PDU under way.  */
  Frame frame;
  WirePdu pdu;
  guint depth; /* of its node: 1, or more in an envelope */
  guint first_ignored, first_identifier, first_value;
  GString *words_text;
  char *command;
  guint32 error_class;
  gboolean opens_pipe;
  gboolean compression; /* the PDU under way says how it is compressed */
};

static void
use_free (gpointer use)
{
  g_slice_free (FieldUse, use);
}

static void
begin_part (Summary *summary)
{
  summary->pdus = g_array_new (FALSE, FALSE, sizeof (WirePdu));
  summary->ignored = g_array_new (FALSE, FALSE, sizeof (WireIgnored));
  summary->identifiers = g_array_new (FALSE, FALSE, sizeof (WireIdentifier));
  summary->values = g_array_new (FALSE, FALSE, sizeof (WireValue));
  summary->segments = g_array_new (FALSE, FALSE, sizeof (WireSegment));
  g_variant_builder_init (&summary->new_strings, G_VARIANT_TYPE ("as"));
  g_variant_builder_init (&summary->new_streams, G_VARIANT_TYPE ("a(uss)"));
}

Summary *
summary_new (Rules *rules)
{
  Summary *summary = g_new0 (Summary, 1);
  summary->rules = rules;
  summary->uses = g_hash_table_new_full (NULL, NULL, NULL, use_free);
  summary->strings = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  summary->words = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  summary->streams = g_hash_table_new (NULL, NULL);
  summary->scratch = g_byte_array_new ();
  summary->extents = extents_new ();
  summary->words_text = g_string_new (NULL);
  begin_part (summary);
  return summary;
}

static void
end_part (Summary *summary)
{
  g_array_unref (summary->pdus);
  g_array_unref (summary->ignored);
  g_array_unref (summary->identifiers);
  g_array_unref (summary->values);
  g_array_unref (summary->segments);
  g_variant_builder_clear (&summary->new_strings);
  g_variant_builder_clear (&summary->new_streams);
}

void
summary_free (Summary *summary)
{
  end_part (summary);
  rules_free (summary->rules);
  g_hash_table_unref (summary->uses);
  g_hash_table_unref (summary->strings);
  g_hash_table_unref (summary->words);
  g_hash_table_unref (summary->streams);
  g_byte_array_unref (summary->scratch);
  g_array_unref (summary->extents);
  g_string_free (summary->words_text, TRUE);
  g_free (summary->command);
  g_free (summary);
}

guint
summary_length (const Summary *summary)
{
  return summary->pdus->len;
}

GVariant *
summary_drain (Summary *summary, guint32 last_frame)
{
  GVariant *part
      = g_variant_new ("(@" WIRE_PDUS_TYPE "@au@a(qquu)asa(uss)u@" WIRE_VALUES_TYPE
                       "@" WIRE_SEGMENTS_TYPE ")",
                       wire_records_variant (WIRE_PDUS_TYPE, summary->pdus),
                       wire_records_variant ("au", summary->ignored),
                       wire_records_variant ("a(qquu)", summary->identifiers),
                       &summary->new_strings, &summary->new_streams, last_frame,
                       wire_records_variant (WIRE_VALUES_TYPE, summary->values),
                       wire_records_variant (WIRE_SEGMENTS_TYPE, summary->segments));
  begin_part (summary);
  return part;
}

/* --------------------------------------------------------------- strings */

/* The number of STRING, which is told if it is new.  */
static guint32
string_number (Summary *summary, const char *string)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (summary->strings, string));
  if (number)
    return number;
  number = g_hash_table_size (summary->strings) + 1;
  g_hash_table_insert (summary->strings, g_strdup (string), GUINT_TO_POINTER (number));
  g_variant_builder_add_value (&summary->new_strings, wire_text (string));
  return number;
}

/* The number of the string that MAKE makes of DATA for what KEY is the hash
   of, made but once.  */
static guint32
named (Summary *summary, guint64 key, char *(*make) (gpointer), gpointer data)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (summary->words, &key));
  if (number)
    return number;
  g_autofree char *name = make (data);
  number = string_number (summary, name);
  g_hash_table_insert (summary->words, g_memdup2 (&key, sizeof key),
                       GUINT_TO_POINTER (number));
  return number;
}

/* "STATUS_SUCCESS" of "NT Status: STATUS_SUCCESS (0x00000000)".  */
static char *
value_name (gpointer data)
{
  char label[ITEM_LABEL_LENGTH];
  return rules_command (pack_line (data, label));
}

/* The same of a status; one without a name is its number.  */
static char *
status_name (gpointer data)
{
  char *name = value_name (data);
  if (!g_str_has_prefix (name, "Unknown"))
    return name;
  g_free (name);
  field_info *fi = data;
  return g_strdup_printf ("0x%08x", fvalue_get_uinteger (ws_value (fi)));
}

static char *
upper_name (gpointer data)
{
  g_autofree char *name = value_name (data);
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  return g_utf8_strup (valid, -1);
}

/* ---------------------------------------------------------------- fields */

static const FieldUse *
field_use (Summary *summary, const header_field_info *hfinfo)
{
  FieldUse *use = g_hash_table_lookup (summary->uses, hfinfo);
  if (use)
    return use;
  g_autofree char *type = pack_type_name (hfinfo->type);
  use = g_slice_new (FieldUse);
  use->key = hash_string (hfinfo->abbrev);
  use->role = role_of (hfinfo->abbrev);
  use->rules = rules_candidates (summary->rules, hfinfo->abbrev, type);
  g_hash_table_insert (summary->uses, (gpointer)hfinfo, use);
  return use;
}

static const char *
field_label (gconstpointer data)
{
  static char label[ITEM_LABEL_LENGTH];
  return pack_line ((field_info *)data, label);
}

/* The path in the line about a handle, "GUID handle File: new".  */
static const char *
handle_path (const proto_node *node)
{
  for (int up = 0; up < 2 && node && PNODE_FINFO (node); up++, node = node->parent)
    {
      const field_info *fi = PNODE_FINFO (node);
      const char *file = fi->rep ? strstr (fi->rep->representation, "File: ") : NULL;
      if (file)
        return file + strlen ("File: ");
    }
  return NULL;
}

/* Paths: that of the handle before any other, and none but of requests, since
   responses list files.  */
static void
note_path (Summary *summary, const char *path, gboolean of_handle)
{
  WirePdu *pdu = &summary->pdu;
  if (pdu->flags & WIRE_PDU_RESPONSE || pdu->flags & WIRE_PDU_HANDLE_PATH
      || (pdu->path && !of_handle))
    return;
  pdu->path = string_number (summary, path);
  if (of_handle)
    pdu->flags |= WIRE_PDU_HANDLE_PATH;
}

static void
note_handle_path (Summary *summary, const proto_node *node)
{
  const char *path = handle_path (node);
  if (path)
    note_path (summary, path, TRUE);
}

static gboolean
is_tree_path (const field_info *fi)
{
  return g_str_equal (fi->hfinfo->abbrev, "smb2.tree")
         || g_str_equal (fi->hfinfo->abbrev, "smb.path");
}

/* Is PATH, of a tree, that of pipes?  */
static gboolean
names_pipes (const char *path)
{
  gsize length = strlen (path);
  return length >= 4 && !g_ascii_strcasecmp (path + length - 4, "IPC$");
}

static gboolean
is_open (const char *command)
{
  return command && (strstr (command, "Create") || strstr (command, "Open"));
}

/* A command may come again, in an AndX chain: the first one counts.  */
static void
note_command (Summary *summary, field_info *fi, guint64 value)
{
  WirePdu *pdu = &summary->pdu;
  g_free (summary->command);
  summary->command = value_name (fi);
  if (pdu->command_name)
    return;
  pdu->command = (guint32)value;
  pdu->command_name = named (
      summary, hash_mix (hash_mix (value, ROLE_COMMAND), pdu->flags & WIRE_PDU_SMB1),
      upper_name, fi);
}

static void
add_words (Summary *summary, const char *words)
{
  if (summary->words_text->len > 200)
    return;
  if (summary->words_text->len)
    g_string_append_c (summary->words_text, ' ');
  g_string_append (summary->words_text, words);
}

static void
note_kind (Summary *summary, field_info *fi, guint64 hash)
{
  g_autofree char *name = value_name (fi);
  summary->pdu.kind = hash_mix (summary->pdu.kind ? summary->pdu.kind : HASH_START, hash);
  add_words (summary, name);
}

/* A status is what it is by its protocol, class and value.  DOS errors have a class,
   and the place among NT's that Samba gives them.  */
static void
note_status (Summary *summary, field_info *fi, guint32 value)
{
  WirePdu *pdu = &summary->pdu;
  gboolean dos = g_str_equal (fi->hfinfo->abbrev, "smb.error_code");
  guint32 class = dos ? summary->error_class : 0;
  pdu->flags |= WIRE_PDU_STATUS;
  pdu->status
      = dos && (class || value) ? 0xf1000000u | class << 16 | (value & 0xffff) : value;
  guint64 key = hash_mix (hash_mix (pdu->status, ROLE_STATUS), (guint64)dos);
  pdu->status_name = named (summary, key, status_name, fi);
}

/* What FI, of ROLE, tells of its PDU.  VALUE is its value, HASH its hash.  */
static void
note_role (Summary *summary, const proto_node *node, Role role, guint64 value, guint64 hash,
           gboolean generated)
{
  WirePdu *pdu = &summary->pdu;
  gboolean request = !(pdu->flags & WIRE_PDU_RESPONSE);
  field_info *fi = PNODE_FINFO (node);
  const char *text = (const char *)summary->scratch->data;
  switch (role)
    {
    case ROLE_COMMAND:
      note_command (summary, fi, value);
      break;
    case ROLE_MESSAGE:
      pdu->message |= value;
      break;
    case ROLE_PROCESS:
      pdu->message |= value << 16;
      break;
    case ROLE_SESSION:
      pdu->session = value;
      break;
    case ROLE_CLASS:
      summary->error_class = (guint32)value;
      break;
    case ROLE_STATUS:
      note_status (summary, fi, (guint32)value);
      break;
    case ROLE_RESPONSE:
      pdu->flags |= value ? WIRE_PDU_RESPONSE : 0;
      break;
    case ROLE_ASYNC:
      pdu->flags |= value ? WIRE_PDU_ASYNC : 0;
      break;
    case ROLE_HANDLE:
      note_handle_path (summary, node);
      break;
    case ROLE_PATH:
      if (is_tree_path (fi))
        summary->opens_pipe = names_pipes (text) && is_open (summary->command);
      /* Derived are the paths of handles, and those of trees.  */
      if (!generated || !is_tree_path (fi))
        note_path (summary, text, generated);
      break;
    case ROLE_KIND:
      if (request && !generated)
        note_kind (summary, fi, hash);
      break;
    case ROLE_PATTERN:
      if (request)
        add_words (summary, text);
      break;
    case ROLE_RELATED:
      pdu->flags |= value ? WIRE_PDU_RELATED : 0;
      break;
    case ROLE_TREE:
      pdu->tree = (guint32)value;
      break;
    case ROLE_OFFSET:
      pdu->offset = value;
      break;
    case ROLE_LENGTH:
      pdu->length = (guint32)value;
      break;
    case ROLE_COMPRESSION:
      summary->compression = TRUE;
      break;
    case ROLE_BINDING:
      pdu->flags |= value ? WIRE_PDU_BINDING : 0;
      break;
    case ROLE_PDU:
    case ROLE_TRANSPORT:
    case ROLE_NONE:
      break;
    }
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

/* A field, with what was found about it on the way.  */
typedef struct
{
  const FieldUse *use;
  guint depth;
  WireKind kind;
  guint64 value, hash;
  gboolean parent;
  guint64 bits;         /* of an integer: those that its children tell */
  gboolean link;        /* to another frame */
  gboolean told;        /* by other nodes that dissect the same bytes */
  int undefined;        /* the rule of a size before it that says that it is nothing */
  gboolean environment; /* it, or what it is part of, says who the peers are */
} Met;

/* What was MET matters; HASH is of what of it does.  */
static void
matters (Summary *summary, const Met *met, guint64 hash)
{
  WirePdu *pdu = &summary->pdu;
  guint64 *all = met->environment ? &pdu->environment : &pdu->matters;
  guint depth = MAX (met->depth, summary->depth) - summary->depth;
  *all = hash_mix (hash_mix (hash_mix (*all ? *all : HASH_START, depth), met->use->key),
                   hash);
}

/* Add what was MET as a value that matters.  */
static void
add_value (Summary *summary, const Met *met)
{
  guint64 key = met->use->key;
  guint64 hash = met->bits ? met->value & ~met->bits : met->hash;
  gboolean parts = met->parent || met->told;
  if (parts && met->kind == WIRE_BYTES)
    add_ignored_hash (summary, rules_count (summary->rules), hash_mix (key, hash));
  if (parts && (met->kind == WIRE_BYTES || met->kind == WIRE_NONE))
    hash = 0;
  matters (summary, met, hash);
}

/* Add what was MET and may differ by RULE.  */
static void
add_ignored (Summary *summary, const Met *met, guint rule)
{
  /* Where frames are is no value of either.  */
  if (!met->link && (met->kind != WIRE_NONE || !met->parent))
    add_ignored_hash (summary, rule, hash_mix (met->use->key, met->hash));
}

static void
add_compared (Summary *summary, const Met *met, guint what, guint rule, guint64 value)
{
  WireValue record = wire_value (what, rule, met->use->key, value);
  g_array_append_val (summary->values, record);
}

static void
add_size (Summary *summary, const Met *met, guint rule)
{
  gboolean measured = extents_measures (summary->extents, summary->at, met->value);
  add_compared (summary, met, measured ? WIRE_VALUE_MEASURED : WIRE_VALUE_SIZE, rule,
                met->value);
  matters (summary, met, 0);
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
add_name (Summary *summary, const Met *met, guint rule)
{
  const char *text = (const char *)summary->scratch->data + wire_span_offset (met->value);
  guint64 shape = HASH_START;
  gsize length;
  for (const char *part = text; *part; part += length)
    {
      WireNamePart kind = wire_name_part (part, &length);
      if (kind == WIRE_NAME_OWN && !is_service (summary, part, length))
        {
          g_autofree char *name = g_strndup (part, length);
          add_compared (summary, met, WIRE_VALUE_NAME, rule, string_number (summary, name));
          shape = hash_mix (shape, 1);
        }
      else
        shape = hash_mix (shape, hash_bytes (part, length));
    }
  matters (summary, met, shape);
}

static void
add_time (Summary *summary, const Met *met, guint rule, field_info *fi)
{
  gint64 time = 0;
  gboolean plain = met->kind == WIRE_TIME && pack_plain_time (fi, &time);
  if (plain)
    add_compared (summary, met, WIRE_VALUE_TIME, rule, (guint64)time);
  matters (summary, met, plain ? 1 : met->hash);
}

/* Add what was MET at NODE, judged by RULE, which is its OWN or that of a node above
   it.  */
static void
judge_value (Summary *summary, const proto_node *node, const Met *met, int rule, int own,
             gboolean generated)
{
  field_info *fi = PNODE_FINFO (node);
  const char *pool = (const char *)summary->scratch->data;
  RuleKind kind = rule < 0 ? RULE_MEANINGFUL : rules_kind (summary->rules, rule);
  if (met->undefined >= 0)
    add_ignored (summary, met, (guint)met->undefined);
  else if (kind == RULE_MEANINGFUL || (kind == RULE_ENVIRONMENT && !generated))
    add_value (summary, met);
  else if (kind == RULE_VOLATILE || own < 0 || generated)
    add_ignored (summary, met, (guint)rule);
  else if (kind == RULE_SIZE && met->kind == WIRE_UINT)
    add_size (summary, met, (guint)rule);
  else if (kind == RULE_NAME && met->kind == WIRE_STRING)
    add_name (summary, met, (guint)rule);
  else if (kind == RULE_TIME)
    add_time (summary, met, (guint)rule, fi);
  else if (kind != RULE_IDENTIFIER)
    add_value (summary, met);
  else if (wire_names_nothing (fi->hfinfo->abbrev, met->kind, met->value, fi->length, pool))
    matters (summary, met, met->hash);
  else
    add_identifier (summary, met->use, (guint)rule,
                    met->kind == WIRE_UINT ? met->value : met->hash);
}

/* What is under way was no PDU, but the envelope of those that follow.  */
static void
open_envelope (Summary *summary)
{
  *(summary->compression ? &summary->frame.packed : &summary->frame.enveloped) = TRUE;
  g_array_set_size (summary->ignored, summary->first_ignored);
  g_array_set_size (summary->identifiers, summary->first_identifier);
  g_array_set_size (summary->values, summary->first_value);
}

/* The PDU under way keeps what is in it to itself.  */
static void
make_opaque (Summary *summary)
{
  WirePdu *pdu = &summary->pdu;
  pdu->flags |= WIRE_PDU_OPAQUE
                | (summary->compression ? WIRE_PDU_COMPRESSED : WIRE_PDU_ENCRYPTED);
  pdu->command = G_MAXUINT32;
  pdu->command_name
      = string_number (summary, summary->compression ? "COMPRESSED" : "ENCRYPTED");
  pdu->matters = 0;
}

static void
end_pdu (Summary *summary)
{
  WirePdu *pdu = &summary->pdu;
  if (summary->words_text->len)
    pdu->words = string_number (summary, summary->words_text->str);
  pdu->ignored = summary->ignored->len - summary->first_ignored;
  pdu->identifiers = summary->identifiers->len - summary->first_identifier;
  pdu->values = summary->values->len - summary->first_value;
  g_array_append_val (summary->pdus, *pdu);
}

static void
begin_pdu (Summary *summary, guint depth, gboolean smb1)
{
  const Frame *frame = &summary->frame;
  summary->pdu = frame->pdu;
  summary->pdu.index = frame->pdus.index;
  summary->pdu.flags |= smb1 ? WIRE_PDU_SMB1 : 0;
  summary->pdu.flags |= frame->enveloped ? WIRE_PDU_ENCRYPTED : 0;
  summary->pdu.flags |= frame->packed ? WIRE_PDU_COMPRESSED : 0;
  summary->pdu.matters = HASH_START;
  summary->first_ignored = summary->ignored->len;
  summary->first_identifier = summary->identifiers->len;
  summary->first_value = summary->values->len;
  summary->error_class = 0;
  summary->opens_pipe = summary->compression = FALSE;
  g_string_truncate (summary->words_text, 0);
  g_clear_pointer (&summary->command, g_free);
  summary->depth = depth;
}

/* EVENTS are what comes of field FI, at DEPTH, or of the end of the frame.  */
static void
follow_pdus (Summary *summary, guint events, const field_info *fi, guint depth)
{
  if (events & SMB_PDU_ENVELOPE)
    open_envelope (summary);
  if (events & SMB_PDU_OPAQUE)
    make_opaque (summary);
  if (events & SMB_PDU_ENDS)
    end_pdu (summary);
  if (events & SMB_PDU_BEGINS)
    begin_pdu (summary, depth, g_str_equal (fi->hfinfo->abbrev, "smb"));
}

/* The bits of an integer at NODE that have lines of their own.  */
static guint64
bits_told (const proto_node *node)
{
  guint64 bits = 0;
  for (const proto_node *child = node->first_child; child; child = child->next)
    if (PNODE_FINFO (child))
      bits |= PNODE_FINFO (child)->hfinfo->bitmask;
  return bits;
}

/* Does FI only tell where something is?  */
static gboolean
is_link (const field_info *fi)
{
  return fi->hfinfo->type == FT_FRAMENUM || g_str_has_suffix (fi->hfinfo->abbrev, "_frame");
}

static void summary_children (Summary *summary, proto_node *node, guint depth, int above);

/* What is known of the field at NODE before it is judged.  */
static Met
meet (Summary *summary, const proto_node *node, guint depth)
{
  field_info *fi = PNODE_FINFO (node);
  Met met = { .use = field_use (summary, fi->hfinfo),
              .depth = depth,
              .parent = node->first_child != NULL,
              .link = FI_GET_FLAG (fi, FI_GENERATED) && is_link (fi),
              .undefined = NO_RULE };
  g_byte_array_set_size (summary->scratch, 0);
  met.value = pack_value (fi, summary->scratch, &met.kind);
  const char *pool = (const char *)summary->scratch->data;
  met.bits = met.parent && met.kind == WIRE_UINT ? bits_told (node) : 0;
  met.told = !met.parent && met.kind == WIRE_BYTES
             && extents_dissected (summary->extents, summary->at);
  met.hash = met.kind == WIRE_NONE && !met.parent
                 ? hash_string (field_label (fi))
                 : wire_hash_value (met.kind, met.value, pool);
  return met;
}

/* The rule of the size right before NODE if that says that there is nothing, else
   NO_RULE.  */
static int
undefined_by (Summary *summary, const proto_node *before, const Met *met)
{
  if (!before || met->kind != WIRE_BYTES || met->parent || !PNODE_FINFO (before))
    return NO_RULE;
  field_info *fi = PNODE_FINFO (before);
  const RuleSubject subject = { FALSE, summary->command, field_label, fi };
  int rule
      = rules_decide (summary->rules, field_use (summary, fi->hfinfo)->rules, &subject);
  if (rule < 0 || rules_kind (summary->rules, rule) != RULE_SIZE)
    return NO_RULE;
  WireKind kind;
  return pack_value (fi, summary->scratch, &kind) == 0 && kind == WIRE_UINT ? rule
                                                                            : NO_RULE;
}

static gboolean
is_environment (const Summary *summary, int rule)
{
  return rule >= 0 && rules_kind (summary->rules, rule) == RULE_ENVIRONMENT;
}

static void
summary_node (Summary *summary, proto_node *node, const proto_node *before, guint depth,
              int above)
{
  field_info *fi = PNODE_FINFO (node);
  gboolean generated = FI_GET_FLAG (fi, FI_GENERATED) != 0;
  const FieldUse *use = field_use (summary, fi->hfinfo);
  follow_pdus (summary, smb_pdus_step (&summary->frame.pdus, use->role, depth == 1), fi,
               depth);
  if (use->role == ROLE_PDU)
    {
      summary_children (summary, node, depth + 1, NO_RULE);
      return;
    }
  Met met = meet (summary, node, depth);
  const RuleSubject subject = { generated, summary->command, field_label, fi };
  int own = rules_decide (summary->rules, use->rules, &subject);
  int rule = own < 0 ? above : own;
  if (use->role != ROLE_NONE)
    note_role (summary, node, use->role, met.kind == WIRE_TRUE ? 1 : met.value, met.hash,
               generated);
  met.undefined = undefined_by (summary, before, &met);
  met.environment = is_environment (summary, above) || is_environment (summary, rule);
  judge_value (summary, node, &met, rule, own, generated);
  gboolean inherited = rule >= 0 && rules_inherited (summary->rules, rule);
  summary_children (summary, node, depth + 1, inherited ? rule : NO_RULE);
}

static void
summary_children (Summary *summary, proto_node *node, guint depth, int above)
{
  const proto_node *before = NULL;
  if (depth > WIRE_MAX_DEPTH)
    return;
  for (proto_node *child = node->first_child; child; child = child->next)
    if (PNODE_FINFO (child))
      {
        summary->at++;
        /* What follows a PDU beside it is part of it, whatever both are in.  */
        gboolean beside = summary->frame.pdus.open && depth == summary->depth;
        summary_node (summary, child, before, depth, beside ? NO_RULE : above);
        before = child;
      }
}

/* Note where NODE and what is below it are.  */
static void
add_extents (Summary *summary, const proto_node *node, guint depth)
{
  const field_info *fi = PNODE_FINFO (node);
  guint32 number = extents_add (
      summary->extents, GPOINTER_TO_SIZE (fi->ds_tvb), fi->start, fi->length,
      (node->first_child ? EXTENT_PARENT : 0)
          | (pack_is_variable (fi->hfinfo->type) ? EXTENT_VARIABLE : 0)
          | (FI_GET_FLAG (fi, FI_GENERATED) ? EXTENT_GENERATED : 0)
          | (field_use (summary, fi->hfinfo)->role == ROLE_PDU ? EXTENT_MESSAGE : 0));
  if (depth < WIRE_MAX_DEPTH)
    for (const proto_node *child = node->first_child; child; child = child->next)
      if (PNODE_FINFO (child))
        add_extents (summary, child, depth + 1);
  extents_close (summary->extents, number);
}

/* ------------------------------------------------------------- one frame */

/* Take what TCP and NetBIOS tell of the frame.  */
static void
note_tcp (Frame *frame, const proto_node *node)
{
  tcp_facts_add (&frame->tcp, node);
  if (frame->tcp.has_stream)
    frame->pdu.stream = frame->tcp.stream;
  if (frame->tcp.again)
    frame->pdu.flags |= WIRE_PDU_RETRANSMISSION;
}

/* Where there is no TCP: what both directions have in common.  */
static guint32
other_stream (const packet_info *pi)
{
  guint64 ends[2]
      = { hash_mix (hash_bytes (pi->src.data, (gsize)MAX (pi->src.len, 0)), pi->srcport),
          hash_mix (hash_bytes (pi->dst.data, (gsize)MAX (pi->dst.len, 0)), pi->destport) };
  guint64 both = hash_mix (MIN (ends[0], ends[1]), MAX (ends[0], ends[1]));
  return (guint32)both | 1u << 31;
}

/* Tell where a stream goes from and to, once.  */
static void
tell_stream (Summary *summary, const packet_info *pi, guint32 stream)
{
  if (!g_hash_table_add (summary->streams, GUINT_TO_POINTER (stream + 1)))
    return;
  char *source = address_to_str (NULL, &pi->src);
  char *destination = address_to_str (NULL, &pi->dst);
  g_autofree char *from = g_strdup_printf ("%s:%u", source, pi->srcport);
  g_autofree char *to = g_strdup_printf ("%s:%u", destination, pi->destport);
  g_variant_builder_add (&summary->new_streams, "(u@s@s)", stream, wire_text (from),
                         wire_text (to));
  wmem_free (NULL, source);
  wmem_free (NULL, destination);
}

static gboolean
is_smb_port (guint32 port)
{
  return port == 445 || port == 139;
}

/* Has the frame SMB on a port where no one dissects it?  Told once.  */
static gboolean
is_foreign (Summary *summary, const packet_info *pi)
{
  const Frame *frame = &summary->frame;
  return frame->tcp.smb && !frame->pdus.index && !is_smb_port (pi->srcport)
         && !is_smb_port (pi->destport)
         && g_hash_table_add (summary->streams, GUINT_TO_POINTER (frame->tcp.stream + 1));
}

/* Tell of the frame's segment if something is to be told, and it is of a connection
   that has SMB, or may have.  */
static void
add_segment (Summary *summary, const packet_info *pi)
{
  Frame *frame = &summary->frame;
  if (is_foreign (summary, pi))
    frame->tcp.flags |= WIRE_SEGMENT_SMB;
  if (!(frame->tcp.flags & ~(guint32)WIRE_SEGMENT_ACK) || !frame->tcp.has_stream
      || !(is_smb_port (pi->srcport) || is_smb_port (pi->destport)
           || g_hash_table_contains (summary->streams,
                                     GUINT_TO_POINTER (frame->tcp.stream + 1))))
    return;
  const WireSegment segment = { frame->pdu.time, frame->pdu.frame, frame->tcp.stream,
                                frame->pdu.ports, frame->tcp.flags };
  g_array_append_val (summary->segments, segment);
}

static void
begin_frame (Frame *frame, const epan_dissect_t *edt)
{
  const packet_info *pi = &edt->pi;
  memset (frame, 0, sizeof *frame);
  frame->pdu.frame = pi->num;
  frame->pdu.time = (gint64)pi->abs_ts.secs * 1000000000 + pi->abs_ts.nsecs;
  frame->pdu.ports = (pi->srcport & 0xffff) << 16 | (pi->destport & 0xffff);
  frame->pdu.stream = other_stream (pi);
  if (tvb_captured_length (edt->tvb) < tvb_reported_length (edt->tvb))
    frame->pdu.flags |= WIRE_PDU_CUT;
}

void
summary_add (Summary *summary, epan_dissect_t *edt)
{
  Frame *frame = &summary->frame;
  begin_frame (frame, edt);
  g_array_set_size (summary->extents, 0);
  for (proto_node *node = edt->tree->first_child; node; node = node->next)
    if (PNODE_FINFO (node)
        && (summary->extents->len
            || field_use (summary, PNODE_FINFO (node)->hfinfo)->role == ROLE_PDU))
      add_extents (summary, node, 1);
  guint32 next = 0; /* the number of the next node, once there is a PDU */
  for (proto_node *node = edt->tree->first_child; node; node = node->next)
    {
      const field_info *fi = PNODE_FINFO (node);
      if (!fi)
        continue;
      Role role = field_use (summary, fi->hfinfo)->role;
      summary->at = next;
      if (next || role == ROLE_PDU)
        next = extents_get (summary->extents, next)->next;
      if (g_str_equal (fi->hfinfo->abbrev, "nbdgm"))
        frame->pdu.flags |= WIRE_PDU_DATAGRAM;
      else if (role == ROLE_TRANSPORT)
        {
          follow_pdus (summary, smb_pdus_step (&frame->pdus, role, TRUE), fi, 1);
          frame->enveloped = frame->packed = FALSE;
          note_tcp (frame, node);
        }
      else if (frame->pdus.open || role == ROLE_PDU)
        summary_node (summary, node, NULL, 1, NO_RULE);
    }
  follow_pdus (summary, smb_pdus_end (&frame->pdus), NULL, 1);
  if (frame->pdus.index)
    tell_stream (summary, &edt->pi, frame->pdu.stream);
  add_segment (summary, &edt->pi);
}
