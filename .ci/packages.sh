#!/bin/sh
# The Debian 12 packages of this project, in one place.
#
# usage: .ci/packages.sh GROUP...    installs what is missing of: build tests tools packages bench i386
# Nothing is fetched when nothing is missing; installing needs root or sudo.
set -eu

build='gcc libc6-dev dpkg-dev meson ninja-build pkg-config python3 libopenblas-dev liblapacke-dev libcjson-dev libjs-chart.js zlib1g-dev liblzma-dev libzstd-dev'
tests='check cmake libsubunit-dev g++ clang llvm libclang-rt-14-dev libclang-rt-14-dev-wasm32 lld wasi-libc gcc-mingw-w64-x86-64 valgrind locales libopenmpi-dev openmpi-bin python3-numpy python3-statsmodels abigail-tools libflint-dev libflint-arb-dev libgfortran-12-dev libopenblas0-pthread libopenblas0-openmp libopenblas0-serial python3-clang python3-cffi luajit golang-go r-base-core'
tools='cppcheck clang-tidy clang-format shellcheck'
packages='build-essential debhelper debootstrap dh-python doxygen doxygen-awesome-css dpkg-dev fakeroot help2man lintian python3-clang'
i386='gcc-multilib g++-multilib'
bench='python3-numpy python3-scipy python3-torch python3-sklearn'

wanted=
for group in "$@"; do
    case $group in
    build) wanted="$wanted $build" ;;
    tests) wanted="$wanted $tests" ;;
    tools) wanted="$wanted $tools" ;;
    packages) wanted="$wanted $packages" ;;
    bench) wanted="$wanted $bench" ;;
    i386) wanted="$wanted $i386" ;;
    *)
        echo "packages.sh: no group $group" >&2
        exit 2
        ;;
    esac
done

missing=
for package in $wanted; do
    case $(dpkg-query -W -f='${db:Status-Status} ' "$package" 2>/dev/null || true) in
    'installed '*) ;; # and not 'not-installed '
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "packages.sh: missing:$missing (and neither root nor sudo to install them)" >&2
        exit 1
    fi
    as_root=sudo
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get update -q </dev/null
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing </dev/null
