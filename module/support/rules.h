/* rules.h --- which differences matter

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Two runs of one case never have the same bytes.  A rule says what fields are:
   volatile (salts, signatures), identifiers (file ids, message ids), sizes of
   what is compared itself, names, times, or meaningful after all; the last rule
   that matches a field decides.  No rule: meaningful.

   Neither Emacs nor libwireshark is known here.  */

#ifndef SMBCMP_SUPPORT_RULES_H
#define SMBCMP_SUPPORT_RULES_H

#include <glib.h>

typedef enum
{
  RULE_MEANINGFUL,
  RULE_VOLATILE,    /* differs, and means nothing */
  RULE_IDENTIFIER,  /* compared by consistent renaming */
  RULE_SIZE,        /* ignored where the message itself has what it measures */
  RULE_NAME,        /* text; its parts are compared by consistent renaming */
  RULE_HOST,        /* the same, and case means nothing: machines, domains, users */
  RULE_TIME,        /* compared by what it says of the file, not by its value */
  RULE_ENVIRONMENT, /* says who the peers are, not what they do */
  RULE_PEER,        /* a host by which a peer presents itself: the environment */
  RULE_KINDS
} RuleKind;

typedef struct _Rules Rules;

Rules *rules_new (void);
void rules_free (Rules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rules, rules_free)

/* A rule as it is given, all strings.  NAME is what it is shown as, KIND
   "meaningful", "volatile", "identifier", "size", "name", "host", "time",
   "environment" or "peer".  HOW says what PATTERN is: "field",
   a filter name; "protocol", the first part of filter names; "type", a field
   type such as "absolute_time"; "regexp", a Perl-compatible one for filter
   names; or "generated", for what libwireshark adds to what was sent.  VALUE
   is a regexp for the field's label, COMMAND one for the name of the SMB command
   it is part of, and TYPE one for the field's type, unless empty.  */
typedef struct
{
  const char *name, *kind, *how, *pattern, *value, *command, *type;
} RuleText;

#define RULE_TEXTS (sizeof (RuleText) / sizeof (char *))

gboolean rules_add (Rules *rules, const RuleText *text, GError **error);

/* Fewer than that.  */
#define RULES_MAX 4096u

/* Rules from strings, RULE_TEXTS for each.  */
Rules *rules_from_strings (const char *const *strings, GError **error);

/* The rules that a field's name and type leave, for rules_decide.  Owned by
   RULES; good until a rule is added.  */
typedef GArray RuleCandidates;
const RuleCandidates *rules_candidates (Rules *rules, const char *field, const char *type);

/* What else rules look at.  The label is asked for if a rule needs it.  */
typedef struct
{
  gboolean generated;
  const char *command; /* as libwireshark names it, or NULL */
  const char *(*label) (gconstpointer data);
  gconstpointer data;
} RuleSubject;

/* The number of the rule that decides, or -1.  */
int rules_decide (const Rules *rules, const RuleCandidates *candidates,
                  const RuleSubject *subject);

guint rules_count (const Rules *rules);
RuleKind rules_kind (const Rules *rules, int rule);

static inline gboolean
rules_is_name (RuleKind kind)
{
  return kind == RULE_NAME || kind == RULE_HOST || kind == RULE_PEER;
}

/* Is what a field of KIND says told with the environment?  */
static inline gboolean
rules_is_environment (RuleKind kind)
{
  return kind == RULE_ENVIRONMENT || kind == RULE_PEER;
}

/* Does RULE hold for what is below a field, too?  What is below sizes, names and
   times is judged by itself.  */
gboolean rules_inherited (const Rules *rules, int rule);
const char *rules_name (const Rules *rules, int rule);

/* The name of an SMB command in its field's label: "Create" of "Command:
   Create (5)"; to g_free.  */
char *rules_command (const char *label);

/* Is this field the one that says which SMB command a PDU is?  */
gboolean rules_is_command (const char *field);

#endif
