#!/bin/bash
# Runs a forwarder that does not say which node it made: finds that by its device's name, other than NODE, which
# it forwards, and prints `ready NODE`. SIGTERM ends it with all that it has started. To be run by setsid.
#
#   setsid bench/compare/announce.sh NODE NAME PROGRAM [ARGUMENT...]
#
# An empty NAME is that of NODE's device.
set -u
source=${1##*/}
name=${2:-$(<"/sys/class/input/$source/device/name")}
shift 2
trap 'trap - TERM; kill -- -$$' TERM

"$@" >&2 &
while :; do
    for entry in /sys/class/input/event*; do
        if [ "${entry##*/}" != "$source" ] && [ "$(<"$entry/device/name")" = "$name" ]; then
            echo "ready /dev/input/${entry##*/}"
            wait
            exit
        fi
    done
done 2>/dev/null
