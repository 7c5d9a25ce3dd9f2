/* missing.c --- what the one that recorded missed, and how connections end

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/missing.h"

/* Commands whose responses do not tell of what class they are.  */
enum
{
  SMB_TRANSACTION = 0x25,
  SMB_TRANSACTION2 = 0x32,
  SMB_NT_TRANSACT = 0xa0,
  SMB2_QUERY_DIRECTORY = 14,
  SMB2_QUERY_INFO = 16
};

/* A capture that goes on for less than this behind a message may have ended before
   the next.  */
#define SOON G_GINT64_CONSTANT (2000000000)

/* What is known of a side of a pair of groups.  */
typedef struct
{
  guint32 seen;        /* the frame of its last exchange so far, 0 for none */
  gint64 time;         /* when that was */
  guint32 requests;    /* how many there are */
  guint32 responses;   /* how many there are */
  guint32 first_frame; /* of its first exchange */
  gboolean inside;     /* it begins inside the connection */
  guint32 ending_row;  /* the row after which the server ended it, or G_MAXUINT32 */
  const WireSegment *ending;
} Half;

struct _Missing
{
  Half *halves[2];  /* for each pair of groups */
  guint32 *next[2]; /* for each row, the last frame of the exchange behind it */
};

static guint32
last_frame (const Exchanges *x, const Exchange *e)
{
  return e->response != NO_PDU ? exchanges_pdu (x, e->response)->frame
                               : exchanges_shown (x, e)->frame;
}

static const Exchange *
row_exchange (const Judge *judge, const Row *row, int side)
{
  guint32 exchange = side ? row->right : row->left;
  return exchange == NO_EXCHANGE ? NULL : exchanges_get (judge->x[side], exchange);
}

static guint32
group_of (const Judge *judge, guint32 pair, int side)
{
  const GroupPair *groups = &g_array_index (judge->pairing->groups, GroupPair, pair);
  return side ? groups->right : groups->left;
}

/* The segment by which the server ended the connection of SIDE's GROUP, or NULL.  */
static const WireSegment *
server_ending (const Judge *judge, int side, guint32 group)
{
  const Exchanges *x = judge->x[side];
  if (group == NO_GROUP)
    return NULL;
  const WireSegment *ending
      = segments_ending (exchanges_segments (x), exchanges_stream (x, group));
  /* Other servers close what is done with; that is no end.  */
  gboolean smb
      = !exchanges_shown (x, exchanges_get (x, exchanges_in_order (
                                                   x, exchanges_group (x, group)->first)))
             ->protocol;
  return ending && (smb || ending->flags & WIRE_SEGMENT_RST)
                 && ending->ports >> 16 == exchanges_server_port (x, group)
             ? ending
             : NULL;
}

static void
find_endings (Judge *judge, guint32 pair)
{
  const guint32 how = WIRE_SEGMENT_FIN | WIRE_SEGMENT_RST | WIRE_SEGMENT_REFUSED;
  const WireSegment *ending[2];
  for (int side = 0; side < 2; side++)
    ending[side] = server_ending (judge, side, group_of (judge, pair, side));
  gboolean alike
      = ending[0] && ending[1] && (ending[0]->flags & how) == (ending[1]->flags & how);
  for (int side = 0; side < 2; side++)
    judge->missing->halves[side][pair].ending = alike ? NULL : ending[side];
}

/* Does the first exchange E of GROUP of SIDE say that its connection had begun?  */
static gboolean
begins_inside (const Judge *judge, int side, guint32 group, const Exchange *e)
{
  const Exchanges *x = judge->x[side];
  const WirePdu *pdu = exchanges_shown (x, e);
  guint32 negotiate = pdu->flags & WIRE_PDU_SMB1 ? 0x72 : 0;
  return !pdu->protocol && (pdu->command != negotiate || e->request == NO_PDU)
         && !(pdu->flags & WIRE_PDU_OPAQUE)
         && !segments_begun (exchanges_segments (x), exchanges_stream (x, group));
}

static void
look_ahead (Judge *judge, guint32 r, int side)
{
  const Row *row = &g_array_index (judge->pairing->rows, Row, r);
  const Exchange *e = row_exchange (judge, row, side);
  Half *half = &judge->missing->halves[side][row->pair];
  judge->missing->next[side][r] = half->seen ? half->seen : G_MAXUINT32;
  if (!e)
    return;
  half->seen = last_frame (judge->x[side], e);
  half->requests += e->request != NO_PDU;
  half->responses += e->response != NO_PDU;
  half->inside = begins_inside (judge, side, group_of (judge, row->pair, side), e);
  if (half->ending && half->ending_row == G_MAXUINT32
      && (exchanges_shown (judge->x[side], e)->frame < half->ending->frame
          || e->response == NO_PDU))
    half->ending_row = r;
}

void
missing_begin (Judge *judge)
{
  guint32 pairs = judge->pairing->groups->len, rows = judge->pairing->rows->len;
  Missing *missing = judge->missing = g_new0 (Missing, 1);
  for (int side = 0; side < 2; side++)
    {
      missing->halves[side] = g_new0 (Half, pairs + 1);
      missing->next[side] = g_new (guint32, rows + 1);
      for (guint32 p = 0; p < pairs; p++)
        missing->halves[side][p].ending_row = G_MAXUINT32;
    }
  for (guint32 p = 0; p < pairs; p++)
    find_endings (judge, p);
  for (int side = 0; side < 2; side++)
    {
      for (guint32 r = rows; r-- > 0;)
        look_ahead (judge, r, side);
      for (guint32 p = 0; p < pairs; p++)
        missing->halves[side][p].seen = 0;
    }
}

void
missing_end (Judge *judge)
{
  for (int side = 0; side < 2; side++)
    {
      g_free (judge->missing->halves[side]);
      g_free (judge->missing->next[side]);
    }
  g_free (judge->missing);
}

/* Does SIDE lack something of the case that the other has?  */
static gboolean
lacks (const JudgedRow *c, int side)
{
  const Exchange *e = c->e[side], *other = c->e[!side];
  return !e
         || (other
             && ((e->response == NO_PDU && other->response != NO_PDU)
                 || (e->request == NO_PDU && other->request != NO_PDU)));
}

/* Did the capture of SIDE end before what the case lacks could come?  */
static gboolean
ended_before (const Judge *judge, const JudgedRow *c, int side, const Half *half,
              guint32 stream)
{
  const Exchanges *x = judge->x[side];
  gint64 time = c->e[side] ? exchanges_shown (x, c->e[side])->time : half->time;
  return judge->missing->next[side][c->number] == G_MAXUINT32
         && !segments_ending (exchanges_segments (x), stream)
         && exchanges_end (x) - time < SOON;
}

/* Has the capture of SIDE one direction of a connection, of which HALF has the numbers,
   and that of the other side both?  */
static gboolean
is_one_way (const Judge *judge, int side, guint32 stream, const Half *half,
            const Half *other)
{
  return (half->requests > 1 || half->responses > 1)
         && ((!half->responses && other->responses) || (!half->requests && other->requests))
         && !segments_both_ways (exchanges_segments (judge->x[side]), stream);
}

/* As far as what goes together is looked for.  */
#define NEAR 64

/* Is something of STREAM missing between the frames AFTER and UNTIL, or behind what it
   should come before?  Wireshark takes what comes behind its answer for one that is sent
   again.  Of frames that are out of order it is not known between which that was.  */
static gboolean
has_gap (const Exchanges *x, guint32 stream, guint32 after, guint32 until)
{
  guint32 first, slack = exchanges_disordered (x, &first) ? NEAR : 0;
  after -= MIN (after, slack);
  until += MIN (G_MAXUINT32 - until, slack);
  return segments_lost (exchanges_segments (x), stream, after, until)
         || segments_late (exchanges_segments (x), stream, after, until);
}

/* Does C's exchange of SIDE use a handle of which it is not known to what it was opened? */
static gboolean
is_of_nothing_known (const Judge *judge, const JudgedRow *c, int side)
{
  const Exchanges *x = judge->x[side];
  const Exchange *e = c->e[side];
  return e->request != NO_PDU && exchanges_pdu (x, e->request)->handle
         && (e->opener == NO_OPENER || exchanges_get (x, e->opener)->request == NO_PDU);
}

/* Is the case what is left where segments of SIDE are missing?  They may be missing
   before what names its file, or behind a request that waits.  */
static gboolean
is_remnant (const Judge *judge, const JudgedRow *c, int side, guint32 stream)
{
  const Exchanges *x = judge->x[side];
  if (!c->e[side] || (c->e[!side] && !lacks (c, side)))
    return FALSE;
  guint32 frame = exchanges_shown (x, c->e[side])->frame;
  return c->e[!side] ? segments_lost (exchanges_segments (x), stream, frame, G_MAXUINT32)
         : judge->missing->halves[side][c->row->pair].inside
             ? is_of_nothing_known (judge, c, side) || c->e[side]->request == NO_PDU
             : (is_of_nothing_known (judge, c, side) || c->e[side]->request == NO_PDU
                || c->e[side]->response == NO_PDU)
                   && has_gap (x, stream, 0, frame);
}

/* Is the case a member of a compound that was cut off on SIDE, which lacks the
   request?  */
static gboolean
in_cut_compound (const Judge *judge, const JudgedRow *c, int side)
{
  const Exchange *e = c->e[!side];
  if (!e || (c->e[side] && c->e[side]->request != NO_PDU))
    return FALSE;
  guint32 frame = exchanges_shown (judge->x[!side], e)->frame;
  for (guint32 r = c->number; r-- > 0;)
    {
      const Row *row = &g_array_index (judge->pairing->rows, Row, r);
      const Exchange *here = row_exchange (judge, row, !side);
      const Exchange *there = row_exchange (judge, row, side);
      if (row->pair != c->row->pair || !here
          || exchanges_shown (judge->x[!side], here)->frame != frame)
        return FALSE;
      if (there && there->request != NO_PDU)
        return (exchanges_shown (judge->x[side], there)->flags & WIRE_PDU_CUT) != 0;
    }
  return FALSE;
}

/* Does SIDE have in ROW alone what the other side has in C, by a handle of which it is not
   known to what it was opened?  */
static gboolean
may_be_meant (const Judge *judge, const JudgedRow *c, const Row *row, int side)
{
  const Exchange *e = row_exchange (judge, row, side);
  JudgedRow other = { .row = row };
  other.e[side] = e;
  return is_of_nothing_known (judge, &other, side)
         && exchanges_shown (judge->x[side], e)->command
                == exchanges_shown (judge->x[!side], c->e[!side])->command;
}

/* May the case, which SIDE lacks, be among what is next to it there and is of nothing
   known?  */
static gboolean
is_next_to_unknown (const Judge *judge, const JudgedRow *c, int side, guint32 stream)
{
  const GArray *rows = judge->pairing->rows;
  const Half *half = &judge->missing->halves[side][c->row->pair];
  if (c->e[side] || (!half->inside && !has_gap (judge->x[side], stream, 0, half->seen)))
    return FALSE;
  for (int step = -1; step <= 1; step += 2)
    for (guint32 n = 1, r = c->number + (guint32)step; n < NEAR && r < rows->len;
         n++, r += (guint32)step)
      {
        const Row *row = &g_array_index (rows, Row, r);
        if (row->pair != c->row->pair)
          continue;
        if (row->left != NO_EXCHANGE && row->right != NO_EXCHANGE)
          break;
        if (row_exchange (judge, row, side) && may_be_meant (judge, c, row, side))
          return TRUE;
      }
  return FALSE;
}

/* Is the case about what goes through a pipe, and says of SIDE less than of the other, as
   its capture lacks how the pipe was bound?  */
static gboolean
is_unbound (const Judge *judge, const JudgedRow *c, int side, guint32 stream)
{
  const Exchange *e = c->e[side], *other = c->e[!side];
  if (!e || !other || c->status || e->tree == NO_OPENER || e->request == NO_PDU
      || other->request == NO_PDU)
    return FALSE;
  const Exchanges *x = judge->x[side];
  const WirePdu *request = exchanges_pdu (x, e->request);
  const char *tree = strings_get (judge->strings, exchanges_get (x, e->tree)->path);
  guint32 opened = e->opener == NO_OPENER
                       ? 0
                       : exchanges_shown (x, exchanges_get (x, e->opener))->frame;
  return g_str_has_suffix (tree, "\\IPC$")
         && request->words != exchanges_pdu (judge->x[!side], other->request)->words
         && segments_lost (exchanges_segments (x), stream, opened, request->frame);
}

/* Is SIDE's exchange in a tree of which its capture lacks where it was connected to?  Then
   it is not known whether it opens a pipe.  */
static gboolean
in_unknown_tree (const Judge *judge, const JudgedRow *c, int side, guint32 stream)
{
  if (!c->e[0] || !c->e[1] || c->status || c->e[side]->tree != NO_OPENER
      || c->e[!side]->tree == NO_OPENER)
    return FALSE;
  return judge->missing->halves[side][c->row->pair].inside
         || has_gap (judge->x[side], stream, 0,
                     exchanges_shown (judge->x[side], c->e[side])->frame);
}

/* Is the case not where its time would have it on SIDE, or is there something behind it
   that would come before?  */
static gboolean
is_out_of_place (const Judge *judge, const JudgedRow *c, int side)
{
  const Exchanges *x = judge->x[side];
  const Exchange *e = c->e[side];
  if (!e)
    return FALSE;
  const WirePdu *pdu
      = e->response != NO_PDU ? exchanges_pdu (x, e->response) : exchanges_shown (x, e);
  return exchanges_is_displaced (x, e)
         || (!(pdu->stream >> 31)
             && segments_overtaken (exchanges_segments (x), pdu->stream, pdu->frame,
                                    pdu->time));
}

gboolean
missing_place (const Judge *judge, const JudgedRow *c)
{
  return is_out_of_place (judge, c, 0) || is_out_of_place (judge, c, 1);
}

/* Do nothing but responses differ whose requests tell of what class they are, and were
   not captured?  Nothing is known of their bytes, not even which are times.  */
static gboolean
is_of_unknown_class (const Judge *judge, const JudgedRow *c)
{
  for (int side = 0; side < 2; side++)
    {
      if (!c->e[side] || c->e[side]->request != NO_PDU || c->status)
        return FALSE;
      const WirePdu *pdu = exchanges_shown (judge->x[side], c->e[side]);
      guint32 command = pdu->command;
      if (!(pdu->flags & WIRE_PDU_RESPONSE)
          || !(pdu->flags & WIRE_PDU_SMB1
                   ? command == SMB_TRANSACTION || command == SMB_TRANSACTION2
                         || command == SMB_NT_TRANSACT
                   : command == SMB2_QUERY_DIRECTORY || command == SMB2_QUERY_INFO))
        return FALSE;
    }
  return TRUE;
}

gboolean
missing_by_capture (const Judge *judge, const JudgedRow *c, int *side)
{
  *side = 0;
  if (is_of_unknown_class (judge, c))
    return TRUE;
  for (*side = 0; *side < 2; ++*side)
    {
      const Half *half = &judge->missing->halves[*side][c->row->pair];
      const Half *other = &judge->missing->halves[!*side][c->row->pair];
      guint32 group = group_of (judge, c->row->pair, *side);
      if (group == NO_GROUP || group_of (judge, c->row->pair, !*side) == NO_GROUP)
        continue;
      const Exchanges *x = judge->x[*side];
      guint32 stream = exchanges_stream (x, group);
      /* Of what takes many connections nothing is known.  */
      if (stream >> 31)
        continue;
      if (is_remnant (judge, c, *side, stream) || in_cut_compound (judge, c, *side)
          || in_unknown_tree (judge, c, *side, stream)
          || ((lacks (c, 0) || lacks (c, 1)) && is_out_of_place (judge, c, *side))
          || is_unbound (judge, c, *side, stream)
          || is_next_to_unknown (judge, c, *side, stream))
        return TRUE;
      if (!lacks (c, *side))
        continue;
      guint32 after = c->e[*side] ? exchanges_shown (x, c->e[*side])->frame : half->seen;
      if ((!half->seen && half->inside) || is_one_way (judge, *side, stream, half, other)
          || ended_before (judge, c, *side, half, stream)
          || has_gap (x, stream, after, judge->missing->next[*side][c->number]))
        return TRUE;
    }
  return FALSE;
}

gboolean
missing_before (const Judge *judge, const JudgedRow *c)
{
  const Half *half = &judge->missing->halves[c->e[0] ? 1 : 0][c->row->pair];
  return !half->seen && half->inside;
}

gboolean
missing_names (const Judge *judge, const JudgedRow *c)
{
  if (!c->found.n_broken)
    return FALSE;
  const Broken *broken
      = &g_array_index (judge->result->broken, Broken, c->found.first_broken);
  if (broken->a_seen != NO_EXCHANGE && broken->b_seen != NO_EXCHANGE)
    return FALSE;
  /* It may not be known, or what told it may have no partner.  */
  for (int side = 0; side < 2; side++)
    {
      guint32 group = group_of (judge, c->row->pair, side);
      const Half *half = &judge->missing->halves[side][c->row->pair];
      if (half->inside
          || has_gap (judge->x[side], exchanges_stream (judge->x[side], group), 0,
                      half->seen))
        return TRUE;
    }
  return FALSE;
}

/* Is it known who ended the connection of SIDE, behind the case?  Not if the other
   direction, or what came right before, was not captured, or is not in its place.  */
static gboolean
knows_ending (const Judge *judge, const JudgedRow *c, int side, const Half *half)
{
  const Segments *segments = exchanges_segments (judge->x[side]);
  guint32 stream = half->ending->stream;
  guint32 after = c->e[side] ? last_frame (judge->x[side], c->e[side]) : half->seen;
  if (missing_place (judge, c)
      || (segments_late (segments, stream, 0, half->ending->frame)
          && judge->missing->next[side][c->number] != G_MAXUINT32))
    return FALSE;
  return (segments_both_ways (segments, stream) || (half->requests && half->responses))
         && !segments_lost (segments, stream, after, half->ending->frame);
}

/* Is the case answered and the last of both sides, and did both close the connection right
   behind it?  Then who was first is chance.  */
static gboolean
both_close (const Judge *judge, const JudgedRow *c)
{
  for (int side = 0; side < 2; side++)
    {
      const Exchanges *x = judge->x[side];
      const Exchange *e = c->e[side];
      if (!e || e->response == NO_PDU
          || judge->missing->next[side][c->number] != G_MAXUINT32)
        return FALSE;
      const WirePdu *pdu = exchanges_pdu (x, e->response);
      const WireSegment *ending
          = pdu->stream >> 31 ? NULL
                              : segments_ending (exchanges_segments (x), pdu->stream);
      if (!ending || !(ending->flags & WIRE_SEGMENT_FIN) || ending->time < pdu->time
          || ending->time - pdu->time > SOON / 2)
        return FALSE;
    }
  return TRUE;
}

const WireSegment *
missing_ending (const Judge *judge, const JudgedRow *c, int side)
{
  const Half *half = &judge->missing->halves[side][c->row->pair];
  return half->ending_row == c->number && half->ending
                 && knows_ending (judge, c, side, half) && !both_close (judge, c)
             ? half->ending
             : NULL;
}

guint32
missing_next (const Judge *judge, const JudgedRow *c, int side)
{
  return judge->missing->next[side][c->number];
}

void
missing_note (Judge *judge, const JudgedRow *c)
{
  for (int side = 0; side < 2; side++)
    if (c->e[side])
      {
        Half *half = &judge->missing->halves[side][c->row->pair];
        half->seen = last_frame (judge->x[side], c->e[side]);
        half->time = exchanges_shown (judge->x[side], c->e[side])->time;
      }
}
