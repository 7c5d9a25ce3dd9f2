/* pairing.c --- which exchanges of two captures go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "pairing.h"

#include <string.h>

#include "align.h"
#include "hash.h"

/* Exchanges that are looked at to tell how alike two connections are.  */
#define SAMPLE 512

/* How much worse two exchanges go together of which the files were opened by two
   that don't.  */
#define OTHER_OPENING 30

typedef struct
{
  const Exchanges *sides[2];
  const Strings *strings;
  const Pin *pins;
  guint n_pins;
  gboolean (*tick) (gpointer);
  gpointer user;
  Pairing *pairing;
} Work;

static gboolean
work_tick (gpointer user)
{
  const Work *work = user;
  return !work->tick || work->tick (work->user);
}

void
pairing_free (Pairing *pairing)
{
  g_array_unref (pairing->rows);
  g_array_unref (pairing->groups);
  g_free (pairing);
}

static const Exchange *
exchange_at (const Work *work, int side, const Group *group, guint32 place)
{
  const Exchanges *x = work->sides[side];
  return exchanges_get (x, exchanges_in_order (x, group->first + place));
}

/* ---------------------------------------------------- how alike they are */

/* Do two names differ in a part only?  */
static gboolean
similar (const char *a, const char *b)
{
  gsize n = strlen (a), m = strlen (b), start = 0, end = 0, least = MIN (n, m);
  while (start < least && a[start] == b[start])
    start++;
  while (end < least - start && a[n - 1 - end] == b[m - 1 - end])
    end++;
  return 2 * (start + end) >= MAX (n, m) && start + end > 0;
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

static int
exchange_score (const Work *work, const Exchange *a, const Exchange *b)
{
  const WirePdu *p = exchanges_shown (work->sides[0], a);
  const WirePdu *q = exchanges_shown (work->sides[1], b);
  if (a->all == b->all)
    return 100;
  gboolean status = final_status (work->sides[0], a) == final_status (work->sides[1], b);
  if (a->asked == b->asked)
    return status ? 90 : 80;
  if (a->key == b->key)
    return status ? 65 : 60;
  if (command_of (a, p) != command_of (b, q))
    return ALIGN_NEVER;
  /* Of a response alone it isn't known what was asked.  */
  if ((a->request == NO_PDU) != (b->request == NO_PDU))
    return 20;
  if ((p->flags ^ q->flags) & WIRE_PDU_SMB1)
    return 30;
  if (a->path == b->path)
    return p->kind == q->kind ? 60 : 25;
  if (p->kind != q->kind)
    return ALIGN_NEVER;
  if (a->path && b->path
      && similar (strings_get (work->strings, a->path),
                  strings_get (work->strings, b->path)))
    return 10;
  return p->matters == q->matters ? -2 : -6;
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

static int
align_score (gpointer user, guint32 i, guint32 j)
{
  GroupAlignment *ga = user;
  if (ga->work->n_pins && pinned_apart (ga, i, j))
    return ALIGN_NEVER;
  int score = exchange_score (ga->work, aligned_at (ga, 0, i), aligned_at (ga, 1, j));
  if (ga->opens[0] && score > 0
      && ga->opens[0][ga->offsets[0] + i] != ga->opens[1][ga->offsets[1] + j])
    score = MAX (score - OTHER_OPENING, 1);
  return score;
}

static gboolean
align_tick (gpointer user)
{
  return work_tick ((gpointer)((GroupAlignment *)user)->work);
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
      tokens[0][i] = hash_mix (exchange->all, opening);
      tokens[1][i] = hash_mix (exchange->asked, opening);
      tokens[2][i] = hash_mix (exchange->key, opening);
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
   FALSE if none is told from the others by that.  */
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
      wrong |= match[o->left] != o->right;
    }
  for (int side = 0; side < 2; side++)
    for (guint32 i = 0; i < ga->groups[side]->n; i++)
      {
        guint32 opener = exchange_at (ga->work, side, ga->groups[side], i)->opener;
        if (opener != NO_OPENER && places[side][opener] != ALIGN_NONE)
          ga->opens[side][i] = ga->opens[side][places[side][opener]];
      }
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

/* ------------------------------------------------------------------ rows */

static void
add_row (Work *work, guint32 pair, guint32 left, guint32 right, gboolean moved)
{
  const Row row = { left, right, pair, moved };
  g_array_append_val (work->pairing->rows, row);
}

/* Rows for group G of SIDE, which has no partner.  */
static void
add_alone (Work *work, int side, guint32 g)
{
  const Group *group = exchanges_group (work->sides[side], g);
  const GroupPair pair = { side ? NO_GROUP : g, side ? g : NO_GROUP };
  guint32 number = work->pairing->groups->len;
  g_array_append_val (work->pairing->groups, pair);
  for (guint32 i = 0; i < group->n; i++)
    {
      guint32 exchange = exchanges_in_order (work->sides[side], group->first + i);
      add_row (work, number, side ? NO_EXCHANGE : exchange, side ? exchange : NO_EXCHANGE,
               FALSE);
    }
}

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
      strange[i] = b && a->key != b->key && !is_pinned (ga, i);
      if (!b || strange[i])
        g_hash_table_add (loose_a, (gpointer)&a->asked);
      if (strange[i])
        g_hash_table_add (loose_b, (gpointer)&b->asked);
    }
  for (guint32 j = 0; j < m; j++)
    if (!taken[j])
      g_hash_table_add (loose_b, (gpointer)&exchange_at (work, 1, ga->groups[1], j)->asked);
  for (guint32 i = 0; i < n; i++)
    if (strange[i]
        && (g_hash_table_contains (loose_b, &exchange_at (work, 0, ga->groups[0], i)->asked)
            || g_hash_table_contains (
                loose_a, &exchange_at (work, 1, ga->groups[1], match[i])->asked)))
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
        const guint64 *token = &exchange_at (work, 1, ga->groups[1], j)->asked;
        later[j] = GPOINTER_TO_UINT (g_hash_table_lookup (first, token));
        g_hash_table_insert (first, (gpointer)token, GUINT_TO_POINTER (j + 1));
      }
  for (guint32 i = 0; i < n; i++)
    {
      if (match[i] != ALIGN_NONE || moves[i] != ALIGN_NONE)
        continue;
      const guint64 *token = &exchange_at (work, 0, ga->groups[0], i)->asked;
      guint32 j = GPOINTER_TO_UINT (g_hash_table_lookup (first, token));
      if (!j || (work->n_pins && pinned_apart (ga, i, j - 1)))
        continue;
      moves[i] = j - 1;
      taken[j - 1] = TRUE;
      g_hash_table_insert (first, (gpointer)token, GUINT_TO_POINTER (later[j - 1]));
    }
}

/* Rows for a pair of groups, MATCH being by left place.  */
static void
add_aligned (Work *work, GroupAlignment *ga, guint32 pair, guint32 *match)
{
  guint32 n = ga->groups[0]->n, m = ga->groups[1]->n, j = 0;
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  for (guint32 i = 0; i < n; i++)
    if (match[i] != ALIGN_NONE)
      taken[match[i]] = TRUE;
  ga->offsets[0] = ga->offsets[1] = 0;
  part_strangers (ga, match, taken);
  g_autofree guint32 *moves = g_new (guint32, n + 1);
  memset (moves, 0xff, (n + 1) * sizeof *moves);
  pin_moves (ga, match, moves, taken);
  find_moves (ga, match, moves, taken);
#define LEFT(i) exchanges_in_order (work->sides[0], ga->groups[0]->first + (i))
#define RIGHT(j) exchanges_in_order (work->sides[1], ga->groups[1]->first + (j))
  for (guint32 i = 0; i <= n; i++)
    {
      /* What is only on the right comes before the next pair.  */
      guint32 stop = i == n ? m : match[i] != ALIGN_NONE ? match[i] : j;
      for (; j < stop; j++)
        if (!taken[j])
          add_row (work, pair, NO_EXCHANGE, RIGHT (j), FALSE);
      if (i == n)
        break;
      if (match[i] != ALIGN_NONE)
        add_row (work, pair, LEFT (i), RIGHT (j++), FALSE);
      else if (moves[i] != ALIGN_NONE)
        add_row (work, pair, LEFT (i), RIGHT (moves[i]), TRUE);
      else
        add_row (work, pair, LEFT (i), NO_EXCHANGE, FALSE);
    }
#undef LEFT
#undef RIGHT
}

static gboolean
align_pair (Work *work, guint32 left, guint32 right)
{
  GroupAlignment ga = { .work = work,
                        .groups = { exchanges_group (work->sides[0], left),
                                    exchanges_group (work->sides[1], right) } };
  const GroupPair pair = { left, right };
  guint32 number = work->pairing->groups->len;
  g_array_append_val (work->pairing->groups, pair);
  g_autofree guint32 *match = g_new (guint32, ga.groups[0]->n + 1);
  if (!align_groups (&ga, match))
    return FALSE;
  add_aligned (work, &ga, number, match);
  return TRUE;
}

/* ------------------------------------------------------ pairing of groups */

typedef struct
{
  const Work *work;
  guint64 **samples[2]; /* sorted keys, for each group */
} GroupPairing;

static int
compare_keys (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;
  return *x < *y ? -1 : *x > *y;
}

static guint32
sample_size (const Group *group)
{
  return MIN (group->n, SAMPLE);
}

static int
group_score (gpointer user, guint32 i, guint32 j)
{
  const GroupPairing *gp = user;
  guint32 n = sample_size (exchanges_group (gp->work->sides[0], i));
  guint32 m = sample_size (exchanges_group (gp->work->sides[1], j));
  const guint64 *a = gp->samples[0][i], *b = gp->samples[1][j];
  guint32 common = 0;
  for (guint32 x = 0, y = 0; x < n && y < m;)
    {
      common += a[x] == b[y];
      guint64 least = MIN (a[x], b[y]);
      x += a[x] == least;
      y += b[y] == least;
    }
  return (int)(200 * common / (n + m));
}

static gboolean
group_tick (gpointer user)
{
  return work_tick ((gpointer)((GroupPairing *)user)->work);
}

static guint64 **
make_samples (const Work *work, int side)
{
  guint32 n = exchanges_group_count (work->sides[side]);
  guint64 **samples = g_new0 (guint64 *, n + 1);
  for (guint32 g = 0; g < n; g++)
    {
      const Group *group = exchanges_group (work->sides[side], g);
      guint32 size = sample_size (group);
      samples[g] = g_new (guint64, size + 1);
      for (guint32 i = 0; i < size; i++)
        samples[g][i] = exchange_at (work, side, group, i)->key;
      qsort (samples[g], size, sizeof **samples, compare_keys);
    }
  return samples;
}

/* One token a group for each level: of all its exchanges.  */
static guint64 *
group_tokens (const Work *work, int side, guint level)
{
  guint32 n = exchanges_group_count (work->sides[side]);
  guint64 *tokens = g_new (guint64, n + 1);
  for (guint32 g = 0; g < n; g++)
    {
      const Group *group = exchanges_group (work->sides[side], g);
      tokens[g] = HASH_START;
      for (guint32 i = 0; i < group->n; i++)
        {
          const Exchange *e = exchange_at (work, side, group, i);
          tokens[g] = hash_mix (tokens[g], level == 0   ? e->all
                                           : level == 1 ? e->asked
                                                        : e->key);
        }
    }
  return tokens;
}

/* What is as good as the same, whose order counts.  */
#define ALIKE 95

/* The same, for those that are alike only.  */
static int
alike_score (gpointer user, guint32 i, guint32 j)
{
  int score = group_score (user, i, j);
  return score >= ALIKE ? score : ALIGN_NEVER;
}

typedef struct
{
  guint32 left, right;
  int score;
} Affinity;

static int
compare_affinities (gconstpointer a, gconstpointer b)
{
  const Affinity *x = a, *y = b;
  if (x->score != y->score)
    return x->score > y->score ? -1 : 1;
  if (x->left != y->left)
    return x->left < y->left ? -1 : 1;
  return x->right < y->right ? -1 : x->right > y->right;
}

/* More pairs of groups than that aren't looked at one by one.  */
#define MAX_AFFINITIES (1u << 22)

/* Groups that are left: the most alike go together, whatever their order, and
   at last what is alone on both sides.  */
static void
match_rest (GroupPairing *gp, guint32 *match, guint32 n, guint32 m)
{
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  g_autoptr (GArray) affinities = g_array_new (FALSE, FALSE, sizeof (Affinity));
  guint32 left = n, right = m;
  for (guint32 i = 0; i < n; i++)
    if (match[i] != ALIGN_NONE)
      {
        taken[match[i]] = TRUE;
        left--;
        right--;
      }
  if ((guint64)left * right > MAX_AFFINITIES)
    return;
  for (guint32 i = 0; i < n; i++)
    for (guint32 j = 0; j < m && match[i] == ALIGN_NONE; j++)
      {
        const Affinity affinity = { i, j, taken[j] ? 0 : group_score (gp, i, j) };
        if (!taken[j] && (affinity.score > 0 || (left == 1 && right == 1)))
          g_array_append_val (affinities, affinity);
      }
  g_array_sort (affinities, compare_affinities);
  for (guint k = 0; k < affinities->len; k++)
    {
      const Affinity *affinity = &g_array_index (affinities, Affinity, k);
      if (match[affinity->left] != ALIGN_NONE || taken[affinity->right])
        continue;
      match[affinity->left] = affinity->right;
      taken[affinity->right] = TRUE;
    }
}

/* Exchanges that are pinned together have their groups go together.  */
static void
match_pinned (const Work *work, guint32 *match, guint32 n)
{
  for (guint p = 0; p < work->n_pins; p++)
    {
      const Pin *pin = &work->pins[p];
      if (!pin->together)
        continue;
      guint32 left = exchanges_get (work->sides[0], pin->left)->group;
      guint32 right = exchanges_get (work->sides[1], pin->right)->group;
      for (guint32 i = 0; i < n; i++)
        if (match[i] == right)
          match[i] = match[left];
      match[left] = right;
    }
}

/* For each left group its partner, or ALIGN_NONE; NULL if given up.  */
static guint32 *
pair_groups (const Work *work)
{
  guint32 n = exchanges_group_count (work->sides[0]);
  guint32 m = exchanges_group_count (work->sides[1]);
  GroupPairing gp = { work, { make_samples (work, 0), make_samples (work, 1) } };
  AlignTask task
      = { .n = n, .m = m, .score = alike_score, .tick = group_tick, .user = &gp };
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      task.a[level] = group_tokens (work, 0, level);
      task.b[level] = group_tokens (work, 1, level);
    }
  guint32 *match = g_new (guint32, n + 1);
  gboolean done = align_run (&task, match);
  if (done)
    match_rest (&gp, match, n, m);
  match_pinned (work, match, n);
  for (guint level = 0; level < ALIGN_LEVELS; level++)
    {
      g_free ((gpointer)task.a[level]);
      g_free ((gpointer)task.b[level]);
    }
  for (guint32 g = 0; g < n; g++)
    g_free (gp.samples[0][g]);
  for (guint32 g = 0; g < m; g++)
    g_free (gp.samples[1][g]);
  g_free (gp.samples[0]);
  g_free (gp.samples[1]);
  if (!done)
    g_clear_pointer (&match, g_free);
  return match;
}

/* ------------------------------------------------------------------- all */

/* Where a row is in the left capture: its frame, or the frame of the row
   before it in its group.  */
typedef struct
{
  guint64 at;
  guint32 row;
} Position;

static int
compare_positions (gconstpointer a, gconstpointer b)
{
  const Position *x = a, *y = b;
  if (x->at != y->at)
    return x->at < y->at ? -1 : 1;
  return x->row < y->row ? -1 : x->row > y->row;
}

static guint32
first_frame (const Exchanges *x, guint32 exchange)
{
  return exchanges_shown (x, exchanges_get (x, exchange))->frame;
}

/* Put the rows, which are there group by group, in the order of the left
   capture.  */
static void
sort_rows (Work *work)
{
  GArray *rows = work->pairing->rows;
  g_autofree Position *positions = g_new (Position, rows->len + 1);
  guint64 at = 0;
  for (guint32 r = 0; r < rows->len; r++)
    {
      const Row *row = &g_array_index (rows, Row, r);
      const GroupPair *pair = &g_array_index (work->pairing->groups, GroupPair, row->pair);
      if (r == 0 || row->pair != g_array_index (rows, Row, r - 1).pair)
        at = pair->left == NO_GROUP
                 ? G_MAXUINT64
                 : first_frame (work->sides[0],
                                exchanges_in_order (
                                    work->sides[0],
                                    exchanges_group (work->sides[0], pair->left)->first));
      if (row->left != NO_EXCHANGE)
        at = first_frame (work->sides[0], row->left);
      positions[r] = (Position){ at, r };
    }
  qsort (positions, rows->len, sizeof *positions, compare_positions);
  GArray *sorted = g_array_sized_new (FALSE, FALSE, sizeof (Row), rows->len);
  for (guint32 r = 0; r < rows->len; r++)
    g_array_append_val (sorted, g_array_index (rows, Row, positions[r].row));
  g_array_unref (rows);
  work->pairing->rows = sorted;
}

Pairing *
pairing_run (const Exchanges *left, const Exchanges *right, const Strings *strings,
             const Pin *pins, guint n_pins, gboolean (*tick) (gpointer), gpointer user)
{
  g_autoptr (Pairing) pairing = g_new0 (Pairing, 1);
  pairing->rows = g_array_new (FALSE, FALSE, sizeof (Row));
  pairing->groups = g_array_new (FALSE, FALSE, sizeof (GroupPair));
  Work work = { { left, right }, strings, pins, n_pins, tick, user, pairing };
  g_autofree guint32 *match = pair_groups (&work);
  if (!match)
    return NULL;
  guint32 n = exchanges_group_count (left), m = exchanges_group_count (right);
  g_autofree gboolean *taken = g_new0 (gboolean, m + 1);
  for (guint32 g = 0; g < n; g++)
    {
      if (match[g] == ALIGN_NONE)
        add_alone (&work, 0, g);
      else if (!align_pair (&work, g, match[g]))
        return NULL;
      else
        taken[match[g]] = TRUE;
    }
  for (guint32 g = 0; g < m; g++)
    if (!taken[g])
      add_alone (&work, 1, g);
  sort_rows (&work);
  return g_steal_pointer (&pairing);
}
