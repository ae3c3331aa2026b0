"""Whether content, locales and templates agree with each other."""
