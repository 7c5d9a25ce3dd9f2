/* engine.c --- requests in, replies out

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "worker/engine.h"

#include <string.h>

#include "wire/verbs.h"
#include "worker/jobs.h"
#include "capture/fields.h"
#include "capture/keys.h"
#include "capture/serialize.h"
#include "support/problem.h"

/* Emacs looks for this in the worker before it starts it, so that one of another
   version never is.  */
__attribute__ ((used)) static const char version_mark[]
    = "smbcmp-native-version " SMBCMP_VERSION "\n";

/* ------------------------------------------------------------- the verbs */

/* A verb's function answers with a value, or fails, or queues a job and
   answers NULL without an error.  */
typedef GVariant *(*Verb) (Engine *engine, guint32 serial, GVariantDict *arguments,
                           GError **error);

static GVariant *
verb_hello (Engine *engine G_GNUC_UNUSED, guint32 serial G_GNUC_UNUSED,
            GVariantDict *arguments G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return g_variant_new ("(ss)", SMBCMP_VERSION, epan_get_version ());
}

static void
close_capture (Engine *engine)
{
  jobs_cancel (engine, 0);
  g_hash_table_remove_all (engine->colours);
  g_clear_pointer (&engine->session, session_close);
  g_clear_pointer (&engine->rows, row_store_free);
  g_clear_pointer (&engine->summary, summary_free);
  g_clear_pointer (&engine->columns, columns_free);
}

/* The first pass went through a frame.  */
static void
store_row (gpointer engine)
{
  row_store_add (((Engine *)engine)->rows);
}

/* What asks must be of the engine's version: a worker on another host may not
   be.  */
static gboolean
check_version (GVariantDict *arguments, GError **error)
{
  g_autofree char *version = NULL;
  if (!engine_text (arguments, "version", &version, error))
    return FALSE;
  if (!version || g_str_equal (version, SMBCMP_VERSION))
    return TRUE;
  g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_WORKER,
               PROBLEM "worker-version" PROBLEM "%s" PROBLEM "%s", SMBCMP_VERSION, version);
  return FALSE;
}

/* Have the host seal itself off, but for FILES, others beside them if the capture
   GROWS, and what libraries read late.  */
static gboolean
seal (Engine *engine, const char *const *files, gboolean grows, gboolean optional,
      GError **error)
{
  g_autoptr (GError) problem = NULL;
  if (!engine->seal)
    return TRUE;
  g_autoptr (GPtrArray) readable = library_files ();
  const char *const *const lists[] = { files, selection_files };
  for (gsize i = 0; i < G_N_ELEMENTS (lists); i++)
    for (const char *const *file = lists[i]; *file; file++)
      g_ptr_array_add (readable, g_strdup (*file));
  /* Who captures has a directory for that alone, see smbcmp-live.el.  */
  if (grows)
    g_ptr_array_add (readable, g_path_get_dirname (*files));
  g_ptr_array_add (readable, NULL);
  if (engine->seal (engine->user, (const char *const *)readable->pdata, &problem)
      || optional)
    return TRUE;
  g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_SEAL, "%s", problem->message);
  return FALSE;
}

/* Which frames are to be opened: *SELECTION, NULL for all.  */
static gboolean
select_frames (GVariantDict *arguments, Selection **selection, GError **error)
{
  gint64 from = SELECTION_SINCE_EVER, to = SELECTION_FOR_EVER;
  g_autofree char *only = NULL;
  *selection = NULL;
  if (!engine_text (arguments, "only", &only, error))
    return FALSE;
  gboolean times = g_variant_dict_lookup (arguments, "from", "x", &from);
  times |= g_variant_dict_lookup (arguments, "to", "x", &to);
  if (only || times)
    *selection = selection_new (only, from, to, error);
  return *selection || !(only || times);
}

/* FILE, and those that go with it; to free.  */
static char **
all_files (GVariantDict *arguments, const char *file)
{
  GPtrArray *files = g_ptr_array_new ();
  g_auto (GStrv) more = NULL;
  g_variant_dict_lookup (arguments, "more", "^as", &more);
  g_ptr_array_add (files, g_strdup (file));
  for (char **next = more; next && *next; next++)
    g_ptr_array_add (files, g_strdup (*next));
  g_ptr_array_add (files, NULL);
  return (char **)g_ptr_array_free (files, FALSE);
}

/* Seal off, then open what ARGUMENTS ask for.  What is read of names in filters is
   read under seal, too.  */
static Session *
open_session (Engine *engine, const char *file, GVariantDict *arguments, GError **error)
{
  g_auto (GStrv) files = all_files (arguments, file);
  gboolean unsealed = g_variant_dict_contains (arguments, "unsealed");
  gboolean grows = g_variant_dict_contains (arguments, "grows");
  Selection *selection;
  if (!seal (engine, (const char *const *)files, grows, unsealed, error)
      || !select_frames (arguments, &selection, error))
    return NULL;
  return session_open ((const char *const *)files, selection, grows, error);
}

static GVariant *
verb_open (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
           GError **error)
{
  g_autofree char *file = engine_path (arguments, "file");
  g_autofree char *profile = NULL;
  g_auto (GStrv) preferences = NULL;
  g_auto (GStrv) keys = NULL;
  g_autoptr (GArray) ignored = engine_numbers (arguments, "ignore");
  if (!check_version (arguments, error)
      || !engine_text (arguments, "profile", &profile, error))
    return NULL;
  g_variant_dict_lookup (arguments, "preferences", "^as", &preferences);
  g_variant_dict_lookup (arguments, "keys", "^as", &keys);
  close_capture (engine);
  /* In Emacs plugins can't be kept out, since it is there where libwireshark looks.  */
  if (!engine->seal || g_variant_dict_contains (arguments, "plugins"))
    library_allow_plugins ();
  if (!library_configure (profile, (const char *const *)preferences, error)
      || !keys_set ((const char *const *)keys, error))
    return NULL;
  engine->configured = TRUE;
  if (!file)
    return g_variant_new ("(sta(ssu)sas)", "", (guint64)0, NULL, "", NULL);
  engine->columns = columns_new (NULL, error);
  if (!engine->columns
      || !(engine->session = open_session (engine, file, arguments, error)))
    return NULL;
  engine->rows = row_store_new (engine->columns);
  session_watch_pass (engine->session, columns_info (engine->columns), store_row, engine);
  for (guint i = 0; ignored && i < ignored->len; i++)
    session_ignore_frame (engine->session, g_array_index (ignored, guint32, i));
  session_ignore_from (engine->session,
                       engine_number (arguments, "ignore-from", G_MAXUINT32));
  g_autofree char *notices = library_fetch_notices ();
  return g_variant_new (
      "(@st@a(ssu)@s@as)", wire_text (session_file_type (engine->session)),
      session_file_size (engine->session), columns_describe (engine->columns),
      wire_text (notices), library_left_out ());
}

/* libwireshark must know the user's settings for all that follows.  */
static gboolean
need_configuration (Engine *engine, GError **error)
{
  if (!engine->configured)
    engine->configured = library_configure (NULL, NULL, error);
  return engine->configured;
}

static epan_dissect_t *
dissect (Engine *engine, GVariantDict *arguments, GError **error)
{
  const Dissection how
      = { .visible = TRUE, .displayed_before = engine_number (arguments, "before", 0) };
  if (!engine_need_session (engine, error))
    return NULL;
  return session_dissect (engine->session, engine_number (arguments, "frame", 0), &how,
                          error);
}

static GVariant *
verb_tree (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
           GError **error)
{
  epan_dissect_t *edt = dissect (engine, arguments, error);
  return edt ? pack_tree (edt) : NULL;
}

static GVariant *
verb_bytes (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
            GError **error)
{
  epan_dissect_t *edt = dissect (engine, arguments, error);
  return edt ? pack_bytes (edt) : NULL;
}

/* The display filter that a field makes, as Wireshark's "Apply as Filter".  */
static GVariant *
verb_match (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
            GError **error)
{
  epan_dissect_t *edt = dissect (engine, arguments, error);
  if (!edt)
    return NULL;
  field_info *fi = pack_find_node (edt, engine_number (arguments, "node", G_MAXUINT32));
  char *filter = fi ? proto_construct_match_selected_string (fi, edt) : NULL;
  if (!filter)
    {
      g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER,
                           PROBLEM "no-filter-of-field");
      return NULL;
    }
  GVariant *value = wire_text (filter);
  wmem_free (NULL, filter);
  return value;
}

/* The display filter that a cell of a row makes, likewise.  */
static GVariant *
verb_cell (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
           GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  const Dissection how = { .columns = columns_info (engine->columns) };
  epan_dissect_t *edt = session_dissect (
      engine->session, engine_number (arguments, "frame", 0), &how, error);
  if (!edt)
    return NULL;
  g_autofree char *filter = columns_filter (
      engine->columns, edt, engine_number (arguments, "column", G_MAXUINT32));
  if (!filter)
    {
      g_set_error_literal (error, SMBCMP_ERROR, SMBCMP_ERROR_FILTER,
                           PROBLEM "no-filter-of-column");
      return NULL;
    }
  return wire_text (filter);
}

static GVariant *
verb_check (Engine *engine, guint32 serial, GVariantDict *arguments, GError **error)
{
  g_autofree char *filter = NULL;
  int start, length;
  if (!need_configuration (engine, error)
      || !engine_text (arguments, "filter", &filter, error))
    return NULL;
  g_autoptr (GError) wrong = NULL;
  dfilter_t *code = fields_compile (filter ? filter : "", &start, &length, &wrong);
  if (wrong)
    {
      engine_reply_error (engine, serial, wrong, start, length);
      return NULL;
    }
  dfilter_free (code);
  return g_variant_new_boolean (TRUE);
}

static GVariant *
verb_complete (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
               GError **error)
{
  g_autofree char *prefix = NULL;
  if (!need_configuration (engine, error)
      || !engine_text (arguments, "prefix", &prefix, error))
    return NULL;
  return fields_complete (prefix ? prefix : "");
}

static GVariant *
verb_field (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
            GError **error)
{
  g_autofree char *name = NULL;
  if (!need_configuration (engine, error) || !engine_text (arguments, "name", &name, error))
    return NULL;
  return fields_describe (name ? name : "", error);
}

static GVariant *
verb_preferences (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
                  GError **error)
{
  g_auto (GStrv) preferences = NULL;
  if (!need_configuration (engine, error))
    return NULL;
  g_variant_dict_lookup (arguments, "set", "^as", &preferences);
  if (!library_set_preferences ((const char *const *)preferences, error))
    return NULL;
  return g_variant_new_boolean (TRUE);
}

static GVariant *
verb_keys (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
           GError **error)
{
  g_auto (GStrv) keys = NULL;
  if (!need_configuration (engine, error))
    return NULL;
  g_variant_dict_lookup (arguments, "keys", "^as", &keys);
  if (!keys_set ((const char *const *)keys, error))
    return NULL;
  return g_variant_new_boolean (TRUE);
}

static GVariant *
verb_keys_file (Engine *engine, guint32 serial G_GNUC_UNUSED,
                GVariantDict *arguments G_GNUC_UNUSED, GError **error)
{
  if (!need_configuration (engine, error))
    return NULL;
  g_autofree char *file = keys_file ();
  return g_variant_new_string (file && g_utf8_validate (file, -1, NULL) ? file : "");
}

/* Time formats, by the names Wireshark's "View > Time Display Format" has.  */
static const struct
{
  const char *name;
  ts_type type;
} time_formats[] = { { "relative", TS_RELATIVE },
                     { "absolute", TS_ABSOLUTE },
                     { "absolute-with-date", TS_ABSOLUTE_WITH_YMD },
                     { "delta", TS_DELTA },
                     { "delta-displayed", TS_DELTA_DIS },
                     { "epoch", TS_EPOCH },
                     { "utc", TS_UTC },
                     { "utc-with-date", TS_UTC_WITH_YMD } };

static GVariant *
verb_time (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
           GError **error)
{
  g_autofree char *format = NULL;
  if (!engine_need_session (engine, error))
    return NULL;
  g_variant_dict_lookup (arguments, "format", "s", &format);
  for (guint i = 0; format && i < G_N_ELEMENTS (time_formats); i++)
    if (g_str_equal (format, time_formats[i].name))
      timestamp_set_type (time_formats[i].type);
  session_set_time_references (engine->session, engine_numbers (arguments, "references"));
  return g_variant_new_boolean (TRUE);
}

static GVariant *
verb_stop (Engine *engine, guint32 serial G_GNUC_UNUSED,
           GVariantDict *arguments G_GNUC_UNUSED, GError **error)
{
  if (!engine_need_session (engine, error))
    return NULL;
  session_stop (engine->session);
  return g_variant_new_boolean (TRUE);
}

static GVariant *
verb_cancel (Engine *engine, guint32 serial G_GNUC_UNUSED, GVariantDict *arguments,
             GError **error G_GNUC_UNUSED)
{
  jobs_cancel (engine, engine_number (arguments, "serial", 0));
  return g_variant_new_boolean (TRUE);
}

/* In the order of wire_verbs.  */
static const Verb functions[] = {
#define VERB_FUNCTION(name, takes, returns, function, doc) function,
  WIRE_VERBS (VERB_FUNCTION)
#undef VERB_FUNCTION
};

/* ------------------------------------------------------ public interface */

Engine *
engine_new (EngineEmit emit, EngineSeal seal, gpointer user)
{
  Engine *engine = g_new0 (Engine, 1);
  engine->emit = emit;
  engine->seal = seal;
  engine->user = user;
  engine->jobs = g_queue_new ();
  engine->colours = g_hash_table_new (NULL, NULL);
  return engine;
}

void
engine_free (Engine *engine)
{
  close_capture (engine);
  g_queue_free (engine->jobs);
  g_hash_table_unref (engine->colours);
  g_free (engine);
}

static GVariant *
answer (Engine *engine, guint32 serial, const char *name, GVariant *vardict, GError **error)
{
  const WireVerb *verb = wire_verb (name);
  g_autofree char *problem = NULL;
  if (!verb || !wire_arguments_fit (verb, vardict, &problem))
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_WORKER, "%s%s",
                   verb ? problem : PROBLEM "no-request" PROBLEM, verb ? "" : name);
      return NULL;
    }
  g_auto (GVariantDict) arguments = G_VARIANT_DICT_INIT (vardict);
  return functions[verb - wire_verbs](engine, serial, &arguments, error);
}

void
engine_receive (Engine *engine, GBytes *bytes)
{
  g_autoptr (GVariant) request = wire_read (WIRE_REQUEST_TYPE, bytes);
  /* Who sends that can't be told, for there is no serial.  */
  if (!request)
    return;
  guint32 serial;
  const char *name;
  g_autoptr (GVariant) vardict = NULL;
  g_variant_get (request, "(u&s@a{sv})", &serial, &name, &vardict);
  g_autoptr (GError) error = NULL;
  GVariant *value = answer (engine, serial, name, vardict, &error);
  if (value)
    engine_reply (engine, serial, WIRE_RESULT, value);
  else if (error)
    engine_reply_error (engine, serial, error, -1, -1);
  if (engine->session)
    session_release (engine->session);
}

gboolean
engine_busy (const Engine *engine)
{
  return jobs_ready (engine);
}

void
engine_step (Engine *engine, gint64 microseconds)
{
  jobs_step (engine, g_get_monotonic_time () + microseconds);
}
