#!/bin/sh
# What a stranger meets: from a bare Debian 12 the packages are built and installed, README.md's commands run, every code
# block of every document compared, and the installed library used from C, C++ and Python.
#
# usage: tests/bare.sh [PLACE]     root; PLACE (default /var/tmp/libinfo-bare) keeps the bare system for the next time
set -eu
cd "$(dirname "$0")/.."
place=${1:-/var/tmp/libinfo-bare}

[ "$(id -u)" -eq 0 ] || { echo "tests/bare.sh: debootstrap and chroot need root" >&2; exit 1; }
command -v debootstrap >/dev/null || apt-get install -q -y --no-install-recommends debootstrap
mkdir -p "$place"
if [ ! -e "$place/bare/complete" ]; then
    rm -rf "$place/bare"
    debootstrap --variant=minbase bookworm "$place/bare" http://deb.debian.org/debian
    touch "$place/bare/complete"
fi

# A fresh copy, with the tree as it is committed.
rm -rf "$place/system"
cp -a "$place/bare" "$place/system"
cp /etc/resolv.conf "$place/system/etc/resolv.conf"
mkdir -p "$place/system/root/libinfo"
git archive HEAD | tar x -C "$place/system/root/libinfo"

cat >"$place/system/root/inside.sh" <<'INSIDE'
set -eu
cd /root/libinfo
export DEBIAN_FRONTEND=noninteractive
apt-get update -q

echo "== packages"
.ci/packages.sh build packages
dpkg-buildpackage -us -uc -b
lintian --allow-root --fail-on error,warning ../libinfo_*.changes
apt-get install -q -y --no-install-recommends ../libinfo0_*.deb ../libinfo-dev_*.deb ../libinfo-doc_*.deb ../libinfo-tools_*.deb \
    ../python3-libinfo_*.deb
debian/tests/installed
man -w lm_report >/dev/null 2>&1 || test -e /usr/share/man/man1/lm_report.1.gz

echo "== README.md: the program, as it says"
mkdir /root/readme
awk '/^```c /{on=1; next} /^```$/{on=0} on' README.md >/root/readme/program.c
(cd /root/readme && sh -eux -c "$(awk '/^```sh$/{getline; print; exit}' /root/libinfo/README.md)" && ./a.out)

echo "== languages"
apt-get install -q -y --no-install-recommends g++ python3-numpy
g++ -x c++ -std=c++11 tests/consumer/program.c -o /root/readme/c++ $(pkg-config --cflags --libs libinfo)
/root/readme/c++
python3 tests/consumer/foreign.py libinfo.so.0
awk '/^```python$/{on=1; next} /^```$/{on=0} on' README.md >/root/readme/call.py
(cd /root/readme && python3 call.py)
for test in examples/bindings/*/test.sh; do
    [ ! -x "$test" ] || "$test"
done

echo "== README.md: from source, and both of its commands' first"
apt-get remove -q -y libinfo-dev libinfo0 python3-libinfo
sh -eux -c "$(awk '/^\.ci\/packages\.sh build$/{on=1} /^```$/{on=0} on' README.md)"
(cd /root/readme && cc program.c $(pkg-config --cflags --libs libinfo) && ./a.out)

echo "== every document"
for page in ./*.md docs/*.md bench/README.md examples/data/README.md tests/registry/README.md; do
    echo "$page"
    python3 tests/guides/documents.py "$PWD" "$PWD/build" "$page"
done
./examples/quickstart.sh
test -s build/report.html
echo "all of it works on a bare Debian 12"
INSIDE
chroot "$place/system" bash /root/inside.sh
