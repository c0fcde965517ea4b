#!/bin/sh
# Builds kube-apiserver and kube-controller-manager, in the version $2, from Debian's own source package into the folder
# $1, and puts etcd beside them. Takes 6 to 10 minutes on two idle cores and 4 GB of disk while it works.
#
# Needs Debian 12 with its main archive among the machine's sources, and root for the packages that it builds with, where
# they are missing. The sources of the machine stay as they are: where source packages lie is read from where its binary
# packages come from, and stands in a list of this build's own.
set -eu

out=$1 version=$2
work=$out/work
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
packages="dpkg-dev golang-1.19-go golang-github-modern-go-reflect2-dev jq make rsync"
export DEBIAN_FRONTEND=noninteractive

fail() {
    echo "$*; or set KUBEBUILDER_ASSETS to a folder with etcd, kube-apiserver and kube-controller-manager" >&2
    exit 1
}

# Another apt-get may be at work; it is waited for.
apt() {
    apt-get -qq -o DPkg::Lock::Timeout=600 "$@"
}

# Where this machine has its packages of Debian 12 from. Known only after the lists were fetched once.
archive() {
    apt-get indextargets --format '$(RELEASE) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
        awk '$1 == "bookworm" && $2 == "main" && !found { print $3; found = 1 }'
}

command -v apt-get >/dev/null || fail "this machine has no apt-get: build on Debian 12"
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"

[ "$(id -u)" != 0 ] || apt update
archive=$(archive)
[ -n "$archive" ] || fail "this machine has its packages from no archive of Debian 12 (bookworm main): name one"
dpkg-query --show $packages >/dev/null 2>&1 || apt install -y --no-install-recommends $packages ||
    fail "install these as root: $packages"

# etcd without its package's service: a machine that passes tests need not begin to run one.
cd "$work"
apt download etcd-server
dpkg-deb --fsys-tarfile etcd-server_*.deb | tar -x --to-stdout ./usr/bin/etcd >"$out/etcd"

echo "deb-src $([ ! -f $keyring ] || echo "[signed-by=$keyring]") $archive bookworm main" >"$work/sources.list"
sources() {
    apt -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=- -o Dir::State::Lists="$work/lists" \
        -o Dir::Cache="$work/cache" -o APT::Sandbox::User=root "$@"
}
sources update
sources source kubernetes
folder=$(find "$work" -maxdepth 1 -type d -name 'kubernetes-*')
case $folder in
*"$version") ;;
*) fail "Debian's package is $(basename "$folder"), and $version is wanted" ;;
esac

# The vendored reflect2 crashes in programs of Go 1.18 and later.
vendored=$folder/vendor/github.com/modern-go/reflect2
rm -f "$vendored"/*.go "$vendored"/*.s
cp /usr/share/gocode/src/github.com/modern-go/reflect2/*.go /usr/share/gocode/src/github.com/modern-go/reflect2/*.s \
    "$vendored/"
mkdir -p "$work/gopath/src/k8s.io"
ln -s "$folder" "$work/gopath/src/k8s.io/kubernetes"
cd "$work/gopath/src/k8s.io/kubernetes"
export PATH="/usr/lib/go-1.19/bin:$PATH" GOPATH="$work/gopath" GOCACHE="$work/go-cache" HOME="$work"
export CGO_ENABLED=0 GOPROXY=off GOFLAGS=
major=${version%%.*} minor=${version#*.}
make WHAT="cmd/kube-apiserver cmd/kube-controller-manager" KUBE_GIT_VERSION="v$version" KUBE_GIT_COMMIT=debian \
    KUBE_GIT_TREE_STATE=archive KUBE_GIT_MAJOR="$major" KUBE_GIT_MINOR="${minor%%.*}"
cp _output/bin/kube-apiserver _output/bin/kube-controller-manager "$out/"
chmod 755 "$out/etcd" "$out/kube-apiserver" "$out/kube-controller-manager"

cd "$out"
chmod -R u+w "$work"
rm -rf "$work"
