/* print.c --- what a command prints, at once

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/module.h"
#include "support/problem.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

/* In one call of write, if the system takes it: what others write to the same file
   comes before or after it.  FALSE with errno set.  */
static gboolean
write_all (const char *text, gsize length)
{
  while (length)
    {
      ssize_t written = write (STDOUT_FILENO, text, length);
      if (written < 0 && errno != EINTR)
        return FALSE;
      if (written > 0)
        {
          text += written;
          length -= (gsize)written;
        }
    }
  return TRUE;
}

LISP_FUNCTION (print)
{
  gsize length;
  g_autofree char *text = lisp_copy_string (env, args[0], &length);
  /* What Emacs printed before has its turn first.  */
  if (text && (fflush (stdout) != 0 || !write_all (text, length)))
    lisp_error (env, PROBLEM "cannot-print" PROBLEM "%s", g_strerror (errno));
  return Q (nil);
}

const ModuleFunction module_print_functions[]
    = { { "smbcmp--module-print", 1, 1, print,
          "Print STRING on the standard output of Emacs, at once.\n"
          "`princ' does so in pieces, between which others may print.\n\n"
          "(fn STRING)" },
        { NULL, 0, 0, NULL, NULL } };
