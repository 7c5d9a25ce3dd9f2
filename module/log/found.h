/* found.h --- what is found in a segment besides messages

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Events of requests, which request.h puts together, and facts, see fact.h.  */

#ifndef SMBCMP_LOG_FOUND_H
#define SMBCMP_LOG_FOUND_H

#include <glib.h>

typedef enum
{
  LOG_DISPATCH, /* mid, string: opcode */
  LOG_DONE,     /* mid, index, string: status */
  LOG_PENDING,  /* mid: an interim response is or will be sent */
  LOG_PATH,     /* string: what the request is about */
  /* Of SMB1; index is the command.  */
  LOG_SMB1,      /* mid */
  LOG_SMB1_DONE, /* mid, string: status */
  /* A client's; index is the command, string, of a reply, the status.  */
  LOG_CALL,
  LOG_CALL_DONE,
  LOG_CALL_OVER,   /* nothing else is told of it */
  LOG_CALL_OPEN,   /* the same, and there is no reply */
  LOG_CALL_STATUS, /* string: of the call that the message before is the end of */
  LOG_CALL_PATH,   /* string: what the next call of the process is about */
  LOG_CALL_FILE,   /* the same; mid: the id of an open file */
  LOG_CALL_OPENED, /* mid: the id that the latest path was opened with */
  /* winbindd's; mid is the client's pid, session the trace id.  */
  LOG_WINBIND,      /* string: command, tabulator, client */
  LOG_WINBIND_DONE, /* string: command, tabulator, status */
  LOG_WINBIND_TOOK, /* what has the same trace id is over */
  LOG_SERVED        /* ksmbd's: index is the command; nothing else is told */
} LogEventKind;

#define LOG_NO_MID G_MAXUINT64

typedef struct
{
  LogEventKind kind;
  gint32 message;  /* in the segment; negative for one that began before it */
  guint32 string;  /* in the segment's strings */
  guint32 index;   /* of done: idx */
  guint32 before;  /* messages of its process in the segment, up to this one */
  gboolean torn;   /* not in the first line: maybe of another process */
  guint64 mid;     /* or LOG_NO_MID */
  guint64 session; /* 0 if unknown */
  guint32 pid;     /* of the process, if MESSAGE is negative; 0 if that is the one of the
                      message before the segment */
} LogEvent;

typedef enum
{
  LOG_CLIENT,
  LOG_USER,
  LOG_SHARE,
  LOG_SESSION,
  LOG_TREE,
  LOG_OPEN,       /* what smbd opened: the low half of the file id's persistent part */
  LOG_EXIT,       /* why it ended */
  LOG_CONNECTION, /* of a client: one more */
  N_LOG_FACTS
} LogFactKind;

/* A fact of a segment.  */
typedef struct
{
  LogFactKind kind;
  guint32 message; /* in the segment */
  guint32 value;   /* in the segment's strings */
} LogFound;

#endif
