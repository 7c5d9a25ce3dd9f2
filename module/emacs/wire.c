/* wire.c --- requests and replies as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/module.h"
#include "wire/verbs.h"
#include "support/escape.h"
#include "support/problem.h"

#include <signal.h>
#include <string.h>

LISP_FUNCTION (wire_encode)
{
  guint32 serial = (guint32)env->extract_integer (env, args[0]);
  g_autofree char *name = lisp_copy_string (env, args[1], NULL);
  g_autoptr (GVariant) arguments = name ? lisp_to_vardict (env, args[2]) : NULL;
  const WireVerb *verb = arguments ? wire_verb (name) : NULL;
  g_autofree char *problem = NULL;
  if (!arguments || !lisp_ok (env))
    return Q (nil);
  if (!verb || !wire_arguments_fit (verb, arguments, &problem))
    {
      lisp_error (env, "%s%s", verb ? problem : PROBLEM "no-request" PROBLEM,
                  verb ? "" : name);
      return Q (nil);
    }
  g_autoptr (GBytes) request
      = wire_message (g_variant_new ("(us@a{sv})", serial, name, arguments));
  gsize size;
  const char *body = g_bytes_get_data (request, &size);
  guint32 length = GUINT32_TO_LE ((guint32)size);
  g_autofree char *message = g_malloc (sizeof length + size);
  memcpy (message, &length, sizeof length);
  memcpy (message + sizeof length, body, size);
  return lisp_bytes (env, message, sizeof length + size);
}

/* A worker may have died, and Emacs not know of it: SIGPIPE, which in batch it
   does not ignore, would end it.  */
LISP_FUNCTION (wire_send)
{
  struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
  gboolean changed = sigaction (SIGPIPE, &ignore, &before) == 0;
  emacs_value result = lisp_call (env, Q_process_send_string, 2, args);
  if (changed)
    sigaction (SIGPIPE, &before, NULL);
  return result;
}

/* --------------------------------------------------------------- replies */

static void
free_value (void *value) EMACS_NOEXCEPT
{
  if (value)
    g_variant_unref (value);
}

static const LispType value_type = { "smbcmp-module-reply", free_value };

static void
free_input (void *input) EMACS_NOEXCEPT
{
  g_byte_array_unref (input);
}

static const LispType input_type = { "smbcmp-module-input", free_input };

emacs_value
module_reply (emacs_env *env, GBytes *bytes)
{
  g_autoptr (GVariant) reply = wire_read (WIRE_REPLY_TYPE, bytes);
  g_bytes_unref (bytes);
  if (!reply)
    {
      lisp_error (env, PROBLEM "malformed");
      return Q (nil);
    }
  guint32 serial;
  guint8 kind;
  GVariant *value;
  g_variant_get (reply, "(uyv)", &serial, &kind, &value);
  emacs_value parts[] = { env->make_integer (env, serial), env->make_integer (env, kind),
                          lisp_object (env, &value_type, value) };
  return lisp_call (env, Q_list, 3, parts);
}

GVariant *
module_reply_value (emacs_env *env, emacs_value object)
{
  GVariant *value = lisp_object_data (env, object, &value_type);
  return value ? g_variant_ref (value) : NULL;
}

LISP_FUNCTION (wire_input) { return lisp_object (env, &input_type, g_byte_array_new ()); }

/* No reply is larger: rows, cells and matches come in parts, and a frame has
   some megabytes at most.  Four characters of a text make a larger number.  */
#define MAX_REPLY (1u << 29)

LISP_FUNCTION (wire_feed)
{
  gsize size;
  g_autofree char *chunk = lisp_copy_string (env, args[1], &size);
  GByteArray *input = lisp_object_data (env, args[0], &input_type);
  if (!chunk || !input)
    return Q (nil);
  g_byte_array_append (input, (const guint8 *)chunk, (guint)size);
  emacs_value replies = Q (nil);
  guint taken = 0;
  guint32 length;
  while (input->len - taken >= sizeof length && lisp_ok (env))
    {
      memcpy (&length, input->data + taken, sizeof length);
      length = GUINT32_FROM_LE (length);
      if (length > MAX_REPLY)
        {
          lisp_error (env, PROBLEM "too-long" PROBLEM "%u", length);
          break;
        }
      if (input->len - taken - sizeof length < length)
        break;
      GBytes *bytes = g_bytes_new (input->data + taken + sizeof length, length);
      replies = lisp_cons (env, module_reply (env, bytes), replies);
      taken += (guint)sizeof length + length;
    }
  if (taken)
    g_byte_array_remove_range (input, 0, taken);
  return lisp_call (env, Q_nreverse, 1, &replies);
}

LISP_FUNCTION (wire_decode)
{
  g_autoptr (GVariant) value = module_reply_value (env, args[0]);
  return value ? lisp_from_variant (env, value) : Q (nil);
}

LISP_FUNCTION (wire_fits_p)
{
  g_autoptr (GVariant) value = module_reply_value (env, args[0]);
  g_autofree char *name = value ? lisp_copy_string (env, args[1], NULL) : NULL;
  intmax_t kind = name ? env->extract_integer (env, args[2]) : 0;
  const WireVerb *verb = name ? wire_verb (name) : NULL;
  return verb && lisp_ok (env) && wire_reply_fits (verb, (guint8)kind, value) ? Q (t)
                                                                              : Q (nil);
}

LISP_FUNCTION (wire_release)
{
  lisp_object_release (env, args[0], &value_type);
  return Q (nil);
}

/* ----------------------------------------------------------- rows as text */

/* The ROWS of a packet list that OBJECT has, which the value, to unref, keeps; NULL with
   an exit pending.  */
static GVariant *
get_rows (emacs_env *env, emacs_value object, WireRows *rows)
{
  g_autoptr (GVariant) value = module_reply_value (env, object);
  if (!value || wire_rows_view (value, rows))
    return g_steal_pointer (&value);
  lisp_error (env, PROBLEM "not-rows");
  return NULL;
}

/* The widths a caller asks for: positive pads on the right, negative on the
   left, 0 not at all.  */
static int *
parse_widths (emacs_env *env, emacs_value list, gsize n)
{
  int *widths = g_new0 (int, n + 1);
  for (gsize i = 0; i < n && env->is_not_nil (env, list) && lisp_ok (env); i++)
    {
      widths[i] = (int)env->extract_integer (env, lisp_call (env, Q_car, 1, &list));
      list = lisp_call (env, Q_cdr, 1, &list);
    }
  return widths;
}

static gboolean
is_ascii (const char *text, gsize length)
{
  guchar all = 0;
  for (gsize i = 0; i < length; i++)
    all |= (guchar)text[i];
  return all < 0x80;
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
  gsize start = text->len;
  g_string_set_size (text, start + n);
  memset (text->str + start, ' ', n);
}

static void
append_row (GString *text, const WireRows *rows, const WireRow *row, const int *widths)
{
  const char *next = rows->pool + row->cells;
  g_autoptr (GString) escaped = g_string_sized_new (256);
  for (guint32 c = 0; c < rows->n_columns; c++)
    {
      const char *cell = next;
      gsize length = strlen (cell);
      gboolean ascii = is_ascii (cell, length);
      next += length + 1;
      /* A broken sequence of bytes might lead beyond the cell.  */
      g_autofree char *valid = NULL;
      if (!ascii && !g_utf8_validate (cell, (gssize)length, NULL))
        {
          cell = valid = g_utf8_make_valid (cell, (gssize)length);
          length = strlen (cell);
        }
      g_string_truncate (escaped, 0);
      escape_append (escaped, cell, length, TRUE);
      ascii = is_ascii (escaped->str, escaped->len);
      gsize wanted = (gsize)ABS (widths[c]);
      gsize width = ascii ? escaped->len : wanted ? text_width (escaped->str) : 0;
      gsize padding = wanted > width ? wanted - width : 0;
      if (c)
        g_string_append_c (text, ' ');
      if (widths[c] < 0)
        append_spaces (text, padding);
      g_string_append_len (text, escaped->str, (gssize)escaped->len);
      if (widths[c] > 0)
        append_spaces (text, padding);
    }
  g_string_append_c (text, '\n');
}

/* Emacs makes a string from UTF-8 twice and one from bytes once; most rows
   are ASCII, and as garbage they count.  */
static emacs_value
rows_string (emacs_env *env, const GString *text)
{
  return is_ascii (text->str, text->len) ? lisp_bytes (env, text->str, text->len)
                                         : lisp_string_n (env, text->str, text->len);
}

LISP_FUNCTION (wire_rows_text)
{
  WireRows rows;
  g_autoptr (GVariant) value = get_rows (env, args[0], &rows);
  if (!value)
    return Q (nil);
  g_autofree int *widths = parse_widths (env, args[1], rows.n_columns);
  g_autoptr (GString) text = g_string_sized_new (128 * rows.n_rows);
  g_autofree emacs_value *lengths = g_new (emacs_value, rows.n_rows + 1);
  for (gsize i = 0; i < rows.n_rows && lisp_ok (env); i++)
    {
      gsize start = text->len;
      append_row (text, &rows, &rows.rows[i], widths);
      gsize length = text->len - start;
      if (!is_ascii (text->str + start, length))
        length = (gsize)g_utf8_strlen (text->str + start, (gssize)length);
      lengths[i] = env->make_integer (env, (intmax_t)length);
    }
  emacs_value result[] = { rows_string (env, text),
                           lisp_call (env, Q_vector, (ptrdiff_t)rows.n_rows, lengths) };
  return lisp_ok (env) ? lisp_call (env, Q_list, 2, result) : Q (nil);
}

LISP_FUNCTION (wire_rows_widths)
{
  WireRows rows;
  intmax_t most = env->extract_integer (env, args[1]);
  g_autoptr (GVariant) value = get_rows (env, args[0], &rows);
  if (!value || !lisp_ok (env))
    return Q (nil);
  g_autofree intmax_t *widths = g_new0 (intmax_t, rows.n_columns + 1);
  for (gsize i = 0; i < rows.n_rows && (intmax_t)i < most; i++)
    {
      const char *cell = rows.pool + rows.rows[i].cells;
      for (guint32 c = 0; c < rows.n_columns; cell += strlen (cell) + 1, c++)
        if (g_utf8_validate (cell, -1, NULL))
          widths[c] = MAX (widths[c], (intmax_t)text_width (cell));
    }
  g_autofree emacs_value *list = g_new (emacs_value, rows.n_columns + 1);
  for (guint32 c = 0; c < rows.n_columns; c++)
    list[c] = env->make_integer (env, widths[c]);
  return lisp_call (env, Q_list, rows.n_columns, list);
}

LISP_FUNCTION (wire_rows_frames)
{
  WireRows rows;
  g_autoptr (GVariant) value = get_rows (env, args[0], &rows);
  if (!value)
    return Q (nil);
  g_autofree emacs_value *frames = g_new (emacs_value, rows.n_rows + 1);
  for (gsize i = 0; i < rows.n_rows && lisp_ok (env); i++)
    frames[i] = env->make_integer (env, rows.rows[i].frame);
  return lisp_call (env, Q_vector, (ptrdiff_t)rows.n_rows, frames);
}

const ModuleFunction module_wire_functions[]
    = { { "smbcmp--module-encode", 3, 3, wire_encode,
          "Return a request to a worker as a unibyte string, its length before it.\n"
          "SERIAL is an integer, VERB a string, ARGUMENTS a property list.\n\n"
          "(fn SERIAL VERB ARGUMENTS)" },
        { "smbcmp--module-send", 2, 2, wire_send,
          "Send BYTES, a unibyte string, to PROCESS, a worker.\n"
          "Signal what `process-send-string' does, in a batch Emacs, too.\n\n"
          "(fn PROCESS BYTES)" },
        { "smbcmp--module-input", 0, 0, wire_input,
          "Return an object that collects what a worker sends.\n\n(fn)" },
        { "smbcmp--module-feed", 2, 2, wire_feed,
          "Add CHUNK, a unibyte string, to INPUT; return the replies now whole.\n"
          "They are lists (SERIAL KIND VALUE): an integer, a character, an object.\n\n"
          "(fn INPUT CHUNK)" },
        { "smbcmp--module-decode", 1, 1, wire_decode,
          "Return the Lisp data that VALUE, of a reply, is.\n\n(fn VALUE)" },
        { "smbcmp--module-fits-p", 3, 3, wire_fits_p,
          "Return non-nil if VALUE is such as replies of KIND to VERB have.\n\n"
          "(fn VALUE VERB KIND)" },
        { "smbcmp--module-release", 1, 1, wire_release,
          "Free VALUE, of a reply, now.\n\n(fn VALUE)" },
        { "smbcmp--module-rows-text", 2, 2, wire_rows_text,
          "Return the rows in VALUE, of a reply, as (TEXT LENGTHS).\n"
          "TEXT has a line a row, its cells padded to WIDTHS: to the right of\n"
          "the cell if positive, to the left if negative, not at all if 0.\n"
          "LENGTHS is a vector of the lines' lengths in characters.\n\n"
          "(fn VALUE WIDTHS)" },
        { "smbcmp--module-rows-widths", 2, 2, wire_rows_widths,
          "Return the widths of the columns of the rows in VALUE, of a reply.\n"
          "These are what the widest cells of the first ROWS rows take.\n\n"
          "(fn VALUE ROWS)" },
        { "smbcmp--module-rows-frames", 1, 1, wire_rows_frames,
          "Return the frames of the rows in VALUE, of a reply: a vector.\n\n"
          "(fn VALUE)" },
        { NULL, 0, 0, NULL, NULL } };
