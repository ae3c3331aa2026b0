"""The page: a small firm makes its pack in the browser, on its own machine."""
