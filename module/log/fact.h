/* fact.h --- who is who in a log: clients, users, shares, sessions

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   smbd has a process for each connection and says, by its pid, whose it is:

     Connection allowed from ipv4:127.0.0.1:51256 to ipv4:127.0.0.1:445
     host (ipv4:127.0.0.1:51256) signed connect to service share initially as
       user smbu (uid=0, gid=0) (pid 8022)                          (one line)
     check_ntlm_password:  authentication for user [smbu] -> ... succeeded
     check_ntlm_password:  Authentication for user [joe] -> [joe] FAILED with error ...
     Auth: [SMB2,(null)] user [DOM]\[joe] at ... remote host [ipv4:192.0.2.7:59892] ...
     {"type": "Authentication", ... "clientAccount": "joe", "remoteAddress": ...
     Denied connection from 192.0.2.7 (192.0.2.7)
     Successful AuthZ: [SMB2,krb5] user [DOM]\[smbu] ...
     smbXsrv_session_update: global_id (0xdead07bd) stored
     smbXsrv_tcon_create: global_id (0xcd7eeb6a) stored
     smbXsrv_open_create: global_id (0x9b8b014f) stored
     Server exit (NT_STATUS_END_OF_FILE)

   After that, another process may get the pid.  Linux' client says

     CIFS: fs/smb/client/connect.c: Socket created
     CIFS: fs/smb/client/connect.c: IPC tcon rc=0 ipc tid=0xa4de127d
     CIFS: fs/smb/client/connect.c: cifs_put_smb_ses: id=0xbc9530c9 ...  */

#ifndef SMBCMP_LOG_FACT_H
#define SMBCMP_LOG_FACT_H

#include "log/segment.h"

/* "client" and so on.  */
extern const char *const log_fact_names[N_LOG_FACTS];

typedef struct
{
  LogFactKind kind;
  guint32 message, pid;
  const char *value;
} LogFact;

/* What messages from FUNCTION may tell, a bit for each phrase; "" is an unknown one.  */
guint32 log_fact_function (const char *function);

/* Append to SEGMENT the facts its last message tells by its text's first line,
   TEXT of N bytes, of those WANTED; whether there are any.  */
gboolean log_fact_parse (const char *text, gsize n, guint32 wanted, LogSegment *segment);

/* Facts as they were at some moment: they never change, whatever becomes of the log.  */
typedef struct _LogFacts LogFacts;

LogFacts *log_facts_ref (LogFacts *facts);
void log_facts_unref (LogFacts *facts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogFacts, log_facts_unref)

guint log_facts_count (const LogFacts *facts);
const LogFact *log_facts_get (const LogFacts *facts, guint i);

/* Append to RANGES, of LogRange, the messages of processes of which a fact of KIND
   has VALUE: part of a client's address, a session's number, or a name whatever
   its case.  */
void log_facts_find (const LogFacts *facts, LogFactKind kind, const char *value,
                     GArray *ranges);

/* -------------------------------------------------------- for the log's threads */

/* The facts as they become known; one thread at a time uses it.  */
typedef struct _LogFactTable LogFactTable;

LogFactTable *log_fact_table_new (void);
void log_fact_table_free (LogFactTable *table);

/* Add the facts of SEGMENT from number KNOWN on; its first message is FIRST.  */
void log_fact_table_add (LogFactTable *table, const LogSegment *segment, guint known,
                         guint32 first);

LogFacts *log_fact_table_snapshot (LogFactTable *table);

#endif
