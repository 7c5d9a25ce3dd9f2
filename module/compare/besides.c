/* besides.c --- what one side asks besides, and what breaks nothing

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/besides.h"

#include <string.h>

#include "smb/pdu.h"
#include "support/hash.h"

enum
{
  SMB_ECHO = 0x2b,
  SMB_NEGOTIATE = 0x72,
  SMB2_NEGOTIATE = 0,
  SMB2_CREATE = 5,
  SMB2_CLOSE = 6,
  SMB2_IOCTL = 11,
  SMB2_ECHO = 13,
  SMB2_GETINFO = 16
};

/* More than that, and than one in ten of all exchanges, say something by themselves.  */
#define MANY 16

/* As far as the same question in a row is gone after.  */
#define FAR 256

/* What is known of a side while going through the rows.  */
typedef struct
{
  GHashTable *told;  /* hashes of what it asked and was told, where both sides did */
  GHashTable *asked; /* hashes of what it asked of a file to those of what it was told */
  guint8 *alone;     /* for each exchange: it has no partner */
  guint8 *uses;      /* for each exchange that opens something: USED_... */
  guint32 *looks;    /* how often it is asked with the handle what a file is like */
  GHashTable *seen;  /* hashes of (group, path) that were opened */
} Side;

enum
{
  USED_OTHERWISE = 1, /* not only looked at and closed */
  USED_BOTH = 2,      /* by an exchange with a partner */
  LOOKED_BEFORE = 4   /* it was opened before */
};

static gboolean
is_command (const WirePdu *pdu, guint32 smb2, guint32 smb1)
{
  return !pdu->protocol && pdu->command == (pdu->flags & WIRE_PDU_SMB1 ? smb1 : smb2);
}

static gboolean
is_smb2 (const WirePdu *pdu, guint32 command)
{
  return !pdu->protocol && pdu->command == command
         && !(pdu->flags & (WIRE_PDU_SMB1 | WIRE_PDU_OPAQUE));
}

/* Was E asked and answered, by one message each, and granted?  */
static gboolean
is_granted (const Exchanges *x, const Exchange *e)
{
  return e->request != NO_PDU && e->response != NO_PDU && e->further == NO_PDU
         && exchanges_pdu (x, e->response)->status == 0
         && !((exchanges_pdu (x, e->request)->flags | exchanges_pdu (x, e->response)->flags)
              & (WIRE_PDU_OPAQUE | WIRE_PDU_FAILED));
}

/* Has the connection that ROW is of a partner?  */
static gboolean
is_paired (const Judge *judge, const Row *row)
{
  const GroupPair *groups = &g_array_index (judge->pairing->groups, GroupPair, row->pair);
  return groups->left != NO_GROUP && groups->right != NO_GROUP;
}

/* ------------------------------------------------------------ kinds of rows */

/* An ECHO that was answered.  Clients that have nothing to do send them.  */
static gboolean
is_alive (const Exchanges *x, const Exchange *e)
{
  return is_granted (x, e)
         && is_command (exchanges_pdu (x, e->request), SMB2_ECHO, SMB_ECHO);
}

/* The place of the exchange beside that at PLACE, STEP on in its group, if it asks the
   same of the same handle, with the same status, else NO_EXCHANGE.  */
static guint32
find_neighbour (const Exchanges *x, guint32 place, int step)
{
  const Exchange *e = exchanges_get (x, exchanges_in_order (x, place));
  const Group *group = exchanges_group (x, e->group);
  guint32 other = place + (guint32)step;
  if (other < group->first || other >= group->first + group->n)
    return NO_EXCHANGE;
  const Exchange *beside = exchanges_get (x, exchanges_in_order (x, other));
  return beside->request_hash == e->request_hash && beside->opener == e->opener
                 && beside->tree == e->tree && is_granted (x, beside)
             ? other
             : NO_EXCHANGE;
}

/* Does the other side ask the same, of what asks it in a row with the exchange at PLACE,
   from there in direction STEP?  */
static gboolean
is_asked_by_both (const Exchanges *x, const Side *s, guint32 place, int step)
{
  guint32 i = find_neighbour (x, place, step);
  for (guint32 n = 0; n < FAR && i != NO_EXCHANGE; n++, i = find_neighbour (x, i, step))
    if (!s->alone[exchanges_in_order (x, i)])
      return TRUE;
  return FALSE;
}

/* Was what came of E told where both sides asked?  */
static gboolean
is_known (const Side sides[2], const Exchange *e)
{
  return g_hash_table_contains (sides[0].told, &e->exchange_hash)
         || g_hash_table_contains (sides[1].told, &e->exchange_hash);
}

/* A question that is asked several times in a row, once by the other side, too: of what a
   file is like, or what a remote procedure says, which may say something else until it is
   asked no more.  */
static gboolean
is_poll (const Judge *judge, const Side sides[2], int side, const Exchange *e,
         guint32 place)
{
  const Exchanges *x = judge->x[side];
  if (!is_granted (x, e) || e->opener == NO_OPENER)
    return FALSE;
  const WirePdu *request = exchanges_pdu (x, e->request);
  gboolean procedure = is_smb2 (request, SMB2_IOCTL);
  gboolean again = is_asked_by_both (x, &sides[side], place, 1);
  return (procedure || is_smb2 (request, SMB2_GETINFO))
         && ((procedure && again)
             || ((again || is_asked_by_both (x, &sides[side], place, -1))
                 && is_known (sides, e)));
}

/* Part of a negotiation, or verifying one, that was done on both sides and in another
   way: NEGOTIATED says so.  */
static gboolean
is_negotiation (const Judge *judge, int side, const Exchange *e, gboolean negotiated)
{
  const Exchanges *x = judge->x[side];
  if (!negotiated || !is_granted (x, e))
    return FALSE;
  const WirePdu *request = exchanges_pdu (x, e->request);
  return is_command (request, SMB2_NEGOTIATE, SMB_NEGOTIATE)
         || (is_smb2 (request, SMB2_IOCTL)
             && strstr (strings_get (judge->strings, request->words),
                        "VALIDATE_NEGOTIATE_INFO"));
}

/* ---------------------------------------------------------- looking at files */

/* Is what came of E, of SIDE, other than what came of it before, and not known?  */
static gboolean
is_news (Side sides[2], int side, const Exchange *e)
{
  guint64 question = hash_mix (e->request_hash, e->group);
  const guint64 *before = g_hash_table_lookup (sides[side].asked, &question);
  gboolean other = before && *before != e->exchange_hash;
  g_hash_table_insert (sides[side].asked, g_memdup2 (&question, sizeof question),
                       g_memdup2 (&e->exchange_hash, sizeof e->exchange_hash));
  return other && !is_known (sides, e);
}

/* What the exchange I of SIDE does with what was opened.  */
static void
note_use (const Judge *judge, Side sides[2], int side, guint32 i)
{
  const Exchanges *x = judge->x[side];
  const Exchange *e = exchanges_get (x, i);
  const Side *s = &sides[side];
  if (e->opener == NO_OPENER)
    return;
  const WirePdu *shown = exchanges_shown (x, e);
  gboolean looks
      = is_smb2 (shown, SMB2_GETINFO) && is_granted (x, e) && !is_news (sides, side, e);
  s->looks[e->opener] += looks;
  if (!looks && !(is_smb2 (shown, SMB2_CLOSE) && is_granted (x, e)))
    s->uses[e->opener] |= USED_OTHERWISE;
  if (!s->alone[i])
    s->uses[e->opener] |= USED_BOTH;
}

/* Does exchange I of SIDE open a file only to look at what it is like?  */
static gboolean
is_look (const Judge *judge, const Side *s, int side, guint32 i)
{
  const Exchange *e = exchanges_get (judge->x[side], i);
  return exchanges_shown (judge->x[side], e)->flags & WIRE_PDU_OPENS && s->looks[i]
         && !(s->uses[i] & USED_OTHERWISE);
}

/* Is exchange I of SIDE, without a partner, such an opening, of what was opened before, or
   what is done with it?  */
static gboolean
is_look_again (const Judge *judge, const Side *s, int side, guint32 i)
{
  const Exchange *e = exchanges_get (judge->x[side], i);
  guint32 opening = e->opener != NO_OPENER ? e->opener : i;
  return s->alone[opening] && s->uses[opening] & LOOKED_BEFORE
         && !(s->uses[opening] & USED_BOTH);
}

/* Exchange I of SIDE comes.  */
static void
note_look (const Judge *judge, const Side *s, int side, guint32 i)
{
  const Exchange *e = i == NO_EXCHANGE ? NULL : exchanges_get (judge->x[side], i);
  if (!e || !is_smb2 (exchanges_shown (judge->x[side], e), SMB2_CREATE)
      || !is_granted (judge->x[side], e))
    return;
  guint64 path = hash_mix (hash_string (strings_get (judge->strings, e->path)), e->group);
  if (!g_hash_table_add (s->seen, g_memdup2 (&path, sizeof path))
      && is_look (judge, s, side, i))
    s->uses[i] |= LOOKED_BEFORE;
}

static GHashTable *
hash_set (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
}

/* The exchange of SIDE in row R, or NO_EXCHANGE.  */
static guint32
exchange_in (const Judge *judge, int side, guint32 r)
{
  const Row *row = &g_array_index (judge->pairing->rows, Row, r);
  return side ? row->right : row->left;
}

static void
begin_side (const Judge *judge, Side sides[2], int side)
{
  const Exchanges *x = judge->x[side];
  guint32 n = exchanges_count (x) + 1;
  Side *s = &sides[side];
  *s = (Side){ hash_set (),
               g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free),
               g_new0 (guint8, n),
               g_new0 (guint8, n),
               g_new0 (guint32, n),
               hash_set () };
  for (guint32 r = 0; r < judge->pairing->rows->len; r++)
    {
      guint32 i = exchange_in (judge, side, r);
      if (i == NO_EXCHANGE)
        continue;
      s->alone[i] = exchange_in (judge, !side, r) == NO_EXCHANGE;
      const Exchange *e = exchanges_get (x, i);
      if (s->alone[i] || !is_granted (x, e))
        continue;
      g_hash_table_add (s->told, g_memdup2 (&e->exchange_hash, sizeof e->exchange_hash));
    }
}

static void
begin_sides (const Judge *judge, Side sides[2])
{
  for (int side = 0; side < 2; side++)
    begin_side (judge, sides, side);
  for (guint32 r = 0; r < judge->pairing->rows->len; r++)
    for (int side = 0; side < 2; side++)
      if (exchange_in (judge, side, r) != NO_EXCHANGE)
        note_use (judge, sides, side, exchange_in (judge, side, r));
}

static void
end_side (Side *s)
{
  g_hash_table_unref (s->told);
  g_hash_table_unref (s->asked);
  g_free (s->alone);
  g_free (s->uses);
  g_free (s->looks);
  g_hash_table_unref (s->seen);
}

/* ------------------------------------------------------------------- all */

/* Note that each pair of groups has negotiated in two ways.  */
static guint8 *
find_negotiated (const Judge *judge)
{
  guint8 *negotiated = g_new0 (guint8, judge->pairing->groups->len + 1);
  const GArray *rows = judge->pairing->rows;
  for (guint32 r = 0; r < rows->len; r++)
    {
      const Row *row = &g_array_index (rows, Row, r);
      if (row->left == NO_EXCHANGE || row->right == NO_EXCHANGE)
        continue;
      const Exchange *e[2] = { exchanges_get (judge->x[0], row->left),
                               exchanges_get (judge->x[1], row->right) };
      if (is_granted (judge->x[0], e[0]) && is_granted (judge->x[1], e[1])
          && is_command (exchanges_shown (judge->x[0], e[0]), SMB2_NEGOTIATE, SMB_NEGOTIATE)
          && exchanges_pdu (judge->x[0], e[0]->response)->environment
                 != exchanges_pdu (judge->x[1], e[1]->response)->environment)
        negotiated[row->pair] = TRUE;
    }
  return negotiated;
}

static BesidesKind
besides_of (const Judge *judge, const Side sides[2], const guint8 *negotiated,
            const Row *row)
{
  int side = row->left == NO_EXCHANGE;
  const Exchanges *x = judge->x[side];
  guint32 i = side ? row->right : row->left;
  const Exchange *e = exchanges_get (x, i);
  if (row->left != NO_EXCHANGE && row->right != NO_EXCHANGE)
    return BESIDES_NOTHING;
  if (is_alive (x, e))
    return BESIDES_ALIVE;
  if (!is_paired (judge, row))
    return BESIDES_NOTHING;
  if (is_negotiation (judge, side, e, negotiated[row->pair]))
    return BESIDES_NEGOTIATION;
  if (is_poll (judge, sides, side, e, judge->place[side][i]))
    return BESIDES_POLL;
  return is_look_again (judge, &sides[side], side, i) ? BESIDES_LOOK : BESIDES_NOTHING;
}

/* Take back what there is too much of.  */
static void
limit (Judge *judge)
{
  guint32 counts[N_BESIDES][2] = { { 0 } };
  const GArray *rows = judge->pairing->rows;
  for (guint32 r = 0; r < rows->len; r++)
    counts[judge->besides[r]][g_array_index (rows, Row, r).left == NO_EXCHANGE]++;
  for (guint32 r = 0; r < rows->len; r++)
    {
      int side = g_array_index (rows, Row, r).left == NO_EXCHANGE;
      if (judge->besides[r] != BESIDES_ALIVE
          && counts[judge->besides[r]][side]
                 > MAX (MANY, exchanges_count (judge->x[side]) / 10))
        judge->besides[r] = BESIDES_NOTHING;
    }
}

/* Take back what is not between exchanges that both sides have: there it is part of
   something else.  LAST has for each pair of groups the last row that may be taken back,
   + 1, and BEFORE, for each row, the one before that.  */
static void
part_others (Judge *judge)
{
  enum
  {
    BOTH = 0,
    OTHERS = G_MAXUINT32
  };
  const GArray *rows = judge->pairing->rows;
  guint32 pairs = judge->pairing->groups->len;
  g_autofree guint32 *last = g_new0 (guint32, pairs + 1);
  g_autofree guint32 *before = g_new0 (guint32, rows->len + 1);
  for (guint32 r = 0; r <= rows->len + pairs; r++)
    {
      /* At last each pair ends as with something else.  */
      const Row *row = r < rows->len ? &g_array_index (rows, Row, r) : NULL;
      guint32 *state = &last[row ? row->pair : r - rows->len];
      if (row && row->left != NO_EXCHANGE && row->right != NO_EXCHANGE)
        *state = BOTH;
      else if (row && judge->besides[r] != BESIDES_NOTHING && *state != OTHERS)
        {
          before[r] = *state;
          *state = r + 1;
        }
      else if (!row || judge->besides[r] == BESIDES_NOTHING)
        {
          for (guint32 i = *state; i != BOTH && i != OTHERS; i = before[i - 1])
            if (judge->besides[i - 1] != BESIDES_ALIVE)
              judge->besides[i - 1] = BESIDES_NOTHING;
          *state = OTHERS;
        }
      else if (judge->besides[r] != BESIDES_ALIVE)
        judge->besides[r] = BESIDES_NOTHING;
    }
}

void
besides_begin (Judge *judge)
{
  const GArray *rows = judge->pairing->rows;
  Side sides[2];
  begin_sides (judge, sides);
  g_autofree guint8 *negotiated = find_negotiated (judge);
  judge->besides = g_new0 (guint8, rows->len + 1);
  for (guint32 r = 0; r < rows->len; r++)
    {
      const Row *row = &g_array_index (rows, Row, r);
      note_look (judge, &sides[0], 0, row->left);
      note_look (judge, &sides[1], 1, row->right);
      judge->besides[r] = (guint8)besides_of (judge, sides, negotiated, row);
    }
  part_others (judge);
  limit (judge);
  end_side (&sides[0]);
  end_side (&sides[1]);
}

void
besides_end (Judge *judge)
{
  g_free (judge->besides);
}

gboolean
besides_count (Judge *judge, const JudgedRow *c)
{
  BesidesKind again = judge->besides[c->number];
  int side = c->e[0] ? 0 : 1;
  if (again == BESIDES_NOTHING)
    return FALSE;
  Besides *besides = &judge->result->besides[again][side];
  if (!besides->n++)
    besides->frame = exchanges_shown (judge->x[side], c->e[side])->frame;
  return TRUE;
}
