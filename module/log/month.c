/* month.c --- names of months

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/month.h"

#include <string.h>

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

/* Is WORD, N bytes without a NUL, what NAME begins with, and all of that?  */
static gboolean
same_word (const char *word, gsize n, const char *name)
{
  for (gsize i = 0; i < n; i++)
    if (g_ascii_tolower (word[i]) != name[i])
      return FALSE;
  return name[n] == ' ' || name[n] == '\0';
}

static gboolean
has_word (const char *names, const char *word, gsize n)
{
  for (const char *name = names; name; name = strchr (name, ' '))
    {
      name += *name == ' ';
      if (same_word (word, n, name))
        return TRUE;
    }
  return FALSE;
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
  const char *end = text->at;
  while (end < text->end && end - text->at < 16 && *end != ' ' && *end != '.'
         && !g_ascii_isdigit (*end) && !g_ascii_iscntrl (*end))
    end++;
  gsize n = (gsize)(end - text->at);
  for (guint i = 0; n > 2 && i < 12; i++)
    if (has_word (months[i], text->at, n))
      {
        *month = i + 1;
        text->at = end;
        scan_char (text, '.');
        return TRUE;
      }
  return scan_numbered (text, month);
}
