/* fields.h --- what libwireshark knows of its fields and filters

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_CAPTURE_FIELDS_H
#define SMBCMP_CAPTURE_FIELDS_H

#include "capture/ws.h"

/* Filter names that begin with PREFIX: protocols for one without a dot, else
   fields of any protocol; a(ssss): filter name, name, type, description.  */
GVariant *fields_complete (const char *prefix);

/* One field: (ssssa(ss)): as above, and its named values as pairs of what a
   filter takes and what it means.  */
GVariant *fields_describe (const char *field, GError **error);

/* Compile FILTER; NULL with *ERROR set, or without for an empty filter.
   START and LENGTH are the error's place in characters, or -1.  */
dfilter_t *fields_compile (const char *filter, int *start, int *length, GError **error);

/* From each hfinfo called one of NAMES to its place in NAMES + 1, and their
   ids for priming.  */
GHashTable *fields_columns (const char *const *names, GArray **ids, GError **error);

/* Is any of the fields IDS one of the packet list's columns, as there are since
   Wireshark 4.4?  They are there only if columns are filled.  */
gboolean fields_need_columns (const GArray *ids);

#endif
