/* request.c --- what verbs and jobs are given, and how they answer

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "worker/request.h"
#include "support/problem.h"

/* ----------------------------------------------------------- the replies */

void
engine_reply (Engine *engine, guint32 serial, guint8 kind, GVariant *value)
{
  engine->emit (engine->user, wire_reply (serial, kind, value));
}

static const char *
error_name (const GError *error)
{
  static const char *const names[]
      = { [SMBCMP_ERROR_FAILED] = "",       [SMBCMP_ERROR_FILE] = "file",
          [SMBCMP_ERROR_FILTER] = "filter", [SMBCMP_ERROR_FRAME] = "frame",
          [SMBCMP_ERROR_WORKER] = "worker", [SMBCMP_ERROR_SEAL] = "seal" };
  if (error->domain != SMBCMP_ERROR || (guint)error->code >= G_N_ELEMENTS (names))
    return "";
  return names[error->code];
}

void
engine_reply_error (Engine *engine, guint32 serial, const GError *error, int start,
                    int length)
{
  engine_reply (engine, serial, WIRE_ERROR,
                g_variant_new ("(s@sii)", error_name (error), wire_text (error->message),
                               start, length));
}

/* ---------------------------------------------------------- the arguments */

char *
engine_path (GVariantDict *arguments, const char *name)
{
  /* A file's name is bytes; it comes as a string where it is UTF-8.  */
  char *path;
  if (g_variant_dict_lookup (arguments, name, "s", &path))
    return path;
  g_autoptr (GVariant) bytes
      = g_variant_dict_lookup_value (arguments, name, G_VARIANT_TYPE_BYTESTRING);
  if (!bytes)
    return NULL;
  gsize size;
  const char *data = g_variant_get_fixed_array (bytes, &size, 1);
  return g_strndup (data, size);
}

gboolean
engine_text (GVariantDict *arguments, const char *name, char **text, GError **error)
{
  *text = NULL;
  if (!g_variant_dict_contains (arguments, name)
      || g_variant_dict_lookup (arguments, name, "s", text))
    return TRUE;
  g_set_error (error, SMBCMP_ERROR,
               g_str_equal (name, "filter") ? SMBCMP_ERROR_FILTER : SMBCMP_ERROR_FAILED,
               PROBLEM "not-utf-8" PROBLEM "%s", name);
  return FALSE;
}

guint32
engine_number (GVariantDict *arguments, const char *name, guint32 otherwise)
{
  gint64 number;
  if (!g_variant_dict_lookup (arguments, name, "x", &number))
    return otherwise;
  return (guint32)CLAMP (number, 0, G_MAXUINT32);
}

GArray *
engine_numbers (GVariantDict *arguments, const char *name)
{
  g_autoptr (GVariant) list
      = g_variant_dict_lookup_value (arguments, name, G_VARIANT_TYPE ("ax"));
  if (!list)
    return NULL;
  gsize n;
  const gint64 *numbers = g_variant_get_fixed_array (list, &n, sizeof *numbers);
  GArray *array = g_array_sized_new (FALSE, FALSE, sizeof (guint32), (guint)n);
  for (gsize i = 0; i < n; i++)
    {
      guint32 number = (guint32)CLAMP (numbers[i], 0, G_MAXUINT32);
      g_array_append_val (array, number);
    }
  return array;
}

gboolean
engine_need_session (Engine *engine, GError **error)
{
  if (!engine->session)
    g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, PROBLEM "no-capture");
  return engine->session != NULL;
}
