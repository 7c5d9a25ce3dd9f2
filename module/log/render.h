/* render.h --- messages as they are shown

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_LOG_RENDER_H
#define SMBCMP_LOG_RENDER_H

#include "log/view.h"

typedef enum
{
  LOG_BODY_NONE,
  LOG_BODY_LINE, /* its first line */
  LOG_BODY_ALL
} LogBody;

typedef struct
{
  const char *format; /* of the header, see log_render */
  LogBody body;
  gsize limit; /* bytes of a message that are shown, at least 1024 */
} LogRenderStyle;

/* Where a message is in a rendered text, in bytes.  */
typedef struct
{
  guint32 number;
  gint level;
  gsize start, body, end;
  gboolean more; /* not all of it is shown */
} LogRendered;

/* Append to TEXT message NUMBER as it is shown, and to MESSAGES a LogRendered.
   In the header's format are replaced:
     %T time as written    %t the same without the date    %l level
     %p pid                %F file with its directories    %f without them
     %n line               %s function                     %c class
     %N number of the message
   between which a number gives a width, as in %-8p.  What is before one that is
   empty, back to a space, is left out with it.  */
gboolean log_render (Log *log, guint32 number, const LogRenderStyle *style, GString *text,
                     GArray *messages);

#endif
