/* liar.c --- a worker that sends what it is told to

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Answers each request with the line of the file $SMBCMP_LIES that is for its
   verb, the last one if there are several:

     VERB KIND TYPE VALUE

   KIND is a reply's, TYPE a GVariant's and VALUE its text; or KIND is "!" and
   VALUE the bytes of a whole message.  hostile-test.el runs it.  */

#include <stdio.h>
#include <string.h>

#include "wire/wire.h"

static void
send_bytes (gconstpointer data, gsize size)
{
  guint32 length = GUINT32_TO_LE ((guint32)size);
  fwrite (&length, sizeof length, 1, stdout);
  fwrite (data, 1, size, stdout);
  fflush (stdout);
}

static void
answer (const char *line, guint32 serial)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  g_autoptr (GVariant) value
      = g_variant_parse (G_VARIANT_TYPE (words[2]), words[3], NULL, NULL, NULL);
  if (!value)
    g_error ("what is %s?", line);
  if (*words[1] == '!')
    {
      send_bytes (g_variant_get_data (value), g_variant_get_size (value));
      return;
    }
  g_autoptr (GBytes) reply = wire_reply (serial, (guint8)*words[1], value);
  send_bytes (g_bytes_get_data (reply, NULL), g_bytes_get_size (reply));
}

int
main (void)
{
  g_autofree char *lies = NULL;
  guint32 length;
  if (!g_file_get_contents (g_getenv ("SMBCMP_LIES"), &lies, NULL, NULL))
    return 99;
  g_auto (GStrv) lines = g_strsplit (lies, "\n", -1);
  while (fread (&length, sizeof length, 1, stdin) == 1)
    {
      gpointer data = g_malloc (length);
      if (fread (data, 1, length, stdin) != length)
        return 0;
      g_autoptr (GVariant) request = g_variant_ref_sink (g_variant_new_from_data (
          G_VARIANT_TYPE (WIRE_REQUEST_TYPE), data, length, FALSE, g_free, data));
      guint32 serial;
      const char *verb, *found = NULL;
      g_variant_get (request, "(u&sa{sv})", &serial, &verb, NULL);
      for (char **line = lines; *line; line++)
        if (g_str_has_prefix (*line, verb) && (*line)[strlen (verb)] == ' ')
          found = *line;
      if (found)
        answer (found, serial);
    }
  return 0;
}
