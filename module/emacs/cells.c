/* cells.c --- many values that garbage collection need not look at

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Lisp has cells as a vector [STORE OBJECTS ...], see smbcmp-cells.el: all that
   can be kept in C is in STORE, the rest in the vector OBJECTS, by number.  */

#include "emacs/module.h"

#include <string.h>

typedef enum
{
  CELL_NIL,
  CELL_T,
  CELL_INTEGER,
  CELL_FLOAT,
  CELL_TEXT,   /* a multibyte string */
  CELL_BYTES,  /* a unibyte one */
  CELL_OBJECT, /* by its number */
} CellKind;

typedef union
{
  gint64 integer;
  double number;
  GBytes *string; /* of the store's */
} CellValue;

typedef struct
{
  GByteArray *kinds;
  GArray *values;      /* of CellValue, one for each kind */
  GHashTable *strings; /* a set of GBytes, which it owns; what was picked has the same */
} Store;

static Store *
store_new (GHashTable *strings)
{
  Store *store = g_new (Store, 1);
  *store = (Store){ .kinds = g_byte_array_new (),
                    .values = g_array_new (FALSE, FALSE, sizeof (CellValue)),
                    .strings = strings };
  return store;
}

static void
store_free (void *data) EMACS_NOEXCEPT
{
  Store *store = data;
  if (!store)
    return;
  g_byte_array_unref (store->kinds);
  g_array_unref (store->values);
  g_hash_table_unref (store->strings);
  g_free (store);
}

static const LispType store_type = { "smbcmp-module-cells", store_free };

/* The store of CELLS; NULL with an exit pending.  */
static Store *
get_store (emacs_env *env, emacs_value cells)
{
  return lisp_object_data (env, env->vec_get (env, cells, 0), &store_type);
}

LISP_FUNCTION (cells_store)
{
  GHashTable *strings = g_hash_table_new_full (g_bytes_hash, g_bytes_equal,
                                               (GDestroyNotify)g_bytes_unref, NULL);
  return lisp_object (env, &store_type, store_new (strings));
}

LISP_FUNCTION (cells_length)
{
  Store *store = get_store (env, args[0]);
  return store ? env->make_integer (env, store->kinds->len) : Q (nil);
}

/* ------------------------------------------------------------------ adding */

/* A string as Lisp gets it back.  */
static emacs_value
string_value (emacs_env *env, CellKind kind, GBytes *string)
{
  gsize length;
  const char *bytes = g_bytes_get_data (string, &length);
  if (kind == CELL_BYTES)
    return lisp_bytes (env, bytes, length);
  /* If all is ASCII, Emacs may make it unibyte.  */
  emacs_value text = lisp_string_n (env, bytes, length);
  return lisp_call (env, Q_string_to_multibyte, 1, &text);
}

/* CELL_NIL if VALUE, a string, is to be kept as an object, as what comes back would not be
   the same: it has characters that Unicode lacks, or raw bytes that together are one.  */
static CellKind
read_string (emacs_env *env, Store *store, emacs_value value, GBytes **string)
{
  CellKind kind = lisp_is (env, Q_multibyte_string_p, value) ? CELL_TEXT : CELL_BYTES;
  gsize length;
  if (!lisp_ok (env))
    return CELL_NIL;
  char *copy = lisp_copy_string (env, value, &length);
  if (!copy)
    {
      /* Of raw bytes Emacs 28 makes no copy.  */
      env->non_local_exit_clear (env);
      return CELL_NIL;
    }
  g_autoptr (GBytes) bytes = g_bytes_new_take (copy, length);
  emacs_value both[] = { value, string_value (env, kind, bytes) };
  if (!env->is_not_nil (env, lisp_call (env, Q_equal, 2, both)))
    return CELL_NIL;
  *string = g_hash_table_lookup (store->strings, bytes);
  if (!*string)
    g_hash_table_add (store->strings, *string = g_steal_pointer (&bytes));
  return kind;
}

/* What VALUE is as a cell; an exit may be pending.  */
static CellKind
read_value (emacs_env *env, emacs_value cells, Store *store, emacs_value value,
            CellValue *cell)
{
  cell->integer = 0;
  if (!env->is_not_nil (env, value))
    return CELL_NIL;
  if (env->eq (env, value, Q (t)))
    return CELL_T;
  emacs_value type = env->type_of (env, value);
  if (env->eq (env, type, Q (integer)))
    {
      cell->integer = env->extract_integer (env, value);
      if (lisp_ok (env))
        return CELL_INTEGER;
      /* It takes more bits.  */
      env->non_local_exit_clear (env);
    }
  else if (env->eq (env, type, Q (float)))
    {
      cell->number = env->extract_float (env, value);
      return CELL_FLOAT;
    }
  else if (env->eq (env, type, Q (string)))
    {
      CellKind kind = read_string (env, store, value, &cell->string);
      if (kind != CELL_NIL)
        return kind;
    }
  emacs_value share[] = { cells, value };
  cell->integer = env->extract_integer (env, lisp_call (env, Q_cells_share, 2, share));
  return CELL_OBJECT;
}

LISP_FUNCTION (cells_add)
{
  Store *store = get_store (env, args[0]);
  ptrdiff_t n = store ? env->vec_size (env, args[1]) : 0;
  guint before = store ? store->kinds->len : 0;
  for (ptrdiff_t i = 0; i < n && !lisp_stops_at (env, (gsize)i); i++)
    {
      CellValue value;
      guint8 kind = (guint8)read_value (env, args[0], store, env->vec_get (env, args[1], i),
                                        &value);
      g_byte_array_append (store->kinds, &kind, 1);
      g_array_append_val (store->values, value);
    }
  if (store && !lisp_ok (env))
    {
      g_byte_array_set_size (store->kinds, before);
      g_array_set_size (store->values, before);
    }
  return env->make_integer (env, before);
}

/* ------------------------------------------------------------------ looking */

/* Are there N cells, each STEP after the one before it, from FROM on?  If not, an exit is
   pending.  */
static gboolean
check_range (emacs_env *env, emacs_value cells, const Store *store, intmax_t from,
             intmax_t n, intmax_t step)
{
  intmax_t length = store ? (intmax_t)store->kinds->len : 0;
  if (!lisp_ok (env))
    return FALSE;
  if (from >= 0 && n >= 0 && step > 0
      && (n == 0 || (from < length && n - 1 <= (length - 1 - from) / step)))
    return TRUE;
  emacs_value what[] = { cells, env->make_integer (env, from), env->make_integer (env, n) };
  env->non_local_exit_signal (env, Q (args_out_of_range), lisp_call (env, Q_list, 3, what));
  return FALSE;
}

static emacs_value
cell_value (emacs_env *env, emacs_value cells, const Store *store, gsize at)
{
  const CellValue *value = &g_array_index (store->values, CellValue, at);
  CellKind kind = (CellKind)store->kinds->data[at];
  switch (kind)
    {
    case CELL_NIL:
      break;
    case CELL_T:
      return Q (t);
    case CELL_INTEGER:
      return env->make_integer (env, value->integer);
    case CELL_FLOAT:
      return env->make_float (env, value->number);
    case CELL_TEXT:
    case CELL_BYTES:
      return string_value (env, kind, value->string);
    case CELL_OBJECT:
      return env->vec_get (env, env->vec_get (env, cells, 1), value->integer);
    }
  return Q (nil);
}

LISP_FUNCTION (cells_ref)
{
  Store *store = get_store (env, args[0]);
  intmax_t at = env->extract_integer (env, args[1]);
  return check_range (env, args[0], store, at, 1, 1)
             ? cell_value (env, args[0], store, (gsize)at)
             : Q (nil);
}

LISP_FUNCTION (cells_copy)
{
  Store *store = get_store (env, args[0]);
  intmax_t from = env->extract_integer (env, args[1]);
  intmax_t n = env->extract_integer (env, args[2]);
  intmax_t step = nargs > 3 ? env->extract_integer (env, args[3]) : 1;
  if (!check_range (env, args[0], store, from, n, step))
    return Q (nil);
  g_autofree emacs_value *values = g_new (emacs_value, n + 1);
  for (intmax_t i = 0; i < n && !lisp_stops_at (env, (gsize)i); i++)
    values[i] = cell_value (env, args[0], store, (gsize)(from + i * step));
  return lisp_ok (env) ? lisp_call (env, Q_vector, (ptrdiff_t)n, values) : Q (nil);
}

LISP_FUNCTION (cells_pick)
{
  Store *store = get_store (env, args[0]);
  intmax_t size = env->extract_integer (env, args[2]);
  ptrdiff_t n = store ? env->vec_size (env, args[1]) : 0;
  if (!lisp_ok (env))
    return Q (nil);
  Store *some = store_new (g_hash_table_ref (store->strings));
  for (ptrdiff_t i = 0; i < n && !lisp_stops_at (env, (gsize)i); i++)
    {
      intmax_t at = env->extract_integer (env, env->vec_get (env, args[1], i));
      if (!check_range (env, args[0], store, at, size, 1))
        break;
      g_byte_array_append (some->kinds, store->kinds->data + at, (guint)size);
      g_array_append_vals (some->values, &g_array_index (store->values, CellValue, at),
                           (guint)size);
    }
  return lisp_object (env, &store_type, some);
}

const ModuleFunction module_cells_functions[]
    = { { "smbcmp--module-cells-store", 0, 0, cells_store,
          "Return what cells have their values in, empty.\n\n(fn)" },
        { "smbcmp--module-cells-length", 1, 1, cells_length,
          "Return how many CELLS there are.\n\n(fn CELLS)" },
        { "smbcmp--module-cells-add", 2, 2, cells_add,
          "Add all elements of VALUES, a vector, to CELLS, after those there are.\n"
          "Return the place of the first one.\n\n(fn CELLS VALUES)" },
        { "smbcmp--module-cells-ref", 2, 2, cells_ref,
          "Return the value of CELLS at AT, from 0.\n\n(fn CELLS AT)" },
        { "smbcmp--module-cells-copy", 3, 4, cells_copy,
          "Return COUNT values of CELLS, a vector, those at FROM, FROM + STEP, ...\n"
          "STEP is 1 by default.\n\n(fn CELLS FROM COUNT &optional STEP)" },
        { "smbcmp--module-cells-pick", 3, 3, cells_pick,
          "Return what cells have their values in, with some of those of CELLS:\n"
          "SIZE of them from each of PLACES on, a vector.\n\n(fn CELLS PLACES SIZE)" },
        { NULL, 0, 0, NULL, NULL } };
