/* status-test.c --- what fails is told from what merely ends

   Copyright (C) 2026 The smbcmp developers
   SPDX-License-Identifier: GPL-3.0-or-later  */

#include "smb/status.h"

#include <string.h>

static SmbStatusClass
named (const char *name)
{
  return smb_status_class_of_name (name, strlen (name));
}

static void
test_numbers (void)
{
  g_assert_cmpint (smb_status_class (0), ==, SMB_STATUS_SUCCESS);
  g_assert_cmpint (smb_status_class (0x103), ==, SMB_STATUS_INTERIM);
  /* An error by its number.  */
  g_assert_cmpint (smb_status_class (0xc0000016), ==, SMB_STATUS_INTERIM);
  /* A warning that comes with a reply, and one that is an error.  */
  g_assert_cmpint (smb_status_class (0x80000005), ==, SMB_STATUS_SUCCESS);
  g_assert_cmpint (smb_status_class (0x8000002d), ==, SMB_STATUS_FAILURE);
  g_assert_cmpint (smb_status_class (0x80000006), ==, SMB_STATUS_ENDED);
  g_assert_cmpint (smb_status_class (0xc0000022), ==, SMB_STATUS_FAILURE);
  /* Informational and not in the table.  */
  g_assert_cmpint (smb_status_class (0x40000000), ==, SMB_STATUS_SUCCESS);
}

static void
test_names (void)
{
  g_assert_cmpint (named ("NT_STATUS_OK"), ==, SMB_STATUS_SUCCESS);
  g_assert_cmpint (named ("NT_STATUS_NO_MORE_FILES"), ==, SMB_STATUS_ENDED);
  g_assert_cmpint (named ("STATUS_NO_MORE_FILES"), ==, SMB_STATUS_ENDED);
  g_assert_cmpint (named ("0x80000006"), ==, SMB_STATUS_ENDED);
  g_assert_cmpint (named ("0xc0000034"), ==, SMB_STATUS_FAILURE);
  g_assert_cmpint (named ("NT_STATUS_OK_NOT"), ==, SMB_STATUS_FAILURE);
  g_assert_cmpint (named ("NT_STATUS_O"), ==, SMB_STATUS_FAILURE);
  g_assert_cmpint (named ("0x"), ==, SMB_STATUS_FAILURE);
  g_assert_cmpint (named (""), ==, SMB_STATUS_FAILURE);
  g_assert_cmpstr (smb_status_name (0x103), ==, "NT_STATUS_PENDING");
  g_assert_null (smb_status_name (0xc0000022));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/status/numbers", test_numbers);
  g_test_add_func ("/status/names", test_names);
  return g_test_run ();
}
