/* compare-row.c --- divergences, rows and exchanges as Lisp data

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/compare.h"

#include "support/problem.h"

/* Where an identifier was met first: the path there, or the command.  */
static emacs_value
seen_at (emacs_env *env, const Comparing *c, int side, guint32 exchange)
{
  if (exchange == NO_EXCHANGE)
    return Q (nil);
  const Exchange *e = exchanges_get (c->sides[side], exchange);
  const WirePdu *pdu = exchanges_shown (c->sides[side], e);
  emacs_value parts[]
      = { env->make_integer (env, exchange), comparing_string (env, c, e->path),
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
                                       [FOLDS_RUN] = "run",
                                       [FOLDS_CHUNKS] = "chunks" };
  const Comparing *c = comparing_result (env, args[0]);
  const Divergence *d = c ? comparing_element (env, c->result->divergences, args[1]) : NULL;
  if (!d)
    return Q (nil);
  emacs_value parts[]
      = { env->intern (env, kinds[d->kind]),
          comparing_number (env, d->a),
          comparing_number (env, d->b),
          env->make_integer (env, d->row),
          env->make_integer (env, d->n),
          comparing_number (env, d->cause),
          d->request ? Q (t) : Q (nil),
          d->response ? Q (t) : Q (nil),
          d->encryption ? Q (t) : Q (nil),
          broken_list (env, c, d),
          d->fold ? env->intern (env, folds[d->fold]) : Q (nil),
          d->slower ? Q (t) : Q (nil),
          d->side ? env->intern (env, "b") : env->intern (env, "a"),
          d->frame ? comparing_number (env, d->frame) : Q (nil),
          d->how & WIRE_SEGMENT_REFUSED ? env->intern (env, "refused")
          : d->how & WIRE_SEGMENT_RST   ? env->intern (env, "reset")
          : d->how                      ? env->intern (env, "closed")
          : d->waited                   ? env->intern (env, "unanswered")
                                        : Q (nil),
          pieces (env, d),
          d->waited ? env->make_float (env, (double)d->waited / 1e9) : Q (nil),
          env->make_integer (env, d->again),
          d->reconnect ? comparing_number (env, d->reconnect) : Q (nil) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

LISP_FUNCTION (compare_row)
{
  const Comparing *c = comparing_result (env, args[0]);
  const ComparedRow *row = c ? comparing_element (env, c->result->rows, args[1]) : NULL;
  if (!row)
    return Q (nil);
  emacs_value parts[]
      = { comparing_number (env, row->a), comparing_number (env, row->b),
          comparing_number (env, row->divergence), env->make_integer (env, row->pair) };
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
          comparing_string (env, c, e->path),
          comparing_string (env, c, pdu->words),
          response ? comparing_string (env, c, response->status_name) : Q (nil),
          env->make_float (env, (double)pdu->time / 1e9),
          seconds_or_nil (env, exchange_duration (x, e)),
          lisp_uint (env, e->session),
          env->make_integer (env, e->group),
          pdu->flags & WIRE_PDU_ENCRYPTED ? Q (t) : Q (nil),
          pdu->flags & WIRE_PDU_OPAQUE ? Q (t) : Q (nil),
          pdu->flags & WIRE_PDU_SMB1 ? Q (t) : Q (nil),
          env->make_integer (env, (intmax_t)pdu->message),
          exchange_flags (x, e) & WIRE_PDU_COMPRESSED ? Q (t) : Q (nil),
          comparing_string (env, c, pdu->protocol),
          exchange_flags (x, e) & WIRE_PDU_FAILED ? Q (t) : Q (nil),
          pdu->flags & WIRE_PDU_ALONE ? Q (t) : Q (nil),
          pdu->protocol && pdu->stream >> 31 ? Q (t) : Q (nil),
          (response ? response : pdu)->flags & WIRE_PDU_SMB1 ? Q (t) : Q (nil) };
  return lisp_call (env, Q_vector, G_N_ELEMENTS (parts), parts);
}

#define OF_SIDE "A, or of B if SIDE is non-nil"

const ModuleFunction module_compare_row_functions[] = {
  { "smbcmp--module-compare-divergence", 2, 2, compare_divergence,
    "Return divergence N of COMPARING: a vector [KIND A B ROW COUNT CAUSE\n"
    "REQUEST RESPONSE ENCRYPTION BROKEN FOLD SLOWER\n"
    "SIDE FRAME HOW PIECES WAITED AGAIN RECONNECT].\n"
    "KIND is a symbol, A and B are exchanges, COUNT is how many were moved,\n"
    "CAUSE is another divergence or nil.  REQUEST and RESPONSE say what\n"
    "differs, ENCRYPTION that of one side only is encrypted; BROKEN is a\n"
    "list of (RULE SEEN-A SEEN-B), each nil or (EXCHANGE PATH FRAME).  FOLD is\n"
    "nil, `connection', `begin', `end', `chunks', `run' or `rest', SLOWER says that B\n"
    "took longer.\n"
    "SIDE is `a' or `b', of the connection that ended in FRAME, HOW being `closed',\n"
    "`reset' or `refused', or `unanswered', where the request in FRAME WAITED seconds\n"
    "and was sent AGAIN so often, or what lacks something before FRAME of the other;\n"
    "RECONNECT is nil or the frame in which its client connected again.\n"
    "PIECES is nil or (PIECES-A LARGEST-A PIECES-B LARGEST-B), of `chunks'.\n\n"
    "(fn COMPARING N)" },
  { "smbcmp--module-compare-row", 2, 2, compare_row,
    "Return row N of COMPARING's aligned lists: (A B DIVERGENCE GROUPS).\n"
    "A and B are exchanges; all but the last may be nil.\n\n(fn COMPARING N)" },
  { "smbcmp--module-compare-exchange", 3, 3, compare_exchange,
    "Return exchange N of COMPARING's " OF_SIDE ".\n"
    "It is a vector [REQUEST RESPONSE INTERIM FURTHER COMMAND PATH WORDS\n"
    "STATUS TIME DURATION SESSION GROUP ENCRYPTED OPAQUE SMB1 MESSAGE PACKED\n"
    "PROTOCOL FAILED ALONE LOOKUP ANSWER-SMB1].  PROTOCOL is nil for SMB; others may say "
    "that they "
    "FAILED,\n"
    "ALONE is t for what nobody answers, and LOOKUP if theirs is a connection each time.\n"
    "ANSWER-SMB1 is t if what came back is SMB1, or nothing did and the request is.\n"
    "The first three are nil or PDUs (FRAME . INDEX), FURTHER is a list of\n"
    "such; times are in seconds.\n\n(fn COMPARING SIDE N)" },
  { NULL, 0, 0, NULL, NULL }
};
