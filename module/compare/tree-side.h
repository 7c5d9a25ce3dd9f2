/* tree-side.h --- a field tree, prepared to be compared

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For tree-diff.c alone.  */

#ifndef SMBCMP_COMPARE_TREE_SIDE_H
#define SMBCMP_COMPARE_TREE_SIDE_H

#include "support/extents.h"
#include "support/rules.h"
#include "wire/wire.h"

#define NO_RULE (-1)

/* One side of a diff; all but the tree and the rules are owned, an item a node.  */
typedef struct
{
  const WireTree *tree;
  Rules *rules;
  guint32 *depth; /* of each node, 1 for the outermost */
  guint32 *n_children;
  guint32 *next; /* the node after this one's subtree */
  gint32 *rule;  /* what makes its own differences not matter, or NO_RULE */
  gint32 *kept;  /* the rule for names or the environment that holds, or NO_RULE */
  Extents *extents;
  guint64 *own;   /* hash of what is its own */
  guint64 *whole; /* hash of the subtree, less what doesn't matter */
  guint *key;     /* the field's name, by number */
} TreeSide;

/* SIDE becomes TREE, compared by RULES; KEYS numbers the fields' names for both sides.  */
void tree_side_init (TreeSide *side, const WireTree *tree, Rules *rules, GHashTable *keys);
void tree_side_clear (TreeSide *side);

#endif
