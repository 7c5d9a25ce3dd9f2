/* view.c --- views of logs as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/log.h"

#include <string.h>

#include "log/render.h"
#include "log/search.h"

static void
free_view (void *view) EMACS_NOEXCEPT
{
  if (view)
    log_view_free (view);
}

static const LispType view_type = { "smblog-module-view", free_view };

LogView *
module_log_view (emacs_env *env, emacs_value object)
{
  return lisp_object_data (env, object, &view_type);
}

LISP_FUNCTION (new_view)
{
  Log *log = module_log (env, args[0]);
  gboolean filtered = log && env->is_not_nil (env, args[1]);
  LogFilter *filter = filtered ? module_log_filter (env, log, args[1]) : NULL;
  if (!log || (filtered && !filter))
    return Q (nil);
  return lisp_object (env, &view_type, log_view_new (log, filter));
}

LISP_FUNCTION (view_progress)
{
  LogViewProgress progress;
  LogView *view = module_log_view (env, args[0]);
  if (!view)
    return Q (nil);
  log_view_progress (view, &progress);
  emacs_value parts[]
      = { env->make_integer (env, progress.scanned),
          env->make_integer (env, progress.total),
          env->make_integer (env, progress.matches), progress.done ? Q (t) : Q (nil) };
  return lisp_call (env, Q_list, 4, parts);
}

LISP_FUNCTION (view_nth)
{
  LogView *view = module_log_view (env, args[0]);
  intmax_t i = env->extract_integer (env, args[1]);
  if (!view || !lisp_ok (env) || i < 0 || i >= LOG_NO_MESSAGE)
    return Q (nil);
  return module_log_message (env, log_view_nth (view, (guint32)i));
}

LISP_FUNCTION (view_position)
{
  LogView *view = module_log_view (env, args[0]);
  intmax_t number = env->extract_integer (env, args[1]);
  if (!view || !lisp_ok (env))
    return Q (nil);
  return env->make_integer (
      env, log_view_position (view, (guint32)CLAMP (number, 0, LOG_NO_MESSAGE)));
}

LISP_FUNCTION (cancel_view)
{
  LogView *view = module_log_view (env, args[0]);
  if (view)
    log_view_cancel (view);
  return Q (nil);
}

LISP_FUNCTION (free_view_now)
{
  lisp_object_release (env, args[0], &view_type);
  return Q (nil);
}

/* The view OBJECT, or NULL if it is nil; FALSE with an exit pending.  */
static gboolean
optional_view (emacs_env *env, emacs_value object, LogView **view)
{
  *view = env->is_not_nil (env, object) ? module_log_view (env, object) : NULL;
  return lisp_ok (env);
}

/* ----------------------------------------------------------------- render */

/* The value of KEY in PLIST.  */
static emacs_value
option (emacs_env *env, emacs_value plist, const char *key)
{
  emacs_value args[] = { plist, env->intern (env, key) };
  return env->funcall (env, env->intern (env, "plist-get"), 2, args);
}

static emacs_value
rendered_value (emacs_env *env, const LogRendered *message, const GString *text,
                gsize *byte, gsize *character)
{
  gsize places[] = { message->start, message->body, message->end };
  emacs_value parts[6] = { env->make_integer (env, message->number) };
  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      *character += lisp_characters (text->str + *byte, places[i] - *byte);
      *byte = places[i];
      parts[1 + i] = env->make_integer (env, (intmax_t)*character);
    }
  parts[4] = message->level < 0 ? Q (nil) : env->make_integer (env, message->level);
  parts[5] = message->more ? Q (t) : Q (nil);
  return lisp_call (env, Q_list, 6, parts);
}

static emacs_value
rendered_values (emacs_env *env, const GString *text, const GArray *messages)
{
  g_autofree emacs_value *values = g_new (emacs_value, messages->len + 1);
  gsize byte = 0, character = 0;
  for (guint i = 0; i < messages->len && lisp_ok (env); i++)
    values[i] = rendered_value (env, &g_array_index (messages, LogRendered, i), text, &byte,
                                &character);
  emacs_value vector
      = lisp_ok (env) ? lisp_call (env, Q_vector, messages->len, values) : Q (nil);
  return lisp_cons (env, lisp_string_n (env, text->str, text->len), vector);
}

LISP_FUNCTION (render)
{
  LogView *view;
  Log *log = module_log (env, args[0]);
  intmax_t from = env->extract_integer (env, args[2]);
  intmax_t count = env->extract_integer (env, args[3]);
  emacs_value format = option (env, args[4], ":header");
  emacs_value body = option (env, args[4], ":body");
  emacs_value limit = option (env, args[4], ":limit");
  g_autofree char *own
      = env->is_not_nil (env, format) ? lisp_copy_string (env, format, NULL) : NULL;
  LogRenderStyle style
      = { own ? own : "%t %2l %p %f:%n %s", LOG_BODY_LINE,
          env->is_not_nil (env, limit) ? (gsize)env->extract_integer (env, limit) : 65536 };
  if (!log || !lisp_ok (env) || !optional_view (env, args[1], &view))
    return Q (nil);
  if (!env->is_not_nil (env, body))
    style.body = LOG_BODY_NONE;
  else if (env->eq (env, body, Q (t)))
    style.body = LOG_BODY_ALL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) messages = g_array_new (FALSE, FALSE, sizeof (LogRendered));
  for (intmax_t i = MAX (from, 0); i < from + count && i < LOG_NO_MESSAGE; i++)
    {
      guint32 number = view ? log_view_nth (view, (guint32)i) : (guint32)i;
      if (!log_render (log, number, &style, text, messages))
        break;
    }
  return rendered_values (env, text, messages);
}

/* ----------------------------------------------------------------- search */

static gboolean
should_stop (gpointer env)
{
  return lisp_quit (env);
}

/* Characters of the message's text that are before byte END of the file, or nil
   if that is in the header.  */
static emacs_value
body_offset (emacs_env *env, Log *log, const LogHit *hit)
{
  LogMessage message;
  LogHeader header;
  if (!log_message (log, hit->message, &message))
    return Q (nil);
  g_autoptr (GString) text = g_string_new (NULL), clean = g_string_new (NULL);
  log_read (log, message.start, hit->start, text);
  gsize before = text->len;
  log_read (log, hit->start, hit->start + LOG_HEADER_MAX, text);
  if (!log_parse (log, message.start, text->str, text->len, &header)
      || header.length > before)
    return Q (nil);
  log_clean (log, message.start, text->str + header.length, before - header.length, clean);
  return env->make_integer (env, (intmax_t)lisp_characters (clean->str, clean->len));
}

static LogPattern *
parse_pattern (emacs_env *env, emacs_value string, gboolean regexp, gboolean fold)
{
  gsize n;
  g_autofree char *text = lisp_copy_string (env, string, &n);
  g_autoptr (GError) error = NULL;
  if (!text)
    return NULL;
  LogPattern *pattern = regexp ? log_pattern_regexp (text, fold, &error)
                               : log_pattern_literal (text, n, fold);
  if (!pattern)
    lisp_error (env, "%s", error->message);
  return pattern;
}

LISP_FUNCTION (search)
{
  LogView *view;
  LogHit hit;
  Log *log = module_log (env, args[0]);
  intmax_t from = env->extract_integer (env, args[3]);
  intmax_t direction = env->extract_integer (env, args[4]);
  if (!log || !lisp_ok (env) || !optional_view (env, args[1], &view) || from < 0
      || from >= LOG_NO_MESSAGE)
    return Q (nil);
  g_autoptr (LogPattern) pattern
      = parse_pattern (env, args[2], nargs > 5 && env->is_not_nil (env, args[5]),
                       nargs > 6 && env->is_not_nil (env, args[6]));
  if (!pattern
      || !log_search (log, view, pattern, (guint32)from, direction < 0, should_stop, env,
                      &hit))
    return Q (nil);
  return lisp_cons (env, env->make_integer (env, hit.message),
                    body_offset (env, log, &hit));
}

const ModuleFunction module_log_view_functions[]
    = { { "smblog--module-view", 2, 2, new_view,
          "Return a view of LOG: the messages that FILTER leaves, nil for all.\n"
          "Threads compute it, as they index: see `smblog--module-view-progress'.\n"
          "A FILTER is one of\n"
          "  (level <= N), also with <, =, >=, > and /=\n"
          "  (pid N...), (class GLOB...), (file GLOB...), (function GLOB...)\n"
          "  (line FROM TO), (number FROM TO): lines of the source, messages\n"
          "  (time FROM TO): seconds since the epoch, each may be nil\n"
          "  (text STRING), (text STRING fold), (regexp RE), (regexp RE fold)\n"
          "  (error STATUS...): tells of an error, of an NT_STATUS that is not OK\n"
          "    and none of STATUS, of a panic, a backtrace\n"
          "  (request PID MID), (request PID MID BEGIN): BEGIN is its first message\n"
          "  (process PID FROM TO): what PID did from message FROM to TO\n"
          "  (client ADDRESS...), (user NAME...), (share NAME...), (session ID...):\n"
          "    all of the processes that had such; see `smblog--module-facts';\n"
          "    ADDRESS is a part of one, ID is as \"0xdead07bd\"\n"
          "  (and FILTER...), (or FILTER...), (not FILTER)\n"
          "A GLOB, with * and ?, is all of a name, or of a file's last parts.  RE is a "
          "Perl-compatible regular expression.  Texts\n"
          "are searched for in a message with its header, as it is in the file.\n"
          "Signal `smbcmp-filter-error' if FILTER is none.\n\n(fn LOG FILTER)" },
        { "smblog--module-view-progress", 1, 1, view_progress,
          "Return how far VIEW is computed: (SCANNED TOTAL MATCHES DONE).\n"
          "These are numbers of messages, DONE is t or nil.\n\n(fn VIEW)" },
        { "smblog--module-view-nth", 2, 2, view_nth,
          "Return the number of message I, from 0, of VIEW; nil if there is none.\n"
          "While VIEW is computed, there may be none yet.\n\n(fn VIEW I)" },
        { "smblog--module-view-position", 2, 2, view_position,
          "Return how many messages of VIEW are before message N of the log.\n"
          "That is also the index in VIEW of the first one that is not.\n\n(fn VIEW N)" },
        { "smblog--module-view-cancel", 1, 1, cancel_view,
          "Compute no more of VIEW; what is computed stays.\n\n(fn VIEW)" },
        { "smblog--module-view-free", 1, 1, free_view_now, "Free VIEW now.\n\n(fn VIEW)" },
        { "smblog--module-render", 5, 5, render,
          "Return COUNT messages from the one with index FROM in VIEW, as shown.\n"
          "A nil VIEW is all of LOG.  The value is (TEXT . VECTOR), VECTOR has\n"
          "for each message a list (NUMBER START BODY END LEVEL MORE): where in TEXT\n"
          "its header starts, its body starts and ends, counted from 0; MORE is t\n"
          "if there is more of the body.  OPTIONS is a property list:\n"
          "  :header  what the header's line looks like, \"%t %2l %p %f:%n %s\":\n"
          "           %T time as written, %t without the date, %l level, %p pid, %F file,\n"
          "           %f without directories, %n line, %s function, %c class,\n"
          "           %N number; a width may be between, as in `format'\n"
          "  :body    nil no body, t all of it, else its first line\n"
          "  :limit   bytes of a message to show at most, by default 65536\n\n"
          "(fn LOG VIEW FROM COUNT OPTIONS)" },
        { "smblog--module-search", 5, 7, search,
          "Search LOG for STRING, from message FROM on; return where it is, or nil.\n"
          "The value is (MESSAGE . OFFSET): OFFSET is in characters of the\n"
          "message's body as `smblog--module-body' has it, nil if STRING is in the\n"
          "header.  If DIRECTION is negative, search up to FROM, backward.  VIEW, unless\n"
          "nil, says which messages to search.  REGEXP says that STRING is a\n"
          "Perl-compatible regular expression, FOLD to ignore case.\n"
          "C-g ends the search.\n\n"
          "(fn LOG VIEW STRING FROM DIRECTION &optional REGEXP FOLD)" },
        { NULL, 0, 0, NULL, NULL } };
