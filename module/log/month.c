/* month.c --- names of months

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/month.h"

/* No name is of more bytes.  */
#define LONGEST 16

/* By month, separated by blanks, ASCII in lower case: English, Bulgarian, Czech, Danish,
   Dutch, Estonian, Finnish, French, German, Greek, Hungarian, Italian, Latvian,
   Lithuanian, Norwegian, Polish, Portuguese, Romanian, Russian, Slovak, Slovenian,
   Spanish, Swedish, Turkish and Ukrainian, as glibc abbreviates them.  */
static const char *const months[12] = {
  "jan janv ene gen sty led янв січ tammi oca ian Ιαν jaan saus яну",
  "feb févr fev lut úno фев лют helmi febr Şub Φεβ veebr vas",
  "mar mär mars mrt bře мар бер maalis márc Μαρ märts kov",
  "apr avril abr kwi dub апр кві april huhti ápr nis Απρ bal",
  "may mai mag mei maj kvě мая тра touko máj Μαΐ geg май",
  "jun juin giu cze čen июн чер juni kesä jún haz iun Ιουν juuni birž jūn юни",
  "jul juil lug lip čec июл лип juli heinä júl tem iul Ιουλ juuli liep jūl юли",
  "aug août ago sie srp авг сер elo ağu Αυγ rugp avg",
  "sep sept set wrz zář сен вер syys szept eyl Σεπ rugs сеп",
  "oct okt ott out paź říj окт жов loka eki Οκτ spal",
  "nov lis ноя лис marras kas Νοε lapkr ное",
  "dec dez déc dic gru pro дек гру des joulu ara Δεκ dets gruod",
};

/* The number of each month by each of its names.  */
static GHashTable *
month_names (void)
{
  static gsize names;
  if (g_once_init_enter (&names))
    {
      GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      for (guint i = 0; i < 12; i++)
        {
          g_auto (GStrv) words = g_strsplit (months[i], " ", -1);
          for (guint w = 0; words[w]; w++)
            g_hash_table_insert (table, g_strdup (words[w]), GUINT_TO_POINTER (i + 1));
        }
      g_once_init_leave (&names, (gsize)table);
    }
  return (GHashTable *)names;
}

/* "11月", "11월", as Chinese, Japanese and Korean have it.  */
static gboolean
scan_numbered (Text *text, guint *month)
{
  Text t = *text;
  guint64 number;
  if (!scan_number (&t, &number) || number < 1 || number > 12
      || !(SCAN (&t, "\xe6\x9c\x88") || SCAN (&t, "\xec\x9b\x94")))
    return FALSE;
  *month = (guint)number;
  *text = t;
  return TRUE;
}

gboolean
log_scan_month (Text *text, guint *month)
{
  char word[LONGEST + 1];
  gsize n = 0;
  for (const char *p = text->at; p < text->end && n < LONGEST && *p != ' ' && *p != '.'
                                 && !g_ascii_isdigit (*p) && !g_ascii_iscntrl (*p);
       p++)
    word[n++] = g_ascii_tolower (*p);
  word[n] = '\0';
  guint number = n > 2 ? GPOINTER_TO_UINT (g_hash_table_lookup (month_names (), word)) : 0;
  if (!number)
    return scan_numbered (text, month);
  *month = number;
  text->at += n;
  scan_char (text, '.');
  return TRUE;
}
