/* chunks.c --- the same bytes, or files of a directory, in other pieces

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/chunks.h"
#include "compare/leaders.h"

#include "smb/pdu.h"
#include "wire/content.h"

#define STATUS_NO_MORE_FILES 0x80000006u
#define STATUS_END_OF_FILE 0xc0000011u

/* All that was read, written or listed by one handle.  */
typedef struct
{
  guint32 n[2];       /* exchanges of either side */
  guint32 first[2];   /* the first of them */
  guint64 content[2]; /* the sum of what they had */
  guint64 count[2];   /* of bytes, or of entries of a directory */
  guint64 piece[2];   /* the largest */
  guint32 leader;     /* its first divergence, or NO_DIVERGENCE */
  guint32 ended[2];   /* exchanges that said that there is no more */
  gboolean other;     /* something else differs, too */
} Run;

/* The divergences' new numbers are found by their old ones.  */
typedef struct
{
  Judge *judge;
  GHashTable *runs;  /* (opener, command) to Run */
  guint32 *partners; /* of what opens on the right, that on the left, or NO_OPENER */
  guint32 *leaders;  /* of each divergence, that it is told with */
} Chunks;

/* For each exchange on the right that opens something, its partner on the left.  */
static guint32 *
find_partners (const Judge *judge)
{
  guint32 n = exchanges_count (judge->x[1]);
  guint32 *partners = g_new (guint32, n + 1);
  for (guint32 i = 0; i <= n; i++)
    partners[i] = NO_OPENER;
  for (guint32 r = 0; r < judge->result->rows->len; r++)
    {
      const ComparedRow *row = &g_array_index (judge->result->rows, ComparedRow, r);
      if (row->a != NO_EXCHANGE && row->b != NO_EXCHANGE)
        partners[row->b] = row->a;
    }
  return partners;
}

/* The run that exchange I of SIDE is part of, or NULL.  */
static Run *
find_run (Chunks *chunks, int side, guint32 i)
{
  const Exchanges *x = chunks->judge->x[side];
  if (i == NO_EXCHANGE)
    return NULL;
  const Exchange *e = exchanges_get (x, i);
  const WirePdu *pdu = exchanges_shown (x, e);
  guint32 opener = e->opener;
  if (opener == NO_OPENER || !smb_in_pieces (pdu->command, pdu->flags & WIRE_PDU_SMB1))
    return NULL;
  opener = side ? chunks->partners[opener] : opener;
  if (opener == NO_OPENER)
    return NULL;
  guint64 key = (guint64)pdu->command << 32 | opener;
  Run *run = g_hash_table_lookup (chunks->runs, &key);
  if (!run)
    {
      run = g_new0 (Run, 1);
      run->leader = NO_DIVERGENCE;
      g_hash_table_insert (chunks->runs, g_memdup2 (&key, sizeof key), run);
    }
  return run;
}

/* Add exchange I of SIDE to its RUN.  */
static void
add_piece (const Judge *judge, Run *run, int side, guint32 i)
{
  const Exchanges *x = judge->x[side];
  const Exchange *e = exchanges_get (x, i);
  if (!run->n[side]++)
    run->first[side] = i;
  if (e->request == NO_PDU || e->response == NO_PDU || e->further != NO_PDU)
    {
      run->other = TRUE;
      return;
    }
  const WirePdu *request = exchanges_pdu (x, e->request);
  const WirePdu *response = exchanges_pdu (x, e->response);
  gboolean end
      = response->status == STATUS_END_OF_FILE || response->status == STATUS_NO_MORE_FILES;
  run->other
      |= (response->status && !end) || ((request->flags | response->flags) & WIRE_PDU_CUT);
  run->ended[side] += end;
  const WirePdu *has = response->count ? response : request;
  /* Where a file is read says the request.  */
  run->content[side] += content_at (has->content, request->offset);
  run->count[side] += has->count;
  run->piece[side] = MAX (run->piece[side], has->count);
}

/* Can divergence D be told by the number of pieces?  */
static gboolean
is_of_pieces (const Divergence *d)
{
  return !d->fold && !d->n_broken && !d->encryption
         && (d->kind == DIVERGES_ONLY_A || d->kind == DIVERGES_ONLY_B
             || d->kind == DIVERGES_REQUEST || d->kind == DIVERGES_RESPONSE
             || d->kind == DIVERGES_STATUS || d->kind == DIVERGES_SLOWER);
}

static void
add_row (Chunks *chunks, const ComparedRow *row)
{
  const guint32 exchange[2] = { row->a, row->b };
  GArray *divergences = chunks->judge->result->divergences;
  for (int side = 0; side < 2; side++)
    {
      Run *run = find_run (chunks, side, exchange[side]);
      if (!run)
        continue;
      add_piece (chunks->judge, run, side, exchange[side]);
      if (row->divergence == NO_DIVERGENCE)
        continue;
      run->leader = MIN (run->leader, row->divergence);
      run->other
          |= !is_of_pieces (&g_array_index (divergences, Divergence, row->divergence));
    }
}

/* Is all of RUN the same, but in other pieces?  */
static gboolean
is_same (const Run *run)
{
  return run->leader != NO_DIVERGENCE && !run->other && run->n[0] && run->n[1]
         && run->count[0] && run->count[0] == run->count[1]
         && run->content[0] == run->content[1] && run->piece[0] != run->piece[1]
         && !run->ended[0] == !run->ended[1];
}

/* What is told of a row with its run.  */
static void
tell_row (Chunks *chunks, const ComparedRow *row)
{
  Run *run = find_run (chunks, 0, row->a);
  if (!run)
    run = find_run (chunks, 1, row->b);
  if (!run || row->divergence == NO_DIVERGENCE || !is_same (run))
    return;
  Divergence *d
      = &g_array_index (chunks->judge->result->divergences, Divergence, run->leader);
  chunks->leaders[row->divergence] = run->leader;
  d->n = d->fold == FOLDS_CHUNKS ? d->n + 1 : 1;
  d->kind = DIVERGES_REQUEST;
  d->fold = FOLDS_CHUNKS;
  d->a = run->first[0];
  d->b = run->first[1];
  d->request = TRUE;
  d->response = d->slower = FALSE;
  for (int side = 0; side < 2; side++)
    {
      d->pieces[side] = run->n[side];
      d->piece[side] = run->piece[side];
    }
}

void
chunks_fold (Judge *judge)
{
  GArray *rows = judge->result->rows;
  guint32 n = judge->result->divergences->len;
  Chunks chunks = { .judge = judge };
  chunks.runs = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  chunks.partners = find_partners (judge);
  chunks.leaders = g_new (guint32, n + 1);
  for (guint32 i = 0; i < n; i++)
    chunks.leaders[i] = i;
  for (guint32 r = 0; r < rows->len; r++)
    add_row (&chunks, &g_array_index (rows, ComparedRow, r));
  for (guint32 r = 0; r < rows->len; r++)
    tell_row (&chunks, &g_array_index (rows, ComparedRow, r));
  leaders_follow (judge, chunks.leaders);
  g_hash_table_unref (chunks.runs);
  g_free (chunks.partners);
  g_free (chunks.leaders);
}
