/* compare.h --- a comparison as a Lisp object

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_EMACS_COMPARE_H
#define SMBCMP_EMACS_COMPARE_H

#include "compare/comparison.h"
#include "emacs/module.h"

typedef struct ComparingRun ComparingRun;

/* A comparison and what is compared in it: its own, or that of an earlier one, in which
   nothing changes any more.  */
typedef struct Comparing Comparing;
struct Comparing
{
  guint users;      /* Emacs, and those that have this as FIRST */
  Comparing *first; /* the one that owns the next four; NULL: this one */
  Strings *strings;
  Exchanges *sides[2];
  Rules *rules;
  Comparison *result; /* NULL before the run */
  ComparingRun *run;  /* in a thread, or NULL; owned */
  Comparing *running; /* of this and those that have it as FIRST: the one with a run */
};

/* End what C runs in a thread; that is lost.  */
void comparing_stop (Comparing *c);

/* What a docstring says of an argument.  */
#define OF_SIDE "A, or of B if SIDE is non-nil"

/* The comparison that OBJECT is; NULL with an exit pending.  */
Comparing *comparing_get (emacs_env *env, emacs_value object);

/* The comparison that OBJECT is, once it was run; NULL with an exit pending.  */
Comparing *comparing_result (emacs_env *env, emacs_value object);

/* The element of ARRAY that INDEX says; NULL with an exit pending.  */
gconstpointer comparing_element (emacs_env *env, const GArray *array, emacs_value index);

/* NUMBER, or nil if it is none.  */
emacs_value comparing_number (emacs_env *env, guint32 number);

/* String STRING of C, or nil for 0.  */
emacs_value comparing_string (emacs_env *env, const Comparing *c, guint32 string);

#endif
