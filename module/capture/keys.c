/* keys.c --- SMB session keys that decrypt a capture

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/keys.h"

#include "capture/library.h"
#include "support/problem.h"

#include <epan/uat-int.h>

#define TABLE "smb2_seskey_list"

static void
find_table (void *uat, void *found)
{
  if (g_str_equal (((uat_t *)uat)->filename, TABLE))
    *(uat_t **)found = uat;
}

/* By its file: its name is words, which change.  */
static uat_t *
key_table (GError **error)
{
  uat_t *table = NULL;
  uat_foreach_table (find_table, &table);
  if (!table)
    g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, PROBLEM "no-key-table");
  return table;
}

gboolean
keys_set (const char *const *records, GError **error)
{
  static gboolean any; /* as long as not, the table is the user's */
  if (!any && !(records && *records))
    return TRUE;
  any = TRUE;
  uat_t *table = key_table (error);
  if (!table)
    return FALSE;
  uat_clear (table);
  g_autoptr (GError) refused = NULL;
  guint taken = 0;
  for (; records && *records; records++)
    {
      g_autofree char *preference = g_strconcat ("uat:" TABLE ":", *records, NULL);
      const char *const one[] = { preference, NULL };
      if (library_set_preferences (one, refused ? NULL : &refused))
        taken++;
    }
  /* What is wrong in the user's file was told when the settings were loaded.  */
  char *told = NULL;
  uat_load (table, NULL, &told);
  g_free (told);
  if (!refused || taken)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&refused));
  return FALSE;
}

char *
keys_file (void)
{
  uat_t *table = key_table (NULL);
  return table ? uat_get_actual_filename (table, TRUE) : NULL;
}
