/* intern.c --- strings by numbers

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/intern.h"

struct _Strings
{
  int references;
  GPtrArray *list;
  GHashTable *numbers;
};

Strings *
strings_new (void)
{
  Strings *strings = g_new (Strings, 1);
  strings->references = 1;
  strings->list = g_ptr_array_new_with_free_func (g_free);
  strings->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  return strings;
}

Strings *
strings_ref (Strings *strings)
{
  strings->references++;
  return strings;
}

void
strings_unref (Strings *strings)
{
  if (--strings->references)
    return;
  g_hash_table_unref (strings->numbers);
  g_ptr_array_unref (strings->list);
  g_free (strings);
}

guint32
strings_add (Strings *strings, const char *string)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (strings->numbers, string));
  if (number)
    return number;
  char *copy = g_strdup (string);
  g_ptr_array_add (strings->list, copy);
  g_hash_table_insert (strings->numbers, copy, GUINT_TO_POINTER (strings->list->len));
  return strings->list->len;
}

const char *
strings_get (const Strings *strings, guint32 number)
{
  return number && number <= strings->list->len ? strings->list->pdata[number - 1] : "";
}
