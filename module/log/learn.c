/* learn.c --- see from its beginning how a log is written

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#define _GNU_SOURCE

#include "log/learn.h"

#include <string.h>

#include "log/carrier.h"
#include "log/form.h"
#include "log/samba.h"

/* More lines than these hardly tell more.  */
#define LINES_MAX 4000u

/* Bytes of a prefix that is learned, and how many lines tell it.  */
#define PREFIX_MAX 120
#define SAMPLES_MAX 8

typedef struct
{
  LogClock clock;
  LogShape *all;                  /* which has all carriers */
  guint lines;                    /* that begin with no blank */
  guint counts[LOG_CARRIERS_MAX]; /* lines by carrier */
  guint native;                   /* lines with Samba's header behind a prefix */
  guint forms[N_LOG_FORMS];
  guint untimed; /* of the kernel's lines, those that tell no time */
  gboolean yearless;
  gint64 dated;       /* of a line that tells the year, in microseconds */
  GPtrArray *samples; /* of GPtrArray of words: prefixes that no carrier has */
} Learning;

/* ------------------------------------------------------------- a prefix unknown */

/* The format of the word that TEXT begins with, which moves behind it.  */
static char *
word_format (Learning *learning, Text *text)
{
  LogHeader header = LOG_HEADER_INIT;
  static const char *const formats[] = { "%t", "%k" };
  for (gsize i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      Text t = *text;
      if (log_carrier_scan_format (&t, formats[i], &learning->clock, &header)
          && (t.at == t.end || *t.at == ' ' || *t.at == '\t'))
        {
          *text = t;
          return g_strdup (formats[i]);
        }
    }
  GString *format = g_string_new (NULL);
  guint64 number;
  while (text->at < text->end && *text->at != ' ' && *text->at != '\t')
    if (scan_number (text, &number))
      g_string_append (format, "%d");
    else if (*text->at == '%' || *text->at == '_' || (guchar)*text->at < ' ')
      {
        /* It would stand for something else.  */
        g_string_assign (format, "%w");
        while (text->at < text->end && *text->at != ' ' && *text->at != '\t')
          text->at++;
      }
    else
      g_string_append_c (format, *text->at++);
  return g_string_free (format, FALSE);
}

/* The words of the prefix of N bytes.  */
static GPtrArray *
prefix_words (Learning *learning, const char *prefix, gsize n)
{
  GPtrArray *words = g_ptr_array_new_with_free_func (g_free);
  Text t = { prefix, prefix + n };
  while (t.at < t.end)
    {
      g_ptr_array_add (words, word_format (learning, &t));
      while (t.at < t.end && (*t.at == ' ' || *t.at == '\t'))
        t.at++;
    }
  return words;
}

/* The form that is certain at P, in a line that ends at END; LOG_FORM_TEXT if there is
   none.  */
static LogFormKind
form_at (const char *p, const char *end, LogClock *clock)
{
  Text t = { p, end };
  LogHeader header = LOG_HEADER_INIT;
  /* Where a header was written is in the next line if the line was broken.  */
  if (*p == '[')
    return log_samba_scan (&t, FALSE, clock, &header)
                   && (header.function.length || t.at == t.end || *t.at == '\n')
               ? header.form
               : LOG_FORM_TEXT;
  return (*p == 'C' || *p == 'k' || *p == 'f')
                 && log_forms[LOG_FORM_KERNEL].scan (&t, clock, &header)
                 && header.class.length
             ? header.form
             : LOG_FORM_TEXT;
}

/* Where in LINE, behind its first byte, a form begins that is certain; 0 if nowhere.  */
static gsize
find_form (const char *line, gsize n, LogClock *clock, LogFormKind *form)
{
  const char *end = line + MIN (n, PREFIX_MAX);
  for (const char *p = line + 1; p < end; p++)
    if ((*p == '[' || *p == 'C' || *p == 'k' || *p == 'f') && p[-1]
        && strchr (" \t]:|", p[-1]) && (*form = form_at (p, line + n, clock)))
      return (gsize)(p - line);
  return 0;
}

gboolean
log_shows_form (const char *line, gsize n, LogClock *clock)
{
  LogFormKind form;
  LogHeader header = LOG_HEADER_INIT;
  Text t = { line, line + n };
  return n
         && (form_at (line, line + n, clock) || find_form (line, n, clock, &form)
             || log_forms[LOG_FORM_TRACE].scan (&t, clock, &header));
}

/* Learn from LINE if a form that is certain begins behind the first KNOWN bytes; whether
   one does.  */
static gboolean
add_sample (Learning *learning, const char *line, gsize n, gsize known)
{
  if (learning->samples->len == SAMPLES_MAX)
    return FALSE;
  LogFormKind form = LOG_FORM_TEXT;
  gsize at = find_form (line, n, &learning->clock, &form);
  learning->native += form == LOG_FORM_SAMBA;
  if (at <= known)
    return FALSE;
  g_ptr_array_add (learning->samples, prefix_words (learning, line, at));
  return TRUE;
}

/* The format that is common to all samples with as many words as the first; NULL if
   there are none.  */
static char *
common_format (Learning *learning)
{
  if (!learning->samples->len)
    return NULL;
  const GPtrArray *first = learning->samples->pdata[0];
  g_autoptr (GString) format = g_string_new (NULL);
  for (guint w = 0; w < first->len; w++)
    {
      const char *word = first->pdata[w];
      for (guint i = 1; i < learning->samples->len; i++)
        {
          const GPtrArray *other = learning->samples->pdata[i];
          if (other->len == first->len && !g_str_equal (word, other->pdata[w]))
            word = "%w";
        }
      g_string_append (format, w ? " " : "");
      g_string_append (format, word);
    }
  g_string_append_c (format, '_');
  return g_strdup (format->str);
}

/* ------------------------------------------------------------------- lines */

/* The number of the row that fits LINE, whose prefix has so many bytes, or
   LOG_CARRIERS_MAX.  */
static guint
find_carrier (Learning *learning, const char *line, gsize n, LogHeader *header,
              gsize *prefix)
{
  for (guint i = 0; i < log_n_carriers; i++)
    {
      Text t = { line, line + n };
      *header = (LogHeader)LOG_HEADER_INIT;
      if (log_carrier_scan_format (&t, log_carriers[i].format, &learning->clock, header))
        {
          *prefix = (gsize)(t.at - line);
          return i;
        }
    }
  *header = (LogHeader)LOG_HEADER_INIT;
  return LOG_CARRIERS_MAX;
}

static void
note_time (Learning *learning, const LogHeader *header)
{
  learning->yearless |= header->yearless;
  if (!learning->dated && !header->yearless && !header->booted
      && header->time != LOG_NO_TIME)
    learning->dated = header->time;
}

/* LINE has the prefix of carrier ROW, of so many bytes, of which HEADER tells.  */
static void
learn_carried (Learning *learning, guint row, const char *line, gsize n, gsize prefix,
               LogHeader *header)
{
  Text t = { line + prefix, line + n };
  note_time (learning, header);
  if (log_samba_scan (&t, FALSE, &learning->clock, header))
    {
      learning->native++;
      note_time (learning, header);
    }
  else if (log_carriers[row].use == LOG_CARRIER_MOST
           && add_sample (learning, line, n, prefix))
    return; /* there is more before the form */
  learning->counts[row]++;
}

static void
learn_line (Learning *learning, const char *line, gsize n)
{
  LogHeader header = LOG_HEADER_INIT;
  Text t = { line, line + n };
  learning->lines += *line != ' ' && *line != '\t';
  if (*line == '[' && log_samba_scan (&t, FALSE, &learning->clock, &header))
    {
      learning->forms[LOG_FORM_SAMBA]++;
      note_time (learning, &header);
      return;
    }
  gsize prefix = 0;
  guint row = *line == ' ' ? LOG_CARRIERS_MAX
                           : find_carrier (learning, line, n, &header, &prefix);
  if (row < LOG_CARRIERS_MAX)
    learn_carried (learning, row, line, n, prefix, &header);
  else if (log_line_parse (line, n, learning->all, &learning->clock, &header))
    {
      learning->forms[header.form]++;
      learning->untimed
          += header.time == LOG_NO_TIME
             && (header.form == LOG_FORM_KERNEL || header.form == LOG_FORM_KSMBD);
      note_time (learning, &header);
    }
  else
    add_sample (learning, line, n, 0);
}

/* ------------------------------------------------------------------- shape */

/* Whether carrier I is of use, by how many lines have it.  */
static gboolean
is_used (const Learning *learning, guint i, gboolean bare)
{
  guint count = learning->counts[i];
  switch (log_carriers[i].use)
    {
    case LOG_CARRIER_ALWAYS:
      return TRUE;
    case LOG_CARRIER_ORIGIN:
      return !bare || 2 * count >= learning->lines;
    default:
      return count && 2 * count >= learning->lines;
    }
}

/* Choose carriers; those that more lines have come first.  */
static void
choose_carriers (const Learning *learning, LogShape *shape)
{
  guint last = log_n_carriers - 1; /* a time, and nothing else */
  gboolean bare = learning->counts[last] && 2 * learning->counts[last] >= learning->lines;
  for (guint i = 0; i < log_n_carriers; i++)
    {
      if (!is_used (learning, i, bare))
        continue;
      guint at = shape->n_carriers++;
      for (; at > 0 && learning->counts[shape->carriers[at - 1]] < learning->counts[i];
           at--)
        shape->carriers[at] = shape->carriers[at - 1];
      shape->carriers[at] = (guint8)i;
    }
}

static LogShape *
new_shape (Learning *learning)
{
  LogShape *shape = log_shape_new ();
  choose_carriers (learning, shape);
  shape->learned = common_format (learning);
  guint carried = 0, forms = 0;
  for (guint i = 0; i < shape->n_carriers; i++)
    carried += learning->counts[shape->carriers[i]];
  for (guint i = 0; i < N_LOG_FORMS; i++)
    forms += learning->forms[i];
  shape->carried
      = (carried || shape->learned) && 2 * (carried + learning->samples->len) >= forms;
  if (!shape->carried)
    g_clear_pointer (&shape->learned, g_free);
  shape->native = learning->native || learning->forms[LOG_FORM_SAMBA];
  /* Samba's messages may quote anything, with blanks before it.  */
  shape->all_lines
      = !shape->native
        && (learning->forms[LOG_FORM_TRACE] || learning->forms[LOG_FORM_GRAPH]);
  /* Also where dmesg -t left out what is before each line.  */
  shape->headless = !carried && forms == learning->untimed && !shape->learned;
  if (learning->yearless)
    shape->dated = learning->dated / G_USEC_PER_SEC;
  return shape;
}

LogShape *
log_learn (const char *text, gsize n, const LogClock *clock)
{
  Learning learning = { .clock = *clock, .all = log_shape_new () };
  learning.clock.dated = 0;
  learning.samples = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  const char *end = text + n, *next;
  for (guint lines = 0; text < end && lines < LINES_MAX; text = next)
    {
      const char *newline = memchr (text, '\n', (gsize)(end - text));
      next = newline ? newline + 1 : end;
      if (*text == '\n' || *text == '\r')
        continue;
      learn_line (&learning, text, (gsize)(next - text));
      lines++;
    }
  LogShape *shape = new_shape (&learning);
  g_ptr_array_unref (learning.samples);
  log_shape_unref (learning.all);
  return shape;
}
