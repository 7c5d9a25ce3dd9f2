/* graph.h --- calls that the kernel's function_graph tracer shows

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   In /sys/kernel/tracing/trace, by its options (the kernel's
   trace_functions_graph.c), and by trace-cmd report:

      0)               |  cifs_do_mount [cifs]() {
      0)   0.394 us    |    kmem_cache_alloc_trace();
      0)               |    /@ smb3_cmd_enter: sid=0x0 tid=0x0 cmd=0 mid=0 @/
      0) ! 101.189 us  |  } /@ cifs_do_mount [cifs] @/
        70.100101 |   0)  mount.c-2919 |  .....  |   0.394 us    |    kfree();
      mount.cifs-29190 [000]    70.100104: funcgraph_entry:  0.394 us |  kfree();

   (with asterisks for @).  Of a call that calls others, the line that ends it has how
   long it took.  */

#ifndef SMBCMP_LOG_GRAPH_H
#define SMBCMP_LOG_GRAPH_H

#include "log/header.h"

/* Scan what is before a call in a trace of calls.  */
gboolean log_graph_scan (Text *text, LogHeader *header);

/* The same from the duration on.  */
gboolean log_graph_scan_call (Text *text, LogHeader *header);

/* Pid and name of the task that "  mount.cifs-153  ", "  mount.cifs-153   (  153) " or,
   as perf has it, "  mount.cifs   153 " or "  mount.cifs 153/153 " ends in.  */
gboolean log_graph_task (const char *start, const char *end, guint32 *pid, LogSpan *name);

#endif
