/* records.h --- logs in records of JSON or CSV

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   What collects logs (Elastic, Splunk, Loki, Graylog, CloudWatch and so on) exports a
   record for each line or message, with it in one field, at whatever depth, and a time in
   another.  Which these are is not known by name: the text is in the field whose values
   show a form that is certain (learn.h).  Each record becomes lines, with its time before
   each if it has one, as `docker logs -t' prints them.  */

#ifndef SMBCMP_LOG_RECORDS_H
#define SMBCMP_LOG_RECORDS_H

#include <glib.h>

typedef struct _LogRecords LogRecords;

/* What turns records into lines, if HEAD, the first N bytes, has some; else NULL.  */
LogRecords *log_records_new (const char *head, gsize n);
void log_records_free (LogRecords *records);

/* Append to LINES what the next N bytes tell.  */
void log_records_add (LogRecords *records, const char *bytes, gsize n, GString *lines);

/* The same of a last record without an end.  */
void log_records_flush (LogRecords *records, GString *lines);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LogRecords, log_records_free)

#endif
