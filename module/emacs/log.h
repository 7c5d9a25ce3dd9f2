/* log.h --- what the module's files for logs share

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_EMACS_LOG_H
#define SMBCMP_EMACS_LOG_H

#include "log/view.h"
#include "emacs/module.h"

/* The log or view that OBJECT holds; NULL with an exit pending if it is none.  */
Log *module_log (emacs_env *env, emacs_value object);
LogView *module_log_view (emacs_env *env, emacs_value object);

/* A number of a message from Lisp, checked; FALSE with an exit pending.  */
gboolean module_log_number (emacs_env *env, Log *log, emacs_value value, guint32 *number);

/* A time in microseconds as seconds, nil for LOG_NO_TIME.  */
emacs_value module_log_time (emacs_env *env, gint64 time);

/* A message number, nil for LOG_NO_MESSAGE.  */
emacs_value module_log_message (emacs_env *env, guint32 number);

/* The filter a Lisp expression means; NULL with an exit pending.  */
LogFilter *module_log_filter (emacs_env *env, Log *log, emacs_value expression);

#endif
