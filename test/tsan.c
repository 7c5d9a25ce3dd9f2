/* tsan.c --- what ThreadSanitizer does not see of GLib's locks

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   GLib as it is installed is not instrumented, and its locks are futexes of
   its own.  The functions here stand before GLib's and say what they order;
   threads are pthreads, which ThreadSanitizer knows.  */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <glib.h>
#include <sanitizer/tsan_interface.h>

/* GLib's function of the same name; any thread may be the first to ask.  */
#define REAL(name)                                                                         \
  ({                                                                                       \
    static __typeof__ (&(name)) real;                                                      \
    if (!__atomic_load_n (&real, __ATOMIC_RELAXED))                                        \
      __atomic_store_n (&real, (__typeof__ (&(name)))dlsym (RTLD_NEXT, #name),             \
                        __ATOMIC_RELAXED);                                                 \
    __atomic_load_n (&real, __ATOMIC_RELAXED);                                             \
  })

void
g_mutex_lock (GMutex *mutex)
{
  REAL (g_mutex_lock) (mutex);
  __tsan_acquire (mutex);
}

void
g_mutex_unlock (GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_mutex_unlock) (mutex);
}

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  __tsan_release (mutex);
  REAL (g_cond_wait) (cond, mutex);
  __tsan_acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end)
{
  __tsan_release (mutex);
  gboolean signalled = REAL (g_cond_wait_until) (cond, mutex, end);
  __tsan_acquire (mutex);
  return signalled;
}
