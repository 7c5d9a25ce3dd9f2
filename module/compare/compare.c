/* compare.c --- where two captures diverge

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/compare.h"
#include "compare/alone.h"
#include "compare/besides.h"
#include "compare/cause.h"
#include "compare/chunks.h"
#include "compare/divergence.h"
#include "compare/mirror.h"
#include "compare/missing.h"
#include "compare/pairing.h"
#include "compare/reconnect.h"
#include "compare/renaming.h"
#include "compare/runs.h"
#include "compare/values.h"

/* ---------------------------------------------------------------- fields */

static void
count_ignored (Judge *judge, WireIgnored ignored, guint n)
{
  judge->result->ignored[MIN (wire_ignored_rule (ignored), judge->result->n_rules)] += n;
}

/* Count what differs of what the rules hide.  */
static void
judge_hidden (Judge *judge, const guint32 pdu[2])
{
  guint32 n, m, i = 0, j = 0;
  const WireIgnored *a = exchanges_ignored (judge->x[0], pdu[0], &n);
  const WireIgnored *b = exchanges_ignored (judge->x[1], pdu[1], &m);
  while (i < n || j < m)
    {
      if (i < n && j < m && wire_ignored_rule (a[i]) == wire_ignored_rule (b[j]))
        {
          count_ignored (judge, a[i], a[i] != b[j]);
          i++;
          j++;
        }
      else if (n - i >= m - j)
        count_ignored (judge, a[i++], 1);
      else
        count_ignored (judge, b[j++], 1);
    }
}

/* Two PDUs at the same place of their exchanges, NO_PDU for none; TRUE if what
   matters is the same.  */
static gboolean
judge_pdus (Judge *judge, JudgedRow *c, guint32 left, guint32 right)
{
  const guint32 pdu[2] = { left, right };
  if (left == NO_PDU || right == NO_PDU)
    return left == right;
  judge_hidden (judge, pdu);
  renaming_judge (judge, c, pdu);
  const WirePdu *a = exchanges_pdu (judge->x[0], left);
  const WirePdu *b = exchanges_pdu (judge->x[1], right);
  /* What was cut off on one side may be as it should.  */
  if ((a->flags ^ b->flags) & WIRE_PDU_CUT)
    {
      judge->result->partial++;
      return TRUE;
    }
  gboolean same = values_judge (judge, c, pdu);
  c->environment |= a->environment != b->environment;
  return same && a->matters == b->matters;
}

/* Does B take longer than A?  That it does not is no fault.  */
static gboolean
is_slower (const Judge *judge, const JudgedRow *c)
{
  const CompareOptions *options = judge->options;
  gint64 a = exchange_duration (judge->x[!judge->b], c->e[!judge->b]);
  gint64 b = exchange_duration (judge->x[judge->b], c->e[judge->b]);
  return options->slower > 0 && a >= 0 && b - a >= options->delay
         && (double)b >= options->slower * (double)a;
}

static void
judge_status (const Judge *judge, JudgedRow *c)
{
  const WirePdu *p[2];
  for (int side = 0; side < 2; side++)
    p[side] = c->e[side]->response != NO_PDU
                  ? exchanges_pdu (judge->x[side], c->e[side]->response)
                  : NULL;
  c->status
      = p[0] && p[1]
        && (p[0]->status != p[1]->status || (p[0]->flags ^ p[1]->flags) & WIRE_PDU_STATUS);
  c->failed = p[0] && p[1] && (p[0]->flags ^ p[1]->flags) & WIRE_PDU_FAILED;
}

static void
judge_further (Judge *judge, JudgedRow *c)
{
  guint32 i = c->e[0]->further, j = c->e[1]->further;
  while (i != NO_PDU || j != NO_PDU)
    {
      guint32 any = i != NO_PDU ? i : j;
      gboolean response
          = (exchanges_pdu (judge->x[i == NO_PDU], any)->flags & WIRE_PDU_RESPONSE) != 0;
      if (!judge_pdus (judge, c, i, j))
        {
          c->found.response |= response;
          c->found.request |= !response;
        }
      i = i == NO_PDU ? i : exchanges_next (judge->x[0], i);
      j = j == NO_PDU ? j : exchanges_next (judge->x[1], j);
    }
}

/* Was one of the requests cut off when it was captured?  Then what answers it can't be
   dissected.  */
static gboolean
is_cut (const Judge *judge, const JudgedRow *c)
{
  if (c->e[0]->request == NO_PDU || c->e[1]->request == NO_PDU)
    return FALSE;
  return (exchanges_pdu (judge->x[0], c->e[0]->request)->flags
          ^ exchanges_pdu (judge->x[1], c->e[1]->request)->flags)
         & WIRE_PDU_CUT;
}

/* Two exchanges that go together.  */
static void
judge_pair (Judge *judge, JudgedRow *c)
{
  const Exchange *a = c->e[0], *b = c->e[1];
  c->found.request = !judge_pdus (judge, c, a->request, b->request);
  c->found.response
      = !judge_pdus (judge, c, a->response, b->response)
        && !(is_cut (judge, c) && b->response != NO_PDU && a->response != NO_PDU);
  if (a->interim == NO_PDU || b->interim == NO_PDU)
    judge->result->interim += a->interim != b->interim;
  else
    c->found.response |= !judge_pdus (judge, c, a->interim, b->interim);
  judge_further (judge, c);
  judge_status (judge, c);
  c->slower = c->found.slower = is_slower (judge, c);
  guint32 flags
      = exchanges_shown (judge->x[0], a)->flags ^ exchanges_shown (judge->x[1], b)->flags;
  if (flags & WIRE_PDU_ENCRYPTED && !(flags & WIRE_PDU_OPAQUE))
    {
      judge->result->encrypted++;
      /* Told once.  */
      c->found.encryption = !judge->encryption[c->row->pair];
      judge->encryption[c->row->pair] = 1;
    }
  c->diverges |= c->found.request || c->found.response || c->status || c->slower
                 || c->found.encryption;
}

/* ------------------------------------------------------------------ rows */

/* Is the moved row right behind the one before it, on both sides?  */
static gboolean
continues_block (const Judge *judge, const JudgedRow *c)
{
  guint32 last = judge->moved[2 * c->row->pair];
  if (!last)
    return FALSE;
  const Row *before = &g_array_index (judge->pairing->rows, Row, last - 1);
  return judge->place[0][c->row->left] == judge->place[0][before->left] + 1
         && judge->place[1][c->row->right] == judge->place[1][before->right] + 1;
}

static guint32
add_move (Judge *judge, JudgedRow *c)
{
  guint32 *block = &judge->moved[2 * c->row->pair];
  if (continues_block (judge, c))
    g_array_index (judge->result->divergences, Divergence, block[1]).n++;
  else
    {
      JudgedRow move = *c;
      move.found.n_broken = 0;
      move.found.request = move.found.response = move.found.encryption = FALSE;
      move.found.slower = FALSE;
      block[1] = divergence_add (judge, &move, DIVERGES_ORDER);
    }
  block[0] = c->number + 1;
  return block[1];
}

/* The flags of what came back, or of what shows the exchange E.  */
static guint32
answer_flags (const Exchanges *x, const Exchange *e)
{
  return (e->response != NO_PDU ? exchanges_pdu (x, e->response) : exchanges_shown (x, e))
      ->flags;
}

static gboolean
two_protocols (const Judge *judge, const JudgedRow *c)
{
  return c->e[0] && c->e[1]
         && (answer_flags (judge->x[0], c->e[0]) ^ answer_flags (judge->x[1], c->e[1]))
                & WIRE_PDU_SMB1;
}

/* Whether neither side of the row can be read.  */
static gboolean
is_opaque (const Judge *judge, const JudgedRow *c)
{
  return (!c->e[0] || exchanges_is_opaque (judge->x[0], c->row->left))
         && (!c->e[1] || exchanges_is_opaque (judge->x[1], c->row->right));
}

/* The divergence of a row that can't be read.  */
static guint32
judge_opaque (Judge *judge, JudgedRow *c)
{
  if (c->e[0] && c->e[1])
    return NO_DIVERGENCE;
  guint32 *known = &judge->opaque[c->e[0] ? 0 : 1][c->row->pair];
  if (*known)
    g_array_index (judge->result->divergences, Divergence, *known - 1).n++;
  else
    *known = divergence_add (judge, c, divergence_kind (c)) + 1;
  return *known - 1;
}

/* Add that the server ended the connection behind the case, whose divergence is
   KNOWN, if that was not told.  */
static void
judge_ending (Judge *judge, const JudgedRow *c, guint32 known)
{
  for (int side = 0; side < 2; side++)
    {
      const WireSegment *ending = missing_ending (judge, c, side);
      GArray *divergences = judge->result->divergences;
      if (!ending
          || (known != NO_DIVERGENCE
              && g_array_index (divergences, Divergence, known).kind
                     == DIVERGES_CONNECTION))
        continue;
      const Divergence d = { .kind = DIVERGES_CONNECTION,
                             .row = c->number,
                             .a = c->row->left,
                             .b = c->row->right,
                             .n = 1,
                             .cause = c->status ? known : NO_DIVERGENCE,
                             .side = side,
                             .frame = ending->frame,
                             .how = ending->flags,
                             .reconnect = c->e[side] ? divergence_reconnect (
                                              judge->x[side], c->e[side], ending->frame)
                                                     : 0 };
      g_array_append_val (divergences, d);
      judge->tails[c->row->pair].last = divergences->len;
    }
}

/* What takes a connection each time comes in any order.  */
static gboolean
unordered (const Judge *judge, const JudgedRow *c)
{
  return exchanges_shown (judge->x[0], c->e[0])->stream >> 31 != 0;
}

static guint32
judge_both (Judge *judge, JudgedRow *c)
{
  guint32 divergence = NO_DIVERGENCE;
  judge_pair (judge, c);
  if (c->row->moved && !unordered (judge, c) && !missing_place (judge, c))
    divergence = add_move (judge, c);
  if (c->diverges)
    divergence = divergence_add (judge, c, divergence_kind (c));
  alone_note_last (judge, c, divergence);
  return divergence;
}

static guint32
judge_readable (Judge *judge, JudgedRow *c)
{
  guint32 divergence = c->e[0] && c->e[1] ? judge_both (judge, c) : alone_judge (judge, c);
  if (divergence == NO_DIVERGENCE)
    judge->result->same++;
  cause_note (judge, c, divergence);
  if (c->diverges && two_protocols (judge, c) && !judge->protocol[c->row->pair])
    judge->protocol[c->row->pair] = divergence + 1;
  return divergence;
}

/* The flags of all PDUs of SIDE's exchange.  */
static guint32
all_flags (const Judge *judge, const JudgedRow *c, int side)
{
  const Exchange *e = c->e[side];
  guint32 flags = 0;
  if (e->request != NO_PDU)
    flags |= exchanges_pdu (judge->x[side], e->request)->flags;
  if (e->response != NO_PDU)
    flags |= exchanges_pdu (judge->x[side], e->response)->flags;
  return flags;
}

static void
judge_row (Judge *judge, guint32 number)
{
  JudgedRow c
      = { .number = number, .row = &g_array_index (judge->pairing->rows, Row, number) };
  c.e[0] = c.row->left != NO_EXCHANGE ? exchanges_get (judge->x[0], c.row->left) : NULL;
  c.e[1] = c.row->right != NO_EXCHANGE ? exchanges_get (judge->x[1], c.row->right) : NULL;
  guint32 divergence = is_opaque (judge, &c)       ? judge_opaque (judge, &c)
                       : besides_count (judge, &c) ? NO_DIVERGENCE
                                                   : judge_readable (judge, &c);
  if (c.e[0] && c.e[1] && !judge->result->compressed
      && (all_flags (judge, &c, 0) ^ all_flags (judge, &c, 1)) & WIRE_PDU_COMPRESSED)
    judge->result->compressed = number + 1;
  judge_ending (judge, &c, divergence);
  missing_note (judge, &c);
  const ComparedRow row = { c.row->left, c.row->right, c.row->pair, divergence };
  g_array_append_val (judge->result->rows, row);
  if (c.environment)
    g_array_append_val (judge->result->environment, number);
}

/* ------------------------------------------------------------------- all */

static guint32 *
make_places (const Exchanges *x)
{
  guint32 n = exchanges_count (x);
  guint32 *places = g_new (guint32, n + 1);
  for (guint32 i = 0; i < n; i++)
    places[exchanges_in_order (x, i)] = i;
  return places;
}

static void
judge_begin (Judge *judge, guint n_rules)
{
  guint pairs = judge->pairing->groups->len + 1;
  Comparison *c = judge->result = g_new0 (Comparison, 1);
  c->rows = g_array_new (FALSE, FALSE, sizeof (ComparedRow));
  c->divergences = g_array_new (FALSE, FALSE, sizeof (Divergence));
  c->broken = g_array_new (FALSE, FALSE, sizeof (Broken));
  c->groups = g_array_new (FALSE, FALSE, sizeof (ComparedGroups));
  c->environment = g_array_new (FALSE, FALSE, sizeof (guint32));
  c->n_rules = n_rules;
  c->ignored = g_new0 (guint64, n_rules + 1);
  renaming_init (judge);
  values_init (judge);
  for (int side = 0; side < 2; side++)
    {
      judge->place[side] = make_places (judge->x[side]);
      judge->diverged[side] = g_new0 (guint32, exchanges_count (judge->x[side]) + 1);
      judge->owners[side] = renaming_table (NULL);
      judge->opaque[side] = g_new0 (guint32, pairs);
    }
  judge->paths = renaming_table (NULL);
  judge->things = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  judge->encryption = g_new0 (guint32, pairs);
  judge->protocol = g_new0 (guint32, pairs);
  judge->moved = g_new0 (guint32, 2 * (gsize)pairs);
  judge->carried = g_new0 (guint32, pairs);
  judge->connects = g_new0 (guint32, pairs);
  alone_begin (judge);
  besides_begin (judge);
  missing_begin (judge);
}

static void
judge_end (Judge *judge)
{
  renaming_clear (judge);
  values_clear (judge);
  for (int side = 0; side < 2; side++)
    {
      g_free (judge->place[side]);
      g_free (judge->diverged[side]);
      g_hash_table_unref (judge->owners[side]);
      g_free (judge->opaque[side]);
    }
  g_hash_table_unref (judge->paths);
  g_hash_table_unref (judge->things);
  g_free (judge->encryption);
  g_free (judge->protocol);
  g_free (judge->moved);
  g_free (judge->carried);
  g_free (judge->connects);
  alone_end (judge);
  besides_end (judge);
  missing_end (judge);
}

static gboolean
judge_rows (Judge *judge)
{
  for (guint32 r = 0; r < judge->pairing->rows->len; r++)
    {
      if (r % 1024 == 1023 && judge->options->tick
          && !judge->options->tick (judge->options->user))
        return FALSE;
      judge_row (judge, r);
    }
  for (guint32 g = 0; g < judge->pairing->groups->len; g++)
    {
      const GroupPair *pair = &g_array_index (judge->pairing->groups, GroupPair, g);
      const ComparedGroups groups = { pair->left, pair->right };
      g_array_append_val (judge->result->groups, groups);
    }
  return TRUE;
}

Comparison *
compare_run (const Exchanges *a, const Exchanges *b, const Strings *strings,
             const CompareOptions *options)
{
  gboolean swapped = exchanges_hash (a) > exchanges_hash (b);
  Judge judge = { .x = { swapped ? b : a, swapped ? a : b },
                  .strings = strings,
                  .options = options,
                  .b = swapped ? 0 : 1 };
  g_autofree Pin *pins = g_new (Pin, options->n_pins + 1);
  for (guint p = 0; p < options->n_pins; p++)
    {
      const Pin *pin = &options->pins[p];
      pins[p] = swapped ? (Pin){ pin->right, pin->left, pin->together } : *pin;
    }
  g_autoptr (Pairing) pairing = pairing_run (judge.x[0], judge.x[1], strings, pins,
                                             options->n_pins, options->tick, options->user);
  if (!pairing)
    return NULL;
  judge.pairing = pairing;
  judge_begin (&judge, options->n_rules);
  gboolean done = judge_rows (&judge);
  if (done)
    reconnect_follow (&judge);
  if (done)
    chunks_fold (&judge);
  if (done)
    runs_fold (&judge);
  judge_end (&judge);
  if (swapped)
    comparison_mirror (judge.result);
  if (!done)
    g_clear_pointer (&judge.result, comparison_free);
  return judge.result;
}
