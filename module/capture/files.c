/* files.c --- the files of a capture, read as one

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/files.h"
#include "support/problem.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <fcntl.h>

#include <epan/addr_resolv.h>
#include <epan/secrets.h>

volatile sig_atomic_t files_under_way;
volatile guint32 files_calls;

typedef struct
{
  wtap *wth;
  char *name;
  guint32 before; /* frames in the files before it, once it is being read */
  guint64 size;
  nstime_t begin; /* the time of its first record */
  int type;

  /* Of one that grows: where the first block begins that isn't known to be whole, how
     many packets are in those before it, and how many of these were read.  */
  int fd;
  guint64 walked;
  guint32 whole, read;
  gboolean swapped;
} File;

struct _Files
{
  GArray *all; /* of File */
  guint current;
  guint32 count; /* records read */
  gboolean follow;
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

/* ---------------------------------------------------- calls of libwiretap */

static void
begin_call (void)
{
  files_calls++;
  files_under_way = 1;
}

static gboolean
read_record (wtap *wth, WsRecord *record, int *err, char **info, gint64 *offset)
{
  begin_call ();
  gboolean there = ws_read (wth, record, err, info, offset);
  files_under_way = 0;
  return there;
}

static gboolean
seek_record (wtap *wth, gint64 offset, WsRecord *record, int *err, char **info)
{
  begin_call ();
  gboolean there = ws_seek_read (wth, offset, record, err, info);
  files_under_way = 0;
  return there;
}

static wtap *
open_file (const char *name, char **problem)
{
  int err = 0;
  char *info = NULL;
  begin_call ();
  wtap *wth = wtap_open_offline (name, WTAP_TYPE_AUTO, &err, &info, TRUE);
  files_under_way = 0;
  if (!wth)
    *problem
        = err == WTAP_ERR_SHORT_READ
              ? g_strdup ("the file ends within its first few bytes; no frame is in it")
              : read_problem (err, info);
  return wth;
}

/* ----------------------------------------------------------------- opening */

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
  if (read_record (wth, &record, &err, &info, &offset))
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
  if (file->fd >= 0)
    close (file->fd);
  g_free (file->name);
}

/* Open the file called NAME and put it behind the others.  */
static File *
append_file (Files *files, const char *name, GError **error)
{
  g_autofree char *problem = NULL;
  int err;
  const File file
      = { .wth = open_file (name, &problem), .name = g_strdup (name), .fd = -1 };
  g_array_append_val (files->all, file);
  File *added = nth (files, files->all->len - 1);
  if (!added->wth)
    {
      g_autofree char *text = about (files, added, problem);
      g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FILE, text);
      g_array_set_size (files->all, files->all->len - 1);
      return NULL;
    }
  gint64 size = wtap_file_size (added->wth, &err);
  added->size = size > 0 ? (guint64)size : 0;
  added->type = wtap_file_type_subtype (added->wth);
  return added;
}

static void
adopt_names (wtap *wth)
{
  wtap_set_cb_new_ipv4 (wth, add_ipv4_name);
  wtap_set_cb_new_ipv6 (wth, (wtap_new_ipv6_callback_t)add_ipv6_name);
  wtap_set_cb_new_secrets (wth, secrets_wtap_callback);
}

Files *
files_open (const char *const *names, gboolean growing, GError **error)
{
  Files *files = g_new0 (Files, 1);
  files->all = g_array_new (FALSE, TRUE, sizeof (File));
  g_array_set_clear_func (files->all, close_file);
  for (; *names; names++)
    if (!append_file (files, *names, error))
      {
        files_close (files);
        return NULL;
      }
  files->follow = growing;
  /* Nothing may be in the last one yet.  */
  if (files->all->len > 1 && !growing)
    {
      for (guint i = 0; i < files->all->len; i++)
        find_begin (nth (files, i));
      g_array_sort (files->all, by_begin);
    }
  for (guint i = 0; i < files->all->len; i++)
    adopt_names (nth (files, i)->wth);
  return files;
}

void
files_close (Files *files)
{
  g_array_unref (files->all);
  g_free (files->damage);
  g_free (files);
}

/* ----------------------------------------------------------- growing files */

/* Blocks of pcapng, see draft-ietf-opsawg-pcapng.  */
enum
{
  BLOCK_SECTION = 0x0a0d0d0a,
  BLOCK_OLD_PACKET = 2,
  BLOCK_SIMPLE_PACKET = 3,
  BLOCK_PACKET = 6
};

#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define LEAST_BLOCK 12
#define MOST_BLOCK (64u << 20)

static guint32
number (const File *file, guint32 n)
{
  return file->swapped ? GUINT32_SWAP_LE_BE (n) : n;
}

/* Look how many packets of FILE are whole by now.  What is not, dumpcap is about to
   write.  */
static void
walk (File *file)
{
  struct stat status;
  guint32 head[3];
  if (file->fd < 0)
    file->fd = open (file->name, O_RDONLY | O_CLOEXEC);
  if (file->fd < 0 || fstat (file->fd, &status))
    return;
  guint64 size = (guint64)status.st_size;
  file->size = size;
  while (file->walked + sizeof head <= size
         && pread (file->fd, head, sizeof head, (off_t)file->walked) == sizeof head)
    {
      if (head[0] == BLOCK_SECTION)
        file->swapped = head[2] != BYTE_ORDER_MAGIC;
      guint32 type = number (file, head[0]), length = number (file, head[1]);
      if (length < LEAST_BLOCK || length > MOST_BLOCK || file->walked + length > size)
        break;
      file->walked += length;
      file->whole += type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET
                     || type == BLOCK_OLD_PACKET;
    }
}

gboolean
files_add (Files *files, const char *name, guint keep, GError **error)
{
  for (guint i = 0; i < files->all->len; i++)
    if (g_str_equal (nth (files, i)->name, name))
      return TRUE;
  File *added = append_file (files, name, error);
  if (!added)
    return FALSE;
  adopt_names (added->wth);
  for (guint i = 0; keep && i + keep < files->all->len && i < files->current; i++)
    {
      File *old = nth (files, i);
      g_clear_pointer (&old->wth, wtap_close);
    }
  return TRUE;
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

/* Go on with the next file; FALSE if there is none, and the last one grows.  */
static gboolean
next_file (Files *files)
{
  File *file = nth (files, files->current);
  if (files->follow && files->current + 1 == files->all->len)
    return FALSE;
  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
  wtap_sequential_close (file->wth);
  if (++files->current < files->all->len)
    nth (files, files->current)->before = files->count;
  return TRUE;
}

/* Is a packet of FILE there to be read?  */
static gboolean
is_ready (const Files *files, File *file)
{
  if (!files->follow)
    return TRUE;
  if (file->read == file->whole)
    walk (file);
  /* libwiretap takes the end that it saw for that of the file.  */
  wtap_cleareof (file->wth);
  return file->read < file->whole;
}

guint32
files_read (Files *files, WsRecord *record, gint64 *offset)
{
  while (files->current < files->all->len)
    {
      File *file = nth (files, files->current);
      int err = 0;
      char *info = NULL;
      if (is_ready (files, file) && read_record (file->wth, record, &err, &info, offset))
        {
          file->read++;
          return ++files->count;
        }
      if (err)
        note_damage (files, file, err, info);
      if (!next_file (files))
        return 0;
    }
  return 0;
}

void
files_end (Files *files)
{
  for (; !files->follow && files->current < files->all->len; files->current++)
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
  return file_of (files, frame)->type;
}

gboolean
files_reread (Files *files, guint32 frame, gint64 offset, WsRecord *record, GError **error)
{
  int err = 0;
  char *info = NULL;
  const File *file = file_of (files, frame);
  if (!file->wth)
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILE,
                   PROBLEM "frame-gone" PROBLEM "%u", frame);
      return FALSE;
    }
  if (seek_record (file->wth, offset, record, &err, &info))
    return TRUE;
  g_autofree char *reason = read_problem (err, info);
  g_autofree char *text = about (files, file, reason);
  g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FILE,
               PROBLEM "frame-unreadable" PROBLEM "%u" PROBLEM "%s", frame, text);
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
