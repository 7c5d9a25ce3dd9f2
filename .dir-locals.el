((nil . ((fill-column . 79)))
 (c-mode . ((c-file-style . "gnu")
            (indent-tabs-mode . nil)))
 (emacs-lisp-mode . ((indent-tabs-mode . nil))))
