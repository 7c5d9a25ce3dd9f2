/* pdu-diff.h --- what makes two PDUs differ

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Summaries say that two PDUs differ; their trees say in what.  */

#ifndef SMBCMP_COMPARE_PDU_DIFF_H
#define SMBCMP_COMPARE_PDU_DIFF_H

#include "compare/comparison.h"
#include "compare/tree-diff.h"

/* The nodes of a PDU in a tree, from FIRST to before END.  */
typedef struct
{
  gsize first, end;
} PduExtent;

/* The PduExtents of the PDUs of TREE, which was checked; to g_array_unref.  */
GArray *pdu_extents (const WireTree *tree);

/* A PDU's part of a frame's tree, as a tree of its own.  */
typedef struct
{
  WireTree tree;
  GArray *nodes; /* owned; the rest is the frame's */
} Pdu;

/* PDU becomes number INDEX of TREE, which was checked; FALSE if there is none.  */
gboolean pdu_init (Pdu *pdu, const WireTree *tree, guint32 index);
void pdu_clear (Pdu *pdu);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Pdu, pdu_clear)

/* The DiffRecords of what differs between the PDUs A and B and matters, by
   RULES and, as identifiers, names and times, by divergence D of COMPARISON: the fields
   that differ themselves, and of what only one side has the topmost node.  D NULL: what
   differs of the environment.  To g_array_unref.  */
GArray *differences_list (const WireTree *a, const WireTree *b, Rules *rules,
                          const Comparison *comparison, const Divergence *d);

#endif
