/* cause-protocol.c --- what of SMB follows from a ticket, a name or a directory

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What was asked for is known by its name: a ticket by that of its service, which is
   in the session setup that uses it; an address by itself.  */

#include "compare/cause.h"

#include <string.h>

#include "support/hash.h"

/* What TEXT of LENGTH stands for.  */
static guint64
thing (const char *text, gsize length)
{
  return hash_bytes (text, length);
}

static guint32
look_up (const Judge *judge, guint64 key)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (judge->things, &key));
}

static void
note_thing (Judge *judge, guint64 key, guint32 divergence)
{
  if (!look_up (judge, key))
    g_hash_table_insert (judge->things, g_memdup2 (&key, sizeof key),
                         GUINT_TO_POINTER (divergence + 1));
}

/* The divergence by which the server of SIDE's connection in GROUPS has the address that
   it has, + 1; 0 for none.  */
static guint32
address_cause (const Judge *judge, const GroupPair *groups, int side)
{
  const char *server
      = exchanges_server (judge->x[side], side ? groups->right : groups->left);
  const char *port = strrchr (server, ':');
  return port ? look_up (judge, thing (server, (gsize)(port - server))) : 0;
}

/* The divergence by which what SIDE's exchange of SMB goes by is another, + 1; 0 for
   none.  */
static guint32
smb_cause (const Judge *judge, const JudgedRow *c, int side)
{
  const WirePdu *pdu = exchanges_shown (judge->x[side], c->e[side]);
  const GroupPair *groups
      = &g_array_index (judge->pairing->groups, GroupPair, c->row->pair);
  if (pdu->service)
    {
      const char *service = strings_get (judge->strings, pdu->service);
      return look_up (judge, thing (service, strlen (service)));
    }
  guint32 cause = address_cause (judge, groups, side);
  /* If both connected, it is to the two addresses that the same answer gave.  */
  if (groups->left != NO_GROUP && groups->right != NO_GROUP
      && cause != address_cause (judge, groups, !side))
    return 0;
  return cause;
}

guint32
cause_of_protocols (const Judge *judge, const JudgedRow *c)
{
  guint32 found = 0;
  for (int side = 0; side < 2 && !found; side++)
    {
      if (!c->e[side] || (c->e[!side] && !c->status))
        continue;
      const WirePdu *pdu = exchanges_shown (judge->x[side], c->e[side]);
      const char *path = strings_get (judge->strings, c->e[side]->path);
      if (!pdu->protocol)
        found = smb_cause (judge, c, side);
      /* Asked once more.  */
      else if (!c->e[!side] && *path)
        found = look_up (judge, thing (path, strlen (path)));
    }
  return found;
}

/* Note the addresses, with blanks between, that TEXT has and OTHER has not.  */
static void
note_addresses (Judge *judge, const char *text, const char *other, guint32 divergence)
{
  g_auto (GStrv) others = g_strsplit (other, " ", -1);
  g_auto (GStrv) addresses = g_strsplit (text, " ", -1);
  for (char **address = addresses; *address; address++)
    if (!g_strv_contains ((const char *const *)others, *address))
      note_thing (judge, thing (*address, strlen (*address)), divergence);
}

/* The addresses that SIDE's response gives, "" for none.  */
static const char *
given (const Judge *judge, const JudgedRow *c, int side)
{
  const Exchange *e = c->e[side];
  return e && e->response != NO_PDU ? strings_get (
             judge->strings, exchanges_pdu (judge->x[side], e->response)->gives)
                                    : "";
}

void
cause_note_protocol (Judge *judge, const JudgedRow *c, guint32 divergence)
{
  gboolean came = c->e[0] && c->e[1] && !c->status; /* the same, but with other values */
  for (int side = 0; side < 2; side++)
    {
      const Exchange *e = c->e[side];
      if (!e || !exchanges_shown (judge->x[side], e)->protocol)
        continue;
      const char *path = strings_get (judge->strings, e->path);
      gboolean failed
          = e->response == NO_PDU
            || exchanges_pdu (judge->x[side], e->response)->flags & WIRE_PDU_FAILED;
      if (*path && !came && (c->status || failed))
        note_thing (judge, thing (path, strlen (path)), divergence);
      note_addresses (judge, given (judge, c, side), given (judge, c, !side), divergence);
    }
}
