/* columns.h --- the packet list's columns and rows

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_CAPTURE_COLUMNS_H
#define SMBCMP_CAPTURE_COLUMNS_H

#include "wire/wire.h"
#include "capture/ws.h"

typedef struct _Columns Columns;

/* The user's columns that are not hidden, or those called NAMES: titles of
   the user's columns, Wireshark's column formats ("%t") or filter names of
   fields.  */
Columns *columns_new (const char *const *names, GError **error);
void columns_free (Columns *columns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Columns, columns_free)

/* What a dissection is to fill.  */
column_info *columns_info (Columns *columns);

/* Titles, formats and usual widths in characters: a(ssu).  */
GVariant *columns_describe (Columns *columns);

/* The display filter that selects frames with what column I has of the frame
   just dissected with COLUMNS, as Wireshark's "Apply as Filter"; to g_free.  NULL
   if no field is behind it.  */
char *columns_filter (Columns *columns, epan_dissect_t *edt, guint i);

/* The text of the user's columns for every frame, as the first pass gave it:
   what tshark prints.  Columns that follow from the frame itself (its number,
   length, times) are not kept but made when asked for, since the user may
   change how times are shown.  */
typedef struct _RowStore RowStore;

RowStore *row_store_new (Columns *columns);
void row_store_free (RowStore *store);
void row_store_add (RowStore *store);
void row_store_clear (RowStore *store);

/* What COLUMN, from 0, says of frame FD, whose row was the one added at PLACE, from
   1; good until the next call.  "" if there is no such column.  */
const char *row_store_cell (const RowStore *store, guint32 place, const frame_data *fd,
                            guint column);

/* Rows being packed.  */
typedef struct
{
  Columns *columns;
  GArray *rows; /* of WireRow */
  GByteArray *pool;
} RowPacking;

void rows_begin (RowPacking *packing, Columns *columns);

/* Add the row of the frame just dissected with these columns, or of FD, at PLACE,
   from STORE.  */
void rows_add (RowPacking *packing, guint32 frame);
void rows_add_stored (RowPacking *packing, const RowStore *store, guint32 place,
                      const frame_data *fd);
GVariant *rows_end (RowPacking *packing);

/* Colour rules being packed, WIRE_COLOURS_TYPE.  KNOWN maps each
   color_filter_t to the number Emacs knows it by.  */
typedef struct
{
  GArray *colours; /* of WireColour */
  GHashTable *known;
  GVariantBuilder rules;
} ColourPacking;

void colours_begin (ColourPacking *packing, GHashTable *known);
void colours_add (ColourPacking *packing, const frame_data *fd);
GVariant *colours_end (ColourPacking *packing);

#endif
