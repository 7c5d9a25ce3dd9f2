/* link.h --- which frames a log's requests are

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   A log tells of a process and of message ids; a capture of connections and of
   message ids.  Which connections are a process's is told by what only they can
   have in common: the ids smbd gave to sessions, trees and opens, which are
   random, and the address and port of the client.  Ids that contradict each
   other part two runs in which a client happened to have the same port.

   A request is certain if its process's connections have exactly one request
   with its message id and command, or as many as the log tells of; one that smbd
   puts off and begins again, as an open that waits for an oplock break, is one.
   A process may get a second connection of its client (with the same ClientGuid);
   until it says so, its requests are the first's.  If nothing says whose connections
   are a process's, what would fit is ambiguous.  Times are evidence of nothing: they
   only tell how far the clocks are apart.

   A client's log (kernel.h) has the session of each request, and a request is
   certain on the one connection that has it; or it has none, and is certain only
   if it tells of one connection and of an id that the server gave on it.  If ids are
   too small to be anybody's, the times of many requests tell (timing.h).

   Neither Emacs nor libwireshark is known here, and nothing in the cells is
   believed.  */

#ifndef SMBCMP_LINK_LINK_H
#define SMBCMP_LINK_LINK_H

#include "link/links.h"

Links *link_log (Log *log, const LinkCapture *capture);

#endif
