/* cause.c --- what follows from what

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/cause.h"
#include "compare/renaming.h"

#include <string.h>

#include "support/hash.h"

#define STATUS_PATH_NOT_FOUND 0xc000003au

static guint32
look_up (GHashTable *table, const Name *name)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table, name));
}

/* The divergence by which only SIDE got what its exchange uses, + 1.  */
static guint32
owner_of (const Judge *judge, const JudgedRow *c, int side)
{
  guint32 n, pdu = c->e[side]->request, found = 0;
  if (pdu == NO_PDU)
    return 0;
  const WireIdentifier *ids = exchanges_identifiers (judge->x[side], pdu, &n);
  for (guint32 i = 0; i < n; i++)
    {
      Name name = renaming_name (judge, c, &ids[i]);
      guint32 owner = look_up (judge->owners[side], &name);
      /* The latest: the file rather than the tree it is in.  */
      found = MAX (found, owner);
    }
  return found;
}

/* A path as SIDE has it: the other's may be called something else.  */
static Name
path_name (const JudgedRow *c, int side, const char *path, gsize length)
{
  Name name = { hash_bytes (path, length), (guint32)side, c->row->pair };
  return name;
}

static gboolean
path_not_found (const Judge *judge, const JudgedRow *c)
{
  for (int side = 0; side < 2; side++)
    if (c->e[side] && c->e[side]->response != NO_PDU
        && exchanges_pdu (judge->x[side], c->e[side]->response)->status
               == STATUS_PATH_NOT_FOUND)
      return TRUE;
  return FALSE;
}

/* The divergence by which only one side could open the path that SIDE asks for, or, if
   that was not found, a directory above it; + 1.  */
static guint32
path_cause_of (const Judge *judge, const JudgedRow *c, int side)
{
  const char *path = strings_get (judge->strings, c->e[side]->path);
  Name name = path_name (c, side, path, strlen (path));
  guint32 found = *path ? look_up (judge->paths, &name) : 0;
  if (found || !path_not_found (judge, c))
    return found;
  for (const char *end = strrchr (path, '\\'); end && end > path && !found;
       end = g_strrstr_len (path, end - path, "\\"))
    {
      name = path_name (c, side, path, (gsize)(end - path));
      found = look_up (judge->paths, &name);
    }
  return found;
}

static guint32
path_cause (const Judge *judge, const JudgedRow *c)
{
  guint32 found = 0;
  for (int side = 0; side < 2; side++)
    if (c->e[side])
      found = MAX (found, path_cause_of (judge, c, side));
  return found;
}

/* Does the case differ in what came of it?  */
static gboolean
is_outcome (const JudgedRow *c)
{
  return c->status || c->failed || !c->e[0] || !c->e[1]
         || (c->e[0]->response == NO_PDU) != (c->e[1]->response == NO_PDU);
}

/* The divergence of what opened the file, or connected to the tree, that either
   side's exchange works on; + 1.  The file comes before the tree.  */
static guint32
opener_cause (const Judge *judge, const JudgedRow *c)
{
  guint32 of_file = 0, of_tree = 0;
  for (int side = 0; side < 2; side++)
    if (c->e[side])
      {
        guint32 opener = c->e[side]->opener, tree = c->e[side]->tree;
        if (opener != NO_OPENER)
          of_file = MAX (of_file, judge->diverged[side][opener]);
        if (tree != NO_OPENER)
          of_tree = MAX (of_tree, judge->diverged[side][tree]);
      }
  return of_file ? of_file : of_tree;
}

/* Does the exchange set up what all that follows needs?  */
static gboolean
is_setup (const WirePdu *pdu)
{
  return pdu->flags & WIRE_PDU_SMB1 ? pdu->command == 0x72 || pdu->command == 0x73
                                    : pdu->command <= 1;
}

static gboolean
is_tree_connect (const WirePdu *pdu)
{
  return pdu->command == (pdu->flags & WIRE_PDU_SMB1 ? 0x75 : 3);
}

/* The divergence by which one side has no session, + 1: what the other does in it
   follows from that, and that it can't connect to a tree.  */
static guint32
setup_cause (const Judge *judge, const JudgedRow *c)
{
  int side = c->e[0] ? 0 : 1;
  if (c->e[0] && c->e[1] && !is_tree_connect (exchanges_shown (judge->x[side], c->e[side])))
    return 0;
  return judge->carried[c->row->pair];
}

/* The divergence by which what leaves a tree is in none, + 1.  */
static guint32
connect_cause (const Judge *judge, const JudgedRow *c)
{
  int side = c->e[0] ? 0 : 1;
  const WirePdu *pdu = exchanges_shown (judge->x[side], c->e[side]);
  gboolean leaves = pdu->command == (pdu->flags & WIRE_PDU_SMB1 ? 0x71 : 4);
  return leaves && c->e[side]->tree == NO_OPENER ? judge->connects[c->row->pair] : 0;
}

guint32
cause_find (const Judge *judge, const JudgedRow *c)
{
  guint32 found = judge->protocol[c->row->pair];
  /* What one side lacks may be in what it could not decrypt.  */
  for (int side = 0; side < 2 && !found; side++)
    if (!c->e[side])
      found = judge->opaque[side][c->row->pair];
  for (int side = 0; side < 2 && !found; side++)
    if (c->e[side] && !c->e[!side])
      found = owner_of (judge, c, side);
  if (!found && is_outcome (c))
    found = opener_cause (judge, c);
  if (!found && (c->status || !c->e[0] || !c->e[1]))
    found = path_cause (judge, c);
  if (!found && is_outcome (c))
    found = connect_cause (judge, c);
  if (!found && is_outcome (c))
    found = setup_cause (judge, c);
  if (!found && is_outcome (c))
    found = cause_of_protocols (judge, c);
  return found ? found - 1 : NO_DIVERGENCE;
}

/* What SIDE's response gave and the other's did not is SIDE's own.  */
static gboolean
note_owned (Judge *judge, const JudgedRow *c, int side, guint32 divergence)
{
  const Exchange *e = c->e[side];
  guint32 n;
  gboolean any = FALSE;
  if (!e || e->response == NO_PDU)
    return FALSE;
  const WireIdentifier *ids = exchanges_identifiers (judge->x[side], e->response, &n);
  for (guint32 i = 0; i < n; i++)
    if (renaming_is_given (judge, c, side, e->response, &ids[i]))
      {
        Name name = renaming_name (judge, c, &ids[i]);
        const Renaming *renaming = g_hash_table_lookup (judge->renamings[side], &name);
        if (renaming && renaming->seen == (side ? c->row->right : c->row->left))
          continue;
        g_hash_table_replace (judge->owners[side], g_memdup2 (&name, sizeof name),
                              GUINT_TO_POINTER (divergence + 1));
        any = TRUE;
      }
  return any;
}

/* A path that both sides opened has no history.  */
static void
note_path (Judge *judge, const JudgedRow *c, int side, gboolean one_sided,
           guint32 divergence)
{
  const char *path = strings_get (judge->strings, c->e[side]->path);
  if (!*path)
    return;
  Name name = path_name (c, side, path, strlen (path));
  if (one_sided && c->status)
    g_hash_table_replace (judge->paths, g_memdup2 (&name, sizeof name),
                          GUINT_TO_POINTER (divergence + 1));
  else if (!c->status && c->e[side]->response != NO_PDU
           && exchanges_pdu (judge->x[side], c->e[side]->response)->handle)
    g_hash_table_remove (judge->paths, &name);
}

void
cause_note (Judge *judge, const JudgedRow *c, guint32 divergence)
{
  gboolean owned[2];
  for (int side = 0; side < 2; side++)
    owned[side] = c->diverges && note_owned (judge, c, side, divergence);
  for (int side = 0; side < 2 && c->e[0] && c->e[1]; side++)
    note_path (judge, c, side, owned[0] != owned[1], divergence);
  if (c->diverges)
    cause_note_protocol (judge, c, divergence);
  if (!c->diverges || !is_outcome (c))
    return;
  if (c->e[0] && c->e[1] && is_setup (exchanges_shown (judge->x[0], c->e[0])))
    judge->carried[c->row->pair] = divergence + 1;
  if (c->e[0] && c->e[1] && is_tree_connect (exchanges_shown (judge->x[0], c->e[0])))
    judge->connects[c->row->pair] = divergence + 1;
  if (c->e[0])
    judge->diverged[0][c->row->left] = divergence + 1;
  if (c->e[1])
    judge->diverged[1][c->row->right] = divergence + 1;
}
