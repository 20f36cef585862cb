#!/bin/sh
# Installs what the interop tests run beside Troupe: Apache ZooKeeper, its clients, Java and a C compiler.
#
#   scripts/install-peers.sh           install what is missing, if allowed (root or sudo without a password)
#   scripts/install-peers.sh --check   only tell what is missing
#   scripts/install-peers.sh --bench   etcd too, which `troupe bench` compares with if it is there
#
# What is still missing at the end is told package by package. With CI=true that is a failure; otherwise the
# tests that need it are skipped, and say so.
set -eu
mode=${1:-}

# One line for each thing: Debian package, and the file or command that it brings.
things() {
	cat <<-'END'
		zookeeper                /usr/share/java/zookeeper.jar
		zookeeper                /usr/share/zookeeper/bin/zkCli.sh
		libslf4j-java            /usr/share/java/slf4j-simple.jar
		default-jre-headless     java
		default-jdk-headless     javac
		libcurator-client-java   /usr/share/java/curator-client.jar
		libcurator-framework-java /usr/share/java/curator-framework.jar
		libcurator-recipes-java  /usr/share/java/curator-recipes.jar
		libcurator-discovery-java /usr/share/java/curator-x-discovery.jar
		python3-kazoo            /usr/lib/python3/dist-packages/kazoo
		libzookeeper-mt-dev      /usr/include/zookeeper/zookeeper.h
		zookeeper-bin            /usr/lib/zookeeper/bin/cli_mt
		gcc                      cc
		libc6-dev                /usr/include/stdlib.h
	END
	if [ "$mode" = --bench ]; then
		echo "etcd-server etcd"
	fi
}

present() {
	case $1 in
	/*) [ -e "$1" ] ;;
	*) command -v "$1" >/dev/null 2>&1 ;;
	esac
}

# missing prints the lines of things that are not there.
missing() {
	things | while read -r package thing; do
		present "$thing" || echo "$package $thing"
	done
}

packages() {
	missing | cut -d ' ' -f 1 | sort -u
}

# as_root runs a command as root, and fails where that is not allowed.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		env DEBIAN_FRONTEND=noninteractive "$@"
	else
		sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}

may_install() {
	command -v apt-get >/dev/null 2>&1 || return 1
	[ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

[ -n "$(missing)" ] || exit 0

if [ "$mode" != --check ] && may_install; then
	echo "installing what the interop tests need: $(packages | tr '\n' ' ')"
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	# shellcheck disable=SC2046 # one argument for each package
	{ as_root apt-get update && as_root apt-get install -y --no-install-recommends $(packages); } >"$log" 2>&1 ||
		tail -n 20 "$log" >&2
fi

left=$(missing)
[ -n "$left" ] || exit 0
{
	echo "missing for the interop tests (Debian's names):"
	echo "$left" | while read -r package thing; do
		echo "  $thing: apt-get install $package"
	done
} >&2
if [ "${CI:-}" = true ]; then
	exit 1
fi
echo "the tests that need them are skipped" >&2
