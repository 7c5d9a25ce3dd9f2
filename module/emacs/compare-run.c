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

/* A pin by the PDUs that begin its exchanges: these have no numbers before they are
   finished.  */
typedef struct
{
  gboolean together;
  guint32 frames[2], indices[2];
} PinAsked;

/* What Lisp asks for; to be cleared.  */
typedef struct
{
  CompareOptions options; /* pins are there once it is prepared */
  gboolean fresh;         /* nothing was compared yet: exchanges are to be finished */
  gboolean connects;      /* with those of TCP */
  GArray *asked;          /* of PinAsked */
  GArray *pins, *names;   /* of the options */
} Asked;

static void
asked_clear (Asked *asked)
{
  g_clear_pointer (&asked->asked, g_array_unref);
  g_clear_pointer (&asked->pins, g_array_unref);
  g_clear_pointer (&asked->names, g_array_unref);
}

/* Pins from a list of (TOGETHER FRAME-A INDEX-A FRAME-B INDEX-B), TOGETHER 1 or 0.  */
static GArray *
parse_pins (emacs_env *env, emacs_value list)
{
  GArray *pins = g_array_new (FALSE, FALSE, sizeof (PinAsked));
  for (; lisp_ok (env) && env->is_not_nil (env, list);
       list = lisp_call (env, Q_cdr, 1, &list))
    {
      emacs_value element = lisp_call (env, Q_car, 1, &list);
      PinAsked pin = { .together = nth_integer (env, element, 0) != 0 };
      for (guint side = 0; side < 2; side++)
        {
          pin.frames[side] = (guint32)nth_integer (env, element, 1 + 2 * side);
          pin.indices[side] = (guint32)nth_integer (env, element, 2 + 2 * side);
        }
      g_array_append_val (pins, pin);
    }
  return pins;
}

/* Finish what C has of both sides, if that was not done, and find the exchanges of pins;
   those whose exchanges aren't there are left out.  */
static void
prepare (const Comparing *c, Asked *asked)
{
  if (asked->fresh)
    {
      if (asked->connects)
        connects_add (c->sides[0], c->sides[1]);
      for (int side = 0; side < 2; side++)
        exchanges_finish (c->sides[side]);
    }
  for (guint i = 0; i < asked->asked->len; i++)
    {
      const PinAsked *a = &g_array_index (asked->asked, PinAsked, i);
      Pin pin = { .together = a->together,
                  .left = find_exchange (c->sides[0], a->frames[0], a->indices[0]),
                  .right = find_exchange (c->sides[1], a->frames[1], a->indices[1]) };
      if (pin.left != NO_EXCHANGE && pin.right != NO_EXCHANGE)
        g_array_append_val (asked->pins, pin);
    }
  asked->options.pins = (const Pin *)(void *)asked->pins->data;
  asked->options.n_pins = asked->pins->len;
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

/* What the arguments of smbcmp--module-compare-run ask for.  FALSE with an exit pending;
   ASKED is to be cleared all the same.  */
static gboolean
parse_asked (emacs_env *env, Comparing *c, emacs_value *args, Asked *asked)
{
  /* What is compared changes: nobody else may be reading it.  */
  Comparing *first = c->first ? c->first : c;
  if (first->running)
    comparing_stop (first->running);
  *asked = (Asked){ .fresh = c == first && !c->result,
                    .connects = env->is_not_nil (env, args[6]),
                    .asked = parse_pins (env, args[3]),
                    .pins = g_array_new (FALSE, FALSE, sizeof (Pin)),
                    .names = parse_names (env, c, args[5]) };
  asked->options = (CompareOptions){ .n_rules = rules_count (c->rules),
                                     .rename = env->is_not_nil (env, args[4]),
                                     .names = (const NamePin *)(void *)asked->names->data,
                                     .n_names = asked->names->len,
                                     .slower = env->extract_float (env, args[1]),
                                     .delay = env->extract_integer (env, args[2]) };
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
  if (!c)
    return Q (nil);
  Asked asked;
  if (parse_asked (env, c, args, &asked))
    {
      prepare (c, &asked);
      asked.options.tick = keep_going;
      asked.options.user = env;
      g_clear_pointer (&c->result, comparison_free);
      c->result = compare_run (c->sides[0], c->sides[1], c->strings, &asked.options);
    }
  asked_clear (&asked);
  /* Given up: Emacs quits as soon as this returns.  */
  return c->result ? Q (t) : Q (nil);
}

/* -------------------------------------------------------------- in a thread */

struct ComparingRun
{
  const Comparing *comparing;
  Asked asked; /* the thread's until it has ended */
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
  prepare (c, &run->asked);
  run->result = compare_run (c->sides[0], c->sides[1], c->strings, &run->asked.options);
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
  asked_clear (&run->asked);
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
  if (!c)
    return Q (nil);
  Asked asked;
  if (!parse_asked (env, c, args, &asked))
    {
      asked_clear (&asked);
      return Q (nil);
    }
  ComparingRun *run = c->run = g_new0 (ComparingRun, 1);
  (c->first ? c->first : c)->running = c;
  run->comparing = c;
  run->asked = asked;
  run->asked.options.tick = not_stopped;
  run->asked.options.user = run;
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
