// A few lines that make the page quicker; everything works without them.
"use strict";

const csrf = () => document.querySelector("meta[name=csrf]").content;
