/* header.h --- what Samba puts before a debug message

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Samba's lib/util/debug.c (dbghdrclass) prints, by version and settings:

     [2026/11/24 01:58:23.855117,  7, pid=8022, effective(0, 0), real(0, 0),
      class=smb2, traceid=4, depth=2] ../../source3/smbd/x.c:12(func)      (one line)
     [2003/11/24 01:58:23, 3] smbd/process.c:switch_message(685)           up to 3.3
     [Tue Nov 24 01:58:23 2009 CET, 3 ../lib/util/x.c:12:func()]           4.0 alphas
     [2026/11/24 01:58:23,  3] text               debug prefix timestamp = yes
     2026-11-24T01:58:23.855117+01:00 host smbd[8022]: text   debug syslog format = yes
     Nov 24 01:58:23 host smbd[8022]: text                    the same, seconds only

   All times may be "N seconds since the Epoch".  Behind syslog or journalctl
   each line of a message is prefixed as in the last two.

   Only text is known here, neither files nor threads nor Emacs.  */

#ifndef SMBCMP_LOG_HEADER_H
#define SMBCMP_LOG_HEADER_H

#include <glib.h>

/* No header is longer: Samba's buffer has 300 bytes, the rest is for what
   syslog puts before it.  */
#define LOG_HEADER_MAX 1024

#define LOG_NO_TIME G_MININT64

/* How a log is written.  */
typedef enum
{
  LOG_PLAIN,   /* by Samba, or by syslog with a message a line */
  LOG_WRAPPED, /* by Samba, with syslog's prefix before each line */
  LOG_KERNEL   /* see kernel.h */
} LogForm;

/* What a thread keeps in mind of headers: most of each is as in one before.  */
typedef struct
{
  LogForm form;
  GTimeZone *zone;                /* the server's; owned by the log; NULL is UTC */
  gint64 written;                 /* seconds since the epoch, for times without a year */
  char last[20];                  /* "2026/11/24 01:58:23" */
  gint64 last_seconds, last_wall; /* the epoch's, as if in UTC */
  struct
  {
    guint32 pid;
    guint length;
    char text[64]; /* ", pid=8022, effective(0, 0), real(0, 0)" */
  } processes[4];  /* the latest, in turn */
  guint turn;
} LogClock;

typedef struct
{
  const char *text; /* in the header's text */
  guint length;
} LogSpan;

/* A header, all of whose spans are in the text it was parsed from.  */
typedef struct
{
  gint64 time;  /* microseconds since the epoch, or LOG_NO_TIME */
  LogSpan when; /* the same, as written */
  gint level;   /* -1 if not told */
  guint32 pid;  /* 0 if not told */
  gboolean ids; /* are these told: */
  guint32 euid, egid, uid, gid;
  guint64 traceid;               /* 0 if not told */
  guint32 depth;                 /* the same */
  LogSpan class, file, function; /* empty if not told */
  guint32 line;                  /* 0 if not told */
  LogSpan host, program;         /* of a syslog prefix */
  gboolean native;               /* there is a header in brackets */
  LogSpan tail;                  /* what is behind the ids up to the end of the line,
                                    if it is as from the same place in other messages */
  gsize length;                  /* bytes up to the message's text */
} LogHeader;

/* Parse the header TEXT of N bytes begins with; FALSE if it is none of the form
   that CLOCK has, those of Samba unless it is a kernel's.  TEXT
   begins a line, or, if INSIDE, it is somewhere in one: then only a header that
   tells where the message comes from, which no other text resembles, is one. */
gboolean log_header_parse (const char *text, gsize n, gboolean inside, LogClock *clock,
                           LogHeader *header);

/* The fast way for nearly all headers: if TEXT begins as the latest one did but
   for microseconds and level, set time, level, pid and the begin of the tail.  */
gboolean log_header_begin (const char *text, gsize n, const LogClock *clock,
                           LogHeader *header);

/* The length of the prefix of syslog or journalctl that TEXT begins with, up
   to the text behind it; 0 if there is none.  */
gsize log_header_prefix (const char *text, gsize n, LogClock *clock, LogHeader *header);

#endif
