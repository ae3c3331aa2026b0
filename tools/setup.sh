# Functions that prepare a virtual environment; read by run.sh and test.sh.

say() { printf '%s\n' "$*" >&2; }

# Run a command as root where that is possible without a question.
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo -n "$@"; else return 1; fi
}

# Install Debian packages; 1 where that cannot be done.
debian_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -q >/dev/null 2>&1 || true
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" \
        >/dev/null 2>&1
}

# Print a Python of 3.11 or newer.
find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return 0
        fi
    done
    return 1
}

# Make the virtual environment in $1 if it is not there.
make_venv() {
    [ -x "$1/bin/python" ] && "$1/bin/python" -m pip --version >/dev/null 2>&1 && return 0
    python=$(find_python) || {
        say "需要 Python 3.11 或以上版本：请先安装 python3（Debian：apt-get install python3 python3-venv）。"
        return 1
    }
    if ! "$python" -m venv "$1" >/dev/null 2>&1; then
        say "正在安装 python3-venv ……"
        rm -rf "$1"
        { debian_install python3-venv && "$python" -m venv "$1" >/dev/null; } || {
            say "不能创建虚拟环境：请以管理员身份运行 apt-get install python3-venv 后再试。"
            rm -rf "$1"
            return 1
        }
    fi
}

# Install with pip unless the stamp says that the same was installed before:
#   install_once VENV STAMP FILE... -- PIP ARGUMENTS...
install_once() {
    venv=$1 stamp=$1/$2
    shift 2
    files=
    while [ "$1" != -- ]; do files="$files $1"; shift; done
    shift
    # shellcheck disable=SC2086
    mark="$(pwd) $(cat $files | cksum)"
    [ "$(cat "$stamp" 2>/dev/null)" = "$mark" ] && return 0
    say "正在安装所需的程序包，仅首次需要 ……"
    for words in "$@"; do
        # shellcheck disable=SC2086
        "$venv/bin/python" -m pip install -q --disable-pip-version-check $words || {
            say "程序包安装失败：请检查网络后再试。"
            return 1
        }
    done
    printf '%s' "$mark" >"$stamp"
}
