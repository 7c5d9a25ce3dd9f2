/* module.h --- the functions Emacs gets

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Every file of the module has one table of its functions; module.c
   registers them all.  */

#ifndef SMBCMP_EMACS_MODULE_H
#define SMBCMP_EMACS_MODULE_H

#include "emacs/lisp.h"
#include "support/rules.h"

typedef struct
{
  const char *name;
  ptrdiff_t min, max; /* arguments */
  emacs_value (*function) (emacs_env *env, ptrdiff_t nargs, emacs_value *args, void *data);
  const char *doc;
} ModuleFunction;

/* A reply as Lisp gets it: (SERIAL KIND VALUE), VALUE an opaque object that
   holds the reply's value.  Takes BYTES; an exit is pending if they are none.  */
emacs_value module_reply (emacs_env *env, GBytes *bytes);

/* The value of such an object, to unref; NULL with an exit pending if OBJECT
   is none.  */
GVariant *module_reply_value (emacs_env *env, emacs_value object);

/* Rules from a list of strings, see rules_from_strings; NULL with an exit
   pending.  */
Rules *module_parse_rules (emacs_env *env, emacs_value list);

/* Each ends with a NULL name.  */
extern const ModuleFunction module_wire_functions[];
extern const ModuleFunction module_embedded_functions[];
extern const ModuleFunction module_diff_functions[];
extern const ModuleFunction module_log_functions[];
extern const ModuleFunction module_log_view_functions[];
extern const ModuleFunction module_compare_functions[];
extern const ModuleFunction module_compare_collect_functions[];
extern const ModuleFunction module_compare_field_functions[];
extern const ModuleFunction module_compare_row_functions[];
extern const ModuleFunction module_compare_run_functions[];
extern const ModuleFunction module_log_stats_functions[];
extern const ModuleFunction module_link_functions[];
extern const ModuleFunction module_message_functions[];
extern const ModuleFunction module_print_functions[];
extern const ModuleFunction module_cells_functions[];

#endif
