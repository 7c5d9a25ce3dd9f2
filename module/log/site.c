/* site.c --- where in Samba's sources messages come from

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/site.h"

#include <string.h>

#include "log/fact.h"
#include "log/smb1.h"
#include "log/winbind.h"

typedef struct
{
  LogSite site;
  guint class_length, file_length, function_length;
  guint64 hash;
} Site;

#define PAGE 1024
#define PAGES 4096

/* Sites are in pages that never move; a page is there before the count says
   that it holds something, so readers need no lock.  */
struct _LogSites
{
  GMutex lock;
  GHashTable *numbers; /* Site -> its number plus 1 */
  GStringChunk *strings;
  gint count; /* atomic */
  Site *pages[PAGES];
};

static guint
site_hash (gconstpointer site)
{
  return (guint)((const Site *)site)->hash;
}

static gboolean
same_text (const char *a, guint a_length, const char *b, guint b_length)
{
  return a_length == b_length && memcmp (a, b, a_length) == 0;
}

static gboolean
site_equal (gconstpointer a, gconstpointer b)
{
  const Site *x = a, *y = b;
  return x->hash == y->hash && x->site.level == y->site.level
         && x->site.line == y->site.line && x->site.form == y->site.form
         && x->site.booted == y->site.booted
         && same_text (x->site.function, x->function_length, y->site.function,
                       y->function_length)
         && same_text (x->site.file, x->file_length, y->site.file, y->file_length)
         && same_text (x->site.class, x->class_length, y->site.class, y->class_length);
}

LogSites *
log_sites_new (void)
{
  LogSites *sites = g_new0 (LogSites, 1);
  g_mutex_init (&sites->lock);
  sites->numbers = g_hash_table_new (site_hash, site_equal);
  sites->strings = g_string_chunk_new (4096);
  return sites;
}

void
log_sites_free (LogSites *sites)
{
  for (guint i = 0; i < PAGES; i++)
    g_free (sites->pages[i]);
  g_hash_table_unref (sites->numbers);
  g_string_chunk_free (sites->strings);
  g_mutex_clear (&sites->lock);
  g_free (sites);
}

struct _LogSiteCache
{
  LogSites *sites;
  struct
  {
    guint64 hash; /* 0 if there is none */
    gint level;
    guint length;
    char *tail; /* owned */
    guint32 number;
  } entries[4096]; /* by hash */
};

LogSiteCache *
log_site_cache_new (LogSites *sites)
{
  LogSiteCache *cache = g_new0 (LogSiteCache, 1);
  cache->sites = sites;
  return cache;
}

void
log_site_cache_free (LogSiteCache *cache)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cache->entries); i++)
    g_free (cache->entries[i].tail);
  g_free (cache);
}

static guint64
hash_bytes (guint64 hash, const char *text, guint n)
{
  guint64 word, words[2], other = ~hash;
  /* Two at a time: each waits for its own product only.  */
  for (; n >= sizeof words; n -= (guint)sizeof words, text += sizeof words)
    {
      memcpy (words, text, sizeof words);
      hash = (hash ^ words[0]) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      other = (other ^ words[1]) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
      other ^= other >> 29;
    }
  hash ^= other << 1;
  if (n >= sizeof word)
    {
      memcpy (&word, text, sizeof word);
      hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash ^= hash >> 29;
      n -= (guint)sizeof word;
      text += sizeof word;
    }
  word = n;
  for (; n; n--)
    word = word << 8 | (guint8)*text++;
  hash = (hash ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return hash ^ hash >> 32;
}

static Site *
find_site (LogSites *sites, guint32 number)
{
  return &sites->pages[number / PAGE][number % PAGE];
}

/* The number of a site like KEY; past the last page, that of the last site: no
   program has four million places that log.  */
static guint32
add_site (LogSites *sites, const Site *key)
{
  g_mutex_lock (&sites->lock);
  guint32 number = GPOINTER_TO_UINT (g_hash_table_lookup (sites->numbers, key));
  if (!number && sites->count == PAGE * PAGES)
    number = PAGE * PAGES;
  if (!number)
    {
      guint32 new = (guint32)sites->count;
      if (!sites->pages[new / PAGE])
        sites->pages[new / PAGE] = g_new0 (Site, PAGE);
      Site *site = find_site (sites, new);
      *site = *key;
      site->site.class = g_string_chunk_insert_len (sites->strings, key->site.class,
                                                    (gssize)key->class_length);
      site->site.file = g_string_chunk_insert_len (sites->strings, key->site.file,
                                                   (gssize)key->file_length);
      site->site.function = g_string_chunk_insert_len (sites->strings, key->site.function,
                                                       (gssize)key->function_length);
      site->site.facts = log_fact_function (site->site.function);
      site->site.smb1 = log_smb1_function (site->site.function);
      site->site.winbind = log_winbind_function (site->site.function);
      number = new + 1;
      g_hash_table_insert (sites->numbers, site, GUINT_TO_POINTER (number));
      g_atomic_int_set (&sites->count, (gint)number);
    }
  g_mutex_unlock (&sites->lock);
  return number - 1;
}

static guint64
tail_hash (gint level, LogSpan tail)
{
  return hash_bytes ((guint64)level, tail.text, tail.length) | 1;
}

guint32
log_site_number (LogSiteCache *cache, const LogHeader *header)
{
  Site key = { .site = { .class = header->class.text ? header->class.text : "",
                         .file = header->file.text ? header->file.text : "",
                         .function = header->function.text ? header->function.text : "",
                         .line = header->line,
                         .level = header->level,
                         .form = header->form,
                         .booted = header->booted },
               .class_length = header->class.length,
               .file_length = header->file.length,
               .function_length = header->function.length };
  guint64 hash = (guint64)header->line << 16 ^ (guint64)header->level
                 ^ (guint64)header->form << 56 ^ (guint64)header->booted << 63;
  hash = hash_bytes (hash, key.site.class, key.class_length);
  hash = hash_bytes (hash, key.site.file, key.file_length);
  key.hash = hash_bytes (hash, key.site.function, key.function_length);
  guint32 number = add_site (cache->sites, &key);
  if (header->tail.length)
    {
      hash = tail_hash (header->level, header->tail);
      gsize i = hash % G_N_ELEMENTS (cache->entries);
      cache->entries[i].hash = hash;
      cache->entries[i].level = header->level;
      cache->entries[i].length = header->tail.length;
      cache->entries[i].tail = g_realloc (cache->entries[i].tail, header->tail.length);
      memcpy (cache->entries[i].tail, header->tail.text, header->tail.length);
      cache->entries[i].number = number;
    }
  return number;
}

gboolean
log_site_remembered (LogSiteCache *cache, gint level, LogSpan tail, guint32 *number)
{
  guint64 hash = tail_hash (level, tail);
  gsize i = hash % G_N_ELEMENTS (cache->entries);
  *number = cache->entries[i].number;
  return cache->entries[i].hash == hash && cache->entries[i].level == level
         && same_text (cache->entries[i].tail, cache->entries[i].length, tail.text,
                       tail.length);
}

const LogSite *
log_sites_get (LogSites *sites, guint32 number)
{
  return &find_site (sites, number)->site;
}

guint32
log_sites_count (LogSites *sites)
{
  return (guint32)g_atomic_int_get (&sites->count);
}
