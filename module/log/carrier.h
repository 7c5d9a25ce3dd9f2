/* carrier.h --- what is put before each line of a log on its way

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   By syslog, journalctl, container runtimes: a prefix with a time, and maybe with host,
   program and process.  What is behind it has a form of its own (form.h).  Each carrier
   is a row of a table; what no row has is learned from the log (learn.h).  */

#ifndef SMBCMP_LOG_CARRIER_H
#define SMBCMP_LOG_CARRIER_H

#include "log/header.h"
#include "log/shape.h"

/* When a row is tried.  */
typedef enum
{
  LOG_CARRIER_ALWAYS, /* nothing else resembles it */
  LOG_CARRIER_ORIGIN, /* it tells who wrote the line; not where most lines do not */
  LOG_CARRIER_MOST    /* only where most lines have it */
} LogCarrierUse;

typedef struct
{
  const char *name;
  LogCarrierUse use;
  const char *format;
} LogCarrier;

extern const LogCarrier log_carriers[];
extern const guint log_n_carriers;

/* Scan the prefix that FORMAT describes:
     %t  a time                      %b  seconds since booting
     %i  a time as dmesg --time-format iso has it
     %h  a host                      %w  a word
     %p  "program[pid]:", "program:", macOS' "program[pid:thread]"
     %k  the same, with a pid or of a well-known program
     %g  a program                   %q  its pid, or "-"
     %f  "facility.level"            %l  the priority's number
     %d  digits                      %n  a file's name, as grep has it
     %y  the type of a message of macOS
   a blank is one or more of them, a "_" at the end one or none, what else there is
   stands for itself.  HEADER gets what it tells.  */
gboolean log_carrier_scan_format (Text *text, const char *format, LogClock *clock,
                                  LogHeader *header);

/* The same for any of SHAPE's carriers.  */
gboolean log_carrier_scan (Text *text, const LogShape *shape, LogClock *clock,
                           LogHeader *header);

#endif
