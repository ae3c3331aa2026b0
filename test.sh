#!/bin/sh
# Set up everything the tests need, then run all checks and all tests.
# --quick leaves out the slow tests (LibreOffice, long random runs).
set -eu
cd "$(dirname "$0")"
. tools/setup.sh

make_venv .venv
install_once .venv dev-stamp pyproject.toml dev.lock -- "-r dev.lock" "--no-deps -e ."

missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
font() { fc-list 2>/dev/null | grep -qF "$1" || missing="$missing $2"; }
need soffice "libreoffice-writer libreoffice-calc"
need chromium chromium
need pdftotext poppler-utils
need unzip unzip
need fc-match fontconfig
font 'Noto Serif CJK SC' fonts-noto-cjk
font 'LXGW WenKai' fonts-lxgw-wenkai
font 'AR PL UKai CN' fonts-arphic-ukai
font 'Liberation Serif' fonts-liberation
font 'DejaVu Sans' fonts-dejavu-core
if [ -n "$missing" ] && [ "${1:-}" != --quick ]; then
    say "正在安装 Debian 软件包：$missing"
    # shellcheck disable=SC2086
    debian_install $missing ||
        say "不能安装：$missing。请以管理员身份运行 apt-get install$missing；缺少期间，有关测试会跳过并说明。"
fi

bin=.venv/bin
$bin/ruff check .
$bin/ruff format --check .
$bin/mypy
$bin/lint-imports
$bin/cqo-docs standards check
$bin/python tools/build_word_templates.py --check
$bin/python tools/build_excel_templates.py --check
workers=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
$bin/python -m pytest -n "$workers" -rs
if [ "${1:-}" != --quick ]; then
    $bin/python -m pytest -m slow -n "$workers" -rs
fi
