/* values.c --- sizes, names and times that may differ

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "compare/values.h"

#include <string.h>

#include "support/hash.h"

/* What clocks of file systems can tell apart for certain: Windows counts in 15.6
   ms.  */
#define TICK (G_GINT64_CONSTANT (16) * 1000000)

/* ... and others, which have whole seconds only.  */
#define SECOND (G_GINT64_CONSTANT (1000000000))

/* A listing has times of many files.  */
#define TIMES_OF_ONE_FILE 2

/* A time of a file as it was seen last.  */
typedef struct
{
  gint64 time;
  gint64 seen;
} LastTime;

/* ----------------------------------------------------------------- names */

static gboolean
is_used (const Judge *judge, int side, guint32 name)
{
  return g_hash_table_contains (judge->names[side], GUINT_TO_POINTER (name));
}

/* What NAME, of SIDE, goes with, or 0.  */
static guint32
partner (const Judge *judge, int side, guint32 name)
{
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (judge->renamed[side], GUINT_TO_POINTER (name)));
}

/* NAME without what is a matter of case, composition and blanks.  */
static char *
folded (const char *name)
{
  g_autofree char *normal = g_utf8_normalize (name, -1, G_NORMALIZE_ALL);
  return g_utf8_casefold (normal ? normal : name, -1);
}

/* Do the texts differ but in letters that are of other scripts each, and have some in
   common?  */
static gboolean
mix_scripts (const char *a, const char *b)
{
  gboolean any = FALSE;
  for (; *a && *b; a = g_utf8_next_char (a), b = g_utf8_next_char (b))
    {
      gunichar x = g_utf8_get_char (a), y = g_utf8_get_char (b);
      any |= x == y && g_unichar_isalpha (x);
      if (x != y
          && (!g_unichar_isalpha (x) || !g_unichar_isalpha (y)
              || g_unichar_get_script (x) == g_unichar_get_script (y)))
        return FALSE;
    }
  return any && !*a && !*b;
}

static gboolean
look_alike (const char *a, const char *b)
{
  g_autofree char *x = folded (a);
  g_autofree char *y = folded (b);
  return g_str_equal (x, y) || mix_scripts (x, y);
}

static guint64
pair_key (const char *a, gsize a_length, const char *b, gsize b_length)
{
  return hash_mix (hash_bytes (a, a_length), hash_bytes (b, b_length));
}

/* The names, as they are spelled, go together.  TRUE if that is new.  */
static gboolean
note_renamed (Judge *judge, const guint32 name[2])
{
  const char *text[2]
      = { strings_get (judge->strings, name[0]), strings_get (judge->strings, name[1]) };
  gboolean new = FALSE;
  for (int side = 0; side < 2; side++)
    {
      guint64 key
          = pair_key (text[side], strlen (text[side]), text[!side], strlen (text[!side]));
      new = g_hash_table_add (judge->result->renames, g_memdup2 (&key, sizeof key)) || new;
    }
  return new;
}

/* The names go together from here on.  */
static void
bind_names (Judge *judge, const guint32 name[2])
{
  note_renamed (judge, name);
  for (int side = 0; side < 2; side++)
    g_hash_table_insert (judge->renamed[side], GUINT_TO_POINTER (name[side]),
                         GUINT_TO_POINTER (name[!side]));
}

static void
rename_pair (Judge *judge, const JudgedRow *c, guint32 rule, const guint32 name[2])
{
  const Renamed renamed = { rule, name[0], name[1], c->row->left, c->row->right };
  g_array_append_val (judge->result->renamed, renamed);
  bind_names (judge, name);
}

/* Peers present themselves: they may have changed places.  */
static gboolean
is_sign_in (const Judge *judge, const JudgedRow *c)
{
  const WirePdu *pdu = exchanges_shown (judge->x[0], c->e[0]);
  return pdu->command == (pdu->flags & WIRE_PDU_SMB1 ? 0x73 : 1);
}

static gboolean
may_rename (const Judge *judge, const JudgedRow *c, const guint32 name[2])
{
  return judge->options->rename
         && (is_sign_in (judge, c)
             || (!is_used (judge, 1, name[0]) && !is_used (judge, 0, name[1])))
         && !look_alike (strings_get (judge->strings, name[0]),
                         strings_get (judge->strings, name[1]));
}

/* The number of the first name that is NAME but for case.  */
static guint32
caseless (const Judge *judge, guint32 name)
{
  guint32 known
      = GPOINTER_TO_UINT (g_hash_table_lookup (judge->spelled, GUINT_TO_POINTER (name)));
  if (known)
    return known;
  g_autofree char *folded = g_utf8_casefold (strings_get (judge->strings, name), -1);
  known = GPOINTER_TO_UINT (g_hash_table_lookup (judge->caseless, folded));
  if (!known)
    {
      known = name;
      g_hash_table_insert (judge->caseless, g_steal_pointer (&folded),
                           GUINT_TO_POINTER (name));
    }
  g_hash_table_insert (judge->spelled, GUINT_TO_POINTER (name), GUINT_TO_POINTER (known));
  return known;
}

/* Two names at the same place; FALSE if they do not go together.  */
static gboolean
judge_names (Judge *judge, const JudgedRow *c, guint32 rule, const guint32 name[2])
{
  guint32 known[2] = { partner (judge, 0, name[0]), partner (judge, 1, name[1]) };
  if (name[0] == name[1] && !known[0] && !known[1])
    return TRUE;
  if (!known[0] && !known[1] && may_rename (judge, c, name))
    rename_pair (judge, c, rule, name);
  else if (known[0] != name[1])
    return FALSE;
  judge->result->ignored[rule]++;
  return TRUE;
}

/* The same of names of which case means nothing.  */
static gboolean
judge_hosts (Judge *judge, const JudgedRow *c, guint32 rule, const guint32 name[2])
{
  const guint32 either[2] = { caseless (judge, name[0]), caseless (judge, name[1]) };
  if (name[0] == name[1] && !partner (judge, 0, either[0])
      && !partner (judge, 1, either[1]))
    return TRUE;
  if (either[0] == either[1] && !partner (judge, 0, either[0])
      && !partner (judge, 1, either[1]))
    judge->result->ignored[rule]++;
  else if (!judge_names (judge, c, rule, either))
    return FALSE;
  if (note_renamed (judge, name) && either[0] == either[1])
    {
      const Renamed renamed = { rule, name[0], name[1], c->row->left, c->row->right };
      g_array_append_val (judge->result->renamed, renamed);
    }
  return TRUE;
}

/* Does PDU of SIDE have NAME as that of a host, too?  */
static gboolean
has_host (Judge *judge, int side, guint32 pdu, guint32 name)
{
  guint32 n;
  const WireValue *values = exchanges_values (judge->x[side], pdu, &n);
  for (guint32 i = 0; i < n; i++)
    if (wire_value_is_name (&values[i]) && caseless (judge, values[i].low) == name)
      return TRUE;
  return FALSE;
}

/* The same of what peers call themselves in the PDUs: a domain that is called as a
   machine is on one side, and has a name of its own on the other, goes with none.  */
static gboolean
judge_peers (Judge *judge, const JudgedRow *c, guint32 rule, const guint32 pdu[2],
             const guint32 name[2])
{
  const guint32 either[2] = { caseless (judge, name[0]), caseless (judge, name[1]) };
  for (int side = 0; side < 2; side++)
    if (either[0] != either[1] && has_host (judge, side, pdu[side], either[!side]))
      return partner (judge, 0, either[0]) == either[1];
  return judge_hosts (judge, c, rule, name);
}

gboolean
values_renamed (const Comparison *comparison, const char *a, const char *b)
{
  while (*a && *b)
    {
      gsize n, m;
      wire_name_part (a, &n);
      wire_name_part (b, &m);
      guint64 key = pair_key (a, n, b, m);
      if ((n != m || memcmp (a, b, n))
          && !g_hash_table_contains (comparison->renames, &key))
        return FALSE;
      a += n;
      b += m;
    }
  return !*a && !*b;
}

/* ----------------------------------------------------------------- times */

/* The time as it was seen last, before VALUE, of C's file on SIDE; FALSE if it was
   not.  */
static gboolean
swap_time (Judge *judge, const JudgedRow *c, int side, const WireValue *value, gint64 seen,
           LastTime *last)
{
  guint64 key = hash_mix (hash_mix (c->e[side]->path, value->field), c->row->pair);
  LastTime *known = g_hash_table_lookup (judge->times[side], &key);
  gboolean found = known != NULL;
  if (!known)
    {
      known = g_new0 (LastTime, 1);
      g_hash_table_insert (judge->times[side], g_memdup2 (&key, sizeof key), known);
    }
  *last = *known;
  known->time = (gint64)wire_value_number (value);
  known->seen = seen;
  return found;
}

/* Two times at the same place; FALSE if only one of them was changed, or only one of
   them set back, since it was seen last.  What happens within a tick of the clock
   can't be told.  */
static gboolean
judge_times (Judge *judge, const JudgedRow *c, const guint32 pdu[2],
             const WireValue *const value[2])
{
  gint64 change[2], elapsed[2], tick[2];
  gboolean known = TRUE;
  for (int side = 0; side < 2; side++)
    {
      LastTime last;
      gint64 seen = exchanges_pdu (judge->x[side], pdu[side])->time;
      known = swap_time (judge, c, side, value[side], seen, &last) && known;
      gint64 now = (gint64)wire_value_number (value[side]);
      tick[side] = now % SECOND || last.time % SECOND ? TICK : SECOND;
      /* A summary may say anything.  */
      change[side] = (gint64)(wire_value_number (value[side]) - (guint64)last.time);
      elapsed[side] = (gint64)((guint64)seen - (guint64)last.seen);
    }
  if (!known)
    return TRUE;
  for (int side = 0; side < 2; side++)
    {
      gint64 mine = change[side], other = change[!side];
      if (mine > tick[side] && other == 0 && elapsed[!side] > tick[!side])
        return FALSE;
      if (mine > tick[side] && other < -tick[!side])
        return FALSE;
    }
  return TRUE;
}

/* ------------------------------------------------------------------- all */

static void
add_untimely (Judge *judge, JudgedRow *c, guint32 rule, const WireValue *const value[2])
{
  const Untimely untimely
      = { rule, wire_value_number (value[0]), wire_value_number (value[1]) };
  if (!c->found.n_untimely)
    c->found.first_untimely = judge->result->untimely->len;
  g_array_append_val (judge->result->untimely, untimely);
  c->found.n_untimely++;
}

/* Do two sizes differ by as much as the names, in UTF-16, do that the exchanges are
   about?  */
static gboolean
follows_names (const Judge *judge, const JudgedRow *c, const guint64 number[2])
{
  glong length[2];
  for (int side = 0; side < 2; side++)
    length[side] = g_utf8_strlen (strings_get (judge->strings, c->e[side]->path), -1);
  return number[1] - number[0] == 2 * (guint64)(length[1] - length[0]);
}

static gboolean
judge_value (Judge *judge, JudgedRow *c, const guint32 pdu[2],
             const WireValue *const value[2], gboolean one_file)
{
  guint what = wire_value_what (value[0]);
  guint32 rule = wire_value_rule (value[0]);
  guint64 number[2] = { wire_value_number (value[0]), wire_value_number (value[1]) };
  const guint32 name[2] = { (guint32)number[0], (guint32)number[1] };
  if (rule >= judge->result->n_rules)
    return FALSE;
  /* What was captured without its tree may be of a service.  */
  if (what == WIRE_VALUE_SERVICE || wire_value_what (value[1]) == WIRE_VALUE_SERVICE)
    return name[0] == name[1];
  if (what == WIRE_VALUE_NAME)
    return judge_names (judge, c, rule, name);
  if (what == WIRE_VALUE_HOST)
    return judge_hosts (judge, c, rule, name);
  if (what == WIRE_VALUE_PEER)
    {
      c->environment |= !judge_peers (judge, c, rule, pdu, name);
      return TRUE;
    }
  judge->result->ignored[rule] += number[0] != number[1];
  if (what != WIRE_VALUE_TIME)
    return number[0] == number[1] || follows_names (judge, c, number)
           || (what == WIRE_VALUE_MEASURED
               && wire_value_what (value[1]) == WIRE_VALUE_MEASURED);
  if (!one_file || judge_times (judge, c, pdu, value) || judge->apart)
    return TRUE;
  add_untimely (judge, c, rule, value);
  return FALSE;
}

static guint
family (const WireValue *value)
{
  guint what = wire_value_what (value);
  return what == WIRE_VALUE_MEASURED  ? WIRE_VALUE_SIZE
         : what == WIRE_VALUE_SERVICE ? WIRE_VALUE_NAME
                                      : what;
}

static gboolean
same_place (const WireValue *a, const WireValue *b)
{
  return family (a) == family (b) && wire_value_rule (a) == wire_value_rule (b)
         && a->field == b->field;
}

static guint
count_times (const WireValue *values, guint32 n)
{
  guint count = 0;
  for (guint32 i = 0; i < n; i++)
    count += wire_value_what (&values[i]) == WIRE_VALUE_TIME;
  return count;
}

/* Is the case about something in IPC$?  The times of pipes are those of nothing.  */
static gboolean
in_pipes (const Judge *judge, const JudgedRow *c)
{
  for (int side = 0; side < 2; side++)
    if (c->e[side]->tree != NO_OPENER)
      {
        const Exchange *tree = exchanges_get (judge->x[side], c->e[side]->tree);
        if (g_str_has_suffix (strings_get (judge->strings, tree->path), "\\IPC$"))
          return TRUE;
      }
  return FALSE;
}

gboolean
values_judge (Judge *judge, JudgedRow *c, const guint32 pdu[2])
{
  guint32 n, m;
  gboolean same = TRUE;
  const WireValue *a = exchanges_values (judge->x[0], pdu[0], &n);
  const WireValue *b = exchanges_values (judge->x[1], pdu[1], &m);
  gboolean one_file = c->e[0]->path && c->e[1]->path && !in_pipes (judge, c)
                      && count_times (a, n) <= TIMES_OF_ONE_FILE
                      && count_times (b, m) <= TIMES_OF_ONE_FILE;
  for (guint32 i = 0, j = 0; i < n && j < m;)
    {
      const WireValue *const value[2] = { &a[i], &b[j] };
      if (same_place (value[0], value[1]))
        {
          same = judge_value (judge, c, pdu, value, one_file) && same;
          i++;
          j++;
        }
      /* One side lacks one, which matters by itself.  */
      else if (n - i >= m - j)
        i++;
      else
        j++;
    }
  return same;
}

/* The number by which VALUE, a name, is known.  */
static guint32
used_name (const Judge *judge, const WireValue *value)
{
  return wire_value_what (value) == WIRE_VALUE_NAME ? value->low
                                                    : caseless (judge, value->low);
}

void
values_init (Judge *judge)
{
  Comparison *c = judge->result;
  judge->caseless = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  judge->spelled = g_hash_table_new (NULL, NULL);
  c->renamed = g_array_new (FALSE, FALSE, sizeof (Renamed));
  c->untimely = g_array_new (FALSE, FALSE, sizeof (Untimely));
  c->renames = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  for (int side = 0; side < 2; side++)
    {
      const Exchanges *x = judge->x[side];
      judge->names[side] = g_hash_table_new (NULL, NULL);
      judge->renamed[side] = g_hash_table_new (NULL, NULL);
      judge->times[side]
          = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
      for (guint32 i = 0; i < exchanges_pdu_count (x); i++)
        {
          guint32 n;
          const WireValue *values = exchanges_values (x, i, &n);
          for (guint32 k = 0; k < n; k++)
            if (wire_value_is_name (&values[k])
                && wire_value_what (&values[k]) != WIRE_VALUE_SERVICE)
              g_hash_table_add (judge->names[side],
                                GUINT_TO_POINTER (used_name (judge, &values[k])));
        }
    }
  for (guint i = 0; i < judge->options->n_names; i++)
    {
      const NamePin *pin = &judge->options->names[i];
      const guint32 name[2]
          = { judge->b ? pin->left : pin->right, judge->b ? pin->right : pin->left };
      bind_names (judge, name);
    }
}

void
values_clear (Judge *judge)
{
  g_hash_table_unref (judge->caseless);
  g_hash_table_unref (judge->spelled);
  for (int side = 0; side < 2; side++)
    {
      g_hash_table_unref (judge->names[side]);
      g_hash_table_unref (judge->renamed[side]);
      g_hash_table_unref (judge->times[side]);
    }
}
