/* library.c --- libwireshark's start, and the user's settings

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "capture/library.h"

#include <stdio.h>
#include <string.h>

#include <epan/addr_resolv.h>
#include <epan/disabled_protos.h>
#include <epan/uat-int.h>
#include <wsutil/codecs.h>
#include <wsutil/privileges.h>
#include <wsutil/report_message.h>

G_DEFINE_QUARK (smbcmp - error, smbcmp_error)

/* ----------------------------------------------------------------- start */

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
library_take_notices (void)
{
  if (!notices || !notices->len)
    return NULL;
  char *text = g_strndup (notices->str, notices->len - 1);
  g_string_truncate (notices, 0);
  return text;
}

static gboolean
start (GError **error)
{
  static gboolean started;
  if (started)
    return TRUE;
  ws_start_log ("smbcmp");
  init_process_policies ();
  ws_point_to_installation ();
  g_autofree char *problem = ws_configuration_init ("smbcmp-worker");
  start_messages ();
  wtap_init (TRUE);
  if (!epan_init (NULL, NULL, TRUE))
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_WORKER,
                   "libwireshark does not start: %s",
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

gboolean
library_set_preferences (const char *const *preferences, GError **error)
{
  for (; preferences && *preferences; preferences++)
    {
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
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED, "preference %s: %s", name,
                   reason);
      return FALSE;
    }
  prefs_apply_all ();
  return TRUE;
}

gboolean
library_configure (const char *profile, const char *const *preferences, GError **error)
{
  static gboolean configured;
  if (!start (error))
    return FALSE;
  if (profile && !profile_exists (profile, FALSE) && !profile_exists (profile, TRUE))
    {
      g_set_error (error, SMBCMP_ERROR, SMBCMP_ERROR_FAILED,
                   "Wireshark has no configuration profile \"%s\"", profile);
      return FALSE;
    }
  if (configured)
    prefs_reset ();
  set_profile_name (profile);
  epan_load_settings ();
  configured = TRUE;
  /* No dissector asks the network for names, and no process is kept to look
     up places.  */
  gbl_resolv_flags.use_external_net_name_resolver = FALSE;
  uat_t *maxmind = uat_get_table_by_name ("MaxMind Database Paths");
  if (maxmind)
    uat_clear (maxmind);
  g_autofree char *problem = NULL;
  if (!color_filters_init (&problem, NULL))
    g_string_append_printf (notices, "%s\n", problem ? problem : "colour filters");
  return library_set_preferences (preferences, error);
}
