/* compare.c --- where two captures diverge

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare.h"

#include <string.h>

#include "hash.h"

#define STATUS_PATH_NOT_FOUND 0xc000003au

void
comparison_free (Comparison *c)
{
  g_array_unref (c->rows);
  g_array_unref (c->divergences);
  g_array_unref (c->broken);
  g_array_unref (c->groups);
  g_free (c->hidden);
  g_free (c);
}

/* Identifiers that hold beyond their connection.  */
static const char *const global_fields[]
    = { "smb2.sesid", "smb2.previous_sesid", "smb2.lease.lease_key",
        "smb2.lease.parent_lease_key" };

/* Identifiers that a client chooses anew with each request.  */
enum
{
  SERIAL_SMB2,
  SERIAL_SMB1
};
static const char *const serial_fields[]
    = { [SERIAL_SMB2] = "smb2.msg_id", [SERIAL_SMB1] = "smb.mid" };

/* An identifier where it means something.  */
typedef struct
{
  guint64 value;
  guint32 rule;
  guint32 scope; /* a pair of groups, or G_MAXUINT32 */
} Name;

/* What it goes with on the other side.  */
typedef struct
{
  guint64 partner;
  guint32 seen; /* the exchange in which they met */
} Bond;

/* What is known while going through the rows; of two sides, left and right.  */
typedef struct
{
  const Exchanges *x[2];
  const Strings *strings;
  const CompareOptions *options;
  const Pairing *pairing;
  Comparison *result;
  guint32 *place[2]; /* of each exchange in the order of groups */
  guint16 global[G_N_ELEMENTS (global_fields)], serial[G_N_ELEMENTS (serial_fields)];
  GHashTable *bonds[2];  /* Name to Bond */
  GHashTable *owners[2]; /* Name that only this side got to divergence + 1 */
  GHashTable *paths;     /* Name of what only one side opened to divergence + 1 */
  guint32 *encryption;   /* for each pair of groups, a divergence + 1 */
  guint32 *protocol;
  guint32 *moved; /* the last row of a moved block + 1, and its divergence */
} Judge;

/* The row that is judged.  */
typedef struct
{
  guint32 number;
  const Row *row;
  const Exchange *e[2]; /* NULL for none */
  Divergence found;
  gboolean diverges, status, slower;
} Case;

/* ----------------------------------------------------------------- names */

static guint
name_hash (gconstpointer key)
{
  const Name *name = key;
  guint64 hash = hash_mix (hash_mix (name->value, name->rule), name->scope);
  return (guint)(hash ^ hash >> 32);
}

static gboolean
name_equal (gconstpointer a, gconstpointer b)
{
  const Name *x = a, *y = b;
  return x->value == y->value && x->rule == y->rule && x->scope == y->scope;
}

static gboolean
is_one_of (guint16 field, const guint16 *fields, guint n)
{
  for (guint i = 0; i < n; i++)
    if (fields[i] == field)
      return TRUE;
  return FALSE;
}

static Name
make_name (const Judge *judge, const Case *c, const WireIdentifier *identifier)
{
  gboolean global
      = is_one_of (identifier->field, judge->global, G_N_ELEMENTS (judge->global));
  Name name = { wire_identifier_value (identifier), identifier->rule,
                global ? G_MAXUINT32 : c->row->pair };
  return name;
}

static void
hash_fields (guint16 *hashes, const char *const *fields, guint n)
{
  for (guint i = 0; i < n; i++)
    hashes[i] = (guint16)hash_string (fields[i]);
}

/* ----------------------------------------------------------- identifiers */

static void
bind_one (GHashTable *bonds, const Name *name, guint64 partner, guint32 seen)
{
  Bond *bond = g_new (Bond, 1);
  bond->partner = partner;
  bond->seen = seen;
  g_hash_table_replace (bonds, g_memdup2 (name, sizeof *name), bond);
}

static void
unbind (Judge *judge, int side, const Name *name)
{
  const Bond *bond = g_hash_table_lookup (judge->bonds[side], name);
  if (!bond)
    return;
  Name partner = *name;
  partner.value = bond->partner;
  g_hash_table_remove (judge->bonds[!side], &partner);
  g_hash_table_remove (judge->bonds[side], name);
}

static void
tie (Judge *judge, const Case *c, const Name name[2])
{
  for (int side = 0; side < 2; side++)
    {
      unbind (judge, side, &name[side]);
      g_hash_table_remove (judge->owners[side], &name[side]);
    }
  bind_one (judge->bonds[0], &name[0], name[1].value, c->row->left);
  bind_one (judge->bonds[1], &name[1], name[0].value, c->row->right);
}

static void
add_broken (Judge *judge, Case *c, const Name name[2], const Bond *const bond[2])
{
  const Broken broken
      = { name[0].rule, name[0].value, name[1].value, bond[0] ? bond[0]->seen : NO_EXCHANGE,
          bond[1] ? bond[1]->seen : NO_EXCHANGE };
  if (!c->found.n_broken)
    c->found.first_broken = judge->result->broken->len;
  g_array_append_val (judge->result->broken, broken);
  c->found.n_broken++;
  c->diverges = TRUE;
}

/* Is ID, of a request, of no use any more?  Only what asks for a pending request
   to be cancelled names it again.  */
static gboolean
is_settled (const Judge *judge, const Case *c, const WireIdentifier *id)
{
  return is_one_of (id->field, judge->serial, G_N_ELEMENTS (judge->serial))
         && c->e[0]->interim == NO_PDU && c->e[1]->interim == NO_PDU;
}

/* Two identifiers at the same place.  NEW: they are given here.  */
static void
judge_names (Judge *judge, Case *c, const WireIdentifier *const id[2], gboolean new)
{
  /* A digest may say anything.  */
  if (id[0]->rule >= judge->result->n_rules || id[1]->rule != id[0]->rule)
    return;
  const Name name[2] = { make_name (judge, c, id[0]), make_name (judge, c, id[1]) };
  const Bond *const bond[2] = { g_hash_table_lookup (judge->bonds[0], &name[0]),
                                g_hash_table_lookup (judge->bonds[1], &name[1]) };
  if (new || (!bond[0] && !bond[1]))
    {
      if (!is_settled (judge, c, id[0]))
        tie (judge, c, name);
    }
  else if (!bond[0] || !bond[1] || bond[0]->partner != name[1].value)
    {
      /* What was moved met other company on its way.  */
      if (!c->row->moved)
        add_broken (judge, c, name, bond);
      return;
    }
  if (name[0].value != name[1].value)
    judge->result->hidden[name[0].rule]++;
}

static gboolean
has_value (const Exchanges *x, guint32 pdu, const WireIdentifier *id)
{
  guint32 n;
  const WireIdentifier *ids = exchanges_identifiers (x, pdu, &n);
  for (guint32 i = 0; i < n; i++)
    if (ids[i].rule == id->rule
        && wire_identifier_value (&ids[i]) == wire_identifier_value (id))
      return TRUE;
  return FALSE;
}

/* Is ID, of PDU of SIDE's exchange, given there: by the server in its response,
   or the client's number for a request?  */
static gboolean
is_given (const Judge *judge, const Case *c, int side, guint32 pdu,
          const WireIdentifier *id)
{
  const Exchange *e = c->e[side];
  if (pdu == e->request)
    return is_one_of (id->field, judge->serial, G_N_ELEMENTS (judge->serial)) && !e->cancel;
  return e->request != NO_PDU && !has_value (judge->x[side], e->request, id)
         && !is_one_of (id->field, judge->serial, G_N_ELEMENTS (judge->serial));
}

/* The message ids of two PDUs.  */
static void
judge_serials (Judge *judge, Case *c, const guint32 pdu[2])
{
  WireIdentifier ids[2];
  const WireIdentifier *const id[2] = { &ids[0], &ids[1] };
  for (int side = 0; side < 2; side++)
    {
      const WirePdu *p = exchanges_pdu (judge->x[side], pdu[side]);
      gboolean smb1 = (p->flags & WIRE_PDU_SMB1) != 0;
      if (!p->serial)
        return;
      ids[side]
          = wire_identifier (p->serial - 1, judge->serial[smb1 ? SERIAL_SMB1 : SERIAL_SMB2],
                             smb1 ? p->message & 0xffff : p->message);
    }
  judge_names (judge, c, id,
               is_given (judge, c, 0, pdu[0], id[0])
                   && is_given (judge, c, 1, pdu[1], id[1]));
}

static void
judge_identifiers (Judge *judge, Case *c, const guint32 pdu[2])
{
  guint32 n, m;
  const WireIdentifier *a = exchanges_identifiers (judge->x[0], pdu[0], &n);
  const WireIdentifier *b = exchanges_identifiers (judge->x[1], pdu[1], &m);
  for (guint32 i = 0, j = 0; i < n && j < m;)
    {
      const WireIdentifier *const id[2] = { &a[i], &b[j] };
      if (id[0]->rule == id[1]->rule && id[0]->field == id[1]->field)
        {
          judge_names (judge, c, id,
                       is_given (judge, c, 0, pdu[0], id[0])
                           && is_given (judge, c, 1, pdu[1], id[1]));
          i++;
          j++;
        }
      /* One side lacks one, which matters by itself.  */
      else if (n - i >= m - j)
        i++;
      else
        j++;
    }
}

/* ---------------------------------------------------------------- fields */

static void
count_hidden (Judge *judge, WireHidden hidden, guint n)
{
  judge->result->hidden[MIN (wire_hidden_rule (hidden), judge->result->n_rules)] += n;
}

/* Count what differs of what the rules hide.  */
static void
judge_hidden (Judge *judge, const guint32 pdu[2])
{
  guint32 n, m, i = 0, j = 0;
  const WireHidden *a = exchanges_hidden (judge->x[0], pdu[0], &n);
  const WireHidden *b = exchanges_hidden (judge->x[1], pdu[1], &m);
  while (i < n || j < m)
    {
      if (i < n && j < m && wire_hidden_rule (a[i]) == wire_hidden_rule (b[j]))
        {
          count_hidden (judge, a[i], a[i] != b[j]);
          i++;
          j++;
        }
      else if (n - i >= m - j)
        count_hidden (judge, a[i++], 1);
      else
        count_hidden (judge, b[j++], 1);
    }
}

/* Two PDUs at the same place of their exchanges, NO_PDU for none; TRUE if what
   matters is the same.  */
static gboolean
judge_pdus (Judge *judge, Case *c, guint32 left, guint32 right)
{
  const guint32 pdu[2] = { left, right };
  if (left == NO_PDU || right == NO_PDU)
    return left == right;
  judge_hidden (judge, pdu);
  judge_serials (judge, c, pdu);
  judge_identifiers (judge, c, pdu);
  return exchanges_pdu (judge->x[0], left)->matters
         == exchanges_pdu (judge->x[1], right)->matters;
}

gint64
compare_duration (const Exchanges *x, const Exchange *e)
{
  if (e->request == NO_PDU || e->response == NO_PDU)
    return -1;
  return exchanges_pdu (x, e->response)->time - exchanges_pdu (x, e->request)->time;
}

static gboolean
is_slower (const Judge *judge, const Case *c)
{
  const CompareOptions *options = judge->options;
  gint64 a = compare_duration (judge->x[0], c->e[0]);
  gint64 b = compare_duration (judge->x[1], c->e[1]);
  gint64 less = MIN (a, b), more = MAX (a, b);
  return options->slower > 0 && less >= 0 && more - less >= options->delay
         && (double)more >= options->slower * (double)less;
}

static void
judge_status (const Judge *judge, Case *c)
{
  const WirePdu *p[2];
  for (int side = 0; side < 2; side++)
    p[side] = c->e[side]->response != NO_PDU
                  ? exchanges_pdu (judge->x[side], c->e[side]->response)
                  : NULL;
  c->status
      = p[0] && p[1]
        && (p[0]->status != p[1]->status || (p[0]->flags ^ p[1]->flags) & WIRE_PDU_STATUS);
}

static void
judge_further (Judge *judge, Case *c)
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

/* Two exchanges that go together.  */
static void
judge_pair (Judge *judge, Case *c)
{
  const Exchange *a = c->e[0], *b = c->e[1];
  c->found.request = !judge_pdus (judge, c, a->request, b->request);
  c->found.response = !judge_pdus (judge, c, a->response, b->response);
  if (a->interim == NO_PDU || b->interim == NO_PDU)
    judge->result->interim += a->interim != b->interim;
  else
    c->found.response |= !judge_pdus (judge, c, a->interim, b->interim);
  judge_further (judge, c);
  judge_status (judge, c);
  c->slower = is_slower (judge, c);
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

static DivergenceKind
kind_of (const Case *c)
{
  if (!c->e[0] || !c->e[1])
    return c->e[0] ? DIVERGES_ONLY_A : DIVERGES_ONLY_B;
  return c->found.n_broken   ? DIVERGES_IDENTIFIER
         : c->status         ? DIVERGES_STATUS
         : c->found.request  ? DIVERGES_REQUEST
         : c->found.response ? DIVERGES_RESPONSE
         : c->slower         ? DIVERGES_SLOWER
                             : DIVERGES_REQUEST;
}

/* ---------------------------------------------------------------- causes */

static guint32
look_up (GHashTable *table, const Name *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table, name));
}

/* The divergence by which only SIDE got what its exchange uses, + 1.  */
static guint32
owner_of (const Judge *judge, const Case *c, int side)
{
  guint32 n, pdu = c->e[side]->request, found = 0;
  if (pdu == NO_PDU)
    return 0;
  const WireIdentifier *ids = exchanges_identifiers (judge->x[side], pdu, &n);
  for (guint32 i = 0; i < n; i++)
    {
      Name name = make_name (judge, c, &ids[i]);
      guint32 owner = look_up (judge->owners[side], &name);
      /* The latest: the file rather than the tree it is in.  */
      found = MAX (found, owner);
    }
  return found;
}

static Name
path_name (const Case *c, const char *path, gsize length)
{
  Name name = { hash_bytes (path, length), 0, c->row->pair };
  return name;
}

static gboolean
path_not_found (const Judge *judge, const Case *c)
{
  for (int side = 0; side < 2; side++)
    if (c->e[side] && c->e[side]->response != NO_PDU
        && exchanges_pdu (judge->x[side], c->e[side]->response)->status
               == STATUS_PATH_NOT_FOUND)
      return TRUE;
  return FALSE;
}

/* The divergence by which only one side could open the path, or, if that was
   not found, a directory above it; + 1.  */
static guint32
path_cause (const Judge *judge, const Case *c)
{
  const Exchange *e = c->e[0] ? c->e[0] : c->e[1];
  const char *path = strings_get (judge->strings, e->path);
  Name name = path_name (c, path, strlen (path));
  guint32 found = *path ? look_up (judge->paths, &name) : 0;
  if (found || !path_not_found (judge, c))
    return found;
  for (const char *end = strrchr (path, '\\'); end && end > path && !found;
       end = g_strrstr_len (path, end - path, "\\"))
    {
      name = path_name (c, path, (gsize)(end - path));
      found = look_up (judge->paths, &name);
    }
  return found;
}

static guint32
find_cause (const Judge *judge, const Case *c)
{
  guint32 found = judge->protocol[c->row->pair];
  for (int side = 0; side < 2 && !found; side++)
    if (c->e[side] && !c->e[!side])
      found = owner_of (judge, c, side);
  if (!found && (c->status || !c->e[0] || !c->e[1]))
    found = path_cause (judge, c);
  return found ? found - 1 : NO_DIVERGENCE;
}

/* What SIDE's response gave and the other's did not is SIDE's own.  */
static gboolean
note_owned (Judge *judge, const Case *c, int side, guint32 divergence)
{
  const Exchange *e = c->e[side];
  guint32 n;
  gboolean any = FALSE;
  if (!e || e->response == NO_PDU)
    return FALSE;
  const WireIdentifier *ids = exchanges_identifiers (judge->x[side], e->response, &n);
  for (guint32 i = 0; i < n; i++)
    if (is_given (judge, c, side, e->response, &ids[i]))
      {
        Name name = make_name (judge, c, &ids[i]);
        const Bond *bond = g_hash_table_lookup (judge->bonds[side], &name);
        if (bond && bond->seen == (side ? c->row->right : c->row->left))
          continue;
        g_hash_table_replace (judge->owners[side], g_memdup2 (&name, sizeof name),
                              GUINT_TO_POINTER (divergence + 1));
        any = TRUE;
      }
  return any;
}

/* A path that both sides opened has no history.  */
static void
note_path (Judge *judge, const Case *c, gboolean one_sided, guint32 divergence)
{
  const Exchange *e = c->e[0] ? c->e[0] : c->e[1];
  const char *path = strings_get (judge->strings, e->path);
  if (!*path || !c->e[0] || !c->e[1])
    return;
  Name name = path_name (c, path, strlen (path));
  if (one_sided && c->status)
    g_hash_table_replace (judge->paths, g_memdup2 (&name, sizeof name),
                          GUINT_TO_POINTER (divergence + 1));
  else if (!c->status && e->response != NO_PDU
           && exchanges_pdu (judge->x[0], e->response)->handle)
    g_hash_table_remove (judge->paths, &name);
}

/* ------------------------------------------------------------------ rows */

static guint32
add_divergence (Judge *judge, const Case *c, DivergenceKind kind)
{
  Divergence d = c->found;
  d.kind = kind;
  d.row = c->number;
  d.a = c->row->left;
  d.b = c->row->right;
  d.n = 1;
  d.cause = find_cause (judge, c);
  g_array_append_val (judge->result->divergences, d);
  return judge->result->divergences->len - 1;
}

/* Is the moved row right behind the one before it, on both sides?  */
static gboolean
continues_block (const Judge *judge, const Case *c)
{
  guint32 last = judge->moved[2 * c->row->pair];
  if (!last)
    return FALSE;
  const Row *before = &g_array_index (judge->pairing->rows, Row, last - 1);
  return judge->place[0][c->row->left] == judge->place[0][before->left] + 1
         && judge->place[1][c->row->right] == judge->place[1][before->right] + 1;
}

static guint32
add_move (Judge *judge, Case *c)
{
  guint32 *block = &judge->moved[2 * c->row->pair];
  if (continues_block (judge, c))
    g_array_index (judge->result->divergences, Divergence, block[1]).n++;
  else
    {
      Case move = *c;
      move.found.n_broken = 0;
      move.found.request = move.found.response = move.found.encryption = FALSE;
      block[1] = add_divergence (judge, &move, DIVERGES_ORDER);
    }
  block[0] = c->number + 1;
  return block[1];
}

static gboolean
two_protocols (const Judge *judge, const Case *c)
{
  return c->e[0] && c->e[1]
         && (exchanges_shown (judge->x[0], c->e[0])->flags
             ^ exchanges_shown (judge->x[1], c->e[1])->flags)
                & WIRE_PDU_SMB1;
}

static void
judge_row (Judge *judge, guint32 number)
{
  Case c = { .number = number, .row = &g_array_index (judge->pairing->rows, Row, number) };
  c.e[0] = c.row->left != NO_EXCHANGE ? exchanges_get (judge->x[0], c.row->left) : NULL;
  c.e[1] = c.row->right != NO_EXCHANGE ? exchanges_get (judge->x[1], c.row->right) : NULL;
  guint32 divergence = NO_DIVERGENCE;
  if (c.e[0] && c.e[1])
    judge_pair (judge, &c);
  else
    c.diverges = TRUE;
  if (c.row->moved)
    divergence = add_move (judge, &c);
  if (c.diverges)
    divergence = add_divergence (judge, &c, kind_of (&c));
  if (divergence == NO_DIVERGENCE)
    judge->result->same++;
  gboolean owned[2];
  for (int side = 0; side < 2; side++)
    owned[side] = c.diverges && note_owned (judge, &c, side, divergence);
  note_path (judge, &c, owned[0] != owned[1], divergence);
  if (c.diverges && two_protocols (judge, &c) && !judge->protocol[c.row->pair])
    judge->protocol[c.row->pair] = divergence + 1;
  const ComparedRow row = { c.row->left, c.row->right, c.row->pair, divergence };
  g_array_append_val (judge->result->rows, row);
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
  c->n_rules = n_rules;
  c->hidden = g_new0 (guint64, n_rules + 1);
  hash_fields (judge->global, global_fields, G_N_ELEMENTS (global_fields));
  hash_fields (judge->serial, serial_fields, G_N_ELEMENTS (serial_fields));
  for (int side = 0; side < 2; side++)
    {
      judge->place[side] = make_places (judge->x[side]);
      judge->bonds[side] = g_hash_table_new_full (name_hash, name_equal, g_free, g_free);
      judge->owners[side] = g_hash_table_new_full (name_hash, name_equal, g_free, NULL);
    }
  judge->paths = g_hash_table_new_full (name_hash, name_equal, g_free, NULL);
  judge->encryption = g_new0 (guint32, pairs);
  judge->protocol = g_new0 (guint32, pairs);
  judge->moved = g_new0 (guint32, 2 * (gsize)pairs);
}

static void
judge_end (Judge *judge)
{
  for (int side = 0; side < 2; side++)
    {
      g_free (judge->place[side]);
      g_hash_table_unref (judge->bonds[side]);
      g_hash_table_unref (judge->owners[side]);
    }
  g_hash_table_unref (judge->paths);
  g_free (judge->encryption);
  g_free (judge->protocol);
  g_free (judge->moved);
}

#define SWAP(x, y)                                                                         \
  do                                                                                       \
    {                                                                                      \
      __typeof__ (x) swap = x;                                                             \
      x = y;                                                                               \
      y = swap;                                                                            \
    }                                                                                      \
  while (0)

/* Left was B: say it as A and B.  */
static void
mirror (Comparison *c)
{
  for (guint32 i = 0; i < c->rows->len; i++)
    SWAP (g_array_index (c->rows, ComparedRow, i).a,
          g_array_index (c->rows, ComparedRow, i).b);
  for (guint32 i = 0; i < c->groups->len; i++)
    SWAP (g_array_index (c->groups, ComparedGroups, i).a,
          g_array_index (c->groups, ComparedGroups, i).b);
  for (guint32 i = 0; i < c->broken->len; i++)
    {
      Broken *broken = &g_array_index (c->broken, Broken, i);
      SWAP (broken->a, broken->b);
      SWAP (broken->a_seen, broken->b_seen);
    }
  for (guint32 i = 0; i < c->divergences->len; i++)
    {
      Divergence *d = &g_array_index (c->divergences, Divergence, i);
      SWAP (d->a, d->b);
      if (d->kind == DIVERGES_ONLY_A)
        d->kind = DIVERGES_ONLY_B;
      else if (d->kind == DIVERGES_ONLY_B)
        d->kind = DIVERGES_ONLY_A;
    }
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
                  .options = options };
  g_autofree Pin *pins = g_new (Pin, options->n_pins + 1);
  for (guint p = 0; p < options->n_pins; p++)
    {
      pins[p] = options->pins[p];
      if (swapped)
        SWAP (pins[p].left, pins[p].right);
    }
  g_autoptr (Pairing) pairing = pairing_run (judge.x[0], judge.x[1], strings, pins,
                                             options->n_pins, options->tick, options->user);
  if (!pairing)
    return NULL;
  judge.pairing = pairing;
  judge_begin (&judge, options->n_rules);
  gboolean done = judge_rows (&judge);
  judge_end (&judge);
  if (swapped)
    mirror (judge.result);
  if (!done)
    g_clear_pointer (&judge.result, comparison_free);
  return judge.result;
}
