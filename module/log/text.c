/* text.c --- find text in messages

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/text.h"

#include <string.h>

#include "log/scan.h"
#include "log/status.h"

/* A message longer than this is looked at in pieces, which overlap: what is
   looked for is hardly longer than the overlap.  */
#define PIECE (16u << 20)
#define OVERLAP (64u << 10)

/* Several needles are looked for in steps of this size, which overlap by more than the
   longest has.  */
#define STEP (16u << 10)
#define NEEDLE_MAX 64u

struct _LogPattern
{
  GArray *needles;    /* of LogNeedle; one of them has to be there */
  GRegex *regex;      /* NULL, or what has to match */
  GPtrArray *ignored; /* NULL, or names of NT_STATUS that are no errors */
};

static LogPattern *
new_pattern (void)
{
  LogPattern *pattern = g_new0 (LogPattern, 1);
  pattern->needles = g_array_new (FALSE, FALSE, sizeof (LogNeedle));
  g_array_set_clear_func (pattern->needles, (GDestroyNotify)log_needle_clear);
  return pattern;
}

static void
add_needle (LogPattern *pattern, const char *text, gsize n, gboolean fold)
{
  LogNeedle needle;
  log_needle_init (&needle, text, n, fold);
  g_array_append_val (pattern->needles, needle);
}

LogPattern *
log_pattern_literal (const char *text, gsize n, gboolean fold)
{
  LogPattern *pattern = new_pattern ();
  if (n)
    add_needle (pattern, text, n, fold);
  return pattern;
}

LogPattern *
log_pattern_regexp (const char *regexp, gboolean fold, GError **error)
{
  g_autoptr (LogPattern) pattern = new_pattern ();
  GRegexCompileFlags flags = G_REGEX_OPTIMIZE | G_REGEX_MULTILINE | G_REGEX_RAW
                             | (fold ? G_REGEX_CASELESS : (GRegexCompileFlags)0);
  pattern->regex = g_regex_new (regexp, flags, (GRegexMatchFlags)0, error);
  return pattern->regex ? g_steal_pointer (&pattern) : NULL;
}

/* What tells of an error.  What cifs.ko prints for its user begins with one of two
   prefixes; its events of what failed have names like smb3_cmd_err.  */
enum
{
  STATUS,
  WORD,
  CLIENT = WORD + 3,
  CLIENT_STATUS = CLIENT + 2,
  CLIENT_EVENT
};

static const char *const signs[] = { [STATUS] = "NT_STATUS_",
                                     [WORD] = "PANIC",
                                     "INTERNAL ERROR",
                                     "BACKTRACE",
                                     [CLIENT] = "CIFS: VFS: ",
                                     "CIFS VFS: ",
                                     [CLIENT_STATUS] = "Status code returned 0x",
                                     [CLIENT_EVENT] = "_err: " };

LogPattern *
log_pattern_error (GPtrArray *ignored)
{
  LogPattern *pattern = new_pattern ();
  pattern->ignored = ignored;
  for (gsize i = 0; i < G_N_ELEMENTS (signs); i++)
    add_needle (pattern, signs[i], strlen (signs[i]), FALSE);
  return pattern;
}

void
log_pattern_free (LogPattern *pattern)
{
  g_array_unref (pattern->needles);
  g_clear_pointer (&pattern->regex, g_regex_unref);
  g_clear_pointer (&pattern->ignored, g_ptr_array_unref);
  g_free (pattern);
}

/* ------------------------------------------------------------------- match */

static gboolean
is_name (char c)
{
  return g_ascii_isalnum (c) || c == '_';
}

/* Samba's names begin with NT_, the client's don't, nor do all of Samba's.  */
static gboolean
is_ignored (const LogPattern *pattern, const char *name, gsize n)
{
  gsize prefix = n > 3 && memcmp (name, "NT_", 3) == 0 ? 3 : 0;
  for (guint i = 0; i < pattern->ignored->len; i++)
    {
      const char *ignored = g_ptr_array_index (pattern->ignored, i);
      if (g_str_has_prefix (ignored, "NT_"))
        ignored += 3;
      if (strlen (ignored) == n - prefix
          && memcmp (ignored, name + prefix, n - prefix) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Whether the status whose hexadecimal digits are at TEXT[AT], perhaps with its name
   behind, is ignored.  */
static gboolean
is_ignored_number (const LogPattern *pattern, const char *text, gsize n, gsize at)
{
  guint32 status = 0;
  for (; at < n && g_ascii_isxdigit (text[at]); at++)
    status = status << 4 | (guint32)g_ascii_xdigit_value (text[at]);
  g_autoptr (GString) name = g_string_new (NULL);
  log_status_append (status, name);
  gsize start = MIN (at + 1, n), stop = start;
  while (stop < n && is_name (text[stop]))
    stop++;
  return is_ignored (pattern, name->str, strlen (name->str))
         || is_ignored (pattern, text + start, stop - start);
}

/* Whether the line at TEXT[AT] is one of a dump of keys.  */
static gboolean
is_key (const char *text, gsize n, gsize at)
{
  const char *newline = memchr (text + at, '\n', n - at);
  gsize length = newline ? (gsize)(newline - text) - at : n - at;
  static const char *const words[]
      = { "dumping generated", "Session Id ",   "Cipher type ",  "Session Key ",
          "Signing Key ",      "ServerIn Key ", "ServerOut Key " };
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    if (memmem (text + at, length, words[i], strlen (words[i])))
      return TRUE;
  return FALSE;
}

/* Whether an event of the client that ends at TEXT[AT] tells of an error: one with a
   status that is fine does not.  */
static gboolean
is_client_error (const LogPattern *pattern, const char *text, gsize n, gsize at)
{
  static const char status[] = " status=0x";
  const char *newline = memchr (text + at, '\n', n - at);
  gsize length = newline ? (gsize)(newline - text) - at : n - at;
  const char *found = memmem (text + at, length, status, strlen (status));
  return !found
         || !is_ignored_number (pattern, text, n, (gsize)(found - text) + strlen (status));
}

/* Whether the SIGN of an error at TEXT[START] is one: the whole word, and no
   status that is fine.  Sets *END to where it ends.  */
static gboolean
is_error (const LogPattern *pattern, guint sign, const char *text, gsize n, gsize start,
          gsize *end)
{
  gsize stop = *end;
  if (sign == CLIENT_EVENT)
    {
      while (start && is_name (text[start - 1]))
        start--;
      return memcmp (text + start, "smb3_", 5) == 0
             && is_client_error (pattern, text, n, stop);
    }
  if (start && is_name (text[start - 1]))
    return FALSE;
  if (sign == CLIENT_STATUS)
    return !is_ignored_number (pattern, text, n, stop);
  if (sign >= CLIENT)
    return !is_key (text, n, stop);
  while (stop < n && is_name (text[stop]))
    stop++;
  if (sign >= WORD)
    return stop == *end;
  *end = stop;
  static const char ok[] = "NT_STATUS_OK";
  gsize length = stop - start;
  return length > strlen (signs[STATUS])
         && !(length == strlen (ok) && memcmp (text + start, ok, length) == 0)
         && !is_ignored (pattern, text + start, length);
}

/* The first of the needles in TEXT from FROM on: TRUE with its number and place.  */
static gboolean
find_first (const LogPattern *pattern, const char *text, gsize n, gsize from, guint *which,
            gsize *start, gsize *end)
{
  gsize limit = n;
  gboolean found = FALSE;
  for (guint i = 0; i < pattern->needles->len; i++)
    {
      const LogNeedle *needle = &g_array_index (pattern->needles, LogNeedle, i);
      const char *at = log_find (needle, text + from, limit - from);
      if (!at)
        continue;
      found = TRUE;
      *which = i;
      *start = (gsize)(at - text);
      *end = *start + needle->length;
      limit = MIN (n, *end);
    }
  return found;
}

/* The same; of several needles, one that is rare is not looked for in all of TEXT each
   time another is found.  */
static gboolean
find_needle (const LogPattern *pattern, const char *text, gsize n, gsize from, guint *which,
             gsize *start, gsize *end)
{
  if (pattern->needles->len == 1)
    return find_first (pattern, text, n, from, which, start, end);
  for (; from < n; from += STEP - NEEDLE_MAX)
    {
      gsize stop = MIN (n - from, STEP) + from;
      if (find_first (pattern, text, stop, from, which, start, end))
        return TRUE;
      if (stop == n)
        return FALSE;
    }
  return FALSE;
}

gboolean
log_pattern_find (const LogPattern *pattern, const char *text, gsize n, gsize from,
                  gsize *start, gsize *end)
{
  if (pattern->regex)
    {
      g_autoptr (GMatchInfo) match = NULL;
      gint s, e;
      if (!g_regex_match_full (pattern->regex, text, (gssize)n, (gint)from,
                               (GRegexMatchFlags)0, &match, NULL)
          || !g_match_info_fetch_pos (match, 0, &s, &e))
        return FALSE;
      *start = (gsize)s;
      *end = (gsize)e;
      return TRUE;
    }
  if (!pattern->needles->len) /* the empty text is everywhere */
    {
      *start = *end = from;
      return TRUE;
    }
  guint which;
  while (from < n && find_needle (pattern, text, n, from, &which, start, end))
    {
      if (!pattern->ignored || is_error (pattern, which, text, n, *start, end))
        return TRUE;
      from = *end;
    }
  return FALSE;
}

/* ------------------------------------------------------------------ filter */

struct _LogTextReader
{
  GString *text;
};

LogTextReader *
log_text_reader_new (void)
{
  LogTextReader *reader = g_new0 (LogTextReader, 1);
  reader->text = g_string_sized_new (2u << 20);
  return reader;
}

void
log_text_reader_free (LogTextReader *reader)
{
  g_string_free (reader->text, TRUE);
  g_free (reader);
}

static guint64
message_end (const LogSegment *segment, guint64 end, guint32 i)
{
  return i + 1 < segment->n ? segment->start + segment->offsets[i + 1] : end;
}

/* Whether PATTERN is in the bytes from START to END, which are too many to be
   read at once.  */
static gboolean
find_in_pieces (LogTextReader *reader, const LogPattern *pattern, Log *log, guint64 start,
                guint64 end)
{
  gsize s, e;
  for (; start < end; start += PIECE - OVERLAP)
    {
      g_string_truncate (reader->text, 0);
      log_read (log, start, MIN (end, start + PIECE), reader->text);
      if (log_pattern_find (pattern, reader->text->str, reader->text->len, 0, &s, &e))
        return TRUE;
    }
  return FALSE;
}

/* A run of wanted messages FROM to TO, excluded, whose text is read: look through
   it at once, since most messages don't match.  */
static void
filter_run (const LogPattern *pattern, const LogSegment *segment, guint64 end,
            const GString *text, guint64 text_start, guint32 from, guint32 to,
            guint8 *wanted)
{
  guint64 run = segment->start + segment->offsets[from];
  gsize at = (gsize)MIN (run - text_start, text->len);
  gsize stop = (gsize)MIN (message_end (segment, end, to - 1) - text_start, text->len);
  gsize s, e;
  memset (wanted + from, 0, to - from);
  for (guint32 i = from;
       at < stop && log_pattern_find (pattern, text->str, stop, at, &s, &e);)
    {
      while (message_end (segment, end, i) - text_start <= s && i + 1 < to)
        i++;
      guint64 next = message_end (segment, end, i) - text_start;
      if (e <= next)
        {
          wanted[i] = 1;
          at = (gsize)MIN (next, stop);
        }
      else
        at = s + 1; /* it goes on in the next message: none */
    }
}

/* A regular expression may go on past its message, so it gets one at a time.  */
static void
filter_each (const LogPattern *pattern, const LogSegment *segment, guint64 end,
             const GString *text, guint64 text_start, guint8 *wanted)
{
  gsize s, e;
  for (guint32 i = 0; i < segment->n; i++)
    {
      if (!wanted[i])
        continue;
      gsize from
          = (gsize)MIN (segment->start + segment->offsets[i] - text_start, text->len);
      gsize to = (gsize)MIN (message_end (segment, end, i) - text_start, text->len);
      wanted[i] = log_pattern_find (pattern, text->str + from, to - from, 0, &s, &e);
    }
}

void
log_text_filter (LogTextReader *reader, const LogPattern *pattern, Log *log,
                 const LogSegment *segment, guint64 end, guint8 *wanted)
{
  guint32 first = 0, last = segment->n;
  while (first < last && !wanted[first])
    first++;
  while (last > first && !wanted[last - 1])
    last--;
  if (first == last)
    return;
  /* The last message may be of any length.  */
  if (message_end (segment, end, last - 1) - segment->start > PIECE)
    {
      last--;
      wanted[last]
          = find_in_pieces (reader, pattern, log, segment->start + segment->offsets[last],
                            message_end (segment, end, last));
    }
  if (first == last)
    return;
  guint64 start = segment->start + segment->offsets[first];
  g_string_truncate (reader->text, 0);
  log_read (log, start, message_end (segment, end, last - 1), reader->text);
  if (pattern->regex)
    {
      guint8 keep = last < segment->n ? wanted[last] : 0;
      if (last < segment->n)
        wanted[last] = 0;
      filter_each (pattern, segment, end, reader->text, start, wanted);
      if (last < segment->n)
        wanted[last] = keep;
      return;
    }
  for (guint32 i = first; i < last;)
    {
      guint32 to = i;
      while (to < last && wanted[to])
        to++;
      if (to > i)
        filter_run (pattern, segment, end, reader->text, start, i, to, wanted);
      for (i = MAX (to, i); i < last && !wanted[i];)
        i++;
    }
}
