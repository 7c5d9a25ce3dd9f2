/* library.c --- libwireshark's start, and the user's settings

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/library.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <epan/addr_resolv.h>
#include <epan/disabled_protos.h>
#include <epan/prefs-int.h>
#include <epan/uat-int.h>
#include <wsutil/codecs.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>

#include "wire/wire.h"
#include "support/problem.h"

G_DEFINE_QUARK (smbcmp - error, smbcmp_error)

/* -------------------------------------------------------------- messages */

static GString *notices;

static void
notice (const char *format, va_list args)
{
  g_string_append_vprintf (notices, format, args);
  g_string_append_c (notices, '\n');
}

static void
notice_open_failure (const char *file, int err, WsBool for_writing G_GNUC_UNUSED)
{
  g_string_append_printf (notices, "%s: %s\n", file, g_strerror (err));
}

static void
notice_failure (const char *file, int err)
{
  g_string_append_printf (notices, "%s: %s\n", file, g_strerror (err));
}

static void
start_messages (void)
{
  notices = g_string_new (NULL);
#if WS_VERSION >= 30600
  static const struct report_message_routines routines
      = { .vreport_failure = notice,
          .vreport_warning = notice,
          .report_open_failure = notice_open_failure,
          .report_read_failure = notice_failure,
          .report_write_failure = notice_failure };
  init_report_message ("smbcmp", &routines);
#else
  init_report_message (notice, notice, notice_open_failure, notice_failure, notice_failure);
#endif
}

char *
library_fetch_notices (void)
{
  if (!notices || !notices->len)
    return NULL;
  char *text = g_strndup (notices->str, notices->len - 1);
  g_string_truncate (notices, 0);
  return text;
}

/* ------------------------------------------------------ the user's plugins */

/* Where nothing is.  */
#define NOWHERE "/nonexistent"

static gboolean plugins_allowed;
static gboolean dns_left_out;
static GPtrArray *plugins_left_out; /* names of files, strings */

void
library_allow_plugins (void)
{
  plugins_allowed = TRUE;
}

/* Note that FILE, if it is there, is not loaded; takes it.  */
static gboolean
leave_out (char *file)
{
  gboolean there = g_file_test (file, G_FILE_TEST_EXISTS);
  if (there)
    g_ptr_array_add (plugins_left_out, file);
  else
    g_free (file);
  return there;
}

/* libwireshark can be told to load no plugins at all, but not to load only those
   that came with it.  It looks for others below the home directory as GLib has it,
   which GLib looks up once.  FALSE if it had already.  */
static gboolean
hide_plugins (void)
{
  g_autofree char *home = g_strdup (g_getenv ("HOME"));
  g_setenv ("HOME", NOWHERE, TRUE);
  gboolean hidden = g_str_equal (g_get_home_dir (), NOWHERE);
  if (home)
    g_setenv ("HOME", home, TRUE);
  else
    g_unsetenv ("HOME");
  if (home && hidden && g_str_has_prefix (get_plugins_pers_dir (), NOWHERE))
    leave_out (g_build_filename (home, get_plugins_pers_dir () + strlen (NOWHERE), NULL));
  return hidden;
}

/* Start libwireshark's dissectors.  A script of the user's that Lua would run first
   is among his settings: these are elsewhere meanwhile.  */
static gboolean
start_dissectors (void)
{
  g_autofree char *script = get_persconffile_path ("init.lua", FALSE);
  g_autofree char *settings = g_path_get_dirname (script);
  if (plugins_allowed)
    return epan_init (NULL, NULL, TRUE);
  gboolean scripted = leave_out (g_steal_pointer (&script));
  if (scripted)
    set_persconffile_dir (NOWHERE);
  gboolean started = epan_init (NULL, NULL, TRUE);
  if (scripted)
    set_persconffile_dir (settings);
  return started;
}

GVariant *
library_left_out (void)
{
  GVariantBuilder list;
  g_variant_builder_init (&list, G_VARIANT_TYPE ("as"));
  for (guint i = 0; i < plugins_left_out->len; i++)
    g_variant_builder_add_value (&list, wire_text (plugins_left_out->pdata[i]));
  if (dns_left_out)
    g_variant_builder_add (&list, "s", "dns");
  return g_variant_builder_end (&list);
}

/* ----------------------------------------------------------- files it reads */

/* Add to FILES the value of PREFERENCE, if that names a file or directory.  */
static guint
add_file_preference (pref_t *preference, gpointer files)
{
  int type = prefs_get_type (preference);
  if (type == PREF_OPEN_FILENAME || type == PREF_SAVE_FILENAME || type == PREF_DIRNAME)
    {
      const char *file = prefs_get_string_value (preference, pref_current);
      if (file && g_path_is_absolute (file))
        g_ptr_array_add (files, g_strdup (file));
    }
  return 0;
}

static guint
add_module_files (module_t *module, gpointer files)
{
  return prefs_pref_foreach (module, add_file_preference, files);
}

GPtrArray *
library_files (void)
{
  /* Besides its own: names, and the time here, which GLib looks up late.  */
  static const char *const system[]
      = { "/etc/ethers", "/etc/hosts", "/etc/localtime", "/usr/share/zoneinfo" };
  GPtrArray *files = g_ptr_array_new_with_free_func (g_free);
  for (gsize i = 0; i < G_N_ELEMENTS (system); i++)
    g_ptr_array_add (files, g_strdup (system[i]));
  g_ptr_array_add (files, g_strdup (get_datafile_dir ()));
  g_ptr_array_add (files, get_persconffile_path ("", FALSE));
  g_ptr_array_add (files, get_persconffile_path ("", TRUE));
  if (plugins_allowed)
    {
      g_ptr_array_add (files, g_strdup (get_plugins_dir ()));
      g_ptr_array_add (files, g_strdup (get_plugins_pers_dir ()));
    }
  prefs_modules_foreach (add_module_files, files);
  return files;
}

/* ----------------------------------------------------------------- start */

/* Have libwireshark note who runs it.  For root it believes nobody where its tables and
   plugins are, and so finds none if it looks beside the executable.  What it should keep
   from root is plugins of others; where all but its own are left out, it may as well not
   see root.  */
static void
note_user (void)
{
  const unsigned nobody = 65534;
  const gid_t real = getgid (), effective = getegid ();
  int death = 0, dumpable = prctl (PR_GET_DUMPABLE);
  prctl (PR_GET_PDEATHSIG, &death);
  /* Of this thread alone, as a function of the C library would not.  */
  gboolean hidden = WS_LOOKS_BESIDE && !plugins_allowed && geteuid () == 0 && getuid () == 0
                    && syscall (SYS_setresgid, nobody, nobody, -1) == 0
                    && syscall (SYS_setresuid, nobody, nobody, 0) == 0;
  init_process_policies ();
  if (hidden)
    syscall (SYS_setresuid, 0, 0, 0);
  if (getegid () != effective)
    syscall (SYS_setresgid, real, effective, -1);
  /* Both are lost with the user.  */
  prctl (PR_SET_DUMPABLE, dumpable);
  prctl (PR_SET_PDEATHSIG, death);
}

gboolean
library_start (GError **error)
{
  static gboolean started;
  if (started)
    return TRUE;
  ws_start_log ("smbcmp");
  note_user ();
  ws_point_to_installation ();
  g_autofree char *problem = ws_configuration_init ("smbcmp-worker");
  start_messages ();
  plugins_left_out = g_ptr_array_new ();
  /* Before libwiretap looks for its own, which it does not for root.  */
  gboolean hidden = plugins_allowed || hide_plugins ();
  wtap_init (TRUE);
  if (!hidden || !start_dissectors ())
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_WORKER,
                   PROBLEM "libwireshark" PROBLEM "%s",
                   problem ? problem : "epan_init failed");
      return FALSE;
    }
  codecs_init ();
  timestamp_set_type (TS_RELATIVE);
  timestamp_set_precision (TS_PREC_AUTO);
  timestamp_set_seconds_type (TS_SECONDS_DEFAULT);
  started = TRUE;
  return TRUE;
}

/* -------------------------------------------------------------- settings */

/* Of libwireshark, if it was built with Kerberos; no header declares it.  */
extern void read_keytab_file_from_preferences (void) __attribute__ ((weak));

/* The dissector that is looked for among those of a table, by the filter name of its
   protocol.  */
typedef struct
{
  const char *protocol;
  dissector_handle_t found;
} DissectorSearch;

static void
match_dissector (const char *table G_GNUC_UNUSED, gpointer handle, gpointer user)
{
  DissectorSearch *search = user;
  int protocol = dissector_handle_get_protocol_index (handle);
  if (protocol >= 0
      && !g_ascii_strcasecmp (proto_get_protocol_filter_name (protocol), search->protocol))
    search->found = handle;
}

/* Wireshark's "Decode As": ENTRY is "TABLE,VALUE,PROTOCOL".  */
static gboolean
decode_as (const char *entry, GError **error)
{
  g_auto (GStrv) parts = g_strsplit (entry, ",", 3);
  DissectorSearch search = { parts[0] && parts[1] ? parts[2] : NULL, NULL };
  if (search.protocol && find_dissector_table (parts[0]))
    dissector_table_foreach_handle (parts[0], match_dissector, &search);
  if (!search.found)
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED,
                   PROBLEM "decode-as" PROBLEM "%s", entry);
      return FALSE;
    }
  if (get_dissector_table_selector_type (parts[0]) == FT_STRING)
    dissector_change_string (parts[0], parts[1], search.found);
  else
    dissector_change_uint (parts[0], (guint32)g_ascii_strtoull (parts[1], NULL, 0),
                           search.found);
  return TRUE;
}

#define DECODE_AS "decode_as:"

gboolean
library_set_preferences (const char *const *preferences, GError **error)
{
  for (; preferences && *preferences; preferences++)
    {
      if (g_str_has_prefix (*preferences, DECODE_AS))
        {
          if (!decode_as (*preferences + strlen (DECODE_AS), error))
            return FALSE;
          continue;
        }
      g_autofree char *setting = g_strdup (*preferences);
      g_autofree char *problem = NULL;
      const char *reason;
      switch (prefs_set_pref (setting, &problem))
        {
        case PREFS_SET_OK:
          continue;
        case PREFS_SET_NO_SUCH_PREF:
          reason = "no such preference";
          break;
        case PREFS_SET_OBSOLETE:
          reason = "this preference is obsolete";
          break;
        case PREFS_SET_SYNTAX_ERR:
        default:
          reason = problem ? problem : "not a valid value";
          break;
        }
      /* Only the name: the value may be a key.  */
      g_autofree char *name = g_strdup (*preferences);
      char *colon = strchr (name, ':');
      if (colon && g_str_has_prefix (name, "uat:"))
        colon = strchr (colon + 1, ':');
      if (colon)
        *colon = '\0';
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED,
                   PROBLEM "preference" PROBLEM "%s" PROBLEM "%s", name, reason);
      return FALSE;
    }
  prefs_apply_all ();
  return TRUE;
}

gboolean
library_configure (const char *profile, const char *const *preferences, GError **error)
{
  static gboolean configured;
  if (!library_start (error))
    return FALSE;
  if (profile && !profile_exists (profile, FALSE) && !profile_exists (profile, TRUE))
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED,
                   PROBLEM "no-profile" PROBLEM "%s", profile);
      return FALSE;
    }
  if (configured)
    prefs_reset ();
  set_profile_name (profile);
  epan_load_settings ();
  configured = TRUE;
  /* No dissector asks the network for names, and no process is kept to look
     up places.  */
  dns_left_out
      = gbl_resolv_flags.network_name && gbl_resolv_flags.use_external_net_name_resolver;
  gbl_resolv_flags.use_external_net_name_resolver = FALSE;
  uat_t *maxmind = uat_get_table_by_name ("MaxMind Database Paths");
  if (maxmind)
    uat_clear (maxmind);
  g_autofree char *problem = NULL;
  if (!color_filters_init (&problem, NULL))
    g_string_append_printf (notices, "%s\n", problem ? problem : "colour filters");
  if (!library_set_preferences (preferences, error))
    return FALSE;
  /* The Kerberos library reads more files for that than it need; later they can't be
     read.  */
  if (read_keytab_file_from_preferences)
    read_keytab_file_from_preferences ();
  return TRUE;
}
