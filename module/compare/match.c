/* match.c --- which exchanges of two groups go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/match.h"

#include <string.h>

#include "support/align.h"
#include "support/hash.h"

/* How much worse two exchanges go together of which the files were opened by two
   that don't.  */
#define OTHER_OPENING 30

/* The same if they are in trees of two names.  */
#define OTHER_TREE 10

/* ---------------------------------------------------- how alike they are */

/* How much two names have in common at their ends.  */
static gsize
common_ends (const char *a, const char *b)
{
  gsize n = strlen (a), m = strlen (b), start = 0, end = 0, least = MIN (n, m);
  while (start < least && a[start] == b[start])
    start++;
  while (end < least - start && a[n - 1 - end] == b[m - 1 - end])
    end++;
  return start + end;
}

/* Do two names differ in a part only?  */
static gboolean
similar (const char *a, const char *b)
{
  gsize common = common_ends (a, b);
  return common && 2 * common >= MAX (strlen (a), strlen (b));
}

/* Do two names differ in a number only?  */
static gboolean
other_number (const char *a, const char *b)
{
  gsize n = strlen (a), m = strlen (b), start = 0;
  while (a[start] && a[start] == b[start])
    start++;
  gsize end = common_ends (a, b) - start;
  if (start + end == n || start + end == m)
    return FALSE;
  return strspn (a + start, "0123456789") >= n - end - start
         && strspn (b + start, "0123456789") >= m - end - start;
}

/* Do two names differ in a part that looks made up anew, several letters in the
   place of as many, or a number?  */
static gboolean
made_anew (const char *a, const char *b)
{
  gsize n = strlen (a);
  return similar (a, b)
         && ((n == strlen (b) && n - common_ends (a, b) >= 4) || other_number (a, b));
}

static guint32
final_status (const Exchanges *x, const Exchange *exchange)
{
  return exchange->response != NO_PDU ? exchanges_pdu (x, exchange->response)->status
                                      : G_MAXUINT32;
}

/* The command, the same number for a negotiation in either protocol.  */
static guint64
command_of (const Exchange *exchange, const WirePdu *pdu)
{
  gboolean smb1 = (pdu->flags & WIRE_PDU_SMB1) != 0;
  guint64 negotiate = smb1 ? 0x72 : 0;
  guint64 unasked
      = exchange->request != NO_PDU && pdu->flags & WIRE_PDU_RESPONSE ? 1u << 30 : 0;
  if (pdu->command == negotiate)
    return G_MAXUINT64;
  return (guint64)pdu->command | unasked | (guint64)smb1 << 32;
}

/* Are two paths in the same directory?  */
static gboolean
same_directory (const char *a, const char *b)
{
  const char *end_a = strrchr (a, '\\'), *end_b = strrchr (b, '\\');
  gsize n = end_a ? (gsize)(end_a - a) : 0, m = end_b ? (gsize)(end_b - b) : 0;
  return n == m && !memcmp (a, b, n);
}

/* A share may have another name on the other side, and not be there.  */
static gboolean
is_tree_connect (const Work *work, const Exchange *left)
{
  const WirePdu *pdu = exchanges_shown (work->sides[0], left);
  return pdu->command == (pdu->flags & WIRE_PDU_SMB1 ? 0x75 : 3);
}

/* How well two exchanges of one command and kind go together that are about
   different paths.  Their outcome is that of two things, so it must not differ,
   unless the paths are one with a part made up anew, or shares.  */
static int
stranger_score (const Work *work, const Exchange *a, const Exchange *b, gboolean status)
{
  const char *path_a = strings_get (work->strings, a->path);
  const char *path_b = strings_get (work->strings, b->path);
  gboolean matters = exchanges_shown (work->sides[0], a)->matters
                     == exchanges_shown (work->sides[1], b)->matters;
  if (!status)
    return !a->path || !b->path         ? ALIGN_NEVER
           : made_anew (path_a, path_b) ? (matters ? 12 : 6)
           : is_tree_connect (work, a)  ? 6
                                        : ALIGN_NEVER;
  if (a->path && b->path && similar (path_a, path_b))
    return matters ? 14 : 10;
  return (matters ? -2 : -6) + same_directory (path_a, path_b);
}

/* Are two that read or write about the same bytes?  */
static gboolean
same_place (const WirePdu *p, const WirePdu *q)
{
  return p->length && q->length && p->offset == q->offset;
}

/* That a status differs weighs less than any of what tells exchanges apart: it is
   what one is after.  */
static int
exchange_score (const Work *work, const Exchange *a, const Exchange *b)
{
  const WirePdu *p = exchanges_shown (work->sides[0], a);
  const WirePdu *q = exchanges_shown (work->sides[1], b);
  if (a->exchange_hash == b->exchange_hash)
    return 100;
  gboolean status = final_status (work->sides[0], a) == final_status (work->sides[1], b);
  if (a->request_hash == b->request_hash)
    return status ? 98 : 95;
  if (a->kind_hash == b->kind_hash)
    return (status ? 65 : 62) + (same_place (p, q) ? 5 : 0);
  if (command_of (a, p) != command_of (b, q))
    return ALIGN_NEVER;
  /* What it is about may have been cut off.  */
  if ((p->flags ^ q->flags) & WIRE_PDU_CUT)
    return status ? 64 : 61;
  /* Of a response alone it isn't known what was asked.  */
  if ((a->request == NO_PDU) != (b->request == NO_PDU))
    return 20;
  if ((p->flags ^ q->flags) & WIRE_PDU_SMB1)
    return 30;
  if (a->path == b->path)
    return p->kind == q->kind ? 60 : 25;
  return p->kind == q->kind ? stranger_score (work, a, b, status) : ALIGN_NEVER;
}

/* -------------------------------------------------------- aligning a pair */

typedef struct
{
  const Work *work;
  const Group *groups[2];
  guint32 offsets[2]; /* of the segment between pins */
  guint64 *opens[2];  /* by place: which opening it is or goes back to, 0 unknown;
                         NULL before that was found out */
} GroupAlignment;

static const Exchange *
aligned_at (const GroupAlignment *ga, int side, guint32 place)
{
  return exchange_at (ga->work, side, ga->groups[side], ga->offsets[side] + place);
}

static gboolean
pinned_apart (gpointer user, guint32 i, guint32 j)
{
  const GroupAlignment *ga = user;
  const Work *work = ga->work;
  const Group *const *g = ga->groups;
  guint32 left = exchanges_in_order (work->sides[0], g[0]->first + ga->offsets[0] + i);
  guint32 right = exchanges_in_order (work->sides[1], g[1]->first + ga->offsets[1] + j);
  for (guint p = 0; p < work->n_pins; p++)
    {
      const Pin *pin = &work->pins[p];
      if (pin->together ? (pin->left == left) != (pin->right == right)
                        : pin->left == left && pin->right == right)
        return TRUE;
    }
  return FALSE;
}

static gboolean
other_tree (const Work *work, const Exchange *a, const Exchange *b)
{
  return a->tree != NO_OPENER && b->tree != NO_OPENER
         && exchanges_get (work->sides[0], a->tree)->path
                != exchanges_get (work->sides[1], b->tree)->path;
}

/* Is what was asked the same but for names made up anew, and did one side not open
   what it asked for?  Then which opening goes with which says nothing.  */
static gboolean
is_refused (const Work *work, const Exchange *a, const Exchange *b)
{
  const WirePdu *p = exchanges_shown (work->sides[0], a);
  const WirePdu *q = exchanges_shown (work->sides[1], b);
  gboolean opened = final_status (work->sides[0], a) == 0;
  return a->path != b->path && p->matters == q->matters
         && opened != (final_status (work->sides[1], b) == 0) && a->opener == NO_OPENER
         && b->opener == NO_OPENER;
}

static int
align_score (gpointer user, guint32 i, guint32 j)
{
  GroupAlignment *ga = user;
  if (ga->work->n_pins && pinned_apart (ga, i, j))
    return ALIGN_NEVER;
  int score = exchange_score (ga->work, aligned_at (ga, 0, i), aligned_at (ga, 1, j));
  int worse = 0;
  if (ga->opens[0] && ga->opens[0][ga->offsets[0] + i] != ga->opens[1][ga->offsets[1] + j]
      && !is_refused (ga->work, aligned_at (ga, 0, i), aligned_at (ga, 1, j)))
    worse += OTHER_OPENING;
  if (other_tree (ga->work, aligned_at (ga, 0, i), aligned_at (ga, 1, j)))
    worse += OTHER_TREE;
  return worse && score > 0 ? MAX (score - worse, 1) : score;
}

static gboolean
align_tick (gpointer user)
{
  return work_tick (((GroupAlignment *)user)->work);
}

/* The tokens of N exchanges of SIDE from its offset on, an array for each
   level.  */
static void
fill_tokens (const GroupAlignment *ga, int side, guint32 n, guint64 *tokens[ALIGN_LEVELS])
{
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    tokens[level] = g_new (guint64, n + 1);
  for (guint32 i = 0; i < n; i++)
    {
      const Exchange *exchange = aligned_at (ga, side, i);
      guint64 opening = ga->opens[side] ? ga->opens[side][ga->offsets[side] + i] : 0;
      tokens[0][i] = hash_mix (exchange->exchange_hash, opening);
      tokens[1][i] = hash_mix (exchange->request_hash, opening);
      tokens[2][i] = hash_mix (exchange->kind_hash, opening);
    }
}

/* Align the places [from, to) of both sides; MATCH is by left place.  */
static gboolean
align_segment (GroupAlignment *ga, const guint32 from[2], const guint32 to[2],
               guint32 *match)
{
  guint64 *tokens[2][ALIGN_LEVELS];
  AlignTask task = { .n = to[0] - from[0],
                     .m = to[1] - from[1],
                     .score = align_score,
                     .apart = ga->work->n_pins ? pinned_apart : NULL,
                     .tick = align_tick,
                     .user = ga };
  for (int side = 0; side < 2; side++)
    {
      ga->offsets[side] = from[side];
      fill_tokens (ga, side, to[side] - from[side], tokens[side]);
    }
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      task.a[level] = tokens[0][level];
      task.b[level] = tokens[1][level];
    }
  gboolean done = align_run (&task, match + from[0]);
  for (guint32 i = from[0]; i < to[0]; i++)
    if (match[i] != ALIGN_NONE)
      match[i] += from[1];
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      g_free (tokens[0][level]);
      g_free (tokens[1][level]);
    }
  return done;
}

/* The place of EXCHANGE in GROUP, or ALIGN_NONE.  */
static guint32
place_in (const Exchanges *x, const Group *group, guint32 exchange)
{
  for (guint32 i = 0; i < group->n; i++)
    if (exchanges_in_order (x, group->first + i) == exchange)
      return i;
  return ALIGN_NONE;
}

static int
compare_places (gconstpointer a, gconstpointer b)
{
  const guint32 *x = a, *y = b;
  return x[0] < y[0] ? -1 : x[0] > y[0];
}

/* The pins of this pair of groups as pairs of places, by the left one.  */
static GArray *
pinned_places (const GroupAlignment *ga)
{
  GArray *places = g_array_new (FALSE, FALSE, 2 * sizeof (guint32));
  for (guint p = 0; p < ga->work->n_pins; p++)
    {
      const Pin *pin = &ga->work->pins[p];
      if (!pin->together)
        continue;
      guint32 both[2] = { place_in (ga->work->sides[0], ga->groups[0], pin->left),
                          place_in (ga->work->sides[1], ga->groups[1], pin->right) };
      if (both[0] != ALIGN_NONE && both[1] != ALIGN_NONE)
        g_array_append_val (places, both);
    }
  g_array_sort (places, compare_places);
  return places;
}

/* Align a pair of groups: between the pins that keep the order.  */
static gboolean
align_between_pins (GroupAlignment *ga, guint32 *match)
{
  g_autoptr (GArray) pins = pinned_places (ga);
  guint32 from[2] = { 0, 0 };
  for (guint p = 0; p < pins->len; p++)
    {
      const guint32 *pin = (const guint32 *)(void *)pins->data + (gsize)2 * p;
      if (pin[1] < from[1] || pin[0] < from[0])
        continue;
      if (!align_segment (ga, from, pin, match))
        return FALSE;
      match[pin[0]] = pin[1];
      from[0] = pin[0] + 1;
      from[1] = pin[1] + 1;
    }
  const guint32 to[2] = { ga->groups[0]->n, ga->groups[1]->n };
  return align_segment (ga, from, to, match);
}

/* Two openings, by place, and how many of what uses their handles were
   aligned.  */
typedef struct
{
  guint32 left, right, votes;
} Opening;

static int
compare_openings (gconstpointer a, gconstpointer b)
{
  const Opening *x = a, *y = b;
  if (x->left != y->left)
    return x->left < y->left ? -1 : 1;
  return x->right < y->right ? -1 : x->right > y->right;
}

static int
compare_votes (gconstpointer a, gconstpointer b)
{
  const Opening *x = a, *y = b;
  if (x->votes != y->votes)
    return x->votes > y->votes ? -1 : 1;
  return compare_openings (a, b);
}

/* What the aligned pairs say of which openings go together, the most certain
   first.  */
static GArray *
count_votes (const GroupAlignment *ga, const guint32 *match, guint32 *const places[2])
{
  GArray *openings = g_array_new (FALSE, FALSE, sizeof (Opening));
  for (guint32 i = 0; i < ga->groups[0]->n; i++)
    if (match[i] != ALIGN_NONE)
      {
        guint32 left = exchange_at (ga->work, 0, ga->groups[0], i)->opener;
        guint32 right = exchange_at (ga->work, 1, ga->groups[1], match[i])->opener;
        if (left == NO_OPENER || right == NO_OPENER)
          continue;
        const Opening opening = { places[0][left], places[1][right], 1 };
        if (opening.left != ALIGN_NONE && opening.right != ALIGN_NONE)
          g_array_append_val (openings, opening);
      }
  g_array_sort (openings, compare_openings);
  guint n = 0;
  for (guint i = 0; i < openings->len; i++)
    {
      Opening *o = &g_array_index (openings, Opening, i);
      Opening *last = n ? &g_array_index (openings, Opening, n - 1) : NULL;
      if (last && last->left == o->left && last->right == o->right)
        last->votes++;
      else
        g_array_index (openings, Opening, n++) = *o;
    }
  g_array_set_size (openings, n);
  g_array_sort (openings, compare_votes);
  return openings;
}

/* The place of each exchange of SIDE in its group; ALIGN_NONE for others.  */
static guint32 *
places_of (const GroupAlignment *ga, int side)
{
  const Exchanges *x = ga->work->sides[side];
  guint32 *places = g_new (guint32, exchanges_count (x) + 1);
  memset (places, 0xff, (exchanges_count (x) + 1) * sizeof *places);
  for (guint32 i = 0; i < ga->groups[side]->n; i++)
    places[exchanges_in_order (x, ga->groups[side]->first + i)] = i;
  return places;
}

/* Number the openings that go together for certain, and all that uses them.
   FALSE if nothing was aligned against that.  */
static gboolean
find_openings (GroupAlignment *ga, const guint32 *match)
{
  g_autofree guint32 *left = places_of (ga, 0);
  g_autofree guint32 *right = places_of (ga, 1);
  guint32 *const places[2] = { left, right };
  g_autoptr (GArray) openings = count_votes (ga, match, places);
  gboolean wrong = FALSE;
  for (int side = 0; side < 2; side++)
    ga->opens[side] = g_new0 (guint64, ga->groups[side]->n + 1);
  for (guint i = 0; i < openings->len; i++)
    {
      const Opening *o = &g_array_index (openings, Opening, i);
      if (ga->opens[0][o->left] || ga->opens[1][o->right])
        continue;
      ga->opens[0][o->left] = ga->opens[1][o->right] = i + 1;
    }
  for (int side = 0; side < 2; side++)
    for (guint32 i = 0; i < ga->groups[side]->n; i++)
      {
        guint32 opener = exchange_at (ga->work, side, ga->groups[side], i)->opener;
        if (opener != NO_OPENER && places[side][opener] != ALIGN_NONE)
          ga->opens[side][i] = ga->opens[side][places[side][opener]];
      }
  for (guint32 i = 0; i < ga->groups[0]->n && !wrong; i++)
    wrong = match[i] != ALIGN_NONE && ga->opens[0][i] != ga->opens[1][match[i]];
  return wrong;
}

/* Align a pair of groups.  Many files are opened in the same way, and which
   opening goes with which shows only in what is done with them: then align
   once more, knowing that.  */
static gboolean
align_groups (GroupAlignment *ga, guint32 *match)
{
  gboolean done = align_between_pins (ga, match);
  if (done && find_openings (ga, match))
    done = align_between_pins (ga, match);
  for (int side = 0; side < 2; side++)
    g_clear_pointer (&ga->opens[side], g_free);
  return done;
}

/* ----------------------------------------------------------------- moves */

static gboolean
is_pinned (const GroupAlignment *ga, guint32 i)
{
  const Work *work = ga->work;
  guint32 left = exchanges_in_order (work->sides[0], ga->groups[0]->first + i);
  for (guint p = 0; p < work->n_pins; p++)
    if (work->pins[p].together && work->pins[p].left == left)
      return TRUE;
  return FALSE;
}

/* Part pairs of different things of which either side has its like among what
   is not paired, or in such a pair, too: these were moved.  */
static void
part_strangers (const GroupAlignment *ga, guint32 *match, gboolean *taken)
{
  const Work *work = ga->work;
  g_autoptr (GHashTable) loose_a = g_hash_table_new (g_int64_hash, g_int64_equal);
  g_autoptr (GHashTable) loose_b = g_hash_table_new (g_int64_hash, g_int64_equal);
  guint32 n = ga->groups[0]->n, m = ga->groups[1]->n;
  g_autofree gboolean *strange = g_new0 (gboolean, n + 1);
  for (guint32 i = 0; i < n; i++)
    {
      const Exchange *a = exchange_at (work, 0, ga->groups[0], i);
      const Exchange *b
          = match[i] != ALIGN_NONE ? exchange_at (work, 1, ga->groups[1], match[i]) : NULL;
      strange[i] = b && a->kind_hash != b->kind_hash && !is_pinned (ga, i);
      if (!b || strange[i])
        g_hash_table_add (loose_a, (gpointer)&a->request_hash);
      if (strange[i])
        g_hash_table_add (loose_b, (gpointer)&b->request_hash);
    }
  for (guint32 j = 0; j < m; j++)
    if (!taken[j])
      g_hash_table_add (loose_b,
                        (gpointer)&exchange_at (work, 1, ga->groups[1], j)->request_hash);
  for (guint32 i = 0; i < n; i++)
    if (strange[i]
        && (g_hash_table_contains (loose_b,
                                   &exchange_at (work, 0, ga->groups[0], i)->request_hash)
            || g_hash_table_contains (
                loose_a, &exchange_at (work, 1, ga->groups[1], match[i])->request_hash)))
      {
        taken[match[i]] = FALSE;
        match[i] = ALIGN_NONE;
      }
}

/* What pins say against the order was moved.  */
static void
pin_moves (const GroupAlignment *ga, const guint32 *match, guint32 *moves, gboolean *taken)
{
  g_autoptr (GArray) pins = pinned_places (ga);
  for (guint p = 0; p < pins->len; p++)
    {
      const guint32 *pin = (const guint32 *)(void *)pins->data + (gsize)2 * p;
      if (match[pin[0]] == ALIGN_NONE && moves[pin[0]] == ALIGN_NONE && !taken[pin[1]])
        {
          moves[pin[0]] = pin[1];
          taken[pin[1]] = TRUE;
        }
    }
}

/* For each left place without a partner, the right one that was moved away from
   it: the first that is asked the same.  */
static void
find_moves (GroupAlignment *ga, const guint32 *match, guint32 *moves, gboolean *taken)
{
  const Work *work = ga->work;
  guint32 n = ga->groups[0]->n, m = ga->groups[1]->n;
  g_autofree guint32 *later = g_new (guint32, m + 1);
  g_autoptr (GHashTable) first = g_hash_table_new (g_int64_hash, g_int64_equal);
  for (guint32 j = m; j-- > 0;)
    if (!taken[j])
      {
        const guint64 *token = &exchange_at (work, 1, ga->groups[1], j)->request_hash;
        later[j] = GPOINTER_TO_UINT (g_hash_table_lookup (first, token));
        g_hash_table_insert (first, (gpointer)token, GUINT_TO_POINTER (j + 1));
      }
  for (guint32 i = 0; i < n; i++)
    {
      if (match[i] != ALIGN_NONE || moves[i] != ALIGN_NONE)
        continue;
      const guint64 *token = &exchange_at (work, 0, ga->groups[0], i)->request_hash;
      guint32 j = GPOINTER_TO_UINT (g_hash_table_lookup (first, token));
      if (!j || (work->n_pins && pinned_apart (ga, i, j - 1)))
        continue;
      moves[i] = j - 1;
      taken[j - 1] = TRUE;
      g_hash_table_insert (first, (gpointer)token, GUINT_TO_POINTER (later[j - 1]));
    }
}

gboolean
match_groups (const Work *work, const Group *left, const Group *right, guint32 *match,
              guint32 *moves)
{
  GroupAlignment ga = { .work = work, .groups = { left, right } };
  if (!align_groups (&ga, match))
    return FALSE;
  g_autofree gboolean *taken = g_new0 (gboolean, right->n + 1);
  for (guint32 i = 0; i < left->n; i++)
    {
      moves[i] = ALIGN_NONE;
      if (match[i] != ALIGN_NONE)
        taken[match[i]] = TRUE;
    }
  ga.offsets[0] = ga.offsets[1] = 0;
  part_strangers (&ga, match, taken);
  pin_moves (&ga, match, moves, taken);
  find_moves (&ga, match, moves, taken);
  return TRUE;
}
