/* process.h --- whose a log's messages are, and which connections

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For link.c: smbd's processes, which have their connections to themselves, or the
   one client, by the facts in the log.  */

#ifndef SMBCMP_LINK_PROCESS_H
#define SMBCMP_LINK_PROCESS_H

#include "link/capture.h"

/* A process of smbd, until another gets its pid; or the client, of all pids.  */
typedef struct
{
  guint32 pid, end; /* its last message */
  GArray *ids;      /* of LinkId: sessions, trees, opens */
  GHashTable *clients;
  gboolean has_sessions;
  GHashTable *streams; /* set of its connections */
  gboolean identified; /* the log says whose it is, whether they are here or not */
  gboolean has_port;   /* by its client's address and port, which is all SMB1 has */
  guint connections;   /* of a client: how many it has */
  gboolean doubtful;   /* of a client: it speaks of others, too */
  /* smbd's process serves several connections if the client connects again with the
     same ClientGuid.  Until it logs the second one, it has but the first.  */
  const char *first_client;
  guint32 first, second; /* the messages that name them; LOG_NO_MESSAGE */
  guint32 begin;         /* its first request's first message, or LOG_NO_MESSAGE */
} LinkProcess;

typedef struct
{
  const LinkCapture *capture;
  gboolean client;       /* the log is a client's */
  GHashTable *all;       /* pid to GPtrArray of LinkProcess, in order */
  GHashTable *unclaimed; /* set of connections that are no process's */
} LinkProcesses;

/* The log's processes by FACTS, which must live as long, and which connections of
   CAPTURE are theirs.  */
void link_processes_init (LinkProcesses *processes, const LogFacts *facts,
                          const LinkCapture *capture, gboolean client);
void link_processes_clear (LinkProcesses *processes);

/* The client's endpoint, of the only connection that PROCESS had when a request began
   with MESSAGE; NULL if that is unknown.  Requests are to be asked for in order.  */
const char *link_process_only_client (LinkProcess *process, const LinkCapture *capture,
                                      guint32 message);

/* The process that had PID when it wrote MESSAGE.  */
LinkProcess *link_process_at (LinkProcesses *processes, guint32 pid, guint32 message);

#endif
