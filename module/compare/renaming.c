/* renaming.c --- which identifiers go together

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/renaming.h"

#include "support/hash.h"

/* Identifiers that hold beyond their connection.  */
static const char *const global_fields[]
    = { "smb2.sesid", "smb2.previous_sesid", "smb2.lease.lease_key",
        "smb2.lease.parent_lease_key", "smb2.dh2x.create_guid" };

/* Identifiers that a client chooses anew with each request.  */
enum
{
  SERIAL_SMB2,
  SERIAL_SMB1
};
static const char *const serial_fields[JUDGE_SERIAL]
    = { [SERIAL_SMB2] = "smb2.msg_id", [SERIAL_SMB1] = "smb.mid" };

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

Name
renaming_name (const Judge *judge, const JudgedRow *c, const WireIdentifier *identifier)
{
  gboolean global = is_one_of (identifier->field, judge->global, JUDGE_GLOBAL);
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
rename_one (GHashTable *renamings, const Name *name, guint64 partner, guint32 seen)
{
  Renaming *renaming = g_new (Renaming, 1);
  renaming->partner = partner;
  renaming->seen = seen;
  g_hash_table_replace (renamings, g_memdup2 (name, sizeof *name), renaming);
}

static void
unbind (Judge *judge, int side, const Name *name)
{
  const Renaming *renaming = g_hash_table_lookup (judge->renamings[side], name);
  if (!renaming)
    return;
  Name partner = *name;
  partner.value = renaming->partner;
  g_hash_table_remove (judge->renamings[!side], &partner);
  g_hash_table_remove (judge->renamings[side], name);
}

static void
tie (Judge *judge, const JudgedRow *c, const Name name[2])
{
  for (int side = 0; side < 2; side++)
    {
      unbind (judge, side, &name[side]);
      g_hash_table_remove (judge->owners[side], &name[side]);
    }
  rename_one (judge->renamings[0], &name[0], name[1].value, c->row->left);
  rename_one (judge->renamings[1], &name[1], name[0].value, c->row->right);
}

static void
add_broken (Judge *judge, JudgedRow *c, const Name name[2],
            const Renaming *const renaming[2])
{
  const Broken broken = { name[0].rule, name[0].value, name[1].value,
                          renaming[0] ? renaming[0]->seen : NO_EXCHANGE,
                          renaming[1] ? renaming[1]->seen : NO_EXCHANGE };
  if (!c->found.n_broken)
    c->found.first_broken = judge->result->broken->len;
  g_array_append_val (judge->result->broken, broken);
  c->found.n_broken++;
  c->diverges = TRUE;
}

/* Is ID, of a request, of no use any more?  Only what asks for a pending request
   to be cancelled names it again.  */
static gboolean
is_settled (const Judge *judge, const JudgedRow *c, const WireIdentifier *id)
{
  return is_one_of (id->field, judge->serial, JUDGE_SERIAL) && c->e[0]->interim == NO_PDU
         && c->e[1]->interim == NO_PDU;
}

/* Two identifiers at the same place.  NEW: they are given here.  */
static void
judge_names (Judge *judge, JudgedRow *c, const WireIdentifier *const id[2], gboolean new)
{
  /* A summary may say anything.  */
  if (id[0]->rule >= judge->result->n_rules || id[1]->rule != id[0]->rule)
    return;
  const Name name[2] = { renaming_name (judge, c, id[0]), renaming_name (judge, c, id[1]) };
  const Renaming *const renaming[2]
      = { g_hash_table_lookup (judge->renamings[0], &name[0]),
          g_hash_table_lookup (judge->renamings[1], &name[1]) };
  if (new || (!renaming[0] && !renaming[1]))
    {
      if (!is_settled (judge, c, id[0]))
        tie (judge, c, name);
    }
  else if (!renaming[0] || !renaming[1] || renaming[0]->partner != name[1].value)
    {
      /* What was moved met other company on its way.  */
      if (!c->row->moved)
        add_broken (judge, c, name, renaming);
      return;
    }
  if (name[0].value != name[1].value)
    judge->result->ignored[name[0].rule]++;
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

gboolean
renaming_is_given (const Judge *judge, const JudgedRow *c, int side, guint32 pdu,
                   const WireIdentifier *id)
{
  const Exchange *e = c->e[side];
  if (pdu == e->request)
    return is_one_of (id->field, judge->serial, JUDGE_SERIAL) && !e->cancel;
  return e->request != NO_PDU && !has_value (judge->x[side], e->request, id)
         && !is_one_of (id->field, judge->serial, JUDGE_SERIAL);
}

/* The message ids of two PDUs.  */
static void
judge_serials (Judge *judge, JudgedRow *c, const guint32 pdu[2])
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
               renaming_is_given (judge, c, 0, pdu[0], id[0])
                   && renaming_is_given (judge, c, 1, pdu[1], id[1]));
}

static void
judge_identifiers (Judge *judge, JudgedRow *c, const guint32 pdu[2])
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
                       renaming_is_given (judge, c, 0, pdu[0], id[0])
                           && renaming_is_given (judge, c, 1, pdu[1], id[1]));
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

void
renaming_judge (Judge *judge, JudgedRow *c, const guint32 pdu[2])
{
  judge_serials (judge, c, pdu);
  judge_identifiers (judge, c, pdu);
}

GHashTable *
renaming_table (GDestroyNotify free_value)
{
  return g_hash_table_new_full (name_hash, name_equal, g_free, free_value);
}

void
renaming_init (Judge *judge)
{
  hash_fields (judge->global, global_fields, JUDGE_GLOBAL);
  hash_fields (judge->serial, serial_fields, JUDGE_SERIAL);
  for (int side = 0; side < 2; side++)
    judge->renamings[side] = renaming_table (g_free);
}

void
renaming_clear (Judge *judge)
{
  for (int side = 0; side < 2; side++)
    g_hash_table_unref (judge->renamings[side]);
}
