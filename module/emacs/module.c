/* module.c --- what Emacs loads

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "emacs/module.h"

#include <stddef.h>

#define EXPORT __attribute__ ((visibility ("default")))

EXPORT int plugin_is_GPL_compatible;
EXPORT int emacs_module_init (struct emacs_runtime *runtime) EMACS_NOEXCEPT;

/* Emacs looks for this in the file before it loads it, so that one of another
   version never is.  */
EXPORT const char smbcmp_module_version[] = "smbcmp-native-version " SMBCMP_VERSION "\n";

static void
define (emacs_env *env, const ModuleFunction *function)
{
  emacs_value args[] = { env->intern (env, function->name),
                         env->make_function (env, function->min, function->max,
                                             function->function, function->doc, NULL) };
  env->funcall (env, env->intern (env, "defalias"), 2, args);
}

int
emacs_module_init (struct emacs_runtime *runtime) EMACS_NOEXCEPT
{
  static const ModuleFunction *const tables[]
      = { module_wire_functions,        module_embedded_functions,
          module_diff_functions,        module_compare_collect_functions,
          module_compare_functions,     module_compare_field_functions,
          module_compare_run_functions, module_compare_row_functions,
          module_log_functions,         module_log_view_functions,
          module_log_stats_functions,   module_link_functions,
          module_message_functions,     module_print_functions,
          module_cells_functions };
  if (runtime->size < (ptrdiff_t)sizeof *runtime)
    return 1;
  emacs_env *env = runtime->get_environment (runtime);
  if (env->size < (ptrdiff_t)sizeof (struct emacs_env_25))
    return 2;
  lisp_init (env);
  for (gsize t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const ModuleFunction *function = tables[t]; function->name; function++)
      define (env, function);
  emacs_value version[]
      = { env->intern (env, "smbcmp--module-version"), lisp_string (env, SMBCMP_VERSION) };
  env->funcall (env, env->intern (env, "set"), 2, version);
  return lisp_ok (env) ? 0 : 3;
}
