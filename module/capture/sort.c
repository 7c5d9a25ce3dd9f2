/* sort.c --- frames in the order of a column

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/sort.h"

#include <string.h>

typedef struct
{
  guint32 frame;
  double number;
  gsize text; /* offset in texts */
} Key;

typedef struct
{
  GArray *keys; /* of Key, by frame - 1 */
  GString *texts;
  gboolean numbers; /* all texts are numbers, or nothing */
  int direction;
} Sort;

static void
add_key (Sort *sort, guint32 frame, const char *text)
{
  char *end;
  Key key = { frame, g_ascii_strtod (text, &end), sort->texts->len };
  if (*end)
    sort->numbers = FALSE;
  else if (end == text)
    key.number = -G_MAXDOUBLE; /* what says nothing comes before what does */
  g_string_append_len (sort->texts, text, (gssize)strlen (text) + 1);
  g_array_append_val (sort->keys, key);
}

static gint
compare (gconstpointer a, gconstpointer b, gpointer user)
{
  const Sort *sort = user;
  const Key *x = a, *y = b;
  int order = sort->numbers
                  ? (x->number > y->number) - (x->number < y->number)
                  : strcmp (sort->texts->str + x->text, sort->texts->str + y->text);
  return order ? order * sort->direction : (x->frame > y->frame) - (x->frame < y->frame);
}

GArray *
sort_frames (Session *session, const RowStore *store, guint column, gboolean reverse)
{
  guint32 count = session_frame_count (session);
  g_autoptr (GArray) keys = g_array_sized_new (FALSE, FALSE, sizeof (Key), count);
  Sort sort = { keys, g_string_new (NULL), TRUE, reverse ? -1 : 1 };
  for (guint32 place = 1; place <= count; place++)
    {
      guint32 frame = session_frame_at (session, place);
      const frame_data *fd = session_frame (session, frame, NULL);
      if (fd)
        add_key (&sort, frame, row_store_cell (store, place, fd, column));
    }
  g_array_sort_with_data (keys, compare, &sort);
  GArray *frames = g_array_sized_new (FALSE, FALSE, sizeof (guint32), keys->len);
  for (guint i = 0; i < keys->len; i++)
    g_array_append_val (frames, g_array_index (keys, Key, i).frame);
  g_string_free (sort.texts, TRUE);
  return frames;
}
