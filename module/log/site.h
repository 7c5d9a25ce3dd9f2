/* site.h --- where in Samba's sources messages come from

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Each combination of level, class, file, line and function gets a number, the
   same in all threads.  A site, once it has its number, never moves nor changes.  */

#ifndef SMBCMP_LOG_SITE_H
#define SMBCMP_LOG_SITE_H

#include "log/header.h"
#include "log/segment.h"

typedef struct _LogSites LogSites;

/* What a thread remembers of sites, to ask for few of them.  */
typedef struct _LogSiteCache LogSiteCache;

LogSites *log_sites_new (void);
void log_sites_free (LogSites *sites);

LogSiteCache *log_site_cache_new (LogSites *sites);
void log_site_cache_free (LogSiteCache *cache);

/* The number of HEADER's site.  */
guint32 log_site_number (LogSiteCache *cache, const LogHeader *header);

/* The same of a header of which only level and tail are known, if it is
   remembered.  */
gboolean log_site_remembered (LogSiteCache *cache, gint level, LogSpan tail,
                              guint32 *number);

const LogSite *log_sites_get (LogSites *sites, guint32 number);
guint32 log_sites_count (LogSites *sites);

#endif
