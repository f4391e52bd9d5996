# Shared by ./run, ./test and .ci/run: what the project needs from the system, and how to get it.
# Sourced, not run.

# Debian's names; the same on Debian 12 and later and on Ubuntu 24.04.
build_packages=(
    build-essential pkg-config libvips-dev libpng-dev libwebp-dev libtiff-dev libturbojpeg0-dev
    libde265-dev libdav1d-dev libjxl-dev libopenexr-dev libraw-dev libgexiv2-dev libavformat-dev
    libavcodec-dev libavutil-dev libswscale-dev libmicrohttpd-dev
    libseccomp-dev libsqlite3-dev libxxhash-dev liblcms2-dev zlib1g-dev
    libutf8proc-dev
)
# Newer releases ship the HEIF and AVIF decoders apart from the library.
optional_packages=(libheif-plugin-libde265 libheif-plugin-dav1d libheif-plugin-aomdec)
demo_packages=(python3 ffmpeg)
# Photographs free to use and change, in Debian's own packages; the demo fetches them and installs none.
wallpaper_packages=(lomiri-wallpapers-16.04 lomiri-wallpapers-20.04 mate-backgrounds)
test_packages=(
    python3 python3-venv ffmpeg libvips-tools openimageio-tools libimage-exiftool-perl sqlite3 wrk valgrind
    git curl chromium nodejs node-typescript fonts-dejavu-core
    # Photographs of 2 to 20 megapixels.
    lomiri-wallpapers-16.04
)

say() { printf '%s\n' "$*" >&2; }
die() { say "$0: $*"; exit 3; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# ensure_packages NAME…: installs what is missing; shows the command and asks on a terminal.
ensure_packages() {
    command -v dpkg-query >/dev/null ||
        die "this needs a system with apt (Debian 12 or later, Ubuntu 24.04); on others install by hand: $*"
    local missing=() name
    for name in "$@"; do is_installed "$name" || missing+=("$name"); done
    [ ${#missing[@]} = 0 ] && return
    local sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo "
    say "Albumen needs these packages: ${missing[*]}"
    say "  ${sudo}apt-get install --no-install-recommends ${missing[*]}"
    if [ -t 0 ] && [ -t 2 ] && [ -z "${CI:-}" ]; then
        local answer
        read -r -p "Install them now? [Y/n] " answer
        case "$answer" in [nN]*) die "not installed; run the command above yourself, then start again" ;; esac
    fi
    # An old list of packages names files that are gone; it is renewed only when needed.
    export DEBIAN_FRONTEND=noninteractive
    as_root apt-get install -y -q --no-install-recommends "${missing[@]}" >&2 ||
        { as_root apt-get update -q >&2 &&
            as_root apt-get install -y -q --no-install-recommends "${missing[@]}" >&2; } ||
        die "apt-get could not install ${missing[*]}; its message is above"
}

# ensure_optional_packages NAME…: those of them that this release knows.
ensure_optional_packages() {
    local known=() name
    for name in "$@"; do
        apt-cache show --no-all-versions "$name" >/dev/null 2>&1 && known+=("$name")
    done
    [ ${#known[@]} = 0 ] || ensure_packages "${known[@]}"
}

# find_swift: puts a Swift 6.3 or newer first on PATH, or says where to get one.
find_swift() {
    local place
    for place in "" /opt/swift/usr/bin "$HOME/.local/share/swiftly/bin" /usr/libexec/swift/bin; do
        [ -z "$place" ] || [ -x "$place/swift" ] || continue
        local found
        found=$(PATH="${place:+$place:}$PATH" swift --version 2>/dev/null |
            sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1)
        [ -n "$found" ] || continue
        # shellcheck disable=SC2086 # two numbers, on purpose
        set -- $found
        if [ "$1" -gt 6 ] || { [ "$1" = 6 ] && [ "$2" -ge 3 ]; }; then
            export PATH="${place:+$place:}$PATH"
            return
        fi
    done
    say "Albumen is built with Swift 6.3 or newer, and none was found${found:+ (found $1.$2)}."
    say "Get it from https://www.swift.org/install/linux (swiftly or a tar file), then start again."
    exit 3
}

# ensure_venv PACKAGE…: Python packages for the tests, in .venv of the checkout.
ensure_venv() {
    local root
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    [ -x "$root/.venv/bin/python" ] || python3 -m venv "$root/.venv"
    local name missing=()
    for name in "$@"; do
        "$root/.venv/bin/python" -m pip show -q "$name" >/dev/null 2>&1 || missing+=("$name")
    done
    [ ${#missing[@]} = 0 ] || "$root/.venv/bin/python" -m pip install -q --disable-pip-version-check "${missing[@]}"
}
