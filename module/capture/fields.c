/* fields.c --- what libwireshark knows of its fields and filters

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/fields.h"

#include <string.h>

#include <epan/tfs.h>

#include "capture/serialize.h"
#include "capture/library.h"
#include "support/problem.h"

static GVariant *
field_entry (const header_field_info *field)
{
  GVariant *parts[] = { wire_text (field->abbrev), wire_text (field->name),
                        g_variant_new_take_string (pack_type_name (field->type)),
                        wire_text (field->blurb) };
  return g_variant_new_tuple (parts, G_N_ELEMENTS (parts));
}

static void
add_field (GVariantBuilder *list, GHashTable *seen, const header_field_info *field)
{
  if (g_hash_table_add (seen, (gpointer)field->abbrev))
    g_variant_builder_add_value (list, field_entry (field));
}

GVariant *
fields_complete (const char *prefix)
{
  gboolean protocols = !strchr (prefix, '.');
  gsize length = strlen (prefix);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantBuilder list;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ssss)"));
  /* Some protocols register their fields when one is first asked for.  */
  proto_registrar_get_byname (prefix);
  void *p, *f;
  for (int id = proto_get_first_protocol (&p); id != -1; id = proto_get_next_protocol (&p))
    {
      const header_field_info *protocol = proto_registrar_get_nth ((guint)id);
      if (protocols)
        {
          if (g_ascii_strncasecmp (protocol->abbrev, prefix, length) == 0)
            add_field (&list, seen, protocol);
          continue;
        }
      for (const header_field_info *field = proto_get_first_protocol_field (id, &f); field;
           field = proto_get_next_protocol_field (id, &f))
        if (strncmp (field->abbrev, prefix, length) == 0)
          add_field (&list, seen, field);
    }
  return g_variant_builder_end (&list);
}

/* ---------------------------------------------------------- named values */

static void
add_value (GVariantBuilder *list, guint64 value, const char *name)
{
  g_autofree char *number = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  g_variant_builder_add (list, "(@s@s)", wire_text (number), wire_text (name));
}

static void
add_values (GVariantBuilder *list, const header_field_info *field)
{
  const value_string *vs = NULL;
  if (!field->strings || field->display & (BASE_UNIT_STRING | BASE_PROTOCOL_INFO)
      || FIELD_DISPLAY (field->display) == BASE_CUSTOM || field->type == FT_FRAMENUM)
    return;
  if (field->type == FT_BOOLEAN)
    {
      const true_false_string *names = field->strings;
      add_value (list, 1, names->true_string);
      add_value (list, 0, names->false_string);
    }
  else if (field->type < FT_CHAR || field->type > FT_INT64)
    return; /* not one of the integers, which are neighbours in the enum */
  else if (field->display & BASE_RANGE_STRING)
    for (const range_string *range = field->strings; range->strptr; range++)
      add_value (list, range->value_min, range->strptr);
  else if (field->display & BASE_VAL64_STRING)
    {
      const val64_string *v64
          = field->display & BASE_EXT_STRING
                ? VAL64_STRING_EXT_VS_P ((const val64_string_ext *)field->strings)
                : field->strings;
      for (; v64->strptr; v64++)
        add_value (list, v64->value, v64->strptr);
    }
  else
    {
      vs = field->display & BASE_EXT_STRING
               ? VALUE_STRING_EXT_VS_P ((const value_string_ext *)field->strings)
               : field->strings;
      for (; vs->strptr; vs++)
        add_value (list, vs->value, vs->strptr);
    }
}

static header_field_info *
find_field (const char *name, GError **error)
{
  header_field_info *field = proto_registrar_get_byname (name);
  if (!field)
    g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER, PROBLEM "no-field" PROBLEM "%s",
                 name);
  return field;
}

GVariant *
fields_describe (const char *name, GError **error)
{
  const header_field_info *field = find_field (name, error);
  if (!field)
    return NULL;
  GVariantBuilder values;
  g_variant_builder_init (&values, G_VARIANT_TYPE ("a(ss)"));
  add_values (&values, field);
  return g_variant_new ("(@(ssss)a(ss))", field_entry (field), &values);
}

GHashTable *
fields_columns (const char *const *names, GArray **ids, GError **error)
{
  g_autoptr (GHashTable) columns = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (int));
  for (guint n = 0; names[n]; n++)
    {
      header_field_info *field = find_field (names[n], error);
      if (!field)
        return NULL;
      /* Fields of one name are a chain.  */
      while (field->same_name_prev_id != -1)
        field = proto_registrar_get_nth ((guint)field->same_name_prev_id);
      for (; field; field = field->same_name_next)
        {
          g_hash_table_insert (columns, field, GUINT_TO_POINTER (n + 1));
          g_array_append_val (all, field->id);
        }
    }
  *ids = g_steal_pointer (&all);
  return g_steal_pointer (&columns);
}

gboolean
fields_need_columns (const GArray *ids)
{
  for (guint i = 0; i < ids->len; i++)
    {
      guint id = (guint)g_array_index (ids, int, i);
      if (g_str_has_prefix (proto_registrar_get_nth (id)->abbrev, "_ws.col."))
        return TRUE;
    }
  return FALSE;
}

/* --------------------------------------------------------------- filters */

dfilter_t *
fields_compile (const char *filter, int *start, int *length, GError **error)
{
  char *message;
  dfilter_t *code = ws_compile_filter (filter, &message, start, length);
  if (!code && message)
    {
      g_autofree char *valid = g_utf8_make_valid (message, -1);
      g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER, valid);
      g_free (message);
    }
  return code;
}
