/* compare-run.c --- comparing, at once or in a thread

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/compare.h"

#include "compare/compare.h"
#include "compare/connects.h"

/* ----------------------------------------------------------- what is asked */

/* The exchange whose request (or else response) is PDU INDEX of FRAME, or
   NO_EXCHANGE.  */
static guint32
find_exchange (const Exchanges *x, guint32 frame, guint32 index)
{
  for (guint32 i = 0; i < exchanges_count (x); i++)
    {
      const WirePdu *pdu = exchanges_shown (x, exchanges_get (x, i));
      if (pdu->frame == frame && pdu->index == index)
        return i;
    }
  return NO_EXCHANGE;
}

/* The N-th integer of LIST.  */
static intmax_t
nth_integer (emacs_env *env, emacs_value list, guint n)
{
  for (; n; n--)
    list = lisp_call (env, Q_cdr, 1, &list);
  return env->extract_integer (env, lisp_call (env, Q_car, 1, &list));
}

/* Pins from a list of (TOGETHER FRAME-A INDEX-A FRAME-B INDEX-B), TOGETHER 1
   or 0; those whose exchanges aren't there are left out.  */
static GArray *
parse_pins (emacs_env *env, const Comparing *c, emacs_value list)
{
  GArray *pins = g_array_new (FALSE, FALSE, sizeof (Pin));
  for (; lisp_ok (env) && env->is_not_nil (env, list);
       list = lisp_call (env, Q_cdr, 1, &list))
    {
      emacs_value element = lisp_call (env, Q_car, 1, &list);
      Pin pin = { .together = nth_integer (env, element, 0) != 0 };
      pin.left = find_exchange (c->sides[0], (guint32)nth_integer (env, element, 1),
                                (guint32)nth_integer (env, element, 2));
      pin.right = find_exchange (c->sides[1], (guint32)nth_integer (env, element, 3),
                                 (guint32)nth_integer (env, element, 4));
      if (pin.left != NO_EXCHANGE && pin.right != NO_EXCHANGE)
        g_array_append_val (pins, pin);
    }
  return pins;
}

/* The number of a string of COMPARING's, 0 with an exit pending.  */
static guint32
parse_name (emacs_env *env, const Comparing *c, emacs_value string)
{
  gsize length;
  g_autofree char *text = lisp_copy_string (env, string, &length);
  return text ? strings_add (c->strings, text) : 0;
}

/* Names that go together from a list of (A . B).  */
static GArray *
parse_names (emacs_env *env, const Comparing *c, emacs_value list)
{
  GArray *names = g_array_new (FALSE, FALSE, sizeof (NamePin));
  for (; lisp_ok (env) && env->is_not_nil (env, list);
       list = lisp_call (env, Q_cdr, 1, &list))
    {
      emacs_value pair = lisp_call (env, Q_car, 1, &list);
      NamePin pin = { parse_name (env, c, lisp_call (env, Q_car, 1, &pair)), 0 };
      pin.right = lisp_ok (env) ? parse_name (env, c, lisp_call (env, Q_cdr, 1, &pair)) : 0;
      if (pin.left && pin.right)
        g_array_append_val (names, pin);
    }
  return names;
}

LISP_FUNCTION (compare_keep)
{
  Comparing *c = comparing_get (env, args[0]);
  int side = env->is_not_nil (env, args[1]) ? 1 : 0;
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (emacs_value list = args[2]; lisp_ok (env) && env->is_not_nil (env, list);
       list = lisp_call (env, Q_cdr, 1, &list))
    {
      guint32 frame = (guint32)nth_integer (env, list, 0);
      g_array_append_val (frames, frame);
    }
  if (c && lisp_ok (env))
    exchanges_keep (c->sides[side], (const guint32 *)(void *)frames->data, frames->len);
  return Q (nil);
}

/* What both are asked for by the arguments of smbcmp--module-compare-run; PINS and NAMES
   are to be unreferenced.  FALSE with an exit pending.  */
static gboolean
parse_options (emacs_env *env, Comparing *c, emacs_value *args, CompareOptions *options,
               GArray **pins, GArray **names)
{
  /* What is compared changes: nobody else may be reading it.  */
  Comparing *first = c->first ? c->first : c;
  if (first->running)
    comparing_stop (first->running);
  if (c == first && !c->result)
    {
      if (env->is_not_nil (env, args[6]))
        connects_add (c->sides[0], c->sides[1]);
      for (int side = 0; side < 2; side++)
        exchanges_finish (c->sides[side]);
    }
  *pins = parse_pins (env, c, args[3]);
  *names = parse_names (env, c, args[5]);
  *options = (CompareOptions){ .n_rules = rules_count (c->rules),
                               .rename = env->is_not_nil (env, args[4]),
                               .names = (const NamePin *)(void *)(*names)->data,
                               .n_names = (*names)->len,
                               .slower = env->extract_float (env, args[1]),
                               .delay = env->extract_integer (env, args[2]),
                               .pins = (const Pin *)(void *)(*pins)->data,
                               .n_pins = (*pins)->len };
  return lisp_ok (env);
}

/* ------------------------------------------------------------------ at once */

static gboolean
keep_going (gpointer env)
{
  return !lisp_quit (env);
}

LISP_FUNCTION (compare_run_now)
{
  Comparing *c = comparing_get (env, args[0]);
  CompareOptions options;
  g_autoptr (GArray) pins = NULL;
  g_autoptr (GArray) names = NULL;
  if (!c || !parse_options (env, c, args, &options, &pins, &names))
    return Q (nil);
  options.tick = keep_going;
  options.user = env;
  g_clear_pointer (&c->result, comparison_free);
  c->result = compare_run (c->sides[0], c->sides[1], c->strings, &options);
  /* Given up: Emacs quits as soon as this returns.  */
  return c->result ? Q (t) : Q (nil);
}

/* -------------------------------------------------------------- in a thread */

struct ComparingRun
{
  const Comparing *comparing;
  CompareOptions options;
  GArray *pins, *names; /* of the options */
  GThread *thread;
  gint stop;          /* atomic */
  GMutex lock;        /* of the next */
  GCond changed;      /* ENDED did */
  gboolean ended;     /* with RESULT */
  Comparison *result; /* the thread's until it has ended; NULL if it was stopped */
};

static gboolean
not_stopped (gpointer user)
{
  return !g_atomic_int_get (&((ComparingRun *)user)->stop);
}

static gpointer
run_in_thread (gpointer user)
{
  ComparingRun *run = user;
  const Comparing *c = run->comparing;
  run->result = compare_run (c->sides[0], c->sides[1], c->strings, &run->options);
  g_mutex_lock (&run->lock);
  run->ended = TRUE;
  g_cond_signal (&run->changed);
  g_mutex_unlock (&run->lock);
  return NULL;
}

/* What came of C's run, to be freed; wait for its thread.  */
static Comparison *
end_run (Comparing *c)
{
  ComparingRun *run = g_steal_pointer (&c->run);
  (c->first ? c->first : c)->running = NULL;
  g_thread_join (run->thread);
  Comparison *result = run->result;
  g_array_unref (run->pins);
  g_array_unref (run->names);
  g_mutex_clear (&run->lock);
  g_cond_clear (&run->changed);
  g_free (run);
  return result;
}

void
comparing_stop (Comparing *c)
{
  if (!c->run)
    return;
  g_atomic_int_set (&c->run->stop, 1);
  Comparison *result = end_run (c);
  g_clear_pointer (&result, comparison_free);
}

LISP_FUNCTION (compare_begin)
{
  Comparing *c = comparing_get (env, args[0]);
  CompareOptions options;
  g_autoptr (GArray) pins = NULL;
  g_autoptr (GArray) names = NULL;
  if (!c || !parse_options (env, c, args, &options, &pins, &names))
    return Q (nil);
  ComparingRun *run = c->run = g_new0 (ComparingRun, 1);
  (c->first ? c->first : c)->running = c;
  run->comparing = c;
  run->options = options;
  run->options.tick = not_stopped;
  run->options.user = run;
  run->pins = g_steal_pointer (&pins);
  run->names = g_steal_pointer (&names);
  g_mutex_init (&run->lock);
  g_cond_init (&run->changed);
  run->thread = g_thread_new ("smbcmp", run_in_thread, run);
  return Q (nil);
}

LISP_FUNCTION (compare_ended)
{
  Comparing *c = comparing_get (env, args[0]);
  intmax_t milliseconds = env->extract_integer (env, args[1]);
  if (!c || !lisp_ok (env))
    return Q (nil);
  if (!c->run)
    return Q (t);
  gint64 until = g_get_monotonic_time () + CLAMP (milliseconds, 0, 1000) * 1000;
  g_mutex_lock (&c->run->lock);
  while (!c->run->ended && g_cond_wait_until (&c->run->changed, &c->run->lock, until))
    ;
  gboolean ended = c->run->ended;
  g_mutex_unlock (&c->run->lock);
  if (ended)
    {
      g_clear_pointer (&c->result, comparison_free);
      c->result = end_run (c);
    }
  return ended ? Q (t) : Q (nil);
}

LISP_FUNCTION (compare_stop)
{
  Comparing *c = comparing_get (env, args[0]);
  if (c)
    comparing_stop (c);
  return Q (nil);
}

/* What a run takes, as a docstring says it.  */
#define RUN_ARGUMENTS                                                                      \
  "SLOWER times slower matters, a float, 0.0 for never, from DELAY\n"                      \
  "nanoseconds on.  PINS is a list of (TOGETHER FRAME-A INDEX-A FRAME-B\n"                 \
  "INDEX-B), where PDU INDEX of a frame stands for its exchange, and\n"                    \
  "TOGETHER is 1, or 0 for apart.  RENAME non-nil lets names differ that\n"                \
  "stand for the same thing throughout; NAMES is a list of (A . B), names\n"               \
  "that go together whatever else there is.  CONNECTS non-nil has connections\n"           \
  "that did not come about be compared.\n\n"                                               \
  "(fn COMPARING SLOWER DELAY PINS RENAME NAMES CONNECTS)"

const ModuleFunction module_compare_run_functions[] = {
  { "smbcmp--module-compare-keep", 3, 3, compare_keep,
    "Compare only those of COMPARING's exchanges that are in FRAMES.\n"
    "That is a list of frames, ascending, of " OF_SIDE ".\n\n(fn COMPARING SIDE FRAMES)" },
  { "smbcmp--module-compare-run", 7, 7, compare_run_now,
    "Compare what was added to COMPARING; return nil if the user quits.\n" RUN_ARGUMENTS },
  { "smbcmp--module-compare-begin", 7, 7, compare_begin,
    "Begin to compare what was added to COMPARING, in a thread.\n"
    "Nothing may be added until `smbcmp--module-compare-ended' returns "
    "t.\n" RUN_ARGUMENTS },
  { "smbcmp--module-compare-ended", 2, 2, compare_ended,
    "Return t if COMPARING's thread has ended: then its result is there.\n"
    "Wait up to MILLISECONDS for that.\n\n(fn COMPARING MILLISECONDS)" },
  { "smbcmp--module-compare-stop", 1, 1, compare_stop,
    "End COMPARING's thread, if there is one; nothing comes of it.\n\n(fn COMPARING)" },
  { NULL, 0, 0, NULL, NULL }
};
