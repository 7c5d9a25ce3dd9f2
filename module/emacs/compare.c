/* compare.c --- comparisons of captures as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/compare.h"

#include "compare/compare.h"
#include "support/problem.h"

Comparing *
comparing_result (emacs_env *env, emacs_value object)
{
  Comparing *c = comparing_get (env, object);
  if (c && !c->result)
    lisp_error (env, PROBLEM "not-run");
  return c && c->result ? c : NULL;
}

emacs_value
comparing_number (emacs_env *env, guint32 number)
{
  return number == G_MAXUINT32 ? Q (nil) : env->make_integer (env, number);
}

emacs_value
comparing_string (emacs_env *env, const Comparing *c, guint32 string)
{
  return string ? lisp_string (env, strings_get (c->strings, string)) : Q (nil);
}

/* ------------------------------------------------------------- the result */

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

/* How many frames were captured before the one before them: (COUNT . FRAME).  */
static emacs_value
disordered (emacs_env *env, const Exchanges *x)
{
  guint32 first, n = exchanges_disordered (x, &first);
  return lisp_cons (env, env->make_integer (env, n), env->make_integer (env, first));
}

/* How many exchanges SIDE has besides that are of KIND, and the frame of the first:
   (COUNT . FRAME).  */
static emacs_value
besides (emacs_env *env, const Comparing *c, int side, BesidesKind kind)
{
  const Besides *b = &c->result->besides[kind][side];
  return lisp_cons (env, env->make_integer (env, b->n), env->make_integer (env, b->frame));
}

/* [EXCHANGES OPAQUE SMB1 CUT PACKED DATAGRAMS ALIVE REPEATED LOST PORT OTHERS
   ENCRYPTED POLLS LOOKS NEGOTIATION DISORDERED] of a side, numbers, of PDUs from CUT on; a
   PORT with SMB that is not dissected, or 0; exchanges of OTHERS than SMB, and what is
   ENCRYPTED of those; ALIVE, LOST and what is behind ENCRYPTED are (COUNT . FRAME).  */
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
                          besides (env, c, side, BESIDES_ALIVE),
                          env->make_integer (env, exchanges_repeated (x)),
                          lost_segments (env, x),
                          env->make_integer (env, exchanges_foreign_port (x)),
                          env->make_integer (env, count_others (x)),
                          encrypted_counts (env, c, x),
                          besides (env, c, side, BESIDES_POLL),
                          besides (env, c, side, BESIDES_LOOK),
                          besides (env, c, side, BESIDES_NEGOTIATION),
                          disordered (env, x) };
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
              comparing_number (env, r->a_seen), comparing_number (env, r->b_seen) };
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

#define OF_SIDE "A, or of B if SIDE is non-nil"

const ModuleFunction module_compare_functions[] = {
  { "smbcmp--module-compare-environment", 1, 1, compare_environment,
    "Return what differs between the peers of COMPARING: (ROWS NAMES PACKED).\n"
    "ROWS are exchanges, a list of (A B), in which something does; NAMES a\n"
    "list of (RULE A B EXCHANGE-A EXCHANGE-B): names A and B that go together by\n"
    "RULE, and where they do first.  PACKED is nil, or the first exchanges\n"
    "(A B) of which only one came compressed.\n\n(fn COMPARING)" },
  { "smbcmp--module-compare-result", 1, 1, compare_result,
    "Return what came of COMPARING: a vector [SAME DIVERGENCES ROWS\n"
    "SIDE-A SIDE-B ENCRYPTED IGNORED GROUPS PARTIAL].\n"
    "A SIDE is a vector of the numbers of exchanges, of those that could not\n"
    "be decrypted, of those that are SMB1, of messages captured in part, of those\n"
    "that could not be unpacked, of datagrams, of ECHOs that only it has, of messages\n"
    "captured twice, of places where segments are missing, a port with SMB that is\n"
    "not dissected, or 0, and the numbers of exchanges of other protocols; an alist\n"
    "of those and how many of their messages are encrypted; the numbers of exchanges\n"
    "of it alone that ask again what was asked right before, that look at a file\n"
    "again, and that negotiate; and of frames captured before the one before them.\n"
    "ECHOs, places, these, and those of it alone are\n"
    "(COUNT . FRAME), FRAME being the first.  IGNORED is an\n"
    "alist of rules and how many\n"
    "differences each hid; GROUPS a list of (A B), nil or (CLIENT SERVER\n"
    "EXCHANGES CONNECTIONS FRAME STREAM).\n\n(fn COMPARING)" },
  { NULL, 0, 0, NULL, NULL }
};
