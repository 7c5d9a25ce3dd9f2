/* rules.h --- which differences matter

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later

   Two runs of one case never have the same bytes.  A rule says of fields that
   they are volatile (times, salts, signatures), identifiers (file ids, message
   ids), or meaningful after all; the last rule that matches a field decides.
   No rule: meaningful.

   Neither Emacs nor libwireshark is known here.  */

#ifndef SMBCMP_RULES_H
#define SMBCMP_RULES_H

#include <glib.h>

typedef enum
{
  RULE_MEANINGFUL,
  RULE_VOLATILE,
  RULE_IDENTIFIER
} RuleKind;

typedef struct _Rules Rules;

Rules *rules_new (void);
void rules_free (Rules *rules);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rules, rules_free)

/* Add a rule.  NAME is what it is shown as, KIND "volatile", "identifier" or
   "meaningful".  HOW says what PATTERN is: "field", a filter name; "protocol",
   the first part of filter names; "type", a field type such as
   "absolute_time"; or "regexp", a Perl-compatible one for filter names.  VALUE,
   unless empty, is a regexp for the field's label.  */
gboolean rules_add (Rules *rules, const char *name, const char *kind, const char *how,
                    const char *pattern, const char *value, GError **error);

/* The number of the rule that decides on a field, or -1.  What was found for
   a filter name is remembered.  */
int rules_find (Rules *rules, const char *field, const char *type, const char *label);

RuleKind rules_kind (const Rules *rules, int rule);
const char *rules_name (const Rules *rules, int rule);

#endif
