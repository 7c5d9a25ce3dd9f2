;;; smblog-mode.el --- placeholder  -*- lexical-binding: t; -*-
;;; Code:
(provide 'smblog-mode)
;;; smblog-mode.el ends here
