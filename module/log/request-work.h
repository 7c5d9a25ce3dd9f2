/* request-work.h --- requests in the making

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   For request.c and request-client.c alone.  */

#ifndef SMBCMP_LOG_REQUEST_WORK_H
#define SMBCMP_LOG_REQUEST_WORK_H

#include "log/request.h"
#include "log/strings.h"

/* What is known of a process so far.  */
typedef struct
{
  guint32 messages;  /* in the segments before */
  guint32 current;   /* the request it works on, or LOG_NO_REQUEST */
  guint32 since;     /* the message after which no request ended or began */
  GArray *begun;     /* of guint32: its requests, oldest first */
  GArray *open;      /* the same, those without end */
  guint32 path;      /* of a client: what the next call opens, or 0 */
  guint32 about;     /* the same: what those are about that come with it, or 0 */
  guint32 file;      /* the same: what the next one is about, an open file, or 0 */
  guint32 negotiate; /* the same: the latest call of that kind + 1, or 0 */
  guint32 over;      /* the same: the latest that is over + 1, or 0 */
  guint32 over_at;   /* how many messages the process had written then */
} Process;

struct _LogRequestTable
{
  GArray *all;           /* of LogRequest */
  GHashTable *processes; /* pid -> Process */
  GHashTable *calls;     /* Call -> number of the request */
  GHashTable *files;     /* a client's open files: id -> path */
  gboolean smb1;         /* the kernel's log speaks of SMB1 by now */
  gboolean client;       /* some request is a client's */
  guint32 over;          /* the latest call of any that is over + 1, or 0 */
  LogStrings *strings;
};

/* A table of a client's calls that have no reply yet.  */
GHashTable *log_table_calls_new (void);

guint32 log_table_intern (LogRequestTable *table, const char *string);
Process *log_table_process (LogRequestTable *table, guint32 pid);
LogRequest *log_table_request (const LogRequestTable *table, guint32 i);

/* The place in PROCESS' open requests of the one with MID, or -1.  */
gint log_table_find_open (const LogRequestTable *table, const Process *process,
                          guint64 mid);

/* EVENT, in MESSAGE of PROCESS, begins a request called STRING.  */
void log_table_dispatch (LogRequestTable *table, Process *process, const LogEvent *event,
                         guint32 pid, guint32 message, const char *string);

/* EVENT ends the request at PLACE of those that PROCESS has open.  */
void log_table_end (LogRequestTable *table, Process *process, guint place,
                    const LogEvent *event, guint32 message, guint32 status);

/* EVENT, in MESSAGE of PROCESS, is one of a client's call; STRING is what it has.  */
void log_table_add_call (LogRequestTable *table, Process *process, const LogEvent *event,
                         guint32 pid, guint32 message, const char *string);

#endif
