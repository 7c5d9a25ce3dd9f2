/* jobs.c --- requests that take their time

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "worker/jobs.h"
#include "capture/fields.h"

#include "capture/serialize.h"
#include "capture/sort.h"
#include "worker/job.h"

/* How often a job that has nothing else to send reports its progress, in
   microseconds.  */
#define PROGRESS_INTERVAL 100000

/* Rows in one part of a reply: what Emacs takes in at once, without being
   noticed.  */
#define MAX_ROWS 2000

/* How often the rows of frames that are being loaded are sent, in
   microseconds.  Each time costs Emacs a redisplay, and mostly a garbage
   collection.  */
#define ROWS_INTERVAL 100000

void
job_free (Job *job)
{
  g_clear_pointer (&job->frames, g_array_unref);
  g_clear_pointer (&job->passed, g_array_unref);
  g_clear_pointer (&job->filter, dfilter_free);
  g_clear_pointer (&job->columns, columns_free);
  g_clear_pointer (&job->column_of, g_hash_table_unref);
  g_clear_pointer (&job->field_ids, g_array_unref);
  if (job->watched)
    session_watch_trees (job->watched, NULL, NULL);
  g_clear_pointer (&job->late, g_array_unref);
  g_clear_pointer (&job->messages, g_array_unref);
  g_clear_pointer (&job->summary, summary_free);
  g_clear_pointer (&job->srt, srt_free);
  g_clear_pointer (&job->tap, tap_free);
  g_clear_pointer (&job->origin, origin_free);
  g_free (job);
}

Job *
job_new (guint32 serial, gboolean (*step) (Engine *, Job *, gint64))
{
  Job *job = g_new0 (Job, 1);
  job->serial = serial;
  job->step = step;
  job->progress_at = g_get_monotonic_time ();
  job->next = 1;
  return job;
}

static void
tell_progress (Engine *engine, Job *job, guint64 done, guint64 total)
{
  gint64 now = g_get_monotonic_time ();
  if (now - job->progress_at < PROGRESS_INTERVAL)
    return;
  job->progress_at = now;
  engine_reply (engine, job->serial, WIRE_PROGRESS,
                g_variant_new (WIRE_PROGRESS_TYPE, done, total,
                               session_frame_count (engine->session)));
}

/* ------------------------------------------------------------------ load */

static gboolean
step_load (Engine *engine, Job *job, gint64 deadline)
{
  Session *session = engine->session;
  if (!session_load_step (session, deadline))
    {
      tell_progress (engine, job, session_bytes_read (session),
                     session_file_size (session));
      return FALSE;
    }
  engine_reply (engine, job->serial, WIRE_RESULT,
                g_variant_new ("(uu@s)", session_frame_count (session),
                               session_frame_at (session, session_frame_count (session)),
                               wire_text (session_damage (session))));
  return TRUE;
}

GVariant *
job_load (Engine *engine, guint32 serial, GVariantDict *arguments G_GNUC_UNUSED,
          GError **error)
{
  if (engine_need_session (engine, error))
    g_queue_push_tail (engine->jobs, job_new (serial, step_load));
  return NULL;
}

GVariant *
job_redissect (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  if (engine_need_session (engine, error))
    {
      session_redissect (engine->session);
      row_store_clear (engine->rows);
      g_clear_pointer (&engine->summary, summary_free);
    }
  return job_load (engine, serial, arguments, error);
}

GVariant *
job_grow (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  g_autofree char *next = engine_path (arguments, "next");
  if (!engine_need_session (engine, error)
      || !session_grow (engine->session, next, engine_number (arguments, "keep", 0), error))
    return NULL;
  return job_load (engine, serial, arguments, error);
}

/* ------------------------------------------- jobs that go through frames */

/* The next frame of JOB, or 0 if there is none (yet).  */
guint32
job_next_frame (Engine *engine, Job *job)
{
  guint32 count = session_frame_count (engine->session);
  if (job->frames)
    return job->next_index < job->frames->len
               ? g_array_index (job->frames, guint32, job->next_index++)
               : 0;
  guint32 last = job->last ? MIN (job->last, count) : count;
  return job->next <= last ? session_frame_at (engine->session, job->next++) : 0;
}

/* Whether next_frame has one at once.  */
static gboolean
more_frames (const Engine *engine, const Job *job)
{
  return job->frames ? job->next_index < job->frames->len
                     : job->next <= session_frame_count (engine->session);
}

gboolean
job_no_more_frames (Engine *engine, const Job *job)
{
  if (job->frames)
    return job->next_index >= job->frames->len;
  if (job->last && job->next > job->last)
    return TRUE;
  return !session_loading (engine->session)
         && job->next > session_frame_count (engine->session);
}

/* How many frames JOB is to go through, and how many it has.  */
void
job_frames_progress (Engine *engine, Job *job)
{
  guint64 total = job->frames ? job->frames->len
                  : job->last ? job->last
                              : session_frame_count (engine->session);
  tell_progress (engine, job, job->frames ? job->next_index : job->next - 1, total);
}

gboolean
job_late (guint n, gint64 deadline)
{
  return n % 16 == 15 && g_get_monotonic_time () >= deadline;
}

/* Replies ERROR, which ends the job.  */
gboolean
job_fail (Engine *engine, Job *job, GError *error)
{
  engine_reply_error (engine, job->serial, error, -1, -1);
  g_error_free (error);
  return TRUE;
}

/* A reply that is the last one if JOB is through, else a part.  */
gboolean
job_reply_part (Engine *engine, Job *job, GVariant *value)
{
  gboolean done = job_no_more_frames (engine, job);
  engine_reply (engine, job->serial, done ? WIRE_RESULT : WIRE_PART, value);
  return done;
}

/* ------------------------------------------------------------------ rows */

/* Add FRAME's row: stored by the first pass for the user's columns, dissected
   for others.  */
static gboolean
add_row (Engine *engine, Job *job, RowPacking *packing, guint32 frame, GError **error)
{
  if (!job->columns)
    {
      const frame_data *fd = session_frame (engine->session, frame, error);
      if (fd)
        rows_add_stored (packing, engine->rows, session_place (engine->session, frame), fd);
      return fd != NULL;
    }
  const Dissection how = { .columns = columns_info (job->columns) };
  epan_dissect_t *edt = session_dissect (engine->session, frame, &how, error);
  if (edt)
    rows_add (packing, frame);
  session_release (engine->session);
  return edt != NULL;
}

static gboolean
send_rows (Engine *engine, Job *job, gint64 deadline)
{
  RowPacking packing;
  GError *error = NULL;
  guint32 frame;
  rows_begin (&packing, job->columns ? job->columns : engine->columns);
  for (guint n = 0; n < MAX_ROWS && !job_late (n, deadline) && !error
                    && (frame = job_next_frame (engine, job));
       n++)
    add_row (engine, job, &packing, frame, &error);
  g_autoptr (GVariant) rows = g_variant_ref_sink (rows_end (&packing));
  return error ? job_fail (engine, job, error) : job_reply_part (engine, job, rows);
}

static gboolean
step_rows (Engine *engine, Job *job, gint64 deadline)
{
  gint64 now;
  do
    {
      if (send_rows (engine, job, deadline))
        return TRUE;
      now = g_get_monotonic_time ();
    }
  while (now < deadline && more_frames (engine, job));
  if (now < deadline)
    job->wait_until = now + ROWS_INTERVAL;
  return FALSE;
}

/* Have JOB go through the frames from FIRST to LAST.  */
static void
choose_places (const Engine *engine, Job *job, guint32 first, guint32 last)
{
  job->next = session_place (engine->session, MAX (1, first) - 1) + 1;
  job->last = last == G_MAXUINT32 ? 0 : MAX (1, session_place (engine->session, last));
  if (last < session_frame_at (engine->session, 1))
    job->next = 2; /* than the first */
}

GVariant *
job_rows (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  g_autoptr (Job) job = job_new (serial, step_rows);
  g_autofree const char **names = NULL;
  guint32 column = engine_number (arguments, "sort", G_MAXUINT32);
  job->frames = column == G_MAXUINT32
                    ? engine_numbers (arguments, "frames")
                    : sort_frames (engine->session, engine->rows, column,
                                   g_variant_dict_contains (arguments, "reverse"));
  choose_places (engine, job, engine_number (arguments, "first", 1),
                 engine_number (arguments, "last", G_MAXUINT32));
  if (g_variant_dict_lookup (arguments, "columns", "^a&s", &names)
      && !(job->columns = columns_new (names, error)))
    return NULL;
  g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
  return NULL;
}

/* --------------------------------------------------------------- colours */

static gboolean
step_colours (Engine *engine, Job *job, gint64 deadline)
{
  static const Dissection how = { .colour = TRUE };
  ColourPacking packing;
  GError *error = NULL;
  guint32 frame;
  colours_begin (&packing, engine->colours);
  for (guint n = 0;
       !job_late (n, deadline) && !error && (frame = job_next_frame (engine, job)); n++)
    {
      epan_dissect_t *edt = session_dissect (engine->session, frame, &how, &error);
      if (edt)
        colours_add (&packing, edt->pi.fd);
      session_release (engine->session);
    }
  g_autoptr (GVariant) colours = g_variant_ref_sink (colours_end (&packing));
  return error ? job_fail (engine, job, error) : job_reply_part (engine, job, colours);
}

GVariant *
job_colours (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  Job *job = job_new (serial, step_colours);
  job->frames = engine_numbers (arguments, "frames");
  g_queue_push_tail (engine->jobs, job);
  return NULL;
}

/* ---------------------------------------------------------------- filter */

/* Compile the filter argument for JOB, if there is one.  FALSE if it is
   wrong, having replied.  */
gboolean
job_compile_filter (Engine *engine, Job *job, GVariantDict *arguments)
{
  g_autofree char *filter = NULL;
  int start = -1, length = -1;
  g_autoptr (GError) error = NULL;
  if (engine_text (arguments, "filter", &filter, &error) && filter)
    job->filter = fields_compile (filter, &start, &length, &error);
  if (error)
    engine_reply_error (engine, job->serial, error, start, length);
  if (job->filter && ws_filter_needs_columns (job->filter))
    job->filled = TRUE;
  return !error;
}

/* The dissection of FRAME if it passes JOB's filter; NULL and no error if
   not.  */
epan_dissect_t *
job_dissect_passing (Engine *engine, Job *job, guint32 frame, GError **error)
{
  const Dissection how = { .filter = job->filter,
                           .fields = job->field_ids,
                           .columns = job->filled ? columns_info (engine->columns) : NULL,
                           .taps = job->srt || job->tap || job->origin,
                           .displayed_before = job->displayed };
  epan_dissect_t *edt = session_dissect (engine->session, frame, &how, error);
  if (!edt
      || (job->filter && !dfilter_apply_edt (job->filter, edt)
          && !(job->origin && origin_ends (job->origin))))
    return NULL;
  job->displayed = frame;
  return edt;
}

static gboolean
step_filter (Engine *engine, Job *job, gint64 deadline)
{
  g_autoptr (GArray) passed = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint32 frame;
  for (guint n = 0; !job_late (n, deadline) && (frame = job_next_frame (engine, job)); n++)
    {
      GError *error = NULL;
      gboolean passes
          = job->filter ? job_dissect_passing (engine, job, frame, &error) != NULL : TRUE;
      session_release (engine->session);
      if (error)
        return job_fail (engine, job, error);
      if (passes)
        g_array_append_val (passed, frame);
    }
  job_frames_progress (engine, job);
  if (passed->len == 0 && !job_no_more_frames (engine, job))
    return FALSE;
  return job_reply_part (engine, job,
                         wire_records_variant ("au", g_steal_pointer (&passed)));
}

GVariant *
job_filter (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  g_autoptr (Job) job = job_new (serial, step_filter);
  choose_places (engine, job, engine_number (arguments, "first", 1), G_MAXUINT32);
  if (job_compile_filter (engine, job, arguments))
    g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
  return NULL;
}

/* ---------------------------------------------------------------- fields */

static gboolean
step_fields (Engine *engine, Job *job, gint64 deadline)
{
  g_autoptr (GArray) cells = g_array_new (FALSE, FALSE, sizeof (WireCell));
  g_autoptr (GByteArray) pool = g_byte_array_new ();
  guint32 frame;
  for (guint n = 0; !job_late (n, deadline) && (frame = job_next_frame (engine, job)); n++)
    {
      GError *error = NULL;
      if (job->commands && session_only_other (engine->session, frame, job->commands))
        continue;
      if (job->origin)
        origin_begin (job->origin);
      epan_dissect_t *edt = job_dissect_passing (engine, job, frame, &error);
      if (error)
        return job_fail (engine, job, error);
      if (edt)
        {
          /* Says that the frame passed, whatever fields it has.  */
          WireCell row = { .frame = frame, .column = G_MAXUINT32 };
          g_array_append_val (cells, row);
          if (job->origin)
            origin_pack (job->origin, edt, job->n_fields, cells, pool);
          pack_cells (edt, frame, job->column_of, cells, pool);
        }
      session_release (engine->session);
    }
  job_frames_progress (engine, job);
  return job_reply_part (
      engine, job,
      g_variant_new ("(@a(uuuut)@ay)",
                     wire_records_variant ("a(uuuut)", g_steal_pointer (&cells)),
                     wire_pool_variant (g_steal_pointer (&pool))));
}

GVariant *
job_fields (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  static const char *const none[] = { NULL };
  if (!engine_need_session (engine, error))
    return NULL;
  g_autoptr (Job) job = job_new (serial, step_fields);
  g_autofree const char **names = NULL;
  g_variant_dict_lookup (arguments, "fields", "^a&s", &names);
  job->column_of
      = fields_columns (names ? names : (const char **)none, &job->field_ids, error);
  job->filled = job->field_ids && fields_need_columns (job->field_ids);
  job->n_fields = names ? g_strv_length ((char **)names) : 0;
  g_autoptr (GArray) commands = engine_numbers (arguments, "commands");
  for (guint i = 0; commands && i < commands->len; i++)
    job->commands |= 1u << (g_array_index (commands, guint32, i) & 31);
  if (job->column_of && g_variant_dict_contains (arguments, "origin")
      && !(job->origin = origin_new (error)))
    return NULL;
  if (job->column_of && job_compile_filter (engine, job, arguments))
    g_queue_push_tail (engine->jobs, g_steal_pointer (&job));
  return NULL;
}

/* ----------------------------------------------------------------- queue */

/* A job that has gone through what the first pass gave waits for more;
   filters and fields wait for all of it, since they may ask for what later
   frames tell of earlier ones.  */
static gboolean
ready (const Engine *engine, const Job *job)
{
  if (job->step == step_load || job->frames || job->part_due
      || !session_loading (engine->session))
    return TRUE;
  return job->step == step_rows && more_frames (engine, job)
         && g_get_monotonic_time () >= job->wait_until;
}

gboolean
jobs_ready (const Engine *engine)
{
  for (GList *j = engine->jobs->head; j; j = j->next)
    if (ready (engine, j->data))
      return TRUE;
  return FALSE;
}

void
jobs_step (Engine *engine, gint64 deadline)
{
  /* The first that is ready; then it goes to the end, so all get their
     turn.  */
  for (GList *j = engine->jobs->head; j; j = j->next)
    if (ready (engine, j->data))
      {
        Job *job = j->data;
        g_queue_delete_link (engine->jobs, j);
        if (job->step (engine, job, deadline))
          job_free (job);
        else
          g_queue_push_tail (engine->jobs, job);
        return;
      }
}

void
jobs_cancel (Engine *engine, guint32 serial)
{
  for (GList *j = engine->jobs->head, *next; j; j = next)
    {
      Job *job = j->data;
      next = j->next;
      if (serial && job->serial != serial)
        continue;
      g_queue_delete_link (engine->jobs, j);
      job_free (job);
    }
}
