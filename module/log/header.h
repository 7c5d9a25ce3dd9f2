/* header.h --- what is known of a message before its text

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_HEADER_H
#define SMBCMP_LOG_HEADER_H

#include "log/time.h"

/* No header is longer: Samba's buffer has 300 bytes, the rest is for what
   syslog puts before it.  */
#define LOG_HEADER_MAX 1024

typedef struct
{
  const char *text; /* in the header's text */
  guint length;
} LogSpan;

/* What wrote a line; see form.h.  */
typedef enum
{
  LOG_FORM_TEXT,   /* no header at all */
  LOG_FORM_SYSLOG, /* any program, behind a carrier's prefix */
  LOG_FORM_SAMBA,
  LOG_FORM_KERNEL,
  LOG_FORM_KSMBD,
  LOG_FORM_TRACE,
  LOG_FORM_GRAPH,
  LOG_FORM_CTDB,
  N_LOG_FORMS
} LogFormKind;

/* A header, all of whose spans are in the text it was parsed from.  */
typedef struct
{
  LogFormKind form;
  gint64 time;  /* microseconds since the epoch, or LOG_NO_TIME */
  LogSpan when; /* the same, as written */
  gint level;   /* -1 if unknown */
  guint32 pid;  /* 0 if unknown */
  gboolean ids; /* are these told: */
  guint32 euid, egid, uid, gid;
  guint64 traceid;               /* 0 if unknown */
  guint32 depth;                 /* the same */
  LogSpan class, file, function; /* empty if unknown */
  guint32 line;                  /* 0 if unknown */
  LogSpan host, program;         /* of a carrier's prefix */
  gint severity;                 /* syslog's, 0 to 7; -1 if unknown */
  guint32 carrier_pid;           /* the pid that this tells, or 0 */
  gboolean carried;              /* there is such a prefix */
  gboolean kernel;               /* which only the kernel's log has */
  gboolean yearless;             /* the time is told without its year */
  gboolean booted;               /* the time is since the machine booted, not the epoch */
  LogSpan task;                  /* a trace's: the program */
  gint32 cpu;                    /* the same, plus 1; 0 if unknown */
  gint64 duration; /* the same: nanoseconds plus 1 that a call took; the same */
  LogSpan tail;    /* what is behind the ids up to the end of the line,
                      if it is as from the same place in other messages */
  gsize length;    /* bytes up to the message's text */
} LogHeader;

/* Nothing is known yet.  */
#define LOG_HEADER_INIT                                                                    \
  {                                                                                        \
    .time = LOG_NO_TIME, .level = -1, .severity = -1                                       \
  }

#endif
