/* summary-field.c --- what fields tell of their PDU

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/summary-work.h"

#include <string.h>

#include "capture/serialize.h"
#include "support/hash.h"
#include "wire/content.h"

/* MS-SMB2 2.2.13: open the file, fail if it is not there.  */
#define DISPOSITION_OPEN 1

/* --------------------------------------------------------------- strings */

/* The number of STRING, which is sent if it is new.  */
guint32
summary_string (Summary *summary, const char *string)
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
  number = summary_string (summary, name);
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

const FieldUse *
summary_field_use (Summary *summary, const header_field_info *hfinfo)
{
  guint id = (guint)hfinfo->id;
  if (id >= summary->uses->len)
    g_ptr_array_set_size (summary->uses, (int)id + 1);
  FieldUse *use = g_ptr_array_index (summary->uses, id);
  if (use)
    return use;
  g_autofree char *type = pack_type_name (hfinfo->type);
  use = g_slice_new (FieldUse);
  use->key = hash_string (hfinfo->abbrev);
  use->role = role_of (hfinfo->abbrev);
  use->begins = protocols_find (summary->protocols, hfinfo->abbrev);
  use->rules = rules_candidates (summary->rules, hfinfo->abbrev, type);
  summary->uses->pdata[id] = use;
  return use;
}

const char *
summary_field_label (gconstpointer data)
{
  static char label[ITEM_LABEL_LENGTH];
  return pack_line ((field_info *)data, label);
}

/* The path in the line about a handle, "GUID handle File: new", or NULL: libwireshark may
   not have seen, or not in time, what the handle was opened to.  */
static const char *
handle_path (const proto_node *node)
{
  for (int up = 0; up < 2 && node && PNODE_FINFO (node); up++, node = node->parent)
    {
      const field_info *fi = PNODE_FINFO (node);
      const char *file = fi->rep ? strstr (fi->rep->representation, "File: ") : NULL;
      if (file && !g_str_has_suffix (file, ": [unknown]"))
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
  pdu->path = summary_string (summary, of_handle && ws_is_share_root (path) ? "" : path);
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
  if (pdu->command_name)
    return;
  g_free (summary->command);
  summary->command = value_name (fi);
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

/* The bytes of SPAN are read from a file or written to it.  */
static void
note_content (Summary *summary, guint64 span)
{
  WirePdu *pdu = &summary->pdu;
  if (!smb_in_pieces (pdu->command, pdu->flags & WIRE_PDU_SMB1))
    return;
  guint64 sum = content_sum (summary->scratch->data + wire_span_offset (span),
                             wire_span_length (span));
  pdu->content += content_at (sum, pdu->count);
  pdu->count += wire_span_length (span);
}

/* Is TYPE, of a DCE/RPC PDU, a fault or bind_nak?  */
static gboolean
is_refusal (guint64 type)
{
  return type == 3 || type == 13;
}

/* What FI, of ROLE, tells of its PDU.  VALUE is its value, HASH its hash.  */
void
summary_note_role (Summary *summary, const proto_node *node, Role role, guint64 value,
                   guint64 hash, gboolean generated)
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
      summary->entry += hash;
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
    case ROLE_RESULT:
      pdu->flags |= value && !request ? WIRE_PDU_FAILED : 0;
      break;
    case ROLE_ANSWER:
      pdu->flags |= is_refusal (value) ? WIRE_PDU_FAILED : 0;
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
    case ROLE_CONTENT:
      note_content (summary, value);
      break;
    case ROLE_COMPRESSION:
      summary->compression = TRUE;
      break;
    case ROLE_BINDING:
      pdu->flags |= value ? WIRE_PDU_BINDING : 0;
      break;
    case ROLE_DISPOSITION:
      pdu->flags |= value == DISPOSITION_OPEN ? WIRE_PDU_OPENS : 0;
      break;
    case ROLE_ON_CLOSE:
      pdu->flags &= ~(value ? (guint32)WIRE_PDU_OPENS : 0);
      break;
    case ROLE_ENTRY:
    case ROLE_SERVICE:
      if (summary->service->len)
        g_string_append_c (summary->service, '/');
      g_string_append (summary->service, text);
      break;
    case ROLE_PDU:
    case ROLE_TRANSPORT:
    case ROLE_NONE:
      break;
    }
}
