/* session.c --- one capture, dissected by libwireshark

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/session.h"
#include "capture/commands.h"
#include "capture/provider.h"
#include "capture/unveil.h"
#include "support/problem.h"

#include <epan/addr_resolv.h>

volatile sig_atomic_t session_frame_under_way;
volatile guint32 session_dissections;

/* One epan_dissect_t a kind, made when first used: making one costs more than
   dissecting a frame.  */
enum
{
  EDT_PLAIN,
  EDT_TREE,
  EDT_VISIBLE,
  EDT_VEILED,
  N_EDTS
};

struct _Session
{
  epan_t *epan;
  Provider provider;
  frame_data ref_frame; /* what provider.ref points to in the first pass */
  epan_dissect_t *edts[N_EDTS];
  epan_dissect_t *in_use;
  WsRecord record;
  WsRecord pass_record;
  Files *files;
  Selection *selection;    /* NULL: all frames */
  Commands *commands;      /* of the frames, as the first pass notes them */
  GHashTable *ignored;     /* set of frame numbers */
  guint32 ignored_from;    /* and all from this one on */
  GArray *time_references; /* of guint32 */
  char *damage;
  nstime_t elapsed;
  guint32 count;  /* frames known; those that were not selected are not */
  guint32 passed; /* frames through the first pass */
  guint32 cum_bytes;
  gboolean reading; /* the first pass still reads the file */
  gboolean growing; /* after which it may go on */
  column_info *pass_columns;
  void (*passed_frame) (gpointer);
  gpointer passed_user;
  void (*dissected) (gpointer, epan_dissect_t *, gboolean);
  gpointer dissected_user;
};

/* --------------------------------------------------------- which frames */

guint32
session_frame_at (const Session *session, guint32 place)
{
  return provider_frame_at (&session->provider, place);
}

guint32
session_place (const Session *session, guint32 frame)
{
  return provider_place (&session->provider, frame);
}

/* ----------------------------------------------------------------- file */

Session *
session_open (const char *const *names, Selection *selection, gboolean growing,
              GError **error)
{
  Files *files = files_open (names, growing, error);
  if (!files)
    {
      g_clear_pointer (&selection, selection_free);
      return NULL;
    }
  Session *session = g_new0 (Session, 1);
  session->files = files;
  session->selection = selection;
  session->commands = commands_new ();
  session->growing = growing;
  session->provider.wth = files_of_frame (files, 1);
  session->provider.frames = new_frame_data_sequence ();
  if (selection)
    session->provider.numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  session->ignored = g_hash_table_new (NULL, NULL);
  session->ignored_from = G_MAXUINT32;
  session->reading = TRUE;
  ws_record_init (&session->record);
  ws_record_init (&session->pass_record);
  session->epan = provider_epan_new (&session->provider);
  return session;
}

static void
free_dissections (Session *session)
{
  session_release (session);
  for (int i = 0; i < N_EDTS; i++)
    g_clear_pointer (&session->edts[i], epan_dissect_free);
}

void
session_close (Session *session)
{
  free_dissections (session);
  epan_free (session->epan);
  ws_record_clear (&session->record);
  ws_record_clear (&session->pass_record);
  free_frame_data_sequence (session->provider.frames);
  files_close (session->files);
  g_clear_pointer (&session->selection, selection_free);
  commands_free (session->commands);
  g_clear_pointer (&session->provider.numbers, g_array_unref);
  g_hash_table_unref (session->ignored);
  g_clear_pointer (&session->time_references, g_array_unref);
  g_free (session->damage);
  g_free (session);
}

void
session_ignore_frame (Session *session, guint32 frame)
{
  g_hash_table_add (session->ignored, GUINT_TO_POINTER (frame));
}

void
session_ignore_from (Session *session, guint32 frame)
{
  session->ignored_from = frame;
}

void
session_set_time_references (Session *session, GArray *frames)
{
  g_clear_pointer (&session->time_references, g_array_unref);
  session->time_references = frames;
}

/* ----------------------------------------------------------- first pass */

static epan_dissect_t *
get_edt (Session *session, int kind)
{
  if (!session->edts[kind])
    session->edts[kind]
        = epan_dissect_new (session->epan, kind != EDT_PLAIN, kind == EDT_VISIBLE);
  return session->edts[kind];
}

static void
run (Session *session, epan_dissect_t *edt, frame_data *fd, WsRecord *record,
     column_info *columns, gboolean taps)
{
  session_dissections++;
  session_frame_under_way = (sig_atomic_t)fd->num;
  session->provider.wth = files_of_frame (session->files, fd->num);
  ws_dissect_run (edt, files_type (session->files, fd->num), record, fd, columns, taps);
  if (columns)
    epan_dissect_fill_in_columns (edt, FALSE, columns != session->pass_columns);
  session_frame_under_way = 0;
}

/* Dissect FD, the frame at PLACE, whose bytes are in RECORD, for the first time.  */
static void
pass_frame (Session *session, epan_dissect_t *edt, guint32 place, frame_data *fd,
            WsRecord *record)
{
  Provider *provider = &session->provider;
  fd->ignored = fd->num >= session->ignored_from
                || g_hash_table_contains (session->ignored, GUINT_TO_POINTER (fd->num));
  if (gbl_resolv_flags.network_name)
    host_name_lookup_process ();
  if (session->dissected)
    unveil_begin (edt);
  ws_prime_for_postdissectors (edt);
  if (session->pass_columns)
    col_custom_prime_edt (edt, session->pass_columns);
  frame_data_set_before_dissect (fd, &session->elapsed, &provider->ref, provider->prev_dis);
  if (provider->ref == fd)
    {
      /* FD may be about to move.  */
      session->ref_frame = *fd;
      provider->ref = &session->ref_frame;
    }
  run (session, edt, fd, record, session->pass_columns, FALSE);
  commands_note (session->commands, place, edt);
  if (session->dissected)
    session->dissected (session->dissected_user, edt, unveil_end ());
  frame_data_set_after_dissect (fd, &session->cum_bytes);
  if (session->passed_frame)
    session->passed_frame (session->passed_user);
}

void
session_watch_pass (Session *session, column_info *columns, void (*passed) (gpointer),
                    gpointer user)
{
  session->pass_columns = columns;
  session->passed_frame = passed;
  session->passed_user = user;
}

void
session_watch_trees (Session *session,
                     void (*dissected) (gpointer, epan_dissect_t *, gboolean),
                     gpointer user)
{
  session->dissected = dissected;
  session->dissected_user = user;
}

gboolean
session_trees_watched (const Session *session)
{
  return session->dissected != NULL;
}

/* Read on to the next frame that is selected; its number, or 0 at the end.  LATE
   looks at the clock: what is skipped takes time, too.  */
static guint32
read_selected (Session *session, gint64 *offset, gint64 deadline, gboolean *late)
{
  WsRecord *record = &session->pass_record;
  GError *error = NULL;
  for (guint n = 1;; n++)
    {
      guint32 frame = files_read (session->files, record, offset);
      if (!frame || !session->selection
          || selection_passes (session->selection, record, &error))
        return frame;
      wtap_rec_reset (&record->rec);
      if (error)
        {
          session->damage = g_strdup_printf ("frame %u: %s", frame, error->message);
          g_error_free (error);
          return 0;
        }
      if (n % 256 == 0 && g_get_monotonic_time () >= deadline)
        {
          *late = TRUE;
          return 0;
        }
    }
}

static gboolean
read_frame (Session *session, epan_dissect_t *edt, gint64 deadline)
{
  WsRecord *record = &session->pass_record;
  gint64 offset;
  gboolean late = FALSE;
  guint32 number = read_selected (session, &offset, deadline, &late);
  if (!number)
    return late;
  frame_data fd;
  frame_data_init (&fd, number, &record->rec, offset, session->cum_bytes);
  pass_frame (session, edt, session->count + 1, &fd, record);
  frame_data *kept = frame_data_sequence_add (session->provider.frames, &fd);
  if (session->provider.numbers)
    g_array_append_val (session->provider.numbers, number);
  session->provider.prev_dis = session->provider.prev_cap = kept;
  epan_dissect_reset (edt);
  wtap_rec_reset (&record->rec);
  session->passed = ++session->count;
  return TRUE;
}

static gboolean
reread_frame (Session *session, epan_dissect_t *edt, gint64 deadline G_GNUC_UNUSED)
{
  if (session->passed == session->count)
    return FALSE;
  frame_data *fd = frame_data_sequence_find (session->provider.frames, ++session->passed);
  WsRecord *record = &session->pass_record;
  frame_data_reset (fd);
  if (!files_reread (session->files, fd->num, fd->file_off, record, NULL))
    return TRUE;
  pass_frame (session, edt, session->passed, fd, record);
  session->provider.prev_dis = session->provider.prev_cap = fd;
  epan_dissect_reset (edt);
  wtap_rec_reset (&record->rec);
  return TRUE;
}

static void
end_pass (Session *session)
{
  if (session->reading)
    files_end (session->files);
  session->reading = FALSE;
  /* What is asked for from now on is mostly of another kind, with megabytes of its
     own.  */
  free_dissections (session);
  if (!session->growing)
    postseq_cleanup_all_protocols ();
  session->provider.prev_dis = session->provider.prev_cap = NULL;
}

gboolean
session_load_step (Session *session, gint64 deadline)
{
  if (!session_loading (session))
    return TRUE;
  gboolean (*next) (Session *, epan_dissect_t *, gint64)
      = session->reading ? read_frame : reread_frame;
  session_release (session);
  gboolean tree = postdissectors_want_hfids ()
                  || (session->pass_columns && have_custom_cols (session->pass_columns));
  epan_dissect_t *edt = get_edt (session, session->dissected ? EDT_VEILED
                                          : tree             ? EDT_TREE
                                                             : EDT_PLAIN);
  /* A look at the clock every few frames is enough: one takes 10 µs.  */
  for (int n = 0;; n++)
    {
      if (n % 16 == 15 && g_get_monotonic_time () >= deadline)
        return FALSE;
      if (!next (session, edt, deadline))
        {
          end_pass (session);
          return TRUE;
        }
    }
}

gboolean
session_grow (Session *session, const char *name, guint keep, GError **error)
{
  if (!session->growing)
    {
      g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, PROBLEM "not-growing");
      return FALSE;
    }
  if (name && !files_add (session->files, name, keep, error))
    return FALSE;
  if (!session->reading && session->count)
    session->provider.prev_dis = session->provider.prev_cap
        = frame_data_sequence_find (session->provider.frames, session->count);
  session->reading = TRUE;
  return TRUE;
}

void
session_stop (Session *session)
{
  if (!session_loading (session))
    return;
  g_free (session->damage);
  session->damage = g_strdup ("loading was stopped");
  session->count = session->passed;
  end_pass (session);
}

void
session_redissect (Session *session)
{
  free_dissections (session);
  epan_free (session->epan);
  session->epan = provider_epan_new (&session->provider);
  session_watch_trees (session, NULL, NULL);
  session->provider.ref = NULL;
  session->provider.prev_dis = session->provider.prev_cap = NULL;
  session->passed = session->cum_bytes = 0;
  nstime_set_zero (&session->elapsed);
}

gboolean
session_loading (const Session *session)
{
  return session->reading || session->passed < session->count;
}

guint32
session_frame_count (const Session *session)
{
  return session->passed;
}

gboolean
session_only_other (const Session *session, guint32 frame, guint32 set)
{
  return commands_only_other (session->commands, session_place (session, frame), set);
}

guint64
session_bytes_read (const Session *session)
{
  if (session->reading)
    return files_bytes_read (session->files);
  guint64 size = files_size (session->files);
  return session->count ? size * session->passed / session->count : size;
}

guint64
session_file_size (const Session *session)
{
  return files_size (session->files);
}

const char *
session_damage (const Session *session)
{
  return session->damage ? session->damage : files_damage (session->files);
}

const char *
session_file_type (const Session *session)
{
  return wtap_file_type_subtype_description (files_type (session->files, 1));
}

/* ------------------------------------------------- one frame, at any time */

/* The last time reference up to FRAME, else the first frame; 0 for FRAME
   itself, as libwireshark has it.  */
static guint32
reference_of (const Session *session, guint32 frame, gboolean *is_reference)
{
  guint32 last = session_frame_at (session, 1);
  *is_reference = FALSE;
  for (guint i = 0; session->time_references && i < session->time_references->len; i++)
    {
      guint32 reference = g_array_index (session->time_references, guint32, i);
      if (reference > frame)
        break;
      *is_reference = reference == frame;
      last = reference;
    }
  return last == frame ? 0 : last;
}

/* There is no FRAME, or none yet.  */
static void
refuse_frame (const Session *session, guint32 frame, GError **error)
{
  if (session_loading (session))
    g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FRAME,
                 PROBLEM "frame-not-loaded" PROBLEM "%u" PROBLEM "%u", frame,
                 session->passed);
  else if (session->selection)
    g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FRAME,
                 PROBLEM "frame-not-opened" PROBLEM "%u" PROBLEM "%u", frame,
                 session->passed);
  else
    g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FRAME,
                 PROBLEM "no-frame" PROBLEM "%u" PROBLEM "%u", frame, session->passed);
}

frame_data *
session_frame (Session *session, guint32 frame, GError **error)
{
  guint32 place = provider_place (&session->provider, frame);
  frame_data *fd = place >= 1 && place <= session->passed
                       ? frame_data_sequence_find (session->provider.frames, place)
                       : NULL;
  if (!fd || fd->num != frame)
    {
      refuse_frame (session, frame, error);
      return NULL;
    }
  gboolean is_reference;
  fd->frame_ref_num = reference_of (session, fd->num, &is_reference);
  fd->ref_time = is_reference;
  fd->prev_dis_num = place > 1 ? session_frame_at (session, place - 1) : 0;
  return fd;
}

static void
prime (epan_dissect_t *edt, const Dissection *how)
{
  if (how->veiled)
    unveil_begin (edt);
  if (how->colour)
    color_filters_prime_edt (edt);
  if (how->filter)
    epan_dissect_prime_with_dfilter (edt, how->filter);
  if (how->columns)
    col_custom_prime_edt (edt, how->columns);
  for (guint i = 0; how->fields && i < how->fields->len; i++)
    epan_dissect_prime_with_hfid (edt, g_array_index (how->fields, int, i));
}

epan_dissect_t *
session_dissect (Session *session, guint32 frame, const Dissection *how, GError **error)
{
  session_release (session);
  frame_data *fd = session_frame (session, frame, error);
  if (!fd)
    return NULL;
  WsRecord *record = &session->record;
  if (!files_reread (session->files, frame, fd->file_off, record, error))
    return NULL;
  gboolean tree = how->filter || how->fields || (how->colour && color_filters_used ())
                  || (how->columns && have_custom_cols (how->columns));
  epan_dissect_t *edt = get_edt (session, how->visible  ? EDT_VISIBLE
                                          : how->veiled ? EDT_VEILED
                                          : tree        ? EDT_TREE
                                                        : EDT_PLAIN);
  if (how->displayed_before)
    fd->prev_dis_num = how->displayed_before;
  fd->need_colorize = how->colour;
  /* libwireshark shows the rule that coloured a frame as fields of it; only a
     dissection that asks for colours has them.  */
  fd->color_filter = NULL;
  prime (edt, how);
  run (session, edt, fd, record, how->columns, how->taps);
  session->in_use = edt;
  return edt;
}

void
session_release (Session *session)
{
  if (!session->in_use)
    return;
  epan_dissect_reset (session->in_use);
  wtap_rec_reset (&session->record.rec);
  session->in_use = NULL;
}
