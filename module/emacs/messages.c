/* messages.c --- the cells of a reply put together as messages

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/module.h"
#include "support/problem.h"

#include <string.h>

/* What becomes of the values of a field.  */
typedef enum
{
  FIRST,    /* the first one of a message is kept */
  SEVERAL,  /* all are, in a list, the last one first */
  OF_FRAME, /* the first one is, for all messages of the frame */
  BEGINS    /* a message begins here */
} ColumnKind;

typedef struct
{
  gsize slot;
  ColumnKind kind;
  emacs_value begins; /* what its slot has, if it is of that kind */
} Column;

/* The first slots of a message; the caller's columns have the others.  */
enum
{
  FRAME,
  BEFORE,
  FIRST_SLOT
};

/* Strings that came before: addresses, paths and handles come again and again.  */
typedef struct
{
  const char *text; /* NULL if there is none yet */
  gsize length;
  WireKind kind;
  emacs_value value;
} KnownString;

typedef struct
{
  emacs_env *env;
  const char *pool;
  GArray *columns;      /* of Column */
  GArray *messages;     /* of emacs_value, those that are complete */
  emacs_value *message; /* the slots of the one at hand, NULL for nil; owned */
  gsize n_slots;
  gboolean open, began; /* there is one, and it has its beginning */
  KnownString known[256];
} Messages;

static emacs_value
known_string (Messages *m, WireKind kind, guint64 value)
{
  const char *text = m->pool + wire_span_offset (value);
  gsize length = wire_span_length (value);
  guint hash = (guint)length;
  for (gsize i = 0; i < length; i++)
    hash = hash * 31 + (guchar)text[i];
  KnownString *known = &m->known[hash % G_N_ELEMENTS (m->known)];
  if (!known->text || known->kind != kind || known->length != length
      || memcmp (known->text, text, length) != 0)
    *known = (KnownString){ text, length, kind,
                            lisp_from_pool (m->env, kind, value, m->pool) };
  return known->value;
}

static emacs_value
seconds (Messages *m, guint64 value)
{
  gint64 whole, nanoseconds;
  wire_get_time (m->pool + wire_span_offset (value), &whole, &nanoseconds);
  return m->env->make_float (m->env, (double)whole + (double)nanoseconds / 1e9);
}

/* NULL for nil.  */
static emacs_value
cell_value (Messages *m, const WireCell *cell)
{
  switch ((WireKind)cell->kind)
    {
    case WIRE_NONE:
    case WIRE_FALSE:
      return NULL;
    case WIRE_STRING:
    case WIRE_BYTES:
      return known_string (m, (WireKind)cell->kind, cell->value);
    case WIRE_TIME:
      return seconds (m, cell->value);
    default:
      return lisp_from_pool (m->env, (WireKind)cell->kind, cell->value, m->pool);
    }
}

/* The message at hand is complete; return it.  */
static emacs_value
finish (Messages *m)
{
  emacs_env *env = m->env;
  for (gsize i = 0; i < m->n_slots; i++)
    if (!m->message[i])
      m->message[i] = Q (nil);
  emacs_value message = lisp_call (env, Q_vector, (ptrdiff_t)m->n_slots, m->message);
  g_array_append_val (m->messages, message);
  return message;
}

static void
begin_frame (Messages *m, guint32 frame)
{
  if (m->open)
    finish (m);
  memset (m->message, 0, m->n_slots * sizeof *m->message);
  m->message[FRAME] = m->env->make_integer (m->env, frame);
  m->open = TRUE;
  m->began = FALSE;
}

/* The next message of the same frame.  */
static void
begin_next (Messages *m)
{
  emacs_value before = finish (m);
  for (guint c = 0; c < m->columns->len; c++)
    {
      const Column *column = &g_array_index (m->columns, Column, c);
      emacs_value *slot = &m->message[column->slot];
      /* Several fields may have the same slot.  */
      if (*slot && (column->kind != OF_FRAME || !m->env->is_not_nil (m->env, *slot)))
        *slot = NULL;
    }
  m->message[BEFORE] = before;
}

static void
add_cell (Messages *m, const Column *column, const WireCell *cell)
{
  emacs_env *env = m->env;
  emacs_value *slot = &m->message[column->slot];
  switch (column->kind)
    {
    case FIRST:
      if (!*slot)
        *slot = cell_value (m, cell);
      break;
    case SEVERAL:
      {
        emacs_value value = cell_value (m, cell);
        *slot = lisp_cons (env, value ? value : Q (nil), *slot ? *slot : Q (nil));
        break;
      }
    case OF_FRAME:
      /* Some fields have no value; that they are there counts.  */
      if (!*slot && !(*slot = cell_value (m, cell)))
        *slot = Q (t);
      break;
    case BEGINS:
      if (m->began)
        begin_next (m);
      m->began = TRUE;
      *slot = column->begins;
      break;
    }
}

/* FALSE if VECTOR, SLOT KIND VALUE ..., isn't what columns are.  */
static gboolean
read_columns (Messages *m, emacs_value vector)
{
  emacs_env *env = m->env;
  ptrdiff_t n = env->vec_size (env, vector);
  for (ptrdiff_t i = 0; i + 2 < n && lisp_ok (env); i += 3)
    {
      intmax_t slot = env->extract_integer (env, env->vec_get (env, vector, i));
      intmax_t kind = env->extract_integer (env, env->vec_get (env, vector, i + 1));
      Column column = { (gsize)slot, (ColumnKind)kind, env->vec_get (env, vector, i + 2) };
      if (slot < FIRST_SLOT || (gsize)slot >= m->n_slots || kind < FIRST || kind > BEGINS)
        return FALSE;
      g_array_append_val (m->columns, column);
    }
  return lisp_ok (env);
}

static gboolean
add_cells (Messages *m, const WireCells *cells)
{
  m->pool = cells->pool;
  for (gsize i = 0; i < cells->n_cells && !lisp_stops_at (m->env, i); i++)
    {
      const WireCell *cell = &cells->cells[i];
      if (cell->column == G_MAXUINT32)
        begin_frame (m, cell->frame);
      else if (m->open && cell->column < m->columns->len)
        add_cell (m, &g_array_index (m->columns, Column, cell->column), cell);
      else
        return FALSE;
    }
  if (m->open)
    finish (m);
  return TRUE;
}

LISP_FUNCTION (messages)
{
  intmax_t size = env->extract_integer (env, args[1]);
  g_autoptr (GVariant) value = lisp_ok (env) ? module_reply_value (env, args[2]) : NULL;
  if (!value)
    return Q (nil);
  Messages m = { .env = env,
                 .n_slots = (gsize)CLAMP (size, FIRST_SLOT, 1000),
                 .columns = g_array_new (FALSE, FALSE, sizeof (Column)),
                 .messages = g_array_new (FALSE, FALSE, sizeof (emacs_value)) };
  m.message = g_new0 (emacs_value, m.n_slots);
  WireCells cells;
  if (!wire_cells_view (value, &cells) || !read_columns (&m, args[0])
      || !add_cells (&m, &cells))
    lisp_error (env, PROBLEM "not-cells");
  emacs_value vector = lisp_ok (env) ? lisp_call (env, Q_vector, (ptrdiff_t)m.messages->len,
                                                  (emacs_value *)(gpointer)m.messages->data)
                                     : Q (nil);
  g_array_unref (m.columns);
  g_array_unref (m.messages);
  g_free (m.message);
  return vector;
}

const ModuleFunction module_message_functions[]
    = { { "smbcmp--module-messages", 3, 3, messages,
          "Return the messages that VALUE, of a raw reply with fields, has: a vector.\n"
          "A message is a vector of SIZE slots: the number of its frame, the message\n"
          "before it in that frame, and what COLUMNS say.  That is a vector SLOT KIND\n"
          "BEGINS ..., three for each field: the number of the slot that has its\n"
          "values; and 0 if that is the first one, 1 if it is a list of all of them,\n"
          "the last one first, 2 if it is the first one of the frame, for all its\n"
          "messages, t for those without a value, and 3 if a message begins with the\n"
          "field, and has BEGINS there.  Times are seconds since 1970.\n\n"
          "(fn COLUMNS SIZE VALUE)" },
        { NULL, 0, 0, NULL, NULL } };
