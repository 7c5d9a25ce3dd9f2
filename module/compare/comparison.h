/* comparison.h --- what comparing is told, and what comes of it

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#ifndef SMBCMP_COMPARE_COMPARISON_H
#define SMBCMP_COMPARE_COMPARISON_H

#include "compare/rows.h"

/* What the user says of two names: they go together.  Strings.  */
typedef struct
{
  guint32 left, right;
} NamePin;

typedef struct
{
  guint n_rules;
  gboolean rename;      /* names may be consistently other ones */
  const NamePin *names; /* left is A */
  guint n_names;
  double slower;   /* how many times slower matters; 0 for never */
  gint64 delay;    /* ... if it is that many nanoseconds more */
  const Pin *pins; /* left is A */
  guint n_pins;
  gboolean (*tick) (gpointer);
  gpointer user;
} CompareOptions;

typedef enum
{
  DIVERGES_STATUS,
  DIVERGES_REQUEST,
  DIVERGES_RESPONSE,
  DIVERGES_ONLY_A,
  DIVERGES_ONLY_B,
  DIVERGES_ORDER,
  DIVERGES_IDENTIFIER,
  DIVERGES_SLOWER,
  DIVERGES_CONNECTION, /* the server ended it */
  DIVERGES_CAPTURE     /* one side was not captured */
} DivergenceKind;

#define NO_DIVERGENCE G_MAXUINT32

/* What a divergence of several exchanges of one side is.  */
typedef enum
{
  FOLDS_NOTHING,
  FOLDS_CONNECTION, /* all of a connection that has no partner */
  FOLDS_BEGIN,      /* what was before the other side's capture began */
  FOLDS_END,        /* the other side's connection has nothing more */
  FOLDS_CHUNKS,     /* the same, on both sides, in other pieces */
  FOLDS_RUN,        /* what comes in a row, before both go on with the same */
  FOLDS_REST        /* nothing more goes together, though both have some */
} DivergenceFold;

typedef struct
{
  DivergenceKind kind;
  guint32 row;
  guint32 a, b; /* exchanges or NO_EXCHANGE */
  guint32 n;    /* exchanges that were moved or folded together, or messages that could
                   not be decrypted, else 1 */
  DivergenceFold fold;
  guint32 cause; /* the divergence it follows from, or NO_DIVERGENCE */
  guint32 first_broken, n_broken;
  guint32 first_untimely, n_untimely;
  gboolean request, response; /* has to do with either */
  gboolean encryption;        /* one side is encrypted, the other isn't */
  gboolean slower;            /* B takes longer, whatever else differs */
  int side;                   /* of the connection that ended, or that lacks something: 0
                                 for A */
  guint32 frame;              /* the one that ended the connection; where the other side's
                                 capture begins */
  guint32 pieces[2];          /* of A and B, if it is told in other pieces */
  guint64 piece[2];           /* how large the largest is: bytes, or entries */
  guint32 how;                /* WIRE_SEGMENT_... of the one that ended it */
  gint64 waited;              /* nanoseconds that a request waited in vain, else 0 */
  guint32 again;              /* how often it was sent again */
  guint32 reconnect;          /* where the client connected again, or 0 */
} Divergence;

/* An identifier that is not the one its earlier partner goes with.  */
typedef struct
{
  guint32 rule;
  guint64 a, b;
  guint32 a_seen, b_seen; /* where either was paired first, or NO_EXCHANGE */
} Broken;

/* A part of a name that goes with another on the other side, by the rule; strings, and
   the exchanges where they met first.  */
typedef struct
{
  guint32 rule;
  guint32 a, b;
  guint32 a_seen, b_seen;
} Renamed;

/* Times at the same place that say something else of their file; nanoseconds since
   1970.  */
typedef struct
{
  guint32 rule;
  guint64 a, b;
} Untimely;

/* What one side does besides, that breaks nothing.  */
typedef enum
{
  BESIDES_NOTHING,
  BESIDES_ALIVE,       /* ECHOs, answered, that the other did not send then */
  BESIDES_POLL,        /* asks again what it asked right before */
  BESIDES_LOOK,        /* looks at a file again */
  BESIDES_NEGOTIATION, /* what the negotiation of its dialect takes */
  N_BESIDES
} BesidesKind;

typedef struct
{
  guint32 n;     /* exchanges */
  guint32 frame; /* of the first */
} Besides;

/* A row of the two aligned lists, in order.  */
typedef struct
{
  guint32 a, b;
  guint32 pair;       /* in GROUPS */
  guint32 divergence; /* or NO_DIVERGENCE */
} ComparedRow;

typedef struct
{
  guint32 a, b; /* groups, NO_GROUP for none */
} ComparedGroups;

typedef struct
{
  GArray *rows;        /* of ComparedRow */
  GArray *divergences; /* of Divergence, the first one first */
  GArray *broken;      /* of Broken */
  GArray *groups;      /* of ComparedGroups */
  GArray *renamed;     /* of Renamed */
  GArray *untimely;    /* of Untimely */
  GHashTable *renames; /* hashes of pairs of names that go together, both ways */
  GArray *environment; /* of guint32: rows in which the environment differs */
  guint64 *ignored;    /* for each rule, and blobs compared by subfield */
  guint n_rules;
  guint32 same;                  /* pairs without a divergence */
  guint32 encrypted;             /* pairs of which only one side came encrypted */
  guint32 partial;               /* PDUs of which only one side has all */
  Besides besides[N_BESIDES][2]; /* of A and B, by BesidesKind */
  guint32 compressed; /* the first row of which only one side came compressed, + 1 */
  guint32 interim;    /* pairs of which only one said STATUS_PENDING first */
} Comparison;

void comparison_free (Comparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Comparison, comparison_free)

#endif
