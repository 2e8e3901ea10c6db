#!/bin/sh
# Runs inside the machine: starts udevd, lets it look at the devices that came before it, and waits until
# every input device named in the arguments is there with its links.
set -eu

input_node() {
  for name in /sys/class/input/event*/device/name; do
    if [ "$(cat "$name")" = "$1" ]; then
      event=${name%/device/name}
      echo "/dev/input/${event##*/}"
      return
    fi
  done
}

/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add --subsystem-match=input --subsystem-match=misc --subsystem-match=hidraw
udevadm settle
for name; do
  # USB devices may still be on their way: kernel threads do not tell when they are through.
  until [ -n "$(input_node "$name")" ]; do
    sleep 0.05
  done
  udevadm wait --settle --initialized=true --timeout=60 "$(input_node "$name")"
done
