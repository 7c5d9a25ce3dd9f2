/* request.h --- the requests a log tells of

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   smbd says when it begins with a request and when it is done with it:

     smbd_smb2_request_dispatch: opcode[SMB2_OP_CREATE] mid = 5
     smbd_smb2_request_done_ex: mid [5] idx[1] status[NT_STATUS_OK] body[88] ...

   (without the mid until 4.10).  Processes are told apart by pid, their requests
   by mid: a process may begin others before it is done with one that waits.
   Threads find such lines, as events of a segment; they are put together one
   segment after the other.  Messages of SMB1 it dumps: see log-smb1.h.

   Linux' client tells ftrace when it calls a server and when it has the reply,
   with the session, in which a message id is of one request; the kernel's log has
   ends only, and no session.  See kernel.h.  */

#ifndef SMBCMP_LOG_REQUEST_H
#define SMBCMP_LOG_REQUEST_H

#include "log/segment.h"

/* Append to SEGMENT the events that the line TEXT of N bytes tells of its last
   message, if it does; spaces are before it.  */
gboolean log_event_parse (const char *text, gsize n, gboolean torn, LogSegment *segment);

typedef struct
{
  guint64 mid;
  guint64 session; /* of a client's; 0 if unknown */
  guint32 pid;
  guint32 begin, end;      /* messages; LOG_NO_MESSAGE if unknown */
  guint32 messages;        /* of its process from begin to end */
  guint32 suspend, resume; /* of an async one: when other requests' turn came,
                              and where the messages before its end begin */
  guint32 interim;         /* the message that says it waits, or LOG_NO_MESSAGE */
  guint32 path;            /* log_requests_string; 0 if unknown */
  guint32 opcode, status;  /* the same */
  guint8 position;         /* in a compound, from 0 */
  guint cancel : 1;        /* or the rest of a transaction: has no end of its own */
  guint client : 1;        /* a client tells of it */
  guint winbind : 1;       /* winbindd does: the mid is its client's pid, the session a
                              trace id */
  guint kernel : 1;        /* ksmbd does */
} LogRequest;

/* Stands for no request's number.  */
#define LOG_NO_REQUEST G_MAXUINT32

/* Samba's names of the commands of SMB2, as it logs them: they are not those of
   MS-SMB2.  */
#define LOG_OPCODES 19
extern const char *const log_opcodes[LOG_OPCODES];

/* What commands of SMB1 are called here, before the number in hex.  */
#define LOG_SMB1_OPCODE "SMB1 0x"

/* ---------------------------------------------------------------- snapshots */

/* Requests as they were at some moment: they never change, whatever becomes of the
   log.  */
typedef struct _LogRequests LogRequests;

LogRequests *log_requests_ref (LogRequests *requests);
void log_requests_unref (LogRequests *requests);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogRequests, log_requests_unref)

/* How many there are here, and the Ith of them.  */
guint32 log_requests_count (const LogRequests *requests);
const LogRequest *log_requests_get (const LogRequests *requests, guint32 i);
/* No string of these requests has this number or a higher one; 0 is "".  */
guint32 log_requests_strings (const LogRequests *requests);
const char *log_requests_string (const LogRequests *requests, guint32 string);

/* -------------------------------------------------------- for the log's threads */

/* The requests as they become known; one thread at a time uses it.  */
typedef struct _LogRequestTable LogRequestTable;

LogRequestTable *log_request_table_new (void);
void log_request_table_free (LogRequestTable *table);

/* Add the events of SEGMENT from number KNOWN on; its first message is FIRST,
   and PID is the process of the one before.  */
void log_request_table_add (LogRequestTable *table, LogSegment *segment, guint known,
                            guint32 first, guint32 pid);

/* SEGMENT will be added again, longer, from its last event known now on.  */
void log_request_table_rewind (LogRequestTable *table, const LogSegment *segment);

guint32 log_request_table_count (const LogRequestTable *table);

/* As log_request_of and log_request_step.  */
guint32 log_request_table_of (const LogRequestTable *table, guint32 message, guint32 pid);
guint32 log_request_table_step (const LogRequestTable *table, guint32 message, guint32 pid,
                                gint count);

/* COUNT requests, or as many as there are, from number FROM on.  */
LogRequests *log_request_table_snapshot (LogRequestTable *table, guint32 from,
                                         guint32 count);

#endif
