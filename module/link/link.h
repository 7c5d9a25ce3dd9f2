/* link.h --- which frames a log's requests are

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A log has processes and message ids; a capture has connections and message ids.
   Which connections are a process's is known by what only they can have in common: the ids
   smbd gave to sessions, trees and opens, which are random, and the address and port of the
   client.  Ids that contradict each other part two runs in which a client happened to have
   the same port.

   A request is certain if its process's connections have exactly one request
   with its message id and command, or as many as the log has; one that smbd
   puts off and begins again, as an open that waits for an oplock break, is one.
   A process may get a second connection of its client (with the same ClientGuid);
   until it logs that, its requests are of the first.  If nothing says whose a
   process's connections are, what matches is ambiguous.  Times are no evidence: they
   only give the clock offset.

   A client's log (kernel.h) has the session of each request, and a request is
   certain on the one connection that has it; or it has none, and is certain only
   if it has one connection and an id that the server gave on it.  If ids are too
   small to be unique, the times of many requests decide (timing.h).

   Neither Emacs nor libwireshark is known here, and nothing in the cells is
   believed.  */

#ifndef SMBCMP_LINK_LINK_H
#define SMBCMP_LINK_LINK_H

#include "link/links.h"

Links *link_log (Log *log, const LinkCapture *capture);

#endif
