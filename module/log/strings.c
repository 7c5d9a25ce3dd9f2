/* strings.c --- strings that several threads read

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/strings.h"

/* Page I has FIRST << I strings; a page is there before the count says that it holds
   something.  */
#define FIRST 256u
#define PAGES 24

struct _LogStrings
{
  gint references;     /* atomic */
  gint count;          /* atomic; the empty string included */
  GHashTable *numbers; /* string -> its number; of the thread that adds */
  char **pages[PAGES]; /* the strings are owned */
};

LogStrings *
log_strings_new (void)
{
  LogStrings *strings = g_new0 (LogStrings, 1);
  strings->references = strings->count = 1;
  strings->numbers = g_hash_table_new (g_str_hash, g_str_equal);
  return strings;
}

LogStrings *
log_strings_ref (LogStrings *strings)
{
  g_atomic_int_inc (&strings->references);
  return strings;
}

/* Where string NUMBER, at least 1, is: *PAGE and the place in it.  */
static guint32
place_of (guint32 number, guint *page)
{
  guint32 i = number - 1;
  *page = g_bit_storage (i / FIRST + 1) - 1;
  return i - FIRST * ((1u << *page) - 1);
}

void
log_strings_unref (LogStrings *strings)
{
  if (!g_atomic_int_dec_and_test (&strings->references))
    return;
  for (guint32 i = 1; i < (guint32)strings->count; i++)
    g_free ((char *)log_strings_get (strings, i));
  for (guint i = 0; i < PAGES; i++)
    g_free (strings->pages[i]);
  g_hash_table_unref (strings->numbers);
  g_free (strings);
}

guint32
log_strings_add (LogStrings *strings, const char *string)
{
  gpointer known = *string ? g_hash_table_lookup (strings->numbers, string) : NULL;
  guint32 number = (guint32)strings->count;
  guint page;
  if (known || !*string)
    return GPOINTER_TO_UINT (known);
  guint32 place = place_of (number, &page);
  if (page == PAGES)
    return 0; /* four thousand million strings */
  if (!strings->pages[page])
    strings->pages[page] = g_new0 (char *, (gsize)FIRST << page);
  char *copy = strings->pages[page][place] = g_strdup (string);
  g_hash_table_insert (strings->numbers, copy, GUINT_TO_POINTER (number));
  g_atomic_int_set (&strings->count, (gint)(number + 1));
  return number;
}

const char *
log_strings_get (const LogStrings *strings, guint32 number)
{
  guint page;
  if (!number || number >= log_strings_count (strings))
    return "";
  guint32 place = place_of (number, &page);
  return strings->pages[page][place];
}

guint32
log_strings_count (const LogStrings *strings)
{
  return (guint32)g_atomic_int_get (&strings->count);
}
