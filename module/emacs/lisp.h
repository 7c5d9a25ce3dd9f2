/* lisp.h --- Emacs values from C, with little ceremony

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   The primitives of the module's files.  Every function may leave a non-local
   exit pending; all of Emacs' own calls do nothing while one is, so code may
   run on to its end and return whatever it has.  Loops look at lisp_ok.  */

#ifndef SMBCMP_EMACS_LISP_H
#define SMBCMP_EMACS_LISP_H

#include <emacs-module.h>
#include <glib.h>

#include "wire/wire.h"

/* The head of a function that Lisp calls.  */
#define LISP_FUNCTION(name)                                                                \
  static emacs_value name (emacs_env *env G_GNUC_UNUSED, ptrdiff_t nargs G_GNUC_UNUSED,    \
                           emacs_value *args G_GNUC_UNUSED, void *data G_GNUC_UNUSED)

/* Interned once; index with the enum.  */
typedef enum
{
  Q_nil,
  Q_t,
  Q_cons,
  Q_list,
  Q_vector,
  Q_nreverse,
  Q_error,
  Q_alist_get,
  Q_label,
  Q_name,
  Q_value,
  Q_start,
  Q_length,
  Q_source,
  Q_type,
  Q_hidden,
  Q_generated,
  Q_frame,
  Q_severity,
  Q_pdu,
  Q_frame_root,
  Q_comment,
  Q_chat,
  Q_note,
  Q_warn,
  Q_severity_error,
  Q_module_error,
  Q_problem_text,
  Q_encode_coding_string,
  Q_string_to_multibyte,
  Q_string_to_number,
  Q_concat,
  Q_intern,
  Q_latin_1,
  Q_car,
  Q_cdr,
  Q_symbol_name,
  Q_stringp,
  Q_integerp,
  Q_user_ptr,
  Q_wrong_type_argument,
  Q_consp,
  Q_symbolp,
  Q_keywordp,
  Q_floatp,
  Q_same,
  Q_changed,
  Q_ignored,
  Q_only_a,
  Q_only_b,
  Q_a,
  Q_b,
  Q_rule,
  Q_process_send_string,
  Q_integer,
  Q_float,
  Q_string,
  Q_equal,
  Q_multibyte_string_p,
  Q_args_out_of_range,
  Q_cells_share,
  N_LISP_SYMBOLS
} LispSymbol;

extern emacs_value lisp_symbols[N_LISP_SYMBOLS];
#define Q(name) (lisp_symbols[Q_##name])

/* Intern the symbols; once, when the module is loaded.  */
void lisp_init (emacs_env *env);

static inline gboolean
lisp_ok (emacs_env *env)
{
  return env->non_local_exit_check (env) == emacs_funcall_exit_return;
}

/* Does the user quit, or is an exit pending?  What takes long asks from time to
   time, and returns if so.  */
gboolean lisp_quit (emacs_env *env);

/* What TEXT, maybe a problem by name, says in words.  */
emacs_value lisp_problem (emacs_env *env, const char *text);

/* Signal `smbcmp-module-error' with a message.  */
void lisp_error (emacs_env *env, const char *format, ...) G_GNUC_PRINTF (2, 3);

emacs_value lisp_call (emacs_env *env, LispSymbol function, ptrdiff_t n, emacs_value *args);
emacs_value lisp_cons (emacs_env *env, emacs_value car, emacs_value cdr);

/* A string of any bytes: UTF-8 where they are, raw bytes where they are not.  */
emacs_value lisp_string (emacs_env *env, const char *text);
emacs_value lisp_string_n (emacs_env *env, const char *text, gsize n);

/* The characters that makes of N bytes.  */
gsize lisp_characters (const char *text, gsize n);

/* The symbol with any NAME.  */
emacs_value lisp_intern (emacs_env *env, const char *name);

/* A unibyte string.  */
emacs_value lisp_bytes (emacs_env *env, const void *bytes, gsize length);

/* A type of objects that own data.  NAME is what `wrong-type-argument' has for
   others; RELEASE frees the data, if it isn't NULL by then, and tells our objects
   from other modules'.  */
typedef struct
{
  const char *name;
  void (*release) (void *data) EMACS_NOEXCEPT;
} LispType;

/* An object of TYPE that owns DATA; if an exit is pending, DATA is freed at once.  */
emacs_value lisp_object (emacs_env *env, const LispType *type, gpointer data);

/* What OBJECT owns.  NULL with an exit pending: `wrong-type-argument' if it is not
   of TYPE, `smbcmp-module-error' if it owns nothing any more.  */
gpointer lisp_object_data (emacs_env *env, emacs_value object, const LispType *type);

/* Is VALUE an object of TYPE that owns something?  */
gboolean lisp_object_p (emacs_env *env, emacs_value value, const LispType *type);

/* Free what OBJECT owns, now; an exit is pending if it is not of TYPE.  */
void lisp_object_release (emacs_env *env, emacs_value object, const LispType *type);

emacs_value lisp_uint (emacs_env *env, guint64 number);
gboolean lisp_is (emacs_env *env, LispSymbol predicate, emacs_value value);

/* The text or bytes of a Lisp string, NUL-terminated; NULL with an exit
   pending if VALUE is none.  To g_free.  */
char *lisp_copy_string (emacs_env *env, emacs_value value, gsize *length);

/* Any GVariant as Lisp data: strings, integers, t and nil, unibyte strings
   for byte arrays, lists for other arrays and tuples; trees, rows and cells
   of wire.h as their own functions below have them.  */
emacs_value lisp_from_variant (emacs_env *env, GVariant *value);

/* A list of keyword-less pairs (NAME VALUE ...) as an a{sv}: strings as "s"
   if they are UTF-8 or else "ay", integers as "x", t as "b", lists of
   integers as "ax", of strings as "as".  nil values are left out.  To unref;
   NULL with an exit pending if a value is something else.  */
GVariant *lisp_to_vardict (emacs_env *env, emacs_value plist);

/* What VALUE, of KIND, is with the bytes in POOL.  */
emacs_value lisp_from_pool (emacs_env *env, WireKind kind, guint64 value, const char *pool);

/* Whether a loop over many elements is to stop at the N-th: the user quits, or an exit is
   pending.  */
gboolean lisp_stops_at (emacs_env *env, gsize n);

/* The dom node of a wire tree.  NODES, if not NULL, gets the value of every
   node and must have room for them.  */
emacs_value lisp_from_tree (emacs_env *env, const WireTree *tree, emacs_value *nodes);

#endif
