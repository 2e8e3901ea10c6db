#!/bin/bash
# interception-tools as its README has them: `intercept -g $DEVNODE | uinput -d $DEVNODE`, or with --mux the two
# joined by a muxer.
#
#   bench/peers/interception.sh NODE PRIORITY [--mux]
set -u
device=$1
fifo=(chrt --fifo "$2")
muxer=bench-$$

# Debian's name for intercept is interception.
if [ "${3:-}" = --mux ]; then
    mux -c "$muxer"
    "${fifo[@]}" mux -i "$muxer" | "${fifo[@]}" uinput -d "$device" &
    "${fifo[@]}" interception -g "$device" | "${fifo[@]}" mux -o "$muxer" &
else
    "${fifo[@]}" interception -g "$device" | "${fifo[@]}" uinput -d "$device" &
fi
wait
