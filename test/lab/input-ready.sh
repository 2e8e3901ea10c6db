#!/bin/sh
# Runs inside the machine and waits until input devices, given by name, are there, and have their links when
# udevd runs. Prints their nodes. --start-udev starts it first, or waits for systemd, which has.
# usage: input-ready.sh [--start-udev] NAME...
set -eu

input_node() {
  for name in /sys/class/input/event*/device/name; do
    read -r found < "$name" || continue
    [ "$found" = "$1" ] || continue
    event=${name%/device/name}
    echo "/dev/input/${event##*/}"
    return
  done
}

if [ "${1-}" = --start-udev ]; then
  shift
  if [ -d /run/systemd/system ]; then
    systemctl is-system-running --wait > /dev/null || systemctl --failed
  else
    /lib/systemd/systemd-udevd --daemon
  fi
  udevadm trigger --action=add --subsystem-match=input --subsystem-match=misc --subsystem-match=hidraw
fi
nodes=
for name; do
  # USB enumeration is not announced: a short look again and again is all there is.
  until node=$(input_node "$name") && [ -n "$node" ]; do
    sleep 0.02
  done
  nodes="$nodes $node"
done
# shellcheck disable=SC2086 # the nodes are words
if [ -n "$nodes" ] && [ -S /run/udev/control ]; then
  udevadm wait --settle --timeout=60 $nodes
fi
echo "${nodes# }"
