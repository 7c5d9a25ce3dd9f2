/* untranslated.c --- a gettext that translates nothing

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   To be preloaded beside ASan's library: in a process that has that preloaded
   and set a locale, the C library's own waits for a lock for ever.  */

char *
bindtextdomain (const char *domain, const char *directory)
{
  (void)domain;
  return (char *)directory;
}

char *
bind_textdomain_codeset (const char *domain, const char *codeset)
{
  (void)domain;
  return (char *)codeset;
}

char *
dcgettext (const char *domain, const char *text, int category)
{
  (void)domain;
  (void)category;
  return (char *)text;
}

char *
dgettext (const char *domain, const char *text)
{
  return dcgettext (domain, text, 0);
}
