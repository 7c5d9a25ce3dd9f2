/* watchdog.h --- a dissection that never ends, or crashes, names its frame

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   libwireshark can't be interrupted inside a frame.  A timer looks at which
   frame is under way; the process that spends SECONDS of CPU time in one says
   so on stderr and exits, and its parent goes on without that frame.  So does
   one that is asked to stop (SIGUSR1) and can't, and one that crashes.  One that
   libwiretap does not come back to exits, too.  */

#ifndef SMBCMP_WORKER_WATCHDOG_H
#define SMBCMP_WORKER_WATCHDOG_H

/* The exit status of a process stopped in a frame.  */
#define WATCH_STUCK_STATUS 3

/* Watch from now on; 0 seconds for no limit but SIGUSR1.  */
void watch_start (double seconds);

#endif
