/* compare.c --- comparisons of captures as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/compare.h"

#include "compare/compare.h"
#include "compare/connects.h"
#include "support/problem.h"

Comparing *
comparing_result (emacs_env *env, emacs_value object)
{
  Comparing *c = comparing_get (env, object);
  if (c && !c->result)
    lisp_error (env, PROBLEM "not-run");
  return c && c->result ? c : NULL;
}

/* ------------------------------------------------------------ comparing */

static gboolean
keep_going (gpointer env)
{
  return !lisp_quit (env);
}

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

LISP_FUNCTION (compare_start)
{
  Comparing *c = comparing_get (env, args[0]);
  if (!c)
    return Q (nil);
  if (!c->result && env->is_not_nil (env, args[6]))
    connects_add (c->sides[0], c->sides[1]);
  if (!c->result)
    for (int side = 0; side < 2; side++)
      exchanges_finish (c->sides[side]);
  g_autoptr (GArray) pins = parse_pins (env, c, args[3]);
  g_autoptr (GArray) names = parse_names (env, c, args[5]);
  CompareOptions options = { .n_rules = rules_count (c->rules),
                             .rename = env->is_not_nil (env, args[4]),
                             .names = (const NamePin *)(void *)names->data,
                             .n_names = names->len,
                             .slower = env->extract_float (env, args[1]),
                             .delay = env->extract_integer (env, args[2]),
                             .pins = (const Pin *)(void *)pins->data,
                             .n_pins = pins->len,
                             .tick = keep_going,
                             .user = env };
  if (!lisp_ok (env))
    return Q (nil);
  g_clear_pointer (&c->result, comparison_free);
  c->result = compare_run (c->sides[0], c->sides[1], c->strings, &options);
  /* Given up: Emacs quits as soon as this returns.  */
  return c->result ? Q (t) : Q (nil);
}

/* ------------------------------------------------------------- the result */

static emacs_value
number_or_nil (emacs_env *env, guint32 number)
{
  return number == G_MAXUINT32 ? Q (nil) : env->make_integer (env, number);
}

static emacs_value
string_or_nil (emacs_env *env, const Comparing *c, guint32 string)
{
  return string ? lisp_string (env, strings_get (c->strings, string)) : Q (nil);
}

static emacs_value
hidden_counts (emacs_env *env, const Comparing *c)
{
  emacs_value list = Q (nil);
  if (c->result->interim)
    list = lisp_cons (env,
                      lisp_cons (env, lisp_string (env, "interim responses"),
                                 env->make_integer (env, c->result->interim)),
                      list);
  for (guint r = rules_count (c->rules) + 1; r-- > 0 && lisp_ok (env);)
    if (c->result->ignored[r])
      {
        const char *name = r < rules_count (c->rules) ? rules_name (c->rules, (int)r)
                                                      : "compared by subfield";
        list = lisp_cons (env,
                          lisp_cons (env, lisp_string (env, name),
                                     lisp_uint (env, c->result->ignored[r])),
                          list);
      }
  return list;
}

/* (A B PAIRS) for each pair of groups, see below.  */
static emacs_value
group_pairs (emacs_env *env, const Comparing *c)
{
  emacs_value list = Q (nil);
  for (guint g = c->result->groups->len; g-- > 0 && lisp_ok (env);)
    {
      const ComparedGroups *pair = &g_array_index (c->result->groups, ComparedGroups, g);
      const guint32 numbers[2] = { pair->a, pair->b };
      emacs_value both[2] = { Q (nil), Q (nil) };
      for (int side = 0; side < 2; side++)
        if (numbers[side] != NO_GROUP)
          {
            const Exchanges *x = c->sides[side];
            const Group *group = exchanges_group (x, numbers[side]);
            const WirePdu *pdu = exchanges_shown (
                x, exchanges_get (x, exchanges_in_order (x, group->first)));
            emacs_value parts[] = { lisp_string (env, exchanges_client (x, numbers[side])),
                                    lisp_string (env, exchanges_server (x, numbers[side])),
                                    env->make_integer (env, group->n),
                                    env->make_integer (env, group->n_streams),
                                    env->make_integer (env, pdu->frame),
                                    env->make_integer (env, pdu->stream) };
            both[side] = lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
          }
      list = lisp_cons (env, lisp_call (env, Q_list, 2, both), list);
    }
  return list;
}

/* How many of SIDE's exchanges have FLAG.  */
static guint32
count_flag (const Exchanges *x, guint32 flag)
{
  guint32 n = 0;
  for (guint32 i = 0; i < exchanges_count (x); i++)
    n += (exchanges_shown (x, exchanges_get (x, i))->flags & flag) != 0;
  return n;
}

/* How many of SIDE's exchanges are messages that came compressed and stayed so.  */
static guint32
count_packed (const Exchanges *x)
{
  const guint32 both = WIRE_PDU_OPAQUE | WIRE_PDU_COMPRESSED;
  guint32 n = 0;
  for (guint32 i = 0; i < exchanges_count (x); i++)
    n += (exchanges_shown (x, exchanges_get (x, i))->flags & both) == both;
  return n;
}

/* How many places of all connections are missing, and the frame behind the first:
   (COUNT . FRAME).  */
static emacs_value
lost_segments (emacs_env *env, const Exchanges *x)
{
  guint32 n = 0, earliest = 0;
  for (guint32 g = 0; g < exchanges_group_count (x); g++)
    {
      guint32 first;
      guint32 lost
          = segments_count_lost (exchanges_segments (x), exchanges_stream (x, g), &first);
      if (lost && (!earliest || first < earliest))
        earliest = first;
      n += lost;
    }
  return lisp_cons (env, env->make_integer (env, n), env->make_integer (env, earliest));
}

/* How many exchanges of protocols other than SMB there are.  */
static guint32
count_others (const Exchanges *x)
{
  guint32 n = 0;
  for (guint32 i = 0; i < exchanges_count (x); i++)
    n += exchanges_shown (x, exchanges_get (x, i))->protocol != 0;
  return n;
}

/* An alist of other protocols than SMB and how many of their messages are encrypted.  */
static emacs_value
encrypted_counts (emacs_env *env, const Comparing *c, const Exchanges *x)
{
  emacs_value list = Q (nil);
  GHashTableIter iter;
  gpointer protocol, n;
  g_hash_table_iter_init (&iter, exchanges_encrypted (x));
  while (g_hash_table_iter_next (&iter, &protocol, &n))
    list = lisp_cons (
        env,
        lisp_cons (env,
                   lisp_string (env, strings_get (c->strings, GPOINTER_TO_UINT (protocol))),
                   env->make_integer (env, GPOINTER_TO_UINT (n))),
        list);
  return list;
}

/* [EXCHANGES OPAQUE SMB1 CUT PACKED DATAGRAMS ALIVE REPEATED LOST PORT OTHERS ENCRYPTED] of
   a side, numbers, of PDUs from CUT on, but for LOST, (COUNT . FRAME), a PORT with SMB
   that is not dissected, or 0, exchanges of OTHERS than SMB, and what is ENCRYPTED of
   those.  */
static emacs_value
side_counts (emacs_env *env, const Comparing *c, int side)
{
  const Exchanges *x = c->sides[side];
  emacs_value parts[] = { env->make_integer (env, exchanges_count (x)),
                          env->make_integer (env, count_flag (x, WIRE_PDU_OPAQUE)),
                          env->make_integer (env, count_flag (x, WIRE_PDU_SMB1)),
                          env->make_integer (env, exchanges_cut (x)),
                          env->make_integer (env, count_packed (x)),
                          env->make_integer (env, exchanges_datagrams (x)),
                          env->make_integer (env, c->result->alive[side]),
                          env->make_integer (env, exchanges_repeated (x)),
                          lost_segments (env, x),
                          env->make_integer (env, exchanges_foreign_port (x)),
                          env->make_integer (env, count_others (x)),
                          encrypted_counts (env, c, x) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

LISP_FUNCTION (compare_result)
{
  const Comparing *c = comparing_result (env, args[0]);
  if (!c)
    return Q (nil);
  emacs_value parts[] = { env->make_integer (env, c->result->same),
                          env->make_integer (env, c->result->divergences->len),
                          env->make_integer (env, c->result->rows->len),
                          side_counts (env, c, 0),
                          side_counts (env, c, 1),
                          env->make_integer (env, c->result->encrypted),
                          hidden_counts (env, c),
                          group_pairs (env, c),
                          env->make_integer (env, c->result->partial) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

/* (A B) for each row of which the environment differs.  */
static emacs_value
environment_rows (emacs_env *env, const Comparing *c)
{
  emacs_value list = Q (nil);
  for (guint i = c->result->environment->len; i-- > 0 && lisp_ok (env);)
    {
      guint32 number = g_array_index (c->result->environment, guint32, i);
      const ComparedRow *row = &g_array_index (c->result->rows, ComparedRow, number);
      emacs_value both[]
          = { env->make_integer (env, row->a), env->make_integer (env, row->b) };
      list = lisp_cons (env, lisp_call (env, Q_list, 2, both), list);
    }
  return list;
}

/* (RULE A B EXCHANGE-A EXCHANGE-B) for each name that goes with another one.  */
static emacs_value
renamed_list (emacs_env *env, const Comparing *c)
{
  emacs_value list = Q (nil);
  for (guint i = c->result->renamed->len; i-- > 0 && lisp_ok (env);)
    {
      const Renamed *r = &g_array_index (c->result->renamed, Renamed, i);
      emacs_value parts[]
          = { lisp_string (env, rules_name (c->rules, (int)r->rule)),
              lisp_string (env, strings_get (c->strings, r->a)),
              lisp_string (env, strings_get (c->strings, r->b)),
              number_or_nil (env, r->a_seen), number_or_nil (env, r->b_seen) };
      list = lisp_cons (env, lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts), list);
    }
  return list;
}

/* (A B) of the first exchanges of which only one came compressed, or nil.  */
static emacs_value
compressed_pair (emacs_env *env, const Comparing *c)
{
  if (!c->result->compressed)
    return Q (nil);
  const ComparedRow *row
      = &g_array_index (c->result->rows, ComparedRow, c->result->compressed - 1);
  emacs_value both[] = { env->make_integer (env, row->a), env->make_integer (env, row->b) };
  return lisp_call (env, Q_list, 2, both);
}

LISP_FUNCTION (compare_environment)
{
  const Comparing *c = comparing_result (env, args[0]);
  if (!c)
    return Q (nil);
  emacs_value parts[]
      = { environment_rows (env, c), renamed_list (env, c), compressed_pair (env, c) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

gconstpointer
comparing_element (emacs_env *env, const GArray *array, emacs_value index)
{
  intmax_t i = env->extract_integer (env, index);
  if (lisp_ok (env) && i >= 0 && i < array->len)
    return array->data + (gsize)i * g_array_get_element_size ((GArray *)array);
  if (lisp_ok (env))
    lisp_error (env, PROBLEM "no-number" PROBLEM "%" G_GINT64_FORMAT, (gint64)i);
  return NULL;
}

/* Where an identifier was met first: the path there, or the command.  */
static emacs_value
seen_at (emacs_env *env, const Comparing *c, int side, guint32 exchange)
{
  if (exchange == NO_EXCHANGE)
    return Q (nil);
  const Exchange *e = exchanges_get (c->sides[side], exchange);
  const WirePdu *pdu = exchanges_shown (c->sides[side], e);
  emacs_value parts[]
      = { env->make_integer (env, exchange), string_or_nil (env, c, e->path),
          env->make_integer (env, pdu->frame) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

static emacs_value
broken_list (emacs_env *env, const Comparing *c, const Divergence *d)
{
  emacs_value list = Q (nil);
  for (guint32 i = d->n_broken; i-- > 0 && lisp_ok (env);)
    {
      const Broken *b = &g_array_index (c->result->broken, Broken, d->first_broken + i);
      emacs_value parts[]
          = { lisp_string (env, rules_name (c->rules, (int)b->rule)),
              seen_at (env, c, 0, b->a_seen), seen_at (env, c, 1, b->b_seen) };
      list = lisp_cons (env, lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts), list);
    }
  return list;
}

/* (PIECES-A LARGEST-A PIECES-B LARGEST-B) of a divergence told by these, or nil.  */
static emacs_value
pieces (emacs_env *env, const Divergence *d)
{
  emacs_value parts[]
      = { env->make_integer (env, d->pieces[0]), lisp_uint (env, d->piece[0]),
          env->make_integer (env, d->pieces[1]), lisp_uint (env, d->piece[1]) };
  return d->fold == FOLDS_CHUNKS ? lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts)
                                 : Q (nil);
}

LISP_FUNCTION (compare_divergence)
{
  static const char *const kinds[]
      = { [DIVERGES_STATUS] = "status",         [DIVERGES_REQUEST] = "request",
          [DIVERGES_RESPONSE] = "response",     [DIVERGES_ONLY_A] = "only-a",
          [DIVERGES_ONLY_B] = "only-b",         [DIVERGES_ORDER] = "order",
          [DIVERGES_IDENTIFIER] = "identifier", [DIVERGES_SLOWER] = "slower",
          [DIVERGES_CONNECTION] = "connection", [DIVERGES_CAPTURE] = "capture" };
  static const char *const folds[] = { [FOLDS_CONNECTION] = "connection",
                                       [FOLDS_BEGIN] = "begin",
                                       [FOLDS_END] = "end",
                                       [FOLDS_REST] = "rest",
                                       [FOLDS_CHUNKS] = "chunks" };
  const Comparing *c = comparing_result (env, args[0]);
  const Divergence *d = c ? comparing_element (env, c->result->divergences, args[1]) : NULL;
  if (!d)
    return Q (nil);
  emacs_value parts[] = { env->intern (env, kinds[d->kind]),
                          number_or_nil (env, d->a),
                          number_or_nil (env, d->b),
                          env->make_integer (env, d->row),
                          env->make_integer (env, d->n),
                          number_or_nil (env, d->cause),
                          d->request ? Q (t) : Q (nil),
                          d->response ? Q (t) : Q (nil),
                          d->encryption ? Q (t) : Q (nil),
                          broken_list (env, c, d),
                          d->fold ? env->intern (env, folds[d->fold]) : Q (nil),
                          d->slower ? Q (t) : Q (nil),
                          d->side ? env->intern (env, "b") : env->intern (env, "a"),
                          d->frame ? number_or_nil (env, d->frame) : Q (nil),
                          d->how & WIRE_SEGMENT_REFUSED ? env->intern (env, "refused")
                          : d->how & WIRE_SEGMENT_RST   ? env->intern (env, "reset")
                          : d->how                      ? env->intern (env, "closed")
                                                        : Q (nil),
                          pieces (env, d) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

LISP_FUNCTION (compare_row)
{
  const Comparing *c = comparing_result (env, args[0]);
  const ComparedRow *row = c ? comparing_element (env, c->result->rows, args[1]) : NULL;
  if (!row)
    return Q (nil);
  emacs_value parts[]
      = { number_or_nil (env, row->a), number_or_nil (env, row->b),
          number_or_nil (env, row->divergence), env->make_integer (env, row->pair) };
  return lisp_call (env, Q_list, G_N_ELEMENTS (parts), parts);
}

/* (FRAME . INDEX) of a PDU, or nil.  */
static emacs_value
pdu_place (emacs_env *env, const Exchanges *x, guint32 number)
{
  if (number == NO_PDU)
    return Q (nil);
  const WirePdu *pdu = exchanges_pdu (x, number);
  return lisp_cons (env, env->make_integer (env, pdu->frame),
                    env->make_integer (env, pdu->index));
}

static emacs_value
further_places (emacs_env *env, const Exchanges *x, const Exchange *e)
{
  emacs_value list = Q (nil);
  for (guint32 i = e->further; i != NO_PDU && lisp_ok (env); i = exchanges_next (x, i))
    list = lisp_cons (env, pdu_place (env, x, i), list);
  return lisp_call (env, Q_nreverse, 1, &list);
}

static emacs_value
seconds_or_nil (emacs_env *env, gint64 nanoseconds)
{
  return nanoseconds < 0 ? Q (nil) : env->make_float (env, (double)nanoseconds / 1e9);
}

/* The flags of both PDUs of an exchange.  */
static guint32
exchange_flags (const Exchanges *x, const Exchange *e)
{
  return exchanges_shown (x, e)->flags
         | (e->response != NO_PDU ? exchanges_pdu (x, e->response)->flags : 0);
}

LISP_FUNCTION (compare_exchange)
{
  const Comparing *c = comparing_result (env, args[0]);
  intmax_t i = env->extract_integer (env, args[2]);
  if (!c || !lisp_ok (env))
    return Q (nil);
  const Exchanges *x = c->sides[env->is_not_nil (env, args[1]) ? 1 : 0];
  if (i < 0 || i >= exchanges_count (x))
    {
      lisp_error (env, PROBLEM "no-exchange" PROBLEM "%" G_GINT64_FORMAT, (gint64)i);
      return Q (nil);
    }
  const Exchange *e = exchanges_get (x, (guint32)i);
  const WirePdu *pdu = exchanges_shown (x, e);
  const WirePdu *response = e->response != NO_PDU ? exchanges_pdu (x, e->response) : NULL;
  emacs_value parts[]
      = { pdu_place (env, x, e->request),
          pdu_place (env, x, e->response),
          pdu_place (env, x, e->interim),
          further_places (env, x, e),
          lisp_string (env, strings_get (c->strings, pdu->command_name)),
          string_or_nil (env, c, e->path),
          string_or_nil (env, c, pdu->words),
          response ? string_or_nil (env, c, response->status_name) : Q (nil),
          env->make_float (env, (double)pdu->time / 1e9),
          seconds_or_nil (env, exchange_duration (x, e)),
          lisp_uint (env, e->session),
          env->make_integer (env, e->group),
          pdu->flags & WIRE_PDU_ENCRYPTED ? Q (t) : Q (nil),
          pdu->flags & WIRE_PDU_OPAQUE ? Q (t) : Q (nil),
          pdu->flags & WIRE_PDU_SMB1 ? Q (t) : Q (nil),
          env->make_integer (env, (intmax_t)pdu->message),
          exchange_flags (x, e) & WIRE_PDU_COMPRESSED ? Q (t) : Q (nil),
          string_or_nil (env, c, pdu->protocol),
          exchange_flags (x, e) & WIRE_PDU_FAILED ? Q (t) : Q (nil),
          pdu->flags & WIRE_PDU_ALONE ? Q (t) : Q (nil),
          pdu->protocol && pdu->stream >> 31 ? Q (t) : Q (nil) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

const ModuleFunction module_compare_functions[] = {
  { "smbcmp--module-compare-environment", 1, 1, compare_environment,
    "Return what differs between the peers of COMPARING: (ROWS NAMES PACKED).\n"
    "ROWS are exchanges, a list of (A B), in which something does; NAMES a\n"
    "list of (RULE A B EXCHANGE-A EXCHANGE-B): names A and B that go together by\n"
    "RULE, and where they do first.  PACKED is nil, or the first exchanges\n"
    "(A B) of which only one came compressed.\n\n(fn COMPARING)" },
  { "smbcmp--module-compare-keep", 3, 3, compare_keep,
    "Compare only those of COMPARING's exchanges that are in FRAMES.\n"
    "That is a list of frames, ascending, of " OF_SIDE ".\n\n(fn COMPARING SIDE FRAMES)" },
  { "smbcmp--module-compare-run", 7, 7, compare_start,
    "Compare what was added to COMPARING; return nil if the user quits.\n"
    "SLOWER times slower matters, a float, 0.0 for never, from DELAY\n"
    "nanoseconds on.  PINS is a list of (TOGETHER FRAME-A INDEX-A FRAME-B\n"
    "INDEX-B), where PDU INDEX of a frame stands for its exchange, and\n"
    "TOGETHER is 1, or 0 for apart.  RENAME non-nil lets names differ that\n"
    "stand for the same thing throughout; NAMES is a list of (A . B), names\n"
    "that go together whatever else there is.  CONNECTS non-nil has connections\n"
    "that did not come about be compared.\n\n"
    "(fn COMPARING SLOWER DELAY PINS RENAME NAMES CONNECTS)" },
  { "smbcmp--module-compare-result", 1, 1, compare_result,
    "Return what came of COMPARING: a vector [SAME DIVERGENCES ROWS\n"
    "SIDE-A SIDE-B ENCRYPTED IGNORED GROUPS PARTIAL].\n"
    "A SIDE is a vector of the numbers of exchanges, of those that could not\n"
    "be decrypted, of those that are SMB1, of messages captured in part, of those\n"
    "that could not be unpacked, of datagrams, of ECHOs that only it has, of messages\n"
    "captured twice, and (PLACES . FRAME) where segments are missing, and a\n"
    "port with SMB that is not dissected, or 0, exchanges of other protocols, and an\n"
    "alist of those and how many of their messages are encrypted.  IGNORED is an\n"
    "alist of rules and how many differences each hid; GROUPS a list of (A B), nil or "
    "(CLIENT SERVER\n"
    "EXCHANGES CONNECTIONS FRAME STREAM).\n\n(fn COMPARING)" },
  { "smbcmp--module-compare-divergence", 2, 2, compare_divergence,
    "Return divergence N of COMPARING: a vector [KIND A B ROW COUNT CAUSE\n"
    "REQUEST RESPONSE ENCRYPTION BROKEN FOLD SLOWER\n"
    "SIDE FRAME HOW PIECES].\n"
    "KIND is a symbol, A and B are exchanges, COUNT is how many were moved,\n"
    "CAUSE is another divergence or nil.  REQUEST and RESPONSE say what\n"
    "differs, ENCRYPTION that of one side only is encrypted; BROKEN is a\n"
    "list of (RULE SEEN-A SEEN-B), each nil or (EXCHANGE PATH FRAME).  FOLD is\n"
    "nil, `connection', `begin', `end', `chunks' or `rest', SLOWER says that B took "
    "longer.\n"
    "SIDE is `a' or `b', of the connection that ended in FRAME, HOW being `closed',\n"
    "`reset' or `refused', or what lacks something before FRAME of the other.\n"
    "PIECES is nil or (PIECES-A LARGEST-A PIECES-B LARGEST-B), of `chunks'.\n\n"
    "(fn COMPARING N)" },
  { "smbcmp--module-compare-row", 2, 2, compare_row,
    "Return row N of COMPARING's aligned lists: (A B DIVERGENCE GROUPS).\n"
    "A and B are exchanges; all but the last may be nil.\n\n(fn COMPARING N)" },
  { "smbcmp--module-compare-exchange", 3, 3, compare_exchange,
    "Return exchange N of COMPARING's " OF_SIDE ".\n"
    "It is a vector [REQUEST RESPONSE INTERIM FURTHER COMMAND PATH WORDS\n"
    "STATUS TIME DURATION SESSION GROUP ENCRYPTED OPAQUE SMB1 MESSAGE PACKED\n"
    "PROTOCOL FAILED ALONE LOOKUP].  PROTOCOL is nil for SMB; others may say that they "
    "FAILED,\n"
    "ALONE is t for what nobody answers, and LOOKUP if theirs is a connection each time.\n"
    "The first three are nil or PDUs (FRAME . INDEX), FURTHER is a list of\n"
    "such; times are in seconds.\n\n(fn COMPARING SIDE N)" },
  { NULL, 0, 0, NULL, NULL }
};
