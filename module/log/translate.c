/* translate.c --- whatever a log was stored as, as its lines

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "log/translate.h"

#include "log/journal.h"
#include "log/plain.h"
#include "log/records.h"
#include "log/wrap.h"

struct _LogTranslation
{
  gboolean begun;
  LogPlain *plain; /* each NULL if it is not needed */
  LogWrap *wrap;
  LogJournal *journal;
  LogRecords *records;
  GTimeZone *zone;     /* not owned */
  GString *text, *own; /* what is plain, and behind what was wrapped around it */
};

gboolean
log_translation_needed (const char *head, gsize n)
{
  g_autoptr (LogPlain) plain = log_plain_new (head, n);
  g_autoptr (LogWrap) wrap = plain ? NULL : log_wrap_new (head, n);
  g_autoptr (LogJournal) journal = plain || wrap ? NULL : log_journal_new (head, n, NULL);
  g_autoptr (LogRecords) records
      = plain || wrap || journal ? NULL : log_records_new (head, n);
  return plain || wrap || journal || records;
}

LogTranslation *
log_translation_new (GTimeZone *zone)
{
  LogTranslation *translation = g_new0 (LogTranslation, 1);
  translation->zone = zone;
  translation->text = g_string_new (NULL);
  translation->own = g_string_new (NULL);
  return translation;
}

void
log_translation_free (LogTranslation *translation)
{
  g_clear_pointer (&translation->plain, log_plain_free);
  g_clear_pointer (&translation->wrap, log_wrap_free);
  g_clear_pointer (&translation->journal, log_journal_free);
  g_clear_pointer (&translation->records, log_records_free);
  g_string_free (translation->text, TRUE);
  g_string_free (translation->own, TRUE);
  g_free (translation);
}

/* Pass on N bytes that nothing is wrapped around; BEGINS if they are the first.  */
static void
add_own (LogTranslation *translation, const char *bytes, gsize n, gboolean begins,
         GString *lines)
{
  if (begins)
    {
      translation->journal = log_journal_new (bytes, n, translation->zone);
      if (!translation->journal)
        translation->records = log_records_new (bytes, n);
    }
  if (translation->journal)
    log_journal_add (translation->journal, bytes, n, lines);
  else if (translation->records)
    log_records_add (translation->records, bytes, n, lines);
  else
    g_string_append_len (lines, bytes, (gssize)n);
}

void
log_translation_add (LogTranslation *translation, const char *bytes, gsize n,
                     GString *lines)
{
  gboolean begins = !translation->begun;
  translation->begun = TRUE;
  if (begins)
    translation->plain = log_plain_new (bytes, n);
  if (translation->plain)
    {
      g_string_truncate (translation->text, 0);
      log_plain_add (translation->plain, bytes, n, translation->text);
      bytes = translation->text->str;
      n = translation->text->len;
    }
  if (begins)
    translation->wrap = log_wrap_new (bytes, n);
  if (translation->wrap)
    {
      g_string_truncate (translation->own, 0);
      log_wrap_add (translation->wrap, bytes, n, translation->own);
      bytes = translation->own->str;
      n = translation->own->len;
    }
  add_own (translation, bytes, n, begins, lines);
}

void
log_translation_flush (LogTranslation *translation, gboolean end, GString *lines)
{
  if (end && translation->wrap)
    {
      g_string_truncate (translation->own, 0);
      log_wrap_flush (translation->wrap, translation->own);
      add_own (translation, translation->own->str, translation->own->len, FALSE, lines);
    }
  if (translation->journal)
    log_journal_flush (translation->journal, end, lines);
  if (end && translation->records)
    log_records_flush (translation->records, lines);
}

gboolean
log_translation_holds (const LogTranslation *translation)
{
  return translation->journal != NULL;
}
