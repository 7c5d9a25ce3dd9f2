/* columns.c --- the packet list's columns and rows

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/columns.h"

#include <string.h>

#include "capture/library.h"
#include "support/problem.h"

struct _Columns
{
  column_info info;
};

/* What one column is to be.  */
typedef struct
{
  int format;
  const char *title;
  const char *fields; /* of a COL_CUSTOM */
  int occurrence;
} Column;

static Column
user_column (int index)
{
  Column column
      = { .format = get_column_format (index), .title = get_column_title (index) };
  if (column.format == COL_CUSTOM)
    {
      column.fields = get_column_custom_fields (index);
      column.occurrence = get_column_custom_occurrence (index);
    }
  return column;
}

static gboolean
find_column (const char *name, Column *column)
{
  for (int i = 0; i < prefs.num_cols; i++)
    if (g_ascii_strcasecmp (get_column_title (i), name) == 0)
      {
        *column = user_column (i);
        return TRUE;
      }
  if (name[0] == '%')
    {
      *column = (Column){ .format = get_column_format_from_str (name), .title = name };
      return column->format >= 0;
    }
  *column = (Column){ .format = COL_CUSTOM, .title = name, .fields = name };
  return proto_registrar_get_byname (name) != NULL;
}

static GArray *
choose_columns (const char *const *names, GError **error)
{
  g_autoptr (GArray) chosen = g_array_new (FALSE, FALSE, sizeof (Column));
  for (int i = 0; !names && i < prefs.num_cols; i++)
    {
      Column column = user_column (i);
      if (get_column_visible (i))
        g_array_append_val (chosen, column);
    }
  for (; names && *names; names++)
    {
      Column column;
      if (!find_column (*names, &column))
        {
          g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER,
                       PROBLEM "no-column" PROBLEM "%s", *names);
          return NULL;
        }
      g_array_append_val (chosen, column);
    }
  return g_steal_pointer (&chosen);
}

Columns *
columns_new (const char *const *names, GError **error)
{
  g_autoptr (GArray) chosen = choose_columns (names, error);
  if (!chosen)
    return NULL;
  Columns *columns = g_new0 (Columns, 1);
  col_setup (&columns->info, (gint)chosen->len);
  for (guint i = 0; i < chosen->len; i++)
    {
      const Column *column = &g_array_index (chosen, Column, i);
      col_item_t *item = &columns->info.columns[i];
      item->col_fmt = column->format;
      item->col_title = g_strdup (column->title);
      item->col_custom_fields = g_strdup (column->fields);
      item->col_custom_occurrence = column->occurrence;
      ws_set_column_field (item);
    }
  col_finalize (&columns->info);
  return columns;
}

void
columns_free (Columns *columns)
{
  col_cleanup (&columns->info);
  g_free (columns);
}

column_info *
columns_info (Columns *columns)
{
  return &columns->info;
}

GVariant *
columns_describe (Columns *columns)
{
  GVariantBuilder list;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("a(ssu)"));
  for (int i = 0; i < columns->info.num_cols; i++)
    {
      const col_item_t *item = &columns->info.columns[i];
      const char *format = item->col_fmt == COL_CUSTOM
                               ? item->col_custom_fields
                               : col_format_to_string (item->col_fmt);
      g_variant_builder_add (&list, "(@s@su)", wire_text (item->col_title),
                             wire_text (format),
                             (guint32)MAX (0, get_column_char_width (item->col_fmt)));
    }
  return g_variant_builder_end (&list);
}

/* STRING as display filters have it between quotation marks.  */
static char *
escape (const char *string)
{
  char others[0x81];
  for (int i = 0; i < 0x80; i++)
    others[i] = (char)(0x80 + i);
  others[0x80] = '\0';
  return g_strescape (string, others);
}

char *
columns_filter (Columns *columns, epan_dissect_t *edt, guint i)
{
  column_info *info = &columns->info;
  if (i >= (guint)info->num_cols)
    return NULL;
  epan_dissect_fill_in_columns (edt, TRUE, TRUE);
  const char *field = info->col_expr.col_expr[i];
  const char *value = info->col_expr.col_expr_val[i];
  /* A comma is between the values of a field that is there more than once.  */
  gboolean several = info->columns[i].col_fmt == COL_CUSTOM
                     && !info->columns[i].col_custom_occurrence && value
                     && strchr (value, ',');
  if (!field || !value || !*field || !*value || several)
    return NULL;
  const header_field_info *hfi = proto_registrar_get_byname (field);
  if (!hfi || hfi->type != FT_STRING)
    return g_strdup_printf ("%s == %s", field, value);
  g_autofree char *escaped = escape (value);
  return g_strdup_printf ("%s == \"%s\"", field, escaped);
}

/* ----------------------------------------------------------------- store */

struct _RowStore
{
  Columns *columns;
  guint n_kept;        /* columns whose texts are kept */
  GStringChunk *texts; /* each once: few of a capture's are not told again */
  GPtrArray *cells;    /* of texts, n_kept a frame */
};

/* More than the longest Info column, in bytes.  */
#define TEXTS_BLOCK (1 << 16)

RowStore *
row_store_new (Columns *columns)
{
  RowStore *store = g_new0 (RowStore, 1);
  column_info *info = &columns->info;
  store->columns = columns;
  for (int i = 0; i < info->num_cols; i++)
    store->n_kept += !col_based_on_frame_data (info, i);
  store->texts = g_string_chunk_new (TEXTS_BLOCK);
  store->cells = g_ptr_array_new ();
  return store;
}

void
row_store_free (RowStore *store)
{
  g_string_chunk_free (store->texts);
  g_ptr_array_unref (store->cells);
  g_free (store);
}

void
row_store_clear (RowStore *store)
{
  g_string_chunk_clear (store->texts);
  g_ptr_array_set_size (store->cells, 0);
}

/* The text that the last dissection gave for column I.  Not from
   get_column_text: that takes the numbers of all the user's columns.  */
static const char *
cell (const column_info *info, int i)
{
  const char *text = info->columns[i].col_data;
  return text ? text : "";
}

/* TEXT among those kept, as UTF-8: libwireshark may cut it within a character.  */
static char *
keep_text (RowStore *store, const char *text)
{
  if (g_utf8_validate (text, -1, NULL))
    return g_string_chunk_insert_const (store->texts, text);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  return g_string_chunk_insert_const (store->texts, valid);
}

void
row_store_add (RowStore *store)
{
  column_info *info = &store->columns->info;
  for (int i = 0; i < info->num_cols; i++)
    if (!col_based_on_frame_data (info, i))
      g_ptr_array_add (store->cells, keep_text (store, cell (info, i)));
}

/* The texts kept of the row at PLACE.  */
static gpointer *
stored (const RowStore *store, guint32 place)
{
  return store->cells->pdata + (gsize)(place - 1) * store->n_kept;
}

const char *
row_store_cell (const RowStore *store, guint32 place, const frame_data *fd, guint column)
{
  column_info *info = &store->columns->info;
  if (column >= (guint)info->num_cols)
    return "";
  if (col_based_on_frame_data (info, (int)column))
    {
      col_fill_in_frame_data (fd, info, (int)column, FALSE);
      return cell (info, (int)column);
    }
  gpointer *text = stored (store, place);
  for (int i = 0; i < (int)column; i++)
    text += !col_based_on_frame_data (info, i);
  return *text;
}

/* ------------------------------------------------------------------ rows */

void
rows_begin (RowPacking *packing, Columns *columns)
{
  packing->columns = columns;
  packing->rows = g_array_new (FALSE, FALSE, sizeof (WireRow));
  packing->pool = g_byte_array_new ();
}

static void
begin_row (RowPacking *packing, guint32 frame)
{
  WireRow row = { .frame = frame, .cells = packing->pool->len };
  g_array_append_val (packing->rows, row);
}

void
rows_add (RowPacking *packing, guint32 frame)
{
  column_info *info = &packing->columns->info;
  begin_row (packing, frame);
  for (int i = 0; i < info->num_cols; i++)
    wire_pool_add_utf8 (packing->pool, cell (info, i));
}

void
rows_add_stored (RowPacking *packing, const RowStore *store, guint32 place,
                 const frame_data *fd)
{
  column_info *info = &store->columns->info;
  gpointer *text = stored (store, place);
  begin_row (packing, fd->num);
  for (int i = 0; i < info->num_cols; i++)
    {
      if (!col_based_on_frame_data (info, i))
        {
          wire_pool_add (packing->pool, *text, strlen (*text));
          text++;
          continue;
        }
      col_fill_in_frame_data (fd, info, i, FALSE);
      wire_pool_add_utf8 (packing->pool, cell (info, i));
    }
}

GVariant *
rows_end (RowPacking *packing)
{
  return g_variant_new ("(@a(uu)u@ay)", wire_records_variant ("a(uu)", packing->rows),
                        (guint32)packing->columns->info.num_cols,
                        wire_pool_variant (packing->pool));
}

/* --------------------------------------------------------------- colours */

void
colours_begin (ColourPacking *packing, GHashTable *known)
{
  packing->colours = g_array_new (FALSE, FALSE, sizeof (WireColour));
  packing->known = known;
  g_variant_builder_init (&packing->rules, G_VARIANT_TYPE ("a(usuu)"));
}

static guint32
rgb (const color_t *colour)
{
  return (guint32)(colour->red >> 8) << 16 | (guint32)(colour->green >> 8) << 8
         | colour->blue >> 8;
}

static guint32
rule_number (ColourPacking *packing, const color_filter_t *filter)
{
  if (!filter)
    return 0;
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (packing->known, filter));
  if (known)
    return known;
  guint number = g_hash_table_size (packing->known) + 1;
  g_hash_table_insert (packing->known, (gpointer)filter, GUINT_TO_POINTER (number));
  g_variant_builder_add (&packing->rules, "(u@suu)", number,
                         wire_text (filter->filter_name), rgb (&filter->bg_color),
                         rgb (&filter->fg_color));
  return number;
}

void
colours_add (ColourPacking *packing, const frame_data *fd)
{
  WireColour colour = { fd->num, rule_number (packing, fd->color_filter) };
  g_array_append_val (packing->colours, colour);
}

GVariant *
colours_end (ColourPacking *packing)
{
  return g_variant_new ("(@a(uu)a(usuu))", wire_records_variant ("a(uu)", packing->colours),
                        &packing->rules);
}
