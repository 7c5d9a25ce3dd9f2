/* error.h --- which messages tell of an error

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Something failed, and the message says so: not that a status is among what a dump
   shows, nor how the server came to it.  A request that fails is told once, where it
   ends.  What each form's programs print is in tables.  */

#ifndef SMBCMP_LOG_ERROR_H
#define SMBCMP_LOG_ERROR_H

#include "log/segment.h"

/* Kinds of errors, bits.  */
typedef enum
{
  LOG_ERROR_LEVEL = 1 << 0,      /* DBG_ERR, level 0, less what every start prints */
  LOG_ERROR_STATUS = 1 << 1,     /* a status that is a failure */
  LOG_ERROR_PANIC = 1 << 2,      /* also signals and backtraces */
  LOG_ERROR_KERNEL = 1 << 3,     /* what the kernel's client and server say of themselves */
  LOG_ERROR_LOGON = 1 << 4,      /* someone was not let in */
  LOG_ERROR_CONNECTION = 1 << 5, /* nor was a host */
  LOG_ERROR_ALL = (1 << 6) - 1
} LogErrorKind;

typedef struct
{
  guint kinds;        /* that are wanted */
  GPtrArray *ignored; /* names of statuses that are no failures; owned */
} LogErrors;

/* "level" and so on; 0 if NAME is none.  */
LogErrorKind log_error_kind (const char *name);

/* Whether messages from SITE may tell of an error at all.  */
gboolean log_error_site (const LogSite *site);

/* Whether they tell of a request's failure that the next message of their process tells,
   too, if it is from NEXT.  */
gboolean log_error_is_doubled (const LogSite *site, const LogSite *next);

/* The kinds of error that a message from SITE, of N bytes TEXT, tells of.  */
guint log_error_kinds (const LogErrors *errors, const LogSite *site, const char *text,
                       gsize n);

#endif
