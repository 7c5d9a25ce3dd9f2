/* module-wire.c --- requests and replies as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "module.h"

#include <string.h>

static emacs_value
wire_encode (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args,
             void *data G_GNUC_UNUSED)
{
  guint32 serial = (guint32)env->extract_integer (env, args[0]);
  g_autofree char *verb = lisp_copy_string (env, args[1], NULL);
  GVariant *arguments = verb ? lisp_to_vardict (env, args[2]) : NULL;
  if (!arguments)
    return Q (nil);
  g_autoptr (GVariant) request
      = g_variant_ref_sink (g_variant_new ("(us@a{sv})", serial, verb, arguments));
  gsize size = g_variant_get_size (request);
  guint32 length = GUINT32_TO_LE ((guint32)size);
  g_autofree char *message = g_malloc (sizeof length + size);
  memcpy (message, &length, sizeof length);
  memcpy (message + sizeof length, g_variant_get_data (request), size);
  return lisp_bytes (env, message, sizeof length + size);
}

/* The reply that the Lisp string BYTES holds, without its length; NULL with
   an exit pending.  */
static GVariant *
reply_value (emacs_env *env, emacs_value bytes, guint32 *serial, guint8 *kind)
{
  gsize size;
  char *copy = lisp_copy_string (env, bytes, &size);
  if (!copy)
    return NULL;
  g_autoptr (GVariant) reply = g_variant_ref_sink (g_variant_new_from_data (
      G_VARIANT_TYPE (WIRE_REPLY_TYPE), copy, size, FALSE, g_free, copy));
  GVariant *value;
  g_variant_get (reply, "(uyv)", serial, kind, &value);
  return value;
}

static emacs_value
wire_decode (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args,
             void *data G_GNUC_UNUSED)
{
  guint32 serial;
  guint8 kind;
  g_autoptr (GVariant) value = reply_value (env, args[0], &serial, &kind);
  return value ? lisp_from_variant (env, value) : Q (nil);
}

/* ----------------------------------------------------------- rows as text */

/* The widths a caller asks for: positive pads on the right, negative on the
   left, 0 not at all.  */
static int *
take_widths (emacs_env *env, emacs_value list, gsize n)
{
  int *widths = g_new0 (int, n + 1);
  for (gsize i = 0; i < n && env->is_not_nil (env, list) && lisp_ok (env); i++)
    {
      widths[i] = (int)env->extract_integer (env, lisp_call (env, Q_car, 1, &list));
      list = lisp_call (env, Q_cdr, 1, &list);
    }
  return widths;
}

/* Columns of the screen that STRING takes, as `string-width' counts.  */
static gsize
text_width (const char *string)
{
  gsize width = 0;
  for (; *string; string = g_utf8_next_char (string))
    {
      gunichar c = g_utf8_get_char (string);
      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

static void
append_spaces (GString *text, gsize n)
{
  for (; n; n--)
    g_string_append_c (text, ' ');
}

/* A line break or other control character in a cell would break the row.  */
static void
append_cell (GString *text, const char *cell, gsize length)
{
  gsize start = text->len;
  g_string_append_len (text, cell, (gssize)length);
  for (gsize i = start; i < text->len; i++)
    if ((guchar)text->str[i] < ' ' || text->str[i] == 0x7f)
      text->str[i] = ' ';
}

static void
append_row (GString *text, const WireRows *rows, const WireRow *row, const int *widths)
{
  const char *cell = rows->pool + row->cells;
  for (guint32 c = 0; c < rows->n_columns; c++)
    {
      gsize length = strlen (cell);
      gsize wanted = (gsize)ABS (widths[c]);
      gsize width = wanted ? text_width (cell) : 0;
      gsize padding = wanted > width ? wanted - width : 0;
      if (c)
        g_string_append_c (text, ' ');
      if (widths[c] < 0)
        append_spaces (text, padding);
      append_cell (text, cell, length);
      if (widths[c] > 0)
        append_spaces (text, padding);
      cell += length + 1;
    }
  g_string_append_c (text, '\n');
}

static emacs_value
wire_rows_text (emacs_env *env, ptrdiff_t nargs G_GNUC_UNUSED, emacs_value *args,
                void *data G_GNUC_UNUSED)
{
  guint32 serial;
  guint8 kind;
  WireRows rows;
  g_autoptr (GVariant) value = reply_value (env, args[0], &serial, &kind);
  if (!value)
    return Q (nil);
  if (!wire_rows_view (value, &rows))
    {
      lisp_error (env, "These are no rows");
      return Q (nil);
    }
  g_autofree int *widths = take_widths (env, args[1], rows.n_columns);
  g_autoptr (GString) text = g_string_sized_new (128 * rows.n_rows);
  g_autofree emacs_value *marks = g_new (emacs_value, 2 * rows.n_rows + 1);
  for (gsize i = 0; i < rows.n_rows && lisp_ok (env); i++)
    {
      gsize start = text->len;
      append_row (text, &rows, &rows.rows[i], widths);
      marks[2 * i] = env->make_integer (env, rows.rows[i].frame);
      marks[2 * i + 1] = env->make_integer (env, g_utf8_strlen (text->str + start, -1));
    }
  emacs_value result[] = { lisp_string_n (env, text->str, text->len),
                           lisp_call (env, Q_vector, 2 * (ptrdiff_t)rows.n_rows, marks) };
  return lisp_ok (env) ? lisp_call (env, Q_list, 2, result) : Q (nil);
}

const ModuleFunction module_wire_functions[]
    = { { "smbcmp--module-encode", 3, 3, wire_encode,
          "Return a request to a worker as a unibyte string, its length before it.\n"
          "SERIAL is an integer, VERB a string, ARGUMENTS a property list.\n\n"
          "(fn SERIAL VERB ARGUMENTS)" },
        { "smbcmp--module-decode", 1, 1, wire_decode,
          "Return the value in REPLY, a unibyte string, as Lisp data.\n\n(fn REPLY)" },
        { "smbcmp--module-rows-text", 2, 2, wire_rows_text,
          "Return the rows in REPLY as (TEXT MARKS).\n"
          "TEXT has a line a row, its cells padded to WIDTHS: to the right of\n"
          "the cell if positive, to the left if negative, not at all if 0.\n"
          "MARKS is a vector FRAME LENGTH FRAME LENGTH ..., a pair a line.\n\n"
          "(fn REPLY WIDTHS)" },
        { NULL, 0, 0, NULL, NULL } };
