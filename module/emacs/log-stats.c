/* stats.c --- what a log is like, as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/log.h"

#include <string.h>

#include "log/form.h"
#include "log/stats.h"
#include "smb/status.h"

static emacs_value
number_list (emacs_env *env, const guint32 *numbers, guint n)
{
  g_autofree emacs_value *values = g_new (emacs_value, n + 1);
  for (guint i = 0; i < n && lisp_ok (env); i++)
    values[i] = env->make_integer (env, numbers[i]);
  return lisp_ok (env) ? lisp_call (env, Q_vector, n, values) : Q (nil);
}

/* An alist (LEVEL . MESSAGES) of the levels there are, nil for none last.  */
static emacs_value
level_list (emacs_env *env, const LogHistogram *histogram)
{
  emacs_value list = Q (nil);
  for (guint i = LOG_LEVELS; i-- > 0;)
    if (histogram->levels[i])
      list = lisp_cons (
          env,
          lisp_cons (env, i == LOG_LEVELS - 1 ? Q (nil) : env->make_integer (env, i),
                     env->make_integer (env, histogram->levels[i])),
          list);
  return list;
}

LISP_FUNCTION (get_histogram)
{
  Log *log = module_log (env, args[0]);
  intmax_t buckets = env->extract_integer (env, args[1]);
  LogHistogram histogram;
  if (!log || !lisp_ok (env))
    return Q (nil);
  log_histogram (log, (guint)CLAMP (buckets, 1, 100000), &histogram);
  emacs_value items[] = { env->intern (env, ":from"),
                          module_log_time (env, histogram.from),
                          env->intern (env, ":to"),
                          module_log_time (env, histogram.to),
                          env->intern (env, ":levels"),
                          level_list (env, &histogram),
                          env->intern (env, ":messages"),
                          number_list (env, histogram.messages, histogram.buckets),
                          env->intern (env, ":requests"),
                          number_list (env, histogram.requests, histogram.buckets),
                          env->intern (env, ":failed"),
                          number_list (env, histogram.failed, histogram.buckets) };
  log_histogram_clear (&histogram);
  return lisp_call (env, Q_list, G_N_ELEMENTS (items), items);
}

LISP_FUNCTION (get_gaps)
{
  Log *log = module_log (env, args[0]);
  double seconds = env->extract_float (env, args[1]);
  if (!log || !lisp_ok (env))
    return Q (nil);
  g_autoptr (GArray) gaps
      = log_gaps (log, (gint64)(CLAMP (seconds, 0, 1e9) * G_USEC_PER_SEC));
  emacs_value list = Q (nil);
  for (guint i = gaps->len; i-- > 0 && lisp_ok (env);)
    {
      const LogGap *gap = &g_array_index (gaps, LogGap, i);
      list = lisp_cons (env,
                        lisp_cons (env, env->make_integer (env, gap->message),
                                   module_log_time (env, gap->gap)),
                        list);
    }
  return list;
}

LISP_FUNCTION (get_facts)
{
  Log *log = module_log (env, args[0]);
  if (!log)
    return Q (nil);
  g_autoptr (LogFacts) facts = log_facts (log);
  emacs_value list = Q (nil);
  for (guint i = log_facts_count (facts); i-- > 0 && lisp_ok (env);)
    {
      const LogFact *fact = log_facts_get (facts, i);
      emacs_value parts[]
          = { env->intern (env, log_fact_names[fact->kind]), lisp_string (env, fact->value),
              fact->pid ? env->make_integer (env, fact->pid) : Q (nil),
              env->make_integer (env, fact->message) };
      list = lisp_cons (env, lisp_call (env, Q_list, 4, parts), list);
    }
  return list;
}

static emacs_value
site_text (emacs_env *env, const char *text)
{
  return *text ? lisp_string (env, text) : Q (nil);
}

LISP_FUNCTION (get_sites)
{
  Log *log = module_log (env, args[0]);
  emacs_value list = Q (nil);
  for (guint32 i = log ? log_sites (log) : 0; i-- > 0 && lisp_ok (env);)
    {
      LogSite site = log_site (log, i);
      emacs_value parts[] = { site_text (env, site.class), site_text (env, site.file),
                              site_text (env, site.function) };
      list = lisp_cons (env, lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts), list);
    }
  return list;
}

/* Add the messages of SEGMENT's processes to COUNTS.  */
static void
add_counts (GHashTable *counts, const LogSegment *segment)
{
  for (guint i = 0; i < segment->counts->len; i++)
    {
      const LogCount *count = &g_array_index (segment->counts, LogCount, i);
      gpointer pid = GUINT_TO_POINTER (count->pid);
      guint before = GPOINTER_TO_UINT (g_hash_table_lookup (counts, pid));
      g_hash_table_insert (counts, pid, GUINT_TO_POINTER (before + count->messages));
    }
}

LISP_FUNCTION (get_pids)
{
  guint32 first;
  guint64 end;
  LogSegment *segment;
  gpointer pid, messages;
  GHashTableIter iter;
  Log *log = module_log (env, args[0]);
  if (!log)
    return Q (nil);
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  for (guint32 i = 0; (segment = log_segment (log, i, &first, &end)); i++)
    {
      add_counts (counts, segment);
      log_segment_unref (segment);
    }
  emacs_value list = Q (nil);
  g_hash_table_iter_init (&iter, counts);
  while (lisp_ok (env) && g_hash_table_iter_next (&iter, &pid, &messages))
    if (pid)
      list = lisp_cons (env,
                        lisp_cons (env, env->make_integer (env, GPOINTER_TO_UINT (pid)),
                                   env->make_integer (env, GPOINTER_TO_UINT (messages))),
                        list);
  return list;
}

/* When a process wrote the first and the last message of a file that tell the time.  */
typedef struct
{
  guint64 key; /* number of the file, pid */
  gint64 first, last;
} Span;

static void
add_span (GHashTable *spans, guint member, guint32 pid, gint64 time)
{
  guint64 key = (guint64)member << 32 | pid;
  Span *span = g_hash_table_lookup (spans, &key);
  if (!span)
    {
      span = g_new (Span, 1);
      *span = (Span){ key, time, time };
      g_hash_table_insert (spans, &span->key, span);
    }
  span->first = MIN (span->first, time);
  span->last = MAX (span->last, time);
}

static emacs_value
span_value (emacs_env *env, const Span *span)
{
  emacs_value parts[]
      = { env->make_integer (env, (intmax_t)(span->key >> 32)),
          env->make_integer (env, (intmax_t)(span->key & G_MAXUINT32)),
          module_log_time (env, span->first), module_log_time (env, span->last) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

LISP_FUNCTION (get_spans)
{
  guint32 first;
  guint64 end;
  LogSegment *segment;
  gpointer span;
  GHashTableIter iter;
  Log *log = module_log (env, args[0]);
  if (!log)
    return Q (nil);
  g_autoptr (GHashTable) spans
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  for (guint i = 0; i < log_members (log); i++)
    for (guint32 s = 0; (segment = log_segment (log_member (log, i), s, &first, &end)); s++)
      {
        for (guint32 m = 0; m < segment->n; m++)
          if (segment->pids[m] && segment->times[m] != LOG_NO_TIME)
            add_span (spans, i, segment->pids[m],
                      segment->times[m] + log_shift_of (log, i));
        log_segment_unref (segment);
      }
  emacs_value list = Q (nil);
  g_hash_table_iter_init (&iter, spans);
  while (lisp_ok (env) && g_hash_table_iter_next (&iter, NULL, &span))
    list = lisp_cons (env, span_value (env, span), list);
  return list;
}

/* The form that most messages of SEGMENT have, less those that any program may write.  */
static LogFormKind
segment_form (Log *log, const LogSegment *segment)
{
  guint counts[N_LOG_FORMS] = { 0 };
  LogFormKind most = LOG_FORM_TEXT;
  for (guint32 i = 0; i < segment->n; i++)
    counts[log_site (log, segment->sites[i]).form]++;
  for (guint form = LOG_FORM_SYSLOG; form < N_LOG_FORMS; form++)
    if (counts[form] > (most <= LOG_FORM_SYSLOG ? 0 : counts[most]))
      most = form;
  return most;
}

/* What a file of a log is like.  */
static emacs_value
source_value (emacs_env *env, Log *log, guint i)
{
  Log *member = log_member (log, i);
  gint64 shift = log_shift_of (log, i), from = LOG_NO_TIME, to = LOG_NO_TIME;
  LogFormKind form = LOG_FORM_TEXT;
  guint32 first;
  guint64 end;
  LogSegment *segment;
  for (guint32 s = 0; (segment = log_segment (member, s, &first, &end)); s++)
    {
      form = form <= LOG_FORM_SYSLOG ? segment_form (member, segment) : form;
      for (guint32 m = 0; m < segment->n; m++)
        {
          gint64 time = segment->times[m];
          if (time == LOG_NO_TIME)
            continue;
          from = from == LOG_NO_TIME ? time : from;
          to = time;
        }
      log_segment_unref (segment);
    }
  emacs_value items[] = { env->intern (env, ":file"),
                          lisp_string (env, log_file (member)),
                          env->intern (env, ":form"),
                          lisp_string (env, log_forms[form].name),
                          env->intern (env, ":messages"),
                          env->make_integer (env, log_messages (member)),
                          env->intern (env, ":first"),
                          module_log_time (env, from == LOG_NO_TIME ? from : from + shift),
                          env->intern (env, ":last"),
                          module_log_time (env, to == LOG_NO_TIME ? to : to + shift),
                          env->intern (env, ":shift"),
                          module_log_time (env, shift) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (items), items);
}

LISP_FUNCTION (get_sources)
{
  Log *log = module_log (env, args[0]);
  emacs_value list = Q (nil);
  for (guint i = log ? log_members (log) : 0; i-- > 0 && lisp_ok (env);)
    list = lisp_cons (env, source_value (env, log, i), list);
  return list;
}

LISP_FUNCTION (shift_source)
{
  Log *log = module_log (env, args[0]);
  intmax_t i = env->extract_integer (env, args[1]);
  double seconds = env->extract_float (env, args[2]);
  if (log && lisp_ok (env) && i >= 0 && i < log_members (log))
    log_shift (log, (guint)i, (gint64)(CLAMP (seconds, -1e12, 1e12) * G_USEC_PER_SEC));
  return Q (nil);
}

LISP_FUNCTION (get_status_class)
{
  static const char *const names[] = { [SMB_STATUS_SUCCESS] = "success",
                                       [SMB_STATUS_INTERIM] = "interim",
                                       [SMB_STATUS_ENDED] = "ended",
                                       [SMB_STATUS_FAILURE] = "failure" };
  gsize length;
  g_autofree char *name = lisp_copy_string (env, args[0], &length);
  return name ? env->intern (env, names[smb_status_class_of_name (name, length)]) : Q (nil);
}

const ModuleFunction module_log_stats_functions[]
    = { { "smbcmp--module-status-class", 1, 1, get_status_class,
          "Return what the NT status STATUS means for its request.\n"
          "STATUS is a string: a name such as \"NT_STATUS_OK\" or a number such as\n"
          "\"0x00000103\".  The value is `success', `interim' if more is to come,\n"
          "`ended' if there was no more or it was no longer wanted, or `failure'.\n\n"
          "(fn STATUS)" },
        { "smblog--module-histogram", 2, 2, get_histogram,
          "Return what LOG holds, by level and in BUCKETS equal parts of its time.\n"
          "The value is a property list: :from and :to, the first and last time in\n"
          "seconds since the epoch; :levels, an alist (LEVEL . MESSAGES), LEVEL nil\n"
          "for messages that don't tell it; :messages, :requests and :failed, vectors\n"
          "with a number for each part, :failed of requests whose status is a\n"
          "failure by `smbcmp--module-status-class'.\n\n"
          "(fn LOG BUCKETS)" },
        { "smblog--module-gaps", 2, 2, get_gaps,
          "Return where nothing was logged in LOG for SECONDS, a float, or longer.\n"
          "The value is a list of (MESSAGE . GAP), MESSAGE the first one after GAP\n"
          "seconds, which are negative where the clock was set back.\n\n"
          "(fn LOG SECONDS)" },
        { "smblog--module-facts", 1, 1, get_facts,
          "Return who is who in LOG, a list of (KIND VALUE PID MESSAGE).\n"
          "KIND is `client' (VALUE \"ipv4:127.0.0.1:51256\"), `user', `share',\n"
          "`session' (\"0xdead07bd\") or `exit' (why the process ended); PID is\n"
          "the process, MESSAGE the one that says so.\n\n(fn LOG)" },
        { "smblog--module-sites", 1, 1, get_sites,
          "Return where the messages of LOG come from, a list of (CLASS FILE FUNCTION).\n"
          "These are strings, nil where unknown; each is there for each line and\n"
          "level it has.\n\n(fn LOG)" },
        { "smblog--module-pids", 1, 1, get_pids,
          "Return the processes that wrote LOG, an alist (PID . MESSAGES).\n\n(fn LOG)" },
        { "smblog--module-spans", 1, 1, get_spans,
          "Return when processes wrote the files of LOG, a list of (I PID FIRST LAST).\n"
          "I is the number of a file, from 0, FIRST and LAST are times.\n\n(fn LOG)" },
        { "smblog--module-sources", 1, 1, get_sources,
          "Return what the files of LOG are like, a list of property lists.\n"
          "They have :file, the name it was opened by; :form, how most of it is\n"
          "written; :messages, their number; :first and :last, the times of the\n"
          "first and last message that has one; :shift, seconds that are added to\n"
          "its times.\n\n(fn LOG)" },
        { "smblog--module-shift", 3, 3, shift_source,
          "Add SECONDS, a float, to the times of file number I of LOG, from 0.\n"
          "Its messages, and the numbers of all, are in another order then.\n\n"
          "(fn LOG I SECONDS)" },
        { NULL, 0, 0, NULL, NULL } };
