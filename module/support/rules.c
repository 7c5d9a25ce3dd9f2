/* rules.c --- which differences matter

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "support/rules.h"
#include "support/problem.h"

#include <string.h>

typedef struct _Rule Rule;

struct _Rule
{
  char *name;
  RuleKind kind;
  gboolean (*matches) (const Rule *rule, const char *field, const char *type);
  char *pattern;
  GRegex *regexp; /* NULL but for "regexp" */
  GRegex *value;  /* NULL for any */
  GRegex *command;
  GHashTable *commands; /* those met: name to whether COMMAND matches, + 1 */
  GRegex *type;
  gboolean generated;
};

struct _Rules
{
  GPtrArray *list;     /* of Rule */
  GHashTable *by_name; /* filter name to GArray of rule numbers, the last first */
};

static void
rule_free (gpointer data)
{
  Rule *rule = data;
  g_free (rule->name);
  g_free (rule->pattern);
  g_clear_pointer (&rule->regexp, g_regex_unref);
  g_clear_pointer (&rule->value, g_regex_unref);
  g_clear_pointer (&rule->command, g_regex_unref);
  g_hash_table_unref (rule->commands);
  g_clear_pointer (&rule->type, g_regex_unref);
  g_free (rule);
}

Rules *
rules_new (void)
{
  Rules *rules = g_new (Rules, 1);
  rules->list = g_ptr_array_new_with_free_func (rule_free);
  rules->by_name = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify)g_array_unref);
  return rules;
}

void
rules_free (Rules *rules)
{
  g_ptr_array_unref (rules->list);
  g_hash_table_unref (rules->by_name);
  g_free (rules);
}

static gboolean
match_field (const Rule *rule, const char *field, const char *type G_GNUC_UNUSED)
{
  return g_str_equal (rule->pattern, field);
}

static gboolean
match_protocol (const Rule *rule, const char *field, const char *type G_GNUC_UNUSED)
{
  gsize length = strlen (rule->pattern);
  return strncmp (rule->pattern, field, length) == 0
         && (field[length] == '.' || field[length] == '\0');
}

static gboolean
match_type (const Rule *rule, const char *field G_GNUC_UNUSED, const char *type)
{
  return g_str_equal (rule->pattern, type);
}

static gboolean
match_regexp (const Rule *rule, const char *field, const char *type G_GNUC_UNUSED)
{
  return g_regex_match (rule->regexp, field, 0, NULL);
}

static gboolean
match_any (const Rule *rule G_GNUC_UNUSED, const char *field G_GNUC_UNUSED,
           const char *type G_GNUC_UNUSED)
{
  return TRUE;
}

/* The index of WORD in the N WORDS, or -1 with *ERROR.  */
static int
find_word (const char *word, const char *const *words, int n, const char *what,
           GError **error)
{
  for (int i = 0; i < n; i++)
    if (g_str_equal (word, words[i]))
      return i;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               PROBLEM "no-rule-word" PROBLEM "%s" PROBLEM "%s", word, what);
  return -1;
}

/* Compile TEXT into *REGEX unless it is empty.  */
static gboolean
compile (GRegex **regex, const char *text, GRegexCompileFlags flags, GError **error)
{
  return !*text
         || (*regex = g_regex_new (text, flags | G_REGEX_OPTIMIZE, 0, error)) != NULL;
}

gboolean
rules_add (Rules *rules, const RuleText *text, GError **error)
{
  static const char *const kinds[]
      = { "meaningful", "volatile", "identifier",  "size", "name",
          "host",       "time",     "environment", "peer" };
  G_STATIC_ASSERT (G_N_ELEMENTS (kinds) == RULE_KINDS);
  static const char *const ways[] = { "field", "protocol", "type", "regexp", "generated" };
  static gboolean (*const matchers[]) (const Rule *, const char *, const char *)
      = { match_field, match_protocol, match_type, match_regexp, match_any };
  int k = find_word (text->kind, kinds, G_N_ELEMENTS (kinds), "kind", error);
  int w = k < 0 ? -1 : find_word (text->how, ways, G_N_ELEMENTS (ways), "condition", error);
  if (w < 0)
    return FALSE;
  Rule *rule = g_new0 (Rule, 1);
  rule->name = g_strdup (text->name);
  rule->commands = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  rule->kind = (RuleKind)k;
  rule->matches = matchers[w];
  rule->pattern = g_strdup (text->pattern);
  rule->generated = g_str_equal (text->how, "generated");
  g_ptr_array_add (rules->list, rule);
  g_hash_table_remove_all (rules->by_name);
  if (g_str_equal (text->how, "regexp")
      && !(rule->regexp = g_regex_new (text->pattern, G_REGEX_OPTIMIZE, 0, error)))
    return FALSE;
  return compile (&rule->value, text->value, 0, error)
         && compile (&rule->command, text->command, G_REGEX_CASELESS, error)
         && compile (&rule->type, text->type, 0, error);
}

Rules *
rules_from_strings (const char *const *strings, GError **error)
{
  g_autoptr (Rules) rules = rules_new ();
  guint n = strings ? g_strv_length ((char **)strings) : 0;
  if (n / RULE_TEXTS >= RULES_MAX)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   PROBLEM "rules" PROBLEM "%u", RULES_MAX - 1);
      return NULL;
    }
  for (guint i = 0; i + RULE_TEXTS <= n; i += RULE_TEXTS)
    {
      const RuleText text
          = { strings[i],     strings[i + 1], strings[i + 2], strings[i + 3],
              strings[i + 4], strings[i + 5], strings[i + 6] };
      g_autoptr (GError) wrong = NULL;
      if (!rules_add (rules, &text, &wrong))
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       PROBLEM "rule" PROBLEM "%s" PROBLEM "%s", text.name, wrong->message);
          return NULL;
        }
    }
  return g_steal_pointer (&rules);
}

const RuleCandidates *
rules_candidates (Rules *rules, const char *field, const char *type)
{
  GArray *found = g_hash_table_lookup (rules->by_name, field);
  if (found)
    return found;
  found = g_array_new (FALSE, FALSE, sizeof (int));
  for (int i = (int)rules->list->len - 1; i >= 0; i--)
    {
      const Rule *rule = rules->list->pdata[i];
      if (rule->matches (rule, field, type)
          && (!rule->type || g_regex_match (rule->type, type, 0, NULL)))
        g_array_append_val (found, i);
    }
  g_hash_table_insert (rules->by_name, g_strdup (field), found);
  return found;
}

/* There are few commands, and each comes often.  */
static gboolean
is_of_command (const Rule *rule, const char *command)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (rule->commands, command));
  if (!known)
    {
      known = g_regex_match (rule->command, command, 0, NULL) ? 2 : 1;
      g_hash_table_insert (rule->commands, g_strdup (command), GUINT_TO_POINTER (known));
    }
  return known == 2;
}

static gboolean
holds (const Rule *rule, const RuleSubject *subject)
{
  return (!rule->generated || subject->generated)
         && (!rule->command || (subject->command && is_of_command (rule, subject->command)))
         && (!rule->value
             || g_regex_match (rule->value, subject->label (subject->data), 0, NULL));
}

int
rules_decide (const Rules *rules, const RuleCandidates *candidates,
              const RuleSubject *subject)
{
  for (guint i = 0; i < candidates->len; i++)
    {
      int number = g_array_index (candidates, int, i);
      if (holds (rules->list->pdata[number], subject))
        return number;
    }
  return -1;
}

guint
rules_count (const Rules *rules)
{
  return rules->list->len;
}

RuleKind
rules_kind (const Rules *rules, int rule)
{
  return ((const Rule *)rules->list->pdata[rule])->kind;
}

gboolean
rules_inherited (const Rules *rules, int rule)
{
  RuleKind kind = rules_kind (rules, rule);
  return kind == RULE_VOLATILE || kind == RULE_IDENTIFIER || kind == RULE_ENVIRONMENT;
}

const char *
rules_name (const Rules *rules, int rule)
{
  return ((const Rule *)rules->list->pdata[rule])->name;
}

char *
rules_command (const char *label)
{
  const char *name = strstr (label, ": ");
  name = name ? name + 2 : label;
  const char *end = strrchr (name, '(');
  g_autofree char *command = end ? g_strndup (name, (gsize)(end - name)) : g_strdup (name);
  return g_strdup (g_strstrip (command));
}

gboolean
rules_is_command (const char *field)
{
  return g_str_equal (field, "smb2.cmd") || g_str_equal (field, "smb.cmd");
}
