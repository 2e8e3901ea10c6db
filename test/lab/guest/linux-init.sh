#!/bin/busybox sh
# Process 1 of a Linux guest: loads the driver of virtio-input and says when a keyboard of evswitch is there. Then the
# kernel alone has it: its console takes keys and lights lamps, as it does on every Linux without a desktop.
#
#	WAITING		nothing is plugged in yet
#	LISTENING	the console has the keyboard
export PATH=/bin
for applet in grep insmod mkdir mount sleep; do busybox ln -s busybox "/bin/$applet"; done
mkdir -p /dev /proc /sys
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
exec > /dev/ttyS0 2>&1

while read -r module; do
  insmod "/modules/$module" || echo "cannot load $module"
done < /modules/order
echo WAITING
until grep -qi 'name="evswitch' /proc/bus/input/devices; do
  echo 1 > /sys/bus/pci/rescan
  sleep 0.5
done
echo LISTENING
while :; do sleep 60; done
