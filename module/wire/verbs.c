/* verbs.c --- what the engine can be asked

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "wire/verbs.h"
#include "support/problem.h"

#include <string.h>

const WireVerb wire_verbs[N_WIRE_VERBS] = {
#define WIRE_VERB_ROW(name, takes, returns, function, doc) { name, takes, returns, doc },
  WIRE_VERBS (WIRE_VERB_ROW)
#undef WIRE_VERB_ROW
};

const WireVerb *
wire_verb (const char *name)
{
  for (guint i = 0; i < N_WIRE_VERBS; i++)
    if (g_str_equal (name, wire_verbs[i].name))
      return &wire_verbs[i];
  return NULL;
}

/* ------------------------------------------------------------- arguments */

/* One argument, as WireVerb's takes has it.  */
typedef struct
{
  char *name, *type;
  gboolean optional;
} Argument;

static void
argument_clear (Argument *argument)
{
  g_free (argument->name);
  g_free (argument->type);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Argument, argument_clear)

/* The next argument of *TAKES, which moves behind it; no name at the end.  */
static Argument
next_argument (const char **takes)
{
  Argument argument = { 0 };
  const char *colon = strchr (*takes, ':');
  if (!colon)
    return argument;
  const char *end = colon + strcspn (colon, " ");
  argument.optional = colon[-1] == '?';
  argument.name = g_strndup (*takes, (gsize)(colon - *takes) - argument.optional);
  argument.type = g_strndup (colon + 1, (gsize)(end - colon) - 1);
  *takes = *end ? end + 1 : end;
  return argument;
}

static gboolean
argument_fits (const Argument *argument, GVariant *value)
{
  return g_variant_is_of_type (value, (const GVariantType *)argument->type)
         || (g_str_equal (argument->type, "s")
             && g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING));
}

gboolean
wire_arguments_fit (const WireVerb *verb, GVariant *arguments, char **problem)
{
  gsize known = 0;
  for (const char *takes = verb->takes; *takes;)
    {
      g_auto (Argument) argument = next_argument (&takes);
      g_autoptr (GVariant) value = g_variant_lookup_value (arguments, argument.name, NULL);
      known += value != NULL;
      if (value ? argument_fits (&argument, value) : argument.optional)
        continue;
      *problem = g_strdup_printf (PROBLEM "argument" PROBLEM "%s" PROBLEM "%s" PROBLEM
                                          "%s" PROBLEM "%s",
                                  verb->name, argument.name, argument.type,
                                  value ? g_variant_get_type_string (value) : "none");
      return FALSE;
    }
  if (known == g_variant_n_children (arguments))
    return TRUE;
  *problem = g_strdup_printf (PROBLEM "arguments" PROBLEM "%s" PROBLEM "%s", verb->name,
                              *verb->takes ? verb->takes : "nothing");
  return FALSE;
}

/* --------------------------------------------------------------- replies */

/* Are the records of VALUE, if it is bulk data, in order?  */
static gboolean
records_fit (GVariant *value)
{
  WireTree tree;
  WireRows rows;
  WireCells cells;
  WireSummary summary;
  WireSamples samples;
  const char *type = g_variant_get_type_string (value);
  if (g_str_equal (type, WIRE_TREE_TYPE))
    return wire_tree_view (value, &tree);
  if (g_str_equal (type, WIRE_ROWS_TYPE))
    return wire_rows_view (value, &rows);
  if (g_str_equal (type, WIRE_CELLS_TYPE))
    return wire_cells_view (value, &cells);
  if (g_str_equal (type, WIRE_SRT_TYPE))
    return wire_samples_view (value, &samples);
  /* Only who has the parts before knows how many strings there are.  */
  if (g_str_equal (type, WIRE_SUMMARY_TYPE))
    return wire_summary_view (value, G_MAXUINT32, &summary);
  return TRUE;
}

gboolean
wire_reply_fits (const WireVerb *verb, guint8 kind, GVariant *value)
{
  const char *type = verb->returns;
  if (kind == WIRE_ERROR)
    type = WIRE_ERROR_TYPE;
  else if (kind == WIRE_PROGRESS)
    type = WIRE_PROGRESS_TYPE;
  else if (kind != WIRE_RESULT && kind != WIRE_PART)
    return FALSE;
  return g_variant_is_of_type (value, G_VARIANT_TYPE (type)) && records_fit (value);
}
