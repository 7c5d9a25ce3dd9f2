/* tree-diff.h --- what differs between two field trees

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A walk from the top, in step: nodes are only ever compared with nodes of the
   same depth below matched parents, since names label them.  The children of a
   pair are aligned by field name first and content second: of repeated
   siblings (contexts, directory entries, compounds) the equal ones match, then
   the most alike, whatever their places.

   A node has what is its own (a typed value, or its line if it is a leaf
   without one) and its children.  Bytes that are dissected further, below or beside,
   and lines that sum up their children, are compared by the children alone.  */

#ifndef SMBCMP_COMPARE_TREE_DIFF_H
#define SMBCMP_COMPARE_TREE_DIFF_H

#include "support/rules.h"
#include "wire/wire.h"

typedef enum
{
  DIFF_SAME,
  DIFF_CHANGED,
  DIFF_IGNORED,
  DIFF_ONLY_A,
  DIFF_ONLY_B
} DiffKind;

/* A node of the result; they come in the order of the tree, as in wire.h.  */
typedef struct
{
  DiffKind kind;
  gint32 a, b; /* nodes of the trees, -1 for none */
  gint32 rule; /* what made it DIFF_IGNORED, else -1 */
  gint32 kept; /* the rule for names or the environment that holds for it, else -1 */
  guint32 depth;
} DiffRecord;

/* The records, below the roots, of what differs between A and B under RULES;
   to g_array_unref.  Both trees were checked by wire_tree_view.  */
GArray *diff_trees (const WireTree *a, const WireTree *b, Rules *rules);

/* Is anything in RECORDS a difference that matters?  */
gboolean diff_matters (const GArray *records);

#endif
