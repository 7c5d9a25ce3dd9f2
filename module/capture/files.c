/* files.c --- the files of a capture, read as one

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/files.h"

#include <epan/addr_resolv.h>
#include <epan/secrets.h>

typedef struct
{
  wtap *wth;
  char *name;
  guint32 before; /* frames in the files before it, once it is being read */
  guint64 size;
  nstime_t begin; /* the time of its first record */
} File;

struct _Files
{
  GArray *all; /* of File */
  guint current;
  guint32 count; /* records read */
  char *damage;
};

/* Why reading failed, in words; takes INFO.  */
static char *
read_problem (int err, char *info)
{
  g_autofree char *detail = info;
  const char *reason;
  switch (err)
    {
    case WTAP_ERR_SHORT_READ:
      reason = "the capture is cut short in the middle of a packet";
      break;
    case WTAP_ERR_BAD_FILE:
      reason = "the capture is damaged or corrupt";
      break;
    case WTAP_ERR_FILE_UNKNOWN_FORMAT:
      reason = "not a capture file in a format Wireshark understands";
      break;
    case WTAP_ERR_UNSUPPORTED:
      reason = "the capture has something Wireshark does not support";
      break;
    default:
      reason = wtap_strerror (err);
    }
  return detail ? g_strdup_printf ("%s: %s", reason, detail) : g_strdup (reason);
}

static File *
nth (const Files *files, guint i)
{
  return &g_array_index (files->all, File, i);
}

/* TEXT, about FILE; of several, with its name.  */
static char *
about (const Files *files, const File *file, const char *text)
{
  if (files->all->len == 1)
    return g_strdup (text);
  g_autofree char *name = g_filename_display_basename (file->name);
  return g_strdup_printf ("%s: %s", name, text);
}

/* ----------------------------------------------------------------- opening */

static wtap *
open_file (const char *name, char **problem)
{
  int err = 0;
  char *info = NULL;
  wtap *wth = wtap_open_offline (name, WTAP_TYPE_AUTO, &err, &info, TRUE);
  if (!wth)
    *problem
        = err == WTAP_ERR_SHORT_READ
              ? g_strdup ("the file ends within its first few bytes; no frame is in it")
              : read_problem (err, info);
  return wth;
}

/* When FILE begins: it is opened for that alone, since a file is read only once.  */
static void
find_begin (File *file)
{
  WsRecord record;
  int err = 0;
  char *info = NULL, *problem = NULL;
  gint64 offset;
  wtap *wth = open_file (file->name, &problem);
  g_free (problem);
  if (!wth)
    return;
  ws_record_init (&record);
  if (ws_read (wth, &record, &err, &info, &offset))
    file->begin = record.rec.ts;
  g_free (info);
  ws_record_clear (&record);
  wtap_close (wth);
}

static gint
by_begin (gconstpointer a, gconstpointer b)
{
  return nstime_cmp (&((const File *)a)->begin, &((const File *)b)->begin);
}

static void
close_file (gpointer data)
{
  File *file = data;
  g_clear_pointer (&file->wth, wtap_close);
  g_free (file->name);
}

Files *
files_open (const char *const *names, GError **error)
{
  Files *files = g_new0 (Files, 1);
  files->all = g_array_new (FALSE, TRUE, sizeof (File));
  g_array_set_clear_func (files->all, close_file);
  for (; *names; names++)
    {
      g_autofree char *problem = NULL;
      int err;
      const File file = { .wth = open_file (*names, &problem), .name = g_strdup (*names) };
      g_array_append_val (files->all, file);
      File *added = nth (files, files->all->len - 1);
      if (!added->wth)
        {
          g_autofree char *text = about (files, added, problem);
          g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FILE, text);
          files_close (files);
          return NULL;
        }
      gint64 size = wtap_file_size (added->wth, &err);
      added->size = size > 0 ? (guint64)size : 0;
    }
  if (files->all->len > 1)
    {
      for (guint i = 0; i < files->all->len; i++)
        find_begin (nth (files, i));
      g_array_sort (files->all, by_begin);
    }
  for (guint i = 0; i < files->all->len; i++)
    {
      wtap *wth = nth (files, i)->wth;
      wtap_set_cb_new_ipv4 (wth, add_ipv4_name);
      wtap_set_cb_new_ipv6 (wth, (wtap_new_ipv6_callback_t)add_ipv6_name);
      wtap_set_cb_new_secrets (wth, secrets_wtap_callback);
    }
  return files;
}

void
files_close (Files *files)
{
  g_array_unref (files->all);
  g_free (files->damage);
  g_free (files);
}

/* ----------------------------------------------------------------- reading */

static void
note_damage (Files *files, const File *file, int err, char *info)
{
  g_autofree char *reason = read_problem (err, info);
  g_autofree char *text = about (files, file, reason);
  if (!files->damage)
    files->damage = g_steal_pointer (&text);
}

guint32
files_read (Files *files, WsRecord *record, gint64 *offset)
{
  while (files->current < files->all->len)
    {
      File *file = nth (files, files->current);
      int err = 0;
      char *info = NULL;
      if (ws_read (file->wth, record, &err, &info, offset))
        return ++files->count;
      if (err)
        note_damage (files, file, err, info);
      wtap_sequential_close (file->wth);
      if (++files->current < files->all->len)
        nth (files, files->current)->before = files->count;
    }
  return 0;
}

void
files_end (Files *files)
{
  for (; files->current < files->all->len; files->current++)
    {
      File *file = nth (files, files->current);
      /* Frames are in those that were read.  */
      file->before = MAX (file->before, files->current ? files->count : 0);
      wtap_sequential_close (file->wth);
    }
}

static const File *
file_of (const Files *files, guint32 frame)
{
  guint i = MIN (files->current, files->all->len - 1);
  while (i > 0 && nth (files, i)->before >= frame)
    i--;
  return nth (files, i);
}

wtap *
files_of_frame (const Files *files, guint32 frame)
{
  return file_of (files, frame)->wth;
}

int
files_type (const Files *files, guint32 frame)
{
  return wtap_file_type_subtype (file_of (files, frame)->wth);
}

gboolean
files_reread (Files *files, guint32 frame, gint64 offset, WsRecord *record, GError **error)
{
  int err = 0;
  char *info = NULL;
  const File *file = file_of (files, frame);
  if (ws_seek_read (file->wth, offset, record, &err, &info))
    return TRUE;
  g_autofree char *reason = read_problem (err, info);
  g_autofree char *text = about (files, file, reason);
  g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILE, "frame %u can't be read: %s", frame,
               text);
  return FALSE;
}

const char *
files_damage (const Files *files)
{
  return files->damage;
}

guint64
files_size (const Files *files)
{
  guint64 size = 0;
  for (guint i = 0; i < files->all->len; i++)
    size += nth (files, i)->size;
  return size;
}

guint64
files_bytes_read (const Files *files)
{
  guint64 read = 0;
  for (guint i = 0; i < files->current && i < files->all->len; i++)
    read += nth (files, i)->size;
  if (files->current < files->all->len)
    {
      gint64 now = wtap_read_so_far (nth (files, files->current)->wth);
      read += now > 0 ? (guint64)now : 0;
    }
  return read;
}
