/* lisp.c --- Emacs values from C, with little ceremony

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/lisp.h"
#include "support/problem.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

emacs_value lisp_symbols[N_LISP_SYMBOLS];

static const char *const symbol_names[N_LISP_SYMBOLS]
    = { [Q_nil] = "nil",
        [Q_t] = "t",
        [Q_cons] = "cons",
        [Q_list] = "list",
        [Q_vector] = "vector",
        [Q_nreverse] = "nreverse",
        [Q_error] = "error",
        [Q_alist_get] = "alist-get",
        [Q_label] = "label",
        [Q_name] = "name",
        [Q_value] = "value",
        [Q_start] = "start",
        [Q_length] = "length",
        [Q_source] = "source",
        [Q_type] = "type",
        [Q_hidden] = "hidden",
        [Q_generated] = "generated",
        [Q_frame] = "frame",
        [Q_severity] = "severity",
        [Q_pdu] = "pdu",
        [Q_frame_root] = "frame-root",
        [Q_comment] = "comment",
        [Q_chat] = "chat",
        [Q_note] = "note",
        [Q_warn] = "warn",
        [Q_severity_error] = "error",
        [Q_module_error] = "smbcmp-module-error",
        [Q_problem_text] = "smbcmp-module-problem-text",
        [Q_encode_coding_string] = "encode-coding-string",
        [Q_string_to_multibyte] = "string-to-multibyte",
        [Q_string_to_number] = "string-to-number",
        [Q_concat] = "concat",
        [Q_intern] = "intern",
        [Q_latin_1] = "latin-1",
        [Q_car] = "car",
        [Q_cdr] = "cdr",
        [Q_symbol_name] = "symbol-name",
        [Q_stringp] = "stringp",
        [Q_integerp] = "integerp",
        [Q_user_ptr] = "user-ptr",
        [Q_wrong_type_argument] = "wrong-type-argument",
        [Q_consp] = "consp",
        [Q_symbolp] = "symbolp",
        [Q_keywordp] = "keywordp",
        [Q_floatp] = "floatp",
        [Q_same] = "same",
        [Q_changed] = "changed",
        [Q_ignored] = "ignored",
        [Q_only_a] = "only-a",
        [Q_only_b] = "only-b",
        [Q_a] = "a",
        [Q_b] = "b",
        [Q_rule] = "rule",
        [Q_process_send_string] = "process-send-string",
        [Q_integer] = "integer",
        [Q_float] = "float",
        [Q_string] = "string",
        [Q_equal] = "equal",
        [Q_multibyte_string_p] = "multibyte-string-p",
        [Q_args_out_of_range] = "args-out-of-range",
        [Q_cells_share] = "smbcmp-cells-share" };

void
lisp_init (emacs_env *env)
{
  for (int i = 0; i < N_LISP_SYMBOLS; i++)
    lisp_symbols[i] = env->make_global_ref (env, env->intern (env, symbol_names[i]));
}

gboolean
lisp_quit (emacs_env *env)
{
  if (!lisp_ok (env))
    return TRUE;
#if EMACS_MAJOR_VERSION >= 27
  if (env->size >= (ptrdiff_t)sizeof (struct emacs_env_27))
    return env->process_input (env) == emacs_process_input_quit;
#endif
  return env->size >= (ptrdiff_t)sizeof (struct emacs_env_26) && env->should_quit (env);
}

/* The same, asked of every element N of many.  */
gboolean
lisp_stops_at (emacs_env *env, gsize n)
{
  return n % 1024 == 0 ? lisp_quit (env) : !lisp_ok (env);
}

emacs_value
lisp_problem (emacs_env *env, const char *text)
{
  emacs_value string = lisp_string (env, text);
  return *text == *PROBLEM ? lisp_call (env, Q_problem_text, 1, &string) : string;
}

void
lisp_error (emacs_env *env, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  emacs_value data = lisp_problem (env, message);
  data = lisp_call (env, Q_list, 1, &data);
  env->non_local_exit_signal (env, Q (module_error), data);
}

emacs_value
lisp_call (emacs_env *env, LispSymbol function, ptrdiff_t n, emacs_value *args)
{
  return env->funcall (env, lisp_symbols[function], n, args);
}

emacs_value
lisp_cons (emacs_env *env, emacs_value car, emacs_value cdr)
{
  emacs_value args[] = { car, cdr };
  return lisp_call (env, Q_cons, 2, args);
}

emacs_value
lisp_object (emacs_env *env, const LispType *type, gpointer data)
{
  emacs_value object = env->make_user_ptr (env, type->release, data);
  if (!lisp_ok (env))
    type->release (data);
  return object;
}

/* Is VALUE of TYPE, whether it owns anything or not?  */
static gboolean
is_of_type (emacs_env *env, emacs_value value, const LispType *type)
{
  return env->eq (env, env->type_of (env, value), Q (user_ptr))
         && env->get_user_finalizer (env, value) == type->release;
}

gpointer
lisp_object_data (emacs_env *env, emacs_value object, const LispType *type)
{
  if (!lisp_ok (env))
    return NULL;
  if (!is_of_type (env, object, type))
    {
      emacs_value what[] = { env->intern (env, type->name), object };
      emacs_value signal_data = lisp_call (env, Q_list, 2, what);
      env->non_local_exit_signal (env, Q (wrong_type_argument), signal_data);
      return NULL;
    }
  gpointer data = env->get_user_ptr (env, object);
  if (!data)
    lisp_error (env, PROBLEM "closed" PROBLEM "%s", type->name);
  return data;
}

gboolean
lisp_object_p (emacs_env *env, emacs_value value, const LispType *type)
{
  return is_of_type (env, value, type) && env->get_user_ptr (env, value);
}

void
lisp_object_release (emacs_env *env, emacs_value object, const LispType *type)
{
  gpointer data = lisp_object_data (env, object, type);
  if (!data)
    return;
  env->set_user_ptr (env, object, NULL);
  type->release (data);
}

/* -------------------------------------------------------------- strings */

/* How many bytes of TEXT are valid UTF-8, or, if none is, how many are not.  */
static gsize
text_run (const char *text, gsize n, gboolean *valid)
{
  gsize length = 0;
  const char *end;
  /* g_utf8_validate_len stops at NUL, which is a character here.  */
  while (length < n)
    {
      gboolean whole = g_utf8_validate_len (text + length, n - length, &end);
      length = (gsize)(end - text);
      if (whole || *end != '\0')
        break;
      length++;
    }
  *valid = length > 0;
  if (length)
    return length;
  for (length = 1; length < n && (text[length] & 0x80)
                   && !g_utf8_validate_len (text + length, MIN (n - length, 4), &end)
                   && end == text + length;)
    length++;
  return length;
}

/* The N bytes at TEXT that are, if VALID, UTF-8, else none of them.  */
static emacs_value
text_piece (emacs_env *env, const char *text, gsize n, gboolean valid)
{
  if (valid)
    return env->make_string (env, text, (ptrdiff_t)n);
  emacs_value bytes = lisp_bytes (env, text, n);
  return lisp_call (env, Q_string_to_multibyte, 1, &bytes);
}

/* Emacs' make_string takes UTF-8 alone: of other bytes it makes a string that
   ends Emacs when it is displayed, or prints what lies behind it in memory.  This
   is the one place that calls it.  */
emacs_value
lisp_string_n (emacs_env *env, const char *text, gsize n)
{
  gboolean valid = TRUE;
  gsize length = n ? text_run (text, n, &valid) : 0;
  if (length == n)
    return text_piece (env, text, n, valid);
  g_autoptr (GArray) pieces = g_array_new (FALSE, FALSE, sizeof (emacs_value));
  for (gsize at = 0; at < n && lisp_ok (env); at += length)
    {
      length = text_run (text + at, n - at, &valid);
      emacs_value piece = text_piece (env, text + at, length, valid);
      g_array_append_val (pieces, piece);
    }
  return lisp_call (env, Q_concat, pieces->len, (emacs_value *)(void *)pieces->data);
}

emacs_value
lisp_string (emacs_env *env, const char *text)
{
  return lisp_string_n (env, text, strlen (text));
}

gsize
lisp_characters (const char *text, gsize n)
{
  gsize count = 0;
  for (gsize at = 0; at < n;)
    {
      gboolean valid;
      gsize length = text_run (text + at, n - at, &valid);
      if (!valid)
        count += length;
      for (gsize i = at; valid && i < at + length; i++)
        count += ((guchar)text[i] & 0xc0) != 0x80;
      at += length;
    }
  return count;
}

emacs_value
lisp_intern (emacs_env *env, const char *name)
{
  /* Emacs' own takes ASCII alone.  */
  if (g_str_is_ascii (name))
    return env->intern (env, name);
  emacs_value string = lisp_string (env, name);
  return lisp_call (env, Q_intern, 1, &string);
}

emacs_value
lisp_bytes (emacs_env *env, const void *bytes, gsize length)
{
#if EMACS_MAJOR_VERSION >= 28
  if (env->size >= (ptrdiff_t)sizeof (struct emacs_env_28))
    return env->make_unibyte_string (env, bytes, (ptrdiff_t)length);
#endif
  /* Every byte as the character of that number, encoded back.  */
  g_autofree char *utf8
      = g_convert (bytes, (gssize)length, "UTF-8", "ISO-8859-1", NULL, &length, NULL);
  emacs_value args[] = { env->make_string (env, utf8, (ptrdiff_t)length), Q (latin_1) };
  return lisp_call (env, Q_encode_coding_string, 2, args);
}

/* An integer of any size: numbers beyond intmax_t come from a string, since
   bignums are newer than Emacs 25's module API.  */
emacs_value
lisp_uint (emacs_env *env, guint64 number)
{
  if (number <= G_MAXINT64)
    return env->make_integer (env, (intmax_t)number);
  char digits[32];
  snprintf (digits, sizeof digits, "%" G_GUINT64_FORMAT, number);
  emacs_value string = lisp_string (env, digits);
  return lisp_call (env, Q_string_to_number, 1, &string);
}

gboolean
lisp_is (emacs_env *env, LispSymbol predicate, emacs_value value)
{
  return env->is_not_nil (env, lisp_call (env, predicate, 1, &value));
}

char *
lisp_copy_string (emacs_env *env, emacs_value value, gsize *length)
{
  ptrdiff_t size = 0;
  if (!env->copy_string_contents (env, value, NULL, &size))
    return NULL;
  char *copy = g_malloc ((gsize)size);
  if (!env->copy_string_contents (env, value, copy, &size))
    {
      g_free (copy);
      return NULL;
    }
  if (length)
    *length = (gsize)size - 1;
  return copy;
}

/* -------------------------------------------------------- GVariant to Lisp */

static emacs_value
list_from_children (emacs_env *env, GVariant *value)
{
  gsize n = g_variant_n_children (value);
  g_autofree emacs_value *elements = g_new (emacs_value, n ? n : 1);
  for (gsize i = 0; i < n && !lisp_stops_at (env, i); i++)
    {
      g_autoptr (GVariant) child = g_variant_get_child_value (value, i);
      elements[i] = lisp_from_variant (env, child);
    }
  return lisp_ok (env) ? lisp_call (env, Q_list, (ptrdiff_t)n, elements) : Q (nil);
}

emacs_value
lisp_from_pool (emacs_env *env, WireKind kind, guint64 value, const char *pool)
{
  const char *span = pool + wire_span_offset (value);
  switch (kind)
    {
    case WIRE_UINT:
      return lisp_uint (env, value);
    case WIRE_INT:
      return env->make_integer (env, (gint64)value);
    case WIRE_FLOAT:
      return env->make_float (env, wire_double (value));
    case WIRE_STRING:
      return lisp_string_n (env, span, wire_span_length (value));
    case WIRE_BYTES:
      return lisp_bytes (env, span, wire_span_length (value));
    case WIRE_TIME:
      {
        /* (HIGH LOW MICROSECONDS PICOSECONDS), as `current-time' has it.  */
        gint64 parts[2];
        wire_get_time (span, &parts[0], &parts[1]);
        emacs_value time[] = { env->make_integer (env, parts[0] >> 16),
                               env->make_integer (env, parts[0] & 0xffff),
                               env->make_integer (env, parts[1] / 1000),
                               env->make_integer (env, parts[1] % 1000 * 1000) };
        return lisp_call (env, Q_list, 4, time);
      }
    case WIRE_TRUE:
      return Q (t);
    case WIRE_FALSE:
    case WIRE_NONE:
      break;
    }
  return Q (nil);
}

/* Rows as lists (FRAME CELL...).  */
static emacs_value
from_rows (emacs_env *env, const WireRows *rows)
{
  g_autofree emacs_value *list = g_new (emacs_value, rows->n_rows ? rows->n_rows : 1);
  g_autofree emacs_value *row = g_new (emacs_value, rows->n_columns + 1);
  for (gsize i = 0; i < rows->n_rows && !lisp_stops_at (env, i); i++)
    {
      const char *cell = rows->pool + rows->rows[i].cells;
      row[0] = env->make_integer (env, rows->rows[i].frame);
      for (guint32 c = 0; c < rows->n_columns; c++)
        {
          gsize length = strlen (cell);
          row[c + 1] = lisp_string_n (env, cell, length);
          cell += length + 1;
        }
      list[i] = lisp_call (env, Q_list, (ptrdiff_t)rows->n_columns + 1, row);
    }
  return lisp_ok (env) ? lisp_call (env, Q_list, (ptrdiff_t)rows->n_rows, list) : Q (nil);
}

/* Cells as a vector FRAME COLUMN VALUE FRAME COLUMN VALUE ..., COLUMN nil
   for the record that says that a frame passed.  */
static emacs_value
from_cells (emacs_env *env, const WireCells *cells)
{
  gsize n = 3 * cells->n_cells;
  g_autofree emacs_value *vector = g_new (emacs_value, n ? n : 1);
  for (gsize i = 0; i < cells->n_cells && !lisp_stops_at (env, i); i++)
    {
      const WireCell *cell = &cells->cells[i];
      vector[3 * i] = env->make_integer (env, cell->frame);
      vector[3 * i + 1]
          = cell->column == G_MAXUINT32 ? Q (nil) : env->make_integer (env, cell->column);
      vector[3 * i + 2]
          = lisp_from_pool (env, (WireKind)cell->kind, cell->value, cells->pool);
    }
  return lisp_ok (env) ? lisp_call (env, Q_vector, (ptrdiff_t)n, vector) : Q (nil);
}

/* Samples as a list (VECTOR NAMES CLIENTS), VECTOR being FRAME INDEX NAME CLIENT
   DURATION TIME FRAME INDEX ...  */
static emacs_value
from_samples (emacs_env *env, const WireSamples *samples, GVariant *value)
{
  gsize n = 6 * samples->n_samples;
  g_autofree emacs_value *vector = g_new (emacs_value, n ? n : 1);
  emacs_value *next = vector;
  for (gsize i = 0; i < samples->n_samples && !lisp_stops_at (env, i); i++)
    {
      const WireSrt *sample = &samples->samples[i];
      *next++ = env->make_integer (env, sample->frame);
      *next++ = env->make_integer (env, sample->index);
      *next++ = env->make_integer (env, sample->name);
      *next++ = env->make_integer (env, sample->client);
      *next++ = env->make_integer (env, sample->duration);
      *next++ = env->make_integer (env, sample->time);
    }
  if (!lisp_ok (env))
    return Q (nil);
  g_autoptr (GVariant) names = g_variant_get_child_value (value, 1);
  g_autoptr (GVariant) clients = g_variant_get_child_value (value, 2);
  emacs_value list[] = { lisp_call (env, Q_vector, (ptrdiff_t)n, vector),
                         lisp_from_variant (env, names), lisp_from_variant (env, clients) };
  return lisp_call (env, Q_list, 3, list);
}

emacs_value
lisp_from_variant (emacs_env *env, GVariant *value)
{
  WireTree tree;
  WireRows rows;
  WireCells cells;
  WireSamples samples;
  if (wire_tree_view (value, &tree))
    return lisp_from_tree (env, &tree, NULL);
  if (wire_rows_view (value, &rows))
    return from_rows (env, &rows);
  if (wire_cells_view (value, &cells))
    return from_cells (env, &cells);
  if (wire_samples_view (value, &samples))
    return from_samples (env, &samples, value);
  switch (g_variant_classify (value))
    {
    case G_VARIANT_CLASS_BOOLEAN:
      return g_variant_get_boolean (value) ? Q (t) : Q (nil);
    case G_VARIANT_CLASS_BYTE:
      return env->make_integer (env, g_variant_get_byte (value));
    case G_VARIANT_CLASS_INT32:
      return env->make_integer (env, g_variant_get_int32 (value));
    case G_VARIANT_CLASS_UINT32:
      return env->make_integer (env, g_variant_get_uint32 (value));
    case G_VARIANT_CLASS_INT64:
      return env->make_integer (env, g_variant_get_int64 (value));
    case G_VARIANT_CLASS_UINT64:
      return lisp_uint (env, g_variant_get_uint64 (value));
    case G_VARIANT_CLASS_DOUBLE:
      return env->make_float (env, g_variant_get_double (value));
    case G_VARIANT_CLASS_STRING:
      {
        gsize length;
        const char *string = g_variant_get_string (value, &length);
        return lisp_string_n (env, string, length);
      }
    case G_VARIANT_CLASS_VARIANT:
      {
        g_autoptr (GVariant) inner = g_variant_get_variant (value);
        return lisp_from_variant (env, inner);
      }
    case G_VARIANT_CLASS_ARRAY:
      if (g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING))
        {
          gsize size;
          const void *bytes = g_variant_get_fixed_array (value, &size, 1);
          return lisp_bytes (env, bytes, size);
        }
      return list_from_children (env, value);
    case G_VARIANT_CLASS_TUPLE:
    case G_VARIANT_CLASS_DICT_ENTRY:
      return list_from_children (env, value);
    default:
      lisp_error (env, PROBLEM "reply-type" PROBLEM "%s",
                  g_variant_get_type_string (value));
      return Q (nil);
    }
}

/* -------------------------------------------------------- Lisp to GVariant */

static GVariant *
string_to_variant (emacs_env *env, emacs_value value)
{
  gsize length;
  g_autofree char *string = lisp_copy_string (env, value, &length);
  if (!string)
    return NULL;
  if (g_utf8_validate (string, (gssize)length, NULL))
    return g_variant_new_string (string);
  return g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, string, length, 1);
}

/* A list of integers or of strings, by its first element.  */
static GVariant *
list_to_variant (emacs_env *env, emacs_value list)
{
  emacs_value first = lisp_call (env, Q_car, 1, &list);
  gboolean numbers = lisp_is (env, Q_integerp, first);
  GVariantBuilder builder;
  g_variant_builder_init (&builder, G_VARIANT_TYPE (numbers ? "ax" : "as"));
  for (; lisp_ok (env) && env->is_not_nil (env, list);
       list = lisp_call (env, Q_cdr, 1, &list))
    {
      emacs_value element = lisp_call (env, Q_car, 1, &list);
      if (numbers)
        {
          g_variant_builder_add (&builder, "x", env->extract_integer (env, element));
          continue;
        }
      g_autofree char *string = lisp_copy_string (env, element, NULL);
      if (string && !g_utf8_validate (string, -1, NULL))
        lisp_error (env, PROBLEM "bad-text" PROBLEM "%s", string);
      if (lisp_ok (env))
        g_variant_builder_add (&builder, "s", string);
    }
  if (lisp_ok (env))
    return g_variant_builder_end (&builder);
  g_variant_builder_clear (&builder);
  return NULL;
}

static GVariant *
value_to_variant (emacs_env *env, emacs_value value)
{
  if (lisp_is (env, Q_stringp, value))
    return string_to_variant (env, value);
  if (lisp_is (env, Q_integerp, value))
    return g_variant_new_int64 (env->extract_integer (env, value));
  if (lisp_is (env, Q_consp, value))
    return list_to_variant (env, value);
  if (env->eq (env, value, Q (t)))
    return g_variant_new_boolean (TRUE);
  lisp_error (env, PROBLEM "argument-kind");
  return NULL;
}

GVariant *
lisp_to_vardict (emacs_env *env, emacs_value plist)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  while (lisp_ok (env) && env->is_not_nil (env, plist))
    {
      emacs_value name = lisp_call (env, Q_car, 1, &plist);
      plist = lisp_call (env, Q_cdr, 1, &plist);
      emacs_value value = lisp_call (env, Q_car, 1, &plist);
      plist = lisp_call (env, Q_cdr, 1, &plist);
      if (!env->is_not_nil (env, value))
        continue;
      name = lisp_call (env, Q_symbol_name, 1, &name);
      g_autofree char *key = lisp_copy_string (env, name, NULL);
      GVariant *variant = key ? value_to_variant (env, value) : NULL;
      if (variant)
        g_variant_dict_insert_value (&dict, key[0] == ':' ? key + 1 : key, variant);
    }
  if (lisp_ok (env))
    return g_variant_ref_sink (g_variant_dict_end (&dict));
  g_variant_dict_clear (&dict);
  return NULL;
}
