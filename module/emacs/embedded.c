/* embedded.c --- the engine inside Emacs

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libwireshark is loaded when this host is first asked for, never by loading
   the module.  The engine's code is the worker's; requests and replies are
   the same bytes, less the lengths a pipe needs.  */

#include "emacs/module.h"

#include <dlfcn.h>

#include "worker/engine.h"
#include "support/problem.h"

/* The engine library's functions; one engine in a process.  */
static struct
{
  Engine *(*make) (EngineEmit, EngineSeal, gpointer);
  void (*receive) (Engine *, GBytes *);
  gboolean (*busy) (const Engine *);
  void (*step) (Engine *, gint64);
  Engine *engine;
  GPtrArray *replies; /* of GBytes, those not fetched yet */
} embedded;

static void
keep_reply (gpointer user G_GNUC_UNUSED, GBytes *reply)
{
  g_ptr_array_add (embedded.replies, reply);
}

static gboolean
find_function (emacs_env *env, void *library, const char *name, void *function)
{
  /* POSIX lets a data pointer hold a function's; C has no cast for it.  */
  *(void **)function = dlsym (library, name);
  if (!*(void **)function)
    lisp_error (env, PROBLEM "no-function" PROBLEM "%s" PROBLEM "%s", name, dlerror ());
  return *(void **)function != NULL;
}

LISP_FUNCTION (embedded_start)
{
  if (embedded.engine)
    return Q (t);
  g_autofree char *file = lisp_copy_string (env, args[0], NULL);
  void *library = file ? dlopen (file, RTLD_NOW | RTLD_LOCAL) : NULL;
  if (!library)
    {
      if (file)
        lisp_error (env, PROBLEM "engine" PROBLEM "%s", dlerror ());
      return Q (nil);
    }
  if (!find_function (env, library, "engine_new", &embedded.make)
      || !find_function (env, library, "engine_receive", &embedded.receive)
      || !find_function (env, library, "engine_busy", &embedded.busy)
      || !find_function (env, library, "engine_step", &embedded.step))
    return Q (nil);
  embedded.replies = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  embedded.engine = embedded.make (keep_reply, NULL, NULL);
  return Q (t);
}

LISP_FUNCTION (embedded_send)
{
  gsize size;
  char *request = lisp_copy_string (env, args[0], &size);
  if (!request)
    return Q (nil);
  if (!embedded.engine || size < sizeof (guint32))
    {
      g_free (request);
      lisp_error (env, PROBLEM "no-engine");
      return Q (nil);
    }
  g_autoptr (GBytes) all = g_bytes_new_take (request, size);
  g_autoptr (GBytes) body
      = g_bytes_new_from_bytes (all, sizeof (guint32), size - sizeof (guint32));
  embedded.receive (embedded.engine, body);
  return Q (t);
}

LISP_FUNCTION (embedded_step)
{
  if (!embedded.engine)
    return Q (nil);
  intmax_t microseconds = env->extract_integer (env, args[0]);
  if (lisp_ok (env) && !embedded.replies->len && embedded.busy (embedded.engine))
    embedded.step (embedded.engine, microseconds);
  g_autoptr (GPtrArray) replies = g_steal_pointer (&embedded.replies);
  embedded.replies = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  g_autofree emacs_value *list = g_new (emacs_value, replies->len + 1);
  for (guint i = 0; i < replies->len; i++)
    list[i] = module_reply (env, g_bytes_ref (replies->pdata[i]));
  return lisp_call (env, Q_list, replies->len, list);
}

const ModuleFunction module_embedded_functions[]
    = { { "smbcmp--module-embedded-start", 1, 1, embedded_start,
          "Load libwireshark and the engine in LIBRARY into this Emacs.\n\n(fn LIBRARY)" },
        { "smbcmp--module-embedded-send", 1, 1, embedded_send,
          "Give REQUEST, a unibyte string, to the embedded engine.\n\n(fn REQUEST)" },
        { "smbcmp--module-embedded-step", 1, 1, embedded_step,
          "Return the embedded engine's replies, as `smbcmp--module-feed' does.\n"
          "If there are none, let it work on its jobs for MICROSECONDS first.\n\n"
          "(fn MICROSECONDS)" },
        { NULL, 0, 0, NULL, NULL } };
